//! Amazon SQS. Properties: the CloudFormation reference of `AWS::SQS::*`; attributes: the provider's schema (5.100).

use super::member::QUEUE_PROPERTIES;
use super::rule::{InsidePolicy, Mapping, Names, Produce, Rule, Tags, document, flag, listed, number, text};

/// The tables.
pub(super) const MAPPINGS: &[Mapping] = &[
    Mapping {
        terraform: "aws_sqs_queue",
        canonical: "AWS::SQS::Queue",
        identifier: &["url", "id"],
        tags: Tags::List,
        rules: QUEUE,
        produce: Produce::WithPolicy(&InsidePolicy {
            resource_type: "AWS::SQS::QueuePolicy",
            document: "PolicyDocument",
            names: Names::Several("Queues"),
            by: "id",
        }),
    },
    Mapping {
        terraform: "aws_sqs_queue_policy",
        canonical: "AWS::SQS::QueuePolicy",
        identifier: &["queue_url"],
        tags: Tags::None,
        rules: &[listed("queue_url", "Queues"), document("policy", "PolicyDocument")],
        produce: Produce::Resource,
    },
    of_queue(
        "aws_sqs_queue_redrive_policy",
        &[text("queue_url", "QueueUrl"), document("redrive_policy", "RedrivePolicy")],
    ),
    of_queue(
        "aws_sqs_queue_redrive_allow_policy",
        &[text("queue_url", "QueueUrl"), document("redrive_allow_policy", "RedriveAllowPolicy")],
    ),
];

const fn of_queue(terraform: &'static str, rules: &'static [Rule]) -> Mapping {
    Mapping {
        terraform,
        canonical: QUEUE_PROPERTIES,
        identifier: &[],
        tags: Tags::None,
        rules,
        produce: Produce::Resource,
    }
}

const QUEUE: &[Rule] = &[
    text("name", "QueueName"),
    number("delay_seconds", "DelaySeconds"),
    number("max_message_size", "MaximumMessageSize"),
    number("message_retention_seconds", "MessageRetentionPeriod"),
    number("receive_wait_time_seconds", "ReceiveMessageWaitTimeSeconds"),
    number("visibility_timeout_seconds", "VisibilityTimeout"),
    document("redrive_policy", "RedrivePolicy"),
    document("redrive_allow_policy", "RedriveAllowPolicy"),
    document("policy", "PolicyDocument"),
    flag("fifo_queue", "FifoQueue"),
    flag("content_based_deduplication", "ContentBasedDeduplication"),
    text("deduplication_scope", "DeduplicationScope"),
    text("fifo_throughput_limit", "FifoThroughputLimit"),
    text("kms_master_key_id", "KmsMasterKeyId"),
    number("kms_data_key_reuse_period_seconds", "KmsDataKeyReusePeriodSeconds"),
    flag("sqs_managed_sse_enabled", "SqsManagedSseEnabled"),
    Rule::TerraformOnly(&["name_prefix"]),
    Rule::Computed(&["url"]),
];

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::{Context, canonical, check};
    use crate::model::Value;

    #[test]
    fn a_queue_keeps_zeros_which_mean_what_they_say() {
        check(
            "aws_sqs_queue",
            &json!({
                "arn": "arn:aws:sqs:us-east-1:123456789012:q", "content_based_deduplication": false,
                "deduplication_scope": "", "delay_seconds": 0, "fifo_queue": false, "fifo_throughput_limit": "",
                "id": "https://sqs/q", "kms_data_key_reuse_period_seconds": 300, "kms_master_key_id": "",
                "max_message_size": 262_144, "message_retention_seconds": 345_600, "name": "q", "name_prefix": "",
                "policy": "", "receive_wait_time_seconds": 0, "redrive_allow_policy": "",
                "redrive_policy": "{\"deadLetterTargetArn\":\"arn:d\",\"maxReceiveCount\":5}",
                "sqs_managed_sse_enabled": true, "tags": null, "tags_all": {}, "timeouts": null,
                "url": "https://sqs/q", "visibility_timeout_seconds": 45
            }),
            &json!({
                "ContentBasedDeduplication": false, "DelaySeconds": 0, "FifoQueue": false,
                "KmsDataKeyReusePeriodSeconds": 300, "MaximumMessageSize": 262_144, "MessageRetentionPeriod": 345_600,
                "QueueName": "q", "ReceiveMessageWaitTimeSeconds": 0,
                "RedrivePolicy": {"deadLetterTargetArn": "arn:d", "maxReceiveCount": 5},
                "SqsManagedSseEnabled": true, "Tags": [], "VisibilityTimeout": 45
            }),
        );
    }

    #[test]
    fn a_policy_is_that_of_its_queue_wherever_it_is_written() {
        let expect = json!({"PolicyDocument": {"Statement": []}, "Queues": ["https://sqs/q"]});
        let policy = "{\"Statement\":[]}";
        check("aws_sqs_queue_policy", &json!({"id": "x", "policy": policy, "queue_url": "https://sqs/q"}), &expect);
        let check = |attributes, expect| {
            let context = Context { address: "aws_sqs_queue.q", ..Context::default() };
            let mapped = canonical("aws_sqs_queue", &Value::from_json(&attributes), &context).unwrap();
            assert_eq!(mapped[1].attributes.to_json(), expect);
            assert_eq!(mapped[1].address("aws_sqs_queue.q"), "aws_sqs_queue.q.policy");
            assert_eq!(mapped[0].attributes.to_json(), json!({"QueueName": "q"}));
        };
        check(json!({"id": "https://sqs/q", "name": "q", "policy": policy}), expect);
        let reason = "the id of aws_sqs_queue.q is known after a deploy";
        let unknown = json!({"PolicyDocument": {"Statement": []}, "Queues": [{"Fn::Unknown": reason}]});
        check(json!({"name": "q", "policy": policy}), unknown);
    }

    #[test]
    fn redrive_policies_are_properties_of_their_queue() {
        check(
            "aws_sqs_queue_redrive_policy",
            &json!({"id": "u", "queue_url": "u", "redrive_policy": "{\"maxReceiveCount\":4}"}),
            &json!({"QueueUrl": "u", "RedrivePolicy": {"maxReceiveCount": 4}}),
        );
        check(
            "aws_sqs_queue_redrive_allow_policy",
            &json!({"id": "u", "queue_url": "u", "redrive_allow_policy": "{\"redrivePermission\":\"denyAll\"}"}),
            &json!({"QueueUrl": "u", "RedriveAllowPolicy": {"redrivePermission": "denyAll"}}),
        );
    }
}
