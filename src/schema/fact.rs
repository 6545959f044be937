//! The shape of a fact about a property, and how facts are found.

use std::collections::{BTreeSet, HashMap};
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
    /// Whatever is in the collection and not declared was added by hand, even when nothing of it is declared.
    Authoritative,
    /// A switch that is on in a resource of which all this holds: its being off was somebody's change, even when nobody
    /// declared it.
    On(&'static [When]),
    /// A switch that the service turns on in what it makes, and that is as good as off where it is not there: its being
    /// off was somebody's change, even when nobody declared it.
    Guard,
    /// A map whose names are the user's: a name that is not declared was added by hand.
    FreeForm,
    /// The service adds members of its own; those that are not declared are not judged.
    OpenMembers,
    /// Of an open collection: in a resource of which all this holds the service adds nothing.
    ClosedWhen(&'static [When]),
    /// The user's text, to the letter: no name, ARN, or JSON in it is interpreted.
    Verbatim,
    /// A policy document, as an object, a text or a URL-encoded text.
    Policy,
    /// One statement of a policy document.
    Statement,
    /// A JSON document that is authored as a whole; whether the order of its lists matters.
    Json(Order),
    /// A security-group rule.
    SecurityGroupRule,
    /// Taken out of every side before anything is compared or stored.
    Secret,
    /// Accepted on write and not returned on read, beside what the type's schema calls write-only.
    NeverReturned,
    /// Of the resource itself, or of a property: what is set there is always returned, so what is not returned is not
    /// set. Of other types a property that is not returned may be one that the service keeps to itself.
    ReturnedWhenSet,
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
    /// The service brings members of its own, which are not judged; one that it does not bring was added by hand.
    Brings(&'static Brought),
    /// AWS adds statements to the policy for its own delivery.
    Appends(&'static Appended),
    /// Somebody other than a person moves the number between limits.
    Controlled(&'static Controller),
    /// The service installs later releases of the same major version by itself while `AutoMinorVersionUpgrade` is on;
    /// by engine how many segments of a version are its major version.
    MinorUpgrades(&'static [(&'static str, usize)]),
    /// A word that the service resolves to one of several others.
    Resolves(&'static str, &'static [&'static str]),
    /// An empty text, list or object is stored as nothing.
    EmptyIsAbsent,
    /// Moves though nobody changes it: set by the service, or by a controller where nobody declares it.
    Volatile,
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
    /// By name the values that are defaults. A name that is not here is newer than the table: services introduce what
    /// is off.
    pub defaults: &'static [(&'static str, &'static [&'static str])],
}

/// Members that a service brings to a list of named settings in groups.
#[derive(Debug, PartialEq, Eq)]
pub struct Brought {
    /// The member that names the group.
    pub group: &'static str,
    /// The member that names the setting.
    pub name: &'static str,
    /// The groups, each with the names that are brought in it; none: all. A group that ends in `*` stands for all that
    /// begin so.
    pub own: &'static [(&'static str, &'static [&'static str])],
}

impl Brought {
    /// Whether a member is one of them.
    pub fn explains(&self, member: &Value) -> bool {
        let text = |name: &str| member.get(name).and_then(Value::as_str).unwrap_or_default();
        let (group, name) = (text(self.group), text(self.name));
        let is_group = |pattern: &str| match pattern.strip_suffix('*') {
            Some(begin) => group.starts_with(begin),
            None => group == pattern,
        };
        self.own.iter().any(|(pattern, names)| is_group(pattern) && (names.is_empty() || names.contains(&name)))
    }
}

/// Who moves a number, and between what.
#[derive(Debug, PartialEq, Eq)]
pub struct Controller {
    /// Who.
    pub owner: &'static str,
    /// The least it is moved to.
    pub min: Limit,
    /// The most.
    pub max: Limit,
}

/// A limit of a [`Controller`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Limit {
    /// What is declared.
    Declared,
    /// What another property of the resource is now.
    Live(&'static str),
}

/// Statements that AWS adds to a policy when somebody turns on a delivery to what it protects.
#[derive(Debug, PartialEq, Eq)]
pub struct Appended {
    /// How their `Sid` begins.
    pub sid: &'static str,
    /// The service that they allow, and no other.
    pub service: &'static str,
    /// What they may allow; a statement that allows more was written by somebody else.
    pub actions: &'static [&'static str],
}

impl Appended {
    /// Whether a statement, as policies are compared, is one of them.
    pub fn explains(&self, statement: &Value) -> bool {
        let text = |name: &str| statement.get(name).and_then(Value::as_str).unwrap_or_default();
        let all = |value: Option<&Value>, is: &dyn Fn(&str) -> bool| {
            let items = value.and_then(Value::as_list).unwrap_or_default();
            !items.is_empty() && items.iter().all(|item| item.as_str().is_some_and(is))
        };
        let principals = statement.get("Principal").and_then(Value::as_object).map_or(0, |kinds| kinds.len());
        text("Effect") == "Allow"
            && text("Sid").starts_with(self.sid)
            && principals == 1
            && all(statement.at_keys(["Principal", "Service"]), &|service| service == self.service)
            && all(statement.get("Action"), &|action| self.actions.contains(&action))
    }
}

/// Something that is to hold of a resource before a fact about it does. Properties are paths of member names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum When {
    /// None of these properties is declared or live.
    NoneOf(&'static [&'static str]),
    /// This property is live and none of these.
    IsNot(&'static str, &'static [&'static str]),
    /// This property is live and one of these.
    Is(&'static str, &'static [&'static str]),
}

impl When {
    /// Whether it holds of a resource, given as declared and as live.
    pub fn holds(&self, [declared, live]: [&Value; 2]) -> bool {
        let at = |side: &Value, path: &str| side.at_keys(path.split('.')).and_then(Value::as_scalar_text);
        match self {
            Self::NoneOf(paths) => {
                let is_set = |path: &&str| [declared, live].iter().any(|side| side.at_keys(path.split('.')).is_some());
                !paths.iter().any(is_set)
            }
            Self::IsNot(path, values) => at(live, path).is_some_and(|value| !values.contains(&value.as_str())),
            Self::Is(path, values) => at(live, path).is_some_and(|value| values.contains(&value.as_str())),
        }
    }
}

/// Values of a setting that is off.
const OFF: &[&str] = &["", "0", "false", "off", "none", "disabled"];

impl Filler {
    /// Whether a member that only lives was put there by the service as far as this tells.
    pub fn explains(&self, member: &Value) -> bool {
        let text = |name: &str| member.get(name).and_then(Value::as_scalar_text).unwrap_or_default();
        let (key, value) = (text(self.key), text(self.value));
        let known = self.defaults.iter().find(|(name, _)| *name == key);
        known.map_or(OFF, |(_, defaults)| defaults).contains(&value.as_str())
    }

    /// Whether the table knows the name of a member.
    pub fn knows(&self, member: &Value) -> bool {
        let name = member.get(self.key).and_then(Value::as_scalar_text);
        name.is_some_and(|name| self.defaults.iter().any(|(known, _)| *known == name))
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
    /// Letter case (ASCII), whichever the service answers.
    LetterCase,
    /// The service writes it in small letters (ASCII): whatever else is read was not written by it.
    LowerCase,
    /// The service writes it in capital letters (ASCII).
    UpperCase,
    /// A word that the service writes in small letters, with or without a capital one at its beginning (ASCII).
    Capitalized,
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
    super::documents::FACTS,
    super::reads::FACTS,
    super::ec2::FACTS,
    super::ecs::FACTS,
    super::edge::FACTS,
    super::iam::FACTS,
    super::lambda::FACTS,
    super::messaging::FACTS,
    super::operations::FACTS,
    super::storage::FACTS,
    super::switches::FACTS,
    super::undeclared::FACTS,
    super::secrets::FACTS,
    super::write_only::FACTS,
];

/// Every row of every table.
#[cfg(test)]
pub(crate) fn every_fact() -> impl Iterator<Item = &'static Fact> {
    TABLES.iter().copied().flatten()
}

/// The facts of one type under the last segment of their patterns: a walk asks at every node of every resource, and
/// almost no fact ends in the name that a node has.
#[derive(Debug, Default)]
struct Table {
    facts: Vec<&'static Fact>,
    /// By a last segment that is a name, sorted: what ends in it, and what ends in `*`. In the order of the tables.
    by_end: Vec<(&'static str, Vec<Row>)>,
    /// What ends in `*`, and what is about the resource itself.
    for_any_end: Vec<Row>,
    /// The patterns of collections and switches that are complete whether they are declared or not.
    complete: Vec<&'static str>,
    /// The patterns of guards.
    guards: Vec<&'static str>,
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
        let is_complete = |row: &&Row| matches!(row.1, Says::Authoritative | Says::On(_));
        self.complete = rows.iter().filter(is_complete).map(|(pattern, _)| *pattern).collect();
        self.guards = rows.iter().filter(|row| row.1 == Says::Guard).map(|(pattern, _)| *pattern).collect();
        let names: BTreeSet<&'static str> = rows.iter().filter_map(|(pattern, _)| ends_in_name(pattern)).collect();
        self.by_end =
            names.into_iter().map(|name| (name, rows_that(&|end| end.is_none_or(|end| end == name)))).collect();
    }

    /// The rows whose patterns end as a path does.
    fn rows(&self, path: &AttributePath) -> &[Row] {
        let name = match path.steps().last() {
            Some(Step::Key(name)) => self.by_end.binary_search_by(|(end, _)| (*end).cmp(name)).ok(),
            _ => None,
        };
        name.and_then(|at| self.by_end.get(at)).map_or(&self.for_any_end, |(_, rows)| rows)
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

    /// Whether a fact stands anywhere in the type.
    pub fn say_anywhere(self, says: Says) -> bool {
        self.tables().flat_map(|table| &table.facts).any(|fact| fact.says == says)
    }

    /// Whether a path of plain members is on the way to a collection or switch that is complete whether it is declared
    /// or not.
    pub fn leads_to_complete(self, path: &AttributePath) -> bool {
        self.tables().any(|table| table.complete.iter().any(|pattern| leads_to(path, pattern)))
    }

    /// Whether a path of plain members is on the way to a [guard](Says::Guard).
    pub fn leads_to_guard(self, path: &AttributePath) -> bool {
        self.tables().any(|table| table.guards.iter().any(|pattern| leads_to(path, pattern)))
    }
}

/// Whether a path is a proper beginning of a pattern.
fn leads_to(path: &AttributePath, pattern: &str) -> bool {
    let mut rest = pattern.split('.');
    let met = path.steps().iter().all(|step| {
        rest.next().is_some_and(|segment| match step {
            Step::Key(key) => segment == "*" || segment == key,
            Step::Item { .. } | Step::Member(_) | Step::Index(_) => segment == "*",
        })
    });
    met && rest.next().is_some()
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
///
/// A pattern with brackets names items of lists as paths do, `Tags[Key=Name]`; a `*` at an end of the item's value
/// stands for the rest of it.
pub fn pattern_covers(pattern: &str, path: &AttributePath) -> bool {
    pattern == "*" || meets(pattern, path.steps()).is_some() || (pattern.contains('[') && covers_item(pattern, path))
}

fn covers_item(pattern: &str, path: &AttributePath) -> bool {
    let Ok(pattern) = pattern.parse::<AttributePath>() else { return false };
    let covers = |(wanted, step): (&Step, &Step)| match (wanted, step) {
        (Step::Item { by: wanted_by, value: wanted }, Step::Item { by, value }) => {
            let has_value = match (wanted.strip_prefix('*'), wanted.strip_suffix('*')) {
                (Some(end), _) => value.ends_with(end),
                (None, Some(beginning)) => value.starts_with(beginning),
                (None, None) => value == wanted,
            };
            wanted_by == by && has_value
        }
        (Step::Key(wanted), Step::Key(key)) => wanted == "*" || wanted == key,
        (Step::Key(wanted), _) => wanted == "*",
        (wanted, step) => wanted == step,
    };
    path.steps().len() >= pattern.steps().len() && pattern.steps().iter().zip(path.steps()).all(covers)
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
    fn every_table_is_listed_once() {
        for (at, table) in TABLES.iter().enumerate() {
            assert!(!TABLES[..at].iter().any(|other| std::ptr::eq(*other, *table)), "{:?}", table.first());
        }
    }

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
        check("Tags[Key=a.b]", "Tags[Key=a.b].Value", (false, true));
        check("Tags[Key=a.b]", "Tags[Key=a.c].Value", (false, false));
        check("Tags[Key=kubernetes.io/*]", "Tags[Key=kubernetes.io/x]", (false, true));
        check("Tags[Key=kubernetes.io/*]", "Tags[Key=k8s.io/x]", (false, false));
        check("Entries[RuleNumber,Egress=*,false]", "Entries[RuleNumber,Egress=100,false].CidrBlock", (false, true));
        check("Entries[RuleNumber,Egress=*,false]", "Entries[RuleNumber,Egress=100,true]", (false, false));
        check("Tags[Key=a]", "Tags", (false, false));
        check("Tags[Key=a].*", "Tags[Key=a].Value", (false, true));
        check("Tags[Key=a].*", "Tags[Key=a]", (false, false));
        check("A.*.B[Name=x]", "A[0].B[Name=x].C", (false, true));
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
