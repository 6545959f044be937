//! Elastic Load Balancing v2: load balancers. Properties: the CloudFormation reference of
//! `AWS::ElasticLoadBalancingV2::*` and the API reference of `LoadBalancerAttribute`; attributes: the provider's schema
//! (5.100).

pub(super) mod listener;
pub(super) mod target_group;

use std::collections::BTreeMap;

use super::rule::{Mapping, Origin, Produce, Rule, Tags, block, blocks, choice, entry, inline, number, text, texts};
use crate::model::{Kind, Value};

/// The tables.
pub(super) const MAPPINGS: &[Mapping] = &[Mapping {
    terraform: "aws_lb",
    canonical: "AWS::ElasticLoadBalancingV2::LoadBalancer",
    identifier: &["arn", "id"],
    tags: Tags::List,
    rules: LOAD_BALANCER,
    produce: Produce::Finished(leave_cross_zone_of_applications),
}];

/// Names under which the provider has the same resources.
pub(super) const ALIASES: [(&str, &str); 4] = [
    ("aws_alb", "aws_lb"),
    ("aws_alb_listener", "aws_lb_listener"),
    ("aws_alb_listener_rule", "aws_lb_listener_rule"),
    ("aws_alb_target_group", "aws_lb_target_group"),
];

const ATTRIBUTES: &str = "LoadBalancerAttributes";
const CROSS_ZONE: &str = "load_balancing.cross_zone.enabled";

const LOAD_BALANCER: &[Rule] = &[
    text("name", "Name"),
    text("load_balancer_type", "Type"),
    choice("internal", "Scheme", &[("true", "internal"), ("false", "internet-facing")]),
    text("ip_address_type", "IpAddressType"),
    texts("security_groups", "SecurityGroups"),
    texts("subnets", "Subnets"),
    blocks(
        "subnet_mapping",
        "SubnetMappings",
        &[
            text("allocation_id", "AllocationId"),
            text("ipv6_address", "IPv6Address"),
            text("private_ipv4_address", "PrivateIPv4Address"),
            text("subnet_id", "SubnetId"),
            Rule::Computed(&["outpost_id"]),
        ],
    ),
    text(
        "enforce_security_group_inbound_rules_on_private_link_traffic",
        "EnforceSecurityGroupInboundRulesOnPrivateLinkTraffic",
    ),
    inline("ipam_pools", &[text("ipv4_ipam_pool_id", "Ipv4IpamPoolId")]),
    block(
        "minimum_load_balancer_capacity",
        "MinimumLoadBalancerCapacity",
        &[number("capacity_units", "CapacityUnits")],
    ),
    entry("client_keep_alive", ATTRIBUTES, "client_keep_alive.seconds"),
    entry("desync_mitigation_mode", ATTRIBUTES, "routing.http.desync_mitigation_mode"),
    entry("dns_record_client_routing_policy", ATTRIBUTES, "dns_record.client_routing_policy"),
    entry("drop_invalid_header_fields", ATTRIBUTES, "routing.http.drop_invalid_header_fields.enabled"),
    entry("enable_cross_zone_load_balancing", ATTRIBUTES, CROSS_ZONE),
    entry("enable_deletion_protection", ATTRIBUTES, "deletion_protection.enabled"),
    entry("enable_http2", ATTRIBUTES, "routing.http2.enabled"),
    entry(
        "enable_tls_version_and_cipher_suite_headers",
        ATTRIBUTES,
        "routing.http.x_amzn_tls_version_and_cipher_suite.enabled",
    ),
    entry("enable_waf_fail_open", ATTRIBUTES, "waf.fail_open.enabled"),
    entry("enable_xff_client_port", ATTRIBUTES, "routing.http.xff_client_port.enabled"),
    entry("enable_zonal_shift", ATTRIBUTES, "zonal_shift.config.enabled"),
    entry("idle_timeout", ATTRIBUTES, "idle_timeout.timeout_seconds"),
    entry("preserve_host_header", ATTRIBUTES, "routing.http.preserve_host_header.enabled"),
    entry("xff_header_processing_mode", ATTRIBUTES, "routing.http.xff_header_processing.mode"),
    inline(
        "access_logs",
        &[
            entry("bucket", ATTRIBUTES, "access_logs.s3.bucket"),
            entry("enabled", ATTRIBUTES, "access_logs.s3.enabled"),
            entry("prefix", ATTRIBUTES, "access_logs.s3.prefix"),
        ],
    ),
    inline(
        "connection_logs",
        &[
            entry("bucket", ATTRIBUTES, "connection_logs.s3.bucket"),
            entry("enabled", ATTRIBUTES, "connection_logs.s3.enabled"),
            entry("prefix", ATTRIBUTES, "connection_logs.s3.prefix"),
        ],
    ),
    Rule::Uncovered(&["customer_owned_ipv4_pool"]),
    Rule::TerraformOnly(&["name_prefix"]),
    Rule::Computed(&["arn_suffix", "dns_name", "vpc_id", "zone_id"]),
];

/// An application load balancer always balances across zones, and the provider does not ask it: its `false` is the
/// schema's default (the provider's documentation of `enable_cross_zone_load_balancing`).
fn leave_cross_zone_of_applications(members: &mut BTreeMap<String, Value>, _: &Origin<'_>) {
    if members.get("Type").is_some_and(|kind| kind.as_str() != Some("application")) {
        return;
    }
    let Some(Kind::List(attributes)) = members.get_mut(ATTRIBUTES).map(|attributes| &mut attributes.kind) else {
        return;
    };
    attributes.retain(|attribute| attribute.get("Key").and_then(Value::as_str) != Some(CROSS_ZONE));
    if attributes.is_empty() {
        members.remove(ATTRIBUTES);
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::rule::{Rule, Shape};
    use super::super::{canonical, canonical_paths, check};
    use super::ALIASES;
    use crate::model::Value;

    #[test]
    fn a_load_balancer_has_its_switches_as_attributes() {
        check(
            "aws_lb",
            &json!({
                "access_logs": [{"bucket": "", "enabled": false, "prefix": ""}], "arn": "arn:l", "arn_suffix": "app/l/1",
                "client_keep_alive": 3600, "connection_logs": [{"bucket": "logs", "enabled": true, "prefix": ""}],
                "customer_owned_ipv4_pool": "", "desync_mitigation_mode": "defensive", "dns_name": "l.elb",
                "dns_record_client_routing_policy": null, "drop_invalid_header_fields": false,
                "enable_cross_zone_load_balancing": false, "enable_deletion_protection": true, "enable_http2": true,
                "enable_waf_fail_open": false, "enforce_security_group_inbound_rules_on_private_link_traffic": "",
                "id": "arn:l", "idle_timeout": 60, "internal": true, "ip_address_type": "ipv4", "ipam_pools": [],
                "load_balancer_type": "application", "minimum_load_balancer_capacity": [], "name": "l",
                "name_prefix": "", "security_groups": ["sg-1"],
                "subnet_mapping": [{"allocation_id": "", "ipv6_address": "", "outpost_id": "",
                    "private_ipv4_address": "", "subnet_id": "subnet-1"}],
                "subnets": ["subnet-1"], "vpc_id": "vpc-1", "xff_header_processing_mode": "append", "zone_id": "Z1"
            }),
            &json!({
                "IpAddressType": "ipv4",
                "LoadBalancerAttributes": [
                    {"Key": "client_keep_alive.seconds", "Value": "3600"},
                    {"Key": "routing.http.desync_mitigation_mode", "Value": "defensive"},
                    {"Key": "routing.http.drop_invalid_header_fields.enabled", "Value": "false"},
                    {"Key": "deletion_protection.enabled", "Value": "true"},
                    {"Key": "routing.http2.enabled", "Value": "true"},
                    {"Key": "waf.fail_open.enabled", "Value": "false"},
                    {"Key": "idle_timeout.timeout_seconds", "Value": "60"},
                    {"Key": "routing.http.xff_header_processing.mode", "Value": "append"},
                    {"Key": "access_logs.s3.enabled", "Value": "false"},
                    {"Key": "connection_logs.s3.bucket", "Value": "logs"},
                    {"Key": "connection_logs.s3.enabled", "Value": "true"}
                ],
                "Name": "l", "Scheme": "internal", "SecurityGroups": ["sg-1"],
                "SubnetMappings": [{"SubnetId": "subnet-1"}], "Subnets": ["subnet-1"], "Type": "application"
            }),
        );
    }

    #[test]
    fn only_an_application_load_balancer_has_no_say_in_crossing_zones() {
        let off = json!({"LoadBalancerAttributes": [{"Key": "load_balancing.cross_zone.enabled", "Value": "false"}],
            "Type": "network"});
        let network = json!({"enable_cross_zone_load_balancing": false, "load_balancer_type": "network"});
        check("aws_lb", &network, &off);
        check("aws_lb", &json!({"enable_cross_zone_load_balancing": false}), &json!({}));
    }

    #[test]
    fn what_is_in_a_block_that_is_not_known_is_not_known() {
        let unknown = json!({"Fn::Unknown": "why"});
        let entry = |key: &str| json!({"Key": key, "Value": unknown});
        check(
            "aws_lb",
            &json!({"access_logs": unknown, "ipam_pools": [unknown], "idle_timeout": unknown}),
            &json!({
                "Ipv4IpamPoolId": unknown,
                "LoadBalancerAttributes": [entry("idle_timeout.timeout_seconds"), entry("access_logs.s3.bucket"),
                    entry("access_logs.s3.enabled"), entry("access_logs.s3.prefix")]
            }),
        );
    }

    #[test]
    fn an_ignored_attribute_is_ignored_by_its_key() {
        let check = |attribute: &str, expect: &[&str]| assert_eq!(canonical_paths("aws_alb", attribute), expect);
        check("idle_timeout", &["LoadBalancerAttributes[Key=idle_timeout.timeout_seconds]"]);
        check("access_logs[0].bucket", &["LoadBalancerAttributes[Key=access_logs.s3.bucket]"]);
        check(
            "access_logs",
            &[
                "LoadBalancerAttributes[Key=access_logs.s3.bucket]",
                "LoadBalancerAttributes[Key=access_logs.s3.enabled]",
                "LoadBalancerAttributes[Key=access_logs.s3.prefix]",
            ],
        );
        check("ipam_pools", &["Ipv4IpamPoolId"]);
    }

    #[test]
    fn an_alias_is_the_type_that_it_stands_for() {
        let attributes = Value::from_json(&json!({"name": "l", "arn": "arn:l", "port": 80}));
        for (alias, terraform) in ALIASES {
            let found = canonical(alias, &attributes, &super::super::Context::default());
            assert!(found.is_some(), "{alias}");
            assert_eq!(found, canonical(terraform, &attributes, &super::super::Context::default()));
        }
    }

    #[test]
    fn the_attributes_are_those_whose_defaults_are_known() {
        let check = |table: &[Rule], resource_type: &str| {
            for key in keys(table) {
                let entry = Value::object([("Key", Value::from(key)), ("Value", "x".into())]);
                let is_known = |fact: &&crate::schema::Fact| {
                    fact.types.contains(&resource_type)
                        && matches!(fact.says, crate::schema::Says::FillsIn(filler) if filler.knows(&entry))
                };
                assert!(crate::schema::every_fact().any(|fact| is_known(&fact)), "{key}");
            }
        };
        check(super::LOAD_BALANCER, "AWS::ElasticLoadBalancingV2::LoadBalancer");
        check(super::target_group::TARGET_GROUP, "AWS::ElasticLoadBalancingV2::TargetGroup");
    }

    fn keys(table: &[Rule]) -> Vec<&'static str> {
        let keys = table.iter().flat_map(|rule| match rule {
            Rule::Property { shape: Shape::Entry(key), .. } => vec![*key],
            Rule::Property { shape: Shape::Block(inner), .. } => keys(inner),
            _ => Vec::new(),
        });
        keys.collect()
    }
}
