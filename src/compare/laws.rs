//! Laws that hold for every document: generated resources of the types that people change by hand most, the echo of a
//! service that reorders and fills in, and a change made to it by hand.

use std::collections::BTreeSet;

use proptest::prelude::*;
use serde_json::{Value as Json, json};

use super::*;
use crate::model::{Kind, Standing};

fn word() -> impl Strategy<Value = String> {
    "[a-z][a-z0-9]{1,6}"
}

fn words() -> impl Strategy<Value = Vec<String>> {
    prop::collection::btree_set(word(), 1..4).prop_map(|words| words.into_iter().collect())
}

fn pairs(key: &'static str, value: &'static str) -> impl Strategy<Value = Json> {
    prop::collection::btree_map(word(), word(), 1..4)
        .prop_map(move |map| map.into_iter().map(|(k, v)| json!({ key: k, value: v })).collect())
}

fn group() -> impl Strategy<Value = (&'static str, Json)> {
    let rules = prop::collection::btree_map((1..9000_u16, 0..250_u8), word(), 1..5);
    (rules, pairs("Key", "Value"), word()).prop_map(|(rules, tags, description)| {
        let rules: Vec<Json> = rules
            .into_iter()
            .map(|((port, net), said)| {
                json!({"IpProtocol": "tcp", "FromPort": port, "ToPort": port, "CidrIp": format!("10.{net}.0.0/16"), "Description": said})
            })
            .collect();
        ("AWS::EC2::SecurityGroup", json!({"GroupDescription": description, "SecurityGroupIngress": rules, "Tags": tags}))
    })
}

fn task() -> impl Strategy<Value = (&'static str, Json)> {
    let container = (word(), pairs("Name", "Value"), words(), 1..4000_u32, any::<bool>());
    prop::collection::btree_map(word(), container, 1..4).prop_map(|containers| {
        let containers: Vec<Json> = containers
            .into_iter()
            .map(|(name, (image, environment, command, memory, essential))| {
                json!({"Name": name, "Image": image, "Environment": environment, "Command": command, "Memory": memory,
                       "Essential": essential, "PortMappings": [{"ContainerPort": memory, "Protocol": "udp"}]})
            })
            .collect();
        ("AWS::ECS::TaskDefinition", json!({"Family": "f", "ContainerDefinitions": containers}))
    })
}

fn role() -> impl Strategy<Value = (&'static str, Json)> {
    prop::collection::btree_map(word(), (words(), words(), word()), 1..4).prop_map(|policies| {
        let policies: Vec<Json> = policies
            .into_iter()
            .map(|(name, (actions, resources, sid))| {
                let statement = json!({"Sid": sid, "Effect": "Allow", "Action": actions, "Resource": resources});
                json!({"PolicyName": name, "PolicyDocument": {"Version": "2012-10-17", "Statement": [statement]}})
            })
            .collect();
        (
            "AWS::IAM::Role",
            json!({"RoleName": "r", "Policies": policies, "ManagedPolicyArns": ["arn:aws:iam::aws:policy/A"]}),
        )
    })
}

fn function() -> impl Strategy<Value = (&'static str, Json)> {
    (prop::collection::btree_map(word(), word(), 1..4), words(), 1..900_u32, any::<bool>()).prop_map(
        |(variables, subnets, timeout, enabled)| {
            let function = json!({"Environment": {"Variables": variables}, "Timeout": timeout, "VpcConfig": {"SubnetIds": subnets},
                                  "SnapStart": {"ApplyOn": "None"}, "Flags": {"Enabled": enabled}});
            ("AWS::Lambda::Function", function)
        },
    )
}

/// A type that no table knows, with lists that nothing identifies.
fn stranger() -> impl Strategy<Value = (&'static str, Json)> {
    let rule = (word(), 1..100_u32, words());
    prop::collection::vec(rule, 1..5).prop_map(|rules| {
        let rules: Vec<Json> = rules.into_iter().map(|(a, b, c)| json!({"A": a, "B": b, "C": c})).collect();
        ("AWS::Any::Thing", json!({ "Rules": rules }))
    })
}

fn resource() -> impl Strategy<Value = (&'static str, Json)> {
    prop_oneof![group(), task(), role(), function(), stranger()]
}

fn run(resource_type: &str, declared: &Value, applied: &Value, live: &Value) -> Comparison {
    compare(&Subject {
        resource_type: &resource_type.into(),
        identifier: None,
        account: Some("111111111111"),
        region: Some("eu-west-1"),
        declared,
        base: &Base::deployed(applied.clone()),
        live,
        reader: Reader::Unknown,
        open_collections: &BTreeSet::new(),
        ignored: &[],
    })
}

/// The paths of lists whose order counts.
const ORDERED: &[&str] = &["Command"];

/// Every list turned around, except where order counts.
fn reordered(value: &Value, key: &str) -> Value {
    match &value.kind {
        Kind::List(items) => {
            let mut items: Vec<Value> = items.iter().map(|item| reordered(item, key)).collect();
            if !ORDERED.contains(&key) {
                items.reverse();
            }
            Value::new(Kind::List(items))
        }
        Kind::Object(members) => Value::object(members.iter().map(|(k, v)| (k.clone(), reordered(v, k)))),
        _ => value.clone(),
    }
}

/// How many scalars stand in a tree.
fn leaves(value: &Value) -> usize {
    match &value.kind {
        Kind::List(items) => items.iter().map(leaves).sum(),
        Kind::Object(members) => members.values().map(leaves).sum(),
        _ => 1,
    }
}

/// The tree with its n-th scalar changed to something that is nowhere else in it.
fn changed(value: &Value, n: &mut usize) -> Value {
    match &value.kind {
        Kind::List(items) => Value::new(Kind::List(items.iter().map(|item| changed(item, n)).collect())),
        Kind::Object(members) => Value::object(members.iter().map(|(key, member)| (key.clone(), changed(member, n)))),
        _ => {
            let here = *n == 0;
            *n = n.wrapping_sub(1);
            match &value.kind {
                Kind::Bool(flag) if here => (!flag).into(),
                Kind::Number(_) if here => 123_456.into(),
                Kind::String(text) if here => format!("{text}-by-hand").into(),
                _ => value.clone(),
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn three_equal_sides_are_in_sync((resource_type, json) in resource()) {
        let value = Value::from_json(&json);
        let found = run(resource_type, &value, &value, &value);
        prop_assert_eq!(&found.attributes, &[]);
        prop_assert_eq!(&found.unverifiable, &[]);
        prop_assert_eq!(found.in_sync.len(), leaves(&normalised(&resource_type.into(), &value)));
    }

    #[test]
    fn reordering_changes_nothing((resource_type, json) in resource()) {
        let value = Value::from_json(&json);
        let found = run(resource_type, &value, &value, &reordered(&value, ""));
        prop_assert_eq!(&found.attributes, &[]);
    }

    #[test]
    fn a_change_of_any_declared_value_is_found((resource_type, json) in resource(), at in 0..10_000_usize) {
        let value = Value::from_json(&json);
        let live = changed(&value, &mut (at % leaves(&value)));
        let found = run(resource_type, &value, &value, &reordered(&live, ""));
        prop_assert!(!found.attributes.is_empty(), "{:?}", live);
        prop_assert!(found.attributes.iter().all(|drift| drift.standing == Standing::Drifted));
        let moved = run(resource_type, &live, &value, &value);
        prop_assert!(!moved.attributes.is_empty());
        prop_assert!(moved.attributes.iter().all(|drift| drift.standing == Standing::Pending), "{:?}", moved.attributes);
        let caught_up = run(resource_type, &live, &value, &live);
        prop_assert!(!caught_up.attributes.is_empty());
        prop_assert!(caught_up.attributes.iter().all(|drift| drift.standing == Standing::Codified), "{:?}", caught_up.attributes);
    }

    #[test]
    fn every_attribute_is_in_one_class((resource_type, json) in resource(), at in 0..10_000_usize, other in 0..10_000_usize) {
        let value = Value::from_json(&json);
        let [live, applied] = [at, other].map(|at| changed(&value, &mut (at % leaves(&value))));
        let found = run(resource_type, &value, &applied, &live);
        let paths: Vec<&AttributePath> = found.attributes.iter().map(|drift| &drift.path)
            .chain(found.in_sync.iter().map(|(path, _)| path))
            .chain(found.unverifiable.iter().map(|(path, _)| path))
            .collect();
        let distinct: BTreeSet<&AttributePath> = paths.iter().copied().collect();
        prop_assert_eq!(paths.len(), distinct.len());
        prop_assert!(paths.iter().all(|path| paths.iter().all(|other| path == other || !path.is_within(other))));
        for path in paths {
            prop_assert_eq!(&path.to_string().parse::<AttributePath>().unwrap(), path);
        }
        prop_assert_eq!(run(resource_type, &value, &applied, &live), found);
    }

    #[test]
    fn unknown_values_are_never_drift((resource_type, json) in resource(), at in 0..10_000_usize) {
        let value = Value::from_json(&json);
        let declared = unknown(&value, &mut (at % leaves(&value)));
        let found = run(resource_type, &declared, &declared, &value);
        prop_assert_eq!(&found.attributes, &[], "{:?}", declared);
        prop_assert!(!found.unverifiable.is_empty());
    }
}

/// The tree with its n-th scalar unknown.
fn unknown(value: &Value, n: &mut usize) -> Value {
    match &value.kind {
        Kind::List(items) => Value::new(Kind::List(items.iter().map(|item| unknown(item, n)).collect())),
        Kind::Object(members) => Value::object(members.iter().map(|(key, member)| (key.clone(), unknown(member, n)))),
        _ => {
            let here = *n == 0;
            *n = n.wrapping_sub(1);
            if here { Value::unknown("only the deployment knows") } else { value.clone() }
        }
    }
}

#[test]
fn deep_and_alike_documents_are_compared_in_bounded_time() {
    fn nested(depth: i64, sign: i64) -> Json {
        match depth {
            0 => json!([]),
            _ => {
                json!([{"k": nested(depth - 1, sign), "v": depth * sign}, {"k": nested(depth - 1, sign), "v": depth * sign + 1}])
            }
        }
    }
    let deep = |end: i64| (0..60).fold(json!(end), |inner, _| json!([{ "k": inner }, { "j": 1 }]));
    for (declared, live) in [(nested(7, 1), nested(7, -1)), (deep(1), deep(2))] {
        let [declared, live] = [declared, live].map(|list| Value::from_json(&json!({ "R": list })));
        assert!(!run("AWS::Any::Thing", &declared, &declared, &live).attributes.is_empty());
    }
}
