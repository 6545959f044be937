//! What driftledger has to be allowed to read in a cluster, as manifests: no more than the declarations need.
//!
//! Pure: it knows no server. What discovery and `SelfSubjectAccessReview` need is granted to every authenticated user by
//! `system:basic-user` and `system:discovery`.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::{Declaration, Value};
use crate::rollback::kubernetes::Deliverer;
use crate::schema::kubernetes::{Reach, built_in, kind_of};

/// The verbs that are granted on what is declared.
const VERBS: &str = "[get, list, watch]";

/// Who is granted the rights.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grantee {
    /// The name of the service account and of all roles.
    pub name: String,
    /// The namespace of the service account.
    pub namespace: String,
}

/// What is read besides the declarations, to see rollbacks.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Histories {
    /// The namespaces in which Helm's releases are read. They are Secrets, and RBAC cannot tell Secrets apart by type: this
    /// grants all of them there.
    pub helm: BTreeSet<String>,
    /// The objects of Argo CD and Flux that are read, each by its name.
    pub deployed_by: BTreeSet<Deliverer>,
}

/// What is granted in one place.
#[derive(Debug, Default)]
struct Resources {
    /// API group → the resources in it, and whether their plural is a guess.
    kinds: BTreeMap<String, BTreeMap<String, Plural>>,
    /// API group and resource → the names of single objects.
    single: BTreeMap<(&'static str, &'static str), BTreeSet<String>>,
}

impl Resources {
    fn add(&mut self, group: &str, plural: String, certainty: Plural) {
        self.kinds.entry(group.to_owned()).or_default().entry(plural).or_insert(certainty);
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Plural {
    Known,
    Guessed,
}

/// The manifests of the roles with which what is declared can be compared, one role a namespace; a comment where nothing
/// of Kubernetes is declared. What has no namespace of its own, and is not known to belong to the cluster, is read there
/// in all namespaces.
pub fn manifests(declarations: &[Declaration], histories: &Histories, grantee: &Grantee) -> String {
    let plurals = declared_plurals(declarations);
    let mut cluster = Resources::default();
    let mut namespaces: BTreeMap<String, Resources> = BTreeMap::new();
    for declaration in declarations {
        let Some((api_version, kind)) = kind_of(&declaration.resource_type) else { continue };
        let group = api_version.split_once('/').map_or("", |(group, _)| group);
        let known = built_in(group, kind);
        let declared = plurals.get(&(group, kind)).copied();
        let (plural, certainty) = match known.map(|known| known.plural).or(declared) {
            Some(plural) => (plural.to_owned(), Plural::Known),
            None => (guessed_plural(kind), Plural::Guessed),
        };
        let namespace = declaration.identifier.as_deref().and_then(|identifier| identifier.split_once('/'));
        let resources = match namespace {
            Some((namespace, _)) if known.is_none_or(|known| known.reach == Reach::Namespace) => {
                let resources = namespaces.entry(namespace.to_owned()).or_default();
                add_history(resources, group, kind);
                resources
            }
            _ => &mut cluster,
        };
        resources.add(group, plural, certainty);
    }
    for namespace in &histories.helm {
        namespaces.entry(namespace.clone()).or_default().add("", "secrets".to_owned(), Plural::Known);
    }
    for deliverer in &histories.deployed_by {
        let single = &mut namespaces.entry(deliverer.namespace().to_owned()).or_default().single;
        single.entry(deliverer.kind.resource()).or_default().insert(deliverer.name.clone());
    }
    render(&cluster, &namespaces, grantee)
}

/// What a workload's deployments are told by.
fn add_history(resources: &mut Resources, group: &str, kind: &str) {
    let history = match (group, kind) {
        ("apps", "Deployment") | ("argoproj.io", "Rollout") => "replicasets",
        ("apps", "StatefulSet" | "DaemonSet") => "controllerrevisions",
        _ => return,
    };
    resources.add("apps", history.to_owned(), Plural::Known);
}

/// The plurals that declared CustomResourceDefinitions give, by group and kind.
fn declared_plurals(declarations: &[Declaration]) -> BTreeMap<(&str, &str), &str> {
    let definitions = declarations.iter().filter(|declaration| {
        kind_of(&declaration.resource_type).is_some_and(|(_, kind)| kind == "CustomResourceDefinition")
    });
    let names = definitions.filter_map(|definition| {
        let at = |path: &[&str]| definition.attributes.at_keys(path.iter().copied()).and_then(Value::as_str);
        Some(((at(&["spec", "group"])?, at(&["spec", "names", "kind"])?), at(&["spec", "names", "plural"])?))
    });
    names.collect()
}

/// As Kubernetes' own client guesses (`meta.UnsafeGuessKindToResource`).
fn guessed_plural(kind: &str) -> String {
    let singular = kind.to_lowercase();
    match singular.strip_suffix('y') {
        Some(stem) => format!("{stem}ies"),
        None if singular.ends_with('s') => format!("{singular}es"),
        None => format!("{singular}s"),
    }
}

fn render(cluster: &Resources, namespaces: &BTreeMap<String, Resources>, grantee: &Grantee) -> String {
    let mut text = String::from(
        "# Printed by `driftledger config rbac`: what driftledger reads in the cluster. It grants no writes.\n",
    );
    if cluster.kinds.is_empty() && namespaces.is_empty() {
        text.push_str("# No stack declares anything of Kubernetes.\n");
    }
    if !cluster.kinds.is_empty() {
        text.push_str(&role("ClusterRole", None, cluster, grantee));
        text.push_str(&binding("ClusterRole", None, grantee));
    }
    for (namespace, resources) in namespaces {
        text.push_str(&role("Role", Some(namespace), resources, grantee));
        text.push_str(&binding("Role", Some(namespace), grantee));
    }
    text
}

fn role(kind: &str, namespace: Option<&str>, resources: &Resources, grantee: &Grantee) -> String {
    let mut text = head(kind, namespace, grantee);
    text.push_str("rules:\n");
    for (group, plurals) in &resources.kinds {
        let names: Vec<_> = plurals.keys().map(|plural| scalar(plural)).collect();
        let guessed: BTreeSet<_> = plurals.iter().filter(|(_, certainty)| **certainty == Plural::Guessed).collect();
        if !guessed.is_empty() {
            text.push_str("  # Guessed from the kind, as the stack does not declare its definition: check `kubectl api-resources`.\n");
        }
        let group = if group.is_empty() { "\"\"".to_owned() } else { scalar(group) };
        text.push_str(&format!(
            "  - apiGroups: [{group}]\n    resources: [{}]\n    verbs: {VERBS}\n",
            names.join(", ")
        ));
    }
    for ((group, plural), names) in &resources.single {
        let names: Vec<_> = names.iter().map(|name| scalar(name)).collect();
        text.push_str(&format!(
            "  - apiGroups: [{group}]\n    resources: [{plural}]\n    resourceNames: [{}]\n    verbs: [get]\n",
            names.join(", ")
        ));
    }
    text
}

fn binding(kind: &str, namespace: Option<&str>, grantee: &Grantee) -> String {
    let mut text = head(&format!("{kind}Binding"), namespace, grantee);
    text.push_str(&format!(
        "roleRef:\n  apiGroup: rbac.authorization.k8s.io\n  kind: {kind}\n  name: {name}\nsubjects:\n  - kind: ServiceAccount\n    \
         name: {name}\n    namespace: {of}\n",
        name = scalar(&grantee.name),
        of = scalar(&grantee.namespace),
    ));
    text
}

fn head(kind: &str, namespace: Option<&str>, grantee: &Grantee) -> String {
    let place = namespace.map(|namespace| format!("\n  namespace: {}", scalar(namespace))).unwrap_or_default();
    format!(
        "---\napiVersion: rbac.authorization.k8s.io/v1\nkind: {kind}\nmetadata:\n  name: {}{place}\n",
        scalar(&grantee.name)
    )
}

/// A text in YAML: names of Kubernetes as they are, anything else quoted, whatever a repository calls things.
fn scalar(text: &str) -> String {
    let is_name = text.starts_with(|c: char| c.is_ascii_lowercase())
        && text.ends_with(|c: char| c.is_ascii_alphanumeric())
        && text.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || "-.".contains(c));
    let is_word_of_yaml = ["true", "false", "null", "yes", "no", "on", "off", "y", "n"].contains(&text);
    match is_name && !is_word_of_yaml {
        true => text.to_owned(),
        false => serde_json::Value::String(text.to_owned()).to_string(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::model::{Location, Retention};
    use crate::rollback::kubernetes::DelivererKind;

    fn declaration(resource_type: &str, identifier: &str, attributes: serde_json::Value) -> Declaration {
        Declaration {
            address: identifier.to_owned(),
            resource_type: resource_type.into(),
            identifier: Some(identifier.to_owned()),
            attributes: Value::from_json(&attributes),
            at: Location::new("a.yaml", 1, 1),
            account: None,
            region: None,
            ignored: Vec::new(),
            retention: Retention::default(),
        }
    }

    fn roles(declarations: &[Declaration], histories: &Histories) -> String {
        let grantee = Grantee { name: "driftledger".to_owned(), namespace: "driftledger".to_owned() };
        manifests(declarations, histories, &grantee)
    }

    fn plain(declarations: &[Declaration]) -> String {
        roles(declarations, &Histories::default())
    }

    fn helm(namespace: &str) -> Histories {
        Histories { helm: [namespace.to_owned()].into(), ..Histories::default() }
    }

    fn stack() -> Vec<Declaration> {
        let plain = |resource_type, identifier| declaration(resource_type, identifier, json!({}));
        vec![
            plain("apps/v1/Deployment", "shop/web"),
            plain("v1/Service", "shop/web"),
            plain("v1/ConfigMap", "shop/web"),
            plain("v1/ConfigMap", "shop/other"),
            plain("apps/v1/StatefulSet", "data/db"),
            plain("networking.k8s.io/v1/Ingress", "shop/web"),
            plain("rbac.authorization.k8s.io/v1/ClusterRole", "reader"),
            plain("v1/Namespace", "shop"),
            plain("example.com/v1/Policy", "shop/guess"),
            plain("example.com/v1/Mouse", "shop/known"),
            declaration(
                "apiextensions.k8s.io/v1/CustomResourceDefinition",
                "mice.example.com",
                json!({"spec": {"group": "example.com", "names": {"kind": "Mouse", "plural": "mice"}}}),
            ),
            plain("AWS::S3::Bucket", "not-of-kubernetes"),
        ]
    }

    #[test]
    fn roles_name_what_is_declared_and_what_tells_its_history() {
        assert_eq!(plain(&stack()), include_str!("../tests/fixtures/kubernetes/roles.yaml"));
    }

    #[test]
    fn secrets_are_read_only_where_they_are_declared_or_helms_history_is_asked_for() {
        let namespaces = |text: &str| -> Vec<String> {
            let documents =
                text.split("---\n").skip(1).map(|one| serde_yaml::from_str::<serde_json::Value>(one).unwrap());
            let grants = |one: &serde_json::Value| one["rules"].to_string().contains("\"secrets\"");
            documents.filter(grants).map(|one| one["metadata"]["namespace"].as_str().unwrap().to_owned()).collect()
        };
        let none: [&str; 0] = [];
        assert_eq!(namespaces(&plain(&stack())), none);
        assert_eq!(namespaces(&roles(&stack(), &helm("shop"))), ["shop"]);
        assert_eq!(namespaces(&plain(&[declaration("v1/Secret", "shop/key", json!({}))])), ["shop"]);
    }

    #[test]
    fn what_deploys_a_stack_is_read_by_its_name_alone() {
        let deliverer = |kind, namespace: Option<&str>, name: &str| Deliverer {
            kind,
            namespace: namespace.map(str::to_owned),
            name: name.to_owned(),
        };
        let deployed_by = [
            deliverer(DelivererKind::Application, None, "shop"),
            deliverer(DelivererKind::Kustomization, Some("flux-system"), "apps"),
            deliverer(DelivererKind::Kustomization, Some("flux-system"), "infra"),
        ];
        let text = roles(&[], &Histories { deployed_by: deployed_by.into(), ..Histories::default() });
        let rule = |group: &str, plural: &str, names: &str| {
            format!(
                "rules:\n  - apiGroups: [{group}]\n    resources: [{plural}]\n    resourceNames: [{names}]\n    verbs: [get]\n"
            )
        };
        assert!(
            text.contains(&format!("namespace: argocd\n{}", rule("argoproj.io", "applications", "shop"))),
            "{text}"
        );
        let flux = rule("kustomize.toolkit.fluxcd.io", "kustomizations", "apps, infra");
        assert!(text.contains(&format!("namespace: flux-system\n{flux}")), "{text}");
    }

    #[test]
    fn nothing_but_reads_is_ever_granted() {
        let mut declarations = stack();
        declarations.push(declaration("v1/Secret", "shop/key", json!({})));
        let deliverer = Deliverer {
            kind: DelivererKind::Application,
            namespace: Some("a\nverbs: [\"*\"]".into()),
            name: "*".into(),
        };
        let text = roles(&declarations, &Histories { deployed_by: [deliverer].into(), ..helm("shop") });
        let mut rules = 0;
        for line in text.lines().filter(|line| line.contains("    verbs")) {
            assert!(["verbs: [get, list, watch]", "verbs: [get]"].contains(&line.trim()), "{line}");
            rules += 1;
        }
        assert!(rules > 5 && !text.contains("[*"), "{text}");
    }

    #[test]
    fn names_from_a_repository_cannot_add_to_the_manifests() {
        let hostile = declaration("v1/ConfigMap", "shop\nrules: [{verbs: [\"*\"]}]/web", json!({}));
        let text = plain(&[hostile]);
        for document in text.split("---\n").skip(1) {
            let value: serde_json::Value = serde_yaml::from_str(document).unwrap();
            assert_eq!(value["metadata"]["namespace"], "shop\nrules: [{verbs: [\"*\"]}]");
        }
        assert_eq!(scalar("no"), "\"no\"");
    }

    #[test]
    fn without_anything_of_kubernetes_there_is_nothing_to_grant() {
        let text = plain(&[declaration("AWS::S3::Bucket", "b", json!({}))]);
        assert!(text.lines().all(|line| line.starts_with('#')), "{text}");
    }
}
