//! HTML as Markdown, as far as steps and commands need it: headings, lists, code, paragraphs, tables.
//!
//! Confluence's storage format is HTML with macros; the text of its code macro stands in a `CDATA` section. Entities
//! stay as they are: whoever looks for commands reads them.

use super::fenced;

pub(super) fn to_markdown(text: &str) -> String {
    let mut writer = Writer::default();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('<') {
        writer.text(before);
        rest = if let Some((data, behind)) =
            after.strip_prefix("![CDATA[").map(|data| data.split_once("]]>").unwrap_or((data, "")))
        {
            writer.code(data);
            behind
        } else if let Some(comment) = after.strip_prefix("!--") {
            comment.split_once("-->").map_or("", |(_, behind)| behind)
        } else if let Some((tag, behind)) = tag(after) {
            writer.tag(tag);
            behind
        } else {
            writer.text("<");
            after
        };
    }
    writer.text(rest);
    writer.finish()
}

/// A tag and what stands behind it; `None` where a `<` only means "less", or starts a placeholder.
fn tag(after: &str) -> Option<(&str, &str)> {
    let (tag, behind) = after.split_once('>')?;
    let name = name(tag);
    let is_macro = name.starts_with("ac:") || name.starts_with("ri:");
    (is_macro || TAGS.contains(&name.as_str())).then_some((tag, behind))
}

fn name(tag: &str) -> String {
    let tag = tag.trim_start_matches('/');
    let end = tag.find(|c: char| c.is_whitespace() || c == '/').unwrap_or(tag.len());
    tag.split_at(end).0.to_ascii_lowercase()
}

/// The tags that are taken for some; another word in `<…>` is a placeholder.
const TAGS: [&str; 49] = [
    "a",
    "abbr",
    "article",
    "b",
    "blockquote",
    "body",
    "br",
    "caption",
    "center",
    "code",
    "col",
    "colgroup",
    "dd",
    "del",
    "div",
    "dl",
    "dt",
    "em",
    "font",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "head",
    "hr",
    "html",
    "i",
    "img",
    "ins",
    "kbd",
    "li",
    "ol",
    "p",
    "pre",
    "s",
    "samp",
    "section",
    "span",
    "strong",
    "sub",
    "table",
    "tbody",
    "td",
    "th",
    "tr",
    "tt",
    "ul",
];

#[derive(Default)]
struct Writer {
    out: String,
    /// Whether each open list counts its items.
    lists: Vec<bool>,
    /// The text of an open `pre`.
    code: Option<String>,
    in_row: bool,
}

impl Writer {
    fn text(&mut self, text: &str) {
        if let Some(code) = &mut self.code {
            code.push_str(text);
            return;
        }
        for (position, word) in text.split(|c: char| c.is_ascii_whitespace()).enumerate() {
            if position > 0 && !self.out.ends_with([' ', '\n']) {
                self.out.push(' ');
            }
            self.out.push_str(word);
        }
    }

    fn code(&mut self, code: &str) {
        fenced(code, "", &mut self.out);
    }

    /// Starts a new line; cells of a table stay in theirs.
    fn line(&mut self, start: &str) {
        if self.code.is_some() {
            return;
        }
        if self.in_row {
            self.out.push(' ');
            return;
        }
        if !self.out.is_empty() && !self.out.ends_with('\n') {
            self.out.truncate(self.out.trim_end_matches(' ').len());
            self.out.push('\n');
        }
        self.out.push_str(start);
    }

    fn tag(&mut self, tag: &str) {
        let is_end = tag.starts_with('/');
        let name = name(tag);
        match (name.as_str(), is_end) {
            ("pre", false) => self.code = Some(String::new()),
            ("pre", true) => {
                let code = self.code.take().unwrap_or_default();
                self.code(&code);
            }
            ("br", _) => match &mut self.code {
                Some(code) => code.push('\n'),
                None => self.line(""),
            },
            _ if self.code.is_some() => {}
            ("code" | "tt" | "kbd" | "samp", _) => self.out.push('`'),
            ("strong" | "b", _) => self.out.push_str("**"),
            ("h1" | "h2" | "h3" | "h4" | "h5" | "h6", false) => {
                let level = name.chars().nth(1).and_then(|digit| digit.to_digit(10)).unwrap_or(1);
                self.line("");
                self.out.push_str(&"#".repeat(usize::try_from(level).unwrap_or(1)));
                self.out.push(' ');
            }
            ("ul" | "ol", false) => {
                self.lists.push(name == "ol");
                self.line("");
            }
            ("ul" | "ol", true) => {
                self.lists.pop();
                self.line("\n");
            }
            ("li", false) => {
                let mark = if self.lists.last() == Some(&true) { "1. " } else { "- " };
                self.line(&"  ".repeat(self.lists.len().saturating_sub(1).min(8)));
                self.out.push_str(mark);
            }
            ("tr", false) => {
                self.line("|");
                self.in_row = true;
            }
            ("tr", true) => {
                self.in_row = false;
                self.line("");
            }
            ("td" | "th", true) => self.out.push_str(" |"),
            // The paragraph of a list item stays beside its mark.
            ("p" | "div", false) if self.out.ends_with("- ") || self.out.ends_with("1. ") => {}
            ("p" | "div", true) => self.line(if self.in_row || !self.lists.is_empty() { "" } else { "\n" }),
            ("p" | "div" | "blockquote" | "section" | "article" | "table" | "dd" | "dt" | "hr", _)
            | ("h1" | "h2" | "h3" | "h4" | "h5" | "h6" | "li", true) => self.line(""),
            _ => {}
        }
    }

    fn finish(mut self) -> String {
        if let Some(code) = self.code.take() {
            self.code(&code);
        }
        self.out
    }
}
