//! Schedules of EventBridge Scheduler, for functions and state machines.

use super::Event;
use super::rule::{Called, dead_letter_queue};
use crate::declared::cloudformation::sam::policies::{allow, allow_destination, assumed_by};
use crate::declared::cloudformation::sam::resource::Resource;
use crate::declared::cloudformation::sam::tree::{Expand, attribute, field, is_true, says_something, tree};
use crate::model::Value;

const PASSED_THROUGH: [&str; 7] = [
    "ScheduleExpression",
    "Description",
    "StartDate",
    "EndDate",
    "ScheduleExpressionTimezone",
    "GroupName",
    "KmsKeyArn",
];

/// The schedule, the role it needs unless it has one, and the queue for what it could not deliver.
pub(in crate::declared::cloudformation::sam) fn schedule(
    event: &Event<'_>,
    called: Called<'_>,
) -> Expand<Vec<Resource>> {
    event.required("ScheduleExpression")?;
    let set = |name: &str| event.property(name).filter(|value| says_something(value));
    let mut schedule =
        event.resource("AWS::Scheduler::Schedule", event.id.as_str()).copying(event.properties, &PASSED_THROUGH);
    if !is_true(event.property("OmitName")) {
        schedule = schedule.with("Name", set("Name").cloned().unwrap_or_else(|| event.id.as_str().into()));
    }
    let window = set("FlexibleTimeWindow").cloned().unwrap_or_else(|| tree!({ "Mode": "OFF" }));
    schedule = schedule.maybe("State", set("State").cloned()).with("FlexibleTimeWindow", window);
    let mut resources = Vec::new();
    let mut queue = None;
    if let Some(config) = event.property("DeadLetterConfig") {
        queue = match dead_letter_queue(event, config)? {
            None => field(config, "Arn").cloned(),
            Some(id) => {
                let arn = attribute(&id, "Arn");
                resources.push(event.resource("AWS::SQS::Queue", id));
                Some(arn)
            }
        };
    }
    let role = match set("RoleArn") {
        Some(role) => role.clone(),
        None => {
            let role = role(event, called, queue.as_ref());
            let arn = attribute(&role.id, "Arn");
            resources.push(role);
            arn
        }
    };
    let mut target = vec![("Arn", event.target.arn.clone()), ("RoleArn", role)];
    target.extend(["Input", "RetryPolicy"].iter().filter_map(|name| Some((*name, event.property(name)?.clone()))));
    target.extend(queue.map(|queue| ("DeadLetterConfig", tree!({ "Arn": (queue) }))));
    resources.insert(0, schedule.with("Target", Value::object(target)));
    Ok(resources)
}

fn role(event: &Event<'_>, called: Called<'_>, queue: Option<&Value>) -> Resource {
    let arn = event.target.arn.clone();
    let mut policies = vec![match called {
        Called::Function => allow(&format!("{}LambdaPolicy", event.id), "lambda:InvokeFunction", arn),
        Called::StateMachine { .. } => {
            allow(&format!("{}StartExecutionPolicy", event.id), "states:StartExecution", arn)
        }
    }];
    policies.extend(queue.and_then(|queue| allow_destination("SQS", queue, &event.id)));
    event
        .resource("AWS::IAM::Role", format!("{}Role", event.id))
        .with("AssumeRolePolicyDocument", assumed_by("scheduler.amazonaws.com"))
        .with("Policies", Value::list(policies))
        .maybe("PermissionsBoundary", event.property("PermissionsBoundary").cloned())
}
