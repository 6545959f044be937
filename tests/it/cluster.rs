//! Starts a control plane of Kubernetes with `scripts/kube-test-cluster.sh`, one for the whole test binary, and ends it
//! with it. Tests keep apart by namespace.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU16, Ordering};

/// A running control plane.
pub struct Cluster {
    folder: PathBuf,
    bin: PathBuf,
    /// Of the API server; that of etcd is the next.
    port: u16,
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

/// The first of three ports beside each other that were free a moment ago. They are below those that systems give to
/// outgoing connections, of which the tests make many: such a one could take a port before the server does.
fn free_ports() -> u16 {
    static TAKEN: AtomicU16 = AtomicU16::new(0);
    let of_this_run = u16::try_from(std::process::id() % 3_000).unwrap();
    let free = |port: u16| TcpListener::bind(("127.0.0.1", port)).is_ok();
    loop {
        let next = (of_this_run + TAKEN.fetch_add(1, Ordering::Relaxed)) % 3_000;
        let port = 20_000 + next * 3;
        if (port..port + 3).all(free) {
            return port;
        }
    }
}

/// Switches admission policies on that change objects, which are not yet on by default in this version.
const MUTATION: &str =
    "--feature-gates=MutatingAdmissionPolicy=true --runtime-config=admissionregistration.k8s.io/v1alpha1=true";

/// A control plane of its own for the tests that do to it what others would notice.
pub fn troubled() -> &'static Cluster {
    static CLUSTER: OnceLock<Cluster> = OnceLock::new();
    CLUSTER.get_or_init(|| Cluster::start_with(MUTATION))
}

impl Cluster {
    /// Starts a control plane for one test alone, such as one that kills it.
    pub fn start() -> Self {
        Self::start_with("")
    }

    fn start_with(flags: &str) -> Self {
        let built = Command::new(script()).arg("build").stderr(Stdio::inherit()).output().unwrap();
        assert!(built.status.success(), "the programs of the test cluster could not be built");
        let bin = PathBuf::from(String::from_utf8(built.stdout).unwrap().trim());
        // Another run may have taken the ports, and a machine that is loaded may be late.
        let started = (0..3).find_map(|_| Self::try_to_start(&bin, flags));
        started.unwrap_or_else(|| panic!("the test cluster did not start; run {}", script().display()))
    }

    fn try_to_start(bin: &Path, flags: &str) -> Option<Self> {
        let folder = tempfile::tempdir().unwrap().keep();
        let port = free_ports();
        let mut supervisor = Command::new("sh")
            .args(["-c", SUPERVISOR])
            .arg(script())
            .arg(&folder)
            .arg(port.to_string())
            .env("KUBE_APISERVER_FLAGS", flags)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(supervisor.stdout.take().unwrap()).read_line(&mut line).unwrap();
        // What did not start stops by itself.
        line.trim().ends_with("admin.kubeconfig").then(|| Self { folder, bin: bin.to_owned(), port, supervisor })
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

    /// Ends the API server at once, in the middle of whatever it does.
    pub fn kill_server(&self) {
        let server = self.process("kube-apiserver").to_string();
        assert!(Command::new("kill").args(["-KILL", &server]).status().unwrap().success());
    }

    /// Starts the API server again that was killed, on the same port and with the same data, and waits until it is ready.
    pub fn start_server_again(&self) {
        let done = Command::new(script()).arg("again").arg(&self.folder).arg("kube-apiserver").output().unwrap();
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    }

    /// Has etcd forget everything but the newest state: what was begun before it cannot be read to its end.
    pub fn compact(&self) {
        // A list that was begun at the newest state could still be read.
        self.etcd("put", r#"{"key": "Zm9yZ2V0", "value": ""}"#);
        let header: serde_json::Value = serde_json::from_str(&self.etcd("range", r#"{"key": "Zm9yZ2V0"}"#)).unwrap();
        self.etcd("compaction", &format!(r#"{{"revision": {}}}"#, header["header"]["revision"]));
    }

    /// Asks etcd by its JSON gateway (<https://etcd.io/docs/v3.5/dev-guide/api_grpc_gateway/>).
    fn etcd(&self, operation: &str, question: &str) -> String {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port + 1)).unwrap();
        let length = question.len();
        let head = format!("POST /v3/kv/{operation} HTTP/1.0\r\nHost: etcd\r\nContent-Length: {length}\r\n\r\n");
        stream.write_all(format!("{head}{question}").as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        assert!(head.contains(" 200 "), "etcd {operation}: {answer}");
        body.to_owned()
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        drop(self.supervisor.stdin.take());
        drop(self.supervisor.wait());
    }
}
