//! Reads an `aws` command: which operation, with which parameters, in which region and with which profile.
//!
//! Knows the AWS CLI's grammar and no operation's effect. Nothing is executed.
//!
//! Sources: AWS CLI User Guide, "Command structure" and "Specifying parameter values"; renamed arguments from awscli's
//! `customizations/argrename.py`.

use std::collections::BTreeMap;

use super::shell::Word;
use crate::model::{Kind, Value};

/// What an `aws` command asks for.
#[derive(Clone, PartialEq, Eq)]
pub struct Invocation {
    /// The CLI's service command: `ecs`.
    pub service: String,
    /// The CLI's operation: `update-service`.
    pub operation: String,
    /// The parameters by flag without its dashes: `desired-count`.
    pub parameters: BTreeMap<String, Argument>,
    /// The region it was sent to, from `--region` or the environment before the command.
    pub region: Option<String>,
    /// The profile it was made with, from `--profile` or the environment before the command.
    pub profile: Option<String>,
    /// Whether parameters came from a file or variable, so that more may be set than is known here.
    pub has_unread_input: bool,
}

/// What a parameter was given.
#[derive(Clone, PartialEq, Eq)]
pub enum Argument {
    /// Words behind the flag; how they are to be read depends on the parameter.
    Words(Vec<Word>),
    /// `--flag` or `--no-flag` alone.
    Switch(bool),
    /// A member of `--cli-input-json`.
    Json(Value),
}

/// Options of the CLI itself that take a value; they say nothing about the resource.
const GLOBAL_WITH_VALUE: [&str; 9] = [
    "--output",
    "--query",
    "--endpoint-url",
    "--color",
    "--ca-bundle",
    "--cli-read-timeout",
    "--cli-connect-timeout",
    "--cli-binary-format",
    "--cli-error-format",
];

/// Options of the CLI itself that take none.
const GLOBAL_SWITCHES: [&str; 8] = [
    "--debug",
    "--no-verify-ssl",
    "--no-paginate",
    "--no-sign-request",
    "--no-cli-pager",
    "--cli-auto-prompt",
    "--no-cli-auto-prompt",
    "--no-cli-history",
];

/// Switches whose name is not the parameter's: flag, parameter, and what the flag makes of it.
const RENAMED_SWITCHES: [(&str, &str, bool); 3] = [
    ("disable-execute-command", "enable-execute-command", false),
    ("enable-api-termination", "disable-api-termination", false),
    ("no-disable-api-termination", "disable-api-termination", false),
];

impl Invocation {
    /// Reads the words behind `aws`; `environment` holds the assignments before the command.
    ///
    /// `None` if they name no operation, or ask for help, a skeleton or a dry run, which change nothing.
    pub fn parse(words: &[Word], environment: &BTreeMap<String, Word>) -> Option<Self> {
        let from_environment =
            |names: &[&str]| names.iter().find_map(|name| environment.get(*name)?.known().map(str::to_owned));
        let mut invocation = Self {
            service: String::new(),
            operation: String::new(),
            parameters: BTreeMap::new(),
            region: from_environment(&["AWS_REGION", "AWS_DEFAULT_REGION"]),
            profile: from_environment(&["AWS_PROFILE", "AWS_DEFAULT_PROFILE"]),
            has_unread_input: false,
        };
        let mut names = Vec::new();
        let mut flags = Flags { words, at: 0 };
        while let Some(item) = flags.next() {
            match item {
                Item::Word(word) => names.push(word.known()?.to_owned()),
                Item::Flag(name, values) => invocation.take(name, &values),
            }
        }
        let mut names = names.into_iter();
        invocation.service = names.next()?;
        invocation.operation = names.next()?;
        let is_dry = ["dry-run", "generate-cli-skeleton", "help"].iter().any(|flag| invocation.is_on(flag));
        (invocation.operation != "help" && !is_dry).then_some(invocation)
    }

    /// The command without its parameters: `aws ecs update-service`. Safe to print.
    pub fn name(&self) -> String {
        format!("aws {} {}", self.service, self.operation)
    }

    /// Whether a switch is given and not given as `--no-…`.
    pub(super) fn is_on(&self, flag: &str) -> bool {
        self.parameters.get(flag).is_some_and(|argument| *argument != Argument::Switch(false))
    }

    fn take(&mut self, flag: &str, values: &[Word]) {
        let first = values.first().and_then(|word| word.known().map(str::to_owned));
        match flag {
            "region" => self.region = first,
            "profile" => self.profile = first,
            "cli-input-json" => self.take_input(values.first()),
            "cli-input-yaml" => self.has_unread_input = true,
            _ => {
                let (name, argument) = argument(flag, values);
                self.parameters.insert(name, argument);
            }
        }
    }

    /// Members of `--cli-input-json`; flags outweigh them, wherever they stand.
    fn take_input(&mut self, word: Option<&Word>) {
        let json = word.and_then(|word| serde_json::from_str::<serde_json::Value>(word.known()?).ok());
        let Some(serde_json::Value::Object(members)) = json else {
            self.has_unread_input = true;
            return;
        };
        for (member, value) in &members {
            let json = Argument::Json(Value::from_json(value));
            self.parameters.entry(flag_of(member)).or_insert(json);
        }
    }
}

fn argument(flag: &str, values: &[Word]) -> (String, Argument) {
    if !values.is_empty() {
        return (flag.to_owned(), Argument::Words(values.to_vec()));
    }
    if let Some((_, name, on)) = RENAMED_SWITCHES.iter().find(|(renamed, ..)| *renamed == flag) {
        return ((*name).to_owned(), Argument::Switch(*on));
    }
    match flag.strip_prefix("no-") {
        Some(name) => (name.to_owned(), Argument::Switch(false)),
        None => (flag.to_owned(), Argument::Switch(true)),
    }
}

enum Item<'a> {
    Word(&'a Word),
    Flag(&'a str, Vec<Word>),
}

/// Walks over the words behind `aws`, a flag with its values at a time.
struct Flags<'a> {
    words: &'a [Word],
    at: usize,
}

impl<'a> Flags<'a> {
    fn next(&mut self) -> Option<Item<'a>> {
        loop {
            let word = self.words.get(self.at)?;
            self.at += 1;
            let raw = word.raw();
            let Some(flag) = raw.strip_prefix("--") else { return Some(Item::Word(word)) };
            if GLOBAL_SWITCHES.contains(&raw) {
                continue;
            }
            if GLOBAL_WITH_VALUE.contains(&raw) {
                self.at += 1;
                continue;
            }
            if let Some((name, value)) = flag.split_once('=') {
                if GLOBAL_WITH_VALUE.contains(&format!("--{name}").as_str()) {
                    continue;
                }
                return Some(Item::Flag(name, vec![Word::of_raw(value)]));
            }
            let values = match flag {
                "region" | "profile" => 1,
                _ => self.rest().iter().take_while(|word| !word.raw().starts_with("--")).count(),
            };
            let values = self.rest().get(..values).unwrap_or_default();
            self.at += values.len();
            return Some(Item::Flag(flag, values.to_vec()));
        }
    }

    fn rest(&self) -> &'a [Word] {
        self.words.get(self.at..).unwrap_or_default()
    }
}

/// A member's flag: `memorySize` → `memory-size`, `KMSKeyArn` → `kms-key-arn` (botocore's `xform_name`).
fn flag_of(member: &str) -> String {
    let chars: Vec<char> = member.chars().collect();
    let mut flag = String::new();
    for (position, c) in chars.iter().enumerate() {
        let before = position.checked_sub(1).and_then(|before| chars.get(before));
        let after = chars.get(position + 1);
        let starts_word = c.is_ascii_uppercase()
            && before.is_some_and(|before| !before.is_ascii_uppercase() || after.is_some_and(char::is_ascii_lowercase));
        if starts_word {
            flag.push('-');
        }
        flag.push(c.to_ascii_lowercase());
    }
    flag
}

impl Argument {
    /// The words, each as text with its holes, if it was given so.
    pub(super) fn raw_words(&self) -> Option<Vec<&str>> {
        match self {
            Self::Words(words) => Some(words.iter().map(Word::raw).collect()),
            Self::Switch(_) | Self::Json(_) => None,
        }
    }

    /// The plain value, for parameters that hold one text, number or boolean.
    pub(super) fn scalar(&self) -> Option<Value> {
        match self {
            Self::Words(words) => words.first().map(|word| super::shell::text_value(word.raw())),
            Self::Switch(on) => Some(Value::from(*on)),
            Self::Json(value) if matches!(value.kind, Kind::List(_) | Kind::Object(_)) => None,
            Self::Json(value) => Some(value.clone()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_of_json_input_are_the_flags_of_the_cli() {
        // As botocore 1.43's `xform_name(member, "-")` has them.
        let check = |member: &str, flag: &str| assert_eq!(flag_of(member), flag);
        check("memorySize", "memory-size");
        check("FunctionName", "function-name");
        check("KMSKeyArn", "kms-key-arn");
        check("DBInstanceIdentifier", "db-instance-identifier");
        check("MultiAZ", "multi-az");
        check("enableECSManagedTags", "enable-ecs-managed-tags");
        check("OKActions", "ok-actions");
    }

    fn parse(text: &str) -> Option<Invocation> {
        let commands = crate::ledger::commands::shell::split(text).unwrap();
        Invocation::parse(&commands[0], &BTreeMap::new())
    }

    #[test]
    fn a_command_is_service_operation_and_flags_wherever_they_stand() {
        let check = |text: &str, flags: &[&str]| {
            let invocation = parse(text).unwrap();
            assert_eq!(invocation.name(), "aws ecs update-service", "{text}");
            assert_eq!(invocation.parameters.keys().map(String::as_str).collect::<Vec<_>>(), flags, "{text}");
        };
        check("ecs update-service --service a --desired-count 1", &["desired-count", "service"]);
        check("--debug --output json ecs update-service --service=a", &["service"]);
        check("--endpoint-url=http://x ecs update-service --force-new-deployment", &["force-new-deployment"]);
        check("ecs update-service --no-enable-ecs-managed-tags", &["enable-ecs-managed-tags"]);
        check(r#"ecs update-service --cli-input-json '{"desiredCount": 1}'"#, &["desired-count"]);
        for text in ["ecs", "help", "ecs help", "ecs $OPERATION --service a"] {
            assert!(parse(text).is_none(), "{text}");
        }
    }
}
