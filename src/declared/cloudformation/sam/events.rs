//! The events of a function: what calls it, and what that needs.

mod api;
mod attached;
mod http_api;
mod notification;
mod pull;
mod push;
mod rule;
mod schedule;
mod topic;

use super::Expansion;
use super::function::Function;
use super::names::is_alphanumeric;
use super::policies::Role;
use super::resource::{Attributes, Resource};
use super::tree::{Expand, entries, fault, field, text};
use crate::model::Value;

pub(super) use api::{add_auth, edit_definition, path_and_method, rest_api_id, stage_of};
pub(super) use rule::{Called, rule};
pub(super) use schedule::schedule;

/// What events call: a function, or its alias if it has one.
#[derive(Clone, Debug)]
pub(super) struct Target {
    /// The logical id of the function.
    pub(super) function: String,
    /// The logical id of what is called.
    pub(super) id: String,
    /// What `FunctionName` is of what calls it.
    pub(super) name: Value,
    pub(super) arn: Value,
    pub(super) attributes: Attributes,
}

/// One event source of a function.
pub(super) struct Event<'e> {
    /// The logical id that what is made for it begins with.
    pub(super) id: String,
    /// Its name among the events.
    pub(super) name: &'e str,
    /// The whole event.
    pub(super) node: &'e Value,
    pub(super) properties: &'e Value,
    pub(super) target: &'e Target,
}

impl<'e> Event<'e> {
    pub(super) fn property(&self, name: &str) -> Option<&'e Value> {
        field(self.properties, name)
    }

    pub(super) fn required(&self, name: &str) -> Expand<&'e Value> {
        match self.property(name) {
            Some(value) => Ok(value),
            None => fault(self.node, format!("the event {} has no `{name}`", self.name)),
        }
    }

    /// A resource for the event.
    pub(super) fn resource(&self, kind: &'static str, id: impl Into<String>) -> Resource {
        Resource::new(kind, id, &self.target.attributes, self.node)
    }

    /// The permission to call the function.
    pub(super) fn permission(&self, principal: &str, suffix: &str) -> Resource {
        self.permission_of(&self.id, principal, suffix)
    }

    /// The permission to call the function, with another beginning of its logical id.
    pub(super) fn permission_of(&self, prefix: &str, principal: &str, suffix: &str) -> Resource {
        let suffix = match suffix {
            "" => String::new(),
            suffix if is_alphanumeric(suffix) => suffix.to_owned(),
            suffix => super::names::hash(suffix),
        };
        self.resource("AWS::Lambda::Permission", format!("{prefix}Permission{suffix}"))
            .with("Action", "lambda:InvokeFunction")
            .with("FunctionName", self.target.name.clone())
            .with("Principal", principal)
    }
}

/// Expands the events of a function. Those of HTTP APIs come by path, so that `$default` is first.
pub(super) fn expand(
    expansion: &mut Expansion<'_>,
    function: &Function<'_>,
    target: &Target,
    role: &mut Role,
) -> Expand<Vec<Resource>> {
    let Some(events) = field(function.properties, "Events") else { return Ok(Vec::new()) };
    if events.as_object().is_none() {
        return fault(events, "`Events` is not a mapping");
    }
    let path =
        |event: &Value| field(event, "Properties").and_then(|properties| text(properties, "Path")).map(str::to_owned);
    let mut events = entries(events);
    events.sort_by_key(|(name, event)| path(event).unwrap_or_else(|| (*name).to_owned()));
    let mut resources = Vec::new();
    for (name, node) in events {
        let empty = super::tree::tree!({});
        let properties = field(node, "Properties").unwrap_or(&empty);
        let event = Event { id: format!("{}{name}", function.id), name, node, properties, target };
        resources.extend(one(expansion, &event, role)?);
    }
    Ok(resources)
}

fn one(expansion: &mut Expansion<'_>, event: &Event<'_>, role: &mut Role) -> Expand<Vec<Resource>> {
    let Some(kind) = text(event.node, "Type") else {
        return fault(event.node, format!("the event {} has no `Type`", event.name));
    };
    match kind {
        "Api" => api::expand(expansion, event),
        "HttpApi" => http_api::expand(expansion, event),
        "Schedule" | "CloudWatchEvent" | "EventBridgeRule" => {
            let (mut resources, source) = rule(event, Called::Function)?;
            resources.push(event.permission("events.amazonaws.com", "").with("SourceArn", source));
            Ok(resources)
        }
        "ScheduleV2" => schedule(event, Called::Function),
        "S3" => notification::expand(expansion, event),
        "SNS" => topic::expand(expansion, event, role),
        "Cognito" => attached::user_pool(expansion, event),
        "CloudWatchLogs" => push::logs(expansion, event),
        "IoTRule" => push::iot_rule(expansion, event),
        "AlexaSkill" => Ok(vec![push::alexa_skill(event)]),
        _ => match pull::source(kind) {
            Some(source) => pull::expand(expansion, event, source, role),
            None => fault(event.node, format!("`{kind}` is not a type of event")),
        },
    }
}
