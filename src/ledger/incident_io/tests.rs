use super::*;
use crate::config::{RecordField, SecretSource, SecretVariable, SignOff};

fn source() -> IncidentIo {
    IncidentIo {
        api: Api {
            url: None,
            user: None,
            token: SecretSource::Env(SecretVariable { env: "INCIDENT_IO".into() }),
            plain_http: false,
            timeout_seconds: 1,
            patience_seconds: 1,
        },
        history_days: 90,
        fields: [(RecordField::Environment, "Affected environment".to_owned())].into(),
        states: [].into(),
        sign_off: SignOff::default(),
        time_zone: "UTC".into(),
    }
}

fn incident(category: &str) -> Json {
    let update = |name: &str, at: &str, message: &str| json!({"message": message, "created_at": at, "updater": {"user": {"name": name, "email": format!("{name}@example.com")}}});
    json!({
        "incident": {
            "id": "01H", "reference": "INC-4", "name": "Checkout is down", "summary": "No free connections.",
            "permalink": "https://app.incident.io/incidents/4",
            "incident_status": {"name": "Whatever", "category": category},
            "creator": {"user": {"name": "ana", "email": "ana@example.com"}},
            "incident_role_assignments": [{"role": {"role_type": "lead"}, "assignee": {"name": "dana", "email": "dana@example.com"}}],
            "incident_timestamp_values": [
                {"incident_timestamp": {"name": "Reported at"}, "value": {"value": "2026-03-01T10:00:00Z"}},
                {"incident_timestamp": {"name": "Resolved at"}, "value": {"value": "2026-03-01T11:00:00Z"}},
            ],
            "custom_field_entries": [
                {"custom_field": {"id": "f1", "name": "Affected environment"}, "values": [{"value_option": {"value": "production"}}]},
                {"custom_field": {"id": "f2", "name": "Change log"}, "values": [{"value_text": "`kubectl scale deploy/api --replicas=4`"}]},
            ],
            "external_issue_reference": {"issue_name": "OPS-1", "issue_permalink": "https://example.atlassian.net/browse/OPS-1"},
            "created_at": "2026-03-01T10:00:05Z",
        },
        "updates": [
            update("ana", "2026-03-01T10:05:00Z", "Looking into it"),
            update("dana", "2026-03-01T10:20:00Z", "Ran `kubectl scale deploy/web --replicas=3`"),
            update("kim", "2026-03-01T10:25:00Z", "Approved by me"),
        ],
        "postmortem": "## What happened\n\nToo few.\n\n## Rollback\n\n```\nkubectl scale deploy/web --replicas=1\n```\n",
    })
}

#[test]
fn an_incident_is_a_record() {
    let mut told = Told::default();
    let record = source().record(&incident("live"), &mut told).unwrap();
    assert!(told.problems.is_empty() && told.warnings.is_empty(), "{told:?}");
    assert_eq!(
        (record.id.as_str(), record.kind, record.state),
        ("INC-4", RecordKind::Incident, RecordState::Implementing)
    );
    assert_eq!(record.environment.as_deref(), Some("production"));
    assert_eq!(record.implementer.as_deref(), Some("dana@example.com"));
    // What was done was written down at 10:20, the incident itself before it.
    assert_eq!(record.recorded_at, Some("2026-03-01T10:20:00Z".parse().unwrap()));
    assert_eq!(record.links, ["OPS-1", "https://example.atlassian.net/browse/OPS-1"]);
    let commands: Vec<_> = record.steps.iter().flat_map(|step| &step.commands).map(|one| one.text.as_str()).collect();
    assert_eq!(commands, ["kubectl scale deploy/api --replicas=4", "kubectl scale deploy/web --replicas=3"]);
    assert_eq!(record.rollback[0].commands[0].text, "kubectl scale deploy/web --replicas=1");
    assert_eq!(record.approvals[0].who.as_deref(), Some("kim@example.com"));
    assert!(record.review.is_some());
    assert_eq!(record.actual.unwrap().end, Some("2026-03-01T11:00:00Z".parse().unwrap()));
}

#[test]
fn an_incident_that_was_none_explains_nothing() {
    let check = |category: &str, expect: bool| {
        let record = source().record(&incident(category), &mut Told::default()).unwrap();
        assert_eq!(record.state.can_explain(), expect, "{category}");
    };
    check("live", true);
    check("closed", true);
    check("declined", false);
    check("merged", false);
    check("canceled", false);
}
