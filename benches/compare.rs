//! How many resources `compare` compares in a second, by type and by how much of them differs: the base line for
//! changes to it.
//!
//! Then a batch as `driftledger diff --batch` answers it: the pairs of the tests (or of the file that
//! `DRIFTLEDGER_CORPUS` names) over and over, and the memory that takes.
//!
//! `cargo bench --bench compare`; needs no server.

use std::collections::BTreeSet;
use std::hint::black_box;
use std::time::Instant;

use anyhow::ensure;
use driftledger::compare::{Base, Reader, Subject, batch, compare};
use driftledger::model::{ResourceType, Value};
use serde_json::{Value as Json, json};

const RESOURCES: usize = 10_000;
const ROUNDS: usize = 7;

/// The properties of the resource with a number, as they are or with something changed in them.
type Properties = fn(usize, bool) -> Json;

fn main() -> anyhow::Result<()> {
    for (name, properties) in [("AWS::EC2::SecurityGroup", security_group as Properties), ("AWS::IAM::Role", role)] {
        for drifted in [false, true] {
            let seconds = measure(name, properties, drifted)?;
            let state = if drifted { "one attribute drifted" } else { "in sync" };
            println!("{name}, {state}: {:.0} resources/s", RESOURCES as f64 / seconds);
        }
    }
    answer_batch(10_000)?;
    answer_batch(100_000)?;
    println!("load of the machine: {}", std::fs::read_to_string("/proc/loadavg").unwrap_or_default().trim());
    Ok(())
}

/// Answers so many lines and says how fast, and how much memory this process has had at most until then.
fn answer_batch(cases: usize) -> anyhow::Result<()> {
    let corpus = std::env::var("DRIFTLEDGER_CORPUS")
        .unwrap_or_else(|_| concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/compare/pairs.jsonl").to_owned());
    let text = std::fs::read_to_string(&corpus)?;
    let workers = driftledger::parallel::workers();
    let mut lines = text.lines().cycle().take(cases);
    let start = Instant::now();
    let (mut answered, mut bytes) = (0, 0);
    loop {
        let round: Vec<String> = lines.by_ref().take(batch::ROUND).map(str::to_owned).collect();
        if round.is_empty() {
            break;
        }
        for answer in batch::answers(&round) {
            answered += 1;
            bytes += answer.map_or_else(|refusal| refusal.len(), |answer| answer.text.len());
        }
    }
    let seconds = start.elapsed().as_secs_f64();
    ensure!(answered == cases && black_box(bytes) > 0, "{answered} answers to {cases} lines");
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap_or("unknown").trim();
    println!("batch of {cases} lines, {workers} workers: {:.0} cases/s, peak memory {peak}", cases as f64 / seconds);
    Ok(())
}

/// The median time for all resources, in seconds.
fn measure(name: &str, properties: Properties, drifted: bool) -> anyhow::Result<f64> {
    let resource_type = ResourceType::from(name);
    let side = |index, changed| Value::from_json(&properties(index, changed));
    let resources: Vec<(Value, Base, Value)> = (0..RESOURCES)
        .map(|index| (side(index, false), Base::deployed(side(index, false)), side(index, drifted)))
        .collect();
    let open_collections = BTreeSet::new();
    let mut times = Vec::new();
    for _ in 0..ROUNDS {
        let start = Instant::now();
        let mut different = 0;
        for (declared, base, live) in &resources {
            let comparison = compare(black_box(&Subject {
                resource_type: &resource_type,
                identifier: None,
                account: Some("123456789012"),
                region: Some("eu-west-1"),
                declared,
                base,
                live,
                reader: Reader::Unknown,
                open_collections: &open_collections,
                ignored: &[],
                bands: &[],
            }));
            different += usize::from(!comparison.attributes.is_empty());
        }
        times.push(start.elapsed().as_secs_f64());
        ensure!(different == if drifted { RESOURCES } else { 0 }, "{different} differ");
    }
    times.sort_by(f64::total_cmp);
    Ok(times.get(ROUNDS / 2).copied().unwrap_or(f64::NAN))
}

fn security_group(index: usize, changed: bool) -> Json {
    let rule = |port: u16, source: String, about: &str| json!({"IpProtocol": "tcp", "FromPort": port, "ToPort": port, "CidrIp": source, "Description": about});
    let mut rules = vec![
        rule(443, format!("10.{}.{}.0/24", index / 256, index % 256), "web"),
        rule(9100, "10.255.0.0/16".to_owned(), "metrics"),
    ];
    if changed {
        rules.push(rule(22, "192.0.2.0/24".to_owned(), "incident"));
    }
    json!({
        "GroupName": format!("service-{index}"), "GroupDescription": "Of a service", "VpcId": "vpc-1",
        "SecurityGroupIngress": rules,
        "SecurityGroupEgress": [{"IpProtocol": "-1", "CidrIp": "0.0.0.0/0"}],
        "Tags": [{"Key": "Name", "Value": format!("service-{index}")}, {"Key": "Team", "Value": "platform"}],
    })
}

fn role(index: usize, changed: bool) -> Json {
    let mut actions = vec!["ssm:GetParameter", "ssm:GetParameters"];
    if changed {
        actions.push("ssm:PutParameter");
    }
    let statement = json!({"Effect": "Allow", "Action": actions,
        "Resource": format!("arn:aws:ssm:eu-west-1:123456789012:parameter/service-{index}/*")});
    let trust = json!({"Effect": "Allow", "Action": "sts:AssumeRole",
        "Principal": {"Service": "ecs-tasks.amazonaws.com"}});
    let document = |statement: Json| json!({"Version": "2012-10-17", "Statement": [statement]});
    json!({
        "RoleName": format!("service-{index}"), "Path": "/", "MaxSessionDuration": 3600,
        "AssumeRolePolicyDocument": document(trust),
        "Policies": [{"PolicyName": "parameters", "PolicyDocument": document(statement)}],
        "ManagedPolicyArns": ["arn:aws:iam::aws:policy/ReadOnlyAccess"],
        "Tags": [{"Key": "Team", "Value": "platform"}],
    })
}
