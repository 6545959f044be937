//! Functions: how a call finds its implementation, and what unknown and secret arguments make of the result.
//!
//! Each family is a file with a table. An implementation sees known arguments only, unless its table row says
//! otherwise. A name that no table has is unknown and never an error: Terraform and OpenTofu add functions.

mod arguments;
mod arn;
mod collections;
mod conversion;
mod csv;
mod datetime;
mod digests;
mod encoding;
mod filesystem;
mod format;
mod json_reader;
mod network;
mod numeric;
mod re2;
mod regular;
mod sets;
mod strings;
mod text_encodings;
mod text_units;
mod yaml;
mod yaml_writer;

use hcl_edit::expr::FuncCall;

use crate::model::ProblemKind;

use self::arguments::Arguments;
use super::convert;
use super::evaluator::Evaluator;
use super::fault::{Eval, Fault};
use super::operators::derived;
use super::scope::{Names, Scope};
use super::source::{Place, Source};
use super::value::{Beginning, Content, Value};

/// One function.
struct Function {
    name: &'static str,
    /// The least and the greatest number of arguments.
    arity: (usize, usize),
    reading: Reading,
    body: Body,
}

/// How far a function looks into its arguments.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Reading {
    /// Through and through: anything unknown in an argument makes the result unknown, anything secret makes it secret.
    Whole,
    /// It moves members around without looking into them: they take their marks along.
    Members,
    /// It minds unknown and secret arguments itself.
    Own,
}

/// What a function does.
#[derive(Clone, Copy)]
enum Body {
    /// Computes from its arguments.
    Pure(fn(&Arguments<'_>) -> Result<Value, String>),
    /// Reads files of the repository.
    Files(fn(&filesystem::Files<'_>, &Arguments<'_>) -> Result<Value, String>),
    /// Is only known where Terraform runs, for this reason.
    Unknown(&'static str),
}

/// Any number of arguments.
const ANY: usize = usize::MAX;

/// A row of a table.
const fn pure(
    name: &'static str,
    arity: (usize, usize),
    reading: Reading,
    body: fn(&Arguments<'_>) -> Result<Value, String>,
) -> Function {
    Function { name, arity, reading, body: Body::Pure(body) }
}

/// A row for a function that only a deployment can compute.
const fn unknown(name: &'static str, reason: &'static str) -> Function {
    Function { name, arity: (0, ANY), reading: Reading::Own, body: Body::Unknown(reason) }
}

/// The families, and what they are called.
const FAMILIES: [(&str, &[Function]); 11] = [
    ("numbers", numeric::TABLE),
    ("texts", strings::TABLE),
    ("regular expressions", regular::TABLE),
    ("collections", collections::TABLE),
    ("sets", sets::TABLE),
    ("encodings", encoding::TABLE),
    ("hashes", digests::TABLE),
    ("files", filesystem::TABLE),
    ("dates and times", datetime::TABLE),
    ("networks", network::TABLE),
    ("types and secrets", conversion::TABLE),
];

/// Functions that decide themselves what they evaluate.
const LAZY: [&str; 4] = ["can", "templatefile", "templatestring", "try"];

/// Functions that existed long ago; Terraform refuses them by name.
const REMOVED: [&str; 2] = ["list", "map"];

/// One group of functions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FunctionFamily {
    /// What they have in common.
    pub name: &'static str,
    /// Those that are computed.
    pub computed: Vec<String>,
    /// Those that only a deployment can compute: their value is unknown.
    pub unknown: Vec<String>,
}

/// All functions that have a value or are unknown by their nature; every other one is unknown with a problem.
pub fn families() -> Vec<FunctionFamily> {
    let family = |name, table: &[Function], prefix: &str| {
        let is_computed = |function: &&Function| !matches!(function.body, Body::Unknown(_));
        let name_of = |function: &Function| format!("{prefix}{}", function.name);
        let (computed, unknown): (Vec<&Function>, Vec<&Function>) = table.iter().partition(is_computed);
        let names = |functions: Vec<&Function>| functions.into_iter().map(name_of).collect();
        FunctionFamily { name, computed: names(computed), unknown: names(unknown) }
    };
    let lazy = LAZY.map(str::to_owned).to_vec();
    let mut families = vec![FunctionFamily { name: "evaluation", computed: lazy, unknown: Vec::new() }];
    families.extend(FAMILIES.iter().map(|(name, table)| family(name, table, "")));
    families.push(family("AWS provider", arn::TABLE, "provider::aws::"));
    families
}

/// How long a text may be that a function or a template makes, in bytes; longer ones are unknown.
pub(super) const MAX_TEXT: usize = 4 * 1024 * 1024;

/// How many items a list may have that a function makes of one text. A list of more is unknown by its weight.
const MAX_ITEMS: usize = 1 << 20;

/// What is wrong with `f(x...)` where `x` is no list.
const NOT_EXPANDABLE: &str = "only a list can be expanded with \"...\"";

/// What is said instead of a message about a secret.
const HIDDEN: &str = "there is no result for this secret";

/// Evaluates a call.
pub(super) fn call<'p>(evaluator: &Evaluator<'p>, call: &FuncCall, scope: Scope<'_, 'p>) -> Eval {
    let name = call.name.name.as_str();
    let namespace: Vec<&str> = call.name.namespace.iter().map(|part| part.as_str()).collect();
    match (namespace.as_slice(), name) {
        ([] | ["core"], "try") => attempt(evaluator, call, scope),
        ([] | ["core"], "can") => can(evaluator, call, scope),
        ([] | ["core"], "templatefile" | "templatestring") => template(evaluator, call, scope),
        ([] | ["core"], _) => {
            match FAMILIES.iter().flat_map(|(_, table)| *table).find(|function| function.name == name) {
                Some(function) => apply(evaluator, function, call, scope),
                None if REMOVED.contains(&name) => {
                    Err(Evaluator::fault(scope, call, format!("there is no function {name} any more")))
                }
                None => Ok(unsupported(evaluator, name, call, scope)),
            }
        }
        (["provider", "aws"], _) => match arn::TABLE.iter().find(|function| function.name == name) {
            Some(function) => apply(evaluator, function, call, scope),
            None => Ok(unsupported(evaluator, &format!("provider::aws::{name}"), call, scope)),
        },
        (namespace, _) => {
            let name = format!("{}::{name}", namespace.join("::"));
            Ok(unsupported(evaluator, &name, call, scope))
        }
    }
}

fn unsupported<'p>(evaluator: &Evaluator<'p>, name: &str, call: &FuncCall, scope: Scope<'_, 'p>) -> Value {
    let message = format!("function {name} is not supported");
    evaluator.report(Place::of(scope.source, call).problem(ProblemKind::NotSupported, &*message));
    Value::unknown(message)
}

/// `try(a, b, …)`: the first argument that has a value. One that is not known may have one.
fn attempt<'p>(evaluator: &Evaluator<'p>, call: &FuncCall, scope: Scope<'_, 'p>) -> Eval {
    let expanded = if call.args.expand_final() { call.args.len() } else { 0 };
    for (at, argument) in call.args.iter().enumerate() {
        let value = match evaluator.eval(argument, scope) {
            Err(fault) if Evaluator::is_caught(&fault) => continue,
            result => result?,
        };
        if at + 1 != expanded || value.is_unknown() {
            return Ok(value);
        }
        let items = value.as_items().ok_or_else(|| Evaluator::fault(scope, argument, NOT_EXPANDABLE))?;
        if let Some(first) = items.first() {
            return Ok(first.clone().marked(value.sensitive));
        }
    }
    Err(Evaluator::fault(scope, call, "no argument of try has a value"))
}

/// `can(a)`: whether the argument has a value.
fn can<'p>(evaluator: &Evaluator<'p>, call: &FuncCall, scope: Scope<'_, 'p>) -> Eval {
    let argument = call.args.get(0).filter(|_| call.args.len() == 1 && !call.args.expand_final());
    let argument = argument.ok_or_else(|| Evaluator::fault(scope, call, "can takes one argument"))?;
    match evaluator.eval(argument, scope) {
        Ok(value) if value.has_unknown() => Ok(derived(&[&value])),
        Ok(_) => Ok(Value::bool(true)),
        Err(fault) if Evaluator::is_caught(&fault) => Ok(Value::bool(false)),
        Err(fault) => Err(fault),
    }
}

/// The values of the arguments; the last one may be a list that gives several (`f(x...)`). `Err`: that list is
/// unknown.
fn evaluated<'p>(evaluator: &Evaluator<'p>, call: &FuncCall, scope: Scope<'_, 'p>) -> Eval<Result<Vec<Value>, Value>> {
    let values: Eval<Vec<Value>> = call.args.iter().map(|argument| evaluator.eval(argument, scope)).collect();
    let mut values: Vec<Value> = values?.iter().map(|value| evaluator.outputs_of(value)).collect();
    if !call.args.expand_final() {
        return Ok(Ok(values));
    }
    let Some(last) = values.pop() else { return Ok(Ok(values)) };
    if last.is_unknown() {
        return Ok(Err(derived(&[&last])));
    }
    let items = last.as_items().ok_or_else(|| Evaluator::fault(scope, call, NOT_EXPANDABLE))?;
    values.extend(items.iter().map(|item| item.clone().marked(last.sensitive)));
    Ok(Ok(values))
}

fn apply<'p>(evaluator: &Evaluator<'p>, function: &Function, call: &FuncCall, scope: Scope<'_, 'p>) -> Eval {
    let place = || Place::of(scope.source, call);
    let values = match evaluated(evaluator, call, scope)? {
        Ok(values) => values,
        Err(unknown) => return Ok(unknown),
    };
    let (least, most) = function.arity;
    if values.len() < least || values.len() > most {
        return Err(Fault::expression(
            place(),
            format!("function {} takes another number of arguments", function.name),
        ));
    }
    evaluator.spend(values.iter().map(Value::weight).sum(), place)?;
    let stands_in_the_way = |value: &Value| match function.reading {
        Reading::Whole => value.has_unknown(),
        Reading::Members => value.is_unknown() || matches!(value.content, Content::Handle(_)),
        Reading::Own => false,
    };
    let sensitive = values.iter().any(|value| match function.reading {
        Reading::Whole => value.has_sensitive(),
        Reading::Members => value.sensitive,
        Reading::Own => false,
    });
    if let Some(unknown) = values.iter().find(|value| stands_in_the_way(value)) {
        let known = known_part(function.name, &values).unwrap_or_else(|| derived(&[unknown]));
        return Ok(known.marked(sensitive));
    }
    // Which of several numbers a function chose does not matter: some bits less than Terraform has claim nothing.
    let is_short = |value: &Value| value.short || value.as_items().is_some_and(|all| all.iter().any(|of| of.short));
    let short = function.reading == Reading::Whole && values.iter().any(is_short);
    let arguments = Arguments::new(&values);
    let result = match function.body {
        Body::Pure(body) => body(&arguments),
        Body::Files(body) => {
            let files = filesystem::Files::of(evaluator.inputs);
            let result = body(&files, &arguments);
            arguments.spend(files.work());
            result
        }
        Body::Unknown(reason) => Ok(Value::unknown(reason)),
    };
    evaluator.spend(arguments.cost(), place)?;
    match result {
        // What a function says about a secret may quote it.
        Ok(value) if sensitive && value.is_unknown() => Ok(Value::unknown(HIDDEN).marked(true)),
        Ok(value) if value.as_text().is_some_and(|text| text.len() > MAX_TEXT) => {
            Ok(Value::unknown("the text is too long").marked(sensitive))
        }
        Err(_) if sensitive => Err(Fault::expression(place(), format!("{}: {HIDDEN}", function.name))),
        Ok(value) => Ok(value.marked(sensitive).shortened(short)),
        Err(message) => Err(Fault::expression(place(), format!("{}: {message}", function.name))),
    }
}

/// What is known of a text that is split, or of an item of a list, though the argument is not known to its end.
/// Terraform itself does not know it before a deploy; afterwards it is so.
fn known_part(function: &str, values: &[Value]) -> Option<Value> {
    match (function, values) {
        ("split", [separator, text]) => match (separator.as_text()?, text.begins()?) {
            (separator, Beginning::Text(begins)) => strings::known_pieces(separator, begins, text),
            _ => None,
        },
        ("element", [list, position]) => list.known_item(position).cloned(),
        _ => None,
    }
}

/// `templatefile(path, variables)` and `templatestring(text, variables)`: a template that sees the variables and
/// nothing else.
fn template<'p>(evaluator: &Evaluator<'p>, call: &FuncCall, scope: Scope<'_, 'p>) -> Eval {
    let fault = |message: String| Evaluator::fault(scope, call, message);
    if matches!(scope.names, Names::Template(_)) {
        return Err(fault("a template cannot use another template".to_owned()));
    }
    let is_string = call.name.name.as_str() == "templatestring";
    let values = match evaluated(evaluator, call, scope)? {
        Ok(values) => values,
        Err(unknown) => return Ok(unknown),
    };
    let [template, variables] = values.as_slice() else {
        return Err(fault("a template and an object of variables are required".to_owned()));
    };
    if template.is_unknown() || variables.is_unknown() {
        return Ok(derived(&[template, variables]));
    }
    if template.sensitive {
        return Ok(Value::unknown("the template is a secret").marked(true));
    }
    let given = convert::text(template).map_err(fault)?;
    let (name, text) = if is_string {
        ("template".to_owned(), Ok(given))
    } else {
        let text = filesystem::Files::of(evaluator.inputs).text(&given).map_err(fault)?;
        (given, text)
    };
    let (text, members) = match (text, variables.as_members()) {
        (Ok(text), Some(members)) => (text, members.clone()),
        (Err(unknown), _) => return Ok(unknown),
        (_, None) => return Err(fault("the variables of a template must be an object".to_owned())),
    };
    if let Some(name) = members.keys().find(|name| hcl_edit::Ident::try_new(name.as_str()).is_err()) {
        return Err(fault(format!("\"{name}\" cannot be the name of a variable")));
    }
    let parsed = hcl_edit::parser::parse_template(&text);
    let parsed = parsed.map_err(|error| fault(format!("the template has a syntax error: {}", error.message())))?;
    let source = Source::new(name, text);
    let names = Names::Template(members);
    let inner = Scope { names: &names, source: &source, repetition: scope.repetition, frame: None };
    match evaluator.file_template(&parsed, inner) {
        Ok(value) if value.is_null() => Err(fault("the template gives null".to_owned())),
        Ok(value) => Ok(Value { place: None, ..value }.marked(variables.sensitive)),
        Err(mut inner) => {
            // The template is not part of the module: the call is what the user can find.
            inner.place = Place::of(scope.source, call);
            Err(inner)
        }
    }
}
