//! Annotations: what CI systems show beside a line of the declaration. Made from a report or from the gate's answer,
//! rendered by `github`, `junit`, `sarif` and `gitlab`.

use super::difference::Difference;
use super::table::Colour;
use super::{AttributeReport, DriftReport, ProblemReport, Report, SourceReport};
use crate::gate::{Effect, Finding, GateReport};
use crate::model::{Presence, Verdict};

/// How bad an annotation is; the worst first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// Somebody has to act.
    Error,
    /// Somebody should look.
    Warning,
    /// Worth knowing.
    Notice,
}

/// One remark at one place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Annotation {
    /// How bad it is.
    pub level: Level,
    /// The rule, one of a short fixed list: `drift.unexplained`, `gate.block`, `problem.access_denied`.
    pub rule: String,
    /// One line.
    pub title: String,
    /// Everything.
    pub message: String,
    /// The place, if there is one.
    pub source: Option<SourceReport>,
    /// The same for the same remark in every run.
    pub fingerprint: String,
    /// What it is about: the stack.
    pub group: String,
}

/// The annotations of a scan, worst first.
pub fn of_report(report: &Report) -> Vec<Annotation> {
    let drifts = report.drifts.iter().filter_map(of_drift);
    sorted(drifts.chain(report.coverage.problems.iter().map(|problem| of_problem(problem, Level::Warning))))
}

/// The annotations of the gate's answer, worst first.
pub fn of_gate(gate: &GateReport) -> Vec<Annotation> {
    let level = if gate.undecided.is_empty() { Level::Notice } else { Level::Error };
    let problems = gate.coverage.problems.iter().map(|problem| of_problem(problem, level));
    sorted(gate.findings.iter().map(of_finding).chain(problems))
}

fn sorted(annotations: impl Iterator<Item = Annotation>) -> Vec<Annotation> {
    let mut annotations: Vec<_> = annotations.collect();
    annotations.sort_by(|a, b| (a.level, &a.group, &a.title).cmp(&(b.level, &b.group, &b.title)));
    annotations
}

fn of_drift(drift: &DriftReport) -> Option<Annotation> {
    let verdict = drift.verdict?;
    let level = match verdict {
        Verdict::Unexplained | Verdict::Contradicted | Verdict::Overdue => Level::Error,
        Verdict::Explained if !drift.violations.is_empty() => Level::Warning,
        Verdict::Explained | Verdict::Accepted => Level::Notice,
    };
    let mut lines = Vec::new();
    if drift.presence == Presence::Missing {
        lines.push("removed by hand".to_owned());
    }
    if drift.presence == Presence::Unmanaged && drift.attributes.is_empty() {
        lines.push("made by hand".to_owned());
    }
    lines.extend(drift.attributes.iter().filter(|a| a.standing.is_manual_change()).map(values));
    lines.extend(drift.accounting_records().map(|explanation| {
        let source = explanation.source.as_deref().map(|source| format!(" ({source})")).unwrap_or_default();
        format!("record {}{source}: {}", explanation.record, explanation.because.join("; "))
    }));
    lines.extend(drift.violations.iter().map(|violation| format!("{}: {}", violation.rule, violation.message)));
    Some(Annotation {
        level,
        rule: format!("drift.{verdict}"),
        title: format!("{verdict} drift of {} {}", drift.resource_type, drift.address),
        message: lines.join("\n"),
        source: drift.source.clone(),
        fingerprint: drift.id.to_string(),
        group: drift.stack.clone(),
    })
}

fn of_finding(finding: &Finding) -> Annotation {
    let (level, rule) = match finding.effect {
        Effect::Block => (Level::Error, "gate.block"),
        Effect::Warn => (Level::Warning, "gate.warn"),
        Effect::Notice => (Level::Notice, "gate.notice"),
    };
    let path = finding.attribute.as_ref().map(|attribute| attribute.path.to_string()).unwrap_or_default();
    let mut lines = vec![finding.message.clone()];
    lines.extend(finding.attribute.as_ref().map(values));
    lines.extend(finding.records.iter().map(|record| {
        let source = record.source.as_deref().map(|source| format!(" ({source})")).unwrap_or_default();
        format!("record {}{source}: {}", record.id, record.because.join("; "))
    }));
    if finding.records.is_empty() && finding.effect != Effect::Notice {
        lines.push("no record accounts for it".to_owned());
    }
    Annotation {
        level,
        rule: rule.to_owned(),
        title: format!("{} {} {path}", finding.resource_type, finding.address).trim_end().to_owned(),
        message: lines.join("\n"),
        source: finding.source.clone(),
        fingerprint: format!("{}:{path}", finding.drift),
        group: finding.stack.clone(),
    }
}

fn of_problem(problem: &ProblemReport, level: Level) -> Annotation {
    let remedy = problem.remedy.as_deref().map(|remedy| format!("\n{remedy}")).unwrap_or_default();
    Annotation {
        level,
        rule: format!("problem.{}", problem.kind),
        title: format!("not checked: {}", problem.scope),
        message: format!("{}{remedy}", problem.message),
        source: problem.source.clone(),
        fingerprint: format!("{}:{}:{}", problem.kind, problem.scope, problem.message),
        group: problem.stack.clone().unwrap_or_else(|| "repository".to_owned()),
    }
}

/// Lines of one difference that are shown beside a line of a file.
const DIFF_LINES: usize = 16;

/// The values of an attribute: in a line if they are short, else as a diff.
pub fn values(attribute: &AttributeReport) -> String {
    if let Some(whole) = of_whole(attribute) {
        return whole;
    }
    let difference = Difference::of(attribute);
    if difference.is_short() {
        return values_line(attribute);
    }
    let (from, to) = (difference.from.name, difference.to.name);
    let diff = difference.render(Colour::Plain, "", DIFF_LINES);
    format!("{}: - {from}, + {to} ({})\n{}", attribute.path, attribute.standing, diff.trim_end())
}

/// What is said of a resource as a whole: `it is no longer declared; helm upgrade removes it (pending)`.
pub fn of_whole(attribute: &AttributeReport) -> Option<String> {
    let has_values = [&attribute.declared, &attribute.applied, &attribute.live].into_iter().any(Option::is_some);
    let note = attribute.note.as_ref().filter(|_| attribute.path.is_root() && !has_values)?;
    Some(format!("{note} ({})", attribute.standing))
}

/// `DesiredCount: declared 2, applied 2, live 4 (drifted)`.
pub fn values_line(attribute: &AttributeReport) -> String {
    let show = |value: &Option<serde_json::Value>| value.as_ref().map_or("nothing".to_owned(), super::text::inline);
    let (declared, applied, live) = (show(&attribute.declared), show(&attribute.applied), show(&attribute.live));
    let note = attribute.note.as_deref().map(|note| format!("; {note}")).unwrap_or_default();
    format!("{}: declared {declared}, applied {applied}, live {live} ({}{note})", attribute.path, attribute.standing)
}
