//! Services: by cluster in batches, with what their current deployment says.

use std::collections::BTreeMap;

use aws_sdk_ecs::types::{
    Deployment as EcsDeployment, DeploymentRolloutState, Failure as EcsFailure, Service, ServiceField, TaskSet,
};

use super::super::batches::all;
use super::super::properties::{arn_resource, changed_at, computed, text, timestamp};
use super::super::{Aws, Failure, Gap, Keys};
use super::{Deployment, SERVICE, ServiceDeployments, last_part};
use crate::model::{Evidence, Live, ProblemKind};

mod properties;

const ACTION: &str = "ecs:DescribeServices";

/// `DescribeServices` takes at most 10 services, all of one cluster.
const SERVICES_PER_CALL: usize = 10;

/// Services as ECS describes them, and the keys that could not be read.
#[derive(Default)]
pub(super) struct Described {
    pub(super) services: Vec<Service>,
    pub(super) gaps: Vec<Gap>,
}

/// Describes services by ARN, by `cluster/service`, or by name in the cluster `default`.
pub(super) async fn describe(aws: &Aws, keys: &[String]) -> Described {
    let mut described = Described::default();
    let mut by_cluster: BTreeMap<&str, Vec<(&str, &String)>> = BTreeMap::new();
    for key in keys {
        match cluster_and_name(key) {
            Some((cluster, name)) => by_cluster.entry(cluster).or_default().push((name, key)),
            None => {
                let message = "an ARN in the old format does not tell the cluster; use cluster/service";
                let failure = Failure::new(ProblemKind::Unevaluated, ACTION, message);
                described.gaps.push(Gap { keys: vec![key.clone()], failure });
            }
        }
    }
    let batches: Vec<(String, &[(&str, &String)])> = by_cluster
        .iter()
        .flat_map(|(cluster, names)| names.chunks(SERVICES_PER_CALL).map(|batch| ((*cluster).to_owned(), batch)))
        .collect();
    let calls = batches.iter().map(|(cluster, batch)| {
        let names = batch.iter().map(|(name, _)| (*name).to_owned()).collect();
        some(aws.clone(), cluster.clone(), names)
    });
    for (answer, (_, batch)) in all(calls).await.into_iter().zip(&batches) {
        match answer {
            Ok(services) => described.services.extend(services),
            Err(failure) => {
                let keys = batch.iter().map(|(_, key)| (*key).clone()).collect();
                described.gaps.push(Gap { keys, failure });
            }
        }
    }
    described
}

async fn some(aws: Aws, cluster: String, names: Keys) -> Result<Vec<Service>, Failure> {
    let call = aws.ecs.describe_services().cluster(cluster).set_services(Some(names)).include(ServiceField::Tags);
    let answer = match aws.call(ACTION, call.send()).await {
        // Without the cluster there are no services in it.
        Err(failure) if failure.is_code(&["ClusterNotFoundException"]) => return Ok(Vec::new()),
        answer => answer?,
    };
    only_missing(ACTION, answer.failures.as_deref().unwrap_or_default())?;
    Ok(answer.services.unwrap_or_default().into_iter().filter(|service| !is_gone(service)).collect())
}

/// A deleted service stays listed as INACTIVE for a while.
fn is_gone(service: &Service) -> bool {
    service.status.as_deref() == Some("INACTIVE")
}

/// Items of a batch fail on their own. `MISSING` is an answer; any other reason means that the item was not read.
pub(super) fn only_missing(action: &'static str, failures: &[EcsFailure]) -> Result<(), Failure> {
    let other = failures.iter().filter_map(|failure| failure.reason.as_deref()).find(|reason| *reason != "MISSING");
    match other {
        None => Ok(()),
        Some(reason) => Err(Failure::new(ProblemKind::Service, action, format!("an item failed: {reason}"))),
    }
}

/// Cluster and name of a key. `None` for an ARN of the format before 2018, which names no cluster.
fn cluster_and_name(key: &str) -> Option<(&str, &str)> {
    match arn_resource(key) {
        Some(resource) => resource.strip_prefix("service/")?.split_once('/'),
        None => Some(key.split_once('/').unwrap_or(("default", key))),
    }
}

/// The ARN of the task definition that a service runs now. Services of `CodeDeploy` and of other controllers run what
/// their primary task set says.
pub(super) fn running_task_definition(service: &Service) -> Option<String> {
    let primary = service.task_sets.iter().flatten().find(|set| is_primary(&set.status));
    primary.and_then(|set| set.task_definition.clone()).or_else(|| service.task_definition.clone())
}

fn is_primary(status: &Option<String>) -> bool {
    status.as_deref() == Some("PRIMARY")
}

fn primary(service: &Service) -> Option<&EcsDeployment> {
    service.deployments.iter().flatten().find(|deployment| is_primary(&deployment.status))
}

pub(super) fn deployments(service: &Service) -> Option<ServiceDeployments> {
    let deployments = service.deployments.iter().flatten().map(|deployment| Deployment {
        id: deployment.id.clone().unwrap_or_default(),
        task_definition: deployment.task_definition.clone().unwrap_or_default(),
        status: deployment.status.clone().unwrap_or_default(),
        rollout_state: deployment.rollout_state.as_ref().map(|state| state.as_str().to_owned()),
        rollout_state_reason: deployment.rollout_state_reason.clone(),
        created_at: deployment.created_at.as_ref().and_then(timestamp),
        updated_at: deployment.updated_at.as_ref().and_then(timestamp),
    });
    Some(ServiceDeployments {
        service: service.service_arn.clone()?,
        cluster: service.cluster_arn.clone().unwrap_or_default(),
        deployments: deployments.collect(),
    })
}

/// A service under its ARN and the keys that name it.
pub(super) fn live(service: &Service, keys: &[String]) -> Option<Live> {
    let arn = service.service_arn.clone()?;
    let name = service.service_name.as_deref()?;
    let cluster = service.cluster_arn.as_deref().map(last_part).unwrap_or_default();
    let mut aliases: Keys = keys.iter().filter(|key| cluster_and_name(key) == Some((cluster, name))).cloned().collect();
    aliases.push(format!("{cluster}/{name}"));
    aliases.retain(|alias| *alias != arn);
    Some(Live {
        resource_type: SERVICE.into(),
        aliases,
        attributes: properties::properties(service),
        computed: computed([("Name", text(&service.service_name)), ("ServiceArn", text(&service.service_arn))]),
        evidence: evidence(service, &arn),
        owners: Vec::new(),
        in_flight: in_flight(service),
        identifier: arn,
    })
}

/// When the current deployment began and when it last moved: most changes of a service begin a deployment, a changed
/// count only touches it.
fn evidence(service: &Service, arn: &str) -> Vec<Evidence> {
    let Some(deployment) = primary(service) else { return Vec::new() };
    let mut times: Vec<_> =
        [&deployment.created_at, &deployment.updated_at].into_iter().flatten().filter_map(timestamp).collect();
    times.dedup();
    times.into_iter().filter_map(|at| changed_at(SERVICE, arn, Some(at))).collect()
}

fn in_flight(service: &Service) -> Option<String> {
    let rolling = service
        .deployments
        .iter()
        .flatten()
        .any(|deployment| deployment.rollout_state == Some(DeploymentRolloutState::InProgress));
    let task_sets: &[TaskSet] = service.task_sets.as_deref().unwrap_or_default();
    if rolling || task_sets.len() > 1 {
        return Some("a deployment is in progress".to_owned());
    }
    (service.status.as_deref() == Some("DRAINING")).then(|| "the service is being deleted".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_names_cluster_and_service() {
        let check = |key: &str, expected| assert_eq!(cluster_and_name(key), expected, "{key}");
        check("arn:aws:ecs:eu-west-1:111111111111:service/prod/orders", Some(("prod", "orders")));
        check("prod/orders", Some(("prod", "orders")));
        check("orders", Some(("default", "orders")));
        check("arn:aws:ecs:eu-west-1:111111111111:service/orders", None);
    }

    #[test]
    fn a_failed_item_is_not_read_unless_it_is_missing() {
        let failure = |reason: &str| EcsFailure::builder().reason(reason).build();
        assert!(only_missing(ACTION, &[failure("MISSING")]).is_ok());
        assert!(only_missing(ACTION, &[failure("MISSING"), failure("ACCESS_DENIED")]).is_err());
    }
}
