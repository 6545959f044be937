//! Variables: which value counts where several sources give one, and what a declared type makes of it.
//!
//! The order of sources is Terraform's: environment, `terraform.tfvars`, `*.auto.tfvars`, then what the command line
//! gives. A variable without a value is unknown; its default stands in only where nobody else can have given one.

use std::collections::BTreeMap;
use std::rc::Rc;

use crate::model::{Problem, ProblemKind};
use crate::repo;

use super::Inputs;
use super::convert;
use super::evaluator::{Evaluator, ModuleInstance, Origin};
use super::fault::{Eval, Fault};
use super::module::Declared;
use super::scope::{Names, Repetition};
use super::source::{Parsed, Place, Source};
use super::types::Type;
use super::value::Value;

/// What the sources outside the code say about the root module's variables.
#[derive(Default)]
pub(super) struct Assigned {
    values: BTreeMap<String, Given>,
    /// The variables that files and the command line name, each with one place in a file.
    named: BTreeMap<String, Option<Place>>,
    /// Why variables that have no value here may have one all the same.
    doubt: Option<String>,
}

/// A value that a source gives.
#[derive(Clone)]
enum Given {
    /// As written in a file.
    Value(Value),
    /// A text from the environment or the command line: what it says depends on the variable's type.
    Text(String),
}

impl Assigned {
    /// Collects the values that all sources give, later ones over earlier ones.
    pub fn collect(evaluator: &Evaluator<'_>) -> Self {
        let inputs = evaluator.inputs;
        let mut assigned = Self::default();
        assigned.add_texts(inputs.environment);
        for file in automatic_files(inputs) {
            assigned.add_file(evaluator, &file);
        }
        for file in inputs.var_files {
            match repo::join(inputs.folder, file) {
                Ok(path) => assigned.add_file(evaluator, &path),
                Err(error) => assigned.lose(evaluator, error.problem()),
            }
        }
        assigned.add_texts(inputs.variables);
        assigned.named.extend(inputs.variables.keys().map(|name| (name.clone(), None)));
        assigned
    }

    fn add_texts(&mut self, texts: &BTreeMap<String, String>) {
        let given = texts.iter().map(|(name, text)| (name.clone(), Given::Text(text.clone())));
        self.values.extend(given);
    }

    fn add_file(&mut self, evaluator: &Evaluator<'_>, path: &str) {
        match read_file(evaluator, path) {
            Ok(values) => {
                self.named.extend(values.iter().map(|(name, value)| (name.clone(), value.place.clone())));
                self.values.extend(values.into_iter().map(|(name, value)| (name, Given::Value(value))));
            }
            Err(problem) => self.lose(evaluator, *problem),
        }
    }

    /// A source that cannot be read may have said anything: what weaker sources said does not count any more.
    fn lose(&mut self, evaluator: &Evaluator<'_>, problem: Problem) {
        self.doubt = Some(format!("{} could not be read", problem.scope));
        self.values.clear();
        evaluator.report(problem);
    }
}

/// The files that Terraform reads by itself, weakest first.
fn automatic_files(inputs: &Inputs<'_>) -> Vec<String> {
    let entries = inputs.tree.list(inputs.folder).unwrap_or_default();
    let names: Vec<String> = entries.into_iter().filter(|entry| !entry.is_dir).map(|entry| entry.name).collect();
    let fixed =
        ["terraform.tfvars", "terraform.tfvars.json"].into_iter().filter(|fixed| names.iter().any(|n| n == fixed));
    let auto = names.iter().filter(|name| name.ends_with(".auto.tfvars") || name.ends_with(".auto.tfvars.json"));
    let files = fixed.chain(auto.map(String::as_str));
    files.filter_map(|name| repo::join(inputs.folder, name).ok()).collect()
}

/// The values in a variable file.
fn read_file(evaluator: &Evaluator<'_>, path: &str) -> Result<BTreeMap<String, Value>, Box<Problem>> {
    let text = evaluator.inputs.tree.read_text(path);
    let text = text.map_err(|error| Box::new(error.problem()))?;
    let parsed = Parsed::parse_values(path, text)?;
    let mut values = BTreeMap::new();
    for attribute in parsed.body.attributes() {
        let value = evaluator.eval_literal(&attribute.value, &parsed.source, "a file of variable values");
        let value = value.unwrap_or_else(|fault| evaluator.give_up(&fault));
        values.insert(attribute.key.as_str().to_owned(), value);
    }
    Ok(values)
}

impl<'p> Evaluator<'p> {
    /// `var.name`.
    pub(super) fn variable(&self, instance: &Rc<ModuleInstance<'p>>, name: &str, place: &Place) -> Eval {
        let Some(declared) = instance.module.variables.get(name) else {
            return self.undeclared(instance, &format!("var.{name}"), place);
        };
        self.once(instance.address_of(format_args!("var.{name}")), place, || {
            self.variable_value(instance, name, declared)
        })
    }

    fn variable_value(&self, instance: &Rc<ModuleInstance<'p>>, name: &str, declared: &Declared<'p>) -> Eval {
        let names = Names::Nobody("the declaration of a variable");
        let sensitive = self.flag(declared, "sensitive", &names)?;
        if self.flag(declared, "ephemeral", &names)? {
            return Ok(Value::unknown(format!("var.{name} is ephemeral")).marked(true));
        }
        let of = match declared.argument("type") {
            Some(written) => self.type_of_expression(written)?,
            None => Type::Any,
        };
        let nullable = match declared.argument("nullable") {
            Some(_) => self.flag(declared, "nullable", &names)?,
            None => true,
        };
        let given = self.given(instance, name, declared, &of)?.filter(|given| nullable || !given.is_null());
        let value = match (given, declared.argument("default")) {
            (Some(given), _) => given,
            (None, Some(default)) => self.eval_written(default, &names, &Repetition::None)?,
            (None, None) => Value::unknown(format!("no value for var.{name}")),
        };
        let place = value.place.clone().unwrap_or_else(|| declared.place());
        let converted = convert::convert(&value, &of);
        let converted = converted
            .map_err(|message| Fault::expression(place.clone(), format!("var.{name} has a wrong value: {message}")))?;
        Ok(converted.marked(sensitive).placed(|| place))
    }

    /// The value that somebody gives a variable, if somebody does.
    fn given(
        &self,
        instance: &Rc<ModuleInstance<'p>>,
        name: &str,
        declared: &Declared<'p>,
        of: &Type,
    ) -> Eval<Option<Value>> {
        match &instance.origin {
            Origin::Call { caller, declared: call, repetition } => {
                let Some(written) = call.argument(name) else { return Ok(None) };
                self.eval_written(written, &Names::Module(Rc::clone(caller)), repetition).map(Some)
            }
            Origin::Root(assigned) => match assigned.values.get(name) {
                Some(Given::Value(value)) => Ok(Some(value.clone())),
                Some(Given::Text(text)) => self.given_text(name, text, declared, of).map(Some),
                None => {
                    Ok(assigned.doubt.as_ref().map(|doubt| Value::unknown(format!("no value for var.{name}: {doubt}"))))
                }
            },
        }
    }

    /// What a text from the environment or the command line says: itself, or an expression for a type that has
    /// members. A variable without a type takes the text.
    fn given_text(&self, name: &str, text: &str, declared: &Declared<'p>, of: &Type) -> Eval {
        if of.is_primitive() || declared.argument("type").is_none() {
            return Ok(Value::text(text));
        }
        let source = Source::new(format!("var.{name}"), text.to_owned());
        let wrong = |message: String| Fault::expression(declared.place(), message);
        let parsed = hcl_edit::parser::parse_expr(text);
        let expression = parsed.map_err(|_| wrong(format!("the value given for var.{name} is not an expression")))?;
        let value = self.eval_literal(&expression, &source, "a variable's value");
        let value = value.map_err(|fault| wrong(format!("the value given for var.{name}: {}", fault.message)))?;
        Ok(value.unplaced())
    }

    /// Tells which `validation` blocks of a module's variables refuse the values that they have. What is not known is
    /// not refused.
    pub(super) fn validate(&self, instance: &Rc<ModuleInstance<'p>>) {
        let names = Names::Module(Rc::clone(instance));
        for (name, declared) in &instance.module.variables {
            for block in declared.blocks().remove("validation").unwrap_or_default() {
                let rule = Declared::of(block.source, block.node);
                let Some(condition) = rule.argument("condition") else { continue };
                match self.eval_written(condition, &names, &Repetition::None) {
                    Ok(holds) if holds.is_unknown() || convert::truth(&holds) == Ok(true) => {}
                    Ok(_) => self.report(condition.place().problem(
                        ProblemKind::Unevaluated,
                        format!("var.{name} has a value that is not valid{}", self.refusal(&rule, &names)),
                    )),
                    Err(fault) => self.report(fault.problem()),
                }
            }
        }
    }

    /// The error message of a validation, as far as it can be shown.
    fn refusal(&self, rule: &Declared<'p>, names: &Names<'p>) -> String {
        let message = rule.argument("error_message").and_then(|written| {
            let message = self.muted(|| self.eval_written(written, names, &Repetition::None)).ok()?;
            message.as_text().filter(|_| !message.has_sensitive()).map(str::to_owned)
        });
        message.map_or_else(String::new, |message| format!(": {}", message.trim_end_matches('.')))
    }

    /// Tells which values are given to variables that the root module does not declare: Terraform warns of those in
    /// files, refuses those of the command line, and passes over those of the environment.
    pub(super) fn report_undeclared(&self, root: &ModuleInstance<'p>) {
        let Origin::Root(assigned) = &root.origin else { return };
        if root.module.incomplete.is_some() {
            return;
        }
        for (name, place) in
            assigned.named.iter().filter(|(name, _)| !root.module.variables.contains_key(name.as_str()))
        {
            let message = format!("a value is given for var.{name}, which is not declared");
            self.report(match place {
                Some(place) => place.problem(ProblemKind::Settings, message),
                None => Problem::new(ProblemKind::Settings, self.inputs.folder, message),
            });
        }
    }

    /// A boolean argument of a declaration; `false` if it is absent.
    pub(super) fn flag(&self, declared: &Declared<'p>, argument: &str, names: &Names<'p>) -> Eval<bool> {
        let Some(written) = declared.argument(argument) else { return Ok(false) };
        let value = self.eval_written(written, names, &Repetition::None)?;
        convert::truth(&value).map_err(|message| Fault::expression(written.place(), message))
    }
}
