//! The change to a declaration that makes it say what is live.
//!
//! A declared value stands somewhere as a literal: in the resource, in the default of a variable, in a file of values. That
//! literal is rewritten where it stands, and nothing around it moves. Whether it did what it should is found by reading the
//! declarations again. Pure: text in, text out.

mod hcl;
mod json;
mod literal;
pub mod patch;
mod yaml;

use std::ops::Range;

use serde_json::Value as Json;

use crate::model::{Location, Value};

pub use literal::Literal;

/// Why a literal cannot be rewritten.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Obstacle {
    /// Something that computes the value.
    #[error("the value is computed there, by an expression")]
    Expression,
    /// A text over several lines.
    #[error("the value is a text of several lines there")]
    Block,
    /// A list or an object.
    #[error("the value is a list or an object there")]
    Structure,
    /// A literal with another value than the declared one: what is written and what is declared differ in form, or the
    /// file was changed.
    #[error("what is written there is not the value that was declared when the stack was scanned")]
    OtherValue,
    /// A file of no known format.
    #[error("this is no file in HCL, YAML or JSON")]
    Format,
}

/// A rewritten part of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edit {
    /// The bytes that are replaced.
    pub span: Range<usize>,
    /// What stands there instead.
    pub text: String,
}

impl Edit {
    /// The text with the edit in it.
    pub fn apply(&self, text: &str) -> String {
        let before = text.get(..self.span.start).unwrap_or_default();
        let after = text.get(self.span.end..).unwrap_or_default();
        format!("{before}{}{after}", self.text)
    }
}

/// The edit that makes the literal at a place say `live`, if it says `declared` now.
///
/// # Errors
/// Why the place holds no such literal.
pub fn rewrite(text: &str, at: &Location, declared: &Json, live: &Json) -> Result<Edit, Obstacle> {
    let offset = at.offset_in(text);
    let find: fn(&str, usize) -> Result<Vec<Literal>, Obstacle> = match format_of(&at.file, text) {
        Some(Format::Hcl) => hcl::literals,
        Some(Format::Json) => json::literals,
        Some(Format::Yaml) => yaml::literals,
        None => return Err(Obstacle::Format),
    };
    let declared = scalar(declared).ok_or(Obstacle::Structure)?;
    let new = scalar(live).ok_or(Obstacle::Structure)?;
    let found = find(text, offset)?.into_iter().find(|literal| literal.value == declared);
    let literal = found.ok_or(Obstacle::OtherValue)?;
    Ok(Edit { text: literal.saying(&new, live), span: literal.span })
}

/// A scalar as text: declarations and services spell numbers and flags as texts and the other way round.
fn scalar(value: &Json) -> Option<String> {
    Value::from_json(value).as_scalar_text()
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Format {
    Hcl,
    Json,
    Yaml,
}

fn format_of(file: &str, text: &str) -> Option<Format> {
    let extension = file.rsplit_once('.').map_or("", |(_, extension)| extension);
    match extension {
        "tf" | "tofu" | "tfvars" | "hcl" => Some(Format::Hcl),
        "json" => Some(Format::Json),
        // CloudFormation calls its templates so, whatever they are written in.
        "yaml" | "yml" | "template" => {
            let is_json = text.starts_with('{') && serde_json::from_str::<serde::de::IgnoredAny>(text).is_ok();
            Some(if is_json { Format::Json } else { Format::Yaml })
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests;
