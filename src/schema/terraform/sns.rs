//! Amazon SNS. Properties: the CloudFormation reference of `AWS::SNS::*`; attributes: the provider's schema (5.100).

use super::policies;
use super::rule::{
    InsidePolicy, Mapping, Names, Origin, Part, Produce, Properties, Rule, Tags, document, flag, free_text, listed,
    number_unless, text,
};
use crate::model::{Kind, Value};

/// The tables.
pub(super) const MAPPINGS: &[Mapping] = &[
    Mapping {
        terraform: "aws_sns_topic",
        canonical: "AWS::SNS::Topic",
        identifier: &["arn", "id"],
        tags: Tags::List,
        rules: TOPIC,
        produce: Produce::Parts(topic),
    },
    Mapping {
        terraform: "aws_sns_topic_policy",
        canonical: "AWS::SNS::TopicPolicy",
        identifier: &["arn"],
        tags: Tags::None,
        rules: &[listed("arn", "Topics"), document("policy", "PolicyDocument"), Rule::Computed(&["owner"])],
        produce: Produce::Resource,
    },
    Mapping {
        terraform: "aws_sns_topic_subscription",
        canonical: "AWS::SNS::Subscription",
        identifier: &["arn", "id"],
        tags: Tags::None,
        rules: SUBSCRIPTION,
        produce: Produce::Resource,
    },
];

const TOPIC: &[Rule] = &[
    text("name", "TopicName"),
    free_text("display_name", "DisplayName"),
    document("policy", "PolicyDocument"),
    document("archive_policy", "ArchivePolicy"),
    flag("fifo_topic", "FifoTopic"),
    flag("content_based_deduplication", "ContentBasedDeduplication"),
    text("fifo_throughput_scope", "FifoThroughputScope"),
    text("kms_master_key_id", "KmsMasterKeyId"),
    number_unless(0, "signature_version", "SignatureVersion"),
    text("tracing_config", "TracingConfig"),
    text("application_failure_feedback_role_arn", "DeliveryStatusLogging.application.FailureFeedbackRoleArn"),
    text("application_success_feedback_role_arn", "DeliveryStatusLogging.application.SuccessFeedbackRoleArn"),
    text("application_success_feedback_sample_rate", "DeliveryStatusLogging.application.SuccessFeedbackSampleRate"),
    text("firehose_failure_feedback_role_arn", "DeliveryStatusLogging.firehose.FailureFeedbackRoleArn"),
    text("firehose_success_feedback_role_arn", "DeliveryStatusLogging.firehose.SuccessFeedbackRoleArn"),
    text("firehose_success_feedback_sample_rate", "DeliveryStatusLogging.firehose.SuccessFeedbackSampleRate"),
    text("http_failure_feedback_role_arn", "DeliveryStatusLogging.http/s.FailureFeedbackRoleArn"),
    text("http_success_feedback_role_arn", "DeliveryStatusLogging.http/s.SuccessFeedbackRoleArn"),
    text("http_success_feedback_sample_rate", "DeliveryStatusLogging.http/s.SuccessFeedbackSampleRate"),
    text("lambda_failure_feedback_role_arn", "DeliveryStatusLogging.lambda.FailureFeedbackRoleArn"),
    text("lambda_success_feedback_role_arn", "DeliveryStatusLogging.lambda.SuccessFeedbackRoleArn"),
    text("lambda_success_feedback_sample_rate", "DeliveryStatusLogging.lambda.SuccessFeedbackSampleRate"),
    text("sqs_failure_feedback_role_arn", "DeliveryStatusLogging.sqs.FailureFeedbackRoleArn"),
    text("sqs_success_feedback_role_arn", "DeliveryStatusLogging.sqs.SuccessFeedbackRoleArn"),
    text("sqs_success_feedback_sample_rate", "DeliveryStatusLogging.sqs.SuccessFeedbackSampleRate"),
    Rule::TerraformOnly(&["name_prefix"]),
    Rule::Uncovered(&["delivery_policy"]),
    Rule::Computed(&["beginning_archive_time", "owner"]),
];

const SUBSCRIPTION: &[Rule] = &[
    text("topic_arn", "TopicArn"),
    text("protocol", "Protocol"),
    text("endpoint", "Endpoint"),
    document("filter_policy", "FilterPolicy"),
    text("filter_policy_scope", "FilterPolicyScope"),
    document("delivery_policy", "DeliveryPolicy"),
    document("redrive_policy", "RedrivePolicy"),
    document("replay_policy", "ReplayPolicy"),
    flag("raw_message_delivery", "RawMessageDelivery"),
    text("subscription_role_arn", "SubscriptionRoleArn"),
    Rule::TerraformOnly(&["confirmation_timeout_in_minutes", "endpoint_auto_confirms"]),
    Rule::Computed(&["confirmation_was_authenticated", "owner_id", "pending_confirmation"]),
];

const POLICY: InsidePolicy = InsidePolicy {
    resource_type: "AWS::SNS::TopicPolicy",
    document: "PolicyDocument",
    names: Names::Several("Topics"),
    by: "arn",
};

fn topic(mut properties: Properties, origin: &Origin<'_>) -> Vec<Part> {
    if let Some(logging) = properties.remove("DeliveryStatusLogging")
        && let Some(logging) = by_protocol(logging)
    {
        properties.insert("DeliveryStatusLogging".to_owned(), logging);
    }
    policies::apart("AWS::SNS::Topic", &POLICY, properties, origin)
}

/// The protocols that log anything, as a list. A state has a sample rate of zero for the others.
fn by_protocol(logging: Value) -> Option<Value> {
    let (at, Kind::Object(protocols)) = (logging.at, logging.kind) else { return None };
    let logs = |members: &Properties| members.keys().any(|name| name.ends_with("RoleArn"));
    let entry = |(protocol, entry): (String, Value)| match entry.kind {
        Kind::Object(mut members) if logs(&members) => {
            members.insert("Protocol".to_owned(), Value::from(protocol.as_str()).located(entry.at.clone()));
            Some(Value::new(Kind::Object(members)).located(entry.at))
        }
        _ => None,
    };
    let entries: Vec<Value> = protocols.into_iter().filter_map(entry).collect();
    (!entries.is_empty()).then(|| Value::list(entries).located(at))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::{Context, canonical, check};
    use crate::model::Value;

    #[test]
    fn a_topic_of_a_state_has_its_default_policy_apart() {
        let attributes = json!({
            "application_failure_feedback_role_arn": "", "application_success_feedback_role_arn": "",
            "application_success_feedback_sample_rate": 0, "archive_policy": "", "arn": "arn:t",
            "beginning_archive_time": "", "content_based_deduplication": false, "delivery_policy": "",
            "display_name": "", "fifo_throughput_scope": "", "fifo_topic": false,
            "firehose_failure_feedback_role_arn": "", "firehose_success_feedback_role_arn": "",
            "firehose_success_feedback_sample_rate": 0, "http_failure_feedback_role_arn": "arn:f",
            "http_success_feedback_role_arn": "arn:s", "http_success_feedback_sample_rate": 50, "id": "arn:t",
            "kms_master_key_id": "", "lambda_failure_feedback_role_arn": "arn:f",
            "lambda_success_feedback_role_arn": "", "lambda_success_feedback_sample_rate": 0, "name": "t",
            "name_prefix": "", "owner": "123456789012", "policy": "{\"Version\":\"2008-10-17\"}",
            "signature_version": 0, "sqs_failure_feedback_role_arn": "", "sqs_success_feedback_role_arn": "",
            "sqs_success_feedback_sample_rate": 0, "tags": null, "tags_all": {}, "tracing_config": ""
        });
        let mapped = canonical("aws_sns_topic", &Value::from_json(&attributes), &Context::default()).unwrap();
        let found: Vec<_> = mapped.iter().map(|mapped| mapped.attributes.to_json()).collect();
        let expect = [
            json!({
                "ContentBasedDeduplication": false,
                "DeliveryStatusLogging": [
                    {"FailureFeedbackRoleArn": "arn:f", "Protocol": "http/s", "SuccessFeedbackRoleArn": "arn:s",
                        "SuccessFeedbackSampleRate": "50"},
                    {"FailureFeedbackRoleArn": "arn:f", "Protocol": "lambda", "SuccessFeedbackSampleRate": "0"}],
                "DisplayName": "", "FifoTopic": false, "Tags": [], "TopicName": "t"
            }),
            json!({"PolicyDocument": {"Version": "2008-10-17"}, "Topics": ["arn:t"]}),
        ];
        assert_eq!(found, expect);
        assert_eq!(mapped[0].unmapped, [""; 0]);
    }

    #[test]
    fn a_signature_version_and_no_logging_are_told_apart_from_nothing() {
        check(
            "aws_sns_topic",
            &json!({"name": "t", "signature_version": 2, "sqs_success_feedback_sample_rate": 0}),
            &json!({"SignatureVersion": 2, "TopicName": "t"}),
        );
        check(
            "aws_sns_topic_policy",
            &json!({"arn": "arn:t", "id": "arn:t", "owner": "1", "policy": "{\"Statement\":[]}"}),
            &json!({"PolicyDocument": {"Statement": []}, "Topics": ["arn:t"]}),
        );
    }

    #[test]
    fn a_subscription_has_its_policies_as_documents() {
        check(
            "aws_sns_topic_subscription",
            &json!({
                "arn": "arn:s", "confirmation_timeout_in_minutes": 1, "confirmation_was_authenticated": true,
                "delivery_policy": "", "endpoint": "arn:q", "endpoint_auto_confirms": false,
                "filter_policy": "{\"kind\":[\"a\"]}", "filter_policy_scope": "MessageBody", "id": "arn:s",
                "owner_id": "1", "pending_confirmation": false, "protocol": "sqs", "raw_message_delivery": true,
                "redrive_policy": "{\"deadLetterTargetArn\":\"arn:d\"}", "replay_policy": "",
                "subscription_role_arn": "", "topic_arn": "arn:t"
            }),
            &json!({
                "Endpoint": "arn:q", "FilterPolicy": {"kind": ["a"]}, "FilterPolicyScope": "MessageBody",
                "Protocol": "sqs", "RawMessageDelivery": true, "RedrivePolicy": {"deadLetterTargetArn": "arn:d"},
                "TopicArn": "arn:t"
            }),
        );
    }
}
