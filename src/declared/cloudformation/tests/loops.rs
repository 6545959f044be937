//! `Fn::ForEach`.

use serde_json::json;

use super::*;

const HEAD: &str = "Transform: AWS::LanguageExtensions\n";

/// The resources that a text with loops declares, and the problems.
fn resources(text: &str) -> (Json, Vec<String>) {
    let text = format!("{HEAD}{AROUND}{text}");
    let read = read_with("t.yaml", &text);
    let of_loops = read.declarations.iter().filter(|one| !["Bucket", "Role"].contains(&one.address.as_str()));
    let resources = of_loops.map(|one| (one.address.clone(), one.attributes.to_json())).collect();
    (Json::Object(resources), read.problems.iter().map(ToString::to_string).collect())
}

fn check(text: &str, expect: &Json) {
    assert_eq!(resources(text), (expect.clone(), vec![]), "{text}");
}

#[test]
fn a_loop_makes_a_resource_of_each_item() {
    check(
        "  'Fn::ForEach::Topics':\n    - Name2\n    - [One, Two]\n    - 'Topic${Name2}':\n        Type: AWS::SNS::Topic\n        \
         Properties: {TopicName: !Sub '${Name2}.fifo', Other: !Ref Name2, Plain: 'a ${Name2}', Of: !GetAtt 'Bucket.Arn'}\n",
        &json!({
            "TopicOne": {"TopicName": "One.fifo", "Other": "One", "Plain": "a One", "Of": "arn:b"},
            "TopicTwo": {"TopicName": "Two.fifo", "Other": "Two", "Plain": "a Two", "Of": "arn:b"},
        }),
    );
}

#[test]
fn a_collection_is_a_list_a_parameter_or_found_in_a_mapping() {
    let text = |collection: &str| {
        format!(
            "  'Fn::ForEach::L': [I, {collection}, {{'T${{I}}': {{Type: 'AWS::X::Y', Properties: {{V: !Ref I}}}}}}]\n"
        )
    };
    let expect = json!({"Ta": {"V": "a"}, "Tb": {"V": "b"}, "Tc": {"V": "c"}});
    check(&text("!Ref Zones"), &expect);
    check(&text("[a, !Select [1, !Ref Zones], c]"), &expect);
    check(&text("!FindInMap [Sizes, !Ref AWS::Region, list]"), &json!({"Tx": {"V": "x"}, "Ty": {"V": "y"}}));
    check(&text("[]"), &json!({}));
}

#[test]
fn letters_and_digits_of_a_value_make_a_logical_id() {
    check(
        "  'Fn::ForEach::Hosts': [Ip, [10.0.0.1, 10.0.0.2], {'Host&{Ip}': {Type: 'AWS::X::Y', \
         Properties: {Address: !Ref Ip, Id: !Sub 'h-&{Ip}'}}}]\n",
        &json!({
            "Host10001": {"Address": "10.0.0.1", "Id": "h-10001"},
            "Host10002": {"Address": "10.0.0.2", "Id": "h-10002"},
        }),
    );
}

#[test]
fn loops_stand_in_loops_properties_and_conditions() {
    check(
        "  'Fn::ForEach::Outer':\n    - O\n    - [A, B]\n    - 'Fn::ForEach::Inner':\n        - I\n        - [x, 'y']\n        - \
         '${O}${I}':\n            Type: AWS::X::Y\n            Properties: {V: !Sub '${O}-${I}'}\n",
        &json!({"Ax": {"V": "A-x"}, "Ay": {"V": "A-y"}, "Bx": {"V": "B-x"}, "By": {"V": "B-y"}}),
    );
    check(
        "  R:\n    Type: AWS::X::Y\n    Properties:\n      Tags:\n        Own: 1\n        'Fn::ForEach::T': [I, !Ref Zones, \
         {'k-${I}': !Ref I}]\n",
        &json!({"R": {"Tags": {"Own": 1, "k-a": "a", "k-b": "b", "k-c": "c"}}}),
    );
    let conditions = "Conditions:\n  'Fn::ForEach::C': [I, [a, b], {'Is${I}': !Equals [!Ref I, a]}]";
    let text = AROUND.replace("Conditions:", conditions);
    let text =
        format!("{HEAD}{text}  A: {{Type: AWS::X::Y, Condition: Isa}}\n  B: {{Type: AWS::X::Y, Condition: Isb}}\n");
    let addresses: Vec<_> = read_with("t.yaml", &text).declarations.into_iter().map(|one| one.address).collect();
    assert_eq!(addresses, ["A", "Bucket", "Role"]);
}

#[test]
fn what_a_loop_makes_stands_where_the_loop_says_it() {
    let text = format!(
        "{HEAD}Resources:\n  'Fn::ForEach::L':\n    - I\n    - [a, b]\n    - 'T${{I}}':\n        \
                        Type: AWS::X::Y\n        Properties:\n          V: !Sub 'x-${{I}}'\n"
    );
    let read = read_with("t.yaml", &text);
    for declaration in &read.declarations {
        assert_eq!(declaration.at.to_string(), "t.yaml:6:7");
        assert_eq!(declaration.attributes.get("V").unwrap().at.as_ref().unwrap().to_string(), "t.yaml:9:14");
    }
    assert_eq!(read.declarations.len(), 2);
}

#[test]
fn a_loop_over_something_unknown_leaves_open_what_it_declares() {
    let loop_ = "  'Fn::ForEach::L': [I, !Split [',', !Ref Missing], {'Topic${I}': {Type: 'AWS::X::Y'}}]\n";
    let read = read_with("t.yaml", &format!("{HEAD}{AROUND}{loop_}"));
    assert!(read.may_declare("TopicOne") && !read.may_declare("QueueOne"));
    assert_eq!(
        read.problems[0].to_string(),
        "t.yaml:20:3: what Fn::ForEach::L makes is not known: no value for parameter Missing (give the parameters that \
         it runs over)"
    );
    assert_eq!(read.problems.len(), 1);
    let in_a_loop = "  'Fn::ForEach::O': [O, [A, B], {'Fn::ForEach::L': [I, !Split [',', !Ref Missing], \
                     {'${O}x${I}': {Type: 'AWS::X::Y'}}]}]\n";
    let read = read_with("t.yaml", &format!("{HEAD}{AROUND}{in_a_loop}"));
    assert_eq!(read.unsettled, ["Ax*", "Bx*"].map(str::to_owned).into());
    let inside = "  R: {Type: AWS::X::Y, Properties: {Tags: {'Fn::ForEach::L': [I, !Split [',', !Ref Missing], {'${I}': 1}]}}}\n";
    let (resources, problems) = resources(inside);
    assert_eq!(resources, json!({"R": {"Tags": unknown("a loop that the service expands when deploying")}}));
    assert_eq!(problems.len(), 1);
}

#[test]
fn a_loop_that_is_none_is_a_problem() {
    let check = |text: &str, expect: &str| {
        let (_, problems) = resources(text);
        assert!(problems.iter().any(|problem| problem.contains(expect)), "{text} {problems:?}");
    };
    check("  'Fn::ForEach::L': [I, [a]]\n", "takes an identifier, a collection and a mapping");
    check("  'Fn::ForEach::L': [I, a, {'T${I}': {Type: 'AWS::X::Y'}}]\n", "Fn::ForEach takes a list");
    check("  'Fn::ForEach::L': [I, [[a]], {'T${I}': {Type: 'AWS::X::Y'}}]\n", "is a list or an object");
    check("  'Fn::ForEach::L': [I, [a, b], {T: {Type: 'AWS::X::Y'}}]\n", "T is there already when the loop makes it");
    check("  'Fn::ForEach::L': [I, [a], {Bucket: {Type: 'AWS::X::Y'}}]\n", "Bucket is there already");
}

#[test]
fn a_bomb_of_loops_ends_in_a_problem_with_its_place_and_remedy() {
    let items = (0..200).map(|n| n.to_string()).collect::<Vec<_>>().join(", ");
    let bomb = |body: &str| {
        let mut text = body.to_owned();
        for level in 0..5 {
            text = format!("{{'Fn::ForEach::L{level}': [I{level}, [{items}], {text}]}}");
        }
        read_with("t.yaml", &format!("{HEAD}Resources: {text}\n"))
    };
    for body in ["{}", "{'T${I0}x${I1}x${I2}x${I3}x${I4}': {Type: 'AWS::X::Y'}}", "{T: 1}"] {
        let read = bomb(body);
        let told: Vec<_> = read.problems.iter().filter(|problem| problem.message.contains("64 MiB")).collect();
        let [problem] = told.as_slice() else { panic!("{body} {:?}", read.problems.len()) };
        assert!(problem.remedy.is_some() && problem.at.is_some(), "{problem}");
    }
    let deep = (0..7).fold("{T: {Type: 'AWS::X::Y'}}".to_owned(), |inner, level| {
        format!("{{'Fn::ForEach::L{level}': [I{level}, [a], {inner}]}}")
    });
    let read = read_with("t.yaml", &format!("{HEAD}Resources: {deep}\n"));
    assert!(read.problems[0].message.contains("in more than 5 loops"), "{:?}", read.problems);
}
