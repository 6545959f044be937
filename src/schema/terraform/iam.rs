//! AWS IAM. Properties: the CloudFormation reference of `AWS::IAM::*`; attributes: the provider's schema (5.100).

use super::ROLE_POLICY_ATTACHMENT;
use super::rule::{Mapping, Produce, Rule, Tags, blocks, document, free_text, number, text, texts};

/// The tables.
pub(super) const MAPPINGS: &[Mapping] = &[
    Mapping {
        terraform: "aws_iam_role",
        canonical: "AWS::IAM::Role",
        identifier: &["name"],
        tags: Tags::List,
        rules: ROLE,
        produce: Produce::Resource,
    },
    Mapping {
        terraform: "aws_iam_role_policy",
        canonical: "AWS::IAM::RolePolicy",
        identifier: &[],
        tags: Tags::None,
        rules: &[
            text("role", "RoleName"),
            text("name", "PolicyName"),
            document("policy", "PolicyDocument"),
            Rule::TerraformOnly(&["name_prefix"]),
        ],
        produce: Produce::Resource,
    },
    Mapping {
        terraform: "aws_iam_role_policy_attachment",
        canonical: ROLE_POLICY_ATTACHMENT,
        identifier: &[],
        tags: Tags::None,
        rules: &[text("role", "RoleName"), text("policy_arn", "PolicyArn")],
        produce: Produce::Resource,
    },
    Mapping {
        terraform: "aws_iam_policy",
        canonical: "AWS::IAM::ManagedPolicy",
        identifier: &["arn"],
        tags: Tags::List,
        rules: &[
            text("name", "ManagedPolicyName"),
            text("path", "Path"),
            free_text("description", "Description"),
            document("policy", "PolicyDocument"),
            Rule::TerraformOnly(&["name_prefix", "delay_after_policy_creation_in_ms"]),
            Rule::Computed(&["attachment_count", "policy_id"]),
        ],
        produce: Produce::Resource,
    },
];

const ROLE: &[Rule] = &[
    text("name", "RoleName"),
    text("path", "Path"),
    free_text("description", "Description"),
    number("max_session_duration", "MaxSessionDuration"),
    text("permissions_boundary", "PermissionsBoundary"),
    document("assume_role_policy", "AssumeRolePolicyDocument"),
    texts("managed_policy_arns", "ManagedPolicyArns"),
    // An empty block says that the role has no inline policy at all.
    blocks("inline_policy", "Policies", &[text("name", "PolicyName"), document("policy", "PolicyDocument")]),
    Rule::TerraformOnly(&["force_detach_policies", "name_prefix"]),
    Rule::Computed(&["create_date", "unique_id"]),
];
