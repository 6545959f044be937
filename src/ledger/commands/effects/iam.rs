//! AWS IAM. Source: IAM API reference; property names of `AWS::IAM::*`.

use super::change::Change::{Add, Clears, Computed, Document, Gone, Remove, Same, Set, Unread};
use super::change::{document, item_at};
use super::{Outcome, Parameters, Prediction, Row, Select, null, path, row};
use crate::model::Value;

const ROLE: &str = "AWS::IAM::Role";
const BY_ROLE: &[Select] = &[Select::Is("RoleName")];
const USER: &str = "AWS::IAM::User";
const BY_USER: &[Select] = &[Select::Is("UserName")];
const GROUP: &str = "AWS::IAM::Group";
const BY_GROUP: &[Select] = &[Select::Is("GroupName")];
const POLICY: &str = "AWS::IAM::ManagedPolicy";
const BY_POLICY: &[Select] = &[Select::Is("PolicyArn")];
const PROFILE: &str = "AWS::IAM::InstanceProfile";
const BY_PROFILE: &[Select] = &[Select::Is("InstanceProfileName")];
const PROVIDER: &str = "AWS::IAM::OIDCProvider";
const BY_PROVIDER: &[Select] = &[Select::Is("OpenIDConnectProviderArn")];

pub(super) const ROWS: &[Row] = &[
    row("iam attach-role-policy", ROLE, BY_ROLE, &[Add("PolicyArn", "ManagedPolicyArns")]),
    row("iam detach-role-policy", ROLE, BY_ROLE, &[Remove("PolicyArn", "ManagedPolicyArns")]),
    row("iam put-role-policy", ROLE, BY_ROLE, &[Computed(put_policy)]),
    row("iam delete-role-policy", ROLE, BY_ROLE, &[Computed(delete_policy)]),
    row("iam update-assume-role-policy", ROLE, BY_ROLE, &[Document("PolicyDocument", "AssumeRolePolicyDocument")]),
    row("iam update-role", ROLE, BY_ROLE, &[Same(&["Description", "MaxSessionDuration"])]),
    row("iam put-role-permissions-boundary", ROLE, BY_ROLE, &[Same(&["PermissionsBoundary"])]),
    row("iam delete-role-permissions-boundary", ROLE, BY_ROLE, &[Clears("PermissionsBoundary")]),
    row("iam delete-role", ROLE, BY_ROLE, &[Gone]),
    row("iam attach-user-policy", USER, BY_USER, &[Add("PolicyArn", "ManagedPolicyArns")]),
    row("iam detach-user-policy", USER, BY_USER, &[Remove("PolicyArn", "ManagedPolicyArns")]),
    row("iam put-user-policy", USER, BY_USER, &[Computed(put_policy)]),
    row("iam delete-user-policy", USER, BY_USER, &[Computed(delete_policy)]),
    row("iam add-user-to-group", USER, BY_USER, &[Add("GroupName", "Groups")]),
    row("iam remove-user-from-group", USER, BY_USER, &[Remove("GroupName", "Groups")]),
    row("iam put-user-permissions-boundary", USER, BY_USER, &[Same(&["PermissionsBoundary"])]),
    row("iam delete-user-permissions-boundary", USER, BY_USER, &[Clears("PermissionsBoundary")]),
    row("iam delete-user", USER, BY_USER, &[Gone]),
    row("iam attach-group-policy", GROUP, BY_GROUP, &[Add("PolicyArn", "ManagedPolicyArns")]),
    row("iam detach-group-policy", GROUP, BY_GROUP, &[Remove("PolicyArn", "ManagedPolicyArns")]),
    row("iam put-group-policy", GROUP, BY_GROUP, &[Computed(put_policy)]),
    row("iam delete-group-policy", GROUP, BY_GROUP, &[Computed(delete_policy)]),
    row("iam delete-group", GROUP, BY_GROUP, &[Gone]),
    row("iam create-policy-version", POLICY, BY_POLICY, &[Computed(policy_version)]),
    row("iam set-default-policy-version", POLICY, BY_POLICY, &[Unread("PolicyDocument")]),
    row("iam delete-policy", POLICY, BY_POLICY, &[Gone]),
    row("iam add-role-to-instance-profile", PROFILE, BY_PROFILE, &[Add("RoleName", "Roles")]),
    row("iam remove-role-from-instance-profile", PROFILE, BY_PROFILE, &[Remove("RoleName", "Roles")]),
    row(
        "iam update-open-id-connect-provider-thumbprint",
        PROVIDER,
        BY_PROVIDER,
        &[Set("ThumbprintList", "ThumbprintList")],
    ),
    row("iam add-client-id-to-open-id-connect-provider", PROVIDER, BY_PROVIDER, &[Add("ClientID", "ClientIdList")]),
    row(
        "iam remove-client-id-from-open-id-connect-provider",
        PROVIDER,
        BY_PROVIDER,
        &[Remove("ClientID", "ClientIdList")],
    ),
];

fn put_policy(parameters: &Parameters<'_>) -> Vec<Outcome> {
    let content = parameters.get("PolicyDocument").map(document);
    let (Some(name), Some(content)) = (parameters.text("PolicyName"), content) else {
        return vec![(path("Policies"), Prediction::Unspecified)];
    };
    let item = [("PolicyName", Value::from(name.clone())), ("PolicyDocument", content)];
    vec![(item_at("Policies", "PolicyName", &name), Prediction::Is(Value::object(item)))]
}

fn delete_policy(parameters: &Parameters<'_>) -> Vec<Outcome> {
    match parameters.text("PolicyName") {
        Some(name) => vec![(item_at("Policies", "PolicyName", &name), Prediction::Is(null()))],
        None => vec![(path("Policies"), Prediction::Unspecified)],
    }
}

/// A version that is not the default changes nothing that counts.
fn policy_version(parameters: &Parameters<'_>) -> Vec<Outcome> {
    let content = parameters.get("PolicyDocument").map(document).filter(|_| parameters.is_on("SetAsDefault"));
    content.map(|content| (path("PolicyDocument"), Prediction::of(content))).into_iter().collect()
}
