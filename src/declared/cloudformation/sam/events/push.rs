//! Services that call a function by a permission and a resource of their own.

use super::Event;
use crate::declared::cloudformation::sam::Expansion;
use crate::declared::cloudformation::sam::resource::Resource;
use crate::declared::cloudformation::sam::tree::{Expand, reference, says_something, tree};

/// A subscription to a log group.
pub(super) fn logs(expansion: &Expansion<'_>, event: &Event<'_>) -> Expand<Vec<Resource>> {
    let group = event.required("LogGroupName")?;
    let pattern = event.required("FilterPattern")?;
    let source = expansion.environment.arn("logs", "log-group:${__LogGroupName__}:*");
    let source = tree!({ "Fn::Sub": [(source), { "__LogGroupName__": (group.clone()) }] });
    let permission = event.permission("logs.amazonaws.com", "").with("SourceArn", source);
    let filter = event
        .resource("AWS::Logs::SubscriptionFilter", event.id.as_str())
        .attribute("DependsOn", tree!([(permission.id.as_str())]))
        .with("LogGroupName", group.clone())
        .with("FilterPattern", pattern.clone())
        .with("DestinationArn", event.target.arn.clone());
    Ok(vec![permission, filter])
}

/// A rule of AWS IoT.
pub(super) fn iot_rule(expansion: &Expansion<'_>, event: &Event<'_>) -> Expand<Vec<Resource>> {
    let sql = event.required("Sql")?;
    let source = expansion.environment.arn("iot", "rule/${RuleName}");
    let permission = event
        .permission("iot.amazonaws.com", "")
        .with("SourceArn", tree!({ "Fn::Sub": [(source), { "RuleName": (reference(&event.id)) }] }))
        .with("SourceAccount", tree!({ "Fn::Sub": "${AWS::AccountId}" }));
    let mut payload = tree!({
        "Sql": (sql.clone()),
        "RuleDisabled": false,
        "Actions": [{ "Lambda": { "FunctionArn": (event.target.arn.clone()) } }],
    });
    if let Some(version) = event.property("AwsIotSqlVersion").filter(|version| says_something(version)) {
        super::super::tree::members(&mut payload).insert("AwsIotSqlVersion".to_owned(), version.clone());
    }
    let rule = event.resource("AWS::IoT::TopicRule", event.id.as_str()).with("TopicRulePayload", payload);
    Ok(vec![permission, rule])
}

/// A skill of Alexa.
pub(super) fn alexa_skill(event: &Event<'_>) -> Resource {
    event.permission("alexa-appkit.amazon.com", "").maybe("EventSourceToken", event.property("SkillId").cloned())
}
