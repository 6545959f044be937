//! The canonical pattern of an attribute that `lifecycle.ignore_changes` names.

use super::rule::{Mapping, Rule, Shape};

/// See [`super::canonical_path`].
pub(super) fn canonical(mapping: &Mapping, attribute: &str) -> Option<String> {
    let attribute = attribute.trim();
    if attribute == "*" || attribute == "all" {
        return Some("*".to_owned());
    }
    let steps = steps(attribute);
    let (first, rest) = steps.split_first()?;
    if matches!(first, Step::Name("tags" | "tags_all")) {
        return mapping.tags.are_kept().then(|| match rest.first() {
            Some(Step::Name(key)) if mapping.tags == super::rule::Tags::List => format!("Tags[Key={key}]"),
            Some(Step::Name(key)) => format!("Tags.{key}"),
            _ => "Tags.*".to_owned(),
        });
    }
    property(mapping.rules, first, rest)
}

fn property(rules: &[Rule], first: &Step<'_>, rest: &[Step<'_>]) -> Option<String> {
    let Step::Name(name) = first else { return None };
    let (to, shape) = rules.iter().find_map(|rule| match rule {
        Rule::Property { from, to, shape } if from == name => Some((*to, *shape)),
        _ => None,
    })?;
    // The position of a block in Terraform is not that of its item: a position stands for every item.
    let rest = match rest {
        [Step::Index, rest @ ..] => rest,
        rest => rest,
    };
    let inner = match (shape, rest) {
        (Shape::Block(rules), [next, rest @ ..]) => property(rules, next, rest),
        (Shape::Blocks(rules), [next, rest @ ..]) => property(rules, next, rest).map(|inner| format!("*.{inner}")),
        (Shape::Map, [Step::Name(key), ..]) => Some((*key).to_owned()),
        (Shape::Pairs(by, _), [Step::Name(key), ..]) => return Some(format!("{to}[{by}={key}]")),
        (shape, _) if shape.has_parts() => Some("*".to_owned()),
        _ => return Some(to.to_owned()),
    };
    Some(format!("{to}.{}", inner.unwrap_or_else(|| "*".to_owned())))
}

/// One step of an attribute's path: `network_configuration`, `[0]`, `["Name"]`.
#[derive(Debug, PartialEq)]
enum Step<'a> {
    Name(&'a str),
    Index,
}

fn steps(attribute: &str) -> Vec<Step<'_>> {
    let parts = attribute.split(['.', '[']).map(|part| part.trim_end_matches(']').trim());
    parts
        .filter(|part| !part.is_empty())
        .map(|part| match part.strip_prefix('"').and_then(|part| part.strip_suffix('"')) {
            Some(key) => Step::Name(key),
            None if part == "*" || part.bytes().all(|byte| byte.is_ascii_digit()) => Step::Index,
            None => Step::Name(part),
        })
        .collect()
}
