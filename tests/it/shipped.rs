//! Shipped files that repeat what stands elsewhere: they say the same.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use driftledger::config::{self, Config};
use serde_json::Value;

/// A file of the package.
pub fn path(file: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(file)
}

/// The text of a file of the package.
pub fn read(file: &str) -> String {
    std::fs::read_to_string(path(file)).unwrap_or_else(|error| panic!("{file}: {error}"))
}

/// Whether generated files are to be written instead of compared.
pub fn is_update() -> bool {
    std::env::var_os("UPDATE_README").is_some_and(|value| !value.is_empty())
}

#[test]
fn the_schema_of_the_configuration_is_as_printed() {
    let file = "config/driftledger.schema.json";
    let fresh = config::schema().unwrap();
    if is_update() {
        std::fs::write(path(file), &fresh).unwrap();
    }
    assert!(read(file) == fresh, "{file} is out of date: UPDATE_README=1 cargo test shipped");
}

/// The names of all members that a schema speaks of, in whatever object they stand.
fn properties(schema: &Value, names: &mut BTreeSet<String>) {
    match schema {
        Value::Object(members) => {
            if let Some(properties) = members.get("properties").and_then(Value::as_object) {
                names.extend(properties.keys().cloned());
            }
            members.values().for_each(|member| properties(member, names));
        }
        Value::Array(items) => items.iter().for_each(|item| properties(item, names)),
        _ => {}
    }
}

fn keys(value: &Value, names: &mut BTreeSet<String>) {
    match value {
        Value::Object(members) => members.iter().for_each(|(key, member)| {
            names.insert(key.clone());
            keys(member, names);
        }),
        Value::Array(items) => items.iter().for_each(|item| keys(item, names)),
        _ => {}
    }
}

#[test]
fn the_sample_configuration_parses_and_has_every_key() {
    let text = read("config/driftledger.yaml");
    text.parse::<Config>().unwrap_or_else(|problems| panic!("config/driftledger.yaml: {}", problems[0]));
    let schema: Value = serde_json::from_str(&config::schema().unwrap()).unwrap();
    let mut expected = BTreeSet::new();
    properties(&schema, &mut expected);
    let mut written = BTreeSet::new();
    keys(&serde_yaml::from_str(&text).unwrap(), &mut written);
    let missing: Vec<_> = expected.difference(&written).collect();
    assert!(missing.is_empty(), "config/driftledger.yaml does not show {missing:?}");
}

#[test]
fn the_sample_configuration_shows_the_defaults() {
    let mut sample: Config = read("config/driftledger.yaml").parse().unwrap();
    let text =
        "stacks: [{name: a, environment: b, declared: {kind: terraform, path: c}, live: {kind: aws, region: d}}]";
    let plain: Config = text.parse().unwrap();
    assert_eq!(
        (&sample.repository, &sample.store, &sample.schedule, sample.listen, sample.gate),
        (&plain.repository, &plain.store, &plain.schedule, plain.listen, plain.gate),
    );
    sample.environments.clear();
    assert_eq!(sample.policy("any"), plain.policy("any"));
}

/// Generated SDK code is not worth optimising, and a crate that is forgotten costs minutes a build.
#[test]
fn every_aws_sdk_crate_is_built_unoptimised() {
    let lock = read("Cargo.lock");
    let names = lock.lines().filter_map(|line| line.strip_prefix("name = \"")?.strip_suffix('"'));
    let locked: BTreeSet<_> = names.filter(|name| name.starts_with("aws-sdk-")).collect();
    let manifest = read("Cargo.toml");
    let (_, section) = manifest.split_once("\n[profile.release.package]\n").unwrap();
    let lines = section.lines().take_while(|line| !line.starts_with('['));
    let entries: BTreeSet<_> =
        lines.filter_map(|line| line.strip_suffix(" = { opt-level = 0 }")).map(str::trim).collect();
    assert_eq!(entries, locked);
}
