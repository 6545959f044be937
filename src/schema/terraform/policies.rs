//! Policies that Terraform lets be written inside what they belong to.

use super::Context;
use super::rule::{InsidePolicy, Names, Origin, Part, Properties};
use crate::model::{Reference, Value};

/// The resource without its policy, and the policy, if one is written there.
///
/// A state has the policy in both places, in the resource and in the policy that is declared on its own; an undeclared
/// part of the applied side is nobody's business.
pub(super) fn apart(
    canonical: &'static str,
    policy: &InsidePolicy,
    mut properties: Properties,
    origin: &Origin<'_>,
) -> Vec<Part> {
    let document = properties.remove(policy.document);
    let mut parts = vec![Part::whole(canonical, properties)];
    if let Some(document) = document {
        let owner = known(policy.by, origin);
        let (property, owner) = match policy.names {
            Names::One(property) => (property, owner),
            Names::Several(property) => (property, Value::list([owner])),
        };
        let properties = [(property.to_owned(), owner), (policy.document.to_owned(), document)];
        parts.push(Part {
            resource_type: policy.resource_type,
            attribute: Some("policy"),
            properties: properties.into(),
        });
    }
    parts
}

/// An attribute of the resource itself: from its attributes or its last deployment, else not known.
pub(super) fn known(attribute: &str, origin: &Origin<'_>) -> Value {
    let Context { address, bound, .. } = *origin.context;
    let is_text = |value: &&Value| value.as_str().is_some_and(|text| !text.is_empty());
    let deployed = || bound.and_then(|bound| bound.attributes.get(attribute)).filter(is_text);
    if let Some(value) = origin.attributes.get(attribute).filter(is_text).or_else(deployed) {
        return value.clone();
    }
    let reference = Reference { address: address.to_owned(), attribute: Some(attribute.to_owned()) };
    Value::reference(reference, format!("the {attribute} of {address} is known after a deploy"))
}
