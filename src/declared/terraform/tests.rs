//! Whole programs: what they declare, and what each construct makes of it.

mod conformance;
mod constructs;
mod data_sources;
mod hostile;
mod modules;
mod others;
mod refactoring;
mod roots;
mod tables;

use std::collections::BTreeMap;

use super::{Context, Evaluated, Inputs, Resource, evaluate, evaluate_expression};
use crate::model::{Bindings, Bound, Fingerprinter, Problem, Value};
use crate::repo::Tree;

/// A program with everything that it is given.
#[derive(Default)]
struct Case {
    files: Vec<(String, Vec<u8>)>,
    folder: String,
    var_files: Vec<String>,
    variables: BTreeMap<String, String>,
    environment: BTreeMap<String, String>,
    modules: BTreeMap<String, String>,
    states: BTreeMap<String, BTreeMap<String, Value>>,
    bindings: Bindings,
    context: Context,
}

impl Case {
    fn of(main: &str) -> Self {
        Self::default().file("main.tf", main)
    }

    fn file(self, path: &str, text: &str) -> Self {
        self.bytes(path, text.as_bytes().to_vec())
    }

    /// The same program with one more file.
    fn with(&self, path: &str, text: &str) -> Self {
        Self { files: self.files.clone(), ..Self::default() }.file(path, text)
    }

    fn bytes(mut self, path: &str, content: Vec<u8>) -> Self {
        self.files.push((path.to_owned(), content));
        self
    }

    fn folder(mut self, folder: &str) -> Self {
        folder.clone_into(&mut self.folder);
        self
    }

    fn variable(mut self, name: &str, text: &str) -> Self {
        self.variables.insert(name.to_owned(), text.to_owned());
        self
    }

    fn environment(mut self, name: &str, text: &str) -> Self {
        self.environment.insert(name.to_owned(), text.to_owned());
        self
    }

    fn var_file(mut self, path: &str) -> Self {
        self.var_files.push(path.to_owned());
        self
    }

    fn bound(mut self, address: &str, attributes: serde_json::Value) -> Self {
        let attributes = attributes.as_object().unwrap().iter();
        let attributes = attributes.map(|(name, value)| (name.clone(), Value::from_json(value))).collect();
        self.bindings.bind(address, Bound { identifier: None, attributes });
        self
    }

    fn run<T>(&self, run: impl FnOnce(&Inputs<'_>) -> T) -> T {
        self.run_in(&Tree::memory(self.files.iter().cloned()), run)
    }

    fn run_in<T>(&self, tree: &Tree, run: impl FnOnce(&Inputs<'_>) -> T) -> T {
        run(&Inputs {
            tree,
            folder: &self.folder,
            var_files: &self.var_files,
            variables: &self.variables,
            environment: &self.environment,
            modules: &self.modules,
            workspace: "default",
            bindings: &self.bindings,
            context: &self.context,
            states: &|wanted| self.states.get(&wanted.backend).cloned().map(Ok),
            fingerprints: &Fingerprinter::new(*b"key"),
        })
    }

    fn evaluate(&self) -> Evaluated {
        self.run(evaluate)
    }

    fn expression(&self, expression: &str) -> (Value, Vec<Problem>) {
        self.run(|inputs| evaluate_expression(inputs, expression))
    }

    /// Checks an expression in the root module, as JSON.
    fn gives(&self, expression: &str, expect: serde_json::Value) -> &Self {
        let (value, problems) = self.expression(expression);
        assert_eq!(value.to_json(), expect, "{expression}: {problems:#?}");
        self
    }

    /// Checks that an expression is unknown, for a reason that contains `reason`.
    fn unknown(&self, expression: &str, reason: &str) -> &Self {
        let (value, _) = self.expression(expression);
        let text = value.to_json().to_string();
        assert!(value.has_unknown() && text.contains(reason), "{expression}: {text}");
        self
    }
}

fn addresses(evaluated: &Evaluated) -> Vec<&str> {
    evaluated.resources.iter().map(|resource| resource.address.as_str()).collect()
}

fn resource<'e>(evaluated: &'e Evaluated, address: &str) -> &'e Resource {
    let found = evaluated.resources.iter().find(|resource| resource.address == address);
    found.unwrap_or_else(|| panic!("no {address} in {:?}: {:#?}", addresses(evaluated), evaluated.problems))
}

fn messages(problems: &[Problem]) -> Vec<String> {
    problems.iter().map(ToString::to_string).collect()
}
