//! Finding the parent that a member names: by its address, its physical id or its name.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    BUCKET, EVENT_BUS, EVENT_RULE, MANAGED_POLICY, MEMBERSHIPS, QUEUE, ROLE, Resource, SECRET, SECURITY_GROUP, USER,
    USER_GROUP,
};
use crate::model::{Kind, Value};

/// The resources of a stack that can have members, and those that members name.
#[derive(Default)]
pub(super) struct Parents {
    by_address: BTreeMap<String, Known>,
    by_identifier: Addresses,
    by_name: Addresses,
}

/// Addresses by what a type's resources are called: every member looks its parent up.
type Addresses = BTreeMap<String, BTreeMap<String, BTreeSet<String>>>;

/// What is known of a possible parent.
struct Known {
    resource_type: String,
    identifier: Option<String>,
    name: Option<String>,
    bus: Option<Bus>,
}

/// Where a rule is.
#[derive(PartialEq)]
enum Bus {
    /// On the bus of this name.
    Named(String),
    /// On the bus that is declared at this address.
    DeclaredAt(String),
}

impl Bus {
    /// Where a rule or a target of one says that it is; `None`: that cannot be told.
    fn of(attributes: &Value) -> Option<Self> {
        let Some(bus) = attributes.get(EVENT_BUS) else { return Some(Self::Named("default".to_owned())) };
        match &bus.kind {
            Kind::String(name) => Some(Self::Named(end_of_arn(name).unwrap_or(name).to_owned())),
            Kind::Unknown(why) => Some(Self::DeclaredAt(why.reference.as_ref()?.address.clone())),
            _ => None,
        }
    }

    /// Whether the two may be one. A bus that is declared here may have any name.
    fn may_be(&self, other: &Self) -> bool {
        self == other || std::mem::discriminant(self) != std::mem::discriminant(other)
    }
}

/// Where the parent of a member is.
pub(super) enum Parent<'a> {
    /// In this stack, at an address.
    Here(&'a str),
    /// Not in this stack.
    Elsewhere,
    /// It cannot be told.
    Unknown {
        /// The addresses of those that it can be.
        candidates: Vec<&'a str>,
        /// Why.
        reason: String,
    },
}

impl Parents {
    /// Those among the resources of a stack.
    pub fn of(resources: &[impl Resource]) -> Self {
        let known = resources.iter().filter_map(|resource| {
            let resource_type = resource.parts().resource_type.as_str();
            let is_parent = MEMBERSHIPS.iter().any(|row| row.parent == resource_type);
            (is_parent || resource_type == MANAGED_POLICY).then_some(())?;
            let name = name_property(resource_type).and_then(|name| resource.parts().attributes.get(name)?.as_str());
            let known = Known {
                resource_type: resource_type.to_owned(),
                identifier: resource.parts().identifier.map(str::to_owned),
                name: name.map(str::to_owned),
                bus: (resource_type == EVENT_RULE).then(|| Bus::of(resource.parts().attributes)).flatten(),
            };
            Some((resource.parts().address.to_owned(), known))
        });
        let mut parents = Self { by_address: known.collect(), ..Self::default() };
        for (address, known) in &parents.by_address {
            let called = [(&mut parents.by_identifier, &known.identifier), (&mut parents.by_name, &known.name)];
            for (addresses, called) in called {
                let Some(called) = called else { continue };
                let of_type = addresses.entry(known.resource_type.clone()).or_default();
                of_type.entry(called.clone()).or_default().insert(address.clone());
            }
        }
        parents
    }

    /// The addresses of all of a type.
    pub fn of_type(&self, resource_type: &str) -> Vec<&str> {
        self.those(resource_type, |_| true)
    }

    /// The physical id of the resource at an address.
    pub fn identifier_at(&self, address: &str) -> Option<&str> {
        self.by_address.get(address)?.identifier.as_deref()
    }

    /// The parent of a type that the value of the property `key` of a member names.
    pub fn find(&self, resource_type: &str, key: &str, named: &Value, member: &Value) -> Parent<'_> {
        let unknown = |candidates, reason: &str| Parent::Unknown { candidates, reason: reason.to_owned() };
        match &named.kind {
            Kind::String(name) => {
                let is_id = key.ends_with("Id") || key == "QueueUrl";
                let mut matching = self.named(resource_type, name, is_id);
                if let (true, Some(end)) = (matching.is_empty(), end_of_arn(name)) {
                    matching = self.named(resource_type, end, is_id);
                }
                if resource_type == EVENT_RULE {
                    matching.retain(|address| self.may_be_on(address, Bus::of(member).as_ref()));
                }
                match matching.as_slice() {
                    [address] => Parent::Here(address),
                    [] => match self.those(resource_type, |known| known.may_be_named(is_id)) {
                        nameless if nameless.is_empty() => Parent::Elsewhere,
                        nameless => unknown(nameless, "the ids of some declarations are not known yet"),
                    },
                    _ => unknown(matching, "several declarations go by this name"),
                }
            }
            Kind::Unknown(why) => {
                let address = why.reference.as_ref().map(|reference| reference.address.as_str());
                let found = address.and_then(|address| self.by_address.get_key_value(address));
                match found {
                    Some((address, known)) if known.resource_type == resource_type => Parent::Here(address),
                    _ => unknown(self.of_type(resource_type), &why.reason),
                }
            }
            _ => unknown(self.of_type(resource_type), "it is not named by a text"),
        }
    }

    /// Whether the rule at an address may be on a bus.
    fn may_be_on(&self, address: &str, bus: Option<&Bus>) -> bool {
        let own = self.by_address.get(address).and_then(|known| known.bus.as_ref());
        own.zip(bus).is_none_or(|(own, bus)| own.may_be(bus))
    }

    /// The addresses of those of a type that go by a physical id, or else by a name.
    fn named(&self, resource_type: &str, name: &str, is_id: bool) -> Vec<&str> {
        let by_name = (!is_id).then_some(&self.by_name);
        let called = [&self.by_identifier].into_iter().chain(by_name);
        let called = called.filter_map(|addresses| addresses.get(resource_type)?.get(name)).flatten();
        let addresses: BTreeSet<&str> = called.map(String::as_str).collect();
        addresses.into_iter().collect()
    }

    /// The addresses of those of a type of which something holds.
    fn those(&self, resource_type: &str, holds: impl Fn(&Known) -> bool) -> Vec<&str> {
        let of_type = self.by_address.iter().filter(|(_, known)| known.resource_type == resource_type && holds(known));
        of_type.map(|(address, _)| address.as_str()).collect()
    }
}

impl Known {
    /// Whether it may have a name that is not known from here.
    fn may_be_named(&self, is_id: bool) -> bool {
        self.identifier.is_none() && (is_id || self.name.is_none())
    }
}

/// The property by which a type is known besides its physical id; some have none.
fn name_property(resource_type: &str) -> Option<&'static str> {
    match resource_type {
        SECURITY_GROUP | USER_GROUP => Some("GroupName"),
        ROLE => Some("RoleName"),
        USER => Some("UserName"),
        MANAGED_POLICY => Some("ManagedPolicyName"),
        BUCKET => Some("BucketName"),
        QUEUE => Some("QueueName"),
        EVENT_RULE | SECRET => Some("Name"),
        _ => None,
    }
}

/// The last part of an ARN: by which a key that is named by its ARN is told.
fn end_of_arn(name: &str) -> Option<&str> {
    name.starts_with("arn:").then(|| name.rsplit(['/', ':']).next()).flatten()
}
