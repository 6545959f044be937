//! Functions on numbers.

use bigdecimal::BigDecimal;
use bigdecimal::num_bigint::BigInt;

use super::super::convert;
use super::super::numbers::{self, Interval, Operation};
use super::super::operators::derived;
use super::super::value::Value;
use super::Reading::{Own, Whole};
use super::arguments::{Arguments, number};
use super::{ANY, Function, pure};
use crate::model::Number;

/// The longest list that `range` makes, as in Terraform.
const MAX_RANGE: usize = 1_024;

/// The longest text that `parseint` reads.
const MAX_DIGITS: usize = 1_000;

/// The family.
pub(super) const TABLE: &[Function] = &[
    pure("abs", (1, 1), Whole, |a| Ok(Value::number(a.number(0)?.as_decimal().abs().into()))),
    pure("ceil", (1, 1), Own, |a| rounded(a, numbers::ceil)),
    pure("floor", (1, 1), Own, |a| rounded(a, numbers::floor)),
    pure("log", (2, 2), Whole, logarithm),
    pure("max", (1, ANY), Whole, |a| extreme(a, std::cmp::Ordering::Greater)),
    pure("min", (1, ANY), Whole, |a| extreme(a, std::cmp::Ordering::Less)),
    pure("parseint", (2, 2), Whole, parseint),
    pure("pow", (2, 2), Whole, power),
    pure("signum", (1, 1), Whole, |a| {
        let (zero, number) = (Number::from(0), a.number(0)?);
        if !number.as_decimal().is_integer() {
            return Err("a whole number is required".to_owned());
        }
        Ok(Value::number(Number::from(match number.cmp(&zero) {
            std::cmp::Ordering::Less => -1_i64,
            std::cmp::Ordering::Equal => 0,
            std::cmp::Ordering::Greater => 1,
        }))
        .shortened(true))
    }),
    pure("sum", (1, 1), Whole, |a| {
        let items = a.items(0)?;
        let (first, others) = items.split_first().ok_or("the list is empty")?;
        let mut sum = number(first)?;
        for item in others {
            let item = number(item)?;
            a.spend(numbers::cost(&sum, &item));
            sum = numbers::compute(Operation::Add, &sum, &item)?;
        }
        Ok(Value::number(sum))
    }),
];

fn extreme(arguments: &Arguments<'_>, wanted: std::cmp::Ordering) -> Result<Value, String> {
    let mut found = arguments.number(0)?;
    for at in 1..arguments.count() {
        let other = arguments.number(at)?;
        if other.cmp(&found) == wanted {
            found = other;
        }
    }
    Ok(Value::number(found))
}

/// The digits of `parseint`: beyond 36 capitals are digits of their own.
fn digit(character: char, base: u32) -> Option<u32> {
    let value = match character {
        '0'..='9' => u32::from(character) - u32::from('0'),
        'a'..='z' => u32::from(character) - u32::from('a') + 10,
        'A'..='Z' if base <= 36 => u32::from(character) - u32::from('A') + 10,
        'A'..='Z' => u32::from(character) - u32::from('A') + 36,
        _ => return None,
    };
    (value < base).then_some(value)
}

fn parseint(arguments: &Arguments<'_>) -> Result<Value, String> {
    let (text, base) = (arguments.value(0)?, arguments.size(1)?);
    let text = text.as_text().ok_or_else(|| convert::mismatch(text, "string"))?;
    let base = u32::try_from(base).ok().filter(|base| (2..=62).contains(base));
    let base = base.ok_or("the base must be between 2 and 62")?;
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    if digits.is_empty() || digits.len() > MAX_DIGITS {
        return Err("the text is not a whole number in that base".to_owned());
    }
    let mut number = BigInt::from(0);
    for character in digits.chars() {
        number = number * base + digit(character, base).ok_or("the text is not a whole number in that base")?;
    }
    let number = if text.starts_with('-') { -number } else { number };
    Ok(Value::number(numbers::bounded(BigDecimal::from(number))?).shortened(true))
}

/// A whole number beside a number, also beside one of which the last digits are not known.
fn rounded(arguments: &Arguments<'_>, round: fn(&Number) -> Number) -> Result<Value, String> {
    let value = arguments.value(0)?;
    let whole = if value.has_unknown() {
        value.near().and_then(|near| near.rounded(round))
    } else {
        Some(round(&arguments.number(0)?))
    };
    Ok(whole
        .map_or_else(|| derived(&[value]), Value::number)
        .shortened(value.short || value.is_unknown())
        .marked(value.sensitive))
}

/// The greatest exponent of which the power is computed exactly.
const MAX_EXPONENT: i64 = 1_024;

/// The greatest power of two of which Terraform's logarithm is surely whole: that of 2^29 is 29.000000000000004.
const MAX_WHOLE_LOGARITHM: i64 = 28;

/// The logarithm. Its last digits differ between Terraform and everybody else; those of small powers of two do not.
fn logarithm(arguments: &Arguments<'_>) -> Result<Value, String> {
    let (number, base) = (arguments.number(0)?, arguments.number(1)?);
    let result = floats(&number, &base, |number, base| number.ln() / base.ln())?;
    let is_whole = result.as_i64().is_some_and(|whole| (0..=MAX_WHOLE_LOGARITHM).contains(&whole));
    let is_exact = number == base || number == Number::from(1) || base == Number::from(2) && is_whole;
    Ok(if is_exact { Value::rounded(result) } else { Value::between(Interval::around(&result)) })
}

/// The power. What is no float of 64 bits is rounded several times on the way, and the last digits show it.
fn power(arguments: &Arguments<'_>) -> Result<Value, String> {
    let (base, exponent) = (arguments.number(0)?, arguments.number(1)?);
    let result = floats(&base, &exponent, f64::powf)?;
    let whole = exponent.as_i64().filter(|exponent| exponent.abs() <= MAX_EXPONENT && numbers::is_short(&base));
    let is_exact = whole.is_some_and(|exponent| {
        let one = BigDecimal::from(1);
        let mut power = one.clone();
        for _ in 0..exponent.abs() {
            power *= base.as_decimal();
        }
        if exponent < 0 { power * result.as_decimal() == one } else { power == *result.as_decimal() }
    });
    Ok(if is_exact { Value::rounded(result) } else { Value::between(Interval::around(&result)) })
}

/// What Terraform computes of two numbers with binary floats of 64 bits.
fn floats(left: &Number, right: &Number, compute: fn(f64, f64) -> f64) -> Result<Number, String> {
    let float = |number: &Number| number.as_f64().ok_or_else(|| "the number is out of range".to_owned());
    numbers::from_f64(compute(float(left)?, float(right)?))
}

/// `range(limit)`, `range(start, limit)`, `range(start, limit, step)`.
pub(super) fn range(arguments: &Arguments<'_>) -> Result<Value, String> {
    let zero = Number::from(0);
    let (start, limit) = match arguments.count() {
        1 => (zero.clone(), arguments.number(0)?),
        _ => (arguments.number(0)?, arguments.number(1)?),
    };
    let step = match arguments.count() {
        3 => arguments.number(2)?,
        _ if limit < start => Number::from(-1),
        _ => Number::from(1),
    };
    if step == zero || start != limit && (step > zero) != (limit > start) {
        return Err("the step must lead from the start to the limit".to_owned());
    }
    let short = arguments.count() == 1 || arguments.all().iter().any(|argument| argument.short);
    let mut items = Vec::new();
    let mut next = start;
    while if step > zero { next < limit } else { next > limit } {
        if items.len() >= MAX_RANGE {
            return Err(format!("a range has at most {MAX_RANGE} items"));
        }
        arguments.spend(1 + numbers::cost(&next, &step));
        items.push(Value::number(next.clone()).shortened(short));
        next = numbers::compute(Operation::Add, &next, &step)?;
    }
    Ok(Value::list(items))
}
