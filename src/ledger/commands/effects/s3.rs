//! Amazon S3 buckets. Source: S3 API reference; property names of `AWS::S3::Bucket` and `AWS::S3::BucketPolicy`.

use super::change::Change::{Clears, Document, Gone, Renamed, Set, Unread};
use super::{Row, Select, row};

const BUCKET: &str = "AWS::S3::Bucket";
const BY_BUCKET: &[Select] = &[Select::Is("Bucket")];
const POLICY: &str = "AWS::S3::BucketPolicy";

pub(super) const ROWS: &[Row] = &[
    row("s3api put-bucket-policy", POLICY, BY_BUCKET, &[Document("Policy", "PolicyDocument")]),
    row("s3api delete-bucket-policy", POLICY, BY_BUCKET, &[Gone]),
    row(
        "s3api put-bucket-versioning",
        BUCKET,
        BY_BUCKET,
        &[Set("VersioningConfiguration.Status", "VersioningConfiguration.Status")],
    ),
    row(
        "s3api put-bucket-encryption",
        BUCKET,
        BY_BUCKET,
        &[Renamed(
            "ServerSideEncryptionConfiguration.Rules",
            "BucketEncryption.ServerSideEncryptionConfiguration",
            &[("ApplyServerSideEncryptionByDefault", "ServerSideEncryptionByDefault")],
        )],
    ),
    // The service goes back to its own default.
    row("s3api delete-bucket-encryption", BUCKET, BY_BUCKET, &[Unread("BucketEncryption")]),
    // What is not given becomes false.
    row(
        "s3api put-public-access-block",
        BUCKET,
        BY_BUCKET,
        &[Set("PublicAccessBlockConfiguration", "PublicAccessBlockConfiguration")],
    ),
    row("s3api delete-public-access-block", BUCKET, BY_BUCKET, &[Clears("PublicAccessBlockConfiguration")]),
    row("s3api put-bucket-lifecycle-configuration", BUCKET, BY_BUCKET, &[Unread("LifecycleConfiguration")]),
    row("s3api delete-bucket-lifecycle", BUCKET, BY_BUCKET, &[Clears("LifecycleConfiguration")]),
    row(
        "s3api put-bucket-cors",
        BUCKET,
        BY_BUCKET,
        &[Renamed(
            "CORSConfiguration.CORSRules",
            "CorsConfiguration.CorsRules",
            &[("ExposeHeaders", "ExposedHeaders"), ("MaxAgeSeconds", "MaxAge"), ("ID", "Id")],
        )],
    ),
    row("s3api delete-bucket-cors", BUCKET, BY_BUCKET, &[Clears("CorsConfiguration")]),
    row(
        "s3api put-bucket-logging",
        BUCKET,
        BY_BUCKET,
        &[Renamed(
            "BucketLoggingStatus.LoggingEnabled",
            "LoggingConfiguration",
            &[("TargetBucket", "DestinationBucketName"), ("TargetPrefix", "LogFilePrefix")],
        )],
    ),
    row("s3api put-bucket-tagging", BUCKET, BY_BUCKET, &[Set("Tagging.TagSet", "Tags")]),
    row("s3api delete-bucket-tagging", BUCKET, BY_BUCKET, &[Clears("Tags")]),
    row("s3api put-bucket-notification-configuration", BUCKET, BY_BUCKET, &[Unread("NotificationConfiguration")]),
    row("s3api put-bucket-website", BUCKET, BY_BUCKET, &[Unread("WebsiteConfiguration")]),
    row("s3api delete-bucket-website", BUCKET, BY_BUCKET, &[Clears("WebsiteConfiguration")]),
    row("s3api put-bucket-acl", BUCKET, BY_BUCKET, &[Unread("AccessControl")]),
    row(
        "s3api put-bucket-ownership-controls",
        BUCKET,
        BY_BUCKET,
        &[Set("OwnershipControls.Rules", "OwnershipControls.Rules")],
    ),
    row(
        "s3api put-bucket-accelerate-configuration",
        BUCKET,
        BY_BUCKET,
        &[Set("AccelerateConfiguration.Status", "AccelerateConfiguration.AccelerationStatus")],
    ),
    row("s3api put-bucket-replication", BUCKET, BY_BUCKET, &[Unread("ReplicationConfiguration")]),
    row("s3api delete-bucket-replication", BUCKET, BY_BUCKET, &[Clears("ReplicationConfiguration")]),
    row("s3api put-object-lock-configuration", BUCKET, BY_BUCKET, &[Unread("ObjectLockConfiguration")]),
    row("s3api delete-bucket", BUCKET, BY_BUCKET, &[Gone]),
];
