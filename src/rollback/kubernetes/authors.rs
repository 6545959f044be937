//! Who set the pod template that is current now, as far as `metadata.managedFields` tell.

use jiff::Timestamp;
use serde_json::Value;

use super::object::{list, text, time};

/// Who set the current pod template.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Author {
    /// `kubectl rollout undo`: the only command of kubectl that changes a template under its plain name.
    Undo,
    /// Somebody, with a tool that people use or one that is not known.
    Hand,
    /// What deploys.
    Deployer,
}

/// Managers that deploy in every cluster where they are seen. A person's `kubectl apply` has the same name as that of a
/// pipeline, and counts as the pipeline's.
const DEPLOYERS: [&str; 9] = [
    "argocd-application-controller",
    "argocd-controller",
    "before-first-apply",
    "flux-client-side-apply",
    "helm",
    "helm-controller",
    "kubectl-client-side-apply",
    "kubectl-create",
    "kustomize-controller",
];

/// The author of the current template and when that manager last changed anything of the object: no earlier than the
/// template. `None` where only fields were removed, which leaves no trace.
pub(super) fn of_template(workload: &Value, deployers: &[String]) -> Option<(Author, Timestamp)> {
    let entries = list(workload, "/metadata/managedFields").iter();
    let of_template = entries
        .filter(|entry| text(entry, "/subresource").is_none())
        .filter(|entry| entry.pointer("/fieldsV1/f:spec/f:template").is_some());
    // Times are of whole seconds. Of two writes within one, the later took the images over.
    let newest = of_template
        .filter_map(|entry| Some((time(entry, "/time")?, entry)))
        .max_by_key(|(at, entry)| (*at, sets_an_image(entry)))?;
    let (at, entry) = newest;
    let manager = text(entry, "/manager")?;
    let is_deployer = deployers.iter().any(|deployer| deployer == manager) || DEPLOYERS.contains(&manager);
    let author = if is_deployer || text(entry, "/operation") == Some("Apply") {
        Author::Deployer
    } else if manager == "kubectl" {
        Author::Undo
    } else {
        Author::Hand
    };
    Some((author, at))
}

/// Whether the fields of an entry hold the image of a container.
fn sets_an_image(entry: &Value) -> bool {
    let containers = entry.pointer("/fieldsV1/f:spec/f:template/f:spec/f:containers").and_then(Value::as_object);
    containers.is_some_and(|containers| containers.values().any(|container| container.get("f:image").is_some()))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn of_two_writes_within_a_second_the_one_that_has_the_image_is_the_later() {
        let entry = |manager: &str, second: u8, field: &str| {
            let container = json!({"k:{\"name\":\"web\"}": {field: {}}});
            json!({"manager": manager, "operation": "Update", "time": format!("2026-03-01T12:00:0{second}Z"),
                "fieldsV1": {"f:spec": {"f:template": {"f:spec": {"f:containers": container}}}}})
        };
        let check = |entries: [Value; 2], expect: Author| {
            for entries in [entries.to_vec(), entries.iter().rev().cloned().collect()] {
                let workload = json!({"metadata": {"managedFields": entries}});
                assert_eq!(of_template(&workload, &[]).unwrap().0, expect, "{workload}");
            }
        };
        const DEPLOYER: &str = "kubectl-client-side-apply";
        check([entry("kubectl", 1, "f:image"), entry(DEPLOYER, 1, "f:name")], Author::Undo);
        check([entry("kubectl", 1, "f:env"), entry(DEPLOYER, 1, "f:image")], Author::Deployer);
        check([entry("kubectl", 2, "f:env"), entry(DEPLOYER, 1, "f:image")], Author::Undo);
    }
}
