//! Tables of cases: each rule by which two values are the same, and a real change right beside it that is found.

use serde_json::{Value as Json, json};

use super::{Object, Projected, Subject, compare, project};
use crate::compare::{Base, Comparison};
use crate::model::{AttributeDrift, Fingerprinter, ResourceType, Value};
use crate::schema::kubernetes::managers::ManagerClasses;
use crate::schema::kubernetes::{Schemas, attributes, hide_secrets, kind_of};

pub(super) const DEPLOYMENT: &str = "apps/v1/Deployment";

pub(super) struct Looked {
    pub(super) projected: Projected,
    pub(super) comparison: Comparison,
}

#[derive(Default)]
pub(super) struct With {
    pub(super) applied: Option<Json>,
    pub(super) managers: ManagerClasses,
    pub(super) autoscaled: bool,
}

pub(super) fn look(resource_type: &str, declared: &Json, live: &Json, with: &With) -> Looked {
    let resource_type: ResourceType = resource_type.into();
    let schema = Schemas::built_in().of_type(&resource_type);
    let fingerprints = Fingerprinter::new(*b"key");
    let kind = kind_of(&resource_type).unwrap().1;
    let side = |json: &Json| hide_secrets(&resource_type, attributes(kind, Value::from_json(json)), &fingerprints);
    let declared = side(declared);
    let object = Object {
        resource_type: &resource_type,
        identifier: "shop/web",
        json: live,
        declared: &declared,
        schema: schema.as_deref(),
    };
    let projected = project(&object, &with.managers, &fingerprints);
    let base = with.applied.as_ref().map_or_else(Base::unknown, |applied| Base::deployed(side(applied)));
    let comparison = compare(&Subject {
        resource_type: &resource_type,
        declared: &declared,
        base: &base,
        live: &projected.attributes,
        owners: &projected.owners,
        schema: schema.as_deref(),
        autoscaled: with.autoscaled,
        ignored: &[],
    });
    Looked { projected, comparison }
}

pub(super) fn lines(drifts: &[AttributeDrift]) -> Vec<String> {
    drifts.iter().map(|drift| format!("{} {}", drift.path, drift.standing)).collect()
}

/// The paths that differ, each with its standing, of a pair without owners.
pub(super) fn check(resource_type: &str, declared: Json, live: Json, expect: &[&str]) {
    let looked = look(resource_type, &declared, &live, &With::default());
    assert_eq!(lines(&looked.comparison.attributes), expect, "{declared} {live}");
}

/// A rule and the change beside it: the first live value is as declared, the second is not.
fn rule(resource_type: &str, declared: Json, same: Json, other: Json, path: &str) {
    check(resource_type, declared.clone(), same, &[]);
    check(resource_type, declared, other, &[&format!("{path} drifted")]);
}

pub(super) fn template(container: Json) -> Json {
    json!({"spec": {"template": {"spec": {"containers": [container]}}}})
}

/// The same with a member set in the only container.
fn container(members: Json) -> Json {
    let mut container = json!({"name": "web"});
    container.as_object_mut().unwrap().extend(members.as_object().unwrap().clone());
    template(container)
}

const WEB: &str = "spec.template.spec.containers[name=web]";

#[test]
fn the_three_values_give_the_standing() {
    let replicas = |count: i64| json!({"spec": {"replicas": count}});
    let check = |declared: i64, applied: Option<i64>, live: i64, expect: &[&str]| {
        let with = With { applied: applied.map(replicas), ..With::default() };
        let looked = look(DEPLOYMENT, &replicas(declared), &replicas(live), &with);
        assert_eq!(lines(&looked.comparison.attributes), expect, "{declared} {applied:?} {live}");
    };
    check(2, Some(2), 2, &[]);
    check(3, Some(2), 2, &["spec.replicas pending"]);
    check(2, Some(2), 5, &["spec.replicas drifted"]);
    check(3, Some(2), 5, &["spec.replicas conflict"]);
    check(5, Some(2), 5, &["spec.replicas codified"]);
    check(2, None, 5, &["spec.replicas drifted"]);
    check(2, None, 2, &[]);
}

#[test]
fn what_was_taken_away_by_hand_is_found_where_it_was() {
    let env = |names: &[&str]| {
        let items: Vec<Json> = names.iter().map(|name| json!({"name": name, "value": "1"})).collect();
        container(json!({"env": items}))
    };
    check(DEPLOYMENT, env(&["A", "B"]), env(&["A"]), &[&format!("{WEB}.env[name=B] drifted")]);
    check(DEPLOYMENT, env(&["A"]), container(json!({})), &[&format!("{WEB}.env[name=A] drifted")]);
    let labels = |labels: Json| json!({"metadata": {"labels": labels}});
    check(DEPLOYMENT, labels(json!({"a": "1", "b": "2"})), labels(json!({"a": "1"})), &["metadata.labels.b drifted"]);
    check(
        DEPLOYMENT,
        labels(json!({"a": "1", "b": "2"})),
        json!({}),
        &["metadata.labels.a drifted", "metadata.labels.b drifted"],
    );
    let probe = container(json!({"livenessProbe": {"httpGet": {"port": 80}}}));
    check(DEPLOYMENT, probe, container(json!({})), &[&format!("{WEB}.livenessProbe drifted")]);
}

#[test]
fn defaults_are_no_difference() {
    let defaulted =
        json!({"image": "nginx", "imagePullPolicy": "Always", "terminationMessagePolicy": "File", "resources": {}});
    rule(
        DEPLOYMENT,
        container(json!({"image": "nginx"})),
        container(defaulted),
        container(json!({"image": "nginx:1"})),
        &format!("{WEB}.image"),
    );
}

#[test]
fn items_are_told_apart_by_their_keys_and_not_by_their_place() {
    let ports = |ports: Json| container(json!({ "ports": ports }));
    let declared = json!([{"containerPort": 53}, {"containerPort": 53, "protocol": "UDP", "name": "dns"}]);
    let (tcp, udp) = (
        json!({"containerPort": 53, "protocol": "TCP"}),
        json!({"containerPort": 53, "protocol": "UDP", "name": "dns"}),
    );
    rule(
        DEPLOYMENT,
        ports(declared),
        ports(json!([udp, tcp])),
        ports(json!([tcp, {"containerPort": 53, "protocol": "UDP", "name": "other"}])),
        &format!("{WEB}.ports[containerPort,protocol=53,UDP].name"),
    );
    let service = |ports: Json| json!({"spec": {"ports": ports}});
    rule(
        "v1/Service",
        service(json!([{"port": 80, "name": "a"}])),
        service(json!([{"port": 80, "name": "a", "protocol": "TCP", "targetPort": 80, "nodePort": 30000}])),
        service(json!([{"port": 80, "name": "b", "protocol": "TCP"}])),
        "spec.ports[port,protocol=80,TCP].name",
    );
}

#[test]
fn what_is_one_value_is_compared_as_one() {
    let args = |args: &[&str]| container(json!({ "args": args }));
    rule(DEPLOYMENT, args(&["a", "b"]), args(&["a", "b"]), args(&["b", "a"]), &format!("{WEB}.args"));
    check(DEPLOYMENT, args(&["a"]), args(&["a", "b"]), &[&format!("{WEB}.args drifted")]);
    let pod = |spec: Json| json!({"spec": {"template": {"spec": spec}}});
    let toleration = |more: Json| {
        let mut one = json!({"key": "a", "operator": "Exists"});
        one.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        pod(json!({"tolerations": [one]}))
    };
    rule(
        DEPLOYMENT,
        toleration(json!({})),
        toleration(json!({})),
        toleration(json!({"tolerationSeconds": 0})),
        "spec.template.spec.tolerations",
    );
    // What the server puts into a value that is owned as a whole is folded; everything else in it counts.
    let policy = |port: Json| json!({"spec": {"podSelector": {}, "ingress": [{"ports": [port]}]}});
    rule(
        "networking.k8s.io/v1/NetworkPolicy",
        policy(json!({"port": 80})),
        policy(json!({"port": 80, "protocol": "TCP"})),
        policy(json!({"port": 80, "protocol": "UDP"})),
        "spec.ingress",
    );
    let selector = |peer: Json| json!({"spec": {"podSelector": {}, "ingress": [{"from": [peer]}]}});
    check(
        "networking.k8s.io/v1/NetworkPolicy",
        selector(json!({"podSelector": {"matchLabels": {"a": "b"}}})),
        selector(json!({"podSelector": {"matchLabels": {"a": "b"}}, "namespaceSelector": {}})),
        &["spec.ingress drifted"],
    );
}

#[test]
fn metrics_of_an_autoscaler_come_in_any_order() {
    let metric = |name: &str, value: i64| json!({"type": "Resource", "resource": {"name": name, "target": {"type": "Utilization", "averageUtilization": value}}});
    let hpa = |metrics: &[Json]| json!({"spec": {"maxReplicas": 5, "metrics": metrics}});
    let (cpu, memory) = (metric("cpu", 60), metric("memory", 70));
    rule(
        "autoscaling/v2/HorizontalPodAutoscaler",
        hpa(&[cpu.clone(), memory.clone()]),
        hpa(&[memory.clone(), cpu.clone()]),
        hpa(&[memory, metric("cpu", 61)]),
        "spec.metrics",
    );
    check(
        "autoscaling/v2/HorizontalPodAutoscaler",
        hpa(&[cpu.clone(), cpu.clone()]),
        hpa(&[cpu]),
        &["spec.metrics drifted"],
    );
}

#[test]
fn quantities_and_ports_may_be_spelled_otherwise_where_the_schema_says_so() {
    let limits = |memory: Json| container(json!({"resources": {"limits": {"memory": memory}}}));
    let path = format!("{WEB}.resources.limits.memory");
    rule(DEPLOYMENT, limits(json!("1024Mi")), limits(json!("1Gi")), limits(json!("1G")), &path);
    let env = |value: &str| container(json!({"env": [{"name": "LIMIT", "value": value}]}));
    rule(DEPLOYMENT, env("1024Mi"), env("1024Mi"), env("1Gi"), &format!("{WEB}.env[name=LIMIT].value"));
    let port = |port: Json| json!({"spec": {"ports": [{"port": 80, "targetPort": port}]}});
    rule(
        "v1/Service",
        port(json!(8080)),
        port(json!("8080")),
        port(json!(8081)),
        "spec.ports[port,protocol=80,TCP].targetPort",
    );
    let duration = |text: &str| json!({"spec": {"duration": text, "commonName": "1h"}});
    rule(
        "cert-manager.io/v1/Certificate",
        duration("2160h"),
        duration("2160h0m0s"),
        duration("2161h"),
        "spec.duration",
    );
    let name = |text: &str| json!({"spec": {"commonName": text}});
    rule("cert-manager.io/v1/Certificate", name("1h"), name("1h"), name("60m"), "spec.commonName");
}

#[test]
fn zero_values_are_dropped_where_the_server_drops_them() {
    let spec = |spec: Json| json!({"spec": {"template": {"spec": spec}}});
    let path = |field: &str| format!("spec.template.spec.{field}");
    rule(
        DEPLOYMENT,
        spec(json!({"hostNetwork": false})),
        spec(json!({})),
        spec(json!({"hostNetwork": true})),
        &path("hostNetwork"),
    );
    rule(
        DEPLOYMENT,
        spec(json!({"tolerations": []})),
        spec(json!({})),
        spec(json!({"tolerations": [{"operator": "Exists"}]})),
        &path("tolerations"),
    );
    rule(
        DEPLOYMENT,
        spec(json!({"subdomain": ""})),
        spec(json!({})),
        spec(json!({"subdomain": "a"})),
        &path("subdomain"),
    );
    // Pointers are kept: without the field something else holds.
    for field in ["automountServiceAccountToken", "enableServiceLinks", "shareProcessNamespace"] {
        check(DEPLOYMENT, spec(json!({ field: false })), spec(json!({})), &[&format!("{} drifted", path(field))]);
    }
    let user = spec(json!({"securityContext": {"runAsUser": 0}}));
    check(
        DEPLOYMENT,
        user,
        spec(json!({"securityContext": {}})),
        &[&format!("{} drifted", path("securityContext.runAsUser"))],
    );
    let class = json!({"spec": {"storageClassName": ""}});
    check("v1/PersistentVolumeClaim", class.clone(), json!({"spec": {}}), &["spec.storageClassName drifted"]);
    check(
        "v1/PersistentVolumeClaim",
        class,
        json!({"spec": {"storageClassName": "fast"}}),
        &["spec.storageClassName drifted"],
    );
    // Of an extension the server drops nothing.
    let custom = |value: Json| json!({"spec": value});
    check("example.com/v1/Thing", custom(json!({"on": false})), custom(json!({})), &["spec.on drifted"]);
    rule(
        DEPLOYMENT,
        json!({"metadata": {"annotations": null, "labels": {}}, "spec": {"replicas": 1}}),
        json!({"spec": {"replicas": 1}}),
        json!({"spec": {"replicas": 2}}),
        "spec.replicas",
    );
}

#[test]
fn secrets_are_compared_and_not_shown() {
    let plain = json!({"stringData": {"password": "hunter2"}, "type": "Opaque"});
    rule(
        "v1/Secret",
        plain.clone(),
        json!({"data": {"password": "aHVudGVyMg=="}, "type": "Opaque"}),
        json!({"data": {"password": "aHVudGVyMw=="}, "type": "Opaque"}),
        "data.password",
    );
    let added = json!({"data": {"password": "aHVudGVyMg==", "extra": "aHVudGVyMg=="}, "type": "Opaque",
        "metadata": {"managedFields": [super::by_owner::entry("kubectl-edit", "Update", json!({"f:data": {"f:extra": {}}}))]}});
    let looked = look("v1/Secret", &plain, &added, &With::default());
    assert_eq!(lines(&looked.comparison.attributes), ["data.extra drifted"]);
    let shown = format!("{:?} {:?}", looked.comparison, looked.projected);
    assert!(!shown.contains("aHVudGVyMg") && !shown.contains("hunter2"), "{shown}");
}

#[test]
fn the_server_rewrites_what_it_rewrites_and_nothing_else() {
    let role = |group: &str| json!({"roleRef": {"kind": "Role", "name": "r", "apiGroup": group}});
    let binding = "rbac.authorization.k8s.io/v1/RoleBinding";
    rule(binding, role(""), role("rbac.authorization.k8s.io"), role("example.com"), "roleRef");
    let service = |spec: Json| json!({ "spec": spec });
    rule(
        "v1/Service",
        service(json!({"clusterIP": "", "type": "ClusterIP"})),
        service(json!({"clusterIP": "10.0.0.9", "type": "ClusterIP"})),
        service(json!({"clusterIP": "10.0.0.9", "type": "NodePort"})),
        "spec.type",
    );
    check(
        "v1/Service",
        service(json!({"clusterIP": "None"})),
        service(json!({"clusterIP": "10.0.0.9"})),
        &["spec.clusterIP drifted"],
    );
    let port = |port: Json| json!({"spec": {"ports": [port]}});
    let declared = port(json!({"port": 80, "nodePort": 0, "targetPort": ""}));
    check(
        "v1/Service",
        declared,
        port(json!({"port": 80, "protocol": "TCP", "nodePort": 30001, "targetPort": 80})),
        &[],
    );
    let declared = port(json!({"port": 80, "nodePort": 30002, "targetPort": 81}));
    check(
        "v1/Service",
        declared,
        port(json!({"port": 80, "protocol": "TCP", "nodePort": 30001, "targetPort": 80})),
        &["spec.ports[port,protocol=80,TCP].nodePort drifted", "spec.ports[port,protocol=80,TCP].targetPort drifted"],
    );
}

#[test]
fn limits_are_completed_as_the_server_completes_them() {
    let limits = |item: Json| json!({"spec": {"limits": [item]}});
    rule(
        "v1/LimitRange",
        limits(json!({"type": "Container", "max": {"cpu": "2"}})),
        limits(
            json!({"type": "Container", "max": {"cpu": "2"}, "default": {"cpu": "2000m"}, "defaultRequest": {"cpu": "2"}}),
        ),
        limits(
            json!({"type": "Container", "max": {"cpu": "2"}, "default": {"cpu": "1"}, "defaultRequest": {"cpu": "1"}}),
        ),
        "spec.limits",
    );
}

#[test]
fn claims_of_a_stateful_set_are_compared_inside() {
    let claim = |more: Json| {
        let mut one = json!({"metadata": {"name": "data"}, "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1024Mi"}}}});
        one.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        json!({"spec": {"volumeClaimTemplates": [one]}})
    };
    let filled = |size: &str| {
        json!({"apiVersion": "v1", "kind": "PersistentVolumeClaim", "status": {"phase": "Pending"},
        "metadata": {"name": "data", "creationTimestamp": null},
        "spec": {"accessModes": ["ReadWriteOnce"], "volumeMode": "Filesystem", "resources": {"requests": {"storage": size}}}})
    };
    rule(
        "apps/v1/StatefulSet",
        claim(json!({})),
        claim(filled("1Gi")),
        claim(filled("2Gi")),
        "spec.volumeClaimTemplates",
    );
}

#[test]
fn fields_that_no_schema_has_cannot_be_told() {
    let declared = json!({"spec": {"replicas": 1, "invented": 1}});
    let looked = look(DEPLOYMENT, &declared, &json!({"spec": {"replicas": 2}}), &With::default());
    assert_eq!(lines(&looked.comparison.attributes), ["spec.replicas drifted"]);
    let expect = ("spec.invented".parse().unwrap(), "the server's schema has no such field".to_owned());
    assert_eq!(looked.comparison.unverifiable, [expect]);
}

#[test]
fn values_that_only_a_deploy_knows_cannot_be_told() {
    let declared = json!({"spec": {"replicas": {"Fn::Unknown": "a template"}, "paused": true}});
    let looked = look(DEPLOYMENT, &declared, &json!({"spec": {"replicas": 2}}), &With::default());
    assert_eq!(lines(&looked.comparison.attributes), ["spec.paused drifted"]);
    assert_eq!(looked.comparison.unverifiable[0].1, "a template");
    let inside = container(json!({"args": ["a", {"Fn::Unknown": "a template"}]}));
    let looked = look(DEPLOYMENT, &inside, &container(json!({"args": ["b", "c"]})), &With::default());
    assert_eq!(looked.comparison.unverifiable.len(), 1);
    assert!(looked.comparison.attributes.is_empty());
}

#[test]
fn items_of_the_same_key_are_compared_by_their_place_and_named() {
    let env = |values: &[&str]| {
        let items: Vec<Json> = values.iter().map(|value| json!({"name": "A", "value": value})).collect();
        container(json!({ "env": items }))
    };
    let looked = look(DEPLOYMENT, &env(&["1", "2"]), &env(&["1", "3"]), &With::default());
    assert_eq!(lines(&looked.comparison.attributes), [format!("{WEB}.env[1].value drifted")]);
    assert!(looked.comparison.unverifiable[0].1.contains("same key"));
    let looked = look(DEPLOYMENT, &env(&["1", "2"]), &env(&["1", "2"]), &With::default());
    assert!(looked.comparison.attributes.is_empty());
}
