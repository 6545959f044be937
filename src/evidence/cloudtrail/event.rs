//! One event of CloudTrail, as much of it as is used.

use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Deserializer};
use serde_json::Value as Json;

/// A call of a service, or something a service did. Its request may hold secrets, so it is never shown.
#[derive(Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Event {
    #[serde(rename = "eventID")]
    pub(super) id: String,
    pub(super) event_time: Timestamp,
    event_source: String,
    event_name: String,
    #[serde(default)]
    pub(super) aws_region: String,
    #[serde(rename = "sourceIPAddress", default)]
    pub(super) source_ip_address: String,
    #[serde(default, deserialize_with = "or_default")]
    pub(super) user_agent: String,
    #[serde(default)]
    pub(super) user_identity: UserIdentity,
    error_code: Option<String>,
    error_message: Option<String>,
    pub(super) request_parameters: Option<Json>,
    pub(super) response_elements: Option<Json>,
    event_type: Option<String>,
    /// `true` or `"true"`.
    read_only: Option<Json>,
    /// As `read_only`.
    session_credential_from_console: Option<Json>,
    recipient_account_id: Option<String>,
    #[serde(default, deserialize_with = "or_default")]
    pub(super) resources: Vec<Resource>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct UserIdentity {
    #[serde(rename = "type")]
    pub(super) kind: String,
    pub(super) arn: String,
    pub(super) account_id: String,
    pub(super) user_name: String,
    pub(super) invoked_by: String,
    pub(super) session_context: SessionContext,
    pub(super) on_behalf_of: OnBehalfOf,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct SessionContext {
    pub(super) session_issuer: SessionIssuer,
    pub(super) source_identity: String,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct SessionIssuer {
    pub(super) arn: String,
    pub(super) user_name: String,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct OnBehalfOf {
    pub(super) user_id: String,
}

#[derive(Clone, Debug, Deserialize)]
pub(super) struct Resource {
    #[serde(rename = "ARN")]
    pub(super) arn: Option<String>,
}

fn or_default<'de, D: Deserializer<'de>, T: Default + Deserialize<'de>>(deserializer: D) -> Result<T, D::Error> {
    Ok(Option::deserialize(deserializer)?.unwrap_or_default())
}

fn is_true(flag: Option<&Json>) -> bool {
    flag.is_some_and(|flag| flag.as_bool() == Some(true) || flag.as_str() == Some("true"))
}

impl fmt::Debug for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Event({} {} {})", self.id, self.event_source, self.event_name)
    }
}

impl Event {
    /// When the request was done.
    pub fn at(&self) -> Timestamp {
        self.event_time
    }

    /// Whether it was carried out and could change something.
    pub(super) fn is_change(&self) -> bool {
        let has_failed = self.error_code.is_some() || self.error_message.is_some();
        let tries_out = self.request_parameters.as_ref().is_some_and(|request| is_true(request.get("dryRun")));
        let is_read = match &self.read_only {
            Some(flag) => is_true(Some(flag)),
            // Events of the first versions do not say.
            None => ["Get", "List", "Describe", "Head"].iter().any(|verb| self.event_name.starts_with(verb)),
        };
        !has_failed && !tries_out && !is_read
    }

    /// The service: `ecs` of `ecs.amazonaws.com`.
    pub(super) fn service(&self) -> &str {
        self.event_source.split('.').next().unwrap_or_default()
    }

    /// The operation. Lambda's events carry the date of its API: `UpdateAlias20150331`, `AddPermission20150331v2`.
    pub(super) fn operation(&self) -> &str {
        let name = self.event_name.as_str();
        let undated = name.find("20").and_then(|at| name.split_at_checked(at)).filter(|(_, date)| {
            let digits = date.bytes().take_while(u8::is_ascii_digit).count();
            digits == 8
        });
        undated.map_or(name, |(operation, _)| operation)
    }

    pub(super) fn account(&self) -> &str {
        self.recipient_account_id.as_deref().unwrap_or(&self.user_identity.account_id)
    }

    pub(super) fn is_of_service(&self) -> bool {
        self.event_type.as_deref() == Some("AwsServiceEvent")
    }

    pub(super) fn has_console_session(&self) -> bool {
        is_true(self.session_credential_from_console.as_ref())
    }
}
