//! Scalable targets: which attribute of which resource Application Auto Scaling moves, and between what.

use std::collections::BTreeSet;

use crate::model::{AttributePath, Number, ResourceType, Step, Value};

/// The type whose resources set the limits.
pub const SCALABLE_TARGET: &str = "AWS::ApplicationAutoScaling::ScalableTarget";

/// An attribute that a scalable target moves.
#[derive(Clone, Debug, PartialEq)]
pub struct Scaled {
    /// The type of the resource that it is an attribute of.
    pub resource_type: ResourceType,
    /// The resource, by its [`super::natural_key`].
    pub key: String,
    /// The attribute.
    pub path: AttributePath,
    /// `MinCapacity`.
    pub min: Number,
    /// `MaxCapacity`.
    pub max: Number,
}

/// A dimension: its name, the type, how its resource ids begin, and the attribute. Application Auto Scaling API
/// reference, `RegisterScalableTarget`.
type Dimension = (&'static str, &'static str, &'static str, &'static [&'static str]);

const DIMENSIONS: &[Dimension] = &[
    ("ecs:service:DesiredCount", "AWS::ECS::Service", "service/", &["DesiredCount"]),
    (
        "dynamodb:table:ReadCapacityUnits",
        "AWS::DynamoDB::Table",
        "table/",
        &["ProvisionedThroughput", "ReadCapacityUnits"],
    ),
    (
        "dynamodb:table:WriteCapacityUnits",
        "AWS::DynamoDB::Table",
        "table/",
        &["ProvisionedThroughput", "WriteCapacityUnits"],
    ),
    (
        "dynamodb:index:ReadCapacityUnits",
        "AWS::DynamoDB::Table",
        "table/",
        &["ProvisionedThroughput", "ReadCapacityUnits"],
    ),
    (
        "dynamodb:index:WriteCapacityUnits",
        "AWS::DynamoDB::Table",
        "table/",
        &["ProvisionedThroughput", "WriteCapacityUnits"],
    ),
    (
        "lambda:function:ProvisionedConcurrency",
        "AWS::Lambda::Alias",
        "function:",
        &["ProvisionedConcurrencyConfig", "ProvisionedConcurrentExecutions"],
    ),
];

/// Whether a type has an attribute that scalable targets move.
pub fn is_scalable(resource_type: &ResourceType) -> bool {
    DIMENSIONS.iter().any(|(_, name, ..)| *name == resource_type.as_str())
}

/// The service namespace of the scalable targets that move attributes of a type.
pub fn namespace_of_targets(resource_type: &ResourceType) -> Option<&'static str> {
    let (dimension, ..) = DIMENSIONS.iter().find(|(_, name, ..)| *name == resource_type.as_str())?;
    dimension.split(':').next()
}

/// The attributes of a type itself, its lists aside, that scalable targets move.
pub fn scaled_attributes(resource_type: &ResourceType) -> BTreeSet<AttributePath> {
    let of_type = DIMENSIONS.iter().filter(|(_, name, ..)| *name == resource_type.as_str());
    of_type.map(|(.., members)| AttributePath::keys(members.iter().copied())).collect()
}

/// What a scalable target moves, given its properties; `None` where they are not all known.
pub fn scaled(target: &Value) -> Option<Scaled> {
    let text = |name: &str| target.get(name).and_then(Value::as_str);
    let number = |name: &str| target.get(name).and_then(Value::as_scalar_text)?.parse().ok();
    let dimension = text("ScalableDimension")?;
    let (_, resource_type, prefix, members) = DIMENSIONS.iter().find(|(name, ..)| *name == dimension)?;
    let resource = text("ResourceId")?.strip_prefix(prefix)?;
    let attribute = AttributePath::keys(members.iter().copied());
    let (key, path) = match resource.split_once("/index/") {
        Some((table, index)) => {
            let item = Step::Item { by: "IndexName".to_owned(), value: index.to_owned() };
            let steps = AttributePath::keys(["GlobalSecondaryIndexes"]).then(item).steps().to_vec();
            (table, steps.into_iter().chain(attribute.steps().iter().cloned()).collect())
        }
        None => (resource, attribute),
    };
    let (min, max) = (number("MinCapacity")?, number("MaxCapacity")?);
    Some(Scaled { resource_type: (*resource_type).into(), key: key.to_owned(), path, min, max })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_target_names_the_attribute_that_it_moves() {
        let check = |dimension: &str, resource: &str, expect: Option<(&str, &str, &str)>| {
            let target = json!({"ScalableDimension": dimension, "ResourceId": resource, "MinCapacity": 1,
                "MaxCapacity": "4"});
            let found = scaled(&Value::from_json(&target));
            let told = found.as_ref().map(|one| (one.resource_type.as_str(), one.key.as_str(), one.path.to_string()));
            let told = told.as_ref().map(|(name, key, path)| (*name, *key, path.as_str()));
            assert_eq!(told, expect, "{dimension} {resource}");
        };
        let service = Some(("AWS::ECS::Service", "prod/api", "DesiredCount"));
        check("ecs:service:DesiredCount", "service/prod/api", service);
        let table = Some(("AWS::DynamoDB::Table", "t", "ProvisionedThroughput.ReadCapacityUnits"));
        check("dynamodb:table:ReadCapacityUnits", "table/t", table);
        let index = "GlobalSecondaryIndexes[IndexName=i].ProvisionedThroughput.WriteCapacityUnits";
        check("dynamodb:index:WriteCapacityUnits", "table/t/index/i", Some(("AWS::DynamoDB::Table", "t", index)));
        let alias = "ProvisionedConcurrencyConfig.ProvisionedConcurrentExecutions";
        check(
            "lambda:function:ProvisionedConcurrency",
            "function:f:live",
            Some(("AWS::Lambda::Alias", "f:live", alias)),
        );
        check("ecs:service:DesiredCount", "cluster/prod/api", None);
        check("rds:cluster:ReadReplicaCount", "cluster:c", None);
    }

    #[test]
    fn a_type_tells_where_its_targets_are_registered_and_what_they_move() {
        let check = |name: &str, namespace: Option<&str>, moved: &[&str]| {
            let attributes: Vec<String> = scaled_attributes(&name.into()).iter().map(ToString::to_string).collect();
            assert_eq!(namespace_of_targets(&name.into()), namespace, "{name}");
            assert_eq!(attributes, moved, "{name}");
        };
        check("AWS::ECS::Service", Some("ecs"), &["DesiredCount"]);
        let table = ["ProvisionedThroughput.ReadCapacityUnits", "ProvisionedThroughput.WriteCapacityUnits"];
        check("AWS::DynamoDB::Table", Some("dynamodb"), &table);
        check("AWS::IAM::Role", None, &[]);
    }
}
