//! Values and times as people read them.

use jiff::Timestamp;
use serde_json::Value as Json;

/// Characters of a value that are shown within a line.
pub const INLINE_CHARS: usize = 96;

/// A value within a line: compact JSON, texts without quotes where that is unambiguous, long ones cut with `…`.
pub fn inline(value: &Json) -> String {
    let text = match value {
        Json::String(text) if is_plain(text) => text.clone(),
        other => other.to_string(),
    };
    shorten(&text, INLINE_CHARS)
}

fn is_plain(text: &str) -> bool {
    !text.is_empty()
        && !text.starts_with([' ', '{', '[', '"'])
        && !text.ends_with(' ')
        && !text.chars().any(char::is_control)
        && text.parse::<f64>().is_err()
        && !matches!(text, "true" | "false" | "null")
}

/// A text cut to a number of characters.
pub fn shorten(text: &str, chars: usize) -> String {
    match text.char_indices().nth(chars) {
        Some((end, _)) => format!("{}…", text.split_at(end).0),
        None => text.to_owned(),
    }
}

/// So many of something: `1 stack`, `2 stacks`.
pub fn count(number: usize, one: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{number} {one}{plural}")
}

/// A value on lines of its own: texts as they are, JSON documents indented; what a diff compares.
pub fn lines(value: &Json) -> String {
    match value {
        Json::String(text) => match serde_json::from_str::<Json>(text) {
            Ok(document @ (Json::Object(_) | Json::Array(_))) => pretty(&document),
            _ => text.clone(),
        },
        other => pretty(other),
    }
}

/// Members by name, so that documents that differ in their order alone read alike.
fn pretty(value: &Json) -> String {
    let mut sorted = value.clone();
    sorted.sort_all_objects();
    serde_json::to_string_pretty(&sorted).unwrap_or_default()
}

/// A time to the second, in UTC: `2026-03-01 12:00:00Z`.
pub fn time(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d %H:%M:%SZ").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_value_in_a_line_cannot_be_taken_for_another_one() {
        let check = |value: Json, expect: &str| assert_eq!(inline(&value), expect);
        check(json!("eu-west-1"), "eu-west-1");
        check(json!("5"), "\"5\"");
        check(json!(5), "5");
        check(json!(""), "\"\"");
        check(json!("true"), "\"true\"");
        check(json!("a\nb"), "\"a\\nb\"");
        check(json!({"A": [1]}), "{\"A\":[1]}");
        assert_eq!(inline(&json!("x".repeat(200))).chars().count(), INLINE_CHARS + 1);
    }

    #[test]
    fn documents_in_texts_are_opened_up() {
        assert_eq!(lines(&json!("{\"b\":2,\"a\":1}")), "{\n  \"a\": 1,\n  \"b\": 2\n}");
        assert_eq!(lines(&json!("plain")), "plain");
    }
}
