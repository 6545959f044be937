//! AWS Lambda. Properties: the CloudFormation reference of `AWS::Lambda::*`; attributes: the provider's schema (5.100).

use super::rule::{
    Mapping, Produce, Rule, Tags, block, blocks, flag, free_text, map, number, number_pairs, number_unless, text, texts,
};

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
}
