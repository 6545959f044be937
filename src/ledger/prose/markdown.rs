//! Markdown cut into headings, code and text, more forgiving than `CommonMark`: a fence with a language inside a
//! fenced block opens a block of its own.
//!
//! Change-request templates are passed around inside a Markdown fence and have fences themselves. `CommonMark` ends the
//! outer block at the end of the inner one, and everything after it, approvals and deployment window, is lost.
//! Knows nothing of records.

use super::extract::Row;

/// Deeper fences are text.
const MAX_FENCES: usize = 8;

/// What a line is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::ledger) enum Kind {
    /// A heading of a level, or a line in bold that stands alone (level 7).
    Heading(u8, String),
    /// A line of the block of code with this number.
    Code(u32),
    /// The start or end of a fenced block.
    Fence,
    /// Anything else.
    Text,
}

/// A line of Markdown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::ledger) struct Line<'a> {
    pub(in crate::ledger) row: Row<'a>,
    pub(in crate::ledger) kind: Kind,
    /// How many Markdown fences are open around it.
    pub(in crate::ledger) depth: usize,
}

struct Fence {
    mark: char,
    length: usize,
    is_markdown: bool,
}

/// The lines of a text, of which the first has the number `first`.
pub(in crate::ledger) fn lines(text: &str, first: u32) -> Vec<Line<'_>> {
    let mut open: Vec<Fence> = Vec::new();
    let mut blocks = 0;
    let mut lines: Vec<Line<'_>> = Vec::new();
    for (text, number) in text.lines().zip(first..) {
        let row = Row { number, text: text.trim_end_matches('\r') };
        let is_markdown = open.iter().all(|fence| fence.is_markdown);
        let mut depth = open.iter().filter(|fence| fence.is_markdown).count();
        let kind = match fence(row.text) {
            Some((mark, length, "")) if closes(open.last(), mark, length) => {
                depth -= usize::from(open.pop().is_some_and(|fence| fence.is_markdown));
                Kind::Fence
            }
            Some((mark, length, language)) if open.len() < MAX_FENCES && (!language.is_empty() || is_markdown) => {
                blocks += 1;
                let is_markdown = is_markdown && ["markdown", "md"].contains(&language.to_lowercase().as_str());
                open.push(Fence { mark, length, is_markdown });
                Kind::Fence
            }
            _ if !is_markdown => Kind::Code(blocks),
            _ => match heading(row.text) {
                Some((level, title)) => Kind::Heading(level, title),
                None => Kind::Text,
            },
        };
        lines.push(Line { row, kind, depth });
    }
    lines
}

fn closes(open: Option<&Fence>, mark: char, length: usize) -> bool {
    open.is_some_and(|fence| fence.mark == mark && length >= fence.length)
}

/// The mark, its length and the language of a fence.
fn fence(text: &str) -> Option<(char, usize, &str)> {
    let text = text.trim();
    let mark = text.chars().next().filter(|c| ['`', '~'].contains(c))?;
    let info = text.trim_start_matches(mark);
    let length = text.len() - info.len();
    let info = info.trim();
    // What follows the mark on the same line as code is inline code: ```` ```x``` ````.
    (length >= 3 && !info.contains('`')).then(|| (mark, length, info.split_whitespace().next().unwrap_or_default()))
}

fn heading(text: &str) -> Option<(u8, String)> {
    let text = text.trim();
    let title = text.trim_start_matches('#');
    let level = text.len() - title.len();
    if (1..=6).contains(&level) && title.starts_with([' ', '\t']) {
        let title = title.trim().trim_end_matches('#').trim();
        return Some((u8::try_from(level).unwrap_or(6), title.to_owned()));
    }
    let bold = text.strip_prefix("**").and_then(|text| text.strip_suffix("**").or(text.strip_suffix("**:")))?;
    let title = bold.trim().trim_end_matches(':').trim_end();
    (!title.is_empty() && !title.contains("**")).then(|| (7, title.to_owned()))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn told(text: &str) -> Vec<String> {
        let tell = |line: Line<'_>| match line.kind {
            Kind::Heading(level, title) => format!("{level} {title} /{}", line.depth),
            Kind::Code(block) => format!("code {block} {}", line.row.text),
            Kind::Fence => "fence".to_owned(),
            Kind::Text => format!("text {}", line.row.text),
        };
        lines(text, 1).into_iter().map(tell).collect()
    }

    #[test]
    fn a_fence_inside_a_markdown_fence_does_not_end_it() {
        let text = "```markdown\n## A\n```bash\n# x\n```\n### B\n```\n# C";
        assert_eq!(told(text), ["fence", "2 A /1", "fence", "code 2 # x", "fence", "3 B /1", "fence", "1 C /0"]);
    }

    #[test]
    fn a_fence_ends_with_its_own_mark() {
        assert_eq!(told("~~~\n```\n~~~\nx"), ["fence", "code 1 ```", "fence", "text x"]);
        assert_eq!(told("````md\n```\na\n```\n````\nx"), ["fence", "fence", "code 2 a", "fence", "fence", "text x"]);
        assert_eq!(told("```sh\na"), ["fence", "code 1 a"]);
    }

    #[test]
    fn bold_lines_are_headings_and_labels_are_not() {
        assert_eq!(told("**Rollback:**"), ["7 Rollback /0"]);
        assert_eq!(told("**Rollback**:"), ["7 Rollback /0"]);
        assert_eq!(told("**Risk:** high"), ["text **Risk:** high"]);
        assert_eq!(told("**a** and **b**"), ["text **a** and **b**"]);
        assert_eq!(told("#hashtag"), ["text #hashtag"]);
        assert_eq!(told("## A ##"), ["2 A /0"]);
    }

    proptest! {
        #[test]
        fn each_line_comes_back(text in r"(```|~~~|````|md|markdown|sh|#|\*\*| |\n|\PC){0,60}") {
            prop_assert_eq!(lines(&text, 1).len(), text.lines().count());
        }
    }
}
