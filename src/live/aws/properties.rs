//! Building values in CloudFormation's shape from the SDK's structures.
//!
//! A member's value is an `Option<Value>`, and the two ways to put it into an object say what its absence means:
//! [`Properties::always`] for what the service returns with every resource (absent: not known), and
//! [`Properties::when_set`] for what it returns only if somebody set it (absent: not set).

use std::collections::{BTreeMap, HashMap};

use aws_smithy_types::DateTime;
use jiff::Timestamp;

use super::batches::Detail;
use crate::model::{Evidence, EvidenceSource, ResourceType, Value};

/// The properties of one resource, or the members of an object in it.
pub(super) struct Properties {
    source: &'static str,
    members: BTreeMap<String, Value>,
}

impl Properties {
    /// No properties yet; `source` is the operation that returns them, for the reasons of unknown ones.
    pub(super) fn of(source: &'static str) -> Self {
        Self { source, members: BTreeMap::new() }
    }

    /// A member that the service always returns. Without it the answer is thinner than the service's own (an emulator,
    /// a proxy, an older partition), and the value is unknown rather than unset.
    pub(super) fn always(mut self, name: &str, value: Option<Value>) -> Self {
        let value = value.unwrap_or_else(|| Value::unknown(format!("not returned by {}", self.source)));
        self.members.insert(name.to_owned(), value);
        self
    }

    /// A member that the service returns only if it is set.
    pub(super) fn when_set(mut self, name: &str, value: Option<Value>) -> Self {
        if let Some(value) = value {
            self.members.insert(name.to_owned(), value);
        }
        self
    }

    /// Members that no call made here answers.
    pub(super) fn not_read(mut self, names: &[&str], reason: &str) -> Self {
        for name in names {
            self.members.insert((*name).to_owned(), Value::unknown(reason));
        }
        self
    }

    /// Members that a call beside the main read tells.
    pub(super) fn detail<T>(self, names: &[&str], detail: &Detail<T>, put: impl FnOnce(Self, &T) -> Self) -> Self {
        match detail {
            Detail::Read(answer) => put(self, answer),
            Detail::Failed(failure) => self.not_read(names, &format!("{} failed", failure.action)),
            Detail::NotAsked => self.not_read(names, "not read: needs a call a resource, and there are many"),
        }
    }

    /// The object.
    pub(super) fn build(self) -> Value {
        Value::object(self.members)
    }
}

/// An object whose members are all there only when set: nested structures.
pub(super) fn object<const N: usize>(members: [(&str, Option<Value>); N]) -> Value {
    Value::object(members.into_iter().filter_map(|(name, value)| Some((name, value?))))
}

/// A text or an enumeration.
pub(super) fn text(member: &Option<impl AsRef<str>>) -> Option<Value> {
    member.as_ref().map(|text| Value::from(text.as_ref()))
}

/// A number or a boolean.
pub(super) fn scalar<T: Copy + Into<Value>>(member: &Option<T>) -> Option<Value> {
    member.map(Into::into)
}

/// A list of texts or enumerations.
pub(super) fn texts(member: &Option<Vec<impl AsRef<str>>>) -> Option<Value> {
    each(member, |text| text.as_ref().into())
}

/// A list of structures.
pub(super) fn each<T>(member: &Option<Vec<T>>, convert: impl Fn(&T) -> Value) -> Option<Value> {
    member.as_ref().map(|items| Value::list(items.iter().map(convert)))
}

/// A structure.
pub(super) fn nested<T>(member: &Option<T>, convert: impl FnOnce(&T) -> Value) -> Option<Value> {
    member.as_ref().map(convert)
}

/// A structure that is told to be set and is not read in its parts: unknown, which is something else than unset.
pub(super) fn opaque<T>(member: &Option<T>) -> Option<Value> {
    member.as_ref().map(|_| Value::unknown("set, and its parts are not read"))
}

/// A map of texts.
pub(super) fn map(member: &Option<HashMap<String, String>>) -> Option<Value> {
    member
        .as_ref()
        .map(|entries| Value::object(entries.iter().map(|(key, value)| (key.clone(), value.as_str().into()))))
}

/// One tag, as CloudFormation writes it.
pub(super) fn tag(key: &Option<String>, value: &Option<String>) -> Value {
    object([("Key", text(key)), ("Value", text(value).or_else(|| Some("".into())))])
}

/// Computed attributes that are known.
pub(super) fn computed<const N: usize>(attributes: [(&str, Option<Value>); N]) -> BTreeMap<String, Value> {
    attributes.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))).collect()
}

/// A time of the SDK.
pub(super) fn timestamp(time: &DateTime) -> Option<Timestamp> {
    Timestamp::new(time.secs(), i32::try_from(time.subsec_nanos()).ok()?).ok()
}

/// A fact that the service keeps with the resource: something about it changed at a time.
pub(super) fn changed_at(resource_type: &str, identifier: &str, at: Option<Timestamp>) -> Option<Evidence> {
    Some(Evidence {
        source: EvidenceSource::Service,
        at: Some(at?),
        actor: None,
        resource_type: ResourceType::from(resource_type),
        identifier: identifier.to_owned(),
        paths: Vec::new(),
        record_id: None,
    })
}

/// The part of an ARN after its account: `service/cluster/name`. `None` for what is not an ARN.
pub(super) fn arn_resource(arn: &str) -> Option<&str> {
    arn.strip_prefix("arn:")?.splitn(5, ':').nth(4)
}
