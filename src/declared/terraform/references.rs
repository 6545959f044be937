//! References: what `var.x`, `local.x`, `module.m.out`, `aws_x.y`, `each.key` and `path.module` stand for.

use std::rc::Rc;

use hcl_edit::Decorated;
use hcl_edit::expr::{Expression, TraversalOperator};

use super::evaluator::{Evaluator, ModuleInstance};
use super::fault::{Eval, Fault};
use super::scope::{Names, Repetition, Scope};
use super::source::Place;
use super::value::{Mode, ResourceName, Value};

type Operators<'o> = &'o [Decorated<TraversalOperator>];

impl<'p> Evaluator<'p> {
    /// What a name with the operators behind it refers to, and how many of the operators belong to the reference.
    pub(super) fn reference(
        &self,
        name: &str,
        operators: Operators<'_>,
        place: &Place,
        scope: Scope<'_, 'p>,
    ) -> Eval<(Value, usize)> {
        let fault = |message: String| Fault::expression(place.clone(), message);
        let instance = match scope.names {
            Names::Module(instance) => instance,
            Names::Template(variables) => {
                let variable = variables.get(name).cloned();
                return variable
                    .map(|value| (value, 0))
                    .ok_or_else(|| fault(format!("the template has no \"{name}\"")));
            }
            Names::Nobody(of) => return Err(fault(format!("\"{name}\" is not known in {of}"))),
        };
        let first = part(operators, 0).ok_or_else(|| fault(format!("\"{name}\" is not the name of a value")))?;
        let value = match name {
            "var" => self.variable(instance, first, place)?,
            "local" => self.local(instance, first, place)?,
            "module" => self.module(instance, first, place)?,
            "path" => self.path(instance, first).map_err(fault)?,
            "terraform" => self.terraform(first).map_err(fault)?,
            "count" | "each" => repetition(name, first, scope.repetition).map_err(fault)?,
            "ephemeral" => Value::unknown("ephemeral values are only known during a deployment").marked(true),
            "self" => return Err(fault("\"self\" is known to provisioners only".to_owned())),
            "data" | "resource" => {
                let second =
                    part(operators, 1).ok_or_else(|| fault("the name of the resource is missing".to_owned()))?;
                let mode = if name == "data" { Mode::Data } else { Mode::Managed };
                return Ok((self.named_resource(instance, mode, first, second, place)?, 2));
            }
            resource_type => self.named_resource(instance, Mode::Managed, resource_type, first, place)?,
        };
        Ok((value, 1))
    }

    fn named_resource(
        &self,
        instance: &Rc<ModuleInstance<'p>>,
        mode: Mode,
        resource_type: &str,
        name: &str,
        place: &Place,
    ) -> Eval {
        let name = ResourceName { mode, resource_type: resource_type.to_owned(), name: name.to_owned() };
        self.resource(instance, &name, place)
    }

    /// `local.name`.
    fn local(&self, instance: &Rc<ModuleInstance<'p>>, name: &str, place: &Place) -> Eval {
        let Some(written) = instance.module.locals.get(name).copied() else {
            return self.undeclared(instance, &format!("local.{name}"), place);
        };
        let names = Names::Module(Rc::clone(instance));
        self.once(instance.address_of(format_args!("local.{name}")), place, || {
            self.eval_written(written, &names, &Repetition::None)
        })
    }

    /// An output of a module instance.
    pub(super) fn output(&self, instance: &Rc<ModuleInstance<'p>>, name: &str, place: &Place) -> Eval {
        let Some(declared) = instance.module.outputs.get(name) else {
            return self.undeclared(instance, &format!("output.{name}"), place);
        };
        let names = Names::Module(Rc::clone(instance));
        self.once(instance.address_of(format_args!("output.{name}")), place, || {
            let Some(written) = declared.argument("value") else { return Ok(Value::null()) };
            let value = self.eval_written(written, &names, &Repetition::None)?;
            Ok(value.marked(self.flag(declared, "sensitive", &names)?))
        })
    }

    /// Something that the module does not declare: an error, unless a file of the module could not be read.
    pub(super) fn undeclared(&self, instance: &ModuleInstance<'p>, what: &str, place: &Place) -> Eval {
        match instance.module.incomplete {
            Some(reason) => Ok(Value::unknown(format!("{what} is not declared where it could be read: {reason}"))),
            None => Err(Fault::expression(place.clone(), format!("{what} is not declared"))),
        }
    }

    fn path(&self, instance: &ModuleInstance<'p>, name: &str) -> Result<Value, String> {
        match name {
            "module" => Ok(Value::text(relative(self.inputs.folder, &instance.folder))),
            "root" => Ok(Value::text(".")),
            "cwd" => Ok(Value::unknown("path.cwd is only known where Terraform runs")),
            _ => Err(format!("there is no path.{name}")),
        }
    }

    fn terraform(&self, name: &str) -> Result<Value, String> {
        match name {
            "workspace" => Ok(Value::text(self.inputs.workspace)),
            "applying" => Ok(Value::unknown("terraform.applying is only known during a deployment")),
            _ => Err(format!("there is no terraform.{name}")),
        }
    }
}

fn repetition(name: &str, part: &str, repetition: &Repetition) -> Result<Value, String> {
    match (name, part, repetition) {
        ("count", "index", Repetition::Count(index)) => Ok(Value::count(*index)),
        ("each", "key", Repetition::Each { key, .. }) => Ok(key.clone()),
        ("each", "value", Repetition::Each { value, .. }) => Ok(value.clone()),
        _ => Err(format!("there is no {name}.{part} here")),
    }
}

/// The name that an operator gives: `.name` or `["name"]`.
fn part(operators: Operators<'_>, at: usize) -> Option<&str> {
    match operators.get(at)?.value() {
        TraversalOperator::GetAttr(name) => Some(name.as_str()),
        TraversalOperator::Index(Expression::String(name)) => Some(name.value()),
        _ => None,
    }
}

/// The path from one folder to another; both are relative to the root of the repository.
fn relative(from: &str, to: &str) -> String {
    let parts = |path: &str| -> Vec<String> {
        path.split('/').filter(|part| !part.is_empty() && *part != ".").map(str::to_owned).collect()
    };
    let (from, to) = (parts(from), parts(to));
    let shared = from.iter().zip(&to).take_while(|(left, right)| left == right).count();
    let up = from.iter().skip(shared).map(|_| "..".to_owned());
    let path: Vec<String> = up.chain(to.into_iter().skip(shared)).collect();
    if path.is_empty() { ".".to_owned() } else { path.join("/") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn module_paths_are_relative_to_the_root_module() {
        let check = |from: &str, to: &str, expect: &str| assert_eq!(relative(from, to), expect);
        check("a", "a", ".");
        check("", "m/n", "m/n");
        check("envs/prod", "modules/x", "../../modules/x");
        check("./a", "a/b", "b");
    }
}
