//! Facts: database.

use super::fact::Fact;

pub(super) const FACTS: &[Fact] = &[];
