//! The audit logs of clusters, read on from scan to scan: evidence of who changed what.
//!
//! Events are kept as long as the process lives, up to a number: a log is written with delay, and a drift that was found
//! before its event came is matched again by the next scan.

use std::collections::{BTreeMap, VecDeque};
use std::path::Path;
use std::sync::Arc;

use crate::config::EvidenceLog;
use crate::declared;
use crate::evidence::audit_log::tail::Tail;
use crate::evidence::audit_log::{self, Event, Settings};
use crate::live::{Collection, Found};
use crate::model::{Declaration, Evidence, Problem, ProblemKind, ResourceType, Value};
use crate::schema::kubernetes::{built_in, kind_of};
use crate::web::audit_webhook::{Inbox, Token};

/// Events of one log that are kept: days of what people do, hours of what a busy cluster does.
const MAX_EVENTS: usize = 100_000;

/// All audit logs of a configuration.
#[derive(Debug, Default)]
pub struct AuditLogs {
    logs: Vec<Log>,
    problems: Vec<Problem>,
}

#[derive(Debug)]
struct Log {
    configured: EvidenceLog,
    source: Source,
    events: VecDeque<Event>,
}

#[derive(Debug)]
enum Source {
    File(Tail),
    Webhook(Arc<Inbox>, Token),
}

impl AuditLogs {
    /// The logs that a configuration names; their paths begin at `folder`. Nothing is read yet but the token of a webhook.
    pub fn open(configured: &[EvidenceLog], folder: &Path) -> Self {
        let mut logs = Self::default();
        for log in configured {
            let source = match log {
                EvidenceLog::AuditLog(log) => Ok(Source::File(Tail::new(folder.join(&log.path)))),
                EvidenceLog::AuditWebhook(hook) => {
                    Token::read(&folder.join(&hook.token_file)).map(|token| Source::Webhook(Arc::default(), token))
                }
            };
            match source {
                Ok(source) => logs.logs.push(Log { configured: log.clone(), source, events: VecDeque::new() }),
                Err(problem) => logs.problems.push(problem),
            }
        }
        logs
    }

    /// Where an API server posts events to, and what it proves itself with.
    pub fn webhook(&self) -> Option<(Arc<Inbox>, Token)> {
        self.logs.iter().find_map(|log| match &log.source {
            Source::Webhook(inbox, token) => Some((Arc::clone(inbox), token.clone())),
            Source::File(_) => None,
        })
    }

    /// Reads what is new, and says what could not be read.
    pub fn read(&mut self) -> Vec<Problem> {
        let mut problems = self.problems.clone();
        for log in &mut self.logs {
            problems.extend(log.read());
            let excess = log.events.len().saturating_sub(MAX_EVENTS);
            log.events.drain(..excess);
        }
        problems
    }

    /// What the logs say of the objects of a stack.
    pub fn evidence<'d>(&mut self, stack: &str, declared: &'d declared::Read, live: &'d Collection) -> Vec<Evidence> {
        let of_name = |declaration: &'d Declaration| {
            let name = (declaration.resource_type.as_str(), declaration.identifier.as_deref()?);
            Some((name, &declaration.attributes))
        };
        let declarations: BTreeMap<(&str, &str), &Value> =
            declared.declarations.iter().filter(|_| !self.logs.is_empty()).filter_map(of_name).collect();
        let attributes = |resource_type: &ResourceType, identifier: &str| -> Option<&Value> {
            match live.find(resource_type, identifier) {
                Found::Present(found) => Some(&found.attributes),
                Found::AsExpected => declarations.get(&(resource_type.as_str(), identifier)).copied(),
                Found::Missing | Found::Unknown => None,
            }
        };
        let mut found = Vec::new();
        for log in self.logs.iter_mut().filter(|log| log.is_of(stack)) {
            let settings = Settings {
                ignored_users: log.configured.ignored_users().to_vec(),
                automation: log.configured.automation().to_vec(),
                kinds: kinds(declared),
            };
            found.extend(audit_log::evidence(log.events.make_contiguous(), &settings, attributes));
        }
        found
    }
}

impl Log {
    /// Whether it is of the cluster that a stack runs on.
    fn is_of(&self, stack: &str) -> bool {
        let stacks = self.configured.stacks();
        stacks.is_empty() || stacks.iter().any(|of| of == stack)
    }

    fn read(&mut self) -> Vec<Problem> {
        match &mut self.source {
            Source::File(tail) => {
                let mut problems = Vec::new();
                loop {
                    match tail.read() {
                        Ok(batch) => {
                            self.events.extend(batch.events);
                            problems.extend(batch.problems);
                            if !batch.has_more {
                                return problems;
                            }
                        }
                        Err(problem) => {
                            problems.push(problem);
                            return problems;
                        }
                    }
                    let excess = self.events.len().saturating_sub(MAX_EVENTS);
                    self.events.drain(..excess);
                }
            }
            Source::Webhook(inbox, _) => {
                let waiting = inbox.take();
                self.events.extend(waiting.events);
                let lost = || {
                    let message =
                        format!("{} audit events came faster than they were taken, and are lost", waiting.dropped);
                    Problem::new(ProblemKind::Unevaluated, "audit webhook", message)
                        .remedy("post fewer: an audit policy without reads and without the control plane")
                };
                (waiting.dropped > 0).then(lost).into_iter().collect()
            }
        }
    }
}

/// The kinds of extensions that are declared, by group and the plural that nearly all of them have.
fn kinds(declared: &declared::Read) -> BTreeMap<(String, String), String> {
    let of = |resource_type: &ResourceType| {
        let (api_version, kind) = kind_of(resource_type)?;
        let (group, _) = api_version.split_once('/')?;
        let plural = format!("{}s", kind.to_lowercase());
        built_in(group, kind).is_none().then(|| ((group.to_owned(), plural), kind.to_owned()))
    };
    declared.declarations.iter().filter_map(|declaration| of(&declaration.resource_type)).collect()
}
