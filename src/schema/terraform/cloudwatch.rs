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

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::check;

    #[test]
    fn an_alarm_on_one_metric_has_its_dimensions_as_pairs() {
        check(
            "aws_cloudwatch_metric_alarm",
            &json!({
                "actions_enabled": true, "alarm_actions": ["arn:aws:sns:eu-west-1:123456789012:page"],
                "alarm_description": "high",
                "alarm_name": "cpu", "arn": "arn:aws:cloudwatch:eu-west-1:123456789012:alarm:cpu",
                "comparison_operator": "GreaterThanThreshold", "datapoints_to_alarm": 0,
                "dimensions": {"ServiceName": "web", "ClusterName": "main"},
                "evaluate_low_sample_count_percentiles": "",
                "evaluation_periods": "3", "extended_statistic": "", "id": "cpu", "insufficient_data_actions": [],
                "metric_name": "CPUUtilization", "metric_query": [], "namespace": "AWS/ECS", "ok_actions": null,
                "period": 60,
                "statistic": "Average", "tags": {}, "tags_all": {}, "threshold": 80.5, "threshold_metric_id": "",
                "treat_missing_data": "breaching", "unit": ""
            }),
            &json!({
                "ActionsEnabled": true, "AlarmActions": ["arn:aws:sns:eu-west-1:123456789012:page"],
                "AlarmDescription": "high",
                "AlarmName": "cpu", "ComparisonOperator": "GreaterThanThreshold",
                "Dimensions": [{"Name": "ClusterName", "Value": "main"}, {"Name": "ServiceName", "Value": "web"}],
                "EvaluationPeriods": 3, "InsufficientDataActions": [], "MetricName": "CPUUtilization", "Metrics": [],
                "Namespace": "AWS/ECS", "Period": 60, "Statistic": "Average", "Tags": [], "Threshold": 80.5,
                "TreatMissingData": "breaching"
            }),
        );
    }

    #[test]
    fn an_alarm_on_an_expression_has_metrics() {
        check(
            "aws_cloudwatch_metric_alarm",
            &json!({
                "alarm_name": "rate",
                "evaluate_low_sample_count_percentiles": "ignore",
                "metric_query": [
                    {"id": "e", "account_id": "", "expression": "a/b", "label": "rate", "metric": [], "period": 0,
                        "return_data": true},
                    {"id": "a", "expression": "", "label": "", "metric": [{
                        "dimensions": {"LoadBalancer": "app/x"}, "metric_name": "HTTPCode_5XX",
                        "namespace": "AWS/ApplicationELB",
                        "period": 300, "stat": "Sum", "unit": "Count"
                    }], "return_data": false}
                ]
            }),
            &json!({
                "AlarmName": "rate",
                "EvaluateLowSampleCountPercentile": "ignore",
                "Metrics": [
                    {"Expression": "a/b", "Id": "e", "Label": "rate", "ReturnData": true},
                    {"Id": "a", "MetricStat": {
                        "Metric": {
                            "Dimensions": [{"Name": "LoadBalancer", "Value": "app/x"}], "MetricName": "HTTPCode_5XX",
                            "Namespace": "AWS/ApplicationELB"
                        },
                        "Period": 300, "Stat": "Sum", "Unit": "Count"
                    }, "ReturnData": false}
                ]
            }),
        );
    }
}
