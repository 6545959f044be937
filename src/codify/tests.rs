use serde_json::json;

use super::*;

/// Rewrites what stands where `<>` marks it.
fn rewritten(file: &str, marked: &str, declared: &Json, live: &Json) -> Result<String, Obstacle> {
    let offset = marked.find("<>").unwrap();
    let text = marked.replacen("<>", "", 1);
    let at = Location::of_offset(&file.into(), &text, offset);
    rewrite(&text, &at, declared, live).map(|edit| edit.apply(&text))
}

fn check(file: &str, marked: &str, (declared, live): (Json, Json), expect: &str) {
    assert_eq!(rewritten(file, marked, &declared, &live).as_deref(), Ok(expect), "{marked}");
}

fn refused(file: &str, marked: &str, declared: Json, expect: Obstacle) {
    assert_eq!(rewritten(file, marked, &declared, &json!("9")), Err(expect), "{marked}");
}

#[test]
fn a_literal_of_hcl_is_rewritten_where_it_stands() {
    check("a.tf", "count = <>2 # two\n", (json!(2), json!(5)), "count = 5 # two\n");
    check("a.tf", "count = <>2", (json!("2"), json!("5")), "count = 5");
    check("a.tf", "on = <>true\n", (json!(true), json!(false)), "on = false\n");
    check("a.tfvars", "size = <>\"small\"\n", (json!("small"), json!("la\"rge")), "size = \"la\\\"rge\"\n");
    check("a.tf", "a = [<>\"x\", \"y\"]", (json!("x"), json!("z")), "a = [\"z\", \"y\"]");
    check("a.tf", "a = { b = <>\"x\" }", (json!("x"), json!("${z}")), "a = { b = \"$${z}\" }");
    check("a.tf", "a = <>\"5$${x}\"", (json!("5${x}"), json!("6")), "a = \"6\"");
    check("a.tf", "a = <>\"é\\n\\u00e9\" // c", (json!("é\né"), json!("x")), "a = \"x\" // c");
    check("a.tf", "n = <>-1.5e3\n", (json!("-1.5e3"), json!("twelve")), "n = \"twelve\"\n");
    check("a.tf", "n = <>\"5\"\n", (json!(5), json!(6)), "n = \"6\"\n");
}

#[test]
fn what_hcl_computes_is_left_alone() {
    refused("a.tf", "a = <>var.size", json!("small"), Obstacle::Expression);
    refused("a.tf", "a = <>\"x-${var.size}\"", json!("x-small"), Obstacle::Expression);
    refused("a.tf", "a = <>\"x-%{ if true }y%{ endif }\"", json!("x-y"), Obstacle::Expression);
    refused("a.tf", "a = <>2 * 3\n", json!(2), Obstacle::Expression);
    refused("a.tf", "a = <>\"x\" == y ? 1 : 2\n", json!("x"), Obstacle::Expression);
    refused("a.tf", "a = <><<-EOT\n  x\n  EOT\n", json!("x\n"), Obstacle::Block);
    refused("a.tf", "a = <>[1]\n", json!("1"), Obstacle::Structure);
    refused("a.tf", "a = <>3\n", json!(2), Obstacle::OtherValue);
    refused("a.tf", "a = <>\"open\n", json!("open"), Obstacle::OtherValue);
    refused("a.tf", "a = <>1\n", json!([1]), Obstacle::Structure);
    refused("a.hbs", "a = <>1\n", json!(1), Obstacle::Format);
    refused("a.tf", "a<>", json!(1), Obstacle::Expression);
}

#[test]
fn a_scalar_of_yaml_is_rewritten_where_it_stands_in_its_style() {
    check("a.yaml", "replicas: <>2 # two\nb: 1\n", (json!(2), json!(5)), "replicas: 5 # two\nb: 1\n");
    check("a.yaml", "image: <>web:1\n", (json!("web:1"), json!("web:2")), "image: web:2\n");
    check("a.yaml", "v: <>\"1\"\n", (json!("1"), json!("2")), "v: \"2\"\n");
    check("a.yaml", "v: <>'it''s' # x\n", (json!("it's"), json!("isn't")), "v: 'isn''t' # x\n");
    check("a.yaml", "{ a: <>x, b: y }\n", (json!("x"), json!("z")), "{ a: z, b: y }\n");
    check("a.yaml", "a: [<>x, y]\n", (json!("x"), json!("z")), "a: [z, y]\n");
    check("a.yaml", "v: <>a, b\n", (json!("a, b"), json!("c")), "v: c\n");
    check("a.yaml", "v: <>abc\n", (json!("abc"), json!("5")), "v: \"5\"\n");
    check("a.yaml", "v: <>5\n", (json!("5"), json!("6")), "v: 6\n");
    check("a.yaml", "v: <>abc\n", (json!("abc"), json!("yes")), "v: \"yes\"\n");
    check("a.yaml", "v: <>abc\n", (json!("abc"), json!("a: b")), "v: \"a: b\"\n");
    check("a.yaml", "v: <>abc\r\nw: 1\r\n", (json!("abc"), json!("x\ny")), "v: \"x\\ny\"\r\nw: 1\r\n");
    check("a.template", "Value: <>10\n", (json!("10"), json!("99")), "Value: 99\n");
    check("a.yaml", "v: <>-5\n", (json!(-5), json!(6)), "v: 6\n");
}

#[test]
fn what_yaml_says_in_another_way_is_left_alone() {
    refused("a.yaml", "v: <>!Ref Size\n", json!("small"), Obstacle::Expression);
    refused("a.yaml", "v: <>*anchor\n", json!("x"), Obstacle::Expression);
    refused("a.yaml", "v: <>&anchor x\n", json!("x"), Obstacle::Expression);
    refused("a.yaml", "v: <>|\n  x\n", json!("x\n"), Obstacle::Block);
    refused("a.yaml", "v: <>'a\n  b'\n", json!("a b"), Obstacle::Block);
    refused("a.yaml", "v:\n  <>- a\n", json!("a"), Obstacle::Structure);
    refused("a.yaml", "v: <>3\n", json!(2), Obstacle::OtherValue);
    refused("a.yaml", "v: <>\"\\x41\"\n", json!("A"), Obstacle::OtherValue);
}

#[test]
fn a_value_of_json_is_rewritten_where_it_stands() {
    check("a.json", r#"{"a": <>1, "b": 2}"#, (json!(1), json!(7)), r#"{"a": 7, "b": 2}"#);
    check("a.json", r#"{"a": <>"x"}"#, (json!("x"), json!("y\"")), r#"{"a": "y\""}"#);
    check("a.template", r#"{"a": <>true}"#, (json!("true"), json!("false")), r#"{"a": false}"#);
    check("a.json", r#"{"a": <>1}"#, (json!(1), json!("many")), r#"{"a": "many"}"#);
    refused("a.json", r#"{"a": <>{"Ref": "Size"}}"#, json!("small"), Obstacle::Structure);
    refused("a.json", r#"{"a": <>null}"#, json!("null"), Obstacle::OtherValue);
}

#[test]
fn no_text_makes_a_writer_panic() {
    for text in ["", "\"", "'", "\\", "\"\\u12", "é", "$", "\"$", "<<", "-", "[", "\"\\"] {
        for file in ["a.tf", "a.yaml", "a.json"] {
            for offset in 0..3 {
                let at = Location::new(file, 1, offset);
                assert!(rewrite(text, &at, &json!("zz"), &json!(1)).is_err(), "{text} {file}");
            }
        }
    }
}
