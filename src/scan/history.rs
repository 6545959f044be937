//! What earlier commits declared: the proof that a value in a state file was ever declared, and not taken over from a
//! manual change at a refresh.

use std::collections::BTreeMap;

use super::Run;
use crate::applied::Trust;
use crate::applied::source::AppliedRead;
use crate::config::{Declared as Source, Stack};
use crate::declared::{self, source};
use crate::model::Value;
use crate::repo::git::Repository;

/// Commits that are read again at most. Changes wait days, not years, for their deployment; without a proof among
/// these commits a difference is shown as drift, which is the safe way to be wrong.
const MAX_COMMITS: usize = 20;

/// The attributes that earlier commits declared, newest first, by address. Read only where a state says something else
/// than the declaration, because each commit is evaluated as a whole.
pub(super) fn earlier(
    run: &Run<'_>,
    stack: &Stack,
    declared: &declared::Read,
    applied: &AppliedRead,
) -> BTreeMap<String, Vec<Value>> {
    let mut earlier: BTreeMap<String, Vec<Value>> = BTreeMap::new();
    let (Some(repository), Source::Terraform(module)) = (&run.repository, &stack.declared) else { return earlier };
    if applied.side.trust == Trust::Deployed || !differs(declared, applied) {
        return earlier;
    }
    for commit in commits(repository, module) {
        let Ok(tree) = repository.tree_at(&commit, folder_with_modules(&module.path)) else { continue };
        let fingerprints = run.app.store().fingerprints();
        let read = source::read(&tree, &stack.declared, &applied.surroundings, fingerprints);
        for declaration in read.declarations {
            earlier.entry(declaration.address).or_default().push(declaration.attributes);
        }
    }
    earlier
}

/// The commit that is deployed, if the configuration names it; else the last ones that changed the module.
fn commits(repository: &Repository, module: &crate::config::TerraformModule) -> Vec<String> {
    if let Some(deployed) = &module.deployed_ref {
        return vec![deployed.clone()];
    }
    let commits = repository.commits_touching(folder_with_modules(&module.path), MAX_COMMITS).unwrap_or_default();
    commits.into_iter().map(|commit| commit.id.to_string()).collect()
}

/// The folder that holds a root module and, as repositories are laid out, the local modules that it uses.
fn folder_with_modules(path: &str) -> &str {
    match path.split_once('/') {
        Some((top, _)) => top,
        None => "",
    }
}

fn differs(declared: &declared::Read, applied: &AppliedRead) -> bool {
    declared.declarations.iter().any(|declaration| {
        let applied = applied.side.resources.get(&declaration.address);
        applied.is_some_and(|applied| {
            let declared = declaration.attributes.as_object().into_iter().flatten();
            declared
                .into_iter()
                .any(|(name, value)| !value.has_unknown() && applied.attributes.get(name) != Some(value))
        })
    })
}
