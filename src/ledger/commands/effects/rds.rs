//! Amazon RDS: changes that wait for the maintenance window. Source: RDS API reference, `ModifyDBInstance`; property
//! names of `AWS::RDS::DBInstance`.

use super::shape::Shape::{Switch, Text};
use super::{Change, Operation, Select};

const NOW: &str = "apply-immediately";

pub(super) const OPERATIONS: &[Operation] = &[Operation {
    service: "rds",
    name: "modify-db-instance",
    resource_type: "AWS::RDS::DBInstance",
    select: &[Select::Flag("db-instance-identifier")],
    changes: &[
        Change::Later("allocated-storage", "AllocatedStorage", Text, NOW),
        Change::Later("db-instance-class", "DBInstanceClass", Text, NOW),
        Change::Later("engine-version", "EngineVersion", Text, NOW),
        Change::Later("iops", "Iops", Text, NOW),
        Change::Later("multi-az", "MultiAZ", Switch, NOW),
        Change::Later("storage-type", "StorageType", Text, NOW),
        // The service applies these at once in any case.
        Change::Set("backup-retention-period", "BackupRetentionPeriod", Text),
        Change::Set("deletion-protection", "DeletionProtection", Switch),
    ],
}];
