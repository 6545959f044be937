//! Starts a control plane of Kubernetes with `scripts/kube-test-cluster.sh`, one for the whole test binary, and ends it
//! with it. Tests keep apart by namespace.

use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::OnceLock;

/// A running control plane.
pub struct Cluster {
    folder: PathBuf,
    bin: PathBuf,
    /// Holds the pipe at whose end the cluster is stopped, see [`SUPERVISOR`].
    supervisor: Child,
}

/// Whose access a call uses: `deployer` is a pipeline, `alice` a person, `driftledger` what is tested.
#[derive(Clone, Copy, Debug)]
pub enum User {
    Admin,
    Deployer,
    Alice,
    Driftledger,
}

impl User {
    fn name(self) -> &'static str {
        match self {
            Self::Admin => "admin",
            Self::Deployer => "deployer",
            Self::Alice => "alice",
            Self::Driftledger => "driftledger",
        }
    }
}

/// Runs until its standard input ends, which it does with the test binary however that ends.
const SUPERVISOR: &str = r#""$0" start "$1" "$2" </dev/null && cat >/dev/null; "$0" stop "$1"; rm -rf "$1""#;

/// The control plane of this test run.
pub fn shared() -> &'static Cluster {
    static CLUSTER: OnceLock<Cluster> = OnceLock::new();
    CLUSTER.get_or_init(Cluster::start)
}

fn script() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("scripts/kube-test-cluster.sh")
}

/// The first of three ports beside each other that were free a moment ago.
fn free_ports() -> u16 {
    loop {
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let free = |port: u16| TcpListener::bind(("127.0.0.1", port)).is_ok();
        if port < u16::MAX - 2 && (port..=port + 2).all(free) {
            return port;
        }
    }
}

impl Cluster {
    /// Starts a control plane for one test alone, such as one that kills it.
    pub fn start() -> Self {
        let built = Command::new(script()).arg("build").stderr(Stdio::inherit()).output().unwrap();
        assert!(built.status.success(), "the programs of the test cluster could not be built");
        let bin = PathBuf::from(String::from_utf8(built.stdout).unwrap().trim());
        let folder = tempfile::tempdir().unwrap().keep();
        let mut supervisor = Command::new("sh")
            .args(["-c", SUPERVISOR])
            .arg(script())
            .arg(&folder)
            .arg(free_ports().to_string())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(supervisor.stdout.take().unwrap()).read_line(&mut line).unwrap();
        assert!(
            line.trim().ends_with("admin.kubeconfig"),
            "the test cluster did not start; run {}",
            script().display()
        );
        Self { folder, bin, supervisor }
    }

    /// The kubeconfig of a user.
    pub fn kubeconfig(&self, user: User) -> PathBuf {
        self.folder.join(format!("{}.kubeconfig", user.name()))
    }

    /// Runs kubectl as a user, with a text for its standard input, and gives what it printed.
    pub fn kubectl_with(&self, user: User, args: &[&str], input: &str) -> String {
        let output = self.run(user, args, input);
        let error = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "kubectl {args:?} of {user:?}: {error}");
        String::from_utf8(output.stdout).unwrap()
    }

    /// Runs kubectl as a user, and says whether it could do what it was told.
    pub fn try_kubectl(&self, user: User, args: &[&str]) -> bool {
        self.run(user, args, "").status.success()
    }

    fn run(&self, user: User, args: &[&str], input: &str) -> Output {
        let mut child = Command::new(self.bin.join("kubectl"))
            .arg("--kubeconfig")
            .arg(self.kubeconfig(user))
            .arg("--cache-dir")
            .arg(self.folder.join("kubectl-cache"))
            .args(args)
            // What `kubectl edit` starts.
            .env("KUBE_EDITOR", "sed -i s#shop/web:1.0#shop/web:7#")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
        child.wait_with_output().unwrap()
    }

    /// Runs kubectl as a user.
    pub fn kubectl(&self, user: User, args: &[&str]) -> String {
        self.kubectl_with(user, args, "")
    }

    /// Applies manifests as the pipeline does.
    pub fn deploy(&self, namespace: &str, manifests: &str) {
        self.kubectl_with(User::Deployer, &["apply", "--namespace", namespace, "-f", "-"], manifests);
    }

    /// Waits until the controllers have taken note of what a Deployment says now.
    pub fn settle(&self, namespace: &str, deployment: &str) {
        let deployment = format!("deployment/{deployment}");
        let in_namespace = ["-n", namespace];
        let get = ["get", &deployment, "-o", "jsonpath={.metadata.generation}"];
        let generation = self.kubectl(User::Admin, &[&in_namespace[..], &get].concat());
        let seen = format!("--for=jsonpath={{.status.observedGeneration}}={generation}");
        self.kubectl(User::Admin, &[&in_namespace[..], &["wait", &deployment, &seen, "--timeout=30s"]].concat());
    }

    /// Makes a namespace of a test's own.
    pub fn namespace(&self, name: &str) {
        self.kubectl(User::Admin, &["create", "namespace", name]);
    }

    /// The file of the audit log.
    pub fn audit_log(&self) -> PathBuf {
        self.folder.join("audit.log")
    }

    /// The requests of a user, as the audit log has them.
    pub fn requests(&self, user: User) -> Vec<serde_json::Value> {
        let log = std::fs::read_to_string(self.audit_log()).unwrap_or_default();
        let events = log.lines().map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap());
        events.filter(|event| event["user"]["username"] == user.name()).collect()
    }

    /// The id of one of the cluster's processes, such as `kube-apiserver`.
    pub fn process(&self, name: &str) -> u32 {
        let pids = std::fs::read_to_string(self.folder.join("pids")).unwrap();
        let of_name = pids.lines().find_map(|line| line.strip_prefix(name)?.split_whitespace().next()?.parse().ok());
        of_name.unwrap()
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        drop(self.supervisor.stdin.take());
        drop(self.supervisor.wait());
    }
}
