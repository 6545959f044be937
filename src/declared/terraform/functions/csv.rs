//! `csvdecode`: comma-separated values as Go reads them, which is stricter than any crate: a quotation mark where none
//! belongs and a row of another length are errors.

use std::collections::{BTreeMap, HashSet};

use super::super::value::{MappingKind, Value};
use super::MAX_ITEMS;
use super::arguments::Arguments;

/// `csvdecode(text)`: a list of objects, under the names of the first row.
pub(super) fn decode(arguments: &Arguments<'_>) -> Result<Value, String> {
    let text = arguments.text(0)?.replace("\r\n", "\n");
    let mut rows = rows(text.strip_suffix('\r').unwrap_or(&text))?.into_iter();
    let names = rows.next().ok_or("there is no row with the names of the columns")?;
    let mut known = HashSet::new();
    if !names.iter().all(|name| known.insert(name)) {
        return Err("two columns have the same name".to_owned());
    }
    let mut objects = Vec::new();
    for row in rows.take(MAX_ITEMS + 1) {
        if row.len() != names.len() {
            return Err("a row has another number of columns than the first".to_owned());
        }
        let members: BTreeMap<String, Value> = names.iter().cloned().zip(row.into_iter().map(Value::text)).collect();
        objects.push(Value::mapping(MappingKind::Object, members));
    }
    Ok(Value::list(objects))
}

fn rows(text: &str) -> Result<Vec<Vec<String>>, String> {
    let mut rows = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        if let Some(after) = rest.strip_prefix('\n') {
            rest = after;
            continue;
        }
        let mut row = Vec::new();
        loop {
            let (field, after) = field(rest)?;
            row.push(field);
            rest = after;
            match rest.strip_prefix(',') {
                Some(after) => rest = after,
                None => break,
            }
        }
        rest = rest.strip_prefix('\n').unwrap_or(rest);
        rows.push(row);
    }
    Ok(rows)
}

/// A field, and the text from the comma or line break behind it.
fn field(text: &str) -> Result<(String, &str), String> {
    let Some(mut rest) = text.strip_prefix('"') else {
        let (field, rest) = text.split_at(text.find([',', '\n']).unwrap_or(text.len()));
        if field.contains('"') {
            return Err("a quotation mark stands in a field that does not begin with one".to_owned());
        }
        return Ok((field.to_owned(), rest));
    };
    let mut field = String::new();
    loop {
        let (before, after) = rest.split_once('"').ok_or("a quoted field does not end")?;
        field.push_str(before);
        match after.strip_prefix('"') {
            Some(after) => {
                field.push('"');
                rest = after;
            }
            None if after.is_empty() || after.starts_with([',', '\n']) => return Ok((field, after)),
            None => return Err("a quoted field goes on behind its quotation mark".to_owned()),
        }
    }
}
