//! Command → effects, a table an operation.

use std::collections::{BTreeMap, BTreeSet};

use super::super::{Effect, Prediction, aws_cli::table, effects};
use crate::model::{AttributePath, CommandLine, Step};
use crate::schema::resource_facts;

/// The effects as lines: `Type target path = value`, `+=` and `-=` for members, `~=` for later, `= ?` for unspecified.
fn told(command: &str) -> Vec<String> {
    let found = effects([&CommandLine { text: format!("aws {command}"), at: None }]);
    let tell = |effect: &Effect| {
        let (sign, value) = match &effect.prediction {
            Prediction::Is(value) => ("=", value.to_json().to_string()),
            Prediction::Eventually(value) => ("~=", value.to_json().to_string()),
            Prediction::Contains(value) => ("+=", value.to_json().to_string()),
            Prediction::Lacks(value) => ("-=", value.to_json().to_string()),
            Prediction::Unspecified => ("=", "?".to_owned()),
        };
        let kind = effect.resource_type.as_str().trim_start_matches("AWS::");
        format!("{kind} {} {} {sign} {value}", effect.target, effect.path)
    };
    found.iter().map(tell).collect()
}

#[track_caller]
fn check(command: &str, expect: &[&str]) {
    assert_eq!(told(command), expect, "aws {command}");
}

#[test]
fn ecs_update_service() {
    check(
        "ecs update-service --cluster shop --service api --desired-count 5",
        &["ECS::Service shop/api DesiredCount = 5"],
    );
    check("ecs update-service --service api --desired-count $N", &["ECS::Service default/api DesiredCount = ?"]);
    check(
        "ecs update-service --cluster <cluster> --service api --desired-count 5",
        &["ECS::Service ?/api DesiredCount = 5"],
    );
    check(
        "ecs update-service --cluster c --service s --task-definition api:12",
        &["ECS::Service c/s TaskDefinition = \"api:12\""],
    );
    check("ecs update-service --cluster c --service s --task-definition api", &["ECS::Service c/s TaskDefinition = ?"]);
    check("ecs update-service --cluster c --service s --force-new-deployment", &[]);
    check(
        "ecs update-service --cluster c --service s --deployment-configuration \
         'deploymentCircuitBreaker={enable=true,rollback=true},maximumPercent=200,minimumHealthyPercent=50'",
        &[
            "ECS::Service c/s DeploymentConfiguration.DeploymentCircuitBreaker.Enable = true",
            "ECS::Service c/s DeploymentConfiguration.DeploymentCircuitBreaker.Rollback = true",
            "ECS::Service c/s DeploymentConfiguration.MaximumPercent = 200",
            "ECS::Service c/s DeploymentConfiguration.MinimumHealthyPercent = 50",
        ],
    );
    check(
        "ecs update-service --cluster c --service s --network-configuration \
         'awsvpcConfiguration={subnets=[a,b],securityGroups=[sg-1],assignPublicIp=ENABLED}'",
        &[
            "ECS::Service c/s NetworkConfiguration.AwsvpcConfiguration.AssignPublicIp = \"ENABLED\"",
            "ECS::Service c/s NetworkConfiguration.AwsvpcConfiguration.SecurityGroups = [\"sg-1\"]",
            "ECS::Service c/s NetworkConfiguration.AwsvpcConfiguration.Subnets = [\"a\",\"b\"]",
        ],
    );
    check(
        "ecs update-service --cluster c --service s --network-configuration file://net.json",
        &["ECS::Service c/s NetworkConfiguration = ?"],
    );
    check(
        "ecs update-service --cluster c --service s --health-check-grace-period-seconds=60 --disable-execute-command",
        &["ECS::Service c/s HealthCheckGracePeriodSeconds = 60", "ECS::Service c/s EnableExecuteCommand = false"],
    );
    check(
        "ecs update-service --cluster c --service s --enable-execute-command",
        &["ECS::Service c/s EnableExecuteCommand = true"],
    );
    check(
        r#"ecs update-service --cli-input-json '{"service":"a","cluster":"c","desiredCount":3}' --desired-count 4"#,
        &["ECS::Service c/a DesiredCount = 4"],
    );
    check(
        "ecs register-task-definition --family api --cpu 512 --container-definitions file://c.json",
        &["ECS::TaskDefinition api  = ?"],
    );
    check("ecs delete-service --cluster c --service s --force", &["ECS::Service c/s  = null"]);
}

#[test]
fn lambda_configuration() {
    check(
        "lambda update-function-configuration --function-name f --memory-size 1024 --timeout 30 --runtime nodejs20.x",
        &[
            "Lambda::Function f MemorySize = 1024",
            "Lambda::Function f Timeout = 30",
            "Lambda::Function f Runtime = \"nodejs20.x\"",
        ],
    );
}

#[test]
fn lambda_environments_are_replaced_as_a_whole() {
    check(
        "lambda update-function-configuration --function-name f --environment 'Variables={A=1,B=$SECRET}'",
        &[
            r#"Lambda::Function f Environment.Variables = {"A":"1","B":{"Fn::Unknown":"the command has a variable or placeholder here"}}"#,
        ],
    );
    check(
        "lambda update-function-configuration --function-name f --environment \"Variables={A=1,B=$SECRET}\"",
        &[
            r#"Lambda::Function f Environment.Variables = {"A":"1","B":{"Fn::Unknown":"the command has a variable or placeholder here"}}"#,
        ],
    );
    check(
        r#"lambda update-function-configuration --function-name f --environment '{"Variables":{"A":"x=y"}}'"#,
        &[r#"Lambda::Function f Environment.Variables = {"A":"x=y"}"#],
    );
    check(
        "lambda update-function-configuration --function-name f --environment Variables={}",
        &["Lambda::Function f Environment.Variables = {}"],
    );
    check(
        "lambda update-function-configuration --function-name f --environment file://env.json",
        &["Lambda::Function f Environment.Variables = ?"],
    );
}

#[test]
fn lambda_lists_and_structures() {
    check(
        "lambda update-function-configuration --function-name f --layers arn:a arn:b --tracing-config Mode=Active \
         --ephemeral-storage '{\"Size\": 1024}' --vpc-config SubnetIds=s-1,s-2,SecurityGroupIds=sg-1 \
         --role arn:r --handler a.b --description 'a=b, c'",
        &[
            "Lambda::Function f Handler = \"a.b\"",
            "Lambda::Function f Role = \"arn:r\"",
            "Lambda::Function f Description = \"a=b, c\"",
            "Lambda::Function f Layers = [\"arn:a\",\"arn:b\"]",
            "Lambda::Function f TracingConfig.Mode = \"Active\"",
            "Lambda::Function f EphemeralStorage.Size = 1024",
            "Lambda::Function f VpcConfig.SecurityGroupIds = [\"sg-1\"]",
            "Lambda::Function f VpcConfig.SubnetIds = [\"s-1\",\"s-2\"]",
        ],
    );
    check(
        "lambda update-alias --function-name f --name live --function-version 7",
        &["Lambda::Alias f/live FunctionVersion = \"7\""],
    );
    check(
        "lambda update-alias --function-name f --name live --routing-config AdditionalVersionWeights={6=0.1}",
        &[
            r#"Lambda::Alias f/live RoutingConfig.AdditionalVersionWeights = [{"FunctionVersion":"6","FunctionWeight":0.1}]"#,
        ],
    );
    check(
        "lambda put-function-concurrency --function-name f --reserved-concurrent-executions 10",
        &["Lambda::Function f ReservedConcurrentExecutions = 10"],
    );
    check(
        "lambda delete-function-concurrency --function-name f",
        &["Lambda::Function f ReservedConcurrentExecutions = null"],
    );
}

#[test]
fn security_group_rules_in_both_spellings() {
    let ssh = r#"{"CidrIp":"0.0.0.0/0","FromPort":22,"IpProtocol":"tcp","ToPort":22}"#;
    let added = format!("EC2::SecurityGroup sg-1 SecurityGroupIngress += {ssh}");
    check("ec2 authorize-security-group-ingress --group-id sg-1 --protocol tcp --port 22 --cidr 0.0.0.0/0", &[&added]);
    check(
        "ec2 authorize-security-group-ingress --group-id sg-1 --ip-permissions \
         IpProtocol=6,FromPort=22,ToPort=22,IpRanges='[{CidrIp=0.0.0.0/0}]'",
        &[&added],
    );
    let removed = format!("EC2::SecurityGroup sg-1 SecurityGroupIngress -= {ssh}");
    check("ec2 revoke-security-group-ingress --group-id sg-1 --protocol tcp --port 22 --cidr 0.0.0.0/0", &[&removed]);
    check(
        r#"ec2 authorize-security-group-egress --group-id sg-1 --ip-permissions '[{"IpProtocol":"-1","IpRanges":
           [{"CidrIp":"10.0.0.0/8","Description":"all"}],"UserIdGroupPairs":[{"GroupId":"sg-2"}],"PrefixListIds":[]}]'"#,
        &[
            r#"EC2::SecurityGroup sg-1 SecurityGroupEgress += {"CidrIp":"10.0.0.0/8","Description":"all","IpProtocol":"-1"}"#,
            r#"EC2::SecurityGroup sg-1 SecurityGroupEgress += {"DestinationSecurityGroupId":"sg-2","IpProtocol":"-1"}"#,
        ],
    );
    check(
        "ec2 authorize-security-group-ingress --group-id sg-1 --protocol udp --port 20-25 --source-group sg-2",
        &[
            r#"EC2::SecurityGroup sg-1 SecurityGroupIngress += {"FromPort":20,"IpProtocol":"udp","SourceSecurityGroupId":"sg-2","ToPort":25}"#,
        ],
    );
    check(
        "ec2 authorize-security-group-ingress --group-id sg-1 --protocol all --cidr 10.0.0.0/8",
        &[r#"EC2::SecurityGroup sg-1 SecurityGroupIngress += {"CidrIp":"10.0.0.0/8","IpProtocol":"-1"}"#],
    );
    check(
        "ec2 authorize-security-group-ingress --group-id sg-1 --protocol icmp --port -1 --cidr $CIDR",
        &[
            r#"EC2::SecurityGroup sg-1 SecurityGroupIngress += {"CidrIp":{"Fn::Unknown":"the command has a variable or placeholder here"},"FromPort":-1,"IpProtocol":"icmp","ToPort":-1}"#,
        ],
    );
    check(
        "ec2 revoke-security-group-ingress --group-id sg-1 --security-group-rule-ids sgr-1",
        &["EC2::SecurityGroup sg-1 SecurityGroupIngress = ?"],
    );
    check(
        "ec2 authorize-security-group-ingress --group-id $SG --ip-permissions file://r.json",
        &["EC2::SecurityGroup ? SecurityGroupIngress = ?"],
    );
}

#[test]
fn ec2_instances() {
    for spelling in [
        "--instance-type t3.large",
        "--instance-type Value=t3.large",
        r#"--instance-type '{"Value":"t3.large"}'"#,
        "--attribute instanceType --value t3.large",
    ] {
        check(
            &format!("ec2 modify-instance-attribute --instance-id i-1 {spelling}"),
            &["EC2::Instance i-1 InstanceType = \"t3.large\""],
        );
    }
    check(
        "ec2 modify-instance-attribute --instance-id i-1 --groups sg-1 sg-2 --no-source-dest-check",
        &["EC2::Instance i-1 SecurityGroupIds = [\"sg-1\",\"sg-2\"]", "EC2::Instance i-1 SourceDestCheck = false"],
    );
    check(
        "ec2 terminate-instances --instance-ids i-1 i-2",
        &["EC2::Instance i-1  = null", "EC2::Instance i-2  = null"],
    );
}

#[test]
fn ssm() {
    check(
        r#"ssm put-parameter --name /features/x --value '{"enabled":true}' --type String --overwrite"#,
        &[r#"SSM::Parameter /features/x Value = "{\"enabled\":true}""#, "SSM::Parameter /features/x Type = \"String\""],
    );
    check("ssm put-parameter --name /a --value a=b,c", &["SSM::Parameter /a Value = \"a=b,c\""]);
    check("ssm put-parameter --name /a --value ****", &["SSM::Parameter /a Value = ?"]);
}

#[test]
fn iam() {
    check(
        "iam attach-role-policy --role-name r --policy-arn arn:aws:iam::aws:policy/ReadOnlyAccess",
        &["IAM::Role r ManagedPolicyArns += \"arn:aws:iam::aws:policy/ReadOnlyAccess\""],
    );
    check(
        "iam detach-role-policy --role-name=r --policy-arn=arn:aws:iam::aws:policy/ReadOnlyAccess",
        &["IAM::Role r ManagedPolicyArns -= \"arn:aws:iam::aws:policy/ReadOnlyAccess\""],
    );
    check(
        r#"iam put-role-policy --role-name r --policy-name p --policy-document '{"Statement":[]}'"#,
        &[r#"IAM::Role r Policies[PolicyName=p] = {"PolicyDocument":{"Statement":[]},"PolicyName":"p"}"#],
    );
    check("iam delete-role-policy --role-name r --policy-name p", &["IAM::Role r Policies[PolicyName=p] = null"]);
    check("iam delete-role-policy --role-name r --policy-name $P", &["IAM::Role r Policies = ?"]);
    check(
        r#"iam update-assume-role-policy --role-name r --policy-document '{"Statement":[]}'"#,
        &[r#"IAM::Role r AssumeRolePolicyDocument = {"Statement":[]}"#],
    );
    check(
        "iam update-assume-role-policy --role-name r --policy-document file://trust.json",
        &["IAM::Role r AssumeRolePolicyDocument = ?"],
    );
}

#[test]
fn cloudwatch() {
    check(
        "cloudwatch put-metric-alarm --alarm-name a --threshold -5.0 --dimensions Name=F,Value=f Name=G,Value=g \
         --alarm-actions arn:1 arn:2 --no-actions-enabled",
        &[
            "CloudWatch::Alarm a ActionsEnabled = false",
            "CloudWatch::Alarm a AlarmActions = [\"arn:1\",\"arn:2\"]",
            r#"CloudWatch::Alarm a Dimensions = [{"Name":"F","Value":"f"},{"Name":"G","Value":"g"}]"#,
            "CloudWatch::Alarm a Threshold = -5",
        ],
    );
    check(
        "cloudwatch disable-alarm-actions --alarm-names a 'b c'",
        &["CloudWatch::Alarm a ActionsEnabled = false", "CloudWatch::Alarm b c ActionsEnabled = false"],
    );
    check("cloudwatch enable-alarm-actions --alarm-names a", &["CloudWatch::Alarm a ActionsEnabled = true"]);
}

#[test]
fn rds_changes_wait_unless_they_are_to_be_applied_at_once() {
    check(
        "rds modify-db-instance --db-instance-identifier d --no-multi-az --allocated-storage 100",
        &["RDS::DBInstance d AllocatedStorage ~= 100", "RDS::DBInstance d MultiAZ ~= false"],
    );
    check(
        "rds modify-db-instance --db-instance-identifier d --allocated-storage 100 --apply-immediately",
        &["RDS::DBInstance d AllocatedStorage = 100"],
    );
}

#[test]
fn every_operation_stands_in_one_row_and_is_a_command_of_the_cli() {
    let rows = super::TABLES.iter().flat_map(|table| table.iter()).map(|row| row.command);
    let mut names: Vec<_> =
        rows.chain(super::tags::commands()).chain(super::TRIGGERS).chain([super::route53::CHANGE_RECORDS]).collect();
    let all = names.len();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), all);
    for name in names {
        let (service, operation) = name.split_once(' ').unwrap();
        let known = table::service(service).and_then(|service| service.operation(operation));
        assert!(known.is_some(), "{name}");
    }
}

/// Commands that between them are of every row; what they do is in the snapshot.
fn examples() -> impl Iterator<Item = &'static str> {
    include_str!("../../../../tests/fixtures/commands/examples.txt").lines().filter(|line| !line.is_empty())
}

#[test]
fn every_row_has_its_effects() {
    let told: Vec<String> = examples()
        .map(|command| {
            let effects = told(command);
            let effects = if effects.is_empty() { vec!["no attribute".to_owned()] } else { effects };
            format!("{command}\n    {}", effects.join("\n    "))
        })
        .collect();
    insta::assert_snapshot!(told.join("\n"));
    let given: BTreeSet<String> =
        examples().map(|command| command.split(' ').take(2).collect::<Vec<_>>().join(" ")).collect();
    let rows = super::TABLES.iter().flat_map(|table| table.iter()).map(|row| row.command);
    let without: Vec<_> = rows.chain(super::tags::commands()).filter(|command| !given.contains(*command)).collect();
    assert_eq!(without, [""; 0]);
}

/// The properties of each type, as `scripts/generate-command-properties.py` found them in the published schemas.
fn properties() -> BTreeMap<String, BTreeSet<String>> {
    serde_json::from_str(include_str!("../../../../tests/fixtures/commands/properties.json")).unwrap()
}

/// Properties of the compared model that no schema has.
const OURS: &[(&str, &str)] = &[("AWS::EC2::RouteTable", "Routes")];

#[test]
fn every_property_is_one_of_cloudformation() {
    let properties = properties();
    let known = |resource_type: &str, at: &str| {
        OURS.contains(&(resource_type, at)) || at.is_empty() || properties[resource_type].contains(at)
    };
    let mut others = BTreeSet::new();
    for row in super::TABLES.iter().flat_map(|table| table.iter()) {
        let paths = row.changes.iter().flat_map(super::Change::paths);
        others.extend(paths.filter(|at| !known(row.resource_type, at)).map(|at| format!("{} {at}", row.command)));
    }
    for (resource_type, attributes) in [
        ("AWS::SNS::Topic", super::messaging::TOPIC_ATTRIBUTES),
        ("AWS::SNS::Subscription", super::messaging::SUBSCRIPTION_ATTRIBUTES),
        ("AWS::SQS::Queue", super::messaging::QUEUE_ATTRIBUTES),
    ] {
        let unknown = attributes.iter().map(|(_, at, _)| *at).filter(|at| !known(resource_type, at));
        others.extend(unknown.map(|at| format!("{resource_type} {at}")));
    }
    for command in examples() {
        for effect in effects([&CommandLine { text: format!("aws {command}"), at: None }]) {
            // The keys of a map and the members of a document are the user's own.
            let mut keys = Vec::new();
            for step in effect.path.steps() {
                let Step::Key(key) = step else { break };
                keys.push(key.as_str());
                let so_far = AttributePath::keys(keys.iter().copied());
                let facts = resource_facts(effect.resource_type.as_str()).unwrap();
                if facts.is_map(&so_far) || facts.is_document(&so_far) {
                    break;
                }
            }
            let at = keys.join(".");
            if !known(effect.resource_type.as_str(), &at) {
                others.insert(format!("{command}: {at}"));
            }
        }
    }
    assert_eq!(others, BTreeSet::new());
}
