//! `driftledger serve`: the daemon.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use anyhow::Context;
use clap::Args;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;

use super::{CommandResult, Exit, Global};
use crate::app::App;
use crate::scan;
use crate::scan::between::{self, Between, Glimpse};
use crate::schedule::Ticker;
use crate::web::{self, Site};

/// Scan on a schedule; serve metrics, the report and a page. Stops on SIGTERM and SIGINT, also in the middle of a scan.
#[derive(Debug, Args)]
pub(super) struct Serve {
    /// Listen here instead of where the configuration says.
    #[arg(long, value_name = "ADDRESS")]
    listen: Option<SocketAddr>,
}

/// Requests under way get this long to be answered after the signal to stop.
const GRACE: Duration = Duration::from_secs(10);

impl Serve {
    pub(super) async fn run(&self, global: &Global) -> CommandResult {
        let file = global.load_config()?;
        let address = self.listen.unwrap_or(file.config.listen);
        let app = App::open(file).await?;
        let listener = TcpListener::bind(address).await.with_context(|| format!("cannot listen on {address}"))?;
        let address = listener.local_addr().unwrap_or(address);
        let stop = stop_on_signals()?;
        let ready = Arc::new(AtomicBool::new(false));
        let site = Site {
            store: app.store().clone(),
            metrics: Arc::clone(app.metrics()),
            ready: Arc::clone(&ready),
            environments: app.config().environment_names(),
            calls: app.api_calls(),
            clock: app.clock().clone(),
        };
        let server = tokio::spawn(web::serve(listener, site, app.audit().webhook(), stop.clone()));
        let ticker = Ticker::start(&app.config().schedule).await?;
        ready.store(true, Ordering::Release);
        tracing::info!(%address, schedule = app.config().schedule, "serving");
        let mut between = Between::start(&app);
        tokio::spawn(tell_refusals(app.clone()));
        scan_until(&app, &ticker, &mut between, &stop).await;
        ready.store(false, Ordering::Release);
        ticker.stop().await?;
        stop.cancel();
        match tokio::time::timeout(GRACE, server).await {
            Ok(served) => served??,
            Err(_) => tracing::warn!(grace_s = GRACE.as_secs(), "requests were still under way; leaving them"),
        }
        app.close().await;
        tracing::info!("stopped");
        Ok(Exit::Clean)
    }
}

/// Says at the start what the credentials of clusters do not allow: the first scan would tell one by one.
async fn tell_refusals(app: App) {
    for problem in scan::refusals(&app).await {
        tracing::warn!(%problem, "may not be read");
    }
}

/// Scans at once and then at each tick, and the stacks that somebody changed by hand between two ticks. A scan under way
/// when the signal comes is left: what was committed stays, and the next start scans anew.
async fn scan_until(app: &App, ticker: &Ticker, between: &mut Between, stop: &CancellationToken) {
    let mut glimpses: Vec<Glimpse> = Vec::new();
    loop {
        let mut stacks: Vec<String> = glimpses.iter().map(|glimpse| glimpse.stack().to_owned()).collect();
        stacks.sort();
        stacks.dedup();
        let scanning = async {
            let report = app.scan(&stacks).await?;
            let passing = between::remember(app, &glimpses).await?;
            anyhow::Ok((report, passing))
        };
        match stop.run_until_cancelled(scanning).await {
            None => {
                tracing::info!("stopping in the middle of a scan");
                return;
            }
            Some(Ok((report, passing))) => tracing::info!(
                stacks = ?stacks,
                unexplained = report.summary.unexplained,
                contradicted = report.summary.contradicted,
                overdue = report.summary.overdue,
                explained = report.summary.explained,
                problems = report.coverage.problems.len(),
                passing,
                "scanned"
            ),
            Some(Err(error)) => {
                tracing::error!(error = format!("{error:#}"), "a scan failed; the next tick tries again")
            }
        }
        glimpses = tokio::select! {
            () = stop.cancelled() => return,
            () = ticker.next() => Vec::new(),
            seen = between.next() => seen,
        };
    }
}

fn stop_on_signals() -> anyhow::Result<CancellationToken> {
    let stop = CancellationToken::new();
    let mut terminate = signal(SignalKind::terminate()).context("cannot wait for SIGTERM")?;
    let mut interrupt = signal(SignalKind::interrupt()).context("cannot wait for SIGINT")?;
    let token = stop.clone();
    tokio::spawn(async move {
        tokio::select! {
            _ = terminate.recv() => tracing::info!(signal = "SIGTERM", "stopping"),
            _ = interrupt.recv() => tracing::info!(signal = "SIGINT", "stopping"),
        }
        token.cancel();
    });
    Ok(stop)
}
