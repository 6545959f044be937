//! Facts about EC2: security groups first, they are what people change by hand most.

use super::fact::{Fact, Says, Spelling, fact};

const GROUP: &[&str] = &["AWS::EC2::SecurityGroup"];
const RULE_RESOURCES: &[&str] = &["AWS::EC2::SecurityGroupIngress", "AWS::EC2::SecurityGroupEgress"];
const INSTANCE: &[&str] = &["AWS::EC2::Instance"];
const ROUTE_TABLE: &[&str] = &["AWS::EC2::RouteTable"];
const NETWORK_ACL: &[&str] = &["AWS::EC2::NetworkAcl"];

/// What makes a rule the rule it is; its description is a property of it. EC2 refuses two rules that agree in these
/// (`InvalidPermission.Duplicate`).
pub(crate) const RULE_TUPLE: &[&str] = &[
    "IpProtocol",
    "FromPort",
    "ToPort",
    "CidrIp",
    "CidrIpv6",
    "SourceSecurityGroupId",
    "SourceSecurityGroupName",
    "DestinationSecurityGroupId",
    "SourcePrefixListId",
    "DestinationPrefixListId",
];

pub(super) const FACTS: &[Fact] = &[
    fact(GROUP, &["SecurityGroupIngress", "SecurityGroupEgress"], Says::Authoritative),
    fact(GROUP, &["SecurityGroupIngress", "SecurityGroupEgress"], Says::KeyedBy(RULE_TUPLE)),
    fact(GROUP, &["SecurityGroupIngress.*", "SecurityGroupEgress.*"], Says::SecurityGroupRule),
    fact(
        GROUP,
        &["SecurityGroupIngress.*.IpProtocol", "SecurityGroupEgress.*.IpProtocol"],
        Says::Spelling(Spelling::Protocol),
    ),
    fact(
        GROUP,
        &[
            "SecurityGroupIngress.*.CidrIp",
            "SecurityGroupIngress.*.CidrIpv6",
            "SecurityGroupEgress.*.CidrIp",
            "SecurityGroupEgress.*.CidrIpv6",
        ],
        Says::Spelling(Spelling::Cidr),
    ),
    // Terraform writes "" where nobody described the rule; EC2 returns no description then.
    fact(GROUP, &["SecurityGroupIngress.*.Description", "SecurityGroupEgress.*.Description"], Says::EmptyIsAbsent),
    fact(GROUP, &["SecurityGroupIngress.*.Description", "SecurityGroupEgress.*.Description"], Says::Verbatim),
    fact(GROUP, &["GroupDescription"], Says::Verbatim),
    // Routes and entries are types of their own in CloudFormation; `declared::members` makes them items. Where none are
    // listed another stack may make them.
    fact(
        ROUTE_TABLE,
        &["Routes"],
        Says::KeyedBy(&["DestinationCidrBlock", "DestinationIpv6CidrBlock", "DestinationPrefixListId"]),
    ),
    fact(
        ROUTE_TABLE,
        &["Routes.*.DestinationCidrBlock", "Routes.*.DestinationIpv6CidrBlock"],
        Says::Spelling(Spelling::Cidr),
    ),
    fact(NETWORK_ACL, &["Entries"], Says::KeyedBy(&["RuleNumber", "Egress"])),
    fact(NETWORK_ACL, &["Entries.*.CidrBlock", "Entries.*.Ipv6CidrBlock"], Says::Spelling(Spelling::Cidr)),
    fact(NETWORK_ACL, &["Entries.*.Protocol"], Says::Spelling(Spelling::Protocol)),
    fact(RULE_RESOURCES, &[""], Says::SecurityGroupRule),
    fact(RULE_RESOURCES, &["IpProtocol"], Says::Spelling(Spelling::Protocol)),
    fact(RULE_RESOURCES, &["CidrIp", "CidrIpv6"], Says::Spelling(Spelling::Cidr)),
    fact(RULE_RESOURCES, &["Description"], Says::EmptyIsAbsent),
    fact(INSTANCE, &["BlockDeviceMappings"], Says::KeyedBy(&["DeviceName"])),
    fact(INSTANCE, &["Volumes"], Says::KeyedBy(&["Device"])),
    fact(INSTANCE, &["NetworkInterfaces"], Says::KeyedBy(&["DeviceIndex"])),
    // The image brings devices of its own, and attachments of other resources appear here too.
    fact(INSTANCE, &["BlockDeviceMappings", "Volumes"], Says::OpenMembers),
    fact(&["AWS::EC2::KeyPair"], &["PublicKeyMaterial"], Says::Spelling(Spelling::PublicKey)),
    fact(&["AWS::EC2::PrefixList"], &["Entries"], Says::KeyedBy(&["Cidr"])),
    fact(
        &["AWS::EC2::VPC", "AWS::EC2::Subnet", "AWS::EC2::VPCCidrBlock", "AWS::EC2::SubnetCidrBlock"],
        &["CidrBlock", "Ipv6CidrBlock"],
        Says::Spelling(Spelling::Cidr),
    ),
    fact(&["AWS::EC2::Route"], &["DestinationCidrBlock", "DestinationIpv6CidrBlock"], Says::Spelling(Spelling::Cidr)),
    fact(&["AWS::EC2::NetworkAclEntry"], &["CidrBlock", "Ipv6CidrBlock"], Says::Spelling(Spelling::Cidr)),
    fact(&["AWS::EC2::NetworkAclEntry"], &["Protocol"], Says::Spelling(Spelling::Protocol)),
    fact(&["AWS::EC2::VPNConnection"], &["VpnTunnelOptionsSpecifications"], Says::KeyedBy(&["TunnelInsideCidr"])),
    fact(&["AWS::EC2::VPNConnection"], &["VpnTunnelOptionsSpecifications"], Says::OpenMembers),
];
