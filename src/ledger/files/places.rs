//! Where the fields of a structured record stand in its text. A place is for people to look at: one that is not found
//! is that of the record.

use std::sync::Arc;

use crate::model::Location;

/// The lines of one record of a YAML or JSON file.
pub(super) struct Places<'a> {
    file: Arc<str>,
    /// The record's lines, the first of them numbered `first`.
    lines: &'a [&'a str],
    first: u32,
    /// Index of the line where the last text was found: steps and commands come in the order of the file.
    cursor: usize,
}

impl<'a> Places<'a> {
    /// The places of the record in `lines`, of which the first is line `first` of the file.
    pub(super) fn new(file: &Arc<str>, lines: &'a [&'a str], first: u32) -> Self {
        Self { file: Arc::clone(file), lines, first, cursor: 0 }
    }

    fn location(&self, index: usize, byte: usize) -> Location {
        let before = self.lines.get(index).and_then(|line| line.get(..byte)).unwrap_or_default();
        let column = u32::try_from(before.chars().count() + 1).unwrap_or(u32::MAX);
        let line = self.first.saturating_add(u32::try_from(index).unwrap_or(u32::MAX));
        Location::new(Arc::clone(&self.file), line, column)
    }

    /// The place of the record itself.
    pub(super) fn record(&self) -> Location {
        self.key(&["id"])
    }

    /// The place of a field, named with the fields around it.
    pub(super) fn key(&self, path: &[&str]) -> Location {
        let (mut index, mut byte) = (0, 0);
        for key in path {
            let Some(found) = self.find_key(key, index, byte) else { break };
            (index, byte) = found;
        }
        self.location(index, byte)
    }

    /// The index of the first line with a key, at or after the one with index `from`.
    pub(super) fn line_of_key(&self, key: &str, from: usize) -> Option<usize> {
        self.find_key(key, from, 0).map(|(index, _)| index)
    }

    fn find_key(&self, key: &str, from: usize, byte: usize) -> Option<(usize, usize)> {
        self.lines.iter().enumerate().skip(from).find_map(|(index, line)| {
            let start = if index == from { byte } else { 0 };
            let mut hits = line.match_indices(key).filter(|(at, _)| *at >= start);
            hits.find(|(at, _)| is_key(line, *at, key)).map(|(at, _)| (index, at))
        })
    }

    /// The number of the line that a text of several lines starts on, looked for after the last one found.
    pub(super) fn line_of(&mut self, text: &str) -> u32 {
        let first = text.lines().map(str::trim).find(|line| !line.is_empty()).unwrap_or_default();
        // JSON writes some characters with an escape; up to the first of them the text is the same.
        let needle = first.split(['"', '\\', '\'']).next().unwrap_or_default().trim();
        let found = self.lines.iter().enumerate().skip(self.cursor).find(|(_, line)| line.contains(needle));
        match found {
            Some((index, _)) if !needle.is_empty() => {
                self.cursor = index;
                self.first.saturating_add(u32::try_from(index).unwrap_or(u32::MAX))
            }
            _ => self.record().line,
        }
    }

    /// The place of a command on a line of the file.
    pub(super) fn on_line(&self, number: u32, command: &str) -> Location {
        let index = number.saturating_sub(self.first) as usize;
        let word = command.split_whitespace().next().unwrap_or_default();
        let byte = self.lines.get(index).and_then(|line| line.find(word)).unwrap_or(0);
        self.location(index, byte)
    }
}

/// Whether a word of a line is a key: `key:`, `"key" :`, after an indent, a list mark, a brace or a comma.
fn is_key(line: &str, at: usize, key: &str) -> bool {
    let (before, rest) = line.split_at(at);
    let after = rest.strip_prefix(key).unwrap_or_default().trim_start_matches(['"', '\'']).trim_start();
    let before = before.trim_end_matches(['"', '\'']).trim_end();
    after.starts_with(':') && (before.is_empty() || before.ends_with(['-', '{', ',', '[']))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_found_in_blocks_and_in_one_line() {
        let text =
            "# id of it\nid: CR-1\nplanned: {start: 2024-01-20, end: x}\nactual:\n  start: 2024\nsteps:\n- aws s3 ls";
        let lines: Vec<&str> = text.lines().collect();
        let mut places = Places::new(&"a.yaml".into(), &lines, 10);
        assert_eq!(places.record().to_string(), "a.yaml:11:1");
        assert_eq!(places.key(&["planned", "start"]).to_string(), "a.yaml:12:11");
        assert_eq!(places.key(&["actual", "start"]).to_string(), "a.yaml:14:3");
        assert_eq!(places.key(&["planned", "nothing"]).to_string(), "a.yaml:12:1");
        assert_eq!(places.line_of("aws s3 ls"), 16);
        assert_eq!(places.line_of("not there"), 11);
    }

    #[test]
    fn json_keys_are_quoted() {
        let lines = [r#"{"summary":"the id: is","id" : "CR-1"}"#];
        let places = Places::new(&"a.json".into(), &lines, 1);
        assert_eq!(places.record().to_string(), "a.json:1:26");
    }
}
