//! The gate: may this be deployed, or would it take a manual change back?
//!
//! Pure: it judges a report that somebody else made, and says so when that report does not let it tell.

mod deploy_method;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::matching::IGNORE_RULE;
use crate::model::{
    AttributePath, Basis, DriftId, EvidenceSource, Explanation, Presence, ProblemKind, Provider, Standing, Step,
    Verdict,
};
use crate::report::{AttributeReport, Coverage, DriftReport, ProblemReport, Report, SourceReport};
use crate::schema::kubernetes::DELETION;

pub use deploy_method::{Change, DeployMethod, Fate};

/// The name and version of the shape of [`GateReport`].
pub const SCHEMA: &str = "driftledger/gate/v1";

/// What the gate decides.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Decision {
    /// Nothing that a deploy would take back.
    Pass,
    /// Something that a deploy would take back, and the settings let it pass.
    Warn,
    /// A deploy would take a manual change back.
    Block,
    /// Something hides what a deploy would do. Never read as a pass.
    Error,
}

impl Decision {
    /// Every decision, for metrics that report zeros.
    pub const ALL: [Self; 4] = [Self::Pass, Self::Warn, Self::Block, Self::Error];

    /// The label `decision`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Warn => "warn",
            Self::Block => "block",
            Self::Error => "error",
        }
    }
}

/// How strict the gate is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Settings {
    /// What a manual change without a record does.
    pub unexplained: Unexplained,
    /// Whether any problem and any attribute that cannot be verified keeps the gate from telling.
    pub strict: bool,
    /// How the Kubernetes manifests of stacks are deployed, by stack.
    pub deploy_methods: BTreeMap<String, DeployMethod>,
}

/// What the gate does with a manual change that no record accounts for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Unexplained {
    /// Block the deploy: somebody may need the change.
    #[default]
    Block,
    /// Let it pass with a warning.
    Warn,
}

/// What the gate says.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct GateReport {
    /// Always [`SCHEMA`].
    pub schema: String,
    /// May it be deployed?
    pub decision: Decision,
    /// The stacks that were asked about.
    pub stacks: Vec<String>,
    /// The commit about to be deployed.
    pub commit: Option<String>,
    /// Attributes that a deploy would take back, worst first, then what is worth knowing.
    pub findings: Vec<Finding>,
    /// Why it could not tell.
    pub undecided: Vec<String>,
    /// What was looked at.
    pub coverage: Coverage,
}

/// What a deploy would do to one attribute, or to a whole resource.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Finding {
    /// Whether it blocks.
    pub effect: Effect,
    /// The drift it is part of.
    pub drift: DriftId,
    /// The stack.
    pub stack: String,
    /// The resource's type.
    #[serde(rename = "type")]
    pub resource_type: String,
    /// The resource's address.
    pub address: String,
    /// The attribute with its three values; `None` for a resource that was removed by hand.
    pub attribute: Option<AttributeReport>,
    /// Where the attribute is declared, else the resource.
    pub source: Option<SourceReport>,
    /// What is said about the drift.
    pub verdict: Option<Verdict>,
    /// The records behind this attribute.
    pub records: Vec<RecordBehind>,
    /// Where there is none: the records that were considered, and why they are not behind it.
    pub considered: Vec<RecordBehind>,
    /// What the deploy would do, in a sentence.
    pub message: String,
}

/// What a finding does to the deploy.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Effect {
    /// Blocks it.
    Block,
    /// Would block it under stricter settings.
    Warn,
    /// Worth knowing.
    Notice,
}

/// A record behind a change that a deploy would take back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecordBehind {
    /// Its id.
    pub id: String,
    /// `file:line` or a URL.
    pub source: Option<String>,
    /// Why it is the record of this change.
    pub because: Vec<String>,
}

/// Decides from a fresh report of the stacks about to be deployed.
pub fn decide(report: &Report, settings: &Settings) -> GateReport {
    let mut findings: Vec<Finding> = report.drifts.iter().flat_map(|drift| findings_of(drift, settings)).collect();
    findings.sort_by(|a, b| (a.effect, &a.stack, &a.address).cmp(&(b.effect, &b.stack, &b.address)));
    let undecided = undecided(report, settings.strict);
    let has = |effect| findings.iter().any(|finding| finding.effect == effect);
    // A change that is known to be lost blocks, whatever else could not be seen.
    let decision = if has(Effect::Block) {
        Decision::Block
    } else if !undecided.is_empty() {
        Decision::Error
    } else if has(Effect::Warn) {
        Decision::Warn
    } else {
        Decision::Pass
    };
    GateReport {
        schema: SCHEMA.to_owned(),
        decision,
        stacks: report.scan.stacks.clone(),
        commit: report.scan.commit.clone(),
        findings,
        undecided,
        coverage: report.coverage.clone(),
    }
}

fn findings_of(drift: &DriftReport, settings: &Settings) -> Vec<Finding> {
    let unexplained = settings.unexplained;
    if drift.presence == Presence::Missing && drift.is_manual_change() {
        let effect = effect_of(drift, None, unexplained);
        let message = said_of("was removed by hand; the deploy would make it again", effect);
        return vec![finding(drift, None, effect, message)];
    }
    let method = settings.deploy_methods.get(&drift.stack).copied();
    if drift.presence == Presence::Unmanaged {
        let changed = drift.attributes.iter().filter(|attribute| attribute.standing.is_manual_change());
        return changed.map(|attribute| of_undeclared(drift, attribute, method, unexplained)).collect();
    }
    let judge = |attribute: &AttributeReport| {
        if attribute.standing.is_manual_change() && drift.provider == Provider::Kubernetes {
            return Some(of_object(drift, attribute, method, unexplained));
        }
        let message = match (attribute.basis, attribute.standing) {
            (Basis::Baseline, Standing::Drifted) => {
                "was changed by hand and nobody declares it; what the deploy makes of it is not known"
            }
            (_, Standing::Drifted) => "was changed by hand; the deploy would take it back",
            (_, Standing::Conflict) => "was changed by hand and in the repository; the deploy would overwrite it",
            (_, Standing::Codified) => {
                let message = "was changed by hand and is now in the repository: close its record";
                return Some(finding(drift, Some(attribute), Effect::Notice, message.to_owned()));
            }
            (_, Standing::InSync | Standing::Pending | Standing::Unverifiable) => return None,
        };
        let effect = effect_of(drift, Some(&attribute.path), unexplained);
        Some(finding(drift, Some(attribute), effect, said_of(message, effect)))
    };
    drift.attributes.iter().filter_map(judge).collect()
}

/// An object that somebody changed by hand and the manifests no longer have.
fn of_undeclared(
    drift: &DriftReport,
    attribute: &AttributeReport,
    method: Option<DeployMethod>,
    unexplained: Unexplained,
) -> Finding {
    let removal = method.map_or("a deploy that prunes would remove it", DeployMethod::of_undeclared);
    let message = format!("was changed by hand and is no longer declared; {removal}");
    if method == Some(DeployMethod::Replace) {
        return finding(drift, Some(attribute), Effect::Notice, message);
    }
    let effect = effect_of(drift, Some(&attribute.path), unexplained);
    finding(drift, Some(attribute), effect, said_of(&message, effect))
}

/// A changed attribute of a Kubernetes object: what the manifests do not mention stays or goes by how they are deployed.
fn of_object(
    drift: &DriftReport,
    attribute: &AttributeReport,
    method: Option<DeployMethod>,
    unexplained: Unexplained,
) -> Finding {
    if attribute.path == AttributePath::keys(DELETION.split('.')) {
        let effect = effect_of(drift, Some(&attribute.path), unexplained);
        let message = "is being deleted by hand; what is deployed to it goes with it";
        return finding(drift, Some(attribute), effect, said_of(message, effect));
    }
    // What was applied and is no longer declared is removed by the next deploy.
    let is_declared = attribute.declared.is_some() || attribute.applied.is_some();
    let change = Change {
        is_declared,
        is_in_whole_list: attribute.path.steps().iter().any(|step| matches!(step, Step::Index(_))),
        manager: manager(drift, attribute),
    };
    let message = match (method.map(|method| (method, method.fate(change))), attribute.standing) {
        (Some((method, Fate::Survives)), _) => {
            let message = format!("was added by hand and nobody declares it; {} leaves it as it is", method.as_str());
            return finding(drift, Some(attribute), Effect::Notice, message);
        }
        (Some((method, Fate::Lost)), _) => {
            format!("was added by hand and nobody declares it; {} would remove it", method.as_str())
        }
        (Some((method, Fate::Conflict)), _) => {
            format!("was changed by hand; {} would stop at it with a conflict", method.as_str())
        }
        (None, _) if !is_declared => {
            "was added by hand and nobody declares it; whether the deploy would remove it depends on the stack's \
             deploy_method, which is not set"
                .to_owned()
        }
        (_, Standing::Conflict) => {
            "was changed by hand and in the repository; the deploy would overwrite it".to_owned()
        }
        (_, _) => "was changed by hand; the deploy would take it back".to_owned(),
    };
    let effect = effect_of(drift, Some(&attribute.path), unexplained);
    finding(drift, Some(attribute), effect, said_of(&message, effect))
}

/// The field manager that added an attribute, where that is what is known of who made the change. Of several tools that
/// changed an object the actor is one; the attribute's own note tells whether it is its.
fn manager<'d>(drift: &'d DriftReport, attribute: &AttributeReport) -> Option<&'d str> {
    let actor = drift.actor.as_ref().filter(|actor| actor.evidence == Some(EvidenceSource::ManagedFields))?;
    let manager = actor.via.as_deref().unwrap_or(&actor.name);
    let rest = attribute.note.as_deref()?.strip_prefix("added by ")?.strip_prefix(manager)?;
    rest.starts_with(' ').then_some(manager)
}

/// What a deploy would take back is said also where it does not block: only an ignore rule lets it pass.
fn said_of(message: &str, effect: Effect) -> String {
    let accepted = if effect == Effect::Notice { "; an ignore rule accepts the change" } else { "" };
    format!("{message}{accepted}")
}

/// What taking back one attribute does (`None`: the resource as a whole). The verdict of a drift is that of its worst
/// attribute: one with a record blocks beside one without, and one that is accepted passes beside one that is not.
fn effect_of(drift: &DriftReport, path: Option<&AttributePath>, unexplained: Unexplained) -> Effect {
    let speaks = |explanation: &&Explanation| {
        path.is_none_or(|path| explanation.matched.iter().any(|other| path.is_within(other) || other.is_within(path)))
    };
    let is_recorded = drift.accounting_records().any(|explanation| speaks(&explanation));
    let of_rules = drift.explanations.iter().filter(|explanation| explanation.record == IGNORE_RULE);
    let is_accepted = path.is_some() && of_rules.filter(|rule| !rule.matched.is_empty()).any(|rule| speaks(&rule));
    match (drift.verdict, unexplained) {
        (Some(Verdict::Accepted), _) => Effect::Notice,
        _ if is_accepted => Effect::Notice,
        (Some(Verdict::Unexplained | Verdict::Overdue), Unexplained::Warn) if !is_recorded => Effect::Warn,
        _ => Effect::Block,
    }
}

fn finding(drift: &DriftReport, attribute: Option<&AttributeReport>, effect: Effect, message: String) -> Finding {
    let is_behind = |matched: &[crate::model::AttributePath]| match attribute {
        Some(attribute) => matched.iter().any(|path| attribute.path.is_within(path) || path.is_within(&attribute.path)),
        None => true,
    };
    let record = |explanation: &Explanation| RecordBehind {
        id: explanation.record.clone(),
        source: explanation.source.clone(),
        because: explanation.because.clone(),
    };
    let records: Vec<_> =
        drift.accounting_records().filter(|explanation| is_behind(&explanation.matched)).map(record).collect();
    let losing = drift.explanations.iter().filter(|explanation| explanation.tier.is_none());
    let considered = if records.is_empty() { losing.map(record).collect() } else { Vec::new() };
    Finding {
        effect,
        drift: drift.id.clone(),
        stack: drift.stack.clone(),
        resource_type: drift.resource_type.clone(),
        address: drift.address.clone(),
        attribute: attribute.cloned(),
        source: attribute.and_then(|attribute| attribute.source.clone()).or_else(|| drift.source.clone()),
        verdict: drift.verdict,
        records,
        considered,
        message,
    }
}

/// What keeps the gate from telling. A resource that could not be read may carry a manual change.
fn undecided(report: &Report, strict: bool) -> Vec<String> {
    let mut reasons = Vec::new();
    let coverage = &report.coverage;
    let hides = |problem: &&ProblemReport| strict || hides_a_resource(&problem.kind);
    reasons.extend(
        coverage.problems.iter().filter(hides).map(|problem| format!("{}: {}", problem.scope, problem.message)),
    );
    if coverage.resources.unknown > 0 {
        reasons.push(format!("{} resources could not be compared", coverage.resources.unknown));
    }
    if report.summary.stale > 0 {
        reasons.push(format!("{} open drifts could not be looked at again", report.summary.stale));
    }
    if strict && coverage.attributes.unverifiable > 0 {
        reasons.push(format!("{} attributes cannot be verified (--strict)", coverage.attributes.unverifiable));
    }
    reasons
}

/// Whether a problem of this kind can hide what a deploy would do. One that is not known may.
fn hides_a_resource(kind: &str) -> bool {
    ProblemKind::ALL.iter().find(|known| known.as_str() == kind).is_none_or(|known| known.hides_resources())
}

#[cfg(test)]
mod tests;
