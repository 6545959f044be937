//! What becomes of objects on a real cluster besides being changed: deleted and held, no longer declared, put back by
//! hand or by a deploy, changed for a reason that is written on them, and tried out.

use std::process::Command;

use driftledger::app::App;
use driftledger::model::DriftId;
use serde_json::{Value as Json, json};

use crate::cluster::User;
use crate::scan_kubernetes::{World, lines};

fn config_map(name: &str, metadata: &str, data: &str) -> String {
    format!("apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: {name}{metadata}}}\ndata: {{{data}}}\n---\n")
}

fn drift<'r>(report: &'r Json, address: &str) -> &'r Json {
    let drifts = report["drifts"].as_array().unwrap();
    drifts.iter().find(|drift| drift["address"] == address).unwrap_or_else(|| panic!("{address}: {report:#}"))
}

fn gate(world: &World) -> i32 {
    let mut command = Command::new(env!("CARGO_BIN_EXE_driftledger"));
    command
        .current_dir(world.folder.path())
        .args(["gate", "--stack", world.namespace])
        .output()
        .unwrap()
        .status
        .code()
        .unwrap()
}

/// How the drifts of ConfigMaps went away, by name; `None`: one is open, or there never was one.
fn resolved(world: &World, names: &[&str]) -> Vec<Option<String>> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let file = driftledger::config::load(&world.folder.path().join("driftledger.yaml")).unwrap();
        let app = App::open(file).await.unwrap();
        let mut all = Vec::new();
        for name in names {
            let address = format!("ConfigMap/{}/{name}", world.namespace);
            let id = DriftId::of(world.namespace, &"v1/ConfigMap".into(), &address);
            let known = app.store().drifts_by_id(id.as_str()).await.unwrap();
            all.push(known.into_iter().next().and_then(|known| Some(known.resolved?.0)));
        }
        all
    })
}

/// When the pipeline last wrote to an object, as the object says.
fn deployed_at(world: &World, name: &str) -> String {
    let get = ["-n", world.namespace, "get", "configmap", name, "--show-managed-fields", "-o", "json"];
    let object: Json = serde_json::from_str(&world.cluster.kubectl(User::Admin, &get)).unwrap();
    let entries = object["metadata"]["managedFields"].as_array().unwrap();
    let ours = entries.iter().find(|entry| entry["manager"] == "kubectl-client-side-apply").unwrap();
    ours["time"].as_str().unwrap().to_owned()
}

/// Waits until the server's clock is past the second in which the pipeline last wrote to an object.
fn after_that_second(world: &World, name: &str) {
    let then = deployed_at(world, name);
    for number in 0.. {
        let probe = format!("clock-{number}");
        world.cluster.kubectl(User::Admin, &["-n", world.namespace, "create", "configmap", &probe]);
        let made = ["-n", world.namespace, "get", "configmap", &probe, "-o", "jsonpath={.metadata.creationTimestamp}"];
        if world.cluster.kubectl(User::Admin, &made) > then {
            return;
        }
    }
}

#[test]
fn an_object_that_is_deleted_and_held_is_drift_until_it_is_gone_and_made_again() {
    let held = config_map("held", ", finalizers: [example.com/hold]", "a: '1'");
    let world = World::deployed("held", &held);
    world.configure(|config| {
        config["evidence"] = json!([{"kind": "audit_log", "path": world.cluster.audit_log()}]);
        config["stacks"][0]["deploy_method"] = "apply".into();
    });
    assert_eq!(world.scan(), [""; 0]);
    world.by_hand(&["delete", "configmap", "held", "--wait=false"]);
    let deleting = world.report();
    let found = drift(&deleting, "ConfigMap/held/held");
    let attribute = &found["attributes"][0];
    assert_eq!([&found["presence"], &found["verdict"]], ["present", "unexplained"]);
    assert_eq!([&attribute["path"], &attribute["standing"]], ["metadata.deletionTimestamp", "drifted"]);
    assert_eq!(attribute["note"], "it is being deleted, and its finalizers hold it: example.com/hold");
    assert_eq!([&found["actor"]["name"], &found["actor"]["evidence"]], ["alice", "audit_log"], "{found:#}");
    assert_eq!(gate(&world), 2, "what is deployed to it goes with it");
    let release = [
        "-n",
        "held",
        "patch",
        "configmap",
        "held",
        "--type=json",
        "-p",
        r#"[{"op": "remove", "path": "/metadata/finalizers"}]"#,
    ];
    world.cluster.kubectl(User::Admin, &release);
    let gone = world.report();
    let missing = drift(&gone, "ConfigMap/held/held");
    assert_eq!(missing["presence"], "missing");
    assert_eq!(
        [&missing["id"], &missing["first_seen"], &missing["changed_between"]],
        [&found["id"], &found["first_seen"], &found["changed_between"]]
    );
    assert_eq!(missing["actor"]["name"], "alice");
    world.deploy();
    assert_eq!(world.scan(), [""; 0]);
    assert_eq!(resolved(&world, &["held"]), [Some("overwritten".to_owned())]);
}

/// What is said of objects as a whole: presence, address, standing and note.
fn wholes(report: &Json) -> Vec<String> {
    let tell = |drift: &Json| {
        let whole = &drift["attributes"][0];
        let parts = [&drift["presence"], &drift["address"], &whole["standing"], &whole["note"]];
        parts.map(|part| part.as_str().unwrap().to_owned()).join(" ")
    };
    report["drifts"].as_array().unwrap().iter().map(tell).collect()
}

const NO_LONGER_DECLARED: [&str; 3] = [
    "unmanaged ConfigMap/undeclared/edited conflict it is no longer declared, and kubectl-patch (a tool people use) changed it since \
     it was last deployed; kubectl apply removes it only with --prune",
    "unmanaged ConfigMap/undeclared/held pending it is no longer declared; it is being deleted, and its finalizers hold it: \
     example.com/hold",
    "unmanaged ConfigMap/undeclared/pruned pending it is no longer declared; kubectl apply removes it only with --prune",
];

#[test]
fn what_is_no_longer_declared_and_still_there_is_told_by_name_until_it_is_gone() {
    let stays = config_map("stays", "", "a: '1'");
    let rest = [
        config_map("pruned", "", "a: '1'"),
        config_map("kept", ", annotations: {helm.sh/resource-policy: keep}", "a: '1'"),
        config_map("held", ", finalizers: [example.com/hold]", "a: '1'"),
        config_map("edited", "", "a: '1'"),
    ];
    let world = World::deployed("undeclared", &(stays.clone() + &rest.concat()));
    world.configure(|config| {
        config["stacks"][0]["deploy_method"] = "apply".into();
        config["stacks"][0]["unmanaged"] = json!({});
    });
    assert_eq!(world.scan(), [""; 0]);
    after_that_second(&world, "edited");
    world.by_hand(&["patch", "configmap", "edited", "-p", r#"{"data": {"a": "2"}}"#]);
    world.by_hand(&["delete", "configmap", "held", "--wait=false"]);
    // The clock that the test itself made.
    let clocks = world.cluster.kubectl(User::Admin, &["-n", "undeclared", "get", "configmaps", "-o", "name"]);
    let clocks: Vec<&str> = clocks.lines().filter(|name| name.contains("/clock-")).collect();
    world.cluster.kubectl(User::Admin, &[&["-n", "undeclared", "delete"], &clocks[..]].concat());
    world.declare(&stays);
    let report = world.report();
    assert_eq!(wholes(&report), NO_LONGER_DECLARED);
    assert_eq!(drift(&report, "ConfigMap/undeclared/edited")["actor"]["name"], "kubectl-patch");
    assert_eq!(report["summary"]["unexplained"], 1, "{report:#}");
    let kept = report["coverage"]["controlled"].as_array().unwrap();
    assert_eq!(kept.len(), 1);
    assert_eq!(kept[0]["address"], "ConfigMap/undeclared/kept");
    assert_eq!(
        kept[0]["reason"],
        "it is no longer declared, and `helm.sh/resource-policy: keep` keeps deploys from removing it"
    );
    assert_eq!(gate(&world), 2, "somebody changed what a prune would remove");
    let remove = ["-n", "undeclared", "delete", "configmap", "pruned", "edited"];
    world.cluster.kubectl(User::Deployer, &remove);
    assert_eq!(world.report()["drifts"].as_array().unwrap().len(), 1, "the one that is held");
    // What was removed and is declared again is new, and nobody deleted it by hand.
    world.declare(&(stays + &rest[0]));
    let report = world.report();
    let again = drift(&report, "ConfigMap/undeclared/pruned");
    assert_eq!((&again["presence"], &again["verdict"]), (&json!("missing"), &Json::Null), "{again:#}");
}

#[test]
fn each_object_tells_whether_a_deploy_or_a_person_put_it_back() {
    let manifests = ["deployed", "by-hand"].map(|name| config_map(name, "", "a: '1'"));
    let world = World::deployed("put-back", &manifests.concat());
    assert_eq!(world.scan(), [""; 0]);
    let patch = |name: &str, value: &str| {
        world.by_hand(&["patch", "configmap", name, "-p", &format!(r#"{{"data": {{"a": "{value}"}}}}"#)]);
    };
    patch("deployed", "2");
    patch("by-hand", "2");
    assert_eq!(world.scan().len(), 2);
    after_that_second(&world, "deployed");
    world.cluster.deploy("put-back", &manifests[0]);
    patch("by-hand", "1");
    assert_eq!(world.scan(), [""; 0]);
    assert_eq!(
        resolved(&world, &["deployed", "by-hand"]),
        [Some("overwritten".to_owned()), Some("reverted".to_owned())]
    );
}

const WEB: &str = "
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: 2
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers: [{name: web, image: 'shop/web:1.0', resources: {requests: {cpu: 1000m}}}]
---
apiVersion: v1
kind: ConfigMap
metadata: {name: settings}
data: {a: '1'}
";

#[test]
fn a_change_cause_and_a_field_manager_carry_the_record_of_a_change_and_of_no_later_one() {
    let world = World::deployed("cause", WEB);
    world.configure(|config| config["records"] = json!([{"kind": "files", "path": "changes"}]));
    std::fs::create_dir(world.folder.path().join("changes")).unwrap();
    for id in ["CR-2024-001", "CR-2024-002"] {
        let record = json!({"id": id, "summary": "an emergency", "type": "emergency", "state": "closed"});
        std::fs::write(world.folder.path().join(format!("changes/{id}.yaml")), record.to_string()).unwrap();
    }
    assert_eq!(world.scan(), [""; 0]);
    world.by_hand(&["set", "image", "deployment/web", "web=shop/web:9"]);
    world.by_hand(&["annotate", "deployment/web", "kubernetes.io/change-cause=CR-2024-001: broken release"]);
    world.by_hand(&[
        "patch",
        "configmap",
        "settings",
        "--field-manager=driftledger-CR-2024-002",
        "-p",
        r#"{"data": {"a": "2"}}"#,
    ]);
    let report = world.report();
    for (address, record) in [("Deployment/cause/web", "CR-2024-001"), ("ConfigMap/cause/settings", "CR-2024-002")] {
        let drift = drift(&report, address);
        let explanation = &drift["explanations"][0];
        assert_eq!(
            [&drift["verdict"], &explanation["record"], &explanation["tier"]],
            ["explained", record, "T1"],
            "{drift:#}"
        );
    }
    // Somebody else changes the same again, for whatever reason.
    world.by_hand(&["annotate", "deployment/web", "kubernetes.io/change-cause=CR-2024-001", "--overwrite"]);
    let annotated = "metadata.annotations[\"kubernetes.io/change-cause\"]";
    let web = ["-n", "cause", "get", "deployment", "web", "--show-managed-fields", "-o", "json"];
    loop {
        world.by_hand(&["set", "image", "deployment/web", "web=shop/web:10"]);
        let object: Json = serde_json::from_str(&world.cluster.kubectl(User::Admin, &web)).unwrap();
        let entries = object["metadata"]["managedFields"].as_array().unwrap();
        let of = |manager: &str| entries.iter().find(|entry| entry["manager"] == manager).unwrap()["time"].as_str();
        if of("kubectl-set") > of("kubectl-annotate") {
            break;
        }
        world.by_hand(&["set", "image", "deployment/web", "web=shop/web:9"]);
    }
    let report = world.report();
    let drift = drift(&report, "Deployment/cause/web");
    assert_eq!(drift["verdict"], "unexplained", "{drift:#}");
    let matched: Vec<&Json> =
        drift["explanations"].as_array().unwrap().iter().filter(|one| one["tier"] == "T1").collect();
    assert_eq!(matched[0]["matched"], json!([annotated]), "what was written explains itself alone");
}

/// Grants the reader verbs on what the stack declares, and waits until the server knows.
fn grant(world: &World, role: &str, verbs: &str) {
    let as_admin = |words: &[&str]| world.cluster.kubectl(User::Admin, &[&["-n", world.namespace], words].concat());
    let (verb, kinds) = (format!("--verb={verbs}"), "--resource=deployments,configmaps,replicasets");
    as_admin(&["create", "role", role, &verb, kinds]);
    as_admin(&["create", "rolebinding", role, &format!("--role={role}"), "--user=driftledger"]);
    let last = verbs.rsplit(',').next().unwrap();
    while !world.cluster.try_kubectl(User::Driftledger, &["-n", world.namespace, "auth", "can-i", last, "configmaps"]) {
    }
}

/// The shipped fence, for a user of the test cluster; returns when it denies what the roles allow.
fn fence(world: &World) {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/config/kubernetes/dry-run/fence.yaml");
    let text = std::fs::read_to_string(file).unwrap();
    let fence = text.replace("system:serviceaccount:driftledger:driftledger", "driftledger");
    world.cluster.kubectl_with(User::Admin, &["apply", "-f", "-"], &fence);
    let label = |label: &'static str| ["-n", world.namespace, "label", "configmap", "settings", label];
    while world.cluster.try_kubectl(User::Driftledger, &label("written=yes")) {
        world.cluster.kubectl(User::Admin, &label("written-"));
    }
}

#[test]
fn a_deploy_that_is_tried_out_confirms_what_was_read_and_nothing_is_written() {
    let cluster = crate::cluster::shared();
    cluster.namespace("tried-out");
    let world = World::of(cluster, "tried-out", User::Driftledger);
    world.declare(WEB);
    let apply = ["apply", "--server-side", "--field-manager=ci", "-n", "tried-out", "-f", "-"];
    cluster.kubectl_with(User::Deployer, &apply, WEB);
    grant(&world, "read", "get,list,watch");
    world.by_hand(&["set", "image", "deployment/web", "web=shop/web:9"]);
    world.by_hand(&["set", "env", "deployment/web", "EXTRA=1"]);
    let by_reading = world.scan();
    assert_eq!(by_reading.len(), 2, "{by_reading:#?}");
    world.configure(|config| config["stacks"][0]["dry_run"] = json!({"manager": "ci"}));
    // Without the right to patch: what was read stands, and a problem says so.
    let report = world.report();
    assert_eq!(lines(&report), by_reading);
    let problems = report["coverage"]["problems"].as_array().unwrap();
    assert_eq!(problems.len(), 1, "{problems:#?}");
    assert_eq!(problems[0]["scope"], "kubernetes test tried-out apps/v1/Deployment");
    assert_eq!(problems[0]["message"], "no dry run confirms what was read: the right to patch is missing");
    grant(&world, "dry-run", "patch");
    fence(&world);
    let report = world.report();
    assert_eq!(report["coverage"]["problems"], json!([]));
    assert_eq!(lines(&report), by_reading);
    let notes: Vec<_> = drift(&report, "Deployment/tried-out/web")["attributes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["note"].as_str().unwrap_or_default())
        .collect();
    assert_eq!(
        notes.iter().filter(|note| note.ends_with("a dry run as ci confirms it")).count(),
        1,
        "{notes:?}: an addition survives"
    );
    // A declared field that the server does not know: it refuses the whole, and is asked again without it.
    world.declare(&WEB.replace("  replicas: 2", "  replicas: 2\n  noSuchField: 1"));
    let report = world.report();
    assert_eq!(lines(&report), by_reading);
    assert_eq!(
        (&report["coverage"]["problems"], report["coverage"]["unverifiable"].as_array().unwrap().len()),
        (&json!([]), 1),
        "{report:#}"
    );
    assert_eq!(nothing_was_written(&world), (true, true));
}

/// Whether every write of the user was a dry run, and whether there was one; `kubectl` is the test's own.
fn nothing_was_written(world: &World) -> (bool, bool) {
    let requests = world.cluster.requests(User::Driftledger);
    let ours = requests.iter().filter(|event| event["objectRef"]["namespace"] == world.namespace);
    let ours = ours.filter(|event| !event["userAgent"].as_str().unwrap_or_default().starts_with("kubectl"));
    let writes: Vec<&Json> =
        ours.filter(|event| !["get", "list", "watch"].contains(&event["verb"].as_str().unwrap())).collect();
    let is_dry =
        |event: &&Json| event["verb"] == "patch" && event["requestURI"].as_str().unwrap().contains("?dryRun=All&");
    (writes.iter().all(is_dry), !writes.is_empty())
}
