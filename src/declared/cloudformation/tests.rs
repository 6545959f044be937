//! Whole templates; the functions are in `functions`.

mod functions;
mod loops;
mod nested;
mod serverless;

use proptest::prelude::*;
use serde_json::{Value as Json, json};

use super::*;
use crate::model::{Bound, Kind};

/// What surrounds the property under test: everything that functions can refer to.
const AROUND: &str = r#"
Parameters:
  Name: {Type: String, Default: web}
  Zones: {Type: CommaDelimitedList, Default: "a, b, c"}
  Missing: {Type: String}
  Image: {Type: "AWS::SSM::Parameter::Value<String>", Default: /image}
  Password: {Type: String, NoEcho: true, Default: hunter2}
  Looked: {Type: String, Default: "{{resolve:ssm:/x:1}}"}
Mappings:
  Sizes:
    eu-west-1: {web: t3.small, list: [x, "y"]}
Conditions:
  Always: !Equals [1, "1"]
  Never: !Not [!Condition Always]
  Perhaps: !Equals [!Ref Missing, x]
Resources:
  Bucket: {Type: AWS::S3::Bucket}
  Role: {Type: AWS::IAM::Role}
"#;

fn context() -> Context {
    Context {
        account: Some("123456789012".into()),
        region: Some("eu-west-1".into()),
        stack_name: Some("shop".into()),
        exports: Some([("net-VpcId".to_owned(), "vpc-1".to_owned())].into()),
        zones: [("eu-west-1".to_owned(), ["a", "b"].map(|zone| format!("eu-west-1{zone}")).to_vec())].into(),
        ..Context::default()
    }
}

fn read_with(file: &str, text: &str) -> Read {
    read_among(&[], file, text)
}

/// Reads a template beside other files.
fn read_among(files: &[(&str, &str)], file: &str, text: &str) -> Read {
    let bucket = Bound {
        identifier: Some("my-bucket".into()),
        attributes: [("Arn".to_owned(), Value::from("arn:b")), ("Website.Url".to_owned(), Value::from("http://b"))]
            .into(),
    };
    read(&Inputs {
        tree: &Tree::memory(files.iter().copied()),
        file: &file.into(),
        text,
        parameters: &BTreeMap::new(),
        resolved: &BTreeMap::new(),
        bindings: &[("Bucket".to_owned(), bucket)].into_iter().collect(),
        context: &context(),
        fingerprints: &Fingerprinter::new(*b"key"),
    })
}

/// The property `P` of a resource, evaluated among [`AROUND`], and the problems.
fn evaluate(property: &str) -> (Option<Value>, Vec<String>) {
    let text = format!("{AROUND}  Probe:\n    Type: AWS::X::Y\n    Properties:\n      P: {property}\n");
    let read = read_with("t.yaml", &text);
    let probe = read.declarations.iter().find(|declaration| declaration.address == "Probe");
    let property = probe.and_then(|probe| probe.attributes.get("P").cloned());
    (property, read.problems.iter().map(|problem| problem.message.clone()).collect())
}

fn unknown(reason: &str) -> Json {
    json!({"Fn::Unknown": reason})
}

/// The addresses, skipped types and problems of a template.
fn summary(text: &str) -> (Vec<String>, Vec<String>, Vec<String>) {
    let read = read_with("t.yaml", text);
    (
        read.declarations.into_iter().map(|declaration| declaration.address).collect(),
        read.skipped.into_iter().map(|skipped| format!("{} {}", skipped.count, skipped.resource_type)).collect(),
        read.problems.iter().map(ToString::to_string).collect(),
    )
}

#[test]
fn conditions_decide_what_is_declared() {
    let text = format!(
        "{AROUND}  A: {{Type: AWS::X::Y, Condition: Always}}\n  B: {{Type: AWS::X::Y, Condition: Never}}\n  \
         C: {{Type: AWS::X::Y, Condition: Perhaps}}\n  D: {{Type: AWS::X::Y, Condition: Nowhere}}\n"
    );
    let (declared, skipped, problems) = summary(&text);
    assert_eq!(declared, ["A", "Bucket", "Role"]);
    assert_eq!(skipped, ["2 AWS::X::Y"]);
    assert_eq!(
        problems,
        [
            "t.yaml:21:3: whether it is declared cannot be known: no value for parameter Missing",
            "t.yaml:22:35: there is no condition Nowhere",
            "t.yaml:22:3: whether it is declared cannot be known: there is no condition Nowhere",
        ]
    );
}

#[test]
fn conditions_are_evaluated_in_three_values() {
    let check = |condition: &str, expect: &str| {
        let text = AROUND.replace("Conditions:", &format!("Conditions:\n  Probe: {condition}"));
        let text = format!("{text}  P: {{Type: AWS::X::Y, Properties: {{V: !If [Probe, 'true', 'false']}}}}\n");
        let read = read_with("t.yaml", &text);
        let probe = read.declarations.iter().find(|declaration| declaration.address == "P").unwrap();
        let value = probe.attributes.get("V").unwrap();
        assert_eq!(value.as_str().unwrap_or("unknown"), expect, "{condition}");
    };
    check("!Equals [a, a]", "true");
    check("!Equals [true, 'true']", "true");
    check("!Equals ['True', 'true']", "false");
    check("!Equals [!Ref Zones, [a, b, c]]", "true");
    check("!Equals [!Join ['', !Ref Zones], abc]", "true");
    check("!Equals [!Ref Password, hunter2]", "true");
    check("!Equals [!Ref Missing, '']", "unknown");
    check("!And [!Condition Always, !Condition Perhaps]", "unknown");
    check("!And [!Condition Never, !Condition Perhaps]", "false");
    check("!Or [!Condition Always, !Condition Perhaps]", "true");
    check("!Or [!Condition Never, !Condition Perhaps]", "unknown");
    check("!Or [!Condition Never, !Not [Condition: Never]]", "true");
    check("!Not [!Condition Perhaps]", "unknown");
    check("!Condition Always", "true");
    check("!And [!Condition Always]", "unknown");
    check("!Equals [a]", "unknown");
    check("!Ref Name", "unknown");
    check("yes", "unknown");
}

#[test]
fn conditions_that_go_in_circles_are_a_problem() {
    let text = "Conditions:\n  A: !Not [!Condition B]\n  B: !Or [!Condition A, !Equals [1, 2]]\n\
                Resources:\n  R: {Type: AWS::X::Y, Condition: A}\n";
    let (declared, _, problems) = summary(text);
    assert_eq!(declared, [""; 0]);
    assert!(problems[0].starts_with("t.yaml:2:3: condition A depends on itself ("), "{problems:?}");
    let chain: String = (0..5000).map(|n| format!("  C{n:04}: !Not [!Condition C{:04}]\n", n + 1)).collect();
    let text = format!("Conditions:\n{chain}  C5000: !Equals [1, 1]\nResources: {{}}\n");
    assert!(!summary(&text).2.is_empty(), "a long chain ends in a problem, not in a crash");
}

#[test]
fn types_that_nothing_here_can_compare_are_skipped() {
    let (declared, skipped, problems) = summary(
        "Transform: AWS::Serverless-2016-10-31\nResources:\n  F: {Type: 'AWS::Serverless::GraphQLApi'}\n  \
         C: {Type: 'Custom::X'}\n  D: {Type: 'Custom::X'}\n  E: {Type: 'AWS::CloudFormation::CustomResource'}\n  \
         M: {Type: 'Our::Own::Thing::MODULE'}\n  B: {Type: 'AWS::S3::Bucket'}\n",
    );
    assert_eq!(declared, ["B"]);
    assert_eq!(
        skipped,
        [
            "1 AWS::CloudFormation::CustomResource",
            "1 AWS::Serverless::GraphQLApi",
            "2 Custom::X",
            "1 Our::Own::Thing::MODULE"
        ]
    );
    assert_eq!(problems, [""; 0]);
}

#[test]
fn what_a_macro_rewrites_is_not_claimed() {
    let read =
        read_with("t.yaml", "Transform: [Ours]\nResources:\n  B: {Type: 'AWS::S3::Bucket', Properties: {A: 1}}\n");
    assert_eq!(read.declarations[0].attributes.to_json(), json!({"A": unknown("the macro Ours may rewrite it")}));
    assert_eq!(read.problems.len(), 1);
    let read = read_with(
        "t.yaml",
        "Resources:\n  B:\n    Type: AWS::S3::Bucket\n    Properties: {A: 1, 'Fn::Transform': {Name: 'AWS::Include'}}\n  \
         'Fn::ForEach::L': [X, [a], {'Topic${X}': {}}]\n",
    );
    assert_eq!(read.unsettled, ["Topic*".to_owned()].into(), "loops are the language extensions', which are not named");
    assert_eq!(read.declarations[0].attributes.to_json(), json!({"A": unknown("Fn::Transform may rewrite it")}));
    assert_eq!(read.problems.len(), 2);
}

#[test]
fn what_is_no_template_is_one_problem() {
    let check = |file: &str, text: &str, expect: &str| {
        let read = read_with(file, text);
        assert_eq!(read.problems.iter().map(ToString::to_string).collect::<Vec<_>>(), [expect], "{text}");
        assert!(read.declarations.is_empty());
    };
    check("t.yaml", "kind: Pod\n", "t.yaml:1:1: not a template: it has no `Resources`");
    check("t.yaml", "Resources:\n- a\n", "t.yaml:1:1: not a template: it has no `Resources`");
    check("t.yaml", "- a\n", "t.yaml:1:1: not a template: expected a mapping with `Resources`");
    check("t.yaml", "", "t.yaml: not a template: a template is one document");
    check("t.json", "{\n \"Resources\": {,}}", "t.json:2:16: expected a key in double quotes");
    let broken = read_with("t.yaml", "Resources:\n  A: [\n").problems.remove(0);
    assert!(broken.at.is_some() && broken.snippet.is_some(), "{broken}");
    let (declared, _, problems) =
        summary("Resources:\n  A: {Properties: {}}\n  B: {Type: 'AWS::X::Y', Properties: []}\n");
    assert_eq!(declared, ["B"]);
    assert_eq!(problems, ["t.yaml:2:3: a resource without a `Type`", "t.yaml:3:26: `Properties` is not a mapping"]);
}

#[test]
fn a_template_is_told_from_other_files_by_a_glance() {
    let check = |file: &str, text: &str, expect: bool| assert_eq!(looks_like_template(file, text), expect, "{text}");
    check("a/t.yaml", "AWSTemplateFormatVersion: 2010-09-09\nResources: {}\n", true);
    check("t.yml", "# note\nResources:\n  A:\n    Type: AWS::S3::Bucket\n", true);
    check("t.template", "{\"Resources\": {\"A\": {\"Type\": \"AWS::S3::Bucket\"}}}", true);
    check("t.txt", "AWSTemplateFormatVersion: 2010-09-09\n", false);
    check("serverless.yml", "resources:\n  Resources:\n    A: {Type: AWS::S3::Bucket}\n", false);
    check("pod.yaml", "apiVersion: v1\nkind: Pod\n", false);
    check("package.json", "{\"name\": \"Resources\"}", false);
}

#[test]
fn a_template_cannot_fill_the_memory_or_the_stack() {
    let long = "x".repeat(1_000_000);
    let uses: String =
        (0..500).map(|n| format!("  R{n}: {{Type: AWS::X::Y, Properties: {{V: !Ref Long}}}}\n")).collect();
    let text = format!("Parameters:\n  Long: {{Type: String, Default: '{long}'}}\nResources:\n{uses}");
    let read = read_with("t.yaml", &text);
    assert_eq!(read.problems.len(), 1);
    assert!(read.problems[0].message.contains("64 MiB"));
    let (_, problems) = evaluate(&format!("[{}]", vec!["!Nope x"; 1000].join(", ")));
    assert_eq!(problems.len(), 201);
    assert_eq!(problems[200], "more than 200 problems, the rest is not told");
    for nested in ["!If [Always, ", "!Join ['', ["] {
        let close = if nested.contains("Join") { "]]" } else { ", x]" };
        let (_, problems) = evaluate(&format!("{}a{}", nested.repeat(60), close.repeat(60)));
        assert!(problems.is_empty() || problems[0].contains("too deep"), "{problems:?}");
    }
}

#[test]
fn a_realistic_template_reads_with_every_place() {
    let text = include_str!("fixtures/service.yaml");
    let mut read = read_with("templates/service.yaml", text);
    read.declarations.sort_by_key(|declaration| declaration.at.line);
    fn lines(value: &Value, path: &str, out: &mut BTreeMap<String, String>) {
        match &value.kind {
            Kind::Object(members) => {
                members.iter().for_each(|(key, value)| lines(value, &format!("{path}.{key}"), out))
            }
            Kind::List(items) => {
                items.iter().enumerate().for_each(|(at, value)| lines(value, &format!("{path}[{at}]"), out));
            }
            _ => {
                let at = value.at.as_ref().map_or_else(String::new, |at| format!("{}:{}", at.line, at.column));
                out.insert(path.to_owned(), format!("{at} {}", value.to_json()));
            }
        }
    }
    let resources: Vec<Json> = read
        .declarations
        .iter()
        .map(|declaration| {
            let mut places = BTreeMap::new();
            lines(&declaration.attributes, "", &mut places);
            json!({"address": declaration.address, "type": declaration.resource_type.as_str(),
                "identifier": declaration.identifier, "line": declaration.at.line, "attributes": places})
        })
        .collect();
    let problems: Vec<_> = read.problems.iter().map(ToString::to_string).collect();
    insta::assert_json_snapshot!(json!({"resources": resources, "skipped": read.skipped, "problems": problems}));
}

#[test]
fn yaml_and_json_of_one_template_declare_the_same() {
    let yaml = include_str!("fixtures/service.yaml");
    let dialect = crate::yaml::Dialect {
        schema: crate::yaml::Schema::Yaml11,
        tags: Some(&|tag, value| {
            let name = if tag == "Ref" || tag == "Condition" { tag.to_owned() } else { format!("Fn::{tag}") };
            Ok(Value::object([(name, value)]))
        }),
    };
    let json = crate::yaml::load(&"t.yaml".into(), yaml, &dialect).unwrap()[0].to_json().to_string();
    let [from_yaml, from_json] =
        [("t.yaml", yaml), ("t.json", json.as_str())].map(|(file, text)| read_with(file, text).declarations);
    assert_eq!(from_yaml.len(), from_json.len());
    for (yaml, json) in from_yaml.iter().zip(&from_json) {
        assert_eq!((&yaml.address, &yaml.attributes), (&json.address, &json.attributes));
    }
}

fn any_node() -> impl Strategy<Value = Json> {
    let word = prop_oneof![
        Just("Name"),
        Just("Zones"),
        Just("Missing"),
        Just("Password"),
        Just("Bucket"),
        Just("Bucket.Arn"),
        Just("AWS::NoValue"),
        Just("Sizes"),
        Just("Always"),
        Just("Perhaps"),
        Just("${Name}-${Zones}"),
        Just("0"),
        Just(""),
        Just("{{resolve:ssm:x}}"),
        Just("10.0.0.0/8"),
    ];
    let leaf = prop_oneof![word.prop_map(Json::from), any::<i8>().prop_map(Json::from), Just(Json::Null)];
    let key = prop_oneof![
        Just("Ref"),
        Just("Fn::GetAtt"),
        Just("Fn::Sub"),
        Just("Fn::Join"),
        Just("Fn::Select"),
        Just("Fn::Split"),
        Just("Fn::FindInMap"),
        Just("Fn::Base64"),
        Just("Fn::Cidr"),
        Just("Fn::Length"),
        Just("Fn::ToJsonString"),
        Just("Fn::If"),
        Just("Fn::Equals"),
        Just("Fn::And"),
        Just("Condition"),
        Just("Plain"),
        Just("Fn::Nope"),
    ];
    leaf.prop_recursive(5, 40, 4, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Json::from),
            prop::collection::btree_map(key.clone().prop_map(str::to_owned), inner, 1..3)
                .prop_map(|members| Json::Object(members.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn no_template_makes_the_evaluator_panic_or_tell_a_secret(property in any_node(), condition in any_node()) {
        let text = AROUND.replace("Conditions:", &format!("Conditions:\n  Probe: {condition}"));
        let read = read_with("t.yaml", &format!("{text}  P: {{\"Type\": \"AWS::X::Y\", \"Properties\": {{\"V\": {property}}}}}\n"));
        let told = format!("{:?}{:?}", read.declarations, read.problems);
        prop_assert!(!told.contains("hunter2"), "{told}");
    }

    #[test]
    fn no_text_makes_the_reader_panic(text in "(Resources:|Parameters:|Conditions:|\n|  |- |A: |Type: AWS::X::Y|!Ref |!Sub |[\\[\\]{},'\"&*a]){0,40}") {
        let _read = read_with("t.yaml", &text);
        let _looks = looks_like_template("t.yaml", &text);
        let _file = parameter_file(&"p.yaml".into(), &text);
    }
}
