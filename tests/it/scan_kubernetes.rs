//! Scans of a real cluster, from the manifests in a repository to the report.

use std::path::Path;
use std::process::Command;

use serde_json::Value as Json;
use tempfile::TempDir;

use crate::cluster::{self, Cluster, User};

/// A repository with one stack of manifests, and the cluster that they are deployed to.
struct World {
    cluster: &'static Cluster,
    namespace: &'static str,
    folder: TempDir,
}

impl World {
    /// A repository whose manifests are deployed to a namespace of its own.
    fn deployed(namespace: &'static str, manifests: &str) -> Self {
        let cluster = cluster::shared();
        cluster.namespace(namespace);
        let world = Self::of(cluster, namespace, User::Deployer);
        world.declare(manifests);
        world.deploy();
        world
    }

    fn of(cluster: &'static Cluster, namespace: &'static str, reader: User) -> Self {
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

    fn git(&self, args: &[&str]) {
        let who = ["-c", "user.name=dev", "-c", "user.email=dev@example.com", "-c", "commit.gpgsign=false"];
        let done = Command::new("git").arg("-C").arg(self.folder.path()).args(who).args(args).status().unwrap();
        assert!(done.success(), "git {args:?}");
    }

    /// Commits manifests in the place of those before.
    fn declare(&self, manifests: &str) {
        std::fs::write(self.folder.path().join("deploy/all.yaml"), manifests).unwrap();
        self.git(&["add", "deploy"]);
        self.git(&["commit", "-q", "-m", "declare"]);
    }

    fn deploy(&self) {
        let manifests = std::fs::read_to_string(self.folder.path().join("deploy/all.yaml")).unwrap();
        self.cluster.deploy(self.namespace, &manifests);
    }

    fn by_hand(&self, args: &[&str]) {
        self.cluster.kubectl(User::Alice, &[&["-n", self.namespace], args].concat());
    }

    fn report(&self) -> Json {
        report(self.folder.path())
    }

    /// What a scan finds, a line an attribute.
    fn scan(&self) -> Vec<String> {
        lines(&self.report())
    }
}

fn report(folder: &Path) -> Json {
    let output = Command::new(env!("CARGO_BIN_EXE_driftledger"))
        .current_dir(folder)
        .args(["scan", "--format", "json"])
        .output()
        .unwrap();
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(matches!(output.status.code(), Some(0 | 2)), "{error}");
    serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{error}"))
}

fn lines(report: &Json) -> Vec<String> {
    let mut lines = Vec::new();
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
    lines
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
