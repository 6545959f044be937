//! Amazon Route 53. Properties: the CloudFormation reference of `AWS::Route53::*`; attributes: the provider's schema
//! (5.100).

use std::collections::BTreeMap;

use super::rule::{
    Mapping, Origin, Produce, Rule, Tags, block, blocks, by_code, flag, free_text, inline, number, text, texts,
};
use crate::model::{Kind, Value};

/// The tables.
pub(super) const MAPPINGS: &[Mapping] = &[
    Mapping {
        terraform: "aws_route53_zone",
        canonical: "AWS::Route53::HostedZone",
        identifier: &["zone_id", "id"],
        tags: Tags::Named("HostedZoneTags"),
        rules: &[
            text("name", "Name"),
            free_text("comment", "HostedZoneConfig.Comment"),
            blocks("vpc", "VPCs", &[text("vpc_id", "VPCId"), text("vpc_region", "VPCRegion")]),
            Rule::TerraformOnly(&["force_destroy"]),
            Rule::Uncovered(&["delegation_set_id"]),
            Rule::Computed(&["name_servers", "primary_name_server", "zone_id"]),
        ],
        produce: Produce::Resource,
    },
    Mapping {
        terraform: "aws_route53_record",
        canonical: "AWS::Route53::RecordSet",
        identifier: &["fqdn"],
        tags: Tags::None,
        rules: RECORD,
        produce: Produce::Finished(finish_record),
    },
];

const RECORD: &[Rule] = &[
    by_code("name", "Name"),
    text("zone_id", "HostedZoneId"),
    text("type", "Type"),
    text("ttl", "TTL"),
    texts("records", RECORDS),
    text("set_identifier", "SetIdentifier"),
    text("health_check_id", "HealthCheckId"),
    flag("multivalue_answer_routing_policy", "MultiValueAnswer"),
    block(
        "alias",
        "AliasTarget",
        &[
            text("name", "DNSName"),
            text("zone_id", "HostedZoneId"),
            flag("evaluate_target_health", "EvaluateTargetHealth"),
        ],
    ),
    block(
        "cidr_routing_policy",
        "CidrRoutingConfig",
        &[text("collection_id", "CollectionId"), text("location_name", "LocationName")],
    ),
    inline("failover_routing_policy", &[text("type", "Failover")]),
    block(
        "geolocation_routing_policy",
        "GeoLocation",
        &[text("continent", "ContinentCode"), text("country", "CountryCode"), text("subdivision", "SubdivisionCode")],
    ),
    block(
        "geoproximity_routing_policy",
        "GeoProximityLocation",
        &[
            text("aws_region", "AWSRegion"),
            number("bias", "Bias"),
            block("coordinates", "Coordinates", &[text("latitude", "Latitude"), text("longitude", "Longitude")]),
            text("local_zone_group", "LocalZoneGroup"),
        ],
    ),
    inline("latency_routing_policy", &[text("region", "Region")]),
    inline("weighted_routing_policy", &[number("weight", "Weight")]),
    Rule::TerraformOnly(&["allow_overwrite"]),
    Rule::Computed(&["fqdn"]),
];

const RECORDS: &str = "ResourceRecords";

fn finish_record(members: &mut BTreeMap<String, Value>, origin: &Origin<'_>) {
    if let Some(name) = full_name(origin) {
        members.insert("Name".to_owned(), name);
    }
    let is_text = members.get("Type").and_then(Value::as_str).is_some_and(|kind| matches!(kind, "TXT" | "SPF"));
    if is_text && let Some(Kind::List(records)) = members.get_mut(RECORDS).map(|records| &mut records.kind) {
        records.iter_mut().for_each(quote);
    }
    // An alias has no records, and its state lists none.
    if members.get(RECORDS).and_then(Value::as_list).is_some_and(<[Value]>::is_empty) {
        members.remove(RECORDS);
    }
    // The schema's default, which the provider sends as nothing.
    if members.get("MultiValueAnswer").is_some_and(|answer| answer.kind == Kind::Bool(false)) {
        members.remove("MultiValueAnswer");
    }
}

/// The full name. Terraform takes a name within the zone too, whose own name is not known from here: then the last
/// deployment tells, if it was of the same name.
fn full_name(origin: &Origin<'_>) -> Option<Value> {
    let name = origin.attributes.get("name").filter(|name| name.kind != Kind::Null)?;
    let given = match name.as_str() {
        Some(given) if !given.ends_with('.') => given,
        _ => return Some(name.clone()),
    };
    let before = origin.context.bound.map(|bound| &bound.attributes);
    let same = before.filter(|before| before.get("name").and_then(Value::as_str) == Some(given));
    let known = [Some(origin.attributes), same].into_iter().flatten();
    let full = known.filter_map(|attributes| attributes.get("fqdn")?.as_str()).find(|full| !full.is_empty());
    Some(match full {
        Some(full) => name.with(Kind::String(full.to_owned())),
        None => Value::unknown(format!("whether {given} is a name within its zone is known after a deploy"))
            .located(name.at.clone()),
    })
}

/// The provider puts quotes around a text, which Route 53 wants and answers with; a long one has more inside.
fn quote(record: &mut Value) {
    let Some(text) = record.as_str() else { return };
    let is_quoted = text.len() > 1 && text.starts_with('"') && text.ends_with('"');
    if !is_quoted {
        *record = record.with(Kind::String(format!("\"{text}\"")));
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::{Context, canonical, canonical_paths, check};
    use super::*;
    use crate::model::Bound;

    #[test]
    fn a_delegation_set_is_no_property_of_a_zone() {
        let zone = Value::from_json(&json!({"delegation_set_id": "N1", "name": "example.com"}));
        let mapped = canonical("aws_route53_zone", &zone, &Context::default()).unwrap();
        assert_eq!(mapped[0].unmapped, ["delegation_set_id"]);
        assert_eq!(mapped[0].attributes.to_json(), json!({"Name": "example.com"}));
    }

    #[test]
    fn a_zone_has_its_networks() {
        check(
            "aws_route53_zone",
            &json!({"arn": "arn:z", "comment": "Managed by Terraform", "delegation_set_id": "", "force_destroy": false,
                "id": "Z1", "name": "example.com", "name_servers": ["ns-1"], "primary_name_server": "ns-1",
                "tags": {"a": "b"}, "tags_all": {"a": "b"}, "vpc": [{"vpc_id": "vpc-1", "vpc_region": "us-east-1"}],
                "zone_id": "Z1"}),
            &json!({"HostedZoneConfig": {"Comment": "Managed by Terraform"},
                "HostedZoneTags": [{"Key": "a", "Value": "b"}], "Name": "example.com",
                "VPCs": [{"VPCId": "vpc-1", "VPCRegion": "us-east-1"}]}),
        );
    }

    #[test]
    fn a_record_has_the_full_name_that_its_state_knows() {
        let nothing = json!([]);
        check(
            "aws_route53_record",
            &json!({"alias": nothing, "allow_overwrite": null, "cidr_routing_policy": nothing,
                "failover_routing_policy": nothing, "fqdn": "www.example.com", "geolocation_routing_policy": nothing,
                "health_check_id": "", "id": "Z1_www_A", "latency_routing_policy": nothing,
                "multivalue_answer_routing_policy": false, "name": "www", "records": ["192.0.2.4"],
                "set_identifier": "", "ttl": 60, "type": "A", "weighted_routing_policy": nothing, "zone_id": "Z1"}),
            &json!({"HostedZoneId": "Z1", "Name": "www.example.com", "ResourceRecords": ["192.0.2.4"], "TTL": "60",
                "Type": "A"}),
        );
    }

    #[test]
    fn a_declared_name_is_that_of_the_last_deployment_or_not_known() {
        let bound = |name: &str| Bound {
            identifier: None,
            attributes: [("name", name), ("fqdn", "www.example.com")]
                .map(|(key, text)| (key.to_owned(), text.into()))
                .into(),
        };
        let check = |declared: &str, bound: Option<&Bound>, expect| {
            let attributes = Value::from_json(&json!({"name": declared, "type": "A"}));
            let context = Context { bound, ..Context::default() };
            let mapped = canonical("aws_route53_record", &attributes, &context).unwrap();
            assert_eq!(mapped[0].attributes.get("Name").unwrap().to_json(), expect, "{declared}");
        };
        let unknown = |name: &str| json!({"Fn::Unknown": format!("whether {name} is a name within its zone is known after a deploy")});
        check("www", Some(&bound("www")), json!("www.example.com"));
        check("api", Some(&bound("www")), unknown("api"));
        check("www", None, unknown("www"));
        check("www.example.com.", None, json!("www.example.com."));
    }

    #[test]
    fn a_text_is_quoted_once() {
        let check = |kind: &str, record: &str, expect: &str| {
            let expect = json!({"Name": "a.", "ResourceRecords": [expect], "Type": kind});
            check("aws_route53_record", &json!({"name": "a.", "records": [record], "type": kind}), &expect);
        };
        check("TXT", "v=spf1 -all", "\"v=spf1 -all\"");
        check("TXT", "first\" \"second", "\"first\" \"second\"");
        check("TXT", "\"quoted\"", "\"quoted\"");
        check("CNAME", "v=spf1 -all", "v=spf1 -all");
    }

    #[test]
    fn an_alias_points_and_a_policy_routes() {
        check(
            "aws_route53_record",
            &json!({"alias": [{"evaluate_target_health": true, "name": "l.elb.amazonaws.com", "zone_id": "Z2"}],
                "multivalue_answer_routing_policy": true, "name": "a.", "records": [], "set_identifier": "blue",
                "type": "A", "weighted_routing_policy": [{"weight": 0}], "latency_routing_policy": [{"region":
                    "eu-west-1"}],
                "failover_routing_policy": [{"type": "PRIMARY"}],
                "geolocation_routing_policy": [{"continent": "", "country": "*", "subdivision": ""}]}),
            &json!({"AliasTarget": {"DNSName": "l.elb.amazonaws.com", "EvaluateTargetHealth": true,
                    "HostedZoneId": "Z2"},
                "Failover": "PRIMARY", "GeoLocation": {"CountryCode": "*"}, "MultiValueAnswer": true, "Name": "a.",
                "Region": "eu-west-1", "SetIdentifier": "blue", "Type": "A", "Weight": 0}),
        );
        assert_eq!(canonical_paths("aws_route53_record", "weighted_routing_policy"), ["Weight"]);
        assert_eq!(canonical_paths("aws_route53_record", "weighted_routing_policy[0].weight"), ["Weight"]);
        assert_eq!(canonical_paths("aws_route53_record", "name"), ["Name"]);
    }
}
