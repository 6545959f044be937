//! `driftledger explain`: one drift, with everything that is known about it.

use clap::Args;

use super::{CommandResult, Exit, Failure, Global, output};
use crate::model::{Problem, ProblemKind};
use crate::report::annotation::of_whole;
use crate::report::difference::{Difference, Side};
use crate::report::table::{Colour, Tone, tone};
use crate::report::text::{inline, time};
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

/// Why a text names not just one drift.
pub(super) fn not_one(id: &str, known: &[KnownDrift]) -> Problem {
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

/// Lines of one difference that are shown at most: a screenful of screens, and no flood.
const DIFF_LINES: usize = 2000;

/// The values of an attribute: short ones in a line, long ones and documents as a diff.
fn attribute_diff(attribute: &AttributeReport, colour: Colour) -> String {
    if let Some(whole) = of_whole(attribute) {
        return format!("\n  {whole}\n");
    }
    let note = attribute.note.as_deref().map(|note| format!("; {note}")).unwrap_or_default();
    let path = colour.paint(Tone::Strong, &attribute.path.to_string());
    let mut out = format!("\n  {path} ({}{note})\n", attribute.standing);
    let difference = Difference::of(attribute);
    let Difference { from, to } = difference;
    let applied = Side { name: "applied", value: attribute.applied.as_ref() };
    // The third value tells something where it is neither of the two.
    let is_third = attribute.basis.is_declaration() && applied.value != from.value && applied.value != to.value;
    let third = is_third.then_some(applied);
    if difference.is_short() {
        for side in third.into_iter().chain([from, to]) {
            out.push_str(&format!("    {:<9} {}\n", side.name, side.value.map_or("nothing".to_owned(), inline)));
        }
        return out;
    }
    if let Some(side) = third {
        out.push_str(&format!("    {:<9} {}\n", side.name, side.value.map_or("nothing".to_owned(), inline)));
    }
    out.push_str(&format!("    - {}, + {}\n", from.name, to.name));
    out + &difference.render(colour, "    ", DIFF_LINES)
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Basis, Standing};
    use crate::report::tests::sample;
    use serde_json::{Value as Json, json};

    fn shown(declared: Json, applied: Json, live: Json, standing: Standing, basis: Basis) -> String {
        let mut attribute = DriftReport::from(&sample("shop", "web", 2, 4)).attributes.remove(0);
        let side = |json: Json| (!json.is_null()).then_some(json);
        (attribute.declared, attribute.applied, attribute.live) = (side(declared), side(applied), side(live));
        (attribute.standing, attribute.basis) = (standing, basis);
        attribute_diff(&attribute, Colour::Plain)
    }

    #[test]
    fn the_third_value_is_shown_where_it_tells_something() {
        let check = |declared, applied, live, standing, basis, expect: &str| {
            assert_eq!(
                shown(declared, applied, live, standing, basis),
                format!("\n  DesiredCount ({standing})\n{expect}")
            );
        };
        let (declaration, baseline) = (Basis::Declaration, Basis::Baseline);
        let two = "    declared  2\n    live      4\n";
        check(json!(2), json!(2), json!(4), Standing::Drifted, declaration, two);
        let three = "    applied   2\n    declared  3\n    live      4\n";
        check(json!(3), json!(2), json!(4), Standing::Conflict, declaration, three);
        let next = "    live      2\n    declared  3\n";
        check(json!(3), json!(2), json!(2), Standing::Pending, declaration, next);
        let recorded = "    recorded  2\n    live      nothing\n";
        check(json!(null), json!(2), json!(null), Standing::Drifted, baseline, recorded);
    }

    #[test]
    fn a_document_is_diffed_line_by_line() {
        let policy = |actions: &[&str]| {
            json!({"Version": "2012-10-17", "Statement": [{"Sid": "R", "Effect": "Allow", "Action": actions}]})
                .to_string()
        };
        let (declared, live) = (policy(&["s3:Get*"]), policy(&["s3:Get*", "s3:PutObject"]));
        let text = shown(json!(declared), json!(declared), json!(live), Standing::Drifted, Basis::Declaration);
        insta::assert_snapshot!(text, @r#"

          DesiredCount (drifted)
            - declared, + live
                "Statement": [
                  {
                    "Action": [
            -         "s3:Get*"
            +         "s3:Get*",
            +         "s3:PutObject"
                    ],
                    "Effect": "Allow",
                    "Sid": "R"
        "#);
    }
}
