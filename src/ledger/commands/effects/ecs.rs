//! Amazon ECS. Source: ECS API reference; property names of `AWS::ECS::Service` and `AWS::ECS::Cluster`.

use super::change::Change::{Computed, Gone, Merge, Same, Set, Unread, UnreadIf};
use super::{Outcome, Parameters, Prediction, Row, Select, path, row};

const SERVICE: &str = "AWS::ECS::Service";
/// A service is asked for in the cluster `default` when none is named.
const BY_SERVICE: &[Select] = &[Select::OrDefault("Cluster", "default"), Select::Is("Service")];
const CLUSTER: &str = "AWS::ECS::Cluster";
const BY_CLUSTER: &[Select] = &[Select::OrDefault("Cluster", "default")];

pub(super) const ROWS: &[Row] = &[
    row(
        "ecs update-service",
        SERVICE,
        BY_SERVICE,
        // `--force-new-deployment` is no attribute: it makes the service act.
        &[
            Same(&["DesiredCount"]),
            Computed(task_definition),
            Merge("DeploymentConfiguration", "DeploymentConfiguration"),
            Merge("NetworkConfiguration", "NetworkConfiguration"),
            Same(&["CapacityProviderStrategy", "LoadBalancers", "ServiceRegistries", "PlacementConstraints"]),
            Set("PlacementStrategy", "PlacementStrategies"),
            Same(&["PlatformVersion", "HealthCheckGracePeriodSeconds", "EnableExecuteCommand", "EnableECSManagedTags"]),
            Same(&["PropagateTags", "AvailabilityZoneRebalancing"]),
            UnreadIf("ServiceConnectConfiguration", "ServiceConnectConfiguration"),
            UnreadIf("VolumeConfigurations", "VolumeConfigurations"),
        ],
    ),
    row("ecs delete-service", SERVICE, BY_SERVICE, &[Gone]),
    row(
        "ecs register-task-definition",
        "AWS::ECS::TaskDefinition",
        &[Select::Is("Family")],
        // The content mostly stands in a file, and the number of the revision only in the answer.
        &[Unread("")],
    ),
    row("ecs deregister-task-definition", "AWS::ECS::TaskDefinition", &[Select::Is("TaskDefinition")], &[Gone]),
    row("ecs update-cluster-settings", CLUSTER, BY_CLUSTER, &[Set("Settings", "ClusterSettings")]),
    row(
        "ecs update-cluster",
        CLUSTER,
        BY_CLUSTER,
        &[
            Set("Settings", "ClusterSettings"),
            Same(&["ServiceConnectDefaults"]),
            UnreadIf("Configuration", "Configuration"),
        ],
    ),
    row(
        "ecs put-cluster-capacity-providers",
        CLUSTER,
        BY_CLUSTER,
        &[Same(&["CapacityProviders", "DefaultCapacityProviderStrategy"])],
    ),
    row("ecs delete-cluster", CLUSTER, BY_CLUSTER, &[Gone]),
];

/// A family with a revision is that revision; a family alone is its latest, whichever that was then.
fn task_definition(parameters: &Parameters<'_>) -> Vec<Outcome> {
    let prediction = parameters.get("TaskDefinition").map(|value| {
        let revision = value.as_str().and_then(|name| name.rsplit_once(':')).map(|(_, revision)| revision);
        let is_exact = revision.is_some_and(|revision| revision.bytes().all(|b| b.is_ascii_digit()));
        if is_exact { Prediction::Is(value) } else { Prediction::Unspecified }
    });
    prediction.into_iter().map(|prediction| (path("TaskDefinition"), prediction)).collect()
}
