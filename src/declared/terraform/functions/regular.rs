//! Functions with regular expressions, in Go's RE2 syntax.

use std::collections::BTreeMap;

use regex::{Captures, Regex};

use super::super::value::Value;
use super::Reading::Whole;
use super::arguments::Arguments;
use super::re2::{TOO_LARGE, compile};
use super::{Function, MAX_ITEMS, MAX_TEXT, pure};

/// The family.
pub(super) const TABLE: &[Function] = &[
    pure("regex", (2, 2), Whole, |a| {
        let Some(pattern) = compile(a, &a.text(0)?)? else { return Ok(Value::unknown(TOO_LARGE)) };
        let text = a.text(1)?;
        let found = pattern.captures(&text).ok_or("the pattern does not match")?;
        Ok(matched(&pattern, &found))
    }),
    pure("regexall", (2, 2), Whole, |a| {
        let Some(pattern) = compile(a, &a.text(0)?)? else { return Ok(Value::unknown(TOO_LARGE)) };
        let text = a.text(1)?;
        let found = pattern.captures_iter(&text).map(|found| matched(&pattern, &found));
        Ok(Value::list(found.take(MAX_ITEMS + 1)))
    }),
    pure("replace", (3, 3), Whole, replace),
];

/// What a match gives: the text itself, a list of the groups, or an object of the named groups.
fn matched(pattern: &Regex, found: &Captures<'_>) -> Value {
    let group = |at: usize| found.get(at).map_or_else(Value::null, |group| Value::text(group.as_str()));
    let names: Vec<Option<&str>> = pattern.capture_names().skip(1).collect();
    if names.is_empty() {
        return group(0);
    }
    if names.iter().any(Option::is_some) {
        let members: BTreeMap<String, Value> =
            names.iter().enumerate().filter_map(|(at, name)| Some(((*name)?.to_owned(), group(at + 1)))).collect();
        return Value::object(members);
    }
    Value::tuple((1..=names.len()).map(group))
}

fn replace(arguments: &Arguments<'_>) -> Result<Value, String> {
    let (text, wanted, replacement) = (arguments.text(0)?, arguments.text(1)?, arguments.text(2)?);
    let pattern = match wanted.strip_prefix('/').and_then(|wanted| wanted.strip_suffix('/')) {
        Some(pattern) => match compile(arguments, pattern)? {
            Some(pattern) => Some(pattern),
            None => return Ok(Value::unknown(TOO_LARGE)),
        },
        None => None,
    };
    let matches = match &pattern {
        Some(pattern) => pattern.find_iter(&text).count(),
        None => text.matches(&wanted).count(),
    };
    // Every group that the replacement names can be as long as the whole text.
    let groups = replacement.matches('$').count();
    let longest = matches.saturating_mul(replacement.len()).saturating_add(text.len().saturating_mul(groups));
    if longest > MAX_TEXT {
        return Ok(Value::unknown("the replaced text is too long"));
    }
    Ok(Value::text(match pattern {
        Some(pattern) => pattern.replace_all(&text, replacement.as_str()).into_owned(),
        None => text.replace(&wanted, &replacement),
    }))
}
