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

/// A folder with a configuration of one stack that is watched.
fn watched_folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let text = "\
stacks:
  - name: shop
    environment: production
    declared: {kind: terraform, path: infra}
    live: {kind: aws, region: eu-west-1}
    undeclared: watch
";
    std::fs::write(folder.path().join("driftledger.yaml"), text).unwrap();
    folder
}

fn run_in(folder: &Path, arguments: &[&str]) -> Output {
    driftledger(arguments).current_dir(folder).output().unwrap()
}

#[test]
fn a_stack_that_nobody_configured_is_refused_before_anything_is_written() {
    let folder = watched_folder();
    for arguments in [["scan", "shpo"].as_slice(), &["gate", "--stack", "shpo"]] {
        assert_eq!(run_in(folder.path(), arguments).status.code(), Some(64));
        assert!(!folder.path().join("driftledger.db").exists(), "{arguments:?}");
    }
}

#[tokio::test]
async fn an_undeclared_value_is_explained_and_accepted() {
    use driftledger::store::{Baseline, BaselineChanges, BaselineKey, StackScan, Store};
    let folder = watched_folder();
    let store = Store::open("sqlite:driftledger.db", folder.path()).await.unwrap();
    let at = "2026-03-01T12:00:00Z";
    let drift = json!({
        "id": "d-0123456789ab", "stack": "shop", "environment": "production", "provider": "aws", "account": "1",
        "region": "eu-west-1", "type": "AWS::Lambda::Function", "address": "f", "presence": "present",
        "attributes": [{
            "path": "Timeout", "applied": 30, "live": 60, "standing": "drifted", "sensitive": false, "basis": "baseline",
        }],
        "first_seen": at, "last_seen": at, "changed_between": [null, at], "verdict": "unexplained",
        "explanations": [], "violations": [], "due_at": null, "stale": false,
    });
    let timeout = || "Timeout".parse().unwrap();
    let baseline = Baseline {
        key: BaselineKey {
            account: "1".into(),
            region: "eu-west-1".into(),
            resource_type: "AWS::Lambda::Function".into(),
            address: "f".into(),
        },
        identifier: "f".into(),
        deployment: None,
        recorded_at: at.parse().unwrap(),
        values: [(timeout(), 30.into())].into(),
        differing: [(timeout(), Some(60.into()))].into(),
    };
    let scan = StackScan {
        scan_id: "s".into(),
        stack: "shop".into(),
        environment: "production".into(),
        at: at.parse().unwrap(),
        deployment: None,
        complete: true,
        coverage: driftledger::report::Coverage::default(),
        drifts: vec![serde_json::from_value(drift).unwrap()],
        resolutions: Vec::new(),
        bases: std::collections::BTreeMap::new(),
        forgotten: Vec::new(),
        baselines: BaselineChanges { saved: vec![baseline], forgotten: Vec::new() },
        delays: Vec::new(),
        deployments: Vec::new(),
        rollbacks: Vec::new(),
    };
    store.save_stack(&scan).await.unwrap();
    store.close().await;

    let explained = String::from_utf8(run_in(folder.path(), &["explain", "d-01"]).stdout).unwrap();
    assert!(explained.contains("    recorded  30\n    live      60\n"), "{explained}");
    let accepted = run_in(folder.path(), &["accept", "d-01"]);
    assert_eq!(accepted.status.code(), Some(0));
    let said = String::from_utf8(accepted.stdout).unwrap();
    assert!(said.starts_with("AWS::Lambda::Function f Timeout\n"), "{said}");
    assert_eq!(run_in(folder.path(), &["accept", "d-nothing"]).status.code(), Some(64));

    let store = Store::open("sqlite:driftledger.db", folder.path()).await.unwrap();
    assert!(store.baselines("shop").await.unwrap()[0].values[&timeout()].is_unknown());
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

/// Every so many of the lines that Terraform itself has answered.
const SAMPLE: usize = 40;

/// Lines of the sample that are answered otherwise on purpose; the evaluator's conformance test says why.
const OTHERWISE: [&str; 2] = [r#"cidrsubnet("10.0.0.0/16", -1, 0)"#, "pow(0.1, 1) + 0"];

/// The file, expressions and answers of a sample of `tests/fixtures/terraform/cases`; what a line may hold is said in
/// `scripts/generate-terraform-cases.py`.
fn sampled_cases(cases: &Path) -> Vec<(String, String)> {
    let mut files: Vec<_> = std::fs::read_dir(cases).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.retain(|path| path.extension().is_some_and(|extension| extension == "txt"));
    files.sort();
    let texts: Vec<String> = files.iter().map(|path| std::fs::read_to_string(path).unwrap()).collect();
    let lines = texts.iter().flat_map(|text| text.lines()).filter_map(|line| line.rsplit_once(" ==> "));
    // Values that are known as a whole, in numbers that JSON has; secrets are not printed.
    let told = lines.filter(|(expression, answer)| {
        !answer.starts_with(['!', '?'])
            && !answer.contains("{\"#\"")
            && !answer.contains("{\"?\"")
            && !expression.contains("secret")
    });
    let sample = told.step_by(SAMPLE).filter(|(expression, _)| !OTHERWISE.contains(expression));
    sample.map(|(expression, answer)| (expression.replace('⏎', "\n"), answer.to_owned())).collect()
}

#[test]
fn eval_agrees_with_terraform() {
    let cases = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/terraform/cases");
    let (folder, sample) = (cases.join("module"), sampled_cases(&cases));
    assert!(sample.len() > 30, "only {} lines", sample.len());
    for (expression, answer) in sample {
        let evaluated = run(&["eval", "--dir", folder.to_str().unwrap(), &expression]);
        let told: Value = serde_json::from_slice(&evaluated.stdout).unwrap_or_default();
        let json = answer.rsplit_once(" :: ").map_or(answer.as_str(), |(json, _)| json);
        assert_eq!(told, serde_json::from_str::<Value>(json).unwrap(), "{expression}: {evaluated:?}");
        assert_eq!(evaluated.status.code(), Some(0), "{expression}");
    }
    let refused = run(&["eval", "--dir", folder.to_str().unwrap(), "abs(null)"]);
    assert_eq!(refused.status.code(), Some(3), "{refused:?}");
}
