//! The APIs that events name, or that nobody names: `ServerlessRestApi` and `ServerlessHttpApi`.
//!
//! Before anything is expanded, each path of an event gets its place in the document of its API.

use std::collections::{BTreeMap, BTreeSet};

use super::definition::{self, ANY_METHOD, ApiKind, DEFAULT_PATH, skeleton};
use super::tree::{
    Expand, call, entries, fault, field, is_true, member, members, reference, set_field, text, tree, when,
};
use super::{Expansion, kind_of};
use crate::model::{Kind, Value};

/// What differs between the two kinds of API.
struct Facts {
    kind: ApiKind,
    /// The type of the API, and of the event.
    api: &'static str,
    event: &'static str,
    /// The property of an event that names the API.
    names_api: &'static str,
    /// The logical id of the API for events that name none.
    implicit: &'static str,
}

const KINDS: [Facts; 2] = [
    Facts {
        kind: ApiKind::Rest,
        api: "AWS::Serverless::Api",
        event: "Api",
        names_api: "RestApiId",
        implicit: "ServerlessRestApi",
    },
    Facts {
        kind: ApiKind::Http,
        api: "AWS::Serverless::HttpApi",
        event: "HttpApi",
        names_api: "ApiId",
        implicit: "ServerlessHttpApi",
    },
];

/// What the functions behind the paths of one API have beside their properties.
#[derive(Default)]
struct Behind {
    /// The condition by path and method.
    conditions: BTreeMap<String, BTreeMap<String, Option<String>>>,
    deletion: BTreeSet<String>,
    replacement: BTreeSet<String>,
}

/// Gives each API without a definition an empty one, and each path of an event its place.
pub(super) fn prepare(expansion: &mut Expansion<'_>) {
    for facts in &KINDS {
        for (id, resource) in &mut expansion.resources {
            if kind_of(resource) != Some(facts.api) {
                continue;
            }
            let properties = member(resource, "Properties");
            if set_field(properties, "DefinitionBody").or(set_field(properties, "DefinitionUri")).is_none() {
                members(properties).insert("DefinitionBody".to_owned(), skeleton(facts.kind));
                expansion.managed.insert(id.clone());
            }
        }
    }
    for facts in &KINDS {
        paths_of(expansion, facts);
    }
}

fn paths_of(expansion: &mut Expansion<'_>, facts: &Facts) {
    let mut properties = tree!({ "DefinitionBody": (skeleton(facts.kind)) });
    if facts.kind == ApiKind::Rest {
        members(&mut properties).insert("StageName".to_owned(), "Prod".into());
    }
    let implicit = tree!({ "Type": (facts.api), "Properties": (properties) });
    let was_managed = !expansion.managed.insert(facts.implicit.to_owned());
    let existing = expansion.resources.insert(facts.implicit.to_owned(), implicit);
    let mut behind: BTreeMap<String, Behind> = BTreeMap::new();
    for id in expansion.ids_of(&["AWS::Serverless::Function", "AWS::Serverless::StateMachine"]) {
        if let Err(fault) = paths_of_resource(expansion, facts, &id, &mut behind) {
            expansion.fail(&id, fault);
        }
    }
    if let Some(behind) = behind.get(facts.implicit) {
        attributes_of_implicit(expansion, facts, behind);
    }
    conditions_of_paths(expansion, facts, &behind);
    let body = expansion.resources.get(facts.implicit).and_then(|api| api.at_keys(["Properties", "DefinitionBody"]));
    if body.is_none_or(|body| definition::paths(body).is_empty()) {
        if !was_managed {
            expansion.managed.remove(facts.implicit);
        }
        match existing {
            Some(existing) => drop(expansion.resources.insert(facts.implicit.to_owned(), existing)),
            None => drop(expansion.resources.remove(facts.implicit)),
        }
    }
}

fn paths_of_resource(
    expansion: &mut Expansion<'_>,
    facts: &Facts,
    id: &str,
    behind: &mut BTreeMap<String, Behind>,
) -> Expand<()> {
    let Some(resource) = expansion.resources.get(id).cloned() else { return Ok(()) };
    let events = resource.at_keys(["Properties", "Events"]).map(entries).unwrap_or_default();
    for (name, event) in events {
        if text(event, "Type") != Some(facts.event) {
            continue;
        }
        let mut properties = field(event, "Properties").cloned().unwrap_or_else(|| tree!({}).located(event.at.clone()));
        if facts.kind == ApiKind::Rest && set_field(event, "Properties").is_none() {
            continue;
        }
        if field(&properties, facts.names_api).is_none() {
            propagate_tags(expansion, facts, &resource);
            members(&mut properties).insert(facts.names_api.to_owned(), reference(facts.implicit));
            if let Some(api) = expansion.resources.get_mut(facts.implicit) {
                // The implicit API stands where its first event does.
                super::tree::place(api, event.at.as_ref());
            }
        }
        let is_open = |name: &str| set_field(&properties, name).is_none();
        if facts.kind == ApiKind::Http && is_open("Path") && is_open("Method") {
            members(&mut properties).insert("Path".to_owned(), DEFAULT_PATH.into());
            members(&mut properties).insert("Method".to_owned(), ANY_METHOD.into());
        }
        add_path(expansion, facts, event, &properties, &resource, behind)?;
        let written = expansion.resources.get_mut(id).map(|resource| member(member(resource, "Properties"), "Events"));
        if let Some(written) = written {
            members(member(written, name)).insert("Properties".to_owned(), properties);
        }
    }
    Ok(())
}

fn add_path(
    expansion: &mut Expansion<'_>,
    facts: &Facts,
    event: &Value,
    properties: &Value,
    resource: &Value,
    behind: &mut BTreeMap<String, Behind>,
) -> Expand<()> {
    let api_id = field(properties, facts.names_api).and_then(|api| api.get("Ref").unwrap_or(api).as_str());
    let (Some(api_id), Some(path), Some(method)) = (api_id, text(properties, "Path"), text(properties, "Method"))
    else {
        return fault(
            event,
            format!("an event of an API needs `Path`, `Method` and, if any, the `Ref` in `{}`", facts.names_api),
        );
    };
    let condition = text(resource, "Condition").map(str::to_owned);
    let behind = behind.entry(api_id.to_owned()).or_default();
    behind.conditions.entry(path.to_owned()).or_default().insert(method.to_owned(), condition.clone());
    behind.deletion.extend(text(resource, "DeletionPolicy").map(str::to_owned));
    behind.replacement.extend(text(resource, "UpdateReplacePolicy").map(str::to_owned));
    let Some(api) = expansion.resources.get_mut(api_id).filter(|api| kind_of(api) == Some(facts.api)) else {
        return fault(event, format!("`{}` names no {} of the template", facts.names_api, facts.api));
    };
    let api_properties = member(api, "Properties");
    if expansion.managed.contains(api_id) {
        definition::add_path(member(api_properties, "DefinitionBody"), path, method);
    }
    if let Some(settings) = field(properties, "RouteSettings").filter(|_| facts.kind == ApiKind::Http) {
        let route = match method == ANY_METHOD {
            true => path.to_owned(),
            false => format!("{} {path}", method.to_uppercase()),
        };
        let settings = match condition {
            Some(condition) => when(condition, settings.clone(), None),
            None => settings.clone(),
        };
        let known = member(member(api_properties, "RouteSettings"), &route);
        members(known).extend(entries(&settings).into_iter().map(|(name, value)| (name.to_owned(), value.clone())));
    }
    Ok(())
}

/// The tags of a function that propagates them are those of the API made for it.
fn propagate_tags(expansion: &mut Expansion<'_>, facts: &Facts, resource: &Value) {
    let globals = kind_of(resource)
        .and_then(|kind| kind.strip_prefix("AWS::Serverless::"))
        .and_then(|section| field(expansion.globals?, section));
    let of = |name: &str| {
        let own = field(resource, "Properties").and_then(|properties| set_field(properties, name));
        own.or_else(|| globals.and_then(|globals| set_field(globals, name))).cloned()
    };
    let (Some(_), Some(tags)) = (of("PropagateTags"), of("Tags")) else { return };
    if let Some(api) = expansion.resources.get_mut(facts.implicit) {
        let properties = member(api, "Properties");
        members(properties).insert("PropagateTags".to_owned(), true.into());
        members(member(properties, "Tags"))
            .extend(entries(&tags).into_iter().map(|(name, value)| (name.to_owned(), value.clone())));
    }
}

/// The implicit API exists if any function behind it does, and stays if any of them stays.
fn attributes_of_implicit(expansion: &mut Expansion<'_>, facts: &Facts, behind: &Behind) {
    let conditions = behind.conditions.values().flat_map(BTreeMap::values).cloned().collect();
    let condition = combined(expansion, conditions, &format!("{}Condition", facts.implicit), facts.implicit);
    let strongest = |known: &BTreeSet<String>, ranked: &[&str]| {
        ranked.iter().find(|policy| known.contains(**policy)).map(|policy| Value::from(*policy))
    };
    let found = [
        ("Condition", condition.map(Value::from)),
        ("DeletionPolicy", strongest(&behind.deletion, &["Retain", "Delete"])),
        ("UpdateReplacePolicy", strongest(&behind.replacement, &["Retain", "Snapshot", "Delete"])),
    ];
    let Some(api) = expansion.resources.get_mut(facts.implicit) else { return };
    for (name, value) in found {
        members(api).extend(value.map(|value| (name.to_owned(), value)));
    }
}

/// The condition under which any of these holds: none if something is under no condition.
fn combined(
    expansion: &mut Expansion<'_>,
    conditions: BTreeSet<Option<String>>,
    name: &str,
    api: &str,
) -> Option<String> {
    let all: Option<Vec<String>> = conditions.into_iter().collect();
    let all = all.filter(|all| !all.is_empty())?;
    if let [only] = all.as_slice() {
        return Some(only.clone());
    }
    let cause = tree!("").located(expansion.resources.get(api).and_then(|api| api.at.clone()));
    let values: Vec<Value> = all.into_iter().map(Value::from).collect();
    expansion.any_of(name, &values.iter().collect::<Vec<_>>(), &cause);
    Some(name.to_owned())
}

fn conditions_of_paths(expansion: &mut Expansion<'_>, facts: &Facts, behind: &BTreeMap<String, Behind>) {
    for id in expansion.ids_of(&[facts.api]) {
        let Some(behind) = behind.get(&id).filter(|_| expansion.managed.contains(&id)) else { continue };
        for (path, methods) in &behind.conditions {
            let word = path.replace('/', "SLASH").replace('{', "OB").replace('}', "CB");
            let name = format!("{id}{word}PathCondition");
            let Some(condition) = combined(expansion, methods.values().cloned().collect(), &name, &id) else {
                continue;
            };
            let Some(api) = expansion.resources.get_mut(&id) else { continue };
            let paths = member(member(member(api, "Properties"), "DefinitionBody"), "paths");
            if let Some(item) = members(paths).get_mut(path) {
                let definition = std::mem::replace(item, tree!({}));
                *item = when(condition, definition, None);
            }
        }
    }
}

/// Whether an API has a definition of its own that only the service can read.
pub(super) fn is_included(definition: &Value) -> bool {
    definition.as_object().is_some_and(|members| members.contains_key("Fn::Transform"))
        || matches!(call(definition), Some(("Fn::Transform", _)))
        || matches!(definition.kind, Kind::Unknown(_))
}

/// Sets the version of the documents that are made here.
pub(super) fn set_versions(expansion: &mut Expansion<'_>) {
    for id in expansion.managed.clone() {
        let Some(api) = expansion.resources.get_mut(&id).filter(|api| kind_of(api) == Some("AWS::Serverless::Api"))
        else {
            continue;
        };
        let properties = member(api, "Properties");
        let Some(version) = field(properties, "OpenApiVersion").filter(|version| definition::is_version_3(version))
        else {
            continue;
        };
        let version = Value::from(version.as_scalar_text().unwrap_or_default()).located(version.at.clone());
        members(properties).insert("OpenApiVersion".to_owned(), version.clone());
        let body = members(member(properties, "DefinitionBody"));
        body.insert("openapi".to_owned(), version);
        body.remove("swagger");
    }
}

/// Whether the transform writes the definition of an API: it made it, or it merges into it.
pub(super) fn merges(properties: &Value) -> bool {
    is_true(field(properties, "MergeDefinitions"))
}
