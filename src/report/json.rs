//! The report as JSON.

use super::Report;

/// The report as indented JSON with a line break at its end.
///
/// # Errors
/// Never in practice: the report holds nothing that JSON cannot.
pub fn render(report: &Report) -> serde_json::Result<String> {
    Ok(serde_json::to_string_pretty(report)? + "\n")
}
