//! Values that live in a resource though nobody declares them: which move by themselves, and which are what the service
//! puts there anyway. What is neither was set by somebody, and a watch tells when it changes.
//!
//! A fact here hides changes, so it names what nobody can set, or what somebody else than a person owns. `Status`,
//! `Version`, `Id` and `Endpoint` are in the list of no type as a whole: in many they are settings.

use super::fact::{Fact, Facts, Says, fact};
use super::resource_facts::resource_facts;
use crate::model::{AttributePath, ResourceType, Value};

/// Every type.
const EVERY: &[&str] = &["*"];
const CONTROLLED_CAPACITY: &[&str] = &["AWS::DynamoDB::Table", "AWS::DynamoDB::GlobalTable"];

const fn volatile(types: &'static [&'static str], paths: &'static [&'static str]) -> Fact {
    fact(types, paths, Says::Volatile)
}

pub(super) const FACTS: &[Fact] = &[
    // Times that services note of their own acts, in the spellings that CloudFormation's schemas use.
    volatile(
        EVERY,
        &[
            "**.CreatedAt",
            "**.CreatedDate",
            "**.CreatedTime",
            "**.CreatedTimestamp",
            "**.CreateDate",
            "**.CreateTime",
            "**.CreationDate",
            "**.CreationDateTime",
            "**.CreationTime",
            "**.CreationTimestamp",
            "**.CreatedOn",
            "**.LastModified",
            "**.LastModifiedAt",
            "**.LastModifiedDate",
            "**.LastModifiedDateTime",
            "**.LastModifiedTime",
            "**.LastUpdateDate",
            "**.LastUpdateTime",
            "**.LastUpdated",
            "**.LastUpdatedAt",
            "**.LastUpdatedDate",
            "**.LastUpdatedDateTime",
            "**.LastUpdatedTime",
            "**.LastUpdatedTimestamp",
            "**.LatestRestorableTime",
            "**.ModifiedAt",
            "**.ModifiedTime",
            "**.UpdateTime",
            "**.UpdatedAt",
            "**.UpdatedTime",
            "**.UpdatedOn",
        ],
    ),
    // What a service numbers or names itself, at the place where no schema has a setting of that name.
    volatile(EVERY, &["Arn", "ARN", "ETag", "CreatedBy", "LastModifiedBy", "LastUpdatedBy", "OwnerId"]),
    volatile(
        &["AWS::Lambda::Function"],
        &["Version", "RevisionId", "CodeSha256", "CodeSize", "State", "StateReason", "LastUpdateStatus"],
    ),
    volatile(&["AWS::Lambda::Alias"], &["RevisionId"]),
    volatile(&["AWS::EC2::LaunchTemplate"], &["LatestVersionNumber", "DefaultVersionNumber"]),
    volatile(&["AWS::SSM::Parameter"], &["Version"]),
    volatile(&["AWS::CloudWatch::Alarm"], &["StateValue", "StateReason", "StateReasonData"]),
    volatile(&["AWS::CloudFormation::Stack"], &["StackStatus", "StackStatusReason"]),
    volatile(&["AWS::EKS::Cluster"], &["PlatformVersion"]),
    volatile(&["AWS::DynamoDB::Table"], &["StreamArn"]),
    volatile(&["AWS::EC2::Instance"], &["State", "PublicIp", "PublicDnsName"]),
    volatile(&["AWS::RDS::DBInstance"], &["DBInstanceStatus", "StatusInfos"]),
    volatile(&["AWS::RDS::DBCluster"], &["Status"]),
    // Where nobody declares how many, a controller decides: Application Auto Scaling, scaling policies, the deployment
    // controller (guides of the services).
    volatile(&["AWS::ECS::Service", "AWS::ECS::TaskSet"], &["DesiredCount", "RunningCount", "PendingCount"]),
    volatile(
        &["AWS::AutoScaling::AutoScalingGroup"],
        &["DesiredCapacity", "Instances", "AvailabilityZones", "AvailabilityZoneIds"],
    ),
    volatile(
        CONTROLLED_CAPACITY,
        &[
            "ProvisionedThroughput",
            "GlobalSecondaryIndexes.*.ProvisionedThroughput",
            "WarmThroughput",
            "GlobalSecondaryIndexes.*.WarmThroughput",
        ],
    ),
];

/// Whether a value moves though nobody changes it: by the tables, or because the type's schema calls it read-only.
pub fn is_volatile(resource_type: &ResourceType, path: &AttributePath) -> bool {
    let facts = Facts::of(resource_type);
    let outer = |length: usize| path.steps().iter().take(length).cloned().collect::<AttributePath>();
    let is_read_only = || resource_facts(resource_type.as_str()).is_some_and(|schema| schema.is_read_only(path));
    (1..=path.steps().len()).any(|length| facts.say(&outer(length), Says::Volatile)) || is_read_only()
}

/// Whether a value is what the service puts there when nobody says anything, so that it stands for none: by the tables,
/// or, where they say nothing of a default, by the type's schema.
pub fn is_default(resource_type: &ResourceType, path: &AttributePath, value: &Value) -> bool {
    let facts = Facts::of(resource_type);
    let text = value.as_scalar_text();
    let mut tabled = facts.at(path).filter_map(|says| match says {
        Says::Default(default) => Some(default),
        _ => None,
    });
    let by_schema = || {
        let default = resource_facts(resource_type.as_str()).and_then(|schema| schema.default_at(path));
        text.is_some() && default.and_then(Value::as_scalar_text) == text
    };
    let is_default = match tabled.next() {
        Some(default) => text.as_deref() == Some(default) || tabled.any(|default| text.as_deref() == Some(default)),
        None => by_schema(),
    };
    is_default || (value.is_empty() && facts.say(path, Says::EmptyIsAbsent))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value as Json, json};

    #[test]
    fn what_a_service_moves_is_told_from_what_a_person_sets() {
        let check = |resource_type: &str, path: &str, expect: bool| {
            let found = is_volatile(&resource_type.into(), &path.parse().unwrap());
            assert_eq!(found, expect, "{resource_type} {path}");
        };
        check("AWS::SSM::Parameter", "LastModifiedDate", true);
        check("AWS::SSM::Parameter", "Version", true);
        check("AWS::SSM::Parameter", "Tier", false);
        check("AWS::IAM::Role", "Arn", true);
        check("AWS::Lambda::Function", "FileSystemConfigs[0].Arn", false);
        check("AWS::Lambda::EventSourceMapping", "Version", false);
        check("AWS::S3::Bucket", "VersioningConfiguration.Status", false);
        check("AWS::ECS::Service", "DesiredCount", true);
        check("AWS::ECS::Service", "DeploymentConfiguration.MaximumPercent", false);
        check("AWS::DynamoDB::Table", "ProvisionedThroughput.ReadCapacityUnits", true);
        check("AWS::DynamoDB::Table", "BillingMode", false);
        check("AWS::AutoScaling::AutoScalingGroup", "MaxSize", false);
        // Read-only by its schema; a setting of the same name beside it is not.
        check("AWS::ECS::Service", "ServiceArn", true);
        check("AWS::ECS::Service", "TaskDefinition", false);
    }

    #[test]
    fn only_the_default_itself_stands_for_nothing() {
        let check = |resource_type: &str, path: &str, value: Json, expect: bool| {
            let found = is_default(&resource_type.into(), &path.parse().unwrap(), &Value::from_json(&value));
            assert_eq!(found, expect, "{resource_type} {path} {value}");
        };
        check("AWS::Lambda::Function", "MemorySize", json!(128), true);
        check("AWS::Lambda::Function", "MemorySize", json!(256), false);
        check("AWS::Lambda::Function", "Description", json!(""), true);
        check("AWS::Lambda::Function", "Description", json!("x"), false);
        check("AWS::Lambda::Function", "Handler", json!(""), false);
        check("AWS::SQS::Queue", "Unheard", json!(false), false);
        // By its schema.
        check("AWS::EC2::KeyPair", "KeyType", json!("rsa"), true);
        check("AWS::EC2::KeyPair", "KeyType", json!("ed25519"), false);
    }
}
