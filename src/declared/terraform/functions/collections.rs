//! Functions on lists and maps.

use std::collections::{BTreeMap, HashSet};

use super::super::convert;
use super::super::operators::derived;
use super::super::order;
use super::super::types::{Type, unify};
use super::super::value::{Content, MappingKind, SequenceKind, Value};
use super::Reading::{Members, Own, Whole};
use super::arguments::Arguments;
use super::strings::texts;
use super::text_units::{UNCERTAIN, characters};
use super::{ANY, Function, pure};

/// The family.
pub(super) const TABLE: &[Function] = &[
    pure("alltrue", (1, 1), Own, |a| quantified(a, false)),
    pure("anytrue", (1, 1), Own, |a| quantified(a, true)),
    pure("chunklist", (2, 2), Members, chunklist),
    pure("coalesce", (1, ANY), Own, coalesce),
    pure("coalescelist", (1, ANY), Own, coalescelist),
    pure("compact", (1, 1), Whole, |a| {
        let kept = a.items(0)?.iter().filter(|item| !item.is_null() && item.as_text() != Some(""));
        Ok(Value::list(texts(&kept.cloned().collect::<Vec<_>>())?.into_iter().map(Value::text)))
    }),
    pure("concat", (1, ANY), Members, concat),
    pure("contains", (2, 2), Own, contains),
    pure("distinct", (1, 1), Whole, distinct),
    pure("element", (2, 2), Members, element),
    pure("flatten", (1, 1), Own, flatten),
    pure("index", (2, 2), Members, index),
    pure("keys", (1, 1), Members, |a| {
        let keys = a.members(0)?.keys().map(|key| Value::text(key.as_str())).collect();
        Ok(Value::sequence(sequence_of(a.value(0)?), keys))
    }),
    pure("length", (1, 1), Members, length),
    pure("lookup", (2, 3), Own, lookup),
    pure("matchkeys", (3, 3), Whole, matchkeys),
    pure("merge", (0, ANY), Members, merge),
    pure("one", (1, 1), Members, |a| match a.items(0)? {
        [] => Ok(Value::null()),
        [only] => Ok(only.clone()),
        _ => Err("the list has more than one item".to_owned()),
    }),
    pure("range", (1, 3), Whole, super::numeric::range),
    pure("reverse", (1, 1), Members, |a| Ok(like(a.value(0)?, a.items(0)?.iter().rev().cloned().collect()))),
    pure("slice", (3, 3), Members, |a| {
        let (items, from, to) = (ordered(a.value(0)?)?, a.size(1)?, a.size(2)?);
        let part = items.get(from..to).ok_or("the positions are not within the list")?;
        Ok(like(a.value(0)?, part.to_vec()))
    }),
    pure("sort", (1, 1), Members, |a| {
        // What is not known may stand anywhere; how many there are is known.
        let whole = a.value(0)?;
        if whole.has_unknown() {
            return Ok(Value::list(a.items(0)?.iter().map(|_| derived(&[whole]))));
        }
        let sensitive = whole.has_sensitive();
        let mut items = a.texts(0)?;
        items.sort();
        Ok(Value::list(items.into_iter().map(Value::text)).marked(sensitive))
    }),
    pure("transpose", (1, 1), Whole, transpose),
    pure("values", (1, 1), Members, |a| {
        let values = a.members(0)?.values().cloned().collect();
        Ok(Value::sequence(sequence_of(a.value(0)?), values))
    }),
    pure("zipmap", (2, 2), Members, zipmap),
];

/// A list made of parts of another: of the same kind, and a list if that was a set.
fn like(of: &Value, items: Vec<Value>) -> Value {
    match &of.content {
        Content::Sequence(SequenceKind::Tuple, _) => Value::tuple(items),
        _ => Value::list(items),
    }
}

/// What the keys and values of a mapping are: a list for a map, whose members have one type.
fn sequence_of(mapping: &Value) -> SequenceKind {
    match mapping.content {
        Content::Mapping(MappingKind::Map, _) => SequenceKind::List,
        _ => SequenceKind::Tuple,
    }
}

/// The items of something that has an order.
fn ordered(value: &Value) -> Result<&[Value], String> {
    match &value.content {
        Content::Sequence(SequenceKind::Set, _) => Err("a set has no positions".to_owned()),
        _ => value.as_items().ok_or_else(|| convert::mismatch(value, "list")),
    }
}

/// The items of an argument, all of one type.
fn alike(arguments: &Arguments<'_>, at: usize) -> Result<Vec<Value>, String> {
    let list = convert::convert(arguments.value(at)?, &Type::List(Box::new(Type::Any)))?;
    list.as_items().map(<[Value]>::to_vec).ok_or_else(|| convert::mismatch(&list, "list"))
}

/// Whether one item is `settles`; then it decides, whatever the others are.
fn quantified(arguments: &Arguments<'_>, settles: bool) -> Result<Value, String> {
    let list = arguments.value(0)?;
    if list.is_unknown() {
        return Ok(derived(&[list]));
    }
    let mut unknown = None;
    for item in arguments.items(0)? {
        if item.is_unknown() {
            unknown = Some(item);
        } else if item.is_null() {
            if !settles {
                return Ok(Value::bool(false).marked(list.has_sensitive()));
            }
        } else if convert::truth(item)? == settles {
            return Ok(Value::bool(settles).marked(list.has_sensitive()));
        }
    }
    let value = unknown.map_or_else(|| Value::bool(!settles), |unknown| derived(&[unknown]));
    Ok(value.marked(list.has_sensitive()))
}

fn chunklist(arguments: &Arguments<'_>) -> Result<Value, String> {
    let (items, size) = (alike(arguments, 0)?, arguments.size(1)?);
    if size == 0 {
        return Ok(Value::list([Value::list(items.to_vec())]));
    }
    Ok(Value::list(items.chunks(size).map(|chunk| Value::list(chunk.to_vec()))))
}

/// The first argument that is neither null nor an empty text, converted to the type that all arguments share.
fn coalesce(arguments: &Arguments<'_>) -> Result<Value, String> {
    let sensitive = arguments.all().iter().any(Value::has_sensitive);
    let common = unify(arguments.all().iter().map(Type::of)).ok_or("all arguments must have the same type")?;
    for value in arguments.all() {
        if value.is_unknown() {
            return Ok(derived(&[value]).marked(sensitive));
        }
        if !value.is_null() && value.as_text() != Some("") {
            return Ok(convert::convert(value, &common)?.marked(sensitive));
        }
    }
    Err("all arguments are null or empty".to_owned())
}

fn coalescelist(arguments: &Arguments<'_>) -> Result<Value, String> {
    for (at, value) in arguments.all().iter().enumerate() {
        if value.is_unknown() {
            return Ok(derived(&[value]));
        }
        if !ordered(arguments.value(at)?)?.is_empty() {
            return Ok(value.clone());
        }
    }
    Err("all arguments are null or empty".to_owned())
}

fn concat(arguments: &Arguments<'_>) -> Result<Value, String> {
    let mut items = Vec::new();
    for at in 0..arguments.count() {
        items.extend(ordered(arguments.value(at)?)?.iter().cloned());
    }
    let is_list = |value: &Value| matches!(value.content, Content::Sequence(SequenceKind::List, _));
    if arguments.all().iter().all(is_list) {
        return convert::convert(&Value::tuple(items.clone()), &Type::List(Box::new(Type::Any)))
            .or_else(|_| Ok(Value::tuple(items)));
    }
    Ok(Value::tuple(items))
}

fn contains(arguments: &Arguments<'_>) -> Result<Value, String> {
    let (list, wanted) = (arguments.value(0)?, arguments.value(1)?);
    let sensitive = list.has_sensitive() || wanted.has_sensitive();
    if list.is_unknown() || wanted.has_unknown() {
        return Ok(derived(&[list, wanted]));
    }
    let items = arguments.items(0)?;
    if items.iter().any(|item| !item.has_unknown() && convert::equal(item, wanted)) {
        return Ok(Value::bool(true).marked(sensitive));
    }
    Ok(if list.has_unknown() { derived(&[list]) } else { Value::bool(false) }.marked(sensitive))
}

fn distinct(arguments: &Arguments<'_>) -> Result<Value, String> {
    let mut kept: Vec<Value> = Vec::new();
    let mut seen = HashSet::new();
    for item in &alike(arguments, 0)? {
        if seen.insert(order::key(item)) {
            kept.push(item.clone());
        }
    }
    Ok(Value::list(kept))
}

fn element(arguments: &Arguments<'_>) -> Result<Value, String> {
    let (items, at) = (ordered(arguments.value(0)?)?, arguments.whole(1)?);
    let length = i64::try_from(items.len()).unwrap_or(i64::MAX);
    if length == 0 {
        return Err("the list is empty".to_owned());
    }
    if at < 0 {
        return Err("the position must not be negative".to_owned());
    }
    let position = usize::try_from(at % length).unwrap_or_default();
    items.get(position).cloned().ok_or_else(|| "there is no such item".to_owned())
}

/// Replaces lists in lists by their items. An unknown item may be a list, so it makes all of it unknown.
fn flatten(arguments: &Arguments<'_>) -> Result<Value, String> {
    fn walk(value: &Value, marked: bool, out: &mut Vec<Value>) -> Result<(), Value> {
        match &value.content {
            Content::Sequence(_, items) => {
                items.all().iter().try_for_each(|item| walk(item, marked || value.sensitive, out))
            }
            Content::Unknown(_) => Err(value.clone()),
            _ => {
                out.push(value.clone().marked(marked));
                Ok(())
            }
        }
    }
    let list = arguments.value(0)?;
    if !list.is_unknown() {
        arguments.items(0)?;
    }
    let mut items = Vec::new();
    Ok(match walk(list, false, &mut items) {
        Ok(()) => Value::tuple(items),
        Err(unknown) => derived(&[&unknown]),
    }
    .marked(list.sensitive))
}

/// The position of the first item that is equal to another value, if all before it are known.
fn index(arguments: &Arguments<'_>) -> Result<Value, String> {
    let (list, wanted) = (arguments.value(0)?, arguments.value(1)?);
    let sensitive = list.has_sensitive() || wanted.has_sensitive();
    for (at, item) in ordered(list)?.iter().enumerate() {
        if item.has_unknown() || wanted.has_unknown() {
            return Ok(derived(&[item, wanted]).marked(sensitive));
        }
        if convert::equal(item, wanted) {
            return Ok(Value::count(at).marked(sensitive));
        }
    }
    Err("there is no such item".to_owned())
}

fn length(arguments: &Arguments<'_>) -> Result<Value, String> {
    let value = arguments.value(0)?;
    Ok(match &value.content {
        Content::Text(text) => {
            characters(text).map_or_else(|| Value::unknown(UNCERTAIN), |characters| Value::count(characters.len()))
        }
        // Unknown items of a set may be equal.
        Content::Sequence(SequenceKind::Set, items) if value.has_unknown() && items.all().len() > 1 => {
            derived(&[value])
        }
        Content::Sequence(_, items) => Value::count(items.all().len()),
        Content::Mapping(MappingKind::Block, _) => Value::unknown(value.unknown_reason()),
        Content::Mapping(_, members) => Value::count(members.all().len()),
        _ => return Err(convert::mismatch(value, "list, map or string")),
    })
}

/// The member under a key, or a default, which counts only if there is no such member.
fn lookup(arguments: &Arguments<'_>) -> Result<Value, String> {
    let (map, key) = (arguments.value(0)?, arguments.value(1)?);
    if map.is_unknown() || key.is_unknown() || matches!(map.content, Content::Handle(_)) {
        return Ok(derived(&[map, key]));
    }
    let sensitive = map.sensitive || key.sensitive;
    let (members, key) = (arguments.members(0)?, arguments.text(1)?);
    let value = match (members.get(&key), arguments.all().get(2), &map.content) {
        (Some(member), _, _) => member.clone(),
        (None, _, Content::Mapping(MappingKind::Block, _)) => Value::unknown(map.unknown_reason()),
        (None, Some(default), Content::Mapping(MappingKind::Map, _)) => {
            convert::convert(default, &unify(members.values().map(Type::of)).unwrap_or(Type::Any))?
        }
        (None, Some(default), _) => default.clone(),
        (None, None, _) => return Err("there is no such key and no default".to_owned()),
    };
    Ok(value.marked(sensitive))
}

fn matchkeys(arguments: &Arguments<'_>) -> Result<Value, String> {
    let (values, keys, wanted) = (alike(arguments, 0)?, alike(arguments, 1)?, alike(arguments, 2)?);
    if values.len() != keys.len() {
        return Err("values and keys must have the same length".to_owned());
    }
    let both = keys.iter().chain(&wanted).map(Type::of);
    let common = unify(both).ok_or("keys and what is searched must have one type")?;
    let same = |items: Vec<Value>| items.iter().map(|item| convert::convert(item, &common)).collect();
    let (keys, wanted): (Result<Vec<Value>, String>, Result<Vec<Value>, String>) = (same(keys), same(wanted));
    let (keys, wanted) = (keys?, wanted?);
    let wanted: HashSet<String> = wanted.iter().map(order::key).collect();
    let is_wanted = |key: &Value| wanted.contains(&order::key(key));
    Ok(Value::list(values.iter().zip(&keys).filter(|(_, key)| is_wanted(key)).map(|(value, _)| value.clone())))
}

fn merge(arguments: &Arguments<'_>) -> Result<Value, String> {
    let mut merged = BTreeMap::new();
    let mut all_maps = arguments.all().iter().any(|value| !value.is_null());
    for (at, value) in arguments.all().iter().enumerate() {
        if value.is_null() {
            continue;
        }
        if matches!(value.content, Content::Mapping(MappingKind::Block, _)) {
            return Ok(Value::unknown(value.unknown_reason()));
        }
        all_maps &= matches!(value.content, Content::Mapping(MappingKind::Map, _));
        merged.extend(arguments.members(at)?.clone());
    }
    Ok(Value::mapping(if all_maps { MappingKind::Map } else { MappingKind::Object }, merged))
}

fn transpose(arguments: &Arguments<'_>) -> Result<Value, String> {
    let mut by_value: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (key, values) in arguments.members(0)? {
        for value in texts(values.as_items().ok_or("the members must be lists")?)? {
            by_value.entry(value).or_default().push(key.clone());
        }
    }
    let members = by_value.into_iter().map(|(key, items)| (key, Value::list(items.into_iter().map(Value::text))));
    Ok(Value::mapping(MappingKind::Map, members.collect()))
}

fn zipmap(arguments: &Arguments<'_>) -> Result<Value, String> {
    let (keys, values) = (arguments.value(0)?, ordered(arguments.value(1)?)?);
    if keys.has_unknown() {
        return Ok(derived(&[keys]));
    }
    let names = arguments.texts(0)?;
    if names.len() != values.len() {
        return Err("keys and values must have the same length".to_owned());
    }
    let sensitive = keys.has_sensitive();
    let kind = match arguments.value(1)?.content {
        Content::Sequence(SequenceKind::List, _) => MappingKind::Map,
        _ => MappingKind::Object,
    };
    Ok(Value::mapping(kind, names.into_iter().zip(values.iter().cloned()).collect()).marked(sensitive))
}
