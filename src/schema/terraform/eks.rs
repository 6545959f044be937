//! Amazon EKS. Properties: the CloudFormation reference of `AWS::EKS::*`; attributes: the provider's schema (5.100).

use super::rule::{
    Mapping, Produce, Rule, Tags, block, blocks, flag, map, number, number_unless, text, texts, wrapped,
};

/// The tables.
pub(super) const MAPPINGS: &[Mapping] = &[
    Mapping {
        terraform: "aws_eks_cluster",
        canonical: "AWS::EKS::Cluster",
        identifier: &["name"],
        tags: Tags::List,
        rules: CLUSTER,
        produce: Produce::Resource,
    },
    Mapping {
        terraform: "aws_eks_node_group",
        canonical: "AWS::EKS::Nodegroup",
        identifier: &[],
        tags: Tags::Map,
        rules: NODE_GROUP,
        produce: Produce::Resource,
    },
];

const ENABLED: &[Rule] = &[flag("enabled", "Enabled")];

const NETWORKS: &[Rule] = &[texts("cidrs", "Cidrs")];

const CLUSTER: &[Rule] = &[
    text("name", "Name"),
    text("role_arn", "RoleArn"),
    text("version", "Version"),
    wrapped("enabled_cluster_log_types", "Logging.ClusterLogging.EnabledTypes", "Type"),
    flag("bootstrap_self_managed_addons", "BootstrapSelfManagedAddons"),
    block(
        "access_config",
        "AccessConfig",
        &[
            text("authentication_mode", "AuthenticationMode"),
            flag("bootstrap_cluster_creator_admin_permissions", "BootstrapClusterCreatorAdminPermissions"),
        ],
    ),
    block(
        "compute_config",
        "ComputeConfig",
        &[flag("enabled", "Enabled"), texts("node_pools", "NodePools"), text("node_role_arn", "NodeRoleArn")],
    ),
    blocks(
        "encryption_config",
        "EncryptionConfig",
        &[block("provider", "Provider", &[text("key_arn", "KeyArn")]), texts("resources", "Resources")],
    ),
    block(
        "kubernetes_network_config",
        "KubernetesNetworkConfig",
        &[
            block("elastic_load_balancing", "ElasticLoadBalancing", ENABLED),
            text("ip_family", "IpFamily"),
            text("service_ipv4_cidr", "ServiceIpv4Cidr"),
            Rule::Computed(&["service_ipv6_cidr"]),
        ],
    ),
    block(
        "outpost_config",
        "OutpostConfig",
        &[
            text("control_plane_instance_type", "ControlPlaneInstanceType"),
            block("control_plane_placement", "ControlPlanePlacement", &[text("group_name", "GroupName")]),
            texts("outpost_arns", "OutpostArns"),
        ],
    ),
    block(
        "remote_network_config",
        "RemoteNetworkConfig",
        &[
            blocks("remote_node_networks", "RemoteNodeNetworks", NETWORKS),
            blocks("remote_pod_networks", "RemotePodNetworks", NETWORKS),
        ],
    ),
    block("storage_config", "StorageConfig", &[block("block_storage", "BlockStorage", ENABLED)]),
    block("upgrade_policy", "UpgradePolicy", &[text("support_type", "SupportType")]),
    block(
        "vpc_config",
        "ResourcesVpcConfig",
        &[
            flag("endpoint_private_access", "EndpointPrivateAccess"),
            flag("endpoint_public_access", "EndpointPublicAccess"),
            texts("public_access_cidrs", "PublicAccessCidrs"),
            texts("security_group_ids", "SecurityGroupIds"),
            texts("subnet_ids", "SubnetIds"),
            Rule::Computed(&["cluster_security_group_id", "vpc_id"]),
        ],
    ),
    block("zonal_shift_config", "ZonalShiftConfig", ENABLED),
    Rule::TerraformOnly(&["force_update_version"]),
    Rule::Computed(&[
        "certificate_authority",
        "cluster_id",
        "created_at",
        "endpoint",
        "identity",
        "platform_version",
        "status",
    ]),
];

const NODE_GROUP: &[Rule] = &[
    text("cluster_name", "ClusterName"),
    text("node_group_name", "NodegroupName"),
    text("node_role_arn", "NodeRole"),
    texts("subnet_ids", "Subnets"),
    text("ami_type", "AmiType"),
    text("capacity_type", "CapacityType"),
    // A group with a launch template has its disks from there.
    number_unless(0, "disk_size", "DiskSize"),
    texts("instance_types", "InstanceTypes"),
    map("labels", "Labels"),
    text("release_version", "ReleaseVersion"),
    text("version", "Version"),
    block("launch_template", "LaunchTemplate", &[text("id", "Id"), text("name", "Name"), text("version", "Version")]),
    block("node_repair_config", "NodeRepairConfig", ENABLED),
    block(
        "remote_access",
        "RemoteAccess",
        &[text("ec2_ssh_key", "Ec2SshKey"), texts("source_security_group_ids", "SourceSecurityGroups")],
    ),
    block(
        "scaling_config",
        "ScalingConfig",
        &[number("desired_size", "DesiredSize"), number("max_size", "MaxSize"), number("min_size", "MinSize")],
    ),
    blocks("taint", "Taints", &[text("effect", "Effect"), text("key", "Key"), text("value", "Value")]),
    block(
        "update_config",
        "UpdateConfig",
        &[
            number_unless(0, "max_unavailable", "MaxUnavailable"),
            number_unless(0, "max_unavailable_percentage", "MaxUnavailablePercentage"),
        ],
    ),
    Rule::TerraformOnly(&["force_update_version", "node_group_name_prefix"]),
    Rule::Computed(&["resources", "status"]),
];

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::check;

    #[test]
    fn a_cluster_says_who_may_reach_it() {
        check(
            "aws_eks_cluster",
            &json!({
                "access_config": [{"authentication_mode": "API", "bootstrap_cluster_creator_admin_permissions": false}],
                "arn": "arn:c", "bootstrap_self_managed_addons": true, "certificate_authority": [{"data": "x"}],
                "cluster_id": null, "compute_config": [], "created_at": "2026-01-01",
                "enabled_cluster_log_types": ["api", "audit"],
                "encryption_config": [{"provider": [{"key_arn": "arn:k"}], "resources": ["secrets"]}],
                "endpoint": "https://e", "force_update_version": null, "id": "c", "identity": [],
                "kubernetes_network_config": [{"elastic_load_balancing": [{"enabled": false}], "ip_family": "ipv4",
                    "service_ipv4_cidr": "172.20.0.0/16", "service_ipv6_cidr": ""}],
                "name": "c", "outpost_config": [], "platform_version": "eks.1",
                "remote_network_config": [{"remote_node_networks": [{"cidrs": ["10.9.0.0/16"]}],
                    "remote_pod_networks": []}],
                "role_arn": "arn:r", "status": "ACTIVE", "storage_config": [], "tags": {"a": "b"},
                "tags_all": {"a": "b"}, "upgrade_policy": [{"support_type": "STANDARD"}], "version": "1.31",
                "vpc_config": [{"cluster_security_group_id": "sg-9", "endpoint_private_access": false,
                    "endpoint_public_access": true, "public_access_cidrs": ["0.0.0.0/0"], "security_group_ids": [],
                    "subnet_ids": ["subnet-1"], "vpc_id": "vpc-1"}],
                "zonal_shift_config": []
            }),
            &json!({
                "AccessConfig": {"AuthenticationMode": "API", "BootstrapClusterCreatorAdminPermissions": false},
                "BootstrapSelfManagedAddons": true,
                "EncryptionConfig": [{"Provider": {"KeyArn": "arn:k"}, "Resources": ["secrets"]}],
                "KubernetesNetworkConfig": {"ElasticLoadBalancing": {"Enabled": false}, "IpFamily": "ipv4",
                    "ServiceIpv4Cidr": "172.20.0.0/16"},
                "Logging": {"ClusterLogging": {"EnabledTypes": [{"Type": "api"}, {"Type": "audit"}]}}, "Name": "c",
                "RemoteNetworkConfig": {"RemoteNodeNetworks": [{"Cidrs": ["10.9.0.0/16"]}], "RemotePodNetworks": []},
                "ResourcesVpcConfig": {"EndpointPrivateAccess": false, "EndpointPublicAccess": true,
                    "PublicAccessCidrs": ["0.0.0.0/0"], "SecurityGroupIds": [], "SubnetIds": ["subnet-1"]},
                "RoleArn": "arn:r", "Tags": [{"Key": "a", "Value": "b"}],
                "UpgradePolicy": {"SupportType": "STANDARD"}, "Version": "1.31"
            }),
        );
    }

    #[test]
    fn a_node_group_may_be_scaled_to_nothing() {
        check(
            "aws_eks_node_group",
            &json!({
                "ami_type": "AL2023_x86_64_STANDARD", "arn": "arn:n", "capacity_type": "SPOT", "cluster_name": "c",
                "disk_size": 0, "force_update_version": null, "id": "c:n", "instance_types": ["t3.large"],
                "labels": {"role": "web"}, "launch_template": [{"id": "lt-1", "name": "", "version": "3"}],
                "node_group_name": "n", "node_group_name_prefix": "", "node_repair_config": [{"enabled": false}],
                "node_role_arn": "arn:r", "release_version": "1.31.2", "remote_access": [], "resources": [],
                "scaling_config": [{"desired_size": 0, "max_size": 3, "min_size": 0}], "status": "ACTIVE",
                "subnet_ids": ["subnet-1"], "tags": {"a": "b"}, "tags_all": {"a": "b"},
                "taint": [{"effect": "NO_SCHEDULE", "key": "gpu", "value": ""}],
                "update_config": [{"max_unavailable": 1, "max_unavailable_percentage": 0}], "version": "1.31"
            }),
            &json!({
                "AmiType": "AL2023_x86_64_STANDARD", "CapacityType": "SPOT", "ClusterName": "c",
                "InstanceTypes": ["t3.large"], "Labels": {"role": "web"},
                "LaunchTemplate": {"Id": "lt-1", "Version": "3"}, "NodeRepairConfig": {"Enabled": false},
                "NodeRole": "arn:r", "NodegroupName": "n", "ReleaseVersion": "1.31.2",
                "ScalingConfig": {"DesiredSize": 0, "MaxSize": 3, "MinSize": 0}, "Subnets": ["subnet-1"],
                "Tags": {"a": "b"}, "Taints": [{"Effect": "NO_SCHEDULE", "Key": "gpu"}],
                "UpdateConfig": {"MaxUnavailable": 1}, "Version": "1.31"
            }),
        );
        check("aws_eks_node_group", &json!({"disk_size": 50}), &json!({"DiskSize": 50}));
    }
}
