//! Kustomizations, built as `kustomize build` builds them, with the place where each value was written.
//!
//! What a plain overlay needs is built here. A field that is not known here leaves the whole kustomization unread:
//! nobody could say what it would have changed. The order of the steps, the fields that each of them looks at and the
//! content hash are those of kustomize 5.6, which `scripts/generate-kustomize-cases.py` asks for the expected objects.

mod fields;
mod file;
mod generate;
mod images;
mod json_patch;
mod labels;
mod merge;
mod names;
mod patches;
mod resource;
mod selector;

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::sync::Arc;

use super::helm::set_place;
use super::programs::{Kustomize, RunError, Workspace};
use super::{Rendered, documents, shown};
use crate::model::{Location, Problem, ProblemKind, Value};
use crate::repo::{self, EntryKind, Tree};
use file::{File, Role};
use resource::Resource;

/// Kustomizations that build on kustomizations.
const MAX_DEPTH: usize = 32;
/// Folders and files that one build reads; bases of bases multiply.
const MAX_LOADS: usize = 5_000;
/// Objects of one build.
const MAX_RESOURCES: usize = 50_000;

/// Why a kustomization is not built. Boxed: it carries its place and excerpt.
type Refusal = Box<Problem>;

/// Builds the kustomization of a folder. `overlay`: fields of another one that is laid over it.
///
/// # Errors
/// Why it is not built; [`ProblemKind::NotSupported`] says that kustomize itself may build it.
pub(super) fn build(tree: &Tree, folder: &str, overlay: BTreeMap<String, Value>) -> Result<Rendered, Refusal> {
    let mut build = Build::new(tree);
    let mut resources = Vec::new();
    build.accumulate(folder, Role::Kustomization, &mut resources)?;
    build.finish(folder, overlay, resources)
}

/// Lays fields of a kustomization over objects of a folder that has none.
///
/// # Errors
/// As [`build`].
pub(super) fn overlaid(
    tree: &Tree,
    folder: &str,
    overlay: BTreeMap<String, Value>,
    objects: Vec<Value>,
) -> Result<Rendered, Refusal> {
    let mut resources = Vec::new();
    for object in objects {
        resource::append(&mut resources, Resource::new(object)?)?;
    }
    Build::new(tree).finish(folder, overlay, resources)
}

/// Builds the kustomization of a folder with the program that is there for it. Nothing tells where the values that it
/// prints were written, so they all have the place of the kustomization.
///
/// # Errors
/// Why it is not built.
pub(super) fn build_with(program: &Kustomize, tree: &Tree, folder: &str) -> Result<Rendered, Refusal> {
    let file = File::path(tree, folder)?;
    let run = || {
        let workspace = Workspace::new()?;
        // What it builds on may lie anywhere in the repository.
        let copy = workspace.copy(tree, "", "repository")?.join(folder);
        match program {
            Kustomize::Kustomize(path) => workspace.run(path, &[OsStr::new("build"), copy.as_os_str()]),
            Kustomize::Kubectl(path) => workspace.run(path, &[OsStr::new("kustomize"), copy.as_os_str()]),
        }
    };
    let text = run().map_err(|error: RunError| {
        let message = format!("kustomize does not build it: {error}");
        Box::new(Problem::new(ProblemKind::Unevaluated, shown(folder), message))
    })?;
    let mut rendered = documents::of_text(&file, &text);
    let at = Location::new(file, 1, 1);
    rendered.objects.iter_mut().for_each(|object| set_place(object, &at));
    Ok(rendered)
}

/// An entry of `images` for an image that is written as `[old=]new[:tag][@digest]`.
pub(super) fn image_entry(text: &str) -> Value {
    images::entry(text)
}

/// One build.
struct Build<'a> {
    tree: &'a Tree,
    /// The folders that are being built, outermost first.
    chain: Vec<String>,
    loads: usize,
}

impl<'a> Build<'a> {
    fn new(tree: &'a Tree) -> Self {
        Self { tree, chain: Vec::new(), loads: 0 }
    }

    fn finish(
        &mut self,
        folder: &str,
        overlay: BTreeMap<String, Value>,
        mut resources: Vec<Resource>,
    ) -> Result<Rendered, Refusal> {
        if !overlay.is_empty() {
            self.build_file(&File::of(folder, overlay), &mut resources)?;
        }
        for resource in &mut resources {
            generate::add_hash(resource);
        }
        names::fix_references(&mut resources)?;
        let objects = resources.into_iter().map(|resource| resource.value).collect();
        Ok(Rendered { objects, ..Rendered::default() })
    }

    /// What a kustomization makes, added to what is there; a component works on that, too.
    fn accumulate(&mut self, folder: &str, role: Role, resources: &mut Vec<Resource>) -> Result<(), Refusal> {
        self.count(folder)?;
        if self.chain.iter().any(|outer| outer == folder) || self.chain.len() == MAX_DEPTH {
            let problem = Problem::new(ProblemKind::Invalid, shown(folder), "the kustomization builds on itself");
            return Err(Box::new(problem.remedy(format!("from {}", self.chain.join(" to ")))));
        }
        let file = File::load(self.tree, folder)?;
        if file.role() != role {
            let message = format!("is {}, and used as {}", file.role().noun(), role.noun());
            return Err(Box::new(Problem::new(ProblemKind::Invalid, shown(folder), message)));
        }
        self.chain.push(folder.to_owned());
        // A component sees what is there already; a base is built by itself.
        let mut own = if role == Role::Component { std::mem::take(resources) } else { Vec::new() };
        let built = self.build_file(&file, &mut own);
        self.chain.pop();
        built?;
        for resource in own {
            resource::append(resources, resource)?;
        }
        if resources.len() > MAX_RESOURCES {
            return Err(Box::new(Problem::new(ProblemKind::Invalid, shown(folder), "makes more than 50,000 objects")));
        }
        Ok(())
    }

    fn build_file(&mut self, file: &File, resources: &mut Vec<Resource>) -> Result<(), Refusal> {
        for entry in file.texts(&["resources", "bases"])? {
            self.resource(file, entry, resources)?;
        }
        generate::generate(self.tree, file, resources)?;
        for entry in file.texts(&["components"])? {
            let path = self.local(file, entry)?;
            self.accumulate(&path, Role::Component, resources)?;
        }
        patches::merge(self.tree, file, resources)?;
        names::set_namespace(file, resources)?;
        names::add_affixes(file, resources)?;
        labels::add(file, resources)?;
        patches::json(self.tree, file, resources)?;
        images::set_replicas(file, resources)?;
        images::set_images(file, resources)
    }

    fn resource(&mut self, file: &File, entry: &Value, resources: &mut Vec<Resource>) -> Result<(), Refusal> {
        let path = self.local(file, entry)?;
        if self.tree.kind(&path) == Some(EntryKind::Folder) {
            return self.accumulate(&path, Role::Kustomization, resources);
        }
        self.count(&path)?;
        let text = self.tree.read_text(&path).map_err(|error| error.problem().at(entry.at.clone()))?;
        let read = documents::of_resource(&Arc::from(path), &text);
        if let Some(problem) = read.problems.into_iter().next() {
            return Err(Box::new(problem));
        }
        for object in read.objects {
            resource::append(resources, Resource::new(object)?)?;
        }
        Ok(())
    }

    /// The path in the repository that an entry names.
    fn local(&self, file: &File, entry: &Value) -> Result<String, Refusal> {
        let name = entry.as_str().unwrap_or_default();
        let path = repo::join(&file.folder, name);
        let is_there = path.as_ref().is_ok_and(|path| self.tree.kind(path).is_some());
        if !is_there && is_remote(name) {
            let problem = Problem::new(
                ProblemKind::Unevaluated,
                shown(&file.folder),
                format!("{name} is not in this repository"),
            );
            return Err(Box::new(problem.remedy("keep a copy of it in the repository").at(entry.at.clone())));
        }
        Ok(path.map_err(|error| error.problem().at(entry.at.clone()))?)
    }

    fn count(&mut self, path: &str) -> Result<(), Refusal> {
        self.loads += 1;
        match self.loads > MAX_LOADS {
            true => Err(Box::new(Problem::new(
                ProblemKind::Invalid,
                shown(path),
                "one of more than 5,000 files of a build",
            ))),
            false => Ok(()),
        }
    }
}

/// Whether an entry names another repository: an address, or a host with a path.
fn is_remote(name: &str) -> bool {
    let host = name.split('/').next().unwrap_or_default();
    name.contains("://")
        || name.contains("?ref=")
        || name.starts_with("git@")
        || (host.contains('.') && !host.starts_with('.') && name.contains('/'))
}

/// The problem of something in a kustomization.
fn wrong(at: Option<&Location>, folder: &str, message: impl Into<String>) -> Refusal {
    let scope = at.map_or_else(|| shown(folder).to_owned(), |at| at.file.to_string());
    Box::new(Problem::new(ProblemKind::Invalid, scope, message).at(at.cloned()))
}

#[cfg(test)]
mod tests;
