//! What the published schemas say, applied: what it forgives, and a change right beside that it does not.

use std::collections::BTreeMap;

use serde_json::{Value as Json, json};

use super::batch::Pair;
use super::rules::{check, differences, texts};
use super::transform;
use super::{Base, Reader, Subject, compare};
use crate::model::Value;
use crate::schema::{resource_facts, resource_types};

/// How many attributes differ and how many cannot be told.
fn counts(reader: Reader, resource_type: &str, declared: &Json, live: &Json) -> (usize, usize) {
    let found = compare(&Subject {
        resource_type: &resource_type.into(),
        identifier: None,
        account: None,
        region: None,
        declared: &Value::from_json(declared),
        base: &Base::unknown(),
        live: &Value::from_json(live),
        reader,
        open_collections: &Default::default(),
        ignored: &[],
        bands: &[],
    });
    (found.attributes.len(), found.unverifiable.len())
}

#[test]
fn what_is_write_only_cannot_be_told_unless_it_is_returned() {
    let check = |resource_type: &str, declared: Json, live: Json, expect: (usize, usize)| {
        assert_eq!(counts(Reader::Unknown, resource_type, &declared, &live), expect, "{resource_type} {live}");
    };
    let channel = |code: &str| json!({"Name": "a", "EngineVersion": code});
    check("AWS::AmazonMQ::Broker", channel("3.13"), json!({"Name": "a"}), (0, 1));
    check("AWS::AmazonMQ::Broker", channel("3.13"), channel("3.13"), (0, 0));
    check("AWS::AmazonMQ::Broker", channel("3.13"), channel("3.12"), (1, 0));
    // In an item of a list.
    let tunnel = |range: &str| json!({"VpnTunnelOptionsSpecifications": [{"TunnelInsideCidr": range}]});
    let keyed =
        json!({"VpnTunnelOptionsSpecifications": [{"TunnelInsideCidr": "169.254.1.0/30", "PreSharedKey": "k"}]});
    check("AWS::EC2::VPNConnection", keyed.clone(), tunnel("169.254.1.0/30"), (0, 1));
    assert_ne!(counts(Reader::Unknown, "AWS::EC2::VPNConnection", &keyed, &tunnel("169.254.2.0/30")).0, 0);
    // Items of a list that is returned are not there because somebody took them away.
    let options = |names: &[&str]| {
        let options = names.iter().map(|name| json!({"Namespace": "n", "OptionName": name, "Value": "1"}));
        json!({ "OptionSettings": options.collect::<Json>() })
    };
    check("AWS::ElasticBeanstalk::Environment", options(&["a", "b"]), options(&["a"]), (1, 0));
    // An object and a list of nothing else.
    let resources = |region: &str| json!({"Resources": [{"Region": region}], "Name": "a"});
    check("AWS::GlobalAccelerator::CrossAccountAttachment", resources("a"), json!({"Name": "a"}), (0, 1));
    check("AWS::GlobalAccelerator::CrossAccountAttachment", resources("a"), json!({"Name": "b"}), (1, 1));
}

#[test]
fn a_reader_of_the_type_tells_what_is_not_set() {
    let declared = json!({"Name": "/a", "Value": "1", "Description": "of the app", "Policies": "[]"});
    let bare = json!({"Name": "/a", "Value": "1"});
    let check = |reader, live: &Json, expect: (usize, usize)| {
        assert_eq!(counts(reader, "AWS::SSM::Parameter", &declared, live), expect, "{reader:?} {live}");
    };
    check(Reader::Unknown, &bare, (0, 2));
    check(Reader::OfType, &bare, (2, 0));
    check(Reader::OfType, &declared, (0, 0));
    let code = json!({"Code": {"S3Bucket": "b", "S3Key": "k"}});
    assert_eq!(counts(Reader::OfType, "AWS::Lambda::Function", &code, &json!({})), (0, 1), "not what it returns");
}

#[test]
fn a_default_of_the_schema_is_the_same_as_nothing() {
    let check = |resource_type: &str, document: fn(Json) -> Json, without: Json, default: Json, other: Json| {
        assert_eq!(differences(resource_type, &document(default.clone()), &without), 0, "{resource_type}: left out");
        assert_eq!(differences(resource_type, &without, &document(default)), 0, "{resource_type}: filled in");
        let other = counts(Reader::Unknown, resource_type, &document(other), &without);
        assert_ne!(other, (0, 0), "{resource_type}: another value");
    };
    check(
        "AWS::EC2::Instance",
        |hops| json!({"MetadataOptions": {"HttpTokens": "required", "HttpPutResponseHopLimit": hops}}),
        json!({"MetadataOptions": {"HttpTokens": "required"}}),
        json!(1),
        json!(2),
    );
    check(
        "AWS::EC2::KeyPair",
        |kind| json!({"KeyName": "a", "KeyType": kind}),
        json!({"KeyName": "a"}),
        json!("rsa"),
        json!("ed25519"),
    );
    check(
        "AWS::ECS::TaskDefinition",
        |consistency| json!({"ContainerDefinitions": [{"Name": "app", "VersionConsistency": consistency}]}),
        json!({"ContainerDefinitions": [{"Name": "app"}]}),
        json!("enabled"),
        json!("disabled"),
    );
    check(
        "AWS::S3::Bucket",
        |status| json!({"VersioningConfiguration": {"Status": status}}),
        json!({"VersioningConfiguration": {}}),
        json!("Suspended"),
        json!("Enabled"),
    );
    check(
        "AWS::IVS::PlaybackRestrictionPolicy",
        |countries| json!({"Name": "a", "AllowedCountries": countries}),
        json!({"Name": "a"}),
        json!([]),
        json!(["DE"]),
    );
}

#[test]
fn what_only_the_service_sets_is_never_an_addition() {
    let mut checked = 0;
    for name in resource_types() {
        let facts = resource_facts(name).unwrap();
        for path in facts.read_only().filter(|path| !path.contains('*')) {
            let live = path.rsplit('.').fold(json!("set"), |value, key| json!({ key: value }));
            assert_eq!(differences(name, &json!({}), &live), 0, "{name} {path}");
            checked += 1;
        }
    }
    assert!(checked > 5_000, "{checked} paths");
}

#[test]
fn values_that_schemas_transform() {
    let name = |property: &str| json!({ property: "?" });
    texts("AWS::AmazonMQ::Broker", name("EngineType"), ["RabbitMQ", "RABBITMQ", "ACTIVEMQ"]);
    let window = json!({"MaintenanceWindowStartTime": {"DayOfWeek": "?", "TimeOfDay": "22:45", "TimeZone": "UTC"}});
    texts("AWS::AmazonMQ::Broker", window, ["monday", "MONDAY", "TUESDAY"]);
    let column = json!({"RegularColumns": [{"ColumnName": "a", "ColumnType": "?"}]});
    texts("AWS::Cassandra::Table", column, ["TEXT", "text", "int"]);
    texts("AWS::GameLift::Fleet", json!({"AnywhereConfiguration": {"Cost": "?"}}), ["1", "1.0", "2.0"]);
    texts("AWS::ImageBuilder::ImageRecipe", name("Version"), ["1.0.x", "1.0.3", "1.1.3"]);
    texts("AWS::RolesAnywhere::CRL", name("CrlData"), ["a\n", "a", "b"]);
    let ports = json!({"PolicyRule": {"DestinationPortRange": "?"}});
    texts("AWS::EC2::TransitGatewayPolicyTableEntry", ports.clone(), ["22-22", "22", "23"]);
    texts("AWS::EC2::TransitGatewayPolicyTableEntry", ports, ["22-23", "22-23", "22"]);
    let protection = json!({"FileSystemProtection": {"ReplicationOverwriteProtection": "?"}});
    texts("AWS::EFS::FileSystem", protection, ["DISABLED", "REPLICATING", "ENABLED"]);
    let time = json!({"MaintenanceConfiguration": {"PreferredDayTime": {"Day": "MONDAY", "Time": "?"}}});
    texts("AWS::MediaConnect::RouterInput", time, ["10:30", "10:30:00Z", "10:31:00Z"]);
    let group = json!({"DefaultAction": {"Forward": {"TargetGroups": [{"TargetGroupIdentifier": "?"}]}}});
    let arn = "arn:aws:vpc-lattice:eu-west-1:111111111111:targetgroup/tg-1";
    texts("AWS::VpcLattice::Listener", group, [arn, "tg-1", "tg-2"]);
    check(
        "AWS::Lambda::EventSourceMapping",
        json!({"StartingPositionTimestamp": "?"}),
        [json!(1_700_000_000), json!(1_700_000_000_000_i64), json!(1_700_000_001_000_i64)],
    );
    let description = json!({"Deployment": {"Description": "?"}});
    texts("AWS::CodeDeploy::DeploymentGroup", description, ["first", "[CFN-ABCDEFGH] first", "[CFN-ABCDEFGH] second"]);
    let permissions = |value: Json| json!({"Permissions": ["SELECT"], "PermissionsWithGrantOption": value});
    let live = json!({"Permissions": ["SELECT"]});
    assert_eq!(differences("AWS::LakeFormation::PrincipalPermissions", &permissions(json!([])), &live), 0);
    assert_ne!(differences("AWS::LakeFormation::PrincipalPermissions", &permissions(json!(["SELECT"])), &live), 0);
}

#[test]
fn a_pattern_takes_what_was_declared_for_itself_and_no_other_account() {
    let arn = |region: &str, account: &str, id: &str| format!("arn:aws:kms:{region}:{account}:key/{id}");
    let key = |declared: &str, live: String| {
        let side = |key: &str| json!({"MasterUserSecret": {"KmsKeyId": key}});
        differences("AWS::RDS::DBInstance", &side(declared), &side(&live))
    };
    assert_eq!(key("1234", arn("eu-west-1", "111111111111", "1234")), 0);
    assert_eq!(key("1234", arn("eu-west-1", "111111111111", "12345")), 1);
    assert_eq!(key("1234", arn("eu-west-1", "222222222222", "1234")), 1);
    assert_eq!(key("1234", arn("us-east-1", "111111111111", "1234")), 1);
    assert_eq!(key(".*", arn("eu-west-1", "111111111111", "1234")), 1);
}

#[test]
fn transforms_that_would_hide_a_change_are_not_applied() {
    let differ = |resource_type: &str, declared: Json, live: Json| {
        assert_ne!(differences(resource_type, &declared, &live), 0, "{resource_type} {declared} {live}");
    };
    let endpoint = |attributes: &str| json!({ "ExtraConnectionAttributes": attributes });
    differ("AWS::DMS::Endpoint", endpoint("a=1"), endpoint("a=1;b=2"));
    let version = |version: &str| json!({ "EngineVersion": version });
    differ("AWS::RDS::DBInstance", version("8.0"), version("8.01"));
    let ping = |kind: i64| json!({"IpProtocol": "icmp", "FromPort": kind, "ToPort": -1, "CidrIp": "10.0.0.0/8"});
    differ("AWS::EC2::SecurityGroupIngress", ping(8), ping(-1));
    let table = |replica: Json| json!({ "Replicas": [replica] });
    let mode = json!({"Region": "eu-west-1", "GlobalTableSettingsReplicationMode": "ENABLED"});
    differ("AWS::DynamoDB::GlobalTable", table(mode), table(json!({"Region": "eu-west-1"})));
    differ("AWS::EC2::EIP", json!({"Domain": "standard"}), json!({"Domain": "vpc"}));
    differ("AWS::EFS::FileSystem", json!({"Encrypted": false}), json!({"Encrypted": true}));
}

#[test]
fn what_schemas_use_of_the_language_is_known() {
    let mut shapes: BTreeMap<String, usize> = BTreeMap::new();
    let mut outside = Vec::new();
    let (mut all, mut constant) = (0, 0);
    for name in resource_types() {
        for (pattern, expression) in resource_facts(name).unwrap().transforms() {
            all += 1;
            match transform::shape(expression) {
                None => outside.push(format!("{name} {pattern}")),
                Some(shape) if shape.is_empty() => constant += 1,
                Some(shape) => *shapes.entry(shape).or_default() += 1,
            }
        }
    }
    shapes.iter().for_each(|(shape, count)| println!("{count:4}  {shape}"));
    println!("{all} transforms: {constant} depend on nothing declared; not understood: {outside:#?}");
    let expect = [
        "AWS::Config::ConfigRule Source",
        "AWS::EC2::Subnet CidrBlock",
        "AWS::EC2::Subnet Ipv6CidrBlock",
        "AWS::Lambda::Url TargetFunctionArn",
    ];
    assert_eq!(outside, expect);
}

#[test]
fn a_pair_from_a_file_was_read_by_nobody_in_particular() {
    let side = |json: Json| Pair::of_files("AWS::SSM::Parameter", &json, &json!({}), None).unwrap().compare();
    assert_eq!(side(json!({"Description": "a"})).unverifiable.len(), 1);
}
