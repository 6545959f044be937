//! JSON with places. Grammar and escapes are `serde_json`'s; this file only keeps track of where everything stands.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::{MAX_DEPTH, Schema, Source};
use crate::model::{Kind, Location, Problem, Value};

/// Reads one JSON document.
pub(super) fn document(file: &Arc<str>, text: &str) -> Result<Value, Problem> {
    let mut reader = Reader { source: Source { file, text }, rest: text, offset: 0, line: 1, column: 1, depth: 0 };
    reader.skip_space();
    let value = reader.value()?;
    reader.skip_space();
    if reader.rest.is_empty() { Ok(value) } else { Err(reader.unexpected("the end of the document")) }
}

struct Reader<'a> {
    source: Source<'a>,
    rest: &'a str,
    offset: usize,
    line: u32,
    column: u32,
    depth: usize,
}

impl<'a> Reader<'a> {
    fn peek(&self) -> Option<char> {
        self.rest.chars().next()
    }

    fn bump(&mut self) -> Option<char> {
        let mut chars = self.rest.chars();
        let c = chars.next()?;
        self.rest = chars.as_str();
        self.offset += c.len_utf8();
        if c == '\n' {
            self.line = self.line.saturating_add(1);
            self.column = 1;
        } else {
            self.column = self.column.saturating_add(1);
        }
        Some(c)
    }

    fn eat(&mut self, expected: char) -> bool {
        let found = self.peek() == Some(expected);
        if found {
            self.bump();
        }
        found
    }

    fn skip_space(&mut self) {
        while self.peek().is_some_and(|c| matches!(c, ' ' | '\t' | '\n' | '\r')) {
            self.bump();
        }
    }

    fn here(&self) -> Location {
        Location::new(Arc::clone(self.source.file), self.line, self.column)
    }

    fn unexpected(&self, expected: &str) -> Problem {
        let width = self.peek().map_or(0, char::len_utf8);
        self.source.problem(self.offset..self.offset + width, format!("expected {expected}"))
    }

    fn value(&mut self) -> Result<Value, Problem> {
        let at = self.here();
        let kind = match self.peek() {
            Some('{') => self.nested(Self::object)?,
            Some('[') => self.nested(Self::list)?,
            Some('"') => Kind::String(self.string()?),
            _ => self.word()?,
        };
        Ok(Value { kind, at: Some(at) })
    }

    fn nested(&mut self, read: fn(&mut Self) -> Result<Kind, Problem>) -> Result<Kind, Problem> {
        if self.depth == MAX_DEPTH {
            return Err(self.source.too_deep(self.offset..self.offset + 1));
        }
        self.depth += 1;
        self.bump();
        self.skip_space();
        let kind = read(self)?;
        self.depth -= 1;
        Ok(kind)
    }

    fn list(&mut self) -> Result<Kind, Problem> {
        let mut items = Vec::new();
        if self.eat(']') {
            return Ok(Kind::List(items));
        }
        loop {
            items.push(self.value()?);
            if self.ends(']', "`,` or `]`")? {
                return Ok(Kind::List(items));
            }
        }
    }

    fn object(&mut self) -> Result<Kind, Problem> {
        let mut members = BTreeMap::new();
        let mut keys = BTreeMap::new();
        if self.eat('}') {
            return Ok(Kind::Object(members));
        }
        loop {
            let at = self.here();
            let start = self.offset;
            if self.peek() != Some('"') {
                return Err(self.unexpected("a key in double quotes"));
            }
            let key = self.string()?;
            if let Some(first) = keys.get(&key) {
                return Err(self.source.repeated_key(start..self.offset, &key, first));
            }
            self.skip_space();
            if !self.eat(':') {
                return Err(self.unexpected("`:`"));
            }
            self.skip_space();
            let mut value = self.value()?;
            if matches!(value.kind, Kind::Object(_) | Kind::List(_)) {
                value.at = Some(at.clone());
            }
            keys.insert(key.clone(), at);
            members.insert(key, value);
            if self.ends('}', "`,` or `}`")? {
                return Ok(Kind::Object(members));
            }
        }
    }

    /// Whether a list or object ends after an item; takes the comma if not.
    fn ends(&mut self, close: char, expected: &str) -> Result<bool, Problem> {
        self.skip_space();
        if self.eat(close) {
            return Ok(true);
        }
        if !self.eat(',') {
            return Err(self.unexpected(expected));
        }
        self.skip_space();
        Ok(false)
    }

    fn string(&mut self) -> Result<String, Problem> {
        let token = self.token(|reader| {
            reader.bump();
            while let Some(c) = reader.bump() {
                match c {
                    '"' => break,
                    '\\' => drop(reader.bump()),
                    _ => {}
                }
            }
        });
        let start = self.offset - token.len();
        serde_json::from_str(token)
            .map_err(|_| self.source.problem(start..self.offset, "not a JSON string: an end or an escape is wrong"))
    }

    /// `null`, `true`, `false` or a number.
    fn word(&mut self) -> Result<Kind, Problem> {
        let token = self.token(|reader| {
            while reader.peek().is_some_and(|c| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.')) {
                reader.bump();
            }
        });
        // The core schema reads every JSON scalar as JSON does; `serde_json` sees to it that it is one.
        match serde_json::from_str::<serde_json::Value>(token) {
            Ok(_) => Ok(Schema::Core.resolve(token)),
            Err(_) => {
                let start = self.offset - token.len();
                Err(self.source.problem(start..self.offset.max(start + 1), "expected a JSON value"))
            }
        }
    }

    /// What `take` passes over.
    fn token(&mut self, take: impl FnOnce(&mut Self)) -> &'a str {
        let (before, start) = (self.rest, self.offset);
        take(self);
        before.get(..self.offset - start).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Value, Problem> {
        document(&"f.json".into(), text)
    }

    #[test]
    fn json_is_read_as_serde_json_reads_it() {
        for text in [
            "{\"a\":\t[1, -2.5e3, true, null, \"x\"]}",
            "[\"\\/ \\ud83d\\ude00 \\u00fc \\\" \\\\ \\n\"]",
            " [ ] ",
            "{\"a\" : { } }",
            "[0.1, 1E2, 123456789012]",
        ] {
            let expect: serde_json::Value = serde_json::from_str(text).unwrap();
            assert_eq!(read(text).unwrap(), Value::from_json(&expect), "{text}");
        }
    }

    #[test]
    fn every_value_has_its_place_and_a_collection_its_keys() {
        let value = read("{\n\t\"a\": {\"ü\": [1,\n  \"x\"]}\n}").unwrap();
        let at = |path: &[&str]| super::super::locate(&value, path).map(|at| (at.line, at.column)).unwrap();
        assert_eq!(at(&[]), (1, 1));
        assert_eq!(at(&["a"]), (2, 2));
        assert_eq!(at(&["a", "ü"]), (2, 8));
        assert_eq!(at(&["a", "ü", "0"]), (2, 14));
        assert_eq!(at(&["a", "ü", "1"]), (3, 3));
    }

    #[test]
    fn broken_json_is_refused_with_its_place() {
        let check = |text: &str, expect: &str| assert_eq!(read(text).unwrap_err().to_string(), expect, "{text}");
        check("{\"a\": 1,}", "f.json:1:9: expected a key in double quotes");
        check("{\"a\": 1\n \"b\": 2}", "f.json:2:2: expected `,` or `}`");
        check("[1 2]", "f.json:1:4: expected `,` or `]`");
        check("[tru]", "f.json:1:2: expected a JSON value");
        check("[", "f.json:1:2: expected a JSON value");
        check("[\"\\ud800\"]", "f.json:1:2: not a JSON string: an end or an escape is wrong");
        check("[\"x", "f.json:1:2: not a JSON string: an end or an escape is wrong");
        check("{} {}", "f.json:1:4: expected the end of the document");
        check("{\"a\": 1,\n\"a\": 2}", "f.json:2:1: the key `a` is given twice, first at 1:2");
        check(&"[".repeat(100_000), "f.json:1:129: more than 128 levels of lists and mappings");
    }
}
