//! The gate's answer for a person.

use super::annotation::values;
use super::table::{self, Colour, Tone};
use crate::gate::{Decision, Effect, Finding, GateReport};
use crate::matching::IGNORE_RULE;

/// The whole answer.
pub fn render(gate: &GateReport, colour: Colour) -> String {
    let (tone, text) = match gate.decision {
        Decision::Pass => (Tone::Good, "PASS: a deploy would take no manual change back"),
        Decision::Warn => {
            (Tone::Doubtful, "PASS WITH A WARNING: a deploy would take back changes that nobody recorded")
        }
        Decision::Block => (Tone::Bad, "BLOCKED: a deploy would take manual changes back"),
        Decision::Error => (Tone::Bad, "UNDECIDED: what a deploy would do could not be told"),
    };
    let mut out = format!("{}\n", colour.paint(tone, text));
    let commit = gate.commit.as_deref().map(|commit| format!(" at commit {}", table::shorten_commit(commit)));
    out.push_str(&format!("stacks: {}{}\n", gate.stacks.join(", "), commit.unwrap_or_default()));
    gate.findings.iter().for_each(|finding| out.push_str(&block(finding, colour)));
    for reason in &gate.undecided {
        out.push_str(&format!("\n  {} {reason}\n", colour.paint(Tone::Doubtful, "could not tell:")));
    }
    out.push_str(&table::coverage(&gate.coverage, colour));
    if gate.decision == Decision::Block {
        out.push_str(WAYS_OUT);
    }
    out
}

const WAYS_OUT: &str = "\nways out: put the live value into the declaration; or take the change back by hand and close \
its record;\nor accept it with an ignore rule that has a reason and an expiry\n";

fn block(finding: &Finding, colour: Colour) -> String {
    let (tone, label) = match finding.effect {
        Effect::Block => (Tone::Bad, "block"),
        Effect::Warn => (Tone::Doubtful, "warn"),
        Effect::Notice => (Tone::Faint, "note"),
    };
    let mut out = format!(
        "\n  {} {} {}  {}\n",
        colour.paint(tone, label),
        finding.resource_type,
        colour.paint(Tone::Strong, &finding.address),
        colour.paint(Tone::Faint, finding.drift.as_str()),
    );
    let mut line = |text: &str| out.push_str(&format!("      {text}\n"));
    line(&finding.message);
    if let Some(attribute) = &finding.attribute {
        values(attribute).lines().for_each(&mut line);
    }
    if let Some(source) = &finding.source {
        line(&colour.paint(Tone::Faint, &format!("declared at {}:{}", source.file, source.line)));
    }
    for record in &finding.records {
        let source = record.source.as_deref().map(|source| format!("  {source}")).unwrap_or_default();
        line(&format!("{}{source}", colour.paint(Tone::Strong, &record.id)));
        record.because.iter().for_each(|sentence| line(&format!("  {sentence}")));
    }
    if finding.records.is_empty() && finding.effect != Effect::Notice {
        line("no record accounts for it");
    }
    for record in &finding.considered {
        let source = record.source.as_deref().map(|source| format!("  {source}")).unwrap_or_default();
        let not = if record.id == IGNORE_RULE { "" } else { "not " };
        line(&colour.paint(Tone::Faint, &format!("{not}{}{source}", record.id)));
        record.because.iter().for_each(|sentence| line(&format!("  {sentence}")));
    }
    out
}
