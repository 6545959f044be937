//! Nested stacks: a resource of type `AWS::CloudFormation::Stack` whose template lies in the repository, as
//! `aws cloudformation package` takes it, is read as a part of the stack.
//!
//! The address of a resource in it is `Nested/LogicalId`, where `Nested` is the logical id of the nested stack. Its
//! parameters come from the stack around it, its outputs are what `Fn::GetAtt Nested.Outputs.Name` gives.

use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;

use super::condition::Truth;
use super::evaluate::{Evaluated, Evaluator, Secrets, Stop, Unit};
use super::template::Stage;
use super::{Context, read_unit};
use crate::declared::Read;
use crate::model::{Kind, Problem, ProblemKind, Value};
use crate::repo;

/// The type of nested stacks.
pub(super) const STACK: &str = "AWS::CloudFormation::Stack";
/// How attributes of nested stacks begin that are their outputs.
pub(super) const OUTPUTS: &str = "Outputs.";
/// Stacks in stacks.
const MAX_DEPTH: usize = 10;
/// Nested stacks of one stack.
const MAX_STACKS: usize = 500;

/// What was read of a nested stack.
pub(super) struct Nested {
    pub(super) read: Read,
    pub(super) outputs: BTreeMap<String, Evaluated>,
}

/// A nested stack while it is read: `None` before its end, then what was read or why nothing was.
pub(super) type Nesting = Option<Result<Rc<Nested>, Arc<str>>>;

impl Evaluator<'_> {
    /// Reads a nested stack, once.
    ///
    /// # Errors
    /// Why it is not read; what the user can do about has been reported.
    pub(super) fn nested(&mut self, id: &str) -> Result<Rc<Nested>, Arc<str>> {
        match self.nested.get(id) {
            Some(Some(done)) => return done.clone(),
            Some(None) => {
                let template = self.template;
                let message: Arc<str> = "its parameters depend on its own outputs".into();
                if let Some(node) = template.resources.get(id) {
                    let problem = self.problem(id, node, &message);
                    self.note(problem.remedy("break the circle of references"));
                }
                return Err(message);
            }
            None => {}
        }
        self.nested.insert(id.to_owned(), None);
        let read = self.read_nested(id).map(Rc::new);
        self.nested.insert(id.to_owned(), Some(read.clone()));
        read
    }

    fn read_nested(&mut self, id: &str) -> Result<Nested, Arc<str>> {
        let template = self.template;
        let Some(node) = template.resources.get(id) else { return Err("there is no such resource".into()) };
        if self.unit.whole.stage == Stage::Processed {
            return Err("its resources are a stack of their own".into());
        }
        if let Some(name) = &template.macro_name {
            return Err(format!("the macro {name} may rewrite it").into());
        }
        let place = self.template_place(node)?;
        let path = repo::join(repo::parent(self.unit.file), &place).map_err(|error| error.problem());
        let text = path.and_then(|path| {
            let text = self.unit.tree.read_text(&path).map_err(|error| error.problem())?;
            Ok((Arc::<str>::from(path), text))
        });
        let (file, text) = text.map_err(|problem| {
            let message = format!("the template {place} cannot be read: {}", problem.message);
            let problem = self.problem(id, node, &message);
            self.note(problem.remedy("the path is relative to the template's folder"));
            Arc::<str>::from(message)
        })?;
        self.check_bounds(id, node, &file)?;
        let given = self.given_parameters(node)?;
        let unit = self.unit;
        let chain: Vec<_> = unit.chain.iter().cloned().chain([Arc::clone(&file)]).collect();
        let context = self.context_of(id);
        let prefix = format!("{}/", unit.address(id));
        let inner = Unit {
            file: &file,
            text: &text,
            given: &given,
            context: &context,
            prefix: &prefix,
            chain: &chain,
            ..*unit
        };
        Ok(read_unit(&inner, Stage::Original))
    }

    fn problem(&self, id: &str, node: &Value, message: &str) -> Problem {
        Problem::new(ProblemKind::Unreadable, self.unit.address(id), format!("nested stack {id}: {message}"))
            .at(node.at.clone())
    }

    /// Where a nested stack's template lies, relative to the template around it.
    fn template_place(&mut self, node: &Value) -> Result<String, Arc<str>> {
        // The CDK writes a place in S3 into the property and the file into the metadata.
        let asset = node.at_keys(["Metadata", "aws:asset:path"]).and_then(Value::as_str);
        let property = node.at_keys(["Metadata", "aws:asset:property"]).and_then(Value::as_str);
        if let (Some(path), Some("TemplateURL")) = (asset, property) {
            return Ok(path.to_owned());
        }
        let Some(url) = node.at_keys(["Properties", "TemplateURL"]) else {
            return Err("it has no TemplateURL".into());
        };
        let text = match self.walk(url, Secrets::Hidden) {
            Ok(Evaluated { value, .. }) => value.as_scalar_text().ok_or("its TemplateURL is no text"),
            Err(Stop::Unknown(unknown)) => {
                return Err(format!("its TemplateURL is not known: {}", unknown.reason).into());
            }
            Err(_) => Err("its TemplateURL is no text"),
        }?;
        match text.contains("://") {
            true => Err(format!("its template is at {text}, not in the repository").into()),
            false => Ok(text),
        }
    }

    fn check_bounds(&mut self, id: &str, node: &Value, file: &Arc<str>) -> Result<(), Arc<str>> {
        let unit = self.unit;
        let stacks = unit.whole.nested.get() + 1;
        unit.whole.nested.set(stacks);
        let refused = if unit.chain.contains(file) {
            Some((format!("{file} is nested in itself"), "take the circle out"))
        } else if unit.chain.len() > MAX_DEPTH {
            Some((format!("more than {MAX_DEPTH} stacks in each other"), "nest less deep"))
        } else if stacks > MAX_STACKS {
            // Told once, or a bomb would tell it a thousand times.
            if stacks > MAX_STACKS + 1 {
                return Err("there are too many nested stacks".into());
            }
            Some((format!("more than {MAX_STACKS} nested stacks"), "split the stack"))
        } else {
            None
        };
        let Some((message, remedy)) = refused else { return Ok(()) };
        let problem = self.problem(id, node, &message);
        self.note(problem.remedy(remedy));
        Err(message.into())
    }

    /// The parameters that a nested stack is given, lists as the comma-separated texts that the service hands on.
    fn given_parameters(&mut self, node: &Value) -> Result<BTreeMap<String, Evaluated>, Arc<str>> {
        let Some(parameters) = node.at_keys(["Properties", "Parameters"]) else { return Ok(BTreeMap::new()) };
        let members = parameters.as_object().filter(|members| !members.keys().any(|key| key.starts_with("Fn::")));
        let Some(members) = members else { return self.chosen_parameters(parameters) };
        let mut given = BTreeMap::new();
        for (name, member) in members {
            if let Some(Evaluated { value, secret }) = self.settle(member, Secrets::Plain) {
                given.insert(name.clone(), Evaluated { value: as_parameter(value), secret });
            }
        }
        Ok(given)
    }

    /// Parameters that a function chooses as a whole: if one of them is a secret, all are taken for secrets.
    fn chosen_parameters(&mut self, parameters: &Value) -> Result<BTreeMap<String, Evaluated>, Arc<str>> {
        match self.walk(parameters, Secrets::Plain) {
            Ok(Evaluated { value: Value { kind: Kind::Object(members), .. }, secret }) => {
                let given = |(name, value)| (name, Evaluated { value: as_parameter(value), secret });
                Ok(members.into_iter().map(given).collect())
            }
            Ok(_) => Err("its parameters are no mapping".into()),
            Err(Stop::NoValue) => Ok(BTreeMap::new()),
            Err(Stop::Unknown(unknown)) => Err(format!("its parameters are not known: {}", unknown.reason).into()),
            Err(Stop::Misuse(message)) => Err(format!("its parameters are not known: {message}").into()),
        }
    }

    /// The pseudo parameters of a nested stack: its ARN tells its name.
    fn context_of(&self, id: &str) -> Context {
        let arn = self.unit.bound(id).and_then(|bound| bound.identifier.clone());
        let name = arn.as_deref().and_then(|arn| arn.split('/').nth(1)).map(str::to_owned);
        Context { stack_name: name, stack_id: arn, ..self.unit.context.clone() }
    }

    /// The outputs of the template.
    pub(super) fn outputs(&mut self) -> BTreeMap<String, Evaluated> {
        let mut outputs = BTreeMap::new();
        for (name, node) in &self.template.outputs {
            let Some(value) = node.get("Value") else { continue };
            let exists = node.get("Condition").map_or(Truth::True, |name| self.named_condition(name));
            let output = match exists {
                Truth::True => self.settle(value, Secrets::Plain),
                Truth::False => None,
                Truth::Unknown(reason) => Some(Value::unknown(reason).into()),
            };
            if let Some(output) = output {
                outputs.insert(name.clone(), output);
            }
        }
        outputs
    }
}

fn as_parameter(value: Value) -> Value {
    let texts: Option<Vec<_>> = value.as_list().map(|items| items.iter().filter_map(Value::as_scalar_text).collect());
    match (texts, value.as_list()) {
        (Some(texts), Some(items)) if texts.len() == items.len() => value.with(Kind::String(texts.join(","))),
        (Some(_), _) => Value::unknown("an item of the list that it is given is not known").located(value.at),
        _ => value,
    }
}
