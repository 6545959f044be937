//! Watched stacks: what lives in their resources though nobody declares it, held against a baseline. Pure.
//!
//! The life of a value: the first scan that looks at a resource records it. Later scans tell as drift that it changed,
//! appeared or vanished, until it is put back, declared, or accepted. The baseline moves on without anybody's word only
//! where nobody changed anything by hand: another resource stands under the address, a deployment came in between, or
//! the service has a new field. What could not be read is neither changed nor recorded.

mod new_fields;

use std::collections::{BTreeMap, BTreeSet};

use sha2::Digest as _;

use super::assess::Inputs;
use super::resolve::{DriftKey, key_of, touch};
use crate::compare::{self, Comparison, Subject};
use crate::config::Undeclared;
use crate::model::{AttributeDrift, AttributePath, Basis, Declaration, Standing, Step, Value};
use crate::report::{AttributeReport, UndeclaredCoverage};
use crate::store::{Baseline, BaselineChanges, BaselineKey};

/// What a scan makes of the undeclared values of a stack.
#[derive(Debug, Default)]
pub(super) struct Watched {
    /// What was changed by hand, by resource.
    pub(super) attributes: BTreeMap<DriftKey, Vec<AttributeDrift>>,
    /// What changes of the baselines.
    pub(super) changes: BaselineChanges,
    /// How much was looked at.
    pub(super) coverage: UndeclaredCoverage,
    /// What earlier scans told and this one does not though nobody put it back: it was accepted, or its resource is no
    /// longer watched.
    pub(super) settled: BTreeSet<(DriftKey, AttributePath)>,
}

/// One resource, held against its baseline.
#[derive(Debug)]
pub(super) struct Look {
    resource: DriftKey,
    /// The baseline as it was; `None`: there was none of this resource.
    before: Option<Baseline>,
    /// What lives undeclared.
    now: BTreeMap<AttributePath, Value>,
    /// The baseline as it will be: of what differs it has what was recorded.
    after: Baseline,
    differences: Vec<Difference>,
    /// How many values were taken over as they are.
    recorded: usize,
    /// Whether a deployment came in between.
    deployed: bool,
    settled: Vec<AttributePath>,
}

/// A value that is not as the baseline has it.
#[derive(Debug)]
struct Difference {
    /// What is recorded and differs, as a whole or in part; the value's own path where nothing is recorded.
    entry: AttributePath,
    attribute: AttributeDrift,
}

/// Looks at one resource that was compared. What is declared anew over a recorded value is pending in the comparison
/// from here on: the baseline is the base that the deployment did not leave.
pub(super) fn look(
    inputs: &Inputs<'_>,
    declaration: &Declaration,
    subject: &Subject<'_>,
    comparison: &mut Comparison,
) -> Look {
    let now = compare::undeclared(subject);
    let resource = key_of(declaration);
    let key = place(inputs, declaration);
    // Not the id of what runs: a task definition is changed by hand by running another revision of it.
    let identifier = inputs.applied.key_of(declaration).or_else(|| subject.identifier.map(str::to_owned));
    let after = Baseline {
        key,
        identifier: identifier.unwrap_or_default(),
        deployment: deployment(inputs, declaration),
        recorded_at: inputs.now,
        values: now.clone(),
        differing: BTreeMap::new(),
    };
    let told = told(inputs, declaration);
    let known = inputs.known.baselines.iter().find(|known| known.key == after.key);
    // Another resource under the same address was made with values of its own.
    let Some(before) = known.filter(|known| known.identifier == after.identifier) else {
        let settled = undeclared_paths(&told);
        let recorded = now.values().filter(|value| !value.is_unknown()).count();
        return Look {
            resource,
            before: None,
            now,
            after,
            differences: Vec::new(),
            recorded,
            deployed: false,
            settled,
        };
    };
    let accepted = |path: &AttributePath| {
        before.values.iter().any(|(recorded, value)| value.is_unknown() && path.is_within(recorded))
    };
    let settled = undeclared_paths(&told).into_iter().filter(|path| accepted(path)).collect();
    let mut look = Look {
        resource,
        before: Some(before.clone()),
        now,
        after: Baseline { recorded_at: before.recorded_at, values: BTreeMap::new(), ..after },
        differences: Vec::new(),
        recorded: 0,
        deployed: false,
        settled,
    };
    look.hold_recorded(before, subject, comparison);
    look.hold_new(before, &told);
    look.take_deployed(before);
    for one in comparison.attributes.iter_mut().filter(|one| one.standing == Standing::Conflict) {
        let recorded = before.values.get(&one.path).filter(|recorded| one.live.as_ref() == Some(*recorded));
        if let (Some(recorded), None) = (recorded, &one.applied) {
            (one.applied, one.standing) = (Some(recorded.clone()), Standing::Pending);
        }
    }
    look
}

/// Where a resource is declared and runs. An account that could not be asked for is the one that is known.
fn place(inputs: &Inputs<'_>, declaration: &Declaration) -> BaselineKey {
    let region = inputs.scope.region.clone().unwrap_or_default();
    let mut known = inputs.known.baselines.iter().map(|known| &known.key).filter(|key| {
        key.address == declaration.address && key.resource_type == declaration.resource_type && key.region == region
    });
    let account = inputs.scope.account.clone().or_else(|| known.next().map(|key| key.account.clone()));
    BaselineKey {
        account: account.unwrap_or_default(),
        region,
        resource_type: declaration.resource_type.clone(),
        address: declaration.address.clone(),
    }
}

/// What changes whenever a resource may have been deployed: the mark of the stack's deployment; where nothing tells of
/// deployments, the declaration, because a change of it will be deployed before long.
fn deployment(inputs: &Inputs<'_>, declaration: &Declaration) -> Option<String> {
    let of_declaration = || {
        // An unknown part may be known to the next scan, and then the digest would change with no deployment.
        let known = !declaration.attributes.has_unknown();
        known.then(|| {
            let digest = sha2::Sha256::digest(declaration.attributes.to_json().to_string());
            digest.iter().take(8).map(|byte| format!("{byte:02x}")).collect()
        })
    };
    inputs.applied.deployment.clone().or_else(of_declaration)
}

/// The attributes of a resource that earlier scans told as changed by hand.
fn told<'a>(inputs: &Inputs<'a>, declaration: &Declaration) -> Vec<&'a AttributeReport> {
    let open = inputs.known.open_drift(&declaration.resource_type, &declaration.address);
    open.into_iter()
        .flat_map(|open| &open.attributes)
        .filter(|attribute| attribute.standing.is_manual_change())
        .collect()
}

fn undeclared_paths(told: &[&AttributeReport]) -> Vec<AttributePath> {
    told.iter().filter(|one| one.basis == Basis::Baseline).map(|one| one.path.clone()).collect()
}

/// What a comparison of the declared part says of a recorded value that is not among the undeclared ones any more.
enum Judged {
    /// It is declared now, and in sync.
    Declared,
    /// It is declared now and not in sync, or what it is in is gone or could not be told.
    Unsettled,
    /// Nothing.
    NotAtAll,
}

fn judged(comparison: &Comparison, path: &AttributePath) -> Judged {
    let mut open = comparison.attributes.iter().chain(&comparison.ignored);
    let is_gone =
        |identity: &AttributePath| comparison.attributes.iter().any(|one| one.path == *identity && one.live.is_none());
    let unverifiable = comparison.unverifiable.iter().any(|(one, _)| touch(one, path));
    if unverifiable || open.any(|one| touch(&one.path, path)) || identities(path).any(|one| is_gone(&one)) {
        return Judged::Unsettled;
    }
    // An object in sync is an empty one, and says nothing of what else is in it.
    let covers = |one: &AttributePath, value: &Value| {
        one.is_within(path) || (path.is_within(one) && value.as_object().is_none())
    };
    match comparison.in_sync.iter().any(|(one, value)| covers(one, value)) {
        true => Judged::Declared,
        false => Judged::NotAtAll,
    }
}

/// The items of lists in which a value is, and the members that identify them: an item that is gone is told as one or
/// the other.
fn identities(path: &AttributePath) -> impl Iterator<Item = AttributePath> {
    path.steps().iter().enumerate().flat_map(|(at, step)| match step {
        Step::Item { by, .. } => {
            let item: AttributePath = path.steps().iter().take(at + 1).cloned().collect();
            let identity = item.key(by.split(',').next().unwrap_or(by));
            vec![item, identity]
        }
        _ => Vec::new(),
    })
}

impl Look {
    /// Holds what was recorded against what is there.
    fn hold_recorded(&mut self, before: &Baseline, subject: &Subject<'_>, comparison: &Comparison) {
        let now = std::mem::take(&mut self.now);
        let unread = |path: &AttributePath| now.iter().any(|(one, value)| value.is_unknown() && path.is_within(one));
        for (path, recorded) in &before.values {
            match now.get(path) {
                _ if unread(path) => self.keep(path, recorded),
                Some(value) if recorded.is_unknown() => self.record(path, value),
                None if recorded.is_unknown() => {}
                Some(value) => {
                    self.keep(path, recorded);
                    let differing = compare::against_recorded(subject, path, recorded, value);
                    let difference = |attribute| Difference { entry: path.clone(), attribute };
                    self.differences.extend(differing.into_iter().map(difference));
                }
                // A later version of the tables knows it for a default.
                None if !compare::is_set_by_somebody(subject, path, recorded) => {}
                None => match judged(comparison, path) {
                    Judged::Declared => {}
                    Judged::Unsettled => self.keep(path, recorded),
                    Judged::NotAtAll => {
                        self.keep(path, recorded);
                        let attribute = compare::of_baseline(path.clone(), Some(recorded.clone()), None);
                        self.differences.push(Difference { entry: path.clone(), attribute });
                    }
                },
            }
        }
        self.now = now;
    }

    /// Holds what is there against what was recorded.
    fn hold_new(&mut self, before: &Baseline, told: &[&AttributeReport]) {
        let now = std::mem::take(&mut self.now);
        for (path, value) in now.iter().filter(|(path, _)| !before.values.contains_key(path)) {
            let was_open = before.values.iter().any(|(recorded, value)| value.is_unknown() && path.is_within(recorded));
            if value.is_unknown() || was_open || is_in_told_item(path, told) {
                self.record(path, value);
            } else {
                let attribute = compare::of_baseline(path.clone(), None, Some(value.clone()));
                self.differences.push(Difference { entry: path.clone(), attribute });
            }
        }
        self.now = now;
    }

    /// Takes over what a deployment may have moved: a deployment between the last look and this one sets undeclared
    /// values too, by what its tool sends along and by what the service derives from declared ones, and nobody can tell
    /// that from a change by hand in the same time. What was told as changed by hand before and still is so, the
    /// deployment did not move: it stays.
    fn take_deployed(&mut self, before: &Baseline) {
        let (then, now) = (&before.deployment, &self.after.deployment);
        self.deployed = matches!((then, now), (Some(then), Some(now)) if then != now);
        if !self.deployed {
            self.after.deployment = self.after.deployment.take().or_else(|| before.deployment.clone());
            return;
        }
        self.take_over(|one| before.differing.get(&one.path) != Some(&one.live));
    }

    fn keep(&mut self, path: &AttributePath, recorded: &Value) {
        self.after.values.insert(path.clone(), recorded.clone());
    }

    fn record(&mut self, path: &AttributePath, value: &Value) {
        self.after.values.insert(path.clone(), value.clone());
        self.recorded += usize::from(!value.is_unknown());
    }

    /// Takes over the values of some differences, where nothing else differs in what they are a part of, and says how
    /// many.
    fn take_over(&mut self, is_taken: impl Fn(&AttributeDrift) -> bool) -> usize {
        let stays = self.differences.iter().filter(|one| !is_taken(&one.attribute));
        let staying: BTreeSet<AttributePath> = stays.map(|one| one.entry.clone()).collect();
        let before = self.differences.len();
        for entry in self.differences.iter().map(|one| &one.entry).filter(|entry| !staying.contains(entry)) {
            match self.now.get(entry) {
                Some(value) => self.after.values.insert(entry.clone(), value.clone()),
                None => self.after.values.remove(entry),
            };
        }
        self.differences.retain(|one| staying.contains(&one.entry));
        let taken = before - self.differences.len();
        self.recorded += taken;
        taken
    }
}

/// Whether a value is in an item of a list that was told: one that was removed by hand and is there again, or one that
/// was added by hand and is declared, comes with everything in it.
fn is_in_told_item(path: &AttributePath, told: &[&AttributeReport]) -> bool {
    let declared = || told.iter().filter(|told| told.basis.is_declaration());
    let was_removed = |identity: AttributePath| declared().any(|told| told.path == identity && told.live.is_none());
    let is_item = |told: &AttributePath| matches!(told.steps().last(), Some(Step::Item { .. } | Step::Index(_)));
    let was_added = declared().any(|told| is_item(&told.path) && told.declared.is_none() && path.is_within(&told.path));
    was_added || identities(path).any(was_removed)
}

/// Puts the looks of one scan of a stack together.
pub(super) fn finish(inputs: &Inputs<'_>, mut looks: Vec<Look>) -> Watched {
    let mut watched = Watched { changes: forgotten(inputs, &looks), ..Watched::default() };
    if inputs.undeclared == Undeclared::Ignore {
        let open = inputs.known.open.iter().flat_map(|open| {
            let resource = (open.resource_type.clone(), open.address.clone());
            open.attributes.iter().map(move |attribute| (resource.clone(), attribute))
        });
        let unwatched = open.filter(|(_, attribute)| attribute.basis == Basis::Baseline);
        watched.settled = unwatched.map(|(resource, attribute)| (resource, attribute.path.clone())).collect();
        return watched;
    }
    watched.coverage.new_fields = new_fields::take_over(inputs, &mut looks);
    for look in looks {
        watched.take(inputs, look);
    }
    watched
}

/// The baselines of resources that are not declared any more, or of a stack that is not watched: whoever watches it
/// again asks about the time from then on.
fn forgotten(inputs: &Inputs<'_>, looks: &[Look]) -> BaselineChanges {
    let hidden = inputs.declared.problems.iter().any(|problem| problem.kind.hides_resources());
    let is_declared = |key: &BaselineKey| {
        let same = |one: &Declaration| one.address == key.address && one.resource_type == key.resource_type;
        hidden || inputs.declared.may_declare(&key.address) || inputs.declared.declarations.iter().any(same)
    };
    debug_assert!(inputs.undeclared == Undeclared::Watch || looks.is_empty());
    let gone = inputs.known.baselines.iter().map(|known| &known.key);
    let gone = gone.filter(|key| inputs.undeclared == Undeclared::Ignore || !is_declared(key));
    let forgotten: BTreeSet<_> = gone.map(|key| (key.resource_type.clone(), key.address.clone())).collect();
    BaselineChanges { saved: Vec::new(), forgotten: forgotten.into_iter().collect() }
}

impl Watched {
    fn take(&mut self, inputs: &Inputs<'_>, mut look: Look) {
        let appeared = look.differences.iter().filter(|one| !look.after.values.contains_key(&one.entry)).count();
        let readable = look.after.values.values().filter(|value| !value.is_unknown()).count();
        self.coverage.watched += readable + appeared;
        self.coverage.recorded += look.recorded;
        if look.recorded > 0 || look.deployed {
            look.after.recorded_at = inputs.now;
        }
        let differing = look.differences.iter().map(|one| (one.attribute.path.clone(), one.attribute.live.clone()));
        look.after.differing = differing.collect();
        let settled = look.settled.iter().filter(|path| !look.after.differing.contains_key(path));
        self.settled.extend(settled.map(|path| (look.resource.clone(), path.clone())));
        if look.before.as_ref() != Some(&look.after) {
            self.changes.saved.push(look.after);
        }
        if !look.differences.is_empty() {
            let attributes = look.differences.into_iter().map(|one| one.attribute).collect();
            self.attributes.insert(look.resource, attributes);
        }
    }
}

#[cfg(test)]
mod tests;
