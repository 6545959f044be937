//! Rules of EventBridge: by schedule or by pattern, for functions and state machines.

use super::Event;
use crate::declared::cloudformation::sam::resource::Resource;
use crate::declared::cloudformation::sam::tree::{
    Expand, attribute, fault, field, reference, says_something, text, tree,
};
use crate::model::{Kind, Value};

/// What a rule or schedule calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::declared::cloudformation::sam) enum Called<'r> {
    /// A function: the rule needs a permission.
    Function,
    /// A state machine: the rule needs a role. The ARN of one, if there is one.
    StateMachine { role: Option<&'r Value> },
}

/// The length of an id of a target.
const TARGET_ID: usize = 64;
const PATTERNS: [(&str, &str); 3] =
    [("EventBusName", "EventBusName"), ("Pattern", "EventPattern"), ("RuleName", "Name")];
const SCHEDULES: [(&str, &str); 3] =
    [("Schedule", "ScheduleExpression"), ("Name", "Name"), ("Description", "Description")];

/// The rule with its target and the queue for what it could not deliver; and the rule's ARN.
pub(in crate::declared::cloudformation::sam) fn rule(
    event: &Event<'_>,
    called: Called<'_>,
) -> Expand<(Vec<Resource>, Value)> {
    let is_schedule = text(event.node, "Type") == Some("Schedule");
    let mut rule = event.resource("AWS::Events::Rule", event.id.as_str());
    if is_schedule {
        event.required("Schedule")?;
    }
    for (ours, theirs) in if is_schedule { SCHEDULES } else { PATTERNS } {
        rule = rule.maybe(theirs, event.property(ours).cloned());
    }
    rule = rule.maybe("State", state(event)?);
    let source = attribute(&event.id, "Arn");
    let (queue, mut resources) = dead_letters(event, &source)?;
    let target = target(event, called, queue, is_schedule);
    resources.insert(0, rule.with("Targets", Value::list([target])));
    Ok((resources, source))
}

fn state(event: &Event<'_>) -> Expand<Option<Value>> {
    let state = event.property("State").filter(|state| says_something(state));
    match (state, event.property("Enabled")) {
        (Some(state), Some(_)) => fault(state, "both `State` and `Enabled`"),
        (Some(state), None) => Ok(Some(state.clone())),
        (None, Some(enabled)) => Ok(Some(if says_something(enabled) { "ENABLED" } else { "DISABLED" }.into())),
        (None, None) => Ok(None),
    }
}

fn target(event: &Event<'_>, called: Called<'_>, queue: Option<Value>, is_schedule: bool) -> Value {
    let suffix = if called == Called::Function { "LambdaTarget" } else { "StepFunctionsTarget" };
    let takes_id = !is_schedule || called != Called::Function;
    let own = event.property("Target").filter(|_| takes_id).and_then(|target| field(target, "Id"));
    let id = own.cloned().unwrap_or_else(|| {
        let stem: String = event.id.chars().take(TARGET_ID - suffix.len()).collect();
        format!("{stem}{suffix}").into()
    });
    let mut target = vec![("Arn".to_owned(), event.target.arn.clone()), ("Id".to_owned(), id)];
    if let Called::StateMachine { role } = called {
        let role = role.cloned().unwrap_or_else(|| attribute(&format!("{}Role", event.id), "Arn"));
        target.push(("RoleArn".to_owned(), role));
    }
    let names: &[&str] = if is_schedule {
        &["Input", "RetryPolicy"]
    } else {
        &["Input", "InputPath", "RetryPolicy", "InputTransformer"]
    };
    target.extend(names.iter().filter_map(|name| Some(((*name).to_owned(), event.property(name)?.clone()))));
    if let Some(queue) = queue {
        target.push(("DeadLetterConfig".to_owned(), tree!({ "Arn": (queue) })));
    }
    Value::object(target)
}

/// The ARN of the queue for what could not be delivered, and what is made if that is none of the user's.
fn dead_letters(event: &Event<'_>, source: &Value) -> Expand<(Option<Value>, Vec<Resource>)> {
    let Some(config) = event.property("DeadLetterConfig") else { return Ok((None, Vec::new())) };
    let Some(id) = dead_letter_queue(event, config)? else {
        return Ok((field(config, "Arn").cloned(), Vec::new()));
    };
    let arn = attribute(&id, "Arn");
    let policy = tree!({
        "Version": "2012-10-17",
        "Statement": [{
            "Action": "sqs:SendMessage",
            "Effect": "Allow",
            "Principal": { "Service": "events.amazonaws.com" },
            "Resource": (arn.clone()),
            "Condition": { "ArnEquals": { "aws:SourceArn": (source.clone()) } },
        }],
    });
    let policy = event
        .resource("AWS::SQS::QueuePolicy", format!("{}QueuePolicy", event.id))
        .with("PolicyDocument", policy)
        .with("Queues", Value::list([reference(&id)]));
    Ok((Some(arn), vec![event.resource("AWS::SQS::Queue", id), policy]))
}

/// The logical id of the queue that is made for what could not be delivered, unless the user names one by ARN.
pub(super) fn dead_letter_queue(event: &Event<'_>, config: &Value) -> Expand<Option<String>> {
    match (field(config, "Arn"), text(config, "Type")) {
        (Some(_), None) => Ok(None),
        (None, Some("SQS")) => match field(config, "QueueLogicalId").map(|id| &id.kind) {
            None => Ok(Some(format!("{}Queue", event.id))),
            Some(Kind::String(id)) => Ok(Some(id.clone())),
            Some(_) => fault(config, "`QueueLogicalId` is not a text"),
        },
        _ => fault(config, "`DeadLetterConfig` takes either an `Arn` or the `Type` `SQS`"),
    }
}
