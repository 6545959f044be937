//! What lives and nobody declares: found beside the declared part, and held against what was recorded of it earlier.

use std::collections::BTreeMap;

use super::Subject;
use super::walk::{self, Manner, Three, Walk};
use crate::model::{AttributeDrift, AttributePath, Basis, Kind, Standing, Step, Value};
use crate::schema::{Facts, Says, is_default, is_volatile, pattern_covers};

/// Deeper than any property; deeper values stand as wholes.
const MAX_DEPTH: usize = 48;

/// The values of the live side that nobody declares and [`super::compare`] does not judge, by path: scalars, lists and
/// documents as wholes, and unknown values where something could not be read.
///
/// Left out is what cannot be a change by hand: what moves by itself, defaults, what the declaration leaves to others,
/// and members of collections that others may declare.
pub fn undeclared(subject: &Subject<'_>) -> BTreeMap<AttributePath, Value> {
    let mut leaves = Vec::new();
    for (path, value) in walk::undeclared(subject) {
        flatten(Facts::of(subject.resource_type), path, value, &mut leaves);
    }
    leaves.into_iter().filter(|(path, value)| is_set_by_somebody(subject, path, value)).collect()
}

/// How a value that nobody declares differs from what was recorded of it: `applied` of the attributes is the recorded
/// value, and those that it did not have are among them. None of what [`undeclared`] leaves out is.
pub fn against_recorded(
    subject: &Subject<'_>,
    path: &AttributePath,
    recorded: &Value,
    live: &Value,
) -> Vec<AttributeDrift> {
    let facts = Facts::of(subject.resource_type);
    let mut walk = Walk::new(subject, subject.declared, subject.live, Some(Vec::new()));
    let three = Three { declared: Some(recorded), applied: Some(recorded), live: Some(live) };
    walk.node(path, Manner::Properties, three);
    let upgrades_itself = walk.upgrades_itself;
    let mut appeared = Vec::new();
    for (path, value) in walk.undeclared.unwrap_or_default() {
        flatten(facts, path, value, &mut appeared);
    }
    let appeared = appeared.into_iter().filter(|(path, value)| is_set_by_somebody(subject, path, value));
    let appeared = appeared.filter(|(_, value)| !value.is_unknown());
    let changed = walk.found.attributes.into_iter().filter(|drift| {
        let upgraded = upgrades_itself && facts.say(&drift.path, Says::VersionTrack) && is_next_release(drift);
        !upgraded && !is_left_out(subject, &drift.path)
    });
    let changed = changed.map(|drift| of_baseline(drift.path, drift.applied, drift.live));
    changed.chain(appeared.map(|(path, value)| of_baseline(path, None, Some(value)))).collect()
}

/// An attribute that was changed by hand though nobody declares it.
pub fn of_baseline(path: AttributePath, recorded: Option<Value>, live: Option<Value>) -> AttributeDrift {
    AttributeDrift {
        path,
        declared: None,
        applied: recorded,
        live,
        standing: Standing::Drifted,
        basis: Basis::Baseline,
        note: Some("nobody declares it".to_owned()),
    }
}

/// Whether a value that nobody declares says that somebody set it.
pub fn is_set_by_somebody(subject: &Subject<'_>, path: &AttributePath, value: &Value) -> bool {
    !is_left_out(subject, path) && !is_default(subject.resource_type, path, value)
}

fn is_left_out(subject: &Subject<'_>, path: &AttributePath) -> bool {
    subject.ignored.iter().any(|pattern| pattern_covers(pattern, path)) || is_volatile(subject.resource_type, path)
}

/// The members of objects as values of their own.
fn flatten(facts: Facts, path: AttributePath, value: Value, leaves: &mut Vec<(AttributePath, Value)>) {
    if facts.say(&path, Says::OpenMembers) {
        return;
    }
    // An item that a service added to a list of names and values is one value.
    let is_member = matches!(path.steps().last(), Some(Step::Key(_)));
    let is_document = facts.at(&path).any(|says| matches!(says, Says::Policy | Says::Json(_)));
    match value.kind {
        Kind::Object(members) if is_member && !members.is_empty() && !is_document && path.steps().len() < MAX_DEPTH => {
            members.into_iter().for_each(|(key, member)| flatten(facts, path.key(&key), member, leaves));
        }
        kind => leaves.push((path, Value { kind, at: value.at })),
    }
}

/// Whether two versions differ in their last segment alone: what a service upgrades by itself.
fn is_next_release(drift: &AttributeDrift) -> bool {
    let track = |value: &Option<Value>| Some(value.as_ref()?.as_str()?.rsplit_once('.')?.0.to_owned());
    track(&drift.applied).is_some_and(|recorded| Some(recorded) == track(&drift.live))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use serde_json::{Value as Json, json};

    use super::*;
    use crate::compare::{Base, Reader};

    /// Does something with a subject of a type.
    fn with<T>(resource_type: &str, declared: &Json, live: &Json, act: impl Fn(&Subject<'_>) -> T) -> T {
        let (declared, live) = (Value::from_json(declared), Value::from_json(live));
        act(&Subject {
            resource_type: &resource_type.into(),
            identifier: None,
            account: None,
            region: None,
            declared: &declared,
            base: &Base::unknown(),
            live: &live,
            open_collections: &BTreeSet::from(["Open".to_owned()]),
            bands: &[],
            reader: Reader::Unknown,
            ignored: &["Ignored".to_owned()],
        })
    }

    #[test]
    fn what_only_lives_is_found_at_every_depth_and_what_is_judged_or_nobodys_is_not() {
        let check = |resource_type: &str, declared: Json, live: Json, expect: &[&str]| {
            let found = with(resource_type, &declared, &live, undeclared);
            let found: Vec<_> = found.keys().map(ToString::to_string).collect();
            assert_eq!(found, expect, "{resource_type} {live}");
        };
        let queue = "AWS::SQS::Queue";
        check(queue, json!({"A": 1}), json!({"A": 2, "B": {"C": 1, "D": [1]}}), &["B.C", "B.D"]);
        check(queue, json!({"A": {"B": 1}}), json!({"A": {"B": 1, "C": 2}}), &["A.C"]);
        let (declared, live) = (json!({"L": [{"Name": "a"}]}), json!({"L": [{"Name": "a", "X": 1}, {"Name": "b"}]}));
        check(queue, declared, live, &["L[Name=a].X"]);
        check(queue, json!({}), json!({"Ignored": 1, "Open": 1, "Tags": [{"Key": "a", "Value": "b"}], "E": null}), &[]);
        check(
            queue,
            json!({}),
            json!({"Arn": "x", "CreatedTime": 1, "Unread": {"Fn::Unknown": "denied"}}),
            &["Unread"],
        );
        check(
            "AWS::EC2::Instance",
            json!({}),
            json!({"Volumes": [{"Device": "a"}], "Monitoring": true}),
            &["Monitoring"],
        );
        check("AWS::KMS::Key", json!({}), json!({"KeyPolicy": {"Statement": []}, "Enabled": false}), &["KeyPolicy"]);
        let attributes = |more: &[(&str, &str)]| {
            let item = |(key, value): &(&str, &str)| json!({"Key": key, "Value": value});
            json!({"LoadBalancerAttributes": more.iter().map(item).collect::<Vec<_>>()})
        };
        check(
            "AWS::ElasticLoadBalancingV2::LoadBalancer",
            attributes(&[("idle_timeout.timeout_seconds", "90")]),
            attributes(&[("idle_timeout.timeout_seconds", "90"), ("routing.http2.enabled", "true"), ("new", "false")]),
            &["LoadBalancerAttributes[Key=new]"],
        );
    }

    #[test]
    fn a_recorded_value_is_held_against_the_live_one_by_the_rules_of_its_path() {
        let check = |resource_type: &str, path: &str, recorded: Json, live: Json, expect: &[&str]| {
            let (recorded, live) = (Value::from_json(&recorded), Value::from_json(&live));
            let found = with(resource_type, &json!({}), &json!({}), |subject| {
                against_recorded(subject, &path.parse().unwrap(), &recorded, &live)
            });
            let found: Vec<_> = found.iter().map(|one| one.path.to_string()).collect();
            assert_eq!(found, expect, "{resource_type} {path}");
        };
        let database = "AWS::RDS::DBInstance";
        check(database, "EngineVersion", json!("8.0.45"), json!("8.0.46"), &[]);
        check(database, "EngineVersion", json!("8.0.45"), json!("8.4.3"), &["EngineVersion"]);
        check(database, "DBParameterGroupName", json!("Shop"), json!("shop"), &[]);
        check(database, "DBParameterGroupName", json!("shop"), json!("shop2"), &["DBParameterGroupName"]);
        check("AWS::SQS::Queue", "L", json!(["a", "b"]), json!(["b", "a"]), &[]);
        check("AWS::SQS::Queue", "L", json!(["a"]), json!(["a", "b"]), &["L[b]"]);
        let items = |name: &str, more: Json| json!([{"Name": name, "More": more}]);
        check("AWS::SQS::Queue", "L", items("a", json!(null)), items("a", json!(1)), &["L[Name=a].More"]);
        check("AWS::SQS::Queue", "L", items("a", json!({"UpdatedAt": 1})), items("a", json!({"UpdatedAt": 2})), &[]);
    }
}
