//! Times, time zones and durations as people write them into records.
//!
//! Where a text can be read in two ways, it is read in the likelier one and the doubt is handed on, or it is not read
//! at all; a day and a month are never guessed apart (`01/02/2024` is refused).

use std::sync::LazyLock;

use jiff::civil::{Date, DateTime, Time};
use jiff::tz::{Offset, TimeZone};
use jiff::{SignedDuration, Span, SpanRelativeTo, Timestamp, ToSpan};
use regex::Regex;

use crate::ledger::prose::pattern;

/// A point in time, and what is doubtful about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::ledger) struct Moment {
    pub(in crate::ledger) at: Timestamp,
    pub(in crate::ledger) doubt: Option<Doubt>,
}

/// Why a time may be another one than it was read as.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(in crate::ledger) enum Doubt {
    /// No zone was written.
    #[error("the time has no zone and is read in the configured one")]
    NoZone,
    /// A zone was abbreviated; abbreviations are not unique and say nothing about summer time.
    #[error("the zone {0} is an abbreviation and is read as {1}")]
    Abbreviation(&'static str, &'static str),
    /// The clock showed this time twice, or never.
    #[error("clocks were changed at this time, it happened twice or never")]
    ClockChange,
}

/// Why a text is not read as a time. None of them quotes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(in crate::ledger) enum TimeError {
    /// Not of a known form.
    #[error("not a time that can be read for certain")]
    Form,
    /// A day or hour that does not exist.
    #[error("no such day or hour")]
    Range,
    /// An unknown zone.
    #[error("no such time zone here")]
    Zone,
    /// An abbreviation that several zones share with nothing to choose between them.
    #[error("the zone's abbreviation stands for several zones")]
    AmbiguousZone,
    /// Not a length of time.
    #[error("not a duration with its unit")]
    Duration,
}

/// Which end of a span a date without an hour stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::ledger) enum Edge {
    /// The first moment of the day.
    Start,
    /// The last one.
    End,
}

/// Abbreviations with the offset they are read with, in minutes. `None`: too ambiguous to be read at all (IST is
/// India, Israel and Ireland).
const ABBREVIATIONS: &[(&str, Option<i32>, &str)] = &[
    ("EST", Some(-300), "-05:00"),
    ("EDT", Some(-240), "-04:00"),
    ("CST", Some(-360), "-06:00"),
    ("CDT", Some(-300), "-05:00"),
    ("MST", Some(-420), "-07:00"),
    ("MDT", Some(-360), "-06:00"),
    ("PST", Some(-480), "-08:00"),
    ("PDT", Some(-420), "-07:00"),
    ("WET", Some(0), "+00:00"),
    ("WEST", Some(60), "+01:00"),
    ("BST", Some(60), "+01:00"),
    ("CET", Some(60), "+01:00"),
    ("CEST", Some(120), "+02:00"),
    ("EET", Some(120), "+02:00"),
    ("EEST", Some(180), "+03:00"),
    ("MSK", Some(180), "+03:00"),
    ("SGT", Some(480), "+08:00"),
    ("HKT", Some(480), "+08:00"),
    ("JST", Some(540), "+09:00"),
    ("AEST", Some(600), "+10:00"),
    ("AEDT", Some(660), "+11:00"),
    ("NZST", Some(720), "+12:00"),
    ("NZDT", Some(780), "+13:00"),
    ("IST", None, ""),
];

/// The longest duration that is believed: a year.
const MAX_DURATION: SignedDuration = SignedDuration::from_hours(366 * 24);
/// Longer texts are no times.
const MAX_CHARS: usize = 80;

const FORM: &str = r"(?x) ^
    (?<date> \d{4}-\d{2}-\d{2})
    (?: (?: \s* T \s* | ,?\s+ (?:at\s+)? )
        (?<hour> \d{1,2}) (?: : (?<minute> \d{2}) (?: : (?<second> \d{2}) (?:\.\d+)? )? )? \s* (?<half> [AaPp]\.?[Mm]\.?)?
        (?: \s* \(? (?<zone> [A-Za-z+\-] [A-Za-z0-9_/+:\-]*) \)? )?
    )? $";

static FORM_REGEX: LazyLock<Regex> = LazyLock::new(|| pattern(FORM));

/// Reads a point in time, or the `edge` of a day; one without a zone is meant in `zone`.
pub(in crate::ledger) fn moment(text: &str, zone: &TimeZone, edge: Edge) -> Result<Moment, TimeError> {
    let text = text.trim().replace('\u{2212}', "-");
    if text.chars().count() > MAX_CHARS {
        return Err(TimeError::Form);
    }
    if let Ok(at) = text.parse::<Timestamp>() {
        return Ok(Moment { at, doubt: None });
    }
    if text.ends_with(']')
        && let Ok(zoned) = text.parse::<jiff::Zoned>()
    {
        return Ok(Moment { at: zoned.timestamp(), doubt: None });
    }
    let parts = FORM_REGEX.captures(&text).ok_or(TimeError::Form)?;
    let part = |name| parts.name(name).map(|part| part.as_str());
    let date: Date = part("date").unwrap_or_default().parse().map_err(|_| TimeError::Range)?;
    let time = match part("hour") {
        Some(hour) => clock(hour, part("minute"), part("second"), part("half"))?,
        None => Time::midnight(),
    };
    let mut civil = date.to_datetime(time);
    if part("hour").is_none() && edge == Edge::End {
        civil = civil.checked_add(1.day()).map_err(|_| TimeError::Range)?;
    }
    let (zone, doubt) = match part("zone") {
        Some(name) => named_zone(name)?,
        // A day is not meant to the hour, and there is no zone to write with it.
        None => (zone.clone(), part("hour").map(|_| Doubt::NoZone)),
    };
    in_zone(civil, &zone, doubt)
}

fn in_zone(civil: DateTime, zone: &TimeZone, doubt: Option<Doubt>) -> Result<Moment, TimeError> {
    let local = zone.to_ambiguous_timestamp(civil);
    let doubt = if local.is_ambiguous() { Some(Doubt::ClockChange) } else { doubt };
    Ok(Moment { at: local.compatible().map_err(|_| TimeError::Range)?, doubt })
}

fn clock(hour: &str, minute: Option<&str>, second: Option<&str>, half: Option<&str>) -> Result<Time, TimeError> {
    let number = |text: &str| text.parse::<i8>().map_err(|_| TimeError::Range);
    let (mut hour, minute_of_hour) = (number(hour)?, number(minute.unwrap_or("0"))?);
    match half.map(|half| half.to_ascii_lowercase().starts_with('p')) {
        Some(_) if !(1..=12).contains(&hour) => return Err(TimeError::Range),
        Some(is_afternoon) => hour = hour % 12 + if is_afternoon { 12 } else { 0 },
        // A lone number is an hour only with a half of the day.
        None if minute.is_none() => return Err(TimeError::Form),
        None => {}
    }
    Time::new(hour, minute_of_hour, number(second.unwrap_or("0"))?, 0).map_err(|_| TimeError::Range)
}

fn named_zone(name: &str) -> Result<(TimeZone, Option<Doubt>), TimeError> {
    let upper = name.to_ascii_uppercase();
    let after_utc = ["UTC", "GMT", "Z"].iter().find_map(|utc| upper.strip_prefix(utc));
    match after_utc {
        Some("") => return Ok((TimeZone::UTC, None)),
        Some(offset) if offset.starts_with(['+', '-']) => return Ok((fixed(offset)?, None)),
        _ if upper.starts_with(['+', '-']) => return Ok((fixed(&upper)?, None)),
        _ => {}
    }
    if let Some((abbreviation, minutes, read_as)) = ABBREVIATIONS.iter().find(|(short, ..)| *short == upper) {
        let minutes = minutes.ok_or(TimeError::AmbiguousZone)?;
        let offset = Offset::from_seconds(minutes * 60).map_err(|_| TimeError::Zone)?;
        return Ok((offset.to_time_zone(), Some(Doubt::Abbreviation(abbreviation, read_as))));
    }
    // Names of the database that are no places (`EST5EDT`, `Japan`) are left alone: only `Area/City` is unmistakable.
    let zone = name.contains('/').then(|| TimeZone::get(name).ok()).flatten();
    Ok((zone.ok_or(TimeError::Zone)?, None))
}

/// `+2`, `+02`, `+0200`, `+02:00`.
fn fixed(text: &str) -> Result<TimeZone, TimeError> {
    let negative = text.starts_with('-');
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    let number: i32 = digits.parse().map_err(|_| TimeError::Zone)?;
    let (hours, minutes) = if digits.len() > 2 { (number / 100, number % 100) } else { (number, 0) };
    if digits.len() > 4 || hours > 14 || minutes > 59 {
        return Err(TimeError::Zone);
    }
    let seconds = (hours * 60 + minutes) * 60;
    let offset = Offset::from_seconds(if negative { -seconds } else { seconds }).map_err(|_| TimeError::Zone)?;
    Ok(offset.to_time_zone())
}

/// Reads a length of time: `15 minutes`, `1h 30m`, `PT15M`. A number without a unit is none.
pub(super) fn duration(text: &str) -> Result<SignedDuration, TimeError> {
    let text = text.trim().to_lowercase();
    if text.chars().count() > MAX_CHARS {
        return Err(TimeError::Duration);
    }
    let about = ["~", "about ", "approx. ", "approximately ", "ca. ", "max. ", "up to "];
    let text = about.iter().find_map(|word| text.strip_prefix(word)).unwrap_or(&text).trim();
    let span: Span = text.parse().map_err(|_| TimeError::Duration)?;
    let duration = span.to_duration(SpanRelativeTo::days_are_24_hours()).map_err(|_| TimeError::Duration)?;
    if duration.is_positive() && duration <= MAX_DURATION { Ok(duration) } else { Err(TimeError::Duration) }
}

/// The two ends of `10:00 AM - 10:15 AM EST`, with the zone and the half of the day of the second also for the first.
pub(super) fn clock_range(text: &str) -> Option<(String, String)> {
    let (from, to) = [" - ", " – ", " — ", "–", " to "].iter().find_map(|dash| text.split_once(dash))?;
    let starts_with_digit = |text: &str| text.trim().starts_with(|c: char| c.is_ascii_digit());
    if !starts_with_digit(from) || !starts_with_digit(to) {
        return None;
    }
    let from_has_words = from.contains(|c: char| c.is_alphabetic());
    let words = to.trim().trim_start_matches(|c: char| c.is_ascii_digit() || c == ':').trim();
    let words = match (from_has_words, words.split_once(' ')) {
        (false, _) => words,
        (true, Some((_, zone))) => zone,
        (true, None) => "",
    };
    Some((format!("{} {words}", from.trim()).trim().to_owned(), to.trim().to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expect: &str) {
        let zone = TimeZone::get("Europe/Berlin").unwrap();
        let told = match moment(text, &zone, Edge::Start) {
            Ok(Moment { at, doubt: None }) => at.to_string(),
            Ok(Moment { at, doubt: Some(doubt) }) => {
                format!("{at} {}", format!("{doubt:?}").split('(').next().unwrap())
            }
            Err(error) => format!("{error:?}"),
        };
        assert_eq!(told, expect, "{text}");
    }

    #[test]
    fn times_are_read_with_their_zone() {
        check("2024-01-20T10:00:00Z", "2024-01-20T10:00:00Z");
        check("2024-01-20 10:00:00+02:00", "2024-01-20T08:00:00Z");
        check("2024-01-20T10:00:00.5-05:00", "2024-01-20T15:00:00.5Z");
        check("2024-01-20 10:00 Europe/Berlin", "2024-01-20T09:00:00Z");
        check("2024-07-20 10:00 Europe/Berlin", "2024-07-20T08:00:00Z");
        check("2024-01-20T10:00[America/New_York]", "2024-01-20T15:00:00Z");
        check("2024-01-20 10:00 UTC+2", "2024-01-20T08:00:00Z");
        check("2024-01-20 10:00 −05:00", "2024-01-20T15:00:00Z");
        check("2024-01-20 at 10 pm UTC", "2024-01-20T22:00:00Z");
        check("2024-01-20 12:00 AM (UTC)", "2024-01-20T00:00:00Z");
        check("2024-01-20 12:30 p.m. GMT", "2024-01-20T12:30:00Z");
    }

    #[test]
    fn a_doubt_is_told() {
        check("2024-01-20 10:00", "2024-01-20T09:00:00Z NoZone");
        check("2024-01-20T10:00:00", "2024-01-20T09:00:00Z NoZone");
        check("2024-01-20", "2024-01-19T23:00:00Z");
        check("2024-01-20 10:00 AM EST", "2024-01-20T15:00:00Z Abbreviation");
        check("2024-07-20 10:00 EST", "2024-07-20T15:00:00Z Abbreviation");
        check("2024-10-27 02:30 Europe/Berlin", "2024-10-27T00:30:00Z ClockChange");
        check("2024-03-31 02:30 Europe/Berlin", "2024-03-31T01:30:00Z ClockChange");
    }

    #[test]
    fn what_could_be_two_things_is_not_read() {
        check("01/02/2024 10:00", "Form");
        check("2024-01-20 10", "Form");
        check("2024-01-20 10:00 IST", "AmbiguousZone");
        check("2024-01-20 10:00 Nowhere/City", "Zone");
        check("2024-01-20 10:00 XYZ", "Zone");
        check("2024-01-20 10:00 +99:00", "Zone");
        check("2024-02-30 10:00 UTC", "Range");
        check("2024-01-20 25:00 UTC", "Range");
        check("2024-01-20 13:00 PM UTC", "Range");
        check("tomorrow", "Form");
        check("", "Form");
        check("2024-01-20 10:00 ../../etc/passwd", "Form");
    }

    #[test]
    fn a_date_ends_with_its_day() {
        let end = moment("2024-01-20", &TimeZone::UTC, Edge::End).unwrap();
        assert_eq!(end.at.to_string(), "2024-01-21T00:00:00Z");
    }

    #[test]
    fn durations_need_a_unit() {
        for (text, minutes) in [
            ("15 minutes", Some(15)),
            ("15min", Some(15)),
            ("1h 30m", Some(90)),
            ("1 hour 30 minutes", Some(90)),
            ("1.5 hours", Some(90)),
            ("PT15M", Some(15)),
            ("~2 Hours", Some(120)),
            ("2 days", Some(2880)),
            ("1 week", Some(10080)),
            ("15", None),
            ("0 minutes", None),
            ("-15 minutes", None),
            ("500 days", None),
            ("a while", None),
            ("", None),
        ] {
            let read = duration(text).ok();
            assert_eq!(read, minutes.map(SignedDuration::from_mins), "{text}");
        }
    }

    #[test]
    fn a_range_shares_its_zone() {
        let range = |text| clock_range(text).map(|(from, to)| format!("{from} | {to}"));
        assert_eq!(range("10:00 AM - 10:15 AM EST").as_deref(), Some("10:00 AM EST | 10:15 AM EST"));
        assert_eq!(range("10:00–10:15 UTC").as_deref(), Some("10:00 UTC | 10:15 UTC"));
        assert_eq!(range("2 - 4 AM UTC").as_deref(), Some("2 AM UTC | 4 AM UTC"));
        assert_eq!(range("10:00 to 11:00").as_deref(), Some("10:00 | 11:00"));
        assert_eq!(range("10:00 AM EST"), None);
    }
}
