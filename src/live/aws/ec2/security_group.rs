//! Security groups, with one entry a rule and source as CloudFormation has them.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_ec2::types::{Filter, IpPermission, SecurityGroup, UserIdGroupPair};

use super::super::batches::pages;
use super::super::properties::{Properties, computed, object, scalar, text};
use super::super::{Aws, Failure, Gap, Keys};
use super::{Reading, SECURITY_GROUP, VALUES_PER_FILTER, id_of, tags};
use crate::model::{Live, ProblemKind, Value};

const ACTION: &str = "ec2:DescribeSecurityGroups";

/// Security groups by id, ARN or name.
///
/// Ids go into a filter and not into the parameter `GroupIds`, which fails as a whole for one id that is not there.
/// Names are asked for apart, since two groups in different networks may share one.
pub(in super::super) async fn security_groups(aws: &Aws, keys: Keys) -> Reading {
    let (by_id, by_name): (Vec<&String>, Vec<&String>) = keys.iter().partition(|key| id_of(key).starts_with("sg-"));
    let mut reading = Reading::default();
    let ids: Keys = by_id.iter().map(|key| id_of(key).to_owned()).collect();
    let by_id: Keys = by_id.into_iter().cloned().collect();
    let answer =
        find(aws, "group-id", ids).await.map(|groups| groups.iter().filter_map(|group| group_of(aws, group)).collect());
    reading.take(&by_id, answer);
    let names: Keys = by_name.into_iter().cloned().collect();
    match find(aws, "group-name", names.clone()).await {
        Ok(groups) => named(aws, groups, &mut reading),
        Err(failure) => reading.gaps.push(Gap { keys: names, failure }),
    }
    reading
}

/// The groups with one of these values, by a filter as long as they fit into one, else out of all groups.
async fn find(aws: &Aws, filter: &'static str, values: Keys) -> Result<Vec<SecurityGroup>, Failure> {
    if values.is_empty() {
        return Ok(Vec::new());
    }
    let wanted: BTreeSet<String> = values.iter().cloned().collect();
    let filters = (wanted.len() <= VALUES_PER_FILTER)
        .then(|| vec![Filter::builder().name(filter).set_values(Some(values)).build()]);
    let pages = pages(ACTION, |token| {
        let call = aws.ec2.describe_security_groups().set_filters(filters.clone());
        let call = call.max_results(1000).set_next_token(token);
        async move {
            let page = aws.call(ACTION, call.send()).await?;
            Ok((page.security_groups.unwrap_or_default(), page.next_token))
        }
    })
    .await?;
    let value = |group: &SecurityGroup| {
        if filter == "group-id" { group.group_id.clone() } else { group.group_name.clone() }
    };
    let groups = pages.into_iter().flatten();
    Ok(groups.filter(|group| value(group).is_some_and(|value| wanted.contains(&value))).collect())
}

/// Puts groups that were asked for by name under their names; a name that several have stands for none of them.
fn named(aws: &Aws, groups: Vec<SecurityGroup>, reading: &mut Reading) {
    let mut by_name: BTreeMap<String, Vec<SecurityGroup>> = BTreeMap::new();
    for group in groups {
        by_name.entry(group.group_name.clone().unwrap_or_default()).or_default().push(group);
    }
    for (name, groups) in by_name {
        if let [group] = groups.as_slice() {
            let live = group_of(aws, group).map(|mut live| {
                live.aliases.push(name);
                live
            });
            reading.found.extend(live);
        } else {
            let message = format!("{} groups are named {name}; use the group id", groups.len());
            let failure = Failure::new(ProblemKind::Unevaluated, ACTION, message);
            reading.gaps.push(Gap { keys: vec![name], failure });
        }
    }
}

fn group_of(aws: &Aws, group: &SecurityGroup) -> Option<Live> {
    let id = group.group_id.clone()?;
    let ingress =
        group.ip_permissions.as_ref().map(|rules| Value::list(rules.iter().flat_map(|r| entries(r, &INGRESS))));
    let egress =
        group.ip_permissions_egress.as_ref().map(|rules| Value::list(rules.iter().flat_map(|r| entries(r, &EGRESS))));
    let attributes = Properties::of(ACTION)
        .always("GroupName", text(&group.group_name))
        .always("GroupDescription", text(&group.description))
        .always("SecurityGroupIngress", ingress)
        .always("SecurityGroupEgress", egress)
        .always("Tags", Some(tags(&group.tags)))
        .when_set("VpcId", text(&group.vpc_id))
        .build();
    // Not every endpoint returns the ARN; all its parts are known.
    let made = || {
        Some(format!("arn:{}:ec2:{}:{}:security-group/{id}", aws.partition(), aws.region(), group.owner_id.as_ref()?))
    };
    let arn = group.security_group_arn.clone().or_else(made);
    Some(Live {
        resource_type: SECURITY_GROUP.into(),
        aliases: arn.iter().cloned().collect(),
        attributes,
        computed: computed([
            ("Arn", text(&arn)),
            ("GroupId", Some(id.as_str().into())),
            ("Id", Some(id.as_str().into())),
            ("VpcId", text(&group.vpc_id)),
        ]),
        evidence: Vec::new(),
        owners: Vec::new(),
        in_flight: None,
        identifier: id,
    })
}

/// What the other end of a rule is called in CloudFormation, by direction.
struct Names {
    group: &'static str,
    owner: Option<&'static str>,
    prefix_list: &'static str,
}

const INGRESS: Names = Names {
    group: "SourceSecurityGroupId",
    owner: Some("SourceSecurityGroupOwnerId"),
    prefix_list: "SourcePrefixListId",
};

/// An egress rule has no member for the owner of its destination.
const EGRESS: Names =
    Names { group: "DestinationSecurityGroupId", owner: None, prefix_list: "DestinationPrefixListId" };

/// A rule of EC2 joins everything of the same protocol and ports; CloudFormation has one entry a source.
fn entries(rule: &IpPermission, names: &Names) -> Vec<Value> {
    let entry = |source: [(&'static str, Option<Value>); 2], description: &Option<String>| {
        let [source, owner] = source;
        object([
            ("IpProtocol", text(&rule.ip_protocol)),
            ("FromPort", scalar(&rule.from_port)),
            ("ToPort", scalar(&rule.to_port)),
            ("Description", text(description)),
            source,
            owner,
        ])
    };
    let none = ("", None);
    let mut entries = Vec::new();
    for range in rule.ip_ranges.iter().flatten() {
        entries.push(entry([("CidrIp", text(&range.cidr_ip)), none.clone()], &range.description));
    }
    for range in rule.ipv6_ranges.iter().flatten() {
        entries.push(entry([("CidrIpv6", text(&range.cidr_ipv6)), none.clone()], &range.description));
    }
    for list in rule.prefix_list_ids.iter().flatten() {
        entries.push(entry([(names.prefix_list, text(&list.prefix_list_id)), none.clone()], &list.description));
    }
    for pair in rule.user_id_group_pairs.iter().flatten() {
        let owner = names.owner.map_or(none.clone(), |owner| (owner, text(&pair.user_id)));
        entries.push(entry([group_source(pair, names), owner], &pair.description));
    }
    entries
}

/// A group of a peered network may be known by name only.
fn group_source(pair: &UserIdGroupPair, names: &Names) -> (&'static str, Option<Value>) {
    match &pair.group_id {
        Some(_) => (names.group, text(&pair.group_id)),
        None => ("SourceSecurityGroupName", text(&pair.group_name)),
    }
}

#[cfg(test)]
mod tests {
    use aws_sdk_ec2::types::{IpRange, Ipv6Range, PrefixListId};
    use serde_json::json;

    use super::*;

    #[test]
    fn a_joined_rule_becomes_one_entry_a_source_and_keeps_each_description() {
        let rule = IpPermission::builder()
            .ip_protocol("tcp")
            .from_port(443)
            .to_port(443)
            .ip_ranges(IpRange::builder().cidr_ip("10.0.0.0/24").description("a").build())
            .ip_ranges(IpRange::builder().cidr_ip("10.0.1.0/24").build())
            .ipv6_ranges(Ipv6Range::builder().cidr_ipv6("::/0").build())
            .prefix_list_ids(PrefixListId::builder().prefix_list_id("pl-1").build())
            .user_id_group_pairs(UserIdGroupPair::builder().group_id("sg-2").user_id("111111111111").build())
            .build();
        let port = |source: serde_json::Value| {
            let mut entry = json!({"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443});
            entry.as_object_mut().unwrap().extend(source.as_object().unwrap().clone());
            entry
        };
        let expected = json!([
            port(json!({"CidrIp": "10.0.0.0/24", "Description": "a"})),
            port(json!({"CidrIp": "10.0.1.0/24"})),
            port(json!({"CidrIpv6": "::/0"})),
            port(json!({"SourcePrefixListId": "pl-1"})),
            port(json!({"SourceSecurityGroupId": "sg-2", "SourceSecurityGroupOwnerId": "111111111111"})),
        ]);
        assert_eq!(Value::list(entries(&rule, &INGRESS)), Value::from_json(&expected));
    }

    #[test]
    fn a_rule_for_all_protocols_has_no_ports() {
        let rule = IpPermission::builder()
            .ip_protocol("-1")
            .ip_ranges(IpRange::builder().cidr_ip("0.0.0.0/0").build())
            .build();
        let expected = json!([{"IpProtocol": "-1", "CidrIp": "0.0.0.0/0"}]);
        assert_eq!(Value::list(entries(&rule, &EGRESS)), Value::from_json(&expected));
    }
}
