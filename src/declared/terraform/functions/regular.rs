//! Functions with regular expressions, in Go's RE2 syntax.

use std::collections::BTreeMap;

use regex::{Captures, Regex};

use super::super::value::Value;
use super::Reading::Whole;
use super::arguments::Arguments;
use super::{Function, MAX_ITEMS, MAX_TEXT, pure};

/// The family.
pub(super) const TABLE: &[Function] = &[
    pure("regex", (2, 2), Whole, |a| {
        let pattern = compile(&a.text(0)?)?;
        let text = a.text(1)?;
        let found = pattern.captures(&text).ok_or("the pattern does not match")?;
        Ok(matched(&pattern, &found))
    }),
    pure("regexall", (2, 2), Whole, |a| {
        let pattern = compile(&a.text(0)?)?;
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
    let pattern = wanted.strip_prefix('/').and_then(|wanted| wanted.strip_suffix('/')).map(compile).transpose()?;
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

fn compile(pattern: &str) -> Result<Regex, String> {
    let wrong = || "the pattern is not a regular expression".to_owned();
    let regex = Regex::new(&translate(pattern).ok_or_else(wrong)?).map_err(|_| wrong())?;
    let named = regex.capture_names().skip(1).filter(Option::is_some).count();
    if named == 0 || named + 1 == regex.captures_len() {
        Ok(regex)
    } else {
        Err("either all groups have names or none has".to_owned())
    }
}

/// The most that RE2 repeats anything.
const MAX_REPETITION: u32 = 1_000;

/// A repetition such as `{2,5}` at the beginning: its length, if it is one, and whether RE2 takes it.
fn repetition(text: &str) -> Option<(usize, bool)> {
    let (inside, _) = text.strip_prefix('{')?.split_once('}')?;
    let (least, most) = inside.split_once(',').unwrap_or((inside, inside));
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if !digits(least) || !(digits(most) || most.is_empty()) {
        return None;
    }
    let taken = |text: &str| text.is_empty() || text.parse::<u32>().is_ok_and(|count| count <= MAX_REPETITION);
    Some((inside.len() + 2, taken(least) && taken(most)))
}

/// Classes that are ASCII in RE2 and Unicode in the regex crate: outside brackets, and inside them.
const CLASSES: [(char, &str, Option<&str>); 7] = [
    ('d', "[0-9]", Some("0-9")),
    ('D', "[^0-9]", None),
    ('w', "[0-9A-Za-z_]", Some("0-9A-Za-z_")),
    ('W', "[^0-9A-Za-z_]", None),
    ('s', "[\\t\\n\\f\\r ]", Some("\\t\\n\\f\\r ")),
    ('S', "[^\\t\\n\\f\\r ]", None),
    ('b', "(?-u:\\b)", None),
];

/// Whether behind a bracket stands a flag that RE2 does not have: `?x`.
fn has_other_flag(behind: &str) -> bool {
    let flags = behind.strip_prefix('?').unwrap_or_default();
    let letters: String = flags.chars().take_while(|flag| flag.is_ascii_alphabetic() || *flag == '-').collect();
    let is_flags = flags.get(letters.len()..).is_some_and(|rest| rest.starts_with([':', ')']));
    is_flags && !letters.chars().all(|flag| "imsU-".contains(flag))
}

/// A number in braces or of three octal digits at the beginning, or the name of a class: what follows `\x`, `\p` and
/// `\P`. How long it is, and what is between the braces.
fn braced(text: &str) -> Option<(usize, &str)> {
    let (inside, _) = text.strip_prefix('{')?.split_once('}')?;
    Some((inside.chars().count() + 2, inside))
}

/// Writes an escape that the regex crate has in another form; how many characters behind its letter it took.
fn other_escape(letter: char, behind: &str, out: &mut String) -> Option<usize> {
    let code = |digits: &str, radix: u32| Some(char::from_u32(u32::from_str_radix(digits, radix).ok()?)?.to_string());
    match (letter, braced(behind)) {
        ('p' | 'P', Some((length, name))) => {
            let negated = name.starts_with('^') != (letter == 'P');
            let name = name.trim_start_matches('^');
            out.push_str(&format!("\\{}{{{name}}}", if negated { 'P' } else { 'p' }));
            Some(length)
        }
        ('x', Some((length, digits))) => {
            out.push_str(&regex::escape(&code(digits, 16)?));
            Some(length)
        }
        ('1'..='7', _) => {
            let digits: String = behind.chars().take_while(|digit| ('0'..='7').contains(digit)).take(2).collect();
            // One digit would refer to a group, which RE2 cannot do.
            let number = Some(format!("{letter}{digits}")).filter(|_| !digits.is_empty());
            out.push_str(&regex::escape(&code(&number?, 8)?));
            Some(digits.len())
        }
        // The regex crate has these and RE2 has not.
        ('u' | 'U' | '<' | '>', _) => None,
        _ => {
            out.extend(['\\', letter]);
            Some(0)
        }
    }
}

/// The pattern in the syntax of the regex crate; `None` where that takes what RE2 does not.
fn translate(pattern: &str) -> Option<String> {
    let mut out = String::with_capacity(pattern.len());
    let mut rest = pattern.chars().peekable();
    let mut in_brackets = false;
    // Whether a repetition stands right before, which must not be repeated.
    let mut repeats = false;
    while let Some(character) = rest.next() {
        let repeated = std::mem::take(&mut repeats);
        match character {
            '*' | '+' | '?' | '{' if !in_brackets => {
                let from_here: String = std::iter::once(character).chain(rest.clone()).collect();
                let (length, taken) = match (character, repetition(&from_here)) {
                    ('{', None) => {
                        out.push_str("\\{");
                        continue;
                    }
                    ('{', Some(found)) => found,
                    _ => (1, true),
                };
                if repeated || !taken {
                    return None;
                }
                out.extend(from_here.chars().take(length));
                rest.by_ref().take(length - 1).for_each(drop);
                out.extend(rest.next_if_eq(&'?'));
                repeats = true;
            }
            // Everything up to the end stands for itself.
            '\\' if rest.peek() == Some(&'Q') && !in_brackets => {
                rest.next();
                let literal: String = rest.clone().collect();
                let (literal, skipped) = match literal.split_once("\\E") {
                    Some((literal, _)) => (literal.to_owned(), 2),
                    None => (literal, 0),
                };
                out.push_str(&regex::escape(&literal));
                rest.by_ref().take(literal.chars().count() + skipped).for_each(drop);
            }
            '\\' => {
                let Some(escaped) = rest.next() else {
                    out.push('\\');
                    break;
                };
                let class = CLASSES.iter().find(|(letter, _, _)| *letter == escaped);
                match class {
                    Some((_, outside, _)) if !in_brackets => out.push_str(outside),
                    Some((_, _, Some(inside))) => out.push_str(inside),
                    _ => {
                        let behind: String = rest.clone().collect();
                        let taken = other_escape(escaped, &behind, &mut out)?;
                        rest.by_ref().take(taken).for_each(drop);
                    }
                }
            }
            '(' if !in_brackets && has_other_flag(&rest.clone().collect::<String>()) => return None,
            '-' if in_brackets && out.ends_with('-') => out.push_str("\\-"),
            '[' if !in_brackets => {
                in_brackets = true;
                out.push('[');
                if rest.peek() == Some(&'^') {
                    out.extend(rest.next());
                }
                // A bracket right at the beginning is a literal one.
                if rest.peek() == Some(&']') {
                    rest.next();
                    out.push_str("\\]");
                }
            }
            '[' if rest.peek() == Some(&':') => {
                out.push('[');
                for inner in rest.by_ref() {
                    out.push(inner);
                    if inner == ']' {
                        break;
                    }
                }
            }
            // The regex crate has nested brackets and set operators, which RE2 has not.
            '[' | '&' | '~' if in_brackets => out.extend(['\\', character]),
            ']' => {
                in_brackets = false;
                out.push(']');
            }
            other => out.push(other),
        }
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn classes_are_those_of_re2() {
        let check = |pattern: &str, text: &str, expect: bool| {
            assert_eq!(compile(pattern).unwrap().is_match(text), expect, "{pattern} {text}");
        };
        check(r"^\d+$", "12", true);
        check(r"^\d+$", "١٢", false);
        check(r"^[\w-]+$", "a-b_1", true);
        check(r"^[\w-]+$", "é", false);
        check(r"^[a[b]+$", "a[b", true);
        check(r"^[[:alpha:]]+$", "ab", true);
        check(r"^[]a]+$", "]a", true);
        check(r"\bx\b", "a x b", true);
    }
}
