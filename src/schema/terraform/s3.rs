//! Amazon S3. Properties: the CloudFormation reference of `AWS::S3::*`; attributes: the provider's schema (5.100).
//!
//! Since its version 4 the provider has a resource for each aspect of a bucket. All but the policy, which CloudFormation
//! has as a type too, are properties of the bucket. The old blocks inside the bucket are mapped as well.

use super::member::BUCKET_PROPERTIES;
use super::rule::{
    InsidePolicy, Mapping, Names, Origin, Part, Produce, Properties, Rule, Tags, block, choice, code, document, flag,
    inline, number_unless, some_blocks, some_texts, text,
};
use crate::model::{Kind, Value};

mod lifecycle;
mod notification;
mod replication;

/// The tables.
pub(super) const MAPPINGS: &[Mapping] = &[
    Mapping {
        terraform: "aws_s3_bucket",
        canonical: "AWS::S3::Bucket",
        identifier: &["bucket", "id"],
        tags: Tags::List,
        rules: BUCKET,
        produce: Produce::Parts(|properties, origin| {
            super::policies::apart("AWS::S3::Bucket", &POLICY, once(properties), origin)
        }),
    },
    Mapping {
        terraform: "aws_s3_bucket_policy",
        canonical: "AWS::S3::BucketPolicy",
        identifier: &["bucket"],
        tags: Tags::None,
        rules: &[text("bucket", "Bucket"), document("policy", "PolicyDocument")],
        produce: Produce::Resource,
    },
    of_bucket("aws_s3_bucket_versioning", VERSIONING),
    of_bucket("aws_s3_bucket_server_side_encryption_configuration", ENCRYPTION),
    of_bucket("aws_s3_bucket_public_access_block", PUBLIC_ACCESS),
    of_bucket("aws_s3_bucket_lifecycle_configuration", lifecycle::CONFIGURATION),
    of_bucket("aws_s3_bucket_logging", LOGGING),
    of_bucket("aws_s3_bucket_cors_configuration", CORS),
    Mapping {
        produce: Produce::Parts(|properties, _: &Origin<'_>| vec![Part::whole(BUCKET_PROPERTIES, once(properties))]),
        ..of_bucket("aws_s3_bucket_website_configuration", WEBSITE)
    },
    of_bucket("aws_s3_bucket_acl", ACL),
    of_bucket("aws_s3_bucket_ownership_controls", OWNERSHIP),
    of_bucket("aws_s3_bucket_notification", notification::CONFIGURATION),
    of_bucket("aws_s3_bucket_replication_configuration", replication::CONFIGURATION),
    of_bucket("aws_s3_bucket_accelerate_configuration", ACCELERATION),
    of_bucket("aws_s3_bucket_object_lock_configuration", OBJECT_LOCK),
];

const POLICY: InsidePolicy = InsidePolicy {
    resource_type: "AWS::S3::BucketPolicy",
    document: "PolicyDocument",
    names: Names::One("Bucket"),
    by: "bucket",
};

/// A resource that is an aspect of a bucket.
const fn of_bucket(terraform: &'static str, rules: &'static [Rule]) -> Mapping {
    Mapping {
        terraform,
        canonical: BUCKET_PROPERTIES,
        identifier: &[],
        tags: Tags::None,
        rules,
        produce: Produce::Resource,
    }
}

const BUCKET: &[Rule] = &[
    text("bucket", "BucketName"),
    ACCESS_CONTROL,
    flag("object_lock_enabled", "ObjectLockEnabled"),
    document("policy", "PolicyDocument"),
    text("acceleration_status", "AccelerateConfiguration.AccelerationStatus"),
    some_blocks("cors_rule", "CorsConfiguration.CorsRules", CORS_RULE),
    some_blocks("lifecycle_rule", "LifecycleConfiguration.Rules", lifecycle::OLD_RULE),
    block(
        "logging",
        "LoggingConfiguration",
        &[text("target_bucket", "DestinationBucketName"), text("target_prefix", "LogFilePrefix")],
    ),
    block("object_lock_configuration", "ObjectLockConfiguration", OBJECT_LOCK_CONFIGURATION),
    block("replication_configuration", "ReplicationConfiguration", replication::OLD_CONFIGURATION),
    block(
        "server_side_encryption_configuration",
        "BucketEncryption",
        &[some_blocks("rule", "ServerSideEncryptionConfiguration", ENCRYPTION_RULE)],
    ),
    block(
        "versioning",
        "VersioningConfiguration",
        &[
            choice("enabled", "Status", &[("true", "Enabled"), ("false", "Suspended")]),
            Rule::Uncovered(&["mfa_delete"]),
        ],
    ),
    block(
        "website",
        "WebsiteConfiguration",
        &[
            text("error_document", "ErrorDocument"),
            text("index_document", "IndexDocument"),
            code("redirect_all_requests_to", "RedirectAllRequestsTo", redirect_of_url),
            code("routing_rules", "RoutingRules", routing_rules),
        ],
    ),
    Rule::TerraformOnly(&["bucket_prefix", "force_destroy"]),
    Rule::Uncovered(&["grant", "request_payer"]),
    Rule::Computed(&[
        "bucket_domain_name",
        "bucket_regional_domain_name",
        "hosted_zone_id",
        "website_domain",
        "website_endpoint",
    ]),
];

/// The canned ACLs, under the names of `CloudFormation`.
const ACCESS_CONTROL: Rule = choice(
    "acl",
    "AccessControl",
    &[
        ("authenticated-read", "AuthenticatedRead"),
        ("aws-exec-read", "AwsExecRead"),
        ("bucket-owner-full-control", "BucketOwnerFullControl"),
        ("bucket-owner-read", "BucketOwnerRead"),
        ("log-delivery-write", "LogDeliveryWrite"),
        ("private", "Private"),
        ("public-read", "PublicRead"),
        ("public-read-write", "PublicReadWrite"),
    ],
);

const OF_BUCKET: Rule = text("bucket", "Bucket");
const OWNER: Rule = Rule::TerraformOnly(&["expected_bucket_owner"]);

const ACL: &[Rule] = &[OF_BUCKET, OWNER, ACCESS_CONTROL, Rule::Uncovered(&["access_control_policy"])];

const VERSIONING: &[Rule] = &[
    OF_BUCKET,
    OWNER,
    block(
        "versioning_configuration",
        "VersioningConfiguration",
        // A bucket that never had versions answers like one of which they are suspended.
        &[choice("status", "Status", &[("Disabled", "Suspended")]), Rule::Uncovered(&["mfa_delete"])],
    ),
    Rule::TerraformOnly(&["mfa"]),
];

const ENCRYPTION: &[Rule] =
    &[OF_BUCKET, OWNER, some_blocks("rule", "BucketEncryption.ServerSideEncryptionConfiguration", ENCRYPTION_RULE)];

const ENCRYPTION_RULE: &[Rule] = &[
    flag("bucket_key_enabled", "BucketKeyEnabled"),
    block(
        "apply_server_side_encryption_by_default",
        "ServerSideEncryptionByDefault",
        &[text("kms_master_key_id", "KMSMasterKeyID"), text("sse_algorithm", "SSEAlgorithm")],
    ),
];

const PUBLIC_ACCESS: &[Rule] = &[
    OF_BUCKET,
    flag("block_public_acls", "PublicAccessBlockConfiguration.BlockPublicAcls"),
    flag("block_public_policy", "PublicAccessBlockConfiguration.BlockPublicPolicy"),
    flag("ignore_public_acls", "PublicAccessBlockConfiguration.IgnorePublicAcls"),
    flag("restrict_public_buckets", "PublicAccessBlockConfiguration.RestrictPublicBuckets"),
];

const LOGGING: &[Rule] = &[
    OF_BUCKET,
    OWNER,
    text("target_bucket", "LoggingConfiguration.DestinationBucketName"),
    text("target_prefix", "LoggingConfiguration.LogFilePrefix"),
    block(
        "target_object_key_format",
        "LoggingConfiguration.TargetObjectKeyFormat",
        &[
            block("partitioned_prefix", "PartitionedPrefix", &[text("partition_date_source", "PartitionDateSource")]),
            code("simple_prefix", "SimplePrefix", empty_block),
        ],
    ),
    Rule::Uncovered(&["target_grant"]),
];

const CORS: &[Rule] = &[OF_BUCKET, OWNER, some_blocks("cors_rule", "CorsConfiguration.CorsRules", CORS_RULE)];

const CORS_RULE: &[Rule] = &[
    text("id", "Id"),
    some_texts("allowed_headers", "AllowedHeaders"),
    some_texts("allowed_methods", "AllowedMethods"),
    some_texts("allowed_origins", "AllowedOrigins"),
    some_texts("expose_headers", "ExposedHeaders"),
    number_unless(0, "max_age_seconds", "MaxAge"),
];

const WEBSITE: &[Rule] = &[
    OF_BUCKET,
    OWNER,
    inline("error_document", &[text("key", "WebsiteConfiguration.ErrorDocument")]),
    inline("index_document", &[text("suffix", "WebsiteConfiguration.IndexDocument")]),
    block(
        "redirect_all_requests_to",
        "WebsiteConfiguration.RedirectAllRequestsTo",
        &[text("host_name", "HostName"), text("protocol", "Protocol")],
    ),
    some_blocks(
        "routing_rule",
        "WebsiteConfiguration.RoutingRules",
        &[
            block(
                "condition",
                "RoutingRuleCondition",
                &[
                    text("http_error_code_returned_equals", "HttpErrorCodeReturnedEquals"),
                    text("key_prefix_equals", "KeyPrefixEquals"),
                ],
            ),
            block(
                "redirect",
                "RedirectRule",
                &[
                    text("host_name", "HostName"),
                    text("http_redirect_code", "HttpRedirectCode"),
                    text("protocol", "Protocol"),
                    text("replace_key_prefix_with", "ReplaceKeyPrefixWith"),
                    text("replace_key_with", "ReplaceKeyWith"),
                ],
            ),
        ],
    ),
    code("routing_rules", "WebsiteConfiguration.RoutingRules", routing_rules),
    Rule::Computed(&["website_domain", "website_endpoint"]),
];

const OWNERSHIP: &[Rule] =
    &[OF_BUCKET, some_blocks("rule", "OwnershipControls.Rules", &[text("object_ownership", "ObjectOwnership")])];

const ACCELERATION: &[Rule] = &[OF_BUCKET, OWNER, text("status", "AccelerateConfiguration.AccelerationStatus")];

const OBJECT_LOCK: &[Rule] = &[
    OF_BUCKET,
    OWNER,
    text("object_lock_enabled", "ObjectLockConfiguration.ObjectLockEnabled"),
    block("rule", "ObjectLockConfiguration.Rule", OBJECT_LOCK_RULE),
    Rule::TerraformOnly(&["token"]),
];

const OBJECT_LOCK_CONFIGURATION: &[Rule] =
    &[text("object_lock_enabled", "ObjectLockEnabled"), block("rule", "Rule", OBJECT_LOCK_RULE)];

const OBJECT_LOCK_RULE: &[Rule] = &[block(
    "default_retention",
    "DefaultRetention",
    &[number_unless(0, "days", "Days"), text("mode", "Mode"), number_unless(0, "years", "Years")],
)];

/// A block that has nothing in it, and whose standing there is what it says.
fn empty_block(value: &Value) -> Option<Value> {
    match &value.kind {
        Kind::List(items) => items.first().map(|item| item.with(Kind::Object(Properties::new()))),
        _ => Some(value.clone()),
    }
}

/// `https://example.com` as host and protocol.
fn redirect_of_url(value: &Value) -> Option<Value> {
    let url = value.as_str().filter(|url| !url.is_empty())?;
    let (protocol, host) = url.split_once("://").map_or((None, url), |(protocol, host)| (Some(protocol), host));
    let part = |text: &str| Value::from(text).located(value.at.clone());
    let protocol = protocol.map(|protocol| ("Protocol", part(protocol)));
    Some(Value::object([("HostName", part(host))].into_iter().chain(protocol)).located(value.at.clone()))
}

/// Routing rules as a text of JSON with the names of the API: `Condition` is `RoutingRuleCondition`, `Redirect` is
/// `RedirectRule`.
fn routing_rules(value: &Value) -> Option<Value> {
    let document = super::interpret::document(value)?;
    let Kind::List(rules) = document.kind else { return Some(document) };
    let renamed = rules.into_iter().map(|rule| match rule.kind {
        Kind::Object(members) => {
            let members = members.into_iter().map(|(name, member)| match name.as_str() {
                "Condition" => ("RoutingRuleCondition".to_owned(), member),
                "Redirect" => ("RedirectRule".to_owned(), member),
                _ => (name, member),
            });
            Value::new(Kind::Object(members.collect())).located(rule.at)
        }
        kind => Value::new(kind).located(rule.at),
    });
    Some(value.with(Kind::List(renamed.collect())))
}

/// The properties with every routing rule once: a state has them as blocks and as a text.
fn once(mut properties: Properties) -> Properties {
    let website = properties.get_mut("WebsiteConfiguration").map(|website| &mut website.kind);
    if let Some(Kind::Object(website)) = website
        && let Some(Kind::List(rules)) = website.get_mut("RoutingRules").map(|rules| &mut rules.kind)
    {
        let mut seen: Vec<Value> = Vec::new();
        for rule in std::mem::take(rules) {
            if !seen.contains(&rule) {
                seen.push(rule);
            }
        }
        *rules = seen;
    }
    properties
}

#[cfg(test)]
mod tests;
