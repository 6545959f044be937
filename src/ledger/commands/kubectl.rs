//! Reads a `kubectl` command: which objects it changes, and what it makes of them.
//!
//! Knows the program's grammar and the built-in kinds, and no cluster. Commands that take their content from files or
//! an editor (`apply`, `edit`, `replace`) change something that their text does not show. Nothing is executed.
//!
//! Source: kubectl 1.33, whose own `--dry-run=client --local` the tests are held against.

mod arguments;
mod patch;
mod quantity;
mod resources;
mod set;

use super::effects::Outcome;
use super::shell::{Word, text_value};
use super::{Effect, Prediction, Subject, Target, TargetName};
use crate::model::{AttributePath, CommandLine, Kind, ResourceType, Step, Value};
use arguments::Arguments;
use resources::Type;

/// What a command says.
#[derive(Default)]
pub(super) struct Told {
    /// What it changes.
    pub(super) effects: Vec<Effect>,
    /// The objects it is about.
    pub(super) subjects: Vec<Subject>,
    /// Whether that is all it changes.
    pub(super) is_understood: bool,
}

/// Verbs that change nothing a declaration says: they read, or act within a container.
const HARMLESS: [&str; 24] = [
    "api-resources",
    "api-versions",
    "attach",
    "auth",
    "cluster-info",
    "completion",
    "config",
    "cp",
    "debug",
    "describe",
    "diff",
    "events",
    "exec",
    "explain",
    "get",
    "help",
    "kustomize",
    "logs",
    "options",
    "port-forward",
    "proxy",
    "top",
    "version",
    "wait",
];

/// What the words behind `kubectl` say.
pub(super) fn read(words: &[Word], command: &CommandLine) -> Told {
    let arguments = Arguments::parse(words);
    let Some(verb) = arguments.word(0) else { return Told::default() };
    if arguments.is_dry() || HARMLESS.contains(&verb) {
        return Told { is_understood: true, ..Told::default() };
    }
    let at = first_object(verb);
    let second = arguments.word(at - 1).unwrap_or_default();
    let Some(changes) = changes(verb, second, &arguments, at) else {
        // What becomes of the objects stands in a file or in an editor.
        return Told { subjects: subjects(&arguments, at), ..Told::default() };
    };
    let name = if at == 1 { format!("kubectl {verb}") } else { format!("kubectl {verb} {second}") };
    let mut told = Told { is_understood: true, ..Told::default() };
    for (resource_type, target, outcomes) in changes {
        told.effects.extend(outcomes.into_iter().map(|(path, prediction)| Effect {
            resource_type: resource_type.clone(),
            target: target.clone(),
            region: None,
            path,
            prediction,
            operation: name.clone(),
            command: command.clone(),
        }));
        told.subjects.push(Subject { resource_type, target, region: None });
    }
    told
}

/// Where the objects of a verb stand among the words: `set image` and `rollout undo` are two words.
fn first_object(verb: &str) -> usize {
    if matches!(verb, "set" | "rollout") { 2 } else { 1 }
}

fn subjects(arguments: &Arguments<'_>, at: usize) -> Vec<Subject> {
    let found = objects(arguments, at).map(|(objects, _)| objects).unwrap_or_default();
    let subject = |object: Object| {
        let target = object.kind.target(arguments.namespace().as_ref(), object.name);
        Subject { resource_type: object.kind.resource_type(), target, region: None }
    };
    found.into_iter().map(subject).collect()
}

/// The first object that a command names, as a text may have it: `deploy/web`.
pub(super) fn named(words: &[Word]) -> Option<String> {
    let arguments = Arguments::parse(words);
    let known: Vec<&str> = arguments.words().iter().filter_map(Word::known).collect();
    match known.get(first_object(known.first()?)..)? {
        [pair, ..] if pair.contains('/') => Some((*pair).to_owned()),
        [kind, name, ..] => Some(format!("{kind}/{name}")),
        _ => None,
    }
}

type Changes = Vec<(ResourceType, Target, Vec<Outcome>)>;

/// An object that a command names.
struct Object {
    kind: Type,
    name: TargetName,
}

/// What a command changes; `None` if that is not known. Objects stand from the word `at` on.
fn changes(verb: &str, second: &str, arguments: &Arguments<'_>, at: usize) -> Option<Changes> {
    if arguments.option("filename").is_some() || arguments.option("kustomize").is_some() {
        return None;
    }
    if matches!((verb, second), ("rollout", "status" | "history")) {
        return Some(Vec::new());
    }
    if let Some(node) = node_changes(verb, arguments, at) {
        return Some(node);
    }
    let (objects, rest) = objects(arguments, at)?;
    let mut changes = Vec::new();
    for object in objects {
        let outcomes = match (verb, second) {
            ("scale", _) => scale(arguments),
            ("set", _) => set::outcomes(second, object.kind, arguments, &rest)?,
            ("patch", _) => patched(object.kind, arguments),
            ("label", _) => marks("metadata.labels", &rest),
            ("annotate", _) => marks("metadata.annotations", &rest),
            ("taint", _) => vec![(path("spec.taints"), Prediction::Unspecified)],
            ("delete", _) => vec![(AttributePath::root(), Prediction::Is(Value::new(Kind::Null)))],
            ("autoscale", _) => {
                changes.push(autoscaler(&object, arguments)?);
                continue;
            }
            ("rollout", "undo") => vec![(path("spec.template"), Prediction::Unspecified)],
            ("rollout", "restart") => vec![restarted()],
            ("rollout", "pause") => vec![(path("spec.paused"), Prediction::Is(Value::from(true)))],
            ("rollout", "resume") => vec![(path("spec.paused"), Prediction::Is(Value::new(Kind::Null)))],
            _ => return None,
        };
        let target = object.kind.target(arguments.namespace().as_ref(), object.name);
        changes.push((object.kind.resource_type(), target, outcomes));
    }
    Some(changes)
}

/// `cordon`, `uncordon` and `drain`, whose words are names of nodes.
fn node_changes(verb: &str, arguments: &Arguments<'_>, at: usize) -> Option<Changes> {
    let value = match verb {
        "cordon" | "drain" => Value::from(true),
        "uncordon" => Value::new(Kind::Null),
        _ => return None,
    };
    let node = Type::of("nodes")?;
    let names = arguments.words().iter().skip(at).map(name);
    let names: Vec<TargetName> = names.collect();
    let names = if names.is_empty() { vec![TargetName::Any] } else { names };
    let change = |name| {
        let outcome = (path("spec.unschedulable"), Prediction::Is(value.clone()));
        (node.resource_type(), node.target(None, name), vec![outcome])
    };
    Some(names.into_iter().map(change).collect())
}

/// The objects from a word on (`deploy/web`, `deploy web api`, `deploy -l app=web`, `deploy,sts --all`), and the words
/// that are none: `NAME=value`, `NAME-`. `None` if a type is not known.
fn objects<'a>(arguments: &'a Arguments<'_>, at: usize) -> Option<(Vec<Object>, Vec<&'a Word>)> {
    let mut words = arguments.words().get(at..)?.iter().peekable();
    let mut objects = Vec::new();
    let first = words.peek()?;
    let is_pair = |word: &Word| word.raw().split_once('/').is_some_and(|(kind, _)| Type::of(kind).is_some());
    if !is_pair(first) {
        let kinds: Option<Vec<Type>> = words.next()?.known()?.split(',').map(Type::of).collect();
        let kinds = kinds?;
        let named: Vec<&Word> = std::iter::from_fn(|| words.next_if(|word| !is_change(word))).collect();
        let is_open = named.is_empty() || arguments.option("selector").is_some();
        for kind in kinds {
            if is_open {
                objects.push(Object { kind, name: TargetName::Any });
            } else {
                objects.extend(named.iter().map(|word| Object { kind, name: name(word) }));
            }
        }
    }
    while let Some(word) = words.next_if(|word| is_pair(word)) {
        let (kind, own) = word.raw().split_once('/')?;
        objects.push(Object { kind: Type::of(kind)?, name: name(&Word::of_raw(own)) });
    }
    Some((objects, words.collect()))
}

/// Whether a word is no name: `image=x`, `label-`.
fn is_change(word: &Word) -> bool {
    word.raw().contains('=') || word.raw().ends_with('-')
}

fn name(word: &Word) -> TargetName {
    word.known().map_or(TargetName::Any, |name| TargetName::Is(name.to_owned()))
}

fn path(dotted: &str) -> AttributePath {
    AttributePath::keys(dotted.split('.'))
}

fn number(word: &Word) -> Prediction {
    match word.known().map(|text| text.parse::<i64>()) {
        Some(Ok(number)) => Prediction::Is(Value::from(number)),
        _ => Prediction::Unspecified,
    }
}

fn scale(arguments: &Arguments<'_>) -> Vec<Outcome> {
    let replicas = arguments.option("replicas").map(|word| (path("spec.replicas"), number(word)));
    replicas.into_iter().collect()
}

fn patched(kind: Type, arguments: &Arguments<'_>) -> Vec<Outcome> {
    let anything = || vec![(AttributePath::root(), Prediction::Unspecified)];
    let patch_type = match arguments.option("type").map(Word::known) {
        None | Some(Some("strategic")) => patch::PatchType::Strategic,
        Some(Some("merge")) => patch::PatchType::Merge,
        Some(Some("json")) => patch::PatchType::Json,
        Some(_) => return anything(),
    };
    let parsed = arguments.option("patch").and_then(|word| patch::parse(word.raw()));
    match parsed {
        // A sub-resource has its own attributes: `status`, or `scale`, which only has replicas.
        Some(_) if arguments.option("subresource").is_some() => Vec::new(),
        // What is in a Secret is compared by fingerprint, and shown nowhere.
        Some(_) if kind.kind == "Secret" => vec![(path("data"), Prediction::Unspecified)],
        Some(patch) if !patch.is_unknown() => patch::outcomes(kind, &patch, patch_type),
        _ => anything(),
    }
}

/// `key=value` and `key-`.
fn marks(at: &str, rest: &[&Word]) -> Vec<Outcome> {
    let outcome = |word: &&Word| {
        let raw = word.raw();
        let at = path(at);
        match (raw.split_once('='), raw.strip_suffix('-')) {
            (Some((key, _)), _) | (None, Some(key)) if !super::shell::is_known(key) => (at, Prediction::Unspecified),
            (Some((key, value)), _) => (at.key(key), Prediction::of(text_value(value))),
            (None, Some(key)) => (at.key(key), Prediction::Is(Value::new(Kind::Null))),
            (None, None) => (at, Prediction::Unspecified),
        }
    };
    rest.iter().map(outcome).collect()
}

/// The autoscaler that `autoscale` makes, named as what it scales unless `--name` says otherwise.
fn autoscaler(object: &Object, arguments: &Arguments<'_>) -> Option<(ResourceType, Target, Vec<Outcome>)> {
    let kind = Type::of("hpa")?;
    let own = arguments.option("name").map_or_else(|| object.name.clone(), name);
    let mut outcomes = vec![(path("spec.metrics"), Prediction::Unspecified)];
    for (option, at) in [("min", "spec.minReplicas"), ("max", "spec.maxReplicas")] {
        outcomes.extend(arguments.option(option).map(|word| (path(at), number(word))));
    }
    Some((kind.resource_type(), kind.target(arguments.namespace().as_ref(), own), outcomes))
}

fn restarted() -> Outcome {
    let annotations = path("spec.template.metadata.annotations");
    (annotations.then(Step::Key("kubectl.kubernetes.io/restartedAt".to_owned())), Prediction::Unspecified)
}

#[cfg(test)]
mod tests;
