//! The words that records use for kinds, risks, states and outcomes.
//!
//! Sources: the states of Jira Service Management and `ServiceNow` change requests, ITIL's kinds of change, and the
//! boxes of common change-request templates.

use crate::ledger::prose::normalised;
use crate::model::{ApprovalForm, ChangeType, Outcome, Reason, RecordState, Risk, Scenario};

/// A value and the words for it, in lower case with `_` between the parts. The first one is shown in messages.
type Words<T> = &'static [(T, &'static [&'static str])];

const CHANGE_TYPES: Words<ChangeType> = &[
    (ChangeType::Standard, &["standard", "standard_change", "routine", "pre_approved"]),
    (ChangeType::Normal, &["normal", "normal_change"]),
    (ChangeType::Emergency, &["emergency", "emergency_change", "urgent", "expedited", "break_glass"]),
];

const RISKS: Words<Risk> = &[
    (Risk::Low, &["low", "low_risk", "minor"]),
    (Risk::Medium, &["medium", "medium_risk", "med", "moderate"]),
    (Risk::High, &["high", "high_risk", "very_high", "major", "critical"]),
];

const REASONS: Words<Reason> = &[
    (Reason::Hotfix, &["hotfix", "urgent_hotfix", "bug_fix", "bugfix", "incident", "outage"]),
    (
        Reason::Config,
        &[
            "config",
            "configuration",
            "configuration_change",
            "config_change",
            "infrastructure_change",
            "infrastructure",
        ],
    ),
    (Reason::Security, &["security", "security_fix", "security_patch"]),
    (
        Reason::Maintenance,
        &["maintenance", "performance_improvement", "performance", "tuning", "scaling", "operational_adjustment"],
    ),
    (Reason::Database, &["database", "database_change", "data_fix", "data_change"]),
    (Reason::Feature, &["feature", "new_feature"]),
    (Reason::Other, &["other"]),
];

const SCENARIOS: Words<Scenario> = &[
    (Scenario::PipelineDown, &["pipeline_down", "github_down", "github_unavailable", "pipeline_unavailable"]),
    (Scenario::PlatformUnrecoverable, &["platform_unrecoverable", "unrecoverable"]),
    (Scenario::NotAutomated, &["not_automated", "unmanaged_by_design", "not_automated_by_design"]),
];

const STATES: Words<RecordState> = &[
    (RecordState::Draft, &["draft", "new"]),
    (
        RecordState::Review,
        &["review", "in_review", "cab_review", "assess", "authorize", "pending", "pending_approval", "submitted"],
    ),
    (RecordState::Approved, &["approved", "authorized", "authorised", "pre_approved"]),
    (RecordState::Scheduled, &["scheduled", "planned"]),
    (RecordState::Implementing, &["implementing", "implement", "in_progress", "started"]),
    (RecordState::Implemented, &["implemented", "done", "completed", "complete", "deployed"]),
    (RecordState::Closed, &["closed"]),
    (RecordState::Rejected, &["rejected", "declined", "denied", "refused"]),
    (RecordState::Deferred, &["deferred", "postponed", "on_hold"]),
    (RecordState::Cancelled, &["cancelled", "canceled", "withdrawn", "aborted"]),
];

const OUTCOMES: Words<Outcome> = &[
    (Outcome::Success, &["success", "successful", "succeeded", "completed_successfully"]),
    (Outcome::SuccessWithIssues, &["success_with_issues", "successful_with_issues", "partial", "partially_successful"]),
    (Outcome::Failed, &["failed", "failure", "unsuccessful"]),
    (Outcome::RolledBack, &["rolled_back", "rolledback", "rollback", "reverted", "backed_out"]),
    (Outcome::Unknown, &["unknown", "pending", "tbd", "n_a", "none"]),
];

const FORMS: Words<ApprovalForm> = &[
    (ApprovalForm::Field, &["field", "written", "signature"]),
    (ApprovalForm::Checkbox, &["checkbox", "box"]),
    (ApprovalForm::Comment, &["comment"]),
    (ApprovalForm::Review, &["review", "pull_request", "pr"]),
    (ApprovalForm::Verbal, &["verbal", "oral", "phone"]),
];

/// A closed set of values that records name by a word.
pub(in crate::ledger) trait Worded: Copy + 'static {
    /// The words.
    const WORDS: Words<Self>;

    /// The value that a text names. What follows an opening parenthesis, a colon or a spaced dash is commentary:
    /// `Medium (requires approval)`. A question names none.
    fn of(text: &str) -> Option<Self> {
        if text.contains('?') {
            return None;
        }
        let word = normalised(head(text));
        Self::WORDS.iter().find(|(_, words)| words.contains(&word.as_str())).map(|(value, _)| *value)
    }

    /// The words to choose from, for messages.
    fn choices() -> String {
        Self::WORDS.iter().filter_map(|(_, words)| words.first().copied()).collect::<Vec<_>>().join(", ")
    }
}

impl Worded for ChangeType {
    const WORDS: Words<Self> = CHANGE_TYPES;
}
impl Worded for Risk {
    const WORDS: Words<Self> = RISKS;
}
impl Worded for Reason {
    const WORDS: Words<Self> = REASONS;
}
impl Worded for Scenario {
    const WORDS: Words<Self> = SCENARIOS;
}
impl Worded for RecordState {
    const WORDS: Words<Self> = STATES;
}
impl Worded for Outcome {
    const WORDS: Words<Self> = OUTCOMES;
}
impl Worded for ApprovalForm {
    const WORDS: Words<Self> = FORMS;
}

fn head(text: &str) -> &str {
    let ends = ["(", ":", " - ", " – ", " — ", ","];
    let end = ends.iter().filter_map(|mark| text.find(mark)).min().unwrap_or(text.len());
    text.split_at(end).0
}

/// What somebody filled in: `None` for a blank (`____`, `TBD`, `<name>`), the text without decoration otherwise.
pub(super) fn filled(text: &str) -> Option<&str> {
    const BLANKS: &[&str] = &["tbd", "n_a", "na", "none", "name", "pending", "todo", "xxx", "unknown"];
    let text = undecorated(text);
    (is_written(text) && !BLANKS.contains(&normalised(text).as_str())).then_some(text)
}

/// Whether there is anything but lines, marks and `<placeholders>`.
pub(super) fn is_written(text: &str) -> bool {
    let text = undecorated(text);
    let is_placeholder = text.starts_with('<') && text.ends_with('>') || text.starts_with('[') && text.ends_with(']');
    !is_placeholder && text.contains(char::is_alphanumeric)
}

fn undecorated(text: &str) -> &str {
    text.trim().trim_matches(|c: char| "*`_".contains(c)).trim()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_is_found_in_any_spelling_and_a_strange_one_is_not() {
        assert_eq!(Outcome::of("Success with issues"), Some(Outcome::SuccessWithIssues));
        assert_eq!(Outcome::of("ROLLED_BACK"), Some(Outcome::RolledBack));
        assert_eq!(Outcome::of("not successful"), None);
        assert_eq!(Risk::of("Medium (requires approval, business hours OK)"), Some(Risk::Medium));
        assert_eq!(Reason::of("Performance Improvement"), Some(Reason::Maintenance));
        assert_eq!(RecordState::of("CAB Review"), Some(RecordState::Review));
        assert_eq!(RecordState::of("approved?"), None);
        assert_eq!(RecordState::of("not approved"), None);
    }

    #[test]
    fn a_word_means_one_value() {
        fn check<T: Worded>() {
            let mut words: Vec<_> = T::WORDS.iter().flat_map(|(_, words)| words.iter()).collect();
            let count = words.len();
            words.sort();
            words.dedup();
            assert_eq!(words.len(), count);
        }
        check::<ChangeType>();
        check::<Risk>();
        check::<Reason>();
        check::<Scenario>();
        check::<RecordState>();
        check::<Outcome>();
        check::<ApprovalForm>();
    }

    #[test]
    fn blanks_are_not_filled() {
        for blank in ["", "__________", "TBD", "n/a", "<name>", "[name]", "**", " - "] {
            assert_eq!(filled(blank), None, "{blank:?}");
        }
        assert_eq!(filled("**Jane Doe**"), Some("Jane Doe"));
        assert_eq!(filled("@engineer1"), Some("@engineer1"));
    }
}
