//! What a record should say and does not: advice to its writer, before policy judges it. Pure.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};

use crate::model::{ChangeRecord, ChangeType, Outcome, Problem, ProblemKind};
use crate::repo::git::{History, WorkState};

/// A record that is first committed this long after its change is told of as back-dated.
const LATE: SignedDuration = SignedDuration::from_hours(24);

/// A rule: whether it finds fault with a record, what it says then, and what cures it.
struct Rule {
    finds_fault: fn(&ChangeRecord, Timestamp) -> bool,
    message: &'static str,
    remedy: &'static str,
}

const RULES: &[Rule] = &[
    Rule {
        finds_fault: |record, _| record.summary.is_empty(),
        message: "no summary",
        remedy: "say in one line what was changed",
    },
    Rule {
        finds_fault: |record, _| record.rollback.is_empty(),
        message: "no rollback plan",
        remedy: "add the commands or steps that take the change back under `rollback`",
    },
    Rule {
        // A standard change is approved once for all, with its runbook.
        finds_fault: |record, _| {
            record.change_type != Some(ChangeType::Standard) && !record.approvals.iter().any(|approval| approval.given)
        },
        message: "nobody has approved it",
        remedy: "tick a box with a name, or list who agreed under `approvals`",
    },
    Rule {
        finds_fault: |record, _| record.selectors.is_empty() && commands(record).next().is_none(),
        message: "it names nothing that it changes",
        remedy: "list names or ARNs under `resources`, or the commands that were run",
    },
    Rule {
        finds_fault: |record, _| commands(record).any(has_placeholder),
        message: "a command still has a placeholder",
        remedy: "put in the names and values that were really used",
    },
    Rule {
        finds_fault: |record, _| record.planned.is_none() && record.actual.is_none(),
        message: "no time: it cannot be told from other changes of the same resource",
        remedy: "add `actual` with start and end, or `planned`",
    },
    Rule {
        finds_fault: |record, now| record.outcome == Outcome::Unknown && end(record).is_some_and(|end| end < now),
        message: "its time is over and its outcome is not known",
        remedy: "add `outcome`: success, success with issues, failed or rolled back",
    },
    Rule {
        finds_fault: |record, now| record.expires_at.is_some_and(|expires| expires < now),
        message: "it has expired and explains nothing any more",
        remedy: "take the change back, put it into the repository, or extend `expires`",
    },
];

/// The faults of the records that may explain a drift, at `now`. Drafts and rejected records need not be complete.
///
/// This is about what records say; what could not be read of them is told by [`super::files::read`].
pub fn lint(records: &[ChangeRecord], history: &History, now: Timestamp) -> Vec<Problem> {
    let mut faults = Vec::new();
    for record in records.iter().filter(|record| record.state.can_explain()) {
        let found = RULES.iter().filter(|rule| (rule.finds_fault)(record, now));
        faults.extend(found.map(|rule| fault(record, rule.message.to_owned(), rule.remedy)));
        faults.extend(back_dated(record));
    }
    faults.extend(amended(records, history));
    faults.sort_by(|a, b| (&a.at, &a.message).cmp(&(&b.at, &b.message)));
    faults
}

fn fault(record: &ChangeRecord, message: String, remedy: &str) -> Problem {
    Problem::new(ProblemKind::Record, &*record.id, message).at(record.at.clone()).remedy(remedy)
}

fn commands(record: &ChangeRecord) -> impl Iterator<Item = &str> {
    record.steps.iter().flat_map(|step| &step.commands).map(|command| command.text.as_str())
}

/// `<service-name>`, `YOUR_SERVICE`.
fn has_placeholder(command: &str) -> bool {
    command.split([' ', '=', ',', '"', '\'']).any(|word| {
        let in_angles = word.strip_prefix('<').and_then(|word| word.strip_suffix('>'));
        in_angles.is_some_and(|name| !name.is_empty()) || word.starts_with("YOUR_")
    })
}

fn end(record: &ChangeRecord) -> Option<Timestamp> {
    let window = record.actual.or(record.planned)?;
    window.end.or(window.start)
}

/// A record that says it is of one day and was first committed on another.
fn back_dated(record: &ChangeRecord) -> Option<Problem> {
    let start = record.actual.or(record.planned)?.start?;
    let recorded = record.recorded_at?;
    let delay = recorded.duration_since(start);
    let (verb, remedy) = match record.at {
        Some(_) => ("first committed", "record changes within 24 hours; the commit counts, not the date in the file"),
        None => ("made", "record changes within 24 hours"),
    };
    (delay > LATE).then(|| {
        let message = format!("the change is of {start} and the record was {verb} at {recorded}");
        fault(record, message, remedy)
    })
}

/// One fault for each file whose last edits are in no commit.
fn amended(records: &[ChangeRecord], history: &History) -> Vec<Problem> {
    let mut first_of_file: BTreeMap<&str, &ChangeRecord> = BTreeMap::new();
    for record in records {
        if let Some(at) = &record.at {
            first_of_file.entry(&at.file).or_insert(record);
        }
    }
    let is_modified = |file: &str| history.files.get(file).is_some_and(|file| file.work_state == WorkState::Modified);
    let modified = first_of_file.into_iter().filter(|(file, _)| is_modified(file));
    modified
        .map(|(_, record)| fault(record, "its file has edits that are not committed".to_owned(), "commit them"))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ledger::files::{Settings, read};
    use crate::repo::Tree;

    const COMPLETE: &str = "id: CR-1
summary: More tasks
state: implemented
approvals: [cto@example.com]
resources: [shop/checkout]
actual: {start: 2024-01-20T10:00:00Z, end: 2024-01-20T10:10:00Z}
rollback: [aws ecs update-service --service checkout --desired-count 3]
outcome: success
";

    #[track_caller]
    fn check(text: &str, recorded_at: &str, expect: &[&str]) {
        let mut read = read(&Tree::memory([("a.yaml", text)]), "", &History::default(), &Settings::default());
        assert_eq!(read.problems, []);
        read.records[0].recorded_at = Some(recorded_at.parse().unwrap());
        let faults = lint(&read.records, &History::default(), "2024-02-01T00:00:00Z".parse().unwrap());
        assert_eq!(faults.iter().map(|fault| fault.message.as_str()).collect::<Vec<_>>(), expect);
        assert!(faults.iter().all(|fault| fault.at.is_some() && fault.remedy.is_some()));
    }

    #[test]
    fn a_complete_record_has_no_fault_and_each_missing_part_is_one() {
        let on_time = "2024-01-20T11:00:00Z";
        check(COMPLETE, on_time, &[]);
        for (without, expect) in [
            ("summary", "no summary"),
            ("rollback", "no rollback plan"),
            ("approvals", "nobody has approved it"),
            ("resources", "it names nothing that it changes"),
            ("actual", "no time: it cannot be told from other changes of the same resource"),
            ("outcome", "its time is over and its outcome is not known"),
        ] {
            let text: Vec<&str> = COMPLETE.lines().filter(|line| !line.starts_with(without)).collect();
            check(&text.join("\n"), on_time, &[expect]);
        }
    }

    #[test]
    fn a_standard_change_needs_no_approval_of_its_own() {
        let with = |kind: &str| COMPLETE.replace("approvals: [cto@example.com]", &format!("type: {kind}"));
        check(&with("standard"), "2024-01-20T11:00:00Z", &[]);
        check(&with("normal"), "2024-01-20T11:00:00Z", &["nobody has approved it"]);
    }

    #[test]
    fn the_outcome_is_asked_for_only_after_the_end() {
        let later = COMPLETE.replace("outcome: success", "").replace("2024-01-20", "2024-03-20");
        check(&later, "2024-01-20T11:00:00Z", &[]);
    }

    #[test]
    fn a_record_first_committed_days_later_is_back_dated() {
        check(COMPLETE, "2024-01-21T10:00:00Z", &[]);
        check(
            COMPLETE,
            "2024-01-23T09:00:00Z",
            &["the change is of 2024-01-20T10:00:00Z and the record was first committed at 2024-01-23T09:00:00Z"],
        );
    }

    #[test]
    fn placeholders_and_expiry_are_told_of() {
        let with = |line: &str| format!("{COMPLETE}{line}\n");
        let on_time = "2024-01-20T11:00:00Z";
        check(&with("steps: aws ecs update-service --service <name>"), on_time, &["a command still has a placeholder"]);
        check(&with("steps: aws ecs update-service --service name"), on_time, &[]);
        check(&with("expires: 2024-01-31T00:00:00Z"), on_time, &["it has expired and explains nothing any more"]);
        check(&with("expires: 2024-03-01T00:00:00Z"), on_time, &[]);
    }

    #[test]
    fn a_draft_need_not_be_complete() {
        check("id: CR-1\nstate: draft\n", "2024-01-20T11:00:00Z", &[]);
    }
}
