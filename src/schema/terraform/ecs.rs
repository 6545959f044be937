//! Amazon ECS: clusters and services. Properties: the CloudFormation reference of `AWS::ECS::*`; attributes: the
//! provider's schema (5.100).

pub(super) mod container_definitions;
mod task_definition;

use super::rule::{
    Mapping, Produce, Rule, Tags, block, blocks, choice, document, flag, map, number, number_unless, pairs, text, texts,
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
        rules: task_definition::RULES,
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
    blocks(
        "ordered_placement_strategy",
        "PlacementStrategies",
        // The service answers with one name for both (the provider's documentation of the block).
        &[choice("field", "Field", &[("host", "instanceId")]), text("type", "Type")],
    ),
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
            document("hook_details", "HookDetails"),
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
        &[
            text("resource_type", "ResourceType"),
            text("propagate_tags", "PropagateTags"),
            pairs("tags", "Tags", "Key", "Value"),
        ],
    ),
];

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::check;

    #[test]
    fn a_cluster_has_its_settings_as_pairs() {
        check(
            "aws_ecs_cluster",
            &json!({
                "arn": "arn:aws:ecs:eu-west-1:123456789012:cluster/c",
                "id": "arn:aws:ecs:eu-west-1:123456789012:cluster/c",
                "configuration": [{"execute_command_configuration": [{
                    "kms_key_id": "", "logging": "OVERRIDE",
                    "log_configuration": [{
                        "cloud_watch_encryption_enabled": true, "cloud_watch_log_group_name": "/c",
                        "s3_bucket_name": "b",
                        "s3_bucket_encryption_enabled": false, "s3_key_prefix": ""
                    }]
                }], "managed_storage_configuration": []}],
                "name": "c", "service_connect_defaults": [{"namespace": "arn:ns"}],
                "setting": [{"name": "containerInsights", "value": "enabled"}], "tags": null,
                "tags_all": {"env": "prod"}
            }),
            &json!({
                "ClusterName": "c", "ClusterSettings": [{"Name": "containerInsights", "Value": "enabled"}],
                "Configuration": {"ExecuteCommandConfiguration": {"LogConfiguration": {
                    "CloudWatchEncryptionEnabled": true, "CloudWatchLogGroupName": "/c", "S3BucketName": "b",
                    "S3EncryptionEnabled": false
                }, "Logging": "OVERRIDE"}},
                "ServiceConnectDefaults": {"Namespace": "arn:ns"}, "Tags": [{"Key": "env", "Value": "prod"}]
            }),
        );
    }

    #[test]
    fn a_service_has_its_network_and_deployment_settings_nested() {
        check(
            "aws_ecs_service",
            &json!({
                "alarms": [{"alarm_names": ["a"], "enable": true, "rollback": false}],
                "availability_zone_rebalancing": "ENABLED",
                "capacity_provider_strategy": [{"base": 1, "capacity_provider": "FARGATE_SPOT", "weight": 2}],
                "cluster": "arn:aws:ecs:eu-west-1:123456789012:cluster/c",
                "deployment_circuit_breaker": [{"enable": true, "rollback": true}],
                "deployment_configuration": [{"strategy": "BLUE_GREEN", "bake_time_in_minutes": "5",
                    "lifecycle_hook": []}],
                "deployment_controller": [{"type": "ECS"}], "deployment_maximum_percent": 200,
                "deployment_minimum_healthy_percent": 100, "desired_count": "2", "enable_ecs_managed_tags": true,
                "enable_execute_command": "false", "force_delete": null, "force_new_deployment": true,
                "health_check_grace_period_seconds": 30, "iam_role": "",
                "id": "arn:aws:ecs:eu-west-1:123456789012:service/c/s",
                "launch_type": "", "name": "s",
                "load_balancer": [{"container_name": "web", "container_port": 8080, "elb_name": "",
                    "target_group_arn": "arn:tg", "advanced_configuration": []}],
                "network_configuration": [{"assign_public_ip": true, "security_groups": ["sg-1"],
                    "subnets": ["subnet-2", "subnet-1"]}],
                "ordered_placement_strategy": [{"field": "cpu", "type": "binpack"}],
                "placement_constraints": [{"expression": "", "type": "distinctInstance"}], "platform_version": "LATEST",
                "propagate_tags": "SERVICE", "scheduling_strategy": "REPLICA", "service_connect_configuration": [],
                "service_registries": [{"container_name": "", "container_port": 0, "port": 0,
                    "registry_arn": "arn:sd"}],
                "tags_all": {}, "task_definition": "t:3", "timeouts": null, "triggers": {"a": "b"},
                "wait_for_steady_state": true
            }),
            &json!({
                "AvailabilityZoneRebalancing": "ENABLED",
                "CapacityProviderStrategy": [{"Base": 1, "CapacityProvider": "FARGATE_SPOT", "Weight": 2}],
                "Cluster": "arn:aws:ecs:eu-west-1:123456789012:cluster/c",
                "DeploymentConfiguration": {
                    "Alarms": {"AlarmNames": ["a"], "Enable": true, "Rollback": false}, "BakeTimeInMinutes": 5,
                    "DeploymentCircuitBreaker": {"Enable": true, "Rollback": true}, "LifecycleHooks": [],
                    "MaximumPercent": 200,
                    "MinimumHealthyPercent": 100, "Strategy": "BLUE_GREEN"
                },
                "DeploymentController": {"Type": "ECS"}, "DesiredCount": 2, "EnableECSManagedTags": true,
                "EnableExecuteCommand": false, "HealthCheckGracePeriodSeconds": 30,
                "LoadBalancers": [{"ContainerName": "web", "ContainerPort": 8080, "TargetGroupArn": "arn:tg"}],
                "NetworkConfiguration": {"AwsvpcConfiguration": {
                    "AssignPublicIp": "ENABLED", "SecurityGroups": ["sg-1"], "Subnets": ["subnet-2", "subnet-1"]
                }},
                "PlacementConstraints": [{"Type": "distinctInstance"}],
                "PlacementStrategies": [{"Field": "cpu", "Type": "binpack"}], "PlatformVersion": "LATEST",
                "PropagateTags": "SERVICE", "SchedulingStrategy": "REPLICA", "ServiceName": "s",
                "ServiceRegistries": [{"RegistryArn": "arn:sd"}], "Tags": [], "TaskDefinition": "t:3"
            }),
        );
    }

    #[test]
    fn service_connect_and_volumes_follow_the_api() {
        check(
            "aws_ecs_service",
            &json!({
                "service_connect_configuration": [{
                    "enabled": true, "namespace": "ns",
                    "log_configuration": [{"log_driver": "awslogs", "options": {"awslogs-group": "/s"},
                        "secret_option": [{"name": "n", "value_from": "arn:v"}]}],
                    "service": [{
                        "client_alias": [{"dns_name": "web", "port": 80}], "discovery_name": "web",
                        "ingress_port_override": 0,
                        "port_name": "http", "timeout": [{"idle_timeout_seconds": 60,
                            "per_request_timeout_seconds": 5}],
                        "tls": [{"issuer_cert_authority": [{"aws_pca_authority_arn": "arn:pca"}], "kms_key": "k",
                            "role_arn": "arn:r"}]
                    }]
                }],
                "volume_configuration": [{"name": "v", "managed_ebs_volume": [{
                    "encrypted": true, "file_system_type": "xfs", "iops": 0, "role_arn": "arn:r", "size_in_gb": 10,
                    "volume_type": "gp3",
                    "tag_specifications": [{"resource_type": "volume", "propagate_tags": "SERVICE", "tags": {"a": "b"}}]
                }]}]
            }),
            &json!({
                "ServiceConnectConfiguration": {
                    "Enabled": true,
                    "LogConfiguration": {"LogDriver": "awslogs", "Options": {"awslogs-group": "/s"},
                        "SecretOptions": [{"Name": "n", "ValueFrom": "arn:v"}]},
                    "Namespace": "ns",
                    "Services": [{
                        "ClientAliases": [{"DnsName": "web", "Port": 80}], "DiscoveryName": "web", "PortName": "http",
                        "Timeout": {"IdleTimeoutSeconds": 60, "PerRequestTimeoutSeconds": 5},
                        "Tls": {"IssuerCertificateAuthority": {"AwsPcaAuthorityArn": "arn:pca"}, "KmsKey": "k",
                            "RoleArn": "arn:r"}
                    }]
                },
                "VolumeConfigurations": [{"ManagedEBSVolume": {
                    "Encrypted": true, "FilesystemType": "xfs", "RoleArn": "arn:r", "SizeInGiB": 10,
                    "TagSpecifications": [{"PropagateTags": "SERVICE", "ResourceType": "volume", "Tags": [{"Key": "a",
                        "Value": "b"}]}],
                    "VolumeType": "gp3"
                }, "Name": "v"}]
            }),
        );
    }
}
