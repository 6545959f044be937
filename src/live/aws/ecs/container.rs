//! Container definitions, in CloudFormation's names. ECS fills in empty lists for most of what is not set; they are
//! kept as they are, since what an empty list equals is the comparison's question.

use aws_sdk_ecs::types::{
    ContainerDefinition, ContainerDependency, ContainerRestartPolicy, EnvironmentFile, FirelensConfiguration,
    HealthCheck, HostEntry, KeyValuePair, LinuxParameters, LogConfiguration, PortMapping, ResourceRequirement, Secret,
    Ulimit,
};

use super::super::properties::{Properties, each, map, nested, object, opaque, scalar, text, texts};
use crate::model::Value;

pub(super) fn container(container: &ContainerDefinition) -> Value {
    let properties = Properties::of("ecs:DescribeTaskDefinition")
        .always("Cpu", Some(container.cpu.into()))
        .always("Environment", each(&container.environment, pair))
        .always("Essential", scalar(&container.essential))
        .always("Image", text(&container.image))
        .always(
            "MountPoints",
            each(&container.mount_points, |mount| {
                object([
                    ("ContainerPath", text(&mount.container_path)),
                    ("ReadOnly", scalar(&mount.read_only)),
                    ("SourceVolume", text(&mount.source_volume)),
                ])
            }),
        )
        .always("Name", text(&container.name))
        .always("PortMappings", each(&container.port_mappings, port))
        .always(
            "VolumesFrom",
            each(&container.volumes_from, |volume| {
                object([("ReadOnly", scalar(&volume.read_only)), ("SourceContainer", text(&volume.source_container))])
            }),
        )
        .when_set("Command", texts(&container.command))
        .when_set("EntryPoint", texts(&container.entry_point))
        .when_set("HealthCheck", nested(&container.health_check, health))
        .when_set("LinuxParameters", nested(&container.linux_parameters, linux))
        .when_set("LogConfiguration", nested(&container.log_configuration, log_configuration))
        .when_set("Memory", scalar(&container.memory))
        .when_set("MemoryReservation", scalar(&container.memory_reservation))
        .when_set("Secrets", each(&container.secrets, secret))
        .when_set("StartTimeout", scalar(&container.start_timeout))
        .when_set("StopTimeout", scalar(&container.stop_timeout))
        .when_set("User", text(&container.user))
        .when_set("WorkingDirectory", text(&container.working_directory));
    rarely_set(properties, container).build()
}

fn rarely_set(properties: Properties, container: &ContainerDefinition) -> Properties {
    properties
        .when_set("CredentialSpecs", texts(&container.credential_specs))
        .when_set("DependsOn", each(&container.depends_on, dependency))
        .when_set("DisableNetworking", scalar(&container.disable_networking))
        .when_set("DnsSearchDomains", texts(&container.dns_search_domains))
        .when_set("DnsServers", texts(&container.dns_servers))
        .when_set("DockerLabels", map(&container.docker_labels))
        .when_set("DockerSecurityOptions", texts(&container.docker_security_options))
        .when_set("EnvironmentFiles", each(&container.environment_files, environment_file))
        .when_set("ExtraHosts", each(&container.extra_hosts, extra_host))
        .when_set("FirelensConfiguration", nested(&container.firelens_configuration, firelens))
        .when_set("Hostname", text(&container.hostname))
        .when_set("Interactive", scalar(&container.interactive))
        .when_set("Links", texts(&container.links))
        .when_set("Privileged", scalar(&container.privileged))
        .when_set("PseudoTerminal", scalar(&container.pseudo_terminal))
        .when_set("ReadonlyRootFilesystem", scalar(&container.readonly_root_filesystem))
        .when_set(
            "RepositoryCredentials",
            nested(&container.repository_credentials, |credentials| {
                object([("CredentialsParameter", Some(credentials.credentials_parameter.as_str().into()))])
            }),
        )
        .when_set("ResourceRequirements", each(&container.resource_requirements, resource_requirement))
        .when_set("RestartPolicy", nested(&container.restart_policy, restart))
        .when_set(
            "SystemControls",
            each(&container.system_controls, |control| {
                object([("Namespace", text(&control.namespace)), ("Value", text(&control.value))])
            }),
        )
        .when_set("Ulimits", each(&container.ulimits, limit))
        .when_set("VersionConsistency", text(&container.version_consistency))
}

fn dependency(dependency: &ContainerDependency) -> Value {
    object([
        ("Condition", Some(dependency.condition.as_str().into())),
        ("ContainerName", Some(dependency.container_name.as_str().into())),
    ])
}

fn environment_file(file: &EnvironmentFile) -> Value {
    object([("Type", Some(file.r#type.as_str().into())), ("Value", Some(file.value.as_str().into()))])
}

fn extra_host(host: &HostEntry) -> Value {
    object([("Hostname", Some(host.hostname.as_str().into())), ("IpAddress", Some(host.ip_address.as_str().into()))])
}

fn firelens(firelens: &FirelensConfiguration) -> Value {
    object([("Options", map(&firelens.options)), ("Type", Some(firelens.r#type.as_str().into()))])
}

fn resource_requirement(requirement: &ResourceRequirement) -> Value {
    let kind = requirement.r#type.as_str();
    object([
        ("SharingStrategy", opaque(&requirement.sharing_strategy)),
        ("Type", Some(kind.into())),
        ("Value", Some(requirement.value.as_str().into())),
    ])
}

fn restart(policy: &ContainerRestartPolicy) -> Value {
    object([
        ("Enabled", Some(policy.enabled.into())),
        ("IgnoredExitCodes", policy.ignored_exit_codes.clone().map(Value::from)),
        ("RestartAttemptPeriod", scalar(&policy.restart_attempt_period)),
    ])
}

fn limit(limit: &Ulimit) -> Value {
    object([
        ("HardLimit", Some(limit.hard_limit.into())),
        ("Name", Some(limit.name.as_str().into())),
        ("SoftLimit", Some(limit.soft_limit.into())),
    ])
}

fn pair(pair: &KeyValuePair) -> Value {
    object([("Name", text(&pair.name)), ("Value", text(&pair.value))])
}

fn secret(secret: &Secret) -> Value {
    object([("Name", Some(secret.name.as_str().into())), ("ValueFrom", Some(secret.value_from.as_str().into()))])
}

fn port(mapping: &PortMapping) -> Value {
    object([
        ("AppProtocol", text(&mapping.app_protocol)),
        ("ContainerPort", scalar(&mapping.container_port)),
        ("ContainerPortRange", text(&mapping.container_port_range)),
        ("HostPort", scalar(&mapping.host_port)),
        ("Name", text(&mapping.name)),
        ("Protocol", text(&mapping.protocol)),
    ])
}

fn health(check: &HealthCheck) -> Value {
    object([
        ("Command", Some(check.command.clone().into())),
        ("Interval", scalar(&check.interval)),
        ("Retries", scalar(&check.retries)),
        ("StartPeriod", scalar(&check.start_period)),
        ("Timeout", scalar(&check.timeout)),
    ])
}

/// Logging of a container, or of a service's Service Connect proxy.
pub(super) fn log_configuration(log: &LogConfiguration) -> Value {
    object([
        ("LogDriver", Some(log.log_driver.as_str().into())),
        ("Options", map(&log.options)),
        ("SecretOptions", each(&log.secret_options, secret)),
    ])
}

fn linux(parameters: &LinuxParameters) -> Value {
    object([
        (
            "Capabilities",
            nested(&parameters.capabilities, |capabilities| {
                object([("Add", texts(&capabilities.add)), ("Drop", texts(&capabilities.drop))])
            }),
        ),
        (
            "Devices",
            each(&parameters.devices, |device| {
                object([
                    ("ContainerPath", text(&device.container_path)),
                    ("HostPath", Some(device.host_path.as_str().into())),
                    ("Permissions", texts(&device.permissions)),
                ])
            }),
        ),
        ("InitProcessEnabled", scalar(&parameters.init_process_enabled)),
        ("MaxSwap", scalar(&parameters.max_swap)),
        ("SharedMemorySize", scalar(&parameters.shared_memory_size)),
        ("Swappiness", scalar(&parameters.swappiness)),
        (
            "Tmpfs",
            each(&parameters.tmpfs, |tmpfs| {
                object([
                    ("ContainerPath", Some(tmpfs.container_path.as_str().into())),
                    ("MountOptions", texts(&tmpfs.mount_options)),
                    ("Size", Some(tmpfs.size.into())),
                ])
            }),
        ),
    ])
}
