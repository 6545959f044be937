//! `AWS::EC2::SecurityGroup` and `AWS::EC2::Instance`.

use super::Reading;
use super::properties::{object, text};
use crate::model::Value;

mod instance;
mod security_group;

pub(super) use instance::instances;
pub(super) use security_group::security_groups;

pub(super) const INSTANCE: &str = "AWS::EC2::Instance";
pub(super) const SECURITY_GROUP: &str = "AWS::EC2::SecurityGroup";

/// A filter takes at most 200 values (EC2 API reference, `Filter`).
const VALUES_PER_FILTER: usize = 200;

/// Tags of EC2, as CloudFormation writes them. A resource without tags has no member for them.
fn tags(tags: &Option<Vec<aws_sdk_ec2::types::Tag>>) -> Value {
    let tags = tags.as_deref().unwrap_or_default();
    Value::list(tags.iter().map(|tag| object([("Key", text(&tag.key)), ("Value", text(&tag.value))])))
}

/// The id at the end of a key that may be an ARN (`…:security-group/sg-1`).
fn id_of(key: &str) -> &str {
    super::properties::arn_resource(key).and_then(|resource| resource.rsplit('/').next()).unwrap_or(key)
}
