//! Terraform's AWS resources in the canonical model: one table a type, one file a service, one interpreter for all.
//!
//! The attributes come in as Terraform's state and our evaluator give them: an object with `snake_case` names, nested
//! blocks as lists of objects. What comes out has CloudFormation's types, property names and shapes. Knows no live
//! state and no file; a value that is not known passes through as it is.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::{Bound, ResourceType, Value};

mod cloudwatch;
mod container_definitions;
mod ec2;
mod ecs;
mod iam;
mod interpret;
mod lambda;
mod path;
mod rule;
mod security_group_rules;
mod ssm;
mod tags;

use rule::{Mapping, Produce};

/// The type under which an attachment of a managed policy to a role goes until it is folded into the role.
///
/// CloudFormation has no such type: there an attachment is an item of the role's `ManagedPolicyArns`.
pub const ROLE_POLICY_ATTACHMENT: &str = "AWS::IAM::RolePolicyAttachment";

/// What surrounds a resource and takes part in its canonical form.
#[derive(Clone, Copy, Debug, Default)]
pub struct Context<'a> {
    /// The resource's address; a security group's `self` refers to it while the group's id is not known.
    pub address: &'a str,
    /// What is known of the resource from its last deployment, under Terraform's attribute names.
    pub bound: Option<&'a Bound>,
    /// The provider's `default_tags`, which go under the resource's own tags; `tags_all` has them already.
    pub default_tags: Option<&'a BTreeMap<String, Value>>,
}

/// A resource in the canonical model.
#[derive(Clone, Debug, PartialEq)]
pub struct Mapped {
    /// The canonical type.
    pub resource_type: ResourceType,
    /// An object of the type's properties.
    pub attributes: Value,
    /// What `Ref` returns for it in CloudFormation, if the attributes tell.
    pub identifier: Option<String>,
    /// Attributes that are set and have no place in the canonical model, as `block.attribute`; sorted.
    pub unmapped: Vec<String>,
    /// Lists of which it is not known how many items they have: a live item that is not declared may belong there.
    pub open: BTreeSet<String>,
}

/// Brings a resource to the canonical model. `None`: there is no mapping for its type.
///
/// Most resources become one; an `aws_security_group_rule` becomes one for each of its sources.
pub fn canonical(terraform_type: &str, attributes: &Value, context: &Context<'_>) -> Option<Vec<Mapped>> {
    let mapping = mapping(terraform_type)?;
    let mut outcome = interpret::Outcome::default();
    let no_members = BTreeMap::new();
    let members = attributes.as_object().unwrap_or(&no_members);
    interpret::apply(mapping.rules, members, context, &mut outcome);
    if let Some(tags) = tags::canonical(mapping.tags, attributes, context.default_tags) {
        outcome.members.insert("Tags".to_owned(), tags);
    }
    outcome.unmapped.retain(|name| !(mapping.tags.are_kept() && name == "tags"));
    let parts = match mapping.produce {
        Produce::Resource => vec![(mapping.canonical, outcome.members)],
        Produce::Instance => vec![(mapping.canonical, ec2::name_root_device(outcome.members, context))],
        Produce::GroupRule(direction) => {
            vec![(direction.resource_type(), security_group_rules::normalise(outcome.members))]
        }
        Produce::GroupRules => security_group_rules::of_resource(attributes),
    };
    let identifier = identifier_of(mapping, members);
    let mapped = parts.into_iter().map(|(resource_type, members)| Mapped {
        resource_type: resource_type.into(),
        attributes: Value::object(members).located(attributes.at.clone()),
        identifier: identifier.clone(),
        unmapped: outcome.unmapped.clone(),
        open: outcome.open.clone(),
    });
    Some(mapped.collect())
}

/// The canonical type that a Terraform type becomes, if there is a mapping for it. An `aws_security_group_rule` becomes
/// one of two types; the one of its `ingress` form is given.
pub fn canonical_type(terraform_type: &str) -> Option<&'static str> {
    mapping(terraform_type).map(|mapping| mapping.canonical)
}

/// What CloudFormation's `Ref` returns for a resource, from its attributes under Terraform's names.
pub fn identifier(terraform_type: &str, attributes: &BTreeMap<String, Value>) -> Option<String> {
    identifier_of(mapping(terraform_type)?, attributes)
}

/// The canonical pattern of an attribute as `lifecycle.ignore_changes` names it: `desired_count` is `DesiredCount`,
/// `container_definitions` is `ContainerDefinitions.*`, `all` and `*` are `*`. `None`: it has no canonical form.
pub fn canonical_path(terraform_type: &str, attribute: &str) -> Option<String> {
    path::canonical(mapping(terraform_type)?, attribute)
}

/// Every table; the order does not matter.
const MAPPINGS: [&[Mapping]; 6] =
    [ecs::MAPPINGS, ec2::MAPPINGS, iam::MAPPINGS, lambda::MAPPINGS, cloudwatch::MAPPINGS, ssm::MAPPINGS];

fn mapping(terraform_type: &str) -> Option<&'static Mapping> {
    MAPPINGS.iter().copied().flatten().find(|mapping| mapping.terraform == terraform_type)
}

fn identifier_of(mapping: &Mapping, attributes: &BTreeMap<String, Value>) -> Option<String> {
    let text = |name: &&str| attributes.get(*name).and_then(Value::as_str).filter(|text| !text.is_empty());
    mapping.identifier.iter().find_map(text).map(str::to_owned)
}
