//! CloudFormation templates, evaluated as far as they can be without the service.
//!
//! Pure: text in, declarations out. Knows nothing of live state; what a deployment has told about other resources
//! comes in as [`Bindings`], what the account has told as [`Context`]. What only the service knows (dynamic
//! references, macros) is unknown and stays so, and so does everything that depends on it.

mod condition;
mod evaluate;
mod foreach;
mod functions;
mod include;
mod nested;
mod parameters;
mod sam;
mod sub;
mod template;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::Read;
use crate::model::{
    Bindings, Declaration, Fingerprinter, Location, Problem, ProblemKind, ResourceType, Retention, Skipped, Value,
};
use crate::repo::Tree;

use condition::Truth;
use evaluate::{Evaluated, Evaluator, Secrets, Unit, Whole};
use nested::Nested;
use template::{Stage, Template};

pub use parameters::parameter_file;

/// What a template is evaluated with. Not `Debug`: parameters can be secrets.
#[derive(Clone, Copy)]
pub struct Inputs<'a> {
    /// The repository, for included files and nested templates.
    pub tree: &'a Tree,
    /// The template's path in the repository.
    pub file: &'a Arc<str>,
    /// The template.
    pub text: &'a str,
    /// The values given to its parameters; the others have their defaults.
    pub parameters: &'a BTreeMap<String, String>,
    /// What parameters that name others of the parameter store were resolved to; those of nested stacks by
    /// `Nested/Name`.
    pub resolved: &'a BTreeMap<String, Resolved>,
    /// What is known of its resources, by logical id: for `Ref` and `Fn::GetAtt`. Those of nested stacks by
    /// `Nested/LogicalId`.
    pub bindings: &'a Bindings,
    /// What its pseudo parameters stand for, and what the account has told.
    pub context: &'a Context,
    /// Hides the values of `NoEcho` parameters.
    pub fingerprints: &'a Fingerprinter,
}

/// A parameter of a type `AWS::SSM::Parameter::Value<…>` as it was last deployed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resolved {
    /// The name in the parameter store.
    pub name: String,
    /// The value that it had then.
    pub value: String,
}

/// What the pseudo parameters stand for, and what the account has told; `None` is not known.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Context {
    /// `AWS::AccountId`.
    pub account: Option<String>,
    /// `AWS::Region`.
    pub region: Option<String>,
    /// `AWS::Partition`; without it the region's.
    pub partition: Option<String>,
    /// `AWS::StackName`.
    pub stack_name: Option<String>,
    /// `AWS::StackId`, an ARN.
    pub stack_id: Option<String>,
    /// What the stacks of the account and region export, by name.
    pub exports: Option<BTreeMap<String, String>>,
    /// The availability zones of regions, as `Fn::GetAZs` lists them.
    pub zones: BTreeMap<String, Vec<String>>,
}

/// What a template asks of the account that was not told: whoever can look it up fills it into the [`Context`] and
/// reads again.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Asks {
    /// What other stacks export.
    pub exports: bool,
    /// The availability zones of regions, as `Fn::GetAZs` gives them.
    pub zones: BTreeSet<String>,
    /// All availability zones of regions that the account can use.
    pub available_zones: BTreeSet<String>,
    /// The outputs of the states of other stacks.
    pub states: bool,
}

impl Asks {
    /// Whether nothing was asked for.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Adds what another template asks.
    pub fn add(&mut self, other: Self) {
        self.exports |= other.exports;
        self.zones.extend(other.zones);
        self.available_zones.extend(other.available_zones);
        self.states |= other.states;
    }
}

/// Types that are no resource of a service, or that only the service can expand; a prefix and why.
const SKIPPED_TYPES: [(&str, &str); 5] = [
    ("AWS::Serverless::Application", "a nested application: what it makes stands in another template"),
    ("AWS::Serverless::", "not expanded here: what it becomes is known when deploying"),
    ("AWS::CloudFormation::CustomResource", "a custom resource: only its own code knows what it makes"),
    ("Custom::", "a custom resource: only its own code knows what it makes"),
    ("AWS::CDK::Metadata", "a note of the CDK, not a resource"),
];
const REVISION: &str = "an immutable revision: a change makes another one";
const NOT_AWS: &str = "not a type of AWS: a module or a third-party extension";

/// Reads the resources that a template declares. The address of a declaration is its logical id, after those of the
/// nested stacks that it is in: `Nested/LogicalId`.
///
/// Resources under a false condition are not declared; those under a condition that cannot be known are skipped with
/// a problem. A template that cannot be parsed is one problem and nothing else.
pub fn read(inputs: &Inputs<'_>) -> Read {
    read_stage(inputs, Stage::Original)
}

/// Reads a template as the service returns it: its transforms, should it still name them, are done.
pub fn read_processed(inputs: &Inputs<'_>) -> Read {
    read_stage(inputs, Stage::Processed)
}

fn read_stage(inputs: &Inputs<'_>, stage: Stage) -> Read {
    with_unit(inputs, stage, |unit| {
        let Nested { mut read, .. } = read_unit(unit, stage);
        read.asks = unit.whole.asks.take();
        read.references = unit.whole.references.take();
        read
    })
}

/// The stack's own template as a unit.
fn with_unit<T>(inputs: &Inputs<'_>, stage: Stage, run: impl FnOnce(&Unit<'_>) -> T) -> T {
    let given = inputs.parameters.iter();
    let given = given.map(|(name, text)| (name.clone(), Evaluated::from(Value::from(text.as_str())))).collect();
    let whole = Whole::new(stage);
    let chain = [Arc::clone(inputs.file)];
    run(&Unit {
        tree: inputs.tree,
        file: inputs.file,
        text: inputs.text,
        given: &given,
        resolved: inputs.resolved,
        bindings: inputs.bindings,
        context: inputs.context,
        fingerprints: inputs.fingerprints,
        prefix: "",
        chain: &chain,
        whole: &whole,
    })
}

/// Reads one template: the stack's own, or that of a nested one.
fn read_unit(unit: &Unit<'_>, stage: Stage) -> Nested {
    let template = match Template::load(unit, stage) {
        Ok(template) => template,
        Err(problem) => {
            let read = Read { problems: vec![problem], ..Read::default() };
            return Nested { read, outputs: BTreeMap::new() };
        }
    };
    let unsettled = template.unsettled.iter().map(|beginning| format!("{}*", unit.address(beginning))).collect();
    let read = Read { problems: template.problems.clone(), unsettled, ..Read::default() };
    let mut reader = Reader { unit, evaluator: Evaluator::new(unit, &template), skipped: BTreeMap::new(), read };
    reader.evaluator.check_conditions();
    for (id, resource) in &template.resources {
        reader.resource(id, resource);
    }
    let is_nested = !unit.prefix.is_empty();
    let outputs = if is_nested { reader.evaluator.outputs() } else { BTreeMap::new() };
    let Reader { evaluator, skipped, mut read, .. } = reader;
    read.problems.extend(evaluator.into_problems());
    let skipped = skipped.into_iter().map(|((resource_type, reason), count)| Skipped { resource_type, reason, count });
    read.skipped = skipped.collect();
    Nested { read, outputs }
}

struct Reader<'a> {
    unit: &'a Unit<'a>,
    evaluator: Evaluator<'a>,
    skipped: BTreeMap<(String, String), usize>,
    read: Read,
}

impl Reader<'_> {
    fn resource(&mut self, id: &str, resource: &Value) {
        self.evaluator.enter(id, resource);
        if id.starts_with("Fn::") {
            return self.unexpanded(id, resource);
        }
        let Some(resource_type) = resource.get("Type").and_then(Value::as_str) else {
            return self.evaluator.report(ProblemKind::Invalid, resource, "a resource without a `Type`");
        };
        let exists = match resource.get("Condition") {
            None => Truth::True,
            Some(name) => self.evaluator.named_condition(name),
        };
        match exists {
            Truth::True => {}
            Truth::False => return,
            Truth::Unknown(reason) => {
                let message = format!("whether it is declared cannot be known: {reason}");
                self.evaluator.report(ProblemKind::Unevaluated, resource, message);
                self.skip(resource_type, "its condition cannot be known", 1);
                self.read.unsettled.insert(self.unit.address(id));
                return;
            }
        }
        let revision = self.evaluator.template.revisions.contains(id).then_some(REVISION);
        if let Some(reason) = revision.or_else(|| skip_reason(resource_type)) {
            return self.skip(resource_type, reason, 1);
        }
        if resource_type == nested::STACK {
            return self.nested(id);
        }
        let address = self.unit.address(id);
        let declaration = Declaration {
            resource_type: ResourceType::from(resource_type),
            identifier: self.unit.bound(id).and_then(|bound| bound.identifier.clone()),
            attributes: self.evaluator.properties(resource),
            at: resource.at.clone().unwrap_or_else(|| Location::new(Arc::clone(self.unit.file), 1, 1)),
            account: None,
            region: None,
            ignored: left_to_others(resource),
            retention: Retention {
                on_deletion: self.policy(resource, "DeletionPolicy"),
                on_replacement: self.policy(resource, "UpdateReplacePolicy"),
            },
            address,
        };
        self.read.declarations.push(declaration);
    }

    /// A loop or macro among the resources.
    fn unexpanded(&mut self, id: &str, resource: &Value) {
        if id.starts_with(foreach::LOOP) {
            let ids = foreach::possible_ids(resource);
            self.read.unsettled.extend(ids.iter().map(|id| self.unit.address(id)));
            if !self.evaluator.template.is_expanded {
                let problem =
                    Problem::new(ProblemKind::Unevaluated, self.unit.address(id), format!("{id} is not expanded"));
                let remedy = format!("loops need `Transform: {}`", template::LANGUAGE_EXTENSIONS);
                self.evaluator.note(problem.remedy(remedy).at(resource.at.clone()));
            }
            return;
        }
        let message = "what it makes of the resources is known after the service has expanded the template";
        self.evaluator.report(ProblemKind::Unevaluated, resource, message);
    }

    /// The resources of a nested stack, or its name among what is not read.
    fn nested(&mut self, id: &str) {
        match self.evaluator.nested(id) {
            Ok(nested) => {
                let Read { declarations, problems, skipped, unsettled, .. } = nested.read.clone();
                self.read.declarations.extend(declarations);
                self.read.problems.extend(problems);
                self.read.unsettled.extend(unsettled);
                for Skipped { resource_type, reason, count } in skipped {
                    self.skip(&resource_type, &reason, count);
                }
            }
            Err(reason) => {
                let address = self.unit.address(id);
                self.skip(nested::STACK, &format!("nested stack {address} is not covered: {reason}"), 1);
                self.read.unsettled.insert(address);
            }
        }
    }

    /// What becomes of a resource, as its template says: the language extensions allow functions here.
    fn policy(&mut self, resource: &Value, name: &str) -> Option<String> {
        self.evaluator.settle(resource.get(name)?, Secrets::Hidden)?.value.as_scalar_text()
    }

    fn skip(&mut self, resource_type: &str, reason: &str, count: usize) {
        *self.skipped.entry((resource_type.to_owned(), reason.to_owned())).or_default() += count;
    }
}

/// What beside its properties says that something else sets some of them: the member of `UpdatePolicy`, and which.
///
/// CodeDeploy splits the traffic of an alias between two versions while it moves the alias from one to the other.
const MOVERS: [(&str, &str); 1] = [("CodeDeployLambdaAliasUpdate", "RoutingConfig")];

fn left_to_others(resource: &Value) -> Vec<String> {
    let moves = |(policy, _): &&(&str, &str)| resource.at_keys(["UpdatePolicy", policy]).is_some();
    MOVERS.iter().filter(moves).map(|(_, pattern)| (*pattern).to_owned()).collect()
}

fn skip_reason(resource_type: &str) -> Option<&'static str> {
    let listed = SKIPPED_TYPES.iter().find(|(prefix, _)| resource_type.starts_with(prefix)).map(|(_, reason)| *reason);
    listed.or((!resource_type.starts_with("AWS::") || resource_type.ends_with("::MODULE")).then_some(NOT_AWS))
}

const EXTENSIONS: [&str; 5] = ["yaml", "yml", "json", "template", "cfn"];

/// Whether a file is likely a CloudFormation template: from its name and a look at its text, without parsing it.
pub fn looks_like_template(file: &str, text: &str) -> bool {
    let has_extension = file.rsplit_once('.').is_some_and(|(_, extension)| EXTENSIONS.contains(&extension));
    if !has_extension {
        return false;
    }
    if text.trim_start_matches('\u{feff}').trim_start().starts_with('{') {
        return text.contains("\"Resources\"")
            && (text.contains("\"AWSTemplateFormatVersion\"") || text.contains("\"AWS::"));
    }
    let has_section =
        |name: &str| text.lines().any(|line| line.trim_start_matches(['\u{feff}', '"', '\'']).starts_with(name));
    has_section("AWSTemplateFormatVersion") || (has_section("Resources") && text.contains("AWS::"))
}

#[cfg(test)]
mod tests;
