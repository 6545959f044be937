//! Kustomizations and Helm releases of Flux. Source: its API reference (kustomize/v1, helm/v2).

use std::collections::BTreeMap;

use super::{Pointed, Pointer, Reading, Source, Substitution, texts};
use crate::declared::kubernetes::helm::Release;
use crate::model::{Kind, Problem, ProblemKind, Value};

/// Fields that are laid over the kustomization, with their names there.
const OVERLAID: [(&str, &str); 7] = [
    ("targetNamespace", "namespace"),
    ("namePrefix", "namePrefix"),
    ("nameSuffix", "nameSuffix"),
    ("patches", "patches"),
    ("patchesStrategicMerge", "patchesStrategicMerge"),
    ("patchesJson6902", "patchesJson6902"),
    ("images", "images"),
];

pub(super) fn kustomization(pointer: &Pointer<'_>) -> Pointed {
    vec![read_kustomization(pointer)]
}

fn read_kustomization(pointer: &Pointer<'_>) -> Result<Source, Problem> {
    own_source(pointer, &["spec", "sourceRef"])?;
    let spec = |key: &str| pointer.object.at_keys(["spec", key]).filter(|value| !value.is_empty());
    for (field, is_there) in
        [("components", spec("components").is_some()), ("decryption", spec("decryption").is_some())]
    {
        if is_there {
            return Err(pointer.unread(format!("{field} is not understood here")));
        }
    }
    let mut overlay = BTreeMap::new();
    for (field, name) in OVERLAID {
        overlay.extend(spec(field).map(|value| (name.to_owned(), value.clone())));
    }
    if let Some(labels) = pointer.object.at_keys(["spec", "commonMetadata", "labels"]) {
        // In metadata alone, as Flux adds them.
        let pairs = Value::object([("pairs", labels.clone())]);
        overlay.insert("labels".to_owned(), Value::list([pairs]));
    }
    if pointer.object.at_keys(["spec", "commonMetadata", "annotations"]).is_some() {
        return Err(pointer.unread("commonMetadata.annotations is not understood here"));
    }
    let empty = Value::from("");
    let post_build = pointer.object.at_keys(["spec", "postBuild"]);
    let substitution = post_build.map(|post_build| Substitution {
        variables: post_build.get("substitute").map(texts).unwrap_or_default(),
        has_others: post_build.get("substituteFrom").is_some_and(|from| !from.is_empty()),
    });
    let path = pointer.path("", spec("path").unwrap_or(&empty))?;
    Ok(Source { path, overlay, substitution, reading: Reading::AsKustomization, ..Source::default() })
}

pub(super) fn helm_release(pointer: &Pointer<'_>) -> Pointed {
    vec![read_release(pointer)]
}

fn read_release(pointer: &Pointer<'_>) -> Result<Source, Problem> {
    let chart = ["spec", "chart", "spec"];
    if pointer.object.at_keys(chart).is_none() {
        return Err(pointer.unread("releases a chart that another object names, which is not read"));
    }
    let reference: Vec<&str> = chart.into_iter().chain(["sourceRef"]).collect();
    own_source(pointer, &reference)?;
    for field in ["valuesFrom", "postRenderers"] {
        if pointer.object.at_keys(["spec", field]).is_some_and(|value| !value.is_empty()) {
            return Err(pointer.unread(format!("{field} is not understood here")));
        }
    }
    let spec = |key: &str| pointer.text(&["spec", key]).map(str::to_owned);
    let namespace = spec("targetNamespace").or_else(|| pointer.text(&["metadata", "namespace"]).map(str::to_owned));
    let name = spec("releaseName").unwrap_or_else(|| match spec("targetNamespace") {
        Some(target) => format!("{target}-{}", pointer.name()),
        None => pointer.name().to_owned(),
    });
    let member = |key: &str| pointer.object.at_keys(chart.into_iter().chain([key]));
    let empty = Value::default();
    let path = pointer.path("", member("chart").unwrap_or(&empty))?;
    let files = member("valuesFiles").and_then(Value::as_list).unwrap_or_default();
    let values = files.iter().map(|file| pointer.path("", file)).collect::<Result<Vec<_>, _>>()?;
    let inline = pointer.object.at_keys(["spec", "values"]).filter(|values| values.kind != Kind::Null).cloned();
    Ok(Source { path, release: Release { name, values, inline, ..Release::default() }, namespace, ..Source::default() })
}

/// Refuses a source that is no git repository, or another one than this.
fn own_source(pointer: &Pointer<'_>, reference: &[&str]) -> Result<(), Problem> {
    let at = |key: &str| pointer.text(&reference.iter().copied().chain([key]).collect::<Vec<_>>());
    let (kind, name) = (at("kind").unwrap_or_default(), at("name").unwrap_or_default());
    if kind != "GitRepository" {
        return Err(pointer.unread(format!("takes its manifests from the {kind} {name}, which is not this repository")));
    }
    let is_meant = |object: &&Value| {
        object.get("kind").and_then(Value::as_str) == Some("GitRepository")
            && object.at_keys(["metadata", "name"]).and_then(Value::as_str) == Some(name)
    };
    let url = pointer.all.iter().find(is_meant).and_then(|object| object.at_keys(["spec", "url"])?.as_str());
    match url {
        Some(url) => pointer.own_repository(url),
        None if name.is_empty() => Err(pointer.problem(ProblemKind::Invalid, "names no source", None)),
        // Its repository is not read here: the path tells whether it is this one.
        None => Ok(()),
    }
}
