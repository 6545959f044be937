//! The events that start a state machine: each has a role of its own.

use crate::declared::cloudformation::sam::Expansion;
use crate::declared::cloudformation::sam::definition::{self, ApiKind, is_document};
use crate::declared::cloudformation::sam::events::{
    Called, Event, Target, add_auth, edit_definition, path_and_method, rest_api_id, rule, schedule, stage_of,
};
use crate::declared::cloudformation::sam::policies::{allow, assumed_by};
use crate::declared::cloudformation::sam::resource::Resource;
use crate::declared::cloudformation::sam::tree::{
    Expand, attribute, entries, fault, field, is_true, place, says_something, text, tree, when,
};
use crate::model::Value;

/// Expands the events of a state machine.
pub(super) fn expand(expansion: &mut Expansion<'_>, properties: &Value, target: &Target) -> Expand<Vec<Resource>> {
    let Some(events) = field(properties, "Events") else { return Ok(Vec::new()) };
    if events.as_object().is_none() {
        return fault(events, "`Events` is not a mapping");
    }
    let boundary = field(properties, "PermissionsBoundary");
    let mut resources = Vec::new();
    for (name, node) in entries(events) {
        let empty = tree!({});
        let properties = field(node, "Properties").unwrap_or(&empty);
        let event = Event { id: format!("{}{name}", target.function), name, node, properties, target };
        match text(node, "Type") {
            Some("Schedule" | "CloudWatchEvent" | "EventBridgeRule") => {
                let is_schedule = text(node, "Type") == Some("Schedule");
                let own = event.property("RoleArn").filter(|_| is_schedule);
                let (made, _) = rule(&event, Called::StateMachine { role: own })?;
                resources.extend(made);
                resources.extend(own.is_none().then(|| role(&event, "events.amazonaws.com", boundary)));
            }
            Some("ScheduleV2") => resources.extend(schedule(&event, Called::StateMachine { role: None })?),
            Some("Api") => {
                add_path(expansion, &event)?;
                resources.push(role(&event, "apigateway.amazonaws.com", boundary));
            }
            _ => return fault(node, format!("the event {name} has no `Type` that starts a state machine")),
        }
    }
    Ok(resources)
}

/// The role that may start the state machine.
fn role(event: &Event<'_>, service: &str, boundary: Option<&Value>) -> Resource {
    let id = format!("{}Role", event.id);
    let policy = allow(&format!("{id}StartExecutionPolicy"), "states:StartExecution", event.target.arn.clone());
    event
        .resource("AWS::IAM::Role", id)
        .with("AssumeRolePolicyDocument", assumed_by(service))
        .with("Policies", Value::list([policy]))
        .maybe("PermissionsBoundary", boundary.filter(|boundary| says_something(boundary)).cloned())
}

/// Adds the path that starts the state machine to the definition of its API.
fn add_path(expansion: &mut Expansion<'_>, event: &Event<'_>) -> Expand<()> {
    let (path, method) = path_and_method(event)?;
    let id = rest_api_id(event)?;
    if !expansion.managed.contains(id) {
        return Ok(());
    }
    edit_definition(expansion, event, id, |expansion, properties, document| {
        if !is_document(document, ApiKind::Rest) || definition::has_integration(document, path, &method) {
            return fault(event.node, format!("{method} {path} is defined more than once"));
        }
        integrate(event, document, (path, &method));
        match event.property("Auth").filter(|auth| says_something(auth)) {
            Some(auth) => add_auth(expansion, auth, properties, (path, &method), &stage_of(properties), document),
            None => Ok(()),
        }
    })
}

fn integrate(event: &Event<'_>, document: &mut Value, (path, method): (&str, &str)) {
    let condition = event.target.attributes.get("Condition");
    let uri = tree!({ "Fn::Sub": "arn:${AWS::Partition}:apigateway:${AWS::Region}:states:action/StartExecution" });
    let uri = match condition {
        Some(condition) => when(condition.clone(), uri, None),
        None => uri,
    };
    let machine = &event.target.id;
    let template = if is_true(event.property("UnescapeMappingTemplate")) {
        format!(
            "{{\"input\": \"$util.escapeJavaScript($input.json('$')).replaceAll(\"\\\\'\",\"'\")\", \
             \"stateMachineArn\": \"${{{machine}}}\"}}"
        )
    } else {
        format!("{{\"input\": \"$util.escapeJavaScript($input.json('$'))\", \"stateMachineArn\": \"${{{machine}}}\"}}")
    };
    let mut integration = tree!({
        "type": "aws",
        "httpMethod": "POST",
        "uri": (uri),
        "responses": { "200": { "statusCode": "200" }, "400": { "statusCode": "400" } },
        "credentials": (attribute(&format!("{}Role", event.id), "Arn")),
        "requestTemplates": { "application/json": { "Fn::Sub": (template) } },
    });
    place(&mut integration, event.node.at.as_ref());
    let responses = tree!({ "200": { "description": "OK" }, "400": { "description": "Bad Request" } });
    definition::integrate(document, (path, method), &integration, &[("responses", responses)], condition);
}
