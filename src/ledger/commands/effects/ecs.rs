//! Amazon ECS. Source: ECS API reference; property names of `AWS::ECS::Service`.

use super::shape::Shape::{Structure, Structures, Switch, Text};
use super::{Change, Operation, Select, path};
use crate::ledger::commands::Prediction;
use crate::ledger::commands::aws_cli::{Argument, Invocation};
use crate::model::AttributePath;

/// A service is asked for in the cluster `default` when none is named.
const SERVICE: &[Select] = &[Select::OrDefault("cluster", "default"), Select::Flag("service")];

pub(super) const OPERATIONS: &[Operation] = &[
    Operation {
        service: "ecs",
        name: "update-service",
        resource_type: "AWS::ECS::Service",
        select: SERVICE,
        changes: &[
            Change::Set("desired-count", "DesiredCount", Text),
            Change::Computed(task_definition),
            Change::Merge("deployment-configuration", "DeploymentConfiguration", Structure),
            Change::Merge("network-configuration", "NetworkConfiguration", Structure),
            Change::Set("capacity-provider-strategy", "CapacityProviderStrategy", Structures),
            Change::Set("load-balancers", "LoadBalancers", Structures),
            Change::Set("service-registries", "ServiceRegistries", Structures),
            Change::Set("placement-constraints", "PlacementConstraints", Structures),
            Change::Set("placement-strategy", "PlacementStrategies", Structures),
            Change::Set("platform-version", "PlatformVersion", Text),
            Change::Set("health-check-grace-period-seconds", "HealthCheckGracePeriodSeconds", Text),
            Change::Set("enable-execute-command", "EnableExecuteCommand", Switch),
            Change::Set("enable-ecs-managed-tags", "EnableECSManagedTags", Switch),
            Change::Set("propagate-tags", "PropagateTags", Text),
            Change::Set("availability-zone-rebalancing", "AvailabilityZoneRebalancing", Text),
            // --force-new-deployment
            Change::Trigger,
        ],
    },
    Operation {
        service: "ecs",
        name: "delete-service",
        resource_type: "AWS::ECS::Service",
        select: SERVICE,
        changes: &[Change::Gone],
    },
    Operation {
        service: "ecs",
        name: "register-task-definition",
        resource_type: "AWS::ECS::TaskDefinition",
        select: &[Select::Flag("family")],
        // The content mostly stands in a file, and the number of the revision only in the answer.
        changes: &[Change::Unread("")],
    },
];

/// A family with a revision is that revision; a family alone is its latest, whichever that was then.
fn task_definition(invocation: &Invocation) -> Vec<(AttributePath, Prediction)> {
    let value = invocation.parameters.get("task-definition").and_then(Argument::scalar);
    let prediction = value.map(|value| {
        let revision = value.as_str().and_then(|name| name.rsplit_once(':')).map(|(_, revision)| revision);
        let is_exact = revision.is_some_and(|revision| revision.bytes().all(|b| b.is_ascii_digit()));
        if is_exact { Prediction::Is(value) } else { Prediction::Unspecified }
    });
    prediction.into_iter().map(|prediction| (path("TaskDefinition"), prediction)).collect()
}
