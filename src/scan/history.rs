//! What earlier commits declared: the proof that a value in a state file was ever declared, and not taken over from a
//! manual change at a refresh.

use std::borrow::Cow;
use std::collections::BTreeMap;

use super::Run;
use super::assess::Known;
use crate::applied::{AppliedSide, Trust};
use crate::config::{Declared as Source, Stack};
use crate::declared::source::Surroundings;
use crate::declared::terraform::is_code;
use crate::declared::{self, source};
use crate::model::{Declaration, Problem, ProblemKind, Value};
use crate::repo::git::{GitError, Repository};
use crate::repo::{self, Tree};
use crate::schema::kubernetes::kind_of;

/// Commits that are read again at most. Changes wait days, not years, for their deployment; without a proof among
/// these commits a difference is shown as drift, which is the safe way to be wrong.
const MAX_COMMITS: usize = 20;

/// What earlier commits declared, by address: each version once, newest first.
pub(super) type Versions = BTreeMap<String, Vec<Value>>;

/// Declarations whose earlier versions prove something.
#[derive(Clone, Copy)]
pub(super) struct Tracked<'a> {
    /// Where they are.
    pub(super) path: &'a str,
    /// The commit that is deployed, if the configuration names it.
    deployed_ref: Option<&'a str>,
    /// Whether a file is one that declares, and not one that only lies beside.
    declares: fn(&str) -> bool,
}

impl<'a> Tracked<'a> {
    /// `None` where the service itself keeps what was deployed.
    pub(super) fn of(source: &'a Source) -> Option<Self> {
        let terraform: fn(&str) -> bool =
            |path| is_code(path) || path.ends_with(".tfvars") || path.ends_with(".tfvars.json");
        match source {
            Source::Terraform(module) => {
                Some(Self { path: &module.path, deployed_ref: module.deployed_ref.as_deref(), declares: terraform })
            }
            // A chart takes in whatever lies in its folder.
            Source::Kubernetes(manifests) => {
                Some(Self { path: &manifests.path, deployed_ref: None, declares: |_| true })
            }
            Source::Cloudformation(_) | Source::Cdk(_) => None,
        }
    }
}

/// What earlier commits declared. Read only where a state says something else
/// than the declaration, because each commit is evaluated as a whole.
pub(super) fn earlier(
    run: &Run<'_>,
    stack: &Stack,
    known: &Known,
    declared: &declared::Read,
    applied: &AppliedSide,
    surroundings: &Surroundings,
) -> (Versions, Vec<Problem>) {
    let mut earlier = Versions::new();
    let mut problems = Vec::new();
    let (Some(repository), Some(tracked)) = (&run.repository, Tracked::of(&stack.declared)) else {
        return (earlier, problems);
    };
    let compares = tracked.deployed_ref.is_some() || differs(declared, applied);
    if applied.trust == Trust::Deployed || !compares {
        return (earlier, problems);
    }
    let folder = folder_of(tracked.path, declared);
    for commit in commits(repository, tracked.deployed_ref, &folder, &mut problems) {
        let tree = match repository.tree_at(&commit, &folder) {
            Ok(tree) => tree,
            Err(error) => {
                problems.push(unread(&commit, &error));
                continue;
            }
        };
        let fingerprints = run.app.store().fingerprints();
        // Most often the newest commit is what is checked out, and what it declares is known.
        let declarations = match is_checked_out(&tree, &run.tree, &folder, tracked.declares) {
            true => Cow::Borrowed(&declared.declarations),
            false => Cow::Owned(source::read(&tree, &stack.declared, surroundings, fingerprints).declarations),
        };
        for declaration in &*declarations {
            let address = declared.moved_from(&declaration.address).unwrap_or_else(|| declaration.address.clone());
            let versions = earlier.entry(address).or_default();
            // What many commits left as it was proves the same once; nearly every declaration is of this sort.
            if !versions.contains(&declaration.attributes) {
                versions.push(declaration.attributes.clone());
            }
        }
        if tells_all(known, declared, applied, &earlier) {
            break;
        }
    }
    (earlier, problems)
}

/// Whether commits before those that were read can say nothing more: every object of a cluster was last applied as it is
/// declared, or as it was declared at one of them. An open drift asks for more: what was declared before it.
fn tells_all(known: &Known, declared: &declared::Read, applied: &AppliedSide, earlier: &Versions) -> bool {
    declared.declarations.iter().all(|declaration| {
        let Declaration { address, resource_type, attributes, .. } = declaration;
        let was_declared_so = |applied: &Value| earlier.get(address).is_some_and(|versions| versions.contains(applied));
        applied.resources.get(address).is_none_or(|applied| {
            applied.attributes == *attributes
                || (kind_of(resource_type).is_some()
                    && known.open_drift(resource_type, address).is_none()
                    && was_declared_so(&applied.attributes))
        })
    })
}

/// Whether every file of a commit stands in the work tree below a folder as it is, and no code or variables besides:
/// databases, states and what is hidden are in no commit, and declare nothing.
fn is_checked_out(commit: &Tree, work_tree: &Tree, folder: &str, declares: fn(&str) -> bool) -> bool {
    let [committed, present] = [commit, work_tree].map(|tree| tree.walk(folder));
    let same =
        |path: &String| matches!((commit.read(path), work_tree.read(path)), (Ok(one), Ok(other)) if one == other);
    let besides = present.files.iter().filter(|path| committed.files.binary_search(path).is_err());
    let whole = committed.unread.is_empty() && present.unread.is_empty();
    whole && committed.files.iter().all(same) && !besides.into_iter().any(|path| declares(path))
}

fn unread(what: &str, error: &GitError) -> Problem {
    let message = format!("earlier declarations cannot be read, so what is pending is shown as drift: {error}");
    Problem::new(ProblemKind::Unevaluated, what, message).remedy("fetch the whole history; check `deployed_ref`")
}

/// The commit that is deployed, if the configuration names it; else the last ones that changed the module.
fn commits(
    repository: &Repository,
    deployed_ref: Option<&str>,
    folder: &str,
    problems: &mut Vec<Problem>,
) -> Vec<String> {
    if let Some(deployed) = deployed_ref {
        return vec![deployed.to_owned()];
    }
    match repository.commits_touching(folder, MAX_COMMITS) {
        Ok(commits) => commits.into_iter().map(|commit| commit.id.to_string()).collect(),
        Err(GitError::NoCommit) => Vec::new(),
        Err(error) => {
            problems.push(unread(folder, &error));
            Vec::new()
        }
    }
}

/// The innermost folder with the root module and everything that it declares: local modules are often beside it, or in
/// another part of the repository.
pub(super) fn folder_of(path: &str, declared: &declared::Read) -> String {
    let root = repo::join("", path).unwrap_or_default();
    let files = declared.declarations.iter().map(|declaration| &*declaration.at.file);
    let folders = files.map(|file| file.rsplit_once('/').map_or("", |(folder, _)| folder));
    // One step up, because modules that declare nothing yet, and files that others read, are mostly beside.
    let beside = root.rsplit_once('/').map_or("", |(folder, _)| folder);
    let mut common: Vec<&str> = beside.split('/').filter(|part| !part.is_empty()).collect();
    for folder in folders {
        let shared = common.iter().zip(folder.split('/')).take_while(|(one, other)| **one == *other).count();
        common.truncate(shared);
    }
    common.join("/")
}

fn differs(declared: &declared::Read, applied: &AppliedSide) -> bool {
    declared.declarations.iter().any(|declaration| {
        let applied = applied.resources.get(&declaration.address);
        applied.is_some_and(|applied| {
            let declared = declaration.attributes.as_object().into_iter().flatten();
            declared
                .into_iter()
                .any(|(name, value)| !value.has_unknown() && applied.attributes.get(name) != Some(value))
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Applied, DriftId, Location, Presence, Retention, Verdict};
    use crate::report::DriftReport;

    #[test]
    fn commits_are_read_until_each_thing_that_was_applied_is_found_declared() {
        let version = |replicas: i64| Value::object([("spec", Value::object([("replicas", Value::from(replicas))]))]);
        let check = |resource_type: &str, applied: i64, earlier: &[i64], is_open: bool, expect: bool| {
            let declaration = declaration("Deployment/shop/web", resource_type, "web.yaml", version(3));
            let address = declaration.address.clone();
            let was = Applied {
                address: address.clone(),
                resource_type: resource_type.into(),
                identifier: None,
                attributes: version(applied),
            };
            let open = is_open.then(|| open_drift(&declaration)).into_iter().collect();
            let found = tells_all(
                &Known { open, ..Known::default() },
                &declared::Read { declarations: vec![declaration], ..declared::Read::default() },
                &AppliedSide { resources: [(address.clone(), was)].into(), ..AppliedSide::default() },
                &[(address, earlier.iter().copied().map(version).collect())].into(),
            );
            assert_eq!(found, expect, "{resource_type} {applied} {earlier:?} {is_open}");
        };
        let deployment = "apps/v1/Deployment";
        check(deployment, 3, &[3], true, true);
        check(deployment, 2, &[3], false, false);
        check(deployment, 2, &[3, 2], false, true);
        check(deployment, 2, &[3, 2], true, false);
        // Of what a state tells by its own names another comparison decides.
        check("AWS::ECS::Service", 2, &[3, 2], false, false);
    }

    fn open_drift(declaration: &Declaration) -> DriftReport {
        let at = "2026-03-01T12:00:00Z".parse().unwrap();
        DriftReport::from(&crate::model::Drift {
            id: DriftId::of("shop", &declaration.resource_type, &declaration.address),
            stack: "shop".into(),
            environment: "production".into(),
            scope: crate::model::Scope::cluster("test"),
            resource_type: declaration.resource_type.clone(),
            address: declaration.address.clone(),
            identifier: None,
            source: None,
            presence: Presence::Present,
            attributes: Vec::new(),
            first_seen: at,
            last_seen: at,
            changed_between: (None, at),
            actor: None,
            actor_evidence: None,
            verdict: Verdict::Unexplained,
            explanations: Vec::new(),
            violations: Vec::new(),
            due_at: None,
            stale: false,
        })
    }

    fn declaration(address: &str, resource_type: &str, file: &str, attributes: Value) -> Declaration {
        Declaration {
            address: address.to_owned(),
            resource_type: resource_type.into(),
            identifier: None,
            attributes,
            at: Location::new(file, 1, 1),
            account: None,
            region: None,
            ignored: Vec::new(),
            retention: Retention::default(),
        }
    }

    #[test]
    fn a_commit_is_what_is_checked_out_if_every_file_is() {
        let tree = |files: &[(&str, &str)]| Tree::memory(files.iter().copied());
        let ours =
            tree(&[("infra/a.tf", "1"), ("infra/m/b.tf", "2"), ("infra/driftledger.db", "0"), ("README.md", "ours")]);
        let check = |files: &[(&str, &str)], expect: bool| {
            assert_eq!(is_checked_out(&tree(files), &ours, "infra", is_code), expect, "{files:?}");
        };
        check(&[("infra/a.tf", "1"), ("infra/m/b.tf", "2"), ("README.md", "theirs")], true);
        check(&[("infra/a.tf", "1"), ("infra/m/b.tf", "3")], false);
        check(&[("infra/a.tf", "1")], false);
        check(&[("infra/a.tf", "1"), ("infra/m/b.tf", "2"), ("infra/c.tf", "")], false);
        check(&[], false);
    }

    #[test]
    fn the_history_is_that_of_the_root_module_and_of_the_modules_it_uses() {
        let check = |path: &str, files: &[&str], expect: &str| {
            let declaration = |file: &&str| declaration(file, "AWS::SQS::Queue", file, Value::object::<String>([]));
            let declarations = files.iter().map(declaration).collect();
            assert_eq!(folder_of(path, &declared::Read { declarations, ..declared::Read::default() }), expect);
        };
        check("infra/app", &["infra/app/main.tf", "infra/modules/x/main.tf"], "infra");
        check("envs/prod", &["envs/prod/main.tf", "modules/x/main.tf"], "");
        check("a/b/c", &["a/b/c/main.tf"], "a/b");
        check("./a/b/c/", &[], "a/b");
        check("infra", &["infra/main.tf"], "");
        check(".", &["main.tf"], "");
    }
}
