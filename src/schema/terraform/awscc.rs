//! The types of Terraform's provider awscc: CloudFormation's, with the property names in `snake_case`.
//!
//! No table: the names convert back by themselves, and [`ResourceFacts`] lists those that do not, the maps, whose keys
//! are the user's, and the objects without a form, which are texts of JSON in Terraform. Source of the naming: the
//! reference of the provider's resources.

use std::collections::BTreeMap;
use std::sync::{LazyLock, OnceLock};

use super::interpret::document;
use super::path::{Step as Named, steps};
use super::{Mapped, ResourceType};
use crate::model::{AttributePath, Kind, Step, Value};
use crate::schema::fact::pattern_matches;
use crate::schema::resource_facts::{ResourceFacts, resource_facts, resource_types};

/// How every type of the provider begins.
pub(super) const PREFIX: &str = "awscc_";

/// What every resource has besides its properties: awscc's own identifier, and what steers Terraform.
const NO_PROPERTIES: [&str; 2] = ["id", "timeouts"];

/// CloudFormation's types by the names that the provider gives them.
static TYPES: LazyLock<BTreeMap<String, Type>> = LazyLock::new(|| {
    let named = resource_types().filter_map(|name| Some((terraform_name(name)?, Type { name, said: OnceLock::new() })));
    named.collect()
});

fn terraform_name(resource_type: &str) -> Option<String> {
    let (service, resource) = resource_type.strip_prefix("AWS::")?.split_once("::")?;
    Some(format!("{PREFIX}{}_{}", service.to_ascii_lowercase(), snake_case(resource)))
}

/// A type of the provider.
struct Type {
    name: &'static str,
    said: OnceLock<Option<Said>>,
}

/// What the schema of a type says.
struct Said {
    facts: &'static ResourceFacts,
    /// By the provider's name the patterns of properties with names that do not convert back.
    unusual: BTreeMap<String, Vec<&'static str>>,
    /// What stands for a primary `Id`: `id` is awscc's own, so it goes by the name of the type.
    own_id: Option<String>,
}

fn find(terraform_type: &str) -> Option<(&'static str, &'static Said)> {
    let found = TYPES.get(terraform_type)?;
    let said = found.said.get_or_init(|| Said::of(found.name)).as_ref()?;
    Some((found.name, said))
}

/// Whether the provider has a type.
pub(super) fn is_type(terraform_type: &str) -> bool {
    find(terraform_type).is_some()
}

/// The resource in the canonical model. `None`: there is no such type.
pub(super) fn canonical(terraform_type: &str, attributes: &Value) -> Option<Mapped> {
    let (name, said) = find(terraform_type)?;
    let members = attributes.as_object().map(|members| said.properties(members)).unwrap_or_default();
    Some(Mapped {
        resource_type: ResourceType::from(name),
        identifier: attributes.as_object().and_then(|attributes| said.identifier(attributes, &members)),
        attributes: Value::object(members).located(attributes.at.clone()),
        unmapped: Vec::new(),
        open: Default::default(),
        part: None,
    })
}

/// See [`super::identifier`].
pub(super) fn identifier(terraform_type: &str, attributes: &BTreeMap<String, Value>) -> Option<String> {
    let (_, said) = find(terraform_type)?;
    said.identifier(attributes, &said.properties(attributes))
}

/// See [`super::canonical_paths`].
pub(super) fn canonical_paths(terraform_type: &str, attribute: &str) -> Vec<String> {
    let Some((_, said)) = find(terraform_type) else { return Vec::new() };
    let (mut path, mut pattern) = (AttributePath::root(), Vec::new());
    for step in steps(attribute) {
        let written = match step {
            Named::Name(name) if said.facts.is_map(&path) => name.to_owned(),
            Named::Name(name) => said.property(&path, name),
            Named::Index => "*".to_owned(),
        };
        path = match step {
            Named::Name(_) => path.key(&written),
            Named::Index => path.then(Step::Index(0)),
        };
        pattern.push(written);
    }
    if pattern.is_empty() { Vec::new() } else { vec![pattern.join(".")] }
}

impl Said {
    fn of(resource_type: &str) -> Option<Self> {
        let facts = resource_facts(resource_type)?;
        let mut unusual: BTreeMap<String, Vec<&str>> = BTreeMap::new();
        for pattern in facts.unusual_names() {
            let name = pattern.rsplit('.').next().unwrap_or(pattern);
            unusual.entry(snake_case(name)).or_default().push(pattern);
        }
        let has_id = facts.primary_identifier().iter().any(|name| &**name == "Id");
        let resource = resource_type.rsplit("::").next().unwrap_or(resource_type);
        Some(Self { facts, unusual, own_id: has_id.then(|| format!("{}_id", snake_case(resource))) })
    }

    fn properties(&self, attributes: &BTreeMap<String, Value>) -> BTreeMap<String, Value> {
        let root = AttributePath::root();
        let properties = attributes.iter().filter(|(name, _)| !NO_PROPERTIES.contains(&name.as_str()));
        properties.filter_map(|(name, value)| self.member(&root, name, value)).collect()
    }

    /// What the first part of the primary identifier holds: the others say where it is. A type with one part has it in
    /// `id` too.
    fn identifier(&self, attributes: &BTreeMap<String, Value>, properties: &BTreeMap<String, Value>) -> Option<String> {
        let primary = self.facts.primary_identifier();
        let text = |value: &Value| value.as_str().filter(|text| !text.is_empty()).map(str::to_owned);
        let own = primary.first().and_then(|name| properties.get(&**name)).and_then(text);
        own.or_else(|| attributes.get("id").filter(|_| primary.len() == 1).and_then(text))
    }

    fn member(&self, within: &AttributePath, name: &str, value: &Value) -> Option<(String, Value)> {
        let name = if self.facts.is_map(within) { name.to_owned() } else { self.property(within, name) };
        let value = self.value(&within.key(&name), value)?;
        Some((name, value))
    }

    /// A value in the shape of the property at a path; `None` for `null`, Terraform's "not set".
    fn value(&self, path: &AttributePath, value: &Value) -> Option<Value> {
        match &value.kind {
            Kind::Null => None,
            Kind::Object(members) => {
                let members = members.iter().filter_map(|(name, value)| self.member(path, name, value));
                Some(value.with(Kind::Object(members.collect())))
            }
            Kind::List(items) => {
                let items = items.iter().enumerate();
                let items = items.filter_map(|(at, item)| self.value(&path.then(Step::Index(at)), item));
                Some(value.with(Kind::List(items.collect())))
            }
            Kind::String(_) if self.facts.is_document(path) => {
                let is_document = |parsed: &Value| matches!(parsed.kind, Kind::Object(_) | Kind::List(_));
                document(value).filter(is_document).or_else(|| Some(value.clone()))
            }
            _ => Some(value.clone()),
        }
    }

    /// The property that an attribute of the object at a path is.
    fn property(&self, within: &AttributePath, attribute: &str) -> String {
        if within.is_root() && self.own_id.as_deref() == Some(attribute) {
            return "Id".to_owned();
        }
        let mut unusual = self.unusual.get(attribute).into_iter().flatten().filter_map(|pattern| {
            let name = pattern.rsplit('.').next()?;
            pattern_matches(pattern, &within.key(name)).then(|| name.to_owned())
        });
        unusual.next().unwrap_or_else(|| pascal_case(attribute))
    }
}

/// Words that count as one in the provider's names.
const ONE_WORD: [(&str, &str); 4] =
    [("CloudFormation", "Cloudformation"), ("CloudFront", "Cloudfront"), ("CloudWatch", "Cloudwatch"), ("FSx", "Fsx")];

/// The provider's name for a property. `scripts/generate-resource-facts.py` has the same rule.
fn snake_case(property: &str) -> String {
    let property = ONE_WORD.iter().fold(property.to_owned(), |name, (written, word)| name.replace(written, word));
    let letters: Vec<char> = property.chars().collect();
    let mut name = String::with_capacity(property.len() + 8);
    for (at, letter) in letters.iter().enumerate() {
        let before = at.checked_sub(1).and_then(|at| letters.get(at)).copied().unwrap_or('_');
        let after = letters.get(at + 1).copied().unwrap_or('_');
        let begins_last_word_of_capitals =
            before.is_ascii_uppercase() && letter.is_ascii_uppercase() && after.is_ascii_lowercase();
        let ends_small_letters =
            before.is_ascii_lowercase() && (letter.is_ascii_uppercase() || letter.is_ascii_digit());
        let ends_digits = before.is_ascii_digit() && letter.is_ascii_alphabetic();
        if begins_last_word_of_capitals || ends_small_letters || ends_digits {
            name.push('_');
        }
        name.push(if letter.is_ascii_alphanumeric() { letter.to_ascii_lowercase() } else { '_' });
    }
    name
}

fn pascal_case(attribute: &str) -> String {
    let mut name = String::with_capacity(attribute.len());
    for word in attribute.split('_') {
        let mut letters = word.chars();
        name.extend(letters.next().map(|first| first.to_ascii_uppercase()));
        name.push_str(letters.as_str());
    }
    name
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::check;
    use super::*;

    #[test]
    fn a_name_is_the_providers() {
        let check = |property: &str, expect: &str| assert_eq!(snake_case(property), expect);
        check("Arn", "arn");
        check("EnableDnsHostnames", "enable_dns_hostnames");
        check("VPCZoneIdentifier", "vpc_zone_identifier");
        check("S3Bucket", "s3_bucket");
        check("Ipv6CidrBlock", "ipv_6_cidr_block");
        check("TargetGroupARNs", "target_group_ar_ns");
        check("CloudWatchLogsLogGroupArn", "cloudwatch_logs_log_group_arn");
        check("LocationFSxLustre", "location_fsx_lustre");
    }

    #[test]
    fn a_type_is_found_by_the_name_of_the_provider() {
        let check = |name: &str, expect: Option<&str>| assert_eq!(find(name).map(|(found, _)| found), expect);
        check("awscc_s3_bucket", Some("AWS::S3::Bucket"));
        check("awscc_ec2_vpc_endpoint", Some("AWS::EC2::VPCEndpoint"));
        check("awscc_rds_db_instance", Some("AWS::RDS::DBInstance"));
        check("awscc_wafv2_web_acl", Some("AWS::WAFv2::WebACL"));
        check("awscc_applicationautoscaling_scalable_target", Some("AWS::ApplicationAutoScaling::ScalableTarget"));
        check("awscc_datasync_location_s3", Some("AWS::DataSync::LocationS3"));
        check("awscc_nothing_at_all", None);
        check("aws_s3_bucket", None);
    }

    #[test]
    fn no_two_types_have_one_name() {
        let named = resource_types().filter(|name| terraform_name(name).is_some()).count();
        assert_eq!(TYPES.len(), named);
        assert!(named > 1_800, "{named}");
    }

    #[test]
    fn every_name_that_a_schema_says_something_about_converts_back() {
        let mut count = 0;
        for terraform in TYPES.keys() {
            let (name, said) = find(terraform).unwrap();
            let spoken_of = said.facts.read_only().chain(said.facts.unusual_names());
            for pattern in spoken_of.filter(|pattern| !pattern.starts_with("**.")) {
                let mut path = AttributePath::root();
                for segment in pattern.split('.') {
                    path = if segment == "*" {
                        path.then(Step::Index(0))
                    } else {
                        let back = said.property(&path, &snake_case(segment));
                        // A primary `Id` is not what goes by the name of the type.
                        assert!(back == segment || back == "Id", "{name} {pattern}: {back}");
                        count += 1;
                        path.key(segment)
                    };
                }
            }
            for pattern in said.facts.unusual_names().filter_map(|pattern| pattern.strip_prefix("**.")) {
                let path = AttributePath::keys(["Anything"]);
                assert_eq!(said.property(&path, &snake_case(pattern)), pattern, "{name}");
                count += 1;
            }
        }
        assert!(count > 6_000, "{count}");
        println!("{count} names of {} types", TYPES.len());
    }

    #[test]
    fn names_lists_and_objects_are_those_of_cloudformation() {
        check(
            "awscc_ecs_service",
            &json!({
                "cluster": "c", "deployment_configuration": {"deployment_circuit_breaker": {"enable": true,
                    "rollback": null}, "maximum_percent": 200},
                "desired_count": 2, "enable_ecs_managed_tags": false, "id": "arn:s|c",
                "load_balancers": [{"container_port": 80, "target_group_arn": "arn:t"}],
                "network_configuration": {"awsvpc_configuration": {"assign_public_ip": "DISABLED", "subnets": []}},
                "service_arn": "arn:s", "tags": [{"key": "a_b", "value": "c_d"}], "task_definition": "t:1"
            }),
            &json!({
                "Cluster": "c", "DeploymentConfiguration": {"DeploymentCircuitBreaker": {"Enable": true},
                    "MaximumPercent": 200},
                "DesiredCount": 2, "EnableECSManagedTags": false,
                "LoadBalancers": [{"ContainerPort": 80, "TargetGroupArn": "arn:t"}],
                "NetworkConfiguration": {"AwsvpcConfiguration": {"AssignPublicIp": "DISABLED", "Subnets": []}},
                "ServiceArn": "arn:s", "Tags": [{"Key": "a_b", "Value": "c_d"}], "TaskDefinition": "t:1"
            }),
        );
    }

    #[test]
    fn a_map_keeps_its_keys() {
        check(
            "awscc_lambda_function",
            &json!({"environment": {"variables": {"log_level": "debug", "RULES": "{\"a\":1}"}}, "function_name": "f",
                "kms_key_arn": "arn:k"}),
            &json!({"Environment": {"Variables": {"RULES": "{\"a\":1}", "log_level": "debug"}}, "FunctionName": "f",
                "KmsKeyArn": "arn:k"}),
        );
    }

    #[test]
    fn an_object_without_a_form_is_the_document_in_its_text() {
        check(
            "awscc_iam_role",
            &json!({"assume_role_policy_document": "{\"Version\":\"2012-10-17\"}", "description": "{}",
                "policies": [{"policy_document": "{\"Statement\":[]}", "policy_name": "p"}]}),
            &json!({"AssumeRolePolicyDocument": {"Version": "2012-10-17"}, "Description": "{}",
                "Policies": [{"PolicyDocument": {"Statement": []}, "PolicyName": "p"}]}),
        );
    }

    #[test]
    fn an_object_that_may_be_a_text_is_the_object() {
        check(
            "awscc_sqs_queue",
            &json!({"redrive_policy": "{\"deadLetterTargetArn\":\"arn:d\",\"maxReceiveCount\":5}"}),
            &json!({"RedrivePolicy": {"deadLetterTargetArn": "arn:d", "maxReceiveCount": 5}}),
        );
        check("awscc_sqs_queue", &json!({"redrive_policy": "{"}), &json!({"RedrivePolicy": "{"}));
    }

    #[test]
    fn names_that_do_not_convert_back_are_looked_up() {
        check(
            "awscc_autoscaling_auto_scaling_group",
            &json!({"max_size": "2", "target_group_ar_ns": ["arn:t"], "vpc_zone_identifier": ["subnet-1"]}),
            &json!({"MaxSize": "2", "TargetGroupARNs": ["arn:t"], "VPCZoneIdentifier": ["subnet-1"]}),
        );
        check(
            "awscc_ec2_network_acl",
            &json!({"id": "acl-1", "network_acl_id": "acl-1", "vpc_id": "vpc-1"}),
            &json!({"Id": "acl-1", "VpcId": "vpc-1"}),
        );
    }

    #[test]
    fn the_identifier_is_the_first_part_of_the_primary_one() {
        let check = |terraform: &str, attributes, expect: Option<&str>| {
            let attributes = Value::from_json(&attributes);
            let found = canonical(terraform, &attributes).unwrap().identifier;
            assert_eq!(found.as_deref(), expect, "{terraform}");
            assert_eq!(identifier(terraform, attributes.as_object().unwrap()), found);
        };
        check("awscc_s3_bucket", json!({"bucket_name": "b", "id": "b"}), Some("b"));
        check("awscc_ec2_vpc", json!({"id": "vpc-1"}), Some("vpc-1"));
        check("awscc_ecs_service", json!({"id": "arn:s|c", "service_arn": "arn:s"}), Some("arn:s"));
        check("awscc_ecs_service", json!({"id": "arn:s|c"}), None);
        check("awscc_s3_bucket", json!({"bucket_name": {"Fn::Unknown": "why"}}), None);
    }

    #[test]
    fn an_ignored_attribute_is_named_as_in_the_canonical_model() {
        let check = |attribute: &str, expect: &str| {
            let found = super::super::canonical_paths("awscc_ecs_service", attribute);
            assert_eq!(found, Vec::from_iter((!expect.is_empty()).then_some(expect)), "{attribute}");
        };
        check("desired_count", "DesiredCount");
        check("load_balancers[0].container_port", "LoadBalancers.*.ContainerPort");
        check("enable_ecs_managed_tags", "EnableECSManagedTags");
        check("all", "*");
        check("", "");
        let variable = super::super::canonical_paths("awscc_lambda_function", "environment.variables[\"log_level\"]");
        assert_eq!(variable, ["Environment.Variables.log_level"]);
    }

    #[test]
    fn what_is_not_known_passes_through() {
        let unknown = json!({"Fn::Unknown": "why"});
        check("awscc_s3_bucket", &json!({"bucket_name": unknown, "tags": null}), &json!({"BucketName": unknown}));
    }
}
