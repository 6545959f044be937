//! CloudTrail, read on from scan to scan: evidence of who changed what in an account.

use std::collections::BTreeSet;
use std::time::Duration;

use anyhow::Context as _;
use jiff::{SignedDuration, Timestamp};

use crate::app::App;
use crate::config::{AwsScope, Cloudtrail, EvidenceLog};
use crate::evidence::cloudtrail::{self, Event, Fact, Progress, Settings, Span, Subject, Trail};
use crate::live::connection::{self, Connection};
use crate::matching;
use crate::model::{Drift, Evidence, Problem, ProblemKind, Provider};

/// CloudTrail answers two requests a second, for everybody in an account and region.
const PACE: Duration = Duration::from_millis(500);

/// Pages that one scan reads of an account and region: a minute. What is left is read by the next.
const MAX_PAGES: usize = 120;

/// As long as CloudTrail keeps its history.
const KEPT: SignedDuration = SignedDuration::from_hours(90 * 24);

fn configured(app: &App) -> Option<&Cloudtrail> {
    app.config().evidence.iter().find_map(|log| match log {
        EvidenceLog::Cloudtrail(trail) => Some(trail),
        EvidenceLog::AuditLog(_) | EvidenceLog::AuditWebhook(_) | EvidenceLog::AuditLogGroup(_) => None,
    })
}

/// Reads what is new in the accounts and regions of some stacks, and says what could not be read. Evidence that is
/// missing hides no resource.
///
/// # Errors
/// When the store does not answer.
pub(super) async fn read(app: &App, scopes: &[&AwsScope]) -> anyhow::Result<Vec<Problem>> {
    let Some(trail) = configured(app) else { return Ok(Vec::new()) };
    let global = |scope: &&AwsScope| AwsScope { region: trail.global_region.clone(), ..(*scope).clone() };
    let mut all: BTreeSet<AwsScope> = scopes.iter().map(|scope| (*scope).clone()).collect();
    all.extend(scopes.iter().map(global));
    let (mut problems, mut seen) = (Vec::new(), BTreeSet::new());
    for scope in all {
        let connection = match app.connections().aws(&scope).await {
            Ok(connection) => connection,
            Err(problem) => {
                problems.push(Problem { kind: ProblemKind::Record, ..problem });
                continue;
            }
        };
        let account = connection::account(&connection).await.unwrap_or_default();
        if seen.insert((account.clone(), scope.region.clone())) {
            let sweep = Sweep { app, trail, connection: &connection, place: (&account, &scope.region) };
            problems.extend(sweep.run().await?);
        }
    }
    Ok(problems)
}

/// One reading of the trail of an account and region.
struct Sweep<'a> {
    app: &'a App,
    trail: &'a Cloudtrail,
    connection: &'a Connection,
    place: (&'a str, &'a str),
}

impl Sweep<'_> {
    async fn run(&self) -> anyhow::Result<Vec<Problem>> {
        let (store, now) = (self.app.store(), self.app.clock().now());
        let (account, region) = self.place;
        let mut progress = store.trail_progress(account, region).await?;
        let back = |from: Timestamp, by: SignedDuration| from.checked_sub(by).unwrap_or(Timestamp::UNIX_EPOCH);
        let first = back(now, SignedDuration::from_hours(self.trail.lookback_hours.into()));
        let (mut facts, mut problems, mut pages) = (Vec::new(), Vec::new(), 0);
        for span in progress.spans(first, now) {
            if let Err(problem) = self.read_span(span, &mut pages, &mut facts, &mut progress).await {
                problems.push(problem);
            }
        }
        store.save_trail(self.place, &facts, &progress, back(now, KEPT)).await.context("the trail is not kept")?;
        if let Some(gap) = progress.oldest_gap().filter(|_| problems.is_empty()) {
            let scope = format!("aws {account} {region} CloudTrail");
            let message = format!("what happened since {gap:.0} is not read to its end; the next scan goes on");
            problems.push(Problem::new(ProblemKind::Record, scope, message).remedy("lower `lookback_hours`"));
        }
        Ok(problems)
    }

    /// Reads a span, newest first; what cannot be read of it is left to the next scan.
    async fn read_span(
        &self,
        span: Span,
        pages: &mut usize,
        facts: &mut Vec<Fact>,
        progress: &mut Progress,
    ) -> Result<(), Problem> {
        let settings = Settings { pipelines: self.trail.pipelines.clone() };
        let fingerprints = self.app.store().fingerprints();
        let (mut token, mut oldest) = (None::<String>, None);
        loop {
            if *pages >= MAX_PAGES {
                progress.leave(span, oldest);
                return Ok(());
            }
            if *pages > 0 {
                tokio::time::sleep(PACE).await;
            }
            *pages += 1;
            let page = match connection::trail_page(self.connection, span, token.as_deref()).await {
                Ok(page) => page,
                Err(problem) => {
                    progress.leave(span, oldest);
                    return Err(problem);
                }
            };
            oldest = page.events.iter().map(|event| event.at).chain(oldest).min();
            let events = page.events.iter().filter_map(|event| serde_json::from_str::<Event>(&event.message).ok());
            facts.extend(events.filter_map(|event| Fact::of(&event, &settings, fingerprints)));
            token = page.next;
            if token.is_none() {
                return Ok(());
            }
        }
    }
}

/// What the trail tells of some drifts. `records` are the ids that a change may carry.
///
/// # Errors
/// When the store does not answer.
pub(super) async fn evidence(app: &App, drifts: &[Drift], records: &BTreeSet<&str>) -> anyhow::Result<Vec<Evidence>> {
    if configured(app).is_none() {
        return Ok(Vec::new());
    }
    let fingerprints = app.store().fingerprints();
    let of_aws = drifts.iter().filter(|drift| drift.scope.provider == Provider::Aws);
    let known = |drift: &Drift| {
        let identifier = drift.identifier.clone()?;
        let names = matching::names_of(&drift.resource_type, &identifier);
        Some((identifier, names))
    };
    let wanted: Vec<(&Drift, String, Vec<String>)> =
        of_aws.filter_map(|drift| known(drift).map(|(identifier, names)| (drift, identifier, names))).collect();
    let digests = wanted.iter().flat_map(|(_, identifier, names)| names.last().into_iter().chain([identifier]));
    let digests = digests.map(|name| cloudtrail::digest(fingerprints, name)).collect();
    let trail = Trail::new(app.store().trail(&digests).await?);
    let of_drift = |(drift, identifier, names): &(&Drift, String, Vec<String>)| {
        let subject = Subject { resource_type: &drift.resource_type, identifier, names, scope: &drift.scope };
        trail.evidence(&subject, records, fingerprints)
    };
    Ok(wanted.iter().flat_map(of_drift).collect())
}
