//! From what was read to what it means: declared, applied and live of one stack become drifts, merge bases and
//! coverage. Pure: no client, no clock, no store.

mod outcome;
pub(super) mod remembered;
pub(super) mod sides;
mod undeclared;

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde_json::Value as Json;

use super::dry_run::Trials;
use super::kubernetes::left::Left;
use super::kubernetes::unmanaged::Undeclared as UnmanagedObjects;
use super::resolve;
use super::watch;
use crate::applied::AppliedSide;
use crate::compare::Comparison;
use crate::config::Undeclared;
use crate::declared;
use crate::live::Collection;
use crate::model::{
    AttributeDrift, AttributePath, Basis, Declaration, Drift, DriftId, Fingerprinter, Live, Presence, Problem,
    ProblemKind, Provider, ResourceType, Scope, Skipped, Standing, Value, Verdict,
};
use crate::parallel;
use crate::report::{ControlledReport, Coverage, DriftReport, IgnoredReport, ResourceCoverage, UnverifiableReport};
use crate::schema::kubernetes::{DELETION, Schemas};
use crate::store::{Baseline, BaselineChanges, Resolution, StackState};
use outcome::{Before, Outcome};

/// What earlier scans left.
#[derive(Clone, Debug, Default)]
pub struct Known {
    /// The stack as the last scan left it; `None` before the first.
    pub state: Option<StackState>,
    /// Its open drifts.
    pub open: Vec<DriftReport>,
    /// Its merge bases: address → attribute → the declared value last found in sync.
    pub bases: BTreeMap<String, BTreeMap<String, Json>>,
    /// What lived undeclared in its resources.
    pub baselines: Vec<Baseline>,
}

impl Known {
    /// Brings what was known of a resource to the address at which it is declared now.
    pub fn follow(&mut self, moved_from: impl Fn(&str) -> Option<String>) {
        for open in &mut self.open {
            if let Some(address) = moved_from(&open.address) {
                open.address = address;
            }
        }
        let moved: Vec<_> = self.bases.keys().filter_map(|from| Some((from.clone(), moved_from(from)?))).collect();
        for (from, to) in moved {
            // What a scan noted at the new address is newer.
            if let Some(base) = self.bases.remove(&from) {
                self.bases.entry(to).or_insert(base);
            }
        }
        let at: BTreeSet<_> = self.baselines.iter().map(|baseline| baseline.key.address.clone()).collect();
        for baseline in &mut self.baselines {
            if let Some(address) = moved_from(&baseline.key.address).filter(|address| !at.contains(address)) {
                baseline.key.address = address;
            }
        }
    }

    /// The open drift of a resource. One that was moved keeps the id of its first address.
    pub(super) fn open_drift(&self, resource_type: &ResourceType, address: &str) -> Option<&DriftReport> {
        self.open.iter().find(|drift| drift.address == address && drift.resource_type == resource_type.as_str())
    }
}

/// Everything that one scan of one stack read.
#[derive(Clone, Copy, Debug)]
pub struct Inputs<'a> {
    /// The stack's name.
    pub stack: &'a str,
    /// Its environment.
    pub environment: &'a str,
    /// Where it runs.
    pub scope: &'a Scope,
    /// When the scan looks.
    pub now: Timestamp,
    /// What the repository declares.
    pub declared: &'a declared::Read,
    /// What was last deployed from a declaration.
    pub applied: &'a AppliedSide,
    /// Trees of attributes that earlier commits declared, by address: the evidence that a value in a state file was
    /// ever declared.
    pub history: &'a BTreeMap<String, Vec<Value>>,
    /// What is live.
    pub live: &'a Collection,
    /// The schemas of the objects, of a stack that runs on a cluster.
    pub schemas: Option<&'a Schemas>,
    /// What lives in the scope of the stack and nobody declares; `None`: it does not ask for that.
    pub(in crate::scan) unmanaged: Option<&'a UnmanagedObjects>,
    /// What the stack declared once and may still be there.
    pub(in crate::scan) left: &'a Left,
    /// Whether a type is read at all.
    pub reads: fn(&ResourceType) -> bool,
    /// What is done about what nobody declares.
    pub undeclared: Undeclared,
    /// What earlier scans left.
    pub known: &'a Known,
    /// What the cluster says that a deploy would change, where the stack asks for that.
    pub(in crate::scan) tried: &'a Trials,
    /// For hiding on one side what is a secret on the other.
    pub fingerprints: &'a Fingerprinter,
}

/// What the scan of one stack means.
#[derive(Debug, Default)]
pub struct Assessment {
    /// What is not in sync, also what could not be looked at again (stale). Not judged yet.
    pub drifts: Vec<Drift>,
    /// Open drifts that are gone.
    pub resolutions: Vec<Resolution>,
    /// Merge bases that changed.
    pub bases: BTreeMap<String, BTreeMap<String, Json>>,
    /// The addresses whose merge bases are of no use any more.
    pub forgotten: Vec<String>,
    /// What changes of the baselines of undeclared values.
    pub baselines: BaselineChanges,
    /// What was looked at.
    pub coverage: Coverage,
    /// Whether nothing hid a resource.
    pub complete: bool,
}

/// Assesses one stack.
pub fn assess(inputs: &Inputs<'_>) -> Assessment {
    let mut assessment = Assessment::default();
    let mut seen = resolve::Seen::default();
    let before = Before::of(inputs);
    let declarations = &inputs.declared.declarations;
    // What is in sync shrinks to what is counted of it as soon as it was compared, so that never all are held.
    let mut outcomes = parallel::map(declarations, parallel::workers(), |declaration| {
        outcome::look_at(inputs, &before, declaration).settled(inputs, &before, declaration)
    });
    let looks = outcomes.iter_mut().filter_map(Outcome::take_look).collect();
    // Only all resources of a type together show whether a value that nobody declares is new for one or for all.
    let mut watched = watch::finish(inputs, looks);
    for (declaration, mut outcome) in declarations.iter().zip(outcomes) {
        if let Outcome::Compared(_, compared) = &mut outcome {
            let comparison = &mut compared.comparison;
            let undeclared = watched.attributes.remove(&resolve::key_of(declaration));
            comparison.attributes.extend(undeclared.into_iter().flatten());
            comparison.attributes.sort_by(|a, b| a.path.cmp(&b.path));
        }
        if before.told(declaration) {
            seen.note(declaration, &outcome.for_resolution());
        }
        assessment.take(inputs, declaration, outcome);
    }
    assessment.undeclared(inputs);
    assessment.forgotten = inputs.left.gone.clone();
    assessment.baselines = watched.changes;
    assessment.coverage.undeclared = watched.coverage;
    let gone = resolve::resolve(inputs, &seen, &watched.settled);
    assessment.resolutions = gone.resolutions;
    assessment.drifts.extend(gone.stale);
    assessment.drifts.sort_by(|a, b| a.id.cmp(&b.id));
    assessment.finish(inputs);
    assessment
}

impl Assessment {
    fn take(&mut self, inputs: &Inputs<'_>, declaration: &Declaration, outcome: Outcome<'_>) {
        self.coverage.resources.declared += 1;
        match outcome {
            Outcome::Skipped(reason) => self.skip(declaration.resource_type.as_str(), reason),
            Outcome::Unknown(reason) => {
                self.coverage.resources.unknown += 1;
                self.unverifiable(inputs, declaration, String::new(), reason);
            }
            Outcome::Missing => {
                self.coverage.resources.checked += 1;
                self.drifts.push(drift_of(inputs, declaration, None, Presence::Missing, Vec::new()));
            }
            Outcome::NotDeployed => {
                self.coverage.resources.checked += 1;
                let attributes = pending_attributes(declaration);
                self.drifts.push(drift_of(inputs, declaration, None, Presence::Missing, attributes));
            }
            Outcome::InSync { attributes, base } => {
                self.coverage.resources.checked += 1;
                self.coverage.attributes.checked += attributes;
                self.bases.extend(base.map(|base| (declaration.address.clone(), base)));
            }
            Outcome::Compared(live, compared) => self.compared(inputs, declaration, live, compared.comparison),
        }
    }

    fn compared(
        &mut self,
        inputs: &Inputs<'_>,
        declaration: &Declaration,
        live: Option<&Live>,
        comparison: Comparison,
    ) {
        let coverage = &mut self.coverage;
        coverage.resources.checked += 1;
        let declared = comparison.attributes.iter().filter(|attribute| attribute.basis.is_declaration());
        coverage.attributes.checked += comparison.in_sync.len() + declared.count() + comparison.controlled.len();
        coverage.attributes.unverifiable += comparison.unverifiable.len();
        coverage.attributes.ignored += comparison.ignored.len();
        for (path, reason) in &comparison.unverifiable {
            self.unverifiable(inputs, declaration, path.to_string(), reason.clone());
        }
        self.coverage.controlled.extend(comparison.controlled.iter().map(|moved| ControlledReport {
            stack: inputs.stack.to_owned(),
            resource_type: declaration.resource_type.to_string(),
            address: declaration.address.clone(),
            path: moved.path.to_string(),
            declared: moved.declared.as_ref().map(Value::to_json),
            live: moved.live.as_ref().map(Value::to_json),
            reason: moved.note.clone().unwrap_or_default(),
        }));
        self.coverage.ignored.extend(comparison.ignored.iter().map(|left| IgnoredReport {
            stack: inputs.stack.to_owned(),
            resource_type: declaration.resource_type.to_string(),
            address: declaration.address.clone(),
            path: left.path.to_string(),
            declared: left.declared.as_ref().map(Value::to_json),
            live: left.live.as_ref().map(Value::to_json),
        }));
        let base = outcome::base_after(inputs, declaration, &comparison);
        self.bases.extend(base.map(|base| (declaration.address.clone(), base)));
        if !comparison.attributes.is_empty() {
            let drift = drift_of(inputs, declaration, live, Presence::Present, comparison.attributes);
            self.drifts.push(drift);
        }
    }

    fn skip(&mut self, resource_type: &str, reason: &str) {
        let skipped = &mut self.coverage.skipped;
        match skipped.iter_mut().find(|known| known.resource_type == resource_type && known.reason == reason) {
            Some(known) => known.count += 1,
            None => {
                skipped.push(Skipped { resource_type: resource_type.to_owned(), reason: reason.to_owned(), count: 1 })
            }
        }
    }

    fn unverifiable(&mut self, inputs: &Inputs<'_>, declaration: &Declaration, path: String, reason: String) {
        self.coverage.unverifiable.push(UnverifiableReport {
            stack: inputs.stack.to_owned(),
            resource_type: declaration.resource_type.to_string(),
            address: declaration.address.clone(),
            path,
            reason,
        });
    }

    fn finish(&mut self, inputs: &Inputs<'_>) {
        let live = inputs.live.problems.iter().filter(|problem| concerns(inputs, problem));
        let problems = inputs.declared.problems.iter().chain(&inputs.applied.problems).chain(live);
        let problems = problems.chain(&inputs.tried.problems);
        let problems: Vec<_> = problems.map(|problem| problem.clone().of_stack(inputs.stack)).collect();
        let of_problems = Coverage {
            resources: ResourceCoverage {
                declared: inputs.declared.skipped.iter().map(|skipped| skipped.count).sum(),
                ..ResourceCoverage::default()
            },
            skipped: inputs.declared.skipped.clone(),
            problems: problems.iter().map(Into::into).collect(),
            ..Coverage::default()
        };
        self.coverage = std::mem::take(&mut self.coverage).and(of_problems);
        self.complete =
            self.coverage.resources.unknown == 0 && !problems.iter().any(|problem| problem.kind.hides_resources());
    }
}

/// Whether a problem of the live side concerns this stack: stacks of one scope are read together, and a type that
/// could not be read says nothing of a stack that declares none.
fn concerns(inputs: &Inputs<'_>, problem: &Problem) -> bool {
    // Those of a cluster are given to the stacks that they concern as they are read.
    if inputs.scope.provider == Provider::Kubernetes {
        return true;
    }
    let of_type = problem.scope.rsplit(' ').next().filter(|part| part.contains("::"));
    of_type.is_none_or(|name| inputs.declared.declarations.iter().any(|one| one.resource_type.as_str() == name))
}

fn pending_attributes(declaration: &Declaration) -> Vec<AttributeDrift> {
    let pending = |(name, value): (&String, &Value)| AttributeDrift {
        path: AttributePath::root().key(name),
        declared: Some(value.clone()),
        applied: None,
        live: None,
        standing: Standing::Pending,
        basis: Basis::Declaration,
        note: Some("not deployed yet".to_owned()),
    };
    let properties = declaration.attributes.as_object();
    let attributes: Vec<_> = properties.into_iter().flatten().map(pending).collect();
    if !attributes.is_empty() {
        return attributes;
    }
    // A resource without properties still has to be told from one that was removed.
    vec![AttributeDrift {
        path: AttributePath::root(),
        declared: Some(declaration.attributes.clone()),
        applied: None,
        live: None,
        standing: Standing::Pending,
        basis: Basis::Declaration,
        note: Some("not deployed yet".to_owned()),
    }]
}

/// The namespace of an object of a cluster: the first part of its name there.
pub(super) fn namespace_of(provider: Provider, declaration: &Declaration) -> Option<String> {
    let name = declaration.identifier.as_deref().filter(|_| provider == Provider::Kubernetes)?;
    name.split_once('/').map(|(namespace, _)| namespace.to_owned())
}

/// A drift under its stable id, with the times that earlier scans gave it.
fn drift_of(
    inputs: &Inputs<'_>,
    declaration: &Declaration,
    live: Option<&Live>,
    presence: Presence,
    attributes: Vec<AttributeDrift>,
) -> Drift {
    let before = inputs.known.open_drift(&declaration.resource_type, &declaration.address);
    let id = before.map_or_else(|| new_id(inputs, declaration), |before| before.id.clone());
    let looked_before = last_look(inputs, declaration);
    let mut drift = Drift {
        id,
        stack: inputs.stack.to_owned(),
        environment: inputs.environment.to_owned(),
        scope: Scope {
            account: declaration.account.clone().or_else(|| inputs.scope.account.clone()),
            region: declaration.region.clone().or_else(|| inputs.scope.region.clone()),
            namespace: namespace_of(inputs.scope.provider, declaration),
            ..inputs.scope.clone()
        },
        resource_type: declaration.resource_type.clone(),
        address: declaration.address.clone(),
        identifier: live.map(|live| live.identifier.clone()).or_else(|| inputs.applied.key_of(declaration)),
        source: Some(declaration.at.clone()),
        presence,
        attributes,
        first_seen: inputs.now,
        last_seen: inputs.now,
        changed_between: (looked_before, inputs.now),
        actor: None,
        actor_evidence: None,
        verdict: Verdict::Unexplained,
        explanations: Vec::new(),
        violations: Vec::new(),
        due_at: None,
        stale: false,
    };
    if let Some(before) = before.filter(|before| before.is_manual_change() == drift.is_manual_change()) {
        drift.first_seen = before.first_seen;
        // The same values as before changed when they did; other values changed since. What was held while it was being
        // deleted is gone when it is let go.
        let was_deleted = presence == Presence::Missing && is_being_deleted(before);
        let same = was_deleted || live_values(&before.to_drift()) == live_values(&drift);
        drift.changed_between = if same { before.changed_between } else { (Some(before.last_seen), inputs.now) };
    }
    drift
}

/// The id of a drift that was not there before: of its address, unless a resource that was moved away from there has it.
fn new_id(inputs: &Inputs<'_>, declaration: &Declaration) -> DriftId {
    let id = |address: &str| DriftId::of(inputs.stack, &declaration.resource_type, address);
    let own = id(&declaration.address);
    let is_taken = inputs.known.open.iter().any(|open| open.id == own && open.address != declaration.address);
    if is_taken { id(&format!("{}\nafter a move", declaration.address)) } else { own }
}

/// When an earlier scan last looked at a resource, for all that is known: a scan that could not read it did not.
fn last_look(inputs: &Inputs<'_>, declaration: &Declaration) -> Option<Timestamp> {
    let state = inputs.known.state.as_ref()?;
    if !inputs.known.bases.contains_key(&declaration.address) {
        return None;
    }
    let unseen = state.coverage.unverifiable.iter();
    let was_unseen = unseen.filter(|gap| gap.path.is_empty()).any(|gap| gap.address == declaration.address);
    // A file that did not parse hid its declarations, and then nobody looked for them.
    let hidden = [ProblemKind::Invalid, ProblemKind::Unreadable].map(ProblemKind::as_str);
    let were_hidden = state.coverage.problems.iter().any(|problem| hidden.contains(&problem.kind.as_str()));
    if was_unseen || were_hidden { state.last_success } else { Some(state.scanned_at) }
}

fn is_being_deleted(drift: &DriftReport) -> bool {
    drift.attributes.iter().any(|attribute| attribute.path == AttributePath::keys(DELETION.split('.')))
}

fn live_values(drift: &Drift) -> BTreeMap<&AttributePath, Option<Json>> {
    drift
        .attributes
        .iter()
        .filter(|attribute| attribute.standing.is_manual_change())
        .map(|attribute| (&attribute.path, attribute.live.as_ref().map(Value::to_json)))
        .collect()
}

#[cfg(test)]
pub(super) mod tests;
