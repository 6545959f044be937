//! The connection to one cluster.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use http::{HeaderMap, StatusCode};
use http_body_util::BodyExt as _;
use kube::client::Body;
use kube::config::{KubeConfigOptions, Kubeconfig, KubeconfigError};
use kube::{Client, Config};
use tokio::time::Instant;

use super::Failure;
use super::openapi::Published;
use super::request::Request;
use super::served::Served;
use crate::live::KubernetesScope;
use crate::metrics::ApiCallCount;
use crate::model::{Problem, ProblemKind};

/// How often each operation was called, by outcome.
#[derive(Debug, Default)]
pub struct Calls(Mutex<BTreeMap<(&'static str, &'static str), u64>>);

impl Calls {
    /// The calls so far.
    pub fn snapshot(&self) -> Vec<ApiCallCount> {
        let calls = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let count = |((operation, outcome), calls): (&(&str, &str), &u64)| ApiCallCount {
            service: "kubernetes".to_owned(),
            operation: (*operation).to_owned(),
            outcome: (*outcome).to_owned(),
            calls: *calls,
        };
        calls.iter().map(count).collect()
    }

    fn count(&self, operation: &'static str, outcome: &'static str) {
        let mut calls = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *calls.entry((operation, outcome)).or_default() += 1;
    }
}

/// A cluster that is read.
pub struct Cluster {
    name: String,
    pub(super) client: Client,
    timeout: Duration,
    pub(super) max_concurrency: usize,
    calls: Arc<Calls>,
    pub(super) served: Served,
    pub(super) published: Published,
}

impl fmt::Debug for Cluster {
    /// Without the client, which holds credentials.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Cluster({})", self.name)
    }
}

/// Opens a connection; nothing is asked yet. A relative path of a kubeconfig begins at `folder`.
///
/// # Errors
/// The one problem that stands for the whole cluster: no kubeconfig, no such context, a file that cannot be read.
pub async fn connect(scope: &KubernetesScope, folder: &Path, calls: &Arc<Calls>) -> Result<Cluster, Problem> {
    let refuse = |message: String| {
        Problem::new(ProblemKind::Credentials, format!("kubernetes {}", scope.name()), message)
            .remedy("check `kubeconfig` and `context` of the stack, and the variable KUBECONFIG")
    };
    let timeout = Duration::from_secs(scope.timeout_seconds.into());
    let mut config = config_of(scope, folder).await.map_err(refuse)?;
    config.connect_timeout = Some(timeout);
    // It waits for minutes, and does not say for what.
    config.default_retry = false;
    let client = Client::try_from(config).map_err(|error| refuse(error.to_string()))?;
    Ok(Cluster {
        name: scope.name().to_owned(),
        client,
        timeout,
        max_concurrency: scope.max_concurrency.max(1),
        calls: Arc::clone(calls),
        served: Served::default(),
        published: Published::default(),
    })
}

async fn config_of(scope: &KubernetesScope, folder: &Path) -> Result<Config, String> {
    let options = KubeConfigOptions { context: scope.context.clone(), ..KubeConfigOptions::default() };
    let of_file = |kubeconfig: Result<Kubeconfig, KubeconfigError>| kubeconfig.map_err(|error| error.to_string());
    if let Some(path) = &scope.kubeconfig {
        let path: PathBuf = folder.join(path);
        let kubeconfig =
            of_file(Kubeconfig::read_from(&path)).map_err(|error| format!("{}: {error}", path.display()))?;
        return Config::from_custom_kubeconfig(kubeconfig, &options).await.map_err(|error| error.to_string());
    }
    match Config::from_kubeconfig(&options).await {
        Ok(config) => Ok(config),
        // A context that is named is meant; nothing else stands in for it.
        Err(error) if scope.context.is_some() => Err(error.to_string()),
        Err(error) => Config::incluster().map_err(|_| error.to_string()),
    }
}

/// How long is waited before a server without time is asked again that does not say when, at first.
const FIRST_WAIT: Duration = Duration::from_millis(250);

/// What a server answered to one request.
struct Answer {
    status: StatusCode,
    /// How long it wants to be left alone.
    wanted_wait: Duration,
    body: Vec<u8>,
}

fn is_busy(status: StatusCode) -> bool {
    use StatusCode as Code;
    matches!(status, Code::TOO_MANY_REQUESTS | Code::SERVICE_UNAVAILABLE | Code::GATEWAY_TIMEOUT)
}

/// The header is in seconds: servers of Kubernetes give no dates.
fn wanted_wait(headers: &HeaderMap) -> Duration {
    let seconds = headers.get(http::header::RETRY_AFTER).and_then(|text| text.to_str().ok()?.trim().parse().ok());
    Duration::from_secs(seconds.unwrap_or_default())
}

impl Cluster {
    /// The cluster's name in reports.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Asks the server for its version: one answer instead of a problem for each kind.
    ///
    /// # Errors
    /// The problem of the whole cluster. A server that keeps its version to itself is no reason.
    pub async fn greet(&self) -> Result<(), Problem> {
        match self.get("version", "/version").await {
            Err(failure) if failure.kind != ProblemKind::AccessDenied => Err(failure.problem(self.scope(None, ""))),
            _ => Ok(()),
        }
    }

    /// The text that a `GET` answers, within the time that one read may take.
    pub(super) async fn get(&self, operation: &'static str, path: &str) -> Result<String, Failure> {
        self.send(operation, Request::Get(path)).await
    }

    /// The text that the server answers to a request, within the time that one may take.
    pub(super) async fn send(&self, operation: &'static str, request: Request<'_>) -> Result<String, Failure> {
        let request = request.http().map_err(|error| Failure::from(kube::Error::HttpError(error)))?;
        let answer = self.answer(&request, Instant::now() + self.timeout).await;
        self.calls.count(operation, answer.as_ref().map_or_else(|failure| failure.kind.as_str(), |_| "ok"));
        answer
    }

    /// Asks again while the server has no time, as late as it wants that, and as long as there is time for it.
    async fn answer(&self, request: &http::Request<Vec<u8>>, until: Instant) -> Result<String, Failure> {
        let mut busy = None;
        let mut wait = FIRST_WAIT;
        loop {
            let Ok(answer) = tokio::time::timeout_at(until, self.once(request)).await else {
                return Err(busy.unwrap_or_else(|| Failure::late(self.timeout)));
            };
            let Answer { status, wanted_wait, body } = answer?;
            if status.as_u16() < 400 {
                return String::from_utf8(body).map_err(|_| Failure::no_text());
            }
            let refused = Failure::refused(status.as_u16(), &body);
            if !is_busy(status) {
                return Err(refused);
            }
            let again = Instant::now() + wait.max(wanted_wait);
            let refused = refused.after_waiting(self.timeout);
            if again >= until {
                return Err(refused);
            }
            busy = Some(refused);
            tokio::time::sleep_until(again).await;
            wait *= 2;
        }
    }

    async fn once(&self, request: &http::Request<Vec<u8>>) -> Result<Answer, kube::Error> {
        let answer = self.client.send(request.clone().map(Body::from)).await?;
        let (status, wanted_wait) = (answer.status(), wanted_wait(answer.headers()));
        // In one piece from the beginning: a page of a list is some megabytes, and a copy of it more than all that is kept
        // of its objects.
        let (mut chunks, mut body) = (answer.into_body(), Vec::new());
        while let Some(frame) = chunks.frame().await {
            if let Ok(chunk) = frame?.into_data() {
                body.extend_from_slice(&chunk);
            }
        }
        Ok(Answer { status, wanted_wait, body })
    }

    /// The scope of a problem: the cluster, and what of it.
    pub(super) fn scope(&self, namespace: Option<&str>, resource_type: &str) -> String {
        let parts = ["kubernetes", &self.name].into_iter().chain(namespace).chain([resource_type]);
        parts.filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ")
    }
}
