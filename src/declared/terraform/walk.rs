//! The way through a program: all modules, all resources, all instances.

use std::collections::BTreeMap;
use std::rc::Rc;

use hcl_edit::expr::Expression;

use crate::model::{Problem, ProblemKind, Skipped, Value};
use crate::repo;

use super::evaluator::{Evaluator, ModuleInstance, text_of};
use super::export;
use super::fault::Eval;
use super::module::{Declared, Module};
use super::program::Program;
use super::resources::Expansion;
use super::scope::{Names, Repetition, Scope};
use super::source::{Source, lenient};
use super::value::{Mode, ResourceName};
use super::variables::Assigned;
use super::{Evaluated, Inputs, Resource};

/// The stack of the thread that evaluates: expressions lead into each other deeper than a default stack allows.
const STACK_BYTES: usize = 128 * 1024 * 1024;

/// How deep values are searched for modules whose outputs are to be shown.
const MAX_SHOWN_MODULES: usize = 8;

/// How many resource instances a program may have.
const MAX_RESOURCES: usize = 65_536;

/// Why something is skipped whose `count` or `for_each` is not known.
const UNKNOWN_INSTANCES: &str = "the number of instances is not known";

/// A program about to be evaluated.
pub(super) struct Walk<'p> {
    evaluator: Evaluator<'p>,
    root: Rc<ModuleInstance<'p>>,
    load_problems: Vec<Problem>,
}

/// Prepares an evaluation and runs it on a thread with a stack that is large enough.
pub(super) fn with_evaluation<T: Send>(
    inputs: &Inputs<'_>,
    run: impl FnOnce(&Walk<'_>) -> T + Send,
) -> Result<T, Box<Problem>> {
    let failed =
        |what: &str| Box::new(Problem::new(ProblemKind::Unevaluated, inputs.folder, format!("the evaluation {what}")));
    std::thread::scope(|threads| {
        let body = || prepared(inputs, run);
        let thread = std::thread::Builder::new().stack_size(STACK_BYTES).spawn_scoped(threads, body);
        let thread = thread.map_err(|error| failed(&format!("could not be started: {error}")))?;
        thread.join().map_err(|_| failed("ended unexpectedly"))
    })
}

fn prepared<T>(inputs: &Inputs<'_>, run: impl FnOnce(&Walk<'_>) -> T) -> T {
    let program = Program::load(inputs.tree, inputs.folder, inputs.modules);
    let mut load_problems = program.problems.clone();
    let index = |(folder, files)| (String::clone(folder), Module::of(files, &mut load_problems));
    let modules: BTreeMap<String, Module<'_>> = program.folders.iter().map(index).collect();
    let nothing = Module::default();
    let evaluator = Evaluator::new(inputs, &program, &modules);
    let folder = repo::join("", inputs.folder).unwrap_or_default();
    let assigned = Assigned::collect(&evaluator);
    let root = evaluator.add_root(modules.get(&folder).unwrap_or(&nothing), folder, assigned);
    run(&Walk { evaluator, root, load_problems })
}

impl<'p> Walk<'p> {
    /// Evaluates all resources and the outputs of the root module.
    pub fn everything(&self) -> Evaluated {
        let mut evaluated = Evaluated::default();
        let mut skipped = BTreeMap::new();
        self.evaluator.report_undeclared(&self.root);
        self.module(&self.root, &mut evaluated, &mut skipped);
        self.imports(&mut evaluated);
        evaluated.moves = self.evaluator.moves.clone();
        for (name, declared) in &self.root.module.outputs {
            let value = self.evaluator.output(&self.root, name, &declared.place());
            let value = value.unwrap_or_else(|fault| self.evaluator.give_up(&fault));
            evaluated.outputs.insert((*name).to_owned(), self.shown(&value));
        }
        evaluated.resources.sort_by(|left, right| left.address.cmp(&right.address));
        evaluated.skipped = skipped
            .into_iter()
            .map(|((resource_type, reason), count)| Skipped { resource_type, reason, count })
            .collect();
        evaluated.moved = self.evaluator.moved();
        let asked = self.evaluator.asked();
        (evaluated.asked_zones, evaluated.asked_states) = (asked.zones, asked.states);
        evaluated.problems = self.problems();
        evaluated.references = self.evaluator.references.take();
        evaluated
    }

    /// Evaluates one expression in the root module.
    pub fn expression(&self, text: &str) -> (Value, Vec<Problem>) {
        let value = match self.value(text) {
            Ok(value) => value.unwrap_or_else(|fault| self.evaluator.give_up(&fault)),
            Err(problem) => return (Value::unknown("the expression has a syntax error"), vec![*problem]),
        };
        let value = self.shown(&value);
        (value, self.problems())
    }

    /// The value of an expression in the root module as the language has it.
    ///
    /// # Errors
    /// When it is no expression.
    pub(super) fn value(&self, text: &str) -> Result<Eval, Box<Problem>> {
        // A heredoc ends with a line break, which the parser does not take for part of the expression.
        let (text, expression) = lenient(text.trim_end().to_owned(), hcl_edit::parser::parse_expr);
        let source = Source::new(super::EXPRESSION, text);
        let expression = expression.map_err(|error| Box::new(source.syntax_problem(&error)))?;
        let names = Names::Module(Rc::clone(&self.root));
        let scope = Scope { names: &names, source: &source, repetition: &Repetition::None, frame: None };
        Ok(self.evaluator.eval(&expression, scope))
    }

    fn shown(&self, value: &super::value::Value) -> Value {
        let value = self.evaluator.with_outputs(value, MAX_SHOWN_MODULES);
        export::to_model(&value, self.evaluator.inputs.fingerprints)
    }

    fn problems(&self) -> Vec<Problem> {
        let mut problems = self.load_problems.clone();
        problems.extend(self.evaluator.take_problems());
        problems
    }

    fn module(
        &self,
        instance: &Rc<ModuleInstance<'p>>,
        evaluated: &mut Evaluated,
        skipped: &mut BTreeMap<(String, String), usize>,
    ) {
        self.evaluator.validate(instance);
        for (name, declared) in &instance.module.resources {
            if name.mode == Mode::Managed {
                self.resource(instance, name, declared, evaluated, skipped);
            }
        }
        for (name, declared) in &instance.module.calls {
            let local = format!("module.{name}");
            let expansion = self.expansion(instance, &local, declared);
            let Some(expansion) = settled(expansion, || instance.address_of(&local), evaluated) else {
                *skipped.entry((local.clone(), UNKNOWN_INSTANCES.to_owned())).or_default() += 1;
                continue;
            };
            for (key, repetition) in expansion.instances() {
                match self.evaluator.child(instance, name, declared, key, repetition) {
                    Some(child) => self.module(&child, evaluated, skipped),
                    None => {
                        evaluated.unsettled.insert(instance.address_of(&local));
                        *skipped.entry((local.clone(), "the module is not available".to_owned())).or_default() += 1;
                    }
                }
            }
        }
    }

    /// Ids that the root module's `import` blocks give to resources.
    fn imports(&self, evaluated: &mut Evaluated) {
        for (at, declared) in self.root.module.imports.iter().enumerate() {
            let Some(expansion) = self.expansion(&self.root, &format!("import {at}"), declared) else { continue };
            for (_, repetition) in expansion.instances() {
                match self.evaluator.import(&self.root, declared, &repetition) {
                    Ok(Some((address, id))) => drop(evaluated.imports.insert(address, id)),
                    Ok(None) => {}
                    Err(fault) => self.evaluator.report(fault.problem()),
                }
            }
        }
    }

    /// The instances of a declaration.
    fn expansion(
        &self,
        instance: &Rc<ModuleInstance<'p>>,
        local: &str,
        declared: &Declared<'p>,
    ) -> Option<Rc<Expansion>> {
        let expansion = self.evaluator.expansion(instance, local, declared, &declared.place());
        match expansion {
            Ok(expansion) => Some(expansion),
            Err(fault) => {
                self.evaluator.report(fault.problem());
                None
            }
        }
    }

    fn resource(
        &self,
        instance: &Rc<ModuleInstance<'p>>,
        name: &ResourceName,
        declared: &Declared<'p>,
        evaluated: &mut Evaluated,
        skipped: &mut BTreeMap<(String, String), usize>,
    ) {
        let expansion = self.expansion(instance, &name.to_string(), declared);
        let mut skip = |reason: &str| {
            *skipped.entry((name.resource_type.clone(), reason.to_owned())).or_default() += 1;
        };
        let Some(expansion) = settled(expansion, || instance.address_of(name), evaluated) else {
            return skip(UNKNOWN_INSTANCES);
        };
        let ignore_changes = ignored(declared);
        let settings = self.evaluator.provider_settings(instance, name, declared);
        for (key, repetition) in expansion.instances() {
            if evaluated.resources.len() >= MAX_RESOURCES {
                return skip("there are too many resources");
            }
            let attributes = self.evaluator.attributes(instance, declared, &repetition);
            let attributes = attributes.iter().map(|(name, value)| (name.clone(), self.shown(value)));
            let at = declared.place().location();
            let address = instance.address_of(format_args!("{name}{key}"));
            // Whether or not something refers to it, what was deployed of it may be under an older address.
            self.evaluator.deployed(&address);
            evaluated.resources.push(Resource {
                address,
                resource_type: name.resource_type.clone(),
                attributes: Value::object(attributes).located(Some(at.clone())),
                ignore_changes: ignore_changes.clone(),
                provider: self.evaluator.provider_config(&settings),
                at,
            });
        }
    }
}

/// The instances, if they are known; else the address is noted as one that may have any.
fn settled(
    expansion: Option<Rc<Expansion>>,
    address: impl FnOnce() -> String,
    evaluated: &mut Evaluated,
) -> Option<Rc<Expansion>> {
    let known = expansion.filter(|expansion| !matches!(**expansion, Expansion::Unknown(_)));
    if known.is_none() {
        evaluated.unsettled.insert(address());
    }
    known
}

/// The attributes in `lifecycle { ignore_changes = […] }`, as they are written.
fn ignored(declared: &Declared<'_>) -> Vec<String> {
    let Some(written) = declared.block("lifecycle").and_then(|lifecycle| lifecycle.argument("ignore_changes")) else {
        return Vec::new();
    };
    let name = |expression: &Expression| match expression {
        Expression::Variable(name) if name.as_str() == "all" => Some("*".to_owned()),
        Expression::String(text) => Some(text.value().clone()),
        expression => text_of(written.source, expression).map(|text| text.split_whitespace().collect()),
    };
    match written.node {
        Expression::Array(names) => names.iter().filter_map(name).collect(),
        single => name(single).into_iter().collect(),
    }
}
