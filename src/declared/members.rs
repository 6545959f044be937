//! Members: declarations that are really a part of another one, folded into it.
//!
//! A rule of a security group, a route, an entry of a network ACL, an inline policy of a role and an attachment of a
//! managed policy can be written inside their parent or as resources of their own; live they are items of the parent.
//! So they become items of the parent's collection here, each at its own place. The versioning of a bucket and the
//! policy of a key are properties of their parent, and are set on it. Pure, and the same for the declared and the applied
//! side, for Terraform and CloudFormation. Knows no live state: a member whose parent cannot be told leaves the
//! collections it may belong to *open*, and what is live in those and not declared must not be called drift.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::{Kind, Problem, ProblemKind, Skipped, Value};
use crate::schema::terraform::member;

mod item;
mod parents;
mod properties;
mod resource;

use item::{Content, Item, Part};
use parents::{Parent, Parents};
use properties::Properties;
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
    /// What of the parent it is.
    is: Is,
    /// What becomes of the member itself.
    itself: Itself,
}

/// What of its parent a member is.
#[derive(Clone, Copy)]
enum Is {
    /// An item of this list.
    Item(&'static str, Content),
    /// Properties.
    Properties,
}

impl Membership {
    /// A member that is nothing but an item of a list.
    const fn item(
        member: &'static str,
        parent: &'static str,
        named_by: Named,
        collection: &'static str,
        content: Content,
    ) -> Self {
        Self { member, parent, named_by, is: Is::Item(collection, content), itself: Itself::Goes }
    }

    /// A member that is an item of a list, and a resource where its parent is of another stack.
    const fn part(
        member: &'static str,
        parent: &'static str,
        named_by: &'static [&'static str],
        collection: &'static str,
        content: Content,
    ) -> Self {
        let is = Is::Item(collection, content);
        Self { member, parent, named_by: Named::One(named_by), is, itself: Itself::StaysAlone }
    }

    /// A member that is nothing but properties.
    const fn properties(member: &'static str, parent: &'static str, named_by: &'static [&'static str]) -> Self {
        Self { member, parent, named_by: Named::One(named_by), is: Is::Properties, itself: Itself::Goes }
    }

    /// A resource that is an item of lists besides.
    const fn besides(member: &'static str, parent: &'static str, list: &'static str, collection: &'static str) -> Self {
        let is = Is::Item(collection, Content::Identifier);
        Self { member, parent, named_by: Named::Several(list), is, itself: Itself::Stays }
    }

    /// The properties of the parent that a member says something of.
    fn said_by<'a>(&self, member: &'a impl Resource) -> Vec<&'a str> {
        match self.is {
            Is::Item(collection, _) => vec![collection],
            Is::Properties => {
                let names = member.parts().attributes.as_object().into_iter().flatten().map(|(name, _)| name.as_str());
                names.filter(|name| !self.named_by.properties().contains(name)).collect()
            }
        }
    }
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

const SECURITY_GROUP: &str = "AWS::EC2::SecurityGroup";
const ROLE: &str = "AWS::IAM::Role";
const USER: &str = "AWS::IAM::User";
const USER_GROUP: &str = "AWS::IAM::Group";
const POLICY: &str = "AWS::IAM::Policy";
const MANAGED_POLICY: &str = "AWS::IAM::ManagedPolicy";
const EVENT_RULE: &str = "AWS::Events::Rule";
const BUCKET: &str = "AWS::S3::Bucket";
const QUEUE: &str = "AWS::SQS::Queue";
const KEY: &str = "AWS::KMS::Key";
const SECRET: &str = "AWS::SecretsManager::Secret";

/// Where a rule is: its name is only known there, and its targets say it too.
const EVENT_BUS: &str = "EventBusName";

const INGRESS: &str = "SecurityGroupIngress";
const EGRESS: &str = "SecurityGroupEgress";
const POLICIES: &str = "Policies";
const ATTACHED: &str = "ManagedPolicyArns";

const BY_GROUP: Named = Named::One(&["GroupId", "GroupName"]);
const BY_ROLE: Named = Named::One(&["RoleName"]);
const BY_USER: Named = Named::One(&["UserName"]);
const BY_USER_GROUP: Named = Named::One(&["GroupName"]);
const ARN: Content = Content::Property("PolicyArn");

const ROUTE_TABLE: &str = "AWS::EC2::RouteTable";
const NETWORK_ACL: &str = "AWS::EC2::NetworkAcl";

/// EC2 takes one route for a destination.
const A_ROUTE: Part = Part {
    parent: &["RouteTableId"],
    identity: &["DestinationCidrBlock", "DestinationIpv6CidrBlock", "DestinationPrefixListId"],
    off: None,
};

/// Each direction counts its rules by itself.
const AN_ENTRY: Part = Part { parent: &["NetworkAclId"], identity: &["RuleNumber", "Egress"], off: Some("Egress") };

/// An event bus sends events to every target of a rule.
const A_TARGET: Part = Part { parent: &["Rule", EVENT_BUS], identity: &["Id"], off: None };

const MEMBERSHIPS: [Membership; 23] = [
    Membership::part("AWS::EC2::Route", ROUTE_TABLE, &["RouteTableId"], "Routes", Content::Part(&A_ROUTE)),
    Membership::part("AWS::EC2::NetworkAclEntry", NETWORK_ACL, &["NetworkAclId"], "Entries", Content::Part(&AN_ENTRY)),
    Membership::part(
        "AWS::EC2::SubnetNetworkAclAssociation",
        NETWORK_ACL,
        &["NetworkAclId"],
        "SubnetIds",
        Content::Property("SubnetId"),
    ),
    Membership::item("AWS::EC2::SecurityGroupIngress", SECURITY_GROUP, BY_GROUP, INGRESS, Content::Rule),
    Membership::item("AWS::EC2::SecurityGroupEgress", SECURITY_GROUP, Named::One(&["GroupId"]), EGRESS, Content::Rule),
    Membership::item("AWS::IAM::RolePolicy", ROLE, BY_ROLE, POLICIES, Content::Policy),
    Membership::item("AWS::IAM::UserPolicy", USER, BY_USER, POLICIES, Content::Policy),
    Membership::item("AWS::IAM::GroupPolicy", USER_GROUP, BY_USER_GROUP, POLICIES, Content::Policy),
    Membership::item(POLICY, ROLE, Named::Several("Roles"), POLICIES, Content::Policy),
    Membership::item(POLICY, USER, Named::Several("Users"), POLICIES, Content::Policy),
    Membership::item(POLICY, USER_GROUP, Named::Several("Groups"), POLICIES, Content::Policy),
    Membership::item(member::ROLE_POLICY_ATTACHMENT, ROLE, BY_ROLE, ATTACHED, ARN),
    Membership::item(member::USER_POLICY_ATTACHMENT, USER, BY_USER, ATTACHED, ARN),
    Membership::item(member::GROUP_POLICY_ATTACHMENT, USER_GROUP, BY_USER_GROUP, ATTACHED, ARN),
    Membership::besides(MANAGED_POLICY, ROLE, "Roles", ATTACHED),
    Membership::besides(MANAGED_POLICY, USER, "Users", ATTACHED),
    Membership::besides(MANAGED_POLICY, USER_GROUP, "Groups", ATTACHED),
    Membership::item(
        "AWS::IAM::UserToGroupAddition",
        USER,
        Named::Several("Users"),
        "Groups",
        Content::Property("GroupName"),
    ),
    Membership::item(member::RULE_TARGET, EVENT_RULE, Named::One(&["Rule"]), "Targets", Content::Part(&A_TARGET)),
    Membership::properties(member::BUCKET_PROPERTIES, BUCKET, &["Bucket"]),
    Membership::properties(member::QUEUE_PROPERTIES, QUEUE, &["QueueUrl"]),
    Membership::properties(member::KEY_PROPERTIES, KEY, &["KeyId"]),
    Membership::properties(member::SECRET_PROPERTIES, SECRET, &["SecretId"]),
];

/// Why a member without a parent in its stack is not compared.
const OF_ANOTHER_STACK: &str = "belongs to a resource that this stack does not declare";

/// Folds members into their parents.
pub fn fold<R: Resource>(resources: Vec<R>) -> Folded<R> {
    let parents = Parents::of(&resources);
    let mut found = Found::default();
    let mut kept = Vec::new();
    let mut alone = Vec::new();
    for mut resource in resources {
        let of_type = |row: &&Membership| row.member == resource.parts().resource_type.as_str();
        let memberships: Vec<&Membership> = MEMBERSHIPS.iter().filter(of_type).collect();
        let rest: Vec<Rest> = memberships.iter().map(|row| found.place(row, &resource, &parents)).collect();
        if memberships.iter().all(|row| row.itself == Itself::Stays) {
            memberships.iter().zip(&rest).for_each(|(row, rest)| leave_only(&mut resource, row, rest));
            kept.push(resource);
        } else if memberships.iter().all(|row| row.itself == Itself::StaysAlone) && is_elsewhere(&rest) {
            kept.push(resource);
        } else if is_elsewhere(&rest) {
            alone.push((resource, OF_ANOTHER_STACK));
        }
    }
    for resource in &mut kept {
        if [ROLE, USER, USER_GROUP].contains(&resource.parts().resource_type.as_str()) {
            item::resolve_attachments(resource, &parents);
        }
        for properties in found.properties.remove(resource.parts().address).unwrap_or_default() {
            properties.set_on(resource);
        }
        for (collection, items) in found.items.remove(resource.parts().address).unwrap_or_default() {
            let may_have_more = is_shared(collection) && resource.parts().attributes.get(collection).is_none();
            if !item::add(resource, collection, items) || may_have_more {
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

/// Whether a member has parents of other stacks.
fn is_elsewhere(rest: &[Rest]) -> bool {
    rest.iter().any(|rest| !rest.elsewhere.is_empty())
}

/// Whether other stacks may put items of their own into a collection, such as routes to their networks into a shared
/// table: only a parent that lists its items itself says that there are no others.
fn is_shared(collection: &str) -> bool {
    let is_of = |row: &Membership| matches!(row.is, Is::Item(name, _) if name == collection);
    MEMBERSHIPS.iter().any(|row| row.itself == Itself::StaysAlone && is_of(row))
}

/// Items by the parent's address and collection, properties by its address, and what could not be placed.
#[derive(Default)]
struct Found {
    properties: BTreeMap<String, Vec<Properties>>,
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
            match parents.find(membership.parent, key, name, member.parts().attributes) {
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
        let (collection, content) = match membership.is {
            Is::Item(collection, content) => (collection, content),
            Is::Properties => {
                let properties = Properties::of(member, &membership.said_by(member));
                return self.properties.entry(parent.to_owned()).or_default().push(properties);
            }
        };
        match Item::of(content, member, parents) {
            Some(item) => {
                let collections = self.items.entry(parent.to_owned()).or_default();
                collections.entry(collection).or_default().push(item);
            }
            None => self.open(parent, collection),
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
            membership.said_by(member).into_iter().for_each(|property| self.open(address, property));
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
