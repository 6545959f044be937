//! One scan of a watched stack after another.

use proptest::prelude::*;
use serde_json::{Value as Json, json};

use super::*;
use crate::applied::Trust;
use crate::live::Wanted;
use crate::model::Problem;
use crate::model::ProblemKind;
use crate::scan::assess::tests::{FIRST, SECOND, THIRD, World, lines};
use crate::store::Resolved;

const FUNCTION: &str = "AWS::Lambda::Function";

/// A deployed function that declares its handler and memory, and what of it lives besides.
fn function(world: World, address: &str, besides: &Json) -> World {
    let declared = json!({"FunctionName": address, "Handler": "a.b", "MemorySize": 256});
    let mut live = declared.clone();
    live.as_object_mut().unwrap().extend(besides.as_object().unwrap().clone());
    world.declare(FUNCTION, address, &declared).apply(FUNCTION, address, address, &declared).run(
        FUNCTION,
        address,
        &[],
        &live,
    )
}

fn watched() -> World {
    World { undeclared: Undeclared::Watch, ..World::new(Trust::Deployed) }
}

/// A watched stack of one function.
fn one(besides: &Json) -> World {
    function(watched(), "f", besides)
}

/// What the last of several scans finds, one after another.
fn scans(worlds: Vec<World>) -> crate::scan::assess::Assessment {
    const TIMES: [&str; 6] =
        [FIRST, SECOND, THIRD, "2026-03-01T15:00:00Z", "2026-03-01T16:00:00Z", "2026-03-01T17:00:00Z"];
    let mut earlier: Option<World> = None;
    let last = TIMES[worlds.len() - 1];
    for (position, world) in worlds.into_iter().enumerate() {
        let world = match earlier {
            Some(before) => world.after(&before, TIMES[position - 1]),
            None => world,
        };
        earlier = Some(world);
    }
    earlier.unwrap().assess(last)
}

/// What is told of a value after a first scan saw one and a second another.
fn check(first: &Json, second: &Json, expect: &[&str]) {
    assert_eq!(lines(&scans(vec![one(first), one(second)])), expect, "{first} {second}");
}

#[test]
fn the_first_scan_records_and_says_nothing() {
    let found = one(&json!({"Timeout": 30, "Layers": ["l"], "LastModified": "x", "TracingConfig": {"Mode": "Active"}}))
        .assess(FIRST);
    assert!(lines(&found).is_empty());
    assert_eq!(found.coverage.undeclared, UndeclaredCoverage { watched: 3, recorded: 3, new_fields: 0 });
    let saved: Vec<_> = found.baselines.saved[0].values.keys().map(ToString::to_string).collect();
    assert_eq!(saved, ["Layers", "Timeout", "TracingConfig.Mode"]);
}

#[test]
fn nothing_is_watched_where_nobody_asks() {
    let world = |besides: &Json| World { undeclared: Undeclared::Ignore, ..one(besides) };
    let found = scans(vec![world(&json!({"Timeout": 30})), world(&json!({"Timeout": 60}))]);
    assert!(lines(&found).is_empty());
    assert!(found.coverage.undeclared.is_empty() && found.baselines == BaselineChanges::default());
}

#[test]
fn a_value_that_changed_appeared_or_vanished_was_changed_by_hand() {
    check(&json!({"Timeout": 30}), &json!({"Timeout": 30}), &[]);
    check(&json!({"Timeout": 30}), &json!({"Timeout": 60}), &["f: Timeout drifted"]);
    check(&json!({}), &json!({"Timeout": 60}), &["f: Timeout drifted"]);
    check(&json!({"Timeout": 60}), &json!({}), &["f: Timeout drifted"]);
    let dead_letters = |arn: &str| json!({"DeadLetterConfig": {"TargetArn": arn}});
    check(&dead_letters("a"), &dead_letters("b"), &["f: DeadLetterConfig.TargetArn drifted"]);
    check(&json!({"Layers": ["a", "b"]}), &json!({"Layers": ["a", "c"]}), &["f: Layers[1] drifted"]);
    let found = scans(vec![one(&json!({"Timeout": 30})), one(&json!({"Timeout": 60}))]);
    let attribute = &found.drifts[0].attributes[0];
    assert_eq!(attribute.basis, Basis::Baseline);
    assert_eq!((&attribute.declared, &attribute.applied), (&None, &Some(Value::from(30))));
    assert_eq!(attribute.live, Some(Value::from(60)));
    assert_eq!(found.coverage.undeclared, UndeclaredCoverage { watched: 1, recorded: 0, new_fields: 0 });
}

#[test]
fn defaults_computed_values_and_other_spellings_are_no_change() {
    check(&json!({}), &json!({"Timeout": 3}), &[]);
    check(&json!({"Timeout": 3}), &json!({}), &[]);
    check(&json!({"Timeout": 3}), &json!({"Timeout": 4}), &["f: Timeout drifted"]);
    check(&json!({"Timeout": 4}), &json!({"Timeout": 3}), &["f: Timeout drifted"]);
    check(&json!({}), &json!({"VpcConfig": {"SubnetIds": []}, "Description": ""}), &[]);
    check(&json!({"LastModified": "1", "CodeSha256": "x"}), &json!({"LastModified": "2", "CodeSha256": "y"}), &[]);
    let subnets = |ids: [&str; 2]| json!({"VpcConfig": {"SubnetIds": ids, "SecurityGroupIds": ["g"]}});
    check(&subnets(["a", "b"]), &subnets(["b", "a"]), &[]);
    check(
        &subnets(["a", "b"]),
        &subnets(["a", "c"]),
        &["f: VpcConfig.SubnetIds[b] drifted, VpcConfig.SubnetIds[c] drifted"],
    );
}

#[test]
fn what_is_judged_without_a_watch_is_told_once() {
    let variables = |value: &str| json!({"Environment": {"Variables": {"A": value}}});
    let found = scans(vec![one(&json!({})), one(&variables("1"))]);
    assert_eq!(lines(&found), ["f: Environment.Variables.A drifted"]);
    assert!(found.drifts[0].attributes[0].basis.is_declaration());
}

#[test]
fn a_drift_stays_with_its_first_value_until_it_is_put_back() {
    let at = |seconds: u32| one(&json!({"Timeout": seconds}));
    let found = scans(vec![at(30), at(60), at(90)]);
    assert_eq!(found.drifts[0].attributes[0].applied, Some(Value::from(30)));
    let found = scans(vec![at(30), at(60), at(60), at(30)]);
    assert!(lines(&found).is_empty());
    assert_eq!(found.resolutions[0].how, Some(Resolved::Reverted));
    let found = scans(vec![at(30), at(60), at(30), at(60)]);
    assert_eq!(lines(&found), ["f: Timeout drifted"]);
    let found = scans(vec![one(&json!({"Timeout": 60})), one(&json!({})), one(&json!({"Timeout": 60}))]);
    assert_eq!(found.resolutions[0].how, Some(Resolved::Reverted));
}

/// The same world where the function declares its timeout.
fn declaring(mut world: World, timeout: u32, is_deployed: bool) -> World {
    let properties = json!({"FunctionName": "f", "Handler": "a.b", "MemorySize": 256, "Timeout": timeout});
    let value = Value::from_json(&properties);
    world.declared.declarations[0].attributes = value.clone();
    if is_deployed {
        world.applied.resources.get_mut("f").unwrap().attributes = value;
        world.applied.deployment = Some("2".into());
    }
    world
}

#[test]
fn a_value_that_is_declared_later_leaves_the_baseline() {
    let at = |seconds: u32| one(&json!({"Timeout": seconds}));
    let found = scans(vec![at(30), at(60), declaring(at(60), 60, true)]);
    assert!(lines(&found).is_empty());
    assert_eq!(found.resolutions[0].how, Some(Resolved::Codified));
    assert!(found.baselines.saved[0].values.is_empty());
    let found = scans(vec![at(30), at(60), declaring(at(30), 30, true)]);
    assert_eq!(found.resolutions[0].how, Some(Resolved::Overwritten));
    for scan in [vec![at(30)], vec![at(30), declaring(at(30), 60, false)]] {
        let found = scans(scan.into_iter().chain([declaring(at(30), 60, false)]).collect());
        assert_eq!(lines(&found), ["f: Timeout pending"]);
    }
    let found = scans(vec![at(30), at(60), declaring(at(60), 90, false)]);
    assert_eq!(lines(&found), ["f: Timeout conflict"]);
    // Not declared any more, and deployed so: what is left of it is recorded.
    let found = scans(vec![declaring(at(60), 60, false), at(60)]);
    assert_eq!(lines(&found), ["f: Timeout drifted"], "nothing was deployed in between");
    let mut undeclared_again = at(60);
    undeclared_again.applied.deployment = Some("3".into());
    let found = scans(vec![declaring(at(60), 60, true), undeclared_again]);
    assert!(lines(&found).is_empty());
    assert_eq!(found.coverage.undeclared.recorded, 1);
}

fn deployed(mut world: World) -> World {
    world.applied.deployment = Some("2".into());
    world
}

#[test]
fn what_moved_with_a_deployment_is_taken_over_and_what_was_told_before_is_not() {
    let at = |seconds: u32, storage: u32| one(&json!({"Timeout": seconds, "EphemeralStorage": {"Size": storage}}));
    let found = scans(vec![at(30, 600), deployed(at(60, 600))]);
    assert!(lines(&found).is_empty());
    assert_eq!(found.coverage.undeclared.recorded, 1);
    let found = scans(vec![at(30, 600), deployed(at(60, 600)), deployed(at(90, 600))]);
    assert_eq!(found.drifts[0].attributes[0].applied, Some(Value::from(60)));

    let found = scans(vec![at(30, 600), at(60, 600), deployed(at(60, 700))]);
    assert_eq!(lines(&found), ["f: Timeout drifted"], "the storage moved with the deployment");
    let found = scans(vec![at(30, 600), at(60, 600), deployed(at(60, 700)), deployed(at(60, 800))]);
    assert_eq!(lines(&found), ["f: EphemeralStorage.Size drifted, Timeout drifted"]);
    let found = scans(vec![at(30, 600), at(60, 600), deployed(at(90, 600))]);
    assert!(lines(&found).is_empty(), "the deployment set it once more");
    assert_eq!(found.resolutions[0].how, Some(Resolved::Overwritten));
}

#[test]
fn without_a_deployment_to_tell_a_changed_declaration_counts_as_one() {
    let world = |memory: u32, timeout: u32| {
        let declared = json!({"FunctionName": "f", "MemorySize": memory});
        let live = json!({"FunctionName": "f", "MemorySize": memory, "Timeout": timeout});
        let mut world = watched().declare(FUNCTION, "f", &declared).run(FUNCTION, "f", &[], &live);
        world.applied = crate::applied::AppliedSide::default();
        world
    };
    assert!(lines(&scans(vec![world(256, 30), world(512, 60)])).is_empty());
    assert_eq!(lines(&scans(vec![world(256, 30), world(256, 60)])), ["f: Timeout drifted"]);
}

#[test]
fn another_resource_under_the_address_has_a_baseline_of_its_own() {
    let replaced = |world: World| {
        let properties = json!({"FunctionName": "f", "Handler": "a.b", "MemorySize": 256});
        let mut world = world.apply(FUNCTION, "f", "g", &properties);
        let live = json!({"FunctionName": "f", "Handler": "a.b", "MemorySize": 256, "Timeout": 90});
        world.live = Default::default();
        world.run(FUNCTION, "g", &[], &live)
    };
    let at = |seconds: u32| one(&json!({"Timeout": seconds}));
    let found = scans(vec![at(30), at(60), replaced(at(60))]);
    assert!(lines(&found).is_empty());
    assert_eq!(found.resolutions[0].how, None, "nobody put it back");
    assert_eq!(found.coverage.undeclared.recorded, 1);
}

#[test]
fn what_could_not_be_read_keeps_its_baseline() {
    let at = |seconds: u32| one(&json!({"Timeout": seconds}));
    let unread = || {
        let mut world = at(30);
        world.live = Default::default();
        world.live.problems.push(Problem::new(ProblemKind::AccessDenied, "aws 1 eu-west-1", "denied"));
        world
    };
    let found = scans(vec![at(30), unread()]);
    assert_eq!(found.baselines, BaselineChanges::default());
    assert_eq!(lines(&scans(vec![at(30), unread(), at(60)])), ["f: Timeout drifted"]);
    assert_eq!(lines(&scans(vec![at(30), at(60), unread()])), ["f: Timeout drifted stale"]);

    let gone = || {
        let mut world = at(30);
        world.live = Default::default();
        world.live.mark_answered(Wanted { resource_type: FUNCTION.into(), key: "f".into() });
        world
    };
    assert_eq!(lines(&scans(vec![at(30), gone(), at(60)])), ["f: Timeout drifted"]);

    let unknown = || one(&json!({"Timeout": {"Fn::Unknown": "denied"}}));
    assert!(lines(&scans(vec![at(30), unknown()])).is_empty());
    assert_eq!(lines(&scans(vec![at(30), unknown(), at(60)])), ["f: Timeout drifted"]);
    assert!(lines(&scans(vec![unknown(), at(60)])).is_empty(), "there was nothing to hold it against");
    assert_eq!(lines(&scans(vec![unknown(), at(60), at(90)])), ["f: Timeout drifted"]);
}

#[test]
fn an_account_that_could_not_be_asked_for_is_the_one_that_is_known() {
    let at = |seconds: u32| one(&json!({"Timeout": seconds}));
    let second = at(60).after(&at(30), FIRST);
    let scope = crate::model::Scope::aws(None, Some("eu-west-1".into()));
    let found = second.assess_in(&scope, SECOND);
    assert_eq!(lines(&found), ["f: Timeout drifted"]);
    let elsewhere = crate::model::Scope::aws(Some("999999999999".into()), Some("eu-west-1".into()));
    assert!(lines(&second.assess_in(&elsewhere, SECOND)).is_empty(), "another account has a baseline of its own");
}

#[test]
fn a_watch_that_is_turned_off_forgets_and_one_turned_on_again_begins_anew() {
    let at = |seconds: u32| one(&json!({"Timeout": seconds}));
    let off = |seconds: u32| World { undeclared: Undeclared::Ignore, ..at(seconds) };
    let found = scans(vec![at(30), at(60), off(60)]);
    assert!(lines(&found).is_empty());
    assert_eq!(found.resolutions[0].how, None);
    assert_eq!(found.baselines.forgotten, [(FUNCTION.into(), "f".to_owned())]);
    let found = scans(vec![at(30), off(30), at(60)]);
    assert!(lines(&found).is_empty());
    assert_eq!(found.coverage.undeclared.recorded, 1);
    assert_eq!(lines(&scans(vec![at(30), off(30), at(60), at(90)])), ["f: Timeout drifted"]);
}

#[test]
fn a_resource_that_is_not_declared_any_more_is_forgotten_unless_its_file_could_not_be_read() {
    let at = |seconds: u32| one(&json!({"Timeout": seconds}));
    let mut without = at(30);
    without.declared.declarations.clear();
    assert_eq!(scans(vec![at(30), without]).baselines.forgotten.len(), 1);
    let mut hidden = at(30);
    hidden.declared.declarations.clear();
    hidden.declared.problems.push(Problem::new(ProblemKind::Invalid, "main.tf", "broken"));
    assert_eq!(scans(vec![at(30), hidden]).baselines, BaselineChanges::default());
}

#[test]
fn an_accepted_value_is_the_baseline_from_the_next_scan_on() {
    let at = |seconds: u32| one(&json!({"Timeout": seconds}));
    let accepting = |mut world: World| {
        for baseline in &mut world.known.baselines {
            let paths: Vec<_> = baseline.differing.keys().cloned().collect();
            paths.into_iter().for_each(|path| drop(baseline.values.insert(path, Value::unknown("accepted"))));
        }
        world
    };
    let second = at(60).after(&at(30), FIRST);
    let third = accepting(at(60).after(&second, SECOND));
    let found = third.assess(THIRD);
    assert!(lines(&found).is_empty());
    assert_eq!((found.resolutions[0].how, found.coverage.undeclared.recorded), (None, 1));
    let fourth = at(90).after(&third, THIRD);
    assert_eq!(fourth.assess("2026-03-01T15:00:00Z").drifts[0].attributes[0].applied, Some(Value::from(60)));
}

#[test]
fn a_new_field_of_the_service_is_no_change_and_one_changed_function_is() {
    let stack = |fields: &[Json]| {
        let names = ["a", "b", "c", "d"];
        fields.iter().zip(names).fold(watched(), |world, (besides, name)| function(world, name, besides))
    };
    let (none, new, other) = (|| json!({}), || json!({"Mode": "x"}), || json!({"Mode": "y"}));
    let check = |first: &[Json], second: &[Json], expect: &[&str]| {
        let found = scans(vec![stack(first), stack(second)]);
        assert_eq!(lines(&found), expect, "{first:?} {second:?}");
        found
    };
    let found = check(&[none(), none(), none()], &[new(), new(), new()], &[]);
    assert_eq!(found.coverage.undeclared, UndeclaredCoverage { watched: 3, recorded: 3, new_fields: 3 });
    check(&[none(), none(), none()], &[new(), none(), none()], &["a: Mode drifted"]);
    check(&[none(), none(), none()], &[new(), new(), none()], &["a: Mode drifted", "b: Mode drifted"]);
    check(&[none(), none()], &[new(), new()], &["a: Mode drifted", "b: Mode drifted"]);
    check(&[none(), none(), none(), none()], &[new(), new(), new(), other()], &["d: Mode drifted"]);
    check(&[new(), new(), new(), none()], &[new(), new(), new(), new()], &["d: Mode drifted"]);
    let seconds = |seconds: u32| json!({"Timeout": seconds});
    check(
        &[seconds(30), seconds(30), seconds(30)],
        &[seconds(60), seconds(60), seconds(60)],
        &["a: Timeout drifted", "b: Timeout drifted", "c: Timeout drifted"],
    );
    // One after another they were changed by hand.
    let found = scans(vec![
        stack(&[none(), none(), none()]),
        stack(&[new(), none(), none()]),
        stack(&[new(), new(), none()]),
        stack(&[new(), new(), new()]),
    ]);
    assert_eq!(lines(&found), ["a: Mode drifted", "b: Mode drifted", "c: Mode drifted"]);
}

#[test]
fn a_new_field_waits_for_resources_that_could_not_be_read() {
    let stack =
        |besides: &Json| ["a", "b", "c", "d"].into_iter().fold(watched(), |world, at| function(world, at, besides));
    let unread = || {
        let mut world = stack(&json!({"Mode": "x"}));
        let read: Vec<_> = world.live.resources().iter().filter(|live| live.identifier != "d").cloned().collect();
        world.live = Default::default();
        read.into_iter().for_each(|live| world.live.add(live));
        world
    };
    let found = scans(vec![stack(&json!({})), unread()]);
    assert!(lines(&found).is_empty() && found.baselines == BaselineChanges::default());
    let found = scans(vec![stack(&json!({})), unread(), stack(&json!({"Mode": "x"}))]);
    assert!(lines(&found).is_empty());
    assert_eq!(found.coverage.undeclared.recorded, 4);
}

#[test]
fn an_item_that_was_removed_and_is_back_brings_its_values_along() {
    const TASK: &str = "AWS::ECS::TaskDefinition";
    let world = |containers: &[(&str, u32)]| {
        let container = |name: &str| json!({"Name": name, "Image": "i"});
        let declared = json!({"Family": "t", "ContainerDefinitions": [container("a"), container("b")]});
        let live = |(name, stop): &(&str, u32)| json!({"Name": name, "Image": "i", "StopTimeout": stop});
        let live: Vec<_> = containers.iter().map(live).collect();
        let live = json!({"Family": "t", "ContainerDefinitions": live});
        watched().declare(TASK, "t", &declared).apply(TASK, "t", "t:1", &declared).run(TASK, "t:1", &[], &live)
    };
    let both = || world(&[("a", 30), ("b", 40)]);
    let found = scans(vec![both(), world(&[("a", 30), ("b", 50)])]);
    assert_eq!(lines(&found), ["t: ContainerDefinitions[Name=b].StopTimeout drifted"]);
    let found = scans(vec![both(), world(&[("a", 30)])]);
    assert_eq!(lines(&found), ["t: ContainerDefinitions[Name=b] drifted"]);
    assert!(lines(&scans(vec![both(), world(&[("a", 30)]), both()])).is_empty());
    let other = world(&[("a", 30), ("b", 50)]);
    let found = scans(vec![both(), world(&[("a", 30)]), other]);
    assert_eq!(lines(&found), ["t: ContainerDefinitions[Name=b].StopTimeout drifted"]);
    // Recorded while it was removed: what comes back with it is recorded then.
    let found = scans(vec![world(&[("a", 30)]), both()]);
    assert!(lines(&found).is_empty());
}

#[test]
fn what_the_declaration_leaves_to_others_is_not_watched() {
    let ignoring = |seconds: u32, pattern: &str| {
        let mut world = one(&json!({"Timeout": seconds}));
        world.declared.declarations[0].ignored = vec![pattern.to_owned()];
        world
    };
    assert!(lines(&scans(vec![ignoring(30, "Timeout"), ignoring(60, "Timeout")])).is_empty());
    assert!(lines(&scans(vec![ignoring(30, "*"), ignoring(60, "*")])).is_empty());
    assert_eq!(lines(&scans(vec![ignoring(30, "Handler"), ignoring(60, "Handler")])), ["f: Timeout drifted"]);
}

#[test]
fn a_secret_is_recorded_as_its_fingerprint() {
    const INSTANCE: &str = "AWS::RDS::DBCluster";
    let world = |secret: &str| {
        let declared = json!({"DBClusterIdentifier": "c"});
        let live = json!({"DBClusterIdentifier": "c", "MasterUserPassword": secret});
        let mut world = watched().declare(INSTANCE, "c", &declared).apply(INSTANCE, "c", "c", &declared).run(
            INSTANCE,
            "c",
            &[],
            &live,
        );
        let fingerprints = crate::model::Fingerprinter::new(*b"test key");
        world.live.map_attributes(|kind, value| crate::schema::hide_secrets(kind, value, &fingerprints));
        world
    };
    let found = world("hunter2").assess(FIRST);
    assert!(!format!("{:?}", found.baselines).contains("hunter2"));
    assert!(lines(&scans(vec![world("hunter2"), world("hunter2")])).is_empty());
    assert_eq!(lines(&scans(vec![world("hunter2"), world("hunter3")])), ["c: MasterUserPassword drifted"]);
}

/// Trees of values that nobody declares.
fn trees() -> impl Strategy<Value = Json> {
    let scalar = prop_oneof![
        any::<bool>().prop_map(Json::from),
        (0..9i64).prop_map(Json::from),
        "[a-z]{1,3}".prop_map(Json::from)
    ];
    let object = |inner| prop::collection::btree_map("[P-R]a", inner, 1..4).prop_map(|members| json!(members));
    let values = scalar.prop_recursive(3, 24, 4, move |inner| {
        prop_oneof![prop::collection::vec(inner.clone(), 1..4).prop_map(Json::from), object(inner)]
    });
    prop::collection::btree_map("[P-R]a", values, 1..4).prop_map(|members| json!(members))
}

/// The tree with each of its scalars changed in turn.
fn mutants(tree: &Json) -> Vec<Json> {
    let each = |count: usize, get: &dyn Fn(usize) -> Json, put: &dyn Fn(usize, Json) -> Json| -> Vec<Json> {
        (0..count)
            .flat_map(|at| mutants(&get(at)).into_iter().map(move |one| (at, one)))
            .map(|(at, one)| put(at, one))
            .collect()
    };
    match tree {
        Json::Object(members) => {
            let keys: Vec<_> = members.keys().cloned().collect();
            let put = |at: usize, one| {
                let mut members = members.clone();
                members.insert(keys[at].clone(), one);
                Json::Object(members)
            };
            each(keys.len(), &|at| members[&keys[at]].clone(), &put)
        }
        Json::Array(items) => {
            let put = |at: usize, one| {
                let mut items = items.clone();
                items[at] = one;
                Json::Array(items)
            };
            each(items.len(), &|at| items[at].clone(), &put)
        }
        Json::Bool(flag) => vec![json!(!flag)],
        Json::Number(number) => vec![json!(number.as_i64().unwrap() + 10)],
        Json::String(text) => vec![json!(format!("{text}-changed"))],
        Json::Null => Vec::new(),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn what_stays_is_no_drift_and_every_scalar_that_changes_is_one(tree in trees()) {
        let found = scans(vec![one(&tree), one(&tree), one(&tree)]);
        prop_assert!(lines(&found).is_empty(), "{:?}", lines(&found));
        prop_assert_eq!(found.baselines, BaselineChanges::default());
        for mutant in mutants(&tree) {
            let changed: Vec<_> = tree.as_object().unwrap().iter().filter(|(key, value)| mutant[key] != **value).collect();
            let found = scans(vec![one(&tree), one(&mutant)]);
            prop_assert_eq!(found.drifts.len(), 1, "{}", mutant);
            for attribute in &found.drifts[0].attributes {
                prop_assert!(attribute.path.is_within(&AttributePath::keys([changed[0].0.as_str()])), "{}", attribute.path);
            }
        }
    }
}
