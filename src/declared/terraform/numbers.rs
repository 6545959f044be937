//! Arithmetic on numbers as Terraform has them, bounded: `1e999999999 + 1` must not fill the memory.
//!
//! Terraform computes with binary floats of 512 bits. Each of them is told by its shortest decimal, and that is what a
//! [`Number`] holds here; [`binary`] does the rounding. What some functions make (`length`, `pow`) has 64 or 53 bits in
//! Terraform until a longer number joins it; what that rounds is an [`Interval`] here and claimed by nobody.

mod binary;
mod interval;

use bigdecimal::{BigDecimal, RoundingMode, Zero};

use self::binary::{Float, KEPT_DIGITS};
pub(super) use self::interval::{Interval, is_short};
use crate::model::Number;

/// The largest distance of a digit from the decimal point.
const MAX_EXPONENT: i64 = 1_000;

/// The longest text that is read as a number.
const MAX_TEXT: usize = 2_000;

/// Why a calculation has no result.
const TOO_LARGE: &str = "the number is out of range";

/// An operation of two numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Operation {
    /// `+`
    Add,
    /// `-`
    Subtract,
    /// `*`
    Multiply,
    /// `/`
    Divide,
    /// `%`, with the sign of the dividend.
    Remainder,
}

/// Computes.
pub(super) fn compute(operation: Operation, left: &Number, right: &Number) -> Result<Number, String> {
    let (left, right) = (left.as_decimal(), right.as_decimal());
    // Whole numbers of this length are the same in both worlds.
    let exact = left.is_integer() && right.is_integer();
    let decimal = match operation {
        Operation::Add if exact => Some(left + right),
        Operation::Subtract if exact => Some(left - right),
        Operation::Multiply if exact => Some(left * right),
        Operation::Divide if right.is_zero() => return Err("division by zero".to_owned()),
        // Terraform's remainder of a division by zero is the dividend.
        Operation::Remainder if right.is_zero() => return bounded(left.clone()),
        _ => None,
    };
    if let Some(decimal) = decimal {
        return bounded(decimal);
    }
    let (left, right) = (Float::of(left), Float::of(right));
    let float = match operation {
        Operation::Add => left.add(&right),
        Operation::Subtract => left.subtract(&right),
        Operation::Multiply => left.multiply(&right),
        Operation::Divide => left.divide(&right),
        Operation::Remainder => left.remainder(&right),
    };
    bounded(float.shortest())
}

/// How many expressions are evaluated in the time that a calculation with these takes.
pub(super) fn cost(left: &Number, right: &Number) -> usize {
    let of = |number: &Number| {
        let (_, scale) = number.as_decimal().as_bigint_and_exponent();
        let length = number.as_decimal().digits().saturating_add(scale.unsigned_abs());
        if scale <= 0 && length < 40 { 0 } else { 20 + usize::try_from(length).unwrap_or(usize::MAX) / 4 }
    };
    of(left).saturating_add(of(right))
}

/// The number, rounded to what is kept, if it is not too large.
pub(super) fn bounded(number: BigDecimal) -> Result<Number, String> {
    let number = number.normalized();
    let (_, scale) = number.as_bigint_and_exponent();
    let before_point = i64::try_from(number.digits()).unwrap_or(i64::MAX).saturating_sub(scale);
    if scale.saturating_abs() > MAX_EXPONENT + i64::try_from(MAX_TEXT).unwrap_or(0) || before_point.abs() > MAX_EXPONENT
    {
        return Err(TOO_LARGE.to_owned());
    }
    Ok(Number::from(if number.digits() > KEPT_DIGITS { Float::of(&number).shortest() } else { number }))
}

/// The number that a float stands for: those of functions that Terraform computes with 64 bits.
pub(super) fn from_f64(number: f64) -> Result<Number, String> {
    if !number.is_finite() {
        return Err(TOO_LARGE.to_owned());
    }
    // Rust writes the shortest decimal of a float as well.
    number.to_string().parse().map_err(|_| TOO_LARGE.to_owned())
}

/// Reads a number as Terraform converts text to one: `-1.50`, `1e3`, `1p3` for a power of two; no blanks, no
/// hexadecimal.
pub(super) fn parse(text: &str) -> Option<Number> {
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    let split = |at: [char; 2]| unsigned.split_once(at).map_or((unsigned, None), |(m, e)| (m, Some(e)));
    let (mantissa, exponent) = split(['e', 'E']);
    let (mantissa, binary) = if exponent.is_none() { split(['p', 'P']) } else { (mantissa, None) };
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let is_power = |power: Option<&str>| {
        power.is_none_or(|power| power.len() <= 6 && digits(power.strip_prefix(['-', '+']).unwrap_or(power)))
    };
    if !digits(&format!("{whole}{fraction}")) || !is_power(exponent) || !is_power(binary) || text.len() > MAX_TEXT {
        return None;
    }
    let decimal = format!("{}{}", if text.starts_with('-') { "-" } else { "" }, unsigned.split(['p', 'P']).next()?);
    let number = bounded(decimal.parse().ok()?).ok()?;
    let Some(power) = binary else { return Some(number) };
    let power: i32 = power.parse().ok().filter(|power: &i32| power.abs() <= 1_024)?;
    let factor = Number::from(BigDecimal::from(bigdecimal::num_bigint::BigInt::from(2).pow(power.unsigned_abs())));
    compute(if power < 0 { Operation::Divide } else { Operation::Multiply }, &number, &factor).ok()
}

/// The number as Terraform writes it into text: all its digits, never an exponent.
pub(super) fn text(number: &Number) -> String {
    number.as_decimal().to_plain_string()
}

/// The largest whole number not above.
pub(super) fn floor(number: &Number) -> Number {
    Number::from(number.as_decimal().with_scale_round(0, RoundingMode::Floor))
}

/// The smallest whole number not below.
pub(super) fn ceil(number: &Number) -> Number {
    Number::from(number.as_decimal().with_scale_round(0, RoundingMode::Ceiling))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn number(text: &str) -> Number {
        parse(text).unwrap()
    }

    #[test]
    fn arithmetic_is_exact() {
        let check = |left: &str, operation: Operation, right: &str, expect: &str| {
            assert_eq!(compute(operation, &number(left), &number(right)).map(|n| text(&n)), Ok(expect.to_owned()));
        };
        check("0.1", Operation::Add, "0.2", "0.3");
        check("9223372036854775808", Operation::Add, "1", "9223372036854775809");
        check("7", Operation::Divide, "2", "3.5");
        check("-7", Operation::Divide, "0.002", "-3500");
        check("1", Operation::Divide, "8", "0.125");
        check("-5", Operation::Remainder, "3", "-2");
        check("5.5", Operation::Remainder, "2", "1.5");
        check("1e100", Operation::Multiply, "1e-100", "1");
        check("0.3", Operation::Remainder, "0.1", "0");
        let nines = "0".repeat(153);
        check("1", Operation::Subtract, "0.9", &format!("0.1{nines}3"));
        let third = compute(Operation::Divide, &number("1"), &number("3")).unwrap();
        assert_eq!(compute(Operation::Multiply, &third, &number("3")).unwrap(), number("1"));
    }

    #[test]
    fn what_cannot_be_computed_is_refused() {
        assert!(compute(Operation::Divide, &number("1"), &number("0")).is_err());
        assert!(compute(Operation::Multiply, &number("1e900"), &number("1e900")).is_err());
        for text in ["", "x", "0x10", "1e999999999", ".", "1.2.3", " 1", "1_000", "inf", "--1", "1e", "1e3p1", "1pp1"] {
            assert_eq!(parse(text), None, "{text}");
        }
    }

    #[test]
    fn large_numbers_are_written_without_exponent() {
        assert_eq!(text(&number("1e50")).len(), 51);
    }
}
