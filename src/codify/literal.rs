//! A literal in a text: where it stands, what it says, and how it is written.

use std::ops::Range;

use serde_json::Value as Json;

/// How a literal is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    /// A number or flag of HCL or JSON.
    Bare,
    /// A text of HCL.
    HclText,
    /// A text of JSON, or of YAML between double quotes.
    JsonText,
    /// A text of YAML between single quotes.
    SingleQuoted,
    /// A scalar of YAML without quotes.
    Plain,
}

/// A literal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Literal {
    /// Its bytes, with quotes.
    pub span: Range<usize>,
    /// What it says, as text.
    pub value: String,
    /// How it is written.
    pub style: Style,
    /// The style of texts in its language.
    pub of_texts: Style,
}

impl Literal {
    /// The literal with another value, in the same style where that can say it.
    pub(super) fn saying(&self, value: &str, json: &Json) -> String {
        match self.style {
            Style::Bare if is_bare(value) => value.to_owned(),
            Style::Bare => quoted(self.of_texts, value),
            // A text that reads like a number stays a text, unless what it replaces was read as one.
            Style::Plain if is_plain_text(value) => value.to_owned(),
            Style::Plain if is_bare(value) && (!json.is_string() || is_bare(&self.value)) => value.to_owned(),
            Style::Plain => quoted(Style::JsonText, value),
            style => quoted(style, value),
        }
    }
}

/// Whether a text is what HCL, JSON and YAML all read as a number or flag.
fn is_bare(text: &str) -> bool {
    matches!(text, "true" | "false") || serde_json::from_str::<serde_json::Number>(text).is_ok()
}

/// Whether YAML, of either version and in a list or object of one line, takes a text without quotes for a text.
fn is_plain_text(text: &str) -> bool {
    let starts = text.starts_with(|first: char| first.is_ascii_alphabetic() || first == '/');
    let is_plain =
        text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.' | '/' | ':' | '@' | '+'));
    let is_word = ["true", "false", "yes", "no", "on", "off", "y", "n", "null", "nan", "inf"];
    starts && is_plain && !text.ends_with(':') && !is_word.contains(&text.to_ascii_lowercase().as_str())
}

fn quoted(style: Style, value: &str) -> String {
    match style {
        Style::SingleQuoted if value.chars().all(|c| !c.is_control()) => format!("'{}'", value.replace('\'', "''")),
        Style::HclText => {
            let json = Json::from(value).to_string();
            json.replace("${", "$${").replace("%{", "%%{")
        }
        _ => Json::from(value).to_string(),
    }
}
