//! Amazon EC2: instances, security groups and their rules. Properties: the CloudFormation reference of `AWS::EC2::*`;
//! attributes: the provider's schema (5.100).

pub(super) mod attachments;
pub(super) mod defaults;
pub(super) mod launch_template;
pub(super) mod network_acl;
pub(super) mod volume;
pub(super) mod vpc;

use std::collections::BTreeMap;

use super::Context;
use super::rule::{
    Mapping, Produce, Rule, Tags, block, blocks, flag, group_rules, number, number_unless, text, texts, user_data,
    wrapped,
};
use super::security_group_rules::Direction;
use crate::model::{Kind, Value};

/// The tables.
pub(super) const MAPPINGS: &[Mapping] = &[
    Mapping {
        terraform: "aws_security_group",
        canonical: "AWS::EC2::SecurityGroup",
        identifier: &["id"],
        tags: Tags::List,
        rules: &[
            text("name", "GroupName"),
            text("description", "GroupDescription"),
            text("vpc_id", "VpcId"),
            group_rules("ingress", Direction::Ingress),
            group_rules("egress", Direction::Egress),
            Rule::TerraformOnly(&["name_prefix", "revoke_rules_on_delete"]),
            Rule::Computed(&["owner_id"]),
        ],
        produce: Produce::Resource,
    },
    Mapping {
        terraform: "aws_security_group_rule",
        canonical: Direction::Ingress.resource_type(),
        identifier: &["security_group_rule_id"],
        tags: Tags::None,
        rules: &[Rule::Code(&[
            "cidr_blocks",
            "description",
            "from_port",
            "ipv6_cidr_blocks",
            "prefix_list_ids",
            "protocol",
            "security_group_id",
            "security_group_rule_id",
            "self",
            "source_security_group_id",
            "to_port",
            "type",
        ])],
        produce: Produce::GroupRules,
    },
    Mapping {
        terraform: "aws_vpc_security_group_ingress_rule",
        canonical: Direction::Ingress.resource_type(),
        identifier: &["security_group_rule_id", "id"],
        tags: Tags::None,
        rules: &separate_rule(Direction::Ingress),
        produce: Produce::GroupRule(Direction::Ingress),
    },
    Mapping {
        terraform: "aws_vpc_security_group_egress_rule",
        canonical: Direction::Egress.resource_type(),
        identifier: &["security_group_rule_id", "id"],
        tags: Tags::None,
        rules: &separate_rule(Direction::Egress),
        produce: Produce::GroupRule(Direction::Egress),
    },
    Mapping {
        terraform: "aws_instance",
        canonical: "AWS::EC2::Instance",
        identifier: &["id"],
        tags: Tags::List,
        rules: INSTANCE,
        produce: Produce::Instance,
    },
];

/// A rule with one source each.
const fn separate_rule(direction: Direction) -> [Rule; 11] {
    [
        text("security_group_id", "GroupId"),
        text("cidr_ipv4", "CidrIp"),
        text("cidr_ipv6", "CidrIpv6"),
        text("prefix_list_id", direction.prefix_list()),
        text("referenced_security_group_id", direction.group()),
        text("ip_protocol", "IpProtocol"),
        number("from_port", "FromPort"),
        number("to_port", "ToPort"),
        text("description", "Description"),
        // It is an item of its group here, which has no place for tags.
        Rule::Uncovered(&["tags"]),
        Rule::Computed(&["security_group_rule_id"]),
    ]
}

const INSTANCE: &[Rule] = &[
    text("ami", "ImageId"),
    text("instance_type", "InstanceType"),
    text("availability_zone", "AvailabilityZone"),
    text("key_name", "KeyName"),
    text("subnet_id", "SubnetId"),
    texts("vpc_security_group_ids", "SecurityGroupIds"),
    texts("security_groups", "SecurityGroups"),
    text("iam_instance_profile", "IamInstanceProfile"),
    flag("monitoring", "Monitoring"),
    flag("ebs_optimized", "EbsOptimized"),
    flag("source_dest_check", "SourceDestCheck"),
    flag("disable_api_termination", "DisableApiTermination"),
    text("instance_initiated_shutdown_behavior", "InstanceInitiatedShutdownBehavior"),
    text("tenancy", "Tenancy"),
    text("host_id", "HostId"),
    text("host_resource_group_arn", "HostResourceGroupArn"),
    text("placement_group", "PlacementGroupName"),
    text("private_ip", "PrivateIpAddress"),
    number_unless(0, "ipv6_address_count", "Ipv6AddressCount"),
    wrapped("ipv6_addresses", "Ipv6Addresses", "Ipv6Address"),
    user_data("user_data", "UserData"),
    text("user_data_base64", "UserData"),
    flag("hibernation", "HibernationOptions.Configured"),
    number("cpu_core_count", "CpuOptions.CoreCount"),
    number("cpu_threads_per_core", "CpuOptions.ThreadsPerCore"),
    block(
        "cpu_options",
        "CpuOptions",
        &[
            number("core_count", "CoreCount"),
            number("threads_per_core", "ThreadsPerCore"),
            Rule::Uncovered(&["amd_sev_snp"]),
        ],
    ),
    block("credit_specification", "CreditSpecification", &[text("cpu_credits", "CPUCredits")]),
    block("enclave_options", "EnclaveOptions", &[flag("enabled", "Enabled")]),
    block(
        "launch_template",
        "LaunchTemplate",
        &[text("id", "LaunchTemplateId"), text("name", "LaunchTemplateName"), text("version", "Version")],
    ),
    block(
        "metadata_options",
        "MetadataOptions",
        &[
            text("http_endpoint", "HttpEndpoint"),
            text("http_protocol_ipv6", "HttpProtocolIpv6"),
            number("http_put_response_hop_limit", "HttpPutResponseHopLimit"),
            text("http_tokens", "HttpTokens"),
            text("instance_metadata_tags", "InstanceMetadataTags"),
        ],
    ),
    block(
        "private_dns_name_options",
        "PrivateDnsNameOptions",
        &[
            flag("enable_resource_name_dns_a_record", "EnableResourceNameDnsARecord"),
            flag("enable_resource_name_dns_aaaa_record", "EnableResourceNameDnsAAAARecord"),
            text("hostname_type", "HostnameType"),
        ],
    ),
    blocks(
        "network_interface",
        "NetworkInterfaces",
        &[
            flag("delete_on_termination", "DeleteOnTermination"),
            text("device_index", "DeviceIndex"),
            text("network_interface_id", "NetworkInterfaceId"),
            Rule::Uncovered(&["network_card_index"]),
        ],
    ),
    blocks("root_block_device", BLOCK_DEVICES, &VOLUME),
    blocks("ebs_block_device", BLOCK_DEVICES, ADDED_VOLUME),
    blocks(
        "ephemeral_block_device",
        BLOCK_DEVICES,
        &[text("device_name", "DeviceName"), flag("no_device", "NoDevice"), text("virtual_name", "VirtualName")],
    ),
    Rule::Uncovered(&[
        "associate_public_ip_address",
        "capacity_reservation_specification",
        "disable_api_stop",
        "enable_primary_ipv6",
        "instance_market_options",
        "maintenance_options",
        "placement_partition_number",
        "secondary_private_ips",
        "volume_tags",
    ]),
    Rule::TerraformOnly(&["force_destroy", "get_password_data", "user_data_replace_on_change"]),
    Rule::Computed(&[
        "instance_lifecycle",
        "instance_state",
        "outpost_arn",
        "password_data",
        "primary_network_interface_id",
        "private_dns",
        "public_dns",
        "public_ip",
        "spot_instance_request_id",
    ]),
];

const BLOCK_DEVICES: &str = "BlockDeviceMappings";

const VOLUME: [Rule; 9] = [
    text("device_name", "DeviceName"),
    flag("delete_on_termination", "Ebs.DeleteOnTermination"),
    flag("encrypted", "Ebs.Encrypted"),
    number_unless(0, "iops", "Ebs.Iops"),
    text("kms_key_id", "Ebs.KmsKeyId"),
    number_unless(0, "volume_size", "Ebs.VolumeSize"),
    text("volume_type", "Ebs.VolumeType"),
    Rule::Uncovered(&["tags", "throughput"]),
    Rule::Computed(&["tags_all", "volume_id"]),
];

/// A volume besides that of the image, which brings its snapshot.
const ADDED_VOLUME: &[Rule] = &{
    let [a, b, c, d, e, f, g, h, i] = VOLUME;
    [a, b, c, d, e, f, g, h, i, text("snapshot_id", "Ebs.SnapshotId")]
};

/// Gives the root device, which Terraform declares without a name, the name that it got in the last deployment; without
/// one it cannot be told which of the live devices it is.
pub(super) fn name_root_device(
    mut properties: BTreeMap<String, Value>,
    context: &Context<'_>,
) -> BTreeMap<String, Value> {
    let Some(Kind::List(devices)) = properties.get_mut(BLOCK_DEVICES).map(|devices| &mut devices.kind) else {
        return properties;
    };
    for device in devices.iter_mut().filter(|device| device.get("DeviceName").is_none()) {
        match (&mut device.kind, root_device_name(context)) {
            (Kind::Object(members), Some(name)) => {
                members.insert("DeviceName".to_owned(), name);
            }
            (Kind::Object(_), None) => {
                let unknown = Value::unknown("the name of the root device is known after a deploy");
                *device = unknown.located(device.at.clone());
            }
            _ => {}
        }
    }
    properties
}

fn root_device_name(context: &Context<'_>) -> Option<Value> {
    let root = context.bound?.attributes.get("root_block_device")?.as_list()?.first()?;
    root.get("device_name").cloned()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::{canonical, check};
    use super::*;
    use crate::model::Bound;

    #[test]
    fn an_instance_is_the_instance_that_the_service_returns() {
        check(
            "aws_instance",
            &json!({
                "ami": "ami-1", "arn": "arn:i", "availability_zone": "eu-west-1a", "cpu_options": [{"core_count": 2,
                    "threads_per_core": 1}],
                "credit_specification": [{"cpu_credits": "unlimited"}], "disable_api_termination": true,
                "ebs_block_device": [{
                    "delete_on_termination": true, "device_name": "/dev/sdf", "encrypted": true, "iops": 3000,
                    "kms_key_id": "",
                    "snapshot_id": "", "tags_all": {"env": "prod"}, "volume_id": "vol-2",
                    "volume_size": 50, "volume_type": "gp3"
                }],
                "ebs_optimized": false, "enclave_options": [{"enabled": false}],
                "ephemeral_block_device": [{"device_name": "/dev/sdb", "no_device": true, "virtual_name": ""}],
                "hibernation": false, "iam_instance_profile": "profile", "id": "i-1", "instance_state": "running",
                "instance_type": "t3.micro", "ipv6_address_count": 0, "ipv6_addresses": ["2001:db8::1"], "key_name": "",
                "launch_template": [{"id": "lt-1", "name": "", "version": "$Latest"}],
                "metadata_options": [{"http_endpoint": "enabled", "http_put_response_hop_limit": 2,
                    "http_tokens": "required"}],
                "monitoring": true, "network_interface": [{"delete_on_termination": false, "device_index": 0,
                    "network_interface_id": "eni-1"}],
                "private_ip": "10.0.0.4", "public_ip": "",
                "root_block_device": [{"delete_on_termination": true, "device_name": "/dev/xvda", "iops": 0,
                    "volume_id": "vol-1", "volume_size": 20, "volume_type": "gp2"}],
                "source_dest_check": true, "subnet_id": "subnet-1", "tags": {"Name": "web"}, "tenancy": "default",
                "user_data": "#!/bin/sh", "user_data_base64": null, "vpc_security_group_ids": ["sg-1"]
            }),
            &json!({
                "AvailabilityZone": "eu-west-1a",
                "BlockDeviceMappings": [
                    {"DeviceName": "/dev/xvda", "Ebs": {"DeleteOnTermination": true, "VolumeSize": 20,
                        "VolumeType": "gp2"}},
                    {"DeviceName": "/dev/sdf", "Ebs": {
                        "DeleteOnTermination": true, "Encrypted": true, "Iops": 3000, "VolumeSize": 50,
                        "VolumeType": "gp3"
                    }},
                    {"DeviceName": "/dev/sdb", "NoDevice": true}
                ],
                "CpuOptions": {"CoreCount": 2, "ThreadsPerCore": 1}, "CreditSpecification": {"CPUCredits": "unlimited"},
                "DisableApiTermination": true, "EbsOptimized": false, "EnclaveOptions": {"Enabled": false},
                "HibernationOptions": {"Configured": false}, "IamInstanceProfile": "profile", "ImageId": "ami-1",
                "InstanceType": "t3.micro", "Ipv6Addresses": [{"Ipv6Address": "2001:db8::1"}],
                "LaunchTemplate": {"LaunchTemplateId": "lt-1", "Version": "$Latest"},
                "MetadataOptions": {"HttpEndpoint": "enabled", "HttpPutResponseHopLimit": 2, "HttpTokens": "required"},
                "Monitoring": true,
                "NetworkInterfaces": [{"DeleteOnTermination": false, "DeviceIndex": "0",
                    "NetworkInterfaceId": "eni-1"}],
                "PrivateIpAddress": "10.0.0.4", "SecurityGroupIds": ["sg-1"], "SourceDestCheck": true,
                "SubnetId": "subnet-1",
                "Tags": [{"Key": "Name", "Value": "web"}], "Tenancy": "default", "UserData": "IyEvYmluL3No"
            }),
        );
    }

    #[test]
    fn user_data_is_base64_once_and_a_digest_of_it_says_nothing() {
        let encoded = json!({"UserData": "IyEvYmluL3No"});
        check("aws_instance", &json!({"user_data": "IyEvYmluL3No"}), &encoded);
        check("aws_instance", &json!({"user_data_base64": "IyEvYmluL3No"}), &encoded);
        let digest = json!({"user_data": "b92763449d7b8b5147a424baed84cb45d83c593a"});
        let expect = json!({"UserData": {"Fn::Unknown": "the state keeps only a digest of the user data"}});
        check("aws_instance", &digest, &expect);
    }

    #[test]
    fn the_root_device_has_the_name_of_the_last_deployment() {
        let declared = Value::from_json(&json!({"root_block_device": [{"volume_size": 30}]}));
        let check = |bound: Option<&Bound>, expect| {
            let mapped = canonical("aws_instance", &declared, &Context { bound, ..Context::default() }).unwrap();
            assert_eq!(mapped[0].attributes.get(BLOCK_DEVICES).unwrap().to_json(), expect);
        };
        let devices = Value::from_json(&json!([{"device_name": "/dev/xvda", "volume_size": 20}]));
        let bound = Bound { identifier: None, attributes: [("root_block_device".to_owned(), devices)].into() };
        check(Some(&bound), json!([{"DeviceName": "/dev/xvda", "Ebs": {"VolumeSize": 30}}]));
        check(None, json!([{"Fn::Unknown": "the name of the root device is known after a deploy"}]));
    }

    #[test]
    fn a_security_group_has_one_rule_for_every_source() {
        let tcp =
            |member: &str, source: &str| json!({member: source, "FromPort": 443, "IpProtocol": "tcp", "ToPort": 443});
        check(
            "aws_security_group",
            &json!({
                "arn": "arn:sg", "description": "web", "id": "sg-1", "name": "web", "name_prefix": "",
                "owner_id": "123456789012",
                "ingress": [{
                    "cidr_blocks": ["10.0.0.0/8", "192.168.0.0/16"], "description": "", "from_port": 443,
                    "ipv6_cidr_blocks": ["::/0"],
                    "prefix_list_ids": ["pl-1"], "protocol": "tcp", "security_groups": ["sg-2", "123456789013/sg-3"],
                    "self": true, "to_port": 443
                }],
                "egress": [{
                    "cidr_blocks": ["0.0.0.0/0"], "description": "all", "from_port": 0, "ipv6_cidr_blocks": [],
                    "prefix_list_ids": ["pl-2"],
                    "protocol": "-1", "security_groups": ["sg-4"], "self": false, "to_port": 0
                }],
                "revoke_rules_on_delete": false, "tags_all": {}, "vpc_id": "vpc-1"
            }),
            &json!({
                "GroupDescription": "web", "GroupName": "web",
                "SecurityGroupEgress": [
                    {"CidrIp": "0.0.0.0/0", "Description": "all", "IpProtocol": "-1"},
                    {"Description": "all", "DestinationPrefixListId": "pl-2", "IpProtocol": "-1"},
                    {"Description": "all", "DestinationSecurityGroupId": "sg-4", "IpProtocol": "-1"}
                ],
                "SecurityGroupIngress": [
                    tcp("CidrIp", "10.0.0.0/8"), tcp("CidrIp", "192.168.0.0/16"), tcp("CidrIpv6", "::/0"),
                    tcp("SourcePrefixListId", "pl-1"), tcp("SourceSecurityGroupId", "sg-2"),
                    {"FromPort": 443, "IpProtocol": "tcp", "SourceSecurityGroupId": "sg-3",
                        "SourceSecurityGroupOwnerId": "123456789013", "ToPort": 443},
                    tcp("SourceSecurityGroupId", "sg-1")
                ],
                "Tags": [], "VpcId": "vpc-1"
            }),
        );
        check("aws_security_group", &json!({"ingress": []}), &json!({"SecurityGroupIngress": []}));
    }

    #[test]
    fn separate_rules_name_their_group() {
        check(
            "aws_vpc_security_group_ingress_rule",
            &json!({
                "arn": "arn:sgr", "cidr_ipv4": "10.1.0.0/16", "cidr_ipv6": null, "description": null, "from_port": 22,
                "id": "sgr-1",
                "ip_protocol": "TCP", "prefix_list_id": null, "referenced_security_group_id": null,
                "security_group_id": "sg-1",
                "security_group_rule_id": "sgr-1", "tags": null, "tags_all": {"env": "prod"}, "to_port": 22
            }),
            &json!({"CidrIp": "10.1.0.0/16", "FromPort": 22, "GroupId": "sg-1", "IpProtocol": "tcp", "ToPort": 22}),
        );
        check(
            "aws_vpc_security_group_egress_rule",
            &json!({"ip_protocol": -1, "referenced_security_group_id": "sg-2", "security_group_id": "sg-1"}),
            &json!({"DestinationSecurityGroupId": "sg-2", "GroupId": "sg-1", "IpProtocol": "-1"}),
        );
        check(
            "aws_security_group_rule",
            &json!({
                "cidr_blocks": ["10.0.0.0/8", "10.1.0.0/16"], "description": "d", "from_port": 80, "id": "sgrule-1",
                "ipv6_cidr_blocks": null, "prefix_list_ids": null, "protocol": "6", "security_group_id": "sg-1",
                "security_group_rule_id": "", "self": false, "source_security_group_id": null, "timeouts": null,
                "to_port": 80, "type": "ingress"
            }),
            &json!([
                {"CidrIp": "10.0.0.0/8", "Description": "d", "FromPort": 80, "GroupId": "sg-1", "IpProtocol": "tcp",
                    "ToPort": 80},
                {"CidrIp": "10.1.0.0/16", "Description": "d", "FromPort": 80, "GroupId": "sg-1", "IpProtocol": "tcp",
                    "ToPort": 80}
            ]),
        );
        check(
            "aws_security_group_rule",
            &json!({"from_port": 0, "protocol": "all", "security_group_id": "sg-1", "self": true, "to_port": 0,
                "type": "egress"}),
            &json!([{"DestinationSecurityGroupId": "sg-1", "GroupId": "sg-1", "IpProtocol": "-1"}]),
        );
    }
}
