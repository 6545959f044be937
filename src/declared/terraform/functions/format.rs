//! `format` and `formatlist`: Go's verbs as Terraform has them.

use bigdecimal::RoundingMode;

use super::super::convert;
use super::super::json::{Json, Layout, quote};
use super::super::numbers;
use super::super::operators::derived;
use super::super::value::{Content, Value};
use super::arguments::{Arguments, number};
use super::{MAX_TEXT, text_units};
use crate::model::Number;

/// The widest field that is padded.
const MAX_WIDTH: usize = 4_096;

/// One `%…` of a format.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Verb {
    letter: char,
    alternative: bool,
    zero: bool,
    left: bool,
    plus: bool,
    space: bool,
    width: Option<usize>,
    /// Digits behind the point, digits at least, or characters at most.
    precision: Option<usize>,
    /// The number of the argument, from 1, if the verb names one.
    argument: Option<usize>,
}

/// `format(spec, values…)`.
pub(super) fn format(arguments: &Arguments<'_>) -> Result<Value, String> {
    let spec = arguments.text(0)?;
    let rest: Vec<&Value> = arguments.all().iter().skip(1).collect();
    formatted(&spec, &rest).map(Value::text)
}

/// `formatlist(spec, lists…)`: one text per item; what is no list counts for every one of them. A text is unknown if
/// one of its values is.
pub(super) fn formatlist(arguments: &Arguments<'_>) -> Result<Value, String> {
    let unknown_whole = |value: &&Value| value.is_unknown() || matches!(value.content, Content::Handle(_));
    let sensitive = arguments.all().iter().any(Value::has_sensitive);
    if let Some(unknown) = arguments.all().iter().find(unknown_whole) {
        return Ok(derived(&[unknown]).marked(sensitive));
    }
    let spec = arguments.text(0)?;
    let values = arguments.all().get(1..).unwrap_or_default();
    let lengths: Vec<usize> = values.iter().filter_map(Value::as_items).map(<[Value]>::len).collect();
    let length = lengths.first().copied().unwrap_or(1);
    if lengths.iter().any(|other| *other != length) {
        return Err("all lists must have the same length".to_owned());
    }
    let mut texts = Vec::new();
    let mut total = 0;
    for at in 0..length {
        let row: Vec<&Value> =
            values.iter().filter_map(|value| value.as_items().map_or(Some(value), |items| items.get(at))).collect();
        if row.iter().any(|value| value.has_unknown()) {
            texts.push(derived(&row));
            continue;
        }
        let text = formatted(&spec, &row)?;
        total += text.len();
        if total > MAX_TEXT {
            return Err("the texts are too long".to_owned());
        }
        texts.push(Value::text(text));
    }
    Ok(Value::list(texts).marked(sensitive))
}

fn formatted(spec: &str, values: &[&Value]) -> Result<String, String> {
    let mut out = String::new();
    let mut rest = spec;
    let mut next = 0;
    let mut used = 0;
    while let Some((before, after)) = rest.split_once('%') {
        out.push_str(before);
        let (verb, after) = parse_verb(after)?;
        rest = after;
        if verb.letter == '%' {
            out.push('%');
            continue;
        }
        let at = verb.argument.map_or(next, |number| number.saturating_sub(1));
        let value = values.get(at).ok_or("there are fewer values than verbs")?;
        next = at + 1;
        used = used.max(next);
        out.push_str(&padded(&render(&verb, value)?, &verb));
        if out.len() > MAX_TEXT {
            return Err("the text is too long".to_owned());
        }
    }
    if used < values.len() {
        return Err("there are more values than verbs".to_owned());
    }
    out.push_str(rest);
    Ok(out)
}

/// Reads what follows a `%`.
fn parse_verb(text: &str) -> Result<(Verb, &str), String> {
    let mut verb = Verb::default();
    let mut rest = text;
    loop {
        let flag = match rest.chars().next() {
            Some('#') => &mut verb.alternative,
            Some('0') => &mut verb.zero,
            Some('-') => &mut verb.left,
            Some('+') => &mut verb.plus,
            Some(' ') => &mut verb.space,
            _ => break,
        };
        *flag = true;
        rest = rest.get(1..).unwrap_or_default();
    }
    (verb.width, rest) = leading_number(rest)?;
    if let Some(after) = rest.strip_prefix('.') {
        let (precision, after) = leading_number(after)?;
        (verb.precision, rest) = (Some(precision.unwrap_or(0)), after);
    }
    if let Some(after) = rest.strip_prefix('[') {
        let (argument, after) = leading_number(after)?;
        if argument == Some(0) {
            return Err("arguments are counted from 1".to_owned());
        }
        verb.argument = argument;
        rest = after.strip_prefix(']').ok_or("an argument number needs a closing bracket")?;
    }
    let letter = rest.chars().next().ok_or("the format ends within a verb")?;
    verb.letter = letter;
    Ok((verb, rest.get(letter.len_utf8()..).unwrap_or_default()))
}

fn leading_number(text: &str) -> Result<(Option<usize>, &str), String> {
    let end = text.find(|character: char| !character.is_ascii_digit()).unwrap_or(text.len());
    let (digits, rest) = text.split_at(end);
    if digits.is_empty() {
        return Ok((None, rest));
    }
    match digits.parse() {
        Ok(number) if number <= MAX_WIDTH => Ok((Some(number), rest)),
        _ => Err("a width or precision is too large".to_owned()),
    }
}

fn render(verb: &Verb, value: &Value) -> Result<String, String> {
    if value.is_null() && verb.letter != 'v' {
        return Err("a value must not be null".to_owned());
    }
    match verb.letter {
        'v' if verb.alternative => Ok(Json::of(value).write(Layout::Compact)),
        'v' => match &value.content {
            Content::Text(_) | Content::Bool(_) => convert::text(value),
            Content::Number(number) => Ok(general(number, None)),
            _ => Ok(Json::of(value).write(Layout::Compact)),
        },
        't' => convert::truth(value).map(|truth| truth.to_string()),
        's' => convert::text(value).map(|text| truncated(text, verb)),
        'q' => convert::text(value).map(|text| {
            let mut out = String::new();
            quote(&truncated(text, verb), &mut out);
            out
        }),
        'd' | 'b' | 'o' | 'x' | 'X' => integer(verb, &number(value)?),
        'e' | 'E' | 'f' | 'F' | 'g' | 'G' => decimal(verb, &number(value)?),
        other => Err(format!("there is no verb %{other}")),
    }
}

fn truncated(text: String, verb: &Verb) -> String {
    match verb.precision {
        Some(precision) => match text_units::characters(&text) {
            Some(characters) => characters.into_iter().take(precision).collect(),
            None => text.chars().take(precision).collect(),
        },
        None => text,
    }
}

fn integer(verb: &Verb, number: &Number) -> Result<String, String> {
    if !number.as_decimal().is_integer() {
        return Err("a whole number is required".to_owned());
    }
    let (digits, _) = number.as_decimal().with_scale(0).into_bigint_and_exponent();
    let (radix, prefix) = match verb.letter {
        'b' => (2, "0b"),
        'o' => (8, "0"),
        'x' | 'X' => (16, if verb.letter == 'X' { "0X" } else { "0x" }),
        _ => (10, ""),
    };
    let text = digits.to_str_radix(radix);
    let (sign, magnitude) = text.strip_prefix('-').map_or(("", text.as_str()), |magnitude| ("-", magnitude));
    let magnitude = if verb.letter == 'X' { magnitude.to_uppercase() } else { magnitude.to_owned() };
    let prefix = if verb.alternative { prefix } else { "" };
    let missing = verb.precision.unwrap_or(0).saturating_sub(magnitude.len());
    let magnitude = format!("{}{magnitude}", "0".repeat(missing));
    Ok(signed(format!("{sign}{prefix}{magnitude}"), verb))
}

fn decimal(verb: &Verb, number: &Number) -> Result<String, String> {
    let text = match verb.letter {
        'f' | 'F' => fixed(number, verb.precision.unwrap_or(6)),
        'e' | 'E' => scientific(number, Some(verb.precision.unwrap_or(6))),
        _ => general(number, verb.precision),
    };
    let text = if matches!(verb.letter, 'E' | 'G') { text.to_uppercase() } else { text };
    Ok(signed(text, verb))
}

fn fixed(number: &Number, places: usize) -> String {
    let places = i64::try_from(places).unwrap_or(i64::MAX);
    number.as_decimal().with_scale_round(places, RoundingMode::HalfEven).to_plain_string()
}

/// One digit, the others behind the point, and an exponent of at least two digits.
fn scientific(number: &Number, places: Option<usize>) -> String {
    let decimal = number.as_decimal().normalized();
    let digits = std::num::NonZeroU64::new(places.map_or(decimal.digits(), |places| places as u64 + 1));
    let rounded = match digits {
        Some(digits) => decimal.with_precision_round(digits, RoundingMode::HalfEven),
        None => decimal,
    };
    let (mantissa, scale) = rounded.as_bigint_and_exponent();
    let text = mantissa.to_string();
    let (sign, mut figures) = text.strip_prefix('-').map_or(("", text.clone()), |rest| ("-", rest.to_owned()));
    let is_zero = figures == "0";
    let exponent = if is_zero { 0 } else { i64::try_from(figures.len()).unwrap_or(0) - 1 - scale };
    let wanted = places.map_or(figures.len(), |places| places + 1);
    figures.truncate(wanted);
    figures.push_str(&"0".repeat(wanted.saturating_sub(figures.len())));
    let (first, others) = figures.split_at(1);
    let point = if others.is_empty() { "" } else { "." };
    let exponent_sign = if exponent < 0 { '-' } else { '+' };
    format!("{sign}{first}{point}{others}e{exponent_sign}{:02}", exponent.abs())
}

/// The exponent from which `%g` without a precision writes one.
const SHORTEST_LIMIT: i64 = 6;

/// The shorter of the two ways to write a number, as Go's `%g` chooses it.
fn general(number: &Number, precision: Option<usize>) -> String {
    let decimal = number.as_decimal().normalized();
    let rounded = match precision.and_then(|precision| std::num::NonZeroU64::new(precision.max(1) as u64)) {
        Some(digits) => Number::from(decimal.with_precision_round(digits, RoundingMode::HalfEven)),
        None => Number::from(decimal),
    };
    let (_, scale) = rounded.as_decimal().as_bigint_and_exponent();
    let digits = i64::try_from(rounded.as_decimal().digits()).unwrap_or(i64::MAX);
    let exponent = digits - 1 - scale;
    let limit = precision.map_or(SHORTEST_LIMIT, |precision| i64::try_from(precision.max(1)).unwrap_or(i64::MAX));
    if exponent < -4 || exponent >= limit { scientific(&rounded, None) } else { numbers::text(&rounded) }
}

fn signed(text: String, verb: &Verb) -> String {
    match (text.starts_with('-'), verb.plus, verb.space) {
        (false, true, _) => format!("+{text}"),
        (false, false, true) => format!(" {text}"),
        _ => text,
    }
}

fn padded(text: &str, verb: &Verb) -> String {
    // `%t` has no width, and `%v` has either that or a precision, which does nothing.
    if verb.letter == 't' || verb.letter == 'v' && verb.precision.is_some() {
        return text.to_owned();
    }
    let length = text_units::characters(text).map_or_else(|| text.chars().count(), |characters| characters.len());
    let missing = verb.width.unwrap_or(0).saturating_sub(length);
    if missing == 0 {
        return text.to_owned();
    }
    if verb.left {
        format!("{text}{}", " ".repeat(missing))
    } else if verb.zero {
        let (sign, magnitude) = match text.strip_prefix(['-', '+']) {
            Some(magnitude) => text.split_at(text.len() - magnitude.len()),
            None => ("", text),
        };
        format!("{sign}{}{magnitude}", "0".repeat(missing))
    } else {
        format!("{}{text}", " ".repeat(missing))
    }
}
