//! Members: declarations that are really a part of another one, folded into it.
//!
//! A rule of a security group, a route, an entry of a network ACL, an inline policy of a role and an attachment of a
//! managed policy can be written inside their parent or as resources of their own; live they are items of the parent. So they become items of the parent's
//! collection here, each at its own place. Pure, and the same for the declared and the applied side, for Terraform and
//! CloudFormation. Knows no live state: a member whose parent cannot be told leaves the collections it may belong to
//! *open*, and what is live in those and not declared must not be called drift.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::{Kind, Problem, ProblemKind, Skipped, Value};
use crate::schema::terraform::ROLE_POLICY_ATTACHMENT;

mod item;
mod parents;
mod resource;

use item::{Content, Item, Part};
use parents::{Parent, Parents};
pub use resource::{Parts, Resource};

/// A collection that may have more declared members than are in it: what is live in it and not declared is not drift,
/// because it cannot be told whether it is declared.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct OpenCollection {
    /// The address of the resource.
    pub address: String,
    /// Its property, such as `SecurityGroupIngress`.
    pub property: String,
}

/// Resources with their members in them.
#[derive(Clone, Debug)]
pub struct Folded<R> {
    /// Everything that is not a member, in the order in which it came.
    pub resources: Vec<R>,
    /// Members that belong to a resource of another stack, and why they are not compared.
    pub alone: Vec<(R, &'static str)>,
    /// The collections that may have more declared members.
    pub open: BTreeSet<OpenCollection>,
    /// One for each member whose parent cannot be told.
    pub problems: Vec<Problem>,
}

/// How a type is a member of another one.
struct Membership {
    /// The member's type.
    member: &'static str,
    /// The parent's type.
    parent: &'static str,
    /// How the member names its parent.
    named_by: Named,
    /// The parent's list that the member is an item of.
    collection: &'static str,
    /// What the item is.
    content: Content,
    /// What becomes of the member itself.
    itself: Itself,
}

/// How a member names its parent.
#[derive(Clone, Copy)]
enum Named {
    /// By one of these properties; it always has a parent.
    One(&'static [&'static str]),
    /// By a list of several, which may be absent.
    Several(&'static str),
}

impl Named {
    /// The properties.
    fn properties(&self) -> &[&'static str] {
        match self {
            Self::One(properties) => properties,
            Self::Several(property) => std::slice::from_ref(property),
        }
    }
}

/// What becomes of a member that was folded.
#[derive(Clone, Copy, PartialEq)]
enum Itself {
    /// It was nothing but an item.
    Goes,
    /// It is a resource besides.
    Stays,
    /// It is a resource where its parent is of another stack; the service can be asked for it alone.
    StaysAlone,
}

const GROUP: &str = "AWS::EC2::SecurityGroup";
const ROLE: &str = "AWS::IAM::Role";
const MANAGED_POLICY: &str = "AWS::IAM::ManagedPolicy";

const ROUTE_TABLE: &str = "AWS::EC2::RouteTable";
const NETWORK_ACL: &str = "AWS::EC2::NetworkAcl";

/// EC2 takes one route for a destination.
const A_ROUTE: Part = Part {
    parent: "RouteTableId",
    identity: &["DestinationCidrBlock", "DestinationIpv6CidrBlock", "DestinationPrefixListId"],
    off: None,
};

/// Each direction counts its rules by itself.
const AN_ENTRY: Part = Part { parent: "NetworkAclId", identity: &["RuleNumber", "Egress"], off: Some("Egress") };

const MEMBERSHIPS: [Membership; 9] = [
    Membership {
        member: "AWS::EC2::Route",
        parent: ROUTE_TABLE,
        named_by: Named::One(&["RouteTableId"]),
        collection: "Routes",
        content: Content::Part(&A_ROUTE),
        itself: Itself::StaysAlone,
    },
    Membership {
        member: "AWS::EC2::NetworkAclEntry",
        parent: NETWORK_ACL,
        named_by: Named::One(&["NetworkAclId"]),
        collection: "Entries",
        content: Content::Part(&AN_ENTRY),
        itself: Itself::StaysAlone,
    },
    Membership {
        member: "AWS::EC2::SubnetNetworkAclAssociation",
        parent: NETWORK_ACL,
        named_by: Named::One(&["NetworkAclId"]),
        collection: "SubnetIds",
        content: Content::Property("SubnetId"),
        itself: Itself::StaysAlone,
    },
    Membership {
        member: "AWS::EC2::SecurityGroupIngress",
        parent: GROUP,
        named_by: Named::One(&["GroupId", "GroupName"]),
        collection: "SecurityGroupIngress",
        content: Content::Rule,
        itself: Itself::Goes,
    },
    Membership {
        member: "AWS::EC2::SecurityGroupEgress",
        parent: GROUP,
        named_by: Named::One(&["GroupId"]),
        collection: "SecurityGroupEgress",
        content: Content::Rule,
        itself: Itself::Goes,
    },
    Membership {
        member: "AWS::IAM::RolePolicy",
        parent: ROLE,
        named_by: Named::One(&["RoleName"]),
        collection: "Policies",
        content: Content::Policy,
        itself: Itself::Goes,
    },
    Membership {
        member: "AWS::IAM::Policy",
        parent: ROLE,
        named_by: Named::Several("Roles"),
        collection: "Policies",
        content: Content::Policy,
        itself: Itself::Goes,
    },
    Membership {
        member: ROLE_POLICY_ATTACHMENT,
        parent: ROLE,
        named_by: Named::One(&["RoleName"]),
        collection: "ManagedPolicyArns",
        content: Content::Property("PolicyArn"),
        itself: Itself::Goes,
    },
    Membership {
        member: MANAGED_POLICY,
        parent: ROLE,
        named_by: Named::Several("Roles"),
        collection: "ManagedPolicyArns",
        content: Content::Identifier,
        itself: Itself::Stays,
    },
];

/// Why a member without a parent in its stack is not compared.
const OF_ANOTHER_STACK: &str = "belongs to a resource that this stack does not declare";
/// Why what is left of a policy is not compared.
const OF_USERS: &str = "its users and groups are not read";

/// Folds members into their parents.
pub fn fold<R: Resource>(resources: Vec<R>) -> Folded<R> {
    let parents = Parents::of(&resources);
    let mut found = Found::default();
    let mut kept = Vec::new();
    let mut alone = Vec::new();
    for mut resource in resources {
        let membership = MEMBERSHIPS.iter().find(|row| row.member == resource.parts().resource_type.as_str());
        let Some(membership) = membership else {
            kept.push(resource);
            continue;
        };
        let rest = found.place(membership, &resource, &parents);
        if membership.itself == Itself::Stays {
            leave_only(&mut resource, membership, &rest);
            kept.push(resource);
        } else if membership.itself == Itself::StaysAlone && !rest.elsewhere.is_empty() {
            kept.push(resource);
        } else if !rest.elsewhere.is_empty() {
            alone.push((resource, OF_ANOTHER_STACK));
        } else if ["Users", "Groups"].iter().any(|key| resource.parts().attributes.get(key).is_some()) {
            alone.push((resource, OF_USERS));
        }
    }
    for resource in &mut kept {
        if resource.parts().resource_type.as_str() == ROLE {
            item::resolve_attachments(resource, &parents);
        }
        for (collection, items) in found.items.remove(resource.parts().address).unwrap_or_default() {
            if !item::add(resource, collection, items) {
                found.open(resource.parts().address, collection);
            }
        }
    }
    Folded { resources: kept, alone, open: found.open, problems: found.problems }
}

/// Counts what is not compared, by type and reason.
pub fn skipped<'a>(resources: impl IntoIterator<Item = (&'a str, &'a str)>) -> Vec<Skipped> {
    let mut counts: BTreeMap<(&str, &str), usize> = BTreeMap::new();
    for key in resources {
        *counts.entry(key).or_default() += 1;
    }
    let entry = |((resource_type, reason), count): ((&str, &str), usize)| Skipped {
        resource_type: resource_type.to_owned(),
        reason: reason.to_owned(),
        count,
    };
    counts.into_iter().map(entry).collect()
}

/// The parents that a member names and was not folded into.
#[derive(Default)]
struct Rest {
    /// Those of other stacks.
    elsewhere: Vec<Value>,
    /// Those that cannot be told.
    unknown: Vec<Value>,
}

/// Items by the parent's address and collection, and what could not be placed.
#[derive(Default)]
struct Found {
    items: BTreeMap<String, BTreeMap<&'static str, Vec<Item>>>,
    open: BTreeSet<OpenCollection>,
    problems: Vec<Problem>,
}

impl Found {
    /// Finds the parents of a member; returns what is left of them.
    fn place(&mut self, membership: &Membership, member: &impl Resource, parents: &Parents) -> Rest {
        let mut rest = Rest::default();
        let given = |key: &&'static str| Some((*key, member.parts().attributes.get(key)?));
        let Some((key, named)) = membership.named_by.properties().iter().find_map(given) else {
            if matches!(membership.named_by, Named::One(_)) {
                self.unplaced(membership, member, parents.of_type(membership.parent), "it names none");
            }
            return rest;
        };
        let names = named.as_list().unwrap_or(std::slice::from_ref(named));
        for name in names {
            match parents.find(membership.parent, key, name) {
                Parent::Here(address) => self.add(membership, member, address, parents),
                Parent::Elsewhere => rest.elsewhere.push(name.clone()),
                Parent::Unknown { candidates, reason } => {
                    self.unplaced(membership, member, candidates, &reason);
                    rest.unknown.push(name.clone());
                }
            }
        }
        rest
    }

    fn add(&mut self, membership: &Membership, member: &impl Resource, parent: &str, parents: &Parents) {
        match Item::of(membership.content, member, parents) {
            Some(item) => {
                let collections = self.items.entry(parent.to_owned()).or_default();
                collections.entry(membership.collection).or_default().push(item);
            }
            None => self.open(parent, membership.collection),
        }
    }

    fn unplaced<'a>(
        &mut self,
        membership: &Membership,
        member: &impl Resource,
        candidates: impl IntoIterator<Item = &'a str>,
        reason: &str,
    ) {
        for address in candidates {
            self.open(address, membership.collection);
        }
        let message =
            format!("the {} that {} belongs to is not known: {reason}", membership.parent, member.parts().address);
        let problem = Problem::new(ProblemKind::Unevaluated, member.parts().address, message)
            .remedy("name the parent by a reference to it, or give the stack's applied side, which holds its id")
            .at(member.parts().at.cloned());
        self.problems.push(problem);
    }

    fn open(&mut self, address: &str, property: &str) {
        self.open.insert(OpenCollection { address: address.to_owned(), property: property.to_owned() });
    }
}

/// Keeps of a resource's list of parents those that it was not folded into; the others have it as their member.
fn leave_only(resource: &mut impl Resource, membership: &Membership, rest: &Rest) {
    let Kind::Object(members) = &mut resource.attributes_mut().kind else { return };
    for key in membership.named_by.properties() {
        let Some(Value { kind: Kind::List(names), .. }) = members.get_mut(*key) else { continue };
        names.retain(|name| rest.elsewhere.contains(name) || rest.unknown.contains(name));
        if names.is_empty() {
            members.remove(*key);
        }
    }
}

#[cfg(test)]
mod tests;
