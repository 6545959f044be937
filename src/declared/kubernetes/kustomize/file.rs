//! The file of a kustomization: which fields it has, and which of them are known here.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::{Refusal, shown, wrong};
use crate::declared::kubernetes::documents::MANIFEST;
use crate::declared::kubernetes::find::KUSTOMIZATIONS;
use crate::model::{Kind, Problem, ProblemKind, Value};
use crate::repo::{self, EntryKind, Tree};
use crate::yaml;

/// The fields that are built here.
const KNOWN: [&str; 21] = [
    "apiVersion",
    "kind",
    "metadata",
    "resources",
    "bases",
    "components",
    "namespace",
    "namePrefix",
    "nameSuffix",
    "commonLabels",
    "labels",
    "commonAnnotations",
    "patches",
    "patchesStrategicMerge",
    "patchesJson6902",
    "images",
    "replicas",
    "configMapGenerator",
    "secretGenerator",
    "generatorOptions",
    // The order of what is printed.
    "sortOptions",
];

/// What a kustomization file is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    /// It stands by itself.
    Kustomization,
    /// It changes what the kustomization has that names it.
    Component,
}

impl Role {
    pub(super) fn noun(self) -> &'static str {
        match self {
            Self::Kustomization => "a kustomization",
            Self::Component => "a component",
        }
    }
}

/// A kustomization's file.
#[derive(Debug)]
pub(super) struct File {
    /// Its folder.
    pub folder: String,
    value: Value,
}

impl File {
    /// A kustomization that stands in no file of its own.
    pub(super) fn of(folder: &str, fields: BTreeMap<String, Value>) -> Self {
        Self { folder: folder.to_owned(), value: Value::new(Kind::Object(fields)) }
    }

    /// The path of a folder's file.
    pub(super) fn path(tree: &Tree, folder: &str) -> Result<Arc<str>, Refusal> {
        let is_there = |path: &String| tree.kind(path) == Some(EntryKind::File);
        let mut paths = KUSTOMIZATIONS.iter().filter_map(|name| repo::join(folder, name).ok()).filter(is_there);
        let Some(path) = paths.next() else {
            let problem = Problem::new(ProblemKind::Unreadable, shown(folder), "has no kustomization.yaml");
            return Err(Box::new(problem));
        };
        if paths.next().is_some() {
            return Err(wrong(None, folder, "has several files of a kustomization"));
        }
        Ok(path.into())
    }

    pub(super) fn load(tree: &Tree, folder: &str) -> Result<Self, Refusal> {
        let path = Self::path(tree, folder)?;
        let text = tree.read_text(&path).map_err(|error| error.problem())?;
        let value = match <[Value; 1]>::try_from(yaml::load(&path, &text, &MANIFEST)?) {
            Ok([value]) if value.as_object().is_some() => value,
            _ => return Err(wrong(None, &path, "is not one mapping")),
        };
        for (field, given) in value.as_object().into_iter().flatten() {
            if !KNOWN.contains(&field.as_str()) && !given.is_empty() {
                let message = format!("{field} of a kustomization is not built here");
                let problem = Problem::new(ProblemKind::NotSupported, &*path, message);
                return Err(Box::new(problem.at(given.at.clone())));
            }
        }
        Ok(Self { folder: folder.to_owned(), value })
    }

    pub(super) fn role(&self) -> Role {
        match self.value.get("kind").and_then(Value::as_str) {
            Some("Component") => Role::Component,
            _ => Role::Kustomization,
        }
    }

    pub(super) fn get(&self, field: &str) -> Option<&Value> {
        self.value.get(field).filter(|value| value.kind != Kind::Null)
    }

    /// A field that is a text.
    pub(super) fn text(&self, field: &str) -> Result<Option<&str>, Refusal> {
        text(&self.value, field, &self.folder)
    }

    /// The items of a field that is a list.
    pub(super) fn items(&self, field: &str) -> Result<&[Value], Refusal> {
        items(&self.value, field, &self.folder)
    }

    /// The items of fields that are lists of texts.
    pub(super) fn texts<'f>(&'f self, fields: &[&str]) -> Result<Vec<&'f Value>, Refusal> {
        let mut all = Vec::new();
        for field in fields {
            for item in self.items(field)? {
                match item.as_str() {
                    Some(text) if !text.is_empty() => all.push(item),
                    _ => {
                        return Err(wrong(item.at.as_ref(), &self.folder, format!("an item of {field} is not a text")));
                    }
                }
            }
        }
        Ok(all)
    }

    /// The members of a field that is a mapping of texts.
    pub(super) fn pairs(&self, field: &str) -> Result<Vec<(String, Value)>, Refusal> {
        pairs(&self.value, field, &self.folder)
    }
}

/// A member that is a text; numbers and booleans are none, as kustomize has it.
pub(super) fn text<'v>(value: &'v Value, field: &str, folder: &str) -> Result<Option<&'v str>, Refusal> {
    match value.get(field).map(|found| (&found.kind, &found.at)) {
        None | Some((Kind::Null, _)) => Ok(None),
        Some((Kind::String(text), _)) => Ok(Some(text.as_str()).filter(|text| !text.is_empty())),
        Some((_, at)) => Err(wrong(at.as_ref(), folder, format!("{field} is not a text"))),
    }
}

/// The items of a member that is a list.
pub(super) fn items<'v>(value: &'v Value, field: &str, folder: &str) -> Result<&'v [Value], Refusal> {
    match value.get(field).map(|found| (&found.kind, &found.at)) {
        None | Some((Kind::Null, _)) => Ok(&[]),
        Some((Kind::List(items), _)) => Ok(items),
        Some((_, at)) => Err(wrong(at.as_ref(), folder, format!("{field} is not a list"))),
    }
}

/// The members of a member that is a mapping of texts.
pub(super) fn pairs(value: &Value, field: &str, folder: &str) -> Result<Vec<(String, Value)>, Refusal> {
    match value.get(field).map(|found| (&found.kind, &found.at)) {
        None | Some((Kind::Null, _)) => Ok(Vec::new()),
        Some((Kind::Object(members), _)) => members
            .iter()
            .map(|(key, member)| match member.as_str() {
                Some(_) => Ok((key.clone(), member.clone())),
                None => Err(wrong(member.at.as_ref(), folder, format!("{field}.{key} is not a text"))),
            })
            .collect(),
        Some((_, at)) => Err(wrong(at.as_ref(), folder, format!("{field} is not a mapping"))),
    }
}

/// A member that is a flag.
pub(super) fn flag(value: &Value, field: &str, folder: &str) -> Result<bool, Refusal> {
    match value.get(field).map(|found| (&found.kind, &found.at)) {
        None | Some((Kind::Null, _)) => Ok(false),
        Some((Kind::Bool(flag), _)) => Ok(*flag),
        Some((_, at)) => Err(wrong(at.as_ref(), folder, format!("{field} is neither true nor false"))),
    }
}
