//! Change records: what somebody wrote down about a change made by hand.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::Location;

/// A logged change, from whatever source, in one shape.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ChangeRecord {
    /// The record's id: `CR-2024-001`.
    pub id: String,
    /// The kind of source it comes from: `files`, `jira`.
    pub source: String,
    /// What kind of thing it is there.
    pub kind: RecordKind,
    /// Where it stands, for records in the repository.
    pub at: Option<Location>,
    /// Its address, for records elsewhere.
    pub url: Option<String>,
    /// One line about it.
    pub summary: String,
    /// Everything else it says, as text; matched against names of resources and attributes.
    pub body: String,
    /// Standard, normal or emergency.
    pub change_type: Option<ChangeType>,
    /// How risky it was thought to be.
    pub risk: Option<Risk>,
    /// Why the change was made.
    pub reason: Option<Reason>,
    /// Why it could not be deployed the usual way.
    pub scenario: Option<Scenario>,
    /// Where in its life it is.
    pub state: RecordState,
    /// Who asked for it.
    pub requester: Option<String>,
    /// Who carried it out.
    pub implementer: Option<String>,
    /// Who agreed to it, and who was asked and has not.
    pub approvals: Vec<Approval>,
    /// Who was told of it.
    pub notified: Vec<String>,
    /// What was done, in order.
    pub steps: Vec<RecordStep>,
    /// How to take it back.
    pub rollback: Vec<RecordStep>,
    /// What it should bring about.
    pub expected_outcome: Option<String>,
    /// Names that say what it touches: ARNs, addresses, service names, `cluster/service`.
    pub selectors: Vec<String>,
    /// The environment it speaks of; `None`: any.
    pub environment: Option<String>,
    /// When it was planned for.
    pub planned: Option<Window>,
    /// When it really happened.
    pub actual: Option<Window>,
    /// When the record was really made: for files the first commit that holds it, not a date written in it.
    pub recorded_at: Option<Timestamp>,
    /// How it ended.
    pub outcome: Outcome,
    /// The incident it belongs to.
    pub incident: Option<String>,
    /// The review after it.
    pub review: Option<String>,
    /// When it stops explaining anything: a temporary change should be gone by then.
    pub expires_at: Option<Timestamp>,
    /// What is left to do after it.
    pub follow_ups: Vec<String>,
    /// Ids and addresses of other records, pull requests and pages that it refers to.
    pub links: Vec<String>,
    /// Other records of the same change. What they say is part of this one.
    pub aliases: Vec<RecordAlias>,
    /// The SHA-256 of what its source answered, in hexadecimal, for records that are read from a service.
    pub raw_hash: Option<String>,
    /// Where the source cannot be read now: when this was last read there.
    pub as_of: Option<Timestamp>,
}

impl ChangeRecord {
    /// A record of which only id and source are known: nobody has agreed to it yet.
    pub fn new(id: impl Into<String>, source: impl Into<String>) -> Self {
        Self {
            id: id.into(),
            source: source.into(),
            kind: RecordKind::default(),
            at: None,
            url: None,
            summary: String::new(),
            body: String::new(),
            change_type: None,
            risk: None,
            reason: None,
            scenario: None,
            state: RecordState::Review,
            requester: None,
            implementer: None,
            approvals: Vec::new(),
            notified: Vec::new(),
            steps: Vec::new(),
            rollback: Vec::new(),
            expected_outcome: None,
            selectors: Vec::new(),
            environment: None,
            planned: None,
            actual: None,
            recorded_at: None,
            outcome: Outcome::default(),
            incident: None,
            review: None,
            expires_at: None,
            follow_ups: Vec::new(),
            links: Vec::new(),
            aliases: Vec::new(),
            raw_hash: None,
            as_of: None,
        }
    }

    /// Where a reader finds the record: `file:line`, or its address.
    pub fn place(&self) -> Option<String> {
        self.at.as_ref().map(|at| format!("{}:{}", at.file, at.line)).or_else(|| self.url.clone())
    }

    /// Whether an id is its own, or that of another record of the same change.
    pub fn goes_by(&self, id: &str) -> bool {
        self.id == id || self.aliases.iter().any(|alias| alias.id == id)
    }
}

/// What kind of thing a record is where it is kept.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RecordKind {
    /// A change request, or a ticket about a change.
    #[default]
    Change,
    /// A pull request.
    PullRequest,
    /// An incident, in whose course something was changed.
    Incident,
    /// A page.
    Page,
}

impl RecordKind {
    /// The name of the kind, for people.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Change => "change",
            Self::PullRequest => "pull request",
            Self::Incident => "incident",
            Self::Page => "page",
        }
    }
}

/// Why a change could not be deployed the usual way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scenario {
    /// What deploys was down, and it could not wait.
    PipelineDown,
    /// The platform was in a state that no deployment mends.
    PlatformUnrecoverable,
    /// The infrastructure is kept out of automation on purpose.
    NotAutomated,
}

/// Another record of the same change.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct RecordAlias {
    /// Its id.
    pub id: String,
    /// The kind of source it comes from.
    pub source: String,
    /// Where a reader finds it.
    pub place: Option<String>,
}

/// A step of a change.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct RecordStep {
    /// What is done, in words.
    pub text: String,
    /// The commands of it, one line each, continuations joined. They are data and never executed.
    pub commands: Vec<CommandLine>,
}

/// A command as a record quotes it, and where.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CommandLine {
    /// The command, continuations joined, without a prompt.
    pub text: String,
    /// Where the record quotes it.
    pub at: Option<Location>,
}

/// Kinds of change, as ITIL names them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ChangeType {
    /// Pre-approved, by a runbook.
    Standard,
    /// Reviewed and approved before.
    Normal,
    /// Made at once, recorded and approved after.
    Emergency,
}

/// How risky a change is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Risk {
    /// Low.
    Low,
    /// Medium.
    Medium,
    /// High.
    High,
}

/// Why a change was made by hand.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// A critical bug or an outage.
    Hotfix,
    /// A setting changed at run time.
    Config,
    /// A security fix.
    Security,
    /// Tuning, scaling, maintenance.
    Maintenance,
    /// Data changed directly. Never explains a difference of infrastructure.
    Database,
    /// A feature.
    Feature,
    /// Anything else.
    Other,
}

/// Where in its life a record is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum RecordState {
    /// Still being written.
    Draft,
    /// Waiting for approval.
    Review,
    /// Approved.
    Approved,
    /// Approved and given a date.
    Scheduled,
    /// Under way.
    Implementing,
    /// Done.
    Implemented,
    /// Done and closed.
    Closed,
    /// Refused.
    Rejected,
    /// Put off.
    Deferred,
    /// Withdrawn.
    Cancelled,
}

impl RecordState {
    /// Every state, for metrics that report zeros.
    pub const ALL: [Self; 10] = [
        Self::Draft,
        Self::Review,
        Self::Approved,
        Self::Scheduled,
        Self::Implementing,
        Self::Implemented,
        Self::Closed,
        Self::Rejected,
        Self::Deferred,
        Self::Cancelled,
    ];

    /// Whether a record in this state can explain a drift at all. `Review` can, with the violation `no_approval`.
    pub fn can_explain(self) -> bool {
        !matches!(self, Self::Draft | Self::Rejected | Self::Deferred | Self::Cancelled)
    }

    /// The state's name in metrics and files.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::Review => "review",
            Self::Approved => "approved",
            Self::Scheduled => "scheduled",
            Self::Implementing => "implementing",
            Self::Implemented => "implemented",
            Self::Closed => "closed",
            Self::Rejected => "rejected",
            Self::Deferred => "deferred",
            Self::Cancelled => "cancelled",
        }
    }
}

/// One person's agreement, or a place left blank for it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Approval {
    /// The person; `None`: the place is blank.
    pub who: Option<String>,
    /// The role in which they were asked.
    pub role: Option<String>,
    /// When they agreed.
    pub at: Option<Timestamp>,
    /// In what form.
    pub form: ApprovalForm,
    /// Whether they agreed. A named person behind an unticked box has not.
    pub given: bool,
}

/// In what form an approval was given.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ApprovalForm {
    /// A field of a form or file.
    Field,
    /// A ticked box with a name.
    Checkbox,
    /// A comment.
    Comment,
    /// A review of a pull request.
    Review,
    /// By word of mouth; needs a written one later.
    Verbal,
}

/// A span of time. Either end may be open.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Window {
    /// From.
    pub start: Option<Timestamp>,
    /// Until.
    pub end: Option<Timestamp>,
}

/// How a change ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// As hoped.
    Success,
    /// It worked, with something to mend.
    SuccessWithIssues,
    /// It did not work.
    Failed,
    /// It was taken back.
    RolledBack,
    /// Not said.
    #[default]
    Unknown,
}
