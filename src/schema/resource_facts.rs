//! What CloudFormation's published schemas say about each resource type: which properties are read-only, write-only or
//! fixed at creation, defaults, kinds of lists, identifiers, and how drift detection transforms what is declared.
//!
//! The table is generated (`scripts/generate-resource-facts.py`) from the resource provider schemas that the package
//! cfn-lint carries (Copyright Amazon.com, Inc. or its affiliates, MIT-0), and embedded compressed. A type is unpacked
//! when it is first asked for. Schemas are sometimes wrong; corrections stand in the tables beside this one and go
//! before it.

mod by_path;
mod file;

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value as Json;

use self::by_path::ByPath;
use super::fact::{Order, pattern_covers, pattern_matches};
use crate::model::{AttributePath, Value};

pub(crate) use self::file::inflate;
pub use self::file::{Source, resource_types, source};

/// What the published schema of one type says. Patterns are those of [`Fact`](super::Fact).
#[derive(Debug, Default)]
pub struct ResourceFacts {
    read_only: Box<[Box<str>]>,
    write_only: Box<[Box<str>]>,
    create_only: Box<[Box<str>]>,
    conditionally_create_only: Box<[Box<str>]>,
    deprecated: Box<[Box<str>]>,
    primary: Box<[Box<str>]>,
    additional: Box<[Box<[Box<str>]>]>,
    tags: Option<Box<str>>,
    defaults: ByPath<Value>,
    arrays: ByPath<ArrayKind>,
    transforms: ByPath<Box<str>>,
    names: Box<[Box<str>]>,
    maps: Box<[Box<str>]>,
    documents: Box<[Box<str>]>,
    reads: Box<[Box<str>]>,
}

/// What a schema says about a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ArrayKind {
    /// `insertionOrder`: whether the order of items counts; `None`: the schema does not say, and most that do not mean
    /// no more than that nobody thought of it.
    pub order: Option<Order>,
    /// `uniqueItems`: whether no two items are the same.
    pub unique: bool,
}

/// What the published schema of a type says; `None` for a type that has none.
pub fn resource_facts(resource_type: &str) -> Option<&'static ResourceFacts> {
    file::facts_of(resource_type)
}

impl ResourceFacts {
    /// `readOnlyProperties`: only the service sets it, such as an ARN. Said of the property or of what it is a part of.
    pub fn is_read_only(&self, path: &AttributePath) -> bool {
        covers(&self.read_only, path)
    }

    /// The patterns of what is read-only.
    pub fn read_only(&self) -> impl Iterator<Item = &str> {
        self.read_only.iter().map(|pattern| &**pattern)
    }

    /// `writeOnlyProperties`: accepted and, as far as the schema knows, never returned.
    pub fn is_write_only(&self, path: &AttributePath) -> bool {
        covers(&self.write_only, path)
    }

    /// `createOnlyProperties`: a change of it replaces the resource.
    pub fn is_create_only(&self, path: &AttributePath) -> bool {
        covers(&self.create_only, path)
    }

    /// `conditionalCreateOnlyProperties`: some changes of it replace the resource.
    pub fn is_conditionally_create_only(&self, path: &AttributePath) -> bool {
        covers(&self.conditionally_create_only, path)
    }

    /// `deprecatedProperties`.
    pub fn is_deprecated(&self, path: &AttributePath) -> bool {
        covers(&self.deprecated, path)
    }

    /// `default`: what the service takes where the property is left out. Alternatives that disagree say nothing.
    pub fn default_at(&self, path: &AttributePath) -> Option<&Value> {
        self.defaults.at(path)
    }

    /// What is said about the list at a path; `None`: nothing.
    pub fn array_at(&self, path: &AttributePath) -> Option<ArrayKind> {
        self.arrays.at(path).copied()
    }

    /// `primaryIdentifier`: the properties that together name a resource of the type, in their order.
    pub fn primary_identifier(&self) -> &[Box<str>] {
        &self.primary
    }

    /// `additionalIdentifiers`: other sets of properties that name it.
    pub fn additional_identifiers(&self) -> &[Box<[Box<str>]>] {
        &self.additional
    }

    /// `tagging.tagProperty`: the property with its tags; `None` for a type that takes none.
    pub fn tag_property(&self) -> Option<&str> {
        self.tags.as_deref()
    }

    /// `propertyTransform`: the JSONata expression over what is declared that drift detection compares as well.
    pub fn transform_at(&self, path: &AttributePath) -> Option<&str> {
        self.transforms.at(path).map(|expression| &**expression)
    }

    /// Every transform with its pattern.
    pub fn transforms(&self) -> impl Iterator<Item = (&str, &str)> {
        self.transforms.rows().map(|(pattern, expression)| (pattern, &**expression))
    }

    /// Names of properties that `snake_case` and back to `PascalCase` does not give: `**.RoleARN`; the whole path where the
    /// type has another spelling too.
    pub fn unusual_names(&self) -> impl Iterator<Item = &str> {
        self.names.iter().map(|pattern| &**pattern)
    }

    /// Whether a property is a map, whose keys are the user's.
    pub fn is_map(&self, path: &AttributePath) -> bool {
        self.maps.iter().any(|pattern| pattern_matches(pattern, path))
    }

    /// Whether a property is an object of which the schema does not say what is in it, such as a policy, or that may be
    /// given as a text.
    pub fn is_document(&self, path: &AttributePath) -> bool {
        self.documents.iter().any(|pattern| pattern_matches(pattern, path))
    }

    /// `handlers.read.permissions`: the IAM actions that reading it through Cloud Control takes.
    pub fn read_permissions(&self) -> &[Box<str>] {
        &self.reads
    }
}

fn covers(patterns: &[Box<str>], path: &AttributePath) -> bool {
    patterns.iter().any(|pattern| pattern_covers(pattern, path))
}

/// A record as it stands in the file.
#[derive(Deserialize)]
#[serde(default, deny_unknown_fields)]
#[derive(Default)]
struct Record {
    read_only: Box<[Box<str>]>,
    write_only: Box<[Box<str>]>,
    create_only: Box<[Box<str>]>,
    conditionally_create_only: Box<[Box<str>]>,
    deprecated: Box<[Box<str>]>,
    primary: Box<[Box<str>]>,
    additional: Box<[Box<[Box<str>]>]>,
    tags: Option<Box<str>>,
    defaults: BTreeMap<Box<str>, Json>,
    arrays: BTreeMap<Box<str>, (Option<bool>, bool)>,
    transforms: BTreeMap<Box<str>, Box<str>>,
    names: Box<[Box<str>]>,
    maps: Box<[Box<str>]>,
    documents: Box<[Box<str>]>,
    reads: Box<[Box<str>]>,
}

impl From<Record> for ResourceFacts {
    fn from(record: Record) -> Self {
        let order = |ordered: bool| if ordered { Order::Kept } else { Order::Free };
        let kind = |(ordered, unique): (Option<bool>, bool)| ArrayKind { order: ordered.map(order), unique };
        Self {
            read_only: record.read_only,
            write_only: record.write_only,
            create_only: record.create_only,
            conditionally_create_only: record.conditionally_create_only,
            deprecated: record.deprecated,
            primary: record.primary,
            additional: record.additional,
            tags: record.tags,
            defaults: record.defaults.into_iter().map(|(path, json)| (path, Value::from_json(&json))).collect(),
            arrays: record.arrays.into_iter().map(|(path, said)| (path, kind(said))).collect(),
            transforms: record.transforms.into_iter().collect(),
            names: record.names,
            maps: record.maps,
            documents: record.documents,
            reads: record.reads,
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn facts(resource_type: &str) -> &'static ResourceFacts {
        resource_facts(resource_type).unwrap()
    }

    fn path(text: &str) -> AttributePath {
        text.parse().unwrap()
    }

    #[test]
    fn every_type_unpacks() {
        let types: Vec<&str> = resource_types().collect();
        assert!(types.len() > 1_800, "{} types", types.len());
        assert!(types.is_sorted());
        for name in &types {
            let facts = resource_facts(name).unwrap_or_else(|| panic!("{name} does not unpack"));
            assert!(!facts.primary_identifier().is_empty(), "{name} has no identifier");
        }
        let readable = types.iter().filter(|name| !facts(name).read_permissions().is_empty()).count();
        assert!(readable > 1_700, "{readable} types with a read handler");
        println!("{} types of cfn-lint {}, schemas of {}", types.len(), source().cfn_lint, source().schemas);
    }

    #[test]
    fn nothing_is_said_about_types_without_a_schema() {
        assert!(resource_facts("AWS::Nothing::AtAll").is_none());
        assert!(resource_facts("Custom::Thing").is_none());
        assert!(resource_facts("").is_none());
    }

    #[test]
    fn properties_are_what_their_schema_says() {
        type Is = fn(&ResourceFacts, &AttributePath) -> bool;
        let check = |resource_type: &str, is: Is, yes: &str, no: &str| {
            assert!(is(facts(resource_type), &path(yes)), "{resource_type} {yes}");
            assert!(!is(facts(resource_type), &path(no)), "{resource_type} {no}");
        };
        check("AWS::SQS::Queue", ResourceFacts::is_read_only, "Arn", "QueueName");
        check("AWS::SQS::Queue", ResourceFacts::is_create_only, "QueueName", "DelaySeconds");
        check("AWS::RDS::DBInstance", ResourceFacts::is_write_only, "MasterUserPassword", "MasterUsername");
        check("AWS::RDS::DBInstance", ResourceFacts::is_read_only, "Endpoint.Address", "Port");
        check("AWS::Lambda::Function", ResourceFacts::is_write_only, "Code.S3Bucket", "Handler");
        check(
            "AWS::AutoScaling::AutoScalingGroup",
            ResourceFacts::is_deprecated,
            "NotificationConfiguration",
            "NotificationConfigurations",
        );
        check("AWS::EC2::Instance", ResourceFacts::is_conditionally_create_only, "UserData", "ImageId");
        // Inside a list, and where a schema leaves the list's `*` out.
        check(
            "AWS::S3::Bucket",
            ResourceFacts::is_write_only,
            "LifecycleConfiguration.Rules[Id=a].Transition",
            "LifecycleConfiguration.Rules[Id=a].Status",
        );
        check("AWS::CE::AnomalySubscription", ResourceFacts::is_read_only, "Subscribers[0].Status", "Subscribers");
    }

    #[test]
    fn defaults_stand_at_their_paths() {
        let check = |resource_type: &str, at: &str, expect: Option<Json>| {
            let expect = expect.map(|json| Value::from_json(&json));
            assert_eq!(facts(resource_type).default_at(&path(at)), expect.as_ref(), "{resource_type} {at}");
        };
        check("AWS::IAM::Role", "Path", Some(json!("/")));
        check("AWS::EC2::Instance", "MetadataOptions.HttpPutResponseHopLimit", Some(json!(1)));
        check("AWS::ECS::TaskDefinition", "ContainerDefinitions[Name=app].VersionConsistency", Some(json!("enabled")));
        check("AWS::Lambda::Function", "MemorySize", None);
    }

    #[test]
    fn lists_are_of_their_kind() {
        let check = |resource_type: &str, at: &str, expect: Option<(Option<Order>, bool)>| {
            let expect = expect.map(|(order, unique)| ArrayKind { order, unique });
            assert_eq!(facts(resource_type).array_at(&path(at)), expect, "{resource_type} {at}");
        };
        check("AWS::SQS::Queue", "Tags", Some((Some(Order::Free), false)));
        check("AWS::ECS::TaskDefinition", "ContainerDefinitions[Name=app].Command", Some((Some(Order::Kept), false)));
        check(
            "AWS::ECS::TaskDefinition",
            "ContainerDefinitions[Name=app].PortMappings",
            Some((Some(Order::Free), true)),
        );
        check("AWS::Lambda::Function", "Layers", Some((None, true)));
        check("AWS::Lambda::Function", "FileSystemConfigs[0]", None);
    }

    #[test]
    fn identifiers_tags_transforms_and_permissions() {
        let texts = |list: &'static [Box<str>]| list.iter().map(|text| &**text).collect::<Vec<_>>();
        assert_eq!(texts(facts("AWS::ECS::Service").primary_identifier()), ["ServiceArn", "Cluster"]);
        let cluster = facts("AWS::Neptune::DBCluster");
        assert_eq!(cluster.transform_at(&path("DBClusterIdentifier")), Some("$lowercase(DBClusterIdentifier)"));
        assert_eq!(cluster.transform_at(&path("Port")), None);
        assert!(texts(facts("AWS::SQS::Queue").read_permissions()).contains(&"sqs:GetQueueAttributes"));
        assert_eq!(facts("AWS::Cognito::UserPool").tag_property(), Some("UserPoolTags"));
        assert_eq!(facts("AWS::IAM::ManagedPolicy").tag_property(), None);
        assert_eq!(json!([facts("AWS::SQS::Queue").additional_identifiers()]), json!([[]]));
    }
}
