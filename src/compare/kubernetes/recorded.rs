//! Objects that a real server made of manifests, and what it made of changes by hand
//! (`scripts/record-kubernetes-fixtures.py`).

use serde_json::Value as Json;

use super::{Object, Projected, Subject, compare, project};
use crate::compare::{Base, Comparison};
use crate::model::{Fingerprinter, ResourceType, Value};
use crate::schema::kubernetes::managers::ManagerClasses;
use crate::schema::kubernetes::{Schemas, attributes, hide_secrets};

pub(super) const FRESH: &str = include_str!("../../../tests/fixtures/kubernetes/fresh.jsonl");
const CHANGES: &str = include_str!("../../../tests/fixtures/kubernetes/changes.jsonl");
const OPENAPI: &str = include_str!("../../../tests/fixtures/kubernetes/openapi.json");

pub(super) fn lines(text: &str) -> impl Iterator<Item = Json> {
    text.lines().map(|line| serde_json::from_str(line).unwrap())
}

pub(super) fn schemas() -> Schemas {
    Schemas::from_openapi_v3(&serde_json::from_str(OPENAPI).unwrap(), &Schemas::built_in())
}

struct Looked {
    resource_type: ResourceType,
    projected: Projected,
    comparison: Comparison,
}

fn look(schemas: &Schemas, manifest: &Json, live: &Json, managers: &ManagerClasses) -> Looked {
    let text = |name: &str| manifest[name].as_str().unwrap();
    let resource_type: ResourceType = format!("{}/{}", text("apiVersion"), text("kind")).into();
    let schema = schemas.of_type(&resource_type);
    let fingerprints = Fingerprinter::new(*b"key");
    let declared = attributes(text("kind"), Value::from_json(manifest));
    let declared = hide_secrets(&resource_type, declared, &fingerprints);
    let object = Object {
        resource_type: &resource_type,
        identifier: "shop/web",
        json: live,
        declared: &declared,
        schema: schema.as_deref(),
    };
    let projected = project(&object, managers, &fingerprints);
    let comparison = compare(&Subject {
        resource_type: &resource_type,
        declared: &declared,
        base: &Base::unknown(),
        live: &projected.attributes,
        owners: &projected.owners,
        schema: schema.as_deref(),
        autoscaled: false,
        ignored: &[],
    });
    Looked { resource_type, projected, comparison }
}

#[test]
fn what_was_just_applied_is_in_sync_however_it_was_applied() {
    let schemas = schemas();
    let mut wrong = Vec::new();
    let mut kinds = std::collections::BTreeSet::new();
    for line in lines(FRESH) {
        let looked = look(&schemas, &line["manifest"], &line["live"], &ManagerClasses::default());
        kinds.insert(looked.resource_type.to_string());
        let Looked { comparison, projected, .. } = &looked;
        let name = &line["manifest"]["metadata"]["name"];
        // The role that collects others is filled as soon as it is there.
        let controlled = comparison.controlled.iter().filter(|_| *name != "fixture-all");
        for drift in comparison.attributes.iter().chain(controlled) {
            let [declared, live] =
                [&drift.declared, &drift.live].map(|side| side.as_ref().map(|side| side.to_json().to_string()));
            wrong.push(format!(
                "{} {} {name}: {} {declared:?} {live:?} {:?}",
                line["by"], looked.resource_type, drift.path, drift.note
            ));
        }
        wrong.extend(comparison.unverifiable.iter().map(|gap| format!("{} {name}: {gap:?}", looked.resource_type)));
        assert!(comparison.in_sync.iter().all(|(path, _)| !path.is_root()));
        assert!(projected.evidence.is_empty(), "{name}");
        assert!(
            !format!("{:?}{:?}", projected.attributes.to_json(), projected.last_applied.as_ref().map(Value::to_json))
                .contains("hunter2")
        );
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(kinds.len() >= 40, "{} kinds", kinds.len());
}

/// What each change by hand is found as, after an apply by the client and by the server alike: path, and who is said to
/// have set it (`-`: nobody).
const CHANGED: &[(&str, &[&str])] = &[
    ("none", &[]),
    ("edit", &["WEB.args kubectl-edit", "WEB.image kubectl-edit"]),
    ("scale", &["spec.replicas kubectl"]),
    ("set image", &["WEB.image kubectl-set"]),
    ("set env", &["WEB.env[name=EXTRA] kubectl-set"]),
    ("set env of a secret", &["WEB.env[name=DB_PASSWORD] kubectl-set"]),
    ("unset env", &["WEB.env[name=LEVEL] -"]),
    ("set resources", &["WEB.resources kubectl-set"]),
    ("label", &["metadata.labels.x kubectl-label"]),
    ("unlabel", &["metadata.labels.app -"]),
    ("annotate", &["metadata.annotations.note kubectl-annotate"]),
    ("patch strategic", &["SIDE kubectl-patch"]),
    ("patch merge", &["spec.paused kubectl-patch"]),
    ("patch json", &["WEB.args kubectl-patch"]),
    ("patch to a default", &[]),
    ("patch tolerations", &["spec.template.spec.tolerations kubectl-patch"]),
    ("two patches", &["spec.minReadySeconds kubectl-patch", "spec.paused kubectl-patch"]),
    ("replace", &["metadata.labels.by kubectl-replace", "WEB.image kubectl-replace"]),
    ("restart", &["spec.template.metadata.annotations[\"kubectl.kubernetes.io/restartedAt\"] kubectl-rollout"]),
    ("undo", &[]),
    ("another manager", &["spec.paused node-fetch"]),
];

#[test]
fn every_change_by_hand_is_found_where_it_was_made() {
    let schemas = schemas();
    let lines: Vec<Json> = lines(CHANGES).collect();
    for by in ["client-side", "server-side"] {
        for (change, expect) in CHANGED {
            let line = lines.iter().find(|line| line["by"] == by && line["change"] == *change).unwrap();
            let looked = look(&schemas, &line["manifest"], &line["live"], &ManagerClasses::default());
            let owners = &looked.projected.owners;
            let found: Vec<String> = looked
                .comparison
                .attributes
                .iter()
                .map(|drift| {
                    let owner = owners.iter().find(|owner| owner.path == drift.path && owner.class.is_by_hand());
                    format!("{} {}", drift.path, owner.map_or("-", |owner| &owner.manager))
                })
                .collect();
            let expect: Vec<String> = expect
                .iter()
                .map(|line| line.replace("WEB", "spec.template.spec.containers[name=web]"))
                .map(|line| line.replace("SIDE", "spec.template.spec.containers[name=side]"))
                .collect();
            assert_eq!(found, expect, "{change} after {by}");
            assert!(looked.comparison.unverifiable.is_empty() && looked.comparison.controlled.is_empty());
            assert!(!format!("{:?}", looked.comparison).contains("hunter2"), "{change}");
        }
    }
}

#[test]
fn who_applies_by_hand_is_told_from_who_deploys_where_the_tools_differ() {
    let schemas = schemas();
    let find = |by: &str, change: &str| {
        let line = lines(CHANGES).find(|line| line["by"] == by && line["change"] == change).unwrap();
        look(&schemas, &line["manifest"], &line["live"], &ManagerClasses::default())
    };
    let image = "spec.template.spec.containers[name=web].image";
    let paths =
        |looked: &Looked| looked.comparison.attributes.iter().map(|drift| drift.path.to_string()).collect::<Vec<_>>();
    let other_tool = find("server-side", "apply by hand");
    assert_eq!(paths(&other_tool), ["metadata.labels.by", image]);
    assert!(other_tool.projected.owners.iter().any(|owner| owner.class.is_by_hand()));
    // The same tool: the difference stands, and nothing tells who made it. What was applied is no excuse for it, for it
    // was never declared (`applied::merge_base`).
    let same_tool = find("client-side", "apply by hand");
    assert_eq!(paths(&same_tool), ["metadata.labels.by", image]);
    let applied = same_tool.projected.last_applied.unwrap();
    assert_eq!(applied.at_keys(["metadata", "labels", "by"]).and_then(Value::as_str), Some("hand"));
    assert!(same_tool.projected.evidence.is_empty());
}
