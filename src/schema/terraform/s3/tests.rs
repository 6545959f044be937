//! Table tests of the bucket and its aspects, with values as a state has them.

use serde_json::{Value as Json, json};

use super::super::{Context, canonical, check};
use crate::model::Value;

#[test]
fn a_bucket_of_a_state_says_nothing_of_what_its_own_resources_say() {
    check(
        "aws_s3_bucket",
        &json!({
            "acceleration_status": "", "acl": null, "arn": "arn:aws:s3:::b", "bucket": "b",
            "bucket_domain_name": "b.s3.amazonaws.com", "bucket_prefix": "",
            "bucket_regional_domain_name": "b.s3.us-east-1.amazonaws.com", "cors_rule": [], "force_destroy": false,
            "grant": [], "hosted_zone_id": "Z3", "id": "b", "lifecycle_rule": [], "logging": [],
            "object_lock_configuration": [], "object_lock_enabled": false, "policy": "", "region": "us-east-1",
            "replication_configuration": [], "request_payer": "", "server_side_encryption_configuration": [],
            "tags": null, "tags_all": {"env": "prod"}, "timeouts": null, "versioning": [], "website": [],
            "website_domain": null, "website_endpoint": null
        }),
        &json!({"BucketName": "b", "ObjectLockEnabled": false, "Tags": [{"Key": "env", "Value": "prod"}]}),
    );
}

#[test]
fn the_blocks_of_before_version_4_are_the_same_properties() {
    check(
        "aws_s3_bucket",
        &json!({
            "bucket": "b", "acl": "public-read", "acceleration_status": "Enabled",
            "cors_rule": [{"allowed_headers": [], "allowed_methods": ["GET"], "allowed_origins": ["*"],
                "expose_headers": null, "max_age_seconds": 3000}],
            "logging": [{"target_bucket": "logs", "target_prefix": ""}],
            "object_lock_configuration": [{"object_lock_enabled": "Enabled",
                "rule": [{"default_retention": [{"days": 5, "mode": "GOVERNANCE", "years": 0}]}]}],
            "server_side_encryption_configuration": [{"rule": [{"bucket_key_enabled": false,
                "apply_server_side_encryption_by_default": [{"kms_master_key_id": "", "sse_algorithm": "AES256"}]}]}],
            "versioning": [{"enabled": true}],
            "website": [{"error_document": "", "index_document": "", "redirect_all_requests_to": "https://example.com",
                "routing_rules": ""}]
        }),
        &json!({
            "AccelerateConfiguration": {"AccelerationStatus": "Enabled"}, "AccessControl": "PublicRead",
            "BucketEncryption": {"ServerSideEncryptionConfiguration": [
                {"BucketKeyEnabled": false, "ServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}]},
            "BucketName": "b",
            "CorsConfiguration": {"CorsRules": [{"AllowedMethods": ["GET"], "AllowedOrigins": ["*"], "MaxAge": 3000}]},
            "LoggingConfiguration": {"DestinationBucketName": "logs"},
            "ObjectLockConfiguration": {"ObjectLockEnabled": "Enabled",
                "Rule": {"DefaultRetention": {"Days": 5, "Mode": "GOVERNANCE"}}},
            "VersioningConfiguration": {"Status": "Enabled"},
            "WebsiteConfiguration": {"RedirectAllRequestsTo": {"HostName": "example.com", "Protocol": "https"}}
        }),
    );
}

/// Checks what an aspect of the bucket `b` becomes.
fn aspect(terraform_type: &str, mut attributes: Json, mut expect: Json) {
    attributes["bucket"] = json!("b");
    attributes["id"] = json!("b");
    expect["Bucket"] = json!("b");
    check(terraform_type, &attributes, &expect);
}

#[test]
fn versioning_is_enabled_or_suspended() {
    let check = |status, expect| {
        let attributes = json!({"expected_bucket_owner": "", "mfa": null,
            "versioning_configuration": [{"mfa_delete": "", "status": status}]});
        aspect("aws_s3_bucket_versioning", attributes, json!({"VersioningConfiguration": {"Status": expect}}));
    };
    check("Enabled", "Enabled");
    check("Suspended", "Suspended");
    check("Disabled", "Suspended");
}

#[test]
fn encryption_names_its_key_where_it_has_one() {
    let check = |key, expect| {
        let attributes = json!({"expected_bucket_owner": "", "rule": [{"bucket_key_enabled": true,
            "apply_server_side_encryption_by_default": [{"kms_master_key_id": key, "sse_algorithm": "aws:kms"}]}]});
        let rule = json!({"BucketKeyEnabled": true, "ServerSideEncryptionByDefault": expect});
        let expect = json!({"BucketEncryption": {"ServerSideEncryptionConfiguration": [rule]}});
        aspect("aws_s3_bucket_server_side_encryption_configuration", attributes, expect);
    };
    check("", json!({"SSEAlgorithm": "aws:kms"}));
    check("arn:k", json!({"KMSMasterKeyID": "arn:k", "SSEAlgorithm": "aws:kms"}));
}

#[test]
fn a_public_access_block_that_is_off_says_so() {
    let names = ["block_public_acls", "block_public_policy", "ignore_public_acls", "restrict_public_buckets"];
    let mut attributes: Json = names.iter().map(|name| ((*name).to_owned(), json!(true))).collect();
    attributes["block_public_policy"] = json!(false);
    let expect = json!({"PublicAccessBlockConfiguration": {"BlockPublicAcls": true, "BlockPublicPolicy": false,
        "IgnorePublicAcls": true, "RestrictPublicBuckets": true}});
    aspect("aws_s3_bucket_public_access_block", attributes, expect);
}

/// Checks what one lifecycle rule becomes, given beside the empty values of a state.
fn rule(given: &Json, expect: &Json) {
    let mut rule = json!({"abort_incomplete_multipart_upload": [], "expiration": [], "filter": [], "id": "x",
        "noncurrent_version_expiration": [], "noncurrent_version_transition": [], "prefix": "", "status": "Enabled",
        "transition": []});
    rule.as_object_mut().unwrap().extend(given.as_object().unwrap().clone());
    let mut expected = json!({"Id": "x", "Status": "Enabled"});
    expected.as_object_mut().unwrap().extend(expect.as_object().unwrap().clone());
    aspect(
        "aws_s3_bucket_lifecycle_configuration",
        json!({"expected_bucket_owner": "", "rule": [rule], "timeouts": null,
            "transition_default_minimum_object_size": "all_storage_classes_128K"}),
        json!({"LifecycleConfiguration": {"Rules": [expected],
            "TransitionDefaultMinimumObjectSize": "all_storage_classes_128K"}}),
    );
}

#[test]
fn a_filter_is_a_part_of_its_rule() {
    let filter = |mut given: Json| {
        let mut filter = json!({"and": [], "object_size_greater_than": null, "object_size_less_than": null,
            "prefix": "", "tag": []});
        filter.as_object_mut().unwrap().append(given.as_object_mut().unwrap());
        json!({"filter": [filter]})
    };
    rule(&filter(json!({"prefix": "log/"})), &json!({"Prefix": "log/"}));
    rule(&filter(json!({})), &json!({}));
    rule(&filter(json!({"tag": [{"key": "k", "value": ""}]})), &json!({"TagFilters": [{"Key": "k", "Value": ""}]}));
    let and = json!({"object_size_greater_than": 500, "object_size_less_than": null, "prefix": "a",
        "tags": {"k": "v", "n": "w"}});
    rule(
        &filter(json!({"and": [and]})),
        &json!({"ObjectSizeGreaterThan": "500", "Prefix": "a",
            "TagFilters": [{"Key": "k", "Value": "v"}, {"Key": "n", "Value": "w"}]}),
    );
}

#[test]
fn days_and_dates_of_a_rule_are_what_is_set() {
    rule(
        &json!({"expiration": [{"date": null, "days": 30, "expired_object_delete_marker": false}]}),
        &json!({"ExpirationInDays": 30}),
    );
    rule(
        &json!({"expiration": [{"date": null, "days": 0, "expired_object_delete_marker": true}]}),
        &json!({"ExpiredObjectDeleteMarker": true}),
    );
    rule(
        &json!({"expiration": [{"date": "2027-01-01T00:00:00Z", "days": 0, "expired_object_delete_marker": false}]}),
        &json!({"ExpirationDate": "2027-01-01T00:00:00Z"}),
    );
    rule(
        &json!({"transition": [{"date": null, "days": 0, "storage_class": "GLACIER"},
            {"date": "2027-01-01T00:00:00Z", "days": 0, "storage_class": "DEEP_ARCHIVE"}]}),
        &json!({"Transitions": [{"StorageClass": "GLACIER", "TransitionInDays": 0},
            {"StorageClass": "DEEP_ARCHIVE", "TransitionDate": "2027-01-01T00:00:00Z"}]}),
    );
    rule(
        &json!({
            "abort_incomplete_multipart_upload": [{"days_after_initiation": 7}],
            "noncurrent_version_expiration": [{"newer_noncurrent_versions": null, "noncurrent_days": 90}],
            "noncurrent_version_transition": [{"newer_noncurrent_versions": 2, "noncurrent_days": 30,
                "storage_class": "STANDARD_IA"}]
        }),
        &json!({
            "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 7},
            "NoncurrentVersionExpiration": {"NoncurrentDays": 90},
            "NoncurrentVersionTransitions": [{"NewerNoncurrentVersions": 2, "StorageClass": "STANDARD_IA",
                "TransitionInDays": 30}]
        }),
    );
}

#[test]
fn an_old_lifecycle_rule_is_the_same_rule() {
    let old = json!({"abort_incomplete_multipart_upload_days": 0, "enabled": false, "id": "x", "prefix": "log/",
        "tags": {"k": "v"}, "expiration": [{"date": "", "days": 30, "expired_object_delete_marker": false}],
        "noncurrent_version_expiration": [{"days": 9}], "noncurrent_version_transition": [],
        "transition": [{"date": "", "days": 0, "storage_class": "GLACIER"}]});
    let expect = json!({"ExpirationInDays": 30, "Id": "x", "NoncurrentVersionExpiration": {"NoncurrentDays": 9},
        "Prefix": "log/", "Status": "Disabled", "TagFilters": [{"Key": "k", "Value": "v"}],
        "Transitions": [{"StorageClass": "GLACIER", "TransitionInDays": 0}]});
    check("aws_s3_bucket", &json!({"lifecycle_rule": [old]}), &json!({"LifecycleConfiguration": {"Rules": [expect]}}));
}

#[test]
fn logs_go_to_a_bucket_under_a_prefix() {
    let given = |format| {
        json!({"expected_bucket_owner": "", "target_bucket": "logs", "target_grant": [],
            "target_object_key_format": format, "target_prefix": "a/"})
    };
    let expect = |format: Option<Json>| {
        let mut logging = json!({"DestinationBucketName": "logs", "LogFilePrefix": "a/"});
        if let Some(format) = format {
            logging["TargetObjectKeyFormat"] = format;
        }
        json!({"LoggingConfiguration": logging})
    };
    aspect("aws_s3_bucket_logging", given(json!([])), expect(None));
    let simple = json!([{"partitioned_prefix": [], "simple_prefix": [{}]}]);
    aspect("aws_s3_bucket_logging", given(simple), expect(Some(json!({"SimplePrefix": {}}))));
    let dated = json!([{"partitioned_prefix": [{"partition_date_source": "EventTime"}], "simple_prefix": []}]);
    let format = json!({"PartitionedPrefix": {"PartitionDateSource": "EventTime"}});
    aspect("aws_s3_bucket_logging", given(dated), expect(Some(format)));
}

#[test]
fn rules_for_other_origins_are_a_list() {
    let attributes = json!({"expected_bucket_owner": "", "cors_rule": [{"allowed_headers": ["*"],
        "allowed_methods": ["PUT"], "allowed_origins": ["https://a"], "expose_headers": [], "id": "",
        "max_age_seconds": 0}]});
    let rule = json!({"AllowedHeaders": ["*"], "AllowedMethods": ["PUT"], "AllowedOrigins": ["https://a"]});
    aspect("aws_s3_bucket_cors_configuration", attributes, json!({"CorsConfiguration": {"CorsRules": [rule]}}));
}

#[test]
fn routing_rules_are_the_same_as_blocks_and_as_a_text() {
    let blocks = json!([{"condition": [{"http_error_code_returned_equals": "404", "key_prefix_equals": ""}],
        "redirect": [{"host_name": "", "http_redirect_code": "", "protocol": "", "replace_key_prefix_with": "a/",
            "replace_key_with": ""}]}]);
    let text = r#"[{"Condition":{"HttpErrorCodeReturnedEquals":"404"},"Redirect":{"ReplaceKeyPrefixWith":"a/"}}]"#;
    let expect = json!({"WebsiteConfiguration": {"ErrorDocument": "e.html", "IndexDocument": "i.html",
        "RoutingRules": [{"RedirectRule": {"ReplaceKeyPrefixWith": "a/"},
            "RoutingRuleCondition": {"HttpErrorCodeReturnedEquals": "404"}}]}});
    for (blocks, text) in [(json!([]), text), (blocks.clone(), ""), (blocks, text)] {
        let attributes = json!({"error_document": [{"key": "e.html"}], "expected_bucket_owner": "",
            "index_document": [{"suffix": "i.html"}], "redirect_all_requests_to": [], "routing_rule": blocks,
            "routing_rules": text, "website_domain": "w", "website_endpoint": "e"});
        aspect("aws_s3_bucket_website_configuration", attributes, expect.clone());
    }
}

#[test]
fn a_canned_acl_has_the_name_of_the_canonical_model() {
    let acl = |acl| json!({"acl": acl, "access_control_policy": [], "expected_bucket_owner": ""});
    aspect("aws_s3_bucket_acl", acl("log-delivery-write"), json!({"AccessControl": "LogDeliveryWrite"}));
    aspect("aws_s3_bucket_acl", acl("private"), json!({"AccessControl": "Private"}));
    aspect("aws_s3_bucket_acl", acl(""), json!({}));
}

#[test]
fn small_aspects_are_properties() {
    aspect(
        "aws_s3_bucket_ownership_controls",
        json!({"rule": [{"object_ownership": "BucketOwnerPreferred"}]}),
        json!({"OwnershipControls": {"Rules": [{"ObjectOwnership": "BucketOwnerPreferred"}]}}),
    );
    aspect(
        "aws_s3_bucket_accelerate_configuration",
        json!({"expected_bucket_owner": "", "status": "Suspended"}),
        json!({"AccelerateConfiguration": {"AccelerationStatus": "Suspended"}}),
    );
    aspect(
        "aws_s3_bucket_object_lock_configuration",
        json!({"expected_bucket_owner": "", "object_lock_enabled": "Enabled", "token": null,
            "rule": [{"default_retention": [{"days": 0, "mode": "COMPLIANCE", "years": 1}]}]}),
        json!({"ObjectLockConfiguration": {"ObjectLockEnabled": "Enabled",
            "Rule": {"DefaultRetention": {"Mode": "COMPLIANCE", "Years": 1}}}}),
    );
}

#[test]
fn a_notification_is_one_configuration_for_each_event() {
    aspect(
        "aws_s3_bucket_notification",
        json!({
            "eventbridge": false, "topic": [],
            "lambda_function": [{"events": ["s3:ObjectCreated:*", "s3:ObjectRemoved:*"], "filter_prefix": "in/",
                "filter_suffix": "", "id": "tf-s3-lambda-1", "lambda_function_arn": "arn:f"}],
            "queue": [{"events": ["s3:ObjectCreated:Put"], "filter_prefix": "", "filter_suffix": ".jpg", "id": "q",
                "queue_arn": "arn:q"}]
        }),
        json!({"NotificationConfiguration": {
            "EventBridgeConfiguration": {"EventBridgeEnabled": false},
            "LambdaConfigurations": [
                {"Event": "s3:ObjectCreated:*", "Filter": {"S3Key": {"Rules": [{"Name": "prefix", "Value": "in/"}]}},
                    "Function": "arn:f"},
                {"Event": "s3:ObjectRemoved:*", "Filter": {"S3Key": {"Rules": [{"Name": "prefix", "Value": "in/"}]}},
                    "Function": "arn:f"}],
            "QueueConfigurations": [
                {"Event": "s3:ObjectCreated:Put", "Filter": {"S3Key": {"Rules": [{"Name": "suffix", "Value": ".jpg"}]}},
                    "Queue": "arn:q"}]
        }}),
    );
}

#[test]
fn replication_rules_are_the_same_of_old_and_new() {
    let expect = json!({"Role": "arn:r", "Rules": [{
        "DeleteMarkerReplication": {"Status": "Enabled"},
        "Destination": {"AccessControlTranslation": {"Owner": "Destination"}, "Account": "210987654321",
            "Bucket": "arn:aws:s3:::copy", "EncryptionConfiguration": {"ReplicaKmsKeyID": "arn:k"},
            "Metrics": {"EventThreshold": {"Minutes": 15}, "Status": "Enabled"},
            "ReplicationTime": {"Status": "Enabled", "Time": {"Minutes": 15}}},
        "Filter": {"And": {"Prefix": "a/", "TagFilters": [{"Key": "k", "Value": "v"}]}},
        "Id": "x", "Priority": 0,
        "SourceSelectionCriteria": {"SseKmsEncryptedObjects": {"Status": "Enabled"}}, "Status": "Enabled"
    }]});
    let translation = json!([{"owner": "Destination"}]);
    aspect(
        "aws_s3_bucket_replication_configuration",
        json!({"role": "arn:r", "token": "", "rule": [{
            "delete_marker_replication": [{"status": "Enabled"}],
            "destination": [{"access_control_translation": translation, "account": "210987654321",
                "bucket": "arn:aws:s3:::copy", "encryption_configuration": [{"replica_kms_key_id": "arn:k"}],
                "metrics": [{"event_threshold": [{"minutes": 15}], "status": "Enabled"}],
                "replication_time": [{"status": "Enabled", "time": [{"minutes": 15}]}], "storage_class": ""}],
            "existing_object_replication": [],
            "filter": [{"and": [{"prefix": "a/", "tags": {"k": "v"}}], "prefix": "", "tag": []}], "id": "x",
            "prefix": "", "priority": 0,
            "source_selection_criteria": [{"replica_modifications": [],
                "sse_kms_encrypted_objects": [{"status": "Enabled"}]}],
            "status": "Enabled"
        }]}),
        json!({"ReplicationConfiguration": expect}),
    );
    check(
        "aws_s3_bucket",
        &json!({"replication_configuration": [{"role": "arn:r", "rules": [{
            "delete_marker_replication_status": "Enabled",
            "destination": [{"access_control_translation": translation, "account_id": "210987654321",
                "bucket": "arn:aws:s3:::copy", "metrics": [{"minutes": 15, "status": "Enabled"}],
                "replica_kms_key_id": "arn:k", "replication_time": [{"minutes": 15, "status": "Enabled"}],
                "storage_class": ""}],
            "filter": [{"prefix": "a/", "tags": {"k": "v"}}], "id": "x", "prefix": "", "priority": 0,
            "source_selection_criteria": [{"sse_kms_encrypted_objects": [{"enabled": true}]}], "status": "Enabled"
        }]}]}),
        &json!({"ReplicationConfiguration": expect}),
    );
}

#[test]
fn a_policy_inside_a_bucket_is_a_resource_of_its_own() {
    let attributes = Value::from_json(&json!({"bucket": "b", "policy": "{\"Version\":\"2012-10-17\"}"}));
    let mapped = canonical("aws_s3_bucket", &attributes, &Context::default()).unwrap();
    let found: Vec<_> = mapped
        .iter()
        .map(|mapped| (mapped.address("aws_s3_bucket.b"), mapped.resource_type.as_str(), mapped.attributes.to_json()))
        .collect();
    assert_eq!(
        found,
        [
            ("aws_s3_bucket.b".to_owned(), "AWS::S3::Bucket", json!({"BucketName": "b"})),
            (
                "aws_s3_bucket.b.policy".to_owned(),
                "AWS::S3::BucketPolicy",
                json!({"Bucket": "b", "PolicyDocument": {"Version": "2012-10-17"}})
            ),
        ]
    );
    check(
        "aws_s3_bucket_policy",
        &json!({"bucket": "b", "id": "b", "policy": "{\"Version\":\"2012-10-17\"}"}),
        &json!({"Bucket": "b", "PolicyDocument": {"Version": "2012-10-17"}}),
    );
}
