//! Facts about databases and caches: names that the services lower-case, versions that move by themselves.

use super::fact::{Controller, Fact, Limit, Says, Spelling, When, fact};

/// Identifiers and names of groups are stored in small letters (API references: "Parameter name stored in lowercase").
const CASE: Says = Says::Spelling(Spelling::LowerCase);

/// The engines that share the API of RDS.
const CLUSTERS: &[&str] = &[
    "AWS::RDS::DBCluster",
    "AWS::RDS::DBShardGroup",
    "AWS::RDS::GlobalCluster",
    "AWS::Neptune::DBCluster",
    "AWS::Neptune::GlobalCluster",
    "AWS::DocDB::DBCluster",
    "AWS::DocDB::GlobalCluster",
];
const INSTANCES: &[&str] = &["AWS::RDS::DBInstance", "AWS::Neptune::DBInstance", "AWS::DocDB::DBInstance"];
const CACHES: &[&str] = &[
    "AWS::ElastiCache::CacheCluster",
    "AWS::ElastiCache::ReplicationGroup",
    "AWS::ElastiCache::GlobalReplicationGroup",
];

/// Storage only ever grows by itself.
const STORAGE: Controller =
    Controller { owner: "storage autoscaling", min: Limit::Declared, max: Limit::Live("MaxAllocatedStorage") };

/// RDS user guide, "Upgrading a DB instance engine version".
const ENGINES: &[(&str, usize)] = &[
    ("aurora-mysql", 4),
    ("aurora-postgresql", 1),
    ("docdb", 2),
    ("mariadb", 2),
    ("mysql", 2),
    ("neptune", 2),
    ("postgres", 1),
];

pub(super) const FACTS: &[Fact] = &[
    fact(&["AWS::RDS::DBInstance"], &["AllocatedStorage"], Says::Controlled(&STORAGE)),
    fact(INSTANCES, &["EngineVersion"], Says::MinorUpgrades(ENGINES)),
    fact(CLUSTERS, &["EngineVersion"], Says::MinorUpgrades(ENGINES)),
    fact(
        INSTANCES,
        &[
            "DBInstanceIdentifier",
            "DBClusterIdentifier",
            "DBClusterSnapshotIdentifier",
            "DBParameterGroupName",
            "DBSnapshotIdentifier",
            "DBSubnetGroupName",
            "OptionGroupName",
            "SourceDBClusterIdentifier",
            "SourceDBInstanceIdentifier",
            "Engine",
            "PreferredMaintenanceWindow",
        ],
        CASE,
    ),
    fact(
        CLUSTERS,
        &[
            "DBClusterIdentifier",
            "DBClusterParameterGroupName",
            "DBInstanceParameterGroupName",
            "DBShardGroupIdentifier",
            "DBSubnetGroupName",
            "GlobalClusterIdentifier",
            "SnapshotIdentifier",
            "SourceDBClusterIdentifier",
            "Engine",
            "PreferredMaintenanceWindow",
        ],
        CASE,
    ),
    fact(
        &[
            "AWS::RDS::DBParameterGroup",
            "AWS::RDS::DBClusterParameterGroup",
            "AWS::Neptune::DBParameterGroup",
            "AWS::Neptune::DBClusterParameterGroup",
            "AWS::DocDB::DBClusterParameterGroup",
        ],
        &["DBParameterGroupName", "DBClusterParameterGroupName", "Name", "Family"],
        CASE,
    ),
    fact(&["AWS::RDS::OptionGroup"], &["OptionGroupName", "EngineName"], CASE),
    fact(
        &["AWS::RDS::DBSubnetGroup", "AWS::Neptune::DBSubnetGroup", "AWS::DocDB::DBSubnetGroup"],
        &["DBSubnetGroupName"],
        CASE,
    ),
    fact(&["AWS::RDS::DBProxy", "AWS::RDS::DBProxyEndpoint"], &["DBProxyName", "DBProxyEndpointName"], CASE),
    fact(
        &["AWS::RDS::DBProxyTargetGroup"],
        &["DBProxyName", "DBClusterIdentifiers.*", "DBInstanceIdentifiers.*"],
        CASE,
    ),
    fact(
        &["AWS::RDS::EventSubscription", "AWS::Neptune::EventSubscription"],
        &["SubscriptionName", "SourceIds.*"],
        CASE,
    ),
    fact(
        &["AWS::RDS::DBParameterGroup", "AWS::RDS::DBClusterParameterGroup"],
        &["Parameters.*"],
        Says::Spelling(Spelling::BooleanToken),
    ),
    fact(CLUSTERS, &["EngineVersion"], Says::VersionTrack),
    fact(INSTANCES, &["EngineVersion"], Says::VersionTrack),
    fact(CACHES, &["EngineVersion"], Says::VersionTrack),
    fact(
        &["AWS::AmazonMQ::Broker", "AWS::DMS::ReplicationInstance", "AWS::MemoryDB::Cluster"],
        &["EngineVersion"],
        Says::VersionTrack,
    ),
    // Memcached is declared by release and described by track.
    fact(CACHES, &["EngineVersion"], Says::ReadsAsTrack),
    fact(
        &[
            "AWS::ElastiCache::ReplicationGroup",
            "AWS::ElastiCache::CacheCluster",
            "AWS::ElastiCache::ServerlessCache",
            "AWS::MemoryDB::Cluster",
            "AWS::DAX::Cluster",
            "AWS::DMS::ReplicationInstance",
            "AWS::Redshift::Cluster",
        ],
        &["PreferredMaintenanceWindow", "MaintenanceWindow"],
        CASE,
    ),
    // Which settings an option adds depends on the option and its version.
    fact(&["AWS::RDS::OptionGroup"], &["OptionConfigurations"], Says::KeyedBy(&["OptionName"])),
    fact(&["AWS::RDS::OptionGroup"], &["OptionConfigurations.*.OptionSettings"], Says::KeyedBy(&["Name"])),
    fact(&["AWS::RDS::OptionGroup"], &["OptionConfigurations.*.OptionSettings"], Says::OpenMembers),
    fact(
        &[
            "AWS::ElastiCache::SubnetGroup",
            "AWS::ElastiCache::ParameterGroup",
            "AWS::ElastiCache::CacheCluster",
            "AWS::ElastiCache::ReplicationGroup",
        ],
        &[
            "CacheParameterGroupName",
            "CacheSubnetGroupName",
            "ClusterName",
            "GlobalReplicationGroupId",
            "PrimaryClusterId",
            "ReplicationGroupId",
        ],
        CASE,
    ),
    fact(CACHES, &["LogDeliveryConfigurations"], Says::KeyedBy(&["LogType"])),
    fact(&["AWS::ElastiCache::ServerlessCache"], &["ServerlessCacheName", "UserGroupId"], CASE),
    fact(&["AWS::ElastiCache::UserGroup"], &["UserGroupId", "UserIds.*"], CASE),
    fact(&["AWS::ElastiCache::ReplicationGroup"], &["UserGroupIds.*"], CASE),
    fact(&["AWS::ElastiCache::User"], &["UserId"], CASE),
    fact(&["AWS::ElastiCache::User", "AWS::MemoryDB::User"], &["AccessString"], Says::Spelling(Spelling::AccessString)),
    fact(
        &[
            "AWS::MemoryDB::Cluster",
            "AWS::MemoryDB::ACL",
            "AWS::MemoryDB::ParameterGroup",
            "AWS::MemoryDB::SubnetGroup",
            "AWS::MemoryDB::User",
        ],
        &["ACLName", "ClusterName", "ParameterGroupName", "SubnetGroupName", "UserName", "UserNames.*"],
        CASE,
    ),
    fact(
        &[
            "AWS::Redshift::Cluster",
            "AWS::Redshift::ClusterParameterGroup",
            "AWS::Redshift::ClusterSubnetGroup",
            "AWS::Redshift::EndpointAccess",
            "AWS::Redshift::EventSubscription",
        ],
        &[
            "ClusterIdentifier",
            "ClusterParameterGroupName",
            "ClusterSubnetGroupName",
            "EndpointName",
            "ParameterGroupFamily",
            "ParameterGroupName",
            "SourceIds.*",
            "SubnetGroupName",
            "SubscriptionName",
        ],
        CASE,
    ),
    fact(&["AWS::Redshift::ClusterParameterGroup"], &["Parameters"], Says::KeyedBy(&["ParameterName"])),
    fact(
        &["AWS::RedshiftServerless::Namespace", "AWS::RedshiftServerless::Workgroup"],
        &["NamespaceName", "WorkgroupName"],
        CASE,
    ),
    fact(&["AWS::RedshiftServerless::Workgroup"], &["ConfigParameters"], Says::KeyedBy(&["ParameterKey"])),
    fact(&["AWS::RedshiftServerless::Workgroup"], &["ConfigParameters"], Says::OpenMembers),
    fact(
        &[
            "AWS::DMS::Certificate",
            "AWS::DMS::Endpoint",
            "AWS::DMS::EventSubscription",
            "AWS::DMS::ReplicationConfig",
            "AWS::DMS::ReplicationInstance",
            "AWS::DMS::ReplicationSubnetGroup",
            "AWS::DMS::ReplicationTask",
        ],
        &[
            "CertificateIdentifier",
            "EndpointIdentifier",
            "EngineName",
            "ReplicationConfigIdentifier",
            "ReplicationInstanceIdentifier",
            "ReplicationSubnetGroupIdentifier",
            "ReplicationTaskIdentifier",
            "SubscriptionName",
        ],
        CASE,
    ),
    fact(&["AWS::DMS::Endpoint"], &["EndpointType"], Says::Spelling(Spelling::UpperCase)),
    fact(
        &["AWS::DAX::Cluster", "AWS::DAX::ParameterGroup", "AWS::DAX::SubnetGroup"],
        &["ClusterName", "ParameterGroupName", "SubnetGroupName"],
        CASE,
    ),
    // DynamoDB encrypts with its own key unless told otherwise, and then has nothing to return.
    fact(
        &["AWS::DynamoDB::Table", "AWS::DynamoDB::GlobalTable"],
        &["SSESpecification.SSEEnabled"],
        Says::Default("false"),
    ),
    fact(
        &["AWS::DynamoDB::Table", "AWS::DynamoDB::GlobalTable"],
        &["AttributeDefinitions", "KeySchema"],
        Says::KeyedBy(&["AttributeName"]),
    ),
    fact(
        &["AWS::DynamoDB::Table", "AWS::DynamoDB::GlobalTable"],
        &["GlobalSecondaryIndexes", "LocalSecondaryIndexes"],
        Says::KeyedBy(&["IndexName"]),
    ),
    fact(
        &["AWS::DynamoDB::Table"],
        &["TimeToLiveSpecification.Enabled", "PointInTimeRecoverySpecification.PointInTimeRecoveryEnabled"],
        Says::Default("false"),
    ),
    fact(&["AWS::DynamoDB::Table"], &["TableClass"], Says::Default("STANDARD")),
    fact(&["AWS::DynamoDB::GlobalTable"], &["Replicas"], Says::KeyedBy(&["Region"])),
    // The columns of a partition key are hashed in their order.
    fact(&["AWS::Cassandra::Table"], &["PartitionKeyColumns"], Says::Ordered),
    // Upgrades happen by themselves unless somebody turned that off, or it was off in what the resource was restored from.
    fact(INSTANCES, &["AutoMinorVersionUpgrade"], Says::Default("true")),
    fact(INSTANCES, &["AutoMinorVersionUpgrade"], Says::On(&[When::NoneOf(RESTORED)])),
    fact(CACHES, &["AutoMinorVersionUpgrade"], Says::Default("true")),
    fact(CACHES, &["AutoMinorVersionUpgrade"], Says::On(&[When::NoneOf(RESTORED)])),
    fact(
        &["AWS::DMS::ReplicationInstance", "AWS::MemoryDB::Cluster"],
        &["AutoMinorVersionUpgrade", "PubliclyAccessible", "TLSEnabled"],
        Says::Default("true"),
    ),
    fact(&["AWS::DMS::ReplicationInstance"], &["AutoMinorVersionUpgrade", "PubliclyAccessible"], Says::On(&[])),
    fact(&["AWS::MemoryDB::Cluster"], &["AutoMinorVersionUpgrade", "TLSEnabled"], Says::On(&[When::NoneOf(RESTORED)])),
    fact(&["AWS::Redshift::Cluster"], &["AllowVersionUpgrade"], Says::Default("true")),
    fact(&["AWS::Redshift::Cluster"], &["AllowVersionUpgrade"], Says::On(&[When::NoneOf(RESTORED)])),
];

/// Properties of a resource that was made from another one, and of instances that follow their cluster.
const RESTORED: &[&str] = &[
    "DBClusterIdentifier",
    "DBClusterSnapshotIdentifier",
    "DBSnapshotIdentifier",
    "GlobalReplicationGroupId",
    "RestoreTime",
    "SnapshotArn",
    "SnapshotArns",
    "SnapshotIdentifier",
    "SnapshotName",
    "SourceDBClusterIdentifier",
    "SourceDBInstanceAutomatedBackupsArn",
    "SourceDBInstanceIdentifier",
    "SourceDbiResourceId",
    "UseLatestRestorableTime",
];
