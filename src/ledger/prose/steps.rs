//! The steps of a section: its list items or paragraphs, each with the commands that follow it.

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};

use regex::Regex;

use super::extract::{Row, in_code, in_prose};
use super::labels::{Section, section};
use super::markdown::Kind;
use super::pattern;
use super::sections::{Part, labelled, ticked};
use crate::model::RecordStep;

static ITEM: LazyLock<Regex> = LazyLock::new(|| pattern(r"^\s{0,3}(?:\d{1,3}[.)]|[-*+])\s+(.*)$"));

#[derive(Default)]
struct Step<'a> {
    words: Vec<&'a str>,
    prose: Vec<Row<'a>>,
    code: BTreeMap<u32, Vec<Row<'a>>>,
}

impl Step<'_> {
    fn finish(self, file: &Arc<str>) -> RecordStep {
        let mut commands = in_prose(file, &self.prose);
        commands.extend(self.code.values().flat_map(|rows| in_code(file, rows)));
        commands.sort_by(|a, b| a.at.cmp(&b.at));
        RecordStep { text: self.words.join(" "), commands }
    }
}

/// The steps of a section.
pub(in crate::ledger) struct Steps {
    /// What is done.
    pub(in crate::ledger) forward: Vec<RecordStep>,
    /// What takes it back: commands after a comment in the code that says so.
    pub(in crate::ledger) back: Vec<RecordStep>,
}

/// The steps of a section.
pub(in crate::ledger) fn steps(file: &Arc<str>, part: &Part<'_>) -> Steps {
    let mut steps: Vec<Step<'_>> = Vec::new();
    let mut back = Step::default();
    let mut block_of_rollback = None;
    let mut is_paragraph_open = false;
    for line in &part.lines {
        let text = line.row.text.trim();
        match &line.kind {
            Kind::Code(block) if block_of_rollback == Some(*block) => {
                back.code.entry(*block).or_default().push(line.row)
            }
            Kind::Code(block) if text.starts_with('#') && section(text) == Section::Rollback => {
                block_of_rollback = Some(*block);
            }
            Kind::Code(block) => {
                if steps.is_empty() {
                    steps.push(Step::default());
                }
                if let Some(step) = steps.last_mut() {
                    step.code.entry(*block).or_default().push(line.row);
                }
            }
            Kind::Text if text.is_empty() => is_paragraph_open = false,
            Kind::Text if labelled(line).is_none() => {
                let item = ITEM.captures(line.row.text).and_then(|item| Some(item.get(1)?.as_str().trim()));
                // An indented paragraph belongs to the item above it.
                let is_indented = line.row.text.starts_with([' ', '\t']) && !steps.is_empty();
                if item.is_some() || !is_paragraph_open && !is_indented {
                    steps.push(Step::default());
                }
                is_paragraph_open = true;
                if let Some(step) = steps.last_mut() {
                    step.words.push(ticked(line).map_or(item.unwrap_or(text), |(_, beside)| beside));
                    step.prose.push(line.row);
                }
            }
            _ => {}
        }
    }
    let finish = |steps: Vec<Step<'_>>| -> Vec<RecordStep> {
        let steps = steps.into_iter().map(|step| step.finish(file));
        steps.filter(|step| !step.text.is_empty() || !step.commands.is_empty()).collect()
    };
    Steps { forward: finish(steps), back: finish(vec![back]) }
}
