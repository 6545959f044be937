//! On what a 1.33 server wrote (`scripts/record-kubernetes-rollouts.sh`).

use serde_json::json;

use super::*;
use crate::model::{DriftId, Location, Presence, Provider, Scope, Verdict};

const RECORDED: &str = include_str!("../../../tests/fixtures/kubernetes/audit.jsonl");

fn nothing(_: &ResourceType, _: &str) -> Option<&'static Value> {
    None
}

/// Who, with what, to what, and the attributes.
fn told(evidence: &[Evidence]) -> Vec<String> {
    let tell = |evidence: &Evidence| {
        let actor = evidence.actor.as_ref().unwrap();
        let paths: Vec<_> = evidence.paths.iter().map(ToString::to_string).collect();
        let via = actor.via.as_deref().unwrap_or("?");
        let paths = if paths.is_empty() { "as a whole".to_owned() } else { paths.join(" ") };
        format!("{} {via} {} {}: {paths}", actor.name, evidence.resource_type, evidence.identifier)
    };
    evidence.iter().map(tell).collect()
}

#[test]
fn people_and_what_they_touched_are_told_and_dry_runs_and_status_are_not() {
    let (events, bad) = parse(RECORDED);
    assert_eq!((events.len(), bad), (33, 0));
    let found = evidence(&events, &Settings::default(), nothing);
    // Fewer: the status written by the control plane, `kubectl diff`, and a refused patch.
    insta::assert_snapshot!(told(&found).join("\n"), @r#"
    deployer kubectl apps/v1/Deployment shop/web: as a whole
    deployer kubectl apps/v1/Deployment shop/web: spec.template.spec.containers[name=web].image
    deployer kubectl apps/v1/Deployment shop/web: spec.template.spec.containers[name=web].image
    alice kubectl apps/v1/Deployment shop/web: metadata.annotations spec.template
    alice kubectl apps/v1/Deployment shop/web: metadata.annotations spec.template
    deployer kubectl apps/v1/Deployment shop/web: as a whole
    alice kubectl apps/v1/Deployment shop/web: spec.template.metadata.annotations["kubectl.kubernetes.io/restartedAt"]
    alice kubectl apps/v1/Deployment shop/web: spec.replicas
    alice kubectl apps/v1/Deployment shop/web: spec.template.spec.containers[name=web].image
    deployer kubectl apps/v1/Deployment shop/web: spec.replicas spec.template.spec.containers[name=web].image
    alice kubectl apps/v1/Deployment shop/web: spec.template.spec.containers[name=web].image
    alice kubectl apps/v1/Deployment shop/web: metadata.annotations spec.template
    deployer kubectl apps/v1/Deployment shop/web: spec.template.spec.containers[name=web].image
    alice kubectl apps/v1/Deployment shop/web: spec.template.spec.containers[name=web].env[name=HOTFIX].value
    deployer kubectl apps/v1/Deployment shop/web: spec.template.spec.containers[name=web].image
    deployer kubectl apps/v1/Deployment shop/web: spec.template.spec.containers[name=web].image
    alice kubectl apps/v1/Deployment shop/web: metadata.annotations spec.template
    alice kubectl apps/v1/Deployment shop/web: spec.template.spec.containers[name=web].env[name=LEVEL].value
    alice kubectl apps/v1/Deployment shop/web: spec.template.spec.containers
    alice kubectl apps/v1/Deployment shop/web: metadata.labels.team
    alice kubectl apps/v1/Deployment shop/web: spec.template.spec.containers[name=web].env[name=LEVEL]
    alice kubectl apps/v1/Deployment shop/web: spec.revisionHistoryLimit
    alice kubectl apps/v1/Deployment shop/web: metadata.annotations["example.com/note"]
    alice kubectl v1/ConfigMap shop/flags: as a whole
    alice kubectl v1/Secret shop/key: as a whole
    alice kubectl v1/ConfigMap shop/flags: as a whole
    deployer kubectl apps/v1/Deployment shop/web: as a whole
    deployer kubectl apps/v1/Deployment shop/web: as a whole
    alice kubectl apps/v1/Deployment shop/web: spec.replicas
    "#);
    assert!(!format!("{events:?}{found:?}").contains("aHVudGVyMg"), "values of secrets are in nothing that is shown");
}

#[test]
fn a_change_is_joined_with_the_person_who_made_it_and_nobody_else() {
    let (events, _) = parse(RECORDED);
    let found = evidence(&events, &Settings::default(), nothing);
    let actors = |path: &str| -> Vec<&str> {
        let path: AttributePath = path.parse().unwrap();
        let about = found.iter().filter(|evidence| evidence.paths.iter().any(|own| own.is_within(&path)));
        about
            .filter(|evidence| evidence.identifier == "shop/web")
            .map(|evidence| evidence.actor.as_ref().unwrap().name.as_str())
            .collect()
    };
    assert_eq!(actors("spec.revisionHistoryLimit"), ["alice"]);
    assert_eq!(actors("metadata.labels.team"), ["alice"]);
    // Added, and taken away again: a removal is seen as well.
    assert_eq!(actors("spec.template.spec.containers[name=web].env[name=LEVEL]"), ["alice", "alice"]);
    assert_eq!(actors("spec.minReadySeconds"), [""; 0]);
}

fn event(more: serde_json::Value) -> Event {
    let mut event = json!({"stage": "ResponseComplete", "verb": "patch", "requestURI": "/apis/apps/v1/namespaces/shop/deployments/web",
        "user": {"username": "alice"}, "userAgent": "kubectl/v1.33.1 (linux/amd64) kubernetes/8adc0f0", "responseStatus": {"code": 200},
        "objectRef": {"resource": "deployments", "namespace": "shop", "name": "web", "apiGroup": "apps", "apiVersion": "v1"},
        "requestObject": {"spec": {"replicas": 3}}, "stageTimestamp": "2026-03-01T12:00:00.123456Z"});
    for (name, value) in more.as_object().unwrap() {
        event[name] = value.clone();
    }
    serde_json::from_value(event).unwrap()
}

fn of(more: serde_json::Value) -> Vec<Evidence> {
    evidence(&[event(more)], &Settings::default(), nothing)
}

#[test]
fn only_what_was_carried_out_is_a_change() {
    let check = |more: serde_json::Value, expect: usize| assert_eq!(of(more.clone()).len(), expect, "{more}");
    check(json!({}), 1);
    check(json!({"stage": "RequestReceived"}), 0);
    check(json!({"verb": "get"}), 0);
    check(json!({"responseStatus": {"code": 403}}), 0);
    check(json!({"responseStatus": null}), 0);
    check(json!({"requestURI": "/apis/apps/v1/namespaces/shop/deployments/web?dryRun=All&fieldManager=x"}), 0);
    check(json!({"verb": "delete", "requestObject": {"kind": "DeleteOptions", "dryRun": ["All"]}}), 0);
    check(json!({"verb": "delete", "requestObject": {"kind": "DeleteOptions"}}), 1);
    check(
        json!({"objectRef": {"resource": "deployments", "namespace": "shop", "name": "web", "apiGroup": "apps", "apiVersion": "v1", "subresource": "status"}}),
        0,
    );
    check(json!({"user": {"username": "system:serviceaccount:kube-system:deployment-controller"}}), 0);
    check(json!({"user": {"username": "system:node:n1"}}), 0);
    check(json!({"requestObject": {"metadata": {"resourceVersion": "7"}}}), 0);
}

#[test]
fn a_deletion_is_of_the_whole_unless_something_holds_the_object() {
    let event = [event(json!({"verb": "delete", "requestObject": {"kind": "DeleteOptions"}}))];
    assert_eq!(
        told(&evidence(&event, &Settings::default(), nothing)),
        ["alice kubectl apps/v1/Deployment shop/web: as a whole"]
    );
    let live = Value::from_json(&json!({"spec": {"replicas": 3}}));
    let held = evidence(&event, &Settings::default(), |_, _| Some(&live));
    assert_eq!(told(&held), ["alice kubectl apps/v1/Deployment shop/web: metadata.deletionTimestamp"]);
}

#[test]
fn actors_are_who_the_server_says_they_are() {
    let check = |user: serde_json::Value, name: &str, kind: ActorKind| {
        let found = of(json!({"user": user}));
        let actor = found[0].actor.clone().unwrap();
        assert_eq!((actor.name.as_str(), actor.kind, actor.via.as_deref()), (name, kind, Some("kubectl")));
    };
    let robot = "system:serviceaccount:ci:deployer";
    check(json!({"username": "alice"}), "alice", ActorKind::Person);
    check(json!({"username": robot}), robot, ActorKind::Automation);
    check(
        json!({"username": "admin-role", "extra": {"sessionName": ["alice@example.com"], "arn": ["arn:aws:sts::1:assumed-role/admin/x"]}}),
        "alice@example.com",
        ActorKind::Person,
    );
    let impersonated = of(json!({"user": {"username": "admin"}, "impersonatedUser": {"username": "alice"}}));
    assert_eq!(impersonated[0].actor.as_ref().unwrap().name, "alice");
    let settings = Settings { automation: vec!["pipeline-*".into()], ..Settings::default() };
    let found = evidence(&[event(json!({"user": {"username": "pipeline-7"}}))], &settings, nothing);
    assert_eq!(found[0].actor.as_ref().unwrap().kind, ActorKind::Automation);
}

#[test]
fn tools_are_known_by_their_user_agents() {
    let check = |user_agent: &str, expect: Option<&str>| assert_eq!(tool(user_agent).as_deref(), expect);
    check("kubectl/v1.33.1 (linux/amd64) kubernetes/8adc0f0", Some("kubectl"));
    check("Helm/3.18.4", Some("helm"));
    check("argocd-application-controller/v3.1.0", Some("argocd"));
    check("kustomize-controller/v1.6.0", Some("flux"));
    check("k9s/v0.50", Some("k9s"));
    check("", None);
}

#[test]
fn bodies_say_what_they_touch() {
    let check = |body: serde_json::Value, expect: &[&str]| {
        let found = of(json!({"requestObject": body}));
        let paths: Vec<_> = found.iter().flat_map(|found| &found.paths).map(ToString::to_string).collect();
        assert_eq!(paths, expect, "{body}");
    };
    let containers = |container: serde_json::Value| json!({"spec": {"template": {"spec": {"containers": [container], "$setElementOrder/containers": [{"name": "web"}]}}}});
    let web = "spec.template.spec.containers[name=web]";
    check(containers(json!({"name": "web", "image": "a:2"})), &[&format!("{web}.image")]);
    check(containers(json!({"name": "web", "$patch": "delete"})), &[web]);
    check(
        containers(json!({"name": "web", "args": ["-v"], "resources": {"limits": {"cpu": null}}})),
        &[&format!("{web}.args"), &format!("{web}.resources.limits.cpu")],
    );
    check(
        json!({"spec": {"template": {"spec": {"containers": [{"name": "web", "env": [{"name": "A", "$patch": "delete"}]}]}}}}),
        &[&format!("{web}.env[name=A]")],
    );
    check(
        json!({"metadata": {"labels": {"app.kubernetes.io/name": "web"}, "annotations": null}}),
        &["metadata.annotations", "metadata.labels[\"app.kubernetes.io/name\"]"],
    );
    check(json!({"metadata": {"$deleteFromPrimitiveList/finalizers": ["x"]}}), &["metadata.finalizers"]);
    check(json!({"spec": {"strategy": {"$patch": "replace", "type": "Recreate"}}}), &["spec.strategy"]);
    check(
        json!([{"op": "replace", "path": "/spec/template/spec/containers/0/image", "value": "x"}]),
        &["spec.template.spec.containers"],
    );
    check(
        json!([{"op": "add", "path": "/metadata/labels/a~1b", "value": "x"}, {"op": "test", "path": "/status/x"}]),
        &["metadata.labels.a/b"],
    );
}

#[test]
fn of_a_whole_configuration_only_what_still_stands_is_named() {
    let live = Value::from_json(&json!({"spec": {"replicas": 3, "paused": true,
        "template": {"spec": {"containers": [{"name": "web", "image": "a:9"}]}}}}));
    let body = json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web"}, "spec": {"replicas": 3,
        "template": {"spec": {"containers": [{"name": "web", "image": "a:1"}]}}}});
    for verb in ["update", "patch"] {
        let event = event(json!({"verb": verb, "requestObject": body}));
        let found = evidence(std::slice::from_ref(&event), &Settings::default(), |_, _| Some(&live));
        let paths: Vec<_> = found[0].paths.iter().map(ToString::to_string).collect();
        assert_eq!(paths, ["spec.replicas"], "somebody changed the image after it: {verb}");
        assert_eq!(evidence(&[event], &Settings::default(), nothing)[0].paths, [], "what lives is not known");
    }
}

#[test]
fn an_extension_is_known_by_its_body_or_by_what_the_server_serves() {
    let reference = json!({"resource": "rollouts", "namespace": "shop", "name": "web", "apiGroup": "argoproj.io", "apiVersion": "v1alpha1"});
    let patch = event(
        json!({"objectRef": reference, "requestObject": {"spec": {"containers": [{"name": "web", "image": "x"}]}}}),
    );
    assert!(evidence(std::slice::from_ref(&patch), &Settings::default(), nothing).is_empty());
    let kinds = [(("argoproj.io".to_owned(), "rollouts".to_owned()), "Rollout".to_owned())].into();
    let settings = Settings { kinds, ..Settings::default() };
    let found = evidence(&[patch], &settings, nothing);
    assert_eq!(found[0].resource_type.as_str(), "argoproj.io/v1alpha1/Rollout");
    // Lists of extensions are merged as a whole.
    assert_eq!(found[0].paths, [AttributePath::keys(["spec", "containers"])]);
}

#[test]
fn lists_of_webhooks_are_read_and_what_is_no_event_is_counted() {
    let (lines, _) = parse(RECORDED);
    let items: Vec<serde_json::Value> = RECORDED.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let list = json!({"kind": "EventList", "apiVersion": "audit.k8s.io/v1", "items": items}).to_string();
    assert_eq!(parse(&list).0.len(), lines.len());
    assert_eq!(parse("{}\nnonsense\n\n").1, 2);
}

/// A drift of one attribute as a scan finds it.
fn drift(path: &str) -> crate::model::Drift {
    let resource_type: ResourceType = "apps/v1/Deployment".into();
    let at = |text: &str| text.parse().unwrap();
    crate::model::Drift {
        id: DriftId::of("shop", &resource_type, "Deployment/shop/web"),
        stack: "shop".into(),
        environment: "production".into(),
        scope: Scope {
            provider: Provider::Kubernetes,
            account: None,
            region: None,
            cluster: Some("test".into()),
            namespace: None,
        },
        resource_type,
        address: "Deployment/shop/web".into(),
        identifier: Some("shop/web".into()),
        source: Some(Location::new("web.yaml", 1, 1)),
        presence: Presence::Present,
        attributes: vec![crate::model::AttributeDrift {
            path: path.parse().unwrap(),
            declared: Some(1.into()),
            applied: Some(1.into()),
            live: Some(5.into()),
            standing: crate::model::Standing::Drifted,
            basis: crate::model::Basis::Declaration,
            note: None,
        }],
        first_seen: at("2030-01-01T00:00:00Z"),
        last_seen: at("2030-01-01T00:00:00Z"),
        changed_between: (None, at("2030-01-01T00:00:00Z")),
        actor: None,
        actor_evidence: None,
        stale: false,
        verdict: Verdict::Unexplained,
        explanations: Vec::new(),
        violations: Vec::new(),
        due_at: None,
    }
}

#[test]
fn a_drift_gets_the_person_of_the_log() {
    let (events, _) = parse(RECORDED);
    let found = evidence(&events, &Settings::default(), nothing);
    let people = crate::ledger::policy::People::default();
    let policy = crate::ledger::policy::Policy::default();
    let fingerprints = crate::model::Fingerprinter::new(*b"key");
    let context = crate::matching::Context {
        now: "2030-01-01T00:00:00Z".parse().unwrap(),
        records: &[],
        evidence: &found,
        ignore_rules: &[],
        people: &people,
        policy: &policy,
        fingerprints: &fingerprints,
    };
    let matcher = crate::matching::Matcher::new(&context);
    for path in ["spec.revisionHistoryLimit", "spec.template.spec.containers[name=web].image"] {
        let mut drift = drift(path);
        matcher.judge(&mut drift);
        let actor = drift.actor.unwrap();
        let is_alice = (actor.name.as_str(), actor.via.as_deref(), drift.actor_evidence);
        assert_eq!(is_alice, ("alice", Some("kubectl"), Some(EvidenceSource::AuditLog)), "{path}");
    }
}
