//! What operations do: which attribute each parameter sets, and how. Tables, one file a service or a few, and their
//! interpreter.
//!
//! Knows the canonical model's names and no live state. A new operation is one row. A test holds the paths of all rows
//! against CloudFormation's published schemas.

mod autoscaling;
mod change;
mod cloudwatch;
mod containers;
mod databases;
mod delivery;
mod ec2;
mod ecs;
mod iam;
mod lambda;
mod load_balancing;
mod messaging;
mod route53;
mod s3;
mod security;
mod ssm;
mod tags;

use std::collections::BTreeMap;

use super::aws_cli::Invocation;
use super::{Effect, Prediction, Subject, Target, TargetName};
use crate::model::{AttributePath, CommandLine, Kind, ResourceType, Value};
use change::Change;

/// One operation of the AWS CLI.
struct Row {
    /// The CLI's service and operation: `ecs update-service`.
    command: &'static str,
    /// The canonical type of what it changes.
    resource_type: &'static str,
    /// The parameters that say which resource, outermost first.
    select: &'static [Select],
    /// What it changes.
    changes: &'static [Change],
}

const fn row(
    command: &'static str,
    resource_type: &'static str,
    select: &'static [Select],
    changes: &'static [Change],
) -> Row {
    Row { command, resource_type, select, changes }
}

/// A parameter that selects the resource.
enum Select {
    /// Its name, id or ARN.
    Is(&'static str),
    /// As `Is`; when it is not given, the service takes this name.
    OrDefault(&'static str, &'static str),
    /// Either of two parameters.
    Either(&'static str, &'static str),
    /// Several names, each a resource of its own. Stands alone in its row.
    Each(&'static str),
}

/// A change of one attribute.
pub(super) type Outcome = (AttributePath, Prediction);

/// The parameters of an invocation, by the names that CloudFormation gives them.
struct Parameters<'a> {
    members: BTreeMap<String, Value>,
    invocation: &'a Invocation,
}

impl Parameters<'_> {
    /// The parameter, or the part of one, at a dotted path. A part that a given structure does not have is `null`; a
    /// part of what is unknown is unknown.
    fn get(&self, dotted: &str) -> Option<Value> {
        let mut keys = dotted.split('.');
        let mut here = self.members.get(keys.next()?)?;
        for key in keys {
            if here.is_unknown() {
                break;
            }
            match here.get(key) {
                Some(part) => here = part,
                None => return Some(Value::new(Kind::Null)),
            }
        }
        Some(here.clone())
    }

    fn text(&self, name: &str) -> Option<String> {
        self.get(name)?.as_scalar_text()
    }

    /// Whether a switch is given and not given as `--no-…`.
    fn is_on(&self, name: &str) -> bool {
        self.get(name).is_some_and(|value| value.kind == Kind::Bool(true))
    }

    /// The items of a list; `None` if they are not known.
    fn items(&self, name: &str) -> Option<Vec<Value>> {
        self.get(name)?.as_list().map(<[Value]>::to_vec)
    }
}

/// Every table. The order does not matter: an operation stands in one row.
const TABLES: [&[Row]; 15] = [
    autoscaling::ROWS,
    cloudwatch::ROWS,
    containers::ROWS,
    databases::ROWS,
    delivery::ROWS,
    ec2::ROWS,
    ecs::ROWS,
    iam::ROWS,
    lambda::ROWS,
    load_balancing::ROWS,
    messaging::ROWS,
    route53::ROWS,
    s3::ROWS,
    security::ROWS,
    ssm::ROWS,
];

/// Operations that change nothing a declaration describes: they make a service act, or touch data and not settings.
const TRIGGERS: [&str; 32] = [
    "acm resend-validation-email",
    "autoscaling resume-processes",
    "autoscaling start-instance-refresh",
    "autoscaling suspend-processes",
    "cloudfront create-invalidation",
    "cloudwatch put-metric-data",
    "cloudwatch set-alarm-state",
    "deploy create-deployment",
    "deploy stop-deployment",
    "dynamodb put-item",
    "dynamodb update-item",
    "ec2 create-image",
    "ec2 create-snapshot",
    "ec2 reboot-instances",
    "ecs execute-command",
    "ecs run-task",
    "ecs stop-task",
    "elasticache reboot-cache-cluster",
    "events put-events",
    "kinesis put-record",
    "lambda invoke",
    "lambda publish-version",
    "rds create-db-cluster-snapshot",
    "rds create-db-snapshot",
    "rds failover-db-cluster",
    "rds reboot-db-instance",
    "s3api put-object",
    "secretsmanager rotate-secret",
    "sns publish",
    "sqs purge-queue",
    "sqs send-message",
    "stepfunctions start-execution",
];

/// What an invocation is about and what it changes; `None` for an operation that stands in no table.
pub(super) fn of(invocation: &Invocation, command: &CommandLine) -> Option<(Vec<Subject>, Vec<Effect>)> {
    let parameters = Parameters { members: invocation.canonical_parameters(), invocation };
    let name = format!("{} {}", invocation.service, invocation.operation);
    if TRIGGERS.contains(&name.as_str()) {
        return Some((Vec::new(), Vec::new()));
    }
    let found = outcomes(&name, &parameters)?;
    let mut subjects = Vec::new();
    let mut effects = Vec::new();
    for (resource_type, target, mut outcomes) in found {
        let subject = Subject { resource_type, target, region: invocation.region.clone() };
        if invocation.has_unread_input {
            outcomes.push((AttributePath::root(), Prediction::Unspecified));
        }
        effects.extend(outcomes.into_iter().map(|(path, prediction)| Effect {
            resource_type: subject.resource_type.clone(),
            target: subject.target.clone(),
            region: subject.region.clone(),
            path,
            prediction,
            operation: invocation.name(),
            command: command.clone(),
        }));
        subjects.push(subject);
    }
    Some((subjects, effects))
}

/// What becomes of each resource.
fn outcomes(command: &str, parameters: &Parameters<'_>) -> Option<Vec<(ResourceType, Target, Vec<Outcome>)>> {
    if let Some(found) = tags::of(command, parameters) {
        return Some(found);
    }
    if command == route53::CHANGE_RECORDS {
        return Some(route53::records(parameters));
    }
    let row = TABLES.iter().flat_map(|table| table.iter()).find(|row| row.command == command)?;
    let resource_type = ResourceType::from(row.resource_type);
    let outcomes: Vec<Outcome> = row.changes.iter().flat_map(|change| change.outcomes(parameters)).collect();
    let targets = targets(row.select, parameters);
    Some(targets.into_iter().map(|target| (resource_type.clone(), target, outcomes.clone())).collect())
}

fn targets(select: &[Select], parameters: &Parameters<'_>) -> Vec<Target> {
    if let [Select::Each(name)] = select {
        let names = parameters.items(name).map(|items| items.iter().map(name_of).collect());
        let names: Vec<TargetName> = names.unwrap_or_else(|| vec![TargetName::Any]);
        return names.into_iter().map(|name| Target(vec![name])).collect();
    }
    let one = |select: &Select| match select {
        Select::Is(name) | Select::Each(name) => target_name(parameters, name),
        Select::OrDefault(name, default) => {
            let is_open = parameters.members.contains_key(*name) || parameters.invocation.has_unread_input;
            if is_open { target_name(parameters, name) } else { TargetName::Is((*default).to_owned()) }
        }
        Select::Either(name, other) => {
            target_name(parameters, if parameters.members.contains_key(*name) { name } else { other })
        }
    };
    vec![Target(select.iter().map(one).collect())]
}

fn target_name(parameters: &Parameters<'_>, name: &str) -> TargetName {
    parameters.get(name).map_or(TargetName::Any, |value| name_of(&value))
}

fn name_of(value: &Value) -> TargetName {
    value.as_scalar_text().map_or(TargetName::Any, TargetName::Is)
}

/// A dotted path of plain member names; `""` is the resource itself.
fn path(dotted: &str) -> AttributePath {
    AttributePath::keys(dotted.split('.').filter(|key| !key.is_empty()))
}

fn null() -> Value {
    Value::new(Kind::Null)
}

#[cfg(test)]
mod tests;
