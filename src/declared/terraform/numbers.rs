//! Arithmetic on exact numbers, bounded: `1e999999999 + 1` must not fill the memory.
//!
//! Terraform computes with 512 bits, about 154 decimal digits. Here results keep that many digits in decimal, so that
//! everything that has an exact decimal value keeps it; only the last digit of a division such as `1 / 3` may differ.

use bigdecimal::{BigDecimal, RoundingMode, Zero};

use crate::model::Number;

/// Digits that a division is carried to.
const DIVISION_DIGITS: u64 = 154;

/// Digits that a result keeps; fewer than [`DIVISION_DIGITS`], so that `1 / 3 * 3` is 1.
const RESULT_DIGITS: u64 = 150;

/// The largest distance of a digit from the decimal point.
const MAX_EXPONENT: i64 = 1_000;

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
    bounded(match operation {
        Operation::Add => left + right,
        Operation::Subtract => left - right,
        Operation::Multiply => left * right,
        Operation::Divide if right.is_zero() => return Err("division by zero".to_owned()),
        Operation::Divide => return rounded(quotient(left, right), DIVISION_DIGITS),
        // Terraform's remainder of a division by zero is the dividend.
        Operation::Remainder if right.is_zero() => left.clone(),
        Operation::Remainder => left % right,
    })
}

fn quotient(left: &BigDecimal, right: &BigDecimal) -> BigDecimal {
    // BigDecimal divides to 100 digits; scaled up first, the quotient of whole numbers has as many as wanted.
    let shift = i64::try_from(DIVISION_DIGITS + right.digits()).unwrap_or(MAX_EXPONENT);
    let (digits, exponent) = left.as_bigint_and_exponent();
    let (divisor, divisor_exponent) = right.as_bigint_and_exponent();
    let scaled = BigDecimal::from_bigint(digits, -shift).with_scale(0).into_bigint_and_exponent().0 / divisor;
    BigDecimal::from_bigint(scaled, exponent - divisor_exponent + shift)
}

/// The number, rounded to what is kept, if it is not too large.
pub(super) fn bounded(number: BigDecimal) -> Result<Number, String> {
    rounded(number, RESULT_DIGITS)
}

fn rounded(number: BigDecimal, digits: u64) -> Result<Number, String> {
    let number = number.normalized();
    let (_, scale) = number.as_bigint_and_exponent();
    let before_point = i64::try_from(number.digits()).unwrap_or(i64::MAX).saturating_sub(scale);
    if scale.saturating_abs() > MAX_EXPONENT || before_point > MAX_EXPONENT {
        return Err(TOO_LARGE.to_owned());
    }
    Ok(Number::from(match std::num::NonZeroU64::new(digits) {
        Some(precision) if number.digits() > digits => number.with_precision_round(precision, RoundingMode::HalfEven),
        _ => number,
    }))
}

/// Reads a decimal number as Terraform converts text to a number: `-1.50`, `1e3`; no blanks, no hexadecimal.
pub(super) fn parse(text: &str) -> Option<Number> {
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    let (mantissa, exponent) = unsigned.split_once(['e', 'E']).map_or((unsigned, None), |(m, e)| (m, Some(e)));
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let valid = digits(&format!("{whole}{fraction}"))
        && exponent.is_none_or(|exponent| digits(exponent.strip_prefix(['-', '+']).unwrap_or(exponent)));
    if !valid || mantissa.len() > 2 * RESULT_DIGITS as usize || exponent.is_some_and(|exponent| exponent.len() > 6) {
        return None;
    }
    bounded(text.strip_prefix('+').unwrap_or(text).parse().ok()?).ok()
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
        let third = compute(Operation::Divide, &number("1"), &number("3")).unwrap();
        assert_eq!(compute(Operation::Multiply, &third, &number("3")).unwrap(), number("1"));
    }

    #[test]
    fn what_cannot_be_computed_is_refused() {
        assert!(compute(Operation::Divide, &number("1"), &number("0")).is_err());
        assert!(compute(Operation::Multiply, &number("1e900"), &number("1e900")).is_err());
        for text in ["", "x", "0x10", "1e999999999", ".", "1.2.3", " 1", "1_000", "inf", "--1", "1e"] {
            assert_eq!(parse(text), None, "{text}");
        }
    }

    #[test]
    fn large_numbers_are_written_without_exponent() {
        assert_eq!(text(&number("1e50")).len(), 51);
    }
}
