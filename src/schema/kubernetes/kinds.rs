//! The kinds that every cluster serves.

use serde_json::Value as Json;

use crate::model::ResourceType;

/// Where objects of a kind live.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Reach {
    /// In a namespace.
    Namespace,
    /// In the cluster as a whole.
    Cluster,
}

/// A kind that Kubernetes itself has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BuiltInKind {
    /// Its API group; empty: the core group.
    pub group: &'static str,
    /// Its name: `Deployment`.
    pub kind: &'static str,
    /// Its name in addresses of the API: `deployments`.
    pub plural: &'static str,
    /// Where its objects live.
    pub reach: Reach,
}

/// The kind of a name, whatever the version; `group` is empty for the core group.
pub fn built_in(group: &str, kind: &str) -> Option<&'static BuiltInKind> {
    KINDS.iter().find(|known| known.group == group && known.kind == kind)
}

/// The kind of a plural, as addresses of the API and audit logs have it.
pub fn built_in_plural(group: &str, plural: &str) -> Option<&'static BuiltInKind> {
    KINDS.iter().find(|known| known.group == group && known.plural == plural)
}

/// Every kind that Kubernetes itself has.
pub fn built_in_kinds() -> impl Iterator<Item = &'static BuiltInKind> {
    KINDS.iter()
}

/// Whether Kubernetes itself has kinds in a group; in these no two kinds of a name are declared at once.
pub fn is_built_in_group(group: &str) -> bool {
    KINDS.iter().any(|known| known.group == group) || matches!(group, "extensions" | "metrics.k8s.io")
}

/// Whether the cluster itself makes an object, in every namespace or for others: nobody would declare it.
pub fn is_made_by_cluster(resource_type: &ResourceType, object: &Json) -> bool {
    let text = |pointer: &str| object.pointer(pointer).and_then(Json::as_str).unwrap_or_default();
    match resource_type.as_str() {
        "v1/ServiceAccount" => text("/metadata/name") == "default",
        "v1/ConfigMap" => matches!(text("/metadata/name"), "kube-root-ca.crt" | "openshift-service-ca.crt"),
        "v1/Secret" => matches!(text("/type"), "kubernetes.io/service-account-token" | "helm.sh/release.v1"),
        // The endpoints of a Service with a selector are written by its controller.
        "v1/Endpoints" => !text("/metadata/annotations/endpoints.kubernetes.io~1last-change-trigger-time").is_empty(),
        "discovery.k8s.io/v1/EndpointSlice" => {
            !text("/metadata/labels/endpointslice.kubernetes.io~1managed-by").is_empty()
        }
        "v1/Event" | "events.k8s.io/v1/Event" => true,
        _ => false,
    }
}

const fn kind(group: &'static str, kind: &'static str, plural: &'static str, reach: Reach) -> BuiltInKind {
    BuiltInKind { group, kind, plural, reach }
}

/// As the API discovery of a 1.33 server lists them.
const KINDS: &[BuiltInKind] = &[
    kind("", "Binding", "bindings", Reach::Namespace),
    kind("", "ComponentStatus", "componentstatuses", Reach::Cluster),
    kind("", "ConfigMap", "configmaps", Reach::Namespace),
    kind("", "Endpoints", "endpoints", Reach::Namespace),
    kind("", "Event", "events", Reach::Namespace),
    kind("", "LimitRange", "limitranges", Reach::Namespace),
    kind("", "Namespace", "namespaces", Reach::Cluster),
    kind("", "Node", "nodes", Reach::Cluster),
    kind("", "PersistentVolume", "persistentvolumes", Reach::Cluster),
    kind("", "PersistentVolumeClaim", "persistentvolumeclaims", Reach::Namespace),
    kind("", "Pod", "pods", Reach::Namespace),
    kind("", "PodTemplate", "podtemplates", Reach::Namespace),
    kind("", "ReplicationController", "replicationcontrollers", Reach::Namespace),
    kind("", "ResourceQuota", "resourcequotas", Reach::Namespace),
    kind("", "Secret", "secrets", Reach::Namespace),
    kind("", "Service", "services", Reach::Namespace),
    kind("", "ServiceAccount", "serviceaccounts", Reach::Namespace),
    kind(
        "admissionregistration.k8s.io",
        "MutatingWebhookConfiguration",
        "mutatingwebhookconfigurations",
        Reach::Cluster,
    ),
    kind("admissionregistration.k8s.io", "ValidatingAdmissionPolicy", "validatingadmissionpolicies", Reach::Cluster),
    kind(
        "admissionregistration.k8s.io",
        "ValidatingAdmissionPolicyBinding",
        "validatingadmissionpolicybindings",
        Reach::Cluster,
    ),
    kind(
        "admissionregistration.k8s.io",
        "ValidatingWebhookConfiguration",
        "validatingwebhookconfigurations",
        Reach::Cluster,
    ),
    kind("apiextensions.k8s.io", "CustomResourceDefinition", "customresourcedefinitions", Reach::Cluster),
    kind("apiregistration.k8s.io", "APIService", "apiservices", Reach::Cluster),
    kind("apps", "ControllerRevision", "controllerrevisions", Reach::Namespace),
    kind("apps", "DaemonSet", "daemonsets", Reach::Namespace),
    kind("apps", "Deployment", "deployments", Reach::Namespace),
    kind("apps", "ReplicaSet", "replicasets", Reach::Namespace),
    kind("apps", "StatefulSet", "statefulsets", Reach::Namespace),
    kind("authentication.k8s.io", "SelfSubjectReview", "selfsubjectreviews", Reach::Cluster),
    kind("authentication.k8s.io", "TokenReview", "tokenreviews", Reach::Cluster),
    kind("authorization.k8s.io", "LocalSubjectAccessReview", "localsubjectaccessreviews", Reach::Namespace),
    kind("authorization.k8s.io", "SelfSubjectAccessReview", "selfsubjectaccessreviews", Reach::Cluster),
    kind("authorization.k8s.io", "SelfSubjectRulesReview", "selfsubjectrulesreviews", Reach::Cluster),
    kind("authorization.k8s.io", "SubjectAccessReview", "subjectaccessreviews", Reach::Cluster),
    kind("autoscaling", "HorizontalPodAutoscaler", "horizontalpodautoscalers", Reach::Namespace),
    kind("batch", "CronJob", "cronjobs", Reach::Namespace),
    kind("batch", "Job", "jobs", Reach::Namespace),
    kind("certificates.k8s.io", "CertificateSigningRequest", "certificatesigningrequests", Reach::Cluster),
    kind("coordination.k8s.io", "Lease", "leases", Reach::Namespace),
    kind("discovery.k8s.io", "EndpointSlice", "endpointslices", Reach::Namespace),
    kind("events.k8s.io", "Event", "events", Reach::Namespace),
    kind("flowcontrol.apiserver.k8s.io", "FlowSchema", "flowschemas", Reach::Cluster),
    kind("flowcontrol.apiserver.k8s.io", "PriorityLevelConfiguration", "prioritylevelconfigurations", Reach::Cluster),
    kind("networking.k8s.io", "IPAddress", "ipaddresses", Reach::Cluster),
    kind("networking.k8s.io", "Ingress", "ingresses", Reach::Namespace),
    kind("networking.k8s.io", "IngressClass", "ingressclasses", Reach::Cluster),
    kind("networking.k8s.io", "NetworkPolicy", "networkpolicies", Reach::Namespace),
    kind("networking.k8s.io", "ServiceCIDR", "servicecidrs", Reach::Cluster),
    kind("node.k8s.io", "RuntimeClass", "runtimeclasses", Reach::Cluster),
    kind("policy", "PodDisruptionBudget", "poddisruptionbudgets", Reach::Namespace),
    kind("rbac.authorization.k8s.io", "ClusterRole", "clusterroles", Reach::Cluster),
    kind("rbac.authorization.k8s.io", "ClusterRoleBinding", "clusterrolebindings", Reach::Cluster),
    kind("rbac.authorization.k8s.io", "Role", "roles", Reach::Namespace),
    kind("rbac.authorization.k8s.io", "RoleBinding", "rolebindings", Reach::Namespace),
    kind("scheduling.k8s.io", "PriorityClass", "priorityclasses", Reach::Cluster),
    kind("storage.k8s.io", "CSIDriver", "csidrivers", Reach::Cluster),
    kind("storage.k8s.io", "CSINode", "csinodes", Reach::Cluster),
    kind("storage.k8s.io", "CSIStorageCapacity", "csistoragecapacities", Reach::Namespace),
    kind("storage.k8s.io", "StorageClass", "storageclasses", Reach::Cluster),
    kind("storage.k8s.io", "VolumeAttachment", "volumeattachments", Reach::Cluster),
];

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_the_cluster_makes_itself_is_told_from_its_like_that_somebody_made() {
        let check = |kind: &str, made: Json, like: Json| {
            let is_made = |object: &Json| is_made_by_cluster(&kind.into(), object);
            assert_eq!((is_made(&made), is_made(&like)), (true, false), "{kind}");
        };
        let named = |name: &str| json!({"metadata": {"name": name}});
        check("v1/ServiceAccount", named("default"), named("deployer"));
        check("v1/ConfigMap", named("kube-root-ca.crt"), named("default"));
        check("v1/Secret", json!({"type": "helm.sh/release.v1"}), json!({"type": "Opaque"}));
        let labelled = json!({"metadata": {"labels": {"endpointslice.kubernetes.io/managed-by": "c"}}});
        check("discovery.k8s.io/v1/EndpointSlice", labelled, named("by-hand"));
        let triggered = "endpoints.kubernetes.io/last-change-trigger-time";
        check("v1/Endpoints", json!({"metadata": {"annotations": {triggered: "2026"}}}), named("by-hand"));
    }
}
