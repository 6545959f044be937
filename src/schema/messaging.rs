//! Facts: messaging.

use super::fact::Fact;

pub(super) const FACTS: &[Fact] = &[];
