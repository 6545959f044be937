//! `EventInvokeConfig`: what becomes of asynchronous calls, and the queues and topics made for their results.

use std::collections::BTreeMap;

use super::Function;
use crate::declared::cloudformation::sam::Expansion;
use crate::declared::cloudformation::sam::events::Target;
use crate::declared::cloudformation::sam::names::hash;
use crate::declared::cloudformation::sam::policies::{Role, allow_destination};
use crate::declared::cloudformation::sam::resource::Resource;
use crate::declared::cloudformation::sam::tree::{
    Expand, attribute, branches, fault, field, is_no_value, reference, set_field, text, tree, when,
};
use crate::model::Value;

const KINDS: [&str; 5] = ["SQS", "SNS", "EventBridge", "Lambda", "S3Bucket"];

/// Adds the configuration, the destinations that are made for it, and to the role what they need.
pub(super) fn expand(
    expansion: &mut Expansion<'_>,
    function: &Function<'_>,
    alias: Option<&str>,
    target: &Target,
    role: &mut Role,
    resources: &mut Vec<Resource>,
) -> Expand<()> {
    let Some(written) = function.set_property("EventInvokeConfig") else { return Ok(()) };
    let config = expansion.environment.names.parameters.resolve(written);
    let id = format!("{}EventInvokeConfig", function.id);
    let mut destinations = BTreeMap::new();
    for outcome in ["OnSuccess", "OnFailure"] {
        let Some(given) = set_field(&config, "DestinationConfig").and_then(|config| field(config, outcome)) else {
            continue;
        };
        let made = destination(expansion, function, given, &format!("{id}{outcome}"), &id)?;
        destinations.insert(outcome.to_owned(), tree!({ "Destination": (made.arn.clone()) }));
        resources.extend(made.resource);
        role.policies.extend(made.policy);
    }
    let mut attributes = function.attributes.clone();
    if alias.is_some() {
        attributes.insert("DependsOn".to_owned(), tree!([(target.id.as_str())]));
    }
    for name in ["Metadata", "UpdatePolicy"] {
        if let Some(value) = field(function.node, name) {
            attributes.insert(name.to_owned(), value.clone());
        }
    }
    resources.push(
        Resource::new("AWS::Lambda::EventInvokeConfig", id, &attributes, written)
            .with("FunctionName", reference(function.id))
            .with("Qualifier", alias.unwrap_or("$LATEST"))
            .with("DestinationConfig", Value::object(destinations))
            .copying(&config, &["MaximumEventAgeInSeconds", "MaximumRetryAttempts"]),
    );
    Ok(())
}

struct Destination {
    arn: Value,
    resource: Option<Resource>,
    policy: Option<Value>,
}

fn destination(
    expansion: &mut Expansion<'_>,
    function: &Function<'_>,
    given: &Value,
    id: &str,
    config_id: &str,
) -> Expand<Destination> {
    let Some(kind) = text(given, "Type").filter(|kind| KINDS.contains(kind)) else {
        return fault(given, format!("the `Type` of a destination is one of {}", KINDS.join(", ")));
    };
    let own = field(given, "Destination");
    let mut condition = None;
    if let Some((name, then, otherwise)) = own.map(branches).transpose()?.flatten() {
        let name = name.as_str().unwrap_or_default();
        condition = match (is_no_value(then), is_no_value(otherwise)) {
            (true, false) => Some((name.to_owned(), otherwise.clone())),
            (false, true) => {
                let negated = condition_name(&format!("NOT{name}"), config_id);
                expansion.add_condition(negated.clone(), tree!({ "Fn::Not": [{ "Condition": name }] }), given);
                Some((negated, then.clone()))
            }
            _ => None,
        };
    }
    if let (Some(own), None) = (own, &condition) {
        let policy = allow_destination(kind, own, id);
        return Ok(Destination { arn: own.clone(), resource: None, policy });
    }
    let (resource, arn) = match kind {
        "SQS" => {
            let id = format!("{id}Queue");
            let arn = attribute(&id, "Arn");
            (Resource::new("AWS::SQS::Queue", id, &function.attributes, given), arn)
        }
        "SNS" => {
            let id = format!("{id}Topic");
            let arn = reference(&id);
            (Resource::new("AWS::SNS::Topic", id, &function.attributes, given), arn)
        }
        _ => return fault(given, "only queues and topics are made for a destination without an ARN"),
    };
    let both = both_conditions(expansion, function, condition.as_ref().map(|(name, _)| name.as_str()), given);
    let resource = match both {
        Some(both) => resource.attribute("Condition", both),
        None => resource,
    };
    let arn = match condition {
        Some((name, own)) => when(name, arn, Some(own)),
        None => arn,
    };
    let policy = allow_destination(kind, &arn, id);
    Ok(Destination { arn, resource: Some(resource), policy })
}

/// The condition for what exists under the function's condition and under another one.
fn both_conditions(
    expansion: &mut Expansion<'_>,
    function: &Function<'_>,
    other: Option<&str>,
    cause: &Value,
) -> Option<Value> {
    let own = function.attributes.get("Condition");
    let (Some(name), Some(other)) = (own.and_then(Value::as_str), other) else {
        return own.cloned().or(other.map(Value::from));
    };
    let combined = condition_name(&format!("{name}AND{other}"), function.id);
    let both = tree!({ "Fn::And": [{ "Condition": name }, { "Condition": other }] });
    expansion.add_condition(combined.clone(), both, cause);
    Some(combined.into())
}

fn condition_name(name: &str, of: &str) -> String {
    format!("{name}{}", hash(of))
}
