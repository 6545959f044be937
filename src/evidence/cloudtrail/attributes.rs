//! Which attributes an operation is about: a table for those whose requests are called otherwise than the properties,
//! and for all others the members of the request.

use crate::model::AttributePath;

/// Operations of a service, by how they begin, and the attribute they change.
const OPERATIONS: &[(&str, &str, &str)] = &[
    ("ec2", "AuthorizeSecurityGroupIngress", "SecurityGroupIngress"),
    ("ec2", "RevokeSecurityGroupIngress", "SecurityGroupIngress"),
    ("ec2", "UpdateSecurityGroupRuleDescriptionsIngress", "SecurityGroupIngress"),
    ("ec2", "AuthorizeSecurityGroupEgress", "SecurityGroupEgress"),
    ("ec2", "RevokeSecurityGroupEgress", "SecurityGroupEgress"),
    ("ec2", "UpdateSecurityGroupRuleDescriptionsEgress", "SecurityGroupEgress"),
    ("ec2", "CreateTags", "Tags"),
    ("ec2", "DeleteTags", "Tags"),
    ("iam", "AttachRolePolicy", "ManagedPolicyArns"),
    ("iam", "DetachRolePolicy", "ManagedPolicyArns"),
    ("iam", "AttachUserPolicy", "ManagedPolicyArns"),
    ("iam", "DetachUserPolicy", "ManagedPolicyArns"),
    ("iam", "AttachGroupPolicy", "ManagedPolicyArns"),
    ("iam", "DetachGroupPolicy", "ManagedPolicyArns"),
    ("iam", "PutRolePolicy", "Policies"),
    ("iam", "DeleteRolePolicy", "Policies"),
    ("iam", "PutUserPolicy", "Policies"),
    ("iam", "PutGroupPolicy", "Policies"),
    ("iam", "UpdateAssumeRolePolicy", "AssumeRolePolicyDocument"),
    ("iam", "PutRolePermissionsBoundary", "PermissionsBoundary"),
    ("iam", "DeleteRolePermissionsBoundary", "PermissionsBoundary"),
    ("iam", "CreatePolicyVersion", "PolicyDocument"),
    ("iam", "SetDefaultPolicyVersion", "PolicyDocument"),
    ("lambda", "UpdateFunctionCode", "Code"),
    ("lambda", "PutFunctionConcurrency", "ReservedConcurrentExecutions"),
    ("lambda", "DeleteFunctionConcurrency", "ReservedConcurrentExecutions"),
    ("monitoring", "EnableAlarmActions", "ActionsEnabled"),
    ("monitoring", "DisableAlarmActions", "ActionsEnabled"),
    ("s3", "PutBucketVersioning", "VersioningConfiguration"),
    ("s3", "PutBucketEncryption", "BucketEncryption"),
    ("s3", "PutBucketTagging", "Tags"),
    ("s3", "PutBucketPublicAccessBlock", "PublicAccessBlockConfiguration"),
    ("s3", "PutBucketLifecycle", "LifecycleConfiguration"),
    ("s3", "PutBucketCors", "CorsConfiguration"),
    ("s3", "PutBucketLogging", "LoggingConfiguration"),
];

/// How operations on tags begin, in all services.
const TAGS: [&str; 7] =
    ["TagResource", "UntagResource", "AddTags", "RemoveTags", "ListTags", "CreateOrUpdateTags", "TagRole"];

/// Operations about a resource as a whole.
const WHOLE: [&str; 7] = ["Create", "Delete", "Run", "Terminate", "Register", "Deregister", "Restore"];

/// The attributes that an operation is about; none: the resource as a whole.
pub(super) fn of(service: &str, operation: &str, members: &[String]) -> Vec<AttributePath> {
    let row = OPERATIONS.iter().find(|row| row.0 == service && operation.starts_with(row.1));
    if let Some((_, _, attribute)) = row {
        return vec![AttributePath::keys([*attribute])];
    }
    if TAGS.iter().any(|verb| operation.starts_with(verb)) {
        return vec![AttributePath::keys(["Tags"])];
    }
    if WHOLE.iter().any(|verb| operation.starts_with(verb)) {
        return Vec::new();
    }
    members.iter().map(|member| AttributePath::keys([property(member).as_str()])).collect()
}

/// `desiredCount` is the property `DesiredCount`.
fn property(member: &str) -> String {
    let mut chars = member.chars();
    chars.next().map(|first| first.to_ascii_uppercase()).into_iter().chain(chars).collect()
}
