//! Amazon EFS. Properties: the CloudFormation reference of `AWS::EFS::*`; attributes: the provider's schema (5.100).

use super::rule::{Mapping, Produce, Rule, Tags, block, blocks, flag, number_unless, text, texts};

/// The tables.
pub(super) const MAPPINGS: &[Mapping] = &[FILE_SYSTEM, MOUNT_TARGET];

const FILE_SYSTEM: Mapping = Mapping {
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
};

const MOUNT_TARGET: Mapping = Mapping {
    terraform: "aws_efs_mount_target",
    canonical: "AWS::EFS::MountTarget",
    identifier: &["id"],
    tags: Tags::None,
    rules: &[
        text("file_system_id", "FileSystemId"),
        text("ip_address", "IpAddress"),
        texts("security_groups", "SecurityGroups"),
        text("subnet_id", "SubnetId"),
        Rule::Computed(&[
            "availability_zone_id",
            "availability_zone_name",
            "dns_name",
            "file_system_arn",
            "mount_target_dns_name",
            "network_interface_id",
            "owner_id",
        ]),
    ],
    produce: Produce::Resource,
};

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

    #[test]
    fn a_mount_target_is_where_a_subnet_reaches_a_file_system() {
        check(
            "aws_efs_mount_target",
            &json!({"availability_zone_id": "use1-az1", "dns_name": "fs-1.efs", "file_system_id": "fs-1",
                "id": "fsmt-1", "ip_address": "10.0.0.9", "network_interface_id": "eni-1", "owner_id": "1",
                "security_groups": ["sg-1"], "subnet_id": "subnet-1", "timeouts": null}),
            &json!({"FileSystemId": "fs-1", "IpAddress": "10.0.0.9", "SecurityGroups": ["sg-1"],
                "SubnetId": "subnet-1"}),
        );
    }
}
