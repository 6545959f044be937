use super::*;
use crate::config::{SecretSource, SecretVariable, SignOff};

fn read(body: &Json) -> ChangeRecord {
    let source = GitHub {
        api: Api {
            url: None,
            user: None,
            token: SecretSource::Env(SecretVariable { env: "GITHUB_TOKEN".into() }),
            plain_http: false,
            timeout_seconds: 1,
            patience_seconds: 1,
        },
        repositories: vec!["shop/infra".into()],
        labels: vec!["change".into()],
        history_days: 90,
        states: [("put off".to_owned(), RecordState::Deferred)].into(),
        sign_off: SignOff::default(),
        time_zone: "UTC".into(),
    };
    let mut told = Told::default();
    let record = source.record(body, &mut told).unwrap();
    assert!(told.problems.is_empty() && told.warnings.is_empty(), "{told:?}");
    record
}

fn pull() -> Json {
    let review = |who: &str, state: &str, at: &str| json!({"user": {"login": who}, "state": state, "submitted_at": at});
    json!({
        "repository": "shop/infra",
        "issue": {
            "number": 12, "title": "OPS-1: more tasks", "state": "closed", "labels": ["change", "risk: high", "emergency"],
            "body": "```\naws ecs update-service --service api --desired-count 5\n```\n", "user": {"login": "dana"},
            "html_url": "https://github.com/shop/infra/pull/12", "created_at": "2026-03-01T10:00:00Z",
            "pull_request": {"merged_at": "2026-03-01T11:00:00Z"},
        },
        "comments": [{"user": {"login": "ci", "type": "Bot"}, "created_at": "2026-03-01T10:01:00Z", "body": "approved"}],
        "reviews": [
            review("kim", "CHANGES_REQUESTED", "2026-03-01T10:10:00Z"),
            review("kim", "APPROVED", "2026-03-01T10:20:00Z"),
            review("kim", "COMMENTED", "2026-03-01T10:21:00Z"),
            review("lee", "APPROVED", "2026-03-01T10:10:00Z"),
            review("lee", "DISMISSED", "2026-03-01T10:30:00Z"),
        ],
    })
}

#[test]
fn a_pull_request_is_a_record_that_reviews_sign() {
    let record = read(&pull());
    assert_eq!(
        (record.id.as_str(), record.kind, record.state),
        ("shop/infra#12", RecordKind::PullRequest, RecordState::Closed)
    );
    assert_eq!((record.risk, record.change_type), (Some(Risk::High), Some(ChangeType::Emergency)));
    assert_eq!(record.steps[0].commands.len(), 1);
    // The last word of each counts, and a program has none.
    let at = Some("2026-03-01T10:20:00Z".parse().unwrap());
    assert_eq!(record.approvals, [given(Some("kim".into()), at, ApprovalForm::Review)]);
    assert_eq!(record.implementer.as_deref(), Some("dana"));
}

#[test]
fn a_state_is_read_from_what_became_of_it() {
    let check = |edit: fn(&mut Json), expect: RecordState| {
        let mut body = pull();
        edit(&mut body);
        assert_eq!(read(&body).state, expect, "{body}");
    };
    check(|body| body["issue"]["pull_request"] = json!({}), RecordState::Cancelled);
    check(|body| body["issue"]["state"] = json!("open"), RecordState::Approved);
    check(
        |body| {
            body["issue"]["state"] = json!("open");
            body["reviews"] = json!([]);
        },
        RecordState::Review,
    );
    check(
        |body| {
            body["issue"]["state"] = json!("open");
            body["issue"]["draft"] = json!(true);
        },
        RecordState::Draft,
    );
    check(|body| body["issue"]["labels"] = json!(["change", "Put off"]), RecordState::Deferred);
    check(
        |body| {
            body["issue"].as_object_mut().unwrap().remove("pull_request");
            body["issue"]["state_reason"] = json!("not_planned");
        },
        RecordState::Cancelled,
    );
}
