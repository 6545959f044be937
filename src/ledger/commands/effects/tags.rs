//! Tags: the commands of all services that set and remove them, and which type an id or ARN is of.
//!
//! Source: the services' API references; ARNs as of the AWS Service Authorization Reference. What a type calls its tags
//! is read from CloudFormation's published schemas.

use super::change::item_at;
use super::{Outcome, Parameters, Prediction, Target, TargetName, name_of, null, path};
use crate::model::{Kind, ResourceType, Value};
use crate::schema::resource_facts;

/// A command about tags.
struct Tagging {
    command: &'static str,
    /// The parameter with the resource, or several.
    resource: &'static str,
    of: Of,
    what: What,
}

/// How the resource's type is told.
enum Of {
    /// It is always this.
    Type(&'static str),
    /// By the ARN.
    Arn,
    /// By what an id of EC2 starts with.
    Id,
}

/// What is done with tags, and in which parameter.
enum What {
    /// A list of structures with these members is set.
    Sets(&'static str, &'static str, &'static str),
    /// A map is set.
    SetsMap(&'static str),
    /// These keys are removed.
    Removes(&'static str),
    /// The keys of these structures are removed.
    RemovesIn(&'static str),
}

use What::{Removes, RemovesIn, Sets, SetsMap};

const fn tagging(command: &'static str, resource: &'static str, of: Of, what: What) -> Tagging {
    Tagging { command, resource, of, what }
}

const fn sets(parameter: &'static str) -> What {
    Sets(parameter, "Key", "Value")
}

const COMMANDS: &[Tagging] = &[
    tagging("acm add-tags-to-certificate", "CertificateArn", Of::Arn, sets("Tags")),
    tagging("acm remove-tags-from-certificate", "CertificateArn", Of::Arn, RemovesIn("Tags")),
    tagging("cloudwatch tag-resource", "ResourceARN", Of::Arn, sets("Tags")),
    tagging("cloudwatch untag-resource", "ResourceARN", Of::Arn, Removes("TagKeys")),
    tagging("dynamodb tag-resource", "ResourceArn", Of::Arn, sets("Tags")),
    tagging("dynamodb untag-resource", "ResourceArn", Of::Arn, Removes("TagKeys")),
    tagging("ec2 create-tags", "Resources", Of::Id, sets("Tags")),
    tagging("ec2 delete-tags", "Resources", Of::Id, RemovesIn("Tags")),
    tagging("ecr tag-resource", "ResourceArn", Of::Arn, sets("Tags")),
    tagging("ecr untag-resource", "ResourceArn", Of::Arn, Removes("TagKeys")),
    tagging("ecs tag-resource", "ResourceArn", Of::Arn, sets("Tags")),
    tagging("ecs untag-resource", "ResourceArn", Of::Arn, Removes("TagKeys")),
    tagging("eks tag-resource", "ResourceArn", Of::Arn, SetsMap("Tags")),
    tagging("eks untag-resource", "ResourceArn", Of::Arn, Removes("TagKeys")),
    tagging("elbv2 add-tags", "ResourceArns", Of::Arn, sets("Tags")),
    tagging("elbv2 remove-tags", "ResourceArns", Of::Arn, Removes("TagKeys")),
    tagging("events tag-resource", "ResourceARN", Of::Arn, sets("Tags")),
    tagging("events untag-resource", "ResourceARN", Of::Arn, Removes("TagKeys")),
    tagging(
        "iam tag-open-id-connect-provider",
        "OpenIDConnectProviderArn",
        Of::Type("AWS::IAM::OIDCProvider"),
        sets("Tags"),
    ),
    tagging("iam tag-role", "RoleName", Of::Type("AWS::IAM::Role"), sets("Tags")),
    tagging("iam tag-user", "UserName", Of::Type("AWS::IAM::User"), sets("Tags")),
    tagging("iam untag-role", "RoleName", Of::Type("AWS::IAM::Role"), Removes("TagKeys")),
    tagging("iam untag-user", "UserName", Of::Type("AWS::IAM::User"), Removes("TagKeys")),
    tagging("kms tag-resource", "KeyId", Of::Type("AWS::KMS::Key"), Sets("Tags", "TagKey", "TagValue")),
    tagging("kms untag-resource", "KeyId", Of::Type("AWS::KMS::Key"), Removes("TagKeys")),
    tagging("lambda tag-resource", "Resource", Of::Arn, SetsMap("Tags")),
    tagging("lambda untag-resource", "Resource", Of::Arn, Removes("TagKeys")),
    tagging("logs tag-log-group", "LogGroupName", Of::Type("AWS::Logs::LogGroup"), SetsMap("Tags")),
    tagging("logs tag-resource", "ResourceArn", Of::Arn, SetsMap("Tags")),
    tagging("logs untag-log-group", "LogGroupName", Of::Type("AWS::Logs::LogGroup"), Removes("Tags")),
    tagging("logs untag-resource", "ResourceArn", Of::Arn, Removes("TagKeys")),
    tagging("rds add-tags-to-resource", "ResourceName", Of::Arn, sets("Tags")),
    tagging("rds remove-tags-from-resource", "ResourceName", Of::Arn, Removes("TagKeys")),
    tagging("resourcegroupstaggingapi tag-resources", "ResourceARNList", Of::Arn, SetsMap("Tags")),
    tagging("resourcegroupstaggingapi untag-resources", "ResourceARNList", Of::Arn, Removes("TagKeys")),
    tagging("secretsmanager tag-resource", "SecretId", Of::Type("AWS::SecretsManager::Secret"), sets("Tags")),
    tagging("secretsmanager untag-resource", "SecretId", Of::Type("AWS::SecretsManager::Secret"), Removes("TagKeys")),
    tagging("sns tag-resource", "ResourceArn", Of::Arn, sets("Tags")),
    tagging("sns untag-resource", "ResourceArn", Of::Arn, Removes("TagKeys")),
    tagging("sqs tag-queue", "QueueUrl", Of::Type("AWS::SQS::Queue"), SetsMap("Tags")),
    tagging("sqs untag-queue", "QueueUrl", Of::Type("AWS::SQS::Queue"), Removes("TagKeys")),
    tagging("ssm add-tags-to-resource", "ResourceId", Of::Type("AWS::SSM::Parameter"), sets("Tags")),
    tagging("ssm remove-tags-from-resource", "ResourceId", Of::Type("AWS::SSM::Parameter"), Removes("TagKeys")),
];

/// The service and the start of the resource part of ARNs, and the type. A longer start goes before a shorter one.
const ARNS: &[(&str, &str, &str)] = &[
    ("acm", "certificate/", "AWS::CertificateManager::Certificate"),
    ("cloudwatch", "alarm:", "AWS::CloudWatch::Alarm"),
    ("dynamodb", "table/", "AWS::DynamoDB::Table"),
    ("ecr", "repository/", "AWS::ECR::Repository"),
    ("ecs", "cluster/", "AWS::ECS::Cluster"),
    ("ecs", "service/", "AWS::ECS::Service"),
    ("ecs", "task-definition/", "AWS::ECS::TaskDefinition"),
    ("eks", "cluster/", "AWS::EKS::Cluster"),
    ("eks", "nodegroup/", "AWS::EKS::Nodegroup"),
    ("elasticloadbalancing", "listener-rule/", "AWS::ElasticLoadBalancingV2::ListenerRule"),
    ("elasticloadbalancing", "listener/", "AWS::ElasticLoadBalancingV2::Listener"),
    ("elasticloadbalancing", "loadbalancer/", "AWS::ElasticLoadBalancingV2::LoadBalancer"),
    ("elasticloadbalancing", "targetgroup/", "AWS::ElasticLoadBalancingV2::TargetGroup"),
    ("events", "rule/", "AWS::Events::Rule"),
    ("iam", "role/", "AWS::IAM::Role"),
    ("lambda", "function:", "AWS::Lambda::Function"),
    ("logs", "log-group:", "AWS::Logs::LogGroup"),
    ("rds", "cluster:", "AWS::RDS::DBCluster"),
    ("rds", "db:", "AWS::RDS::DBInstance"),
    ("s3", "", "AWS::S3::Bucket"),
    ("secretsmanager", "secret:", "AWS::SecretsManager::Secret"),
    ("sns", "", "AWS::SNS::Topic"),
    ("sqs", "", "AWS::SQS::Queue"),
    ("ssm", "parameter/", "AWS::SSM::Parameter"),
];

/// What ids of EC2 start with, and the type.
const IDS: &[(&str, &str)] = &[
    ("eipalloc-", "AWS::EC2::EIP"),
    ("eni-", "AWS::EC2::NetworkInterface"),
    ("i-", "AWS::EC2::Instance"),
    ("igw-", "AWS::EC2::InternetGateway"),
    ("nat-", "AWS::EC2::NatGateway"),
    ("rtb-", "AWS::EC2::RouteTable"),
    ("sg-", "AWS::EC2::SecurityGroup"),
    ("subnet-", "AWS::EC2::Subnet"),
    ("vol-", "AWS::EC2::Volume"),
    ("vpc-", "AWS::EC2::VPC"),
];

/// What a command about tags does; `None` for any other command, and for one on something of another type.
pub(super) fn of(command: &str, parameters: &Parameters<'_>) -> Option<Vec<(ResourceType, Target, Vec<Outcome>)>> {
    let tagging = COMMANDS.iter().find(|one| one.command == command)?;
    let resources = match parameters.get(tagging.resource) {
        Some(Value { kind: Kind::List(items), .. }) => items,
        Some(value) => vec![value],
        None => Vec::new(),
    };
    let found = resources.iter().filter_map(|resource| {
        let resource_type = ResourceType::from(type_of(&tagging.of, resource)?);
        let outcomes = outcomes(&tagging.what, parameters, &resource_type);
        Some((resource_type, Target(vec![name(resource)]), outcomes))
    });
    // Of what the command is, nothing tells.
    Some(found.collect::<Vec<_>>()).filter(|found| !found.is_empty())
}

fn type_of(of: &Of, resource: &Value) -> Option<&'static str> {
    match of {
        Of::Type(resource_type) => Some(resource_type),
        Of::Id => {
            let id = resource.as_str()?;
            IDS.iter().find(|(start, _)| id.starts_with(start)).map(|(_, resource_type)| *resource_type)
        }
        Of::Arn => {
            let mut parts = resource.as_str()?.splitn(6, ':');
            let (service, resource) = (parts.nth(2)?, parts.nth(2)?);
            let found = ARNS.iter().find(|(own, start, _)| *own == service && resource.starts_with(start));
            found.map(|(.., resource_type)| *resource_type)
        }
    }
}

/// The ARN of a log group may end with what is in it: `:*`.
fn name(resource: &Value) -> TargetName {
    match name_of(resource) {
        TargetName::Is(name) => TargetName::Is(name.strip_suffix(":*").unwrap_or(&name).to_owned()),
        TargetName::Any => TargetName::Any,
    }
}

fn outcomes(what: &What, parameters: &Parameters<'_>, resource_type: &ResourceType) -> Vec<Outcome> {
    let facts = resource_facts(resource_type.as_str());
    let property = facts.and_then(|facts| facts.tag_property()).unwrap_or("Tags");
    let is_map = facts.is_some_and(|facts| facts.is_map(&path(property)));
    let one = |key: &str, value: Option<Value>| {
        if is_map {
            return (path(property).key(key), Prediction::of(value.unwrap_or_else(null)));
        }
        let item = value.map(|value| Value::object([("Key", Value::from(key)), ("Value", value)]));
        let prediction = match item {
            Some(item) => Prediction::Is(item),
            None => Prediction::Is(null()),
        };
        (item_at(property, "Key", key), prediction)
    };
    let open = || vec![(path(property), Prediction::Unspecified)];
    let (Sets(parameter, ..) | SetsMap(parameter) | Removes(parameter) | RemovesIn(parameter)) = what;
    let given = parameters.get(parameter).map(|given| given.kind);
    match (what, given) {
        (SetsMap(_), Some(Kind::Object(tags))) => tags.into_iter().map(|(key, value)| one(&key, Some(value))).collect(),
        (Sets(_, key, value), Some(Kind::List(items))) => {
            let tag = |item: &Value| {
                let value = item.get(value).cloned().unwrap_or_else(|| Value::from(""));
                Some(one(&item.get(key)?.as_scalar_text()?, Some(value)))
            };
            items.iter().map(tag).collect::<Option<_>>().unwrap_or_else(open)
        }
        (Removes(_), Some(Kind::List(keys))) => {
            keys.iter().map(|key| Some(one(&key.as_scalar_text()?, None))).collect::<Option<_>>().unwrap_or_else(open)
        }
        (RemovesIn(_), Some(Kind::List(items))) => {
            let key = |item: &Value| Some(one(&item.get("Key")?.as_scalar_text()?, None));
            items.iter().map(key).collect::<Option<_>>().unwrap_or_else(open)
        }
        _ => open(),
    }
}

#[cfg(test)]
pub(super) fn commands() -> impl Iterator<Item = &'static str> {
    COMMANDS.iter().map(|one| one.command)
}
