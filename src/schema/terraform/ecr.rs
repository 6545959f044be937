//! Amazon ECR. Properties: the CloudFormation reference of `AWS::ECR::Repository`; attributes: the provider's schema
//! (5.100).

use super::rule::{Mapping, Produce, Rule, Tags, block, flag, text};

/// The tables.
pub(super) const MAPPINGS: &[Mapping] = &[Mapping {
    terraform: "aws_ecr_repository",
    canonical: "AWS::ECR::Repository",
    identifier: &["name"],
    tags: Tags::List,
    rules: &[
        text("name", "RepositoryName"),
        text("image_tag_mutability", "ImageTagMutability"),
        block(
            "encryption_configuration",
            "EncryptionConfiguration",
            &[text("encryption_type", "EncryptionType"), text("kms_key", "KmsKey")],
        ),
        block("image_scanning_configuration", "ImageScanningConfiguration", &[flag("scan_on_push", "ScanOnPush")]),
        Rule::TerraformOnly(&["force_delete"]),
        Rule::Computed(&["registry_id", "repository_url"]),
    ],
    produce: Produce::Resource,
}];

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::check;

    #[test]
    fn a_repository_is_the_repository_that_the_service_returns() {
        check(
            "aws_ecr_repository",
            &json!({"arn": "arn:e", "encryption_configuration": [{"encryption_type": "AES256", "kms_key": ""}],
                "force_delete": true, "id": "app", "image_scanning_configuration": [{"scan_on_push": false}],
                "image_tag_mutability": "IMMUTABLE", "name": "app", "registry_id": "1", "repository_url": "u",
                "tags": null, "tags_all": {}, "timeouts": null}),
            &json!({"EncryptionConfiguration": {"EncryptionType": "AES256"},
                "ImageScanningConfiguration": {"ScanOnPush": false}, "ImageTagMutability": "IMMUTABLE",
                "RepositoryName": "app", "Tags": []}),
        );
    }
}
