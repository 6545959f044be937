use super::*;
use crate::config::{SecretSource, SecretVariable};

fn servicenow() -> ServiceNow {
    ServiceNow {
        api: Api {
            url: Some("https://example.service-now.com".into()),
            user: Some("reader".into()),
            token: SecretSource::Env(SecretVariable { env: "SNOW".into() }),
            plain_http: false,
            timeout_seconds: 1,
            patience_seconds: 1,
        },
        query: String::new(),
        history_days: 90,
        fields: [(RecordField::Environment, "u_environment".to_owned())].into(),
        states: [].into(),
        time_zone: "UTC".into(),
    }
}

fn field(shown: &str, value: &str) -> Json {
    json!({"display_value": shown, "value": value})
}

/// A change as the store has it; the user's clock is seven hours behind UTC.
fn change() -> Json {
    let text = |text: &str| field(text, text);
    json!({
        "change": {
            "sys_id": text("ab12"), "number": text("CHG0030001"), "short_description": text("More memory"),
            "description": text("The service ran out of memory.\r\nSee the incident."),
            "implementation_plan": text("1. aws lambda update-function-configuration --function-name api --memory-size 1024\r\n"),
            "backout_plan": text("aws lambda update-function-configuration --function-name api --memory-size 512"),
            "state": field("Implement", "-1"), "approval": field("Approved", "approved"), "type": field("Emergency", "emergency"),
            "risk": field("3 - Moderate", "3"), "close_code": text(""), "requested_by": field("Dana Doe", "u1"),
            "assigned_to": field("Dana Doe", "u1"), "cmdb_ci": field("api", "c1"), "parent": field("INC0010023", "i1"),
            "work_start": field("2026-03-01 03:00:00", "2026-03-01 10:00:00"), "on_hold": field("false", "false"),
            "sys_created_on": field("2026-03-01 02:00:00", "2026-03-01 09:00:00"), "u_environment": text("production"),
        },
        "approvals": [
            {"approver": field("Kim Roe", "u2"), "state": field("Approved", "approved"), "sys_updated_on": field("x", "2026-03-01 09:30:00")},
            {"approver": field("Lee Poe", "u3"), "state": field("Requested", "requested"), "sys_updated_on": field("x", "2026-03-01 09:31:00")},
            {"approver": field("Ann Moe", "u4"), "state": field("No Longer Required", "not_required")},
        ],
        "tasks": [{"description": text("ran aws lambda update-alias --function-name api --name live --function-version 7")}],
    })
}

fn read(body: &Json) -> ChangeRecord {
    let mut told = Told::default();
    let record = servicenow().record(body, &mut told).unwrap();
    assert!(told.problems.is_empty() && told.warnings.is_empty(), "{told:?}");
    record
}

#[test]
fn a_change_request_is_a_record() {
    let record = read(&change());
    assert_eq!((record.id.as_str(), record.state), ("CHG0030001", RecordState::Implementing));
    assert_eq!((record.change_type, record.risk), (Some(ChangeType::Emergency), Some(Risk::Medium)));
    // Values are in UTC, whatever clock the user has.
    assert_eq!(record.actual.unwrap().start, Some("2026-03-01T10:00:00Z".parse().unwrap()));
    assert_eq!(record.recorded_at, Some("2026-03-01T09:00:00Z".parse().unwrap()));
    assert_eq!((record.incident.as_deref(), record.environment.as_deref()), (Some("INC0010023"), Some("production")));
    assert_eq!(record.selectors, ["api"]);
    assert!(record.steps[0].commands[0].text.ends_with("--memory-size 1024"), "{:?}", record.steps);
    assert!(record.rollback[0].commands[0].text.ends_with("--memory-size 512"), "{:?}", record.rollback);
    let approvals: Vec<_> = record.approvals.iter().map(|one| (one.who.as_deref().unwrap(), one.given)).collect();
    assert_eq!(approvals, [("Kim Roe", true), ("Lee Poe", false)]);
}

#[test]
fn a_state_is_read_by_its_name_and_what_was_decided() {
    let check = |name: &str, approval: &str, on_hold: &str, expect: RecordState| {
        let mut body = change();
        body["change"]["state"] = field(name, "17");
        body["change"]["approval"] = field(approval, approval);
        body["change"]["on_hold"] = field(on_hold, on_hold);
        assert_eq!(read(&body).state, expect, "{name} {approval} {on_hold}");
    };
    check("New", "not requested", "false", RecordState::Draft);
    check("Authorize", "requested", "false", RecordState::Review);
    check("Review", "approved", "false", RecordState::Implemented);
    check("Closed", "rejected", "false", RecordState::Rejected);
    check("Canceled", "approved", "false", RecordState::Cancelled);
    check("Scheduled", "approved", "true", RecordState::Deferred);
    check("Implement", "approved", "true", RecordState::Implementing);
    check("Warten auf Godot", "approved", "false", RecordState::Approved);
}

#[test]
fn an_outcome_is_read_from_the_close_code() {
    let check = |code: &str, expect: Outcome| {
        let mut body = change();
        body["change"]["close_code"] = field(code, "x");
        assert_eq!(read(&body).outcome, expect, "{code}");
    };
    check("Successful", Outcome::Success);
    check("Successful with issues", Outcome::SuccessWithIssues);
    check("Unsuccessful", Outcome::Failed);
}

#[test]
fn plain_texts_are_values_as_well() {
    let mut body = change();
    body["change"]["number"] = json!("CHG0030002");
    body["change"]["state"] = json!("Closed");
    assert_eq!((read(&body).id.as_str(), read(&body).state), ("CHG0030002", RecordState::Closed));
}
