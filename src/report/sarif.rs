//! SARIF 2.1.0, for code scanning.

use std::collections::BTreeSet;

use serde_json::{Value as Json, json};

use super::annotation::{Annotation, Level};

/// One SARIF log. Code scanning needs a place for every result, so a remark without one is put at line 1 of the
/// configuration.
///
/// # Errors
/// Never in practice: the log holds nothing that JSON cannot.
pub fn render(annotations: &[Annotation], config_file: &str) -> serde_json::Result<String> {
    let rules: BTreeSet<&str> = annotations.iter().map(|annotation| annotation.rule.as_str()).collect();
    let log = json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": {
                "name": "driftledger",
                "version": env!("CARGO_PKG_VERSION"),
                "rules": rules.iter().map(|rule| json!({ "id": rule })).collect::<Vec<_>>(),
            }},
            "results": annotations.iter().map(|annotation| result(annotation, config_file)).collect::<Vec<_>>(),
        }],
    });
    Ok(serde_json::to_string_pretty(&log)? + "\n")
}

fn result(annotation: &Annotation, config_file: &str) -> Json {
    let level = match annotation.level {
        Level::Error => "error",
        Level::Warning => "warning",
        Level::Notice => "note",
    };
    let (file, line) =
        annotation.source.as_ref().map_or((config_file, 1), |source| (source.file.as_str(), source.line));
    json!({
        "ruleId": annotation.rule,
        "level": level,
        "message": { "text": format!("{}\n{}", annotation.title, annotation.message) },
        "locations": [{ "physicalLocation": {
            "artifactLocation": { "uri": file },
            "region": { "startLine": line },
        }}],
        "partialFingerprints": { "driftledger/v1": annotation.fingerprint },
    })
}
