//! Texts of which parts stand for themselves and parts are regular expressions: what was declared is the former, what
//! the expression itself says is the latter.

use regex::{Regex, RegexBuilder};

/// Larger compiled patterns are not applied (the largest of the schemas takes 60 kB).
const MAX_PATTERN: usize = 1 << 20;

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Text(Vec<Piece>);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Piece {
    Written(String),
    Pattern(String),
}

impl Text {
    /// A text that stands for itself.
    pub(super) fn written(text: impl Into<String>) -> Self {
        Self(vec![Piece::Written(text.into())])
    }

    /// A text of the expression. The point at the end of a domain name and the like mean themselves: a pattern has
    /// something in it that is nothing but syntax.
    pub(super) fn literal(text: &str) -> Self {
        let is_pattern = text.contains(['^', '$', '*', '+', '?', '(', ')', '[', ']', '{', '}', '|', '\\']);
        Self(vec![if is_pattern { Piece::Pattern(text.to_owned()) } else { Piece::Written(text.to_owned()) }])
    }

    pub(super) fn joined(parts: impl IntoIterator<Item = Self>, separator: &Self) -> Self {
        let mut pieces = Vec::new();
        for (at, part) in parts.into_iter().enumerate() {
            if at > 0 {
                pieces.extend(separator.0.iter().cloned());
            }
            pieces.extend(part.0);
        }
        Self(pieces)
    }

    /// The characters, whatever they mean.
    pub(super) fn characters(&self) -> String {
        self.0.iter().map(|(Piece::Written(text) | Piece::Pattern(text))| text.as_str()).collect()
    }

    /// The text, if all of it stands for itself.
    pub(super) fn as_written(&self) -> Option<String> {
        self.0.iter().all(|piece| matches!(piece, Piece::Written(_))).then(|| self.characters())
    }

    /// The text with its written parts changed.
    pub(super) fn map(&self, change: impl Fn(&str) -> Self) -> Self {
        let pieces = self.0.iter().flat_map(|piece| match piece {
            Piece::Written(text) => change(text).0,
            Piece::Pattern(_) => vec![piece.clone()],
        });
        Self(pieces.collect())
    }

    /// The expression that the whole of an answer has to match; `None`: it is not one, or too large.
    pub(super) fn pattern(&self) -> Option<Regex> {
        let pieces = self.0.iter().map(|piece| match piece {
            Piece::Written(text) => regex::escape(text),
            // A bracket in brackets is a set within a set here, and itself where the schemas are read.
            Piece::Pattern(text) => text.replace("[[]", "\\["),
        });
        RegexBuilder::new(&format!("^(?:{})$", pieces.collect::<String>())).size_limit(MAX_PATTERN).build().ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_written_stands_for_itself_in_a_pattern() {
        let check = |parts: &[Text], answer: &str, expect: bool| {
            let text = Text::joined(parts.iter().cloned(), &Text::default());
            assert_eq!(text.pattern().is_some_and(|pattern| pattern.is_match(answer)), expect, "{text:?} {answer}");
        };
        let prefix = Text::literal("arn:.+:key/");
        check(&[prefix.clone(), Text::written("1.2")], "arn:aws:key/1.2", true);
        check(&[prefix.clone(), Text::written("1.2")], "arn:aws:key/1x2", false);
        check(&[prefix.clone(), Text::written(".*")], "arn:aws:key/anything", false);
        check(&[prefix, Text::written("1")], "arn:aws:key/1\n", false);
        check(&[Text::written("a.example"), Text::literal(".")], "a.example.", true);
        check(&[Text::written("a.example"), Text::literal(".")], "a.examples", false);
        check(&[Text::literal("(")], "(", false);
        check(&[Text::literal("a{500}{500}{500}")], "a", false);
    }
}
