//! From the text of a file to objects: documents, lists, and what is no manifest at all.

use std::sync::Arc;

use super::Rendered;
use super::pointers::Reading;
use crate::model::{Kind, Location, Problem, ProblemKind, Value};
use crate::repo::Tree;
use crate::yaml::{self, Dialect, Schema};

/// How manifests are written. A tag of somebody's own is nothing to kubectl: the value stands as it is.
pub(super) const MANIFEST: Dialect<'static> = Dialect { schema: Schema::Kubernetes, tags: Some(&|_, value| Ok(value)) };

/// How kustomize reads what a kustomization is made of, which is not how it reads the kustomization's own file.
pub(super) const OF_KUSTOMIZE: Dialect<'static> = Dialect { schema: Schema::Kustomize, ..MANIFEST };

/// Lists in lists.
const MAX_NESTED_LISTS: usize = 4;

/// The objects of a file that is named as a manifest.
pub(super) fn of_file(tree: &Tree, path: &str) -> Rendered {
    match tree.read_text(path) {
        Ok(text) => of_text(&path.into(), &text),
        Err(error) => Rendered::unread(error.problem()),
    }
}

/// The objects of a file in a folder where other files lie, too: what says nothing of a manifest is none.
pub(super) fn of_file_among_others(tree: &Tree, path: &str, reading: Reading) -> Rendered {
    let text = match tree.read_text(path) {
        Ok(text) => text,
        Err(error) => return Rendered::unread(error.problem()),
    };
    if !(text.contains("apiVersion") || text.contains("kind")) {
        return Rendered::default();
    }
    let dialect = if reading == Reading::AsKustomization { &OF_KUSTOMIZE } else { &MANIFEST };
    of_text_in(dialect, &path.into(), &text, true)
}

/// The objects of a text that kubectl would get.
pub(super) fn of_text(file: &Arc<str>, text: &str) -> Rendered {
    of_text_in(&MANIFEST, file, text, false)
}

/// The objects of a text that kustomize gets.
pub(super) fn of_resource(file: &Arc<str>, text: &str) -> Rendered {
    of_text_in(&OF_KUSTOMIZE, file, text, false)
}

/// The objects of a text. `among_others`: a document without `apiVersion` and `kind` is another tool's.
fn of_text_in(dialect: &Dialect<'_>, file: &Arc<str>, text: &str, among_others: bool) -> Rendered {
    let documents = match yaml::load(file, text, dialect) {
        Ok(documents) => documents,
        Err(problem) => return Rendered::unread(problem),
    };
    let mut rendered = Rendered::default();
    for document in documents {
        add(document, among_others, 0, &mut rendered, file);
    }
    rendered
}

fn add(document: Value, among_others: bool, depth: usize, rendered: &mut Rendered, file: &Arc<str>) {
    let is_list_of_objects = |value: &Value| {
        let kind = value.get("kind").and_then(Value::as_str).unwrap_or_default();
        kind.ends_with("List") && value.get("items").is_some_and(|items| items.as_list().is_some())
    };
    match document.kind {
        // A document of comments alone.
        Kind::Null => {}
        Kind::Object(_) if among_others && document.get("apiVersion").is_none() && document.get("kind").is_none() => {}
        Kind::Object(_) if is_list_of_objects(&document) => {
            let Kind::Object(mut members) = document.kind else { return };
            let items = match members.remove("items").map(|items| items.kind) {
                Some(Kind::List(items)) if depth < MAX_NESTED_LISTS => items,
                _ => {
                    let problem = Problem::new(ProblemKind::Invalid, &**file, "lists in lists in lists");
                    return rendered.add(Rendered::unread(problem.at(document.at)));
                }
            };
            items.into_iter().for_each(|item| add(item, false, depth + 1, rendered, file));
        }
        Kind::Object(_) => {
            let at = document.at.clone().unwrap_or_else(|| Location::new(Arc::clone(file), 1, 1));
            rendered.objects.push(document.located(Some(at)));
        }
        _ if among_others => {}
        _ => {
            let problem = Problem::new(ProblemKind::Invalid, &**file, "a document that is no object");
            rendered.add(Rendered::unread(problem.at(document.at)));
        }
    }
}

/// Whether a file has the name of a manifest.
pub(super) fn is_named_like_manifest(file: &str) -> bool {
    [".yaml", ".yml", ".json"].iter().any(|ending| file.ends_with(ending))
}

/// Whether a file is likely a manifest: from its name and a look at its text, without parsing it.
pub fn looks_like_manifest(file: &str, text: &str) -> bool {
    let has = |key: &str| {
        let begins = |line: &str| {
            let line = line.trim_start_matches(['\u{feff}', ' ', '{', ',', '-', '"', '\'']);
            line.strip_prefix(key).is_some_and(|rest| rest.trim_start_matches(['"', '\'', ' ']).starts_with(':'))
        };
        text.split(['\n', ',']).any(begins)
    };
    is_named_like_manifest(file) && has("apiVersion") && has("kind")
}
