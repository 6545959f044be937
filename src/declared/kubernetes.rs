//! Kubernetes objects as a repository declares them: manifests, kustomizations, charts, and the objects of Argo CD and
//! Flux that point at these.
//!
//! Everything but `programs` is pure over the repository's files. An object is compared as the API server gets it: what
//! a kustomization or a chart makes of a file, read by kubectl's rules, with the place where each value was written.

mod declare;
mod documents;
mod find;
mod helm;
mod kustomize;
mod pointers;
mod programs;

use std::collections::{BTreeMap, BTreeSet};

use super::Read;
use crate::config::{HelmRelease, KustomizeBy};
use crate::model::{Problem, ProblemKind, Skipped, Value};
use crate::repo::{self, EntryKind, ReadError, Tree};
use helm::Release;
use pointers::{Reading, Source};

pub use documents::looks_like_manifest;
pub use find::{Found, FoundKind, found};
pub use programs::{Kustomize, Programs};

/// Pointers at pointers.
const MAX_POINTERS: usize = 16;

/// What objects are read from.
#[derive(Clone, Copy, Debug)]
pub struct Inputs<'a> {
    /// The repository.
    pub tree: &'a Tree,
    /// A manifest, or a folder: of manifests, of a kustomization, of a chart.
    pub path: &'a str,
    /// The namespace of objects that name none.
    pub namespace: &'a str,
    /// How a chart is released.
    pub helm: Option<&'a HelmRelease>,
    /// What builds kustomizations.
    pub kustomize: KustomizeBy,
    /// The programs that may be run.
    pub programs: &'a Programs,
}

/// What some files declare, before it is told which objects they are.
#[derive(Debug, Default)]
struct Rendered {
    /// The objects, each with its place.
    objects: Vec<Value>,
    problems: Vec<Problem>,
    /// What is left out on purpose: type or folder, and reason.
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

/// Reads the objects that lie at a path, and those that they point at.
pub fn read(inputs: &Inputs<'_>) -> Read {
    let source = Source {
        path: repo::join("", inputs.path).unwrap_or_else(|_| inputs.path.to_owned()),
        release: release(inputs),
        ..Source::default()
    };
    let rendered = Renderer { inputs, chain: Vec::new() }.source(source);
    let nothing = rendered.objects.is_empty() && rendered.problems.is_empty() && rendered.skipped.is_empty();
    let mut declared = declare::declared(rendered, inputs.namespace);
    if nothing {
        // Nothing read is not the same as nothing declared: a path with a slip must not look clean.
        let problem = Problem::new(ProblemKind::Unreadable, shown(inputs.path), "holds no Kubernetes object");
        declared.problems.push(problem.remedy("name a manifest, a folder of manifests, a kustomization or a chart"));
    }
    declared
}

/// The release that the configuration describes; a chart without a description is released under its folder's name.
fn release(inputs: &Inputs<'_>) -> Release {
    let folder = inputs.path.trim_end_matches('/').rsplit('/').next().unwrap_or_default();
    match inputs.helm {
        None => Release { name: folder.to_owned(), ..Release::default() },
        Some(helm) => Release {
            name: helm.release.clone().unwrap_or_else(|| folder.to_owned()),
            values: helm.values.clone(),
            set: helm.set.clone(),
            set_string: helm.set_string.clone(),
            kube_version: helm.kube_version.clone(),
            api_versions: helm.api_versions.clone(),
            ..Release::default()
        },
    }
}

/// Reads sources, and follows what points at others.
struct Renderer<'a> {
    inputs: &'a Inputs<'a>,
    /// The paths that are being read, outermost first.
    chain: Vec<String>,
}

impl Renderer<'_> {
    fn source(&mut self, source: Source) -> Rendered {
        let (mut rendered, walked) = self.render(&source);
        if let Some(substitution) = &source.substitution {
            rendered.objects.iter_mut().for_each(|object| substitution.apply(object));
        }
        if let Some(namespace) = &source.namespace {
            rendered.objects.iter_mut().for_each(|object| declare::fill_namespace(object, namespace));
        }
        self.chain.push(source.path);
        let pointed = self.pointed(&mut rendered, walked);
        self.chain.pop();
        rendered.add(pointed);
        rendered
    }

    /// The objects of a source, and whether they were looked for in every folder below it.
    fn render(&self, source: &Source) -> (Rendered, bool) {
        let tree = self.inputs.tree;
        if tree.kind(&source.path) != Some(EntryKind::Folder) {
            return (documents::of_file(tree, &source.path), false);
        }
        match find::kind_of(tree, &source.path) {
            FoundKind::Kustomization => (self.kustomization(&source.path, source.overlay.clone()), false),
            FoundKind::Chart => {
                let namespace = source.namespace.as_deref().unwrap_or(self.inputs.namespace).to_owned();
                let release = Release { chart: source.path.clone(), namespace, ..source.release.clone() };
                (helm::template(tree, self.inputs.programs, &release), false)
            }
            FoundKind::Manifests => {
                let rendered = match source.reading {
                    Reading::Flat => flat(tree, &source.path),
                    Reading::Recursive | Reading::AsKustomization => self.folder(&source.path, source.reading),
                };
                let walked = source.reading != Reading::Flat;
                if source.overlay.is_empty() {
                    return (rendered, walked);
                }
                let Rendered { objects, problems, skipped, is_partial } = rendered;
                let mut laid_over = kustomize::overlaid(tree, &source.path, source.overlay.clone(), objects)
                    .unwrap_or_else(|problem| Rendered::unread(*problem));
                laid_over.add(Rendered { objects: Vec::new(), problems, skipped, is_partial });
                (laid_over, walked)
            }
        }
    }

    /// What is built here has places, so the program comes second: it is asked for what is not known here.
    fn kustomization(&self, path: &str, overlay: BTreeMap<String, Value>) -> Rendered {
        let tree = self.inputs.tree;
        let program = self.inputs.programs.kustomize.as_ref();
        let is_plain = overlay.is_empty();
        let built = kustomize::build(tree, path, overlay);
        let built = built.or_else(|problem| match (problem.kind, self.inputs.kustomize, program) {
            (ProblemKind::NotSupported, KustomizeBy::Auto, Some(program)) if is_plain => {
                kustomize::build_with(program, tree, path)
            }
            (ProblemKind::NotSupported, KustomizeBy::Auto, None) => {
                Err(Box::new(problem.remedy("install kustomize or kubectl where driftledger runs")))
            }
            _ => Err(problem),
        });
        built.unwrap_or_else(|problem| Rendered::unread(*problem))
    }

    /// The manifests below a folder. What is a chart or a kustomization there is not a folder of manifests.
    fn folder(&self, path: &str, reading: Reading) -> Rendered {
        let tree = self.inputs.tree;
        let walk = tree.walk(path);
        let mut rendered = Rendered {
            problems: walk.unread.iter().map(ReadError::problem).collect(),
            is_partial: !walk.unread.is_empty(),
            ..Rendered::default()
        };
        let inner = find::units(tree, &walk.files);
        for (folder, kind) in &inner {
            if (reading, *kind) == (Reading::AsKustomization, FoundKind::Kustomization) {
                rendered.add(self.kustomization(folder, BTreeMap::new()));
                continue;
            }
            let reason = format!("{} in a folder of manifests: make it a stack of its own", kind.noun());
            rendered.skipped.push((folder.clone(), reason));
        }
        let is_plain = |file: &&String| !inner.keys().any(|folder| super::cdk::is_in(file, folder));
        for file in walk.files.iter().filter(|file| documents::is_named_like_manifest(file)).filter(is_plain) {
            rendered.add(documents::of_file_among_others(tree, file, reading));
        }
        rendered
    }

    /// What the objects of a source point at. In a folder that was walked, what is pointed at is not a part of it.
    fn pointed(&mut self, rendered: &mut Rendered, walked: bool) -> Rendered {
        let tree = self.inputs.tree;
        let sources = rendered.objects.iter().flat_map(|object| pointers::sources(tree, object, &rendered.objects));
        let mut pointed = Rendered::default();
        let mut waiting = Vec::new();
        for source in sources {
            match source {
                // A folder may hold the object that points at it: it is read already.
                Ok(source) if self.chain.contains(&source.path) => {}
                Ok(source) if self.chain.len() >= MAX_POINTERS => {
                    let problem =
                        Problem::new(ProblemKind::Invalid, source.path, "is pointed at over more than 16 steps");
                    pointed.add(Rendered::unread(problem));
                }
                Ok(source) => waiting.push(source),
                Err(problem) => pointed.add(Rendered::unread(problem)),
            }
        }
        if walked {
            let is_of_other =
                |path: &str| waiting.iter().any(|source| path == source.path || super::cdk::is_in(path, &source.path));
            rendered.objects.retain(|object| object.at.as_ref().is_none_or(|at| !is_of_other(&at.file)));
            rendered.skipped.retain(|(folder, _)| !is_of_other(folder));
        }
        for source in waiting {
            let read = self.source(source);
            pointed.add(read);
        }
        pointed
    }
}

/// The manifests in a folder, without those below it.
fn flat(tree: &Tree, path: &str) -> Rendered {
    let entries = match tree.list(path) {
        Ok(entries) => entries,
        Err(error) => return Rendered::unread(error.problem()),
    };
    let mut rendered = Rendered::default();
    for entry in entries.iter().filter(|entry| !entry.is_dir && documents::is_named_like_manifest(&entry.name)) {
        if let Ok(file) = repo::join(path, &entry.name) {
            rendered.add(documents::of_file_among_others(tree, &file, Reading::Flat));
        }
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
