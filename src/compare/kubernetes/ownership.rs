//! What it means for a difference who owns the field.

use super::Subject;
use crate::model::{AttributeDrift, AttributePath, FieldOperation, FieldOwner, ManagerClass, Standing, Value};

/// What is said of a difference because of its owners.
#[derive(Debug, Default)]
pub(super) struct Judged {
    pub(super) meaning: Meaning,
    pub(super) note: Option<String>,
}

/// What a difference is because of its owners.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Meaning {
    /// What the values alone say.
    #[default]
    AsItStands,
    /// A control loop set it, or the server itself on its way in, and nobody by hand.
    Controlled,
    /// It only looks changed by hand: the server made it of what was deployed.
    Pending,
}

/// The owners of a field, of a part of it, or of what it is a part of.
fn of<'a>(owners: &'a [FieldOwner], path: &AttributePath) -> impl Iterator<Item = &'a FieldOwner> {
    owners.iter().filter(move |owner| owner.path.is_within(path) || path.is_within(&owner.path))
}

/// Whether a person, or a client of which nobody knows that it is none, owns a field.
pub(super) fn is_set_by_hand(owners: &[FieldOwner], path: &AttributePath) -> bool {
    of(owners, path).any(|owner| owner.class.is_by_hand())
}

/// Says what the owners of a difference mean for it.
pub(super) fn judge(subject: &Subject<'_>, drift: &AttributeDrift) -> Judged {
    let controlled = |note: String| Judged { meaning: Meaning::Controlled, note: Some(note) };
    let drift_with = |note: Option<String>| Judged { meaning: Meaning::AsItStands, note };
    let owners: Vec<&FieldOwner> = of(subject.owners, &drift.path).collect();
    let added = drift.declared.is_none() && drift.applied.is_none();
    let latest_by =
        |is: fn(ManagerClass) -> bool| owners.iter().filter(|owner| is(owner.class)).max_by_key(|o| (o.at, &o.manager));
    if let Some(owner) = latest_by(ManagerClass::is_by_hand) {
        let verb = if added { "added" } else { "set" };
        return drift_with(Some(format!("{verb} by {}", described(owner))));
    }
    if !drift.standing.is_manual_change() {
        return Judged::default();
    }
    if subject.autoscaled && is_replicas(&drift.path) {
        return controlled("moved by the autoscaler that is declared for it".to_owned());
    }
    if is_aggregated(subject, &drift.path) {
        return controlled("filled by the aggregation of other roles".to_owned());
    }
    if let Some(note) = mutated(drift, &owners) {
        let was_declared_since = drift.standing == Standing::Conflict;
        let meaning = if was_declared_since { Meaning::Pending } else { Meaning::Controlled };
        return Judged { meaning, note: Some(note) };
    }
    let is_controllers = !owners.is_empty() && owners.iter().all(|owner| owner.class == ManagerClass::Controller);
    match latest_by(|class| class == ManagerClass::Controller).filter(|_| is_controllers) {
        Some(owner) => controlled(format!("set by {}", described(owner))),
        None if added => drift_with(owners.first().map(|owner| by_deployer(owner))),
        None => drift_with(owners.first().filter(|_| drift.live.is_some()).and_then(|owner| as_deployer(owner))),
    }
}

/// Why a value that is not what was applied is nobody's change: what applied it still owns the field. Who changes a
/// value takes it over; only what the server does before it stores a request leaves the owner as he is: webhooks and
/// policies that mutate. What is gone has no owner, and a size may have been set where no owner is noted (`scale` before
/// Kubernetes 1.22), so of these nothing is said.
fn mutated(drift: &AttributeDrift, owners: &[&FieldOwner]) -> Option<String> {
    let applied = drift.applied.as_ref().map(Value::to_json)?.to_string();
    let is_sent = |owner: &&FieldOwner| owner.class == ManagerClass::Deployer && owner.sent.as_ref() == Some(&applied);
    let says_so = drift.live.is_some() && !is_replicas(&drift.path) && owners.iter().all(is_sent);
    let owner = owners.first().filter(|_| says_so)?;
    Some(format!("mutated by the server on its way in: {} applied another value and still owns it", owner.manager))
}

/// A manager, with what it is taken for.
pub(crate) fn described(owner: &FieldOwner) -> String {
    let through = owner.subresource.as_ref().map(|part| format!(" through {part}")).unwrap_or_default();
    let what = match owner.class {
        ManagerClass::Deployer => "which deploys",
        ManagerClass::Controller => "a controller",
        ManagerClass::Human => "a tool people use",
        ManagerClass::Unknown => "a client that is not known",
    };
    format!("{}{through} ({what})", owner.manager)
}

/// Nothing tells a declaration that is older than what is known of the repository from a run of the same tool by hand.
fn by_deployer(owner: &FieldOwner) -> String {
    format!("added by {}: applied by hand, or left from a version that is not known (low confidence)", described(owner))
}

/// What is applied with server-side apply is noted nowhere.
fn as_deployer(owner: &FieldOwner) -> Option<String> {
    let name = described(owner);
    (owner.operation == FieldOperation::Apply)
        .then(|| format!("owned by {name}: applied by hand, or mutated by the server on its way in (low confidence)"))
}

fn is_replicas(path: &AttributePath) -> bool {
    *path == AttributePath::keys(["spec", "replicas"])
}

/// The rules of a role that collects those of others belong to the controller that collects them.
fn is_aggregated(subject: &Subject<'_>, path: &AttributePath) -> bool {
    subject.resource_type.as_str().starts_with("rbac.authorization.k8s.io/")
        && subject.resource_type.as_str().ends_with("/ClusterRole")
        && subject.declared.get("aggregationRule").is_some()
        && path.is_within(&AttributePath::keys(["rules"]))
}
