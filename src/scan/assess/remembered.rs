//! What is remembered of an object of a cluster beside its merge base: facts under paths that only the server writes, so
//! that no attribute is ever called the same.

use std::collections::BTreeMap;

use serde_json::Value as Json;

use super::Inputs;
use crate::model::{Declaration, Provider, ResourceType};
use crate::schema::kubernetes::kind_of;

/// In which version it was declared; its address leaves that out.
const API_VERSION: &str = "apiVersion";
/// When the client that deploys had last written to it, as its managed fields said.
const DEPLOYED_AT: &str = "metadata.managedFields";

/// The facts of an object that was looked at.
pub(super) fn facts(inputs: &Inputs<'_>, declaration: &Declaration) -> Vec<(String, Json)> {
    let Some((api_version, _)) = kind_of(&declaration.resource_type) else { return Vec::new() };
    if inputs.scope.provider != Provider::Kubernetes {
        return Vec::new();
    }
    let written = inputs.applied.objects.get(&declaration.address);
    let deployed_at = written.and_then(|written| written.deployed_at).map(|at| Json::from(at.to_string()));
    let facts = [(API_VERSION, Some(Json::from(api_version))), (DEPLOYED_AT, deployed_at)];
    facts.into_iter().filter_map(|(name, fact)| Some((name.to_owned(), fact?))).collect()
}

/// Whether what stands under a path is a fact, and no attribute.
pub(super) fn is_fact(path: &str) -> bool {
    matches!(path, API_VERSION | DEPLOYED_AT)
}

/// When an object was last deployed, as it was when a scan last looked.
pub(in crate::scan) fn deployed_at(base: &BTreeMap<String, Json>) -> Option<&str> {
    base.get(DEPLOYED_AT)?.as_str()
}

/// The type and the name in its cluster of an object that was looked at; `None` of what is in no cluster.
pub(in crate::scan) fn object_at(address: &str, base: &BTreeMap<String, Json>) -> Option<(ResourceType, String)> {
    let api_version = base.get(API_VERSION)?.as_str()?;
    let (kind, name) = address.split_once('/')?;
    // Kinds of extensions carry their group.
    let kind = kind.split_once('.').map_or(kind, |(kind, _)| kind);
    Some((format!("{api_version}/{kind}").into(), name.to_owned()))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_object_is_found_again_by_its_address_and_its_version() {
        let check = |address: &str, base: Json, expect: Option<(&str, &str)>| {
            let base = serde_json::from_value(base).unwrap();
            let found = object_at(address, &base);
            assert_eq!(found.as_ref().map(|(kind, name)| (kind.as_str(), name.as_str())), expect, "{address}");
        };
        let of = |version: &str| json!({"apiVersion": version, "spec.replicas": 2});
        check("Deployment/shop/web", of("apps/v1"), Some(("apps/v1/Deployment", "shop/web")));
        check("ConfigMap/shop/web", of("v1"), Some(("v1/ConfigMap", "shop/web")));
        check(
            "ClusterRole/reader",
            of("rbac.authorization.k8s.io/v1"),
            Some(("rbac.authorization.k8s.io/v1/ClusterRole", "reader")),
        );
        check(
            "Rollout.argoproj.io/shop/web",
            of("argoproj.io/v1alpha1"),
            Some(("argoproj.io/v1alpha1/Rollout", "shop/web")),
        );
        check("aws_sqs_queue.q", json!({"DelaySeconds": 1}), None);
    }
}
