//! Reading the configuration file: every mistake in it is told with its line.

use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::Arc;

use super::{Config, EvidenceLog, Stack, patterns};
use crate::model::{Problem, ProblemKind};
use crate::repo::Tree;

/// A configuration and where it was read from.
#[derive(Clone, Debug, PartialEq)]
pub struct ConfigFile {
    /// The configuration.
    pub config: Config,
    /// The file.
    pub path: PathBuf,
    /// Its folder: what paths in it are relative to.
    pub folder: PathBuf,
}

/// Reads and checks a configuration file.
///
/// # Errors
/// Everything that is wrong with it: one problem if it does not parse, else one a mistake.
pub fn load(path: &Path) -> Result<ConfigFile, Vec<Problem>> {
    let name: Arc<str> = path.display().to_string().into();
    let text = std::fs::read_to_string(path).map_err(|error| {
        let message = match error.kind() {
            std::io::ErrorKind::NotFound => "there is no such file".to_owned(),
            std::io::ErrorKind::InvalidData => "is not valid UTF-8".to_owned(),
            std::io::ErrorKind::IsADirectory => "is a folder and not the configuration in it".to_owned(),
            _ => format!("cannot be read: {error}"),
        };
        let problem = Problem::new(ProblemKind::Unreadable, &*name, message);
        vec![problem.remedy("make one with `driftledger init`, or name it with --config FILE")]
    })?;
    let mut config = parse(&name, &text)?;
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    config.stacks = Checker { file: &name, text: &text }.expanded(&config, folder)?;
    Ok(ConfigFile { config, path: path.to_owned(), folder: folder.to_owned() })
}

/// The JSON schema of the configuration file.
///
/// # Errors
/// Never in practice: a schema holds nothing that JSON cannot.
pub fn schema() -> serde_json::Result<String> {
    Ok(serde_json::to_string_pretty(&schemars::schema_for!(Config))? + "\n")
}

fn parse(file: &Arc<str>, text: &str) -> Result<Config, Vec<Problem>> {
    let checker = Checker { file, text };
    let mut config: Config = serde_yaml::from_str(text).map_err(|error| {
        // What a line should have held is told only where the lines hold together: a slip in the indentation
        // otherwise reads as a missing key.
        if let Err(broken) = crate::yaml::load_plain(file, text) {
            return vec![broken.remedy(SCHEMA_REMEDY)];
        }
        let inside = checker.inside_tagged();
        if inside.is_empty() { vec![syntax(file, text, &error)] } else { inside }
    })?;
    let document = crate::yaml::load_plain(file, text).ok().and_then(|documents| documents.into_iter().next());
    for (position, rule) in config.ignore.iter_mut().enumerate() {
        rule.at = document.as_ref().and_then(|found| crate::yaml::locate(found, &["ignore", &position.to_string()]));
    }
    let mistakes = checker.check(&config);
    if mistakes.is_empty() { Ok(config) } else { Err(mistakes) }
}

fn syntax(file: &Arc<str>, text: &str, error: &serde_yaml::Error) -> Problem {
    let message = error.to_string();
    match error.location() {
        // The library appends the place, which is shown by the excerpt already.
        Some(place) => {
            let message = message.rsplit_once(" at line ").map_or(message.as_str(), |(message, _)| message);
            let end = text.get(place.index()..).and_then(|rest| rest.find([':', '\n', ' '])).unwrap_or(0);
            let range = place.index()..place.index() + end;
            Problem::in_source(ProblemKind::Invalid, file, text, range, readable(message))
        }
        None => Problem::new(ProblemKind::Invalid, &**file, readable(&message)),
    }
    .remedy(SCHEMA_REMEDY)
}

const SCHEMA_REMEDY: &str = "`driftledger config schema` prints every key";

/// A message without the names of this program's own types.
fn readable(message: &str) -> String {
    let words = message.split("internally tagged enum ").enumerate().map(|(position, part)| match position {
        0 => part.to_owned(),
        _ => format!("a mapping with `kind`{}", part.trim_start_matches(char::is_alphanumeric)),
    });
    words.collect::<String>().replace("struct Config", "a mapping")
}

/// Keys as other messages write them: `stacks[0].live.region`.
fn spelled(keys: &[&str]) -> String {
    keys.iter().fold(String::new(), |path, key| match key.parse::<usize>() {
        Ok(position) => format!("{path}[{position}]"),
        Err(_) if path.is_empty() => (*key).to_owned(),
        Err(_) => format!("{path}.{key}"),
    })
}

/// Reads a part of the configuration and says what is wrong with it.
type Try = fn(serde_yaml::Value) -> Option<String>;

fn attempt<T: serde::de::DeserializeOwned>(part: serde_yaml::Value) -> Option<String> {
    serde_yaml::from_value::<T>(part).err().map(|error| error.to_string())
}

/// The parts of a stack that are chosen by `kind`.
const TAGGED: [(&str, Try); 3] = [
    ("declared", attempt::<super::Declared>),
    ("applied", attempt::<super::Applied>),
    ("live", attempt::<super::Live>),
];

/// Finds mistakes that parse: names used twice, schedules that never come.
struct Checker<'a> {
    file: &'a Arc<str>,
    text: &'a str,
}

impl Checker<'_> {
    /// Mistakes in parts that are chosen by `kind`: serde reads those twice and forgets their places in between.
    fn inside_tagged(&self) -> Vec<Problem> {
        let Ok(document) = serde_yaml::from_str::<serde_yaml::Value>(self.text) else { return Vec::new() };
        let items = |name: &str| document.get(name).and_then(serde_yaml::Value::as_sequence).into_iter().flatten();
        let mut mistakes = Vec::new();
        for (position, stack) in items("stacks").enumerate() {
            let at = position.to_string();
            let parts = TAGGED.iter().filter_map(|(key, attempt)| Some((*key, stack.get(key)?, *attempt)));
            mistakes.extend(parts.filter_map(|(key, part, attempt)| self.tagged(&["stacks", &at, key], part, attempt)));
        }
        for (position, source) in items("records").enumerate() {
            let at = position.to_string();
            mistakes.extend(self.tagged(&["records", &at], source, attempt::<super::RecordSource>));
        }
        mistakes
    }

    /// The mistake in one part, at the key without which there would be none or another one.
    fn tagged(&self, keys: &[&str], part: &serde_yaml::Value, attempt: Try) -> Option<Problem> {
        let message = attempt(part.clone())?;
        let without = |key: &&serde_yaml::Value| {
            let mut rest = part.as_mapping().cloned().unwrap_or_default();
            rest.remove(*key);
            attempt(rest.into()).as_ref() != Some(&message)
        };
        let kind = serde_yaml::Value::from("kind");
        let mut others = part.as_mapping().into_iter().flat_map(|mapping| mapping.keys()).filter(|key| **key != kind);
        let culprit = if message.contains("variant") { Some(&kind) } else { others.find(without) };
        let keys: Vec<_> = keys.iter().copied().chain(culprit.and_then(serde_yaml::Value::as_str)).collect();
        Some(self.mistake(&keys, format!("{}: {}", spelled(&keys), readable(&message)), SCHEMA_REMEDY))
    }

    /// The stacks, with those that stand for many written out.
    fn expanded(&self, config: &Config, folder: &Path) -> Result<Vec<Stack>, Vec<Problem>> {
        // A repository that cannot be entered is told by whoever reads from it.
        let Ok(tree) = Tree::work_tree(folder.join(&config.repository)) else { return Ok(config.stacks.clone()) };
        let (mut stacks, mut mistakes): (Vec<Stack>, Vec<Problem>) = Default::default();
        for (position, stack) in config.stacks.iter().enumerate() {
            let at = position.to_string();
            match patterns::expand(stack, &tree) {
                Ok(found) => {
                    let known = found.iter().find(|one| stacks.iter().any(|earlier| earlier.name == one.name));
                    mistakes.extend(known.map(|known| self.named_twice(&at, &known.name)));
                    stacks.extend(found);
                }
                Err((keys, message, remedy)) => {
                    let keys: Vec<&str> = ["stacks", &at].into_iter().chain(keys.iter().copied()).collect();
                    mistakes.push(self.mistake(&keys, message, remedy));
                }
            }
        }
        if mistakes.is_empty() { Ok(stacks) } else { Err(mistakes) }
    }

    fn evidence_named_twice(&self, config: &Config) -> Vec<Problem> {
        let several = |is_one: fn(&EvidenceLog) -> bool| config.evidence.iter().filter(|log| is_one(log)).count() > 1;
        let mut mistakes = Vec::new();
        if several(|log| matches!(log, EvidenceLog::AuditWebhook(_))) {
            let message = "there are several audit webhooks, and one address for them";
            mistakes.push(self.mistake(&["evidence"], message, "have every API server post to the same one"));
        }
        if several(|log| matches!(log, EvidenceLog::Cloudtrail(_))) {
            let message = "CloudTrail is named several times";
            mistakes.push(self.mistake(&["evidence"], message, "name it once: it is read for all stacks"));
        }
        mistakes
    }

    fn named_twice(&self, at: &str, name: &str) -> Problem {
        let message = format!("the stack {name:?} is configured twice");
        self.mistake(&["stacks", at, "name"], message, "give each stack a name of its own")
    }

    fn check(&self, config: &Config) -> Vec<Problem> {
        let mut mistakes = Vec::new();
        if let Err(error) = tokio_cron_scheduler::Job::new(config.schedule.as_str(), |_, _| {}) {
            let message = format!("{:?} is not a cron expression: {error}", config.schedule);
            let remedy =
                "six fields: second, minute, hour, day, month, weekday; every ten minutes is \"0 */10 * * * *\"";
            mistakes.push(self.mistake(&["schedule"], message, remedy));
        }
        if !config.store.starts_with("sqlite:") {
            let message = format!("{:?} is not a store", config.store);
            mistakes.push(self.mistake(&["store"], message, "write sqlite:PATH"));
        }
        if config.stacks.is_empty() {
            let remedy = "declare at least one stack; `driftledger init` finds them";
            mistakes.push(self.mistake(&["stacks"], "there is no stack", remedy));
        }
        for (position, stack) in config.stacks.iter().enumerate() {
            let at = position.to_string();
            if config.stacks.iter().take(position).any(|earlier| earlier.name == stack.name) {
                mistakes.push(self.named_twice(&at, &stack.name));
            }
            if let Some((key, message, remedy)) = unfit(stack) {
                mistakes.push(self.mistake(&["stacks", &at, key], message, remedy));
            }
            if stack.name.is_empty() || stack.name.chars().any(char::is_control) {
                let message = "a stack needs a name of printable characters";
                mistakes.push(self.mistake(&["stacks", &at, "name"], message, "name it after what it deploys"));
            }
        }
        mistakes.extend(self.evidence_named_twice(config));
        for problem in crate::ledger::policy::People::new(&config.people).1 {
            mistakes.push(self.mistake(&["people"], problem.message, "one person's names stand in one entry"));
        }
        for (position, rule) in config.ignore.iter().enumerate() {
            // When it expires is no mistake of the file: the report tells.
            let wrong = crate::matching::ignore_problems(std::slice::from_ref(rule), jiff::Timestamp::MIN);
            let at = position.to_string();
            mistakes.extend(wrong.into_iter().map(|problem| {
                self.mistake(&["ignore", &at], problem.message, problem.remedy.as_deref().unwrap_or(SCHEMA_REMEDY))
            }));
        }
        for (position, source) in config.records.iter().enumerate() {
            let at = position.to_string();
            for (keys, message, remedy) in source.mistakes() {
                let keys: Vec<&str> = ["records", &at].into_iter().chain(keys.iter().copied()).collect();
                mistakes.push(self.mistake(&keys, message, remedy));
            }
        }
        mistakes
    }

    /// A mistake at the value that the keys lead to, or at the nearest one above it that is written in the file.
    fn mistake(&self, keys: &[&str], message: impl Into<String>, remedy: &str) -> Problem {
        let place = crate::yaml::load_plain(self.file, self.text)
            .ok()
            .and_then(|documents| documents.first().and_then(|document| crate::yaml::locate(document, keys)));
        let span = place.map(|at| offset_of(self.text, at.line, at.column));
        match span {
            Some(start) => {
                let rest = self.text.get(start..).unwrap_or_default();
                let end = start + rest.find('\n').unwrap_or(rest.len());
                Problem::in_source(ProblemKind::Invalid, self.file, self.text, start..end, message)
            }
            None => Problem::new(ProblemKind::Invalid, &**self.file, message),
        }
        .remedy(remedy)
    }
}

/// A part of a stack that does not go with the others: key, message and remedy.
fn unfit(stack: &Stack) -> Option<(&'static str, &'static str, &'static str)> {
    let is_cluster = matches!(stack.live, super::Live::Kubernetes(_));
    let reads_objects = matches!(stack.applied, super::Applied::None | super::Applied::LastApplied(_));
    match (&stack.declared, is_cluster) {
        (super::Declared::Kubernetes(_), false) => {
            Some(("live", "manifests do not run on AWS", "write `kind: kubernetes` and the cluster's context"))
        }
        (super::Declared::Kubernetes(_), true) if !reads_objects => {
            Some(("applied", "objects of a cluster are in no state and no stack", "write `kind: last_applied`"))
        }
        (super::Declared::Kubernetes(_), true) if stack.undeclared == super::Undeclared::Watch => {
            let message = "what is added to objects of a cluster by hand is always drift; nothing is recorded of it";
            Some(("undeclared", message, "leave the key out"))
        }
        (super::Declared::Kubernetes(_), true)
            if stack.dry_run.as_ref().is_some_and(|run| !is_manager(&run.manager)) =>
        {
            Some(("dry_run", "`manager` is no name of a field manager", "write 1 to 128 printable characters"))
        }
        (super::Declared::Kubernetes(_), true) => None,
        (_, true) => Some(("live", "only manifests are compared with a cluster", "write `kind: aws` and the region")),
        (_, false) if stack.unmanaged.is_some() => {
            Some(("unmanaged", "only of a cluster it is known what nobody declares", "leave the key out"))
        }
        (_, false) if stack.deploy_method.is_some() => {
            Some(("deploy_method", "only manifests are deployed in one way or another", "leave the key out"))
        }
        (_, false) if stack.dry_run.is_some() => {
            Some(("dry_run", "only a cluster tries a deploy out", "leave the key out"))
        }
        (_, false) if !stack.rollbacks.is_default() => {
            Some(("rollbacks", "only clusters are asked for more than the objects themselves", "leave the key out"))
        }
        (_, false) if matches!(stack.applied, super::Applied::LastApplied(_)) => {
            let message = "only objects of a cluster tell what was last applied to them";
            Some(("applied", message, "write `kind: terraform_state` or `kind: stack`"))
        }
        (_, false) => None,
    }
}

/// What the server takes for the name of a field manager.
fn is_manager(name: &str) -> bool {
    (1..=128).contains(&name.len()) && !name.chars().any(char::is_control)
}

fn offset_of(text: &str, line: u32, column: u32) -> usize {
    let lines = text.split_inclusive('\n').take(usize::try_from(line).unwrap_or(1));
    let mut start = 0;
    let mut current = "";
    for line in lines {
        start += current.len();
        current = line;
    }
    let column = usize::try_from(column).unwrap_or(1).saturating_sub(1);
    start + current.char_indices().nth(column).map_or(0, |(offset, _)| offset)
}

impl FromStr for Config {
    type Err = Vec<Problem>;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        parse(&"driftledger.yaml".into(), text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const STACK: &str = "\
stacks:
  - name: shop
    environment: production
    declared: {kind: terraform, path: infra}
    applied: {kind: terraform_state, path: s.tfstate}
    live:
      kind: aws
      region: eu-west-1
";

    /// The places and messages of all mistakes.
    fn check(text: &str, expect: &[&str]) {
        let problems = text.parse::<Config>().err().unwrap_or_default();
        let told = |problem: &Problem| match &problem.at {
            Some(at) => format!("{}: {}", at.line, problem.message),
            None => problem.message.clone(),
        };
        let told: Vec<_> = problems.iter().map(told).collect();
        assert_eq!(told.len(), expect.len(), "{told:?}\n{text}");
        for (told, expect) in told.iter().zip(expect) {
            assert!(told.starts_with(expect), "{told}\n{expect}\n{text}");
        }
    }

    fn changed(from: &str, to: &str, expect: &[&str]) {
        assert!(STACK.contains(from), "{from}");
        check(&STACK.replace(from, to), expect);
    }

    #[test]
    fn a_mistake_inside_a_part_with_a_kind_is_told_at_its_line() {
        check(STACK, &[]);
        changed("region:", "regoin:", &["8: stacks[0].live.regoin: unknown field `regoin`, expected one of `region`"]);
        changed("region: eu-west-1", "region: 5", &["8: stacks[0].live.region: invalid type: integer `5`"]);
        let attempts = "region: eu-west-1\n      attempts: many";
        changed("region: eu-west-1", attempts, &["9: stacks[0].live.attempts: invalid type: string \"many\""]);
        changed("      region: eu-west-1\n", "", &["6: stacks[0].live: missing field `region`"]);
        changed("      kind: aws\n", "", &["6: stacks[0].live: missing field `kind`"]);
        changed("kind: aws", "kind: gcp", &["7: stacks[0].live.kind: unknown variant `gcp`, expected `aws` or"]);
        changed("path: infra", "pth: infra", &["4: stacks[0].declared.pth: unknown field `pth`"]);
        changed("kind: terraform,", "kind: pulumi,", &["4: stacks[0].declared.kind: unknown variant `pulumi`"]);
        changed("state, path:", "state, file:", &["5: stacks[0].applied.file: unknown field `file`"]);
        let records = format!("{STACK}records:\n  - kind: files\n    paht: changes\n");
        check(&records, &["11: records[0].paht: unknown field `paht`"]);
    }

    #[test]
    fn what_is_declared_runs_and_was_applied_where_it_can_be() {
        let stack = |declared: &str, applied: &str, live: &str| {
            format!(
                "stacks:\n  - name: shop\n    environment: p\n    declared: {{kind: {declared}, path: x}}\n    applied: {{{applied}}}\n    live: {{{live}}}\n"
            )
        };
        let (aws, cluster) = ("kind: aws, region: eu-west-1", "kind: kubernetes, context: prod");
        check(&stack("kubernetes", "kind: last_applied", cluster), &[]);
        check(&stack("kubernetes", "kind: none", cluster), &[]);
        check(&stack("kubernetes", "kind: none", aws), &["6: manifests do not run on AWS"]);
        check(&stack("kubernetes", "kind: stack, stack: s", cluster), &["5: objects of a cluster are in no state"]);
        check(&stack("terraform", "kind: none", cluster), &["6: only manifests are compared with a cluster"]);
        check(&stack("terraform", "kind: last_applied", aws), &["5: only objects of a cluster tell"]);
        let terraform = stack("terraform", "kind: none", aws);
        check(&format!("{terraform}    unmanaged: {{}}\n"), &["7: only of a cluster it is known"]);
        check(&format!("{terraform}    deploy_method: apply\n"), &["7: only manifests are deployed"]);
        check(&format!("{terraform}    dry_run: {{manager: ci}}\n"), &["7: only a cluster tries a deploy out"]);
        let manifests = stack("kubernetes", "kind: none", cluster);
        check(&format!("{manifests}    dry_run: {{manager: ci}}\n"), &[]);
        check(&format!("{manifests}    dry_run: {{manager: ''}}\n"), &["7: `manager` is no name of a field manager"]);
        check(&format!("{terraform}    rollbacks: {{helm_releases: true}}\n"), &["7: only clusters are asked"]);
        let watched = stack("kubernetes", "kind: none", cluster) + "    undeclared: watch\n";
        check(&watched, &["7: what is added to objects of a cluster by hand is always drift"]);
    }

    #[test]
    fn every_mistake_is_told_in_the_words_of_the_file() {
        let with = |rest: &str, expect: &[&str]| check(&format!("{STACK}{rest}\n"), expect);
        with("record: []", &["9: unknown field `record`"]);
        with("records: changes", &["9: records: invalid type: string \"changes\""]);
        with("records: [{kind: files, path: c, time_zone: Mars/Base}]", &["9: \"Mars/Base\" is not a time zone"]);
        with("ignore:\n  - {path: A, reason: x, expires: soon}", &["10: ignore[0].expires: "]);
        with("ignore:\n  - {path: A, reason: x}", &["10: ignore[0]: missing field `expires`"]);
        with("ignore:\n  - {reason: x, expires: 2030-01-01}", &["10: an ignore rule accepts every drift there is"]);
        with("ignore:\n  - {path: A, reason: '', expires: 2030-01-01}", &["10: the ignore rule for A gives no reason"]);
        with("ignore:\n  - {path: A, reason: x, expires: 2001-01-01}", &[]);
        with("policy: {record_within: 1 fortnight}", &["9: policy: not a period: \"1 fortnight\""]);
        with("policy: {rules: {latte: {enabled: false}}}", &["9: policy.rules: unknown variant `latte`"]);
        with("listen: here", &["9: listen: invalid socket address"]);
        with("schedule: hourly", &["9: \"hourly\" is not a cron expression"]);
        with("store: postgres://x", &["9: \"postgres://x\" is not a store"]);
        with("gate: {unexplained: shrug}", &["9: gate.unexplained: unknown variant `shrug`"]);
        let twice = "people:\n  - {name: A, also: [ops]}\n  - {name: B, also: [ops]}";
        with(twice, &["9: the identity \"ops\" belongs to \"A\" and to \"B\""]);
        with(STACK.trim_start_matches("stacks:\n").trim_end(), &["9: the stack \"shop\" is configured twice"]);
        check("stacks: []", &["1: there is no stack"]);
        check("", &["1: missing field `stacks`"]);
        check("- a", &["1: invalid type: sequence, expected a mapping"]);
        check("stacks: [\n", &["1: unclosed bracket '['"]);
        changed(
            "    live:\n      kind: aws\n      region: eu-west-1\n",
            "    live: aws\n",
            &["6: stacks[0].live: invalid type: string \"aws\", expected a mapping with `kind`"],
        );
    }
}
