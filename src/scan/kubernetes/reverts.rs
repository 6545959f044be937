//! Commits that revert what was deployed. They tell a rollback that somebody decided on, and a pipeline carried out, from
//! one of which nobody knows the cause.

use std::collections::{BTreeMap, BTreeSet};

use crate::config::Stack;
use crate::declared;
use crate::declared::source::{self, Surroundings};
use crate::model::{Problem, ProblemKind, Value};
use crate::repo::git::{CommitInfo, GitError, Reach, Repository};
use crate::rollback::kubernetes::Revert;
use crate::scan::Run;
use crate::scan::history::{Tracked, folder_of};
use crate::store::{RollbackEvent, RollbackTrigger};

/// Commits to the declarations among which reverting ones are looked for, newest first.
const MAX_COMMITS: usize = 200;

/// Reverting commits that are read, with what was before each of them.
const MAX_REVERTS: usize = 10;

/// Looks for the commits behind rollbacks, and says why none can be found where history does not tell. Rollbacks by hand
/// have none.
pub(super) fn behind(
    run: &Run<'_>,
    stack: &Stack,
    declared: &declared::Read,
    rollbacks: &[RollbackEvent],
) -> (Vec<Revert>, Option<Problem>) {
    let is_by_hand = |one: &&RollbackEvent| matches!(one.trigger, RollbackTrigger::Manual | RollbackTrigger::Undo);
    let Some(latest) = rollbacks.iter().filter(|one| !is_by_hand(one)).map(|one| one.at).max() else {
        return (Vec::new(), None);
    };
    let (Some(repository), Some(tracked)) = (&run.repository, Tracked::of(&stack.declared)) else {
        return (Vec::new(), None);
    };
    let folder = folder_of(tracked.path, declared);
    let (commits, reach) = match repository.recent_commits(&folder, MAX_COMMITS) {
        Ok(found) => found,
        Err(GitError::NoCommit) => return (Vec::new(), None),
        Err(error) => return (Vec::new(), Some(unknown(&folder, &error.to_string()))),
    };
    let reverting =
        commits.iter().filter(|commit| commit.time <= latest && Revert::of(commit, BTreeSet::new()).is_some());
    let mut reverts = Vec::new();
    let mut problem = (reach == Reach::Cut).then(|| unknown(&folder, "older commits are not in this clone"));
    for commit in reverting.take(MAX_REVERTS) {
        match changed(run, repository, stack, &folder, commit) {
            Ok(addresses) => reverts.extend(Revert::of(commit, addresses)),
            Err(error) => problem = Some(unknown(commit.id.as_str(), &error.to_string())),
        }
    }
    // Where one was found, what lies further back is not asked for.
    let problem = problem.filter(|_| reverts.is_empty());
    (reverts, problem)
}

/// The addresses of the declarations that a commit changes.
fn changed(
    run: &Run<'_>,
    repository: &Repository,
    stack: &Stack,
    folder: &str,
    commit: &CommitInfo,
) -> Result<BTreeSet<String>, GitError> {
    let declared_at = |revision: &str| -> Result<BTreeMap<String, Value>, GitError> {
        let tree = repository.tree_at(revision, folder)?;
        let read = source::read(&tree, &stack.declared, &Surroundings::default(), run.app.store().fingerprints());
        Ok(read.declarations.into_iter().map(|declaration| (declaration.address, declaration.attributes)).collect())
    };
    let after = declared_at(commit.id.as_str())?;
    let before = declared_at(&format!("{}~1", commit.id))?;
    let addresses = after.keys().chain(before.keys());
    Ok(addresses.filter(|address| after.get(*address) != before.get(*address)).cloned().collect())
}

fn unknown(scope: &str, reason: &str) -> Problem {
    let message = format!("whether a commit reverted what went back cannot be told: {reason}");
    Problem::new(ProblemKind::Unevaluated, scope, message).remedy("fetch the whole history: `fetch-depth: 0` in CI")
}
