//! `patches`, `patchesStrategicMerge` and `patchesJson6902`.

use std::sync::Arc;

use super::file::{File, flag, text};
use super::resource::{Id, Resource};
use super::selector::Selector;
use super::{Refusal, json_patch, merge, wrong};
use crate::declared::kubernetes::documents::{MANIFEST, OF_KUSTOMIZE};
use crate::model::{Kind, Location, Problem, ProblemKind, Value};
use crate::repo::{self, Tree};
use crate::yaml;

/// The documents of a patch, with the places where they are written.
struct Patch {
    documents: Vec<Value>,
    /// Where the kustomization names it.
    at: Option<Location>,
}

/// Applies what comes before names are changed: `patchesStrategicMerge`, then `patches`.
pub(super) fn merge(tree: &Tree, file: &File, resources: &mut Vec<Resource>) -> Result<(), Refusal> {
    for entry in file.texts(&["patchesStrategicMerge"])? {
        let patch = match entry.as_str().filter(|text| text.contains('\n') || text.trim_start().starts_with('{')) {
            Some(_) => inline(file, entry)?,
            None => from_file(tree, file, entry)?,
        };
        for document in patch.documents {
            merge_by_name(file, document, Renaming::default(), &patch.at, resources)?;
        }
    }
    for entry in file.items("patches")? {
        let patch = load(tree, file, entry)?;
        let target = entry.get("target").filter(|target| !target.is_empty());
        let target = target.map(|target| Selector::read(target, &file.folder)).transpose()?;
        match (patch.documents.as_slice(), target) {
            ([operations], target) if operations.as_list().is_some() => {
                let Some(target) = target else {
                    return Err(wrong(patch.at.as_ref(), &file.folder, "a JSON patch without a target"));
                };
                let meant = resources.iter_mut().filter(|resource| target.matches(resource));
                // What is renamed here is followed by its references; `patchesJson6902` does not do that.
                meant.for_each(Resource::remember);
                apply_json(file, operations, &target, &patch.at, resources)?;
            }
            ([document], Some(target)) => {
                let renaming = Renaming::read(entry, file)?;
                for position in 0..resources.len() {
                    if resources.get(position).is_some_and(|resource| target.matches(resource)) {
                        merge_into(file, document.clone(), renaming, &patch.at, resources, position)?;
                    }
                }
            }
            (_, Some(_)) => {
                return Err(wrong(patch.at.as_ref(), &file.folder, "several patches with one target"));
            }
            (documents, None) => {
                let renaming = Renaming::read(entry, file)?;
                for document in documents {
                    merge_by_name(file, document.clone(), renaming, &patch.at, resources)?;
                }
            }
        }
        resources.retain(|resource| resource.value.kind != Kind::Null);
    }
    resources.retain(|resource| resource.value.kind != Kind::Null);
    Ok(())
}

/// Applies `patchesJson6902`.
pub(super) fn json(tree: &Tree, file: &File, resources: &mut [Resource]) -> Result<(), Refusal> {
    for entry in file.items("patchesJson6902")? {
        let patch = load(tree, file, entry)?;
        let refuse = |message: &str| wrong(entry.at.as_ref(), &file.folder, message);
        let target = entry.get("target").ok_or_else(|| refuse("a JSON patch without a target"))?;
        let target = Selector::read(target, &file.folder)?;
        let [operations] = patch.documents.as_slice() else { return Err(refuse("not one JSON patch")) };
        apply_json(file, operations, &target, &patch.at, resources)?;
    }
    Ok(())
}

/// What a patch may change besides the content.
#[derive(Clone, Copy, Default)]
struct Renaming {
    name: bool,
    kind: bool,
}

impl Renaming {
    fn read(entry: &Value, file: &File) -> Result<Self, Refusal> {
        let Some(options) = entry.get("options") else { return Ok(Self::default()) };
        let allows = |option: &str| flag(options, option, &file.folder);
        Ok(Self { name: allows("allowNameChange")?, kind: allows("allowKindChange")? })
    }
}

fn load(tree: &Tree, file: &File, entry: &Value) -> Result<Patch, Refusal> {
    let given = |field: &str| Ok::<_, Refusal>(text(entry, field, &file.folder)?.and(entry.get(field)));
    match (given("path")?, given("patch")?) {
        (Some(path), None) => from_file(tree, file, path),
        (None, Some(patch)) => inline(file, patch),
        _ => Err(wrong(entry.at.as_ref(), &file.folder, "a patch needs either path or patch")),
    }
}

fn from_file(tree: &Tree, file: &File, entry: &Value) -> Result<Patch, Refusal> {
    let problem = |error: repo::ReadError| Box::new(error.problem().at(entry.at.clone()));
    let path = repo::join(&file.folder, entry.as_str().unwrap_or_default()).map_err(problem)?;
    let text = tree.read_text(&path).map_err(problem)?;
    let documents = documents(&Arc::from(path), &text)?;
    Ok(Patch { documents: written(documents), at: entry.at.clone() })
}

/// A patch that is written in the kustomization; its places are those in the kustomization.
fn inline(file: &File, entry: &Value) -> Result<Patch, Refusal> {
    let text = entry.as_str().unwrap_or_default();
    let at = entry.at.clone().unwrap_or_else(|| Location::new(file.folder.as_str(), 1, 1));
    let documents = documents(&at.file, text).map_err(|problem| {
        // Its excerpt is not of the file.
        let message = format!("the patch is not valid: {}", problem.message);
        Box::new(Problem::new(ProblemKind::Invalid, &*at.file, message).at(Some(at.clone())))
    })?;
    let is_block = text.contains('\n');
    let documents = documents.into_iter().map(|document| moved(document, &at, is_block)).collect();
    Ok(Patch { documents: written(documents), at: entry.at.clone() })
}

/// The documents of a patch: one that is a list is a JSON patch, which kustomize reads by other rules.
fn documents(file: &Arc<str>, text: &str) -> Result<Vec<Value>, Problem> {
    let documents = yaml::load(file, text, &OF_KUSTOMIZE)?;
    match documents.iter().any(|document| document.as_list().is_some()) {
        true => yaml::load(file, text, &MANIFEST),
        false => Ok(documents),
    }
}

fn written(documents: Vec<Value>) -> Vec<Value> {
    documents.into_iter().filter(|document| document.kind != Kind::Null).collect()
}

/// A value of a text in a file, at its place in that file: a block begins where its first line does.
fn moved(value: Value, to: &Location, is_block: bool) -> Value {
    let kind = match value.kind {
        Kind::Object(members) => {
            Kind::Object(members.into_iter().map(|(key, member)| (key, moved(member, to, is_block))).collect())
        }
        Kind::List(items) => Kind::List(items.into_iter().map(|item| moved(item, to, is_block)).collect()),
        other => other,
    };
    let at = value.at.map(|at| match is_block {
        true => Location::new(Arc::clone(&to.file), to.line + at.line - 1, to.column + at.column - 1),
        false => to.clone(),
    });
    Value { kind, at }
}

fn apply_json(
    file: &File,
    operations: &Value,
    target: &Selector,
    at: &Option<Location>,
    resources: &mut [Resource],
) -> Result<(), Refusal> {
    let Some(operations) = operations.as_list() else {
        return Err(wrong(at.as_ref(), &file.folder, "a JSON patch is a list of operations"));
    };
    for resource in resources.iter_mut().filter(|resource| target.matches(resource)) {
        let name = resource.name().to_owned();
        json_patch::apply(&mut resource.value, operations)
            .map_err(|message| wrong(at.as_ref(), &file.folder, format!("the patch of {name}: {message}")))?;
    }
    Ok(())
}

/// Merges a patch into the one object that has or had its name.
fn merge_by_name(
    file: &File,
    patch: Value,
    renaming: Renaming,
    at: &Option<Location>,
    resources: &mut [Resource],
) -> Result<(), Refusal> {
    let id: Id = Resource::new(patch.clone())?.id();
    let mut meant = resources.iter().enumerate().filter(|(_, resource)| resource.is_or_was(&id));
    match (meant.next(), meant.next()) {
        (Some((position, _)), None) => merge_into(file, patch, renaming, at, resources, position),
        (None, _) => {
            let message = format!("a patch for {} {}, which is not there", id.kind, id.name);
            Err(wrong(patch.at.as_ref(), &file.folder, message))
        }
        _ => {
            Err(wrong(patch.at.as_ref(), &file.folder, format!("several objects are or were {} {}", id.kind, id.name)))
        }
    }
}

fn merge_into(
    file: &File,
    patch: Value,
    renaming: Renaming,
    at: &Option<Location>,
    resources: &mut [Resource],
    position: usize,
) -> Result<(), Refusal> {
    let Some(resource) = resources.get_mut(position).filter(|resource| resource.value.kind != Kind::Null) else {
        return Ok(());
    };
    if renaming.name || renaming.kind {
        resource.remember();
    }
    let (group, before) = (resource.group().to_owned(), resource.clone());
    let merged = merge::merge(&group, before.kind(), std::mem::take(&mut resource.value), patch)
        .map_err(|message| Box::new(Problem::new(ProblemKind::NotSupported, &file.folder, message).at(at.clone())))?;
    let Some(merged) = merged else { return Ok(()) };
    resource.value = merged;
    if let Kind::Object(members) = &mut resource.value.kind {
        // A patch for several objects names none of them.
        for (key, keeps) in [("apiVersion", true), ("kind", !renaming.kind)] {
            if let (true, Some(value)) = (keeps, before.value.get(key)) {
                members.insert(key.to_owned(), value.clone());
            }
        }
    }
    if !renaming.name {
        resource.set_metadata("name", before.name());
    }
    match before.namespace() {
        "" => resource.unset_namespace(),
        namespace => resource.set_metadata("namespace", namespace),
    }
    Ok(())
}
