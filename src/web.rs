//! HTTP: health, metrics, the report as JSON, and a page a person can read. Reads the store; changes nothing.

pub mod audit_webhook;
mod page;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use axum::Router;
use axum::extract::State;
use axum::http::{HeaderName, StatusCode, header};
use axum::response::{Html, IntoResponse, Json, Response};
use axum::routing::get;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::clock::Clock;
use crate::metrics::{ApiCallCount, Metrics};
use crate::report::{Coverage, Report, ScanReport};
use crate::store::{Store, StoreError};

/// What the pages are made from.
#[derive(Clone, Debug)]
pub struct Site {
    /// The store.
    pub store: Store,
    /// This process's metrics.
    pub metrics: Arc<Metrics>,
    /// Whether the daemon is ready: store open, scheduler running.
    pub ready: Arc<AtomicBool>,
    /// The environments of the configuration.
    pub environments: Vec<String>,
    /// What was called so far.
    pub calls: ApiCalls,
    /// The time.
    pub clock: Clock,
}

/// Where the counts of calls come from; whoever makes calls gives one.
#[derive(Clone)]
pub struct ApiCalls(Arc<dyn Fn() -> Vec<ApiCallCount> + Send + Sync>);

impl ApiCalls {
    /// Counts told by a function.
    pub fn from_fn(counts: impl Fn() -> Vec<ApiCallCount> + Send + Sync + 'static) -> Self {
        Self(Arc::new(counts))
    }
}

impl std::fmt::Debug for ApiCalls {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("ApiCalls")
    }
}

/// Serves until told to stop, and then until the requests under way are answered.
///
/// # Errors
/// When the listener fails.
pub async fn serve(
    listener: TcpListener,
    site: Site,
    webhook: Option<(Arc<audit_webhook::Inbox>, audit_webhook::Token)>,
    stop: CancellationToken,
) -> std::io::Result<()> {
    let mut routes = routes(site);
    if let Some((inbox, token)) = webhook {
        routes = routes.merge(audit_webhook::routes(inbox, token));
    }
    axum::serve(listener, routes).with_graceful_shutdown(stop.cancelled_owned()).await
}

fn routes(site: Site) -> Router {
    Router::new()
        .route("/", get(index))
        .route("/healthz", get(|| async { "ok\n" }))
        .route("/readyz", get(ready))
        .route("/metrics", get(metrics))
        .route("/api/v1/report", get(report))
        .with_state(site)
}

/// The report as the store has it, on some stacks or on all.
///
/// # Errors
/// When the store does not answer.
pub async fn stored_report(store: &Store, stacks: Option<&[&str]>) -> Result<Report, StoreError> {
    let wanted = |name: &str| stacks.is_none_or(|stacks| stacks.contains(&name));
    let scan = store.last_scan().await?.unwrap_or_default();
    let mut states = store.stacks().await?;
    states.retain(|state| wanted(&state.name));
    let names = states.iter().map(|state| state.name.clone()).collect();
    let unchecked = states.iter().filter(|state| state.coverage.resources.checked == 0);
    let nothing_checked = unchecked.map(|state| state.name.clone()).collect();
    let of_no_stack = Coverage { problems: store.problems().await?, ..Coverage::default() };
    let coverage = states.into_iter().fold(of_no_stack, |all, state| all.and(state.coverage)).and(Coverage::default());
    let mut drifts = store.open_drifts(None).await?;
    drifts.retain(|drift| wanted(&drift.stack));
    Ok(Report::new(ScanReport { stacks: names, nothing_checked, ..scan }, coverage, drifts))
}

async fn ready(State(site): State<Site>) -> Response {
    if !site.ready.load(Ordering::Acquire) {
        return (StatusCode::SERVICE_UNAVAILABLE, "starting\n").into_response();
    }
    match site.store.ping().await {
        Ok(()) => "ready\n".into_response(),
        Err(error) => Failure(error).into_response(),
    }
}

async fn metrics(State(site): State<Site>) -> Result<Response, Failure> {
    let world = site.store.world(site.clock.now()).await?;
    let calls = (site.calls.0)();
    let text = site.metrics.render(&world, &site.environments, &calls);
    let content_type = (header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8");
    Ok(match text {
        Ok(text) => ([content_type], text).into_response(),
        Err(error) => (StatusCode::INTERNAL_SERVER_ERROR, format!("{error}\n")).into_response(),
    })
}

async fn report(State(site): State<Site>) -> Result<Json<Report>, Failure> {
    Ok(Json(stored_report(&site.store, None).await?))
}

/// The page shows text of repositories and services, so nothing in it may run.
const PAGE_HEADERS: [(HeaderName, &str); 3] = [
    (header::CONTENT_SECURITY_POLICY, "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'"),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::REFERRER_POLICY, "no-referrer"),
];

async fn index(State(site): State<Site>) -> Result<Response, Failure> {
    let report = stored_report(&site.store, None).await?;
    Ok(match page::render(&report) {
        Ok(page) => (PAGE_HEADERS, Html(page)).into_response(),
        Err(error) => (StatusCode::INTERNAL_SERVER_ERROR, format!("{error}\n")).into_response(),
    })
}

/// The store did not answer.
#[derive(Debug)]
struct Failure(StoreError);

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        Self(error)
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        tracing::error!(error = %self.0, "the store did not answer a request");
        (StatusCode::SERVICE_UNAVAILABLE, "the store does not answer\n").into_response()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Fingerprinter;

    #[tokio::test]
    async fn it_is_ready_from_when_it_is_told_so_while_the_store_answers() {
        let site = Site {
            store: Store::in_memory(Fingerprinter::new(*b"key")).await.unwrap(),
            metrics: Arc::new(Metrics::new().unwrap()),
            ready: Arc::new(AtomicBool::new(false)),
            environments: Vec::new(),
            calls: ApiCalls::from_fn(Vec::new),
            clock: Clock::fixed("2026-03-01T12:00:00Z".parse().unwrap()),
        };
        let status = async || ready(State(site.clone())).await.status();
        assert_eq!(status().await, StatusCode::SERVICE_UNAVAILABLE);
        site.ready.store(true, Ordering::Release);
        assert_eq!(status().await, StatusCode::OK);
        site.store.close().await;
        assert_eq!(status().await, StatusCode::SERVICE_UNAVAILABLE);
    }
}
