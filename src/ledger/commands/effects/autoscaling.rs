//! Amazon EC2 Auto Scaling and Application Auto Scaling. Source: their API references; property names of
//! `AWS::AutoScaling::*` and `AWS::ApplicationAutoScaling::*`.

use super::change::Change::{
    Add, Computed, Document, Entries, Gone, Merge, Remove, Same, Set, Split, Unread, UnreadIf,
};
use super::{Outcome, Parameters, Prediction, Row, Select, path, row};

const GROUP: &str = "AWS::AutoScaling::AutoScalingGroup";
const BY_GROUP: &[Select] = &[Select::Is("AutoScalingGroupName")];
const SCHEDULED: &str = "AWS::AutoScaling::ScheduledAction";
const TARGET: &str = "AWS::ApplicationAutoScaling::ScalableTarget";
/// As CloudFormation makes the identifier of a scalable target.
const BY_TARGET: &[Select] =
    &[Select::Is("ResourceId"), Select::Is("ScalableDimension"), Select::Is("ServiceNamespace")];

pub(super) const ROWS: &[Row] = &[
    row(
        "autoscaling update-auto-scaling-group",
        GROUP,
        BY_GROUP,
        &[
            // `MinSize`, `MaxSize` and `DesiredCapacity` are texts in CloudFormation, which no comparison minds.
            Same(&["MinSize", "MaxSize", "DesiredCapacity", "HealthCheckType", "HealthCheckGracePeriod"]),
            Same(&[
                "TerminationPolicies",
                "NewInstancesProtectedFromScaleIn",
                "CapacityRebalance",
                "MaxInstanceLifetime",
            ]),
            Same(&["LaunchConfigurationName", "AvailabilityZones", "ServiceLinkedRoleARN", "DesiredCapacityType"]),
            Same(&["DefaultInstanceWarmup", "PlacementGroup", "Context"]),
            Set("DefaultCooldown", "Cooldown"),
            Split("VPCZoneIdentifier", "VPCZoneIdentifier"),
            Merge("LaunchTemplate", "LaunchTemplate"),
            UnreadIf("MixedInstancesPolicy", "MixedInstancesPolicy"),
            Merge("InstanceMaintenancePolicy", "InstanceMaintenancePolicy"),
        ],
    ),
    row("autoscaling set-desired-capacity", GROUP, BY_GROUP, &[Same(&["DesiredCapacity"])]),
    row("autoscaling delete-auto-scaling-group", GROUP, BY_GROUP, &[Gone]),
    row(
        "autoscaling attach-load-balancer-target-groups",
        GROUP,
        BY_GROUP,
        &[Add("TargetGroupARNs", "TargetGroupARNs")],
    ),
    row(
        "autoscaling detach-load-balancer-target-groups",
        GROUP,
        BY_GROUP,
        &[Remove("TargetGroupARNs", "TargetGroupARNs")],
    ),
    row("autoscaling attach-load-balancers", GROUP, BY_GROUP, &[Add("LoadBalancerNames", "LoadBalancerNames")]),
    row("autoscaling detach-load-balancers", GROUP, BY_GROUP, &[Remove("LoadBalancerNames", "LoadBalancerNames")]),
    row("autoscaling attach-instances", GROUP, BY_GROUP, &[Unread("DesiredCapacity")]),
    row("autoscaling detach-instances", GROUP, BY_GROUP, &[Computed(decrement)]),
    row(
        "autoscaling put-scaling-policy",
        "AWS::AutoScaling::ScalingPolicy",
        &[Select::Is("PolicyName")],
        &[
            Same(&[
                "AutoScalingGroupName",
                "PolicyType",
                "AdjustmentType",
                "MinAdjustmentMagnitude",
                "ScalingAdjustment",
            ]),
            Same(&["Cooldown", "MetricAggregationType", "StepAdjustments", "EstimatedInstanceWarmup"]),
            Same(&["TargetTrackingConfiguration", "PredictiveScalingConfiguration"]),
        ],
    ),
    row("autoscaling delete-policy", "AWS::AutoScaling::ScalingPolicy", &[Select::Is("PolicyName")], &[Gone]),
    row(
        "autoscaling put-scheduled-update-group-action",
        SCHEDULED,
        &[Select::Is("ScheduledActionName")],
        &[
            Same(&[
                "AutoScalingGroupName",
                "StartTime",
                "EndTime",
                "Recurrence",
                "MinSize",
                "MaxSize",
                "DesiredCapacity",
            ]),
            Same(&["TimeZone"]),
        ],
    ),
    row("autoscaling delete-scheduled-action", SCHEDULED, &[Select::Is("ScheduledActionName")], &[Gone]),
    row(
        "autoscaling put-lifecycle-hook",
        "AWS::AutoScaling::LifecycleHook",
        &[Select::Is("AutoScalingGroupName"), Select::Is("LifecycleHookName")],
        &[
            Same(&["LifecycleTransition", "HeartbeatTimeout", "DefaultResult", "RoleARN", "NotificationTargetARN"]),
            Same(&["NotificationMetadata"]),
        ],
    ),
    row(
        "application-autoscaling register-scalable-target",
        TARGET,
        BY_TARGET,
        &[Same(&["MinCapacity", "MaxCapacity", "RoleARN"]), Merge("SuspendedState", "SuspendedState")],
    ),
    row("application-autoscaling deregister-scalable-target", TARGET, BY_TARGET, &[Gone]),
    row("application-autoscaling put-scheduled-action", TARGET, BY_TARGET, &[Unread("ScheduledActions")]),
    row("application-autoscaling delete-scheduled-action", TARGET, BY_TARGET, &[Unread("ScheduledActions")]),
    row(
        "application-autoscaling put-scaling-policy",
        "AWS::ApplicationAutoScaling::ScalingPolicy",
        &[Select::Is("PolicyName")],
        &[
            Same(&[
                "PolicyType",
                "ResourceId",
                "ScalableDimension",
                "ServiceNamespace",
                "StepScalingPolicyConfiguration",
            ]),
            Set("TargetTrackingScalingPolicyConfiguration", "TargetTrackingScalingPolicyConfiguration"),
        ],
    ),
    row(
        "application-autoscaling delete-scaling-policy",
        "AWS::ApplicationAutoScaling::ScalingPolicy",
        &[Select::Is("PolicyName")],
        &[Gone],
    ),
    row(
        "elasticache modify-cache-parameter-group",
        "AWS::ElastiCache::ParameterGroup",
        &[Select::Is("CacheParameterGroupName")],
        &[Entries("ParameterNameValues", "Properties", "ParameterName", "ParameterValue")],
    ),
    row(
        "scheduler update-schedule",
        "AWS::Scheduler::Schedule",
        &[Select::Is("Name")],
        &[
            Same(&["ScheduleExpression", "ScheduleExpressionTimezone", "StartDate", "EndDate", "Description", "State"]),
            Same(&["KmsKeyArn"]),
            Merge("FlexibleTimeWindow", "FlexibleTimeWindow"),
            Merge("Target", "Target"),
        ],
    ),
    row("scheduler delete-schedule", "AWS::Scheduler::Schedule", &[Select::Is("Name")], &[Gone]),
    row(
        "stepfunctions update-state-machine",
        "AWS::StepFunctions::StateMachine",
        &[Select::Is("StateMachineArn")],
        &[
            Document("Definition", "Definition"),
            Same(&["RoleArn", "LoggingConfiguration", "TracingConfiguration"]),
            Set("Definition", "DefinitionString"),
        ],
    ),
    row(
        "stepfunctions delete-state-machine",
        "AWS::StepFunctions::StateMachine",
        &[Select::Is("StateMachineArn")],
        &[Gone],
    ),
];

fn decrement(parameters: &Parameters<'_>) -> Vec<Outcome> {
    if parameters.is_on("ShouldDecrementDesiredCapacity") {
        return vec![(path("DesiredCapacity"), Prediction::Unspecified)];
    }
    Vec::new()
}
