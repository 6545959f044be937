//! `driftledger explain`: one drift, with everything that is known about it.

use clap::Args;
use similar::{ChangeTag, TextDiff};

use super::{CommandResult, Exit, Failure, Global, output};
use crate::model::{Problem, ProblemKind};
use crate::report::table::{Colour, Tone, tone};
use crate::report::text::{inline, lines, time};
use crate::report::{AttributeReport, DriftReport};
use crate::store::{KnownDrift, Store};

/// Show one drift: the values as a diff, when it came, who made it, and every record that was considered.
#[derive(Debug, Args)]
pub(super) struct Explain {
    /// The drift's id, or the beginning of it.
    id: String,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

impl Explain {
    pub(super) async fn run(&self, global: &Global) -> CommandResult {
        let file = global.load_config()?;
        let store = Store::open(&file.config.store, &file.folder).await?;
        let known = store.drifts_by_id(&self.id).await?;
        store.close().await;
        let [known] = known.as_slice() else {
            return Err(Failure::Usage(vec![not_one(&self.id, &known)]));
        };
        let text = if self.json {
            serde_json::to_string_pretty(&known.drift)? + "\n"
        } else {
            render(known, output::colour(global, None))
        };
        output::write(None, &text)?;
        Ok(Exit::Clean)
    }
}

fn not_one(id: &str, known: &[KnownDrift]) -> Problem {
    if known.is_empty() {
        return Problem::new(ProblemKind::Invalid, id, "there is no drift with this id")
            .remedy("`driftledger scan` prints the ids of the open ones");
    }
    let ids: Vec<_> = known.iter().take(8).map(|known| known.drift.id.as_str()).collect();
    Problem::new(ProblemKind::Invalid, id, format!("{} drifts begin with this: {}", known.len(), ids.join(", ")))
        .remedy("write more of the id")
}

fn render(known: &KnownDrift, colour: Colour) -> String {
    let drift = &known.drift;
    let verdict = drift.verdict.map_or("not drift", |verdict| verdict.as_str());
    let mut out = format!(
        "{} {}  {}\n",
        drift.resource_type,
        colour.paint(Tone::Strong, &drift.address),
        colour.paint(tone(drift.verdict), verdict),
    );
    let mut fact = |name: &str, value: String| out.push_str(&format!("  {name:<12} {value}\n"));
    fact("id", drift.id.to_string());
    fact("stack", format!("{} ({})", drift.stack, drift.environment));
    if let Some(identifier) = &drift.identifier {
        fact("identifier", identifier.clone());
    }
    if let Some(source) = &drift.source {
        fact("declared at", format!("{}:{}", source.file, source.line));
    }
    facts_of_time(drift, &mut fact);
    match &known.resolved {
        Some((how, at)) => fact("resolved", format!("{how} at {}", time(*at))),
        None if drift.stale => fact("stale", "the last scan could not look at it".to_owned()),
        None => {}
    }
    drift.attributes.iter().for_each(|attribute| out.push_str(&attribute_diff(attribute, colour)));
    out.push_str(&records(drift, colour));
    out
}

fn facts_of_time(drift: &DriftReport, fact: &mut impl FnMut(&str, String)) {
    fact("first seen", time(drift.first_seen));
    fact("last seen", time(drift.last_seen));
    let (from, to) = drift.changed_between;
    fact(
        "changed",
        match from {
            Some(from) if from == to => format!("at {}", time(to)),
            Some(from) => format!("between {} and {}", time(from), time(to)),
            None => format!("before {}; no earlier scan looked", time(to)),
        },
    );
    fact(
        "changed by",
        match &drift.actor {
            Some(actor) => actor.name.clone(),
            None => "not known".to_owned(),
        },
    );
    if let Some(due) = drift.due_at {
        fact("record by", time(due));
    }
}

/// The three values: short ones in a line, long ones and documents as a diff from declared to live.
fn attribute_diff(attribute: &AttributeReport, colour: Colour) -> String {
    let note = attribute.note.as_deref().map(|note| format!("; {note}")).unwrap_or_default();
    let path = colour.paint(Tone::Strong, &attribute.path.to_string());
    let mut out = format!("\n  {path} ({}{note})\n", attribute.standing);
    let shown = |value: &Option<serde_json::Value>| value.as_ref().map_or("nothing".to_owned(), inline);
    let text = |value: &Option<serde_json::Value>| value.as_ref().map(lines).unwrap_or_default();
    let (declared, live) = (text(&attribute.declared), text(&attribute.live));
    out.push_str(&format!("    applied   {}\n", shown(&attribute.applied)));
    if declared.lines().count() <= 1 && live.lines().count() <= 1 {
        out.push_str(&format!("    declared  {}\n", shown(&attribute.declared)));
        out.push_str(&format!("    live      {}\n", shown(&attribute.live)));
        return out;
    }
    out.push_str("    from declared (-) to live (+):\n");
    let diff = TextDiff::from_lines(&declared, &live);
    for change in diff.grouped_ops(3).iter().flatten().flat_map(|op| diff.iter_inline_changes(op)) {
        let (sign, tone) = match change.tag() {
            ChangeTag::Delete => ("-", Some(Tone::Bad)),
            ChangeTag::Insert => ("+", Some(Tone::Good)),
            ChangeTag::Equal => (" ", None),
        };
        let line: String = change
            .iter_strings_lossy()
            .map(|(emphasised, text)| match tone {
                Some(tone) if emphasised => colour.paint(tone, &text),
                _ => text.into_owned(),
            })
            .collect();
        out.push_str(&format!("    {sign} {}\n", line.trim_end_matches('\n')));
    }
    out
}

fn records(drift: &DriftReport, colour: Colour) -> String {
    let mut out = String::from("\n");
    if drift.explanations.is_empty() {
        out.push_str("  no record speaks of it\n");
    }
    for explanation in &drift.explanations {
        let source = explanation.source.as_deref().map(|source| format!(" {source}")).unwrap_or_default();
        let (mark, tier) = match explanation.tier {
            Some(tier) => (colour.paint(Tone::Good, "explains"), format!(" ({tier:?})")),
            None => (colour.paint(Tone::Faint, "does not"), String::new()),
        };
        out.push_str(&format!("  {mark}  {}{source}{tier}\n", colour.paint(Tone::Strong, &explanation.record)));
        explanation.because.iter().for_each(|sentence| out.push_str(&format!("      {sentence}\n")));
    }
    for violation in &drift.violations {
        let at = violation.at.as_deref().map(|at| format!(" ({at})")).unwrap_or_default();
        out.push_str(&format!(
            "  {} {}{at}\n",
            colour.paint(Tone::Doubtful, &format!("! {}:", violation.rule)),
            violation.message
        ));
    }
    out
}
