//! What cannot be read is a problem with a scope and a remedy; nothing behind it is missing, resolved or clean.

use serde_json::{Value as Json, json};

use super::company::{Company, ago, drift, in_state, keys, parameter_in_state, parameters, state};
use crate::emulators::{Emulator, ministack, strict_ministack};

/// A company with a cluster in sync and a parameter that was changed by hand.
pub(super) async fn drifted(emulator: &Emulator) -> Company {
    let company = Company::new(emulator).await;
    let ecs = aws_sdk_ecs::Client::new(&company.account.sdk);
    let cluster = ecs.create_cluster().cluster_name("shop").send().await.unwrap().cluster.unwrap();
    company.put("limit", "99").await;
    company.configure("");
    let declared = "resource \"aws_ecs_cluster\" \"shop\" {\n  name = \"shop\"\n}\n\n".to_owned();
    company.write("infra/main.tf", &(declared + &parameters([("limit", "10")])));
    let arn = cluster.cluster_arn.unwrap();
    let cluster = in_state("aws_ecs_cluster", "shop", &json!({"id": arn, "arn": arn, "name": "shop"}));
    company.write("infra/terraform.tfstate", &state(1, &[cluster, parameter_in_state(("limit", "10"))]));
    company.commit("Deploy", ago(48));
    company
}

const LIMIT: &str = "aws_ssm_parameter.limit";

/// The one problem of a report.
fn problem(report: &Json) -> &Json {
    let [problem] = report["coverage"]["problems"].as_array().unwrap().as_slice() else { panic!("{report:#}") };
    assert!(problem["remedy"].as_str().is_some_and(|remedy| !remedy.is_empty()), "{problem}");
    problem
}

/// Asserts that a scan that could not look left everything as `before` has it, and that the gate does not pass.
async fn assert_kept(company: &Company, before: &Json, kind: &str, scope: &str, unknown: u64) {
    let report = company.scan(2).await;
    let problem = problem(&report);
    assert_eq!(problem["kind"], kind, "{problem}");
    assert!(problem["scope"].as_str().unwrap().contains(scope), "{problem}");
    assert_eq!(report["coverage"]["resources"]["unknown"], unknown, "{report:#}");
    assert_eq!(report["drifts"].as_array().unwrap().len(), 1, "{report:#}");
    let (then, now) = (drift(before, LIMIT), drift(&report, LIMIT));
    assert_eq!((&now["stale"], &now["presence"]), (&json!(true), &json!("present")));
    for member in ["id", "first_seen", "last_seen", "changed_between", "attributes", "verdict"] {
        assert_eq!(now[member], then[member], "{member}");
    }
    assert_eq!(report["summary"]["stale"], 1);
    let resolved = company.run(&["explain", now["id"].as_str().unwrap()]).await;
    assert!(!resolved.stdout.contains("resolved"), "{resolved:?}");
    assert_eq!(company.run(&["gate"]).await.code, Some(2));
}

/// Asserts that the drift is looked at again as soon as that works, and is still the same.
async fn assert_recovers(company: &Company, before: &Json) {
    let report = company.scan(2).await;
    assert_eq!(report["coverage"]["problems"], json!([]));
    let (then, now) = (drift(before, LIMIT), drift(&report, LIMIT));
    assert_eq!((&now["id"], &now["first_seen"], &now["stale"]), (&then["id"], &then["first_seen"], &json!(false)));
}

#[tokio::test]
async fn without_credentials_nothing_is_missing() {
    let mut company = drifted(ministack().await).await;
    let before = company.scan(2).await;
    let identity = std::mem::take(&mut company.identity);
    assert_kept(&company, &before, "credentials", "eu-west-1", 2).await;
    company.identity = identity;
    assert_recovers(&company, &before).await;
}

#[tokio::test]
async fn what_was_never_read_is_neither_clean_nor_passed() {
    let mut company = drifted(ministack().await).await;
    company.identity.clear();
    let report = company.scan(1).await;
    problem(&report);
    assert_eq!((&report["drifts"], &report["coverage"]["resources"]["checked"]), (&json!([]), &json!(0)));
    let gate = company.run(&["gate", "--format", "json"]).await;
    assert_eq!((gate.code, &gate.json()["decision"]), (Some(1), &json!("error")));
}

#[tokio::test]
async fn an_endpoint_that_is_down_hides_nothing() {
    let mut company = drifted(ministack().await).await;
    let before = company.scan(2).await;
    let nobody = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let endpoint = std::mem::replace(&mut company.endpoint, format!("http://{nobody}"));
    company.configure("");
    assert_kept(&company, &before, "unreachable", "eu-west-1", 2).await;
    company.endpoint = endpoint;
    company.configure("");
    assert_recovers(&company, &before).await;
}

#[tokio::test]
async fn the_credentials_of_another_account_read_nothing() {
    let mut company = drifted(ministack().await).await;
    let before = company.scan(2).await;
    company.identity = keys("999999999999", "test");
    let message = problem(&company.scan(2).await)["message"].to_string();
    assert!(message.contains("belong to account 999999999999"), "{message}");
    assert_kept(&company, &before, "credentials", "eu-west-1", 2).await;
    company.identity = keys(&company.account.id, "test");
    assert_recovers(&company, &before).await;
}

#[tokio::test]
async fn a_service_that_refuses_is_unknown_and_the_others_are_read() {
    let mut company = drifted(strict_ministack().await).await;
    let iam = aws_sdk_iam::Client::new(&company.account.sdk);
    iam.create_user().user_name("reader").send().await.unwrap();
    let allowed = json!({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": ["ecs:*", "sts:GetCallerIdentity"], "Resource": "*"}]});
    let put = iam.put_user_policy().user_name("reader").policy_name("read").policy_document(allowed.to_string());
    put.send().await.unwrap();
    let key = iam.create_access_key().user_name("reader").send().await.unwrap().access_key.unwrap();
    let before = company.scan(2).await;
    company.identity = keys(&key.access_key_id, &key.secret_access_key);
    assert_kept(&company, &before, "access_denied", "AWS::SSM::Parameter", 1).await;
    company.identity = keys(&company.account.id, "test");
    assert_recovers(&company, &before).await;
}
