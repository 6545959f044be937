//! Rollbacks that show in the histories of delivery tools and of the repository, on a real cluster.

use std::process::Command;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use driftledger::app::App;
use serde_json::{Value as Json, json};

use crate::cluster::{self, User};
use crate::scan_kubernetes::{WEB, World, lines, report};

impl World {
    /// The rollbacks that the store has: what was taken back, how it shows, and what set it off.
    async fn rollbacks(&self) -> Vec<String> {
        let file = driftledger::config::load(&self.folder.path().join("driftledger.yaml")).unwrap();
        let app = App::open(file).await.unwrap();
        let rollbacks = app.store().rollbacks().await.unwrap();
        rollbacks.iter().map(|one| format!("{} {} {}", one.service, one.mechanism, one.trigger)).collect()
    }

    fn rollback_settings(&self, settings: Json) {
        self.configure(|config| config["stacks"][0]["rollbacks"] = settings);
    }
}

fn messages(report: &Json) -> Vec<String> {
    let problems = report["coverage"]["problems"].as_array().unwrap().iter();
    let text = |problem: &Json, name: &str| problem[name].as_str().unwrap().to_owned();
    problems.map(|problem| format!("{}: {}", text(problem, "scope"), text(problem, "message"))).collect()
}

/// A version of a release as Helm keeps it: JSON, gzip, base64, and base64 once more as in every Secret.
fn release(version: i64, status: &str, description: &str, manifest: &str) -> String {
    let at = format!("2026-03-01T12:{version:02}:00.123456789+01:00");
    let payload = json!({
        "name": "shop", "namespace": "helmed", "version": version, "manifest": manifest, "hooks": [],
        "info": {"first_deployed": at, "last_deployed": at, "deleted": "", "description": description, "status": status},
        "chart": {"metadata": {"name": "shop", "version": "1.0.0"}, "templates": [], "values": {}},
        "config": {"database": {"password": "hunter2-in-values"}},
    });
    let mut packed = vec![0; 1 << 16];
    let config = zlib_rs::DeflateConfig { window_bits: 15 + 16, ..Default::default() };
    let (packed, _) = zlib_rs::compress_slice(&mut packed, payload.to_string().as_bytes(), config);
    let secret = json!({
        "apiVersion": "v1", "kind": "Secret", "type": "helm.sh/release.v1",
        "metadata": {"name": format!("sh.helm.release.v1.shop.v{version}"), "labels": {
            "modifiedAt": "1772366400", "name": "shop", "owner": "helm", "status": status, "version": version.to_string()}},
        "data": {"release": STANDARD.encode(STANDARD.encode(packed))},
    });
    format!("---\n{secret}\n")
}

#[tokio::test(flavor = "multi_thread")]
async fn helms_own_rollbacks_are_seen_where_a_stack_asks_for_them() {
    let reader = tokio::task::spawn_blocking(|| {
        let world = World::deployed("helmed", WEB);
        let releases = [
            release(1, "superseded", "Install complete", "image: one"),
            release(2, "superseded", "Upgrade complete", "image: two\npassword: hunter2-in-manifest"),
            release(3, "deployed", "Rollback to 1", "image: one"),
        ];
        world.cluster.kubectl_with(User::Deployer, &["apply", "-n", "helmed", "-f", "-"], &releases.concat());
        let reader = world.read_by(User::Driftledger);
        assert!(!reader.grant().contains("secrets"));
        assert_eq!(messages(&reader.report()), [""; 0]);
        let asks_for_secrets = |event: &&Json| event["objectRef"]["resource"] == "secrets";
        assert_eq!(world.cluster.requests(User::Driftledger).iter().filter(asks_for_secrets).count(), 0);
        reader
    })
    .await
    .unwrap();
    assert_eq!(reader.rollbacks().await, [""; 0]);
    let reader = tokio::task::spawn_blocking(move || {
        reader.rollback_settings(json!({"helm_releases": true}));
        let refused = reader.report();
        let told = messages(&refused);
        assert!(
            told.len() == 1
                && told[0]
                    .starts_with("kubernetes test helmed v1/Secret: rollbacks cannot be seen: secrets is forbidden"),
            "{told:#?}"
        );
        assert_eq!(refused["coverage"]["resources"]["unknown"], 0, "no object is hidden");
        assert!(reader.grant().contains("[configmaps, secrets]"));
        assert_eq!(messages(&reader.report()), [""; 0]);
        reader.report();
        reader
    })
    .await
    .unwrap();
    assert_eq!(reader.rollbacks().await, ["helm:helmed/shop helm manual"]);
    for file in std::fs::read_dir(reader.folder.path()).unwrap() {
        let path = file.unwrap().path();
        let bytes = if path.is_file() { std::fs::read(&path).unwrap() } else { Vec::new() };
        assert!(!bytes.windows(7).any(|part| part == b"hunter2"), "{}", path.display());
    }
}

/// The kinds of Argo CD and Flux, as far as they matter here.
fn delivery_kinds() -> String {
    let kinds = [
        ("argoproj.io", "v1alpha1", "Application", "applications"),
        ("kustomize.toolkit.fluxcd.io", "v1", "Kustomization", "kustomizations"),
        ("helm.toolkit.fluxcd.io", "v2", "HelmRelease", "helmreleases"),
    ];
    let kind = |(group, version, kind, plural): &(&str, &str, &str, &str)| {
        format!(
            "---\napiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata: {{name: {plural}.{group}}}\n\
             spec:\n  group: {group}\n  scope: Namespaced\n  names: {{kind: {kind}, plural: {plural}}}\n  versions:\n    - name: {version}\n      \
             served: true\n      storage: true\n      schema: {{openAPIV3Schema: {{type: object, x-kubernetes-preserve-unknown-fields: true}}}}\n"
        )
    };
    kinds.iter().map(kind).collect()
}

/// An application that alice synced back to an old revision.
fn application(namespace: &str) -> Json {
    let sync = |id: i64, revision: &str, by: Json| json!({"id": id, "revision": revision, "deployedAt": format!("2026-03-01T12:{id:02}:00Z"), "initiatedBy": by});
    let history = [
        sync(1, "aaa", json!({"automated": true})),
        sync(2, "bbb", json!({"automated": true})),
        sync(3, "aaa", json!({"username": "alice"})),
    ];
    json!({"apiVersion": "argoproj.io/v1alpha1", "kind": "Application", "metadata": {"name": "shop", "namespace": namespace},
        "spec": {}, "status": {"history": history, "resources": [
            {"group": "apps", "version": "v1", "kind": "Deployment", "namespace": "delivered", "name": "web"}]}})
}

/// A kustomization that applies again what it had applied before.
fn kustomization(namespace: &str) -> Json {
    let entry = |digest: &str, first: &str, last: &str| {
        json!({"digest": digest, "firstReconciled": format!("2026-03-01T{first}:00Z"), "lastReconciled": format!("2026-03-01T{last}:00Z"),
            "lastReconciledStatus": "ReconciliationSucceeded", "totalReconciliations": 2})
    };
    json!({"apiVersion": "kustomize.toolkit.fluxcd.io/v1", "kind": "Kustomization", "metadata": {"name": "apps", "namespace": namespace},
        "status": {"history": [entry("a", "09:00", "13:00"), entry("b", "11:00", "12:00")]}})
}

#[tokio::test(flavor = "multi_thread")]
async fn what_deploys_a_stack_is_asked_though_the_stack_does_not_declare_it() {
    let reader = tokio::task::spawn_blocking(|| {
        let cluster = cluster::shared();
        cluster.kubectl_with(User::Admin, &["apply", "-f", "-"], &delivery_kinds());
        let crds = [
            "applications.argoproj.io",
            "kustomizations.kustomize.toolkit.fluxcd.io",
            "helmreleases.helm.toolkit.fluxcd.io",
        ];
        for crd in crds {
            cluster.kubectl(User::Admin, &["wait", "--for=condition=Established", &format!("crd/{crd}")]);
        }
        let world = World::deployed("delivered", WEB);
        cluster.namespace("delivered-by");
        for object in [application("delivered-by"), kustomization("delivered-by")] {
            cluster.kubectl_with(User::Admin, &["create", "-f", "-"], &object.to_string());
        }
        let note = |verb: &str, object: &str, by: &str, notes: &[&str]| {
            let by = format!("--field-manager={by}");
            cluster.kubectl(User::Deployer, &[&["-n", "delivered", verb, object, &by], notes].concat());
        };
        let tracked = "argocd.argoproj.io/tracking-id=delivered-by_shop:apps/Deployment:delivered/web";
        note("annotate", "deployment/web", "argocd-controller", &[tracked]);
        let names = ["kustomize.toolkit.fluxcd.io/name=apps", "kustomize.toolkit.fluxcd.io/namespace=delivered-by"];
        note("label", "configmap/settings", "kustomize-controller", &names);
        // One that is not there, nor a kind of this cluster's own.
        let elsewhere = ["helm.toolkit.fluxcd.io/name=gone", "helm.toolkit.fluxcd.io/namespace=delivered-by"];
        note("label", "configmap/settings", "helm-controller", &elsewhere);
        let reader = world.read_by(User::Driftledger);
        reader.grant();
        let refused = reader.report();
        let told = messages(&refused);
        assert_eq!(told.len(), 3, "{told:#?}");
        let expect = "kubernetes test delivered-by argoproj.io/v1alpha1/Application: rollbacks cannot be seen: \
                      applications.argoproj.io \"shop\" is forbidden";
        assert!(told.iter().any(|problem| problem.starts_with(expect)), "{told:#?}");
        assert_eq!((lines(&refused), &refused["coverage"]["resources"]["unknown"]), (vec![], &json!(0)));
        reader
    })
    .await
    .unwrap();
    assert_eq!(reader.rollbacks().await, [""; 0]);
    let reader = tokio::task::spawn_blocking(move || {
        let named = |kind: &str, name: &str| json!({"kind": kind, "namespace": "delivered-by", "name": name});
        let deployed_by = [named("application", "shop"), named("kustomization", "apps"), named("helm_release", "gone")];
        reader.rollback_settings(json!({ "deployed_by": deployed_by }));
        assert!(reader.grant().contains("resourceNames: [shop]\n    verbs: [get]"));
        for _ in 0..2 {
            assert_eq!(messages(&reader.report()), [""; 0]);
        }
        reader
    })
    .await
    .unwrap();
    let mut found = reader.rollbacks().await;
    found.sort();
    assert_eq!(found, ["argocd:delivered-by/shop argocd manual", "kustomization:delivered-by/apps flux redeployment"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rollback_that_follows_a_reverting_commit_is_that_commits_and_one() {
    let versions = |version: &str| {
        let api = WEB.split("---").next().unwrap().replace("name: web}\nspec", "name: api}\nspec");
        format!("{WEB}---\n{api}").replace("web:1.0", &format!("web:{version}"))
    };
    let world = tokio::task::spawn_blocking(move || {
        let world = World::deployed("reverted", &versions("1.0"));
        world.scan();
        let deploy = || {
            world.deploy();
            for deployment in ["web", "api"] {
                world.cluster.settle("reverted", deployment);
            }
        };
        world.declare(&versions("2.0"));
        deploy();
        assert_eq!(world.scan(), [""; 0]);
        world.git(&["revert", "--no-commit", "HEAD"]);
        world.git(&["commit", "-q", "--no-edit"]);
        deploy();
        for _ in 0..2 {
            let report = world.report();
            assert_eq!((lines(&report), messages(&report)), (vec![], vec![]));
        }
        world
    })
    .await
    .unwrap();
    let found = world.rollbacks().await;
    assert!(
        matches!(found.as_slice(), [one] if one.ends_with("/api git git_revert") || one.ends_with("/web git git_revert")),
        "{found:?}"
    );

    // A clone that lacks the commits before it cannot tell.
    let clone = tempfile::tempdir().unwrap();
    let source = format!("file://{}", world.folder.path().display());
    let cloned = Command::new("git").args(["clone", "-q", "--depth", "1", &source]).arg(clone.path()).status().unwrap();
    assert!(cloned.success());
    std::fs::copy(world.folder.path().join("driftledger.yaml"), clone.path().join("driftledger.yaml")).unwrap();
    let path = clone.path().to_owned();
    let told = tokio::task::spawn_blocking(move || messages(&report(&path))).await.unwrap();
    assert!(
        told.len() == 1 && told[0].contains("whether a commit reverted what went back cannot be told: "),
        "{told:?}"
    );
}
