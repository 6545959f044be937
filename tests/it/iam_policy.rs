//! The shipped IAM policy grants reads and nothing else.

use std::collections::BTreeSet;

use serde_json::Value;

const POLICY: &str = include_str!("../../config/iam-policy.json");

/// Reads that hand out secrets or data. Secure parameters need `kms:Decrypt` besides, which is no read by its name.
const TOO_MUCH: [&str; 3] = ["secretsmanager:GetSecretValue", "s3:GetObject", "dynamodb:GetItem"];

fn statements() -> Vec<Value> {
    let policy: Value = serde_json::from_str(POLICY).unwrap();
    assert_eq!(policy["Version"], "2012-10-17");
    policy["Statement"].as_array().unwrap().clone()
}

fn actions(statement: &Value) -> Vec<String> {
    match &statement["Action"] {
        Value::String(one) => vec![one.clone()],
        many => many.as_array().unwrap().iter().map(|action| action.as_str().unwrap().to_owned()).collect(),
    }
}

#[test]
fn every_action_is_a_read_and_is_named_in_full() {
    for action in statements().iter().flat_map(actions) {
        let (service, operation) = action.split_once(':').unwrap();
        assert!(!service.contains('*') && !operation.contains('*'), "{action} is a pattern");
        assert!(
            ["Get", "List", "Describe", "FilterLogEvents", "LookupEvents"]
                .iter()
                .any(|verb| operation.starts_with(verb)),
            "{action} is no read"
        );
        assert!(!TOO_MUCH.contains(&action.as_str()), "{action} reads more than is needed");
    }
}

#[test]
fn statements_only_allow_and_are_named_and_sorted() {
    let mut names = BTreeSet::new();
    for statement in statements() {
        assert_eq!(statement["Effect"], "Allow");
        assert!(statement.get("NotAction").is_none() && statement.get("NotResource").is_none());
        assert!(names.insert(statement["Sid"].as_str().unwrap().to_owned()), "a Sid twice");
        assert!(actions(&statement).is_sorted(), "{} is not sorted", statement["Sid"]);
    }
}
