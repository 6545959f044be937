//! The order of set items, and sets made in that order.
//!
//! Terraform (cty) orders numbers and texts by value and everything else by the bytes of a rendering of it, which
//! this module renders in the same way.

use std::cmp::Ordering;

use super::numbers;
use super::value::{Content, MappingKind, SequenceKind, Value};

/// A set of these items: each once, in order. What marks an item as secret marks the whole set.
pub(super) fn set(items: impl IntoIterator<Item = Value>) -> Value {
    let mut keyed: Vec<(Rendering, Value)> = Vec::new();
    let mut sensitive = false;
    for mut item in items {
        sensitive |= item.sensitive;
        item.sensitive = false;
        keyed.push((Rendering::of(&item), item));
    }
    keyed.sort_by(|(left, _), (right, _)| left.cmp(right));
    // Two unknown items may be equal or not; both stay.
    keyed.dedup_by(|(left, later), (right, _)| left == right && !later.has_unknown());
    Value::sequence(SequenceKind::Set, keyed.into_iter().map(|(_, item)| item).collect()).marked(sensitive)
}

/// What tells an item from the others of its collection, which all have its type; secrets as well.
pub(super) fn key(item: &Value) -> String {
    let mut key = String::new();
    render(item, &mut key);
    key
}

/// What a set item is ordered by; the order of the variants counts.
#[derive(PartialEq, Eq)]
enum Rendering {
    Bool(bool),
    Number(crate::model::Number),
    Text(std::sync::Arc<str>),
    Bytes(String),
    Null,
    Unknown,
}

impl Rendering {
    fn of(value: &Value) -> Self {
        match &value.content {
            Content::Null => Self::Null,
            Content::Unknown(_) | Content::Handle(_) => Self::Unknown,
            Content::Bool(flag) => Self::Bool(*flag),
            Content::Number(number) => Self::Number(number.clone()),
            Content::Text(text) => Self::Text(std::sync::Arc::clone(text)),
            Content::Sequence(..) | Content::Mapping(..) => {
                let mut bytes = String::new();
                render(value, &mut bytes);
                Self::Bytes(bytes)
            }
        }
    }

    fn rank(&self) -> u8 {
        match self {
            Self::Bool(_) => 0,
            Self::Number(_) => 1,
            Self::Text(_) => 2,
            Self::Bytes(_) => 3,
            Self::Null => 4,
            Self::Unknown => 5,
        }
    }
}

impl Ord for Rendering {
    fn cmp(&self, other: &Self) -> Ordering {
        match (self, other) {
            (Self::Bool(left), Self::Bool(right)) => left.cmp(right),
            (Self::Number(left), Self::Number(right)) => left.cmp(right),
            (Self::Text(left), Self::Text(right)) => left.cmp(right),
            (Self::Bytes(left), Self::Bytes(right)) => left.cmp(right),
            _ => self.rank().cmp(&other.rank()),
        }
    }
}

impl PartialOrd for Rendering {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// Writes what cty's `appendSetHashBytes` writes.
fn render(value: &Value, out: &mut String) {
    match &value.content {
        Content::Null => out.push('~'),
        Content::Unknown(_) | Content::Handle(_) => out.push('?'),
        Content::Bool(true) => out.push('T'),
        Content::Bool(false) => out.push('F'),
        Content::Number(number) => out.push_str(&numbers::text(number)),
        Content::Text(text) => {
            out.push('"');
            out.push_str(&text.replace('\\', "\\\\").replace('"', "\\\""));
            out.push('"');
        }
        Content::Sequence(kind, items) => {
            let (open, close) = if *kind == SequenceKind::Tuple { ('<', '>') } else { ('[', ']') };
            out.push(open);
            for item in items.all() {
                render(item, out);
                out.push(';');
            }
            out.push(close);
        }
        Content::Mapping(kind, members) => {
            let is_map = *kind == MappingKind::Map;
            out.push(if is_map { '{' } else { '<' });
            for (name, member) in members.all() {
                if is_map {
                    out.push_str(&format!("\"{name}\"="));
                }
                render(member, out);
                out.push(';');
            }
            out.push(if is_map { '}' } else { '>' });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn items_stand_once_and_in_order() {
        let check = |items: Vec<Value>, expect: &str| assert_eq!(format!("{:?}", set(items)), expect);
        check(vec![Value::text("b"), Value::text("a"), Value::text("b")], r#"Set["a", "b"]"#);
        check(vec![Value::count(10), Value::count(9)], "Set[9, 10]");
        let pair = |number, text| Value::tuple([Value::count(number), Value::text(text)]);
        check(vec![pair(2, "x"), pair(10, "x"), pair(1, "y")], r#"Set[Tuple[10, "x"], Tuple[1, "y"], Tuple[2, "x"]]"#);
    }

    #[test]
    fn a_secret_item_makes_the_set_secret() {
        assert!(set([Value::text("a").marked(true)]).sensitive);
    }
}
