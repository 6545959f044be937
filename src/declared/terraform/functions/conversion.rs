//! Functions that convert between types and set or remove the mark of secrets.

use super::super::convert;
use super::super::operators::derived;
use super::super::types::Type;
use super::super::value::{Content, MappingKind, Value};
use super::Reading::{Members, Own};
use super::{Function, pure};

/// The family.
pub(super) const TABLE: &[Function] = &[
    pure("ephemeralasnull", (1, 1), Own, |a| Ok(a.any(0)?.clone())),
    pure("issensitive", (1, 1), Own, |a| match a.any(0)? {
        // What it turns out to be may be marked.
        value if value.is_unknown() && !value.sensitive => Ok(derived(&[value])),
        value => Ok(Value::bool(value.sensitive)),
    }),
    pure("nonsensitive", (1, 1), Own, |a| Ok(Value { sensitive: false, ..a.any(0)?.clone() })),
    pure("sensitive", (1, 1), Own, |a| Ok(a.any(0)?.clone().marked(true))),
    pure("tobool", (1, 1), Members, |a| convert::convert(a.any(0)?, &Type::Bool)),
    pure("tolist", (1, 1), Members, |a| convert::convert(a.any(0)?, &Type::List(Box::new(Type::Any)))),
    pure("tomap", (1, 1), Members, |a| match &a.any(0)?.content {
        Content::Mapping(MappingKind::Block, _) => Ok(Value::unknown(a.any(0)?.unknown_reason())),
        _ => convert::convert(a.any(0)?, &Type::Map(Box::new(Type::Any))),
    }),
    pure("tonumber", (1, 1), Members, |a| convert::convert(a.any(0)?, &Type::Number)),
    pure("toset", (1, 1), Members, |a| convert::convert(a.any(0)?, &Type::Set(Box::new(Type::Any)))),
    pure("tostring", (1, 1), Members, |a| convert::convert(a.any(0)?, &Type::Text)),
];
