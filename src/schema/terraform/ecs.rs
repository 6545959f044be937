//! Amazon ECS. Properties: the CloudFormation reference of `AWS::ECS::*`; attributes: the provider's schema (5.100).

use super::rule::{
    Mapping, Produce, Rule, Tags, block, blocks, choice, containers, flag, map, number, number_unless, pairs, tag_list,
    text, texts,
};

/// The tables.
pub(super) const MAPPINGS: &[Mapping] = &[
    Mapping {
        terraform: "aws_ecs_cluster",
        canonical: "AWS::ECS::Cluster",
        identifier: &["name"],
        tags: Tags::List,
        rules: CLUSTER,
        produce: Produce::Resource,
    },
    Mapping {
        terraform: "aws_ecs_service",
        canonical: "AWS::ECS::Service",
        // Up to version 5 of the provider the ARN is the id only.
        identifier: &["arn", "id"],
        tags: Tags::List,
        rules: SERVICE,
        produce: Produce::Resource,
    },
    Mapping {
        terraform: "aws_ecs_task_definition",
        canonical: "AWS::ECS::TaskDefinition",
        identifier: &["arn"],
        tags: Tags::List,
        rules: TASK_DEFINITION,
        produce: Produce::Resource,
    },
];

const CAPACITY_PROVIDER_STRATEGY: &[Rule] =
    &[number("base", "Base"), text("capacity_provider", "CapacityProvider"), number("weight", "Weight")];

const CLUSTER: &[Rule] = &[
    text("name", "ClusterName"),
    blocks("setting", "ClusterSettings", &[text("name", "Name"), text("value", "Value")]),
    block(
        "configuration",
        "Configuration",
        &[
            block(
                "execute_command_configuration",
                "ExecuteCommandConfiguration",
                &[
                    text("kms_key_id", "KmsKeyId"),
                    text("logging", "Logging"),
                    block(
                        "log_configuration",
                        "LogConfiguration",
                        &[
                            flag("cloud_watch_encryption_enabled", "CloudWatchEncryptionEnabled"),
                            text("cloud_watch_log_group_name", "CloudWatchLogGroupName"),
                            text("s3_bucket_name", "S3BucketName"),
                            flag("s3_bucket_encryption_enabled", "S3EncryptionEnabled"),
                            text("s3_key_prefix", "S3KeyPrefix"),
                        ],
                    ),
                ],
            ),
            block(
                "managed_storage_configuration",
                "ManagedStorageConfiguration",
                &[
                    text("fargate_ephemeral_storage_kms_key_id", "FargateEphemeralStorageKmsKeyId"),
                    text("kms_key_id", "KmsKeyId"),
                ],
            ),
        ],
    ),
    block("service_connect_defaults", "ServiceConnectDefaults", &[text("namespace", "Namespace")]),
    // Up to version 4 of the provider.
    texts("capacity_providers", "CapacityProviders"),
    blocks("default_capacity_provider_strategy", "DefaultCapacityProviderStrategy", CAPACITY_PROVIDER_STRATEGY),
];

const SERVICE: &[Rule] = &[
    text("name", "ServiceName"),
    text("cluster", "Cluster"),
    text("task_definition", "TaskDefinition"),
    number("desired_count", "DesiredCount"),
    text("launch_type", "LaunchType"),
    text("platform_version", "PlatformVersion"),
    text("scheduling_strategy", "SchedulingStrategy"),
    text("propagate_tags", "PropagateTags"),
    text("availability_zone_rebalancing", "AvailabilityZoneRebalancing"),
    text("iam_role", "Role"),
    flag("enable_ecs_managed_tags", "EnableECSManagedTags"),
    flag("enable_execute_command", "EnableExecuteCommand"),
    number("health_check_grace_period_seconds", "HealthCheckGracePeriodSeconds"),
    number("deployment_maximum_percent", "DeploymentConfiguration.MaximumPercent"),
    number("deployment_minimum_healthy_percent", "DeploymentConfiguration.MinimumHealthyPercent"),
    block(
        "deployment_circuit_breaker",
        "DeploymentConfiguration.DeploymentCircuitBreaker",
        &[flag("enable", "Enable"), flag("rollback", "Rollback")],
    ),
    block(
        "alarms",
        "DeploymentConfiguration.Alarms",
        &[texts("alarm_names", "AlarmNames"), flag("enable", "Enable"), flag("rollback", "Rollback")],
    ),
    block("deployment_configuration", "DeploymentConfiguration", DEPLOYMENT),
    block("deployment_controller", "DeploymentController", &[text("type", "Type")]),
    block(
        "network_configuration",
        "NetworkConfiguration.AwsvpcConfiguration",
        &[
            choice("assign_public_ip", "AssignPublicIp", &[("true", "ENABLED"), ("false", "DISABLED")]),
            texts("security_groups", "SecurityGroups"),
            texts("subnets", "Subnets"),
        ],
    ),
    blocks("load_balancer", "LoadBalancers", LOAD_BALANCER),
    blocks("capacity_provider_strategy", "CapacityProviderStrategy", CAPACITY_PROVIDER_STRATEGY),
    blocks("placement_constraints", "PlacementConstraints", PLACEMENT_CONSTRAINT),
    blocks("ordered_placement_strategy", "PlacementStrategies", &[text("field", "Field"), text("type", "Type")]),
    blocks(
        "service_registries",
        "ServiceRegistries",
        &[
            text("container_name", "ContainerName"),
            number_unless(0, "container_port", "ContainerPort"),
            number_unless(0, "port", "Port"),
            text("registry_arn", "RegistryArn"),
        ],
    ),
    block("service_connect_configuration", "ServiceConnectConfiguration", SERVICE_CONNECT),
    blocks(
        "volume_configuration",
        "VolumeConfigurations",
        &[text("name", "Name"), block("managed_ebs_volume", "ManagedEBSVolume", MANAGED_VOLUME)],
    ),
    blocks(
        "vpc_lattice_configurations",
        "VpcLatticeConfigurations",
        &[text("port_name", "PortName"), text("role_arn", "RoleArn"), text("target_group_arn", "TargetGroupArn")],
    ),
    Rule::TerraformOnly(&[
        "force_delete",
        "force_new_deployment",
        "sigint_rollback",
        "triggers",
        "wait_for_steady_state",
    ]),
];

const DEPLOYMENT: &[Rule] = &[
    text("strategy", "Strategy"),
    number("bake_time_in_minutes", "BakeTimeInMinutes"),
    blocks(
        "lifecycle_hook",
        "LifecycleHooks",
        &[
            text("hook_target_arn", "HookTargetArn"),
            text("role_arn", "RoleArn"),
            texts("lifecycle_stages", "LifecycleStages"),
            text("hook_details", "HookDetails"),
        ],
    ),
    block(
        "linear_configuration",
        "LinearConfiguration",
        &[number("step_bake_time_in_minutes", "StepBakeTimeInMinutes"), number("step_percent", "StepPercent")],
    ),
    block(
        "canary_configuration",
        "CanaryConfiguration",
        &[number("canary_bake_time_in_minutes", "CanaryBakeTimeInMinutes"), number("canary_percent", "CanaryPercent")],
    ),
];

const LOAD_BALANCER: &[Rule] = &[
    text("container_name", "ContainerName"),
    number("container_port", "ContainerPort"),
    text("elb_name", "LoadBalancerName"),
    text("target_group_arn", "TargetGroupArn"),
    block(
        "advanced_configuration",
        "AdvancedConfiguration",
        &[
            text("alternate_target_group_arn", "AlternateTargetGroupArn"),
            text("production_listener_rule", "ProductionListenerRule"),
            text("test_listener_rule", "TestListenerRule"),
            text("role_arn", "RoleArn"),
        ],
    ),
];

const PLACEMENT_CONSTRAINT: &[Rule] = &[text("expression", "Expression"), text("type", "Type")];

const SERVICE_CONNECT: &[Rule] = &[
    flag("enabled", "Enabled"),
    text("namespace", "Namespace"),
    block(
        "log_configuration",
        "LogConfiguration",
        &[
            text("log_driver", "LogDriver"),
            map("options", "Options"),
            blocks("secret_option", "SecretOptions", &[text("name", "Name"), text("value_from", "ValueFrom")]),
        ],
    ),
    blocks(
        "service",
        "Services",
        &[
            blocks("client_alias", "ClientAliases", &[text("dns_name", "DnsName"), number("port", "Port")]),
            text("discovery_name", "DiscoveryName"),
            number_unless(0, "ingress_port_override", "IngressPortOverride"),
            text("port_name", "PortName"),
            block(
                "timeout",
                "Timeout",
                &[
                    number("idle_timeout_seconds", "IdleTimeoutSeconds"),
                    number("per_request_timeout_seconds", "PerRequestTimeoutSeconds"),
                ],
            ),
            block(
                "tls",
                "Tls",
                &[
                    block(
                        "issuer_cert_authority",
                        "IssuerCertificateAuthority",
                        &[text("aws_pca_authority_arn", "AwsPcaAuthorityArn")],
                    ),
                    text("kms_key", "KmsKey"),
                    text("role_arn", "RoleArn"),
                ],
            ),
        ],
    ),
];

const MANAGED_VOLUME: &[Rule] = &[
    text("role_arn", "RoleArn"),
    flag("encrypted", "Encrypted"),
    text("file_system_type", "FilesystemType"),
    number_unless(0, "iops", "Iops"),
    text("kms_key_id", "KmsKeyId"),
    number_unless(0, "size_in_gb", "SizeInGiB"),
    text("snapshot_id", "SnapshotId"),
    number_unless(0, "throughput", "Throughput"),
    text("volume_type", "VolumeType"),
    number_unless(0, "volume_initialization_rate", "VolumeInitializationRate"),
    blocks(
        "tag_specifications",
        "TagSpecifications",
        &[text("resource_type", "ResourceType"), text("propagate_tags", "PropagateTags"), tag_list("tags", "Tags")],
    ),
];

const TASK_DEFINITION: &[Rule] = &[
    text("family", "Family"),
    containers("container_definitions", "ContainerDefinitions"),
    text("cpu", "Cpu"),
    text("memory", "Memory"),
    text("execution_role_arn", "ExecutionRoleArn"),
    text("task_role_arn", "TaskRoleArn"),
    text("network_mode", "NetworkMode"),
    text("ipc_mode", "IpcMode"),
    text("pid_mode", "PidMode"),
    flag("enable_fault_injection", "EnableFaultInjection"),
    texts("requires_compatibilities", "RequiresCompatibilities"),
    blocks("placement_constraints", "PlacementConstraints", PLACEMENT_CONSTRAINT),
    block(
        "proxy_configuration",
        "ProxyConfiguration",
        &[
            text("container_name", "ContainerName"),
            text("type", "Type"),
            pairs("properties", "ProxyConfigurationProperties", "Name", "Value"),
        ],
    ),
    block("ephemeral_storage", "EphemeralStorage", &[number("size_in_gib", "SizeInGiB")]),
    block(
        "runtime_platform",
        "RuntimePlatform",
        &[text("cpu_architecture", "CpuArchitecture"), text("operating_system_family", "OperatingSystemFamily")],
    ),
    blocks(
        "inference_accelerator",
        "InferenceAccelerators",
        &[text("device_name", "DeviceName"), text("device_type", "DeviceType")],
    ),
    blocks("volume", "Volumes", VOLUME),
    Rule::TerraformOnly(&["skip_destroy", "track_latest"]),
    Rule::Computed(&["arn_without_revision", "revision"]),
];

const VOLUME: &[Rule] = &[
    text("name", "Name"),
    text("host_path", "Host.SourcePath"),
    flag("configure_at_launch", "ConfiguredAtLaunch"),
    block(
        "docker_volume_configuration",
        "DockerVolumeConfiguration",
        &[
            flag("autoprovision", "Autoprovision"),
            text("driver", "Driver"),
            map("driver_opts", "DriverOpts"),
            map("labels", "Labels"),
            text("scope", "Scope"),
        ],
    ),
    block(
        "efs_volume_configuration",
        "EFSVolumeConfiguration",
        &[
            text("file_system_id", "FilesystemId"),
            text("root_directory", "RootDirectory"),
            text("transit_encryption", "TransitEncryption"),
            number_unless(0, "transit_encryption_port", "TransitEncryptionPort"),
            block(
                "authorization_config",
                "AuthorizationConfig",
                &[text("access_point_id", "AccessPointId"), text("iam", "IAM")],
            ),
        ],
    ),
    block(
        "fsx_windows_file_server_volume_configuration",
        "FSxWindowsFileServerVolumeConfiguration",
        &[
            text("file_system_id", "FileSystemId"),
            text("root_directory", "RootDirectory"),
            block(
                "authorization_config",
                "AuthorizationConfig",
                &[text("credentials_parameter", "CredentialsParameter"), text("domain", "Domain")],
            ),
        ],
    ),
];
