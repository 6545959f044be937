//! One scan: read the declarations, what was applied and what is live; compare; match; remember.
//!
//! The order of the calls is the data flow of the product. One code path for the daemon, the command line and the
//! gate; nothing is retried here, because the next scan does everything again.

pub mod assess;
mod history;
mod judge;
mod resolve;
mod revisions;
mod watch;

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Context;
use jiff::Timestamp;
use tokio_util::task::AbortOnDropHandle;

use crate::app::{self, App};
use crate::applied::source::AppliedRead;
use crate::applied::state_fetch::Access;
use crate::config::{Applied as AppliedSource, AwsScope, Declared as DeclaredSource, Live as LiveSource, Stack};
use crate::declared::source::{StackOutputs, Surroundings};
use crate::ledger::files::Read as Ledger;
use crate::live::connection::{self, Connection};
use crate::live::{Collection, Found, Wanted};
use crate::model::{Bound, Fingerprinter, Problem, Scope};
use crate::repo::Tree;
use crate::repo::git::Repository;
use crate::report::{Report, ScanReport};
use crate::store::{ScanRow, StackScan};
use crate::{applied, declared, live, rollback, schema, web};

use assess::{Assessment, Inputs, Known};

/// What one scan reads from, and when.
struct Run<'a> {
    app: &'a App,
    id: String,
    started_at: Timestamp,
    now: Timestamp,
    commit: Option<String>,
    tree: Tree,
    repository: Option<Repository>,
}

/// One stack on its way through a scan.
struct Prepared<'a> {
    stack: &'a Stack,
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

/// What a scope was asked for, and its answer on the way.
struct Asked {
    scope: AwsScope,
    wanted: BTreeSet<Wanted>,
    answer: AbortOnDropHandle<Collection>,
}

/// Scans stacks and reports on them.
///
/// # Errors
/// When the store does not take what was found, or the repository cannot be entered.
pub async fn run(app: &App, stacks: &[&Stack]) -> anyhow::Result<Report> {
    let run = Run::begin(app, stacks).await?;
    let ledger = app::read_ledger(app.file(), app.clock().now())?;
    let mut scopes = run.reach(stacks).await;
    let mut prepared = Vec::new();
    for stack in stacks {
        prepared.push(run.recall(stack, &scopes).await?);
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
    run.save_ledger(&ledger).await?;
    for stack in prepared {
        run.finish_stack(stack, &scopes, &ledger).await?;
    }
    let problems = judge::problems_of_no_stack(app, &ledger, run.now).await?;
    app.store().save_problems(&problems).await?;
    let finished_at = app.clock().now();
    app.store().finish_scan(&run.id, finished_at).await?;
    let names: Vec<_> = stacks.iter().map(|stack| stack.name.as_str()).collect();
    let report = web::stored_report(app.store(), Some(&names)).await?;
    // Another process may have begun a scan since.
    let scan = ScanReport {
        id: run.id,
        started_at: Some(run.started_at),
        finished_at: Some(finished_at),
        commit: run.commit,
        stacks: report.scan.stacks.clone(),
        nothing_checked: report.scan.nothing_checked.clone(),
    };
    Ok(Report { scan, ..report })
}

/// Reads live resources, without the secrets in them.
async fn read(connection: &Connection, wanted: &[Wanted], fingerprints: &Fingerprinter) -> Collection {
    let mut live = connection::read(connection, wanted, fingerprints).await;
    live.map_attributes(|kind, value| schema::hide_secrets(kind, value, fingerprints));
    live
}

fn aws_scope(stack: &Stack) -> &AwsScope {
    let LiveSource::Aws(scope) = &stack.live;
    scope
}

impl<'a> Run<'a> {
    async fn begin(app: &'a App, stacks: &[&Stack]) -> anyhow::Result<Self> {
        let folder = app::repository_folder(app.file());
        let tree = Tree::work_tree(&folder)?;
        let repository = Repository::open(&folder).ok();
        let started_at = app.clock().now();
        // Whole seconds: people read these times, and no service dates its changes better.
        let now = Timestamp::from_second(started_at.as_second())?;
        let commit = repository.as_ref().and_then(|git| git.head().ok()).map(|commit| commit.to_string());
        let run = Self { app, id: scan_id(started_at)?, started_at, now, commit, tree, repository };
        let row = ScanRow {
            id: run.id.clone(),
            started_at,
            commit: run.commit.clone(),
            stacks: stacks.iter().map(|stack| stack.name.clone()).collect(),
        };
        app.store().begin_scan(&row).await?;
        Ok(run)
    }

    /// Connects to every scope once.
    async fn reach(&self, stacks: &[&Stack]) -> BTreeMap<AwsScope, Reached> {
        let scopes: BTreeSet<_> = stacks.iter().map(|stack| aws_scope(stack).clone()).collect();
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
    async fn recall<'s>(&self, stack: &'s Stack, scopes: &BTreeMap<AwsScope, Reached>) -> anyhow::Result<Prepared<'s>> {
        let store = self.app.store();
        let known = Known {
            state: store.stack(&stack.name).await?,
            open: store.open_drifts(Some(&stack.name)).await?,
            bases: store.bases(&stack.name).await?,
            baselines: store.baselines(&stack.name).await?,
        };
        let scope = aws_scope(stack);
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
            applied::source::read(stack, &self.tree, access, connection, surroundings, store.fingerprints()).await;
        Ok(Prepared { stack, known, applied, declared: declared::Read::default() })
    }

    /// Evaluates declarations with what was applied, and asks what they want to know of the account and of other stacks.
    async fn declare_first(&self, prepared: &mut Prepared<'_>, scopes: &BTreeMap<AwsScope, Reached>) {
        let (stack, applied) = (prepared.stack, &mut prepared.applied);
        let mut declared = self.declare(stack, &applied.surroundings);
        if !declared.asks.is_empty() {
            if declared.asks.states {
                applied.surroundings.states = self.outputs_of_stacks().await;
            }
            let connection = scopes.get(aws_scope(stack)).and_then(|reached| reached.connection.as_ref().ok());
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
            let (DeclaredSource::Terraform(module), AppliedSource::TerraformState(state)) =
                (&stack.declared, &stack.applied)
            else {
                continue;
            };
            let Some(mut backend) = declared::terraform::backend(&self.tree, &module.path) else { continue };
            backend.config.extend(state.backend.clone());
            let access = Access { folder: &folder, connections: self.app.connections(), scope: aws_scope(stack) };
            let outputs =
                applied::source::state_outputs(&stack.declared, state, &self.tree, access, fingerprints).await;
            of_stacks.push(StackOutputs { backend, workspace: module.workspace.clone(), outputs });
        }
        of_stacks
    }

    fn declare(&self, stack: &Stack, surroundings: &Surroundings) -> declared::Read {
        declared::source::read(&self.tree, &stack.declared, surroundings, self.app.store().fingerprints())
    }

    /// Begins to read what was last deployed in every scope, of all its stacks together: the fewest calls.
    fn ask_for_applied(&self, prepared: &[Prepared<'_>], scopes: &BTreeMap<AwsScope, Reached>) -> Vec<Asked> {
        let ask = |(scope, reached): (&AwsScope, &Reached)| {
            let of_scope = prepared.iter().filter(|prepared| aws_scope(prepared.stack) == scope);
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
            let of_scope = prepared.iter().filter(|prepared| aws_scope(prepared.stack) == scope);
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
        let Some(reached) = scopes.get(aws_scope(prepared.stack)) else { return };
        if bind_live(prepared, &reached.live) {
            let again = self.declare(prepared.stack, &prepared.applied.surroundings);
            // What is known goes by the new addresses since the first time, and shows no move any more.
            let moved = std::mem::take(&mut prepared.declared.moved);
            prepared.declared = declared::Read { moved, ..again };
        }
    }

    async fn finish_stack(
        &self,
        mut prepared: Prepared<'_>,
        scopes: &BTreeMap<AwsScope, Reached>,
        ledger: &Ledger,
    ) -> anyhow::Result<()> {
        let stack = prepared.stack;
        let scope = aws_scope(stack);
        let Some(reached) = scopes.get(scope) else { return Ok(()) };
        let assessed_scope = Scope::aws(reached.account.clone(), Some(scope.region.clone()));
        let (history, unread) = history::earlier(self, stack, &prepared.declared, &prepared.applied);
        prepared.applied.side.problems.extend(unread);
        let mut assessment = assess::assess(&Inputs {
            stack: &stack.name,
            environment: &stack.environment,
            scope: &assessed_scope,
            now: self.now,
            declared: &prepared.declared,
            applied: &prepared.applied.side,
            history: &history,
            live: &reached.live,
            reads: live::reads,
            undeclared: stack.undeclared,
            known: &prepared.known,
            fingerprints: self.app.store().fingerprints(),
        });
        let delays = judge::judge(self.app, &stack.environment, ledger, &reached.live, &mut assessment, self.now);
        self.save(stack, prepared, reached, assessment, delays).await
    }

    async fn save(
        &self,
        stack: &Stack,
        prepared: Prepared<'_>,
        reached: &Reached,
        assessment: Assessment,
        delays: Vec<crate::store::RecordDelay>,
    ) -> anyhow::Result<()> {
        let rollbacks = match &reached.connection {
            Ok(connection) => {
                let deployments = connection::ecs_deployments(connection, &wanted(&prepared)).await;
                rollback::ecs::detect(&stack.environment, &stack.name, &deployments)
            }
            Err(_) => rollback::Detected::default(),
        };
        let scan = StackScan {
            scan_id: self.id.clone(),
            stack: stack.name.clone(),
            environment: stack.environment.clone(),
            at: self.now,
            deployment: prepared.applied.side.deployment.clone(),
            complete: assessment.complete,
            coverage: assessment.coverage,
            drifts: assessment.drifts.iter().map(Into::into).collect(),
            resolutions: assessment.resolutions,
            bases: assessment.bases,
            baselines: assessment.baselines,
            delays,
            deployments: rollbacks.deployments,
            rollbacks: rollbacks.rollbacks,
        };
        self.app.store().save_stack(&scan).await?;
        Ok(())
    }

    async fn save_ledger(&self, ledger: &Ledger) -> anyhow::Result<()> {
        self.app.store().save_records(&judge::record_rows(ledger)).await?;
        let environments = self.app.config().environment_names();
        // A record that names no environment belongs to the only one there is, or to none.
        let environment = match environments.as_slice() {
            [only] => only.as_str(),
            _ => "",
        };
        let detected = rollback::records::detect(environment, &ledger.records);
        self.app.store().save_rollbacks(&detected.deployments, &detected.rollbacks).await?;
        Ok(())
    }
}

/// An id that sorts by time: the time, and enough chance that two scans of one millisecond differ.
fn scan_id(now: Timestamp) -> anyhow::Result<String> {
    let mut chance = [0u8; 2];
    getrandom::fill(&mut chance).map_err(|error| anyhow::anyhow!("no random numbers: {error}"))?;
    Ok(format!("{}-{:02x}{:02x}", now.strftime("%Y%m%dT%H%M%S%.3fZ"), chance[0], chance[1]))
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
