//! How drifts go away, from one scan to the next.

use serde_json::json;

use super::*;
use crate::applied::{Trust, Written};
use crate::live::Wanted;
use crate::model::{Problem, ProblemKind, Scope};
use crate::scan::assess::tests::{FIRST, SECOND, THIRD, World, at, lines};
use crate::scan::kubernetes::left::Left;
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
fn an_object_that_tells_when_it_was_deployed_is_asked_before_the_stack() {
    let (then, since) = ("2026-03-01T11:00:00Z", "2026-03-01T12:30:00Z");
    let check =
        |name: &str, before: Option<&str>, now: Option<&str>, by_hand: &[&str], stack_moved: bool, how: Resolved| {
            let after = parameter("1", "1", Some("1"));
            let after = if stack_moved { deployed(after) } else { after };
            let mut after = after.after(&parameter("1", "1", Some("2")), FIRST);
            let base = after.known.bases.entry("p".into()).or_default();
            base.extend(before.map(|at| ("metadata.managedFields".to_owned(), at.into())));
            let by_hand = by_hand.iter().map(|path| path.parse().unwrap()).collect();
            let written = Written { deployed_at: now.map(|at| at.parse().unwrap()), by_hand };
            after.applied.objects.insert("p".into(), written);
            let resolutions = after.assess(SECOND).resolutions;
            assert_eq!(resolutions.iter().map(|gone| gone.how).collect::<Vec<_>>(), [Some(how)], "{name}");
        };
    let (overwritten, reverted) = (Resolved::Overwritten, Resolved::Reverted);
    check("deployed", Some(then), Some(since), &[], false, overwritten);
    check("another object was deployed", Some(then), Some(then), &[], true, reverted);
    check("deployed, and this was put back by hand", Some(then), Some(since), &["Value"], true, reverted);
    check("deployed, and something else was by hand", Some(then), Some(since), &["Type"], true, overwritten);
    check("deployed by a client that leaves no time", Some(then), None, &[], true, overwritten);
    check("looked at before times were noted", None, Some(since), &[], true, overwritten);
    check("nothing is known of the object", None, None, &[], false, reverted);
}

#[test]
fn a_drift_of_what_is_no_longer_declared_stays_if_a_removal_would_lose_a_change() {
    let drifted = parameter("1", "1", Some("2"));
    let check = |prospect: Option<Prospect>, how: Option<Resolved>, expect: &[&str], kept: usize| {
        let mut world = parameter("1", "1", Some("2"));
        world.declared.declarations.clear();
        world.left = match prospect.clone() {
            None => Left { unread: ["p".to_owned()].into(), ..Left::default() },
            Some(prospect) => {
                let (resource_type, address, identifier) = (PARAMETER.into(), "p".into(), "/p".into());
                let still = Still { resource_type, address, identifier, prospect, evidence: Vec::new() };
                Left { still: vec![still], ..Left::default() }
            }
        };
        let found = world.after(&drifted, FIRST).assess(SECOND);
        assert_eq!(found.resolutions.first().and_then(|resolution| resolution.how), how, "{prospect:?}");
        assert_eq!(
            (lines(&found), found.coverage.controlled.len()),
            (expect.iter().map(|&s| s.to_owned()).collect(), kept)
        );
    };
    let going = |standing| Some(Prospect::Going(standing, "it is no longer declared".into()));
    check(going(Standing::Pending), Some(Resolved::Codified), &["p:  pending"], 0);
    check(going(Standing::Conflict), None, &["p:  conflict"], 0);
    check(Some(Prospect::Kept("kept".into())), Some(Resolved::Codified), &[], 1);
    check(None, None, &["p: Value drifted stale"], 0);
}

#[test]
fn what_is_gone_and_not_declared_is_forgotten() {
    let mut world = World::new(Trust::Refreshed);
    world.left.gone = vec!["ConfigMap/shop/old".into()];
    assert_eq!(world.assess(FIRST).forgotten, ["ConfigMap/shop/old"]);
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

#[test]
fn an_object_that_was_being_deleted_is_gone_by_the_same_change() {
    let (kind, name) = ("v1/ConfigMap", "shop/web");
    let attributes = json!({"data": {"a": "1"}});
    let world = || {
        let declared = World::new(Trust::Refreshed).declare(kind, "ConfigMap/shop/web", &attributes);
        declared.apply(kind, "ConfigMap/shop/web", name, &attributes)
    };
    let deletion = AttributeDrift {
        path: "metadata.deletionTimestamp".parse().unwrap(),
        declared: None,
        applied: None,
        live: Some(Value::from(FIRST)),
        standing: Standing::Drifted,
        basis: Basis::Declaration,
        note: None,
    };
    let check = |before: AttributeDrift, expect: &str| {
        let scope = Scope::cluster("test");
        let mut world = world();
        world.live.mark_answered(Wanted { resource_type: kind.into(), key: name.into() });
        let missing = world.assess_in(&scope, SECOND).drifts.remove(0);
        let changed_between = (None, at(FIRST));
        let held = Drift { presence: Presence::Present, attributes: vec![before], changed_between, ..missing };
        world.known.open = vec![DriftReport::from(&held)];
        let found = world.assess_in(&scope, THIRD).drifts.remove(0);
        assert_eq!((found.presence, found.changed_between.1), (Presence::Missing, at(expect)));
    };
    check(deletion.clone(), FIRST);
    check(AttributeDrift { path: "data.a".parse().unwrap(), ..deletion }, THIRD);
}
