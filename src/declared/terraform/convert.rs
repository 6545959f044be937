//! Conversions of values to types, with Terraform's rules.
//!
//! Marks and places survive; what is not known stays not known. Messages name types and never values.

use std::collections::BTreeMap;

use super::numbers;
use super::order;
use super::types::{Member, Presence, Type, unify};
use super::value::{Content, MappingKind, SequenceKind, Value};

/// Converts a value to a type.
pub(super) fn convert(value: &Value, to: &Type) -> Result<Value, String> {
    let converted = match (&value.content, to) {
        (Content::Null | Content::Unknown(_) | Content::Handle(_), _) | (_, Type::Any) => return Ok(value.clone()),
        (Content::Mapping(MappingKind::Block, _), _) => return Ok(value.clone()),
        (_, Type::Text) => Value::text(text(value)?),
        (_, Type::Number) => number(value)?,
        (_, Type::Bool) => Value::bool(truth(value)?),
        (Content::Sequence(_, items), Type::List(of)) => {
            Value::list(convert_all(items.all(), &element_type(of, items.all().iter())?)?)
        }
        (Content::Sequence(_, items), Type::Set(of)) => {
            order::set(convert_all(items.all(), &element_type(of, items.all().iter())?)?)
        }
        (Content::Sequence(_, items), Type::Tuple(types)) => tuple(items.all(), types)?,
        (Content::Mapping(_, members), Type::Map(of)) => {
            let of = element_type(of, members.all().values())?;
            let convert_member = |(name, member): (&String, &Value)| Ok((name.clone(), convert(member, &of)?));
            let members: Result<BTreeMap<_, _>, String> = members.all().iter().map(convert_member).collect();
            Value::mapping(MappingKind::Map, members?)
        }
        (Content::Mapping(_, members), Type::Object(types)) => object(members.all(), types)?,
        _ => return Err(mismatch(value, to.name())),
    };
    let sensitive = value.sensitive || converted.sensitive;
    Ok(Value { sensitive, place: value.place.clone(), ..converted })
}

/// What stands in a message where a value has the wrong type.
pub(super) fn mismatch(value: &Value, wanted: &str) -> String {
    format!("a {wanted} is required, and this is a {}", value.type_name())
}

fn convert_all(items: &[Value], of: &Type) -> Result<Vec<Value>, String> {
    items.iter().map(|item| convert(item, of)).collect()
}

/// The type of the items: for `list(any)` the one that all of them have in common.
fn element_type<'a>(of: &Type, items: impl Iterator<Item = &'a Value>) -> Result<Type, String> {
    match of {
        Type::Any => unify(items.map(Type::of)).ok_or_else(|| "all elements must have the same type".to_owned()),
        _ => Ok(of.clone()),
    }
}

fn tuple(items: &[Value], types: &[Type]) -> Result<Value, String> {
    if items.len() != types.len() {
        return Err(format!("a tuple of {} elements is required", types.len()));
    }
    let items: Result<Vec<_>, _> = items.iter().zip(types).map(|(item, of)| convert(item, of)).collect();
    Ok(Value::sequence(SequenceKind::Tuple, items?))
}

fn object(members: &BTreeMap<String, Value>, types: &BTreeMap<String, Member>) -> Result<Value, String> {
    let mut converted = BTreeMap::new();
    for (name, member) in types {
        let given = members.get(name).filter(|given| !given.is_null());
        let value = match (given, &member.presence) {
            (Some(given), _) => {
                convert(given, &member.of).map_err(|reason| format!("attribute \"{name}\": {reason}"))?
            }
            (None, Presence::Default(default)) => convert(default, &member.of)?,
            (None, Presence::Optional) => Value::null(),
            (None, Presence::Required) => {
                members.get(name).cloned().ok_or_else(|| format!("attribute \"{name}\" is required"))?
            }
        };
        converted.insert(name.clone(), value);
    }
    Ok(Value::mapping(MappingKind::Object, converted))
}

/// The text of a text, number or boolean.
pub(super) fn text(value: &Value) -> Result<String, String> {
    match &value.content {
        Content::Text(text) => Ok(text.to_string()),
        Content::Number(number) => Ok(numbers::text(number)),
        Content::Bool(flag) => Ok(flag.to_string()),
        _ => Err(mismatch(value, "string")),
    }
}

/// The number that a number or text says.
pub(super) fn number(value: &Value) -> Result<Value, String> {
    match &value.content {
        Content::Number(_) => Ok(value.clone()),
        Content::Text(text) => numbers::parse(text).map(Value::number).ok_or_else(|| "a number is required".to_owned()),
        _ => Err(mismatch(value, "number")),
    }
}

/// The boolean that a boolean or text says.
pub(super) fn truth(value: &Value) -> Result<bool, String> {
    match &value.content {
        Content::Bool(flag) => Ok(*flag),
        Content::Text(text) => match &**text {
            "true" | "1" => Ok(true),
            "false" | "0" => Ok(false),
            _ => Err("a bool is required: \"true\" or \"false\"".to_owned()),
        },
        _ => Err(mismatch(value, "bool")),
    }
}

/// Whether two known values are equal, as `==` says: of the same type and with the same content.
pub(super) fn equal(left: &Value, right: &Value) -> bool {
    match (&left.content, &right.content) {
        (Content::Null, Content::Null) => true,
        (Content::Bool(left), Content::Bool(right)) => left == right,
        (Content::Number(left), Content::Number(right)) => left == right,
        (Content::Text(left), Content::Text(right)) => left == right,
        (Content::Sequence(left_kind, left), Content::Sequence(right_kind, right)) => {
            let (left, right) = (left.all(), right.all());
            left_kind == right_kind
                && left.len() == right.len()
                && left.iter().zip(right).all(|(left, right)| equal(left, right))
        }
        (Content::Mapping(left_kind, left), Content::Mapping(right_kind, right)) => {
            let (left, right) = (left.all(), right.all());
            left_kind == right_kind
                && left.keys().eq(right.keys())
                && left.values().zip(right.values()).all(|(left, right)| equal(left, right))
        }
        (Content::Handle(left), Content::Handle(right)) => left == right,
        _ => false,
    }
}
