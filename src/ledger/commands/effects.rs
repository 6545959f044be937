//! What operations do: which attribute each parameter sets, and how. Tables, one file a service, and their interpreter.
//!
//! Knows the canonical model's names and no live state. A new operation is one row.

mod cloudwatch;
mod ec2;
mod ecs;
mod iam;
mod lambda;
mod rds;
mod shape;
mod ssm;

use super::aws_cli::Invocation;
use super::{Effect, Prediction, Subject, Target, TargetName};
use crate::model::{AttributePath, CommandLine, Kind, ResourceType, Step, Value};
use shape::Shape;

/// One operation of the AWS CLI.
struct Operation {
    /// The CLI's service command.
    service: &'static str,
    /// The CLI's operation.
    name: &'static str,
    /// The canonical type of what it changes.
    resource_type: &'static str,
    /// The parameters that say which resource, outermost first.
    select: &'static [Select],
    /// What it changes.
    changes: &'static [Change],
}

/// A parameter that selects the resource.
enum Select {
    /// Its name, id or ARN.
    Flag(&'static str),
    /// As `Flag`; when it is not given, the service takes this name.
    OrDefault(&'static str, &'static str),
    /// Either of two parameters.
    Either(&'static str, &'static str),
    /// Several names, each a resource of its own. Stands alone in its row.
    Each(&'static str),
}

/// What an operation does to an attribute.
enum Change {
    /// The parameter becomes the whole value.
    Set(&'static str, &'static str, Shape),
    /// The members that are given become the value; the others stay.
    Merge(&'static str, &'static str, Shape),
    /// As `Set`, but only in the next maintenance window unless the last flag is given.
    Later(&'static str, &'static str, Shape, &'static str),
    /// The parameter becomes one more member of a set.
    Add(&'static str, &'static str),
    /// The parameter is no member of a set any more.
    Remove(&'static str, &'static str),
    /// The switch changes no attribute; it makes the service act.
    Trigger,
    /// A value that the operation itself stands for.
    Becomes(&'static str, bool),
    /// The attribute is not there any more.
    Clears(&'static str),
    /// The resource is not there any more.
    Gone,
    /// The attribute (`""`: all of them) gets a value that the command does not show.
    Unread(&'static str),
    /// What a row cannot say.
    Computed(fn(&Invocation) -> Vec<(AttributePath, Prediction)>),
}

/// Every table. The order does not matter: an operation stands in one row.
const TABLES: [&[Operation]; 7] = [
    cloudwatch::OPERATIONS,
    ec2::OPERATIONS,
    ecs::OPERATIONS,
    iam::OPERATIONS,
    lambda::OPERATIONS,
    rds::OPERATIONS,
    ssm::OPERATIONS,
];

/// What an invocation is about and what it changes; `None` for an operation that stands in no table.
pub(super) fn of(invocation: &Invocation, command: &CommandLine) -> Option<(Vec<Subject>, Vec<Effect>)> {
    let mut rows = TABLES.iter().flat_map(|table| table.iter());
    let row = rows.find(|row| row.service == invocation.service && row.name == invocation.operation)?;
    let changes: Vec<_> = row.changes.iter().flat_map(|change| predictions(change, invocation)).collect();
    let subjects = targets(row.select, invocation).into_iter().map(|target| Subject {
        resource_type: ResourceType::from(row.resource_type),
        target,
        region: invocation.region.clone(),
    });
    let subjects: Vec<Subject> = subjects.collect();
    let effects = subjects.iter().flat_map(|subject| {
        changes.iter().map(|(path, prediction)| Effect {
            resource_type: subject.resource_type.clone(),
            target: subject.target.clone(),
            region: subject.region.clone(),
            path: path.clone(),
            prediction: prediction.clone(),
            operation: invocation.name(),
            command: command.clone(),
        })
    });
    let effects = effects.collect();
    Some((subjects, effects))
}

fn targets(select: &[Select], invocation: &Invocation) -> Vec<Target> {
    if let [Select::Each(flag)] = select {
        let names = texts(invocation, flag);
        return names.into_iter().map(|name| Target(vec![name])).collect();
    }
    let one = |select: &Select| match select {
        Select::Flag(flag) | Select::Each(flag) => name(invocation, flag),
        Select::OrDefault(flag, default) => {
            let known = invocation.parameters.contains_key(*flag) || invocation.has_unread_input;
            if known { name(invocation, flag) } else { TargetName::Is((*default).to_owned()) }
        }
        Select::Either(flag, other) => {
            name(invocation, if invocation.parameters.contains_key(*flag) { flag } else { other })
        }
    };
    vec![Target(select.iter().map(one).collect())]
}

fn name(invocation: &Invocation, flag: &str) -> TargetName {
    let value = invocation.parameters.get(flag).and_then(super::aws_cli::Argument::scalar);
    value.and_then(|value| value.as_scalar_text()).map_or(TargetName::Any, TargetName::Is)
}

fn texts(invocation: &Invocation, flag: &str) -> Vec<TargetName> {
    let Some(argument) = invocation.parameters.get(flag) else { return vec![TargetName::Any] };
    let items = Shape::Texts.read(argument);
    let items = items.as_list().unwrap_or_default();
    items.iter().map(|item| item.as_scalar_text().map_or(TargetName::Any, TargetName::Is)).collect()
}

fn predictions(change: &Change, invocation: &Invocation) -> Vec<(AttributePath, Prediction)> {
    let read = |flag: &str, shape: &Shape| invocation.parameters.get(flag).map(|argument| shape.read(argument));
    let text = |flag| read(flag, &Shape::Text);
    match change {
        Change::Set(flag, at, shape) => {
            read(flag, shape).into_iter().map(|value| (path(at), Prediction::of(value))).collect()
        }
        Change::Merge(flag, at, shape) => read(flag, shape).map(|value| leaves(&path(at), value)).unwrap_or_default(),
        Change::Later(flag, at, shape, now) => {
            let value = read(flag, shape);
            let prediction = if invocation.is_on(now) { Prediction::of } else { Prediction::Eventually };
            value.into_iter().map(|value| (path(at), prediction(value))).collect()
        }
        Change::Add(flag, at) => text(flag).into_iter().map(|value| (path(at), Prediction::Contains(value))).collect(),
        Change::Remove(flag, at) => text(flag).into_iter().map(|value| (path(at), Prediction::Lacks(value))).collect(),
        Change::Trigger => Vec::new(),
        Change::Becomes(at, value) => vec![(path(at), Prediction::Is(Value::from(*value)))],
        Change::Clears(at) => vec![(path(at), Prediction::Is(Value::new(Kind::Null)))],
        Change::Gone => vec![(AttributePath::root(), Prediction::Is(Value::new(Kind::Null)))],
        Change::Unread(at) => vec![(path(at), Prediction::Unspecified)],
        Change::Computed(compute) => compute(invocation),
    }
}

/// A dotted path of plain member names; `""` is the resource itself.
fn path(dotted: &str) -> AttributePath {
    AttributePath::keys(dotted.split('.').filter(|key| !key.is_empty()))
}

/// The members of an object, each with its own prediction, down to scalars and lists.
fn leaves(at: &AttributePath, value: Value) -> Vec<(AttributePath, Prediction)> {
    let mut leaves = Vec::new();
    let mut open = vec![(at.clone(), value)];
    while let Some((at, value)) = open.pop() {
        match value.kind {
            Kind::Object(members) => {
                open.extend(members.into_iter().map(|(key, value)| (at.then(Step::Key(key)), value)));
            }
            kind => leaves.push((at, Prediction::of(Value::new(kind)))),
        }
    }
    leaves.sort_by(|(one, _), (other, _)| one.cmp(other));
    leaves
}

#[cfg(test)]
mod tests;
