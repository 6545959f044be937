//! Amazon RDS, DynamoDB and `ElastiCache`: changes that wait for the maintenance window. Source: their API references;
//! property names of `AWS::RDS::*`, `AWS::DynamoDB::Table` and `AWS::ElastiCache::*`.

use super::change::Change::{Add, Entries, Gone, Later, Merge, Remove, Same, Set, Unread, UnreadIf};
use super::{Row, Select, row};

const NOW: &str = "ApplyImmediately";
const INSTANCE: &str = "AWS::RDS::DBInstance";
const BY_INSTANCE: &[Select] = &[Select::Is("DBInstanceIdentifier")];
const CLUSTER: &str = "AWS::RDS::DBCluster";
const BY_CLUSTER: &[Select] = &[Select::Is("DBClusterIdentifier")];
const TABLE: &str = "AWS::DynamoDB::Table";
const BY_TABLE: &[Select] = &[Select::Is("TableName")];
const CACHE: &str = "AWS::ElastiCache::CacheCluster";
const BY_CACHE: &[Select] = &[Select::Is("CacheClusterId")];
const REPLICATION: &str = "AWS::ElastiCache::ReplicationGroup";
const BY_REPLICATION: &[Select] = &[Select::Is("ReplicationGroupId")];

pub(super) const ROWS: &[Row] = &[
    row(
        "rds modify-db-instance",
        INSTANCE,
        BY_INSTANCE,
        &[
            Later(
                &[
                    ("AllocatedStorage", "AllocatedStorage"),
                    ("DBInstanceClass", "DBInstanceClass"),
                    ("EngineVersion", "EngineVersion"),
                    ("Iops", "Iops"),
                    ("MultiAZ", "MultiAZ"),
                    ("StorageType", "StorageType"),
                    ("StorageThroughput", "StorageThroughput"),
                    ("DBParameterGroupName", "DBParameterGroupName"),
                    ("DBPortNumber", "Port"),
                    ("LicenseModel", "LicenseModel"),
                    ("OptionGroupName", "OptionGroupName"),
                    ("CACertificateIdentifier", "CACertificateIdentifier"),
                    ("EnableIAMDatabaseAuthentication", "EnableIAMDatabaseAuthentication"),
                    ("MasterUserPassword", "MasterUserPassword"),
                ],
                NOW,
            ),
            // The service applies these at once in any case.
            Same(&["BackupRetentionPeriod", "DeletionProtection", "AutoMinorVersionUpgrade", "CopyTagsToSnapshot"]),
            Same(&["PreferredBackupWindow", "PreferredMaintenanceWindow", "MonitoringInterval", "MonitoringRoleArn"]),
            Same(&["PubliclyAccessible", "MaxAllocatedStorage", "PromotionTier"]),
            Set("VpcSecurityGroupIds", "VPCSecurityGroups"),
        ],
    ),
    row("rds delete-db-instance", INSTANCE, BY_INSTANCE, &[Gone]),
    row("rds promote-read-replica", INSTANCE, BY_INSTANCE, &[Unread("SourceDBInstanceIdentifier")]),
    row(
        "rds modify-db-cluster",
        CLUSTER,
        BY_CLUSTER,
        &[
            Later(
                &[
                    ("EngineVersion", "EngineVersion"),
                    ("Port", "Port"),
                    ("DBClusterInstanceClass", "DBClusterInstanceClass"),
                    ("AllocatedStorage", "AllocatedStorage"),
                    ("Iops", "Iops"),
                    ("StorageType", "StorageType"),
                    ("MasterUserPassword", "MasterUserPassword"),
                ],
                NOW,
            ),
            Same(&["BackupRetentionPeriod", "DeletionProtection", "CopyTagsToSnapshot", "PreferredBackupWindow"]),
            Same(&["PreferredMaintenanceWindow", "EnableHttpEndpoint", "BacktrackWindow", "VpcSecurityGroupIds"]),
            Set("DBClusterParameterGroupName", "DBClusterParameterGroupName"),
            Merge("ServerlessV2ScalingConfiguration", "ServerlessV2ScalingConfiguration"),
            Merge("ScalingConfiguration", "ScalingConfiguration"),
        ],
    ),
    row("rds delete-db-cluster", CLUSTER, BY_CLUSTER, &[Gone]),
    row("rds add-role-to-db-cluster", CLUSTER, BY_CLUSTER, &[Unread("AssociatedRoles")]),
    row(
        "rds modify-db-parameter-group",
        "AWS::RDS::DBParameterGroup",
        &[Select::Is("DBParameterGroupName")],
        &[Entries("Parameters", "Parameters", "ParameterName", "ParameterValue")],
    ),
    row(
        "rds reset-db-parameter-group",
        "AWS::RDS::DBParameterGroup",
        &[Select::Is("DBParameterGroupName")],
        &[Unread("Parameters")],
    ),
    row(
        "rds modify-db-cluster-parameter-group",
        "AWS::RDS::DBClusterParameterGroup",
        &[Select::Is("DBClusterParameterGroupName")],
        &[Entries("Parameters", "Parameters", "ParameterName", "ParameterValue")],
    ),
    row(
        "rds modify-db-subnet-group",
        "AWS::RDS::DBSubnetGroup",
        &[Select::Is("DBSubnetGroupName")],
        &[Same(&["DBSubnetGroupDescription", "SubnetIds"])],
    ),
    row(
        "rds modify-event-subscription",
        "AWS::RDS::EventSubscription",
        &[Select::Is("SubscriptionName")],
        &[Same(&["SnsTopicArn", "SourceType", "EventCategories", "Enabled"])],
    ),
    row(
        "rds add-source-identifier-to-subscription",
        "AWS::RDS::EventSubscription",
        &[Select::Is("SubscriptionName")],
        &[Add("SourceIdentifier", "SourceIds")],
    ),
    row(
        "rds remove-source-identifier-from-subscription",
        "AWS::RDS::EventSubscription",
        &[Select::Is("SubscriptionName")],
        &[Remove("SourceIdentifier", "SourceIds")],
    ),
    row(
        "dynamodb update-table",
        TABLE,
        BY_TABLE,
        &[
            Same(&["BillingMode", "DeletionProtectionEnabled", "TableClass"]),
            Merge("ProvisionedThroughput", "ProvisionedThroughput"),
            Merge("OnDemandThroughput", "OnDemandThroughput"),
            UnreadIf("GlobalSecondaryIndexUpdates", "GlobalSecondaryIndexes"),
            UnreadIf("StreamSpecification", "StreamSpecification"),
            UnreadIf("SSESpecification", "SSESpecification"),
            UnreadIf("AttributeDefinitions", "AttributeDefinitions"),
        ],
    ),
    row(
        "dynamodb update-time-to-live",
        TABLE,
        BY_TABLE,
        &[Merge("TimeToLiveSpecification", "TimeToLiveSpecification")],
    ),
    row(
        "dynamodb update-continuous-backups",
        TABLE,
        BY_TABLE,
        &[Merge("PointInTimeRecoverySpecification", "PointInTimeRecoverySpecification")],
    ),
    row("dynamodb delete-table", TABLE, BY_TABLE, &[Gone]),
    row(
        "elasticache modify-cache-cluster",
        CACHE,
        BY_CACHE,
        &[
            Later(
                &[
                    ("NumCacheNodes", "NumCacheNodes"),
                    ("CacheNodeType", "CacheNodeType"),
                    ("EngineVersion", "EngineVersion"),
                    ("CacheParameterGroupName", "CacheParameterGroupName"),
                ],
                NOW,
            ),
            Same(&[
                "PreferredMaintenanceWindow",
                "AutoMinorVersionUpgrade",
                "SnapshotRetentionLimit",
                "SnapshotWindow",
            ]),
            Set("SecurityGroupIds", "VpcSecurityGroupIds"),
            Set("NotificationTopicArn", "NotificationTopicArn"),
        ],
    ),
    row("elasticache delete-cache-cluster", CACHE, BY_CACHE, &[Gone]),
    row(
        "elasticache modify-replication-group",
        REPLICATION,
        BY_REPLICATION,
        &[
            Later(
                &[
                    ("CacheNodeType", "CacheNodeType"),
                    ("EngineVersion", "EngineVersion"),
                    ("CacheParameterGroupName", "CacheParameterGroupName"),
                    ("AutomaticFailoverEnabled", "AutomaticFailoverEnabled"),
                    ("MultiAZEnabled", "MultiAZEnabled"),
                ],
                NOW,
            ),
            Same(&["ReplicationGroupDescription", "PreferredMaintenanceWindow", "AutoMinorVersionUpgrade"]),
            Same(&["SnapshotRetentionLimit", "SnapshotWindow", "SecurityGroupIds", "NotificationTopicArn"]),
        ],
    ),
    row(
        "elasticache modify-replication-group-shard-configuration",
        REPLICATION,
        BY_REPLICATION,
        &[Set("NodeGroupCount", "NumNodeGroups")],
    ),
    row("elasticache delete-replication-group", REPLICATION, BY_REPLICATION, &[Gone]),
];
