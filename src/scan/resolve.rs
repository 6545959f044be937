//! Which open drifts are gone, how they went, and which could not be looked at again.

use std::collections::BTreeMap;

use super::assess::{Inputs, hides_resources};
use crate::compare::Comparison;
use crate::model::{AttributePath, Declaration, Drift, Value};
use crate::report::DriftReport;
use crate::store::{Resolution, Resolved};

/// What this scan saw of each declared resource.
#[derive(Debug, Default)]
pub(super) struct Seen(BTreeMap<DriftKey, Sight>);

type DriftKey = (String, String);

#[derive(Debug)]
enum Sight {
    /// Compared: the declared values that are in sync, and whether something is not.
    Compared { in_sync: BTreeMap<AttributePath, Value>, differs: bool },
    /// Found missing, or never deployed: an open drift of it is renewed.
    Gone,
    /// Not looked at.
    NotAtAll,
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
            Looked::Compared(comparison) => Sight::Compared {
                in_sync: comparison.in_sync.iter().cloned().collect(),
                differs: !comparison.attributes.is_empty(),
            },
            Looked::Gone => Sight::Gone,
            Looked::NotAtAll => Sight::NotAtAll,
        };
        self.0.insert((declaration.resource_type.to_string(), declaration.address.clone()), sight);
    }
}

/// Open drifts that this scan does not renew.
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
            Some(Sight::Gone | Sight::Compared { differs: true, .. }) => continue,
            // The repository no longer declares it, so nothing is left that a deploy would take back.
            None => Some(Resolved::Codified),
            Some(Sight::Compared { in_sync, .. }) => Some(how_it_went(inputs, open, in_sync)),
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
fn how_it_went(inputs: &Inputs<'_>, open: &DriftReport, in_sync: &BTreeMap<AttributePath, Value>) -> Resolved {
    let manual = open.attributes.iter().filter(|attribute| attribute.standing.is_manual_change());
    let codified = manual.clone().any(|attribute| {
        let now = in_sync.get(&attribute.path).map(Value::to_json);
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
