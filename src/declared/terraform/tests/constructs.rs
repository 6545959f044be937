//! One program per construct of the language.

use serde_json::json;

use super::{Case, addresses, messages, resource};

#[test]
fn instances_have_the_addresses_that_terraform_prints() {
    let evaluated = Case::of(
        r#"
        resource "a_one" "x" {}
        resource "a_count" "x" { count = 2 }
        resource "a_none" "x" { count = 0 }
        resource "a_each" "x" { for_each = { "k" = 1, "q\"q" = 2 } }
        resource "a_set" "x" { for_each = toset(["b", "a"]) }
        module "m" {
          source   = "./m"
          for_each = toset(["k"])
        }
        module "n" {
          source = "./m"
          count  = 1
        }
        "#,
    )
    .file("m/main.tf", "resource \"a_one\" \"y\" {}\nmodule \"deep\" {\n source = \"./d\"\n}\n")
    .file("m/d/main.tf", "resource \"a_count\" \"z\" { count = 1 }\n")
    .evaluate();
    assert_eq!(messages(&evaluated.problems), [""; 0]);
    assert_eq!(
        addresses(&evaluated),
        [
            "a_count.x[0]",
            "a_count.x[1]",
            r#"a_each.x["k"]"#,
            r#"a_each.x["q\"q"]"#,
            "a_one.x",
            r#"a_set.x["a"]"#,
            r#"a_set.x["b"]"#,
            r#"module.m["k"].a_one.y"#,
            r#"module.m["k"].module.deep.a_count.z[0]"#,
            "module.n[0].a_one.y",
            "module.n[0].module.deep.a_count.z[0]",
        ]
    );
}

#[test]
fn each_and_count_tell_instances_apart() {
    let evaluated = Case::of(
        r#"
        resource "a_count" "x" {
          count = 2
          name  = "n${count.index}"
        }
        resource "a_each" "x" {
          for_each = { k = { size = 1 } }
          name     = each.key
          size     = each.value.size
        }
        "#,
    )
    .evaluate();
    assert_eq!(resource(&evaluated, "a_count.x[1]").attributes.to_json(), json!({"name": "n1"}));
    assert_eq!(resource(&evaluated, r#"a_each.x["k"]"#).attributes.to_json(), json!({"name": "k", "size": 1}));
}

#[test]
fn unknown_instances_are_one_problem_and_no_guess() {
    let evaluated = Case::of(
        r#"
        variable "n" {}
        resource "a_x" "count" { count = var.n }
        resource "a_x" "each" { for_each = toset([a_y.y.id]) }
        resource "a_y" "y" { name = a_x.count[0].name }
        resource "a_z" "many" { count = 1025 }
        resource "a_z" "list" { for_each = ["a"] }
        "#,
    )
    .evaluate();
    assert_eq!(addresses(&evaluated), ["a_y.y"]);
    let y = resource(&evaluated, "a_y.y");
    assert!(y.attributes.to_json().to_string().contains("no value for var.n"), "{y:?}");
    let skipped: Vec<_> = evaluated.skipped.iter().map(|s| (s.resource_type.as_str(), s.count)).collect();
    assert_eq!(skipped, [("a_x", 2), ("a_z", 2)]);
    assert_eq!(evaluated.problems.len(), 4, "{:#?}", messages(&evaluated.problems));
}

#[test]
fn nested_blocks_are_lists_of_objects_and_null_arguments_are_left_out() {
    let evaluated = Case::of(
        r#"
        resource "a_x" "x" {
          name = null
          ingress {
            port = 1
            note = null
            inner { deep = true }
          }
          ingress { port = 2 }
          lifecycle { ignore_changes = [tags["a"], ingress[0].port, size] }
          timeouts { create = "1h" }
          depends_on = [a_y.y]
          provider   = aws.west
        }
        resource "a_y" "y" {
          lifecycle { ignore_changes = all }
        }
        "#,
    )
    .evaluate();
    let x = resource(&evaluated, "a_x.x");
    assert_eq!(x.attributes.to_json(), json!({"ingress": [{"port": 1, "inner": [{"deep": true}]}, {"port": 2}]}));
    assert_eq!(x.ignore_changes, ["tags[\"a\"]", "ingress[0].port", "size"]);
    assert_eq!(resource(&evaluated, "a_y.y").ignore_changes, ["*"]);
}

#[test]
fn blocks_are_not_read_without_their_labels() {
    let check = |block: &str| {
        let evaluated = Case::of(&format!("resource \"a_x\" \"x\" {{\n  size = 1\n  {block}\n}}\n")).evaluate();
        assert!(messages(&evaluated.problems)[0].contains("labels are not supported"), "{block}");
        let x = &resource(&evaluated, "a_x.x").attributes.to_json();
        assert!(x["size"] == 1 && x["rule"].get("Fn::Unknown").is_some(), "{x}");
    };
    check("rule \"a\" {}");
    check("dynamic \"rule\" {\n    for_each = [1]\n    labels = [\"a\"]\n    content {}\n  }");
}

#[test]
fn dynamic_blocks_make_one_block_per_item() {
    let evaluated = Case::of(
        r#"
        locals {
          groups = { b = { ports = [3] }, a = { ports = [1, 2] } }
        }
        resource "a_x" "x" {
          for_each = toset(["k"])
          rule { port = 0 }
          dynamic "rule" {
            for_each = local.groups
            content {
              name = "${each.key}-${rule.key}"
              dynamic "port" {
                for_each = rule.value.ports
                iterator = it
                content {
                  number = it.value
                  index  = it.key
                  group  = rule.key
                }
              }
            }
          }
          dynamic "empty" {
            for_each = []
            content {}
          }
        }
        resource "a_y" "y" {
          fixed = 1
          dynamic "rule" {
            for_each = a_z.z.list
            content { port = rule.value }
          }
        }
        resource "a_z" "z" {}
        "#,
    )
    .evaluate();
    assert_eq!(messages(&evaluated.problems), [""; 0]);
    let port = |number: u32, index: u32, group: &str| json!({"number": number, "index": index, "group": group});
    assert_eq!(
        resource(&evaluated, r#"a_x.x["k"]"#).attributes.to_json(),
        json!({
            "empty": [],
            "rule": [
                {"port": 0},
                {"name": "k-a", "port": [port(1, 0, "a"), port(2, 1, "a")]},
                {"name": "k-b", "port": [port(3, 0, "b")]},
            ]
        })
    );
    let y = resource(&evaluated, "a_y.y");
    assert_eq!(y.attributes.get("fixed").unwrap().to_json(), json!(1));
    assert!(y.attributes.get("rule").unwrap().is_unknown());
}

#[test]
fn an_error_in_one_argument_leaves_the_others_alone() {
    let evaluated = Case::of(
        "resource \"a_x\" \"x\" {\n  good = 1\n  bad  = [][0]\n  list = [1, a_y.y.id, [][1]]\n  b {\n    bad = {}.x\n    ok = 2\n  }\n}\nresource \"a_y\" \"y\" {}\n",
    )
    .evaluate();
    let attributes = &resource(&evaluated, "a_x.x").attributes;
    assert_eq!(attributes.get("good").unwrap().to_json(), json!(1));
    assert!(attributes.get("bad").unwrap().is_unknown() && attributes.get("list").unwrap().is_unknown());
    assert_eq!(attributes.get("b").unwrap().as_list().unwrap()[0].get("ok").unwrap().to_json(), json!(2));
    let lines: Vec<u32> = evaluated.problems.iter().map(|problem| problem.at.as_ref().unwrap().line).collect();
    assert_eq!(lines, [3, 4, 6], "{:#?}", evaluated.problems);
    assert!(evaluated.problems.iter().all(|problem| problem.snippet.is_some()));
}

#[test]
fn a_syntax_error_leaves_the_other_files_and_makes_what_they_miss_unknown() {
    let evaluated = Case::of("resource \"a_x\" \"x\" {\n  a = 1\n  b = local.elsewhere\n}\n")
        .file("broken.tf", "locals {\n  elsewhere = = 2\n}\n")
        .evaluate();
    assert_eq!(evaluated.problems.len(), 1, "{:#?}", evaluated.problems);
    assert_eq!(evaluated.problems[0].at.as_ref().unwrap().to_string(), "broken.tf:2:15");
    let attributes = &resource(&evaluated, "a_x.x").attributes;
    assert_eq!(attributes.get("a").unwrap().to_json(), json!(1));
    assert!(attributes.get("b").unwrap().to_json().to_string().contains("broken.tf could not be read"));
}

#[test]
fn locals_lead_to_each_other_in_any_order_and_cycles_are_told() {
    let case = Case::of("locals {\n  a = local.b + 1\n  b = 2\n  c = local.d\n  d = local.c\n  e = local.e\n}\n");
    case.gives("local.a", json!(3));
    for name in ["c", "d", "e"] {
        let (value, problems) = case.expression(&format!("local.{name}"));
        assert!(value.is_unknown() && messages(&problems).concat().contains("cycle: local."), "{problems:?}");
    }
    case.unknown("local.nowhere", "local.nowhere is not declared");
}

#[test]
fn values_know_where_they_were_written() {
    let evaluated = Case::of(
        "locals {\n  tag = \"x\"\n}\nvariable \"size\" {\n  default = 5\n}\nresource \"a_x\" \"x\" {\n  literal = 1\n  local   = local.tag\n  default = var.size\n  given   = var.given\n  made    = \"${local.tag}-y\"\n  map     = { k = \"v\" }\n  parts   = split(\",\", \"a,b\")\n}\nvariable \"given\" {}\n",
    )
    .file("terraform.tfvars", "given = \"g\"\n")
    .evaluate();
    let x = resource(&evaluated, "a_x.x");
    let at = |name: &str| x.attributes.get(name).unwrap().at.as_ref().unwrap().to_string();
    assert_eq!(x.at.to_string(), "main.tf:7:1");
    assert_eq!(at("literal"), "main.tf:8:13");
    assert_eq!(at("local"), "main.tf:2:9");
    assert_eq!(at("default"), "main.tf:5:13");
    assert_eq!(at("given"), "terraform.tfvars:1:9");
    assert_eq!(at("made"), "main.tf:12:13");
    let part = &x.attributes.get("parts").unwrap().as_list().unwrap()[1];
    assert_eq!(part.at.as_ref().unwrap().to_string(), "main.tf:14:13");
    assert_eq!(x.attributes.at_keys(["map", "k"]).unwrap().at.as_ref().unwrap().to_string(), "main.tf:13:19");
}

#[test]
fn secrets_stay_hidden_wherever_they_go() {
    let evaluated = Case::of(
        r#"
        variable "p" {
          default   = "hunter2"
          sensitive = true
        }
        locals { map = { open = "seen", secret = var.p } }
        resource "a_x" "x" {
          plain    = var.p
          text     = "a-${var.p}"
          json     = jsonencode(local.map)
          map      = local.map
          length   = length(var.p)
          chosen   = var.p == "x" ? 1 : 2
          open     = local.map.open
          keys     = keys(local.map)
          each     = [for v in split("", var.p) : v]
          revealed = nonsensitive(upper(var.p))
          b { inner = var.p }
        }
        output "o" { value = var.p }
        "#,
    )
    .evaluate();
    let x = resource(&evaluated, "a_x.x");
    let text = format!("{evaluated:?}");
    assert!(!text.contains("hunter2"), "{text}");
    for name in ["plain", "text", "json", "length", "chosen", "each"] {
        assert!(matches!(x.attributes.get(name).unwrap().kind, crate::model::Kind::Sensitive(_)), "{name}: {x:?}");
    }
    assert_eq!(x.attributes.at_keys(["map", "open"]).unwrap().to_json(), json!("seen"));
    assert_eq!(x.attributes.get("open").unwrap().to_json(), json!("seen"));
    assert_eq!(x.attributes.get("keys").unwrap().to_json(), json!(["open", "secret"]));
    assert_eq!(x.attributes.get("revealed").unwrap().to_json(), json!("HUNTER2"));
}

#[test]
fn errors_do_not_quote_secrets() {
    let case = Case::of("variable \"p\" {\n  default = \"hunter2\"\n  sensitive = true\n}\n");
    for expression in
        ["var.p + 1", "{}[var.p]", "tobool(var.p)", "regex(var.p, \"x\")", "file(\"${path.root}/x${var.p}\")"]
    {
        let (value, problems) = case.expression(expression);
        assert!(value.is_unknown() && !problems.is_empty(), "{expression}");
        assert!(!messages(&problems).concat().contains("hunter2"), "{expression}: {problems:?}");
        assert!(!value.to_json().to_string().contains("hunter2"), "{expression}: {value:?}");
    }
}

#[test]
fn unknown_values_spread_as_far_as_they_must_and_no_further() {
    let case = Case::of("variable \"u\" {}\nresource \"a_x\" \"x\" { list = [1, var.u] }\n");
    let known = [
        ("length([1, var.u])", json!(2)),
        ("[1, var.u][0]", json!(1)),
        ("{ a = 1, b = var.u }.a", json!(1)),
        ("keys({ a = var.u })", json!(["a"])),
        ("merge({ a = var.u }, { b = 2 }).b", json!(2)),
        ("false && var.u", json!(false)),
        ("var.u && false", json!(false)),
        ("true || var.u", json!(true)),
        ("var.u || true", json!(true)),
        ("[for v in [1, var.u] : v][0]", json!(1)),
        ("contains([1, var.u], 1)", json!(true)),
        ("true ? 1 : var.u", json!(1)),
        ("length(a_x.x.list)", json!(2)),
        ("try(lookup({ a = 1 }, \"a\", var.u), 3)", json!(1)),
        ("[var.u] == null", json!(false)),
        ("element([1, var.u], 0)", json!(1)),
        ("anytrue([true, var.u])", json!(true)),
        ("coalesce(null, 1, 2)", json!(1)),
    ];
    for (expression, expect) in known {
        case.gives(expression, expect);
    }
    let unknown = [
        "var.u + 1",
        "\"a${var.u}\"",
        "!var.u",
        "var.u ? 1 : 1",
        "true && var.u",
        "var.u == null",
        "var.u[0].x",
        "var.u[*]",
        "[for v in var.u : v]",
        "[for v in [1, 2] : v if var.u]",
        "{ for v in [var.u] : v => 1 }",
        "jsonencode([var.u])",
        "contains([var.u], 1)",
        "try(var.u, 1)",
        "try(var.u.x, 1)",
        "can(var.u.x)",
        "coalesce(var.u, 1)",
        "merge({ a = 1 }, var.u)",
        "flatten([[1], var.u])",
        "max([var.u]...)",
        "concat(var.u...)",
        "toset([var.u, 1])[*]",
        "length(toset([var.u, 1]))",
        "distinct([var.u, 1])",
    ];
    for expression in unknown {
        case.unknown(expression, "no value for var.u");
    }
}

#[test]
fn an_unsupported_function_is_unknown_and_a_problem_even_inside_try() {
    let case = Case::of("");
    for expression in ["nope(1)", "try(nope(1), 2)", "provider::x::f(1)"] {
        let (value, problems) = case.expression(expression);
        assert!(value.is_unknown() && problems.len() == 1, "{expression}: {problems:?}");
        assert!(problems[0].message.contains("is not supported"), "{problems:?}");
    }
    assert!(case.expression("true ? 1 : nope(1)").1.is_empty());
}

#[test]
fn override_files_change_single_arguments() {
    let evaluated = Case::of("module \"m\" {\n  source = \"./a\"\n  x = 1\n}\n")
        .file("override.tf", "module \"m\" {\n  x = 2\n}\n")
        .file("a/main.tf", "variable \"x\" {}\nresource \"a_x\" \"x\" { x = var.x }\n")
        .evaluate();
    assert_eq!(messages(&evaluated.problems), [""; 0]);
    assert_eq!(resource(&evaluated, "module.m.a_x.x").attributes.to_json(), json!({"x": 2}));
    let evaluated = Case::of("resource \"a_x\" \"x\" {\n  a = 1\n  b = 2\n  c { d = 1 }\n}\nlocals { l = 1 }\n")
        .file("x_override.tf", "resource \"a_x\" \"x\" {\n  b = local.l\n  c { d = 2 }\n}\nlocals { l = 5 }\n")
        .evaluate();
    assert_eq!(resource(&evaluated, "a_x.x").attributes.to_json(), json!({"a": 1, "b": 5, "c": [{"d": 2}]}));
}

#[test]
fn heredocs_lose_their_indentation_and_templates_are_trimmed_line_by_line() {
    let main = concat!(
        "locals {\n plain = <<EOT\n  a\n   b \"${1}\"\nEOT\n flush = <<-EOT\n    ${\"a\"}\n      b\n   \n     c ${\"d\"}\n",
        "       e\n    EOT\n directive = <<-EOT\n     a\n   %{ for x in [\"p\",\"q\"] ~}\n     - ${x}\n   %{ endfor ~}\n     end\n",
        "  EOT\n escaped = <<EOT\n$${x} %%{y} \\n\nEOT\n}\n"
    );
    Case::of(main)
        .file("t.tpl", "%{ if flag ~}\n\n   x${name}\n  %{~ endif }|\n  \n   ${~ \"y\" ~}   \n  z\n")
        .gives("local.plain", json!("  a\n   b \"1\"\n"))
        .gives("local.flush", json!("a\n  b\n   \n c d\n   e\n"))
        .gives("local.directive", json!("  a\n     - p\n     - q\n     end\n"))
        .gives("local.escaped", json!("${x} %{y} \\n\n"))
        .gives("templatefile(\"t.tpl\", { flag = true, name = \"N\" })", json!("\n   xN\n|\n  \ny  z\n"))
        .gives("templatefile(\"${path.module}/t.tpl\", { flag = false, name = \"N\" })", json!("|\n  \ny  z\n"))
        .gives(r#""%{ if true }a\"b\n\u00e4 $${x}%{ else }\\%{ endif } \"c""#, json!("a\"b\nä ${x} \"c"))
        .gives("templatestring(\"$${a}-b\", { a = 1 })", json!("1-b"))
        .unknown("templatefile(\"t.tpl\", { flag = true })", "the template has no")
        .unknown("templatefile(\"t.tpl\", { flag = a_x.y.z, name = 1 })", "not declared");
}

#[test]
fn comments_inside_expressions_do_no_harm() {
    Case::of("locals {\n  a = [ # one\n    1, // two\n    /* three */ 2,\n  ]\n  b = { # c\n    x = 1 # d\n    # e\n  }\n}\n")
        .gives("local.a", json!([1, 2]))
        .gives("local.b", json!({"x": 1}));
}

#[test]
fn pieces_before_what_is_not_known_are_known() {
    let check = |expression: &str, expect: &str| {
        let code = format!(
            "locals {{\n  name = \"web\"\n  path = \"${{local.name}}/b/${{a_y.y.id}}/d\"\n}}\n\
             resource \"a_y\" \"y\" {{}}\nresource \"a_x\" \"x\" {{\n  got = {expression}\n}}\n"
        );
        let evaluated = Case::of(&code).evaluate();
        assert_eq!(messages(&evaluated.problems), [""; 0], "{expression}");
        let got = resource(&evaluated, "a_x.x").attributes.get("got").unwrap().clone();
        assert_eq!(got.as_str().unwrap_or("?"), expect, "{expression}: {got:?}");
    };
    check("split(\"/\", local.path)[0]", "web");
    check("split(\"/\", local.path)[1]", "b");
    check("element(split(\"/\", local.path), 1)", "b");
    check("\"${split(\"/\", \"${local.path}/e\")[1]}!\"", "b!");
    check("split(\"/\", local.path)[2]", "?");
    check("split(\"/\", local.path)[3]", "?");
    check("element(split(\"/\", local.path), 3)", "?");
    check("split(\"/\", local.path)[-1]", "?");
    check("split(\"/\", \"${a_y.y.id}/b\")[1]", "?");
    check("split(\"::\", \"a:::${a_y.y.id}\")[0]", "a");
    check("split(\"::\", \"a:::${a_y.y.id}\")[1]", "?");
    // A letter may be changed by what follows it.
    check("split(\"e\", \"ae${a_y.y.id}\")[0]", "?");
    check("split(a_y.y.id, \"a/b\")[0]", "?");
}
