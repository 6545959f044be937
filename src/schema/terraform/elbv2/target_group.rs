//! Target groups. Properties: the CloudFormation reference of `AWS::ElasticLoadBalancingV2::TargetGroup` and the API
//! reference of `TargetGroupAttribute`; attributes: the provider's schema (5.100).

use std::collections::BTreeMap;

use super::super::interpret::is_set;
use super::super::rule::{Mapping, Origin, Produce, Rule, Tags, entry, flag, inline, number_unless, text};
use crate::model::{Kind, Value};

/// The tables.
pub(in crate::schema::terraform) const MAPPINGS: &[Mapping] = &[Mapping {
    terraform: "aws_lb_target_group",
    canonical: "AWS::ElasticLoadBalancingV2::TargetGroup",
    identifier: &["arn", "id"],
    tags: Tags::List,
    rules: TARGET_GROUP,
    produce: Produce::Finished(finish),
}];

const ATTRIBUTES: &str = "TargetGroupAttributes";

pub(super) const TARGET_GROUP: &[Rule] = &[
    text("name", "Name"),
    number_unless(0, "port", "Port"),
    text("protocol", "Protocol"),
    text("protocol_version", "ProtocolVersion"),
    text("target_type", "TargetType"),
    text("ip_address_type", "IpAddressType"),
    text("vpc_id", "VpcId"),
    inline("health_check", HEALTH_CHECK),
    entry("connection_termination", ATTRIBUTES, "deregistration_delay.connection_termination.enabled"),
    entry("deregistration_delay", ATTRIBUTES, "deregistration_delay.timeout_seconds"),
    entry("lambda_multi_value_headers_enabled", ATTRIBUTES, "lambda.multi_value_headers.enabled"),
    entry("load_balancing_algorithm_type", ATTRIBUTES, "load_balancing.algorithm.type"),
    entry("load_balancing_anomaly_mitigation", ATTRIBUTES, "load_balancing.algorithm.anomaly_mitigation"),
    entry("load_balancing_cross_zone_enabled", ATTRIBUTES, "load_balancing.cross_zone.enabled"),
    entry("preserve_client_ip", ATTRIBUTES, "preserve_client_ip.enabled"),
    entry("proxy_protocol_v2", ATTRIBUTES, "proxy_protocol_v2.enabled"),
    entry("slow_start", ATTRIBUTES, "slow_start.duration_seconds"),
    inline("stickiness", STICKINESS),
    inline(
        "target_failover",
        &[
            entry("on_deregistration", ATTRIBUTES, "target_failover.on_deregistration"),
            entry("on_unhealthy", ATTRIBUTES, "target_failover.on_unhealthy"),
        ],
    ),
    inline("target_group_health", GROUP_HEALTH),
    inline(
        "target_health_state",
        &[
            entry(
                "enable_unhealthy_connection_termination",
                ATTRIBUTES,
                "target_health_state.unhealthy.connection_termination.enabled",
            ),
            entry("unhealthy_draining_interval", ATTRIBUTES, "target_health_state.unhealthy.draining_interval_seconds"),
        ],
    ),
    Rule::TerraformOnly(&["name_prefix"]),
    Rule::Computed(&["arn_suffix", "load_balancer_arns"]),
];

const HEALTH_CHECK: &[Rule] = &[
    flag("enabled", "HealthCheckEnabled"),
    number_unless(0, "healthy_threshold", "HealthyThresholdCount"),
    number_unless(0, "interval", "HealthCheckIntervalSeconds"),
    text("matcher", "Matcher.HttpCode"),
    text("path", "HealthCheckPath"),
    text("port", "HealthCheckPort"),
    text("protocol", "HealthCheckProtocol"),
    number_unless(0, "timeout", "HealthCheckTimeoutSeconds"),
    number_unless(0, "unhealthy_threshold", "UnhealthyThresholdCount"),
];

const LB_COOKIE_DURATION: &str = "stickiness.lb_cookie.duration_seconds";
const APP_COOKIE_DURATION: &str = "stickiness.app_cookie.duration_seconds";
const APP_COOKIE_NAME: &str = "stickiness.app_cookie.cookie_name";

const STICKINESS: &[Rule] = &[
    entry("cookie_duration", ATTRIBUTES, LB_COOKIE_DURATION),
    entry("cookie_name", ATTRIBUTES, APP_COOKIE_NAME),
    entry("enabled", ATTRIBUTES, "stickiness.enabled"),
    entry("type", ATTRIBUTES, "stickiness.type"),
];

const GROUP_HEALTH: &[Rule] = &[
    inline(
        "dns_failover",
        &[
            entry(
                "minimum_healthy_targets_count",
                ATTRIBUTES,
                "target_group_health.dns_failover.minimum_healthy_targets.count",
            ),
            entry(
                "minimum_healthy_targets_percentage",
                ATTRIBUTES,
                "target_group_health.dns_failover.minimum_healthy_targets.percentage",
            ),
        ],
    ),
    inline(
        "unhealthy_state_routing",
        &[
            entry(
                "minimum_healthy_targets_count",
                ATTRIBUTES,
                "target_group_health.unhealthy_state_routing.minimum_healthy_targets.count",
            ),
            entry(
                "minimum_healthy_targets_percentage",
                ATTRIBUTES,
                "target_group_health.unhealthy_state_routing.minimum_healthy_targets.percentage",
            ),
        ],
    ),
];

fn finish(members: &mut BTreeMap<String, Value>, origin: &Origin<'_>) {
    // The codes of gRPC are another member than those of HTTP.
    let version = origin.attributes.get("protocol_version");
    if version.and_then(Value::as_str) == Some("GRPC")
        && let Some(Kind::Object(matcher)) = members.get_mut("Matcher").map(|matcher| &mut matcher.kind)
        && let Some(codes) = matcher.remove("HttpCode")
    {
        matcher.insert("GrpcCode".to_owned(), codes);
    }
    if let Some(Kind::List(attributes)) = members.get_mut(ATTRIBUTES).map(|attributes| &mut attributes.kind) {
        settle_stickiness(attributes);
        attributes.retain(|attribute| attribute.get("Value").is_some_and(is_set));
    }
}

/// The duration of a cookie is that of the kind of cookie that there is; with a kind that has none it is the schema's
/// default, and the provider does not send it.
fn settle_stickiness(attributes: &mut Vec<Value>) {
    // In a state this is "not set".
    let is_nothing = |attribute: &Value| attribute.get("Value").and_then(Value::as_scalar_text).as_deref() == Some("0");
    attributes.retain(|attribute| key(attribute) != Some(LB_COOKIE_DURATION) || !is_nothing(attribute));
    let kind = attributes.iter().find(|attribute| key(attribute) == Some("stickiness.type"));
    let Some(kind) = kind.and_then(|attribute| attribute.get("Value")).and_then(Value::as_str).map(str::to_owned)
    else {
        return;
    };
    match kind.as_str() {
        "lb_cookie" => attributes.retain(|attribute| key(attribute) != Some(APP_COOKIE_NAME)),
        "app_cookie" => {
            for attribute in attributes.iter_mut().filter(|attribute| key(attribute) == Some(LB_COOKIE_DURATION)) {
                if let Kind::Object(members) = &mut attribute.kind {
                    members.insert("Key".to_owned(), APP_COOKIE_DURATION.into());
                }
            }
        }
        _ => attributes.retain(|attribute| !matches!(key(attribute), Some(LB_COOKIE_DURATION | APP_COOKIE_NAME))),
    }
}

fn key(attribute: &Value) -> Option<&str> {
    attribute.get("Key").and_then(Value::as_str)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::super::{canonical_paths, check};

    fn attributes(terraform: &serde_json::Value, expect: &[(&str, &str)]) {
        let expect: Vec<_> = expect.iter().map(|(key, value)| json!({"Key": key, "Value": value})).collect();
        check("aws_lb_target_group", terraform, &json!({"TargetGroupAttributes": expect}));
    }

    #[test]
    fn a_target_group_has_its_health_check_beside_its_own_properties() {
        check(
            "aws_lb_target_group",
            &json!({
                "arn": "arn:t", "arn_suffix": "targetgroup/t/1", "connection_termination": null,
                "deregistration_delay": "300",
                "health_check": [{"enabled": true, "healthy_threshold": 3, "interval": 30, "matcher": "200",
                    "path": "/", "port": "traffic-port", "protocol": "HTTP", "timeout": 0, "unhealthy_threshold": 2}],
                "id": "arn:t", "ip_address_type": "ipv4", "lambda_multi_value_headers_enabled": false,
                "load_balancer_arns": [], "load_balancing_algorithm_type": "round_robin",
                "load_balancing_cross_zone_enabled": "use_load_balancer_configuration", "name": "t",
                "name_prefix": "", "port": 80, "preserve_client_ip": null, "protocol": "HTTP",
                "protocol_version": "HTTP1", "proxy_protocol_v2": false, "slow_start": 0,
                "stickiness": [{"cookie_duration": 86400, "cookie_name": "", "enabled": false, "type": "lb_cookie"}],
                "target_failover": [{"on_deregistration": null, "on_unhealthy": null}],
                "target_group_health": [{
                    "dns_failover": [{"minimum_healthy_targets_count": "1",
                        "minimum_healthy_targets_percentage": "off"}],
                    "unhealthy_state_routing": [{"minimum_healthy_targets_count": 1,
                        "minimum_healthy_targets_percentage": "off"}]}],
                "target_health_state": [{"enable_unhealthy_connection_termination": null,
                    "unhealthy_draining_interval": null}],
                "target_type": "ip", "vpc_id": "vpc-1"
            }),
            &json!({
                "HealthCheckEnabled": true, "HealthCheckIntervalSeconds": 30, "HealthCheckPath": "/",
                "HealthCheckPort": "traffic-port", "HealthCheckProtocol": "HTTP", "HealthyThresholdCount": 3,
                "IpAddressType": "ipv4", "Matcher": {"HttpCode": "200"}, "Name": "t", "Port": 80, "Protocol": "HTTP",
                "ProtocolVersion": "HTTP1",
                "TargetGroupAttributes": [
                    {"Key": "deregistration_delay.timeout_seconds", "Value": "300"},
                    {"Key": "lambda.multi_value_headers.enabled", "Value": "false"},
                    {"Key": "load_balancing.algorithm.type", "Value": "round_robin"},
                    {"Key": "load_balancing.cross_zone.enabled", "Value": "use_load_balancer_configuration"},
                    {"Key": "proxy_protocol_v2.enabled", "Value": "false"},
                    {"Key": "slow_start.duration_seconds", "Value": "0"},
                    {"Key": "stickiness.lb_cookie.duration_seconds", "Value": "86400"},
                    {"Key": "stickiness.enabled", "Value": "false"},
                    {"Key": "stickiness.type", "Value": "lb_cookie"},
                    {"Key": "target_group_health.dns_failover.minimum_healthy_targets.count", "Value": "1"},
                    {"Key": "target_group_health.dns_failover.minimum_healthy_targets.percentage", "Value": "off"},
                    {"Key": "target_group_health.unhealthy_state_routing.minimum_healthy_targets.count",
                        "Value": "1"},
                    {"Key": "target_group_health.unhealthy_state_routing.minimum_healthy_targets.percentage",
                        "Value": "off"}],
                "TargetType": "ip", "UnhealthyThresholdCount": 2, "VpcId": "vpc-1"
            }),
        );
    }

    #[test]
    fn a_cookie_lasts_as_its_kind_says() {
        let stickiness = |kind: &str| json!({"stickiness": [{"cookie_duration": 60, "cookie_name": "c", "enabled": true, "type": kind}]});
        let rest = |kind| [("stickiness.enabled", "true"), ("stickiness.type", kind)];
        let [enabled, kind] = rest("lb_cookie");
        attributes(&stickiness("lb_cookie"), &[("stickiness.lb_cookie.duration_seconds", "60"), enabled, kind]);
        let [enabled, kind] = rest("app_cookie");
        attributes(
            &stickiness("app_cookie"),
            &[
                ("stickiness.app_cookie.duration_seconds", "60"),
                ("stickiness.app_cookie.cookie_name", "c"),
                enabled,
                kind,
            ],
        );
        attributes(&stickiness("source_ip"), &rest("source_ip"));
        let unset = json!({"stickiness": [{"cookie_duration": 0, "cookie_name": "", "enabled": true,
            "type": "lb_cookie"}]});
        attributes(&unset, &rest("lb_cookie"));
    }

    #[test]
    fn codes_of_grpc_are_not_codes_of_http() {
        let check = |version: &str, expect| {
            let given = json!({"health_check": [{"matcher": "0-99"}], "protocol_version": version});
            check("aws_lb_target_group", &given, &expect);
        };
        check("GRPC", json!({"Matcher": {"GrpcCode": "0-99"}, "ProtocolVersion": "GRPC"}));
        check("HTTP2", json!({"Matcher": {"HttpCode": "0-99"}, "ProtocolVersion": "HTTP2"}));
    }

    #[test]
    fn an_ignored_check_is_all_that_it_becomes() {
        let paths = canonical_paths("aws_lb_target_group", "health_check");
        assert_eq!(paths.len(), 9);
        assert!(paths.contains(&"Matcher.HttpCode".to_owned()));
        assert_eq!(canonical_paths("aws_lb_target_group", "health_check[0].path"), ["HealthCheckPath"]);
    }
}
