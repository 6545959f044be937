//! `AWS::CloudWatch::Alarm`. What the alarm says right now (state, reason, their times) is not configuration and is
//! left out.

use aws_sdk_cloudwatch::types::{AlarmType, Dimension, MetricAlarm, MetricDataQuery, MetricStat};

use super::batches::{Detail, FEW, batches, details, pages};
use super::properties::{
    Properties, changed_at, computed, each, nested, object, opaque, scalar, tag, text, texts, timestamp,
};
use super::{Aws, Failure, Keys, Reading};
use crate::model::{Live, Value};

pub(super) const ALARM: &str = "AWS::CloudWatch::Alarm";

/// `DescribeAlarms` takes at most 100 names.
const NAMES_PER_CALL: usize = 100;

pub(super) async fn alarms(aws: &Aws, keys: Keys) -> Reading {
    let few = keys.len() <= FEW;
    batches(aws, keys, NAMES_PER_CALL, move |aws, keys| async move {
        let alarms = describe(&aws, &keys).await?;
        let tags = details(alarms.iter().map(|alarm| tags(aws.clone(), alarm.alarm_arn.clone())), few).await;
        let mut reading: Reading = alarms.iter().zip(&tags).filter_map(|(alarm, tags)| alarm_of(alarm, tags)).collect();
        tags.iter().filter_map(Detail::failure).for_each(|failure| reading.note(failure.clone()));
        Ok(reading)
    })
    .await
}

async fn describe(aws: &Aws, keys: &Keys) -> Result<Vec<MetricAlarm>, Failure> {
    const ACTION: &str = "cloudwatch:DescribeAlarms";
    let names: Keys = keys.iter().map(|key| name_of(key).to_owned()).collect();
    let pages = pages(ACTION, |token| {
        let call = aws.cloudwatch.describe_alarms().set_alarm_names(Some(names.clone()));
        let call = call.alarm_types(AlarmType::MetricAlarm).max_records(100).set_next_token(token);
        async move {
            let page = aws.call(ACTION, call.send()).await?;
            Ok((page.metric_alarms.unwrap_or_default(), page.next_token))
        }
    })
    .await?;
    Ok(pages.into_iter().flatten().collect())
}

/// The name in a key that may be an ARN (`…:alarm:NAME`).
fn name_of(key: &str) -> &str {
    super::properties::arn_resource(key).and_then(|resource| resource.strip_prefix("alarm:")).unwrap_or(key)
}

async fn tags(aws: Aws, arn: Option<String>) -> Result<Value, Failure> {
    let call = aws.cloudwatch.list_tags_for_resource().set_resource_arn(arn);
    let answer = aws.call("cloudwatch:ListTagsForResource", call.send()).await?;
    Ok(Value::list(answer.tags.unwrap_or_default().iter().map(|each| tag(&each.key, &each.value))))
}

fn alarm_of(alarm: &MetricAlarm, tags: &Detail<Value>) -> Option<Live> {
    let name = alarm.alarm_name.clone()?;
    let changed = alarm.alarm_configuration_updated_timestamp.as_ref().and_then(timestamp);
    Some(Live {
        resource_type: ALARM.into(),
        aliases: alarm.alarm_arn.iter().cloned().collect(),
        attributes: properties(alarm, tags),
        computed: computed([("Arn", text(&alarm.alarm_arn))]),
        evidence: changed_at(ALARM, &name, changed).into_iter().collect(),
        owners: Vec::new(),
        in_flight: None,
        identifier: name,
    })
}

fn properties(alarm: &MetricAlarm, tags: &Detail<Value>) -> Value {
    Properties::of("cloudwatch:DescribeAlarms")
        .always("AlarmName", text(&alarm.alarm_name))
        .always("ActionsEnabled", scalar(&alarm.actions_enabled))
        .always("AlarmActions", texts(&alarm.alarm_actions))
        .always("OKActions", texts(&alarm.ok_actions))
        .always("InsufficientDataActions", texts(&alarm.insufficient_data_actions))
        .always("ComparisonOperator", text(&alarm.comparison_operator))
        .always("EvaluationPeriods", scalar(&alarm.evaluation_periods))
        .detail(&["Tags"], tags, |properties, tags| properties.always("Tags", Some(tags.clone())))
        .when_set("AlarmDescription", text(&alarm.alarm_description))
        .when_set("DatapointsToAlarm", scalar(&alarm.datapoints_to_alarm))
        .when_set("Dimensions", each(&alarm.dimensions, dimension))
        .when_set("EvaluateLowSampleCountPercentile", text(&alarm.evaluate_low_sample_count_percentile))
        .when_set("ActionConfiguration", opaque(&alarm.action_configuration))
        .when_set("EvaluationCriteria", opaque(&alarm.evaluation_criteria))
        .when_set("EvaluationInterval", scalar(&alarm.evaluation_interval))
        .when_set("EvaluationWindow", opaque(&alarm.evaluation_window))
        .when_set("ExtendedStatistic", text(&alarm.extended_statistic))
        .when_set("MetricName", text(&alarm.metric_name))
        .when_set("Metrics", each(&alarm.metrics, query))
        .when_set("Namespace", text(&alarm.namespace))
        .when_set("Period", scalar(&alarm.period))
        .when_set("Statistic", text(&alarm.statistic))
        .when_set("Threshold", scalar(&alarm.threshold))
        .when_set("ThresholdMetricId", text(&alarm.threshold_metric_id))
        .when_set("TreatMissingData", text(&alarm.treat_missing_data))
        .when_set("Unit", text(&alarm.unit))
        .when_set("WarmUpConfiguration", opaque(&alarm.warm_up_configuration))
        .build()
}

fn dimension(dimension: &Dimension) -> Value {
    object([("Name", text(&dimension.name)), ("Value", text(&dimension.value))])
}

fn query(query: &MetricDataQuery) -> Value {
    object([
        ("AccountId", text(&query.account_id)),
        ("Expression", text(&query.expression)),
        ("Id", text(&query.id)),
        ("Label", text(&query.label)),
        ("MetricStat", nested(&query.metric_stat, statistic)),
        ("Period", scalar(&query.period)),
        ("ReturnData", scalar(&query.return_data)),
    ])
}

fn statistic(statistic: &MetricStat) -> Value {
    let metric = nested(&statistic.metric, |metric| {
        object([
            ("Dimensions", each(&metric.dimensions, dimension)),
            ("MetricName", text(&metric.metric_name)),
            ("Namespace", text(&metric.namespace)),
        ])
    });
    object([
        ("Metric", metric),
        ("Period", scalar(&statistic.period)),
        ("Stat", text(&statistic.stat)),
        ("Unit", text(&statistic.unit)),
    ])
}
