//! Facts about IAM and KMS: which properties are policy documents, and which collections are complete.

use super::fact::{Fact, Says, fact};

const PRINCIPALS: &[&str] = &["AWS::IAM::Role", "AWS::IAM::User", "AWS::IAM::Group"];
const POLICIES: &[&str] = &["AWS::IAM::ManagedPolicy", "AWS::IAM::Policy"];

pub(super) const FACTS: &[Fact] = &[
    fact(&["AWS::IAM::Role"], &["AssumeRolePolicyDocument"], Says::Policy),
    fact(PRINCIPALS, &["Policies.*.PolicyDocument"], Says::Policy),
    fact(PRINCIPALS, &["Policies"], Says::KeyedBy(&["PolicyName"])),
    fact(PRINCIPALS, &["Policies", "ManagedPolicyArns"], Says::Authoritative),
    fact(&["AWS::IAM::User"], &["Groups"], Says::Authoritative),
    fact(PRINCIPALS, &["Path"], Says::Default("/")),
    fact(&["AWS::IAM::Role"], &["MaxSessionDuration"], Says::Default("3600")),
    fact(&["AWS::IAM::Role"], &["Description", "PermissionsBoundary"], Says::EmptyIsAbsent),
    fact(&["AWS::IAM::Role"], &["Description"], Says::Verbatim),
    fact(POLICIES, &["PolicyDocument"], Says::Policy),
    fact(POLICIES, &["Description"], Says::EmptyIsAbsent),
    fact(POLICIES, &["Path"], Says::Default("/")),
    // Attachments are a union over several declarations: a member that only lives is not this one's.
    fact(POLICIES, &["Roles", "Users", "Groups"], Says::OpenMembers),
    fact(&["AWS::IAM::RolePolicy", "AWS::IAM::UserPolicy", "AWS::IAM::GroupPolicy"], &["PolicyDocument"], Says::Policy),
    fact(&["AWS::KMS::Key", "AWS::KMS::ReplicaKey"], &["KeyPolicy"], Says::Policy),
    fact(
        &["AWS::S3::BucketPolicy", "AWS::SQS::QueuePolicy", "AWS::SNS::TopicPolicy"],
        &["PolicyDocument"],
        Says::Policy,
    ),
    fact(&["AWS::SQS::QueueInlinePolicy", "AWS::SNS::TopicInlinePolicy"], &["PolicyDocument"], Says::Policy),
    fact(&["AWS::SecretsManager::ResourcePolicy"], &["ResourcePolicy"], Says::Policy),
    fact(&["AWS::ECR::Repository"], &["RepositoryPolicyText"], Says::Policy),
    fact(&["AWS::ECR::RegistryPolicy"], &["PolicyText"], Says::Policy),
    fact(&["AWS::ApiGateway::RestApi"], &["Policy"], Says::Policy),
    fact(&["AWS::OpenSearchService::Domain", "AWS::Elasticsearch::Domain"], &["AccessPolicies"], Says::Policy),
    fact(&["AWS::Backup::BackupVault"], &["AccessPolicy"], Says::Policy),
    fact(&["AWS::EFS::FileSystem"], &["FileSystemPolicy"], Says::Policy),
    fact(&["AWS::Logs::ResourcePolicy"], &["PolicyDocument"], Says::Policy),
    fact(&["AWS::Organizations::Policy"], &["Content"], Says::Json(super::Order::Kept)),
];
