//! Numbers of which only the last digits are not known.
//!
//! What functions such as `length`, `pow` and `log` make has 64 or 53 bits in Terraform, and so has what is computed
//! from nothing else: `length(a) / length(b)` ends after 20 digits, and a multiplication by a longer number shows
//! where. Those digits are not claimed here. Between which numbers the value lies is, and that settles most of what
//! such a number is made for: `ceil`, `floor` and comparisons.

use std::cmp::Ordering;

use bigdecimal::BigDecimal;
use bigdecimal::num_bigint::BigInt;

use super::{Operation, compute};
use crate::model::Number;

/// By which part of itself a result may differ, as a power of two: some units in the last place of 53 bits.
const DOUBT: u32 = 48;

/// Two numbers between which a third one lies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in super::super) struct Interval {
    low: Number,
    high: Number,
}

impl Interval {
    /// Exactly this number.
    pub fn exactly(number: &Number) -> Self {
        Self { low: number.clone(), high: number.clone() }
    }

    /// A number that was rounded to 53 bits or more.
    pub fn around(number: &Number) -> Self {
        Self::exactly(number).widened()
    }

    fn widened(self) -> Self {
        // One divided by 2^48 ends after 48 digits.
        let doubt = BigDecimal::from(1) / BigDecimal::from(BigInt::from(2).pow(DOUBT));
        let part = |number: &Number| number.as_decimal().abs() * &doubt;
        let (low, high) = (self.low.as_decimal() - part(&self.low), self.high.as_decimal() + part(&self.high));
        Self { low: Number::from(low), high: Number::from(high) }
    }

    /// Computes; `None`: nothing useful is known of the result.
    pub fn compute(&self, operation: Operation, other: &Self) -> Option<Self> {
        let zero = Number::from(0);
        let by_nothing = other.low <= zero && zero <= other.high;
        if operation == Operation::Remainder || operation == Operation::Divide && by_nothing {
            return None;
        }
        let ends = [(&self.low, &other.low), (&self.low, &other.high), (&self.high, &other.low)];
        let ends = ends.into_iter().chain([(&self.high, &other.high)]);
        let results: Option<Vec<Number>> = ends.map(|(left, right)| compute(operation, left, right).ok()).collect();
        let results = results?;
        Some(Self { low: results.iter().min()?.clone(), high: results.iter().max()?.clone() }.widened())
    }

    /// How it compares with another one, if that does not depend on the digits that are not known.
    pub fn compare(&self, other: &Self) -> Option<Ordering> {
        if self.high < other.low {
            Some(Ordering::Less)
        } else if other.high < self.low {
            Some(Ordering::Greater)
        } else {
            None
        }
    }

    /// The whole number that it is rounded to, if that does not depend on the digits that are not known.
    pub fn rounded(&self, round: fn(&Number) -> Number) -> Option<Number> {
        let (low, high) = (round(&self.low), round(&self.high));
        (low == high).then_some(low)
    }
}

/// Whether a float of 53 bits holds a number exactly: then more bits give the same number.
pub(in super::super) fn is_short(number: &Number) -> bool {
    let exact = number.as_f64().and_then(|float| BigDecimal::try_from(float).ok());
    exact.is_some_and(|exact| Number::from(exact) == *number)
}

#[cfg(test)]
mod tests {
    use super::super::{ceil, floor, parse};
    use super::*;

    fn around(text: &str) -> Interval {
        Interval::around(&parse(text).unwrap())
    }

    #[test]
    fn only_digits_that_are_known_settle_something() {
        let check = |interval: &Interval, round: fn(&Number) -> Number, expect: Option<i64>| {
            assert_eq!(interval.rounded(round), expect.map(Number::from));
        };
        check(&around("0.3333333333333333"), ceil, Some(1));
        check(&around("-0.3333333333333333"), floor, Some(-1));
        check(&around("2.9999999999999996"), floor, None);
        check(&around("2.9999999"), floor, Some(2));
        let three = Interval::exactly(&Number::from(3));
        let third = around("0.3333333333333333");
        check(&third.compute(Operation::Multiply, &three).unwrap(), floor, None);
        check(&third.compute(Operation::Add, &three).unwrap(), floor, Some(3));
        let nothing = third.compute(Operation::Subtract, &third).unwrap();
        assert_eq!(three.compute(Operation::Divide, &nothing), None);
        assert_eq!(third.compare(&three), Some(Ordering::Less));
        assert_eq!(third.compare(&third), None);
    }

    #[test]
    fn short_numbers_are_exact_in_binary() {
        let check = |text: &str, expect: bool| assert_eq!(is_short(&parse(text).unwrap()), expect, "{text}");
        for text in ["0", "3", "-0.5", "9007199254740992", "1e18", "0.0009765625"] {
            check(text, true);
        }
        for text in ["0.1", "9007199254740993", "1.4142135623730951", "1267650600228229400000000000000"] {
            check(text, false);
        }
    }
}
