//! `yamldecode`: YAML as Terraform (go-cty-yaml) reads it.
//!
//! Plain scalars follow YAML 1.1 for booleans and 1.2 for octal numbers, so neither kind of YAML library gives the
//! right values by itself: this reads the parser's events, which tell plain scalars from quoted ones.

use std::collections::{BTreeMap, HashMap};

use granit_parser::{Event, Parser, ScalarStyle, options};

use super::super::convert;
use super::super::numbers;
use super::super::value::{MappingKind, Value};
use super::arguments::Arguments;

/// How deep collections may be nested.
const MAX_DEPTH: usize = 128;

/// `yamldecode(text)`.
pub(super) fn decode(arguments: &Arguments<'_>) -> Result<Value, String> {
    let text = arguments.text(0)?;
    // Whether the parser tells comments by default depends on who else is built with it.
    let parser = Parser::new_from_str_with_options(&text, options! { emit_comments: false });
    let mut reader = Reader { parser, anchors: HashMap::new() };
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
            Event::Scalar(text, style, anchor, tag) => {
                let known = tag.map(|tag| core_tag(tag.handle(), tag.suffix(), &SCALAR_TAGS)).transpose()?;
                let style = if known == Some("str") { ScalarStyle::DoubleQuoted } else { style };
                (scalar(&text, style), anchor)
            }
            Event::SequenceStart(_, anchor, tag) => {
                tag.map(|tag| core_tag(tag.handle(), tag.suffix(), &["seq"])).transpose()?;
                (self.sequence(depth)?, anchor)
            }
            Event::MappingStart(_, anchor, tag) => {
                tag.map(|tag| core_tag(tag.handle(), tag.suffix(), &["map"])).transpose()?;
                (self.mapping(depth)?, anchor)
            }
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

/// Tags of scalars. All but `str` leave a scalar what it looks like.
const SCALAR_TAGS: [&str; 7] = ["binary", "bool", "float", "int", "null", "str", "timestamp"];

/// The tag of YAML's own that stands here, if it is one of those.
fn core_tag(handle: &str, suffix: &str, known: &[&'static str]) -> Result<&'static str, String> {
    let found = known.iter().find(|name| handle == "tag:yaml.org,2002:" && **name == suffix);
    found.copied().ok_or_else(|| "the tag is not known".to_owned())
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
    if let Some(time) = timestamp(text) {
        return Value::text(time);
    }
    numbers::parse(text).map_or_else(|| Value::text(text), Value::number)
}

/// The time that a scalar says, in RFC 3339's notation: `2001-12-14` or `2001-12-14t21:59:43.10-05:00`, the parts of
/// date and clock with or without leading zeros.
fn timestamp(text: &str) -> Option<String> {
    let padded = |text: &str, separator: char| {
        let parts: Vec<String> = text.split(separator).map(|part| format!("{part:0>2}")).collect();
        (parts.len() == 3).then(|| parts.join(&separator.to_string()))
    };
    let (date, time) = match text.split_once(['T', 't', ' ']) {
        Some((date, time)) => (date, Some((time, text.contains(' ')))),
        None => (text, None),
    };
    let year = date.split('-').next()?;
    if year.len() != 4 || date.len() > 10 {
        return None;
    }
    let date = padded(date, '-')?;
    let whole = match time {
        None => format!("{date}T00:00:00Z"),
        // A time behind a blank is universal.
        Some((time, true)) => format!("{date}T{}Z", padded(time, ':')?),
        Some((time, false)) => {
            let (clock, zone) = time.split_at(time.find(['Z', '+', '-'])?);
            format!("{date}T{}{zone}", padded(clock, ':')?)
        }
    };
    super::datetime::moment(&whole).ok().map(|moment| moment.text())
}
