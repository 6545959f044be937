//! The canonical pattern of an attribute that `lifecycle.ignore_changes` names.

use super::rule::{Literal, Mapping, Rule, Shape, Tags};
use crate::model::AttributePath;
use crate::schema::{Facts, Says};

/// See [`super::canonical_paths`].
pub(super) fn canonical(mapping: &Mapping, attribute: &str) -> Vec<String> {
    let steps = steps(attribute);
    let Some((Step::Name(first), rest)) = steps.split_first() else { return Vec::new() };
    match mapping.tags.property() {
        Some(property) if matches!(*first, "tags" | "tags_all") => vec![tags(mapping.tags, property, rest)],
        _ => of_direction(mapping, first, properties(mapping.rules, first, rest)),
    }
}

/// The patterns of a block that makes only some of a list's items, those that it gives a flag, such as the entries of
/// one direction: the items are told by the last part of their key.
fn of_direction(mapping: &Mapping, block: &str, patterns: Vec<String>) -> Vec<String> {
    let flag_of = |rule: &Rule| match rule {
        Rule::Given { to, value: Literal::Flag(flag), .. } => Some((*to, *flag)),
        _ => None,
    };
    let given = mapping.rules.iter().find_map(|rule| match rule {
        Rule::Property { from, to, shape: Shape::Blocks(rules) } if *from == block => {
            rules.iter().find_map(flag_of).map(|(member, flag)| (*to, member, flag))
        }
        _ => None,
    });
    let Some((list, member, flag)) = given else { return patterns };
    let facts = Facts::of(&mapping.canonical.into());
    let keyed = facts.at(&AttributePath::keys([list])).find_map(|says| match says {
        Says::KeyedBy(members) if members.last() == Some(&member) => Some(members.join(",")),
        _ => None,
    });
    let Some(by) = keyed else { return patterns };
    let named = |pattern: String| match pattern.strip_prefix(list) {
        Some(rest) => format!("{list}[{by}=*,{flag}]{}", rest.strip_prefix(".*").unwrap_or(rest)),
        None => pattern,
    };
    patterns.into_iter().map(named).collect()
}

fn tags(kept: Tags, property: &str, rest: &[Step<'_>]) -> String {
    let Some(Step::Name(key)) = rest.first() else { return property.to_owned() };
    match kept {
        Tags::Map => format!("{property}.{key}"),
        Tags::Specification(_) => format!("{property}.*.Tags[Key={key}]"),
        _ => format!("{property}[Key={key}]"),
    }
}

fn properties(rules: &[Rule], name: &str, rest: &[Step<'_>]) -> Vec<String> {
    // The position of a block is not that of its item in the canonical model: it stands for every item.
    let rest = match rest {
        [Step::Index, rest @ ..] => rest,
        rest => rest,
    };
    let found = rules.iter().flat_map(|rule| match rule {
        Rule::Property { from, to, shape } if *from == name => at(to, *shape, rest),
        _ => Vec::new(),
    });
    found.collect()
}

fn at(to: &str, shape: Shape, rest: &[Step<'_>]) -> Vec<String> {
    let inner = |between: &str, found: Vec<String>| {
        found.into_iter().map(|inner| format!("{to}{between}{inner}")).collect::<Vec<_>>()
    };
    match (shape, rest) {
        // What is in the block stands beside where the block would.
        (Shape::Block(rules), [Step::Name(next), rest @ ..]) if to.is_empty() => properties(rules, next, rest),
        (Shape::Block(rules), _) if to.is_empty() => {
            let all = rules.iter().flat_map(|rule| match rule {
                Rule::Property { to, shape, .. } => at(to, *shape, &[]),
                _ => Vec::new(),
            });
            all.collect()
        }
        (Shape::Block(rules), [Step::Name(next), rest @ ..]) => inner(".", properties(rules, next, rest)),
        (
            Shape::Blocks(rules) | Shape::SomeBlocks(rules) | Shape::Expanded(rules, _),
            [Step::Name(next), rest @ ..],
        ) => inner(".*.", properties(rules, next, rest)),
        (Shape::Map, [Step::Name(key), ..]) => vec![format!("{to}.{key}")],
        (Shape::Pairs(by, _) | Shape::NumberPairs(by, _), [Step::Name(key), ..]) => vec![format!("{to}[{by}={key}]")],
        (Shape::Entry(key), _) => vec![format!("{to}[Key={key}]")],
        _ => vec![to.to_owned()],
    }
}

/// One step of an attribute's path.
#[derive(Debug, PartialEq)]
pub(super) enum Step<'a> {
    /// `.subnets` or `["Name"]`.
    Name(&'a str),
    /// `[0]` or `[*]`.
    Index,
}

/// The steps of an attribute's path as Terraform writes it.
pub(super) fn steps(attribute: &str) -> Vec<Step<'_>> {
    let mut steps = Vec::new();
    let mut rest = attribute;
    while !rest.is_empty() {
        let step;
        (step, rest) = if let Some(quoted) = rest.strip_prefix("[\"") {
            let (key, rest) = quoted.split_once("\"]").unwrap_or((quoted, ""));
            (Step::Name(key), rest)
        } else if let Some(index) = rest.strip_prefix('[') {
            (Step::Index, index.split_once(']').map_or("", |(_, rest)| rest))
        } else {
            let named = rest.strip_prefix('.').unwrap_or(rest);
            let end = named.find(['.', '[']).unwrap_or(named.len());
            let (name, rest) = named.split_at(end);
            (if is_position(name) { Step::Index } else { Step::Name(name) }, rest)
        };
        steps.push(step);
    }
    steps
}

/// The older spelling of a position: `load_balancer.0.container_port`.
fn is_position(name: &str) -> bool {
    name == "*" || (!name.is_empty() && name.bytes().all(|byte| byte.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use super::super::canonical_paths;

    #[test]
    fn an_ignored_attribute_is_named_as_in_the_canonical_model() {
        let check = |terraform_type: &str, attribute: &str, expect: Option<&str>| {
            assert_eq!(canonical_paths(terraform_type, attribute), Vec::from_iter(expect), "{attribute}");
        };
        check("aws_ecs_service", "desired_count", Some("DesiredCount"));
        check("aws_ecs_service", "all", Some("*"));
        check("aws_ecs_service", "*", Some("*"));
        check("aws_ecs_service", "load_balancer", Some("LoadBalancers"));
        check("aws_ecs_service", "load_balancer[0].container_port", Some("LoadBalancers.*.ContainerPort"));
        check("aws_ecs_service", "load_balancer.0.container_port", Some("LoadBalancers.*.ContainerPort"));
        check(
            "aws_ecs_service",
            "network_configuration[0].subnets[1]",
            Some("NetworkConfiguration.AwsvpcConfiguration.Subnets"),
        );
        check("aws_ecs_service", "deployment_maximum_percent", Some("DeploymentConfiguration.MaximumPercent"));
        check("aws_ecs_task_definition", "container_definitions", Some("ContainerDefinitions"));
        check("aws_security_group", "ingress", Some("SecurityGroupIngress"));
        check("aws_network_acl", "ingress", Some("Entries[RuleNumber,Egress=*,false]"));
        check("aws_default_network_acl", "egress", Some("Entries[RuleNumber,Egress=*,true]"));
        check("aws_network_acl", "egress[0].cidr_block", Some("Entries[RuleNumber,Egress=*,true].CidrBlock"));
        check("aws_iam_role", "assume_role_policy", Some("AssumeRolePolicyDocument"));
        check("aws_instance", "tags[\"team.owner\"]", Some("Tags[Key=team.owner]"));
        check("aws_instance", "tags_all", Some("Tags"));
        check("aws_ssm_parameter", "tags.Name", Some("Tags.Name"));
        check("aws_lambda_function", "environment[0].variables[\"A\"]", Some("Environment.Variables.A"));
        check("aws_cloudwatch_metric_alarm", "dimensions[\"X\"]", Some("Dimensions[Name=X]"));
        check("aws_lambda_function", "source_code_hash", None);
        check("aws_lambda_alias", "tags", None);
        check("aws_ecs_service", "no_such", None);
        check("aws_cloudtrail", "name", None);
        check("aws_ecs_service", "[0]", None);
        check("aws_ecs_service", "", None);
        check("aws_ecs_service", "[\"", None);
    }
}
