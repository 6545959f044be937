//! Objects of Argo CD and Flux that say what else of this repository is deployed.
//!
//! Only reads what they say; [`super::Renderer`] reads what they point at. They are objects of the cluster themselves
//! and stay among the declarations.

mod argo;
mod flux;
mod substitute;

use std::collections::BTreeMap;

use super::helm::Release;
use crate::model::{Location, Problem, ProblemKind, Value};
use crate::repo::{self, Tree};

pub(super) use substitute::Substitution;

/// Something in this repository that is deployed.
#[derive(Debug, Default)]
pub(super) struct Source {
    /// Its folder or file.
    pub path: String,
    /// Fields of a kustomization that is laid over it.
    pub overlay: BTreeMap<String, Value>,
    /// How it is released if it is a chart; the chart's folder is [`Self::path`].
    pub release: Release,
    /// How a folder of manifests is read.
    pub reading: Reading,
    /// The namespace of objects that name none.
    pub namespace: Option<String>,
    /// Variables that are filled in after everything else.
    pub substitution: Option<Substitution>,
}

/// How a folder of manifests is read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Reading {
    /// With the folders below it, as `kubectl apply --recursive` does.
    #[default]
    Recursive,
    /// Without the folders below it.
    Flat,
    /// As a kustomization that names every file and every kustomization below it.
    AsKustomization,
}

/// What an object points at: sources, or why one is not read.
pub(super) type Pointed = Vec<Result<Source, Problem>>;

/// What an object points at; empty for an object that is no pointer.
pub(super) fn sources(tree: &Tree, object: &Value, all: &[Value]) -> Pointed {
    let text = |key: &str| object.get(key).and_then(Value::as_str).unwrap_or_default();
    let group = text("apiVersion").split('/').next().unwrap_or_default();
    let pointer = Pointer { tree, object, all };
    match (group, text("kind")) {
        ("argoproj.io", "Application") => argo::application(&pointer),
        ("argoproj.io", "ApplicationSet") => {
            vec![Err(pointer.unread("makes applications as its controller decides: what they deploy is not read"))]
        }
        ("kustomize.toolkit.fluxcd.io", "Kustomization") => flux::kustomization(&pointer),
        ("helm.toolkit.fluxcd.io", "HelmRelease") => flux::helm_release(&pointer),
        _ => Vec::new(),
    }
}

/// An object that points at sources.
struct Pointer<'a> {
    tree: &'a Tree,
    object: &'a Value,
    /// The objects that are read with it: repositories are objects, too.
    all: &'a [Value],
}

impl Pointer<'_> {
    fn text(&self, keys: &[&str]) -> Option<&str> {
        self.object.at_keys(keys.iter().copied()).and_then(Value::as_str).filter(|text| !text.is_empty())
    }

    fn name(&self) -> &str {
        self.text(&["metadata", "name"]).unwrap_or_default()
    }

    fn problem(&self, kind: ProblemKind, message: impl Into<String>, at: Option<&Location>) -> Problem {
        let scope = format!("{} {}", self.text(&["kind"]).unwrap_or_default(), self.name());
        Problem::new(kind, scope, message).at(at.or(self.object.at.as_ref()).cloned())
    }

    fn unread(&self, message: impl Into<String>) -> Problem {
        self.problem(ProblemKind::Unevaluated, message, None)
    }

    /// A path in this repository.
    fn path(&self, folder: &str, path: &Value) -> Result<String, Problem> {
        let text = path.as_str().unwrap_or_default();
        let joined = repo::join(folder, text.trim_start_matches('/'));
        let found = joined.ok().filter(|path| self.tree.kind(path).is_some());
        found.ok_or_else(|| {
            self.problem(ProblemKind::Unreadable, format!("{text} is not in this repository"), path.at.as_ref())
        })
    }

    /// Refuses what is in another repository than this one.
    fn own_repository(&self, url: &str) -> Result<(), Problem> {
        let remotes = remotes(self.tree);
        let own = remotes.is_empty() || remotes.iter().any(|remote| place_of(remote) == place_of(url));
        match own {
            true => Ok(()),
            false => Err(self.unread(format!("takes its manifests from {url}, which is another repository"))),
        }
    }
}

/// The addresses of a repository's remotes; none are known of a commit, or of a folder in a repository.
fn remotes(tree: &Tree) -> Vec<String> {
    let config = tree.read_text(".git/config").unwrap_or_default();
    let url = |line: &str| Some(line.trim().strip_prefix("url")?.trim_start().strip_prefix('=')?.trim().to_owned());
    config.lines().filter_map(url).collect()
}

/// Host and path of a repository, however its address is written.
fn place_of(url: &str) -> String {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let host_first = match rest.split_once('@') {
        Some((user, rest)) if !user.contains('/') => rest,
        _ => rest,
    };
    let place = host_first.trim_end_matches('/').trim_end_matches(".git").to_ascii_lowercase();
    match place.split_once(':') {
        // A port, or the path of `git@host:path`.
        Some((host, rest)) => {
            format!("{host}/{}", rest.trim_start_matches(|c: char| c.is_ascii_digit()).trim_start_matches('/'))
        }
        None => place,
    }
}

/// The values under `keys` as texts.
fn texts(value: &Value) -> BTreeMap<String, String> {
    let members = value.as_object().into_iter().flatten();
    members.filter_map(|(key, value)| Some((key.clone(), value.as_scalar_text()?))).collect()
}

#[cfg(test)]
mod tests;
