//! What goes wrong between driftledger and an API server: nothing is missing because of it, and the next scan is whole.

use std::collections::{BTreeMap, BTreeSet};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use serde_json::{Value as Json, json};

use crate::cluster::{self, Cluster, User};
use crate::proxy::{Fault, Proxy};
use crate::scan_kubernetes::{WEB, World, lines};

impl World {
    /// Has the stack read through a proxy, one thing after the other.
    fn through(&self, proxy: &Proxy) {
        self.live("kubeconfig", json!(proxy.kubeconfig()));
        self.live("max_concurrency", json!(1));
    }

    fn live(&self, key: &str, value: Json) {
        self.configure(|config| config["stacks"][0]["live"][key] = value);
    }

    /// Has the stack read without anything between.
    fn directly(&self) {
        self.live("kubeconfig", json!(self.cluster.kubeconfig(User::Deployer)));
    }
}

/// The problems of a report, a line each.
fn problems(report: &Json) -> Vec<String> {
    let problems = report["coverage"]["problems"].as_array().unwrap().iter();
    let line = |one: &Json| ["kind", "scope", "message"].map(|name| one[name].as_str().unwrap().to_owned());
    problems.map(line).map(|[kind, scope, message]| format!("{kind} {scope}: {message}")).collect()
}

fn resources(report: &Json) -> [&Json; 3] {
    ["declared", "checked", "unknown"].map(|name| &report["coverage"]["resources"][name])
}

/// The open drifts of a report, and whether they are stale.
fn stale(report: &Json) -> BTreeMap<&str, bool> {
    let drifts = report["drifts"].as_array().unwrap().iter();
    drifts.map(|drift| (drift["address"].as_str().unwrap(), drift["stale"].as_bool().unwrap_or_default())).collect()
}

const BOTH: [&str; 2] = [
    "ConfigMap/killed/settings data.retries drifted: \"3\" -> \"5\"",
    "Deployment/killed/web spec.template.spec.containers[name=web].image drifted: \"shop/web:1.0\" -> \"shop/web:9.9\"",
];

#[test]
fn a_server_that_dies_in_the_middle_of_a_scan_leaves_what_is_known_as_it_was_and_the_next_scan_is_whole() {
    let cluster: &'static Cluster = Box::leak(Box::new(Cluster::start()));
    let world = World::deployed_to(cluster, "killed", WEB);
    assert_eq!(world.scan(), [""; 0]);
    world.by_hand(&["set", "image", "deployment/web", "web=shop/web:9.9"]);
    world.by_hand(&["patch", "configmap", "settings", "-p", r#"{"data": {"retries": "5"}}"#]);
    assert_eq!(world.scan(), BOTH);

    // It stays away for the rest of the scan.
    let dies = Proxy::of(cluster, User::Deployer, |path| {
        if !path.contains("/configmaps?") {
            return Fault::None;
        }
        cluster.kill_server();
        Fault::BreakOff
    });
    world.through(&dies);
    let report = world.report();
    assert_eq!(resources(&report), [&json!(2), &json!(1), &json!(1)], "{report:#}");
    assert_eq!(lines(&report), BOTH, "neither resolved nor missing");
    assert_eq!(stale(&report), [("ConfigMap/killed/settings", true), ("Deployment/killed/web", false)].into());
    let told = problems(&report);
    let starts = [
        "unevaluated kubernetes test killed apps/v1/ReplicaSet: rollbacks cannot be seen: ",
        "unreachable kubernetes test killed v1/ConfigMap: ",
    ];
    assert!(told.len() == 2 && told.iter().zip(starts).all(|(told, start)| told.starts_with(start)), "{told:#?}");

    cluster.start_server_again();
    world.directly();
    let report = world.report();
    assert_eq!((lines(&report), problems(&report)), (BOTH.map(str::to_owned).to_vec(), vec![]));
    assert!(!stale(&report).values().any(|stale| *stale), "{report:#}");

    // It is back before the scan has noticed: what it had begun is lost, or asked again.
    let comes_back = Proxy::of(cluster, User::Deployer, |path| {
        if path.contains("/configmaps?") {
            cluster.kill_server();
            cluster.start_server_again();
        }
        Fault::None
    });
    world.through(&comes_back);
    world.live("timeout_seconds", json!(600));
    let report = world.report();
    assert_eq!(lines(&report), BOTH);
    let told = problems(&report);
    let is_whole = !stale(&report).values().any(|stale| *stale);
    assert!(
        told.iter().all(|problem| problem.contains("killed v1/ConfigMap: ")) && told.is_empty() == is_whole,
        "{told:?}"
    );
    world.directly();
    world.cluster.deploy("killed", WEB);
    assert_eq!(world.scan(), [""; 0]);
}

#[test]
fn a_server_that_cannot_be_reached_at_all_is_one_problem() {
    let world = World::deployed("unreached", WEB);
    assert_eq!(world.scan(), [""; 0]);
    world.by_hand(&["set", "image", "deployment/web", "web=shop/web:9.9"]);
    assert_eq!(world.scan().len(), 1);
    let proxy = Proxy::of(world.cluster, User::Deployer, |_| Fault::BreakOff);
    world.through(&proxy);
    let report = world.report();
    assert_eq!(resources(&report), [&json!(2), &json!(0), &json!(2)], "{report:#}");
    assert_eq!(stale(&report), [("Deployment/unreached/web", true)].into());
    assert_eq!(problems(&report).len(), 1, "{:#?}", problems(&report));
}

/// How many ConfigMaps are more than a page.
const MANY: usize = 510;

/// A stack with more ConfigMaps than a page has, on the cluster that may be troubled.
fn many(namespace: &'static str) -> World {
    let map = |number: usize| {
        format!("apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: m{number:03}}}\ndata: {{a: '1'}}\n---\n")
    };
    let cluster = cluster::troubled();
    let manifests: String = (0..MANY).map(map).collect();
    cluster.namespace(namespace);
    cluster.kubectl_with(User::Deployer, &["create", "-n", namespace, "-f", "-"], &manifests);
    let world = World::of(cluster, namespace, User::Deployer);
    world.declare(&manifests);
    world
}

#[test]
fn a_list_whose_rest_has_expired_is_begun_again_and_one_that_always_expires_is_a_problem() {
    let world = many("expiring");
    // The server itself says that the rest is gone: etcd has forgotten it.
    let expiring = |times: usize| {
        let cluster = world.cluster;
        let begun = AtomicUsize::new(0);
        Proxy::of(cluster, User::Deployer, move |path| {
            if path.contains("continue=") && begun.fetch_add(1, Ordering::SeqCst) < times {
                cluster.compact();
            }
            Fault::None
        })
    };
    let statuses = |proxy: &Proxy| -> Vec<u16> {
        proxy.seen().iter().filter(|(path, _)| path.contains("continue=")).map(|(_, status)| *status).collect()
    };
    let once = expiring(1);
    world.through(&once);
    let report = world.report();
    assert_eq!(statuses(&once), [410, 200]);
    assert_eq!((lines(&report), problems(&report)), (vec![], vec![]));
    assert_eq!(resources(&report), [&json!(MANY), &json!(MANY), &json!(0)]);

    let always = expiring(usize::MAX);
    world.through(&always);
    let report = world.report();
    assert_eq!(statuses(&always), [410, 410, 410]);
    assert_eq!((lines(&report), resources(&report)), (vec![], [&json!(MANY), &json!(0), &json!(MANY)]));
    let told = problems(&report);
    let [only] = told.as_slice() else { panic!("{told:#?}") };
    assert!(
        only.starts_with("service kubernetes test expiring v1/ConfigMap: The provided continue parameter is too old"),
        "{only}"
    );
}

#[test]
fn a_server_without_time_is_asked_again_and_one_that_never_has_any_is_a_problem_that_says_so() {
    let world = World::deployed("busy", WEB);
    assert_eq!(world.scan(), [""; 0]);
    // As the server itself answers where requests of a priority level queue up.
    const BUSY: &str = "Too many requests, please try again later.\n";
    let first = Arc::new(Mutex::new(BTreeSet::new()));
    let at_first =
        Proxy::of(world.cluster, User::Deployer, move |path| match first.lock().unwrap().insert(path.to_owned()) {
            true => Fault::Answer(429, &[("retry-after", "1")], BUSY),
            false => Fault::None,
        });
    world.through(&at_first);
    let report = world.report();
    assert_eq!((lines(&report), problems(&report)), (vec![], vec![]));
    let asked: Vec<u16> = at_first.seen().iter().map(|(_, status)| *status).collect();
    assert!(asked.len() > 6 && asked.chunks(2).all(|pair| pair == [429, 200]), "{asked:?}");

    let check = |retry_after: &'static [(&str, &str)], times: std::ops::RangeInclusive<usize>| {
        let always = Proxy::of(world.cluster, User::Deployer, move |path| match path.contains("/configmaps?") {
            true => Fault::Answer(429, retry_after, BUSY),
            false => Fault::None,
        });
        world.through(&always);
        world.live("timeout_seconds", json!(10));
        let report = world.report();
        assert_eq!((lines(&report), resources(&report)), (vec![], [&json!(2), &json!(1), &json!(1)]));
        let expect = "throttled kubernetes test busy v1/ConfigMap: Too many requests, please try again later. \
                      (and there is no time to ask again within 10 s)";
        assert_eq!(problems(&report), [expect]);
        let asked = always.seen().iter().filter(|(path, _)| path.contains("/configmaps?")).count();
        assert!(times.contains(&asked), "{asked}");
    };
    check(&[], 1..=6);
    // Nobody waits for an hour, nor until half of it is over.
    check(&[("retry-after", "3600")], 1..=1);
}

#[test]
fn an_object_of_five_megabytes_is_read_with_the_rest_and_in_little_memory() {
    let map =
        |name: &str| format!("---\napiVersion: v1\nkind: ConfigMap\nmetadata: {{name: {name}}}\ndata: {{a: '1'}}\n");
    let world = World::deployed("heavy", &["a", "b", "c"].map(map).concat());
    assert_eq!(world.scan(), [""; 0]);
    // The largest that the server itself takes, and one of a server that takes more.
    let large = "x".repeat(1_000_000);
    let manifest = map("b").replace("a: '1'", &format!("a: '1', large: {large}"));
    world.cluster.kubectl_with(User::Alice, &["apply", "--server-side", "-n", "heavy", "-f", "-"], &manifest);
    let inflating = Proxy::of(world.cluster, User::Deployer, |path| match path.contains("/configmaps?") {
        true => Fault::Change(|answer| {
            let items = answer["items"].as_array_mut().unwrap().iter_mut();
            let a = items.into_iter().find(|item| item["metadata"]["name"] == "a").unwrap();
            a["data"]["large"] = "y".repeat(5 << 20).into();
        }),
        false => Fault::None,
    });
    world.through(&inflating);
    world.by_hand(&["patch", "configmap", "c", "-p", r#"{"data": {"a": "2"}}"#]);
    let (report, peak) = scan_and_measure(&world);
    assert_eq!(problems(&report), [""; 0]);
    let found = lines(&report);
    let [large, small] = found.as_slice() else { panic!("{}", found.len()) };
    assert!(large.starts_with("ConfigMap/heavy/b data.large drifted: null -> \"xxx"), "it was added by hand");
    assert_eq!(small, "ConfigMap/heavy/c data.a drifted: \"1\" -> \"2\"");
    assert_eq!(resources(&report), [&json!(3), &json!(3), &json!(0)]);
    assert!(peak < 160 << 20, "{} MB", peak >> 20);
}

/// Scans, and says how many bytes of memory the process had at most, as the kernel last said before it ended.
fn scan_and_measure(world: &World) -> (Json, u64) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_driftledger"));
    command.current_dir(world.folder.path()).args(["scan", "--format", "json", "--output", "report.json"]);
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let status = format!("/proc/{}/status", child.id());
    let mut peak = 0;
    while child.try_wait().unwrap().is_none() {
        let status = std::fs::read_to_string(&status).unwrap_or_default();
        let most = status.lines().find_map(|line| line.strip_prefix("VmHWM:")?.split_whitespace().next()?.parse().ok());
        peak = peak.max(most.unwrap_or(0));
        std::thread::yield_now();
    }
    let report = std::fs::read_to_string(world.folder.path().join("report.json")).unwrap();
    (serde_json::from_str(&report).unwrap(), peak * 1024)
}

const FREE_KIND: &str = "
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: pipelines.free.example.com}
spec:
  group: free.example.com
  scope: Namespaced
  names: {kind: Pipeline, plural: pipelines, singular: pipeline}
  versions:
    - name: v1
      served: true
      storage: true
      schema: {openAPIV3Schema: {type: object, x-kubernetes-preserve-unknown-fields: true}}
";

const FREE: &str = "
apiVersion: free.example.com/v1
kind: Pipeline
metadata: {name: build, labels: {team: shop}}
spec:
  timeout: 90s
  memory: 1024Mi
  ratio: 0.5
  empty: {}
  none: []
  flags: [b, a, a]
  steps:
    - {name: fetch, image: git:1, args: [clone, '--depth=1']}
    - {name: make, image: rust:1, env: [{name: A, value: '1'}, {name: A, value: '2'}]}
extra: {anything: [1, two, {three: 3}]}
";

#[test]
fn a_kind_whose_schema_says_nothing_is_compared_by_what_it_holds() {
    let cluster = cluster::shared();
    cluster.kubectl_with(User::Admin, &["apply", "-f", "-"], FREE_KIND);
    cluster.kubectl(User::Admin, &["wait", "--for=condition=Established", "crd/pipelines.free.example.com"]);
    let world = World::deployed("free", FREE);
    let report = world.report();
    assert_eq!((lines(&report), problems(&report)), (vec![], vec![]));
    let change = |patch: &str| {
        let args = ["-n", "free", "patch", "pipelines.free.example.com", "build", "--type=json", "-p", patch];
        cluster.kubectl(User::Admin, &args);
    };
    change(r#"[{"op": "replace", "path": "/spec/ratio", "value": 0.25}]"#);
    assert_eq!(world.scan(), ["Pipeline.free.example.com/free/build spec.ratio drifted: 0.5 -> 0.25"]);
    // Nothing says how the items of a list are told apart, so that it is one attribute.
    change(r#"[{"op": "replace", "path": "/spec/steps/1/image", "value": "rust:2"}]"#);
    change(
        r#"[{"op": "add", "path": "/extra/more", "value": true}, {"op": "remove", "path": "/spec/timeout"},
        {"op": "replace", "path": "/spec/flags", "value": ["a", "b", "a"]}]"#,
    );
    let found = world.scan();
    let paths: Vec<_> = found.iter().map(|line| line.split(' ').nth(1).unwrap()).collect();
    assert_eq!(paths, ["extra.more", "spec.flags", "spec.ratio", "spec.steps", "spec.timeout"], "{found:#?}");
}

const POLICY: &str = r#"
apiVersion: admissionregistration.k8s.io/v1alpha1
kind: MutatingAdmissionPolicy
metadata: {name: mirror}
spec:
  matchConstraints:
    resourceRules: [{apiGroups: [apps], apiVersions: [v1], operations: [CREATE, UPDATE], resources: [deployments]}]
  matchConditions: [{name: here, expression: "object.metadata.namespace.startsWith('mutated')"}]
  failurePolicy: Fail
  reinvocationPolicy: Never
  mutations:
    - patchType: JSONPatch
      jsonPatch:
        expression: >
          [
            JSONPatch{op: "add", path: "/spec/template/metadata/labels/injected", value: "true"},
            JSONPatch{op: "add", path: "/spec/template/spec/tolerations", value: [{"key": "spot", "operator": "Exists"}]},
            JSONPatch{op: "add", path: "/spec/template/spec/containers/0/image",
              value: object.spec.template.spec.containers[0].image.startsWith("mirror/")
                ? object.spec.template.spec.containers[0].image
                : "mirror/" + object.spec.template.spec.containers[0].image}
          ]
---
apiVersion: admissionregistration.k8s.io/v1alpha1
kind: MutatingAdmissionPolicyBinding
metadata: {name: mirror}
spec: {policyName: mirror}
"#;

/// What the server itself changed of objects on their way in.
fn mutated(report: &Json) -> Vec<String> {
    let controlled = report["coverage"]["controlled"].as_array().into_iter().flatten();
    controlled.map(|one| format!("{} {}: {}", one["path"], one["live"], one["reason"]).replace('"', "")).collect()
}

#[test]
fn what_the_server_makes_of_a_manifest_on_its_way_in_is_no_drift_and_a_change_beside_it_is() {
    const IMAGE: &str = "spec.template.spec.containers[name=web].image";
    let cluster = cluster::troubled();
    cluster.kubectl_with(User::Admin, &["apply", "-f", "-"], POLICY);
    cluster.namespace("mutated-probe");
    // A policy counts when the server has taken note of it.
    for _ in 0..600 {
        let probe = ["create", "deployment", "probe", "--image=a", "-n", "mutated-probe", "--dry-run=server", "-o"];
        let made = cluster
            .kubectl(User::Admin, &[&probe[..], &["jsonpath={.spec.template.spec.containers[0].image}"]].concat());
        if made == "mirror/a" {
            break;
        }
    }
    let world = World::deployed_to(cluster, "mutated", WEB);
    let report = world.report();
    assert_eq!((lines(&report), problems(&report)), (vec![], vec![]));
    let note = "mutated by the server on its way in: kubectl-client-side-apply applied another value and still owns it";
    assert_eq!(mutated(&report), [format!("{IMAGE} mirror/shop/web:1.0: {note}")]);
    // Beside it, and the same attribute.
    world.by_hand(&["set", "env", "deployment/web", "LOG_LEVEL=debug"]);
    let env = "Deployment/mutated/web spec.template.spec.containers[name=web].env[name=LOG_LEVEL].value drifted: \"info\" -> \"debug\"";
    assert_eq!(world.scan(), [env]);
    world.by_hand(&["set", "image", "deployment/web", "web=shop/web:9"]);
    let image = format!("Deployment/mutated/web {IMAGE} drifted: \"shop/web:1.0\" -> \"mirror/shop/web:9\"");
    assert_eq!(world.scan(), [env.to_owned(), image]);
    // A new version is pending, and in sync when it is deployed.
    world.deploy();
    assert_eq!(world.scan(), [""; 0]);
    world.declare(&WEB.replace("web:1.0", "web:2.0"));
    let pending = format!("Deployment/mutated/web {IMAGE} pending: \"shop/web:2.0\" -> \"mirror/shop/web:1.0\"");
    assert_eq!(world.scan(), [pending]);
    world.deploy();
    let report = world.report();
    assert_eq!((lines(&report), mutated(&report).len()), (vec![], 1));
}
