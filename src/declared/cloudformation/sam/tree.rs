//! Nodes of a template: looking at them and making them. Knows nothing of resources.

use std::collections::BTreeMap;

use crate::model::{Kind, Location, Value};

/// Makes a node: `{…}`, `[…]`, literals, and `(expression)`. What is made has no place yet; [`place`] gives it one.
macro_rules! tree {
    ({ $($key:literal : $value:tt),* $(,)? }) => {
        $crate::model::Value::object::<&str>([$(($key, tree!($value))),*])
    };
    ([ $($item:tt),* $(,)? ]) => { $crate::model::Value::list([$(tree!($item)),*]) };
    (($value:expr)) => { $crate::model::Value::from($value) };
    ($value:literal) => { $crate::model::Value::from($value) };
    ($value:ident) => { $crate::model::Value::from($value) };
}
pub(super) use tree;

/// Why something in a SAM template cannot be expanded, and where it is written.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Fault {
    pub(super) message: String,
    pub(super) at: Option<Location>,
}

/// The result of expanding something.
pub(super) type Expand<T> = Result<T, Fault>;

/// A fault of a node.
pub(super) fn fault<T>(node: &Value, message: impl Into<String>) -> Expand<T> {
    Err(Fault { message: message.into(), at: node.at.clone() })
}

/// A member that is written; `null` is as if it were not.
pub(super) fn field<'v>(node: &'v Value, name: &str) -> Option<&'v Value> {
    node.get(name).filter(|value| value.kind != Kind::Null)
}

/// A member that is written and says something: not `false`, zero or empty.
pub(super) fn set_field<'v>(node: &'v Value, name: &str) -> Option<&'v Value> {
    field(node, name).filter(|value| says_something(value))
}

/// The text of a member.
pub(super) fn text<'v>(node: &'v Value, name: &str) -> Option<&'v str> {
    field(node, name).and_then(Value::as_str)
}

/// Whether a value is neither `false`, zero nor empty. The transform asks this of most properties.
pub(super) fn says_something(value: &Value) -> bool {
    match &value.kind {
        Kind::Null => false,
        Kind::Bool(flag) => *flag,
        Kind::Number(number) => number.as_i64() != Some(0),
        Kind::String(text) => !text.is_empty(),
        Kind::List(items) => !items.is_empty(),
        Kind::Object(members) => !members.is_empty(),
        Kind::Sensitive(_) | Kind::Unknown(_) => true,
    }
}

/// Whether a value is the boolean `true`.
pub(super) fn is_true(value: Option<&Value>) -> bool {
    value.is_some_and(|value| value.kind == Kind::Bool(true))
}

/// The members of an object in the order they are written; those that nobody wrote come last.
pub(super) fn entries(node: &Value) -> Vec<(&str, &Value)> {
    let mut entries: Vec<_> =
        node.as_object().into_iter().flatten().map(|(name, value)| (name.as_str(), value)).collect();
    let place = |value: &Value| (value.at.is_none(), value.at.as_ref().map(|at| (at.line, at.column)));
    entries.sort_by(|(left_name, left), (right_name, right)| (place(left), left_name).cmp(&(place(right), right_name)));
    entries
}

/// The function that a node is a call of, and its argument.
pub(super) fn call(node: &Value) -> Option<(&str, &Value)> {
    let members = node.as_object().filter(|members| members.len() == 1)?;
    let (name, argument) = members.iter().next()?;
    (name == "Ref" || name == "Condition" || name.starts_with("Fn::")).then_some((name.as_str(), argument))
}

/// The condition and the branches of a node that is an `Fn::If`.
pub(super) fn branches(node: &Value) -> Expand<Option<(&Value, &Value, &Value)>> {
    let Some(("Fn::If", argument)) = call(node) else { return Ok(None) };
    match argument.as_list() {
        Some([condition, then, otherwise]) => Ok(Some((condition, then, otherwise))),
        _ => fault(node, "Fn::If takes the name of a condition and two values"),
    }
}

/// Whether a node stands for no value.
pub(super) fn is_no_value(node: &Value) -> bool {
    matches!(call(node), Some(("Ref", name)) if name.as_str() == Some("AWS::NoValue"))
}

/// The logical id that a plain `Ref` or `Fn::GetAtt` names.
pub(super) fn referred(node: &Value) -> Option<&str> {
    match call(node)? {
        ("Ref", name) => name.as_str(),
        ("Fn::GetAtt", path) => match path.as_list() {
            Some([id, _]) => id.as_str(),
            _ => None,
        },
        _ => None,
    }
}

/// `Ref`.
pub(super) fn reference(id: &str) -> Value {
    tree!({ "Ref": id })
}

/// `Fn::GetAtt`.
pub(super) fn attribute(id: &str, name: &str) -> Value {
    tree!({ "Fn::GetAtt": [id, name] })
}

/// `Fn::If` with a branch for when the condition does not hold; without one there is no value then.
pub(super) fn when(condition: impl Into<Value>, then: Value, otherwise: Option<Value>) -> Value {
    let otherwise = otherwise.unwrap_or_else(|| reference("AWS::NoValue"));
    tree!({ "Fn::If": [(condition.into()), (then), (otherwise)] })
}

/// Gives everything in a node that has no place this one.
pub(super) fn place(node: &mut Value, at: Option<&Location>) {
    if node.at.is_none() {
        node.at = at.cloned();
    }
    match &mut node.kind {
        Kind::List(items) => items.iter_mut().for_each(|item| place(item, at)),
        Kind::Object(members) => members.values_mut().for_each(|member| place(member, at)),
        _ => {}
    }
}

/// The members of a node, which becomes an empty object if it is none.
pub(super) fn members(node: &mut Value) -> &mut BTreeMap<String, Value> {
    if !matches!(node.kind, Kind::Object(_)) {
        node.kind = Kind::Object(BTreeMap::new());
    }
    match &mut node.kind {
        Kind::Object(members) => members,
        _ => unreachable!("it was made an object"),
    }
}

/// The member of a node, made if it is not there.
pub(super) fn member<'v>(node: &'v mut Value, name: &str) -> &'v mut Value {
    members(node).entry(name.to_owned()).or_insert_with(|| tree!({}))
}

/// The member of a node, made as a list if it is not there.
pub(super) fn list<'v>(node: &'v mut Value, name: &str) -> &'v mut Value {
    members(node).entry(name.to_owned()).or_insert_with(|| tree!([]))
}

/// The items of a node, which becomes an empty list if it is none.
pub(super) fn items(node: &mut Value) -> &mut Vec<Value> {
    if !matches!(node.kind, Kind::List(_)) {
        node.kind = Kind::List(Vec::new());
    }
    match &mut node.kind {
        Kind::List(items) => items,
        _ => unreachable!("it was made a list"),
    }
}

/// A value as a list: itself, or the only item of one.
pub(super) fn as_items(node: &Value) -> &[Value] {
    node.as_list().unwrap_or(std::slice::from_ref(node))
}

/// The items that are not in the list yet are added to it.
pub(super) fn add_new(list: &mut Vec<Value>, added: impl IntoIterator<Item = Value>) {
    for item in added {
        if !list.contains(&item) {
            list.push(item);
        }
    }
}

/// The texts in a list.
pub(super) fn item_texts(node: &Value) -> Vec<&str> {
    as_items(node).iter().filter_map(Value::as_str).collect()
}
