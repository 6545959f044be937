//! Amazon CloudWatch Logs. Properties: the CloudFormation reference of `AWS::Logs::LogGroup`; attributes: the provider's
//! schema (5.100).

use super::rule::{Mapping, Produce, Rule, Tags, number, text};

/// The tables.
pub(super) const MAPPINGS: &[Mapping] = &[Mapping {
    terraform: "aws_cloudwatch_log_group",
    canonical: "AWS::Logs::LogGroup",
    identifier: &["name", "id"],
    tags: Tags::List,
    rules: &[
        text("name", "LogGroupName"),
        text("log_group_class", "LogGroupClass"),
        text("kms_key_id", "KmsKeyId"),
        // 0 keeps them for ever, which the canonical model says by saying nothing; `schema` knows the two as the same.
        number("retention_in_days", "RetentionInDays"),
        Rule::TerraformOnly(&["name_prefix", "skip_destroy"]),
    ],
    produce: Produce::Resource,
}];

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::check;

    #[test]
    fn a_log_group_keeps_its_logs_for_days_or_for_ever() {
        let check = |days: u32| {
            check(
                "aws_cloudwatch_log_group",
                &json!({"arn": "arn:l", "id": "/l", "kms_key_id": "", "log_group_class": "", "name": "/l",
                    "name_prefix": "", "retention_in_days": days, "skip_destroy": false, "tags": null,
                    "tags_all": {"a": "b"}}),
                &json!({"LogGroupName": "/l", "RetentionInDays": days, "Tags": [{"Key": "a", "Value": "b"}]}),
            );
        };
        check(14);
        check(0);
    }
}
