//! Scans of a real cluster, from the manifests in a repository to the report.

use std::path::Path;
use std::process::Command;

use driftledger::app::App;
use driftledger::model::DriftId;
use driftledger::scan::between::{self, Between};
use serde_json::Value as Json;
use tempfile::TempDir;

use crate::cluster::{self, Cluster, User};

/// A repository with one stack of manifests, and the cluster that they are deployed to.
pub struct World {
    pub cluster: &'static Cluster,
    pub namespace: &'static str,
    pub folder: TempDir,
}

impl World {
    /// A repository whose manifests are deployed to a namespace of its own.
    pub fn deployed(namespace: &'static str, manifests: &str) -> Self {
        Self::deployed_to(cluster::shared(), namespace, manifests)
    }

    pub fn deployed_to(cluster: &'static Cluster, namespace: &'static str, manifests: &str) -> Self {
        cluster.namespace(namespace);
        let world = Self::of(cluster, namespace, User::Deployer);
        world.declare(manifests);
        world.deploy();
        world
    }

    pub fn of(cluster: &'static Cluster, namespace: &'static str, reader: User) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let config = serde_json::json!({"stacks": [{
            "name": namespace, "environment": "production",
            "declared": {"kind": "kubernetes", "path": "deploy", "namespace": namespace},
            "live": {"kind": "kubernetes", "cluster": "test", "kubeconfig": cluster.kubeconfig(reader)},
        }]});
        std::fs::write(folder.path().join("driftledger.yaml"), config.to_string()).unwrap();
        std::fs::create_dir(folder.path().join("deploy")).unwrap();
        let world = Self { cluster, namespace, folder };
        world.git(&["init", "-q"]);
        world
    }

    pub fn git(&self, args: &[&str]) {
        let who = ["-c", "user.name=dev", "-c", "user.email=dev@example.com", "-c", "commit.gpgsign=false"];
        let done = Command::new("git").arg("-C").arg(self.folder.path()).args(who).args(args).status().unwrap();
        assert!(done.success(), "git {args:?}");
    }

    /// Commits manifests in the place of those before.
    pub fn declare(&self, manifests: &str) {
        std::fs::write(self.folder.path().join("deploy/all.yaml"), manifests).unwrap();
        self.git(&["add", "deploy"]);
        self.git(&["commit", "-q", "-m", "declare"]);
    }

    /// Changes the configuration.
    pub fn configure(&self, change: impl FnOnce(&mut Json)) {
        let path = self.folder.path().join("driftledger.yaml");
        let mut config: Json = serde_json::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap();
        change(&mut config);
        std::fs::write(&path, config.to_string()).unwrap();
    }

    /// The same declarations, as another user of the cluster reads them.
    pub fn read_by(&self, reader: User) -> Self {
        let other = Self::of(self.cluster, self.namespace, reader);
        other.declare(&std::fs::read_to_string(self.folder.path().join("deploy/all.yaml")).unwrap());
        other
    }

    pub fn deploy(&self) {
        let manifests = std::fs::read_to_string(self.folder.path().join("deploy/all.yaml")).unwrap();
        self.cluster.deploy(self.namespace, &manifests);
    }

    pub fn by_hand(&self, args: &[&str]) {
        self.cluster.kubectl(User::Alice, &[&["-n", self.namespace], args].concat());
    }

    /// Grants the daemon's user what `driftledger config rbac` prints, and gives that.
    pub fn grant(&self) -> String {
        let mut command = Command::new(env!("CARGO_BIN_EXE_driftledger"));
        let printed = command.current_dir(self.folder.path()).args(["config", "rbac"]).output().unwrap();
        let roles = String::from_utf8(printed.stdout).unwrap();
        let subject = "kind: ServiceAccount\n    name: driftledger\n    namespace: driftledger";
        let user = "kind: User\n    name: driftledger\n    apiGroup: rbac.authorization.k8s.io";
        assert!(roles.contains(subject), "{roles}");
        self.cluster.kubectl_with(User::Admin, &["apply", "-f", "-"], &roles.replace(subject, user));
        roles
    }

    pub fn report(&self) -> Json {
        report(self.folder.path())
    }

    /// What a scan finds, a line an attribute.
    pub fn scan(&self) -> Vec<String> {
        lines(&self.report())
    }
}

pub fn report(folder: &Path) -> Json {
    let output = Command::new(env!("CARGO_BIN_EXE_driftledger"))
        .current_dir(folder)
        .args(["scan", "--format", "json"])
        // Of an emulator, for those who read one besides.
        .envs([("AWS_ACCESS_KEY_ID", "test"), ("AWS_SECRET_ACCESS_KEY", "test")])
        .output()
        .unwrap();
    let error = String::from_utf8_lossy(&output.stderr);
    // 1: it could not tell.
    assert!(matches!(output.status.code(), Some(0..=2)), "{error}");
    serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{error}"))
}

/// What a report says, a line an attribute.
pub fn lines(report: &Json) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for drift in report["drifts"].as_array().unwrap() {
        let address = drift["address"].as_str().unwrap();
        if drift["presence"] == "missing" {
            lines.push(format!("{address} missing"));
            continue;
        }
        for attribute in drift["attributes"].as_array().unwrap() {
            let (path, standing) = (attribute["path"].as_str().unwrap(), attribute["standing"].as_str().unwrap());
            lines.push(format!("{address} {path} {standing}: {} -> {}", attribute["declared"], attribute["live"]));
        }
    }
    lines.sort();
    lines
}

pub const WEB: &str = "
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: 2
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers:
        - name: web
          image: shop/web:1.0
          env: [{name: LOG_LEVEL, value: info}]
          ports: [{containerPort: 8080}]
---
apiVersion: v1
kind: ConfigMap
metadata: {name: settings}
data: {retries: '3'}
";

#[test]
fn what_was_just_deployed_is_in_sync_and_a_change_by_hand_is_found_with_its_tool() {
    let world = World::deployed("first", WEB);
    assert_eq!(world.scan(), [""; 0]);
    world.by_hand(&["set", "image", "deployment/web", "web=shop/web:9.9"]);
    world.by_hand(&["set", "env", "deployment/web", "EXTRA=1"]);
    let report = world.report();
    assert_eq!(
        lines(&report),
        [
            "Deployment/first/web spec.template.spec.containers[name=web].env[name=EXTRA] drifted: null -> {\"name\":\"EXTRA\",\"value\":\"1\"}",
            "Deployment/first/web spec.template.spec.containers[name=web].image drifted: \"shop/web:1.0\" -> \"shop/web:9.9\"",
        ]
    );
    let drift = &report["drifts"][0];
    assert_eq!([&drift["provider"], &drift["cluster"], &drift["namespace"]], ["kubernetes", "test", "first"]);
    assert_eq!(drift["actor"]["name"], "kubectl-set", "{drift:#}");
}

/// What a change by hand is made of, and what a scan says of it (behind the object's address).
struct Change {
    name: &'static str,
    /// The words for kubectl; `NAME` stands for the deployment's name.
    by: &'static [&'static str],
    expect: &'static [&'static str],
    manager: &'static str,
}

const CHANGES: &[Change] = &[
    Change {
        name: "scale",
        by: &["scale", "deployment/NAME", "--replicas=5"],
        expect: &["spec.replicas drifted: 2 -> 5"],
        manager: "kubectl",
    },
    Change {
        name: "image",
        by: &["set", "image", "deployment/NAME", "web=shop/web:9"],
        expect: &["spec.template.spec.containers[name=web].image drifted: \"shop/web:1.0\" -> \"shop/web:9\""],
        manager: "kubectl-set",
    },
    Change {
        name: "env-changed",
        by: &["set", "env", "deployment/NAME", "LOG_LEVEL=debug"],
        expect: &["spec.template.spec.containers[name=web].env[name=LOG_LEVEL].value drifted: \"info\" -> \"debug\""],
        manager: "kubectl-set",
    },
    Change {
        name: "env-added",
        by: &["set", "env", "deployment/NAME", "FLAG=on"],
        expect: &[
            "spec.template.spec.containers[name=web].env[name=FLAG] drifted: null -> {\"name\":\"FLAG\",\"value\":\"on\"}",
        ],
        manager: "kubectl-set",
    },
    Change {
        name: "env-removed",
        by: &["set", "env", "deployment/NAME", "LOG_LEVEL-"],
        expect: &[
            "spec.template.spec.containers[name=web].env[name=LOG_LEVEL] drifted: {\"name\":\"LOG_LEVEL\",\"value\":\"info\"} -> null",
        ],
        manager: "",
    },
    Change {
        name: "resources",
        by: &["set", "resources", "deployment/NAME", "--limits=memory=2Gi"],
        expect: &[
            "spec.template.spec.containers[name=web].resources drifted: null -> {\"limits\":{\"memory\":\"2Gi\"}}",
        ],
        manager: "kubectl-set",
    },
    Change {
        name: "label",
        by: &["label", "deployment/NAME", "owner=alice"],
        expect: &["metadata.labels.owner drifted: null -> \"alice\""],
        manager: "kubectl-label",
    },
    Change {
        name: "annotate",
        by: &["annotate", "deployment/NAME", "example.com/why=fix"],
        expect: &["metadata.annotations[\"example.com/why\"] drifted: null -> \"fix\""],
        manager: "kubectl-annotate",
    },
    Change {
        name: "patch-strategic",
        by: &[
            "patch",
            "deployment/NAME",
            "-p",
            r#"{"spec": {"template": {"spec": {"terminationGracePeriodSeconds": 60}}}}"#,
        ],
        expect: &["spec.template.spec.terminationGracePeriodSeconds drifted: null -> 60"],
        manager: "kubectl-patch",
    },
    Change {
        name: "patch-merge",
        by: &["patch", "deployment/NAME", "--type=merge", "-p", r#"{"spec": {"paused": true}}"#],
        expect: &["spec.paused drifted: null -> true"],
        manager: "kubectl-patch",
    },
    Change {
        name: "patch-json",
        by: &[
            "patch",
            "deployment/NAME",
            "--type=json",
            "-p",
            r#"[{"op": "replace", "path": "/spec/replicas", "value": 0}]"#,
        ],
        expect: &["spec.replicas drifted: 2 -> 0"],
        manager: "kubectl-patch",
    },
    Change {
        name: "port-removed",
        by: &[
            "patch",
            "deployment/NAME",
            "--type=json",
            "-p",
            r#"[{"op": "remove", "path": "/spec/template/spec/containers/0/ports"}]"#,
        ],
        expect: &[
            "spec.template.spec.containers[name=web].ports[containerPort,protocol=8080,TCP] drifted: {\"containerPort\":8080} -> null",
        ],
        manager: "",
    },
    Change {
        name: "sidecar",
        by: &[
            "patch",
            "deployment/NAME",
            "-p",
            r#"{"spec": {"template": {"spec": {"containers": [{"name": "side", "image": "side:1"}]}}}}"#,
        ],
        expect: &[
            "spec.template.spec.containers[name=side] drifted: null -> {\"image\":\"side:1\",\"imagePullPolicy\":\"IfNotPresent\",\"name\":\"side\",\"resources\":{},\"terminationMessagePath\":\"/dev/termination-log\",\"terminationMessagePolicy\":\"File\"}",
        ],
        manager: "kubectl-patch",
    },
    Change {
        name: "restart",
        by: &["rollout", "restart", "deployment/NAME"],
        expect: &["spec.template.metadata.annotations[\"kubectl.kubernetes.io/restartedAt\"] drifted: null -> TIME"],
        manager: "kubectl-rollout",
    },
    Change {
        name: "edit",
        by: &["edit", "deployment/NAME"],
        expect: &["spec.template.spec.containers[name=web].image drifted: \"shop/web:1.0\" -> \"shop/web:7\""],
        manager: "kubectl-edit",
    },
    Change { name: "delete", by: &["delete", "deployment/NAME"], expect: &["missing"], manager: "" },
];

fn deployment(name: &str) -> String {
    let one = WEB.split("---").next().unwrap();
    one.replace("name: web}\nspec", &format!("name: {name}}}\nspec")) + "---\n"
}

#[test]
fn every_change_that_kubectl_makes_is_found_where_it_was_made() {
    let manifests: String = CHANGES.iter().map(|change| deployment(change.name)).collect();
    let world = World::deployed("changes", &manifests);
    assert_eq!(world.scan(), [""; 0]);
    for change in CHANGES {
        let words: Vec<String> = change.by.iter().map(|word| word.replace("NAME", change.name)).collect();
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        world.by_hand(&words);
    }
    let report = world.report();
    let found = lines(&report);
    for change in CHANGES {
        let address = format!("Deployment/changes/{} ", change.name);
        let own: Vec<_> = found.iter().filter_map(|line| line.strip_prefix(&address)).map(without_time).collect();
        assert_eq!(own, change.expect, "{}", change.name);
        let drifts = report["drifts"].as_array().unwrap();
        let drift = drifts.iter().find(|drift| drift["address"] == address.trim()).unwrap();
        assert_eq!(drift["actor"]["name"].as_str().unwrap_or_default(), change.manager, "{}", change.name);
        assert_eq!(drift["verdict"], "unexplained");
    }
    assert_eq!(found.len(), CHANGES.iter().map(|change| change.expect.len()).sum::<usize>(), "{found:#?}");
}

/// The time of a restart is the only value here that nobody chose.
fn without_time(line: &str) -> String {
    match line.split_once("restartedAt\"] drifted: null -> ") {
        Some((before, _)) => format!("{before}restartedAt\"] drifted: null -> TIME"),
        None => line.to_owned(),
    }
}

#[test]
fn a_rollout_that_is_undone_by_hand_is_found_at_what_it_took_back() {
    let world = World::deployed("undone", WEB);
    world.declare(&WEB.replace("web:1.0", "web:2.0"));
    assert_eq!(
        world.scan(),
        [
            "Deployment/undone/web spec.template.spec.containers[name=web].image pending: \"shop/web:2.0\" -> \"shop/web:1.0\""
        ]
    );
    world.deploy();
    assert_eq!(world.scan(), [""; 0]);
    world.by_hand(&["rollout", "undo", "deployment/web"]);
    assert_eq!(
        world.scan(),
        [
            "Deployment/undone/web spec.template.spec.containers[name=web].image drifted: \"shop/web:2.0\" -> \"shop/web:1.0\""
        ]
    );
}

#[test]
fn a_manifest_applied_by_hand_is_no_declaration() {
    let world = World::deployed("applied", WEB);
    assert_eq!(world.scan(), [""; 0]);
    world.cluster.kubectl_with(
        User::Alice,
        &["apply", "-n", "applied", "-f", "-"],
        &WEB.replace("web:1.0", "web:9.9").replace("retries: '3'", "retries: '5'"),
    );
    assert_eq!(
        world.scan(),
        [
            "ConfigMap/applied/settings data.retries drifted: \"3\" -> \"5\"",
            "Deployment/applied/web spec.template.spec.containers[name=web].image drifted: \"shop/web:1.0\" -> \"shop/web:9.9\"",
        ]
    );
    // The repository says something else as well: both moved.
    world.declare(&WEB.replace("web:1.0", "web:2.0"));
    assert!(world.scan().iter().any(|line| line.contains("image conflict")));
    // And now it says what is live and was applied.
    world.declare(&WEB.replace("web:1.0", "web:9.9"));
    assert_eq!(world.scan(), ["ConfigMap/applied/settings data.retries drifted: \"3\" -> \"5\""]);
}

#[test]
fn a_cluster_just_deployed_to_is_in_sync_whatever_the_server_fills_in() {
    let cluster = cluster::shared();
    let world = World::of(cluster, "shop", User::Deployer);
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/kubernetes/shop");
    let mut files: Vec<_> = std::fs::read_dir(fixtures).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    for file in &files {
        let text = std::fs::read_to_string(file).unwrap();
        std::fs::write(world.folder.path().join("deploy").join(file.file_name().unwrap()), &text).unwrap();
        cluster.kubectl_with(User::Deployer, &["apply", "-f", "-"], &text);
        if file.ends_with("00-extensions.yaml") {
            cluster.kubectl(User::Admin, &["wait", "--for=condition=Established", "crd", "--all"]);
        }
    }
    let report = world.report();
    assert_eq!(lines(&report), [""; 0]);
    let coverage = &report["coverage"];
    assert_eq!(coverage["resources"], serde_json::json!({"declared": 61, "checked": 61, "unknown": 0}));
    assert_eq!((&coverage["problems"], &coverage["unverifiable"]), (&serde_json::json!([]), &serde_json::json!([])));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_that_is_taken_back_before_the_next_scan_is_remembered() {
    let world = tokio::task::spawn_blocking(|| World::deployed("between", WEB)).await.unwrap();
    let file = driftledger::config::load(&world.folder.path().join("driftledger.yaml")).unwrap();
    let app = App::open(file).await.unwrap();
    assert_eq!(app.scan(&[]).await.unwrap().drifts.len(), 0);
    let mut between = Between::start(&app);
    // The watch begins when it begins: until it has seen a change, there is another one.
    let mut glimpses = Vec::new();
    for number in 10.. {
        for retries in [&*number.to_string(), "3"] {
            let patch = format!(r#"{{"data": {{"retries": "{retries}"}}}}"#);
            world.by_hand(&["patch", "configmap", "settings", "-p", &patch]);
        }
        if let Ok(seen) = tokio::time::timeout(std::time::Duration::from_secs(3), between.next()).await {
            glimpses.extend(seen);
            break;
        }
        assert!(number < 30, "nothing was seen");
    }
    assert!(glimpses.iter().all(|glimpse| glimpse.stack() == "between"));
    assert_eq!(app.scan(&["between".to_owned()]).await.unwrap().drifts.len(), 0, "it is as declared again");
    assert_eq!(between::remember(&app, &glimpses).await.unwrap(), 1);
    assert_eq!(between::remember(&app, &glimpses).await.unwrap(), 0, "once");
    let id = DriftId::of("between", &"v1/ConfigMap".into(), "ConfigMap/between/settings");
    let known = app.store().drifts_by_id(id.as_str()).await.unwrap();
    let drift = &known[0].drift;
    let paths: Vec<_> = drift.attributes.iter().map(|attribute| attribute.path.to_string()).collect();
    assert_eq!((paths, known[0].resolved.as_ref().unwrap().0.as_str()), (vec!["data.retries".to_owned()], "reverted"));
    assert_eq!(drift.actor.as_ref().unwrap().name, "kubectl-patch");
    assert_eq!(app.store().open_drifts(None).await.unwrap(), []);
}

#[test]
fn what_nobody_declares_is_found_where_everything_should_be_declared() {
    let world = World::deployed("unmanaged", WEB);
    let kinds = [
        "v1/ConfigMap",
        "v1/Secret",
        "v1/ServiceAccount",
        "apps/v1/ReplicaSet",
        "autoscaling/v2/HorizontalPodAutoscaler",
    ];
    world.configure(|config| config["stacks"][0]["unmanaged"] = serde_json::json!({"kinds": kinds}));
    assert_eq!(world.scan(), [""; 0], "the ReplicaSet is the Deployment's, and the cluster's own objects are nobody's");
    world.by_hand(&["autoscale", "deployment/web", "--max=5"]);
    world.by_hand(&["create", "configmap", "scratch", "--from-literal=a=1"]);
    let report = world.report();
    let found: Vec<_> = report["drifts"].as_array().unwrap().iter().collect();
    let told = |drift: &Json| {
        format!("{} {} {}", drift["address"], drift["presence"], drift["actor"]["name"]).replace('"', "")
    };
    assert_eq!(
        found.iter().map(|drift| told(drift)).collect::<std::collections::BTreeSet<_>>(),
        [
            "ConfigMap/unmanaged/scratch unmanaged kubectl-create".to_owned(),
            "HorizontalPodAutoscaler/unmanaged/web unmanaged kubectl-autoscale".to_owned(),
        ]
        .into()
    );
    world.by_hand(&["delete", "configmap", "scratch"]);
    world.declare(&format!("{WEB}---\n{}", "apiVersion: autoscaling/v2\nkind: HorizontalPodAutoscaler\nmetadata: {name: web}\nspec: {maxReplicas: 5, scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: web}}\n"));
    assert_eq!(world.scan(), [""; 0], "one is gone, and the other is declared");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rollout_that_is_undone_is_a_rollback() {
    let world = tokio::task::spawn_blocking(|| {
        let world = World::deployed("rollbacks", WEB);
        world.scan();
        for version in ["2.0", "3.0"] {
            world.declare(&WEB.replace("web:1.0", &format!("web:{version}")));
            world.deploy();
            world.cluster.settle(world.namespace, "web");
            world.scan();
        }
        world.by_hand(&["rollout", "undo", "deployment/web"]);
        world.cluster.settle(world.namespace, "web");
        world.scan();
        world.scan();
        world
    })
    .await
    .unwrap();
    let app =
        App::open(driftledger::config::load(&world.folder.path().join("driftledger.yaml")).unwrap()).await.unwrap();
    let rollbacks = app.store().rollbacks().await.unwrap();
    let told: Vec<_> =
        rollbacks.iter().map(|one| (one.service.as_str(), one.mechanism.as_str(), one.trigger.as_str())).collect();
    assert_eq!(told, [("Deployment/rollbacks/web", "kubernetes", "undo")]);
}

#[test]
fn the_audit_log_names_the_person_where_objects_know_no_more_than_a_tool() {
    let world = World::deployed("audited", WEB);
    world.configure(|config| {
        config["evidence"] = serde_json::json!([{"kind": "audit_log", "path": world.cluster.audit_log()}]);
    });
    assert_eq!(world.scan(), [""; 0]);
    world.by_hand(&["scale", "deployment/web", "--replicas=5"]);
    world.by_hand(&[
        "patch",
        "configmap",
        "settings",
        "--type=json",
        "-p",
        r#"[{"op": "remove", "path": "/data/retries"}]"#,
    ]);
    // Trying a change out is none.
    world
        .cluster
        .kubectl(User::Deployer, &["-n", "audited", "scale", "deployment/web", "--replicas=9", "--dry-run=server"]);
    let report = world.report();
    let who = |address: &str| {
        let drift = report["drifts"].as_array().unwrap().iter().find(|drift| drift["address"] == address).unwrap();
        (drift["actor"]["name"].as_str().unwrap_or_default().to_owned(), drift["actor"]["evidence"].clone())
    };
    for address in ["Deployment/audited/web", "ConfigMap/audited/settings"] {
        assert_eq!(who(address), ("alice".to_owned(), "audit_log".into()), "{address}: {report:#}");
    }
}

#[test]
fn the_printed_rights_are_enough_and_nothing_but_reads_is_asked() {
    let world = World::deployed("rights", WEB);
    let reader = world.read_by(User::Driftledger);
    let problems = |report: &Json| report["coverage"]["problems"].as_array().unwrap().len();
    let refused = report(reader.folder.path());
    assert_eq!(
        (problems(&refused), &refused["coverage"]["resources"]["unknown"]),
        (3, &serde_json::json!(2)),
        "{refused:#}"
    );
    assert_eq!(refused["drifts"], serde_json::json!([]), "what may not be read is not missing");
    reader.grant();
    world.by_hand(&["set", "image", "deployment/web", "web=shop/web:9.9"]);
    let seen = report(reader.folder.path());
    assert_eq!((problems(&seen), &seen["coverage"]["resources"]["checked"]), (0, &serde_json::json!(2)), "{seen:#}");
    assert_eq!(lines(&seen).len(), 1);
    let verbs: std::collections::BTreeSet<String> = world
        .cluster
        .requests(User::Driftledger)
        .iter()
        // Another test has it try out a deploy, and asks with kubectl what it may.
        .filter(|event| event["objectRef"]["namespace"] != "tried-out")
        .filter(|event| !event["userAgent"].as_str().unwrap_or_default().starts_with("kubectl"))
        .map(|event| event["verb"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(verbs.into_iter().filter(|verb| !matches!(verb.as_str(), "get" | "list" | "watch")).count(), 0);
}

#[test]
fn the_gate_knows_what_a_deploy_removes_and_takes_manifests_that_were_rendered() {
    let world = World::deployed("gated", WEB);
    world.scan();
    world.by_hand(&["set", "env", "deployment/web", "EXTRA=1"]);
    let gate = |args: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_driftledger"));
        command.current_dir(world.folder.path()).args(["gate", "--stack", "gated"]).args(args);
        command.output().unwrap().status.code().unwrap()
    };
    let deployed_by = |method: &str| world.configure(|config| config["stacks"][0]["deploy_method"] = method.into());
    assert_eq!(gate(&[]), 2, "nobody says how it is deployed");
    deployed_by("apply");
    assert_eq!(gate(&[]), 0, "an apply leaves alone what it does not mention");
    deployed_by("replace");
    assert_eq!(gate(&[]), 2);
    deployed_by("apply");
    world.by_hand(&["set", "image", "deployment/web", "web=shop/web:9.9"]);
    assert_eq!(gate(&[]), 2);
    // What is about to be deployed has taken the change over.
    let rendered = WEB.replace("web:1.0", "web:9.9").replace("value: info}", "value: info}, {name: EXTRA, value: '1'}");
    std::fs::write(world.folder.path().join("rendered.yaml"), rendered).unwrap();
    assert_eq!(gate(&["--manifests", "rendered.yaml"]), 0);
    assert_eq!(gate(&["--manifests", "nowhere"]), 1, "what could not be read is no pass");
}
