//! What Terraform itself gives for every function and every feature of the language: the tables that
//! `scripts/generate-terraform-cases.py` writes, line by line, values with their types.

use std::path::{Path, PathBuf};

use serde_json::Value as Json;

use super::super::numbers;
use super::super::value::{Content, MappingKind, SequenceKind, Value};
use super::super::walk;
use super::Case;

/// Lines whose answer here is another one on purpose: what they begin with, and why.
const DIFFERENT: &[(&str, Answer, &str)] = &[];

/// What a line is answered with here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Answer {
    /// That it is not known, where Terraform knows it.
    Unknown,
    /// A value, where Terraform has an error.
    Value,
}

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
    let number = |text: &str| matches!(&value.content, Content::Number(number) if Some(number) == numbers::parse(text).as_ref());
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
    let known = DIFFERENT.iter().find(|(start, _, _)| expression == *start).map(|(_, answer, _)| *answer);
    let holds = match (&answer, expect, known) {
        (Ok(Ok(value)), _, Some(Answer::Unknown)) => value.has_unknown(),
        (Ok(Ok(value)), "!", Some(Answer::Value)) => !value.has_unknown(),
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
    let (mut count, mut differences) = (0, Vec::new());
    for file in files.iter().filter(|file| file.extension().is_some_and(|extension| extension == "txt")) {
        let table = std::fs::read_to_string(file).unwrap();
        let case = module();
        for line in table.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
            let (expression, expect) = line.rsplit_once(" ==> ").unwrap_or_else(|| panic!("no answer yet: {line}"));
            count += 1;
            // Each on its own, so that none uses up the budget of the others.
            let wrong = case.run(|inputs| walk::with_evaluation(inputs, |walk| wrong(walk, expression, expect)));
            differences.extend(wrong.unwrap());
        }
    }
    assert!(differences.is_empty(), "{} of {count} differ:\n{}", differences.len(), differences.join("\n"));
    assert!(count > 1_500, "only {count} cases");
}
