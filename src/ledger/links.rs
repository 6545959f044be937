//! Records of one change in several sources become one record: it is counted once, and what the others say is part of it.
//!
//! Only what records say of each other counts: the same id, an id or address of the other in the title, in a link or, for
//! incidents, pull requests and pages, in the text. What is alike is not the same. A record that names several of one
//! source is about several changes and is joined with none of them. Pure; independent of the order of records.

use std::collections::{BTreeMap, BTreeSet};

use super::source::compose::add_new;
use crate::model::{ChangeRecord, Outcome, RecordAlias, RecordKind, RecordStep};

/// The records with each change once, in the order of the first record of each.
pub fn join(records: Vec<ChangeRecord>) -> Vec<ChangeRecord> {
    let sources: BTreeSet<&str> = records.iter().map(|record| record.source.as_str()).collect();
    if sources.len() < 2 {
        return records;
    }
    let groups = groups(&records);
    let mut left: Vec<Option<ChangeRecord>> = records.into_iter().map(Some).collect();
    let mut joined = Vec::new();
    for group in groups {
        let mut members: Vec<ChangeRecord> = group.iter().filter_map(|at| left.get_mut(*at)?.take()).collect();
        members.sort_by(|one, other| rank(one).cmp(&rank(other)));
        let mut members = members.into_iter();
        let Some(mut first) = members.next() else { continue };
        members.for_each(|other| absorb(&mut first, other));
        first.aliases.sort();
        joined.push(first);
    }
    joined
}

/// Which record of a change stands for it: one that is kept for changes, in the source where changes are managed.
fn rank(record: &ChangeRecord) -> impl Ord + '_ {
    const SOURCES: [&str; 7] = ["servicenow", "jira", "files", "github", "incident_io", "pagerduty", "confluence"];
    let source = SOURCES.iter().position(|source| *source == record.source).unwrap_or(SOURCES.len());
    (record.kind, source, &record.source, &record.id, record.place())
}

/// The records of each change, by position, in order of their first ones.
fn groups(records: &[ChangeRecord]) -> Vec<Vec<usize>> {
    let mut group_of: Vec<usize> = (0..records.len()).collect();
    for (one, other) in pairs(records) {
        let (Some(&one), Some(&other)) = (group_of.get(one), group_of.get(other)) else { continue };
        let (low, high) = (one.min(other), one.max(other));
        group_of.iter_mut().filter(|group| **group == high).for_each(|group| *group = low);
    }
    let mut groups: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for (record, group) in group_of.into_iter().enumerate() {
        groups.entry(group).or_default().push(record);
    }
    groups.into_values().collect()
}

/// The pairs of records of one change, by position.
fn pairs(records: &[ChangeRecord]) -> BTreeSet<(usize, usize)> {
    let mut by_name: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    for (at, record) in records.iter().enumerate() {
        let names = [Some(&record.id), record.url.as_ref()];
        for name in names.into_iter().flatten().filter(|name| is_telling(name)) {
            by_name.entry(name.to_lowercase()).or_default().push(at);
        }
    }
    let mut neighbours: Vec<BTreeSet<usize>> = vec![BTreeSet::new(); records.len()];
    for (at, record) in records.iter().enumerate() {
        for other in referred(record, at, records, &by_name) {
            for (one, another) in [(at, other), (other, at)] {
                neighbours.iter_mut().skip(one).take(1).for_each(|own| own.extend([another]));
            }
        }
    }
    let source = |at: &usize| records.get(*at).map(|record| (&record.source, record.kind == RecordKind::Change));
    let mut pairs = BTreeSet::new();
    for (at, others) in neighbours.iter().enumerate() {
        for other in others {
            let alike = others.iter().filter(|another| source(another) == source(other)).count();
            let back = neighbours.get(*other).into_iter().flatten().filter(|another| source(another) == source(&at));
            // Several pull requests may carry out one change; several changes of one source are several.
            let is_change = |at: usize| records.get(at).is_some_and(|record| record.kind == RecordKind::Change);
            let one_way = alike == 1 || !is_change(*other);
            let other_way = back.count() == 1 || !is_change(at);
            if one_way && other_way {
                pairs.insert((at.min(*other), at.max(*other)));
            }
        }
    }
    pairs
}

/// The records of other sources that a record says are of its change: by the same id, in the title or a link, or else in
/// the text. Of each source one, or none if it names several.
fn referred(
    record: &ChangeRecord,
    at: usize,
    records: &[ChangeRecord],
    by_name: &BTreeMap<String, Vec<usize>>,
) -> BTreeSet<usize> {
    let found = |texts: &[&str]| -> BTreeMap<&str, BTreeSet<usize>> {
        let mut found: BTreeMap<&str, BTreeSet<usize>> = BTreeMap::new();
        let known = texts.iter().flat_map(|text| tokens(text)).filter_map(|token| by_name.get(&token.to_lowercase()));
        for other in known.flatten().filter(|other| **other != at) {
            let Some(named) = records.get(*other).filter(|other| other.source != record.source) else { continue };
            found.entry(named.source.as_str()).or_default().insert(*other);
        }
        found
    };
    let mut strong: Vec<&str> = vec![&record.id, &record.summary];
    strong.extend(record.links.iter().map(String::as_str).chain(record.incident.as_deref()));
    let mut by_source = found(&strong);
    if record.kind != RecordKind::Change {
        for (source, others) in found(&[&record.body]) {
            by_source.entry(source).or_insert(others);
        }
    }
    by_source.into_values().filter(|others| others.len() == 1).flatten().collect()
}

/// Whether a text can only be a name: a number alone, or a word, may be anything.
fn is_telling(name: &str) -> bool {
    name.chars().any(|c| c.is_ascii_digit()) && name.chars().any(|c| c.is_ascii_alphabetic()) && name.len() >= 4
}

fn tokens(text: &str) -> impl Iterator<Item = &str> {
    let is_part = |c: char| c.is_ascii_alphanumeric() || "-_./#:".contains(c);
    let runs = text.split(move |c: char| !is_part(c)).map(|run| run.trim_matches(['-', '_', '.', '/', '#', ':']));
    // `INC-4:OPS-12` and `release/OPS-12` hold ids as well.
    runs.flat_map(|run| std::iter::once(run).chain(run.split(['/', ':', '_', '.']).filter(move |part| *part != run)))
}

/// Takes over what another record of the same change says and this one does not.
fn absorb(record: &mut ChangeRecord, other: ChangeRecord) {
    record.aliases.push(RecordAlias { place: other.place(), id: other.id.clone(), source: other.source });
    if other.kind == RecordKind::Incident {
        record.incident.get_or_insert(other.id);
    }
    complete(&mut record.change_type, other.change_type);
    complete(&mut record.risk, other.risk);
    complete(&mut record.reason, other.reason);
    complete(&mut record.scenario, other.scenario);
    complete(&mut record.requester, other.requester);
    complete(&mut record.implementer, other.implementer);
    complete(&mut record.environment, other.environment);
    complete(&mut record.expected_outcome, other.expected_outcome);
    complete(&mut record.planned, other.planned);
    complete(&mut record.actual, other.actual);
    complete(&mut record.incident, other.incident);
    complete(&mut record.review, other.review);
    complete(&mut record.expires_at, other.expires_at);
    if record.outcome == Outcome::Unknown {
        record.outcome = other.outcome;
    }
    record.recorded_at = record.recorded_at.into_iter().chain(other.recorded_at).min();
    record.as_of = record.as_of.into_iter().chain(other.as_of).min();
    record.approvals.extend(other.approvals.into_iter().filter(|approval| approval.given));
    add_steps(&mut record.steps, other.steps);
    add_steps(&mut record.rollback, other.rollback);
    for (own, more) in [
        (&mut record.selectors, &other.selectors),
        (&mut record.notified, &other.notified),
        (&mut record.follow_ups, &other.follow_ups),
        (&mut record.links, &other.links),
    ] {
        add_new(own, more.iter().map(String::as_str));
    }
    record.body = [&record.body, &other.summary, &other.body].map(|text| text.trim()).join("\n\n");
}

fn complete<T>(place: &mut Option<T>, other: Option<T>) {
    if place.is_none() {
        *place = other;
    }
}

/// Adds the steps with commands that are not there yet; steps in words only where there are none.
fn add_steps(own: &mut Vec<RecordStep>, more: Vec<RecordStep>) {
    let known: BTreeSet<String> =
        own.iter().flat_map(|step| &step.commands).map(|command| command.text.clone()).collect();
    let was_empty = own.is_empty();
    let is_new = |step: &RecordStep| step.commands.iter().any(|command| !known.contains(&command.text));
    own.extend(more.into_iter().filter(|step| if step.commands.is_empty() { was_empty } else { is_new(step) }));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::matching::tests::by_command;
    use crate::model::{Approval, ApprovalForm};

    fn record(source: &str, kind: RecordKind, id: &str, summary: &str) -> ChangeRecord {
        ChangeRecord { kind, summary: summary.to_owned(), ..ChangeRecord::new(id, source) }
    }

    fn change(id: &str, summary: &str) -> ChangeRecord {
        record("jira", RecordKind::Change, id, summary)
    }

    fn incident(id: &str, body: &str) -> ChangeRecord {
        ChangeRecord { body: body.to_owned(), ..record("incident_io", RecordKind::Incident, id, "checkout is down") }
    }

    /// The ids of each change, the one that stands for it first.
    fn check(records: &[ChangeRecord], expect: &[&[&str]]) {
        let ids = |joined: Vec<ChangeRecord>| -> BTreeSet<Vec<String>> {
            let of = |record: ChangeRecord| {
                std::iter::once(record.id).chain(record.aliases.into_iter().map(|alias| alias.id))
            };
            joined.into_iter().map(|record| of(record).collect()).collect()
        };
        let expect: BTreeSet<Vec<String>> =
            expect.iter().map(|ids| ids.iter().map(|id| (*id).to_owned()).collect()).collect();
        let mut backwards = records.to_vec();
        backwards.reverse();
        assert_eq!(ids(join(records.to_vec())), expect);
        assert_eq!(ids(join(backwards)), expect);
    }

    #[test]
    fn records_of_two_sources_that_name_each_other_are_one() {
        check(&[change("OPS-1", "scale web"), incident("INC-4", "recorded as OPS-1.")], &[&["OPS-1", "INC-4"]]);
        let pull = |id: &str, title: &str| record("github", RecordKind::PullRequest, id, title);
        check(&[change("OPS-1", "x"), pull("shop/infra#12", "[ops-1] scale")], &[&["OPS-1", "shop/infra#12"]]);
        check(&[change("OPS-1", "mitigate INC-4"), incident("INC-4", "")], &[&["OPS-1", "INC-4"]]);
        let by_address =
            ChangeRecord { url: Some("https://jira.example.com/browse/OPS-1".into()), ..change("OPS-1", "x") };
        check(&[by_address, incident("INC-4", "see https://jira.example.com/browse/OPS-1")], &[&["OPS-1", "INC-4"]]);
        check(&[change("OPS-1", "x"), pull("a/b#1", "OPS-1"), pull("a/b#2", "OPS-1")], &[&["OPS-1", "a/b#1", "a/b#2"]]);
        // One id in two sources.
        check(&[change("CR-1", "x"), record("files", RecordKind::Change, "CR-1", "x")], &[&["CR-1", "CR-1"]]);
    }

    #[test]
    fn what_is_alike_or_only_mentioned_is_not_the_same() {
        check(&[change("OPS-1", "scale web"), incident("INC-4", "scale web")], &[&["OPS-1"], &["INC-4"]]);
        check(&[change("OPS-1", "x"), change("OPS-2", "after OPS-1")], &[&["OPS-1"], &["OPS-2"]]);
        check(&[change("OPS-1", "x"), incident("INC-4", "OPS-12 and XOPS-1")], &[&["OPS-1"], &["INC-4"]]);
        // Two changes of one incident are two.
        let both = [change("OPS-1", "x"), change("OPS-2", "y"), incident("INC-4", "OPS-1, then OPS-2")];
        check(&both, &[&["OPS-1"], &["OPS-2"], &["INC-4"]]);
        let both = [change("OPS-1", "for INC-4"), change("OPS-2", "for INC-4"), incident("INC-4", "")];
        check(&both, &[&["OPS-1"], &["OPS-2"], &["INC-4"]]);
        // The text of a change speaks of others; its title and links say what it is.
        let speaks = ChangeRecord { body: "like INC-4".into(), ..change("OPS-1", "x") };
        check(&[speaks, incident("INC-4", "")], &[&["OPS-1"], &["INC-4"]]);
    }

    #[test]
    fn what_the_others_say_is_part_of_the_one() {
        let agreed =
            Approval { who: Some("kim".into()), role: None, at: None, form: ApprovalForm::Comment, given: true };
        let asked = Approval { given: false, ..agreed.clone() };
        let ticket = ChangeRecord { approvals: vec![agreed.clone()], ..change("OPS-1", "mitigate INC-4") };
        let quoted = ChangeRecord {
            steps: by_command("x", "kubectl scale deploy/web --replicas=3").steps,
            approvals: vec![asked],
            recorded_at: Some("2026-03-01T12:00:00Z".parse().unwrap()),
            ..incident("INC-4", "it was slow")
        };
        let joined = join(vec![quoted, ticket]);
        let [one] = joined.as_slice() else { panic!("{joined:?}") };
        assert_eq!((one.id.as_str(), one.kind, one.incident.as_deref()), ("OPS-1", RecordKind::Change, Some("INC-4")));
        assert_eq!((one.steps.len(), one.approvals.as_slice()), (1, [agreed].as_slice()));
        assert!(one.recorded_at.is_some() && one.body.contains("it was slow") && one.goes_by("INC-4"));
    }
}
