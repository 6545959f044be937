//! How drifts go away, from one scan to the next.

use serde_json::json;

use super::*;
use crate::applied::Trust;
use crate::model::{Problem, ProblemKind};
use crate::scan::assess::tests::{FIRST, SECOND, World, lines};
use crate::scan::kubernetes::unmanaged::Undeclared;

const PARAMETER: &str = "AWS::SSM::Parameter";

fn parameter(declared: &str, applied: &str, live: Option<&str>) -> World {
    World::parameter(Trust::Deployed, declared, Some(applied), live)
}

/// How the drift that `before` shows is gone in `after`.
fn fate(before: &World, after: World) -> Option<Option<Resolved>> {
    assert_eq!(before.assess(FIRST).drifts.len(), 1);
    let resolutions = after.after(before, FIRST).assess(SECOND).resolutions;
    assert!(resolutions.len() <= 1);
    resolutions.first().map(|resolution| resolution.how)
}

fn deployed(mut world: World) -> World {
    world.applied.deployment = Some("2".into());
    world
}

#[test]
fn a_drift_goes_away_by_the_repository_by_hand_or_by_a_deployment() {
    let drifted = || parameter("1", "1", Some("2"));
    let check = |name: &str, after: World, expect: Option<Option<Resolved>>| {
        assert_eq!(fate(&drifted(), after), expect, "{name}");
    };
    check("still there", drifted(), None);
    check("another value", parameter("1", "1", Some("3")), None);
    check("put back", parameter("1", "1", Some("1")), Some(Some(Resolved::Reverted)));
    check("put back by a deployment", deployed(parameter("1", "1", Some("1"))), Some(Some(Resolved::Overwritten)));
    check("taken over and deployed", deployed(parameter("2", "2", Some("2"))), Some(Some(Resolved::Codified)));
    check("taken over, not deployed", parameter("2", "1", Some("2")), Some(Some(Resolved::Codified)));
    check("another value deployed", deployed(parameter("3", "3", Some("3"))), Some(Some(Resolved::Overwritten)));
    check("put back, and the repository moved", parameter("3", "1", Some("1")), Some(Some(Resolved::Reverted)));
    check("removed", parameter("1", "1", None), None);
}

#[test]
fn a_removed_resource_that_is_back_was_put_back() {
    let missing = parameter("1", "1", None);
    assert_eq!(fate(&missing, parameter("1", "1", Some("1"))), Some(Some(Resolved::Reverted)));
    assert_eq!(fate(&missing, deployed(parameter("1", "1", Some("1")))), Some(Some(Resolved::Overwritten)));
    assert_eq!(fate(&missing, parameter("1", "1", Some("2"))), None);
}

#[test]
fn what_was_never_a_change_by_hand_goes_away_without_a_word() {
    let pending = parameter("2", "1", Some("1"));
    assert_eq!(fate(&pending, deployed(parameter("2", "2", Some("2")))), Some(None));
    assert_eq!(fate(&pending, parameter("3", "1", Some("1"))), None);
    let codified = parameter("2", "1", Some("2"));
    assert_eq!(fate(&codified, deployed(parameter("2", "2", Some("2")))), Some(None));
}

#[test]
fn an_addition_or_removal_is_codified_when_the_repository_has_it_too() {
    let tag = |key: &str| json!({"Key": key, "Value": "1"});
    let world = |declared: &[&str], applied: &[&str], live: &[&str]| {
        let group = "AWS::EC2::SecurityGroup";
        let of =
            |keys: &[&str]| json!({"GroupDescription": "d", "Tags": keys.iter().map(|k| tag(k)).collect::<Vec<_>>()});
        World::new(Trust::Deployed).declare(group, "g", &of(declared)).apply(group, "g", "sg-1", &of(applied)).run(
            group,
            "sg-1",
            &[],
            &of(live),
        )
    };
    let both: &[&str] = &["a", "b"];
    let added = world(&["a"], &["a"], both);
    assert_eq!(fate(&added, deployed(world(both, both, both))), Some(Some(Resolved::Codified)));
    assert_eq!(fate(&added, world(&["a"], &["a"], &["a"])), Some(Some(Resolved::Reverted)));
    let removed = world(both, both, &["a"]);
    assert_eq!(fate(&removed, deployed(world(&["a"], &["a"], &["a"]))), Some(Some(Resolved::Codified)));
    assert_eq!(fate(&removed, world(both, both, both)), Some(Some(Resolved::Reverted)));
}

#[test]
fn a_declaration_that_is_gone_closes_its_drift_only_if_all_declarations_were_seen() {
    let drifted = parameter("1", "1", Some("2"));
    let gone = |change: &dyn Fn(&mut World)| {
        let mut world = parameter("1", "1", Some("2"));
        world.declared.declarations.clear();
        change(&mut world);
        let found = world.after(&drifted, FIRST).assess(SECOND);
        (found.resolutions.first().and_then(|resolution| resolution.how), lines(&found))
    };
    let stale = (None, vec!["p: Value drifted stale".to_owned()]);
    assert_eq!(gone(&|_| {}), (Some(Resolved::Codified), Vec::new()));
    let problem = |kind: ProblemKind| Problem::new(kind, "main.tf", "x");
    assert_eq!(gone(&|world| world.declared.problems.push(problem(ProblemKind::Invalid))), stale);
    assert_eq!(
        gone(&|world| world.declared.problems.push(problem(ProblemKind::Unevaluated))).0,
        Some(Resolved::Codified)
    );
    assert_eq!(gone(&|world| world.declared.unsettled.extend(["p".to_owned()])), stale);
}

#[test]
fn another_type_at_the_same_address_is_another_resource() {
    let drifted = parameter("1", "1", Some("2"));
    let properties = json!({"RoleName": "p"});
    let role = World::new(Trust::Deployed)
        .declare("AWS::IAM::Role", "p", &properties)
        .apply("AWS::IAM::Role", "p", "p", &properties)
        .run("AWS::IAM::Role", "p", &[], &properties);
    assert_eq!(fate(&drifted, role), Some(Some(Resolved::Codified)));
    assert!(drifted.assess(FIRST).drifts[0].resource_type.as_str() == PARAMETER);
}

#[test]
fn what_nobody_declared_is_declared_put_away_or_not_asked_for_any_more() {
    let found = || Found {
        resource_type: "v1/ConfigMap".into(),
        address: "ConfigMap/shop/scratch".into(),
        identifier: "shop/scratch".into(),
        evidence: Vec::new(),
    };
    let world = |unmanaged: Option<Undeclared>| World { unmanaged, ..parameter("1", "1", Some("1")) };
    let there = || world(Some(Undeclared { found: vec![found()], is_complete: true }));
    let check = |name: &str, after: World, expect: Option<Option<Resolved>>| {
        assert_eq!(fate(&there(), after), expect, "{name}");
    };
    let nothing = |is_complete| world(Some(Undeclared { found: Vec::new(), is_complete }));
    check("still there", there(), None);
    check("put away", nothing(true), Some(Some(Resolved::Reverted)));
    check("could not be looked for", nothing(false), None);
    check("not asked for", world(None), Some(None));
    let attributes = json!({"data": {"a": "1"}});
    let declared = nothing(true)
        .declare("v1/ConfigMap", "ConfigMap/shop/scratch", &attributes)
        .apply("v1/ConfigMap", "ConfigMap/shop/scratch", "shop/scratch", &attributes)
        .run("v1/ConfigMap", "shop/scratch", &[], &attributes);
    check("declared", declared, Some(Some(Resolved::Codified)));
    assert_eq!(lines(&nothing(false).after(&there(), FIRST).assess(SECOND)).len(), 1, "stale and not gone");
}
