//! A resource that the expansion makes.

use std::collections::BTreeMap;

use super::tree::{entries, field, place, tree};
use crate::model::{Location, Value};

/// What stands beside the properties of a resource: its condition, what becomes of it when it is deleted.
pub(super) type Attributes = BTreeMap<String, Value>;

/// What the resource that is made for another one has of its attributes.
const PASSED_ON: [&str; 3] = ["Condition", "DeletionPolicy", "UpdateReplacePolicy"];
/// What the resource that takes the place of another one has of its attributes.
const KEPT: [&str; 5] = ["Condition", "DeletionPolicy", "UpdateReplacePolicy", "UpdatePolicy", "Metadata"];

/// The attributes for what is made for a resource.
pub(super) fn passed_on(resource: &Value) -> Attributes {
    attributes(resource, &PASSED_ON)
}

/// The attributes for what takes a resource's place.
pub(super) fn kept(resource: &Value) -> Attributes {
    attributes(resource, &KEPT)
}

fn attributes(resource: &Value, names: &[&str]) -> Attributes {
    names.iter().filter_map(|name| Some(((*name).to_owned(), field(resource, name)?.clone()))).collect()
}

/// A CloudFormation resource in the making.
#[derive(Clone, Debug)]
pub(super) struct Resource {
    pub(super) id: String,
    pub(super) kind: &'static str,
    pub(super) attributes: Attributes,
    pub(super) properties: BTreeMap<String, Value>,
    /// What the user wrote that caused it.
    pub(super) at: Option<Location>,
}

impl Resource {
    pub(super) fn new(kind: &'static str, id: impl Into<String>, attributes: &Attributes, cause: &Value) -> Self {
        Self { id: id.into(), kind, attributes: attributes.clone(), properties: BTreeMap::new(), at: cause.at.clone() }
    }

    /// With a property.
    pub(super) fn with(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.properties.insert(name.to_owned(), value.into());
        self
    }

    /// With a property, if there is a value for it.
    pub(super) fn maybe(mut self, name: &str, value: Option<impl Into<Value>>) -> Self {
        if let Some(value) = value {
            self.properties.insert(name.to_owned(), value.into());
        }
        self
    }

    /// With the properties of the same names of another one.
    pub(super) fn copying(mut self, from: &Value, names: &[&str]) -> Self {
        for name in names {
            self = self.maybe(name, field(from, name).cloned());
        }
        self
    }

    /// With something beside the properties.
    pub(super) fn attribute(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.attributes.insert(name.to_owned(), value.into());
        self
    }

    /// With what it depends on.
    pub(super) fn depends_on(self, on: Option<&Value>) -> Self {
        match on {
            Some(on) => self.attribute("DependsOn", on.clone()),
            None => self,
        }
    }

    /// The node of the template. What has no place of its own stands where the cause does.
    pub(super) fn into_node(self) -> Value {
        let mut members = self.attributes;
        members.insert("Type".to_owned(), self.kind.into());
        members.insert("Properties".to_owned(), Value::object(self.properties));
        let mut node = Value::object(members);
        place(&mut node, self.at.as_ref());
        node
    }
}

/// The tags of a map as the list that most types take.
pub(super) fn tag_list(tags: Option<&Value>) -> Vec<Value> {
    let tag = |(key, value): (&str, &Value)| {
        let text = if value.kind == crate::model::Kind::Null { Value::from("") } else { value.clone() };
        tree!({ "Key": (key), "Value": (text) })
    };
    tags.map(entries).unwrap_or_default().into_iter().map(tag).collect()
}

/// Replaces the tags of the resources that can have some by these.
pub(super) fn propagate_tags(resources: &mut [Resource], tags: Option<&Value>, shapes: &[(&str, TagShape)]) {
    let Some(tags) = tags else { return };
    for resource in resources {
        let value = match shapes.iter().find(|(kind, _)| *kind == resource.kind) {
            Some((_, TagShape::List)) => Value::list(tag_list(Some(tags))),
            Some((_, TagShape::Map)) => tags.clone(),
            None => continue,
        };
        resource.properties.insert("Tags".to_owned(), value);
    }
}

/// How a type has its tags.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum TagShape {
    List,
    Map,
}

/// The generated types that get the tags of what they are made for, if it propagates them.
pub(super) const TAGGED: [(&str, TagShape); 14] = [
    ("AWS::Lambda::Function", TagShape::List),
    ("AWS::IAM::Role", TagShape::List),
    ("AWS::SQS::Queue", TagShape::List),
    ("AWS::SNS::Topic", TagShape::List),
    ("AWS::IoT::TopicRule", TagShape::List),
    ("AWS::ApiGateway::RestApi", TagShape::List),
    ("AWS::ApiGateway::Stage", TagShape::List),
    ("AWS::ApiGateway::DomainName", TagShape::List),
    ("AWS::ApiGateway::DomainNameV2", TagShape::List),
    ("AWS::ApiGateway::UsagePlan", TagShape::List),
    ("AWS::ApiGateway::ApiKey", TagShape::List),
    ("AWS::StepFunctions::StateMachine", TagShape::List),
    ("AWS::ApiGatewayV2::Stage", TagShape::Map),
    ("AWS::ApiGatewayV2::DomainName", TagShape::Map),
];
