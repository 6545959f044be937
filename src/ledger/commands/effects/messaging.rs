//! Amazon SNS, SQS and AWS Secrets Manager. Source: their API references; property names of `AWS::SNS::*`,
//! `AWS::SQS::*` and `AWS::SecretsManager::*`.

use super::change::Change::{Computed, Document, Gone, Same, Unread};
use super::change::{document, unspecified};
use super::{Outcome, Parameters, Prediction, Row, Select, path, row};
use crate::model::{Kind, Value};

const TOPIC: &str = "AWS::SNS::Topic";
const BY_TOPIC: &[Select] = &[Select::Is("TopicArn")];
const SUBSCRIPTION: &str = "AWS::SNS::Subscription";
const BY_SUBSCRIPTION: &[Select] = &[Select::Is("SubscriptionArn")];
const QUEUE: &str = "AWS::SQS::Queue";
const BY_QUEUE: &[Select] = &[Select::Is("QueueUrl")];
const SECRET: &str = "AWS::SecretsManager::Secret";
const BY_SECRET: &[Select] = &[Select::Is("SecretId")];

pub(super) const ROWS: &[Row] = &[
    row("sns set-topic-attributes", TOPIC, BY_TOPIC, &[Computed(topic_attribute)]),
    row("sns delete-topic", TOPIC, BY_TOPIC, &[Gone]),
    // The ARN of the subscription is only in the answer.
    row("sns subscribe", TOPIC, BY_TOPIC, &[Unread("Subscription")]),
    row("sns set-subscription-attributes", SUBSCRIPTION, BY_SUBSCRIPTION, &[Computed(subscription_attribute)]),
    row("sns unsubscribe", SUBSCRIPTION, BY_SUBSCRIPTION, &[Gone]),
    row("sqs set-queue-attributes", QUEUE, BY_QUEUE, &[Computed(queue_attributes)]),
    row("sqs delete-queue", QUEUE, BY_QUEUE, &[Gone]),
    row("secretsmanager put-secret-value", SECRET, BY_SECRET, &[Same(&["SecretString"])]),
    row("secretsmanager update-secret", SECRET, BY_SECRET, &[Same(&["Description", "KmsKeyId", "SecretString"])]),
    row("secretsmanager delete-secret", SECRET, BY_SECRET, &[Gone]),
    row(
        "secretsmanager put-resource-policy",
        "AWS::SecretsManager::ResourcePolicy",
        BY_SECRET,
        &[Document("ResourcePolicy", "ResourcePolicy")],
    ),
    row("secretsmanager delete-resource-policy", "AWS::SecretsManager::ResourcePolicy", BY_SECRET, &[Gone]),
];

/// Attributes that the API has as texts, and whether the property is a document. Others are no property.
type Attributes = &'static [(&'static str, &'static str, bool)];

pub(super) const TOPIC_ATTRIBUTES: Attributes = &[
    ("DisplayName", "DisplayName", false),
    ("KmsMasterKeyId", "KmsMasterKeyId", false),
    ("SignatureVersion", "SignatureVersion", false),
    ("TracingConfig", "TracingConfig", false),
    ("ContentBasedDeduplication", "ContentBasedDeduplication", false),
    ("FifoThroughputScope", "FifoThroughputScope", false),
    ("DataProtectionPolicy", "DataProtectionPolicy", true),
    ("ArchivePolicy", "ArchivePolicy", true),
];

pub(super) const SUBSCRIPTION_ATTRIBUTES: Attributes = &[
    ("DeliveryPolicy", "DeliveryPolicy", true),
    ("FilterPolicy", "FilterPolicy", true),
    ("FilterPolicyScope", "FilterPolicyScope", false),
    ("RawMessageDelivery", "RawMessageDelivery", false),
    ("RedrivePolicy", "RedrivePolicy", true),
    ("SubscriptionRoleArn", "SubscriptionRoleArn", false),
];

pub(super) const QUEUE_ATTRIBUTES: Attributes = &[
    ("DelaySeconds", "DelaySeconds", false),
    ("MaximumMessageSize", "MaximumMessageSize", false),
    ("MessageRetentionPeriod", "MessageRetentionPeriod", false),
    ("ReceiveMessageWaitTimeSeconds", "ReceiveMessageWaitTimeSeconds", false),
    ("VisibilityTimeout", "VisibilityTimeout", false),
    ("RedrivePolicy", "RedrivePolicy", true),
    ("RedriveAllowPolicy", "RedriveAllowPolicy", true),
    ("KmsMasterKeyId", "KmsMasterKeyId", false),
    ("KmsDataKeyReusePeriodSeconds", "KmsDataKeyReusePeriodSeconds", false),
    ("SqsManagedSseEnabled", "SqsManagedSseEnabled", false),
    ("ContentBasedDeduplication", "ContentBasedDeduplication", false),
    ("DeduplicationScope", "DeduplicationScope", false),
    ("FifoThroughputLimit", "FifoThroughputLimit", false),
];

fn attribute(attributes: Attributes, name: &str, value: Option<Value>) -> Option<Outcome> {
    let (_, at, is_document) = attributes.iter().find(|(one, ..)| *one == name)?;
    let value = value.unwrap_or_else(|| Value::from(""));
    let value = if *is_document && !value.is_empty() { document(value) } else { value };
    Some((path(at), Prediction::of(value)))
}

/// `--attribute-name X --attribute-value y`.
fn named(parameters: &Parameters<'_>, attributes: Attributes) -> Vec<Outcome> {
    match parameters.text("AttributeName") {
        Some(name) => attribute(attributes, &name, parameters.get("AttributeValue")).into_iter().collect(),
        None => vec![unspecified("")],
    }
}

fn topic_attribute(parameters: &Parameters<'_>) -> Vec<Outcome> {
    named(parameters, TOPIC_ATTRIBUTES)
}

fn subscription_attribute(parameters: &Parameters<'_>) -> Vec<Outcome> {
    named(parameters, SUBSCRIPTION_ATTRIBUTES)
}

fn queue_attributes(parameters: &Parameters<'_>) -> Vec<Outcome> {
    match parameters.get("Attributes").map(|attributes| attributes.kind) {
        Some(Kind::Object(given)) => {
            given.into_iter().filter_map(|(name, value)| attribute(QUEUE_ATTRIBUTES, &name, Some(value))).collect()
        }
        _ => vec![unspecified("")],
    }
}
