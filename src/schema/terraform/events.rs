//! Amazon EventBridge. Properties: the CloudFormation reference of `AWS::Events::*`; attributes: the provider's schema
//! (5.100).

use super::member::RULE_TARGET;
use super::rule::{
    Mapping, Origin, Produce, Properties, Rule, Tags, block, choice, document, flag, free_text, map, number,
    number_unless, pairs, some_blocks, some_texts, text, texts,
};
use crate::model::Value;

/// The tables.
pub(super) const MAPPINGS: &[Mapping] = &[
    Mapping {
        terraform: "aws_cloudwatch_event_rule",
        canonical: "AWS::Events::Rule",
        identifier: &["name", "id"],
        tags: Tags::List,
        rules: &[
            text("name", "Name"),
            free_text("description", "Description"),
            text("event_bus_name", "EventBusName"),
            document("event_pattern", "EventPattern"),
            text("schedule_expression", "ScheduleExpression"),
            text("role_arn", "RoleArn"),
            // The older way to say it; a state has both, and the newer one counts.
            choice("is_enabled", "State", &[("true", "ENABLED"), ("false", "DISABLED")]),
            text("state", "State"),
            Rule::TerraformOnly(&["force_destroy", "name_prefix"]),
        ],
        produce: Produce::Resource,
    },
    Mapping {
        terraform: "aws_cloudwatch_event_target",
        canonical: RULE_TARGET,
        identifier: &[],
        tags: Tags::None,
        rules: TARGET,
        produce: Produce::Finished(name_target),
    },
    Mapping {
        terraform: "aws_cloudwatch_event_bus",
        canonical: "AWS::Events::EventBus",
        identifier: &["name", "id"],
        tags: Tags::List,
        rules: &[
            text("name", "Name"),
            free_text("description", "Description"),
            text("event_source_name", "EventSourceName"),
            text("kms_key_identifier", "KmsKeyIdentifier"),
            DEAD_LETTERS,
        ],
        produce: Produce::Resource,
    },
];

const DEAD_LETTERS: Rule = block("dead_letter_config", "DeadLetterConfig", &[text("arn", "Arn")]);

const TARGET: &[Rule] = &[
    text("rule", "Rule"),
    // The bus is that of the rule: it tells rules of one name apart.
    text("event_bus_name", "EventBusName"),
    text("target_id", "Id"),
    text("arn", "Arn"),
    text("input", "Input"),
    text("input_path", "InputPath"),
    text("role_arn", "RoleArn"),
    DEAD_LETTERS,
    block("appsync_target", "AppSyncParameters", &[text("graphql_operation", "GraphQLOperation")]),
    block(
        "batch_target",
        "BatchParameters",
        &[
            number_unless(0, "array_size", "ArrayProperties.Size"),
            number_unless(0, "job_attempts", "RetryStrategy.Attempts"),
            text("job_definition", "JobDefinition"),
            text("job_name", "JobName"),
        ],
    ),
    block("ecs_target", "EcsParameters", ECS),
    block(
        "http_target",
        "HttpParameters",
        &[
            map("header_parameters", "HeaderParameters"),
            some_texts("path_parameter_values", "PathParameterValues"),
            map("query_string_parameters", "QueryStringParameters"),
        ],
    ),
    block(
        "input_transformer",
        "InputTransformer",
        &[map("input_paths", "InputPathsMap"), text("input_template", "InputTemplate")],
    ),
    block("kinesis_target", "KinesisParameters", &[text("partition_key_path", "PartitionKeyPath")]),
    block(
        "redshift_target",
        "RedshiftDataParameters",
        &[
            text("database", "Database"),
            text("db_user", "DbUser"),
            text("secrets_manager_arn", "SecretManagerArn"),
            text("sql", "Sql"),
            text("statement_name", "StatementName"),
            flag("with_event", "WithEvent"),
        ],
    ),
    block(
        "retry_policy",
        "RetryPolicy",
        &[
            number_unless(0, "maximum_event_age_in_seconds", "MaximumEventAgeInSeconds"),
            number("maximum_retry_attempts", "MaximumRetryAttempts"),
        ],
    ),
    some_blocks(
        "run_command_targets",
        "RunCommandParameters.RunCommandTargets",
        &[text("key", "Key"), texts("values", "Values")],
    ),
    block(
        "sagemaker_pipeline_target",
        "SageMakerPipelineParameters",
        &[some_blocks(
            "pipeline_parameter_list",
            "PipelineParameterList",
            &[text("name", "Name"), free_text("value", "Value")],
        )],
    ),
    block("sqs_target", "SqsParameters", &[text("message_group_id", "MessageGroupId")]),
    Rule::TerraformOnly(&["force_destroy"]),
];

const ECS: &[Rule] = &[
    flag("enable_ecs_managed_tags", "EnableECSManagedTags"),
    flag("enable_execute_command", "EnableExecuteCommand"),
    text("group", "Group"),
    text("launch_type", "LaunchType"),
    text("platform_version", "PlatformVersion"),
    text("propagate_tags", "PropagateTags"),
    pairs("tags", "TagList", "Key", "Value"),
    number("task_count", "TaskCount"),
    text("task_definition_arn", "TaskDefinitionArn"),
    some_blocks(
        "capacity_provider_strategy",
        "CapacityProviderStrategy",
        &[number("base", "Base"), text("capacity_provider", "CapacityProvider"), number("weight", "Weight")],
    ),
    block(
        "network_configuration",
        "NetworkConfiguration.AwsVpcConfiguration",
        &[
            choice("assign_public_ip", "AssignPublicIp", &[("true", "ENABLED"), ("false", "DISABLED")]),
            some_texts("security_groups", "SecurityGroups"),
            texts("subnets", "Subnets"),
        ],
    ),
    some_blocks("ordered_placement_strategy", "PlacementStrategies", &[text("field", "Field"), text("type", "Type")]),
    some_blocks(
        "placement_constraint",
        "PlacementConstraints",
        &[text("expression", "Expression"), text("type", "Type")],
    ),
];

/// Gives a target that is declared without an id the one that Terraform made for it: it is told by its id.
fn name_target(properties: &mut Properties, origin: &Origin<'_>) {
    let made = || origin.context.bound.and_then(|bound| bound.attributes.get("target_id")).cloned();
    let unknown = || Value::unknown("the id of the target is made at the first deploy");
    properties.entry("Id".to_owned()).or_insert_with(|| made().unwrap_or_else(unknown));
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::{Context, canonical, check};
    use crate::model::{Bound, Value};

    #[test]
    fn a_rule_is_on_or_off_in_either_way_of_saying_it() {
        check(
            "aws_cloudwatch_event_rule",
            &json!({"arn": "arn:r", "description": "", "event_bus_name": "default",
                "event_pattern": "{\"source\":[\"aws.ec2\"]}", "force_destroy": false, "id": "r", "is_enabled": true,
                "name": "r", "name_prefix": "", "role_arn": "", "schedule_expression": "",
                "state": "ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS", "tags": null, "tags_all": {}}),
            &json!({"Description": "", "EventBusName": "default", "EventPattern": {"source": ["aws.ec2"]}, "Name": "r",
                "State": "ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS", "Tags": []}),
        );
        check("aws_cloudwatch_event_rule", &json!({"is_enabled": false}), &json!({"State": "DISABLED"}));
        check(
            "aws_cloudwatch_event_bus",
            &json!({"arn": "arn:b", "dead_letter_config": [{"arn": "arn:q"}], "description": "d",
                "event_source_name": "", "id": "b", "kms_key_identifier": "", "name": "b", "tags_all": {}}),
            &json!({"DeadLetterConfig": {"Arn": "arn:q"}, "Description": "d", "Name": "b", "Tags": []}),
        );
    }

    #[test]
    fn a_target_has_the_parameters_of_its_kind() {
        check(
            "aws_cloudwatch_event_target",
            &json!({
                "appsync_target": [], "arn": "arn:c", "batch_target": [], "dead_letter_config": [],
                "ecs_target": [{"capacity_provider_strategy": [], "enable_ecs_managed_tags": false,
                    "enable_execute_command": false, "group": "", "launch_type": "FARGATE",
                    "network_configuration": [{"assign_public_ip": true, "security_groups": null,
                        "subnets": ["subnet-1"]}],
                    "ordered_placement_strategy": [], "placement_constraint": [], "platform_version": "",
                    "propagate_tags": "", "tags": {"a": "b"}, "task_count": 2, "task_definition_arn": "arn:t"}],
                "event_bus_name": "default", "force_destroy": false, "http_target": [], "id": "r-t", "input": "",
                "input_path": "", "input_transformer": [], "kinesis_target": [], "redshift_target": [],
                "retry_policy": [{"maximum_event_age_in_seconds": 0, "maximum_retry_attempts": 0}],
                "role_arn": "arn:r", "rule": "r", "run_command_targets": [], "sagemaker_pipeline_target": [],
                "sqs_target": [], "target_id": "t"
            }),
            &json!({
                "Arn": "arn:c",
                "EcsParameters": {"EnableECSManagedTags": false, "EnableExecuteCommand": false, "LaunchType": "FARGATE",
                    "NetworkConfiguration": {"AwsVpcConfiguration": {"AssignPublicIp": "ENABLED",
                        "Subnets": ["subnet-1"]}},
                    "TagList": [{"Key": "a", "Value": "b"}], "TaskCount": 2, "TaskDefinitionArn": "arn:t"},
                "EventBusName": "default", "Id": "t", "RetryPolicy": {"MaximumRetryAttempts": 0}, "RoleArn": "arn:r",
                "Rule": "r"
            }),
        );
        check(
            "aws_cloudwatch_event_target",
            &json!({"arn": "arn:f", "rule": "r", "target_id": "t", "input": "{\"a\": 1}",
                "batch_target": [{"array_size": 0, "job_attempts": 3, "job_definition": "d", "job_name": "n"}],
                "input_transformer": [{"input_paths": {"x": "$.x"}, "input_template": "<x>"}],
                "retry_policy": [{"maximum_event_age_in_seconds": 60, "maximum_retry_attempts": 5}],
                "run_command_targets": [{"key": "tag:a", "values": ["b"]}]}),
            &json!({"Arn": "arn:f", "Id": "t", "Input": "{\"a\": 1}", "Rule": "r",
                "BatchParameters": {"JobDefinition": "d", "JobName": "n", "RetryStrategy": {"Attempts": 3}},
                "InputTransformer": {"InputPathsMap": {"x": "$.x"}, "InputTemplate": "<x>"},
                "RetryPolicy": {"MaximumEventAgeInSeconds": 60, "MaximumRetryAttempts": 5},
                "RunCommandParameters": {"RunCommandTargets": [{"Key": "tag:a", "Values": ["b"]}]}}),
        );
    }

    #[test]
    fn a_target_without_an_id_has_the_one_of_the_last_deployment() {
        let declared = Value::from_json(&json!({"rule": "r", "arn": "arn:f"}));
        let check = |bound: Option<&Bound>, expect| {
            let context = Context { bound, ..Context::default() };
            let mapped = canonical("aws_cloudwatch_event_target", &declared, &context).unwrap();
            assert_eq!(mapped[0].attributes.get("Id").unwrap().to_json(), expect);
        };
        let attributes = [("target_id".to_owned(), Value::from("terraform-1"))].into();
        check(Some(&Bound { identifier: None, attributes }), json!("terraform-1"));
        check(None, json!({"Fn::Unknown": "the id of the target is made at the first deploy"}));
    }
}
