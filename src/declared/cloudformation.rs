//! CloudFormation templates, evaluated as far as they can be without the service.
//!
//! Pure: text in, declarations out. Knows nothing of live state; what a deployment has told about other resources
//! comes in as [`Bindings`]. What only the service knows (imports, zones, dynamic references, macros) is unknown and
//! stays so, and so does everything that depends on it.

mod condition;
mod evaluate;
mod functions;
mod parameters;
mod sam;
mod sub;
mod template;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::Read;
use crate::model::{Bindings, Declaration, Fingerprinter, Location, ProblemKind, ResourceType, Skipped, Value};

use condition::Truth;
use evaluate::Evaluator;
use template::{Stage, Template};

pub use parameters::parameter_file;

/// What a template is evaluated with. Not `Debug`: parameters can be secrets.
#[derive(Clone, Copy)]
pub struct Inputs<'a> {
    /// The template's path in the repository.
    pub file: &'a Arc<str>,
    /// The template.
    pub text: &'a str,
    /// The values given to its parameters; the others have their defaults.
    pub parameters: &'a BTreeMap<String, String>,
    /// What is known of its resources, by logical id: for `Ref` and `Fn::GetAtt`.
    pub bindings: &'a Bindings,
    /// What its pseudo parameters stand for.
    pub context: &'a Context,
    /// Hides the values of `NoEcho` parameters.
    pub fingerprints: &'a Fingerprinter,
}

/// What the pseudo parameters stand for; `None` is not known.
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
}

/// Types that are no resource of a service, or that only the service can expand; a prefix and why.
const SKIPPED_TYPES: [(&str, &str); 5] = [
    ("AWS::Serverless::Application", "a nested application: what it makes stands in another template"),
    ("AWS::Serverless::", "the serverless transform expands it when deploying"),
    ("AWS::CloudFormation::CustomResource", "a custom resource: only its own code knows what it makes"),
    ("Custom::", "a custom resource: only its own code knows what it makes"),
    ("AWS::CDK::Metadata", "a note of the CDK, not a resource"),
];
const REVISION: &str = "an immutable revision: a change makes another one";
const NOT_AWS: &str = "not a type of AWS: a module or a third-party extension";

/// Reads the resources that a template declares. The address of a declaration is its logical id.
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
    let mut template = match Template::load(inputs.file, inputs.text, stage) {
        Ok(template) => template,
        Err(problem) => return Read { problems: vec![problem], ..Read::default() },
    };
    if template.is_serverless {
        sam::expand(&mut template, inputs);
    }
    let (skipped, unsettled) = (BTreeMap::new(), template.unsettled.clone());
    let mut reader = Reader { inputs, evaluator: Evaluator::new(inputs, &template), skipped, unsettled };
    reader.evaluator.check_conditions();
    let declarations = template.resources.iter().filter_map(|(id, resource)| reader.resource(id, resource)).collect();
    let Reader { evaluator, skipped, unsettled, .. } = reader;
    let mut problems = template.problems.clone();
    problems.extend(evaluator.into_problems());
    let skipped = skipped
        .into_iter()
        .map(|((resource_type, reason), count)| Skipped { resource_type, reason: reason.to_owned(), count })
        .collect();
    Read { declarations, problems, skipped, unsettled, ..Read::default() }
}

struct Reader<'a> {
    inputs: &'a Inputs<'a>,
    evaluator: Evaluator<'a>,
    skipped: BTreeMap<(String, &'static str), usize>,
    /// Logical ids under a condition that cannot be known.
    unsettled: BTreeSet<String>,
}

impl Reader<'_> {
    fn resource(&mut self, id: &str, resource: &Value) -> Option<Declaration> {
        self.evaluator.enter(id);
        if id.starts_with("Fn::") {
            let message = "what it makes of the resources is known after the service has expanded the template";
            self.evaluator.report(ProblemKind::Unevaluated, resource, message);
            return None;
        }
        let Some(resource_type) = resource.get("Type").and_then(Value::as_str) else {
            self.evaluator.report(ProblemKind::Invalid, resource, "a resource without a `Type`");
            return None;
        };
        let exists = match resource.get("Condition") {
            None => Truth::True,
            Some(name) => self.evaluator.named_condition(name),
        };
        match exists {
            Truth::True => {}
            Truth::False => return None,
            Truth::Unknown(reason) => {
                let message = format!("whether it is declared cannot be known: {reason}");
                self.evaluator.report(ProblemKind::Unevaluated, resource, message);
                self.skip(resource_type, "its condition cannot be known");
                self.unsettled.insert(id.to_owned());
                return None;
            }
        }
        let revision = self.evaluator.template.revisions.contains(id).then_some(REVISION);
        if let Some(reason) = revision.or_else(|| skip_reason(resource_type)) {
            self.skip(resource_type, reason);
            return None;
        }
        Some(Declaration {
            address: id.to_owned(),
            resource_type: ResourceType::from(resource_type),
            identifier: self.inputs.bindings.get(id).and_then(|bound| bound.identifier.clone()),
            attributes: self.evaluator.properties(resource),
            at: resource.at.clone().unwrap_or_else(|| Location::new(Arc::clone(self.inputs.file), 1, 1)),
            account: None,
            region: None,
            ignored: left_to_others(resource),
        })
    }

    fn skip(&mut self, resource_type: &str, reason: &'static str) {
        *self.skipped.entry((resource_type.to_owned(), reason)).or_default() += 1;
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
