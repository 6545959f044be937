//! Variables, modules, references between resources, and providers.

use serde_json::json;

use super::{Case, addresses, messages, resource};
use crate::model::{Kind, ProblemKind, Reference};

#[test]
fn the_strongest_source_of_a_variable_wins() {
    let names = ["a", "b", "c", "d", "e", "f", "g"];
    let declared: String =
        names.iter().map(|name| format!("variable \"{name}\" {{ default = \"default\" }}\n")).collect();
    let set = |from: &str, names: &str| names.chars().map(|name| format!("{name} = \"{from}\"\n")).collect::<String>();
    let mut case = Case::of(&declared)
        .file("terraform.tfvars", &set("tfvars", "bcdef"))
        .file("terraform.tfvars.json", r#"{"c": "json", "d": "json", "e": "json", "f": "json"}"#)
        .file("a.auto.tfvars", &set("auto-a", "def"))
        .file("b.auto.tfvars", &set("auto-b", "d"))
        .file("env/prod.tfvars", &set("file", "ef"))
        .var_file("env/prod.tfvars")
        .variable("f", "flag");
    for name in ["a", "b", "c", "d", "e", "f"] {
        case = case.environment(name, "env");
    }
    for (name, expect) in names.into_iter().zip(["env", "tfvars", "json", "auto-b", "file", "flag", "default"]) {
        case.gives(&format!("var.{name}"), json!(expect));
    }
}

#[test]
fn a_variable_file_that_cannot_be_read_leaves_no_default_in_place() {
    let case =
        Case::of("variable \"a\" { default = 1 }\nvariable \"b\" {}\n").var_file("gone.tfvars").variable("b", "x");
    case.unknown("var.a", "gone.tfvars could not be read").gives("var.b", json!("x"));
    assert_eq!(case.evaluate().problems[0].kind, ProblemKind::Unreadable);
}

#[test]
fn texts_from_outside_are_read_as_the_type_says() {
    Case::of(
        "variable \"text\" {}\nvariable \"string\" { type = string }\nvariable \"number\" { type = number }\nvariable \"list\" { type = list(string) }\nvariable \"bad\" { type = list(string) }\n",
    )
    .environment("text", "[1]")
    .environment("string", "[1]")
    .environment("number", "12")
    .environment("list", "[\"a\", 1]")
    .environment("bad", "[")
    .gives("var.text", json!("[1]"))
    .gives("var.string", json!("[1]"))
    .gives("var.number", json!(12))
    .gives("var.list", json!(["a", "1"]))
    .unknown("var.bad", "not an expression");
}

#[test]
fn types_convert_values_and_fill_in_defaults() {
    Case::of(
        r#"
        variable "o" {
          type = object({
            name  = string
            port  = optional(number, 80)
            tags  = optional(map(string))
            inner = optional(object({ a = optional(string, "x") }), {})
          })
          default = { name = 5, extra = true }
        }
        variable "set" {
          type    = set(number)
          default = ["10", 9, 9]
        }
        variable "any" {
          type    = list(any)
          default = ["a", 1]
        }
        variable "tuple" {
          type    = tuple([string, number])
          default = [1, "2"]
        }
        variable "bad" {
          type    = number
          default = "x"
        }
        variable "not_null" {
          nullable = false
          default  = "d"
        }
        variable "none" {}
        "#,
    )
    .file("terraform.tfvars", "not_null = null\n")
    .gives("var.o", json!({"name": "5", "port": 80, "tags": null, "inner": {"a": "x"}}))
    .gives("var.set", json!([9, 10]))
    .gives("var.any", json!(["a", "1"]))
    .gives("var.tuple", json!(["1", 2]))
    .gives("var.not_null", json!("d"))
    .unknown("var.none", "no value for var.none")
    .unknown("var.bad", "a number is required");
}

#[test]
fn references_give_what_is_configured_then_what_is_bound_then_unknown() {
    let case = Case::of(
        r#"
        resource "a_x" "x" {
          name  = "configured"
          empty = null
          block { size = 1 }
        }
        resource "a_n" "n" {
          count = 2
          cidr  = "10.0.${count.index}.0/24"
        }
        resource "a_e" "e" {
          for_each = toset(["k", "l"])
        }
        data "a_d" "d" {}
        "#,
    )
    .bound("a_x.x", json!({"id": "i-1", "name": "bound", "empty": "filled", "block": [{"size": 9, "disk": "d-1"}]}))
    .bound("a_n.n[0]", json!({"id": "n-0"}))
    .bound("a_n.n[1]", json!({"id": "n-1"}))
    .bound("a_e.e[\"k\"]", json!({"id": "e-k"}))
    .bound("data.a_d.d", json!({"value": [1, 2]}));
    case.gives("a_x.x.name", json!("configured"))
        .gives("resource.a_x.x.id", json!("i-1"))
        .gives("a_x.x.empty", json!("filled"))
        .gives("a_x.x.block[0].size", json!(1))
        .gives("a_x.x.block[0].disk", json!("d-1"))
        .gives("a_n.n[*].id", json!(["n-0", "n-1"]))
        .gives("a_n.n.*.cidr", json!(["10.0.0.0/24", "10.0.1.0/24"]))
        .gives("a_n.n[1].cidr", json!("10.0.1.0/24"))
        .gives("a_e.e[\"k\"].id", json!("e-k"))
        .gives("keys(a_e.e)", json!(["k", "l"]))
        .gives("length(a_n.n)", json!(2))
        .gives("one(a_x.x[*].id)", json!("i-1"))
        .gives("try(a_n.n[5].id, \"none\")", json!("none"))
        .gives("data.a_d.d.value[1]", json!(2))
        .gives("{ for k, e in a_e.e : k => k }", json!({"k": "k", "l": "l"}))
        .unknown("a_e.e[\"l\"].id", "only known from the deployed resource")
        .unknown("a_x.x.block[0].other", "only known from the deployed resource")
        .unknown("jsonencode(a_x.x)", "only known from the deployed resource")
        .unknown("a_q.q.id", "not declared");
    let (value, problems) = case.expression("a_e.e[\"l\"].arn");
    assert!(problems.is_empty());
    let Kind::Unknown(unknown) = &value.kind else { panic!("{value:?}") };
    let expect = Reference { address: "a_e.e[\"l\"]".into(), attribute: Some("arn".into()) };
    assert_eq!(unknown.reference.as_deref(), Some(&expect));
    let Kind::Unknown(part) = case.expression("a_e.e[\"l\"].list[0]").0.kind else { panic!() };
    assert_eq!(part.reference, None);
}

#[test]
fn what_was_found_live_answers_where_no_state_does() {
    Case::of("resource \"aws_iam_role\" \"r\" {}\nresource \"aws_iam_role\" \"s\" {}\n")
        .bound("aws_iam_role.r", json!({"id": "r", "Arn": "arn:live", "RoleId": "AROA"}))
        .bound("aws_iam_role.s", json!({"id": "s", "arn": "arn:state", "Arn": "arn:live"}))
        .gives("aws_iam_role.r.arn", json!("arn:live"))
        .gives("aws_iam_role.r.unique_id", json!("AROA"))
        .gives("aws_iam_role.s.arn", json!("arn:state"))
        .unknown("aws_iam_role.r.create_date", "only known from the deployed resource");
}

#[test]
fn a_bound_secret_stays_one() {
    let hidden = crate::model::Fingerprinter::new(*b"key").hide(&"s3cret".into());
    let mut case = Case::of("resource \"a_x\" \"x\" {}\n");
    let bound =
        crate::model::Bound { identifier: Some("i-1".into()), attributes: [("p".to_owned(), hidden.clone())].into() };
    case.bindings.bind("a_x.x", bound);
    assert_eq!(case.expression("a_x.x.p").0, hidden);
    case.gives("a_x.x.id", json!("i-1")).unknown("\"x${a_x.x.p}\"", "fingerprint");
}

#[test]
fn modules_take_inputs_and_give_outputs() {
    let case = Case::of(
        r#"
        module "net" {
          source = "../modules/net"
          name   = "n"
        }
        module "many" {
          source   = "../modules/net"
          for_each = { a = 1, b = 2 }
          name     = "${each.key}${each.value}-${module.net.name}"
        }
        output "names" { value = { for k, m in module.many : k => m.name } }
        "#,
    )
    .file(
        "modules/net/main.tf",
        "variable \"name\" {}\nvariable \"size\" { default = 3 }\nresource \"a_x\" \"x\" { name = var.name }\noutput \"name\" { value = a_x.x.name }\noutput \"id\" { value = a_x.x.id }\noutput \"path\" { value = path.module }\noutput \"root\" { value = path.root }\noutput \"secret\" {\n value = 1\n sensitive = true\n}\n",
    );
    let mut case = case.folder("root");
    case.files[0].0 = "root/main.tf".to_owned();
    let case = case.bound("module.many[\"b\"].a_x.x", json!({"id": "id-b"}));
    case.gives("module.net.name", json!("n"))
        .gives("module.many[\"b\"].name", json!("b2-n"))
        .gives("module.many[\"b\"].id", json!("id-b"))
        .gives("values(module.many)[*].name", json!(["a1-n", "b2-n"]))
        .gives("module.net.path", json!("../modules/net"))
        .gives("module.net.root", json!("."))
        .gives("[for m in values(module.many) : m.name]", json!(["a1-n", "b2-n"]))
        .gives("{ a = [module.many[\"a\"]] }.a[0].name", json!("a1-n"))
        .gives("try(module.net.nothing, 1)", json!(1))
        .unknown("module.net.id", "module.net.a_x.x.id is only known");
    let (whole, _) = case.expression("{ a = [module.net] }");
    assert_eq!(whole.get("a").unwrap().as_list().unwrap()[0].get("name").unwrap().to_json(), json!("n"));
    assert!(matches!(case.expression("module.net.secret").0.kind, Kind::Sensitive(_)));
    let evaluated = case.evaluate();
    assert_eq!(messages(&evaluated.problems), [""; 0]);
    assert_eq!(evaluated.outputs["names"].to_json(), json!({"a": "a1-n", "b": "b2-n"}));
    let expect = ["module.many[\"a\"].a_x.x", "module.many[\"b\"].a_x.x", "module.net.a_x.x"];
    assert_eq!(addresses(&evaluated), expect);
}

#[test]
fn a_module_that_is_not_there_is_a_problem_and_its_outputs_are_unknown() {
    let case = Case::of(
        "module \"r\" {\n  source = \"terraform-aws-modules/vpc/aws\"\n}\nresource \"a_x\" \"x\" { id = module.r.vpc_id }\n",
    );
    case.unknown("module.r.vpc_id", "module.r is not available");
    let evaluated = case.evaluate();
    let problem = &evaluated.problems[0];
    assert_eq!(
        (problem.kind, problem.at.as_ref().unwrap().to_string().as_str()),
        (ProblemKind::NotSupported, "main.tf:1:1")
    );
    assert_eq!(evaluated.problems.len(), 1);
    let skipped: Vec<_> = evaluated.skipped.iter().map(|skipped| skipped.resource_type.as_str()).collect();
    assert_eq!(skipped, ["module.r"]);
}

#[test]
fn a_module_for_each_may_be_a_for_expression_over_locals_and_resources() {
    let evaluated = Case::of(
        r#"
        locals { zones = { b = 2, a = 1, c = 0 } }
        resource "a_x" "x" {
          for_each = local.zones
          size     = each.value
        }
        module "m" {
          source   = "./m"
          for_each = { for zone, x in a_x.x : upper(zone) => x if x.size > 0 }
          size     = each.value.size
          id       = each.value.id
        }
        "#,
    )
    .file(
        "m/main.tf",
        "variable \"size\" {}\nvariable \"id\" {}\nresource \"a_y\" \"y\" {\n  size = var.size\n  id   = var.id\n}\n",
    )
    .bound("a_x.x[\"b\"]", json!({"id": "id-b"}))
    .evaluate();
    assert_eq!(resource(&evaluated, "module.m[\"B\"].a_y.y").attributes.to_json(), json!({"size": 2, "id": "id-b"}));
    assert!(resource(&evaluated, "module.m[\"A\"].a_y.y").attributes.get("id").unwrap().is_unknown());
    assert_eq!(evaluated.resources.len(), 5);
}

#[test]
fn default_tags_may_be_made_by_a_dynamic_block() {
    let evaluated = Case::of(
        "variable \"on\" { default = true }\nprovider \"aws\" {\n  dynamic \"default_tags\" {\n    for_each = var.on ? [1] : []\n    content { tags = { a = \"b\" } }\n  }\n}\nresource \"aws_x\" \"x\" {}\n",
    )
    .evaluate();
    let tags = resource(&evaluated, "aws_x.x").provider.default_tags.as_ref().unwrap();
    assert_eq!(tags.to_json(), json!({"a": "b"}));
}

#[test]
fn a_module_count_may_depend_on_another_modules_output() {
    let evaluated = Case::of("module \"a\" { source = \"./a\" }\nmodule \"b\" {\n  source = \"./b\"\n  count = module.a.n\n  sibling = module.a.name\n}\n")
        .file("a/main.tf", "output \"n\" { value = 2 }\noutput \"name\" { value = \"real\" }\n")
        .file("b/main.tf", "variable \"sibling\" { default = \"default\" }\nresource \"a_x\" \"x\" { name = var.sibling }\n")
        .evaluate();
    assert_eq!(addresses(&evaluated), ["module.b[0].a_x.x", "module.b[1].a_x.x"]);
    assert_eq!(resource(&evaluated, "module.b[1].a_x.x").attributes.to_json(), json!({"name": "real"}));
}

#[test]
fn resources_use_the_provider_that_their_module_was_given() {
    let main = r#"
        variable "role" {}
        provider "aws" {
          region = "eu-west-1"
          default_tags { tags = { team = "t" } }
        }
        provider "aws" {
          alias  = "west"
          region = "us-west-2"
          assume_role { role_arn = "arn:aws:iam::123456789012:role/deploy" }
        }
        provider "aws" {
          alias  = "open"
          region = var.role
        }
        resource "aws_x" "default" {}
        resource "aws_x" "west" { provider = aws.west }
        resource "aws_x" "open" { provider = aws.open }
        module "inherits" { source = "./m" }
        module "given" {
          source    = "./m"
          providers = { aws = aws.west, aws.peer = aws }
        }
    "#;
    let module = "resource \"aws_x\" \"x\" {}\nresource \"aws_x\" \"peer\" { provider = aws.peer }\ndata \"aws_region\" \"r\" {}\ndata \"aws_caller_identity\" \"c\" {}\noutput \"region\" { value = data.aws_region.r.name }\noutput \"account\" { value = data.aws_caller_identity.c.account_id }\n";
    let mut case = Case::of(main).file("m/main.tf", module);
    case.context = super::Context { account: Some("999999999999".into()), ..super::Context::default() };
    let evaluated = case.evaluate();
    let region = |address: &str| resource(&evaluated, address).provider.region.as_ref().map(|region| region.to_json());
    assert_eq!(region("aws_x.default"), Some(json!("eu-west-1")));
    assert_eq!(region("aws_x.west"), Some(json!("us-west-2")));
    assert_eq!(region("module.inherits.aws_x.x"), Some(json!("eu-west-1")));
    assert_eq!(region("module.given.aws_x.x"), Some(json!("us-west-2")));
    assert_eq!(region("module.given.aws_x.peer"), Some(json!("eu-west-1")));
    assert!(resource(&evaluated, "aws_x.open").provider.region.as_ref().unwrap().is_unknown());
    let west = &resource(&evaluated, "aws_x.west").provider;
    assert_eq!(
        (west.alias.as_deref(), west.account.as_ref().unwrap().to_json()),
        (Some("west"), json!("123456789012"))
    );
    let tags = resource(&evaluated, "aws_x.default").provider.default_tags.clone().unwrap();
    assert_eq!(tags.to_json(), json!({"team": "t"}));
    case.gives("module.inherits.region", json!("eu-west-1"))
        .gives("module.given.region", json!("us-west-2"))
        .gives("module.inherits.account", json!("999999999999"))
        .gives("module.given.account", json!("123456789012"));
}

#[test]
fn file_functions_read_the_repository() {
    Case::of("module \"m\" { source = \"./m\" }\n")
        .folder("root")
        .file("root/main.tf", "module \"m\" { source = \"./m\" }\n")
        .file("root/m/main.tf", "output \"policy\" { value = jsondecode(file(\"${path.module}/policy.json\")) }\n")
        .file("root/m/policy.json", r#"{"a": [1]}"#)
        .file("root/config/a.yaml", "on: true\n")
        .file("root/config/deep/b.yaml", "x")
        .file("shared/c.txt", "héé")
        .gives("module.m.policy", json!({"a": [1]}))
        .gives("file(\"../shared/c.txt\")", json!("héé"))
        .gives("filebase64(\"../shared/c.txt\")", json!("aMOpw6k="))
        .gives("filesha256(\"config/deep/b.yaml\") == sha256(\"x\")", json!(true))
        .gives("filebase64sha256(\"config/deep/b.yaml\") == base64sha256(\"x\")", json!(true))
        .gives("fileexists(\"config/a.yaml\")", json!(true))
        .unknown("fileexists(\"config\")", "this is a folder")
        .gives("yamldecode(file(\"config/a.yaml\"))", json!({"true": true}))
        .gives("fileset(\"config\", \"*.yaml\")", json!(["a.yaml"]))
        .gives("fileset(\"config\", \"**/*.yaml\")", json!(["a.yaml", "deep/b.yaml"]))
        .gives("fileset(path.module, \"config/{a,x}.yaml\")", json!(["config/a.yaml"]))
        .gives("try(file(\"gone\"), \"default\")", json!("default"));
}

#[test]
fn a_vendored_module_is_read_from_the_folder_that_the_configuration_names() {
    let mut case = Case::of(
        "module \"v\" {\n  source  = \"terraform-aws-modules/vpc/aws\"\n  version = \"~> 5.0\"\n  name = \"n\"\n}\nmodule \"g\" {\n  source = \"git::https://example.com/x.git//sub?ref=v1\"\n}\n",
    )
    .file("vendor/vpc/main.tf", "variable \"name\" {}\noutput \"name\" { value = var.name }\n")
    .file("vendor/x/sub/main.tf", "output \"path\" { value = path.module }\n");
    case.modules = [
        ("terraform-aws-modules/vpc/aws".to_owned(), "vendor/vpc".to_owned()),
        ("git::https://example.com/x.git//sub?ref=v1".to_owned(), "vendor/x/sub".to_owned()),
    ]
    .into();
    case.gives("module.v.name", json!("n")).gives("module.g.path", json!("vendor/x/sub"));
}

#[test]
fn a_provider_names_its_account_in_several_ways_and_the_tags_that_it_leaves_alone() {
    let evaluated = Case::of(
        r#"
        provider "aws" {
          assume_role { role_arn = "arn:aws:iam::111111111111:role/hub" }
          assume_role { role_arn = "arn:aws:iam::222222222222:role/deploy" }
          ignore_tags {
            keys         = ["Owner"]
            key_prefixes = ["kubernetes.io/"]
          }
        }
        provider "aws" {
          alias               = "only"
          allowed_account_ids = ["333333333333"]
        }
        provider "aws" {
          alias               = "some"
          allowed_account_ids = ["333333333333", "444444444444"]
        }
        resource "aws_x" "chained" {}
        resource "aws_x" "only" { provider = aws.only }
        resource "aws_x" "some" { provider = aws.some }
        "#,
    )
    .evaluate();
    let account =
        |address: &str| resource(&evaluated, address).provider.account.as_ref().map(|account| account.to_json());
    assert_eq!(account("aws_x.chained"), Some(json!("222222222222")));
    assert_eq!(account("aws_x.only"), Some(json!("333333333333")));
    assert_eq!(account("aws_x.some"), None);
    let ignored = resource(&evaluated, "aws_x.chained").provider.ignore_tags.as_ref().unwrap();
    assert_eq!(ignored.to_json(), json!({"keys": ["Owner"], "key_prefixes": ["kubernetes.io/"]}));
}
