//! One scan: read the declarations, what was applied and what is live; compare; match; remember.
//!
//! The order of the calls is the data flow of the product. One code path for the daemon, the command line and the
//! gate; nothing is retried here, because the next scan does everything again.

pub mod assess;
pub mod audit;
mod aws;
pub mod between;
mod dry_run;
mod history;
mod judge;
mod kubernetes;
mod resolve;
mod revisions;
mod trail;
mod watch;

use std::sync::Arc;

use jiff::Timestamp;
use tracing::{Instrument as _, debug_span};

use crate::app::{self, App};
use crate::applied::AppliedSide;
use crate::config::{Live as LiveSource, Stack};
use crate::declared::source::Surroundings;
use crate::ledger::files::Read as Ledger;
use crate::live::Collection;
use crate::model::{Evidence, Provider, Scope};
use crate::repo::Tree;
use crate::repo::git::Repository;
use crate::report::{ProblemReport, Report, ScanReport};
use crate::schema::kubernetes::Schemas;
use crate::store::{ScanRow, StackScan};
use crate::{declared, live, rollback, web};

use assess::{Inputs, Known};
use audit::AuditLogs;
use dry_run::Trials;

pub use kubernetes::refusals;

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

/// One stack, after everything about it was read.
struct Looked<'s> {
    stack: &'s Stack,
    scope: Scope,
    known: Known,
    declared: declared::Read,
    applied: AppliedSide,
    /// What earlier commits declared, by address.
    history: history::Versions,
    /// Stacks of one account and region share what was read of it.
    live: Arc<Collection>,
    /// The schemas of the objects, of a stack that runs on a cluster.
    schemas: Option<Arc<Schemas>>,
    /// Objects in the scope of the stack that nobody declares, where it asks for them.
    unmanaged: Option<kubernetes::unmanaged::Undeclared>,
    /// Objects that the stack declared once.
    left: kubernetes::left::Left,
    rollouts: rollback::Detected,
}

impl Looked<'_> {
    /// Who changed what, as far as the reads themselves and the audit logs tell.
    fn evidence(&self, audit: &mut AuditLogs) -> Vec<Evidence> {
        let live = self.live.resources().iter().flat_map(|live| &live.evidence);
        let undeclared = self.unmanaged.iter().flat_map(|all| &all.found).flat_map(|found| &found.evidence);
        let left = self.left.still.iter().flat_map(|still| &still.evidence);
        let mut all: Vec<Evidence> = live.chain(undeclared).chain(left).cloned().collect();
        if self.scope.provider == Provider::Kubernetes {
            all.extend(audit.evidence(&self.stack.name, &self.declared, &self.live));
        }
        all
    }
}

/// Scans stacks and reports on them.
///
/// # Errors
/// When the store does not take what was found, or the repository cannot be entered.
pub async fn run(app: &App, stacks: &[&Stack]) -> anyhow::Result<Report> {
    let run = Run::begin(app, stacks).await?;
    let (mut of_aws, mut of_clusters) = (Vec::new(), Vec::new());
    for stack in stacks {
        match &stack.live {
            LiveSource::Aws(scope) => of_aws.push((*stack, scope)),
            LiveSource::Kubernetes(scope) => of_clusters.push((*stack, scope)),
        }
    }
    // Services that keep records may ask to wait; meanwhile everything else is read.
    let look = Box::pin(async {
        let mut looked = aws::look(&run, &of_aws).await?;
        looked.extend(kubernetes::look(&run, &of_clusters).await?);
        anyhow::Ok(looked)
    });
    let scopes: Vec<_> = of_aws.iter().map(|(_, scope)| *scope).collect();
    let (logs, trail, records, looked) =
        tokio::join!(audit::read(app), trail::read(app, &scopes), Box::pin(app.sync_records()), look);
    let (mut unread_logs, looked) = (logs, looked?);
    unread_logs.extend(trail?);
    let mut ledger = app.ledger().await?;
    ledger.problems.extend(records?);
    run.save_ledger(&ledger).await?;
    for stack in looked {
        run.finish(stack, &ledger).await?;
    }
    let mut problems = judge::problems_of_no_stack(app, &ledger, run.now).await?;
    problems.extend(unread_logs.iter().map(ProblemReport::from));
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

    /// What earlier scans left of a stack.
    async fn known(&self, stack: &Stack) -> anyhow::Result<Known> {
        let store = self.app.store();
        Ok(Known {
            state: store.stack(&stack.name).await?,
            open: store.open_drifts(Some(&stack.name)).await?,
            bases: store.bases(&stack.name).await?,
            baselines: store.baselines(&stack.name).await?,
        })
    }

    fn declare(&self, stack: &Stack, surroundings: &Surroundings) -> declared::Read {
        declared::source::read(&self.tree, &stack.declared, surroundings, self.app.store().fingerprints())
    }

    /// Compares, matches and remembers one stack.
    async fn finish(&self, looked: Looked<'_>, ledger: &Ledger) -> anyhow::Result<()> {
        let stack = looked.stack;
        let untried = Trials::default();
        let read = Inputs {
            stack: &stack.name,
            environment: &stack.environment,
            scope: &looked.scope,
            now: self.now,
            declared: &looked.declared,
            applied: &looked.applied,
            history: &looked.history,
            live: &looked.live,
            schemas: looked.schemas.as_deref(),
            unmanaged: looked.unmanaged.as_ref(),
            left: &looked.left,
            reads: live::reads,
            undeclared: stack.undeclared,
            known: &looked.known,
            tried: &untried,
            fingerprints: self.app.store().fingerprints(),
        };
        let tried = dry_run::look(self, stack, &read).await;
        let inputs = Inputs { tried: &tried, ..read };
        let mut assessment = debug_span!("assess").in_scope(|| assess::assess(&inputs));
        let mut evidence = looked.evidence(&mut self.app.audit());
        let records = ledger.records.iter().map(|record| record.id.as_str()).collect();
        evidence.extend(trail::evidence(self.app, &assessment.drifts, &records).await?);
        let delays = judge::judge(self.app, &stack.environment, ledger, &evidence, &mut assessment, self.now);
        let scan = StackScan {
            scan_id: self.id.clone(),
            stack: stack.name.clone(),
            environment: stack.environment.clone(),
            at: self.now,
            deployment: looked.applied.deployment,
            complete: assessment.complete,
            coverage: assessment.coverage,
            drifts: assessment.drifts.iter().map(Into::into).collect(),
            resolutions: assessment.resolutions,
            bases: assessment.bases,
            forgotten: assessment.forgotten,
            baselines: assessment.baselines,
            delays,
            deployments: looked.rollouts.deployments,
            rollbacks: looked.rollouts.rollbacks,
        };
        self.app.store().save_stack(&scan).instrument(debug_span!("save")).await?;
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
