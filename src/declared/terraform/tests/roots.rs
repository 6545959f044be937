//! Whole root modules against what Terraform plans for them.
//!
//! Each folder of `tests/fixtures/terraform` with an `expected.json`, which
//! `scripts/generate-terraform-expectations.py` writes: every argument that Terraform knows from the configuration is
//! known here and equal, and what it does not know is not known here either.

use std::collections::BTreeMap;

use serde_json::Value as Json;

use super::super::{Context, Inputs, evaluate};
use super::{messages, resource};
use crate::model::{Bindings, Fingerprinter, Kind, Value};
use crate::repo::Tree;

/// What was counted of a root module.
#[derive(Default)]
struct Count {
    resources: usize,
    known: usize,
    secret: usize,
    unknown: BTreeMap<String, usize>,
    wrong: Vec<String>,
}

impl Count {
    fn wrong(&mut self, path: &str, expected: &Json, found: Option<&Value>) {
        let found = found.map_or_else(|| "nothing".to_owned(), |found| found.to_json().to_string());
        self.wrong.push(format!("{path}\n  Terraform: {expected}\n  here:      {found}"));
    }

    fn value(&mut self, path: &str, expected: &Json, found: Option<&Value>) {
        if expected.get("$unknown").is_some() {
            return match found.map(|found| &found.kind) {
                Some(Kind::Unknown(unknown)) => *self.unknown.entry(reason(&unknown.reason)).or_default() += 1,
                None => *self.unknown.entry("computed by the provider".to_owned()).or_default() += 1,
                Some(_) => self.wrong(path, expected, found),
            };
        }
        let (set, items) = match expected.get("$set") {
            Some(items) => (true, items.as_array()),
            None => (false, expected.as_array()),
        };
        match (found.map(|found| &found.kind), items, expected.as_object()) {
            (Some(Kind::Sensitive(_)), _, _) => self.secret += 1,
            (Some(Kind::List(found)), Some(items), _) if found.len() == items.len() => {
                let mut left: Vec<&Value> = found.iter().collect();
                for (at, item) in items.iter().enumerate() {
                    // The order of a set means nothing: any item that agrees is the one.
                    let position = if set { left.iter().position(|one| agrees(item, one)).unwrap_or(0) } else { 0 };
                    self.value(&format!("{path}[{at}]"), item, Some(left.remove(position)));
                }
            }
            (Some(Kind::Object(found)), None, Some(members)) if !set => {
                for (name, member) in members {
                    let path = format!("{path}.{name}");
                    match found.get(name) {
                        // The provider fills in what a block leaves out.
                        None if is_default(member) => {}
                        found => self.value(&path, member, found),
                    }
                }
                for name in found.keys().filter(|name| !members.contains_key(*name)) {
                    self.wrong(&format!("{path}.{name}"), &Json::Null, found.get(name));
                }
            }
            (Some(_), None, None) if found.is_some_and(|found| same(expected, found)) => self.known += 1,
            _ => self.wrong(path, expected, found),
        }
    }
}

fn agrees(expected: &Json, found: &Value) -> bool {
    let mut count = Count::default();
    count.value("", expected, Some(found));
    count.wrong.is_empty()
}

/// Whether two scalars are the same in the type that the provider's schema wants. The provider writes JSON anew.
fn same(expected: &Json, found: &Value) -> bool {
    let document = |text: &str| serde_json::from_str::<Json>(text).ok().filter(Json::is_object);
    if let (Some(expected), Some(found)) = (expected.as_str().and_then(document), found.as_str().and_then(document)) {
        return expected == found;
    }
    let expected = Value::from_json(expected);
    expected == *found || expected.as_scalar_text().is_some_and(|text| found.as_scalar_text() == Some(text))
}

fn is_default(value: &Json) -> bool {
    let items = value.get("$set").unwrap_or(value);
    value.get("$unknown").is_some()
        || items.as_array().is_some_and(Vec::is_empty)
        || matches!(value, Json::Null | Json::Bool(false))
        || value == ""
        || value == 0
}

/// A reason without the addresses in it.
fn reason(reason: &str) -> String {
    match reason.split_once(" is only known ") {
        Some((_, rest)) => format!("only known {rest}"),
        None => reason.to_owned(),
    }
}

fn check(name: &str, resources: usize) {
    let root = format!("{}/tests/fixtures/terraform", env!("CARGO_MANIFEST_DIR"));
    let tree = Tree::work_tree(&root).unwrap();
    let nothing = BTreeMap::new();
    let evaluated = evaluate(&Inputs {
        tree: &tree,
        folder: name,
        var_files: &[],
        variables: &nothing,
        environment: &nothing,
        modules: &nothing,
        workspace: "default",
        bindings: &Bindings::default(),
        context: &Context::default(),
        states: &|_| None,
        fingerprints: &Fingerprinter::new(*b"key"),
    });
    assert_eq!(messages(&evaluated.problems), [""; 0]);
    let expected: BTreeMap<String, Json> =
        serde_json::from_str(&tree.read_text(&format!("{name}/expected.json")).unwrap()).unwrap();
    let addresses: Vec<_> = evaluated.resources.iter().map(|resource| &resource.address).collect();
    let mut planned: Vec<_> = expected.keys().collect();
    planned.sort();
    assert_eq!(addresses, planned);
    let mut count = Count { resources: addresses.len(), ..Count::default() };
    for (address, arguments) in &expected {
        let found = resource(&evaluated, address);
        for (argument, value) in arguments.as_object().unwrap() {
            count.value(&format!("{address}.{argument}"), value, found.attributes.get(argument));
        }
    }
    println!("{name}: {} resources, {} values known, {} secret", count.resources, count.known, count.secret);
    for (reason, times) in &count.unknown {
        println!("  {times} unknown: {reason}");
    }
    assert!(count.wrong.is_empty(), "{}", count.wrong.join("\n"));
    assert_eq!(count.resources, resources);
}

#[test]
fn a_platform_of_networks_and_services_is_known_as_terraform_knows_it() {
    check("platform", 59);
}

#[test]
fn services_made_of_files_and_policies_are_known_as_terraform_knows_them() {
    check("services", 42);
}

#[test]
fn a_landing_zone_in_two_syntaxes_with_overrides_is_known_as_terraform_knows_it() {
    check("landing", 42);
}
