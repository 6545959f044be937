//! A git repository for tests.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::Repository;

/// A repository made by the `git` program, with fixed dates and people.
pub(crate) struct Sample {
    folder: tempfile::TempDir,
}

impl Sample {
    pub(crate) fn new() -> Self {
        let sample = Self { folder: tempfile::tempdir().unwrap() };
        sample.git("2024-01-01T00:00:00Z", &["init", "-q", "-b", "main"]);
        sample
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn git(&self, date: &str, arguments: &[&str]) -> String {
        run_git(self.path(), date, arguments)
    }

    pub(crate) fn write(&self, file: &str, text: &str) {
        let file = self.path().join(file);
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(file, text).unwrap();
    }

    pub(crate) fn commit(&self, date: &str, message: &str) {
        self.git(date, &["add", "-A"]);
        self.git(date, &["commit", "-q", "--allow-empty", "-m", message]);
    }

    /// Opens it as the product does.
    pub(crate) fn open(&self) -> Repository {
        Repository::open(self.path()).unwrap()
    }

    pub(crate) fn clone_with(&self, options: &[&str]) -> (tempfile::TempDir, PathBuf) {
        let target = tempfile::tempdir().unwrap();
        let url = format!("file://{}", self.path().display());
        let clone = target.path().join("clone");
        let arguments = [&["clone", "-q"], options, &[&url, clone.to_str().unwrap()]].concat();
        run_git(target.path(), "2024-02-01T00:00:00Z", &arguments);
        (target, clone)
    }
}

fn run_git(folder: &Path, date: &str, arguments: &[&str]) -> String {
    let mut command = Command::new("git");
    command.current_dir(folder).args(arguments).env_clear().env("PATH", std::env::var("PATH").unwrap());
    command.envs([("GIT_CONFIG_GLOBAL", "/dev/null"), ("GIT_CONFIG_NOSYSTEM", "1"), ("HOME", "/nowhere")]);
    command.envs([("GIT_AUTHOR_NAME", "A"), ("GIT_AUTHOR_EMAIL", "a@example.com")]);
    command.envs([("GIT_COMMITTER_NAME", "C"), ("GIT_COMMITTER_EMAIL", "c@example.com")]);
    // The author's date is always the same, so that a test which mistakes it for the committer's fails.
    let output =
        command.env("GIT_AUTHOR_DATE", "2020-01-01T00:00:00Z").env("GIT_COMMITTER_DATE", date).output().unwrap();
    assert!(output.status.success(), "git {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}
