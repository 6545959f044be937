//! Starts the AWS emulators that `scripts/install-emulators.sh` installs, one process of each for the whole test
//! binary, and ends them with it.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use aws_sdk_sts::config::{BehaviorVersion, Credentials, Region, SharedCredentialsProvider};
use driftledger::live::aws::{self, ApiCalls, Aws, AwsScope};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::OnceCell;

/// The region that the tests use.
pub const REGION: &str = "eu-west-1";

/// A running emulator.
pub struct Emulator {
    /// Where it answers.
    pub url: String,
    /// Holds the pipe at whose end the emulator is stopped, see [`SUPERVISOR`].
    _supervisor: Child,
}

/// Runs the emulator until its standard input ends, which it does with the test binary however that ends: statics are
/// never dropped, and a test that crashes drops nothing. Then the emulator is ended and its directory removed.
const SUPERVISOR: &str = r#""$@" </dev/null & child=$!
cat >/dev/null
kill "$child"; wait "$child"; rm -rf "$RUN_DIRECTORY""#;

/// ministack. A 12-digit access key is its own account in it, and everybody may do everything.
pub async fn ministack() -> &'static Emulator {
    static MINISTACK: OnceCell<Emulator> = OnceCell::const_new();
    MINISTACK.get_or_init(|| start_ministack("false")).await
}

/// A ministack that checks signatures and permissions. A 12-digit access key is its account's root user.
pub async fn strict_ministack() -> &'static Emulator {
    static MINISTACK: OnceCell<Emulator> = OnceCell::const_new();
    MINISTACK.get_or_init(|| start_ministack("true")).await
}

async fn start_ministack(auth: &str) -> Emulator {
    let port = free_port().await.to_string();
    let program = installed("ministack/bin/ministack");
    start(&program, &[], &port, "/_ministack/health", |command, run| {
        command
            // Its default binds every interface.
            .envs([("BIND_HOST", "127.0.0.1"), ("GATEWAY_PORT", &port), ("AUTH", auth)])
            .env("STATE_DIR", run.join("state"))
            .env("S3_DATA_DIR", run.join("s3"));
    })
    .await
}

/// moto. It has one account, whatever the credentials.
pub async fn moto() -> &'static Emulator {
    static MOTO: OnceCell<Emulator> = OnceCell::const_new();
    MOTO.get_or_init(|| async {
        let port = free_port().await.to_string();
        let program = installed("moto/bin/moto_server");
        start(&program, &["-H", "127.0.0.1", "-p", &port], &port, "/moto-api/", |command, run| {
            // The policies of AWS exist in it when it is told to load them.
            command.env("MOTO_IAM_LOAD_MANAGED_POLICIES", "true").env("MOTO_LAMBDA_DATA_DIR", run.join("lambda"));
        })
        .await
    })
    .await
}

fn installed(program: &str) -> PathBuf {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(".venv").join(program);
    assert!(path.exists(), "{} is not there; run scripts/install-emulators.sh", path.display());
    path
}

/// A port that was free a moment ago; nothing else in a test run asks for one by number.
async fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap().port()
}

#[expect(clippy::zombie_processes, reason = "the supervisor ends with this process, which is when nobody can wait")]
async fn start(
    program: &Path,
    arguments: &[&str],
    port: &str,
    ready: &str,
    configure: impl FnOnce(&mut Command, &Path),
) -> Emulator {
    let run = tempfile::tempdir().unwrap().keep();
    let mut command = Command::new("sh");
    command.args(["-c", SUPERVISOR, "sh"]).arg(program).args(arguments);
    // Nothing of the caller's: ministack takes an access key of its environment for the root user's.
    command.env_clear().env("PATH", std::env::var_os("PATH").unwrap()).env("HOME", &run).env("RUN_DIRECTORY", &run);
    command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null()).current_dir(&run);
    configure(&mut command, &run);
    let supervisor = command.spawn().unwrap();
    let address = format!("127.0.0.1:{port}");
    for _ in 0..600 {
        if answers(&address, ready).await {
            return Emulator { url: format!("http://{address}"), _supervisor: supervisor };
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("{} does not answer", program.display());
}

async fn answers(address: &str, path: &str) -> bool {
    let Ok(mut stream) = TcpStream::connect(address).await else { return false };
    let request = format!("GET {path} HTTP/1.0\r\nHost: {address}\r\n\r\n");
    let mut answer = String::new();
    stream.write_all(request.as_bytes()).await.is_ok()
        && stream.read_to_string(&mut answer).await.is_ok()
        && answer.lines().next().is_some_and(|status| status.contains(" 200"))
}

/// An account of its own for one test: clients to change it by hand, and the product's to read it.
pub struct Account {
    /// The configuration for the SDK's own clients.
    pub sdk: aws_config::SdkConfig,
    /// The product's clients.
    pub aws: Aws,
    /// The calls that the product's clients made.
    pub calls: Arc<ApiCalls>,
    /// The account number.
    pub id: String,
}

impl Account {
    /// The next account of an emulator that nothing else in this run has.
    pub async fn new(emulator: &Emulator) -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(1);
        let id = format!("2222{:08}", NEXT.fetch_add(1, Ordering::Relaxed));
        let credentials = SharedCredentialsProvider::new(Credentials::new(&id, "test", None, None, "test"));
        let sdk = aws_config::defaults(BehaviorVersion::v2026_01_12())
            .region(Region::new(REGION))
            .credentials_provider(credentials.clone())
            .endpoint_url(&emulator.url)
            .load()
            .await;
        let scope = AwsScope { endpoint_url: Some(emulator.url.clone()), attempts: 1, ..AwsScope::new(REGION) };
        let calls = Arc::new(ApiCalls::default());
        let aws = aws::connect_with(&scope, credentials, &calls).await;
        Self { sdk, aws, calls, id }
    }
}
