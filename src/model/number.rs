//! Numbers without rounding.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use bigdecimal::{BigDecimal, ToPrimitive};

/// An exact decimal number. `5`, `5.0` and `5e0` are the same number and print as `5`.
///
/// Templates and services write the same quantity in several ways, and binary floats would make `0.1 + 0.2`
/// differ from `0.3`; hence decimals of any length.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Number(Arc<BigDecimal>);

/// Digits beyond which a number is printed with an exponent: `1e100` must not become a hundred zeros.
const PLAIN_DIGITS: i64 = 40;

impl Number {
    /// The number as an `i64`, if it is a whole number in that range.
    pub fn as_i64(&self) -> Option<i64> {
        if self.0.is_integer() { self.0.to_i64() } else { None }
    }

    /// The nearest binary float; for services that only take floats.
    pub fn as_f64(&self) -> Option<f64> {
        self.0.to_f64()
    }

    /// The exact decimal, for arithmetic.
    pub fn as_decimal(&self) -> &BigDecimal {
        &self.0
    }

    /// The number as JSON: whole numbers in 64 bits stay whole, everything else becomes the nearest float.
    pub fn to_json(&self) -> serde_json::Value {
        if self.0.is_integer() {
            if let Some(number) = self.0.to_i64() {
                return number.into();
            }
            if let Some(number) = self.0.to_u64() {
                return number.into();
            }
        }
        self.0.to_f64().and_then(serde_json::Number::from_f64).map_or(serde_json::Value::Null, Into::into)
    }
}

impl From<BigDecimal> for Number {
    fn from(decimal: BigDecimal) -> Self {
        Self(Arc::new(decimal.normalized()))
    }
}

impl From<i64> for Number {
    fn from(number: i64) -> Self {
        Self::from(BigDecimal::from(number))
    }
}

impl FromStr for Number {
    type Err = bigdecimal::ParseBigDecimalError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        BigDecimal::from_str(text).map(Self::from)
    }
}

impl From<&serde_json::Number> for Number {
    fn from(number: &serde_json::Number) -> Self {
        // JSON's number grammar is a subset of the decimal one, so the fallback is never taken.
        Self::from_str(&number.to_string()).unwrap_or_else(|_| Self::from(0))
    }
}

impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (_, scale) = self.0.as_bigint_and_exponent();
        if scale.abs() > PLAIN_DIGITS {
            return f.write_str(&self.0.to_scientific_notation());
        }
        f.write_str(&self.0.to_plain_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spelling_does_not_change_a_number() {
        let check = |text: &str, expect: &str| assert_eq!(text.parse::<Number>().unwrap().to_string(), expect);
        check("5", "5");
        check("5.0", "5");
        check("5e0", "5");
        check("0.30", "0.3");
        check("-0.10", "-0.1");
        check("500", "500");
        check("0", "0");
        check("9007199254740993", "9007199254740993");
        assert_eq!("5.0".parse::<Number>().unwrap(), Number::from(5));
    }

    #[test]
    fn whole_numbers_stay_whole_in_json() {
        assert_eq!(Number::from(1024).to_json(), serde_json::json!(1024));
        assert_eq!("0.5".parse::<Number>().unwrap().to_json(), serde_json::json!(0.5));
    }
}
