//! What a cluster remembers of the deployments of a stack: read here, understood in [`crate::rollback::kubernetes`].
//!
//! Workloads have revisions, Helm has releases, and what Argo CD and Flux know is in objects of their own, which the
//! stack declares or its objects name. What of this cannot be read hides rollbacks, and no object.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::Timestamp;
use serde_json::Value as Json;

use super::unmanaged;
use crate::config::Rollbacks;
use crate::declared;
use crate::live::Wanted;
use crate::live::connection::{self, ClusterConnection};
use crate::live::objects::Everything;
use crate::model::{Problem, ProblemKind};
use crate::rollback::kubernetes::{ClusterHistory, Deliverer, HelmVersion};
use crate::schema::kubernetes::kind_of;

const REPLICA_SETS: &str = "apps/v1/ReplicaSet";
const CONTROLLER_REVISIONS: &str = "apps/v1/ControllerRevision";
const SECRETS: &str = "v1/Secret";

/// The label of the Secrets that are Helm's releases.
const OF_HELM: &str = "owner=helm";

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

/// What an object of the stack tells those who look for rollbacks.
#[derive(Debug)]
pub(super) struct Remembering {
    /// The object as a whole, if it remembers deployments itself.
    own: Option<(Memory, Json)>,
    /// What it says it was deployed by.
    deliverers: Vec<Deliverer>,
}

impl Remembering {
    /// Keeps what an object tells, if anything. Lists leave out what their items are.
    pub(super) fn of(wanted: &Wanted, object: &Json) -> Option<Self> {
        let own = memory_of(wanted).map(|(memory, _)| (memory, named(wanted, object.clone())));
        let deliverers = Deliverer::of(object);
        (own.is_some() || !deliverers.is_empty()).then_some(Self { own, deliverers })
    }
}

fn named(wanted: &Wanted, mut object: Json) -> Json {
    if let (Some((api_version, kind)), Some(members)) = (kind_of(&wanted.resource_type), object.as_object_mut()) {
        members.insert("apiVersion".to_owned(), api_version.into());
        members.insert("kind".to_owned(), kind.into());
    }
    object
}

/// What is asked for because of one stack.
#[derive(Debug, Default)]
pub(super) struct Asked {
    namespaces: BTreeSet<String>,
    helm_releases: bool,
    deliverers: BTreeSet<Wanted>,
}

impl Asked {
    pub(super) fn of(settings: &Rollbacks, declared: &declared::Read, remembering: &[Remembering]) -> Self {
        let key = |deliverer: &Deliverer| Wanted {
            resource_type: deliverer.kind.resource_type().into(),
            key: format!("{}/{}", deliverer.namespace(), deliverer.name),
        };
        // An application that tells no namespace is the one that the configuration names, if it names one.
        let configured = |found: &Deliverer| {
            let mut configured = settings.deployed_by.iter();
            let is_same = |one: &&Deliverer| (one.kind, &one.name) == (found.kind, &found.name);
            found.namespace.is_none() && configured.any(|one| is_same(&one))
        };
        let found = remembering.iter().flat_map(|object| &object.deliverers).filter(|found| !configured(found));
        // What the stack declares is read with it.
        let declares = |wanted: &Wanted| {
            let mut declarations = declared.declarations.iter();
            declarations.any(|one| super::wanted(one).is_some_and(|one| unmanaged::is_same(&one, wanted)))
        };
        let deliverers: BTreeSet<Wanted> = found.chain(&settings.deployed_by).map(key).collect();
        Self {
            namespaces: namespaces_of(declared),
            helm_releases: settings.helm_releases,
            deliverers: deliverers.into_iter().filter(|wanted| !declares(wanted)).collect(),
        }
    }
}

fn namespaces_of(declared: &declared::Read) -> BTreeSet<String> {
    let identifiers = declared.declarations.iter().filter_map(|declaration| declaration.identifier.as_deref());
    identifiers.filter_map(|identifier| Some(identifier.split_once('/')?.0.to_owned())).collect()
}

/// What could not be read.
#[derive(Debug)]
enum Unread {
    /// The revisions of workloads in a namespace; `None`: in the cluster.
    Revisions(Option<String>),
    /// The releases of Helm there.
    Releases(Option<String>),
    /// One of these objects of Argo CD or Flux.
    Deliverers(BTreeSet<Wanted>),
}

/// What a cluster remembers of the deployments of all stacks, besides the objects that they declare.
#[derive(Debug, Default)]
pub(super) struct Histories {
    replica_sets: Vec<Json>,
    controller_revisions: Vec<Json>,
    /// By namespace.
    helm_releases: BTreeMap<String, Vec<HelmVersion>>,
    deliverers: BTreeMap<Wanted, Json>,
    unread: Vec<(Unread, Problem)>,
}

impl Histories {
    /// Reads the revisions in every namespace with a workload among what is wanted, and what the stacks ask for besides.
    pub(super) async fn read(
        connection: &ClusterConnection,
        wanted: impl Iterator<Item = &Wanted>,
        asked: &[Asked],
    ) -> Self {
        let mut read = Self::default();
        read.revisions(connection, wanted).await;
        read.releases(connection, asked).await;
        read.delivered(connection, asked).await;
        read
    }

    async fn revisions(&mut self, connection: &ClusterConnection, wanted: impl Iterator<Item = &Wanted>) {
        let place = |wanted: &Wanted| {
            let (_, revisions) = memory_of(wanted)?;
            let (namespace, _) = wanted.key.split_once('/')?;
            let (resource_type, namespace) = (revisions?.into(), Some(namespace.to_owned()));
            Some(Everything { resource_type, namespace, selector: None })
        };
        let places: BTreeSet<Everything> = wanted.filter_map(place).collect();
        let keep = |wanted: &Wanted, object: Json| vec![(wanted.resource_type.clone(), named(wanted, object))];
        let answer = connection::everything(connection, &places, Arc::new(keep)).await;
        self.unread.extend(answer.gaps.into_iter().map(|gap| (Unread::Revisions(gap.namespace), unseen(gap.problem))));
        for (resource_type, object) in answer.kept {
            match resource_type.as_str() {
                REPLICA_SETS => self.replica_sets.push(object),
                _ => self.controller_revisions.push(object),
            }
        }
    }

    /// Reads the releases of Helm. They are unpacked and let go one by one, for they hold every value and Secret that was
    /// deployed.
    async fn releases(&mut self, connection: &ClusterConnection, asked: &[Asked]) {
        let namespaces: BTreeSet<&String> =
            asked.iter().filter(|asked| asked.helm_releases).flat_map(|asked| &asked.namespaces).collect();
        let place = |namespace: &String| Everything {
            resource_type: SECRETS.into(),
            namespace: Some(namespace.clone()),
            selector: Some(OF_HELM.to_owned()),
        };
        let places: BTreeSet<Everything> = namespaces.into_iter().map(place).collect();
        let keep = |wanted: &Wanted, secret: Json| {
            let namespace = wanted.key.split_once('/').map(|(namespace, _)| namespace.to_owned());
            namespace.zip(HelmVersion::of_secret(&secret)).into_iter().collect()
        };
        let answer = connection::everything(connection, &places, Arc::new(keep)).await;
        self.unread.extend(answer.gaps.into_iter().map(|gap| (Unread::Releases(gap.namespace), unseen(gap.problem))));
        for (namespace, version) in answer.kept {
            self.helm_releases.entry(namespace).or_default().push(version);
        }
    }

    /// Reads what Argo CD and Flux know. Where they run in another cluster than what they deploy, nothing is there.
    async fn delivered(&mut self, connection: &ClusterConnection, asked: &[Asked]) {
        let wanted = asked.iter().flat_map(|asked| asked.deliverers.iter().cloned()).collect();
        let keep = |wanted: &Wanted, object: Json| vec![(wanted.clone(), named(wanted, object))];
        let answer = connection::singly(connection, &wanted, Arc::new(keep)).await;
        self.unread.extend(answer.gaps.into_iter().map(|gap| {
            let problem = unseen(gap.problem);
            (Unread::Deliverers(gap.unread), problem.remedy(NAME_DELIVERERS))
        }));
        self.deliverers = answer.kept.into_iter().collect();
    }

    /// What could not be read because of a stack. It hides rollbacks, and no object.
    pub(super) fn problems_of(&self, asked: &Asked) -> Vec<Problem> {
        let in_namespaces = |namespace: &Option<String>| {
            namespace.as_deref().is_none_or(|namespace| asked.namespaces.contains(namespace))
        };
        let is_of = |unread: &Unread| match unread {
            Unread::Revisions(namespace) => in_namespaces(namespace),
            Unread::Releases(namespace) => asked.helm_releases && in_namespaces(namespace),
            Unread::Deliverers(deliverers) => !deliverers.is_disjoint(&asked.deliverers),
        };
        self.unread.iter().filter(|(unread, _)| is_of(unread)).map(|(_, problem)| problem.clone()).collect()
    }

    /// What is known of the deployments of one stack, for somebody who understands it.
    pub(super) fn with<T>(
        &self,
        asked: &Asked,
        remembering: Vec<Remembering>,
        deployers: &[String],
        observed_at: Timestamp,
        understand: impl FnOnce(&ClusterHistory<'_>) -> T,
    ) -> T {
        let mut memories: BTreeMap<Memory, Vec<Json>> = BTreeMap::new();
        for (memory, object) in remembering.into_iter().filter_map(|object| object.own) {
            memories.entry(memory).or_default().push(object);
        }
        for (wanted, object) in self.deliverers.iter().filter(|(wanted, _)| asked.deliverers.contains(*wanted)) {
            let memory = memory_of(wanted).map(|(memory, _)| memory);
            memory.into_iter().for_each(|memory| memories.entry(memory).or_default().push(object.clone()));
        }
        let releases = asked.namespaces.iter().filter(|_| asked.helm_releases);
        let releases: Vec<HelmVersion> =
            releases.filter_map(|namespace| self.helm_releases.get(namespace)).flatten().cloned().collect();
        let of = |memory: Memory| memories.get(&memory).map(Vec::as_slice).unwrap_or_default();
        understand(&ClusterHistory {
            workloads: of(Memory::Workload),
            replica_sets: &self.replica_sets,
            controller_revisions: &self.controller_revisions,
            helm_releases: &releases,
            argo_applications: of(Memory::ArgoApplication),
            flux_helm_releases: of(Memory::FluxHelmRelease),
            flux_kustomizations: of(Memory::FluxKustomization),
            reverts: &[],
            deployers,
            observed_at,
        })
    }
}

/// What to do about an object of Argo CD or Flux that may not be read.
const NAME_DELIVERERS: &str =
    "grant get on it; `driftledger config rbac` prints the rights for what `rollbacks.deployed_by` names";

fn unseen(problem: Problem) -> Problem {
    Problem {
        kind: ProblemKind::Unevaluated,
        message: format!("rollbacks cannot be seen: {}", problem.message),
        ..problem
    }
}
