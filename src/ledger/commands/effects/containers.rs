//! Amazon EKS and Amazon ECR. Source: their API references; property names of `AWS::EKS::*` and
//! `AWS::ECR::Repository`.

use super::change::Change::{Clears, Computed, Document, Gone, Merge, Same, Set, UnreadIf};
use super::{Outcome, Parameters, Prediction, Row, Select, null, path, row};

const CLUSTER: &str = "AWS::EKS::Cluster";
const BY_NAME: &[Select] = &[Select::Is("Name")];
const NODEGROUP: &str = "AWS::EKS::Nodegroup";
const BY_NODEGROUP: &[Select] = &[Select::Is("ClusterName"), Select::Is("NodegroupName")];
const ADDON: &str = "AWS::EKS::Addon";
const BY_ADDON: &[Select] = &[Select::Is("ClusterName"), Select::Is("AddonName")];
const REPOSITORY: &str = "AWS::ECR::Repository";
const BY_REPOSITORY: &[Select] = &[Select::Is("RepositoryName")];

pub(super) const ROWS: &[Row] = &[
    row(
        "eks update-cluster-config",
        CLUSTER,
        BY_NAME,
        &[
            Merge("ResourcesVpcConfig", "ResourcesVpcConfig"),
            UnreadIf("Logging", "Logging"),
            Merge("AccessConfig", "AccessConfig"),
            Merge("UpgradePolicy", "UpgradePolicy"),
            Merge("ZonalShiftConfig", "ZonalShiftConfig"),
            Same(&["DeletionProtection"]),
        ],
    ),
    row("eks update-cluster-version", CLUSTER, BY_NAME, &[Same(&["Version"])]),
    row("eks delete-cluster", CLUSTER, BY_NAME, &[Gone]),
    row(
        "eks update-nodegroup-config",
        NODEGROUP,
        BY_NODEGROUP,
        &[
            Merge("ScalingConfig", "ScalingConfig"),
            Merge("UpdateConfig", "UpdateConfig"),
            Computed(labels),
            UnreadIf("Taints", "Taints"),
        ],
    ),
    row(
        "eks update-nodegroup-version",
        NODEGROUP,
        BY_NODEGROUP,
        &[Same(&["Version", "ReleaseVersion"]), Merge("LaunchTemplate", "LaunchTemplate")],
    ),
    row("eks delete-nodegroup", NODEGROUP, BY_NODEGROUP, &[Gone]),
    row(
        "eks update-addon",
        ADDON,
        BY_ADDON,
        &[Same(&["AddonVersion", "ServiceAccountRoleArn", "ConfigurationValues", "ResolveConflicts"])],
    ),
    row("eks delete-addon", ADDON, BY_ADDON, &[Gone]),
    row(
        "ecr put-lifecycle-policy",
        REPOSITORY,
        BY_REPOSITORY,
        &[Set("LifecyclePolicyText", "LifecyclePolicy.LifecyclePolicyText")],
    ),
    row("ecr delete-lifecycle-policy", REPOSITORY, BY_REPOSITORY, &[Clears("LifecyclePolicy")]),
    row("ecr set-repository-policy", REPOSITORY, BY_REPOSITORY, &[Document("PolicyText", "RepositoryPolicyText")]),
    row("ecr delete-repository-policy", REPOSITORY, BY_REPOSITORY, &[Clears("RepositoryPolicyText")]),
    row("ecr put-image-tag-mutability", REPOSITORY, BY_REPOSITORY, &[Same(&["ImageTagMutability"])]),
    row("ecr put-image-scanning-configuration", REPOSITORY, BY_REPOSITORY, &[Same(&["ImageScanningConfiguration"])]),
    row("ecr delete-repository", REPOSITORY, BY_REPOSITORY, &[Gone]),
];

/// `addOrUpdateLabels={…},removeLabels=…`.
fn labels(parameters: &Parameters<'_>) -> Vec<Outcome> {
    let mut outcomes = Vec::new();
    if let Some(added) = parameters.get("Labels.AddOrUpdateLabels") {
        outcomes.extend(super::change::entries(Some(added).filter(|value| *value != null()), "Labels"));
    }
    let removed = parameters.get("Labels.RemoveLabels");
    let removed = removed.iter().filter_map(|keys| keys.as_list()).flatten().filter_map(|key| key.as_scalar_text());
    outcomes.extend(removed.map(|key| (path("Labels").key(&key), Prediction::Is(null()))));
    outcomes
}
