//! Values that somebody other than a person moves, within limits that a person set: a scaling policy, storage that
//! grows, minor versions. Inside its limits such a value is no drift; outside somebody else moved it.

use super::scalar::plain_number;
use super::walk::Walk;
use crate::model::{AttributePath, Number, Value};
use crate::schema::{Controller, Limit, Says};

/// Limits that something beside the resource sets for one of its attributes.
#[derive(Clone, Debug, PartialEq)]
pub struct Band {
    /// The attribute.
    pub path: AttributePath,
    /// What they are.
    pub limits: Limits,
    /// Who moves it.
    pub owner: &'static str,
}

/// The limits of a [`Band`].
#[derive(Clone, Debug, PartialEq)]
pub enum Limits {
    /// The least and the most that the owner sets.
    Between(Number, Number),
    /// Whether there are any could not be read: whoever moved the attribute, it cannot be told.
    Unread(String),
}

impl Walk<'_> {
    /// Who moved an attribute from what is declared to what is live, if that is within the owner's limits.
    pub(super) fn owner(&self, path: &AttributePath, declared: Option<&Value>, live: Option<&Value>) -> Option<&str> {
        let (declared, live) = (declared?, live?);
        let holds = |band: &&Band| match &band.limits {
            Limits::Between(min, max) => number(live).is_some_and(|live| *min <= live && live <= *max),
            Limits::Unread(_) => false,
        };
        let band = self.subject.bands.iter().find(|band| band.path == *path);
        if let Some(band) = band.filter(holds) {
            return Some(band.owner);
        }
        self.facts.at(path).find_map(|says| match says {
            Says::Controlled(controller) => self.moves(controller, declared, live).then_some(controller.owner),
            Says::MinorUpgrades(engines) => self.upgraded(engines, declared, live).then_some("automatic minor upgrade"),
            _ => None,
        })
    }

    /// Why it cannot be told who moved an attribute, if its limits could not be read.
    pub(super) fn unread_limits(&self, path: &AttributePath) -> Option<&str> {
        self.subject.bands.iter().filter(|band| band.path == *path).find_map(|band| match &band.limits {
            Limits::Unread(reason) => Some(reason.as_str()),
            Limits::Between(..) => None,
        })
    }

    fn moves(&self, controller: &Controller, declared: &Value, live: &Value) -> bool {
        let limit = |limit| match limit {
            Limit::Declared => number(declared),
            Limit::Live(path) => self.subject.live.get(path).and_then(number),
        };
        let (Some(min), Some(max), Some(live)) = (limit(controller.min), limit(controller.max), number(live)) else {
            return false;
        };
        min <= live && live <= max
    }

    /// Whether a later release of the same major version is live, and the service installs such by itself.
    fn upgraded(&self, engines: &[(&str, usize)], declared: &Value, live: &Value) -> bool {
        let text = |name: &str| self.subject.live.get(name).and_then(Value::as_scalar_text);
        let engine = text("Engine").unwrap_or_default();
        let Some((_, major)) = engines.iter().find(|(name, _)| *name == engine) else { return false };
        let parts = |value: &Value| -> Option<(Vec<String>, Vec<u64>)> {
            let text = value.as_scalar_text()?;
            let segments: Vec<&str> = text.split('.').collect();
            let (major, minor) = segments.split_at_checked(*major)?;
            let minor: Option<Vec<u64>> = minor.iter().map(|segment| segment.parse().ok()).collect();
            Some((major.iter().map(|&segment| segment.to_owned()).collect(), minor?))
        };
        let (Some((declared_major, from)), Some((live_major, to))) = (parts(declared), parts(live)) else {
            return false;
        };
        text("AutoMinorVersionUpgrade").as_deref() == Some("true")
            && declared_major == live_major
            && from.len() == to.len()
            && from < to
    }
}

fn number(value: &Value) -> Option<Number> {
    plain_number(&value.as_scalar_text()?)
}
