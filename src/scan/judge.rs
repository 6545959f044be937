//! Verdicts for what a scan found: the ledger and the evidence meet the drifts.

use jiff::Timestamp;

use super::assess::Assessment;
use crate::app::App;
use crate::evidence::record_id;
use crate::ledger::files::Read as Ledger;
use crate::ledger::policy::{People, Rule};
use crate::matching::{self, Context, IgnoreRule, Matcher, Sight};
use crate::model::{AttributePath, Drift, Evidence, Problem, ProblemKind, Verdict};
use crate::report::{DriftReport, ProblemReport, UnverifiableReport};
use crate::store::{RecordDelay, RecordRow, StackState};

/// Gives every drift its verdict, and says how long after its change each record behind one was made.
pub(super) fn judge(
    app: &App,
    environment: &str,
    ledger: &Ledger,
    evidence: &[Evidence],
    assessment: &mut Assessment,
    now: Timestamp,
) -> Vec<RecordDelay> {
    let (people, _) = People::new(&app.config().people);
    let ids = ledger.records.iter().map(|record| record.id.as_str()).collect();
    let evidence: Vec<Evidence> = evidence.iter().cloned().map(|fact| record_id::resolved(fact, &ids)).collect();
    let mut delays = Vec::new();
    let policy = app.config().policy(environment);
    let context = Context {
        now,
        records: &ledger.records,
        evidence: &evidence,
        ignore_rules: &app.config().ignore,
        people: &people,
        policy: &policy,
        fingerprints: app.store().fingerprints(),
    };
    let matcher = Matcher::new(&context);
    for drift in &mut assessment.drifts {
        // What explained a drift that could not be looked at again may be evidence that could not be read either.
        if drift.stale && matches!(drift.verdict, Verdict::Explained | Verdict::Contradicted) {
            continue;
        }
        matcher.judge(drift);
        delays.extend(delays_of(drift, ledger));
    }
    if policy.rule(Rule::OverBroad).is_some() {
        add_over_broad(&mut assessment.drifts, ledger);
    }
    delays
}

/// How many resources one record may explain by their names alone.
const BROADEST: usize = 10;

/// The records that explain too much, told with each drift that they explain.
fn add_over_broad(drifts: &mut [Drift], ledger: &Ledger) {
    for violation in matching::over_broad(drifts, &ledger.records, BROADEST) {
        let explains = |drift: &Drift| {
            drift.explanations.iter().any(|found| found.tier.is_some() && found.record == violation.record)
        };
        let told = |drift: &Drift| {
            drift.violations.iter().any(|known| (&known.record, &known.rule) == (&violation.record, &violation.rule))
        };
        for drift in drifts.iter_mut().filter(|drift| explains(drift) && !told(drift)) {
            drift.violations.push(violation.clone());
        }
    }
}

/// What is wrong with the ledger and the ignore rules: problems that are no single stack's. An identity of two people is
/// a mistake of the configuration, with which nothing starts.
pub(super) async fn problems_of_no_stack(
    app: &App,
    ledger: &Ledger,
    now: Timestamp,
) -> anyhow::Result<Vec<ProblemReport>> {
    let config = app.config();
    // A file of the ledger that cannot be read hides a record and no resource.
    let of_ledger = ledger.problems.iter().map(|problem| Problem { kind: ProblemKind::Record, ..problem.clone() });
    let mut problems: Vec<_> = of_ledger.collect();
    problems.extend(matching::ignore_problems(&config.ignore, now));
    let states = app.store().stacks().await?;
    let drifts: Vec<_> = app.store().open_drifts(None).await?.iter().map(DriftReport::to_drift).collect();
    let valid: Vec<_> = config.ignore.iter().filter(|rule| !rule.is_expired(now)).cloned().collect();
    let names: Vec<_> = config.stacks.iter().map(|stack| stack.name.as_str()).collect();
    problems.extend(matching::unused_ignore_rules(&valid, &drifts, |rule| sight(rule, &names, &states)));
    Ok(problems.iter().map(ProblemReport::from).collect())
}

/// How much the last scans saw of what an ignore rule is about: what could not be looked at may be just that.
fn sight(rule: &IgnoreRule, stacks: &[&str], states: &[StackState]) -> Sight {
    let stacks: Vec<_> = stacks.iter().filter(|stack| rule.covers_stack(stack)).collect();
    let sees_all = |state: &StackState| {
        let coverage = &state.coverage;
        let is_gap = |gap: &UnverifiableReport| {
            gap.path.parse().is_ok_and(|path: AttributePath| rule.may_be_about(&gap.resource_type, &path))
        };
        state.last_success == Some(state.scanned_at)
            && !coverage.unverifiable.iter().any(is_gap)
            && !coverage.skipped.iter().any(|skipped| rule.names_type(&skipped.resource_type))
    };
    if stacks.is_empty() {
        Sight::Nowhere
    } else if stacks.iter().all(|stack| states.iter().any(|state| state.name == **stack && sees_all(state))) {
        Sight::Whole
    } else {
        Sight::Partial
    }
}

fn delays_of(drift: &Drift, ledger: &Ledger) -> Vec<RecordDelay> {
    let (_, changed_at) = drift.changed_between;
    let behind = drift.explanations.iter().filter(|explanation| explanation.tier.is_some());
    let delay = |record: &str| {
        let recorded_at = ledger.records.iter().find(|known| known.id == record)?.recorded_at?;
        Some(RecordDelay {
            record: record.to_owned(),
            drift: drift.id.to_string(),
            delay_ms: recorded_at.as_millisecond() - changed_at.as_millisecond(),
        })
    };
    behind.filter_map(|explanation| delay(&explanation.record)).collect()
}

/// The records as metrics count them.
pub(super) fn record_rows(ledger: &Ledger) -> Vec<RecordRow> {
    let row = |record: &crate::model::ChangeRecord| RecordRow {
        id: record.id.clone(),
        source: record.source.clone(),
        environment: record.environment.clone(),
        state: record.state.as_str().to_owned(),
    };
    ledger.records.iter().map(row).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Skipped;
    use crate::report::Coverage;

    #[test]
    fn a_rule_is_unused_only_where_everything_that_it_is_about_was_seen() {
        let state = |name: &str, complete: bool, coverage: Coverage| {
            let scanned_at: Timestamp = "2026-03-01T12:00:00Z".parse().unwrap();
            let (name, environment) = (name.to_owned(), "production".to_owned());
            let last_success = complete.then_some(scanned_at);
            StackState { name, environment, scanned_at, last_success, deployment: None, coverage }
        };
        let gap = UnverifiableReport {
            stack: "web".into(),
            resource_type: "AWS::SSM::Parameter".into(),
            address: "p".into(),
            path: "Value".into(),
            reason: "secret".into(),
        };
        let skipped = Skipped { resource_type: "AWS::SQS::Queue".into(), reason: "unread".into(), count: 1 };
        let coverage = Coverage { unverifiable: vec![gap], skipped: vec![skipped], ..Coverage::default() };
        let states = [state("web", true, coverage), state("db", false, Coverage::default())];
        let check = |yaml: &str, expect: Sight| {
            let rule = serde_yaml::from_str(&format!("{{{yaml}, reason: x, expires: 2030-01-01}}")).unwrap();
            assert_eq!(sight(&rule, &["web", "db", "new"], &states), expect, "{yaml}");
        };
        check("stack: web, path: DesiredCount", Sight::Whole);
        check("stack: web, path: Value", Sight::Partial);
        check("stack: web, type: 'AWS::SQS::*'", Sight::Partial);
        check("stack: db, path: DesiredCount", Sight::Partial);
        check("stack: new, path: DesiredCount", Sight::Partial);
        check("path: DesiredCount", Sight::Partial);
        check("stack: shop-*, path: DesiredCount", Sight::Nowhere);
    }
}
