//! What kind of client a field manager is.
//!
//! The name is chosen by the client: it tells programs apart, not people. What the user configures goes before the
//! names that are known; the rest is unknown, and counts as a person, because nothing says that it is none.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::model::{FieldOperation, ManagerClass};

/// Names of field managers by what kind of client they are; `*` stands for any text. What is listed here goes before
/// what is known of the usual tools.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct ManagerClasses {
    /// What deploys the declarations, such as the `--field-manager` of the CI job. Where none is named, the manager that
    /// owns most of the declared fields of an object deploys it.
    pub deployer: Vec<String>,
    /// Control loops and operators: what they set is no drift.
    pub controller: Vec<String>,
    /// Tools that people use.
    pub human: Vec<String>,
}

/// How a field was set, as far as it tells what kind of client set it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Write<'a> {
    /// The manager's name.
    pub manager: &'a str,
    /// How it set the field.
    pub operation: FieldOperation,
    /// The part of the API that it used, where that is not the object itself.
    pub subresource: Option<&'a str>,
}

use ManagerClass::{Controller, Deployer, Human};

/// The names of the usual tools. Source of each: the tool's own code, and the default of the server, which takes the
/// user agent up to the first `/`.
const KNOWN: &[(ManagerClass, &[&str])] = &[
    (
        Human,
        &[
            "kubectl",
            "kubectl-*",
            // OpenLens and Lens, by the HTTP library they use (kustomize-controller #982).
            "node-fetch",
            "Lens",
            "k9s",
            "headlamp",
            "dashboard",
            "rancher",
            "Mozilla",
            // Edits in the web page of Argo CD.
            "argocd-server",
            "oc",
            "oc-*",
            // Commands that are run for a change record.
            "driftledger-*",
        ],
    ),
    (
        Deployer,
        &[
            "argocd-controller",
            "argocd-application-controller",
            "kustomize-controller",
            "helm-controller",
            "helm",
            "Terraform",
            "terraform-provider-kubernetes*",
            "HashiCorp",
            "pulumi-kubernetes*",
            "pulumi-resource-kubernetes",
            "kapp",
            "fleetagent",
            // Whatever was there before somebody first used server-side apply.
            "before-first-apply",
        ],
    ),
    (
        Controller,
        &[
            "kube-controller-manager",
            "kube-scheduler",
            "kube-apiserver",
            "kubelet",
            "cloud-controller-manager",
            "aws-cloud-controller-manager",
            "clusterrole-aggregation-controller",
            "cluster-autoscaler",
            "karpenter",
            "vpa-recommender",
            "vpa-updater",
            "keda",
            "keda-operator",
            "cert-manager-*",
            "cainjector",
            "rollouts-controller",
            "argo-rollouts",
            "flagger",
            "external-dns",
            "external-secrets",
            "istio-operator",
            "pilot-discovery",
            "Reloader",
            "descheduler",
            "eks",
            "kyverno",
            "gatekeeper",
            "csi-provisioner",
            "csi-attacher",
            "csi-resizer",
            "controller", // the AWS load balancer controller and others of controller-runtime
            "manager",
        ],
    ),
];

/// Tools that change what is there: they never are what deploys an object, however much of it they own.
const NEVER_DEPLOYS: &[&str] = &[
    "kubectl-edit",
    "kubectl-set",
    "kubectl-patch",
    "kubectl-label",
    "kubectl-annotate",
    "kubectl-rollout",
    "kubectl-scale",
    "kubectl-taint",
    "kubectl-autoscale",
    "node-fetch",
    "Lens",
    "k9s",
    "headlamp",
    "dashboard",
    "argocd-server",
    "Mozilla",
    "ancient-changes",
    "driftledger-*",
];

impl ManagerClasses {
    /// What kind of client it was: as configured, else as known of the tool, else unknown.
    pub fn classify(&self, write: Write<'_>) -> ManagerClass {
        let configured = [(Deployer, &self.deployer), (Controller, &self.controller), (Human, &self.human)];
        // `kubectl apply --server-side` in a pipeline has the name of an undo and of a scale by hand.
        let mut configured = configured.into_iter().filter(|(class, _)| *class != Deployer || !is_by_hand(write));
        let configured = configured.find(|(_, names)| names.iter().any(|name| matches(name, write.manager)));
        let known = || KNOWN.iter().find(|(_, names)| names.iter().any(|name| matches(name, write.manager)));
        configured.map(|(class, _)| class).or_else(|| Some(known()?.0)).unwrap_or(ManagerClass::Unknown)
    }

    /// Whether a client that owns most of the declared fields of an object is what deploys it. Nothing is taken for it
    /// where the user says what deploys. `kubectl apply` in a pipeline and by a person have the same name; `kubectl`
    /// without apply is an undo or a scale by hand.
    pub fn may_deploy(&self, write: Write<'_>) -> bool {
        self.deployer.is_empty()
            && write.subresource.is_none()
            && !is_by_hand(write)
            && !NEVER_DEPLOYS.iter().any(|name| matches(name, write.manager))
            && self.classify(write).is_by_hand()
            && !self.human.iter().any(|name| matches(name, write.manager))
    }
}

/// Whether it was `kubectl` otherwise than to apply: an undo, or a scale.
fn is_by_hand(write: Write<'_>) -> bool {
    write.manager == "kubectl" && write.operation == FieldOperation::Update
}

/// Whether a name is as a pattern says, in which `*` stands for any text.
fn matches(pattern: &str, name: &str) -> bool {
    let mut parts = pattern.split('*');
    let Some(mut rest) = parts.next().and_then(|first| name.strip_prefix(first)) else { return false };
    let Some((last, middle)) =
        parts.clone().collect::<Vec<_>>().split_last().map(|(last, middle)| (*last, middle.to_vec()))
    else {
        return rest.is_empty();
    };
    for part in middle {
        let Some((_, behind)) = rest.split_once(part) else { return false };
        rest = behind;
    }
    rest.ends_with(last)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn update(manager: &str) -> Write<'_> {
        Write { manager, operation: FieldOperation::Update, subresource: None }
    }

    #[test]
    fn what_is_configured_goes_before_what_is_known_and_the_rest_is_unknown() {
        let configured = ManagerClasses {
            deployer: vec!["ci-*".into()],
            controller: vec!["kubectl-patch".into()],
            human: vec!["deploy-*-shell".into()],
        };
        let check = |classes: &ManagerClasses, manager: &str, expect: ManagerClass| {
            assert_eq!(classes.classify(update(manager)), expect, "{manager}");
        };
        check(&configured, "ci-main", Deployer);
        check(&configured, "kubectl-patch", Controller);
        check(&configured, "deploy-a-shell", Human);
        check(&configured, "deploy-a-shells", ManagerClass::Unknown);
        let known = ManagerClasses::default();
        check(&known, "kubectl-edit", Human);
        check(&known, "kubectl-client-side-apply", Human);
        check(&known, "node-fetch", Human);
        check(&known, "argocd-controller", Deployer);
        check(&known, "argocd-server", Human);
        check(&known, "kube-controller-manager", Controller);
        check(&known, "cert-manager-cainjector", Controller);
        check(&known, "OpenAPI-Generator", ManagerClass::Unknown);
        check(&known, "kubectl2", ManagerClass::Unknown);
        check(&known, "driftledger-CR-2024-001", Human);
    }

    #[test]
    fn tools_that_change_what_is_there_never_deploy() {
        let check = |classes: &ManagerClasses, write: Write<'_>, expect: bool| {
            assert_eq!(classes.may_deploy(write), expect, "{write:?}");
        };
        let known = ManagerClasses::default();
        let apply = Write { operation: FieldOperation::Apply, ..update("kubectl") };
        check(&known, apply, true);
        check(&known, update("kubectl-client-side-apply"), true);
        check(&known, update("kubectl-create"), true);
        check(&known, update("OpenAPI-Generator"), true);
        for never in
            ["driftledger-CR-1", "kubectl", "kubectl-edit", "kubectl-set", "kubectl-patch", "kube-controller-manager"]
        {
            check(&known, update(never), false);
        }
        check(&known, Write { subresource: Some("scale"), ..apply }, false);
        let configured = ManagerClasses { deployer: vec!["ci".into()], ..ManagerClasses::default() };
        check(&configured, apply, false);
        let shared = ManagerClasses { deployer: vec!["kubectl".into()], ..ManagerClasses::default() };
        assert_eq!(shared.classify(apply), Deployer);
        assert_eq!(shared.classify(update("kubectl")), Human);
    }
}
