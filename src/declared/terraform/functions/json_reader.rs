//! `jsondecode`: JSON as Go reads it. Numbers keep all their digits, which no JSON library here leaves them.

use std::collections::BTreeMap;

use super::super::numbers;
use super::super::value::{MappingKind, Value};
use super::arguments::Arguments;

/// How deep lists and objects may be nested.
const MAX_DEPTH: usize = 128;

/// `jsondecode(text)`.
pub(super) fn decode(arguments: &Arguments<'_>) -> Result<Value, String> {
    let text = arguments.text(0)?;
    let mut reader = Reader { rest: &text };
    let value = reader.value(0)?;
    reader.skip_blanks();
    if reader.rest.is_empty() { Ok(value) } else { Err("something stands behind the JSON".to_owned()) }
}

struct Reader<'t> {
    rest: &'t str,
}

fn not_json() -> String {
    "the text is not JSON".to_owned()
}

impl Reader<'_> {
    fn skip_blanks(&mut self) {
        self.rest = self.rest.trim_start_matches([' ', '\t', '\n', '\r']);
    }

    /// Takes a text off the beginning, and the blanks before it.
    fn take(&mut self, text: &str) -> bool {
        self.skip_blanks();
        match self.rest.strip_prefix(text) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    fn value(&mut self, depth: usize) -> Result<Value, String> {
        if depth > MAX_DEPTH {
            return Err("the JSON is nested too deeply".to_owned());
        }
        self.skip_blanks();
        match self.rest.chars().next() {
            Some('{') => self.object(depth),
            Some('[') => self.array(depth),
            Some('"') => self.text().map(Value::text),
            Some('-' | '0'..='9') => self.number(),
            _ if self.take("true") => Ok(Value::bool(true)),
            _ if self.take("false") => Ok(Value::bool(false)),
            _ if self.take("null") => Ok(Value::null()),
            _ => Err(not_json()),
        }
    }

    fn array(&mut self, depth: usize) -> Result<Value, String> {
        self.take("[");
        let mut items = Vec::new();
        if self.take("]") {
            return Ok(Value::tuple(items));
        }
        loop {
            items.push(self.value(depth + 1)?);
            if self.take("]") {
                return Ok(Value::tuple(items));
            }
            if !self.take(",") {
                return Err(not_json());
            }
        }
    }

    /// A member that stands twice has its last value.
    fn object(&mut self, depth: usize) -> Result<Value, String> {
        self.take("{");
        let mut members = BTreeMap::new();
        let mut ends = self.take("}");
        while !ends {
            self.skip_blanks();
            let name = self.text()?;
            if !self.take(":") {
                return Err(not_json());
            }
            members.insert(name, self.value(depth + 1)?);
            ends = self.take("}");
            if !ends && !self.take(",") {
                return Err(not_json());
            }
        }
        Ok(Value::mapping(MappingKind::Object, members))
    }

    fn number(&mut self) -> Result<Value, String> {
        let end = self.rest.find(|c: char| !matches!(c, '0'..='9' | '+' | '-' | '.' | 'e' | 'E'));
        let (number, rest) = self.rest.split_at(end.unwrap_or(self.rest.len()));
        self.rest = rest;
        let unsigned = number.strip_prefix('-').unwrap_or(number);
        let (mantissa, exponent) = unsigned.split_once(['e', 'E']).unwrap_or((unsigned, "0"));
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, "0"));
        let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        let exponent = exponent.strip_prefix(['-', '+']).unwrap_or(exponent);
        if !digits(whole) || !digits(fraction) || !digits(exponent) || whole.len() > 1 && whole.starts_with('0') {
            return Err(not_json());
        }
        Ok(numbers::parse(number).map_or_else(|| Value::unknown("the number is out of range"), Value::number))
    }

    /// A text, decoded by the library; half a pair of surrogates stands for a character that cannot be shown.
    fn text(&mut self) -> Result<String, String> {
        let mut escaped = false;
        let mut inside = self.rest.char_indices().skip(1);
        let end = inside.find(|(_, character)| {
            let ends = *character == '"' && !escaped;
            escaped = *character == '\\' && !escaped;
            ends
        });
        let (end, _) = end.filter(|_| self.rest.starts_with('"')).ok_or_else(not_json)?;
        let (quoted, rest) = self.rest.split_at(end + 1);
        self.rest = rest;
        if quoted.contains(|character| character < ' ') {
            return Err(not_json());
        }
        serde_json::from_str(quoted).or_else(|_| {
            let lossy: Vec<u8> = serde_json::from_str::<Bytes>(quoted).map_err(|_| not_json())?.0;
            Ok(String::from_utf8_lossy(&lossy).replace("\u{fffd}\u{fffd}\u{fffd}", "\u{fffd}"))
        })
    }
}

/// The bytes of a text, which surrogates need not pair up in.
struct Bytes(Vec<u8>);

impl<'de> serde::Deserialize<'de> for Bytes {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl serde::de::Visitor<'_> for Visitor {
            type Value = Bytes;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("a text")
            }

            fn visit_bytes<E>(self, bytes: &[u8]) -> Result<Bytes, E> {
                Ok(Bytes(bytes.to_vec()))
            }
        }
        deserializer.deserialize_bytes(Visitor)
    }
}
