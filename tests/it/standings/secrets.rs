//! What a secret leaves behind: a fingerprint, everywhere.

use aws_sdk_ssm::types::ParameterType;
use serde_json::json;

use super::company::{Company, ago, drift, get, in_state, state};
use crate::emulators::ministack;

const DECLARED: &str = "declared-7f3a51";
const LIVE: &str = "live-9c1e02";

/// A plain parameter, so that it is read, whose value comes from a sensitive variable.
async fn changed_secret() -> Company {
    let company = Company::new(ministack().await).await;
    let ssm = aws_sdk_ssm::Client::new(&company.account.sdk);
    let put = ssm.put_parameter().name("/shop/token").r#type(ParameterType::String).value(LIVE);
    put.send().await.unwrap();
    company.configure("");
    company.write(
        "infra/main.tf",
        &format!(
            "variable \"token\" {{\n  sensitive = true\n  default   = \"{DECLARED}\"\n}}\n\n\
             resource \"aws_ssm_parameter\" \"token\" {{\n  name  = \"/shop/token\"\n  type  = \"String\"\n  \
             value = var.token\n}}\n"
        ),
    );
    let token = json!({"id": "/shop/token", "name": "/shop/token", "type": "String", "value": DECLARED,
        "insecure_value": null, "tier": "Standard", "data_type": "text", "tags": null, "tags_all": {}});
    let mut token = in_state("aws_ssm_parameter", "token", &token);
    token["instances"][0]["sensitive_attributes"] = json!([[{"type": "get_attr", "value": "value"}]]);
    company.write("infra/terraform.tfstate", &state(1, &[token]));
    company.commit("Deploy", ago(48));
    company
}

fn assert_hidden(what: &str, text: &[u8]) {
    for secret in [DECLARED, LIVE] {
        assert!(!text.windows(secret.len()).any(|part| part == secret.as_bytes()), "{secret} is in {what}");
    }
}

#[tokio::test]
async fn a_secret_that_was_changed_is_drift_and_is_shown_nowhere() {
    let company = changed_secret().await;
    let report = company.scan(2).await;
    let found = drift(&report, "aws_ssm_parameter.token");
    let attribute = &found["attributes"][0];
    assert_eq!((&attribute["path"], &attribute["standing"]), (&json!("Value"), &json!("drifted")), "{report:#}");
    assert_eq!(attribute["sensitive"], true);
    let values = ["declared", "live"].map(|member| attribute[member].as_str().unwrap());
    assert!(values.iter().all(|value| value.starts_with("sensitive:")) && values[0] != values[1], "{values:?}");
    for format in ["table", "json", "sarif", "junit", "markdown", "github", "gitlab"] {
        let told = company.run(&["scan", "--format", format]).await;
        assert!(told.code == Some(2) && told.stdout.contains("parameter.token"), "{told:?}");
        assert_hidden(format, format!("{told:?}").as_bytes());
    }
    let id = found["id"].as_str().unwrap();
    for arguments in [&["gate"][..], &["explain", id], &["declared"]] {
        assert_hidden(arguments[0], format!("{:?}", company.run(arguments).await).as_bytes());
    }
    let mut daemon = company.start(&["serve"]);
    daemon.logged("scanned").await;
    for page in ["/", "/metrics", "/api/v1/report"] {
        assert_hidden(page, get(&daemon.address().await, page).await.1.as_bytes());
    }
    for file in ["driftledger.db", "driftledger.db-wal"] {
        assert_hidden(file, &std::fs::read(company.folder().join(file)).unwrap());
    }
    assert_hidden("the log", &std::fs::read(company.folder().join(".git/driftledger.log")).unwrap());
}
