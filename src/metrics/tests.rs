use super::*;
use crate::model::Verdict;
use crate::report::DriftReport;
use crate::report::tests::sample;

fn scrape(world: &World) -> String {
    Metrics::new().unwrap().render(world, &["production".to_owned()], &[]).unwrap()
}

fn line<'a>(text: &'a str, start: &str) -> Option<&'a str> {
    text.lines().find(|line| line.starts_with(start)).and_then(|line| line.rsplit(' ').next())
}

#[test]
fn drifts_are_counted_by_verdict_and_drained_label_sets_say_zero() {
    let mut drift = sample("shop", "web", 2, 4);
    drift.verdict = Verdict::Overdue;
    let labels = ["production", "shop", "aws", "AWS::ECS::Service"].map(str::to_owned);
    let mut world = World { drifts: vec![DriftReport::from(&drift)], drifting: vec![labels], ..World::default() };
    let series = |verdict| {
        format!(
            "driftledger_drifts{{environment=\"production\",provider=\"aws\",stack=\"shop\",\
             type=\"AWS::ECS::Service\",verdict=\"{verdict}\"}}"
        )
    };
    let text = scrape(&world);
    assert_eq!(line(&text, &series("overdue")), Some("1"));
    assert_eq!(line(&text, &series("unexplained")), Some("0"));
    assert_eq!(
        line(&text, "driftledger_drift_oldest_timestamp_seconds{environment=\"production\",verdict=\"overdue\"}"),
        Some("1772366400")
    );
    world.drifts.clear();
    let text = scrape(&world);
    assert_eq!(line(&text, &series("overdue")), Some("0"));
    assert_eq!(line(&text, "driftledger_drift_oldest_timestamp_seconds{"), None);
}

#[test]
fn counters_start_at_zero() {
    let text = scrape(&World::default());
    for series in [
        "driftledger_drift_detected_total",
        "driftledger_drift_resolved_total{how=\"overwritten\"}",
        "driftledger_manual_change_overwrites_total{environment=\"production\"}",
        "driftledger_gate_decisions_total{decision=\"block\",environment=\"production\"}",
        "driftledger_rollbacks_total{environment=\"production\",mechanism=\"ecs\",trigger=\"circuit_breaker\"}",
    ] {
        assert_eq!(line(&text, series), Some("0"), "{series}\n{text}");
    }
}

#[test]
fn calls_are_counted_by_service_operation_and_outcome() {
    let calls = [ApiCallCount {
        service: "ec2".into(),
        operation: "DescribeSecurityGroups".into(),
        outcome: "ok".into(),
        calls: 3,
    }];
    let text = Metrics::new().unwrap().render(&World::default(), &[], &calls).unwrap();
    let series = "driftledger_api_calls_total{operation=\"DescribeSecurityGroups\",outcome=\"ok\",service=\"ec2\"}";
    assert_eq!(line(&text, series), Some("3"));
}

#[test]
fn no_label_holds_an_id_a_path_or_a_record() {
    let drift = DriftReport::from(&sample("shop", "aws_ecs_service.secret_name", 2, 4));
    let world = World { drifts: vec![drift.clone()], ..World::default() };
    let text = scrape(&world);
    for word in ["secret_name", "DesiredCount", drift.id.as_str()] {
        assert!(!text.contains(word), "{word}");
    }
}
