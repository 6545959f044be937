//! Holds the tables against the provider's schema: every attribute is placed, and no row names what does not exist.

use std::collections::{BTreeMap, BTreeSet};

use super::rule::{Mapping, OF_EVERY_TYPE, Rule, Shape};

/// `scripts/generate-terraform-provider-schema.py` makes it and says what it is made of.
const LIST: &str = include_str!("../../../tests/fixtures/terraform-provider/aws.txt");

/// Attributes that the tables name and the listed version of the provider does not have, with the versions that do.
const OF_OTHER_VERSIONS: &[(&str, &str, &str)] = &[
    ("aws_ecs_cluster", "capacity_providers", "to 4"),
    ("aws_ecs_cluster", "default_capacity_provider_strategy", "to 4"),
    ("aws_ecs_service", "deployment_configuration", "from 6"),
    ("aws_ecs_service", "load_balancer.advanced_configuration", "from 6"),
    ("aws_ecs_service", "sigint_rollback", "from 6"),
    ("aws_iam_policy", "delay_after_policy_creation_in_ms", "from 6"),
    ("aws_instance", "force_destroy", "from 6"),
    ("aws_lambda_function", "response_streaming_invoke_arn", "from 6"),
    ("aws_lambda_function", "source_kms_key_arn", "from 6"),
];

/// What is in a type or block: attributes, with what is in them.
#[derive(Debug, Default)]
struct Members(BTreeMap<String, Attribute>);

#[derive(Debug, Default)]
struct Attribute {
    is_computed: bool,
    members: Members,
}

/// Every type of the list.
fn types() -> BTreeMap<String, Members> {
    let mut types: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    let mut current = String::new();
    for line in LIST.lines().filter(|line| !line.starts_with('#')) {
        if line.starts_with(' ') {
            types.get_mut(&current).unwrap().push(line);
        } else {
            current = line.to_owned();
            types.insert(current.clone(), Vec::new());
        }
    }
    let read = |(name, lines): (String, Vec<&str>)| {
        let text = lines.join(" ").replace('{', " { ").replace('}', " } ");
        (name, members(&mut text.split_whitespace().peekable()))
    };
    types.into_iter().map(read).collect()
}

fn members<'a>(words: &mut std::iter::Peekable<impl Iterator<Item = &'a str>>) -> Members {
    let mut found = Members::default();
    while let Some(word) = words.next().filter(|word| *word != "}") {
        let mut attribute = Attribute { is_computed: word.ends_with('*'), ..Attribute::default() };
        if words.next_if_eq(&"{").is_some() {
            attribute.members = members(words);
        }
        found.0.insert(word.trim_end_matches('*').to_owned(), attribute);
    }
    found
}

/// What is wrong between rules and the schema, as `type.block.attribute: what`.
fn check(tables: &[&[Rule]], schema: &Members, at: &str, wrong: &mut Vec<String>) {
    let rules = || tables.iter().copied().flatten();
    let mut placed: BTreeMap<&str, Option<&'static [Rule]>> = BTreeMap::new();
    for rule in rules() {
        match rule {
            Rule::Property {
                from,
                shape: Shape::Block(inner) | Shape::Blocks(inner) | Shape::SomeBlocks(inner) | Shape::Expanded(inner, _),
                ..
            } => {
                placed.insert(*from, Some(*inner));
            }
            Rule::Property { from, .. } => {
                placed.insert(*from, None);
            }
            Rule::Given { .. } => {}
            Rule::Computed(names) | Rule::Uncovered(names) | Rule::TerraformOnly(names) | Rule::Code(names) => {
                placed.extend(names.iter().map(|name| (*name, None)));
            }
        }
    }
    for (name, attribute) in &schema.0 {
        let here = format!("{at}.{name}");
        match placed.get(name.as_str()) {
            None => wrong.push(format!("{here}: placed nowhere")),
            Some(Some(inner)) => check(&[inner], &attribute.members, &here, wrong),
            Some(None) => {}
        }
    }
    let of_every_type: BTreeSet<&str> = OF_EVERY_TYPE.iter().flat_map(names_of).collect();
    for rule in rules() {
        for name in names_of(rule) {
            if !schema.0.contains_key(name) && !of_every_type.contains(name) {
                wrong.push(format!("{at}.{name}: not in the provider's schema"));
            }
        }
    }
}

fn names_of(rule: &Rule) -> Vec<&'static str> {
    match rule {
        Rule::Property { from, .. } | Rule::Given { from, .. } => vec![from],
        Rule::Uncovered(names) | Rule::TerraformOnly(names) | Rule::Computed(names) | Rule::Code(names) => {
            names.to_vec()
        }
    }
}

fn mappings() -> impl Iterator<Item = &'static Mapping> {
    super::MAPPINGS.iter().copied().flatten()
}

#[test]
fn every_attribute_of_the_providers_schema_is_placed_and_every_row_names_one() {
    let types = types();
    let mut wrong = Vec::new();
    for mapping in mappings() {
        let Some(schema) = types.get(mapping.terraform) else {
            wrong.push(format!("{}: not in the list", mapping.terraform));
            continue;
        };
        check(&[mapping.rules, mapping.tags.rules(), OF_EVERY_TYPE], schema, mapping.terraform, &mut wrong);
    }
    let known =
        OF_OTHER_VERSIONS.iter().map(|(resource, path, _)| format!("{resource}.{path}: not in the provider's schema"));
    let (known, wrong): (BTreeSet<String>, BTreeSet<String>) = (known.collect(), wrong.into_iter().collect());
    let missing: Vec<_> = wrong.difference(&known).collect();
    assert!(missing.is_empty(), "{} rows:\n{missing:#?}", missing.len());
    let fixed: Vec<_> = known.difference(&wrong).collect();
    assert!(fixed.is_empty(), "listed as of another version without need: {fixed:#?}");
}

#[test]
fn the_list_has_the_mapped_types_and_no_other() {
    let listed: BTreeSet<String> = types().into_keys().collect();
    let mapped: BTreeSet<String> = mappings().map(|mapping| mapping.terraform.to_owned()).collect();
    assert_eq!(listed, mapped, "run scripts/generate-terraform-provider-schema.py");
}

#[test]
fn what_only_the_service_says_is_not_declared() {
    let types = types();
    for mapping in mappings() {
        for name in mapping.rules.iter().flat_map(|rule| match rule {
            Rule::Property { from, .. } => vec![*from],
            _ => Vec::new(),
        }) {
            let attribute = types.get(mapping.terraform).and_then(|schema| schema.0.get(name));
            assert!(!attribute.is_some_and(|attribute| attribute.is_computed), "{}.{name}", mapping.terraform);
        }
    }
}
