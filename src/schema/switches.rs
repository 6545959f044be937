//! Switches that are on unless somebody turned them off: an alarm's actions, a key, the DNS of a network. Turned off by
//! hand they are drift even where nobody declared them, because nobody declares what is on anyway.

use super::fact::{Fact, Says, When, fact};

const ALARMS: &[&str] = &["AWS::CloudWatch::Alarm", "AWS::CloudWatch::CompositeAlarm"];
const KEYS: &[&str] = &["AWS::KMS::Key", "AWS::KMS::ReplicaKey"];
const INTERFACES: &[&str] = &["AWS::EC2::Instance", "AWS::EC2::NetworkInterface"];

/// A switch of types, where in them, and when it is on by itself (the types' API references).
type Switch = (&'static [&'static str], &'static [&'static str], &'static [When]);

const SWITCHES: [Switch; 18] = [
    (ALARMS, &["ActionsEnabled"], &[]),
    (KEYS, &["Enabled"], &[]),
    (INTERFACES, &["SourceDestCheck"], &[]),
    (&["AWS::EC2::VPC"], &["EnableDnsSupport"], &[]),
    (&["AWS::Lambda::EventSourceMapping"], &["Enabled"], &[]),
    // A queue that encrypts with a key does not encrypt with SQS's own.
    (&["AWS::SQS::Queue"], &["SqsManagedSseEnabled"], &[When::NoneOf(&["KmsMasterKeyId"])]),
    (
        &["AWS::ElasticLoadBalancingV2::TargetGroup"],
        &["HealthCheckEnabled"],
        &[When::Is("TargetType", &["instance", "ip", "alb"])],
    ),
    (&["AWS::Cognito::UserPoolClient"], &["EnableTokenRevocation"], &[]),
    (
        &["AWS::GuardDuty::Detector"],
        &[
            "DataSources.S3Logs.Enable",
            "DataSources.Kubernetes.AuditLogs.Enable",
            "DataSources.MalwareProtection.ScanEc2InstanceWithFindings.EbsVolumes",
        ],
        &[],
    ),
    (&["AWS::EKS::Cluster"], &["ResourcesVpcConfig.EndpointPublicAccess"], &[]),
    (
        &["AWS::Athena::WorkGroup"],
        &[
            "WorkGroupConfiguration.EnforceWorkGroupConfiguration",
            "WorkGroupConfiguration.PublishCloudWatchMetricsEnabled",
        ],
        &[],
    ),
    (
        &["AWS::Route53::HealthCheck"],
        &["HealthCheckConfig.EnableSNI"],
        &[When::Is("HealthCheckConfig.Type", &["HTTPS", "HTTPS_STR_MATCH"])],
    ),
    (&["AWS::SES::ConfigurationSet"], &["SendingOptions.SendingEnabled"], &[]),
    (
        &["AWS::SES::EmailIdentity"],
        &["DkimAttributes.SigningEnabled", "FeedbackAttributes.EmailForwardingEnabled"],
        &[],
    ),
    (
        &["AWS::Budgets::Budget"],
        &[
            "Budget.CostTypes.IncludeCredit",
            "Budget.CostTypes.IncludeDiscount",
            "Budget.CostTypes.IncludeOtherSubscription",
            "Budget.CostTypes.IncludeRecurring",
            "Budget.CostTypes.IncludeRefund",
            "Budget.CostTypes.IncludeSubscription",
            "Budget.CostTypes.IncludeSupport",
            "Budget.CostTypes.IncludeTax",
            "Budget.CostTypes.IncludeUpfront",
        ],
        &[When::Is("Budget.BudgetType", &["COST"])],
    ),
    (&["AWS::AppRunner::Service"], &["NetworkConfiguration.IngressConfiguration.IsPubliclyAccessible"], &[]),
    (
        &["AWS::ImageBuilder::ImagePipeline"],
        &["EnhancedImageMetadataEnabled", "ImageTestsConfiguration.ImageTestsEnabled"],
        &[],
    ),
    (&["AWS::ServiceCatalog::TagOption"], &["Active"], &[]),
];

/// Each switch with its default, by which it being on is told from it being off.
pub(super) const FACTS: &[Fact] = &{
    let mut facts = [fact(&[], &[], Says::Default("true")); 2 * SWITCHES.len()];
    let mut at = 0;
    while at < SWITCHES.len() {
        let (types, paths, when) = SWITCHES[at];
        facts[2 * at] = fact(types, paths, Says::Default("true"));
        facts[2 * at + 1] = fact(types, paths, Says::On(when));
        at += 1;
    }
    facts
};
