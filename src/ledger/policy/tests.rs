//! The rules on records that break them, and on their neighbours that do not.

use super::*;
use crate::model::{
    Approval, ApprovalForm, ChangeType, CommandLine, Location, Outcome, RecordState, RecordStep, Window,
};

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn approval(who: &str, at_time: &str) -> Approval {
    let form = ApprovalForm::Field;
    Approval { who: Some(who.to_owned()), role: None, at: Some(at(at_time)), form, given: true }
}

fn steps(command: &str) -> Vec<RecordStep> {
    vec![RecordStep { text: String::new(), commands: vec![CommandLine { text: command.to_owned(), at: None }] }]
}

/// A record that keeps every rule.
fn good() -> ChangeRecord {
    let window = Window { start: Some(at("2024-01-20T10:00:00Z")), end: Some(at("2024-01-20T10:30:00Z")) };
    ChangeRecord {
        at: Some(Location::new("changes/CR-1.yaml", 3, 1)),
        summary: "more workers".into(),
        change_type: Some(ChangeType::Normal),
        state: RecordState::Closed,
        implementer: Some("dana@example.com".into()),
        approvals: vec![approval("kim@example.com", "2024-01-20T09:00:00Z")],
        steps: steps("aws ecs update-service --service api --desired-count 5"),
        rollback: steps("aws ecs update-service --service api --desired-count 3"),
        planned: Some(window),
        actual: Some(window),
        recorded_at: Some(at("2024-01-20T08:00:00Z")),
        outcome: Outcome::Success,
        incident: Some("INC-1".into()),
        ..ChangeRecord::new("CR-1", "files")
    }
}

/// The names of the rules that the record breaks after `edit`, for an open change at 10:05 judged at noon.
fn check(edit: impl FnOnce(&mut ChangeRecord), expect: &[&str]) {
    let mut record = good();
    edit(&mut record);
    let change = Some(ChangeTime::At(at("2024-01-20T10:05:00Z")));
    check_at(&record, change, "2024-01-20T12:00:00Z", expect);
}

fn check_at(record: &ChangeRecord, change: Option<ChangeTime>, now: &str, expect: &[&str]) {
    let person = Person { name: "Dana".into(), also: vec!["dana@example.com".into(), "@dana-gh".into()] };
    let found = violations(record, change, &Policy::default(), &People::new(&[person]).0, at(now));
    let rules: Vec<&str> = found.iter().map(|violation| violation.rule.as_str()).collect();
    assert_eq!(rules, expect, "{found:?}");
    assert!(found.iter().all(|violation| violation.at.as_deref() == Some("changes/CR-1.yaml:3")));
}

#[test]
fn a_good_record_breaks_no_rule() {
    check(|_| {}, &[]);
}

#[test]
fn somebody_has_to_approve_in_writing() {
    check(|record| record.approvals.clear(), &["no_approval"]);
    check(|record| record.approvals[0].given = false, &["no_approval"]);
    check(|record| record.approvals[0].form = ApprovalForm::Verbal, &["no_approval"]);
    check(|record| record.state = RecordState::Review, &["no_approval"]);
    check(|record| (record.approvals.clear(), record.change_type = Some(ChangeType::Standard)).1, &[]);
}

#[test]
fn nobody_approves_their_own_change_under_another_name() {
    check(|record| record.approvals[0].who = Some("@Dana-GH".into()), &["self_approved"]);
    check(|record| record.approvals.push(approval("@dana-gh", "2024-01-20T09:30:00Z")), &[]);
    check(
        |record| {
            record.requester = record.implementer.take();
            record.approvals[0].who = Some("arn:aws:sts::1:assumed-role/Admin/dana@example.com".into());
        },
        &["self_approved", "missing_field"],
    );
}

#[test]
fn approval_comes_before_the_change_except_in_an_emergency() {
    check(|record| record.approvals[0].at = Some(at("2024-01-20T10:06:00Z")), &["implemented_before_approval"]);
    check(|record| record.approvals[0].at = Some(at("2024-01-20T10:05:00Z")), &[]);
    check(
        |record| {
            record.approvals[0].at = Some(at("2024-01-20T11:00:00Z"));
            record.change_type = Some(ChangeType::Emergency);
        },
        &[],
    );
}

#[test]
fn a_record_may_follow_the_change_by_a_day_and_no_more() {
    let recorded = |time: &str, expect: &[&str]| {
        check(|record| record.recorded_at = Some(at(time)), expect);
    };
    recorded("2024-01-21T10:04:00Z", &[]); // 23 h 59 m
    recorded("2024-01-21T10:05:00Z", &[]); // to the second
    recorded("2024-01-21T10:06:00Z", &["late"]); // 24 h 01 m
    let mut record = good();
    record.recorded_at = None;
    let change = Some(ChangeTime::At(at("2024-01-20T10:05:00Z")));
    check_at(&record, change, "2024-01-21T10:00:00Z", &[]);
    check_at(&record, change, "2024-01-21T11:00:00Z", &["late"]);
}

#[test]
fn an_interval_breaks_a_rule_only_if_all_of_it_does() {
    let check = |from: &str, to: &str, expect: &[&str]| {
        let change = Some(ChangeTime::Between(Some(at(from)), at(to)));
        let silent = ChangeRecord { actual: None, ..good() };
        check_at(&silent, change, "2024-01-20T20:00:00Z", expect);
    };
    check("2024-01-20T09:00:00Z", "2024-01-20T11:00:00Z", &[]);
    check("2024-01-20T10:29:00Z", "2024-01-20T11:00:00Z", &[]);
    check("2024-01-20T10:31:00Z", "2024-01-20T11:00:00Z", &["outside_window"]);
}

#[test]
fn where_only_scans_saw_the_change_the_record_tells_its_time() {
    let late = ChangeRecord { recorded_at: Some(at("2024-01-21T11:00:00Z")), ..good() };
    let scans = |from: &str| Some(ChangeTime::Between(Some(at(from)), at("2024-01-20T12:00:00Z")));
    check_at(&late, scans("2024-01-20T09:00:00Z"), "2024-01-21T12:00:00Z", &["late"]);
    // The scans saw it later than the record says: then the scans count.
    check_at(&late, scans("2024-01-20T11:00:00Z"), "2024-01-21T12:00:00Z", &["outside_window"]);
}

#[test]
fn a_change_keeps_to_its_planned_window() {
    let done = |time: &str, expect: &[&str]| {
        check_at(&good(), Some(ChangeTime::At(at(time))), "2024-01-20T20:00:00Z", expect);
    };
    done("2024-01-20T10:30:00Z", &[]);
    done("2024-01-20T10:30:01Z", &["outside_window"]);
    done("2024-01-20T09:59:59Z", &["outside_window"]);
}

#[test]
fn a_record_says_what_its_type_needs() {
    check(|record| record.rollback.clear(), &["no_rollback_plan"]);
    check(|record| record.rollback = vec![RecordStep { text: " ".into(), commands: vec![] }], &["no_rollback_plan"]);
    check(|record| record.rollback = vec![RecordStep { text: "set it back".into(), commands: vec![] }], &[]);
    check(|record| record.outcome = Outcome::Unknown, &["missing_field"]);
    check(|record| (record.outcome = Outcome::Unknown, record.state = RecordState::Approved).1, &[]);
    check(|record| (record.planned = None, record.actual = None).1, &["missing_field"]);
}

#[test]
fn an_emergency_has_an_incident_and_is_reviewed_in_two_days() {
    let mut record = good();
    record.change_type = Some(ChangeType::Emergency);
    let change = Some(ChangeTime::At(at("2024-01-20T10:05:00Z")));
    check_at(&record, change, "2024-01-22T10:05:00Z", &[]);
    check_at(&record, change, "2024-01-22T10:06:00Z", &["no_review"]);
    record.incident = None;
    record.review = Some("PIR-1".into());
    check_at(&record, change, "2024-01-22T10:06:00Z", &["no_incident_link"]);
}

#[test]
fn a_change_that_stands_for_a_month_should_be_codified() {
    let change = ChangeTime::At(at("2024-01-20T10:05:00Z"));
    check_at(&good(), Some(change), "2024-02-19T10:00:00Z", &[]);
    check_at(&good(), Some(change), "2024-02-19T11:00:00Z", &["not_codified"]);
    check_at(&good(), None, "2024-06-01T00:00:00Z", &[]);
}

#[test]
fn sentences_say_what_would_cure_it() {
    let mut record = good();
    record.change_type = Some(ChangeType::Emergency);
    record.approvals = vec![approval("@dana-gh", "2024-01-20T09:00:00Z")];
    record.rollback.clear();
    record.incident = None;
    record.outcome = Outcome::Unknown;
    record.recorded_at = Some(at("2024-01-23T12:00:00Z"));
    let person = Person { name: "Dana".into(), also: vec!["dana@example.com".into(), "@dana-gh".into()] };
    let change = Some(ChangeTime::At(at("2024-01-20T11:00:00Z")));
    let now = at("2024-03-01T00:00:00Z");
    let found = violations(&record, change, &Policy::default(), &People::new(&[person]).0, now);
    let lines: Vec<String> = found.iter().map(|v| format!("{}: {}", v.rule, v.message)).collect();
    insta::assert_snapshot!(lines.join("\n"));
}
