//! A small company for one test: its repository in a folder, its account in an emulator, and the binary run on both.

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use aws_sdk_ssm::types::ParameterType;
use driftledger::clock::Clock;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value as Json, json};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::emulators::{Account, Emulator, REGION};

/// How a run of the binary ended.
#[derive(Debug)]
pub struct Done {
    pub code: Option<i32>,
    pub stdout: String,
    #[expect(dead_code, reason = "shown when an assertion fails")]
    stderr: String,
}

impl Done {
    pub fn json(&self) -> Json {
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }
}

/// The variables that say who is asking.
pub type Identity = Vec<(&'static str, String)>;

pub struct Company {
    folder: TempDir,
    pub account: Account,
    pub endpoint: String,
    pub identity: Identity,
}

/// A time that long before now.
pub fn ago(hours: i64) -> Timestamp {
    Clock::system().now().checked_sub(SignedDuration::from_hours(hours)).unwrap()
}

pub fn keys(id: &str, secret: &str) -> Identity {
    vec![("AWS_ACCESS_KEY_ID", id.to_owned()), ("AWS_SECRET_ACCESS_KEY", secret.to_owned())]
}

impl Company {
    pub async fn new(emulator: &Emulator) -> Self {
        let account = Account::new(emulator).await;
        let folder = tempfile::tempdir().unwrap();
        let identity = keys(&account.id, "test");
        let company = Self { folder, account, endpoint: emulator.url.clone(), identity };
        company.git(&["init", "--quiet", "--initial-branch=main"], ago(0));
        company.write(".gitignore", "driftledger.db*\n");
        company.write("changes/.gitkeep", "");
        company
    }

    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    pub fn write(&self, path: &str, text: &str) {
        let path = self.folder().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    pub fn commit(&self, message: &str, at: Timestamp) {
        self.git(&["add", "--all"], at);
        self.git(&["commit", "--quiet", "--message", message], at);
    }

    fn git(&self, arguments: &[&str], at: Timestamp) {
        let mut git = Command::new("git");
        git.args(arguments).current_dir(self.folder()).env_clear().env("PATH", std::env::var_os("PATH").unwrap());
        git.envs([("GIT_CONFIG_GLOBAL", "/dev/null"), ("GIT_CONFIG_NOSYSTEM", "1"), ("HOME", "/nonexistent")]);
        for who in ["AUTHOR", "COMMITTER"] {
            git.env(format!("GIT_{who}_NAME"), "Jonas").env(format!("GIT_{who}_EMAIL"), "jonas@example.com");
            git.env(format!("GIT_{who}_DATE"), at.to_string());
        }
        assert!(git.status().unwrap().success(), "git {arguments:?}");
    }

    /// The configuration of one Terraform stack `shop` in `infra`, and what follows.
    pub fn configure(&self, more: &str) {
        let (endpoint, account) = (&self.endpoint, &self.account.id);
        self.write(
            "driftledger.yaml",
            &format!(
                "listen: 127.0.0.1:0\n\
                 records: [{{ kind: files, path: changes }}]\n\
                 stacks:\n  \
                   - name: shop\n    \
                     environment: production\n    \
                     declared: {{ kind: terraform, path: infra }}\n    \
                     applied: {{ kind: terraform_state, path: infra/terraform.tfstate }}\n    \
                     live: {{ kind: aws, region: {REGION}, account: \"{account}\", endpoint_url: \"{endpoint}\", \
                              attempts: 1, connect_timeout_seconds: 2 }}\n{more}"
            ),
        );
    }

    /// Sets a parameter of Systems Manager as somebody with the CLI does.
    pub async fn put(&self, name: &str, value: &str) {
        let ssm = aws_sdk_ssm::Client::new(&self.account.sdk);
        let put = ssm.put_parameter().name(format!("/shop/{name}")).r#type(ParameterType::String).value(value);
        put.overwrite(true).send().await.unwrap();
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_driftledger"));
        command.args(arguments).current_dir(self.folder()).env_clear();
        command.envs([("AWS_CONFIG_FILE", "/dev/null"), ("AWS_SHARED_CREDENTIALS_FILE", "/dev/null")]);
        command.env("AWS_EC2_METADATA_DISABLED", "true").envs(self.identity.iter().map(|(name, value)| (name, value)));
        command.stdin(Stdio::null());
        command
    }

    /// Runs the binary to its end.
    pub async fn run(&self, arguments: &[&str]) -> Done {
        let mut command = self.command(arguments);
        // The proxies and fakes of the tests run on this thread's runtime, so the wait must not be on it.
        let output = tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap();
        Done {
            code: output.status.code(),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }

    /// Scans, and asserts the exit code.
    pub async fn scan(&self, code: i32) -> Json {
        let done = self.run(&["scan", "--format", "json"]).await;
        assert_eq!(done.code, Some(code), "{done:?}");
        done.json()
    }

    /// Starts the binary and does not wait for it.
    pub fn start(&self, arguments: &[&str]) -> Running {
        let log = self.folder().join(".git/driftledger.log");
        let mut command = self.command(arguments);
        command.stdout(Stdio::null()).stderr(std::fs::File::create(&log).unwrap());
        Running { child: command.spawn().unwrap(), log }
    }

    /// The daemon's metrics after its first scan.
    pub async fn metrics(&self) -> String {
        let mut daemon = self.start(&["serve"]);
        daemon.logged("scanned").await;
        let (status, metrics) = get(&daemon.address().await, "/metrics").await;
        assert_eq!(status, 200);
        daemon.signal("TERM");
        assert_eq!(daemon.ended().await, Some(0));
        metrics
    }
}

/// A process that runs beside the test; killed with it.
pub struct Running {
    child: Child,
    log: std::path::PathBuf,
}

/// How long a step of a process that runs beside the test may take.
const PATIENCE: Duration = Duration::from_secs(30);
const PAUSE: Duration = Duration::from_millis(20);

impl Running {
    /// The first line of its log that has a text, as soon as there is one.
    pub async fn logged(&mut self, text: &str) -> String {
        for _ in 0..(PATIENCE.as_millis() / PAUSE.as_millis()) {
            let log = std::fs::read_to_string(&self.log).unwrap();
            if let Some(line) = log.lines().find(|line| line.contains(text)) {
                return line.to_owned();
            }
            assert!(self.child.try_wait().unwrap().is_none(), "ended without {text:?}: {log}");
            tokio::time::sleep(PAUSE).await;
        }
        panic!("never logged {text:?}: {}", std::fs::read_to_string(&self.log).unwrap());
    }

    /// Where the daemon listens.
    pub async fn address(&mut self) -> String {
        let line = self.logged("serving").await;
        let plain: String =
            line.chars().filter(|character| character.is_ascii_graphic() || *character == ' ').collect();
        let at = plain.find("127.0.0.1:").unwrap_or_else(|| panic!("no address in {line}"));
        let port: String =
            plain.chars().skip(at + "127.0.0.1:".len()).take_while(|character| character.is_ascii_digit()).collect();
        format!("127.0.0.1:{port}")
    }

    pub fn signal(&self, name: &str) {
        let sent = Command::new("kill").args([&format!("-{name}"), &self.child.id().to_string()]).status().unwrap();
        assert!(sent.success());
    }

    /// Its exit code; `None` if a signal ended it.
    pub async fn ended(&mut self) -> Option<i32> {
        for _ in 0..(PATIENCE.as_millis() / PAUSE.as_millis()) {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status.code();
            }
            tokio::time::sleep(PAUSE).await;
        }
        panic!("still runs: {}", std::fs::read_to_string(&self.log).unwrap());
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // Both fail only for a process that has ended already.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// The status and body of a page.
pub async fn get(address: &str, path: &str) -> (u16, String) {
    let mut stream = TcpStream::connect(address).await.unwrap();
    let request = format!("GET {path} HTTP/1.0\r\nHost: {address}\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    (head.split(' ').nth(1).unwrap().parse().unwrap(), body.to_owned())
}

/// Parameters of Systems Manager as a Terraform module declares them.
pub fn parameters<'a>(values: impl IntoIterator<Item = (&'a str, &'a str)>) -> String {
    let block = |(name, value): (&str, &str)| {
        format!(
            "resource \"aws_ssm_parameter\" \"{name}\" {{\n  name           = \"/shop/{name}\"\n  \
             type           = \"String\"\n  insecure_value = \"{value}\"\n}}\n\n"
        )
    };
    values.into_iter().map(block).collect()
}

/// A resource as a Terraform state has it.
pub fn in_state(resource_type: &str, name: &str, attributes: &Json) -> Json {
    json!({"mode": "managed", "type": resource_type, "name": name,
        "provider": "provider[\"registry.terraform.io/hashicorp/aws\"]",
        "instances": [{"schema_version": 0, "attributes": attributes, "sensitive_attributes": []}]})
}

/// A parameter as a Terraform state has it.
pub fn parameter_in_state((name, value): (&str, &str)) -> Json {
    let path = format!("/shop/{name}");
    in_state(
        "aws_ssm_parameter",
        name,
        &json!({"id": path, "name": path, "type": "String", "tier": "Standard", "data_type": "text",
            "insecure_value": value, "value": null, "description": "", "tags": null, "tags_all": {}}),
    )
}

/// A Terraform state; each apply has the next serial.
pub fn state(serial: u32, resources: &[Json]) -> String {
    let lineage = "5b0c2f7e-41d9-3a86-9e17-6d2a8f04c3b1";
    json!({"version": 4, "terraform_version": "1.11.4", "serial": serial, "lineage": lineage, "outputs": {},
        "resources": resources, "check_results": null})
    .to_string()
}

/// The drift of an address in a report.
pub fn drift<'a>(report: &'a Json, address: &str) -> &'a Json {
    let drifts = report["drifts"].as_array().unwrap();
    drifts.iter().find(|drift| drift["address"] == address).unwrap_or_else(|| panic!("no {address} in {report:#}"))
}

/// The value of a metric's line.
pub fn metric(metrics: &str, line: &str) -> f64 {
    let value = metrics.lines().find_map(|candidate| candidate.strip_prefix(line)?.strip_prefix(' '));
    value.unwrap_or_else(|| panic!("no {line} in\n{metrics}")).parse().unwrap()
}
