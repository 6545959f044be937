//! Jira's wiki markup as Markdown.
//!
//! Source: Jira's "Text Formatting Notation Help". Marks that change only how a text looks are dropped.

use std::borrow::Cow;
use std::sync::LazyLock;

use regex::{Captures, Regex};

use super::{fenced, pattern};

static BLOCK: LazyLock<Regex> = LazyLock::new(|| pattern(r"^\s*(.*?)\{(code|noformat)(?::([^}]{0,200}))?\}(.*)$"));
static HEADING: LazyLock<Regex> = LazyLock::new(|| pattern(r"^\s*h([1-6])\.\s+(.*)$"));
static ITEM: LazyLock<Regex> = LazyLock::new(|| pattern(r"^\s*([*#-]{1,6})\s+(.*)$"));
static BOLD_LINE: LazyLock<Regex> = LazyLock::new(|| pattern(r"^\s*\*([^*]+)\*(:?)\s*$"));
static MONOSPACE: LazyLock<Regex> = LazyLock::new(|| pattern(r"\{\{(.+?)\}\}"));
static LINK: LazyLock<Regex> = LazyLock::new(|| pattern(r"\[([^\]|\n]{1,500})\|[^\]\n]{1,2000}\]"));
static MACRO: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"\{(?:color|panel|quote|info|warning|note|tip|expand|anchor)(?::[^}\n]{0,200})?\}"));

pub(super) fn to_markdown(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        let Some(block) = BLOCK.captures(line) else {
            out.push_str(&prose(line));
            out.push('\n');
            continue;
        };
        let part = |number| block.get(number).map_or("", |part| part.as_str());
        let end = format!("{{{}}}", part(2));
        if !part(1).trim().is_empty() {
            out.push_str(&prose(part(1)));
        }
        // `{code:title=x.sh|bash}`: the part without a name is the language.
        let language = part(3).split('|').find(|part| !part.contains('=')).unwrap_or_default();
        let (code, after) = until(&end, part(4), &mut lines);
        fenced(&code, language, &mut out);
        if !after.trim().is_empty() {
            out.push_str(&prose(&after));
            out.push('\n');
        }
    }
    out
}

/// The text up to `end`, and the rest of the line it stands in.
fn until<'a>(end: &str, first: &'a str, lines: &mut impl Iterator<Item = &'a str>) -> (String, String) {
    let mut code = String::new();
    for line in std::iter::once(first).chain(lines) {
        if let Some((before, after)) = line.split_once(end) {
            code.push_str(before);
            return (code, after.to_owned());
        }
        code.push_str(line);
        code.push('\n');
    }
    (code, String::new())
}

fn prose(line: &str) -> String {
    let line = line.trim_end_matches('\r').trim_end_matches("\\\\");
    let line = MACRO.replace_all(line, "");
    let line = LINK.replace_all(&line, "$1");
    let line = MONOSPACE.replace_all(&line, "`$1`");
    if let Some(heading) = HEADING.captures(&line) {
        let part = |number| heading.get(number).map_or("", |part: regex::Match<'_>| part.as_str());
        return format!("{} {}", "#".repeat(part(1).parse().unwrap_or(1)), part(2).trim_matches('*'));
    }
    if let Some(bold) = BOLD_LINE.captures(&line) {
        return format!("**{}**", bold.get(1).map_or("", |text| text.as_str()).trim());
    }
    if let Some(table) = line.trim().strip_prefix("||") {
        return format!("|{}", table.replace("||", "|"));
    }
    let item = ITEM.replace(&line, |item: &Captures<'_>| {
        let (marks, text) = (item.get(1).map_or("", |m| m.as_str()), item.get(2).map_or("", |m| m.as_str()));
        let mark = if marks.ends_with('#') { "1." } else { "-" };
        format!("{}{mark} {text}", "  ".repeat(marks.len() - 1))
    });
    match item {
        Cow::Borrowed(text) => text.to_owned(),
        Cow::Owned(text) => text,
    }
}
