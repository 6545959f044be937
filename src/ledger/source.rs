//! Record sources that are services: what they have in common, and the one list of them.
//!
//! A source is asked for pages of items, which the store keeps as they are answered; records are made of them anew each
//! time, so that a source that is down loses nothing and a setting that changes counts at once. A kind of source is one
//! file beside this one, one variant of [`RecordSource`], and one line in [`RecordSource::service`]. Knows no drift.

pub mod compose;
#[cfg(feature = "http")]
pub mod http;
mod sync;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;
use sha2::{Digest, Sha256};

use crate::config::{Api, RecordSource};
use crate::model::{ChangeRecord, Problem};

pub use sync::sync;

/// What one source answers about one record: kept as it is, and read anew whenever the ledger is.
#[derive(Clone, Debug, PartialEq)]
pub struct Item {
    /// What it is called there, once for all: a key may change when a ticket is moved.
    pub id: String,
    /// When it was last changed there.
    pub changed_at: Option<Timestamp>,
    /// What was answered, cut to what records are made of.
    pub body: Json,
}

impl Item {
    /// The SHA-256 of what was answered, in hexadecimal.
    pub fn hash(&self) -> String {
        hexadecimal(&self.body)
    }
}

/// How far the reading of a source has come.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Position {
    /// The newest change that a whole pass has seen: the watermark, in the source's own time.
    pub newest: Option<Timestamp>,
    /// When the last pass over everything began.
    pub full_at: Option<Timestamp>,
    /// The pass that is under way.
    pub pass: Option<Pass>,
}

/// One reading of a source, from its first page to its last. It may last over several scans.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Pass {
    /// Whether everything in the configured time is read, and what is not there any more is forgotten.
    pub is_full: bool,
    /// Items that were changed at or after this.
    pub since: Timestamp,
    /// When it began, by this machine's clock.
    pub began: Timestamp,
    /// The newest change seen in it.
    pub newest: Option<Timestamp>,
    /// Which page is next, in the words of the source; `None`: the first one.
    pub page: Option<Json>,
}

/// What was changed shortly before the watermark is read again: searches lag behind what was written, and clocks differ.
const OVERLAP: SignedDuration = SignedDuration::from_mins(10);
/// After that long everything is read again, which shows what was deleted, moved or missed.
const FULL_EVERY: SignedDuration = SignedDuration::from_hours(24);

impl Position {
    /// The pass to go on with, or the next one.
    pub fn pass(&self, now: Timestamp, history_days: u32) -> Pass {
        let older = |at: Timestamp| now.duration_since(at) >= FULL_EVERY;
        if let Some(pass) = self.pass.as_ref().filter(|pass| !older(pass.began)) {
            return pass.clone();
        }
        let history = SignedDuration::from_hours(24 * i64::from(history_days));
        let start = now.checked_sub(history).unwrap_or(Timestamp::UNIX_EPOCH);
        let is_full = self.full_at.is_none_or(older);
        let changes = self.newest.and_then(|newest| newest.checked_sub(OVERLAP).ok());
        let since = changes.filter(|_| !is_full).unwrap_or(start);
        Pass { is_full, since, began: now, newest: None, page: None }
    }

    /// The position after a page.
    pub fn after(&self, pass: &Pass, page: &Page) -> Self {
        // A time that is still to come moves the watermark no further than this pass: changes until then would be missed.
        let changed = page.items.iter().filter_map(|item| item.changed_at).map(|at| at.min(pass.began));
        let newest = changed.chain(pass.newest).max();
        match &page.next {
            Some(next) => {
                Self { pass: Some(Pass { newest, page: Some(next.clone()), ..pass.clone() }), ..self.clone() }
            }
            None => Self {
                newest: newest.max(self.newest),
                full_at: if pass.is_full { Some(pass.began) } else { self.full_at },
                pass: None,
            },
        }
    }
}

/// A page of items.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Page {
    /// The items.
    pub items: Vec<Item>,
    /// The next page, in the words of the source; `None`: this was the last one.
    pub next: Option<Json>,
}

/// A page that is on its way.
#[cfg(feature = "http")]
pub type Answer<'a> = std::pin::Pin<Box<dyn Future<Output = Result<Page, http::Failure>> + Send + 'a>>;

/// A kind of service that keeps records.
pub trait Service: Sync {
    /// The kind's name in the configuration, in records and in metrics.
    fn name(&self) -> &'static str;

    /// How it is reached.
    fn api(&self) -> &Api;

    /// Its address, where it is one service for everybody.
    fn public_url(&self) -> Option<&'static str> {
        None
    }

    /// The value of the header `Authorization`.
    fn authorization(&self, user: Option<&str>, token: &str) -> String {
        match user {
            Some(user) => format!("Basic {}", compose::base64(&format!("{user}:{token}"))),
            None => format!("Bearer {token}"),
        }
    }

    /// Headers that every request has.
    fn headers(&self) -> &'static [(&'static str, &'static str)] {
        &[]
    }

    /// How many days back items are read.
    fn history_days(&self) -> u32;

    /// What decides which items are read and how much of them: with another one everything is read again.
    fn selection(&self) -> Json;

    /// One page of a pass.
    #[cfg(feature = "http")]
    fn page<'a>(&'a self, http: &'a http::Http, pass: &'a Pass) -> Answer<'a>;

    /// The record that an item is. `None`: it is none, for a reason that needs no telling.
    fn record(&self, body: &Json, told: &mut Told) -> Option<ChangeRecord>;
}

/// What reading items told besides the records.
#[derive(Debug, Default)]
pub struct Told {
    /// Why an item does not count.
    pub problems: Vec<Problem>,
    /// What its writer should look at.
    pub warnings: Vec<Problem>,
}

impl RecordSource {
    /// The service, if the source is one.
    pub fn service(&self) -> Option<&dyn Service> {
        match self {
            Self::Files(_) => None,
            Self::Jira(jira) => Some(jira),
            Self::Servicenow(servicenow) => Some(servicenow),
            Self::Pagerduty(pagerduty) => Some(pagerduty),
            Self::IncidentIo(incident_io) => Some(incident_io),
            Self::Github(github) => Some(github),
            Self::Confluence(confluence) => Some(confluence),
        }
    }
}

impl dyn Service + '_ {
    /// The address that is asked.
    pub fn url(&self) -> &str {
        self.api().url.as_deref().or(self.public_url()).unwrap_or_default().trim_end_matches('/')
    }

    /// Under what its items are kept: what is read elsewhere or otherwise is kept apart.
    pub fn key(&self) -> String {
        let digest: String = hexadecimal(&self.selection()).chars().take(12).collect();
        format!("{} {} {digest}", self.name(), self.url())
    }

    /// What it is called in problems.
    pub fn scope(&self) -> String {
        format!("{} {}", self.name(), self.url())
    }
}

fn hexadecimal(value: &Json) -> String {
    Sha256::digest(value.to_string().as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn page(changed: &[&str], next: Option<i64>) -> Page {
        let item = |text: &&str| Item { id: (*text).to_owned(), changed_at: Some(at(text)), body: Json::Null };
        Page { items: changed.iter().map(item).collect(), next: next.map(Json::from) }
    }

    #[test]
    fn a_source_is_read_whole_then_on_from_its_newest_change_and_whole_again_after_a_day() {
        let noon = at("2026-03-01T12:00:00Z");
        let first = Position::default().pass(noon, 90);
        assert!(first.is_full);
        assert_eq!(first.since, at("2025-12-01T12:00:00Z"));

        // The watermark moves only when the last page was read.
        let half = Position::default().after(&first, &page(&["2026-02-20T10:00:00Z"], Some(1)));
        assert_eq!((half.newest, half.full_at), (None, None));
        let second = half.pass(at("2026-03-01T12:10:00Z"), 90);
        assert_eq!((second.began, second.page.clone()), (noon, Some(Json::from(1))));
        let whole = half.after(&second, &page(&["2026-02-10T10:00:00Z"], None));
        assert_eq!((whole.newest, whole.full_at), (Some(at("2026-02-20T10:00:00Z")), Some(noon)));

        let changes = whole.pass(at("2026-03-01T12:20:00Z"), 90);
        assert_eq!((changes.is_full, changes.since), (false, at("2026-02-20T09:50:00Z")));
        let nothing = whole.after(&changes, &page(&[], None));
        assert_eq!((nothing.newest, nothing.full_at), (whole.newest, whole.full_at));
        assert!(nothing.pass(at("2026-03-02T12:00:00Z"), 90).is_full);
    }

    #[test]
    fn a_change_that_is_still_to_come_hides_none_before_it() {
        let noon = at("2026-03-01T12:00:00Z");
        let position =
            Position::default().after(&Position::default().pass(noon, 90), &page(&["2099-01-01T00:00:00Z"], None));
        assert_eq!(position.newest, Some(noon));
    }

    #[test]
    fn a_pass_that_lasts_too_long_begins_again() {
        let begun = Position::default().pass(at("2026-03-01T12:00:00Z"), 90);
        let position = Position::default().after(&begun, &page(&[], Some(7)));
        assert_eq!(position.pass(at("2026-03-02T13:00:00Z"), 90).page, None);
    }
}
