//! Amazon DynamoDB. Properties: the CloudFormation reference of `AWS::DynamoDB::Table`; attributes: the provider's
//! schema (5.100).

use super::rule::{
    Mapping, Origin, Produce, Properties, Rule, Tags, block, flag, item, number_unless, some_blocks, some_texts, text,
};
use crate::model::Kind;

/// The tables.
pub(super) const MAPPINGS: &[Mapping] = &[Mapping {
    terraform: "aws_dynamodb_table",
    canonical: "AWS::DynamoDB::Table",
    identifier: &["name", "id"],
    tags: Tags::List,
    rules: TABLE,
    produce: Produce::Finished(without_stream_that_is_off),
}];

const TABLE: &[Rule] = &[
    text("name", "TableName"),
    text("billing_mode", "BillingMode"),
    text("table_class", "TableClass"),
    flag("deletion_protection_enabled", "DeletionProtectionEnabled"),
    some_blocks("attribute", "AttributeDefinitions", &[text("name", "AttributeName"), text("type", "AttributeType")]),
    HASH_KEY,
    RANGE_KEY,
    READ_CAPACITY,
    WRITE_CAPACITY,
    ON_DEMAND,
    some_blocks(
        "global_secondary_index",
        "GlobalSecondaryIndexes",
        &[
            text("name", "IndexName"),
            HASH_KEY,
            RANGE_KEY,
            text("projection_type", "Projection.ProjectionType"),
            some_texts("non_key_attributes", "Projection.NonKeyAttributes"),
            READ_CAPACITY,
            WRITE_CAPACITY,
            ON_DEMAND,
        ],
    ),
    some_blocks(
        "local_secondary_index",
        "LocalSecondaryIndexes",
        &[
            text("name", "IndexName"),
            RANGE_KEY,
            text("projection_type", "Projection.ProjectionType"),
            some_texts("non_key_attributes", "Projection.NonKeyAttributes"),
        ],
    ),
    text("stream_view_type", "StreamSpecification.StreamViewType"),
    block(
        "point_in_time_recovery",
        "PointInTimeRecoverySpecification",
        &[
            flag("enabled", "PointInTimeRecoveryEnabled"),
            number_unless(0, "recovery_period_in_days", "RecoveryPeriodInDays"),
        ],
    ),
    block(
        "server_side_encryption",
        "SSESpecification",
        &[flag("enabled", "SSEEnabled"), text("kms_key_arn", "KMSMasterKeyId")],
    ),
    block("ttl", "TimeToLiveSpecification", &[text("attribute_name", "AttributeName"), flag("enabled", "Enabled")]),
    block("import_table", "ImportSourceSpecification", IMPORT),
    Rule::Code(&["stream_enabled"]),
    // Copies in other regions are another type of the canonical model, for the table and all its copies together.
    Rule::Uncovered(&["replica"]),
    Rule::TerraformOnly(&[
        "restore_date_time",
        "restore_source_name",
        "restore_source_table_arn",
        "restore_to_latest_time",
    ]),
    Rule::Computed(&["stream_arn", "stream_label"]),
];

const HASH_KEY: Rule = item("hash_key", "KeySchema", "AttributeName", ("KeyType", "HASH"));
const RANGE_KEY: Rule = item("range_key", "KeySchema", "AttributeName", ("KeyType", "RANGE"));
/// A state has zero where the table is billed by request.
const READ_CAPACITY: Rule = number_unless(0, "read_capacity", "ProvisionedThroughput.ReadCapacityUnits");
const WRITE_CAPACITY: Rule = number_unless(0, "write_capacity", "ProvisionedThroughput.WriteCapacityUnits");
const ON_DEMAND: Rule = block(
    "on_demand_throughput",
    "OnDemandThroughput",
    &[
        number_unless(0, "max_read_request_units", "MaxReadRequestUnits"),
        number_unless(0, "max_write_request_units", "MaxWriteRequestUnits"),
    ],
);

const IMPORT: &[Rule] = &[
    text("input_compression_type", "InputCompressionType"),
    text("input_format", "InputFormat"),
    block(
        "input_format_options",
        "InputFormatOptions",
        &[block("csv", "Csv", &[text("delimiter", "Delimiter"), some_texts("header_list", "HeaderList")])],
    ),
    block(
        "s3_bucket_source",
        "S3BucketSource",
        &[text("bucket", "S3Bucket"), text("bucket_owner", "S3BucketOwner"), text("key_prefix", "S3KeyPrefix")],
    ),
];

/// The canonical model says that there is no stream by saying nothing of it; and an index of the table has the table's
/// key for its own hash key.
fn without_stream_that_is_off(properties: &mut Properties, origin: &Origin<'_>) {
    if origin.attributes.get("stream_enabled").is_some_and(|enabled| enabled.kind == Kind::Bool(false)) {
        properties.remove("StreamSpecification");
    }
    let key = properties.get("KeySchema").and_then(|keys| keys.as_list()?.first()).cloned();
    let indexes = properties.get_mut("LocalSecondaryIndexes").map(|indexes| &mut indexes.kind);
    if let (Some(key), Some(Kind::List(indexes))) = (key, indexes) {
        for index in indexes {
            if let Kind::Object(members) = &mut index.kind
                && let Some(Kind::List(keys)) = members.get_mut("KeySchema").map(|keys| &mut keys.kind)
            {
                keys.insert(0, key.clone());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::check;

    #[test]
    fn a_table_of_a_state_has_its_keys_as_a_schema() {
        check(
            "aws_dynamodb_table",
            &json!({
                "arn": "arn:t", "attribute": [{"name": "id", "type": "S"}, {"name": "at", "type": "N"}],
                "billing_mode": "PROVISIONED", "deletion_protection_enabled": false,
                "global_secondary_index": [{"hash_key": "at", "name": "g", "non_key_attributes": ["x"],
                    "on_demand_throughput": [], "projection_type": "INCLUDE", "range_key": "", "read_capacity": 1,
                    "write_capacity": 2}],
                "hash_key": "id", "id": "t", "import_table": [],
                "local_secondary_index": [{"name": "l", "non_key_attributes": [], "projection_type": "ALL",
                    "range_key": "at"}],
                "name": "t", "on_demand_throughput": [],
                "point_in_time_recovery": [{"enabled": false, "recovery_period_in_days": 0}], "range_key": "at",
                "read_capacity": 5, "replica": [], "restore_date_time": null, "restore_source_name": null,
                "restore_source_table_arn": null, "restore_to_latest_time": null,
                "server_side_encryption": [{"enabled": true, "kms_key_arn": "arn:k"}], "stream_arn": "arn:s",
                "stream_enabled": true, "stream_label": "x", "stream_view_type": "NEW_IMAGE",
                "table_class": "STANDARD", "tags": null, "tags_all": {}, "timeouts": null,
                "ttl": [{"attribute_name": "", "enabled": false}], "write_capacity": 5
            }),
            &json!({
                "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"},
                    {"AttributeName": "at", "AttributeType": "N"}],
                "BillingMode": "PROVISIONED", "DeletionProtectionEnabled": false,
                "GlobalSecondaryIndexes": [{"IndexName": "g",
                    "KeySchema": [{"AttributeName": "at", "KeyType": "HASH"}],
                    "Projection": {"NonKeyAttributes": ["x"], "ProjectionType": "INCLUDE"},
                    "ProvisionedThroughput": {"ReadCapacityUnits": 1, "WriteCapacityUnits": 2}}],
                "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}, {"AttributeName": "at", "KeyType": "RANGE"}],
                "LocalSecondaryIndexes": [{"IndexName": "l",
                    "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"},
                        {"AttributeName": "at", "KeyType": "RANGE"}],
                    "Projection": {"ProjectionType": "ALL"}}],
                "PointInTimeRecoverySpecification": {"PointInTimeRecoveryEnabled": false},
                "ProvisionedThroughput": {"ReadCapacityUnits": 5, "WriteCapacityUnits": 5},
                "SSESpecification": {"KMSMasterKeyId": "arn:k", "SSEEnabled": true},
                "StreamSpecification": {"StreamViewType": "NEW_IMAGE"}, "TableClass": "STANDARD", "TableName": "t",
                "Tags": [], "TimeToLiveSpecification": {"Enabled": false}
            }),
        );
    }

    #[test]
    fn what_is_not_provisioned_and_not_streamed_is_not_there() {
        check(
            "aws_dynamodb_table",
            &json!({"billing_mode": "PAY_PER_REQUEST", "read_capacity": 0, "write_capacity": 0, "range_key": null,
                "on_demand_throughput": [{"max_read_request_units": 10, "max_write_request_units": 0}],
                "stream_enabled": false, "stream_view_type": "NEW_IMAGE"}),
            &json!({"BillingMode": "PAY_PER_REQUEST", "OnDemandThroughput": {"MaxReadRequestUnits": 10}}),
        );
        check(
            "aws_dynamodb_table",
            &json!({"hash_key": {"Fn::Unknown": "why"}, "range_key": "at"}),
            &json!({"KeySchema": [{"AttributeName": {"Fn::Unknown": "why"}, "KeyType": "HASH"},
                {"AttributeName": "at", "KeyType": "RANGE"}]}),
        );
    }
}
