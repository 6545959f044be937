//! What the commands that a record quotes would have done.
//!
//! Commands are data: they are read and never executed. The result says which attribute of which resource each command
//! sets and to what, as far as its text tells; what stands in a variable or file is unspecified and never guessed.
//! Knows no live state and no drift.

pub mod aws_cli;
mod effects;
mod kubectl;
mod shell;
mod shorthand;
mod tools;

use std::collections::BTreeMap;
use std::fmt;

use crate::model::{AttributePath, ChangeRecord, CommandLine, Problem, ProblemKind, RecordStep, ResourceType, Value};

pub use aws_cli::Invocation;
pub use shell::{ShellError, Word};
pub use tools::ScopeName;

/// What a command does to one attribute.
#[derive(Clone, PartialEq)]
pub struct Effect {
    /// The canonical type of the resource.
    pub resource_type: ResourceType,
    /// Which resource.
    pub target: Target,
    /// The region the command was sent to, if it says.
    pub region: Option<String>,
    /// The attribute; the root for the resource as a whole.
    pub path: AttributePath,
    /// What becomes of it.
    pub prediction: Prediction,
    /// The command without its parameters, safe to print: `aws ecs update-service`.
    pub operation: String,
    /// The command.
    pub command: CommandLine,
}

impl fmt::Debug for Effect {
    /// Without values: a command may set a secret.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} sets {} {} {}", self.operation, self.resource_type, self.target, self.path)
    }
}

/// What becomes of an attribute.
#[derive(Clone, PartialEq)]
pub enum Prediction {
    /// It has this value; `null`: it is not there.
    Is(Value),
    /// It has this value as soon as the service gets to it; another value is no contradiction.
    Eventually(Value),
    /// The set has this member.
    Contains(Value),
    /// The set does not have this member.
    Lacks(Value),
    /// The command sets it, to something its text does not show.
    Unspecified,
}

impl Prediction {
    /// The prediction of a value; an unknown one specifies nothing.
    pub fn of(value: Value) -> Self {
        if value.is_unknown() { Self::Unspecified } else { Self::Is(value) }
    }
}

/// The names that a resource must answer to, outermost first: `[cluster, service]`, `[sg-id]`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Target(pub Vec<TargetName>);

/// One name of a [`Target`].
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum TargetName {
    /// This name, id or ARN.
    Is(String),
    /// A variable or placeholder.
    Any,
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (position, name) in self.0.iter().enumerate() {
            let name = match name {
                TargetName::Is(name) => name,
                TargetName::Any => "?",
            };
            write!(f, "{}{name}", if position > 0 { "/" } else { "" })?;
        }
        Ok(())
    }
}

/// A resource that a command is about, whether or not it changes an attribute of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subject {
    /// Its canonical type.
    pub resource_type: ResourceType,
    /// Its names.
    pub target: Target,
    /// The region the command was sent to, if it says.
    pub region: Option<String>,
}

/// Everything that the text of one command line tells.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Reading {
    /// What it changes, in the order of the line.
    pub effects: Vec<Effect>,
    /// The resources it is about.
    pub subjects: Vec<Subject>,
    /// Wider things it is about: addresses, stacks.
    pub scope: Vec<ScopeName>,
    /// The regions it was sent to, as far as it says.
    pub regions: Vec<String>,
    /// Whether each tool and operation on the line is known, so that it changes nothing besides `effects`.
    pub is_understood: bool,
}

/// Reads a command line of any known tool.
///
/// # Errors
/// When quotes or substitutions stay open, so that the words cannot be told.
pub fn read(command: &CommandLine) -> Result<Reading, ShellError> {
    let mut reading = Reading { is_understood: true, ..Reading::default() };
    for words in shell::split(&command.text)? {
        read_simple(&words, command, &mut reading);
    }
    Ok(reading)
}

/// What the commands of a record would have done, in their order; commands that cannot be read say nothing.
pub fn effects<'a>(commands: impl IntoIterator<Item = &'a CommandLine>) -> Vec<Effect> {
    commands.into_iter().filter_map(|command| read(command).ok()).flat_map(|reading| reading.effects).collect()
}

/// The commands of steps, in their order.
pub fn of_steps(steps: &[RecordStep]) -> impl Iterator<Item = &CommandLine> {
    steps.iter().flat_map(|step| &step.commands)
}

/// What of a record's commands cannot be read. The problems quote nothing of them: a command may hold a secret.
pub fn problems(record: &ChangeRecord) -> Vec<Problem> {
    let commands = of_steps(&record.steps).chain(of_steps(&record.rollback));
    let unread = commands.filter_map(|command| Some((command, read(command).err()?)));
    unread
        .map(|(command, error)| {
            let problem = Problem::new(ProblemKind::Record, &record.id, format!("a command cannot be read: {error}"));
            problem.remedy("quote the command as it was typed into the shell").at(command.at.clone())
        })
        .collect()
}

/// Words before a command that only say how it is run.
const WRAPPERS: [&str; 6] = ["sudo", "env", "time", "nohup", "exec", "command"];

fn read_simple(words: &[Word], command: &CommandLine, reading: &mut Reading) {
    let mut environment = BTreeMap::new();
    let mut words = words;
    while let [first, rest @ ..] = words {
        if let Some((name, value)) = assignment(first) {
            environment.insert(name, value);
        } else if !first.known().is_some_and(|word| WRAPPERS.contains(&word)) {
            break;
        }
        words = rest;
    }
    let [program, arguments @ ..] = words else { return };
    let program = base_name(program);
    if program != "aws" {
        // `aws-vault exec production -- aws …`, `driftledger ledger run CR-1 -- aws …`
        let inner =
            arguments.windows(2).position(|pair| matches!(pair, [mark, tool] if mark.raw() == "--" && is_aws(tool)));
        if let Some(inner) = inner.and_then(|at| arguments.get(at + 1..)) {
            return read_simple(inner, command, reading);
        }
        let scope = tools::scope(program, arguments);
        if tools::is_kubectl(program) {
            let told = kubectl::read(arguments, command);
            reading.effects.extend(told.effects);
            reading.subjects.extend(told.subjects);
            reading.is_understood &= told.is_understood;
        } else {
            reading.is_understood &= tools::is_harmless(program);
        }
        reading.scope.extend(scope);
        return;
    }
    let Some(invocation) = Invocation::parse(arguments, &environment) else { return };
    reading.regions.extend(invocation.region.clone());
    reading.scope.extend(tools::stack_scope(&invocation));
    reading.scope.extend(tools::bucket_scope(&invocation, arguments));
    match effects::of(&invocation, command) {
        Some((subjects, effects)) => {
            reading.subjects.extend(subjects);
            reading.effects.extend(effects);
        }
        None => reading.is_understood &= is_read(&invocation.operation),
    }
}

/// A program without its folder; empty if a variable stands in its place.
fn base_name(program: &Word) -> &str {
    program.known().and_then(|path| path.rsplit('/').next()).unwrap_or_default()
}

fn is_aws(program: &Word) -> bool {
    base_name(program) == "aws"
}

/// Whether an operation only reads; AWS names such operations with these verbs.
fn is_read(operation: &str) -> bool {
    READS.iter().any(|verb| operation.starts_with(verb))
}

/// Verbs of operations that change nothing; `scripts/generate-aws-cli-commands.py` leaves them out.
const READS: [&str; 27] = [
    "batch-check-",
    "batch-describe-",
    "batch-get-",
    "check-",
    "describe-",
    "detect-",
    "estimate-",
    "evaluate-",
    "filter-",
    "get-",
    "head-",
    "list-",
    "lookup-",
    "ls",
    "presign",
    "preview-",
    "query",
    "scan",
    "search-",
    "select-",
    "simulate-",
    "tail",
    "test-",
    "update-kubeconfig",
    "validate-",
    "view-",
    "wait",
];

/// `NAME=value` before a command.
fn assignment(word: &Word) -> Option<(String, Word)> {
    let (name, value) = word.raw().split_once('=')?;
    let is_name = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    is_name.then(|| (name.to_owned(), Word::of_raw(value)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn command(text: &str) -> CommandLine {
        CommandLine { text: text.to_owned(), at: None }
    }

    #[test]
    fn what_stands_around_a_command_is_stripped_and_its_region_kept() {
        let check = |text: &str, region: Option<&str>| {
            let reading = read(&command(text)).unwrap();
            let [effect] = reading.effects.as_slice() else { panic!("{text}: {:?}", reading.effects) };
            assert_eq!(effect.region.as_deref(), region, "{text}");
            assert_eq!((effect.target.to_string(), effect.path.to_string()), ("f".into(), "Timeout".into()), "{text}");
        };
        const TAIL: &str = "lambda update-function-configuration --function-name f --timeout 3";
        check(&format!("aws {TAIL}"), None);
        check(
            &format!("sudo AWS_PROFILE=prod AWS_REGION=eu-west-1 /usr/local/bin/aws {TAIL} --output json"),
            Some("eu-west-1"),
        );
        check(&format!("aws --region us-east-1 --no-cli-pager --profile x {TAIL} | jq ."), Some("us-east-1"));
        check(&format!("AWS_REGION=a aws --region=b {TAIL} --query 'a.b' > /dev/null"), Some("b"));
        check(&format!("export X=1; aws {TAIL} --region $REGION"), None);
        check(&format!("aws-vault exec prod -- aws {TAIL}"), None);
        check(&format!("AWS_REGION=a driftledger ledger run CR-1 -- aws {TAIL} --region b"), Some("b"));
    }

    #[test]
    fn a_command_that_changes_nothing_has_no_effect() {
        for text in [
            "aws lambda get-function --function-name f",
            "aws lambda update-function-configuration help",
            "aws ec2 authorize-security-group-ingress --group-id sg-1 --protocol tcp --port 1 --cidr 1.2.3.4/32 --dry-run",
            "aws ecs update-service --generate-cli-skeleton",
            "echo aws lambda delete-function --function-name f",
            "# aws lambda delete-function --function-name f",
        ] {
            assert_eq!(read(&command(text)).unwrap().effects, [], "{text}");
        }
    }

    #[test]
    fn an_unreadable_command_is_told_without_its_text() {
        let mut record = crate::matching::tests::record("CR-1");
        record.steps =
            vec![RecordStep { text: String::new(), commands: vec![command("aws ssm put-parameter --value 'hunter2")] }];
        let problems: Vec<String> = problems(&record).iter().map(ToString::to_string).collect();
        assert_eq!(
            problems,
            [
                "CR-1: a command cannot be read: a quote is not closed (quote the command as it was typed into the shell)",
            ]
        );
    }

    #[test]
    fn an_unknown_operation_leaves_the_reading_incomplete() {
        let understood = |text: &str| read(&command(text)).unwrap().is_understood;
        assert!(understood("aws ecs describe-services --services a"));
        assert!(understood("aws ecs update-service --service a --desired-count 1 && echo done"));
        assert!(understood("aws ecs run-task --cluster a --task-definition b"));
        assert!(!understood("aws sqs add-permission --queue-url a"));
        assert!(!understood("terraform apply"));
    }

    proptest! {
        #[test]
        fn no_command_makes_it_panic(tail in "[-a-z0-9 '\"={}\\[\\],$<>\\\\:/]{0,60}", flag in 0usize..6) {
            let start = [
                "aws ec2 authorize-security-group-ingress --group-id sg-1 --ip-permissions ",
                "aws lambda update-function-configuration --function-name f --environment ",
                "aws ecs update-service --service s --network-configuration ",
                "aws iam put-role-policy --role-name r --policy-name p --policy-document ",
                "aws ecs update-service --cli-input-json ",
                "kubectl ",
            ];
            drop(read(&command(&format!("{}{tail}", start[flag]))));
        }

        #[test]
        fn what_is_quoted_arrives_unchanged(value in "[ !#%&(-;=?-z]{1,20}") {
            prop_assume!(!["YOUR", "***", "file"].iter().any(|odd| value.contains(odd)) && !value.starts_with("--"));
            let found = effects([&command(&format!("aws ssm put-parameter --name n --value '{value}'"))]);
            prop_assert!(found[0].prediction == Prediction::Is(Value::from(value.as_str())));
        }
    }
}
