//! Verdicts, deadlines, assignment, and the sentences that people read.

use super::*;

#[test]
fn some_records_never_explain() {
    let case = Case::scaled();
    let check = |edit: fn(&mut ChangeRecord), because: &str| {
        let mut record = by_command("CR-1", SCALE);
        edit(&mut record);
        let drift = case.check(&[record], "unexplained");
        assert_eq!(drift.explanations[0].because.last().map(String::as_str), Some(because));
    };
    check(|record| record.state = RecordState::Draft, "it is draft and explains nothing");
    check(|record| record.state = RecordState::Rejected, "it is rejected and explains nothing");
    check(|record| record.state = RecordState::Deferred, "it is deferred and explains nothing");
    check(|record| record.state = RecordState::Cancelled, "it is cancelled and explains nothing");
    check(
        |record| record.expires_at = Some(at("2024-01-20T12:00:00Z")),
        "it expired at 2024-01-20T12:00:00Z and explains nothing since",
    );
    check(
        |record| record.reason = Some(Reason::Database),
        "it is about data in a database and explains no infrastructure",
    );
    check(
        |record| record.environment = Some("staging".into()),
        "it is for the environment staging, this is production",
    );
    check(
        |record| record.selectors = vec!["arn:aws:ecs:eu-west-1:2:service/shop/api".into()],
        "it is for the account 2, this is 1",
    );
    let review = ChangeRecord { state: RecordState::Review, ..by_command("CR-1", SCALE) };
    case.check(&[review], "explained; CR-1 T2 DesiredCount");
}

#[test]
fn each_record_explains_its_own_attribute_and_leftovers_stay() {
    let mut case = Case::scaled();
    let grace = attribute("HealthCheckGracePeriodSeconds", &Json::from(30), &Json::from(60));
    case.drift.attributes.push(grace);
    case.evidence = vec![seen("2024-01-20T10:05:00Z", "dana@example.com")];
    let other = by_command(
        "CR-2",
        "aws ecs update-service --cluster shop --service api --health-check-grace-period-seconds 60",
    );
    case.check(
        &[by_command("CR-1", SCALE), other],
        "explained; CR-1 T2 DesiredCount; CR-2 T2 HealthCheckGracePeriodSeconds",
    );
    // Dana's record says what it sets; what else Dana changed is not in it.
    case.check(&[by_command("CR-1", SCALE)], "unexplained; CR-1 T2 DesiredCount");
}

#[test]
fn a_value_that_moves_on_is_not_explained_by_the_record_of_the_old_one() {
    let mut case = Case::scaled();
    let records = [by_command("CR-1", SCALE)];
    case.check(&records, "explained; CR-1 T2 DesiredCount");
    case.drift.attributes[0].live = Some(Value::from(7));
    case.check(&records, "contradicted");
    case.drift.changed_between = (Some(at("2024-01-20T11:00:00Z")), at("2024-01-20T11:30:00Z"));
    let drift = case.check(&records, "unexplained");
    assert!(
        drift.explanations[0].because[0].ends_with("sets DesiredCount to 5, but live it is 7"),
        "{:?}",
        drift.explanations
    );
    let later = ChangeRecord { actual: None, ..by_command("CR-2", &SCALE.replace('5', "7")) };
    case.check(&[records[0].clone(), later], "explained; CR-2 T2 DesiredCount");
}

#[test]
fn the_way_back_explains_the_old_value_and_never_the_new_one() {
    let mut case = Case::scaled();
    let with = |outcome: Outcome, forward: &str, back: &str| ChangeRecord {
        outcome,
        rollback: vec![RecordStep { text: String::new(), commands: vec![command(back)] }],
        ..by_command("CR-1", forward)
    };
    let (three, five, nine) = (SCALE.replace('5', "3"), SCALE.to_owned(), SCALE.replace('5', "9"));
    case.check(&[with(Outcome::Success, &nine, &five)], "contradicted");
    case.check(&[with(Outcome::RolledBack, &nine, &five)], "explained; CR-1 T2 DesiredCount");
    case.check(&[with(Outcome::Unknown, &nine, &five)], "explained; CR-1 T2 DesiredCount");
    case.check(&[with(Outcome::Success, &five, &three)], "explained; CR-1 T2 DesiredCount");
    case.check(&[with(Outcome::RolledBack, &five, &three)], "contradicted");
    case.check(&[with(Outcome::RolledBack, &five, "kubectl get pods")], "contradicted");
    case.drift.attributes[0].path = "TaskDefinition".parse().unwrap();
    case.check(&[ChangeRecord { steps: Vec::new(), ..with(Outcome::Success, &five, &five) }], "unexplained");
}

#[test]
fn a_drift_is_overdue_a_day_after_its_change() {
    let mut case = Case::scaled();
    let check = |case: &Case, expect: Verdict, due: &str| {
        let drift = case.judged(&[]);
        assert_eq!((drift.verdict, drift.due_at), (expect, Some(at(due))), "{}", case.now);
    };
    check(&case, Verdict::Unexplained, "2024-01-21T10:15:00Z");
    case.now = at("2024-01-21T10:15:00Z");
    check(&case, Verdict::Unexplained, "2024-01-21T10:15:00Z");
    case.now = at("2024-01-21T10:15:01Z");
    check(&case, Verdict::Overdue, "2024-01-21T10:15:00Z");
    case.evidence = vec![seen("2024-01-20T10:05:00Z", "")];
    case.now = at("2024-01-21T10:04:00Z"); // 23 h 59 m after the event
    check(&case, Verdict::Unexplained, "2024-01-21T10:05:00Z");
    case.now = at("2024-01-21T10:06:00Z"); // 24 h 01 m
    check(&case, Verdict::Overdue, "2024-01-21T10:05:00Z");
    assert_eq!(case.judged(&[by_command("CR-1", SCALE)]).due_at, None);
}

#[test]
fn a_record_that_comes_after_the_alert_changes_the_verdict_and_is_late() {
    let mut case = Case::scaled();
    case.now = at("2024-01-22T00:00:00Z");
    case.check(&[], "overdue");
    let late = ChangeRecord {
        change_type: Some(ChangeType::Emergency),
        actual: None,
        recorded_at: Some(case.now),
        incident: Some("INC-1".into()),
        approvals: vec![Approval {
            who: Some("@dana-gh".into()),
            role: Some("CTO".into()),
            at: Some(case.now),
            form: ApprovalForm::Comment,
            given: true,
        }],
        ..by_command("CR-1", SCALE)
    };
    let drift = case.check(&[late], "explained; CR-1 T2 DesiredCount");
    let rules: Vec<&str> = drift.violations.iter().map(|found| found.rule.as_str()).collect();
    assert_eq!(rules, ["self_approved", "late", "missing_field"], "{:?}", drift.violations);
}

#[test]
fn the_verdict_is_that_of_the_worst_part() {
    let parts = |letters: &str| {
        let mut case = Case::scaled();
        let cell = |(position, letter): (usize, char)| {
            let path = format!("P{position}");
            let live = if letter == 'c' { 6 } else { 5 };
            let name = match letter {
                'a' => format!("Accepted{position}"),
                'u' => path,
                _ => "DesiredCount".to_owned(),
            };
            attribute(&name, &Json::from(3), &Json::from(live))
        };
        case.drift.attributes = letters.chars().enumerate().map(cell).collect();
        case.ignore_rules =
            vec![serde_yaml::from_str("{path: 'Accepted*', reason: known, expires: 2030-01-01}").unwrap()];
        case
    };
    // a accepted, e explained, u unexplained, c contradicted
    let table = [
        ("a", Verdict::Accepted),
        ("aa", Verdict::Accepted),
        ("e", Verdict::Explained),
        ("ae", Verdict::Explained),
        ("aeu", Verdict::Unexplained),
        ("uc", Verdict::Contradicted),
        ("aeuc", Verdict::Contradicted),
        ("", Verdict::Explained),
    ];
    for (letters, verdict) in table {
        assert_eq!(parts(letters).judged(&[by_command("CR-1", SCALE)]).verdict, verdict, "{letters}");
    }
    let mut late = parts("aeu");
    late.now = at("2024-01-23T00:00:00Z");
    assert_eq!(late.judged(&[by_command("CR-1", SCALE)]).verdict, Verdict::Overdue);
}

#[test]
fn only_manual_changes_need_an_explanation() {
    let mut case = Case::scaled();
    for standing in [Standing::Pending, Standing::Codified, Standing::Unverifiable] {
        case.drift.attributes[0].standing = standing;
        let drift = case.check(&[], "explained");
        assert_eq!(drift.due_at, None);
    }
    case.drift.attributes[0].standing = Standing::Conflict;
    case.check(&[], "unexplained");
}

#[test]
fn an_expired_ignore_rule_accepts_nothing_and_says_so() {
    let mut case = Case::scaled();
    case.ignore_rules =
        vec![serde_yaml::from_str("{path: DesiredCount, reason: autoscaled, expires: 2024-01-20}").unwrap()];
    let drift = case.check(&[], "accepted");
    assert_eq!(drift.explanations[0].because, ["accepted through 2024-01-20: autoscaled"]);
    case.now = at("2024-01-21T00:00:00Z");
    let drift = case.check(&[], "unexplained");
    assert_eq!(drift.explanations[0].because, ["a rule accepted it through 2024-01-20 and has expired: autoscaled"]);
}

#[test]
fn a_missing_resource_is_explained_as_a_whole() {
    let mut case = Case::scaled();
    case.drift.presence = Presence::Missing;
    case.drift.attributes.clear();
    case.check(&[by_command("CR-1", "aws ecs delete-service --cluster shop --service api")], "explained; CR-1 T2 ");
    case.check(&[by_command("CR-1", "aws ecs delete-service --cluster shop --service web")], "unexplained");
    case.check(&[by_command("CR-1", SCALE)], "unexplained");
    case.check(&[by_text("CR-1", "deleted the service shop/api")], "explained; CR-1 T3 ");
    case.check(&[by_text("CR-1", "looked at the service shop/api")], "unexplained");
}

#[test]
fn the_strongest_then_the_nearest_then_the_first_record_wins() {
    let case = Case::scaled();
    let named = by_text("CR-0", "desired count of api");
    case.check(&[named.clone(), by_command("CR-1", SCALE)], "explained; CR-1 T2 DesiredCount");
    let day = |start: &str| Some(Window { start: Some(at(start)), end: Some(at("2024-01-20T10:30:00Z")) });
    let far = ChangeRecord { actual: day("2024-01-20T08:00:00Z"), ..by_text("CR-1", "desired count of api") };
    let near = ChangeRecord { actual: day("2024-01-20T10:10:00Z"), ..by_text("CR-2", "desired count of api") };
    case.check(&[far.clone(), near.clone()], "explained; CR-2 T3 DesiredCount");
    case.check(&[near, far], "explained; CR-2 T3 DesiredCount");
    case.check(&[by_command("CR-2", SCALE), by_command("CR-1", SCALE)], "explained; CR-1 T2 DesiredCount");
}

#[test]
fn of_two_changes_within_a_second_the_later_counts() {
    // The scan is dated to the second in which it looked, and both were before.
    let evidence = vec![seen("2024-01-20T10:15:00.3Z", "zoe"), seen("2024-01-20T10:15:00.7Z", "alice")];
    for evidence in [evidence.clone(), evidence.into_iter().rev().collect()] {
        let drift = Case { evidence, ..Case::scaled() }.judged(&[]);
        assert_eq!(drift.actor.map(|actor| actor.name).as_deref(), Some("alice"));
    }
}

#[test]
fn who_took_a_resource_away_is_not_who_changed_it_last() {
    let mut case = Case::scaled();
    let mut changed = seen("2024-01-20T10:06:00Z", "admin@example.com");
    changed.paths = vec!["Tags".parse().unwrap()];
    case.evidence = vec![seen("2024-01-20T10:05:00Z", "dana@example.com"), changed];
    let actor = |case: &Case| case.judged(&[]).actor.unwrap().name;
    assert_eq!(actor(&case), "admin@example.com");
    (case.drift.presence, case.drift.attributes) = (Presence::Missing, Vec::new());
    assert_eq!(actor(&case), "dana@example.com");
}

#[test]
fn the_actor_is_taken_from_evidence_that_names_a_person() {
    let mut case = Case::scaled();
    let mut tool = seen("2024-01-20T10:10:00Z", "kubectl");
    tool.actor.as_mut().unwrap().kind = ActorKind::Unknown;
    let mut elsewhere = seen("2024-01-20T10:06:00Z", "kim@example.com");
    elsewhere.identifier = "arn:aws:ecs:eu-west-1:1:service/shop/web".into();
    case.evidence = vec![tool, seen("2024-01-20T10:05:00Z", "dana@example.com"), elsewhere];
    let drift = case.judged(&[]);
    assert_eq!(drift.actor.map(|actor| actor.name).as_deref(), Some("dana@example.com"));
    assert_eq!(drift.actor_evidence, Some(EvidenceSource::Cloudtrail));
}

#[test]
fn a_record_that_explains_too_much_by_names_alone_is_flagged() {
    let mut case = Case::scaled();
    let mut drifts = Vec::new();
    let records =
        [ChangeRecord { environment: Some("production".into()), ..record("CR-1") }, by_command("CR-2", SCALE)];
    for number in 0..40 {
        case.drift = scaled();
        case.drift.id = DriftId::from_text(format!("d-{number}"));
        let identifier = format!("shop/s{number}");
        case.evidence = vec![Evidence { identifier: identifier.clone(), ..seen("2024-01-20T10:05:00Z", "@dana-gh") }];
        case.drift.identifier = Some(identifier);
        drifts.push(case.judged(&records));
    }
    let found = over_broad(&drifts, &records, 10);
    assert_eq!(
        found.iter().map(|found| (found.rule.as_str(), found.record.as_str())).collect::<Vec<_>>(),
        [("over_broad", "CR-1")]
    );
    assert_eq!(over_broad(&drifts, &records, 40), []);
}

#[test]
fn secrets_are_compared_and_never_shown() {
    let mut case = Case::scaled();
    case.drift = drift("AWS::Lambda::Function", "f");
    let live = Fingerprinter::new(*b"key").hide(&Value::from("hunter2"));
    case.drift.attributes = vec![AttributeDrift {
        live: Some(live),
        ..attribute("Environment.Variables.PASSWORD", &Json::Null, &Json::Null)
    }];
    let set = |value: &str| {
        let text = format!(
            "aws lambda update-function-configuration --function-name f --environment Variables={{PASSWORD={value}}}"
        );
        by_command("CR-1", &text)
    };
    let right = case.check(&[set("hunter2")], "explained; CR-1 T2 Environment.Variables.PASSWORD");
    let wrong = case.check(&[set("hunter3")], "contradicted");
    for drift in [right, wrong] {
        assert!(!format!("{:?}", drift.explanations).contains("hunter"), "{:?}", drift.explanations);
    }
}

#[test]
fn sentences_that_people_read() {
    let mut case = Case::scaled();
    let grace = attribute("HealthCheckGracePeriodSeconds", &Json::from(30), &Json::from(60));
    let exec = attribute("EnableExecuteCommand", &Json::from(false), &Json::from(true));
    case.drift.attributes.extend([grace, exec]);
    case.evidence = vec![seen("2024-01-20T10:05:00Z", "@dana-gh")];
    case.now = at("2024-01-22T12:00:00Z");
    let records = [
        by_command("CR-1", SCALE),
        by_command(
            "CR-2",
            "aws ecs update-service --cluster shop --service api --health-check-grace-period-seconds 600",
        ),
        ChangeRecord {
            implementer: Some("kim@example.com".into()),
            ..by_text("CR-3", "turned execute command on for api")
        },
        ChangeRecord { state: RecordState::Rejected, ..by_command("CR-4", SCALE) },
        ChangeRecord { implementer: Some("kim@example.com".into()), ..by_text("CR-5", "desired count of api") },
        ChangeRecord {
            actual: Some(Window { start: Some(at("2024-01-18T10:00:00Z")), end: Some(at("2024-01-18T11:00:00Z")) }),
            ..by_text("CR-6", "api: desired count, the execute command and the health check grace period seconds")
        },
        record("CR-7"),
        ChangeRecord { environment: Some("production".into()), implementer: None, ..record("CR-8") },
    ];
    let drift = case.judged(&records);
    let mut lines =
        vec![format!("{} (due {})", drift.verdict, drift.due_at.map_or_else(String::new, |due| due.to_string()))];
    for found in &drift.explanations {
        let paths: Vec<String> = found.matched.iter().map(ToString::to_string).collect();
        let tier = found.tier.map_or("–".to_owned(), |tier| format!("{tier:?}"));
        lines.push(format!("{} {tier} {}", found.record, paths.join(" ")));
        lines.extend(found.because.iter().map(|sentence| format!("  {sentence}")));
    }
    lines.extend(drift.violations.iter().map(|found| format!("! {} {}: {}", found.record, found.rule, found.message)));
    insta::assert_snapshot!(lines.join("\n"));
}
