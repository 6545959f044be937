//! Recorded pairs of declared and live properties: clean ones stay clean, changed ones are found.
//!
//! The recorded corpus stands beside the repository, or where `DRIFTLEDGER_CORPUS` says; where there is none the same
//! is asserted on the pairs under `tests/fixtures/compare/`.

mod change;
mod mutation;

use std::path::PathBuf;

use driftledger::compare::batch;
use serde_json::Value as Json;

/// Types that teams change by hand most; the target for them is stricter.
const CORE: &[&str] = &[
    "AWS::ECS::Service",
    "AWS::ECS::TaskDefinition",
    "AWS::EC2::SecurityGroup",
    "AWS::IAM::Role",
    "AWS::IAM::Policy",
    "AWS::IAM::ManagedPolicy",
    "AWS::Lambda::Function",
    "AWS::S3::Bucket",
    "AWS::S3::BucketPolicy",
    "AWS::RDS::DBInstance",
    "AWS::RDS::DBCluster",
    "AWS::AutoScaling::AutoScalingGroup",
    "AWS::CloudWatch::Alarm",
    "AWS::SSM::Parameter",
    "AWS::SQS::Queue",
    "AWS::SNS::Topic",
    "AWS::DynamoDB::Table",
    "AWS::ElasticLoadBalancingV2::LoadBalancer",
    "AWS::ElasticLoadBalancingV2::TargetGroup",
    "AWS::ElasticLoadBalancingV2::Listener",
    "AWS::Logs::LogGroup",
    "AWS::Events::Rule",
];

/// The share of clean pairs that may be flagged, in thousandths.
const MAX_FLAGGED: usize = 10;

fn cases() -> Vec<Json> {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    let corpus = std::env::var_os("DRIFTLEDGER_CORPUS")
        .map_or_else(|| root.join("../shared/corpus/cloudformation-live.jsonl"), PathBuf::from);
    let (path, text) = match std::fs::read_to_string(&corpus) {
        Ok(text) => (corpus, text),
        Err(error) => {
            println!("no recorded corpus at {} ({error}): using the fixture", corpus.display());
            let fixture = root.join("tests/fixtures/compare/pairs.jsonl");
            let text = std::fs::read_to_string(&fixture).unwrap();
            (fixture, text)
        }
    };
    let cases: Vec<Json> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    println!("{} cases of {}", cases.len(), path.display());
    assert!(!cases.is_empty());
    cases
}

fn text<'a>(case: &'a Json, member: &str) -> &'a str {
    case[member].as_str().unwrap()
}

fn paths<'a>(case: &'a Json, member: &str) -> Vec<&'a str> {
    case[member].as_array().map(|paths| paths.iter().filter_map(Json::as_str).collect()).unwrap_or_default()
}

fn answer(case: &Json) -> Json {
    serde_json::from_str(&batch::answer(&case.to_string()).unwrap().text).unwrap()
}

fn is_clean(case: &Json) -> bool {
    paths(case, "drifted").is_empty() && paths(case, "undeclared_drift").is_empty()
}

fn flagged(answer: &Json) -> Vec<String> {
    let drifts = answer["attributes"].as_array().unwrap().iter();
    drifts.map(|drift| format!("{} {} -> {}", drift["path"], drift["declared"], drift["live"])).collect()
}

#[test]
fn clean_pairs_are_in_sync() {
    let (mut clean, mut core) = ([0_usize; 2], [0_usize; 2]);
    for case in cases().iter().filter(|case| is_clean(case)) {
        let found = flagged(&answer(case));
        let is_core = usize::from(CORE.contains(&text(case, "type")));
        clean[0] += 1;
        core[0] += is_core;
        if !found.is_empty() {
            clean[1] += 1;
            core[1] += is_core;
            println!("flagged {} {}: {found:#?}", ["     ", "core "][is_core], text(case, "id"));
        }
    }
    println!("clean: {} of {} flagged; core: {} of {}", clean[1], clean[0], core[1], core[0]);
    assert!(clean[1] * 1000 <= clean[0] * MAX_FLAGGED, "too many clean pairs are flagged");
}

#[test]
fn drifted_pairs_are_found() {
    let mut missed = Vec::new();
    for case in cases() {
        let found = answer(&case);
        let found: Vec<&str> =
            found["attributes"].as_array().unwrap().iter().filter_map(|d| d["path"].as_str()).collect();
        for path in paths(&case, "drifted") {
            let top = path.split(['.', '[']).next().unwrap();
            if !found.iter().any(|found| found.split(['.', '[']).next() == Some(top)) {
                missed.push(format!("{} {path}", text(&case, "id")));
            }
        }
    }
    assert!(missed.is_empty(), "missed: {missed:#?}");
}
