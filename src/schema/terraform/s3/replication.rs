//! Replication of buckets.

use super::super::rule::{Properties, Rule, block, choice, expanded, number, number_unless, pairs, some_blocks, text};
use crate::model::Kind;

/// `aws_s3_bucket_replication_configuration`.
pub(super) const CONFIGURATION: &[Rule] = &[
    super::OF_BUCKET,
    text("role", "ReplicationConfiguration.Role"),
    some_blocks("rule", "ReplicationConfiguration.Rules", RULE),
    Rule::TerraformOnly(&["token"]),
];

const RULE: &[Rule] = &[
    text("id", "Id"),
    number("priority", "Priority"),
    text("prefix", "Prefix"),
    text("status", "Status"),
    block("delete_marker_replication", "DeleteMarkerReplication", STATUS),
    block("destination", "Destination", DESTINATION),
    block(
        "filter",
        "Filter",
        &[
            text("prefix", "Prefix"),
            block("tag", "TagFilter", &[text("key", "Key"), text("value", "Value")]),
            block("and", "And", &[text("prefix", "Prefix"), pairs("tags", "TagFilters", "Key", "Value")]),
        ],
    ),
    block(
        "source_selection_criteria",
        "SourceSelectionCriteria",
        &[
            block("replica_modifications", "ReplicaModifications", STATUS),
            block("sse_kms_encrypted_objects", "SseKmsEncryptedObjects", STATUS),
        ],
    ),
    Rule::Uncovered(&["existing_object_replication"]),
];

const STATUS: &[Rule] = &[text("status", "Status")];
const NEW_OWNER: Rule = block("access_control_translation", "AccessControlTranslation", &[text("owner", "Owner")]);

const DESTINATION: &[Rule] = &[
    text("account", "Account"),
    text("bucket", "Bucket"),
    text("storage_class", "StorageClass"),
    NEW_OWNER,
    block("encryption_configuration", "EncryptionConfiguration", &[text("replica_kms_key_id", "ReplicaKmsKeyID")]),
    block(
        "metrics",
        "Metrics",
        &[text("status", "Status"), block("event_threshold", "EventThreshold", &[number("minutes", "Minutes")])],
    ),
    block(
        "replication_time",
        "ReplicationTime",
        &[text("status", "Status"), block("time", "Time", &[number("minutes", "Minutes")])],
    ),
];

/// `replication_configuration` of `aws_s3_bucket`, as it was before version 4 of the provider.
pub(super) const OLD_CONFIGURATION: &[Rule] = &[text("role", "Role"), expanded("rules", "Rules", OLD_RULE, joined)];

const OLD_RULE: &[Rule] = &[
    text("id", "Id"),
    number("priority", "Priority"),
    text("prefix", "Prefix"),
    text("status", "Status"),
    text("delete_marker_replication_status", "DeleteMarkerReplication.Status"),
    block(
        "destination",
        "Destination",
        &[
            text("account_id", "Account"),
            text("bucket", "Bucket"),
            text("replica_kms_key_id", "EncryptionConfiguration.ReplicaKmsKeyID"),
            text("storage_class", "StorageClass"),
            NEW_OWNER,
            block(
                "metrics",
                "Metrics",
                &[number_unless(0, "minutes", "EventThreshold.Minutes"), text("status", "Status")],
            ),
            block(
                "replication_time",
                "ReplicationTime",
                &[number_unless(0, "minutes", "Time.Minutes"), text("status", "Status")],
            ),
        ],
    ),
    block("filter", "Filter", &[text("prefix", "Prefix"), pairs("tags", "And.TagFilters", "Key", "Value")]),
    block(
        "source_selection_criteria",
        "SourceSelectionCriteria",
        &[block(
            "sse_kms_encrypted_objects",
            "SseKmsEncryptedObjects",
            &[choice("enabled", "Status", &[("true", "Enabled"), ("false", "Disabled")])],
        )],
    ),
];

/// Puts the prefix of a filter beside its tags, and takes away what a filter without tags says of them.
fn joined(mut rule: Properties) -> Vec<Properties> {
    if let Some(Kind::Object(filter)) = rule.get_mut("Filter").map(|filter| &mut filter.kind)
        && let Some(mut and) = filter.remove("And")
        && and.get("TagFilters").is_some_and(|tags| !tags.is_empty())
    {
        if let (Kind::Object(and), Some(prefix)) = (&mut and.kind, filter.remove("Prefix")) {
            and.insert("Prefix".to_owned(), prefix);
        }
        filter.insert("And".to_owned(), and);
    }
    vec![rule]
}
