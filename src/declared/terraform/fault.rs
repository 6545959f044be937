//! Why an expression has no value.

use crate::model::{Problem, ProblemKind};

use super::source::Place;
use super::value::Value;

/// An expression that has no value.
#[derive(Clone, Debug)]
pub(super) struct Fault {
    /// What is wrong; names types and declarations and never values.
    pub message: String,
    /// What stands there.
    pub place: Option<Place>,
    /// Whose fault it is.
    pub kind: FaultKind,
}

/// Whose fault it is that an expression has no value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum FaultKind {
    /// The expression is wrong, and Terraform would say so; `try` and `can` see it.
    Expression,
    /// It asks for more than is done or can be seen here; Terraform may know a value, so `try` must not go on to the
    /// next one.
    Limit,
}

/// What an evaluation gives.
pub(super) type Eval<T = Value> = Result<T, Box<Fault>>;

impl Fault {
    /// An expression that Terraform would refuse as well.
    pub fn expression(place: Place, message: impl Into<String>) -> Box<Self> {
        Box::new(Self { message: message.into(), place: Some(place), kind: FaultKind::Expression })
    }

    /// An expression that goes beyond a limit of this evaluator.
    pub fn limit(place: Place, message: impl Into<String>) -> Box<Self> {
        Box::new(Self { message: message.into(), place: Some(place), kind: FaultKind::Limit })
    }

    /// The fault as a problem of the file it stands in.
    pub fn problem(&self) -> Problem {
        match &self.place {
            Some(place) => place.problem(ProblemKind::Unevaluated, &*self.message),
            None => Problem::new(ProblemKind::Unevaluated, super::EXPRESSION, &*self.message),
        }
    }
}
