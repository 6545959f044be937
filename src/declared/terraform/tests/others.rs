//! What other tools get wrong: one program for each of the published bug reports that the reading was checked against.

use serde_json::json;

use super::{Case, addresses, messages, resource};

/// Infracost #2003, #1856: a list of names was taken for a text, and every letter became a subnet.
#[test]
fn a_for_each_over_names_makes_one_instance_for_each_name() {
    let evaluated = Case::of(
        r#"
        variable "names" { type = list(string) }
        resource "aws_subnet" "s" {
          for_each = toset(var.names)
          tags     = { Name = each.value }
        }
        resource "aws_subnet" "c" {
          count = length(var.names)
          tags  = { Name = var.names[count.index] }
        }
        "#,
    )
    .variable("names", "[\"alpha\", \"beta\", \"gamma\"]")
    .evaluate();
    assert_eq!(evaluated.resources.len(), 6, "{:?}", addresses(&evaluated));
}

/// Infracost #2605: the `count` of a module that depends on another module's output.
#[test]
fn a_module_is_counted_by_what_another_module_gives() {
    let evaluated = Case::of(
        "module \"a\" {\n  source = \"./a\"\n  on = true\n}\nmodule \"b\" {\n  source = \"./b\"\n  count = module.a.enabled ? length(module.a.zones) : 0\n}\n",
    )
    .file("a/main.tf", "variable \"on\" { default = false }\noutput \"enabled\" { value = var.on }\noutput \"zones\" { value = [\"a\", \"b\"] }\n")
    .file("b/main.tf", "resource \"a_x\" \"x\" {}\n")
    .evaluate();
    assert_eq!(addresses(&evaluated), ["module.b[0].a_x.x", "module.b[1].a_x.x"]);
}

/// Trivy #10926: modules beside each other were evaluated with the defaults of their variables.
#[test]
fn modules_beside_each_other_see_real_arguments() {
    let module = "variable \"public\" { default = true }\nresource \"a_x\" \"x\" { public = var.public }\noutput \"public\" { value = var.public }\n";
    let evaluated = Case::of(
        "module \"one\" {\n  source = \"./m\"\n  public = module.two.public\n}\nmodule \"two\" {\n  source = \"./m\"\n  public = false\n}\n",
    )
    .file("m/main.tf", module)
    .evaluate();
    for address in ["module.one.a_x.x", "module.two.a_x.x"] {
        assert_eq!(resource(&evaluated, address).attributes.to_json(), json!({"public": false}));
    }
}

/// Trivy #5902, #7611, #7586: dynamic blocks became no block at all, or saw the wrong `each`.
#[test]
fn a_dynamic_block_sees_its_own_iterator_and_the_each_around_it() {
    let evaluated = Case::of(
        r#"
        resource "a_x" "x" {
          for_each = { web = { rules = [{ ports = [80, 443] }] } }
          dynamic "rule" {
            for_each = each.value.rules
            content {
              name = each.key
              dynamic "port" {
                for_each = rule.value.ports
                content {
                  key    = "${each.key}-${rule.key}-${port.key}"
                  number = port.value
                }
              }
            }
          }
        }
        "#,
    )
    .evaluate();
    let ports = json!([{"key": "web-0-0", "number": 80}, {"key": "web-0-1", "number": 443}]);
    let expect = json!({"rule": [{"name": "web", "port": ports}]});
    assert_eq!(resource(&evaluated, "a_x.x[\"web\"]").attributes.to_json(), expect);
}

/// Trivy #5554: a policy document with `for_each`.
#[test]
fn a_policy_document_with_for_each_is_one_for_each() {
    Case::of(
        "data \"aws_iam_policy_document\" \"d\" {\n  for_each = { a = \"s3:Get*\", b = \"s3:Put*\" }\n  statement {\n    actions = [each.value]\n    resources = [\"*\"]\n  }\n}\n",
    )
    .gives(
        "{ for k, d in data.aws_iam_policy_document.d : k => jsondecode(d.json).Statement[0].Action }",
        json!({"a": "s3:Get*", "b": "s3:Put*"}),
    );
}

/// checkov #7503, #4850: a `for` in the `for_each` of a module was kept as text.
#[test]
fn a_for_expression_in_the_for_each_of_a_module_is_evaluated() {
    let evaluated = Case::of(
        "locals { list = [{ n = \"a\", on = true }, { n = \"b\", on = false }, { n = \"c\", on = true }] }\nmodule \"m\" {\n  source = \"./m\"\n  for_each = { for item in local.list : item.n => item if item.on }\n  name = each.value.n\n}\n",
    )
    .file("m/main.tf", "variable \"name\" {}\nresource \"a_x\" \"x\" { name = var.name }\n")
    .evaluate();
    assert_eq!(addresses(&evaluated), ["module.m[\"a\"].a_x.x", "module.m[\"c\"].a_x.x"]);
}

/// checkov #3071, #3180, #2933: comments inside expressions broke them.
#[test]
fn comments_stand_anywhere() {
    Case::of(
        "locals {\n  a = [\n    # one\n    \"x\", # after\n    // two\n    \"y\" /* inside */,\n  ]\n  b = merge(\n    { k = 1 }, // first\n    # nothing\n    { l = 2 }\n  )\n  c = true ? /* yes */ 1 : 2 # end\n}\n",
    )
    .gives("local.a", json!(["x", "y"]))
    .gives("local.b", json!({"k": 1, "l": 2}))
    .gives("local.c", json!(1));
}

/// KICS #4833: locals were not evaluated.
#[test]
fn locals_are_evaluated_through_each_other() {
    Case::of("locals {\n  a = \"${local.b}-x\"\n  b = join(\"\", [local.c, \"y\"])\n  c = \"z\"\n}\n")
        .gives("local.a", json!("zy-x"));
}

/// Infracost #1641: what a wrapper passes down through modules was lost on the way.
#[test]
fn values_pass_through_modules_of_any_depth() {
    Case::of("module \"a\" {\n  source = \"./a\"\n  tags = { team = \"t\" }\n}\n")
        .file("a/main.tf", "variable \"tags\" {}\nmodule \"b\" {\n  source = \"./b\"\n  tags = merge(var.tags, { level = \"a\" })\n}\noutput \"tags\" { value = module.b.tags }\n")
        .file("a/b/main.tf", "variable \"tags\" {\n  type = map(string)\n  default = {}\n}\noutput \"tags\" { value = var.tags }\n")
        .gives("module.a.tags", json!({"team": "t", "level": "a"}));
}

/// The evaluator of hcl-rs evaluates the arguments of a function before the call.
#[test]
fn try_goes_on_where_a_strict_evaluator_fails() {
    let case = Case::of("variable \"o\" {\n  default = { a = 1 }\n}\n");
    case.gives("try(var.o.b, \"d\")", json!("d"))
        .gives("try(var.o.b.c, var.o.a)", json!(1))
        .gives("can(var.o.b)", json!(false))
        .gives("try(tonumber(\"x\"), 0)", json!(0))
        .gives("false && var.o.b == 1", json!(false))
        .gives("true || var.o.b == 1", json!(true));
    assert!(case.expression("try(var.o.b, \"d\")").1.is_empty(), "what is tried and fails is no problem");
}

/// The evaluator of hcl-rs writes `xnull` and lists of several lines.
#[test]
fn null_and_collections_are_not_interpolated() {
    for expression in ["\"x${null}\"", "\"x${[1, 2]}\"", "\"x${{ a = 1 }}\""] {
        let (value, problems) = Case::of("").expression(expression);
        assert!(value.is_unknown() && problems.len() == 1, "{expression}: {:?}", messages(&problems));
    }
}

/// The evaluator of hcl-rs goes through maps in the order in which they are written.
#[test]
fn maps_are_gone_through_in_the_order_of_their_keys() {
    Case::of("")
        .gives("[for k, v in { b = 1, a = 2 } : k]", json!(["a", "b"]))
        .gives("values({ b = 1, a = 2 })", json!([2, 1]))
        .gives("[for s in toset([\"z\", \"y\"]) : s]", json!(["y", "z"]))
        .gives("0.1 + 0.2", json!(0.3))
        .gives("\"1\" + 1", json!(2));
}
