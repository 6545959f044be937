//! Table tests of databases, with values as a state has them.

use serde_json::json;

use super::super::check;

#[test]
fn an_instance_says_what_is_off_and_nothing_of_what_is_not_set() {
    check(
        "aws_db_instance",
        &serde_json::from_str(
            r#"{
            "address": "a", "allocated_storage": 20, "allow_major_version_upgrade": null, "apply_immediately": false,
            "arn": "arn:d", "auto_minor_version_upgrade": true, "availability_zone": "us-east-1a",
            "backup_retention_period": 0, "backup_target": "", "backup_window": "13:14-13:44", "blue_green_update": [],
            "ca_cert_identifier": "rds-ca-rsa2048-g1", "character_set_name": "", "copy_tags_to_snapshot": false,
            "custom_iam_instance_profile": "", "customer_owned_ip_enabled": null, "database_insights_mode": "standard",
            "db_name": "", "db_subnet_group_name": "g", "dedicated_log_volume": false,
            "delete_automated_backups": true, "deletion_protection": false, "domain": "", "domain_auth_secret_arn": "",
            "domain_dns_ips": null, "domain_fqdn": "", "domain_iam_role_name": "", "domain_ou": "",
            "enabled_cloudwatch_logs_exports": null, "endpoint": "e:5432", "engine": "postgres",
            "engine_lifecycle_support": "", "engine_version": "16.3", "engine_version_actual": "16.3",
            "final_snapshot_identifier": null, "hosted_zone_id": "", "iam_database_authentication_enabled": false,
            "id": "db-X", "identifier": "d", "identifier_prefix": "", "instance_class": "db.t3.micro", "iops": 0,
            "kms_key_id": "arn:k", "latest_restorable_time": "2026-11-21T04:23:35Z", "license_model": "",
            "listener_endpoint": [], "maintenance_window": "wed:06:38-wed:07:08", "manage_master_user_password": null,
            "master_user_secret": [], "master_user_secret_kms_key_id": null, "max_allocated_storage": 0,
            "monitoring_interval": 0, "monitoring_role_arn": "", "multi_az": false, "nchar_character_set_name": "",
            "network_type": "IPV4", "option_group_name": "default:postgres-16", "parameter_group_name": "p",
            "password": "hunter2", "password_wo": null, "password_wo_version": null,
            "performance_insights_enabled": false, "performance_insights_kms_key_id": "",
            "performance_insights_retention_period": 0, "port": 5432, "publicly_accessible": false, "replica_mode": "",
            "replicas": [], "replicate_source_db": "", "resource_id": "db-X", "restore_to_point_in_time": [],
            "s3_import": [], "skip_final_snapshot": true, "snapshot_identifier": null, "status": "available",
            "storage_encrypted": true, "storage_throughput": 0, "storage_type": "gp2", "tags": null, "tags_all": {},
            "timeouts": null, "timezone": "", "upgrade_storage_config": null, "username": "u",
            "vpc_security_group_ids": ["sg-1"]
        }"#,
        )
        .unwrap(),
        &json!({
            "AllocatedStorage": 20, "AutoMinorVersionUpgrade": true, "AvailabilityZone": "us-east-1a",
            "BackupRetentionPeriod": 0, "CACertificateIdentifier": "rds-ca-rsa2048-g1", "CopyTagsToSnapshot": false,
            "DBInstanceClass": "db.t3.micro", "DBInstanceIdentifier": "d", "DBParameterGroupName": "p",
            "DBSubnetGroupName": "g", "DatabaseInsightsMode": "standard", "DedicatedLogVolume": false,
            "DeletionProtection": false, "EnableIAMDatabaseAuthentication": false, "EnablePerformanceInsights": false,
            "Engine": "postgres", "EngineVersion": "16.3", "KmsKeyId": "arn:k", "MasterUserPassword": "hunter2",
            "MasterUsername": "u", "MonitoringInterval": 0, "MultiAZ": false, "NetworkType": "IPV4",
            "OptionGroupName": "default:postgres-16", "Port": 5432, "PreferredBackupWindow": "13:14-13:44",
            "PreferredMaintenanceWindow": "wed:06:38-wed:07:08", "PubliclyAccessible": false,
            "StorageEncrypted": true, "StorageType": "gp2", "Tags": [], "VPCSecurityGroups": ["sg-1"]
        }),
    );
    check(
        "aws_db_instance",
        &json!({"iops": 3000, "max_allocated_storage": 100, "performance_insights_retention_period": 7,
            "enabled_cloudwatch_logs_exports": ["postgresql"], "replicate_source_db": "main"}),
        &json!({"EnableCloudwatchLogsExports": ["postgresql"], "Iops": 3000, "MaxAllocatedStorage": 100,
            "PerformanceInsightsRetentionPeriod": 7, "SourceDBInstanceIdentifier": "main"}),
    );
}

#[test]
fn a_cluster_and_its_instances_are_two_types() {
    check(
        "aws_rds_cluster",
        &json!({
            "allocated_storage": 0, "apply_immediately": null, "arn": "arn:c", "availability_zones": ["us-east-1a"],
            "backtrack_window": 0, "backup_retention_period": 1, "ca_certificate_identifier": "",
            "cluster_identifier": "c", "cluster_identifier_prefix": "", "cluster_members": ["i"],
            "cluster_resource_id": "cluster-X", "copy_tags_to_snapshot": false, "database_name": "app",
            "db_subnet_group_name": "g", "deletion_protection": true, "enable_http_endpoint": false,
            "enabled_cloudwatch_logs_exports": [], "endpoint": "e", "engine": "aurora-postgresql",
            "engine_mode": "provisioned", "engine_version": "16.3", "iam_roles": ["arn:r"], "id": "c", "iops": 0,
            "kms_key_id": "", "master_password": "hunter2", "master_username": "u", "port": 5432,
            "scaling_configuration": [],
            "serverlessv2_scaling_configuration": [{"max_capacity": 4, "min_capacity": 0,
                "seconds_until_auto_pause": 300}],
            "skip_final_snapshot": true, "storage_encrypted": true, "storage_type": "", "tags_all": {},
            "vpc_security_group_ids": ["sg-1"]
        }),
        &json!({
            "AssociatedRoles": [{"RoleArn": "arn:r"}], "AvailabilityZones": ["us-east-1a"], "BacktrackWindow": 0,
            "BackupRetentionPeriod": 1, "CopyTagsToSnapshot": false, "DBClusterIdentifier": "c",
            "DBSubnetGroupName": "g", "DatabaseName": "app", "DeletionProtection": true, "EnableHttpEndpoint": false,
            "Engine": "aurora-postgresql", "EngineMode": "provisioned", "EngineVersion": "16.3",
            "MasterUserPassword": "hunter2", "MasterUsername": "u", "Port": 5432,
            "ServerlessV2ScalingConfiguration": {"MaxCapacity": 4, "MinCapacity": 0, "SecondsUntilAutoPause": 300},
            "StorageEncrypted": true, "Tags": [], "VpcSecurityGroupIds": ["sg-1"]
        }),
    );
    check(
        "aws_rds_cluster_instance",
        &json!({
            "apply_immediately": null, "arn": "arn:i", "auto_minor_version_upgrade": false,
            "availability_zone": "us-east-1a", "ca_cert_identifier": "", "cluster_identifier": "c",
            "copy_tags_to_snapshot": false, "custom_iam_instance_profile": null, "db_parameter_group_name": "p",
            "db_subnet_group_name": "g", "dbi_resource_id": "db-X", "endpoint": "e", "engine": "aurora-postgresql",
            "engine_version": "16.3", "engine_version_actual": "16.3", "force_destroy": false, "id": "i",
            "identifier": "i", "identifier_prefix": "", "instance_class": "db.serverless", "kms_key_id": "",
            "monitoring_interval": 60, "monitoring_role_arn": "arn:r", "network_type": "IPV4",
            "performance_insights_enabled": true, "performance_insights_kms_key_id": "",
            "performance_insights_retention_period": 7, "port": 5432, "preferred_backup_window": "",
            "preferred_maintenance_window": "", "promotion_tier": 0, "publicly_accessible": false,
            "storage_encrypted": true, "tags_all": {}, "writer": true
        }),
        &json!({
            "AutoMinorVersionUpgrade": false, "AvailabilityZone": "us-east-1a", "CopyTagsToSnapshot": false,
            "DBClusterIdentifier": "c", "DBInstanceClass": "db.serverless", "DBInstanceIdentifier": "i",
            "DBParameterGroupName": "p", "DBSubnetGroupName": "g", "EnablePerformanceInsights": true,
            "Engine": "aurora-postgresql", "EngineVersion": "16.3", "MonitoringInterval": 60,
            "MonitoringRoleArn": "arn:r", "PerformanceInsightsRetentionPeriod": 7, "PromotionTier": 0,
            "PubliclyAccessible": false, "Tags": []
        }),
    );
}

#[test]
fn parameters_are_a_map_by_their_names() {
    let given = |value: serde_json::Value| {
        json!({"arn": "arn:p", "description": "Managed by Terraform", "family": "postgres16", "id": "p", "name": "p",
            "name_prefix": "", "parameter": value, "skip_destroy": false, "tags": null, "tags_all": {}})
    };
    let expect = |parameters: serde_json::Value| {
        json!({"DBParameterGroupName": "p", "Description": "Managed by Terraform", "Family": "postgres16",
            "Parameters": parameters, "Tags": []})
    };
    let parameter = json!([{"apply_method": "immediate", "name": "log_statement", "value": "all"},
        {"apply_method": "pending-reboot", "name": "max_connections", "value": 0}]);
    let map = json!({"log_statement": "all", "max_connections": "0"});
    check("aws_db_parameter_group", &given(parameter), &expect(map));
    check("aws_db_parameter_group", &given(json!([])), &expect(json!({})));
    let unknown = json!([{"name": {"Fn::Unknown": "why"}, "value": "1"}]);
    check("aws_db_parameter_group", &given(unknown), &expect(json!({"Fn::Unknown": "a key of it is not known"})));
    check(
        "aws_rds_cluster_parameter_group",
        &json!({"family": "aurora-postgresql16", "name": "c", "parameter": [{"name": "a", "value": "b"}]}),
        &json!({"DBClusterParameterGroupName": "c", "Family": "aurora-postgresql16", "Parameters": {"a": "b"}}),
    );
}

#[test]
fn a_subnet_group_has_its_subnets() {
    check(
        "aws_db_subnet_group",
        &json!({"arn": "arn:g", "description": "Managed by Terraform", "id": "g", "name": "g", "name_prefix": "",
            "subnet_ids": ["subnet-1", "subnet-2"], "supported_network_types": [], "tags_all": {}, "vpc_id": "vpc-1"}),
        &json!({"DBSubnetGroupDescription": "Managed by Terraform", "DBSubnetGroupName": "g",
            "SubnetIds": ["subnet-1", "subnet-2"], "Tags": []}),
    );
}
