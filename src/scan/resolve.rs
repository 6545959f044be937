//! Which open drifts are gone, how they went, and which could not be looked at again.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value as Json;

use super::assess::{Inputs, remembered};
use super::kubernetes::left::{Prospect, Still};
use super::kubernetes::unmanaged::Found;
use crate::compare::Comparison;
use crate::model::{AttributeDrift, AttributePath, Basis, Declaration, Drift, Presence, Standing, Value};
use crate::report::{AttributeReport, DriftReport};
use crate::store::{Resolution, Resolved};

/// What this scan saw of each declared resource.
#[derive(Debug, Default)]
pub(super) struct Seen(BTreeMap<DriftKey, Sight>);

/// A resource by type and address.
pub(super) type DriftKey = (String, String);

/// The key of a declared resource.
pub(super) fn key_of(declaration: &Declaration) -> DriftKey {
    (declaration.resource_type.to_string(), declaration.address.clone())
}

#[derive(Debug)]
enum Sight {
    /// Compared: the declared values that are in sync, what is not, and what could not be told.
    Compared { in_sync: BTreeMap<AttributePath, Value>, differences: Vec<AttributeDrift>, untold: Vec<AttributePath> },
    /// Found missing: that is a manual change, whatever was drifting before.
    Missing,
    /// Declared and never deployed: nothing of it can be changed by hand any more.
    NotDeployed,
    /// Not looked at.
    NotAtAll,
}

/// What was made of one declared resource.
pub(super) enum Looked<'a> {
    /// It was compared.
    Compared(&'a Comparison),
    /// It is not there.
    Missing,
    /// It was never deployed.
    NotDeployed,
    /// It could not be looked at.
    NotAtAll,
}

impl Seen {
    pub(super) fn note(&mut self, declaration: &Declaration, looked: &Looked<'_>) {
        let sight = match looked {
            Looked::Compared(comparison) => Sight::Compared {
                in_sync: comparison.in_sync.iter().cloned().collect(),
                differences: comparison.attributes.clone(),
                untold: comparison.unverifiable.iter().map(|(path, _)| path.clone()).collect(),
            },
            Looked::Missing => Sight::Missing,
            Looked::NotDeployed => Sight::NotDeployed,
            Looked::NotAtAll => Sight::NotAtAll,
        };
        self.0.insert(key_of(declaration), sight);
    }
}

/// Open drifts that this scan does not renew, and manual changes that went away though something else of their
/// resource is not in sync.
#[derive(Debug, Default)]
pub(super) struct Gone {
    pub(super) resolutions: Vec<Resolution>,
    pub(super) stale: Vec<Drift>,
}

/// Resolves what earlier scans told, with what of it `settled` without anybody putting it back.
pub(super) fn resolve(inputs: &Inputs<'_>, seen: &Seen, settled: &BTreeSet<(DriftKey, AttributePath)>) -> Gone {
    let mut gone = Gone::default();
    // A file that did not parse hides declarations, so one that is not there may only be unseen.
    let declarations_hidden = inputs.declared.problems.iter().any(|problem| problem.kind.hides_resources());
    for open in &inputs.known.open {
        let key = (open.resource_type.clone(), open.address.clone());
        let is_settled = |one: &AttributeReport| settled.contains(&(key.clone(), one.path.clone()));
        let sight = seen.0.get(&key);
        let left = inputs.left.find(&open.address).filter(|_| sight.is_none());
        let how = match (sight, left) {
            (None, _) if inputs.left.unread.contains(&open.address) => Fate::Unseen,
            (None, Some(still)) => fate_of_left(still),
            _ if open.presence == Presence::Unmanaged => fate_of_unmanaged(inputs, &key, sight),
            (Some(Sight::NotAtAll), _) => Fate::Unseen,
            (None, None) if declarations_hidden || inputs.declared.may_declare(&open.address) => Fate::Unseen,
            // The repository no longer declares it, so nothing is left that a deploy would take back.
            (None, None) => Fate::Gone(Some(Resolved::Codified)),
            (Some(Sight::Missing), _) => Fate::Renewed,
            (Some(Sight::NotDeployed), _) => Fate::Left(Some(overwritten_or_reverted(inputs, open))),
            (Some(Sight::Compared { differences, untold, .. }), _)
                if !differences.iter().any(is_manual) && is_still_untold(open, untold) =>
            {
                Fate::Unseen
            }
            (Some(Sight::Compared { in_sync, differences, .. }), _) if differences.is_empty() => {
                Fate::Gone(how_it_went(inputs, open, &is_settled, in_sync, differences))
            }
            (Some(Sight::Compared { differences, .. }), _) if differences.iter().any(is_manual) => Fate::Renewed,
            (Some(Sight::Compared { in_sync, differences, .. }), _) => {
                Fate::Left(how_it_went(inputs, open, &is_settled, in_sync, differences))
            }
        };
        let manual = open.is_manual_change();
        match how {
            Fate::Renewed => {}
            Fate::Unseen => gone.stale.push(Drift { stale: true, ..open.to_drift() }),
            Fate::Left(_) if !manual => {}
            Fate::Gone(how) | Fate::Left(how) => {
                let how = how.filter(|_| manual);
                gone.resolutions.push(Resolution { drift: open.id.clone(), how, at: inputs.now });
            }
        }
    }
    gone
}

/// What became of something that nobody declared: it is declared now, or still there, or gone.
fn fate_of_unmanaged(inputs: &Inputs<'_>, key: &DriftKey, sight: Option<&Sight>) -> Fate {
    let is_it = |found: &Found| found.resource_type.as_str() == key.0 && found.address == key.1;
    match sight {
        Some(Sight::Compared { differences, .. }) if !differences.is_empty() => Fate::Left(Some(Resolved::Codified)),
        Some(_) => Fate::Gone(Some(Resolved::Codified)),
        None => match inputs.unmanaged {
            // The stack does not ask any more.
            None => Fate::Gone(None),
            Some(now) if now.found.iter().any(is_it) => Fate::Renewed,
            Some(now) if now.is_complete => Fate::Gone(Some(Resolved::Reverted)),
            Some(_) => Fate::Unseen,
        },
    }
}

/// What became of the drift of an object that is no longer declared, and still there.
fn fate_of_left(still: &Still) -> Fate {
    match &still.prospect {
        Prospect::Going(standing, _) if standing.is_manual_change() => Fate::Renewed,
        Prospect::Going(..) => Fate::Left(Some(Resolved::Codified)),
        Prospect::Kept(_) => Fate::Gone(Some(Resolved::Codified)),
    }
}

/// What became of an open drift.
enum Fate {
    /// This scan found it again.
    Renewed,
    /// This scan could not look.
    Unseen,
    /// It is gone, and this is how if it was a change by hand and not merely accepted.
    Gone(Option<Resolved>),
    /// What was changed by hand is gone, but the repository is ahead of what is deployed: a drift without a change by
    /// hand is left under the same id.
    Left(Option<Resolved>),
}

/// Whether of what was changed by hand something cannot be told now: then it did not go away for all that is known.
fn is_still_untold(open: &DriftReport, untold: &[AttributePath]) -> bool {
    let manual = open.attributes.iter().filter(|attribute| attribute.standing.is_manual_change());
    manual.into_iter().any(|attribute| untold.iter().any(|path| touch(path, &attribute.path)))
}

fn is_manual(attribute: &AttributeDrift) -> bool {
    attribute.standing.is_manual_change()
}

/// Declared and live agree again: on the value that was live, or on the one that was declared. `None`: nobody put
/// anything back, it is only told no more.
fn how_it_went(
    inputs: &Inputs<'_>,
    open: &DriftReport,
    is_settled: &dyn Fn(&AttributeReport) -> bool,
    in_sync: &BTreeMap<AttributePath, Value>,
    differences: &[AttributeDrift],
) -> Option<Resolved> {
    let is_manual = |attribute: &&AttributeReport| attribute.standing.is_manual_change() && !is_settled(attribute);
    let mut manual = open.attributes.iter().filter(is_manual).peekable();
    if manual.peek().is_none() && open.presence == Presence::Present {
        return None;
    }
    let taken_over = |attribute: &AttributeReport| {
        let caught_up = |now: &AttributeDrift| now.standing == Standing::Codified && touch(&now.path, &attribute.path);
        differences.iter().any(caught_up) || is_declared_as_live(attribute, in_sync)
    };
    Some(if manual.any(taken_over) { Resolved::Codified } else { overwritten_or_reverted(inputs, open) })
}

/// Whether what is declared and in sync now is what was changed by hand then.
fn is_declared_as_live(attribute: &AttributeReport, in_sync: &BTreeMap<AttributePath, Value>) -> bool {
    let mut now = in_sync.iter().filter(|(path, _)| path.is_within(&attribute.path)).peekable();
    match (&attribute.declared, &attribute.live) {
        // Nobody declared it and somebody removed it: the repository has nothing to take over.
        (None, None) => false,
        // Removed by hand: then it has to be gone from the repository too.
        (Some(_), None) => now.peek().is_none(),
        // Changed where nobody declared it: then it has to be declared as it was changed.
        (None, Some(live)) if attribute.basis == Basis::Baseline => {
            now.any(|(path, value)| *path != attribute.path || same(&value.to_json(), live))
        }
        // Added by hand: the repository declares it now, and agrees.
        (None, Some(_)) => now.peek().is_some(),
        (Some(_), Some(live)) => now.any(|(path, value)| *path == attribute.path && same(&value.to_json(), live)),
    }
}

/// Whether two values are one, `4` and `"4"` included.
fn same(one: &Json, other: &Json) -> bool {
    let text = |value: &Json| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    one == other || (!one.is_object() && !one.is_array() && text(one) == text(other))
}

pub(super) fn touch(one: &AttributePath, other: &AttributePath) -> bool {
    one.is_within(other) || other.is_within(one)
}

/// Whether a deployment put the declared value back over the manual change, or somebody did by hand. An object of a
/// cluster tells itself when it was last deployed, and who wrote what of it is as declared; of anything else the stack's
/// last deployment decides.
fn overwritten_or_reverted(inputs: &Inputs<'_>, open: &DriftReport) -> Resolved {
    let written = inputs.applied.objects.get(&open.address);
    let is_by_hand =
        |path: &AttributePath| written.is_some_and(|written| written.by_hand.iter().any(|own| touch(own, path)));
    let mut manual = open.attributes.iter().filter(|attribute| attribute.standing.is_manual_change()).peekable();
    if manual.peek().is_some() && manual.all(|attribute| is_by_hand(&attribute.path)) {
        return Resolved::Reverted;
    }
    let before = inputs.known.bases.get(&open.address).and_then(remembered::deployed_at).map(str::to_owned);
    let now = written.and_then(|written| written.deployed_at).map(|at| at.to_string());
    let of_stack = || {
        let before = inputs.known.state.as_ref().and_then(|state| state.deployment.clone());
        before.zip(inputs.applied.deployment.clone())
    };
    match before.zip(now).or_else(of_stack) {
        Some((before, now)) if before != now => Resolved::Overwritten,
        _ => Resolved::Reverted,
    }
}

#[cfg(test)]
mod tests;
