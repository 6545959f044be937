//! `driftledger gate`: may this be deployed?

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::{CommandResult, Exit, Failure, Global, output, progress};
use crate::app::App;
use crate::gate::{Decision, Settings, decide};
use crate::report::{annotation, gate, github, junit};

/// Before a deploy: compare the stack as configured with what is live now. Exits with 2 when the deploy would take a
/// manual change back, with 1 when that could not be told.
#[derive(Debug, Args)]
pub(super) struct Gate {
    /// The stacks about to be deployed; all if none is named.
    #[arg(long = "stack", value_name = "NAME")]
    stacks: Vec<String>,
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
        let file = global.load_config()?;
        file.config.check_stack_names(&self.stacks).map_err(Failure::Usage)?;
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
