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
        let server = tokio::spawn(web::serve(listener, site, stop.clone()));
        let ticker = Ticker::start(&app.config().schedule).await?;
        ready.store(true, Ordering::Release);
        tracing::info!(%address, schedule = app.config().schedule, "serving");
        scan_until(&app, &ticker, &stop).await;
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

/// Scans at once and then at each tick. A scan under way when the signal comes is left: what was committed stays, and
/// the next start scans anew.
async fn scan_until(app: &App, ticker: &Ticker, stop: &CancellationToken) {
    loop {
        let finished = stop.run_until_cancelled(app.scan(&[])).await;
        match finished {
            None => {
                tracing::info!("stopping in the middle of a scan");
                return;
            }
            Some(Ok(report)) => tracing::info!(
                unexplained = report.summary.unexplained,
                contradicted = report.summary.contradicted,
                overdue = report.summary.overdue,
                explained = report.summary.explained,
                problems = report.coverage.problems.len(),
                "scanned"
            ),
            Some(Err(error)) => {
                tracing::error!(error = format!("{error:#}"), "a scan failed; the next tick tries again")
            }
        }
        if stop.run_until_cancelled(ticker.next()).await.is_none() {
            return;
        }
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
