//! AWS Lambda. Properties: the CloudFormation reference of `AWS::Lambda::*`; attributes: the provider's schema (5.100).

use super::rule::{
    Mapping, Produce, Rule, Tags, block, blocks, flag, free_text, map, number, number_unless, pairs, text, texts,
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
                &[pairs("additional_version_weights", "AdditionalVersionWeights", "FunctionVersion", "FunctionWeight")],
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
