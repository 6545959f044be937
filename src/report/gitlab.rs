//! GitLab Code Quality: a JSON list that a merge request shows. GitLab shows only the first of equal fingerprints.

use serde_json::json;
use sha2::{Digest, Sha256};

use super::annotation::{Annotation, Level};

/// One Code Quality document.
///
/// # Errors
/// Never in practice: the list holds nothing that JSON cannot.
pub fn render(annotations: &[Annotation], config_file: &str) -> serde_json::Result<String> {
    let entries: Vec<_> = annotations
        .iter()
        .map(|annotation| {
            let severity = match annotation.level {
                Level::Error => "critical",
                Level::Warning => "minor",
                Level::Notice => "info",
            };
            let (file, line) =
                annotation.source.as_ref().map_or((config_file, 1), |source| (source.file.as_str(), source.line));
            let digest = Sha256::digest(&annotation.fingerprint);
            json!({
                "description": format!("{}: {}", annotation.title, annotation.message),
                "check_name": annotation.rule,
                "fingerprint": digest.iter().map(|byte| format!("{byte:02x}")).collect::<String>(),
                "severity": severity,
                "location": { "path": file, "lines": { "begin": line } },
            })
        })
        .collect();
    Ok(serde_json::to_string_pretty(&entries)? + "\n")
}
