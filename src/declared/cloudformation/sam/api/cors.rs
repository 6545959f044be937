//! `Cors` of a REST API: an `options` method for each path that has none.

use std::collections::{BTreeMap, BTreeSet};

use crate::declared::cloudformation::sam::definition::{ANY_METHOD, INTEGRATION, cases, paths};
use crate::declared::cloudformation::sam::tree::{
    Expand, call, entries, fault, field, is_true, member, members, says_something, set_field, tree,
};
use crate::model::{Kind, Value};

const ALL_METHODS: &str = "DELETE,GET,HEAD,OPTIONS,PATCH,POST,PUT";

/// What of the headers each path has, in the order of the property, the header and its type.
const HEADERS: [(&str, &str); 3] = [
    ("AllowHeaders", "Access-Control-Allow-Headers"),
    ("AllowMethods", "Access-Control-Allow-Methods"),
    ("MaxAge", "Access-Control-Max-Age"),
];

/// Adds the methods.
pub(super) fn add(cors: &Value, document: &mut Value) -> Expand<()> {
    let is_plain = cors.as_str().is_some() || call(cors).is_some();
    let settings = if is_plain { tree!({ "AllowOrigin": (cors.clone()) }) } else { cors.clone() };
    let known = ["AllowMethods", "AllowHeaders", "AllowOrigin", "MaxAge", "AllowCredentials"];
    for (name, value) in entries(&settings) {
        if !known.contains(&name) {
            return fault(value, format!("`{name}` is not a property of `Cors`"));
        }
    }
    let origin = field(&settings, "AllowOrigin").cloned().unwrap_or_else(|| tree!("'*'"));
    let with_credentials = is_true(field(&settings, "AllowCredentials"));
    if with_credentials && origin.as_str() == Some("'*'") {
        return fault(cors, "`AllowCredentials` needs an `AllowOrigin` that is not everybody");
    }
    let mut done = BTreeSet::new();
    for path in paths(document) {
        let shorter = path.trim_end_matches('/');
        if !done.insert(if shorter.is_empty() { "/".to_owned() } else { shorter.to_owned() }) {
            continue;
        }
        for case in cases(member(member(document, "paths"), &path)) {
            if members(case).contains_key("options") {
                continue;
            }
            let methods = set_field(&settings, "AllowMethods").cloned();
            let methods = methods.unwrap_or_else(|| format!("'{}'", allowed_methods(case)).into());
            let method = options_method(&settings, &origin, &methods, with_credentials);
            members(case).insert("options".to_owned(), method);
        }
    }
    Ok(())
}

/// The methods that a path has.
fn allowed_methods(path: &Value) -> String {
    let methods: BTreeSet<String> =
        path.as_object().into_iter().flat_map(BTreeMap::keys).map(|method| method.to_uppercase()).collect();
    if methods.contains(&ANY_METHOD.to_uppercase()) {
        return ALL_METHODS.to_owned();
    }
    let methods: BTreeSet<String> = methods.into_iter().chain(["OPTIONS".to_owned()]).collect();
    methods.into_iter().collect::<Vec<_>>().join(",")
}

fn options_method(settings: &Value, origin: &Value, methods: &Value, with_credentials: bool) -> Value {
    let mut parameters = BTreeMap::new();
    let mut headers = BTreeMap::new();
    let mut add = |header: &str, value: Value, kind: &str| {
        parameters.insert(format!("method.response.header.{header}"), value);
        headers.insert(header.to_owned(), tree!({ "type": kind }));
    };
    add("Access-Control-Allow-Origin", origin.clone(), "string");
    for (name, header) in HEADERS {
        let value = match name {
            "AllowMethods" => Some(methods),
            "MaxAge" => field(settings, name),
            _ => field(settings, name).filter(|value| says_something(value)),
        };
        if let Some(value) = value {
            add(header, value.clone(), if name == "MaxAge" { "integer" } else { "string" });
        }
    }
    if with_credentials {
        add("Access-Control-Allow-Credentials", "'true'".into(), "string");
    }
    let integration = tree!({
        "type": "mock",
        "requestTemplates": { "application/json": "{\n  \"statusCode\" : 200\n}\n" },
        "responses": {
            "default": {
                "statusCode": "200",
                "responseParameters": (Value::new(Kind::Object(parameters))),
                "responseTemplates": { "application/json": "{}\n" },
            },
        },
    });
    let mut method = tree!({
        "summary": "CORS support",
        "consumes": ["application/json"],
        "produces": ["application/json"],
        "responses": {
            "200": {
                "description": "Default response for CORS method",
                "headers": (Value::new(Kind::Object(headers))),
            },
        },
    });
    members(&mut method).insert(INTEGRATION.to_owned(), integration);
    method
}
