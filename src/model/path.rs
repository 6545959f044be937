//! Attribute paths: `NetworkConfiguration.AwsvpcConfiguration.Subnets[subnet-1]`.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// The way from a resource to one of its attributes.
///
/// List items are named by their identity, so that a path still means the same item after the list was reordered;
/// by index only where order matters.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct AttributePath(Vec<Step>);

/// One step of an [`AttributePath`].
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Step {
    /// A member of an object: `.Name`, or `["a.b"]` where the name is not a plain word.
    Key(String),
    /// The item of a list whose member `by` has this value: `[Name=app]`.
    Item {
        /// The identifying member, or several joined by `,` for an identity of several members.
        by: String,
        /// Its value as text.
        value: String,
    },
    /// The item of an unordered list of scalars that has this value: `[sg-1]`.
    Member(String),
    /// The item at a position, from 0, of a list whose order matters: `[0]`.
    Index(usize),
}

impl AttributePath {
    /// The resource itself.
    pub fn root() -> Self {
        Self::default()
    }

    /// A path of plain member names: `keys(["A", "B"])` is `A.B`.
    pub fn keys<'a>(keys: impl IntoIterator<Item = &'a str>) -> Self {
        Self(keys.into_iter().map(|key| Step::Key(key.to_owned())).collect())
    }

    /// This path and one step more.
    #[must_use]
    pub fn then(&self, step: Step) -> Self {
        let mut steps = self.0.clone();
        steps.push(step);
        Self(steps)
    }

    /// This path and one member name more.
    #[must_use]
    pub fn key(&self, key: &str) -> Self {
        self.then(Step::Key(key.to_owned()))
    }

    /// Puts another step in the place of the last one: a walk over many members copies the way to them once.
    pub fn replace_last(&mut self, step: Step) {
        self.0.pop();
        self.0.push(step);
    }

    /// The steps, outermost first.
    pub fn steps(&self) -> &[Step] {
        &self.0
    }

    /// Whether this is the resource itself.
    pub fn is_root(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether `self` is `other` or a part of it.
    pub fn is_within(&self, other: &Self) -> bool {
        self.0.starts_with(&other.0)
    }

    /// The path with items of lists written as `*`: the spelling in which facts about types are kept
    /// (`ContainerDefinitions.*.Environment.*.Value`).
    pub fn pattern(&self) -> String {
        let steps: Vec<&str> = self
            .0
            .iter()
            .map(|step| match step {
                Step::Key(key) => key.as_str(),
                Step::Item { .. } | Step::Member(_) | Step::Index(_) => "*",
            })
            .collect();
        steps.join(".")
    }
}

impl FromIterator<Step> for AttributePath {
    fn from_iter<T: IntoIterator<Item = Step>>(steps: T) -> Self {
        Self(steps.into_iter().collect())
    }
}

fn is_plain(key: &str) -> bool {
    !key.is_empty() && !key.contains(['.', '[', ']', '"', '=', '\\'])
}

fn write_escaped(f: &mut fmt::Formatter<'_>, text: &str, special: &[char]) -> fmt::Result {
    text.chars().try_for_each(|c| {
        if special.contains(&c) {
            f.write_str("\\")?;
        }
        write!(f, "{c}")
    })
}

impl fmt::Display for AttributePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (position, step) in self.0.iter().enumerate() {
            match step {
                Step::Key(key) if is_plain(key) => {
                    if position > 0 {
                        f.write_str(".")?;
                    }
                    f.write_str(key)?;
                }
                Step::Key(key) => {
                    f.write_str("[\"")?;
                    write_escaped(f, key, &['"', '\\'])?;
                    f.write_str("\"]")?;
                }
                Step::Item { by, value } => {
                    write!(f, "[{by}=")?;
                    write_escaped(f, value, &[']', '\\'])?;
                    f.write_str("]")?;
                }
                Step::Member(value) => {
                    // A leading `=` keeps a member apart from an index, a quoted key and an identity.
                    let ambiguous = value.is_empty()
                        || value.starts_with('"')
                        || value.contains('=')
                        || value.bytes().all(|b| b.is_ascii_digit());
                    f.write_str(if ambiguous { "[=" } else { "[" })?;
                    write_escaped(f, value, &[']', '\\'])?;
                    f.write_str("]")?;
                }
                Step::Index(index) => write!(f, "[{index}]")?,
            }
        }
        Ok(())
    }
}

/// A text that is not an attribute path.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not an attribute path: {text:?}: {expected} at character {at}")]
pub struct ParsePathError {
    text: String,
    expected: &'static str,
    at: usize,
}

impl FromStr for AttributePath {
    type Err = ParsePathError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut reader = PathReader { chars: text.chars().collect(), at: 0 };
        let mut steps = Vec::new();
        while reader.at < reader.chars.len() {
            let step = reader.step(steps.is_empty());
            steps.push(step.map_err(|expected| ParsePathError { text: text.to_owned(), expected, at: reader.at })?);
        }
        Ok(Self(steps))
    }
}

struct PathReader {
    chars: Vec<char>,
    at: usize,
}

impl PathReader {
    fn peek(&self) -> Option<char> {
        self.chars.get(self.at).copied()
    }

    fn eat(&mut self, expected: char) -> bool {
        let found = self.peek() == Some(expected);
        self.at += usize::from(found);
        found
    }

    fn step(&mut self, first: bool) -> Result<Step, &'static str> {
        if self.eat('[') {
            return self.bracket();
        }
        if !first && !self.eat('.') {
            return Err("expected `.` or `[`");
        }
        let key = self.until(&['.', '[']);
        if key.is_empty() { Err("expected a name") } else { Ok(Step::Key(key)) }
    }

    fn bracket(&mut self) -> Result<Step, &'static str> {
        if self.eat('"') {
            let key = self.until(&['"']);
            return if self.eat('"') && self.eat(']') { Ok(Step::Key(key)) } else { Err("expected `\"]`") };
        }
        let anonymous = self.eat('=');
        let start = self.until(&[']', '=']);
        let step = if anonymous {
            let rest = self.until(&[']']);
            Step::Member(start + &rest)
        } else if self.eat('=') {
            Step::Item { by: start, value: self.until(&[']']) }
        } else {
            start.parse().map_or(Step::Member(start), Step::Index)
        };
        if self.eat(']') { Ok(step) } else { Err("expected `]`") }
    }

    /// The characters up to one of `stops`, which is not taken; a backslash takes the next one as it is.
    fn until(&mut self, stops: &[char]) -> String {
        let mut text = String::new();
        while let Some(c) = self.peek() {
            if stops.contains(&c) {
                break;
            }
            self.at += 1;
            let literal = if c == '\\' { self.peek().inspect(|_| self.at += 1).unwrap_or(c) } else { c };
            text.push(literal);
        }
        text
    }
}

impl Serialize for AttributePath {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for AttributePath {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn paths_name_list_items_by_identity() {
        let path = AttributePath::keys(["ContainerDefinitions"])
            .then(Step::Item { by: "Name".into(), value: "app".into() })
            .key("Environment")
            .then(Step::Item { by: "Name".into(), value: "DEBUG".into() })
            .key("Value");
        assert_eq!(path.to_string(), "ContainerDefinitions[Name=app].Environment[Name=DEBUG].Value");
        assert_eq!(path.pattern(), "ContainerDefinitions.*.Environment.*.Value");
        assert_eq!(AttributePath::keys(["Tags"]).key("kubernetes.io/name").to_string(), "Tags[\"kubernetes.io/name\"]");
        assert_eq!(AttributePath::keys(["Ports"]).then(Step::Member("80".into())).to_string(), "Ports[=80]");
    }

    #[test]
    fn a_broken_path_is_refused_with_its_place() {
        let message = "A[x".parse::<AttributePath>().unwrap_err().to_string();
        assert_eq!(message, "not an attribute path: \"A[x\": expected `]` at character 3");
    }

    fn any_step() -> impl Strategy<Value = Step> {
        let text = "[a-z.=\"\\\\\\]\\[0-9 /:-]{0,8}";
        let name = "[A-Za-z,]{1,6}";
        prop_oneof![
            text.prop_map(Step::Key),
            (name, text).prop_map(|(by, value)| Step::Item { by, value }),
            text.prop_map(Step::Member),
            (0usize..99).prop_map(Step::Index),
        ]
    }

    proptest! {
        #[test]
        fn every_path_reads_back_as_itself(steps in prop::collection::vec(any_step(), 0..5)) {
            let path: AttributePath = steps.into_iter().collect();
            prop_assert_eq!(path.to_string().parse::<AttributePath>().unwrap(), path);
        }
    }
}
