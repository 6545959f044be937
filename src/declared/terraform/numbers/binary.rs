//! Terraform's numbers are binary floats of 512 bits, and `1 - 0.9` shows it. This rounds as they do.
//!
//! A float is kept as the shortest decimal that stands for it and for no other float of its precision, which is how
//! Terraform writes it and from which it can be had back. So everything else can go on with decimals.

use bigdecimal::BigDecimal;
use bigdecimal::num_bigint::{BigInt, Sign};
use bigdecimal::num_traits::{Signed as _, Zero as _};

/// Bits of the mantissa of a number.
const PRECISION: u64 = 512;

/// Decimal digits that every float of [`PRECISION`] keeps: ⌊511 · log₁₀ 2⌋.
pub(super) const KEPT_DIGITS: u64 = 153;

/// A number as Go's `big.Float` has it: a whole number times a power of two.
pub(super) struct Float {
    mantissa: BigInt,
    exponent: i64,
}

impl Float {
    /// The float nearest to a decimal.
    pub fn of(decimal: &BigDecimal) -> Self {
        let (digits, scale) = decimal.as_bigint_and_exponent();
        let power = BigInt::from(10).pow(u32::try_from(scale.unsigned_abs()).unwrap_or(u32::MAX));
        if scale > 0 {
            Self::ratio(&digits, &power)
        } else {
            Self { mantissa: digits * power, exponent: 0 }.rounded(false)
        }
    }

    /// The float nearest to a fraction.
    fn ratio(numerator: &BigInt, denominator: &BigInt) -> Self {
        // Two bits more than are kept, and a note of whether something was left, decide how it is rounded.
        let missing = PRECISION + 2 + denominator.bits();
        let shift = missing.saturating_sub(numerator.bits());
        let scaled = numerator << shift;
        let (mantissa, rest) = (&scaled / denominator, &scaled % denominator);
        let exponent = 0_i64.saturating_sub_unsigned(shift);
        Self { mantissa, exponent }.rounded(!rest.is_zero())
    }

    /// The sum.
    pub fn add(&self, other: &Self) -> Self {
        let (mantissa, exponent) = self.aligned(other, |left, right| left + right);
        Self { mantissa, exponent }.rounded(false)
    }

    /// The difference.
    pub fn subtract(&self, other: &Self) -> Self {
        let (mantissa, exponent) = self.aligned(other, |left, right| left - right);
        Self { mantissa, exponent }.rounded(false)
    }

    /// The product.
    pub fn multiply(&self, other: &Self) -> Self {
        let (mantissa, exponent) = (&self.mantissa * &other.mantissa, self.exponent + other.exponent);
        Self { mantissa, exponent }.rounded(false)
    }

    /// The quotient; `other` is not zero.
    pub fn divide(&self, other: &Self) -> Self {
        let quotient = Self::ratio(&self.mantissa, &other.mantissa);
        Self { exponent: quotient.exponent + self.exponent - other.exponent, ..quotient }
    }

    /// What remains of a division; `other` is not zero.
    pub fn remainder(&self, other: &Self) -> Self {
        let whole = Self { mantissa: self.divide(other).truncated(), exponent: 0 };
        self.subtract(&whole.multiply(other))
    }

    fn aligned(&self, other: &Self, combine: impl Fn(BigInt, BigInt) -> BigInt) -> (BigInt, i64) {
        let exponent = self.exponent.min(other.exponent);
        let at = |float: &Self| &float.mantissa << float.exponent.abs_diff(exponent);
        (combine(at(self), at(other)), exponent)
    }

    /// The whole part.
    fn truncated(&self) -> BigInt {
        let distance = self.exponent.unsigned_abs();
        if self.exponent >= 0 {
            &self.mantissa << distance
        } else {
            let magnitude = BigInt::from(self.mantissa.magnitude() >> distance);
            if self.mantissa.is_negative() { -magnitude } else { magnitude }
        }
    }

    /// Rounds to [`PRECISION`], half to even; `more` says that the number is a little larger than it is written.
    fn rounded(self, more: bool) -> Self {
        let excess = self.mantissa.bits().saturating_sub(PRECISION);
        if excess == 0 {
            return self;
        }
        let magnitude = self.mantissa.magnitude();
        let mut kept = magnitude >> excess;
        let half_set = magnitude.bit(excess - 1);
        let rest = more || magnitude.trailing_zeros().is_some_and(|zeros| zeros < excess - 1);
        if half_set && (rest || kept.bit(0)) {
            kept += 1_u8;
        }
        let exponent = self.exponent.saturating_add_unsigned(excess);
        Self { mantissa: BigInt::from_biguint(self.mantissa.sign(), kept), exponent }
    }

    /// The shortest decimal that only this float is nearest to, as Go's `Text('f', -1)` finds it.
    pub fn shortest(&self) -> BigDecimal {
        if self.mantissa.is_zero() {
            return BigDecimal::zero();
        }
        // One bit more than the precision, so that the neighbours are half a unit away.
        let shift = (PRECISION + 1).saturating_sub(self.mantissa.bits());
        let (mantissa, exponent) = (self.mantissa.magnitude() << shift, self.exponent.saturating_sub_unsigned(shift));
        let inclusive = !mantissa.bit(1);
        // All three as whole numbers times the same power of ten.
        let distance = u32::try_from(exponent.unsigned_abs()).unwrap_or(u32::MAX);
        let (factor, scale) = if exponent < 0 {
            (BigInt::from(5).pow(distance), i64::from(distance))
        } else {
            (BigInt::from(2).pow(distance), 0)
        };
        let mantissa = BigInt::from(mantissa);
        let digits = |number: BigInt| (number * &factor).to_string().into_bytes();
        let (exact, mut lower, upper) = (digits(mantissa.clone()), digits(&mantissa - 1), digits(mantissa + 1));
        // The neighbours can have one digit more or less; then they differ in the first place already.
        while lower.len() < exact.len() {
            lower.insert(0, b'0');
        }
        let (kept, up) = match upper.len().cmp(&exact.len()) {
            std::cmp::Ordering::Equal => shortest_digits(&exact, &lower, &upper, inclusive),
            _ => shortest_digits(&exact, &lower, &[], inclusive),
        };
        let dropped = i64::try_from(exact.len() - kept).unwrap_or(i64::MAX);
        let text = String::from_utf8_lossy(exact.get(..kept).unwrap_or_default()).into_owned();
        let magnitude = text.parse::<BigInt>().unwrap_or_default() + u8::from(up);
        let number = if self.mantissa.sign() == Sign::Minus { -magnitude } else { magnitude };
        BigDecimal::new(number, scale - dropped).normalized()
    }
}

/// How many digits are enough, and whether the last one is rounded up. `upper` is empty where it has another length.
fn shortest_digits(exact: &[u8], lower: &[u8], upper: &[u8], inclusive: bool) -> (usize, bool) {
    let last = |digits: &[u8]| digits.iter().rposition(|digit| *digit != b'0').map_or(0, |at| at + 1);
    let (lower_length, upper_length) = (last(lower), last(upper));
    for (at, digit) in exact.iter().enumerate() {
        let below = lower.get(at).copied().unwrap_or(b'0');
        let above = upper.get(at).copied();
        let down = below != *digit || inclusive && at + 1 == lower_length;
        let up = above.is_none_or(|above| above != *digit && (inclusive || digit + 1 < above || at + 1 < upper_length));
        let rest = exact.get(at + 1..).unwrap_or_default();
        let first = rest.first().copied().unwrap_or(b'0');
        let half = first == b'5' && rest.iter().skip(1).all(|digit| *digit == b'0');
        match (down, up) {
            (true, true) => return (at + 1, first > b'5' || first == b'5' && (!half || digit % 2 == 1)),
            (true, false) => return (at + 1, false),
            (false, true) => return (at + 1, true),
            (false, false) => {}
        }
    }
    (exact.len(), false)
}
