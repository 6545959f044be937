//! The audit log of an EKS cluster, which stands in a log group of CloudWatch Logs, read on from scan to scan.
//!
//! Says what to ask for and keeps the place; `live` asks. Source: EKS user guide, "Send control plane logs to
//! CloudWatch Logs"; CloudWatch Logs user guide, "Filter pattern syntax".

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};

use super::Event;
use crate::live::log::{Asked, Page};

/// The streams of the audit log; the group holds those of the other parts of the control plane as well.
const STREAM_PREFIX: &str = "kube-apiserver-audit-";

/// Writes that were carried out. Nodes renew leases and write events several times a second, and nobody declares either.
const PATTERN: &str = r#"{ ($.stage = "ResponseComplete") && ($.objectRef.resource != "leases") && ($.objectRef.resource != "events") && (($.verb = "create") || ($.verb = "update") || ($.verb = "patch") || ($.verb = "delete")) }"#;

/// An event comes to the group minutes after it happened, and later than others that happened after it. This much is asked
/// for again.
const LATE: SignedDuration = SignedDuration::from_mins(15);

/// How far a log group was read.
#[derive(Clone, Debug)]
pub struct Place {
    since: Timestamp,
    token: Option<String>,
    /// The newest event of what is being read.
    newest: Timestamp,
    /// The events from `since` on that were taken already.
    taken: BTreeSet<(Timestamp, String)>,
}

/// What a page gave.
#[derive(Debug, Default)]
pub struct Taken {
    /// Events that were not taken before.
    pub events: Vec<Event>,
    /// How many entries are no event.
    pub unreadable: usize,
}

impl Place {
    /// A group from a time on.
    pub fn new(since: Timestamp) -> Self {
        Self { since, token: None, newest: since, taken: BTreeSet::new() }
    }

    /// What to ask for next.
    pub fn asked<'a>(&'a self, log_group: &'a str) -> Asked<'a> {
        let token = self.token.as_deref();
        Asked { log_group, stream_prefix: STREAM_PREFIX, pattern: PATTERN, since: self.since, token }
    }

    /// Takes a page, and goes on behind it.
    pub fn take(&mut self, page: Page) -> Taken {
        let mut taken = Taken::default();
        for event in page.events {
            self.newest = self.newest.max(event.at);
            if !self.taken.insert((event.at, event.id)) {
                continue;
            }
            match serde_json::from_str(&event.message) {
                Ok(event) => taken.events.push(event),
                Err(_) => taken.unreadable += 1,
            }
        }
        self.token = page.next;
        let late = self.late();
        self.taken = self.taken.split_off(&(late, String::new()));
        if self.token.is_none() {
            self.since = late;
        }
        taken
    }

    /// From when on events may still come that were not there before. Pages are in the order of time.
    fn late(&self) -> Timestamp {
        self.newest.checked_sub(LATE).map_or(self.since, |late| late.max(self.since))
    }

    /// The newest event that was read, or where reading begins.
    pub fn newest(&self) -> Timestamp {
        self.newest
    }

    /// Whether everything that was there is read.
    pub fn is_at_end(&self) -> bool {
        self.token.is_none()
    }

    /// Forgets where a page ended, when the service does not know that place any more.
    pub fn start_again(&mut self) {
        self.token = None;
        self.since = self.late();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::live::log::LogEvent;

    fn at(minutes: i64) -> Timestamp {
        Timestamp::from_second(1_772_000_000 + minutes * 60).unwrap()
    }

    fn event(id: &str, minutes: i64) -> LogEvent {
        let message = serde_json::json!({"stage": "ResponseComplete", "verb": "patch", "user": {"username": id},
            "stageTimestamp": at(minutes).to_string()});
        LogEvent { id: id.to_owned(), at: at(minutes), message: message.to_string() }
    }

    fn page(events: impl IntoIterator<Item = LogEvent>, next: Option<&str>) -> Page {
        Page { events: events.into_iter().collect(), next: next.map(str::to_owned) }
    }

    fn users(taken: &Taken) -> Vec<&str> {
        taken.events.iter().map(|event| event.user.username.as_str()).collect()
    }

    #[test]
    fn what_comes_late_is_taken_and_nothing_twice() {
        let mut place = Place::new(at(0));
        let first = place.take(page([event("a", 10), event("b", 50)], None));
        assert_eq!(users(&first), ["a", "b"]);
        assert_eq!(place.asked("group").since, at(35));
        let next = place.take(page([event("late", 36), event("b", 50), event("c", 60)], None));
        assert_eq!(users(&next), ["late", "c"]);
        assert_eq!(place.taken.len(), 2, "what is not asked for again is not remembered: {:?}", place.taken);
    }

    #[test]
    fn a_page_with_nothing_on_it_is_not_the_end() {
        let mut place = Place::new(at(0));
        place.take(page([], Some("behind")));
        assert!(!place.is_at_end());
        assert_eq!((place.asked("group").since, place.asked("group").token), (at(0), Some("behind")));
        place.take(page([event("a", 30)], Some("further")));
        assert_eq!(place.asked("group").since, at(0), "a token goes with the request that it came from");
        place.start_again();
        assert_eq!(place.asked("group").since, at(15));
        assert_eq!(users(&place.take(page([event("a", 30), event("b", 31)], None))), ["b"]);
        assert!(place.is_at_end());
    }

    #[test]
    fn what_is_no_event_is_counted() {
        let mut place = Place::new(at(0));
        let broken = LogEvent { message: "password=hunter2".to_owned(), ..event("x", 1) };
        assert!(!format!("{broken:?}").contains("hunter2"));
        let taken = place.take(page([broken, event("a", 2)], None));
        assert_eq!((users(&taken), taken.unreadable), (vec!["a"], 1));
    }
}
