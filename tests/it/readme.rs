//! The README's tables say what the product says of itself. `UPDATE_README=1 cargo test readme` writes them anew.

use std::collections::BTreeMap;

use clap::{Command, CommandFactory};
use driftledger::cli::{Cli, Exit};
use driftledger::metrics::Metrics;
use driftledger::schema::terraform;

use super::shipped::{is_update, path, read};

/// Compares what stands between `<!-- name -->` and `<!-- /name -->`, or writes it.
#[track_caller]
fn check(name: &str, table: &str) {
    let readme = read("README.md");
    let (begin, end) = (format!("<!-- {name} -->"), format!("<!-- /{name} -->"));
    let parts = readme.split_once(&begin).and_then(|(before, rest)| Some((before, rest.split_once(&end)?)));
    let Some((before, (between, after))) = parts else {
        panic!("README.md has no place for its generated table: write {begin} and {end}, each on a line of its own");
    };
    let fresh = format!("\n{table}");
    if between == fresh {
        return;
    }
    assert!(is_update(), "the table of {name} in README.md is out of date: UPDATE_README=1 cargo test readme");
    std::fs::write(path("README.md"), format!("{before}{begin}{fresh}{end}{after}")).unwrap();
}

/// A table in Markdown; `|` in a cell would end it.
fn table(headings: &[&str], rows: impl IntoIterator<Item = Vec<String>>) -> String {
    let line = |cells: Vec<String>| format!("| {} |\n", cells.join(" | "));
    let mut text = line(headings.iter().map(|heading| (*heading).to_owned()).collect());
    text.push_str(&line(headings.iter().map(|_| "---".to_owned()).collect()));
    text.extend(rows.into_iter().map(|cells| line(cells.iter().map(|cell| cell.replace('|', "\\|")).collect())));
    text
}

/// The commands that do something, in the order of the help.
fn commands(command: &Command, name: &str, rows: &mut Vec<Vec<String>>) {
    let subcommands: Vec<_> = command.get_subcommands().filter(|command| command.get_name() != "help").collect();
    if subcommands.is_empty() {
        let arguments: String = command.get_positionals().map(|argument| format!(" {argument}")).collect();
        let about = command.get_about().map(ToString::to_string).unwrap_or_default();
        rows.push(vec![format!("`{name}{arguments}`"), about]);
    }
    for command in subcommands {
        commands(command, &format!("{name} {}", command.get_name()), rows);
    }
}

// One test, because all tables are written to the same file.
#[test]
fn the_tables_are_the_products_own() {
    let mut rows = Vec::new();
    commands(&Cli::command(), "driftledger", &mut rows);
    let codes = Exit::ALL.map(|exit| vec![exit.code().to_string(), exit.meaning().to_owned()]);
    let both = format!("{}\n{}", table(&["command", "does"], rows), table(&["exit code", "means"], codes));
    check("commands", &both);

    let metrics = Metrics::descriptions().unwrap().into_iter().map(|metric| {
        let labels: Vec<_> = metric.labels.iter().map(|label| format!("`{label}`")).collect();
        vec![format!("`{}`", metric.name), metric.kind.as_str().to_owned(), labels.join(", "), metric.help]
    });
    check("metrics", &table(&["name", "kind", "labels", "says"], metrics));
    check("terraform-types", &terraform_types());
}

/// The types that Terraform's provider has and this compares, by the service that they become resources of.
fn terraform_types() -> String {
    let mut services: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for (terraform, canonical) in terraform::types() {
        let service = canonical.split("::").nth(1).unwrap();
        services.entry(service).or_default().push(format!("`{terraform}`"));
    }
    table(&["service", "types"], services.into_iter().map(|(name, types)| vec![name.to_owned(), types.join(", ")]))
}
