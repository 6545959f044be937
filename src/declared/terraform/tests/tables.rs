//! What Terraform's own answers cannot be asked for.

use super::Case;

#[test]
fn what_terraform_has_no_answer_to_gives_what_is_documented() {
    let table = include_str!("../../../../tests/fixtures/terraform/own.txt");
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
