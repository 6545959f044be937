//! Matching: drift × record × evidence → verdict, and the sentences that say why.
//!
//! Pure and total: the same inputs give the same verdict, whatever their order. Knows no client, no file and no clock.
//!
//! A match is made for each attribute, and anew on each call from what is live now; a record that predicted 5 does not
//! explain 7. The tiers, strongest first:
//!
//! | tier | the record | explains if |
//! | --- | --- | --- |
//! | T1 | has its id in the change itself | always |
//! | T2 | quotes a command that predicts exactly what is live | the change is in its time, or near it |
//! | T3 | names resource and attribute | the change is in its time, and nobody else is known to have made it |
//! | T4 | names the resource | the change is in its time, its implementer is known to have made it, and policy agrees |
//! | T5 | names only the stack, service, account or environment | as T4 |
//!
//! A command that predicts another value, inside the record's time, *contradicts*; that outweighs even T1.

mod candidate;
mod explain;
mod identity;
mod ignore;
mod predict;
mod sighting;
mod text;
mod time;

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use crate::ledger::policy::{ChangeTime, People, Policy, Rule, violations};
use crate::model::{
    AttributePath, ChangeRecord, Drift, Evidence, Explanation, Fingerprinter, Presence, ResourceType, Tier, Verdict,
    Violation,
};

use candidate::{Candidate, CandidateStanding, Part, Prepared, consider};
use explain::{Ruling, explanations};
use identity::Names;
use sighting::{Sighting, relevant, sightings};

pub use explain::IGNORE_RULE;
pub(crate) use identity::names_in as names_of;
pub use ignore::{IgnoreRule, Pattern, Sight, problems as ignore_problems, unused_problems as unused_ignore_rules};

/// What drifts are judged by.
#[derive(Clone, Copy, Debug)]
pub struct Context<'a> {
    /// The time of the judgement.
    pub now: Timestamp,
    /// The ledger.
    pub records: &'a [ChangeRecord],
    /// What is known about who changed what when.
    pub evidence: &'a [Evidence],
    /// The drifts that somebody accepts.
    pub ignore_rules: &'a [IgnoreRule],
    /// Who is who.
    pub people: &'a People,
    /// The policy of the drifts' environment.
    pub policy: &'a Policy,
    /// For comparing secrets.
    pub fingerprints: &'a Fingerprinter,
}

/// Fills in actor, verdict, explanations, violations and deadline of one drift.
///
/// For many drifts make one [`Matcher`], which reads the records once.
pub fn judge(drift: &mut Drift, context: &Context<'_>) {
    Matcher::new(context).judge(drift);
}

/// Verdicts, the one that needs somebody most first: the verdict of a drift is the worst of its parts'.
///
/// A contradiction comes before everything, because somebody relies on a record that is wrong. An accepted part beside
/// an explained one leaves a record to be closed, so the drift is explained.
pub const WORST_FIRST: [Verdict; 5] =
    [Verdict::Contradicted, Verdict::Overdue, Verdict::Unexplained, Verdict::Explained, Verdict::Accepted];

/// The ledger and the evidence, prepared for judging many drifts.
pub struct Matcher<'a> {
    context: &'a Context<'a>,
    records: Vec<Prepared<'a>>,
    evidence: BTreeMap<&'a ResourceType, Vec<&'a Evidence>>,
}

impl<'a> Matcher<'a> {
    /// Reads the records' commands and texts.
    pub fn new(context: &'a Context<'a>) -> Self {
        let mut evidence: BTreeMap<&ResourceType, Vec<&Evidence>> = BTreeMap::new();
        for fact in context.evidence {
            evidence.entry(&fact.resource_type).or_default().push(fact);
        }
        let records = context.records.iter().map(|record| Prepared::new(record, context)).collect();
        Self { context, records, evidence }
    }

    /// Judges a drift.
    pub fn judge(&self, drift: &mut Drift) {
        let about_type = self.evidence.get(&drift.resource_type).into_iter().flatten().copied();
        let evidence = relevant(drift, about_type);
        let names = Names::of(drift);
        let rulings: Vec<Ruling<'_>> =
            parts(drift, &evidence).iter().map(|part| self.rule_on(part, drift, &names)).collect();
        let is_known = |fact: &&&Evidence| fact.actor.as_ref().is_some_and(sighting::is_known);
        // Who changed an attribute of what is gone did not take it away.
        let of_whole = evidence.iter().filter(|fact| drift.presence != Presence::Present && fact.paths.is_empty());
        let actor = of_whole.clone().find(is_known).or_else(|| evidence.iter().find(is_known));
        let actor = actor.or_else(|| evidence.iter().find(|fact| fact.actor.is_some()));
        if let Some(fact) = actor {
            drift.actor = fact.actor.clone();
            drift.actor_evidence = Some(fact.source);
        }
        let worst = WORST_FIRST.into_iter().find(|verdict| rulings.iter().any(|ruling| ruling.verdict == *verdict));
        // Nothing was changed by hand: every change of none is accounted for.
        drift.verdict = worst.unwrap_or(Verdict::Explained);
        drift.due_at = rulings.iter().filter(|ruling| needs_record(ruling.verdict)).map(|ruling| ruling.due_at).min();
        drift.violations = self.violations(&rulings);
        drift.explanations = explanations(&rulings);
        drift.explanations.extend(self.unknown_records(&evidence));
        for explanation in &mut drift.explanations {
            let record = self.context.records.iter().find(|record| record.id == explanation.record);
            explanation.source = record.and_then(ChangeRecord::place);
            explanation.because.extend(record.into_iter().flat_map(about_source));
        }
    }

    fn rule_on<'m>(&'m self, part: &Part<'_>, drift: &Drift, names: &Names) -> Ruling<'m> {
        let context = self.context;
        let changed = part.sightings.iter().filter_map(|sighting| match sighting.time {
            ChangeTime::At(at) => Some(at),
            ChangeTime::Between(..) => None,
        });
        let due_at = time::later(changed.max().unwrap_or(drift.first_seen), context.policy.record_within.duration());
        let mut ruling = Ruling {
            verdict: Verdict::Unexplained,
            path: part.attribute.map(|attribute| attribute.path.clone()),
            candidates: Vec::new(),
            accepted_by: None,
            expired: Vec::new(),
            due_at,
        };
        (ruling.accepted_by, ruling.expired) =
            ignore::accepting(context.ignore_rules, drift, part.attribute, context.now);
        if ruling.accepted_by.is_some() {
            ruling.verdict = Verdict::Accepted;
            return ruling;
        }
        let considered = self.records.iter().filter_map(|record| consider(record, part, drift, names, context));
        ruling.candidates = considered.collect();
        ruling.candidates.sort_by(|one, other| strength(one).cmp(&strength(other)));
        ruling.verdict = match ruling.candidates.first().map(|first| first.standing) {
            Some(CandidateStanding::Explains(_)) => Verdict::Explained,
            Some(CandidateStanding::Contradicts) => Verdict::Contradicted,
            _ if context.now > due_at => Verdict::Overdue,
            _ => Verdict::Unexplained,
        };
        ruling
    }

    /// The violations of the records that explain, each once.
    fn violations(&self, rulings: &[Ruling<'_>]) -> Vec<Violation> {
        let mut found: BTreeMap<(String, usize), Violation> = BTreeMap::new();
        for (winner, _) in rulings.iter().filter_map(Ruling::winner) {
            let context = self.context;
            let broken = violations(winner.record, Some(winner.change), context.policy, context.people, context.now);
            for violation in broken {
                let order = Rule::ALL.iter().position(|rule| rule.as_str() == violation.rule).unwrap_or(usize::MAX);
                found.entry((violation.record.clone(), order)).or_insert(violation);
            }
        }
        found.into_values().collect()
    }

    /// Changes that carry the id of a record that nobody has.
    fn unknown_records(&self, evidence: &[&Evidence]) -> Vec<Explanation> {
        let ids: BTreeSet<&str> = evidence.iter().filter_map(|fact| fact.record_id.as_deref()).collect();
        let is_known = |id: &str| self.context.records.iter().any(|record| record.goes_by(id));
        let because = vec!["the change carries this record's id, but the ledger has no such record".to_owned()];
        let unknown = ids.into_iter().filter(|id| !is_known(id));
        unknown.map(|id| Explanation { because: because.clone(), ..explain::nothing(id) }).collect()
    }
}

/// Where else the change of a record is recorded, and of which age it is where its source cannot be read.
fn about_source(record: &ChangeRecord) -> impl Iterator<Item = String> {
    let others: Vec<String> = record.aliases.iter().map(|alias| format!("{} ({})", alias.id, alias.source)).collect();
    let same = (!others.is_empty()).then(|| format!("the same change is recorded in {}", others.join(", ")));
    let age = record.as_of.map(|at| format!("{} cannot be read now: this is the record of {at:.0}", record.source));
    same.into_iter().chain(age)
}

/// What needs an explanation: each attribute that was changed by hand, or the resource that is gone or unmanaged.
fn parts<'d>(drift: &'d Drift, evidence: &[&'d Evidence]) -> Vec<Part<'d>> {
    let seen = |path: Option<&AttributePath>| -> Vec<Sighting<'d>> { sightings(drift, evidence, path) };
    if drift.presence != Presence::Present {
        return vec![Part { attribute: None, sightings: seen(None) }];
    }
    let manual = drift.attributes.iter().filter(|attribute| attribute.standing.is_manual_change());
    manual.map(|attribute| Part { attribute: Some(attribute), sightings: seen(Some(&attribute.path)) }).collect()
}

fn needs_record(verdict: Verdict) -> bool {
    matches!(verdict, Verdict::Unexplained | Verdict::Overdue)
}

/// The order of candidates: what they do, the smallest scope, the nearest in time, the record's id and place.
fn strength<'c>(candidate: &'c Candidate<'_>) -> impl Ord + 'c {
    let record = candidate.record;
    (candidate.standing, candidate.width, candidate.distance, &record.id, &record.source, &record.at, &record.url)
}

/// Records that explain more than `limit` resources without predicting their values (T3 and weaker): nobody can have
/// checked so many changes against one record.
pub fn over_broad(drifts: &[Drift], records: &[ChangeRecord], limit: usize) -> Vec<Violation> {
    let mut resources: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for drift in drifts {
        let broad = drift.explanations.iter().filter(|found| found.tier.is_some_and(|tier| tier >= Tier::T3));
        for explanation in broad {
            resources.entry(explanation.record.as_str()).or_default().insert(drift.id.as_str());
        }
    }
    let too_many = resources.into_iter().filter(|(_, drifts)| drifts.len() > limit);
    too_many
        .filter_map(|(id, drifts)| {
            let record = records.iter().find(|record| record.id == id)?;
            let count = drifts.len();
            let message = format!(
                "the record explains {count} resources by their names alone, more than {limit}; \
                 quote the commands, or split it into several records"
            );
            Some(Rule::OverBroad.violation(record, message))
        })
        .collect()
}

#[cfg(test)]
pub(crate) mod tests;
