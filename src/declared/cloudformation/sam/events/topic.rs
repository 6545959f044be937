//! Subscriptions to a topic, of the function or of a queue before it.

use super::Event;
use super::pull::{self, map_queue};
use crate::declared::cloudformation::sam::Expansion;
use crate::declared::cloudformation::sam::policies::Role;
use crate::declared::cloudformation::sam::resource::Resource;
use crate::declared::cloudformation::sam::tree::{
    Expand, attribute, fault, field, is_true, reference, referred, says_something, set_field, tree,
};
use crate::model::{Kind, Value};

/// Expands a subscription.
pub(super) fn expand(expansion: &mut Expansion<'_>, event: &Event<'_>, role: &mut Role) -> Expand<Vec<Resource>> {
    let topic = event.required("Topic")?;
    let subscribe = |protocol: &str, endpoint: Value| {
        event
            .resource("AWS::SNS::Subscription", event.id.as_str())
            .with("Protocol", protocol)
            .with("Endpoint", endpoint)
            .with("TopicArn", topic.clone())
            .copying(event.properties, &["Region", "FilterPolicy", "FilterPolicyScope", "RedrivePolicy"])
    };
    let Some(queue) = event.property("SqsSubscription").filter(|queue| says_something(queue)) else {
        let permission = event.permission("sns.amazonaws.com", "").with("SourceArn", topic.clone());
        return Ok(vec![permission, subscribe("lambda", event.target.arn.clone())]);
    };
    let mut resources = Vec::new();
    let (arn, url, policy_id, batch) = if is_true(Some(queue)) {
        let id = format!("{}Queue", event.id);
        let mut made = event.resource("AWS::SQS::Queue", id.as_str());
        if is_fifo(expansion, topic) {
            made = made.with("FifoQueue", true);
        }
        resources.push(made);
        (attribute(&id, "Arn"), reference(&id), None, None)
    } else {
        match (set_field(queue, "QueueArn"), set_field(queue, "QueueUrl")) {
            (Some(arn), Some(url)) => {
                let policy_id = field(queue, "QueuePolicyLogicalId").and_then(Value::as_str);
                (arn.clone(), url.clone(), policy_id, set_field(queue, "BatchSize"))
            }
            _ => return fault(queue, "`SqsSubscription` needs a `QueueArn` and a `QueueUrl`"),
        }
    };
    let document = tree!({
        "Version": "2012-10-17",
        "Statement": [{
            "Action": "sqs:SendMessage",
            "Effect": "Allow",
            "Principal": "*",
            "Resource": (arn.clone()),
            "Condition": { "ArnEquals": { "aws:SourceArn": (topic.clone()) } },
        }],
    });
    let policy_id = policy_id.map_or_else(|| format!("{}QueuePolicy", event.id), str::to_owned);
    resources.push(
        event
            .resource("AWS::SQS::QueuePolicy", policy_id)
            .with("PolicyDocument", document)
            .with("Queues", Value::list([url])),
    );
    resources.push(subscribe("sqs", arn.clone()));
    resources.push(map_queue(event, arn, batch.cloned().unwrap_or_else(|| tree!(10_i64))));
    pull::allow_queue(expansion, role);
    Ok(resources)
}

fn is_fifo(expansion: &Expansion<'_>, topic: &Value) -> bool {
    let topic = referred(topic).and_then(|id| expansion.resources.get(id)?.at_keys(["Properties", "FifoTopic"]));
    let fifo = topic.map(|fifo| expansion.environment.names.parameters.resolve(fifo));
    fifo.is_some_and(|fifo| says_something(&fifo) && fifo.kind != Kind::String("false".to_owned()))
}
