//! The values that Terraform's language computes with: like [`crate::model::Value`], but with the difference between
//! list, set and tuple and between map and object, with a mark for secrets instead of their loss, and with
//! resources and modules as things that are looked into only as far as an expression asks.
//!
//! Knows nothing of expressions; conversions between types are in [`super::convert`].

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use unicode_normalization::{IsNormalized, UnicodeNormalization as _, is_nfc_quick};

use crate::model::{Fingerprint, Number, Reference};

use super::numbers::{self, Interval};
use super::source::Place;

/// The most that one value may hold, in the unit of [`Value::weight`]; more is unknown. Two locals that hold each
/// other's predecessor twice double with every line.
const MAX_WEIGHT: usize = 1 << 20;

/// How deep values may be nested; deeper ones are unknown. Everything that walks through a value is recursive.
const MAX_DEPTH: usize = 200;

/// The bytes of text that weigh as much as one member of a collection.
const BYTES_PER_WEIGHT: usize = 32;

/// A value of the language.
#[derive(Clone)]
pub(super) struct Value {
    /// What it is.
    pub content: Content,
    /// Whether it must not be shown. A mark on a collection covers everything in it.
    pub sensitive: bool,
    /// Whether it is a number of 64 or 53 bits in Terraform, as functions make them; all others have 512.
    pub short: bool,
    /// Where it was written: a literal keeps its place through every reference to it.
    pub place: Option<Place>,
}

/// What a [`Value`] is.
#[derive(Clone)]
pub(super) enum Content {
    /// `null`, of any type.
    Null,
    /// A boolean.
    Bool(bool),
    /// An exact number.
    Number(Number),
    /// A text.
    Text(Arc<str>),
    /// Values in order.
    Sequence(SequenceKind, Arc<Items>),
    /// Values under names.
    Mapping(MappingKind, Arc<Members>),
    /// A resource or module, whose attributes are looked up one by one.
    Handle(Arc<Handle>),
    /// Something that is not known from here.
    Unknown(Arc<Unknown>),
}

/// Which kind of sequence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum SequenceKind {
    /// Items of any types: what `[…]` writes.
    Tuple,
    /// Items of one type.
    List,
    /// Items of one type, each once, in the order of [`super::order`].
    Set,
}

/// Which kind of mapping.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum MappingKind {
    /// Members of any types: what `{…}` writes.
    Object,
    /// Members of one type.
    Map,
    /// A nested block of a resource, which has more members than its declaration says.
    Block,
}

/// The items of a sequence, and what is known of all of them together.
pub(super) struct Items {
    items: Vec<Value>,
    summary: Summary,
}

/// The members of a mapping, and what is known of all of them together.
pub(super) struct Members {
    members: BTreeMap<String, Value>,
    summary: Summary,
}

/// What is asked of a value as a whole so often that it is computed once.
#[derive(Clone, Copy, Default)]
struct Summary {
    weight: usize,
    depth: usize,
    unknown: bool,
    sensitive: bool,
}

impl Summary {
    fn of<'a>(values: impl Iterator<Item = &'a Value>) -> Self {
        values.fold(Self { weight: 1, ..Self::default() }, |sum, value| Self {
            weight: sum.weight.saturating_add(value.weight()),
            depth: sum.depth.max(value.depth() + 1),
            unknown: sum.unknown || value.has_unknown(),
            sensitive: sum.sensitive || value.has_sensitive(),
        })
    }
}

/// Why a value is not known.
#[derive(Clone)]
pub(super) struct Unknown {
    /// Why, as a short sentence.
    pub reason: Arc<str>,
    /// The resource attribute that the whole value stands for.
    pub reference: Option<Reference>,
    /// What is left of it, if it is a secret that somebody else already hid.
    pub fingerprint: Option<Fingerprint>,
    /// Between what it lies, if it is a number of which only the last digits are not known.
    pub near: Option<Interval>,
    /// How it begins, if that is known.
    pub begins: Option<Beginning>,
}

/// What is known of a value that is not known to its end.
#[derive(Clone)]
pub(super) enum Beginning {
    /// The beginning of a text.
    Text(Arc<str>),
    /// The first items of a list, which has more.
    Items(Arc<[Value]>),
}

/// Longer beginnings are not kept: what is unknown weighs nothing.
const MAX_BEGINNING: usize = 4096;

/// A resource or a module instance, by where it is found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Handle {
    /// One instance of a resource or data source.
    Resource {
        /// The number of the module instance that declares it.
        module: usize,
        /// Which resource of the module.
        name: ResourceName,
        /// Which instance of the resource.
        key: InstanceKey,
    },
    /// One instance of a module, by its number.
    Module(usize),
}

/// A resource within its module.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct ResourceName {
    /// Managed or data.
    pub mode: Mode,
    /// Its type, such as `aws_vpc`.
    pub resource_type: String,
    /// Its name.
    pub name: String,
}

/// Whether a resource is made by Terraform or only read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum Mode {
    /// A `resource` block.
    Managed,
    /// A `data` block.
    Data,
}

impl fmt::Display for ResourceName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let prefix = match self.mode {
            Mode::Managed => "",
            Mode::Data => "data.",
        };
        write!(f, "{prefix}{}.{}", self.resource_type, self.name)
    }
}

/// Which instance of a resource or module.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum InstanceKey {
    /// The only one: neither `count` nor `for_each`.
    None,
    /// One of `count`.
    Index(usize),
    /// One of `for_each`.
    Name(String),
}

impl fmt::Display for InstanceKey {
    /// The key as Terraform prints it in addresses: `[0]`, `["k"]`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::None => Ok(()),
            Self::Index(index) => write!(f, "[{index}]"),
            Self::Name(name) => write!(f, "[\"{}\"]", quoted(name)),
        }
    }
}

/// The inside of a quoted template that gives `text`: what Terraform's `toHCLQuotedString` does.
fn quoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text.chars().peekable();
    while let Some(character) = rest.next() {
        match character {
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '$' | '%' => {
                out.push(character);
                if rest.peek() == Some(&'{') {
                    out.push(character);
                }
            }
            control if control.is_control() => out.push_str(&format!("\\u{:04x}", u32::from(control))),
            other => out.push(other),
        }
    }
    out
}

impl Items {
    /// The items.
    pub fn all(&self) -> &[Value] {
        &self.items
    }
}

impl Members {
    /// The members, sorted by name.
    pub fn all(&self) -> &BTreeMap<String, Value> {
        &self.members
    }
}

impl Value {
    /// A value without mark and place.
    pub fn new(content: Content) -> Self {
        Self { content, sensitive: false, short: false, place: None }
    }

    /// `null`.
    pub fn null() -> Self {
        Self::new(Content::Null)
    }

    /// A text. Terraform keeps all of them in Unicode's normal form C.
    pub fn text(text: impl Into<Arc<str>>) -> Self {
        let text = text.into();
        if text.is_ascii() || is_nfc_quick(text.chars()) == IsNormalized::Yes {
            return Self::new(Content::Text(text));
        }
        Self::new(Content::Text(text.nfc().collect::<String>().into()))
    }

    /// A boolean.
    pub fn bool(flag: bool) -> Self {
        Self::new(Content::Bool(flag))
    }

    /// A whole number that was counted.
    pub fn count(number: usize) -> Self {
        Self::number(i64::try_from(number).unwrap_or(i64::MAX).into()).shortened(true)
    }

    /// A number.
    pub fn number(number: Number) -> Self {
        Self::new(Content::Number(number))
    }

    /// A number that Terraform rounds to 64 or 53 bits: known where that changes nothing.
    pub fn rounded(number: Number) -> Self {
        if numbers::is_short(&number) {
            return Self::number(number).shortened(true);
        }
        Self::between(Interval::around(&number))
    }

    /// A number of which the last digits are not known.
    pub fn between(near: Interval) -> Self {
        let reason = "its last digits depend on how Terraform rounds".into();
        Self::mystery(Unknown { reason, reference: None, fingerprint: None, near: Some(near), begins: None })
    }

    /// Between what a number lies that is known at least but for its last digits.
    pub fn near(&self) -> Option<Interval> {
        match &self.content {
            Content::Number(number) => Some(Interval::exactly(number)),
            Content::Unknown(unknown) => unknown.near.clone(),
            _ => None,
        }
    }

    /// Something that is not known from here.
    pub fn unknown(reason: impl Into<Arc<str>>) -> Self {
        Self::mystery(Unknown { reason: reason.into(), reference: None, fingerprint: None, near: None, begins: None })
    }

    /// The same with how it begins, if it is unknown.
    pub fn beginning(mut self, beginning: Beginning) -> Self {
        let is_short = match &beginning {
            Beginning::Text(text) => text.len() <= MAX_BEGINNING,
            Beginning::Items(items) => items.iter().map(Self::weight).sum::<usize>() <= MAX_BEGINNING,
        };
        if let (true, Content::Unknown(unknown)) = (is_short, &mut self.content) {
            Arc::make_mut(unknown).begins = Some(beginning);
        }
        self
    }

    /// How it begins, if it is unknown and that is known.
    pub fn begins(&self) -> Option<&Beginning> {
        match &self.content {
            Content::Unknown(unknown) => unknown.begins.as_ref(),
            _ => None,
        }
    }

    /// An item of a list that is not known to its end, if the item is.
    pub fn known_item(&self, position: &Value) -> Option<&Value> {
        let (Some(Beginning::Items(items)), Content::Number(number)) = (self.begins(), &position.content) else {
            return None;
        };
        number.as_i64().and_then(|at| usize::try_from(at).ok()).and_then(|at| items.get(at))
    }

    /// Something that is not known, with all that is known about that.
    pub fn mystery(unknown: Unknown) -> Self {
        Self::new(Content::Unknown(Arc::new(unknown)))
    }

    /// A sequence. A set is given by [`super::order::set`], which orders it.
    pub fn sequence(kind: SequenceKind, items: Vec<Value>) -> Self {
        let summary = Summary::of(items.iter());
        Self::weighed(summary, Content::Sequence(kind, Arc::new(Items { items, summary })))
    }

    /// A tuple.
    pub fn tuple(items: impl IntoIterator<Item = Value>) -> Self {
        Self::sequence(SequenceKind::Tuple, items.into_iter().collect())
    }

    /// A list.
    pub fn list(items: impl IntoIterator<Item = Value>) -> Self {
        Self::sequence(SequenceKind::List, items.into_iter().collect())
    }

    /// A mapping.
    pub fn mapping(kind: MappingKind, members: BTreeMap<String, Value>) -> Self {
        let summary = Summary::of(members.values());
        let names: usize = members.keys().map(|name| name.len() / BYTES_PER_WEIGHT).sum();
        let summary = Summary { weight: summary.weight.saturating_add(names), ..summary };
        Self::weighed(summary, Content::Mapping(kind, Arc::new(Members { members, summary })))
    }

    /// An object.
    pub fn object<K: Into<String>>(members: impl IntoIterator<Item = (K, Value)>) -> Self {
        Self::mapping(MappingKind::Object, members.into_iter().map(|(name, value)| (name.into(), value)).collect())
    }

    fn weighed(summary: Summary, content: Content) -> Self {
        if summary.weight <= MAX_WEIGHT && summary.depth <= MAX_DEPTH {
            return Self::new(content);
        }
        Self { sensitive: summary.sensitive, ..Self::unknown("the value is too large to be evaluated") }
    }

    /// How much there is to walk through: members, and text by [`BYTES_PER_WEIGHT`].
    pub fn weight(&self) -> usize {
        match &self.content {
            Content::Text(text) => 1 + text.len() / BYTES_PER_WEIGHT,
            Content::Sequence(_, items) => items.summary.weight,
            Content::Mapping(_, members) => members.summary.weight,
            _ => 1,
        }
    }

    /// How deep the collections in here are nested.
    fn depth(&self) -> usize {
        match &self.content {
            Content::Sequence(_, items) => items.summary.depth,
            Content::Mapping(_, members) => members.summary.depth,
            _ => 0,
        }
    }

    /// Whether nothing of this is known.
    pub fn is_unknown(&self) -> bool {
        matches!(self.content, Content::Unknown(_))
    }

    /// Whether this is `null`.
    pub fn is_null(&self) -> bool {
        matches!(self.content, Content::Null)
    }

    /// Whether something in here is not known.
    pub fn has_unknown(&self) -> bool {
        match &self.content {
            Content::Unknown(_) | Content::Handle(_) => true,
            Content::Sequence(_, items) => items.summary.unknown,
            Content::Mapping(kind, members) => *kind == MappingKind::Block || members.summary.unknown,
            _ => false,
        }
    }

    /// Whether something in here must not be shown.
    pub fn has_sensitive(&self) -> bool {
        self.sensitive
            || match &self.content {
                Content::Sequence(_, items) => items.summary.sensitive,
                Content::Mapping(_, members) => members.summary.sensitive,
                _ => false,
            }
    }

    /// Why the first thing that is not known in here is not known.
    pub fn unknown_reason(&self) -> Arc<str> {
        let found = match &self.content {
            Content::Unknown(unknown) => return Arc::clone(&unknown.reason),
            Content::Sequence(_, items) => items.items.iter().find(|item| item.has_unknown()),
            Content::Mapping(_, members) => members.members.values().find(|member| member.has_unknown()),
            _ => None,
        };
        found
            .map(Self::unknown_reason)
            .unwrap_or_else(|| "a resource as a whole is only known from the deployed resource".into())
    }

    /// The same value, secret if `sensitive` or if it was already.
    #[must_use]
    pub fn marked(mut self, sensitive: bool) -> Self {
        self.sensitive |= sensitive;
        self
    }

    /// The same number, of 64 or 53 bits if `short` or if it was before.
    #[must_use]
    pub fn shortened(mut self, short: bool) -> Self {
        self.short |= short && matches!(self.content, Content::Number(_));
        self
    }

    /// The same value, written at `place` unless it already has one.
    #[must_use]
    pub fn placed(mut self, place: impl FnOnce() -> Place) -> Self {
        if self.place.is_none() {
            self.place = Some(place());
        }
        self
    }

    /// The same value without a place anywhere in it: it was not written in a file.
    #[must_use]
    pub fn unplaced(&self) -> Self {
        let unplaced = match &self.content {
            Content::Sequence(kind, items) => Self::sequence(*kind, items.items.iter().map(Self::unplaced).collect()),
            Content::Mapping(kind, members) => {
                let members = members.members.iter().map(|(name, member)| (name.clone(), member.unplaced()));
                Self::mapping(*kind, members.collect())
            }
            _ => Self::new(self.content.clone()),
        };
        unplaced.marked(self.sensitive).shortened(self.short)
    }

    /// The text, if this is one.
    pub fn as_text(&self) -> Option<&str> {
        match &self.content {
            Content::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The items, if this is a list, set or tuple.
    pub fn as_items(&self) -> Option<&[Value]> {
        match &self.content {
            Content::Sequence(_, items) => Some(items.all()),
            _ => None,
        }
    }

    /// The members, if this is a map or object.
    pub fn as_members(&self) -> Option<&BTreeMap<String, Value>> {
        match &self.content {
            Content::Mapping(_, members) => Some(members.all()),
            _ => None,
        }
    }

    /// What this is, for messages; never what it holds.
    pub fn type_name(&self) -> &'static str {
        match &self.content {
            Content::Null => "null",
            Content::Bool(_) => "bool",
            Content::Number(_) => "number",
            Content::Text(_) => "string",
            Content::Sequence(SequenceKind::Tuple, _) => "tuple",
            Content::Sequence(SequenceKind::List, _) => "list",
            Content::Sequence(SequenceKind::Set, _) => "set",
            Content::Mapping(MappingKind::Map, _) => "map",
            Content::Mapping(..) | Content::Handle(_) => "object",
            Content::Unknown(_) => "unknown",
        }
    }
}

impl fmt::Debug for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.sensitive {
            return f.write_str("(sensitive)");
        }
        match &self.content {
            Content::Null => f.write_str("null"),
            Content::Bool(flag) => write!(f, "{flag}"),
            Content::Number(number) => write!(f, "{number}"),
            Content::Text(text) => write!(f, "{text:?}"),
            Content::Sequence(kind, items) => write!(f, "{kind:?}{:?}", items.items),
            Content::Mapping(kind, members) => write!(f, "{kind:?}{:?}", members.members),
            Content::Handle(handle) => write!(f, "{handle:?}"),
            Content::Unknown(unknown) => write!(f, "unknown({})", unknown.reason),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instance_keys_print_as_terraform_prints_them() {
        let check = |key: InstanceKey, expect: &str| assert_eq!(key.to_string(), expect);
        check(InstanceKey::None, "");
        check(InstanceKey::Index(3), "[3]");
        check(InstanceKey::Name("a".into()), r#"["a"]"#);
        check(InstanceKey::Name("a\"b\\c\n${d} $e %{f}".into()), r#"["a\"b\\c\n$${d} $e %%{f}"]"#);
    }

    #[test]
    fn a_value_that_doubles_becomes_unknown_instead_of_endless() {
        let mut value = Value::text("x");
        for _ in 0..64 {
            value = Value::tuple([value.clone(), value]);
        }
        assert!(value.has_unknown() && value.weight() < 2 * MAX_WEIGHT);
    }

    #[test]
    fn debug_output_hides_secrets() {
        let value = Value::tuple([Value::text("hunter2").marked(true)]);
        assert!(value.has_sensitive() && !format!("{value:?}").contains("hunter2"));
    }
}
