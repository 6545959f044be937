//! The serverless transform among nested stacks, loops and other transforms; what it makes is in `sam/tests`.

use serde_json::json;

use super::*;

const CHILD: &str = "
Transform: AWS::Serverless-2016-10-31
Parameters:
  Alias: {Type: String, Default: standard}
  Runtime: {Type: String, Default: nodejs22.x}
Resources:
  Layer: {Type: AWS::Serverless::LayerVersion, Properties: {ContentUri: ./layer}}
  Fn:
    Type: AWS::Serverless::Function
    Properties: {Handler: a.b, Runtime: !Ref Runtime, CodeUri: ./src, AutoPublishAlias: !Ref Alias, Layers: [!Ref Layer]}
  Bad: {Type: AWS::Serverless::Function}
Outputs:
  Role: {Value: !GetAtt FnRole.Arn}
  Layer: {Value: !Ref Layer}
  Alias: {Value: !Ref Fn.Alias}
";

/// Reads a stack with the nested one `App` of [`CHILD`], and what is known of resources.
fn read_nested(parameters: &str, bound: &[&str]) -> Read {
    let main = format!(
        "Parameters: {{Missing: {{Type: String}}, Secret: {{Type: String, NoEcho: true, Default: hunter2}}}}\nResources:\n  \
         App: {{Type: AWS::CloudFormation::Stack, Properties: {{TemplateURL: child.yaml, Parameters: {parameters}}}}}\n  \
         T: {{Type: AWS::X::Y, Properties: {{L: !GetAtt App.Outputs.Layer, A: !GetAtt App.Outputs.Alias}}}}\n"
    );
    let known = |address: &&str| {
        let version = [("Version".to_owned(), Value::from(*address))].into();
        ((*address).to_owned(), Bound { identifier: Some(format!("id of {address}")), attributes: version })
    };
    read(&Inputs {
        tree: &Tree::memory([("stacks/child.yaml", CHILD)]),
        file: &"stacks/main.yaml".into(),
        text: &main,
        parameters: &BTreeMap::new(),
        resolved: &BTreeMap::new(),
        bindings: &bound.iter().map(known).collect(),
        context: &context(),
        fingerprints: &Fingerprinter::new(*b"key"),
    })
}

fn declared(read: &Read) -> Vec<&str> {
    read.declarations.iter().map(|declaration| declaration.address.as_str()).collect()
}

fn attribute(read: &Read, address: &str, name: &str) -> Json {
    let found = read.declarations.iter().find(|declaration| declaration.address == address);
    found.and_then(|found| found.attributes.get(name)).map_or(Json::Null, Value::to_json)
}

fn told(read: &Read) -> Vec<String> {
    read.problems.iter().map(ToString::to_string).collect()
}

#[test]
fn a_nested_serverless_template_is_expanded_with_its_own_parameters_and_bindings() {
    let read = read_nested(
        "{Runtime: python3.13}",
        &[
            // The stack around has resources of the same stems, which are not those of the nested one.
            "FnVersion0123456789",
            "Layer0123456789",
            "App/FnVersionabcdef0123",
            "App/Layerabcdef0123",
            "App/FnAliasstandard",
            "App/BadRole",
            "BadRole",
        ],
    );
    assert_eq!(declared(&read), ["App/Fn", "App/FnAliasstandard", "App/FnRole", "T"]);
    assert_eq!(attribute(&read, "App/Fn", "Runtime"), "python3.13");
    assert_eq!(attribute(&read, "App/Fn", "Layers"), json!(["id of App/Layerabcdef0123"]));
    assert_eq!(attribute(&read, "App/FnAliasstandard", "FunctionVersion"), "App/FnVersionabcdef0123");
    assert_eq!(attribute(&read, "T", "L"), "id of App/Layerabcdef0123", "outputs name what was made");
    assert_eq!(attribute(&read, "T", "A"), "id of App/FnAliasstandard");
    assert_eq!(told(&read), ["stacks/child.yaml:11:3: `Runtime` is missing"]);
    assert_eq!(read.problems[0].scope, "App/Bad");
    assert!(read.may_declare("App/BadRole") && !read.may_declare("BadRole"));
    let place = read.declarations[2].at.to_string();
    assert_eq!(place, "stacks/child.yaml:8:3");
}

#[test]
fn a_parameter_that_is_not_known_or_secret_is_not_replaced_by_its_default() {
    let check = |given: &str, expect: &[&str]| {
        let read = read_nested(&format!("{{Alias: {given}}}"), &[]);
        assert_eq!(declared(&read), expect, "{given}: {:?}", told(&read));
        assert!(!format!("{read:?}").contains("hunter2"));
    };
    check("blue", &["App/Fn", "App/FnAliasblue", "App/FnRole", "T"]);
    check("true", &["App/Fn", "App/FnAliastrue", "App/FnRole", "T"]);
    check("!Ref Missing", &["T"]);
    check("!Ref Secret", &["T"]);
    let read = read_nested("{Alias: !Ref Missing}", &[]);
    let problems = [
        "stacks/child.yaml:10:89: `AutoPublishAlias` is a text or the `Ref` of a parameter that has a value",
        "stacks/child.yaml:11:3: `Runtime` is missing",
    ];
    assert_eq!(told(&read), problems, "and nothing of what hangs on it");
    let reason = "whether Fn.Alias is made is known after the service has expanded the template";
    assert_eq!(attribute(&read, "T", "A"), unknown(reason));
}

const LOOPED: &str = "
Parameters: {Names: {Type: CommaDelimitedList}}
Resources:
  Fn::ForEach::Functions:
    - Name
    - LIST
    - ${Name}Fn:
        Type: AWS::Serverless::Function
        Properties: {Handler: !Sub '${Name}.run', Runtime: python3.13, CodeUri: ./src}
  Own:
    Type: AWS::Serverless::Function
    Properties: {Handler: own.run, Runtime: python3.13, CodeUri: ./src}
";

fn read_looped(transforms: &str, list: &str) -> Read {
    read_with("t.yaml", &format!("Transform: [{transforms}]{}", LOOPED.replace("LIST", list)))
}

#[test]
fn functions_that_a_loop_makes_are_expanded() {
    let read = read_looped("AWS::LanguageExtensions, AWS::Serverless-2016-10-31", "[A, B]");
    assert_eq!(declared(&read), ["AFn", "AFnRole", "BFn", "BFnRole", "Own", "OwnRole"]);
    assert_eq!(attribute(&read, "BFn", "Handler"), "B.run");
    assert_eq!(told(&read), [""; 0]);
}

#[test]
fn a_loop_that_is_not_known_stays_and_leaves_open_what_functions_share() {
    let text = LOOPED.replace("${Name}Fn", "Fn${Name}");
    let transforms = "Transform: [AWS::LanguageExtensions, AWS::Serverless-2016-10-31]";
    let read = read_with("t.yaml", &format!("{transforms}{}", text.replace("LIST", "!Ref Names")));
    assert_eq!(declared(&read), ["Own", "OwnRole"]);
    assert!(["FnA", "FnARole", "ServerlessRestApi", "CodeDeployServiceRole"].iter().all(|id| read.may_declare(id)));
    assert!(!read.may_declare("Other") && !read.may_declare("OwnRole"));
}

#[test]
fn a_transform_that_is_listed_twice_is_applied_once() {
    let once = read_looped("AWS::LanguageExtensions, AWS::Serverless-2016-10-31", "[A]");
    let twice = read_looped(
        "AWS::LanguageExtensions, AWS::Serverless-2016-10-31, AWS::LanguageExtensions, AWS::Serverless-2016-10-31",
        "[A]",
    );
    assert_eq!((once.declarations, once.problems), (twice.declarations, twice.problems));
}

#[test]
fn a_loop_cannot_make_more_functions_than_the_service_takes() {
    let list = |length: usize| format!("[{}]", (0..length).map(|n| format!("N{n}")).collect::<Vec<_>>().join(", "));
    let transforms = "AWS::LanguageExtensions, AWS::Serverless-2016-10-31";
    let most = read_looped(transforms, &list(499));
    assert_eq!((most.declarations.len(), told(&most)), (1000, vec![]));
    let bomb = read_looped(transforms, &list(5000));
    assert_eq!(bomb.declarations, []);
    assert_eq!(
        told(&bomb),
        [
            "t.yaml:7:7: more than 500 serverless resources: the service takes no such template (split the template into \
          stacks)"
        ]
    );
    assert!(["N0FnRole", "OwnRole", "ServerlessRestApi"].iter().all(|id| bomb.may_declare(id)));
}
