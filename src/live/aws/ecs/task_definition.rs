//! Task definitions. A revision never changes, so what is live is a question of which revision: the one that a service
//! of the same family runs, or the newest active one if no service does.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_ecs::operation::describe_task_definition::DescribeTaskDefinitionOutput;
use aws_sdk_ecs::types::{
    DockerVolumeConfiguration, EfsVolumeConfiguration, FSxWindowsFileServerVolumeConfiguration,
    S3FilesVolumeConfiguration, TaskDefinition, TaskDefinitionField, Volume,
};

use super::super::batches::all;
use super::super::properties::{
    Properties, changed_at, computed, each, map, nested, object, scalar, text, texts, timestamp,
};
use super::super::{Aws, Failure, Gap, Keys, Reading};
use super::container::container;
use super::{TASK_DEFINITION, last_part, tags};
use crate::model::{Live, Value};

const ACTION: &str = "ecs:DescribeTaskDefinition";

/// What the services that were read run.
pub(super) struct Running {
    /// ARNs of task definitions.
    pub(super) revisions: BTreeSet<String>,
    /// Why some service could not be read: then it may run any revision of the families that no other runs.
    pub(super) unread: Option<Failure>,
}

/// Task definitions by ARN, `family:revision` or family; one for each family, under all of the family's keys.
pub(super) async fn read(aws: &Aws, keys: Keys, running: &Running) -> Reading {
    let mut families: BTreeMap<&str, Keys> = BTreeMap::new();
    for key in &keys {
        families.entry(family(key)).or_default().push(key.clone());
    }
    let mut reading = Reading::default();
    let mut asked = Vec::new();
    for (family, keys) in families {
        match (live_revision(family, &keys, &running.revisions), &running.unread) {
            (Some(revision), _) => asked.push((revision, keys)),
            (None, None) => asked.push((family.to_owned(), keys)),
            (None, Some(failure)) => reading.gaps.push(Gap { keys, failure: failure.clone() }),
        }
    }
    let answers = all(asked.iter().map(|(name, _)| describe(aws.clone(), name.clone()))).await;
    for (answer, (_, keys)) in answers.into_iter().zip(asked) {
        match answer {
            Ok(answer) => reading.found.extend(answer.and_then(|answer| live(&answer, keys))),
            Err(failure) => reading.gaps.push(Gap { keys, failure }),
        }
    }
    reading
}

/// The family of a key: an ARN (`…:task-definition/family:7`), `family:7`, or the family itself.
fn family(key: &str) -> &str {
    let name = last_part(key);
    name.split_once(':').map_or(name, |(family, _)| family)
}

fn revision(arn: &str) -> u64 {
    last_part(arn).rsplit(':').next().and_then(|number| number.parse().ok()).unwrap_or_default()
}

/// The revision of a family that counts as live. Services may run several; the one that no declaration is bound to is
/// the change, and of several such the newest.
fn live_revision(family_wanted: &str, keys: &[String], running: &BTreeSet<String>) -> Option<String> {
    let bound = |arn: &str| keys.iter().any(|key| last_part(key) == last_part(arn));
    let of_family = running.iter().filter(|arn| family(arn) == family_wanted);
    of_family.max_by_key(|arn| (!bound(arn), revision(arn))).cloned()
}

async fn describe(aws: Aws, name: String) -> Result<Option<DescribeTaskDefinitionOutput>, Failure> {
    let call = aws.ecs.describe_task_definition().task_definition(name).include(TaskDefinitionField::Tags);
    match aws.call(ACTION, call.send()).await {
        // ECS has no code of its own for a task definition that is not there.
        Err(failure)
            if failure.is_code(&["ClientException"])
                && failure.message.contains("Unable to describe task definition") =>
        {
            Ok(None)
        }
        answer => answer.map(Some),
    }
}

fn live(answer: &DescribeTaskDefinitionOutput, keys: Keys) -> Option<Live> {
    let definition = answer.task_definition.as_ref()?;
    let arn = definition.task_definition_arn.clone()?;
    let mut aliases: BTreeSet<String> = keys.into_iter().collect();
    aliases.extend(definition.family.clone());
    aliases.insert(last_part(&arn).to_owned());
    aliases.remove(&arn);
    let registered = definition.registered_at.as_ref().and_then(timestamp);
    Some(Live {
        resource_type: TASK_DEFINITION.into(),
        aliases: aliases.into_iter().collect(),
        attributes: properties(definition, tags(&answer.tags)),
        computed: computed([
            ("TaskDefinitionArn", text(&definition.task_definition_arn)),
            ("Revision", Some(definition.revision.into())),
        ]),
        evidence: changed_at(TASK_DEFINITION, &arn, registered).into_iter().collect(),
        owners: Vec::new(),
        in_flight: None,
        identifier: arn,
    })
}

fn properties(definition: &TaskDefinition, tags: Option<Value>) -> Value {
    Properties::of(ACTION)
        .always("ContainerDefinitions", each(&definition.container_definitions, container))
        .always("Family", text(&definition.family))
        .always(
            "PlacementConstraints",
            each(&definition.placement_constraints, |constraint| {
                object([("Expression", text(&constraint.expression)), ("Type", text(&constraint.r#type))])
            }),
        )
        .always("Tags", tags)
        .always("Volumes", each(&definition.volumes, volume))
        .when_set("Cpu", text(&definition.cpu))
        .when_set("EnableFaultInjection", scalar(&definition.enable_fault_injection))
        .when_set(
            "EphemeralStorage",
            nested(&definition.ephemeral_storage, |storage| object([("SizeInGiB", Some(storage.size_in_gib.into()))])),
        )
        .when_set("ExecutionRoleArn", text(&definition.execution_role_arn))
        .when_set("IpcMode", text(&definition.ipc_mode))
        .when_set("Memory", text(&definition.memory))
        .when_set("NetworkMode", text(&definition.network_mode))
        .when_set("PidMode", text(&definition.pid_mode))
        .when_set(
            "ProxyConfiguration",
            nested(&definition.proxy_configuration, |proxy| {
                object([
                    ("ContainerName", Some(proxy.container_name.as_str().into())),
                    (
                        "ProxyConfigurationProperties",
                        each(&proxy.properties, |pair| {
                            object([("Name", text(&pair.name)), ("Value", text(&pair.value))])
                        }),
                    ),
                    ("Type", text(&proxy.r#type)),
                ])
            }),
        )
        .when_set("RequiresCompatibilities", texts(&definition.requires_compatibilities))
        .when_set(
            "RuntimePlatform",
            nested(&definition.runtime_platform, |platform| {
                object([
                    ("CpuArchitecture", text(&platform.cpu_architecture)),
                    ("OperatingSystemFamily", text(&platform.operating_system_family)),
                ])
            }),
        )
        .when_set("TaskRoleArn", text(&definition.task_role_arn))
        .build()
}

fn volume(volume: &Volume) -> Value {
    object([
        ("ConfiguredAtLaunch", scalar(&volume.configured_at_launch)),
        ("DockerVolumeConfiguration", nested(&volume.docker_volume_configuration, docker_volume)),
        ("EFSVolumeConfiguration", nested(&volume.efs_volume_configuration, efs_volume)),
        (
            "FSxWindowsFileServerVolumeConfiguration",
            nested(&volume.fsx_windows_file_server_volume_configuration, fsx_volume),
        ),
        ("Host", nested(&volume.host, |host| object([("SourcePath", text(&host.source_path))]))),
        ("Name", text(&volume.name)),
        ("S3FilesVolumeConfiguration", nested(&volume.s3files_volume_configuration, s3_files_volume)),
    ])
}

fn docker_volume(docker: &DockerVolumeConfiguration) -> Value {
    object([
        ("Autoprovision", scalar(&docker.autoprovision)),
        ("Driver", text(&docker.driver)),
        ("DriverOpts", map(&docker.driver_opts)),
        ("Labels", map(&docker.labels)),
        ("Scope", text(&docker.scope)),
    ])
}

fn efs_volume(efs: &EfsVolumeConfiguration) -> Value {
    let authorization = nested(&efs.authorization_config, |authorization| {
        object([("AccessPointId", text(&authorization.access_point_id)), ("IAM", text(&authorization.iam))])
    });
    object([
        ("AuthorizationConfig", authorization),
        ("FilesystemId", Some(efs.file_system_id.as_str().into())),
        ("RootDirectory", text(&efs.root_directory)),
        ("TransitEncryption", text(&efs.transit_encryption)),
        ("TransitEncryptionPort", scalar(&efs.transit_encryption_port)),
    ])
}

fn fsx_volume(fsx: &FSxWindowsFileServerVolumeConfiguration) -> Value {
    let authorization = nested(&fsx.authorization_config, |authorization| {
        object([
            ("CredentialsParameter", Some(authorization.credentials_parameter.as_str().into())),
            ("Domain", Some(authorization.domain.as_str().into())),
        ])
    });
    object([
        ("AuthorizationConfig", authorization),
        ("FileSystemId", Some(fsx.file_system_id.as_str().into())),
        ("RootDirectory", Some(fsx.root_directory.as_str().into())),
    ])
}

fn s3_files_volume(files: &S3FilesVolumeConfiguration) -> Value {
    object([
        ("AccessPointArn", text(&files.access_point_arn)),
        ("FileSystemArn", Some(files.file_system_arn.as_str().into())),
        ("RootDirectory", text(&files.root_directory)),
        ("TransitEncryptionPort", scalar(&files.transit_encryption_port)),
    ])
}

#[cfg(test)]
mod tests {
    use super::*;

    const PREFIX: &str = "arn:aws:ecs:eu-west-1:111111111111:task-definition/";

    #[test]
    fn every_form_of_a_key_names_its_family() {
        for key in [&format!("{PREFIX}orders:7"), "orders:7", "orders"] {
            assert_eq!(family(key), "orders", "{key}");
        }
    }

    #[test]
    fn the_live_revision_is_the_running_one_and_of_several_the_undeclared_one() {
        let check = |running: &[u32], key: &str, expected: Option<u32>| {
            let running = running.iter().map(|revision| format!("{PREFIX}orders:{revision}")).collect();
            let expected = expected.map(|revision| format!("{PREFIX}orders:{revision}"));
            assert_eq!(live_revision("orders", &[key.to_owned()], &running), expected, "{running:?} {key}");
        };
        check(&[8], "orders:7", Some(8));
        check(&[10, 9], "orders:7", Some(10));
        check(&[6, 7], "orders:7", Some(6));
        check(&[7], "orders:7", Some(7));
        check(&[], "orders:7", None);
    }
}
