//! The audit logs of clusters, read on from scan to scan: evidence of who changed what.
//!
//! Events are kept as long as the process lives, up to a number: a log is written with delay, and a drift that was found
//! before its event came is matched again by the next scan.

use std::collections::{BTreeMap, VecDeque};
use std::path::Path;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use crate::app::App;
use crate::config::{AuditLogGroup, EvidenceLog};
use crate::declared;
use crate::evidence::audit_log::log_group::Place;
use crate::evidence::audit_log::tail::Tail;
use crate::evidence::audit_log::{self, Event, Settings};
use crate::live::connection::{self, Connection};
use crate::live::{Collection, Found};
use crate::model::{Declaration, Evidence, Problem, ProblemKind, ResourceType, Value};
use crate::schema::kubernetes::{built_in, kind_of};
use crate::web::audit_webhook::{Inbox, Token};

/// Events of one log that are kept: days of what people do, hours of what a busy cluster does.
const MAX_EVENTS: usize = 100_000;

/// Pages of a log group that one scan asks for; the next goes on from there. The service gives five a second.
const MAX_PAGES: usize = 200;

/// Bytes of events that one scan takes from a log group.
const MAX_BYTES: usize = 32 << 20;

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
    /// `None`: nothing of it was read yet.
    LogGroup(Option<Place>),
}

/// Reads what is new in all of them, and says what could not be read. Evidence that is missing hides no resource.
pub async fn read(app: &App) -> Vec<Problem> {
    let (groups, mut problems) = {
        let mut logs = app.audit();
        let problems = logs.read();
        (logs.log_groups(), problems)
    };
    for (position, group, place) in groups {
        let since = app.clock().now().checked_sub(SignedDuration::from_hours(group.lookback_hours.into()));
        let mut place = place.unwrap_or_else(|| Place::new(since.unwrap_or(Timestamp::UNIX_EPOCH)));
        let events = match app.connections().aws(&group.aws).await {
            Ok(connection) => read_group(&connection, &group, &mut place, &mut problems).await,
            Err(problem) => {
                problems.push(Problem { kind: ProblemKind::Record, ..problem });
                continue;
            }
        };
        app.audit().add(position, place, events);
    }
    problems
}

async fn read_group(
    connection: &Connection,
    group: &AuditLogGroup,
    place: &mut Place,
    problems: &mut Vec<Problem>,
) -> Vec<Event> {
    let (mut events, mut unreadable, mut bytes) = (Vec::new(), 0, 0);
    for _ in 0..MAX_PAGES {
        match connection::log_page(connection, &place.asked(&group.log_group)).await {
            Ok(page) => {
                bytes += page.events.iter().map(|event| event.message.len()).sum::<usize>();
                let taken = place.take(page);
                events.extend(taken.events);
                unreadable += taken.unreadable;
            }
            Err(problem) => {
                problems.push(problem);
                place.start_again();
            }
        }
        if place.is_at_end() || bytes > MAX_BYTES {
            break;
        }
    }
    let about = |message: String| Problem::new(ProblemKind::Record, format!("log group {}", group.log_group), message);
    if !place.is_at_end() {
        let message = format!("it was read up to {}; the next scan goes on from there", place.newest());
        problems.push(about(message).remedy("lower `lookback_hours`, or scan more often"));
    }
    if unreadable > 0 {
        let message = format!("{unreadable} entries are no audit events");
        problems.push(about(message).remedy("name the log group of the cluster's control plane"));
    }
    events
}

impl AuditLogs {
    /// The logs that a configuration names; their paths begin at `folder`. Nothing is read yet but the token of a webhook.
    pub fn open(configured: &[EvidenceLog], folder: &Path) -> Self {
        let mut logs = Self::default();
        for log in configured {
            let source = match log {
                EvidenceLog::AuditLog(log) => Ok(Source::File(Tail::new(folder.join(&log.path)))),
                // It is of accounts and not of clusters, see `trail`.
                EvidenceLog::Cloudtrail(_) => continue,
                EvidenceLog::AuditLogGroup(_) => Ok(Source::LogGroup(None)),
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
            Source::File(_) | Source::LogGroup(_) => None,
        })
    }

    /// Reads what is new here, and says what could not be read.
    fn read(&mut self) -> Vec<Problem> {
        let mut problems = self.problems.clone();
        for log in &mut self.logs {
            problems.extend(log.read());
            forget_the_oldest(&mut log.events);
        }
        problems
    }

    /// The log groups, by their position, and how far each was read.
    fn log_groups(&self) -> Vec<(usize, AuditLogGroup, Option<Place>)> {
        let group = |(position, log): (usize, &Log)| match (&log.configured, &log.source) {
            (EvidenceLog::AuditLogGroup(group), Source::LogGroup(place)) => {
                Some((position, group.clone(), place.clone()))
            }
            _ => None,
        };
        self.logs.iter().enumerate().filter_map(group).collect()
    }

    fn add(&mut self, position: usize, place: Place, events: Vec<Event>) {
        if let Some(log) = self.logs.get_mut(position) {
            log.source = Source::LogGroup(Some(place));
            log.events.extend(events);
            forget_the_oldest(&mut log.events);
        }
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
            let Some(writers) = log.configured.writers() else { continue };
            let settings = Settings {
                ignored_users: writers.ignored_users.to_vec(),
                automation: writers.automation.to_vec(),
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
        let stacks = self.configured.writers().map(|writers| writers.stacks).unwrap_or_default();
        stacks.is_empty() || stacks.iter().any(|of| of == stack)
    }

    fn read(&mut self) -> Vec<Problem> {
        match &mut self.source {
            // Another service is asked, see `read` above.
            Source::LogGroup(_) => Vec::new(),
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
                    forget_the_oldest(&mut self.events);
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

fn forget_the_oldest(events: &mut VecDeque<Event>) {
    let excess = events.len().saturating_sub(MAX_EVENTS);
    events.drain(..excess);
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
