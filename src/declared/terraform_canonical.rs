//! From Terraform resources as they were evaluated to declarations in the canonical model.
//!
//! Knows no file and no live state: what the last deployment knows of ids comes in as [`Bindings`].

use std::collections::{BTreeMap, BTreeSet};

use super::Read;
use super::members::{self, OpenCollection};
use crate::model::{Bindings, Bound, Declaration, Kind, Location, Value};
use crate::schema::terraform::{self, Mapped};

/// A resource instance as it was evaluated.
#[derive(Clone, Debug)]
pub struct Resource {
    /// Its address, as Terraform prints it.
    pub address: String,
    /// Terraform's type.
    pub resource_type: String,
    /// Its attributes; nested blocks are lists of objects.
    pub attributes: Value,
    /// The attributes that `lifecycle.ignore_changes` names; `*` for `all`.
    pub ignore_changes: Vec<String>,
    /// The configuration of its provider.
    pub provider: ProviderConfig,
    /// Where it is declared.
    pub at: Location,
}

/// What a resource takes over from its provider.
#[derive(Clone, Debug, Default)]
pub struct ProviderConfig {
    /// The region it goes to.
    pub region: Option<String>,
    /// The account it goes to, where the provider assumes a role of one.
    pub account: Option<String>,
    /// Tags that every resource gets.
    pub default_tags: BTreeMap<String, Value>,
}

/// The declarations of a Terraform stack.
#[derive(Clone, Debug, Default)]
pub struct Declarations {
    /// The declarations, members in their parents.
    pub read: Read,
    /// The collections that may have more declared members than the declarations show.
    pub open: BTreeSet<OpenCollection>,
}

/// Why a type is not compared.
const NO_MAPPING: &str = "nothing here compares this type";

/// Brings resources to the canonical model and folds members into their parents.
pub fn declarations(resources: &[Resource], bindings: &Bindings) -> Declarations {
    let mut mapped = Vec::new();
    let mut open = BTreeSet::new();
    let mut skipped = Vec::new();
    let mut types = BTreeMap::new();
    for resource in resources {
        types.insert(resource.address.as_str(), resource.resource_type.as_str());
        let bound = bindings.get(&resource.address);
        let context = terraform::Context {
            address: &resource.address,
            bound,
            default_tags: Some(&resource.provider.default_tags),
        };
        let Some(parts) = terraform::canonical(&resource.resource_type, &resource.attributes, &context) else {
            skipped.push((resource.resource_type.as_str(), NO_MAPPING));
            continue;
        };
        for part in parts {
            let collection =
                |property: &String| OpenCollection { address: resource.address.clone(), property: property.clone() };
            open.extend(part.open.iter().map(collection));
            mapped.push(declaration(resource, part, bound));
        }
    }
    let mut folded = members::fold(mapped);
    let types_of_alone = folded.alone.iter().map(|(member, reason)| (types.get(member.address.as_str()), *reason));
    skipped.extend(types_of_alone.filter_map(|(resource_type, reason)| Some((*resource_type?, reason))));
    folded.open.extend(open);
    Declarations {
        read: Read { declarations: folded.resources, problems: folded.problems, skipped: members::skipped(skipped) },
        open: folded.open,
    }
}

fn declaration(resource: &Resource, part: Mapped, bound: Option<&Bound>) -> Declaration {
    let path = |attribute: &String| terraform::canonical_path(&resource.resource_type, attribute);
    let mut ignored: Vec<String> = resource.ignore_changes.iter().filter_map(path).collect();
    ignored.sort();
    ignored.dedup();
    let own_region = resource.attributes.get("region").and_then(Value::as_str).map(str::to_owned);
    Declaration {
        address: resource.address.clone(),
        identifier: identifier(resource, bound).or(part.identifier),
        attributes: with_unmapped(part.attributes, &part.unmapped, resource),
        resource_type: part.resource_type,
        at: resource.at.clone(),
        account: resource.provider.account.clone(),
        region: own_region.or_else(|| resource.provider.region.clone()),
        ignored,
    }
}

/// The physical id: what the last deployment noted, else what the declaration itself makes certain.
fn identifier(resource: &Resource, bound: Option<&Bound>) -> Option<String> {
    let noted = bound.and_then(|bound| {
        let from_attributes = terraform::identifier(&resource.resource_type, &bound.attributes);
        // What was found live is noted under the physical id alone.
        from_attributes.or_else(|| bound.attributes.is_empty().then(|| bound.identifier.clone()).flatten())
    });
    noted.or_else(|| managed_policy_arn(resource))
}

/// The ARN of a customer managed policy follows from its account, path and name.
fn managed_policy_arn(resource: &Resource) -> Option<String> {
    if resource.resource_type != "aws_iam_policy" {
        return None;
    }
    let text = |name: &str| resource.attributes.get(name).map(Value::as_str);
    let account = resource.provider.account.as_deref()?;
    let partition = partition(resource.provider.region.as_deref()?);
    let path = text("path").unwrap_or(Some("/"))?;
    let name = text("name")??;
    Some(format!("arn:{partition}:iam::{account}:policy{path}{name}"))
}

/// The partition of a region, by the prefix of its name (AWS General Reference, "Partitions").
fn partition(region: &str) -> &'static str {
    match region {
        region if region.starts_with("cn-") => "aws-cn",
        region if region.starts_with("us-gov-") => "aws-us-gov",
        _ => "aws",
    }
}

/// Declares what has no canonical form as not known, under Terraform's name, so that it counts as unverifiable.
fn with_unmapped(mut properties: Value, unmapped: &[String], resource: &Resource) -> Value {
    if let Kind::Object(members) = &mut properties.kind {
        for name in unmapped {
            let outer = name.split_once('.').map_or(name.as_str(), |(outer, _)| outer);
            let at = resource.attributes.get(outer).and_then(|value| value.at.clone());
            let reason = format!("{} {name} has no counterpart in CloudFormation's model", resource.resource_type);
            members.insert(name.clone(), Value::unknown(reason).located(at));
        }
    }
    properties
}
