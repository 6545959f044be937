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
        Rule::TerraformOnly(&["overwrite", "value_wo_version"]),
        Rule::Computed(&["has_value_wo", "version"]),
    ],
    produce: Produce::Resource,
}];
