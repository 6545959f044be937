//! Amazon EC2 Auto Scaling. Properties: the CloudFormation reference of `AWS::AutoScaling::*`; attributes: the provider's
//! schema (5.100).

use std::collections::BTreeMap;

use super::ec2::launch_template::INSTANCE_REQUIREMENTS;
use super::interpret::is_set;
use super::rule::{
    Mapping, Origin, Produce, Rule, Tags, block, blocks, by_code, flag, number, number_unless, text, texts,
};
use crate::model::Value;

/// The tables.
pub(super) const MAPPINGS: &[Mapping] = &[
    Mapping {
        terraform: "aws_autoscaling_group",
        canonical: "AWS::AutoScaling::AutoScalingGroup",
        identifier: &["name"],
        // Its tags are blocks, because each says whether instances get it.
        tags: Tags::None,
        rules: GROUP,
        produce: Produce::Finished(collect_metrics),
    },
    Mapping {
        terraform: "aws_autoscaling_policy",
        canonical: "AWS::AutoScaling::ScalingPolicy",
        identifier: &["arn"],
        tags: Tags::None,
        rules: POLICY,
        produce: Produce::Resource,
    },
];

const GROUP: &[Rule] = &[
    text("name", "AutoScalingGroupName"),
    text("min_size", "MinSize"),
    text("max_size", "MaxSize"),
    text("desired_capacity", "DesiredCapacity"),
    text("desired_capacity_type", "DesiredCapacityType"),
    texts("availability_zones", "AvailabilityZones"),
    texts("vpc_zone_identifier", "VPCZoneIdentifier"),
    flag("capacity_rebalance", "CapacityRebalance"),
    text("context", "Context"),
    text("default_cooldown", "Cooldown"),
    number_unless(0, "default_instance_warmup", "DefaultInstanceWarmup"),
    number("health_check_grace_period", "HealthCheckGracePeriod"),
    text("health_check_type", "HealthCheckType"),
    text("launch_configuration", "LaunchConfigurationName"),
    texts("load_balancers", "LoadBalancerNames"),
    texts("target_group_arns", "TargetGroupARNs"),
    number_unless(0, "max_instance_lifetime", "MaxInstanceLifetime"),
    by_code("enabled_metrics", METRICS),
    by_code("metrics_granularity", METRICS),
    text("placement_group", "PlacementGroup"),
    flag("protect_from_scale_in", "NewInstancesProtectedFromScaleIn"),
    text("service_linked_role_arn", "ServiceLinkedRoleARN"),
    texts("termination_policies", "TerminationPolicies"),
    block(
        "availability_zone_distribution",
        "AvailabilityZoneDistribution",
        &[text("capacity_distribution_strategy", "CapacityDistributionStrategy")],
    ),
    block("capacity_reservation_specification", "CapacityReservationSpecification", RESERVATION),
    blocks("initial_lifecycle_hook", "LifecycleHookSpecificationList", HOOK),
    block(
        "instance_maintenance_policy",
        "InstanceMaintenancePolicy",
        &[
            number("max_healthy_percentage", "MaxHealthyPercentage"),
            number("min_healthy_percentage", "MinHealthyPercentage"),
        ],
    ),
    block(
        "launch_template",
        "LaunchTemplate",
        &[text("id", "LaunchTemplateId"), text("name", "LaunchTemplateName"), text("version", "Version")],
    ),
    block("mixed_instances_policy", "MixedInstancesPolicy", MIXED),
    blocks(
        "tag",
        "Tags",
        &[text("key", "Key"), text("value", "Value"), flag("propagate_at_launch", "PropagateAtLaunch")],
    ),
    blocks("traffic_source", "TrafficSources", &[text("identifier", "Identifier"), text("type", "Type")]),
    // A warm pool is an `AWS::AutoScaling::WarmPool` in CloudFormation, and nothing there suspends processes.
    Rule::Uncovered(&["suspended_processes", "warm_pool"]),
    Rule::TerraformOnly(&[
        "force_delete",
        "force_delete_warm_pool",
        "ignore_failed_scaling_activities",
        "instance_refresh",
        "min_elb_capacity",
        "name_prefix",
        "wait_for_capacity_timeout",
        "wait_for_elb_capacity",
    ]),
    Rule::Computed(&["predicted_capacity", "warm_pool_size"]),
];

const METRICS: &str = "MetricsCollection";

/// Terraform has the metrics of one granularity, CloudFormation a list of collections. No metrics are no collection.
fn collect_metrics(members: &mut BTreeMap<String, Value>, origin: &Origin<'_>) {
    let Some(metrics) = origin.attributes.get("enabled_metrics").filter(|metrics| is_set(metrics)) else { return };
    let granularity = origin.attributes.get("metrics_granularity").filter(|granularity| is_set(granularity));
    let granularity = granularity.cloned().unwrap_or_else(|| "1Minute".into());
    let at = metrics.at.clone();
    let collection = Value::object([("Granularity", granularity), ("Metrics", metrics.clone())]).located(at.clone());
    members.insert(METRICS.to_owned(), Value::list([collection]).located(at));
}

const RESERVATION: &[Rule] = &[
    text("capacity_reservation_preference", "CapacityReservationPreference"),
    block(
        "capacity_reservation_target",
        "CapacityReservationTarget",
        &[
            texts("capacity_reservation_ids", "CapacityReservationIds"),
            texts("capacity_reservation_resource_group_arns", "CapacityReservationResourceGroupArns"),
        ],
    ),
];

const HOOK: &[Rule] = &[
    text("name", "LifecycleHookName"),
    text("default_result", "DefaultResult"),
    number_unless(0, "heartbeat_timeout", "HeartbeatTimeout"),
    text("lifecycle_transition", "LifecycleTransition"),
    text("notification_metadata", "NotificationMetadata"),
    text("notification_target_arn", "NotificationTargetARN"),
    text("role_arn", "RoleARN"),
];

const MIXED: &[Rule] = &[
    block(
        "instances_distribution",
        "InstancesDistribution",
        &[
            text("on_demand_allocation_strategy", "OnDemandAllocationStrategy"),
            number("on_demand_base_capacity", "OnDemandBaseCapacity"),
            number("on_demand_percentage_above_base_capacity", "OnDemandPercentageAboveBaseCapacity"),
            text("spot_allocation_strategy", "SpotAllocationStrategy"),
            // Only one of the strategies has pools.
            number_unless(0, "spot_instance_pools", "SpotInstancePools"),
            text("spot_max_price", "SpotMaxPrice"),
        ],
    ),
    block(
        "launch_template",
        "LaunchTemplate",
        &[
            block("launch_template_specification", "LaunchTemplateSpecification", TEMPLATE),
            blocks(
                "override",
                "Overrides",
                &[
                    block("instance_requirements", "InstanceRequirements", INSTANCE_REQUIREMENTS),
                    text("instance_type", "InstanceType"),
                    block("launch_template_specification", "LaunchTemplateSpecification", TEMPLATE),
                    text("weighted_capacity", "WeightedCapacity"),
                ],
            ),
        ],
    ),
];

const TEMPLATE: &[Rule] = &[
    text("launch_template_id", "LaunchTemplateId"),
    text("launch_template_name", "LaunchTemplateName"),
    text("version", "Version"),
];

const POLICY: &[Rule] = &[
    text("name", "PolicyName"),
    text("autoscaling_group_name", "AutoScalingGroupName"),
    text("policy_type", "PolicyType"),
    text("adjustment_type", "AdjustmentType"),
    text("cooldown", "Cooldown"),
    number_unless(0, "estimated_instance_warmup", "EstimatedInstanceWarmup"),
    text("metric_aggregation_type", "MetricAggregationType"),
    number_unless(0, "min_adjustment_magnitude", "MinAdjustmentMagnitude"),
    number("scaling_adjustment", "ScalingAdjustment"),
    blocks("step_adjustment", "StepAdjustments", STEP),
    block(
        "target_tracking_configuration",
        "TargetTrackingConfiguration",
        &[
            flag("disable_scale_in", "DisableScaleIn"),
            number("target_value", "TargetValue"),
            block("predefined_metric_specification", "PredefinedMetricSpecification", PREDEFINED),
            block(
                "customized_metric_specification",
                "CustomizedMetricSpecification",
                &[
                    blocks("metric_dimension", "Dimensions", DIMENSION),
                    text("metric_name", "MetricName"),
                    text("namespace", "Namespace"),
                    number_unless(0, "period", "Period"),
                    text("statistic", "Statistic"),
                    text("unit", "Unit"),
                    blocks("metrics", "Metrics", QUERY_WITH_PERIOD),
                ],
            ),
        ],
    ),
    block("predictive_scaling_configuration", "PredictiveScalingConfiguration", PREDICTIVE),
    // CloudFormation's policies are always enabled.
    Rule::Uncovered(&["enabled"]),
];

/// A step of a policy; the one at an end has no bound there, and a bound of 0 is one.
pub(super) const STEP: &[Rule] = &[
    number("metric_interval_lower_bound", "MetricIntervalLowerBound"),
    number("metric_interval_upper_bound", "MetricIntervalUpperBound"),
    number("scaling_adjustment", "ScalingAdjustment"),
];

/// A metric that the service knows by a name.
pub(super) const PREDEFINED: &[Rule] =
    &[text("predefined_metric_type", "PredefinedMetricType"), text("resource_label", "ResourceLabel")];

/// A dimension of a metric.
pub(super) const DIMENSION: &[Rule] = &[text("name", "Name"), text("value", "Value")];

const METRIC: &[Rule] =
    &[blocks("dimensions", "Dimensions", DIMENSION), text("metric_name", "MetricName"), text("namespace", "Namespace")];

/// A query for metrics.
pub(super) const QUERY: &[Rule] = &[
    text("expression", "Expression"),
    text("id", "Id"),
    text("label", "Label"),
    flag("return_data", "ReturnData"),
    block(
        "metric_stat",
        "MetricStat",
        &[block("metric", "Metric", METRIC), text("stat", "Stat"), text("unit", "Unit")],
    ),
];

/// The same where a policy may set the period.
const QUERY_WITH_PERIOD: &[Rule] = &[
    text("expression", "Expression"),
    text("id", "Id"),
    text("label", "Label"),
    flag("return_data", "ReturnData"),
    block(
        "metric_stat",
        "MetricStat",
        &[
            block("metric", "Metric", METRIC),
            number_unless(0, "period", "Period"),
            text("stat", "Stat"),
            text("unit", "Unit"),
        ],
    ),
];

const PREDICTIVE: &[Rule] = &[
    text("max_capacity_breach_behavior", "MaxCapacityBreachBehavior"),
    number("max_capacity_buffer", "MaxCapacityBuffer"),
    text("mode", "Mode"),
    number("scheduling_buffer_time", "SchedulingBufferTime"),
    blocks(
        "metric_specification",
        "MetricSpecifications",
        &[
            number("target_value", "TargetValue"),
            block("customized_capacity_metric_specification", "CustomizedCapacityMetricSpecification", QUERIES),
            block("customized_load_metric_specification", "CustomizedLoadMetricSpecification", QUERIES),
            block("customized_scaling_metric_specification", "CustomizedScalingMetricSpecification", QUERIES),
            block("predefined_load_metric_specification", "PredefinedLoadMetricSpecification", PREDEFINED),
            block("predefined_metric_pair_specification", "PredefinedMetricPairSpecification", PREDEFINED),
            block("predefined_scaling_metric_specification", "PredefinedScalingMetricSpecification", PREDEFINED),
        ],
    ),
];

const QUERIES: &[Rule] = &[blocks("metric_data_queries", "MetricDataQueries", QUERY)];

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::{canonical_paths, check};

    #[test]
    fn a_group_has_its_sizes_as_texts_and_its_tags_with_their_reach() {
        check(
            "aws_autoscaling_group",
            &json!({
                "arn": "arn:g", "availability_zone_distribution": [{"capacity_distribution_strategy":
                    "balanced-best-effort"}],
                "availability_zones": ["us-east-1a"], "capacity_rebalance": false, "context": "",
                "default_cooldown": 300, "default_instance_warmup": 0, "desired_capacity": 2,
                "desired_capacity_type": "", "enabled_metrics": null, "force_delete": false,
                "health_check_grace_period": 0, "health_check_type": "EC2", "id": "g",
                "initial_lifecycle_hook": [{"default_result": "CONTINUE", "heartbeat_timeout": 0,
                    "lifecycle_transition": "autoscaling:EC2_INSTANCE_LAUNCHING", "name": "boot",
                    "notification_metadata": "", "notification_target_arn": "", "role_arn": ""}],
                "instance_refresh": [{"strategy": "Rolling"}], "launch_configuration": "",
                "launch_template": [{"id": "lt-1", "name": "web", "version": "$Latest"}], "load_balancers": [],
                "max_instance_lifetime": 0, "max_size": 4, "metrics_granularity": "1Minute", "min_size": 0,
                "mixed_instances_policy": [], "name": "g", "name_prefix": "", "placement_group": "",
                "predicted_capacity": 0, "protect_from_scale_in": false, "service_linked_role_arn": "arn:r",
                "suspended_processes": null,
                "tag": [{"key": "Name", "propagate_at_launch": true, "value": "web"}],
                "target_group_arns": ["arn:t"], "termination_policies": ["OldestInstance", "Default"],
                "traffic_source": [{"identifier": "arn:t", "type": "elbv2"}], "vpc_zone_identifier": ["subnet-1"],
                "wait_for_capacity_timeout": "10m", "warm_pool": [], "warm_pool_size": 0
            }),
            &json!({
                "AutoScalingGroupName": "g",
                "AvailabilityZoneDistribution": {"CapacityDistributionStrategy": "balanced-best-effort"},
                "AvailabilityZones": ["us-east-1a"], "CapacityRebalance": false, "Cooldown": "300",
                "DesiredCapacity": "2", "HealthCheckGracePeriod": 0, "HealthCheckType": "EC2",
                "LaunchTemplate": {"LaunchTemplateId": "lt-1", "LaunchTemplateName": "web", "Version": "$Latest"},
                "LifecycleHookSpecificationList": [{"DefaultResult": "CONTINUE", "LifecycleHookName": "boot",
                    "LifecycleTransition": "autoscaling:EC2_INSTANCE_LAUNCHING"}],
                "LoadBalancerNames": [], "MaxSize": "4", "MinSize": "0", "NewInstancesProtectedFromScaleIn": false,
                "ServiceLinkedRoleARN": "arn:r",
                "Tags": [{"Key": "Name", "PropagateAtLaunch": true, "Value": "web"}],
                "TargetGroupARNs": ["arn:t"], "TerminationPolicies": ["OldestInstance", "Default"],
                "TrafficSources": [{"Identifier": "arn:t", "Type": "elbv2"}], "VPCZoneIdentifier": ["subnet-1"]
            }),
        );
    }

    #[test]
    fn metrics_are_collected_at_a_granularity() {
        let collection = json!({"MetricsCollection": [{"Granularity": "1Minute", "Metrics": ["GroupMinSize"]}]});
        let check = |attributes, expect| check("aws_autoscaling_group", &attributes, &expect);
        check(json!({"enabled_metrics": ["GroupMinSize"], "metrics_granularity": "1Minute"}), collection.clone());
        check(json!({"enabled_metrics": ["GroupMinSize"]}), collection);
        check(json!({"enabled_metrics": [], "metrics_granularity": "1Minute"}), json!({}));
        assert_eq!(canonical_paths("aws_autoscaling_group", "enabled_metrics"), ["MetricsCollection"]);
    }

    #[test]
    fn a_mix_of_instances_may_have_nothing_on_demand() {
        check(
            "aws_autoscaling_group",
            &json!({"mixed_instances_policy": [{
                "instances_distribution": [{"on_demand_allocation_strategy": "prioritized",
                    "on_demand_base_capacity": 0, "on_demand_percentage_above_base_capacity": 0,
                    "spot_allocation_strategy": "price-capacity-optimized", "spot_instance_pools": 0,
                    "spot_max_price": ""}],
                "launch_template": [{
                    "launch_template_specification": [{"launch_template_id": "lt-1", "launch_template_name": "",
                        "version": "1"}],
                    "override": [
                        {"instance_requirements": [], "instance_type": "t3.small",
                            "launch_template_specification": [], "weighted_capacity": "2"},
                        {"instance_requirements": [{"memory_mib": [{"min": 1024}], "vcpu_count": [{"min": 1}]}],
                            "instance_type": "", "weighted_capacity": ""}]}]}]}),
            &json!({"MixedInstancesPolicy": {
                "InstancesDistribution": {"OnDemandAllocationStrategy": "prioritized", "OnDemandBaseCapacity": 0,
                    "OnDemandPercentageAboveBaseCapacity": 0, "SpotAllocationStrategy": "price-capacity-optimized"},
                "LaunchTemplate": {
                    "LaunchTemplateSpecification": {"LaunchTemplateId": "lt-1", "Version": "1"},
                    "Overrides": [{"InstanceType": "t3.small", "WeightedCapacity": "2"},
                        {"InstanceRequirements": {"MemoryMiB": {"Min": 1024}, "VCpuCount": {"Min": 1}}}]}}}),
        );
    }

    #[test]
    fn a_policy_tracks_a_target_or_goes_by_steps() {
        check(
            "aws_autoscaling_policy",
            &json!({"adjustment_type": "ChangeInCapacity", "arn": "arn:p", "autoscaling_group_name": "g",
                "cooldown": 0, "estimated_instance_warmup": 0, "id": "p", "metric_aggregation_type": "Average",
                "min_adjustment_magnitude": 0, "name": "p", "policy_type": "StepScaling",
                "predictive_scaling_configuration": [],
                "step_adjustment": [{"metric_interval_lower_bound": "0", "metric_interval_upper_bound": "",
                    "scaling_adjustment": -1}], "target_tracking_configuration": []}),
            &json!({"AdjustmentType": "ChangeInCapacity", "AutoScalingGroupName": "g", "Cooldown": "0",
                "MetricAggregationType": "Average", "PolicyName": "p", "PolicyType": "StepScaling",
                "StepAdjustments": [{"MetricIntervalLowerBound": 0, "ScalingAdjustment": -1}]}),
        );
        check(
            "aws_autoscaling_policy",
            &json!({"autoscaling_group_name": "g", "estimated_instance_warmup": 60, "name": "p",
                "target_tracking_configuration": [{
                    "customized_metric_specification": [{"metric_dimension": [{"name": "Q", "value": "q"}],
                        "metric_name": "Depth", "metrics": [], "namespace": "App", "period": 10,
                        "statistic": "Average", "unit": ""}],
                    "disable_scale_in": false, "predefined_metric_specification": [], "target_value": 40}]}),
            &json!({"AutoScalingGroupName": "g", "EstimatedInstanceWarmup": 60, "PolicyName": "p",
                "TargetTrackingConfiguration": {
                    "CustomizedMetricSpecification": {"Dimensions": [{"Name": "Q", "Value": "q"}],
                        "MetricName": "Depth", "Metrics": [], "Namespace": "App", "Period": 10,
                        "Statistic": "Average"},
                    "DisableScaleIn": false, "TargetValue": 40}}),
        );
    }

    #[test]
    fn a_policy_may_look_ahead() {
        check(
            "aws_autoscaling_policy",
            &json!({"predictive_scaling_configuration": [{"max_capacity_breach_behavior": "HonorMaxCapacity",
                "max_capacity_buffer": "", "mode": "ForecastOnly", "scheduling_buffer_time": "300",
                "metric_specification": [{"target_value": 10,
                    "customized_load_metric_specification": [{"metric_data_queries": [{"expression": "", "id": "l",
                        "label": "", "metric_stat": [{"metric": [{"dimensions": [], "metric_name": "M",
                            "namespace": "N"}], "stat": "Sum", "unit": ""}], "return_data": true}]}],
                    "predefined_metric_pair_specification": [{"predefined_metric_type": "ASGCPUUtilization",
                        "resource_label": ""}]}]}]}),
            &json!({"PredictiveScalingConfiguration": {"MaxCapacityBreachBehavior": "HonorMaxCapacity",
                "MetricSpecifications": [{
                    "CustomizedLoadMetricSpecification": {"MetricDataQueries": [{"Id": "l", "MetricStat":
                        {"Metric": {"Dimensions": [], "MetricName": "M", "Namespace": "N"}, "Stat": "Sum"},
                        "ReturnData": true}]},
                    "PredefinedMetricPairSpecification": {"PredefinedMetricType": "ASGCPUUtilization"},
                    "TargetValue": 10}],
                "Mode": "ForecastOnly", "SchedulingBufferTime": 300}}),
        );
    }
}
