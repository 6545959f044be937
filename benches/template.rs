//! How long a large template takes to read: 1,000 resources, 200 parameters, conditions in conditions.
//!
//! `cargo bench --bench template`. Fails if reading takes longer than [`LIMIT`].

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::Arc;
use std::time::{Duration, Instant};

use driftledger::declared::cloudformation::{self, Context, Inputs};
use driftledger::model::{Bindings, Fingerprinter, Value};
use driftledger::repo::Tree;
use driftledger::yaml::{self, Dialect, Schema};

const RESOURCES: usize = 1_000;
const PARAMETERS: usize = 200;
const ROUNDS: usize = 20;
/// What the slowest of the two forms may take.
const LIMIT: Duration = Duration::from_millis(200);

fn main() {
    let yaml = template();
    let json = documents(&yaml)[0].to_json().to_string();
    let mut slowest = Duration::ZERO;
    for (form, file, text) in [("YAML", "template.yaml", &yaml), ("JSON", "template.json", &json)] {
        let parsing = best(|| documents(text).len());
        let reading = best(|| read(file, text));
        slowest = slowest.max(reading);
        println!(
            "{form}: {RESOURCES} resources, {PARAMETERS} parameters, {} KiB: read in {reading:.1?} ({:.1} µs a resource), \
             parsed alone in {parsing:.1?}; reading is {:.2} times parsing",
            text.len() / 1024,
            reading.as_secs_f64() * 1e6 / RESOURCES as f64,
            reading.as_secs_f64() / parsing.as_secs_f64(),
        );
    }
    assert!(slowest <= LIMIT, "a large template takes {slowest:?}, and may take {LIMIT:?}");
}

/// The best of several rounds: what others do on the machine only adds.
fn best(mut work: impl FnMut() -> usize) -> Duration {
    let time = |_| {
        let start = Instant::now();
        assert!(std::hint::black_box(work()) > 0);
        start.elapsed()
    };
    (0..ROUNDS).map(time).min().unwrap_or_default()
}

fn documents(text: &str) -> Vec<Value> {
    let long = |tag: &str, value| {
        let name = if ["Ref", "Condition"].contains(&tag) { tag.to_owned() } else { format!("Fn::{tag}") };
        Ok(Value::object([(name, value)]))
    };
    let dialect = Dialect { schema: Schema::Yaml11, tags: Some(&long) };
    yaml::load(&Arc::from("template.yaml"), text, &dialect).expect("the template parses")
}

fn read(file: &str, text: &str) -> usize {
    let read = cloudformation::read(&Inputs {
        tree: &Tree::memory::<&str, &str>([]),
        file: &file.into(),
        text,
        parameters: &BTreeMap::new(),
        resolved: &BTreeMap::new(),
        bindings: &Bindings::default(),
        context: &Context {
            account: Some("123456789012".into()),
            region: Some("eu-west-1".into()),
            stack_name: Some("shop".into()),
            ..Context::default()
        },
        fingerprints: &Fingerprinter::new(*b"bench"),
    });
    assert!(read.problems.is_empty(), "{:?}", read.problems.first());
    assert_eq!(read.declarations.len(), RESOURCES);
    read.declarations.len()
}

/// A template as people write them, only longer: each resource uses parameters, a mapping, conditions and others.
fn template() -> String {
    let mut text = String::from("AWSTemplateFormatVersion: '2010-09-09'\nParameters:\n");
    for n in 0..PARAMETERS {
        let _ = writeln!(text, "  P{n}:\n    Type: String\n    Default: value-{n}\n    Description: Parameter {n}");
    }
    text.push_str("Mappings:\n  Sizes:\n    eu-west-1: {small: t3.small, large: m7g.large}\nConditions:\n");
    text.push_str("  C0: !Equals [!Ref P0, value-0]\n");
    for n in 1..PARAMETERS {
        let _ = writeln!(
            text,
            "  C{n}: !And [!Or [!Equals [!Ref P{n}, value-{n}], !Equals [!Ref P0, x]], !Not [!Not [!Condition C{}]]]",
            if n % 20 == 0 { 0 } else { n - 1 },
        );
    }
    text.push_str("Resources:\n");
    for n in 0..RESOURCES {
        let (one, two) = (n % PARAMETERS, (n * 7) % PARAMETERS);
        let _ = write!(
            text,
            "  Queue{n}:\n    Type: AWS::SQS::Queue\n    Condition: C{one}\n    Properties:\n      \
             QueueName: !Sub '${{AWS::StackName}}-${{P{one}}}-{n}'\n      VisibilityTimeout: !If [C{two}, 30, 60]\n      \
             KmsMasterKeyId: !FindInMap [Sizes, !Ref 'AWS::Region', !If [C{one}, small, large]]\n      \
             RedrivePolicy:\n        maxReceiveCount: 5\n        deadLetterTargetArn: !Join [':', [arn, !Ref 'AWS::Partition', \
             sqs, !Ref 'AWS::Region', !Ref 'AWS::AccountId', !Select [1, !Split ['-', !Ref P{two}]]]]\n      Tags:\n        \
             - {{Key: name, Value: !Ref P{one}}}\n        - {{Key: other, Value: !Sub ['${{A}}-x', {{A: !Ref P{two}}}]}}\n        \
             - !If [C{two}, {{Key: optional, Value: 'yes'}}, !Ref 'AWS::NoValue']\n",
        );
    }
    text
}
