//! Which open drifts are gone, how they went, and which could not be looked at again.

use std::collections::BTreeMap;

use super::assess::{Inputs, hides_resources};
use crate::compare::Comparison;
use crate::model::{AttributePath, Declaration, Drift, Standing, Value};
use crate::report::DriftReport;
use crate::store::{Resolution, Resolved};

/// What this scan saw of each declared resource.
#[derive(Debug, Default)]
pub(super) struct Seen(BTreeMap<DriftKey, Sight>);

type DriftKey = (String, String);

#[derive(Debug)]
enum Sight {
    /// Compared: the declared values that are live, and what is not in sync.
    Compared { agreed: BTreeMap<AttributePath, Value>, left: Left },
    /// Found missing, or never deployed: an open drift of it is renewed.
    Gone,
    /// Not looked at.
    NotAtAll,
}

/// What a comparison left out of sync.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Left {
    /// Nothing.
    Nothing,
    /// Only what the repository wants: pending and codified attributes.
    Intended,
    /// Something that was changed by hand.
    ByHand,
}

impl Left {
    fn of(comparison: &Comparison) -> Self {
        if comparison.attributes.is_empty() {
            Self::Nothing
        } else if comparison.attributes.iter().any(|attribute| attribute.standing.is_manual_change()) {
            Self::ByHand
        } else {
            Self::Intended
        }
    }
}

/// The declared values that are live, deployed or not.
fn agreed(comparison: &Comparison) -> BTreeMap<AttributePath, Value> {
    let codified = comparison.attributes.iter().filter(|attribute| attribute.standing == Standing::Codified);
    let codified = codified.filter_map(|attribute| Some((attribute.path.clone(), attribute.declared.clone()?)));
    comparison.in_sync.iter().cloned().chain(codified).collect()
}

/// What was made of one declared resource.
pub(super) enum Looked<'a> {
    /// It was compared.
    Compared(&'a Comparison),
    /// It is not there.
    Gone,
    /// It could not be looked at.
    NotAtAll,
}

impl Seen {
    pub(super) fn note(&mut self, declaration: &Declaration, looked: &Looked<'_>) {
        let sight = match looked {
            Looked::Compared(comparison) => Sight::Compared { agreed: agreed(comparison), left: Left::of(comparison) },
            Looked::Gone => Sight::Gone,
            Looked::NotAtAll => Sight::NotAtAll,
        };
        self.0.insert((declaration.resource_type.to_string(), declaration.address.clone()), sight);
    }
}

/// Drifts that ended, and open ones that this scan could not renew.
#[derive(Debug, Default)]
pub(super) struct Gone {
    pub(super) resolutions: Vec<Resolution>,
    pub(super) stale: Vec<Drift>,
}

pub(super) fn resolve(inputs: &Inputs<'_>, seen: &Seen) -> Gone {
    let mut gone = Gone::default();
    // A file that did not parse hides declarations, so one that is not there may only be unseen.
    let declarations_hidden = inputs.declared.problems.iter().any(hides_resources);
    for open in &inputs.known.open {
        let sight = seen.0.get(&(open.resource_type.clone(), open.address.clone()));
        let how = match sight {
            Some(Sight::NotAtAll) => None,
            None if declarations_hidden => None,
            Some(Sight::Gone | Sight::Compared { left: Left::ByHand, .. }) => continue,
            // What is left was never changed by hand, or no longer is: the second ends a drift, also where the
            // resource stays in the report until the next deployment.
            Some(Sight::Compared { left: Left::Intended, .. }) if !open.is_manual_change() => continue,
            // The repository no longer declares it, so nothing is left that a deploy would take back.
            None => Some(Resolved::Codified),
            Some(Sight::Compared { agreed, .. }) => Some(how_it_went(inputs, open, agreed)),
        };
        match how {
            Some(how) => gone.resolutions.push(Resolution {
                drift: open.id.clone(),
                how: open.is_manual_change().then_some(how),
                at: inputs.now,
            }),
            None => gone.stale.push(Drift { stale: true, ..open.to_drift() }),
        }
    }
    gone
}

/// Declared and live agree again: on the value that was live, or on the one that was declared.
fn how_it_went(inputs: &Inputs<'_>, open: &DriftReport, agreed: &BTreeMap<AttributePath, Value>) -> Resolved {
    let manual = open.attributes.iter().filter(|attribute| attribute.standing.is_manual_change());
    let codified = manual.clone().any(|attribute| {
        let now = agreed.get(&attribute.path).map(Value::to_json);
        now.is_some() && now == attribute.live
    });
    let deployed_since =
        match (inputs.known.state.as_ref().and_then(|s| s.deployment.as_ref()), &inputs.applied.deployment) {
            (Some(before), Some(now)) => before != now,
            _ => false,
        };
    match (codified, deployed_since) {
        (true, _) => Resolved::Codified,
        (false, true) => Resolved::Overwritten,
        (false, false) => Resolved::Reverted,
    }
}
