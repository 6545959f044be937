//! An HTTP server in front of an API server: it hands every read on as a user, except where a test wants a fault.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, mpsc};

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::response::Response;
use kube::config::{KubeConfigOptions, Kubeconfig};
use kube::{Client, Config};
use serde_json::Value as Json;
use tempfile::TempDir;
use tokio::sync::oneshot;

use crate::cluster::{Cluster, User};

/// What becomes of a request.
pub enum Fault {
    /// It is handed on.
    None,
    /// It is answered with this status, these headers and this text.
    Answer(u16, &'static [(&'static str, &'static str)], &'static str),
    /// The connection ends in the middle of the answer.
    BreakOff,
    /// It is handed on, and the answer is changed.
    Change(fn(&mut Json)),
}

type Faults = dyn Fn(&str) -> Fault + Send + Sync;

/// The running server.
pub struct Proxy {
    folder: TempDir,
    seen: Arc<Mutex<Vec<(String, u16)>>>,
    _stop: oneshot::Sender<()>,
}

struct Through {
    client: Client,
    faults: Box<Faults>,
    seen: Arc<Mutex<Vec<(String, u16)>>>,
}

impl Proxy {
    /// Starts it. `faults` is asked about every request, by its path and query, before it is handed on, and may take its
    /// time.
    pub fn of(cluster: &Cluster, user: User, faults: impl Fn(&str) -> Fault + Send + Sync + 'static) -> Self {
        let (kubeconfig, seen) = (cluster.kubeconfig(user), Arc::default());
        let (stop, stopped) = oneshot::channel();
        let (tell, told) = mpsc::channel();
        let noting = Arc::clone(&seen);
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
            runtime.block_on(async move {
                let kubeconfig = Kubeconfig::read_from(kubeconfig).unwrap();
                let options = KubeConfigOptions::default();
                let mut config = Config::from_custom_kubeconfig(kubeconfig, &options).await.unwrap();
                config.default_retry = false;
                let client = Client::try_from(config).unwrap();
                let through = Through { client, faults: Box::new(faults), seen: noting };
                let app = Router::new().fallback(hand_on).with_state(Arc::new(through));
                let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
                tell.send(listener.local_addr().unwrap().port()).unwrap();
                tokio::select! {
                    served = async { axum::serve(listener, app).await } => served.unwrap(),
                    _ = stopped => {}
                }
            });
        });
        let folder = tempfile::tempdir().unwrap();
        let kubeconfig = serde_json::json!({
            "apiVersion": "v1", "kind": "Config", "current-context": "proxy",
            "clusters": [{"name": "proxy", "cluster": {"server": format!("http://127.0.0.1:{}", told.recv().unwrap())}}],
            "users": [{"name": "proxy", "user": {}}],
            "contexts": [{"name": "proxy", "context": {"cluster": "proxy", "user": "proxy"}}],
        });
        std::fs::write(folder.path().join("kubeconfig"), kubeconfig.to_string()).unwrap();
        Self { folder, seen, _stop: stop }
    }

    /// The kubeconfig that leads here.
    pub fn kubeconfig(&self) -> PathBuf {
        self.folder.path().join("kubeconfig")
    }

    /// Every request so far, with the status that it was answered with; 0 where the connection was ended.
    pub fn seen(&self) -> Vec<(String, u16)> {
        self.seen.lock().unwrap().clone()
    }
}

async fn hand_on(State(through): State<Arc<Through>>, request: Request) -> Response {
    let path = request.uri().path_and_query().unwrap().to_string();
    let (asked, asking) = (path.clone(), Arc::clone(&through));
    let fault = tokio::task::spawn_blocking(move || (asking.faults)(&asked)).await.unwrap();
    let answer = match fault {
        Fault::BreakOff => None,
        Fault::Answer(status, headers, text) => {
            let answer =
                headers.iter().fold(Response::builder().status(status), |answer, (k, v)| answer.header(*k, *v));
            Some(answer.body(Body::from(text)).unwrap())
        }
        Fault::None => ask(&through.client, request, |_| ()).await,
        Fault::Change(change) => ask(&through.client, request, change).await,
    };
    let status = answer.as_ref().map_or(0, |answer| answer.status().as_u16());
    through.seen.lock().unwrap().push((path, status));
    // Headers, and then nothing.
    let broken =
        || Body::from_stream(futures_util::stream::once(async { Err::<Vec<u8>, _>(std::io::Error::other("")) }));
    answer.unwrap_or_else(|| Response::new(broken()))
}

/// What the API server answers; `None` where it does not.
async fn ask(client: &Client, request: Request, change: fn(&mut Json)) -> Option<Response> {
    let (head, body) = request.into_parts();
    let body = axum::body::to_bytes(body, usize::MAX).await.ok()?;
    let path = head.uri.path_and_query()?.as_str();
    let kind = head.headers.get("content-type").cloned();
    let asked = kind
        .into_iter()
        .fold(http::Request::builder().method(head.method).uri(path), |asked, kind| asked.header("content-type", kind));
    let answer = client.send(asked.body(kube::client::Body::from(body)).unwrap()).await.ok()?;
    let (head, body) = answer.into_parts();
    let body = body.collect_bytes().await.ok()?;
    let body = match serde_json::from_slice::<Json>(&body) {
        Ok(mut json) => {
            change(&mut json);
            Body::from(json.to_string())
        }
        Err(_) => Body::from(body),
    };
    let kind = head.headers.get("content-type").cloned();
    let answer = kind
        .into_iter()
        .fold(Response::builder().status(head.status), |answer, kind| answer.header("content-type", kind));
    answer.body(body).ok()
}
