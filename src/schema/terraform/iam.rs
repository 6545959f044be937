//! AWS IAM. Properties: the CloudFormation reference of `AWS::IAM::*`; attributes: the provider's schema (5.100).

use std::collections::BTreeMap;

use super::rule::{
    Mapping, Origin, Part, Produce, Properties, Rule, Tags, blocks, document, free_text, listed, number, text, texts,
};
use super::{Context, member};
use crate::model::{Kind, Value};

/// The tables.
pub(super) const MAPPINGS: &[Mapping] = &[
    tagged("aws_iam_role", "AWS::IAM::Role", &["name"], ROLE),
    inline("aws_iam_role_policy", "AWS::IAM::RolePolicy", &[text("role", "RoleName"), NAME, POLICY, NAME_PREFIX]),
    attachment("aws_iam_role_policy_attachment", member::ROLE_POLICY_ATTACHMENT, &[text("role", "RoleName"), ATTACHED]),
    tagged("aws_iam_policy", "AWS::IAM::ManagedPolicy", &["arn"], MANAGED_POLICY),
    Mapping {
        terraform: "aws_iam_policy_attachment",
        canonical: member::ROLE_POLICY_ATTACHMENT,
        identifier: &[],
        tags: Tags::None,
        rules: &[
            text("policy_arn", "PolicyArn"),
            texts("roles", "Roles"),
            texts("users", "Users"),
            texts("groups", "Groups"),
            Rule::TerraformOnly(&["name"]),
        ],
        produce: Produce::Parts(of_each_principal),
    },
    tagged("aws_iam_user", "AWS::IAM::User", &["name", "id"], USER),
    inline("aws_iam_user_policy", "AWS::IAM::UserPolicy", &[text("user", "UserName"), NAME, POLICY, NAME_PREFIX]),
    attachment("aws_iam_user_policy_attachment", member::USER_POLICY_ATTACHMENT, &[text("user", "UserName"), ATTACHED]),
    Mapping {
        terraform: "aws_iam_user_group_membership",
        canonical: GROUP_ADDITION,
        identifier: &[],
        tags: Tags::None,
        rules: &[listed("user", "Users"), texts("groups", "GroupName")],
        produce: Produce::Parts(of_each_group),
    },
    Mapping {
        terraform: "aws_iam_group",
        canonical: "AWS::IAM::Group",
        identifier: &["name", "id"],
        tags: Tags::None,
        rules: &[text("name", "GroupName"), text("path", "Path"), Rule::Computed(&["unique_id"])],
        produce: Produce::Resource,
    },
    inline("aws_iam_group_policy", "AWS::IAM::GroupPolicy", &[text("group", "GroupName"), NAME, POLICY, NAME_PREFIX]),
    attachment(
        "aws_iam_group_policy_attachment",
        member::GROUP_POLICY_ATTACHMENT,
        &[text("group", "GroupName"), ATTACHED],
    ),
    Mapping {
        terraform: "aws_iam_group_membership",
        canonical: GROUP_ADDITION,
        identifier: &[],
        tags: Tags::None,
        rules: &[text("group", "GroupName"), texts("users", "Users"), Rule::TerraformOnly(&["name"])],
        produce: Produce::Resource,
    },
    tagged("aws_iam_instance_profile", "AWS::IAM::InstanceProfile", &["name", "id"], INSTANCE_PROFILE),
];

/// Users of a group; folded into the users.
const GROUP_ADDITION: &str = "AWS::IAM::UserToGroupAddition";

const NAME: Rule = text("name", "PolicyName");
const NAME_PREFIX: Rule = Rule::TerraformOnly(&["name_prefix"]);
const POLICY: Rule = document("policy", "PolicyDocument");
const ATTACHED: Rule = text("policy_arn", "PolicyArn");

/// An inline policy.
const fn inline(terraform: &'static str, canonical: &'static str, rules: &'static [Rule]) -> Mapping {
    Mapping { terraform, canonical, identifier: &[], tags: Tags::None, rules, produce: Produce::InlinePolicy }
}

/// A managed policy of a principal.
const fn attachment(terraform: &'static str, canonical: &'static str, rules: &'static [Rule]) -> Mapping {
    Mapping { terraform, canonical, identifier: &[], tags: Tags::None, rules, produce: Produce::Resource }
}

const fn tagged(
    terraform: &'static str,
    canonical: &'static str,
    identifier: &'static [&'static str],
    rules: &'static [Rule],
) -> Mapping {
    Mapping { terraform, canonical, identifier, tags: Tags::List, rules, produce: Produce::Resource }
}

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

const MANAGED_POLICY: &[Rule] = &[
    text("name", "ManagedPolicyName"),
    text("path", "Path"),
    free_text("description", "Description"),
    document("policy", "PolicyDocument"),
    Rule::TerraformOnly(&["name_prefix", "delay_after_policy_creation_in_ms"]),
    Rule::Computed(&["attachment_count", "policy_id"]),
];

const USER: &[Rule] = &[
    text("name", "UserName"),
    text("path", "Path"),
    text("permissions_boundary", "PermissionsBoundary"),
    Rule::TerraformOnly(&["force_destroy"]),
    Rule::Computed(&["unique_id"]),
];

const INSTANCE_PROFILE: &[Rule] = &[
    text("name", "InstanceProfileName"),
    text("path", "Path"),
    listed("role", "Roles"),
    Rule::TerraformOnly(&["name_prefix"]),
    Rule::Computed(&["create_date", "unique_id"]),
];

/// An attachment for every role, user and group that a policy is attached to.
fn of_each_principal(mut properties: Properties, _: &Origin<'_>) -> Vec<Part> {
    const PRINCIPALS: [(&str, &str, &str); 3] = [
        ("Roles", "RoleName", member::ROLE_POLICY_ATTACHMENT),
        ("Users", "UserName", member::USER_POLICY_ATTACHMENT),
        ("Groups", "GroupName", member::GROUP_POLICY_ATTACHMENT),
    ];
    let mut parts = Vec::new();
    for (list, name, resource_type) in PRINCIPALS {
        let Some(principals) = properties.remove(list) else { continue };
        parts.push((name, resource_type, principals));
    }
    let attached = parts.into_iter().flat_map(|(name, resource_type, principals)| {
        let one = std::slice::from_ref(&principals);
        let attach = |principal: &Value| {
            let mut properties = properties.clone();
            properties.insert(name.to_owned(), principal.clone());
            Part::whole(resource_type, properties)
        };
        principals.as_list().unwrap_or(one).iter().map(attach).collect::<Vec<_>>()
    });
    attached.collect()
}

/// An addition for every group that a user is in. Of groups that are not known it is not known how many they are: an
/// addition that names none leaves the user's groups open.
fn of_each_group(mut properties: Properties, _: &Origin<'_>) -> Vec<Part> {
    let groups = match properties.remove("GroupName").map(|groups| groups.kind) {
        Some(Kind::List(groups)) => groups,
        _ => return vec![Part::whole(GROUP_ADDITION, properties)],
    };
    let add = |group: Value| {
        let mut properties = properties.clone();
        properties.insert("GroupName".to_owned(), group);
        Part::whole(GROUP_ADDITION, properties)
    };
    groups.into_iter().map(add).collect()
}

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

    #[test]
    fn users_and_groups_have_policies_and_attachments_like_roles() {
        let document = json!({"Version": "2012-10-17"});
        check(
            "aws_iam_user",
            &json!({"arn": "arn:u", "force_destroy": true, "id": "u", "name": "u", "path": "/",
                "permissions_boundary": "", "tags": null, "tags_all": {}, "unique_id": "AIDA"}),
            &json!({"Path": "/", "Tags": [], "UserName": "u"}),
        );
        check(
            "aws_iam_user_policy",
            &json!({"id": "u:p", "name": "p", "name_prefix": "", "policy": "{\"Version\":\"2012-10-17\"}", "user": "u"}),
            &json!({"PolicyDocument": document, "PolicyName": "p", "UserName": "u"}),
        );
        check(
            "aws_iam_user_policy_attachment",
            &json!({"id": "u-1", "policy_arn": "arn:p", "user": "u"}),
            &json!({"PolicyArn": "arn:p", "UserName": "u"}),
        );
        check(
            "aws_iam_group",
            &json!({"arn": "arn:g", "id": "g", "name": "g", "path": "/x/", "unique_id": "AGPA"}),
            &json!({"GroupName": "g", "Path": "/x/"}),
        );
        check(
            "aws_iam_group_policy",
            &json!({"group": "g", "id": "g:p", "name": "p", "name_prefix": "", "policy": "{\"Version\":\"2012-10-17\"}"}),
            &json!({"GroupName": "g", "PolicyDocument": document, "PolicyName": "p"}),
        );
        check(
            "aws_iam_group_policy_attachment",
            &json!({"group": "g", "id": "g-1", "policy_arn": "arn:p"}),
            &json!({"GroupName": "g", "PolicyArn": "arn:p"}),
        );
    }

    #[test]
    fn an_attachment_of_many_is_many_attachments() {
        let attributes = json!({"groups": ["g"], "id": "a", "name": "a", "policy_arn": "arn:p", "roles": ["r", "s"],
            "users": null});
        let context = Context::default();
        let of = |attributes| {
            let mapped =
                super::super::canonical("aws_iam_policy_attachment", &Value::from_json(attributes), &context).unwrap();
            let parts = mapped.into_iter().map(|part| (part.resource_type.to_string(), part.attributes.to_json()));
            parts.collect::<Vec<_>>()
        };
        let part = |kind: &str, name: &str, value: serde_json::Value| {
            let mut properties = json!({"PolicyArn": "arn:p"});
            properties[name] = value;
            properties.sort_all_objects();
            (kind.to_owned(), properties)
        };
        assert_eq!(
            of(&attributes),
            [
                part(member::ROLE_POLICY_ATTACHMENT, "RoleName", json!("r")),
                part(member::ROLE_POLICY_ATTACHMENT, "RoleName", json!("s")),
                part(member::GROUP_POLICY_ATTACHMENT, "GroupName", json!("g")),
            ]
        );
        let unknown = json!({"policy_arn": "arn:p", "users": {"Fn::Unknown": "why"}});
        let expect = part(member::USER_POLICY_ATTACHMENT, "UserName", json!({"Fn::Unknown": "why"}));
        assert_eq!(of(&unknown), [expect]);
    }

    #[test]
    fn a_membership_is_that_of_users_in_a_group_wherever_it_is_declared() {
        check(
            "aws_iam_user_group_membership",
            &json!({"groups": ["g", "h"], "id": "x", "user": "u"}),
            &json!([{"GroupName": "g", "Users": ["u"]}, {"GroupName": "h", "Users": ["u"]}]),
        );
        check(
            "aws_iam_user_group_membership",
            &json!({"groups": {"Fn::Unknown": "why"}, "user": "u"}),
            &json!({"Users": ["u"]}),
        );
        check(
            "aws_iam_group_membership",
            &json!({"group": "g", "id": "m", "name": "m", "users": ["u", "v"]}),
            &json!({"GroupName": "g", "Users": ["u", "v"]}),
        );
    }

    #[test]
    fn an_instance_profile_has_a_list_of_one_role() {
        check(
            "aws_iam_instance_profile",
            &json!({"arn": "arn:i", "create_date": "2026-11-21T04:22:09Z", "id": "i", "name": "i", "name_prefix": "",
                "path": "/", "role": "r", "tags": null, "tags_all": {"a": "b"}, "unique_id": "AIPA"}),
            &json!({"InstanceProfileName": "i", "Path": "/", "Roles": ["r"], "Tags": [{"Key": "a", "Value": "b"}]}),
        );
        check("aws_iam_instance_profile", &json!({"name": "i", "role": ""}), &json!({"InstanceProfileName": "i"}));
    }
}
