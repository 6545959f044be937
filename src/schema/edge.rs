//! Facts: edge.

use super::fact::Fact;

pub(super) const FACTS: &[Fact] = &[];
