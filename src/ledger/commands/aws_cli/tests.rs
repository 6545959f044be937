//! The grammar of the CLI, and what the CLI itself makes of two thousand commands.

use std::collections::BTreeMap;

use serde_json::{Value as Json, json};

use super::*;

fn parse(text: &str) -> Option<Invocation> {
    let commands = crate::ledger::commands::shell::split(text).unwrap();
    Invocation::parse(&commands[0], &BTreeMap::new())
}

fn parameters(invocation: &Invocation) -> Json {
    let members = invocation.parameters.iter().map(|(member, value)| (member.clone(), value.to_json()));
    Json::Object(members.collect())
}

#[track_caller]
fn check(text: &str, expect: Json) {
    assert_eq!(parameters(&parse(text).unwrap()), expect, "{text}");
}

#[test]
fn a_command_is_service_operation_and_flags_wherever_they_stand() {
    check("ecs update-service --service a --desired-count 1", json!({"service": "a", "desiredCount": 1}));
    check("--debug --output json ecs update-service --service=a", json!({"service": "a"}));
    check("ecs --region x update-service --service a --query 'b'", json!({"service": "a"}));
    check("--endpoint-url=http://x ecs update-service --force-new-deployment", json!({"forceNewDeployment": true}));
    check("ecs update-service --no-enable-ecs-managed-tags", json!({"enableECSManagedTags": false}));
    check("ecs update-service --desired 3", json!({"desiredCount": 3}));
    // `--service` would be enough for several arguments, and is one of its own.
    check("ecs update-service --serv a --service a", json!({"service": "a"}));
    for text in ["ecs", "help", "ecs help", "ecs $OPERATION --service a"] {
        assert!(parse(text).is_none(), "{text}");
    }
}

#[test]
fn values_have_the_type_of_their_member() {
    check(
        "lambda update-function-configuration --function-name f --environment 'Variables={A=1,B=two}' --timeout 30",
        json!({"FunctionName": "f", "Environment": {"Variables": {"A": "1", "B": "two"}}, "Timeout": 30}),
    );
    check("cloudwatch put-metric-alarm --threshold -5.0", json!({"Threshold": -5}));
    check(
        "rds modify-db-instance --no-multi-az --db-port-number 5432",
        json!({"MultiAZ": false, "DBPortNumber": 5432}),
    );
    check("ecs update-service --disable-execute-command", json!({"enableExecuteCommand": false}));
    check("ec2 modify-instance-attribute --instance-type t3.large", json!({"InstanceType": {"Value": "t3.large"}}));
    check("ec2 modify-instance-attribute --no-source-dest-check", json!({"SourceDestCheck": {"Value": false}}));
    check("ec2 modify-instance-attribute --ebs-optimized Value=false", json!({"EbsOptimized": {"Value": false}}));
    check(
        "elb register-instances-with-load-balancer --load-balancer-name l --instances i-1 i-2",
        json!({"LoadBalancerName": "l", "Instances": [{"InstanceId": "i-1"}, {"InstanceId": "i-2"}]}),
    );
}

#[test]
fn flags_outweigh_json_input() {
    check(
        r#"ecs update-service --cli-input-json '{"desiredCount": 1, "service": "a"}' --desired-count 2"#,
        json!({"desiredCount": 2, "service": "a"}),
    );
    assert!(parse("ecs update-service --cli-input-json file://x.json").unwrap().has_unread_input);
    assert!(parse("ecs update-service --cli-input-json '$INPUT'").unwrap().has_unread_input);
}

#[test]
fn what_the_text_does_not_show_is_unknown() {
    let unknown = |text: &str, member: &str| {
        let invocation = parse(text).unwrap();
        assert!(invocation.parameters[member].has_unknown(), "{text}: {}", parameters(&invocation));
    };
    unknown("ecs update-service --desired-count $N", "desiredCount");
    unknown("ecs update-service --desired-count five", "desiredCount");
    unknown("ecs update-service --network-configuration file://n.json", "networkConfiguration");
    unknown("ecs update-service --network-configuration $NET", "networkConfiguration");
    unknown(
        "ecs update-service --network-configuration awsvpcConfiguration={subnets=[<subnet>]}",
        "networkConfiguration",
    );
    unknown("lambda update-function-configuration --environment 'Variables={A=****}'", "Environment");
    unknown("ec2 authorize-security-group-ingress --protocol tcp --port $P --cidr 1.2.3.4/32", "IpPermissions");
}

/// The fixture is written by `scripts/record-aws-cli-commands.py`.
#[test]
fn two_thousand_commands_are_read_as_the_cli_reads_them() {
    let fixture = include_str!("../../../../tests/fixtures/commands/aws_cli.jsonl");
    let (mut total, mut equal, mut others) = (0, 0, Vec::new());
    let mut operations = std::collections::BTreeSet::new();
    for line in fixture.lines() {
        let (text, operation, expect): (String, String, Json) = serde_json::from_str(line).unwrap();
        total += 1;
        let words = crate::ledger::commands::shell::split(&text).unwrap();
        assert_eq!(words.len(), 1, "{text}");
        let invocation = Invocation::parse(&words[0][1..], &BTreeMap::new());
        let found =
            invocation.as_ref().map(|found| (found.called.unwrap_or_default(), Value::from_json(&parameters(found))));
        if found == Some((&*operation, Value::from_json(&expect))) {
            equal += 1;
            operations.insert((invocation.unwrap().service, operation));
        } else {
            others.push(format!("{text}\n  {expect}\n  {}", invocation.as_ref().map_or(Json::Null, parameters)));
        }
    }
    println!("{equal} of {total} commands ({} operations) are read as the CLI reads them", operations.len());
    assert_eq!(others, [""; 0], "{} others", others.len());
    assert!(total >= 2_000 && operations.len() > 1_000, "{total} commands of {} operations", operations.len());
}
