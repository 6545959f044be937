//! The prose of change records: which steps it tells, which commands it quotes, and which of them take the change back.
//!
//! Tickets are written in many markups; each is brought to Markdown first, and read by the same rules then. Knows no
//! source of records and what no command means. Nothing is ever executed.

mod adf;
pub(in crate::ledger) mod extract;
mod html;
pub(in crate::ledger) mod labels;
pub(in crate::ledger) mod markdown;
mod plain;
pub(in crate::ledger) mod sections;
pub(in crate::ledger) mod steps;
mod wiki;

use std::borrow::Cow;
use std::sync::Arc;

use regex::Regex;

use crate::model::{CommandLine, RecordStep};
use extract::Row;
use labels::Section;

pub(in crate::ledger) use labels::normalised;

/// The most that is read of one text, in bytes; the rest is a log that somebody pasted.
const MAX_BYTES: usize = 1024 * 1024;

/// How a text is marked up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Markup {
    /// Markdown, as of GitHub, GitLab, incident.io and Slack.
    Markdown,
    /// Jira's wiki markup: `h2. Rollback`, `{code:bash}`, `{noformat}`.
    JiraWiki,
    /// HTML, and Confluence's storage format.
    Html,
    /// No markup: fields of `ServiceNow`, mails.
    Plain,
}

/// The steps that a text tells.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Prose {
    /// What is done.
    pub steps: Vec<RecordStep>,
    /// What takes it back: everything under a heading that says so, and code after a comment that does.
    pub rollback: Vec<RecordStep>,
}

impl Prose {
    /// All steps as one list, for a text that is about one direction only, such as a back-out plan.
    pub fn into_all(self) -> Vec<RecordStep> {
        self.steps.into_iter().chain(self.rollback).collect()
    }

    /// The commands of what is done, in their order.
    pub fn commands(&self) -> impl Iterator<Item = &CommandLine> {
        self.steps.iter().flat_map(|step| &step.commands)
    }

    /// The commands that take it back, in their order.
    pub fn rollback_commands(&self) -> impl Iterator<Item = &CommandLine> {
        self.rollback.iter().flat_map(|step| &step.commands)
    }
}

/// Reads a text. `source` names where it stands (a file, `OPS-12 description`); commands are placed in it by line.
pub fn read(source: &Arc<str>, text: &str, markup: Markup) -> Prose {
    read_markdown(source, &to_markdown(text, markup))
}

/// Reads a text in the Atlassian Document Format (ADF), as Jira Cloud's API v3 has descriptions and comments.
pub fn read_adf(source: &Arc<str>, document: &serde_json::Value) -> Prose {
    read_markdown(source, &adf_to_markdown(document))
}

/// A text as Markdown, for readers of whole forms and for people.
pub fn to_markdown(text: &str, markup: Markup) -> Cow<'_, str> {
    let text = text.get(..text.floor_char_boundary(MAX_BYTES)).unwrap_or(text);
    match markup {
        Markup::Markdown => Cow::Borrowed(text),
        Markup::JiraWiki => Cow::Owned(wiki::to_markdown(text)),
        Markup::Html => Cow::Owned(html::to_markdown(text)),
        Markup::Plain => Cow::Owned(plain::to_markdown(text)),
    }
}

/// An ADF document as Markdown; what is no document is an empty text.
pub fn adf_to_markdown(document: &serde_json::Value) -> String {
    adf::to_markdown(document)
}

fn read_markdown(source: &Arc<str>, text: &str) -> Prose {
    let lines = markdown::lines(text, 1);
    let start = Row { number: 1, text: "" };
    let mut prose = Prose::default();
    for part in sections::parts(source, &start, &lines) {
        let found = steps::steps(source, &part);
        match part.section {
            Section::Rollback => prose.rollback.extend(found.forward.into_iter().chain(found.back)),
            // What was tested is not what was changed.
            Section::Testing | Section::Approvals => {}
            Section::Steps => {
                prose.steps.extend(found.forward);
                prose.rollback.extend(found.back);
            }
            // What was run is told under headings of all kinds; words alone are no step there.
            _ => {
                prose.steps.extend(found.forward.into_iter().filter(|step| !step.commands.is_empty()));
                prose.rollback.extend(found.back);
            }
        }
    }
    prose
}

/// Marks code as a fenced block, whatever marks are in it.
fn fenced(code: &str, language: &str, out: &mut String) {
    let longest =
        code.lines().map(|line| line.trim_start()).map(|line| line.len() - line.trim_start_matches('~').len());
    let fence = "~".repeat(longest.max().unwrap_or(0).max(2) + 1);
    let language = language.split(|c: char| !c.is_ascii_alphanumeric()).next().unwrap_or_default();
    let language = if ["markdown", "md", ""].contains(&language) { "text" } else { language };
    for piece in ["\n", &fence, language, "\n", code.trim_matches('\n'), "\n", &fence, "\n"] {
        out.push_str(piece);
    }
}

#[expect(clippy::expect_used, reason = "all patterns are constants, and tests compile each of them")]
pub(in crate::ledger) fn pattern(source: &str) -> Regex {
    Regex::new(source).expect("the pattern is valid")
}

#[cfg(test)]
mod tests;
