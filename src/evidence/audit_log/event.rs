//! One event of an audit log, as much of it as is used.

use std::collections::BTreeMap;
use std::fmt;

use jiff::Timestamp;
use serde::Deserialize;

/// A request to an API server. Its body may hold secrets, so it is never shown.
#[derive(Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Event {
    pub(super) stage: String,
    pub(super) verb: String,
    #[serde(rename = "requestURI", default)]
    request_uri: String,
    pub(super) user: User,
    pub(super) impersonated_user: Option<User>,
    #[serde(default)]
    pub(super) user_agent: String,
    pub(super) object_ref: Option<ObjectReference>,
    response_status: Option<ResponseStatus>,
    pub(super) request_object: Option<serde_json::Value>,
    stage_timestamp: Timestamp,
}

#[derive(Clone, Deserialize)]
pub(super) struct User {
    #[serde(default)]
    pub(super) username: String,
    #[serde(default)]
    pub(super) extra: BTreeMap<String, Vec<String>>,
}

#[derive(Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ObjectReference {
    #[serde(default)]
    pub(super) resource: String,
    #[serde(default)]
    pub(super) namespace: String,
    #[serde(default)]
    pub(super) name: String,
    #[serde(default)]
    pub(super) api_group: String,
    #[serde(default)]
    api_version: String,
    #[serde(default)]
    subresource: String,
}

impl ObjectReference {
    pub(super) fn api_version(&self) -> String {
        match self.api_group.as_str() {
            "" => self.api_version.clone(),
            group => format!("{group}/{}", self.api_version),
        }
    }
}

#[derive(Clone, Deserialize)]
struct ResponseStatus {
    #[serde(default)]
    code: i64,
}

impl fmt::Debug for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Event({} {} {})", self.user.username, self.verb, self.request_uri)
    }
}

impl Event {
    /// When it was answered.
    pub fn at(&self) -> Timestamp {
        self.stage_timestamp
    }

    pub(super) fn subresource(&self) -> &str {
        self.object_ref.as_ref().map_or("", |reference| reference.subresource.as_str())
    }

    /// Whether it changed what is compared of an object: a write that was carried out. The only subresource that writes
    /// to the spec is `scale`.
    pub(super) fn is_change(&self) -> bool {
        let is_write = matches!(self.verb.as_str(), "create" | "update" | "patch" | "delete");
        let is_done = self.stage == "ResponseComplete"
            && self.response_status.as_ref().is_some_and(|status| (200..300).contains(&status.code));
        is_write && is_done && matches!(self.subresource(), "" | "scale") && !self.is_dry_run()
    }

    fn is_dry_run(&self) -> bool {
        let query = self.request_uri.split_once('?').map_or("", |(_, query)| query);
        let of_options = self.verb == "delete"
            && self.request_object.as_ref().is_some_and(|options| {
                options.get("dryRun").and_then(|values| values.as_array()).is_some_and(|values| !values.is_empty())
            });
        of_options || query.split('&').any(|pair| pair.starts_with("dryRun="))
    }
}
