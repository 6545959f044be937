//! A service's properties in CloudFormation's shape (template reference, `AWS::ECS::Service`).

use aws_sdk_ecs::types::{
    Deployment, DeploymentCircuitBreaker, DeploymentConfiguration, DeploymentLifecycleHook, LoadBalancer,
    NetworkConfiguration, PlacementConstraint, PlacementStrategy, SchedulingStrategy, Service,
    ServiceConnectConfiguration, ServiceConnectService, ServiceManagedEbsVolumeConfiguration, ServiceRegistry,
    ServiceVolumeConfiguration, VpcLatticeConfiguration,
};

use super::super::super::properties::{Properties, each, nested, object, opaque, scalar, text, texts};
use super::super::container::log_configuration;
use super::super::{strategy, tags};
use super::{ACTION, primary, running_task_definition};
use crate::model::Value;

pub(super) fn properties(service: &Service) -> Value {
    let daemon = service.scheduling_strategy == Some(SchedulingStrategy::Daemon);
    let properties = Properties::of(ACTION)
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
        .when_set("PlacementConstraints", each(&service.placement_constraints, placement_constraint))
        .when_set("PlacementStrategies", each(&service.placement_strategy, placement_strategy))
        .when_set("PlatformVersion", text(&service.platform_version))
        .when_set("PropagateTags", text(&service.propagate_tags))
        .when_set("Role", text(&service.role_arn))
        .when_set("ServiceRegistries", each(&service.service_registries, registry))
        .not_read(&["ForceNewDeployment", "GatewayConnectors", "Monitoring"], "not returned by ecs:DescribeServices");
    match primary(service) {
        Some(current) => of_deployment(properties, current),
        None => properties.not_read(&OF_DEPLOYMENT, "the service has no deployment of its own"),
    }
    .build()
}

/// What stands with the current deployment and not with the service. Services of other controllers than ECS
/// have none.
const OF_DEPLOYMENT: [&str; 3] = ["ServiceConnectConfiguration", "VolumeConfigurations", "VpcLatticeConfigurations"];

fn of_deployment(properties: Properties, current: &Deployment) -> Properties {
    properties
        .when_set("ServiceConnectConfiguration", nested(&current.service_connect_configuration, service_connect))
        .when_set("VolumeConfigurations", each(&current.volume_configurations, volume))
        .when_set("VpcLatticeConfigurations", each(&current.vpc_lattice_configurations, lattice))
}

fn placement_constraint(constraint: &PlacementConstraint) -> Value {
    object([("Expression", text(&constraint.expression)), ("Type", text(&constraint.r#type))])
}

fn placement_strategy(strategy: &PlacementStrategy) -> Value {
    object([("Field", text(&strategy.field)), ("Type", text(&strategy.r#type))])
}

fn registry(registry: &ServiceRegistry) -> Value {
    object([
        ("ContainerName", text(&registry.container_name)),
        ("ContainerPort", scalar(&registry.container_port)),
        ("Port", scalar(&registry.port)),
        ("RegistryArn", text(&registry.registry_arn)),
    ])
}

fn volume(volume: &ServiceVolumeConfiguration) -> Value {
    object([
        ("ManagedEBSVolume", nested(&volume.managed_ebs_volume, managed_volume)),
        ("Name", Some(volume.name.as_str().into())),
    ])
}

fn lattice(lattice: &VpcLatticeConfiguration) -> Value {
    object([
        ("AdvancedConfiguration", opaque(&lattice.advanced_configuration)),
        ("PortName", Some(lattice.port_name.as_str().into())),
        ("RoleArn", Some(lattice.role_arn.as_str().into())),
        ("TargetGroupArn", Some(lattice.target_group_arn.as_str().into())),
    ])
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
    let alarms = nested(&configuration.alarms, |alarms| {
        object([
            ("AlarmNames", Some(alarms.alarm_names.clone().into())),
            ("Enable", Some(alarms.enable.into())),
            ("Rollback", Some(alarms.rollback.into())),
        ])
    });
    let canary = nested(&configuration.canary_configuration, |canary| {
        object([
            ("CanaryBakeTimeInMinutes", scalar(&canary.canary_bake_time_in_minutes)),
            ("CanaryPercent", scalar(&canary.canary_percent)),
        ])
    });
    let early_success = nested(&configuration.early_success_criteria, |criteria| {
        object([
            ("Enable", Some(criteria.enable.into())),
            ("HealthyPercent", scalar(&criteria.healthy_percent)),
            ("SourceServiceRevisionCleanup", text(&criteria.source_service_revision_cleanup)),
        ])
    });
    let linear = nested(&configuration.linear_configuration, |linear| {
        object([
            ("StepBakeTimeInMinutes", scalar(&linear.step_bake_time_in_minutes)),
            ("StepPercent", scalar(&linear.step_percent)),
        ])
    });
    object([
        ("Alarms", alarms),
        ("BakeTimeInMinutes", scalar(&configuration.bake_time_in_minutes)),
        ("CanaryConfiguration", canary),
        ("DeploymentCircuitBreaker", nested(&configuration.deployment_circuit_breaker, circuit_breaker)),
        ("EarlySuccessCriteria", early_success),
        ("LifecycleHooks", each(&configuration.lifecycle_hooks, lifecycle_hook)),
        ("LinearConfiguration", linear),
        ("MaximumPercent", scalar(&configuration.maximum_percent)),
        ("MinimumHealthyPercent", scalar(&configuration.minimum_healthy_percent)),
        ("Strategy", text(&configuration.strategy)),
    ])
}

fn circuit_breaker(breaker: &DeploymentCircuitBreaker) -> Value {
    let threshold = nested(&breaker.threshold_configuration, |threshold| {
        object([("Type", Some(threshold.r#type.as_str().into())), ("Value", Some(threshold.value.into()))])
    });
    object([
        ("Enable", Some(breaker.enable.into())),
        ("ResetOnHealthyTask", scalar(&breaker.reset_on_healthy_task)),
        ("Rollback", Some(breaker.rollback.into())),
        ("ThresholdConfiguration", threshold),
    ])
}

fn lifecycle_hook(hook: &DeploymentLifecycleHook) -> Value {
    object([
        ("HookDetails", opaque(&hook.hook_details)),
        ("HookTargetArn", text(&hook.hook_target_arn)),
        ("LifecycleStages", texts(&hook.lifecycle_stages)),
        ("RoleArn", text(&hook.role_arn)),
        ("TargetType", text(&hook.target_type)),
        (
            "TimeoutConfiguration",
            nested(&hook.timeout_configuration, |timeout| {
                object([("Action", text(&timeout.action)), ("TimeoutInMinutes", scalar(&timeout.timeout_in_minutes))])
            }),
        ),
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
        ("ContainerConfigurations", opaque(&connect.container_configurations)),
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
                object([
                    ("DnsName", text(&alias.dns_name)),
                    ("Port", Some(alias.port.into())),
                    ("TestTrafficRules", opaque(&alias.test_traffic_rules)),
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
