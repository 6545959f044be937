//! Amazon `ElastiCache`. Properties: the CloudFormation reference of `AWS::ElastiCache::*`; attributes: the provider's
//! schema (5.100).

use super::rule::{
    Mapping, Produce, Properties, Rule, Tags, expanded, flag, free_text, keyed, number, number_unless, some_texts,
    text, texts,
};
use crate::model::Value;

/// The tables.
pub(super) const MAPPINGS: &[Mapping] = &[
    of_type("aws_elasticache_cluster", "AWS::ElastiCache::CacheCluster", &["cluster_id", "id"], CLUSTER),
    of_type(
        "aws_elasticache_replication_group",
        "AWS::ElastiCache::ReplicationGroup",
        &["replication_group_id", "id"],
        REPLICATION_GROUP,
    ),
    of_type(
        "aws_elasticache_subnet_group",
        "AWS::ElastiCache::SubnetGroup",
        &["name", "id"],
        &[
            text("name", "CacheSubnetGroupName"),
            free_text("description", "Description"),
            texts("subnet_ids", "SubnetIds"),
            Rule::Computed(&["vpc_id"]),
        ],
    ),
    of_type(
        "aws_elasticache_parameter_group",
        "AWS::ElastiCache::ParameterGroup",
        &["name", "id"],
        &[
            text("name", "CacheParameterGroupName"),
            text("family", "CacheParameterGroupFamily"),
            free_text("description", "Description"),
            keyed("parameter", "Properties", "name", "value"),
        ],
    ),
];

const fn of_type(
    terraform: &'static str,
    canonical: &'static str,
    identifier: &'static [&'static str],
    rules: &'static [Rule],
) -> Mapping {
    Mapping { terraform, canonical, identifier, tags: Tags::List, rules, produce: Produce::Resource }
}

const CLUSTER: &[Rule] = &[
    text("cluster_id", "ClusterName"),
    text("engine", "Engine"),
    text("engine_version", "EngineVersion"),
    text("node_type", "CacheNodeType"),
    number_unless(0, "num_cache_nodes", "NumCacheNodes"),
    text("parameter_group_name", "CacheParameterGroupName"),
    text("subnet_group_name", "CacheSubnetGroupName"),
    some_texts("security_group_ids", "VpcSecurityGroupIds"),
    text("availability_zone", "PreferredAvailabilityZone"),
    some_texts("preferred_availability_zones", "PreferredAvailabilityZones"),
    text("az_mode", "AZMode"),
    number_unless(0, "port", "Port"),
    text("ip_discovery", "IpDiscovery"),
    text("network_type", "NetworkType"),
    flag("auto_minor_version_upgrade", "AutoMinorVersionUpgrade"),
    text("maintenance_window", "PreferredMaintenanceWindow"),
    text("notification_topic_arn", "NotificationTopicArn"),
    some_texts("snapshot_arns", "SnapshotArns"),
    text("snapshot_name", "SnapshotName"),
    // 0 turns backups off.
    number("snapshot_retention_limit", "SnapshotRetentionLimit"),
    text("snapshot_window", "SnapshotWindow"),
    flag("transit_encryption_enabled", "TransitEncryptionEnabled"),
    LOG_DELIVERY,
    Rule::Uncovered(&["outpost_mode", "preferred_outpost_arn", "replication_group_id"]),
    Rule::TerraformOnly(&["apply_immediately", "final_snapshot_identifier"]),
    Rule::Computed(&["cache_nodes", "cluster_address", "configuration_endpoint", "engine_version_actual"]),
];

const REPLICATION_GROUP: &[Rule] = &[
    text("replication_group_id", "ReplicationGroupId"),
    text("description", "ReplicationGroupDescription"),
    text("global_replication_group_id", "GlobalReplicationGroupId"),
    text("engine", "Engine"),
    text("engine_version", "EngineVersion"),
    text("node_type", "CacheNodeType"),
    number_unless(0, "num_cache_clusters", "NumCacheClusters"),
    number_unless(0, "num_node_groups", "NumNodeGroups"),
    number("replicas_per_node_group", "ReplicasPerNodeGroup"),
    text("cluster_mode", "ClusterMode"),
    text("parameter_group_name", "CacheParameterGroupName"),
    text("subnet_group_name", "CacheSubnetGroupName"),
    some_texts("security_group_ids", "SecurityGroupIds"),
    some_texts("security_group_names", "CacheSecurityGroupNames"),
    some_texts("preferred_cache_cluster_azs", "PreferredCacheClusterAZs"),
    number_unless(0, "port", "Port"),
    text("ip_discovery", "IpDiscovery"),
    text("network_type", "NetworkType"),
    flag("at_rest_encryption_enabled", "AtRestEncryptionEnabled"),
    text("kms_key_id", "KmsKeyId"),
    flag("transit_encryption_enabled", "TransitEncryptionEnabled"),
    text("transit_encryption_mode", "TransitEncryptionMode"),
    text("auth_token", "AuthToken"),
    some_texts("user_group_ids", "UserGroupIds"),
    flag("auto_minor_version_upgrade", "AutoMinorVersionUpgrade"),
    flag("automatic_failover_enabled", "AutomaticFailoverEnabled"),
    flag("multi_az_enabled", "MultiAZEnabled"),
    flag("data_tiering_enabled", "DataTieringEnabled"),
    text("maintenance_window", "PreferredMaintenanceWindow"),
    text("notification_topic_arn", "NotificationTopicArn"),
    some_texts("snapshot_arns", "SnapshotArns"),
    text("snapshot_name", "SnapshotName"),
    number("snapshot_retention_limit", "SnapshotRetentionLimit"),
    text("snapshot_window", "SnapshotWindow"),
    LOG_DELIVERY,
    Rule::TerraformOnly(&["apply_immediately", "auth_token_update_strategy", "final_snapshot_identifier"]),
    Rule::Computed(&[
        "cluster_enabled",
        "configuration_endpoint_address",
        "engine_version_actual",
        "member_clusters",
        "primary_endpoint_address",
        "reader_endpoint_address",
    ]),
];

const LOG_DELIVERY: Rule = expanded(
    "log_delivery_configuration",
    "LogDeliveryConfigurations",
    &[
        text("destination", "DestinationDetails"),
        text("destination_type", "DestinationType"),
        text("log_format", "LogFormat"),
        text("log_type", "LogType"),
    ],
    destination,
);

/// Puts the destination where its type has it. Of a type that is not known it is not known where that is.
fn destination(mut delivery: Properties) -> Vec<Properties> {
    let Some(name) = delivery.remove("DestinationDetails") else { return vec![delivery] };
    let at = name.at.clone();
    let details = match delivery.get("DestinationType").and_then(Value::as_str) {
        Some("cloudwatch-logs") => within("CloudWatchLogsDetails", "LogGroup", name),
        Some("kinesis-firehose") => within("KinesisFirehoseDetails", "DeliveryStream", name),
        _ => Value::unknown("the type of the destination is not known"),
    };
    delivery.insert("DestinationDetails".to_owned(), details.located(at));
    vec![delivery]
}

fn within(outer: &str, inner: &str, value: Value) -> Value {
    let at = value.at.clone();
    Value::object([(outer, Value::object([(inner, value)]).located(at))])
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::check;

    #[test]
    fn a_cluster_says_nothing_of_what_is_not_set() {
        check(
            "aws_elasticache_cluster",
            &json!({
                "apply_immediately": null, "arn": "arn:c", "auto_minor_version_upgrade": "true",
                "availability_zone": "us-east-1a", "az_mode": "single-az",
                "cache_nodes": [{"address": "a", "availability_zone": "us-east-1a", "id": "0001", "outpost_arn": "",
                    "port": 6379}],
                "cluster_address": null, "cluster_id": "c", "configuration_endpoint": null, "engine": "redis",
                "engine_version": "7.1", "engine_version_actual": "7.1.0", "final_snapshot_identifier": null,
                "id": "c", "ip_discovery": "ipv4",
                "log_delivery_configuration": [
                    {"destination": "/l", "destination_type": "cloudwatch-logs", "log_format": "json",
                        "log_type": "slow-log"},
                    {"destination": "s", "destination_type": "kinesis-firehose", "log_format": "text",
                        "log_type": "engine-log"}],
                "maintenance_window": "sun:05:00-sun:06:00", "network_type": "ipv4", "node_type": "cache.t4g.micro",
                "notification_topic_arn": null, "num_cache_nodes": 1, "outpost_mode": null,
                "parameter_group_name": "default.redis7", "port": 6379, "preferred_availability_zones": null,
                "preferred_outpost_arn": "", "replication_group_id": "", "security_group_ids": ["sg-1"],
                "snapshot_arns": null, "snapshot_name": null, "snapshot_retention_limit": 0, "snapshot_window": "",
                "subnet_group_name": "g", "tags": null, "tags_all": {}, "transit_encryption_enabled": false
            }),
            &json!({
                "AZMode": "single-az", "AutoMinorVersionUpgrade": true, "CacheNodeType": "cache.t4g.micro",
                "CacheParameterGroupName": "default.redis7", "CacheSubnetGroupName": "g", "ClusterName": "c",
                "Engine": "redis", "EngineVersion": "7.1", "IpDiscovery": "ipv4",
                "LogDeliveryConfigurations": [
                    {"DestinationDetails": {"CloudWatchLogsDetails": {"LogGroup": "/l"}},
                        "DestinationType": "cloudwatch-logs", "LogFormat": "json", "LogType": "slow-log"},
                    {"DestinationDetails": {"KinesisFirehoseDetails": {"DeliveryStream": "s"}},
                        "DestinationType": "kinesis-firehose", "LogFormat": "text", "LogType": "engine-log"}],
                "NetworkType": "ipv4", "NumCacheNodes": 1, "Port": 6379, "PreferredAvailabilityZone": "us-east-1a",
                "PreferredMaintenanceWindow": "sun:05:00-sun:06:00", "SnapshotRetentionLimit": 0, "Tags": [],
                "TransitEncryptionEnabled": false, "VpcSecurityGroupIds": ["sg-1"]
            }),
        );
    }

    #[test]
    fn a_group_without_replicas_says_so() {
        check(
            "aws_elasticache_replication_group",
            &json!({
                "arn": "arn:g", "at_rest_encryption_enabled": "true", "auth_token": null,
                "auto_minor_version_upgrade": "false", "automatic_failover_enabled": false, "cluster_enabled": false,
                "cluster_mode": "disabled", "description": "d", "engine": "valkey", "engine_version": "8.0",
                "id": "g", "kms_key_id": "", "log_delivery_configuration": [], "member_clusters": ["g-001"],
                "multi_az_enabled": false, "node_type": "cache.t4g.micro", "num_cache_clusters": 1,
                "num_node_groups": 1, "port": 6379, "preferred_cache_cluster_azs": null, "replicas_per_node_group": 0,
                "replication_group_id": "g", "security_group_ids": ["sg-1"], "security_group_names": [],
                "snapshot_retention_limit": 5, "tags_all": {}, "transit_encryption_enabled": true,
                "transit_encryption_mode": "required", "user_group_ids": []
            }),
            &json!({
                "AtRestEncryptionEnabled": true, "AutoMinorVersionUpgrade": false, "AutomaticFailoverEnabled": false,
                "CacheNodeType": "cache.t4g.micro", "ClusterMode": "disabled", "Engine": "valkey",
                "EngineVersion": "8.0", "MultiAZEnabled": false, "NumCacheClusters": 1, "NumNodeGroups": 1,
                "Port": 6379, "ReplicasPerNodeGroup": 0, "ReplicationGroupDescription": "d",
                "ReplicationGroupId": "g", "SecurityGroupIds": ["sg-1"], "SnapshotRetentionLimit": 5, "Tags": [],
                "TransitEncryptionEnabled": true, "TransitEncryptionMode": "required"
            }),
        );
    }

    #[test]
    fn groups_of_subnets_and_parameters_are_resources() {
        check(
            "aws_elasticache_subnet_group",
            &json!({"arn": "arn:g", "description": "Managed by Terraform", "id": "g", "name": "g",
                "subnet_ids": ["subnet-1"], "tags_all": {}, "vpc_id": "vpc-1"}),
            &json!({"CacheSubnetGroupName": "g", "Description": "Managed by Terraform", "SubnetIds": ["subnet-1"],
                "Tags": []}),
        );
        check(
            "aws_elasticache_parameter_group",
            &json!({"description": "", "family": "redis7", "id": "p", "name": "p",
                "parameter": [{"name": "activerehashing", "value": "yes"}], "tags_all": {}}),
            &json!({"CacheParameterGroupFamily": "redis7", "CacheParameterGroupName": "p", "Description": "",
                "Properties": {"activerehashing": "yes"}, "Tags": []}),
        );
    }
}
