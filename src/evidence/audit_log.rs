//! Kubernetes' audit log (`audit.k8s.io/v1`): who wrote what to which object, and which of its attributes. It is the only
//! source that names persons, and the only one that sees removals and `kubectl scale`.
//!
//! Pure over events; `tail` reads them from the file of an API server, `log_group` knows where EKS puts them. What is dropped: reads, refused requests, dry
//! runs (`kubectl diff` is one), writes of status, and users of the control plane. Values never leave the events.
//!
//! Sources: <https://kubernetes.io/docs/reference/config-api/apiserver-audit.v1/>, and events that a 1.33 server wrote.

mod event;
pub mod log_group;
mod paths;
pub mod tail;

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::model::{Actor, ActorKind, AttributePath, Evidence, EvidenceSource, ResourceType, Value};
use crate::schema::kubernetes::{DELETION, ObjectName, built_in_plural};

pub use event::Event;

/// What is told of users and kinds besides what events say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// Users whose writes are nobody's change; `*` at the end stands for any rest.
    pub ignored_users: Vec<String>,
    /// Users that are programs; `*` at the end stands for any rest. Service accounts are without being named.
    pub automation: Vec<String>,
    /// The kinds of extensions: API group and plural → kind. What is not here and not built in is known by its body only.
    pub kinds: BTreeMap<(String, String), String>,
}

impl Default for Settings {
    fn default() -> Self {
        Self { ignored_users: default_ignored_users(), automation: Vec::new(), kinds: BTreeMap::new() }
    }
}

/// The users of the control plane.
pub fn default_ignored_users() -> Vec<String> {
    let users = [
        "system:apiserver",
        "system:kube-controller-manager",
        "system:kube-scheduler",
        "system:node:*",
        "system:serviceaccount:kube-system:*",
        "eks:*",
    ];
    users.map(str::to_owned).to_vec()
}

/// Events of a text: one a line, as the log file and CloudWatch Logs have them, or an `EventList`, as webhooks post it; and
/// how many lines were no event. Empty lines are neither.
pub fn parse(text: &str) -> (Vec<Event>, usize) {
    if let Ok(list) = serde_json::from_str::<EventList>(text) {
        return (list.items, 0);
    }
    let mut bad = 0;
    let lines = text.lines().filter(|line| !line.trim().is_empty());
    let events = lines.filter_map(|line| serde_json::from_str(line).inspect_err(|_| bad += 1).ok()).collect();
    (events, bad)
}

#[derive(Deserialize)]
struct EventList {
    items: Vec<Event>,
}

/// What the events say about changes. `live` gives what is known to live of an object: of a request that carried a whole
/// configuration only those attributes are named that still have the value it gave them; where nothing is known, or only
/// that a request was made, it speaks of the object as a whole.
pub fn evidence<'v>(
    events: &[Event],
    settings: &Settings,
    live: impl Fn(&ResourceType, &str) -> Option<&'v Value>,
) -> Vec<Evidence> {
    let of_event = |event: &Event| {
        let name = event.is_change().then(|| object(event, settings))??;
        let user = event.impersonated_user.as_ref().unwrap_or(&event.user);
        if matches(&settings.ignored_users, &user.username) {
            return None;
        }
        let (resource_type, identifier) = (name.resource_type(), name.identifier());
        let paths = paths_of(event, &name, live(&resource_type, &identifier))?;
        Some(Evidence {
            source: EvidenceSource::AuditLog,
            at: Some(event.at()),
            actor: Some(actor(event, user, settings)),
            resource_type,
            identifier,
            paths,
            record_id: None,
        })
    };
    events.iter().filter_map(of_event).collect()
}

/// The object that a request was about. A collection that is deleted names none.
fn object(event: &Event, settings: &Settings) -> Option<ObjectName> {
    let reference = event.object_ref.as_ref()?;
    let body = event.request_object.as_ref();
    let in_body = |pointer: &str| body.and_then(|body| body.pointer(pointer)).and_then(serde_json::Value::as_str);
    let group = reference.api_group.as_str();
    let kind = built_in_plural(group, &reference.resource).map(|kind| kind.kind.to_owned());
    let key = (group.to_owned(), reference.resource.clone());
    let of_body = || in_body("/kind").filter(|_| in_body("/apiVersion") == Some(&reference.api_version()));
    let kind = kind.or_else(|| settings.kinds.get(&key).cloned()).or_else(|| of_body().map(str::to_owned))?;
    let name = Some(reference.name.as_str()).filter(|name| !name.is_empty()).or_else(|| in_body("/metadata/name"))?;
    Some(ObjectName {
        api_version: reference.api_version(),
        kind,
        namespace: Some(reference.namespace.clone()).filter(|namespace| !namespace.is_empty()),
        name: name.to_owned(),
    })
}

/// The attributes that a request touched, empty for the object as a whole; `None` where it touched nothing that is
/// compared.
fn paths_of(event: &Event, name: &ObjectName, live: Option<&Value>) -> Option<Vec<AttributePath>> {
    let is_scale = event.subresource() == "scale";
    match (&event.request_object, event.verb.as_str()) {
        _ if is_scale => Some(vec![AttributePath::keys(["spec", "replicas"])]),
        // Asked for, and something holds it.
        (_, "delete") if live.is_some() => Some(vec![AttributePath::keys(DELETION.split('.'))]),
        (Some(body), "patch" | "update") => {
            let is_built_in = built_in_plural(name.group(), &event.object_ref.as_ref()?.resource).is_some();
            match paths::touched(body, &event.verb, is_built_in, live) {
                Some(paths) if paths.is_empty() => None,
                Some(paths) => Some(paths),
                None => Some(Vec::new()),
            }
        }
        _ => Some(Vec::new()),
    }
}

/// Who made a request. The names of users are authenticated, what is said of the tool is the client's own word.
fn actor(event: &Event, user: &event::User, settings: &Settings) -> Actor {
    let username = user.username.as_str();
    // EKS maps roles to users, and keeps the session, which often is the person.
    let session = user.extra.get("sessionName").and_then(|names| names.first()).filter(|name| !name.is_empty());
    let kind = if matches(&settings.automation, username) || username.starts_with("system:serviceaccount:") {
        ActorKind::Automation
    } else if username.starts_with("system:") {
        ActorKind::Service
    } else {
        ActorKind::Person
    };
    let name = session.filter(|_| kind == ActorKind::Person).map_or(username, String::as_str);
    Actor { name: name.to_owned(), kind, via: tool(&event.user_agent) }
}

/// Tools by what their user agents begin with; what is not here is called as it calls itself.
const TOOLS: [(&str, &str); 7] = [
    ("Go-http-client", "helm"),
    ("Helm", "helm"),
    ("HashiCorp", "terraform"),
    ("Mozilla", "browser"),
    ("argocd", "argocd"),
    ("helm-controller", "flux"),
    ("kustomize-controller", "flux"),
];

fn tool(user_agent: &str) -> Option<String> {
    let product = user_agent.split(['/', ' ']).next().filter(|product| !product.is_empty())?;
    let known = TOOLS.iter().find(|(prefix, _)| product.starts_with(prefix));
    Some(known.map_or_else(|| product.to_owned(), |(_, tool)| (*tool).to_owned()))
}

fn matches(patterns: &[String], name: &str) -> bool {
    patterns.iter().any(|pattern| match pattern.strip_suffix('*') {
        Some(prefix) => name.starts_with(prefix),
        None => name == pattern,
    })
}

#[cfg(test)]
mod tests;
