//! Other people's YAML and JSON, with the place of every value.

use std::sync::Arc;

use crate::model::{Location, Problem, Value};

/// stand-in until merge
pub fn load_plain(_file: &Arc<str>, _text: &str) -> Result<Vec<Value>, Problem> {
    Ok(Vec::new())
}
/// stand-in until merge
pub fn locate(_value: &Value, _path: &[&str]) -> Option<Location> {
    None
}
