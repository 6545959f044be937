//! Text of a ticket in each markup, the commands in it, and the text itself as a command.
#![no_main]

use std::sync::Arc;

use driftledger::ledger::commands;
use driftledger::ledger::prose::{self, Markup};
use driftledger::model::CommandLine;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    drop(commands::read(&CommandLine { text: text.to_owned(), at: None }));
    let source: Arc<str> = "ticket".into();
    for markup in [Markup::Markdown, Markup::JiraWiki, Markup::Html, Markup::Plain] {
        let prose = prose::read(&source, text, markup);
        for command in prose.commands().chain(prose.rollback_commands()) {
            drop(commands::read(command));
        }
    }
    if let Ok(document) = serde_json::from_str(text) {
        drop(prose::read_adf(&source, &document));
    }
});
