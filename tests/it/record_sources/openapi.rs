//! Requests held against the services' own OpenAPI documents, of which the paths and parameters that are used are kept in
//! `tests/fixtures/openapi`, with where they are from and their licence.

use std::collections::BTreeMap;

use super::server::Asked;

#[derive(serde::Deserialize)]
struct Document {
    /// Names of the query parameters by path.
    paths: BTreeMap<String, Vec<String>>,
}

/// Asserts that a request is one that a service has: its path, and each of its parameters.
pub fn check(service: &str, asked: &Asked) {
    let text = crate::shipped::read(&format!("tests/fixtures/openapi/{service}.json"));
    let document: Document = serde_json::from_str(&text).unwrap();
    let matches = |template: &str| {
        let (own, asked): (Vec<_>, Vec<_>) = (template.split('/').collect(), asked.path.split('/').collect());
        own.len() == asked.len() && own.iter().zip(asked).all(|(own, asked)| own.starts_with('{') || *own == asked)
    };
    let known = document.paths.iter().find(|(template, _)| matches(template));
    let (template, parameters) = known.unwrap_or_else(|| panic!("{service} has no {}", asked.path));
    for name in asked.query.keys() {
        assert!(parameters.contains(name), "{service}: {template} has no parameter {name}");
    }
}
