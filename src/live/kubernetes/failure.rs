//! Why a read of a cluster failed.

use std::time::Duration;

use crate::model::{Problem, ProblemKind};

/// A read that failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// The kind of problem.
    pub kind: ProblemKind,
    /// The HTTP status, where the server answered.
    pub status: Option<u16>,
    message: String,
}

impl Failure {
    /// An answer that is not what the API promises. The error says where, and shows nothing of the answer.
    pub(super) fn unreadable(error: &serde_json::Error) -> Self {
        let message = format!("the server's answer cannot be read: line {}, column {}", error.line(), error.column());
        Self { kind: ProblemKind::Service, status: None, message }
    }

    /// A page that names the one after it behind its objects, where no server does.
    pub(super) fn out_of_order() -> Self {
        let message = "the server's list cannot be read: its metadata do not stand before its objects".to_owned();
        Self { kind: ProblemKind::Service, status: None, message }
    }

    /// The process is about to end.
    pub(super) fn broken_off() -> Self {
        Self { kind: ProblemKind::Unreachable, status: None, message: "reading broke off".to_owned() }
    }

    /// No answer in time.
    pub(super) fn late(after: Duration) -> Self {
        let message = format!("no answer within {} s", after.as_secs());
        Self { kind: ProblemKind::Unreachable, status: None, message }
    }

    /// Whether the server does not know what was asked for.
    pub fn is_not_found(&self) -> bool {
        self.status == Some(404)
    }

    /// Whether the rest of a list is gone, because it was begun too long ago.
    pub fn is_expired(&self) -> bool {
        self.status == Some(410)
    }

    /// The problem of a scope.
    pub fn problem(&self, scope: impl Into<String>) -> Problem {
        let problem = Problem::new(self.kind, scope, self.message.clone());
        match self.kind {
            ProblemKind::AccessDenied => {
                problem.remedy("grant get, list and watch on it; `driftledger config rbac` prints what is needed")
            }
            ProblemKind::Credentials => problem.remedy("check the kubeconfig's user, or the pod's service account"),
            _ => problem,
        }
    }
}

impl From<kube::Error> for Failure {
    fn from(error: kube::Error) -> Self {
        match error {
            kube::Error::Api(status) => {
                let kind = match status.code {
                    401 => ProblemKind::Credentials,
                    403 => ProblemKind::AccessDenied,
                    429 => ProblemKind::Throttled,
                    404 => ProblemKind::NotSupported,
                    _ => ProblemKind::Service,
                };
                Self { kind, status: Some(status.code), message: one_line(&status.message) }
            }
            kube::Error::Auth(error) => {
                Self { kind: ProblemKind::Credentials, status: None, message: one_line(&error.to_string()) }
            }
            error => Self { kind: ProblemKind::Unreachable, status: None, message: one_line(&chain(&error)) },
        }
    }
}

/// An answer that broke off.
impl From<std::io::Error> for Failure {
    fn from(error: std::io::Error) -> Self {
        match error.downcast::<kube::Error>() {
            Ok(error) => Self::from(error),
            Err(error) => Self { kind: ProblemKind::Unreachable, status: None, message: one_line(&chain(&error)) },
        }
    }
}

/// An error with everything that led to it: "error trying to connect: connection refused".
fn chain(error: &dyn std::error::Error) -> String {
    let mut texts: Vec<String> = Vec::new();
    let mut next = Some(error);
    while let Some(error) = next {
        let text = error.to_string();
        // Most errors repeat those below them.
        if !texts.iter().any(|above| above.contains(&text)) {
            texts.push(text);
        }
        next = error.source();
    }
    texts.join(": ")
}

/// More than this of a message helps nobody.
const LONGEST_MESSAGE: usize = 300;

fn one_line(text: &str) -> String {
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    text.chars().take(LONGEST_MESSAGE).collect()
}
