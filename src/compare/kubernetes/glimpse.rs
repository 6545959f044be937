//! What somebody changed by hand between two sights of an object's metadata, though its values were not read.

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde_json::Value as Json;

use super::deployer::{self, Classed};
use crate::evidence::managed_fields::{self, FieldSet, ManagerEntry};
use crate::model::{AttributePath, ManagerClass, Value};
use crate::schema::kubernetes::TypeSchema;
use crate::schema::kubernetes::managers::ManagerClasses;

/// Fields that one client changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Touched {
    /// The client; `None`: fields that are gone, of which nobody knows who took them away.
    pub manager: Option<String>,
    /// When, as the object says.
    pub at: Option<Timestamp>,
    /// The fields. Where only the time tells that something changed, all that the client owns.
    pub paths: Vec<AttributePath>,
}

/// Compares two sights of an object. What deploys and what controls it does not count; whatever went away while nothing
/// was deployed was taken away by hand.
pub fn touched(
    before: &Json,
    now: &Json,
    declared: &Value,
    schema: Option<&TypeSchema>,
    managers: &ManagerClasses,
) -> Vec<Touched> {
    let [before, now] = [before, now].map(managed_fields::entries);
    let leaves = deployer::leaves(schema.and_then(TypeSchema::root), declared);
    let classed = deployer::classed(&now, &leaves, managers);
    let mut found: Vec<Touched> =
        classed.iter().filter(|now| now.class.is_by_hand()).filter_map(|now| changed(&before, now.entry)).collect();
    if !was_deployed(&before, &classed) {
        let all =
            |entries: &[ManagerEntry]| entries.iter().fold(FieldSet::default(), |all, entry| all.union(&entry.fields));
        let gone = all(&before).difference(&all(&now));
        let declared: BTreeSet<_> = leaves.iter().collect();
        let is_declared =
            |path: &AttributePath| declared.iter().any(|leaf| leaf.is_within(path) || path.is_within(leaf));
        let paths: Vec<_> = gone.leaves().into_iter().filter(is_declared).collect();
        found.extend((!paths.is_empty()).then_some(Touched { manager: None, at: None, paths }));
    }
    found
}

fn same_writer(one: &ManagerEntry, other: &ManagerEntry) -> bool {
    (&one.manager, one.operation, &one.subresource) == (&other.manager, other.operation, &other.subresource)
}

fn changed(before: &[ManagerEntry], now: &ManagerEntry) -> Option<Touched> {
    let earlier = before.iter().find(|earlier| same_writer(earlier, now));
    let new = match earlier {
        Some(earlier) => now.fields.difference(&earlier.fields).leaves(),
        None => now.fields.leaves(),
    };
    let moved = earlier.is_some_and(|earlier| earlier.at != now.at);
    let paths = if new.is_empty() && moved { now.fields.leaves() } else { new };
    (!paths.is_empty()).then(|| Touched { manager: Some(now.manager.clone()), at: now.at, paths })
}

fn was_deployed(before: &[ManagerEntry], now: &[Classed<'_>]) -> bool {
    let deployers = now.iter().filter(|now| now.class == ManagerClass::Deployer);
    deployers.into_iter().any(|now| {
        let earlier = before.iter().find(|earlier| same_writer(earlier, now.entry));
        earlier.is_none_or(|earlier| earlier.at != now.entry.at)
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::schema::kubernetes::Schemas;

    /// An object with managers, each with its time and fields.
    fn sight(entries: &[(&str, &str, Json)]) -> Json {
        let entry = |(manager, at, fields): &(&str, &str, Json)| json!({"manager": manager, "operation": "Update", "apiVersion": "apps/v1", "time": at, "fieldsV1": fields});
        json!({"metadata": {"managedFields": entries.iter().map(entry).collect::<Vec<_>>()}})
    }

    #[test]
    fn what_a_person_set_and_what_went_away_is_told_and_a_deployment_is_not() {
        let declared = Value::from_json(&json!({"spec": {"replicas": 2, "paused": false}}));
        let schema = Schemas::built_in().of("apps/v1", "Deployment").unwrap();
        let check = |before: &Json, now: &Json, expect: &[(Option<&str>, &[&str])]| {
            let found = touched(before, now, &declared, Some(&schema), &ManagerClasses::default());
            let found: Vec<_> = found
                .iter()
                .map(|one| (one.manager.as_deref(), one.paths.iter().map(ToString::to_string).collect::<Vec<_>>()))
                .collect();
            let expect: Vec<_> = expect
                .iter()
                .map(|(manager, paths)| (*manager, paths.iter().map(ToString::to_string).collect::<Vec<_>>()))
                .collect();
            assert_eq!(found, expect);
        };
        let both = json!({"f:spec": {"f:replicas": {}, "f:paused": {}}});
        let (replicas, paused) = (json!({"f:spec": {"f:replicas": {}}}), json!({"f:spec": {"f:paused": {}}}));
        let (first, later) = ("2026-01-01T00:00:00Z", "2026-01-01T00:05:00Z");
        let deployed = sight(&[("kubectl-client-side-apply", first, both.clone())]);
        check(&deployed, &deployed, &[]);
        let scaled =
            sight(&[("kubectl-client-side-apply", first, paused.clone()), ("kubectl-edit", later, replicas.clone())]);
        check(&deployed, &scaled, &[(Some("kubectl-edit"), &["spec.replicas"])]);
        // The same person again, and the same field: only the time tells.
        let again = sight(&[
            ("kubectl-client-side-apply", first, paused.clone()),
            ("kubectl-edit", "2026-01-01T00:06:00Z", replicas.clone()),
        ]);
        check(&scaled, &again, &[(Some("kubectl-edit"), &["spec.replicas"])]);
        check(&scaled, &sight(&[("kubectl-client-side-apply", "2026-01-01T00:07:00Z", both.clone())]), &[]);
        check(&deployed, &sight(&[("kubectl-client-side-apply", first, paused)]), &[(None, &["spec.replicas"])]);
        let controlled =
            sight(&[("kubectl-client-side-apply", first, both), ("kube-controller-manager", later, replicas)]);
        check(&deployed, &controlled, &[]);
    }
}
