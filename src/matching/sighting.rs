//! When and by whom an attribute was changed, as far as evidence and scans tell.

use jiff::Timestamp;

use crate::ledger::policy::{ChangeTime, People};
use crate::model::{Actor, ActorKind, AttributePath, ChangeRecord, Drift, Evidence, EvidenceSource};

use super::identity::is_same_resource;

/// One possible answer to who and when.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sighting<'a> {
    pub time: ChangeTime,
    pub actor: Option<&'a Actor>,
    pub source: Option<EvidenceSource>,
    /// The record id that the change carried.
    pub carries: Option<&'a str>,
}

/// Whether the actor is the one that a record names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum ActorFit {
    Agrees,
    Unknown,
    Differs,
}

/// The evidence about a drift that can be about this change of it, latest first.
pub(super) fn relevant<'a>(drift: &Drift, evidence: impl IntoIterator<Item = &'a Evidence>) -> Vec<&'a Evidence> {
    let (from, to) = drift.changed_between;
    let to = to.max(drift.last_seen);
    let mut found: Vec<&Evidence> = evidence
        .into_iter()
        .filter(|evidence| evidence.resource_type == drift.resource_type)
        .filter(|evidence| is_same_resource(drift, &evidence.identifier))
        // What happened before the last scan that found the resource in sync is another change.
        .filter(|evidence| {
            let at = evidence.at.map(to_the_second);
            at.is_none_or(|at| from.is_none_or(|from| at >= from) && at <= to)
        })
        .collect();
    found.sort_by(|one, other| rank(other).cmp(&rank(one)));
    found
}

/// Scans are dated to the second; what is held against them is too. Of two changes within one second the later still
/// counts as the later.
fn to_the_second(at: Timestamp) -> Timestamp {
    Timestamp::from_second(at.as_second()).unwrap_or(at)
}

/// An order of evidence that does not depend on how it came in: the latest first, of one time what names a user and not
/// only a tool, then by what it says.
fn rank(evidence: &Evidence) -> impl Ord + '_ {
    let names_user = matches!(evidence.source, EvidenceSource::Cloudtrail | EvidenceSource::AuditLog);
    let actor = evidence.actor.as_ref().map(|actor| (&actor.name, actor.kind, &actor.via));
    (evidence.at, names_user, actor, &evidence.record_id, evidence.source, &evidence.paths)
}

/// The sightings of one attribute (`None`: the resource as a whole), latest first; at least one.
///
/// Evidence that names the attribute outweighs evidence about the resource; without any, the scans remain.
pub(super) fn sightings<'a>(
    drift: &'a Drift,
    relevant: &[&'a Evidence],
    path: Option<&AttributePath>,
) -> Vec<Sighting<'a>> {
    let names_it = |evidence: &Evidence| {
        path.is_some_and(|path| evidence.paths.iter().any(|own| own.is_within(path) || path.is_within(own)))
    };
    let exact = relevant.iter().filter(|evidence| names_it(evidence)).count() > 0;
    let fits = |evidence: &Evidence| if exact { names_it(evidence) } else { evidence.paths.is_empty() };
    let (from, to) = drift.changed_between;
    let scans = ChangeTime::Between(from, to);
    let mut found: Vec<Sighting<'_>> = relevant
        .iter()
        .filter(|evidence| fits(evidence))
        .map(|evidence| Sighting {
            time: evidence.at.map_or(scans, |at| ChangeTime::At(to_the_second(at))),
            actor: evidence.actor.as_ref(),
            source: Some(evidence.source),
            carries: evidence.record_id.as_deref(),
        })
        .collect();
    if found.is_empty() {
        found.push(Sighting { time: scans, actor: None, source: None, carries: None });
    }
    found
}

/// Whether the actor is known as a person or program, not only as a tool.
pub(super) fn is_known(actor: &Actor) -> bool {
    actor.kind != ActorKind::Unknown && !actor.name.trim().is_empty()
}

impl Sighting<'_> {
    /// Whether the one who made the change is the one whom the record names.
    pub(super) fn actor_fit(&self, record: &ChangeRecord, people: &People) -> ActorFit {
        let Some(actor) = self.actor.filter(|actor| is_known(actor)) else { return ActorFit::Unknown };
        match changer(record) {
            Some(changer) if people.are_same(&actor.name, changer) => ActorFit::Agrees,
            Some(_) => ActorFit::Differs,
            None => ActorFit::Unknown,
        }
    }

    /// A sentence about who made the change.
    pub(super) fn actor_sentence(&self, record: &ChangeRecord, people: &People) -> String {
        let Some(actor) = self.actor.filter(|actor| is_known(actor)) else {
            return "who made the change is not known".to_owned();
        };
        let made = people.person(&actor.name);
        match (self.actor_fit(record, people), changer(record)) {
            (ActorFit::Agrees, _) => format!("{made} made the change, as the record says"),
            (_, Some(changer)) => format!("{made} made the change, the record says {}", people.person(changer)),
            (_, None) => format!("{made} made the change, the record names nobody"),
        }
    }
}

fn changer(record: &ChangeRecord) -> Option<&str> {
    record.implementer.as_deref().or(record.requester.as_deref()).filter(|name| !name.trim().is_empty())
}
