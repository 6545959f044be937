//! Facts about buckets.

use super::fact::{Fact, Says, Spelling, fact};

const BUCKET: &[&str] = &["AWS::S3::Bucket"];

pub(super) const FACTS: &[Fact] = &[
    // A bucket of which versions or acceleration were never turned on answers nothing of them (S3 API reference,
    // `GetBucketVersioning` and `GetBucketAccelerateConfiguration`).
    fact(BUCKET, &["VersioningConfiguration.Status"], Says::Default("Suspended")),
    fact(BUCKET, &["AccelerateConfiguration.AccelerationStatus"], Says::Default("Suspended")),
    fact(BUCKET, &["ObjectLockEnabled"], Says::Default("false")),
    fact(BUCKET, &["NotificationConfiguration.EventBridgeConfiguration.EventBridgeEnabled"], Says::Default("false")),
    // S3 blocks public access to every new bucket (S3 user guide, "Blocking public access"); without the block nothing
    // is blocked, so a declared block that is gone is no default.
    fact(
        BUCKET,
        &[
            "PublicAccessBlockConfiguration.BlockPublicAcls",
            "PublicAccessBlockConfiguration.BlockPublicPolicy",
            "PublicAccessBlockConfiguration.IgnorePublicAcls",
            "PublicAccessBlockConfiguration.RestrictPublicBuckets",
        ],
        Says::Guard,
    ),
    // `prefix` and `suffix` in whatever letters; S3 answers `Prefix` and `Suffix` (S3 API reference, `FilterRule`).
    fact(
        BUCKET,
        &[
            "NotificationConfiguration.LambdaConfigurations.*.Filter.S3Key.Rules.*.Name",
            "NotificationConfiguration.QueueConfigurations.*.Filter.S3Key.Rules.*.Name",
            "NotificationConfiguration.TopicConfigurations.*.Filter.S3Key.Rules.*.Name",
        ],
        Says::Spelling(Spelling::Capitalized),
    ),
];
