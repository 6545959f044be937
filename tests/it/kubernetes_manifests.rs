//! The shipped manifests for Kubernetes: they fit together, are confined, and grant reads only.

use std::collections::BTreeSet;

use driftledger::model::{Declaration, Location, Retention, Value as Declared};
use driftledger::rbac::{self, Grantee, Histories};
use serde_json::Value;

use super::shipped::{is_update, path, read};

/// The documents of a shipped file.
fn documents(file: &str) -> Vec<Value> {
    let text = read(&format!("config/kubernetes/{file}"));
    let documents = text.split("\n---\n").map(|document| serde_yaml::from_str::<Value>(document).unwrap());
    documents.filter(|document| !document.is_null()).collect()
}

fn resources(folder: &str) -> Vec<Value> {
    let kustomization = documents(&format!("{folder}kustomization.yaml")).remove(0);
    let files = kustomization["resources"].as_array().unwrap().iter();
    files.flat_map(|file| documents(&format!("{folder}{}", file.as_str().unwrap()))).collect()
}

fn only(kind: &str) -> Value {
    let mut found: Vec<_> = resources("").into_iter().filter(|object| object["kind"] == kind).collect();
    assert_eq!(found.len(), 1, "{kind}");
    found.remove(0)
}

fn verbs(objects: &[Value]) -> BTreeSet<String> {
    let rules = objects.iter().filter_map(|object| object["rules"].as_array()).flatten();
    let mut verbs = BTreeSet::new();
    for rule in rules {
        for list in ["apiGroups", "resources", "verbs"] {
            let items = rule[list].as_array().unwrap();
            assert!(items.iter().all(|item| !item.as_str().unwrap().contains('*')), "{rule} is a pattern");
        }
        verbs.extend(rule["verbs"].as_array().unwrap().iter().map(|verb| verb.as_str().unwrap().to_owned()));
    }
    verbs
}

fn set(items: &[&str]) -> BTreeSet<String> {
    items.iter().map(|item| (*item).to_owned()).collect()
}

#[test]
fn the_shipped_roles_read_and_the_dry_run_roles_patch() {
    assert_eq!(verbs(&resources("")), set(&["get", "list", "watch"]));
    assert_eq!(verbs(&resources("dry-run/")), set(&["patch"]));
    let text = read("config/kubernetes/rbac.yaml");
    assert!(!text.contains("secrets"), "secrets are for those who opt in");
}

/// The sample's stack, for which the shipped roles are printed.
#[test]
fn the_shipped_roles_are_as_printed() {
    let declaration = |resource_type: &str, identifier: &str| Declaration {
        address: identifier.to_owned(),
        resource_type: resource_type.into(),
        identifier: Some(identifier.to_owned()),
        attributes: Declared::from_json(&serde_json::json!({})),
        at: Location::new("sample.yaml", 1, 1),
        account: None,
        region: None,
        ignored: Vec::new(),
        retention: Retention::default(),
    };
    let declarations = [
        declaration("v1/Namespace", "shop"),
        declaration("v1/ConfigMap", "shop/web"),
        declaration("v1/Service", "shop/web"),
        declaration("apps/v1/Deployment", "shop/web"),
        declaration("apps/v1/StatefulSet", "shop/db"),
        declaration("networking.k8s.io/v1/Ingress", "shop/web"),
    ];
    let grantee = Grantee { name: "driftledger".to_owned(), namespace: "driftledger".to_owned() };
    let fresh = rbac::manifests(&declarations, &Histories::default(), &grantee);
    let file = "config/kubernetes/rbac.yaml";
    if is_update() {
        std::fs::write(path(file), &fresh).unwrap();
    }
    assert_eq!(read(file), fresh, "{file} is out of date: UPDATE_README=1 cargo test shipped");
}

#[test]
fn every_container_is_confined() {
    let deployment = only("Deployment");
    assert_eq!(deployment["spec"]["replicas"], 1, "one writer to one SQLite file");
    assert_eq!(deployment["spec"]["strategy"]["type"], "Recreate");
    let pod = &deployment["spec"]["template"]["spec"];
    assert_eq!(pod["securityContext"]["runAsNonRoot"], true);
    assert_eq!(pod["securityContext"]["seccompProfile"]["type"], "RuntimeDefault");
    let containers = ["initContainers", "containers"].map(|list| pod[list].as_array().unwrap().clone()).concat();
    assert_eq!(containers.len(), 3);
    for container in containers {
        let context = &container["securityContext"];
        assert_eq!(context["readOnlyRootFilesystem"], true);
        assert_eq!(context["allowPrivilegeEscalation"], false);
        assert_eq!(context["capabilities"]["drop"], serde_json::json!(["ALL"]));
        assert!(container["resources"]["limits"]["memory"].is_string(), "{}", container["name"]);
        assert!(!container["image"].as_str().unwrap().ends_with(":latest"));
    }
}

#[test]
fn names_ports_labels_and_probes_agree() {
    let deployment = only("Deployment");
    let pod = &deployment["spec"]["template"];
    let labels = &pod["metadata"]["labels"];
    let container = &pod["spec"]["containers"][0];
    let port = container["ports"][0]["containerPort"].as_i64().unwrap();
    let of_code = driftledger::config::schema().unwrap();
    assert!(of_code.contains(&format!(":{port}\"")), "the default of `listen` has another port");
    assert_eq!(deployment["spec"]["selector"]["matchLabels"], *labels);
    assert_eq!(only("Service")["spec"]["selector"], *labels);
    assert_eq!(only("NetworkPolicy")["spec"]["podSelector"]["matchLabels"], *labels);
    assert_eq!(only("PodDisruptionBudget")["spec"]["selector"]["matchLabels"], *labels);
    let monitor = documents("service-monitor.yaml").remove(0);
    assert_eq!(monitor["spec"]["selector"]["matchLabels"], only("Service")["metadata"]["labels"]);
    assert_eq!(monitor["spec"]["endpoints"][0]["port"], only("Service")["spec"]["ports"][0]["name"]);
    let served = read("src/web.rs");
    for probe in ["startupProbe", "livenessProbe", "readinessProbe"] {
        let route = container[probe]["httpGet"]["path"].as_str().unwrap();
        assert!(served.contains(&format!(".route(\"{route}\"")), "{probe}: nothing serves {route}");
    }
    let account = only("ServiceAccount");
    assert_eq!(pod["spec"]["serviceAccountName"], account["metadata"]["name"]);
    for object in resources("").iter().chain(&resources("dry-run/")).filter(|object| object["subjects"].is_array()) {
        for member in ["name", "namespace"] {
            assert_eq!(object["subjects"][0][member], account["metadata"][member], "{}", object["metadata"]["name"]);
        }
    }
    let dockerfile = read("Dockerfile");
    let user = pod["spec"]["securityContext"]["runAsUser"].as_i64().unwrap();
    assert!(dockerfile.contains(&format!("USER {user}:{user}")) && dockerfile.contains(&format!("EXPOSE {port}")));
}

#[test]
fn the_fence_is_for_the_service_account_and_denies_everything_that_is_no_dry_run() {
    let objects = resources("dry-run/");
    let of = |kind: &str| objects.iter().find(|object| object["kind"] == kind).unwrap();
    let policy = of("ValidatingAdmissionPolicy");
    let account = only("ServiceAccount");
    let user = format!(
        "system:serviceaccount:{}:{}",
        account["metadata"]["namespace"].as_str().unwrap(),
        account["metadata"]["name"].as_str().unwrap()
    );
    let condition = policy["spec"]["matchConditions"][0]["expression"].as_str().unwrap();
    assert_eq!(condition, format!("request.userInfo.username == '{user}'"));
    assert_eq!(policy["spec"]["failurePolicy"], "Fail");
    assert_eq!(policy["spec"]["validations"][0]["expression"], "has(request.dryRun) && request.dryRun");
    let binding = of("ValidatingAdmissionPolicyBinding");
    assert_eq!(binding["spec"]["policyName"], policy["metadata"]["name"]);
    assert_eq!(binding["spec"]["validationActions"], serde_json::json!(["Deny"]));
}
