//! Which type a word of `kubectl` means, and where that type's pod template is.

use crate::ledger::commands::{Target, TargetName};
use crate::model::ResourceType;
use crate::schema::kubernetes::{Reach, built_in_kinds};

/// The short names that `kubectl api-resources` lists.
const SHORT: &[(&str, &str)] = &[
    ("cj", "cronjobs"),
    ("cm", "configmaps"),
    ("crd", "customresourcedefinitions"),
    ("deploy", "deployments"),
    ("ds", "daemonsets"),
    ("ep", "endpoints"),
    ("hpa", "horizontalpodautoscalers"),
    ("ing", "ingresses"),
    ("limits", "limitranges"),
    ("netpol", "networkpolicies"),
    ("no", "nodes"),
    ("ns", "namespaces"),
    ("pc", "priorityclasses"),
    ("pdb", "poddisruptionbudgets"),
    ("po", "pods"),
    ("pv", "persistentvolumes"),
    ("pvc", "persistentvolumeclaims"),
    ("quota", "resourcequotas"),
    ("rc", "replicationcontrollers"),
    ("rs", "replicasets"),
    ("sa", "serviceaccounts"),
    ("sc", "storageclasses"),
    ("sts", "statefulsets"),
    ("svc", "services"),
];

/// The version of each group that `kubectl` prefers; the core group and others have `v1`.
const VERSIONS: &[(&str, &str)] = &[("autoscaling", "v2")];

/// A type, as a command names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Type {
    pub(super) group: &'static str,
    pub(super) kind: &'static str,
    reach: Reach,
}

impl Type {
    /// The type of a word: `deploy`, `deployment`, `deployments.apps`, `deployments.v1.apps`.
    pub(super) fn of(word: &str) -> Option<Self> {
        let (name, group) = word.split_once('.').map_or((word, None), |(name, group)| (name, Some(group)));
        let name = name.to_ascii_lowercase();
        let plural = SHORT.iter().find(|(short, _)| *short == name).map_or(name.as_str(), |(_, plural)| plural);
        let group = group.map(|group| match group.split_once('.') {
            Some((version, rest)) if version.starts_with('v') && version.contains(|c: char| c.is_ascii_digit()) => rest,
            _ => group,
        });
        let is_it = |kind: &&crate::schema::kubernetes::BuiltInKind| {
            let is_named = kind.plural == plural || kind.kind.eq_ignore_ascii_case(plural);
            is_named && group.is_none_or(|group| kind.group == group)
        };
        let found = built_in_kinds().find(is_it)?;
        Some(Self { group: found.group, kind: found.kind, reach: found.reach })
    }

    /// The API version of the type.
    pub(super) fn api_version(self) -> String {
        let version = VERSIONS.iter().find(|(group, _)| *group == self.group).map_or("v1", |(_, version)| version);
        if self.group.is_empty() { version.to_owned() } else { format!("{}/{version}", self.group) }
    }

    /// The canonical name of the type.
    pub(super) fn resource_type(self) -> ResourceType {
        format!("{}/{}", self.api_version(), self.kind).into()
    }

    /// An object of the type. Without a namespace it is in whichever the context had.
    pub(super) fn target(self, namespace: Option<&TargetName>, name: TargetName) -> Target {
        match self.reach {
            Reach::Cluster => Target(vec![name]),
            Reach::Namespace => Target(vec![namespace.cloned().unwrap_or(TargetName::Any), name]),
        }
    }

    /// Where the specification of its pods is.
    pub(super) fn pods(self) -> Option<&'static str> {
        match self.kind {
            "Deployment" | "StatefulSet" | "DaemonSet" | "ReplicaSet" | "ReplicationController" | "Job" => {
                Some("spec.template.spec")
            }
            "CronJob" => Some("spec.jobTemplate.spec.template.spec"),
            "Pod" => Some("spec"),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_type_has_many_names() {
        let check = |word: &str, expect: Option<&str>| {
            let found = Type::of(word).map(|found| found.resource_type().as_str().to_owned());
            assert_eq!(found.as_deref(), expect, "{word}");
        };
        for word in ["deploy", "deployment", "deployments", "Deployment", "deployments.apps", "deployment.v1.apps"] {
            check(word, Some("apps/v1/Deployment"));
        }
        check("cm", Some("v1/ConfigMap"));
        check("hpa", Some("autoscaling/v2/HorizontalPodAutoscaler"));
        check("ing", Some("networking.k8s.io/v1/Ingress"));
        check("ev", None);
        check("rollouts", None);
        for (short, plural) in SHORT {
            assert!(Type::of(short).is_some(), "{short} {plural}");
        }
    }
}
