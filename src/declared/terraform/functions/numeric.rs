//! Functions on numbers.

use super::super::numbers::{self, Operation};
use super::super::value::Value;
use super::Reading::Whole;
use super::arguments::{Arguments, number};
use super::{ANY, Function, pure};
use crate::model::Number;

/// The longest list that `range` makes, as in Terraform.
const MAX_RANGE: usize = 1_024;

/// The family.
pub(super) const TABLE: &[Function] = &[
    pure("abs", (1, 1), Whole, |a| Ok(Value::number(a.number(0)?.as_decimal().abs().into()))),
    pure("ceil", (1, 1), Whole, |a| Ok(Value::number(numbers::ceil(&a.number(0)?)))),
    pure("floor", (1, 1), Whole, |a| Ok(Value::number(numbers::floor(&a.number(0)?)))),
    pure("max", (1, ANY), Whole, |a| extreme(a, std::cmp::Ordering::Greater)),
    pure("min", (1, ANY), Whole, |a| extreme(a, std::cmp::Ordering::Less)),
    pure("parseint", (2, 2), Whole, parseint),
    pure("pow", (2, 2), Whole, pow),
    pure("signum", (1, 1), Whole, |a| {
        let zero = Number::from(0);
        Ok(Value::number(Number::from(match a.number(0)?.cmp(&zero) {
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
            sum = numbers::compute(Operation::Add, &sum, &number(item)?)?;
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

fn parseint(arguments: &Arguments<'_>) -> Result<Value, String> {
    let (text, base) = (arguments.text(0)?, arguments.size(1)?);
    // Beyond 36 the digits have cases of their own, which nothing but Terraform has.
    let base = u32::try_from(base).ok().filter(|base| (2..=36).contains(base));
    let base = base.ok_or("the base must be between 2 and 36")?;
    let parsed =
        i64::from_str_radix(&text, base).map_err(|_| "the text is not a whole number in that base".to_owned())?;
    Ok(Value::number(parsed.into()))
}

/// Powers with whole exponents; all others have no exact result.
fn pow(arguments: &Arguments<'_>) -> Result<Value, String> {
    let (base, exponent) = (arguments.number(0)?, arguments.number(1)?);
    let Some(exponent) = exponent.as_i64().and_then(|exponent| u32::try_from(exponent).ok()).filter(|e| *e <= 1_024)
    else {
        return Ok(Value::unknown("powers with such an exponent are not computed"));
    };
    let mut power = Number::from(1);
    for _ in 0..exponent {
        power = numbers::compute(Operation::Multiply, &power, &base)?;
    }
    Ok(Value::number(power))
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
    if step == zero {
        return Err("the step must not be zero".to_owned());
    }
    let mut items = Vec::new();
    let mut next = start;
    while if step > zero { next < limit } else { next > limit } {
        if items.len() >= MAX_RANGE {
            return Err(format!("a range has at most {MAX_RANGE} items"));
        }
        items.push(Value::number(next.clone()));
        next = numbers::compute(Operation::Add, &next, &step)?;
    }
    Ok(Value::list(items))
}
