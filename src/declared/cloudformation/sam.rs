//! The serverless transform: `AWS::Serverless` resources as the CloudFormation resources that the service makes of
//! them, logical ids included.
//!
//! A pure pass over a template whose functions are not evaluated yet; what it makes is evaluated like everything that
//! the user wrote, and stands where the resource, event or global stands that caused it. The rules are those of the
//! published transform (`aws-sam-translator` 1.115), and the cases under `tests/fixtures/sam` compare with it.
//!
//! What only packaging knows (the place of code in the repository, and logical ids that are hashes of it) is unknown.

mod api;
mod connector;
mod definition;
mod deployment;
mod domain;
mod events;
mod function;
mod globals;
mod http_api;
mod implicit;
mod names;
mod parameters;
mod policies;
mod resource;
mod rewrite;
mod small;
mod state_machine;
mod tree;

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use super::evaluate::Unit;
use super::template::Template;
use crate::model::{Problem, ProblemKind, Value};

use deployment::Preference;
use names::Names;
use parameters::Parameters;
use resource::Resource;
use tree::{Expand, Fault, place, tree};

/// The name of the transform.
pub(super) const TRANSFORM: &str = "AWS::Serverless-2016-10-31";

/// The types that are expanded, in the order in which the transform does it: those whose events write the definition
/// of an API come before it, and connectors need everything else.
const ORDER: [&str; 7] = [
    "AWS::Serverless::Function",
    "AWS::Serverless::StateMachine",
    "AWS::Serverless::Api",
    "AWS::Serverless::HttpApi",
    "AWS::Serverless::SimpleTable",
    "AWS::Serverless::LayerVersion",
    "AWS::Serverless::Connector",
];
/// How the logical ids begin of what functions share: it may be made for one that a loop or macro makes, which is not
/// expanded here.
const SHARED: [&str; 2] = ["CodeDeployServiceRole", "Serverless"];
/// Resources that the service takes in a template ("CloudFormation quotas"). A short loop makes more, and each function
/// costs the more the others there are.
const MAX_RESOURCES: usize = 500;
/// Conditions that `Fn::Or` takes.
const OPERANDS: usize = 10;

/// What the expansion knows besides the template.
pub(super) struct Environment<'a> {
    names: Names<'a>,
    partition: Option<String>,
}

impl Environment<'_> {
    /// The partition, for a text that `Fn::Sub` fills.
    fn partition_text(&self) -> String {
        self.partition.clone().unwrap_or_else(|| "${AWS::Partition}".to_owned())
    }

    /// An ARN of the account and region, for `Fn::Sub`.
    fn arn(&self, service: &str, resource: &str) -> String {
        format!("arn:{}:{service}:${{AWS::Region}}:${{AWS::AccountId}}:{resource}", self.partition_text())
    }

    /// An ARN of the region, for `Fn::Sub`.
    fn arn_without_account(&self, service: &str, resource: &str) -> String {
        format!("arn:{}:{service}:${{AWS::Region}}:{resource}", self.partition_text())
    }

    /// An ARN of the partition: a text, or one that `Fn::Sub` fills if the partition is not known.
    fn arn_of_partition(&self, rest: &str) -> Value {
        let arn = format!("arn:{}:{rest}", self.partition_text());
        if self.partition.is_some() { arn.into() } else { tree!({ "Fn::Sub": (arn) }) }
    }
}

/// A template while it is expanded.
pub(super) struct Expansion<'a> {
    environment: Environment<'a>,
    globals: Option<&'a Value>,
    mappings: &'a BTreeMap<String, Value>,
    conditions: BTreeMap<String, Value>,
    resources: BTreeMap<String, Value>,
    outputs: BTreeMap<String, Value>,
    original_types: BTreeMap<String, String>,
    /// APIs whose definition is made here.
    managed: BTreeSet<String>,
    preferences: Vec<Preference>,
    usage_plan: api::Shared,
    /// Record sets by the logical id of their group, which APIs share.
    record_groups: BTreeMap<String, Resource>,
    /// The tags that buckets have of the functions they notify.
    bucket_tags: BTreeMap<String, Value>,
    /// Logical ids that change, and what to.
    renamed: BTreeMap<String, String>,
    /// What `Function.Version` and the like stand for.
    named: BTreeMap<(String, String), String>,
    /// Immutable revisions.
    revisions: BTreeSet<String>,
    failed: BTreeSet<String>,
    problems: Vec<Problem>,
}

/// Expands the serverless resources of a template in place. Loops and macros among the resources stay as they are.
pub(super) fn expand(unit: &Unit<'_>, template: &mut Template) {
    if let Some(problem) = check_size(unit, template) {
        template.problems.push(problem);
        return;
    }
    let region = unit.context.region.as_deref();
    let partition = super::functions::partition(unit.context);
    let parameters = Parameters::new(&template.parameters, unit.given)
        .pseudo("AWS::Region", region)
        .pseudo("AWS::Partition", partition.as_deref());
    let globals = template.globals.take();
    let (unexpanded, mut resources): (BTreeMap<_, _>, BTreeMap<_, _>) =
        std::mem::take(&mut template.resources).into_iter().partition(|(id, _)| id.starts_with("Fn::"));
    let mut outputs = std::mem::take(&mut template.outputs);
    resources.values_mut().chain(outputs.values_mut()).for_each(rewrite::normalize);
    let type_of = |(id, resource): (&String, &Value)| Some((id.clone(), kind_of(resource)?.to_owned()));
    let mut expansion = Expansion {
        original_types: resources.iter().filter_map(type_of).collect(),
        environment: Environment { names: Names { parameters: &parameters, unit }, partition },
        globals: globals.as_ref(),
        mappings: &template.mappings,
        conditions: std::mem::take(&mut template.conditions),
        resources,
        outputs,
        managed: BTreeSet::new(),
        preferences: Vec::new(),
        usage_plan: api::Shared::default(),
        record_groups: BTreeMap::new(),
        bucket_tags: BTreeMap::new(),
        renamed: BTreeMap::new(),
        named: BTreeMap::new(),
        revisions: BTreeSet::new(),
        failed: BTreeSet::new(),
        problems: Vec::new(),
    };
    expansion.run();
    let Expansion { conditions, resources, outputs, revisions, failed, problems, .. } = expansion;
    template.conditions = conditions;
    template.resources = resources;
    template.outputs = outputs;
    template.revisions = revisions;
    template.problems.extend(problems);
    template.unsettled = failed;
    if !unexpanded.is_empty() {
        template.unsettled.extend(SHARED.map(str::to_owned));
        template.resources.extend(unexpanded);
    }
}

/// A problem if there are more serverless resources than the service takes; all that they would make is left open.
fn check_size(unit: &Unit<'_>, template: &mut Template) -> Option<Problem> {
    let is_serverless = |(_, resource): &(&String, &Value)| kind_of(resource).is_some_and(|kind| ORDER.contains(&kind));
    let mut beyond = template.resources.iter().filter(is_serverless).skip(MAX_RESOURCES);
    let at = beyond.next()?.1.at.clone();
    template.unsettled = template.resources.iter().filter(is_serverless).map(|(id, _)| id.clone()).collect();
    template.unsettled.extend(SHARED.map(str::to_owned));
    let message = format!("more than {MAX_RESOURCES} serverless resources: the service takes no such template");
    let problem = Problem::new(ProblemKind::Invalid, &**unit.file, message).at(at);
    Some(problem.remedy("split the template into stacks"))
}

impl Expansion<'_> {
    fn run(&mut self) {
        implicit::prepare(self);
        if let Some(globals) = self.globals {
            globals::check(globals, &mut self.problems);
            self.resources.values_mut().for_each(|resource| globals::merge(globals, resource));
        }
        implicit::set_versions(self);
        connector::take_embedded(self);
        for kind in ORDER {
            for id in self.ids_of(&[kind]) {
                if !self.failed.contains(&id) {
                    self.expand(&id, kind);
                }
            }
        }
        for resource in deployment::expand(self) {
            self.resources.insert(resource.id.clone(), resource.into_node());
        }
        for (bucket, mut tags) in std::mem::take(&mut self.bucket_tags) {
            if let Some(node) = self.resources.get_mut(&bucket) {
                place(&mut tags, node.at.as_ref());
                tree::members(tree::member(node, "Properties")).insert("Tags".to_owned(), tags);
            }
        }
        rewrite::rename(&mut self.resources, &mut self.outputs, &self.renamed, &self.named);
    }

    fn expand(&mut self, id: &str, kind: &str) {
        let Some(node) = self.resources.get(id).cloned() else { return };
        let made = match kind {
            _ if !names::is_alphanumeric(id) => tree::fault(&node, "logical ids are letters and digits"),
            "AWS::Serverless::Function" => function::expand(self, id, &node),
            "AWS::Serverless::StateMachine" => state_machine::expand(self, id, &node),
            "AWS::Serverless::Api" => api::expand(self, id, &node),
            "AWS::Serverless::HttpApi" => http_api::expand(self, id, &node),
            "AWS::Serverless::SimpleTable" => small::table(id, &node),
            "AWS::Serverless::Connector" => connector::expand(self, id, &node),
            _ => small::layer(self, id, &node),
        };
        match made.and_then(|made| self.take_in(id, kind, &node, made)) {
            Ok(()) => {}
            Err(fault) => self.fail(id, fault),
        }
    }

    /// Puts what was made in the place of a resource.
    fn take_in(&mut self, id: &str, kind: &str, node: &Value, made: Vec<Resource>) -> Expand<()> {
        let is_taken = |resource: &&Resource| {
            let taken = self.resources.get(&resource.id).and_then(kind_of);
            resource.id != id && taken.is_some_and(|taken| taken != resource.kind)
        };
        if let Some(twice) = made.iter().find(is_taken) {
            return tree::fault(node, format!("it makes a resource {}, which is another one already", twice.id));
        }
        for resource in &made {
            if let Some((_, word, _)) = REFERABLE.iter().find(|(of, _, made)| *of == kind && *made == resource.kind) {
                self.named.insert((id.to_owned(), (*word).to_owned()), resource.id.clone());
            }
        }
        self.resources.remove(id);
        self.resources.extend(made.into_iter().map(|resource| (resource.id.clone(), resource.into_node())));
        Ok(())
    }

    /// The logical ids of the resources of some types, in the order they are written.
    fn ids_of(&self, kinds: &[&str]) -> Vec<String> {
        let mut found: Vec<(&String, &Value)> = self
            .resources
            .iter()
            .filter(|(_, resource)| kind_of(resource).is_some_and(|kind| kinds.contains(&kind)))
            .collect();
        found.sort_by_key(|(id, resource)| (resource.at.as_ref().map(|at| (at.line, at.column)), (*id).clone()));
        found.into_iter().map(|(id, _)| id.clone()).collect()
    }

    /// Notes that a resource cannot be expanded.
    fn fail(&mut self, id: &str, fault: Fault) {
        self.report(id, fault);
        self.failed.insert(id.to_owned());
    }

    fn report(&mut self, id: &str, fault: Fault) {
        let at = fault.at.or_else(|| self.resources.get(id).and_then(|resource| resource.at.clone()));
        let address = self.environment.names.unit.address(id);
        self.problems.push(Problem::new(ProblemKind::Invalid, address, fault.message).at(at));
    }

    /// Adds a condition to the template.
    fn add_condition(&mut self, name: String, mut condition: Value, cause: &Value) {
        place(&mut condition, cause.at.as_ref());
        self.conditions.insert(name, condition);
    }

    fn drop_condition(&mut self, name: &str) {
        self.conditions.remove(name);
    }

    /// Adds a condition that holds if any of these does. More than `Fn::Or` takes become several, numbered.
    fn any_of(&mut self, name: &str, conditions: &[&Value], cause: &Value) {
        let mut waiting: Vec<Value> = conditions.iter().map(|condition| (*condition).clone()).collect();
        let mut left = waiting.len().saturating_sub(2) / (OPERANDS - 1);
        while waiting.len() > 1 {
            let rest = waiting.split_off(waiting.len().min(OPERANDS));
            let number = if left > 0 { left.to_string() } else { String::new() };
            left = left.saturating_sub(1);
            let operands = waiting.iter().map(|condition| tree!({ "Condition": (condition.clone()) }));
            let any = tree!({ "Fn::Or": (Value::list(operands)) });
            self.add_condition(format!("{name}{number}"), any, cause);
            waiting = rest;
            waiting.push(format!("{name}{number}").into());
            if waiting.len() == 1 {
                return;
            }
        }
    }
}

/// What can be named after the logical id of a serverless resource: its type, the word, and the type of what is meant.
const REFERABLE: [(&str, &str, &str); 13] = [
    ("AWS::Serverless::Function", "Alias", "AWS::Lambda::Alias"),
    ("AWS::Serverless::Function", "Version", "AWS::Lambda::Version"),
    ("AWS::Serverless::Function", "DestinationTopic", "AWS::SNS::Topic"),
    ("AWS::Serverless::Function", "DestinationQueue", "AWS::SQS::Queue"),
    ("AWS::Serverless::Api", "Stage", "AWS::ApiGateway::Stage"),
    ("AWS::Serverless::Api", "Deployment", "AWS::ApiGateway::Deployment"),
    ("AWS::Serverless::Api", "DomainName", "AWS::ApiGateway::DomainName"),
    ("AWS::Serverless::Api", "DomainNameV2", "AWS::ApiGateway::DomainNameV2"),
    ("AWS::Serverless::Api", "UsagePlan", "AWS::ApiGateway::UsagePlan"),
    ("AWS::Serverless::Api", "UsagePlanKey", "AWS::ApiGateway::UsagePlanKey"),
    ("AWS::Serverless::Api", "ApiKey", "AWS::ApiGateway::ApiKey"),
    ("AWS::Serverless::HttpApi", "Stage", "AWS::ApiGatewayV2::Stage"),
    ("AWS::Serverless::HttpApi", "DomainName", "AWS::ApiGatewayV2::DomainName"),
];

/// The type of a resource.
fn kind_of(resource: &Value) -> Option<&str> {
    resource.get("Type").and_then(Value::as_str)
}
