//! What could not be read or evaluated, and what that leaves unsaid.

use std::fmt;

use serde::Serialize;

use super::Location;

/// Something that could not be read or evaluated.
///
/// A problem has a scope: nothing inside it may be called missing, resolved or clean. It says what to do about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The kind, for metrics and for deciding what stays unknown.
    pub kind: ProblemKind,
    /// The stack it belongs to, if it belongs to one.
    pub stack: Option<String>,
    /// What it covers: a file, a resource address, or `aws 123456789012 eu-west-1 AWS::IAM::Role`.
    pub scope: String,
    /// What happened; lower case, no full stop, no secret.
    pub message: String,
    /// What cures it.
    pub remedy: Option<String>,
    /// Where in the user's files it comes from.
    pub at: Option<Location>,
    /// The lines around that place. Shown on the user's terminal only, never stored, logged or served:
    /// they are text of the user's files and may hold a secret.
    pub snippet: Option<Snippet>,
}

/// Kinds of problems; the label `kind` of `driftledger_scan_problems`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ProblemKind {
    /// A file of the user that is not valid: syntax, unknown key, wrong type.
    Invalid,
    /// A file that is not there or may not be read.
    Unreadable,
    /// An expression or construct that cannot be evaluated from here.
    Unevaluated,
    /// No credentials, or credentials that the service does not accept.
    Credentials,
    /// The identity may not make a call.
    AccessDenied,
    /// The service asked to slow down until we gave up.
    Throttled,
    /// No answer: wrong endpoint, no network, time-out.
    Unreachable,
    /// The service answered with an error of its own, or with something unreadable.
    Service,
    /// Nothing here reads this type, or it was built without the part that does.
    NotSupported,
    /// A change record that cannot be used as it stands.
    Record,
    /// A part of the configuration that does not do what it was written for: an ignore rule that has expired or
    /// accepts nothing.
    Settings,
}

impl ProblemKind {
    /// Every kind, for metrics that report zeros.
    pub const ALL: [Self; 11] = [
        Self::Invalid,
        Self::Unreadable,
        Self::Unevaluated,
        Self::Credentials,
        Self::AccessDenied,
        Self::Throttled,
        Self::Unreachable,
        Self::Service,
        Self::NotSupported,
        Self::Record,
        Self::Settings,
    ];

    /// The name of the kind in metrics and JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Invalid => "invalid",
            Self::Unreadable => "unreadable",
            Self::Unevaluated => "unevaluated",
            Self::Credentials => "credentials",
            Self::AccessDenied => "access_denied",
            Self::Throttled => "throttled",
            Self::Unreachable => "unreachable",
            Self::Service => "service",
            Self::NotSupported => "not_supported",
            Self::Record => "record",
            Self::Settings => "settings",
        }
    }

    /// Whether such a problem can hide whole resources: a file that did not parse, a service that did not answer.
    /// A single expression leaves its attribute unverifiable; records and settings hide no resource.
    pub fn hides_resources(self) -> bool {
        !matches!(self, Self::Unevaluated | Self::NotSupported | Self::Record | Self::Settings)
    }
}

/// An excerpt of a file with the part that a [`Problem`] is about.
#[derive(Clone, PartialEq, Eq)]
pub struct Snippet {
    /// Whole lines of the file.
    pub text: String,
    /// The number of the first of these lines, from 1.
    pub first_line: u32,
    /// The bytes of `text` that are meant.
    pub span: std::ops::Range<usize>,
}

impl fmt::Debug for Snippet {
    /// Only the place: the text may hold a secret.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Snippet(line {})", self.first_line)
    }
}

impl Snippet {
    /// The lines of `source` that `span` (bytes) touches.
    pub fn of(source: &str, span: std::ops::Range<usize>) -> Self {
        let boundary = |mut offset: usize| {
            offset = offset.min(source.len());
            while !source.is_char_boundary(offset) {
                offset -= 1;
            }
            offset
        };
        let start = boundary(span.start);
        let end = boundary(span.end.max(span.start)).max(start);
        let (before, _) = source.split_at(start);
        let first = before.rfind('\n').map_or(0, |newline| newline + 1);
        let (_, from_first) = source.split_at(first);
        let (_, after) = source.split_at(end);
        let last = end + after.find('\n').unwrap_or(after.len());
        let (text, _) = from_first.split_at(last - first);
        Self {
            text: text.to_owned(),
            first_line: u32::try_from(before.matches('\n').count() + 1).unwrap_or(u32::MAX),
            span: start - first..end - first,
        }
    }
}

impl Problem {
    /// A problem of a kind, with what it covers and what happened.
    pub fn new(kind: ProblemKind, scope: impl Into<String>, message: impl Into<String>) -> Self {
        Self { kind, stack: None, scope: scope.into(), message: message.into(), remedy: None, at: None, snippet: None }
    }

    /// A problem with the bytes `span` of the file `file`, whose content is `source`.
    pub fn in_source(
        kind: ProblemKind,
        file: &std::sync::Arc<str>,
        source: &str,
        span: std::ops::Range<usize>,
        message: impl Into<String>,
    ) -> Self {
        let mut problem = Self::new(kind, &**file, message);
        problem.at = Some(Location::of_offset(file, source, span.start));
        problem.snippet = Some(Snippet::of(source, span));
        problem
    }

    /// The same problem with its cure.
    #[must_use]
    pub fn remedy(mut self, remedy: impl Into<String>) -> Self {
        self.remedy = Some(remedy.into());
        self
    }

    /// The same problem at a place.
    #[must_use]
    pub fn at(mut self, at: Option<Location>) -> Self {
        self.at = at;
        self
    }

    /// The same problem with the line that its place is in, from there to its end, if it has no excerpt yet.
    #[must_use]
    pub fn excerpt(mut self, source: &str) -> Self {
        if let (Some(at), None) = (&self.at, &self.snippet) {
            let start = at.offset_in(source);
            let (_, rest) = source.split_at(start);
            let line = rest.lines().next().unwrap_or_default().trim_end();
            self.snippet = Some(Snippet::of(source, start..start + line.len()));
        }
        self
    }

    /// The same problem as one of a stack.
    #[must_use]
    pub fn of_stack(mut self, stack: &str) -> Self {
        self.stack = Some(stack.to_owned());
        self
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.at {
            Some(at) => write!(f, "{at}: {}", self.message)?,
            None => write!(f, "{}: {}", self.scope, self.message)?,
        }
        match &self.remedy {
            Some(remedy) => write!(f, " ({remedy})"),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_snippet_holds_the_whole_lines_of_its_span() {
        let snippet = Snippet::of("a\nbcd\nef\ng", 3..7);
        assert_eq!((snippet.text.as_str(), snippet.first_line, snippet.span), ("bcd\nef", 2, 1..5));
    }

    #[test]
    fn a_place_without_an_excerpt_gets_the_rest_of_its_line() {
        let problem = Problem::new(ProblemKind::Invalid, "f", "odd").at(Some(Location::new("f", 2, 3)));
        let snippet = problem.excerpt("a: 1\nb: two  \n").snippet.unwrap();
        assert_eq!((snippet.text.as_str(), snippet.first_line, snippet.span), ("b: two  ", 2, 2..6));
    }

    #[test]
    fn kinds_are_named_as_in_json() {
        for kind in ProblemKind::ALL {
            assert_eq!(serde_json::to_value(kind).unwrap(), kind.as_str());
        }
    }
}
