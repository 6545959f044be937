//! Policy: the rules a change record should keep, and which ones it breaks.
//!
//! The rules are a table with parameters that the configuration overrides per environment, because organisations
//! contradict each other in every one of them (deadline, approvers, windows). A violation never turns an explained
//! drift into an unexplained one; it is counted beside it. Knows no drift, no client and no clock.

mod people;
mod rules;
mod settings;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::model::{ChangeRecord, Violation};

pub use people::{People, Person};
pub use settings::{Field, Period, Policy, PolicyConfig, RuleConfig, RuleSettings, WidestScope};

/// A rule about records; its name is the label `rule` of `driftledger_change_record_violations`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Rule {
    /// Nobody agreed to the change, or only by word of mouth.
    NoApproval,
    /// Only the person who made the change agreed to it.
    SelfApproved,
    /// The change was made before anybody agreed to it.
    ImplementedBeforeApproval,
    /// The record was made too long after the change.
    Late,
    /// The record does not say how to take the change back.
    NoRollbackPlan,
    /// The change was made outside its planned window.
    OutsideWindow,
    /// The record leaves out what its type has to say.
    MissingField,
    /// No review followed an emergency change.
    NoReview,
    /// An emergency change names no incident.
    NoIncidentLink,
    /// The change is still not in the repository.
    NotCodified,
    /// The record explains more resources than one record should.
    OverBroad,
}

impl Rule {
    /// Every rule, for metrics that report zeros.
    pub const ALL: [Self; 11] = [
        Self::NoApproval,
        Self::SelfApproved,
        Self::ImplementedBeforeApproval,
        Self::Late,
        Self::NoRollbackPlan,
        Self::OutsideWindow,
        Self::MissingField,
        Self::NoReview,
        Self::NoIncidentLink,
        Self::NotCodified,
        Self::OverBroad,
    ];

    /// The rule's name in metrics, reports and the configuration.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::NoApproval => "no_approval",
            Self::SelfApproved => "self_approved",
            Self::ImplementedBeforeApproval => "implemented_before_approval",
            Self::Late => "late",
            Self::NoRollbackPlan => "no_rollback_plan",
            Self::OutsideWindow => "outside_window",
            Self::MissingField => "missing_field",
            Self::NoReview => "no_review",
            Self::NoIncidentLink => "no_incident_link",
            Self::NotCodified => "not_codified",
            Self::OverBroad => "over_broad",
        }
    }

    /// A violation of this rule by a record.
    pub fn violation(self, record: &ChangeRecord, message: impl Into<String>) -> Violation {
        Violation {
            rule: self.as_str().to_owned(),
            record: record.id.clone(),
            message: message.into(),
            at: record.place(),
        }
    }
}

/// When a change happened, as far as it is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChangeTime {
    /// At this time, by evidence.
    At(Timestamp),
    /// After the first (if there is one) and not after the second, by scans.
    Between(Option<Timestamp>, Timestamp),
}

impl ChangeTime {
    /// The time before which it cannot have happened; `None`: any time.
    pub fn earliest(self) -> Option<Timestamp> {
        match self {
            Self::At(at) => Some(at),
            Self::Between(from, _) => from,
        }
    }

    /// The time after which it cannot have happened.
    pub fn latest(self) -> Timestamp {
        match self {
            Self::At(at) | Self::Between(_, at) => at,
        }
    }
}

/// The rules a record breaks, in the order of [`Rule::ALL`].
///
/// `change` is when the change behind an open drift happened; without one the record's own times count, and nothing
/// is said about codifying.
pub fn violations(
    record: &ChangeRecord,
    change: Option<ChangeTime>,
    policy: &Policy,
    people: &People,
    now: Timestamp,
) -> Vec<Violation> {
    let own = record.actual.and_then(|window| window.end.or(window.start));
    let time = match (change, own) {
        // Where only scans saw the change, the record itself tells the time more exactly.
        (Some(ChangeTime::Between(from, to)), Some(own)) if from.is_none_or(|from| own > from) && own <= to => {
            Some(ChangeTime::At(own))
        }
        (change, own) => change.or(own.map(ChangeTime::At)),
    };
    let case = rules::Case { record, change: time, is_open: change.is_some(), policy, people, now };
    let broken = |rule: Rule| {
        let settings = policy.rule(rule)?;
        let applies = settings.types.contains(&rules::type_of(record));
        if applies { rules::check(rule, settings, &case) } else { None }.map(|message| rule.violation(record, message))
    };
    Rule::ALL.into_iter().filter_map(broken).collect()
}

#[cfg(test)]
mod tests;
