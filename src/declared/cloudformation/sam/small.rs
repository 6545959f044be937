//! `AWS::Serverless::SimpleTable` and `AWS::Serverless::LayerVersion`: one resource each.

use super::Expansion;
use super::function::code_location;
use super::resource::{Resource, kept, passed_on, tag_list};
use super::tree::{Expand, fault, field, set_field, text, tree};
use crate::model::{Kind, Value};

/// A table of DynamoDB with a hash key.
pub(super) fn table(id: &str, node: &Value) -> Expand<Vec<Resource>> {
    let empty = tree!({});
    let properties = field(node, "Properties").unwrap_or(&empty);
    let (name, kind) = match set_field(properties, "PrimaryKey") {
        None => (tree!("id"), "S"),
        Some(key) => {
            let kind = match text(key, "Type") {
                Some("String") => "S",
                Some("Number") => "N",
                Some("Binary") => "B",
                _ => return fault(key, "the `Type` of a key is `String`, `Number` or `Binary`"),
            };
            let Some(name) = field(key, "Name") else { return fault(key, "a key has a `Name`") };
            (name.clone(), kind)
        }
    };
    let throughput = set_field(properties, "ProvisionedThroughput");
    let table = Resource::new("AWS::DynamoDB::Table", id, &kept(node), node)
        .depends_on(field(node, "DependsOn"))
        .with("AttributeDefinitions", tree!([{ "AttributeName": (name.clone()), "AttributeType": kind }]))
        .with("KeySchema", tree!([{ "AttributeName": (name), "KeyType": "HASH" }]))
        .maybe("ProvisionedThroughput", throughput.cloned())
        .maybe("BillingMode", throughput.is_none().then_some("PAY_PER_REQUEST"))
        .maybe("PointInTimeRecoverySpecification", set_field(properties, "PointInTimeRecoverySpecification").cloned())
        .maybe("SSESpecification", set_field(properties, "SSESpecification").cloned())
        .maybe("TableName", set_field(properties, "TableName").cloned())
        .maybe("Tags", set_field(properties, "Tags").map(|tags| Value::list(tag_list(Some(tags)))));
    Ok(vec![table])
}

/// What of a layer the transform hashes with the values of parameters.
const RESOLVED: [&str; 4] = ["LayerName", "LicenseInfo", "Description", "RetentionPolicy"];

/// A layer, whose logical id changes with its properties.
pub(super) fn layer(expansion: &mut Expansion<'_>, id: &str, node: &Value) -> Expand<Vec<Resource>> {
    let parameters = expansion.environment.names.parameters;
    let mut properties = field(node, "Properties").cloned().unwrap_or_else(|| tree!({}));
    for name in RESOLVED {
        if let Some(value) = set_field(&properties, name) {
            let resolved = parameters.resolve(value);
            super::tree::members(&mut properties).insert(name.to_owned(), resolved);
        }
    }
    let Some(uri) = field(&properties, "ContentUri") else { return fault(node, "`ContentUri` is missing") };
    let mut attributes = passed_on(node);
    match set_field(&properties, "RetentionPolicy").map(|policy| (policy, policy.as_str().map(str::to_lowercase))) {
        None => drop(attributes.entry("DeletionPolicy".to_owned()).or_insert_with(|| "Retain".into())),
        Some((_, Some(word))) if word == "retain" => {
            drop(attributes.insert("DeletionPolicy".to_owned(), "Retain".into()))
        }
        Some((_, Some(word))) if word == "delete" => {
            drop(attributes.insert("DeletionPolicy".to_owned(), "Delete".into()))
        }
        Some((policy, _)) => return fault(policy, "`RetentionPolicy` is `Retain` or `Delete`"),
    }
    let names = [
        ("Bucket", "S3Bucket"),
        ("Key", "S3Key"),
        ("Version", "S3ObjectVersion"),
        ("StorageMode", "S3ObjectStorageMode"),
    ];
    let content = code_location(uri, &names)?;
    let mut resolved = RESOLVED.iter().filter_map(|name| field(&properties, name));
    let is_settled = resolved.all(|value| parameters.is_settled(value));
    let own_id = if is_settled && !content.is_unknown() {
        expansion.environment.names.hashed_as_written(id, &hashed(id, node, &properties))
    } else {
        expansion.environment.names.deployed(id)
    };
    expansion.revisions.insert(own_id.clone());
    expansion.renamed.insert(id.to_owned(), own_id.clone());
    let name = set_field(&properties, "LayerName").cloned().unwrap_or_else(|| id.into());
    let layer = Resource::new("AWS::Lambda::LayerVersion", own_id, &attributes, node)
        .depends_on(field(node, "DependsOn"))
        .with("LayerName", name)
        .with("Content", content)
        .copying(&properties, &["Description", "CompatibleArchitectures", "CompatibleRuntimes", "LicenseInfo"]);
    Ok(vec![layer])
}

/// The resource as the transform hashes it: without what happens when it is deleted.
fn hashed(id: &str, node: &Value, properties: &Value) -> Value {
    let mut written = tree!({ "Type": "AWS::Serverless::LayerVersion" });
    let members = super::tree::members(&mut written);
    for name in ["DependsOn", "Condition", "UpdatePolicy"] {
        members.extend(field(node, name).map(|value| (name.to_owned(), value.clone())));
    }
    let set = properties.as_object().into_iter().flatten().filter(|(_, value)| value.kind != Kind::Null);
    members.insert("Properties".to_owned(), Value::object(set.map(|(name, value)| (name.clone(), value.clone()))));
    Value::object([(id, written)])
}
