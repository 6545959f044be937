//! The expression and function tables: what Terraform's own console answers.

use super::Case;

/// Checks every line of a table.
fn check(table: &str) {
    let mut wrong = Vec::new();
    for line in table.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
        let (expression, expect) = line.rsplit_once(" ==> ").unwrap();
        let (value, problems) = Case::default().file("main.tf", "").expression(expression);
        let holds = match expect {
            "!" => value.is_unknown() && !problems.is_empty(),
            "?" => value.is_unknown() && problems.is_empty(),
            json => {
                let json: serde_json::Value = serde_json::from_str(json).unwrap();
                problems.is_empty() && value == crate::model::Value::from_json(&json)
            }
        };
        if !holds {
            wrong.push(format!("{expression}\n  expected {expect}\n  got      {value:?} {problems:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn expressions_give_what_terraform_gives() {
    check(include_str!("../../../../tests/fixtures/terraform/expressions.txt"));
}

#[test]
fn functions_give_what_terraform_gives() {
    check(include_str!("../../../../tests/fixtures/terraform/functions.txt"));
}
