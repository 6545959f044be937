//! What moves, is taken over or given up; what override files and the JSON syntax say.

use serde_json::json;

use super::{Case, messages, resource};
use crate::model::ProblemKind;

#[test]
fn a_moved_resource_finds_what_was_deployed_at_its_old_address() {
    let case = Case::of(
        r#"
        resource "a_x" "new" {}
        resource "a_n" "counted" { count = 1 }
        resource "a_n" "single" {}
        module "net" { source = "./m" }
        moved {
          from = a_x.old
          to   = a_x.new
        }
        moved {
          from = module.network
          to   = module.net
        }
        "#,
    )
    .file(
        "m/main.tf",
        "resource \"a_x\" \"b\" { for_each = toset([\"k\"]) }\nmoved {\n  from = a_x.a\n  to = a_x.b\n}\n",
    )
    .bound("a_x.old", json!({"id": "i-old"}))
    .bound("a_n.counted", json!({"id": "i-counted"}))
    .bound("a_n.single[0]", json!({"id": "i-single"}))
    .bound("module.network.a_x.a[\"k\"]", json!({"id": "i-k"}));
    case.gives("a_x.new.id", json!("i-old"))
        .gives("a_n.counted[0].id", json!("i-counted"))
        .gives("a_n.single.id", json!("i-single"));
    let evaluated = case.evaluate();
    assert_eq!(messages(&evaluated.problems), [""; 0]);
    let moved: Vec<_> = evaluated.moved.iter().map(|(from, to)| (from.as_str(), to.as_str())).collect();
    assert_eq!(
        moved,
        [
            ("a_n.counted", "a_n.counted[0]"),
            ("a_n.single[0]", "a_n.single"),
            ("a_x.old", "a_x.new"),
            ("module.network.a_x.a[\"k\"]", "module.net.a_x.b[\"k\"]"),
        ]
    );
    assert_eq!(evaluated.moves.renamed("a_x.old").as_deref(), Some("a_x.new"));
}

#[test]
fn what_stands_at_the_new_address_already_stays_there() {
    let case = Case::of("resource \"a_x\" \"new\" {}\nmoved {\n  from = a_x.old\n  to = a_x.new\n}\n")
        .bound("a_x.old", json!({"id": "i-old"}))
        .bound("a_x.new", json!({"id": "i-new"}));
    case.gives("a_x.new.id", json!("i-new"));
    assert!(case.evaluate().moved.is_empty());
}

#[test]
fn import_blocks_give_ids() {
    let evaluated = Case::of(
        r#"
        locals { ids = { a = "i-a", b = "i-b" } }
        resource "a_x" "many" { for_each = local.ids }
        resource "a_x" "one" {}
        import {
          for_each = local.ids
          to       = a_x.many[each.key]
          id       = each.value
        }
        import {
          to = a_x.one
          id = "i-${length(local.ids)}"
        }
        removed {
          from = a_x.gone
          lifecycle { destroy = false }
        }
        "#,
    )
    .evaluate();
    assert_eq!(messages(&evaluated.problems), [""; 0]);
    let imports: Vec<_> = evaluated.imports.iter().map(|(address, id)| (address.as_str(), id.as_str())).collect();
    assert_eq!(imports, [("a_x.many[\"a\"]", "i-a"), ("a_x.many[\"b\"]", "i-b"), ("a_x.one", "i-2")]);
}

#[test]
fn override_files_merge_as_the_documentation_says() {
    let evaluated = Case::of(
        r#"
        provider "aws" { region = "eu-west-1" }
        variable "v" {
          type    = string
          default = "base"
        }
        locals {
          a = 1
          b = 2
        }
        output "o" { value = local.a }
        resource "aws_x" "x" {
          keep = "kept"
          ebs { size = 1 }
          ebs { size = 2 }
          other { name = "o" }
          lifecycle {
            ignore_changes        = [keep]
            create_before_destroy = true
          }
        }
        "#,
    )
    .file("a_override.tf", "locals {\n  a = 10\n}\nresource \"aws_x\" \"x\" {\n  ebs {\n    size = 3\n  }\n  lifecycle {\n    create_before_destroy = false\n  }\n}\nvariable \"v\" {\n  type = number\n default = \"5\"\n}\n")
    .file("override.tf", "provider \"aws\" {\n  region = \"eu-west-2\"\n}\nlocals {\n  a = 11\n}\n")
    .evaluate();
    assert_eq!(messages(&evaluated.problems), [""; 0]);
    let x = resource(&evaluated, "aws_x.x");
    assert_eq!(x.attributes.to_json(), json!({"keep": "kept", "ebs": [{"size": 3}], "other": [{"name": "o"}]}));
    assert_eq!(x.ignore_changes, ["keep"], "lifecycle is merged argument by argument");
    assert_eq!(x.provider.region.as_ref().unwrap().to_json(), json!("eu-west-2"));
    assert_eq!(evaluated.outputs["o"].to_json(), json!(11), "the last override file wins");
}

#[test]
fn an_override_of_nothing_is_a_problem_and_declares_nothing() {
    let evaluated = Case::of("")
        .file("override.tf", "resource \"a_x\" \"x\" {}\nlocals {\n  l = 1\n}\nprovider \"a\" {}\n")
        .evaluate();
    assert!(evaluated.resources.is_empty());
    assert_eq!(evaluated.problems.len(), 2, "{:?}", messages(&evaluated.problems));
}

#[test]
fn json_syntax_says_the_same_as_hcl() {
    let case = Case::default()
        .file(
            "main.tf.json",
            r#"{
  "//": "a comment",
  "variable": {"name": {"type": "list(object({a = optional(number, 7)}))", "default": [{}]}},
  "locals": [{"text": "a ${upper(\"b\")} \"q\" \\ $${x}", "n": 1.50, "e": {"${upper(\"k\")}": "v"}}],
  "resource": [
    {"aws_instance": {"x": {
      "provider": "aws.west",
      "depends_on": ["aws_vpc.v"],
      "tags": {"a": "b"},
      "metadata_options": {"http_tokens": "required"},
      "ebs_block_device": [{"device_name": "a"}, {"device_name": "${local.text}"}],
      "lifecycle": {"ignore_changes": "all"}
    }}},
    {"awscc_x_y": {"z": {"nested": {"object": true}}}}
  ],
  "provider": {"aws": [{"region": "eu-west-1"}, {"alias": "west", "region": "us-west-2"}]},
  "module": {"m": {"source": "./m", "input": "${local.e}", "providers": {"aws": "aws.west"}}},
  "moved": {"from": "aws_instance.y", "to": "aws_instance.x"},
  "output": {"o": {"value": "${module.m.out}"}}
}"#,
        )
        .file("m/main.tf.json", r#"{"variable": {"input": {}}, "output": {"out": {"value": "${var.input}"}}}"#)
        .bound("aws_instance.y", json!({"id": "i-y"}));
    case.gives("local.text", json!("a B \"q\" \\ ${x}"))
        .gives("local.n", json!(1.5))
        .gives("var.name", json!([{"a": 7}]))
        .gives("aws_instance.x.id", json!("i-y"));
    let evaluated = case.evaluate();
    assert_eq!(messages(&evaluated.problems), [""; 0]);
    let x = resource(&evaluated, "aws_instance.x");
    assert_eq!(
        x.attributes.to_json(),
        json!({
            "tags": {"a": "b"},
            "metadata_options": [{"http_tokens": "required"}],
            "ebs_block_device": [{"device_name": "a"}, {"device_name": "a B \"q\" \\ ${x}"}],
        })
    );
    assert_eq!(x.ignore_changes, ["*"]);
    assert_eq!(x.provider.region.as_ref().unwrap().to_json(), json!("us-west-2"));
    assert_eq!(x.at.to_string(), "main.tf.json:6:23");
    assert_eq!(x.attributes.at_keys(["tags", "a"]).unwrap().at.as_ref().unwrap().to_string(), "main.tf.json:9:21");
    assert_eq!(resource(&evaluated, "awscc_x_y.z").attributes.to_json(), json!({"nested": {"object": true}}));
    assert_eq!(evaluated.outputs["o"].to_json(), json!({"K": "v"}));
}

#[test]
fn a_mistake_in_json_syntax_is_told_at_its_place() {
    let check = |text: &str, place: &str, message: &str| {
        let evaluated = Case::default().file("main.tf.json", text).evaluate();
        let [problem] = &evaluated.problems[..] else { panic!("{text}: {:?}", messages(&evaluated.problems)) };
        assert_eq!(problem.at.as_ref().unwrap().to_string(), place, "{text}");
        assert!(problem.message.contains(message), "{text}: {}", problem.message);
    };
    check("{\"locals\": {\n  \"a\": \"${1 +}\"}}", "main.tf.json:2:8", "syntax error");
    check("{\"locals\": {\"a b\": 1}}", "main.tf.json:1:20", "not the name");
    check("{\"resource\": {\"a_x\": {\"x\":\n 1}}}", "main.tf.json:2:2", "an object is required");
    check("{\"resource\": {\"a_x\": {\"x\": {\"a\":\n \"${local.gone}\"}}}}", "main.tf.json:2:2", "not declared");
    check("{", "main.tf.json:1:2", "expected");
}

#[test]
fn values_in_json_files_are_nothing_but_values() {
    Case::of("variable \"a\" {}\nvariable \"b\" {\n  type = list(number)\n}\n")
        .file("terraform.tfvars.json", "{\"a\": \"${x} %{y}\", \"b\": [\"1\", 2]}")
        .gives("var.a", json!("${x} %{y}"))
        .gives("var.b", json!([1, 2]));
}

#[test]
fn a_value_for_a_variable_that_is_not_declared_is_told() {
    let evaluated = Case::of("variable \"a\" {}\n")
        .file("terraform.tfvars", "a = 1\nmisspelt = 2\n")
        .variable("other", "x")
        .environment("unused", "x")
        .evaluate();
    let told: Vec<_> = evaluated.problems.iter().map(|problem| (problem.kind, problem.message.as_str())).collect();
    let message = |name: &str| format!("a value is given for var.{name}, which is not declared");
    assert_eq!(told, [(ProblemKind::Settings, &*message("other")), (ProblemKind::Settings, &*message("misspelt"))]);
}

#[test]
fn a_validation_that_fails_is_told_at_its_condition() {
    let evaluated = Case::of(
        r#"
        variable "size" {
          default = 5
          validation {
            condition     = var.size < 3
            error_message = "At most ${1 + 1}."
          }
          validation {
            condition     = var.size > 0
            error_message = "Never."
          }
        }
        variable "open" {
          validation {
            condition     = var.open == "x"
            error_message = "Not known."
          }
        }
        variable "secret" {
          default   = "hunter2"
          sensitive = true
          validation {
            condition     = length(var.secret) > 10
            error_message = "${var.secret} is too short."
          }
        }
        "#,
    )
    .evaluate();
    assert_eq!(
        messages(&evaluated.problems).iter().map(|text| text.lines().next().unwrap()).collect::<Vec<_>>().len(),
        2,
        "{:?}",
        messages(&evaluated.problems)
    );
    let first = &evaluated.problems[0];
    assert_eq!(
        (first.at.as_ref().unwrap().line, first.message.as_str()),
        (5, "var.size has a value that is not valid: At most 2")
    );
    assert!(!messages(&evaluated.problems).concat().contains("hunter2"));
}
