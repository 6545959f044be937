//! A scan of 5,000 objects of 10 kB each against the bare list of them, on a real API server
//! (`scripts/kube-test-cluster.sh`).
//!
//! `cargo bench --bench kubernetes --no-default-features --features kubernetes`. What is declared of each object is small:
//! most of it is what a controller wrote. The scan runs in a process of its own, so that its peak of memory is its own.
//! Prints what it saw, and fails if the objects are not all in sync.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use driftledger::app::App;
use driftledger::config;
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use kube::api::{Api, ListParams, Patch, PatchParams};
use kube::config::{KubeConfigOptions, Kubeconfig};
use kube::core::{ApiResource, DynamicObject, GroupVersionKind, Request};
use kube::{Client, Config};
use serde_json::{Value as Json, json};
use tracing::span::{Attributes, Id};
use tracing::{Level, Subscriber};
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::{Context, Layer, SubscriberExt as _};
use tracing_subscriber::registry::LookupSpan;
use tracing_subscriber::util::SubscriberInitExt as _;

const OBJECTS: usize = 5_000;
const BYTES: usize = 10_000;
const ROUNDS: usize = 5;
const NAMESPACE: &str = "bench";
/// The environment variable that tells a child which repository to scan.
const CHILD: &str = "DRIFTLEDGER_BENCH_REPOSITORY";
/// The port of the API server, and the two behind it.
const PORT: &str = "27443";

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    if let Ok(repository) = std::env::var(CHILD) {
        return scan(Path::new(&repository)).await;
    }
    let folder = tempfile::tempdir()?;
    let cluster = TestCluster::start(folder.path())?;
    let client = cluster.client().await?;
    fill(&client).await?;
    let mut bare: Vec<Duration> = Vec::new();
    let mut bytes = 0;
    for _ in 0..ROUNDS {
        let began = Instant::now();
        bytes = list(&client).await?;
        bare.push(began.elapsed());
    }
    let bare = median(bare);
    println!("{OBJECTS} objects, {:.1} MB of JSON; bare list {bare:.2?}", bytes as f64 / 1e6);
    // The image sets one heap for all threads; elsewhere the C library gives each its own.
    for (how, heaps) in [("as in the image (MALLOC_ARENA_MAX=1)", Some("1")), ("with a heap for each thread", None)] {
        let seen = scanned(&cluster, heaps)?;
        println!("{how}:");
        for what in ["first", "next"] {
            let time = Duration::from_secs_f64(seen[what].as_f64().unwrap_or_default());
            println!("  {what} scan {time:.2?}: {:.2} times the bare list", time.as_secs_f64() / bare.as_secs_f64());
        }
        for (what, lap) in seen["laps"].as_object().into_iter().flatten() {
            println!("  of the first scan, {what}: {lap}");
        }
        println!("  peak of memory of the scanning process {} MiB", seen["memory"]);
    }
    println!("load of the machine: {}", std::fs::read_to_string("/proc/loadavg").unwrap_or_default().trim());
    Ok(())
}

/// What a process of its own says of scans with a new store.
fn scanned(cluster: &TestCluster, heaps: Option<&str>) -> anyhow::Result<Json> {
    let repository = tempfile::tempdir()?;
    write_repository(repository.path(), &cluster.kubeconfig())?;
    let mut child = Command::new(std::env::current_exe()?);
    child.env(CHILD, repository.path()).env_remove("MALLOC_ARENA_MAX");
    let child = child.envs(heaps.map(|heaps| ("MALLOC_ARENA_MAX", heaps))).output()?;
    ensure!(child.status.success(), "the scan failed: {}", String::from_utf8_lossy(&child.stderr));
    serde_json::from_slice(&child.stdout).context("the scan printed something else")
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times.get(times.len() / 2).copied().unwrap_or_default()
}

/// A control plane, stopped when it is dropped.
struct TestCluster {
    folder: PathBuf,
}

impl TestCluster {
    fn script() -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("scripts/kube-test-cluster.sh")
    }

    fn start(folder: &Path) -> anyhow::Result<Self> {
        let status = Command::new(Self::script()).arg("start").arg(folder).arg(PORT).status()?;
        ensure!(status.success(), "the test cluster did not start");
        Ok(Self { folder: folder.to_owned() })
    }

    fn kubeconfig(&self) -> PathBuf {
        self.folder.join("deployer.kubeconfig")
    }

    async fn client(&self) -> anyhow::Result<Client> {
        let kubeconfig = Kubeconfig::read_from(self.kubeconfig())?;
        Ok(Client::try_from(Config::from_custom_kubeconfig(kubeconfig, &KubeConfigOptions::default()).await?)?)
    }
}

impl Drop for TestCluster {
    fn drop(&mut self) {
        drop(Command::new(Self::script()).arg("stop").arg(&self.folder).status());
    }
}

fn manifest(number: usize) -> Json {
    json!({
        "apiVersion": "v1", "kind": "ConfigMap",
        "metadata": {"name": format!("m{number:04}"), "namespace": NAMESPACE, "labels": {"team": "shop"}},
        "data": {"a": "1", "b": number.to_string(), "c": "x: y"},
    })
}

/// Makes the objects: a small part by the pipeline, and the most of each by a controller.
async fn fill(client: &Client) -> anyhow::Result<()> {
    let of = |kind: &str| ApiResource::from_gvk(&GroupVersionKind::gvk("", "v1", kind));
    let namespaces: Api<DynamicObject> = Api::all_with(client.clone(), &of("Namespace"));
    let namespace = json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": NAMESPACE}});
    namespaces.patch(NAMESPACE, &PatchParams::apply("ci"), &Patch::Apply(&namespace)).await?;
    let maps: Api<DynamicObject> = Api::namespaced_with(client.clone(), NAMESPACE, &of("ConfigMap"));
    let make = |number: usize| {
        let maps = maps.clone();
        async move {
            let own = manifest(number);
            let name = own["metadata"]["name"].as_str().unwrap_or_default().to_owned();
            maps.patch(&name, &PatchParams::apply("ci"), &Patch::Apply(&own)).await?;
            let more = json!({
                "apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name},
                "data": {"filled": "0123456789".repeat(BYTES / 10)},
            });
            maps.patch(&name, &PatchParams::apply("kube-controller-manager"), &Patch::Apply(&more)).await?;
            anyhow::Ok(())
        }
    };
    stream::iter(0..OBJECTS).map(make).buffer_unordered(16).try_collect::<Vec<()>>().await?;
    Ok(())
}

fn write_repository(folder: &Path, kubeconfig: &Path) -> anyhow::Result<()> {
    let config = json!({"stacks": [{
        "name": "bench", "environment": "bench",
        "declared": {"kind": "kubernetes", "path": "deploy"},
        "live": {"kind": "kubernetes", "kubeconfig": kubeconfig},
    }]});
    std::fs::write(folder.join("driftledger.yaml"), config.to_string())?;
    std::fs::create_dir(folder.join("deploy"))?;
    let manifests: String = (0..OBJECTS).map(|number| format!("{}\n---\n", manifest(number))).collect();
    std::fs::write(folder.join("deploy/maps.yaml"), manifests)?;
    Ok(())
}

/// Lists everything in pages, as a scan does, and counts the bytes.
async fn list(client: &Client) -> anyhow::Result<usize> {
    let request = Request::new(format!("/api/v1/namespaces/{NAMESPACE}/configmaps"));
    let (mut bytes, mut next) = (0, None::<String>);
    loop {
        let params = ListParams { limit: Some(500), continue_token: next.take(), ..ListParams::default() };
        let page = client.request_text(request.list(&params)?).await?;
        bytes += page.len();
        let head = page.get(..2_000).unwrap_or(&page);
        next = head.split_once("\"continue\":\"").and_then(|(_, rest)| Some(rest.split_once('"')?.0.to_owned()));
        if next.is_none() {
            return Ok(bytes);
        }
    }
}

async fn scan(repository: &Path) -> anyhow::Result<()> {
    let file = config::load(&repository.join("driftledger.yaml"))
        .map_err(|problems| anyhow::anyhow!("{}", problems.first().map(ToString::to_string).unwrap_or_default()))?;
    let laps = Laps::default();
    let own = Targets::new().with_target("driftledger", Level::DEBUG);
    tracing_subscriber::registry().with(laps.clone().with_filter(own)).init();
    let app = App::open(file).await?;
    let mut times = Vec::new();
    let mut of_first = None;
    for _ in 0..=ROUNDS {
        let began = Instant::now();
        let report = app.scan(&[]).await?;
        times.push(began.elapsed());
        of_first.get_or_insert_with(|| laps.taken());
        ensure!(report.coverage.resources.checked == OBJECTS, "{:?}", report.coverage.problems);
        ensure!(report.drifts.is_empty(), "{:?}", report.drifts.first());
    }
    let first = times.remove(0);
    let (first, next) = (first.as_secs_f64(), median(times).as_secs_f64());
    println!("{}", json!({"first": first, "next": next, "laps": of_first, "memory": peak()?}));
    Ok(())
}

/// How long the parts of a scan took, each of which has a span of its own, and the peak of memory at the end of each.
#[derive(Clone, Default)]
struct Laps(Arc<Mutex<BTreeMap<&'static str, String>>>);

impl Laps {
    fn taken(&self) -> BTreeMap<&'static str, String> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl<S: Subscriber + for<'s> LookupSpan<'s>> Layer<S> for Laps {
    fn on_new_span(&self, _: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        if let Some(span) = context.span(id) {
            span.extensions_mut().insert(Instant::now());
        }
    }

    fn on_close(&self, id: Id, context: Context<'_, S>) {
        let Some(span) = context.span(&id) else { return };
        let took = span.extensions().get::<Instant>().map(Instant::elapsed).unwrap_or_default();
        let lap = format!("{took:.2?}, peak of memory {} MiB", peak().unwrap_or_default());
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(span.metadata().name(), lap);
    }
}

/// The most memory that this process held, in MiB.
fn peak() -> anyhow::Result<u64> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).context("no peak of memory")?;
    Ok(line.trim().trim_end_matches(" kB").trim().parse::<u64>()? / 1024)
}
