//! Functions on texts.

use super::super::convert;
use super::super::operators::derived;
use super::super::value::{Beginning, Value};
use super::Reading::{Own, Whole};
use super::arguments::Arguments;
use super::text_units::{UNCERTAIN, characters};
use super::{ANY, Function, MAX_ITEMS, MAX_TEXT, format, pure};

/// The family.
pub(super) const TABLE: &[Function] = &[
    pure("chomp", (1, 1), Whole, |a| Ok(Value::text(chomp(&a.text(0)?)))),
    pure("endswith", (2, 2), Whole, |a| Ok(Value::bool(a.text(0)?.ends_with(&a.text(1)?)))),
    pure("format", (1, ANY), Whole, format::format),
    pure("formatlist", (1, ANY), Own, format::formatlist),
    pure("indent", (2, 2), Whole, indent),
    pure("join", (2, ANY), Whole, join),
    pure("lower", (1, 1), Whole, |a| Ok(Value::text(each(&a.text(0)?, char::to_lowercase)))),
    pure("split", (2, 2), Whole, split),
    pure("startswith", (2, 2), Whole, |a| Ok(Value::bool(a.text(0)?.starts_with(&a.text(1)?)))),
    pure("strcontains", (2, 2), Whole, |a| Ok(Value::bool(a.text(0)?.contains(&a.text(1)?)))),
    pure("strrev", (1, 1), Whole, |a| {
        Ok(characters(&a.text(0)?).map_or_else(
            || Value::unknown(UNCERTAIN),
            |characters| Value::text(characters.into_iter().rev().collect::<String>()),
        ))
    }),
    pure("substr", (3, 3), Whole, substr),
    pure("title", (1, 1), Whole, |a| Ok(Value::text(title(&a.text(0)?)))),
    pure("trim", (2, 2), Whole, |a| {
        let cut: Vec<char> = a.text(1)?.chars().collect();
        Ok(Value::text(a.text(0)?.trim_matches(cut.as_slice())))
    }),
    pure("trimprefix", (2, 2), Whole, |a| {
        let text = a.text(0)?;
        Ok(Value::text(text.strip_prefix(&a.text(1)?).unwrap_or(&text)))
    }),
    pure("trimspace", (1, 1), Whole, |a| Ok(Value::text(a.text(0)?.trim()))),
    pure("trimsuffix", (2, 2), Whole, |a| {
        let text = a.text(0)?;
        Ok(Value::text(text.strip_suffix(&a.text(1)?).unwrap_or(&text)))
    }),
    pure("upper", (1, 1), Whole, |a| Ok(Value::text(each(&a.text(0)?, char::to_uppercase)))),
];

/// The text with every character in the other case. Go knows no character that becomes several.
fn each<C: ExactSizeIterator<Item = char>>(text: &str, to_case: fn(char) -> C) -> String {
    let one = |character: char| match character {
        // The dot goes with the capital.
        '\u{130}' if to_case(character).len() > 1 => 'i',
        _ => to_case(character).next().filter(|_| to_case(character).len() == 1).unwrap_or(character),
    };
    text.chars().map(one).collect()
}

/// Letters for two sounds have a form of their own at the beginning of a word.
const TITLE_FORMS: [(char, char); 4] =
    [('\u{1c6}', '\u{1c5}'), ('\u{1c9}', '\u{1c8}'), ('\u{1cc}', '\u{1cb}'), ('\u{1f3}', '\u{1f2}')];

fn chomp(text: &str) -> &str {
    text.trim_end_matches(['\r', '\n'])
}

fn indent(arguments: &Arguments<'_>) -> Result<Value, String> {
    let (size, text) = (arguments.size(0)?, arguments.text(1)?);
    let lines = text.matches('\n').count();
    if size.saturating_mul(lines) > MAX_TEXT {
        return Ok(Value::unknown("the indented text is too long"));
    }
    Ok(Value::text(text.replace('\n', &format!("\n{}", " ".repeat(size)))))
}

fn join(arguments: &Arguments<'_>) -> Result<Value, String> {
    let separator = arguments.text(0)?;
    let mut texts = Vec::new();
    for list in 1..arguments.count() {
        texts.extend(arguments.texts(list)?);
    }
    let length: usize = texts.iter().map(|text| text.len() + separator.len()).sum();
    if length > MAX_TEXT {
        return Ok(Value::unknown("the joined text is too long"));
    }
    Ok(Value::text(texts.join(&separator)))
}

fn split(arguments: &Arguments<'_>) -> Result<Value, String> {
    let (separator, text) = (arguments.text(0)?, arguments.text(1)?);
    if separator.is_empty() {
        let characters = text.chars().map(|character| Value::text(character.to_string()));
        return Ok(Value::list(characters.take(MAX_ITEMS + 1)));
    }
    Ok(Value::list(text.split(&separator).map(Value::text).take(MAX_ITEMS + 1)))
}

/// The pieces of a text that is not known to its end, as the first items of a list that has more. The last known piece
/// goes on in what is not known, and what follows a letter may change it: only marks that nothing combines with
/// separate surely.
pub(super) fn known_pieces(separator: &str, begins: &str, text: &Value) -> Option<Value> {
    const SURE: &[char] = &['-', '_', ':', ';', '/', '.', ',', '|', ' '];
    let mut pieces: Vec<Value> = begins.split(separator).map(Value::text).collect();
    pieces.pop();
    let is_known = separator.ends_with(SURE) && !pieces.is_empty();
    is_known.then(|| derived(&[text]).beginning(Beginning::Items(pieces.into())))
}

fn substr(arguments: &Arguments<'_>) -> Result<Value, String> {
    let (text, offset, length) = (arguments.text(0)?, arguments.whole(1)?, arguments.whole(2)?);
    let Some(characters) = characters(&text) else { return Ok(Value::unknown(UNCERTAIN)) };
    let total = i64::try_from(characters.len()).unwrap_or(i64::MAX);
    let start = if offset < 0 { total.saturating_add(offset).max(0) } else { offset };
    let start = usize::try_from(start).unwrap_or(usize::MAX);
    let length = if length < 0 { usize::MAX } else { usize::try_from(length).unwrap_or(usize::MAX) };
    Ok(Value::text(characters.into_iter().skip(start).take(length).collect::<String>()))
}

/// Go's `strings.Title`: the first letter of every word in upper case.
fn title(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut in_word = false;
    for character in text.chars() {
        if in_word {
            out.push(character);
        } else {
            let form = TITLE_FORMS.iter().find(|(letter, _)| *letter == character).map(|(_, form)| *form);
            out.push_str(
                &form.map_or_else(|| each(character.encode_utf8(&mut [0; 4]), char::to_uppercase), String::from),
            );
        }
        in_word = if character.is_ascii() {
            character.is_ascii_alphanumeric() || character == '_'
        } else {
            !character.is_whitespace()
        };
    }
    out
}

/// Texts of all items, for functions of other families.
pub(super) fn texts(items: &[Value]) -> Result<Vec<String>, String> {
    items.iter().map(convert::text).collect()
}
