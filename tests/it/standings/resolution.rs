//! How drifts go away, and what passes the gate.

use serde_json::json;

use super::company::{Company, ago, drift, metric, parameter_in_state, parameters, state};
use super::incident::{create_stack, settled};
use crate::emulators::{REGION, ministack};

fn template(requests: u32) -> String {
    format!(
        "Resources:\n  Rate:\n    Type: AWS::SSM::Parameter\n    \
         Properties: {{ Name: /shop/rate, Type: String, Value: \"{requests}\" }}\n"
    )
}

/// Two parameters of Terraform and one of CloudFormation, deployed.
async fn deployed() -> Company {
    let company = Company::new(ministack().await).await;
    let values = [("reverted", "10"), ("codified", "10")];
    for (name, value) in values {
        company.put(name, value).await;
    }
    create_stack(&company, "api", &template(100)).await;
    company.configure(&format!(
        "  - name: api\n    environment: production\n    \
         declared: {{ kind: cloudformation, path: api.yaml }}\n    \
         applied: {{ kind: stack, stack: api }}\n    \
         live: {{ kind: aws, region: {REGION}, endpoint_url: \"{}\" }}\n",
        company.endpoint
    ));
    company.write("infra/main.tf", &parameters(values));
    company.write("infra/terraform.tfstate", &state(1, &values.map(parameter_in_state)));
    company.write("api.yaml", &template(100));
    company.commit("Deploy", ago(96));
    company
}

fn assert_resolved(metrics: &str, detected: f64, codified: f64, reverted: f64, overwritten: f64) {
    for (how, count) in [("codified", codified), ("reverted", reverted), ("overwritten", overwritten)] {
        let line = format!("driftledger_drift_resolved_total{{how=\"{how}\"}}");
        assert!(metric(metrics, &line) == count, "{line} is not {count} in\n{metrics}");
    }
    assert!(metric(metrics, "driftledger_drift_detected_total") == detected, "{metrics}");
    let overwrites = "driftledger_manual_change_overwrites_total{environment=\"production\"}";
    assert!(metric(metrics, overwrites) == overwritten, "{metrics}");
}

#[tokio::test]
async fn a_drift_that_goes_away_is_counted_once_by_how_it_went() {
    let company = deployed().await;
    assert_eq!(company.scan(0).await["drifts"], json!([]));

    company.put("reverted", "99").await;
    company.put("codified", "99").await;
    company.put("rate", "150").await;
    let drifted = company.scan(2).await;
    assert_eq!(drifted["summary"]["unexplained"], 3, "{drifted:#}");
    assert_resolved(&company.metrics().await, 3.0, 0.0, 0.0, 0.0);

    company.put("reverted", "10").await;
    company.write("infra/main.tf", &parameters([("reverted", "10"), ("codified", "99")]));
    company.write("api.yaml", &template(200));
    company.commit("Keep one value, set another", ago(0));
    let cloudformation = aws_sdk_cloudformation::Client::new(&company.account.sdk);
    cloudformation.update_stack().stack_name("api").template_body(template(200)).send().await.unwrap();
    settled(&company, "api", "UPDATE_COMPLETE").await;
    let settled = company.scan(0).await;
    let left = drift(&settled, "aws_ssm_parameter.codified");
    assert_eq!((&left["attributes"][0]["standing"], &left["verdict"]), (&json!("codified"), &json!(null)));
    assert_eq!(settled["drifts"].as_array().unwrap().len(), 1, "{settled:#}");
    assert_resolved(&company.metrics().await, 3.0, 1.0, 1.0, 1.0);

    let applied = [("reverted", "10"), ("codified", "99")].map(parameter_in_state);
    company.write("infra/terraform.tfstate", &state(2, &applied));
    assert_eq!(company.scan(0).await["drifts"], json!([]));
    assert_resolved(&company.metrics().await, 3.0, 1.0, 1.0, 1.0);
}

#[tokio::test]
async fn a_change_that_is_deployed_in_one_go_with_its_declaration_is_codified() {
    let company = deployed().await;
    company.put("codified", "99").await;
    company.scan(2).await;
    let values = [("reverted", "10"), ("codified", "99")];
    company.write("infra/main.tf", &parameters(values));
    company.write("infra/terraform.tfstate", &state(2, &values.map(parameter_in_state)));
    company.commit("Keep it", ago(0));
    assert_eq!(company.scan(0).await["drifts"], json!([]));
    assert_resolved(&company.metrics().await, 1.0, 1.0, 0.0, 0.0);
}

#[tokio::test]
async fn a_pending_change_passes_the_gate_and_a_refresh_does_not_open_it() {
    let company = deployed().await;
    company.write("infra/main.tf", &parameters([("reverted", "20"), ("codified", "10")]));
    company.commit("Move on", ago(24));
    let pending = company.run(&["gate", "--stack", "shop", "--format", "json"]).await;
    assert_eq!(pending.code, Some(0), "{pending:?}");
    assert_eq!(pending.json()["decision"], "pass");

    // Somebody changes the other one, and a refresh writes that into the state before driftledger looks again.
    company.put("codified", "99").await;
    let refreshed = [("reverted", "10"), ("codified", "99")].map(parameter_in_state);
    company.write("infra/terraform.tfstate", &state(2, &refreshed));
    let blocked = company.run(&["gate", "--stack", "shop", "--format", "json"]).await;
    assert_eq!(blocked.code, Some(2), "{blocked:?}");
    let finding = &blocked.json()["findings"][0];
    assert_eq!((&finding["effect"], &finding["attribute"]["standing"]), (&json!("block"), &json!("drifted")));
    assert_eq!(finding["attribute"]["note"], "absorbed into state");
}

#[tokio::test]
async fn the_patch_that_codifies_a_drift_is_printed_and_closes_it() {
    let company = deployed().await;
    assert_eq!(company.scan(0).await["drifts"], json!([]));
    company.put("codified", "99").await;
    let drifted = company.scan(2).await;
    let id = drift(&drifted, "aws_ssm_parameter.codified")["id"].as_str().unwrap();
    let printed = company.run(&["codify", id]).await;
    assert_eq!(printed.code, Some(0), "{printed:?}");
    company.write("codify.patch", &printed.stdout);
    let mut apply = std::process::Command::new("git");
    let applied = apply.args(["apply", "codify.patch"]).current_dir(company.folder()).status().unwrap();
    assert!(applied.success(), "{}", printed.stdout);
    company.commit("Keep the value", ago(0));
    let settled = company.scan(0).await;
    let left = drift(&settled, "aws_ssm_parameter.codified");
    assert_eq!(left["attributes"][0]["standing"], "codified", "{settled:#}");
    let again = company.run(&["codify", id]).await;
    assert_eq!((again.code, again.stdout.as_str()), (Some(0), ""), "{again:?}");
}
