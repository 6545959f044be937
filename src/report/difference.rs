//! A difference between two values as people read it: short values within a line, texts and documents line by line with
//! what changed in each line, long ones cut where nothing changed. Every format shows differences through this.

use serde_json::Value as Json;
use similar::{ChangeTag, TextDiff};

use super::AttributeReport;
use super::table::{Colour, Tone};
use super::text::{INLINE_CHARS, inline, lines};
use crate::model::{Basis, Standing};

/// One side of a difference.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Side<'a> {
    /// What it is called: `declared`, `live`.
    pub name: &'static str,
    /// Its value; `None`: nothing.
    pub value: Option<&'a Json>,
}

/// What became of a value.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Difference<'a> {
    /// What should be, or was.
    pub from: Side<'a>,
    /// What is, or will be.
    pub to: Side<'a>,
}

/// What a line of a diff is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sign {
    /// On both sides.
    Both,
    /// Only on the first.
    Removed,
    /// Only on the second.
    Added,
    /// In the place of lines that are left out.
    Gap,
}

/// A part of a line, and whether it is what changed in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// The text, without control characters.
    pub text: String,
    /// Whether the line differs from its counterpart here.
    pub changed: bool,
}

/// One line of a diff.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// What it is.
    pub sign: Sign,
    /// Its parts in order.
    pub parts: Vec<Part>,
}

/// Characters of each of two values up to which both stand in one line.
const SHORT: usize = 48;

/// Lines around a change.
const CONTEXT: usize = 3;

/// Characters of an unchanged part of a line that are kept beside a changed one.
const NEAR: usize = 32;

/// Characters of a changed part at each end, if it has to be cut.
const CHANGED_ENDS: usize = 160;

impl<'a> Difference<'a> {
    /// The two values of an attribute that its standing is about: what a deployment would set and what is live; what
    /// was recorded and what is live, where nobody declares it.
    pub fn of(attribute: &'a AttributeReport) -> Self {
        let declared = Side { name: "declared", value: attribute.declared.as_ref() };
        let applied = Side { name: "applied", value: attribute.applied.as_ref() };
        let live = Side { name: "live", value: attribute.live.as_ref() };
        match (attribute.basis, attribute.standing) {
            (Basis::Baseline, _) => Self { from: Side { name: "recorded", ..applied }, to: live },
            (_, Standing::Pending) => Self { from: live, to: declared },
            (_, Standing::Codified) => Self { from: applied, to: live },
            (_, Standing::Drifted | Standing::Conflict | Standing::InSync | Standing::Unverifiable) => {
                Self { from: declared, to: live }
            }
        }
    }

    /// Whether both values are shown whole in a line.
    pub fn is_short(&self) -> bool {
        let is_short = |value: &Json, most: usize| {
            let text = if value.is_string() { lines(value) } else { value.to_string() };
            !text.contains('\n') && text.chars().count() <= most
        };
        match (self.from.value, self.to.value) {
            (Some(from), Some(to)) => is_short(from, SHORT) && is_short(to, SHORT),
            (Some(alone), None) | (None, Some(alone)) => is_short(alone, INLINE_CHARS),
            (None, None) => true,
        }
    }

    /// The lines that differ, and those around them.
    pub fn lines(&self) -> Vec<Line> {
        let text = |side: Side<'_>, write: fn(&Json) -> String| side.value.map(write).unwrap_or_default();
        let (mut from, mut to) = (text(self.from, lines), text(self.to, lines));
        // `5` and `"5"` read alike and are not.
        if from == to {
            (from, to) = (text(self.from, Json::to_string), text(self.to, Json::to_string));
        }
        let diff = TextDiff::from_lines(&from, &to);
        let mut found = Vec::new();
        for (position, group) in diff.grouped_ops(CONTEXT).iter().enumerate() {
            if position > 0 {
                found.push(Line { sign: Sign::Gap, parts: vec![Part { text: "…".to_owned(), changed: false }] });
            }
            for change in group.iter().flat_map(|op| diff.iter_inline_changes(op)) {
                let sign = match change.tag() {
                    ChangeTag::Equal => Sign::Both,
                    ChangeTag::Delete => Sign::Removed,
                    ChangeTag::Insert => Sign::Added,
                };
                let parts = change.iter_strings_lossy().map(|(changed, text)| Part { text: shown(&text), changed });
                found.push(Line { sign, parts: cut(parts.filter(|part| !part.text.is_empty()).collect()) });
            }
        }
        found
    }

    /// `2 → 4`, for short values.
    pub fn in_line(&self, colour: Colour, tone: Tone) -> String {
        let show = |side: Side<'_>| side.value.map_or("nothing".to_owned(), inline);
        format!("{} → {}", show(self.from), colour.paint(tone, &show(self.to)))
    }

    /// The lines for a terminal or a log, each with its sign, behind an indentation; at most so many of them.
    pub fn render(&self, colour: Colour, indent: &str, most: usize) -> String {
        let all = self.lines();
        let mut out: String =
            all.iter().take(most).map(|line| format!("{indent}{}\n", line.render(colour).trim_end())).collect();
        if all.len() > most {
            let more = format!("… {} more lines", all.len() - most);
            out.push_str(&format!("{indent}{}\n", colour.paint(Tone::Faint, &more)));
        }
        out
    }

    /// The lines as a block of Markdown that nothing in the values can end.
    pub fn fenced(&self, most: usize) -> String {
        let body = self.render(Colour::Plain, "", most);
        let longest = body.split(|c| c != '`').map(str::len).max().unwrap_or_default();
        let fence = "`".repeat(3.max(longest + 1));
        format!("{fence}diff\n{body}{fence}\n")
    }
}

impl Line {
    fn render(&self, colour: Colour) -> String {
        let (sign, tone) = match self.sign {
            Sign::Both | Sign::Gap => (' ', None),
            Sign::Removed => ('-', Some(Tone::Bad)),
            Sign::Added => ('+', Some(Tone::Good)),
        };
        let part = |part: &Part| match tone {
            Some(tone) if part.changed => colour.emphasise(tone, &part.text),
            Some(tone) => colour.paint(tone, &part.text),
            None => colour.paint(Tone::Faint, &part.text),
        };
        let sign = tone.map_or(sign.to_string(), |tone| colour.paint(tone, &sign.to_string()));
        format!("{sign} {}", self.parts.iter().map(part).collect::<String>())
    }
}

/// A text without its line's end, and with what would move a terminal's cursor spelled out.
fn shown(text: &str) -> String {
    let line = text.strip_suffix('\n').unwrap_or(text);
    let mut out = String::with_capacity(line.len());
    for c in line.chars() {
        match c {
            '\t' => out.push_str("    "),
            c if c.is_control() => out.extend(c.escape_default()),
            c => out.push(c),
        }
    }
    out
}

/// A line whose unchanged parts are cut to what is near a change, and changed ones in their middle.
fn cut(parts: Vec<Part>) -> Vec<Part> {
    let last = parts.len().saturating_sub(1);
    let alone = parts.len() == 1;
    let short = |(at, part): (usize, Part)| {
        let (head, tail) = match part.changed {
            true => (CHANGED_ENDS, CHANGED_ENDS),
            false if alone => (2 * NEAR, 2 * NEAR),
            false if at == 0 => (0, NEAR),
            false if at == last => (NEAR, 0),
            false => (NEAR, NEAR),
        };
        Part { text: without_middle(&part.text, head, tail), changed: part.changed }
    };
    parts.into_iter().enumerate().map(short).collect()
}

/// The first and the last characters of a text, with `…` in the place of more than a few between them.
fn without_middle(text: &str, head: usize, tail: usize) -> String {
    let length = text.chars().count();
    if length <= head + tail + 8 {
        return text.to_owned();
    }
    let first = text.chars().take(head);
    let last = text.chars().skip(length - tail);
    first.chain(['…']).chain(last).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn difference<'a>(from: &'a Json, to: &'a Json) -> Difference<'a> {
        let side = |name, value: &'a Json| Side { name, value: (!value.is_null()).then_some(value) };
        Difference { from: side("declared", from), to: side("live", to) }
    }

    fn plain(from: &Json, to: &Json) -> String {
        difference(from, to).render(Colour::Plain, "", 40)
    }

    #[test]
    fn a_changed_policy_shows_its_statement_and_not_the_rest() {
        let policy = |action: &str| {
            let reads = json!({"Effect": "Allow", "Action": ["s3:GetObject", "s3:ListBucket"], "Resource": "*"});
            let writes = json!({"Effect": "Allow", "Action": action, "Resource": "arn:aws:s3:::b/*", "Sid": "W"});
            json!({"Version": "2012-10-17", "Statement": [reads, writes]}).to_string()
        };
        insta::assert_snapshot!(plain(&json!(policy("s3:PutObject")), &json!(policy("s3:*"))), @r#"
                "Resource": "*"
              },
              {
        -       "Action": "s3:PutObject",
        +       "Action": "s3:*",
                "Effect": "Allow",
                "Resource": "arn:aws:s3:::b/*",
                "Sid": "W"
        "#);
    }

    #[test]
    fn changes_far_apart_are_shown_with_a_gap() {
        let numbers = |first: i64, last: i64| {
            let mut all: Vec<i64> = (1..=20).collect();
            (all[1], all[17]) = (first, last);
            json!(all)
        };
        insta::assert_snapshot!(plain(&numbers(2, 18), &numbers(0, 0)), @"
          [
            1,
        -   2,
        +   0,
            3,
            4,
            5,
          …
            15,
            16,
            17,
        -   18,
        +   0,
            19,
            20
          ]
        ");
    }

    #[test]
    fn a_long_line_keeps_what_changed_in_it() {
        let text = |middle: &str| json!(format!("{} {middle} {}", "left ".repeat(60), "right ".repeat(60)));
        let shown = plain(&text("before"), &text("after"));
        assert!(shown.contains("before") && shown.contains("after"), "{shown}");
        assert!(shown.lines().all(|line| line.chars().count() < 100 && line.matches('…').count() == 2), "{shown}");
    }

    #[test]
    fn on_a_terminal_the_changed_words_stand_out() {
        let (from, to) = (json!("one two three and more"), json!("one 2 three and more"));
        let shown = difference(&from, &to).render(Colour::Ansi, "", 40);
        assert!(shown.contains("\u{1b}[1;31mtwo\u{1b}[0m"), "{shown:?}");
        assert!(shown.contains("\u{1b}[1;32m2\u{1b}[0m"), "{shown:?}");
    }

    #[test]
    fn one_side_alone_is_all_of_it() {
        assert_eq!(plain(&json!(null), &json!({"A": 1})), "+ {\n+   \"A\": 1\n+ }\n");
        assert_eq!(plain(&json!("gone"), &json!(null)), "- gone\n");
    }

    #[test]
    fn short_values_stand_in_a_line() {
        let check = |from: Json, to: Json, expect: bool| {
            assert_eq!(difference(&from, &to).is_short(), expect, "{from} {to}");
        };
        check(json!(2), json!(4), true);
        check(json!({"A": 1}), json!({"A": 2}), true);
        check(json!(null), json!({"CidrIp": "0.0.0.0/0", "FromPort": 22, "IpProtocol": "tcp", "ToPort": 22}), true);
        check(json!("a\nb"), json!("a"), false);
        check(json!("{\"a\": 1}"), json!("{\"a\": 2}"), false);
        check(json!("x".repeat(60)), json!("y".repeat(60)), false);
        check(json!(null), json!("x".repeat(60)), true);
        check(json!(null), json!("x".repeat(100)), false);
    }

    #[test]
    fn values_that_read_alike_are_told_apart() {
        assert_eq!(plain(&json!("5"), &json!(5)), "- \"5\"\n+ 5\n");
    }

    #[test]
    fn a_value_can_neither_move_the_cursor_nor_end_the_block() {
        let shown = plain(&json!("a"), &json!("\u{1b}[2Jb"));
        assert!(!shown.contains('\u{1b}'), "{shown:?}");
        let (from, to) = (json!("a"), json!("```\n# not a heading"));
        let block = difference(&from, &to).fenced(40);
        assert!(block.starts_with("````diff\n") && block.ends_with("````\n"), "{block}");
    }

    #[test]
    fn too_many_lines_are_counted() {
        let all: Vec<i64> = (0..50).collect();
        let shown = difference(&json!(null), &json!(all)).render(Colour::Plain, "", 5);
        assert_eq!(shown.lines().last(), Some("… 47 more lines"));
    }
}
