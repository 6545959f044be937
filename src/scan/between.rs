//! What happens between scans: clusters are watched, so that a change by hand is looked at at once, and one that is taken
//! back before anybody can look is remembered all the same.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use serde_json::Value as Json;
use tokio::sync::mpsc;
use tokio_util::task::AbortOnDropHandle;

use super::assess::{Assessment, namespace_of};
use super::judge;
use super::kubernetes::{declarations, managers_of, wanted};
use crate::app::App;
use crate::compare::kubernetes::{Touched, touched};
use crate::config::{KubernetesScope, Live as LiveSource, ManagerClasses, Stack};
use crate::live::Wanted;
use crate::live::connection;
use crate::live::objects::{Happening, Seen};
use crate::model::{
    Actor, ActorKind, AttributeDrift, AttributePath, Basis, Declaration, Drift, DriftId, Evidence, EvidenceSource,
    Presence, Provider, Scope, Standing, Verdict,
};
use crate::report::DriftReport;
use crate::schema::kubernetes::Schemas;
use crate::store::Resolved;

/// How long declarations are watched before they are read again.
const REFRESH: Duration = Duration::from_secs(300);
/// How long a cluster that could not be reached is left alone.
const RETRY: Duration = Duration::from_secs(60);
/// Changes that come together are looked at together.
const TOGETHER: Duration = Duration::from_secs(1);
/// Changes that wait to be looked at; more than these wait with the watch.
const WAITING: usize = 256;

/// A change by hand that a watch saw.
#[derive(Clone, Debug)]
pub struct Glimpse {
    stack: String,
    environment: String,
    cluster: String,
    declaration: Declaration,
    touched: Touched,
    seen_at: Timestamp,
}

impl Glimpse {
    /// The stack whose object was changed.
    pub fn stack(&self) -> &str {
        &self.stack
    }
}

/// The watches on all clusters of a configuration. They end with it.
#[derive(Debug)]
pub struct Between {
    glimpses: mpsc::Receiver<Glimpse>,
    _watches: Vec<AbortOnDropHandle<()>>,
}

impl Between {
    /// Begins to watch.
    pub fn start(app: &App) -> Self {
        let (tell, glimpses) = mpsc::channel(WAITING);
        let mut clusters: BTreeMap<KubernetesScope, Vec<Stack>> = BTreeMap::new();
        for stack in &app.config().stacks {
            if let LiveSource::Kubernetes(scope) = &stack.live {
                clusters.entry(scope.clone()).or_default().push(stack.clone());
            }
        }
        let watch = |(scope, stacks)| {
            let mut cluster = Watched { app: app.clone(), scope, stacks, sights: BTreeMap::new(), tell: tell.clone() };
            AbortOnDropHandle::new(tokio::spawn(async move { cluster.watch().await }))
        };
        Self { _watches: clusters.into_iter().map(watch).collect(), glimpses }
    }

    /// Waits for changes by hand; those that come within a second are told together.
    pub async fn next(&mut self) -> Vec<Glimpse> {
        let Some(first) = self.glimpses.recv().await else {
            // No stack runs on a cluster.
            return std::future::pending().await;
        };
        tokio::time::sleep(TOGETHER).await;
        let mut all = vec![first];
        while let Ok(more) = self.glimpses.try_recv() {
            all.push(more);
        }
        all
    }
}

/// A cluster that is watched.
struct Watched {
    app: App,
    scope: KubernetesScope,
    stacks: Vec<Stack>,
    /// Each object's metadata as last seen.
    sights: BTreeMap<Wanted, Json>,
    tell: mpsc::Sender<Glimpse>,
}

/// What is declared of an object, and by which stack.
struct Declared<'s> {
    stack: &'s Stack,
    declaration: Declaration,
    managers: ManagerClasses,
}

impl Watched {
    async fn watch(&mut self) {
        loop {
            let wait = match self.app.connections().cluster(&self.scope, &self.app.file().folder).await {
                Ok(connection) => {
                    let stacks = self.stacks.clone();
                    let declared = declared(&self.app, &stacks);
                    let types = declared.keys().map(|wanted| wanted.resource_type.clone()).collect();
                    let (schemas, _) = connection::schemas(&connection, &types).await;
                    let names = declared.keys().cloned().collect();
                    let (tell, mut told) = mpsc::channel(WAITING);
                    let watching = connection::watch(&connection, &names, tell);
                    let noting = async {
                        while let Some(seen) = told.recv().await {
                            self.note(seen, &declared, &schemas).await;
                        }
                    };
                    // Watches that all ended are begun again after a while.
                    let both = async { tokio::join!(watching, noting) };
                    match tokio::time::timeout(REFRESH, both).await {
                        Ok(_) => RETRY,
                        Err(_) => Duration::ZERO,
                    }
                }
                // The scan tells of it.
                Err(_) => RETRY,
            };
            tokio::time::sleep(wait).await;
        }
    }

    async fn note(&mut self, seen: Seen, declared: &BTreeMap<Wanted, Vec<Declared<'_>>>, schemas: &Arc<Schemas>) {
        let now = match seen.what {
            Happening::Known(now) | Happening::Changed(now) => now,
            Happening::Deleted => {
                self.sights.remove(&seen.wanted);
                return;
            }
        };
        let before = self.sights.insert(seen.wanted.clone(), now.clone());
        let Some(before) = before else { return };
        let schema = schemas.of_type(&seen.wanted.resource_type);
        for one in declared.get(&seen.wanted).into_iter().flatten() {
            let attributes = &one.declaration.attributes;
            for touched in touched(&before, &now, attributes, schema.as_deref(), &one.managers) {
                let glimpse = Glimpse {
                    stack: one.stack.name.clone(),
                    environment: one.stack.environment.clone(),
                    cluster: self.scope.name().to_owned(),
                    declaration: one.declaration.clone(),
                    touched,
                    seen_at: self.app.clock().now(),
                };
                // Nobody listens any more when the daemon stops.
                drop(self.tell.send(glimpse).await);
            }
        }
    }
}

fn declared<'s>(app: &App, stacks: &'s [Stack]) -> BTreeMap<Wanted, Vec<Declared<'s>>> {
    let mut of_object: BTreeMap<Wanted, Vec<Declared<'s>>> = BTreeMap::new();
    for stack in stacks {
        for declaration in declarations(app, stack) {
            if let Some(wanted) = wanted(&declaration) {
                let one = Declared { stack, declaration, managers: managers_of(stack) };
                of_object.entry(wanted).or_default().push(one);
            }
        }
    }
    of_object
}

/// Remembers the changes that a scan begun after them did not find any more, and says how many they were.
///
/// # Errors
/// When the store does not answer, or the ledger's folder cannot be entered.
pub async fn remember(app: &App, glimpses: &[Glimpse]) -> anyhow::Result<usize> {
    let mut passing: BTreeMap<DriftId, (Drift, Vec<Evidence>)> = BTreeMap::new();
    for glimpse in glimpses {
        let id = DriftId::of(&glimpse.stack, &glimpse.declaration.resource_type, &glimpse.declaration.address);
        let known = app.store().drifts_by_id(id.as_str()).await?;
        // Open: the scan saw it. Gone since: the scan saw that. The store keeps milliseconds.
        let is_after = |at: &Timestamp| at.as_millisecond() >= glimpse.seen_at.as_millisecond();
        let is_told = known.iter().any(|known| known.resolved.as_ref().is_none_or(|(_, at)| is_after(at)));
        if !is_told {
            let (drift, evidence) = passing.entry(id.clone()).or_insert_with(|| (glimpse.drift(id), Vec::new()));
            drift.attributes.extend(glimpse.attributes());
            drift.last_seen = drift.last_seen.max(glimpse.seen_at);
            evidence.push(glimpse.evidence());
        }
    }
    if passing.is_empty() {
        return Ok(0);
    }
    let ledger = app.ledger().await?;
    let mut remembered = 0;
    for (mut drift, evidence) in passing.into_values() {
        drift.attributes.sort_by(|a, b| a.path.cmp(&b.path));
        drift.attributes.dedup_by(|a, b| a.path == b.path);
        let (environment, at) = (drift.environment.clone(), drift.last_seen);
        let mut assessment = Assessment { drifts: vec![drift], ..Assessment::default() };
        judge::judge(app, &environment, &ledger, &evidence, &mut assessment, at);
        for drift in &assessment.drifts {
            let saved = app.store().save_passing(&DriftReport::from(drift), Resolved::Reverted).await?;
            remembered += usize::from(saved);
        }
    }
    Ok(remembered)
}

impl Glimpse {
    fn drift(&self, id: DriftId) -> Drift {
        let declaration = &self.declaration;
        let at = self.touched.at.unwrap_or(self.seen_at).min(self.seen_at);
        Drift {
            id,
            stack: self.stack.clone(),
            environment: self.environment.clone(),
            scope: Scope {
                namespace: namespace_of(Provider::Kubernetes, declaration),
                ..Scope::cluster(&self.cluster)
            },
            resource_type: declaration.resource_type.clone(),
            address: declaration.address.clone(),
            identifier: declaration.identifier.clone(),
            source: Some(declaration.at.clone()),
            presence: Presence::Present,
            attributes: Vec::new(),
            first_seen: self.seen_at,
            last_seen: self.seen_at,
            changed_between: (Some(at), self.seen_at),
            actor: None,
            actor_evidence: None,
            stale: false,
            verdict: Verdict::Unexplained,
            explanations: Vec::new(),
            violations: Vec::new(),
            due_at: None,
        }
    }

    fn attributes(&self) -> impl Iterator<Item = AttributeDrift> {
        let declared = |path: &AttributePath| self.declaration.attributes.part(path.steps()).cloned();
        let who = self.touched.manager.as_deref().map(|manager| format!(" by {manager}")).unwrap_or_default();
        self.touched.paths.iter().map(move |path| AttributeDrift {
            path: path.clone(),
            declared: declared(path),
            applied: declared(path),
            live: None,
            standing: Standing::Drifted,
            basis: Basis::Declaration,
            note: Some(format!("changed{who} and changed back before its value could be read")),
        })
    }

    fn evidence(&self) -> Evidence {
        let actor =
            |manager: &String| Actor { name: manager.clone(), kind: ActorKind::Unknown, via: Some(manager.clone()) };
        Evidence {
            source: EvidenceSource::ManagedFields,
            at: self.touched.at,
            actor: self.touched.manager.as_ref().map(actor),
            resource_type: self.declaration.resource_type.clone(),
            identifier: self.declaration.identifier.clone().unwrap_or_default(),
            paths: self.touched.paths.clone(),
            record_id: None,
        }
    }
}
