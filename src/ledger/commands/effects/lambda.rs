//! AWS Lambda. Source: Lambda API reference; property names of `AWS::Lambda::*`.

use super::change::Change::{Clears, Computed, Gone, Merge, Same, Set, Unread, UnreadIf};
use super::{Outcome, Parameters, Prediction, Row, Select, path, row};
use crate::model::{Kind, Value};

const FUNCTION: &str = "AWS::Lambda::Function";
const BY_FUNCTION: &[Select] = &[Select::Is("FunctionName")];
const ALIAS: &str = "AWS::Lambda::Alias";
const BY_ALIAS: &[Select] = &[Select::Is("FunctionName"), Select::Is("Name")];
const MAPPING: &str = "AWS::Lambda::EventSourceMapping";
const URL: &str = "AWS::Lambda::Url";
const PROVISIONED: &str = "ProvisionedConcurrencyConfig";

pub(super) const ROWS: &[Row] = &[
    row(
        "lambda update-function-configuration",
        FUNCTION,
        BY_FUNCTION,
        &[
            Same(&["MemorySize", "Timeout"]),
            // The whole map is replaced: variables that are not named are gone.
            Set("Environment.Variables", "Environment.Variables"),
            Same(&["Runtime", "Handler", "Role", "Description"]),
            Set("KMSKeyArn", "KmsKeyArn"),
            Same(&["Layers", "FileSystemConfigs"]),
            Merge("TracingConfig", "TracingConfig"),
            Merge("EphemeralStorage", "EphemeralStorage"),
            Merge("VpcConfig", "VpcConfig"),
            Merge("DeadLetterConfig", "DeadLetterConfig"),
            Merge("ImageConfig", "ImageConfig"),
            Merge("LoggingConfig", "LoggingConfig"),
            Merge("SnapStart", "SnapStart"),
        ],
    ),
    row("lambda update-function-code", FUNCTION, BY_FUNCTION, &[Unread("Code"), Same(&["Architectures"])]),
    row("lambda put-function-concurrency", FUNCTION, BY_FUNCTION, &[Same(&["ReservedConcurrentExecutions"])]),
    row("lambda delete-function-concurrency", FUNCTION, BY_FUNCTION, &[Clears("ReservedConcurrentExecutions")]),
    row(
        "lambda put-runtime-management-config",
        FUNCTION,
        BY_FUNCTION,
        &[
            Set("UpdateRuntimeOn", "RuntimeManagementConfig.UpdateRuntimeOn"),
            Set("RuntimeVersionArn", "RuntimeManagementConfig.RuntimeVersionArn"),
        ],
    ),
    row("lambda put-function-recursion-config", FUNCTION, BY_FUNCTION, &[Same(&["RecursiveLoop"])]),
    row("lambda put-function-code-signing-config", FUNCTION, BY_FUNCTION, &[Same(&["CodeSigningConfigArn"])]),
    row("lambda delete-function-code-signing-config", FUNCTION, BY_FUNCTION, &[Clears("CodeSigningConfigArn")]),
    row("lambda delete-function", FUNCTION, BY_FUNCTION, &[Gone]),
    row("lambda update-alias", ALIAS, BY_ALIAS, &[Same(&["FunctionVersion", "Description"]), Computed(routing)]),
    row("lambda delete-alias", ALIAS, BY_ALIAS, &[Gone]),
    row(
        "lambda put-provisioned-concurrency-config",
        ALIAS,
        &[Select::Is("FunctionName"), Select::Is("Qualifier")],
        &[Set("ProvisionedConcurrentExecutions", "ProvisionedConcurrencyConfig.ProvisionedConcurrentExecutions")],
    ),
    row(
        "lambda delete-provisioned-concurrency-config",
        ALIAS,
        &[Select::Is("FunctionName"), Select::Is("Qualifier")],
        &[Clears(PROVISIONED)],
    ),
    row(
        "lambda update-event-source-mapping",
        MAPPING,
        &[Select::Is("UUID")],
        &[
            Same(&["FunctionName", "Enabled", "BatchSize", "MaximumBatchingWindowInSeconds", "ParallelizationFactor"]),
            Same(&["MaximumRecordAgeInSeconds", "BisectBatchOnFunctionError", "MaximumRetryAttempts"]),
            Same(&["TumblingWindowInSeconds", "FunctionResponseTypes", "FilterCriteria"]),
            Merge("ScalingConfig", "ScalingConfig"),
            UnreadIf("DestinationConfig", "DestinationConfig"),
        ],
    ),
    row("lambda delete-event-source-mapping", MAPPING, &[Select::Is("UUID")], &[Gone]),
    row(
        "lambda update-function-event-invoke-config",
        "AWS::Lambda::EventInvokeConfig",
        &[Select::Is("FunctionName"), Select::OrDefault("Qualifier", "$LATEST")],
        &[
            Same(&["MaximumRetryAttempts", "MaximumEventAgeInSeconds"]),
            UnreadIf("DestinationConfig", "DestinationConfig"),
        ],
    ),
    row(
        "lambda update-function-url-config",
        URL,
        BY_FUNCTION,
        &[Same(&["AuthType", "InvokeMode"]), Merge("Cors", "Cors")],
    ),
    row("lambda delete-function-url-config", URL, BY_FUNCTION, &[Gone]),
    row(
        "lambda add-permission",
        "AWS::Lambda::Permission",
        &[Select::Is("FunctionName"), Select::Is("StatementId")],
        &[Same(&["Action", "Principal", "SourceArn", "SourceAccount", "EventSourceToken", "FunctionUrlAuthType"])],
    ),
    row(
        "lambda remove-permission",
        "AWS::Lambda::Permission",
        &[Select::Is("FunctionName"), Select::Is("StatementId")],
        &[Gone],
    ),
];

/// The API has weights as a map by version, CloudFormation as a list of `{FunctionVersion, FunctionWeight}`.
fn routing(parameters: &Parameters<'_>) -> Vec<Outcome> {
    let Some(weights) = parameters.get("RoutingConfig.AdditionalVersionWeights") else { return Vec::new() };
    let weights = match weights.kind {
        Kind::Object(weights) => Value::list(weights.into_iter().map(|(version, weight)| {
            Value::object([("FunctionVersion", Value::from(version)), ("FunctionWeight", weight)])
        })),
        Kind::Null => Value::list([]),
        kind => Value::new(kind),
    };
    vec![(path("RoutingConfig.AdditionalVersionWeights"), Prediction::of(weights))]
}
