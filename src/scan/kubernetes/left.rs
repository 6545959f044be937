//! Objects that a stack declared once, declares no more, and that may still be there: a deploy that prunes removes them,
//! or something keeps them.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde_json::Value as Json;

use super::unmanaged::is_same;
use crate::compare::kubernetes::{Deletion, changed_since_deployed, described};
use crate::config::ManagerClasses;
use crate::declared;
use crate::gate::DeployMethod;
use crate::live::Wanted;
use crate::live::connection::{self, ClusterConnection};
use crate::model::{
    Actor, ActorKind, AttributePath, Evidence, EvidenceSource, FieldOwner, Problem, ProblemKind, ResourceType, Standing,
};
use crate::scan::assess::{Known, remembered};
use crate::schema::kubernetes::kept_by;

/// Objects that were declared once: their address, and the paths that were in sync.
pub(super) type Once = BTreeMap<Wanted, (String, Vec<AttributePath>)>;

/// What was found of them.
#[derive(Clone, Debug, Default, PartialEq)]
pub(in crate::scan) struct Left {
    /// Those that are still there.
    pub(in crate::scan) still: Vec<Still>,
    /// The addresses of those that are gone.
    pub(in crate::scan) gone: Vec<String>,
    /// The addresses of those that could not be looked for.
    pub(in crate::scan) unread: BTreeSet<String>,
}

/// An object that is still there.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::scan) struct Still {
    pub(in crate::scan) resource_type: ResourceType,
    pub(in crate::scan) address: String,
    pub(in crate::scan) identifier: String,
    pub(in crate::scan) prospect: Prospect,
    pub(in crate::scan) evidence: Vec<Evidence>,
}

/// What becomes of an object that is no longer declared.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::scan) enum Prospect {
    /// It stays, and no deploy removes it: why.
    Kept(String),
    /// It goes, or may go, with a deploy or by itself: how that stands, and what is to be said of it.
    Going(Standing, String),
}

impl Left {
    /// Whether an address is one of an object that was declared once.
    pub(in crate::scan) fn speaks_of(&self, address: &str) -> bool {
        self.unread.contains(address) || self.still.iter().any(|still| still.address == address)
    }

    /// The object at an address, if it is still there.
    pub(in crate::scan) fn find(&self, address: &str) -> Option<&Still> {
        self.still.iter().find(|still| still.address == address)
    }
}

/// What scans found deployed and the stack declares no more; nothing where declarations may be hidden. `declared_anywhere`
/// are the objects of all stacks of the scan.
pub(super) fn declared_once(known: &Known, declared: &declared::Read, declared_anywhere: &BTreeSet<Wanted>) -> Once {
    if declared.problems.iter().any(|problem| problem.kind.hides_resources()) {
        return Once::new();
    }
    let addresses: BTreeSet<&str> = declared.declarations.iter().map(|declaration| &*declaration.address).collect();
    let gone = known
        .bases
        .iter()
        .filter(|(address, _)| !addresses.contains(address.as_str()) && !declared.may_declare(address));
    let object = gone.filter_map(|(address, base)| {
        let (resource_type, key) = remembered::object_at(address, base)?;
        let paths = base.keys().filter_map(|path| path.parse().ok()).collect();
        Some((Wanted { resource_type, key }, (address.clone(), paths)))
    });
    object.filter(|(wanted, _)| !declared_anywhere.iter().any(|known| is_same(known, wanted))).collect()
}

/// Looks for them, and says what could not be read.
pub(super) async fn look(
    connection: Option<&ClusterConnection>,
    once: Once,
    managers: &ManagerClasses,
    method: Option<DeployMethod>,
) -> (Left, Vec<Problem>) {
    let addresses: BTreeMap<Wanted, String> =
        once.iter().map(|(wanted, (address, _))| (wanted.clone(), address.clone())).collect();
    let Some(connection) = connection else {
        return (Left { unread: addresses.into_values().collect(), ..Left::default() }, Vec::new());
    };
    let all: BTreeSet<Wanted> = addresses.keys().cloned().collect();
    let managers = managers.clone();
    let keep = move |wanted: &Wanted, object: Json| -> Vec<Still> {
        let found = once.get(wanted).map(|(address, paths)| still(wanted, address, paths, &object, &managers, method));
        found.into_iter().collect()
    };
    let answer = connection::objects(connection, &all, Arc::new(keep)).await;
    let mut still = answer.kept;
    still.sort_by(|one, other| one.address.cmp(&other.address));
    let is_there = |address: &String| still.iter().any(|still| still.address == *address);
    let gone = answer.answered.iter().filter_map(|wanted| addresses.get(wanted));
    let gone = gone.filter(|address| !is_there(address)).cloned().collect();
    let mut left = Left { gone, unread: BTreeSet::new(), still };
    let mut problems = Vec::new();
    for gap in answer.gaps {
        let addresses = gap.unread.iter().filter_map(|wanted| addresses.get(wanted)).cloned();
        // Objects go with their kind.
        if gap.problem.kind == ProblemKind::NotSupported {
            left.gone.extend(addresses);
        } else {
            left.unread.extend(addresses);
            problems.push(untold(gap.problem));
        }
    }
    (left, problems)
}

/// A kind that is no longer declared may be one that may no longer be read: that hides nothing that is declared.
fn untold(problem: Problem) -> Problem {
    let message = format!("whether what is no longer declared is still there cannot be told: {}", problem.message);
    Problem { kind: ProblemKind::Unevaluated, message, ..problem }
}

fn still(
    wanted: &Wanted,
    address: &str,
    paths: &[AttributePath],
    object: &Json,
    managers: &ManagerClasses,
    method: Option<DeployMethod>,
) -> Still {
    let by_hand = changed_since_deployed(object, paths, managers);
    Still {
        prospect: prospect(object, by_hand.as_ref(), method),
        evidence: by_hand.iter().map(|by| evidence(wanted, by)).collect(),
        resource_type: wanted.resource_type.clone(),
        address: address.to_owned(),
        identifier: wanted.key.clone(),
    }
}

fn prospect(object: &Json, by_hand: Option<&FieldOwner>, method: Option<DeployMethod>) -> Prospect {
    const UNDECLARED: &str = "it is no longer declared";
    if let Some(deletion) = Deletion::of(object) {
        return Prospect::Going(Standing::Pending, format!("{UNDECLARED}; {}", deletion.sentence()));
    }
    if let Some(annotation) = kept_by(object) {
        return Prospect::Kept(format!("{UNDECLARED}, and `{annotation}` keeps deploys from removing it"));
    }
    let removal = method.map_or("a deploy that prunes removes it", DeployMethod::of_undeclared);
    match by_hand {
        Some(by) => Prospect::Going(
            Standing::Conflict,
            format!("{UNDECLARED}, and {} changed it since it was last deployed; {removal}", described(by)),
        ),
        None => Prospect::Going(Standing::Pending, format!("{UNDECLARED}; {removal}")),
    }
}

fn evidence(wanted: &Wanted, by: &FieldOwner) -> Evidence {
    Evidence {
        source: EvidenceSource::ManagedFields,
        at: by.at,
        actor: Some(Actor { name: by.manager.clone(), kind: ActorKind::Unknown, via: Some(by.manager.clone()) }),
        resource_type: wanted.resource_type.clone(),
        identifier: wanted.key.clone(),
        paths: Vec::new(),
        record_id: None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::model::{FieldOperation, ManagerClass};

    #[test]
    fn what_becomes_of_an_object_is_said_of_its_deletion_its_annotations_and_the_deploy() {
        let by_hand = FieldOwner {
            path: AttributePath::root(),
            manager: "kubectl-edit".into(),
            class: ManagerClass::Human,
            operation: FieldOperation::Update,
            subresource: None,
            at: None,
            sent: None,
        };
        let check = |metadata: Json, by: Option<&FieldOwner>, method, expect: (Option<Standing>, &str)| {
            let (standing, said) = match prospect(&json!({"metadata": metadata}), by, method) {
                Prospect::Kept(why) => (None, why),
                Prospect::Going(standing, how) => (Some(standing), how),
            };
            assert_eq!(standing, expect.0, "{said}");
            assert!(said.starts_with("it is no longer declared") && said.contains(expect.1), "{said}");
        };
        let pending = Some(Standing::Pending);
        check(json!({}), None, None, (pending, "; a deploy that prunes removes it"));
        check(json!({}), None, Some(DeployMethod::Apply), (pending, "; kubectl apply removes it only with --prune"));
        check(json!({}), None, Some(DeployMethod::Helm), (pending, "; helm upgrade removes it"));
        let changed =
            (Some(Standing::Conflict), "kubectl-edit (a tool people use) changed it since it was last deployed");
        check(json!({}), Some(&by_hand), None, changed);
        let deleting = json!({"deletionTimestamp": "2026-01-01T00:00:00Z", "finalizers": ["a.io/hold"],
            "annotations": {"helm.sh/resource-policy": "keep"}});
        check(
            deleting,
            Some(&by_hand),
            None,
            (pending, "; it is being deleted, and its finalizers hold it: a.io/hold"),
        );
        let kept = json!({"annotations": {"helm.sh/resource-policy": "keep"}});
        check(kept, None, Some(DeployMethod::Helm), (None, "`helm.sh/resource-policy: keep` keeps deploys from"));
    }

    #[test]
    fn only_what_a_scan_found_and_nobody_declares_is_looked_for() {
        let base = |version: &str| BTreeMap::from([("apiVersion".to_owned(), Json::from(version))]);
        let bases =
            [("ConfigMap/shop/a", base("v1")), ("ConfigMap/shop/b", base("v1")), ("aws_sqs_queue.q", BTreeMap::new())];
        let known = Known { bases: bases.map(|(address, base)| (address.to_owned(), base)).into(), ..Known::default() };
        let check = |declared: &declared::Read, elsewhere: &[&str], expect: &[&str]| {
            let wanted = |key: &&str| Wanted { resource_type: "v1/ConfigMap".into(), key: (*key).to_owned() };
            let once = declared_once(&known, declared, &elsewhere.iter().map(wanted).collect());
            assert_eq!(once.values().map(|(address, _)| address.as_str()).collect::<Vec<_>>(), expect);
        };
        let both = &["ConfigMap/shop/a", "ConfigMap/shop/b"];
        check(&declared::Read::default(), &[], both);
        check(&declared::Read::default(), &["shop/b"], &["ConfigMap/shop/a"]);
        let hidden =
            |kind| declared::Read { problems: vec![Problem::new(kind, "deploy", "x")], ..declared::Read::default() };
        check(&hidden(ProblemKind::Invalid), &[], &[]);
        check(&hidden(ProblemKind::Unevaluated), &[], both);
        let unsettled = ["ConfigMap/shop/b".to_owned()].into();
        check(&declared::Read { unsettled, ..declared::Read::default() }, &[], &["ConfigMap/shop/a"]);
    }
}
