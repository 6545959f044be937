//! Application Auto Scaling. Properties: the CloudFormation reference of `AWS::ApplicationAutoScaling::ScalableTarget`;
//! attributes: the provider's schema (5.100).

use super::rule::{Mapping, Produce, Rule, Tags, block, flag, number, text};

/// The tables.
pub(super) const MAPPINGS: &[Mapping] = &[Mapping {
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
}];

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
}
