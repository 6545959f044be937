//! What holds for every object.

use std::sync::Arc;

use proptest::prelude::*;
use serde_json::{Value as Json, json};

use super::recorded::{FRESH, lines, schemas};
use super::{Object, Subject, compare, deployer, items, project};
use crate::compare::{Base, Comparison};
use crate::evidence::managed_fields::FieldSet;
use crate::model::{AttributePath, Fingerprinter, Kind, ResourceType, Standing, Step, Value};
use crate::schema::kubernetes::managers::ManagerClasses;
use crate::schema::kubernetes::{Place, Schemas, TypeSchema, attributes, hide_secrets, kind_of};

/// A recorded pair.
struct Pair {
    resource_type: ResourceType,
    schema: Option<Arc<TypeSchema>>,
    declared: Value,
    live: Json,
}

fn pairs() -> Vec<Pair> {
    let schemas = schemas();
    let pair = |line: Json| {
        let text = |name: &str| line["manifest"][name].as_str().unwrap().to_owned();
        let resource_type: ResourceType = format!("{}/{}", text("apiVersion"), text("kind")).into();
        let declared = attributes(&text("kind"), Value::from_json(&line["manifest"]));
        Pair { schema: schemas.of_type(&resource_type), resource_type, declared, live: line["live"].clone() }
    };
    lines(FRESH).filter(|line| line["by"] == "client-side").map(pair).collect()
}

impl Pair {
    fn compare(&self, declared: &Value) -> Comparison {
        let fingerprints = Fingerprinter::new(*b"key");
        let declared = &hide_secrets(&self.resource_type, declared.clone(), &fingerprints);
        let Self { resource_type, schema, live, .. } = self;
        let schema = schema.as_deref();
        let object = Object { resource_type, identifier: "shop/web", json: live, declared, schema };
        let projected = project(&object, &ManagerClasses::default(), &fingerprints);
        compare(&Subject {
            resource_type,
            declared,
            base: &Base::unknown(),
            live: &projected.attributes,
            owners: &projected.owners,
            schema,
            autoscaled: false,
            ignored: &[],
        })
    }

    fn root(&self) -> Option<Place<'_>> {
        self.schema.as_deref().and_then(TypeSchema::root)
    }
}

fn other(value: &Value) -> Option<Kind> {
    Some(match &value.kind {
        Kind::Bool(flag) => Kind::Bool(!flag),
        Kind::Number(number) => Kind::Number((number.as_i64()? + 7).into()),
        Kind::String(text) => Kind::String(format!("{text}7")),
        _ => return None,
    })
}

/// Changes the scalar with this number, and says which it was.
fn change(value: &Value, nth: &mut usize) -> (Value, bool) {
    match &value.kind {
        Kind::Object(members) => {
            let mut changed = false;
            let members = members.iter().map(|(name, member)| {
                let (member, here) = if changed { (member.clone(), false) } else { change(member, nth) };
                changed |= here;
                (name.clone(), member)
            });
            let members = members.collect();
            (value.with(Kind::Object(members)), changed)
        }
        Kind::List(list) => {
            let mut changed = false;
            let list = list.iter().map(|item| {
                let (item, here) = if changed { (item.clone(), false) } else { change(item, nth) };
                changed |= here;
                item
            });
            let list = list.collect();
            (value.with(Kind::List(list)), changed)
        }
        _ => match other(value) {
            Some(kind) if *nth == 0 => (value.with(kind), true),
            Some(_) => {
                *nth -= 1;
                (value.clone(), false)
            }
            None => (value.clone(), false),
        },
    }
}

fn first_difference(
    path: &AttributePath,
    place: Option<Place<'_>>,
    one: &Value,
    other: &Value,
) -> Option<AttributePath> {
    match (&one.kind, &other.kind) {
        (Kind::Object(ours), Kind::Object(theirs)) => ours.iter().find_map(|(name, ours)| {
            let place = place.and_then(|place| place.member(name).place());
            first_difference(&path.key(name), place, ours, theirs.get(name)?)
        }),
        (Kind::List(ours), Kind::List(theirs)) => {
            let steps = items::steps(place, theirs).filter(|steps| items::are_distinct(steps));
            ours.iter().zip(theirs).enumerate().find_map(|(at, (ours, theirs))| {
                let step = steps.as_ref().map_or(Step::Index(at), |steps| steps[at].clone());
                let path = path.then(step);
                let place = place.and_then(|place| place.item());
                first_difference(&path, place, ours, theirs)
            })
        }
        _ => (one != other).then(|| path.clone()),
    }
}

#[test]
fn every_change_of_a_declared_scalar_is_found_at_its_place() {
    let (mut changes, mut lost) = (0, Vec::new());
    for pair in pairs() {
        for number in 0.. {
            let mut nth = number;
            let (declared, true) = change(&pair.declared, &mut nth) else { break };
            changes += 1;
            let at = first_difference(&AttributePath::root(), pair.root(), &pair.declared, &declared).unwrap();
            let found = pair.compare(&declared);
            let is_there = |path: &AttributePath| path.is_within(&at) || at.is_within(path);
            // A role that collects others has the rules of its controller.
            let all = found.attributes.iter().chain(&found.controlled);
            if !all.into_iter().any(|drift| is_there(&drift.path)) {
                lost.push(format!("{} {at}: {found:?}", pair.resource_type));
            }
        }
    }
    assert!(lost.is_empty(), "{} of {changes} lost:\n{}", lost.len(), lost.join("\n"));
    assert!(changes > 250, "{changes} changes");
}

/// Lists whose order says nothing, turned round.
fn turned(place: Option<Place<'_>>, value: &Value) -> Value {
    match &value.kind {
        Kind::Object(members) => value.with(Kind::Object(
            members
                .iter()
                .map(|(name, member)| {
                    (name.clone(), turned(place.and_then(|place| place.member(name).place()), member))
                })
                .collect(),
        )),
        Kind::List(list) => {
            let item = place.and_then(|place| place.item());
            let mut turned: Vec<Value> = list.iter().map(|one| turned(item, one)).collect();
            if items::steps(place, list).is_some() {
                turned.reverse();
            }
            value.with(Kind::List(turned))
        }
        _ => value.clone(),
    }
}

#[test]
fn the_order_of_items_with_keys_says_nothing() {
    let mut turned_round = 0;
    for pair in pairs() {
        let declared = turned(pair.root(), &pair.declared);
        turned_round += usize::from(declared != pair.declared);
        let found = pair.compare(&declared);
        assert!(found.attributes.is_empty(), "{} {:?}", pair.resource_type, found.attributes);
    }
    assert!(turned_round >= 2, "{turned_round}");
}

#[test]
fn every_declaration_is_in_sync_with_itself() {
    for pair in pairs() {
        let found = compare(&Subject {
            resource_type: &pair.resource_type,
            declared: &pair.declared,
            base: &Base::deployed(pair.declared.clone()),
            live: &pair.declared,
            owners: &[],
            schema: pair.schema.as_deref(),
            autoscaled: false,
            ignored: &[],
        });
        assert!(found.attributes.is_empty() && found.unverifiable.is_empty(), "{}", pair.resource_type);
        assert!(found.suppressed.is_empty(), "{}: nothing is spelled otherwise", pair.resource_type);
    }
}

#[test]
fn what_is_declared_is_owned_by_who_applied_it() {
    let schemas = schemas();
    for line in lines(FRESH).filter(|line| line["by"] == "server-side") {
        let (api_version, kind) =
            (line["manifest"]["apiVersion"].as_str().unwrap(), line["manifest"]["kind"].as_str().unwrap());
        let schema = schemas.of(api_version, kind);
        let declared = attributes(kind, Value::from_json(&line["manifest"]));
        let entries = crate::evidence::managed_fields::entries(&line["live"]);
        let owned = entries.iter().fold(FieldSet::default(), |all, entry| all.union(&entry.fields));
        for leaf in deployer::leaves(schema.as_deref().and_then(TypeSchema::root), &declared) {
            // The server turns these into what it keeps.
            let is_rewritten = kind == "Secret" || (kind == "ClusterRole" && leaf.to_string() == "rules");
            assert!(owned.contains(&leaf) || is_rewritten, "{kind} {leaf}");
        }
    }
}

fn any_json() -> impl Strategy<Value = Json> {
    let name = prop_oneof![
        "metadata|spec|data|managedFields|fieldsV1|f:spec|f:replicas|replicas|containers|name|env|k:\\{|\\.|annotations|labels",
        "[a-z]{1,3}"
    ];
    let leaf = prop_oneof![
        Just(Json::Null),
        any::<bool>().prop_map(Json::from),
        (-3i64..4).prop_map(Json::from),
        "[a-z0-9:{}\\.]{0,6}".prop_map(Json::from)
    ];
    leaf.prop_recursive(6, 60, 5, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Json::from),
            prop::collection::vec((name.clone(), inner), 0..5)
                .prop_map(|members| Json::Object(members.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn three_values_give_the_standing_of_the_table(declared in 0i64..3, applied in 0i64..3, live in 0i64..3) {
        let spec = |count: i64| Value::from_json(&json!({"spec": {"replicas": count}}));
        let resource_type: ResourceType = "apps/v1/Deployment".into();
        let schema = Schemas::built_in().of_type(&resource_type);
        let found = compare(&Subject {
            resource_type: &resource_type,
            declared: &spec(declared),
            base: &Base::deployed(spec(applied)),
            live: &spec(live),
            owners: &[],
            schema: schema.as_deref(),
            autoscaled: false,
            ignored: &[],
        });
        let expect = match (declared == applied, applied == live, declared == live) {
            (true, _, true) => None,
            (true, false, _) => Some(Standing::Drifted),
            (false, true, _) => Some(Standing::Pending),
            (false, false, true) => Some(Standing::Codified),
            (false, false, false) => Some(Standing::Conflict),
            (true, true, false) => unreachable!(),
        };
        prop_assert_eq!(found.attributes.first().map(|drift| drift.standing), expect);
    }

    #[test]
    fn nothing_that_a_server_or_a_repository_says_makes_it_fail(
        declared in any_json(),
        live in any_json(),
        applied in any_json(),
        kind in prop_oneof![Just("apps/v1/Deployment"), Just("v1/Secret"), Just("v1/Service"), Just("x.io/v1/Thing"), Just("argoproj.io/v1alpha1/Rollout")],
    ) {
        let resource_type: ResourceType = kind.into();
        let schema = Schemas::built_in().of_type(&resource_type);
        let declared = attributes(kind_of(&resource_type).unwrap().1, Value::from_json(&declared));
        let object = Object { resource_type: &resource_type, identifier: "x", json: &live, declared: &declared, schema: schema.as_deref() };
        let projected = project(&object, &ManagerClasses::default(), &Fingerprinter::new(*b"key"));
        let found = compare(&Subject {
            resource_type: &resource_type,
            declared: &declared,
            base: &Base::deployed(Value::from_json(&applied)),
            live: &projected.attributes,
            owners: &projected.owners,
            schema: schema.as_deref(),
            autoscaled: true,
            ignored: &[],
        });
        let again = project(&object, &ManagerClasses::default(), &Fingerprinter::new(*b"key"));
        prop_assert_eq!(&projected, &again);
        let paths: Vec<_> = found.attributes.iter().map(|drift| drift.path.clone()).collect();
        prop_assert!(paths.is_sorted());
    }
}
