//! Whole templates, compared with what the published transform makes of them (`scripts/generate-sam-cases.py`).

use std::collections::BTreeMap;
use std::path::Path;

use proptest::prelude::*;
use serde_json::{Value as Json, json};

use crate::compare::{self, Base, Comparison, Subject};
use crate::declared::Read;
use crate::declared::cloudformation::template::{Stage, Template};
use crate::declared::cloudformation::{self, Context, Inputs};
use crate::model::{Bindings, Bound, Fingerprinter, Value};
use crate::repo::Tree;

fn with_inputs<T>(text: &str, bindings: &Bindings, run: impl FnOnce(&Inputs<'_>) -> T) -> T {
    run(&Inputs {
        tree: &Tree::memory(std::iter::empty::<(&str, &str)>()),
        file: &"t.yaml".into(),
        text,
        parameters: &BTreeMap::new(),
        resolved: &BTreeMap::new(),
        bindings,
        context: &Context { region: Some("eu-west-1".into()), ..Context::default() },
        fingerprints: &Fingerprinter::new(*b"key"),
    })
}

/// A template after the expansion.
fn expanded(text: &str, bindings: &Bindings) -> Template {
    with_inputs(text, bindings, |inputs| {
        cloudformation::with_unit(inputs, Stage::Original, |unit| Template::load(unit, Stage::Original).unwrap())
    })
}

/// What is read of resources, given as lines of YAML, with what the stack has.
fn read(resources: &str, bindings: &[(&str, &str)]) -> Read {
    let text = format!("Transform: {}\nResources:\n{resources}", super::TRANSFORM);
    let bound = |(id, physical): &(&str, &str)| {
        let attributes = [("Version".to_owned(), Value::from("7"))].into();
        ((*id).to_owned(), Bound { identifier: Some((*physical).to_owned()), attributes })
    };
    with_inputs(&text, &bindings.iter().map(bound).collect(), cloudformation::read)
}

fn property(read: &Read, address: &str, name: &str) -> Json {
    let found = read.declarations.iter().find(|declaration| declaration.address == address);
    found.unwrap_or_else(|| panic!("{address}")).attributes.get(name).map_or(Json::Null, Value::to_json)
}

fn json_of(section: &BTreeMap<String, Value>) -> Json {
    section.iter().map(|(name, value)| (name.clone(), value.to_json())).collect::<serde_json::Map<_, _>>().into()
}

/// Brings to one form what both may write either way: the order of dependencies, tags and what is in a policy, and
/// the hash of a deployment, which hangs on the order of keys in the implementation of the service.
fn comparable(node: &Json, ids: &BTreeMap<String, String>) -> Json {
    match node {
        Json::String(text) => match ids.get(text) {
            Some(id) => id.as_str().into(),
            None => node.clone(),
        },
        Json::Array(items) => items.iter().map(|item| comparable(item, ids)).collect(),
        Json::Object(members) => {
            let mut made: BTreeMap<String, Json> = members
                .iter()
                .map(|(name, member)| (ids.get(name).unwrap_or(name).clone(), comparable(member, ids)))
                .collect();
            for name in ["DependsOn", "Resource", "Statement", "Tags", "tags"] {
                if let Some(Json::Array(items)) = made.get_mut(name) {
                    items.sort_by_key(Json::to_string);
                }
            }
            if made.get("Type") == Some(&json!("AWS::ApiGateway::Deployment"))
                && let Some(properties) = made.get_mut("Properties")
            {
                properties.as_object_mut().unwrap().remove("Description");
            }
            Json::Object(made.into_iter().collect())
        }
        _ => node.clone(),
    }
}

/// The logical ids of deployments, and what they are without their hash.
fn deployments(resources: &Json) -> BTreeMap<String, String> {
    let is_deployment = |resource: &Json| resource["Type"] == "AWS::ApiGateway::Deployment";
    let found = resources.as_object().unwrap().iter().filter(|(_, resource)| is_deployment(resource));
    found.map(|(id, _)| (id.clone(), id.get(..id.len() - 10).unwrap().to_owned())).collect()
}

fn differences(path: &str, ours: &Json, theirs: &Json, found: &mut Vec<String>) {
    match (ours, theirs) {
        (Json::Object(left), Json::Object(right)) => {
            let names: std::collections::BTreeSet<_> = left.keys().chain(right.keys()).collect();
            for name in names {
                let at = |side: &serde_json::Map<String, Json>| side.get(name).cloned().unwrap_or("(none)".into());
                differences(&format!("{path}/{name}"), &at(left), &at(right), found);
            }
        }
        (Json::Array(left), Json::Array(right)) if left.len() == right.len() => {
            for (position, (left, right)) in left.iter().zip(right).enumerate() {
                differences(&format!("{path}/{position}"), left, right, found);
            }
        }
        _ if ours == theirs => {}
        _ => found.push(format!("{path}\n    ours   {ours}\n    theirs {theirs}")),
    }
}

fn cases() -> Vec<std::path::PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/sam");
    let mut cases: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    cases.sort();
    cases
}

#[test]
fn templates_expand_as_the_published_transform_does() {
    let mut wrong = Vec::new();
    let cases = cases();
    for case in &cases {
        let name = case.file_name().unwrap().to_string_lossy().into_owned();
        let read = |file: &str| std::fs::read_to_string(case.join(file)).unwrap();
        let template = expanded(&read("template.yaml"), &Bindings::default());
        let theirs: Json = serde_json::from_str(&read("expected.json")).unwrap();
        let ours = json!({
            "Conditions": json_of(&template.conditions),
            "Resources": json_of(&template.resources),
        });
        let mut found: Vec<String> = template.problems.iter().map(ToString::to_string).collect();
        for section in ["Conditions", "Resources"] {
            let theirs = theirs.get(section).cloned().unwrap_or(json!({}));
            let form = |side: &Json| match section {
                "Resources" => comparable(side, &deployments(side)),
                _ => comparable(side, &BTreeMap::new()),
            };
            differences(section, &form(&ours[section]), &form(&theirs), &mut found);
        }
        if !found.is_empty() {
            wrong.push(format!("{name}:\n  {}", found.join("\n  ")));
        }
    }
    assert!(wrong.is_empty(), "{} of {} cases differ\n{}", wrong.len(), cases.len(), wrong.join("\n"));
}

const LOCAL: &str = "  Fn:
    Type: AWS::Serverless::Function
    Properties:
      Handler: a.b
      Runtime: python3.13
      CodeUri: ./src
      AutoPublishAlias: live
";

#[test]
fn code_of_the_repository_is_known_after_packaging_and_so_is_what_hashes_it() {
    let packaged = json!({"Fn::Unknown": "packaged when deploying"});
    let new = read(LOCAL, &[]);
    assert_eq!(property(&new, "Fn", "Code"), packaged);
    assert_eq!(property(&new, "Fn", "Handler"), "a.b");
    let reason = "Version of FnVersion?????????? is known after its deployment";
    assert_eq!(property(&new, "FnAliaslive", "FunctionVersion"), json!({"Fn::Unknown": reason}));
    let deployed = read(LOCAL, &[("FnVersion0123456789", "arn:v"), ("FnVersionOf", "x"), ("FnVersion012345678", "y")]);
    assert_eq!(property(&deployed, "FnAliaslive", "FunctionVersion"), "7", "the only one of the stem");
    let two = read(LOCAL, &[("FnVersion0123456789", "arn:v"), ("FnVersionabcdef0123", "arn:w")]);
    assert_eq!(property(&two, "FnAliaslive", "FunctionVersion"), json!({"Fn::Unknown": reason}), "which one?");
}

#[test]
fn immutable_revisions_are_skipped_with_the_reason() {
    let skipped: Vec<_> =
        read(LOCAL, &[]).skipped.into_iter().map(|skipped| (skipped.resource_type, skipped.reason)).collect();
    let reason = "an immutable revision: a change makes another one";
    assert_eq!(skipped, [("AWS::Lambda::Version".to_owned(), reason.to_owned())]);
    let others = read(
        "  App: {Type: AWS::Serverless::Application, Properties: {Location: ./child.yaml}}
  Graph: {Type: AWS::Serverless::GraphQLApi}
",
        &[],
    );
    let found: Vec<_> = others.skipped.iter().map(|skipped| skipped.resource_type.as_str()).collect();
    assert_eq!(found, ["AWS::Serverless::Application", "AWS::Serverless::GraphQLApi"]);
    assert!(others.declarations.is_empty() && others.problems.is_empty());
}

#[test]
fn what_is_made_stands_where_its_cause_is_written() {
    let text = "Transform: AWS::Serverless-2016-10-31
Globals:
  Function:
    Timeout: 9
Resources:
  Fn:
    Type: AWS::Serverless::Function
    Properties:
      Handler: a.b
      Runtime: python3.13
      CodeUri: s3://b/k
      Events:
        Tick:
          Type: Schedule
          Properties:
            Schedule: rate(1 day)
        Get:
          Type: Api
          Properties: {Path: /x, Method: get}
";
    let read = with_inputs(text, &Bindings::default(), cloudformation::read);
    let check = |address: &str, path: &[&str], expect: (u32, u32)| {
        let declaration = read.declarations.iter().find(|declaration| declaration.address == address).unwrap();
        let value = declaration.attributes.at_keys(path.iter().copied()).unwrap();
        let at = value.at.as_ref().unwrap();
        assert_eq!((at.line, at.column), expect, "{address} {path:?}");
    };
    check("Fn", &["Timeout"], (4, 14));
    check("Fn", &["Handler"], (9, 16));
    check("FnRole", &["AssumeRolePolicyDocument"], (6, 3));
    check("FnTick", &["ScheduleExpression"], (16, 23));
    check("FnTick", &["Targets"], (13, 9));
    check("FnGetPermissionProd", &["Principal"], (17, 9));
    check("ServerlessRestApi", &["Body"], (17, 9));
}

#[test]
fn a_broken_function_is_a_problem_and_does_not_take_the_others_with_it() {
    let check = |broken: &str, expect: &str| {
        let text = format!(
            "{broken}  Good:
    Type: AWS::Serverless::Function
    Properties: {{Handler: a.b, Runtime: python3.13, CodeUri: s3://b/k}}
"
        );
        let read = read(&text, &[("BadRole", "r"), ("GoodRole", "g")]);
        let told: Vec<_> = read.problems.iter().map(ToString::to_string).collect();
        assert_eq!(told, [expect], "{broken}");
        let declared: Vec<_> = read.declarations.iter().map(|declaration| declaration.address.as_str()).collect();
        assert_eq!(declared, ["Good", "GoodRole"], "{broken}");
        assert!(read.may_declare("BadRole") && !read.may_declare("GoodRole"), "{broken}");
    };
    let function = |properties: &str| {
        format!(
            "  Bad:\n    Type: AWS::Serverless::Function\n    Properties:\n      Handler: a.b\n      Runtime: python3.13\n      CodeUri: s3://b/k\n{properties}"
        )
    };
    check("  Bad:\n    Type: AWS::Serverless::Function\n", "t.yaml:3:3: `Runtime` is missing");
    check(
        &function("      Policies: [{NoSuchPolicy: {}}]\n"),
        "t.yaml:9:18: neither a policy document nor the name of a policy template",
    );
    check(
        &function("      Policies: [{S3ReadPolicy: {}}]\n"),
        "t.yaml:9:18: policy template S3ReadPolicy needs a value for BucketName",
    );
    check(&function("      Events:\n        E:\n          Type: Nope\n"), "t.yaml:10:9: `Nope` is not a type of event");
    check(&function("      Events:\n        E: {Type: Schedule}\n"), "t.yaml:10:9: the event E has no `Schedule`");
    check(
        &function("      Events:\n        E: {Type: S3, Properties: {Bucket: b, Events: e}}\n"),
        "t.yaml:10:44: an event of S3 needs the `Ref` of a bucket of the same template",
    );
    check(
        &function("      Events:\n        E: {Type: Api, Properties: {RestApiId: !Ref Nope, Path: /x, Method: get}}\n"),
        "t.yaml:10:9: `RestApiId` names no AWS::Serverless::Api of the template",
    );
    check(
        &function("      DeploymentPreference: {Type: AllAtOnce}\n"),
        "t.yaml:9:7: `DeploymentPreference` needs `AutoPublishAlias`",
    );
}

#[test]
fn a_processed_template_is_not_expanded_again() {
    let text = "Transform: AWS::Serverless-2016-10-31\nResources:\n  F: {Type: AWS::Serverless::Function}\n";
    let read = with_inputs(text, &Bindings::default(), cloudformation::read_processed);
    assert!(read.problems.is_empty() && read.declarations.is_empty());
}

#[test]
fn secret_and_unknown_parameters_stay_references() {
    let text = "Transform: AWS::Serverless-2016-10-31
Parameters:
  Token: {Type: String, NoEcho: true, Default: hunter2}
  Bucket: {Type: String}
Resources:
  Fn:
    Type: AWS::Serverless::Function
    Properties:
      Handler: a.b
      Runtime: python3.13
      CodeUri: {Bucket: !Ref Bucket, Key: !Ref Token}
      AutoPublishAlias: live
      EventInvokeConfig: {MaximumRetryAttempts: !Ref Token}
";
    let template = expanded(text, &Bindings::default());
    assert!(!json_of(&template.resources).to_string().contains("hunter2"));
    assert!(template.resources.contains_key("FnVersion??????????"), "its hash is not known here");
}

/// An alias and the weights that it has live, compared.
fn alias(update_policy: &str, weights: Json) -> Comparison {
    let alias = format!(
        "  A:\n    Type: AWS::Lambda::Alias\n{update_policy}    Properties: {{FunctionName: f, Name: live, FunctionVersion: '7'}}\n"
    );
    let read = read(&alias, &[]);
    let [declaration] = read.declarations.as_slice() else { panic!("{:?}", read.problems) };
    let live = json!({"FunctionName": "f", "Name": "live", "FunctionVersion": "7", "RoutingConfig": weights});
    compare::compare(&Subject {
        resource_type: &declaration.resource_type,
        identifier: None,
        account: None,
        region: None,
        declared: &declaration.attributes,
        base: &Base::deployed(declaration.attributes.clone()),
        live: &Value::from_json(&live),
        open_collections: &std::collections::BTreeSet::new(),
        bands: &[],
        reader: compare::Reader::Unknown,
        ignored: &declaration.ignored,
    })
}

#[test]
fn weights_of_an_alias_are_codedeploys_if_it_moves_the_alias_and_drift_if_nobody_does() {
    let weights = json!({"AdditionalVersionWeights": [{"FunctionVersion": "8", "FunctionWeight": 0.1}]});
    let moved = "    UpdatePolicy: {CodeDeployLambdaAliasUpdate: {ApplicationName: a, DeploymentGroupName: g}}\n";
    let shifting = alias(moved, weights.clone());
    assert_eq!(shifting.attributes, []);
    assert_eq!(shifting.ignored.len(), 1, "{shifting:?}");
    let by_hand = alias("", weights);
    let paths: Vec<_> = by_hand.attributes.iter().map(|drift| format!("{} {}", drift.path, drift.standing)).collect();
    assert_eq!(paths, ["RoutingConfig.AdditionalVersionWeights[FunctionVersion=8] drifted"]);
}

/// A stack deployed from a case, as the service would return its processed template, is in sync with the case.
#[test]
fn a_template_declares_what_its_expansion_deploys() {
    for case in cases() {
        let read = |file: &str| std::fs::read_to_string(case.join(file)).unwrap();
        let processed = read("expected.json");
        let made: Json = serde_json::from_str(&processed).unwrap();
        let bound =
            |id: &String| (id.clone(), Bound { identifier: Some(format!("physical-{id}")), ..Bound::default() });
        let bindings: Bindings = made["Resources"].as_object().unwrap().keys().map(bound).collect();
        let text = read("template.yaml");
        // The service returns the parameters with the template it has processed.
        let parameters = text.find("Parameters:").map(|_| parameters_of(&text)).unwrap_or_default();
        let mut made = made;
        made["Parameters"] = parameters;
        let applied = with_inputs(&made.to_string(), &bindings, cloudformation::read_processed);
        let declared = with_inputs(&text, &bindings, cloudformation::read);
        let name = case.file_name().unwrap();
        assert_eq!(declared.problems, [], "{name:?}");
        for declaration in &declared.declarations {
            let same = applied.declarations.iter().find(|applied| applied.address == declaration.address);
            let same = same.unwrap_or_else(|| panic!("{name:?}: {}", declaration.address));
            let form = |attributes: &Value| comparable(&attributes.to_json(), &BTreeMap::new());
            let (ours, theirs) = (form(&declaration.attributes), form(&same.attributes));
            assert_eq!(ours, theirs, "{name:?}: {}", declaration.address);
        }
    }
}

fn parameters_of(text: &str) -> Json {
    json_of(&expanded(text, &Bindings::default()).parameters)
}

/// Names and texts that mean something to the transform.
const NAMES: &str = "Ref Fn::If Fn::Sub Fn::GetAtt Fn::Transform Type Properties Path Method Events Auth Authorizers \
    DefaultAuthorizer ResourcePolicy UsagePlan CreateUsagePlan RestApiId ApiId Bucket Key paths openapi \
    swagger /x get Statement OnFailure Destination Route53 DomainName CertificateArn \
    x-amazon-apigateway-integration";
const TEXTS: &str = "a Api HttpApi Schedule ScheduleV2 S3 SNS SQS Kinesis MSK MQ Cognito SelfManagedKafka s3://b/k Other \
    ${x NONE 3.0.1 /{a}/{b+}";
const PROPERTIES: &str = "Policies Role Events Tags Tracing DeadLetterQueue Layers EventInvokeConfig DeploymentPreference \
    FunctionUrlConfig AutoPublishAlias CodeUri Environment DefinitionBody DefinitionUri Cors \
    CorsConfiguration Auth Domain GatewayResponses Models Definition Source Destination PrimaryKey \
    MergeDefinitions";

fn words(words: &'static str) -> impl Strategy<Value = &'static str> {
    proptest::sample::select(words.split_whitespace().collect::<Vec<_>>())
}

/// Values of any shape under names that mean something to the transform.
fn any_value() -> impl Strategy<Value = Json> {
    let leaf = prop_oneof![
        Just(Json::Null),
        any::<bool>().prop_map(Json::from),
        (0_i64..3).prop_map(Json::from),
        words(TEXTS).prop_map(Json::from),
        Just(Json::from("")),
    ];
    leaf.prop_recursive(4, 24, 4, |inner| {
        let members = proptest::collection::btree_map(words(NAMES), inner.clone(), 0..4);
        prop_oneof![
            proptest::collection::vec(inner, 0..4).prop_map(Json::from),
            members.prop_map(|members| {
                members
                    .into_iter()
                    .map(|(name, value)| (name.to_owned(), value))
                    .collect::<serde_json::Map<_, _>>()
                    .into()
            }),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn no_template_makes_the_expansion_panic(
        kind in proptest::sample::select(&super::ORDER[..]),
        name in words(PROPERTIES),
        value in any_value(),
        events in any_value(),
        globals in any_value(),
    ) {
        let mut properties = json!({
            "Handler": "a.b", "Runtime": "python3.13", "CodeUri": "s3://b/k", "StageName": "Prod", "ContentUri": "x",
            "DefinitionUri": "s3://b/k", "AutoPublishAlias": "live", "Events": {"E": events},
        });
        properties[name] = value;
        let template = json!({
            "Transform": super::TRANSFORM,
            "Globals": {"Function": {name: globals}},
            "Resources": {
                "Other": {"Type": kind, "Properties": properties},
                "Fn": {"Type": "AWS::Serverless::Function", "Properties": properties},
            },
        });
        drop(with_inputs(&template.to_string(), &Bindings::default(), cloudformation::read));
    }
}
