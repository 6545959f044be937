//! Facts: analytics.

use super::fact::Fact;

pub(super) const FACTS: &[Fact] = &[];
