//! The read-only comparison against what the server itself would do: a server-side apply that is only tried out changes
//! exactly the fields that a scan finds changed or removed by hand.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value as Json, json};

use crate::cluster::{self, Cluster, User};
use crate::scan_kubernetes::World;

/// How many objects there are of each kind, and how often each is edited.
const OBJECTS: usize = 10;
const ROUNDS: usize = 7;

const MANIFESTS: &str = r#"
apiVersion: apps/v1
kind: Deployment
metadata: {name: NAME, labels: {team: a, tier: web}, annotations: {example.com/owner: a}}
spec:
  replicas: 2
  selector: {matchLabels: {app: NAME}}
  template:
    metadata: {labels: {app: NAME}}
    spec:
      terminationGracePeriodSeconds: 45
      tolerations: [{key: a, operator: Exists}]
      containers:
        - name: web
          image: web:1
          args: [one, two]
          env: [{name: A, value: "1"}, {name: B, value: "2"}]
          ports: [{containerPort: 80}, {containerPort: 81, name: other}]
          resources: {requests: {cpu: 1000m, memory: 1024Mi}}
          readinessProbe: {httpGet: {path: /a, port: 80}, periodSeconds: 20}
        - {name: side, image: "side:1"}
      volumes: [{name: v, emptyDir: {}}]
---
apiVersion: v1
kind: ConfigMap
metadata: {name: NAME, labels: {team: a}}
data: {a: "1", b: "2", c.properties: "x=1"}
---
apiVersion: v1
kind: Service
metadata: {name: NAME}
spec: {selector: {app: NAME}, ports: [{name: http, port: 80}, {name: dns, port: 53, protocol: UDP, targetPort: 5353}]}
---
"#;

/// JSON patches of each kind. Some change nothing that counts, such as the spelling of a quantity.
fn edits(kind: &str) -> Vec<Json> {
    let set = |path: &str, value: Json| json!([{"op": "add", "path": path, "value": value}]);
    let remove = |path: &str| json!([{"op": "remove", "path": path}]);
    let container = "/spec/template/spec/containers/0";
    match kind {
        "deployment" => vec![
            set("/spec/replicas", json!(7)),
            set("/spec/paused", json!(true)),
            set("/metadata/labels/team", json!("b")),
            set("/metadata/labels/extra", json!("x")),
            remove("/metadata/labels/tier"),
            remove("/metadata/annotations/example.com~1owner"),
            set(&format!("{container}/image"), json!("web:2")),
            set(&format!("{container}/args"), json!(["one"])),
            set(&format!("{container}/env/0/value"), json!("9")),
            set(&format!("{container}/env"), json!([{"name": "B", "value": "2"}, {"name": "C", "value": "3"}])),
            set(&format!("{container}/ports"), json!([{"containerPort": 81, "name": "other", "protocol": "TCP"}])),
            set(&format!("{container}/resources/requests/cpu"), json!("1")),
            set(&format!("{container}/resources/requests/memory"), json!("2Gi")),
            set(&format!("{container}/resources/limits"), json!({"cpu": "4"})),
            set(&format!("{container}/readinessProbe/httpGet/path"), json!("/b")),
            set(&format!("{container}/readinessProbe/periodSeconds"), json!(10)),
            remove(&format!("{container}/readinessProbe")),
            set("/spec/template/spec/tolerations", json!([{"key": "b", "operator": "Exists"}])),
            remove("/spec/template/spec/containers/1"),
            set("/spec/template/spec/terminationGracePeriodSeconds", json!(30)),
            set("/spec/template/spec/volumes/0/emptyDir", json!({"medium": "Memory"})),
            set("/spec/strategy", json!({"type": "Recreate"})),
        ],
        "configmap" => vec![
            set("/data/a", json!("9")),
            set("/data/new", json!("9")),
            remove("/data/b"),
            set("/data/c.properties", json!("x=2")),
            remove("/metadata/labels"),
            set("/metadata/labels", json!({"team": "a", "more": "x"})),
        ],
        _ => vec![
            set("/spec/ports/0/targetPort", json!(8080)),
            set("/spec/ports/1/targetPort", json!(53)),
            set("/spec/ports", json!([{"name": "http", "port": 80}])),
            set("/spec/selector/app", json!("other")),
            set("/spec/selector/more", json!("x")),
            set("/spec/sessionAffinity", json!("ClientIP")),
        ],
    }
}

/// A sequence of numbers that is the same in every run (Knuth's constants).
struct Chance(u64);

impl Chance {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % limit
    }
}

/// The scalars of an object by path, with items of lists under their names, as reports write them.
fn leaves(value: &Json, path: &str, found: &mut BTreeMap<String, Json>) {
    match value {
        Json::Object(members) => {
            for (name, member) in members {
                let step = if name.contains('.') { format!("[\"{name}\"]") } else { format!(".{name}") };
                leaves(member, format!("{path}{step}").trim_start_matches('.'), found);
            }
        }
        Json::Array(items) if items.iter().all(|item| item.get("containerPort").is_some()) => {
            for item in items {
                let key = format!("{},{}", item["containerPort"], item["protocol"].as_str().unwrap_or("TCP"));
                leaves(item, &format!("{path}[containerPort,protocol={key}]"), found);
            }
        }
        Json::Array(items) if items.iter().all(|item| item.get("port").is_some()) => {
            for item in items {
                let key = format!("{},{}", item["port"], item["protocol"].as_str().unwrap_or("TCP"));
                leaves(item, &format!("{path}[port,protocol={key}]"), found);
            }
        }
        Json::Array(items) if items.iter().all(|item| item.get("name").is_some()) => {
            for item in items {
                leaves(item, &format!("{path}[name={}]", item["name"].as_str().unwrap()), found);
            }
        }
        scalar_or_whole => {
            found.insert(path.to_owned(), scalar_or_whole.clone());
        }
    }
}

/// The leaves of every object, by `kind/name`.
type Objects = BTreeMap<String, BTreeMap<String, Json>>;

/// The objects of a list.
fn objects(list: &str) -> Objects {
    let list: Json = serde_json::from_str(list).unwrap();
    let of_object = |object: &Json| {
        let mut object = object.clone();
        object.as_object_mut().unwrap().remove("status");
        let metadata = object["metadata"].as_object_mut().unwrap();
        for server in ["managedFields", "generation", "resourceVersion", "uid", "creationTimestamp"] {
            metadata.remove(server);
        }
        let mut found = BTreeMap::new();
        leaves(&object, "", &mut found);
        (format!("{}/{}", object["kind"].as_str().unwrap(), object["metadata"]["name"].as_str().unwrap()), found)
    };
    list["items"].as_array().unwrap().iter().map(of_object).collect()
}

/// The leaves that differ between an object now and after the deploy that was tried out.
fn would_change(now: &BTreeMap<String, Json>, then: &BTreeMap<String, Json>) -> BTreeSet<String> {
    let all = now.keys().chain(then.keys());
    all.filter(|path| now.get(*path) != then.get(*path)).cloned().collect()
}

fn is_within(path: &str, whole: &str) -> bool {
    path.strip_prefix(whole).is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
}

/// The objects as they are, and as the deploy would leave them. Controllers follow the edits in their own time, with the
/// number of a revision for one: what they write between the two looks is no doing of the deploy, and so a try only
/// counts while nothing moves.
fn try_out(cluster: &Cluster, apply: &[&str], manifests: &str) -> (Objects, Objects) {
    let get = || {
        objects(&cluster.kubectl(User::Admin, &["get", "deployments,configmaps,services", "-n", "oracle", "-ojson"]))
    };
    let tried = [apply, &["--dry-run=server", "-o", "json"]].concat();
    let mut now = get();
    for _ in 0..20 {
        let then = objects(&cluster.kubectl_with(User::Deployer, &tried, manifests));
        let after = get();
        if after == now {
            return (now, then);
        }
        now = after;
    }
    panic!("the controllers never came to rest")
}

#[test]
fn a_deploy_that_is_tried_out_changes_what_a_scan_finds_changed_and_nothing_else() {
    let names: Vec<String> = (0..OBJECTS).map(|number| format!("o{number}")).collect();
    let manifests: String = names.iter().map(|name| MANIFESTS.replace("NAME", name)).collect();
    let cluster = cluster::shared();
    cluster.namespace("oracle");
    let world = World::of(cluster, "oracle", User::Deployer);
    world.declare(&manifests);
    let apply = ["apply", "--server-side", "--force-conflicts", "--field-manager=ci", "-n", "oracle", "-f", "-"];
    cluster.kubectl_with(User::Deployer, &apply, &manifests);
    assert_eq!(world.scan(), [""; 0]);
    let mut chance = Chance(2026);
    let (mut made, mut found_in_all) = (0, 0);
    for round in 0..ROUNDS {
        for name in &names {
            for kind in ["deployment", "configmap", "service"] {
                let edits = edits(kind);
                let patch = edits[chance.below(edits.len())].to_string();
                // What an earlier round took away cannot be taken away again.
                made += usize::from(
                    cluster
                        .try_kubectl(User::Alice, &["-n", "oracle", "patch", kind, name, "--type=json", "-p", &patch]),
                );
            }
        }
        let (now, then) = try_out(cluster, &apply, &manifests);
        let report = world.report();
        let mut findings: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for drift in report["drifts"].as_array().unwrap() {
            let address = drift["address"].as_str().unwrap().replace("/oracle/", "/");
            let attributes = drift["attributes"].as_array().unwrap().iter();
            // What was added by hand survives an apply, and has no oracle.
            let modified = attributes.filter(|attribute| !attribute["declared"].is_null());
            findings.entry(address).or_default().extend(modified.map(|one| one["path"].as_str().unwrap().to_owned()));
        }
        for (address, then) in &then {
            let changes = would_change(&now[address], then);
            let own = findings.get(address).map(Vec::as_slice).unwrap_or_default();
            found_in_all += own.len();
            for path in own {
                assert!(
                    changes.iter().any(|change| is_within(change, path) || is_within(path, change)),
                    "round {round}: {address}: found {path}, and a deploy changes only {changes:#?}"
                );
            }
            for change in &changes {
                assert!(
                    own.iter().any(|path| is_within(change, path) || is_within(path, change)),
                    "round {round}: {address}: a deploy changes {change}, and only {own:#?} was found"
                );
            }
        }
        if round % 3 == 2 {
            cluster.kubectl_with(User::Deployer, &apply, &manifests);
        }
    }
    println!("{made} edits, {found_in_all} findings that a deploy would change");
    assert!(made >= 200, "{made}");
}
