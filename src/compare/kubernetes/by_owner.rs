//! Tables of cases: what it means for a difference who owns the field.

use serde_json::{Value as Json, json};

use super::cases::{DEPLOYMENT, With, check, lines, look, template};
use crate::compare::Comparison;
use crate::compare::kubernetes::changed_since_deployed;
use crate::model::{AttributePath, ManagerClass, Value};
use crate::schema::kubernetes::managers::ManagerClasses;

/// An entry of managed fields.
pub(super) fn entry(manager: &str, operation: &str, fields: Json) -> Json {
    json!({"manager": manager, "operation": operation, "apiVersion": "apps/v1", "time": "2026-01-01T00:00:00Z",
        "fieldsType": "FieldsV1", "fieldsV1": fields})
}

fn owned(mut object: Json, entries: &[Json]) -> Json {
    object["metadata"]["managedFields"] = entries.into();
    object
}

#[test]
fn a_person_is_told_from_a_control_loop_by_who_owns_the_field() {
    let replicas = json!({"f:spec": {"f:replicas": {}}});
    let scaled = |manager: &str| {
        let mut entry = entry(manager, "Update", replicas.clone());
        entry["subresource"] = "scale".into();
        owned(json!({"spec": {"replicas": 5}}), &[entry])
    };
    let declared = json!({"spec": {"replicas": 2}});
    let check = |live: Json, autoscaled: bool, drifted: &[&str], controlled: &[&str]| {
        let looked = look(DEPLOYMENT, &declared, &live, &With { autoscaled, ..With::default() });
        let Comparison { attributes, controlled: by_others, .. } = &looked.comparison;
        assert_eq!(
            (lines(attributes), lines(by_others)),
            (drifted.iter().map(|&s| s.to_owned()).collect(), controlled.iter().map(|&s| s.to_owned()).collect()),
            "{live}"
        );
    };
    let path = &["spec.replicas drifted"];
    check(scaled("kube-controller-manager"), false, &[], path);
    check(scaled("kubectl"), false, path, &[]);
    check(scaled("kubectl"), true, path, &[]);
    check(scaled("unheard-of"), true, path, &[]);
    check(json!({"spec": {"replicas": 5}}), true, &[], path);
    check(json!({"spec": {"replicas": 5}}), false, path, &[]);
    // The autoscaler's own is only the number of replicas.
    let looked = look(
        DEPLOYMENT,
        &json!({"spec": {"minReadySeconds": 2}}),
        &json!({"spec": {"minReadySeconds": 5}}),
        &With { autoscaled: true, ..With::default() },
    );
    assert_eq!(lines(&looked.comparison.attributes), ["spec.minReadySeconds drifted"]);
}

#[test]
fn rules_of_an_aggregated_role_are_its_controllers_and_others_are_not() {
    let rules = |verb: &str| json!([{"apiGroups": [""], "resources": ["pods"], "verbs": [verb]}]);
    let role = "rbac.authorization.k8s.io/v1/ClusterRole";
    let declared = json!({"aggregationRule": {"clusterRoleSelectors": []}, "rules": []});
    let live = json!({"aggregationRule": {"clusterRoleSelectors": []}, "rules": rules("get")});
    let looked = look(role, &declared, &live, &With::default());
    assert!(looked.comparison.attributes.is_empty());
    assert_eq!(lines(&looked.comparison.controlled), ["rules drifted"]);
    check(role, json!({"rules": []}), json!({"rules": rules("get")}), &["rules drifted"]);
    check(role, json!({"rules": []}), json!({"rules": null}), &[]);
}

#[test]
fn what_was_added_by_hand_is_named_once_where_the_declaration_ends() {
    let side = json!({"name": "side", "image": "busybox", "imagePullPolicy": "Always", "ports": [{"containerPort": 9, "protocol": "TCP"}]});
    let declared = template(json!({"name": "web", "image": "nginx:1"}));
    let fields = |container: Json| json!({"f:spec": {"f:template": {"f:spec": {"f:containers": {"k:{\"name\":\"side\"}": container}}}}});
    let all = fields(
        json!({".": {}, "f:name": {}, "f:image": {}, "f:imagePullPolicy": {}, "f:ports": {".": {}, "k:{\"containerPort\":9,\"protocol\":\"TCP\"}": {".": {}, "f:containerPort": {}, "f:protocol": {}}}}),
    );
    let mut object = declared.clone();
    object["spec"]["template"]["spec"]["containers"].as_array_mut().unwrap().push(side);
    let looked = |manager: &str, managers: ManagerClasses| {
        let live = owned(object.clone(), &[entry(manager, "Update", all.clone())]);
        look(DEPLOYMENT, &declared, &live, &With { managers, ..With::default() })
    };
    let by_hand = looked("kubectl-patch", ManagerClasses::default());
    assert_eq!(lines(&by_hand.comparison.attributes), ["spec.template.spec.containers[name=side] drifted"]);
    let drift = &by_hand.comparison.attributes[0];
    assert_eq!((drift.declared.is_none(), drift.applied.is_none()), (true, true));
    assert_eq!(drift.note.as_deref(), Some("added by kubectl-patch (a tool people use)"));
    assert_eq!(by_hand.projected.evidence.len(), 1);
    assert_eq!(by_hand.projected.evidence[0].paths, std::slice::from_ref(&drift.path));
    assert!(by_hand.projected.evidence[0].at.is_some());
    // The same by a control loop is its own business.
    let loops = looked("injector", ManagerClasses { controller: vec!["injector".into()], ..ManagerClasses::default() });
    assert!(loops.comparison.attributes.is_empty() && loops.projected.evidence.is_empty());
}

#[test]
fn additions_of_a_control_loop_beside_those_of_a_person_are_left_out() {
    let declared = json!({"spec": {"replicas": 1}});
    let object = json!({"metadata": {"annotations": {"note": "a", "deployment.kubernetes.io/revision": "3"}}, "spec": {"replicas": 1}});
    let annotation = |name: &str| json!({"f:metadata": {"f:annotations": {".": {}, format!("f:{name}"): {}}}});
    let live = owned(
        object,
        &[
            entry("kubectl-annotate", "Update", annotation("note")),
            entry("kube-controller-manager", "Update", annotation("deployment.kubernetes.io/revision")),
        ],
    );
    let looked = look(DEPLOYMENT, &declared, &live, &With::default());
    assert_eq!(lines(&looked.comparison.attributes), ["metadata.annotations.note drifted"]);
}

#[test]
fn who_changed_most_of_an_object_is_not_who_deploys_it() {
    let declared = json!({"spec": {"replicas": 1, "paused": true, "minReadySeconds": 3}});
    let live = owned(
        json!({"spec": {"replicas": 1, "paused": false, "minReadySeconds": 4}}),
        &[
            entry("kubectl-client-side-apply", "Update", json!({"f:spec": {"f:replicas": {}}})),
            entry("kubectl-edit", "Update", json!({"f:spec": {"f:paused": {}, "f:minReadySeconds": {}}})),
        ],
    );
    let looked = look(DEPLOYMENT, &declared, &live, &With::default());
    let classes: Vec<_> = looked.projected.owners.iter().map(|owner| (&*owner.manager, owner.class)).collect();
    assert_eq!(classes, [("kubectl-edit", ManagerClass::Human), ("kubectl-edit", ManagerClass::Human)]);
    // The same name by two ways of writing: what a pipeline applies, and what a person scales.
    let mut scale = entry("kubectl", "Update", json!({"f:spec": {"f:replicas": {}}}));
    scale["subresource"] = "scale".into();
    let applied = entry("kubectl", "Apply", json!({"f:spec": {"f:paused": {}, "f:minReadySeconds": {}}}));
    let live = owned(json!({"spec": {"replicas": 9, "paused": true, "minReadySeconds": 3}}), &[applied, scale]);
    let looked = look(DEPLOYMENT, &declared, &live, &With::default());
    let drift = &looked.comparison.attributes[0];
    assert_eq!(drift.note.as_deref(), Some("set by kubectl through scale (a tool people use)"));
}

#[test]
fn a_time_is_given_only_where_it_can_be_of_no_other_change() {
    let fields = json!({"f:spec": {"f:paused": {}, "f:minReadySeconds": {}}});
    let live = |spec: Json| owned(json!({ "spec": spec }), &[entry("kubectl-patch", "Update", fields.clone())]);
    let of =
        |live: Json| look(DEPLOYMENT, &json!({"spec": {"replicas": 1}}), &live, &With::default()).projected.evidence;
    let two = of(live(json!({"replicas": 1, "paused": true, "minReadySeconds": 3})));
    assert_eq!((two.len(), two[0].paths.len(), two[0].at), (1, 2, None));
    let one = of(live(json!({"replicas": 1, "paused": true})));
    assert!(one[0].at.is_some());
}

#[test]
fn what_the_deployer_applied_and_git_no_longer_has_is_pending() {
    let declared = json!({"spec": {"replicas": 1}});
    let fields = json!({"f:spec": {"f:replicas": {}, "f:paused": {}}});
    let live = owned(json!({"spec": {"replicas": 1, "paused": true}}), &[entry("ci", "Apply", fields)]);
    let looked = look(DEPLOYMENT, &declared, &live, &With::default());
    // Nobody says yet that it was ever declared.
    assert_eq!(lines(&looked.comparison.attributes), ["spec.paused drifted"]);
    assert!(looked.comparison.attributes[0].note.as_deref().unwrap().contains("low confidence"));
    assert!(looked.projected.evidence.is_empty());
    let applied = looked.projected.last_applied.as_ref().map(Value::to_json);
    assert_eq!(applied, Some(json!({"spec": {"replicas": 1, "paused": true}})));
    let looked = look(DEPLOYMENT, &declared, &live, &With { applied, ..With::default() });
    assert_eq!(lines(&looked.comparison.attributes), ["spec.paused pending"]);
}

/// What `kubectl apply` leaves of an image that the server exchanged on its way in, and of arguments and replicas; `by`
/// are further entries.
fn exchanged(applied: &Json, live: Json, by: &[Json]) -> Json {
    let noted = entry(
        "kubectl-client-side-apply",
        "Update",
        json!({"f:metadata": {"f:annotations": {".": {}, "f:kubectl.kubernetes.io/last-applied-configuration": {}}},
            "f:spec": {"f:replicas": {}, "f:template": {"f:spec": {"f:containers": {"k:{\"name\":\"web\"}":
                {".": {}, "f:name": {}, "f:image": {}, "f:args": {}}}}}}}),
    );
    let mut object = live;
    object["metadata"]["annotations"]["kubectl.kubernetes.io/last-applied-configuration"] = applied.to_string().into();
    owned(object, &[&[noted], by].concat())
}

#[test]
fn what_the_server_made_of_what_was_applied_is_nobodys_change_and_a_change_beside_it_is_found() {
    const IMAGE: &str = "spec.template.spec.containers[name=web].image";
    let web = |image: &str, args: &str| template(json!({"name": "web", "image": image, "args": [args]}));
    let check = |declared: &str, applied: Json, live: Json, by: &[Json], drifted: &[&str], controlled: &[&str]| {
        let with = With { applied: Some(web("web:1", "a")), ..With::default() };
        let looked = look(DEPLOYMENT, &web(declared, "a"), &exchanged(&applied, live, by), &with);
        let Comparison { attributes, controlled: by_others, .. } = &looked.comparison;
        assert_eq!((lines(attributes), lines(by_others)), (strings(drifted), strings(controlled)));
        looked
    };
    let (drifted, pending) = (format!("{IMAGE} drifted"), format!("{IMAGE} pending"));
    let looked = check("web:1", web("web:1", "a"), web("mirror/web:1", "a"), &[], &[], &[&drifted]);
    assert_eq!(
        looked.comparison.controlled[0].note.as_deref(),
        Some("mutated by the server on its way in: kubectl-client-side-apply applied another value and still owns it")
    );
    // The repository moved on: that is to be deployed, and nobody's change is overwritten.
    check("web:2", web("web:1", "a"), web("mirror/web:1", "a"), &[], &[&pending], &[]);
    check("mirror/web:1", web("web:1", "a"), web("mirror/web:1", "a"), &[], &[&format!("{IMAGE} codified")], &[]);
    // Somebody applied another manifest by hand, and the server made something else of that as well.
    check("web:1", web("web:9", "a"), web("mirror/web:9", "a"), &[], &[&drifted], &[]);
    check("web:1", web("web:9", "a"), web("web:9", "a"), &[], &[&drifted], &[]);
    // Somebody changed it after it was applied, or something beside it.
    let container = |fields: Json| json!({"f:spec": {"f:template": {"f:spec": {"f:containers": {"k:{\"name\":\"web\"}": fields}}}}});
    let by_hand = |field: &str| entry("kubectl-edit", "Update", container(json!({ field: {} })));
    check("web:1", web("web:1", "a"), web("mirror/web:9", "a"), &[by_hand("f:image")], &[&drifted], &[]);
    let args = "spec.template.spec.containers[name=web].args drifted";
    check("web:1", web("web:1", "a"), web("mirror/web:1", "b"), &[by_hand("f:args")], &[args], &[&drifted]);
    // What is gone has no owner.
    let gone = template(json!({"name": "web", "args": ["a"]}));
    check("web:1", web("web:1", "a"), gone, &[], &[&drifted], &[]);
}

#[test]
fn a_size_and_what_was_applied_by_the_server_itself_are_no_mutations() {
    let replicas = |count: i64| json!({"spec": {"replicas": count}});
    let with = || With { applied: Some(replicas(2)), ..With::default() };
    let looked = look(DEPLOYMENT, &replicas(2), &exchanged(&replicas(2), replicas(5), &[]), &with());
    assert_eq!(lines(&looked.comparison.attributes), ["spec.replicas drifted"]);
    // Nothing is noted of a server-side apply: it may have been a run by hand.
    let paused = |paused: bool| json!({"spec": {"paused": paused}});
    let applied = entry("ci", "Apply", json!({"f:spec": {"f:paused": {}}}));
    let looked = look(DEPLOYMENT, &paused(false), &owned(paused(true), &[applied]), &With::default());
    let [drift] = looked.comparison.attributes.as_slice() else { panic!("{:?}", looked.comparison) };
    assert!(drift.note.as_deref().unwrap().contains("mutated by the server on its way in (low confidence)"));
}

fn strings(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|&text| text.to_owned()).collect()
}

#[test]
fn facts_beside_the_attributes_are_kept() {
    let live = json!({"metadata": {"uid": "u", "resourceVersion": "7", "generation": 3, "deletionTimestamp": "2026-01-01T00:00:00Z",
        "deletionGracePeriodSeconds": 30, "finalizers": ["a.io/hold"],
        "ownerReferences": [{"apiVersion": "v1", "kind": "Node", "name": "n", "uid": "x"},
            {"apiVersion": "apps/v1", "kind": "ReplicaSet", "name": "web-1", "uid": "y", "controller": true}]}});
    let projected = look("v1/Pod", &json!({}), &live, &With::default()).projected;
    assert_eq!(
        (projected.uid.as_deref(), projected.resource_version.as_deref(), projected.generation),
        (Some("u"), Some("7"), Some(3))
    );
    let deletion = projected.deletion.unwrap();
    assert_eq!(
        (deletion.asked_at.to_string(), deletion.sentence()),
        ("2025-12-31T23:59:30Z".into(), "it is being deleted, and its finalizers hold it: a.io/hold".into())
    );
    assert_eq!(projected.evidence.iter().map(|one| one.at).collect::<Vec<_>>(), [Some(deletion.asked_at)]);
    assert_eq!(projected.controller.unwrap().name, "web-1");
    assert!(projected.attributes.as_object().unwrap().is_empty());
}

#[test]
fn what_was_put_back_by_hand_is_told_from_what_a_deployment_put_back() {
    let declared = json!({"spec": {"replicas": 1, "paused": true, "minReadySeconds": 3}});
    let check = |live: Json, by_hand: Json, expect: &[&str]| {
        let deployed = json!({"f:spec": {"f:minReadySeconds": {}}});
        let entries = [entry("ci", "Apply", deployed), entry("kubectl-edit", "Update", by_hand)];
        let managers = ManagerClasses { deployer: vec!["ci".into()], ..ManagerClasses::default() };
        let looked = look(DEPLOYMENT, &declared, &owned(live, &entries), &With { managers, ..With::default() });
        assert_eq!(looked.projected.by_hand.iter().map(ToString::to_string).collect::<Vec<_>>(), expect);
    };
    let owns = json!({"f:spec": {"f:replicas": {}, "f:paused": {}}});
    check(declared.clone(), owns.clone(), &["spec.paused", "spec.replicas"]);
    check(json!({"spec": {"replicas": 2, "paused": true, "minReadySeconds": 3}}), owns, &["spec.paused"]);
    check(declared.clone(), json!({}), &[]);
}

#[test]
fn only_a_change_after_the_last_deployment_is_one_that_a_removal_would_lose() {
    let declared: Vec<AttributePath> = ["spec.replicas", "spec.paused"].map(|path| path.parse().unwrap()).into();
    let check = |entries: &[Json], expect: Option<&str>| {
        let object = owned(json!({}), entries);
        let found = changed_since_deployed(&object, &declared, &ManagerClasses::default());
        assert_eq!(found.map(|owner| owner.manager).as_deref(), expect, "{object}");
    };
    let deployed = entry("kubectl-client-side-apply", "Update", json!({"f:spec": {"f:replicas": {}, "f:paused": {}}}));
    let mut by_hand = entry("kubectl-edit", "Update", json!({"f:spec": {"f:minReadySeconds": {}}}));
    check(std::slice::from_ref(&deployed), None);
    check(&[deployed.clone(), by_hand.clone()], None);
    by_hand["time"] = "2026-01-01T00:00:01Z".into();
    check(&[deployed.clone(), by_hand], Some("kubectl-edit"));
    // Of what has no fields of its own nobody owns any.
    let empty = entry("kubectl-client-side-apply", "Update", json!({"f:metadata": {"f:annotations": {}}}));
    check(&[empty], None);
    let mut scaled = entry("kubectl", "Update", json!({"f:spec": {"f:replicas": {}}}));
    scaled.as_object_mut().unwrap().remove("time");
    check(&[deployed, scaled], Some("kubectl"));
}

#[test]
fn a_change_cause_is_of_the_last_change_before_it_and_of_no_later_one() {
    const CAUSE: &str = "metadata.annotations[\"kubernetes.io/change-cause\"]";
    let annotation = json!({"f:metadata": {"f:annotations": {"f:kubernetes.io/change-cause": {}}}});
    let (replicas, paused) = (json!({"f:spec": {"f:replicas": {}}}), json!({"f:spec": {"f:paused": {}}}));
    let at = |manager: &str, time: &str, fields: &Json| {
        let mut entry = entry(manager, "Update", fields.clone());
        entry["time"] = format!("2026-01-01T{time}Z").into();
        entry
    };
    let check = |entries: &[Json], expect: &[(&str, Option<&str>)]| {
        let declared = json!({"spec": {"replicas": 1, "minReadySeconds": 1}});
        let live = json!({"metadata": {"annotations": {"kubernetes.io/change-cause": "CR-7: more"}},
            "spec": {"replicas": 3, "paused": true, "minReadySeconds": 1}});
        let looked = look(DEPLOYMENT, &declared, &owned(live, entries), &With::default());
        let mut told: Vec<(String, Option<&str>)> = looked
            .projected
            .evidence
            .iter()
            .flat_map(|fact| fact.paths.iter().map(|path| (path.to_string(), fact.record_id.as_deref())))
            .collect();
        told.sort();
        let expect: Vec<_> = expect.iter().map(|(path, id)| ((*path).to_owned(), *id)).collect();
        assert_eq!(told, expect, "{entries:?}");
    };
    let words = Some("CR-7: more");
    let cause = |time: &str| at("kubectl-annotate", time, &annotation);
    let (scaled, stopped) = (at("kubectl-patch", "10:00:00", &replicas), at("kubectl-edit", "09:00:00", &paused));
    check(&[scaled.clone(), cause("10:01:00")], &[(CAUSE, words), ("spec.replicas", words)]);
    check(&[scaled.clone(), cause("10:00:00")], &[(CAUSE, words), ("spec.replicas", words)]);
    // Older than the change.
    check(&[scaled.clone(), cause("09:59:59")], &[(CAUSE, words), ("spec.replicas", None)]);
    // The last one before it, and neither an earlier nor a later one.
    check(
        &[scaled.clone(), stopped.clone(), cause("10:01:00")],
        &[(CAUSE, words), ("spec.paused", None), ("spec.replicas", words)],
    );
    check(&[scaled, stopped, cause("09:30:00")], &[(CAUSE, words), ("spec.paused", words), ("spec.replicas", None)]);
    // A scale without a time, and one who may have changed something after writing why.
    let mut timeless = at("kubectl", "10:00:00", &replicas);
    timeless.as_object_mut().unwrap().remove("time");
    timeless["subresource"] = "scale".into();
    check(&[timeless, cause("10:01:00")], &[(CAUSE, words), ("spec.replicas", None)]);
    let both =
        json!({"f:spec": {"f:replicas": {}}, "f:metadata": {"f:annotations": {"f:kubernetes.io/change-cause": {}}}});
    check(&[at("kubectl-patch", "10:00:00", &both)], &[(CAUSE, words), ("spec.replicas", None)]);
}
