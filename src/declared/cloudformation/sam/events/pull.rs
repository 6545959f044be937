//! Sources that Lambda reads from: an event source mapping, and what the function's role needs for it.

use super::Event;
use crate::declared::cloudformation::sam::Expansion;
use crate::declared::cloudformation::sam::policies::{Role, allow_destination, document};
use crate::declared::cloudformation::sam::resource::Resource;
use crate::declared::cloudformation::sam::tree::{
    Expand, add_new, call, fault, field, is_true, members, set_field, text, tree,
};
use crate::model::{Kind, Value};

mod access;

/// A source: the property that names it, the policy that reads from it, and what it cannot be without.
pub(super) struct Source {
    kind: &'static str,
    property: Option<&'static str>,
    policy: Option<&'static str>,
    required: &'static [&'static str],
}

const SOURCES: [Source; 7] = [
    Source {
        kind: "SQS",
        property: Some("Queue"),
        policy: Some("service-role/AWSLambdaSQSQueueExecutionRole"),
        required: &["Queue"],
    },
    Source {
        kind: "Kinesis",
        property: Some("Stream"),
        policy: Some("service-role/AWSLambdaKinesisExecutionRole"),
        required: &["Stream", "StartingPosition"],
    },
    Source {
        kind: "DynamoDB",
        property: Some("Stream"),
        policy: Some("service-role/AWSLambdaDynamoDBExecutionRole"),
        required: &["Stream", "StartingPosition"],
    },
    Source {
        kind: "MSK",
        property: Some("Stream"),
        policy: Some("service-role/AWSLambdaMSKExecutionRole"),
        required: &["Stream", "StartingPosition"],
    },
    Source { kind: "MQ", property: Some("Broker"), policy: None, required: &["Broker", "SourceAccessConfigurations"] },
    Source {
        kind: "SelfManagedKafka",
        property: None,
        policy: None,
        required: &["KafkaBootstrapServers", "Topics", "SourceAccessConfigurations"],
    },
    Source {
        kind: "DocumentDB",
        property: Some("Cluster"),
        policy: None,
        required: &["Cluster", "DatabaseName", "SourceAccessConfigurations"],
    },
];

const PASSED_THROUGH: [&str; 19] = [
    "StartingPosition",
    "StartingPositionTimestamp",
    "BatchSize",
    "Enabled",
    "MaximumBatchingWindowInSeconds",
    "MaximumRetryAttempts",
    "BisectBatchOnFunctionError",
    "MaximumRecordAgeInSeconds",
    "ParallelizationFactor",
    "Topics",
    "Queues",
    "SourceAccessConfigurations",
    "TumblingWindowInSeconds",
    "FunctionResponseTypes",
    "FilterCriteria",
    "KmsKeyArn",
    "ScalingConfig",
    "ProvisionedPollerConfig",
    "MetricsConfig",
];

/// The source of a type of event.
pub(super) fn source(kind: &str) -> Option<&'static Source> {
    SOURCES.iter().find(|source| source.kind == kind)
}

/// The mapping, and to the role what it needs.
pub(super) fn expand(
    expansion: &Expansion<'_>,
    event: &Event<'_>,
    source: &Source,
    role: &mut Role,
) -> Expand<Vec<Resource>> {
    for name in source.required {
        event.required(name)?;
    }
    if let Some(filters) = event.property("FilterCriteria").filter(|filters| call(filters).is_none())
        && filters.as_object().is_none_or(|members| members.keys().any(|name| name != "Filters"))
    {
        return fault(filters, "`FilterCriteria` takes `Filters`");
    }
    let mut mapping = mapping(event)
        .maybe("EventSourceArn", source.property.and_then(|name| event.property(name)).cloned())
        .copying(event.properties, &PASSED_THROUGH)
        .copying(event.properties, &["LoggingConfig"]);
    if let Some(servers) = set_field(event.properties, "KafkaBootstrapServers") {
        let endpoints = tree!({ "Endpoints": { "KafkaBootstrapServers": (servers.clone()) } });
        mapping = mapping.with("SelfManagedEventSource", endpoints);
    }
    if let Some((name, config)) = kafka(event, source)? {
        mapping = mapping.with(name, config);
    }
    if source.kind == "DocumentDB" {
        let names = ["DatabaseName", "CollectionName", "FullDocument"];
        let config = names.iter().filter_map(|name| Some((*name, event.property(name)?.clone())));
        mapping = mapping.with("DocumentDBEventSourceConfig", Value::object(config));
    }
    if let Some(policy) = source.policy {
        add_new(&mut role.managed, [expansion.environment.managed_policy_arn(policy)]);
    }
    if let Some(policy) = access::policy(expansion, event, source.kind)? {
        add_policy(role, policy);
    }
    if let Some(config) = set_field(event.properties, "DestinationConfig") {
        mapping = mapping.with("DestinationConfig", destination(event, config, role)?);
    }
    Ok(vec![mapping])
}

fn mapping(event: &Event<'_>) -> Resource {
    event.resource("AWS::Lambda::EventSourceMapping", event.id.as_str()).with("FunctionName", event.target.name.clone())
}

/// The mapping of a queue that is subscribed to a topic.
pub(super) fn map_queue(event: &Event<'_>, queue: Value, batch: Value) -> Resource {
    let mut mapping = mapping(event);
    mapping.id.push_str("EventSourceMapping");
    mapping.with("EventSourceArn", queue).with("BatchSize", batch).with("Enabled", true)
}

/// Lets the role read from a queue.
pub(super) fn allow_queue(expansion: &Expansion<'_>, role: &mut Role) {
    for policy in SOURCES.iter().filter(|source| source.kind == "SQS").filter_map(|source| source.policy) {
        add_new(&mut role.managed, [expansion.environment.managed_policy_arn(policy)]);
    }
}

/// The settings that only brokers of Kafka have, and the property they are.
fn kafka(event: &Event<'_>, source: &Source) -> Expand<Option<(&'static str, Value)>> {
    let group = set_field(event.properties, "ConsumerGroupId");
    let registry = set_field(event.properties, "SchemaRegistryConfig");
    let name = match source.kind {
        "MSK" => "AmazonManagedKafkaEventSourceConfig",
        "SelfManagedKafka" => "SelfManagedKafkaEventSourceConfig",
        _ => {
            return match group {
                Some(group) => fault(group, "`ConsumerGroupId` is for events of Kafka"),
                None => Ok(None),
            };
        }
    };
    let parts = [("ConsumerGroupId", group), ("SchemaRegistryConfig", registry)];
    let parts: Vec<_> = parts.into_iter().filter_map(|(part, value)| Some((part, value?.clone()))).collect();
    Ok((!parts.is_empty()).then(|| (name, Value::object(parts))))
}

/// Where what could not be handled goes; the role may send there.
fn destination(event: &Event<'_>, config: &Value, role: &mut Role) -> Expand<Value> {
    let Some(failure) = field(config, "OnFailure") else {
        return fault(config, "`DestinationConfig` needs an `OnFailure`");
    };
    let kind = text(failure, "Type");
    if let Some(kind) = kind
        && !["SQS", "SNS", "S3", "Kafka"].contains(&kind)
    {
        return fault(failure, "the `Type` of a destination is `SQS`, `SNS`, `S3` or `Kafka`");
    }
    let arn = field(failure, "Destination").cloned().unwrap_or_else(|| tree!(""));
    if let Some(policy) = kind.and_then(|kind| allow_destination(kind, &arn, &event.id)) {
        add_policy(role, policy);
    }
    let mut config = config.clone();
    if let Some(failure) = members(&mut config).get_mut("OnFailure") {
        members(failure).remove("Type");
    }
    Ok(config)
}

/// Adds a policy, unless the role has the same under any name.
fn add_policy(role: &mut Role, policy: Value) {
    if !role.policies.iter().any(|known| document(known) == document(&policy)) {
        role.policies.push(policy);
    }
}

/// Whether the user wants the policy to be named after the event.
fn has_own_name(event: &Event<'_>) -> bool {
    is_true(event.property("DynamicPolicyName"))
}

/// Whether a value is a text or a function.
fn is_textual(value: &Value) -> bool {
    matches!(value.kind, Kind::String(_)) || call(value).is_some()
}
