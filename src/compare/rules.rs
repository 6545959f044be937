//! Every rule at a place where its table puts it: what it forgives, and a change right beside that it does not.

mod additions;
mod principals;

use serde_json::{Value as Json, json};

use super::batch::Pair;

pub(super) fn differences(resource_type: &str, declared: &Json, live: &Json) -> usize {
    let mut pair = Pair::of_files(resource_type, declared, live, None).unwrap();
    pair.account = Some("111111111111".into());
    pair.region = Some("eu-west-1".into());
    pair.compare().attributes.len()
}

/// The document with `value` at the place that `?` marks.
fn put(document: &Json, value: &Json) -> Json {
    match document {
        Json::String(mark) if mark == "?" => value.clone(),
        Json::Array(items) => items.iter().map(|item| put(item, value)).collect(),
        Json::Object(members) => members.iter().map(|(key, member)| (key.clone(), put(member, value))).collect(),
        _ => document.clone(),
    }
}

/// `written` and `read` are the same in the document, `written` and `other` are not.
pub(super) fn check(resource_type: &str, document: Json, [written, read, other]: [Json; 3]) {
    let [written, read, other] = [written, read, other].map(|value| put(&document, &value));
    assert_eq!(differences(resource_type, &written, &read), 0, "{resource_type}: {written} and {read} are the same");
    assert_ne!(differences(resource_type, &written, &other), 0, "{resource_type}: {written} and {other} differ");
}

pub(super) fn texts(resource_type: &str, document: Json, values: [&str; 3]) {
    check(resource_type, document, values.map(Json::from));
}

#[test]
fn names_that_services_respell() {
    let name = |property: &str| json!({ property: "?" });
    texts("AWS::RDS::DBInstance", name("DBSubnetGroupName"), ["Main", "main", "main2"]);
    texts("AWS::RDS::DBCluster", name("DBClusterIdentifier"), ["Main", "main", "main2"]);
    texts(
        "AWS::RDS::DBInstance",
        name("PreferredMaintenanceWindow"),
        ["Mon:03:00-Mon:04:00", "mon:03:00-mon:04:00", "tue:03:00-tue:04:00"],
    );
    texts("AWS::RDS::OptionGroup", name("EngineName"), ["MySQL", "mysql", "mariadb"]);
    texts("AWS::Redshift::Cluster", name("ClusterIdentifier"), ["Main", "main", "other"]);
    texts("AWS::DMS::Endpoint", name("EndpointType"), ["target", "TARGET", "SOURCE"]);
    texts("AWS::DMS::ReplicationTask", name("ReplicationTaskIdentifier"), ["Main", "main", "MAIN"]);
    texts("AWS::DocDB::DBCluster", name("DBClusterIdentifier"), ["Main", "main", "MAIN"]);
    texts("AWS::Neptune::DBInstance", name("DBInstanceIdentifier"), ["Main", "main", "Main2"]);
    texts("AWS::RDS::DBProxyTargetGroup", json!({"DBClusterIdentifiers": ["?"]}), ["Main", "main", "main2"]);
    texts("AWS::MemoryDB::ACL", json!({"UserNames": ["?"]}), ["Ann", "ann", "bob"]);
    texts("AWS::RedshiftServerless::Namespace", name("NamespaceName"), ["Main", "main", "main2"]);
    texts("AWS::Batch::ComputeEnvironment", name("Type"), ["managed", "MANAGED", "UNMANAGED"]);
    texts("AWS::EMRServerless::Application", name("Type"), ["SPARK", "Spark", "Hive"]);
    texts("AWS::ServiceDiscovery::PrivateDnsNamespace", name("Name"), ["a.local", "a.local.", "b.local"]);
    texts(
        "AWS::CloudFront::Distribution",
        json!({"DistributionConfig": {"Aliases": ["?"]}}),
        ["A.example", "a.example", "b.example"],
    );
    texts("AWS::SSM::Document", name("DocumentFormat"), ["YAML", "JSON", "TEXT"]);
    texts("AWS::Batch::JobDefinition", name("Type"), ["Container", "container", "multinode"]);
    texts("AWS::Route53::HostedZone", name("Name"), ["a.example", "a.example.", "b.example."]);
    texts("AWS::Route53::RecordSet", name("Name"), ["A.example", "a.example.", "b.example."]);
    texts("AWS::Route53::RecordSet", name("HostedZoneId"), ["/hostedzone/Z1", "Z1", "Z2"]);
    let set = json!({"RecordSets": [{"Name": "?", "Type": "A", "ResourceRecords": ["192.0.2.1"]}]});
    texts("AWS::Route53::RecordSetGroup", set, ["A.example", "a.example.", "b.example."]);
    texts("AWS::CertificateManager::Certificate", name("DomainName"), ["A.example", "a.example", "b.example"]);
    let headers = json!({"CorsConfiguration": {"AllowHeaders": ["?"]}});
    texts("AWS::ApiGatewayV2::Api", headers, ["Authorization", "authorization", "accept"]);
    let header = json!({"Rules": [{"Name": "r", "Statement": {"NotStatement": {"Statement": {"ByteMatchStatement":
        {"FieldToMatch": {"SingleHeader": {"Name": "?"}}}}}}}]});
    texts("AWS::WAFv2::WebACL", header, ["User-Agent", "user-agent", "host"]);
    let listener = json!({"Listeners": [{"LoadBalancerPort": "443", "Protocol": "?"}]});
    texts("AWS::ElasticLoadBalancing::LoadBalancer", listener, ["https", "HTTPS", "SSL"]);
    texts("AWS::ECR::RepositoryCreationTemplate", name("Prefix"), ["team/", "team", "teams"]);
    texts("AWS::Cognito::UserPool", json!({"Schema": [{"Name": "?"}]}), ["team", "custom:team", "custom:teams"]);
    // The letters of a name that nobody respells are its own.
    assert_eq!(differences("AWS::SQS::Queue", &json!({"QueueName": "Jobs"}), &json!({"QueueName": "jobs"})), 1);
}

#[test]
fn values_that_services_rewrite() {
    let version = |property: &str| json!({ property: "?" });
    texts("AWS::RDS::DBInstance", version("EngineVersion"), ["8.0", "8.0.45", "8.4.1"]);
    texts("AWS::ElastiCache::ReplicationGroup", version("EngineVersion"), ["6.x", "6.2.6", "7.0.0"]);
    texts("AWS::DMS::ReplicationInstance", version("EngineVersion"), ["3.5", "3.5.4", "3.6.1"]);
    texts("AWS::Neptune::DBCluster", version("EngineVersion"), ["1.3", "1.3.5.0", "1.4.0.0"]);
    texts("AWS::ElastiCache::CacheCluster", version("EngineVersion"), ["1.6.22", "1.6", "1.5"]);
    let pinned = json!({"EngineVersion": "?", "AutoMinorVersionUpgrade": false});
    let [track, release] = ["8.0", "8.0.45"].map(|version| put(&pinned, &version.into()));
    assert_eq!(differences("AWS::RDS::DBInstance", &track, &release), 1, "nobody upgrades it by itself");
    texts("AWS::ECS::TaskSet", version("PlatformVersion"), ["LATEST", "1.4.0", "1.3.0"]);
    texts("AWS::SSM::Parameter", version("Tier"), ["Intelligent-Tiering", "Standard", "Unheard-of"]);
    texts(
        "AWS::Synthetics::Canary",
        json!({"Schedule": {"Expression": "?"}}),
        ["rate(60 minutes)", "rate(1 hour)", "rate(2 hours)"],
    );
    texts("AWS::Budgets::Budget", json!({"Budget": {"BudgetLimit": {"Amount": "?"}}}), ["5", "5.0", "6.0"]);
    check(
        "AWS::AppSync::ApiKey",
        json!({"Expires": "?"}),
        [json!(1_700_003_601), json!(1_700_002_800), json!(1_700_006_400)],
    );
    texts("AWS::RDS::DBParameterGroup", json!({"Parameters": {"slow_query_log": "?"}}), ["on", "1", "0"]);
    texts("AWS::WAFv2::IPSet", json!({"Addresses": ["?"]}), ["2001:DB8::/32", "2001:db8::/32", "2001:db9::/32"]);
    texts("AWS::EC2::Route", json!({"DestinationCidrBlock": "?"}), ["10.0.0.1/8", "10.0.0.0/8", "10.0.0.0/9"]);
    let route = json!({"Routes": [{"DestinationCidrBlock": "?", "GatewayId": "igw-1"}]});
    texts("AWS::EC2::RouteTable", route, ["10.0.0.1/8", "10.0.0.0/8", "10.0.0.0/9"]);
    let entry = |member: &str| json!({"Entries": [{"Egress": false, "RuleNumber": 100, member: "?"}]});
    texts("AWS::EC2::NetworkAcl", entry("CidrBlock"), ["10.0.0.1/8", "10.0.0.0/8", "10.0.0.0/9"]);
    texts("AWS::EC2::NetworkAcl", entry("Protocol"), ["tcp", "6", "17"]);
    texts("AWS::EC2::SecurityGroupIngress", json!({"IpProtocol": "?"}), ["TCP", "tcp", "udp"]);
    texts("AWS::EC2::KeyPair", json!({"PublicKeyMaterial": "?"}), ["ssh-rsa AA me", "ssh-rsa AA", "ssh-rsa AB"]);
    texts("AWS::CloudFront::PublicKey", json!({"PublicKeyConfig": {"EncodedKey": "?"}}), ["K\n", "K", "L"]);
    texts("AWS::MSK::Configuration", json!({"ServerProperties": "?"}), ["b=1\na=2", "a=2\nb=1\n", "a=2\nb=2"]);
    texts(
        "AWS::ElastiCache::User",
        json!({"AccessString": "?"}),
        ["on ~* +@read", "on ~* -@all +@read", "on ~* -@all +@all"],
    );
}

#[test]
fn a_route_or_an_entry_beside_declared_ones_was_added_by_hand() {
    let check = |resource_type: &str, property: &str, declared: Json, live: Json, expect: usize| {
        let found = differences(resource_type, &json!({ property: declared }), &json!({ property: live }));
        assert_eq!(found, expect, "{resource_type} {property}");
    };
    let route = |cidr: &str, gateway: &str| json!({"DestinationCidrBlock": cidr, "GatewayId": gateway});
    let (own, other) = (route("0.0.0.0/0", "igw-1"), route("10.9.0.0/16", "pcx-1"));
    let table = |declared, live, expect| check("AWS::EC2::RouteTable", "Routes", declared, live, expect);
    table(json!([own]), json!([own]), 0);
    table(json!([own]), json!([own, other]), 1);
    table(json!([own, other]), json!([other, own]), 0);
    table(json!([own]), json!([route("0.0.0.0/0", "nat-1")]), 1);
    table(json!([]), json!([other]), 1);
    assert_eq!(differences("AWS::EC2::RouteTable", &json!({}), &json!({"Routes": [other]})), 0, "of another stack");
    let entry = |egress: bool, action: &str| json!({"Egress": egress, "RuleAction": action, "RuleNumber": 100});
    let acl = |declared, live, expect| check("AWS::EC2::NetworkAcl", "Entries", declared, live, expect);
    acl(json!([entry(false, "deny"), entry(true, "allow")]), json!([entry(true, "allow"), entry(false, "deny")]), 0);
    acl(json!([entry(false, "deny")]), json!([entry(false, "allow")]), 1);
    acl(json!([entry(false, "deny")]), json!([entry(false, "deny"), entry(true, "deny")]), 1);
}

#[test]
fn defaults_that_services_leave_out() {
    let check = |resource_type: &str, property: &str, default: Json, other: Json| {
        let declared = |value: Json| json!({ property: value });
        assert_eq!(differences(resource_type, &declared(default), &json!({})), 0, "{resource_type} {property}");
        assert_eq!(differences(resource_type, &declared(other), &json!({})), 1, "{resource_type} {property}");
    };
    check("AWS::ECS::Service", "SchedulingStrategy", json!("REPLICA"), json!("DAEMON"));
    check("AWS::ECS::Service", "LoadBalancers", json!([]), json!([{"ContainerName": "a", "ContainerPort": 1}]));
    check("AWS::ECS::Service", "EnableExecuteCommand", json!(false), json!(true));
    check("AWS::IAM::Role", "MaxSessionDuration", json!(3600), json!(7200));
    check("AWS::IAM::Role", "PermissionsBoundary", json!(""), json!("arn:aws:iam::aws:policy/ReadOnlyAccess"));
    check("AWS::Lambda::Function", "TracingConfig", json!({"Mode": "PassThrough"}), json!({"Mode": "Active"}));
    check("AWS::CloudWatch::Alarm", "TreatMissingData", json!("missing"), json!("breaching"));
    check("AWS::CloudWatch::Alarm", "Dimensions", json!([]), json!([{"Name": "a", "Value": "b"}]));
    check("AWS::Events::Rule", "State", json!("ENABLED"), json!("DISABLED"));
    check("AWS::Logs::LogGroup", "LogGroupClass", json!("STANDARD"), json!("INFREQUENT_ACCESS"));
    check("AWS::DynamoDB::Table", "SSESpecification", json!({"SSEEnabled": false}), json!({"SSEEnabled": true}));
    check("AWS::SSM::Parameter", "DataType", json!("text"), json!("aws:ec2:image"));
}

#[test]
fn members_that_services_add() {
    let check = |resource_type: &str, declared: Json, filled: Json, changed: Json| {
        assert_eq!(differences(resource_type, &declared, &filled), 0, "{resource_type} {filled}");
        assert_ne!(differences(resource_type, &declared, &changed), 0, "{resource_type} {changed}");
    };
    let bag = |pairs: &[(&str, &str)]| -> Json {
        pairs.iter().map(|(key, value)| json!({"Key": key, "Value": value})).collect()
    };
    let targets = |pairs: &[(&str, &str)]| json!({ "TargetGroupAttributes": bag(pairs) });
    let delay = ("deregistration_delay.timeout_seconds", "60");
    check(
        "AWS::ElasticLoadBalancingV2::TargetGroup",
        targets(&[delay]),
        targets(&[("stickiness.enabled", "false"), delay]),
        targets(&[("stickiness.enabled", "true"), delay]),
    );
    let volumes = |devices: &[&str]| -> Json {
        let mappings: Vec<Json> = devices.iter().map(|device| json!({ "DeviceName": device })).collect();
        json!({ "BlockDeviceMappings": mappings })
    };
    check("AWS::EC2::Instance", volumes(&["/dev/xvdb"]), volumes(&["/dev/xvda", "/dev/xvdb"]), volumes(&["/dev/xvda"]));
    let options = |pairs: &[(&str, &str)]| -> Json {
        let settings: Vec<Json> = pairs
            .iter()
            .map(|(name, value)| json!({"Namespace": "aws:autoscaling:asg", "OptionName": name, "Value": value}))
            .collect();
        json!({ "OptionSettings": settings })
    };
    check(
        "AWS::ElasticBeanstalk::Environment",
        options(&[("MaxSize", "2")]),
        options(&[("MinSize", "1"), ("MaxSize", "2")]),
        options(&[("MinSize", "1"), ("MaxSize", "9")]),
    );
    let processor = |pairs: &[(&str, &str)]| -> Json {
        let parameters: Vec<Json> =
            pairs.iter().map(|(name, value)| json!({"ParameterName": name, "ParameterValue": value})).collect();
        json!({"ExtendedS3DestinationConfiguration": {"ProcessingConfiguration": {"Processors": [{"Type": "Lambda", "Parameters": parameters}]}}})
    };
    check(
        "AWS::KinesisFirehose::DeliveryStream",
        processor(&[("LambdaArn", "a")]),
        processor(&[("LambdaArn", "a"), ("NumberOfRetries", "3")]),
        processor(&[("LambdaArn", "a"), ("NumberOfRetries", "5")]),
    );
    let category = |rule: Json| json!({ "Rules": json!([rule]).to_string() });
    check(
        "AWS::CE::CostCategory",
        category(json!({"Value": "a"})),
        category(json!({"Value": "a", "Type": "REGULAR"})),
        category(json!({"Value": "a", "Type": "INHERITED_VALUE"})),
    );
}

#[test]
fn a_switch_turned_off_is_found_though_nobody_declared_it() {
    let check = |resource_type, property: &str| {
        let live = |on: bool| Json::Object([(property.to_owned(), json!(on))].into_iter().collect());
        assert_eq!(differences(resource_type, &json!({}), &live(true)), 0, "{resource_type}");
        assert_eq!(differences(resource_type, &json!({}), &live(false)), 1, "{resource_type}");
        assert_eq!(differences(resource_type, &live(false), &live(false)), 0, "{resource_type}");
        assert_eq!(differences(resource_type, &json!({}), &json!({})), 0, "{resource_type}");
    };
    check("AWS::CloudWatch::Alarm", "ActionsEnabled");
    check("AWS::SQS::Queue", "SqsManagedSseEnabled");
    check("AWS::RDS::DBInstance", "AutoMinorVersionUpgrade");
    check("AWS::Cognito::UserPoolClient", "EnableTokenRevocation");
    check("AWS::DMS::ReplicationInstance", "PubliclyAccessible");
    check("AWS::KMS::Key", "Enabled");
    check("AWS::EC2::Instance", "SourceDestCheck");
    check("AWS::EC2::VPC", "EnableDnsSupport");
    check("AWS::Lambda::EventSourceMapping", "Enabled");
}

#[test]
fn lists_whose_order_counts() {
    let check = |resource_type: &str, document: Json, expect: usize| {
        let [declared, live] = [json!(["a", "b"]), json!(["b", "a"])].map(|list| put(&document, &list));
        assert_eq!(differences(resource_type, &declared, &live), expect, "{resource_type} {document}");
    };
    check("AWS::Lambda::Function", json!({"Layers": "?"}), 2);
    check("AWS::AutoScaling::AutoScalingGroup", json!({"TerminationPolicies": "?"}), 2);
    check("AWS::Batch::JobDefinition", json!({"ContainerProperties": {"Command": "?"}}), 2);
    check("AWS::AppSync::Resolver", json!({"PipelineConfig": {"Functions": "?"}}), 2);
    check("AWS::AutoScaling::AutoScalingGroup", json!({"VPCZoneIdentifier": "?"}), 0);
    check("AWS::ECS::Cluster", json!({"CapacityProviders": "?"}), 0);
    check("AWS::RDS::DBInstance", json!({"EnableCloudwatchLogsExports": "?"}), 0);
}

#[test]
fn an_api_s_own_resources_are_named_as_within_it() {
    let api = |resource: &str| json!({"Policy": {"Statement": {"Effect": "Allow", "Resource": resource}}});
    let differences = |live: &str| {
        let mut pair = Pair::of_files("AWS::ApiGateway::RestApi", &api("execute-api:/*"), &api(live), None).unwrap();
        pair.identifier = Some("abc".into());
        pair.account = Some("111111111111".into());
        pair.region = Some("eu-west-1".into());
        pair.compare().attributes.len()
    };
    assert_eq!(differences("arn:aws:execute-api:eu-west-1:111111111111:abc/*"), 0);
    assert_ne!(differences("arn:aws:execute-api:eu-west-1:111111111111:other/*"), 0);
    assert_ne!(differences("arn:aws:execute-api:eu-west-1:111111111111:abc/prod/*"), 0);
}

#[test]
fn inline_policies_of_a_role_that_declares_none_cannot_be_told_from_one_pair() {
    let policy = json!({"Policies": [{"PolicyName": "p", "PolicyDocument": {}}]});
    let pair = |declared: Json| Pair::of_files("AWS::IAM::Role", &declared, &policy, None).unwrap().compare();
    let open = pair(json!({}));
    assert_eq!((open.attributes.len(), open.unverifiable.len()), (0, 1));
    assert_eq!(pair(json!({"Policies": []})).attributes.len(), 1);
}

#[test]
fn a_switch_that_is_off_for_a_reason_is_no_change() {
    let check = |resource_type, declared: Json, live: Json, expect: usize| {
        assert_eq!(differences(resource_type, &declared, &live), expect, "{resource_type} {live}");
    };
    let encrypted = json!({"KmsMasterKeyId": "k"});
    check("AWS::SQS::Queue", encrypted, json!({"KmsMasterKeyId": "k", "SqsManagedSseEnabled": false}), 0);
    let restored = json!({"DBSnapshotIdentifier": "s"});
    check("AWS::RDS::DBInstance", restored, json!({"AutoMinorVersionUpgrade": false}), 0);
    let group = |target: &str| json!({"TargetType": target, "HealthCheckEnabled": false});
    check("AWS::ElasticLoadBalancingV2::TargetGroup", json!({}), group("lambda"), 0);
    check("AWS::ElasticLoadBalancingV2::TargetGroup", json!({}), group("ip"), 1);
    let detector = |on: bool| json!({"DataSources": {"S3Logs": {"Enable": on}}});
    check("AWS::GuardDuty::Detector", json!({}), detector(true), 0);
    check("AWS::GuardDuty::Detector", json!({}), detector(false), 1);
}

#[test]
fn a_policy_is_a_policy_at_every_property_that_holds_one() {
    use crate::schema::{Says, every_fact};
    for fact in every_fact().filter(|fact| fact.says == Says::Policy) {
        for (resource_type, path) in fact.types.iter().flat_map(|name| fact.paths.iter().map(move |path| (name, path)))
        {
            let at = |document: Json| {
                path.rsplit('.').fold(document, |inner, part| match part {
                    "*" => json!([inner]),
                    name => Json::Object([(name.to_owned(), inner)].into_iter().collect()),
                })
            };
            let statement = |action: &str| json!({"Effect": "Allow", "Action": action, "Resource": "*"});
            let written = json!({"Version": "2012-10-17", "Statement": [statement("a:B"), statement("a:C")]});
            let read = json!({"Statement": [
                {"Effect": "Allow", "Resource": ["*"], "Action": ["a:C"], "Sid": "1"},
                {"Effect": "Allow", "Resource": ["*"], "Action": ["a:B"]},
            ], "Version": "2012-10-17"});
            let other = json!({"Version": "2012-10-17", "Statement": [statement("a:B"), statement("a:D")]});
            for read in [read.clone(), read.to_string().into()] {
                assert_eq!(differences(resource_type, &at(written.clone()), &at(read)), 0, "{resource_type} {path}");
            }
            assert_ne!(differences(resource_type, &at(written), &at(other)), 0, "{resource_type} {path}");
        }
    }
}

#[test]
fn statements_that_aws_adds_for_its_deliveries_are_its_own_and_no_others() {
    let own = json!({"Sid": "Own", "Effect": "Allow", "Principal": {"AWS": "111111111111"}, "Action": "s3:GetObject"});
    let delivery = |service: &str, action: &str| json!({"Sid": "AWSLogDeliveryWrite", "Effect": "Allow", "Principal": {"Service": service}, "Action": action});
    let policy = |statements: Json| json!({"PolicyDocument": {"Version": "2012-10-17", "Statement": statements}});
    let check = |added: Json, expect: usize| {
        let live = policy(json!([own, added]));
        assert_eq!(differences("AWS::S3::BucketPolicy", &policy(json!([own])), &live), expect, "{added}");
    };
    check(delivery("delivery.logs.amazonaws.com", "s3:PutObject"), 0);
    check(delivery("delivery.logs.amazonaws.com", "s3:*"), 1);
    check(delivery("other.amazonaws.com", "s3:PutObject"), 1);
    let mut anybody = delivery("delivery.logs.amazonaws.com", "s3:PutObject");
    anybody["Principal"]["AWS"] = json!("*");
    check(anybody, 1);
}

#[test]
fn a_state_machine_is_compared_with_its_placeholders_filled() {
    let machine = |resource: &str| json!({"StartAt": "A", "States": {"A": {"Type": "Task", "Resource": resource}}});
    let text = |resource: &str| json!({"DefinitionString": machine(resource).to_string()});
    let check = |declared: Json, live: Json, expect: usize| {
        let found = differences("AWS::StepFunctions::StateMachine", &declared, &live);
        assert_eq!(found, expect, "{declared} {live}");
    };
    let substitutions = json!({"Function": "arn:f"});
    let mut declared = text("${Function}");
    declared["DefinitionSubstitutions"] = substitutions.clone();
    check(declared.clone(), text("arn:f"), 0);
    check(declared, text("arn:g"), 1);
    let declared = json!({"Definition": machine("${Function}"), "DefinitionSubstitutions": substitutions});
    check(declared.clone(), text("arn:f"), 0);
    check(declared, text("arn:g"), 1);
    let unknown = json!({"DefinitionString": machine("${Function}").to_string(),
        "DefinitionSubstitutions": {"Function": {"Fn::Unknown": "why"}}});
    check(unknown, text("arn:g"), 0);
}

#[test]
fn filters_by_tags_are_no_tags() {
    let policy = |key: &str| json!({"PolicyDetails": {"TargetTags": [{"Key": key, "Value": "x"}]}});
    let differ = |live: &str| differences("AWS::DLM::LifecyclePolicy", &policy("aws:a"), &policy(live));
    assert_eq!(differ("aws:a"), 0);
    assert_ne!(differ("aws:b"), 0);
}

#[test]
fn headers_of_rules_are_named_as_the_api_or_the_schema_names_them() {
    let rule = |field: Json| json!({"Rules": [{"Name": "r", "Statement": {"ByteMatchStatement": {"FieldToMatch": {"SingleHeader": field}}}}]});
    let differ = |live: Json| differences("AWS::WAFv2::WebACL", &rule(json!({"name": "User-Agent"})), &rule(live));
    assert_eq!(differ(json!({"Name": "user-agent"})), 0);
    assert_ne!(differ(json!({"Name": "referer"})), 0);
}

#[test]
fn what_is_spelled_out_as_off_is_what_services_leave_out() {
    let check = |resource_type: &str, path: [&str; 2], [off, on]: [Json; 2]| {
        let at = |value: &Json| match path {
            [outer, ""] => json!({ outer: value }),
            [outer, inner] => json!({ outer: { inner: value } }),
        };
        assert_eq!(differences(resource_type, &at(&off), &json!({})), 0, "{resource_type} {path:?}");
        assert_eq!(differences(resource_type, &at(&off), &at(&on)), 1, "{resource_type} {path:?}");
        assert_ne!(differences(resource_type, &at(&on), &at(&off)), 0, "{resource_type} {path:?}");
    };
    let flags = [json!(false), json!(true)];
    check("AWS::Logs::LogGroup", ["RetentionInDays", ""], [json!(0), json!(14)]);
    check("AWS::S3::Bucket", ["VersioningConfiguration", "Status"], [json!("Suspended"), json!("Enabled")]);
    check("AWS::S3::Bucket", ["AccelerateConfiguration", "AccelerationStatus"], [json!("Suspended"), json!("Enabled")]);
    check("AWS::S3::Bucket", ["ObjectLockEnabled", ""], flags.clone());
    check("AWS::DynamoDB::Table", ["TimeToLiveSpecification", "Enabled"], flags.clone());
    let recovery = ["PointInTimeRecoverySpecification", "PointInTimeRecoveryEnabled"];
    check("AWS::DynamoDB::Table", recovery, flags.clone());
    let classes = [json!("STANDARD"), json!("STANDARD_INFREQUENT_ACCESS")];
    check("AWS::DynamoDB::Table", ["TableClass", ""], classes);
    check("AWS::SNS::Subscription", ["RawMessageDelivery", ""], flags);
    let scopes = [json!("MessageAttributes"), json!("MessageBody")];
    check("AWS::SNS::Subscription", ["FilterPolicyScope", ""], scopes);
    for (resource_type, property) in [
        ("AWS::KMS::Key", "Description"),
        ("AWS::Events::Rule", "Description"),
        ("AWS::SecretsManager::Secret", "Description"),
        ("AWS::SNS::Topic", "DisplayName"),
    ] {
        check(resource_type, [property, ""], [json!(""), json!("x")]);
    }
    let bridge =
        |on: bool| json!({"NotificationConfiguration": {"EventBridgeConfiguration": {"EventBridgeEnabled": on}}});
    assert_eq!(differences("AWS::S3::Bucket", &bridge(false), &json!({"NotificationConfiguration": {}})), 0);
    assert_eq!(differences("AWS::S3::Bucket", &bridge(false), &bridge(true)), 1);
    assert_ne!(differences("AWS::S3::Bucket", &bridge(true), &json!({"NotificationConfiguration": {}})), 0);
}

#[test]
fn what_a_service_shows_as_resources_of_their_own_is_not_missing_in_their_parent() {
    let check = |resource_type: &str, declared: Json, other: Json| {
        let with = |key: &str, more: &Json| {
            let mut all = more.clone();
            all[key] = json!("vpc-1");
            all
        };
        let pair = |live: &Json| Pair::of_files(resource_type, &with("VpcId", &declared), live, None).unwrap();
        let found = pair(&json!({"VpcId": "vpc-1"})).compare();
        assert_eq!((found.attributes.len(), found.unverifiable.len()), (0, 1), "{resource_type}");
        let found = pair(&with("VpcId", &other)).compare();
        assert_ne!(found.attributes.len(), 0, "{resource_type}");
    };
    let routes = |gateway: &str| json!({"Routes": [{"DestinationCidrBlock": "0.0.0.0/0", "GatewayId": gateway}]});
    check("AWS::EC2::RouteTable", routes("igw-1"), routes("igw-2"));
    let entries = |action: &str| json!({"Entries": [{"Egress": false, "RuleAction": action, "RuleNumber": 100}]});
    check("AWS::EC2::NetworkAcl", entries("deny"), entries("allow"));
    check("AWS::EC2::NetworkAcl", json!({"SubnetIds": ["subnet-1"]}), json!({"SubnetIds": ["subnet-2"]}));
}

#[test]
fn a_target_beside_declared_ones_gets_events_all_the_same() {
    let target = |id: &str| json!({"Id": id, "Arn": format!("arn:aws:lambda:eu-west-1:111111111111:function:{id}")});
    let rule = |ids: &[&str]| json!({"Name": "r", "Targets": ids.iter().map(|id| target(id)).collect::<Vec<_>>()});
    assert_eq!(differences("AWS::Events::Rule", &rule(&["a", "b"]), &rule(&["b", "a"])), 0);
    assert_ne!(differences("AWS::Events::Rule", &rule(&["a"]), &rule(&["a", "b"])), 0);
    assert_ne!(differences("AWS::Events::Rule", &rule(&["a"]), &json!({"Name": "r"})), 0);
    assert_ne!(differences("AWS::Events::Rule", &rule(&[]), &rule(&["a"])), 0);
    assert_eq!(differences("AWS::Events::Rule", &rule(&[]), &json!({"Name": "r"})), 0);
    assert_eq!(differences("AWS::Events::Rule", &json!({"Name": "r"}), &rule(&["b"])), 0, "of another stack");
}

#[test]
fn names_of_notification_filters_are_capitalized_by_the_service() {
    for kind in ["LambdaConfigurations", "QueueConfigurations", "TopicConfigurations"] {
        let filter = json!({"NotificationConfiguration": {kind: [{"Event": "s3:ObjectCreated:*", "Filter":
            {"S3Key": {"Rules": [{"Name": "?", "Value": "in/"}]}}}]}});
        texts("AWS::S3::Bucket", filter.clone(), ["prefix", "Prefix", "Suffix"]);
        texts("AWS::S3::Bucket", filter, ["Prefix", "prefix", "PREFIX"]);
    }
}
