//! Asking a cluster what a deploy would change, of the objects of which reading found a difference or could not tell: an
//! apply that is tried out and not carried out. A stack has to ask for it; what the server refuses leaves what was read as
//! it stands.

use std::collections::{BTreeMap, BTreeSet};

use super::Run;
use super::assess::{Inputs, sides::compare_one};
use super::kubernetes::wanted;
use crate::compare::kubernetes::{Outcome, Trial, TrialVerdict};
use crate::config::{DryRun, KubernetesScope, Live as LiveSource, Stack};
use crate::live::Found;
use crate::live::connection::{self, ClusterConnection};
use crate::model::{AttributePath, Declaration, Problem, ProblemKind};
use crate::schema::kubernetes::Schemas;

/// What the server said, by address, and what it refused.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Trials {
    pub(super) verdicts: BTreeMap<String, TrialVerdict>,
    pub(super) problems: Vec<Problem>,
}

/// Tries out what is declared of the objects of a stack that are not as declared, if the stack asks for that.
pub(super) async fn look(run: &Run<'_>, stack: &Stack, inputs: &Inputs<'_>) -> Trials {
    let (Some(settings), LiveSource::Kubernetes(scope), Some(schemas)) = (&stack.dry_run, &stack.live, inputs.schemas)
    else {
        return Trials::default();
    };
    let doubtful = doubtful(inputs);
    if doubtful.is_empty() {
        return Trials::default();
    }
    // A cluster that cannot be reached was told of when it was read.
    let connection = run.app.connections().cluster(scope, &run.app.file().folder).await;
    let Ok(connection) = connection else { return Trials::default() };
    let mut tried = Trials::default();
    let mut told = BTreeSet::new();
    // One after another: each is work for the server's webhooks, and few objects are in doubt.
    for doubt in doubtful {
        match doubt.try_out(&connection, scope, settings, schemas, inputs).await {
            Ok(verdict) => {
                tried.verdicts.extend(verdict.map(|verdict| (doubt.declaration.address.clone(), verdict)));
            }
            // What is not allowed is not allowed for a whole kind.
            Err(problem) => {
                if told.insert((problem.scope.clone(), problem.message.clone())) {
                    tried.problems.push(problem);
                }
            }
        }
    }
    tried
}

/// An object of which reading alone does not settle how it stands.
struct Doubt<'a> {
    declaration: &'a Declaration,
    /// What could not be told.
    untold: Vec<AttributePath>,
}

fn doubtful<'a>(inputs: &Inputs<'a>) -> Vec<Doubt<'a>> {
    let doubt = |declaration: &'a Declaration| {
        let key = inputs.applied.key_of(declaration)?;
        let Found::Present(live) = inputs.live.find(&declaration.resource_type, &key) else { return None };
        let found = compare_one(inputs, declaration, live);
        let untold: Vec<_> = found.unverifiable.into_iter().map(|(path, _)| path).collect();
        (!found.attributes.is_empty() || !untold.is_empty()).then_some(Doubt { declaration, untold })
    };
    inputs.declared.declarations.iter().filter_map(doubt).collect()
}

impl Doubt<'_> {
    async fn try_out(
        &self,
        connection: &ClusterConnection,
        scope: &KubernetesScope,
        settings: &DryRun,
        schemas: &Schemas,
        inputs: &Inputs<'_>,
    ) -> Result<Option<TrialVerdict>, Problem> {
        let mut answer = self.attempt(connection, settings, schemas, inputs, &[]).await;
        // One field that the server does not know has it refuse the whole object.
        if !self.untold.is_empty() && matches!(&answer, Err(problem) if problem.kind == ProblemKind::Service) {
            answer = self.attempt(connection, settings, schemas, inputs, &self.untold).await;
        }
        answer.map_err(|problem| unconfirmed(problem, scope, self.declaration))
    }

    async fn attempt(
        &self,
        connection: &ClusterConnection,
        settings: &DryRun,
        schemas: &Schemas,
        inputs: &Inputs<'_>,
        without: &[AttributePath],
    ) -> Result<Option<TrialVerdict>, Problem> {
        let declaration = self.declaration;
        let schema = schemas.of_type(&declaration.resource_type);
        let trial = Trial::of(declaration, schema.as_deref(), without);
        let (Some(trial), Some(wanted)) = (trial, wanted(declaration)) else { return Ok(None) };
        let tried = connection::try_out(connection, &wanted, &trial.object, &settings.manager).await?;
        let verdict = tried.map(|tried| {
            let outcome = Outcome {
                resource_type: &declaration.resource_type,
                schema: schema.as_deref(),
                declared: &declaration.attributes,
                before: &tried.before,
                after: &tried.after,
            };
            TrialVerdict::of(&outcome, &settings.manager, trial.omitted, inputs.fingerprints)
        });
        Ok(verdict)
    }
}

/// What the server refused, as a problem that hides nothing: what was read stands. A right that is missing is missing for
/// all objects of a kind in a namespace.
fn unconfirmed(problem: Problem, scope: &KubernetesScope, declaration: &Declaration) -> Problem {
    let namespace =
        declaration.identifier.as_deref().and_then(|name| name.split_once('/')).map(|(namespace, _)| namespace);
    let is_denied = problem.kind == ProblemKind::AccessDenied;
    let of_kind = [Some("kubernetes"), Some(scope.name()), namespace, Some(declaration.resource_type.as_str())];
    let place = match is_denied {
        true => of_kind.into_iter().flatten().collect::<Vec<_>>().join(" "),
        false => declaration.address.clone(),
    };
    let reason = if is_denied { "the right to patch is missing".to_owned() } else { problem.message };
    let message = format!("no dry run confirms what was read: {reason}");
    let told = Problem::new(ProblemKind::Unevaluated, place, message);
    match is_denied {
        true => told.remedy("apply the fence and then the roles of config/kubernetes/dry-run, or leave `dry_run` out"),
        false => told,
    }
}
