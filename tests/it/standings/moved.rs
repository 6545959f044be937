//! A resource that the code moved: what was known of it goes with it.

use serde_json::json;

use super::company::{Company, ago, drift, parameter_in_state, parameters, state};
use crate::emulators::ministack;

const MOVED: &str = "moved {\n  from = aws_ssm_parameter.limit\n  to   = aws_ssm_parameter.ceiling\n}\n";

/// The parameter `/shop/limit` under another address.
fn renamed(value: &str) -> String {
    parameters([("limit", value)]).replace("\"limit\"", "\"ceiling\"")
}

#[tokio::test]
async fn a_drift_keeps_its_id_where_the_code_moves_its_resource_and_the_state_follows_later() {
    let company = Company::new(ministack().await).await;
    company.put("limit", "10").await;
    company.configure("");
    company.write("infra/main.tf", &parameters([("limit", "10")]));
    company.write("infra/terraform.tfstate", &state(1, &[parameter_in_state(("limit", "10"))]));
    company.commit("Deploy", ago(96));
    assert_eq!(company.scan(0).await["drifts"], json!([]));

    company.put("limit", "99").await;
    let first = company.scan(2).await;
    let before = drift(&first, "aws_ssm_parameter.limit").clone();

    // The code moves, and nobody has deployed that yet.
    company.write("infra/main.tf", &format!("{}{MOVED}", renamed("10")));
    company.commit("Give it a better name", ago(1));
    let report = company.scan(2).await;
    let moved = drift(&report, "aws_ssm_parameter.ceiling");
    assert_eq!(report["drifts"].as_array().unwrap().len(), 1, "{report:#}");
    assert_eq!((&moved["id"], &moved["first_seen"]), (&before["id"], &before["first_seen"]));
    assert_eq!(moved["attributes"], before["attributes"]);

    // Deployed, and the block is gone: the drift is still the same one.
    let mut deployed = parameter_in_state(("limit", "10"));
    deployed["name"] = json!("ceiling");
    company.write("infra/terraform.tfstate", &state(2, &[deployed]));
    company.write("infra/main.tf", &renamed("10"));
    company.commit("Forget the old name", ago(0));
    let report = company.scan(2).await;
    assert_eq!(drift(&report, "aws_ssm_parameter.ceiling")["id"], before["id"]);

    company.put("limit", "10").await;
    assert_eq!(company.scan(0).await["drifts"], json!([]));
}
