//! The words of a `kubectl` command, as options and the rest.

use std::collections::BTreeMap;

use crate::ledger::commands::TargetName;
use crate::ledger::commands::shell::Word;

/// Short options that take a value, and their names.
const SHORT: &[(char, &str)] = &[
    ('n', "namespace"),
    ('l', "selector"),
    ('f', "filename"),
    ('k', "kustomize"),
    ('c', "containers"),
    ('p', "patch"),
    ('o', "output"),
    ('e', "env"),
    ('s', "server"),
    ('v', "v"),
];

/// Other names of options.
const SAME: &[(&str, &str)] = &[("container", "containers")];

/// Options without a value, unless it stands behind a `=`.
const SWITCHES: &[&str] = &[
    "all",
    "all-namespaces",
    "allow-missing-template-keys",
    "cascade",
    "delete-emptydir-data",
    "disable-eviction",
    "dry-run",
    "edit",
    "force",
    "help",
    "ignore-daemonsets",
    "ignore-not-found",
    "insecure-skip-tls-verify",
    "interactive",
    "keep-annotations",
    "list",
    "local",
    "match-server-version",
    "now",
    "overwrite",
    "prune",
    "raw",
    "record",
    "recursive",
    "resolve",
    "save-config",
    "server-side",
    "show-managed-fields",
    "validate",
    "wait",
    "warnings-as-errors",
    "watch",
];

/// The words of a command.
pub(super) struct Arguments<'a> {
    words: Vec<Word>,
    options: BTreeMap<&'a str, Word>,
}

impl<'a> Arguments<'a> {
    /// Sorts the words behind the program.
    pub(super) fn parse(all: &'a [Word]) -> Self {
        let mut parsed = Self { words: Vec::new(), options: BTreeMap::new() };
        let mut all = all.iter();
        while let Some(word) = all.next() {
            let raw = word.raw();
            if raw == "--" {
                break;
            }
            let Some(option) = raw.strip_prefix('-').filter(|option| !option.is_empty()) else {
                parsed.words.push(word.clone());
                continue;
            };
            let (name, value) = match option.strip_prefix('-') {
                Some(long) => match long.split_once('=') {
                    Some((name, value)) => (name, Some(Word::of_raw(value))),
                    None if SWITCHES.contains(&long) => (long, Some(Word::of_raw("true"))),
                    None => (long, all.next().cloned()),
                },
                None => match short(option) {
                    Some((name, "")) => (name, all.next().cloned()),
                    Some((name, value)) => (name, Some(Word::of_raw(value.strip_prefix('=').unwrap_or(value)))),
                    None => continue,
                },
            };
            let name = SAME.iter().find(|(own, _)| *own == name).map_or(name, |(_, same)| same);
            parsed.options.extend(value.map(|value| (name, value)));
        }
        parsed
    }

    /// The words that are no options.
    pub(super) fn words(&self) -> &[Word] {
        &self.words
    }

    /// One of them, if it is known.
    pub(super) fn word(&self, at: usize) -> Option<&str> {
        self.words.get(at)?.known()
    }

    /// The value of an option.
    pub(super) fn option(&self, name: &str) -> Option<&Word> {
        self.options.get(name)
    }

    /// The namespace that it names.
    pub(super) fn namespace(&self) -> Option<TargetName> {
        let word = self.option("namespace")?;
        Some(word.known().map_or(TargetName::Any, |name| TargetName::Is(name.to_owned())))
    }

    /// Whether it only tries, only reads, or works on a file alone.
    pub(super) fn is_dry(&self) -> bool {
        let is = |name: &str, not: &str| self.option(name).is_some_and(|word| word.known() != Some(not));
        is("dry-run", "none") || is("local", "false") || is("list", "false") || is("help", "false")
    }
}

/// The name of a short option, and what of its value stands in the same word.
fn short(option: &str) -> Option<(&'static str, &str)> {
    let mut chars = option.chars();
    let letter = chars.next()?;
    SHORT.iter().find(|(own, _)| *own == letter).map(|(_, name)| (*name, chars.as_str()))
}
