//! Commands and their effects: by hand, and as kubectl itself changes an object.

use std::collections::BTreeMap;

use proptest::prelude::*;
use serde::Deserialize;
use serde_json::Value as Json;

use super::*;
use crate::ledger::commands::{Reading, effects, read as read_line};
use crate::schema::kubernetes::attributes;

fn line(text: &str) -> CommandLine {
    CommandLine { text: text.to_owned(), at: None }
}

fn reading(text: &str) -> Reading {
    read_line(&line(text)).unwrap()
}

#[track_caller]
fn check(text: &str, expect: &[&str]) {
    let tell = |effect: &Effect| {
        let value = match &effect.prediction {
            Prediction::Is(value) => format!("= {}", value.to_json()),
            Prediction::Contains(value) => format!("+= {}", value.to_json()),
            Prediction::Unspecified => "= ?".to_owned(),
            Prediction::Eventually(_) | Prediction::Lacks(_) => panic!("{text}"),
        };
        format!("{} {} {} {value}", effect.resource_type, effect.target, effect.path)
    };
    assert_eq!(effects([&line(text)]).iter().map(tell).collect::<Vec<_>>(), expect, "{text}");
}

#[test]
fn objects_have_many_spellings() {
    let replicas = |target: &str| format!("apps/v1/Deployment {target} spec.replicas = 3");
    check("kubectl scale deployment web --replicas=3", &[&replicas("?/web")]);
    check("kubectl scale deploy/web --replicas 3 -n shop", &[&replicas("shop/web")]);
    check("k -n shop scale deployments.apps/web --replicas=3 --current-replicas=2", &[&replicas("shop/web")]);
    check(
        "kubectl --context prod scale -nshop --replicas=3 deploy/web deploy/api",
        &[&replicas("shop/web"), &replicas("shop/api")],
    );
    check("kubectl scale deploy web api --replicas=3 --namespace=$NS", &[&replicas("?/web"), &replicas("?/api")]);
    check("kubectl scale deploy --all --replicas=3 -n shop", &[&replicas("shop/?")]);
    check("kubectl scale deploy -l app=web --replicas=3 -n shop", &[&replicas("shop/?")]);
    check("kubectl scale deploy/<name> --replicas=3 -n shop", &[&replicas("shop/?")]);
    check("sudo KUBECONFIG=x kubectl scale deploy/web --replicas=$N", &["apps/v1/Deployment ?/web spec.replicas = ?"]);
    check("oc scale sts/db --replicas=3", &["apps/v1/StatefulSet ?/db spec.replicas = 3"]);
}

#[test]
fn verbs_have_their_effects() {
    let deployment = |what: &str| format!("apps/v1/Deployment shop/web {what}");
    let check_one = |text: &str, expect: &str| check(&format!("kubectl -n shop {text}"), &[&deployment(expect)]);
    check_one("set image deploy/web web=web:2", "spec.template.spec.containers[name=web].image = \"web:2\"");
    check_one("set image deploy/web '*=web:2'", "spec.template.spec.containers[name=*].image = \"web:2\"");
    check_one("set image deploy/web web=$IMAGE", "spec.template.spec.containers[name=web].image = ?");
    check_one("set image deploy/web $CONTAINER=web:2", "spec.template.spec.containers[name=*].image = ?");
    check_one(
        "set env deploy/web -c web LEVEL=debug",
        "spec.template.spec.containers[name=web].env[name=LEVEL] = {\"name\":\"LEVEL\",\"value\":\"debug\"}",
    );
    check_one("set env deploy/web LEVEL-", "spec.template.spec.containers[name=*].env[name=LEVEL] = null");
    check_one("set env deploy/web -c 'w*' A=1", "spec.template.spec.containers[name=*].env[name=A] = ?");
    check_one("set env deploy/web --from=configmap/x", "spec.template.spec.containers[name=*].env = ?");
    check_one(
        "set resources deploy web -c=web --limits=memory=1024Mi",
        "spec.template.spec.containers[name=web].resources.limits.memory = \"1Gi\"",
    );
    check_one("label deploy/web app.kubernetes.io/name=x", "metadata.labels[\"app.kubernetes.io/name\"] = \"x\"");
    check_one("annotate deploy/web owner-", "metadata.annotations.owner = null");
    check_one("rollout undo deploy/web --to-revision=3", "spec.template = ?");
    check_one(
        "rollout restart deploy/web",
        "spec.template.metadata.annotations[\"kubectl.kubernetes.io/restartedAt\"] = ?",
    );
    check_one("rollout pause deploy/web", "spec.paused = true");
    check_one("rollout resume deploy web", "spec.paused = null");
    check_one("delete deploy web --grace-period=0 --force", " = null");
    check_one("patch deploy web -p '{\"spec\":{\"replicas\":4}}'", "spec.replicas = 4");
    check_one("patch deploy web --patch-file p.yaml", " = ?");
    check_one("patch deploy web -p \"$PATCH\"", " = ?");
    check_one("patch deploy web -p '{\"spec\":{\"replicas\":\"$N\"}}'", "spec.replicas = ?");
    check(
        "kubectl -n shop patch secret db -p '{\"stringData\":{\"password\":\"hunter2\"}}'",
        &["v1/Secret shop/db data = ?"],
    );
    check(
        "kubectl -n shop autoscale deploy/web --min=2 --max=10 --cpu-percent=80",
        &[
            "autoscaling/v2/HorizontalPodAutoscaler shop/web spec.metrics = ?",
            "autoscaling/v2/HorizontalPodAutoscaler shop/web spec.minReplicas = 2",
            "autoscaling/v2/HorizontalPodAutoscaler shop/web spec.maxReplicas = 10",
        ],
    );
    check("kubectl cordon n1 n2", &["v1/Node n1 spec.unschedulable = true", "v1/Node n2 spec.unschedulable = true"]);
    check("kubectl uncordon n1", &["v1/Node n1 spec.unschedulable = null"]);
    check("kubectl taint nodes n1 gpu=true:NoSchedule", &["v1/Node n1 spec.taints = ?"]);
    check("kubectl delete clusterrole reader", &["rbac.authorization.k8s.io/v1/ClusterRole reader  = null"]);
}

#[test]
fn what_only_reads_or_tries_has_no_effect() {
    for text in [
        "kubectl get deploy web -o yaml",
        "kubectl rollout status deploy/web",
        "kubectl scale deploy/web --replicas=3 --dry-run=server",
        "kubectl label deploy/web --list",
        "kubectl exec -it web-0 -- sh -c 'kubectl delete deploy web'",
        "kubectl logs deploy/web -f",
    ] {
        let reading = reading(text);
        assert!(reading.effects.is_empty() && reading.is_understood, "{text}");
    }
}

#[test]
fn what_stands_in_a_file_or_editor_is_not_understood() {
    for text in [
        "kubectl apply -f web.yaml",
        "kubectl edit deploy/web",
        "kubectl replace -f web.yaml --force",
        "kubectl delete -f web.yaml",
        "kubectl scale rollouts.argoproj.io/web --replicas=3",
        "kubectl $VERB deploy/web",
        "kubectl",
    ] {
        let reading = reading(text);
        assert!(reading.effects.is_empty() && !reading.is_understood, "{text}");
    }
}

#[test]
fn an_object_is_named_by_a_command_that_does_not_show_what_becomes_of_it() {
    let subjects = |text: &str| {
        let told: Vec<String> =
            reading(text).subjects.iter().map(|one| format!("{} {}", one.resource_type, one.target)).collect();
        told.join(", ")
    };
    assert_eq!(subjects("kubectl -n shop edit deploy/web"), "apps/v1/Deployment shop/web");
    assert_eq!(subjects("kubectl -n shop edit cm settings"), "v1/ConfigMap shop/settings");
    assert_eq!(subjects("kubectl expose deploy web --port=80"), "apps/v1/Deployment ?/web");
    assert_eq!(subjects("kubectl apply -f web.yaml"), "");
}

/// What `scripts/record-kubectl-commands.py` writes.
#[derive(Deserialize)]
struct Recorded {
    objects: BTreeMap<String, Json>,
    rows: Vec<(String, String, Json)>,
}

#[test]
fn objects_become_what_kubectl_makes_of_them() {
    let recorded: Recorded =
        serde_json::from_str(include_str!("../../../../tests/fixtures/commands/kubectl.json")).unwrap();
    let of = |object: &Json| attributes(object["kind"].as_str().unwrap(), Value::from_json(object));
    let (mut exact, mut wrong) = (0, Vec::new());
    for (command, name, after) in &recorded.rows {
        let (mut before, mut after) = (pruned(of(&recorded.objects[name])), pruned(of(after)));
        let effects = effects([&line(command)]);
        assert!(!effects.is_empty(), "{command}");
        for effect in &effects {
            let found = at(&after, effect.path.steps());
            let is_so = match &effect.prediction {
                Prediction::Is(value) => found.iter().all(|found| is_in(value, found)) && !found.is_empty(),
                Prediction::Contains(value) => found.iter().all(|list| list.as_list().unwrap().contains(value)),
                _ => true,
            };
            if !is_so {
                wrong.push(format!("{command}: {} is {:?}, not {}", effect.path, found, told(&effect.prediction)));
            }
        }
        exact += usize::from(effects.iter().all(|effect| effect.prediction != Prediction::Unspecified));
        // And nothing else has changed.
        for side in [&mut before, &mut after] {
            effects.iter().for_each(|effect| forget(side, effect.path.steps()));
        }
        let (before, after) = (pruned(before).to_json(), pruned(after).to_json());
        if before != after {
            wrong.push(format!("{command}: {before} is besides {after}"));
        }
    }
    assert_eq!(wrong, [""; 0]);
    println!("{exact} of {} commands of kubectl are told exactly", recorded.rows.len());
    assert!(exact * 10 >= recorded.rows.len() * 8, "{exact} of {}", recorded.rows.len());
}

fn told(prediction: &Prediction) -> Json {
    match prediction {
        Prediction::Is(value) | Prediction::Contains(value) => value.to_json(),
        _ => Json::Null,
    }
}

/// Whether a prediction is what is there: `null` is nothing, and a new item of a list has all that was given.
fn is_in(predicted: &Value, found: &Value) -> bool {
    match (&predicted.kind, &found.kind) {
        (Kind::Object(one), Kind::Object(other)) => {
            one.iter().all(|(key, value)| is_in(value, other.get(key).unwrap_or(&Value::new(Kind::Null))))
        }
        _ => predicted == found,
    }
}

/// What stands at a path, for each item where it says every; `null` where there is nothing.
fn at(value: &Value, steps: &[Step]) -> Vec<Value> {
    let Some((step, rest)) = steps.split_first() else { return vec![value.clone()] };
    let below: Vec<Value> = match step {
        Step::Item { .. } => {
            value.as_list().unwrap_or_default().iter().filter(|item| is_item(step, item)).cloned().collect()
        }
        Step::Key(key) => value.get(key).cloned().into_iter().collect(),
        _ => panic!("{step:?}"),
    };
    if below.is_empty() {
        return vec![Value::new(Kind::Null)];
    }
    below.iter().flat_map(|value| at(value, rest)).collect()
}

fn is_item(step: &Step, item: &Value) -> bool {
    let Step::Item { by, value } = step else { return false };
    // Without a server nothing puts the protocol of a port there.
    let key = |key| item.get(key).map_or_else(|| "TCP".to_owned(), |own: &Value| own.as_scalar_text().unwrap());
    let own: Vec<String> = by.split(',').map(key).collect();
    value == "*" || own.join(",") == *value
}

fn forget(value: &mut Value, steps: &[Step]) {
    let Some((step, rest)) = steps.split_first() else { return };
    match (&mut value.kind, step) {
        (Kind::Object(members), Step::Key(key)) if rest.is_empty() => drop(members.remove(key)),
        (Kind::Object(members), Step::Key(key)) => {
            if let Some(below) = members.get_mut(key) {
                forget(below, rest);
            }
        }
        (Kind::List(items), _) if rest.is_empty() => items.retain(|item| !is_item(step, item)),
        (Kind::List(items), _) => {
            items.iter_mut().filter(|item| is_item(step, item)).for_each(|item| forget(item, rest));
            // An item of which nothing but its keys is left was made by the command.
            let Step::Item { by, .. } = step else { return };
            let keys: Vec<&str> = by.split(',').collect();
            items.retain(|item| item.as_object().unwrap().keys().any(|key| !keys.contains(&key.as_str())));
        }
        _ => {}
    }
}

fn pruned(value: Value) -> Value {
    Value::new(match value.kind {
        Kind::Object(members) => {
            let members = members.into_iter().map(|(key, value)| (key, pruned(value)));
            Kind::Object(members.filter(|(_, value)| !value.is_empty()).collect())
        }
        Kind::List(items) => Kind::List(items.into_iter().map(pruned).collect()),
        kind => kind,
    })
}

proptest! {
    #[test]
    fn no_command_makes_it_panic(tail in "[-a-z0-9 '\"={}\\[\\],:/$<>*]{0,60}", verb in 0usize..6) {
        let verb = ["scale ", "set env deploy/x ", "patch deploy x --type json -p ", "patch svc x -p ", "label ", ""][verb];
        drop(read_line(&line(&format!("kubectl {verb}{tail}"))));
    }
}
