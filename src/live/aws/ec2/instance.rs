//! Instances, as far as one listing tells. What takes a call an instance is left unknown.

use aws_sdk_ec2::types::{
    Filter, Instance, InstanceMetadataOptionsResponse, InstanceNetworkInterface, InstanceStateName, MonitoringState,
    PrivateDnsNameOptionsResponse,
};

use super::super::batches::{batches, pages};
use super::super::properties::{Properties, computed, each, nested, object, scalar, text};
use super::super::{Aws, Failure, Keys};
use super::{INSTANCE, Reading, VALUES_PER_FILTER, id_of, tags};
use crate::model::{Live, Value};

const ACTION: &str = "ec2:DescribeInstances";

/// Properties of CloudFormation's type that `DescribeInstances` does not tell: `DescribeInstanceAttribute` (one a call),
/// `DescribeVolumes` and `DescribeInstanceCreditSpecifications` do, or nothing does.
const NOT_LISTED: [&str; 14] = [
    "AdditionalInfo",
    "BlockDeviceMappings",
    "CreditSpecification",
    "DisableApiTermination",
    "ElasticGpuSpecifications",
    "ElasticInferenceAccelerators",
    "InstanceInitiatedShutdownBehavior",
    "Ipv6AddressCount",
    "Ipv6Addresses",
    "LaunchTemplate",
    "PropagateTagsToVolumeOnCreation",
    "SsmAssociations",
    "UserData",
    "Volumes",
];

/// Instances by id or ARN.
pub(in super::super) async fn instances(aws: &Aws, keys: Keys) -> Reading {
    batches(aws, keys, VALUES_PER_FILTER, |aws, keys| async move { some(&aws, &keys).await }).await
}

async fn some(aws: &Aws, keys: &Keys) -> Result<Reading, Failure> {
    let ids: Keys = keys.iter().map(|key| id_of(key).to_owned()).collect();
    // A filter and not the parameter `InstanceIds`, which fails as a whole for one id that is not there.
    let filter = Filter::builder().name("instance-id").set_values(Some(ids)).build();
    let pages = pages(ACTION, |token| {
        let call = aws.ec2.describe_instances().filters(filter.clone()).max_results(1000).set_next_token(token);
        async move {
            let page = aws.call(ACTION, call.send()).await?;
            Ok((page.reservations.unwrap_or_default(), page.next_token))
        }
    })
    .await?;
    let reservations = pages.into_iter().flatten();
    let instances = reservations.flat_map(|reservation| {
        let owner = reservation.owner_id;
        reservation.instances.unwrap_or_default().into_iter().map(move |instance| (owner.clone(), instance))
    });
    Ok(instances.filter_map(|(owner, instance)| instance_of(aws, owner, &instance)).collect())
}

/// `None` for an instance that is terminated or about to be: it stays listed for an hour.
fn instance_of(aws: &Aws, owner: Option<String>, instance: &Instance) -> Option<Live> {
    use InstanceStateName::{Pending, ShuttingDown, Stopping, Terminated};
    let id = instance.instance_id.clone()?;
    let state = instance.state.as_ref().and_then(|state| state.name.clone());
    if matches!(state, Some(Terminated | ShuttingDown)) {
        return None;
    }
    let moving = state.as_ref().filter(|state| matches!(state, Pending | Stopping));
    let arn = |owner| format!("arn:{}:ec2:{}:{owner}:instance/{id}", aws.partition(), aws.region());
    let zone = instance.placement.as_ref().and_then(|placement| text(&placement.availability_zone));
    Some(Live {
        resource_type: INSTANCE.into(),
        aliases: owner.map(arn).into_iter().collect(),
        attributes: properties(instance),
        computed: computed([
            ("AvailabilityZone", zone),
            ("InstanceId", Some(id.as_str().into())),
            ("PrivateDnsName", text(&instance.private_dns_name)),
            ("PrivateIp", text(&instance.private_ip_address)),
            ("PublicDnsName", text(&instance.public_dns_name)),
            ("PublicIp", text(&instance.public_ip_address)),
            ("VpcId", text(&instance.vpc_id)),
        ]),
        evidence: Vec::new(),
        owners: Vec::new(),
        in_flight: moving.map(|state| format!("the instance is {}", state.as_str())),
        identifier: id,
    })
}

fn properties(instance: &Instance) -> Value {
    let groups = |name: fn(&aws_sdk_ec2::types::GroupIdentifier) -> &Option<String>| {
        each(&instance.security_groups, move |group| text(name(group)).unwrap_or_else(|| "".into()))
    };
    let properties = Properties::of(ACTION)
        .always("EbsOptimized", scalar(&instance.ebs_optimized))
        .always("ImageId", text(&instance.image_id))
        .always("InstanceType", text(&instance.instance_type))
        .always("MetadataOptions", nested(&instance.metadata_options, metadata))
        .always(
            "Monitoring",
            nested(&instance.monitoring, |monitoring| {
                matches!(monitoring.state, Some(MonitoringState::Enabled | MonitoringState::Pending)).into()
            }),
        )
        .always("NetworkInterfaces", each(&instance.network_interfaces, interface))
        .always("PrivateIpAddress", text(&instance.private_ip_address))
        .always("SecurityGroupIds", groups(|group| &group.group_id))
        .always("SecurityGroups", groups(|group| &group.group_name))
        .always("SourceDestCheck", scalar(&instance.source_dest_check))
        .always("SubnetId", text(&instance.subnet_id))
        .always("Tags", Some(tags(&instance.tags)))
        .when_set(
            "CpuOptions",
            nested(&instance.cpu_options, |cpu| {
                object([("CoreCount", scalar(&cpu.core_count)), ("ThreadsPerCore", scalar(&cpu.threads_per_core))])
            }),
        )
        .when_set(
            "EnclaveOptions",
            nested(&instance.enclave_options, |enclave| object([("Enabled", scalar(&enclave.enabled))])),
        )
        .when_set(
            "HibernationOptions",
            nested(&instance.hibernation_options, |hibernation| {
                object([("Configured", scalar(&hibernation.configured))])
            }),
        )
        .when_set("IamInstanceProfile", instance.iam_instance_profile.as_ref().and_then(profile_name))
        .when_set("KernelId", text(&instance.kernel_id))
        .when_set("KeyName", text(&instance.key_name))
        .when_set(
            "LicenseSpecifications",
            each(&instance.licenses, |license| {
                object([("LicenseConfigurationArn", text(&license.license_configuration_arn))])
            }),
        )
        .when_set("PrivateDnsNameOptions", nested(&instance.private_dns_name_options, dns))
        .when_set("RamdiskId", text(&instance.ramdisk_id))
        .not_read(&NOT_LISTED, "not returned by ec2:DescribeInstances");
    match &instance.placement {
        Some(placement) => properties
            .always("AvailabilityZone", text(&placement.availability_zone))
            .always("Tenancy", text(&placement.tenancy))
            .when_set("Affinity", text(&placement.affinity))
            .when_set("HostId", text(&placement.host_id))
            .when_set("HostResourceGroupArn", text(&placement.host_resource_group_arn))
            .when_set("PlacementGroupName", text(&placement.group_name)),
        None => properties.not_read(&["AvailabilityZone", "Tenancy"], "no placement in the answer"),
    }
    .build()
}

/// CloudFormation names the profile; EC2 returns its ARN, which ends in the name after a path.
fn profile_name(profile: &aws_sdk_ec2::types::IamInstanceProfile) -> Option<Value> {
    profile.arn.as_deref()?.rsplit('/').next().map(Value::from)
}

fn metadata(options: &InstanceMetadataOptionsResponse) -> Value {
    object([
        ("HttpEndpoint", text(&options.http_endpoint)),
        ("HttpProtocolIpv6", text(&options.http_protocol_ipv6)),
        ("HttpPutResponseHopLimit", scalar(&options.http_put_response_hop_limit)),
        ("HttpTokens", text(&options.http_tokens)),
        ("InstanceMetadataTags", text(&options.instance_metadata_tags)),
    ])
}

fn dns(options: &PrivateDnsNameOptionsResponse) -> Value {
    object([
        ("EnableResourceNameDnsAAAARecord", scalar(&options.enable_resource_name_dns_aaaa_record)),
        ("EnableResourceNameDnsARecord", scalar(&options.enable_resource_name_dns_a_record)),
        ("HostnameType", text(&options.hostname_type)),
    ])
}

fn interface(interface: &InstanceNetworkInterface) -> Value {
    let attachment = interface.attachment.as_ref();
    // A text in CloudFormation, a number here.
    let index = attachment.and_then(|attachment| attachment.device_index).map(|index| index.to_string().into());
    let v6 = each(&interface.ipv6_addresses, |v6| object([("Ipv6Address", text(&v6.ipv6_address))]));
    let v4 = each(&interface.private_ip_addresses, |address| {
        object([("Primary", scalar(&address.primary)), ("PrivateIpAddress", text(&address.private_ip_address))])
    });
    Properties::of(ACTION)
        .when_set("DeleteOnTermination", attachment.and_then(|attachment| scalar(&attachment.delete_on_termination)))
        .when_set("Description", text(&interface.description))
        .when_set("DeviceIndex", index)
        .when_set("GroupSet", each(&interface.groups, |group| text(&group.group_id).unwrap_or_else(|| "".into())))
        .when_set("Ipv6Addresses", v6)
        .when_set("NetworkInterfaceId", text(&interface.network_interface_id))
        .when_set("PrivateIpAddress", text(&interface.private_ip_address))
        .when_set("PrivateIpAddresses", v4)
        .when_set("SubnetId", text(&interface.subnet_id))
        .not_read(&ONLY_AT_LAUNCH, "an instruction for the launch, not returned by ec2:DescribeInstances")
        .build()
}

/// Members of an interface that say how to make it.
const ONLY_AT_LAUNCH: [&str; 5] = [
    "AssociateCarrierIpAddress",
    "AssociatePublicIpAddress",
    "EnaSrdSpecification",
    "Ipv6AddressCount",
    "SecondaryPrivateIpAddressCount",
];
