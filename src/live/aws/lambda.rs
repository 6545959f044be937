//! `AWS::Lambda::Function` and `AWS::Lambda::Alias`. Environment values are secrets and leave this module as
//! fingerprints only; code is not compared, its digest is exposed.

use std::collections::HashMap;

use aws_sdk_lambda::types::{
    DurableConfig, EnvironmentResponse, FileSystemConfig, FunctionConfiguration, ImageConfigResponse, LastUpdateStatus,
    Layer, LoggingConfig, State, VpcConfigResponse,
};
use jiff::Timestamp;

use super::batches::{FEW, batches, pages};
use super::properties::{
    Properties, arn_resource, changed_at, computed, each, nested, object, opaque, scalar, tag, text, texts,
};
use super::{Aws, Failure, Keys, Reading};
use crate::model::{Fingerprinter, Live, ProblemKind, Value};

pub(super) const FUNCTION: &str = "AWS::Lambda::Function";
pub(super) const ALIAS: &str = "AWS::Lambda::Alias";

const GET_FUNCTION: &str = "lambda:GetFunction";
const LIST_FUNCTIONS: &str = "lambda:ListFunctions";
const NOT_FOUND: [&str; 2] = ["ResourceNotFoundException", "ResourceNotFound"];

/// What only `GetFunction` tells, beside the configuration itself.
struct Extras {
    /// `None` if the service could not list them.
    tags: Option<HashMap<String, String>>,
    reserved_concurrency: Option<i32>,
}

/// Functions by name or ARN. Few are read one by one, which tells tags, reserved concurrency and updates under way;
/// many are listed 50 a page, and those stay unknown.
pub(super) async fn functions(aws: &Aws, keys: Keys, fingerprints: &Fingerprinter) -> Reading {
    if keys.len() > FEW {
        return match list(aws).await {
            Ok(functions) => {
                let wanted = functions.iter().filter(|function| {
                    [&function.function_name, &function.function_arn]
                        .into_iter()
                        .flatten()
                        .any(|name| keys.binary_search(name).is_ok())
                });
                wanted.filter_map(|function| function_of(function, None, fingerprints)).collect()
            }
            Err(failure) => Reading::failed(&keys, failure),
        };
    }
    batches(aws, keys, 1, |aws, keys| {
        let fingerprints = fingerprints.clone();
        async move { one(&aws, keys, &fingerprints).await }
    })
    .await
}

async fn list(aws: &Aws) -> Result<Vec<FunctionConfiguration>, Failure> {
    let pages = pages(LIST_FUNCTIONS, |marker| {
        let call = aws.lambda.list_functions().max_items(50).set_marker(marker);
        async move {
            let page = aws.call(LIST_FUNCTIONS, call.send()).await?;
            Ok((page.functions.unwrap_or_default(), page.next_marker))
        }
    })
    .await?;
    Ok(pages.into_iter().flatten().collect())
}

async fn one(aws: &Aws, keys: Keys, fingerprints: &Fingerprinter) -> Result<Reading, Failure> {
    let call = aws.lambda.get_function().set_function_name(keys.into_iter().next());
    let answer = match aws.call(GET_FUNCTION, call.send()).await {
        Err(failure) if failure.is_code(&NOT_FOUND) => return Ok(Reading::default()),
        answer => answer?,
    };
    let denied =
        answer.tags_error.map(|_| Failure::new(ProblemKind::AccessDenied, "lambda:ListTags", "tags not returned"));
    let extras = Extras {
        // Without the right to list tags the answer says so in their place; without tags it has no member for them.
        tags: if denied.is_some() { None } else { Some(answer.tags.unwrap_or_default()) },
        reserved_concurrency: answer.concurrency.and_then(|concurrency| concurrency.reserved_concurrent_executions),
    };
    let live = answer.configuration.and_then(|found| function_of(&found, Some(&extras), fingerprints));
    let mut reading = Reading::from_iter(live);
    denied.into_iter().for_each(|failure| reading.note(failure));
    Ok(reading)
}

fn function_of(
    function: &FunctionConfiguration,
    extras: Option<&Extras>,
    fingerprints: &Fingerprinter,
) -> Option<Live> {
    let name = function.function_name.clone()?;
    let modified = function.last_modified.as_deref().and_then(|time| time.parse::<Timestamp>().ok());
    Some(Live {
        resource_type: FUNCTION.into(),
        aliases: function.function_arn.iter().cloned().collect(),
        attributes: function_properties(function, extras, fingerprints),
        computed: computed([
            ("Arn", text(&function.function_arn)),
            ("CodeSha256", text(&function.code_sha256)),
            ("Version", text(&function.version)),
        ]),
        evidence: changed_at(FUNCTION, &name, modified).into_iter().collect(),
        owners: Vec::new(),
        in_flight: in_flight(function),
        identifier: name,
    })
}

fn function_properties(
    function: &FunctionConfiguration,
    extras: Option<&Extras>,
    fingerprints: &Fingerprinter,
) -> Value {
    let source = if extras.is_some() { GET_FUNCTION } else { LIST_FUNCTIONS };
    let properties = told_when_set(told_always(Properties::of(source), function), function)
        .when_set("Environment", nested(&function.environment, |environment| variables(environment, fingerprints)))
        .not_read(&["Code"], "code is not compared")
        .not_read(&["PublishToLatestPublished"], "an instruction for the deployment")
        .not_read(
            &["CodeSigningConfigArn", "FunctionScalingConfig", "RecursiveLoop", "RuntimeManagementConfig"],
            "not read: needs a call a function",
        );
    match extras {
        Some(extras) => properties
            .always("Tags", extras.tags.as_ref().map(tags))
            .when_set("ReservedConcurrentExecutions", scalar(&extras.reserved_concurrency)),
        None => properties.not_read(&["ReservedConcurrentExecutions", "Tags"], "not returned by lambda:ListFunctions"),
    }
    .build()
}

fn told_always(properties: Properties, function: &FunctionConfiguration) -> Properties {
    let storage = nested(&function.ephemeral_storage, |storage| object([("Size", Some(storage.size.into()))]));
    properties
        .always("FunctionName", text(&function.function_name))
        .always("Role", text(&function.role))
        .always("Description", text(&function.description))
        .always("Timeout", scalar(&function.timeout))
        .always("MemorySize", scalar(&function.memory_size))
        .always("PackageType", text(&function.package_type))
        .always("Architectures", texts(&function.architectures))
        .always("EphemeralStorage", storage)
        .always("TracingConfig", nested(&function.tracing_config, |tracing| object([("Mode", text(&tracing.mode))])))
        .always("LoggingConfig", nested(&function.logging_config, logging))
        .always("SnapStart", nested(&function.snap_start, |snap| object([("ApplyOn", text(&snap.apply_on))])))
}

fn told_when_set(properties: Properties, function: &FunctionConfiguration) -> Properties {
    let layer = |layer: &Layer| text(&layer.arn).unwrap_or_else(|| Value::unknown("a layer without ARN"));
    let tenancy = nested(&function.tenancy_config, |tenancy| {
        object([("TenantIsolationMode", Some(tenancy.tenant_isolation_mode.as_str().into()))])
    });
    properties
        // Functions of container images have neither runtime nor handler.
        .when_set("Runtime", text(&function.runtime))
        .when_set("Handler", text(&function.handler))
        .when_set("CapacityProviderConfig", opaque(&function.capacity_provider_config))
        .when_set(
            "DeadLetterConfig",
            nested(&function.dead_letter_config, |dead_letters| {
                object([("TargetArn", text(&dead_letters.target_arn))])
            }),
        )
        .when_set("DurableConfig", nested(&function.durable_config, durable))
        .when_set("FileSystemConfigs", each(&function.file_system_configs, file_system))
        .when_set("ImageConfig", function.image_config_response.as_ref().and_then(image))
        .when_set("KmsKeyArn", text(&function.kms_key_arn))
        .when_set("Layers", each(&function.layers, layer))
        .when_set("TenancyConfig", tenancy)
        .when_set("VpcConfig", nested(&function.vpc_config, vpc))
}

fn logging(logging: &LoggingConfig) -> Value {
    object([
        ("ApplicationLogLevel", text(&logging.application_log_level)),
        ("LogFormat", text(&logging.log_format)),
        ("LogGroup", text(&logging.log_group)),
        ("SystemLogLevel", text(&logging.system_log_level)),
    ])
}

fn file_system(config: &FileSystemConfig) -> Value {
    object([
        ("Arn", Some(config.arn.as_str().into())),
        ("LocalMountPath", Some(config.local_mount_path.as_str().into())),
        ("S3FilesConfig", opaque(&config.s3_files_config)),
    ])
}

/// The variables as fingerprints.
fn variables(environment: &EnvironmentResponse, fingerprints: &Fingerprinter) -> Value {
    // The function's key may be one that this identity cannot use; AWS then returns an error in their place.
    let variables = match (&environment.error, &environment.variables) {
        (Some(_), _) => Value::unknown("the service could not decrypt the variables"),
        (None, Some(variables)) => Value::object(
            variables.iter().map(|(name, value)| (name.clone(), fingerprints.hide(&value.as_str().into()))),
        ),
        (None, None) => Value::unknown("not returned with the environment"),
    };
    object([("Variables", Some(variables))])
}

fn image(response: &ImageConfigResponse) -> Option<Value> {
    nested(&response.image_config, |config| {
        object([
            ("Command", texts(&config.command)),
            ("EntryPoint", texts(&config.entry_point)),
            ("WorkingDirectory", text(&config.working_directory)),
        ])
    })
}

fn durable(durable: &DurableConfig) -> Value {
    object([
        ("ExecutionTimeout", scalar(&durable.execution_timeout)),
        ("KMSKeyArn", text(&durable.kms_key_arn)),
        ("RetentionPeriodInDays", scalar(&durable.retention_period_in_days)),
    ])
}

fn vpc(vpc: &VpcConfigResponse) -> Value {
    object([
        ("Ipv6AllowedForDualStack", scalar(&vpc.ipv6_allowed_for_dual_stack)),
        ("SecurityGroupIds", texts(&vpc.security_group_ids)),
        ("SubnetIds", texts(&vpc.subnet_ids)),
    ])
}

fn tags(tags: &HashMap<String, String>) -> Value {
    let mut sorted: Vec<_> = tags.iter().collect();
    sorted.sort();
    Value::list(sorted.into_iter().map(|(key, value)| tag(&Some(key.clone()), &Some(value.clone()))))
}

fn in_flight(function: &FunctionConfiguration) -> Option<String> {
    if function.last_update_status == Some(LastUpdateStatus::InProgress) {
        return Some("an update of the function is in progress".to_owned());
    }
    (function.state == Some(State::Pending)).then(|| "the function is being created".to_owned())
}

/// Aliases by `function:alias` or ARN.
pub(super) async fn aliases(aws: &Aws, keys: Keys) -> Reading {
    batches(aws, keys, 1, |aws, keys| async move {
        match keys.first().and_then(|key| split(key)) {
            Some((function, alias)) => one_alias(&aws, function, alias).await,
            None => {
                let message = "an alias is named as function:alias or by its ARN";
                Err(Failure::new(ProblemKind::Unevaluated, "lambda:GetAlias", message))
            }
        }
    })
    .await
}

/// Function and alias of a key: `function:alias`, or an ARN that ends in `function:NAME:ALIAS`.
fn split(key: &str) -> Option<(&str, &str)> {
    let name = arn_resource(key).and_then(|resource| resource.strip_prefix("function:")).unwrap_or(key);
    name.split_once(':')
}

async fn one_alias(aws: &Aws, function: &str, name: &str) -> Result<Reading, Failure> {
    const ACTION: &str = "lambda:GetAlias";
    let answer = match aws.call(ACTION, aws.lambda.get_alias().function_name(function).name(name).send()).await {
        Err(failure) if failure.is_code(&NOT_FOUND) => return Ok(Reading::default()),
        answer => answer?,
    };
    let key = format!("{function}:{name}");
    let arn = answer.alias_arn.clone();
    let weights = answer.routing_config.as_ref().and_then(|routing| routing.additional_version_weights.as_ref());
    let weights = weights.filter(|weights| !weights.is_empty());
    let attributes = Properties::of(ACTION)
        .always("FunctionName", Some(function.into()))
        .always("FunctionVersion", text(&answer.function_version))
        .always("Name", text(&answer.name))
        .always("Description", text(&answer.description))
        .when_set("RoutingConfig", weights.map(routing))
        .not_read(&["ProvisionedConcurrencyConfig"], "not read: needs a call an alias")
        .build();
    let live = Live {
        resource_type: ALIAS.into(),
        aliases: vec![key.clone()],
        attributes,
        computed: computed([("AliasArn", text(&arn))]),
        evidence: Vec::new(),
        // Whether split traffic is a deployment on its way or somebody's doing, only the declaration tells.
        owners: Vec::new(),
        in_flight: None,
        identifier: arn.unwrap_or(key),
    };
    Ok(Reading::from_iter([live]))
}

/// Weights as CloudFormation lists them, by version.
fn routing(weights: &HashMap<String, f64>) -> Value {
    let mut sorted: Vec<_> = weights.iter().collect();
    sorted.sort_by_key(|(version, _)| version.as_str());
    let weights = sorted.into_iter().map(|(version, weight)| {
        object([("FunctionVersion", Some(version.as_str().into())), ("FunctionWeight", Some((*weight).into()))])
    });
    object([("AdditionalVersionWeights", Some(Value::list(weights)))])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_alias_key_is_a_pair_or_an_arn() {
        let check = |key: &str, expected| assert_eq!(split(key), expected, "{key}");
        check("orders:live", Some(("orders", "live")));
        check("arn:aws:lambda:eu-west-1:111111111111:function:orders:live", Some(("orders", "live")));
        check("arn:aws:lambda:eu-west-1:111111111111:function:orders", None);
        check("orders", None);
    }

    #[test]
    fn the_services_form_of_a_time_is_read() {
        let function =
            FunctionConfiguration::builder().function_name("f").last_modified("2026-11-21T09:00:00.123+0000");
        let live = function_of(&function.build(), None, &Fingerprinter::new(*b"key")).unwrap();
        assert_eq!(live.evidence[0].at.unwrap().to_string(), "2026-11-21T09:00:00.123Z");
    }
}
