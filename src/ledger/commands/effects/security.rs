//! AWS KMS, WAF, CloudTrail, ACM and Config. Source: their API references; property names of `AWS::KMS::*`,
//! `AWS::WAFv2::*`, `AWS::CloudTrail::Trail`, `AWS::CertificateManager::Certificate` and `AWS::Config::ConfigRule`.

use super::change::Change::{Becomes, Document, Gone, Merge, Same, Set, Unread};
use super::{Row, Select, row};

const KEY: &str = "AWS::KMS::Key";
const BY_KEY: &[Select] = &[Select::Is("KeyId")];
const ALIAS: &str = "AWS::KMS::Alias";
const BY_ALIAS: &[Select] = &[Select::Is("AliasName")];
const TRAIL: &str = "AWS::CloudTrail::Trail";
const BY_TRAIL: &[Select] = &[Select::Is("Name")];
/// As CloudFormation makes the identifiers of WAF.
const BY_WAF: &[Select] = &[Select::Is("Name"), Select::Is("Id"), Select::Is("Scope")];

pub(super) const ROWS: &[Row] = &[
    row("kms enable-key", KEY, BY_KEY, &[Becomes("Enabled", true)]),
    row("kms disable-key", KEY, BY_KEY, &[Becomes("Enabled", false)]),
    row("kms put-key-policy", KEY, BY_KEY, &[Document("Policy", "KeyPolicy")]),
    row("kms enable-key-rotation", KEY, BY_KEY, &[Becomes("EnableKeyRotation", true), Same(&["RotationPeriodInDays"])]),
    row("kms disable-key-rotation", KEY, BY_KEY, &[Becomes("EnableKeyRotation", false)]),
    row("kms update-key-description", KEY, BY_KEY, &[Same(&["Description"])]),
    row("kms schedule-key-deletion", KEY, BY_KEY, &[Gone]),
    row("kms update-alias", ALIAS, BY_ALIAS, &[Same(&["TargetKeyId"])]),
    row("kms delete-alias", ALIAS, BY_ALIAS, &[Gone]),
    row(
        "wafv2 update-web-acl",
        "AWS::WAFv2::WebACL",
        BY_WAF,
        &[Same(&["DefaultAction", "Description", "VisibilityConfig"]), Unread("Rules")],
    ),
    row("wafv2 delete-web-acl", "AWS::WAFv2::WebACL", BY_WAF, &[Gone]),
    row("wafv2 update-ip-set", "AWS::WAFv2::IPSet", BY_WAF, &[Same(&["Addresses", "Description"])]),
    row(
        "wafv2 update-rule-group",
        "AWS::WAFv2::RuleGroup",
        BY_WAF,
        &[Same(&["Description", "VisibilityConfig"]), Unread("Rules")],
    ),
    row("cloudtrail start-logging", TRAIL, BY_TRAIL, &[Becomes("IsLogging", true)]),
    row("cloudtrail stop-logging", TRAIL, BY_TRAIL, &[Becomes("IsLogging", false)]),
    row(
        "cloudtrail update-trail",
        TRAIL,
        BY_TRAIL,
        &[
            Same(&["S3BucketName", "S3KeyPrefix", "IncludeGlobalServiceEvents", "IsMultiRegionTrail"]),
            Same(&["CloudWatchLogsLogGroupArn", "CloudWatchLogsRoleArn", "IsOrganizationTrail"]),
            Set("KmsKeyId", "KMSKeyId"),
            Set("EnableLogFileValidation", "EnableLogFileValidation"),
        ],
    ),
    row(
        "cloudtrail put-event-selectors",
        TRAIL,
        &[Select::Is("TrailName")],
        &[Same(&["EventSelectors", "AdvancedEventSelectors"])],
    ),
    row("cloudtrail delete-trail", TRAIL, BY_TRAIL, &[Gone]),
    row("acm delete-certificate", "AWS::CertificateManager::Certificate", &[Select::Is("CertificateArn")], &[Gone]),
    row(
        "acm update-certificate-options",
        "AWS::CertificateManager::Certificate",
        &[Select::Is("CertificateArn")],
        &[Set("Options.CertificateTransparencyLoggingPreference", "CertificateTransparencyLoggingPreference")],
    ),
    row("configservice delete-config-rule", "AWS::Config::ConfigRule", &[Select::Is("ConfigRuleName")], &[Gone]),
    row("backup delete-backup-plan", "AWS::Backup::BackupPlan", &[Select::Is("BackupPlanId")], &[Gone]),
    row("backup update-backup-plan", "AWS::Backup::BackupPlan", &[Select::Is("BackupPlanId")], &[Unread("BackupPlan")]),
    row(
        "opensearch update-domain-config",
        "AWS::OpenSearchService::Domain",
        &[Select::Is("DomainName")],
        &[
            Merge("ClusterConfig", "ClusterConfig"),
            Merge("EBSOptions", "EBSOptions"),
            Document("AccessPolicies", "AccessPolicies"),
        ],
    ),
];
