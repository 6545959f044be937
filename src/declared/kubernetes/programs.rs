//! The programs that render charts, and kustomizations that are not built here: helm, kustomize, kubectl.
//!
//! The only file of this module that runs anything. What is rendered is hostile: a program gets a copy of the folder it
//! needs in a folder of its own, without links, without the environment (so without credentials, plugins and PATH),
//! with a proxy that leads nowhere, and with a time limit.

use std::ffi::OsStr;
use std::fs;
use std::io::Read;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::time::Duration;

use crate::repo::{self, EntryKind, ReadError, Tree};

/// How long one run may take.
const LIMIT: Duration = Duration::from_secs(60);
/// The most that is read of what a program prints.
const MAX_OUTPUT: u64 = 64 * 1024 * 1024;
/// The most that is copied for one run.
const MAX_COPY_BYTES: usize = 128 * 1024 * 1024;
const MAX_COPY_FILES: usize = 20_000;
const MAX_COPY_DEPTH: usize = 32;
/// An address at which nothing listens.
const NO_PROXY: &str = "http://127.0.0.1:9";

/// The programs that are there.
#[derive(Clone, Debug, Default)]
pub struct Programs {
    /// Helm 3 or later.
    pub helm: Option<PathBuf>,
    /// `kustomize`, or `kubectl`, which has it built in.
    pub kustomize: Option<Kustomize>,
}

/// A program that builds kustomizations.
#[derive(Clone, Debug)]
pub enum Kustomize {
    /// `kustomize build FOLDER`.
    Kustomize(PathBuf),
    /// `kubectl kustomize FOLDER`.
    Kubectl(PathBuf),
}

impl Programs {
    /// Those in the folders of `PATH`.
    pub fn installed() -> Self {
        let path = std::env::var_os("PATH").unwrap_or_default();
        let find = |name: &str| {
            // A relative folder would be one of whatever repository the process was started in.
            let folders = std::env::split_paths(&path).filter(|folder| folder.is_absolute());
            folders.map(|folder| folder.join(name)).find(|file| file.is_file())
        };
        let kustomize = find("kustomize").map(Kustomize::Kustomize);
        Self { helm: find("helm"), kustomize: kustomize.or_else(|| find("kubectl").map(Kustomize::Kubectl)) }
    }
}

/// Why a program did not render something.
#[derive(Debug, thiserror::Error)]
pub(super) enum RunError {
    /// A file that it needs cannot be read.
    #[error("{0}")]
    Unreadable(#[from] ReadError),
    /// There is too much to copy.
    #[error("more than 128 MiB, 20,000 files or 32 levels of folders would have to be copied for it")]
    TooLarge,
    /// The system refused.
    #[error("{0}")]
    System(#[from] std::io::Error),
    /// It took too long.
    #[error("took longer than 60 seconds")]
    TimedOut,
    /// It said no.
    #[error("{0}")]
    Refused(String),
}

/// A folder of one run, which goes when this is dropped.
#[derive(Debug)]
pub(super) struct Workspace {
    folder: PathBuf,
}

impl Workspace {
    pub(super) fn new() -> Result<Self, RunError> {
        let mut random = [0_u8; 8];
        getrandom::fill(&mut random).map_err(|_| std::io::Error::other("no random name for a folder"))?;
        let name: String = random.iter().map(|byte| format!("{byte:02x}")).collect();
        let folder = std::env::temp_dir().join(format!("driftledger-{name}"));
        fs::DirBuilder::new().mode(0o700).create(&folder)?;
        fs::create_dir(folder.join("home"))?;
        Ok(Self { folder })
    }

    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    /// Writes a file.
    pub(super) fn write(&self, name: &str, content: &[u8]) -> Result<PathBuf, RunError> {
        let path = self.path(name);
        fs::write(&path, content)?;
        Ok(path)
    }

    /// Copies a folder of the repository to one of this name. Links are copied as what they lead to, as far as that is
    /// in the repository.
    pub(super) fn copy(&self, tree: &Tree, folder: &str, name: &str) -> Result<PathBuf, RunError> {
        let target = self.path(name);
        let (mut bytes, mut files) = (0, 0);
        let mut waiting = vec![(folder.to_owned(), target.clone(), 0)];
        while let Some((from, to, depth)) = waiting.pop() {
            if depth > MAX_COPY_DEPTH {
                return Err(RunError::TooLarge);
            }
            fs::create_dir_all(&to)?;
            for entry in tree.list(&from)? {
                let path = repo::join(&from, &entry.name)?;
                match tree.kind(&path) {
                    Some(EntryKind::Folder) if entry.name != ".git" => {
                        waiting.push((path, to.join(&entry.name), depth + 1))
                    }
                    Some(EntryKind::File) => {
                        let content = tree.read(&path)?;
                        (bytes, files) = (bytes + content.len(), files + 1);
                        if bytes > MAX_COPY_BYTES || files > MAX_COPY_FILES {
                            return Err(RunError::TooLarge);
                        }
                        fs::write(to.join(&entry.name), content)?;
                    }
                    // A link that leads out of the repository, or nowhere.
                    _ => {}
                }
            }
        }
        Ok(target)
    }

    /// Runs a program and returns what it prints.
    pub(super) fn run<A: AsRef<OsStr>>(&self, program: &Path, arguments: &[A]) -> Result<String, RunError> {
        let home = self.path("home");
        let mut command = Command::new(program);
        command.args(arguments).current_dir(&self.folder).env_clear();
        command.env("HOME", &home).env("TMPDIR", &home).env("KUBECONFIG", "/dev/null").env("PATH", "");
        for (variable, folder) in
            [("HELM_CACHE_HOME", "cache"), ("HELM_CONFIG_HOME", "config"), ("HELM_DATA_HOME", "data")]
        {
            command.env(variable, home.join(folder));
        }
        for variable in ["HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"] {
            command.env(variable, NO_PROXY);
        }
        let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()?;
        let (sender, receiver) = mpsc::channel();
        let (out, err) = (child.stdout.take(), child.stderr.take());
        std::thread::spawn(move || {
            let errors = std::thread::spawn(move || read(err));
            let out = read(out);
            // Nobody listens any more once the time is up.
            sender.send((out, errors.join().unwrap_or_default())).is_ok()
        });
        match receiver.recv_timeout(LIMIT) {
            Ok((out, errors)) => finished(&mut child, out, &errors),
            Err(_) => {
                child.kill()?;
                child.wait()?;
                Err(RunError::TimedOut)
            }
        }
    }
}

impl Drop for Workspace {
    fn drop(&mut self) {
        if let Err(error) = fs::remove_dir_all(&self.folder) {
            tracing::debug!(%error, folder = %self.folder.display(), "a folder of a program that ran is left");
        }
    }
}

fn read(pipe: Option<impl Read>) -> Vec<u8> {
    let mut bytes = Vec::new();
    let whole = pipe.map(|pipe| pipe.take(MAX_OUTPUT).read_to_end(&mut bytes));
    // What was cut off is not valid, and is told as that.
    if !matches!(whole, Some(Ok(_))) {
        bytes.clear();
    }
    bytes
}

fn finished(child: &mut Child, out: Vec<u8>, errors: &[u8]) -> Result<String, RunError> {
    if !child.wait()?.success() {
        let said = String::from_utf8_lossy(errors);
        let last = said.lines().rev().find(|line| !line.trim().is_empty()).unwrap_or("it failed without a word");
        return Err(RunError::Refused(last.trim().chars().take(400).collect()));
    }
    if out.len() as u64 >= MAX_OUTPUT {
        return Err(RunError::Refused("it prints more than 64 MiB".to_owned()));
    }
    String::from_utf8(out).map_err(|_| RunError::Refused("it prints what is no text".to_owned()))
}

#[cfg(test)]
pub(super) mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    /// A fake of a program: a shell script. It has no `PATH`, as the program that it stands for.
    pub(in crate::declared::kubernetes) fn fake(folder: &Path, name: &str, body: &str) -> PathBuf {
        let path = folder.join(name);
        fs::write(&path, format!("#!/bin/sh\n{body}\n")).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
        path
    }

    #[test]
    fn a_program_gets_a_copy_without_links_that_lead_out_and_without_the_environment() {
        let outside = tempfile::tempdir().unwrap();
        fs::write(outside.path().join("secret"), "s").unwrap();
        let repository = tempfile::tempdir().unwrap();
        fs::create_dir_all(repository.path().join("chart/.git")).unwrap();
        fs::write(repository.path().join("chart/.helmignore"), "x").unwrap();
        std::os::unix::fs::symlink(outside.path().join("secret"), repository.path().join("chart/link")).unwrap();
        std::os::unix::fs::symlink(outside.path(), repository.path().join("chart/folder")).unwrap();
        let workspace = Workspace::new().unwrap();
        let copy = workspace.copy(&Tree::work_tree(repository.path()).unwrap(), "chart", "chart").unwrap();
        let names: Vec<_> = fs::read_dir(&copy).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        assert_eq!(names, [".helmignore"]);
        let program = fake(outside.path(), "program", "echo \"$HOME $USER $PATH $1\"");
        let said = workspace.run(&program, &["a b"]).unwrap();
        assert_eq!(said, format!("{}   a b\n", workspace.path("home").display()));
        let folder = workspace.folder.clone();
        drop(workspace);
        assert!(!folder.exists());
    }
}
