//! Amazon EBS volumes. Properties: the CloudFormation reference of `AWS::EC2::Volume`; attributes: the provider's schema
//! (5.100).

use super::super::rule::{Mapping, Produce, Rule, Tags, flag, number_unless, text};

/// The tables.
pub(in crate::schema::terraform) const MAPPINGS: &[Mapping] = &[Mapping {
    terraform: "aws_ebs_volume",
    canonical: "AWS::EC2::Volume",
    identifier: &["id"],
    tags: Tags::List,
    rules: &[
        text("availability_zone", "AvailabilityZone"),
        flag("encrypted", "Encrypted"),
        number_unless(0, "iops", "Iops"),
        text("kms_key_id", "KmsKeyId"),
        flag("multi_attach_enabled", "MultiAttachEnabled"),
        text("outpost_arn", "OutpostArn"),
        number_unless(0, "size", "Size"),
        text("snapshot_id", "SnapshotId"),
        number_unless(0, "throughput", "Throughput"),
        text("type", "VolumeType"),
        Rule::TerraformOnly(&["final_snapshot"]),
        Rule::Computed(&["create_time"]),
    ],
    produce: Produce::Resource,
}];

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::super::check;

    #[test]
    fn a_volume_has_what_its_type_has() {
        check(
            "aws_ebs_volume",
            &json!({"arn": "arn:v", "availability_zone": "us-east-1a", "create_time": "2026-01-01T00:00:00Z",
                "encrypted": false, "final_snapshot": true, "id": "vol-1", "iops": 0, "kms_key_id": "",
                "multi_attach_enabled": null, "outpost_arn": "", "size": 40, "snapshot_id": "", "throughput": 0,
                "type": "standard"}),
            &json!({"AvailabilityZone": "us-east-1a", "Encrypted": false, "Size": 40, "VolumeType": "standard"}),
        );
        check(
            "aws_ebs_volume",
            &json!({"iops": 3000, "throughput": 125, "type": "gp3", "multi_attach_enabled": false}),
            &json!({"Iops": 3000, "MultiAttachEnabled": false, "Throughput": 125, "VolumeType": "gp3"}),
        );
    }
}
