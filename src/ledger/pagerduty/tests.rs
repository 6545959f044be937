use super::*;
use crate::config::{SecretSource, SecretVariable, SignOff};

#[test]
fn an_incident_is_a_record() {
    let source = PagerDuty {
        api: Api {
            url: None,
            user: None,
            token: SecretSource::Env(SecretVariable { env: "PAGERDUTY".into() }),
            plain_http: false,
            timeout_seconds: 1,
            patience_seconds: 1,
        },
        services: Vec::new(),
        history_days: 90,
        sign_off: SignOff::default(),
        time_zone: "UTC".into(),
    };
    let note = |who: &str, at: &str, text: &str| json!({"user": {"summary": who, "type": "user_reference"}, "created_at": at, "content": text});
    let mut body = json!({
        "incident": {
            "id": "PT4KHLK", "title": "checkout 5xx", "status": "resolved", "created_at": "2026-03-01T10:00:00Z",
            "last_status_change_at": "2026-03-01T11:00:00Z", "html_url": "https://example.pagerduty.com/incidents/PT4KHLK",
            "service": {"id": "PS1", "summary": "checkout"}, "assignments": [{"assignee": {"summary": "Dana Doe"}}],
        },
        "notes": [
            note("Ana", "2026-03-01T10:01:00Z", "looking"),
            note("Dana Doe", "2026-03-01T10:20:00Z", "aws ecs update-service --cluster shop --service api --desired-count 5"),
            note("Kim Roe", "2026-03-01T10:21:00Z", "approved"),
        ],
    });
    let read = |body: &Json| {
        let mut told = Told::default();
        let record = source.record(body, &mut told).unwrap();
        assert!(told.problems.is_empty() && told.warnings.is_empty(), "{told:?}");
        record
    };
    let record = read(&body);
    assert_eq!((record.id.as_str(), record.kind, record.state), ("PT4KHLK", RecordKind::Incident, RecordState::Closed));
    assert_eq!((record.selectors.as_slice(), record.steps.len()), (["checkout".to_owned()].as_slice(), 1));
    assert_eq!(record.recorded_at, Some("2026-03-01T10:20:00Z".parse().unwrap()));
    assert_eq!(record.approvals[0].who.as_deref(), Some("Kim Roe"));
    assert_eq!(record.actual.unwrap().end, Some("2026-03-01T11:00:00Z".parse().unwrap()));
    body["incident"]["status"] = json!("acknowledged");
    assert_eq!((read(&body).state, read(&body).actual.unwrap().end), (RecordState::Implementing, None));
}
