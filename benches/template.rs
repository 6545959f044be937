//! How long a large template takes to read: 1,000 resources, 200 parameters, conditions in conditions.
//!
//! `cargo bench --bench template`. Fails if reading takes longer than [`LIMIT`].

use std::collections::BTreeMap;
use std::hint::black_box;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use driftledger::declared::cloudformation::{self, Context, Inputs};
use driftledger::model::{Bindings, Fingerprinter, Value};
use driftledger::repo::Tree;
use driftledger::yaml::{self, Dialect, Schema};

const RESOURCES: usize = 1_000;
const PARAMETERS: usize = 200;
const ROUNDS: usize = 20;
/// What the slowest of the two forms may take.
const LIMIT: Duration = Duration::from_millis(200);

fn main() -> anyhow::Result<()> {
    let yaml = template();
    let json = document(&yaml)?.to_json().to_string();
    let mut slowest = Duration::ZERO;
    for (form, file, text) in [("YAML", "template.yaml", &yaml), ("JSON", "template.json", &json)] {
        let parsing = best(|| document(text).map(|document| drop(black_box(document))))?;
        let reading = best(|| read(file, text))?;
        slowest = slowest.max(reading);
        println!(
            "{form}: {RESOURCES} resources, {PARAMETERS} parameters, {} KiB: read in {reading:.1?} ({:.1} µs a resource), \
             parsed alone in {parsing:.1?}; reading is {:.2} times parsing",
            text.len() / 1024,
            reading.as_secs_f64() * 1e6 / RESOURCES as f64,
            reading.as_secs_f64() / parsing.as_secs_f64(),
        );
    }
    ensure!(slowest <= LIMIT, "a large template takes {slowest:?}, and may take {LIMIT:?}");
    Ok(())
}

/// The best of several rounds: what others do on the machine only adds.
fn best(work: impl Fn() -> anyhow::Result<()>) -> anyhow::Result<Duration> {
    let mut best = Duration::MAX;
    for _ in 0..ROUNDS {
        let start = Instant::now();
        work()?;
        best = best.min(start.elapsed());
    }
    Ok(best)
}

fn document(text: &str) -> anyhow::Result<Value> {
    let long = |tag: &str, value| {
        let name = if ["Ref", "Condition"].contains(&tag) { tag.to_owned() } else { format!("Fn::{tag}") };
        Ok(Value::object([(name, value)]))
    };
    let dialect = Dialect { schema: Schema::Yaml11, tags: Some(&long) };
    let documents = yaml::load(&Arc::from("template.yaml"), text, &dialect);
    let documents = documents.map_err(|problem| anyhow::anyhow!("{problem}"))?;
    documents.into_iter().next().context("no document")
}

fn read(file: &str, text: &str) -> anyhow::Result<()> {
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
    ensure!(read.problems.is_empty(), "{:?}", read.problems.first());
    ensure!(read.declarations.len() == RESOURCES, "{} resources", read.declarations.len());
    black_box(read);
    Ok(())
}

/// A template as people write them, only longer: each resource uses parameters, a mapping, conditions and others.
fn template() -> String {
    let parameters: String = (0..PARAMETERS).map(parameter).collect();
    let conditions: String = (1..PARAMETERS).map(condition).collect();
    let resources: String = (0..RESOURCES).map(resource).collect();
    format!(
        "AWSTemplateFormatVersion: '2010-09-09'\nParameters:\n{parameters}Mappings:\n  Sizes:\n    eu-west-1: {{small: \
         t3.small, large: m7g.large}}\nConditions:\n  C0: !Equals [!Ref P0, value-0]\n{conditions}Resources:\n{resources}"
    )
}

fn parameter(n: usize) -> String {
    format!("  P{n}:\n    Type: String\n    Default: value-{n}\n    Description: Parameter {n}\n")
}

/// Conditions hang on each other in chains of twenty.
fn condition(n: usize) -> String {
    let before = if n.is_multiple_of(20) { 0 } else { n - 1 };
    format!(
        "  C{n}: !And [!Or [!Equals [!Ref P{n}, value-{n}], !Equals [!Ref P0, x]], !Not [!Not [!Condition C{before}]]]\n"
    )
}

fn resource(n: usize) -> String {
    let (one, two) = (n % PARAMETERS, (n * 7) % PARAMETERS);
    format!(
        "  Queue{n}:
    Type: AWS::SQS::Queue
    Condition: C{one}
    Properties:
      QueueName: !Sub '${{AWS::StackName}}-${{P{one}}}-{n}'
      VisibilityTimeout: !If [C{two}, 30, 60]
      KmsMasterKeyId: !FindInMap [Sizes, !Ref 'AWS::Region', !If [C{one}, small, large]]
      RedrivePolicy:
        maxReceiveCount: 5
        deadLetterTargetArn: !Join [':', [arn, !Ref 'AWS::Partition', sqs, !Select [1, !Split ['-', !Ref P{two}]]]]
      Tags:
        - {{Key: name, Value: !Ref P{one}}}
        - {{Key: other, Value: !Sub ['${{A}}-x', {{A: !Ref P{two}}}]}}
        - !If [C{two}, {{Key: optional, Value: 'yes'}}, !Ref 'AWS::NoValue']
"
    )
}
