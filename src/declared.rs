//! Declared: what a repository says should be there, in the canonical model. Knows nothing of live state.

pub mod terraform;

use crate::model::{Declaration, Problem, Skipped};

/// What was read from declarations. Reading never fails as a whole: what could not be read is a problem.
#[derive(Clone, Debug, Default)]
pub struct Read {
    /// The resources.
    pub declarations: Vec<Declaration>,
    /// What could not be read or evaluated.
    pub problems: Vec<Problem>,
    /// What is declared and nothing here can compare.
    pub skipped: Vec<Skipped>,
}
