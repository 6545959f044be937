//! Laws that hold for every document: generated resources of the types that people change by hand most, the echo of a
//! service that reorders and fills in, and a change made to it by hand.

use std::collections::BTreeSet;

use proptest::prelude::*;
use serde_json::{Value as Json, json};

use super::*;
use crate::model::{Kind, Standing, Step};
use crate::schema::{Facts, Order, Says, Spelling, every_fact};

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
        bands: &[],
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

/// A resource of a type of the tables, with something at every place that they speak of.
fn resource_of(resource_type: &str, words: &[String], count: usize) -> Json {
    let mut resource = json!({});
    let facts = every_fact().filter(|fact| fact.types.contains(&resource_type) || fact.types.contains(&"*"));
    let mut rows: Vec<_> = facts.flat_map(|fact| fact.paths.iter().map(|path| (*path, fact.says))).collect();
    // Items first get what identifies them.
    rows.sort_by_key(|(_, says)| !matches!(says, Says::KeyedBy(_)));
    for (at, (pattern, says)) in rows.into_iter().enumerate() {
        // The stars of the patterns stand for items of lists and for members of maps; here for the former.
        let segments: Vec<&str> = pattern.strip_prefix("**.").unwrap_or(pattern).split('.').collect();
        let word = words[at % words.len()].as_str();
        place(&mut resource, &segments, &|position| value_for(says, word, position), count);
    }
    resource
}

fn place(here: &mut Json, segments: &[&str], value: &dyn Fn(usize) -> Json, count: usize) {
    match segments {
        [] => {}
        [""] => {}
        ["*"] if here.as_object().is_some_and(serde_json::Map::is_empty) => *here = (0..count).map(value).collect(),
        ["*", rest @ ..] => {
            if here.as_object().is_some_and(serde_json::Map::is_empty) {
                *here = (0..count).map(|at| json!({ "Position": format!("p{at}") })).collect();
            }
            let items = here.as_array_mut().into_iter().flatten();
            items.filter(|item| item.is_object()).for_each(|item| place(item, rest, value, count));
        }
        [name, rest @ ..] => {
            let Some(members) = here.as_object_mut() else { return };
            let member = members.entry(*name);
            if rest.is_empty() {
                member.or_insert_with(|| value(0));
            } else {
                place(member.or_insert_with(|| json!({})), rest, value, count);
            }
        }
    }
}

fn value_for(says: Says, word: &str, position: usize) -> Json {
    match says {
        Says::Policy => policy_of(word),
        Says::Json(_) => json!({"b": [word, "x"], "a": {"c": position, "d": true}}),
        Says::KeyedBy(members) => (0..3)
            .map(|at| members.iter().map(|name| ((*name).to_owned(), json!(format!("{word}{at}")))).collect::<Json>())
            .collect(),
        Says::Default(text) => json!(text),
        Says::Ordered | Says::Authoritative | Says::OpenMembers | Says::EmptyIsAbsent => json!([word, "y", "z"]),
        Says::FreeForm | Says::Renames(_) => json!({ word: word, "other": "1" }),
        Says::Spelling(Spelling::WholeHour) => json!(1_700_003_601),
        Says::Spelling(Spelling::Cidr) => json!(format!("10.{position}.0.1/16")),
        Says::On(_) => json!(false),
        _ => json!(format!("{word}.{position}")),
    }
}

fn policy_of(word: &str) -> Json {
    let statement = |sid: &str, action: &str| {
        json!({"Sid": sid, "Effect": "Allow", "Action": [action, "a:b"], "Resource": "*", "Principal": {"AWS": "123456789012"},
               "Condition": {"StringEquals": {"aws:PrincipalOrgID": [word, "o-2"]}}})
    };
    json!({"Version": "2012-10-17", "Statement": [statement("One", word), statement("Two", "c:d")]})
}

/// Every policy and JSON document as a text of it.
fn serialised(facts: Facts, path: &AttributePath, value: &Value) -> Value {
    if facts.at(path).any(|says| matches!(says, Says::Policy | Says::Json(_))) && value.as_str().is_none() {
        return value.to_json().to_string().into();
    }
    match &value.kind {
        Kind::List(items) => {
            let items = items.iter().enumerate();
            Value::list(items.map(|(at, item)| serialised(facts, &path.then(Step::Index(at)), item)))
        }
        Kind::Object(members) => {
            Value::object(members.iter().map(|(key, item)| (key.clone(), serialised(facts, &path.key(key), item))))
        }
        _ => value.clone(),
    }
}

/// Every list turned around whose order does not count, policies' included.
fn turned(facts: Facts, path: &AttributePath, value: &Value, free: bool) -> Value {
    let free = facts.at(path).fold(free, |free, says| match says {
        Says::Ordered | Says::Json(Order::Kept) => false,
        Says::Policy | Says::Json(Order::Free) => true,
        _ => free,
    });
    match &value.kind {
        Kind::List(items) => {
            let items = items.iter().enumerate();
            let mut items: Vec<Value> =
                items.map(|(at, item)| turned(facts, &path.then(Step::Index(at)), item, free)).collect();
            if free {
                items.reverse();
            }
            Value::new(Kind::List(items))
        }
        Kind::Object(members) => {
            Value::object(members.iter().map(|(key, item)| (key.clone(), turned(facts, &path.key(key), item, free))))
        }
        _ => value.clone(),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4))]

    #[test]
    fn every_type_of_the_tables_is_in_sync_with_itself_however_it_is_ordered_and_serialised(
        words in prop::collection::vec("[A-Za-z][a-z0-9:/.-]{1,9}", 5), count in 1..4_usize
    ) {
        let types: BTreeSet<&str> = every_fact().flat_map(|fact| fact.types.iter().copied()).collect();
        for name in types.into_iter().filter(|name| *name != "*") {
            let value = Value::from_json(&resource_of(name, &words, count));
            let facts = Facts::of(&name.into());
            let root = AttributePath::root();
            for (what, live) in [
                ("itself", value.clone()),
                ("itself in texts", serialised(facts, &root, &value)),
                ("itself turned around", turned(facts, &root, &value, true)),
            ] {
                let found = run(name, &value, &value, &live);
                prop_assert_eq!(&found.attributes, &[], "{} and {}: {:?}", name, what, value);
                prop_assert_eq!(&found.unverifiable, &[], "{} and {}", name, what);
            }
        }
    }
}

/// One attribute as declared, as applied and live.
type Triple = (Option<u8>, Option<u8>, Option<u8>);

/// What the table of the three-way comparison says of one attribute.
fn table(declared: Option<u8>, applied: Option<u8>, live: Option<u8>) -> Option<Standing> {
    match (declared == applied, applied == live, declared == live) {
        (true, true, _) => None,
        (_, _, true) => Some(Standing::Codified),
        (true, false, false) => Some(Standing::Drifted),
        (false, true, false) => Some(Standing::Pending),
        (false, false, false) => Some(Standing::Conflict),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn the_three_way_table_holds_for_every_attribute_of_a_triple(
        triples in prop::collection::vec((prop::option::of(0..3_u8), prop::option::of(0..3_u8), prop::option::of(0..3_u8)), 1..7)
    ) {
        // Attributes of an object, at two depths, and tags. Every side has the object and one tag.
        let side = |pick: fn(&Triple) -> Option<u8>| {
            let (mut object, mut tags) = (json!({"Inner": {}}), vec![json!({"Key": "same", "Value": "x"})]);
            for (at, triple) in triples.iter().enumerate() {
                let Some(value) = pick(triple) else { continue };
                match at % 3 {
                    0 => object[format!("A{at}")] = json!(value),
                    1 => object["Inner"][format!("A{at}")] = json!(format!("v{value}")),
                    _ => tags.push(json!({"Key": format!("A{at}"), "Value": format!("v{value}")})),
                }
            }
            Value::from_json(&json!({"Object": object, "Tags": tags}))
        };
        let [declared, applied, live] = [side(|t| t.0), side(|t| t.1), side(|t| t.2)];
        let found = run("AWS::Any::Thing", &declared, &applied, &live);
        for (at, (declared, applied, live)) in triples.iter().enumerate() {
            let name = format!("A{at}");
            let expect = table(*declared, *applied, *live);
            // Only tags are looked for where nobody declared them.
            let expect = expect.filter(|_| at % 3 == 2 || declared.is_some() || applied.is_some());
            let told: BTreeSet<Standing> = found.attributes.iter()
                .filter(|drift| drift.path.to_string().split(['.', '=', ']']).any(|part| part == name))
                // The key of a tag that both added is the same on both.
                .filter(|drift| !drift.path.to_string().ends_with("].Key"))
                .map(|drift| drift.standing)
                .collect();
            prop_assert_eq!(&told, &expect.into_iter().collect(), "{} {:?}", name, triples.get(at));
        }
    }
}
