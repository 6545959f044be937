//! JSON as Go writes it, which is how Terraform and the AWS provider write it: `<`, `>` and `&` escaped.

use super::numbers;
use super::value::{Content, Value};

/// How JSON is laid out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Layout {
    /// Without blanks.
    Compact,
    /// One member a line, indented by two blanks: Go's `MarshalIndent`.
    Indented,
}

/// How long the JSON of a value is at least, in bytes: escapes make it longer.
pub(super) fn least_length(value: &Value) -> usize {
    match &value.content {
        Content::Text(text) => text.len() + 2,
        Content::Sequence(_, items) => items.all().iter().map(least_length).sum::<usize>() + 2,
        Content::Mapping(_, members) => {
            members.all().iter().map(|(name, member)| name.len() + 3 + least_length(member)).sum::<usize>() + 2
        }
        _ => 1,
    }
}

/// A JSON text in the making; members keep the order in which they are given.
pub(super) enum Json {
    /// A scalar, written already.
    Scalar(String),
    /// A list.
    List(Vec<Json>),
    /// An object.
    Object(Vec<(String, Json)>),
}

impl Json {
    /// A text.
    pub fn text(text: &str) -> Self {
        let mut out = String::new();
        quote(text, &mut out);
        Self::Scalar(out)
    }

    /// A value with everything in it; objects sorted by name. What is not known must have been ruled out before.
    pub fn of(value: &Value) -> Self {
        match &value.content {
            Content::Null | Content::Unknown(_) | Content::Handle(_) => Self::Scalar("null".to_owned()),
            Content::Bool(flag) => Self::Scalar(flag.to_string()),
            Content::Number(number) => Self::Scalar(numbers::text(number)),
            Content::Text(text) => Self::text(text),
            Content::Sequence(_, items) => Self::List(items.all().iter().map(Self::of).collect()),
            Content::Mapping(_, members) => {
                Self::Object(members.all().iter().map(|(name, of)| (name.clone(), Self::of(of))).collect())
            }
        }
    }

    /// The text.
    pub fn write(&self, layout: Layout) -> String {
        let mut out = String::new();
        self.write_at(layout, 0, &mut out);
        out
    }

    fn write_at(&self, layout: Layout, depth: usize, out: &mut String) {
        match self {
            Self::Scalar(text) => out.push_str(text),
            Self::List(items) => {
                let write = |item: &Self, out: &mut String| item.write_at(layout, depth + 1, out);
                write_all(('[', ']'), items, write, layout, depth, out);
            }
            Self::Object(members) => {
                let write = |(name, member): &(String, Self), out: &mut String| {
                    quote(name, out);
                    out.push_str(if layout == Layout::Indented { ": " } else { ":" });
                    member.write_at(layout, depth + 1, out);
                };
                write_all(('{', '}'), members, write, layout, depth, out);
            }
        }
    }
}

fn write_all<T>(
    (open, close): (char, char),
    items: &[T],
    write: impl Fn(&T, &mut String),
    layout: Layout,
    depth: usize,
    out: &mut String,
) {
    let new_line = |depth: usize, out: &mut String| {
        if layout == Layout::Indented {
            out.push('\n');
            out.push_str(&"  ".repeat(depth));
        }
    };
    out.push(open);
    for (at, item) in items.iter().enumerate() {
        if at > 0 {
            out.push(',');
        }
        new_line(depth + 1, out);
        write(item, out);
    }
    if !items.is_empty() {
        new_line(depth, out);
    }
    out.push(close);
}

/// Writes a text with its quotes, escaped as Go's `encoding/json` escapes it.
pub(super) fn quote(text: &str, out: &mut String) {
    out.push('"');
    for character in text.chars() {
        match character {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            '<' | '>' | '&' | '\u{2028}' | '\u{2029}' | '\u{0}'..='\u{1f}' => {
                out.push_str(&format!("\\u{:04x}", u32::from(character)));
            }
            other => out.push(other),
        }
    }
    out.push('"');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_escaped_like_go() {
        let check = |text: &str, expect: &str| assert_eq!(Json::text(text).write(Layout::Compact), expect);
        check("<a&b>", r#""\u003ca\u0026b\u003e""#);
        check("\u{2028}\u{1}\n\"\\é", r#""\u2028\u0001\n\"\\é""#);
    }

    #[test]
    fn indented_json_looks_like_marshal_indent() {
        let json = Json::Object(vec![
            ("B".to_owned(), Json::List(vec![Json::text("x"), Json::text("y")])),
            ("A".to_owned(), Json::List(Vec::new())),
        ]);
        assert_eq!(json.write(Layout::Indented), "{\n  \"B\": [\n    \"x\",\n    \"y\"\n  ],\n  \"A\": []\n}");
    }
}
