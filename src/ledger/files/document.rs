//! The fields of a change record in YAML, JSON and front matter. Knows nothing of how a file is cut into records.
//!
//! ```yaml
//! id: CR-2024-001                       # the only field that must be there
//! summary: More memory for the user service
//! type: normal                          # standard, normal, emergency
//! risk: medium                          # low, medium, high
//! reason: maintenance                   # hotfix, config, security, maintenance, database, feature, or a sentence
//! scenario: pipeline down               # why not deployed: pipeline down, platform unrecoverable, not automated
//! state: implemented                    # draft, review, approved, scheduled, implementing, implemented, closed,
//!                                       # rejected, deferred, cancelled
//! environment: production
//! requester: jane@example.com
//! implementer: joe@example.com
//! approvals:
//!   - {who: cto@example.com, role: CTO, at: 2024-01-19T15:00:00Z, form: comment}
//! resources: [user-service, arn:aws:lambda:eu-west-1:123456789012:function:user-service]
//! planned: {start: 2024-01-20 10:00 Europe/Berlin, duration: 15 minutes}
//! actual: {start: 2024-01-20T09:02:00Z, end: 2024-01-20T09:10:00Z}
//! steps:
//!   - text: Raise the memory
//!     commands: aws lambda update-function-configuration --function-name user-service --memory-size 1024
//! rollback:
//!   - aws lambda update-function-configuration --function-name user-service --memory-size 512
//! outcome: success                      # success, success with issues, failed, rolled back, unknown
//! incident: INC-7
//! review: https://wiki.example.com/pir/7
//! expires: 2024-03-01
//! follow_up: Change the template
//! ```
//!
//! Without `state` a record is in review until every approval that it lists is given.

use std::fmt;
use std::marker::PhantomData;

use serde::de::value::{MapAccessDeserializer, StrDeserializer};
use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Visitor};

/// A change record.
#[derive(Clone, Debug, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Document {
    /// Its id, once in the whole ledger.
    pub id: Scalar,
    /// One line about it.
    pub summary: Option<Scalar>,
    /// More about it.
    pub description: Option<Scalar>,
    /// Standard, normal or emergency.
    #[serde(rename = "type")]
    pub change_type: Option<Scalar>,
    /// Low, medium or high.
    pub risk: Option<Scalar>,
    /// Why it was done by hand: one of the known words, or a sentence.
    pub reason: Option<Scalar>,
    /// Where in its life it is.
    pub state: Option<Scalar>,
    /// The environment; without it, any.
    pub environment: Option<Scalar>,
    /// Who asked for it.
    pub requester: Option<Scalar>,
    /// Who carried it out.
    pub implementer: Option<Scalar>,
    /// Who agreed. A name alone is an approval by that person.
    #[serde(default)]
    pub approvals: Many<TextOr<ApprovalFields>>,
    /// What was done. A text alone is a step; commands in it are found.
    #[serde(default)]
    pub steps: Many<TextOr<StepFields>>,
    /// How to take it back.
    #[serde(default)]
    pub rollback: Many<TextOr<StepFields>>,
    /// What it touches: ARNs, names, addresses, `cluster/service`.
    #[serde(default)]
    pub resources: Many<Scalar>,
    /// When it was planned for.
    pub planned: Option<SpanFields>,
    /// When it happened.
    pub actual: Option<SpanFields>,
    /// How it ended.
    pub outcome: Option<Scalar>,
    /// The incident it belongs to.
    pub incident: Option<Scalar>,
    /// The review after it.
    pub review: Option<Scalar>,
    /// When it stops explaining anything.
    pub expires: Option<Scalar>,
    /// Why it could not be deployed the usual way: pipeline down, platform unrecoverable, not automated.
    pub scenario: Option<Scalar>,
    /// What was hoped for.
    pub expected_outcome: Option<Scalar>,
    /// Whom and what it affects.
    pub impact: Option<Scalar>,
    /// What could go wrong.
    #[serde(default)]
    pub risks: Many<Scalar>,
    /// How it was tested.
    #[serde(default)]
    pub testing: Many<Scalar>,
    /// What was watched after it.
    #[serde(default)]
    pub monitoring: Many<Scalar>,
    /// Who was told.
    #[serde(default)]
    pub notified: Many<Scalar>,
    /// What remains to be done.
    #[serde(default)]
    pub follow_up: Many<Scalar>,
    /// Tickets, pull requests, pages.
    #[serde(default)]
    pub links: Many<Scalar>,
}

impl Document {
    /// The names of the fields, for suggestions.
    pub(super) const FIELDS: &[&str] = &[
        "id",
        "summary",
        "description",
        "type",
        "risk",
        "reason",
        "state",
        "environment",
        "requester",
        "implementer",
        "approvals",
        "steps",
        "rollback",
        "resources",
        "planned",
        "actual",
        "outcome",
        "incident",
        "review",
        "expires",
        "scenario",
        "expected_outcome",
        "impact",
        "risks",
        "testing",
        "monitoring",
        "notified",
        "follow_up",
        "links",
    ];
}

/// An approval.
#[derive(Clone, Debug, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ApprovalFields {
    /// Who agreed. Blank: was asked and has not.
    pub who: Option<Scalar>,
    /// In which role.
    pub role: Option<Scalar>,
    /// When.
    pub at: Option<Scalar>,
    /// In what form: field, checkbox, comment, review, verbal.
    pub form: Option<Scalar>,
}

impl From<String> for ApprovalFields {
    fn from(who: String) -> Self {
        Self { who: Some(Scalar(who)), role: None, at: None, form: None }
    }
}

/// A step.
#[derive(Clone, Debug, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StepFields {
    /// What is done, in words.
    pub text: Option<Scalar>,
    /// Its commands.
    #[serde(default)]
    pub commands: Many<Scalar>,
}

impl From<String> for StepFields {
    fn from(text: String) -> Self {
        Self { text: Some(Scalar(text)), commands: Many(Vec::new()) }
    }
}

/// A span of time.
#[derive(Clone, Debug, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SpanFields {
    /// From.
    pub start: Option<Scalar>,
    /// Until.
    pub end: Option<Scalar>,
    /// For how long, in place of `end`.
    pub duration: Option<Scalar>,
}

/// A text; whole numbers and truth values are taken as they are written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scalar(pub String);

/// A text, or a structure that a text alone is short for.
#[derive(Clone, Debug)]
pub struct TextOr<T>(pub T);

/// One or several of something.
#[derive(Clone, Debug)]
pub struct Many<T>(pub Vec<T>);

impl<T> Default for Many<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

struct ScalarVisitor;

impl Visitor<'_> for ScalarVisitor {
    type Value = Scalar;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a text")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Scalar, E> {
        Ok(Scalar(text.to_owned()))
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<Scalar, E> {
        Ok(Scalar(number.to_string()))
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<Scalar, E> {
        Ok(Scalar(number.to_string()))
    }

    fn visit_bool<E: Error>(self, truth: bool) -> Result<Scalar, E> {
        Ok(Scalar(truth.to_string()))
    }
}

impl<'de> Deserialize<'de> for Scalar {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ScalarVisitor)
    }
}

struct TextOrVisitor<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de> + From<String>> Visitor<'de> for TextOrVisitor<T> {
    type Value = TextOr<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a text or a group of fields")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
        Ok(TextOr(T::from(text.to_owned())))
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
        T::deserialize(MapAccessDeserializer::new(map)).map(TextOr)
    }
}

impl<'de, T: Deserialize<'de> + From<String>> Deserialize<'de> for TextOr<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(TextOrVisitor(PhantomData))
    }
}

struct ManyVisitor<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for ManyVisitor<T> {
    type Value = Many<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("one entry or a list of them")
    }

    fn visit_unit<E: Error>(self) -> Result<Self::Value, E> {
        Ok(Many::default())
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
        Ok(Many(vec![T::deserialize(StrDeserializer::new(text))?]))
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
        Ok(Many(vec![T::deserialize(MapAccessDeserializer::new(map))?]))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut entries: A) -> Result<Self::Value, A::Error> {
        let mut many = Vec::new();
        while let Some(entry) = entries.next_element()? {
            many.push(entry);
        }
        Ok(Many(many))
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Many<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ManyVisitor(PhantomData))
    }
}
