//! AWS Lambda. Properties: the CloudFormation reference of `AWS::Lambda::*`; attributes: the provider's schema (5.100).

use super::rule::{
    Mapping, Origin, Produce, Properties, Rule, Tags, block, blocks, code, flag, free_text, map, number, number_pairs,
    number_unless, some_blocks, some_texts, text, texts,
};
use crate::model::{Kind, Value};

/// The tables.
pub(super) const MAPPINGS: &[Mapping] = &[
    Mapping {
        terraform: "aws_lambda_function",
        canonical: "AWS::Lambda::Function",
        identifier: &["function_name"],
        tags: Tags::List,
        rules: FUNCTION,
        produce: Produce::Resource,
    },
    Mapping {
        terraform: "aws_lambda_alias",
        canonical: "AWS::Lambda::Alias",
        identifier: &["arn"],
        tags: Tags::None,
        rules: &[
            text("name", "Name"),
            text("function_name", "FunctionName"),
            text("function_version", "FunctionVersion"),
            free_text("description", "Description"),
            block(
                "routing_config",
                "RoutingConfig",
                &[number_pairs(
                    "additional_version_weights",
                    "AdditionalVersionWeights",
                    "FunctionVersion",
                    "FunctionWeight",
                )],
            ),
            Rule::Computed(&["invoke_arn"]),
        ],
        produce: Produce::Resource,
    },
    Mapping {
        terraform: "aws_lambda_permission",
        canonical: "AWS::Lambda::Permission",
        identifier: &["statement_id", "id"],
        tags: Tags::None,
        rules: PERMISSION,
        produce: Produce::Finished(qualify),
    },
    Mapping {
        terraform: "aws_lambda_event_source_mapping",
        canonical: "AWS::Lambda::EventSourceMapping",
        identifier: &["uuid", "id"],
        tags: Tags::List,
        rules: EVENT_SOURCE_MAPPING,
        produce: Produce::Resource,
    },
    Mapping {
        terraform: "aws_lambda_layer_version",
        canonical: "AWS::Lambda::LayerVersion",
        identifier: &["arn", "id"],
        tags: Tags::None,
        rules: LAYER_VERSION,
        produce: Produce::Resource,
    },
];

const FUNCTION: &[Rule] = &[
    text("function_name", "FunctionName"),
    text("role", "Role"),
    text("handler", "Handler"),
    text("runtime", "Runtime"),
    free_text("description", "Description"),
    number("memory_size", "MemorySize"),
    number("timeout", "Timeout"),
    texts("layers", "Layers"),
    text("kms_key_arn", "KmsKeyArn"),
    texts("architectures", "Architectures"),
    text("package_type", "PackageType"),
    text("code_signing_config_arn", "CodeSigningConfigArn"),
    // 0 stops the function; -1 is "no reservation".
    number_unless(-1, "reserved_concurrent_executions", "ReservedConcurrentExecutions"),
    block("environment", "Environment", &[map("variables", "Variables")]),
    block("dead_letter_config", "DeadLetterConfig", &[text("target_arn", "TargetArn")]),
    block("tracing_config", "TracingConfig", &[text("mode", "Mode")]),
    block(
        "vpc_config",
        "VpcConfig",
        &[
            texts("subnet_ids", "SubnetIds"),
            texts("security_group_ids", "SecurityGroupIds"),
            flag("ipv6_allowed_for_dual_stack", "Ipv6AllowedForDualStack"),
            Rule::Computed(&["vpc_id"]),
        ],
    ),
    blocks(
        "file_system_config",
        "FileSystemConfigs",
        &[text("arn", "Arn"), text("local_mount_path", "LocalMountPath")],
    ),
    block(
        "image_config",
        "ImageConfig",
        &[
            texts("command", "Command"),
            texts("entry_point", "EntryPoint"),
            text("working_directory", "WorkingDirectory"),
        ],
    ),
    text("image_uri", "Code.ImageUri"),
    text("s3_bucket", "Code.S3Bucket"),
    text("s3_key", "Code.S3Key"),
    text("s3_object_version", "Code.S3ObjectVersion"),
    text("source_kms_key_arn", "Code.SourceKMSKeyArn"),
    block("ephemeral_storage", "EphemeralStorage", &[number("size", "Size")]),
    block("snap_start", "SnapStart", &[text("apply_on", "ApplyOn"), Rule::Computed(&["optimization_status"])]),
    block(
        "logging_config",
        "LoggingConfig",
        &[
            text("application_log_level", "ApplicationLogLevel"),
            text("log_format", "LogFormat"),
            text("log_group", "LogGroup"),
            text("system_log_level", "SystemLogLevel"),
        ],
    ),
    Rule::TerraformOnly(&[
        "filename",
        "publish",
        "replace_security_groups_on_destroy",
        "replacement_security_group_ids",
        "skip_destroy",
        "source_code_hash",
    ]),
    Rule::Computed(&[
        "code_sha256",
        "invoke_arn",
        "last_modified",
        "qualified_arn",
        "qualified_invoke_arn",
        "response_streaming_invoke_arn",
        "signing_job_arn",
        "signing_profile_version_arn",
        "source_code_size",
        "version",
    ]),
];

const PERMISSION: &[Rule] = &[
    text("statement_id", "Id"),
    text("function_name", "FunctionName"),
    text("action", "Action"),
    text("principal", "Principal"),
    text("principal_org_id", "PrincipalOrgID"),
    text("source_account", "SourceAccount"),
    text("source_arn", "SourceArn"),
    text("event_source_token", "EventSourceToken"),
    text("function_url_auth_type", "FunctionUrlAuthType"),
    Rule::Code(&["qualifier"]),
    Rule::TerraformOnly(&["statement_id_prefix"]),
];

/// Puts the version or alias behind the name of the function, where the canonical model has it.
fn qualify(permission: &mut Properties, origin: &Origin<'_>) {
    let Some(qualifier) = origin.attributes.get("qualifier") else { return };
    let Some(function) = permission.get_mut("FunctionName") else { return };
    match (&function.kind, &qualifier.kind) {
        (Kind::String(name), Kind::String(qualifier)) if !qualifier.is_empty() => {
            function.kind = Kind::String(format!("{name}:{qualifier}"));
        }
        (_, Kind::Unknown(_)) => function.kind = qualifier.kind.clone(),
        _ => {}
    }
}

const EVENT_SOURCE_MAPPING: &[Rule] = &[
    text("function_name", "FunctionName"),
    text("event_source_arn", "EventSourceArn"),
    flag("enabled", "Enabled"),
    number_unless(0, "batch_size", "BatchSize"),
    flag("bisect_batch_on_function_error", "BisectBatchOnFunctionError"),
    some_texts("function_response_types", "FunctionResponseTypes"),
    text("kms_key_arn", "KmsKeyArn"),
    number("maximum_batching_window_in_seconds", "MaximumBatchingWindowInSeconds"),
    // A state has zero for sources that keep no records; -1 is "for ever".
    number_unless(0, "maximum_record_age_in_seconds", "MaximumRecordAgeInSeconds"),
    number("maximum_retry_attempts", "MaximumRetryAttempts"),
    number_unless(0, "parallelization_factor", "ParallelizationFactor"),
    some_texts("queues", "Queues"),
    some_texts("topics", "Topics"),
    text("starting_position", "StartingPosition"),
    code("starting_position_timestamp", "StartingPositionTimestamp", epoch),
    number("tumbling_window_in_seconds", "TumblingWindowInSeconds"),
    block(
        "amazon_managed_kafka_event_source_config",
        "AmazonManagedKafkaEventSourceConfig",
        &[text("consumer_group_id", "ConsumerGroupId")],
    ),
    block(
        "self_managed_kafka_event_source_config",
        "SelfManagedKafkaEventSourceConfig",
        &[text("consumer_group_id", "ConsumerGroupId")],
    ),
    block("self_managed_event_source", "SelfManagedEventSource", &[code("endpoints", "Endpoints", endpoints)]),
    some_blocks(
        "source_access_configuration",
        "SourceAccessConfigurations",
        &[text("type", "Type"), text("uri", "URI")],
    ),
    block(
        "destination_config",
        "DestinationConfig",
        &[block("on_failure", "OnFailure", &[text("destination_arn", "Destination")])],
    ),
    block(
        "document_db_event_source_config",
        "DocumentDBEventSourceConfig",
        &[
            text("collection_name", "CollectionName"),
            text("database_name", "DatabaseName"),
            text("full_document", "FullDocument"),
        ],
    ),
    block("filter_criteria", "FilterCriteria", &[some_blocks("filter", "Filters", &[text("pattern", "Pattern")])]),
    block("metrics_config", "MetricsConfig", &[texts("metrics", "Metrics")]),
    block(
        "provisioned_poller_config",
        "ProvisionedPollerConfig",
        &[number_unless(0, "maximum_pollers", "MaximumPollers"), number_unless(0, "minimum_pollers", "MinimumPollers")],
    ),
    block("scaling_config", "ScalingConfig", &[number_unless(0, "maximum_concurrency", "MaximumConcurrency")]),
    Rule::Computed(&[
        "function_arn",
        "last_modified",
        "last_processing_result",
        "state",
        "state_transition_reason",
        "uuid",
    ]),
];

/// Seconds since 1970 of a point in time; what is none stays as it is.
fn epoch(value: &Value) -> Option<Value> {
    let text = value.as_str().filter(|text| !text.is_empty())?;
    let point = text.parse::<jiff::Timestamp>().ok();
    Some(point.map_or_else(|| value.clone(), |point| value.with(Value::from(point.as_second()).kind)))
}

/// The servers of each kind, which Terraform has in one text: `KAFKA_BOOTSTRAP_SERVERS` is `KafkaBootstrapServers`.
fn endpoints(value: &Value) -> Option<Value> {
    let servers = value.as_object()?.iter().map(|(kind, servers)| {
        let kind = if kind == "KAFKA_BOOTSTRAP_SERVERS" { "KafkaBootstrapServers" } else { kind };
        let one = |server: &str| Value::from(server.trim()).located(servers.at.clone());
        let list = servers.as_str().map(|text| Kind::List(text.split(',').map(one).collect()));
        (kind, list.map_or_else(|| servers.clone(), |list| servers.with(list)))
    });
    Some(Value::object(servers).located(value.at.clone()))
}

const LAYER_VERSION: &[Rule] = &[
    text("layer_name", "LayerName"),
    free_text("description", "Description"),
    some_texts("compatible_architectures", "CompatibleArchitectures"),
    some_texts("compatible_runtimes", "CompatibleRuntimes"),
    text("license_info", "LicenseInfo"),
    text("s3_bucket", "Content.S3Bucket"),
    text("s3_key", "Content.S3Key"),
    text("s3_object_version", "Content.S3ObjectVersion"),
    Rule::TerraformOnly(&["filename", "skip_destroy", "source_code_hash"]),
    Rule::Computed(&[
        "code_sha256",
        "created_date",
        "layer_arn",
        "signing_job_arn",
        "signing_profile_version_arn",
        "source_code_size",
        "version",
    ]),
];

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::check;

    #[test]
    fn a_function_keeps_the_free_keys_of_its_environment() {
        check(
            "aws_lambda_function",
            &serde_json::from_str(
                r#"{
                "architectures": ["arm64"], "arn": "arn:aws:lambda:eu-west-1:123456789012:function:f",
                "code_sha256": "x=",
                "code_signing_config_arn": "",
                "dead_letter_config": [{"target_arn": "arn:aws:sqs:eu-west-1:123456789012:dlq"}],
                "description": "", "environment": [{"variables": {"log_level": "debug", "RETRIES": 3}}],
                "ephemeral_storage": [{"size": 512}],
                "file_system_config": [{"arn": "arn:aws:elasticfilesystem:x", "local_mount_path": "/mnt/a"}],
                "filename": "f.zip", "function_name": "f", "handler": "index.handler", "id": "f",
                "image_config": [{"command": ["a"], "entry_point": ["b"], "working_directory": "/w"}], "image_uri": "",
                "invoke_arn": "arn:i", "kms_key_arn": "", "last_modified": "2026-01-01", "layers": ["arn:l:2",
                    "arn:l:1"],
                "logging_config": [{"application_log_level": "", "log_format": "JSON", "log_group": "/f",
                    "system_log_level": "WARN"}],
                "memory_size": 256, "package_type": "Zip", "publish": true, "qualified_arn": "arn:q",
                "qualified_invoke_arn": "arn:qi",
                "reserved_concurrent_executions": 0, "role": "arn:aws:iam::123456789012:role/r",
                "runtime": "python3.12",
                "s3_bucket": "b", "s3_key": "k", "s3_object_version": null, "skip_destroy": false,
                "snap_start": [{"apply_on": "PublishedVersions", "optimization_status": "On"}],
                "source_code_hash": "x=",
                "source_code_size": 145, "tags": null, "tags_all": {"env": "prod"}, "timeout": 30, "timeouts": null,
                "tracing_config": [{"mode": "Active"}], "version": "7",
                "vpc_config": [{"ipv6_allowed_for_dual_stack": false, "security_group_ids": ["sg-1"],
                    "subnet_ids": ["subnet-1"], "vpc_id": "vpc-1"}]
            }"#,
            )
            .unwrap(),
            &json!({
                "Architectures": ["arm64"], "Code": {"S3Bucket": "b", "S3Key": "k"},
                "DeadLetterConfig": {"TargetArn": "arn:aws:sqs:eu-west-1:123456789012:dlq"}, "Description": "",
                "Environment": {"Variables": {"RETRIES": "3", "log_level": "debug"}}, "EphemeralStorage": {"Size": 512},
                "FileSystemConfigs": [{"Arn": "arn:aws:elasticfilesystem:x", "LocalMountPath": "/mnt/a"}],
                "FunctionName": "f", "Handler": "index.handler",
                "ImageConfig": {"Command": ["a"], "EntryPoint": ["b"], "WorkingDirectory": "/w"},
                "Layers": ["arn:l:2", "arn:l:1"],
                "LoggingConfig": {"LogFormat": "JSON", "LogGroup": "/f", "SystemLogLevel": "WARN"},
                "MemorySize": 256, "PackageType": "Zip", "ReservedConcurrentExecutions": 0,
                "Role": "arn:aws:iam::123456789012:role/r", "Runtime": "python3.12",
                "SnapStart": {"ApplyOn": "PublishedVersions"}, "Tags": [{"Key": "env", "Value": "prod"}], "Timeout": 30,
                "TracingConfig": {"Mode": "Active"},
                "VpcConfig": {"Ipv6AllowedForDualStack": false, "SecurityGroupIds": ["sg-1"], "SubnetIds": ["subnet-1"]}
            }),
        );
    }

    #[test]
    fn no_reservation_is_not_a_reservation_of_none() {
        check("aws_lambda_function", &json!({"reserved_concurrent_executions": -1, "vpc_config": []}), &json!({}));
        check(
            "aws_lambda_function",
            &json!({"reserved_concurrent_executions": 0}),
            &json!({"ReservedConcurrentExecutions": 0}),
        );
    }

    #[test]
    fn an_alias_has_its_weights_as_a_list() {
        check(
            "aws_lambda_alias",
            &json!({
                "arn": "arn:aws:lambda:eu-west-1:123456789012:function:f:live", "description": "", "function_name": "f",
                "function_version": "7", "id": "arn:aws:lambda:eu-west-1:123456789012:function:f:live",
                "invoke_arn": "arn:i",
                "name": "live", "routing_config": [{"additional_version_weights": {"8": "0.25"}}]
            }),
            &json!({
                "Description": "", "FunctionName": "f", "FunctionVersion": "7", "Name": "live",
                "RoutingConfig": {"AdditionalVersionWeights": [{"FunctionVersion": "8", "FunctionWeight": 0.25}]}
            }),
        );
    }

    #[test]
    fn a_permission_names_the_alias_with_the_function() {
        let check = |qualifier: serde_json::Value, function: serde_json::Value| {
            check(
                "aws_lambda_permission",
                &json!({"action": "lambda:InvokeFunction", "event_source_token": null, "function_name": "f",
                    "function_url_auth_type": null, "id": "s", "principal": "events.amazonaws.com",
                    "principal_org_id": null, "qualifier": qualifier, "source_account": null, "source_arn": "arn:r",
                    "statement_id": "s", "statement_id_prefix": ""}),
                &json!({"Action": "lambda:InvokeFunction", "FunctionName": function, "Id": "s",
                    "Principal": "events.amazonaws.com", "SourceArn": "arn:r"}),
            );
        };
        check(json!(""), json!("f"));
        check(json!(null), json!("f"));
        check(json!("live"), json!("f:live"));
        check(json!({"Fn::Unknown": "why"}), json!({"Fn::Unknown": "why"}));
    }

    #[test]
    fn a_mapping_of_a_queue_says_nothing_of_what_queues_do_not_have() {
        check(
            "aws_lambda_event_source_mapping",
            &json!({
                "amazon_managed_kafka_event_source_config": [], "arn": "arn:m", "batch_size": 10,
                "bisect_batch_on_function_error": false, "destination_config": [],
                "document_db_event_source_config": [], "enabled": false, "event_source_arn": "arn:q",
                "filter_criteria": [{"filter": [{"pattern": "{\"a\":[1]}"}]}], "function_arn": "arn:f",
                "function_name": "f", "function_response_types": [], "id": "u", "kms_key_arn": "",
                "last_modified": "x", "last_processing_result": "", "maximum_batching_window_in_seconds": 0,
                "maximum_record_age_in_seconds": 0, "maximum_retry_attempts": 0, "metrics_config": [],
                "parallelization_factor": 0, "provisioned_poller_config": [], "queues": null,
                "scaling_config": [{"maximum_concurrency": 5}], "self_managed_event_source": [],
                "self_managed_kafka_event_source_config": [], "source_access_configuration": [],
                "starting_position": "", "starting_position_timestamp": "", "state": "Enabled",
                "state_transition_reason": "", "tags": null, "tags_all": {}, "topics": null,
                "tumbling_window_in_seconds": 0, "uuid": "u"
            }),
            &json!({
                "BatchSize": 10, "BisectBatchOnFunctionError": false, "Enabled": false, "EventSourceArn": "arn:q",
                "FilterCriteria": {"Filters": [{"Pattern": "{\"a\":[1]}"}]}, "FunctionName": "f",
                "MaximumBatchingWindowInSeconds": 0, "MaximumRetryAttempts": 0,
                "ScalingConfig": {"MaximumConcurrency": 5}, "Tags": [], "TumblingWindowInSeconds": 0
            }),
        );
    }

    #[test]
    fn a_mapping_of_a_stream_begins_somewhere_and_one_of_a_cluster_has_servers() {
        check(
            "aws_lambda_event_source_mapping",
            &json!({"starting_position": "AT_TIMESTAMP", "starting_position_timestamp": "2026-01-01T00:00:00Z",
                "maximum_record_age_in_seconds": -1, "parallelization_factor": 2,
                "destination_config": [{"on_failure": [{"destination_arn": "arn:q"}]}]}),
            &json!({"StartingPosition": "AT_TIMESTAMP", "StartingPositionTimestamp": 1_767_225_600,
                "MaximumRecordAgeInSeconds": -1, "ParallelizationFactor": 2,
                "DestinationConfig": {"OnFailure": {"Destination": "arn:q"}}}),
        );
        check(
            "aws_lambda_event_source_mapping",
            &json!({"self_managed_event_source": [{"endpoints": {"KAFKA_BOOTSTRAP_SERVERS": "a:9092,b:9092"}}],
                "source_access_configuration": [{"type": "VPC_SUBNET", "uri": "subnet:subnet-1"}], "topics": ["t"]}),
            &json!({"SelfManagedEventSource": {"Endpoints": {"KafkaBootstrapServers": ["a:9092", "b:9092"]}},
                "SourceAccessConfigurations": [{"Type": "VPC_SUBNET", "URI": "subnet:subnet-1"}], "Topics": ["t"]}),
        );
    }

    #[test]
    fn a_layer_version_says_what_it_runs_with() {
        check(
            "aws_lambda_layer_version",
            &json!({"arn": "arn:l:1", "code_sha256": "x=", "compatible_architectures": [],
                "compatible_runtimes": ["python3.12"], "created_date": "x", "description": "", "filename": "l.zip",
                "id": "arn:l:1", "layer_arn": "arn:l", "layer_name": "l", "license_info": "", "s3_bucket": "b",
                "s3_key": "k", "s3_object_version": null, "skip_destroy": false, "source_code_hash": "x=",
                "source_code_size": 1, "version": "1"}),
            &json!({"CompatibleRuntimes": ["python3.12"], "Content": {"S3Bucket": "b", "S3Key": "k"},
                "Description": "", "LayerName": "l"}),
        );
    }
}
