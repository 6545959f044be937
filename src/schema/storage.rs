//! Facts about buckets.

use super::fact::{Fact, Says, fact};

const BUCKET: &[&str] = &["AWS::S3::Bucket"];

pub(super) const FACTS: &[Fact] = &[
    // A bucket of which versions or acceleration were never turned on answers nothing of them (S3 API reference,
    // `GetBucketVersioning` and `GetBucketAccelerateConfiguration`).
    fact(BUCKET, &["VersioningConfiguration.Status"], Says::Default("Suspended")),
    fact(BUCKET, &["AccelerateConfiguration.AccelerationStatus"], Says::Default("Suspended")),
    fact(BUCKET, &["ObjectLockEnabled"], Says::Default("false")),
    fact(BUCKET, &["NotificationConfiguration.EventBridgeConfiguration.EventBridgeEnabled"], Says::Default("false")),
];
