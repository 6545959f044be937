//! Functions on sets.

use std::collections::HashSet;

use super::super::convert;
use super::super::order;
use super::super::types::{Type, unify};
use super::super::value::{Content, SequenceKind, Value};
use super::Reading::{Members, Whole};
use super::arguments::Arguments;
use super::{ANY, Function, pure};

/// The most items that all combinations together may have.
const MAX_PRODUCT: usize = 1 << 18;

/// The family.
pub(super) const TABLE: &[Function] = &[
    pure("setintersection", (1, ANY), Whole, |a| {
        combine(a, |all| {
            let (first, others) = all.split_first()?;
            let others: Vec<HashSet<String>> = others.iter().map(|other| keys(other)).collect();
            let in_all = |item: &&Value| others.iter().all(|other| other.contains(&order::key(item)));
            Some(first.iter().filter(in_all).cloned().collect())
        })
    }),
    pure("setproduct", (2, ANY), Members, product),
    pure("setsubtract", (2, 2), Whole, |a| {
        combine(a, |all| {
            let (first, others) = all.split_first()?;
            let others: Vec<HashSet<String>> = others.iter().map(|other| keys(other)).collect();
            let in_none = |item: &&Value| !others.iter().any(|other| other.contains(&order::key(item)));
            Some(first.iter().filter(in_none).cloned().collect())
        })
    }),
    // What is not known is one item more, whatever it turns out to be.
    pure("setunion", (1, ANY), Members, |a| combine(a, |all| Some(all.concat()))),
];

fn keys(items: &[Value]) -> HashSet<String> {
    items.iter().map(order::key).collect()
}

/// The arguments as sets of one type, combined to one.
fn combine(arguments: &Arguments<'_>, select: impl Fn(&[Vec<Value>]) -> Option<Vec<Value>>) -> Result<Value, String> {
    let mut kinds = Vec::new();
    for at in 0..arguments.count() {
        kinds.push(convert::convert(&Value::tuple(arguments.items(at)?.to_vec()), &set_of(Type::Any))?);
    }
    let common = unify(kinds.iter().map(Type::of)).ok_or("all sets must have the same type")?;
    let mut sets = Vec::new();
    for kind in &kinds {
        sets.push(convert::convert(kind, &common)?.as_items().unwrap_or_default().to_vec());
    }
    Ok(order::set(select(&sets).unwrap_or_default()))
}

fn set_of(of: Type) -> Type {
    Type::Set(Box::new(of))
}

/// All combinations of one item of each argument; a set if one argument is a set.
fn product(arguments: &Arguments<'_>) -> Result<Value, String> {
    let mut lists = Vec::new();
    let mut size: usize = 1;
    for at in 0..arguments.count() {
        let items = convert::convert(&Value::tuple(arguments.items(at)?.to_vec()), &Type::List(Box::new(Type::Any)))?;
        size = size.saturating_mul(items.as_items().unwrap_or_default().len());
        lists.push(items);
    }
    if size.saturating_mul(arguments.count()) > MAX_PRODUCT {
        return Ok(Value::unknown("the product of the sets is too large"));
    }
    let mut rows: Vec<Vec<Value>> = vec![Vec::new()];
    for items in lists {
        let longer = |row: &Vec<Value>| {
            let row = row.clone();
            items
                .as_items()
                .unwrap_or_default()
                .iter()
                .map(move |item| row.iter().cloned().chain([item.clone()]).collect::<Vec<_>>())
                .collect::<Vec<_>>()
        };
        rows = rows.iter().flat_map(longer).collect();
    }
    let rows = rows.into_iter().map(Value::tuple);
    let is_set = |value: &Value| matches!(value.content, Content::Sequence(SequenceKind::Set, _));
    Ok(if arguments.all().iter().any(is_set) { order::set(rows) } else { Value::list(rows) })
}
