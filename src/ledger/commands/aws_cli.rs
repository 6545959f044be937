//! Reads an `aws` command: which operation, with which parameters, in which region and with which profile.
//!
//! Knows the AWS CLI's grammar and its table of commands, and no operation's effect. Nothing is executed.
//!
//! Sources: AWS CLI User Guide, "Command structure" and "Specifying parameter values".

mod convert;
mod security_groups;
pub mod table;

use std::collections::BTreeMap;

use super::shell::{Word, text_value};
use crate::model::{Kind, Value};
use convert::{capitalised, unreadable};
use table::{Argument, Form, Operation, Service, Shape};

pub(super) use convert::json;

/// What an `aws` command asks for.
#[derive(Clone)]
pub struct Invocation {
    /// The CLI's service command: `ecs`.
    pub service: String,
    /// The CLI's operation: `update-service`.
    pub operation: String,
    /// The operation of the service: `UpdateService`; `None` for a command that is not in the table, because it only
    /// reads or is a program of the CLI's own (`s3 cp`).
    pub called: Option<&'static str>,
    /// The parameters by the names of the service's model: `desiredCount`.
    pub parameters: BTreeMap<String, Value>,
    /// The region it was sent to, from `--region` or the environment before the command.
    pub region: Option<String>,
    /// The profile it was made with, from `--profile` or the environment before the command.
    pub profile: Option<String>,
    /// Whether parameters came from a file or variable, so that more may be set than is known here.
    pub has_unread_input: bool,
    /// Every flag with its words, as they were written.
    flags: BTreeMap<String, Vec<Word>>,
    service_table: Option<&'static Service>,
}

/// Options of the CLI itself that take a value.
const GLOBAL_WITH_VALUE: [&str; 11] = [
    "output",
    "query",
    "endpoint-url",
    "color",
    "ca-bundle",
    "cli-read-timeout",
    "cli-connect-timeout",
    "cli-binary-format",
    "cli-error-format",
    "region",
    "profile",
];

/// Options of the CLI itself that take none.
const GLOBAL_SWITCHES: [&str; 9] = [
    "debug",
    "no-verify-ssl",
    "no-paginate",
    "no-sign-request",
    "no-cli-pager",
    "cli-auto-prompt",
    "no-cli-auto-prompt",
    "no-cli-history",
    "v2-debug",
];

impl Invocation {
    /// Reads the words behind `aws`; `environment` holds the assignments before the command.
    ///
    /// `None` if they name no operation, or ask for help, a skeleton or a dry run, which change nothing.
    pub fn parse(words: &[Word], environment: &BTreeMap<String, Word>) -> Option<Self> {
        let from_environment =
            |names: &[&str]| names.iter().find_map(|name| environment.get(*name)?.known().map(str::to_owned));
        let (service, operation) = names(words)?;
        let service_table = table::service(&service);
        let known = service_table.and_then(|table| table.operation(&operation));
        let mut invocation = Self {
            service,
            operation,
            called: known.map(|operation| &*operation.name),
            parameters: BTreeMap::new(),
            region: from_environment(&["AWS_REGION", "AWS_DEFAULT_REGION"]),
            profile: from_environment(&["AWS_PROFILE", "AWS_DEFAULT_PROFILE"]),
            has_unread_input: false,
            flags: BTreeMap::new(),
            service_table,
        };
        let mut flags = Flags { words, at: 0, operation: known };
        while let Some((flag, values)) = flags.next() {
            invocation.take(&flag, &values, known);
        }
        let is_dry = ["dry-run", "dryrun", "generate-cli-skeleton", "help"];
        if invocation.operation == "help" || is_dry.iter().any(|flag| invocation.flags.contains_key(*flag)) {
            return None;
        }
        if known.is_some() {
            security_groups::expand(&mut invocation);
        }
        invocation.merge_input();
        Some(invocation)
    }

    /// The command without its parameters: `aws ecs update-service`. Safe to print.
    pub fn name(&self) -> String {
        format!("aws {} {}", self.service, self.operation)
    }

    /// The first word behind a flag, for commands that are in no table.
    pub(super) fn option(&self, flag: &str) -> Option<&Word> {
        self.flags.get(flag)?.first()
    }

    /// The parameters by the names that CloudFormation gives them, with a capital first letter: `DesiredCount`.
    pub(super) fn canonical_parameters(&self) -> BTreeMap<String, Value> {
        let operation = self.service_table.and_then(|table| table.operation(&self.operation));
        let canonical = |(member, value): (&String, &Value)| {
            let argument = operation.and_then(|one| one.arguments.iter().find(|one| *one.member == **member));
            let value = match (self.service_table, argument.map(|argument| &argument.form)) {
                (Some(table), Some(Form::Value(shape))) => convert::canonical(table, shape, value),
                _ => value.clone(),
            };
            (capitalised(member), value)
        };
        self.parameters.iter().map(canonical).collect()
    }

    fn take(&mut self, flag: &str, words: &[Word], operation: Option<&Operation>) {
        let known = || words.first().and_then(|word| word.known().map(str::to_owned));
        match flag {
            "region" => self.region = known(),
            "profile" => self.profile = known(),
            _ => {}
        }
        self.flags.insert(flag.to_owned(), words.to_vec());
        let Some((argument, is_negated)) = operation.and_then(|operation| operation.argument(flag)) else { return };
        let raw: Vec<&str> = words.iter().map(Word::raw).collect();
        if let Some(value) = self.value_of(argument, is_negated, &raw) {
            self.parameters.insert(argument.member.to_string(), value);
        }
    }

    fn value_of(&self, argument: &Argument, is_negated: bool, words: &[&str]) -> Option<Value> {
        let service = self.service_table?;
        let wrapped = |value: Value| Value::object([("Value", value)]);
        Some(match &argument.form {
            Form::Value(shape) => match old_list(&self.service, service, shape, words) {
                Some(items) => items,
                None => convert::value(service, shape, words),
            },
            Form::Pair => Value::from(!is_negated),
            Form::Switch(on) => Value::from(*on),
            Form::ValueOff => wrapped(Value::from(false)),
            Form::ValuePair => match words.first() {
                None => wrapped(Value::from(!is_negated)),
                Some(word) => match convert::value(service, &Shape::Map(Box::new(Shape::Boolean)), words) {
                    value if value.is_unknown() && is_boolean(word) => wrapped(Value::from(*word == "true")),
                    value => value,
                },
            },
            Form::Bare => match words.first()? {
                word if word.contains('=') || word.trim_start().starts_with(['{', '[']) => {
                    convert::value(service, &Shape::Map(Box::new(Shape::Text)), words)
                }
                word => wrapped(text_value(word)),
            },
            Form::Custom => return None,
        })
    }

    /// Members of `--cli-input-json`; flags outweigh them, wherever they stand.
    fn merge_input(&mut self) {
        self.has_unread_input |= self.flags.contains_key("cli-input-yaml");
        let Some(words) = self.flags.get("cli-input-json") else { return };
        let read = words.first().and_then(|word| json(word.raw())).unwrap_or_else(unreadable);
        match read.kind {
            Kind::Object(members) => {
                for (member, value) in members {
                    self.parameters.entry(member).or_insert(value);
                }
            }
            _ => self.has_unread_input = true,
        }
    }
}

fn is_boolean(word: &str) -> bool {
    ["true", "false"].contains(&word)
}

/// Arguments whose structures have one member, which is left out: `--instances i-1 i-2`.
///
/// Source: awscli's `argprocess.py`, "deprecated shorthand parsing case".
fn old_list(service: &str, table: &Service, shape: &Shape, words: &[&str]) -> Option<Value> {
    const SERVICES: [&str; 2] = ["elb", "firehose"];
    let Shape::List(member) = shape else { return None };
    let Shape::Structure(number) = **member else { return None };
    let mut members = table.structure(number)?.keys();
    let (only, None) = (members.next()?, members.next()) else { return None };
    let is_json = words.first()?.trim_start().starts_with(['{', '[']);
    if !SERVICES.contains(&service) || is_json {
        return None;
    }
    Some(Value::list(words.iter().map(|word| Value::object([(only.to_string(), text_value(word))]))))
}

/// The service and the operation that the words name.
fn names(words: &[Word]) -> Option<(String, String)> {
    let mut named = Vec::new();
    let mut words = words.iter();
    while let Some(word) = words.next() {
        match word.raw().strip_prefix("--") {
            Some(flag) if GLOBAL_WITH_VALUE.contains(&flag) => drop(words.next()),
            Some(_) => {}
            None => named.push(word.known()?.to_owned()),
        }
        if named.len() == 2 {
            break;
        }
    }
    let [service, operation] = <[String; 2]>::try_from(named).ok()?;
    Some((service, operation))
}

/// Walks over the words behind `aws`, a flag with its values at a time.
struct Flags<'a> {
    words: &'a [Word],
    at: usize,
    operation: Option<&'a Operation>,
}

impl Flags<'_> {
    fn next(&mut self) -> Option<(String, Vec<Word>)> {
        loop {
            let flag = self.words.get(self.at)?.raw().strip_prefix("--");
            self.at += 1;
            let Some(flag) = flag.filter(|flag| !GLOBAL_SWITCHES.contains(flag)) else { continue };
            if let Some((flag, value)) = flag.split_once('=') {
                return Some((flag.to_owned(), vec![Word::of_raw(value)]));
            }
            let rest = self.words.get(self.at..).unwrap_or_default();
            let values: Vec<Word> = rest
                .iter()
                .take(self.most_values(flag))
                .take_while(|word| !word.raw().starts_with("--"))
                .cloned()
                .collect();
            self.at += values.len();
            return Some((flag.to_owned(), values));
        }
    }

    /// How many words may follow a flag.
    fn most_values(&self, flag: &str) -> usize {
        if GLOBAL_WITH_VALUE.contains(&flag) || flag.starts_with("cli-input-") {
            return 1;
        }
        let argument = self.operation.and_then(|operation| operation.argument(flag));
        match argument.map(|(argument, _)| &argument.form) {
            None | Some(Form::Custom | Form::Value(Shape::List(_))) => usize::MAX,
            Some(Form::Pair | Form::Switch(_) | Form::ValueOff) => 0,
            Some(Form::Value(_) | Form::ValuePair | Form::Bare) => 1,
        }
    }
}

#[cfg(test)]
mod tests;
