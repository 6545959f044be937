//! Whether a change happened when a record says it did.

use jiff::{SignedDuration, Timestamp};

use crate::ledger::policy::{ChangeTime, Policy};
use crate::model::ChangeRecord;

/// The time a record covers.
#[derive(Clone, Copy, Debug)]
pub(super) struct Cover {
    start: Option<Timestamp>,
    end: Option<Timestamp>,
    basis: Basis,
}

/// What a cover is made from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Basis {
    /// When it really happened.
    Actual,
    /// When it was planned for, and the slack around it.
    Planned,
    /// When it was recorded.
    Recorded,
    /// Nothing: the record gives no time and is not committed yet.
    Nothing,
}

/// How a change lies to a cover.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Fit {
    /// Inside, or for an interval: they overlap.
    Inside,
    /// Outside by so much.
    Outside(SignedDuration),
}

pub(super) fn later(at: Timestamp, by: SignedDuration) -> Timestamp {
    at.checked_add(by).unwrap_or(if by.is_negative() { Timestamp::MIN } else { Timestamp::MAX })
}

impl Cover {
    /// The actual window, else the planned one with the policy's slack, else the time after it was recorded.
    ///
    /// A window with one open end reaches as far from the other as a record may lag behind its change; an open end
    /// without a bound would cover every change to come.
    pub(super) fn of(record: &ChangeRecord, policy: &Policy) -> Self {
        let reach = policy.record_within.duration();
        let closed = |start: Option<Timestamp>, end: Option<Timestamp>| {
            (start.or(end.map(|end| later(end, -reach))), end.or(start.map(|start| later(start, reach))))
        };
        if let Some(actual) = record.actual {
            let (start, end) = closed(actual.start, actual.end);
            return Self { start, end, basis: Basis::Actual };
        }
        if let Some(planned) = record.planned {
            let (start, end) = closed(planned.start, planned.end);
            let slack = policy.window_slack.duration();
            let (start, end) = (start.map(|at| later(at, -slack)), end.map(|at| later(at, slack)));
            return Self { start, end, basis: Basis::Planned };
        }
        let end = record.recorded_at.map(|at| later(at, policy.unscheduled_for.duration()));
        Self { start: None, end, basis: if end.is_some() { Basis::Recorded } else { Basis::Nothing } }
    }

    pub(super) fn fit(&self, change: ChangeTime) -> Fit {
        let early = self.start.map(|start| start.duration_since(change.latest()));
        let late = self.end.zip(change.earliest()).map(|(end, earliest)| earliest.duration_since(end));
        match early.max(late) {
            Some(by) if by > SignedDuration::ZERO => Fit::Outside(by),
            _ => Fit::Inside,
        }
    }

    /// A sentence about how the change lies to it.
    pub(super) fn sentence(&self, change: ChangeTime, record: &ChangeRecord) -> String {
        let when = match change {
            ChangeTime::At(at) => format!("the change of {at:.0}"),
            ChangeTime::Between(Some(from), to) => format!("the change, between {from:.0} and {to:.0} by the scans,"),
            ChangeTime::Between(None, to) => format!("the change, before {to:.0} by the scans,"),
        };
        let bound = |bound: Option<Timestamp>| bound.map_or_else(|| "…".to_owned(), |bound| format!("{bound:.0}"));
        let window = format!("{} to {}", bound(self.start), bound(self.end));
        let cover = match self.basis {
            Basis::Actual => format!("the time the record gives for it, {window}"),
            Basis::Planned => format!("the planned window with its slack, {window}"),
            Basis::Recorded => format!("what was recorded at {} without a time", bound(record.recorded_at)),
            Basis::Nothing => "a record that gives no time and is not committed yet".to_owned(),
        };
        match self.fit(change) {
            Fit::Inside => format!("{when} agrees with {cover}"),
            Fit::Outside(by) => format!("{when} is {by:#} outside {cover}"),
        }
    }
}

/// How far a record's own time is from a change; for choosing the nearest of several records.
pub(super) fn distance(record: &ChangeRecord, change: ChangeTime) -> SignedDuration {
    let window = |window: Option<crate::model::Window>| window.and_then(|window| window.start.or(window.end));
    let own = window(record.actual).or(window(record.planned)).or(record.recorded_at);
    own.map_or(SignedDuration::MAX, |own| own.duration_since(change.latest()).abs())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::matching::tests::{at, record};
    use crate::model::Window;

    fn check(edit: impl FnOnce(&mut ChangeRecord), change: &str, expect: Option<&str>) {
        let mut record = record("CR-1");
        record.actual = None;
        record.planned = None;
        record.recorded_at = Some(at("2024-01-20T12:00:00Z"));
        edit(&mut record);
        let expect = expect.map_or(Fit::Inside, |by| Fit::Outside(by.parse().unwrap()));
        let cover = Cover::of(&record, &Policy::default());
        assert_eq!(cover.fit(ChangeTime::At(at(change))), expect, "{change} {cover:?}");
    }

    fn window(start: Option<&str>, end: Option<&str>) -> Option<Window> {
        Some(Window { start: start.map(at), end: end.map(at) })
    }

    #[test]
    fn the_actual_window_outweighs_the_planned_one_and_has_no_slack() {
        let both = |record: &mut ChangeRecord| {
            record.actual = window(Some("2024-01-20T10:00:00Z"), Some("2024-01-20T10:10:00Z"));
            record.planned = window(Some("2024-01-20T14:00:00Z"), Some("2024-01-20T15:00:00Z"));
        };
        check(both, "2024-01-20T10:10:00Z", None);
        check(both, "2024-01-20T10:11:00Z", Some("1m"));
        check(both, "2024-01-20T09:00:00Z", Some("1h"));
    }

    #[test]
    fn sentences_tell_times_to_the_second() {
        let mut record = record("CR-1");
        record.actual = window(Some("2024-01-20T10:00:00.250Z"), Some("2024-01-20T10:10:00.750Z"));
        let cover = Cover::of(&record, &Policy::default());
        let sentence = |change| cover.sentence(change, &record);
        let (from, to) = (at("2024-01-20T10:05:00.123Z"), at("2024-01-20T10:06:00.999Z"));
        let cover = "agrees with the time the record gives for it, 2024-01-20T10:00:00Z to 2024-01-20T10:10:00Z";
        assert_eq!(sentence(ChangeTime::At(from)), format!("the change of 2024-01-20T10:05:00Z {cover}"));
        let between = "the change, between 2024-01-20T10:05:00Z and 2024-01-20T10:06:00Z by the scans,";
        assert_eq!(sentence(ChangeTime::Between(Some(from), to)), format!("{between} {cover}"));
    }

    #[test]
    fn a_planned_window_has_an_hour_of_slack() {
        let planned = |record: &mut ChangeRecord| {
            record.planned = window(Some("2024-01-20T10:00:00Z"), Some("2024-01-20T11:00:00Z"));
        };
        check(planned, "2024-01-20T09:00:00Z", None);
        check(planned, "2024-01-20T12:00:00Z", None);
        check(planned, "2024-01-20T12:30:00Z", Some("30m"));
    }

    #[test]
    fn an_open_end_is_bounded() {
        let open = |record: &mut ChangeRecord| record.actual = window(Some("2024-01-20T10:00:00Z"), None);
        check(open, "2024-01-21T09:00:00Z", None);
        check(open, "2024-01-21T11:00:00Z", Some("1h"));
    }

    #[test]
    fn a_record_without_a_time_covers_what_was_before_it_and_a_week_after() {
        check(|_| {}, "2024-01-01T00:00:00Z", None);
        check(|_| {}, "2024-01-27T12:00:00Z", None);
        check(|_| {}, "2024-01-27T13:00:00Z", Some("1h"));
        check(|record| record.recorded_at = None, "2025-01-01T00:00:00Z", None);
    }
}
