//! Rules of security groups: Terraform puts several sources into one block, the canonical model has one rule a source.
//!
//! Protocols and ports are brought to the one spelling in which EC2 answers, so that a rule has one identity.

use std::collections::BTreeMap;

use super::Context;
use super::interpret::{number, text};
use crate::model::{Kind, Reference, Value};

/// Which way the traffic of a rule goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Direction {
    /// Into the group.
    Ingress,
    /// Out of the group.
    Egress,
}

impl Direction {
    /// The group's property that lists the rules.
    pub const fn property(self) -> &'static str {
        match self {
            Self::Ingress => "SecurityGroupIngress",
            Self::Egress => "SecurityGroupEgress",
        }
    }

    /// The type of a rule that is a resource of its own.
    pub const fn resource_type(self) -> &'static str {
        match self {
            Self::Ingress => "AWS::EC2::SecurityGroupIngress",
            Self::Egress => "AWS::EC2::SecurityGroupEgress",
        }
    }

    /// The property that names a prefix list.
    pub const fn prefix_list(self) -> &'static str {
        match self {
            Self::Ingress => "SourcePrefixListId",
            Self::Egress => "DestinationPrefixListId",
        }
    }

    /// The property that names a group.
    pub const fn group(self) -> &'static str {
        match self {
            Self::Ingress => "SourceSecurityGroupId",
            Self::Egress => "DestinationSecurityGroupId",
        }
    }

    /// The lists of sources in a block, and the property of each.
    fn sources(self) -> [(&'static str, &'static str); 4] {
        [
            ("cidr_blocks", "CidrIp"),
            ("ipv6_cidr_blocks", "CidrIpv6"),
            ("prefix_list_ids", self.prefix_list()),
            ("security_groups", self.group()),
        ]
    }
}

/// The rules of a group.
pub(super) struct Expanded {
    /// A list of rules, or what is not known of it.
    pub rules: Kind,
    /// Whether there may be more of them than can be told from here.
    pub is_open: bool,
}

/// The id of the group itself, to which `self` refers: from its attributes or its last deployment, else not known.
pub(super) fn own_id(attributes: &BTreeMap<String, Value>, context: &Context<'_>) -> Value {
    let own = attributes.get("id").and_then(Value::as_str);
    match own.or_else(|| context.bound.and_then(|bound| bound.identifier.as_deref())) {
        Some(id) => id.into(),
        None => {
            let reference = Reference { address: context.address.to_owned(), attribute: Some("id".to_owned()) };
            Value::reference(reference, "the id of the group itself is known after a deploy")
        }
    }
}

/// One rule for every source of every block.
pub(super) fn of_blocks(blocks: &Value, direction: Direction, own_id: &Value) -> Expanded {
    let one = std::slice::from_ref(blocks);
    let mut expanded = Expansion::default();
    for block in blocks.as_list().unwrap_or(one) {
        expanded.add_block(block, direction, own_id);
    }
    Expanded { rules: Kind::List(expanded.rules), is_open: expanded.is_open }
}

#[derive(Default)]
struct Expansion {
    rules: Vec<Value>,
    is_open: bool,
}

impl Expansion {
    fn add_block(&mut self, block: &Value, direction: Direction, own_id: &Value) {
        let Some(attributes) = block.as_object() else {
            if matches!(block.kind, Kind::Unknown(_) | Kind::Sensitive(_)) {
                self.is_open = true;
                self.rules.push(block.clone());
            }
            return;
        };
        let traffic = traffic(attributes);
        for (list, property) in direction.sources() {
            let Some(sources) = attributes.get(list).filter(|sources| sources.kind != Kind::Null) else { continue };
            match sources.as_list() {
                Some(sources) => {
                    let known = sources.iter().filter(|source| source.kind != Kind::Null);
                    self.rules.extend(known.map(|source| rule(&traffic, property, source, block)));
                }
                None => self.is_open = true,
            }
        }
        match attributes.get("self").map(|own| (&own.kind, own)) {
            Some((Kind::Bool(true), own)) => {
                let source = own_id.clone().located(own.at.clone());
                self.rules.push(rule(&traffic, direction.group(), &source, block));
            }
            Some((Kind::Unknown(_) | Kind::Sensitive(_), _)) => self.is_open = true,
            _ => {}
        }
    }
}

fn rule(traffic: &BTreeMap<String, Value>, property: &str, source: &Value, block: &Value) -> Value {
    let mut members = traffic.clone();
    // A group of another account is written as `account/group`.
    match source.as_str().and_then(|source| source.split_once('/')) {
        Some((account, group)) if property == "SourceSecurityGroupId" => {
            members.insert("SourceSecurityGroupOwnerId".to_owned(), source.with(Kind::String(account.to_owned())));
            members.insert(property.to_owned(), source.with(Kind::String(group.to_owned())));
        }
        _ => {
            members.insert(property.to_owned(), source.clone());
        }
    }
    Value::object(members).located(source.at.clone().or_else(|| block.at.clone()))
}

/// Protocol, ports and description of a block.
fn traffic(attributes: &BTreeMap<String, Value>) -> BTreeMap<String, Value> {
    let take = |from: &str, convert: fn(&Value) -> Option<Value>| attributes.get(from).and_then(convert);
    let members = [
        ("IpProtocol", take("protocol", text)),
        ("FromPort", take("from_port", number)),
        ("ToPort", take("to_port", number)),
        ("Description", take("description", text)),
    ];
    let members = members.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?)));
    normalise(members.collect())
}

/// Brings the protocol of a rule to the spelling in which EC2 answers, and leaves out what means nothing with it: ports
/// of a protocol that has none, and an empty description.
///
/// `IpProtocol` of `AuthorizeSecurityGroupIngress`: names for TCP, UDP, ICMP and `ICMPv6`, numbers for the others; only
/// those four have ports.
pub(super) fn normalise(mut members: BTreeMap<String, Value>) -> BTreeMap<String, Value> {
    if let Some(protocol) = members.get_mut("IpProtocol")
        && let Some(given) = protocol.as_scalar_text()
    {
        let name = match given.to_ascii_lowercase().as_str() {
            "all" => "-1".to_owned(),
            "1" => "icmp".to_owned(),
            "6" => "tcp".to_owned(),
            "17" => "udp".to_owned(),
            "58" => "icmpv6".to_owned(),
            other => other.to_owned(),
        };
        let has_ports = matches!(name.as_str(), "tcp" | "udp" | "icmp" | "icmpv6");
        *protocol = protocol.with(Kind::String(name));
        if !has_ports {
            members.remove("FromPort");
            members.remove("ToPort");
        }
    }
    if members.get("Description").and_then(Value::as_str) == Some("") {
        members.remove("Description");
    }
    members
}

/// The rules of an `aws_security_group_rule`. A rule without a source is one of which it is not known what it lets in;
/// where not even its direction is known, it is one each way.
pub(super) fn of_resource(attributes: &Value) -> Vec<(&'static str, BTreeMap<String, Value>)> {
    let group = attributes.get("security_group_id").cloned();
    let group = group.unwrap_or_else(|| Value::unknown("the rule names no security group"));
    let of = |direction: Direction, mut rule: BTreeMap<String, Value>| {
        rule.insert("GroupId".to_owned(), group.clone());
        (direction.resource_type(), rule)
    };
    let direction = match attributes.get("type").and_then(Value::as_str) {
        Some("ingress") => Direction::Ingress,
        Some("egress") => Direction::Egress,
        _ => return [Direction::Ingress, Direction::Egress].map(|way| of(way, BTreeMap::new())).into(),
    };
    let mut expanded = Expansion::default();
    expanded.add_block(&as_block(attributes), direction, &group);
    let mut rules: Vec<_> =
        expanded.rules.into_iter().map(|rule| of(direction, rule.as_object().cloned().unwrap_or_default())).collect();
    if expanded.is_open {
        rules.push(of(direction, BTreeMap::new()));
    }
    rules
}

/// A rule resource names its one source group in an attribute of its own; otherwise it is like a block of a group.
fn as_block(attributes: &Value) -> Value {
    let mut members = attributes.as_object().cloned().unwrap_or_default();
    if let Some(source) = members.remove("source_security_group_id").filter(|s| s.as_str() != Some("")) {
        members.insert("security_groups".to_owned(), Value::list([source]));
    }
    attributes.with(Kind::Object(members))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_protocol_has_one_spelling_and_only_four_have_ports() {
        let check = |protocol: serde_json::Value, name: &str, has_ports: bool| {
            let rule = json!({"IpProtocol": protocol, "FromPort": 8, "ToPort": -1, "Description": ""});
            let found = normalise(Value::from_json(&rule).as_object().unwrap().clone());
            let mut expect = json!({"IpProtocol": name});
            if has_ports {
                expect = json!({"IpProtocol": name, "FromPort": 8, "ToPort": -1});
            }
            assert_eq!(Value::new(Kind::Object(found)), Value::from_json(&expect));
        };
        check(json!("tcp"), "tcp", true);
        check(json!("TCP"), "tcp", true);
        check(json!(6), "tcp", true);
        check(json!("17"), "udp", true);
        check(json!("1"), "icmp", true);
        check(json!("58"), "icmpv6", true);
        check(json!("-1"), "-1", false);
        check(json!("all"), "-1", false);
        check(json!(50), "50", false);
    }

    #[test]
    fn of_a_list_that_is_not_known_no_rule_is_made_up() {
        let check = |block: serde_json::Value, rules: usize, is_open: bool| {
            let blocks = Value::list([Value::from_json(&block)]);
            let expanded = of_blocks(&blocks, Direction::Ingress, &Value::from("sg-1"));
            let Kind::List(found) = expanded.rules else { panic!("no list") };
            assert_eq!((found.len(), expanded.is_open), (rules, is_open), "{block}");
        };
        let unknown = json!({"Fn::Unknown": "why"});
        check(json!({"cidr_blocks": ["10.0.0.0/8"], "protocol": "tcp"}), 1, false);
        check(json!({"cidr_blocks": [unknown], "protocol": "tcp"}), 1, false);
        check(json!({"cidr_blocks": unknown, "protocol": "tcp"}), 0, true);
        check(json!({"self": unknown, "cidr_blocks": ["10.0.0.0/8"]}), 1, true);
        check(unknown, 1, true);
        check(json!({"protocol": "tcp"}), 0, false);
    }

    #[test]
    fn the_group_itself_is_referred_to_until_its_id_is_known() {
        let context = Context { address: "aws_security_group.web", ..Context::default() };
        let Kind::Unknown(unknown) = own_id(&BTreeMap::new(), &context).kind else { panic!("known") };
        let reference = Reference { address: "aws_security_group.web".to_owned(), attribute: Some("id".to_owned()) };
        assert_eq!(unknown.reference.as_deref(), Some(&reference));
        let bound = crate::model::Bound { identifier: Some("sg-1".to_owned()), attributes: BTreeMap::new() };
        let context = Context { bound: Some(&bound), ..context };
        assert_eq!(own_id(&BTreeMap::new(), &context), Value::from("sg-1"));
    }

    #[test]
    fn a_rule_resource_without_a_known_content_keeps_its_group() {
        let check = |attributes: serde_json::Value, types: &[&str]| {
            let rules = of_resource(&Value::from_json(&attributes));
            assert_eq!(rules.iter().map(|(resource_type, _)| *resource_type).collect::<Vec<_>>(), types);
            for (_, rule) in rules {
                assert_eq!(rule, BTreeMap::from([("GroupId".to_owned(), Value::from("sg-1"))]));
            }
        };
        let unknown = json!({"Fn::Unknown": "why"});
        let (ingress, egress) = (Direction::Ingress.resource_type(), Direction::Egress.resource_type());
        check(json!({"security_group_id": "sg-1", "type": "egress", "cidr_blocks": unknown}), &[egress]);
        check(json!({"security_group_id": "sg-1", "type": unknown, "cidr_blocks": ["10.0.0.0/8"]}), &[ingress, egress]);
    }
}
