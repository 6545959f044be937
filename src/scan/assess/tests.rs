//! One scan after another over a small world: what is declared, applied and live, as JSON.

use serde_json::json;

use super::*;
use crate::applied::Trust;
use crate::live::Wanted;
use crate::model::{Applied, Location, Retention};
use crate::schema;
use crate::store::Resolved;

pub(in crate::scan) const FIRST: &str = "2026-03-01T12:00:00Z";
pub(in crate::scan) const SECOND: &str = "2026-03-01T13:00:00Z";
pub(in crate::scan) const THIRD: &str = "2026-03-01T14:00:00Z";
const PARAMETER: &str = "AWS::SSM::Parameter";

pub(in crate::scan) fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

/// The three sides of one stack, and what earlier scans left.
pub(in crate::scan) struct World {
    pub declared: declared::Read,
    pub applied: AppliedSide,
    pub live: Collection,
    pub known: Known,
    pub history: BTreeMap<String, Vec<Value>>,
    pub undeclared: Undeclared,
    pub unmanaged: Option<UnmanagedObjects>,
    pub left: Left,
    pub tried: Trials,
    pub fingerprints: Fingerprinter,
}

impl World {
    /// A stack of which everything that was deployed is known.
    pub fn new(trust: Trust) -> Self {
        let applied = AppliedSide { is_complete: true, trust, deployment: Some("1".into()), ..AppliedSide::default() };
        Self {
            declared: declared::Read::default(),
            applied,
            live: Collection::default(),
            known: Known::default(),
            history: BTreeMap::new(),
            undeclared: Undeclared::Ignore,
            unmanaged: None,
            left: Left::default(),
            tried: Trials::default(),
            fingerprints: Fingerprinter::new(*b"test key"),
        }
    }

    pub fn declare(mut self, resource_type: &str, address: &str, attributes: &Json) -> Self {
        self.declared.declarations.retain(|declaration| declaration.address != address);
        self.declared.declarations.push(Declaration {
            address: address.to_owned(),
            resource_type: resource_type.into(),
            identifier: None,
            attributes: Value::from_json(attributes),
            at: Location::new("main.tf", 3, 1),
            account: None,
            region: None,
            ignored: Vec::new(),
            retention: Retention::default(),
        });
        self
    }

    pub fn apply(mut self, resource_type: &str, address: &str, identifier: &str, attributes: &Json) -> Self {
        let applied = Applied {
            address: address.to_owned(),
            resource_type: resource_type.into(),
            identifier: Some(identifier.to_owned()),
            attributes: Value::from_json(attributes),
        };
        self.applied.resources.insert(address.to_owned(), applied);
        self
    }

    pub fn run(mut self, resource_type: &str, identifier: &str, aliases: &[&str], attributes: &Json) -> Self {
        self.live.add(Live {
            resource_type: resource_type.into(),
            identifier: identifier.to_owned(),
            aliases: aliases.iter().map(|alias| (*alias).to_owned()).collect(),
            attributes: Value::from_json(attributes),
            computed: BTreeMap::new(),
            evidence: Vec::new(),
            owners: Vec::new(),
            in_flight: None,
        });
        self
    }

    /// One parameter `/p`, declared, applied (`None`: never) and live (`None`: asked for and not there).
    pub fn parameter(trust: Trust, declared: &str, applied: Option<&str>, live: Option<&str>) -> Self {
        let value = |value: &str| json!({"Name": "/p", "Type": "String", "Value": value});
        let mut world = Self::new(trust).declare(PARAMETER, "p", &value(declared));
        if let Some(applied) = applied {
            world = world.apply(PARAMETER, "p", "/p", &value(applied));
        }
        match live {
            Some(live) => world.run(PARAMETER, "/p", &[], &value(live)),
            None => {
                world.live.mark_answered(Wanted { resource_type: PARAMETER.into(), key: "/p".into() });
                world
            }
        }
    }

    pub fn assess(&self, now: &str) -> Assessment {
        self.assess_in(&Scope::aws(Some("123456789012".into()), Some("eu-west-1".into())), now)
    }

    pub fn assess_in(&self, scope: &Scope, now: &str) -> Assessment {
        assess(&Inputs {
            stack: "shop",
            environment: "production",
            scope,
            now: at(now),
            declared: &self.declared,
            applied: &self.applied,
            history: &self.history,
            live: &self.live,
            schemas: None,
            unmanaged: self.unmanaged.as_ref(),
            left: &self.left,
            reads: |_| true,
            undeclared: self.undeclared,
            known: &self.known,
            tried: &self.tried,
            fingerprints: &self.fingerprints,
        })
    }

    /// This world as it is found by a scan that comes after `before` had been found at a time.
    pub fn after(mut self, before: &Self, time: &str) -> Self {
        let assessment = before.assess(time);
        let mut known = before.known.clone();
        known.bases.extend(assessment.bases);
        known.bases.retain(|address, _| !assessment.forgotten.contains(address));
        for (resource_type, address) in assessment.baselines.forgotten {
            known.baselines.retain(|one| one.key.resource_type != resource_type || one.key.address != address);
        }
        for saved in assessment.baselines.saved {
            known.baselines.retain(|one| one.key != saved.key);
            known.baselines.push(saved);
        }
        known.open = assessment.drifts.iter().map(DriftReport::from).collect();
        let earlier = before.known.state.as_ref().and_then(|state| state.last_success);
        known.state = Some(StackState {
            name: "shop".into(),
            environment: "production".into(),
            scanned_at: at(time),
            last_success: if assessment.complete { Some(at(time)) } else { earlier },
            deployment: before.applied.deployment.clone(),
            coverage: assessment.coverage,
        });
        self.known = known;
        self
    }
}

/// One line a drift: its standing by attribute, or that it is missing.
pub(in crate::scan) fn lines(assessment: &Assessment) -> Vec<String> {
    let line = |drift: &Drift| {
        let stale = if drift.stale { " stale" } else { "" };
        let attributes = drift.attributes.iter().map(|one| format!("{} {}", one.path, one.standing));
        let attributes: Vec<_> = attributes.collect();
        match drift.presence {
            Presence::Missing if attributes.is_empty() => format!("{} missing{stale}", drift.address),
            _ => format!("{}: {}{stale}", drift.address, attributes.join(", ")),
        }
    };
    assessment.drifts.iter().map(line).collect()
}

#[test]
fn a_resource_is_what_the_three_sides_make_of_it() {
    let check = |declared: &str, applied: Option<&str>, live: Option<&str>, expect: &[&str]| {
        let found = World::parameter(Trust::Deployed, declared, applied, live).assess(FIRST);
        assert_eq!(lines(&found), expect, "{declared} {applied:?} {live:?}");
        assert!(found.complete);
        assert_eq!(found.coverage.resources, ResourceCoverage { declared: 1, checked: 1, unknown: 0 });
    };
    check("1", Some("1"), Some("1"), &[]);
    check("2", Some("1"), Some("1"), &["p: Value pending"]);
    check("1", Some("1"), Some("2"), &["p: Value drifted"]);
    check("3", Some("1"), Some("2"), &["p: Value conflict"]);
    check("2", Some("1"), Some("2"), &["p: Value codified"]);
    check("1", Some("1"), None, &["p missing"]);
    check("1", None, None, &["p: Name pending, Type pending, Value pending"]);
}

#[test]
fn what_was_not_looked_at_is_neither_missing_nor_drifting() {
    let check = |name: &str, change: &dyn Fn(&mut World), problem: bool| {
        let mut world = World::parameter(Trust::Deployed, "1", Some("1"), Some("2"));
        change(&mut world);
        let found = world.assess(FIRST);
        assert_eq!(lines(&found), Vec::<String>::new(), "{name}");
        assert_eq!(found.coverage.resources, ResourceCoverage { declared: 1, checked: 0, unknown: 1 }, "{name}");
        assert!(!found.complete, "{name}");
        assert_eq!(!found.coverage.problems.is_empty(), problem, "{name}");
    };
    let denied = || Problem::new(ProblemKind::AccessDenied, format!("aws 1 eu-west-1 {PARAMETER}"), "denied");
    check("not asked for", &|world| world.live = Collection::default(), false);
    check("denied", &|world| (world.live, world.live.problems) = (Collection::default(), vec![denied()]), true);
    check("in flight", &|world| world.applied.in_flight = Some("UPDATE_IN_PROGRESS".into()), false);
    let unread = |world: &mut World| {
        world.applied = AppliedSide { unread: Some("throttled".into()), ..AppliedSide::default() };
        world.applied.problems.push(Problem::new(ProblemKind::Throttled, "stack shop", "throttled"));
    };
    check("applied not read", &unread, true);
    check("elsewhere", &|world| world.declared.declarations[0].region = Some("us-east-1".into()), false);
}

#[test]
fn a_role_is_in_no_region() {
    let properties = json!({"RoleName": "deploy", "MaxSessionDuration": 3600});
    let role = "AWS::IAM::Role";
    let mut world = World::new(Trust::Deployed)
        .declare(role, "r", &properties)
        .apply(role, "r", "deploy", &properties)
        .run(role, "deploy", &[], &json!({"RoleName": "deploy", "MaxSessionDuration": 7200}));
    world.declared.declarations[0].region = Some("us-east-1".into());
    assert_eq!(lines(&world.assess(FIRST)), ["r: MaxSessionDuration drifted"]);
    world.declared.declarations[0].account = Some("999999999999".into());
    assert_eq!(world.assess(FIRST).coverage.resources.unknown, 1);
}

#[test]
fn a_type_that_this_stack_does_not_declare_is_no_gap_of_it() {
    let complete = |scope: &str| {
        let mut world = World::parameter(Trust::Deployed, "1", Some("1"), Some("1"));
        world.live.problems.push(Problem::new(ProblemKind::AccessDenied, scope, "denied"));
        world.assess(FIRST).complete
    };
    assert!(complete("aws 1 eu-west-1 AWS::ECS::Service"));
    assert!(!complete("aws 1 eu-west-1 AWS::SSM::Parameter"));
    assert!(!complete("aws 1 eu-west-1"));
}

#[test]
fn a_new_resource_beside_a_deployment_that_could_not_be_read_to_the_end_is_unknown() {
    let mut world = World::parameter(Trust::Deployed, "1", None, None);
    (world.applied.is_complete, world.applied.unread) = (false, Some("a part could not be read".into()));
    assert_eq!(lines(&world.assess(FIRST)), Vec::<String>::new());
    // Without any source of what was applied, every difference counts as changed by hand.
    world.applied.unread = None;
    assert_eq!(lines(&world.assess(FIRST)), ["p missing"]);
}

#[test]
fn the_time_of_a_change_lies_between_two_looks_at_the_resource() {
    let world = |live: &str| World::parameter(Trust::Deployed, "1", Some("1"), Some(live));
    let between = |world: &World, now: &str| world.assess(now).drifts[0].changed_between;
    assert_eq!(between(&world("2"), FIRST), (None, at(FIRST)));
    let second = world("2").after(&world("1"), FIRST);
    assert_eq!(between(&second, SECOND), (Some(at(FIRST)), at(SECOND)));
    // A scan that could not look is none.
    let mut blind = world("1").after(&world("1"), FIRST);
    blind.live = Collection::default();
    assert_eq!(between(&world("2").after(&blind, SECOND), THIRD), (Some(at(FIRST)), at(THIRD)));
    // The same value as before changed when it did, another one since it was last seen.
    assert_eq!(between(&world("2").after(&second, SECOND), THIRD), (Some(at(FIRST)), at(SECOND)));
    assert_eq!(between(&world("3").after(&second, SECOND), THIRD), (Some(at(SECOND)), at(THIRD)));
    assert_eq!(world("3").after(&second, SECOND).assess(THIRD).drifts[0].first_seen, at(SECOND));
    // What was not declared before was not looked at.
    let mut without = world("1");
    without.declared.declarations.clear();
    assert_eq!(between(&world("2").after(&without, FIRST), SECOND), (None, at(SECOND)));
}

#[test]
fn a_change_by_hand_after_a_pending_one_is_first_seen_when_it_is_made() {
    let pending = World::parameter(Trust::Deployed, "2", Some("1"), Some("1"));
    let drifted = World::parameter(Trust::Deployed, "2", Some("1"), Some("3")).after(&pending, FIRST);
    let found = drifted.assess(SECOND);
    assert_eq!((found.drifts[0].first_seen, lines(&found)), (at(SECOND), vec!["p: Value conflict".to_owned()]));
}

#[test]
fn a_base_is_what_was_in_sync_and_stays_while_that_cannot_be_told() {
    let world = |declared: &str, live: &str| World::parameter(Trust::Refreshed, declared, Some(live), Some(live));
    let base = |world: &World| world.assess(SECOND).bases.get("p").map(|base| base.get("Value").cloned());
    assert_eq!(base(&world("1", "1")), Some(Some(json!("1"))));
    // Unchanged bases are not written again, and one that is not in sync is kept.
    assert_eq!(base(&world("1", "1").after(&world("1", "1"), FIRST)), None);
    assert_eq!(base(&world("1", "2").after(&world("1", "1"), FIRST)), None);
    let unknown = json!({"Name": "/p", "Type": "String", "Value": {"Fn::Unknown": "var.x"}});
    let untold = world("1", "1").declare(PARAMETER, "p", &unknown).after(&world("1", "1"), FIRST);
    assert_eq!(untold.assess(SECOND).coverage.attributes.unverifiable, 1);
    assert_eq!(base(&untold), None);
}

#[test]
fn a_state_that_took_a_manual_change_over_does_not_make_it_a_declaration() {
    let in_sync = World::parameter(Trust::Refreshed, "1", Some("1"), Some("1"));
    let absorbed = World::parameter(Trust::Refreshed, "1", Some("2"), Some("2")).after(&in_sync, FIRST);
    assert_eq!(lines(&absorbed.assess(SECOND)), ["p: Value drifted"]);
    let moved = World::parameter(Trust::Refreshed, "2", Some("1"), Some("1")).after(&in_sync, FIRST);
    assert_eq!(lines(&moved.assess(SECOND)), ["p: Value pending"]);
}

#[test]
fn a_secret_of_one_side_is_one_of_all_whatever_the_order_of_lists() {
    let variable = |name: &str, value: Json| json!({"Name": name, "Value": value});
    let definition = |variables: Vec<Json>| json!({"Family": "app", "ContainerDefinitions": [{"Name": "app", "Image": "i", "Environment": variables}]});
    let kind = "AWS::ECS::TaskDefinition";
    let plain = definition(vec![variable("SEED", json!("hunter2")), variable("MODE", json!("a"))]);
    let live = definition(vec![
        variable("EXTRA", json!("by hand")),
        variable("MODE", json!("b")),
        variable("SEED", json!("hunter3")),
    ]);
    let world = World::new(Trust::Deployed).declare(kind, "t", &plain).run(kind, "app:1", &[], &live);
    let mut world = world.apply(kind, "t", "app:1", &plain);
    let secret = world.fingerprints.hide(&Value::from("hunter2"));
    let example = Value::object([(
        "Environment",
        Value::new(crate::model::Kind::List(vec![Value::object([("Name", Value::from("SEED")), ("Value", secret)])])),
    )]);
    let container = Value::new(crate::model::Kind::List(vec![example]));
    let like = Value::object([("ContainerDefinitions", container)]);
    let hidden = world.fingerprints.hide_like(&Value::from_json(&plain), &like).into_owned();
    world.applied.resources.get_mut("t").unwrap().attributes = hidden;
    let found = world.assess(FIRST);
    let text = serde_json::to_string(&found.drifts.iter().map(DriftReport::from).collect::<Vec<_>>()).unwrap();
    assert!(!text.contains("hunter") && !serde_json::to_string(&found.bases).unwrap().contains("hunter"), "{text}");
    assert_eq!(found.drifts[0].attributes.len(), 3, "{text}");
    assert!(text.contains("MODE") && text.contains("EXTRA"), "{text}");
}

const FAMILY: &str = "arn:aws:ecs:eu-west-1:123456789012:task-definition/app";

/// A task definition and two services: the one is pointed to a revision by hand, the other is not.
fn services(image: &str, pointer: &str) -> World {
    let (definition, service) = ("AWS::ECS::TaskDefinition", "AWS::ECS::Service");
    let content = |image: &str| json!({"Family": "app", "ContainerDefinitions": [{"Name": "app", "Image": image}]});
    let of = |name: &str, pointer: &str| json!({"Cluster": "c", "ServiceName": name, "TaskDefinition": pointer});
    let (one, two) = (format!("{FAMILY}:1"), format!("{FAMILY}:2"));
    let running = if pointer == one { &one } else { &two };
    let mut world = World::new(Trust::Deployed)
        .declare(definition, "t", &content("app:v1"))
        .apply(definition, "t", &one, &content("app:v1"))
        .run(definition, running, &[&one], &content(image));
    for (name, pointer) in [("a", pointer), ("b", one.as_str())] {
        world = world
            .declare(service, name, &of(name, &one))
            .apply(service, name, &format!("c/{name}"), &of(name, &one))
            .run(service, &format!("c/{name}"), &[], &of(name, pointer));
    }
    world
}

#[test]
fn a_new_revision_is_told_once_where_its_content_is() {
    let check = |image: &str, pointer: &str, expect: &[&str]| {
        let mut found = lines(&services(image, &format!("{FAMILY}{pointer}")).assess(FIRST));
        found.sort();
        assert_eq!(found, expect, "{image} {pointer}");
    };
    check("app:v1", ":1", &[]);
    check("app:v2", ":2", &["t: ContainerDefinitions[Name=app].Image drifted"]);
    // The same content under another number: the pointer is all that a deploy would take back.
    check("app:v1", ":2", &["a: TaskDefinition drifted"]);
    check("app:v1", "-other:7", &["a: TaskDefinition drifted"]);
}

#[test]
fn a_drift_is_stale_while_it_cannot_be_looked_at() {
    let drifted = World::parameter(Trust::Deployed, "1", Some("1"), Some("2"));
    let mut blind = World::parameter(Trust::Deployed, "1", Some("1"), Some("2")).after(&drifted, FIRST);
    blind.live = Collection::default();
    let found = blind.assess(SECOND);
    assert_eq!(lines(&found), ["p: Value drifted stale"]);
    assert_eq!((found.drifts[0].last_seen, found.resolutions.len()), (at(FIRST), 0));
    let again = World::parameter(Trust::Deployed, "1", Some("1"), Some("2")).after(&blind, SECOND).assess(THIRD);
    assert_eq!((lines(&again), again.drifts[0].first_seen), (vec!["p: Value drifted".to_owned()], at(FIRST)));
}

#[test]
fn a_drift_that_left_its_pending_remainder_is_resolved_under_its_id() {
    let drifted = World::parameter(Trust::Deployed, "1", Some("1"), Some("2"));
    let caught_up = World::parameter(Trust::Deployed, "2", Some("1"), Some("2")).after(&drifted, FIRST);
    let found = caught_up.assess(SECOND);
    assert_eq!(lines(&found), ["p: Value codified"]);
    assert_eq!(found.resolutions[0].how, Some(Resolved::Codified));
    assert_eq!(found.resolutions[0].drift, found.drifts[0].id);
}

#[test]
fn a_count_that_a_scalable_target_moves_is_listed_between_its_limits_and_is_drift_outside() {
    let service = |count: i64| json!({"ServiceName": "api", "Cluster": "prod", "DesiredCount": count});
    let target = json!({"ServiceNamespace": "ecs", "ResourceId": "service/prod/api",
        "ScalableDimension": "ecs:service:DesiredCount", "MinCapacity": 1, "MaxCapacity": 4});
    let look = |live: i64, is_scaled: bool| {
        let world = World::new(Trust::Deployed)
            .declare("AWS::ECS::Service", "api", &service(2))
            .apply("AWS::ECS::Service", "api", "arn:api", &service(2))
            .run("AWS::ECS::Service", "arn:api", &["prod/api"], &service(live));
        let world = if is_scaled { world.declare(schema::SCALABLE_TARGET, "scaling", &target) } else { world };
        let found = world.assess(FIRST);
        let listed: Vec<String> = found.coverage.controlled.iter().map(|moved| moved.path.clone()).collect();
        (found.drifts.iter().filter(|drift| drift.address == "api").count(), listed)
    };
    assert_eq!(look(4, true), (0, vec!["DesiredCount".to_owned()]));
    assert_eq!(look(5, true), (1, Vec::new()));
    assert_eq!(look(4, false), (1, Vec::new()));
}

#[test]
fn a_target_that_only_lives_bounds_a_count_and_one_that_cannot_be_read_leaves_it_open() {
    let service = |count: i64| json!({"ServiceName": "api", "Cluster": "prod", "DesiredCount": count});
    let world = |live: i64| {
        World::new(Trust::Deployed)
            .declare("AWS::ECS::Service", "api", &service(2))
            .apply("AWS::ECS::Service", "api", "arn:api", &service(2))
            .run("AWS::ECS::Service", "arn:api", &["prod/api"], &service(live))
    };
    let target = |resource: &str, max: i64| {
        let target = json!({"ResourceId": resource, "ScalableDimension": "ecs:service:DesiredCount",
            "MinCapacity": 1, "MaxCapacity": max});
        schema::scaled(&Value::from_json(&target)).unwrap()
    };
    let scaled = |live: i64, resource: &str| {
        let mut world = world(live);
        world.live.scaling.add(target(resource, 4));
        world.assess(FIRST)
    };
    let found = scaled(4, "service/prod/api");
    assert_eq!((lines(&found).len(), found.coverage.controlled.len()), (0, 1));
    assert_eq!(lines(&scaled(5, "service/prod/api")), ["api: DesiredCount drifted"]);
    assert_eq!(lines(&scaled(4, "service/prod/other")), ["api: DesiredCount drifted"], "of another service");
    // What the stack itself declares goes before what is registered: limits changed by hand move no count.
    let declared = json!({"ServiceNamespace": "ecs", "ResourceId": "service/prod/api",
        "ScalableDimension": "ecs:service:DesiredCount", "MinCapacity": 1, "MaxCapacity": 4});
    let mut stretched = world(9).declare(schema::SCALABLE_TARGET, "scaling", &declared);
    stretched.live.scaling.add(target("service/prod/api", 20));
    assert!(lines(&stretched.assess(FIRST)).contains(&"api: DesiredCount drifted".to_owned()));
    // Neither drift nor clean, and what was drift before stays open.
    let refused = |world: World| {
        let mut world = world;
        world.live.scaling.mark_unread("AWS::ECS::Service".into(), "refused".to_owned());
        world.assess(SECOND)
    };
    let found = refused(world(4));
    assert_eq!((lines(&found).len(), found.coverage.unverifiable[0].reason.as_str()), (0, "refused"));
    assert_eq!(refused(world(2)).coverage.unverifiable.len(), 0);
    assert_eq!(lines(&refused(world(4).after(&world(4), FIRST))), ["api: DesiredCount drifted stale"]);
}

#[test]
fn what_a_declaration_leaves_to_others_is_listed_by_name_and_is_no_drift() {
    let look = |pattern: &str| {
        let mut world = World::parameter(Trust::Deployed, "1", Some("1"), Some("2"));
        world.declared.declarations[0].ignored = vec![pattern.to_owned()];
        let found = world.assess(FIRST);
        let left: Vec<_> =
            found.coverage.ignored.iter().map(|left| json!([left.path, left.declared, left.live])).collect();
        (lines(&found).len(), found.coverage.attributes.ignored, left)
    };
    assert_eq!(look("Value"), (0, 1, vec![json!(["Value", "1", "2"])]));
    assert_eq!(look("Type"), (1, 0, vec![]), "what is ignored and as declared is not listed");
}

#[test]
fn a_stack_that_is_being_deployed_has_no_new_drift_and_keeps_its_open_ones() {
    let drifted = World::parameter(Trust::Deployed, "1", Some("1"), Some("2"));
    let mut moving = World::parameter(Trust::Deployed, "1", Some("1"), Some("3"));
    moving.applied.in_flight = Some("UPDATE_IN_PROGRESS".into());
    assert_eq!(lines(&moving.assess(FIRST)), [""; 0]);
    let found = moving.after(&drifted, FIRST).assess(SECOND);
    assert_eq!((lines(&found), found.resolutions.len()), (vec!["p: Value drifted stale".to_owned()], 0));
    assert_eq!(found.coverage.unverifiable[0].reason, "in flight: the stack is in UPDATE_IN_PROGRESS");
    // Nothing failed, but nobody looked either: the last look at everything was an earlier one.
    assert!(!found.complete && found.coverage.problems.is_empty());
}

#[test]
fn where_nothing_is_deployed_what_carries_the_name_is_no_drift() {
    let mut never = World::parameter(Trust::Deployed, "1", None, Some("2"));
    never.applied.nothing_deployed = Some("ROLLBACK_COMPLETE".into());
    let found = never.assess(FIRST);
    assert_eq!(found.drifts.iter().filter(|drift| drift.is_manual_change()).count(), 0, "{:?}", lines(&found));
    assert!(found.complete);
    let after = World::parameter(Trust::Deployed, "1", Some("1"), Some("2"));
    assert_eq!(lines(&after.assess(FIRST)), ["p: Value drifted"], "a real change in a deployed stack is still found");
}

#[test]
fn a_drift_keeps_its_id_and_its_times_when_its_resource_is_moved() {
    let before = World::parameter(Trust::Deployed, "1", Some("1"), Some("2"));
    let first = before.assess(FIRST);
    let moved = |address: &str| (address == "p").then(|| "q".to_owned());
    let value = |value: &str| json!({"Name": "/p", "Type": "String", "Value": value});
    let mut after = World::new(Trust::Deployed)
        .declare(PARAMETER, "q", &value("1"))
        .apply(PARAMETER, "p", "/p", &value("1"))
        .run(PARAMETER, "/p", &[], &value("2"))
        .after(&before, FIRST);
    after.applied.follow(&[("p".to_owned(), "q".to_owned())].into());
    after.known.follow(moved);
    let second = after.assess(SECOND);
    let [drift] = &second.drifts[..] else { panic!("{:?}", second.drifts) };
    assert_eq!((drift.address.as_str(), &drift.id), ("q", &first.drifts[0].id));
    assert_eq!((drift.first_seen, drift.changed_between.1), (at(FIRST), at(FIRST)));
    assert!(second.resolutions.is_empty());
    // It stays the same drift, also when no block says any more that it was moved.
    let later = World::new(Trust::Deployed)
        .declare(PARAMETER, "q", &value("1"))
        .apply(PARAMETER, "q", "/p", &value("1"))
        .run(PARAMETER, "/p", &[], &value("2"))
        .after(&after, SECOND);
    assert_eq!(later.assess(THIRD).drifts[0].id, first.drifts[0].id);
}
