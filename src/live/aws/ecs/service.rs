//! Services: by cluster in batches, with what their current deployment says.

use std::collections::BTreeMap;

use aws_sdk_ecs::types::{
    Deployment as EcsDeployment, DeploymentConfiguration, DeploymentRolloutState, Failure as EcsFailure, LoadBalancer,
    NetworkConfiguration, SchedulingStrategy, Service, ServiceConnectConfiguration, ServiceConnectService,
    ServiceField, ServiceManagedEbsVolumeConfiguration, TaskSet,
};

use super::super::batches::{all, stopped};
use super::super::properties::{
    Properties, arn_resource, changed_at, computed, each, nested, object, scalar, text, texts, timestamp,
};
use super::super::{Aws, Failure, Gap, Keys};
use super::container::log_configuration;
use super::{Deployment, SERVICE, ServiceDeployments, last_part, strategy, tags};
use crate::model::{Evidence, Live, ProblemKind, Value};

const ACTION: &str = "ecs:DescribeServices";

/// DescribeServices takes at most 10 services, all of one cluster.
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
                let failure = Failure::new(ProblemKind::NotSupported, ACTION, message);
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
        match answer.unwrap_or_else(|| Err(stopped())) {
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

/// The ARN of the task definition that a service runs now. Services of CodeDeploy and of other controllers run what
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
    aliases.sort();
    aliases.dedup();
    Some(Live {
        resource_type: SERVICE.into(),
        aliases,
        attributes: properties(service),
        computed: computed([("Name", text(&service.service_name)), ("ServiceArn", text(&service.service_arn))]),
        evidence: evidence(service, &arn),
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

fn properties(service: &Service) -> Value {
    let daemon = service.scheduling_strategy == Some(SchedulingStrategy::Daemon);
    let current = primary(service);
    Properties::of(ACTION)
        .always("ServiceName", text(&service.service_name))
        .always("Cluster", text(&service.cluster_arn))
        .always("TaskDefinition", running_task_definition(service).map(Value::from))
        .always("AvailabilityZoneRebalancing", text(&service.availability_zone_rebalancing))
        .always("DeploymentConfiguration", nested(&service.deployment_configuration, deployment_configuration))
        .always("EnableECSManagedTags", Some(service.enable_ecs_managed_tags.into()))
        .always("EnableExecuteCommand", Some(service.enable_execute_command.into()))
        .always("LoadBalancers", each(&service.load_balancers, load_balancer))
        .always("SchedulingStrategy", text(&service.scheduling_strategy))
        .always("Tags", tags(&service.tags))
        // The instances of the cluster decide how many tasks a daemon has; it cannot be declared.
        .when_set("DesiredCount", (!daemon).then(|| service.desired_count.into()))
        .when_set("CapacityProviderStrategy", strategy(&service.capacity_provider_strategy))
        .when_set(
            "DeploymentController",
            nested(&service.deployment_controller, |controller| {
                object([("Type", Some(controller.r#type.as_str().into()))])
            }),
        )
        .when_set("HealthCheckGracePeriodSeconds", scalar(&service.health_check_grace_period_seconds))
        .when_set("LaunchType", text(&service.launch_type))
        .when_set("NetworkConfiguration", nested(&service.network_configuration, network))
        .when_set(
            "PlacementConstraints",
            each(&service.placement_constraints, |constraint| {
                object([("Expression", text(&constraint.expression)), ("Type", text(&constraint.r#type))])
            }),
        )
        .when_set(
            "PlacementStrategies",
            each(&service.placement_strategy, |strategy| {
                object([("Field", text(&strategy.field)), ("Type", text(&strategy.r#type))])
            }),
        )
        .when_set("PlatformVersion", text(&service.platform_version))
        .when_set("PropagateTags", text(&service.propagate_tags))
        .when_set("Role", text(&service.role_arn))
        .when_set(
            "ServiceRegistries",
            each(&service.service_registries, |registry| {
                object([
                    ("ContainerName", text(&registry.container_name)),
                    ("ContainerPort", scalar(&registry.container_port)),
                    ("Port", scalar(&registry.port)),
                    ("RegistryArn", text(&registry.registry_arn)),
                ])
            }),
        )
        // These three stand with the deployment, not with the service.
        .when_set(
            "ServiceConnectConfiguration",
            current.and_then(|current| nested(&current.service_connect_configuration, service_connect)),
        )
        .when_set(
            "VolumeConfigurations",
            current.and_then(|current| {
                each(&current.volume_configurations, |volume| {
                    object([
                        ("ManagedEBSVolume", nested(&volume.managed_ebs_volume, managed_volume)),
                        ("Name", Some(volume.name.as_str().into())),
                    ])
                })
            }),
        )
        .when_set(
            "VpcLatticeConfigurations",
            current.and_then(|current| {
                each(&current.vpc_lattice_configurations, |lattice| {
                    object([
                        ("PortName", Some(lattice.port_name.as_str().into())),
                        ("RoleArn", Some(lattice.role_arn.as_str().into())),
                        ("TargetGroupArn", Some(lattice.target_group_arn.as_str().into())),
                    ])
                })
            }),
        )
        .build()
}

fn network(network: &NetworkConfiguration) -> Value {
    object([(
        "AwsvpcConfiguration",
        nested(&network.awsvpc_configuration, |vpc| {
            object([
                ("AssignPublicIp", text(&vpc.assign_public_ip)),
                ("SecurityGroups", texts(&vpc.security_groups)),
                ("Subnets", Some(vpc.subnets.clone().into())),
            ])
        }),
    )])
}

fn load_balancer(balancer: &LoadBalancer) -> Value {
    object([
        (
            "AdvancedConfiguration",
            nested(&balancer.advanced_configuration, |advanced| {
                object([
                    ("AlternateTargetGroupArn", text(&advanced.alternate_target_group_arn)),
                    ("ProductionListenerRule", text(&advanced.production_listener_rule)),
                    ("RoleArn", text(&advanced.role_arn)),
                    ("TestListenerRule", text(&advanced.test_listener_rule)),
                ])
            }),
        ),
        ("ContainerName", text(&balancer.container_name)),
        ("ContainerPort", scalar(&balancer.container_port)),
        ("LoadBalancerName", text(&balancer.load_balancer_name)),
        ("TargetGroupArn", text(&balancer.target_group_arn)),
    ])
}

fn deployment_configuration(configuration: &DeploymentConfiguration) -> Value {
    object([
        (
            "Alarms",
            nested(&configuration.alarms, |alarms| {
                object([
                    ("AlarmNames", Some(alarms.alarm_names.clone().into())),
                    ("Enable", Some(alarms.enable.into())),
                    ("Rollback", Some(alarms.rollback.into())),
                ])
            }),
        ),
        ("BakeTimeInMinutes", scalar(&configuration.bake_time_in_minutes)),
        (
            "CanaryConfiguration",
            nested(&configuration.canary_configuration, |canary| {
                object([
                    ("CanaryBakeTimeInMinutes", scalar(&canary.canary_bake_time_in_minutes)),
                    ("CanaryPercent", scalar(&canary.canary_percent)),
                ])
            }),
        ),
        (
            "DeploymentCircuitBreaker",
            nested(&configuration.deployment_circuit_breaker, |breaker| {
                object([
                    ("Enable", Some(breaker.enable.into())),
                    ("ResetOnHealthyTask", scalar(&breaker.reset_on_healthy_task)),
                    ("Rollback", Some(breaker.rollback.into())),
                    (
                        "ThresholdConfiguration",
                        nested(&breaker.threshold_configuration, |threshold| {
                            object([
                                ("Type", Some(threshold.r#type.as_str().into())),
                                ("Value", Some(threshold.value.into())),
                            ])
                        }),
                    ),
                ])
            }),
        ),
        (
            "LifecycleHooks",
            each(&configuration.lifecycle_hooks, |hook| {
                object([
                    (
                        "HookDetails",
                        hook.hook_details.as_ref().map(|_| Value::unknown("free-form details are not read")),
                    ),
                    ("HookTargetArn", text(&hook.hook_target_arn)),
                    ("LifecycleStages", texts(&hook.lifecycle_stages)),
                    ("RoleArn", text(&hook.role_arn)),
                ])
            }),
        ),
        (
            "LinearConfiguration",
            nested(&configuration.linear_configuration, |linear| {
                object([
                    ("StepBakeTimeInMinutes", scalar(&linear.step_bake_time_in_minutes)),
                    ("StepPercent", scalar(&linear.step_percent)),
                ])
            }),
        ),
        ("MaximumPercent", scalar(&configuration.maximum_percent)),
        ("MinimumHealthyPercent", scalar(&configuration.minimum_healthy_percent)),
        ("Strategy", text(&configuration.strategy)),
    ])
}

fn service_connect(connect: &ServiceConnectConfiguration) -> Value {
    object([
        (
            "AccessLogConfiguration",
            nested(&connect.access_log_configuration, |access| {
                object([
                    ("Format", Some(access.format.as_str().into())),
                    ("IncludeQueryParameters", text(&access.include_query_parameters)),
                ])
            }),
        ),
        ("Enabled", Some(connect.enabled.into())),
        ("LogConfiguration", nested(&connect.log_configuration, log_configuration)),
        ("Namespace", text(&connect.namespace)),
        ("Services", each(&connect.services, connected_service)),
    ])
}

fn connected_service(service: &ServiceConnectService) -> Value {
    object([
        (
            "ClientAliases",
            each(&service.client_aliases, |alias| {
                let rules = alias.test_traffic_rules.as_ref();
                object([
                    ("DnsName", text(&alias.dns_name)),
                    ("Port", Some(alias.port.into())),
                    ("TestTrafficRules", rules.map(|_| Value::unknown("test traffic rules are not read"))),
                ])
            }),
        ),
        ("DiscoveryName", text(&service.discovery_name)),
        ("IngressPortOverride", scalar(&service.ingress_port_override)),
        ("PortName", Some(service.port_name.as_str().into())),
        (
            "Timeout",
            nested(&service.timeout, |timeout| {
                object([
                    ("IdleTimeoutSeconds", scalar(&timeout.idle_timeout_seconds)),
                    ("PerRequestTimeoutSeconds", scalar(&timeout.per_request_timeout_seconds)),
                ])
            }),
        ),
        (
            "Tls",
            nested(&service.tls, |tls| {
                let authority = nested(&tls.issuer_certificate_authority, |authority| {
                    object([("AwsPcaAuthorityArn", text(&authority.aws_pca_authority_arn))])
                });
                object([
                    ("IssuerCertificateAuthority", authority),
                    ("KmsKey", text(&tls.kms_key)),
                    ("RoleArn", text(&tls.role_arn)),
                ])
            }),
        ),
    ])
}

fn managed_volume(volume: &ServiceManagedEbsVolumeConfiguration) -> Value {
    object([
        ("Encrypted", scalar(&volume.encrypted)),
        ("FilesystemType", text(&volume.filesystem_type)),
        ("Iops", scalar(&volume.iops)),
        ("KmsKeyId", text(&volume.kms_key_id)),
        ("RoleArn", Some(volume.role_arn.as_str().into())),
        ("SizeInGiB", scalar(&volume.size_in_gib)),
        ("SnapshotId", text(&volume.snapshot_id)),
        (
            "TagSpecifications",
            each(&volume.tag_specifications, |specification| {
                object([
                    ("PropagateTags", text(&specification.propagate_tags)),
                    ("ResourceType", Some(specification.resource_type.as_str().into())),
                    ("Tags", tags(&specification.tags)),
                ])
            }),
        ),
        ("Throughput", scalar(&volume.throughput)),
        ("VolumeInitializationRate", scalar(&volume.volume_initialization_rate)),
        ("VolumeType", text(&volume.volume_type)),
    ])
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
