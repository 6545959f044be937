//! What a member is inside its parent's collection, and which two of them are the same one.

use super::Resource;
use super::parents::Parents;
use crate::model::{Kind, Reference, Value};
use crate::schema::RULE_TUPLE;

/// What of a member becomes the item.
#[derive(Clone, Copy)]
pub(super) enum Content {
    /// A rule of a security group: all of its properties but the group.
    Rule,
    /// All of its properties but the one that names its parent.
    Part(&'static Part),
    /// An inline policy: name and document.
    Policy,
    /// The value of one property.
    Property(&'static str),
    /// The physical id of the member.
    Identifier,
}

/// A part of its parent.
pub(super) struct Part {
    /// The properties that name the parent.
    pub parent: &'static [&'static str],
    /// Properties that together tell it from others of the parent.
    pub identity: &'static [&'static str],
    /// A switch of those that is off where it is not given.
    pub off: Option<&'static str>,
}

/// One item, and how it is told from others.
pub(super) struct Item {
    value: Value,
    identity: Option<String>,
    content: Content,
    /// What the member's declaration leaves to others, as patterns of the member.
    ignored: Vec<String>,
}

/// How a rule lets speak; the other members of its tuple say with whom.
const PROTOCOL_AND_PORTS: [&str; 3] = ["IpProtocol", "FromPort", "ToPort"];

impl Item {
    /// The item that a member is. `None`: it is not known what or how many it is.
    pub fn of(content: Content, member: &impl Resource, parents: &Parents) -> Option<Self> {
        let attributes = member.parts().attributes;
        let value = match content {
            Content::Rule => {
                let mut members = attributes.as_object()?.clone();
                members.retain(|name, _| !matches!(name.as_str(), "GroupId" | "GroupName"));
                let is_source = |name: &&&str| !PROTOCOL_AND_PORTS.contains(*name);
                RULE_TUPLE.iter().filter(is_source).any(|source| members.contains_key(*source)).then_some(())?;
                Value::object(members)
            }
            Content::Part(part) => {
                let mut members = attributes.as_object()?.clone();
                members.retain(|name, _| !part.parent.contains(&name.as_str()));
                if let Some(switch) = part.off {
                    members.entry(switch.to_owned()).or_insert_with(|| false.into());
                }
                Value::object(members)
            }
            Content::Policy => {
                let members = ["PolicyName", "PolicyDocument"].map(|name| (name, attributes.get(name)));
                Value::object(members.into_iter().filter_map(|(name, value)| Some((name, value?.clone()))))
            }
            Content::Property(name) => resolved(attributes.get(name)?, parents),
            Content::Identifier => {
                member.parts().identifier.map_or_else(|| reference_to(member.parts().address), Value::from)
            }
        };
        let at = value.at.clone().or_else(|| attributes.at.clone()).or_else(|| member.parts().at.cloned());
        let value = value.located(at);
        Some(Self { identity: identity(content, &value), value, content, ignored: member.parts().ignored.to_vec() })
    }

    /// The member's ignored patterns as patterns of the parent.
    fn ignored_in(&self, collection: &str) -> Vec<String> {
        let Some(identity) = &self.identity else { return Vec::new() };
        let item = match self.content {
            Content::Rule | Content::Part(_) => {
                let given = tuple(self.content, &self.value).into_iter();
                let given = given.filter_map(|(name, value)| Some((name, value.as_scalar_text()?)));
                let (by, values): (Vec<_>, Vec<_>) = given.unzip();
                format!("{collection}[{}={}]", by.join(","), values.join(","))
            }
            Content::Policy => format!("{collection}[PolicyName={identity}]"),
            // Such an item is there or not, and has nothing that could change.
            Content::Property(_) | Content::Identifier => return Vec::new(),
        };
        // Whoever leaves all of a resource to others still wants it to be there: `.*` is not the item itself.
        let pattern = |inner: &String| format!("{item}.{inner}");
        self.ignored.iter().map(pattern).collect()
    }
}

/// Adds items to a collection of a resource. One that is there already is replaced: where both forms are used the
/// separate one is the newer statement. Returns whether the collection could be added to.
pub(super) fn add(resource: &mut impl Resource, collection: &str, items: Vec<Item>) -> bool {
    for pattern in items.iter().flat_map(|item| item.ignored_in(collection)) {
        resource.ignore(pattern);
    }
    let Kind::Object(properties) = &mut resource.attributes_mut().kind else { return false };
    let list = properties.entry(collection.to_owned()).or_insert_with(|| Value::list([]));
    let Kind::List(known) = &mut list.kind else { return false };
    for item in items {
        // Two items of which a part is not known may be two, even where they look the same.
        let own = item.identity.as_ref();
        let same =
            own.and_then(|own| known.iter_mut().find(|value| identity(item.content, value).as_ref() == Some(own)));
        match same {
            Some(value) => *value = item.value,
            None => known.push(item.value),
        }
    }
    true
}

/// What makes an item the one it is. `None`: a part of that is not known.
fn identity(content: Content, value: &Value) -> Option<String> {
    match content {
        Content::Rule | Content::Part(_) => {
            let given = tuple(content, value).into_iter();
            let texts = given.map(|(name, value)| Some(format!("{name}={}", value.as_scalar_text()?)));
            Some(texts.collect::<Option<Vec<_>>>()?.join(" ")).filter(|identity| !identity.is_empty())
        }
        Content::Policy => value.get("PolicyName")?.as_scalar_text(),
        Content::Property(_) | Content::Identifier => value.as_scalar_text(),
    }
}

/// The members of a rule or part that tell it from others, as far as they are given, in the order of its path.
fn tuple(content: Content, value: &Value) -> Vec<(&'static str, &Value)> {
    let names = match content {
        Content::Rule => RULE_TUPLE,
        Content::Part(part) => part.identity,
        Content::Policy | Content::Property(_) | Content::Identifier => &[],
    };
    // Templates may give ports with a protocol that has none.
    let protocol = value.get("IpProtocol").and_then(Value::as_scalar_text);
    let has_ports = !protocol.is_some_and(|protocol| protocol == "-1" || protocol.eq_ignore_ascii_case("all"));
    let names = names.iter().filter(|name| has_ports || !matches!(**name, "FromPort" | "ToPort"));
    names.filter_map(|name| Some((*name, value.get(name)?))).collect()
}

/// Puts the ids of managed policies of the stack where a role refers to them.
pub(super) fn resolve_attachments(role: &mut impl Resource, parents: &Parents) {
    let Kind::Object(properties) = &mut role.attributes_mut().kind else { return };
    let Some(Kind::List(policies)) = properties.get_mut("ManagedPolicyArns").map(|list| &mut list.kind) else { return };
    for policy in policies {
        *policy = resolved(policy, parents);
    }
}

/// A reference to a resource of the stack whose physical id is known, as that id.
fn resolved(value: &Value, parents: &Parents) -> Value {
    let address = match &value.kind {
        Kind::Unknown(unknown) => unknown.reference.as_ref().map(|reference| reference.address.as_str()),
        _ => None,
    };
    match address.and_then(|address| parents.identifier_at(address)) {
        Some(identifier) => value.with(Kind::String(identifier.to_owned())),
        None => value.clone(),
    }
}

fn reference_to(address: &str) -> Value {
    let reference = Reference { address: address.to_owned(), attribute: None };
    Value::reference(reference, format!("the id of {address} is known after a deploy"))
}
