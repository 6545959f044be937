//! Input that is made to hurt: nothing panics, nothing hangs, nothing leaves the repository.

use proptest::prelude::*;

use super::{Case, messages};

#[test]
fn deep_chains_of_locals_end_in_a_problem() {
    let locals: String = (1..20_000).map(|at| format!("  l{at} = local.l{} + 1\n", at - 1)).collect();
    let case = Case::of(&format!("locals {{\n  l0 = 1\n{locals}}}\n"));
    case.unknown("local.l19999", "too deeply");
    let (value, problems) = case.expression("local.l100");
    assert!(!value.has_unknown() && problems.is_empty());
}

#[test]
fn every_way_to_lead_deeper_ends_before_the_stack_does() {
    let ways = [
        "\"%{ for x in [1] }%{ if true }${PREVIOUS}%{ endif }%{ endfor }\"",
        "[for x in [1] : { for k, v in { a = 1 } : k => PREVIOUS }][0].a",
        "true ? (PREVIOUS) : 1",
        "try(merge({ a = PREVIOUS }, {}).a, 1)",
        "[PREVIOUS][*][0]",
        "!PREVIOUS && true || false",
    ];
    for way in ways {
        let local = |at: usize| way.replace("PREVIOUS", &format!("local.l{}", at - 1));
        let locals: String = (1..5_000).map(|at| format!("  l{at} = {}\n", local(at))).collect();
        let case = Case::of(&format!("locals {{\n  l0 = true\n{locals}}}\n"));
        let (_, problems) = case.expression("local.l4999");
        assert!(messages(&problems).concat().contains("too deeply"), "{way}: {problems:?}");
    }
}

#[test]
fn values_that_grow_deeper_step_by_step_stay_shallow() {
    let locals: String = (1..5_000).map(|at| format!("  l{at:05} = [local.l{:05}]\n", at - 1)).collect();
    let outputs: String = (0..5_000).map(|at| format!("output \"o{at:05}\" {{ value = local.l{at:05} }}\n")).collect();
    let evaluated = Case::of(&format!("locals {{\n  l00000 = 1\n{locals}}}\n{outputs}")).evaluate();
    assert!(!evaluated.outputs["o00100"].has_unknown() && evaluated.outputs["o04999"].has_unknown());
}

#[test]
fn conditions_that_are_unknown_are_asked_once_each() {
    let nested = (0..40).fold("var.u".to_owned(), |inner, _| format!("({inner} ? true : false)"));
    let (value, problems) = Case::of("variable \"u\" {}\n").expression(&nested);
    assert!(value.is_unknown() && problems.is_empty(), "{problems:?}");
}

#[test]
fn modules_that_multiply_are_cut_off() {
    let call = |folder: &str| format!("module \"m\" {{\n  source = \"./{folder}\"\n  count = 1000\n}}\n");
    let evaluated = Case::of(&call("a"))
        .file("a/main.tf", &call("b"))
        .file("a/b/main.tf", &call("c"))
        .file("a/b/c/main.tf", "resource \"a_x\" \"x\" {}\n")
        .evaluate();
    assert!(messages(&evaluated.problems).concat().contains("too many module instances"));
}

#[test]
fn values_that_double_are_unknown_before_they_fill_the_memory() {
    let lists: String = (1..64).map(|at| format!("  l{at} = [local.l{0}, local.l{0}]\n", at - 1)).collect();
    let texts: String = (1..64).map(|at| format!("  t{at} = \"${{local.t{0}}}${{local.t{0}}}\"\n", at - 1)).collect();
    let case = Case::of(&format!("locals {{\n  l0 = 1\n  t0 = \"xxxxxxxx\"\n{lists}{texts}}}\n"));
    assert!(case.expression("local.l63").0.has_unknown());
    assert!(case.expression("local.t63").0.has_unknown());
    let functions = [
        "join(\"\", local.l63[*])",
        "jsonencode(local.l63)",
        "format(\"%9999999d\", 1)",
        "range(0, 1e9)",
        "join(local.t16, range(1000))",
        "formatlist(\"${local.t16}%s\", range(1000))",
        "replace(local.t16, \"x\", local.t16)",
        "replace(local.t16, \"/x/\", local.t16)",
        "indent(1000000, join(\"\\n\", range(1000)))",
        "setproduct(range(1000), range(1000))",
        "split(\"\", local.t16)[*]",
    ];
    for function in functions {
        assert!(case.expression(function).0.has_unknown(), "{function}");
    }
}

#[test]
fn nested_loops_run_out_of_budget() {
    let case = Case::of("locals { r = range(1000) }\n");
    let (value, problems) =
        case.expression("[for a in local.r : [for b in local.r : [for c in local.r : [for d in local.r : d]]]]");
    assert!(value.is_unknown() && messages(&problems).concat().contains("too long"), "{problems:?}");
}

#[test]
fn modules_that_contain_themselves_are_refused() {
    let evaluated = Case::of("module \"m\" { source = \"./m\" }\n")
        .file("m/main.tf", "module \"n\" { source = \"../m\" }\nmodule \"o\" { source = \"../\" }\n")
        .evaluate();
    assert_eq!(evaluated.problems.len(), 2, "{:?}", messages(&evaluated.problems));
}

#[test]
fn json_syntax_cannot_leave_its_strings_or_nest_without_end() {
    let text = r#"{"locals": {"a": "x\"\n}\nlocals {\n b = 1\n", "c": "${\"}\"} %{ if true }\"{%{ endif }"}}"#;
    Case::default()
        .file("main.tf.json", text)
        .gives("local.a", serde_json::json!("x\"\n}\nlocals {\n b = 1\n"))
        .gives("local.c", serde_json::json!("} \"{"))
        .unknown("local.b", "not declared");
    let deep = format!("{{\"locals\": {{\"a\": {}1{}}}}}", "[".repeat(50_000), "]".repeat(50_000));
    let evaluated = Case::default().file("main.tf.json", &deep).evaluate();
    assert!(messages(&evaluated.problems).concat().contains("levels of lists"), "{:?}", evaluated.problems.len());
}

#[test]
fn no_file_outside_the_repository_is_read() {
    let case = Case::of("").folder("a").file("a/x.tf", "");
    for path in ["/etc/passwd", "../../etc/passwd", "../../../../../../etc/passwd"] {
        case.unknown(&format!("file(\"{path}\")"), "leads out of the repository");
        case.unknown(&format!("templatefile(\"{path}\", {{}})"), "leads out of the repository");
        case.unknown(&format!("try(file(\"{path}\"), \"x\")"), "leads out of the repository");
    }
}

#[test]
fn enormous_numbers_are_refused() {
    let case = Case::of("");
    for expression in [
        "1e999999999",
        "1e900 * 1e900",
        "tonumber(\"1e99999999999\")",
        "jsondecode(\"1e999999\")",
        "pow(99, 1024)",
        "1e-900 / 1e900",
    ] {
        assert!(case.expression(expression).0.is_unknown(), "{expression}");
    }
}

/// Pieces of expressions, so that random ones get past the parser.
fn piece() -> impl Strategy<Value = String> {
    prop_oneof![
        Just("1".to_owned()),
        Just("-0.5".to_owned()),
        Just("\"a\"".to_owned()),
        Just("\"é\\u0301${1}\"".to_owned()),
        Just("null".to_owned()),
        Just("true".to_owned()),
        Just("[]".to_owned()),
        Just("{}".to_owned()),
        Just("var.u".to_owned()),
        Just("var.s".to_owned()),
        Just("local.l".to_owned()),
        Just("a_x.x".to_owned()),
        Just("a_x.x.id".to_owned()),
        Just("data.d.d.id".to_owned()),
        Just("module.m".to_owned()),
        Just("count.index".to_owned()),
        Just("9999999999999999999999".to_owned()),
    ]
}

const FUNCTIONS: &[&str] = &[
    "length",
    "try",
    "can",
    "format",
    "formatlist",
    "substr",
    "slice",
    "element",
    "merge",
    "concat",
    "flatten",
    "toset",
    "tolist",
    "tomap",
    "keys",
    "values",
    "lookup",
    "zipmap",
    "chunklist",
    "setproduct",
    "range",
    "cidrsubnet",
    "cidrhost",
    "cidrsubnets",
    "regex",
    "replace",
    "split",
    "join",
    "jsonencode",
    "jsondecode",
    "yamldecode",
    "base64decode",
    "title",
    "indent",
    "coalesce",
    "contains",
    "distinct",
    "sort",
    "sum",
    "min",
    "pow",
    "parseint",
    "file",
    "fileset",
    "templatefile",
    "transpose",
    "one",
    "sensitive",
    "nonsensitive",
    "setsubtract",
    "nope",
];

fn expression() -> impl Strategy<Value = String> {
    let functions = prop::sample::select(FUNCTIONS);
    let operators = prop::sample::select(vec!["+", "-", "*", "/", "%", "==", "!=", "<", ">=", "&&", "||"]);
    piece().prop_recursive(5, 48, 4, move |inner| {
        prop_oneof![
            (functions.clone(), prop::collection::vec(inner.clone(), 0..4))
                .prop_map(|(name, arguments)| format!("{name}({})", arguments.join(", "))),
            (functions.clone(), inner.clone()).prop_map(|(name, list)| format!("{name}({list}...)")),
            (inner.clone(), operators.clone(), inner.clone()).prop_map(|(l, o, r)| format!("({l} {o} {r})")),
            (inner.clone(), inner.clone(), inner.clone()).prop_map(|(c, t, f)| format!("({c} ? {t} : {f})")),
            (inner.clone(), inner.clone()).prop_map(|(v, i)| format!("{v}[{i}]")),
            inner.clone().prop_map(|v| format!("({v})[*].id")),
            inner.clone().prop_map(|v| format!("({v}).id.0")),
            (inner.clone(), inner.clone()).prop_map(|(l, v)| format!("[for k, v in {l} : {v} if k != 1]")),
            (inner.clone(), inner.clone()).prop_map(|(l, v)| format!("{{ for k, v in {l} : k => {v}... }}")),
            inner.clone().prop_map(|v| format!("\"a ${{~ {v} }}%{{ for x in {v} ~}} ${{x}} %{{~ endfor }}\"")),
            prop::collection::vec(inner.clone(), 0..4).prop_map(|items| format!("[{}]", items.join(", "))),
            (inner.clone(), inner).prop_map(|(a, b)| format!("{{ a = {a}, (\"b\") = {b} }}")),
        ]
    })
}

const WORLD: &str = r#"
    variable "u" {}
    variable "s" {
      default   = "secret-text"
      sensitive = true
    }
    locals { l = [1, { id = "x" }] }
    resource "a_x" "x" { name = "n" }
    data "d" "d" {}
    module "m" { source = "./m" }
"#;

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_expression_makes_the_evaluator_panic(expression in expression()) {
        let case = Case::of(WORLD).file("m/main.tf", "output \"id\" { value = 1 }\n");
        let (_, problems) = case.expression(&expression);
        let panicked = messages(&problems).concat().contains("unexpectedly");
        prop_assert!(!panicked, "{expression}");
        prop_assert!(!messages(&problems).concat().contains("secret-text"), "{expression}: {problems:?}");
    }

    #[test]
    fn no_text_makes_the_evaluator_panic(text in "[a-z\"${}%~\\[\\]().,:=<>!?&|*+0-9 \n-]{0,60}") {
        for case in [Case::of(&text), Case::of(&format!("locals {{\n  a = {text}\n}}\noutput \"o\" {{ value = local.a }}\n"))] {
            let panicked = messages(&case.evaluate().problems).concat().contains("unexpectedly");
            prop_assert!(!panicked, "{text}");
        }
    }

    #[test]
    fn evaluating_twice_gives_the_same(expression in expression()) {
        let case = Case::of(WORLD).file("m/main.tf", "output \"id\" { value = 1 }\n");
        prop_assert_eq!(case.expression(&expression), case.expression(&expression));
    }
}

/// Ways to nest something in itself: what stands before, in the middle, and behind.
const BOMBS: [(&str, &str, &str); 18] = [
    ("[", "1", "]"),
    ("(", "1", ")"),
    ("{ a = ", "1", " }"),
    ("!", "true", ""),
    ("-", "1", ""),
    ("\"${", "1", "}\""),
    ("\"%{ if true }", "1", "%{ endif }\""),
    ("[for x in [1] : ", "x", "]"),
    ("upper(", "\"a\"", ")"),
    ("try(", "1", ")"),
    ("local.l[", "0", "]"),
    ("true ? 1 : ", "2", ""),
    ("1 + ", "1", ""),
    ("1 == ", "1", ""),
    ("true && ", "true", ""),
    ("", "local.l", ".a"),
    ("", "local.l", "[*]"),
    ("", "local.l", "[0]"),
];

#[test]
fn bombs_of_depth_end_in_a_value_or_a_problem() {
    for (before, middle, behind) in BOMBS {
        for depth in [100, 100_000] {
            let bomb = format!("{}{middle}{}", before.repeat(depth), behind.repeat(depth));
            let locals = format!("locals {{\n  l = [1]\n  bomb = {bomb}\n}}\n");
            let evaluated = Case::of(&locals).file("o.tf", "output \"o\" { value = local.bomb }\n").evaluate();
            assert!(evaluated.outputs.contains_key("o"), "{before}{middle}{behind}: {:?}", evaluated.problems);
            let told = messages(&Case::of("locals { l = [1] }\n").expression(&bomb).1).concat();
            assert!(!told.contains("unexpectedly"), "{before}{middle}{behind}: {told}");
        }
    }
}

#[test]
fn nested_blocks_and_documents_end_in_a_problem() {
    let blocks = format!("{}{}", "resource \"a\" \"b\" {\n".repeat(50_000), "}\n".repeat(50_000));
    assert!(!Case::of(&blocks).evaluate().problems.is_empty());
    let case = Case::of("");
    let nested = |open: &str, close: &str| format!("{}{}", open.repeat(100_000), close.repeat(100_000));
    for (function, text) in [
        ("jsondecode", nested("[", "]")),
        ("jsondecode", format!("{}1{}", "{\"a\":".repeat(100_000), "}".repeat(100_000))),
        ("yamldecode", nested("[", "]")),
        ("yamldecode", "- ".repeat(100_000)),
        ("csvdecode", ",".repeat(100_000)),
    ] {
        let case = case.with("bomb.txt", &text);
        let (value, _) = case.expression(&format!("{function}(file(\"bomb.txt\"))"));
        assert!(value.has_unknown() || function == "csvdecode", "{function}");
    }
}

#[test]
fn files_of_a_hundred_megabytes_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let big = |name: &str| {
        let file = std::fs::File::create(folder.path().join(name)).unwrap();
        file.set_len(100 * 1024 * 1024).unwrap();
    };
    big("main.tf");
    big("terraform.tfvars");
    big("data.json");
    std::fs::write(folder.path().join("other.tf"), "output \"o\" { value = file(\"data.json\") }\n").unwrap();
    let tree = crate::repo::Tree::WorkTree(folder.path().to_owned());
    let evaluated = Case::default().run_in(&tree, super::super::evaluate);
    let told = messages(&evaluated.problems).concat();
    for name in ["main.tf", "terraform.tfvars"] {
        assert!(told.contains(&format!("{name}: is larger than 32 MiB")), "{name}: {told}");
    }
    assert!(evaluated.outputs["o"].has_unknown());
}
