//! Reading live AWS: typed, batched reads of what people change by hand, in CloudFormation's names and shapes.
//!
//! One file a service. A reader is given the names that are wanted of its types and asks with the fewest calls that
//! answer for all of them. What it could not read becomes a gap with a reason; a resource is missing only where a read
//! succeeded and did not show it. Knows no declaration, and never writes: every operation in here is a read.

use std::collections::{BTreeMap, BTreeSet};

use crate::live::{Collection, Wanted};
use crate::model::{Fingerprinter, Live, Problem, ProblemKind, ResourceType};

pub mod account;
mod application_autoscaling;
mod batches;
mod calls;
mod client;
pub mod cloudtrail;
mod cloudwatch;
mod ec2;
pub mod ecs;
mod failure;
mod iam;
mod lambda;
pub mod logs;
pub mod objects;
mod properties;
mod ssm;

pub use super::scope::AwsScope;
pub(crate) use batches::pages;
pub use calls::{ApiCall, ApiCalls, ApiOutcome};
pub use client::{Aws, connect, connect_with};
pub use failure::Failure;

/// The types that have a reader of their own.
pub const TYPES: [&str; 11] = [
    cloudwatch::ALARM,
    ec2::INSTANCE,
    ec2::SECURITY_GROUP,
    ecs::CLUSTER,
    ecs::SERVICE,
    ecs::TASK_DEFINITION,
    iam::MANAGED_POLICY,
    iam::ROLE,
    lambda::ALIAS,
    lambda::FUNCTION,
    ssm::PARAMETER,
];

/// The names that are wanted of one type, sorted and without repetition.
type Keys = Vec<String>;

/// What a reader brings back of one type.
#[derive(Debug, Default)]
struct Reading {
    found: Vec<Live>,
    gaps: Vec<Gap>,
}

/// Names that a failed call leaves unsaid. Without names: a call that only left properties unknown.
#[derive(Debug)]
struct Gap {
    keys: Keys,
    failure: Failure,
}

impl Reading {
    /// A reading in which nothing could be read.
    fn failed(keys: &[String], failure: Failure) -> Self {
        Self { found: Vec::new(), gaps: vec![Gap { keys: keys.to_vec(), failure }] }
    }

    /// Takes in the answer for a part of the keys.
    fn take(&mut self, keys: &[String], answer: Result<Self, Failure>) {
        match answer {
            Ok(part) => {
                self.found.extend(part.found);
                self.gaps.extend(part.gaps);
            }
            Err(failure) => self.gaps.push(Gap { keys: keys.to_vec(), failure }),
        }
    }

    /// Notes a call that failed and only left properties unknown.
    fn note(&mut self, failure: Failure) {
        self.gaps.push(Gap { keys: Keys::new(), failure });
    }
}

impl FromIterator<Live> for Reading {
    fn from_iter<T: IntoIterator<Item = Live>>(found: T) -> Self {
        Self { found: found.into_iter().collect(), gaps: Vec::new() }
    }
}

/// Reads everything wanted that has a reader here. Never fails as a whole: what could not be read is a problem of its
/// type, and credentials that do not work are one problem of the scope.
pub async fn read(aws: &Aws, wanted: &[Wanted], fingerprints: &Fingerprinter) -> Collection {
    let mut collection = Collection::default();
    if let Err(problem) = aws.account().await {
        collection.problems.push(problem);
        return collection;
    }
    collection.account = aws.known_account();
    let mut keys = keys_by_type(aws, wanted, &mut collection);
    let (answers, scaling) =
        tokio::join!(read_types(aws, &mut keys, fingerprints), application_autoscaling::read(aws, wanted));
    for (resource_type, keys, reading) in answers {
        file(aws, &mut collection, resource_type, &keys, reading);
    }
    collection.merge(scaling);
    for resource_type in keys.into_keys() {
        let scope = aws.scope_text(resource_type.as_str());
        collection.problems.push(Problem::new(ProblemKind::NotSupported, scope, "no reader for this type"));
    }
    once_per_scope(aws, &mut collection.problems);
    collection
}

/// The names by type. An ARN of another account or region is not looked for: from here it could only be missing.
fn keys_by_type(aws: &Aws, wanted: &[Wanted], collection: &mut Collection) -> BTreeMap<ResourceType, BTreeSet<String>> {
    let mut keys: BTreeMap<ResourceType, BTreeSet<String>> = BTreeMap::new();
    let mut elsewhere: BTreeMap<&ResourceType, usize> = BTreeMap::new();
    for each in wanted {
        if aws.is_elsewhere(&each.key) {
            *elsewhere.entry(&each.resource_type).or_default() += 1;
        } else {
            keys.entry(each.resource_type.clone()).or_default().insert(each.key.clone());
        }
    }
    for (resource_type, count) in elsewhere {
        let message = format!("ARNs of another account or region: {count}");
        let problem = Problem::new(ProblemKind::NotSupported, aws.scope_text(resource_type.as_str()), message);
        collection.problems.push(problem.remedy("read them through a scope of their own"));
    }
    keys
}

/// Reads all types at the same time, and takes out of `keys` those that have a reader.
async fn read_types(
    aws: &Aws,
    keys: &mut BTreeMap<ResourceType, BTreeSet<String>>,
    fingerprints: &Fingerprinter,
) -> Vec<Answer> {
    let mut take =
        |name: &'static str| -> Keys { keys.remove(&ResourceType::from(name)).into_iter().flatten().collect() };
    let ecs = ecs::Wanted {
        clusters: take(ecs::CLUSTER),
        services: take(ecs::SERVICE),
        task_definitions: take(ecs::TASK_DEFINITION),
    };
    let (mut answers, groups, instances, roles, policies, functions, aliases, alarms, parameters) = tokio::join!(
        ecs::read(aws, ecs),
        of(ec2::SECURITY_GROUP, take(ec2::SECURITY_GROUP), |keys| ec2::security_groups(aws, keys)),
        of(ec2::INSTANCE, take(ec2::INSTANCE), |keys| ec2::instances(aws, keys)),
        of(iam::ROLE, take(iam::ROLE), |keys| iam::roles(aws, keys)),
        of(iam::MANAGED_POLICY, take(iam::MANAGED_POLICY), |keys| iam::managed_policies(aws, keys)),
        of(lambda::FUNCTION, take(lambda::FUNCTION), |keys| lambda::functions(aws, keys, fingerprints)),
        of(lambda::ALIAS, take(lambda::ALIAS), |keys| lambda::aliases(aws, keys)),
        of(cloudwatch::ALARM, take(cloudwatch::ALARM), |keys| cloudwatch::alarms(aws, keys)),
        of(ssm::PARAMETER, take(ssm::PARAMETER), |keys| ssm::parameters(aws, keys)),
    );
    let rest = [groups, instances, roles, policies, functions, aliases, alarms, parameters];
    answers.extend(rest.into_iter().flatten());
    answers
}

/// A reading with its type and the keys it was asked for.
type Answer = (&'static str, Keys, Reading);

/// Reads one type, unless nothing of it is wanted.
async fn of<R>(resource_type: &'static str, keys: Keys, read: impl FnOnce(Keys) -> R) -> Option<Answer>
where
    R: Future<Output = Reading>,
{
    if keys.is_empty() {
        return None;
    }
    let reading = read(keys.clone()).await;
    Some((resource_type, keys, reading))
}

/// Puts a reading into the collection. Names in a gap stay unsaid.
fn file(aws: &Aws, collection: &mut Collection, name: &'static str, keys: &[String], reading: Reading) {
    let resource_type = ResourceType::from(name);
    let unsaid: BTreeSet<String> = reading.gaps.iter().flat_map(|gap| gap.keys.iter().cloned()).collect();
    for key in keys.iter().filter(|key| !unsaid.contains(*key)) {
        collection.mark_answered(Wanted { resource_type: resource_type.clone(), key: key.clone() });
    }
    for Gap { failure, .. } in reading.gaps {
        let problem = failure.into_problem(aws.scope_text(name));
        if !collection.problems.contains(&problem) {
            collection.problems.push(problem);
        }
    }
    // By identifier: what was asked for by two of its names was found twice.
    let mut found: BTreeMap<String, Live> = BTreeMap::new();
    for live in reading.found {
        let aliases = live.aliases.clone();
        found.entry(live.identifier.clone()).or_insert(live).aliases.extend(aliases);
    }
    for mut live in found.into_values() {
        live.aliases.sort();
        live.aliases.dedup();
        collection.add(live);
    }
}

/// Credentials that ran out in mid-scan are one problem, not one for each type.
fn once_per_scope(aws: &Aws, problems: &mut Vec<Problem>) {
    let (mut credentials, rest): (Vec<_>, Vec<_>) =
        problems.drain(..).partition(|problem| problem.kind == ProblemKind::Credentials);
    *problems = rest;
    if !credentials.is_empty() {
        let mut problem = credentials.swap_remove(0);
        problem.scope = aws.scope_text("");
        problems.insert(0, problem);
    }
}
