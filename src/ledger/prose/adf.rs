//! The Atlassian Document Format as Markdown.
//!
//! Source: Atlassian's ADF reference, nodes of version 1. Nodes that only show something else (media, macros) are
//! passed over; the text of unknown nodes is kept.

use serde_json::Value as Json;

use super::{MAX_BYTES, fenced};

/// Deepest nesting that is read; Jira's editor makes tables in panels in expands, some ten deep.
const DEEPEST: usize = 64;

pub(super) fn to_markdown(document: &Json) -> String {
    let mut writer = Writer { out: String::new(), indent: 0 };
    writer.block(document, DEEPEST);
    writer.out
}

struct Writer {
    out: String,
    /// How deep in lists.
    indent: usize,
}

impl Writer {
    fn block(&mut self, node: &Json, depth: usize) {
        let Some(deeper) = depth.checked_sub(1).filter(|_| self.out.len() < MAX_BYTES) else { return };
        match kind(node) {
            "heading" => {
                let level = attribute(node, "level").and_then(Json::as_u64).unwrap_or(1).clamp(1, 6);
                let level = usize::try_from(level).unwrap_or(1);
                self.out.push_str(&format!("\n{} {}\n\n", "#".repeat(level), inline(node, deeper)));
            }
            "codeBlock" => {
                let language = attribute(node, "language").and_then(Json::as_str).unwrap_or_default();
                fenced(&plain(node, deeper), language, &mut self.out);
            }
            "bulletList" | "taskList" | "decisionList" | "orderedList" => self.list(node, deeper),
            "expand" | "nestedExpand" => {
                if let Some(title) = attribute(node, "title").and_then(Json::as_str).filter(|title| !title.is_empty()) {
                    self.out.push_str(&format!("\n**{title}**\n\n"));
                }
                self.blocks(node, deeper);
            }
            "table" => children(node).for_each(|row| self.row(row, deeper)),
            "paragraph" | "text" => {
                let text = inline(node, deeper);
                self.lines(&text);
                self.out.push('\n');
            }
            _ => self.blocks(node, deeper),
        }
    }

    fn blocks(&mut self, node: &Json, depth: usize) {
        children(node).for_each(|child| self.block(child, depth));
    }

    fn lines(&mut self, text: &str) {
        for line in text.lines() {
            self.out.push_str(&"  ".repeat(self.indent));
            self.out.push_str(line);
            self.out.push('\n');
        }
    }

    /// An item starts with its mark; what is in it besides its first paragraph follows, indented.
    fn list(&mut self, node: &Json, depth: usize) {
        let mark = if kind(node) == "orderedList" { "1." } else { "-" };
        for item in children(node) {
            let ticked = match attribute(item, "state").and_then(Json::as_str) {
                Some("DONE") => "[x] ",
                Some("TODO") => "[ ] ",
                _ => "",
            };
            let mut inside = children(item).peekable();
            let is_flat = inside.peek().is_none_or(|first| is_inline(first));
            let first = if is_flat {
                inline(item, depth)
            } else {
                inside.next().map(|one| inline(one, depth)).unwrap_or_default()
            };
            let is_code = !is_flat && children(item).next().is_some_and(|first| kind(first) == "codeBlock");
            let text = if is_code { String::new() } else { first };
            self.lines(&format!("{mark} {ticked}{}", text.replace('\n', "\n  ")));
            if let (true, Some(first)) = (is_code, children(item).next()) {
                self.block(first, depth);
            }
            self.indent += 1;
            if !is_flat {
                inside.for_each(|child| self.block(child, depth));
            }
            self.indent -= 1;
        }
        self.out.push('\n');
    }

    /// A row; code in a cell follows it as a block, because a row is one line.
    fn row(&mut self, row: &Json, depth: usize) {
        let mut code = Vec::new();
        self.out.push('|');
        for cell in children(row) {
            let (blocks, words): (Vec<_>, Vec<_>) = children(cell).partition(|child| kind(child) == "codeBlock");
            let words: Vec<String> = words.iter().map(|child| inline(child, depth).replace('\n', " ")).collect();
            self.out.push_str(&format!(" {} |", words.join(" ").replace('|', "\\|")));
            code.extend(blocks);
        }
        self.out.push('\n');
        code.into_iter().for_each(|block| self.block(block, depth));
    }
}

fn kind(node: &Json) -> &str {
    node.get("type").and_then(Json::as_str).unwrap_or_default()
}

fn attribute<'a>(node: &'a Json, name: &str) -> Option<&'a Json> {
    node.get("attrs")?.get(name)
}

fn children(node: &Json) -> impl Iterator<Item = &Json> {
    node.get("content").and_then(Json::as_array).into_iter().flatten()
}

fn is_inline(node: &Json) -> bool {
    ["text", "hardBreak", "mention", "emoji", "inlineCard", "date", "status", "inlineExtension"].contains(&kind(node))
}

/// The text of a node in one paragraph, with marks for code and bold.
fn inline(node: &Json, depth: usize) -> String {
    let Some(deeper) = depth.checked_sub(1) else { return String::new() };
    let own = |name| attribute(node, name).and_then(Json::as_str).unwrap_or_default();
    match kind(node) {
        "text" => marked(node),
        "hardBreak" => "\n".to_owned(),
        "mention" | "status" | "emoji" => own("text").to_owned(),
        "inlineCard" | "blockCard" => own("url").to_owned(),
        _ => children(node).map(|child| inline(child, deeper)).collect(),
    }
}

fn marked(node: &Json) -> String {
    let text = node.get("text").and_then(Json::as_str).unwrap_or_default();
    let has = |mark: &str| {
        node.get("marks").and_then(Json::as_array).is_some_and(|marks| marks.iter().any(|one| kind(one) == mark))
    };
    if text.trim().is_empty() {
        text.to_owned()
    } else if has("code") {
        let mark = if text.contains('`') { "``" } else { "`" };
        format!("{mark}{text}{mark}")
    } else if has("strong") {
        format!("**{}**{}", text.trim_end(), if text.ends_with(' ') { " " } else { "" })
    } else {
        text.to_owned()
    }
}

/// The text of a node as it is.
fn plain(node: &Json, depth: usize) -> String {
    let Some(deeper) = depth.checked_sub(1) else { return String::new() };
    match kind(node) {
        "text" => node.get("text").and_then(Json::as_str).unwrap_or_default().to_owned(),
        "hardBreak" => "\n".to_owned(),
        _ => children(node).map(|child| plain(child, deeper)).collect(),
    }
}
