//! Literals of JSON.

use serde_json::Value as Json;

use super::literal::Style;
use super::{Literal, Obstacle};

/// The literal at an offset.
pub(super) fn literals(text: &str, offset: usize) -> Result<Vec<Literal>, Obstacle> {
    let rest = text.get(offset..).unwrap_or_default();
    let mut values = serde_json::Deserializer::from_str(rest).into_iter::<Json>();
    let Some(Ok(value)) = values.next() else { return Err(Obstacle::OtherValue) };
    let span = offset..offset + values.byte_offset();
    let (value, style) = match value {
        Json::String(text) => (text, Style::JsonText),
        // As it is written: a number may have more digits than are read of it.
        Json::Number(_) | Json::Bool(_) => (text.get(span.clone()).unwrap_or_default().trim().to_owned(), Style::Bare),
        Json::Null => return Err(Obstacle::OtherValue),
        Json::Array(_) | Json::Object(_) => return Err(Obstacle::Structure),
    };
    Ok(vec![Literal { span, value, style, of_texts: Style::JsonText }])
}
