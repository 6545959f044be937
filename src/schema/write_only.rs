//! Properties that no read returns although nobody says so, and some that a read returns although their schema says
//! otherwise: corrections to `writeOnlyProperties` of CloudFormation's schemas, which
//! [`resource_facts`](super::resource_facts) has. What is returned after all is compared.

use super::fact::{Fact, Says, fact};

const fn never(types: &'static [&'static str], paths: &'static [&'static str]) -> Fact {
    fact(types, paths, Says::NeverReturned)
}

/// What the readers of [`crate::live`] return of what schemas call write-only.
const fn returned(types: &'static [&'static str], paths: &'static [&'static str]) -> Fact {
    fact(types, paths, Says::Returned)
}

pub(super) const FACTS: &[Fact] = &[
    returned(&["AWS::EC2::Instance"], &["LicenseSpecifications"]),
    returned(&["AWS::ECS::Service"], &["ServiceConnectConfiguration", "VolumeConfigurations"]),
    returned(&["AWS::Lambda::Function"], &["SnapStart", "SnapStart.ApplyOn"]),
    returned(&["AWS::SSM::Parameter"], &["AllowedPattern", "Description", "Policies", "Tier"]),
    never(&["AWS::AppSync::GraphQLSchema"], &["Definition", "DefinitionS3Location"]),
    never(&["AWS::Batch::JobDefinition"], &["Timeout"]),
    never(&["AWS::Budgets::Budget"], &["NotificationsWithSubscribers"]),
    never(&["AWS::CertificateManager::Certificate"], &["DomainValidationOptions"]),
    never(&["AWS::CloudWatch::AnomalyDetector"], &["MetricMathAnomalyDetector.MetricDataQueries.*.Label"]),
    never(&["AWS::Cognito::UserPoolClient"], &["GenerateSecret"]),
    never(&["AWS::DLM::LifecyclePolicy"], &["DefaultPolicy"]),
    never(
        &["AWS::DMS::Endpoint"],
        &[
            "DocDbSettings",
            "DynamoDbSettings",
            "ElasticsearchSettings",
            "IbmDb2Settings",
            "KafkaSettings",
            "KinesisSettings",
            "MicrosoftSqlServerSettings",
            "MongoDbSettings",
            "MySqlSettings",
            "NeptuneSettings",
            "OracleSettings",
            "PostgreSqlSettings",
            "RedisSettings",
            "RedshiftSettings",
            "S3Settings",
            "SybaseSettings",
        ],
    ),
    never(
        &["AWS::DocDB::DBCluster"],
        &["DBSubnetGroupName", "MasterUserPassword", "SnapshotIdentifier", "SourceDBClusterIdentifier"],
    ),
    never(&["AWS::DynamoDB::GlobalTable"], &["SSESpecification"]),
    // No properties of the types in CloudFormation, so its read handlers do not know them.
    never(&["AWS::EC2::RouteTable"], &["Routes"]),
    never(&["AWS::EC2::NetworkAcl"], &["Entries", "SubnetIds"]),
    never(&["AWS::EC2::Instance"], &["LaunchTemplate", "UserData"]),
    never(&["AWS::EC2::ClientVpnEndpoint"], &["TagSpecifications"]),
    never(&["AWS::ElastiCache::ReplicationGroup"], &["ReplicasPerNodeGroup"]),
    never(&["AWS::MemoryDB::User"], &["Passwords", "NoPasswordRequired"]),
    never(&["AWS::Glue::Connection"], &["ConnectionInput.ConnectionProperties.PASSWORD"]),
    never(&["AWS::IAM::User"], &["LoginProfile"]),
    never(&["AWS::KMS::ReplicaKey"], &["BypassPolicyLockoutSafetyCheck"]),
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::AttributePath;
    use crate::schema::{every_fact, resource_facts};

    #[test]
    fn rows_of_every_table_correct_the_schemas_and_repeat_nothing_of_them() {
        let corrects = |row: &&Fact| matches!(row.says, Says::NeverReturned | Says::Returned);
        for row in every_fact().filter(corrects) {
            for (name, pattern) in row.types.iter().flat_map(|name| row.paths.iter().map(move |path| (name, path))) {
                let path: AttributePath = pattern.replace(".*", "[0]").parse().unwrap();
                let write_only = resource_facts(name).is_some_and(|facts| facts.is_write_only(&path));
                assert_eq!(write_only, row.says == Says::Returned, "{name} {pattern}");
            }
        }
    }
}
