//! `AWS::Serverless::StateMachine`: the state machine, its role, version and alias, and what its events need.

mod events;

use super::Expansion;
use super::events::Target;
use super::function::code_location;
use super::names::json_lines;
use super::policies::{Role, assumed_by};
use super::resource::{Resource, TAGGED, kept, passed_on, propagate_tags, tag_list};
use super::tree::{Expand, attribute, call, fault, field, is_true, members, reference, set_field, tree};
use crate::model::{Kind, Value};

const CREATED_BY: &str = "stateMachine:createdBy";

/// Expands a state machine.
pub(super) fn expand(expansion: &mut Expansion<'_>, id: &str, node: &Value) -> Expand<Vec<Resource>> {
    let empty = tree!({});
    let properties = field(node, "Properties").unwrap_or(&empty);
    let attributes = passed_on(node);
    let tags: Vec<Value> = std::iter::once(tree!({ "Key": CREATED_BY, "Value": "SAM" }))
        .chain(tag_list(field(properties, "Tags")))
        .collect();
    let mut machine = Resource::new("AWS::StepFunctions::StateMachine", id, &kept(node), node)
        .depends_on(field(node, "DependsOn"))
        .maybe("StateMachineName", field(properties, "Name").cloned())
        .maybe("StateMachineType", field(properties, "Type").cloned())
        .maybe("LoggingConfiguration", field(properties, "Logging").cloned())
        .maybe("TracingConfiguration", field(properties, "Tracing").cloned())
        .with("Tags", Value::list(tags.clone()));
    machine = define(machine, node, properties)?;
    let mut made = Vec::new();
    match (set_field(properties, "Role"), set_field(properties, "Policies")) {
        (Some(role), Some(_)) => return fault(role, "both `Role` and `Policies`"),
        (Some(role), None) => machine = machine.with("RoleArn", role.clone()),
        (None, policies) => {
            let role_id = format!("{id}Role");
            let mut role = Role {
                assume: Some(assumed_by("states.amazonaws.com")),
                path: field(properties, "RolePath").cloned(),
                boundary: field(properties, "PermissionsBoundary").cloned(),
                tags,
                ..Role::default()
            };
            role.add(&role_id, policies, &expansion.environment)?;
            if set_field(properties, "Tracing").is_some_and(|tracing| is_true(field(tracing, "Enabled"))) {
                super::tree::add_new(&mut role.managed, [expansion.environment.tracing_policy()]);
            }
            made.push(role.into_resource(&role_id, &attributes, node));
            machine = machine.with("RoleArn", attribute(&role_id, "Arn"));
        }
    }
    let alias = publish(id, node, properties, &mut made)?;
    let called = alias.filter(|_| set_field(properties, "UseAliasAsEventTarget").is_some()).unwrap_or(id.to_owned());
    let target =
        Target { function: id.to_owned(), name: reference(&called), arn: reference(&called), id: called, attributes };
    made.extend(events::expand(expansion, properties, &target)?);
    made.insert(0, machine);
    if is_true(field(properties, "PropagateTags")) {
        propagate_tags(&mut made, set_field(properties, "Tags"), &TAGGED);
    }
    Ok(made)
}

/// The machine with its definition. Functions in it are what substitutes for names, as the transform numbers them.
fn define(machine: Resource, node: &Value, properties: &Value) -> Expand<Resource> {
    let mut substitutions = set_field(properties, "DefinitionSubstitutions").cloned();
    let machine = match (set_field(properties, "Definition"), set_field(properties, "DefinitionUri")) {
        (Some(_), Some(uri)) => return fault(uri, "both `Definition` and `DefinitionUri`"),
        (None, None) => return fault(node, "a state machine needs a `Definition` or a `DefinitionUri`"),
        (None, Some(uri)) => {
            let names = [("Bucket", "Bucket"), ("Key", "Key"), ("Version", "Version")];
            machine.with("DefinitionS3Location", code_location(uri, &names)?)
        }
        (Some(definition), None) => {
            let mut found = Vec::new();
            let mut definition = definition.clone();
            take_functions(&mut definition, &mut found);
            if !found.is_empty() {
                let numbered = found.into_iter().zip(1..).map(|(value, number)| (substitution(number), value));
                members(substitutions.get_or_insert_with(|| tree!({}))).extend(numbered);
            }
            let lines = Value::list(json_lines(&definition).into_iter().map(Value::from));
            machine.with("DefinitionString", tree!({ "Fn::Join": ["\n", (lines)] }))
        }
    };
    Ok(machine.maybe("DefinitionSubstitutions", substitutions))
}

fn substitution(number: usize) -> String {
    format!("definition_substitution_{number}")
}

/// Puts a name in the place of each function and dynamic reference, in the order of keys.
fn take_functions(node: &mut Value, found: &mut Vec<Value>) {
    let children: Vec<&mut Value> = match &mut node.kind {
        Kind::Object(members) => members.values_mut().collect(),
        Kind::List(items) => items.iter_mut().collect(),
        _ => return,
    };
    for child in children {
        let is_dynamic = child.as_str().is_some_and(|text| text.contains("{{resolve:"));
        if call(child).is_some() || is_dynamic {
            let name = format!("${{{}}}", substitution(found.len() + 1));
            let place = child.at.clone();
            found.push(std::mem::replace(child, Value::from(name).located(place)));
        } else {
            take_functions(child, found);
        }
    }
}

/// The version and the alias of a state machine that publishes one; the logical id of the alias.
fn publish(id: &str, node: &Value, properties: &Value, made: &mut Vec<Resource>) -> Expand<Option<String>> {
    let Some(name) = set_field(properties, "AutoPublishAlias") else {
        let needs =
            ["UseAliasAsEventTarget", "DeploymentPreference"].iter().find_map(|name| set_field(properties, name));
        return match needs {
            Some(written) => fault(written, "it needs `AutoPublishAlias`"),
            None => Ok(None),
        };
    };
    let Some(word) = name.as_str() else { return fault(name, "`AutoPublishAlias` is a text") };
    let attributes = passed_on(node);
    let version_id = format!("{id}Version");
    let mut version = Resource::new("AWS::StepFunctions::StateMachineVersion", version_id.as_str(), &attributes, name)
        .with("StateMachineArn", reference(id))
        .with("StateMachineRevisionId", attribute(id, "StateMachineRevisionId"));
    for policy in ["DeletionPolicy", "UpdateReplacePolicy"] {
        version.attributes.entry(policy.to_owned()).or_insert_with(|| "Retain".into());
    }
    let mut preference =
        set_field(properties, "DeploymentPreference").cloned().unwrap_or_else(|| tree!({ "Type": "ALL_AT_ONCE" }));
    members(&mut preference).insert("StateMachineVersionArn".to_owned(), reference(&version_id));
    let alias_id = format!("{id}Alias{word}");
    let alias = Resource::new("AWS::StepFunctions::StateMachineAlias", alias_id.as_str(), &attributes, name)
        .with("Name", word)
        .with("DeploymentPreference", preference);
    made.extend([version, alias]);
    Ok(Some(alias_id))
}
