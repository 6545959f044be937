//! CloudFormation stacks that Terraform manages. Properties: the CloudFormation reference of
//! `AWS::CloudFormation::Stack`; attributes: the provider's schema (5.100).

use super::rule::{Mapping, Produce, Rule, Tags, document, flag, map, number_unless, text, texts};

/// The tables.
pub(super) const MAPPINGS: &[Mapping] = &[Mapping {
    terraform: "aws_cloudformation_stack",
    canonical: "AWS::CloudFormation::Stack",
    identifier: &["id"],
    tags: Tags::List,
    rules: &[
        text("name", "StackName"),
        texts("capabilities", "Capabilities"),
        flag("disable_rollback", "DisableRollback"),
        text("iam_role_arn", "RoleARN"),
        texts("notification_arns", "NotificationARNs"),
        map("parameters", "Parameters"),
        document("policy_body", "StackPolicyBody"),
        text("policy_url", "StackPolicyURL"),
        text("template_body", "TemplateBody"),
        text("template_url", "TemplateURL"),
        number_unless(0, "timeout_in_minutes", "TimeoutInMinutes"),
        // What happens if the first creation fails.
        Rule::TerraformOnly(&["on_failure"]),
        Rule::Computed(&["outputs"]),
    ],
    produce: Produce::Resource,
}];

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::check;

    #[test]
    fn a_stack_keeps_the_keys_of_its_parameters_and_the_text_of_its_template() {
        check(
            "aws_cloudformation_stack",
            &json!({"capabilities": ["CAPABILITY_IAM"], "disable_rollback": false, "iam_role_arn": null, "id": "arn:s",
                "name": "s", "notification_arns": [], "on_failure": "ROLLBACK", "outputs": {"A": "1"},
                "parameters": {"vpc_cidr": "10.0.0.0/8", "Count": 2},
                "policy_body": "{\"Statement\":[]}", "policy_url": null, "tags": null, "tags_all": {},
                "template_body": "{\"Resources\":{}}", "template_url": null, "timeout_in_minutes": null}),
            &json!({"Capabilities": ["CAPABILITY_IAM"], "DisableRollback": false, "NotificationARNs": [],
                "Parameters": {"Count": "2", "vpc_cidr": "10.0.0.0/8"}, "StackName": "s",
                "StackPolicyBody": {"Statement": []}, "Tags": [], "TemplateBody": "{\"Resources\":{}}"}),
        );
        check("aws_cloudformation_stack", &json!({"timeout_in_minutes": 0}), &json!({}));
        check("aws_cloudformation_stack", &json!({"timeout_in_minutes": 30}), &json!({"TimeoutInMinutes": 30}));
    }
}
