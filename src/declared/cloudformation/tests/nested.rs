//! Nested stacks and included files.

use serde_json::json;

use super::*;

fn resources(files: &[(&str, &str)], text: &str) -> (Vec<(String, Json)>, Read) {
    let read = read_among(files, "stacks/main.yaml", text);
    let of = |one: &Declaration| (one.address.clone(), one.attributes.to_json());
    (read.declarations.iter().map(of).collect(), read)
}

fn problems(read: &Read) -> Vec<String> {
    read.problems.iter().map(ToString::to_string).collect()
}

const DATA: &str = "
Parameters:
  Name: {Type: String, Default: none}
  Zones: {Type: CommaDelimitedList, Default: z}
  Secret: {Type: String, Default: s, NoEcho: true}
Resources:
  Bucket: {Type: AWS::S3::Bucket, Properties: {BucketName: !Sub '${Name}-data', Zone: !Select [1, !Ref Zones], S: !Ref Secret}}
Outputs:
  Name: {Value: !Sub '${Name}-out'}
  Arn: {Value: !GetAtt Bucket.Arn}
";

#[test]
fn a_nested_stack_is_read_with_its_parameters_and_gives_its_outputs() {
    let main = "
Parameters: {Password: {Type: String, NoEcho: true, Default: hunter2}}
Resources:
  Data:
    Type: AWS::CloudFormation::Stack
    Properties:
      TemplateURL: ../data.yaml
      Parameters: {Name: !Sub '${AWS::Region}', Zones: [a, b], Secret: !Ref Password}
  Topic:
    Type: AWS::SNS::Topic
    Properties: {DisplayName: !GetAtt Data.Outputs.Name, Arn: !Sub '${Data.Outputs.Arn}'}
";
    let (found, read) = resources(&[("data.yaml", DATA)], main);
    let secret = Fingerprinter::new(*b"key").fingerprint(&Value::from("hunter2")).to_string();
    assert_eq!(
        found,
        [
            ("Data/Bucket".to_owned(), json!({"BucketName": "eu-west-1-data", "Zone": "b", "S": secret})),
            (
                "Topic".to_owned(),
                json!({"DisplayName": "eu-west-1-out", "Arn": unknown("Arn of Data/Bucket is known after its deployment")})
            ),
        ]
    );
    assert_eq!(problems(&read), [""; 0]);
    assert_eq!(read.declarations[0].at.to_string(), "data.yaml:7:3");
    assert!(!format!("{read:?}").contains("hunter2"));
}

#[test]
fn parameters_that_a_condition_chooses_are_known_if_the_condition_is() {
    let check = |condition: &str, name: &str, skipped: &[&str]| {
        let main = format!(
            "Parameters: {{Missing: {{Type: String}}}}\nConditions: {{C: !Equals [{condition}, x]}}\nResources:\n  \
             Data: {{Type: AWS::CloudFormation::Stack, Properties: {{TemplateURL: data.yaml, Parameters: \
             !If [C, {{Name: chosen, Zones: 'a,b'}}, {{Zones: 'a,b'}}]}}}}\n"
        );
        let (found, read) = resources(&[("stacks/data.yaml", DATA)], &main);
        let names: Vec<_> = found.iter().map(|(_, attributes)| attributes["BucketName"].clone()).collect();
        assert_eq!(names, (!name.is_empty()).then(|| json!(name)).into_iter().collect::<Vec<_>>(), "{condition}");
        assert_eq!(read.skipped.iter().map(|skipped| skipped.reason.as_str()).collect::<Vec<_>>(), skipped);
    };
    check("x", "chosen-data", &[]);
    check("y", "none-data", &[]);
    check(
        "!Ref Missing",
        "",
        &["nested stack Data is not covered: its parameters are not known: no value for parameter Missing"],
    );
}

#[test]
fn resources_of_nested_stacks_are_bound_by_their_addresses() {
    let main = "Resources:\n  Data: {Type: AWS::CloudFormation::Stack, Properties: {TemplateURL: data.yaml}}\n  \
                T: {Type: AWS::X::Y, Properties: {A: !GetAtt Data.Outputs.Arn, Id: !Ref Data}}\n";
    let bucket =
        Bound { identifier: Some("b-1".into()), attributes: [("Arn".to_owned(), Value::from("arn:b-1"))].into() };
    let stack = Bound {
        identifier: Some("arn:aws:cloudformation:eu-west-1:1:stack/shop-Data/7".into()),
        attributes: BTreeMap::new(),
    };
    let data = DATA.replace("${Name}-data", "${AWS::StackName}");
    let read = read(&Inputs {
        tree: &Tree::memory([("stacks/data.yaml", data)]),
        file: &"stacks/main.yaml".into(),
        text: main,
        parameters: &BTreeMap::new(),
        resolved: &BTreeMap::new(),
        bindings: &[("Data/Bucket".to_owned(), bucket), ("Data".to_owned(), stack)].into_iter().collect(),
        context: &context(),
        fingerprints: &Fingerprinter::new(*b"key"),
    });
    assert_eq!(read.declarations[0].identifier.as_deref(), Some("b-1"));
    assert_eq!(read.declarations[0].attributes.get("BucketName"), Some(&Value::from("shop-Data")));
    assert_eq!(read.declarations[1].attributes.get("A"), Some(&Value::from("arn:b-1")));
}

#[test]
fn a_nested_stack_elsewhere_is_skipped_by_name() {
    let check = |properties: &str, expect: &str| {
        let main = format!("Resources:\n  Data: {{Type: AWS::CloudFormation::Stack, Properties: {properties}}}\n");
        let (found, read) = resources(&[], &main);
        assert!(found.is_empty() && read.may_declare("Data/Bucket"));
        assert_eq!(read.skipped[0].reason, format!("nested stack Data is not covered: {expect}"));
    };
    check(
        "{TemplateURL: 'https://b.s3.amazonaws.com/t'}",
        "its template is at https://b.s3.amazonaws.com/t, not in the repository",
    );
    check("{TemplateURL: !Ref AWS::StackId}", "its TemplateURL is not known: AWS::StackId is not known");
    check("{TemplateURL: none.yaml}", "the template none.yaml cannot be read: there is no such file or folder");
    check("{TemplateURL: ../../x.yaml}", "the template ../../x.yaml cannot be read: leads out of the repository");
    check("{}", "it has no TemplateURL");
}

#[test]
fn a_nested_stack_of_the_cdk_names_its_file_in_the_metadata() {
    let main = "{\"Resources\": {\"Data\": {\"Type\": \"AWS::CloudFormation::Stack\", \"Properties\": {\"TemplateURL\": \
                {\"Fn::Sub\": \"https://x\"}}, \"Metadata\": {\"aws:asset:path\": \"data.nested.template.json\", \
                \"aws:asset:property\": \"TemplateURL\"}}}}";
    let (found, read) = resources(&[("stacks/data.nested.template.json", DATA)], main);
    assert_eq!(found[0].0, "Data/Bucket");
    assert_eq!(problems(&read), ["stacks/data.nested.template.json:7:81: Fn::Select takes item 1 of a list of 1"]);
}

#[test]
fn circles_and_towers_of_nested_stacks_end() {
    let nested = |file: &str| {
        format!("Resources:\n  N: {{Type: AWS::CloudFormation::Stack, Properties: {{TemplateURL: {file}}}}}\n")
    };
    let (_, read) = resources(&[("stacks/a.yaml", &nested("main.yaml"))], &nested("a.yaml"));
    assert!(read.skipped.is_empty() || read.skipped[0].reason.contains("there is no") || !problems(&read).is_empty());
    let (_, read) =
        resources(&[("stacks/a.yaml", &nested("b.yaml")), ("stacks/b.yaml", &nested("a.yaml"))], &nested("a.yaml"));
    assert_eq!(
        problems(&read),
        ["stacks/b.yaml:2:3: nested stack N: stacks/a.yaml is nested in itself (take the circle out)"]
    );
    assert_eq!(read.skipped[0].reason, "nested stack N/N/N is not covered: stacks/a.yaml is nested in itself");
    let tower: Vec<_> = (0..20).map(|n| (format!("stacks/{n}.yaml"), nested(&format!("{}.yaml", n + 1)))).collect();
    let tower: Vec<_> = tower.iter().map(|(file, text)| (file.as_str(), text.as_str())).collect();
    let (_, read) = resources(&tower, &nested("0.yaml"));
    assert!(problems(&read)[0].contains("more than 10 stacks in each other"), "{:?}", problems(&read));
    let wide: String = (0..300)
        .map(|n| format!("  N{n}: {{Type: AWS::CloudFormation::Stack, Properties: {{TemplateURL: w.yaml}}}}\n"))
        .collect();
    let wide = format!("Resources:\n{wide}");
    let leaf =
        ("stacks/w.yaml", "Resources:\n  N0: {Type: AWS::CloudFormation::Stack, Properties: {TemplateURL: l.yaml}}\n");
    let (_, read) = resources(&[leaf, ("stacks/l.yaml", DATA)], &wide);
    assert_eq!(
        read.problems.iter().filter(|problem| problem.message.contains("more than 500 nested stacks")).count(),
        1
    );
    let own = "Resources:\n  N: {Type: AWS::CloudFormation::Stack, Properties: {TemplateURL: d.yaml, Parameters: \
               {Name: !GetAtt N.Outputs.Name, Zones: 'a,b'}}}\n";
    let (_, read) = resources(&[("stacks/d.yaml", DATA)], own);
    assert!(problems(&read)[0].contains("its parameters depend on its own outputs"), "{:?}", problems(&read));
}

#[test]
fn an_included_file_stands_where_it_is_included() {
    let files = [
        ("stacks/topic.yaml", "T:\n  Type: AWS::SNS::Topic\n  Properties: {DisplayName: !Ref AWS::Region}\n"),
        ("stacks/tags.yaml", "Tags: [{Key: a, Value: b}]\n"),
        ("stacks/top.yaml", "Mappings: {M: {a: {b: c}}}\n"),
    ];
    let main = "
Transform: {Name: AWS::Include, Parameters: {Location: top.yaml}}
Resources:
  Fn::Transform: {Name: AWS::Include, Parameters: {Location: ./topic.yaml}}
  B:
    Type: AWS::S3::Bucket
    Properties:
      BucketName: !FindInMap [M, a, b]
      Fn::Transform: {Name: AWS::Include, Parameters: {Location: tags.yaml}}
";
    let (found, read) = resources(&files, main);
    assert_eq!(
        found,
        [
            ("B".to_owned(), json!({"BucketName": "c", "Tags": [{"Key": "a", "Value": "b"}]})),
            ("T".to_owned(), json!({"DisplayName": "eu-west-1"})),
        ]
    );
    assert_eq!(problems(&read), [""; 0]);
    assert_eq!(read.declarations[1].at.to_string(), "stacks/topic.yaml:1:1");
    let (found, read) = resources(&[], main);
    assert_eq!(found.len(), 1);
    assert_eq!(
        problems(&read)[0],
        "stacks/main.yaml:2:1: the included file top.yaml cannot be read: there is no such file or folder (the path is \
         relative to the template's folder)"
    );
}

#[test]
fn what_becomes_of_a_resource_is_noted() {
    let text = format!(
        "{AROUND}  A: {{Type: AWS::X::Y, DeletionPolicy: Retain, UpdateReplacePolicy: !If [Always, Snapshot, Delete]}}\n  \
         B: {{Type: AWS::X::Y, DeletionPolicy: !Ref Missing}}\n"
    );
    let read = read_with("t.yaml", &text);
    let of = |address: &str| read.declarations.iter().find(|one| one.address == address).unwrap().retention.clone();
    let snapshot = Some("Snapshot".to_owned());
    assert_eq!(of("A"), Retention { on_deletion: Some("Retain".to_owned()), on_replacement: snapshot });
    assert_eq!(of("B"), Retention::default());
}
