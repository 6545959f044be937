//! `Fn::ForEach`: loops that make resources, conditions, outputs and members of properties. Source: `Fn::ForEach` in
//! the CloudFormation template reference.
//!
//! A pass from template to template before anything is evaluated, as `AWS::LanguageExtensions` is for the service;
//! only collections are evaluated on the way. Copies keep the places where their originals are written.

use std::collections::{BTreeMap, BTreeSet};

use super::evaluate::{Evaluator, NODE_BYTES, Stop, Unit};
use super::template::Template;
use crate::model::{Kind, Problem, ProblemKind, Value};

/// How the key of a loop begins.
pub(super) const LOOP: &str = "Fn::ForEach::";
/// Loops in loops that the service takes.
const MAX_NESTED: usize = 5;
/// What a round of a loop counts at least, so that a bomb ends soon: the service itself takes templates of 1 MB.
const ROUND_BYTES: usize = 1024;

/// The template with its loops written out. A loop whose collection is not known stays.
pub(super) fn expand(unit: &Unit<'_>, template: Template) -> Template {
    let sections = [&template.conditions, &template.resources, &template.outputs];
    if !sections.iter().any(|members| members.iter().any(|(key, member)| is_loop(key) || has_loop(member))) {
        return template;
    }
    let mut expander =
        Expander { evaluator: Evaluator::new(unit, &template), around: Vec::new(), repeated: BTreeSet::new() };
    let [conditions, resources, outputs] = sections.map(|members| expander.members(members));
    let mut problems = template.problems.clone();
    problems.extend(expander.evaluator.into_problems());
    Template { conditions, resources, outputs, problems, ..template }
}

fn is_loop(key: &str) -> bool {
    key.starts_with(LOOP)
}

fn has_loop(value: &Value) -> bool {
    match &value.kind {
        Kind::List(items) => items.iter().any(has_loop),
        Kind::Object(members) => members.iter().any(|(key, member)| is_loop(key) || has_loop(member)),
        _ => false,
    }
}

/// What logical ids a loop whose collection is not known can make: their beginnings, each with a `*`.
pub(super) fn possible_ids(looped: &Value) -> BTreeSet<String> {
    let body = looped.as_list().and_then(|parts| parts.get(2)).and_then(Value::as_object);
    let ids = body.into_iter().flatten().flat_map(|(key, member)| match is_loop(key) {
        true => possible_ids(member),
        false => BTreeSet::from([format!("{}*", key.split(['$', '&']).next().unwrap_or_default())]),
    });
    ids.collect()
}

/// An identifier of a loop and what it stands for in one round.
struct Round {
    identifier: String,
    value: String,
    /// `${X}`, and `&{X}` with what it stands for.
    placeholder: String,
    plain: (String, String),
}

impl Round {
    fn new(identifier: &str, value: String) -> Self {
        let letters_and_digits = value.chars().filter(char::is_ascii_alphanumeric).collect();
        Self {
            identifier: identifier.to_owned(),
            placeholder: format!("${{{identifier}}}"),
            plain: (format!("&{{{identifier}}}"), letters_and_digits),
            value,
        }
    }
}

struct Expander<'a> {
    evaluator: Evaluator<'a>,
    /// The rounds of the loops around the current node, outermost first.
    around: Vec<Round>,
    /// Keys that were made twice, each told once.
    repeated: BTreeSet<String>,
}

impl Expander<'_> {
    /// The members of an object, with those that loops among them make.
    fn members(&mut self, members: &BTreeMap<String, Value>) -> BTreeMap<String, Value> {
        let (loops, plain): (Vec<_>, Vec<_>) = members.iter().partition(|(key, _)| is_loop(key));
        let mut made = BTreeMap::new();
        for (key, member) in plain {
            self.add(&mut made, key, member);
        }
        for (key, looped) in loops {
            self.repeat(&mut made, key, looped);
        }
        made
    }

    fn add(&mut self, made: &mut BTreeMap<String, Value>, key: &str, member: &Value) {
        let key = self.text(key);
        if made.contains_key(&key) {
            if !self.repeated.insert(key.clone()) {
                return;
            }
            let remedy = "the keys of a loop hold its identifier, and no other member has such a key";
            self.report(ProblemKind::Invalid, member, format!("{key} is there already when the loop makes it"), remedy);
            return;
        }
        let member = self.copy(member);
        made.insert(key, member);
    }

    fn repeat(&mut self, made: &mut BTreeMap<String, Value>, key: &str, looped: &Value) {
        let Some([identifier, collection, body]) = looped.as_list() else {
            return self.misuse(looped, key, "takes an identifier, a collection and a mapping");
        };
        let (Some(identifier), Some(body)) = (identifier.as_str(), body.as_object()) else {
            return self.misuse(looped, key, "takes an identifier, a collection and a mapping");
        };
        if self.around.len() == MAX_NESTED {
            return self.misuse(looped, key, "stands in more than 5 loops");
        }
        self.evaluator.at(looped);
        for value in self.collection(made, key, looped, collection) {
            // A bomb stops here; that it is one is told where the budget ran out.
            if self.evaluator.charge(ROUND_BYTES).is_err() {
                return;
            }
            self.around.push(Round::new(identifier, value));
            for (key, member) in body {
                match is_loop(key) {
                    true => self.repeat(made, key, member),
                    false => self.add(made, key, member),
                }
            }
            self.around.pop();
        }
    }

    /// What a loop runs over. If that is not known the loop stays among the members, and they are not known either.
    fn collection(
        &mut self,
        made: &mut BTreeMap<String, Value>,
        key: &str,
        looped: &Value,
        collection: &Value,
    ) -> Vec<String> {
        let collection = self.copy(collection);
        let items = self.evaluator.items(&collection, "Fn::ForEach");
        let texts = items.and_then(|items| {
            items.into_iter().map(|item| self.evaluator.as_name(Ok(item), || format!("an item of {key}"))).collect()
        });
        match texts {
            Ok(texts) => texts,
            Err(Stop::Misuse(message)) => {
                self.misuse(looped, key, &message);
                Vec::new()
            }
            // That it makes too much is told already.
            Err(_) if self.evaluator.charge(0).is_err() => Vec::new(),
            Err(stop) => {
                let reason = match stop {
                    Stop::Unknown(unknown) => unknown.reason,
                    _ => "there is no value".into(),
                };
                let message = format!("what {key} makes is not known: {reason}");
                self.report(ProblemKind::Unevaluated, looped, message, "give the parameters that it runs over");
                let looped = self.copy(looped);
                // Each round of the loops around leaves one.
                let key = self.around.iter().fold(key.to_owned(), |key, round| format!("{key}:{}", round.value));
                made.insert(key, looped);
                Vec::new()
            }
        }
    }

    /// A value with the identifiers of the loops around replaced.
    fn copy(&mut self, node: &Value) -> Value {
        if !self.around.is_empty() && self.evaluator.charge(NODE_BYTES).is_err() {
            return Value::unknown("the loops make too much").located(node.at.clone());
        }
        let kind = match &node.kind {
            Kind::String(text) => Kind::String(self.text(text)),
            Kind::List(items) => Kind::List(items.iter().map(|item| self.copy(item)).collect()),
            Kind::Object(members) => match self.referred(members) {
                Some(value) => Kind::String(value),
                None => Kind::Object(self.members(members)),
            },
            kind => kind.clone(),
        };
        node.with(kind)
    }

    /// What `Ref` of an identifier stands for.
    fn referred(&self, members: &BTreeMap<String, Value>) -> Option<String> {
        let name = members.get("Ref").filter(|_| members.len() == 1)?.as_str()?;
        self.around.iter().rev().find(|round| round.identifier == name).map(|round| round.value.clone())
    }

    /// A text with the values of the loops in it: `${X}` as they are, `&{X}` letters and digits only.
    fn text(&mut self, text: &str) -> String {
        let mut text = text.to_owned();
        for Round { value, placeholder, plain: (plain, letters_and_digits), .. } in self.around.iter().rev() {
            if text.contains('{') {
                text = text.replace(placeholder, value).replace(plain, letters_and_digits);
            }
        }
        if !self.around.is_empty() && self.evaluator.charge(text.len()).is_err() {
            text.clear();
        }
        text
    }

    fn misuse(&mut self, node: &Value, key: &str, message: &str) {
        self.report(
            ProblemKind::Invalid,
            node,
            format!("{key} {message}"),
            "see Fn::ForEach in the template reference",
        );
    }

    fn report(&mut self, kind: ProblemKind, node: &Value, message: String, remedy: &str) {
        let file = self.evaluator.unit.file.to_string();
        self.evaluator.note(Problem::new(kind, file, message).remedy(remedy).at(node.at.clone()));
    }
}
