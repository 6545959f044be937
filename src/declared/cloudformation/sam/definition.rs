//! The OpenAPI document of an API while events add their paths to it.
//!
//! A path, and a method of it, can stand under a condition: `Fn::If` with what it is in each case.

use super::tree::{is_no_value, list, member, members, tree, when};
use crate::model::{Kind, Value};

/// The member of a method that says what is called.
pub(super) const INTEGRATION: &str = "x-amazon-apigateway-integration";
/// The name of the method that stands for all.
pub(super) const ANY_METHOD: &str = "x-amazon-apigateway-any-method";
/// The path of an HTTP API for all that no other one matches.
pub(super) const DEFAULT_PATH: &str = "$default";
const NOT_METHODS: [&str; 3] = ["summary", "description", "parameters"];

/// The kind of an API.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ApiKind {
    Rest,
    Http,
}

/// A document without paths.
pub(super) fn skeleton(kind: ApiKind) -> Value {
    let info = tree!({ "version": "1.0", "title": { "Ref": "AWS::StackName" } });
    match kind {
        ApiKind::Rest => tree!({ "swagger": "2.0", "info": (info), "paths": {} }),
        ApiKind::Http => tree!({ "openapi": "3.0.1", "info": (info), "paths": {} }),
    }
}

/// Whether paths can be added to a document.
pub(super) fn is_document(node: &Value, kind: ApiKind) -> bool {
    let has_paths = node.get("paths").is_some_and(|paths| paths.as_object().is_some());
    let is_swagger = kind == ApiKind::Rest && super::tree::set_field(node, "swagger").is_some();
    has_paths && (is_swagger || node.get("openapi").is_some_and(is_version_3))
}

/// Whether a version of OpenAPI is `3.x` or `3.x.y`.
pub(super) fn is_version_3(version: &Value) -> bool {
    let Some(version) = version.as_scalar_text() else { return false };
    let mut parts = version.split('.');
    let is_digit = |part: &str| part.len() == 1 && part.bytes().all(|byte| byte.is_ascii_digit());
    parts.next() == Some("3") && version.len() > 1 && version.len() <= 5 && parts.all(is_digit)
}

/// The name of a method in a document.
pub(super) fn method_name(method: &str) -> String {
    let method = method.to_lowercase();
    if method == "any" { ANY_METHOD.to_owned() } else { method }
}

/// What a node is in each case of a condition; the node itself if it is under none.
pub(super) fn cases(node: &mut Value) -> Vec<&mut Value> {
    if !matches!(&node.kind, Kind::Object(members) if members.contains_key("Fn::If")) {
        return vec![node];
    }
    let list = match &mut node.kind {
        Kind::Object(members) => members.get_mut("Fn::If"),
        _ => None,
    };
    match list.map(|list| &mut list.kind) {
        Some(Kind::List(items)) => items.iter_mut().skip(1).filter(|item| !is_no_value(item)).collect(),
        _ => Vec::new(),
    }
}

/// What a node is in each case of a condition, to look at.
pub(super) fn seen_cases(node: &Value) -> Vec<&Value> {
    match node.get("Fn::If") {
        Some(list) => list.as_list().into_iter().flatten().skip(1).filter(|item| !is_no_value(item)).collect(),
        None => vec![node],
    }
}

/// The names of the paths of a document.
pub(super) fn paths(document: &Value) -> Vec<String> {
    let paths = document.get("paths").map(super::tree::entries).unwrap_or_default();
    paths.into_iter().map(|(path, _)| path.to_owned()).collect()
}

/// Adds a path and a method of it that are not there yet.
pub(super) fn add_path(document: &mut Value, path: &str, method: &str) {
    let method = method_name(method);
    let item = member(member(document, "paths"), path);
    for case in cases(item) {
        member(case, &method);
    }
}

/// Whether something is called by a method of a path already.
pub(super) fn has_integration(document: &Value, path: &str, method: &str) -> bool {
    let method = method_name(method);
    let Some(path) = document.get("paths").and_then(|paths| paths.get(path)) else { return false };
    seen_cases(path).into_iter().all(|case| {
        case.get(&method)
            .is_some_and(|method| seen_cases(method).into_iter().any(|case| case.get(INTEGRATION).is_some()))
    })
}

/// Does something to a method of a path in each case in which it calls something.
pub(super) fn each_case(document: &mut Value, path: &str, method: &str, mut change: impl FnMut(&mut Value)) {
    let method = method_name(method);
    for case in cases(member(member(document, "paths"), path)) {
        let Some(definition) = members(case).get_mut(&method) else { continue };
        for case in cases(definition).into_iter().filter(|case| case.get(INTEGRATION).is_some()) {
            change(case);
        }
    }
}

/// Does something to each method of a path that calls something, in each case.
pub(super) fn each_method(document: &mut Value, path: &str, mut change: impl FnMut(&str, &mut Value)) {
    for case in cases(member(member(document, "paths"), path)) {
        for (name, definition) in members(case) {
            if NOT_METHODS.contains(&name.as_str()) {
                continue;
            }
            let name = method_name(name);
            for case in cases(definition).into_iter().filter(|case| case.get(INTEGRATION).is_some()) {
                change(&name, case);
            }
        }
    }
}

/// Adds what a method of a path calls; under a condition if what is called is.
pub(super) fn integrate(
    document: &mut Value,
    (path, method): (&str, &str),
    integration: &Value,
    beside: &[(&str, Value)],
    condition: Option<&Value>,
) {
    add_path(document, path, method);
    let method = method_name(method);
    for case in cases(member(member(document, "paths"), path)) {
        let definition = member(case, &method);
        members(definition).insert(INTEGRATION.to_owned(), integration.clone());
        for (name, value) in beside {
            members(definition).entry((*name).to_owned()).or_insert_with(|| value.clone());
        }
        if let Some(condition) = condition {
            let definition = std::mem::replace(definition, tree!({}));
            members(case).insert(method.clone(), when(condition.clone(), definition, None));
        }
    }
}

/// The `security` of a method with one more.
pub(super) fn add_security(definition: &mut Value, name: &str, scopes: Value) {
    let added = Value::object([(name, scopes)]);
    super::tree::items(list(definition, "security")).push(added);
}

/// The path of an API as it stands in the ARN of a permission: parameters are `*`. Of those that take the rest of a
/// path, an HTTP API's are if they are called `proxy`.
pub(super) fn path_in_arn(path: &str, kind: ApiKind) -> String {
    let mut written = String::with_capacity(path.len());
    let mut rest = path;
    while let Some((before, after)) = rest.split_once('{') {
        written.push_str(before);
        let is_plain = |name: &str| {
            !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-'))
        };
        let is_parameter = |name: &str| match name.strip_suffix('+') {
            Some(rest) => is_plain(rest) && (kind == ApiKind::Rest || rest == "proxy"),
            None => is_plain(name),
        };
        match after.split_once('}') {
            Some((name, tail)) if is_parameter(name) => {
                written.push('*');
                rest = tail;
            }
            _ => {
                written.push('{');
                rest = after;
            }
        }
    }
    written.push_str(rest);
    written
}
