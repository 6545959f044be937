//! Objects that a real server made of manifests, and what it made of changes by hand
//! (`scripts/record-kubernetes-fixtures.py`).

use serde_json::Value as Json;

use super::{Object, Projected, Subject, compare, project};
use crate::compare::{Base, Comparison};
use crate::model::{FieldOperation, Fingerprinter, ManagerClass, ResourceType, Value};
use crate::schema::kubernetes::managers::ManagerClasses;
use crate::schema::kubernetes::{Schemas, attributes, hide_secrets};

const FRESH: &str = include_str!("../../../tests/fixtures/kubernetes/fresh.jsonl");
const CHANGES: &str = include_str!("../../../tests/fixtures/kubernetes/changes.jsonl");
const OPENAPI: &str = include_str!("../../../tests/fixtures/kubernetes/openapi.json");

fn lines(text: &str) -> impl Iterator<Item = Json> {
    text.lines().map(|line| serde_json::from_str(line).unwrap())
}

fn schemas() -> Schemas {
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
        for drift in comparison.attributes.iter().chain(&comparison.controlled) {
            let [declared, live] = [&drift.declared, &drift.live].map(|side| side.as_ref().map(|side| side.to_json().to_string()));
            wrong.push(format!("{} {} {name}: {} {declared:?} {live:?} {:?}", line["by"], looked.resource_type, drift.path, drift.note));
        }
        wrong.extend(comparison.unverifiable.iter().map(|gap| format!("{} {name}: {gap:?}", looked.resource_type)));
        assert!(comparison.in_sync.iter().all(|(path, _)| !path.is_root()));
        assert!(projected.owners.is_empty() && projected.evidence.is_empty() || !wrong.is_empty());
        assert!(!format!("{:?}{:?}", projected.attributes.to_json(), projected.last_applied.as_ref().map(Value::to_json)).contains("hunter2"));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(kinds.len() >= 40, "{} kinds", kinds.len());
}
