//! The cluster side of a scan: every cluster is read once for all the stacks that run on it.
//!
//! Declarations come first, because they say what is asked for; each object is cut to what is declared as soon as it is
//! read, and of one that is just as it is declared nothing is kept but that: memory follows the declarations and what
//! differs from them, and not the cluster.

pub(super) mod left;
mod reverts;
mod rollouts;
pub(super) mod unmanaged;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde_json::Value as Json;
use tracing::{Instrument as _, debug_span};

use super::assess::Known;
use super::{Looked, Run, history};
use crate::app::{self, App};
use crate::applied::last_applied::{self, Sought};
use crate::applied::{AppliedSide, Written};
use crate::compare::kubernetes::{Object, Projected, project};
use crate::config::{Applied as AppliedSource, KubernetesScope, Live as LiveSource, Stack};
use crate::declared::{self, source::Surroundings};
use crate::live::connection::{self, ClusterConnection};
use crate::live::{Collection, Found, Wanted};
use crate::model::{Declaration, Fingerprinter, Live, Problem, Scope, Value};
use crate::repo::Tree;
use crate::rollback;
use crate::rollback::kubernetes::{ClusterHistory, Revert};
use crate::schema::kubernetes::managers::ManagerClasses;
use crate::schema::kubernetes::{DELETION, Schemas};
use crate::store::KnownRollouts;
use rollouts::{Asked, Histories, Remembering};

/// A stack, and the cluster it runs on.
pub(super) type OfCluster<'s> = (&'s Stack, &'s KubernetesScope);

/// Looks at the stacks that run on clusters.
///
/// # Errors
/// When the store does not answer.
pub(super) async fn look<'s>(run: &Run<'_>, stacks: &[OfCluster<'s>]) -> anyhow::Result<Vec<Looked<'s>>> {
    let mut clusters: BTreeMap<&KubernetesScope, Vec<&'s Stack>> = BTreeMap::new();
    for (stack, scope) in stacks {
        clusters.entry(scope).or_default().push(stack);
    }
    let mut looked = Vec::new();
    for (scope, stacks) in clusters {
        looked.extend(run.look_at_cluster(scope, &stacks).await?);
    }
    Ok(looked)
}

/// What was kept of an object for one stack.
struct Kept {
    stack: usize,
    object: KeptObject,
    address: String,
    written: Written,
    remembering: Option<Remembering>,
}

enum KeptObject {
    /// It is, and was last applied, just as it is declared.
    AsDeclared(Wanted),
    Otherwise(Box<Differing>),
}

/// An object that is not just as it is declared, or of which there is more to tell.
struct Differing {
    address: String,
    live: Live,
    last_applied: Option<Value>,
}

/// What was read of a cluster for one stack.
#[derive(Default)]
struct Part {
    live: Collection,
    /// What the objects tell of their last deployment, by address.
    last_applied: BTreeMap<String, Value>,
    /// Who last wrote to each of them, by address.
    written: BTreeMap<String, Written>,
    /// The objects that remember deployments.
    remembering: Vec<Remembering>,
    /// What nobody declares.
    undeclared: unmanaged::Undeclared,
    /// What the stack declared once.
    left: left::Left,
}

/// What every object that is read is held against.
struct Projection {
    /// The declarations of each stack, and who writes to its objects.
    stacks: Vec<(declared::Read, ManagerClasses)>,
    /// Which declarations are of an object: the stack's position and the declaration's.
    of_object: BTreeMap<Wanted, Vec<(usize, usize)>>,
    schemas: Arc<Schemas>,
    fingerprints: Fingerprinter,
}

impl Projection {
    fn new(stacks: Vec<(declared::Read, ManagerClasses)>, schemas: Arc<Schemas>, fingerprints: Fingerprinter) -> Self {
        let mut of_object: BTreeMap<Wanted, Vec<(usize, usize)>> = BTreeMap::new();
        for (stack, (declared, _)) in stacks.iter().enumerate() {
            for (position, declaration) in declared.declarations.iter().enumerate() {
                if let Some(wanted) = wanted(declaration) {
                    of_object.entry(wanted).or_default().push((stack, position));
                }
            }
        }
        Self { stacks, of_object, schemas, fingerprints }
    }

    /// The declarations, for what comes after the reading. A page of a list that was given up may still be on its way
    /// through another thread, which then shares them.
    fn into_stacks(projection: Arc<Self>) -> Vec<(declared::Read, ManagerClasses)> {
        match Arc::try_unwrap(projection) {
            Ok(projection) => projection.stacks,
            Err(shared) => shared.stacks.clone(),
        }
    }

    /// Cuts an object to what each stack declares of it.
    fn keep(&self, wanted: &Wanted, object: &Json) -> Vec<Kept> {
        let schema = self.schemas.of_type(&wanted.resource_type);
        let of_stack = |(stack, position): &(usize, usize)| {
            let (declared, managers) = self.stacks.get(*stack)?;
            let declaration = declared.declarations.get(*position)?;
            let subject = Object {
                resource_type: &wanted.resource_type,
                identifier: &wanted.key,
                json: object,
                declared: &declaration.attributes,
                schema: schema.as_deref(),
            };
            let projected = project(&subject, managers, &self.fingerprints);
            Some(Kept {
                stack: *stack,
                address: declaration.address.clone(),
                written: Written { deployed_at: projected.deployed_at, by_hand: projected.by_hand.clone() },
                remembering: Remembering::of(wanted, object),
                object: kept(declaration, wanted, projected),
            })
        };
        self.of_object.get(wanted).into_iter().flatten().filter_map(of_stack).collect()
    }
}

fn kept(declaration: &Declaration, wanted: &Wanted, projected: Projected) -> KeptObject {
    match projected.is_just(&declaration.attributes) {
        true => KeptObject::AsDeclared(wanted.clone()),
        false => KeptObject::Otherwise(Box::new(differing(declaration, wanted, projected))),
    }
}

fn differing(declaration: &Declaration, wanted: &Wanted, projected: Projected) -> Differing {
    let deletion = projected.deletion.map(|deletion| {
        let facts = [("since", deletion.asked_at.to_string()), ("sentence", deletion.sentence())];
        (DELETION.to_owned(), Value::object(facts.map(|(name, fact)| (name, Value::from(fact)))))
    });
    let live = Live {
        resource_type: wanted.resource_type.clone(),
        identifier: wanted.key.clone(),
        aliases: Vec::new(),
        attributes: projected.attributes,
        computed: deletion.into_iter().collect(),
        evidence: projected.evidence,
        owners: projected.owners,
        in_flight: None,
    };
    Differing { address: declaration.address.clone(), live, last_applied: projected.last_applied }
}

pub(super) fn wanted(declaration: &Declaration) -> Option<Wanted> {
    Some(Wanted { resource_type: declaration.resource_type.clone(), key: declaration.identifier.clone()? })
}

/// Who writes to the objects of a stack, as far as the configuration says.
pub(super) fn managers_of(stack: &Stack) -> ManagerClasses {
    match &stack.applied {
        AppliedSource::LastApplied(applied) => applied.managers.clone(),
        AppliedSource::TerraformState(_) | AppliedSource::Stack(_) | AppliedSource::None => ManagerClasses::default(),
    }
}

impl Run<'_> {
    async fn look_at_cluster<'s>(
        &self,
        scope: &KubernetesScope,
        stacks: &[&'s Stack],
    ) -> anyhow::Result<Vec<Looked<'s>>> {
        let declare = |stack: &&Stack| (self.declare(stack, &Surroundings::default()), managers_of(stack));
        let declared = debug_span!("declare").in_scope(|| stacks.iter().map(declare).collect());
        let connection = self.app.connections().cluster(scope, &self.app.file().folder).await;
        let asked = |projection: &Projection, parts: &[Part]| -> Vec<Asked> {
            let of = |((stack, (declared, _)), part): ((&&Stack, &(declared::Read, _)), &Part)| {
                Asked::of(&stack.rollbacks, declared, &part.remembering)
            };
            stacks.iter().zip(&projection.stacks).zip(parts).map(of).collect()
        };
        let (projection, parts, asked, histories) = match &connection {
            Ok(connection) => {
                let (projection, mut parts) =
                    self.read_cluster(connection, declared).instrument(debug_span!("read")).await;
                let asked = asked(&projection, &parts);
                let histories = Histories::read(connection, projection.of_object.keys(), &asked).await;
                self.look_for_undeclared(connection, scope, stacks, &projection, &mut parts).await;
                (projection, parts, asked, histories)
            }
            Err(problem) => {
                let (projection, parts) = self.unreached(declared, problem);
                let asked = asked(&projection, &parts);
                (projection, parts, asked, Histories::default())
            }
        };
        let schemas = Arc::clone(&projection.schemas);
        let declared = Projection::into_stacks(projection);
        let mut looked = Vec::new();
        let all: BTreeSet<Wanted> =
            declared.iter().flat_map(|(read, _)| &read.declarations).filter_map(wanted).collect();
        for (((stack, (declared, managers)), mut part), asked) in stacks.iter().zip(declared).zip(parts).zip(asked) {
            let known = self.known(stack).await?;
            let once = left::declared_once(&known, &declared, &all);
            if !once.is_empty() {
                let elsewhere = self.declared_elsewhere(scope, stacks);
                part.look_for_left(connection.as_ref().ok(), stack, &managers, once, &elsewhere).await;
            }
            part.live.problems.extend(histories.problems_of(&asked));
            let known_rollouts = self.app.store().known_rollouts(&stack.name, &stack.environment).await?;
            let remembering = std::mem::take(&mut part.remembering);
            let (rollouts, problem) = histories.with(&asked, remembering, &managers.deployer, self.now, |history| {
                self.rollouts(stack, &declared, history, &known_rollouts)
            });
            part.live.problems.extend(problem);
            let looked_at = self.looked_at_objects(stack, scope, known, declared, part, &schemas);
            looked.push(Looked { rollouts, ..looked_at });
        }
        Ok(looked)
    }

    /// The deployments and rollbacks of a stack. What the repository says is asked only where something went back.
    fn rollouts(
        &self,
        stack: &Stack,
        declared: &declared::Read,
        history: &ClusterHistory<'_>,
        known: &KnownRollouts,
    ) -> (rollback::Detected, Option<Problem>) {
        let detect = |reverts: &[Revert]| {
            let history = ClusterHistory { reverts, ..*history };
            rollback::kubernetes::detect(&stack.environment, &stack.name, &history, known)
        };
        let detected = detect(&[]);
        let (reverts, problem) = reverts::behind(self, stack, declared, &detected.rollbacks);
        (if reverts.is_empty() { detected } else { detect(&reverts) }, problem)
    }

    /// Looks for what nobody declares, for the stacks that ask for it.
    async fn look_for_undeclared(
        &self,
        connection: &ClusterConnection,
        scope: &KubernetesScope,
        stacks: &[&Stack],
        projection: &Projection,
        parts: &mut [Part],
    ) {
        if stacks.iter().all(|stack| stack.unmanaged.is_none()) {
            return;
        }
        let mut known: BTreeSet<Wanted> = projection.of_object.keys().cloned().collect();
        known.extend(self.declared_elsewhere(scope, stacks));
        for ((stack, (declared, managers)), part) in stacks.iter().zip(&projection.stacks).zip(parts) {
            if let Some(scope) = &stack.unmanaged {
                let (found, problems) = unmanaged::look(connection, scope, declared, managers, &known).await;
                part.undeclared = found;
                part.live.problems.extend(problems);
            }
        }
    }

    /// What stacks that are not scanned now declare for a cluster: whoever declares an object, it is declared.
    fn declared_elsewhere(&self, scope: &KubernetesScope, scanned: &[&Stack]) -> BTreeSet<Wanted> {
        let is_here = |stack: &&Stack| matches!(&stack.live, LiveSource::Kubernetes(theirs) if theirs == scope);
        let others = self.app.config().stacks.iter().filter(is_here);
        let others = others.filter(|stack| !scanned.iter().any(|scanned| scanned.name == stack.name));
        let read = others.map(|stack| self.declare(stack, &Surroundings::default()));
        read.flat_map(|read| read.declarations).filter_map(|declaration| wanted(&declaration)).collect()
    }

    fn unreached(
        &self,
        declared: Vec<(declared::Read, ManagerClasses)>,
        problem: &Problem,
    ) -> (Arc<Projection>, Vec<Part>) {
        let part = |_: &_| {
            let mut part = Part::default();
            part.live.problems.push(problem.clone());
            part
        };
        let parts = declared.iter().map(part).collect();
        let fingerprints = self.app.store().fingerprints().clone();
        (Arc::new(Projection::new(declared, Arc::new(Schemas::built_in()), fingerprints)), parts)
    }

    async fn read_cluster(
        &self,
        connection: &ClusterConnection,
        declared: Vec<(declared::Read, ManagerClasses)>,
    ) -> (Arc<Projection>, Vec<Part>) {
        let declarations = declared.iter().flat_map(|(declared, _)| &declared.declarations);
        let types: BTreeSet<_> = declarations.map(|declaration| declaration.resource_type.clone()).collect();
        let (schemas, unread) = connection::schemas(connection, &types).await;
        let projection = Arc::new(Projection::new(declared, schemas, self.app.store().fingerprints().clone()));
        let all: BTreeSet<Wanted> = projection.of_object.keys().cloned().collect();
        let keeping = Arc::clone(&projection);
        let answer =
            connection::objects(connection, &all, Arc::new(move |wanted, object| keeping.keep(wanted, &object))).await;
        let mut parts: Vec<Part> = projection.stacks.iter().map(|_| Part::default()).collect();
        let stacks_of =
            |wanted: &Wanted| projection.of_object.get(wanted).into_iter().flatten().map(|(stack, _)| *stack);
        for wanted in answer.answered {
            for stack in stacks_of(&wanted) {
                parts.get_mut(stack).into_iter().for_each(|part| part.live.mark_answered(wanted.clone()));
            }
        }
        for gap in answer.gaps {
            let stacks: BTreeSet<usize> = gap.unread.iter().flat_map(stacks_of).collect();
            for stack in stacks {
                parts.get_mut(stack).into_iter().for_each(|part| part.live.problems.push(gap.problem.clone()));
            }
        }
        parts.iter_mut().for_each(|part| part.live.problems.extend(unread.clone()));
        for kept in answer.kept {
            if let Some(part) = parts.get_mut(kept.stack) {
                part.take(kept);
            }
        }
        (projection, parts)
    }

    fn looked_at_objects<'s>(
        &self,
        stack: &'s Stack,
        scope: &KubernetesScope,
        known: Known,
        declared: declared::Read,
        mut part: Part,
        schemas: &Arc<Schemas>,
    ) -> Looked<'s> {
        let mut applied = part.applied(&known, &declared);
        applied.objects = std::mem::take(&mut part.written);
        let (history, unread) = history::earlier(self, stack, &known, &declared, &applied, &Surroundings::default());
        applied.problems.extend(unread);
        Looked {
            stack,
            scope: Scope::cluster(scope.name()),
            known,
            declared,
            applied,
            history,
            live: Arc::new(part.live),
            unmanaged: stack.unmanaged.is_some().then_some(part.undeclared),
            left: part.left,
            schemas: Some(Arc::clone(schemas)),
            rollouts: rollback::Detected::default(),
        }
    }
}

impl Part {
    async fn look_for_left(
        &mut self,
        connection: Option<&ClusterConnection>,
        stack: &Stack,
        managers: &ManagerClasses,
        mut once: left::Once,
        elsewhere: &BTreeSet<Wanted>,
    ) {
        once.retain(|wanted, _| !elsewhere.iter().any(|known| unmanaged::is_same(known, wanted)));
        let (left, problems) = left::look(connection, once, managers, stack.deploy_method).await;
        self.live.problems.extend(problems);
        self.undeclared.found.retain(|found| !left.speaks_of(&found.address));
        self.left = left;
    }

    fn take(&mut self, kept: Kept) {
        self.written.insert(kept.address, kept.written);
        self.remembering.extend(kept.remembering);
        match kept.object {
            KeptObject::AsDeclared(wanted) => self.live.mark_as_expected(wanted),
            KeptObject::Otherwise(object) => {
                self.live.add(object.live);
                if let Some(attributes) = object.last_applied {
                    self.last_applied.insert(object.address, attributes);
                }
            }
        }
    }

    /// What was last applied. An object that is not there tells nothing of its last deployment; earlier scans do. One that
    /// was looked at before, and one of a stack that nobody looked at before, was deployed and is gone. One that is
    /// declared since the last scan is still to be deployed. Of one that is just as it is declared nothing is said: it was
    /// last applied so, too.
    fn applied(&self, known: &Known, declared: &declared::Read) -> AppliedSide {
        let sought = declared.declarations.iter().filter_map(|declaration| {
            let address = &declaration.address;
            let live = match declaration.identifier.as_deref() {
                Some(key) => self.live.find(&declaration.resource_type, key),
                None => Found::Unknown,
            };
            let live = match live {
                Found::AsExpected => return None,
                Found::Present(live) => Some(live),
                Found::Missing | Found::Unknown => None,
            };
            // A scan that saw nothing is no look.
            let looked_before = known.state.as_ref().is_some_and(|state| state.last_success.is_some());
            let was_found = !looked_before
                || known.bases.contains_key(address)
                || known.open_drift(&declaration.resource_type, address).is_some();
            Some(Sought { declaration, live, last_applied: self.last_applied.get(address), was_found })
        });
        let side = last_applied::side(sought);
        let last = self.written.values().filter_map(|written| written.deployed_at).max();
        AppliedSide { deployment: last.map(|at| at.to_string()), ..side }
    }
}

/// What a stack declares now; nothing where the repository cannot be entered, which every scan tells.
pub(super) fn declarations(app: &App, stack: &Stack) -> Vec<Declaration> {
    let Ok(tree) = Tree::work_tree(app::repository_folder(app.file())) else { return Vec::new() };
    declared::source::read(&tree, &stack.declared, &Surroundings::default(), app.store().fingerprints()).declarations
}

/// Asks every cluster what of all that is declared the credentials do not allow to read.
pub async fn refusals(app: &App) -> Vec<Problem> {
    let mut clusters: BTreeMap<&KubernetesScope, BTreeSet<Wanted>> = BTreeMap::new();
    for stack in &app.config().stacks {
        if let LiveSource::Kubernetes(scope) = &stack.live {
            clusters.entry(scope).or_default().extend(declarations(app, stack).iter().filter_map(wanted));
        }
    }
    let mut problems = Vec::new();
    for (scope, wanted) in clusters {
        match app.connections().cluster(scope, &app.file().folder).await {
            Ok(connection) => problems.extend(connection::refusals(&connection, &wanted).await),
            Err(problem) => problems.push(problem),
        }
    }
    problems
}

#[cfg(test)]
mod tests;
