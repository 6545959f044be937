//! Facts about ECS: what a task definition echoes, and what a service resolves.

use super::fact::{Fact, Says, fact};

const TASK: &[&str] = &["AWS::ECS::TaskDefinition"];
const SERVICE: &[&str] = &["AWS::ECS::Service"];

pub(super) const FACTS: &[Fact] = &[
    fact(TASK, &["ContainerDefinitions", "Volumes"], Says::KeyedBy(&["Name"])),
    fact(TASK, &["ContainerDefinitions", "Volumes"], Says::Authoritative),
    fact(
        TASK,
        &[
            "ContainerDefinitions.*.Environment",
            "ContainerDefinitions.*.Secrets",
            "ContainerDefinitions.*.PortMappings",
            "ContainerDefinitions.*.MountPoints",
            "ContainerDefinitions.*.VolumesFrom",
            "ContainerDefinitions.*.EnvironmentFiles",
            "ContainerDefinitions.*.Ulimits",
            "ContainerDefinitions.*.SystemControls",
            "ContainerDefinitions.*.ExtraHosts",
        ],
        Says::Authoritative,
    ),
    fact(TASK, &["ContainerDefinitions.*.Environment"], Says::KeyedBy(&["Name"])),
    fact(TASK, &["ContainerDefinitions.*.Secrets"], Says::KeyedBy(&["Name"])),
    fact(TASK, &["ContainerDefinitions.*.PortMappings"], Says::KeyedBy(&["ContainerPort", "Protocol"])),
    fact(TASK, &["ContainerDefinitions.*.MountPoints"], Says::KeyedBy(&["ContainerPath"])),
    fact(TASK, &["ContainerDefinitions.*.VolumesFrom"], Says::KeyedBy(&["SourceContainer"])),
    fact(TASK, &["ContainerDefinitions.*.DependsOn"], Says::KeyedBy(&["ContainerName"])),
    fact(TASK, &["ContainerDefinitions.*.ExtraHosts"], Says::KeyedBy(&["Hostname"])),
    fact(TASK, &["ContainerDefinitions.*.SystemControls"], Says::KeyedBy(&["Namespace"])),
    fact(TASK, &["ContainerDefinitions.*.DockerLabels"], Says::FreeForm),
    fact(TASK, &["ContainerDefinitions.*.LogConfiguration.Options"], Says::FreeForm),
    fact(
        TASK,
        &[
            "ContainerDefinitions.*.Environment.*.Value",
            "ContainerDefinitions.*.DockerLabels.*",
            "ContainerDefinitions.*.LogConfiguration.Options.*",
            "ContainerDefinitions.*.Image",
        ],
        Says::Verbatim,
    ),
    fact(
        TASK,
        &[
            "ContainerDefinitions.*.Command",
            "ContainerDefinitions.*.EntryPoint",
            "ContainerDefinitions.*.HealthCheck.Command",
        ],
        Says::Ordered,
    ),
    // ECS API reference, ContainerDefinition and PortMapping: "if omitted", "the default is".
    fact(TASK, &["ContainerDefinitions.*.Cpu"], Says::Default("0")),
    fact(TASK, &["ContainerDefinitions.*.Essential"], Says::Default("true")),
    fact(TASK, &["ContainerDefinitions.*.PortMappings.*.Protocol"], Says::Default("tcp")),
    // Bridge mode: 0 asks for a port of the host's choice, as leaving it out does.
    fact(TASK, &["ContainerDefinitions.*.PortMappings.*.HostPort"], Says::Default("0")),
    fact(TASK, &["ContainerDefinitions.*.HealthCheck.Interval"], Says::Default("30")),
    fact(TASK, &["ContainerDefinitions.*.HealthCheck.Timeout"], Says::Default("5")),
    fact(TASK, &["ContainerDefinitions.*.HealthCheck.Retries"], Says::Default("3")),
    fact(TASK, &["ContainerDefinitions.*.MountPoints.*.ReadOnly"], Says::Default("false")),
    fact(TASK, &["ContainerDefinitions.*.VolumesFrom.*.ReadOnly"], Says::Default("false")),
    fact(TASK, &["NetworkMode"], Says::Default("bridge")),
    // The service keeps no empty lists of these.
    fact(
        TASK,
        &[
            "PlacementConstraints",
            "RequiresCompatibilities",
            "ContainerDefinitions.*.Command",
            "ContainerDefinitions.*.DependsOn",
            "ContainerDefinitions.*.DnsSearchDomains",
            "ContainerDefinitions.*.DnsServers",
            "ContainerDefinitions.*.DockerSecurityOptions",
            "ContainerDefinitions.*.EntryPoint",
            "ContainerDefinitions.*.Links",
            "ContainerDefinitions.*.ResourceRequirements",
        ],
        Says::EmptyIsAbsent,
    ),
    fact(
        SERVICE,
        &[
            "CapacityProviderStrategy",
            "LoadBalancers",
            "PlacementConstraints",
            "PlacementStrategies",
            "ServiceRegistries",
        ],
        Says::EmptyIsAbsent,
    ),
    fact(SERVICE, &["SchedulingStrategy"], Says::Default("REPLICA")),
    fact(SERVICE, &["EnableExecuteCommand", "EnableECSManagedTags"], Says::Default("false")),
    fact(SERVICE, &["HealthCheckGracePeriodSeconds"], Says::Default("0")),
    fact(SERVICE, &["PropagateTags"], Says::Default("NONE")),
    fact(SERVICE, &["NetworkConfiguration.AwsvpcConfiguration.AssignPublicIp"], Says::Default("DISABLED")),
    fact(
        SERVICE,
        &["LoadBalancers"],
        Says::KeyedBy(&["ContainerName", "ContainerPort", "TargetGroupArn", "LoadBalancerName"]),
    ),
    fact(SERVICE, &["PlacementStrategies"], Says::Ordered),
    fact(SERVICE, &["CapacityProviderStrategy"], Says::KeyedBy(&["CapacityProvider"])),
    // Fargate platform versions: LATEST is resolved when the tasks are placed.
    fact(&["AWS::ECS::Service", "AWS::ECS::TaskSet"], &["PlatformVersion"], Says::Resolves("LATEST", PLATFORMS)),
    fact(&["AWS::ECS::Cluster"], &["DefaultCapacityProviderStrategy"], Says::KeyedBy(&["CapacityProvider"])),
    fact(&["AWS::ECS::Cluster"], &["ClusterSettings"], Says::KeyedBy(&["Name"])),
];

/// Only what LATEST has meant on Linux (1.4.0) and Windows (1.0.0): an older version is a change.
const PLATFORMS: &[&str] = &["1.4.0", "1.0.0"];
