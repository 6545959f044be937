//! What it means for a difference who owns the field.

use super::Subject;
use crate::model::{AttributeDrift, AttributePath, FieldOwner, ManagerClass};

/// What is said of a difference because of its owners.
#[derive(Debug, Default)]
pub(super) struct Judged {
    /// A control loop set it, and nobody by hand.
    pub(super) is_controlled: bool,
    pub(super) note: Option<String>,
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
    let controlled = |note: String| Judged { is_controlled: true, note: Some(note) };
    let owners: Vec<&FieldOwner> = of(subject.owners, &drift.path).collect();
    let added = drift.declared.is_none() && drift.applied.is_none();
    let latest_by =
        |is: fn(ManagerClass) -> bool| owners.iter().filter(|owner| is(owner.class)).max_by_key(|o| (o.at, &o.manager));
    if let Some(owner) = latest_by(ManagerClass::is_by_hand) {
        let verb = if added { "added" } else { "set" };
        return Judged { is_controlled: false, note: Some(format!("{verb} by {}", described(owner))) };
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
    let is_controllers = !owners.is_empty() && owners.iter().all(|owner| owner.class == ManagerClass::Controller);
    match latest_by(|class| class == ManagerClass::Controller).filter(|_| is_controllers) {
        Some(owner) => controlled(format!("set by {}", described(owner))),
        None if added => Judged { is_controlled: false, note: owners.first().map(|owner| by_deployer(owner)) },
        None => Judged::default(),
    }
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
