//! `yamlencode`: YAML as Terraform (go-cty-yaml) writes it, to the byte.
//!
//! Texts stand in double quotes, those with line breaks in a literal block, lists in a mapping without indentation.

use super::super::numbers;
use super::super::value::{Content, MappingKind, Value};
use super::MAX_TEXT;
use super::arguments::Arguments;

/// The column behind which a text in quotes goes on in the next line.
const WIDTH: usize = 80;

/// The bytes of the longest key that is written in one line; a longer one has a form of its own, not written here.
const MAX_KEY: usize = 128;

/// `yamlencode(value)`.
pub(super) fn encode(arguments: &Arguments<'_>) -> Result<Value, String> {
    let value = arguments.any(0)?;
    let mut writer = Writer::default();
    if writer.node(value, 0, 2).is_none() {
        return Ok(Value::unknown("the YAML is too long, or has keys of several lines or many characters"));
    }
    // A bare scalar might go on, so its end is told.
    let bare = matches!(value.content, Content::Null | Content::Bool(_) | Content::Number(_));
    writer.out.push_str(if bare { "\n...\n" } else { "" });
    if !writer.out.ends_with('\n') {
        writer.out.push('\n');
    }
    Ok(Value::text(writer.out))
}

#[derive(Default)]
struct Writer {
    out: String,
}

impl Writer {
    /// Writes a value: `indent` is where the lines of a collection begin, `inner` where those of a text go on. `None`:
    /// it cannot be written.
    fn node(&mut self, value: &Value, indent: usize, inner: usize) -> Option<()> {
        if self.out.len() > MAX_TEXT {
            return None;
        }
        match &value.content {
            Content::Text(text) => self.text(text, inner),
            Content::Number(number) => self.out.push_str(&numbers::text(number)),
            Content::Bool(flag) => self.out.push_str(if *flag { "true" } else { "false" }),
            Content::Sequence(_, items) if items.all().is_empty() => self.out.push_str("[]"),
            Content::Sequence(_, items) => {
                for (at, item) in items.all().iter().enumerate() {
                    self.begin_line(at, indent);
                    self.out.push_str("- ");
                    self.node(item, indent + 2, indent + 2)?;
                }
            }
            Content::Mapping(MappingKind::Object | MappingKind::Map, members) if members.all().is_empty() => {
                self.out.push_str("{}");
            }
            Content::Mapping(_, members) => {
                for (at, (name, member)) in members.all().iter().enumerate() {
                    self.begin_line(at, indent);
                    self.member(name, member, indent)?;
                }
            }
            _ => self.out.push_str("null"),
        }
        Some(())
    }

    /// The first line begins where the writer stands.
    fn begin_line(&mut self, at: usize, indent: usize) {
        if at > 0 {
            if !self.out.ends_with('\n') {
                self.out.push('\n');
            }
            self.out.push_str(&" ".repeat(indent));
        }
    }

    fn member(&mut self, name: &str, member: &Value, indent: usize) -> Option<()> {
        if name.contains('\n') || name.len() > MAX_KEY {
            return None;
        }
        self.quoted(name, None);
        self.out.push(':');
        let (is_list, is_collection) = match &member.content {
            Content::Sequence(_, items) => (true, !items.all().is_empty()),
            Content::Mapping(_, members) => (false, !members.all().is_empty()),
            _ => (false, false),
        };
        if !is_collection {
            self.out.push(' ');
            return self.node(member, indent, indent + 2);
        }
        let deeper = if is_list { indent } else { indent + 2 };
        self.out.push('\n');
        self.out.push_str(&" ".repeat(deeper));
        self.node(member, deeper, deeper + 2)
    }

    fn text(&mut self, text: &str, inner: usize) {
        let block = text.contains('\n') && !text.ends_with(' ') && !text.contains(" \n") && text.chars().all(is_plain);
        if !block {
            return self.quoted(text, Some(inner));
        }
        self.out.push('|');
        if text.starts_with([' ', '\n']) {
            self.out.push('2');
        }
        self.out.push_str(match text.strip_suffix('\n') {
            None => "-",
            Some(rest) if rest.is_empty() || rest.ends_with('\n') => "+",
            Some(_) => "",
        });
        for line in text.strip_suffix('\n').unwrap_or(text).split('\n') {
            self.out.push('\n');
            if !line.is_empty() {
                self.out.push_str(&" ".repeat(inner));
                self.out.push_str(line);
            }
        }
        self.out.push('\n');
    }

    /// A text in double quotes; `inner` is where it goes on if it gets too long, for which keys are too short.
    fn quoted(&mut self, text: &str, inner: Option<usize>) {
        self.out.push('"');
        let mut column = self.out.rsplit('\n').next().unwrap_or_default().chars().count();
        let mut after_space = false;
        let mut characters = text.chars().enumerate().peekable();
        let last = text.chars().count().saturating_sub(1);
        while let Some((at, character)) = characters.next() {
            let next_is_space = characters.peek().is_some_and(|(_, next)| *next == ' ');
            match (character, inner) {
                (' ', Some(inner)) if !after_space && column > WIDTH && at > 0 && at < last => {
                    self.out.push('\n');
                    self.out.push_str(&" ".repeat(inner));
                    if next_is_space {
                        self.out.push('\\');
                    }
                    column = inner + usize::from(next_is_space);
                }
                _ => {
                    let before = self.out.len();
                    escape(character, &mut self.out);
                    column += self.out.get(before..).unwrap_or_default().chars().count();
                }
            }
            after_space = character == ' ';
        }
        self.out.push('"');
    }
}

/// Whether a character stands for itself.
fn is_plain(character: char) -> bool {
    matches!(character, '\n' | ' '..='~' | '\u{a0}'..='\u{d7ff}' | '\u{e000}'..='\u{fefe}' | '\u{ff00}'..='\u{fffd}')
}

fn escape(character: char, out: &mut String) {
    let short = match character {
        '\0' => '0',
        '\u{7}' => 'a',
        '\u{8}' => 'b',
        '\t' => 't',
        '\n' => 'n',
        '\u{b}' => 'v',
        '\u{c}' => 'f',
        '\r' => 'r',
        '\u{1b}' => 'e',
        '"' => '"',
        '\\' => '\\',
        '\u{85}' => 'N',
        '\u{2028}' => 'L',
        '\u{2029}' => 'P',
        plain if is_plain(plain) => return out.push(plain),
        other => {
            let code = u32::from(other);
            out.push_str(&match code {
                0..=0xff => format!("\\x{code:02X}"),
                0x100..=0xffff => format!("\\u{code:04X}"),
                _ => format!("\\U{code:08X}"),
            });
            return;
        }
    };
    out.extend(['\\', short]);
}
