//! What became of one declared resource: whether it could be looked at, and what its comparison found.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value as Json;

use super::sides::object::{self, Autoscaled};
use super::sides::{self, Together};
use super::{Inputs, remembered};
use crate::compare::Comparison;
use crate::live::Found;
use crate::model::{AttributePath, Bound, Declaration, Live, Scope};
use crate::scan::resolve::{self, DriftKey};
use crate::scan::revisions;
use crate::scan::watch::Look;

/// What has to be known before single resources are looked at.
pub(super) struct Before {
    together: Together,
    /// The resources with a drift that is open.
    told: BTreeSet<DriftKey>,
}

impl Before {
    pub(super) fn of(inputs: &Inputs<'_>) -> Self {
        let open = inputs.known.open.iter();
        Self {
            together: Together {
                revisions: revisions::changed_by_hand(inputs),
                autoscaled: Autoscaled::of(&inputs.declared.declarations),
            },
            told: open.map(|drift| (drift.resource_type.clone(), drift.address.clone())).collect(),
        }
    }

    /// Whether an earlier scan told of a resource, and what became of that is asked for.
    pub(super) fn told(&self, declaration: &Declaration) -> bool {
        !self.told.is_empty() && self.told.contains(&resolve::key_of(declaration))
    }
}

/// What became of one declared resource.
pub(super) enum Outcome<'a> {
    /// It was compared, and in a watched stack also looked at for what nobody declares. `None`: it is just as it is
    /// declared.
    Compared(Option<&'a Live>, Box<Compared>),
    /// It was compared, all of it is in sync, and nobody asks for more.
    InSync {
        /// How many attributes that are.
        attributes: usize,
        /// Its merge base, if that changed.
        base: Option<BTreeMap<String, Json>>,
    },
    /// It was found missing.
    Missing,
    /// It was never deployed.
    NotDeployed,
    /// It could not be looked at, and why.
    Unknown(String),
    /// Nothing here reads its type.
    Skipped(&'static str),
}

/// What a comparison found.
pub(super) struct Compared {
    pub(super) comparison: Comparison,
    look: Option<Look>,
}

impl Compared {
    fn is_all_in_sync(&self) -> bool {
        let Comparison { attributes, in_sync: _, unverifiable, ignored, controlled, suppressed: _ } = &self.comparison;
        let elsewhere = [attributes, ignored, controlled];
        self.look.is_none() && unverifiable.is_empty() && elsewhere.into_iter().all(Vec::is_empty)
    }
}

impl Outcome<'_> {
    pub(super) fn take_look(&mut self) -> Option<Look> {
        match self {
            Self::Compared(_, compared) => compared.look.take(),
            _ => None,
        }
    }

    pub(super) fn for_resolution(&self) -> resolve::Looked<'_> {
        match self {
            Self::Compared(_, compared) => resolve::Looked::Compared(&compared.comparison),
            Self::Missing => resolve::Looked::Missing,
            Self::NotDeployed => resolve::Looked::NotDeployed,
            Self::InSync { .. } | Self::Unknown(_) | Self::Skipped(_) => resolve::Looked::NotAtAll,
        }
    }

    /// What has to be held of it until the others were looked at.
    pub(super) fn settled(self, inputs: &Inputs<'_>, before: &Before, declaration: &Declaration) -> Self {
        match &self {
            Self::Compared(_, compared) if compared.is_all_in_sync() && !before.told(declaration) => Self::InSync {
                attributes: compared.comparison.in_sync.len(),
                base: base_after(inputs, declaration, &compared.comparison),
            },
            _ => self,
        }
    }
}

/// The merge base of a resource after it was compared, if it changed. The declared values found in sync become the base;
/// those not in sync, and those that cannot be told now, keep the base they had.
pub(super) fn base_after(
    inputs: &Inputs<'_>,
    declaration: &Declaration,
    comparison: &Comparison,
) -> Option<BTreeMap<String, Json>> {
    let before = inputs.known.bases.get(&declaration.address);
    let mut base: BTreeMap<String, Json> =
        comparison.in_sync.iter().map(|(path, value)| (path.to_string(), value.to_json())).collect();
    base.extend(remembered::facts(inputs, declaration));
    let differing = [&comparison.attributes, &comparison.ignored, &comparison.controlled];
    let differing = differing.into_iter().flatten().map(|attribute| &attribute.path);
    let open: Vec<_> = differing.chain(comparison.unverifiable.iter().map(|(path, _)| path)).collect();
    let keeps = |path: &str| {
        let path = path.parse::<AttributePath>();
        path.is_ok_and(|path| open.iter().any(|open| path.is_within(open) || open.is_within(&path)))
    };
    let kept = before.into_iter().flatten().filter(|_| !open.is_empty());
    for (path, value) in kept.filter(|(path, _)| keeps(path)) {
        base.entry(path.clone()).or_insert_with(|| value.clone());
    }
    (before != Some(&base)).then_some(base)
}

pub(super) fn look_at<'a>(inputs: &'a Inputs<'_>, before: &Before, declaration: &Declaration) -> Outcome<'a> {
    let resource_type = &declaration.resource_type;
    if !(inputs.reads)(resource_type) {
        return Outcome::Skipped("nothing here reads this type yet");
    }
    if let Some(elsewhere) = elsewhere(inputs.scope, declaration) {
        return Outcome::Unknown(elsewhere);
    }
    let applied = inputs.applied.resources.get(&declaration.address);
    let was_deployed = |bound: &Bound| bound.identifier.is_some();
    let never_deployed = inputs.applied.is_complete
        && applied.is_none()
        && !inputs.applied.bindings.get(&declaration.address).is_some_and(was_deployed);
    if let Some(reason) = &inputs.applied.in_flight {
        return Outcome::Unknown(format!("in flight: the stack is in {reason}"));
    }
    // What carries the resource's name all the same is not what a deployment of this stack made.
    if inputs.applied.nothing_deployed.is_some() {
        return Outcome::NotDeployed;
    }
    // Without what was applied, a change of the repository looks like one by hand.
    if let (None, Some(reason)) = (applied, &inputs.applied.unread) {
        return Outcome::Unknown(reason.clone());
    }
    let Some(key) = inputs.applied.key_of(declaration) else {
        let reason = "its physical id is not known: it is in no applied state and the declaration names it by no name";
        return if never_deployed { Outcome::NotDeployed } else { Outcome::Unknown(reason.to_owned()) };
    };
    match inputs.live.find(resource_type, &key) {
        Found::Unknown => Outcome::Unknown("it could not be read".to_owned()),
        Found::Missing if never_deployed => Outcome::NotDeployed,
        Found::Missing => Outcome::Missing,
        Found::AsExpected => {
            let comparison = object::compare(inputs, &before.together.autoscaled, declaration, None);
            Outcome::Compared(None, Box::new(Compared { comparison, look: None }))
        }
        Found::Present(live) => match &live.in_flight {
            Some(reason) => Outcome::Unknown(format!("in flight: {reason}")),
            None => {
                let (comparison, look) = sides::compare_and_watch(inputs, &before.together, declaration, live);
                Outcome::Compared(Some(live), Box::new(Compared { comparison, look }))
            }
        },
    }
}

/// The service whose resources are in no region.
const GLOBAL_SERVICE: &str = "AWS::IAM::";

/// Why a declaration is not looked for here: its provider sends it to another account or region than the stack's.
fn elsewhere(scope: &Scope, declaration: &Declaration) -> Option<String> {
    let differs = |theirs: &Option<String>, ours: &Option<String>| {
        let (theirs, ours) = (theirs.as_ref()?, ours.as_ref()?);
        (theirs != ours).then(|| format!("it goes to {theirs}, and the stack is read in {ours}"))
    };
    let is_global = declaration.resource_type.as_str().starts_with(GLOBAL_SERVICE);
    let region = if is_global { None } else { differs(&declaration.region, &scope.region) };
    region.or_else(|| differs(&declaration.account, &scope.account))
}
