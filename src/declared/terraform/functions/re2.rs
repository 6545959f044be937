//! Regular expressions in RE2's syntax, compiled by the regex crate, whose syntax differs in corners.

use regex::{Regex, RegexBuilder};

use super::arguments::Arguments;

/// The longest pattern that is compiled, in bytes.
const MAX_PATTERN: usize = 64 * 1024;

/// The most that RE2 repeats anything.
const MAX_REPETITION: u32 = 1_000;

/// The most memory that a compiled pattern may take, in bytes.
const MAX_COMPILED: usize = 2 * 1024 * 1024;

/// How many expressions are evaluated in the time that compiling a pattern takes, and one that counts.
const COST: usize = 50;
const COUNTING_COST: usize = 2_000;

/// Compiles a pattern; `None` if it is too large for that.
pub(super) fn compile(arguments: &Arguments<'_>, pattern: &str) -> Result<Option<Regex>, String> {
    arguments.spend(if pattern.contains('{') { COUNTING_COST } else { COST } + pattern.len());
    if pattern.len() > MAX_PATTERN {
        return Ok(None);
    }
    let wrong = || "the pattern is not a regular expression".to_owned();
    let translated = translate(pattern).ok_or_else(wrong)?;
    let regex = match RegexBuilder::new(&translated).size_limit(MAX_COMPILED).build() {
        Ok(regex) => regex,
        Err(regex::Error::CompiledTooBig(_)) => return Ok(None),
        Err(_) => return Err(wrong()),
    };
    let named = regex.capture_names().skip(1).filter(Option::is_some).count();
    if named == 0 || named + 1 == regex.captures_len() {
        Ok(Some(regex))
    } else {
        Err("either all groups have names or none has".to_owned())
    }
}

/// Why nothing is known of a match with a pattern that is too large.
pub(super) const TOO_LARGE: &str = "the regular expression is too large";

/// Classes that are ASCII in RE2 and Unicode in the regex crate: outside brackets, and inside them.
const CLASSES: [(char, &str, Option<&str>); 7] = [
    ('d', "[0-9]", Some("0-9")),
    ('D', "[^0-9]", None),
    ('w', "[0-9A-Za-z_]", Some("0-9A-Za-z_")),
    ('W', "[^0-9A-Za-z_]", None),
    ('s', "[\\t\\n\\f\\r ]", Some("\\t\\n\\f\\r ")),
    ('S', "[^\\t\\n\\f\\r ]", None),
    ('b', "(?-u:\\b)", None),
];

/// The pattern in the syntax of the regex crate; `None` where that takes what RE2 does not.
fn translate(pattern: &str) -> Option<String> {
    let mut translator = Translator { rest: pattern, out: String::with_capacity(pattern.len()), repeats: false };
    while let Some(character) = translator.rest.chars().next() {
        translator.outside(character)?;
    }
    Some(translator.out)
}

struct Translator<'p> {
    rest: &'p str,
    out: String,
    /// Whether a repetition stands right before, which must not be repeated.
    repeats: bool,
}

impl<'p> Translator<'p> {
    /// Takes that many bytes off the beginning.
    fn take(&mut self, length: usize) -> &'p str {
        let (taken, rest) = self.rest.split_at_checked(length).unwrap_or((self.rest, ""));
        self.rest = rest;
        taken
    }

    /// Copies that many bytes.
    fn copy(&mut self, length: usize) {
        let taken = self.take(length);
        self.out.push_str(taken);
    }

    /// Translates what begins with this character, outside brackets.
    fn outside(&mut self, character: char) -> Option<()> {
        let repeated = std::mem::take(&mut self.repeats);
        match character {
            '*' | '+' | '?' | '{' => return self.repetition(character, repeated),
            '\\' => return self.escape(false),
            '[' => return self.brackets(),
            '(' if has_other_flag(self.rest) => return None,
            other => self.copy(other.len_utf8()),
        }
        Some(())
    }

    fn repetition(&mut self, character: char, repeated: bool) -> Option<()> {
        let length = match (character, counted(self.rest)) {
            ('{', None) => {
                self.take(1);
                self.out.push_str("\\{");
                return Some(());
            }
            ('{', Some((length, taken))) => taken.then_some(length)?,
            _ => 1,
        };
        if repeated {
            return None;
        }
        self.copy(length);
        if self.rest.starts_with('?') {
            self.copy(1);
        }
        self.repeats = true;
        Some(())
    }

    /// `[…]`
    fn brackets(&mut self) -> Option<()> {
        self.copy(1);
        if self.rest.starts_with('^') {
            self.copy(1);
        }
        // A bracket right at the beginning is a literal one.
        if self.rest.starts_with(']') {
            self.take(1);
            self.out.push_str("\\]");
        }
        while let Some(character) = self.rest.chars().next() {
            match character {
                ']' => {
                    self.copy(1);
                    break;
                }
                '\\' => self.escape(true)?,
                '[' if self.rest.starts_with("[:") => {
                    let end = self.rest.find(":]").map_or(self.rest.len(), |at| at + 2);
                    self.copy(end);
                }
                // The regex crate has nested brackets and set operators, which RE2 has not.
                '[' | '&' | '~' => {
                    self.take(1);
                    self.out.extend(['\\', character]);
                }
                '-' if self.out.ends_with('-') => {
                    self.take(1);
                    self.out.push_str("\\-");
                }
                other => self.copy(other.len_utf8()),
            }
        }
        Some(())
    }

    /// What begins with `\`.
    fn escape(&mut self, in_brackets: bool) -> Option<()> {
        let letter = self.rest.chars().nth(1)?;
        self.take(1 + letter.len_utf8());
        match CLASSES.iter().find(|(class, _, _)| *class == letter) {
            Some((_, outside, _)) if !in_brackets => self.out.push_str(outside),
            Some((_, _, Some(inside))) => self.out.push_str(inside),
            _ if letter == 'Q' && !in_brackets => {
                let (literal, after) = self.rest.split_once("\\E").unwrap_or((self.rest, ""));
                self.out.push_str(&regex::escape(literal));
                self.rest = after;
            }
            _ => return self.other_escape(letter),
        }
        Some(())
    }

    /// An escape that the regex crate has in another form, or does not have.
    fn other_escape(&mut self, letter: char) -> Option<()> {
        let character = |digits: &str, radix: u32| char::from_u32(u32::from_str_radix(digits, radix).ok()?);
        let braced = self.rest.strip_prefix('{').and_then(|rest| rest.split_once('}')).map(|(inside, _)| inside);
        match (letter, braced) {
            ('p' | 'P', Some(name)) => {
                self.take(name.len() + 2);
                let negated = name.starts_with('^') != (letter == 'P');
                let letter = if negated { 'P' } else { 'p' };
                self.out.push_str(&format!("\\{letter}{{{}}}", name.trim_start_matches('^')));
            }
            ('x', Some(digits)) => {
                self.take(digits.len() + 2);
                self.out.push_str(&regex::escape(character(digits, 16)?.encode_utf8(&mut [0; 4])));
            }
            ('1'..='7', _) => {
                // One digit would refer to a group, which RE2 cannot do.
                let more = self.rest.bytes().take(2).take_while(|digit| (b'0'..=b'7').contains(digit)).count();
                let digits = format!("{letter}{}", self.take(more));
                let code = character(&digits, 8).filter(|_| more > 0)?;
                self.out.push_str(&regex::escape(code.encode_utf8(&mut [0; 4])));
            }
            // The regex crate has these and RE2 has not.
            ('u' | 'U' | '<' | '>', _) => return None,
            _ => self.out.extend(['\\', letter]),
        }
        Some(())
    }
}

/// A repetition such as `{2,5}` at the beginning: its length, if it is one, and whether RE2 takes it.
fn counted(text: &str) -> Option<(usize, bool)> {
    let inside = text.strip_prefix('{')?;
    let end = inside.find(|character: char| !character.is_ascii_digit() && character != ',')?;
    let (inside, after) = inside.split_at(end);
    let (least, most) = inside.split_once(',').unwrap_or((inside, inside));
    if least.is_empty() || most.contains(',') || !after.starts_with('}') {
        return None;
    }
    let taken = |text: &str| text.is_empty() || text.parse::<u32>().is_ok_and(|count| count <= MAX_REPETITION);
    Some((inside.len() + 2, taken(least) && taken(most)))
}

/// Whether a bracket opens with a flag that RE2 does not have: `(?x`.
fn has_other_flag(text: &str) -> bool {
    let flags = text.strip_prefix("(?").unwrap_or_default();
    let end = flags.find(|flag: char| !flag.is_ascii_alphabetic() && flag != '-').unwrap_or(flags.len());
    let (letters, rest) = flags.split_at(end);
    rest.starts_with([':', ')']) && !letters.chars().all(|flag| "imsU-".contains(flag))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn classes_are_those_of_re2() {
        let check = |pattern: &str, text: &str, expect: bool| {
            let regex = compile(&Arguments::new(&[]), pattern).unwrap().unwrap();
            assert_eq!(regex.is_match(text), expect, "{pattern} {text}");
        };
        check(r"^\d+$", "12", true);
        check(r"^\d+$", "١٢", false);
        check(r"^[\w-]+$", "a-b_1", true);
        check(r"^[\w-]+$", "é", false);
        check(r"^[a[b]+$", "a[b", true);
        check(r"^[[:alpha:]]+$", "ab", true);
        check(r"^[]a]+$", "]a", true);
        check(r"\bx\b", "a x b", true);
    }

    #[test]
    fn what_re2_does_not_have_is_refused() {
        for pattern in ["a**", "a{2}{3}", "a{1001}", r"\u00e9", "(?x)a", "(?=a)", r"(a)\1", "[a--b]", "\\"] {
            assert!(compile(&Arguments::new(&[]), pattern).is_err(), "{pattern}");
        }
    }

    #[test]
    fn what_is_too_large_is_not_known() {
        for pattern in ["a".repeat(100_000), r"(\pL{1000}){1000}".to_owned()] {
            assert!(compile(&Arguments::new(&[]), &pattern).unwrap().is_none());
        }
    }
}
