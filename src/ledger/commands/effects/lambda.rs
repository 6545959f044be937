//! AWS Lambda. Source: Lambda API reference; property names of `AWS::Lambda::Function` and `AWS::Lambda::Alias`.

use super::shape::Shape::{MapIn, Structure, Structures, Text, Texts};
use super::{Change, Operation, Prediction, Select, path};
use crate::ledger::commands::aws_cli::Invocation;
use crate::model::{AttributePath, Kind, Value};

const FUNCTION: &[Select] = &[Select::Flag("function-name")];
const ALIAS: &[Select] = &[Select::Flag("function-name"), Select::Flag("name")];

pub(super) const OPERATIONS: &[Operation] = &[
    Operation {
        service: "lambda",
        name: "update-function-configuration",
        resource_type: "AWS::Lambda::Function",
        select: FUNCTION,
        changes: &[
            Change::Set("memory-size", "MemorySize", Text),
            Change::Set("timeout", "Timeout", Text),
            // The whole map is replaced: variables that are not named are gone.
            Change::Set("environment", "Environment.Variables", MapIn("Variables")),
            Change::Set("runtime", "Runtime", Text),
            Change::Set("handler", "Handler", Text),
            Change::Set("role", "Role", Text),
            Change::Set("description", "Description", Text),
            Change::Set("kms-key-arn", "KmsKeyArn", Text),
            Change::Set("layers", "Layers", Texts),
            Change::Merge("tracing-config", "TracingConfig", Structure),
            Change::Merge("ephemeral-storage", "EphemeralStorage", Structure),
            Change::Merge("vpc-config", "VpcConfig", Structure),
            Change::Merge("dead-letter-config", "DeadLetterConfig", Structure),
            Change::Merge("image-config", "ImageConfig", Structure),
            Change::Merge("logging-config", "LoggingConfig", Structure),
            Change::Merge("snap-start", "SnapStart", Structure),
            Change::Set("file-system-configs", "FileSystemConfigs", Structures),
        ],
    },
    Operation {
        service: "lambda",
        name: "update-function-code",
        resource_type: "AWS::Lambda::Function",
        select: FUNCTION,
        changes: &[Change::Unread("Code"), Change::Set("architectures", "Architectures", Texts)],
    },
    Operation {
        service: "lambda",
        name: "put-function-concurrency",
        resource_type: "AWS::Lambda::Function",
        select: FUNCTION,
        changes: &[Change::Set("reserved-concurrent-executions", "ReservedConcurrentExecutions", Text)],
    },
    Operation {
        service: "lambda",
        name: "delete-function-concurrency",
        resource_type: "AWS::Lambda::Function",
        select: FUNCTION,
        changes: &[Change::Clears("ReservedConcurrentExecutions")],
    },
    Operation {
        service: "lambda",
        name: "delete-function",
        resource_type: "AWS::Lambda::Function",
        select: FUNCTION,
        changes: &[Change::Gone],
    },
    Operation {
        service: "lambda",
        name: "update-alias",
        resource_type: "AWS::Lambda::Alias",
        select: ALIAS,
        changes: &[
            Change::Set("function-version", "FunctionVersion", Text),
            Change::Set("description", "Description", Text),
            Change::Computed(routing),
        ],
    },
    Operation {
        service: "lambda",
        name: "delete-alias",
        resource_type: "AWS::Lambda::Alias",
        select: ALIAS,
        changes: &[Change::Gone],
    },
];

/// The API has weights as a map by version, CloudFormation as a list of `{FunctionVersion, FunctionWeight}`.
fn routing(invocation: &Invocation) -> Vec<(AttributePath, Prediction)> {
    let Some(argument) = invocation.parameters.get("routing-config") else { return Vec::new() };
    let weights = match MapIn("AdditionalVersionWeights").read(argument).kind {
        Kind::Object(weights) => Value::list(weights.into_iter().map(|(version, weight)| {
            Value::object([("FunctionVersion", Value::from(version)), ("FunctionWeight", weight)])
        })),
        kind => Value::new(kind),
    };
    vec![(path("RoutingConfig.AdditionalVersionWeights"), Prediction::of(weights))]
}
