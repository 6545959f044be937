//! The state of one evaluation: the module instances, what was computed already, what is being computed, what went
//! wrong, and how much work is left to be done.
//!
//! Every local, variable, output and attribute is computed when something asks for it, and once. That makes the
//! order of declarations irrelevant and a cycle visible.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::rc::Rc;

use hcl_edit::expr::Expression;

use crate::model::{Bound, Location, Problem, ProblemKind, Reference};

use super::fault::{Eval, Fault, FaultKind};
use super::module::{Declared, Module, Written};
use super::moves::Moves;
use super::program::Program;
use super::resources::Expansion;
use super::scope::{Names, Repetition, Scope};
use super::source::{Place, Source};
use super::value::{InstanceKey, Value};
use super::variables::Assigned;
use super::{Inputs, functions};

/// How many expressions are evaluated before the evaluation gives up: some seconds of work. Tests are not optimised,
/// and fuzzers look over the shoulder.
const MAX_STEPS: usize = if cfg!(any(test, fuzzing)) { 500_000 } else { 20_000_000 };

/// How many module instances a program may have.
const MAX_MODULE_INSTANCES: usize = if cfg!(test) { 2_048 } else { 16_384 };

/// How deep expressions may lead into each other. The thread's stack is made for it.
const MAX_DEPTH: usize = 1_500;

/// One evaluation.
pub(super) struct Evaluator<'p> {
    /// What the caller gave.
    pub inputs: &'p Inputs<'p>,
    /// All files.
    pub program: &'p Program,
    /// What the folders declare.
    pub modules: &'p BTreeMap<String, Module<'p>>,
    /// What was declared elsewhere before.
    pub moves: Moves,
    /// New address → old address, of everything that is bound under an old one.
    old_addresses: RefCell<HashMap<String, String>>,
    asked: RefCell<Asked>,
    instances: RefCell<Vec<Rc<ModuleInstance<'p>>>>,
    results: RefCell<HashMap<String, Value>>,
    expansions: RefCell<HashMap<String, Rc<Expansion>>>,
    all_instances: RefCell<HashMap<String, Value>>,
    under_way: RefCell<Vec<String>>,
    problems: RefCell<Vec<Problem>>,
    reported: RefCell<HashSet<(Option<Location>, String)>>,
    pub(super) references: RefCell<BTreeSet<Reference>>,
    muted: Cell<bool>,
    steps: Cell<usize>,
    depth: Cell<usize>,
}

/// What an evaluation would know more with.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Asked {
    /// The availability zones of these regions.
    pub zones: BTreeSet<String>,
    /// The states of other stacks.
    pub states: bool,
}

/// A module as it is called once: with its own variables.
pub(super) struct ModuleInstance<'p> {
    /// By which handles name it.
    pub number: usize,
    /// What it declares.
    pub module: &'p Module<'p>,
    /// Its folder, relative to the root of the repository.
    pub folder: String,
    /// The names of the calls that lead to it, as in `network.subnets`.
    pub path: String,
    /// Its address, empty for the root: `module.network["a"]`.
    pub address: String,
    /// Where its variables come from.
    pub origin: Origin<'p>,
    children: RefCell<BTreeMap<(String, InstanceKey), usize>>,
}

/// Where the variables of a module come from.
pub(super) enum Origin<'p> {
    /// The root module: from files, environment and command line.
    Root(Assigned),
    /// From a call.
    Call {
        /// The module that calls.
        caller: Rc<ModuleInstance<'p>>,
        /// The call.
        declared: &'p Declared<'p>,
        /// Which of the calls, if there are several.
        repetition: Repetition,
    },
}

impl ModuleInstance<'_> {
    /// The address of something in this module.
    pub fn address_of(&self, local: impl std::fmt::Display) -> String {
        if self.address.is_empty() { local.to_string() } else { format!("{}.{local}", self.address) }
    }
}

impl<'p> Evaluator<'p> {
    /// An evaluation that has not begun.
    pub fn new(inputs: &'p Inputs<'p>, program: &'p Program, modules: &'p BTreeMap<String, Module<'p>>) -> Self {
        let moves = moves(inputs, program, modules);
        let renamed = |(old, _): (&str, &Bound)| Some((moves.renamed(old)?, old.to_owned()));
        let bound = |address: &str| inputs.bindings.get(address).is_some();
        let old_addresses = if moves.is_empty() {
            HashMap::new()
        } else {
            inputs.bindings.iter().filter_map(renamed).filter(|(new, _)| !bound(new)).collect()
        };
        Self {
            inputs,
            program,
            modules,
            moves,
            old_addresses: RefCell::new(old_addresses),
            asked: RefCell::default(),
            instances: RefCell::default(),
            results: RefCell::default(),
            expansions: RefCell::default(),
            all_instances: RefCell::default(),
            under_way: RefCell::default(),
            problems: RefCell::default(),
            reported: RefCell::default(),
            references: RefCell::default(),
            muted: Cell::new(false),
            steps: Cell::new(0),
            depth: Cell::new(0),
        }
    }

    /// Adds the root module.
    pub fn add_root(&self, module: &'p Module<'p>, folder: String, assigned: Assigned) -> Rc<ModuleInstance<'p>> {
        self.add_instance(module, folder, String::new(), String::new(), Origin::Root(assigned))
    }

    /// The instance of a called module, made when it is first asked for; `None` if the module is not available.
    pub fn child(
        &self,
        caller: &Rc<ModuleInstance<'p>>,
        name: &str,
        declared: &'p Declared<'p>,
        key: InstanceKey,
        repetition: Repetition,
    ) -> Option<Rc<ModuleInstance<'p>>> {
        let known = caller.children.borrow().get(&(name.to_owned(), key.clone())).copied();
        if let Some(number) = known {
            return self.instance(number);
        }
        if self.instances.borrow().len() >= MAX_MODULE_INSTANCES {
            self.report(declared.place().problem(ProblemKind::Unevaluated, "there are too many module instances"));
            return None;
        }
        let path = if caller.path.is_empty() { name.to_owned() } else { format!("{}.{name}", caller.path) };
        let folder = self.program.calls.get(&path)?.clone()?;
        let module = self.modules.get(&folder)?;
        let address = caller.address_of(format_args!("module.{name}{key}"));
        let origin = Origin::Call { caller: Rc::clone(caller), declared, repetition };
        let child = self.add_instance(module, folder, path, address, origin);
        caller.children.borrow_mut().insert((name.to_owned(), key), child.number);
        Some(child)
    }

    fn add_instance(
        &self,
        module: &'p Module<'p>,
        folder: String,
        path: String,
        address: String,
        origin: Origin<'p>,
    ) -> Rc<ModuleInstance<'p>> {
        let mut instances = self.instances.borrow_mut();
        let number = instances.len();
        let children = RefCell::default();
        let instance = Rc::new(ModuleInstance { number, module, folder, path, address, origin, children });
        instances.push(Rc::clone(&instance));
        instance
    }

    /// A module instance by its number.
    pub fn instance(&self, number: usize) -> Option<Rc<ModuleInstance<'p>>> {
        self.instances.borrow().get(number).cloned()
    }

    /// The value under an address, computed once. What cannot be computed is a problem and an unknown value.
    ///
    /// # Errors
    /// When the value is asked for while it is being computed.
    pub fn once(&self, address: String, place: &Place, compute: impl FnOnce() -> Eval) -> Eval {
        if let Some(value) = self.results.borrow().get(&address) {
            return Ok(value.clone());
        }
        self.enter(&address, place)?;
        let muted = self.muted.replace(false);
        let value = compute().unwrap_or_else(|fault| self.give_up(&fault));
        self.muted.set(muted);
        self.leave();
        self.results.borrow_mut().insert(address, value.clone());
        Ok(value)
    }

    /// The instances of a resource or module, computed once.
    ///
    /// # Errors
    /// When they are asked for while they are being computed.
    pub fn expansion_once(
        &self,
        address: String,
        place: &Place,
        compute: impl FnOnce() -> Expansion,
    ) -> Eval<Rc<Expansion>> {
        if let Some(expansion) = self.expansions.borrow().get(&address) {
            return Ok(Rc::clone(expansion));
        }
        self.enter(&address, place)?;
        let muted = self.muted.replace(false);
        let expansion = Rc::new(compute());
        self.muted.set(muted);
        self.leave();
        self.expansions.borrow_mut().insert(address, Rc::clone(&expansion));
        Ok(expansion)
    }

    /// What a reference to a resource or module gives, made once: each of many instances may refer to one of many
    /// others.
    pub fn all_instances_once(&self, address: String, make: impl FnOnce() -> Value) -> Value {
        if let Some(known) = self.all_instances.borrow().get(&address) {
            return known.clone();
        }
        let value = make();
        self.all_instances.borrow_mut().insert(address, value.clone());
        value
    }

    fn enter(&self, address: &str, place: &Place) -> Eval<()> {
        let mut under_way = self.under_way.borrow_mut();
        if let Some(start) = under_way.iter().position(|other| other == address) {
            let mut cycle: Vec<&str> = under_way.iter().skip(start).map(String::as_str).collect();
            cycle.push(address);
            return Err(Fault::expression(place.clone(), format!("cycle: {}", cycle.join(", "))));
        }
        under_way.push(address.to_owned());
        Ok(())
    }

    fn leave(&self) {
        self.under_way.borrow_mut().pop();
    }

    /// Notes why something has no value, and what stands for it from here on.
    pub fn give_up(&self, fault: &Fault) -> Value {
        self.report(fault.problem());
        Value::unknown(format!("could not be evaluated: {}", fault.message))
    }

    /// Notes a problem, unless the expression under way does not count. The instances of one declaration share it.
    pub fn report(&self, problem: Problem) {
        let key = (problem.at.clone(), problem.message.clone());
        if !self.muted.get() && self.reported.borrow_mut().insert(key) {
            self.problems.borrow_mut().push(problem);
        }
    }

    /// Evaluates something whose problems do not count, such as the branch of a conditional that is not taken.
    pub fn muted<T>(&self, evaluate: impl FnOnce() -> T) -> T {
        let muted = self.muted.replace(true);
        let result = evaluate();
        self.muted.set(muted);
        result
    }

    /// What is known of the deployed resource at an address, also if it was deployed at an older one.
    pub fn deployed(&self, address: &str) -> Option<&'p Bound> {
        if let Some(bound) = self.inputs.bindings.get(address) {
            return Some(bound);
        }
        if let Some(old) = self.old_addresses.borrow().get(address) {
            return self.inputs.bindings.get(old);
        }
        // Terraform moves a resource that was given `count`, or lost it, between the two by itself.
        let old = match address.strip_suffix("[0]") {
            Some(single) => single.to_owned(),
            None if !address.ends_with(']') => format!("{address}[0]"),
            None => return None,
        };
        let bound = self.inputs.bindings.get(&old)?;
        self.old_addresses.borrow_mut().insert(address.to_owned(), old);
        Some(bound)
    }

    /// Old address → new address, of everything that is bound under an old one.
    pub fn moved(&self) -> BTreeMap<String, String> {
        self.old_addresses.borrow().iter().map(|(new, old)| (old.clone(), new.clone())).collect()
    }

    /// Notes what would be known with the zones of a region.
    pub fn ask_for_zones(&self, region: &str) {
        self.asked.borrow_mut().zones.insert(region.to_owned());
    }

    /// Notes that the state of another stack would be needed.
    pub fn ask_for_states(&self) {
        self.asked.borrow_mut().states = true;
    }

    /// What would be needed to know more.
    pub fn asked(&self) -> Asked {
        self.asked.borrow().clone()
    }

    /// Everything that went wrong, in order.
    pub fn take_problems(&self) -> Vec<Problem> {
        let mut problems = self.problems.take();
        problems.sort_by(|left, right| {
            (&left.at, &left.scope, &left.message).cmp(&(&right.at, &right.scope, &right.message))
        });
        problems
    }

    /// Takes work off what is left of the budget.
    pub fn spend(&self, steps: usize, place: impl FnOnce() -> Place) -> Eval<()> {
        let spent = self.steps.get().saturating_add(steps);
        self.steps.set(spent);
        if spent > MAX_STEPS {
            return Err(Fault::limit(place(), "the evaluation takes too long and was given up"));
        }
        Ok(())
    }

    /// Evaluates an expression.
    ///
    /// # Errors
    /// When it has no value. A value that is not known is not an error.
    pub fn eval(&self, expression: &Expression, scope: Scope<'_, 'p>) -> Eval {
        let place = || Place::of(scope.source, expression);
        self.spend(1, place)?;
        self.deeper(place, || self.eval_expression(expression, scope)).map(|value| value.placed(place))
    }

    /// Evaluates something inside something else, unless that goes too deep.
    pub(super) fn deeper(&self, place: impl FnOnce() -> Place, evaluate: impl FnOnce() -> Eval) -> Eval {
        let depth = self.depth.get();
        if depth >= MAX_DEPTH {
            return Err(Fault::limit(place(), "expressions lead too deeply into each other"));
        }
        self.depth.set(depth + 1);
        let result = evaluate();
        self.depth.set(depth);
        result
    }

    /// Evaluates an argument of a declaration.
    ///
    /// # Errors
    /// See [`Self::eval`].
    pub fn eval_written(&self, written: Written<'_, Expression>, names: &Names<'p>, repetition: &Repetition) -> Eval {
        self.eval(written.node, Scope { names, source: written.source, repetition, frame: None })
    }

    /// Evaluates a literal value as it stands in variable files: no references, no functions.
    pub fn eval_literal(&self, expression: &Expression, source: &std::sync::Arc<Source>, of: &'static str) -> Eval {
        self.eval(expression, Scope { names: &Names::Nobody(of), source, repetition: &Repetition::None, frame: None })
    }

    /// A fault of the expression language at a node.
    pub fn fault(scope: Scope<'_, 'p>, node: &impl hcl_edit::Span, message: impl Into<String>) -> Box<Fault> {
        Fault::expression(Place::of(scope.source, node), message)
    }

    /// `try`, `can` and everything else with functions.
    pub fn call(&self, call: &hcl_edit::expr::FuncCall, scope: Scope<'_, 'p>) -> Eval {
        functions::call(self, call, scope)
    }

    /// Whether `try` goes on to its next argument.
    pub fn is_caught(fault: &Fault) -> bool {
        fault.kind == FaultKind::Expression
    }
}

/// The moves that all modules declare. One that cannot be read is told where the module is indexed.
fn moves(inputs: &Inputs<'_>, program: &Program, modules: &BTreeMap<String, Module<'_>>) -> Moves {
    let mut moves = Moves::default();
    let root = crate::repo::join("", inputs.folder).unwrap_or_default();
    let calls = program.calls.iter().filter_map(|(path, folder)| Some((path.as_str(), folder.as_ref()?)));
    for (path, folder) in std::iter::once(("", &root)).chain(calls) {
        for block in modules.get(folder).map_or(&[][..], |module| &module.moves) {
            moves.add(path, block.node);
        }
    }
    moves
}

/// The text of a node.
pub(super) fn text_of<'s>(source: &'s Source, node: &impl hcl_edit::Span) -> Option<&'s str> {
    source.text.get(node.span()?)
}
