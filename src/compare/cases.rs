//! What a person may do to a resource by hand, and what is said about it.

mod controlled;
mod unknown;

use std::collections::BTreeSet;

use serde_json::{Value as Json, json};

use super::*;

const ACCOUNT: &str = "111111111111";

struct Case {
    resource_type: &'static str,
    declared: Json,
    applied: Option<Json>,
    live: Json,
    reader: Reader,
    open: &'static [&'static str],
    ignored: &'static [&'static str],
}

fn case(resource_type: &'static str, declared: Json, live: Json) -> Case {
    Case { resource_type, declared, applied: None, live, reader: Reader::Unknown, open: &[], ignored: &[] }
}

fn run(case: &Case) -> Comparison {
    let base = case.applied.as_ref().map_or_else(Base::unknown, |applied| Base::deployed(Value::from_json(applied)));
    let [declared, live] = [&case.declared, &case.live].map(Value::from_json);
    compare(&Subject {
        resource_type: &case.resource_type.into(),
        identifier: None,
        account: Some(ACCOUNT),
        region: Some("eu-west-1"),
        declared: &declared,
        base: &base,
        live: &live,
        reader: case.reader,
        open_collections: &case.open.iter().map(|pattern| (*pattern).to_owned()).collect::<BTreeSet<_>>(),
        ignored: &case.ignored.iter().map(|pattern| (*pattern).to_owned()).collect::<Vec<_>>(),
        bands: &[],
    })
}

/// `path standing` of everything that is not in sync, and `path ?` of what cannot be told.
fn said(comparison: &Comparison) -> Vec<String> {
    let drifts = comparison.attributes.iter().map(|drift| format!("{} {}", drift.path, drift.standing));
    let mut said: Vec<String> =
        drifts.chain(comparison.unverifiable.iter().map(|(path, _)| format!("{path} ?"))).collect();
    said.sort();
    said
}

fn check(resource_type: &'static str, declared: Json, live: Json, expect: &[&str]) {
    let found = run(&case(resource_type, declared.clone(), live.clone()));
    let mut expect = expect.to_vec();
    expect.sort_unstable();
    assert_eq!(said(&found), expect, "{resource_type} {declared} {live}");
}

fn rule(port: i64, cidr: &str) -> Json {
    json!({"IpProtocol": "tcp", "FromPort": port, "ToPort": port, "CidrIp": cidr})
}

fn with(mut value: Json, key: &str, member: Json) -> Json {
    value[key] = member;
    value
}

#[test]
fn security_group_rules_are_told_apart_by_protocol_ports_and_source() {
    let group = |rules: Json| json!({ "SecurityGroupIngress": rules });
    let check = |declared: Json, live: Json, expect: &[&str]| {
        check("AWS::EC2::SecurityGroup", group(declared), group(live), expect);
    };
    let (web, ssh) = (rule(443, "0.0.0.0/0"), rule(22, "0.0.0.0/0"));
    let (web_path, ssh_path) = (
        "SecurityGroupIngress[IpProtocol,FromPort,ToPort,CidrIp=tcp,443,443,0.0.0.0/0]",
        "SecurityGroupIngress[IpProtocol,FromPort,ToPort,CidrIp=tcp,22,22,0.0.0.0/0]",
    );
    let drifted = |path: &str| format!("{path} drifted");
    check(json!([web, ssh]), json!([ssh, web]), &[]);
    check(json!([web]), json!([web, ssh]), &[&drifted(ssh_path)]);
    check(json!([web, ssh]), json!([web]), &[&drifted(ssh_path)]);
    check(json!([]), json!([ssh]), &[&drifted(ssh_path)]);
    let described = with(web.clone(), "Description", json!("by hand"));
    check(json!([web]), json!([described]), &[]);
    check(
        json!([with(web.clone(), "Description", json!("web"))]),
        json!([described]),
        &[&format!("{web_path}.Description drifted")],
    );
    check(json!([with(web.clone(), "IpProtocol", json!("6"))]), json!([web]), &[]);
    check(
        json!([with(web.clone(), "IpProtocol", json!("17"))]),
        json!([web]),
        &[&drifted(web_path), &drifted("SecurityGroupIngress[IpProtocol,FromPort,ToPort,CidrIp=17,443,443,0.0.0.0/0]")],
    );
    check(json!([with(web.clone(), "Description", json!(""))]), json!([web]), &[]);
    let all = |ports: Option<i64>| {
        let rule = json!({"IpProtocol": "-1", "CidrIp": "10.0.0.0/8"});
        ports.map_or(rule.clone(), |port| with(with(rule, "FromPort", json!(port)), "ToPort", json!(port)))
    };
    check(json!([all(Some(0))]), json!([all(Some(-1))]), &[]);
    check(json!([all(None)]), json!([all(Some(-1))]), &[]);
}

#[test]
fn a_rule_nobody_declared_is_found_even_where_no_rule_is_declared() {
    let open = json!({"SecurityGroupIngress": [rule(22, "0.0.0.0/0")]});
    let path = "SecurityGroupIngress[IpProtocol,FromPort,ToPort,CidrIp=tcp,22,22,0.0.0.0/0] drifted";
    check("AWS::EC2::SecurityGroup", json!({}), open.clone(), &[path]);
    let shared = Case { open: &["SecurityGroupIngress"], ..case("AWS::EC2::SecurityGroup", json!({}), open) };
    assert_eq!(said(&run(&shared)), Vec::<String>::new());
}

#[test]
fn the_rule_that_lets_everything_out_is_aws_s_own_unless_egress_is_declared() {
    let out = json!({"IpProtocol": "-1", "FromPort": -1, "ToPort": -1, "CidrIp": "0.0.0.0/0"});
    let path = "SecurityGroupEgress[IpProtocol,CidrIp=-1,0.0.0.0/0] drifted";
    check("AWS::EC2::SecurityGroup", json!({}), json!({"SecurityGroupEgress": [out]}), &[]);
    check(
        "AWS::EC2::SecurityGroup",
        json!({"SecurityGroupEgress": []}),
        json!({"SecurityGroupEgress": [out]}),
        &[path],
    );
    let other = json!({"SecurityGroupEgress": [out, rule(25, "0.0.0.0/0")]});
    let added = "SecurityGroupEgress[IpProtocol,FromPort,ToPort,CidrIp=tcp,25,25,0.0.0.0/0] drifted";
    check("AWS::EC2::SecurityGroup", json!({}), other, &[added]);
}

#[test]
fn a_rule_with_an_unknown_source_takes_the_place_of_one_that_fits() {
    let from =
        |source: Json| json!({"IpProtocol": "tcp", "FromPort": 80, "ToPort": 80, "SourceSecurityGroupId": source});
    let group = |rules: Json| json!({ "SecurityGroupIngress": rules });
    let unknown = from(json!({"Fn::Unknown": "aws_security_group.lb.id"}));
    let path = "SecurityGroupIngress[0].SourceSecurityGroupId ?";
    let (fitting, ssh) = (from(json!("sg-1")), rule(22, "0.0.0.0/0"));
    check("AWS::EC2::SecurityGroup", group(json!([unknown])), group(json!([fitting])), &[path]);
    let added = "SecurityGroupIngress[IpProtocol,FromPort,ToPort,CidrIp=tcp,22,22,0.0.0.0/0] drifted";
    check("AWS::EC2::SecurityGroup", group(json!([unknown])), group(json!([ssh, fitting])), &[added, path]);
}

fn task(container: Json) -> Json {
    json!({"Family": "api", "ContainerDefinitions": [container]})
}

fn app() -> Json {
    json!({"Name": "app", "Image": "api:1", "Environment": [{"Name": "A", "Value": "1"}, {"Name": "B", "Value": "2"}],
           "PortMappings": [{"ContainerPort": 80}], "Command": ["serve", "--fast"]})
}

#[test]
fn a_task_definition_is_compared_by_container_and_variable() {
    let check = |live: Json, expect: &[&str]| check("AWS::ECS::TaskDefinition", task(app()), task(live), expect);
    let reordered = json!([{"Name": "B", "Value": "2"}, {"Name": "A", "Value": "1"}]);
    let filled = json!([{"ContainerPort": 80, "Protocol": "tcp", "HostPort": 0}]);
    let echoed = with(with(with(app(), "Environment", reordered), "PortMappings", filled), "Cpu", json!(0));
    check(with(echoed, "MountPoints", json!([])), &[]);
    check(with(app(), "Image", json!("api:2")), &["ContainerDefinitions[Name=app].Image drifted"]);
    let changed = json!([{"Name": "A", "Value": "9"}, {"Name": "B", "Value": "2"}]);
    check(with(app(), "Environment", changed), &["ContainerDefinitions[Name=app].Environment[Name=A].Value drifted"]);
    let added = json!([{"Name": "A", "Value": "1"}, {"Name": "B", "Value": "2"}, {"Name": "DEBUG", "Value": "1"}]);
    check(with(app(), "Environment", added), &["ContainerDefinitions[Name=app].Environment[Name=DEBUG] drifted"]);
    let udp = json!([{"ContainerPort": 80, "Protocol": "tcp"}, {"ContainerPort": 80, "Protocol": "udp"}]);
    check(
        with(app(), "PortMappings", udp),
        &["ContainerDefinitions[Name=app].PortMappings[ContainerPort,Protocol=80,udp] drifted"],
    );
    check(
        with(app(), "Secrets", json!([{"Name": "S", "ValueFrom": "x"}])),
        &["ContainerDefinitions[Name=app].Secrets[Name=S] drifted"],
    );
    check(
        with(app(), "Command", json!(["--fast", "serve"])),
        &["ContainerDefinitions[Name=app].Command[0] drifted", "ContainerDefinitions[Name=app].Command[1] drifted"],
    );
    check(with(app(), "Cpu", json!(256)), &[]);
    let mut sidecar = task(app());
    sidecar["ContainerDefinitions"].as_array_mut().unwrap().push(json!({"Name": "shell", "Image": "busybox"}));
    super::cases::check(
        "AWS::ECS::TaskDefinition",
        task(app()),
        sidecar,
        &["ContainerDefinitions[Name=shell] drifted"],
    );
}

#[test]
fn a_service_is_compared_by_what_its_names_mean() {
    let service = |cluster: &str, version: &str, groups: Json| {
        json!({"Cluster": cluster, "PlatformVersion": version, "DesiredCount": 2,
               "NetworkConfiguration": {"AwsvpcConfiguration": {"SecurityGroups": groups}}})
    };
    let check = |live: Json, expect: &[&str]| {
        check("AWS::ECS::Service", service("prod", "LATEST", json!(["sg-1", "sg-2"])), live, expect);
    };
    let arn = "arn:aws:ecs:eu-west-1:111111111111:cluster/prod";
    check(service(arn, "1.4.0", json!(["sg-2", "sg-1"])), &[]);
    check(service(&arn.replace("prod", "test"), "1.4.0", json!(["sg-2", "sg-1"])), &["Cluster drifted"]);
    check(service("prod", "1.3.0", json!(["sg-2", "sg-1"])), &["PlatformVersion drifted"]);
    check(
        service("prod", "LATEST", json!(["sg-2", "sg-3"])),
        &[
            "NetworkConfiguration.AwsvpcConfiguration.SecurityGroups[sg-1] drifted",
            "NetworkConfiguration.AwsvpcConfiguration.SecurityGroups[sg-3] drifted",
        ],
    );
    check(
        with(service("prod", "LATEST", json!(["sg-1", "sg-2"])), "DesiredCount", json!(5)),
        &["DesiredCount drifted"],
    );
}

fn role(actions: Json) -> Json {
    json!({"Policies": [{"PolicyName": "p", "PolicyDocument": {"Version": "2012-10-17", "Statement": [
        {"Sid": "Read", "Effect": "Allow", "Action": actions, "Resource": "*"}]}}]})
}

#[test]
fn a_change_of_a_policy_shows_at_the_action() {
    let check = |live: Json, expect: &[&str]| check("AWS::IAM::Role", role(json!("s3:GetObject")), live, expect);
    let path =
        |action: &str| format!("Policies[PolicyName=p].PolicyDocument.Statement[Sid=Read].Action[{action}] drifted");
    check(role(json!(["s3:GetObject"])), &[]);
    check(role(json!(["s3:GetObject", "s3:PutObject"])), &[&path("s3:PutObject")]);
    check(role(json!("s3:*")), &[&path("s3:*"), &path("s3:GetObject")]);
    let mut conditional = role(json!("s3:GetObject"));
    conditional["Policies"][0]["PolicyDocument"]["Statement"][0]["Condition"] = json!({"Bool": {"aws:x": "true"}});
    check(conditional, &["Policies[PolicyName=p].PolicyDocument.Statement[Sid=Read].Condition drifted"]);
    let mut second = role(json!("s3:GetObject"));
    let all = json!({"Effect": "Allow", "Action": "*", "Resource": "*"});
    second["Policies"][0]["PolicyDocument"]["Statement"].as_array_mut().unwrap().push(all);
    check(second, &["Policies[PolicyName=p].PolicyDocument.Statement[1] drifted"]);
    check(json!({}), &["Policies[PolicyName=p] drifted"]);
    let attached =
        with(role(json!("s3:GetObject")), "ManagedPolicyArns", json!(["arn:aws:iam::aws:policy/AdministratorAccess"]));
    check(attached, &["ManagedPolicyArns[arn:aws:iam::aws:policy/AdministratorAccess] drifted"]);
    let mut older = role(json!("s3:GetObject"));
    older["Policies"][0]["PolicyDocument"]["Version"] = json!("2008-10-17");
    check(older, &["Policies[PolicyName=p].PolicyDocument.Version drifted"]);
}

#[test]
fn attachments_of_a_shared_policy_are_judged_one_by_one() {
    let policy = |roles: Json| json!({ "Roles": roles });
    let check =
        |declared, live, expect: &[&str]| check("AWS::IAM::ManagedPolicy", policy(declared), policy(live), expect);
    check(json!(["a"]), json!(["a", "elsewhere"]), &[]);
    check(json!(["a", "b"]), json!(["a", "elsewhere"]), &["Roles[b] drifted"]);
}

#[test]
fn a_function_is_compared_with_its_variables_and_without_its_code() {
    let function = |variables: Json| json!({"MemorySize": 256, "Environment": {"Variables": variables}});
    let check = |declared, live, expect: &[&str]| check("AWS::Lambda::Function", declared, live, expect);
    check(
        function(json!({"A": "1"})),
        function(json!({"A": "1", "DEBUG": "1"})),
        &["Environment.Variables.DEBUG drifted"],
    );
    check(json!({"MemorySize": 256}), function(json!({"DEBUG": "1"})), &["Environment.Variables.DEBUG drifted"]);
    check(json!({"MemorySize": 256}), function(json!({})), &[]);
    check(function(json!({"A": "1"})), json!({"MemorySize": 256}), &["Environment.Variables.A drifted"]);
    let arn = "arn:aws:sqs:eu-west-1:111111111111:jobs";
    check(function(json!({"Q": "jobs"})), function(json!({"Q": arn})), &["Environment.Variables.Q drifted"]);
    check(
        function(json!({"J": "{\"a\":1}"})),
        function(json!({"J": "{\"a\": 1}"})),
        &["Environment.Variables.J drifted"],
    );
    check(json!({"Code": {"ZipFile": "x"}}), json!({"Code": {}}), &["Code ?"]);
    check(json!({"Layers": ["a", "b"]}), json!({"Layers": ["b", "a"]}), &["Layers[0] drifted", "Layers[1] drifted"]);
    check(json!({"Timeout": 3}), json!({}), &[]);
    check(json!({"Timeout": 4}), json!({}), &["Timeout drifted"]);
}

#[test]
fn tags_of_aws_are_not_tags_and_others_are() {
    let tags = |pairs: &[(&str, &str)]| -> Json {
        let tags: Vec<Json> = pairs.iter().map(|(key, value)| json!({"Key": key, "Value": value})).collect();
        json!({ "Tags": tags })
    };
    let check = |live: Json, expect: &[&str]| check("AWS::SNS::Topic", tags(&[("env", "prod")]), live, expect);
    check(tags(&[("aws:cloudformation:stack-name", "s"), ("env", "prod")]), &[]);
    check(tags(&[("env", "test")]), &["Tags[Key=env].Value drifted"]);
    check(tags(&[("env", "prod"), ("owner", "me")]), &["Tags[Key=owner] drifted"]);
    check(json!({}), &["Tags[Key=env] drifted"]);
    super::cases::check(
        "AWS::Lambda::Function",
        json!({}),
        json!({"Environment": {"Variables": {"aws:x": "1"}}}),
        &["Environment.Variables.aws:x drifted"],
    );
}

#[test]
fn members_a_service_adds_are_nobodys_while_they_are_defaults() {
    let attributes = |pairs: &[(&str, &str)]| -> Json {
        let members: Vec<Json> = pairs.iter().map(|(key, value)| json!({"Key": key, "Value": value})).collect();
        json!({ "LoadBalancerAttributes": members })
    };
    let check = |live: Json, expect: &[&str]| {
        let declared = attributes(&[("deletion_protection.enabled", "true")]);
        check("AWS::ElasticLoadBalancingV2::LoadBalancer", declared, live, expect);
    };
    let protected = ("deletion_protection.enabled", "true");
    check(attributes(&[("idle_timeout.timeout_seconds", "60"), protected, ("newer.than.the.table", "off")]), &[]);
    check(
        attributes(&[protected, ("newer.than.the.table", "on")]),
        &["LoadBalancerAttributes[Key=newer.than.the.table] drifted"],
    );
    check(
        attributes(&[("idle_timeout.timeout_seconds", "600"), protected]),
        &["LoadBalancerAttributes[Key=idle_timeout.timeout_seconds] drifted"],
    );
    check(
        attributes(&[("deletion_protection.enabled", "false")]),
        &["LoadBalancerAttributes[Key=deletion_protection.enabled].Value drifted"],
    );
}

#[test]
fn an_off_switch_is_a_change() {
    check(
        "AWS::CloudWatch::Alarm",
        json!({"ActionsEnabled": true}),
        json!({"ActionsEnabled": false}),
        &["ActionsEnabled drifted"],
    );
    check("AWS::CloudWatch::Alarm", json!({"ActionsEnabled": true}), json!({}), &[]);
    check("AWS::CloudWatch::Alarm", json!({"ActionsEnabled": false}), json!({}), &["ActionsEnabled drifted"]);
    check("AWS::CloudWatch::Alarm", json!({"Threshold": 5}), json!({"Threshold": 5.0}), &[]);
    check("AWS::CloudWatch::Alarm", json!({"Threshold": 5}), json!({"Threshold": 5.5}), &["Threshold drifted"]);
    check("AWS::SQS::Queue", json!({"QueueName": ""}), json!({}), &["QueueName drifted"]);
    check("AWS::SQS::Queue", json!({"DelaySeconds": 0}), json!({"DelaySeconds": 1}), &["DelaySeconds drifted"]);
}

#[test]
fn a_member_the_service_knows_by_another_name_is_the_same_member() {
    let criterion = |name: &str, value: i64| json!({"FindingCriteria": {"Criterion": {"severity": { name: value }}}});
    check("AWS::GuardDuty::Filter", criterion("Gte", 7), criterion("GreaterThanOrEqual", 7), &[]);
    let path = "FindingCriteria.Criterion.severity.GreaterThanOrEqual drifted";
    check("AWS::GuardDuty::Filter", criterion("Gte", 7), criterion("GreaterThanOrEqual", 4), &[path]);
}

#[test]
fn what_is_declared_empty_is_in_sync_with_what_is_empty() {
    for (resource_type, empty) in [
        ("AWS::X::Y", json!({"A": {}, "B": []})),
        ("AWS::IAM::ManagedPolicy", json!({"Roles": []})),
        ("AWS::SNS::Topic", json!({"Tags": []})),
    ] {
        let found = run(&case(resource_type, empty.clone(), empty.clone()));
        assert_eq!((found.in_sync.len(), found.attributes.len()), (empty.as_object().unwrap().len(), 0));
    }
    assert_eq!(run(&case("AWS::X::Y", json!({}), json!({"A": 1}))), Comparison::default());
}

#[test]
fn null_is_the_same_as_nothing() {
    check("AWS::SQS::Queue", json!({"DelaySeconds": null}), json!({}), &[]);
    check("AWS::SQS::Queue", json!({"DelaySeconds": 1}), json!({"DelaySeconds": null}), &["DelaySeconds drifted"]);
}

#[test]
fn a_json_text_is_the_document_it_holds() {
    let pattern = |text: &str| json!({ "EventPattern": text });
    check(
        "AWS::Events::Rule",
        pattern(r#"{"source":["a","b"]}"#),
        json!({"EventPattern": {"source": ["b", "a"]}}),
        &[],
    );
    check(
        "AWS::Events::Rule",
        pattern(r#"{"source":["a"]}"#),
        json!({"EventPattern": {"source": ["a", "c"]}}),
        &["EventPattern.source[c] drifted"],
    );
    check(
        "AWS::Events::Rule",
        pattern(r#"{"source":["a"]}"#),
        pattern(r#"{"source": ["a"], "detail": {}}"#),
        &["EventPattern.detail drifted"],
    );
    check("AWS::X::Y", json!({"Doc": "{\"a\": 1}"}), json!({"Doc": {"a": 1}}), &[]);
    check("AWS::X::Y", json!({"Doc": "{\"a\": 1}"}), json!({"Doc": {"a": 2}}), &["Doc.a drifted"]);
    check("AWS::X::Y", json!({"Doc": "{\"a\": 1}"}), json!({"Doc": "{\"a\":1}"}), &["Doc drifted"]);
}

#[test]
fn items_without_identity_are_found_by_likeness() {
    let items = |items: Json| json!({ "Rules": items });
    let (a, b) = (json!({"Status": "on", "Days": 1, "Prefix": "a"}), json!({"Status": "on", "Days": 2, "Prefix": "b"}));
    let changed = with(b.clone(), "Days", json!(9));
    check("AWS::X::Y", items(json!([a, b])), items(json!([changed, a])), &["Rules[1].Days drifted"]);
    check("AWS::X::Y", items(json!([a, b])), items(json!([b])), &["Rules[0] drifted"]);
    check("AWS::X::Y", items(json!([a])), items(json!([b, a])), &["Rules[1] drifted"]);
}

#[test]
fn three_sides_give_the_standing() {
    let tag = |value: &str| json!({"Tags": [{"Key": "a", "Value": value}]});
    let check = |declared: Json, applied: Json, live: Json, expect: &[&str]| {
        let case = Case { applied: Some(applied), ..case("AWS::SNS::Topic", declared, live) };
        assert_eq!(said(&run(&case)), expect);
    };
    check(tag("2"), tag("1"), tag("1"), &["Tags[Key=a].Value pending"]);
    check(tag("1"), tag("1"), tag("2"), &["Tags[Key=a].Value drifted"]);
    check(tag("2"), tag("1"), tag("3"), &["Tags[Key=a].Value conflict"]);
    check(tag("2"), tag("1"), tag("2"), &["Tags[Key=a].Value codified"]);
    check(json!({}), tag("1"), tag("1"), &["Tags[Key=a] pending"]);
    check(json!({}), tag("1"), tag("2"), &["Tags[Key=a] conflict"]);
    check(json!({}), tag("1"), json!({}), &["Tags[Key=a] codified"]);
    check(tag("1"), json!({}), json!({}), &["Tags[Key=a] pending"]);
    check(tag("1"), tag("1"), json!({}), &["Tags[Key=a] drifted"]);
    check(json!({}), json!({}), tag("1"), &["Tags[Key=a] drifted"]);
    check(tag("1"), json!({}), tag("1"), &["Tags[Key=a].Key codified", "Tags[Key=a].Value codified"]);
    check(json!({"Tags": {"Fn::Unknown": "?"}}), tag("1"), tag("2"), &["Tags ?"]);
    let unknown_base = json!({"Tags": [{"Key": "a", "Value": {"Fn::Unknown": "?"}}]});
    check(tag("1"), unknown_base, tag("2"), &["Tags[Key=a].Value drifted"]);
}

#[test]
fn what_a_declaration_ignores_is_listed_as_ignored() {
    let service = |count: i64, image: &str| json!({"DesiredCount": count, "TaskDefinition": image});
    let ignoring = |ignored| Case { ignored, ..case("AWS::ECS::Service", service(2, "api:1"), service(5, "api:2")) };
    let found = run(&ignoring(&["DesiredCount"]));
    assert_eq!(said(&found), ["TaskDefinition drifted"]);
    assert_eq!(found.ignored.len(), 1);
    assert_eq!(run(&ignoring(&["*"])).ignored.len(), 2);
}

#[test]
fn a_single_tag_can_be_ignored_and_its_neighbours_are_not() {
    let tags =
        |name: &str, owner: &str| json!({"Tags": [{"Key": "Name", "Value": name}, {"Key": "Owner", "Value": owner}]});
    let ignoring = |ignored| Case { ignored, ..case("AWS::EC2::VPC", tags("a", "x"), tags("b", "y")) };
    let found = run(&ignoring(&["Tags[Key=Owner]"]));
    assert_eq!((said(&found), found.ignored.len()), (vec!["Tags[Key=Name].Value drifted".to_owned()], 1));
    let found = run(&ignoring(&["Tags[Key=Na*]"]));
    assert_eq!((said(&found), found.ignored.len()), (vec!["Tags[Key=Owner].Value drifted".to_owned()], 1));
}

#[test]
fn secrets_are_compared_by_fingerprint_and_never_with_plain_text() {
    use crate::model::Fingerprinter;
    let resource_type: ResourceType = "AWS::Lambda::Function".into();
    let function = |value: &str| Value::from_json(&json!({"Environment": {"Variables": {"DB": value}}}));
    let hide = |value: Value| crate::schema::hide_secrets(&resource_type, value, &Fingerprinter::new(*b"key"));
    let check = |declared: &Value, live: &Value, expect: &[&str]| {
        let found = compare(&Subject {
            resource_type: &resource_type,
            identifier: None,
            account: None,
            region: None,
            declared,
            base: &Base::unknown(),
            live,
            reader: Reader::Unknown,
            open_collections: &BTreeSet::new(),
            ignored: &[],
            bands: &[],
        });
        assert_eq!(said(&found), expect);
    };
    check(&hide(function("a")), &hide(function("a")), &[]);
    check(&hide(function("a")), &hide(function("b")), &["Environment.Variables.DB drifted"]);
    check(&hide(function("a")), &function("a"), &["Environment.Variables.DB ?"]);
}

#[test]
fn a_suppressed_difference_names_its_rule() {
    let found = run(&case("AWS::SQS::Queue", json!({"DelaySeconds": "5"}), json!({"DelaySeconds": 5})));
    assert_eq!(found.suppressed, [(AttributePath::keys(["DelaySeconds"]), RuleId::ScalarText)]);
    assert_eq!(found.in_sync.len(), 1);
}

#[test]
fn a_list_item_that_is_gone_is_gone_as_a_whole() {
    let two = json!({"ContainerDefinitions": [app(), {"Name": "log", "Image": "log:1", "MountPoints": []}]});
    let path = "ContainerDefinitions[Name=log] drifted";
    check("AWS::ECS::TaskDefinition", two, json!({"ContainerDefinitions": [app()]}), &[path]);
}

#[test]
fn items_of_one_name_are_matched_by_what_they_are() {
    let header = |name: &str, value: &str| json!({"Field": "http-header", "HttpHeaderConfig": {"HttpHeaderName": name, "Values": [value]}});
    let rule = |conditions: Json| json!({ "Conditions": conditions });
    let check = |live: Json, expect: &[&str]| {
        let declared = rule(json!([header("a", "1"), header("b", "2")]));
        check("AWS::ElasticLoadBalancingV2::ListenerRule", declared, rule(live), expect);
    };
    check(json!([header("b", "2"), header("a", "1")]), &[]);
    check(json!([header("a", "1")]), &["Conditions[1] drifted"]);
}
