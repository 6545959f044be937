//! Types: what a variable declares, what a value has, and what two values have in common.

use std::collections::BTreeMap;

use super::value::{Content, MappingKind, SequenceKind, Value};

/// A type of the language.
#[derive(Clone, Debug)]
pub(super) enum Type {
    /// Any type, or one that is not known.
    Any,
    /// `bool`
    Bool,
    /// `number`
    Number,
    /// `string`
    Text,
    /// `list(…)`
    List(Box<Type>),
    /// `set(…)`
    Set(Box<Type>),
    /// `map(…)`
    Map(Box<Type>),
    /// `tuple([…])`
    Tuple(Vec<Type>),
    /// `object({…})`
    Object(BTreeMap<String, Member>),
}

/// A member of an object type.
#[derive(Clone, Debug)]
pub(super) struct Member {
    /// Its type.
    pub of: Type,
    /// Whether it may be left out.
    pub presence: Presence,
}

/// Whether a member of an object type may be left out.
#[derive(Clone, Debug)]
pub(super) enum Presence {
    /// It may not.
    Required,
    /// It may, and is `null` then.
    Optional,
    /// It may, and has this value then.
    Default(Value),
}

impl Type {
    /// Whether values of this type are texts, numbers or booleans.
    pub fn is_primitive(&self) -> bool {
        matches!(self, Self::Bool | Self::Number | Self::Text)
    }

    /// The type's name for messages.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Any => "any type",
            Self::Bool => "bool",
            Self::Number => "number",
            Self::Text => "string",
            Self::List(_) => "list",
            Self::Set(_) => "set",
            Self::Map(_) => "map",
            Self::Tuple(_) => "tuple",
            Self::Object(_) => "object",
        }
    }

    /// The type of a value. What is `null` or not known may be of any.
    pub fn of(value: &Value) -> Self {
        match &value.content {
            Content::Null | Content::Unknown(_) | Content::Handle(_) | Content::Mapping(MappingKind::Block, _) => {
                Self::Any
            }
            Content::Bool(_) => Self::Bool,
            Content::Number(_) => Self::Number,
            Content::Text(_) => Self::Text,
            Content::Sequence(SequenceKind::Tuple, items) => Self::Tuple(items.all().iter().map(Self::of).collect()),
            Content::Sequence(SequenceKind::List, items) => Self::List(Self::of_items(items.all().iter())),
            Content::Sequence(SequenceKind::Set, items) => Self::Set(Self::of_items(items.all().iter())),
            Content::Mapping(MappingKind::Map, members) => Self::Map(Self::of_items(members.all().values())),
            Content::Mapping(MappingKind::Object, members) => Self::Object(
                members.all().iter().map(|(name, of)| (name.clone(), Member::required(Self::of(of)))).collect(),
            ),
        }
    }

    fn of_items<'a>(items: impl Iterator<Item = &'a Value>) -> Box<Self> {
        Box::new(unify(items.map(Self::of)).unwrap_or(Self::Any))
    }
}

impl Member {
    /// A member that may not be left out.
    pub fn required(of: Type) -> Self {
        Self { of, presence: Presence::Required }
    }
}

/// The type that values of all these types can be converted to, as for the two sides of a conditional or the items
/// of a list; `None`: there is none.
pub(super) fn unify(types: impl IntoIterator<Item = Type>) -> Option<Type> {
    types.into_iter().try_fold(Type::Any, unify_two)
}

fn unify_two(left: Type, right: Type) -> Option<Type> {
    use Type::{Any, Bool, List, Map, Number, Object, Set, Text, Tuple};
    let boxed = |left: Type, right: Type| unify_two(left, right).map(Box::new);
    Some(match (left, right) {
        (Any, other) | (other, Any) => other,
        (Bool, Bool) => Bool,
        (Number, Number) => Number,
        (Text, Text | Bool | Number) | (Bool | Number, Text) => Text,
        (Set(left), Set(right)) => Set(boxed(*left, *right)?),
        (List(left), List(right) | Set(right)) | (Set(left), List(right)) => List(boxed(*left, *right)?),
        (Map(left), Map(right)) => Map(boxed(*left, *right)?),
        (List(of), Tuple(items)) | (Tuple(items), List(of)) => List(Box::new(unify(items.into_iter().chain([*of]))?)),
        (Set(of), Tuple(items)) | (Tuple(items), Set(of)) => Set(Box::new(unify(items.into_iter().chain([*of]))?)),
        (Tuple(left), Tuple(right)) => unify_tuples(left, right)?,
        (Map(of), Object(members)) | (Object(members), Map(of)) => {
            Map(Box::new(unify(members.into_values().map(|member| member.of).chain([*of]))?))
        }
        (Object(left), Object(right)) => unify_objects(left, right)?,
        _ => return None,
    })
}

fn unify_tuples(left: Vec<Type>, right: Vec<Type>) -> Option<Type> {
    if left.len() == right.len() {
        let each: Option<Vec<Type>> =
            left.iter().zip(&right).map(|(left, right)| unify_two(left.clone(), right.clone())).collect();
        if let Some(each) = each {
            return Some(Type::Tuple(each));
        }
    }
    unify(left.into_iter().chain(right)).map(|of| Type::List(Box::new(of)))
}

fn unify_objects(left: BTreeMap<String, Member>, right: BTreeMap<String, Member>) -> Option<Type> {
    if left.keys().eq(right.keys()) {
        let members: Option<BTreeMap<String, Member>> = left
            .iter()
            .zip(right.values())
            .map(|((name, left), right)| {
                Some((name.clone(), Member::required(unify_two(left.of.clone(), right.of.clone())?)))
            })
            .collect();
        if let Some(members) = members {
            return Some(Type::Object(members));
        }
    }
    unify(left.into_values().chain(right.into_values()).map(|member| member.of)).map(|of| Type::Map(Box::new(of)))
}
