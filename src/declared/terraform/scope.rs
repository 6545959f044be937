//! What the names in an expression stand for at the place where it is evaluated.

use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;

use super::evaluator::ModuleInstance;
use super::source::Source;
use super::value::Value;

/// What is visible to an expression.
#[derive(Clone, Copy)]
pub(super) struct Scope<'s, 'p> {
    /// Whose declarations can be referred to.
    pub names: &'s Names<'p>,
    /// The file that holds the expression.
    pub source: &'s Arc<Source>,
    /// What `each` and `count` are.
    pub repetition: &'s Repetition,
    /// The names that surrounding `for` expressions, `dynamic` blocks and templates bind.
    pub frame: Option<&'s Frame<'s>>,
}

/// Whose declarations an expression can refer to.
pub(super) enum Names<'p> {
    /// Those of a module.
    Module(Rc<ModuleInstance<'p>>),
    /// None but the variables of a template file.
    Template(BTreeMap<String, Value>),
    /// None at all, as in a file of variable values.
    Nobody(&'static str),
}

/// A name bound to a value inside an expression.
pub(super) struct Frame<'s> {
    /// The name.
    pub name: &'s str,
    /// What it stands for.
    pub value: Value,
    /// What was bound before.
    pub parent: Option<&'s Frame<'s>>,
}

/// What tells the instances of one resource or module apart.
#[derive(Clone, Debug)]
pub(super) enum Repetition {
    /// There is only one.
    None,
    /// `count.index`
    Count(usize),
    /// `each.key` and `each.value`
    Each {
        /// The key.
        key: Value,
        /// What stands under it.
        value: Value,
    },
}

impl<'s, 'p> Scope<'s, 'p> {
    /// The same scope with one more name.
    pub fn with<'t>(self, frame: &'t Frame<'t>) -> Scope<'t, 'p>
    where
        's: 't,
    {
        Scope { frame: Some(frame), ..self }
    }

    /// What a bound name stands for.
    pub fn bound(&self, name: &str) -> Option<&'s Value> {
        let mut frame = self.frame;
        while let Some(current) = frame {
            if current.name == name {
                return Some(&current.value);
            }
            frame = current.parent;
        }
        None
    }
}
