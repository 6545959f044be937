//! Amazon CloudWatch. Properties: the CloudFormation reference of `AWS::CloudWatch::Alarm`; attributes: the provider's
//! schema (5.100).

use super::rule::{
    Mapping, Produce, Rule, Tags, block, blocks, flag, free_text, number, number_unless, pairs, text, texts,
};

/// The tables.
pub(super) const MAPPINGS: &[Mapping] = &[Mapping {
    terraform: "aws_cloudwatch_metric_alarm",
    canonical: "AWS::CloudWatch::Alarm",
    identifier: &["alarm_name", "id"],
    tags: Tags::List,
    rules: ALARM,
    produce: Produce::Resource,
}];

const ALARM: &[Rule] = &[
    text("alarm_name", "AlarmName"),
    free_text("alarm_description", "AlarmDescription"),
    flag("actions_enabled", "ActionsEnabled"),
    texts("alarm_actions", "AlarmActions"),
    texts("ok_actions", "OKActions"),
    texts("insufficient_data_actions", "InsufficientDataActions"),
    text("comparison_operator", "ComparisonOperator"),
    number_unless(0, "datapoints_to_alarm", "DatapointsToAlarm"),
    pairs("dimensions", "Dimensions", "Name", "Value"),
    text("evaluate_low_sample_count_percentiles", "EvaluateLowSampleCountPercentile"),
    number("evaluation_periods", "EvaluationPeriods"),
    text("extended_statistic", "ExtendedStatistic"),
    text("metric_name", "MetricName"),
    text("namespace", "Namespace"),
    number_unless(0, "period", "Period"),
    text("statistic", "Statistic"),
    number("threshold", "Threshold"),
    text("threshold_metric_id", "ThresholdMetricId"),
    text("treat_missing_data", "TreatMissingData"),
    text("unit", "Unit"),
    blocks(
        "metric_query",
        "Metrics",
        &[
            text("id", "Id"),
            text("account_id", "AccountId"),
            text("expression", "Expression"),
            text("label", "Label"),
            number_unless(0, "period", "Period"),
            flag("return_data", "ReturnData"),
            block(
                "metric",
                "MetricStat",
                &[
                    pairs("dimensions", "Metric.Dimensions", "Name", "Value"),
                    text("metric_name", "Metric.MetricName"),
                    text("namespace", "Metric.Namespace"),
                    number("period", "Period"),
                    text("stat", "Stat"),
                    text("unit", "Unit"),
                ],
            ),
        ],
    ),
];
