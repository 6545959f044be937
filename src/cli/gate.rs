//! `driftledger gate`: may this be deployed?

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::{CommandResult, Exit, Failure, Global, output, progress};
use crate::app::App;
use crate::config::{Config, Declared, KubernetesManifests};
use crate::gate::{Decision, Settings, decide};
use crate::model::{Problem, ProblemKind};
use crate::report::{annotation, gate, github, junit};

/// Before a deploy: compare the stack as configured with what is live now. Exits with 2 when the deploy would take a
/// manual change back, with 1 when that could not be told.
#[derive(Debug, Args)]
pub(super) struct Gate {
    /// The stacks about to be deployed; all if none is named.
    #[arg(long = "stack", value_name = "NAME")]
    stacks: Vec<String>,
    /// The manifests about to be deployed, a path in the repository, instead of those that the stack declares: a chart or
    /// overlay that was rendered. Needs one Kubernetes stack.
    #[arg(long, value_name = "PATH", requires = "stacks")]
    manifests: Option<String>,
    /// The answer's format.
    #[arg(long, value_enum, default_value_t = Format::Table)]
    format: Format,
    /// Write the answer to a file instead of standard output.
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Do not pass with any problem or any attribute that cannot be verified.
    #[arg(long)]
    strict: bool,
}

/// The formats of the gate's answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    Table,
    Json,
    Github,
    Junit,
}

impl Gate {
    pub(super) async fn run(&self, global: &Global) -> CommandResult {
        let mut file = global.load_config()?;
        file.config.check_stack_names(&self.stacks).map_err(Failure::Usage)?;
        if let Some(path) = &self.manifests {
            deploy_instead(&mut file.config, &self.stacks, path).map_err(|problem| Failure::Usage(vec![problem]))?;
        }
        let app = App::open(file).await?;
        let report = progress::scan(global, &app, &self.stacks).await?;
        let stacks = app.config().stacks.iter();
        let settings = Settings {
            unexplained: app.config().gate.unexplained,
            strict: self.strict,
            deploy_methods: stacks.filter_map(|stack| Some((stack.name.clone(), stack.deploy_method?))).collect(),
        };
        let answer = decide(&report, &settings);
        app.record_gate_decision(&answer).await?;
        app.close().await;
        let annotations = annotation::of_gate(&answer);
        let text = match self.format {
            Format::Table => gate::render(&answer, output::colour(global, self.output.as_deref())),
            Format::Json => serde_json::to_string_pretty(&answer)? + "\n",
            Format::Github => github::render(&annotations),
            Format::Junit => junit::render(&annotations, &answer.stacks),
        };
        output::write(self.output.as_deref(), &text)?;
        Ok(match answer.decision {
            Decision::Pass | Decision::Warn => Exit::Clean,
            Decision::Block => Exit::Found,
            Decision::Error => Exit::Failed,
        })
    }
}

/// Puts other manifests in the place of those that a stack declares.
fn deploy_instead(config: &mut Config, stacks: &[String], path: &str) -> Result<(), Problem> {
    let wrong = |message: &str| {
        Problem::new(ProblemKind::Invalid, "--manifests", message)
            .remedy("name the one stack that they are deployed to")
    };
    let [name] = stacks else { return Err(wrong("goes with one --stack")) };
    let stack = config.stacks.iter_mut().find(|stack| stack.name == *name);
    match stack.map(|stack| &mut stack.declared) {
        Some(Declared::Kubernetes(manifests)) => {
            *manifests =
                KubernetesManifests { namespace: manifests.namespace.clone(), ..KubernetesManifests::at(path) };
            Ok(())
        }
        _ => Err(wrong("the stack is none of Kubernetes")),
    }
}
