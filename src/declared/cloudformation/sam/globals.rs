//! The `Globals` section: properties that resources of a type have unless they say otherwise.

use std::collections::BTreeMap;

use super::tree::field;
use crate::model::{Kind, Problem, ProblemKind, Value};

/// The sections, and what the service takes in them (`samtranslator.plugins.globals`).
const SECTIONS: [(&str, &[&str]); 6] = [
    (
        "Function",
        &[
            "Handler",
            "Runtime",
            "CodeUri",
            "DeadLetterQueue",
            "Description",
            "MemorySize",
            "Timeout",
            "VpcConfig",
            "Environment",
            "Tags",
            "PropagateTags",
            "Tracing",
            "KmsKeyArn",
            "AutoPublishAlias",
            "AutoPublishAliasAllProperties",
            "Layers",
            "DeploymentPreference",
            "RolePath",
            "PermissionsBoundary",
            "ReservedConcurrentExecutions",
            "ProvisionedConcurrencyConfig",
            "AssumeRolePolicyDocument",
            "EventInvokeConfig",
            "FileSystemConfigs",
            "CodeSigningConfigArn",
            "Architectures",
            "SnapStart",
            "EphemeralStorage",
            "FunctionUrlConfig",
            "RuntimeManagementConfig",
            "LoggingConfig",
            "RecursiveLoop",
            "SourceKMSKeyArn",
            "TenancyConfig",
            "DurableConfig",
            "CapacityProviderConfig",
            "FunctionScalingConfig",
            "PublishToLatestPublished",
            "VersionDeletionPolicy",
        ],
    ),
    (
        "Api",
        &[
            "Auth",
            "Name",
            "DefinitionUri",
            "CacheClusterEnabled",
            "CacheClusterSize",
            "MergeDefinitions",
            "Variables",
            "EndpointConfiguration",
            "MethodSettings",
            "BinaryMediaTypes",
            "MinimumCompressionSize",
            "Cors",
            "GatewayResponses",
            "AccessLogSetting",
            "CanarySetting",
            "TracingEnabled",
            "OpenApiVersion",
            "Domain",
            "AlwaysDeploy",
            "PropagateTags",
            "SecurityPolicy",
            "EndpointAccessMode",
        ],
    ),
    (
        "HttpApi",
        &[
            "Auth",
            "AccessLogSettings",
            "StageVariables",
            "Tags",
            "CorsConfiguration",
            "DefaultRouteSettings",
            "Domain",
            "RouteSettings",
            "FailOnWarnings",
            "PropagateTags",
        ],
    ),
    ("SimpleTable", &["SSESpecification"]),
    ("StateMachine", &["PropagateTags"]),
    ("LayerVersion", &["PublishLambdaVersion"]),
];
/// Sections for types that are not expanded here: taken, and of no effect.
const OTHER_SECTIONS: [&str; 4] = ["CapacityProvider", "MicrovmImage", "NetworkConnector", "WebSocketApi"];
/// A list of which only the resource's own counts.
const REPLACED: (&str, &str) = ("Function", "Architectures");

/// The resource with the globals of its type.
pub(super) fn merge(globals: &Value, resource: &mut Value) {
    let Some(section) =
        resource.get("Type").and_then(Value::as_str).and_then(|kind| kind.strip_prefix("AWS::Serverless::"))
    else {
        return;
    };
    let Some(known) = field(globals, section).and_then(Value::as_object) else { return };
    let Some((section, names)) = SECTIONS.iter().find(|(name, _)| *name == section) else { return };
    let is_ignored = |name: &str| match resource.get("IgnoreGlobals").map(|ignored| &ignored.kind) {
        Some(Kind::String(all)) => all == "*",
        Some(Kind::List(ignored)) => ignored.iter().any(|ignored| ignored.as_str() == Some(name)),
        _ => false,
    };
    let global: BTreeMap<String, Value> = known
        .iter()
        .filter(|(name, _)| names.contains(&name.as_str()) && !is_ignored(name))
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect();
    let Kind::Object(members) = &mut resource.kind else { return };
    let own = members.remove("Properties").unwrap_or_else(|| Value::object::<String>([]));
    let Kind::Object(own_members) = own.kind else {
        members.insert("Properties".to_owned(), own);
        return;
    };
    let mut merged = global;
    for (name, value) in own_members {
        let value = match merged.remove(&name) {
            Some(global) if (*section, name.as_str()) != REPLACED => merge_value(global, value),
            _ => value,
        };
        merged.insert(name, value);
    }
    members.insert("Properties".to_owned(), Value { kind: Kind::Object(merged), at: own.at });
}

/// Maps are merged, lists are joined, and of everything else the resource's own counts.
fn merge_value(global: Value, own: Value) -> Value {
    match (global.kind, own.kind) {
        (Kind::List(mut items), Kind::List(own_items)) => {
            items.extend(own_items);
            Value { kind: Kind::List(items), at: own.at }
        }
        (Kind::Object(global_members), Kind::Object(own_members)) => {
            if is_call(&own_members) || is_call(&global_members) {
                return Value { kind: Kind::Object(own_members), at: own.at };
            }
            let mut merged = global_members;
            for (name, value) in own_members {
                let value = match merged.remove(&name) {
                    Some(global) => merge_value(global, value),
                    None => value,
                };
                merged.insert(name, value);
            }
            Value { kind: Kind::Object(merged), at: own.at }
        }
        (_, kind) => Value { kind, at: own.at },
    }
}

/// Whether the members are those of a function, which is not merged.
fn is_call(members: &BTreeMap<String, Value>) -> bool {
    let mut names = members.keys();
    match (names.next(), names.next()) {
        (Some(name), None) => name == "Ref" || name == "Condition" || name.starts_with("Fn::"),
        _ => false,
    }
}

/// What the service refuses in a `Globals` section.
pub(super) fn check(globals: &Value, problems: &mut Vec<Problem>) {
    let mut refuse = |node: &Value, message: String| {
        problems.push(Problem::new(ProblemKind::Invalid, "Globals", message).at(node.at.clone()));
    };
    let Some(sections) = globals.as_object() else {
        return refuse(globals, "`Globals` is not a mapping".to_owned());
    };
    for (name, section) in sections {
        let Some((_, names)) = SECTIONS.iter().find(|(known, _)| known == name) else {
            if !OTHER_SECTIONS.contains(&name.as_str()) {
                refuse(section, format!("`{name}` is not a section of `Globals`"));
            }
            continue;
        };
        for (property, value) in section.as_object().into_iter().flatten() {
            if !names.contains(&property.as_str()) {
                refuse(value, format!("`{property}` is not a global property of `{name}`"));
            }
        }
    }
}
