//! Functions on points in time, which are texts in RFC 3339's notation.

use jiff::SignedDuration;
use jiff::civil::DateTime;
use jiff::tz::Offset;

use super::super::value::Value;
use super::Reading::Whole;
use super::arguments::Arguments;
use super::{Function, pure, unknown};

/// The family.
pub(super) const TABLE: &[Function] = &[
    pure("formatdate", (2, 2), Whole, formatdate),
    unknown("plantimestamp", "plantimestamp is only known during a deployment"),
    pure("timeadd", (2, 2), Whole, timeadd),
    pure("timecmp", (2, 2), Whole, |a| {
        let (left, right) = (moment(&a.text(0)?)?, moment(&a.text(1)?)?);
        Ok(match left.instant()?.cmp(&right.instant()?) {
            std::cmp::Ordering::Less => Value::number((-1_i64).into()),
            std::cmp::Ordering::Equal => Value::count(0),
            std::cmp::Ordering::Greater => Value::count(1),
        })
    }),
    unknown("timestamp", "timestamp is only known during a deployment"),
];

/// A point in time as it is written: a local time, and how far it is from universal time.
pub(super) struct Moment {
    local: DateTime,
    offset: Offset,
}

const NOT_A_TIME: &str = "a time as in \"2006-01-02T15:04:05Z\" is required";

impl Moment {
    fn instant(&self) -> Result<jiff::Timestamp, String> {
        self.offset.to_timestamp(self.local).map_err(|_| "the time is out of range".to_owned())
    }

    /// The time without fractions of a second, in RFC 3339's notation.
    pub fn text(&self) -> String {
        format!("{}{}", self.local.strftime("%Y-%m-%dT%H:%M:%S"), zone(self.offset, ":", "Z"))
    }
}

/// `+01:00`; for universal time `universal`, unless it is empty.
fn zone(offset: Offset, separator: &str, universal: &str) -> String {
    let seconds = offset.seconds();
    if seconds == 0 && !universal.is_empty() {
        return universal.to_owned();
    }
    let (sign, minutes) = (if seconds < 0 { '-' } else { '+' }, seconds.abs() / 60);
    format!("{sign}{:02}{separator}{:02}", minutes / 60, minutes % 60)
}

/// Reads a time in RFC 3339's notation, as strictly as Terraform does.
pub(super) fn moment(text: &str) -> Result<Moment, String> {
    let parts = || {
        let (date, time) = text.split_once('T')?;
        let (clock, offset) = match time.strip_suffix('Z') {
            Some(clock) => (clock, Offset::UTC),
            None => {
                let at = time.rfind(['+', '-'])?;
                let (clock, zone) = time.split_at(at);
                let (hours, minutes) = zone.get(1..)?.split_once(':')?;
                let (hours, minutes) = (number(hours, 2)?, number(minutes, 2)?);
                let seconds = i32::from(hours) * 3_600 + i32::from(minutes) * 60;
                let sign = if zone.starts_with('-') { -1 } else { 1 };
                let known = hours < 24 && minutes < 60;
                (clock, Offset::from_seconds(sign * seconds).ok().filter(|_| known)?)
            }
        };
        let (clock, fraction) = clock.split_once('.').unwrap_or((clock, "0"));
        let [year, month, day] = three(date, '-')?;
        let [hour, minute, second] = three(clock, ':')?;
        let nanoseconds: i32 = format!("{fraction:0<9}").get(..9)?.parse().ok()?;
        if fraction.is_empty() || !fraction.bytes().all(|byte| byte.is_ascii_digit()) || second > 59 {
            return None;
        }
        let small = |number: i16| i8::try_from(number).ok();
        let local =
            DateTime::new(year, small(month)?, small(day)?, small(hour)?, small(minute)?, small(second)?, nanoseconds);
        Some(Moment { local: local.ok()?, offset })
    };
    parts().ok_or_else(|| NOT_A_TIME.to_owned())
}

/// Three numbers: the first of a date has four digits, all others have two.
fn three(text: &str, separator: char) -> Option<[i16; 3]> {
    let mut parts = text.split(separator);
    let first = parts.next()?;
    let first = number(first, if separator == '-' { 4 } else { 2 })?;
    let (second, third) = (number(parts.next()?, 2)?, number(parts.next()?, 2)?);
    parts.next().is_none().then_some([first, second, third])
}

fn number(text: &str, digits: usize) -> Option<i16> {
    (text.len() == digits && text.bytes().all(|byte| byte.is_ascii_digit())).then(|| text.parse().ok())?
}

/// `formatdate(spec, time)`: runs of one letter are replaced, text between apostrophes and all else stays.
fn formatdate(arguments: &Arguments<'_>) -> Result<Value, String> {
    let (spec, moment) = (arguments.text(0)?, moment(&arguments.text(1)?)?);
    let mut out = String::new();
    let mut rest = spec.as_str();
    while let Some(first) = rest.chars().next() {
        let end = match first {
            '\'' => {
                let (text, end) = quoted(rest)?;
                out.push_str(&text);
                end
            }
            'a'..='z' | 'A'..='Z' => {
                let end = rest.find(|character| character != first).unwrap_or(rest.len());
                let verb = rest.get(..end).unwrap_or_default();
                out.push_str(&element(verb, &moment).ok_or_else(|| format!("there is no format verb \"{verb}\""))?);
                end
            }
            other => {
                out.push(other);
                other.len_utf8()
            }
        };
        rest = rest.get(end..).unwrap_or_default();
    }
    Ok(Value::text(out))
}

/// The text between apostrophes at the beginning, and where it ends; two apostrophes inside stand for one.
fn quoted(text: &str) -> Result<(String, usize), String> {
    let mut out = String::new();
    let mut characters = text.char_indices().skip(1).peekable();
    while let Some((at, character)) = characters.next() {
        if character != '\'' {
            out.push(character);
        } else if characters.next_if(|(_, next)| *next == '\'').is_some() {
            out.push('\'');
        } else {
            return Ok((out, at + 1));
        }
    }
    Err("an apostrophe has no partner".to_owned())
}

/// What a verb of `formatdate` stands for.
fn element(verb: &str, moment: &Moment) -> Option<String> {
    let local = moment.local;
    let named = |directive: &str| local.strftime(directive).to_string();
    let hour = i16::from(local.hour());
    let half = if hour % 12 == 0 { 12 } else { hour % 12 };
    Some(match verb {
        "YYYY" => format!("{:04}", local.year()),
        "YY" => format!("{:02}", local.year() % 100),
        "MMMM" => named("%B"),
        "MMM" => named("%b"),
        "MM" => format!("{:02}", local.month()),
        "M" => local.month().to_string(),
        "DD" => format!("{:02}", local.day()),
        "D" => local.day().to_string(),
        "EEEE" => named("%A"),
        "EEE" => named("%a"),
        "hh" => format!("{hour:02}"),
        "h" => hour.to_string(),
        "HH" => format!("{half:02}"),
        "H" => half.to_string(),
        "AA" => if hour < 12 { "AM" } else { "PM" }.to_owned(),
        "aa" => if hour < 12 { "am" } else { "pm" }.to_owned(),
        "mm" => format!("{:02}", local.minute()),
        "m" => local.minute().to_string(),
        "ss" => format!("{:02}", local.second()),
        "s" => local.second().to_string(),
        "ZZZZZ" => zone(moment.offset, ":", ""),
        "ZZZZ" => zone(moment.offset, "", ""),
        "ZZZ" => zone(moment.offset, "", "UTC"),
        "Z" => zone(moment.offset, ":", "Z"),
        _ => return None,
    })
}

/// `timeadd(time, duration)`.
fn timeadd(arguments: &Arguments<'_>) -> Result<Value, String> {
    let (moment, duration) = (moment(&arguments.text(0)?)?, duration(&arguments.text(1)?)?);
    Ok(match moment.local.checked_add(duration) {
        Ok(local) => Value::text(Moment { local, ..moment }.text()),
        Err(_) => Value::unknown("the time is out of range"),
    })
}

/// Units of a duration, in nanoseconds.
const UNITS: [(&str, i128); 8] = [
    ("ns", 1),
    ("us", 1_000),
    ("\u{b5}s", 1_000),
    ("\u{3bc}s", 1_000),
    ("ms", 1_000_000),
    ("s", 1_000_000_000),
    ("m", 60_000_000_000),
    ("h", 3_600_000_000_000),
];

/// Reads a duration as Go writes it: `1h30m`, `-1.5s`, `0`.
fn duration(text: &str) -> Result<SignedDuration, String> {
    let wrong = || "a duration as in \"1h30m\" is required".to_owned();
    let magnitude = text.strip_prefix(['-', '+']).unwrap_or(text);
    if magnitude == "0" {
        return Ok(SignedDuration::ZERO);
    }
    let mut total: i128 = 0;
    let mut rest = magnitude;
    while !rest.is_empty() || magnitude.is_empty() {
        let end = rest.find(|character: char| !character.is_ascii_digit() && character != '.').ok_or_else(wrong)?;
        let (amount, after) = rest.split_at(end);
        let end = after.find(|character: char| character.is_ascii_digit() || character == '.').unwrap_or(after.len());
        let (unit, after) = after.split_at(end);
        let (_, factor) = UNITS.iter().find(|(name, _)| *name == unit).ok_or_else(wrong)?;
        let (whole, fraction) = amount.split_once('.').unwrap_or((amount, ""));
        let digits = format!("{whole}{fraction}");
        let scale = 10_i128.checked_pow(u32::try_from(fraction.len()).unwrap_or(u32::MAX)).ok_or_else(wrong)?;
        let number: i128 = digits.parse().map_err(|_| wrong())?;
        total = number.checked_mul(*factor).and_then(|sum| total.checked_add(sum / scale)).ok_or_else(wrong)?;
        rest = after;
    }
    let signed = if text.starts_with('-') { -total } else { total };
    i64::try_from(signed).map(SignedDuration::from_nanos).map_err(|_| wrong())
}
