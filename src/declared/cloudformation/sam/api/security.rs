//! Who may call a REST API: authorizers, keys and signed requests, in its definition.

use std::collections::BTreeMap;

use crate::declared::cloudformation::sam::Environment;
use crate::declared::cloudformation::sam::definition::{self, each_method, paths};
use crate::declared::cloudformation::sam::tree::{
    Expand, as_items, entries, fault, field, is_true, item_texts, list, member, members, says_something, set_field,
    text, tree,
};
use crate::model::{Kind, Value};

/// The security of methods that want a key, and of those that do not although the API does.
pub(in crate::declared::cloudformation::sam) const API_KEY: &str = "api_key";
pub(in crate::declared::cloudformation::sam) const NO_API_KEY: &str = "api_key_false";
const DEFINITIONS: &str = "securityDefinitions";

/// Defines the security of signed requests.
pub(in crate::declared::cloudformation::sam) fn define_signed(document: &mut Value) {
    define(document, "AWS_IAM", signed());
}

/// Defines the security of a key.
pub(in crate::declared::cloudformation::sam) fn define_api_key(document: &mut Value) {
    define(document, API_KEY, tree!({ "type": "apiKey", "name": "x-api-key", "in": "header" }));
}

fn signed() -> Value {
    tree!({ "type": "apiKey", "name": "Authorization", "in": "header", "x-amazon-apigateway-authtype": "awsSigv4" })
}

fn define(document: &mut Value, name: &str, definition: Value) {
    members(member(document, DEFINITIONS)).entry(name.to_owned()).or_insert(definition);
}

/// Adds what an API's `Auth` says of all its methods.
pub(super) fn add(environment: &Environment<'_>, auth: &Value, document: &mut Value) -> Expand<()> {
    let default = text(auth, "DefaultAuthorizer");
    let mut authorizers = BTreeMap::new();
    if default == Some("AWS_IAM") {
        authorizers.insert("AWS_IAM", (signed(), tree!([])));
    }
    for (name, written) in set_field(auth, "Authorizers").map(entries).unwrap_or_default() {
        let scopes = field(written, "AuthorizationScopes").cloned().unwrap_or_else(|| tree!([]));
        authorizers.insert(name, (authorizer(environment, written)?, scopes));
    }
    for (name, (definition, _)) in &authorizers {
        members(member(document, DEFINITIONS)).insert((*name).to_owned(), definition.clone());
    }
    if let Some(written) = set_field(auth, "DefaultAuthorizer").filter(|_| !authorizers.is_empty()) {
        let Some((name, (_, scopes))) = default.and_then(|name| authorizers.get_key_value(name)) else {
            return fault(written, "the default authorizer is none of `Authorizers`");
        };
        let in_preflight = field(auth, "AddDefaultAuthorizerToCorsPreflight").is_none_or(says_something);
        let names: Vec<&str> = authorizers.keys().copied().collect();
        set_default(document, (name, scopes), &names, in_preflight);
    }
    if set_field(auth, "ApiKeyRequired").is_some() {
        define_api_key(document);
        require_key(document, field(auth, "AddApiKeyRequiredToCorsPreflight").is_none_or(says_something));
    }
    Ok(())
}

fn names_any(security: &Value, names: &[&str]) -> bool {
    security.as_object().is_some_and(|members| members.keys().any(|name| names.contains(&name.as_str())))
}

/// The securities of a method that name any of these, and the others.
fn split(definition: &Value, names: &[&str]) -> (Vec<Value>, Vec<Value>) {
    let existing = definition.get("security").and_then(Value::as_list).unwrap_or_default();
    existing.iter().cloned().partition(|security| names_any(security, names))
}

fn set_default(document: &mut Value, default: (&str, &Value), names: &[&str], in_preflight: bool) {
    let names: Vec<&str> = names.iter().copied().chain(["AWS_IAM"]).collect();
    let mut has_signed = false;
    for path in paths(document) {
        each_method(document, &path, |method, definition| {
            if method == "options" && !in_preflight {
                return;
            }
            let (own, mut others) = split(definition, &names);
            match others.iter().position(|security| names_any(security, &["NONE"])) {
                Some(none) => drop(others.remove(none)),
                None if own.is_empty() => others.push(Value::object([(default.0, default.1.clone())])),
                None => others.extend(own),
            }
            has_signed |= others.first().is_some_and(|first| first.get("AWS_IAM").is_some());
            if !others.is_empty() {
                members(definition).insert("security".to_owned(), Value::list(others));
            }
        });
    }
    if has_signed {
        define_signed(document);
    }
}

fn require_key(document: &mut Value, in_preflight: bool) {
    for path in paths(document) {
        each_method(document, &path, |method, definition| {
            let existing = list_of(definition);
            let (own, mut others) = split(definition, &[API_KEY, NO_API_KEY]);
            let is_refused = own.iter().any(|security| names_any(security, &[NO_API_KEY]));
            if !is_refused && (method != "options" || in_preflight) {
                others.push(Value::object([(API_KEY, tree!([]))]));
            }
            if others != existing {
                *list(definition, "security") = Value::list(others);
            }
        });
    }
}

fn list_of(definition: &Value) -> Vec<Value> {
    definition.get("security").and_then(Value::as_list).unwrap_or_default().to_vec()
}

/// An authorizer in a definition.
fn authorizer(environment: &Environment<'_>, written: &Value) -> Expand<Value> {
    let identity = field(written, "Identity");
    let header = identity.and_then(|identity| set_field(identity, "Header")).cloned();
    let header = header.unwrap_or_else(|| tree!("Authorization"));
    let validation = identity.and_then(|identity| set_field(identity, "ValidationExpression"));
    if let Some(pools) = set_field(written, "UserPoolArn") {
        let mut authorizer =
            tree!({ "type": "cognito_user_pools", "providerARNs": (Value::list(as_items(pools).iter().cloned())) });
        members(&mut authorizer)
            .extend(validation.map(|validation| ("identityValidationExpression".to_owned(), validation.clone())));
        return Ok(tree!({
            "type": "apiKey", "name": (header), "in": "header", "x-amazon-apigateway-authtype": "cognito_user_pools",
            "x-amazon-apigateway-authorizer": (authorizer),
        }));
    }
    let is_request = match field(written, "FunctionPayloadType").map(|kind| &kind.kind) {
        None => false,
        Some(Kind::String(kind)) if kind == "TOKEN" || kind == "REQUEST" => kind == "REQUEST",
        Some(_) => return fault(written, "`FunctionPayloadType` is `TOKEN` or `REQUEST`"),
    };
    let function = field(written, "FunctionArn").cloned().unwrap_or(Value::new(Kind::Null));
    let arn = environment
        .arn_without_account("apigateway", "lambda:path/2015-03-31/functions/${__FunctionArn__}/invocations");
    let uri = tree!({ "Fn::Sub": [(arn), { "__FunctionArn__": (function) }] });
    let mut authorizer = tree!({ "type": (if is_request { "request" } else { "token" }), "authorizerUri": (uri) });
    let added = members(&mut authorizer);
    let lifetime = identity.and_then(|identity| field(identity, "ReauthorizeEvery"));
    added.extend(lifetime.map(|lifetime| ("authorizerResultTtlInSeconds".to_owned(), lifetime.clone())));
    let role = set_field(written, "FunctionInvokeRole").filter(|role| role.as_str() != Some("NONE"));
    added.extend(role.map(|role| ("authorizerCredentials".to_owned(), role.clone())));
    if is_request {
        let sources = identity_sources(identity);
        let has_lifetime = lifetime.and_then(Value::as_scalar_text).is_none_or(|lifetime| lifetime != "0");
        if sources.is_empty() && has_lifetime {
            return fault(written, "an authorizer of requests needs an `Identity` to tell them apart");
        }
        if !sources.is_empty() {
            added.insert("identitySource".to_owned(), sources.join(", ").into());
        }
    } else {
        added.extend(validation.map(|validation| ("identityValidationExpression".to_owned(), validation.clone())));
    }
    let header = if is_request { tree!("Unused") } else { header };
    Ok(tree!({
        "type": "apiKey", "name": (header), "in": "header", "x-amazon-apigateway-authtype": "custom",
        "x-amazon-apigateway-authorizer": (authorizer),
    }))
}

fn identity_sources(identity: Option<&Value>) -> Vec<String> {
    let kinds = [
        ("Headers", "method.request.header."),
        ("QueryStrings", "method.request.querystring."),
        ("StageVariables", "stageVariables."),
        ("Context", "context."),
    ];
    let of = |(name, prefix): (&str, &str)| {
        let names = identity.and_then(|identity| field(identity, name)).map(item_texts).unwrap_or_default();
        names.into_iter().map(|name| format!("{prefix}{name}")).collect::<Vec<_>>()
    };
    kinds.into_iter().flat_map(of).collect()
}

/// The functions of authorizers that need a permission, by the authorizer's name.
pub(super) fn functions(auth: &Value) -> Vec<(&str, &Value)> {
    let authorizers = set_field(auth, "Authorizers").map(entries).unwrap_or_default().into_iter();
    authorizers
        .filter(|(_, written)| !is_true(field(written, "DisableFunctionDefaultPermissions")))
        .filter_map(|(name, written)| Some((name, set_field(written, "FunctionArn")?)))
        .collect()
}

/// Moves what version 3 of OpenAPI has elsewhere.
pub(super) fn to_version_3(document: &mut Value) {
    for (old, new) in [(DEFINITIONS, "securitySchemes"), ("definitions", "schemas")] {
        if let Some(moved) = members(document).remove(old) {
            if says_something(&moved) {
                members(member(document, "components")).insert(new.to_owned(), moved);
            } else {
                members(document).insert(old.to_owned(), moved);
            }
        }
    }
    let names = paths(document);
    for path in names {
        let item = member(member(document, "paths"), &path);
        let Some(options) = members(item).get_mut("options") else { continue };
        let options = members(options);
        options.remove("produces");
        options.remove("consumes");
        let headers = options.get_mut("responses").and_then(|responses| members(responses).get_mut("200"));
        let headers = headers.and_then(|response| members(response).get_mut("headers"));
        for header in headers.map(members).into_iter().flat_map(|headers| headers.values_mut()) {
            let schema = std::mem::replace(header, tree!({}));
            *header = tree!({ "schema": (schema) });
        }
    }
}

/// Whether a document is one of version 3 by now.
pub(super) fn is_version_3(document: &Value, asked: Option<&Value>) -> bool {
    if set_field(document, "swagger").is_some() {
        return false;
    }
    asked.or_else(|| field(document, "openapi")).is_some_and(definition::is_version_3)
}
