//! The interpreter of the mapping tables.

use std::collections::{BTreeMap, BTreeSet};

use base64::Engine as _;

use super::ecs::container_definitions;
use super::rule::{Literal, Mapping, OF_EVERY_TYPE, Properties, Rule, Shape};
use super::{Context, security_group_rules};
use crate::model::{Kind, Value};

/// What came out of a table.
pub(super) struct Outcome {
    /// The properties.
    pub members: BTreeMap<String, Value>,
    /// Attributes that are set and that no rule names, sorted.
    pub unmapped: Vec<String>,
    /// Lists of unknown length.
    pub open: BTreeSet<String>,
}

/// Applies a table to the attributes of a resource.
pub(super) fn apply(mapping: &Mapping, attributes: &BTreeMap<String, Value>, context: &Context<'_>) -> Outcome {
    let mut pass = Pass { resource: attributes, context, unmapped: BTreeSet::new(), open: BTreeSet::new() };
    let members = pass.members(&[mapping.rules, mapping.tags.rules(), OF_EVERY_TYPE], attributes, "");
    Outcome { members, unmapped: pass.unmapped.into_iter().collect(), open: pass.open }
}

struct Pass<'a> {
    resource: &'a BTreeMap<String, Value>,
    context: &'a Context<'a>,
    unmapped: BTreeSet<String>,
    open: BTreeSet<String>,
}

impl Pass<'_> {
    fn members(
        &mut self,
        tables: &[&[Rule]],
        attributes: &BTreeMap<String, Value>,
        prefix: &str,
    ) -> BTreeMap<String, Value> {
        let mut members = BTreeMap::new();
        let rules = || tables.iter().copied().flatten();
        for rule in rules() {
            match rule {
                Rule::Property { from, to, shape } => {
                    let Some(value) = attributes.get(*from) else { continue };
                    if let Some(value) = self.convert(*shape, value, &format!("{prefix}{from}"), to) {
                        insert(&mut members, to, value);
                    }
                }
                Rule::Uncovered(names) => {
                    let is_set = |name: &&&str| attributes.get(**name).is_some_and(is_set);
                    self.unmapped.extend(names.iter().filter(is_set).map(|name| format!("{prefix}{name}")));
                }
                Rule::Given { .. } | Rule::TerraformOnly(_) | Rule::Computed(_) | Rule::Code(_) => {}
            }
        }
        // What says nothing else is nothing.
        let says_something = !members.is_empty();
        for rule in rules().filter(|_| says_something) {
            let Rule::Given { from, to, value: given } = rule else { continue };
            if let Some(value) = attributes.get(*from).filter(|value| is_set(value)) {
                insert(&mut members, to, literal(*given).located(value.at.clone()));
            }
        }
        let is_named = |name: &str| rules().any(|rule| rule.names(name));
        let unnamed = attributes.iter().filter(|(name, value)| !is_named(name) && is_set(value));
        self.unmapped.extend(unnamed.map(|(name, _)| format!("{prefix}{name}")));
        members
    }

    fn convert(&mut self, shape: Shape, value: &Value, from: &str, to: &str) -> Option<Value> {
        if matches!((&value.kind, shape), (Kind::Null, _) | (_, Shape::ByCode)) {
            return None;
        }
        if matches!(value.kind, Kind::Unknown(_) | Kind::Sensitive(_)) {
            return Some(hidden(shape, value, to));
        }
        match shape {
            Shape::ByCode => None,
            Shape::Text => text(value).filter(|value| value.as_str() != Some("")),
            Shape::FreeText => text(value),
            Shape::Number => number(value),
            Shape::NumberUnless(unset) => number(value).filter(|value| *value != Value::from(unset)),
            Shape::Flag => Some(flag(value)),
            Shape::FlagText => Some(flag(value)).filter(is_set),
            Shape::Choice(names) => choice(value, names),
            Shape::Texts => Some(each(value, text)),
            Shape::SomeTexts => Some(each(value, text)).filter(is_set),
            Shape::Item(member, beside) => text(value).filter(is_set).map(|text| item(text, member, beside)),
            Shape::Wrapped(member) => {
                Some(each(value, |item| Some(Value::object([(member, item.clone())]).located(item.at.clone()))))
            }
            Shape::Listed(member) => text(value).filter(is_set).map(|item| listed(item, member)),
            Shape::Entry(key) => text(value).filter(is_set).map(|item| attribute_entry(item, key)),
            Shape::Map => Some(map(value)),
            Shape::Pairs(key, member) => Some(pairs(value, key, member, text)),
            Shape::NumberPairs(key, member) => Some(pairs(value, key, member, number)),
            Shape::Document => document(value),
            Shape::Code(convert) => convert(value),
            Shape::Block(rules) => self.block(rules, value, from, to),
            Shape::Blocks(rules) => Some(self.blocks(rules, value, (from, to), |properties| vec![properties])),
            Shape::SomeBlocks(rules) => {
                Some(self.blocks(rules, value, (from, to), |properties| vec![properties])).filter(is_set)
            }
            Shape::Expanded(rules, expand) => Some(self.blocks(rules, value, (from, to), expand)).filter(is_set),
            Shape::Keyed(key, member) => Some(keyed(value, key, member)),
            Shape::Containers => document(value).map(|containers| container_definitions::canonical(&containers)),
            Shape::UserData => user_data(value),
            Shape::GroupRules(direction) => {
                let own_id = security_group_rules::own_id(self.resource, self.context);
                let expanded = security_group_rules::of_blocks(value, direction, &own_id);
                if expanded.is_open {
                    self.open.insert(to.to_owned());
                }
                Some(value.with(expanded.rules))
            }
        }
    }

    /// The object of a block; a block that is not there, or that says nothing, is none.
    fn block(&mut self, rules: &'static [Rule], value: &Value, from: &str, to: &str) -> Option<Value> {
        match &value.kind {
            Kind::List(items) => items.first().and_then(|item| match item.kind {
                Kind::Unknown(_) | Kind::Sensitive(_) => Some(hidden(Shape::Block(rules), item, to)),
                _ => self.block(rules, item, from, to),
            }),
            Kind::Object(attributes) => {
                let members = self.members(&[rules], attributes, &format!("{from}."));
                (!members.is_empty()).then(|| value.with(Kind::Object(members)))
            }
            _ => None,
        }
    }

    fn blocks(
        &mut self,
        rules: &'static [Rule],
        value: &Value,
        (from, to): (&str, &str),
        expand: impl Fn(Properties) -> Vec<Properties>,
    ) -> Value {
        let one = std::slice::from_ref(value);
        let mut items = Vec::new();
        for item in value.as_list().unwrap_or(one) {
            let block = match item.kind {
                Kind::Unknown(_) | Kind::Sensitive(_) => Some(item.clone()),
                _ => self.block(rules, item, from, to),
            };
            match block.map(|block| (block.at, block.kind)) {
                Some((at, Kind::Object(properties))) => {
                    let expanded = expand(properties).into_iter().map(Kind::Object);
                    items.extend(expanded.map(|kind| Value::new(kind).located(at.clone())));
                }
                Some((at, kind)) => items.push(Value::new(kind).located(at)),
                None => {}
            }
        }
        value.with(Kind::List(items))
    }
}

impl Rule {
    /// Whether the rule says what becomes of an attribute.
    fn names(&self, attribute: &str) -> bool {
        match self {
            Self::Property { from, .. } => *from == attribute,
            Self::Given { .. } => false,
            Self::Uncovered(names) | Self::TerraformOnly(names) | Self::Computed(names) | Self::Code(names) => {
                names.contains(&attribute)
            }
        }
    }
}

/// Where a value that cannot be seen goes: as it is, except where the table moves what is in it.
fn hidden(shape: Shape, value: &Value, to: &str) -> Value {
    match shape {
        Shape::Entry(key) => attribute_entry(value.clone(), key),
        Shape::Listed(member) => listed(value.clone(), member),
        Shape::Item(member, beside) => item(value.clone(), member, beside),
        Shape::Block(rules) if to.is_empty() => {
            let mut members = BTreeMap::new();
            for rule in rules {
                if let Rule::Property { to, shape, .. } = rule {
                    insert(&mut members, to, hidden(*shape, value, to));
                }
            }
            value.with(Kind::Object(members))
        }
        _ => value.clone(),
    }
}

fn literal(value: Literal) -> Value {
    match value {
        Literal::Text(text) => Value::from(text),
        Literal::Flag(flag) => Value::from(flag),
    }
}

fn listed(item: Value, member: Option<&str>) -> Value {
    let at = item.at.clone();
    let item = match member {
        Some(member) => Value::object([(member, item)]).located(at.clone()),
        None => item,
    };
    Value::list([item]).located(at)
}

/// One item of a list, with what tells what kind of item it is.
fn item(value: Value, member: &str, (beside, fixed): (&str, &str)) -> Value {
    let at = value.at.clone();
    let fixed = Value::from(fixed).located(at.clone());
    Value::list([Value::object([(member, value), (beside, fixed)]).located(at.clone())]).located(at)
}

fn attribute_entry(value: Value, key: &str) -> Value {
    let at = value.at.clone();
    let key = Value::from(key).located(at.clone());
    Value::list([Value::object([("Key", key), ("Value", value)]).located(at.clone())]).located(at)
}

/// Puts a value at a property; what other attributes put there before stays.
fn insert(members: &mut BTreeMap<String, Value>, to: &str, value: Value) {
    if to.is_empty() {
        if let Kind::Object(inner) = value.kind {
            for (name, value) in inner {
                insert(members, &name, value);
            }
        }
        return;
    }
    let Some((outer, inner)) = to.split_once('.') else {
        match members.get_mut(to) {
            Some(known) => merge(known, value),
            None => {
                members.insert(to.to_owned(), value);
            }
        }
        return;
    };
    let at = value.at.clone();
    let object = members.entry(outer.to_owned()).or_insert_with(|| Value::object::<String>([]).located(at));
    if let Kind::Object(members) = &mut object.kind {
        insert(members, inner, value);
    }
}

fn merge(known: &mut Value, value: Value) {
    match (&mut known.kind, value.kind) {
        (Kind::Object(members), Kind::Object(more)) => members.extend(more),
        (Kind::List(items), Kind::List(more)) => items.extend(more),
        // Of a collection that is partly not known it is not known what is in it.
        (Kind::Unknown(_), Kind::List(_) | Kind::Object(_)) => {}
        (known, kind) => *known = kind,
    }
}

/// Whether an attribute says anything: a state lists every attribute of a type, with empty values for what is not set.
pub(super) fn is_set(value: &Value) -> bool {
    match &value.kind {
        Kind::Null => false,
        Kind::String(text) => !text.is_empty(),
        Kind::List(items) => !items.is_empty(),
        Kind::Object(members) => !members.is_empty(),
        Kind::Bool(_) | Kind::Number(_) | Kind::Sensitive(_) | Kind::Unknown(_) => true,
    }
}

/// Terraform converts scalars to what the provider's schema asks for; so does this.
pub(super) fn text(value: &Value) -> Option<Value> {
    match &value.kind {
        Kind::Null => None,
        Kind::Number(_) | Kind::Bool(_) => value.as_scalar_text().map(|text| value.with(Kind::String(text))),
        _ => Some(value.clone()),
    }
}

/// A number; a text that is not one stays as it is, because the declaration says so.
pub(super) fn number(value: &Value) -> Option<Value> {
    match &value.kind {
        Kind::Null => None,
        Kind::String(text) if text.is_empty() => None,
        Kind::String(text) => Some(text.parse().map_or_else(|_| value.clone(), |n| value.with(Kind::Number(n)))),
        _ => Some(value.clone()),
    }
}

fn flag(value: &Value) -> Value {
    match value.as_str() {
        Some("true") => value.with(Kind::Bool(true)),
        Some("false") => value.with(Kind::Bool(false)),
        _ => value.clone(),
    }
}

fn choice(value: &Value, names: &[(&str, &str)]) -> Option<Value> {
    let given = value.as_scalar_text().filter(|given| !given.is_empty())?;
    let name = names.iter().find(|(from, _)| *from == given).map_or(given.as_str(), |(_, to)| to);
    Some(value.with(Kind::String(name.to_owned())))
}

fn each(value: &Value, convert: impl Fn(&Value) -> Option<Value>) -> Value {
    match value.as_list() {
        Some(items) => value.with(Kind::List(items.iter().filter_map(convert).collect())),
        None => value.clone(),
    }
}

pub(super) fn map(value: &Value) -> Value {
    match value.as_object() {
        Some(members) => {
            let texts = members.iter().filter_map(|(key, value)| Some((key.clone(), text(value)?)));
            value.with(Kind::Object(texts.collect()))
        }
        None => value.clone(),
    }
}

/// Blocks with a key and a value as the members of an object. Blocks of which a key is not known are not known.
fn keyed(value: &Value, key: &str, member: &str) -> Value {
    let one = std::slice::from_ref(value);
    let mut members = Properties::new();
    for block in value.as_list().unwrap_or(one) {
        match (block.get(key).and_then(Value::as_str), block.get(member)) {
            (Some(name), Some(value)) => members.extend(text(value).map(|value| (name.to_owned(), value))),
            _ => return Value::unknown("a key of it is not known").located(value.at.clone()),
        }
    }
    value.with(Kind::Object(members))
}

/// A map as a list of objects with a key and a value, in the order of the keys.
pub(super) fn pairs(value: &Value, key: &str, member: &str, convert: impl Fn(&Value) -> Option<Value>) -> Value {
    let Some(members) = value.as_object() else { return value.clone() };
    let pair = |(name, value): (&String, &Value)| {
        let name = Value::from(name.as_str()).located(value.at.clone());
        Some(Value::object([(key, name), (member, convert(value)?)]).located(value.at.clone()))
    };
    value.with(Kind::List(members.iter().filter_map(pair).collect()))
}

/// The document in a text of JSON, all of it at the place of the text. A text that is no JSON stays a text.
pub(super) fn document(value: &Value) -> Option<Value> {
    let Some(text) = value.as_str() else { return Some(value.clone()) };
    if text.trim().is_empty() {
        return None;
    }
    Some(match serde_json::from_str(text) {
        Ok(json) => placed(Value::from_json(&json), value),
        Err(_) => value.clone(),
    })
}

fn placed(value: Value, like: &Value) -> Value {
    like.with(match value.kind {
        Kind::List(items) => Kind::List(items.into_iter().map(|item| placed(item, like)).collect()),
        Kind::Object(members) => {
            Kind::Object(members.into_iter().map(|(key, value)| (key, placed(value, like))).collect())
        }
        kind => kind,
    })
}

/// Length of a SHA-1 digest in hexadecimal: what the provider keeps of user data in the state (before its version 6).
const DIGEST_DIGITS: usize = 40;

/// User data in base64, as `CloudFormation` takes it. The provider encodes a text that is not base64 yet.
fn user_data(value: &Value) -> Option<Value> {
    let text = value.as_str().filter(|text| !text.is_empty())?;
    if text.len() == DIGEST_DIGITS && text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        let unknown = Value::unknown("the state keeps only a digest of the user data");
        return Some(unknown.located(value.at.clone()));
    }
    let base64 = base64::engine::general_purpose::STANDARD;
    let is_encoded = base64.decode(text).is_ok();
    Some(value.with(Kind::String(if is_encoded { text.to_owned() } else { base64.encode(text) })))
}
