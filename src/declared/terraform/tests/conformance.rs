//! What Terraform itself gives for every function and every feature of the language: the tables that
//! `scripts/generate-terraform-cases.py` writes, line by line, values with their types.

use std::path::{Path, PathBuf};

use serde_json::Value as Json;

use super::super::numbers;
use super::super::value::{Content, MappingKind, SequenceKind, Value};
use super::super::walk;
use super::Case;

use Answer::{Error, Known, Unknown};

/// What a line is answered with here, where Terraform answers otherwise.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Answer {
    /// That it is not known.
    Unknown,
    /// A value, where Terraform has an error, does not know it, or knows more of its type.
    Known,
    /// An error.
    Error,
}

/// The lines whose answer here is another one, and why.
const DIFFERENT: &[(&str, Answer, &[&str])] = &[
    (
        "without the provider's schema it is not known of what type an unknown attribute is, and that it is not null",
        Unknown,
        &[
            r#"flatten([["a"], terraform_data.later.id])"#,
            r#"flatten([["a"], [terraform_data.later.id]])"#,
            "terraform_data.later.id.x",
            "terraform_data.later.nope",
            "terraform_data.later.id[*]",
            "terraform_data.later[*].output.x",
            "terraform_data.later.id == null",
            r#"terraform_data.later.id != null ? "a" : "b""#,
        ],
    ),
    ("the same; a number beside it stays one", Known, &["tomap({ a = terraform_data.later.id, b = 1 })"]),
    (
        "null and an empty collection have no type",
        Known,
        &[
            r#"coalesce(null, [], ["a"])"#,
            r#"coalesce(var.no_list, ["x"])"#,
            "merge(var.empty_map, var.map)",
            "tomap(var.object)",
            "var.no_list[*]",
            "var.empty[*].x",
        ],
    ),
    (
        "a function that is not known may be new",
        Unknown,
        &["nope(1)", r#"core::nope("a")"#, r#"try(nope(), "a")"#, "base64sha256(hex(1))"],
    ),
    ("unknown by design, whatever the arguments", Unknown, &["base64gzip(null)", r#"rsadecrypt("x", "y")"#]),
    (
        "scripts of which later versions of Unicode count the characters differently",
        Unknown,
        &[r#"length("नमस्ते")"#, r#"substr("नमस्ते", 0, 1)"#],
    ),
    (
        "not computed here",
        Unknown,
        &[
            r#"timeadd("9999-12-31T23:59:59Z", "1s")"#,
            r#"textencodebase64("a", "CP437")"#,
            r#"textencodebase64("a", "IBM437")"#,
            r#"yamldecode(".inf")"#,
            r#"yamldecode(".nan")"#,
            r#"yamlencode({ "a\nb" = 1 })"#,
            r#"yamlencode({ (join("", [for i in range(130) : "k"])) = 1 })"#,
            r#"cidrhost("::ffff:10.0.0.0/104", 1)"#,
        ],
    ),
    (
        "one operand can settle it; newer versions of Terraform say so, too",
        Known,
        &[
            r#"(terraform_data.later.id == "x") && false"#,
            r#"(terraform_data.later.id == "x") || true"#,
            "false && [][0] == 1",
            "alltrue([local.later, false])",
        ],
    ),
    ("what of the value is known stays known", Known, &[r#"try(["a", terraform_data.later.id], "b")"#]),
    (
        "Terraform refuses names that are not declared before it evaluates anything",
        Known,
        &[r#"try(local.nope, "a")"#, r#"try(var.nope, "a")"#, "can(local.nope)"],
    ),
    ("Terraform has infinity here, which nothing can hold", Known, &[r#"try(1 / 0, "a")"#, "can(1 / 0)"]),
    (
        "Terraform computes nonsense from negative numbers",
        Error,
        &[r#"cidrsubnet("10.0.0.0/16", 8, -1)"#, r#"cidrsubnet("10.0.0.0/16", -1, 0)"#],
    ),
    ("the parser is stricter", Error, &["1e400 * 1e-400", "1e400 / 1e399"]),
    ("can of an expanded list is nobody's", Error, &["can([1]...)"]),
    ("OpenTofu takes a text as well as a reference to one", Known, &[r#"templatestring("x", {})"#]),
    (
        "numbers that functions make have 64 or 53 bits in Terraform until one of 512 bits joins them: digits from the \
         17th on",
        Unknown,
        &[
            "length([1]) / length([1, 2, 3])",
            r#"parseint("1", 10) / parseint("3", 10)"#,
            "range(4)[1] / range(4)[3]",
            r#"signum(1) / parseint("3", 10)"#,
            "[for i, v in [1, 2, 3, 4] : i / length([1, 2, 3]) if i == 1]",
            "pow(2, 1) / pow(3, 1)",
            "pow(10, -1) * 10",
            "tostring(log(50, 10) + 1)",
            "pow(0.1, 1) + 0",
            "pow(10, -1) == 0.1",
            "pow(10, -2)",
            "pow(2, 0.5)",
            "pow(2, 100)",
            "pow(3, 50)",
            "log(50, 10)",
            "log(100, 10)",
            "log(1000, 10)",
            "log(2, 0.5)",
            "log(50, 10) * 2",
            "log(50, 10) + 0",
        ],
    ),
    ("there is no negative zero", Known, &["tostring(-0)"]),
    ("the parser is more lenient", Known, &[r#"yamldecode("\ta: 1")"#]),
];

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/terraform/cases")
}

/// The module that the expressions are evaluated in.
fn module() -> Case {
    fn add(case: Case, root: &Path, folder: &Path) -> Case {
        let mut entries: Vec<PathBuf> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
        entries.sort();
        entries.into_iter().fold(case, |case, path| {
            if path.is_dir() {
                return add(case, root, &path);
            }
            case.bytes(path.strip_prefix(root).unwrap().to_str().unwrap(), std::fs::read(&path).unwrap())
        })
    }
    let root = folder().join("module");
    add(Case::default(), &root, &root)
}

/// Whether a value is what Terraform says; `{"?":1}` is unknown and `{"#":"…"}` a number of many digits.
fn is(value: &Value, expect: &Json) -> bool {
    let number =
        |text: &str| matches!(&value.content, Content::Number(number) if Some(number) == numbers::parse(text).as_ref());
    match (&value.content, expect) {
        (Content::Unknown(_) | Content::Handle(_), expect) => expect.get("?").is_some(),
        (Content::Null, expect) => expect.is_null(),
        (Content::Bool(flag), expect) => expect.as_bool() == Some(*flag),
        (Content::Text(text), expect) => expect.as_str() == Some(&**text),
        (Content::Number(_), Json::Number(expect)) => number(&expect.to_string()),
        (Content::Number(_), expect) => expect.get("#").and_then(Json::as_str).is_some_and(number),
        (Content::Sequence(_, items), Json::Array(expect)) => {
            items.all().len() == expect.len() && items.all().iter().zip(expect).all(|(item, expect)| is(item, expect))
        }
        (Content::Mapping(_, members), Json::Object(expect)) => {
            members.all().len() == expect.len()
                && members.all().iter().all(|(name, member)| expect.get(name).is_some_and(|expect| is(member, expect)))
        }
        _ => false,
    }
}

/// Whether a value has a type of Terraform's. What is null or unknown may have any.
fn has_type(value: &Value, expect: &Json) -> bool {
    let of_kind = |kind: &str| expect.get(0).and_then(Json::as_str) == Some(kind);
    let of = |part: &Value| expect.get(1).is_some_and(|of| has_type(part, of));
    match &value.content {
        Content::Null | Content::Unknown(_) | Content::Handle(_) | Content::Mapping(MappingKind::Block, _) => true,
        Content::Bool(_) => expect == "bool",
        Content::Number(_) => expect == "number",
        Content::Text(_) => expect == "string",
        Content::Sequence(SequenceKind::Tuple, items) => {
            let types = expect.get(1).and_then(Json::as_array);
            of_kind("tuple")
                && types.is_some_and(|types| items.all().iter().zip(types).all(|(item, of)| has_type(item, of)))
        }
        Content::Sequence(SequenceKind::List, items) => of_kind("list") && items.all().iter().all(of),
        Content::Sequence(SequenceKind::Set, items) => of_kind("set") && items.all().iter().all(of),
        Content::Mapping(MappingKind::Map, members) => of_kind("map") && members.all().values().all(of),
        Content::Mapping(MappingKind::Object, members) => {
            of_kind("object")
                && members.all().iter().all(|(name, member)| {
                    expect.get(1).and_then(|members| members.get(name)).is_some_and(|of| has_type(member, of))
                })
        }
    }
}

/// What is wrong with the answer to one line, if anything is.
fn wrong(walk: &walk::Walk<'_>, expression: &str, expect: &str) -> Option<String> {
    let answer = walk.value(&expression.replace('⏎', "\n"));
    let other = DIFFERENT.iter().find(|(_, _, lines)| lines.contains(&expression)).map(|(_, answer, _)| *answer);
    let holds = match (&answer, expect, other) {
        (Ok(Ok(value)), _, Some(Unknown)) => value.has_unknown(),
        (Ok(Ok(_)), _, Some(Known)) | (Err(_) | Ok(Err(_)), _, Some(Error)) => true,
        (_, _, Some(_)) => false,
        (Err(_) | Ok(Err(_)), expect, None) => expect == "!",
        (Ok(Ok(_)), "!", None) => false,
        (Ok(Ok(value)), "?", None) => value.is_unknown(),
        (Ok(Ok(value)), expect, None) => {
            let (json, of) = expect.rsplit_once(" :: ").map_or((expect, None), |(json, of)| (json, Some(of)));
            let parse = |text: &str| serde_json::from_str::<Json>(text).unwrap();
            is(value, &parse(json)) && of.is_none_or(|of| has_type(value, &parse(of)))
        }
    };
    let told = match answer {
        Ok(Ok(value)) => format!("{value:?}"),
        Ok(Err(fault)) => format!("! {}", fault.message),
        Err(problem) => format!("! {problem}"),
    };
    (!holds).then(|| format!("{expression}\n    Terraform: {expect}\n    here:      {told}"))
}

#[test]
fn every_line_of_the_tables_gives_what_terraform_gives() {
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder()).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    let mut exceptions: Vec<&str> = DIFFERENT.iter().flat_map(|(_, _, lines)| *lines).copied().collect();
    let (module, mut count, mut differences) = (module(), 0, Vec::new());
    for file in files.iter().filter(|file| file.extension().is_some_and(|extension| extension == "txt")) {
        let table = std::fs::read_to_string(file).unwrap();
        let lines: Vec<&str> = table.lines().filter(|line| !line.is_empty() && !line.starts_with('#')).collect();
        let cases = lines.iter().map(|line| line.rsplit_once(" ==> ").unwrap_or_else(|| panic!("no answer: {line}")));
        let cases: Vec<(&str, &str)> = cases.collect();
        count += cases.len();
        exceptions.retain(|exception| cases.iter().all(|(expression, _)| exception != expression));
        // A few at a time, so that none uses up the budget of all.
        for some in cases.chunks(50) {
            let of = |walk: &walk::Walk<'_>| -> Vec<String> {
                some.iter().filter_map(|(expression, expect)| wrong(walk, expression, expect)).collect()
            };
            differences.extend(module.run(|inputs| walk::with_evaluation(inputs, of)).unwrap());
        }
    }
    assert!(differences.is_empty(), "{} of {count} differ:\n{}", differences.len(), differences.join("\n"));
    assert!(count > 2_500, "only {count} cases");
    assert!(exceptions.is_empty(), "exceptions that no table has: {exceptions:?}");
}
