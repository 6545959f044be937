//! Conditions: a logic of three values, since a condition can hang on what only the service knows.

use std::sync::Arc;

use super::evaluate::{Evaluator, Secrets, Stop};
use crate::model::{Kind, Problem, ProblemKind, Value};

/// Whether a condition holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Truth {
    True,
    False,
    /// It cannot be known, and why.
    Unknown(Arc<str>),
}

/// A condition of the template while conditions are evaluated.
#[derive(Clone, Debug)]
pub(super) enum Progress {
    Started,
    Done(Truth),
}

impl From<bool> for Truth {
    fn from(holds: bool) -> Self {
        if holds { Self::True } else { Self::False }
    }
}

impl Truth {
    fn not(self) -> Self {
        match self {
            Self::True => Self::False,
            Self::False => Self::True,
            unknown @ Self::Unknown(_) => unknown,
        }
    }

    /// One false operand makes it false, whatever the unknown ones are.
    fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::False, _) | (_, Self::False) => Self::False,
            (Self::True, other) => other,
            (unknown, _) => unknown,
        }
    }

    fn or(self, other: Self) -> Self {
        self.not().and(other.not()).not()
    }
}

/// The number of operands that `Fn::And` and `Fn::Or` take.
const OPERANDS: std::ops::RangeInclusive<usize> = 2..=10;

impl Evaluator<'_> {
    /// Evaluates every condition, used or not: the service refuses a template with a broken one.
    pub(super) fn check_conditions(&mut self) {
        // A loop that could not be written out is no condition, and was told.
        for name in self.template.conditions.keys().filter(|name| !name.starts_with("Fn::")) {
            self.condition(name);
        }
    }

    /// The condition whose name stands in a node.
    pub(super) fn named_condition(&mut self, name: &Value) -> Truth {
        match name.as_str() {
            Some(text) if self.template.conditions.contains_key(text) => self.condition(text),
            Some(text) => self.broken(name, format!("there is no condition {text}")),
            None => self.broken(name, "expected the name of a condition"),
        }
    }

    fn condition(&mut self, name: &str) -> Truth {
        let Some(node) = self.template.conditions.get(name) else {
            return Truth::Unknown("there is no such condition".into());
        };
        match self.conditions.get(name) {
            Some(Progress::Done(truth)) => return truth.clone(),
            Some(Progress::Started) => return self.circle(node, name),
            None => {}
        }
        self.conditions.insert(name.to_owned(), Progress::Started);
        let truth = self.truth(node);
        self.conditions.insert(name.to_owned(), Progress::Done(truth.clone()));
        truth
    }

    fn circle(&mut self, node: &Value, name: &str) -> Truth {
        let message = format!("condition {name} depends on itself");
        let remedy = "conditions refer to parameters, and to each other without a circle";
        self.note(
            Problem::new(ProblemKind::Invalid, self.unit.file.to_string(), message.as_str())
                .remedy(remedy)
                .at(node.at.clone()),
        );
        Truth::Unknown(message.into())
    }

    fn broken(&mut self, node: &Value, message: impl Into<String>) -> Truth {
        let message = message.into();
        self.report(ProblemKind::Invalid, node, message.clone());
        Truth::Unknown(message.into())
    }

    /// Whether a condition function holds.
    fn truth(&mut self, node: &Value) -> Truth {
        if !self.deeper() {
            return self.broken(node, "conditions that are nested too deep");
        }
        let truth = self.truth_inside(node);
        self.shallower();
        truth
    }

    fn truth_inside(&mut self, node: &Value) -> Truth {
        let function = node.as_object().filter(|members| members.len() == 1).and_then(|members| members.iter().next());
        let Some((function, argument)) = function else {
            return self.broken(node, "expected a condition function");
        };
        match (function.as_str(), argument.as_list()) {
            ("Condition", _) => self.named_condition(argument),
            ("Fn::Not", Some([operand])) => self.truth(operand).not(),
            ("Fn::And", Some(operands)) if OPERANDS.contains(&operands.len()) => {
                operands.iter().fold(Truth::True, |all, operand| all.and(self.truth(operand)))
            }
            ("Fn::Or", Some(operands)) if OPERANDS.contains(&operands.len()) => {
                operands.iter().fold(Truth::False, |any, operand| any.or(self.truth(operand)))
            }
            ("Fn::Equals", Some([left, right])) => self.equals(node, left, right),
            ("Fn::Not", _) => self.broken(node, "Fn::Not takes a list of one condition"),
            ("Fn::And" | "Fn::Or", _) => self.broken(node, format!("{function} takes a list of 2 to 10 conditions")),
            ("Fn::Equals", _) => self.broken(node, "Fn::Equals takes a list of two values"),
            _ => self.broken(node, format!("{function} is not a condition function")),
        }
    }

    fn equals(&mut self, node: &Value, left: &Value, right: &Value) -> Truth {
        let mut sides = Vec::new();
        for side in [left, right] {
            match self.walk(side, Secrets::Plain) {
                Ok(evaluated) => sides.push(evaluated.value),
                Err(Stop::Unknown(unknown)) => return Truth::Unknown(unknown.reason),
                Err(Stop::NoValue | Stop::Misuse(_)) => return self.broken(node, "Fn::Equals without a value"),
            }
        }
        match sides.as_slice() {
            [left, right] => compare(left, right),
            _ => Truth::Unknown("Fn::Equals without a value".into()),
        }
    }
}

/// Scalars are equal when their texts are: for the service `true` and `"true"` are the same.
fn compare(left: &Value, right: &Value) -> Truth {
    let unknown = |value: &Value| match &value.kind {
        Kind::Unknown(unknown) => Some(Arc::clone(&unknown.reason)),
        _ if value.has_unknown() => Some("a part of a compared value is not known".into()),
        _ if value.has_sensitive() => Some("a compared value is a secret".into()),
        _ => None,
    };
    match unknown(left).or_else(|| unknown(right)) {
        Some(reason) => Truth::Unknown(reason),
        None => match (left.as_scalar_text(), right.as_scalar_text()) {
            (Some(left), Some(right)) => (left == right).into(),
            _ => (left == right).into(),
        },
    }
}
