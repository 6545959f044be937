//! `yamldecode`: YAML as Terraform (go-cty-yaml) reads it.
//!
//! Plain scalars follow YAML 1.1 for booleans and 1.2 for octal numbers, so neither kind of YAML library gives the
//! right values by itself: this reads the parser's events, which tell plain scalars from quoted ones.

use std::collections::{BTreeMap, HashMap};

use granit_parser::{Event, Parser, ScalarStyle};

use super::super::convert;
use super::super::numbers;
use super::super::value::{MappingKind, Value};
use super::arguments::Arguments;

/// How deep collections may be nested.
const MAX_DEPTH: usize = 128;

/// `yamldecode(text)`.
pub(super) fn decode(arguments: &Arguments<'_>) -> Result<Value, String> {
    let text = arguments.text(0)?;
    let mut reader = Reader { parser: Parser::new_from_str(&text), anchors: HashMap::new() };
    let mut value = None;
    loop {
        match reader.next()? {
            Event::StreamEnd => return value.ok_or_else(|| "there is no document".to_owned()),
            Event::StreamStart | Event::DocumentEnd => {}
            Event::DocumentStart(..) if value.is_none() => {
                let first = reader.next()?;
                value = Some(reader.node(first, 0)?);
            }
            _ => return Err("there is more than one document".to_owned()),
        }
    }
}

struct Reader<'t> {
    parser: Parser<'t, granit_parser::StrInput<'t>>,
    anchors: HashMap<usize, Value>,
}

impl<'t> Reader<'t> {
    fn next(&mut self) -> Result<Event<'t>, String> {
        match self.parser.next_event() {
            Some(Ok((event, _))) => Ok(event),
            Some(Err(_)) => Err("the text is not YAML".to_owned()),
            None => Ok(Event::StreamEnd),
        }
    }

    fn node(&mut self, event: Event<'t>, depth: usize) -> Result<Value, String> {
        if depth > MAX_DEPTH {
            return Err("the collections are nested too deeply".to_owned());
        }
        let (value, anchor) = match event {
            Event::Alias(anchor) => {
                let known = self.anchors.get(&anchor).cloned();
                return known.ok_or_else(|| "an alias has no anchor".to_owned());
            }
            Event::Scalar(text, style, anchor, tag) => (untagged(scalar(&text, style), tag.is_some()), anchor),
            Event::SequenceStart(_, anchor, tag) => (untagged(self.sequence(depth)?, tag.is_some()), anchor),
            Event::MappingStart(_, anchor, tag) => (untagged(self.mapping(depth)?, tag.is_some()), anchor),
            _ => return Err("the text is not YAML".to_owned()),
        };
        if anchor != 0 {
            self.anchors.insert(anchor, value.clone());
        }
        Ok(value)
    }

    fn sequence(&mut self, depth: usize) -> Result<Value, String> {
        let mut items = Vec::new();
        loop {
            match self.next()? {
                Event::SequenceEnd => return Ok(Value::tuple(items)),
                event => items.push(self.node(event, depth + 1)?),
            }
        }
    }

    fn mapping(&mut self, depth: usize) -> Result<Value, String> {
        let mut members = BTreeMap::new();
        loop {
            let event = match self.next()? {
                Event::MappingEnd => return Ok(Value::mapping(MappingKind::Object, members)),
                event => event,
            };
            let merges = matches!(&event, Event::Scalar(text, ScalarStyle::Plain, _, None) if text == "<<");
            let key = self.node(event, depth + 1)?;
            let event = self.next()?;
            let value = self.node(event, depth + 1)?;
            if merges {
                let merged = value.as_members().ok_or("only a mapping can be merged into a mapping")?;
                members.extend(merged.clone());
            } else {
                members.insert(convert::text(&key).map_err(|_| "a key must be a string".to_owned())?, value);
            }
        }
    }
}

/// A value, unless it has a tag, which may say that it is something else.
fn untagged(value: Value, tagged: bool) -> Value {
    if tagged { Value::unknown("YAML tags are not read") } else { value }
}

/// Booleans among plain scalars; each in lower case, capitalised and in capitals.
const BOOLEANS: [(&str, bool); 8] = [
    ("true", true),
    ("y", true),
    ("yes", true),
    ("on", true),
    ("false", false),
    ("n", false),
    ("no", false),
    ("off", false),
];

fn scalar(text: &str, style: ScalarStyle) -> Value {
    if style != ScalarStyle::Plain {
        return Value::text(text);
    }
    let spelled = |word: &str| {
        let (first, rest) = word.split_at(1);
        text == word || text == word.to_uppercase() || text == format!("{}{rest}", first.to_uppercase())
    };
    if text.is_empty() || text == "~" || spelled("null") {
        return Value::null();
    }
    if let Some((_, flag)) = BOOLEANS.iter().find(|(word, _)| spelled(word)) {
        return Value::bool(*flag);
    }
    if [".inf", ".nan"].contains(&text.trim_start_matches(['-', '+']).to_lowercase().as_str()) {
        return Value::unknown("infinity is not a number here");
    }
    let radix = |prefix: &str, radix: u32| i64::from_str_radix(text.strip_prefix(prefix)?, radix).ok();
    if let Some(number) = radix("0x", 16).or_else(|| radix("0o", 8)) {
        return Value::number(number.into());
    }
    if looks_like_date(text) {
        return Value::unknown("YAML timestamps are not read");
    }
    numbers::parse(text).map_or_else(|| Value::text(text), Value::number)
}

/// Whether go-cty-yaml may take the text for a timestamp: four digits and a dash.
fn looks_like_date(text: &str) -> bool {
    let (year, rest) = text.split_once('-').unwrap_or_default();
    year.len() == 4 && year.bytes().all(|byte| byte.is_ascii_digit()) && rest.starts_with(|c: char| c.is_ascii_digit())
}
