//! Declared: what a repository says should be there, in the canonical model. Knows nothing of live state.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::{Declaration, Problem, Skipped};

pub mod cdk;
pub mod cloudformation;
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
}

#[cfg(test)]
mod tests {
    use super::*;

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
}
