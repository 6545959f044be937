//! `labels`, `commonLabels` and `commonAnnotations`.

use super::fields::Field;
use super::file::{File, flag, items, pairs, text};
use super::resource::Resource;
use super::{Refusal, wrong};
use crate::model::{Kind, Value};

const fn field(group: Option<&'static str>, kind: &'static str, path: &'static str, create: bool) -> Field<'static> {
    Field { group, version: None, kind: Some(kind), path, create }
}

const LABELS: Field<'static> = Field { group: None, version: None, kind: None, path: "metadata/labels", create: true };
const ANNOTATIONS: Field<'static> = Field { path: "metadata/annotations", ..LABELS };
const V1: Option<&str> = Some("v1");
const APPS: Option<&str> = Some("apps");
const BATCH: Option<&str> = Some("batch");
const NETWORK: Option<&str> = Some("networking.k8s.io");

/// The labels of what an object makes.
const OF_TEMPLATES: [Field<'static>; 9] = [
    Field { version: V1, ..field(None, "ReplicationController", "spec/template/metadata/labels", true) },
    field(None, "Deployment", "spec/template/metadata/labels", true),
    field(None, "ReplicaSet", "spec/template/metadata/labels", true),
    field(None, "DaemonSet", "spec/template/metadata/labels", true),
    field(APPS, "StatefulSet", "spec/template/metadata/labels", true),
    field(APPS, "StatefulSet", "spec/volumeClaimTemplates[]/metadata/labels", true),
    field(BATCH, "Job", "spec/template/metadata/labels", true),
    field(BATCH, "CronJob", "spec/jobTemplate/metadata/labels", true),
    field(BATCH, "CronJob", "spec/jobTemplate/spec/template/metadata/labels", true),
];

const PREFERRED: &str = "preferredDuringSchedulingIgnoredDuringExecution/podAffinityTerm/labelSelector/matchLabels";
const REQUIRED: &str = "requiredDuringSchedulingIgnoredDuringExecution/labelSelector/matchLabels";

/// What selects objects by their labels.
const SELECTORS: [Field<'static>; 12] = [
    Field { version: V1, ..field(None, "Service", "spec/selector", true) },
    Field { version: V1, ..field(None, "ReplicationController", "spec/selector", true) },
    field(None, "Deployment", "spec/selector/matchLabels", true),
    field(None, "ReplicaSet", "spec/selector/matchLabels", true),
    field(None, "DaemonSet", "spec/selector/matchLabels", true),
    field(APPS, "StatefulSet", "spec/selector/matchLabels", true),
    field(BATCH, "Job", "spec/selector/matchLabels", false),
    field(BATCH, "CronJob", "spec/jobTemplate/spec/selector/matchLabels", false),
    field(Some("policy"), "PodDisruptionBudget", "spec/selector/matchLabels", false),
    field(NETWORK, "NetworkPolicy", "spec/podSelector/matchLabels", false),
    field(NETWORK, "NetworkPolicy", "spec/ingress/from/podSelector/matchLabels", false),
    field(NETWORK, "NetworkPolicy", "spec/egress/to/podSelector/matchLabels", false),
];

const SPREAD: &str = "spec/template/spec/topologySpreadConstraints/labelSelector/matchLabels";

/// Kinds whose Pods say beside which others they want to be.
const AFFINITY_KINDS: [&str; 2] = ["Deployment", "StatefulSet"];

/// The annotations of what an object makes.
const ANNOTATED: [Field<'static>; 8] = [
    Field { version: V1, ..field(None, "ReplicationController", "spec/template/metadata/annotations", true) },
    field(None, "Deployment", "spec/template/metadata/annotations", true),
    field(None, "ReplicaSet", "spec/template/metadata/annotations", true),
    field(None, "DaemonSet", "spec/template/metadata/annotations", true),
    field(None, "StatefulSet", "spec/template/metadata/annotations", true),
    field(BATCH, "Job", "spec/template/metadata/annotations", true),
    field(BATCH, "CronJob", "spec/jobTemplate/metadata/annotations", true),
    field(BATCH, "CronJob", "spec/jobTemplate/spec/template/metadata/annotations", true),
];

/// Adds labels and annotations.
pub(super) fn add(file: &File, resources: &mut [Resource]) -> Result<(), Refusal> {
    for entry in file.items("labels")? {
        let folder = &file.folder;
        let given = pairs(entry, "pairs", folder)?;
        for own in items(entry, "fields", folder)? {
            let path =
                text(own, "path", folder)?.ok_or_else(|| wrong(own.at.as_ref(), folder, "a field without path"))?;
            let field = Field {
                group: text(own, "group", folder)?,
                version: text(own, "version", folder)?,
                kind: text(own, "kind", folder)?,
                path,
                create: flag(own, "create", folder)?,
            };
            set(&field, &given, resources);
        }
        let (selectors, templates) =
            (flag(entry, "includeSelectors", folder)?, flag(entry, "includeTemplates", folder)?);
        add_labels(&given, selectors, selectors || templates, resources);
    }
    let common = file.pairs("commonLabels")?;
    add_labels(&common, true, true, resources);
    let annotations = file.pairs("commonAnnotations")?;
    for field in ANNOTATED.iter().chain([&ANNOTATIONS]) {
        set(field, &annotations, resources);
    }
    Ok(())
}

fn add_labels(given: &[(String, Value)], selectors: bool, templates: bool, resources: &mut [Resource]) {
    set(&LABELS, given, resources);
    if templates {
        OF_TEMPLATES.iter().for_each(|field| set(field, given, resources));
    }
    if !selectors {
        return;
    }
    SELECTORS.iter().for_each(|field| set(field, given, resources));
    let sides = ["podAffinity", "podAntiAffinity"];
    let terms =
        sides.map(|side| [PREFERRED, REQUIRED].map(|term| format!("spec/template/spec/affinity/{side}/{term}")));
    for path in terms.into_iter().flatten().chain([SPREAD.to_owned()]) {
        for kind in AFFINITY_KINDS {
            set(&Field { path: &path, ..field(APPS, kind, "", false) }, given, resources);
        }
    }
}

fn set(field: &Field<'_>, given: &[(String, Value)], resources: &mut [Resource]) {
    if given.is_empty() {
        return;
    }
    for resource in resources {
        field.visit(resource, &mut |found| {
            if found.kind == Kind::Null {
                found.kind = Kind::Object([].into());
            }
            if let Kind::Object(members) = &mut found.kind {
                members.extend(given.iter().cloned());
            }
        });
    }
}
