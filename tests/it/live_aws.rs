//! Reading live AWS on the wire: resources are made through the SDK in an emulator, changed by hand, and read.
//!
//! Where ministack and moto both serve a type, both are read: they are separate programs, and what works on one alone
//! has learnt an emulator.

use std::collections::BTreeSet;

use aws_sdk_applicationautoscaling::types::{ScalableDimension, ServiceNamespace};
use aws_sdk_cloudwatch::types::{ComparisonOperator, Dimension, Statistic};
use aws_sdk_ec2::types::{IpPermission, IpRange, UserIdGroupPair};
use aws_sdk_ecs::types::{
    AssignPublicIp, AwsVpcConfiguration, Compatibility, ContainerDefinition, KeyValuePair, LaunchType,
    NetworkConfiguration, NetworkMode, PortMapping,
};
use aws_sdk_lambda::primitives::Blob;
use aws_sdk_lambda::types::{AliasRoutingConfiguration, Environment, FunctionCode, Runtime};
use aws_sdk_ssm::types::ParameterType;
use driftledger::applied::stack_fetch;
use driftledger::live::{Collection, Found, Wanted, aws};
use driftledger::model::{Fingerprinter, Live, ResourceType, Value};
use serde_json::{Value as Json, json};

use crate::emulators::{Account, Emulator, REGION, ministack, moto};

fn fingerprints() -> Fingerprinter {
    Fingerprinter::new(*b"key")
}

async fn read(account: &Account, names: &[(&str, &str)]) -> Collection {
    let wanted: Vec<Wanted> =
        names.iter().map(|(name, key)| Wanted { resource_type: (*name).into(), key: (*key).to_owned() }).collect();
    let collection = aws::read(&account.aws, &wanted, &fingerprints()).await;
    assert_eq!(collection.problems, [], "{collection:?}");
    collection
}

fn present<'a>(collection: &'a Collection, name: &str, key: &str) -> &'a Live {
    match collection.find(&ResourceType::from(name), key) {
        Found::Present(live) => live,
        other => panic!("{name} {key} is {other:?}"),
    }
}

fn assert_missing(collection: &Collection, name: &str, key: &str) {
    assert_eq!(collection.find(&ResourceType::from(name), key), Found::Missing, "{name} {key}");
}

/// Asserts that the properties are among those of a resource.
fn assert_has(live: &Live, expected: &Json) {
    for (name, value) in expected.as_object().unwrap() {
        let found = live.attributes.get(name).unwrap_or_else(|| panic!("no {name} in {:?}", live.attributes));
        assert_eq!(found.to_json(), *value, "{name} of {}", live.identifier);
    }
}

const GROUP: &str = "AWS::EC2::SecurityGroup";
const INSTANCE: &str = "AWS::EC2::Instance";
const CLUSTER: &str = "AWS::ECS::Cluster";
const SERVICE: &str = "AWS::ECS::Service";
const TASK_DEFINITION: &str = "AWS::ECS::TaskDefinition";
const ROLE: &str = "AWS::IAM::Role";
const POLICY: &str = "AWS::IAM::ManagedPolicy";
const FUNCTION: &str = "AWS::Lambda::Function";
const ALIAS: &str = "AWS::Lambda::Alias";
const ALARM: &str = "AWS::CloudWatch::Alarm";
const PARAMETER: &str = "AWS::SSM::Parameter";

async fn check_security_group(emulator: &Emulator) {
    let account = Account::new(emulator).await;
    let ec2 = aws_sdk_ec2::Client::new(&account.sdk);
    let vpc = ec2.create_vpc().cidr_block("10.0.0.0/16").send().await.unwrap().vpc.unwrap().vpc_id.unwrap();
    let group = ec2.create_security_group().group_name("web").description("web servers").vpc_id(&vpc);
    let id = group.send().await.unwrap().group_id.unwrap();
    let range = |cidr: &str, why: &str| IpRange::builder().cidr_ip(cidr).description(why).build();
    let https = IpPermission::builder().ip_protocol("tcp").from_port(443).to_port(443);
    let https = https.ip_ranges(range("10.0.0.0/24", "a")).ip_ranges(range("10.0.1.0/24", "b")).build();
    let own = IpPermission::builder().ip_protocol("tcp").from_port(22).to_port(22);
    let own = own.user_id_group_pairs(UserIdGroupPair::builder().group_id(&id).build()).build();
    let authorize = ec2.authorize_security_group_ingress().group_id(&id);
    authorize.ip_permissions(https).ip_permissions(own).send().await.unwrap();

    let arn = format!("arn:aws:ec2:{REGION}:{}:security-group/{id}", account.aws.account().await.unwrap());
    let missing = "sg-00000000000000000";
    let names = [(GROUP, id.as_str()), (GROUP, "web"), (GROUP, arn.as_str()), (GROUP, missing), (GROUP, "db")];
    let collection = read(&account, &names).await;
    let live = present(&collection, GROUP, &id);
    assert_eq!(present(&collection, GROUP, "web").identifier, id);
    assert_eq!(present(&collection, GROUP, &arn).identifier, id);
    assert_eq!(collection.resources().len(), 1, "one group, whatever it was asked for by");
    assert_missing(&collection, GROUP, missing);
    assert_missing(&collection, GROUP, "db");
    let all = json!([{"IpProtocol": "-1", "CidrIp": "0.0.0.0/0"}]);
    let expected =
        json!({"GroupName": "web", "GroupDescription": "web servers", "VpcId": vpc, "SecurityGroupEgress": all});
    assert_has(live, &expected);
    let sources: BTreeSet<String> = live
        .attributes
        .get("SecurityGroupIngress")
        .unwrap()
        .as_list()
        .unwrap()
        .iter()
        .map(|rule| rule.to_json().to_string())
        .collect();
    let rule = |json: Json| Value::from_json(&json).to_json().to_string();
    let owner = account.aws.account().await.unwrap();
    let expected = [
        rule(json!({"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "CidrIp": "10.0.0.0/24", "Description": "a"})),
        rule(json!({"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "CidrIp": "10.0.1.0/24", "Description": "b"})),
        rule(json!({"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "SourceSecurityGroupId": id,
            "SourceSecurityGroupOwnerId": owner})),
    ];
    assert_eq!(sources, BTreeSet::from(expected));
}

#[tokio::test]
async fn a_security_group_is_read_with_one_rule_a_source() {
    check_security_group(ministack().await).await;
    check_security_group(moto().await).await;
}

#[tokio::test]
async fn more_groups_than_a_filter_takes_are_read_by_one_listing() {
    let account = Account::new(ministack().await).await;
    let ec2 = aws_sdk_ec2::Client::new(&account.sdk);
    let id = ec2.create_security_group().group_name("one").description("d").send().await.unwrap().group_id.unwrap();
    let others: Vec<String> = (0..250).map(|number| format!("sg-{number:017}")).collect();
    let mut names: Vec<(&str, &str)> = others.iter().map(|other| (GROUP, other.as_str())).collect();
    names.push((GROUP, &id));
    let collection = read(&account, &names).await;
    assert_eq!(present(&collection, GROUP, &id).identifier, id);
    assert_missing(&collection, GROUP, &others[7]);
    let calls = account.calls.snapshot();
    let described: u64 =
        calls.iter().filter(|(call, _)| call.operation == "DescribeSecurityGroups").map(|(_, count)| count).sum();
    assert_eq!(described, 1);
}

async fn check_instance(emulator: &Emulator) {
    let account = Account::new(emulator).await;
    let ec2 = aws_sdk_ec2::Client::new(&account.sdk);
    let run = || async {
        let run = ec2.run_instances().image_id("ami-12345678").min_count(1).max_count(1);
        let answer = run.instance_type("t3.micro".into()).send().await.unwrap();
        answer.instances.unwrap()[0].instance_id.clone().unwrap()
    };
    let (id, ended) = (run().await, run().await);
    ec2.terminate_instances().instance_ids(&ended).send().await.unwrap();
    let collection = read(&account, &[(INSTANCE, &id), (INSTANCE, &ended), (INSTANCE, "i-00000000000000000")]).await;
    let live = present(&collection, INSTANCE, &id);
    assert_has(live, &json!({"InstanceType": "t3.micro", "ImageId": "ami-12345678"}));
    assert!(live.attributes.get("UserData").unwrap().is_unknown());
    assert_missing(&collection, INSTANCE, &ended);
    assert_missing(&collection, INSTANCE, "i-00000000000000000");
}

#[tokio::test]
async fn an_instance_is_read_and_a_terminated_one_is_missing() {
    check_instance(ministack().await).await;
    check_instance(moto().await).await;
}

async fn register(ecs: &aws_sdk_ecs::Client, image: &str) -> String {
    let environment = KeyValuePair::builder().name("LOG_LEVEL").value("info").build();
    let container = ContainerDefinition::builder().name("app").image(image).essential(true).memory(256);
    let container = container.environment(environment).port_mappings(PortMapping::builder().container_port(80).build());
    let register = ecs.register_task_definition().family("orders").container_definitions(container.build());
    let register = register.cpu("256").memory("512").network_mode(NetworkMode::Awsvpc);
    let answer = register.requires_compatibilities(Compatibility::Fargate).send().await.unwrap();
    answer.task_definition.unwrap().task_definition_arn.unwrap()
}

async fn check_ecs(emulator: &Emulator) {
    let account = Account::new(emulator).await;
    let ecs = aws_sdk_ecs::Client::new(&account.sdk);
    ecs.create_cluster().cluster_name("prod").send().await.unwrap();
    let ec2 = aws_sdk_ec2::Client::new(&account.sdk);
    let vpc = ec2.create_vpc().cidr_block("10.0.0.0/16").send().await.unwrap().vpc.unwrap().vpc_id.unwrap();
    let group = ec2.create_security_group().group_name("tasks").description("tasks").vpc_id(&vpc);
    let group = group.send().await.unwrap().group_id.unwrap();
    let subnet = ec2.create_subnet().vpc_id(vpc).cidr_block("10.0.0.0/24").send().await.unwrap();
    let subnet = subnet.subnet.unwrap().subnet_id.unwrap();
    let declared = register(&ecs, "shop/orders:1").await;
    let network = AwsVpcConfiguration::builder()
        .subnets(&subnet)
        .security_groups(&group)
        .assign_public_ip(AssignPublicIp::Disabled);
    let network = NetworkConfiguration::builder().awsvpc_configuration(network.build().unwrap()).build();
    let create = ecs.create_service().cluster("prod").service_name("orders").task_definition(&declared);
    let create = create.launch_type(LaunchType::Fargate).network_configuration(network);
    create.desired_count(2).send().await.unwrap();
    // By hand: a new revision, rolled out, and more tasks. A third revision is registered and never run.
    let running = register(&ecs, "shop/orders:2-fix").await;
    let update = ecs.update_service().cluster("prod").service("orders").task_definition(&running);
    update.desired_count(3).send().await.unwrap();
    register(&ecs, "shop/orders:3").await;

    let names =
        [(CLUSTER, "prod"), (CLUSTER, "test"), (SERVICE, "prod/orders"), (SERVICE, "prod/gone"), (SERVICE, "test/x")];
    let names: Vec<_> =
        names.into_iter().chain([(TASK_DEFINITION, declared.as_str()), (TASK_DEFINITION, "no:1")]).collect();
    let collection = read(&account, &names).await;
    let owner = account.aws.account().await.unwrap();
    let cluster = present(&collection, CLUSTER, "prod");
    let cluster_arn = format!("arn:aws:ecs:{REGION}:{owner}:cluster/prod");
    assert_eq!(cluster.computed.get("Arn"), Some(&cluster_arn.as_str().into()));
    assert_missing(&collection, CLUSTER, "test");
    let service = present(&collection, SERVICE, "prod/orders");
    assert_has(
        service,
        &json!({"ServiceName": "orders", "Cluster": cluster_arn, "DesiredCount": 3,
        "TaskDefinition": running, "LaunchType": "FARGATE", "EnableExecuteCommand": false, "SchedulingStrategy": "REPLICA"}),
    );
    let subnets = service.attributes.at_keys(["NetworkConfiguration", "AwsvpcConfiguration", "Subnets"]).unwrap();
    assert_eq!(subnets.to_json(), json!([subnet]));
    assert_eq!(service.identifier, format!("arn:aws:ecs:{REGION}:{owner}:service/prod/orders"));
    assert_missing(&collection, SERVICE, "prod/gone");
    assert_missing(&collection, SERVICE, "test/x");
    let definition = present(&collection, TASK_DEFINITION, &declared);
    assert_eq!(definition.identifier, running, "the declared revision stands for the one that runs");
    let container = &definition.attributes.get("ContainerDefinitions").unwrap().as_list().unwrap()[0];
    assert_eq!(container.get("Image"), Some(&"shop/orders:2-fix".into()));
    assert_eq!(container.get("Environment").unwrap().to_json(), json!([{"Name": "LOG_LEVEL", "Value": "info"}]));
    assert_missing(&collection, TASK_DEFINITION, "no:1");
    // Without a service the newest revision is the live one.
    let alone = read(&account, &[(TASK_DEFINITION, &declared)]).await;
    assert!(present(&alone, TASK_DEFINITION, "orders").identifier.ends_with("orders:3"));
}

/// moto alone serves Application Auto Scaling.
#[tokio::test]
async fn what_a_target_scales_is_read_with_the_service() {
    let account = Account::new(moto().await).await;
    let ecs = aws_sdk_ecs::Client::new(&account.sdk);
    ecs.create_cluster().cluster_name("scaled").send().await.unwrap();
    let definition = register(&ecs, "shop/orders:1").await;
    let create = ecs.create_service().cluster("scaled").service_name("api").task_definition(definition);
    create.desired_count(2).send().await.unwrap();
    let scaling = aws_sdk_applicationautoscaling::Client::new(&account.sdk);
    let target = scaling.register_scalable_target().service_namespace(ServiceNamespace::Ecs).min_capacity(1);
    let target = target.resource_id("service/scaled/api").scalable_dimension(ScalableDimension::EcsServiceDesiredCount);
    target.max_capacity(6).send().await.unwrap();
    let collection = read(&account, &[(SERVICE, "scaled/api")]).await;
    let names = ["scaled/api".to_owned()];
    let service = ResourceType::from(SERVICE);
    let scaled: Vec<String> =
        collection.scaling.of(&service, &names).map(|one| format!("{} {}..{}", one.path, one.min, one.max)).collect();
    assert_eq!(scaled, ["DesiredCount 1..6"]);
}

#[tokio::test]
async fn a_service_is_read_with_the_task_definition_that_it_runs() {
    check_ecs(ministack().await).await;
    check_ecs(moto().await).await;
}

#[tokio::test]
async fn a_deleted_service_is_missing() {
    let account = Account::new(ministack().await).await;
    let ecs = aws_sdk_ecs::Client::new(&account.sdk);
    ecs.create_cluster().cluster_name("prod").send().await.unwrap();
    let definition = register(&ecs, "shop/orders:1").await;
    let create = ecs.create_service().cluster("prod").service_name("orders").task_definition(definition);
    create.desired_count(1).send().await.unwrap();
    ecs.delete_service().cluster("prod").service("orders").force(true).send().await.unwrap();
    let collection = read(&account, &[(SERVICE, "prod/orders")]).await;
    assert_missing(&collection, SERVICE, "prod/orders");
}

const TRUST: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"lambda.amazonaws.com"},"Action":"sts:AssumeRole"}]}"#;
const READ_QUEUE: &str =
    r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"sqs:ReceiveMessage","Resource":"*"}]}"#;

fn parsed(text: &str) -> Json {
    serde_json::from_str(text).unwrap()
}

async fn check_iam(emulator: &Emulator) {
    let account = Account::new(emulator).await;
    let iam = aws_sdk_iam::Client::new(&account.sdk);
    let policy = iam.create_policy().policy_name("readers").policy_document(READ_QUEUE).send().await.unwrap();
    let policy = policy.policy.unwrap().arn.unwrap();
    let role = iam.create_role().role_name("orders").path("/shop/").assume_role_policy_document(TRUST);
    role.description("runs orders").max_session_duration(7200).send().await.unwrap();
    iam.attach_role_policy().role_name("orders").policy_arn(&policy).send().await.unwrap();
    let inline = iam.put_role_policy().role_name("orders").policy_name("queue").policy_document(READ_QUEUE);
    inline.send().await.unwrap();

    let collection = read(&account, &[(ROLE, "orders"), (ROLE, "gone"), (POLICY, &policy), (POLICY, "gone")]).await;
    let live = present(&collection, ROLE, "orders");
    assert_has(
        live,
        &json!({"RoleName": "orders", "Path": "/shop/", "MaxSessionDuration": 7200,
        "Description": "runs orders", "AssumeRolePolicyDocument": parsed(TRUST), "ManagedPolicyArns": [policy],
        "Policies": [{"PolicyName": "queue", "PolicyDocument": parsed(READ_QUEUE)}]}),
    );
    assert_eq!(live.attributes.get("PermissionsBoundary"), None);
    assert_missing(&collection, ROLE, "gone");
    assert_has(
        present(&collection, POLICY, &policy),
        &json!({"PolicyDocument": parsed(READ_QUEUE), "ManagedPolicyName": "readers"}),
    );
    assert_eq!(present(&collection, POLICY, "readers").identifier, policy);
    assert_missing(&collection, POLICY, "gone");
}

#[tokio::test]
async fn a_role_is_read_with_its_documents_and_attachments() {
    check_iam(ministack().await).await;
    check_iam(moto().await).await;
}

/// An archive with one empty file, `index.py`.
const ARCHIVE: &str = "UEsDBBQAAAAAAAAAIQAAAAAAAAAAAAAAAAAIAAAAaW5kZXgucHlQSwECFAMUAAAAAAAAACEAAAAAAAAAAAAAAAAACAAAAAAAAAAAAAAAgAEAAAAAaW5kZXgucHlQSwUGAAAAAAEAAQA2AAAAJgAAAAAA";

async fn check_lambda(emulator: &Emulator) {
    use base64::Engine;
    let account = Account::new(emulator).await;
    let iam = aws_sdk_iam::Client::new(&account.sdk);
    let role = iam.create_role().role_name("fn").assume_role_policy_document(TRUST).send().await.unwrap();
    let role = role.role.unwrap().arn;
    let lambda = aws_sdk_lambda::Client::new(&account.sdk);
    let archive = base64::engine::general_purpose::STANDARD.decode(ARCHIVE).unwrap();
    let code = FunctionCode::builder().zip_file(Blob::new(archive)).build();
    let create = lambda.create_function().function_name("orders").role(&role).runtime(Runtime::Python312).code(code);
    let create = create.handler("index.handler").timeout(10).memory_size(256).tags("team", "shop").publish(true);
    let create = create.environment(Environment::builder().variables("API_KEY", "hunter2").build());
    let version = create.send().await.unwrap().version.unwrap();
    let alias = lambda.create_alias().function_name("orders").name("live").function_version(&version);
    alias.send().await.unwrap();

    let names = [
        (FUNCTION, "orders"),
        (FUNCTION, "gone"),
        (ALIAS, "orders:live"),
        (ALIAS, "orders:gone"),
        (ALIAS, "gone:live"),
    ];
    let collection = read(&account, &names).await;
    let live = present(&collection, FUNCTION, "orders");
    assert_has(
        live,
        &json!({"FunctionName": "orders", "Role": role, "Runtime": "python3.12", "Timeout": 10,
        "MemorySize": 256, "Handler": "index.handler", "Tags": [{"Key": "team", "Value": "shop"}]}),
    );
    let secret = live.attributes.at_keys(["Environment", "Variables", "API_KEY"]).unwrap();
    assert_eq!(*secret, fingerprints().hide(&"hunter2".into()));
    assert!(!format!("{collection:?}").contains("hunter2"));
    assert!(live.attributes.get("Code").unwrap().is_unknown());
    assert!(live.computed.contains_key("CodeSha256") && live.evidence.len() == 1, "{live:?}");
    assert_missing(&collection, FUNCTION, "gone");
    let live = present(&collection, ALIAS, "orders:live");
    assert_has(live, &json!({"FunctionName": "orders", "Name": "live", "FunctionVersion": version}));
    assert_eq!((live.in_flight.as_deref(), live.attributes.get("RoutingConfig")), (None, None));
    assert_eq!(present(&collection, ALIAS, &live.identifier).aliases, ["orders:live"]);
    assert_missing(&collection, ALIAS, "orders:gone");
    assert_missing(&collection, ALIAS, "gone:live");

    // More functions than are read one by one: by listing, which tells less and says so.
    let others: Vec<String> = (0..60).map(|number| format!("other-{number}")).collect();
    let names: Vec<_> = others.iter().map(String::as_str).chain(["orders"]).map(|name| (FUNCTION, name)).collect();
    let collection = read(&account, &names).await;
    let live = present(&collection, FUNCTION, "orders");
    assert_has(live, &json!({"Timeout": 10, "MemorySize": 256}));
    assert!(live.attributes.get("Tags").unwrap().is_unknown());
    assert_missing(&collection, FUNCTION, "other-7");
}

#[tokio::test]
async fn a_function_is_read_without_its_secrets() {
    check_lambda(ministack().await).await;
    check_lambda(moto().await).await;
}

#[tokio::test]
async fn an_alias_that_splits_traffic_is_in_flight() {
    use base64::Engine;
    let account = Account::new(ministack().await).await;
    let lambda = aws_sdk_lambda::Client::new(&account.sdk);
    let archive = base64::engine::general_purpose::STANDARD.decode(ARCHIVE).unwrap();
    let code = FunctionCode::builder().zip_file(Blob::new(archive)).build();
    let role = format!("arn:aws:iam::{}:role/fn", account.id);
    let create = lambda.create_function().function_name("orders").role(role).runtime(Runtime::Python312).code(code);
    let old = create.handler("index.handler").publish(true).send().await.unwrap().version.unwrap();
    lambda.update_function_configuration().function_name("orders").timeout(9).send().await.unwrap();
    let new = lambda.publish_version().function_name("orders").send().await.unwrap().version.unwrap();
    let routing = AliasRoutingConfiguration::builder().additional_version_weights(&new, 0.25).build();
    let alias = lambda.create_alias().function_name("orders").name("live").function_version(&old);
    alias.routing_config(routing).send().await.unwrap();
    let collection = read(&account, &[(ALIAS, "orders:live")]).await;
    let live = present(&collection, ALIAS, "orders:live");
    let weights = json!({"AdditionalVersionWeights": [{"FunctionVersion": new, "FunctionWeight": 0.25}]});
    assert_has(live, &json!({"FunctionVersion": old, "RoutingConfig": weights}));
    assert_eq!(live.in_flight, None, "only the declaration tells whose weights they are");
}

/// ministack alone: moto does not speak the protocol of the SDK's CloudWatch client.
#[tokio::test]
async fn an_alarm_is_read_without_its_state() {
    let account = Account::new(ministack().await).await;
    let cloudwatch = aws_sdk_cloudwatch::Client::new(&account.sdk);
    let dimension = Dimension::builder().name("FunctionName").value("orders").build();
    let put = cloudwatch.put_metric_alarm().alarm_name("errors").namespace("AWS/Lambda").metric_name("Errors");
    let put = put.dimensions(dimension).statistic(Statistic::Sum).period(60).evaluation_periods(2).threshold(5.5);
    let put = put.comparison_operator(ComparisonOperator::GreaterThanThreshold).actions_enabled(false);
    put.alarm_actions("arn:aws:sns:eu-west-1:111111111111:pager").send().await.unwrap();
    let names: Vec<String> = (0..120).map(|number| format!("gone-{number}")).collect();
    let names: Vec<_> = names.iter().map(String::as_str).chain(["errors"]).map(|name| (ALARM, name)).collect();
    for names in [&names[..], &names[119..]] {
        let collection = read(&account, names).await;
        let live = present(&collection, ALARM, "errors");
        assert_has(
            live,
            &json!({"AlarmName": "errors", "ActionsEnabled": false, "Threshold": 5.5, "Period": 60,
            "Dimensions": [{"Name": "FunctionName", "Value": "orders"}], "Statistic": "Sum", "EvaluationPeriods": 2,
            "AlarmActions": ["arn:aws:sns:eu-west-1:111111111111:pager"]}),
        );
        assert_eq!(live.attributes.get("StateValue"), None);
        assert_missing(&collection, ALARM, "gone-119");
        let arn = live.computed.get("Arn").unwrap().as_str().unwrap().to_owned();
        assert_eq!(present(&read(&account, &[(ALARM, &arn)]).await, ALARM, &arn).identifier, "errors");
    }
}

async fn check_parameters(emulator: &Emulator) {
    let account = Account::new(emulator).await;
    let ssm = aws_sdk_ssm::Client::new(&account.sdk);
    for number in 0..12 {
        let put = ssm.put_parameter().name(format!("/shop/p{number}")).value(format!("v{number}"));
        put.r#type(ParameterType::String).description("a limit").send().await.unwrap();
    }
    let tag = aws_sdk_ssm::types::Tag::builder().key("team").value("shop").build().unwrap();
    let put = ssm.put_parameter().name("/shop/tagged").value("x").r#type(ParameterType::String).tags(tag);
    put.send().await.unwrap();
    let put = ssm.put_parameter().name("/shop/key").value("hunter2").r#type(ParameterType::SecureString);
    put.send().await.unwrap();
    let keys: Vec<String> = (0..12).map(|number| format!("/shop/p{number}")).collect();
    let mut names: Vec<_> = keys.iter().map(|key| (PARAMETER, key.as_str())).collect();
    names.extend([(PARAMETER, "/shop/key"), (PARAMETER, "/shop/gone"), (PARAMETER, "/shop/tagged")]);
    let collection = read(&account, &names).await;
    for (number, key) in keys.iter().enumerate() {
        let live = present(&collection, PARAMETER, key);
        assert_has(live, &json!({"Name": key, "Type": "String", "Value": format!("v{number}"), "DataType": "text"}));
        assert_eq!(live.evidence.len(), 1);
    }
    let secure = present(&collection, PARAMETER, "/shop/key");
    assert_eq!(secure.attributes.get("Value"), Some(&Value::unknown("secure string")));
    assert!(!format!("{secure:?}").contains("hunter2"));
    assert_has(present(&collection, PARAMETER, "/shop/tagged"), &json!({"Tags": {"team": "shop"}}));
    assert_missing(&collection, PARAMETER, "/shop/gone");
}

#[tokio::test]
async fn parameters_are_read_ten_at_a_time_and_secure_ones_stay_closed() {
    check_parameters(ministack().await).await;
    check_parameters(moto().await).await;
}

const TEMPLATE: &str = "
Parameters:
  Limit: {Type: String, Default: '5'}
Resources:
  Parameter:
    Type: AWS::SSM::Parameter
    Properties: {Type: String, Name: /stack/limit, Value: !Ref Limit}
";

async fn check_stack(emulator: &Emulator) {
    let account = Account::new(emulator).await;
    let cloudformation = aws_sdk_cloudformation::Client::new(&account.sdk);
    cloudformation.create_stack().stack_name("shop").template_body(TEMPLATE).send().await.unwrap();
    let mut stack = stack_fetch::fetch(&account.aws, "shop").await.unwrap().unwrap();
    for _ in 0..100 {
        if stack.status.ends_with("_COMPLETE") {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        stack = stack_fetch::fetch(&account.aws, "shop").await.unwrap().unwrap();
    }
    assert_eq!((stack.name.as_str(), stack.status.as_str()), ("shop", "CREATE_COMPLETE"));
    assert_eq!(stack.parameters.get("Limit").map(String::as_str), Some("5"));
    assert!(stack.template.contains("AWS::SSM::Parameter"), "{}", stack.template);
    let resource = &stack.resources["Parameter"];
    assert_eq!((resource.resource_type.as_str(), resource.physical_id.as_deref()), (PARAMETER, Some("/stack/limit")));
    assert_eq!(stack.problems, []);
    assert_eq!(stack_fetch::fetch(&account.aws, "never-deployed").await, Ok(None));
}

#[tokio::test]
async fn a_deployed_stack_is_fetched_and_one_that_never_was_is_no_problem() {
    check_stack(ministack().await).await;
    check_stack(moto().await).await;
}

#[tokio::test]
async fn an_assumed_role_reads_its_own_account() {
    let emulator = ministack().await;
    let account = Account::new(emulator).await;
    let credentials = account.sdk.credentials_provider().unwrap();
    let other = "333333333333";
    let scope = aws::AwsScope {
        account: Some(other.to_owned()),
        endpoint_url: Some(emulator.url.clone()),
        role_arn: Some(format!("arn:aws:iam::{other}:role/reader")),
        external_id: Some("agreed".to_owned()),
        ..aws::AwsScope::new(REGION)
    };
    let assumed = aws::connect_with(&scope, credentials, &account.calls).await;
    assert_eq!(assumed.account().await, Ok(other));
}

async fn check_object(emulator: &Emulator) {
    use driftledger::live::aws::objects::object;
    use driftledger::model::ProblemKind;
    let account = Account::new(emulator).await;
    let config = aws_sdk_s3::config::Builder::from(&account.sdk).force_path_style(true).build();
    let s3 = aws_sdk_s3::Client::from_conf(config);
    let bucket = format!("states-{}", account.id);
    let region = aws_sdk_s3::types::CreateBucketConfiguration::builder().location_constraint(REGION.into()).build();
    s3.create_bucket().bucket(&bucket).create_bucket_configuration(region).send().await.unwrap();
    let state = br#"{"version": 4, "serial": 7}"#;
    s3.put_object().bucket(&bucket).key("env:/prod/app.tfstate").body(state.to_vec().into()).send().await.unwrap();
    let read =
        async |key: &str, most: u64| object(&account.aws, &bucket, key, most).await.map_err(|problem| problem.kind);
    assert_eq!(read("env:/prod/app.tfstate", 1024).await.as_deref(), Ok(&state[..]));
    assert_eq!(read("env:/prod/app.tfstate", 4).await, Err(ProblemKind::Unreadable));
    assert_eq!(read("none.tfstate", 1024).await, Err(ProblemKind::Unreadable));
    let nowhere = object(&account.aws, "no-such-bucket-anywhere", "k", 1024).await;
    assert_eq!(nowhere.unwrap_err().kind, ProblemKind::Unreadable);
}

#[tokio::test]
async fn a_state_is_read_from_a_bucket_and_one_that_is_not_there_is_unreadable() {
    check_object(ministack().await).await;
    check_object(moto().await).await;
}
