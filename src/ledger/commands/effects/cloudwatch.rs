//! Amazon CloudWatch alarms. Source: CloudWatch API reference; property names of `AWS::CloudWatch::Alarm`.

use super::shape::Shape::{Structures, Switch, Text, Texts};
use super::{Change, Operation, Select};

const ALARMS: &[Select] = &[Select::Each("alarm-names")];

pub(super) const OPERATIONS: &[Operation] = &[
    Operation {
        service: "cloudwatch",
        name: "put-metric-alarm",
        resource_type: "AWS::CloudWatch::Alarm",
        select: &[Select::Flag("alarm-name")],
        changes: &[
            Change::Set("alarm-description", "AlarmDescription", Text),
            Change::Set("actions-enabled", "ActionsEnabled", Switch),
            Change::Set("ok-actions", "OKActions", Texts),
            Change::Set("alarm-actions", "AlarmActions", Texts),
            Change::Set("insufficient-data-actions", "InsufficientDataActions", Texts),
            Change::Set("metric-name", "MetricName", Text),
            Change::Set("namespace", "Namespace", Text),
            Change::Set("statistic", "Statistic", Text),
            Change::Set("extended-statistic", "ExtendedStatistic", Text),
            Change::Set("dimensions", "Dimensions", Structures),
            Change::Set("period", "Period", Text),
            Change::Set("unit", "Unit", Text),
            Change::Set("evaluation-periods", "EvaluationPeriods", Text),
            Change::Set("datapoints-to-alarm", "DatapointsToAlarm", Text),
            Change::Set("threshold", "Threshold", Text),
            Change::Set("comparison-operator", "ComparisonOperator", Text),
            Change::Set("treat-missing-data", "TreatMissingData", Text),
            Change::Set("evaluate-low-sample-count-percentile", "EvaluateLowSampleCountPercentile", Text),
            Change::Set("threshold-metric-id", "ThresholdMetricId", Text),
            Change::Set("metrics", "Metrics", Structures),
        ],
    },
    Operation {
        service: "cloudwatch",
        name: "disable-alarm-actions",
        resource_type: "AWS::CloudWatch::Alarm",
        select: ALARMS,
        changes: &[Change::Becomes("ActionsEnabled", false)],
    },
    Operation {
        service: "cloudwatch",
        name: "enable-alarm-actions",
        resource_type: "AWS::CloudWatch::Alarm",
        select: ALARMS,
        changes: &[Change::Becomes("ActionsEnabled", true)],
    },
    Operation {
        service: "cloudwatch",
        name: "delete-alarms",
        resource_type: "AWS::CloudWatch::Alarm",
        select: ALARMS,
        changes: &[Change::Gone],
    },
];
