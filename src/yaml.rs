//! Other people's YAML and JSON, with the place of every value.
//!
//! One loader for every file whose lines a report points at. It knows no format of ours or of a service: which
//! plain words are booleans and what a tag means is the caller's [`Dialect`]. The input is hostile: nesting and the
//! expansion of aliases are bounded.

mod json;
mod loader;
mod scalar;

use std::sync::Arc;

use crate::model::{Kind, Location, Problem, ProblemKind, Value};

pub use scalar::Schema;

/// Levels of lists and mappings in one document; the same limit as `serde_json`'s. What a tag handler wraps
/// around a value comes on top.
pub const MAX_DEPTH: usize = 128;

/// How one kind of file reads YAML.
#[derive(Clone, Copy)]
pub struct Dialect<'a> {
    /// What plain scalars are.
    pub schema: Schema,
    /// What local tags (`!Name`) are; without it they are refused.
    pub tags: Option<&'a TagHandler>,
}

/// Gives a tagged value its meaning: the name of the tag without its `!`, and the value. A tagged scalar arrives as
/// the string that was written, not as a number or boolean. The error says what is wrong with the tag.
pub type TagHandler = dyn Fn(&str, Value) -> Result<Value, String>;

/// Our own records, and texts of YAML 1.2: the core schema and no tags of its own.
pub const PLAIN: Dialect<'static> = Dialect { schema: Schema::Core, tags: None };

/// Reads the documents of a YAML or JSON text.
///
/// A text that begins with `{` or `[` and is JSON is read as JSON, whose rules differ from YAML's in tabs, long keys
/// and escapes. Every value carries its place: a list or mapping that is a member of a mapping has its key's, every
/// other value its own (a tagged one its tag's). What came through an alias keeps the place where it was written.
///
/// # Errors
/// A [`Problem`] with place and excerpt when the text is not valid, repeats a key, nests too deep or expands too far.
pub fn load(file: &Arc<str>, text: &str, dialect: &Dialect<'_>) -> Result<Vec<Value>, Problem> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    if !text.trim_start().starts_with(['{', '[']) {
        return loader::documents(file, text, dialect);
    }
    match json::document(file, text) {
        Ok(value) => Ok(vec![value]),
        Err(problem) if file.ends_with(".json") => Err(problem),
        Err(problem) => loader::documents(file, text, dialect).map_err(|_| problem),
    }
}

/// Reads the documents of a YAML 1.2 or JSON text without tags: [`load`] with [`PLAIN`].
///
/// # Errors
/// As [`load`], and for any tag that is not one of YAML's own.
pub fn load_plain(file: &Arc<str>, text: &str) -> Result<Vec<Value>, Problem> {
    load(file, text, &PLAIN)
}

/// The place of the value at a path of keys and list positions, or the nearest known one on the way to it.
pub fn locate(value: &Value, path: &[&str]) -> Option<Location> {
    let mut at = value.at.as_ref();
    let mut here = value;
    for step in path {
        let next = match &here.kind {
            Kind::Object(members) => members.get(*step),
            Kind::List(items) => step.parse::<usize>().ok().and_then(|position| items.get(position)),
            _ => None,
        };
        let Some(next) = next else { break };
        here = next;
        at = here.at.as_ref().or(at);
    }
    at.cloned()
}

/// The file that is being read, for what the two readers have in common.
#[derive(Clone, Copy)]
struct Source<'a> {
    file: &'a Arc<str>,
    text: &'a str,
}

impl Source<'_> {
    fn problem(&self, span: std::ops::Range<usize>, message: impl Into<String>) -> Problem {
        Problem::in_source(ProblemKind::Invalid, self.file, self.text, span, message)
    }

    fn too_deep(&self, span: std::ops::Range<usize>) -> Problem {
        self.problem(span, format!("more than {MAX_DEPTH} levels of lists and mappings"))
    }

    fn repeated_key(&self, span: std::ops::Range<usize>, key: &str, first: &Location) -> Problem {
        self.problem(span, format!("the key `{key}` is given twice, first at {}:{}", first.line, first.column))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn plain(text: &str) -> Result<Vec<Value>, Problem> {
        load_plain(&"f.yaml".into(), text)
    }

    fn place(text: &str, path: &[&str]) -> String {
        locate(&plain(text).unwrap()[0], path).unwrap().to_string()
    }

    #[test]
    fn a_place_is_looked_up_by_keys_and_positions() {
        let text = "a:\n  - b: 1\n    c:\n      d: x\n";
        assert_eq!(place(text, &["a", "0", "b"]), "f.yaml:2:8");
        assert_eq!(place(text, &["a", "0", "c"]), "f.yaml:3:5");
        assert_eq!(place(text, &["a", "0", "c", "d"]), "f.yaml:4:10");
        assert_eq!(place(text, &["a", "0", "c", "nowhere"]), "f.yaml:3:5", "the nearest known place");
        assert_eq!(place(text, &["a", "7"]), "f.yaml:1:1");
    }

    #[test]
    fn a_text_that_looks_like_json_and_is_yaml_is_read_as_yaml() {
        assert_eq!(plain("{a: 1}").unwrap()[0].to_json(), serde_json::json!({"a": 1}));
        assert!(load_plain(&"f.json".into(), "{a: 1}").is_err());
        assert_eq!(plain("{\"a\": [1,}").unwrap_err().at.unwrap().column, 10, "told as JSON, which it tries to be");
    }

    proptest! {
        #[test]
        fn no_text_makes_a_reader_panic(text in "([\\[\\]{}:,&*!|>'\"#%?\\-<~\\\\a-c0\t\n \u{feff}ü]|<<: |&a |\\*a|\\\\u[dD]8){0,60}") {
            let _documents = plain(&text);
            let _json = json::document(&"f.json".into(), &text);
        }
    }
}
