//! Declared: what a repository says should be there, in the canonical model. Knows nothing of live state.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::{Bindings, Bound, Declaration, Problem, Reference, Skipped};

pub mod cdk;
pub mod cloudformation;
pub mod kubernetes;
pub mod members;
pub mod source;
pub mod terraform;
pub mod terraform_canonical;

use members::OpenCollection;

/// What was read from declarations. Reading never fails as a whole: what could not be read is a problem.
#[derive(Clone, Debug, Default)]
pub struct Read {
    /// The resources.
    pub declarations: Vec<Declaration>,
    /// What could not be read or evaluated.
    pub problems: Vec<Problem>,
    /// What is declared and nothing here can compare.
    pub skipped: Vec<Skipped>,
    /// What may declare resources besides: addresses of which nobody can say from here how many there are (`count`
    /// of something unknown) or whether there are any (a condition, a module that is not available). A `*` at the end
    /// stands for the rest of a name.
    pub unsettled: BTreeSet<String>,
    /// Collections that may have more declared members than the declarations show.
    pub open: BTreeSet<OpenCollection>,
    /// Where resources were declared before: what is known of one under its old address belongs to the new one.
    pub moves: terraform::Moves,
    /// What was deployed at an old address: old address → new address.
    pub moved: BTreeMap<String, String>,
    /// What the account has to be asked before all of it is known.
    pub asks: cloudformation::Asks,
    /// Attributes of deployed resources that were looked up on the way, whether they are known or not.
    pub references: BTreeSet<Reference>,
}

impl Read {
    /// The address at which something is declared now that was declared at this one before.
    pub fn moved_from(&self, address: &str) -> Option<String> {
        self.moved.get(address).cloned().or_else(|| self.moves.renamed(address))
    }

    /// Whether a resource that is not among the declarations may be declared all the same.
    pub fn may_declare(&self, address: &str) -> bool {
        let is_part = |whole: &String| {
            let is_inside = |rest: &str| rest.is_empty() || rest.starts_with(['.', '[', '/']);
            match whole.strip_suffix('*') {
                Some(beginning) => address.starts_with(beginning),
                None => address.strip_prefix(whole.as_str()).is_some_and(is_inside),
            }
        };
        self.unsettled.iter().any(is_part)
    }

    /// The properties of a resource that may have more declared members than the declarations show.
    pub fn open_of(&self, address: &str) -> BTreeSet<String> {
        let first = OpenCollection { address: address.to_owned(), property: String::new() };
        let open = self.open.range(first..).take_while(|open| open.address == address);
        open.map(|open| open.property.clone()).collect()
    }

    /// Whether what is now known of a resource may change the declarations that were read with `bindings`: its id is
    /// another, or an attribute that was looked up.
    pub fn was_read_without(&self, bindings: &Bindings, address: &str, bound: &Bound) -> bool {
        let known = bindings.get(address);
        let differs = |attribute: &str| {
            let then = known.and_then(|known| known.attributes.get(attribute));
            bound.attributes.get(attribute).is_some_and(|now| Some(now) != then)
        };
        let first = Reference { address: address.to_owned(), attribute: None };
        let references = self.references.range(first..).take_while(|reference| reference.address == address);
        known.map(|known| &known.identifier) != Some(&bound.identifier)
            || references.filter_map(|reference| reference.attribute.as_deref()).any(differs)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Value;

    #[test]
    fn an_unsettled_address_stands_for_what_is_in_it_and_not_for_its_neighbours() {
        let unsettled = ["module.m", "aws_sqs_queue.q", "Nested", "Bucket*"].map(str::to_owned).into();
        let read = Read { unsettled, ..Read::default() };
        let check = |address: &str, expect: bool| assert_eq!(read.may_declare(address), expect, "{address}");
        check("module.m.aws_sqs_queue.x", true);
        check("module.m[\"a\"].aws_sqs_queue.x", true);
        check("module.more.aws_sqs_queue.x", false);
        check("aws_sqs_queue.q", true);
        check("aws_sqs_queue.q[0]", true);
        check("aws_sqs_queue.queue", false);
        check("Nested/Topic", true);
        check("NestedTopic", false);
        check("BucketOne", true);
        check("Buckle", false);
    }
    #[test]
    fn only_an_id_or_an_attribute_that_was_looked_up_makes_declarations_be_read_again() {
        let bound = |identifier: &str, port: &str| Bound {
            identifier: Some(identifier.to_owned()),
            attributes: [("Port", port), ("Arn", port)].map(|(name, text)| (name.to_owned(), Value::from(text))).into(),
        };
        let bindings: Bindings = [("db".to_owned(), bound("db-1", "1"))].into_iter().collect();
        let reference = |attribute: &str| Reference { address: "db".to_owned(), attribute: Some(attribute.to_owned()) };
        let check = |looked_up: &[&str], address: &str, now: Bound, expect: bool| {
            let references = looked_up.iter().map(|attribute| reference(attribute)).collect();
            let read = Read { references, ..Read::default() };
            assert_eq!(read.was_read_without(&bindings, address, &now), expect, "{looked_up:?} {address} {now:?}");
        };
        check(&["Port"], "db", bound("db-1", "1"), false);
        check(&["Port"], "db", bound("db-1", "2"), true);
        check(&["Name"], "db", bound("db-1", "2"), false);
        check(&[], "db", bound("db-2", "1"), true);
        check(&[], "cache", bound("cache-1", "1"), true);
    }
}
