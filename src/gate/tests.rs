use super::*;
use crate::model::{ActorKind, Tier};
use crate::report::tests::sample;
use crate::report::{ActorReport, ScanReport, Summary};

fn report_of(standing: Standing, verdict: Verdict) -> Report {
    let mut drift = sample("shop", "aws_ecs_service.web", 2, 4);
    drift.attributes.iter_mut().for_each(|attribute| attribute.standing = standing);
    drift.verdict = verdict;
    drift.explanations = vec![Explanation {
        record: "CR-7".to_owned(),
        tier: Some(Tier::T2),
        matched: vec![AttributePath::keys(["DesiredCount"])],
        because: vec!["its command sets DesiredCount to 4".to_owned()],
        source: Some("changes/cr-7.yaml:12".to_owned()),
    }];
    Report::new(ScanReport::default(), Coverage::default(), vec![DriftReport::from(&drift)])
}

#[test]
fn changes_by_hand_block_and_changes_of_the_repository_pass() {
    let check = |standing, verdict, expect| {
        let gate = decide(&report_of(standing, verdict), &Settings::default());
        assert_eq!(gate.decision, expect, "{standing} {verdict}");
    };
    check(Standing::Drifted, Verdict::Unexplained, Decision::Block);
    check(Standing::Drifted, Verdict::Explained, Decision::Block);
    check(Standing::Conflict, Verdict::Explained, Decision::Block);
    check(Standing::Conflict, Verdict::Contradicted, Decision::Block);
    check(Standing::Drifted, Verdict::Accepted, Decision::Pass);
    check(Standing::Pending, Verdict::Unexplained, Decision::Pass);
    check(Standing::Codified, Verdict::Explained, Decision::Pass);
}

#[test]
fn an_accepted_change_passes_and_is_told_with_its_rule() {
    let mut report = report_of(Standing::Drifted, Verdict::Accepted);
    let because = vec!["accepted through 2026-06-30: season".to_owned()];
    let matched = vec![AttributePath::keys(["DesiredCount"])];
    report.drifts[0].explanations =
        vec![Explanation { record: IGNORE_RULE.to_owned(), tier: None, matched, because, source: None }];
    let gate = decide(&report, &Settings::default());
    assert_eq!(gate.decision, Decision::Pass);
    let finding = &gate.findings[0];
    let said = "was changed by hand; the deploy would take it back; an ignore rule accepts the change";
    assert_eq!((finding.effect, finding.message.as_str()), (Effect::Notice, said));
    let shown = crate::report::gate::render(&gate, crate::report::table::Colour::Plain);
    assert!(shown.contains("accepted through 2026-06-30: season"), "{shown}");
}

#[test]
fn nobody_says_what_a_deploy_makes_of_what_is_not_declared() {
    let mut report = report_of(Standing::Drifted, Verdict::Unexplained);
    report.drifts[0].attributes[0].basis = Basis::Baseline;
    let gate = decide(&report, &Settings::default());
    assert_eq!(gate.decision, Decision::Block);
    assert!(gate.findings[0].message.contains("not known"), "{}", gate.findings[0].message);
}

#[test]
fn a_setting_lets_unrecorded_changes_pass_but_no_recorded_one() {
    let settings = Settings { unexplained: Unexplained::Warn, ..Settings::default() };
    let decision = |verdict| decide(&report_of(Standing::Drifted, verdict), &settings).decision;
    let mut unrecorded = report_of(Standing::Drifted, Verdict::Unexplained);
    unrecorded.drifts[0].explanations.clear();
    assert_eq!(decide(&unrecorded, &settings).decision, Decision::Warn);
    assert_eq!(decision(Verdict::Explained), Decision::Block);
    assert_eq!(decision(Verdict::Contradicted), Decision::Block);
}

#[test]
fn what_manifests_do_not_mention_blocks_only_where_the_deploy_removes_it() {
    let mut report = report_of(Standing::Drifted, Verdict::Explained);
    let drift = &mut report.drifts[0];
    drift.provider = Provider::Kubernetes;
    drift.attributes[0].path = "spec.template.spec.containers[name=web].env[name=LEVEL]".parse().unwrap();
    (drift.attributes[0].declared, drift.attributes[0].applied) = (None, None);
    let check = |report: &Report, method: Option<DeployMethod>, decision, effect, said: &str| {
        let deploy_methods = method.map(|method| ("shop".to_owned(), method)).into_iter().collect();
        let gate = decide(report, &Settings { deploy_methods, ..Settings::default() });
        let [finding] = gate.findings.as_slice() else { panic!("{:?}", gate.findings) };
        assert_eq!((gate.decision, finding.effect), (decision, effect), "{method:?}");
        assert!(finding.message.contains(said), "{}", finding.message);
    };
    let (pass, block) = ((Decision::Pass, Effect::Notice), (Decision::Block, Effect::Block));
    check(&report, Some(DeployMethod::Apply), pass.0, pass.1, "kubectl apply leaves it as it is");
    check(&report, Some(DeployMethod::Replace), block.0, block.1, "kubectl replace would remove it");
    check(&report, Some(DeployMethod::Flux), block.0, block.1, "Flux would remove it");
    check(&report, None, block.0, block.1, "deploy_method");
    report.drifts[0].attributes[0].applied = Some(1.into());
    check(&report, Some(DeployMethod::Apply), block.0, block.1, "the deploy would take it back");
    report.drifts[0].attributes[0].declared = Some(2.into());
    check(&report, Some(DeployMethod::Apply), block.0, block.1, "the deploy would take it back");
    check(&report, Some(DeployMethod::ServerSideApply), block.0, block.1, "would stop at it with a conflict");
    report.drifts[0].attributes[0].declared = None;
    report.drifts[0].attributes[0].applied = None;
    report.drifts[0].attributes[0].path = "spec.args[2]".parse().unwrap();
    check(&report, Some(DeployMethod::Apply), block.0, block.1, "kubectl apply would remove it");
    report.drifts[0].attributes[0].path = "metadata.deletionTimestamp".parse().unwrap();
    check(&report, Some(DeployMethod::Apply), block.0, block.1, "is being deleted by hand");
    let drift = &mut report.drifts[0];
    (drift.presence, drift.attributes[0].path) = (Presence::Unmanaged, AttributePath::root());
    check(&report, Some(DeployMethod::Helm), block.0, block.1, "no longer declared; helm upgrade removes it");
    check(&report, Some(DeployMethod::Replace), pass.0, pass.1, "kubectl replace never removes it");
    check(&report, None, block.0, block.1, "a deploy that prunes would remove it");
    report.drifts[0].attributes[0].standing = Standing::Pending;
    let settings = Settings { deploy_methods: [("shop".to_owned(), DeployMethod::Helm)].into(), ..Settings::default() };
    assert_eq!(decide(&report, &settings).findings, []);
}

#[test]
fn flux_spares_what_a_tool_added_only_where_the_attribute_is_known_to_be_that_tools() {
    let mut report = report_of(Standing::Drifted, Verdict::Unexplained);
    let drift = &mut report.drifts[0];
    drift.provider = Provider::Kubernetes;
    drift.attributes.truncate(1);
    (drift.attributes[0].declared, drift.attributes[0].applied) = (None, None);
    drift.actor = Some(ActorReport {
        name: "node-fetch".into(),
        kind: ActorKind::Unknown,
        via: Some("node-fetch".into()),
        evidence: Some(EvidenceSource::ManagedFields),
    });
    let mut check = |note: Option<&str>, evidence: EvidenceSource, effect: Effect| {
        report.drifts[0].attributes[0].note = note.map(str::to_owned);
        report.drifts[0].actor.as_mut().unwrap().evidence = Some(evidence);
        let settings =
            Settings { deploy_methods: [("shop".to_owned(), DeployMethod::Flux)].into(), ..Settings::default() };
        assert_eq!(decide(&report, &settings).findings[0].effect, effect, "{note:?}");
    };
    let fields = EvidenceSource::ManagedFields;
    check(Some("added by node-fetch (a tool people use)"), fields, Effect::Notice);
    // The same object was changed with another tool as well.
    check(Some("added by kubectl-edit (a tool people use)"), fields, Effect::Block);
    check(Some("added by node-fetch2 (a client that is not known)"), fields, Effect::Block);
    check(None, fields, Effect::Block);
    check(Some("added by node-fetch (a tool people use)"), EvidenceSource::AuditLog, Effect::Block);
}

#[test]
fn each_attribute_of_a_drift_has_its_own_effect() {
    let mut report = report_of(Standing::Drifted, Verdict::Unexplained);
    let drift = &mut report.drifts[0];
    for (name, tier, record) in [("Recorded", Some(Tier::T2), "CR-8"), ("Accepted", None, IGNORE_RULE)] {
        let path = AttributePath::keys([name]);
        drift.attributes.push(AttributeReport { path: path.clone(), ..drift.attributes[0].clone() });
        let (matched, because) = (vec![path], Vec::new());
        drift.explanations.push(Explanation { record: record.into(), tier, matched, because, source: None });
    }
    drift.explanations.retain(|explanation| explanation.record != "CR-7");
    let gate = decide(&report, &Settings { unexplained: Unexplained::Warn, ..Settings::default() });
    let effects: Vec<_> = gate
        .findings
        .iter()
        .map(|finding| (finding.attribute.as_ref().unwrap().path.to_string(), finding.effect))
        .collect();
    let expect = [("Recorded", Effect::Block), ("DesiredCount", Effect::Warn), ("Accepted", Effect::Notice)];
    assert_eq!(effects, expect.map(|(path, effect)| (path.to_owned(), effect)));
    assert_eq!(gate.decision, Decision::Block);
}

#[test]
fn a_blocked_attribute_names_its_record_its_line_and_its_three_values() {
    let gate = decide(&report_of(Standing::Drifted, Verdict::Explained), &Settings::default());
    let finding = &gate.findings[0];
    let attribute = finding.attribute.as_ref().unwrap();
    assert_eq!(finding.records[0].source.as_deref(), Some("changes/cr-7.yaml:12"));
    assert_eq!(finding.source.as_ref().unwrap().line, 9);
    assert_eq!((&attribute.declared, &attribute.live), (&Some(2.into()), &Some(4.into())));
}

#[test]
fn what_could_not_be_seen_is_never_a_pass() {
    let mut report = report_of(Standing::Pending, Verdict::Unexplained);
    let problem = crate::model::Problem::new(ProblemKind::AccessDenied, "aws 1 eu-west-1", "access denied");
    report.coverage.problems.push((&problem).into());
    assert_eq!(decide(&report, &Settings::default()).decision, Decision::Error);
    report.coverage.problems.clear();
    report.coverage.resources.unknown = 1;
    assert_eq!(decide(&report, &Settings::default()).decision, Decision::Error);
    report.coverage.resources.unknown = 0;
    report.summary = Summary { stale: 1, ..report.summary };
    assert_eq!(decide(&report, &Settings::default()).decision, Decision::Error);
}

#[test]
fn a_known_loss_blocks_even_where_the_rest_could_not_be_seen() {
    let mut report = report_of(Standing::Drifted, Verdict::Explained);
    report.coverage.resources.unknown = 5;
    assert_eq!(decide(&report, &Settings::default()).decision, Decision::Block);
}

#[test]
fn strict_also_minds_what_cannot_be_verified() {
    let mut report = report_of(Standing::Pending, Verdict::Unexplained);
    report.coverage.attributes.unverifiable = 1;
    assert_eq!(decide(&report, &Settings::default()).decision, Decision::Pass);
    let strict = Settings { strict: true, ..Settings::default() };
    assert_eq!(decide(&report, &strict).decision, Decision::Error);
}
