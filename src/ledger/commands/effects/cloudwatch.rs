//! Amazon CloudWatch, CloudWatch Logs and EventBridge. Source: their API references; property names of
//! `AWS::CloudWatch::*`, `AWS::Logs::*` and `AWS::Events::*`.

use super::change::Change::{Becomes, Clears, Document, Drop, Gone, Put, Reads, Same, Set};
use super::{Row, Select, row};

const ALARM: &str = "AWS::CloudWatch::Alarm";
const ALARMS: &[Select] = &[Select::Each("AlarmNames")];
const GROUP: &str = "AWS::Logs::LogGroup";
const BY_GROUP: &[Select] = &[Select::Is("LogGroupName")];
const METRIC_FILTER: &str = "AWS::Logs::MetricFilter";
const SUBSCRIPTION: &str = "AWS::Logs::SubscriptionFilter";
const RULE: &str = "AWS::Events::Rule";
const BY_NAME: &[Select] = &[Select::Is("Name")];

pub(super) const ROWS: &[Row] = &[
    row(
        "cloudwatch put-metric-alarm",
        ALARM,
        &[Select::Is("AlarmName")],
        &[
            Same(&["AlarmDescription", "ActionsEnabled", "OKActions", "AlarmActions", "InsufficientDataActions"]),
            Same(&["MetricName", "Namespace", "Statistic", "ExtendedStatistic", "Dimensions", "Period", "Unit"]),
            Same(&["EvaluationPeriods", "DatapointsToAlarm", "Threshold", "ComparisonOperator", "TreatMissingData"]),
            Set("EvaluateLowSampleCountPercentile", "EvaluateLowSampleCountPercentile"),
            Same(&["ThresholdMetricId", "Metrics"]),
        ],
    ),
    row("cloudwatch disable-alarm-actions", ALARM, ALARMS, &[Becomes("ActionsEnabled", false)]),
    row("cloudwatch enable-alarm-actions", ALARM, ALARMS, &[Becomes("ActionsEnabled", true)]),
    row("cloudwatch delete-alarms", ALARM, ALARMS, &[Gone]),
    row(
        "cloudwatch put-composite-alarm",
        "AWS::CloudWatch::CompositeAlarm",
        &[Select::Is("AlarmName")],
        &[
            Same(&["AlarmDescription", "ActionsEnabled", "OKActions", "AlarmActions", "InsufficientDataActions"]),
            Same(&[
                "AlarmRule",
                "ActionsSuppressor",
                "ActionsSuppressorWaitPeriod",
                "ActionsSuppressorExtensionPeriod",
            ]),
        ],
    ),
    row(
        "cloudwatch put-dashboard",
        "AWS::CloudWatch::Dashboard",
        &[Select::Is("DashboardName")],
        &[Same(&["DashboardBody"])],
    ),
    row("cloudwatch delete-dashboards", "AWS::CloudWatch::Dashboard", &[Select::Each("DashboardNames")], &[Gone]),
    row("logs put-retention-policy", GROUP, BY_GROUP, &[Same(&["RetentionInDays"])]),
    row("logs delete-retention-policy", GROUP, BY_GROUP, &[Clears("RetentionInDays")]),
    row("logs associate-kms-key", GROUP, BY_GROUP, &[Same(&["KmsKeyId"])]),
    row("logs disassociate-kms-key", GROUP, BY_GROUP, &[Clears("KmsKeyId")]),
    row(
        "logs put-data-protection-policy",
        GROUP,
        &[Select::Is("LogGroupIdentifier")],
        &[Document("PolicyDocument", "DataProtectionPolicy")],
    ),
    row("logs delete-log-group", GROUP, BY_GROUP, &[Gone]),
    row(
        "logs put-metric-filter",
        METRIC_FILTER,
        &[Select::Is("LogGroupName"), Select::Is("FilterName")],
        &[Same(&["FilterPattern", "MetricTransformations", "ApplyOnTransformedLogs"])],
    ),
    row("logs delete-metric-filter", METRIC_FILTER, &[Select::Is("LogGroupName"), Select::Is("FilterName")], &[Gone]),
    row(
        "logs put-subscription-filter",
        SUBSCRIPTION,
        &[Select::Is("FilterName"), Select::Is("LogGroupName")],
        &[Same(&["FilterPattern", "DestinationArn", "RoleArn", "Distribution", "ApplyOnTransformedLogs"])],
    ),
    row(
        "logs delete-subscription-filter",
        SUBSCRIPTION,
        &[Select::Is("FilterName"), Select::Is("LogGroupName")],
        &[Gone],
    ),
    row(
        "events put-rule",
        RULE,
        BY_NAME,
        &[Same(&["ScheduleExpression", "State", "Description", "RoleArn"]), Document("EventPattern", "EventPattern")],
    ),
    row("events enable-rule", RULE, BY_NAME, &[Reads("State", "ENABLED")]),
    row("events disable-rule", RULE, BY_NAME, &[Reads("State", "DISABLED")]),
    row("events put-targets", RULE, &[Select::Is("Rule")], &[Put("Targets", "Targets", "Id")]),
    row("events remove-targets", RULE, &[Select::Is("Rule")], &[Drop("Ids", "Targets", "Id")]),
    row("events delete-rule", RULE, BY_NAME, &[Gone]),
];
