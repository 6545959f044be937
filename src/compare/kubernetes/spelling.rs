//! When two scalars of an object that are not identical are the same: by the type that the schema gives them.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bigdecimal::num_bigint::BigInt;
use bigdecimal::{BigDecimal, RoundingMode};
use jiff::Timestamp;

use crate::compare::RuleId;
use crate::compare::scalar::Sameness;
use crate::model::{Kind, Value};
use crate::schema::kubernetes::Leaf;

/// Longer than any quantity or duration; parsing costs more than linearly.
const MAX_LENGTH: usize = 64;

/// Compares two scalars. Without a type a number and its text are two values.
pub(super) fn same(leaf: Option<Leaf>, is_duration: bool, one: &Value, other: &Value) -> Sameness {
    if one == other {
        return Sameness::Exact;
    }
    let (Some(leaf), Some(first), Some(second)) = (leaf, one.as_scalar_text(), other.as_scalar_text()) else {
        return Sameness::Different;
    };
    if first == second {
        return Sameness::By(RuleId::ScalarText);
    }
    let alike = match leaf {
        Leaf::Plain if is_duration => both(duration, &first, &second),
        Leaf::Plain | Leaf::IntOrString => false,
        Leaf::Quantity => both(quantity, &first, &second),
        Leaf::Bytes => both(bytes, &first, &second),
        Leaf::Time => both(|text| text.parse::<Timestamp>().ok(), &first, &second),
    };
    if alike { Sameness::By(RuleId::Spelling) } else { Sameness::Different }
}

fn both<T: PartialEq>(read: impl Fn(&str) -> Option<T>, one: &str, other: &str) -> bool {
    read(one).is_some_and(|one| read(other).is_some_and(|other| one == other))
}

/// Whether a scalar is what a field has that nobody set: `0`, `false` or an empty text.
pub(super) fn is_zero(value: &Value) -> bool {
    match &value.kind {
        Kind::Bool(flag) => !flag,
        Kind::Number(number) => number.as_i64() == Some(0),
        _ => value.is_empty(),
    }
}

/// Suffixes of quantities: two powers (<https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/>).
const BINARY: [(&str, u32); 6] = [("Ki", 10), ("Mi", 20), ("Gi", 30), ("Ti", 40), ("Pi", 50), ("Ei", 60)];
const DECIMAL: [(&str, i64); 9] =
    [("n", -9), ("u", -6), ("m", -3), ("k", 3), ("M", 6), ("G", 9), ("T", 12), ("P", 15), ("E", 18)];
/// What is finer than this is rounded up.
const SMALLEST: i64 = 9;

/// The number that a quantity stands for.
fn quantity(text: &str) -> Option<BigDecimal> {
    if text.len() > MAX_LENGTH {
        return None;
    }
    let binary = BINARY.iter().find_map(|(suffix, power)| Some((text.strip_suffix(suffix)?, *power)));
    let value = match binary {
        Some((digits, power)) => plain(digits)? * BigDecimal::from(BigInt::from(2).pow(power)),
        None => match DECIMAL.iter().find_map(|(suffix, power)| Some((text.strip_suffix(suffix)?, *power))) {
            Some((digits, power)) => scaled(plain(digits)?, power),
            None => match text.split_once(['e', 'E']) {
                Some((digits, power)) => {
                    scaled(plain(digits)?, power.parse().ok().filter(|power: &i64| power.abs() <= 30)?)
                }
                None => plain(text)?,
            },
        },
    };
    Some(value.with_scale_round(SMALLEST, RoundingMode::Up).normalized())
}

fn scaled(number: BigDecimal, power: i64) -> BigDecimal {
    number * BigDecimal::new(BigInt::from(1), -power)
}

/// A number without an exponent.
fn plain(text: &str) -> Option<BigDecimal> {
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    let is_number =
        digits.chars().all(|c| c.is_ascii_digit() || c == '.') && digits.contains(|c: char| c.is_ascii_digit());
    is_number.then(|| text.parse().ok()).flatten()
}

/// Units of durations in nanoseconds (<https://pkg.go.dev/time#ParseDuration>); those that end like another come first.
const UNITS: [(&str, u64); 8] = [
    ("ns", 1),
    ("us", 1_000),
    ("µs", 1_000),
    ("μs", 1_000),
    ("ms", 1_000_000),
    ("s", 1_000_000_000),
    ("m", 60_000_000_000),
    ("h", 3_600_000_000_000),
];

/// The nanoseconds of a duration as Go writes it.
fn duration(text: &str) -> Option<BigDecimal> {
    let mut rest = text;
    let mut sum = BigDecimal::from(0);
    if text.len() > MAX_LENGTH || text.is_empty() {
        return None;
    }
    while !rest.is_empty() {
        let unit_at = rest.find(|c: char| !c.is_ascii_digit() && c != '.')?;
        let (digits, behind) = rest.split_at_checked(unit_at)?;
        // `ms` before `m`: the unit reaches up to the next digit.
        let end = behind.find(|c: char| c.is_ascii_digit() || c == '.').unwrap_or(behind.len());
        let (unit, next) = behind.split_at_checked(end)?;
        let (_, nanoseconds) = UNITS.iter().find(|(name, _)| *name == unit)?;
        sum += plain(digits)? * BigDecimal::from(*nanoseconds);
        rest = next;
    }
    Some(sum.normalized())
}

fn bytes(text: &str) -> Option<Vec<u8>> {
    let text: String = text.chars().filter(|c| !c.is_ascii_whitespace()).collect();
    STANDARD.decode(text).ok()
}

#[cfg(test)]
mod tests {
    use serde_json::{Value as Json, json};

    use super::*;

    fn alike(leaf: Leaf, is_duration: bool, one: Json, other: Json) -> bool {
        same(Some(leaf), is_duration, &Value::from_json(&one), &Value::from_json(&other)).holds()
    }

    #[test]
    fn quantities_of_the_same_amount_are_the_same() {
        let check = |one: Json, other: Json, expect: bool| {
            assert_eq!(alike(Leaf::Quantity, false, one.clone(), other.clone()), expect, "{one} {other}");
        };
        check(json!("1000m"), json!("1"), true);
        check(json!(1), json!("1"), true);
        check(json!("0.1"), json!("100m"), true);
        check(json!(0.5), json!("500m"), true);
        check(json!("1024Mi"), json!("1Gi"), true);
        check(json!("1e3"), json!("1k"), true);
        check(json!("1E"), json!("1000P"), true);
        check(json!("1E2"), json!("100"), true);
        check(json!("0.1n"), json!("1n"), true);
        check(json!("+1.50Gi"), json!("1536Mi"), true);
        check(json!("1000m"), json!("1001m"), false);
        check(json!("1Gi"), json!("1G"), false);
        check(json!("1024M"), json!("1Gi"), false);
        check(json!("1"), json!("-1"), false);
        check(json!("1Gib"), json!("1Gi"), false);
        check(json!(""), json!("0"), false);
        check(json!("1e999999999"), json!("1e999999998"), false);
    }

    #[test]
    fn the_type_says_which_spellings_are_the_same() {
        let check = |leaf: Leaf, one: Json, other: Json, expect: bool| {
            assert_eq!(alike(leaf, false, one.clone(), other.clone()), expect, "{leaf:?} {one} {other}");
        };
        check(Leaf::Plain, json!(8080), json!("8080"), true);
        check(Leaf::Plain, json!("1000m"), json!("1"), false);
        check(Leaf::IntOrString, json!(80), json!("80"), true);
        check(Leaf::IntOrString, json!("80%"), json!("80"), false);
        check(Leaf::IntOrString, json!("1000m"), json!("1"), false);
        check(Leaf::Bytes, json!("aGFs\nbG8="), json!("aGFsbG8="), true);
        check(Leaf::Bytes, json!("aGFsbG8="), json!("aGFsbG9v"), false);
        check(Leaf::Time, json!("2026-01-01T00:00:00Z"), json!("2026-01-01T01:00:00+01:00"), true);
        check(Leaf::Time, json!("2026-01-01T00:00:00Z"), json!("2026-01-01T00:00:01Z"), false);
        let untyped = same(None, false, &Value::from_json(&json!(1)), &Value::from_json(&json!("1")));
        assert_eq!(untyped, Sameness::Different);
    }

    #[test]
    fn durations_of_the_same_length_are_the_same_where_the_field_is_one() {
        let check = |one: &str, other: &str, expect: bool| {
            assert_eq!(alike(Leaf::Plain, true, json!(one), json!(other)), expect, "{one} {other}");
            assert!(!alike(Leaf::Plain, false, json!(one), json!(other)), "{one} {other} as texts");
        };
        check("1h", "60m", true);
        check("2160h", "2160h0m0s", true);
        check("1.5s", "1500ms", true);
        check("1h", "61m", false);
        check("1m", "1ms", false);
        check("1", "1s", false);
    }
}
