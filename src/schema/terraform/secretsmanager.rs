//! AWS Secrets Manager. Properties: the CloudFormation reference of `AWS::SecretsManager::*`; attributes: the provider's
//! schema (5.100).

use super::member::SECRET_PROPERTIES;
use super::rule::{
    InsidePolicy, Mapping, Names, Produce, Rule, Tags, block, document, flag, free_text, number_unless, some_blocks,
    text,
};

/// The tables.
pub(super) const MAPPINGS: &[Mapping] = &[
    Mapping {
        terraform: "aws_secretsmanager_secret",
        canonical: "AWS::SecretsManager::Secret",
        identifier: &["arn", "id"],
        tags: Tags::List,
        rules: &[
            text("name", "Name"),
            free_text("description", "Description"),
            text("kms_key_id", "KmsKeyId"),
            document("policy", "ResourcePolicy"),
            some_blocks(
                "replica",
                "ReplicaRegions",
                &[
                    text("region", "Region"),
                    text("kms_key_id", "KmsKeyId"),
                    Rule::Computed(&["last_accessed_date", "status", "status_message"]),
                ],
            ),
            Rule::TerraformOnly(&["force_overwrite_replica_secret", "name_prefix", "recovery_window_in_days"]),
        ],
        produce: Produce::WithPolicy(&InsidePolicy {
            resource_type: "AWS::SecretsManager::ResourcePolicy",
            document: "ResourcePolicy",
            names: Names::One("SecretId"),
            by: "arn",
        }),
    },
    Mapping {
        terraform: "aws_secretsmanager_secret_version",
        canonical: SECRET_PROPERTIES,
        identifier: &[],
        tags: Tags::None,
        rules: &[
            text("secret_id", "SecretId"),
            text("secret_string", "SecretString"),
            text("secret_string_wo", "SecretString"),
            Rule::TerraformOnly(&["secret_string_wo_version"]),
            Rule::Uncovered(&["secret_binary", "version_stages"]),
            Rule::Computed(&["has_secret_string_wo", "version_id"]),
        ],
        produce: Produce::Resource,
    },
    Mapping {
        terraform: "aws_secretsmanager_secret_policy",
        canonical: "AWS::SecretsManager::ResourcePolicy",
        identifier: &["secret_arn"],
        tags: Tags::None,
        rules: &[
            text("secret_arn", "SecretId"),
            document("policy", "ResourcePolicy"),
            flag("block_public_policy", "BlockPublicPolicy"),
        ],
        produce: Produce::Resource,
    },
    Mapping {
        terraform: "aws_secretsmanager_secret_rotation",
        canonical: "AWS::SecretsManager::RotationSchedule",
        identifier: &["secret_id"],
        tags: Tags::None,
        rules: &[
            text("secret_id", "SecretId"),
            text("rotation_lambda_arn", "RotationLambdaARN"),
            block(
                "rotation_rules",
                "RotationRules",
                &[
                    number_unless(0, "automatically_after_days", "AutomaticallyAfterDays"),
                    text("duration", "Duration"),
                    text("schedule_expression", "ScheduleExpression"),
                ],
            ),
            Rule::TerraformOnly(&["rotate_immediately"]),
            Rule::Computed(&["rotation_enabled"]),
        ],
        produce: Produce::Resource,
    },
];

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::{Context, canonical, check};
    use crate::model::{Fingerprinter, Value};

    #[test]
    fn a_secret_and_its_policy_are_two_resources() {
        let attributes = json!({
            "arn": "arn:s", "description": "d", "force_overwrite_replica_secret": false, "id": "arn:s",
            "kms_key_id": "", "name": "s", "name_prefix": "", "policy": "{\"Statement\":[]}",
            "recovery_window_in_days": 30,
            "replica": [{"kms_key_id": "", "last_accessed_date": "", "region": "eu-west-1", "status": "InSync",
                "status_message": ""}],
            "tags": null, "tags_all": {}
        });
        let mapped =
            canonical("aws_secretsmanager_secret", &Value::from_json(&attributes), &Context::default()).unwrap();
        let found: Vec<_> = mapped.iter().map(|mapped| mapped.attributes.to_json()).collect();
        let secret = json!({"Description": "d", "Name": "s", "ReplicaRegions": [{"Region": "eu-west-1"}], "Tags": []});
        let policy = json!({"ResourcePolicy": {"Statement": []}, "SecretId": "arn:s"});
        assert_eq!(found, [secret, policy.clone()]);
        check(
            "aws_secretsmanager_secret_policy",
            &json!({"block_public_policy": null, "id": "arn:s", "policy": "{\"Statement\":[]}", "secret_arn": "arn:s"}),
            &policy,
        );
    }

    #[test]
    fn the_value_of_a_version_stays_the_secret_that_it_is() {
        let secret = Fingerprinter::new(*b"key").hide(&Value::from("hunter2"));
        let attributes = Value::object([
            ("secret_id", Value::from("arn:s")),
            ("secret_string", secret.clone()),
            ("secret_binary", Value::from("")),
            ("version_id", Value::from("1")),
        ]);
        let mapped = canonical("aws_secretsmanager_secret_version", &attributes, &Context::default()).unwrap();
        assert_eq!(mapped[0].attributes, Value::object([("SecretId", "arn:s".into()), ("SecretString", secret)]));
        assert_eq!(mapped[0].unmapped, [""; 0]);
    }

    #[test]
    fn a_rotation_has_days_or_an_expression() {
        let check = |rules, expect| {
            check(
                "aws_secretsmanager_secret_rotation",
                &json!({"id": "arn:s", "rotate_immediately": true, "rotation_enabled": true,
                    "rotation_lambda_arn": "arn:f", "rotation_rules": [rules], "secret_id": "arn:s"}),
                &json!({"RotationLambdaARN": "arn:f", "RotationRules": expect, "SecretId": "arn:s"}),
            );
        };
        check(
            json!({"automatically_after_days": 30, "duration": "", "schedule_expression": ""}),
            json!({"AutomaticallyAfterDays": 30}),
        );
        check(
            json!({"automatically_after_days": 0, "duration": "3h", "schedule_expression": "rate(10 days)"}),
            json!({"Duration": "3h", "ScheduleExpression": "rate(10 days)"}),
        );
    }
}
