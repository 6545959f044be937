//! Quantities as Kubernetes writes them back: `0.2` is `200m`, `1024Mi` is `1Gi`.
//!
//! Source: apimachinery `resource.Quantity`, `CanonicalizeBytes`: no fraction, the largest suffix, in the family of
//! suffixes that was given.

use std::str::FromStr;

use bigdecimal::{BigDecimal, One, Zero};

/// Suffixes of a family, from the smallest, each so many times the one before.
const DECIMAL: [&str; 10] = ["n", "u", "m", "", "k", "M", "G", "T", "P", "E"];
const BINARY: [&str; 7] = ["", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei"];
const UNIT: usize = 3;

/// Longer texts are no quantity; what fits into one has fewer digits.
const LONGEST: usize = 40;

/// The canonical spelling; `None` for what is no quantity.
pub(super) fn canonical(text: &str) -> Option<String> {
    let number_ends = text.find(|c: char| !c.is_ascii_digit() && !"+-.".contains(c)).unwrap_or(text.len());
    let (number, suffix) = text.split_at(number_ends);
    if text.len() > LONGEST {
        return None;
    }
    let exponent = suffix.strip_prefix(['e', 'E']).and_then(|digits| digits.parse::<i64>().ok());
    let mut amount = BigDecimal::from_str(number).ok()?;
    let (suffixes, step): (&[&str], i64) =
        match (exponent, BINARY.iter().position(|own| *own == suffix && !own.is_empty())) {
            (_, Some(power)) => {
                amount = scaled(amount, &BigDecimal::from(1024), power);
                (&BINARY, 1024)
            }
            (Some(exponent), None) => {
                amount *= BigDecimal::from_str(&format!("1e{}", exponent.clamp(-9, 18))).ok()?;
                (&DECIMAL, 1000)
            }
            (None, None) => {
                let power = DECIMAL.iter().position(|own| *own == suffix)?;
                amount = scaled(amount, &BigDecimal::from(1000), power);
                amount = amount / scaled(BigDecimal::one(), &BigDecimal::from(1000), UNIT);
                (&DECIMAL, 1000)
            }
        };
    if amount.is_zero() {
        return Some("0".to_owned());
    }
    // From the largest suffix down, the first of which the amount is a whole number of times.
    let first = if step == 1000 { UNIT } else { 0 };
    for (power, suffix) in suffixes.iter().enumerate().rev() {
        let unit = scaled(BigDecimal::one(), &BigDecimal::from(step), power);
        let unit = unit / scaled(BigDecimal::one(), &BigDecimal::from(step), first);
        let times = (&amount / &unit).normalized();
        if times.is_integer() {
            return Some(format!("{}{suffix}", times.with_scale(0)));
        }
    }
    None
}

fn scaled(amount: BigDecimal, step: &BigDecimal, power: usize) -> BigDecimal {
    (0..power).fold(amount, |amount, _| amount * step)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantities_are_written_as_the_server_writes_them() {
        for (text, expect) in [
            ("0.2", "200m"),
            ("200m", "200m"),
            ("1000m", "1"),
            ("1024Mi", "1Gi"),
            ("1500Mi", "1500Mi"),
            ("512Mi", "512Mi"),
            ("0.5Gi", "512Mi"),
            ("1000000", "1M"),
            ("1e3", "1k"),
            ("0", "0"),
            ("1.5", "1500m"),
            ("2048", "2048"),
        ] {
            assert_eq!(canonical(text).as_deref(), Some(expect), "{text}");
        }
        for text in ["", "abc", "1x", "1..2", "--1"] {
            assert_eq!(canonical(text), None, "{text}");
        }
    }
}
