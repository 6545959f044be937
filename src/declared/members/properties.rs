//! Members that are properties of their parent.

use std::collections::BTreeMap;

use super::Resource;
use crate::model::{Kind, Value};

/// What a member says of its parent.
pub(super) struct Properties {
    properties: BTreeMap<String, Value>,
    /// What the member's declaration leaves to others, as patterns of the parent.
    ignored: Vec<String>,
}

impl Properties {
    /// These properties of a member.
    pub fn of(member: &impl Resource, names: &[&str]) -> Self {
        let parts = member.parts();
        let property = |name: &&str| {
            let value = parts.attributes.get(name)?.clone();
            let at = value.at.clone().or_else(|| parts.at.cloned());
            Some(((*name).to_owned(), value.located(at)))
        };
        let ignored = parts.ignored.iter().flat_map(|pattern| match pattern.as_str() {
            "*" => names.iter().map(|name| (*name).to_owned()).collect(),
            pattern => vec![pattern.to_owned()],
        });
        Self { properties: names.iter().filter_map(property).collect(), ignored: ignored.collect() }
    }

    /// Sets them on the parent. What it says itself goes: where both forms are used the separate one is the newer
    /// statement, and a refresh writes it into the state of the parent as well.
    pub fn set_on(self, parent: &mut impl Resource) {
        if let Kind::Object(members) = &mut parent.attributes_mut().kind {
            members.extend(self.properties);
        }
        self.ignored.into_iter().for_each(|pattern| parent.ignore(pattern));
    }
}
