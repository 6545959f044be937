//! Notifications of buckets: a block has several events, a configuration of the canonical model one.

use super::super::rule::{Properties, Rule, expanded, flag, item, text, texts};
use crate::model::{Kind, Value};

/// `aws_s3_bucket_notification`.
pub(super) const CONFIGURATION: &[Rule] = &[
    super::OF_BUCKET,
    flag("eventbridge", "NotificationConfiguration.EventBridgeConfiguration.EventBridgeEnabled"),
    expanded(
        "lambda_function",
        "NotificationConfiguration.LambdaConfigurations",
        &[text("lambda_function_arn", "Function"), EVENTS, PREFIX, SUFFIX, ID],
        of_each_event,
    ),
    expanded(
        "queue",
        "NotificationConfiguration.QueueConfigurations",
        &[text("queue_arn", "Queue"), EVENTS, PREFIX, SUFFIX, ID],
        of_each_event,
    ),
    expanded(
        "topic",
        "NotificationConfiguration.TopicConfigurations",
        &[text("topic_arn", "Topic"), EVENTS, PREFIX, SUFFIX, ID],
        of_each_event,
    ),
];

const EVENTS: Rule = texts("events", "Event");
const PREFIX: Rule = item("filter_prefix", "Filter.S3Key.Rules", "Value", ("Name", "prefix"));
const SUFFIX: Rule = item("filter_suffix", "Filter.S3Key.Rules", "Value", ("Name", "suffix"));
/// The service makes one up where none is given, and `CloudFormation` has no property for it.
const ID: Rule = Rule::TerraformOnly(&["id"]);

/// A configuration for every event.
fn of_each_event(configuration: Properties) -> Vec<Properties> {
    match configuration.get("Event").map(|events| &events.kind) {
        Some(Kind::List(events)) => {
            let of = |event: &Value| {
                let mut one = configuration.clone();
                one.insert("Event".to_owned(), event.clone());
                one
            };
            events.iter().map(of).collect()
        }
        _ => vec![configuration],
    }
}
