//! Natural keys: the names by which people and other declarations know a resource before it has an id.

use crate::model::{ResourceType, Value};

/// How the members of a natural key become one text.
struct Identity {
    resource_type: &'static str,
    properties: &'static [&'static str],
    separator: &'static str,
    /// What an absent first member stands for.
    default_first: Option<&'static str>,
}

const fn named(resource_type: &'static str, properties: &'static [&'static str]) -> Identity {
    Identity { resource_type, properties, separator: "", default_first: None }
}

/// Primary names in CloudFormation's schemas, except ECS services, which are named by cluster and service.
const IDENTITIES: &[Identity] = &[
    named("AWS::AutoScaling::AutoScalingGroup", &["AutoScalingGroupName"]),
    named("AWS::CloudWatch::Alarm", &["AlarmName"]),
    named("AWS::CloudWatch::CompositeAlarm", &["AlarmName"]),
    named("AWS::CodeDeploy::Application", &["ApplicationName"]),
    Identity {
        resource_type: "AWS::CodeDeploy::DeploymentGroup",
        properties: &["ApplicationName", "DeploymentGroupName"],
        separator: "/",
        default_first: None,
    },
    named("AWS::DynamoDB::Table", &["TableName"]),
    named("AWS::EC2::LaunchTemplate", &["LaunchTemplateName"]),
    named("AWS::EC2::SecurityGroup", &["GroupName"]),
    named("AWS::ECR::Repository", &["RepositoryName"]),
    named("AWS::ECS::Cluster", &["ClusterName"]),
    Identity {
        resource_type: "AWS::ECS::Service",
        properties: &["Cluster", "ServiceName"],
        separator: "/",
        default_first: Some("default"),
    },
    named("AWS::ECS::TaskDefinition", &["Family"]),
    named("AWS::EKS::Cluster", &["Name"]),
    Identity {
        resource_type: "AWS::EKS::Nodegroup",
        properties: &["ClusterName", "NodegroupName"],
        separator: "/",
        default_first: None,
    },
    named("AWS::ElastiCache::CacheCluster", &["ClusterName"]),
    named("AWS::ElastiCache::ParameterGroup", &["CacheParameterGroupName"]),
    named("AWS::ElastiCache::ReplicationGroup", &["ReplicationGroupId"]),
    named("AWS::ElastiCache::SubnetGroup", &["CacheSubnetGroupName"]),
    named("AWS::ElasticLoadBalancingV2::LoadBalancer", &["Name"]),
    named("AWS::ElasticLoadBalancingV2::TargetGroup", &["Name"]),
    named("AWS::Events::EventBus", &["Name"]),
    named("AWS::Events::Rule", &["Name"]),
    named("AWS::IAM::Group", &["GroupName"]),
    named("AWS::IAM::InstanceProfile", &["InstanceProfileName"]),
    named("AWS::IAM::ManagedPolicy", &["ManagedPolicyName"]),
    named("AWS::IAM::Role", &["RoleName"]),
    named("AWS::IAM::User", &["UserName"]),
    named("AWS::KMS::Alias", &["AliasName"]),
    Identity {
        resource_type: "AWS::Lambda::Alias",
        properties: &["FunctionName", "Name"],
        separator: ":",
        default_first: None,
    },
    named("AWS::Lambda::Function", &["FunctionName"]),
    named("AWS::Logs::LogGroup", &["LogGroupName"]),
    named("AWS::RDS::DBCluster", &["DBClusterIdentifier"]),
    named("AWS::RDS::DBClusterParameterGroup", &["DBClusterParameterGroupName"]),
    named("AWS::RDS::DBInstance", &["DBInstanceIdentifier"]),
    named("AWS::RDS::DBParameterGroup", &["DBParameterGroupName"]),
    named("AWS::RDS::DBSubnetGroup", &["DBSubnetGroupName"]),
    named("AWS::S3::Bucket", &["BucketName"]),
    named("AWS::S3::BucketPolicy", &["Bucket"]),
    named("AWS::SNS::Topic", &["TopicName"]),
    named("AWS::SQS::Queue", &["QueueName"]),
    named("AWS::SSM::Parameter", &["Name"]),
    named("AWS::SecretsManager::Secret", &["Name"]),
];

fn find(resource_type: &ResourceType) -> Option<&'static Identity> {
    IDENTITIES.iter().find(|identity| identity.resource_type == resource_type.as_str())
}

/// The properties that name a resource of this type, in order; empty for a type that is not named.
pub fn identity(resource_type: &ResourceType) -> &'static [&'static str] {
    find(resource_type).map_or(&[], |identity| identity.properties)
}

/// The name of a resource, made of its [`identity`]: `cluster/service` of an ECS service, `function:alias` of a Lambda
/// alias. An ARN in a member stands for the name at its end. `None` when a member is absent or unknown.
pub fn natural_key(resource_type: &ResourceType, attributes: &Value) -> Option<String> {
    let identity = find(resource_type)?;
    let mut members = Vec::new();
    for (position, property) in identity.properties.iter().enumerate() {
        let written = match attributes.get(property) {
            Some(value) if value.kind != crate::model::Kind::Null => value.as_str()?,
            _ => identity.default_first.filter(|_| position == 0)?,
        };
        members.push(if identity.properties.len() > 1 { name_of(written) } else { written });
    }
    Some(members.join(identity.separator))
}

/// The name at the end of an ARN; anything else as it is.
fn name_of(text: &str) -> &str {
    if text.starts_with("arn:") { text.rsplit(['/', ':']).next().unwrap_or(text) } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_natural_key_is_made_of_the_names_that_people_use() {
        let check = |resource_type: &str, attributes: serde_json::Value, expect: Option<&str>| {
            let found = natural_key(&resource_type.into(), &Value::from_json(&attributes));
            assert_eq!(found.as_deref(), expect, "{resource_type} {attributes}");
        };
        use serde_json::json;
        check("AWS::ECS::Service", json!({"ServiceName": "api"}), Some("default/api"));
        check("AWS::ECS::Service", json!({"Cluster": "prod", "ServiceName": "api"}), Some("prod/api"));
        let arn = "arn:aws:ecs:eu-west-1:111111111111:cluster/prod";
        check("AWS::ECS::Service", json!({"Cluster": arn, "ServiceName": "api"}), Some("prod/api"));
        check("AWS::ECS::Service", json!({"Cluster": {"Fn::Unknown": "?"}, "ServiceName": "api"}), None);
        check("AWS::ECS::Service", json!({"Cluster": "prod"}), None);
        check("AWS::Lambda::Alias", json!({"FunctionName": "f", "Name": "live"}), Some("f:live"));
        let group = json!({"ApplicationName": "app", "DeploymentGroupName": "blue"});
        check("AWS::CodeDeploy::DeploymentGroup", group, Some("app/blue"));
        check("AWS::EKS::Nodegroup", json!({"ClusterName": "c", "NodegroupName": "n"}), Some("c/n"));
        check("AWS::IAM::Role", json!({"RoleName": "deploy"}), Some("deploy"));
        check("AWS::SSM::Parameter", json!({"Name": "/app/key"}), Some("/app/key"));
        check("AWS::EC2::VPC", json!({"CidrBlock": "10.0.0.0/8"}), None);
    }

    #[test]
    fn the_table_is_sorted_and_names_each_type_once() {
        assert!(IDENTITIES.is_sorted_by(|a, b| a.resource_type < b.resource_type));
    }
}
