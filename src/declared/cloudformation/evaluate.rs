//! The walk over a template's values: what is literal is copied, what is a function is called.
//!
//! Total and bounded: whatever a template holds, the walk ends, in a value or in an unknown one with a reason.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::condition::{Progress, Truth};
use super::functions;
use super::nested::Nesting;
use super::parameters;
use super::template::{Stage, Template};
use super::{Asks, Context, Resolved};
use crate::model::{Bindings, Bound, Fingerprinter, Kind, Location, Problem, ProblemKind, Reference, Unknown, Value};
use crate::repo::Tree;

/// Levels of values and functions, counted over references from one to the other. Far above what people write, and
/// low enough for the stack of any thread.
const MAX_DEPTH: usize = 128;
/// Bytes that evaluating one template may make, counting [`NODE_BYTES`] for every value.
const MAX_PRODUCED: usize = 64 * 1024 * 1024;
pub(super) const NODE_BYTES: usize = 64;
/// Problems of one template that are told; one mistake in a generated template repeats a thousand times.
const MAX_PROBLEMS: usize = 200;

const TOO_DEEP: &str = "functions and values that are nested too deep";
const TOO_LARGE: &str = "the template expands to more than 64 MiB";

/// One template, a stack's own or that of a nested one, and what it is evaluated with.
#[derive(Clone, Copy)]
pub(super) struct Unit<'a> {
    /// Where its includes and nested templates lie.
    pub(super) tree: &'a Tree,
    pub(super) file: &'a Arc<str>,
    pub(super) text: &'a str,
    /// The values given to its parameters.
    pub(super) given: &'a BTreeMap<String, Evaluated>,
    /// What its parameters that name others of the parameter store were resolved to, by address.
    pub(super) resolved: &'a BTreeMap<String, Resolved>,
    /// What is known of resources, by address.
    pub(super) bindings: &'a Bindings,
    pub(super) context: &'a Context,
    pub(super) fingerprints: &'a Fingerprinter,
    /// What the addresses of its resources begin with: nothing, or `Nested/`.
    pub(super) prefix: &'a str,
    /// The template's file after those of the templates that it is nested in.
    pub(super) chain: &'a [Arc<str>],
    /// What reading the whole stack may still make, and has found out.
    pub(super) whole: &'a Whole,
}

/// What the templates of one stack have in common.
pub(super) struct Whole {
    /// Nested stacks of a processed template were deployed, and are read from the service.
    pub(super) stage: Stage,
    /// Bytes made so far.
    pub(super) produced: Cell<usize>,
    /// Nested stacks read so far.
    pub(super) nested: Cell<usize>,
    pub(super) asks: RefCell<Asks>,
    /// Attributes of deployed resources that were looked up.
    pub(super) references: RefCell<BTreeSet<Reference>>,
}

impl Whole {
    pub(super) fn new(stage: Stage) -> Self {
        Self {
            stage,
            produced: Cell::default(),
            nested: Cell::default(),
            asks: RefCell::default(),
            references: RefCell::default(),
        }
    }
}

impl Unit<'_> {
    /// The address of a resource: unique in the whole stack.
    pub(super) fn address(&self, id: &str) -> String {
        format!("{}{id}", self.prefix)
    }

    /// What is known of a resource.
    pub(super) fn bound(&self, id: &str) -> Option<&Bound> {
        if self.prefix.is_empty() { self.bindings.get(id) } else { self.bindings.get(&self.address(id)) }
    }

    /// What is known of an attribute of a resource.
    pub(super) fn bound_attribute(&self, id: &str, attribute: &str) -> Option<&Value> {
        let reference = Reference { address: self.address(id), attribute: Some(attribute.to_owned()) };
        self.whole.references.borrow_mut().insert(reference);
        self.bound(id)?.attributes.get(attribute)
    }

    /// The logical ids of this template's resources of which something is known.
    pub(super) fn bound_ids(&self) -> impl Iterator<Item = &str> {
        let ids = self.bindings.iter().filter_map(|(address, _)| address.strip_prefix(self.prefix));
        ids.filter(|id| !id.contains('/'))
    }
}

/// A value in plain text, and whether a secret went into it. Not `Debug`, for that reason.
#[derive(Clone)]
pub(super) struct Evaluated {
    pub(super) value: Value,
    pub(super) secret: bool,
}

impl From<Value> for Evaluated {
    fn from(value: Value) -> Self {
        Self { value, secret: false }
    }
}

/// Why there is no value.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Stop {
    /// `AWS::NoValue`: the property or list item is as if it were not written.
    NoValue,
    /// Only the service knows it.
    Unknown(Unknown),
    /// The function is not used as the service takes it; what is wrong. Reported where the function stands.
    Misuse(String),
}

impl Stop {
    pub(super) fn unknown(reason: impl Into<Arc<str>>) -> Self {
        Self::Unknown(Unknown { reason: reason.into(), reference: None })
    }

    pub(super) fn misuse<T>(message: impl Into<String>) -> Result<T, Self> {
        Err(Self::Misuse(message.into()))
    }
}

/// What becomes of secrets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Secrets {
    /// Replaced by fingerprints: in everything that leaves the evaluator.
    Hidden,
    /// Kept, and told by [`Evaluated::secret`]: in arguments of functions.
    Plain,
}

/// Evaluates the values of one template.
pub(super) struct Evaluator<'a> {
    pub(super) template: &'a Template,
    pub(super) unit: &'a Unit<'a>,
    pub(super) parameters: BTreeMap<&'a str, Evaluated>,
    pub(super) conditions: BTreeMap<String, Progress>,
    pub(super) nested: BTreeMap<String, Nesting>,
    problems: Vec<Problem>,
    scope: String,
    /// Where the resource is that is evaluated.
    place: Option<Location>,
    depth: usize,
}

impl<'a> Evaluator<'a> {
    pub(super) fn new(unit: &'a Unit<'a>, template: &'a Template) -> Self {
        let value = |(name, declaration): (&'a String, &Value)| {
            let resolved = unit.resolved.get(&unit.address(name));
            (name.as_str(), parameters::value(name, declaration, unit.given.get(name), resolved))
        };
        Self {
            template,
            unit,
            parameters: template.parameters.iter().map(value).collect(),
            conditions: BTreeMap::new(),
            nested: BTreeMap::new(),
            problems: Vec::new(),
            scope: unit.file.to_string(),
            place: None,
            depth: 0,
        }
    }

    /// Problems from here on are those of the resource `id`.
    pub(super) fn enter(&mut self, id: &str, node: &Value) {
        self.scope = self.unit.address(id);
        self.place = node.at.clone();
    }

    /// What is made too much of is made here.
    pub(super) fn at(&mut self, node: &Value) {
        self.place = node.at.clone();
    }

    pub(super) fn into_problems(self) -> Vec<Problem> {
        self.problems
    }

    /// Notes a problem with a node of the template.
    pub(super) fn report(&mut self, kind: ProblemKind, node: &Value, message: impl Into<String>) {
        let message = message.into();
        let is_too_deep = message == TOO_DEEP;
        let problem =
            Problem::new(kind, self.scope.clone(), message).at(node.at.clone().or_else(|| self.place.clone()));
        let remedy = "use parameters, mappings or conditions in place of nested functions";
        self.note(if is_too_deep { problem.remedy(remedy) } else { problem });
    }

    /// Notes a problem.
    pub(super) fn note(&mut self, problem: Problem) {
        if self.problems.len() < MAX_PROBLEMS {
            self.problems.push(problem);
        } else if self.problems.len() == MAX_PROBLEMS {
            let message = format!("more than {MAX_PROBLEMS} problems, the rest is not told");
            self.problems.push(Problem::new(problem.kind, &**self.unit.file, message));
        }
    }

    /// Enters a level; false when there are too many.
    pub(super) fn deeper(&mut self) -> bool {
        let allowed = self.depth < MAX_DEPTH;
        self.depth += usize::from(allowed);
        allowed
    }

    /// Leaves a level that was entered.
    pub(super) fn shallower(&mut self) {
        self.depth = self.depth.saturating_sub(1);
    }

    /// The evaluated properties of a resource: an object, without what stands for no value.
    pub(super) fn properties(&mut self, resource: &Value) -> Value {
        let empty = || Value::object::<String>([]).located(resource.at.clone());
        let Some(properties) = resource.get("Properties") else { return empty() };
        let Some(members) = properties.as_object() else {
            if properties.kind != Kind::Null {
                self.report(ProblemKind::Invalid, properties, "`Properties` is not a mapping");
            }
            return empty();
        };
        let rewriter = match (&self.template.macro_name, members.keys().find(|name| name.starts_with("Fn::"))) {
            (Some(name), _) => Some(format!("the macro {name} may rewrite it")),
            (None, Some(function)) => {
                let message = format!("what {function} makes of the properties is known when deploying");
                self.report(ProblemKind::Unevaluated, properties, message);
                Some(format!("{function} may rewrite it"))
            }
            (None, None) => None,
        };
        let evaluated = members.iter().filter(|(name, _)| !name.starts_with("Fn::")).filter_map(|(name, node)| {
            let value = match &rewriter {
                Some(reason) => Value::unknown(reason.as_str()).located(node.at.clone()),
                None => self.settle(node, Secrets::Hidden)?.value,
            };
            Some((name.clone(), value))
        });
        properties.with(Kind::Object(evaluated.collect()))
    }

    /// Evaluates a node; what is not known becomes an unknown value.
    pub(super) fn settle(&mut self, node: &Value, secrets: Secrets) -> Option<Evaluated> {
        match self.walk(node, secrets) {
            Ok(evaluated) => Some(evaluated),
            Err(Stop::NoValue) => None,
            Err(Stop::Unknown(unknown)) => Some(node.with(Kind::Unknown(unknown)).into()),
            Err(Stop::Misuse(message)) => {
                self.report(ProblemKind::Invalid, node, message.clone());
                Some(Value::unknown(message).located(node.at.clone()).into())
            }
        }
    }

    /// Evaluates a node.
    pub(super) fn walk(&mut self, node: &Value, secrets: Secrets) -> Result<Evaluated, Stop> {
        if !self.deeper() {
            return Stop::misuse(TOO_DEEP);
        }
        let result = self.walk_inside(node, secrets);
        self.shallower();
        result
    }

    fn walk_inside(&mut self, node: &Value, secrets: Secrets) -> Result<Evaluated, Stop> {
        self.charge(NODE_BYTES)?;
        match &node.kind {
            Kind::Object(members) => match function_of(members) {
                Some(("Fn::If", argument)) => {
                    let branch = self.branch(argument).map_err(|stop| self.reported(stop, node))?;
                    self.walk(branch, secrets)
                }
                Some((name, argument)) => {
                    let result = functions::call(self, name, argument).map_err(|stop| self.reported(stop, node))?;
                    let mut result = Evaluated { value: placed(result.value, node), ..result };
                    if result.secret && secrets == Secrets::Hidden {
                        result = hide(self.unit.fingerprints, &result.value).into();
                    }
                    Ok(result)
                }
                None => self.object(node, members, secrets),
            },
            Kind::List(items) => {
                let items: Vec<_> = items.iter().filter_map(|item| self.settle(item, secrets)).collect();
                let secret = items.iter().any(|item| item.secret);
                let items = items.into_iter().map(|item| item.value).collect();
                Ok(Evaluated { value: node.with(Kind::List(items)), secret })
            }
            Kind::String(text) => {
                self.charge(text.len())?;
                check_dynamic(text)?;
                Ok(node.clone().into())
            }
            Kind::Null => Stop::misuse("null: the service takes no null in a template"),
            _ => Ok(node.clone().into()),
        }
    }

    fn object(&mut self, node: &Value, members: &BTreeMap<String, Value>, secrets: Secrets) -> Result<Evaluated, Stop> {
        if let Some(function) = members.keys().find(|key| key.starts_with("Fn::")) {
            return match functions::only_the_service(function) {
                // A macro or loop among the members merges its own into the object.
                Some(reason) => Err(Stop::unknown(reason)),
                None => Stop::misuse(format!("{function} next to other members")),
            };
        }
        let mut evaluated = BTreeMap::new();
        let mut secret = false;
        for (key, member) in members {
            self.charge(key.len())?;
            if let Some(member) = self.settle(member, secrets) {
                secret |= member.secret;
                evaluated.insert(key.clone(), member.value);
            }
        }
        Ok(Evaluated { value: node.with(Kind::Object(evaluated)), secret })
    }

    /// The branch that `Fn::If` takes.
    fn branch<'n>(&mut self, argument: &'n Value) -> Result<&'n Value, Stop> {
        let Some([name, then, otherwise]) = argument.as_list() else {
            return Stop::misuse("Fn::If takes the name of a condition and two values");
        };
        match self.named_condition(name) {
            Truth::True => Ok(then),
            Truth::False => Ok(otherwise),
            Truth::Unknown(reason) => Err(Stop::unknown(reason)),
        }
    }

    /// Reports a misuse at the function it is one of.
    fn reported(&mut self, stop: Stop, node: &Value) -> Stop {
        match stop {
            Stop::Misuse(message) => {
                self.report(ProblemKind::Invalid, node, message.clone());
                Stop::unknown(message)
            }
            stop => stop,
        }
    }

    /// Counts what is made; an unknown value once it is too much.
    pub(super) fn charge(&mut self, bytes: usize) -> Result<(), Stop> {
        let produced = self.unit.whole.produced.get().saturating_add(bytes);
        self.unit.whole.produced.set(produced);
        if produced <= MAX_PRODUCED {
            return Ok(());
        }
        if produced - bytes <= MAX_PRODUCED {
            // Told whatever else was: everything after it is unknown.
            let problem = Problem::new(ProblemKind::Invalid, &**self.unit.file, TOO_LARGE).at(self.place.clone());
            self.problems.push(problem.remedy("shorten the loops, or split the template into stacks"));
        }
        Err(Stop::unknown(TOO_LARGE))
    }

    /// What only the deployment knows of a resource of this template.
    pub(super) fn unbound(&self, name: &str, attribute: Option<&str>) -> Stop {
        let address = self.unit.address(name);
        let what = attribute.unwrap_or("the identifier");
        Stop::Unknown(Unknown {
            reason: format!("{what} of {address} is known after its deployment").into(),
            reference: Some(Box::new(Reference { address, attribute: attribute.map(str::to_owned) })),
        })
    }
}

/// What a function makes stands where the function does; parts that are written elsewhere keep their places.
fn placed(value: Value, node: &Value) -> Value {
    let kind = match value.kind {
        Kind::List(items) => Kind::List(
            items.into_iter().map(|item| if item.at.is_none() { placed(item, node) } else { item }).collect(),
        ),
        kind => kind,
    };
    node.with(kind)
}

/// The function that an object stands for: its only member, if it is named like one.
fn function_of(members: &BTreeMap<String, Value>) -> Option<(&str, &Value)> {
    let (name, argument) = members.iter().next().filter(|_| members.len() == 1)?;
    (name == "Ref" || name.starts_with("Fn::")).then_some((name.as_str(), argument))
}

/// Refuses texts that the service looks up when it deploys: `{{resolve:ssm:name}}`.
pub(super) fn check_dynamic(text: &str) -> Result<(), Stop> {
    match text.split_once("{{resolve:") {
        Some((_, reference)) if reference.contains("}}") => Err(Stop::unknown("dynamic reference")),
        _ => Ok(()),
    }
}

fn hide(fingerprints: &Fingerprinter, value: &Value) -> Value {
    match &value.kind {
        Kind::List(items) => value.with(Kind::List(items.iter().map(|item| hide(fingerprints, item)).collect())),
        Kind::Object(members) => value.with(Kind::Object(
            members.iter().map(|(key, member)| (key.clone(), hide(fingerprints, member))).collect(),
        )),
        _ => fingerprints.hide(value),
    }
}
