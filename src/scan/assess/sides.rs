//! The comparison of one resource: which values stand on its three sides, and what its merge base is.

pub(super) mod object;

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde_json::Value as Json;

use self::object::Autoscaled;
use super::{Inputs, remembered};
use crate::applied::merge_base::{self, History};
use crate::applied::{Trust, stack, stack_tags};
use crate::compare::{self, Band, Base, Comparison, Limits, Reader, Subject};
use crate::config::Undeclared;
use crate::model::{AttributePath, Declaration, Live, Value};
use crate::scan::revisions::Revisions;
use crate::scan::watch::{self, Look};
use crate::schema;
use crate::schema::kubernetes::TypeSchema;

/// What all resources of a stack together say of single ones.
#[derive(Debug, Default)]
pub(in crate::scan) struct Together {
    pub(super) revisions: Revisions,
    pub(super) autoscaled: Autoscaled,
}

/// Compares what is declared.
pub(in crate::scan) fn compare_one(inputs: &Inputs<'_>, declaration: &Declaration, live: &Live) -> Comparison {
    compare_and_watch(inputs, &Together::default(), declaration, live).0
}

/// Compares what is declared, and in a watched stack also what is not.
pub(super) fn compare_and_watch(
    inputs: &Inputs<'_>,
    together: &Together,
    declaration: &Declaration,
    live: &Live,
) -> (Comparison, Option<Look>) {
    if inputs.schemas.is_some() {
        return (object::compare(inputs, &together.autoscaled, declaration, Some(live)), None);
    }
    let open_collections = inputs.declared.open_of(&declaration.address);
    let applied = inputs.applied.resources.get(&declaration.address).map(|applied| &applied.attributes);
    let attributes = together.revisions.as_bound(&declaration.resource_type, &live.attributes);
    let sides = Sides::of(inputs, declaration, applied, attributes);
    let declared = stack_tags::add(&inputs.applied.stack_tags, &sides.declared, &sides.live);
    let base = base_of(inputs, declaration, &sides, None);
    let subject = Subject {
        resource_type: &declaration.resource_type,
        identifier: Some(&live.identifier),
        account: inputs.scope.account.as_deref(),
        region: inputs.scope.region.as_deref(),
        declared: &declared,
        base: &base,
        live: &sides.live,
        reader: Reader::OfType,
        open_collections: &open_collections,
        ignored: &declaration.ignored,
        bands: &bands_of(inputs, declaration, live),
    };
    let mut comparison = compare::compare(&subject);
    let look =
        (inputs.undeclared == Undeclared::Watch).then(|| watch::look(inputs, declaration, &subject, &mut comparison));
    (comparison, look)
}

/// The limits that scalable targets set for attributes of a resource: those that the stack declares, and where it
/// declares none, those that are registered.
fn bands_of(inputs: &Inputs<'_>, declaration: &Declaration, live: &Live) -> Vec<Band> {
    let resource_type = &declaration.resource_type;
    if !schema::is_scalable(resource_type) {
        return Vec::new();
    }
    let names = [&live.attributes, &declaration.attributes].map(|side| schema::natural_key(resource_type, side));
    let names: Vec<String> = names.into_iter().flatten().collect();
    let declared = inputs.declared.declarations.iter();
    let targets = declared.filter(|one| one.resource_type.as_str() == schema::SCALABLE_TARGET);
    let declared = targets.filter_map(|target| schema::scaled(&target.attributes));
    let declared = declared.filter(|one| one.resource_type == *resource_type && names.contains(&one.key));
    let registered = inputs.live.scaling.of(resource_type, &names).cloned();
    let known = declared.chain(registered).map(|one| (one.path, Limits::Between(one.min, one.max)));
    let unread = inputs.live.scaling.unread(resource_type).into_iter();
    let unread = unread.flat_map(|reason| {
        let attributes = schema::scaled_attributes(resource_type).into_iter();
        attributes.map(|path| (path, Limits::Unread(reason.to_owned())))
    });
    let mut bands: Vec<Band> = Vec::new();
    for (path, limits) in known.chain(unread) {
        if !bands.iter().any(|band| band.path == path) {
            bands.push(Band { path, limits, owner: "Application Auto Scaling" });
        }
    }
    bands
}

/// The values of one resource. What is a secret on one side is one on all of them.
struct Sides<'a> {
    declared: Cow<'a, Value>,
    applied: Option<Cow<'a, Value>>,
    live: Cow<'a, Value>,
}

impl<'a> Sides<'a> {
    fn of(inputs: &Inputs<'_>, declaration: &'a Declaration, applied: Option<&'a Value>, live: Cow<'a, Value>) -> Self {
        let hide = |value: Cow<'a, Value>, like: &Value| match value {
            Cow::Borrowed(value) => inputs.fingerprints.hide_like(value, like),
            Cow::Owned(value) => Cow::Owned(inputs.fingerprints.hide_like(&value, like).into_owned()),
        };
        let applied = applied.map(Cow::Borrowed);
        let hide_as_applied = |value: Cow<'a, Value>| match &applied {
            Some(like) => hide(value, like),
            None => value,
        };
        let declared = hide_as_applied(Cow::Borrowed(&declaration.attributes));
        let live = hide_as_applied(hide(live, &declared));
        Self { applied: applied.map(|applied| hide(applied, &declared)), declared, live }
    }
}

/// What was last deployed of a resource, as far as that can be believed.
fn base_of(inputs: &Inputs<'_>, declaration: &Declaration, sides: &Sides<'_>, schema: Option<&TypeSchema>) -> Base {
    let applied = match &sides.applied {
        Some(applied) => applied,
        // It exists, and no deployment of this stack made it: nothing of it was ever applied.
        None if inputs.applied.is_complete => return Base::deployed(Value::object::<String>([])),
        None => return Base::unknown(),
    };
    if inputs.applied.trust == Trust::Deployed {
        let mut deployed = applied.clone().into_owned();
        stack::restore_text(&mut deployed, &sides.declared);
        return Base::deployed(stack_tags::add(&inputs.applied.stack_tags, &deployed, &sides.live).into_owned());
    }
    let in_sync = inputs.known.bases.get(&declaration.address).map(stored_base).unwrap_or_default();
    let open = inputs.known.open_drift(&declaration.resource_type, &declaration.address);
    let open = open.into_iter().flat_map(|drift| &drift.attributes);
    let open_drifts: BTreeMap<AttributePath, Option<Value>> = open
        .filter(|attribute| attribute.standing.is_manual_change())
        .map(|attribute| (attribute.path.clone(), attribute.live.as_ref().map(Value::from_stored_json)))
        .collect();
    let earlier = inputs.history.get(&declaration.address).map(Vec::as_slice).unwrap_or_default();
    let earlier: Vec<_> = earlier.iter().map(|then| inputs.fingerprints.hide_like(then, &sides.declared)).collect();
    let history = History {
        resource_type: &declaration.resource_type,
        account: inputs.scope.account.as_deref(),
        region: inputs.scope.region.as_deref(),
        schema,
        declared: &sides.declared,
        state: applied,
        in_sync: &in_sync,
        open_drifts: &open_drifts,
    };
    merge_base::merge_base(&history, earlier.iter().map(Cow::as_ref))
}

fn stored_base(stored: &BTreeMap<String, Json>) -> BTreeMap<AttributePath, Value> {
    // A path that does not read back was written by a later version; without it the attribute has no base.
    let attributes = stored.iter().filter(|(path, _)| !remembered::is_fact(path));
    attributes.filter_map(|(path, value)| Some((path.parse().ok()?, Value::from_stored_json(value)))).collect()
}
