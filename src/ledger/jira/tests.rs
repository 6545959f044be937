use super::*;
use crate::config::{SecretFile, SecretSource, SignOff, SignOffBy};
use crate::ledger::source::compose::cut;

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn jira(edition: JiraEdition) -> Jira {
    Jira {
        api: Api {
            url: Some("https://jira.example.com/".into()),
            user: None,
            token: SecretSource::File(SecretFile { file: "token".into() }),
            plain_http: false,
            timeout_seconds: 1,
            patience_seconds: 1,
        },
        edition,
        jql: "project = OPS".into(),
        history_days: 90,
        fields: [].into(),
        states: [("Ready for CAB".to_owned(), RecordState::Review)].into(),
        sign_off: SignOff::default(),
        time_zone: "UTC".into(),
    }
}

fn read(jira: &Jira, body: &Json) -> ChangeRecord {
    let mut told = Told::default();
    let record = jira.record(body, &mut told);
    assert!(told.problems.is_empty(), "{told:?}");
    record.unwrap()
}

/// An issue as the store has it, in a status of a category.
fn issue(status: &str, category: &str) -> Json {
    json!({
        "key": "OPS-12",
        "fields": {
            "summary": "More tasks for the API",
            "description": {"type": "doc", "version": 1, "content": [
                {"type": "paragraph", "content": [{"type": "text", "text": "It could not keep up."}]},
                {"type": "codeBlock", "content": [
                    {"type": "text", "text": "aws ecs update-service --cluster shop --service api --desired-count 5"}]},
                {"type": "heading", "attrs": {"level": 2}, "content": [{"type": "text", "text": "Rollback"}]},
                {"type": "codeBlock", "content": [
                    {"type": "text", "text": "aws ecs update-service --cluster shop --service api --desired-count 2"}]},
            ]},
            "issuetype": {"name": "Emergency change"},
            "status": {"name": status, "statusCategory": {"key": category}},
            "created": "2026-03-01T19:00:00.000+0900",
            "updated": "2026-03-01T20:00:00.000+0900",
            "reporter": {"displayName": "Dana", "accountId": "5b1", "accountType": "atlassian"},
            "assignee": {"displayName": "Dana", "accountId": "5b1", "accountType": "atlassian"},
            "components": [{"name": "api"}],
            "issuelinks": [{"outwardIssue": {"key": "INC-4", "fields": {"issuetype": {"name": "Incident"}}}}],
        },
        "values": {
            "risk": {"value": "High"},
            "planned_start": "2026-03-01T18:00:00.000+0900",
        },
        "comments": [
            {"author": {"displayName": "Dana", "accountId": "5b1"}, "created": "2026-03-01T19:05:00.000+0900",
             "body": {"type": "doc", "content": [{"type": "paragraph", "content": [{"type": "text", "text": "done"}]}]}},
            {"author": {"displayName": "Kim", "accountId": "77c"}, "created": "2026-03-01T19:30:00.000+0900",
             "body": {"type": "doc", "content": [{"type": "paragraph", "content": [{"type": "text", "text": "Approved."}]}]}},
        ],
        "moves": [
            {"created": "2026-03-01T19:40:00.000+0900", "author": {"displayName": "Dana"}, "to": "Done"},
            {"created": "2026-03-01T19:10:00.000+0900", "author": {"displayName": "Dana"}, "to": "In Progress"},
        ],
    })
}

#[test]
fn an_issue_is_a_record() {
    let record = read(&jira(JiraEdition::Cloud), &issue("Done", "done"));
    assert_eq!((record.id.as_str(), record.summary.as_str()), ("OPS-12", "More tasks for the API"));
    assert_eq!(record.url.as_deref(), Some("https://jira.example.com/browse/OPS-12"));
    assert_eq!((record.state, record.outcome), (RecordState::Closed, Outcome::Unknown));
    assert_eq!(record.change_type, Some(ChangeType::Emergency));
    assert_eq!(record.recorded_at, Some(at("2026-03-01T10:00:00Z")));
    assert_eq!(record.implementer.as_deref(), Some("Dana"));
    assert_eq!((record.incident.as_deref(), record.links.as_slice()), (Some("INC-4"), ["INC-4".to_owned()].as_slice()));
    assert_eq!(record.selectors, ["api"]);
    let commands = |steps: &[crate::model::RecordStep]| -> Vec<String> {
        steps.iter().flat_map(|step| &step.commands).map(|command| command.text.clone()).collect()
    };
    assert!(commands(&record.steps)[0].ends_with("--desired-count 5"), "{:?}", record.steps);
    assert!(commands(&record.rollback)[0].ends_with("--desired-count 2"), "{:?}", record.rollback);
    assert_eq!(record.approvals, [given(Some("Kim".into()), Some(at("2026-03-01T10:30:00Z")), ApprovalForm::Comment)]);
    // It was planned, so its moves tell when it was carried out.
    let window = Window { start: Some(at("2026-03-01T10:10:00Z")), end: Some(at("2026-03-01T10:40:00Z")) };
    assert_eq!(record.actual, Some(window));
}

#[test]
fn a_status_means_what_is_configured_what_jira_ships_or_what_its_category_says() {
    let check = |status: &str, category: &str, expect: RecordState| {
        assert_eq!(read(&jira(JiraEdition::Cloud), &issue(status, category)).state, expect, "{status}");
    };
    check("ready for cab", "indeterminate", RecordState::Review);
    check("Awaiting implementation", "indeterminate", RecordState::Scheduled);
    check("Declined", "done", RecordState::Rejected);
    check("Backlog", "new", RecordState::Draft);
    check("Being looked at", "indeterminate", RecordState::Implementing);
    check("Fini", "done", RecordState::Closed);
    // Nobody moves an issue that was agreed to in a comment.
    check("To Do", "new", RecordState::Approved);
    let mut silent = issue("To Do", "new");
    silent["comments"] = json!([]);
    assert_eq!(read(&jira(JiraEdition::Cloud), &silent).state, RecordState::Review);
}

#[test]
fn an_issue_that_ended_without_the_change_explains_nothing() {
    let check = |resolution: &str, expect: RecordState| {
        let mut body = issue("Done", "done");
        body["fields"]["resolution"] = json!({"name": resolution});
        assert_eq!(read(&jira(JiraEdition::Cloud), &body).state, expect, "{resolution}");
    };
    check("Done", RecordState::Closed);
    check("Won't Do", RecordState::Cancelled);
    check("Duplicate", RecordState::Cancelled);
    check("Declined", RecordState::Rejected);
}

#[test]
fn an_issue_that_was_written_afterwards_does_not_tell_when_the_change_was_made() {
    let mut body = issue("Done", "done");
    body["values"] = json!({});
    assert_eq!(read(&jira(JiraEdition::Cloud), &body).actual, None);
}

#[test]
fn agreement_is_read_from_moves_and_from_approvals() {
    let mut body = issue("Awaiting implementation", "indeterminate");
    body["comments"] = json!([]);
    body["moves"] =
        json!([{"created": "2026-03-01T19:10:00.000+0900", "author": {"displayName": "Lee"}, "to": "Approved"}]);
    body["values"]["approvals"] = json!([{"name": "CAB", "finalDecision": "pending",
        "completedDate": {"iso8601": "2026-03-01T19:20:00+0900"},
        "approvers": [{"approver": {"displayName": "Kim"}, "approverDecision": "approved"},
                      {"approver": {"displayName": "Ana"}, "approverDecision": "pending"}]}]);
    let told: Vec<_> = read(&jira(JiraEdition::Cloud), &body)
        .approvals
        .into_iter()
        .map(|approval| (approval.who.unwrap(), approval.role, approval.given))
        .collect();
    let cab = Some("CAB".to_owned());
    assert_eq!(
        told,
        [("Kim".to_owned(), cab.clone(), true), ("Ana".to_owned(), cab, false), ("Lee".to_owned(), None, true)]
    );
    // A list of people says who was asked.
    body["values"]["approvals"] = json!([{"displayName": "Kim"}]);
    assert!(!read(&jira(JiraEdition::Cloud), &body).approvals[0].given);
}

#[test]
fn anybodys_comment_signs_where_that_is_the_rule() {
    let mut any = jira(JiraEdition::Cloud);
    any.sign_off.by = SignOffBy::AnyComment;
    let mut body = issue("To Do", "new");
    body["comments"][1]["body"] = json!("go on then");
    assert_eq!(read(&any, &body).approvals.len(), 1);
    assert!(read(&jira(JiraEdition::Cloud), &body).approvals.is_empty());
    body["comments"][1]["author"]["accountType"] = json!("app");
    assert!(read(&any, &body).approvals.is_empty());
}

#[test]
fn data_center_writes_in_wiki_markup() {
    let mut body = issue("In Progress", "indeterminate");
    body["fields"]["description"] = json!("h2. Steps\n{code:bash}\nkubectl scale deploy/web --replicas=3\n{code}");
    body["fields"]["reporter"] =
        cut(&json!({"name": "dana", "emailAddress": "dana@example.com"}), &["name", "emailAddress"]);
    let record = read(&jira(JiraEdition::DataCenter), &body);
    assert_eq!(record.steps[0].commands[0].text, "kubectl scale deploy/web --replicas=3");
    assert_eq!(record.requester.as_deref(), Some("dana@example.com"));
}

#[test]
fn an_answer_of_any_shape_does_not_make_it_panic() {
    for body in [json!(null), json!({"key": 5}), json!({"key": "A-1"}), json!({"key": "A-1", "fields": []})] {
        drop(jira(JiraEdition::Cloud).record(&body, &mut Told::default()));
    }
}
