//! One file of Terraform code: its text, its syntax tree, and the places in it.
//!
//! Knows the syntax tree's spans and nothing of what the code means.

use std::ops::Range;
use std::sync::Arc;

use hcl_edit::structure::Body;

use crate::model::{Location, Problem, ProblemKind, Snippet};

use super::json_syntax::{self, Translation};

/// The text of a file, shared by everything that was written in it.
pub(super) struct Source {
    /// Path of the file, relative to the root of the repository.
    pub file: Arc<str>,
    /// Its content.
    pub text: String,
    /// The offset at which each line starts, so that a place is told without reading the file again.
    line_starts: Vec<usize>,
    /// The file as the user sees it, if `text` is a translation of it.
    origin: Option<Origin>,
}

/// A file in JSON syntax, of which the evaluator sees a translation.
struct Origin {
    text: String,
    /// The place in the file of what begins at an offset of the translation, in order.
    places: Vec<(usize, Location)>,
}

impl Source {
    /// A file with its content.
    pub fn new(file: impl Into<Arc<str>>, text: String) -> Arc<Self> {
        let line_starts = std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1)).collect();
        Arc::new(Self { file: file.into(), text, line_starts, origin: None })
    }

    /// A file in JSON syntax.
    fn translated(file: &str, text: String, translation: Translation) -> Arc<Self> {
        let origin = Some(Origin { text, places: translation.places });
        Arc::new(Self { file: file.into(), text: translation.text, line_starts: Vec::new(), origin })
    }

    /// The line and column of a byte.
    pub fn location(&self, offset: usize) -> Location {
        if let Some(origin) = &self.origin {
            let behind = origin.places.partition_point(|(start, _)| *start <= offset);
            let place = behind.checked_sub(1).and_then(|at| origin.places.get(at));
            return place.map_or_else(|| Location::new(Arc::clone(&self.file), 1, 1), |(_, at)| at.clone());
        }
        let line = self.line_starts.partition_point(|start| *start <= offset).max(1);
        let start = self.line_starts.get(line - 1).copied().unwrap_or(0);
        let column = self.text.get(start..offset).map_or(0, |before| before.chars().count()) + 1;
        let bounded = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
        Location::new(Arc::clone(&self.file), bounded(line), bounded(column))
    }

    /// A problem with the bytes `span` of this file.
    pub fn problem(&self, kind: ProblemKind, span: Range<usize>, message: impl Into<String>) -> Problem {
        let at = self.location(span.start);
        let snippet = match &self.origin {
            Some(origin) => {
                let start = at.offset_in(&origin.text);
                Snippet::of(&origin.text, start..start)
            }
            None => Snippet::of(&self.text, span),
        };
        let problem = Problem::new(kind, &*self.file, message).at(Some(at));
        Problem { snippet: Some(snippet), ..problem }
    }

    /// The problem of a syntax error in this file.
    pub fn syntax_problem(&self, error: &hcl_edit::parser::Error) -> Problem {
        let offset = error.location().offset().min(self.text.len());
        self.problem(ProblemKind::Invalid, offset..offset, error.message().replace('\n', "; "))
    }
}

impl std::fmt::Debug for Source {
    /// Only the name: the text may hold a secret.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.file)
    }
}

/// Where something was written.
#[derive(Clone, Debug)]
pub(super) struct Place {
    /// The file.
    pub source: Arc<Source>,
    /// Its bytes in the file.
    pub span: Range<usize>,
}

impl Place {
    /// The place of a node of a file's syntax tree.
    pub fn of(source: &Arc<Source>, node: &impl hcl_edit::Span) -> Self {
        Self { source: Arc::clone(source), span: node.span().unwrap_or(0..0) }
    }

    /// Line and column.
    pub fn location(&self) -> Location {
        self.source.location(self.span.start)
    }

    /// A problem with what stands here.
    pub fn problem(&self, kind: ProblemKind, message: impl Into<String>) -> Problem {
        self.source.problem(kind, self.span.clone(), message)
    }
}

/// How many keys of objects in one file may stand there twice.
const MAX_REPEATED_KEYS: usize = 64;

/// How many bytes are parsed again because of them.
const MAX_PARSED_AGAIN: usize = 8 * 1024 * 1024;

/// What the parser says of a key that an object has already.
const REPEATED_KEY: &str = "redefined object key";

/// Parses a text in which a key of an object may be repeated: the last one counts, as in Terraform. The parser refuses
/// them, so a repeated key is put into brackets, which it takes for another one; what follows in its line moves.
pub(super) fn lenient<T>(
    mut text: String,
    parse: impl Fn(&str) -> Result<T, hcl_edit::parser::Error>,
) -> (String, Result<T, hcl_edit::parser::Error>) {
    for _ in 0..MAX_REPEATED_KEYS.min(MAX_PARSED_AGAIN / text.len().max(1)) {
        let parsed = parse(&text);
        let offset = match &parsed {
            Err(error) if error.message().contains(REPEATED_KEY) => error.location().offset(),
            _ => return (text, parsed),
        };
        let Some((before, key)) = text.split_at_checked(offset) else { return (text, parsed) };
        let Some((key, after)) = key.split_at_checked(key_length(key)) else { return (text, parsed) };
        let quotes = if key.starts_with(['"', '(']) { "" } else { "\"" };
        text = format!("{before}({quotes}{key}{quotes}){after}");
    }
    let parsed = parse(&text);
    (text, parsed)
}

/// How long the key at the beginning is: a name, a text, or an expression in brackets.
fn key_length(text: &str) -> usize {
    let (mut quoted, mut escaped, mut depth) = (false, false, 0_usize);
    for (at, character) in text.char_indices() {
        let ends = match character {
            '"' if !escaped => {
                quoted = !quoted;
                !quoted && depth == 0
            }
            '(' if !quoted => {
                depth += 1;
                false
            }
            ')' if !quoted => {
                depth = depth.saturating_sub(1);
                depth == 0
            }
            ' ' | '\t' | '\r' | '\n' | '=' | ':' if !quoted && depth == 0 => return at,
            _ => false,
        };
        escaped = character == '\\' && !escaped;
        if ends {
            return at + character.len_utf8();
        }
    }
    text.len()
}

/// A file that could be parsed.
pub(super) struct Parsed {
    /// The file.
    pub source: Arc<Source>,
    /// Its blocks and attributes.
    pub body: Body,
}

impl Parsed {
    /// Parses a file of code, in JSON syntax if its name says so.
    pub fn parse(file: &str, text: String) -> Result<Self, Box<Problem>> {
        if !file.ends_with(".json") {
            return Self::of_text(file, text);
        }
        let translation = json_syntax::code(file, &text)?;
        Self::of_json(Source::translated(file, text, translation))
    }

    /// Parses a file of variable values, in JSON syntax if its name says so.
    pub fn parse_values(file: &str, text: String) -> Result<Self, Box<Problem>> {
        if !file.ends_with(".json") {
            return Self::of_text(file, text);
        }
        let translation = json_syntax::values(file, &text)?;
        Self::of_json(Source::translated(file, text, translation))
    }

    fn of_text(file: &str, text: String) -> Result<Self, Box<Problem>> {
        let (text, parsed) = lenient(text, hcl_edit::parser::parse_body);
        Self::of(Source::new(file, text), parsed)
    }

    fn of_json(source: Arc<Source>) -> Result<Self, Box<Problem>> {
        let parsed = hcl_edit::parser::parse_body(&source.text);
        Self::of(source, parsed)
    }

    fn of(source: Arc<Source>, parsed: Result<Body, hcl_edit::parser::Error>) -> Result<Self, Box<Problem>> {
        match parsed {
            Ok(body) => Ok(Self { source, body }),
            Err(error) => Err(Box::new(source.syntax_problem(&error))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_count_lines_and_characters_from_one() {
        let source = Source::new("a.tf", "one\nzwei ü x\n".to_owned());
        for offset in 0..source.text.len() {
            if source.text.is_char_boundary(offset) {
                assert_eq!(source.location(offset), Location::of_offset(&source.file, &source.text, offset));
            }
        }
    }

    #[test]
    fn a_repeated_key_of_an_object_is_no_syntax_error() {
        let parse = |text: &str| Parsed::parse("a.tf", text.to_owned()).map(|parsed| parsed.source.text.clone());
        let text = "a = {\n  b = 1\n  \"c d\" = 2\n  b = 3\n  \"c d\": 4\n  b=5\n}\n";
        let read = "a = {\n  b = 1\n  \"c d\" = 2\n  (\"b\") = 3\n  (\"c d\"): 4\n  ((\"b\"))=5\n}\n";
        assert_eq!(parse(text).ok().unwrap(), read);
        let bomb = format!("a = {{\n{}}}\n", "  b = 1\n".repeat(1_000));
        assert!(parse(&bomb).is_err());
    }

    #[test]
    fn a_syntax_error_has_a_place_and_a_snippet() {
        let problem = Parsed::parse("a.tf", "a = 1\nb = = 2\n".to_owned()).err().unwrap();
        assert_eq!((problem.kind, problem.at.unwrap().line), (ProblemKind::Invalid, 2));
        assert_eq!(problem.snippet.unwrap().text, "b = = 2");
    }
}
