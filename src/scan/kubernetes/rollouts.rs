//! What a cluster remembers of the deployments of a stack: read here, understood in [`crate::rollback::kubernetes`].

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::Timestamp;
use serde_json::Value as Json;

use crate::declared;
use crate::live::Wanted;
use crate::live::connection::{self, ClusterConnection};
use crate::live::objects::Everything;
use crate::model::{Problem, ProblemKind};
use crate::rollback::kubernetes::ClusterHistory;
use crate::schema::kubernetes::kind_of;

const REPLICA_SETS: &str = "apps/v1/ReplicaSet";
const CONTROLLER_REVISIONS: &str = "apps/v1/ControllerRevision";

/// The kinds that remember deployments themselves, and the kind of memory that belongs to each.
const REMEMBERING: &[(&str, Memory, Option<&str>)] = &[
    ("Deployment", Memory::Workload, Some(REPLICA_SETS)),
    ("StatefulSet", Memory::Workload, Some(CONTROLLER_REVISIONS)),
    ("DaemonSet", Memory::Workload, Some(CONTROLLER_REVISIONS)),
    ("Rollout", Memory::Workload, Some(REPLICA_SETS)),
    ("Application", Memory::ArgoApplication, None),
    ("HelmRelease", Memory::FluxHelmRelease, None),
    ("Kustomization", Memory::FluxKustomization, None),
];

/// What an object is to those who look for rollbacks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Memory {
    Workload,
    ArgoApplication,
    FluxHelmRelease,
    FluxKustomization,
}

fn memory_of(wanted: &Wanted) -> Option<(Memory, Option<&'static str>)> {
    let (_, kind) = kind_of(&wanted.resource_type)?;
    REMEMBERING.iter().find(|(of, ..)| *of == kind).map(|(_, memory, revisions)| (*memory, *revisions))
}

/// An object of the stack that remembers deployments, as a whole.
#[derive(Debug)]
pub(super) struct Remembering(Memory, Json);

impl Remembering {
    /// Keeps an object if it is one. Lists leave out what their items are.
    pub(super) fn of(wanted: &Wanted, object: &Json) -> Option<Self> {
        let (memory, _) = memory_of(wanted)?;
        Some(Self(memory, named(wanted, object.clone())))
    }
}

fn named(wanted: &Wanted, mut object: Json) -> Json {
    if let (Some((api_version, kind)), Some(members)) = (kind_of(&wanted.resource_type), object.as_object_mut()) {
        members.insert("apiVersion".to_owned(), api_version.into());
        members.insert("kind".to_owned(), kind.into());
    }
    object
}

/// The revisions that the cluster keeps of workloads.
#[derive(Debug, Default)]
pub(super) struct Revisions {
    replica_sets: Vec<Json>,
    controller_revisions: Vec<Json>,
    /// What could not be read, and in which namespace.
    unread: Vec<(Option<String>, Problem)>,
}

impl Revisions {
    /// Reads the revisions in every namespace with a workload among what is wanted.
    pub(super) async fn read(connection: &ClusterConnection, wanted: impl Iterator<Item = &Wanted>) -> Self {
        let place = |wanted: &Wanted| {
            let (_, revisions) = memory_of(wanted)?;
            let (namespace, _) = wanted.key.split_once('/')?;
            let (resource_type, namespace) = (revisions?.into(), Some(namespace.to_owned()));
            Some(Everything { resource_type, namespace, selector: None })
        };
        let places: BTreeSet<Everything> = wanted.filter_map(place).collect();
        let keep = |wanted: &Wanted, object: Json| vec![(wanted.resource_type.clone(), named(wanted, object))];
        let answer = connection::everything(connection, &places, Arc::new(keep)).await;
        let unseen = |problem: Problem| Problem {
            kind: ProblemKind::Unevaluated,
            message: format!("rollbacks cannot be seen: {}", problem.message),
            ..problem
        };
        let mut read = Self {
            unread: answer.gaps.into_iter().map(|gap| (gap.namespace, unseen(gap.problem))).collect(),
            ..Self::default()
        };
        for (resource_type, object) in answer.kept {
            match resource_type.as_str() {
                REPLICA_SETS => read.replica_sets.push(object),
                _ => read.controller_revisions.push(object),
            }
        }
        read
    }

    /// What could not be read of the namespaces of a stack. It hides rollbacks, and no object.
    pub(super) fn problems_of(&self, declared: &declared::Read) -> Vec<Problem> {
        let namespaces: BTreeSet<&str> = declared
            .declarations
            .iter()
            .filter_map(|declaration| Some(declaration.identifier.as_deref()?.split_once('/')?.0))
            .collect();
        let is_of = |namespace: &Option<String>| namespace.as_deref().is_none_or(|name| namespaces.contains(name));
        self.unread.iter().filter(|(namespace, _)| is_of(namespace)).map(|(_, problem)| problem.clone()).collect()
    }

    /// What is known of the deployments of one stack, for somebody who understands it.
    pub(super) fn with<T>(
        &self,
        remembering: Vec<Remembering>,
        deployers: &[String],
        observed_at: Timestamp,
        understand: impl FnOnce(&ClusterHistory<'_>) -> T,
    ) -> T {
        let mut memories: BTreeMap<Memory, Vec<Json>> = BTreeMap::new();
        for Remembering(memory, object) in remembering {
            memories.entry(memory).or_default().push(object);
        }
        let of = |memory: Memory| memories.get(&memory).map(Vec::as_slice).unwrap_or_default();
        understand(&ClusterHistory {
            workloads: of(Memory::Workload),
            replica_sets: &self.replica_sets,
            controller_revisions: &self.controller_revisions,
            helm_releases: &[],
            argo_applications: of(Memory::ArgoApplication),
            flux_helm_releases: of(Memory::FluxHelmRelease),
            flux_kustomizations: of(Memory::FluxKustomization),
            reverts: &[],
            deployers,
            observed_at,
        })
    }
}
