//! AWS CodeDeploy. Properties: the CloudFormation reference of `AWS::CodeDeploy::*`; attributes: the provider's schema
//! (5.100).

use super::rule::{Mapping, Produce, Rule, Tags, block, blocks, flag, number, text, texts, wrapped};

/// The tables.
pub(super) const MAPPINGS: &[Mapping] = &[
    Mapping {
        terraform: "aws_codedeploy_app",
        canonical: "AWS::CodeDeploy::Application",
        identifier: &["name"],
        tags: Tags::List,
        rules: &[
            text("name", "ApplicationName"),
            text("compute_platform", "ComputePlatform"),
            Rule::Computed(&["application_id", "github_account_name", "linked_to_github"]),
        ],
        produce: Produce::Resource,
    },
    Mapping {
        terraform: "aws_codedeploy_deployment_group",
        canonical: "AWS::CodeDeploy::DeploymentGroup",
        identifier: &["deployment_group_name"],
        tags: Tags::List,
        rules: GROUP,
        produce: Produce::Resource,
    },
];

const GROUP: &[Rule] = &[
    text("app_name", "ApplicationName"),
    text("deployment_group_name", "DeploymentGroupName"),
    text("deployment_config_name", "DeploymentConfigName"),
    text("service_role_arn", "ServiceRoleArn"),
    texts("autoscaling_groups", "AutoScalingGroups"),
    text("outdated_instances_strategy", "OutdatedInstancesStrategy"),
    flag("termination_hook_enabled", "TerminationHookEnabled"),
    block(
        "alarm_configuration",
        "AlarmConfiguration",
        &[
            wrapped("alarms", "Alarms", "Name"),
            flag("enabled", "Enabled"),
            flag("ignore_poll_alarm_failure", "IgnorePollAlarmFailure"),
        ],
    ),
    block(
        "auto_rollback_configuration",
        "AutoRollbackConfiguration",
        &[flag("enabled", "Enabled"), texts("events", "Events")],
    ),
    block("blue_green_deployment_config", "BlueGreenDeploymentConfiguration", BLUE_GREEN),
    block(
        "deployment_style",
        "DeploymentStyle",
        &[text("deployment_option", "DeploymentOption"), text("deployment_type", "DeploymentType")],
    ),
    blocks("ec2_tag_filter", "Ec2TagFilters", TAG_FILTER),
    blocks("ec2_tag_set", "Ec2TagSet.Ec2TagSetList", &[blocks("ec2_tag_filter", "Ec2TagGroup", TAG_FILTER)]),
    blocks("ecs_service", "ECSServices", &[text("cluster_name", "ClusterName"), text("service_name", "ServiceName")]),
    block("load_balancer_info", "LoadBalancerInfo", LOAD_BALANCER),
    blocks("on_premises_instance_tag_filter", "OnPremisesInstanceTagFilters", TAG_FILTER),
    blocks(
        "trigger_configuration",
        "TriggerConfigurations",
        &[
            texts("trigger_events", "TriggerEvents"),
            text("trigger_name", "TriggerName"),
            text("trigger_target_arn", "TriggerTargetArn"),
        ],
    ),
    Rule::Computed(&["compute_platform", "deployment_group_id"]),
];

const BLUE_GREEN: &[Rule] = &[
    block(
        "deployment_ready_option",
        "DeploymentReadyOption",
        &[text("action_on_timeout", "ActionOnTimeout"), number("wait_time_in_minutes", "WaitTimeInMinutes")],
    ),
    block("green_fleet_provisioning_option", "GreenFleetProvisioningOption", &[text("action", "Action")]),
    block(
        "terminate_blue_instances_on_deployment_success",
        "TerminateBlueInstancesOnDeploymentSuccess",
        &[text("action", "Action"), number("termination_wait_time_in_minutes", "TerminationWaitTimeInMinutes")],
    ),
];

const TAG_FILTER: &[Rule] = &[text("key", "Key"), text("type", "Type"), text("value", "Value")];

const NAMED: &[Rule] = &[text("name", "Name")];

const ROUTE: &[Rule] = &[texts("listener_arns", "ListenerArns")];

const LOAD_BALANCER: &[Rule] = &[
    blocks("elb_info", "ElbInfoList", NAMED),
    blocks("target_group_info", "TargetGroupInfoList", NAMED),
    blocks(
        "target_group_pair_info",
        "TargetGroupPairInfoList",
        &[
            block("prod_traffic_route", "ProdTrafficRoute", ROUTE),
            blocks("target_group", "TargetGroups", NAMED),
            block("test_traffic_route", "TestTrafficRoute", ROUTE),
        ],
    ),
];

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::check;

    #[test]
    fn an_application_is_little_more_than_a_name() {
        check(
            "aws_codedeploy_app",
            &json!({"application_id": "1", "arn": "arn:a", "compute_platform": "ECS", "github_account_name": "",
                "id": "1:app", "linked_to_github": false, "name": "app", "tags": null, "tags_all": {}}),
            &json!({"ApplicationName": "app", "ComputePlatform": "ECS", "Tags": []}),
        );
    }

    #[test]
    fn a_group_says_how_traffic_moves() {
        check(
            "aws_codedeploy_deployment_group",
            &json!({
                "alarm_configuration": [{"alarms": ["errors"], "enabled": true, "ignore_poll_alarm_failure": false}],
                "app_name": "app", "arn": "arn:g",
                "auto_rollback_configuration": [{"enabled": true, "events": ["DEPLOYMENT_FAILURE"]}],
                "autoscaling_groups": [],
                "blue_green_deployment_config": [{
                    "deployment_ready_option": [{"action_on_timeout": "CONTINUE_DEPLOYMENT",
                        "wait_time_in_minutes": 0}],
                    "green_fleet_provisioning_option": [],
                    "terminate_blue_instances_on_deployment_success": [{"action": "TERMINATE",
                        "termination_wait_time_in_minutes": 5}]}],
                "compute_platform": "ECS", "deployment_config_name": "CodeDeployDefault.ECSAllAtOnce",
                "deployment_group_id": "1", "deployment_group_name": "g",
                "deployment_style": [{"deployment_option": "WITH_TRAFFIC_CONTROL", "deployment_type": "BLUE_GREEN"}],
                "ec2_tag_filter": [], "ec2_tag_set": [{"ec2_tag_filter": [{"key": "env", "type": "KEY_AND_VALUE",
                    "value": "prod"}]}],
                "ecs_service": [{"cluster_name": "c", "service_name": "s"}], "id": "1",
                "load_balancer_info": [{"elb_info": [], "target_group_info": [],
                    "target_group_pair_info": [{"prod_traffic_route": [{"listener_arns": ["arn:l"]}],
                        "target_group": [{"name": "blue"}, {"name": "green"}], "test_traffic_route": []}]}],
                "on_premises_instance_tag_filter": [], "outdated_instances_strategy": "UPDATE",
                "service_role_arn": "arn:r", "termination_hook_enabled": false,
                "trigger_configuration": [{"trigger_events": ["DeploymentFailure"], "trigger_name": "t",
                    "trigger_target_arn": "arn:sns"}]
            }),
            &json!({
                "AlarmConfiguration": {"Alarms": [{"Name": "errors"}], "Enabled": true,
                    "IgnorePollAlarmFailure": false},
                "ApplicationName": "app",
                "AutoRollbackConfiguration": {"Enabled": true, "Events": ["DEPLOYMENT_FAILURE"]},
                "AutoScalingGroups": [],
                "BlueGreenDeploymentConfiguration": {
                    "DeploymentReadyOption": {"ActionOnTimeout": "CONTINUE_DEPLOYMENT", "WaitTimeInMinutes": 0},
                    "TerminateBlueInstancesOnDeploymentSuccess": {"Action": "TERMINATE",
                        "TerminationWaitTimeInMinutes": 5}},
                "DeploymentConfigName": "CodeDeployDefault.ECSAllAtOnce", "DeploymentGroupName": "g",
                "DeploymentStyle": {"DeploymentOption": "WITH_TRAFFIC_CONTROL", "DeploymentType": "BLUE_GREEN"},
                "ECSServices": [{"ClusterName": "c", "ServiceName": "s"}], "Ec2TagFilters": [],
                "Ec2TagSet": {"Ec2TagSetList": [{"Ec2TagGroup": [{"Key": "env", "Type": "KEY_AND_VALUE",
                    "Value": "prod"}]}]},
                "LoadBalancerInfo": {"ElbInfoList": [], "TargetGroupInfoList": [], "TargetGroupPairInfoList": [
                    {"ProdTrafficRoute": {"ListenerArns": ["arn:l"]},
                        "TargetGroups": [{"Name": "blue"}, {"Name": "green"}]}]},
                "OnPremisesInstanceTagFilters": [], "OutdatedInstancesStrategy": "UPDATE",
                "ServiceRoleArn": "arn:r", "TerminationHookEnabled": false,
                "TriggerConfigurations": [{"TriggerEvents": ["DeploymentFailure"], "TriggerName": "t",
                    "TriggerTargetArn": "arn:sns"}]
            }),
        );
    }
}
