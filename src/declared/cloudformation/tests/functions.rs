//! The functions, one table each.

use serde_json::{Value as Json, json};

use super::*;
use crate::model::Reference;

/// A property evaluates to a value, without a problem, in the short form and in the long one; the long one is JSON.
fn check(short: &str, long: &Json, expect: &Json) {
    for text in [short.to_owned(), long.to_string()] {
        let (value, problems) = evaluate(&text);
        assert_eq!(value.map(|value| value.to_json()).as_ref(), Some(expect), "{text} {problems:?}");
        assert_eq!(problems, [""; 0], "{text}");
    }
}

#[test]
fn references_give_parameters_pseudo_parameters_and_identifiers() {
    let check = |name: &str, expect: Json| check(&format!("!Ref {name}"), &json!({"Ref": name}), &expect);
    check("Name", json!("web"));
    check("Zones", json!(["a", "b", "c"]));
    check("Bucket", json!("my-bucket"));
    check("Role", unknown("the identifier of Role is known after its deployment"));
    check("Missing", unknown("no value for parameter Missing"));
    check("Image", unknown("parameter Image is read from the parameter store when deploying"));
    check("Looked", unknown("dynamic reference"));
    check("AWS::Region", json!("eu-west-1"));
    check("AWS::AccountId", json!("123456789012"));
    check("AWS::Partition", json!("aws"));
    check("AWS::URLSuffix", json!("amazonaws.com"));
    check("AWS::StackName", json!("shop"));
    check("AWS::StackId", unknown("AWS::StackId is not known"));
    check("AWS::NotificationARNs", unknown("AWS::NotificationARNs is not known"));
}

#[test]
fn a_plain_reference_that_is_not_known_tells_what_it_refers_to() {
    let check = |text: &str, attribute: Option<&str>| {
        let Some(Value { kind: Kind::Unknown(unknown), at: Some(at) }) = evaluate(text).0 else { panic!("{text}") };
        let expect = Reference { address: "Role".into(), attribute: attribute.map(str::to_owned) };
        assert_eq!(unknown.reference.as_deref(), Some(&expect), "{text}");
        assert_eq!(at.line as usize, AROUND.lines().count() + 4, "{text}");
    };
    check("!Ref Role", None);
    check("!GetAtt Role.Arn", Some("Arn"));
    check("!Sub '${Role.Arn}'", Some("Arn"));
    check("!Sub '${Role}'", None);
    check("!Join ['', [!GetAtt Role.Arn]]", Some("Arn"));
    check("!If [Always, !Ref Role, x]", None);
    let (Some(value), _) = evaluate("!Sub '${Role.Arn}/x'") else { panic!() };
    assert!(matches!(value.kind, Kind::Unknown(unknown) if unknown.reference.is_none()), "only a part refers to it");
}

#[test]
fn attributes_come_from_the_bindings() {
    check("!GetAtt Bucket.Arn", &json!({"Fn::GetAtt": ["Bucket", "Arn"]}), &json!("arn:b"));
    check("!GetAtt [Bucket, Arn]", &json!({"Fn::GetAtt": "Bucket.Arn"}), &json!("arn:b"));
    check("!GetAtt Bucket.Website.Url", &json!({"Fn::GetAtt": ["Bucket", "Website.Url"]}), &json!("http://b"));
    let expect = unknown("Other of Bucket is known after its deployment");
    check("!GetAtt Bucket.Other", &json!({"Fn::GetAtt": ["Bucket", "Other"]}), &expect);
}

#[test]
fn texts_are_substituted() {
    let check_text = |text: &str, expect: Json| check(&format!("!Sub '{text}'"), &json!({"Fn::Sub": text}), &expect);
    check_text("plain", json!("plain"));
    check_text("${Name}-${AWS::Region}", json!("web-eu-west-1"));
    check_text("${Bucket}/${Bucket.Arn}/${Bucket.Website.Url}", json!("my-bucket/arn:b/http://b"));
    check_text("${!Name} $Name ${", json!("${Name} $Name ${"));
    check_text("a ${Missing} b", unknown("no value for parameter Missing"));
    check_text("{{resolve:ssm:/${Name}}}", unknown("dynamic reference"));
    check(
        "!Sub ['${A}-${Name}-${B}', {A: !Ref Name, B: 7, Name: own}]",
        &json!({"Fn::Sub": ["${A}-${Name}-${B}", {"A": {"Ref": "Name"}, "B": 7, "Name": "own"}]}),
        &json!("web-own-7"),
    );
}

#[test]
fn lists_are_joined_selected_split_and_counted() {
    check("!Join ['-', [a, 1, true]]", &json!({"Fn::Join": ["-", ["a", 1, true]]}), &json!("a-1-true"));
    check("!Join [',', !Ref Zones]", &json!({"Fn::Join": [",", {"Ref": "Zones"}]}), &json!("a,b,c"));
    check("!Join ['', []]", &json!({"Fn::Join": ["", []]}), &json!(""));
    check(
        "!Join ['', ['{{resolve', ':ssm:x}}']]",
        &json!({"Fn::Join": ["", ["{{resolve", ":ssm:x}}"]]}),
        &unknown("dynamic reference"),
    );
    check(
        "!Join ['/', [a, !If [Never, b, !Ref AWS::NoValue], c]]",
        &json!({"Fn::Join": ["/", ["a", {"Fn::If": ["Never", "b", {"Ref": "AWS::NoValue"}]}, "c"]]}),
        &json!("a/c"),
    );
    check(
        "!Join ['', [x, !Ref Missing]]",
        &json!({"Fn::Join": ["", ["x", {"Ref": "Missing"}]]}),
        &unknown("no value for parameter Missing"),
    );
    check("!Select [1, !Ref Zones]", &json!({"Fn::Select": ["1", {"Ref": "Zones"}]}), &json!("b"));
    check("!Select [0, [a, !Ref Missing]]", &json!({"Fn::Select": [0, ["a", {"Ref": "Missing"}]]}), &json!("a"));
    check("!Split ['|', a||c|]", &json!({"Fn::Split": ["|", "a||c|"]}), &json!(["a", "", "c", ""]));
    check(
        "!Select [5, !Split [':', !Sub 'arn:aws:s3:::${Name}']]",
        &json!({"Fn::Select": [5, {"Fn::Split": [":", {"Fn::Sub": "arn:aws:s3:::${Name}"}]}]}),
        &json!("web"),
    );
    check("!Length [a, b]", &json!({"Fn::Length": ["a", "b"]}), &json!(2));
    check("!Length {Ref: Zones}", &json!({"Fn::Length": {"Ref": "Zones"}}), &json!(3));
}

#[test]
fn mappings_are_looked_up() {
    check(
        "!FindInMap [Sizes, !Ref AWS::Region, !Ref Name]",
        &json!({"Fn::FindInMap": ["Sizes", {"Ref": "AWS::Region"}, {"Ref": "Name"}]}),
        &json!("t3.small"),
    );
    check(
        "!FindInMap [Sizes, eu-west-1, list]",
        &json!({"Fn::FindInMap": ["Sizes", "eu-west-1", "list"]}),
        &json!(["x", "y"]),
    );
    check(
        "!FindInMap [Sizes, mars, web, {DefaultValue: !Ref Name}]",
        &json!({"Fn::FindInMap": ["Sizes", "mars", "web", {"DefaultValue": {"Ref": "Name"}}]}),
        &json!("web"),
    );
    check(
        "!FindInMap [Sizes, !Ref Missing, web, {DefaultValue: x}]",
        &json!({"Fn::FindInMap": ["Sizes", {"Ref": "Missing"}, "web", {"DefaultValue": "x"}]}),
        &unknown("no value for parameter Missing"),
    );
}

#[test]
fn texts_are_encoded_and_networks_cut() {
    check("!Base64 hällo", &json!({"Fn::Base64": "hällo"}), &json!("aMOkbGxv"));
    check(
        "!Cidr [192.168.0.0/24, 3, 5]",
        &json!({"Fn::Cidr": ["192.168.0.0/24", "3", "5"]}),
        &json!(["192.168.0.0/27", "192.168.0.32/27", "192.168.0.64/27"]),
    );
    check("!Cidr ['2001:db8::/56', 1, 64]", &json!({"Fn::Cidr": ["2001:db8::/56", 1, 64]}), &json!(["2001:db8::/64"]));
    check(
        "!Cidr [10.0.0.0/8, 1]",
        &json!({"Fn::Cidr": ["10.0.0.0/8", 1]}),
        &unknown("Fn::Cidr without the number of bits"),
    );
    check(
        "!ToJsonString {z: !Ref Name, a: {k: 1}, m: [true]}",
        &json!({"Fn::ToJsonString": {"z": {"Ref": "Name"}, "a": {"k": 1}, "m": [true]}}),
        &json!(r#"{"z":"web","a":{"k":1},"m":[true]}"#),
    );
    check(
        "!ToJsonString {a: !Ref Missing}",
        &json!({"Fn::ToJsonString": {"a": {"Ref": "Missing"}}}),
        &unknown("a part of the JSON text is not known"),
    );
}

#[test]
fn what_the_account_tells_is_known() {
    check("!ImportValue net-VpcId", &json!({"Fn::ImportValue": "net-VpcId"}), &json!("vpc-1"));
    check(
        "{Fn::ImportValue: !Sub 'net-${Name}Id'}",
        &json!({"Fn::ImportValue": {"Fn::Sub": "net-${Name}Id"}}),
        &unknown("no stack of the account and region exports net-webId"),
    );
    check("!GetAZs ''", &json!({"Fn::GetAZs": ""}), &json!(["eu-west-1a", "eu-west-1b"]));
    check(
        "!Select [1, {Fn::GetAZs: !Ref AWS::Region}]",
        &json!({"Fn::Select": [1, {"Fn::GetAZs": {"Ref": "AWS::Region"}}]}),
        &json!("eu-west-1b"),
    );
}

#[test]
fn what_the_account_was_not_asked_yet_is_asked_for() {
    let ask = |text: &str| {
        read(&Inputs {
            tree: &Tree::memory::<&str, &str>([]),
            file: &"t.yaml".into(),
            text: &format!("Resources:\n  A: {{Type: AWS::X::Y, Properties: {{V: {text}}}}}\n"),
            parameters: &BTreeMap::new(),
            resolved: &BTreeMap::new(),
            bindings: &Bindings::default(),
            context: &Context { region: Some("eu-west-1".into()), ..Context::default() },
            fingerprints: &Fingerprinter::new(*b"key"),
        })
        .asks
    };
    assert!(ask("plain").is_empty());
    assert_eq!(ask("!ImportValue x"), Asks { exports: true, ..Asks::default() });
    let zones = ["eu-west-1".to_owned(), "us-east-1".to_owned()].into();
    assert_eq!(ask("[!GetAZs '', !GetAZs us-east-1]"), Asks { zones, ..Asks::default() });
}

#[test]
fn pieces_before_what_is_not_known_are_known() {
    let check_sub = |index: usize, text: &str, expect: &Json| {
        let short = format!("!Select [{index}, !Split ['/', !Sub '{text}']]");
        check(&short, &json!({"Fn::Select": [index, {"Fn::Split": ["/", {"Fn::Sub": text}]}]}), expect);
    };
    let unknown = unknown("no value for parameter Missing");
    check_sub(0, "${Name}/b/${Missing}", &json!("web"));
    check_sub(1, "${Name}/b/${Missing}", &json!("b"));
    check_sub(2, "${Name}/b/${Missing}", &unknown);
    check_sub(2, "${Name}/b/c${Missing}", &unknown);
    check_sub(0, "a${Missing}/b", &unknown);
    check_sub(0, "a//${Missing}", &json!("a"));
    check_sub(1, "a//${Missing}", &json!(""));
    let check_joined = |index: usize, parts: &Json, expect: &Json| {
        let long = json!({"Fn::Select": [index, {"Fn::Split": ["/", {"Fn::Join": parts}]}]});
        check(&long.to_string(), &long, expect);
    };
    let (name, missing) = (json!({"Ref": "Name"}), json!({"Ref": "Missing"}));
    check_joined(0, &json!(["/", [name, "b", missing]]), &json!("web"));
    check_joined(1, &json!(["/", [name, "b", missing]]), &json!("b"));
    check_joined(2, &json!(["/", [name, "b", missing]]), &unknown);
    check_joined(0, &json!(["", ["a/b", missing]]), &json!("a"));
    check_joined(1, &json!(["", ["a/b", missing]]), &unknown);
    check_joined(0, &json!(["/", [missing, "b"]]), &unknown);
}

#[test]
fn a_list_with_an_item_that_may_be_none_has_no_known_length() {
    let unknown = unknown("no value for parameter Missing");
    let list = "[a, !If [Perhaps, b, !Ref AWS::NoValue], c]";
    let long = json!(["a", {"Fn::If": ["Perhaps", "b", {"Ref": "AWS::NoValue"}]}, "c"]);
    check(&format!("!Length {list}"), &json!({"Fn::Length": long}), &unknown);
    check(&format!("!Select [2, {list}]"), &json!({"Fn::Select": [2, long]}), &unknown);
    check(
        "!Length [a, !If [Perhaps, b, c]]",
        &json!({"Fn::Length": ["a", {"Fn::If": ["Perhaps", "b", "c"]}]}),
        &json!(2),
    );
}

#[test]
fn what_only_the_service_knows_is_unknown() {
    let check = |name: &str, argument: &str, reason: &str| {
        let long = json!({format!("Fn::{name}"): argument});
        check(&format!("!{name} '{argument}'"), &long, &unknown(reason));
    };
    check("GetAZs", "us-east-1", "the zones of the account in us-east-1 are known when deploying");
    check("ImportValue", "x", "no stack of the account and region exports x");
    check("GetStackOutput", "x", "the output of another stack is known when deploying");
    let transform = json!({"Fn::Transform": {"Name": "M"}, "Other": 1});
    let (value, problems) = evaluate(&transform.to_string());
    assert_eq!(value.unwrap().to_json(), unknown("a macro expands it when deploying"), "beside other members too");
    assert_eq!(problems, [""; 0]);
}

#[test]
fn a_condition_chooses_and_no_value_removes() {
    check("!If [Always, a, b]", &json!({"Fn::If": ["Always", "a", "b"]}), &json!("a"));
    check("!If [Never, a, [!Ref Name]]", &json!({"Fn::If": ["Never", "a", [{"Ref": "Name"}]]}), &json!(["web"]));
    check(
        "[a, !If [Never, b, !Ref 'AWS::NoValue'], {k: !Ref 'AWS::NoValue', l: 1}]",
        &json!(["a", {"Fn::If": ["Never", "b", {"Ref": "AWS::NoValue"}]}, {"k": {"Ref": "AWS::NoValue"}, "l": 1}]),
        &json!(["a", {"l": 1}]),
    );
    check("!If [Perhaps, a, b]", &json!({"Fn::If": ["Perhaps", "a", "b"]}), &unknown("no value for parameter Missing"));
    assert_eq!(evaluate("!If [Always, !Ref 'AWS::NoValue', b]"), (None, vec![]));
}

#[test]
fn literals_stay_as_they_are() {
    let policy =
        json!({"Version": "2012-10-17", "Statement": [{"Condition": {"Bool": {"aws:SecureTransport": true}}}]});
    check("{Version: 2012-10-17, Statement: [{Condition: {Bool: {'aws:SecureTransport': true}}}]}", &policy, &policy);
    check("'5'", &json!("5"), &json!("5"));
    check("{Condition: Yes}", &json!({"Condition": true}), &json!({"Condition": true}));
}

#[test]
fn a_misused_function_is_a_problem_and_an_unknown_value() {
    let check = |text: &str, expect: &str| {
        let (value, problems) = evaluate(text);
        assert!(value.is_some_and(|value| value.has_unknown()), "{text}");
        assert_eq!(problems, [expect], "{text}");
    };
    check("!Nope x", "there is no function Fn::Nope");
    check("!Ref Nothing", "Nothing is neither a parameter nor a resource of this template");
    check("!Ref AWS::Nothing", "there is no pseudo parameter AWS::Nothing");
    check("!Ref [a]", "an argument that has to be a text is a list or an object");
    check("!GetAtt Nothing.Arn", "Nothing is not a resource of this template");
    check("!GetAtt Bucket", "Fn::GetAtt takes a resource and an attribute");
    check("!Sub '${Zones}'", "${Zones} of Fn::Sub is a list or an object");
    check("!Sub '${#x}'", "`${#x}` is not a variable of Fn::Sub; the text itself is `${!#x}`");
    check("!Sub [a]", "Fn::Sub takes a text, or a list of a text and a mapping of variables");
    check("!Join [a]", "Fn::Join takes a delimiter and a list");
    check("!Join [a, b]", "Fn::Join takes a list");
    check("!Join ['', [[a]]]", "an item of Fn::Join is a list or an object");
    check("!Join ['', !If [Always, !Ref 'AWS::NoValue', []]]", "an argument is AWS::NoValue");
    check("!Select [3, [a]]", "Fn::Select takes item 3 of a list of 1");
    check("!Select [x, [a]]", "the index of Fn::Select is not a whole number");
    check("!Split ['', a]", "the delimiter of Fn::Split is empty");
    check("!FindInMap [Sizes, mars, web]", "there is no Sizes.mars.web in the mappings");
    check("!Cidr [10.0.0.0/24, 300, 4]", "the count of Fn::Cidr is 1 to 256, its bits fewer than an address has");
    check("!Cidr [10.0.0.0/24, 3, 8]", "10.0.0.0/24 has no 3 networks of 24 bits");
    check("!Cidr [x, 3, 8]", "x is not a network");
    check("!If [Nothing, a, b]", "there is no condition Nothing");
    check("!If [Always, a]", "Fn::If takes the name of a condition and two values");
    check("{Fn::Join: ['', [a]], Other: 1}", "Fn::Join next to other members");
    check("~", "null: the service takes no null in a template");
    check("[~]", "null: the service takes no null in a template");
}

#[test]
fn a_secret_is_only_a_fingerprint_wherever_it_goes() {
    let key = Fingerprinter::new(*b"key");
    let check = |text: &str, secret: &str| {
        let (value, problems) = evaluate(text);
        let expect = Kind::Sensitive(key.fingerprint(&Value::from(secret)));
        assert_eq!(value.map(|value| value.kind), Some(expect), "{text}");
        assert_eq!(problems, [""; 0], "{text}");
    };
    check("!Ref Password", "hunter2");
    check("!Sub 'x-${Password}'", "x-hunter2");
    check("!Join ['', [a, !Ref Password]]", "ahunter2");
    check("!Base64 {Ref: Password}", "aHVudGVyMg==");
    check("!Select [1, !Split [n, !Ref Password]]", "ter2");
    check("!If [Always, !Ref Password, x]", "hunter2");
    check("!ToJsonString {P: !Ref Password}", r#"{"P":"hunter2"}"#);
    for text in [
        "{A: !Ref Password, B: !Split [n, !Ref Password]}",
        "!FindInMap [Sizes, !Ref Password, x]",
        "!Cidr [!Ref Password, 1, 1]",
        "!Ref {Ref: Password}",
        "!Select [!Ref Password, [a]]",
    ] {
        let (value, problems) = evaluate(text);
        assert!(!format!("{value:?}{problems:?}").contains("hunter2"), "{text}");
    }
    let (beside, _) = evaluate("{A: !Ref Password, B: plain}");
    assert_eq!(beside.unwrap().get("B"), Some(&Value::from("plain")), "what stands beside a secret is none");
}
