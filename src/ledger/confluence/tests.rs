use super::*;
use crate::config::{SecretSource, SecretVariable, SignOff};

fn read(body: &Json) -> ChangeRecord {
    let source = Confluence {
        api: Api {
            url: Some("https://example.atlassian.net/wiki".into()),
            user: Some("reader@example.com".into()),
            token: SecretSource::Env(SecretVariable { env: "CONFLUENCE".into() }),
            plain_http: false,
            timeout_seconds: 1,
            patience_seconds: 1,
        },
        cql: "space = OPS".into(),
        history_days: 90,
        states: [("put-off".to_owned(), RecordState::Deferred)].into(),
        sign_off: SignOff::default(),
        time_zone: "UTC".into(),
    };
    let mut told = Told::default();
    let record = source.record(body, &mut told).unwrap();
    assert!(told.problems.is_empty() && told.warnings.is_empty(), "{told:?}");
    record
}

fn page(title: &str, labels: &[&str]) -> Json {
    json!({
        "id": "98765", "title": title, "webui": "/spaces/OPS/pages/98765", "created": "2026-03-01T10:00:00.000Z",
        "author": {"displayName": "Dana", "accountId": "5b1"}, "labels": labels,
        "body": "<p>Too few.</p><ac:structured-macro ac:name=\"code\"><ac:plain-text-body><![CDATA[kubectl scale deploy/web --replicas=3]]>\
                 </ac:plain-text-body></ac:structured-macro><h2>Rollback</h2><ac:structured-macro ac:name=\"code\"><ac:plain-text-body>\
                 <![CDATA[kubectl scale deploy/web --replicas=1]]></ac:plain-text-body></ac:structured-macro>",
        "comments": [{"author": {"displayName": "Kim"}, "created": "2026-03-01T10:30:00.000Z", "body": "<p>Approved</p>"}],
    })
}

#[test]
fn a_page_is_a_record() {
    let record = read(&page("CR-2024-001: more replicas", &[]));
    assert_eq!(
        (record.id.as_str(), record.kind, record.state),
        ("CR-2024-001", RecordKind::Page, RecordState::Approved)
    );
    assert_eq!(record.url.as_deref(), Some("https://example.atlassian.net/wiki/spaces/OPS/pages/98765"));
    assert_eq!(record.steps[0].commands[0].text, "kubectl scale deploy/web --replicas=3");
    assert_eq!(record.rollback[0].commands[0].text, "kubectl scale deploy/web --replicas=1");
    assert_eq!(record.approvals[0].who.as_deref(), Some("Kim"));
    assert_eq!(read(&page("More replicas", &[])).id, "page-98765");
}

#[test]
fn labels_tell_where_a_page_is_in_its_life() {
    let check = |labels: &[&str], expect: RecordState| assert_eq!(read(&page("x", labels)).state, expect, "{labels:?}");
    check(&["ops", "implemented"], RecordState::Implemented);
    check(&["put-off"], RecordState::Deferred);
    check(&["rejected"], RecordState::Rejected);
}
