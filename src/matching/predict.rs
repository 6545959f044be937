//! Whether what a command sets is what is live.
//!
//! Values are compared with the leniency of a command line, where everything is text; a secret only by its fingerprint.

use crate::ledger::commands::{Effect, Prediction};
use crate::model::{AttributeDrift, AttributePath, Drift, Fingerprinter, Kind, Number, Step, Value};

use super::identity::Answer;

/// What a record's commands say about an attribute.
pub(super) enum Agreement<'e> {
    /// One predicts exactly what is live.
    Full(&'e Effect),
    /// One sets the attribute, to something its text does not fully show.
    Partial(&'e Effect),
    /// One predicts something else; `None`: that it is not there.
    Differs(&'e Effect, Option<Value>),
    /// None of them touches it.
    Silent,
}

/// An effect and how its target goes together with the drifted resource.
pub(super) type Aimed<'e> = (&'e Effect, Answer);

/// What effects (in their order, of one record, on one resource) say about an attribute; `None`: about the resource.
///
/// A later command outweighs an earlier one on the same attribute.
pub(super) fn agreement<'e>(
    effects: &[Aimed<'e>],
    attribute: Option<&AttributeDrift>,
    drift: &Drift,
    fingerprints: &Fingerprinter,
) -> Agreement<'e> {
    let Some(attribute) = attribute else { return presence(effects, drift) };
    let mut near = Agreement::Silent;
    for &(effect, answer) in effects.iter().rev() {
        let found = match one(effect, attribute, drift, fingerprints) {
            Finding::Silent => continue,
            Finding::Equal => Agreement::Full(effect),
            Finding::Unclear => Agreement::Partial(effect),
            Finding::Other(value) => Agreement::Differs(effect, value),
            Finding::Near(value) => {
                if answer == Answer::Yes && matches!(near, Agreement::Silent) {
                    near = Agreement::Differs(effect, Some(value));
                }
                continue;
            }
        };
        return match (answer, found) {
            // Whether it was this resource stood in a variable.
            (Answer::Partly | Answer::Open, Agreement::Full(effect)) => Agreement::Partial(effect),
            (Answer::Partly | Answer::Open, Agreement::Differs(..)) => continue,
            (_, found) => found,
        };
    }
    near
}

fn presence<'e>(effects: &[Aimed<'e>], drift: &Drift) -> Agreement<'e> {
    let is_gone = drift.presence == crate::model::Presence::Missing;
    let removal = effects.iter().rev().find(|(effect, _)| {
        is_gone
            && effect.path.is_root()
            && matches!(&effect.prediction, Prediction::Is(value) if value.kind == Kind::Null)
    });
    match removal {
        Some((effect, Answer::Yes)) => Agreement::Full(effect),
        Some((effect, _)) => Agreement::Partial(effect),
        None => Agreement::Silent,
    }
}

enum Finding {
    Silent,
    Equal,
    Unclear,
    /// It predicts this for exactly this attribute.
    Other(Option<Value>),
    /// It adds a member like this one, which is not there, in its place.
    Near(Value),
}

fn one(effect: &Effect, attribute: &AttributeDrift, drift: &Drift, fingerprints: &Fingerprinter) -> Finding {
    let lenient = Lenient { fingerprints, is_document: is_in_document(&attribute.path) };
    let path = &of_every_item(&effect.path, &attribute.path);
    match &effect.prediction {
        Prediction::Is(value) => whole(path, value, attribute, &lenient),
        Prediction::Eventually(value) => match whole(path, value, attribute, &lenient) {
            Finding::Other(_) => Finding::Unclear,
            found => found,
        },
        Prediction::Unspecified if attribute.path.is_within(path) || path.is_within(&attribute.path) => {
            Finding::Unclear
        }
        Prediction::Unspecified => Finding::Silent,
        Prediction::Contains(value) => added(path, value, attribute, drift, &lenient),
        Prediction::Lacks(value) => removed(path, value, attribute, &lenient),
    }
}

/// The path of an effect on every item of a list (`containers[name=*]`), at the item that an attribute is in.
fn of_every_item(path: &AttributePath, attribute: &AttributePath) -> AttributePath {
    let is_every = |step: &Step| matches!(step, Step::Item { value, .. } if value == "*");
    if !path.steps().iter().any(is_every) {
        return path.clone();
    }
    let steps = path.steps().iter().enumerate().map(|(position, step)| {
        let there = attribute.steps().get(position).filter(|there| match (step, there) {
            (Step::Item { by, .. }, Step::Item { by: own, .. }) => is_every(step) && by == own,
            _ => false,
        });
        there.unwrap_or(step).clone()
    });
    steps.collect()
}

/// A value that replaces everything at a path.
fn whole(path: &AttributePath, value: &Value, attribute: &AttributeDrift, lenient: &Lenient<'_>) -> Finding {
    if !attribute.path.is_within(path) {
        // A part of the attribute is set; the rest of it may have another cause.
        return if path.is_within(&attribute.path) { Finding::Unclear } else { Finding::Silent };
    }
    let rest = attribute.path.steps().get(path.steps().len()..).unwrap_or_default();
    let predicted = match descend(value, rest) {
        Descent::To(value) => value,
        Descent::Unreadable => return Finding::Unclear,
    };
    if predicted.as_ref().is_some_and(Value::has_unknown) {
        return Finding::Unclear;
    }
    match &attribute.live {
        Some(live) if live.has_unknown() => Finding::Unclear,
        live if lenient.same(predicted.as_ref(), live.as_ref()) => Finding::Equal,
        _ => Finding::Other(predicted),
    }
}

/// The member that an attribute is, if it is a member of the set at a path.
fn is_member_of(attribute: &AttributeDrift, path: &AttributePath) -> bool {
    attribute.path.is_within(path) && attribute.path.steps().len() == path.steps().len() + 1
}

fn added(
    path: &AttributePath,
    value: &Value,
    attribute: &AttributeDrift,
    drift: &Drift,
    lenient: &Lenient<'_>,
) -> Finding {
    if attribute.path == *path {
        let live = attribute.live.as_ref().and_then(Value::as_list).unwrap_or_default();
        return if live.iter().any(|live| lenient.member(value, live)) { Finding::Unclear } else { Finding::Silent };
    }
    if !is_member_of(attribute, path) {
        return Finding::Silent;
    }
    let Some(live) = &attribute.live else {
        let was = attribute.applied.as_ref().or(attribute.declared.as_ref());
        let is_this = was.is_some_and(|was| lenient.member(value, was));
        return if is_this { Finding::Other(Some(value.clone())) } else { Finding::Silent };
    };
    if lenient.member(value, live) {
        return if value.has_unknown() { Finding::Unclear } else { Finding::Equal };
    }
    let is_there = drift
        .attributes
        .iter()
        .filter(|other| is_member_of(other, path))
        .any(|other| other.live.as_ref().is_some_and(|live| lenient.member(value, live)));
    let is_new = attribute.declared.is_none() && attribute.applied.is_none();
    let is_near = is_new && !is_there && !value.has_unknown() && lenient.is_near(value, live);
    if is_near { Finding::Near(value.clone()) } else { Finding::Silent }
}

fn removed(path: &AttributePath, value: &Value, attribute: &AttributeDrift, lenient: &Lenient<'_>) -> Finding {
    if !is_member_of(attribute, path) {
        return Finding::Silent;
    }
    let was = attribute.applied.as_ref().or(attribute.declared.as_ref());
    let is_this = |member: Option<&Value>| member.is_some_and(|member| lenient.member(value, member));
    match &attribute.live {
        None if is_this(was) && value.has_unknown() => Finding::Unclear,
        None if is_this(was) => Finding::Equal,
        Some(live) if is_this(Some(live)) && !value.has_unknown() => Finding::Other(None),
        _ => Finding::Silent,
    }
}

enum Descent {
    To(Option<Value>),
    /// The prediction has no such structure, so that the way cannot be followed.
    Unreadable,
}

/// Follows the steps of a drifted attribute into a predicted value.
fn descend(value: &Value, steps: &[Step]) -> Descent {
    let mut here = value.clone();
    for step in steps {
        let next = match (step, &here.kind) {
            (_, Kind::Unknown(_)) => return Descent::To(Some(here)),
            // A text that holds JSON is a document to whoever compared its parts.
            (_, Kind::String(text)) if text.trim_start().starts_with(['{', '[']) => {
                let Ok(json) = serde_json::from_str(text) else { return Descent::Unreadable };
                here = Value::from_json(&json);
                match into(&here, step) {
                    Ok(next) => next,
                    Err(()) => return Descent::Unreadable,
                }
            }
            (Step::Member(member), Kind::String(text)) => (member == text).then(|| here.clone()),
            _ => match into(&here, step) {
                Ok(next) => next,
                Err(()) => return Descent::Unreadable,
            },
        };
        match next {
            Some(next) => here = next,
            None => return Descent::To(None),
        }
    }
    Descent::To(Some(here).filter(|value| value.kind != Kind::Null))
}

fn into(value: &Value, step: &Step) -> Result<Option<Value>, ()> {
    match (step, &value.kind) {
        (_, Kind::Null) => Ok(None),
        (Step::Key(key), Kind::Object(members)) => Ok(members.get(key).cloned()),
        (Step::Item { by, value }, Kind::List(items)) => {
            let identity = |item: &Value| {
                let parts: Option<Vec<String>> = by.split(',').map(|key| item.get(key)?.as_scalar_text()).collect();
                parts.map(|parts| parts.join(","))
            };
            let found = items.iter().find(|item| identity(item).as_ref() == Some(value));
            let all_told = items.iter().all(|item| identity(item).is_some());
            if found.is_some() || all_told { Ok(found.cloned()) } else { Err(()) }
        }
        (Step::Member(member), Kind::List(items)) => {
            let found = items.iter().find(|item| item.as_scalar_text().as_ref() == Some(member));
            let all_told = items.iter().all(|item| item.as_scalar_text().is_some());
            if found.is_some() || all_told { Ok(found.cloned()) } else { Err(()) }
        }
        // Positions are those of the declaration; a command may list its items in another order.
        _ => Err(()),
    }
}

fn is_in_document(path: &AttributePath) -> bool {
    path.steps().iter().any(|step| matches!(step, Step::Key(key) if key.ends_with("PolicyDocument")))
}

/// Members that a service adds to a rule and no command sets.
const ADDED_BY_SERVICE: [&str; 2] = ["SourceSecurityGroupOwnerId", "SourceSecurityGroupName"];

/// How predicted and live values are compared.
struct Lenient<'a> {
    fingerprints: &'a Fingerprinter,
    /// Whether one item and a list of it are the same, as in a policy document.
    is_document: bool,
}

impl Lenient<'_> {
    fn same(&self, predicted: Option<&Value>, live: Option<&Value>) -> bool {
        match (predicted, live) {
            (None, None) => true,
            (Some(predicted), None) => is_nothing(predicted),
            (None, Some(live)) => is_nothing(live),
            (Some(predicted), Some(live)) => self.equal(predicted, live),
        }
    }

    fn equal(&self, predicted: &Value, live: &Value) -> bool {
        match (&predicted.kind, &live.kind) {
            (_, Kind::Sensitive(fingerprint)) => self.fingerprints.fingerprint(predicted) == *fingerprint,
            (Kind::Object(predicted), Kind::Object(live)) => {
                let keys = predicted.keys().chain(live.keys());
                keys.into_iter().all(|key| self.same(predicted.get(key), live.get(key)))
            }
            (Kind::List(predicted), Kind::List(live)) => self.same_items(predicted, live),
            (Kind::List(items), _) if self.is_document => {
                matches!(items.as_slice(), [only] if self.equal(only, live))
            }
            // `SubnetIds=subnet-1` is a list of one for the command line.
            (_, Kind::List(items)) => matches!(items.as_slice(), [only] if self.equal(predicted, only)),
            _ => same_scalar(predicted, live),
        }
    }

    /// Whether two lists hold the same items, in whatever order.
    fn same_items(&self, predicted: &[Value], live: &[Value]) -> bool {
        let mut left: Vec<&Value> = live.iter().collect();
        let takes = |item: &Value, left: &mut Vec<&Value>| {
            let found = left.iter().position(|live| self.equal(item, live));
            found.map(|at| left.swap_remove(at)).is_some()
        };
        predicted.len() == live.len() && predicted.iter().all(|item| takes(item, &mut left))
    }

    /// Whether a live member is the predicted one; unknown parts of the prediction fit anything.
    fn member(&self, predicted: &Value, live: &Value) -> bool {
        let (Some(wanted), Some(found)) = (predicted.as_object(), live.as_object()) else {
            return predicted.is_unknown() || self.equal(predicted, live);
        };
        let own = found.keys().filter(|key| !ADDED_BY_SERVICE.contains(&key.as_str()));
        own.chain(wanted.keys()).all(|key| match wanted.get(key) {
            Some(value) if value.is_unknown() => true,
            value => self.same(value, found.get(key)),
        })
    }

    /// Whether a live member is like the predicted one in at least as much as it differs.
    fn is_near(&self, predicted: &Value, live: &Value) -> bool {
        let (Some(wanted), Some(found)) = (predicted.as_object(), live.as_object()) else { return false };
        let (same, other): (Vec<_>, Vec<_>) =
            wanted.iter().partition(|(key, value)| self.same(Some(value), found.get(*key)));
        !same.is_empty() && same.len() >= other.len()
    }
}

/// Whether a value says the same as its absence: `--description ""`.
fn is_nothing(value: &Value) -> bool {
    match &value.kind {
        Kind::Null => true,
        Kind::String(text) => text.is_empty(),
        Kind::List(items) => items.is_empty(),
        Kind::Object(members) => members.is_empty(),
        _ => false,
    }
}

/// Whether two scalars are the same to a command line: `"5.0"` and 5, `"true"` and true, a name and its ARN, and two
/// spellings of one JSON document.
fn same_scalar(predicted: &Value, live: &Value) -> bool {
    let (Some(one), Some(other)) = (predicted.as_scalar_text(), live.as_scalar_text()) else {
        return predicted == live;
    };
    if one == other {
        return true;
    }
    let is_number = |value: &Value| matches!(value.kind, Kind::Number(_));
    if is_number(predicted) || is_number(live) {
        return matches!((one.parse::<Number>(), other.parse::<Number>()), (Ok(one), Ok(other)) if one == other);
    }
    if other.starts_with("arn:") && !one.contains('/') {
        return other.rsplit('/').next() == Some(one.as_str());
    }
    let json = |text: &str| match serde_json::from_str(text) {
        Ok(json @ serde_json::Value::Object(_)) => Some(json),
        _ => None,
    };
    json(&one).is_some_and(|one| json(&other).as_ref() == Some(&one))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ledger::commands::effects;
    use crate::matching::tests::{attribute, command, drift};
    use serde_json::{Value as Json, json};

    /// What commands say about an attribute: `full`, `partial`, `silent`, or what they predict instead.
    fn check(commands: &[&str], resource_type: &str, path: &str, sides: [Json; 2], expect: &str) {
        let commands: Vec<_> = commands.iter().map(|text| command(&format!("aws {text}"))).collect();
        let effects = effects(&commands);
        let aimed: Vec<Aimed<'_>> = effects.iter().map(|effect| (effect, Answer::Yes)).collect();
        let fingerprints = Fingerprinter::new(*b"key");
        let mut attribute = attribute(path, &sides[0], &sides[1]);
        if path.starts_with("Environment") {
            attribute.live = attribute.live.map(|live| fingerprints.hide(&live));
        }
        let mut drift = drift(resource_type, "id");
        drift.attributes = vec![attribute.clone()];
        let found = match agreement(&aimed, Some(&attribute), &drift, &fingerprints) {
            Agreement::Full(_) => "full".to_owned(),
            Agreement::Partial(_) => "partial".to_owned(),
            Agreement::Silent => "silent".to_owned(),
            Agreement::Differs(_, value) => value.map_or("absent".to_owned(), |value| value.to_json().to_string()),
        };
        assert_eq!(found, expect, "{commands:?} {path} {sides:?}");
    }

    const LAMBDA: &str = "lambda update-function-configuration --function-name id";
    const ECS: &str = "ecs update-service --cluster c --service id";
    const SSH: &str = "ec2 authorize-security-group-ingress --group-id id --protocol tcp --port 22";

    #[test]
    fn values_are_compared_as_a_command_line_has_them() {
        let ecs = |flags: &str, path: &str, live: Json, expect: &str| {
            check(&[&format!("{ECS} {flags}")], "AWS::ECS::Service", path, [json!(3), live], expect);
        };
        ecs("--desired-count 5", "DesiredCount", json!(5), "full");
        ecs("--desired-count 5", "DesiredCount", json!(50), "5");
        ecs("--desired-count 5", "DesiredCount", Json::Null, "5");
        ecs("--desired-count $N", "DesiredCount", json!(5), "partial");
        ecs("--desired-count 5", "TaskDefinition", json!("x"), "silent");
        ecs("--task-definition api:7", "TaskDefinition", json!("arn:aws:ecs:r:1:task-definition/api:7"), "full");
        ecs("--task-definition api:7", "TaskDefinition", json!("arn:aws:ecs:r:1:task-definition/api:8"), "\"api:7\"");
        ecs(
            "--task-definition api:7",
            "TaskDefinition",
            json!("arn:aws:ecs:r:1:task-definition/my-api:7"),
            "\"api:7\"",
        );
        ecs("--enable-execute-command", "EnableExecuteCommand", json!(true), "full");
        let subnets = "--network-configuration awsvpcConfiguration={subnets=[a,b]}";
        ecs(subnets, "NetworkConfiguration.AwsvpcConfiguration.Subnets[b]", json!("b"), "full");
        ecs(subnets, "NetworkConfiguration.AwsvpcConfiguration.Subnets[c]", json!("c"), "absent");
        ecs(subnets, "NetworkConfiguration", json!({"AwsvpcConfiguration": {"Subnets": ["a", "b"]}}), "partial");
    }

    #[test]
    fn a_command_on_every_container_is_one_on_each() {
        let set = |command: &str, path: &str, live: Json, expect: &str| {
            let effects = effects([&crate::matching::tests::command(command)]);
            let aimed: Vec<Aimed<'_>> = effects.iter().map(|effect| (effect, Answer::Yes)).collect();
            let attribute = attribute(path, &json!("web:1"), &live);
            let mut drift = drift("apps/v1/Deployment", "shop/web");
            drift.attributes = vec![attribute.clone()];
            let found = match agreement(&aimed, Some(&attribute), &drift, &Fingerprinter::new(*b"key")) {
                Agreement::Full(_) => "full".to_owned(),
                Agreement::Partial(_) => "partial".to_owned(),
                Agreement::Silent => "silent".to_owned(),
                Agreement::Differs(_, value) => value.map_or("absent".to_owned(), |value| value.to_json().to_string()),
            };
            assert_eq!(found, expect, "{command} {path}");
        };
        let image = "spec.template.spec.containers[name=web].image";
        set("kubectl set image deploy/web *=web:2", image, json!("web:2"), "full");
        set("kubectl set image deploy/web *=web:2", image, json!("web:3"), "\"web:2\"");
        set("kubectl set image deploy/web proxy=web:2", image, json!("web:2"), "silent");
        set("kubectl set image deploy/web web=$IMAGE", image, json!("web:2"), "partial");
        set("kubectl scale deploy/web --replicas=3", "spec.replicas", json!(3), "full");
        let variable = "spec.template.spec.containers[name=web].env[name=LEVEL]";
        set("kubectl set env deploy/web LEVEL=debug", &format!("{variable}.value"), json!("debug"), "full");
        set("kubectl set env deploy/web LEVEL-", variable, Json::Null, "full");
        set("kubectl rollout undo deploy/web", image, json!("web:2"), "partial");
    }

    #[test]
    fn a_later_command_outweighs_an_earlier_one() {
        let both = [&*format!("{ECS} --desired-count 5"), &*format!("{ECS} --desired-count 7")];
        check(&both, "AWS::ECS::Service", "DesiredCount", [json!(3), json!(7)], "full");
        check(&both, "AWS::ECS::Service", "DesiredCount", [json!(3), json!(5)], "7");
    }

    #[test]
    fn an_environment_is_replaced_as_a_whole_and_compared_by_fingerprint() {
        let set = |path: &str, sides: [Json; 2], expect: &str| {
            let command = format!("{LAMBDA} --environment 'Variables={{A=1,B=$SECRET}}'");
            check(&[&command], "AWS::Lambda::Function", path, sides, expect);
        };
        set("Environment.Variables.A", [Json::Null, json!("1")], "full");
        set("Environment.Variables.A", [Json::Null, json!("2")], "\"1\"");
        set("Environment.Variables.B", [Json::Null, json!("s")], "partial");
        set("Environment.Variables.GONE", [json!("x"), Json::Null], "full");
        set("Environment.Variables.MORE", [Json::Null, json!("x")], "absent");
    }

    #[test]
    fn rules_are_matched_by_value_and_a_neighbour_is_a_contradiction() {
        let rule =
            |port: u16, cidr: &str| json!({"IpProtocol": "tcp", "FromPort": port, "ToPort": port, "CidrIp": cidr});
        let check = |commands: &[&str], sides: [Json; 2], expect: &str| {
            check(commands, "AWS::EC2::SecurityGroup", "SecurityGroupIngress[X=1]", sides, expect);
        };
        let open = format!("{SSH} --cidr 10.0.0.0/8");
        check(&[&open], [Json::Null, rule(22, "10.0.0.0/8")], "full");
        check(
            &[&open],
            [Json::Null, rule(22, "0.0.0.0/0")],
            r#"{"CidrIp":"10.0.0.0/8","FromPort":22,"IpProtocol":"tcp","ToPort":22}"#,
        );
        check(&[&open], [Json::Null, rule(443, "0.0.0.0/0")], "silent");
        check(&[&open, &format!("{SSH} --cidr 0.0.0.0/0")], [Json::Null, rule(22, "10.0.0.0/8")], "full");
        check(&[&format!("{SSH} --cidr $CIDR")], [Json::Null, rule(22, "0.0.0.0/0")], "partial");
        check(&[&format!("{SSH} --cidr $CIDR")], [Json::Null, rule(23, "0.0.0.0/0")], "silent");
        let close = open.replace("authorize", "revoke");
        check(&[&close], [rule(22, "10.0.0.0/8"), Json::Null], "full");
        check(&[&close], [rule(23, "10.0.0.0/8"), Json::Null], "silent");
        check(&[&open, &close], [Json::Null, rule(22, "10.0.0.0/8")], "absent");
    }

    #[test]
    fn policies_are_read_to_the_action() {
        let document =
            r#"{"Statement":[{"Sid":"S","Effect":"Allow","Action":["s3:GetObject","s3:PutObject"],"Resource":"*"}]}"#;
        let put = format!("iam put-role-policy --role-name id --policy-name p --policy-document '{document}'");
        let check = |path: &str, sides: [Json; 2], expect: &str| check(&[&put], "AWS::IAM::Role", path, sides, expect);
        let statement = "Policies[PolicyName=p].PolicyDocument.Statement[Sid=S]";
        check(&format!("{statement}.Action[s3:PutObject]"), [Json::Null, json!("s3:PutObject")], "full");
        check(&format!("{statement}.Action[s3:*]"), [Json::Null, json!("s3:*")], "absent");
        check(&format!("{statement}.Resource"), [json!("a"), json!(["*"])], "full");
        check("Policies[PolicyName=other]", [Json::Null, json!({})], "silent");
        let live: Json = serde_json::from_str(document).unwrap();
        check("Policies[PolicyName=p]", [Json::Null, json!({"PolicyName": "p", "PolicyDocument": live})], "full");
    }

    #[test]
    fn a_json_text_is_compared_as_json() {
        let put = r#"ssm put-parameter --name id --value '{"a":1,"b":2}'"#;
        let check = |path: &str, live: Json, expect: &str| {
            check(&[put], "AWS::SSM::Parameter", path, [json!("{}"), live], expect);
        };
        check("Value", json!("{\"b\": 2, \"a\": 1}"), "full");
        check("Value", json!("{\"b\": 3, \"a\": 1}"), "\"{\\\"a\\\":1,\\\"b\\\":2}\"");
        check("Value.a", json!(1), "full");
        check("Value.a", json!(9), "1");
    }
}
