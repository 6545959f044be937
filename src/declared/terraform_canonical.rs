//! From Terraform resources as they were evaluated to declarations in the canonical model.
//!
//! Knows no file and no live state: what the last deployment knows of ids comes in as [`Bindings`].

use std::collections::{BTreeMap, BTreeSet};

use super::Read;
use super::members::{self, OpenCollection};
use super::terraform::Resource;
use crate::model::{Bindings, Bound, Declaration, Kind, Retention, Value};
use crate::schema::terraform::{self, Mapped};

/// Why a type is not compared.
const NO_MAPPING: &str = "nothing here compares this type";

/// Brings resources to the canonical model and folds members into their parents.
pub fn declarations(resources: &[Resource], bindings: &Bindings) -> Read {
    let mut mapped = Vec::new();
    let mut open = BTreeSet::new();
    let mut skipped = Vec::new();
    let mut types = BTreeMap::new();
    for resource in resources {
        types.insert(resource.address.as_str(), resource.resource_type.as_str());
        let bound = bindings.get(&resource.address);
        let context = terraform::Context {
            address: &resource.address,
            bound,
            default_tags: resource.provider.default_tags.as_ref().and_then(Value::as_object),
        };
        let Some(parts) = terraform::canonical(&resource.resource_type, &resource.attributes, &context) else {
            skipped.push((resource.resource_type.as_str(), NO_MAPPING));
            continue;
        };
        if resource.provider.default_tags.as_ref().is_some_and(Value::is_unknown) {
            let tags = terraform::tags_property(&resource.resource_type).map(str::to_owned);
            open.extend(tags.map(|property| OpenCollection { address: resource.address.clone(), property }));
        }
        for part in parts {
            let address = part.address(&resource.address);
            let collection =
                |property: &String| OpenCollection { address: address.clone(), property: property.clone() };
            open.extend(part.open.iter().map(collection));
            mapped.push(declaration(resource, part, bound));
        }
    }
    let mut folded = members::fold(mapped);
    let types_of_alone = folded.alone.iter().map(|(member, reason)| (types.get(member.address.as_str()), *reason));
    skipped.extend(types_of_alone.filter_map(|(resource_type, reason)| Some((*resource_type?, reason))));
    folded.open.extend(open);
    Read {
        declarations: folded.resources,
        problems: folded.problems,
        skipped: members::skipped(skipped),
        open: folded.open,
        ..Read::default()
    }
}

fn known_text(value: &Option<Value>) -> Option<String> {
    value.as_ref().and_then(Value::as_str).map(str::to_owned)
}

fn declaration(resource: &Resource, part: Mapped, bound: Option<&Bound>) -> Declaration {
    let paths = |attribute: &String| terraform::canonical_paths(&resource.resource_type, attribute);
    let mut ignored: Vec<String> = resource.ignore_changes.iter().flat_map(paths).collect();
    ignored.extend(ignored_tags(resource));
    ignored.sort();
    ignored.dedup();
    let own_region = resource.attributes.get("region").and_then(Value::as_str).map(str::to_owned);
    Declaration {
        address: part.address(&resource.address),
        identifier: identifier(resource, bound).or(part.identifier),
        attributes: with_unmapped(part.attributes, &part.unmapped, resource),
        resource_type: part.resource_type,
        at: resource.at.clone(),
        account: known_text(&resource.provider.account),
        region: own_region.or_else(|| known_text(&resource.provider.region)),
        ignored,
        retention: Retention::default(),
    }
}

/// The tags that the provider leaves alone, as patterns.
fn ignored_tags(resource: &Resource) -> Vec<String> {
    let listed = |name: &str| {
        let names = resource.provider.ignore_tags.as_ref().and_then(|tags| tags.get(name)).and_then(Value::as_list);
        names.unwrap_or_default().iter().filter_map(Value::as_str).map(str::to_owned).collect::<Vec<_>>()
    };
    let keys = listed("keys").into_iter();
    let names = keys.chain(listed("key_prefixes").into_iter().map(|prefix| prefix + "*"));
    let patterns = |key: String| terraform::canonical_paths(&resource.resource_type, &format!("tags[\"{key}\"]"));
    names.flat_map(patterns).collect()
}

/// The physical id: what the last deployment noted, else what the declaration itself makes certain.
fn identifier(resource: &Resource, bound: Option<&Bound>) -> Option<String> {
    let noted = bound.and_then(|bound| {
        let from_attributes = terraform::identifier(&resource.resource_type, &bound.attributes);
        // What was found live is noted under the physical id alone.
        from_attributes.or_else(|| bound.attributes.is_empty().then(|| bound.identifier.clone()).flatten())
    });
    noted.or_else(|| managed_policy_arn(resource))
}

/// The ARN of a customer managed policy follows from its account, path and name.
fn managed_policy_arn(resource: &Resource) -> Option<String> {
    if resource.resource_type != "aws_iam_policy" {
        return None;
    }
    let text = |name: &str| resource.attributes.get(name).map(Value::as_str);
    let account = known_text(&resource.provider.account)?;
    let partition = partition(&known_text(&resource.provider.region)?);
    let path = text("path").unwrap_or(Some("/"))?;
    let name = text("name")??;
    Some(format!("arn:{partition}:iam::{account}:policy{path}{name}"))
}

/// The partition of a region, by the prefix of its name (AWS General Reference, "Partitions").
pub(super) fn partition(region: &str) -> &'static str {
    match region {
        region if region.starts_with("cn-") => "aws-cn",
        region if region.starts_with("us-gov-") => "aws-us-gov",
        _ => "aws",
    }
}

/// Declares what has no canonical form as not known, under Terraform's name, so that it counts as unverifiable.
fn with_unmapped(mut properties: Value, unmapped: &[String], resource: &Resource) -> Value {
    if let Kind::Object(members) = &mut properties.kind {
        for name in unmapped {
            let outer = name.split_once('.').map_or(name.as_str(), |(outer, _)| outer);
            let at = resource.attributes.get(outer).and_then(|value| value.at.clone());
            let reason = format!("{} {name} has no counterpart in CloudFormation's model", resource.resource_type);
            members.insert(name.clone(), Value::unknown(reason).located(at));
        }
    }
    properties
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::declared::terraform::ProviderConfig;
    use crate::model::Location;

    fn resource(address: &str, attributes: &serde_json::Value) -> Resource {
        Resource {
            address: address.to_owned(),
            resource_type: address.split('.').next().unwrap().to_owned(),
            attributes: Value::from_json(attributes),
            ignore_changes: Vec::new(),
            provider: ProviderConfig::default(),
            at: Location::new("main.tf", 3, 1),
        }
    }

    fn bound(address: &str, identifier: Option<&str>, attributes: serde_json::Value) -> Bindings {
        let attributes = Value::from_json(&attributes).as_object().cloned().unwrap();
        let bound = Bound { identifier: identifier.map(str::to_owned), attributes };
        [(address.to_owned(), bound)].into_iter().collect()
    }

    #[test]
    fn an_identifier_comes_from_the_last_deployment_before_the_declaration() {
        let check = |address: &str, attributes: serde_json::Value, bindings: Bindings, expect: Option<&str>| {
            let found = declarations(&[resource(address, &attributes)], &bindings);
            assert_eq!(found.declarations[0].identifier.as_deref(), expect, "{address}");
        };
        let none = Bindings::default;
        check("aws_iam_role.r", json!({"name": "new"}), none(), Some("new"));
        let renamed = bound("aws_iam_role.r", Some("old"), json!({"id": "old", "name": "old"}));
        check("aws_iam_role.r", json!({"name": "new"}), renamed, Some("old"));
        let cluster = bound("aws_ecs_cluster.c", Some("arn:c"), json!({"id": "arn:c", "name": "c"}));
        check("aws_ecs_cluster.c", json!({}), cluster, Some("c"));
        check("aws_security_group.g", json!({"name": "g"}), none(), None);
        check("aws_security_group.g", json!({}), bound("aws_security_group.g", Some("sg-1"), json!({})), Some("sg-1"));
    }

    #[test]
    fn the_arn_of_a_managed_policy_follows_from_account_path_and_name() {
        let check = |attributes: serde_json::Value, region: Option<&str>, expect: Option<&str>| {
            let mut policy = resource("aws_iam_policy.p", &attributes);
            policy.provider.account = Some("123456789012".into());
            policy.provider.region = region.map(Value::from);
            let found = declarations(&[policy], &Bindings::default());
            assert_eq!(found.declarations[0].identifier.as_deref(), expect);
        };
        check(json!({"name": "p"}), Some("eu-west-1"), Some("arn:aws:iam::123456789012:policy/p"));
        check(json!({"name": "p", "path": "/x/"}), Some("cn-north-1"), Some("arn:aws-cn:iam::123456789012:policy/x/p"));
        check(json!({"name": "p"}), None, None);
        check(json!({"name_prefix": "p"}), Some("eu-west-1"), None);
        check(json!({"name": "p", "path": {"Fn::Unknown": "why"}}), Some("eu-west-1"), None);
    }

    #[test]
    fn a_declaration_keeps_place_provider_and_ignored_attributes() {
        let mut service =
            resource("aws_ecs_service.s", &json!({"name": "s", "desired_count": 2, "region": "eu-north-1"}));
        service.ignore_changes = ["task_definition", "desired_count", "triggers"].map(str::to_owned).into();
        service.provider.region = Some("eu-west-1".into());
        service.provider.account = Some("123456789012".into());
        service.provider.default_tags = Some(Value::object([("env", Value::from("prod"))]));
        let found = declarations(&[service], &Bindings::default());
        let declaration = &found.declarations[0];
        assert_eq!(declaration.ignored, ["DesiredCount", "TaskDefinition"]);
        assert_eq!(declaration.at, Location::new("main.tf", 3, 1));
        assert_eq!(declaration.region.as_deref(), Some("eu-north-1"), "the resource's own region");
        assert_eq!(declaration.account.as_deref(), Some("123456789012"));
        let expect = json!({"DesiredCount": 2, "ServiceName": "s", "Tags": [{"Key": "env", "Value": "prod"}]});
        assert_eq!(declaration.attributes.to_json(), expect);
    }

    #[test]
    fn an_attribute_without_a_canonical_form_is_declared_and_not_known() {
        let found = declarations(
            &[resource("aws_ssm_parameter.p", &json!({"name": "n", "key_id": "k"}))],
            &Bindings::default(),
        );
        let declared = &found.declarations[0].attributes;
        assert!(declared.get("key_id").unwrap().is_unknown());
        assert_eq!(declared.get("Name"), Some(&Value::from("n")));
    }

    #[test]
    fn members_are_folded_and_open_collections_are_told() {
        let group = resource(
            "aws_security_group.web",
            &json!({"name": "web", "egress": [{"protocol": "-1", "cidr_blocks": {"Fn::Unknown": "why"}}]}),
        );
        let rule = json!({"security_group_id": "sg-1", "ip_protocol": "tcp", "from_port": 22, "to_port": 22,
            "cidr_ipv4": "10.0.0.0/8"});
        let elsewhere = json!({"security_group_id": "sg-2", "ip_protocol": "-1", "cidr_ipv4": "10.0.0.0/8"});
        let resources = [
            group,
            resource("aws_vpc_security_group_ingress_rule.r", &rule),
            resource("aws_vpc_security_group_ingress_rule.e", &elsewhere),
            resource("aws_cloudtrail.t", &json!({})),
        ];
        let found = declarations(&resources, &bound("aws_security_group.web", Some("sg-1"), json!({"id": "sg-1"})));
        let [group] = &found.declarations[..] else { panic!("one") };
        let rules = json!([{"CidrIp": "10.0.0.0/8", "FromPort": 22, "IpProtocol": "tcp", "ToPort": 22}]);
        assert_eq!(group.attributes.get("SecurityGroupIngress").unwrap().to_json(), rules);
        let open: Vec<_> = found.open.iter().map(|open| (open.address.as_str(), open.property.as_str())).collect();
        assert_eq!(open, [("aws_security_group.web", "SecurityGroupEgress")]);
        let skipped: Vec<_> = found.skipped.iter().map(|s| (s.resource_type.as_str(), s.count)).collect();
        assert_eq!(skipped, [("aws_cloudtrail", 1), ("aws_vpc_security_group_ingress_rule", 1)]);
        assert!(found.problems.is_empty());
    }
}
