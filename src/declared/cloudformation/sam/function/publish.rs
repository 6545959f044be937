//! `AutoPublishAlias`: a version that changes with the code, and the alias that points at it.

use super::Function;
use crate::declared::cloudformation::sam::Expansion;
use crate::declared::cloudformation::sam::resource::Resource;
use crate::declared::cloudformation::sam::tree::{
    Expand, attribute, fault, field, is_true, reference, referred, set_field, tree,
};
use crate::model::{Kind, Value};

/// What is published of a function.
pub(super) struct Published {
    /// The name of the alias.
    pub(super) name: String,
    pub(super) version: Resource,
    pub(super) alias: Resource,
}

/// The version and the alias of a function that publishes one.
pub(super) fn publish(
    expansion: &mut Expansion<'_>,
    function: &Function<'_>,
    lambda: &mut Resource,
) -> Expand<Option<Published>> {
    let parameters = expansion.environment.names.parameters;
    let Some(written) = function.set_property("AutoPublishAlias") else { return Ok(None) };
    let Some(name) = parameters.resolve(written).as_str().map(str::to_owned) else {
        return fault(written, "`AutoPublishAlias` is a text or the `Ref` of a parameter that has a value");
    };
    let is_allowed = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    if !name.chars().all(is_allowed) || name.chars().all(|c| c.is_ascii_digit()) {
        return fault(written, format!("`{name}` is not a name of an alias"));
    }
    let digest = match function.set_property("AutoPublishCodeSha256") {
        None => None,
        Some(written) => match parameters.resolve(written).as_str() {
            Some(digest) => Some(digest.to_owned()),
            None => return fault(written, "`AutoPublishCodeSha256` is a text"),
        },
    };
    if let Some(digest) = &digest {
        describe(lambda, digest, parameters.resolve(function.property("Description").unwrap_or(&tree!(""))));
    }
    if let Some(code) = lambda.properties.get_mut("Code") {
        // The transform leaves the values of parameters in the code it has hashed.
        *code = parameters.resolve(code);
    }
    let version = version(expansion, function, lambda, digest.as_deref());
    let suffix = name.replace('-', "D").replace('_', "U");
    let alias =
        Resource::new("AWS::Lambda::Alias", format!("{}Alias{suffix}", function.id), &function.attributes, written);
    let alias = alias
        .with("Name", name.as_str())
        .with("FunctionName", reference(function.id))
        .with("FunctionVersion", attribute(&version.id, "Version"))
        .maybe("ProvisionedConcurrencyConfig", function.set_property("ProvisionedConcurrencyConfig").cloned());
    Ok(Some(Published { name, version, alias }))
}

/// A digest of the code in the description makes the service see that a function has changed.
fn describe(lambda: &mut Resource, digest: &str, description: Value) {
    let described = match &description.kind {
        Kind::String(text) if text.is_empty() => digest.into(),
        Kind::String(text) => format!("{text} {digest}").into(),
        _ => tree!({ "Fn::Join": [" ", [(description), digest]] }),
    };
    lambda.properties.insert("Description".to_owned(), described);
}

fn version(
    expansion: &mut Expansion<'_>,
    function: &Function<'_>,
    lambda: &Resource,
    digest: Option<&str>,
) -> Resource {
    let stem = format!("{}Version", function.id);
    let names = expansion.environment.names;
    let id = match digest {
        Some(digest) => format!("{stem}{}", digest.chars().take(10).collect::<String>()),
        // The values of parameters count in the place of the code only.
        None if lambda.properties.get("Code").is_some_and(|code| !names.parameters.is_settled(code)) => {
            names.deployed(&stem)
        }
        None => names.hashed_as_written(&stem, &hashed_properties(expansion, function, lambda)),
    };
    expansion.revisions.insert(id.clone());
    let version = Resource::new("AWS::Lambda::Version", id, &function.attributes, function.node);
    let policy = match function.property("VersionDeletionPolicy") {
        Some(policy) => policy.clone(),
        None if function.property("CapacityProviderConfig").is_some() => "Delete".into(),
        None => "Retain".into(),
    };
    let mut version = version
        .with("FunctionName", reference(function.id))
        .maybe("Description", function.property("VersionDescription").cloned());
    if function.property("CapacityProviderConfig").is_some() {
        version = version.maybe("FunctionScalingConfig", function.property("FunctionScalingConfig").cloned());
    }
    version.attributes.entry("DeletionPolicy".to_owned()).or_insert(policy);
    version
}

/// What makes a new version when it changes.
fn hashed_properties(expansion: &Expansion<'_>, function: &Function<'_>, lambda: &Resource) -> Value {
    if is_true(function.property("AutoPublishAliasAllProperties")) {
        let mut hashed = lambda.properties.clone();
        for layer in function.set_property("Layers").and_then(Value::as_list).into_iter().flatten() {
            let Some(id) = referred(layer) else { continue };
            let properties = expansion.resources.get(id).and_then(|layer| field(layer, "Properties"));
            if let Some(properties) = properties.filter(|layer| set_field(layer, "PublishLambdaVersion").is_some()) {
                hashed.insert(id.to_owned(), properties.clone());
            }
        }
        return Value::object(hashed);
    }
    let Some(code) = lambda.properties.get("Code") else { return tree!({}) };
    let Kind::Object(code) = &code.kind else { return code.clone() };
    let mut hashed = code.clone();
    for (name, value) in function.set_property("Environment").and_then(Value::as_object).into_iter().flatten() {
        hashed.insert(name.clone(), value.clone());
    }
    if let Some(size) = function.set_property("MemorySize") {
        hashed.insert("MemorySize".to_owned(), size.clone());
    }
    if let Some(start) = function.set_property("SnapStart")
        && field(start, "ApplyOn").is_some_and(|on| on.as_str() != Some("None"))
    {
        hashed.insert("SnapStart".to_owned(), start.clone());
    }
    Value::object(hashed)
}
