//! Each side brought to one form before the sides meet: what a service adds to every resource taken off, documents
//! read, rules shaped alike. Every step is unary: it does not look at the other sides.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde_json::Value as Json;

use super::walk::Three;
use super::{Subject, policy};
use crate::model::{AttributePath, Kind, ResourceType, Step, Value};
use crate::schema::{Facts, Says};

/// Deeper than any property; deeper values stay as they are.
const MAX_DEPTH: usize = 48;

/// Who wrote a side.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Author {
    /// A person, in a declaration.
    Person,
    /// The service, in an answer.
    Service,
}

/// One side in the form in which sides are compared: itself, where it is in that form already.
pub(super) fn side(facts: Facts, author: Author, value: &Value) -> Cow<'_, Value> {
    or_itself(value, Sides { facts, author }.changed(&AttributePath::root(), value))
}

/// The same, with what only this type knows.
pub(super) fn of_type<'v>(subject: &Subject<'_>, facts: Facts, author: Author, value: &'v Value) -> Cow<'v, Value> {
    match subject.resource_type.as_str() {
        "AWS::Events::EventBusPolicy" => Cow::Owned(without_given_sid(side(facts, author, value).into_owned())),
        "AWS::ApiGateway::RestApi" => Cow::Owned(within_own_api(subject, side(facts, author, value).into_owned())),
        "AWS::StepFunctions::StateMachine" => Cow::Owned(side(facts, author, &substituted(value.clone())).into_owned()),
        _ => side(facts, author, value),
    }
}

/// The live side in the form in which it is declared, where the service leaves a choice.
pub(super) fn as_declared<'v>(resource_type: &ResourceType, declared: &Value, live: Cow<'v, Value>) -> Cow<'v, Value> {
    match resource_type.as_str() {
        "AWS::EC2::SecurityGroup" => without_implied(declared, live),
        "AWS::StepFunctions::StateMachine" => Cow::Owned(with_definition(declared, live.into_owned())),
        _ => live,
    }
}

fn or_itself(value: &Value, changed: Option<Value>) -> Cow<'_, Value> {
    changed.map_or(Cow::Borrowed(value), Cow::Owned)
}

/// How the sides of a type are brought to their form. Almost everything is in it already: the functions return what
/// changes, and nothing is copied for the rest.
#[derive(Clone, Copy)]
struct Sides {
    facts: Facts,
    author: Author,
}

impl Sides {
    fn changed(self, path: &AttributePath, value: &Value) -> Option<Value> {
        if path.steps().len() > MAX_DEPTH {
            return None;
        }
        for says in self.facts.at(path) {
            match says {
                Says::Policy => return Some(policy::canonical(self.author, value)),
                Says::Statement => return Some(policy::canonical_statement(self.author, value)),
                Says::Json(_) => return parsed(value),
                _ => {}
            }
        }
        let renamed = renamed(self.facts, path, value);
        let named = renamed.as_ref().unwrap_or(value);
        let changed = match &named.kind {
            Kind::Object(members) => self.changed_members(path, named, members),
            Kind::List(items) => self.changed_items(path, named, items),
            _ => return renamed,
        };
        let changed = changed.or(renamed);
        if self.facts.say(path, Says::SecurityGroupRule) {
            return ports_of_all_protocols(or_itself(value, changed));
        }
        changed
    }

    fn changed_members(self, path: &AttributePath, object: &Value, members: &BTreeMap<String, Value>) -> Option<Value> {
        let tags = is_tag_property(path);
        let mut place = path.then(Step::Index(0));
        let mut changes: Vec<(&String, Option<Value>)> = Vec::new();
        for (key, member) in members {
            if member.kind == Kind::Null || (tags && key.starts_with(MANAGED_TAG_PREFIX)) {
                changes.push((key, None));
                continue;
            }
            place.replace_last(Step::Key(key.clone()));
            changes.extend(self.changed(&place, member).map(|changed| (key, Some(changed))));
        }
        if changes.is_empty() {
            return None;
        }
        let mut changes = changes.into_iter().peekable();
        let kept = members.iter().filter_map(|(key, member)| {
            let member = match changes.next_if(|(changed, _)| *changed == key) {
                Some((_, changed)) => changed?,
                None => member.clone(),
            };
            Some((key.clone(), member))
        });
        Some(object.with(Kind::Object(kept.collect())))
    }

    fn changed_items(self, path: &AttributePath, list: &Value, items: &[Value]) -> Option<Value> {
        let tags = is_tag_property(path);
        let mut place = path.then(Step::Index(0));
        let kept: Vec<&Value> = items.iter().filter(|item| !(tags && is_managed_tag(item))).collect();
        let changed = kept.iter().enumerate().map(|(at, item)| {
            place.replace_last(Step::Index(at));
            or_itself(item, self.changed(&place, item))
        });
        let changed: Vec<Cow<'_, Value>> = changed.collect();
        let as_before = changed.len() == items.len() && changed.iter().all(|item| matches!(item, Cow::Borrowed(_)));
        (!as_before).then(|| list.with(Kind::List(changed.into_iter().map(Cow::into_owned).collect())))
    }
}

/// An object with the names that the service uses for its members, where those are others.
fn renamed(facts: Facts, path: &AttributePath, value: &Value) -> Option<Value> {
    let names = facts.at(path).find_map(|says| match says {
        Says::Renames(names) => Some(names),
        _ => None,
    });
    let (Some(names), Kind::Object(members)) = (names, &value.kind) else { return None };
    let name = |key: &String| names.iter().find(|(from, _)| from == key).map_or(key.as_str(), |(_, to)| to).to_owned();
    Some(value.with(Kind::Object(members.iter().map(|(key, member)| (name(key), member.clone())).collect())))
}

/// Tags with this prefix are set by AWS and cannot be set by anybody else (Tagging AWS Resources user guide).
const MANAGED_TAG_PREFIX: &str = "aws:";

/// Names of tag lists besides `Tags` and those that end so (`UserPoolTags`).
const TAG_LISTS: &[&str] = &["TagList", "TagSet", "TagsList", "tags"];

/// Lists that select resources by their tags. Those of AWS are as good as others there.
const TAG_FILTERS: &[&str] = &["TargetTags", "OnPremisesInstanceTags"];

fn is_tag_property(path: &AttributePath) -> bool {
    let is_named_so = |key: &str| key.ends_with("Tags") && !TAG_FILTERS.contains(&key) || TAG_LISTS.contains(&key);
    matches!(path.steps().last(), Some(Step::Key(key)) if is_named_so(key))
}

fn is_managed_tag(item: &Value) -> bool {
    let key = ["Key", "key", "TagKey"].iter().find_map(|name| item.get(name)).and_then(Value::as_str);
    key.is_some_and(|key| key.starts_with(MANAGED_TAG_PREFIX))
}

/// EC2 ignores the ports of a rule for all protocols and answers -1, 0 or none. What changes, if anything did or does.
fn ports_of_all_protocols(rule: Cow<'_, Value>) -> Option<Value> {
    let protocol = rule.get("IpProtocol").and_then(Value::as_scalar_text);
    let is_all = protocol.is_some_and(|protocol| protocol == "-1" || protocol.eq_ignore_ascii_case("all"));
    let has_ports = rule.get("FromPort").is_some() || rule.get("ToPort").is_some();
    if !is_all || !has_ports {
        return match rule {
            Cow::Borrowed(_) => None,
            Cow::Owned(changed) => Some(changed),
        };
    }
    let mut rule = rule.into_owned();
    if let Kind::Object(members) = &mut rule.kind {
        members.remove("FromPort");
        members.remove("ToPort");
    }
    Some(rule)
}

/// A text that holds a JSON object or list, read. Nested unknowns are not claimed by what is only a text.
pub(super) fn parsed(value: &Value) -> Option<Value> {
    let text = value.as_str()?;
    let json: Json = text.trim_start().starts_with(['{', '[']).then(|| serde_json::from_str(text).ok()).flatten()?;
    Some(Value::from_json(&json).located(value.at.clone()))
}

/// The three sides where one is a JSON text and another the same document as an object; `None` where that is not so,
/// or where the text is the user's own.
pub(super) fn documents_apart(facts: Facts, path: &AttributePath, three: Three<'_>) -> Option<[Option<Value>; 3]> {
    let sides = [three.declared, three.applied, three.live];
    let text = |value: &&Value| value.as_str().is_some();
    let composite = |value: &&Value| value.as_object().is_some() || value.as_list().is_some();
    let mixed = sides.iter().flatten().any(text) && sides.iter().flatten().any(composite);
    if !mixed || facts.say(path, Says::Verbatim) {
        return None;
    }
    let read = |value: Option<&Value>| match value {
        Some(value) if value.as_str().is_some() => parsed(value).map(Some),
        value => Some(value.cloned()),
    };
    let [declared, applied, live] = sides;
    Some([read(declared)?, read(applied)?, read(live)?])
}

/// The live side without what AWS puts there when nothing is declared: a new security group lets everything out, and
/// CloudFormation takes that rule away only where `SecurityGroupEgress` is declared.
fn without_implied<'v>(declared: &Value, live: Cow<'v, Value>) -> Cow<'v, Value> {
    const EGRESS: &str = "SecurityGroupEgress";
    if declared.get(EGRESS).is_some() {
        return live;
    }
    let mut live = live.into_owned();
    if let Some(Kind::List(rules)) = child(&mut live, EGRESS).map(|egress| &mut egress.kind) {
        rules.retain(|rule| !lets_everything_out(rule));
    }
    Cow::Owned(live)
}

/// A state machine with the values of its placeholders (Step Functions: `DefinitionSubstitutions`), which the service
/// puts in before it keeps the definition.
fn substituted(mut machine: Value) -> Value {
    let Some(Kind::Object(values)) = machine.get("DefinitionSubstitutions").map(|values| values.kind.clone()) else {
        return machine;
    };
    for name in ["DefinitionString", "Definition"] {
        if let Some(definition) = child(&mut machine, name) {
            *definition = filled(&values, definition, 0);
        }
    }
    machine
}

fn filled(values: &BTreeMap<String, Value>, definition: &Value, depth: usize) -> Value {
    match &definition.kind {
        Kind::String(text) => {
            let mut text = text.clone();
            for (name, value) in values {
                let placeholder = format!("${{{name}}}");
                if !text.contains(&placeholder) {
                    continue;
                }
                match value.as_scalar_text() {
                    Some(value) if text.len() + value.len() < MAX_DEFINITION => {
                        text = text.replace(&placeholder, &value)
                    }
                    _ => return value.clone(),
                }
            }
            definition.with(Kind::String(text))
        }
        Kind::List(items) if depth < MAX_DEPTH => {
            definition.with(Kind::List(items.iter().map(|item| filled(values, item, depth + 1)).collect()))
        }
        Kind::Object(members) if depth < MAX_DEPTH => {
            let member = |(key, value): (&String, &Value)| (key.clone(), filled(values, value, depth + 1));
            definition.with(Kind::Object(members.iter().map(member).collect()))
        }
        _ => definition.clone(),
    }
}

/// Longer than any definition that Step Functions takes (1 MiB).
const MAX_DEFINITION: usize = 1 << 20;

/// The live state machine with its definition under the name that declares it: as an object it is written and never
/// returned, while the text that it became is.
fn with_definition(declared: &Value, mut live: Value) -> Value {
    let wanted = declared.get("Definition").is_some() && live.get("Definition").is_none();
    let definition = live.get("DefinitionString").filter(|text| wanted && text.as_object().is_some()).cloned();
    if let (Some(definition), Kind::Object(members)) = (definition, &mut live.kind) {
        members.insert("Definition".to_owned(), definition);
    }
    live
}

/// A policy of an API with the API's own resources named as within it: `execute-api:/…`, which API Gateway completes to
/// an ARN (developer guide, "API Gateway resource policy examples").
fn within_own_api(subject: &Subject<'_>, mut properties: Value) -> Value {
    let (Some(api), Some(region), Some(account)) = (subject.identifier, subject.region, subject.account) else {
        return properties;
    };
    let own = format!(":execute-api:{region}:{account}:{api}/");
    let statements = child(&mut properties, "Policy").and_then(|policy| child(policy, "Statement"));
    let Some(Kind::List(statements)) = statements.map(|statements| &mut statements.kind) else { return properties };
    for resources in statements.iter_mut().filter_map(|statement| child(statement, "Resource")) {
        let Kind::List(resources) = &mut resources.kind else { continue };
        for resource in resources {
            if let Kind::String(text) = &mut resource.kind
                && let Some(("arn:aws", path)) = text.split_once(&own)
            {
                *text = format!("execute-api:/{path}");
            }
        }
    }
    properties
}

/// A permission of an event bus without the `Sid` that EventBridge gives its statement: the permission's own
/// `StatementId` (EventBridge API reference, `PutPermission`).
fn without_given_sid(mut permission: Value) -> Value {
    let id = permission.get("StatementId").and_then(Value::as_str).map(str::to_owned);
    if let (Some(id), Some(Kind::Object(statement))) =
        (id, child(&mut permission, "Statement").map(|statement| &mut statement.kind))
    {
        statement.retain(|key, member| !(key == "Sid" && member.as_str() == Some(&id)));
    }
    permission
}

fn child<'v>(value: &'v mut Value, key: &str) -> Option<&'v mut Value> {
    match &mut value.kind {
        Kind::Object(members) => members.get_mut(key),
        _ => None,
    }
}

fn lets_everything_out(rule: &Value) -> bool {
    let is = |key: &str, expected: &str| rule.get(key).and_then(Value::as_scalar_text).as_deref() == Some(expected);
    is("IpProtocol", "-1") && (is("CidrIp", "0.0.0.0/0") || is("CidrIpv6", "::/0"))
}
