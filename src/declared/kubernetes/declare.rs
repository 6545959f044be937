//! From objects to declarations: who is who, where they live, and what is not there to stay.

use std::collections::{BTreeMap, BTreeSet};

use super::{Rendered, counted, everything};
use crate::declared::Read;
use crate::model::{Declaration, Kind, Location, Problem, ProblemKind, Retention, Value};
use crate::schema::kubernetes::{self, ObjectName, Reach, built_in};

/// Annotations of objects that run and go: key and whose they are.
const HOOKS: [(&str, &str); 2] = [
    ("helm.sh/hook", "a hook of Helm: it runs and goes"),
    ("argocd.argoproj.io/hook", "a hook of Argo CD: it runs and goes"),
];
/// What kustomize and kpt keep to themselves unless this is `false`.
const LOCAL: &str = "config.kubernetes.io/local-config";

/// API groups of files that are written like objects and read by a program of their own.
const OF_TOOLS: [&str; 11] = [
    "kustomize.config.k8s.io",
    "kind.x-k8s.io",
    "eksctl.io",
    "kubeadm.k8s.io",
    "audit.k8s.io",
    "kubelet.config.k8s.io",
    "kubeproxy.config.k8s.io",
    "apiserver.config.k8s.io",
    "client.authentication.k8s.io",
    "skaffold",
    "backstage.io",
];

/// The declarations of what was read.
pub(super) fn declared(rendered: Rendered, namespace: &str) -> Read {
    let reaches = declared_reaches(&rendered.objects);
    let mut reader =
        Reader { namespace, reaches, read: Read::default(), skipped: rendered.skipped, first: BTreeMap::new() };
    reader.read.problems = rendered.problems;
    if rendered.is_partial {
        reader.read.unsettled = everything();
    }
    for object in rendered.objects {
        reader.object(object);
    }
    let Reader { mut read, skipped, first, .. } = reader;
    let twice: BTreeSet<_> =
        first.into_iter().filter(|(_, (_, times))| *times > 1).map(|(address, _)| address).collect();
    read.declarations.retain(|declaration| !twice.contains(&declaration.address));
    read.unsettled.extend(twice);
    read.skipped = counted(skipped);
    read
}

/// Gives an object a namespace unless it names one, or belongs to the cluster as a whole.
pub(super) fn fill_namespace(object: &mut Value, namespace: &str) {
    let text = |key: &str| object.get(key).and_then(Value::as_str).unwrap_or_default();
    let group = text("apiVersion").split_once('/').map_or("", |(group, _)| group);
    let is_of_cluster = built_in(group, text("kind")).is_some_and(|known| known.reach == Reach::Cluster);
    let Kind::Object(members) = &mut object.kind else { return };
    let Some(Kind::Object(metadata)) = members.get_mut("metadata").map(|metadata| &mut metadata.kind) else { return };
    if !is_of_cluster && metadata.get("namespace").is_none_or(Value::is_empty) {
        metadata.insert("namespace".to_owned(), Value::from(namespace));
    }
}

/// Where objects of the kinds live that the same files define.
fn declared_reaches(objects: &[Value]) -> BTreeMap<(String, String), Reach> {
    let reach = |object: &Value| {
        let text = |keys: &[&str]| object.at_keys(keys.iter().copied())?.as_str().map(str::to_owned);
        if object.get("kind")?.as_str()? != "CustomResourceDefinition" {
            return None;
        }
        let reach = if text(&["spec", "scope"])? == "Cluster" { Reach::Cluster } else { Reach::Namespace };
        Some(((text(&["spec", "group"])?, text(&["spec", "names", "kind"])?), reach))
    };
    objects.iter().filter_map(reach).collect()
}

struct Reader<'a> {
    namespace: &'a str,
    reaches: BTreeMap<(String, String), Reach>,
    read: Read,
    skipped: Vec<(String, String)>,
    /// Where each address was seen first, and how often it was.
    first: BTreeMap<String, (Option<Location>, usize)>,
}

impl Reader<'_> {
    fn object(&mut self, object: Value) {
        let name = match self.name(&object) {
            Ok(Some(name)) => name,
            Ok(None) => return,
            Err(message) => {
                let at = object.at.clone();
                let file = at.as_ref().map_or("a manifest", |at| &*at.file).to_owned();
                self.read.problems.push(Problem::new(ProblemKind::Invalid, file, message).at(at));
                self.read.unsettled = everything();
                return;
            }
        };
        if let Some(reason) = passing(&name, &object) {
            return self.skipped.push((name.resource_type().to_string(), reason.to_owned()));
        }
        let address = name.address();
        let at = object.at.clone();
        let (first, times) = self.first.entry(address.clone()).or_insert_with(|| (at.clone(), 0));
        *times += 1;
        if *times > 1 {
            let before = first.as_ref().map(|at| format!(", first at {}:{}", at.file, at.line)).unwrap_or_default();
            let problem = Problem::new(ProblemKind::Invalid, &address, format!("is declared twice{before}"));
            let remedy =
                "read the environments as stacks of their own, or take one out: nobody can say which one counts";
            return self.read.problems.push(problem.remedy(remedy).at(at));
        }
        self.read.declarations.push(Declaration {
            address,
            resource_type: name.resource_type(),
            identifier: Some(name.identifier()),
            attributes: kubernetes::attributes(&name.kind, object),
            at: at.unwrap_or_else(|| Location::new("", 1, 1)),
            account: None,
            region: None,
            ignored: Vec::new(),
            retention: Retention::default(),
        });
    }

    /// The name of an object; `None` where it is left out.
    fn name(&mut self, object: &Value) -> Result<Option<ObjectName>, String> {
        let text = |keys: &[&str]| object.at_keys(keys.iter().copied()).filter(|value| !value.is_empty());
        let needed = |keys: &[&str]| match text(keys).map(|value| &value.kind) {
            Some(Kind::String(text)) => Ok(text.clone()),
            Some(Kind::Unknown(unknown)) => Err(format!("its {} is not known: {}", keys.join("."), unknown.reason)),
            Some(_) => Err(format!("its {} is not a text", keys.join("."))),
            None => Err(format!("an object without {}", keys.join("."))),
        };
        let (api_version, kind) = (needed(&["apiVersion"])?, needed(&["kind"])?);
        let group = api_version.split_once('/').map_or("", |(group, _)| group);
        if OF_TOOLS.contains(&group) || (api_version == "v1" && kind == "Config") {
            let reason = "a file of a tool, no object of a cluster".to_owned();
            self.skipped.push((format!("{api_version}/{kind}"), reason));
            return Ok(None);
        }
        if text(&["metadata", "name"]).is_none() && text(&["metadata", "generateName"]).is_some() {
            let reason = "its name is made up by the server, another one each time".to_owned();
            self.skipped.push((format!("{api_version}/{kind}"), reason));
            return Ok(None);
        }
        let name = needed(&["metadata", "name"])?;
        let reach = match built_in(group, &kind) {
            Some(known) => known.reach,
            None => self.reaches.get(&(group.to_owned(), kind.clone())).copied().unwrap_or(Reach::Namespace),
        };
        let namespace = match reach {
            Reach::Cluster => None,
            Reach::Namespace if text(&["metadata", "namespace"]).is_none() => Some(self.namespace.to_owned()),
            Reach::Namespace => Some(needed(&["metadata", "namespace"])?),
        };
        Ok(Some(ObjectName { api_version, kind, namespace, name }))
    }
}

/// Why an object is not there to stay.
fn passing(name: &ObjectName, object: &Value) -> Option<&'static str> {
    let annotation = |key: &str| object.at_keys(["metadata", "annotations", key]);
    let hook = HOOKS.iter().find(|(key, _)| annotation(key).is_some()).map(|(_, reason)| *reason);
    let local = || {
        let is_local = annotation(LOCAL).is_some_and(|value| value.as_scalar_text().as_deref() != Some("false"));
        is_local.then_some("configuration of a tool, marked as local")
    };
    let expires = || {
        let is_job = name.group() == "batch" && name.kind == "Job";
        let has_ttl = object.at_keys(["spec", "ttlSecondsAfterFinished"]).is_some_and(|ttl| !ttl.is_empty());
        (is_job && has_ttl).then_some("a Job that goes some time after it has finished")
    };
    hook.or_else(local).or_else(expires)
}
