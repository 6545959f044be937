//! Declared: what a repository says should be there, in the canonical model. Knows nothing of live state.

use std::collections::BTreeSet;

use crate::model::{Declaration, Problem, Skipped};

pub mod cloudformation;
pub mod members;
pub mod source;
pub mod terraform;
pub mod terraform_canonical;

use members::OpenCollection;

/// What was read from declarations. Reading never fails as a whole: what could not be read is a problem.
#[derive(Clone, Debug, Default)]
pub struct Read {
    /// The resources.
    pub declarations: Vec<Declaration>,
    /// What could not be read or evaluated.
    pub problems: Vec<Problem>,
    /// What is declared and nothing here can compare.
    pub skipped: Vec<Skipped>,
    /// Collections that may have more declared members than the declarations show.
    pub open: BTreeSet<OpenCollection>,
}
