//! Values: one tree for everything declared, applied and live, in CloudFormation's shapes.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use super::{Location, Number, Step};

/// A value, and where it was declared if it was.
///
/// Two values are equal when their content is; where they stand does not count.
#[derive(Clone)]
pub struct Value {
    /// The content.
    pub kind: Kind,
    /// Where the value was written, for values that come from a file.
    pub at: Option<Location>,
}

/// The content of a [`Value`].
#[derive(Clone, PartialEq, Eq)]
pub enum Kind {
    /// JSON's `null`.
    Null,
    /// A boolean.
    Bool(bool),
    /// An exact number.
    Number(Number),
    /// A text.
    String(String),
    /// A list; whether its order matters is a fact about the type, not about the value.
    List(Vec<Value>),
    /// An object or a map, sorted by key.
    Object(BTreeMap<String, Value>),
    /// A secret, of which only a keyed fingerprint is left.
    Sensitive(Fingerprint),
    /// Something that is not known from here. It is never compared and never guessed.
    Unknown(Unknown),
}

/// Why a value is not known, and what it points at if that is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unknown {
    /// Why, as a short sentence: "no value for var.image".
    pub reason: Arc<str>,
    /// The resource attribute that the whole value stands for, if it is a plain reference.
    pub reference: Option<Box<Reference>>,
}

/// A reference from one declaration to an attribute of another of the same stack.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Reference {
    /// The address (Terraform) or logical id (CloudFormation) referred to.
    pub address: String,
    /// The attribute of it; `None` stands for its identifier, as `Ref` does.
    pub attribute: Option<String>,
}

/// What is left of a secret: a keyed digest, by which two secrets can be told apart but not read.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Fingerprint(Arc<str>);

impl Fingerprint {
    /// Takes a fingerprint back from its text, as [`fmt::Display`] wrote it.
    pub fn from_text(text: &str) -> Option<Self> {
        text.strip_prefix(Self::PREFIX).map(|digest| Self(digest.into()))
    }

    const PREFIX: &'static str = "sensitive:";
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", Self::PREFIX, self.0)
    }
}

impl fmt::Debug for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Turns secrets into fingerprints with a key that belongs to one store.
///
/// The key makes the digest useless to somebody who has the report but not the store: a plain digest of a short
/// password can be found by trying.
#[derive(Clone)]
pub struct Fingerprinter {
    key: Arc<[u8]>,
}

/// Hexadecimal digits of the digest that are kept: 64 bits, enough to tell values of one attribute apart.
const FINGERPRINT_DIGITS: usize = 16;

impl Fingerprinter {
    /// A fingerprinter with the given key.
    pub fn new(key: impl Into<Arc<[u8]>>) -> Self {
        Self { key: key.into() }
    }

    /// The fingerprint of a value. Numbers and texts of the same spelling have the same one.
    pub fn fingerprint(&self, value: &Value) -> Fingerprint {
        if let Kind::Sensitive(fingerprint) = &value.kind {
            return fingerprint.clone();
        }
        let text = match value.as_scalar_text() {
            Some(text) => text,
            None => value.to_json().to_string(),
        };
        let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(&self.key) else {
            // HMAC takes keys of any length; this arm only satisfies the type.
            return Fingerprint("unavailable".into());
        };
        mac.update(text.as_bytes());
        let digest = mac.finalize().into_bytes();
        let hex: String = digest.iter().map(|byte| format!("{byte:02x}")).take(FINGERPRINT_DIGITS / 2).collect();
        Fingerprint(hex.into())
    }

    /// Replaces a value by its fingerprint. Unknown values and `null` stay as they are: there is nothing to hide.
    pub fn hide(&self, value: &Value) -> Value {
        match &value.kind {
            Kind::Unknown(_) | Kind::Null => value.clone(),
            _ => value.with(Kind::Sensitive(self.fingerprint(value))),
        }
    }
}

impl Fingerprinter {
    /// Hides in a value what is a secret in another one of the same shape, so that the two can be compared.
    pub fn hide_like<'v>(&self, value: &'v Value, example: &Value) -> Cow<'v, Value> {
        match example.has_sensitive() {
            true => Cow::Owned(self.hide_members_like(value, example)),
            false => Cow::Borrowed(value),
        }
    }

    fn hide_members_like(&self, value: &Value, example: &Value) -> Value {
        match (&value.kind, &example.kind) {
            (Kind::Sensitive(_), _) => value.clone(),
            (_, Kind::Sensitive(_)) => self.hide(value),
            (Kind::Object(members), Kind::Object(examples)) => {
                let member = |(key, member): (&String, &Value)| {
                    let hidden =
                        examples.get(key).map_or_else(|| member.clone(), |like| self.hide_members_like(member, like));
                    (key.clone(), hidden)
                };
                value.with(Kind::Object(members.iter().map(member).collect()))
            }
            (Kind::List(items), Kind::List(examples)) => {
                let same_length = items.len() == examples.len();
                let item = |(at, item): (usize, &Value)| match named(item) {
                    Some(name) => match examples.iter().find(|example| named(example) == Some(name)) {
                        Some(like) => self.hide_members_like(item, like),
                        None => self.hide_like_any(item, examples),
                    },
                    None => match examples.get(at).filter(|_| same_length) {
                        Some(like) => self.hide_members_like(item, like),
                        None => self.hide_like_any(item, examples),
                    },
                };
                value.with(Kind::List(items.iter().enumerate().map(item).collect()))
            }
            _ => value.clone(),
        }
    }

    /// Hides in an item of a list, of which nobody knows which of the examples it is, what is a secret in any of them.
    fn hide_like_any(&self, item: &Value, examples: &[Value]) -> Value {
        if examples.iter().any(|example| example.kind == item.kind) {
            return item.clone();
        }
        examples.iter().fold(item.clone(), |item, example| self.hide_members_like(&item, example))
    }
}

/// The name of an item of a list, where items have names: environment variables, containers, tags.
fn named(item: &Value) -> Option<&str> {
    ["Name", "Key", "name", "key"].into_iter().find_map(|member| item.get(member)?.as_str())
}

impl fmt::Debug for Fingerprinter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Fingerprinter")
    }
}

/// The member that stands for an unknown value wherever a [`Value`] is written as JSON.
pub const UNKNOWN_KEY: &str = "Fn::Unknown";

impl Value {
    /// A value without a place.
    pub fn new(kind: Kind) -> Self {
        Self { kind, at: None }
    }

    /// An unknown value with its reason.
    pub fn unknown(reason: impl Into<Arc<str>>) -> Self {
        Self::new(Kind::Unknown(Unknown { reason: reason.into(), reference: None }))
    }

    /// An unknown value that stands for an attribute of another declaration.
    pub fn reference(reference: Reference, reason: impl Into<Arc<str>>) -> Self {
        Self::new(Kind::Unknown(Unknown { reason: reason.into(), reference: Some(Box::new(reference)) }))
    }

    /// A list without a place.
    pub fn list(items: impl IntoIterator<Item = Value>) -> Self {
        Self::new(Kind::List(items.into_iter().collect()))
    }

    /// An object without a place.
    pub fn object<K: Into<String>>(members: impl IntoIterator<Item = (K, Value)>) -> Self {
        Self::new(Kind::Object(members.into_iter().map(|(key, value)| (key.into(), value)).collect()))
    }

    /// The same place with another content.
    pub fn with(&self, kind: Kind) -> Self {
        Self { kind, at: self.at.clone() }
    }

    /// The same content at a place.
    pub fn located(self, at: Option<Location>) -> Self {
        Self { kind: self.kind, at }
    }

    /// The text, if this is one.
    pub fn as_str(&self) -> Option<&str> {
        match &self.kind {
            Kind::String(text) => Some(text),
            _ => None,
        }
    }

    /// The items, if this is a list.
    pub fn as_list(&self) -> Option<&[Value]> {
        match &self.kind {
            Kind::List(items) => Some(items),
            _ => None,
        }
    }

    /// The members, if this is an object.
    pub fn as_object(&self) -> Option<&BTreeMap<String, Value>> {
        match &self.kind {
            Kind::Object(members) => Some(members),
            _ => None,
        }
    }

    /// The part that some steps lead to.
    pub fn part(&self, steps: &[Step]) -> Option<&Self> {
        steps.iter().try_fold(self, |value, step| match step {
            Step::Key(name) => value.get(name),
            Step::Index(at) => value.as_list()?.get(*at),
            Step::Member(text) => value.as_list()?.iter().find(|item| item.as_scalar_text().as_ref() == Some(text)),
            Step::Item { by, value: name } => {
                let texts = |item: &Self| {
                    let texts = by.split(',').map(|member| item.get(member).and_then(Self::as_scalar_text));
                    texts.collect::<Option<Vec<_>>>().map(|texts| texts.join(","))
                };
                value.as_list()?.iter().find(|item| texts(item).as_ref() == Some(name))
            }
        })
    }

    /// A member of an object.
    pub fn get(&self, key: &str) -> Option<&Value> {
        self.as_object()?.get(key)
    }

    /// Follows member names from here.
    pub fn at_keys<'a>(&self, keys: impl IntoIterator<Item = &'a str>) -> Option<&Value> {
        keys.into_iter().try_fold(self, |value, key| value.get(key))
    }

    /// The canonical text of a string, number or boolean: what a service would echo in a text field.
    pub fn as_scalar_text(&self) -> Option<String> {
        match &self.kind {
            Kind::Bool(flag) => Some(flag.to_string()),
            Kind::Number(number) => Some(number.to_string()),
            Kind::String(text) => Some(text.clone()),
            _ => None,
        }
    }

    /// Whether this is `null`, or a text, list or object with nothing in it.
    pub fn is_empty(&self) -> bool {
        match &self.kind {
            Kind::Null => true,
            Kind::String(text) => text.is_empty(),
            Kind::List(items) => items.is_empty(),
            Kind::Object(members) => members.is_empty(),
            _ => false,
        }
    }

    /// Whether this is an unknown value.
    pub fn is_unknown(&self) -> bool {
        matches!(self.kind, Kind::Unknown(_))
    }

    /// Whether an unknown value stands anywhere in the tree.
    pub fn has_unknown(&self) -> bool {
        match &self.kind {
            Kind::Unknown(_) => true,
            Kind::List(items) => items.iter().any(Value::has_unknown),
            Kind::Object(members) => members.values().any(Value::has_unknown),
            _ => false,
        }
    }

    /// Whether a secret stands anywhere in the tree.
    pub fn has_sensitive(&self) -> bool {
        match &self.kind {
            Kind::Sensitive(_) => true,
            Kind::List(items) => items.iter().any(Value::has_sensitive),
            Kind::Object(members) => members.values().any(Value::has_sensitive),
            _ => false,
        }
    }

    /// Reads JSON from outside. `{"Fn::Unknown": …}` is an unknown value.
    pub fn from_json(json: &serde_json::Value) -> Self {
        Self::read_json(json, false)
    }

    /// Reads JSON that [`Value::to_json`] wrote into our own store: the texts of fingerprints are secrets again.
    ///
    /// Not for input from outside, which could claim a fingerprint.
    pub fn from_stored_json(json: &serde_json::Value) -> Self {
        Self::read_json(json, true)
    }

    fn read_json(json: &serde_json::Value, ours: bool) -> Self {
        use serde_json::Value as Json;
        Self::new(match json {
            Json::Null => Kind::Null,
            Json::Bool(flag) => Kind::Bool(*flag),
            Json::Number(number) => Kind::Number(number.into()),
            Json::String(text) => match Fingerprint::from_text(text) {
                Some(fingerprint) if ours => Kind::Sensitive(fingerprint),
                _ => Kind::String(text.clone()),
            },
            Json::Array(items) => Kind::List(items.iter().map(|item| Self::read_json(item, ours)).collect()),
            Json::Object(members) => match members.get(UNKNOWN_KEY) {
                Some(reason) if members.len() == 1 => {
                    let reason = reason.as_str().unwrap_or("only the deployment knows");
                    Kind::Unknown(Unknown { reason: reason.into(), reference: None })
                }
                _ => Kind::Object(
                    members.iter().map(|(key, value)| (key.clone(), Self::read_json(value, ours))).collect(),
                ),
            },
        })
    }

    /// Writes JSON: secrets as their fingerprints, unknown values as `{"Fn::Unknown": reason}`.
    pub fn to_json(&self) -> serde_json::Value {
        use serde_json::Value as Json;
        match &self.kind {
            Kind::Null => Json::Null,
            Kind::Bool(flag) => (*flag).into(),
            Kind::Number(number) => number.to_json(),
            Kind::String(text) => text.as_str().into(),
            Kind::List(items) => items.iter().map(Value::to_json).collect(),
            Kind::Object(members) => members.iter().map(|(key, value)| (key.clone(), value.to_json())).collect(),
            Kind::Sensitive(fingerprint) => fingerprint.to_string().into(),
            Kind::Unknown(unknown) => serde_json::json!({ UNKNOWN_KEY: &*unknown.reason }),
        }
    }
}

impl PartialEq for Value {
    fn eq(&self, other: &Self) -> bool {
        self.kind == other.kind
    }
}

impl Eq for Value {}

/// `null`, without a place.
impl Default for Value {
    fn default() -> Self {
        Self::new(Kind::Null)
    }
}

impl fmt::Debug for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.to_json())
    }
}

impl fmt::Debug for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", Value::new(self.clone()).to_json())
    }
}

impl serde::Serialize for Value {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.to_json().serialize(serializer)
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::new(Kind::String(text.to_owned()))
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::new(Kind::String(text))
    }
}

impl From<bool> for Value {
    fn from(flag: bool) -> Self {
        Self::new(Kind::Bool(flag))
    }
}

impl From<i64> for Value {
    fn from(number: i64) -> Self {
        Self::new(Kind::Number(number.into()))
    }
}

impl From<i32> for Value {
    fn from(number: i32) -> Self {
        Self::from(i64::from(number))
    }
}

impl From<f64> for Value {
    /// A float in its shortest decimal spelling; infinities and NaN, which no declaration can hold, become `null`.
    fn from(number: f64) -> Self {
        Self::new(number.to_string().parse().map_or(Kind::Null, Kind::Number))
    }
}

impl From<Number> for Value {
    fn from(number: Number) -> Self {
        Self::new(Kind::Number(number))
    }
}

impl<T: Into<Value>> From<Vec<T>> for Value {
    fn from(items: Vec<T>) -> Self {
        Self::list(items.into_iter().map(Into::into))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_shows_only_its_fingerprint() {
        let hidden = Fingerprinter::new(*b"key").hide(&Value::from("hunter2"));
        assert!(!format!("{hidden:?} {}", hidden.to_json()).contains("hunter2"));
        assert!(hidden.to_json().as_str().unwrap().starts_with("sensitive:"));
    }

    #[test]
    fn equal_secrets_have_equal_fingerprints_under_one_key_only() {
        let print = |key: &[u8], value: &Value| Fingerprinter::new(key).fingerprint(value);
        assert_eq!(print(b"k", &Value::from("8080")), print(b"k", &Value::from(8080)));
        assert_ne!(print(b"k", &Value::from("a")), print(b"k", &Value::from("b")));
        assert_ne!(print(b"k", &Value::from("a")), print(b"other", &Value::from("a")));
    }

    #[test]
    fn what_is_secret_in_one_value_is_hidden_in_the_other_and_nothing_else() {
        let prints = Fingerprinter::new(*b"key");
        let value = |json: serde_json::Value| Value::from_json(&json);
        let mut declared = value(serde_json::json!({"A": "s", "B": ["x", 1], "C": "open"}));
        let like = Value::object([("A", prints.hide(&Value::from("any")))]);
        declared = prints.hide_like(&declared, &like).into_owned();
        let live = value(serde_json::json!({"A": "s", "B": ["x", 1], "C": "open"}));
        let live = prints.hide_like(&live, &declared);
        assert_eq!(*live, declared);
        assert!(live.get("A").unwrap().has_sensitive() && !live.get("C").unwrap().has_sensitive());
        let changed = value(serde_json::json!({"A": "t"}));
        let changed = prints.hide_like(&changed, &declared);
        assert_ne!(changed.get("A"), declared.get("A"));
    }

    #[test]
    fn json_goes_in_and_out_unchanged() {
        let json =
            serde_json::json!({"A": [1, 0.5, "x", null, true], "B": {"Fn::Unknown": "why"}, "C": "sensitive:00ff"});
        assert_eq!(Value::from_json(&json).to_json(), json);
        assert_eq!(Value::from_stored_json(&json).to_json(), json);
        assert!(!Value::from_json(&json).has_sensitive() && Value::from_stored_json(&json).has_sensitive());
    }

    #[test]
    fn a_value_is_no_larger_than_its_place_and_a_text() {
        // A map keeps room for eleven in its smallest node, and what is declared is held for a whole scan.
        assert!(size_of::<Value>() <= 56, "{}", size_of::<Value>());
    }

    #[test]
    fn the_place_of_a_value_does_not_make_it_different() {
        let here = Value::from("x").located(Some(Location::new("a", 1, 1)));
        assert_eq!(here, Value::from("x"));
    }
}
