//! AWS CloudTrail: who asked a service for which change.
//!
//! Pure over events. Every event that changes something is kept, whatever its name: a list of names silently drops the
//! rest. What an event is about is found by the names in its request, of which only keyed digests are kept, because a
//! request may hold secrets.
//!
//! Source of the shapes: AWS CloudTrail user guide, "CloudTrail record contents" and "userIdentity element".

mod attributes;
mod event;
mod identity;
mod origin;
mod progress;
mod trail;

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use crate::model::{Actor, Fingerprinter, Value};

pub use event::Event;
pub use progress::{Progress, Span};
pub use trail::{Subject, Trail};

/// What is told of principals besides what events say.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Settings {
    /// Patterns (`*` stands for any characters) of the roles and sessions that deploy: an ARN, or the name of a role or
    /// session.
    pub pipelines: Vec<String>,
}

/// What is kept of an event that changed something.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fact {
    /// The event's own id, the same on every channel.
    pub id: String,
    /// The account that it happened in; empty: not told.
    pub account: String,
    /// The region that it happened in; of global services the one that records them.
    pub region: String,
    /// When the request was done.
    pub at: Timestamp,
    /// The service, as its endpoint is called: `ecs`, `monitoring`.
    pub service: String,
    /// The operation, without the API's date: `UpdateFunctionConfiguration`.
    pub operation: String,
    /// Who asked for it.
    pub actor: Actor,
    /// What the caller put into user agent, session name or source identity: a change record's id perhaps.
    pub tokens: Vec<String>,
    /// The members of the request.
    pub members: Vec<String>,
    /// Digests of the names in the request and its answer. A store keeps them beside the fact.
    #[serde(skip)]
    pub names: BTreeSet<NameDigest>,
}

/// A keyed digest of a name: enough to find it again for somebody who has the name and the key.
pub type NameDigest = u64;

/// Names of one event that are kept. The largest requests describe whole documents.
const MAX_NAMES: usize = 200;

/// The longest text that can be a name: ARNs are shorter.
const MAX_NAME: usize = 512;

/// How deep names are looked for.
const MAX_DEPTH: usize = 8;

impl Fact {
    /// What is to be kept of an event; `None` if it changed nothing.
    pub fn of(event: &Event, settings: &Settings, fingerprints: &Fingerprinter) -> Option<Self> {
        if !event.is_change() {
            return None;
        }
        let mut names = Vec::new();
        for part in [&event.request_parameters, &event.response_elements].into_iter().flatten() {
            collect(part, 0, &mut names);
        }
        names.extend(event.resources.iter().filter_map(|resource| resource.arn.clone()));
        let digests = names.iter().flat_map(|name| spellings(name)).map(|name| digest(fingerprints, name)).collect();
        let members = event.request_parameters.as_ref().and_then(Json::as_object);
        Some(Self {
            id: event.id.clone(),
            account: event.account().to_owned(),
            region: event.aws_region.clone(),
            at: event.event_time,
            service: event.service().to_owned(),
            operation: event.operation().to_owned(),
            actor: identity::actor(event, settings),
            tokens: identity::tokens(event),
            members: members.into_iter().flat_map(|members| members.keys().cloned()).collect(),
            names: digests,
        })
    }
}

/// The digest by which a name is known.
pub fn digest(fingerprints: &Fingerprinter, name: &str) -> NameDigest {
    let text = fingerprints.fingerprint(&Value::from(name)).to_string();
    text.rsplit(':').next().and_then(|digits| NameDigest::from_str_radix(digits, 16).ok()).unwrap_or_default()
}

fn collect(value: &Json, depth: usize, names: &mut Vec<String>) {
    if depth > MAX_DEPTH || names.len() >= MAX_NAMES {
        return;
    }
    match value {
        Json::String(text) if !text.is_empty() && text.len() <= MAX_NAME => names.push(text.clone()),
        Json::Array(items) => items.iter().for_each(|item| collect(item, depth + 1, names)),
        Json::Object(members) => members.values().for_each(|member| collect(member, depth + 1, names)),
        _ => {}
    }
}

/// A name, and the names in it if it is an ARN: that of a cluster or function is given either way.
fn spellings(name: &str) -> BTreeSet<&str> {
    let mut spellings = BTreeSet::from([name]);
    if let Some(resource) = name.strip_prefix("arn:").and_then(|rest| rest.splitn(5, ':').nth(4)) {
        spellings.insert(resource);
        // `parameter/a/b` is called `/a/b`.
        spellings.extend(resource.find('/').and_then(|at| resource.get(at..)));
        spellings.extend(resource.split(['/', ':']).filter(|part| !part.is_empty()));
    }
    spellings
}

#[cfg(test)]
mod tests;
