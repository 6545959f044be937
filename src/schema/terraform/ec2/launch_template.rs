//! Launch templates. Properties: the CloudFormation reference of `AWS::EC2::LaunchTemplate`; attributes: the provider's
//! schema (5.100).

use super::super::rule::{
    Mapping, Produce, Rule, Tags, block, blocks, flag, flag_text, free_text, number, number_unless, pairs, text, texts,
    wrapped,
};

/// The tables.
pub(in crate::schema::terraform) const MAPPINGS: &[Mapping] = &[Mapping {
    terraform: "aws_launch_template",
    canonical: "AWS::EC2::LaunchTemplate",
    identifier: &["id"],
    tags: Tags::Specification("launch-template"),
    rules: &[
        text("name", "LaunchTemplateName"),
        free_text("description", "VersionDescription"),
        text("image_id", "LaunchTemplateData.ImageId"),
        text("instance_type", "LaunchTemplateData.InstanceType"),
        text("key_name", "LaunchTemplateData.KeyName"),
        text("user_data", "LaunchTemplateData.UserData"),
        text("kernel_id", "LaunchTemplateData.KernelId"),
        text("ram_disk_id", "LaunchTemplateData.RamDiskId"),
        flag("disable_api_stop", "LaunchTemplateData.DisableApiStop"),
        flag("disable_api_termination", "LaunchTemplateData.DisableApiTermination"),
        flag_text("ebs_optimized", "LaunchTemplateData.EbsOptimized"),
        text("instance_initiated_shutdown_behavior", "LaunchTemplateData.InstanceInitiatedShutdownBehavior"),
        texts("security_group_names", "LaunchTemplateData.SecurityGroups"),
        texts("vpc_security_group_ids", "LaunchTemplateData.SecurityGroupIds"),
        blocks("block_device_mappings", "LaunchTemplateData.BlockDeviceMappings", DEVICE),
        block("capacity_reservation_specification", "LaunchTemplateData.CapacityReservationSpecification", RESERVATION),
        block(
            "cpu_options",
            "LaunchTemplateData.CpuOptions",
            &[
                text("amd_sev_snp", "AmdSevSnp"),
                number_unless(0, "core_count", "CoreCount"),
                number_unless(0, "threads_per_core", "ThreadsPerCore"),
            ],
        ),
        block("credit_specification", "LaunchTemplateData.CreditSpecification", &[text("cpu_credits", "CpuCredits")]),
        block("enclave_options", "LaunchTemplateData.EnclaveOptions", &[flag("enabled", "Enabled")]),
        block("hibernation_options", "LaunchTemplateData.HibernationOptions", &[flag("configured", "Configured")]),
        block(
            "iam_instance_profile",
            "LaunchTemplateData.IamInstanceProfile",
            &[text("arn", "Arn"), text("name", "Name")],
        ),
        block("instance_market_options", "LaunchTemplateData.InstanceMarketOptions", MARKET),
        block("instance_requirements", "LaunchTemplateData.InstanceRequirements", INSTANCE_REQUIREMENTS),
        blocks(
            "license_specification",
            "LaunchTemplateData.LicenseSpecifications",
            &[text("license_configuration_arn", "LicenseConfigurationArn")],
        ),
        block("maintenance_options", "LaunchTemplateData.MaintenanceOptions", &[text("auto_recovery", "AutoRecovery")]),
        block("metadata_options", "LaunchTemplateData.MetadataOptions", METADATA),
        block("monitoring", "LaunchTemplateData.Monitoring", &[flag("enabled", "Enabled")]),
        blocks("network_interfaces", "LaunchTemplateData.NetworkInterfaces", INTERFACE),
        block("placement", "LaunchTemplateData.Placement", PLACEMENT),
        block(
            "private_dns_name_options",
            "LaunchTemplateData.PrivateDnsNameOptions",
            &[
                flag("enable_resource_name_dns_a_record", "EnableResourceNameDnsARecord"),
                flag("enable_resource_name_dns_aaaa_record", "EnableResourceNameDnsAAAARecord"),
                text("hostname_type", "HostnameType"),
            ],
        ),
        blocks(
            "tag_specifications",
            "LaunchTemplateData.TagSpecifications",
            &[text("resource_type", "ResourceType"), pairs("tags", "Tags", "Key", "Value")],
        ),
        // Both services have ended.
        Rule::Uncovered(&["elastic_gpu_specifications", "elastic_inference_accelerator"]),
        text("default_version", "DefaultVersionNumber"),
        Rule::TerraformOnly(&["name_prefix", "update_default_version"]),
        Rule::Computed(&["latest_version"]),
    ],
    produce: Produce::Resource,
}];

const DEVICE: &[Rule] = &[
    text("device_name", "DeviceName"),
    text("no_device", "NoDevice"),
    text("virtual_name", "VirtualName"),
    block(
        "ebs",
        "Ebs",
        &[
            flag_text("delete_on_termination", "DeleteOnTermination"),
            flag_text("encrypted", "Encrypted"),
            number_unless(0, "iops", "Iops"),
            text("kms_key_id", "KmsKeyId"),
            text("snapshot_id", "SnapshotId"),
            number_unless(0, "throughput", "Throughput"),
            number_unless(0, "volume_initialization_rate", "VolumeInitializationRate"),
            number_unless(0, "volume_size", "VolumeSize"),
            text("volume_type", "VolumeType"),
        ],
    ),
];

const RESERVATION: &[Rule] = &[
    text("capacity_reservation_preference", "CapacityReservationPreference"),
    block(
        "capacity_reservation_target",
        "CapacityReservationTarget",
        &[
            text("capacity_reservation_id", "CapacityReservationId"),
            text("capacity_reservation_resource_group_arn", "CapacityReservationResourceGroupArn"),
        ],
    ),
];

const MARKET: &[Rule] = &[
    text("market_type", "MarketType"),
    block(
        "spot_options",
        "SpotOptions",
        &[
            number_unless(0, "block_duration_minutes", "BlockDurationMinutes"),
            text("instance_interruption_behavior", "InstanceInterruptionBehavior"),
            text("max_price", "MaxPrice"),
            text("spot_instance_type", "SpotInstanceType"),
            text("valid_until", "ValidUntil"),
        ],
    ),
];

const METADATA: &[Rule] = &[
    text("http_endpoint", "HttpEndpoint"),
    text("http_protocol_ipv6", "HttpProtocolIpv6"),
    number_unless(0, "http_put_response_hop_limit", "HttpPutResponseHopLimit"),
    text("http_tokens", "HttpTokens"),
    text("instance_metadata_tags", "InstanceMetadataTags"),
];

const INTERFACE: &[Rule] = &[
    flag_text("associate_carrier_ip_address", "AssociateCarrierIpAddress"),
    flag_text("associate_public_ip_address", "AssociatePublicIpAddress"),
    flag_text("delete_on_termination", "DeleteOnTermination"),
    text("description", "Description"),
    number("device_index", "DeviceIndex"),
    text("interface_type", "InterfaceType"),
    number_unless(0, "ipv4_address_count", "SecondaryPrivateIpAddressCount"),
    wrapped("ipv4_addresses", "PrivateIpAddresses", "PrivateIpAddress"),
    number_unless(0, "ipv4_prefix_count", "Ipv4PrefixCount"),
    wrapped("ipv4_prefixes", "Ipv4Prefixes", "Ipv4Prefix"),
    number_unless(0, "ipv6_address_count", "Ipv6AddressCount"),
    wrapped("ipv6_addresses", "Ipv6Addresses", "Ipv6Address"),
    number_unless(0, "ipv6_prefix_count", "Ipv6PrefixCount"),
    wrapped("ipv6_prefixes", "Ipv6Prefixes", "Ipv6Prefix"),
    number("network_card_index", "NetworkCardIndex"),
    text("network_interface_id", "NetworkInterfaceId"),
    flag_text("primary_ipv6", "PrimaryIpv6"),
    text("private_ip_address", "PrivateIpAddress"),
    texts("security_groups", "Groups"),
    text("subnet_id", "SubnetId"),
    block(
        "connection_tracking_specification",
        "ConnectionTrackingSpecification",
        &[
            number_unless(0, "tcp_established_timeout", "TcpEstablishedTimeout"),
            number_unless(0, "udp_stream_timeout", "UdpStreamTimeout"),
            number_unless(0, "udp_timeout", "UdpTimeout"),
        ],
    ),
    block(
        "ena_srd_specification",
        "EnaSrdSpecification",
        &[
            flag("ena_srd_enabled", "EnaSrdEnabled"),
            block(
                "ena_srd_udp_specification",
                "EnaSrdUdpSpecification",
                &[flag("ena_srd_udp_enabled", "EnaSrdUdpEnabled")],
            ),
        ],
    ),
];

const PLACEMENT: &[Rule] = &[
    text("affinity", "Affinity"),
    text("availability_zone", "AvailabilityZone"),
    text("group_name", "GroupName"),
    text("host_id", "HostId"),
    text("host_resource_group_arn", "HostResourceGroupArn"),
    number_unless(0, "partition_number", "PartitionNumber"),
    text("spread_domain", "SpreadDomain"),
    text("tenancy", "Tenancy"),
];

/// What an instance has to have; a scaling group says it with the same names.
pub(in crate::schema::terraform) const INSTANCE_REQUIREMENTS: &[Rule] = &[
    texts("accelerator_manufacturers", "AcceleratorManufacturers"),
    texts("accelerator_names", "AcceleratorNames"),
    texts("accelerator_types", "AcceleratorTypes"),
    texts("allowed_instance_types", "AllowedInstanceTypes"),
    text("bare_metal", "BareMetal"),
    text("burstable_performance", "BurstablePerformance"),
    texts("cpu_manufacturers", "CpuManufacturers"),
    texts("excluded_instance_types", "ExcludedInstanceTypes"),
    texts("instance_generations", "InstanceGenerations"),
    text("local_storage", "LocalStorage"),
    texts("local_storage_types", "LocalStorageTypes"),
    number_unless(
        0,
        "max_spot_price_as_percentage_of_optimal_on_demand_price",
        "MaxSpotPriceAsPercentageOfOptimalOnDemandPrice",
    ),
    number_unless(0, "on_demand_max_price_percentage_over_lowest_price", "OnDemandMaxPricePercentageOverLowestPrice"),
    flag("require_hibernate_support", "RequireHibernateSupport"),
    number_unless(0, "spot_max_price_percentage_over_lowest_price", "SpotMaxPricePercentageOverLowestPrice"),
    block("accelerator_count", "AcceleratorCount", RANGE),
    block("accelerator_total_memory_mib", "AcceleratorTotalMemoryMiB", RANGE),
    block("baseline_ebs_bandwidth_mbps", "BaselineEbsBandwidthMbps", RANGE),
    block("memory_gib_per_vcpu", "MemoryGiBPerVCpu", RANGE),
    block("memory_mib", "MemoryMiB", RANGE),
    block("network_bandwidth_gbps", "NetworkBandwidthGbps", RANGE),
    block("network_interface_count", "NetworkInterfaceCount", RANGE),
    block("total_local_storage_gb", "TotalLocalStorageGB", RANGE),
    block("vcpu_count", "VCpuCount", RANGE),
];

/// From nothing up is a range; an upper limit of nothing is only meant where accelerators are ruled out.
const RANGE: &[Rule] = &[number("max", "Max"), number("min", "Min")];

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::super::{canonical_paths, check};

    #[test]
    fn a_template_has_its_data_in_one_object() {
        check(
            "aws_launch_template",
            &json!({
                "arn": "arn:lt", "block_device_mappings": [{"device_name": "/dev/xvda", "ebs": [{
                    "delete_on_termination": "true", "encrypted": "", "iops": 0, "kms_key_id": "", "snapshot_id": "",
                    "throughput": 0, "volume_initialization_rate": 0, "volume_size": 20, "volume_type": "gp3"}],
                    "no_device": "", "virtual_name": ""}],
                "capacity_reservation_specification": [], "cpu_options": [], "credit_specification": [],
                "default_version": 1, "description": "", "disable_api_stop": false, "disable_api_termination": false,
                "ebs_optimized": "", "elastic_gpu_specifications": [], "enclave_options": [],
                "iam_instance_profile": [{"arn": "", "name": "web"}], "id": "lt-1", "image_id": "ami-1",
                "instance_initiated_shutdown_behavior": "", "instance_type": "t3.micro", "kernel_id": "",
                "key_name": "", "latest_version": 3,
                "metadata_options": [{"http_endpoint": "", "http_put_response_hop_limit": 0,
                    "http_tokens": "required"}],
                "monitoring": [{"enabled": true}], "name": "web", "name_prefix": "",
                "network_interfaces": [{"associate_public_ip_address": "false", "device_index": 0,
                    "ipv4_address_count": 0, "ipv4_addresses": ["10.0.0.4"], "network_card_index": 0,
                    "security_groups": ["sg-1"], "subnet_id": ""}],
                "placement": [], "ram_disk_id": "", "security_group_names": [],
                "tag_specifications": [{"resource_type": "instance", "tags": {"Name": "web"}}],
                "tags": {"a": "b"}, "tags_all": {"a": "b"}, "update_default_version": null,
                "user_data": "IyEvYmluL3No", "vpc_security_group_ids": ["sg-1"]
            }),
            &json!({
                "DefaultVersionNumber": "1",
                "LaunchTemplateData": {
                    "BlockDeviceMappings": [{"DeviceName": "/dev/xvda", "Ebs": {"DeleteOnTermination": true,
                        "VolumeSize": 20, "VolumeType": "gp3"}}],
                    "DisableApiStop": false, "DisableApiTermination": false, "IamInstanceProfile": {"Name": "web"},
                    "ImageId": "ami-1", "InstanceType": "t3.micro", "MetadataOptions": {"HttpTokens": "required"},
                    "Monitoring": {"Enabled": true},
                    "NetworkInterfaces": [{"AssociatePublicIpAddress": false, "DeviceIndex": 0, "Groups": ["sg-1"],
                        "NetworkCardIndex": 0, "PrivateIpAddresses": [{"PrivateIpAddress": "10.0.0.4"}]}],
                    "SecurityGroupIds": ["sg-1"], "SecurityGroups": [],
                    "TagSpecifications": [{"ResourceType": "instance", "Tags": [{"Key": "Name", "Value": "web"}]}],
                    "UserData": "IyEvYmluL3No"
                },
                "LaunchTemplateName": "web",
                "TagSpecifications": [{"ResourceType": "launch-template", "Tags": [{"Key": "a", "Value": "b"}]}],
                "VersionDescription": ""
            }),
        );
    }

    #[test]
    fn a_switch_that_is_a_text_has_three_positions() {
        let check = |text: &str, expect| check("aws_launch_template", &json!({"ebs_optimized": text}), &expect);
        check("", json!({}));
        check("true", json!({"LaunchTemplateData": {"EbsOptimized": true}}));
        check("false", json!({"LaunchTemplateData": {"EbsOptimized": false}}));
    }

    #[test]
    fn requirements_may_begin_at_nothing() {
        check(
            "aws_launch_template",
            &json!({"instance_requirements": [{"accelerator_count": [{"max": 0, "min": null}],
                "max_spot_price_as_percentage_of_optimal_on_demand_price": 0,
                "memory_mib": [{"max": null, "min": 0}], "require_hibernate_support": false,
                "spot_max_price_percentage_over_lowest_price": 50, "vcpu_count": [{"max": 8, "min": 2}]}]}),
            &json!({"LaunchTemplateData": {"InstanceRequirements": {"AcceleratorCount": {"Max": 0},
                "MemoryMiB": {"Min": 0}, "RequireHibernateSupport": false, "SpotMaxPricePercentageOverLowestPrice": 50,
                "VCpuCount": {"Max": 8, "Min": 2}}}}),
        );
    }

    #[test]
    fn its_tags_stand_in_a_specification() {
        assert_eq!(canonical_paths("aws_launch_template", "tags"), ["TagSpecifications"]);
        assert_eq!(canonical_paths("aws_launch_template", "tags[\"a\"]"), ["TagSpecifications.*.Tags[Key=a]"]);
        let size = canonical_paths("aws_launch_template", "block_device_mappings[0].ebs[0].volume_size");
        assert_eq!(size, ["LaunchTemplateData.BlockDeviceMappings.*.Ebs.VolumeSize"]);
    }
}
