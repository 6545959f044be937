//! T2 for each service: the command explains the change it makes, and neither another value nor another resource.

use super::*;

/// A change and the command that makes it.
struct Row {
    resource_type: &'static str,
    identifier: &'static str,
    path: &'static str,
    before: &'static str,
    after: &'static str,
    /// A value that the command does not set.
    beside: &'static str,
    command: &'static str,
}

const fn row(
    (resource_type, identifier, path): (&'static str, &'static str, &'static str),
    [before, after, beside]: [&'static str; 3],
    command: &'static str,
) -> Row {
    Row { resource_type, identifier, path, before, after, beside, command }
}

const RULE_PATH: &str = "SecurityGroupIngress[IpProtocol,FromPort,ToPort,CidrIp=tcp,22,22,x]";
const WORLD: &str = r#"{"IpProtocol":"tcp","FromPort":22,"ToPort":22,"CidrIp":"0.0.0.0/0"}"#;
const OFFICE: &str = r#"{"IpProtocol":"tcp","FromPort":22,"ToPort":22,"CidrIp":"10.0.0.0/8"}"#;

const ROWS: [Row; 10] = [
    row(
        ("AWS::ECS::Service", "arn:aws:ecs:eu-west-1:1:service/shop/api", "TaskDefinition"),
        [
            r#""arn:aws:ecs:eu-west-1:1:task-definition/x:1""#,
            r#""arn:aws:ecs:eu-west-1:1:task-definition/x:2""#,
            r#""arn:aws:ecs:eu-west-1:1:task-definition/x:3""#,
        ],
        "aws ecs update-service --cluster shop --service api --task-definition x:2",
    ),
    row(
        ("AWS::Lambda::Function", "f", "MemorySize"),
        ["512", "1024", "2048"],
        "aws lambda update-function-configuration --function-name f --memory-size 1024",
    ),
    row(
        ("AWS::Lambda::Alias", "arn:aws:lambda:eu-west-1:1:function:f:live", "FunctionVersion"),
        [r#""6""#, r#""7""#, r#""8""#],
        "aws lambda update-alias --function-name f --name live --function-version 7",
    ),
    row(
        ("AWS::EC2::SecurityGroup", "sg-1", RULE_PATH),
        ["null", WORLD, OFFICE],
        "aws ec2 authorize-security-group-ingress --group-id sg-1 --protocol tcp --port 22 --cidr 0.0.0.0/0",
    ),
    row(
        ("AWS::EC2::SecurityGroup", "sg-1", RULE_PATH),
        [WORLD, "null", WORLD],
        "aws ec2 revoke-security-group-ingress --group-id sg-1 --protocol tcp --port 22 --cidr 0.0.0.0/0",
    ),
    row(
        ("AWS::EC2::Instance", "i-1", "InstanceType"),
        [r#""t3.small""#, r#""t3.large""#, r#""t3.micro""#],
        "aws ec2 modify-instance-attribute --instance-id i-1 --instance-type t3.large",
    ),
    row(
        ("AWS::IAM::Role", "r", "ManagedPolicyArns[x]"),
        ["null", r#""arn:aws:iam::aws:policy/ReadOnlyAccess""#, r#""arn:aws:iam::aws:policy/AdministratorAccess""#],
        "aws iam attach-role-policy --role-name r --policy-arn arn:aws:iam::aws:policy/ReadOnlyAccess",
    ),
    row(
        ("AWS::IAM::Role", "r", "Policies[PolicyName=p].PolicyDocument.Statement[Sid=S].Action[s3:GetObject]"),
        ["null", r#""s3:GetObject""#, r#""s3:*""#],
        r#"aws iam put-role-policy --role-name r --policy-name p --policy-document '{"Statement":[{"Sid":"S","Action":"s3:GetObject"}]}'"#,
    ),
    row(
        ("AWS::SSM::Parameter", "/features/x", "Value"),
        [r#""off""#, r#""on""#, r#""half""#],
        "aws ssm put-parameter --name /features/x --value on --overwrite",
    ),
    row(
        ("AWS::CloudWatch::Alarm", "High errors", "ActionsEnabled"),
        ["true", "false", r#""maybe""#],
        "aws cloudwatch disable-alarm-actions --alarm-names 'High errors'",
    ),
];

#[test]
fn a_command_explains_the_change_it_makes_and_not_the_one_beside_it() {
    let json = |text: &str| serde_json::from_str::<Json>(text).unwrap();
    for row in ROWS {
        let mut case = Case::scaled();
        case.drift = drift(row.resource_type, row.identifier);
        let records = [by_command("CR-1", row.command)];
        case.drift.attributes = vec![attribute(row.path, &json(row.before), &json(row.after))];
        case.check(&records, &format!("explained; CR-1 T2 {}", row.path));
        let mut beside = Case::scaled();
        beside.drift = case.drift.clone();
        beside.drift.attributes = vec![attribute(row.path, &json(row.before), &json(row.beside))];
        let verdict = beside.judged(&records).verdict;
        assert!(matches!(verdict, Verdict::Contradicted | Verdict::Unexplained), "{verdict} {}", row.command);
        case.drift.identifier = Some(format!("{}x", row.identifier));
        case.check(&records, "unexplained");
    }
}
