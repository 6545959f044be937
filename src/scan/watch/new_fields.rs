//! New fields of a service: what it starts to return for every resource of a type is no change by hand.
//!
//! One resource changed by hand is never taken for one: at least [`MANY`] resources of a type have to show the same new
//! value at once, and every one that was held against its baseline has to show the field.

use std::collections::{BTreeMap, BTreeSet};

use super::{Difference, Look};
use crate::model::{AttributeDrift, ResourceType};
use crate::scan::assess::Inputs;

/// Fewer resources may have been changed by hand in the time between two scans.
const MANY: usize = 3;

/// A property, its lists' items written as `*`, with the value in which it came.
type Field = (String, String);

/// Takes new fields over into the baselines, and says how many values that were.
pub(super) fn take_over(inputs: &Inputs<'_>, looks: &mut [Look]) -> usize {
    let types: BTreeSet<ResourceType> = looks.iter().map(|look| look.after.key.resource_type.clone()).collect();
    let mut count = 0;
    for resource_type in types {
        let held_back = is_any_unseen(inputs, looks, &resource_type);
        let mut of_type: Vec<_> =
            looks.iter_mut().filter(|look| look.after.key.resource_type == resource_type && is_held(look)).collect();
        let fields = fields(&of_type);
        for look in &mut of_type {
            let differing = look.before.as_ref().map(|before| before.differing.clone()).unwrap_or_default();
            let is_new = |one: &AttributeDrift| {
                !differing.contains_key(&one.path) && field(one).is_some_and(|field| fields.contains(&field))
            };
            if held_back {
                // Once the others are seen, theirs come with these and not alone.
                let before = look.differences.len();
                look.differences.retain(|one| !is_new(&one.attribute));
                count += before - look.differences.len();
            } else {
                count += look.take_over(is_new);
            }
        }
    }
    count
}

/// Whether a resource was held against a baseline as the last scan left it.
fn is_held(look: &Look) -> bool {
    look.before.is_some() && !look.deployed
}

/// Whether a resource of a type has a baseline and could not be looked at by this scan.
fn is_any_unseen(inputs: &Inputs<'_>, looks: &[Look], resource_type: &ResourceType) -> bool {
    let of_type = inputs.known.baselines.iter().filter(|known| known.key.resource_type == *resource_type);
    let declared = of_type.filter(|known| {
        inputs.declared.declarations.iter().any(|declaration| declaration.address == known.key.address)
    });
    let mut here = declared.filter(|known| {
        Some(known.key.region.as_str()) == inputs.scope.region.as_deref()
            && Some(known.key.account.as_str()) == inputs.scope.account.as_deref()
    });
    here.any(|known| looks.iter().all(|look| look.after.key != known.key))
}

fn field(attribute: &AttributeDrift) -> Option<Field> {
    let live = attribute.live.as_ref().filter(|_| attribute.applied.is_none())?;
    Some((attribute.path.pattern(), live.to_json().to_string()))
}

/// The fields that are new on every one of these resources, with the value that most and at least [`MANY`] have.
fn fields(looks: &[&mut Look]) -> BTreeSet<Field> {
    let mut patterns: BTreeMap<String, usize> = BTreeMap::new();
    let mut values: BTreeMap<Field, usize> = BTreeMap::new();
    for look in looks {
        let is_unheard_of = |one: &&Difference| {
            look.before.as_ref().is_none_or(|before| !before.differing.contains_key(&one.attribute.path))
        };
        let found: BTreeSet<Field> =
            look.differences.iter().filter(is_unheard_of).filter_map(|one| field(&one.attribute)).collect();
        let of_look: BTreeSet<&String> = found.iter().map(|(pattern, _)| pattern).collect();
        of_look.into_iter().for_each(|pattern| *patterns.entry(pattern.clone()).or_default() += 1);
        found.into_iter().for_each(|field| *values.entry(field).or_default() += 1);
    }
    let is_new = |(pattern, _): &Field, count: usize| {
        count >= MANY && 2 * count > looks.len() && patterns.get(pattern) == Some(&looks.len())
    };
    values.into_iter().filter(|(field, count)| is_new(field, *count)).map(|(field, _)| field).collect()
}
