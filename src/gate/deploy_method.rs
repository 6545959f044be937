//! What a deploy of Kubernetes manifests does to what somebody changed by hand. It depends on how the manifests reach the
//! server: most ways leave alone what a manifest does not mention, some take it away.
//!
//! Measured on kube-apiserver 1.20 and 1.33 for kubectl; by their sources for Argo CD, Flux and Helm.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How a stack's manifests are deployed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum DeployMethod {
    /// `kubectl apply`.
    Apply,
    /// `kubectl apply --server-side`, which stops where somebody else owns a field.
    ServerSideApply,
    /// `kubectl apply --server-side --force-conflicts`.
    ServerSideApplyForce,
    /// `kubectl replace`.
    Replace,
    /// Argo CD, as it syncs by default or with `ServerSideApply=true`.
    ArgoCd,
    /// Argo CD with `Replace=true`.
    ArgoCdReplace,
    /// Flux's kustomize-controller, which takes over what kubectl owns and so removes it.
    Flux,
    /// `helm upgrade`, also by Flux's helm-controller.
    Helm,
    /// `helm upgrade --force`, or `--force-replace` of Helm 4.
    HelmForce,
}

/// A change by hand, as far as deploys tell changes apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Change<'a> {
    /// Whether the manifests say something about the attribute.
    pub is_declared: bool,
    /// Whether it is in a list that is written as a whole.
    pub is_in_whole_list: bool,
    /// The field manager that owns it, if known.
    pub manager: Option<&'a str>,
}

/// What becomes of a change by hand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// The declared value takes its place.
    Overwritten,
    /// It is removed, as nothing declares it.
    Lost,
    /// The server refuses the deploy with 409, and names the manager and the field.
    Conflict,
    /// It stays.
    Survives,
}

impl DeployMethod {
    /// What a deploy does to a change.
    pub fn fate(self, change: Change<'_>) -> Fate {
        match self {
            Self::ServerSideApply if change.is_declared || change.is_in_whole_list => Fate::Conflict,
            _ if change.is_declared => Fate::Overwritten,
            _ if change.is_in_whole_list => Fate::Lost,
            Self::Replace | Self::ArgoCdReplace | Self::HelmForce => Fate::Lost,
            Self::Flux if change.manager.is_none_or(is_taken_over_by_flux) => Fate::Lost,
            Self::Flux
            | Self::Apply
            | Self::ServerSideApply
            | Self::ServerSideApplyForce
            | Self::ArgoCd
            | Self::Helm => Fate::Survives,
        }
    }

    /// What a deploy does to an object that its manifests no longer have, in a sentence.
    pub fn of_undeclared(self) -> &'static str {
        match self {
            Self::Apply | Self::ServerSideApply | Self::ServerSideApplyForce => {
                "kubectl apply removes it only with --prune"
            }
            Self::Replace => "kubectl replace never removes it",
            Self::ArgoCd | Self::ArgoCdReplace => "Argo CD removes it where it prunes",
            Self::Flux => "Flux removes it where `prune` is set",
            Self::Helm | Self::HelmForce => "helm upgrade removes it",
        }
    }

    /// The method in a sentence.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Apply => "kubectl apply",
            Self::ServerSideApply => "kubectl apply --server-side",
            Self::ServerSideApplyForce => "kubectl apply --server-side --force-conflicts",
            Self::Replace => "kubectl replace",
            Self::ArgoCd => "Argo CD",
            Self::ArgoCdReplace => "Argo CD with Replace=true",
            Self::Flux => "Flux",
            Self::Helm => "helm upgrade",
            Self::HelmForce => "helm upgrade --force",
        }
    }
}

/// Managers whose fields Flux makes its own before it applies; others it knows from `--override-manager` alone, which is
/// set where Flux runs.
fn is_taken_over_by_flux(manager: &str) -> bool {
    manager.starts_with("kubectl") || manager == "before-first-apply"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_method_does_to_changes_what_it_does() {
        use DeployMethod as M;
        let kubectl = Some("kubectl-edit");
        let check = |methods: &[M], is_declared, is_in_whole_list, manager, expect| {
            for method in methods {
                let change = Change { is_declared, is_in_whole_list, manager };
                assert_eq!(method.fate(change), expect, "{} {change:?}", method.as_str());
            }
        };
        let forgiving = [M::Apply, M::ServerSideApplyForce, M::ArgoCd, M::Helm];
        let replacing = [M::Replace, M::ArgoCdReplace, M::HelmForce];
        check(&forgiving, true, false, kubectl, Fate::Overwritten);
        check(&forgiving, false, false, kubectl, Fate::Survives);
        check(&forgiving, false, true, kubectl, Fate::Lost);
        check(&replacing, true, false, kubectl, Fate::Overwritten);
        check(&replacing, false, false, kubectl, Fate::Lost);
        check(&[M::ServerSideApply], true, false, kubectl, Fate::Conflict);
        check(&[M::ServerSideApply], false, false, kubectl, Fate::Survives);
        check(&[M::ServerSideApply], false, true, kubectl, Fate::Conflict);
        check(&[M::Flux], true, false, kubectl, Fate::Overwritten);
        check(&[M::Flux], false, false, kubectl, Fate::Lost);
        // Lens; and a manager that is not known may be any.
        check(&[M::Flux], false, false, Some("node-fetch"), Fate::Survives);
        check(&[M::Flux], false, false, None, Fate::Lost);
    }

    #[test]
    fn methods_are_written_in_snake_case() {
        assert_eq!(
            serde_json::from_str::<DeployMethod>("\"server_side_apply\"").unwrap(),
            DeployMethod::ServerSideApply
        );
        assert_eq!(serde_json::from_str::<DeployMethod>("\"argo_cd_replace\"").unwrap(), DeployMethod::ArgoCdReplace);
    }
}
