//! Terraform's AWS resources in the canonical model: one table a type, one file a service, one interpreter for all. The
//! types of the provider awscc need no table.
//!
//! The attributes come in as Terraform's state and our evaluator give them: an object with `snake_case` names, nested
//! blocks as lists of objects. What comes out has CloudFormation's types, property names and shapes. Knows no live
//! state and no file; a value that is not known passes through as it is.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::LazyLock;

use crate::model::{Bound, ResourceType, Value};

mod api_gateway;
mod autoscaling;
mod awscc;
mod cloudformation;
mod cloudwatch;
mod codedeploy;
mod dynamodb;
mod ec2;
mod ecr;
mod ecs;
mod efs;
mod eks;
mod elasticache;
mod elbv2;
mod events;
mod iam;
mod interpret;
mod kms;
mod lambda;
#[cfg(test)]
mod laws;
mod logs;
mod path;
mod policies;
#[cfg(test)]
mod provider_schema;
mod rds;
mod route53;
mod rule;
mod s3;
mod scaling;
mod secretsmanager;
mod security_group_rules;
mod sns;
mod sqs;
mod ssm;
mod tags;

use rule::{Mapping, Origin, Part, Produce, Properties};

/// Types of declarations that are nothing but a part of another one, until they are folded into it. CloudFormation has
/// no such types: there they are items of a list of the other one, or properties of it.
pub mod member {
    /// A managed policy of a role: an item of its `ManagedPolicyArns`.
    pub const ROLE_POLICY_ATTACHMENT: &str = "AWS::IAM::RolePolicyAttachment";
    /// A managed policy of a user: an item of its `ManagedPolicyArns`.
    pub const USER_POLICY_ATTACHMENT: &str = "AWS::IAM::UserPolicyAttachment";
    /// A managed policy of a group: an item of its `ManagedPolicyArns`.
    pub const GROUP_POLICY_ATTACHMENT: &str = "AWS::IAM::GroupPolicyAttachment";
    /// A target of a rule of an event bus: an item of its `Targets`.
    pub const RULE_TARGET: &str = "AWS::Events::RuleTarget";
    /// Properties of a bucket.
    pub const BUCKET_PROPERTIES: &str = "AWS::S3::BucketProperties";
    /// Properties of a queue.
    pub const QUEUE_PROPERTIES: &str = "AWS::SQS::QueueProperties";
    /// Properties of a key.
    pub const KEY_PROPERTIES: &str = "AWS::KMS::KeyProperties";
    /// Properties of a secret.
    pub const SECRET_PROPERTIES: &str = "AWS::SecretsManager::SecretProperties";
}

/// What surrounds a resource and takes part in its canonical form.
#[derive(Clone, Copy, Debug, Default)]
pub struct Context<'a> {
    /// The resource's address; a security group's `self` refers to it while the group's id is not known.
    pub address: &'a str,
    /// What is known of the resource from its last deployment, under Terraform's attribute names.
    pub bound: Option<&'a Bound>,
    /// The provider's `default_tags`, which go under the resource's own tags; `tags_all` has them already.
    pub default_tags: Option<&'a BTreeMap<String, Value>>,
}

/// A resource in the canonical model.
#[derive(Clone, Debug, PartialEq)]
pub struct Mapped {
    /// The canonical type.
    pub resource_type: ResourceType,
    /// An object of the type's properties.
    pub attributes: Value,
    /// What `Ref` returns for it in CloudFormation, if the attributes tell.
    pub identifier: Option<String>,
    /// Attributes that are set and have no place in the canonical model, as `block.attribute`; sorted.
    pub unmapped: Vec<String>,
    /// Lists of which it is not known how many items they have: a live item that is not declared may belong there.
    pub open: BTreeSet<String>,
    /// The attribute of the Terraform resource that it is made of, where that is a resource of its own in the canonical
    /// model: the policy that is written inside a queue.
    pub part: Option<&'static str>,
}

impl Mapped {
    /// Its address: that of the Terraform resource, or of the attribute of it that it is made of.
    pub fn address(&self, resource: &str) -> String {
        self.part.map_or_else(|| resource.to_owned(), |attribute| format!("{resource}.{attribute}"))
    }
}

/// Brings a resource to the canonical model. `None`: there is no mapping for its type.
///
/// Most resources become one; an `aws_security_group_rule` becomes one for each of its sources.
pub fn canonical(terraform_type: &str, attributes: &Value, context: &Context<'_>) -> Option<Vec<Mapped>> {
    let Some(mapping) = mapping(terraform_type) else {
        return awscc::canonical(terraform_type, attributes).map(|mapped| vec![mapped]);
    };
    let no_members = BTreeMap::new();
    let members = attributes.as_object().unwrap_or(&no_members);
    let mut outcome = interpret::apply(mapping, members, context);
    if let Some((property, tags)) = tags::canonical(mapping.tags, attributes, context.default_tags) {
        outcome.members.insert(property.to_owned(), tags);
    }
    let identifier = identifier_of(mapping, members);
    let origin = Origin { attributes: members, context };
    let mapped = parts(mapping, outcome.members, attributes, &origin).into_iter().map(|part| Mapped {
        resource_type: part.resource_type.into(),
        attributes: Value::object(part.properties).located(attributes.at.clone()),
        identifier: identifier.clone(),
        // What has no counterpart belongs to the resource itself.
        unmapped: if part.attribute.is_none() { outcome.unmapped.clone() } else { Vec::new() },
        open: outcome.open.clone(),
        part: part.attribute,
    });
    Some(mapped.collect())
}

/// What the properties of a resource are made into.
fn parts(mapping: &Mapping, mut properties: Properties, attributes: &Value, origin: &Origin<'_>) -> Vec<Part> {
    let whole = |properties| vec![Part::whole(mapping.canonical, properties)];
    match mapping.produce {
        Produce::Resource => whole(properties),
        Produce::Instance => whole(ec2::name_root_device(properties, origin.context)),
        Produce::InlinePolicy => whole(iam::name_policy(properties, origin.context)),
        Produce::GroupRule(direction) => {
            vec![Part::whole(direction.resource_type(), security_group_rules::normalise(properties))]
        }
        Produce::GroupRules => {
            let rules = security_group_rules::of_resource(attributes).into_iter();
            rules.map(|(resource_type, properties)| Part::whole(resource_type, properties)).collect()
        }
        Produce::Finished(finish) => {
            finish(&mut properties, origin);
            whole(properties)
        }
        Produce::Either { set, canonical } => {
            let is_other = origin.attributes.get(set).is_some_and(interpret::is_set);
            vec![Part::whole(if is_other { canonical } else { mapping.canonical }, properties)]
        }
        Produce::WithPolicy(policy) => policies::apart(mapping.canonical, policy, properties, origin),
        Produce::Parts(parts) => parts(properties, origin),
    }
}

/// What CloudFormation's `Ref` returns for a resource, from its attributes under Terraform's names.
pub fn identifier(terraform_type: &str, attributes: &BTreeMap<String, Value>) -> Option<String> {
    match mapping(terraform_type) {
        Some(mapping) => identifier_of(mapping, attributes),
        None => awscc::identifier(terraform_type, attributes),
    }
}

/// The canonical patterns of an attribute as `lifecycle.ignore_changes` names it: `desired_count` is `DesiredCount`,
/// `load_balancer[0].container_port` is `LoadBalancers.*.ContainerPort`, `tags["Name"]` is `Tags[Key=Name]`, `all` and
/// `*` are `*`. A pattern stands for what it names and everything in it. Several: the properties that a block becomes.
/// None: it has no canonical form.
pub fn canonical_paths(terraform_type: &str, attribute: &str) -> Vec<String> {
    match attribute.trim() {
        "*" | "all" if is_mapped(terraform_type) => vec!["*".to_owned()],
        attribute => match mapping(terraform_type) {
            Some(mapping) => path::canonical(mapping, attribute),
            None => awscc::canonical_paths(terraform_type, attribute),
        },
    }
}

/// Whether a type has a canonical form.
fn is_mapped(terraform_type: &str) -> bool {
    mapping(terraform_type).is_some() || awscc::is_type(terraform_type)
}

/// The property in which resources of a type keep their tags.
pub fn tags_property(terraform_type: &str) -> Option<&'static str> {
    mapping(terraform_type)?.tags.property()
}

/// Every table; the order does not matter.
const MAPPINGS: [&[Mapping]; 34] = [
    api_gateway::MAPPINGS,
    autoscaling::MAPPINGS,
    cloudformation::MAPPINGS,
    cloudwatch::MAPPINGS,
    codedeploy::MAPPINGS,
    dynamodb::MAPPINGS,
    ec2::MAPPINGS,
    ec2::attachments::MAPPINGS,
    ec2::defaults::MAPPINGS,
    ec2::launch_template::MAPPINGS,
    ec2::network_acl::MAPPINGS,
    ec2::volume::MAPPINGS,
    ec2::vpc::MAPPINGS,
    ecr::MAPPINGS,
    ecs::MAPPINGS,
    efs::MAPPINGS,
    eks::MAPPINGS,
    elasticache::MAPPINGS,
    elbv2::MAPPINGS,
    elbv2::listener::MAPPINGS,
    elbv2::target_group::MAPPINGS,
    events::MAPPINGS,
    iam::MAPPINGS,
    kms::MAPPINGS,
    lambda::MAPPINGS,
    logs::MAPPINGS,
    rds::MAPPINGS,
    route53::MAPPINGS,
    s3::MAPPINGS,
    scaling::MAPPINGS,
    secretsmanager::MAPPINGS,
    sns::MAPPINGS,
    sqs::MAPPINGS,
    ssm::MAPPINGS,
];

/// Every type that has a table, under each of its names, with its canonical type; sorted.
pub fn types() -> BTreeMap<&'static str, &'static str> {
    let own = MAPPINGS.iter().copied().flatten().map(|mapping| (mapping.terraform, mapping.canonical));
    let aliases = elbv2::ALIASES.iter().filter_map(|(alias, _)| Some((*alias, mapping(alias)?.canonical)));
    own.chain(aliases).collect()
}

fn mapping(terraform_type: &str) -> Option<&'static Mapping> {
    static BY_NAME: LazyLock<HashMap<&str, &Mapping>> = LazyLock::new(|| {
        let own: HashMap<_, _> =
            MAPPINGS.iter().copied().flatten().map(|mapping| (mapping.terraform, mapping)).collect();
        let aliases = elbv2::ALIASES.iter().filter_map(|(alias, name)| Some((*alias, *own.get(name)?)));
        aliases.chain(own.iter().map(|(name, mapping)| (*name, *mapping))).collect()
    });
    BY_NAME.get(terraform_type).copied()
}

fn identifier_of(mapping: &Mapping, attributes: &BTreeMap<String, Value>) -> Option<String> {
    let text = |name: &&str| attributes.get(*name).and_then(Value::as_str).filter(|text| !text.is_empty());
    mapping.identifier.iter().find_map(text).map(str::to_owned)
}

/// Checks what a resource becomes, given and expected as JSON: the table tests of all services.
#[cfg(test)]
fn check(terraform_type: &str, attributes: &serde_json::Value, expect: &serde_json::Value) {
    let mapped = canonical(terraform_type, &Value::from_json(attributes), &Context::default()).unwrap();
    let found: Vec<_> = mapped.iter().map(|mapped| mapped.attributes.to_json()).collect();
    let mut expect = if expect.is_array() { expect.clone() } else { serde_json::json!([expect]) };
    expect.sort_all_objects();
    assert_eq!(serde_json::Value::from(found), expect, "{terraform_type}");
    for mapped in mapped {
        assert_eq!(mapped.unmapped, [""; 0], "{terraform_type}");
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use serde_json::json;

    use super::*;
    use crate::model::{Fingerprinter, Kind, Location, Reference};

    fn mapped(terraform_type: &str, attributes: &Value, context: &Context<'_>) -> Mapped {
        canonical(terraform_type, attributes, context).unwrap().remove(0)
    }

    #[test]
    fn a_type_without_a_table_has_no_canonical_form() {
        assert_eq!(canonical("aws_cloudtrail", &Value::object::<String>([]), &Context::default()), None);
    }

    #[test]
    fn no_type_has_two_tables_and_no_attribute_two_rules() {
        let mut types = BTreeSet::new();
        for mapping in MAPPINGS.iter().copied().flatten() {
            assert!(types.insert(mapping.terraform), "{}", mapping.terraform);
            let names = mapping.rules.iter().flat_map(|rule| match rule {
                rule::Rule::Property { from, .. } => vec![*from],
                rule::Rule::Given { .. } => Vec::new(),
                rule::Rule::TerraformOnly(names)
                | rule::Rule::Computed(names)
                | rule::Rule::Code(names)
                | rule::Rule::Uncovered(names) => names.to_vec(),
            });
            let mut seen = BTreeSet::new();
            for name in names {
                assert!(seen.insert(name), "{}.{name}", mapping.terraform);
            }
        }
    }

    #[test]
    fn what_no_table_names_is_reported_when_it_is_set() {
        let check = |attributes, expect: &[&str]| {
            let attributes = Value::from_json(&attributes);
            assert_eq!(mapped("aws_instance", &attributes, &Context::default()).unmapped, expect);
        };
        check(json!({"ami": "ami-1", "new_thing": "x"}), &["new_thing"]);
        check(json!({"a": null, "b": "", "c": [], "d": {}}), &[]);
        check(
            json!({"disable_api_stop": false, "placement_partition_number": 0}),
            &["disable_api_stop", "placement_partition_number"],
        );
        check(
            json!({"metadata_options": [{"http_tokens": "required", "new_thing": 1}]}),
            &["metadata_options.new_thing"],
        );
        check(json!({"new_thing": {"Fn::Unknown": "why"}}), &["new_thing"]);
        check(json!({"timeouts": [{"create": "5m"}], "user_data_replace_on_change": true}), &[]);
    }

    #[test]
    fn what_is_not_known_and_what_is_secret_passes_through_whole() {
        let unknown = Value::reference(
            Reference { address: "aws_iam_policy.p".to_owned(), attribute: Some("arn".to_owned()) },
            "not deployed yet",
        );
        let secret = Fingerprinter::new(*b"key").hide(&Value::from("hunter2"));
        for value in [unknown, secret] {
            let check = |terraform_type, attribute, path: &[&str]| {
                let attributes = Value::object([(attribute, value.clone())]);
                let mapped = mapped(terraform_type, &attributes, &Context::default());
                assert_eq!(mapped.attributes.at_keys(path.iter().copied()), Some(&value), "{attribute}");
            };
            check("aws_iam_role", "assume_role_policy", &["AssumeRolePolicyDocument"]);
            check("aws_iam_role", "inline_policy", &["Policies"]);
            check("aws_iam_role", "max_session_duration", &["MaxSessionDuration"]);
            check("aws_ecs_task_definition", "container_definitions", &["ContainerDefinitions"]);
            check("aws_ecs_service", "network_configuration", &["NetworkConfiguration", "AwsvpcConfiguration"]);
            check("aws_security_group", "ingress", &["SecurityGroupIngress"]);
            check("aws_cloudwatch_metric_alarm", "dimensions", &["Dimensions"]);
            check("aws_instance", "tags", &["Tags"]);
            check("aws_ssm_parameter", "tags", &["Tags"]);
            check("aws_ssm_parameter", "value", &["Value"]);
        }
    }

    #[test]
    fn values_keep_their_places_and_documents_take_that_of_their_text() {
        let file: Arc<str> = "main.tf".into();
        let at = |line| Some(Location::new(Arc::clone(&file), line, 3));
        let attributes = Value::object([
            ("name", Value::from("r").located(at(2))),
            ("assume_role_policy", Value::from(r#"{"Statement": [{"Effect": "Allow"}]}"#).located(at(3))),
            ("tags", Value::object([("Name", Value::from("x").located(at(5)))]).located(at(4))),
        ])
        .located(at(1));
        let role = mapped("aws_iam_role", &attributes, &Context::default()).attributes;
        assert_eq!(role.at, at(1));
        assert_eq!(role.get("RoleName").unwrap().at, at(2));
        let statements = role.at_keys(["AssumeRolePolicyDocument", "Statement"]).unwrap();
        assert_eq!(statements.at, at(3));
        assert_eq!(statements.as_list().unwrap()[0].get("Effect").unwrap().at, at(3));
        let tag = &role.get("Tags").unwrap().as_list().unwrap()[0];
        assert_eq!((tag.get("Value").unwrap().at.clone(), tag.at.clone()), (at(5), at(5)));
    }

    #[test]
    fn default_tags_go_under_the_tags_of_the_resource() {
        let defaults = BTreeMap::from([("env".to_owned(), Value::from("prod")), ("team".to_owned(), Value::from("a"))]);
        let context = Context { default_tags: Some(&defaults), ..Context::default() };
        let check = |terraform_type, attributes, expect| {
            let found = mapped(terraform_type, &Value::from_json(&attributes), &context);
            assert_eq!(found.attributes.get("Tags").map(Value::to_json), expect);
        };
        let tag = |key: &str, value: &str| json!({"Key": key, "Value": value});
        check("aws_instance", json!({}), Some(json!([tag("env", "prod"), tag("team", "a")])));
        check(
            "aws_instance",
            json!({"tags": {"team": "b", "n": 1}}),
            Some(json!([tag("env", "prod"), tag("n", "1"), tag("team", "b")])),
        );
        check("aws_instance", json!({"tags": null, "tags_all": {"x": "y"}}), Some(json!([tag("x", "y")])));
        check("aws_ssm_parameter", json!({}), Some(json!({"env": "prod", "team": "a"})));
        check("aws_iam_role_policy", json!({}), None);
    }

    #[test]
    fn the_identifier_is_what_ref_returns() {
        let check = |terraform_type, attributes, expect: Option<&str>| {
            let found = mapped(terraform_type, &Value::from_json(&attributes), &Context::default());
            assert_eq!(found.identifier.as_deref(), expect, "{terraform_type}");
        };
        check("aws_ecs_cluster", json!({"id": "arn:c", "name": "c"}), Some("c"));
        check("aws_ecs_service", json!({"id": "arn:s", "name": "s"}), Some("arn:s"));
        check("aws_ecs_task_definition", json!({"id": "t", "arn": "arn:t:1"}), Some("arn:t:1"));
        check("aws_security_group", json!({"id": "sg-1", "name": "g"}), Some("sg-1"));
        check("aws_security_group", json!({"name": "g"}), None);
        check("aws_instance", json!({"id": "i-1"}), Some("i-1"));
        check("aws_iam_role", json!({"name": "r", "arn": "arn:r"}), Some("r"));
        check("aws_iam_role", json!({"name": {"Fn::Unknown": "why"}}), None);
        check("aws_iam_policy", json!({"id": "arn:p", "arn": "arn:p"}), Some("arn:p"));
        check("aws_lambda_function", json!({"function_name": "f"}), Some("f"));
        check("aws_lambda_alias", json!({"arn": "arn:f:a", "name": "a"}), Some("arn:f:a"));
        check("aws_cloudwatch_metric_alarm", json!({"alarm_name": "a"}), Some("a"));
        check("aws_ssm_parameter", json!({"name": "/p"}), Some("/p"));
    }

    proptest::proptest! {
        #[test]
        fn no_attributes_make_a_mapping_panic(text in ".{0,80}", number: i64, which: proptest::sample::Index) {
            let mappings: Vec<_> = MAPPINGS.iter().copied().flatten().collect();
            let mapping = which.get(&mappings);
            let values = [
                Value::from(text.as_str()),
                Value::from(number),
                Value::list([Value::from(text.as_str()), Value::object([("name", Value::from(number))]),
                    Value::new(Kind::Null)]),
                Value::object([(text.as_str(), Value::list([Value::object::<String>([])]))]),
            ];
            for value in values {
                let attributes = mapping.rules.iter().filter_map(|rule| match rule {
                    rule::Rule::Property { from, .. } => Some((*from, value.clone())),
                    _ => None,
                });
                canonical(mapping.terraform, &Value::object(attributes), &Context::default());
                canonical(mapping.terraform, &value, &Context::default());
            }
            canonical_paths(mapping.terraform, &text);
        }
    }
}
