//! What driftledger has to be allowed to read in a cluster, as manifests: no more than the declarations need.
//!
//! Pure: it knows no server. What discovery and `SelfSubjectAccessReview` need is granted to every authenticated user by
//! `system:basic-user` and `system:discovery`.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::{Declaration, Value};
use crate::schema::kubernetes::{Reach, built_in, kind_of};

/// The verbs that are ever granted.
const VERBS: &str = "[get, list, watch]";

/// Who is granted the rights, and for what besides the declarations.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grantee {
    /// The name of the service account and of all roles.
    pub name: String,
    /// The namespace of the service account.
    pub namespace: String,
    /// Whether Helm's releases are read. They are Secrets, and RBAC cannot tell Secrets apart by type: this grants all of
    /// the namespaces.
    pub helm_history: bool,
}

/// API group → the resources in it, and whether their plural is a guess.
type Resources = BTreeMap<String, BTreeMap<String, Plural>>;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Plural {
    Known,
    Guessed,
}

/// The manifests of the roles with which what is declared can be compared, one role a namespace; a comment where nothing
/// of Kubernetes is declared. What has no namespace of its own, and is not known to belong to the cluster, is read there
/// in all namespaces.
pub fn manifests(declarations: &[Declaration], grantee: &Grantee) -> String {
    let plurals = declared_plurals(declarations);
    let mut cluster = Resources::new();
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
        resources.entry(group.to_owned()).or_default().entry(plural).or_insert(certainty);
    }
    if grantee.helm_history {
        for resources in namespaces.values_mut() {
            resources.entry(String::new()).or_default().insert("secrets".to_owned(), Plural::Known);
        }
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
    resources.entry("apps".to_owned()).or_default().insert(history.to_owned(), Plural::Known);
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
    if cluster.is_empty() && namespaces.is_empty() {
        text.push_str("# No stack declares anything of Kubernetes.\n");
    }
    if !cluster.is_empty() {
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
    for (group, plurals) in resources {
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

    fn grantee(helm_history: bool) -> Grantee {
        Grantee { name: "driftledger".to_owned(), namespace: "driftledger".to_owned(), helm_history }
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
        assert_eq!(manifests(&stack(), &grantee(false)), include_str!("../tests/fixtures/kubernetes/roles.yaml"));
    }

    #[test]
    fn secrets_are_read_only_where_they_are_declared_or_helms_history_is_asked_for() {
        let check = |declarations: &[Declaration], helm, expect| {
            assert_eq!(manifests(declarations, &grantee(helm)).contains("secrets"), expect);
        };
        check(&stack(), false, false);
        check(&stack(), true, true);
        check(&[declaration("v1/Secret", "shop/key", json!({}))], false, true);
        check(&[declaration("v1/Namespace", "shop", json!({}))], true, false);
    }

    #[test]
    fn nothing_but_reads_is_ever_granted() {
        let mut declarations = stack();
        declarations.push(declaration("v1/Secret", "shop/key", json!({})));
        let text = manifests(&declarations, &grantee(true));
        let mut rules = 0;
        for line in text.lines().filter(|line| line.contains("verbs")) {
            assert_eq!(line.trim(), "verbs: [get, list, watch]");
            rules += 1;
        }
        assert!(rules > 5 && !text.contains('*'), "{text}");
    }

    #[test]
    fn names_from_a_repository_cannot_add_to_the_manifests() {
        let hostile = declaration("v1/ConfigMap", "shop\nrules: [{verbs: [\"*\"]}]/web", json!({}));
        let text = manifests(&[hostile], &grantee(false));
        for document in text.split("---\n").skip(1) {
            let value: serde_json::Value = serde_yaml::from_str(document).unwrap();
            assert_eq!(value["metadata"]["namespace"], "shop\nrules: [{verbs: [\"*\"]}]");
        }
        assert_eq!(scalar("no"), "\"no\"");
    }

    #[test]
    fn without_anything_of_kubernetes_there_is_nothing_to_grant() {
        let text = manifests(&[declaration("AWS::S3::Bucket", "b", json!({}))], &grantee(true));
        assert!(text.lines().all(|line| line.starts_with('#')), "{text}");
    }
}
