//! What joins resources of EC2, and two small ones: associated addresses, attached volumes, egress-only gateways and key
//! pairs. Properties: the CloudFormation reference of `AWS::EC2::*`; attributes: the provider's schema (5.100).

use super::super::rule::{Mapping, Produce, Rule, Tags, text};

/// The tables.
pub(in crate::schema::terraform) const MAPPINGS: &[Mapping] = &[
    Mapping {
        terraform: "aws_eip_association",
        canonical: "AWS::EC2::EIPAssociation",
        identifier: &["id"],
        tags: Tags::None,
        rules: &[
            text("allocation_id", "AllocationId"),
            text("instance_id", "InstanceId"),
            text("network_interface_id", "NetworkInterfaceId"),
            text("private_ip_address", "PrivateIpAddress"),
            text("public_ip", "EIP"),
            Rule::TerraformOnly(&["allow_reassociation"]),
        ],
        produce: Produce::Resource,
    },
    Mapping {
        terraform: "aws_volume_attachment",
        canonical: "AWS::EC2::VolumeAttachment",
        identifier: &[],
        tags: Tags::None,
        rules: &[
            text("device_name", "Device"),
            text("instance_id", "InstanceId"),
            text("volume_id", "VolumeId"),
            Rule::TerraformOnly(&["force_detach", "skip_destroy", "stop_instance_before_detaching"]),
        ],
        produce: Produce::Resource,
    },
    Mapping {
        terraform: "aws_egress_only_internet_gateway",
        canonical: "AWS::EC2::EgressOnlyInternetGateway",
        identifier: &["id"],
        tags: Tags::List,
        rules: &[text("vpc_id", "VpcId")],
        produce: Produce::Resource,
    },
    Mapping {
        terraform: "aws_key_pair",
        canonical: "AWS::EC2::KeyPair",
        identifier: &["key_name"],
        tags: Tags::List,
        rules: &[
            text("key_name", "KeyName"),
            text("public_key", "PublicKeyMaterial"),
            Rule::TerraformOnly(&["key_name_prefix"]),
            Rule::Computed(&["fingerprint", "key_pair_id", "key_type"]),
        ],
        produce: Produce::Resource,
    },
];

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::super::check;

    #[test]
    fn an_attachment_names_both_ends() {
        check(
            "aws_eip_association",
            &json!({"allocation_id": "eipalloc-1", "allow_reassociation": null, "id": "eipassoc-1",
                "instance_id": "i-1", "network_interface_id": "eni-1", "private_ip_address": "10.0.0.4",
                "public_ip": "198.51.100.1"}),
            &json!({"AllocationId": "eipalloc-1", "EIP": "198.51.100.1", "InstanceId": "i-1",
                "NetworkInterfaceId": "eni-1", "PrivateIpAddress": "10.0.0.4"}),
        );
        check(
            "aws_volume_attachment",
            &json!({"device_name": "/dev/sdf", "force_detach": null, "id": "vai-1", "instance_id": "i-1",
                "skip_destroy": null, "stop_instance_before_detaching": null, "volume_id": "vol-1"}),
            &json!({"Device": "/dev/sdf", "InstanceId": "i-1", "VolumeId": "vol-1"}),
        );
    }

    #[test]
    fn small_resources() {
        check(
            "aws_egress_only_internet_gateway",
            &json!({"id": "eigw-1", "tags": {"a": "b"}, "tags_all": {"a": "b"}, "vpc_id": "vpc-1"}),
            &json!({"Tags": [{"Key": "a", "Value": "b"}], "VpcId": "vpc-1"}),
        );
        check(
            "aws_key_pair",
            &json!({"arn": "arn:k", "fingerprint": "aa:bb", "id": "deploy", "key_name": "deploy",
                "key_name_prefix": "", "key_pair_id": "key-1", "key_type": "ed25519",
                "public_key": "ssh-ed25519 AAAA me", "tags": null, "tags_all": {}}),
            &json!({"KeyName": "deploy", "PublicKeyMaterial": "ssh-ed25519 AAAA me", "Tags": []}),
        );
    }
}
