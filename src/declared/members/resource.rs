//! What folding needs of a resource, of the declared or the applied side.

use crate::model::{Applied, Declaration, Location, ResourceType, Value};

/// A resource of either side that can be folded.
pub trait Resource {
    /// What there is to know of it.
    fn parts(&self) -> Parts<'_>;
    /// Its properties, to be changed.
    fn attributes_mut(&mut self) -> &mut Value;
    /// Leaves another attribute pattern to others.
    fn ignore(&mut self, pattern: String);
}

/// What there is to know of a resource.
#[derive(Clone, Copy, Debug)]
pub struct Parts<'a> {
    /// Its address.
    pub address: &'a str,
    /// Its canonical type.
    pub resource_type: &'a ResourceType,
    /// Its physical id, if known.
    pub identifier: Option<&'a str>,
    /// Its properties.
    pub attributes: &'a Value,
    /// Where it is declared.
    pub at: Option<&'a Location>,
    /// The attribute patterns that its declaration leaves to others.
    pub ignored: &'a [String],
}

impl Resource for Declaration {
    fn parts(&self) -> Parts<'_> {
        Parts {
            address: &self.address,
            resource_type: &self.resource_type,
            identifier: self.identifier.as_deref(),
            attributes: &self.attributes,
            at: Some(&self.at),
            ignored: &self.ignored,
        }
    }

    fn attributes_mut(&mut self) -> &mut Value {
        &mut self.attributes
    }

    fn ignore(&mut self, pattern: String) {
        self.ignored.push(pattern);
    }
}

impl Resource for Applied {
    fn parts(&self) -> Parts<'_> {
        Parts {
            address: &self.address,
            resource_type: &self.resource_type,
            identifier: self.identifier.as_deref(),
            attributes: &self.attributes,
            at: None,
            ignored: &[],
        }
    }

    fn attributes_mut(&mut self) -> &mut Value {
        &mut self.attributes
    }

    /// A deployment leaves nothing to others; that is said by declarations.
    fn ignore(&mut self, _pattern: String) {}
}
