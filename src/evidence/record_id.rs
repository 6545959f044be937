//! Which record a change in a cluster carries: the names of field managers and the words of a change-cause, held against
//! the ids that there are. Pure.

use std::collections::BTreeSet;

use super::git::candidates;
use crate::model::{Evidence, EvidenceSource};

/// What the field manager of a command is called that runs for a record: `driftledger-CR-2024-001`.
const MANAGER: &str = "driftledger-";

/// Evidence of managed fields with the id of the record that it carries, if it does. What an object tells is words
/// (`CR-7: more memory`), of which only ids that exist mean a record; a manager that is named for one means it whether
/// or not it is known.
pub fn resolved(evidence: Evidence, ids: &BTreeSet<&str>) -> Evidence {
    if evidence.source != EvidenceSource::ManagedFields {
        return evidence;
    }
    let in_words = |text: &str| longest(text.split_whitespace().flat_map(candidates), ids);
    let manager = evidence.actor.as_ref().and_then(|actor| actor.via.as_deref()).unwrap_or_default();
    let cause = evidence.record_id.as_deref().and_then(in_words);
    let named = || longest(parts(manager), ids).or_else(|| manager.strip_prefix(MANAGER).map(str::to_owned));
    Evidence { record_id: cause.or_else(named), ..evidence }
}

/// The longest of some words that is an id: `CR-1-b` is not `CR-1`.
fn longest<'t>(words: impl Iterator<Item = &'t str>, ids: &BTreeSet<&str>) -> Option<String> {
    let known = words.filter(|word| ids.contains(word) && word.contains(|c: char| c.is_ascii_digit()));
    known.max_by_key(|word| (word.len(), *word)).map(str::to_owned)
}

/// Every run of the parts of a name that `-` joins: `ci-CR-7` → `ci`, `ci-CR`, `ci-CR-7`, `CR`, `CR-7`, `7`.
fn parts(name: &str) -> impl Iterator<Item = &str> {
    let is_edge = |at: usize| at == 0 || name.get(..at).is_some_and(|before| before.ends_with('-'));
    let starts = (0..name.len()).filter(move |at| is_edge(*at));
    starts.flat_map(move |start| {
        let rest = name.get(start..).unwrap_or_default();
        let ends = rest.match_indices('-').map(|(end, _)| end).chain([rest.len()]);
        ends.filter_map(move |end| rest.get(..end))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Actor, ActorKind};

    #[test]
    fn a_manager_and_a_change_cause_carry_an_id_that_there_is() {
        let ids = BTreeSet::from(["CR-1", "CR-12", "CR-2024-001", "ops/7", "edit"]);
        let check = |manager: &str, cause: Option<&str>, expect: Option<&str>| {
            let evidence = Evidence {
                source: EvidenceSource::ManagedFields,
                at: None,
                actor: Some(Actor { name: manager.into(), kind: ActorKind::Unknown, via: Some(manager.into()) }),
                resource_type: "apps/v1/Deployment".into(),
                identifier: "shop/web".into(),
                paths: Vec::new(),
                record_id: cause.map(str::to_owned),
            };
            let of_log = Evidence { source: EvidenceSource::AuditLog, ..evidence.clone() };
            assert_eq!(resolved(evidence, &ids).record_id.as_deref(), expect, "{manager} {cause:?}");
            assert_eq!(resolved(of_log.clone(), &ids), of_log);
        };
        check("kubectl-set", Some("CR-2024-001"), Some("CR-2024-001"));
        check("kubectl-set", Some("fix for ops/7, see wiki"), Some("ops/7"));
        check("kubectl-set", Some("[CR-12]: more memory"), Some("CR-12"));
        check("kubectl-set", Some("kubectl set image deployment/web web=web:2 --record=true"), None);
        check("kubectl-set", Some("CR-3, which nobody has"), None);
        check("kubectl-set", None, None);
        // A word that an id has no digit of is a word.
        check("kubectl-edit", Some("edit"), None);
        check("driftledger-CR-2024-001", None, Some("CR-2024-001"));
        check("driftledger-CR-99", None, Some("CR-99"));
        check("hotfix-CR-1", None, Some("CR-1"));
        check("CR-1-hotfix", None, Some("CR-1"));
        check("hotfix-CR-123", None, None);
    }
}
