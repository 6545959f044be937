//! Applications of Argo CD. Source: its user guide, "Application specification".

use std::collections::BTreeMap;

use super::{Pointed, Pointer, Reading, Source};
use crate::declared::kubernetes::helm::Release;
use crate::declared::kubernetes::kustomize::image_entry;
use crate::model::{Kind, Problem, ProblemKind, Value};

/// Settings of a kustomization that Argo CD lays over one, by the same names.
const OVERLAID: [&str; 7] =
    ["namePrefix", "nameSuffix", "namespace", "commonLabels", "commonAnnotations", "patches", "replicas"];
/// Those that do not change what is deployed.
const WITHOUT_EFFECT: [&str; 3] = ["version", "forceCommonLabels", "forceCommonAnnotations"];

pub(super) fn application(pointer: &Pointer<'_>) -> Pointed {
    let spec = |keys: &[&str]| pointer.object.at_keys(["spec"].into_iter().chain(keys.iter().copied()));
    let several = spec(&["sources"]).and_then(Value::as_list).unwrap_or_default();
    let sources: Vec<&Value> = match several {
        [] => spec(&["source"]).into_iter().collect(),
        several => several.iter().collect(),
    };
    if sources.is_empty() {
        return vec![Err(pointer.problem(ProblemKind::Invalid, "an Application without a source", None))];
    }
    // A source that is only referred to for its files deploys nothing.
    let deploys = |source: &&Value| source.get("path").is_some() || source.get("chart").is_some();
    sources.iter().copied().filter(deploys).map(|source| read(pointer, source, &sources)).collect()
}

fn read(pointer: &Pointer<'_>, source: &Value, all: &[&Value]) -> Result<Source, Problem> {
    let text = |keys: &[&str]| source.at_keys(keys.iter().copied()).and_then(Value::as_str);
    if let Some(chart) = text(&["chart"]) {
        return Err(pointer.unread(format!("releases the chart {chart} of another repository")));
    }
    pointer.own_repository(text(&["repoURL"]).unwrap_or_default())?;
    let empty = Value::default();
    let path = pointer.path("", source.get("path").unwrap_or(&empty))?;
    let directory = source.get("directory").unwrap_or(&empty);
    for unknown in ["exclude", "include", "jsonnet"] {
        if directory.get(unknown).is_some_and(|value| !value.is_empty()) {
            return Err(pointer.unread(format!("directory.{unknown} is not understood here")));
        }
    }
    if source.get("plugin").is_some() {
        return Err(pointer.unread("is rendered by a plugin"));
    }
    let namespace = pointer.text(&["spec", "destination", "namespace"]).map(str::to_owned);
    Ok(Source {
        overlay: overlay(pointer, source.get("kustomize").unwrap_or(&empty))?,
        release: release(pointer, source.get("helm").unwrap_or(&empty), &path, all)?,
        reading: match directory.get("recurse").map(|value| &value.kind) {
            Some(Kind::Bool(true)) => Reading::Recursive,
            _ => Reading::Flat,
        },
        path,
        namespace,
        substitution: None,
    })
}

fn overlay(pointer: &Pointer<'_>, kustomize: &Value) -> Result<BTreeMap<String, Value>, Problem> {
    let mut overlay = BTreeMap::new();
    for (key, value) in kustomize.as_object().into_iter().flatten() {
        match key.as_str() {
            key if OVERLAID.contains(&key) => {
                overlay.insert(key.to_owned(), value.clone());
            }
            "images" => {
                let entries = value.as_list().unwrap_or_default().iter();
                let images =
                    entries.map(|image| image_entry(image.as_str().unwrap_or_default()).located(image.at.clone()));
                overlay.insert("images".to_owned(), value.with(Kind::List(images.collect())));
            }
            key if WITHOUT_EFFECT.contains(&key) || value.is_empty() => {}
            other => return Err(pointer.unread(format!("kustomize.{other} is not understood here"))),
        }
    }
    Ok(overlay)
}

fn release(pointer: &Pointer<'_>, helm: &Value, path: &str, all: &[&Value]) -> Result<Release, Problem> {
    let mut release = Release {
        name: helm.get("releaseName").and_then(Value::as_str).unwrap_or(pointer.name()).to_owned(),
        ..Release::default()
    };
    for (key, value) in helm.as_object().into_iter().flatten() {
        match key.as_str() {
            "releaseName" | "version" | "passCredentials" | "skipTests" | "skipSchemaValidation" => {}
            "ignoreMissingValueFiles" => {}
            "valueFiles" => {
                let skips = helm.get("ignoreMissingValueFiles").map(|value| &value.kind) == Some(&Kind::Bool(true));
                for file in value.as_list().unwrap_or_default() {
                    match values_file(pointer, file, path, all) {
                        Ok(found) => release.values.push(found),
                        Err(problem) if problem.kind == ProblemKind::Unreadable && skips => {}
                        Err(problem) => return Err(problem),
                    }
                }
            }
            // An object of values goes before a text of them.
            "values" if helm.get("valuesObject").is_some() => {}
            "values" => {
                let text = value.as_str().unwrap_or_default();
                let documents = crate::yaml::load_plain(&"values".into(), text);
                let broken =
                    || pointer.problem(ProblemKind::Invalid, "helm.values is not valid YAML", value.at.as_ref());
                release.inline = documents.map_err(|_| broken())?.into_iter().next();
            }
            "valuesObject" => release.inline = Some(value.clone()),
            "parameters" => {
                for parameter in value.as_list().unwrap_or_default() {
                    let text = |key: &str| parameter.get(key).and_then(Value::as_scalar_text).unwrap_or_default();
                    let is_text = text("forceString") == "true";
                    let target = if is_text { &mut release.set_string } else { &mut release.set };
                    target.insert(text("name"), text("value"));
                }
            }
            "apiVersions" => {
                release.api_versions =
                    value.as_list().unwrap_or_default().iter().filter_map(Value::as_scalar_text).collect();
            }
            "kubeVersion" => release.kube_version = value.as_scalar_text(),
            _ if value.is_empty() => {}
            other => return Err(pointer.unread(format!("helm.{other} is not understood here"))),
        }
    }
    Ok(release)
}

/// A file of values: beside the chart, or `$ref/path` in a source that is referred to.
fn values_file(pointer: &Pointer<'_>, file: &Value, chart: &str, all: &[&Value]) -> Result<String, Problem> {
    let text = file.as_str().unwrap_or_default();
    if text.contains("://") {
        return Err(pointer.unread(format!("the values {text} are not in this repository")));
    }
    let Some((name, path)) = text.strip_prefix('$').and_then(|rest| rest.split_once('/')) else {
        return pointer.path(if text.starts_with('/') { "" } else { chart }, file);
    };
    let referred = all.iter().find(|source| source.get("ref").and_then(Value::as_str) == Some(name));
    let Some(url) = referred.and_then(|source| source.get("repoURL")?.as_str()) else {
        return Err(pointer.problem(ProblemKind::Invalid, format!("no source is called {name}"), file.at.as_ref()));
    };
    pointer.own_repository(url)?;
    pointer.path("", &Value::from(path).located(file.at.clone()))
}
