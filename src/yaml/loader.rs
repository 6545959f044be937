//! From YAML events to values: anchors, merge keys, tags, and the limits that keep a hostile file small.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use granit_parser::{Event, Parser, ScalarStyle, Span, Tag, options};

use super::{Dialect, MAX_DEPTH, Source};
use crate::model::{Kind, Location, Problem, Value};

/// Bytes that aliases may add to a file, counting [`NODE_BYTES`] for every value. Nine lines of aliases of aliases
/// would otherwise become a billion values.
const MAX_EXPANSION: usize = 16 * 1024 * 1024;
const NODE_BYTES: usize = 64;

/// Reads the documents of a YAML text.
pub(super) fn documents(file: &Arc<str>, text: &str, dialect: &Dialect<'_>) -> Result<Vec<Value>, Problem> {
    let source = Source { file, text };
    let options = options! {
        emit_comments: false,
        flow_nesting_limit: MAX_DEPTH + 1,
        block_nesting_limit: MAX_DEPTH + 1,
    };
    let mut loader =
        Loader { source, dialect, open: Vec::new(), anchors: BTreeMap::new(), expanded: 0, documents: Vec::new() };
    for event in Parser::new_from_str_with_options(text, options) {
        match event {
            Ok((event, span)) => loader.event(event, &span)?,
            Err(error) => {
                let start = error.marker().byte_offset().unwrap_or(text.len());
                return Err(source.problem(start..start + 1, error.info()));
            }
        }
    }
    Ok(loader.documents)
}

struct Loader<'a> {
    source: Source<'a>,
    dialect: &'a Dialect<'a>,
    /// The lists and mappings that are not closed yet, outermost first.
    open: Vec<Open>,
    anchors: BTreeMap<usize, Anchored>,
    expanded: usize,
    documents: Vec<Value>,
}

/// A list or mapping whose end has not come yet.
struct Open {
    content: Content,
    at: Location,
    span: Range<usize>,
    anchor: usize,
    tag: Option<Tag>,
}

enum Content {
    List(Vec<Value>),
    Mapping(Mapping),
}

#[derive(Default)]
struct Mapping {
    members: BTreeMap<String, Value>,
    /// Where each key stands.
    keys: BTreeMap<String, Location>,
    /// The key whose value comes next.
    key: Option<Key>,
    /// The values of `<<` and where they stand.
    merged: Vec<(Value, Range<usize>)>,
}

enum Key {
    Named(String, Location),
    Merge,
}

/// How a value is written; a tag can make an object of a scalar.
#[derive(Clone, Copy)]
enum Shape {
    Scalar,
    Collection,
}

/// A value that aliases can repeat, with what one repetition costs.
struct Anchored {
    value: Value,
    shape: Shape,
    depth: usize,
    bytes: usize,
}

impl Loader<'_> {
    fn event(&mut self, event: Event<'_>, span: &Span) -> Result<(), Problem> {
        let start = span.tag_start().unwrap_or(span.start);
        let [first, last] = [start, span.end].map(|mark| mark.byte_offset().unwrap_or_default());
        let bytes = first..last.max(first);
        let at = Location::new(Arc::clone(self.source.file), count(start.line()), count(start.col() + 1));
        match event {
            Event::Scalar(text, style, anchor, tag) => {
                if self.wants_key() {
                    return self.key(&text, style, tag.as_deref(), at, bytes);
                }
                let value = self.scalar(&text, style, tag.as_deref(), at, &bytes)?;
                self.finish(value, Shape::Scalar, anchor, bytes)
            }
            Event::Alias(anchor) => self.alias(anchor, at, bytes),
            Event::SequenceStart(_, anchor, tag) => {
                self.start(Content::List(Vec::new()), at, bytes, anchor, tag.map(|tag| tag.into_owned()))
            }
            Event::MappingStart(_, anchor, tag) => {
                let content = Content::Mapping(Mapping::default());
                self.start(content, at, bytes, anchor, tag.map(|tag| tag.into_owned()))
            }
            Event::SequenceEnd | Event::MappingEnd => self.end(),
            Event::DocumentEnd => {
                self.anchors.clear();
                Ok(())
            }
            _ => Ok(()),
        }
    }

    /// Whether the next value is a key of the innermost mapping.
    fn wants_key(&self) -> bool {
        matches!(self.open.last(), Some(Open { content: Content::Mapping(Mapping { key: None, .. }), .. }))
    }

    fn key(
        &mut self,
        text: &str,
        style: ScalarStyle,
        tag: Option<&Tag>,
        at: Location,
        span: Range<usize>,
    ) -> Result<(), Problem> {
        if tag.is_some_and(|tag| !tag.is_yaml_core_schema_tag("str")) {
            return Err(self.source.problem(span, "a key with a tag"));
        }
        let schema = self.dialect.schema;
        let Some(Open { content: Content::Mapping(mapping), .. }) = self.open.last_mut() else { return Ok(()) };
        if text == "<<" && style == ScalarStyle::Plain && tag.is_none() {
            mapping.key = Some(Key::Merge);
            return Ok(());
        }
        let is_plain = style == ScalarStyle::Plain && tag.is_none();
        let Some(key) = (if is_plain { schema.key(text) } else { Some(text.to_owned()) }) else {
            return Err(self.source.problem(span, "a key that is not a text"));
        };
        if let Some(first) = mapping.keys.get(&key) {
            return Err(self.source.repeated_key(span, &key, first));
        }
        mapping.keys.insert(key.clone(), at.clone());
        mapping.key = Some(Key::Named(key, at));
        Ok(())
    }

    fn scalar(
        &self,
        text: &str,
        style: ScalarStyle,
        tag: Option<&Tag>,
        at: Location,
        span: &Range<usize>,
    ) -> Result<Value, Problem> {
        // The parser makes up a `~` where nothing is written.
        let text = if style == ScalarStyle::Plain && span.is_empty() { "" } else { text };
        let written = Value { kind: Kind::String(text.to_owned()), at: Some(at) };
        let Some(tag) = tag else {
            let is_plain = style == ScalarStyle::Plain;
            return Ok(if is_plain { written.with(self.dialect.schema.resolve(text)) } else { written });
        };
        match tag.core_suffix() {
            Some("str") => Ok(written),
            Some(expected @ ("null" | "bool" | "int" | "float")) => {
                let kind = self.dialect.schema.resolve(text);
                let fits = match &kind {
                    Kind::Null => expected == "null",
                    Kind::Bool(_) => expected == "bool",
                    Kind::Number(number) => expected == "float" || number.as_decimal().is_integer(),
                    _ => false,
                };
                let problem = || self.source.problem(span.clone(), format!("not what {} says", tag.original()));
                if fits { Ok(written.with(kind)) } else { Err(problem()) }
            }
            _ if tag.original() == "!" => Ok(written),
            _ => self.tagged(tag, written, span),
        }
    }

    /// Gives a value with a tag of the dialect its meaning.
    fn tagged(&self, tag: &Tag, value: Value, span: &Range<usize>) -> Result<Value, Problem> {
        let problem = |message: String| self.source.problem(span.clone(), message);
        let at = value.at.clone();
        match (self.dialect.tags, tag.parts()) {
            (Some(handler), ("!", name)) => handler(name, value).map(|value| value.located(at)).map_err(problem),
            _ => Err(problem(format!("unknown tag {}", tag.original()))),
        }
    }

    fn alias(&mut self, anchor: usize, at: Location, span: Range<usize>) -> Result<(), Problem> {
        let Some(anchored) = self.anchors.get(&anchor) else {
            return Err(self.source.problem(span, "an alias inside the value it stands for"));
        };
        self.expanded = self.expanded.saturating_add(anchored.bytes);
        if self.expanded > MAX_EXPANSION {
            return Err(self.source.problem(span, "the aliases of this file expand to more than 16 MiB"));
        }
        if self.open.len() + anchored.depth > MAX_DEPTH {
            return Err(self.source.too_deep(span));
        }
        let (value, shape) = (anchored.value.clone(), anchored.shape);
        if !self.wants_key() {
            return self.finish(value, shape, 0, span);
        }
        match value.as_scalar_text() {
            Some(text) => self.key(&text, ScalarStyle::DoubleQuoted, None, at, span),
            None => Err(self.source.problem(span, "a key that is not a text")),
        }
    }

    fn start(
        &mut self,
        content: Content,
        at: Location,
        span: Range<usize>,
        anchor: usize,
        tag: Option<Tag>,
    ) -> Result<(), Problem> {
        if self.wants_key() {
            return Err(self.source.problem(span, "a key that is not a text"));
        }
        if self.open.len() == MAX_DEPTH {
            return Err(self.source.too_deep(span));
        }
        self.open.push(Open { content, at, span, anchor, tag });
        Ok(())
    }

    fn end(&mut self) -> Result<(), Problem> {
        let Some(Open { content, at, span, anchor, tag }) = self.open.pop() else { return Ok(()) };
        let (kind, own_tag) = match content {
            Content::List(items) => (Kind::List(items), "seq"),
            Content::Mapping(mapping) => (Kind::Object(self.merge(mapping)?), "map"),
        };
        let value = Value { kind, at: Some(at) };
        let value = match tag {
            Some(tag) if !tag.is_yaml_core_schema_tag(own_tag) && tag.original() != "!" => {
                self.tagged(&tag, value, &span)?
            }
            _ => value,
        };
        self.finish(value, Shape::Collection, anchor, span)
    }

    /// Members of merged mappings stand behind the mapping's own, and the first of several wins.
    fn merge(&self, mapping: Mapping) -> Result<BTreeMap<String, Value>, Problem> {
        let Mapping { mut members, merged, .. } = mapping;
        for (value, span) in merged {
            let parts = match value.kind {
                Kind::List(items) => items,
                _ => vec![value],
            };
            for part in parts {
                let Kind::Object(inherited) = part.kind else {
                    return Err(self.source.problem(span, "`<<` takes a mapping or a list of mappings"));
                };
                for (key, value) in inherited {
                    members.entry(key).or_insert(value);
                }
            }
        }
        Ok(members)
    }

    /// Puts a value where it belongs.
    fn finish(&mut self, value: Value, shape: Shape, anchor: usize, span: Range<usize>) -> Result<(), Problem> {
        if anchor != 0 {
            let (depth, bytes) = measure(&value);
            self.anchors.insert(anchor, Anchored { value: value.clone(), shape, depth, bytes });
        }
        match self.open.last_mut().map(|open| &mut open.content) {
            None => self.documents.push(value),
            Some(Content::List(items)) => items.push(value),
            Some(Content::Mapping(mapping)) => match mapping.key.take() {
                Some(Key::Named(key, at)) => {
                    let value = match shape {
                        Shape::Scalar => value,
                        Shape::Collection => value.located(Some(at)),
                    };
                    mapping.members.insert(key, value);
                }
                Some(Key::Merge) => mapping.merged.push((value, span)),
                None => {}
            },
        }
        Ok(())
    }
}

/// The levels of a value, and roughly its size in memory.
fn measure(value: &Value) -> (usize, usize) {
    let nested = |values: &mut dyn Iterator<Item = (usize, &Value)>| {
        values.fold((1, NODE_BYTES), |(depth, bytes), (key, value)| {
            let (value_depth, value_bytes) = measure(value);
            (depth.max(value_depth + 1), bytes + key + value_bytes)
        })
    };
    match &value.kind {
        Kind::List(items) => nested(&mut items.iter().map(|item| (0, item))),
        Kind::Object(members) => nested(&mut members.iter().map(|(key, value)| (key.len(), value))),
        Kind::String(text) => (0, NODE_BYTES + text.len()),
        _ => (0, NODE_BYTES),
    }
}

fn count(position: usize) -> u32 {
    u32::try_from(position).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::super::{Schema, load, load_plain, locate};
    use super::*;
    use serde_json::json;

    fn read(text: &str) -> Result<Vec<Value>, Problem> {
        let tags = |name: &str, value: Value| match name {
            "Known" => Ok(value.with(Kind::Object([("Known".to_owned(), value.clone())].into()))),
            _ => Err(format!("unknown function !{name}")),
        };
        load(&"t.yaml".into(), text, &Dialect { schema: Schema::Yaml11, tags: Some(&tags) })
    }

    fn check(text: &str, expect: serde_json::Value) {
        let documents: Vec<_> = read(text).unwrap_or_else(|problem| panic!("{text}: {problem}"));
        assert_eq!(documents.iter().map(Value::to_json).collect::<serde_json::Value>(), expect, "{text}");
    }

    fn refused(text: &str, expect: &str) {
        assert_eq!(read(text).unwrap_err().to_string(), expect, "{text}");
    }

    #[test]
    fn quoted_and_block_scalars_are_texts() {
        check("[yes, 'yes', \"0644\", 0644]", json!([[true, "yes", "0644", 420]]));
        check("a: |\n  1\n  ü\nb: >-\n  x\n  y\n", json!([{"a": "1\nü\n", "b": "x y"}]));
        check("a:\nb: ''\n", json!([{"a": null, "b": ""}]));
        let failsafe = Dialect { schema: Schema::Failsafe, tags: None };
        let texts = load(&"t.yaml".into(), "[0123, yes, ~, ]\n", &failsafe).unwrap();
        assert_eq!(texts[0].to_json(), json!(["0123", "yes", "~"]));
        assert_eq!(load(&"t.yaml".into(), "a:", &failsafe).unwrap()[0].to_json(), json!({"a": ""}));
    }

    #[test]
    fn keys_are_texts_whatever_they_look_like() {
        check("yes: 1\n012: 2\n~: 3", json!([{"yes": 1, "012": 2, "~": 3}]));
        refused("? [a]\n: 1", "t.yaml:1:3: a key that is not a text");
        refused("a: 1\nb:\n  c: 1\n  'c': 2\n", "t.yaml:4:3: the key `c` is given twice, first at 3:3");
    }

    #[test]
    fn keys_that_a_schema_reads_as_one_collide_though_they_are_spelled_apart() {
        let manifest = Dialect { schema: Schema::Kubernetes, tags: None };
        let read = |text: &str| load(&"t.yaml".into(), text, &manifest);
        assert_eq!(read("on: 1\n'no': 2\n0x10: 3\n").unwrap()[0].to_json(), json!({"true": 1, "no": 2, "16": 3}));
        let collide = "t.yaml:2:1: the key `true` is given twice, first at 1:1";
        assert_eq!(read("y: 1\non: 2\n").unwrap_err().to_string(), collide);
        assert!(read("~: 1\n").is_err());
    }

    #[test]
    fn tags_get_the_meaning_that_the_dialect_gives_them() {
        check("a: !Known 0644", json!([{"a": {"Known": "0644"}}]));
        check("a: !Known", json!([{"a": {"Known": ""}}]));
        check("- !Known [yes, !Known x]", json!([[{"Known": [true, {"Known": "x"}]}]]));
        check("[!!str 1, !!int '2', !!float 2, !!bool yes, ! 3, !!seq [x]]", json!([["1", 2, 2, true, "3", ["x"]]]));
        refused("a:\n  b: !Other x", "t.yaml:2:6: unknown function !Other");
        refused("!!binary aGk=", "t.yaml:1:1: unknown tag !!binary");
        refused("!!int x", "t.yaml:1:1: not what !!int says");
        assert!(load_plain(&"t.yaml".into(), "a: !Known x").is_err());
    }

    #[test]
    fn a_value_is_found_at_its_line_and_column() {
        let text = "\u{feff}a: 1\r\nsub:\r\n  ü: ö\r\n  list:\r\n    - k: v\r\n    - |\r\n      t\r\n  tag: !Known x\r\n  deep: !Known\r\n    - 1\r\n";
        let document = read(text).unwrap().remove(0);
        let check = |path: &[&str], expect| {
            assert_eq!(locate(&document, path).map(|at| (at.line, at.column)), Some(expect), "{path:?}");
        };
        check(&["a"], (1, 4));
        check(&["sub"], (2, 1));
        check(&["sub", "ü"], (3, 6));
        check(&["sub", "list"], (4, 3));
        check(&["sub", "list", "0"], (5, 7));
        check(&["sub", "list", "0", "k"], (5, 10));
        check(&["sub", "list", "1"], (7, 7)); // a block scalar stands where its text does
        check(&["sub", "tag"], (8, 8));
        check(&["sub", "deep"], (9, 3));
        check(&["sub", "deep", "Known", "0"], (10, 7));
    }

    #[test]
    fn aliases_and_merge_keys_repeat_what_was_anchored() {
        check("a: &x {k: 1}\nb: *x\n", json!([{"a": {"k": 1}, "b": {"k": 1}}]));
        check(
            "base: &b {k: 1, l: 2}\nc: {<<: *b, k: 3}\nd:\n  <<: [{k: 4}, *b]\n",
            json!([{"base": {"k": 1, "l": 2}, "c": {"k": 3, "l": 2}, "d": {"k": 4, "l": 2}}]),
        );
        check("'<<': 1", json!([{"<<": 1}]));
        refused("a: &a [*a]", "t.yaml:1:8: an alias inside the value it stands for");
        refused("<<: 1", "t.yaml:1:5: `<<` takes a mapping or a list of mappings");
        let document = read("a: &x\n  k: 1\nb: *x\n").unwrap().remove(0);
        assert_eq!(locate(&document, &["b"]).unwrap().line, 3);
        assert_eq!(locate(&document, &["b", "k"]).unwrap().line, 2);
    }

    #[test]
    fn a_stream_has_many_documents_and_anchors_end_with_each() {
        check("---\na: 1\n---\n- x\n...\n", json!([{"a": 1}, ["x"]]));
        check("", json!([]));
        assert!(read("a: &x 1\n---\nb: *x\n").is_err());
    }

    #[test]
    fn a_billion_laughs_are_cut_short() {
        let mut text = "a0: &a0 [lol, lol, lol, lol, lol, lol, lol, lol, lol]\n".to_owned();
        for level in 1..12 {
            let items = vec![format!("*a{}", level - 1); 9].join(", ");
            text.push_str(&format!("a{level}: &a{level} [{items}]\n"));
        }
        assert!(read(&text).unwrap_err().message.contains("16 MiB"));
        let long = format!("a: &a {}\nb: [{}]\n", "x".repeat(100_000), vec!["*a"; 1000].join(", "));
        assert!(read(&long).unwrap_err().message.contains("16 MiB"), "few values and much text");
    }

    #[test]
    fn nesting_is_bounded_however_it_is_written() {
        let deep = |levels: usize| format!("{}{}", "[".repeat(levels), "]".repeat(levels));
        check(&format!("x: {}", deep(2)), json!([{"x": [[]]}]));
        assert!(read(&format!("x: {}", deep(MAX_DEPTH - 1))).is_ok());
        assert!(read(&format!("x: {}", deep(MAX_DEPTH))).unwrap_err().message.contains("128 levels"));
        assert!(read(&format!("x: {}", deep(100_000))).is_err());
        assert!(read(&"- ".repeat(100_000)).is_err());
        let mut chain = "- &a0 []\n".to_owned();
        (1..1000).for_each(|level| chain.push_str(&format!("- &a{level} [*a{}]\n", level - 1)));
        assert!(read(&chain).unwrap_err().message.contains("128 levels"));
    }

    #[test]
    fn a_syntax_error_is_told_with_line_column_and_excerpt() {
        let problem = read("a: 1\nb: [1, 2\nc: 3\n").unwrap_err();
        assert_eq!(problem.at.as_ref().map(|at| at.line), Some(3));
        assert!(problem.message.len() > 10, "{problem}");
        assert_eq!(problem.snippet.unwrap().text, "c: 3");
    }
}
