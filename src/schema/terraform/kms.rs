//! AWS KMS. Properties: the CloudFormation reference of `AWS::KMS::*`; attributes: the provider's schema (5.100).

use super::member::KEY_PROPERTIES;
use super::rule::{Mapping, Produce, Rule, Tags, document, flag, free_text, number_unless, text};

/// The tables.
pub(super) const MAPPINGS: &[Mapping] = &[
    Mapping {
        terraform: "aws_kms_key",
        canonical: "AWS::KMS::Key",
        identifier: &["key_id", "id"],
        tags: Tags::List,
        rules: KEY,
        produce: Produce::Resource,
    },
    Mapping {
        terraform: "aws_kms_key_policy",
        canonical: KEY_PROPERTIES,
        identifier: &[],
        tags: Tags::None,
        rules: &[
            text("key_id", "KeyId"),
            document("policy", "KeyPolicy"),
            Rule::TerraformOnly(&["bypass_policy_lockout_safety_check"]),
        ],
        produce: Produce::Resource,
    },
    Mapping {
        terraform: "aws_kms_alias",
        canonical: "AWS::KMS::Alias",
        identifier: &["name", "id"],
        tags: Tags::None,
        rules: &[
            text("name", "AliasName"),
            text("target_key_id", "TargetKeyId"),
            Rule::TerraformOnly(&["name_prefix"]),
            Rule::Computed(&["target_key_arn"]),
        ],
        produce: Produce::Resource,
    },
];

const KEY: &[Rule] = &[
    free_text("description", "Description"),
    flag("is_enabled", "Enabled"),
    flag("enable_key_rotation", "EnableKeyRotation"),
    number_unless(0, "rotation_period_in_days", "RotationPeriodInDays"),
    text("customer_master_key_spec", "KeySpec"),
    text("key_usage", "KeyUsage"),
    flag("multi_region", "MultiRegion"),
    document("policy", "KeyPolicy"),
    Rule::TerraformOnly(&["bypass_policy_lockout_safety_check", "deletion_window_in_days"]),
    Rule::Uncovered(&["custom_key_store_id", "xks_key_id"]),
    Rule::Computed(&["key_id"]),
];

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::check;

    #[test]
    fn a_key_that_is_off_says_so() {
        let given = |enabled: bool, days: u32| {
            json!({
                "arn": "arn:k", "bypass_policy_lockout_safety_check": false, "custom_key_store_id": "",
                "customer_master_key_spec": "SYMMETRIC_DEFAULT", "deletion_window_in_days": 7, "description": "d",
                "enable_key_rotation": enabled, "id": "k", "is_enabled": enabled, "key_id": "k",
                "key_usage": "ENCRYPT_DECRYPT", "multi_region": false, "policy": "{\"Version\":\"2012-10-17\"}",
                "rotation_period_in_days": days, "tags": null, "tags_all": {}, "timeouts": null, "xks_key_id": ""
            })
        };
        let mut expect = json!({
            "Description": "d", "EnableKeyRotation": false, "Enabled": false, "KeyPolicy": {"Version": "2012-10-17"},
            "KeySpec": "SYMMETRIC_DEFAULT", "KeyUsage": "ENCRYPT_DECRYPT", "MultiRegion": false, "Tags": []
        });
        check("aws_kms_key", &given(false, 0), &expect);
        expect["Enabled"] = json!(true);
        expect["EnableKeyRotation"] = json!(true);
        expect["RotationPeriodInDays"] = json!(90);
        check("aws_kms_key", &given(true, 90), &expect);
    }

    #[test]
    fn an_alias_names_its_key_and_a_policy_its_own() {
        check(
            "aws_kms_alias",
            &json!({"arn": "arn:a", "id": "alias/a", "name": "alias/a", "name_prefix": "", "target_key_arn": "arn:k",
                "target_key_id": "k"}),
            &json!({"AliasName": "alias/a", "TargetKeyId": "k"}),
        );
        check(
            "aws_kms_key_policy",
            &json!({"bypass_policy_lockout_safety_check": null, "id": "k", "key_id": "k",
                "policy": "{\"Statement\":[]}"}),
            &json!({"KeyId": "k", "KeyPolicy": {"Statement": []}}),
        );
    }
}
