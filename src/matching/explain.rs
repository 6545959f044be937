//! What is told about a judged drift: the records that explain it, and those that were considered and do not.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::{AttributePath, Explanation, Tier, Verdict};

use super::candidate::{Candidate, CandidateStanding};
use super::ignore::IgnoreRule;

/// What came of one part of a drift.
pub(super) struct Ruling<'m> {
    pub verdict: Verdict,
    /// The attribute; `None`: the resource as a whole.
    pub path: Option<AttributePath>,
    /// The records considered, the strongest first.
    pub candidates: Vec<Candidate<'m>>,
    /// The rule that accepts the part.
    pub accepted_by: Option<&'m IgnoreRule>,
    /// Rules that would, had they not expired.
    pub expired: Vec<&'m IgnoreRule>,
    /// Until when the part has to be recorded.
    pub due_at: jiff::Timestamp,
}

impl<'m> Ruling<'m> {
    /// The record that explains the part, and by which tier.
    pub(super) fn winner(&self) -> Option<(&Candidate<'m>, Tier)> {
        let first = self.candidates.first()?;
        match first.standing {
            CandidateStanding::Explains(tier) => Some((first, tier)),
            CandidateStanding::Contradicts | CandidateStanding::Loses => None,
        }
    }
}

/// Considered and rejected records that are told, at most: the likeliest ones.
const SHOWN_REJECTED: usize = 10;

/// The name under which ignore rules stand among the explanations.
pub const IGNORE_RULE: &str = "ignore rule";

/// The records that explain by tier and id, the ignore rules, then the rejected records, the likeliest first.
pub(super) fn explanations(rulings: &[Ruling<'_>]) -> Vec<Explanation> {
    let explaining = explaining(rulings);
    let winners: BTreeSet<&str> = explaining.keys().map(|(_, id)| *id).collect();
    let mut rejected = Rejected::default();
    for ruling in rulings {
        rejected.add(ruling, &winners);
    }
    let rejected = rejected.told();
    explaining.into_values().chain(ignored(rulings)).chain(rejected).collect()
}

/// An explanation by nobody: a record that explains nothing.
pub(super) fn nothing(record: &str) -> Explanation {
    Explanation { record: record.to_owned(), tier: None, matched: Vec::new(), because: Vec::new(), source: None }
}

fn explaining<'r>(rulings: &'r [Ruling<'_>]) -> BTreeMap<(Tier, &'r str), Explanation> {
    let mut found = BTreeMap::new();
    for ruling in rulings {
        let Some((winner, tier)) = ruling.winner() else { continue };
        let id = winner.record.id.as_str();
        let explanation = found.entry((tier, id)).or_insert_with(|| nothing(id));
        explanation.tier = Some(tier);
        explanation.matched.extend(ruling.path.clone());
        add_new(&mut explanation.because, &winner.because);
    }
    found
}

/// What ignore rules say: those that accept, and those that no longer do.
fn ignored(rulings: &[Ruling<'_>]) -> Option<Explanation> {
    let mut told = nothing(IGNORE_RULE);
    for ruling in rulings {
        if let Some(rule) = ruling.accepted_by {
            told.matched.extend(ruling.path.clone());
            add_new(&mut told.because, &[format!("accepted through {}: {}", rule.expires, rule.reason)]);
        }
        for rule in &ruling.expired {
            let sentence = format!("a rule accepted it through {} and has expired: {}", rule.expires, rule.reason);
            add_new(&mut told.because, &[sentence]);
        }
    }
    (!told.because.is_empty()).then_some(told)
}

/// How near a rejected record came: contradictions first, then the smallest scope.
type Nearness = (bool, u8);

/// The rejected records by id, each with what it came nearest to.
#[derive(Default)]
struct Rejected<'r>(BTreeMap<&'r str, (Nearness, Vec<String>)>);

impl<'r> Rejected<'r> {
    /// Takes in the losers of a part. Of an explained part only those count that speak of the very same attribute, and
    /// of a record that explains another part only its contradictions.
    fn add(&mut self, ruling: &'r Ruling<'_>, winners: &BTreeSet<&str>) {
        let winner = ruling.winner();
        for candidate in ruling.candidates.iter().skip(usize::from(winner.is_some())) {
            let contradicts = candidate.standing == CandidateStanding::Contradicts;
            let explains = matches!(candidate.standing, CandidateStanding::Explains(_));
            let id = candidate.record.id.as_str();
            let is_told =
                contradicts || (!winners.contains(id) && (winner.is_none() || candidate.width == 0 || explains));
            if !is_told {
                continue;
            }
            let mut because = candidate.because.clone();
            because.extend(winner.map(|(winner, tier)| {
                let than = if explains { "more strongly " } else { "" };
                format!("{} explains it {than}({tier:?})", winner.record.id)
            }));
            let nearness = (!contradicts, candidate.width);
            let told = self.0.entry(id).or_insert_with(|| (nearness, Vec::new()));
            if nearness < told.0 {
                *told = (nearness, Vec::new());
            }
            if nearness == told.0 {
                add_new(&mut told.1, &because);
            }
        }
    }

    fn told(self) -> Vec<Explanation> {
        let mut records: Vec<_> = self.0.into_iter().map(|(id, (nearness, because))| (nearness, id, because)).collect();
        records.sort();
        let told = records.into_iter().take(SHOWN_REJECTED);
        told.map(|(_, id, because)| Explanation { because, ..nothing(id) }).collect()
    }
}

/// Adds the sentences that are not there yet.
fn add_new(sentences: &mut Vec<String>, more: &[String]) {
    for sentence in more {
        if !sentences.contains(sentence) {
            sentences.push(sentence.clone());
        }
    }
}
