//! Where wanted objects are looked for: one kind in one namespace at a time.

use std::collections::{BTreeMap, BTreeSet};

use crate::live::Wanted;
use crate::model::ResourceType;

/// A kind, and the namespace to look in; `None`: in the whole cluster.
pub(super) type Place = (ResourceType, Option<String>);

/// What is wanted, by place and name.
pub(super) fn by_place(wanted: &BTreeSet<Wanted>) -> BTreeMap<Place, BTreeMap<String, Wanted>> {
    let mut places: BTreeMap<Place, BTreeMap<String, Wanted>> = BTreeMap::new();
    for wanted in wanted {
        let (namespace, name) = match wanted.key.split_once('/') {
            Some((namespace, name)) => (Some(namespace.to_owned()), name),
            None => (None, wanted.key.as_str()),
        };
        let place = places.entry((wanted.resource_type.clone(), namespace)).or_default();
        place.insert(name.to_owned(), wanted.clone());
    }
    places
}
