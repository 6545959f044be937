//! How far a trail was read. It is given newest first, so a reading that has to stop leaves a gap behind it.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

/// Events come to be found up to a quarter of an hour after they happened, and later than others that happened after.
const LATE: SignedDuration = SignedDuration::from_mins(20);

/// A span of time, both ends included.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Span {
    /// From.
    pub from: Timestamp,
    /// Until.
    pub until: Timestamp,
}

/// What of a trail is read, and what is still to be.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Progress {
    /// The newest end that reading began at.
    read_until: Option<Timestamp>,
    /// What is still to be read, newest first.
    gaps: Vec<Span>,
}

impl Progress {
    /// What to read at a time, newest first: what is new since the last reading and what of it may come late, then the
    /// gaps that earlier ones left. The first goes back to `first`.
    pub fn spans(&mut self, first: Timestamp, now: Timestamp) -> Vec<Span> {
        let late = self.read_until.map(|until| until.checked_sub(LATE).unwrap_or(until));
        let new = Span { from: late.unwrap_or(first), until: now };
        self.read_until = Some(now);
        let mut spans = vec![new];
        spans.append(&mut self.gaps);
        spans
    }

    /// A span that was read down to a time only, or not at all.
    pub fn leave(&mut self, span: Span, read_down_to: Option<Timestamp>) {
        self.gaps.push(Span { until: read_down_to.unwrap_or(span.until).max(span.from), ..span });
    }

    /// Since when everything is still to be read, if anything is.
    pub fn oldest_gap(&self) -> Option<Timestamp> {
        self.gaps.iter().map(|gap| gap.from).min()
    }
}
