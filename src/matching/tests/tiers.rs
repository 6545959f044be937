//! Each tier, and what differs from it in one thing.

use super::*;

#[test]
fn t1_a_change_that_carries_the_records_id_is_explained_by_it() {
    let mut case = Case::scaled();
    let mut evidence = seen("2024-01-20T10:05:00Z", "kim@example.com");
    evidence.record_id = Some("CR-1".into());
    case.evidence = vec![evidence];
    case.check(&[record("CR-1"), record("CR-2")], "explained; CR-1 T1 DesiredCount");
    // It says another value: the id proves where the change was meant, not that it was made as written.
    case.check(&[by_command("CR-1", &SCALE.replace('5', "50"))], "contradicted");
    case.evidence[0].at = Some(at("2024-01-20T09:00:00Z"));
    let drift = case.check(&[record("CR-1")], "unexplained");
    assert_eq!(drift.actor, None, "the evidence is about an earlier change");
    case.evidence[0].at = Some(at("2024-01-20T10:05:00Z"));
    let drift = case.check(&[], "unexplained");
    assert_eq!(
        drift.explanations[0].because,
        ["the change carries this record's id, but the ledger has no such record"]
    );
}

#[test]
fn t1_a_change_that_carries_the_id_of_another_record_of_the_same_change_is_explained() {
    let mut case = Case::scaled();
    let carried = Evidence { record_id: Some("INC-4".into()), ..seen("2024-01-20T10:05:00Z", "kim@example.com") };
    case.evidence = vec![carried];
    case.check(&[record("CR-1")], "unexplained");
    let alias = RecordAlias { id: "INC-4".into(), source: "incident_io".into(), place: None };
    let as_of = Some(at("2024-01-20T11:00:00Z"));
    let joined = ChangeRecord { aliases: vec![alias], as_of, ..record("CR-1") };
    let drift = case.check(&[joined], "explained; CR-1 T1 DesiredCount");
    let [.., same, age] = drift.explanations[0].because.as_slice() else { panic!("{drift:?}") };
    assert_eq!(same, "the same change is recorded in INC-4 (incident_io)");
    assert_eq!(age, "files cannot be read now: this is the record of 2024-01-20T11:00:00Z");
}

#[test]
fn t1_of_several_changes_explains_only_what_the_record_says_it_set() {
    let mut case = Case::scaled();
    case.drift.attributes.push(attribute("HealthCheckGracePeriodSeconds", &Json::from(30), &Json::from(60)));
    let carried = Evidence { record_id: Some("CR-1".into()), ..seen("2024-01-20T10:05:00Z", "dana@example.com") };
    case.evidence = vec![carried];
    let records = [by_command("CR-1", SCALE)];
    case.check(&records, "explained; CR-1 T1 DesiredCount HealthCheckGracePeriodSeconds");
    case.evidence.push(seen("2024-01-20T10:07:00Z", "kim@example.com"));
    case.check(&records, "unexplained; CR-1 T1 DesiredCount");
    // Evidence that names the attribute decides by itself.
    case.evidence[0].paths = vec!["HealthCheckGracePeriodSeconds".parse().unwrap()];
    case.check(&records, "explained; CR-1 T1 HealthCheckGracePeriodSeconds; CR-1 T2 DesiredCount");
}

#[test]
fn t2_a_command_explains_the_value_it_predicts_and_no_other() {
    let case = Case::scaled();
    case.check(&[by_command("CR-1", SCALE)], "explained; CR-1 T2 DesiredCount");
    for (text, expect) in [
        (SCALE.replace('5', "50"), "contradicted"),
        (SCALE.replace("api", "web"), "unexplained"),
        (SCALE.replace("shop", "other"), "unexplained"),
        (format!("{SCALE} --region us-east-1"), "unexplained"),
        (format!("{SCALE} --region eu-west-1"), "explained; CR-1 T2 DesiredCount"),
        (SCALE.replace("api", "arn:aws:ecs:eu-west-1:1:service/shop/api"), "explained; CR-1 T2 DesiredCount"),
        (SCALE.replace("api", "arn:aws:ecs:eu-west-1:2:service/shop/api"), "unexplained"),
        (SCALE.replace("update-service", "describe-services"), "unexplained"),
        (format!("{SCALE} | tee log; sleep 5"), "explained; CR-1 T2 DesiredCount"),
    ] {
        case.check(&[by_command("CR-1", &text)], expect);
    }
}

#[test]
fn t2_explains_what_nobody_declares_as_well() {
    let mut case = Case::scaled();
    let attribute = &mut case.drift.attributes[0];
    (attribute.declared, attribute.basis) = (None, Basis::Baseline);
    case.check(&[by_command("CR-1", SCALE)], "explained; CR-1 T2 DesiredCount");
    case.check(&[by_command("CR-1", &SCALE.replace('5', "50"))], "contradicted");
}

#[test]
fn t2_holds_near_the_window_with_a_violation_and_not_far_from_it() {
    let mut case = Case::scaled();
    case.now = at("2024-01-23T00:00:00Z");
    case.drift.last_seen = case.now;
    let planned = |end: &str| ChangeRecord {
        planned: Some(Window { start: Some(at("2024-01-20T10:00:00Z")), end: Some(at(end)) }),
        actual: None,
        ..by_command("CR-1", SCALE)
    };
    case.evidence = vec![seen("2024-01-20T14:00:00Z", "dana@example.com")];
    let drift = case.check(&[planned("2024-01-20T10:30:00Z")], "explained; CR-1 T2 DesiredCount");
    assert_eq!(drift.violations.iter().map(|found| found.rule.as_str()).collect::<Vec<_>>(), ["outside_window"]);
    case.evidence = vec![seen("2024-01-22T14:00:00Z", "dana@example.com")];
    case.check(&[planned("2024-01-20T10:30:00Z")], "unexplained");
    // Off the window, another value is no contradiction either: it is another change.
    case.check(
        &[ChangeRecord { steps: by_command("", &SCALE.replace('5', "9")).steps, ..planned("2024-01-20T10:30:00Z") }],
        "unexplained",
    );
}

#[test]
fn t3_naming_resource_and_attribute_explains_unless_somebody_else_did_it() {
    let mut case = Case::scaled();
    let named = "raised the desired count of api";
    let check = |case: &Case, text: &str, expect: &str| drop(case.check(&[by_text("CR-1", text)], expect));
    check(&case, named, "explained; CR-1 T3 DesiredCount");
    check(&case, "raised the desired count of shop-api", "unexplained");
    check(&case, "raised the memory of api", "unexplained");
    case.evidence = vec![seen("2024-01-20T10:05:00Z", "@dana-gh")];
    check(&case, named, "explained; CR-1 T3 DesiredCount");
    case.evidence = vec![seen("2024-01-20T10:05:00Z", "kim@example.com")];
    check(&case, named, "unexplained");
    case.evidence = vec![seen("2024-01-20T10:12:00Z", "dana@example.com")];
    case.check(
        &[ChangeRecord {
            actual: Some(Window { start: Some(at("2024-01-20T10:00:00Z")), end: Some(at("2024-01-20T10:10:00Z")) }),
            ..by_text("CR-1", named)
        }],
        "unexplained",
    );
    case.evidence.clear();
    case.drift.address = "Service".into();
    check(&case, "raised the desired count of the Service", "unexplained");
    let selected = ChangeRecord { selectors: vec!["Service".into()], ..by_text("CR-1", "raised the desired count") };
    case.check(&[selected], "explained; CR-1 T3 DesiredCount");
    case.check(&[by_command("CR-1", &SCALE.replace('5', "$COUNT"))], "explained; CR-1 T3 DesiredCount");
    case.check(&[by_command("CR-1", &SCALE.replace("api", "$SERVICE"))], "explained; CR-1 T3 DesiredCount");
    case.check(&[by_command("CR-1", &SCALE.replace("shop --service api", "$C --service $S"))], "unexplained");
}

#[test]
fn t4_and_t5_need_the_implementer_to_be_seen_and_policy_to_agree() {
    let mut case = Case::scaled();
    let by_resource = by_text("CR-1", "worked on aws_ecs_service.api");
    let by_trigger = by_command("CR-1", "aws ecs update-service --cluster shop --service api --force-new-deployment");
    let by_stack = ChangeRecord { selectors: vec!["shop".into()], ..record("CR-1") };
    let by_service = ChangeRecord { selectors: vec!["AWS::ECS::Service".into()], ..record("CR-1") };
    let by_environment = ChangeRecord { environment: Some("Production".into()), ..record("CR-1") };
    let wide =
        [(&by_resource, "T4"), (&by_trigger, "T4"), (&by_stack, "T5"), (&by_service, "T5"), (&by_environment, "T5")];
    for (record, _) in wide {
        case.check(std::slice::from_ref(record), "unexplained");
    }
    case.evidence = vec![seen("2024-01-20T10:05:00Z", "dana@example.com")];
    for (record, tier) in wide {
        case.check(std::slice::from_ref(record), &format!("explained; CR-1 {tier} DesiredCount"));
    }
    case.check(&[record("CR-1")], "unexplained");
    case.policy.widest_scope = crate::ledger::policy::WidestScope::Resource;
    for (record, tier) in wide {
        let expect = if tier == "T4" { "explained; CR-1 T4 DesiredCount" } else { "unexplained" };
        case.check(std::slice::from_ref(record), expect);
    }
    case.policy.widest_scope = crate::ledger::policy::WidestScope::Attribute;
    case.check(std::slice::from_ref(&by_resource), "unexplained");
    case.check(&[by_text("CR-1", "desired count of api")], "explained; CR-1 T3 DesiredCount");
    case.policy = Policy::default();
    case.evidence = vec![seen("2024-01-20T10:05:00Z", "kim@example.com")];
    for (record, _) in wide {
        case.check(std::slice::from_ref(record), "unexplained");
    }
}

#[test]
fn a_body_that_quotes_its_commands_names_nothing_by_them() {
    let case = Case::scaled();
    let quoting =
        |text: &str| ChangeRecord { body: format!("## Steps\n\n```bash\n{text}\n```\n"), ..by_command("CR-1", text) };
    case.check(&[quoting(SCALE)], "explained; CR-1 T2 DesiredCount");
    case.check(&[quoting(&SCALE.replace("shop", "other"))], "unexplained");
    let back = ChangeRecord { body: format!("## Rollback\n`{SCALE}`"), ..record("CR-1") };
    case.check(&[back], "unexplained");
}
