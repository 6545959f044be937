//! `namespace`, `namePrefix` and `nameSuffix`, and the references that follow when a name changes.

use super::fields::visit;
use super::file::File;
use super::resource::{Id, Resource};
use super::{Refusal, wrong};
use crate::model::{Kind, Value};

/// Kinds whose names are not free: group and kind.
const FIXED_NAMES: [(Option<&str>, &str); 3] =
    [(None, "CustomResourceDefinition"), (Some("apiregistration.k8s.io"), "APIService"), (None, "Namespace")];

/// Puts everything that has a namespace into one.
pub(super) fn set_namespace(file: &File, resources: &mut [Resource]) -> Result<(), Refusal> {
    let Some(namespace) = file.text("namespace")? else { return Ok(()) };
    let text = Value::from(namespace).located(file.get("namespace").and_then(|value| value.at.clone()));
    for resource in resources.iter_mut() {
        resource.remember();
        if !resource.is_of_cluster() {
            resource.set_metadata("namespace", namespace);
        }
        let set = &mut |found: &mut Value| found.kind = text.kind.clone();
        match (resource.group(), resource.kind()) {
            ("", "Namespace") => resource.set_metadata("name", namespace),
            ("apiregistration.k8s.io", "APIService") => visit(&mut resource.value, "spec/service/namespace", true, set),
            ("apiextensions.k8s.io", "CustomResourceDefinition") => {
                visit(&mut resource.value, "spec/conversion/webhook/clientConfig/service/namespace", false, set);
            }
            (_, "RoleBinding" | "ClusterRoleBinding") => {
                visit(&mut resource.value, "subjects", false, &mut |subjects| {
                    let Kind::List(items) = &mut subjects.kind else { return };
                    for item in
                        items.iter_mut().filter(|item| item.get("name").and_then(Value::as_str) == Some("default"))
                    {
                        visit(item, "namespace", true, &mut |found| found.kind = text.kind.clone());
                    }
                })
            }
            _ => {}
        }
    }
    unique(file, resources)
}

/// Adds prefix and suffix to names.
pub(super) fn add_affixes(file: &File, resources: &mut [Resource]) -> Result<(), Refusal> {
    let (prefix, suffix) = (file.text("namePrefix")?.unwrap_or_default(), file.text("nameSuffix")?.unwrap_or_default());
    let is_fixed = |resource: &Resource| {
        let kind = resource.original().kind;
        FIXED_NAMES.iter().any(|(group, fixed)| *fixed == kind && group.is_none_or(|group| group == resource.group()))
    };
    for resource in resources.iter_mut().filter(|resource| !is_fixed(resource)) {
        if !prefix.is_empty() {
            resource.remember();
            resource.prefixes.push(prefix.to_owned());
            resource.set_metadata("name", &format!("{prefix}{}", resource.name()));
        }
        if !suffix.is_empty() {
            resource.remember();
            resource.suffixes.push(suffix.to_owned());
            resource.set_metadata("name", &format!("{}{suffix}", resource.name()));
        }
    }
    Ok(())
}

fn unique(file: &File, resources: &[Resource]) -> Result<(), Refusal> {
    let mut ids: Vec<_> = resources.iter().map(|resource| (resource.id(), resource)).collect();
    ids.sort_by(|(a, _), (b, _)| key(a).cmp(&key(b)));
    let twice = ids.windows(2).find_map(|pair| match pair {
        [(first, _), (second, resource)] if first == second => Some((second, resource)),
        _ => None,
    });
    match twice {
        Some((id, resource)) => {
            let message = format!("in one namespace {} {} is there twice", id.kind, id.name);
            Err(wrong(resource.value.at.as_ref(), &file.folder, message))
        }
        None => Ok(()),
    }
}

fn key(id: &Id) -> [&str; 4] {
    [&id.api_version, &id.kind, &id.namespace, &id.name]
}

/// A reference by name: what is referred to, from which kinds, and where.
struct Reference {
    target: &'static str,
    target_group: Option<&'static str>,
    from: &'static [&'static str],
    path: &'static str,
    /// Whether the path is that of the specification of a Pod, wherever the kind has it.
    in_pod: bool,
}

const fn reference(target: &'static str, from: &'static [&'static str], path: &'static str) -> Reference {
    Reference { target, target_group: None, from, path, in_pod: false }
}

const fn of_rbac(target: &'static str, from: &'static [&'static str]) -> Reference {
    Reference { target_group: Some("rbac.authorization.k8s.io"), ..reference(target, from, "roleRef/name") }
}

const fn in_pods(target: &'static str, from: &'static [&'static str], path: &'static str) -> Reference {
    Reference { in_pod: true, ..reference(target, from, path) }
}

const CONFIGURED: &[&str] =
    &["Pod", "PodTemplate", "Deployment", "ReplicaSet", "DaemonSet", "StatefulSet", "Job", "CronJob"];
const RUN: &[&str] = &["Pod", "StatefulSet", "Deployment", "ReplicationController", "CronJob", "Job", "DaemonSet"];
const SCALERS: &[&str] = &["HorizontalPodAutoscaler"];
const ROLES: &[&str] = &["Role", "ClusterRole"];
const BINDINGS: &[&str] = &["RoleBinding", "ClusterRoleBinding"];
const INGRESS: &[&str] = &["Ingress"];
const STORAGE_CLASS: &[&str] = &["StorageClass"];
const WEBHOOKS: &[&str] = &["ValidatingWebhookConfiguration", "MutatingWebhookConfiguration"];

/// The references that kustomize knows (its `nameReference` configuration).
const REFERENCES: &[Reference] = &[
    reference("Deployment", SCALERS, "spec/scaleTargetRef/name"),
    reference("ReplicationController", SCALERS, "spec/scaleTargetRef/name"),
    reference("ReplicaSet", SCALERS, "spec/scaleTargetRef/name"),
    reference("StatefulSet", SCALERS, "spec/scaleTargetRef/name"),
    in_pods("ConfigMap", CONFIGURED, "volumes/configMap/name"),
    in_pods("ConfigMap", CONFIGURED, "containers/env/valueFrom/configMapKeyRef/name"),
    in_pods("ConfigMap", CONFIGURED, "initContainers/env/valueFrom/configMapKeyRef/name"),
    in_pods("ConfigMap", CONFIGURED, "containers/envFrom/configMapRef/name"),
    in_pods("ConfigMap", CONFIGURED, "initContainers/envFrom/configMapRef/name"),
    in_pods("ConfigMap", CONFIGURED, "volumes/projected/sources/configMap/name"),
    reference("ConfigMap", &["Node"], "spec/configSource/configMap"),
    reference("ConfigMap", ROLES, "rules/resourceNames"),
    reference("ConfigMap", INGRESS, "metadata/annotations/nginx.ingress.kubernetes.io\\/fastcgi-params-configmap"),
    in_pods("Secret", CONFIGURED, "volumes/secret/secretName"),
    in_pods("Secret", CONFIGURED, "containers/env/valueFrom/secretKeyRef/name"),
    in_pods("Secret", CONFIGURED, "initContainers/env/valueFrom/secretKeyRef/name"),
    in_pods("Secret", CONFIGURED, "containers/envFrom/secretRef/name"),
    in_pods("Secret", CONFIGURED, "initContainers/envFrom/secretRef/name"),
    in_pods("Secret", CONFIGURED, "imagePullSecrets/name"),
    in_pods("Secret", CONFIGURED, "volumes/projected/sources/secret/name"),
    reference("Secret", INGRESS, "spec/tls/secretName"),
    reference("Secret", INGRESS, "metadata/annotations/ingress.kubernetes.io\\/auth-secret"),
    reference("Secret", INGRESS, "metadata/annotations/nginx.ingress.kubernetes.io\\/auth-secret"),
    reference("Secret", INGRESS, "metadata/annotations/nginx.ingress.kubernetes.io\\/auth-tls-secret"),
    reference("Secret", &["ServiceAccount"], "imagePullSecrets/name"),
    reference("Secret", STORAGE_CLASS, "parameters/secretName"),
    reference("Secret", STORAGE_CLASS, "parameters/adminSecretName"),
    reference("Secret", STORAGE_CLASS, "parameters/userSecretName"),
    reference("Secret", STORAGE_CLASS, "parameters/secretRef"),
    reference("Secret", ROLES, "rules/resourceNames"),
    reference("Secret", &["PersistentVolume"], "spec/azureFile/secretName"),
    reference("Service", &["StatefulSet"], "spec/serviceName"),
    reference("Service", INGRESS, "spec/rules/http/paths/backend/serviceName"),
    reference("Service", INGRESS, "spec/backend/serviceName"),
    reference("Service", INGRESS, "spec/rules/http/paths/backend/service/name"),
    reference("Service", INGRESS, "spec/defaultBackend/service/name"),
    reference("Service", &["APIService"], "spec/service/name"),
    reference("Service", WEBHOOKS, "webhooks/clientConfig/service"),
    of_rbac("Role", &["RoleBinding"]),
    of_rbac("ClusterRole", BINDINGS),
    reference("ServiceAccount", BINDINGS, "subjects"),
    in_pods("ServiceAccount", RUN, "serviceAccountName"),
    in_pods("PersistentVolumeClaim", RUN, "volumes/persistentVolumeClaim/claimName"),
    reference("PersistentVolume", &["PersistentVolumeClaim"], "spec/volumeName"),
    reference("PersistentVolume", &["ClusterRole"], "rules/resourceNames"),
    reference("StorageClass", &["PersistentVolume", "PersistentVolumeClaim"], "spec/storageClassName"),
    reference("StorageClass", &["StatefulSet"], "spec/volumeClaimTemplates/spec/storageClassName"),
    in_pods("PriorityClass", RUN, "priorityClassName"),
    reference("ValidatingAdmissionPolicy", &["ValidatingAdmissionPolicyBinding"], "spec/policyName"),
];

fn pod_spec(kind: &str) -> &'static str {
    match kind {
        "Pod" => "spec",
        "PodTemplate" => "template/spec",
        "CronJob" => "spec/jobTemplate/spec/template/spec",
        _ => "spec/template/spec",
    }
}

/// Makes every reference to a name that was changed name what it referred to.
pub(super) fn fix_references(resources: &mut [Resource]) -> Result<(), Refusal> {
    let renamed: Vec<Resource> =
        resources.iter().filter(|resource| !resource.previous.is_empty()).cloned().map(without_content).collect();
    if renamed.is_empty() {
        return Ok(());
    }
    for resource in resources.iter_mut() {
        let kind = resource.kind().to_owned();
        let group = resource.group().to_owned();
        for reference in REFERENCES.iter().filter(|reference| reference.from.contains(&kind.as_str())) {
            let path = match reference.in_pod {
                true => format!("{}/{}", pod_spec(&kind), reference.path),
                false => reference.path.to_owned(),
            };
            let is_target = |target: &&Resource| {
                target.previous.iter().any(|id| id.kind == reference.target)
                    && reference.target_group.is_none_or(|group| group == target.group())
            };
            let search = Search {
                referrer: &without_content(resource.clone()),
                candidates: renamed.iter().filter(is_target).collect(),
                role: (path == "roleRef/name").then(|| role(&resource.value)).flatten(),
            };
            if search.candidates.is_empty() {
                continue;
            }
            let mut failed = None;
            visit(&mut resource.value, &path, false, &mut |found| {
                if let Err(name) = search.fix(found) {
                    failed.get_or_insert((name, found.at.clone()));
                }
            });
            if let Some((name, at)) = failed {
                let message = format!("{group}/{kind}: nobody can say which {} {name} is", reference.target);
                return Err(wrong(at.as_ref(), "", message.trim_start_matches('/')));
            }
        }
    }
    Ok(())
}

/// An object as far as its names go.
fn without_content(resource: Resource) -> Resource {
    let kept =
        ["apiVersion", "kind", "metadata"].map(|key| (key, resource.value.get(key).cloned().unwrap_or_default()));
    let value = Value::object(kept).located(resource.value.at.clone());
    Resource { value, ..resource }
}

/// API group and kind of the role of a binding.
fn role(binding: &Value) -> Option<(String, String)> {
    let text = |key: &str| binding.at_keys(["roleRef", key])?.as_str().map(str::to_owned);
    Some((text("apiGroup")?, text("kind")?))
}

/// The search for what a name refers to.
struct Search<'a> {
    referrer: &'a Resource,
    candidates: Vec<&'a Resource>,
    role: Option<(String, String)>,
}

impl Search<'_> {
    /// Sets the new name; the error is a name that may be that of several.
    fn fix(&self, found: &mut Value) -> Result<(), String> {
        match &mut found.kind {
            Kind::String(name) => {
                if let Some(target) = self.target(name, None)? {
                    target.name().clone_into(name);
                }
                Ok(())
            }
            Kind::List(items) => items.iter_mut().try_for_each(|item| self.fix(item)),
            Kind::Object(members) => {
                let text = |key: &str| members.get(key).and_then(Value::as_str).map(str::to_owned);
                let (Some(name), namespace) = (text("name"), text("namespace")) else { return Ok(()) };
                let Some(target) = self.target(&name, Some(namespace.as_deref()))? else { return Ok(()) };
                let new = [("name", target.name()), ("namespace", target.namespace())];
                for (key, text) in new.into_iter().filter(|(_, text)| !text.is_empty()) {
                    let slot = members.entry(key.to_owned()).or_default();
                    slot.kind = Kind::String(text.to_owned());
                }
                Ok(())
            }
            _ => Ok(()),
        }
    }

    /// What had a name. `namespace` is given where the reference can name one.
    fn target(&self, name: &str, namespace: Option<Option<&str>>) -> Result<Option<&Resource>, String> {
        let had_name = |target: &&&Resource| target.previous.iter().any(|id| id.name == name);
        let is_role = |target: &&&Resource| match &self.role {
            Some((group, kind)) => target.group() == group && target.previous.iter().any(|id| id.kind == *kind),
            None => true,
        };
        let in_reach = |target: &&&Resource| {
            self.referrer.is_of_cluster()
                || target.is_of_cluster()
                || target.kind() == "ServiceAccount"
                || self.referrer.id().namespace == target.id().namespace
        };
        let mut found: Vec<&Resource> = self.candidates.iter().filter(had_name).filter(is_role).copied().collect();
        if let Some(Some(namespace)) = namespace {
            let first = |target: &&Resource| target.original().namespace == namespace;
            let was_there = self.candidates.iter().copied().any(|target| first(&target));
            found.retain(|target| if was_there { first(target) } else { target.id().namespace == namespace });
        }
        found.retain(|target| in_reach(&target));
        if found.len() > 1 {
            found.retain(|target| self.has_affixes_of(target, true));
        }
        if found.len() > 1 {
            found.retain(|target| self.has_affixes_of(target, false));
        }
        let Some((first, others)) = found.split_first() else { return Ok(None) };
        let same = |other: &&Resource| {
            other.name() == first.name() && (namespace.is_none() || other.namespace() == first.namespace())
        };
        if others.iter().all(same) { Ok(Some(first)) } else { Err(name.to_owned()) }
    }

    /// Whether two objects were renamed by the same kustomizations, as far as both were.
    fn has_affixes_of(&self, target: &Resource, allow_none: bool) -> bool {
        let alike = |one: &[String], other: &[String]| {
            if one.is_empty() || other.is_empty() {
                return allow_none || one.is_empty() == other.is_empty();
            }
            one.ends_with(other) || other.ends_with(one)
        };
        alike(&self.referrer.prefixes, &target.prefixes) && alike(&self.referrer.suffixes, &target.suffixes)
    }
}
