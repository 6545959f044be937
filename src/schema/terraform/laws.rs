//! What holds for every row of every table: two values are two outcomes, and "not set" is the same as absent.

use serde_json::{Value as Json, json};

use super::rule::{Mapping, Rule, Shape};
use super::{Context, MAPPINGS, interpret};
use crate::model::Value;

/// Two values that a person could mean, and what a state has where nobody said anything.
struct Samples {
    set: [Json; 2],
    unset: Vec<Json>,
}

/// Samples of a value; `None` where code makes the property, which has its own tests.
fn samples(shape: Shape) -> Option<Samples> {
    let of = |set: [Json; 2], unset: &[Json]| Some(Samples { set, unset: unset.to_vec() });
    let nothing = [json!(null)];
    match shape {
        Shape::Text | Shape::Item(..) | Shape::Listed(_) | Shape::Entry(_) => {
            of([json!("a"), json!("b")], &[json!(null), json!("")])
        }
        Shape::FreeText => of([json!("a"), json!("")], &nothing),
        Shape::Number => of([json!(0), json!("7")], &nothing),
        Shape::NumberUnless(unset) => of([json!(unset + 1), json!(unset + 2)], &[json!(null), json!(unset)]),
        Shape::Flag => of([json!(false), json!("true")], &nothing),
        Shape::FlagText => of([json!("false"), json!("true")], &[json!(null), json!("")]),
        Shape::Choice(names) => match names {
            [(one, _), (other, _), ..] => of([json!(one), json!(other)], &[json!(null), json!("")]),
            _ => of([json!("a"), json!("b")], &[json!(null), json!("")]),
        },
        Shape::Texts | Shape::Wrapped(_) => of([json!(["a"]), json!(["a", "b"])], &nothing),
        Shape::SomeTexts => of([json!(["a"]), json!(["a", "b"])], &[json!(null), json!([])]),
        Shape::Map | Shape::Pairs(..) => of([json!({"a": "b"}), json!({"a": "c"})], &nothing),
        Shape::NumberPairs(..) => of([json!({"a": 0}), json!({"a": 1})], &nothing),
        Shape::Document => of([json!("{\"a\": 1}"), json!("{\"a\": 2}")], &[json!(null), json!("")]),
        Shape::Keyed(key, value) => of([json!([{key: "a", value: "1"}]), json!([{key: "a", value: "2"}])], &nothing),
        _ => None,
    }
}

/// Attributes that say something only together with others of their block; they have tests of their own.
const WITH_OTHERS: &[&str] = &["log_delivery_configuration.destination"];

/// Checks one rule in the blocks that it stands in, from the outermost.
fn check(mapping: &Mapping, rule: &Rule, blocks: &[&str]) {
    let Rule::Property { from, shape, .. } = rule else { return };
    if let Shape::Block(rules) | Shape::Blocks(rules) | Shape::SomeBlocks(rules) | Shape::Expanded(rules, _) = shape {
        let blocks = [blocks, &[from]].concat();
        return rules.iter().for_each(|rule| check(mapping, rule, &blocks));
    }
    let place = [blocks, &[from]].concat().join(".");
    let Some(samples) = samples(*shape).filter(|_| !WITH_OTHERS.contains(&place.as_str())) else { return };
    let outcome = |inner: Json| {
        let within = |inner: Json, block: &&str| json!({*block: [inner]});
        let attributes = Value::from_json(&blocks.iter().rev().fold(inner, within));
        let outcome = interpret::apply(mapping, attributes.as_object().unwrap(), &Context::default());
        assert_eq!(outcome.unmapped, [""; 0], "{}", mapping.terraform);
        outcome.members
    };
    let name = || format!("{} {place}", mapping.terraform);
    let [one, other] = samples.set.each_ref().map(|value| outcome(json!({*from: value})));
    assert_ne!(one, other, "{}", name());
    let absent = outcome(json!({}));
    for unset in &samples.unset {
        assert_eq!(outcome(json!({*from: unset})), absent, "{} = {unset}", name());
    }
    for (set, members) in samples.set.iter().zip([one, other]) {
        assert_ne!(members, absent, "{} = {set}", name());
    }
}

#[test]
fn of_every_row_two_values_are_two_outcomes_and_not_set_is_absent() {
    for mapping in MAPPINGS.iter().copied().flatten() {
        mapping.rules.iter().for_each(|rule| check(mapping, rule, &[]));
    }
}
