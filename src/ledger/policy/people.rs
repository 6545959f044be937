//! Who is who: the same person signs with an e-mail address, a handle and a role session.
//!
//! Knows only what the configuration tells. Two identities that it does not join stay two people.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::model::{Problem, ProblemKind};

/// A person and the identities they use.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Person {
    /// The name under which the person is shown.
    pub name: String,
    /// Other identities: e-mail addresses, GitHub logins, Slack handles (`@name`), names of SSO or role sessions,
    /// whole ARNs.
    #[serde(default)]
    pub also: Vec<String>,
}

/// The table of identities.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct People {
    names: BTreeMap<String, String>,
}

impl People {
    /// The table of these people, and the identities that more than one of them claims; of those the first keeps it.
    pub fn new(people: &[Person]) -> (Self, Vec<Problem>) {
        let mut names = BTreeMap::new();
        let mut problems = Vec::new();
        for person in people {
            for identity in person.also.iter().chain([&person.name]) {
                let owner = names.entry(identity_of(identity)).or_insert_with(|| person.name.clone());
                if *owner != person.name {
                    let message = format!("the identity {identity:?} belongs to {owner:?} and to {:?}", person.name);
                    let problem = Problem::new(ProblemKind::Invalid, "people", message);
                    problems.push(problem.remedy("list it under one person"));
                }
            }
        }
        (Self { names }, problems)
    }

    /// The person behind an identity; the identity itself, normalised, if nobody is known to use it.
    pub fn person<'a>(&'a self, identity: &'a str) -> std::borrow::Cow<'a, str> {
        let identity = identity_of(identity);
        match self.names.get(&identity) {
            Some(name) => name.as_str().into(),
            None => identity.into(),
        }
    }

    /// Whether two identities are one person's.
    pub fn are_same(&self, one: &str, other: &str) -> bool {
        self.person(one) == self.person(other)
    }
}

/// An identity without what differs between its spellings: case, `@`, and the role around a session name.
///
/// `arn:aws:sts::1:assumed-role/AWSReservedSSO_Admin_1/alice@example.com` and `AWSReservedSSO_Admin_1/alice@example.com`
/// are both `alice@example.com`; `arn:aws:iam::1:user/alice` is `alice` (AWS, "IAM identifiers").
fn identity_of(text: &str) -> String {
    let text = text.trim();
    let last = text.rsplit('/').next().filter(|last| !last.is_empty()).unwrap_or(text);
    last.trim_start_matches('@').to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn person(name: &str, also: &[&str]) -> Person {
        Person { name: name.to_owned(), also: also.iter().map(|text| (*text).to_owned()).collect() }
    }

    #[test]
    fn identities_of_one_person_are_joined_and_unknown_ones_stay_apart() {
        let (people, problems) = People::new(&[
            person("Dana Ops", &["dana@example.com", "@dana-gh", "<U123>"]),
            person("Kim Lead", &["kim@example.com"]),
        ]);
        assert_eq!(problems, []);
        let check = |one: &str, other: &str, same: bool| assert_eq!(people.are_same(one, other), same, "{one} {other}");
        check("dana@example.com", "Dana-GH", true);
        check("@dana-gh", "dana ops", true);
        check("arn:aws:sts::1:assumed-role/AWSReservedSSO_Admin_ab/dana@example.com", "@dana-gh", true);
        check("dana@example.com", "kim@example.com", false);
        check("stranger", "@Stranger", true);
        check("stranger@example.com", "stranger", false);
        check("arn:aws:iam::1:user/x", "arn:aws:iam::1:user/y", false);
    }

    #[test]
    fn an_identity_of_two_people_is_told() {
        let (people, problems) = People::new(&[person("A", &["@ops"]), person("B", &["ops"])]);
        assert_eq!(problems.len(), 1);
        assert_eq!(people.person("ops"), "A");
    }
}
