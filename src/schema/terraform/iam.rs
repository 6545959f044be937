//! AWS IAM. Properties: the CloudFormation reference of `AWS::IAM::*`; attributes: the provider's schema (5.100).

use std::collections::BTreeMap;

use super::rule::{Mapping, Produce, Rule, Tags, blocks, document, free_text, number, text, texts};
use super::{Context, ROLE_POLICY_ATTACHMENT};
use crate::model::Value;

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
        produce: Produce::InlinePolicy,
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

/// Gives an inline policy that is declared without a name the one that Terraform made for it: it is told by its name.
pub(super) fn name_policy(mut properties: BTreeMap<String, Value>, context: &Context<'_>) -> BTreeMap<String, Value> {
    let made = || context.bound.and_then(|bound| bound.attributes.get("name")).cloned();
    properties
        .entry("PolicyName".to_owned())
        .or_insert_with(|| made().unwrap_or_else(|| Value::unknown("the name is made at the first deploy")));
    properties
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::check;
    use super::*;

    #[test]
    fn a_role_has_its_documents_as_documents() {
        check(
            "aws_iam_role",
            &json!({
                "arn": "arn:aws:iam::123456789012:role/app/r", "create_date": "2026-01-01T00:00:00Z", "description": "",
                "assume_role_policy": "{\"Version\":\"2012-10-17\",\"Statement\":[{\"Action\":\"sts:AssumeRole\"}]}",
                "force_detach_policies": false, "id": "r",
                "inline_policy": [{"name": "p", "policy": "{\"Statement\":[]}"}],
                "managed_policy_arns": ["arn:aws:iam::aws:policy/ReadOnlyAccess"], "max_session_duration": 7200,
                "name": "r",
                "name_prefix": "", "path": "/app/", "permissions_boundary": "", "tags": null, "tags_all": {},
                "unique_id": "AROA"
            }),
            &json!({
                "AssumeRolePolicyDocument": {"Statement": [{"Action": "sts:AssumeRole"}], "Version": "2012-10-17"},
                "Description": "", "ManagedPolicyArns": ["arn:aws:iam::aws:policy/ReadOnlyAccess"],
                "MaxSessionDuration": 7200,
                "Path": "/app/", "Policies": [{"PolicyDocument": {"Statement": []}, "PolicyName": "p"}],
                "RoleName": "r", "Tags": []
            }),
        );
    }

    #[test]
    fn an_empty_inline_policy_says_that_there_is_none() {
        let none = json!({"Policies": []});
        check("aws_iam_role", &json!({"inline_policy": [{}]}), &none);
        check("aws_iam_role", &json!({"inline_policy": [{"name": "", "policy": ""}]}), &none);
        check("aws_iam_role", &json!({}), &json!({}));
    }

    #[test]
    fn a_document_that_is_no_json_stays_the_text_that_it_is() {
        check("aws_iam_role", &json!({"assume_role_policy": "{"}), &json!({"AssumeRolePolicyDocument": "{"}));
    }

    #[test]
    fn policies_and_attachments_name_their_role() {
        check(
            "aws_iam_role_policy",
            &json!({"id": "r:p", "name": "p", "name_prefix": "", "policy": "{\"Version\":\"2012-10-17\"}",
                "role": "r"}),
            &json!({"PolicyDocument": {"Version": "2012-10-17"}, "PolicyName": "p", "RoleName": "r"}),
        );
        check(
            "aws_iam_role_policy_attachment",
            &json!({"id": "r-1", "policy_arn": "arn:aws:iam::aws:policy/ReadOnlyAccess", "role": "r"}),
            &json!({"PolicyArn": "arn:aws:iam::aws:policy/ReadOnlyAccess", "RoleName": "r"}),
        );
    }

    #[test]
    fn a_made_up_name_is_that_of_the_last_deployment() {
        let declared = Value::from_json(&json!({"name_prefix": "p", "policy": "{}", "role": "r"}));
        let check = |bound: Option<&crate::model::Bound>, expect| {
            let context = Context { bound, ..Context::default() };
            let mapped = super::super::canonical("aws_iam_role_policy", &declared, &context).unwrap();
            assert_eq!(mapped[0].attributes.get("PolicyName").unwrap().to_json(), expect);
        };
        let attributes = [("name".to_owned(), Value::from("p-1"))].into();
        check(Some(&crate::model::Bound { identifier: None, attributes }), json!("p-1"));
        check(None, json!({"Fn::Unknown": "the name is made at the first deploy"}));
    }

    #[test]
    fn a_policy_is_a_managed_policy() {
        check(
            "aws_iam_policy",
            &json!({
                "arn": "arn:aws:iam::123456789012:policy/p", "attachment_count": 1, "description": "d",
                "id": "arn:aws:iam::123456789012:policy/p", "name": "p", "name_prefix": "", "path": "/",
                "policy": "{\"Version\":\"2012-10-17\"}", "policy_id": "ANPA", "tags": {"a": "b"},
                "tags_all": {"a": "b"}
            }),
            &json!({
                "Description": "d", "ManagedPolicyName": "p", "Path": "/", "PolicyDocument": {"Version": "2012-10-17"},
                "Tags": [{"Key": "a", "Value": "b"}]
            }),
        );
    }
}
