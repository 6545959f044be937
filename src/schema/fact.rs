//! The shape of a fact about a property, and how facts are found.

use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

use crate::model::{AttributePath, ResourceType, Step, Value};

/// One fact about properties of types.
#[derive(Clone, Copy, Debug)]
pub struct Fact {
    /// CloudFormation type names; `*` stands for every type.
    pub types: &'static [&'static str],
    /// Property patterns: member names joined by `.`, `*` for an item of a list or any member of a map, `**.` at the
    /// beginning for any depth.
    pub paths: &'static [&'static str],
    /// What is so there.
    pub says: Says,
}

/// A row of a table.
pub(super) const fn fact(types: &'static [&'static str], paths: &'static [&'static str], says: Says) -> Fact {
    Fact { types, paths, says }
}

/// What a fact says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Says {
    /// The order of the list matters.
    Ordered,
    /// Items of the list are identified by these members together.
    KeyedBy(&'static [&'static str]),
    /// Whatever is in the collection and not declared was added by hand, even when nothing of it is declared. Of a
    /// switch: its being off was somebody's change, even when nobody declared it.
    Authoritative,
    /// A map whose names are the user's: a name that is not declared was added by hand.
    FreeForm,
    /// The service adds members of its own; those that are not declared are not judged.
    OpenMembers,
    /// The user's text, to the letter: no name, ARN, or JSON in it is interpreted.
    Verbatim,
    /// A policy document, as an object, a text or a URL-encoded text.
    Policy,
    /// A JSON document that is authored as a whole; whether the order of its lists matters.
    Json(Order),
    /// A security-group rule.
    SecurityGroupRule,
    /// Taken out of every side before anything is compared or stored.
    Secret,
    /// Accepted on write and not returned on read, beside what the type's schema calls write-only.
    NeverReturned,
    /// Returned by the type's own reader, though its schema calls it write-only.
    Returned,
    /// Texts that mean the same under a unary canonical form.
    Spelling(Spelling),
    /// `8.0` declares the track of which `8.0.45` is a release.
    VersionTrack,
    /// A value that services fill in and leave out at will.
    Default(&'static str),
    /// A release is declared, and the service answers with its track.
    ReadsAsTrack,
    /// The service adds members of its own at their defaults; one at another value was changed by hand.
    FillsIn(&'static Filler),
    /// A word that the service resolves to one of several others.
    Resolves(&'static str, &'static [&'static str]),
    /// An empty text, list or object is stored as nothing.
    EmptyIsAbsent,
    /// Member names that the service knows under another name, each with that name.
    Renames(&'static [(&'static str, &'static str)]),
}

/// Members that a service adds to a list of names and values.
#[derive(Debug, PartialEq, Eq)]
pub struct Filler {
    /// The member that names.
    pub key: &'static str,
    /// The member that holds the value.
    pub value: &'static str,
    /// By name the values that are defaults. A name that is not here is newer than the table and is not judged.
    pub defaults: &'static [(&'static str, &'static [&'static str])],
}

impl Filler {
    /// Whether a member that only lives was put there by the service as far as this tells.
    pub fn explains(&self, member: &Value) -> bool {
        let text = |name: &str| member.get(name).and_then(Value::as_scalar_text).unwrap_or_default();
        let (key, value) = (text(self.key), text(self.value));
        self.defaults
            .iter()
            .find(|(name, _)| *name == key)
            .is_none_or(|(_, defaults)| defaults.contains(&value.as_str()))
    }
}

/// Whether the order of lists inside a document matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// It does.
    Kept,
    /// It does not.
    Free,
}

/// Forms that a service rewrites without changing the meaning.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Spelling {
    /// Letter case (ASCII).
    LetterCase,
    /// A dot at the end of a domain name.
    TrailingDot,
    /// A slash at the end of a prefix.
    TrailingSlash,
    /// `5` and `5.0`.
    Decimal,
    /// `on`, `1`, `true`.
    BooleanToken,
    /// `rate(60 minutes)` and `rate(1 hour)`.
    Rate,
    /// Address ranges: host bits, IPv6 forms, a single address as a range.
    Cidr,
    /// `tcp` and `6`, `all` and `-1`.
    Protocol,
    /// Seconds since 1970, cut to the hour.
    WholeHour,
    /// An SSH public key without its comment.
    PublicKey,
    /// Line ends and blanks around a text document.
    OuterBlanks,
    /// Lines of `key=value` in any order, blank lines and comments aside.
    Properties,
    /// A Redis access string: it starts from `-@all` whether that is written or not.
    AccessString,
    /// The prefix that Cognito puts before attributes that are not standard.
    CustomAttribute,
    /// A leading `/hostedzone/` and the like: only what stands behind the last slash counts.
    LastSegment,
}

/// Every table.
const TABLES: &[&[Fact]] = &[
    super::analytics::FACTS,
    super::compute::FACTS,
    super::database::FACTS,
    super::delivery::FACTS,
    super::ec2::FACTS,
    super::ecs::FACTS,
    super::edge::FACTS,
    super::iam::FACTS,
    super::lambda::FACTS,
    super::messaging::FACTS,
    super::operations::FACTS,
    super::switches::FACTS,
    super::secrets::FACTS,
    super::write_only::FACTS,
];

/// The facts of one type under the last segment of their patterns: a walk asks at every node of every resource, and
/// almost no fact ends in the name that a node has.
#[derive(Debug, Default)]
struct Table {
    facts: Vec<&'static Fact>,
    /// By a last segment that is a name: what ends in it, and what ends in `*`. In the order of the tables.
    by_end: HashMap<&'static str, Vec<Row>>,
    /// What ends in `*`, and what is about the resource itself.
    for_any_end: Vec<Row>,
}

/// One pattern of a fact.
type Row = (&'static str, Says);

static BY_TYPE: LazyLock<HashMap<&'static str, Table>> = LazyLock::new(|| {
    let mut by_type: HashMap<&'static str, Table> = HashMap::new();
    for fact in TABLES.iter().copied().flatten() {
        for name in fact.types {
            by_type.entry(name).or_default().facts.push(fact);
        }
    }
    by_type.values_mut().for_each(Table::index);
    by_type
});

impl Table {
    fn index(&mut self) {
        let rows: Vec<Row> =
            self.facts.iter().flat_map(|fact| fact.paths.iter().map(|pattern| (*pattern, fact.says))).collect();
        let ends_in_name = |pattern: &'static str| Some(end_of(pattern)).filter(|end| !matches!(*end, "" | "*"));
        let rows_that = |may_match: &dyn Fn(Option<&'static str>) -> bool| -> Vec<Row> {
            rows.iter().copied().filter(|(pattern, _)| may_match(ends_in_name(pattern))).collect()
        };
        self.for_any_end = rows_that(&|end| end.is_none());
        let names: HashSet<&'static str> = rows.iter().filter_map(|(pattern, _)| ends_in_name(pattern)).collect();
        self.by_end =
            names.into_iter().map(|name| (name, rows_that(&|end| end.is_none_or(|end| end == name)))).collect();
    }

    /// The rows whose patterns end as a path does.
    fn rows(&self, path: &AttributePath) -> &[Row] {
        let name = match path.steps().last() {
            Some(Step::Key(name)) => self.by_end.get(name.as_str()),
            _ => None,
        };
        name.unwrap_or(&self.for_any_end)
    }
}

/// The facts about one type.
#[derive(Clone, Copy, Debug)]
pub struct Facts {
    own: Option<&'static Table>,
    every: Option<&'static Table>,
}

impl Facts {
    /// The facts about a type; for a type that no table knows, those about every type.
    pub fn of(resource_type: &ResourceType) -> Self {
        Self { own: BY_TYPE.get(resource_type.as_str()), every: BY_TYPE.get("*") }
    }

    fn tables(self) -> impl Iterator<Item = &'static Table> {
        [self.own, self.every].into_iter().flatten()
    }

    /// What is so at a path.
    pub fn at(self, path: &AttributePath) -> impl Iterator<Item = Says> {
        let rows = self.tables().flat_map(|table| table.rows(path));
        rows.filter(|(pattern, _)| pattern_matches(pattern, path)).map(|(_, says)| *says)
    }

    /// Whether a fact stands at a path.
    pub fn say(self, path: &AttributePath, says: Says) -> bool {
        self.at(path).any(|found| found == says)
    }

    /// The patterns at which a fact stands.
    pub fn patterns(self, says: Says) -> impl Iterator<Item = &'static str> {
        let facts = self.tables().flat_map(|table| &table.facts).filter(move |fact| fact.says == says);
        facts.flat_map(|fact| fact.paths.iter().copied())
    }
}

/// The last segment of a pattern.
pub(super) fn end_of(pattern: &str) -> &str {
    pattern.rsplit_once('.').map_or(pattern, |(_, end)| end)
}

/// Whether a pattern names exactly this path. The empty pattern names the resource itself.
pub fn pattern_matches(pattern: &str, path: &AttributePath) -> bool {
    match pattern.strip_prefix("**.") {
        Some(end) => {
            (0..path.steps().len()).any(|from| path.steps().get(from..).and_then(|rest| meets(end, rest)) == Some(0))
        }
        None => meets(pattern, path.steps()) == Some(0),
    }
}

/// Whether a pattern names this path or something that it is a part of; the pattern `*` alone names everything.
pub fn pattern_covers(pattern: &str, path: &AttributePath) -> bool {
    pattern == "*" || meets(pattern, path.steps()).is_some()
}

/// How many steps of a path are left behind the pattern; `None` when the path leaves it.
fn meets(pattern: &str, steps: &[Step]) -> Option<usize> {
    let mut rest = steps.iter();
    for segment in pattern.split('.').filter(|segment| !segment.is_empty()) {
        let met = match rest.next()? {
            Step::Key(key) => segment == "*" || segment == key,
            Step::Item { .. } | Step::Member(_) | Step::Index(_) => segment == "*",
        };
        if !met {
            return None;
        }
    }
    Some(rest.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_names_items_of_lists_and_members_of_maps_by_a_star() {
        let check = |pattern: &str, path: &str, expect: (bool, bool)| {
            let path: AttributePath = path.parse().unwrap();
            let found = (pattern_matches(pattern, &path), pattern_covers(pattern, &path));
            assert_eq!(found, expect, "{pattern} at {path}");
        };
        check("A.*.B", "A[Key=x].B", (true, true));
        check("A.*.B", "A[0].B.C", (false, true));
        check("A.*", "A.anything", (true, true));
        check("**.B.C", "A[0].X.B.C", (true, false));
        check("**.B.C", "A.B.C.D", (false, false));
        check("A", "B", (false, false));
        check("A.B", "A", (false, false));
        check("*", "A.B", (false, true));
    }

    #[test]
    fn the_index_gives_what_the_patterns_name_and_in_their_order() {
        let step = |segment: &str, name: &str| match segment {
            "*" | "**" | "" => Step::Key(name.to_owned()),
            segment => Step::Key(segment.to_owned()),
        };
        for (name, table) in BY_TYPE.iter() {
            for pattern in table.facts.iter().flat_map(|fact| fact.paths) {
                // The path that the pattern names with `Tags` for its stars, what is in it, and the resource itself.
                let path = pattern.split('.').fold(AttributePath::root(), |path, part| path.then(step(part, "Tags")));
                for path in [AttributePath::root(), path.then(Step::Index(0)), path.key("Name"), path] {
                    let rows = table.facts.iter().flat_map(|fact| fact.paths.iter().map(|row| (*row, fact.says)));
                    let all: Vec<Row> = rows.filter(|(row, _)| pattern_matches(row, &path)).collect();
                    let found = table.rows(&path).iter().copied().filter(|(row, _)| pattern_matches(row, &path));
                    assert_eq!(found.collect::<Vec<_>>(), all, "{name} at {path}");
                }
            }
        }
    }

    #[test]
    fn every_row_names_types_and_paths() {
        for fact in TABLES.iter().copied().flatten() {
            assert!(!fact.types.is_empty() && !fact.paths.is_empty(), "{fact:?}");
            for name in fact.types {
                assert!(*name == "*" || name.split("::").count() == 3, "{name} is no type");
            }
        }
    }
}
