//! Facts about databases and caches: names that the services lower-case, versions that move by themselves.

use super::fact::{Fact, Says, Spelling, fact};

const CASE: Says = Says::Spelling(Spelling::LetterCase);

pub(super) const FACTS: &[Fact] = &[
    fact(
        &["AWS::RDS::DBInstance", "AWS::Neptune::DBInstance", "AWS::DocDB::DBInstance"],
        &[
            "DBInstanceIdentifier",
            "DBClusterIdentifier",
            "DBParameterGroupName",
            "DBSubnetGroupName",
            "OptionGroupName",
            "SourceDBInstanceIdentifier",
            "Engine",
        ],
        CASE,
    ),
    fact(
        &["AWS::RDS::DBCluster", "AWS::RDS::GlobalCluster", "AWS::Neptune::DBCluster", "AWS::DocDB::DBCluster"],
        &[
            "DBClusterIdentifier",
            "GlobalClusterIdentifier",
            "DBClusterParameterGroupName",
            "DBSubnetGroupName",
            "SourceDBClusterIdentifier",
            "Engine",
        ],
        CASE,
    ),
    fact(
        &["AWS::RDS::DBParameterGroup", "AWS::Neptune::DBParameterGroup"],
        &["DBParameterGroupName", "Name", "Family"],
        CASE,
    ),
    fact(
        &[
            "AWS::RDS::DBClusterParameterGroup",
            "AWS::Neptune::DBClusterParameterGroup",
            "AWS::DocDB::DBClusterParameterGroup",
        ],
        &["DBClusterParameterGroupName", "Name", "Family"],
        CASE,
    ),
    fact(&["AWS::RDS::OptionGroup"], &["OptionGroupName", "EngineName"], CASE),
    fact(
        &["AWS::RDS::DBSubnetGroup", "AWS::Neptune::DBSubnetGroup", "AWS::DocDB::DBSubnetGroup"],
        &["DBSubnetGroupName"],
        CASE,
    ),
    fact(
        &["AWS::RDS::DBParameterGroup", "AWS::RDS::DBClusterParameterGroup"],
        &["Parameters.*"],
        Says::Spelling(Spelling::BooleanToken),
    ),
    fact(
        &[
            "AWS::RDS::DBInstance",
            "AWS::RDS::DBCluster",
            "AWS::RDS::GlobalCluster",
            "AWS::Neptune::DBCluster",
            "AWS::DocDB::DBCluster",
            "AWS::ElastiCache::ReplicationGroup",
            "AWS::ElastiCache::CacheCluster",
            "AWS::AmazonMQ::Broker",
        ],
        &["EngineVersion"],
        Says::VersionTrack,
    ),
    // Memcached is declared by release and described by track.
    fact(
        &["AWS::ElastiCache::CacheCluster", "AWS::ElastiCache::ReplicationGroup"],
        &["EngineVersion"],
        Says::ReadsAsTrack,
    ),
    // Windows are answered as `mon:03:00-mon:04:00`.
    fact(
        &[
            "AWS::RDS::DBInstance",
            "AWS::RDS::DBCluster",
            "AWS::Neptune::DBCluster",
            "AWS::DocDB::DBCluster",
            "AWS::ElastiCache::ReplicationGroup",
            "AWS::ElastiCache::CacheCluster",
            "AWS::Redshift::Cluster",
        ],
        &["PreferredMaintenanceWindow"],
        CASE,
    ),
    // Which settings an option adds depends on the option and its version.
    fact(&["AWS::RDS::OptionGroup"], &["OptionConfigurations"], Says::KeyedBy(&["OptionName"])),
    fact(&["AWS::RDS::OptionGroup"], &["OptionConfigurations.*.OptionSettings"], Says::KeyedBy(&["Name"])),
    fact(&["AWS::RDS::OptionGroup"], &["OptionConfigurations.*.OptionSettings"], Says::OpenMembers),
    fact(
        &["AWS::ElastiCache::SubnetGroup", "AWS::ElastiCache::CacheCluster", "AWS::ElastiCache::ReplicationGroup"],
        &["CacheSubnetGroupName", "ClusterName", "ReplicationGroupId", "CacheParameterGroupName"],
        CASE,
    ),
    fact(&["AWS::ElastiCache::ServerlessCache"], &["ServerlessCacheName"], CASE),
    fact(&["AWS::ElastiCache::UserGroup"], &["UserGroupId", "UserIds.*"], CASE),
    fact(&["AWS::ElastiCache::ReplicationGroup"], &["UserGroupIds.*"], CASE),
    fact(&["AWS::ElastiCache::User"], &["UserId"], CASE),
    fact(&["AWS::ElastiCache::User", "AWS::MemoryDB::User"], &["AccessString"], Says::Spelling(Spelling::AccessString)),
    fact(
        &["AWS::Redshift::Cluster", "AWS::Redshift::ClusterParameterGroup", "AWS::Redshift::ClusterSubnetGroup"],
        &["ClusterIdentifier", "ParameterGroupName", "ClusterParameterGroupName", "ClusterSubnetGroupName"],
        CASE,
    ),
    fact(&["AWS::Redshift::ClusterParameterGroup"], &["Parameters"], Says::KeyedBy(&["ParameterName"])),
    fact(&["AWS::RedshiftServerless::Workgroup"], &["ConfigParameters"], Says::KeyedBy(&["ParameterKey"])),
    fact(&["AWS::RedshiftServerless::Workgroup"], &["ConfigParameters"], Says::OpenMembers),
    fact(
        &["AWS::DMS::Endpoint", "AWS::DMS::ReplicationInstance", "AWS::DMS::ReplicationSubnetGroup"],
        &[
            "EndpointIdentifier",
            "EndpointType",
            "EngineName",
            "ReplicationInstanceIdentifier",
            "ReplicationSubnetGroupIdentifier",
        ],
        CASE,
    ),
    fact(&["AWS::DAX::Cluster"], &["ClusterName", "ParameterGroupName", "SubnetGroupName"], CASE),
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
    fact(&["AWS::DynamoDB::GlobalTable"], &["Replicas"], Says::KeyedBy(&["Region"])),
];
