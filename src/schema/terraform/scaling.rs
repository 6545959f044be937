//! Application Auto Scaling. Properties: the CloudFormation reference of `AWS::ApplicationAutoScaling::*`; attributes: the
//! provider's schema (5.100).

use super::autoscaling::{DIMENSION, PREDEFINED, QUERY, STEP};
use super::rule::{Mapping, Produce, Rule, Tags, block, blocks, flag, number, number_unless, text};

/// The tables.
pub(super) const MAPPINGS: &[Mapping] = &[TARGET, POLICY];

const TARGET: Mapping = Mapping {
    terraform: "aws_appautoscaling_target",
    canonical: "AWS::ApplicationAutoScaling::ScalableTarget",
    identifier: &[],
    tags: Tags::None,
    rules: &[
        text("resource_id", "ResourceId"),
        text("scalable_dimension", "ScalableDimension"),
        text("service_namespace", "ServiceNamespace"),
        number("min_capacity", "MinCapacity"),
        number("max_capacity", "MaxCapacity"),
        text("role_arn", "RoleARN"),
        block(
            "suspended_state",
            "SuspendedState",
            &[
                flag("dynamic_scaling_in_suspended", "DynamicScalingInSuspended"),
                flag("dynamic_scaling_out_suspended", "DynamicScalingOutSuspended"),
                flag("scheduled_scaling_suspended", "ScheduledScalingSuspended"),
            ],
        ),
        // CloudFormation's type has no tags.
        Rule::TerraformOnly(&["tags"]),
    ],
    produce: Produce::Resource,
};

const POLICY: Mapping = Mapping {
    terraform: "aws_appautoscaling_policy",
    canonical: "AWS::ApplicationAutoScaling::ScalingPolicy",
    identifier: &["arn"],
    tags: Tags::None,
    rules: &[
        text("name", "PolicyName"),
        text("policy_type", "PolicyType"),
        text("resource_id", "ResourceId"),
        text("scalable_dimension", "ScalableDimension"),
        text("service_namespace", "ServiceNamespace"),
        block(
            "step_scaling_policy_configuration",
            "StepScalingPolicyConfiguration",
            &[
                text("adjustment_type", "AdjustmentType"),
                number("cooldown", "Cooldown"),
                text("metric_aggregation_type", "MetricAggregationType"),
                number_unless(0, "min_adjustment_magnitude", "MinAdjustmentMagnitude"),
                blocks("step_adjustment", "StepAdjustments", STEP),
            ],
        ),
        block(
            "target_tracking_scaling_policy_configuration",
            "TargetTrackingScalingPolicyConfiguration",
            &[
                flag("disable_scale_in", "DisableScaleIn"),
                number("scale_in_cooldown", "ScaleInCooldown"),
                number("scale_out_cooldown", "ScaleOutCooldown"),
                number("target_value", "TargetValue"),
                block("predefined_metric_specification", "PredefinedMetricSpecification", PREDEFINED),
                block(
                    "customized_metric_specification",
                    "CustomizedMetricSpecification",
                    &[
                        blocks("dimensions", "Dimensions", DIMENSION),
                        text("metric_name", "MetricName"),
                        text("namespace", "Namespace"),
                        text("statistic", "Statistic"),
                        text("unit", "Unit"),
                        blocks("metrics", "Metrics", QUERY),
                    ],
                ),
            ],
        ),
        Rule::Computed(&["alarm_arns"]),
    ],
    produce: Produce::Resource,
};

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::check;

    #[test]
    fn a_target_says_between_what_a_value_may_move() {
        check(
            "aws_appautoscaling_target",
            &json!({
                "arn": "arn:t", "id": "service/prod/api", "max_capacity": 9, "min_capacity": 1,
                "resource_id": "service/prod/api", "role_arn": "arn:r", "scalable_dimension": "ecs:service:DesiredCount",
                "service_namespace": "ecs", "suspended_state": [], "tags": null, "tags_all": {}
            }),
            &json!({
                "MaxCapacity": 9, "MinCapacity": 1, "ResourceId": "service/prod/api", "RoleARN": "arn:r",
                "ScalableDimension": "ecs:service:DesiredCount", "ServiceNamespace": "ecs"
            }),
        );
    }

    #[test]
    fn a_policy_says_how_it_moves() {
        check(
            "aws_appautoscaling_policy",
            &json!({
                "alarm_arns": ["arn:a"], "arn": "arn:p", "id": "tt", "name": "tt",
                "policy_type": "TargetTrackingScaling", "resource_id": "service/prod/api",
                "scalable_dimension": "ecs:service:DesiredCount", "service_namespace": "ecs",
                "step_scaling_policy_configuration": [],
                "target_tracking_scaling_policy_configuration": [{
                    "customized_metric_specification": [], "disable_scale_in": false,
                    "predefined_metric_specification": [{"predefined_metric_type": "ECSServiceAverageCPUUtilization",
                        "resource_label": ""}],
                    "scale_in_cooldown": 0, "scale_out_cooldown": null, "target_value": 60}]
            }),
            &json!({
                "PolicyName": "tt", "PolicyType": "TargetTrackingScaling", "ResourceId": "service/prod/api",
                "ScalableDimension": "ecs:service:DesiredCount", "ServiceNamespace": "ecs",
                "TargetTrackingScalingPolicyConfiguration": {
                    "DisableScaleIn": false,
                    "PredefinedMetricSpecification": {"PredefinedMetricType": "ECSServiceAverageCPUUtilization"},
                    "ScaleInCooldown": 0, "TargetValue": 60}
            }),
        );
        check(
            "aws_appautoscaling_policy",
            &json!({"step_scaling_policy_configuration": [{"adjustment_type": "ChangeInCapacity", "cooldown": 60,
                "metric_aggregation_type": "", "min_adjustment_magnitude": 0,
                "step_adjustment": [{"metric_interval_lower_bound": "", "metric_interval_upper_bound": "0",
                    "scaling_adjustment": -2}]}]}),
            &json!({"StepScalingPolicyConfiguration": {"AdjustmentType": "ChangeInCapacity", "Cooldown": 60,
                "StepAdjustments": [{"MetricIntervalUpperBound": 0, "ScalingAdjustment": -2}]}}),
        );
    }
}
