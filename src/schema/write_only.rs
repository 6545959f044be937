//! Properties that are accepted on write and not returned on read: `writeOnlyProperties` of CloudFormation's schemas,
//! and read handlers that leave a property out. Where such a property is returned after all it is compared.

use super::fact::{Fact, Says};

const fn never(types: &'static [&'static str], paths: &'static [&'static str]) -> Fact {
    Fact { types, paths, says: Says::NeverReturned }
}

pub(super) const FACTS: &[Fact] = &[];
