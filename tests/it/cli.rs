//! The command line as a new user meets it: what each command prints and how it exits, without any server.
//!
//! `tests/cmd/*.trycmd` hold sessions; a folder `x.in` beside `x.trycmd` is what they run in, a folder `x.out` what must
//! lie there afterwards. After a wanted change: `TRYCMD=overwrite cargo test cli`, and read the difference.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Command, Output, Stdio};

use serde_json::{Value, json};

const BINARY: &str = env!("CARGO_BIN_EXE_driftledger");

fn driftledger(arguments: &[&str]) -> Command {
    let mut command = Command::new(BINARY);
    command.args(arguments).current_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cmd"));
    for variable in ["DRIFTLEDGER_CONFIG", "DRIFTLEDGER_LOG", "NO_COLOR"] {
        command.env_remove(variable);
    }
    command
}

fn run(arguments: &[&str]) -> Output {
    driftledger(arguments).output().unwrap()
}

#[test]
fn sessions_print_what_they_should() {
    let cases = trycmd::TestCases::new();
    cases.register_bin("driftledger", Path::new(BINARY));
    // Wide enough that help is not wrapped as the terminal of the moment is.
    cases.env("COLUMNS", "100").env("RUST_BACKTRACE", "0").case("tests/cmd/*.trycmd");
}

#[test]
fn results_go_to_standard_output_and_problems_to_standard_error() {
    let arguments = ["declared", "declared.in/broken-infra"];
    let loud = run(&arguments);
    assert_eq!(loud.status.code(), Some(0));
    let document: Value = serde_json::from_slice(&loud.stdout).unwrap();
    assert_eq!(document["schema"], "driftledger/declared/v1");
    assert_eq!(document["resources"].as_array().unwrap().len(), 1);
    assert_eq!(document["problems"].as_array().unwrap().len(), 1);
    assert!(String::from_utf8(loud.stderr).unwrap().contains("broken.tf:2:10"));

    let quiet = run(&["--quiet", arguments[0], arguments[1]]);
    assert_eq!((quiet.stdout, quiet.stderr.as_slice()), (loud.stdout, b"".as_slice()));
}

#[test]
fn quiet_does_not_hide_why_a_command_failed() {
    let failed = run(&["--quiet", "eval", "--dir", "nope", "1"]);
    assert_eq!(failed.status.code(), Some(1));
    assert!(String::from_utf8(failed.stderr).unwrap().contains("cannot read nope"));
}

#[test]
fn what_is_declared_is_told_in_the_shape_of_the_contract() {
    let answer = run(&["declared", "declared.in/infra"]);
    let document: Value = serde_json::from_slice(&answer.stdout).unwrap();
    let keys: Vec<_> = document.as_object().unwrap().keys().collect();
    assert_eq!(keys, ["schema", "resources", "problems"]);
    let resources = document["resources"].as_array().unwrap();
    let role = resources.iter().find(|resource| resource["address"] == "aws_ssm_parameter.role").unwrap();
    assert_eq!(role["type"], "AWS::SSM::Parameter");
    assert_eq!((&role["source"]["line"], &role["source"]["column"]), (&json!(21), &json!(1)));
    assert!(role["source"]["file"].as_str().unwrap().ends_with("infra/main.tf"));
    assert_eq!(role["attributes"]["Name"], "/shop/production/role");
    let value = role["attributes"]["Value"].as_object().unwrap();
    assert_eq!(value.keys().collect::<Vec<_>>(), ["Fn::Unknown"]);
    assert!(value["Fn::Unknown"].as_str().unwrap().contains("aws_iam_role.app.arn"));
    assert!(!String::from_utf8(answer.stdout).unwrap().contains("hunter2"));
}

#[test]
fn a_batch_is_read_from_standard_input_and_answered_line_by_line() {
    let mut child = driftledger(&["diff", "--batch", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let line = r#"{"id":7,"type":"AWS::SQS::Queue","declared":{"DelaySeconds":1},"live":{"DelaySeconds":2}}"#;
    writeln!(child.stdin.take().unwrap(), "{line}\n").unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    let expect = r#"{"id":7,"attributes":[{"path":"DelaySeconds","declared":1,"live":2,"standing":"drifted"}],"unverifiable":[]}"#;
    assert_eq!(String::from_utf8(output.stdout).unwrap(), format!("{expect}\n"));
}

#[test]
fn a_reader_that_goes_away_is_no_failure() {
    // More than a pipe holds, so that the writer is still writing when the reader has gone.
    let line = r#"{"id":"a","type":"AWS::SQS::Queue","declared":{"DelaySeconds":1},"live":{"DelaySeconds":1}}"#;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("pairs.jsonl");
    std::fs::write(&file, format!("{line}\n").repeat(20_000)).unwrap();
    let mut child = driftledger(&["diff", "--batch", file.to_str().unwrap()])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut first = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut first).unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!((output.status.code(), String::from_utf8(output.stderr).unwrap().as_str()), (Some(0), ""));
}

#[test]
fn nothing_is_coloured_when_nobody_watches() {
    let output = run(&["declared", "declared.in/broken-infra"]);
    assert!(!output.stdout.contains(&0x1b) && !output.stderr.contains(&0x1b));
}

#[test]
fn completion_scripts_name_the_commands() {
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let output = run(&["completions", shell]);
        assert_eq!(output.status.code(), Some(0), "{shell}");
        assert!(String::from_utf8(output.stdout).unwrap().contains("rollbacks"), "{shell}");
    }
}

#[test]
fn there_is_a_manual_page_for_every_command() {
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(run(&["manual", folder.path().to_str().unwrap()]).status.code(), Some(0));
    for page in ["driftledger.1", "driftledger-scan.1", "driftledger-ledger-lint.1"] {
        assert!(folder.path().join(page).is_file(), "{page}");
    }
}
