//! AWS Systems Manager. Properties: the CloudFormation reference of `AWS::SSM::Parameter`; attributes: the provider's
//! schema (5.100).

use super::rule::{Mapping, Produce, Rule, Tags, free_text, text};

/// The tables.
pub(super) const MAPPINGS: &[Mapping] = &[Mapping {
    terraform: "aws_ssm_parameter",
    canonical: "AWS::SSM::Parameter",
    identifier: &["name"],
    tags: Tags::Map,
    rules: &[
        text("name", "Name"),
        text("type", "Type"),
        free_text("value", "Value"),
        free_text("insecure_value", "Value"),
        free_text("description", "Description"),
        text("tier", "Tier"),
        text("data_type", "DataType"),
        text("allowed_pattern", "AllowedPattern"),
        // CloudFormation cannot make parameters that are encrypted.
        Rule::Uncovered(&["key_id", "value_wo"]),
        Rule::TerraformOnly(&["overwrite", "value_wo_version"]),
        Rule::Computed(&["has_value_wo", "version"]),
    ],
    produce: Produce::Resource,
}];

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::check;

    #[test]
    fn a_parameter_is_the_parameter_that_the_service_returns() {
        check(
            "aws_ssm_parameter",
            &json!({
                "allowed_pattern": "", "arn": "arn:aws:ssm:eu-west-1:123456789012:parameter/app/image",
                "data_type": "text",
                "description": "the image", "has_value_wo": null, "id": "/app/image", "insecure_value": null,
                "key_id": "",
                "name": "/app/image", "overwrite": true, "tags": {"team": "web"}, "tags_all": {"team": "web",
                    "env": "prod"},
                "tier": "Standard", "type": "String", "value": "v1", "value_wo_version": null, "version": 3
            }),
            &json!({
                "DataType": "text", "Description": "the image", "Name": "/app/image", "Tags": {"env": "prod",
                    "team": "web"},
                "Tier": "Standard", "Type": "String", "Value": "v1"
            }),
        );
    }

    #[test]
    fn the_value_may_be_given_in_the_open_and_as_a_number() {
        let expect = json!({"Name": "n", "Type": "String", "Value": "5"});
        check("aws_ssm_parameter", &json!({"name": "n", "type": "String", "insecure_value": "5"}), &expect);
        check("aws_ssm_parameter", &json!({"name": "n", "type": "String", "value": 5}), &expect);
    }

    #[test]
    fn a_key_and_a_write_only_value_cannot_be_compared() {
        let attributes = json!({"name": "n", "key_id": "alias/k", "value_wo": "x"});
        let mapped = super::super::canonical(
            "aws_ssm_parameter",
            &crate::model::Value::from_json(&attributes),
            &super::super::Context::default(),
        )
        .unwrap();
        assert_eq!(mapped[0].unmapped, ["key_id", "value_wo"]);
    }
}
