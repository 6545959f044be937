//! Amazon VPC: networks, subnets, routes, gateways, addresses and endpoints. Properties: the CloudFormation reference of
//! `AWS::EC2::*`; attributes: the provider's schema (5.100).
//!
//! Two properties are not CloudFormation's, which has a type of its own for each: `InternetGateway.VpcId`, the network
//! that the gateway is attached to, and `RouteTable.Routes`, whose items are the routes that somebody made: not the local
//! one, nor those that a virtual gateway propagates or an endpoint adds, which the provider does not list either.

use super::super::rule::{
    Mapping, Produce, Rule, Tags, block, blocks, choice, document, flag, number_unless, text, texts,
};

/// The tables.
pub(in crate::schema::terraform) const MAPPINGS: &[Mapping] = &[
    Mapping {
        terraform: "aws_vpc",
        canonical: "AWS::EC2::VPC",
        identifier: &["id"],
        tags: Tags::List,
        rules: VPC,
        produce: Produce::Resource,
    },
    Mapping {
        terraform: "aws_subnet",
        canonical: "AWS::EC2::Subnet",
        identifier: &["id"],
        tags: Tags::List,
        rules: SUBNET,
        produce: Produce::Resource,
    },
    Mapping {
        terraform: "aws_route_table",
        canonical: "AWS::EC2::RouteTable",
        identifier: &["id"],
        tags: Tags::List,
        rules: &[
            text("vpc_id", "VpcId"),
            blocks("route", "Routes", ROUTE_BLOCK),
            Rule::Uncovered(&["propagating_vgws"]),
            Rule::Computed(&["owner_id"]),
        ],
        produce: Produce::Resource,
    },
    Mapping {
        terraform: "aws_route",
        canonical: "AWS::EC2::Route",
        identifier: &[],
        tags: Tags::None,
        rules: ROUTE,
        produce: Produce::Resource,
    },
    Mapping {
        terraform: "aws_route_table_association",
        canonical: "AWS::EC2::SubnetRouteTableAssociation",
        identifier: &["id"],
        tags: Tags::None,
        rules: &[
            text("route_table_id", "RouteTableId"),
            text("subnet_id", "SubnetId"),
            text("gateway_id", "GatewayId"),
        ],
        produce: Produce::Either { set: "gateway_id", canonical: "AWS::EC2::GatewayRouteTableAssociation" },
    },
    Mapping {
        terraform: "aws_internet_gateway",
        canonical: "AWS::EC2::InternetGateway",
        identifier: &["id"],
        tags: Tags::List,
        rules: &[text("vpc_id", "VpcId"), Rule::Computed(&["owner_id"])],
        produce: Produce::Resource,
    },
    Mapping {
        terraform: "aws_nat_gateway",
        canonical: "AWS::EC2::NatGateway",
        identifier: &["id"],
        tags: Tags::List,
        rules: NAT_GATEWAY,
        produce: Produce::Resource,
    },
    Mapping {
        terraform: "aws_eip",
        canonical: "AWS::EC2::EIP",
        identifier: &["public_ip"],
        tags: Tags::List,
        rules: ADDRESS,
        produce: Produce::Resource,
    },
    Mapping {
        terraform: "aws_vpc_endpoint",
        canonical: "AWS::EC2::VPCEndpoint",
        identifier: &["id"],
        tags: Tags::List,
        rules: ENDPOINT,
        produce: Produce::Resource,
    },
];

const VPC: &[Rule] = &[
    text("cidr_block", "CidrBlock"),
    flag("enable_dns_hostnames", "EnableDnsHostnames"),
    flag("enable_dns_support", "EnableDnsSupport"),
    text("instance_tenancy", "InstanceTenancy"),
    text("ipv4_ipam_pool_id", "Ipv4IpamPoolId"),
    number_unless(0, "ipv4_netmask_length", "Ipv4NetmaskLength"),
    // In CloudFormation an IPv6 block is an `AWS::EC2::VPCCidrBlock`.
    Rule::Uncovered(&[
        "assign_generated_ipv6_cidr_block",
        "enable_network_address_usage_metrics",
        "ipv6_cidr_block",
        "ipv6_cidr_block_network_border_group",
        "ipv6_ipam_pool_id",
        "ipv6_netmask_length",
    ]),
    Rule::Computed(&[
        "default_network_acl_id",
        "default_route_table_id",
        "default_security_group_id",
        "dhcp_options_id",
        "ipv6_association_id",
        "main_route_table_id",
        "owner_id",
    ]),
];

const SUBNET: &[Rule] = &[
    text("vpc_id", "VpcId"),
    text("cidr_block", "CidrBlock"),
    text("ipv6_cidr_block", "Ipv6CidrBlock"),
    text("availability_zone", "AvailabilityZone"),
    text("availability_zone_id", "AvailabilityZoneId"),
    flag("assign_ipv6_address_on_creation", "AssignIpv6AddressOnCreation"),
    flag("enable_dns64", "EnableDns64"),
    number_unless(0, "enable_lni_at_device_index", "EnableLniAtDeviceIndex"),
    flag("ipv6_native", "Ipv6Native"),
    flag("map_public_ip_on_launch", "MapPublicIpOnLaunch"),
    text("outpost_arn", "OutpostArn"),
    flag("enable_resource_name_dns_a_record_on_launch", "PrivateDnsNameOptionsOnLaunch.EnableResourceNameDnsARecord"),
    flag(
        "enable_resource_name_dns_aaaa_record_on_launch",
        "PrivateDnsNameOptionsOnLaunch.EnableResourceNameDnsAAAARecord",
    ),
    text("private_dns_hostname_type_on_launch", "PrivateDnsNameOptionsOnLaunch.HostnameType"),
    Rule::Uncovered(&["customer_owned_ipv4_pool", "map_customer_owned_ip_on_launch"]),
    Rule::Computed(&["ipv6_cidr_block_association_id", "owner_id"]),
];

/// Where a route leads to; the same names in both forms.
pub(super) const TARGETS: [Rule; 10] = [
    text("carrier_gateway_id", "CarrierGatewayId"),
    text("core_network_arn", "CoreNetworkArn"),
    text("egress_only_gateway_id", "EgressOnlyInternetGatewayId"),
    text("gateway_id", "GatewayId"),
    text("local_gateway_id", "LocalGatewayId"),
    text("nat_gateway_id", "NatGatewayId"),
    text("network_interface_id", "NetworkInterfaceId"),
    text("transit_gateway_id", "TransitGatewayId"),
    text("vpc_endpoint_id", "VpcEndpointId"),
    text("vpc_peering_connection_id", "VpcPeeringConnectionId"),
];

const ROUTE_BLOCK: &[Rule] = &{
    let [a, b, c, d, e, f, g, h, i, j] = TARGETS;
    let cidr = text("cidr_block", "DestinationCidrBlock");
    let ipv6 = text("ipv6_cidr_block", "DestinationIpv6CidrBlock");
    let list = text("destination_prefix_list_id", "DestinationPrefixListId");
    [cidr, ipv6, list, a, b, c, d, e, f, g, h, i, j]
};

const ROUTE: &[Rule] = &{
    let [a, b, c, d, e, f, g, h, i, j] = TARGETS;
    let table = text("route_table_id", "RouteTableId");
    let cidr = text("destination_cidr_block", "DestinationCidrBlock");
    let ipv6 = text("destination_ipv6_cidr_block", "DestinationIpv6CidrBlock");
    let list = text("destination_prefix_list_id", "DestinationPrefixListId");
    let computed = Rule::Computed(&["instance_id", "instance_owner_id", "origin", "state"]);
    [table, cidr, ipv6, list, a, b, c, d, e, f, g, h, i, j, computed]
};

const NAT_GATEWAY: &[Rule] = &[
    text("allocation_id", "AllocationId"),
    text("connectivity_type", "ConnectivityType"),
    text("private_ip", "PrivateIpAddress"),
    text("subnet_id", "SubnetId"),
    texts("secondary_allocation_ids", "SecondaryAllocationIds"),
    number_unless(0, "secondary_private_ip_address_count", "SecondaryPrivateIpAddressCount"),
    texts("secondary_private_ip_addresses", "SecondaryPrivateIpAddresses"),
    Rule::Computed(&["association_id", "network_interface_id", "public_ip"]),
];

const ADDRESS: &[Rule] = &[
    text("address", "Address"),
    text("domain", "Domain"),
    // Its older spelling.
    choice("vpc", "Domain", &[("true", "vpc"), ("false", "standard")]),
    text("instance", "InstanceId"),
    text("ipam_pool_id", "IpamPoolId"),
    text("network_border_group", "NetworkBorderGroup"),
    text("public_ipv4_pool", "PublicIpv4Pool"),
    Rule::Uncovered(&["associate_with_private_ip", "customer_owned_ipv4_pool", "network_interface"]),
    Rule::Computed(&[
        "allocation_id",
        "association_id",
        "carrier_ip",
        "customer_owned_ip",
        "private_dns",
        "private_ip",
        "ptr_record",
        "public_dns",
        "public_ip",
    ]),
];

const ENDPOINT: &[Rule] = &[
    text("vpc_id", "VpcId"),
    text("service_name", "ServiceName"),
    text("service_network_arn", "ServiceNetworkArn"),
    text("service_region", "ServiceRegion"),
    text("resource_configuration_arn", "ResourceConfigurationArn"),
    text("vpc_endpoint_type", "VpcEndpointType"),
    text("ip_address_type", "IpAddressType"),
    document("policy", "PolicyDocument"),
    flag("private_dns_enabled", "PrivateDnsEnabled"),
    texts("route_table_ids", "RouteTableIds"),
    texts("security_group_ids", "SecurityGroupIds"),
    texts("subnet_ids", "SubnetIds"),
    block(
        "dns_options",
        "DnsOptions",
        &[
            text("dns_record_ip_type", "DnsRecordIpType"),
            choice(
                "private_dns_only_for_inbound_resolver_endpoint",
                "PrivateDnsOnlyForInboundResolverEndpoint",
                &[("true", "OnlyInboundResolver"), ("false", "AllResolvers")],
            ),
        ],
    ),
    Rule::Uncovered(&["subnet_configuration"]),
    Rule::TerraformOnly(&["auto_accept"]),
    Rule::Computed(&[
        "cidr_blocks",
        "dns_entry",
        "network_interface_ids",
        "owner_id",
        "prefix_list_id",
        "requester_managed",
        "state",
    ]),
];

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::super::{Context, canonical, check};
    use crate::model::Value;

    #[test]
    fn a_network_and_its_subnets() {
        check(
            "aws_vpc",
            &json!({
                "arn": "arn:v", "assign_generated_ipv6_cidr_block": null, "cidr_block": "10.50.0.0/16",
                "default_network_acl_id": "acl-1", "enable_dns_hostnames": true, "enable_dns_support": false,
                "id": "vpc-1", "instance_tenancy": "default", "ipv4_ipam_pool_id": null, "ipv4_netmask_length": null,
                "ipv6_cidr_block": "", "main_route_table_id": "rtb-1", "owner_id": "123456789012",
                "tags": {"Name": "v"}, "tags_all": {"Name": "v", "env": "prod"}
            }),
            &json!({
                "CidrBlock": "10.50.0.0/16", "EnableDnsHostnames": true, "EnableDnsSupport": false,
                "InstanceTenancy": "default",
                "Tags": [{"Key": "Name", "Value": "v"}, {"Key": "env", "Value": "prod"}]
            }),
        );
        check(
            "aws_subnet",
            &json!({
                "arn": "arn:s", "assign_ipv6_address_on_creation": false, "availability_zone": "us-east-1a",
                "availability_zone_id": "use1-az6", "cidr_block": "10.50.0.0/24", "customer_owned_ipv4_pool": "",
                "enable_dns64": false, "enable_lni_at_device_index": 0,
                "enable_resource_name_dns_a_record_on_launch": true,
                "enable_resource_name_dns_aaaa_record_on_launch": false, "id": "subnet-1", "ipv6_cidr_block": "",
                "ipv6_native": false, "map_public_ip_on_launch": true, "outpost_arn": "", "owner_id": "123456789012",
                "private_dns_hostname_type_on_launch": "ip-name", "tags": null, "tags_all": {}, "timeouts": null,
                "vpc_id": "vpc-1"
            }),
            &json!({
                "AssignIpv6AddressOnCreation": false, "AvailabilityZone": "us-east-1a",
                "AvailabilityZoneId": "use1-az6", "CidrBlock": "10.50.0.0/24", "EnableDns64": false,
                "Ipv6Native": false, "MapPublicIpOnLaunch": true,
                "PrivateDnsNameOptionsOnLaunch": {"EnableResourceNameDnsAAAARecord": false,
                    "EnableResourceNameDnsARecord": true, "HostnameType": "ip-name"},
                "Tags": [], "VpcId": "vpc-1"
            }),
        );
    }

    #[test]
    fn a_number_of_nothing_is_left_out_and_any_other_stays() {
        check("aws_subnet", &json!({"enable_lni_at_device_index": 0}), &json!({}));
        check("aws_subnet", &json!({"enable_lni_at_device_index": 1}), &json!({"EnableLniAtDeviceIndex": 1}));
        check("aws_vpc", &json!({"ipv4_netmask_length": 0}), &json!({}));
        check("aws_vpc", &json!({"ipv4_netmask_length": 20}), &json!({"Ipv4NetmaskLength": 20}));
        check("aws_nat_gateway", &json!({"secondary_private_ip_address_count": 0}), &json!({}));
        let two = json!({"SecondaryPrivateIpAddressCount": 2});
        check("aws_nat_gateway", &json!({"secondary_private_ip_address_count": 2}), &two);
    }

    #[test]
    fn the_routes_of_a_table_are_the_same_in_both_forms() {
        let mut route = json!({"carrier_gateway_id": "", "core_network_arn": "", "destination_prefix_list_id": "",
            "egress_only_gateway_id": "", "ipv6_cidr_block": "", "local_gateway_id": "", "nat_gateway_id": "",
            "network_interface_id": "", "transit_gateway_id": "", "vpc_endpoint_id": "",
            "vpc_peering_connection_id": ""});
        route["cidr_block"] = json!("0.0.0.0/0");
        route["gateway_id"] = json!("igw-1");
        check(
            "aws_route_table",
            &json!({"arn": "arn:r", "id": "rtb-1", "owner_id": "1", "propagating_vgws": [], "route": [route],
                "tags": null, "tags_all": {}, "timeouts": null, "vpc_id": "vpc-1"}),
            &json!({"Routes": [{"DestinationCidrBlock": "0.0.0.0/0", "GatewayId": "igw-1"}], "Tags": [],
                "VpcId": "vpc-1"}),
        );
        check(
            "aws_route",
            &json!({"destination_cidr_block": "0.0.0.0/0", "destination_ipv6_cidr_block": "", "gateway_id": "igw-1",
                "id": "r-rtb-11080289494", "instance_id": "", "instance_owner_id": "", "nat_gateway_id": "",
                "network_interface_id": "", "origin": "CreateRoute", "route_table_id": "rtb-1", "state": "active"}),
            &json!({"DestinationCidrBlock": "0.0.0.0/0", "GatewayId": "igw-1", "RouteTableId": "rtb-1"}),
        );
        check(
            "aws_route",
            &json!({"destination_ipv6_cidr_block": "::/0", "egress_only_gateway_id": "eigw-1",
                "route_table_id": "rtb-1"}),
            &json!({"DestinationIpv6CidrBlock": "::/0", "EgressOnlyInternetGatewayId": "eigw-1",
                "RouteTableId": "rtb-1"}),
        );
    }

    #[test]
    fn no_routes_at_all_are_a_declaration_too() {
        check("aws_route_table", &json!({"route": [], "vpc_id": "vpc-1"}), &json!({"Routes": [], "VpcId": "vpc-1"}));
        check("aws_route_table", &json!({"vpc_id": "vpc-1"}), &json!({"VpcId": "vpc-1"}));
    }

    #[test]
    fn a_table_is_associated_with_a_subnet_or_a_gateway() {
        let check_type = |attributes: serde_json::Value, expect: &str, properties| {
            let mapped = canonical("aws_route_table_association", &Value::from_json(&attributes), &Context::default());
            assert_eq!(mapped.unwrap()[0].resource_type.as_str(), expect);
            check("aws_route_table_association", &attributes, &properties);
        };
        check_type(
            json!({"gateway_id": "", "id": "rtbassoc-1", "route_table_id": "rtb-1", "subnet_id": "subnet-1"}),
            "AWS::EC2::SubnetRouteTableAssociation",
            json!({"RouteTableId": "rtb-1", "SubnetId": "subnet-1"}),
        );
        check_type(
            json!({"gateway_id": "igw-1", "route_table_id": "rtb-1", "subnet_id": null}),
            "AWS::EC2::GatewayRouteTableAssociation",
            json!({"GatewayId": "igw-1", "RouteTableId": "rtb-1"}),
        );
    }

    #[test]
    fn gateways_and_addresses() {
        check(
            "aws_internet_gateway",
            &json!({"arn": "arn:i", "id": "igw-1", "owner_id": "1", "tags": null, "tags_all": {}, "vpc_id": "vpc-1"}),
            &json!({"Tags": [], "VpcId": "vpc-1"}),
        );
        check(
            "aws_nat_gateway",
            &json!({"allocation_id": "eipalloc-1", "association_id": "eipassoc-1", "connectivity_type": "public",
                "id": "nat-1", "network_interface_id": "eni-1", "private_ip": "10.0.0.9", "public_ip": "198.51.100.1",
                "secondary_allocation_ids": null, "secondary_private_ip_address_count": 0,
                "secondary_private_ip_addresses": ["10.0.0.10"], "subnet_id": "subnet-1"}),
            &json!({"AllocationId": "eipalloc-1", "ConnectivityType": "public", "PrivateIpAddress": "10.0.0.9",
                "SecondaryPrivateIpAddresses": ["10.0.0.10"], "SubnetId": "subnet-1"}),
        );
        check(
            "aws_eip",
            &json!({"address": null, "allocation_id": "eipalloc-1", "associate_with_private_ip": null,
                "association_id": "", "customer_owned_ipv4_pool": "", "domain": "vpc", "id": "eipalloc-1",
                "instance": "i-1", "ipam_pool_id": null, "network_border_group": "us-east-1", "network_interface": "",
                "public_ip": "198.51.100.1", "public_ipv4_pool": "amazon", "vpc": true}),
            &json!({"Domain": "vpc", "InstanceId": "i-1", "NetworkBorderGroup": "us-east-1",
                "PublicIpv4Pool": "amazon"}),
        );
        check("aws_eip", &json!({"vpc": true}), &json!({"Domain": "vpc"}));
        check("aws_eip", &json!({"vpc": false}), &json!({"Domain": "standard"}));
    }

    #[test]
    fn an_endpoint_has_its_policy_as_a_document() {
        check(
            "aws_vpc_endpoint",
            &json!({"arn": "arn:e", "auto_accept": null, "cidr_blocks": ["52.216.0.0/15"], "dns_entry": [],
                "dns_options": [{"dns_record_ip_type": "ipv4",
                    "private_dns_only_for_inbound_resolver_endpoint": false}],
                "id": "vpce-1", "ip_address_type": "", "policy": "{\"Version\":\"2012-10-17\"}",
                "prefix_list_id": "pl-1", "private_dns_enabled": true, "route_table_ids": ["rtb-1"],
                "security_group_ids": [], "service_name": "com.amazonaws.us-east-1.s3", "state": "available",
                "subnet_ids": [], "vpc_endpoint_type": "Gateway", "vpc_id": "vpc-1"}),
            &json!({"DnsOptions": {"DnsRecordIpType": "ipv4",
                    "PrivateDnsOnlyForInboundResolverEndpoint": "AllResolvers"},
                "PolicyDocument": {"Version": "2012-10-17"}, "PrivateDnsEnabled": true, "RouteTableIds": ["rtb-1"],
                "SecurityGroupIds": [], "ServiceName": "com.amazonaws.us-east-1.s3", "SubnetIds": [],
                "VpcEndpointType": "Gateway", "VpcId": "vpc-1"}),
        );
    }
}
