//! Rollbacks, counted from records and from ECS.

use jiff::SignedDuration;
use serde_json::json;

use super::company::{Company, ago, in_state, metric, parameter_in_state, parameters, state};
use crate::emulators::ministack;
use crate::fake_aws::{self, ACCOUNT, FakeAws};

#[tokio::test]
async fn a_record_whose_change_was_rolled_back_is_one_rollback() {
    let company = Company::new(ministack().await).await;
    company.put("page-size", "24").await;
    company.configure("");
    company.write("infra/main.tf", &parameters([("page-size", "24")]));
    company.write("infra/terraform.tfstate", &state(1, &[parameter_in_state(("page-size", "24"))]));
    let start = ago(30);
    let end = start + SignedDuration::from_hours(1);
    company.write(
        "changes/CR-1.yaml",
        &format!(
            "id: CR-1\nsummary: Larger pages\nenvironment: production\nactual: {{ start: {start}, end: {end} }}\n\
             outcome: rolled back\n"
        ),
    );
    company.commit("Deploy", ago(28));
    let metrics = company.metrics().await;
    let rollbacks = "driftledger_rollbacks_total{environment=\"production\",mechanism=\"record\",trigger=\"manual\"}";
    assert!(metric(&metrics, rollbacks) == 1.0, "{metrics}");
    assert!(metric(&metrics, "driftledger_rollback_duration_seconds_sum") == 3600.0, "{metrics}");
    assert!(
        metric(&metrics, "driftledger_rollback_ratio{environment=\"production\",window=\"7d\"}") == 1.0,
        "{metrics}"
    );
    assert!(metric(&company.metrics().await, rollbacks) == 1.0, "counted once");
}

/// What `DescribeServices` says of a service whose second deployment failed and was taken back: no emulator can fail.
fn failed_rollout() -> serde_json::Value {
    let arn = |rest: &str| format!("arn:aws:ecs:eu-west-1:{ACCOUNT}:{rest}");
    let began = ago(2).as_second();
    let deployment = |id: &str, status: &str, state: &str, reason: &str| {
        json!({"id": id, "status": status, "taskDefinition": arn("task-definition/orders:1"), "desiredCount": 2,
            "runningCount": 2, "pendingCount": 0, "createdAt": began, "updatedAt": began + 300,
            "rolloutState": state, "rolloutStateReason": reason})
    };
    let back = "ECS deployment circuit breaker: rolling back to deploymentId ecs-svc/1.";
    json!({"failures": [], "services": [{
    "serviceArn": arn("service/shop/orders"), "serviceName": "orders", "clusterArn": arn("cluster/shop"),
    "status": "ACTIVE", "desiredCount": 2, "runningCount": 2, "pendingCount": 0,
    "taskDefinition": arn("task-definition/orders:1"), "deployments": [
        deployment("ecs-svc/3", "PRIMARY", "COMPLETED", back),
        deployment("ecs-svc/2", "INACTIVE", "FAILED", "ECS deployment circuit breaker: tasks failed to start."),
    ]}]})
}

#[tokio::test]
async fn a_rollout_that_failed_in_ecs_is_one_rollback() {
    let fake = FakeAws::start(|request| match request.operation.as_str() {
        "DescribeServices" => fake_aws::json(200, &failed_rollout()),
        _ => fake_aws::error(request, 400, "AccessDeniedException"),
    })
    .await;
    let mut company = Company::new(ministack().await).await;
    company.endpoint = fake.url.clone();
    company.account.id = ACCOUNT.to_owned();
    company.configure("");
    company.write(
        "infra/main.tf",
        "resource \"aws_ecs_service\" \"orders\" {\n  name          = \"orders\"\n  cluster       = \"shop\"\n  \
         desired_count = 2\n}\n",
    );
    let id = format!("arn:aws:ecs:eu-west-1:{ACCOUNT}:service/shop/orders");
    let service = in_state("aws_ecs_service", "orders", &json!({"id": id, "name": "orders", "cluster": "shop"}));
    company.write("infra/terraform.tfstate", &state(1, &[service]));
    company.commit("Deploy", ago(3));
    for _ in 0..2 {
        let metrics = company.metrics().await;
        let labels = "{environment=\"production\",mechanism=\"ecs\",trigger=\"circuit_breaker\"}";
        assert!(metric(&metrics, &format!("driftledger_rollbacks_total{labels}")) == 1.0, "{metrics}");
        for (kind, outcome) in [("forward", "failed"), ("rollback", "succeeded")] {
            let labels =
                format!("{{environment=\"production\",kind=\"{kind}\",mechanism=\"ecs\",outcome=\"{outcome}\"}}");
            assert!(metric(&metrics, &format!("driftledger_deployments_total{labels}")) == 1.0, "{metrics}");
        }
    }
}
