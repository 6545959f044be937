//! `AWS::ECS::Cluster`, `AWS::ECS::Service` and `AWS::ECS::TaskDefinition`.
//!
//! The three are read together: which revision of a task definition is the live one depends on the services.

use aws_sdk_ecs::types::{
    CapacityProviderStrategyItem, Cluster, ClusterConfiguration, ClusterField, ExecuteCommandLogConfiguration, Tag,
};
use jiff::Timestamp;

use super::batches::batches;
use super::properties::{Properties, arn_resource, computed, each, nested, object, tag, text, texts};
use super::{Answer, Aws, Failure, Keys, Reading, of};
use crate::model::{Live, Problem, Value};

mod container;
mod service;
mod task_definition;

pub(super) const CLUSTER: &str = "AWS::ECS::Cluster";
pub(super) const SERVICE: &str = "AWS::ECS::Service";
pub(super) const TASK_DEFINITION: &str = "AWS::ECS::TaskDefinition";

/// The names that are wanted of ECS, by type.
pub(super) struct Wanted {
    pub(super) clusters: Keys,
    pub(super) services: Keys,
    pub(super) task_definitions: Keys,
}

/// Reads clusters, services, and the task definitions that the services run.
pub(super) async fn read(aws: &Aws, wanted: Wanted) -> Vec<Answer> {
    let Wanted { clusters, services, task_definitions } = wanted;
    let (clusters, described) =
        tokio::join!(of(CLUSTER, clusters, |keys| read_clusters(aws, keys)), service::describe(aws, &services),);
    let running = task_definition::Running {
        revisions: described.services.iter().filter_map(service::running_task_definition).collect(),
        unread: described.gaps.first().map(|gap| gap.failure.clone()),
    };
    let definitions = of(TASK_DEFINITION, task_definitions, |keys| task_definition::read(aws, keys, &running)).await;
    let found = described.services.iter().filter_map(|service| service::live(service, &services)).collect();
    let reading = Reading { found, gaps: described.gaps };
    let services = (!services.is_empty()).then_some((SERVICE, services, reading));
    [clusters, services, definitions].into_iter().flatten().collect()
}

/// The deployments of one service, newest first as ECS lists them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServiceDeployments {
    /// The service's ARN.
    pub service: String,
    /// The ARN of its cluster.
    pub cluster: String,
    /// What it has of deployments: the current one, those that it replaces, those that failed of late.
    pub deployments: Vec<Deployment>,
}

/// One deployment of a service, as ECS describes it. Status texts are the service's own (ECS API reference,
/// `Deployment`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Deployment {
    /// Its id: `ecs-svc/…`.
    pub id: String,
    /// The ARN of the task definition that it rolls out.
    pub task_definition: String,
    /// `PRIMARY`, `ACTIVE` or `INACTIVE`.
    pub status: String,
    /// `COMPLETED`, `FAILED` or `IN_PROGRESS`; absent for other deployment controllers than ECS.
    pub rollout_state: Option<String>,
    /// Why the rollout is in that state, in the service's words.
    pub rollout_state_reason: Option<String>,
    /// When it began.
    pub created_at: Option<Timestamp>,
    /// When its state last changed.
    pub updated_at: Option<Timestamp>,
}

/// The deployments of services by ARN or `cluster/service`, and what could not be read. A service that is not there
/// has none.
pub async fn deployments(aws: &Aws, services: &[String]) -> (Vec<ServiceDeployments>, Vec<Problem>) {
    let described = service::describe(aws, services).await;
    let mut found: Vec<_> = described.services.iter().filter_map(service::deployments).collect();
    found.sort_by(|a, b| a.service.cmp(&b.service));
    let scope = aws.scope_text(SERVICE);
    let problems = described.gaps.into_iter().map(|gap| gap.failure.into_problem(scope.clone())).collect();
    (found, problems)
}

/// `DescribeClusters` takes at most 100 clusters.
const CLUSTERS_PER_CALL: usize = 100;

async fn read_clusters(aws: &Aws, keys: Keys) -> Reading {
    batches(aws, keys, CLUSTERS_PER_CALL, |aws, keys| async move { some_clusters(&aws, keys).await }).await
}

async fn some_clusters(aws: &Aws, keys: Keys) -> Result<Reading, Failure> {
    const ACTION: &str = "ecs:DescribeClusters";
    let mut call = aws.ecs.describe_clusters().set_clusters(Some(keys));
    for field in [ClusterField::Configurations, ClusterField::Settings, ClusterField::Tags] {
        call = call.include(field);
    }
    let answer = aws.call(ACTION, call.send()).await?;
    service::only_missing(ACTION, answer.failures.as_deref().unwrap_or_default())?;
    Ok(answer.clusters.iter().flatten().filter_map(|cluster| cluster_of(ACTION, cluster)).collect())
}

/// `None` for a cluster that was deleted; ECS keeps showing it as INACTIVE for a while.
fn cluster_of(action: &'static str, cluster: &Cluster) -> Option<Live> {
    let name = cluster.cluster_name.clone()?;
    let status = cluster.status.as_deref().unwrap_or_default();
    if status == "INACTIVE" {
        return None;
    }
    let moving = matches!(status, "PROVISIONING" | "DEPROVISIONING");
    let settings =
        each(&cluster.settings, |setting| object([("Name", text(&setting.name)), ("Value", text(&setting.value))]));
    let attributes = Properties::of(action)
        .always("ClusterName", Some(name.as_str().into()))
        .always("CapacityProviders", texts(&cluster.capacity_providers))
        .always("DefaultCapacityProviderStrategy", strategy(&cluster.default_capacity_provider_strategy))
        .always("ClusterSettings", settings)
        .always("Tags", tags(&cluster.tags))
        .when_set("Configuration", nested(&cluster.configuration, configuration))
        .when_set(
            "ServiceConnectDefaults",
            nested(&cluster.service_connect_defaults, |defaults| object([("Namespace", text(&defaults.namespace))])),
        )
        .build();
    Some(Live {
        resource_type: CLUSTER.into(),
        aliases: cluster.cluster_arn.iter().cloned().collect(),
        attributes,
        computed: computed([("Arn", text(&cluster.cluster_arn))]),
        evidence: Vec::new(),
        owners: Vec::new(),
        in_flight: moving.then(|| format!("the cluster is {status}")),
        identifier: name,
    })
}

fn configuration(configuration: &ClusterConfiguration) -> Value {
    object([
        (
            "ExecuteCommandConfiguration",
            nested(&configuration.execute_command_configuration, |execute| {
                object([
                    ("KmsKeyId", text(&execute.kms_key_id)),
                    ("LogConfiguration", nested(&execute.log_configuration, execute_command_log)),
                    ("Logging", text(&execute.logging)),
                ])
            }),
        ),
        (
            "ManagedStorageConfiguration",
            nested(&configuration.managed_storage_configuration, |storage| {
                object([
                    ("FargateEphemeralStorageKmsKeyId", text(&storage.fargate_ephemeral_storage_kms_key_id)),
                    ("KmsKeyId", text(&storage.kms_key_id)),
                ])
            }),
        ),
    ])
}

fn execute_command_log(log: &ExecuteCommandLogConfiguration) -> Value {
    object([
        ("CloudWatchEncryptionEnabled", Some(log.cloud_watch_encryption_enabled.into())),
        ("CloudWatchLogGroupName", text(&log.cloud_watch_log_group_name)),
        ("S3BucketName", text(&log.s3_bucket_name)),
        ("S3EncryptionEnabled", Some(log.s3_encryption_enabled.into())),
        ("S3KeyPrefix", text(&log.s3_key_prefix)),
    ])
}

/// A capacity provider strategy, of a cluster or a service.
fn strategy(items: &Option<Vec<CapacityProviderStrategyItem>>) -> Option<Value> {
    each(items, |item| {
        object([
            ("Base", Some(item.base.into())),
            ("CapacityProvider", Some(item.capacity_provider.as_str().into())),
            ("Weight", Some(item.weight.into())),
        ])
    })
}

fn tags(tags: &Option<Vec<Tag>>) -> Option<Value> {
    each(tags, |each| tag(&each.key, &each.value))
}

/// The last part of an ARN such as `…:cluster/NAME`, or the text itself.
fn last_part(name: &str) -> &str {
    arn_resource(name).and_then(|resource| resource.rsplit('/').next()).unwrap_or(name)
}
