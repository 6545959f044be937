//! ECS task definitions. Properties: the CloudFormation reference of `AWS::ECS::TaskDefinition`; attributes: the
//! provider's schema (5.100).

use super::super::rule::{Rule, block, blocks, containers, flag, map, number, number_unless, pairs, text, texts};
use super::PLACEMENT_CONSTRAINT;

/// The table of `aws_ecs_task_definition`.
pub(super) const RULES: &[Rule] = &[
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

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::super::check;

    #[test]
    fn a_task_definition_has_its_sizes_as_texts() {
        check(
            "aws_ecs_task_definition",
            &json!({
                "arn": "arn:aws:ecs:eu-west-1:123456789012:task-definition/t:3",
                "arn_without_revision": "arn:aws:ecs:eu-west-1:123456789012:task-definition/t",
                "container_definitions": "[{\"name\":\"web\",\"portMappings\":[{\"containerPort\":80}]}]", "cpu": 256,
                "enable_fault_injection": false, "ephemeral_storage": [{"size_in_gib": 30}],
                "execution_role_arn": "arn:x",
                "family": "t", "id": "t", "inference_accelerator": [], "ipc_mode": "", "memory": "512",
                "network_mode": "awsvpc",
                "pid_mode": "task", "placement_constraints": [],
                "proxy_configuration": [{"container_name": "envoy", "properties": {"AppPorts": "80"},
                    "type": "APPMESH"}],
                "requires_compatibilities": ["FARGATE"], "revision": 3,
                "runtime_platform": [{"cpu_architecture": "ARM64", "operating_system_family": "LINUX"}],
                "skip_destroy": false,
                "tags": {"a": "b"}, "task_role_arn": "", "track_latest": false,
                "volume": [
                    {"configure_at_launch": false, "docker_volume_configuration": [{
                        "autoprovision": true, "driver": "local", "driver_opts": {"o": "x"},
                        "labels": {"my.label": "y"}, "scope": "shared"
                    }], "host_path": "/data", "name": "d"},
                    {"efs_volume_configuration": [{
                        "authorization_config": [{"access_point_id": "fsap-1", "iam": "ENABLED"}],
                        "file_system_id": "fs-1",
                        "root_directory": "/", "transit_encryption": "ENABLED", "transit_encryption_port": 0
                    }], "host_path": "", "name": "e"}
                ]
            }),
            &json!({
                "ContainerDefinitions": [{"Name": "web", "PortMappings": [{"ContainerPort": 80}]}], "Cpu": "256",
                "EnableFaultInjection": false, "EphemeralStorage": {"SizeInGiB": 30}, "ExecutionRoleArn": "arn:x",
                "Family": "t", "InferenceAccelerators": [], "Memory": "512", "NetworkMode": "awsvpc", "PidMode": "task",
                "PlacementConstraints": [],
                "ProxyConfiguration": {
                    "ContainerName": "envoy", "ProxyConfigurationProperties": [{"Name": "AppPorts", "Value": "80"}],
                    "Type": "APPMESH"
                },
                "RequiresCompatibilities": ["FARGATE"],
                "RuntimePlatform": {"CpuArchitecture": "ARM64", "OperatingSystemFamily": "LINUX"},
                "Tags": [{"Key": "a", "Value": "b"}],
                "Volumes": [
                    {"ConfiguredAtLaunch": false, "DockerVolumeConfiguration": {
                        "Autoprovision": true, "Driver": "local", "DriverOpts": {"o": "x"},
                        "Labels": {"my.label": "y"}, "Scope": "shared"
                    }, "Host": {"SourcePath": "/data"}, "Name": "d"},
                    {"EFSVolumeConfiguration": {
                        "AuthorizationConfig": {"AccessPointId": "fsap-1", "IAM": "ENABLED"}, "FilesystemId": "fs-1",
                        "RootDirectory": "/", "TransitEncryption": "ENABLED"
                    }, "Name": "e"}
                ]
            }),
        );
    }
}
