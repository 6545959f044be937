//! Kubernetes objects as a repository declares them: manifests, kustomizations, charts, and the objects of Argo CD and
//! Flux that point at these.
//!
//! Everything but `programs` is pure over the repository's files. An object is compared as the API server gets it: what
//! a kustomization or a chart makes of a file, read by kubectl's rules, with the place where each value was written.

mod declare;
mod documents;
mod find;

use std::collections::{BTreeMap, BTreeSet};

use super::Read;
use crate::model::{Problem, ProblemKind, Skipped, Value};
use crate::repo::{EntryKind, Tree};

pub use documents::looks_like_manifest;
pub use find::{Found, FoundKind, found};

/// What objects are read from.
#[derive(Clone, Copy, Debug)]
pub struct Inputs<'a> {
    /// The repository.
    pub tree: &'a Tree,
    /// A manifest, or a folder: of manifests, or of a kustomization.
    pub path: &'a str,
    /// The namespace of objects that name none.
    pub namespace: &'a str,
}

/// What some files declare, before it is told which objects they are.
#[derive(Debug, Default)]
struct Rendered {
    /// The objects, each with its place.
    objects: Vec<Value>,
    problems: Vec<Problem>,
    /// What is left out on purpose: type and reason.
    skipped: Vec<(String, String)>,
    /// Something was not read: nothing else may be called undeclared.
    is_partial: bool,
}

impl Rendered {
    fn add(&mut self, other: Self) {
        self.objects.extend(other.objects);
        self.problems.extend(other.problems);
        self.skipped.extend(other.skipped);
        self.is_partial |= other.is_partial;
    }

    /// Nothing but a problem.
    fn unread(problem: Problem) -> Self {
        Self { problems: vec![problem], is_partial: true, ..Self::default() }
    }
}

/// Reads the objects that lie at a path.
pub fn read(inputs: &Inputs<'_>) -> Read {
    let rendered = render(inputs);
    let nothing = rendered.objects.is_empty() && rendered.problems.is_empty() && rendered.skipped.is_empty();
    let mut declared = declare::declared(rendered, inputs.namespace);
    if nothing {
        // Nothing read is not the same as nothing declared: a path with a slip must not look clean.
        let problem = Problem::new(ProblemKind::Unreadable, shown(inputs.path), "holds no Kubernetes object");
        declared.problems.push(problem.remedy("name a manifest, a folder of manifests or a kustomization"));
    }
    declared
}

fn render(inputs: &Inputs<'_>) -> Rendered {
    match inputs.tree.kind(inputs.path) {
        Some(EntryKind::Folder) => folder(inputs),
        _ => documents::of_file(inputs.tree, inputs.path),
    }
}

/// The manifests below a folder. What is a chart or a kustomization there is not a folder of manifests.
fn folder(inputs: &Inputs<'_>) -> Rendered {
    let walk = inputs.tree.walk(inputs.path);
    let mut rendered = Rendered {
        problems: walk.unread.iter().map(crate::repo::ReadError::problem).collect(),
        is_partial: !walk.unread.is_empty(),
        ..Rendered::default()
    };
    let inner = find::units(inputs.tree, &walk.files);
    for (folder, kind) in &inner {
        let reason = format!("{} in a folder of manifests: make it a stack of its own", kind.noun());
        rendered.skipped.push((folder.clone(), reason));
    }
    let is_plain = |file: &&String| !inner.keys().any(|folder| super::cdk::is_in(file, folder));
    for file in walk.files.iter().filter(|file| documents::is_named_like_manifest(file)).filter(is_plain) {
        rendered.add(documents::of_file_among_others(inputs.tree, file));
    }
    rendered
}

/// Counts of what was left out, sorted.
fn counted(skipped: Vec<(String, String)>) -> Vec<Skipped> {
    let mut counts: BTreeMap<(String, String), usize> = BTreeMap::new();
    for what in skipped {
        *counts.entry(what).or_default() += 1;
    }
    let row = |((resource_type, reason), count)| Skipped { resource_type, reason, count };
    counts.into_iter().map(row).collect()
}

/// Every address: nobody can say what else is declared.
fn everything() -> BTreeSet<String> {
    ["*".to_owned()].into()
}

/// A path in a repository as people write it.
fn shown(path: &str) -> &str {
    if path.is_empty() { "." } else { path }
}

#[cfg(test)]
mod tests;
