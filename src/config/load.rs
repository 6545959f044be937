//! Reading the configuration file: every mistake in it is told with its line.

use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::Arc;

use super::Config;
use crate::model::{Problem, ProblemKind};

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
            std::io::ErrorKind::IsADirectory => "is a folder".to_owned(),
            std::io::ErrorKind::InvalidData => "is not valid UTF-8".to_owned(),
            _ => format!("cannot be read: {error}"),
        };
        let problem = Problem::new(ProblemKind::Unreadable, &*name, message);
        vec![problem.remedy("make one with `driftledger init`, or name it with --config FILE")]
    })?;
    let config = parse(&name, &text)?;
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
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
    let config: Config = serde_yaml::from_str(text).map_err(|error| {
        // What the line should have held is told only where the lines hold together: a slip in the indentation
        // otherwise reads as a missing key.
        let broken = crate::yaml::load_plain(file, text).err();
        vec![
            broken
                .unwrap_or_else(|| mistaken(file, text, &error))
                .remedy("`driftledger config schema` prints every key"),
        ]
    })?;
    let mistakes = Checker { file, text }.check(&config);
    if mistakes.is_empty() { Ok(config) } else { Err(mistakes) }
}

/// The problem of a text that is YAML and no configuration.
fn mistaken(file: &Arc<str>, text: &str, error: &serde_yaml::Error) -> Problem {
    let message = error.to_string();
    let Some(place) = error.location() else { return Problem::new(ProblemKind::Invalid, &**file, message) };
    // The library appends the place, which is shown by the excerpt already.
    let message = message.rsplit_once(" at line ").map_or(message.as_str(), |(message, _)| message);
    let start = unknown_key(text, place.index(), message).unwrap_or(place.index());
    let end = text.get(start..).and_then(|rest| rest.find([':', '\n', ' '])).unwrap_or(0);
    Problem::in_source(ProblemKind::Invalid, file, text, start..start + end, message)
}

/// Where the key stands that a message complains of: inside tagged mappings the library only knows where they begin.
fn unknown_key(text: &str, from: usize, message: &str) -> Option<usize> {
    let (_, rest) = message.split_once("unknown field `")?;
    let (key, _) = rest.split_once('`')?;
    let is_key = |offset: &usize| {
        let before = text.get(..*offset).and_then(|before| before.chars().next_back());
        let after = text.get(offset + key.len()..).unwrap_or_default();
        before.is_none_or(|c| !c.is_alphanumeric() && !"_-.".contains(c)) && after.starts_with([':', '"', '\''])
    };
    text.get(from..)?.match_indices(key).map(|(offset, _)| from + offset).find(is_key)
}

/// Finds mistakes that parse: names used twice, schedules that never come.
struct Checker<'a> {
    file: &'a Arc<str>,
    text: &'a str,
}

impl Checker<'_> {
    fn check(&self, config: &Config) -> Vec<Problem> {
        let mut mistakes = Vec::new();
        if tokio_cron_scheduler::Job::new(config.schedule.as_str(), |_, _| {}).is_err() {
            let message = format!("{:?} is not a cron expression", config.schedule);
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
                let message = format!("the stack {:?} is configured twice", stack.name);
                mistakes.push(self.mistake(&["stacks", &at, "name"], message, "give each stack a name of its own"));
            }
            if stack.name.is_empty() || stack.name.chars().any(char::is_control) {
                let message = "a stack needs a name of printable characters";
                mistakes.push(self.mistake(&["stacks", &at, "name"], message, "name it after what it deploys"));
            }
        }
        for (position, source) in config.records.iter().enumerate() {
            let super::RecordSource::Files(files) = source;
            if jiff::tz::TimeZone::get(&files.time_zone).is_err() {
                let at = position.to_string();
                let message = format!("{:?} is no known time zone", files.time_zone);
                mistakes.push(self.mistake(&["records", &at, "time_zone"], message, "write one such as Europe/Berlin"));
            }
        }
        mistakes
    }

    /// A mistake at the value that the keys lead to, or at the nearest one above it that is written in the file.
    fn mistake(&self, keys: &[&str], message: impl Into<String>, remedy: &str) -> Problem {
        let place = crate::yaml::load_plain(self.file, self.text)
            .ok()
            .and_then(|documents| documents.first().and_then(|document| crate::yaml::locate(document, keys)));
        Problem::new(ProblemKind::Invalid, &**self.file, message).at(place).excerpt(self.text).remedy(remedy)
    }
}

impl FromStr for Config {
    type Err = Vec<Problem>;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        parse(&"driftledger.yaml".into(), text)
    }
}
