//! Text without markup, as Markdown: lines that can only be headings become some, and nothing else does.

use super::extract::is_command;
use super::labels::{Section, section};

/// Longer lines are sentences.
const LONGEST_HEADING: usize = 60;

pub(super) fn to_markdown(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut after_blank = true;
    for line in text.split('\n') {
        let line = line.trim_end_matches('\r');
        match heading(line, after_blank) {
            Some(title) => {
                out.push_str("# ");
                out.push_str(title);
            }
            // `# aws …` is typed at root's prompt, or a comment beside commands; no heading.
            None if line.trim_start().starts_with('#') => {
                let rest = line.trim_start().trim_start_matches('#').trim_start();
                out.push_str(if is_command(rest) { "$ " } else { "\\# " });
                out.push_str(rest);
            }
            None => out.push_str(line),
        }
        out.push('\n');
        after_blank = line.trim().is_empty();
    }
    out
}

/// The title that a line is: short, about something known, and marked by a colon at its end, by signs around it, by
/// capitals or by an empty line before it.
fn heading(line: &str, after_blank: bool) -> Option<&str> {
    let trimmed = line.trim();
    let title = trimmed.trim_matches(|c: char| "=-*#_[]:".contains(c) || c.is_whitespace());
    let is_short = !title.is_empty() && title.chars().count() <= LONGEST_HEADING;
    if !is_short || section(title) == Section::Other || is_command(title) {
        return None;
    }
    let is_marked = trimmed.ends_with(':') || trimmed.len() > title.len() + 1 && !trimmed.starts_with("- ");
    let is_loud = title.chars().any(char::is_uppercase) && !title.chars().any(char::is_lowercase);
    let is_alone = after_blank && title.split_whitespace().count() <= 3 && !title.ends_with(['.', ',', ';', '!', '?']);
    let is_label = trimmed.split_once(':').is_some_and(|(_, value)| !value.trim().is_empty());
    (!is_label && (is_marked || is_loud || is_alone)).then_some(title)
}
