//! Recorded pairs of declared and live properties: clean ones stay clean, changed ones are found.
//!
//! The recorded corpus stands beside the repository, or where `DRIFTLEDGER_CORPUS` says; where there is none the same
//! is asserted on the pairs under `tests/fixtures/compare/`.

use std::collections::BTreeMap;
use std::path::PathBuf;

use driftledger::compare::batch;
use serde_json::{Value as Json, json};

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

/// The share of injected changes that has to be found, in thousandths. Letter case is forgiven where a table says so.
const MIN_FOUND: [(&str, usize); 7] = [
    ("flipped", 1000),
    ("item added", 985),
    ("item removed", 1000),
    ("letter case", 850),
    ("number", 1000),
    ("suffix", 1000),
    ("text", 1000),
];

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

/// A changed copy of a live model, and what was changed.
type Mutation = (String, Json);

/// One change at a time to what is declared and echoed: a value, a switch, an item more or less, letter case.
fn mutations(declared: &Json, live: &Json) -> Vec<Mutation> {
    let mut found = Vec::new();
    mutate(declared, live, &mut Vec::new(), &mut |place, kind, change| {
        let mut copy = live.clone();
        let target = copy.pointer_mut(place).unwrap();
        change(target);
        found.push((format!("{kind} {place}"), copy));
    });
    found
}

type Emit<'a> = &'a mut dyn FnMut(&str, &str, &dyn Fn(&mut Json));

fn mutate(declared: &Json, live: &Json, place: &mut Vec<String>, emit: Emit<'_>) {
    let pointer = |place: &[String]| -> String {
        place.iter().map(|step| format!("/{}", step.replace('~', "~0").replace('/', "~1"))).collect()
    };
    match (declared, live) {
        (Json::Object(members), Json::Object(echoed)) => {
            for (key, member) in members {
                if let Some(echo) = echoed.get(key) {
                    place.push(key.clone());
                    mutate(member, echo, place, emit);
                    place.pop();
                }
            }
        }
        (Json::Array(items), Json::Array(echoed)) if !items.is_empty() && items.iter().all(Json::is_string) => {
            // Positions do not correspond; only a list that is echoed as it is can be changed with certainty.
            if items.len() != echoed.len() || items.iter().any(|item| !echoed.contains(item)) {
                return;
            }
            let here = pointer(place);
            emit(&here, "item added", &|list| list.as_array_mut().unwrap().push(json!("zz-added-by-hand")));
            emit(&here, "item removed", &|list| drop(list.as_array_mut().unwrap().pop()));
        }
        (Json::Array(items), Json::Array(echoed)) => {
            for (at, echo) in echoed.iter().enumerate() {
                if let Some(item) = items.iter().find(|item| *item == echo) {
                    place.push(at.to_string());
                    mutate(item, echo, place, emit);
                    place.pop();
                    let here = pointer(place);
                    emit(&here, "item removed", &|list| drop(list.as_array_mut().unwrap().remove(at)));
                }
            }
        }
        (Json::Bool(a), Json::Bool(b)) if a == b => {
            let flipped = !*b;
            emit(&pointer(place), "flipped", &|value| *value = json!(flipped));
        }
        (Json::Number(a), Json::Number(b)) if a == b => {
            let next = b.as_f64().unwrap() + 7.0;
            emit(&pointer(place), "number", &|value| *value = json!(next));
        }
        (Json::String(a), Json::String(b)) if a == b && !a.is_empty() => {
            let (here, b) = (pointer(place), b.clone());
            emit(&here, "text", &|value| *value = json!(format!("zz{b}")));
            let upper = b.to_uppercase();
            if upper != b {
                emit(&here, "letter case", &|value| *value = json!(upper));
            }
            emit(&here, "suffix", &|value| *value = json!(format!("{b}9")));
        }
        _ => {}
    }
}

#[test]
fn changes_injected_into_clean_pairs_are_found() {
    let mut counts: BTreeMap<String, [usize; 2]> = BTreeMap::new();
    for case in cases().iter().filter(|case| is_clean(case)) {
        let before = answer(case);
        if !before["attributes"].as_array().unwrap().is_empty() {
            continue;
        }
        for (kind, live) in mutations(&case["declared"], &case["live"]).into_iter().take(60) {
            let mut changed = case.clone();
            changed["live"] = live;
            let after = answer(&changed);
            let found = !after["attributes"].as_array().unwrap().is_empty();
            let (name, _) = kind.split_once(" /").unwrap();
            let count = counts.entry(name.to_owned()).or_default();
            count[0] += 1;
            count[1] += usize::from(found);
            if !found {
                println!("missed {} {kind}", text(case, "id"));
            }
        }
    }
    let [injected, found] = counts.values().fold([0, 0], |sum, count| [sum[0] + count[0], sum[1] + count[1]]);
    println!("injected and found: {counts:?}; {found} of {injected}");
    for (kind, share) in MIN_FOUND {
        let [injected, found] = counts.get(kind).copied().unwrap_or_default();
        assert!(injected > 0 && found * 1000 >= injected * share, "too many changes are missed: {kind}");
    }
}
