//! The arguments of a call, as the types that an implementation asks for.

use std::cell::Cell;
use std::collections::BTreeMap;

use crate::model::Number;

use super::super::convert;
use super::super::types::Type;
use super::super::value::{Content, Value};

/// The arguments of a call.
pub(super) struct Arguments<'a> {
    values: &'a [Value],
    /// How much more work the call is than its arguments tell.
    cost: Cell<usize>,
}

impl<'a> Arguments<'a> {
    /// The arguments.
    pub fn new(values: &'a [Value]) -> Self {
        Self { values, cost: Cell::new(0) }
    }

    /// All of them.
    pub fn all(&self) -> &'a [Value] {
        self.values
    }

    /// Notes work, in expressions of which so many take as long.
    pub fn spend(&self, steps: usize) {
        self.cost.set(self.cost.get().saturating_add(steps));
    }

    /// All work that was noted.
    pub fn cost(&self) -> usize {
        self.cost.get()
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        self.values.len()
    }

    /// An argument, `null` or not.
    pub fn any(&self, at: usize) -> Result<&'a Value, String> {
        self.values.get(at).ok_or_else(|| format!("argument {} is missing", at + 1))
    }

    /// An argument that is not `null`.
    pub fn value(&self, at: usize) -> Result<&'a Value, String> {
        let value = self.any(at)?;
        if value.is_null() { Err(format!("argument {} must not be null", at + 1)) } else { Ok(value) }
    }

    /// A text.
    pub fn text(&self, at: usize) -> Result<String, String> {
        convert::text(self.value(at)?).map_err(|message| numbered(at, &message))
    }

    /// A number.
    pub fn number(&self, at: usize) -> Result<Number, String> {
        number(self.value(at)?).map_err(|message| numbered(at, &message))
    }

    /// A whole number.
    pub fn whole(&self, at: usize) -> Result<i64, String> {
        self.number(at)?.as_i64().ok_or_else(|| numbered(at, "a whole number is required"))
    }

    /// A size or position.
    pub fn size(&self, at: usize) -> Result<usize, String> {
        usize::try_from(self.whole(at)?).map_err(|_| numbered(at, "the number must not be negative"))
    }

    /// The items of a list, set or tuple.
    pub fn items(&self, at: usize) -> Result<&'a [Value], String> {
        let value = self.value(at)?;
        value.as_items().ok_or_else(|| numbered(at, &convert::mismatch(value, "list")))
    }

    /// The items of a list, set or tuple as texts.
    pub fn texts(&self, at: usize) -> Result<Vec<String>, String> {
        self.items(at)?.iter().map(|item| convert::text(item).map_err(|message| numbered(at, &message))).collect()
    }

    /// The members of a map or object.
    pub fn members(&self, at: usize) -> Result<&'a BTreeMap<String, Value>, String> {
        let value = self.value(at)?;
        value.as_members().ok_or_else(|| numbered(at, &convert::mismatch(value, "map")))
    }
}

/// A value as a number.
pub(super) fn number(value: &Value) -> Result<Number, String> {
    match convert::convert(value, &Type::Number)?.content {
        Content::Number(number) => Ok(number),
        _ => Err(convert::mismatch(value, "number")),
    }
}

fn numbered(at: usize, message: &str) -> String {
    format!("argument {}: {message}", at + 1)
}
