//! Literals of YAML that stand on one line.

use super::literal::Style;
use super::{Literal, Obstacle};

/// What may be meant by the literal at an offset: where a scalar without quotes ends depends on what it stands in, so both
/// ends are given.
pub(super) fn literals(text: &str, offset: usize) -> Result<Vec<Literal>, Obstacle> {
    let rest = text.get(offset..).unwrap_or_default();
    let line = rest.split(['\n', '\r']).next().unwrap_or_default();
    let literal = |length: usize, value: String, style: Style| Literal {
        span: offset..offset + length,
        value,
        style,
        of_texts: Style::JsonText,
    };
    match line.chars().next() {
        Some('"') => {
            let mut values = serde_json::Deserializer::from_str(line).into_iter::<String>();
            // What YAML alone can escape is left alone.
            let Some(Ok(value)) = values.next() else { return Err(Obstacle::OtherValue) };
            Ok(vec![literal(values.byte_offset(), value, Style::JsonText)])
        }
        Some('\'') => {
            let (length, value) = single_quoted(line).ok_or(Obstacle::Block)?;
            Ok(vec![literal(length, value, Style::SingleQuoted)])
        }
        Some('|' | '>') => Err(Obstacle::Block),
        Some('[' | '{' | '-') if !line.starts_with("-") || line.starts_with("- ") => Err(Obstacle::Structure),
        Some('!' | '*' | '&') | None => Err(Obstacle::Expression),
        Some(_) => {
            let whole = line.split(" #").next().unwrap_or_default().trim_end();
            let in_flow = whole.split([',', ']', '}']).next().unwrap_or_default().trim_end();
            Ok([whole, in_flow].map(|value| literal(value.len(), value.to_owned(), Style::Plain)).into())
        }
    }
}

fn single_quoted(line: &str) -> Option<(usize, String)> {
    let mut value = String::new();
    let mut chars = line.char_indices().skip(1).peekable();
    while let Some((at, c)) = chars.next() {
        match c {
            '\'' if chars.next_if(|(_, next)| *next == '\'').is_some() => value.push('\''),
            '\'' => return Some((at + 1, value)),
            c => value.push(c),
        }
    }
    None
}
