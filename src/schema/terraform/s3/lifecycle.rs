//! Lifecycle rules of buckets.

use super::super::rule::{
    Properties, Rule, block, choice, code, expanded, free_text, inline, number, number_unless, pairs, some_blocks, text,
};
use crate::model::{Kind, Value};

/// `aws_s3_bucket_lifecycle_configuration`.
pub(super) const CONFIGURATION: &[Rule] = &[
    super::OF_BUCKET,
    super::OWNER,
    text("transition_default_minimum_object_size", "LifecycleConfiguration.TransitionDefaultMinimumObjectSize"),
    some_blocks("rule", "LifecycleConfiguration.Rules", RULE),
];

const RULE: &[Rule] = &[
    text("id", "Id"),
    text("status", "Status"),
    text("prefix", "Prefix"),
    inline(
        "filter",
        &[
            text("prefix", "Prefix"),
            text("object_size_greater_than", "ObjectSizeGreaterThan"),
            text("object_size_less_than", "ObjectSizeLessThan"),
            inline(
                "and",
                &[
                    text("prefix", "Prefix"),
                    text("object_size_greater_than", "ObjectSizeGreaterThan"),
                    text("object_size_less_than", "ObjectSizeLessThan"),
                    pairs("tags", "TagFilters", "Key", "Value"),
                ],
            ),
            some_blocks("tag", "TagFilters", &[text("key", "Key"), free_text("value", "Value")]),
        ],
    ),
    block(
        "abort_incomplete_multipart_upload",
        "AbortIncompleteMultipartUpload",
        &[number("days_after_initiation", "DaysAfterInitiation")],
    ),
    EXPIRATION,
    block(
        "noncurrent_version_expiration",
        "NoncurrentVersionExpiration",
        &[
            number_unless(0, "newer_noncurrent_versions", "NewerNoncurrentVersions"),
            number("noncurrent_days", "NoncurrentDays"),
        ],
    ),
    some_blocks(
        "noncurrent_version_transition",
        "NoncurrentVersionTransitions",
        &[
            number_unless(0, "newer_noncurrent_versions", "NewerNoncurrentVersions"),
            number("noncurrent_days", "TransitionInDays"),
            text("storage_class", "StorageClass"),
        ],
    ),
    TRANSITION,
];

/// `lifecycle_rule` of `aws_s3_bucket`, as it was before version 4 of the provider.
pub(super) const OLD_RULE: &[Rule] = &[
    text("id", "Id"),
    choice("enabled", "Status", &[("true", "Enabled"), ("false", "Disabled")]),
    text("prefix", "Prefix"),
    pairs("tags", "TagFilters", "Key", "Value"),
    number_unless(0, "abort_incomplete_multipart_upload_days", "AbortIncompleteMultipartUpload.DaysAfterInitiation"),
    EXPIRATION,
    block("noncurrent_version_expiration", "NoncurrentVersionExpiration", &[number("days", "NoncurrentDays")]),
    some_blocks(
        "noncurrent_version_transition",
        "NoncurrentVersionTransitions",
        &[number("days", "TransitionInDays"), text("storage_class", "StorageClass")],
    ),
    TRANSITION,
];

const EXPIRATION: Rule = inline(
    "expiration",
    &[
        text("date", "ExpirationDate"),
        number_unless(0, "days", "ExpirationInDays"),
        code("expired_object_delete_marker", "ExpiredObjectDeleteMarker", if_true),
    ],
);

const TRANSITION: Rule = expanded(
    "transition",
    "Transitions",
    &[text("date", "TransitionDate"), number("days", "TransitionInDays"), text("storage_class", "StorageClass")],
    one_time,
);

/// A state has `false` in every rule that says nothing about delete markers.
fn if_true(value: &Value) -> Option<Value> {
    let is_off = value.kind == Kind::Bool(false) || value.as_str() == Some("false");
    (!is_off).then(|| value.clone())
}

/// The days of a transition that has a date are zero in a state; of one that has none, zero is "at once".
fn one_time(mut transition: Properties) -> Vec<Properties> {
    if transition.contains_key("TransitionDate") && transition.get("TransitionInDays") == Some(&Value::from(0)) {
        transition.remove("TransitionInDays");
    }
    vec![transition]
}
