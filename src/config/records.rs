//! Where change records are kept.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::model::RecordState;

/// A place where change records are kept.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum RecordSource {
    /// Files in the repository.
    Files(RecordFiles),
    /// Issues of Jira.
    Jira(Jira),
    /// Change requests of ServiceNow.
    Servicenow(ServiceNow),
    /// Incidents of PagerDuty, with their notes.
    Pagerduty(PagerDuty),
    /// Incidents of incident.io, with their updates and post-mortems.
    IncidentIo(IncidentIo),
    /// Issues and pull requests of GitHub.
    Github(GitHub),
    /// Pages of Confluence.
    Confluence(Confluence),
}

/// A mistake in a source: the keys that lead to it, what it is, and what cures it.
pub(super) type Mistake = (&'static [&'static str], String, &'static str);

impl RecordSource {
    /// What is wrong with it though it parses.
    pub(super) fn mistakes(&self) -> Vec<Mistake> {
        let (zone, question) = match self {
            Self::Files(files) => (Some(&files.time_zone), None),
            Self::Jira(jira) => (Some(&jira.time_zone), Some(("jql", &jira.jql))),
            Self::Servicenow(servicenow) => (Some(&servicenow.time_zone), None),
            Self::Pagerduty(pagerduty) => (Some(&pagerduty.time_zone), None),
            Self::IncidentIo(incident_io) => (Some(&incident_io.time_zone), None),
            Self::Github(github) => (Some(&github.time_zone), None),
            Self::Confluence(confluence) => (Some(&confluence.time_zone), Some(("cql", &confluence.cql))),
        };
        let mut mistakes: Vec<Mistake> = Vec::new();
        if let Some((zone, error)) = zone.and_then(|zone| Some((zone, jiff::tz::TimeZone::get(zone).err()?))) {
            let message = format!("{zone:?} is not a time zone: {error}");
            mistakes.push((&["time_zone"], message, "write one such as Europe/Berlin"));
        }
        if let Some((key, _)) =
            question.filter(|(_, text)| text.to_lowercase().contains("order by") || text.trim().is_empty())
        {
            let keys: &[&str] = if key == "jql" { &["jql"] } else { &["cql"] };
            let message = "the question is empty or has an order".to_owned();
            mistakes.push((keys, message, "say which are change records; the order is set here"));
        }
        let Some(service) = self.service() else { return mistakes };
        let url = service.url();
        if url.is_empty() {
            mistakes.push((&["api"], "the API has no address".to_owned(), "write `url: https://HOST`"));
        } else if url.contains('@') || url.contains('?') || url.contains('#') {
            let message = "the address has more than a host and a path".to_owned();
            mistakes.push((&["api", "url"], message, "a token is named under `token`"));
        } else if !(url.starts_with("https://") || url.starts_with("http://") && service.api().plain_http) {
            let remedy = "write an https:// address, or set `plain_http` if nobody else can listen";
            mistakes.push((&["api", "url"], "the token is not sent to this address".to_owned(), remedy));
        }
        mistakes
    }
}

/// Change records as files in the repository.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RecordFiles {
    /// Their folder.
    pub path: String,
    /// The zone of times that name none, such as `Europe/Berlin`.
    #[serde(default = "super::defaults::time_zone")]
    pub time_zone: String,
}

/// How a service is reached. Nothing is ever written to it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Api {
    /// Its address: `https://example.atlassian.net`. Redirects to other hosts are not followed. Default, for a kind that
    /// is one service for everybody: that service.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// The user that the token belongs to, where the service asks for both. Without it the token is sent alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
    /// The token or password, and never its text: `{ env: JIRA_TOKEN }` or `{ file: /run/secrets/jira }`. It is read
    /// again for every scan.
    pub token: SecretSource,
    /// Whether `http://` will do. Whoever listens then has the token.
    #[serde(default)]
    pub plain_http: bool,
    /// The longest that one request may take.
    #[serde(default = "defaults::timeout_seconds")]
    pub timeout_seconds: u64,
    /// The longest that a scan waits for the source. What was not read by then is read on by the next scan.
    #[serde(default = "defaults::patience_seconds")]
    pub patience_seconds: u64,
}

/// Where a secret is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum SecretSource {
    /// In a variable of the environment.
    Env(SecretVariable),
    /// In a file.
    File(SecretFile),
}

/// A secret in a variable of the environment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SecretVariable {
    /// The variable's name.
    pub env: String,
}

/// A secret in a file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SecretFile {
    /// The file, relative to the configuration.
    pub file: String,
}

/// A fact of a record that a service keeps in a field of its own choosing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum RecordField {
    /// Standard, normal or emergency.
    ChangeType,
    /// How risky it is.
    Risk,
    /// Why the change was made.
    Reason,
    /// Why it could not be deployed the usual way.
    Scenario,
    /// The environment.
    Environment,
    /// Who carries it out.
    Implementer,
    /// Who agreed.
    Approvals,
    /// Who was told.
    Notified,
    /// Names of what it touches.
    Resources,
    /// What was or will be done.
    Steps,
    /// How to take it back.
    Rollback,
    /// What is hoped for.
    ExpectedOutcome,
    /// How it ended.
    Outcome,
    /// The planned start.
    PlannedStart,
    /// The planned end.
    PlannedEnd,
    /// The real start.
    ActualStart,
    /// The real end.
    ActualEnd,
    /// The incident.
    Incident,
    /// The review after it.
    Review,
    /// When it stops explaining anything.
    Expires,
}

impl RecordField {
    /// The name of the field in the configuration.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::ChangeType => "change_type",
            Self::Risk => "risk",
            Self::Reason => "reason",
            Self::Scenario => "scenario",
            Self::Environment => "environment",
            Self::Implementer => "implementer",
            Self::Approvals => "approvals",
            Self::Notified => "notified",
            Self::Resources => "resources",
            Self::Steps => "steps",
            Self::Rollback => "rollback",
            Self::ExpectedOutcome => "expected_outcome",
            Self::Outcome => "outcome",
            Self::PlannedStart => "planned_start",
            Self::PlannedEnd => "planned_end",
            Self::ActualStart => "actual_start",
            Self::ActualEnd => "actual_end",
            Self::Incident => "incident",
            Self::Review => "review",
            Self::Expires => "expires",
        }
    }
}

/// Which comments on a record are agreement to it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SignOff {
    /// Any comment, those with one of the phrases, or none.
    #[serde(default)]
    pub by: SignOffBy,
    /// The phrases, whatever their case. A comment that denies one (`not approved`) does not have it.
    #[serde(default = "defaults::phrases")]
    pub phrases: Vec<String>,
    /// Whose comments count, by a name, address or account id of theirs. Of an empty list: anybody's.
    #[serde(default)]
    pub signers: Vec<String>,
}

impl Default for SignOff {
    fn default() -> Self {
        Self { by: SignOffBy::default(), phrases: defaults::phrases(), signers: Vec::new() }
    }
}

/// What makes a comment agreement.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum SignOffBy {
    /// That somebody wrote it who neither asked for the change nor makes it.
    AnyComment,
    /// That it has one of the phrases.
    #[default]
    Phrase,
    /// Nothing.
    Nothing,
}

/// Issues of Jira.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Jira {
    /// How it is reached: Jira Cloud with a user and an API token, Jira Data Center with a personal access token alone.
    pub api: Api,
    /// Which of the two it is.
    #[serde(default)]
    pub edition: JiraEdition,
    /// The issues that are change records, in JQL and without `ORDER BY`: `project = OPS AND issuetype = Change`.
    pub jql: String,
    /// How far back issues are read, by their last change. What was read once is kept.
    #[serde(default = "defaults::history_days")]
    pub history_days: u32,
    /// The fields, by name or id, that hold what differs from site to site: `{ risk: customfield_10042 }`. Default: the
    /// names that Jira Service Management has for them.
    #[serde(default)]
    pub fields: BTreeMap<RecordField, String>,
    /// What the statuses of the workflow mean, where their names do not tell: `{ "Ready for CAB": review }`.
    #[serde(default)]
    pub states: BTreeMap<String, RecordState>,
    /// Which comments are agreement to the change.
    #[serde(default)]
    pub sign_off: SignOff,
    /// The zone of times in texts that name none.
    #[serde(default = "super::defaults::time_zone")]
    pub time_zone: String,
}

/// The editions of Jira, which have different APIs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum JiraEdition {
    /// Jira Cloud: `/rest/api/3`.
    #[default]
    Cloud,
    /// Jira Data Center and Server: `/rest/api/2`.
    DataCenter,
}

/// Change requests of ServiceNow. Its user needs to read `change_request`, `change_task` and `sysapproval_approver`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ServiceNow {
    /// How it is reached: the address of the instance, a user and the password of it, or a token alone.
    pub api: Api,
    /// Which change requests are read, as an encoded query: `assignment_group.name=Platform^active=true`. Default: all.
    #[serde(default)]
    pub query: String,
    /// How far back change requests are read, by their last change. What was read once is kept.
    #[serde(default = "defaults::history_days")]
    pub history_days: u32,
    /// The fields, by name, that hold what differs from instance to instance: `{ environment: u_environment }`.
    #[serde(default)]
    pub fields: BTreeMap<RecordField, String>,
    /// What the states of the change models mean, as they are shown, where their names do not tell.
    #[serde(default)]
    pub states: BTreeMap<String, RecordState>,
    /// The zone of times in texts that name none. Dates of ServiceNow itself are read in UTC.
    #[serde(default = "super::defaults::time_zone")]
    pub time_zone: String,
}

/// Incidents of PagerDuty, with their notes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PagerDuty {
    /// How it is reached: with a REST API key, one for reading.
    pub api: Api,
    /// The ids of the services whose incidents are read. Of an empty list: all.
    #[serde(default)]
    pub services: Vec<String>,
    /// How far back incidents are read. What was read once is kept.
    #[serde(default = "defaults::history_days")]
    pub history_days: u32,
    /// Which notes are agreement to the change.
    #[serde(default)]
    pub sign_off: SignOff,
    /// The zone of times in texts that name none.
    #[serde(default = "super::defaults::time_zone")]
    pub time_zone: String,
}

/// Incidents of incident.io. Notes of the timeline have no API: changes are recorded in updates, in the summary, in custom
/// fields or in the post-mortem.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct IncidentIo {
    /// How it is reached: with an API key that may view incidents and post-mortems.
    pub api: Api,
    /// How far back incidents are read, by their last change. What was read once is kept.
    #[serde(default = "defaults::history_days")]
    pub history_days: u32,
    /// The custom fields, by name or id, that hold facts of a record: `{ environment: Affected environment }`.
    #[serde(default)]
    pub fields: BTreeMap<RecordField, String>,
    /// What the statuses mean, where their categories do not tell.
    #[serde(default)]
    pub states: BTreeMap<String, RecordState>,
    /// Which updates are agreement to the change.
    #[serde(default)]
    pub sign_off: SignOff,
    /// The zone of times in texts that name none.
    #[serde(default = "super::defaults::time_zone")]
    pub time_zone: String,
}

/// Issues and pull requests of GitHub. Approving reviews are agreement to the change.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GitHub {
    /// How it is reached: with a token that may read issues and pull requests.
    pub api: Api,
    /// The repositories: `example/infrastructure`.
    pub repositories: Vec<String>,
    /// The labels of issues and pull requests that are change records; one of them is enough.
    #[serde(default = "defaults::labels")]
    pub labels: Vec<String>,
    /// How far back they are read, by their last change. What was read once is kept.
    #[serde(default = "defaults::history_days")]
    pub history_days: u32,
    /// What labels say about where in its life a record is: `{ "on hold": deferred }`.
    #[serde(default)]
    pub states: BTreeMap<String, RecordState>,
    /// Which comments are agreement to the change, besides reviews.
    #[serde(default)]
    pub sign_off: SignOff,
    /// The zone of times in texts that name none.
    #[serde(default = "super::defaults::time_zone")]
    pub time_zone: String,
}

/// Pages of Confluence.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Confluence {
    /// How it is reached: of Confluence Cloud the address with `/wiki`, a user and an API token; of Confluence Data Center
    /// a personal access token alone.
    pub api: Api,
    /// The pages that are change records, in CQL and without `order by`: `space = OPS and label = change`.
    pub cql: String,
    /// How far back pages are read, by their last change. What was read once is kept.
    #[serde(default = "defaults::history_days")]
    pub history_days: u32,
    /// What labels say about where in its life a record is, where their names do not tell.
    #[serde(default)]
    pub states: BTreeMap<String, RecordState>,
    /// Which comments are agreement to the change.
    #[serde(default)]
    pub sign_off: SignOff,
    /// The zone of times in texts that name none.
    #[serde(default = "super::defaults::time_zone")]
    pub time_zone: String,
}

/// What a key is when it is left out.
mod defaults {
    pub(super) fn timeout_seconds() -> u64 {
        30
    }

    pub(super) fn patience_seconds() -> u64 {
        120
    }

    /// Longer than any change by hand should live.
    pub(super) fn history_days() -> u32 {
        90
    }

    pub(super) fn labels() -> Vec<String> {
        vec!["change".to_owned()]
    }

    pub(super) fn phrases() -> Vec<String> {
        ["approved", "i approve", "signed off", "sign-off", "lgtm"].map(str::to_owned).to_vec()
    }
}
