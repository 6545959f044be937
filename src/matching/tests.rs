//! Verdicts, tiers and sentences, on drifts and records that differ in one thing from a match.
use super::*;
use crate::model::*;
use serde_json::Value as Json;

pub(super) fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

pub(super) fn command(text: &str) -> CommandLine {
    CommandLine { text: text.to_owned(), at: Some(Location::new("changes/CR-1.yaml", 12, 5)) }
}

/// A closed record by dana@example.com about nothing yet, made at 10:00 and recorded at noon.
pub(super) fn record(id: &str) -> ChangeRecord {
    let window = Window { start: Some(at("2024-01-20T10:00:00Z")), end: Some(at("2024-01-20T10:30:00Z")) };
    ChangeRecord {
        id: id.into(),
        source: "files".into(),
        at: Some(Location::new(format!("changes/{id}.yaml"), 1, 1)),
        url: None,
        summary: "a change".into(),
        body: String::new(),
        change_type: Some(ChangeType::Standard),
        risk: None,
        reason: None,
        state: RecordState::Closed,
        requester: None,
        implementer: Some("dana@example.com".into()),
        approvals: Vec::new(),
        steps: Vec::new(),
        rollback: vec![RecordStep { text: "set it back".into(), commands: Vec::new() }],
        selectors: Vec::new(),
        environment: None,
        planned: None,
        actual: Some(window),
        recorded_at: Some(at("2024-01-20T12:00:00Z")),
        outcome: Outcome::Success,
        incident: None,
        review: None,
        expires_at: None,
    }
}

pub(super) fn attribute(path: &str, applied: &Json, live: &Json) -> AttributeDrift {
    let side = |json: &Json| (!json.is_null()).then(|| Value::from_json(json));
    AttributeDrift {
        path: path.parse().unwrap(),
        declared: side(applied),
        applied: side(applied),
        live: side(live),
        standing: Standing::Drifted,
        note: None,
    }
}

pub(super) fn drift(resource_type: &str, identifier: &str) -> Drift {
    Drift {
        id: DriftId::of("shop", &resource_type.into(), "aws_thing.it"),
        stack: "shop".into(),
        environment: "production".into(),
        scope: Scope::aws(Some("1".into()), Some("eu-west-1".into())),
        resource_type: resource_type.into(),
        address: "aws_thing.it".into(),
        identifier: Some(identifier.into()),
        source: None,
        presence: Presence::Present,
        attributes: Vec::new(),
        first_seen: at("2024-01-20T10:15:00Z"),
        last_seen: at("2024-01-20T12:00:00Z"),
        changed_between: (Some(at("2024-01-20T09:55:00Z")), at("2024-01-20T10:15:00Z")),
        actor: None,
        actor_evidence: None,
        in_flight: None,
        verdict: Verdict::Unexplained,
        explanations: Vec::new(),
        violations: Vec::new(),
        due_at: None,
    }
}

/// A fact of CloudTrail about the drifted resource.
fn seen(time: &str, who: &str) -> Evidence {
    let actor = Actor { name: who.into(), kind: ActorKind::Person, via: Some("cli".into()) };
    Evidence {
        source: EvidenceSource::Cloudtrail,
        at: Some(at(time)),
        actor: Some(actor).filter(|actor| !actor.name.is_empty()),
        resource_type: "AWS::ECS::Service".into(),
        identifier: "arn:aws:ecs:eu-west-1:1:service/shop/api".into(),
        paths: Vec::new(),
        record_id: None,
    }
}

/// The service `shop/api`, scaled from 3 to 5 by hand.
fn scaled() -> Drift {
    let mut drift = drift("AWS::ECS::Service", "arn:aws:ecs:eu-west-1:1:service/shop/api");
    drift.address = "aws_ecs_service.api".into();
    drift.attributes = vec![attribute("DesiredCount", &Json::from(3), &Json::from(5))];
    drift
}

/// What the records are judged with besides themselves.
struct Case {
    drift: Drift,
    evidence: Vec<Evidence>,
    policy: Policy,
    ignore_rules: Vec<IgnoreRule>,
    now: Timestamp,
}

impl Case {
    fn scaled() -> Self {
        let drift = scaled();
        let now = at("2024-01-20T12:00:00Z");
        Self { drift, evidence: Vec::new(), policy: Policy::default(), ignore_rules: Vec::new(), now }
    }

    fn judged(&self, records: &[ChangeRecord]) -> Drift {
        let also = vec!["dana@example.com".to_owned(), "@dana-gh".to_owned()];
        let (people, _) = People::new(&[crate::ledger::policy::Person { name: "Dana".into(), also }]);
        let mut drift = self.drift.clone();
        let fingerprints = Fingerprinter::new(*b"key");
        judge(
            &mut drift,
            &Context {
                now: self.now,
                records,
                evidence: &self.evidence,
                ignore_rules: &self.ignore_rules,
                people: &people,
                policy: &self.policy,
                fingerprints: &fingerprints,
            },
        );
        drift
    }

    /// `verdict; record tier paths; …` for everything that explains.
    fn check(&self, records: &[ChangeRecord], expect: &str) -> Drift {
        let drift = self.judged(records);
        let mut line = drift.verdict.to_string();
        for found in drift.explanations.iter().filter_map(|found| Some((found, found.tier?))) {
            let paths: Vec<String> = found.0.matched.iter().map(ToString::to_string).collect();
            line += &format!("; {} {:?} {}", found.0.record, found.1, paths.join(" "));
        }
        assert_eq!(line, expect, "{:#?}", drift.explanations);
        drift
    }
}

fn by_command(id: &str, text: &str) -> ChangeRecord {
    ChangeRecord { steps: vec![RecordStep { text: String::new(), commands: vec![command(text)] }], ..record(id) }
}

fn by_text(id: &str, text: &str) -> ChangeRecord {
    ChangeRecord { body: text.into(), ..record(id) }
}

const SCALE: &str = "aws ecs update-service --cluster shop --service api --desired-count 5";

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
    case.check(&[by_resource.clone()], "unexplained");
    case.check(&[by_text("CR-1", "desired count of api")], "explained; CR-1 T3 DesiredCount");
    case.policy = Policy::default();
    case.evidence = vec![seen("2024-01-20T10:05:00Z", "kim@example.com")];
    for (record, _) in wide {
        case.check(std::slice::from_ref(record), "unexplained");
    }
}

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
    assert!(drift.explanations[0].because[0].ends_with("would be \"5\", but 7 is live"), "{:?}", drift.explanations);
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
    case.drift.attributes[0].path = "TaskDefinition".parse().unwrap();
    case.check(&[ChangeRecord { steps: Vec::new(), ..with(Outcome::Success, &five, &five) }], "unexplained");
}

#[test]
fn a_drift_is_overdue_a_day_after_its_change_unless_it_is_in_flight() {
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
    case.drift.in_flight = Some("a deployment is under way".into());
    check(&case, Verdict::Unexplained, "2024-01-21T10:05:00Z");
    assert_eq!(case.judged(&[by_command("CR-1", SCALE)]).due_at, None);
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

mod laws {
    use super::*;
    use proptest::prelude::*;

    fn any_record() -> impl Strategy<Value = ChangeRecord> {
        let command = prop::sample::select(vec![
            "aws ecs update-service --cluster shop --service api --desired-count 5",
            "aws ecs update-service --cluster shop --service api --desired-count 7",
            "aws ecs update-service --service $S --desired-count 5",
            "aws ecs delete-service --cluster shop --service api",
            "terraform apply -target=aws_ecs_service.api",
            "",
        ]);
        let body = prop::sample::select(vec!["desired count of api", "api", "shop", "nothing"]);
        let who = prop::sample::select(vec![Some("dana@example.com"), Some("kim@example.com"), None]);
        let state = prop::sample::select(RecordState::ALL.to_vec());
        let hours = prop::option::of(0i64..30);
        (0usize..4, command, body, who, state, hours).prop_map(|(id, command, body, who, state, hours)| {
            let start =
                hours.map(|hours| time::later(at("2024-01-20T00:00:00Z"), jiff::SignedDuration::from_hours(hours)));
            ChangeRecord {
                body: body.into(),
                implementer: who.map(str::to_owned),
                state,
                actual: start.map(|start| Window { start: Some(start), end: None }),
                ..by_command(&format!("CR-{id}"), command)
            }
        })
    }

    fn any_evidence() -> impl Strategy<Value = Evidence> {
        let who = prop::sample::select(vec!["dana@example.com", "kim@example.com", ""]);
        let id = prop::sample::select(vec![None, Some("CR-1".to_owned()), Some("CR-9".to_owned())]);
        (who, id, 0i64..60, any::<bool>()).prop_map(|(who, id, minutes, exact)| {
            let time = time::later(at("2024-01-20T09:30:00Z"), jiff::SignedDuration::from_mins(minutes));
            let paths = if exact { vec!["DesiredCount".parse().unwrap()] } else { Vec::new() };
            Evidence { record_id: id, paths, ..seen(&time.to_string(), who) }
        })
    }

    proptest! {
        #[test]
        fn the_order_of_records_and_evidence_does_not_matter(
            records in prop::collection::vec(any_record(), 0..5),
            evidence in prop::collection::vec(any_evidence(), 0..4),
        ) {
            // Ids are unique in a ledger.
            let mut unique: BTreeMap<String, ChangeRecord> = BTreeMap::new();
            unique.extend(records.into_iter().map(|record| (record.id.clone(), record)));
            let mut records: Vec<ChangeRecord> = unique.into_values().collect();
            let mut case = Case::scaled();
            case.evidence = evidence;
            let first = case.judged(&records);
            prop_assert_eq!(&case.judged(&records), &first);
            records.reverse();
            case.evidence.reverse();
            prop_assert_eq!(&case.judged(&records), &first);
            case.drift = first.clone();
            prop_assert_eq!(case.judged(&records), first, "judging again changes nothing");
        }

        #[test]
        fn no_text_or_command_makes_it_panic(body in "\\PC{0,60}", text in "\\PC{0,60}", name in "\\PC{0,20}", path in "[A-Z][a-z.\\[\\]=]{0,12}") {
            let mut case = Case::scaled();
            case.drift.identifier = Some(name.clone());
            case.drift.address = name;
            if let Ok(path) = path.parse() {
                case.drift.attributes[0].path = path;
            }
            let record = ChangeRecord { body, ..by_command("CR-1", &format!("aws {text}")) };
            let drift = case.judged(&[record]);
            prop_assert!(WORST_FIRST.contains(&drift.verdict));
        }
    }
}
