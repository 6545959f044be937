//! `driftledger scan`: one scan, and its report.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::{CommandResult, Exit, Failure, Global, output, progress};
use crate::app::App;
use crate::report::{Report, annotation, github, gitlab, json, junit, markdown, sarif, table};

/// Scan all or some stacks once and print the report. Exits with 2 when there is drift that nobody recorded.
#[derive(Debug, Args)]
pub(super) struct Scan {
    /// The stacks; all if none is named.
    stacks: Vec<String>,
    /// The report's format.
    #[arg(long, value_enum, default_value_t = Format::Table)]
    format: Format,
    /// Write the report to a file instead of standard output.
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Exit with 1 on any problem and any attribute that cannot be verified.
    #[arg(long)]
    strict: bool,
}

/// The formats of a report.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    Table,
    Json,
    Sarif,
    Junit,
    Markdown,
    Github,
    Gitlab,
}

impl Scan {
    pub(super) async fn run(&self, global: &Global) -> CommandResult {
        let file = global.load_config()?;
        let config_file = file.path.display().to_string();
        file.config.check_stack_names(&self.stacks).map_err(Failure::Usage)?;
        let app = App::open(file).await?;
        let report = progress::scan(global, &app, &self.stacks).await?;
        app.close().await;
        let annotations = annotation::of_report(&report);
        let text = match self.format {
            Format::Table => table::render(&report, output::colour(global, self.output.as_deref())),
            Format::Json => json::render(&report)?,
            Format::Sarif => sarif::render(&annotations, &config_file)?,
            Format::Junit => junit::render(&annotations, &report.scan.stacks),
            Format::Markdown => markdown::render(&report),
            Format::Github => github::render(&annotations),
            Format::Gitlab => gitlab::render(&annotations, &config_file)?,
        };
        output::write(self.output.as_deref(), &text)?;
        Ok(exit(&report, self.strict))
    }
}

/// Drift is told before gaps: a pipeline that sees 2 knows that there is something to act on.
fn exit(report: &Report, strict: bool) -> Exit {
    let nothing_read = report.coverage.resources.checked == 0 && !report.coverage.problems.is_empty();
    if report.summary.actionable() > 0 {
        Exit::Found
    } else if nothing_read || (strict && !report.coverage.is_complete()) {
        Exit::Failed
    } else {
        Exit::Clean
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::tests::sample;
    use crate::report::{Coverage, DriftReport, ScanReport};

    #[test]
    fn the_exit_code_tells_drift_before_gaps_and_gaps_before_nothing() {
        let drifts = vec![DriftReport::from(&sample("shop", "web", 2, 4))];
        let mut gap = Coverage::default();
        gap.attributes.unverifiable = 1;
        let report = |coverage: &Coverage, drifts: &[DriftReport]| {
            Report::new(ScanReport::default(), coverage.clone(), drifts.to_vec())
        };
        assert_eq!(exit(&report(&gap, &drifts), true), Exit::Found);
        assert_eq!(exit(&report(&gap, &[]), true), Exit::Failed);
        assert_eq!(exit(&report(&gap, &[]), false), Exit::Clean);
        let problem = crate::model::Problem::new(crate::model::ProblemKind::Unreachable, "aws", "no answer");
        gap.problems.push((&problem).into());
        assert_eq!(exit(&report(&gap, &[]), false), Exit::Failed);
    }
}
