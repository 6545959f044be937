//! Amazon EC2: instances, and the rules of security groups in both spellings of the CLI.
//!
//! Source: EC2 API reference; property names of `AWS::EC2::SecurityGroup` (`Ingress`, `Egress`) and
//! `AWS::EC2::Instance`; the short spelling as awscli's `customizations/ec2/secgroupsimplify.py` expands it.

use super::shape::Shape::{Text, Texts, Wrapped};
use super::shape::structures;
use super::{Change, Operation, Prediction, Select, path};
use crate::ledger::commands::aws_cli::{Argument, Invocation};
use crate::model::{AttributePath, Value};

const GROUP: &[Select] = &[Select::Either("group-id", "group-name")];

pub(super) const OPERATIONS: &[Operation] = &[
    Operation {
        service: "ec2",
        name: "authorize-security-group-ingress",
        resource_type: "AWS::EC2::SecurityGroup",
        select: GROUP,
        changes: &[Change::Computed(|invocation| rules(invocation, &INGRESS, Prediction::Contains))],
    },
    Operation {
        service: "ec2",
        name: "authorize-security-group-egress",
        resource_type: "AWS::EC2::SecurityGroup",
        select: GROUP,
        changes: &[Change::Computed(|invocation| rules(invocation, &EGRESS, Prediction::Contains))],
    },
    Operation {
        service: "ec2",
        name: "revoke-security-group-ingress",
        resource_type: "AWS::EC2::SecurityGroup",
        select: GROUP,
        changes: &[Change::Computed(|invocation| rules(invocation, &INGRESS, Prediction::Lacks))],
    },
    Operation {
        service: "ec2",
        name: "revoke-security-group-egress",
        resource_type: "AWS::EC2::SecurityGroup",
        select: GROUP,
        changes: &[Change::Computed(|invocation| rules(invocation, &EGRESS, Prediction::Lacks))],
    },
    Operation {
        service: "ec2",
        name: "delete-security-group",
        resource_type: "AWS::EC2::SecurityGroup",
        select: GROUP,
        changes: &[Change::Gone],
    },
    Operation {
        service: "ec2",
        name: "modify-instance-attribute",
        resource_type: "AWS::EC2::Instance",
        select: &[Select::Flag("instance-id")],
        changes: &[
            Change::Set("instance-type", "InstanceType", Wrapped),
            Change::Set("groups", "SecurityGroupIds", Texts),
            Change::Set("source-dest-check", "SourceDestCheck", Wrapped),
            Change::Set("ebs-optimized", "EbsOptimized", Wrapped),
            Change::Set("disable-api-termination", "DisableApiTermination", Wrapped),
            Change::Set("user-data", "UserData", Wrapped),
            Change::Computed(named_attribute),
        ],
    },
    Operation {
        service: "ec2",
        name: "terminate-instances",
        resource_type: "AWS::EC2::Instance",
        select: &[Select::Each("instance-ids")],
        changes: &[Change::Gone],
    },
];

/// `--attribute instanceType --value t3.large`.
fn named_attribute(invocation: &Invocation) -> Vec<(AttributePath, Prediction)> {
    const ATTRIBUTES: [(&str, &str); 4] = [
        ("instanceType", "InstanceType"),
        ("sourceDestCheck", "SourceDestCheck"),
        ("ebsOptimized", "EbsOptimized"),
        ("disableApiTermination", "DisableApiTermination"),
    ];
    let parameter = |flag| invocation.parameters.get(flag).map(|argument| Text.read(argument));
    let Some((attribute, value)) = parameter("attribute").zip(parameter("value")) else { return Vec::new() };
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
    Direction { property: "SecurityGroupIngress", group: "SourceSecurityGroupId", prefix_list: "SourcePrefixListId" };

const EGRESS: Direction = Direction {
    property: "SecurityGroupEgress",
    group: "DestinationSecurityGroupId",
    prefix_list: "DestinationPrefixListId",
};

type Members = Vec<(&'static str, Value)>;

fn rules(
    invocation: &Invocation,
    direction: &Direction,
    prediction: fn(Value) -> Prediction,
) -> Vec<(AttributePath, Prediction)> {
    let at = path(direction.property);
    let by_rule_id = invocation.parameters.contains_key("security-group-rule-ids");
    let rules = match invocation.parameters.get("ip-permissions") {
        Some(argument) => permissions(argument, direction),
        None => short(invocation, direction).map(|rule| vec![rule]),
    };
    match rules {
        // Rule ids (`sgr-…`) stand for rules that the command does not show.
        Some(rules) if !by_rule_id => rules.into_iter().map(|rule| (at.clone(), prediction(rule))).collect(),
        _ => vec![(at, Prediction::Unspecified)],
    }
}

/// `--ip-permissions`: one canonical rule for each source. `None` if it cannot be read.
fn permissions(argument: &Argument, direction: &Direction) -> Option<Vec<Value>> {
    let sources = [
        ("IpRanges", "CidrIp", "CidrIp"),
        ("Ipv6Ranges", "CidrIpv6", "CidrIpv6"),
        ("UserIdGroupPairs", "GroupId", direction.group),
        ("PrefixListIds", "PrefixListId", direction.prefix_list),
    ];
    let mut rules = Vec::new();
    for permission in structures(argument)? {
        permission.as_object()?;
        let ports = ports(permission.get("IpProtocol")?, permission.get("FromPort"), permission.get("ToPort"));
        for (list, member, property) in sources {
            let Some(entries) = permission.get(list) else { continue };
            for entry in entries.as_list()? {
                let source = entry.get(member).cloned().unwrap_or_else(|| Value::unknown("no id is given"));
                rules.push(rule(&ports, property, source, entry.get("Description")));
            }
        }
    }
    (!rules.is_empty()).then_some(rules)
}

/// `--protocol tcp --port 22 --cidr 0.0.0.0/0`, or `--source-group sg-1`.
fn short(invocation: &Invocation, direction: &Direction) -> Option<Value> {
    let parameter = |flag| invocation.parameters.get(flag).map(|argument| Text.read(argument));
    let protocol = parameter("protocol")?;
    let (from, to) = match parameter("port") {
        Some(port) => range(port),
        None => (parameter("from-port"), parameter("to-port")),
    };
    let (property, source) = match (parameter("cidr"), parameter("source-group")) {
        (Some(cidr), _) => ("CidrIp", cidr),
        (None, Some(group)) => (direction.group, group),
        (None, None) => return None,
    };
    Some(rule(&ports(&protocol, from.as_ref(), to.as_ref()), property, source, None))
}

/// `22` is 22–22, `20-25` is 20–25, `all` and `-1` are −1.
fn range(port: Value) -> (Option<Value>, Option<Value>) {
    let both = |port: Value| (Some(port.clone()), Some(port));
    let Some(text) = port.as_str() else { return both(port) };
    match text.split_once('-') {
        _ if text == "all" => both(Value::from("-1")),
        Some((from, to)) if !from.is_empty() => (Some(Value::from(from)), Some(Value::from(to))),
        _ => both(port),
    }
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
