//! Amazon EFS. Properties: the CloudFormation reference of `AWS::EFS::FileSystem`; attributes: the provider's schema
//! (5.100).

use super::rule::{Mapping, Produce, Rule, Tags, block, blocks, flag, number_unless, text};

/// The tables.
pub(super) const MAPPINGS: &[Mapping] = &[Mapping {
    terraform: "aws_efs_file_system",
    canonical: "AWS::EFS::FileSystem",
    identifier: &["id"],
    tags: Tags::Named("FileSystemTags"),
    rules: &[
        text("availability_zone_name", "AvailabilityZoneName"),
        flag("encrypted", "Encrypted"),
        text("kms_key_id", "KmsKeyId"),
        text("performance_mode", "PerformanceMode"),
        number_unless(0, "provisioned_throughput_in_mibps", "ProvisionedThroughputInMibps"),
        text("throughput_mode", "ThroughputMode"),
        blocks(
            "lifecycle_policy",
            "LifecyclePolicies",
            &[
                text("transition_to_archive", "TransitionToArchive"),
                text("transition_to_ia", "TransitionToIA"),
                text("transition_to_primary_storage_class", "TransitionToPrimaryStorageClass"),
            ],
        ),
        block("protection", "FileSystemProtection", &[text("replication_overwrite", "ReplicationOverwriteProtection")]),
        Rule::TerraformOnly(&["creation_token"]),
        Rule::Computed(&[
            "availability_zone_id",
            "dns_name",
            "name",
            "number_of_mount_targets",
            "owner_id",
            "size_in_bytes",
        ]),
    ],
    produce: Produce::Resource,
}];

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::check;

    #[test]
    fn a_file_system_has_its_tags_under_a_name_of_their_own() {
        check(
            "aws_efs_file_system",
            &json!({"arn": "arn:f", "availability_zone_id": "", "availability_zone_name": "", "creation_token": "t",
                "dns_name": "fs-1.efs", "encrypted": true, "id": "fs-1", "kms_key_id": "arn:k",
                "lifecycle_policy": [
                    {"transition_to_archive": "", "transition_to_ia": "AFTER_30_DAYS",
                        "transition_to_primary_storage_class": ""},
                    {"transition_to_archive": "", "transition_to_ia": "",
                        "transition_to_primary_storage_class": "AFTER_1_ACCESS"}],
                "name": "data", "number_of_mount_targets": 2, "owner_id": "1", "performance_mode": "generalPurpose",
                "protection": [{"replication_overwrite": "ENABLED"}], "provisioned_throughput_in_mibps": 0,
                "size_in_bytes": [{"value": 6144}], "tags": {"Name": "data"}, "tags_all": {"Name": "data"},
                "throughput_mode": "bursting"}),
            &json!({"Encrypted": true, "FileSystemProtection": {"ReplicationOverwriteProtection": "ENABLED"},
                "FileSystemTags": [{"Key": "Name", "Value": "data"}], "KmsKeyId": "arn:k",
                "LifecyclePolicies": [{"TransitionToIA": "AFTER_30_DAYS"},
                    {"TransitionToPrimaryStorageClass": "AFTER_1_ACCESS"}],
                "PerformanceMode": "generalPurpose", "ThroughputMode": "bursting"}),
        );
        let provisioned = json!({"provisioned_throughput_in_mibps": 12.5, "throughput_mode": "provisioned"});
        let expect = json!({"ProvisionedThroughputInMibps": 12.5, "ThroughputMode": "provisioned"});
        check("aws_efs_file_system", &provisioned, &expect);
    }
}
