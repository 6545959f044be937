//! From a configured source to the applied side: which reader reads what.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

#[cfg(feature = "aws")]
use super::stack::{self, Reality};
use super::{AppliedSide, Trust, terraform_state};
use crate::config::Applied as Source;
use crate::declared::cloudformation::Asks;
#[cfg(feature = "aws")]
use crate::declared::cloudformation::Context;
use crate::declared::source::Surroundings;
use crate::live::connection::{self, Connection};
use crate::model::{Bindings, Fingerprinter, Problem, ProblemKind};
use crate::repo::Tree;
use crate::schema;

/// The applied side of a stack, and what it tells the declared side.
#[derive(Debug, Default)]
pub struct AppliedRead {
    /// What was deployed.
    pub side: AppliedSide,
    /// What declarations are evaluated with.
    pub surroundings: Surroundings,
}

/// Reads what was last deployed. `folder` is what paths in the configuration are relative to. Without a connection
/// (its problem is told elsewhere) a stack cannot be asked for.
pub async fn read(
    source: &Source,
    folder: &Path,
    connection: Option<&Connection>,
    surroundings: Surroundings,
    fingerprints: &Fingerprinter,
) -> AppliedRead {
    let mut read = match source {
        Source::None => AppliedRead { side: AppliedSide::default(), surroundings },
        Source::TerraformState(state) => {
            let side = terraform_side(folder, &state.path, fingerprints);
            let surroundings = Surroundings { bindings: side.bindings.clone(), ..surroundings };
            AppliedRead { side, surroundings }
        }
        Source::Stack(deployed) => match connection {
            Some(connection) => stack_side(connection, &deployed.stack, surroundings, fingerprints).await,
            None => AppliedRead {
                side: AppliedSide { trust: Trust::Deployed, ..AppliedSide::default() },
                surroundings: Surroundings { stack_name: Some(deployed.stack.clone()), ..surroundings },
            },
        },
    };
    for applied in read.side.resources.values_mut() {
        applied.attributes = schema::hide_secrets(&applied.resource_type, &applied.attributes, fingerprints);
    }
    read
}

fn terraform_side(folder: &Path, path: &str, fingerprints: &Fingerprinter) -> AppliedSide {
    let file: Arc<str> = path.into();
    let state = state_text(folder, path).and_then(|text| terraform_state::read(&file, &text, fingerprints));
    match state {
        Ok(state) => AppliedSide {
            resources: state.applied.into_iter().map(|applied| (applied.address.clone(), applied)).collect(),
            bindings: state.bindings,
            is_complete: state.problems.is_empty(),
            unread: unread(&state.problems),
            trust: Trust::Refreshed,
            deployment: Some(state.serial.to_string()),
            stack_tags: BTreeMap::new(),
            in_flight: None,
            nothing_deployed: None,
            problems: state.problems,
        },
        Err(problem) => failed(Trust::Refreshed, problem),
    }
}

/// What other stacks may refer to in the state of a stack: its outputs.
///
/// # Errors
/// When the state cannot be read.
pub fn state_outputs(
    folder: &Path,
    state: &crate::config::TerraformState,
    fingerprints: &Fingerprinter,
) -> Result<BTreeMap<String, crate::model::Value>, Problem> {
    let text = state_text(folder, &state.path)?;
    terraform_state::outputs(&state.path.as_str().into(), &text, fingerprints)
}

/// What a state tells of the resources that declarations refer to; nothing if it cannot be read.
pub fn state_bindings(folder: &Path, state: &crate::config::TerraformState, fingerprints: &Fingerprinter) -> Bindings {
    terraform_side(folder, &state.path, fingerprints).bindings
}

fn state_text(folder: &Path, path: &str) -> Result<String, Problem> {
    let unreadable = |error: String| {
        let problem =
            Problem::new(ProblemKind::Unreadable, path, format!("the Terraform state cannot be read: {error}"));
        problem.remedy("without the state no physical id is known; check `applied.path`, relative to the repository")
    };
    // Only an absolute path, which is plain to see in the configuration, leads out of the repository.
    let (root, inside) = match Path::new(path).strip_prefix("/") {
        Ok(inside) => (Path::new("/"), inside.to_str().unwrap_or(path)),
        Err(_) => (folder, path),
    };
    let tree = Tree::work_tree(root).map_err(|error| error.to_string());
    tree.and_then(|tree| tree.read_text(inside).map_err(|error| error.to_string())).map_err(unreadable)
}

/// The applied side when nothing of it could be read.
fn failed(trust: Trust, problem: Problem) -> AppliedSide {
    let problems = vec![problem];
    AppliedSide { trust, unread: unread(&problems), problems, ..AppliedSide::default() }
}

fn unread<'p>(problems: impl IntoIterator<Item = &'p Problem>) -> Option<String> {
    let first = problems.into_iter().next()?;
    Some(format!("what was last deployed could not be read to the end: {}", first.message))
}

#[cfg(not(feature = "aws"))]
async fn stack_side(connection: &Connection, _: &str, _: Surroundings, _: &Fingerprinter) -> AppliedRead {
    match *connection {}
}

#[cfg(feature = "aws")]
async fn stack_side(
    connection: &Connection,
    name: &str,
    mut surroundings: Surroundings,
    fingerprints: &Fingerprinter,
) -> AppliedRead {
    surroundings.stack_name = Some(name.to_owned());
    let deployed = match super::stack_fetch::fetch(connection, name).await {
        Ok(Some(deployed)) => deployed,
        // Never deployed: everything declared is new.
        Ok(None) => {
            let side = AppliedSide { is_complete: true, trust: Trust::Deployed, ..AppliedSide::default() };
            return AppliedRead { side, surroundings };
        }
        Err(problem) => {
            return AppliedRead { side: failed(Trust::Deployed, problem), surroundings };
        }
    };
    surroundings.stack_id = Some(deployed.id.clone());
    surroundings.deployed_parameters = deployed.parameters.clone();
    let evaluate = |around: &Surroundings| {
        let known = Context {
            account: around.account.clone(),
            region: around.region.clone(),
            exports: around.exports.clone(),
            zones: around.zones.clone(),
            ..Context::default()
        };
        stack::evaluate(&deployed, &around.bindings, &known, fingerprints)
    };
    let mut evaluated = evaluate(&surroundings);
    if !evaluated.asks.is_empty() {
        let problems = look_up(connection, &evaluated.asks, &mut surroundings).await;
        evaluated = evaluate(&surroundings);
        evaluated.problems.extend(problems);
    }
    surroundings.bindings = evaluated.bindings.clone();
    surroundings.resolved_parameters = evaluated.resolved;
    let (in_flight, nothing_deployed) = match evaluated.reality {
        Reality::InFlight(status) => (Some(status), None),
        Reality::Nothing(status) => (None, Some(status)),
        Reality::Deployed | Reality::Halfway(_) => (None, None),
    };
    let side = AppliedSide {
        resources: evaluated.applied.into_iter().map(|applied| (applied.address.clone(), applied)).collect(),
        bindings: evaluated.bindings,
        // The list of the stack's resources tells what was deployed, whatever of its template cannot be evaluated.
        is_complete: !evaluated.problems.iter().any(|problem| problem.kind.hides_resources()),
        unread: unread(evaluated.problems.iter().filter(|problem| problem.kind.hides_resources())),
        trust: Trust::Deployed,
        deployment: deployed.updated_at.clone().or(Some(deployed.id)),
        stack_tags: deployed.tags,
        in_flight,
        nothing_deployed,
        problems: evaluated.problems,
    };
    AppliedRead { side, surroundings }
}

/// Asks the account what a template wants to know of it. What cannot be read stays unknown: it hides values, and no
/// resource.
pub async fn look_up(connection: &Connection, asks: &Asks, surroundings: &mut Surroundings) -> Vec<Problem> {
    let mut problems = Vec::new();
    if asks.exports && surroundings.exports.is_none() {
        match connection::exports(connection).await {
            Ok(exports) => surroundings.exports = Some(exports),
            Err(problem) => problems.push(problem),
        }
    }
    // A connection reads one region; the zones of others stay unknown.
    let own = surroundings.region.clone().filter(|region| asks.zones.contains(region));
    if let Some(region) = own.filter(|region| !surroundings.zones.contains_key(region)) {
        match connection::zones(connection).await {
            Ok(zones) => {
                surroundings.zones.insert(region, zones);
            }
            Err(problem) => problems.push(problem),
        }
    }
    let own = surroundings.region.clone().filter(|region| asks.available_zones.contains(region));
    if let Some(region) = own.filter(|region| !surroundings.available_zones.contains_key(region)) {
        match connection::available_zones(connection).await {
            Ok(zones) => {
                surroundings.available_zones.insert(region, zones);
            }
            Err(problem) => problems.push(problem),
        }
    }
    problems.into_iter().map(|problem| Problem { kind: ProblemKind::Unevaluated, ..problem }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_state_is_read_from_the_repository_or_from_an_absolute_path() {
        let outside = tempfile::tempdir().unwrap();
        let folder = outside.path().join("repository");
        std::fs::create_dir(&folder).unwrap();
        let state = r#"{"version": 4, "serial": 7, "resources": []}"#;
        std::fs::write(outside.path().join("out.tfstate"), state).unwrap();
        std::fs::write(folder.join("in.tfstate"), state).unwrap();
        let check = |path: &str, expect: Option<&str>| {
            let side = terraform_side(&folder, path, &Fingerprinter::new(*b"test key"));
            assert_eq!(side.deployment.as_deref(), expect, "{path} {:?}", side.problems);
            assert_eq!((side.is_complete, side.unread.is_none()), (expect.is_some(), expect.is_some()), "{path}");
        };
        check("in.tfstate", Some("7"));
        check(outside.path().join("out.tfstate").to_str().unwrap(), Some("7"));
        check("../out.tfstate", None);
        check("none.tfstate", None);
    }
}
