//! Amazon EC2: instances, volumes, networks, and the rules of security groups.
//!
//! Source: EC2 API reference; property names of `AWS::EC2::*`.

use super::change::Change::{Add, Becomes, Computed, Document, Gone, Remove, Same, Set, Unread};
use super::change::{item_at, unspecified};
use super::{Outcome, Parameters, Prediction, Row, Select, null, path, row};
use crate::model::Value;

const GROUP: &str = "AWS::EC2::SecurityGroup";
const BY_GROUP: &[Select] = &[Select::Either("GroupId", "GroupName")];
const INSTANCE: &str = "AWS::EC2::Instance";
const BY_INSTANCE: &[Select] = &[Select::Is("InstanceId")];
const IN: &str = "SecurityGroupIngress";
const OUT: &str = "SecurityGroupEgress";

pub(super) const ROWS: &[Row] = &[
    row(
        "ec2 authorize-security-group-ingress",
        GROUP,
        BY_GROUP,
        &[Computed(|given| rules(given, &INGRESS, Prediction::Contains))],
    ),
    row(
        "ec2 authorize-security-group-egress",
        GROUP,
        BY_GROUP,
        &[Computed(|given| rules(given, &EGRESS, Prediction::Contains))],
    ),
    row(
        "ec2 revoke-security-group-ingress",
        GROUP,
        BY_GROUP,
        &[Computed(|given| rules(given, &INGRESS, Prediction::Lacks))],
    ),
    row(
        "ec2 revoke-security-group-egress",
        GROUP,
        BY_GROUP,
        &[Computed(|given| rules(given, &EGRESS, Prediction::Lacks))],
    ),
    // Rules are named by ids that no declaration has.
    row("ec2 modify-security-group-rules", GROUP, BY_GROUP, &[Unread(IN), Unread(OUT)]),
    row("ec2 delete-security-group", GROUP, BY_GROUP, &[Gone]),
    row(
        "ec2 modify-instance-attribute",
        INSTANCE,
        BY_INSTANCE,
        &[
            Set("InstanceType.Value", "InstanceType"),
            Set("Groups", "SecurityGroupIds"),
            Set("SourceDestCheck.Value", "SourceDestCheck"),
            Set("EbsOptimized.Value", "EbsOptimized"),
            Set("DisableApiTermination.Value", "DisableApiTermination"),
            Set("InstanceInitiatedShutdownBehavior.Value", "InstanceInitiatedShutdownBehavior"),
            Set("UserData.Value", "UserData"),
            Computed(named_attribute),
        ],
    ),
    row(
        "ec2 modify-instance-metadata-options",
        INSTANCE,
        BY_INSTANCE,
        &[
            Set("HttpTokens", "MetadataOptions.HttpTokens"),
            Set("HttpPutResponseHopLimit", "MetadataOptions.HttpPutResponseHopLimit"),
            Set("HttpEndpoint", "MetadataOptions.HttpEndpoint"),
            Set("HttpProtocolIpv6", "MetadataOptions.HttpProtocolIpv6"),
            Set("InstanceMetadataTags", "MetadataOptions.InstanceMetadataTags"),
        ],
    ),
    row("ec2 monitor-instances", INSTANCE, &[Select::Each("InstanceIds")], &[Becomes("Monitoring", true)]),
    row("ec2 unmonitor-instances", INSTANCE, &[Select::Each("InstanceIds")], &[Becomes("Monitoring", false)]),
    row("ec2 terminate-instances", INSTANCE, &[Select::Each("InstanceIds")], &[Gone]),
    row(
        "ec2 modify-volume",
        "AWS::EC2::Volume",
        &[Select::Is("VolumeId")],
        &[Same(&["Size", "VolumeType", "Iops", "Throughput", "MultiAttachEnabled"])],
    ),
    row("ec2 delete-volume", "AWS::EC2::Volume", &[Select::Is("VolumeId")], &[Gone]),
    row(
        "ec2 modify-vpc-attribute",
        "AWS::EC2::VPC",
        &[Select::Is("VpcId")],
        &[Set("EnableDnsSupport.Value", "EnableDnsSupport"), Set("EnableDnsHostnames.Value", "EnableDnsHostnames")],
    ),
    row(
        "ec2 modify-subnet-attribute",
        "AWS::EC2::Subnet",
        &[Select::Is("SubnetId")],
        &[
            Set("MapPublicIpOnLaunch.Value", "MapPublicIpOnLaunch"),
            Set("AssignIpv6AddressOnCreation.Value", "AssignIpv6AddressOnCreation"),
            Set("EnableDns64.Value", "EnableDns64"),
        ],
    ),
    row(
        "ec2 modify-vpc-endpoint",
        "AWS::EC2::VPCEndpoint",
        &[Select::Is("VpcEndpointId")],
        &[
            Same(&["PrivateDnsEnabled"]),
            Document("PolicyDocument", "PolicyDocument"),
            Add("AddRouteTableIds", "RouteTableIds"),
            Remove("RemoveRouteTableIds", "RouteTableIds"),
            Add("AddSubnetIds", "SubnetIds"),
            Remove("RemoveSubnetIds", "SubnetIds"),
            Add("AddSecurityGroupIds", "SecurityGroupIds"),
            Remove("RemoveSecurityGroupIds", "SecurityGroupIds"),
        ],
    ),
    // A route is an item of its table, as `declared::members` has it.
    row("ec2 create-route", ROUTE_TABLE, BY_ROUTE_TABLE, &[Computed(route)]),
    row("ec2 replace-route", ROUTE_TABLE, BY_ROUTE_TABLE, &[Computed(route)]),
    row("ec2 delete-route", ROUTE_TABLE, BY_ROUTE_TABLE, &[Computed(no_route)]),
    row(
        "ec2 modify-launch-template",
        "AWS::EC2::LaunchTemplate",
        &[Select::Either("LaunchTemplateId", "LaunchTemplateName")],
        &[Unread("LaunchTemplateData")],
    ),
    row(
        "ec2 create-launch-template-version",
        "AWS::EC2::LaunchTemplate",
        &[Select::Either("LaunchTemplateId", "LaunchTemplateName")],
        &[Unread("LaunchTemplateData")],
    ),
];

const ROUTE_TABLE: &str = "AWS::EC2::RouteTable";
const BY_ROUTE_TABLE: &[Select] = &[Select::Is("RouteTableId")];
const ROUTES: &str = "Routes";
const DESTINATIONS: [&str; 3] = ["DestinationCidrBlock", "DestinationIpv6CidrBlock", "DestinationPrefixListId"];
const ROUTE_TARGETS: [&str; 11] = [
    "GatewayId",
    "InstanceId",
    "NatGatewayId",
    "NetworkInterfaceId",
    "TransitGatewayId",
    "VpcEndpointId",
    "VpcPeeringConnectionId",
    "EgressOnlyInternetGatewayId",
    "LocalGatewayId",
    "CarrierGatewayId",
    "CoreNetworkArn",
];

/// The destination of a route, by which it is found in its table.
fn destination(parameters: &Parameters<'_>) -> Option<(&'static str, String)> {
    DESTINATIONS.iter().find_map(|name| Some((*name, parameters.text(name)?)))
}

fn route(parameters: &Parameters<'_>) -> Vec<Outcome> {
    let Some((by, destination)) = destination(parameters) else { return vec![unspecified(ROUTES)] };
    let target = ROUTE_TARGETS.iter().filter_map(|name| Some((*name, parameters.get(name)?)));
    let item = Value::object(target.chain([(by, Value::from(destination.as_str()))]));
    vec![(item_at(ROUTES, by, &destination), Prediction::Is(item))]
}

fn no_route(parameters: &Parameters<'_>) -> Vec<Outcome> {
    match destination(parameters) {
        Some((by, destination)) => vec![(item_at(ROUTES, by, &destination), Prediction::Is(null()))],
        None => vec![unspecified(ROUTES)],
    }
}

/// `--attribute instanceType --value t3.large`.
fn named_attribute(parameters: &Parameters<'_>) -> Vec<Outcome> {
    const ATTRIBUTES: [(&str, &str); 4] = [
        ("instanceType", "InstanceType"),
        ("sourceDestCheck", "SourceDestCheck"),
        ("ebsOptimized", "EbsOptimized"),
        ("disableApiTermination", "DisableApiTermination"),
    ];
    let Some((attribute, value)) = parameters.get("Attribute").zip(parameters.get("Value")) else { return Vec::new() };
    let known = ATTRIBUTES.iter().find(|(name, _)| attribute.as_str() == Some(name));
    known.map(|(_, property)| (path(property), Prediction::of(value))).into_iter().collect()
}

/// The names that a rule of one direction has in the canonical model.
struct Direction {
    property: &'static str,
    group: &'static str,
    prefix_list: &'static str,
}

const INGRESS: Direction =
    Direction { property: IN, group: "SourceSecurityGroupId", prefix_list: "SourcePrefixListId" };

const EGRESS: Direction =
    Direction { property: OUT, group: "DestinationSecurityGroupId", prefix_list: "DestinationPrefixListId" };

type Members = Vec<(&'static str, Value)>;

fn rules(parameters: &Parameters<'_>, direction: &Direction, prediction: fn(Value) -> Prediction) -> Vec<Outcome> {
    let by_rule_id = parameters.members.contains_key("SecurityGroupRuleIds");
    let rules = match parameters.get("IpPermissions") {
        Some(given) => permissions(&given, direction),
        None => flat(parameters),
    };
    match rules {
        // Rule ids (`sgr-…`) stand for rules that the command does not show.
        Some(rules) if !by_rule_id => {
            rules.into_iter().map(|rule| (path(direction.property), prediction(rule))).collect()
        }
        _ => vec![unspecified(direction.property)],
    }
}

/// `IpPermissions`: one canonical rule for each source. `None` if it cannot be read.
fn permissions(given: &Value, direction: &Direction) -> Option<Vec<Value>> {
    let sources = [
        ("IpRanges", &["CidrIp"][..], "CidrIp"),
        ("Ipv6Ranges", &["CidrIpv6"], "CidrIpv6"),
        ("UserIdGroupPairs", &["GroupId", "GroupName"], direction.group),
        ("PrefixListIds", &["PrefixListId"], direction.prefix_list),
    ];
    let mut rules = Vec::new();
    for permission in given.as_list()? {
        permission.as_object()?;
        let ports = ports(permission.get("IpProtocol")?, permission.get("FromPort"), permission.get("ToPort"));
        for (list, members, property) in sources {
            let Some(entries) = permission.get(list) else { continue };
            for entry in entries.as_list()? {
                let source = members.iter().find_map(|member| entry.get(member)).cloned();
                let source = source.unwrap_or_else(|| Value::unknown("no id is given"));
                rules.push(rule(&ports, property, source, entry.get("Description")));
            }
        }
    }
    (!rules.is_empty()).then_some(rules)
}

/// `--ip-protocol tcp --from-port 22 --to-port 22 --cidr-ip 0.0.0.0/0`.
fn flat(parameters: &Parameters<'_>) -> Option<Vec<Value>> {
    let (from, to) = (parameters.get("FromPort"), parameters.get("ToPort"));
    let ports = ports(&parameters.get("IpProtocol")?, from.as_ref(), to.as_ref());
    Some(vec![rule(&ports, "CidrIp", parameters.get("CidrIp")?, None)])
}

/// Protocol and ports as CloudFormation keeps them: names instead of numbers, and no ports for all traffic.
fn ports(protocol: &Value, from: Option<&Value>, to: Option<&Value>) -> Members {
    const NAMES: [(&str, &str); 5] = [("all", "-1"), ("6", "tcp"), ("17", "udp"), ("1", "icmp"), ("58", "icmpv6")];
    let text = protocol.as_scalar_text();
    let named = text.map(|text| text.to_ascii_lowercase()).map(|text| {
        let name = NAMES.iter().find(|(spelling, _)| *spelling == text);
        name.map_or(text.clone(), |(_, name)| (*name).to_owned())
    });
    let is_all = named.as_deref() == Some("-1");
    let mut members = vec![("IpProtocol", named.map_or_else(|| protocol.clone(), Value::from))];
    if !is_all {
        members.extend(from.map(|from| ("FromPort", from.clone())));
        members.extend(to.map(|to| ("ToPort", to.clone())));
    }
    members
}

fn rule(ports: &Members, property: &'static str, source: Value, description: Option<&Value>) -> Value {
    let description = description.map(|text| ("Description", text.clone()));
    Value::object(ports.iter().cloned().chain([(property, source)]).chain(description))
}
