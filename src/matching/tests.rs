//! Drifts, records and evidence for the tests of this folder: one service, scaled from 3 to 5 by hand.

mod laws;
mod services;
mod tiers;
mod verdicts;

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
pub(crate) fn record(id: &str) -> ChangeRecord {
    let window = Window { start: Some(at("2024-01-20T10:00:00Z")), end: Some(at("2024-01-20T10:30:00Z")) };
    ChangeRecord {
        at: Some(Location::new(format!("changes/{id}.yaml"), 1, 1)),
        summary: "a change".into(),
        change_type: Some(ChangeType::Standard),
        state: RecordState::Closed,
        implementer: Some("dana@example.com".into()),
        rollback: vec![RecordStep { text: "set it back".into(), commands: Vec::new() }],
        actual: Some(window),
        recorded_at: Some(at("2024-01-20T12:00:00Z")),
        outcome: Outcome::Success,
        ..ChangeRecord::new(id, "files")
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
        basis: Basis::Declaration,
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
        stale: false,
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

pub(crate) fn by_command(id: &str, text: &str) -> ChangeRecord {
    ChangeRecord { steps: vec![RecordStep { text: String::new(), commands: vec![command(text)] }], ..record(id) }
}

fn by_text(id: &str, text: &str) -> ChangeRecord {
    ChangeRecord { body: text.into(), ..record(id) }
}

const SCALE: &str = "aws ecs update-service --cluster shop --service api --desired-count 5";
