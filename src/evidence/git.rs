//! Commits that name the change record they belong to. Pure: the commits are given.
//!
//! A trailer (`Change: CR-2024-001` in the last paragraph, see git-interpret-trailers(1)) is a statement and stands
//! whatever it names, because the record may be in a tracker that is not read here. A mention anywhere else counts only
//! for ids that exist, and not in a commit that takes another one back.

use std::collections::BTreeSet;

use crate::model::{Actor, ActorKind, Evidence, EvidenceSource, ResourceType};
use crate::repo::git::CommitInfo;

/// Keys of trailers that name a record. `Change-Id` is not among them: Gerrit gives every commit one.
const TRAILERS: &[&str] = &["change", "change-record", "change-request"];

/// What the commits that touched the declaration of a resource say about it: one fact for each commit and record, in
/// the order of the commits.
pub fn evidence(
    commits: &[CommitInfo],
    record_ids: &BTreeSet<&str>,
    resource_type: &ResourceType,
    identifier: &str,
) -> Vec<Evidence> {
    let of_commit = |commit: &CommitInfo| {
        let ids = named_records(commit, record_ids);
        let facts: Vec<Evidence> = ids
            .into_iter()
            .map(|id| Evidence {
                source: EvidenceSource::Git,
                at: Some(commit.time),
                actor: Some(actor(&commit.author)),
                resource_type: resource_type.clone(),
                identifier: identifier.to_owned(),
                paths: Vec::new(),
                record_id: Some(id),
            })
            .collect();
        facts
    };
    commits.iter().flat_map(of_commit).collect()
}

/// The ids of the records that a commit names, sorted.
pub fn named_records(commit: &CommitInfo, record_ids: &BTreeSet<&str>) -> BTreeSet<String> {
    let mut named: BTreeSet<String> = trailers(&commit.body).map(str::to_owned).collect();
    if !commit.subject.starts_with("Revert ") {
        let words = commit.subject.split_whitespace().chain(commit.body.split_whitespace());
        let ids = words.flat_map(candidates).filter(|word| record_ids.contains(word));
        named.extend(ids.map(str::to_owned));
    }
    named
}

/// The ids in the trailers of a message's body.
fn trailers(body: &str) -> impl Iterator<Item = &str> {
    let last = body.rsplit("\n\n").next().unwrap_or_default();
    let pairs = last.lines().filter_map(|line| line.split_once(':'));
    let ours = pairs.filter(|(key, _)| TRAILERS.contains(&key.trim().to_lowercase().as_str()));
    ours.flat_map(|(_, value)| value.split([',', ' '])).filter_map(as_id)
}

/// An id has a digit and no more than the letters of one: `Change: the color` names none.
fn as_id(text: &str) -> Option<&str> {
    let id = text.trim().trim_start_matches('#').trim_end_matches('.');
    let is_id = |c: char| c.is_ascii_alphanumeric() || "-_./#".contains(c);
    (id.len() <= 100 && id.contains(|c: char| c.is_ascii_digit()) && id.chars().all(is_id)).then_some(id)
}

/// What a word of a message may mean: itself without the punctuation around it, and its parts (`[CR-1]:`, `fix/CR-1`).
pub(super) fn candidates(word: &str) -> impl Iterator<Item = &str> {
    let is_edge = |c: char| !c.is_ascii_alphanumeric();
    let whole = word.trim_matches(is_edge);
    let parts = word.split(|c: char| !(c.is_ascii_alphanumeric() || "-_.".contains(c)));
    std::iter::once(whole).chain(parts.map(move |part| part.trim_matches(is_edge)))
}

fn actor(author: &str) -> Actor {
    let kind = if author.contains("[bot]") { ActorKind::Automation } else { ActorKind::Unknown };
    Actor { name: author.to_owned(), kind, via: Some("git".to_owned()) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::repo::git::CommitId;

    fn commit(subject: &str, body: &str) -> CommitInfo {
        CommitInfo {
            id: CommitId::from_hex("0123456789012345678901234567890123456789").unwrap(),
            time: "2024-01-20T10:00:00Z".parse().unwrap(),
            author: "a@example.com".to_owned(),
            subject: subject.to_owned(),
            body: body.to_owned(),
        }
    }

    #[track_caller]
    fn check(subject: &str, body: &str, expect: &[&str]) {
        let ids = BTreeSet::from(["CR-1", "CR-12", "12345", "ops/7"]);
        let named = named_records(&commit(subject, body), &ids);
        assert_eq!(named.iter().map(String::as_str).collect::<Vec<_>>(), expect, "{subject} / {body}");
    }

    #[test]
    fn a_trailer_names_a_record_known_or_not() {
        check("x", "why\n\nSigned-off-by: A <a@example.com>\nChange: CR-1, OPS-99", &["CR-1", "OPS-99"]);
        check("x", "change-request: #12345", &["12345"]);
        check("x", "Change: the color", &[]);
        check("x", "Change-Id: I0123456789", &[]);
        check("x", "Change: OPS-99\n\nnot the last paragraph", &[]);
    }

    #[test]
    fn a_mention_names_a_whole_id_that_exists() {
        check("Raise memory (CR-1)", "", &["CR-1"]);
        check("[CR-12]: raise memory, change #12345.", "", &["12345", "CR-12"]);
        check("fix/CR-1 and ops/7", "", &["CR-1", "ops/7"]);
        check("CR-123 CR-1-a XCR-1 CR-2", "", &[]);
    }

    #[test]
    fn a_revert_does_not_mention() {
        check("Revert \"Raise memory (CR-1)\"", "This reverts commit 0123.", &[]);
        check("Revert \"Raise memory (CR-1)\"", "Change: CR-12", &["CR-12"]);
    }

    #[test]
    fn evidence_carries_commit_time_and_author() {
        let facts =
            evidence(&[commit("CR-1", "Change: CR-1")], &BTreeSet::from(["CR-1"]), &"AWS::ECS::Service".into(), "web");
        let [fact] = facts.as_slice() else { panic!("one fact: {facts:?}") };
        assert_eq!(fact.record_id.as_deref(), Some("CR-1"));
        assert_eq!(fact.at, Some("2024-01-20T10:00:00Z".parse().unwrap()));
        assert_eq!(fact.actor.as_ref().unwrap().name, "a@example.com");
        assert_eq!((fact.source, fact.identifier.as_str()), (EvidenceSource::Git, "web"));
    }
}
