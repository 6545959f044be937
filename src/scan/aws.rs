//! The AWS side of a scan: declarations, what was applied and what is live of the stacks that run there, with the fewest
//! calls for all of them together.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use anyhow::Context;
use tokio_util::task::AbortOnDropHandle;

use super::assess::Known;
use super::kubernetes::left::Left;
use super::{Looked, Run, history};
use crate::applied::source::AppliedRead;
use crate::applied::state_fetch::Access;
use crate::config::{Applied as AppliedSource, AwsScope, Declared as DeclaredSource, Live as LiveSource, Stack};
use crate::declared::source::{StackOutputs, Surroundings};
use crate::live::connection::{self, Connection};
use crate::live::{Collection, Found, Wanted};
use crate::model::{Bound, Fingerprinter, Problem, Scope};
use crate::{app, applied, declared, live, rollback, schema};

/// One stack on its way through a scan.
struct Prepared<'a> {
    stack: &'a Stack,
    scope: &'a AwsScope,
    known: Known,
    applied: AppliedRead,
    declared: declared::Read,
}

/// The live side of one scope.
struct Reached {
    connection: Result<Connection, Problem>,
    account: Option<String>,
    /// What was asked for so far.
    asked: BTreeSet<Wanted>,
    live: Collection,
}

/// A scope that nothing more is asked of.
struct Read {
    connection: Option<Connection>,
    account: Option<String>,
    live: Arc<Collection>,
}

impl Reached {
    fn end(self) -> Read {
        Read { connection: self.connection.ok(), account: self.account, live: Arc::new(self.live) }
    }
}

/// What a scope was asked for, and its answer on the way.
struct Asked {
    scope: AwsScope,
    wanted: BTreeSet<Wanted>,
    answer: AbortOnDropHandle<Collection>,
}

/// A stack, and the account and region it runs in.
pub(super) type OfAws<'s> = (&'s Stack, &'s AwsScope);

/// Looks at the stacks that run on AWS.
///
/// # Errors
/// When the store does not answer.
pub(super) async fn look<'s>(run: &Run<'_>, stacks: &[OfAws<'s>]) -> anyhow::Result<Vec<Looked<'s>>> {
    let mut scopes = run.reach(stacks).await;
    let mut prepared = Vec::new();
    for stack in stacks {
        prepared.push(run.recall(*stack, &scopes).await?);
    }
    // The services answer while the declarations are evaluated: what is wanted is mostly what was last deployed.
    let answers = run.ask_for_applied(&prepared, &scopes);
    for stack in &mut prepared {
        run.declare_first(stack, &scopes).await;
    }
    run.take_answers(answers, &mut scopes).await?;
    // Names that follow from what was found, such as the cluster of a service, are asked for in a second round.
    for _ in 0..2 {
        run.read_live(&prepared, &mut scopes).await;
        for stack in &mut prepared {
            run.declare_again(stack, &scopes);
        }
    }
    let scopes: BTreeMap<_, _> = scopes.into_iter().map(|(scope, reached)| (scope, reached.end())).collect();
    let mut looked = Vec::new();
    for stack in prepared {
        if let Some(reached) = scopes.get(stack.scope) {
            looked.push(run.looked(stack, reached).await);
        }
    }
    Ok(looked)
}

/// Reads live resources, without the secrets in them.
async fn read(connection: &Connection, wanted: &[Wanted], fingerprints: &Fingerprinter) -> Collection {
    let mut live = connection::read(connection, wanted, fingerprints).await;
    live.map_attributes(|kind, value| schema::hide_secrets(kind, value, fingerprints));
    live
}

impl Run<'_> {
    /// Connects to every scope once.
    async fn reach(&self, stacks: &[OfAws<'_>]) -> BTreeMap<AwsScope, Reached> {
        let scopes: BTreeSet<_> = stacks.iter().map(|(_, scope)| (*scope).clone()).collect();
        let mut reached = BTreeMap::new();
        for scope in scopes {
            let connection = self.app.connections().aws(&scope).await;
            let account = match &connection {
                Ok(connection) => connection::account(connection).await,
                Err(_) => scope.account.clone(),
            };
            let (asked, mut live) = (BTreeSet::new(), Collection::default());
            // One problem stands for the whole scope.
            live.problems.extend(connection.as_ref().err().cloned());
            reached.insert(scope, Reached { connection, account, asked, live });
        }
        reached
    }

    /// Reads what the past left: what is known, and what was applied.
    async fn recall<'s>(
        &self,
        (stack, scope): OfAws<'s>,
        scopes: &BTreeMap<AwsScope, Reached>,
    ) -> anyhow::Result<Prepared<'s>> {
        let known = self.known(stack).await?;
        let reached = scopes.get(scope);
        let surroundings = Surroundings {
            account: reached.and_then(|reached| reached.account.clone()),
            region: Some(scope.region.clone()),
            ..Surroundings::default()
        };
        let connection = reached.and_then(|reached| reached.connection.as_ref().ok());
        let folder = app::repository_folder(self.app.file());
        let access = Access { folder: &folder, connections: self.app.connections(), scope };
        let applied =
            applied::source::read(stack, &self.tree, access, connection, surroundings, self.app.store().fingerprints())
                .await;
        Ok(Prepared { stack, scope, known, applied, declared: declared::Read::default() })
    }

    /// Evaluates declarations with what was applied, and asks what they want to know of the account and of other stacks.
    async fn declare_first(&self, prepared: &mut Prepared<'_>, scopes: &BTreeMap<AwsScope, Reached>) {
        let (stack, scope, applied) = (prepared.stack, prepared.scope, &mut prepared.applied);
        let mut declared = self.declare(stack, &applied.surroundings);
        if !declared.asks.is_empty() {
            if declared.asks.states {
                applied.surroundings.states = self.outputs_of_stacks().await;
            }
            let connection = scopes.get(scope).and_then(|reached| reached.connection.as_ref().ok());
            if let Some(connection) = connection {
                let problems = applied::source::look_up(connection, &declared.asks, &mut applied.surroundings).await;
                applied.side.problems.extend(problems);
            }
            declared = self.declare(stack, &applied.surroundings);
        }
        // From here on everything that is known goes by the addresses that are declared now.
        applied.side.follow(&declared.moved);
        for (from, to) in &declared.moved {
            applied.surroundings.bindings.rename(from, to);
        }
        prepared.known.follow(|address| declared.moved_from(address));
        prepared.declared = declared;
    }

    /// What the states of all stacks give to those that read them.
    async fn outputs_of_stacks(&self) -> Vec<StackOutputs> {
        let folder = app::repository_folder(self.app.file());
        let fingerprints = self.app.store().fingerprints();
        let mut of_stacks = Vec::new();
        for stack in &self.app.config().stacks {
            let (DeclaredSource::Terraform(module), AppliedSource::TerraformState(state), LiveSource::Aws(scope)) =
                (&stack.declared, &stack.applied, &stack.live)
            else {
                continue;
            };
            let Some(mut backend) = declared::terraform::backend(&self.tree, &module.path) else { continue };
            backend.config.extend(state.backend.clone());
            let access = Access { folder: &folder, connections: self.app.connections(), scope };
            let outputs =
                applied::source::state_outputs(&stack.declared, state, &self.tree, access, fingerprints).await;
            of_stacks.push(StackOutputs { backend, workspace: module.workspace.clone(), outputs });
        }
        of_stacks
    }

    /// Begins to read what was last deployed in every scope, of all its stacks together: the fewest calls.
    fn ask_for_applied(&self, prepared: &[Prepared<'_>], scopes: &BTreeMap<AwsScope, Reached>) -> Vec<Asked> {
        let ask = |(scope, reached): (&AwsScope, &Reached)| {
            let of_scope = prepared.iter().filter(|prepared| prepared.scope == scope);
            let applied = of_scope.flat_map(|prepared| prepared.applied.side.resources.values());
            let wanted = applied.filter(|applied| live::reads(&applied.resource_type)).filter_map(|applied| {
                let key = applied.identifier.clone()?;
                Some(Wanted { resource_type: applied.resource_type.clone(), key })
            });
            let wanted: BTreeSet<Wanted> = wanted.collect();
            let connection = reached.connection.clone().ok().filter(|_| !wanted.is_empty())?;
            let fingerprints = self.app.store().fingerprints().clone();
            let names: Vec<_> = wanted.iter().cloned().collect();
            let answer = async move { read(&connection, &names, &fingerprints).await };
            Some(Asked { scope: scope.clone(), wanted, answer: AbortOnDropHandle::new(tokio::spawn(answer)) })
        };
        scopes.iter().filter_map(ask).collect()
    }

    async fn take_answers(&self, asked: Vec<Asked>, scopes: &mut BTreeMap<AwsScope, Reached>) -> anyhow::Result<()> {
        for Asked { scope, wanted, answer } in asked {
            let live = answer.await.context("reading the live side broke off")?;
            if let Some(reached) = scopes.get_mut(&scope) {
                reached.live.merge(live);
                reached.asked.extend(wanted);
            }
        }
        Ok(())
    }

    /// Reads what is wanted of every scope and was not asked for yet, for all its stacks together.
    async fn read_live(&self, prepared: &[Prepared<'_>], scopes: &mut BTreeMap<AwsScope, Reached>) {
        for (scope, reached) in scopes {
            let of_scope = prepared.iter().filter(|prepared| prepared.scope == scope);
            let wanted: BTreeSet<Wanted> = of_scope.flat_map(wanted).collect();
            let wanted: Vec<_> = wanted.difference(&reached.asked).cloned().collect();
            let Ok(connection) = &reached.connection else { continue };
            if wanted.is_empty() {
                continue;
            }
            let live = read(connection, &wanted, self.app.store().fingerprints()).await;
            reached.live.merge(live);
            reached.asked.extend(wanted);
        }
    }

    /// Evaluates declarations again, where more is known now of live resources that they refer to.
    fn declare_again(&self, prepared: &mut Prepared<'_>, scopes: &BTreeMap<AwsScope, Reached>) {
        let Some(reached) = scopes.get(prepared.scope) else { return };
        if bind_live(prepared, &reached.live) {
            let again = self.declare(prepared.stack, &prepared.applied.surroundings);
            // What is known goes by the new addresses since the first time, and shows no move any more.
            let moved = std::mem::take(&mut prepared.declared.moved);
            prepared.declared = declared::Read { moved, ..again };
        }
    }

    async fn looked<'s>(&self, mut prepared: Prepared<'s>, read: &Read) -> Looked<'s> {
        let stack = prepared.stack;
        let (history, unread) = history::earlier(
            self,
            stack,
            &prepared.known,
            &prepared.declared,
            &prepared.applied.side,
            &prepared.applied.surroundings,
        );
        prepared.applied.side.problems.extend(unread);
        let rollouts = match &read.connection {
            Some(connection) => {
                let deployments = connection::ecs_deployments(connection, &wanted(&prepared)).await;
                rollback::ecs::detect(&stack.environment, &stack.name, &deployments)
            }
            None => rollback::Detected::default(),
        };
        Looked {
            stack,
            scope: Scope::aws(read.account.clone(), Some(prepared.scope.region.clone())),
            known: prepared.known,
            declared: prepared.declared,
            applied: prepared.applied.side,
            history,
            live: Arc::clone(&read.live),
            schemas: None,
            unmanaged: None,
            left: Left::default(),
            rollouts,
        }
    }
}

fn wanted(prepared: &Prepared<'_>) -> Vec<Wanted> {
    let side = &prepared.applied.side;
    let wanted =
        |declaration| Some(Wanted { key: side.key_of(declaration)?, resource_type: declaration.resource_type.clone() });
    prepared.declared.declarations.iter().filter_map(wanted).collect()
}

/// Notes the ids and attributes of live resources for the declarations that refer to them, and says whether the
/// declarations were evaluated without any of it: without an id, or without an attribute that was looked up. The id
/// that a deployment noted stands: what runs in its place was changed by hand, and a declaration does not refer to that.
fn bind_live(prepared: &mut Prepared<'_>, live: &Collection) -> bool {
    let bindings = &mut prepared.applied.surroundings.bindings;
    let mut is_new = false;
    for declaration in &prepared.declared.declarations {
        let Some(key) = prepared.applied.side.key_of(declaration) else { continue };
        let Found::Present(found) = live.find(&declaration.resource_type, &key) else { continue };
        let noted = prepared.applied.side.bindings.get(&declaration.address).and_then(|bound| bound.identifier.clone());
        let deployed = prepared.applied.side.resources.get(&declaration.address);
        let deployed = deployed.and_then(|applied| applied.identifier.as_ref());
        if deployed.is_some_and(|deployed| is_other_revision(deployed, &found.identifier)) {
            continue;
        }
        let identifier = noted.or_else(|| Some(found.identifier.clone()));
        let bound = Bound { identifier, attributes: found.computed.clone() };
        is_new |= prepared.declared.was_read_without(bindings, &declaration.address, &bound);
        bindings.bind(declaration.address.clone(), bound);
    }
    is_new
}

/// Whether an ARN names another revision of the same task definition.
fn is_other_revision(deployed: &str, live: &str) -> bool {
    let family = |arn: &str| arn.rsplit_once(':').map(|(family, _)| family.to_owned());
    deployed != live && deployed.contains(":task-definition/") && family(deployed) == family(live)
}
