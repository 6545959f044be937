//! From a configured source to the applied side: which reader reads what.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

#[cfg(feature = "aws")]
use super::stack::{self, Reality};
use super::state_fetch::{self, Access};
use super::state_location::StateLocation;
use super::{AppliedSide, Trust, terraform_state};
use crate::config::{Applied as Source, Declared, Stack, TerraformState};
use crate::declared::cloudformation::Asks;
#[cfg(feature = "aws")]
use crate::declared::cloudformation::Context;
use crate::declared::source::Surroundings;
use crate::declared::terraform;
use crate::live::connection::{self, Connection};
use crate::model::{Bindings, Fingerprinter, Problem, ProblemKind, Value};
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

/// Reads what was last deployed. Without a connection (its problem is told elsewhere) a stack cannot be asked for.
pub async fn read(
    stack: &Stack,
    tree: &Tree,
    access: Access<'_>,
    connection: Option<&Connection>,
    surroundings: Surroundings,
    fingerprints: &Fingerprinter,
) -> AppliedRead {
    let mut read = match &stack.applied {
        // What was last applied to objects of a cluster is read with them.
        Source::None | Source::LastApplied(_) => AppliedRead { side: AppliedSide::default(), surroundings },
        Source::TerraformState(state) => {
            let side = terraform_side(&stack.declared, state, tree, access, fingerprints).await;
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
        let attributes = std::mem::take(&mut applied.attributes);
        applied.attributes = schema::hide_secrets(&applied.resource_type, attributes, fingerprints);
    }
    read
}

async fn terraform_side(
    declared: &Declared,
    state: &TerraformState,
    tree: &Tree,
    access: Access<'_>,
    fingerprints: &Fingerprinter,
) -> AppliedSide {
    let state = match state_text(declared, state, tree, access).await {
        Ok((file, text)) => terraform_state::read(&file, &text, fingerprints),
        Err(problem) => Err(problem),
    };
    match state {
        Ok(state) => AppliedSide {
            resources: state.applied.into_iter().map(|applied| (applied.address.clone(), applied)).collect(),
            bindings: state.bindings,
            is_complete: state.problems.is_empty(),
            unread: unread(&state.problems),
            trust: Trust::Refreshed,
            deployment: state.serial.map(|serial| serial.to_string()),
            objects: BTreeMap::new(),
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
pub async fn state_outputs(
    declared: &Declared,
    state: &TerraformState,
    tree: &Tree,
    access: Access<'_>,
    fingerprints: &Fingerprinter,
) -> Result<BTreeMap<String, Value>, Problem> {
    let (file, text) = state_text(declared, state, tree, access).await?;
    terraform_state::outputs(&file, &text, fingerprints)
}

/// What a state in a file tells of the resources that declarations refer to; nothing if it cannot be read, or is not
/// in a file.
pub fn state_bindings(
    declared: &Declared,
    state: &TerraformState,
    tree: &Tree,
    folder: &Path,
    fingerprints: &Fingerprinter,
) -> Bindings {
    let Ok(StateLocation::File(path)) = state_location(declared, state, tree) else { return Bindings::default() };
    let text = state_fetch::of_file(folder, &path);
    let state = text.and_then(|text| terraform_state::read(&path.as_str().into(), &text, fingerprints));
    state.map(|state| state.bindings).unwrap_or_default()
}

/// Where a state is kept, as messages name it, and its text.
async fn state_text(
    declared: &Declared,
    state: &TerraformState,
    tree: &Tree,
    access: Access<'_>,
) -> Result<(Arc<str>, String), Problem> {
    let location = state_location(declared, state, tree)?;
    let text = state_fetch::text(&location, access).await?;
    Ok((location.to_string().into(), text))
}

fn state_location(declared: &Declared, state: &TerraformState, tree: &Tree) -> Result<StateLocation, Problem> {
    let nowhere = |scope: &str, message: String, remedy: &str| {
        let message = format!("the Terraform state cannot be found: {message}");
        Problem::new(ProblemKind::Unreadable, scope, message).remedy(remedy)
    };
    match (&state.path, declared) {
        (Some(path), _) => StateLocation::of_path(path, &state.backend)
            .map_err(|message| nowhere("applied.path", message, "see `applied` in `driftledger config schema`")),
        (None, Declared::Terraform(module)) => {
            let backend = terraform::backend(tree, &module.path);
            let backend = backend.as_ref().map(|backend| (backend.kind.as_str(), &backend.config));
            StateLocation::of_backend(backend, &state.backend, &module.path, &module.workspace)
                .map_err(|(message, remedy)| nowhere(&module.path, message, remedy))
        }
        (None, _) => {
            let message = "what is declared is no Terraform module, whose code would say where".to_owned();
            Err(nowhere("applied", message, "write `path`"))
        }
    }
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
        objects: BTreeMap::new(),
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

    use crate::config::{AwsScope, TerraformModule};
    use crate::live::connection::Connections;

    const STATE: &str = r#"{"version": 4, "serial": 7, "resources": []}"#;

    async fn side_of(folder: &Path, module: &TerraformModule, state: &TerraformState) -> AppliedSide {
        let (connections, scope) = (Connections::default(), AwsScope::new("eu-west-1"));
        let access = Access { folder, connections: &connections, scope: &scope };
        let tree = Tree::work_tree(folder).unwrap();
        let declared = Declared::Terraform(module.clone());
        terraform_side(&declared, state, &tree, access, &Fingerprinter::new(*b"test key")).await
    }

    #[tokio::test]
    async fn a_state_is_read_from_the_repository_or_from_an_absolute_path() {
        let outside = tempfile::tempdir().unwrap();
        let folder = outside.path().join("repository");
        std::fs::create_dir(&folder).unwrap();
        std::fs::write(outside.path().join("out.tfstate"), STATE).unwrap();
        std::fs::write(folder.join("in.tfstate"), STATE).unwrap();
        let check = async |path: &str, expect: Option<&str>| {
            let side = side_of(&folder, &TerraformModule::at("."), &TerraformState::at(path)).await;
            assert_eq!(side.deployment.as_deref(), expect, "{path} {:?}", side.problems);
            assert_eq!((side.is_complete, side.unread.is_none()), (expect.is_some(), expect.is_some()), "{path}");
        };
        check("in.tfstate", Some("7")).await;
        check(outside.path().join("out.tfstate").to_str().unwrap(), Some("7")).await;
        check("../out.tfstate", None).await;
        check("none.tfstate", None).await;
        check("s3://states", None).await;
    }

    #[tokio::test]
    async fn without_a_path_the_code_and_the_workspace_say_where_the_state_is() {
        let folder = tempfile::tempdir().unwrap();
        let write = |file: &str, text: &str| {
            let file = folder.path().join(file);
            std::fs::create_dir_all(file.parent().unwrap()).unwrap();
            std::fs::write(file, text).unwrap();
        };
        write("plain/main.tf", "");
        write("plain/terraform.tfstate", STATE);
        write("plain/terraform.tfstate.d/prod/terraform.tfstate", &STATE.replace('7', "8"));
        write("kept/main.tf", "terraform {\n  backend \"local\" {\n    path = \"../states/kept.tfstate\"\n  }\n}\n");
        write("states/kept.tfstate", &STATE.replace('7', "9"));
        write("cloud/main.tf", "terraform {\n  backend \"gcs\" {\n    bucket = \"b\"\n  }\n}\n");
        let check = async |path: &str, workspace: &str, expect: Result<&str, &str>| {
            let module = TerraformModule { workspace: workspace.to_owned(), ..TerraformModule::at(path) };
            let side = side_of(folder.path(), &module, &TerraformState::default()).await;
            let problem = side.problems.first().map(ToString::to_string).unwrap_or_default();
            match expect {
                Ok(serial) => assert_eq!(side.deployment.as_deref(), Some(serial), "{path} {problem}"),
                Err(message) => assert!(problem.contains(message), "{path} {problem}"),
            }
        };
        check("plain", "default", Ok("7")).await;
        check("plain", "prod", Ok("8")).await;
        check("kept", "default", Ok("9")).await;
        check("cloud", "default", Err("backend \"gcs\" cannot be read")).await;
    }
}
