//! Which folders of a repository hold objects, and as what.

use std::collections::{BTreeMap, BTreeSet};

use super::documents::{MANIFEST, looks_like_manifest};
use crate::declared::cdk::is_in;
use crate::model::Value;
use crate::repo::{self, EntryKind, Tree};
use crate::yaml;

/// The names of a kustomization's file.
pub(super) const KUSTOMIZATIONS: [&str; 3] = ["kustomization.yaml", "kustomization.yml", "Kustomization"];
/// The file that makes a folder a chart.
pub(super) const CHART: &str = "Chart.yaml";

/// Something in a repository that declares objects.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Found {
    /// Its path.
    pub path: String,
    /// What it is.
    pub kind: FoundKind,
}

/// What declares objects.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum FoundKind {
    /// A folder of manifests.
    Manifests,
    /// The folder of a kustomization.
    Kustomization,
    /// The folder of a chart.
    Chart,
}

impl FoundKind {
    /// What it is called, with its article.
    pub fn noun(self) -> &'static str {
        match self {
            Self::Manifests => "manifests",
            Self::Kustomization => "a kustomization",
            Self::Chart => "a chart",
        }
    }
}

/// What a folder is by the files in it.
pub(super) fn kind_of(tree: &Tree, folder: &str) -> FoundKind {
    let has = |name: &str| repo::join(folder, name).is_ok_and(|path| tree.kind(&path) == Some(EntryKind::File));
    if KUSTOMIZATIONS.iter().any(|name| has(name)) {
        FoundKind::Kustomization
    } else if has(CHART) {
        FoundKind::Chart
    } else {
        FoundKind::Manifests
    }
}

/// The charts and kustomizations among files, by folder, without those inside a chart.
pub(super) fn units(tree: &Tree, files: &[String]) -> BTreeMap<String, FoundKind> {
    let is_marker = |file: &&String| {
        let name = file.rsplit('/').next().unwrap_or_default();
        name == CHART || KUSTOMIZATIONS.contains(&name)
    };
    let folders: BTreeSet<_> = files.iter().filter(is_marker).map(|file| repo::parent(file)).collect();
    let units: BTreeMap<_, _> = folders.into_iter().map(|folder| (folder.to_owned(), kind_of(tree, folder))).collect();
    let charts: Vec<_> =
        units.iter().filter(|(_, kind)| **kind == FoundKind::Chart).map(|(folder, _)| folder).collect();
    let in_chart = |folder: &String| charts.iter().any(|chart| *chart != folder && is_in(folder, chart));
    units.iter().filter(|(folder, _)| !in_chart(folder)).map(|(folder, kind)| (folder.clone(), *kind)).collect()
}

/// What declares objects among the files of a repository: charts, the kustomizations that no other one builds on, and
/// the outermost folders with manifests that neither of them uses.
pub fn found(tree: &Tree, files: &[String]) -> Vec<Found> {
    let units = units(tree, files);
    let used: BTreeSet<String> = units
        .iter()
        .filter(|(_, kind)| **kind == FoundKind::Kustomization)
        .flat_map(|(folder, _)| parts(tree, folder))
        .collect();
    let mut found: Vec<_> = units
        .iter()
        .filter(|(folder, kind)| !used.contains(*folder) && (**kind == FoundKind::Chart || !is_component(tree, folder)))
        .map(|(folder, kind)| Found { path: folder.clone(), kind: *kind })
        .collect();
    let is_manifest = |file: &&String| {
        !units.keys().any(|folder| is_in(file, folder))
            && !used.contains(*file)
            && tree.read_text(file).is_ok_and(|text| looks_like_manifest(file, &text))
    };
    let folders: BTreeSet<_> = files.iter().filter(is_manifest).map(|file| repo::parent(file)).collect();
    let is_outermost = |folder: &&&str| !folders.iter().any(|other| other != *folder && is_in(folder, other));
    let manifests = folders.iter().filter(is_outermost);
    found.extend(manifests.map(|folder| Found { path: (*folder).to_owned(), kind: FoundKind::Manifests }));
    found.sort();
    found
}

/// The kustomization of a folder, as far as it can be read.
fn kustomization(tree: &Tree, folder: &str) -> Option<Value> {
    let path = KUSTOMIZATIONS
        .iter()
        .filter_map(|name| repo::join(folder, name).ok())
        .find(|path| tree.kind(path) == Some(EntryKind::File))?;
    let text = tree.read_text(&path).ok()?;
    yaml::load(&path.into(), &text, &MANIFEST).ok()?.into_iter().next()
}

fn is_component(tree: &Tree, folder: &str) -> bool {
    kustomization(tree, folder).is_some_and(|read| read.get("kind").and_then(Value::as_str) == Some("Component"))
}

/// The files and folders of the repository that a kustomization names.
fn parts(tree: &Tree, folder: &str) -> Vec<String> {
    let Some(read) = kustomization(tree, folder) else { return Vec::new() };
    let lists = ["resources", "bases", "components", "patchesStrategicMerge"];
    let named = lists.iter().filter_map(|list| read.get(list)?.as_list()).flatten();
    let patches =
        read.get("patches").and_then(Value::as_list).into_iter().flatten().filter_map(|patch| patch.get("path"));
    named.chain(patches).filter_map(|part| repo::join(folder, part.as_str()?).ok()).collect()
}
