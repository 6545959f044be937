//! Amazon EC2: instances, security groups and their rules. Properties: the CloudFormation reference of `AWS::EC2::*`;
//! attributes: the provider's schema (5.100).

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
        rules: &[
            text("security_group_id", "GroupId"),
            text("cidr_ipv4", "CidrIp"),
            text("cidr_ipv6", "CidrIpv6"),
            text("prefix_list_id", "SourcePrefixListId"),
            text("referenced_security_group_id", "SourceSecurityGroupId"),
            text("ip_protocol", "IpProtocol"),
            number("from_port", "FromPort"),
            number("to_port", "ToPort"),
            text("description", "Description"),
            Rule::Computed(&["security_group_rule_id"]),
        ],
        produce: Produce::GroupRule(Direction::Ingress),
    },
    Mapping {
        terraform: "aws_vpc_security_group_egress_rule",
        canonical: Direction::Egress.resource_type(),
        identifier: &["security_group_rule_id", "id"],
        tags: Tags::None,
        rules: &[
            text("security_group_id", "GroupId"),
            text("cidr_ipv4", "CidrIp"),
            text("cidr_ipv6", "CidrIpv6"),
            text("prefix_list_id", "DestinationPrefixListId"),
            text("referenced_security_group_id", "DestinationSecurityGroupId"),
            text("ip_protocol", "IpProtocol"),
            number("from_port", "FromPort"),
            number("to_port", "ToPort"),
            text("description", "Description"),
            Rule::Computed(&["security_group_rule_id"]),
        ],
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
        &[number("core_count", "CoreCount"), number("threads_per_core", "ThreadsPerCore")],
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
        ],
    ),
    blocks("root_block_device", BLOCK_DEVICES, VOLUME),
    blocks("ebs_block_device", BLOCK_DEVICES, VOLUME),
    blocks(
        "ephemeral_block_device",
        BLOCK_DEVICES,
        &[text("device_name", "DeviceName"), flag("no_device", "NoDevice"), text("virtual_name", "VirtualName")],
    ),
    Rule::TerraformOnly(&["force_destroy", "get_password_data", "user_data_replace_on_change"]),
    Rule::Computed(&[
        "instance_lifecycle",
        "instance_state",
        "outpost_arn",
        "password_data",
        "primary_network_interface",
        "primary_network_interface_id",
        "private_dns",
        "public_dns",
        "public_ip",
        "spot_instance_request_id",
    ]),
];

const BLOCK_DEVICES: &str = "BlockDeviceMappings";

const VOLUME: &[Rule] = &[
    text("device_name", "DeviceName"),
    flag("delete_on_termination", "Ebs.DeleteOnTermination"),
    flag("encrypted", "Ebs.Encrypted"),
    number_unless(0, "iops", "Ebs.Iops"),
    text("kms_key_id", "Ebs.KmsKeyId"),
    text("snapshot_id", "Ebs.SnapshotId"),
    number_unless(0, "volume_size", "Ebs.VolumeSize"),
    text("volume_type", "Ebs.VolumeType"),
    Rule::Computed(&["tags_all", "volume_id"]),
];

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
