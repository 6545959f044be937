//! Functions on numbers.

use bigdecimal::BigDecimal;
use bigdecimal::num_bigint::BigInt;

use super::super::convert;
use super::super::numbers::{self, Operation};
use super::super::value::Value;
use super::Reading::Whole;
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
    pure("ceil", (1, 1), Whole, |a| Ok(Value::number(numbers::ceil(&a.number(0)?)))),
    pure("floor", (1, 1), Whole, |a| Ok(Value::number(numbers::floor(&a.number(0)?)))),
    pure("log", (2, 2), Whole, |a| floats(a, |number, base| number.ln() / base.ln())),
    pure("max", (1, ANY), Whole, |a| extreme(a, std::cmp::Ordering::Greater)),
    pure("min", (1, ANY), Whole, |a| extreme(a, std::cmp::Ordering::Less)),
    pure("parseint", (2, 2), Whole, parseint),
    pure("pow", (2, 2), Whole, |a| floats(a, f64::powf)),
    pure("signum", (1, 1), Whole, |a| {
        let (zero, number) = (Number::from(0), a.number(0)?);
        if !number.as_decimal().is_integer() {
            return Err("a whole number is required".to_owned());
        }
        Ok(Value::number(Number::from(match number.cmp(&zero) {
            std::cmp::Ordering::Less => -1_i64,
            std::cmp::Ordering::Equal => 0,
            std::cmp::Ordering::Greater => 1,
        })))
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
    numbers::bounded(BigDecimal::from(number)).map(Value::number)
}

/// A function of two numbers that Terraform computes with binary floats of 64 bits.
fn floats(arguments: &Arguments<'_>, compute: fn(f64, f64) -> f64) -> Result<Value, String> {
    let float = |number: Number| number.as_f64().ok_or_else(|| "the number is out of range".to_owned());
    let (left, right) = (float(arguments.number(0)?)?, float(arguments.number(1)?)?);
    numbers::from_f64(compute(left, right)).map(Value::number)
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
    let mut items = Vec::new();
    let mut next = start;
    while if step > zero { next < limit } else { next > limit } {
        if items.len() >= MAX_RANGE {
            return Err(format!("a range has at most {MAX_RANGE} items"));
        }
        arguments.spend(1 + numbers::cost(&next, &step));
        items.push(Value::number(next.clone()));
        next = numbers::compute(Operation::Add, &next, &step)?;
    }
    Ok(Value::list(items))
}
