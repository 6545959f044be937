//! Splits a command line into words as a POSIX shell would, without running or expanding anything.
//!
//! What only the shell or a person can fill in (`$VAR`, `$(…)`, `<service>`, `YOUR_…`, `****`) becomes a hole in the
//! word. Knows no tool and no flag.
//!
//! Grammar: POSIX.1-2024, Shell Command Language, 2.2 "Quoting" and 2.3 "Token Recognition".

use crate::model::Value;

/// Stands in a word for the part that is not known from the text.
const HOLE: char = '\u{FFFC}';

/// Longest command line that is read, in bytes; a longer one is data that somebody pasted.
const LONGEST: usize = 64 * 1024;

/// Longest name inside `<…>` that is taken for a placeholder, in characters.
const LONGEST_PLACEHOLDER: usize = 60;

/// One word of a command, quotes removed; parts of it may be holes.
#[derive(Clone, PartialEq, Eq)]
pub struct Word(String);

impl Word {
    /// The text, if all of it is known.
    pub fn known(&self) -> Option<&str> {
        if is_known(&self.0) { Some(&self.0) } else { None }
    }

    /// A part of a word, holes and all.
    pub(super) fn of_raw(raw: &str) -> Self {
        Self(raw.to_owned())
    }

    /// The text with its holes; for syntax that is looked for around them.
    pub(super) fn raw(&self) -> &str {
        &self.0
    }
}

/// Whether a text has no hole.
pub(super) fn is_known(text: &str) -> bool {
    !text.contains(HOLE)
}

/// A text as a value: unknown if it has a hole or names a file whose content only the person had.
pub(super) fn text_value(text: &str) -> Value {
    if !is_known(text) {
        Value::unknown("the command has a variable or placeholder here")
    } else if text.starts_with("file://") || text.starts_with("fileb://") {
        Value::unknown("the command reads this from a file")
    } else {
        Value::from(text)
    }
}

/// Why a command line cannot be split. Quotes nothing: a command may hold a secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ShellError {
    /// `'` or `"` without its end.
    #[error("a quote is not closed")]
    Quote,
    /// `$(`, `${` or a backtick without its end.
    #[error("a substitution is not closed")]
    Substitution,
    /// Longer than anything a person types.
    #[error("the command is longer than 64 KiB")]
    TooLong,
}

/// The simple commands of a line (parted by `;`, `&&`, `||`, `|`, `&` and line breaks), each as its words.
///
/// Redirections and comments are dropped.
///
/// # Errors
/// When a quote or substitution stays open, or the line is too long.
pub fn split(line: &str) -> Result<Vec<Vec<Word>>, ShellError> {
    if line.len() > LONGEST {
        return Err(ShellError::TooLong);
    }
    let mut lexer = Lexer { chars: line.chars().collect(), at: 0, word: None, words: Vec::new(), commands: Vec::new() };
    lexer.run()?;
    lexer.end_command();
    Ok(lexer.commands)
}

struct Lexer {
    chars: Vec<char>,
    at: usize,
    /// The word being read; `None` between words. An empty quoted word is `Some("")`.
    word: Option<String>,
    words: Vec<Word>,
    commands: Vec<Vec<Word>>,
}

impl Lexer {
    fn run(&mut self) -> Result<(), ShellError> {
        while let Some(c) = self.next() {
            match c {
                '\'' => self.single_quoted()?,
                '"' => self.double_quoted()?,
                '\\' => match self.next() {
                    Some('\n') | None => {}
                    Some(escaped) => self.push(escaped),
                },
                '#' if self.word.is_none() => self.skip_line(),
                ';' | '&' | '|' | '\n' => self.end_command(),
                '<' if self.placeholder() => self.push(HOLE),
                '<' | '>' => self.redirection(),
                c if c.is_whitespace() => self.end_word(),
                c => self.plain(c)?,
            }
        }
        Ok(())
    }

    fn peek(&self) -> Option<char> {
        self.chars.get(self.at).copied()
    }

    fn next(&mut self) -> Option<char> {
        let c = self.peek();
        self.at += usize::from(c.is_some());
        c
    }

    fn push(&mut self, c: char) {
        self.word.get_or_insert_default().push(c);
    }

    fn end_word(&mut self) {
        self.words.extend(self.word.take().map(|text| Word(with_placeholders(&text))));
    }

    fn end_command(&mut self) {
        self.end_word();
        if !self.words.is_empty() {
            self.commands.push(std::mem::take(&mut self.words));
        }
    }

    fn skip_line(&mut self) {
        while self.peek().is_some_and(|c| c != '\n') {
            self.at += 1;
        }
    }

    /// A character that no quote protects, or one inside double quotes: `$` and backticks still speak.
    fn plain(&mut self, c: char) -> Result<(), ShellError> {
        match c {
            '`' => {
                self.skip_past('`').ok_or(ShellError::Substitution)?;
                self.push(HOLE);
            }
            '$' => self.dollar()?,
            c => self.push(c),
        }
        Ok(())
    }

    fn single_quoted(&mut self) -> Result<(), ShellError> {
        self.word.get_or_insert_default();
        loop {
            match self.next().ok_or(ShellError::Quote)? {
                '\'' => return Ok(()),
                '<' if self.placeholder() => self.push(HOLE),
                '$' if self.blotted_variable() => self.push(HOLE),
                c => self.push(c),
            }
        }
    }

    /// Takes `NAME` or `{NAME}` in capitals. Single quotes would keep it as it is, but people who write records put
    /// it there for a value they do not want to show; IAM's own `${aws:username}` is not in capitals.
    fn blotted_variable(&mut self) -> bool {
        let rest = self.chars.get(self.at..).unwrap_or_default();
        let braced = rest.first() == Some(&'{');
        let name = rest.iter().skip(usize::from(braced));
        let length = name.take_while(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || **c == '_').count();
        let starts = rest.get(usize::from(braced)).is_some_and(|c| c.is_ascii_uppercase() || *c == '_');
        let ends = match rest.get(usize::from(braced) + length) {
            Some('}') if braced => true,
            next => !braced && !next.is_some_and(|c| c.is_ascii_alphanumeric()),
        };
        if starts && ends {
            self.at += length + 2 * usize::from(braced);
        }
        starts && ends
    }

    fn double_quoted(&mut self) -> Result<(), ShellError> {
        self.word.get_or_insert_default();
        loop {
            match self.next().ok_or(ShellError::Quote)? {
                '"' => return Ok(()),
                '\\' => match self.next().ok_or(ShellError::Quote)? {
                    '\n' => {}
                    c @ ('$' | '`' | '"' | '\\') => self.push(c),
                    c => {
                        self.push('\\');
                        self.push(c);
                    }
                },
                '<' if self.placeholder() => self.push(HOLE),
                c => self.plain(c)?,
            }
        }
    }

    /// After a `$`: a parameter, a command substitution, or just a dollar sign.
    fn dollar(&mut self) -> Result<(), ShellError> {
        match self.peek() {
            Some('(') => self.skip_nested('(', ')')?,
            Some('{') => self.skip_nested('{', '}')?,
            Some(c) if c.is_ascii_alphabetic() || c == '_' => {
                while self.peek().is_some_and(|c| c.is_ascii_alphanumeric() || c == '_') {
                    self.at += 1;
                }
            }
            Some(c) if c.is_ascii_digit() || "@*#?-$!".contains(c) => self.at += 1,
            _ => {
                self.push('$');
                return Ok(());
            }
        }
        self.push(HOLE);
        Ok(())
    }

    fn skip_past(&mut self, end: char) -> Option<()> {
        while self.next()? != end {}
        Some(())
    }

    fn skip_nested(&mut self, open: char, close: char) -> Result<(), ShellError> {
        let mut depth = 0_usize;
        while let Some(c) = self.next() {
            depth += usize::from(c == open);
            depth -= usize::from(c == close);
            if depth == 0 {
                return Ok(());
            }
        }
        Err(ShellError::Substitution)
    }

    /// Takes `name>` after a `<`, as people leave it in templates: letters, digits, spaces, `-`, `_`, `.`.
    fn placeholder(&mut self) -> bool {
        let rest = self.chars.get(self.at..).unwrap_or_default();
        let length = rest.iter().take(LONGEST_PLACEHOLDER).take_while(|c| is_placeholder_char(**c)).count();
        let named = rest.first().is_some_and(|c| c.is_alphabetic()) && rest.get(length) == Some(&'>');
        if named {
            self.at += length + 1;
        }
        named
    }

    /// Drops `>`, `>>`, `2>&1`, `< file`, with a number before and the target behind it.
    fn redirection(&mut self) {
        if self.word.as_ref().is_some_and(|word| word.chars().all(|c| c.is_ascii_digit())) {
            self.word = None;
        }
        self.end_word();
        while self.peek().is_some_and(|c| matches!(c, '<' | '>' | '&' | ' ')) {
            self.at += 1;
        }
        while self.peek().is_some_and(|c| !c.is_whitespace() && !matches!(c, ';' | '&' | '|')) {
            self.at += 1;
        }
    }
}

fn is_placeholder_char(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '-' | '_' | '.' | ' ')
}

/// Marks of a value that was left out or blotted out, other than `<…>`, which needs the shell's own eye.
const BLOTS: [&str; 5] = ["YOUR_", "YOUR-", "***", "REDACTED", "{{"];

fn with_placeholders(word: &str) -> String {
    if !BLOTS.iter().any(|blot| word.contains(blot)) {
        return word.to_owned();
    }
    let mut text = String::new();
    let mut rest = word;
    // Braces are a template's only in pairs; alone they are somebody's JSON.
    let mut open_pairs = word.matches("}}").count();
    while let Some(next) = rest.chars().next() {
        let blot = BLOTS.iter().find(|blot| rest.starts_with(**blot)).filter(|blot| **blot != "{{" || open_pairs > 0);
        let Some(blot) = blot else {
            text.push(next);
            rest = rest.strip_prefix(next).unwrap_or_default();
            continue;
        };
        text.push(HOLE);
        let after = rest.strip_prefix(blot).unwrap_or_default();
        rest = match *blot {
            "{{" => {
                open_pairs -= 1;
                after.split_once("}}").map_or("", |(_, after)| after)
            }
            "***" => after.trim_start_matches('*'),
            _ => after.trim_start_matches(|c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-')),
        };
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn check(line: &str, expect: &[&[&str]]) {
        let found = split(line).unwrap();
        let found: Vec<Vec<String>> =
            found.iter().map(|words| words.iter().map(|word| word.raw().replace(HOLE, "?")).collect()).collect();
        assert_eq!(found, expect, "{line}");
    }

    #[test]
    fn words_are_those_of_a_posix_shell() {
        check("aws  ecs\tx", &[&["aws", "ecs", "x"]]);
        check(r#"a 'b c' "d e" f\ g"#, &[&["a", "b c", "d e", "f g"]]);
        check(r#"a 'b\n' "c\"d" "e\f" ''"#, &[&["a", r"b\n", "c\"d", r"e\f", ""]]);
        check(r#"--x={"A":'1'}"#, &[&["--x={A:1}"]]);
        check("a \\\n  b", &[&["a", "b"]]);
        check("a # b\nc", &[&["a"], &["c"]]);
        check("a#b", &[&["a#b"]]);
    }

    #[test]
    fn a_line_may_hold_several_commands() {
        check("a && b || c; d | e & f", &[&["a"], &["b"], &["c"], &["d"], &["e"], &["f"]]);
        check("a > /dev/null 2>&1 b", &[&["a", "b"]]);
        check("a 'b; c' >> log; d", &[&["a", "b; c"], &["d"]]);
    }

    #[test]
    fn what_is_not_in_the_text_is_a_hole() {
        check("$A ${B:-x} $(date +%s $(x)) `id` \"pre-$C\"", &[&["?", "?", "?", "?", "pre-?"]]);
        check("'$A' '${B_1}' \\$B $ a$", &[&["?", "?", "$B", "$", "a$"]]);
        check("'${aws:username} $1 $a $Ab ${A'", &[&["${aws:username} $1 $a $Ab ${A"]]);
        check("'{\"a\":\"$A\"}'", &[&["{\"a\":\"?\"}"]]);
        check("<service-name> '<your name>' x-<id>", &[&["?", "?", "x-?"]]);
        check("YOUR_BUCKET ******** pw=****,b=1", &[&["?", "?", "pw=?,b=1"]]);
        check("\"{{ name }}-x\" A=[REDACTED] {{", &[&["?-x", "A=[?]", "{{"]]);
    }

    #[test]
    fn what_stays_open_is_an_error() {
        for (line, error) in [
            ("a 'b", ShellError::Quote),
            ("a \"b", ShellError::Quote),
            ("$(a", ShellError::Substitution),
            ("`a", ShellError::Substitution),
        ] {
            assert_eq!(split(line).err(), Some(error), "{line}");
        }
        assert_eq!(split(&"a ".repeat(40_000)).err(), Some(ShellError::TooLong));
    }

    proptest! {
        #[test]
        fn no_line_makes_it_panic(line in "[-a-z \\\\'\"$(){}<>`#;&|*\n=YOUR_é]{0,60}") {
            drop(split(&line));
        }

        #[test]
        fn single_quotes_protect_everything_but_placeholders(text in "[ -#%&(-;=?-~]{0,30}") {
            let words = split(&format!("'{text}'")).unwrap();
            prop_assume!(!BLOTS.iter().any(|blot| text.contains(blot)));
            prop_assert_eq!(words[0][0].known(), Some(text.as_str()));
        }
    }
}
