//! Amazon Route 53. Source: Route 53 API reference; property names of `AWS::Route53::*`.

use super::change::Change::{Gone, Same, Set};
use super::{Outcome, Parameters, Prediction, Row, Select, Target, TargetName, null, path, row};
use crate::model::{AttributePath, Kind, ResourceType, Value};

/// The one operation that is about several resources, with another effect on each.
pub(super) const CHANGE_RECORDS: &str = "route53 change-resource-record-sets";
const RECORD: &str = "AWS::Route53::RecordSet";

pub(super) const ROWS: &[Row] = &[
    row(
        "route53 update-hosted-zone-comment",
        "AWS::Route53::HostedZone",
        &[Select::Is("Id")],
        &[Set("Comment", "HostedZoneConfig.Comment")],
    ),
    row("route53 delete-hosted-zone", "AWS::Route53::HostedZone", &[Select::Is("Id")], &[Gone]),
    row(
        "route53 update-health-check",
        "AWS::Route53::HealthCheck",
        &[Select::Is("HealthCheckId")],
        &[
            Set("FailureThreshold", "HealthCheckConfig.FailureThreshold"),
            Set("IPAddress", "HealthCheckConfig.IPAddress"),
            Set("Port", "HealthCheckConfig.Port"),
            Set("ResourcePath", "HealthCheckConfig.ResourcePath"),
            Set("FullyQualifiedDomainName", "HealthCheckConfig.FullyQualifiedDomainName"),
            Set("Inverted", "HealthCheckConfig.Inverted"),
        ],
    ),
    row("route53 delete-health-check", "AWS::Route53::HealthCheck", &[Select::Is("HealthCheckId")], &[Gone]),
    row(
        "efs update-file-system",
        "AWS::EFS::FileSystem",
        &[Select::Is("FileSystemId")],
        &[Same(&["ThroughputMode", "ProvisionedThroughputInMibps"])],
    ),
    row(
        "efs put-lifecycle-configuration",
        "AWS::EFS::FileSystem",
        &[Select::Is("FileSystemId")],
        &[Same(&["LifecyclePolicies"])],
    ),
    row("efs put-backup-policy", "AWS::EFS::FileSystem", &[Select::Is("FileSystemId")], &[Same(&["BackupPolicy"])]),
    row("efs delete-file-system", "AWS::EFS::FileSystem", &[Select::Is("FileSystemId")], &[Gone]),
];

/// Each change of a batch, as the record that it is about and what becomes of it.
pub(super) fn records(parameters: &Parameters<'_>) -> Vec<(ResourceType, Target, Vec<Outcome>)> {
    let zone = parameters.get("HostedZoneId").and_then(|zone| zone.as_scalar_text());
    let zone = zone.map_or(TargetName::Any, |zone| TargetName::Is(zone.trim_start_matches("/hostedzone/").to_owned()));
    let changes = parameters.get("ChangeBatch.Changes");
    let Some(changes) = changes.as_ref().and_then(Value::as_list) else {
        let target = Target(vec![zone, TargetName::Any, TargetName::Any]);
        return vec![(RECORD.into(), target, vec![(AttributePath::root(), Prediction::Unspecified)])];
    };
    let one = |change: &Value| {
        let set = change.get("ResourceRecordSet");
        let name = |member: &str| {
            let text = set.and_then(|set| set.get(member)).and_then(Value::as_scalar_text);
            // A name may be written with or without its final dot.
            text.map_or(TargetName::Any, |text| TargetName::Is(text.trim_end_matches('.').to_owned()))
        };
        let target = Target(vec![zone.clone(), name("Name"), name("Type")]);
        (ResourceType::from(RECORD), target, outcomes(change, set))
    };
    changes.iter().map(one).collect()
}

fn outcomes(change: &Value, set: Option<&Value>) -> Vec<Outcome> {
    const SAME: [&str; 7] =
        ["TTL", "Weight", "Region", "Failover", "MultiValueAnswer", "HealthCheckId", "SetIdentifier"];
    let (Some(action), Some(set)) = (change.get("Action").and_then(Value::as_str), set) else {
        return vec![(AttributePath::root(), Prediction::Unspecified)];
    };
    if action == "DELETE" {
        return vec![(AttributePath::root(), Prediction::Is(null()))];
    }
    let mut outcomes: Vec<Outcome> =
        SAME.iter().filter_map(|name| Some((path(name), Prediction::of(set.get(name)?.clone())))).collect();
    if let Some(records) = set.get("ResourceRecords") {
        let values = records
            .as_list()
            .map(|records| Value::list(records.iter().map(|record| record.get("Value").cloned().unwrap_or_else(null))));
        let values = values.unwrap_or_else(|| records.clone());
        outcomes.push((path("ResourceRecords"), Prediction::of(values)));
    }
    if let Some(Kind::Object(alias)) = set.get("AliasTarget").map(|alias| &alias.kind) {
        let members = alias.iter().map(|(key, value)| (path("AliasTarget").key(key), Prediction::of(value.clone())));
        outcomes.extend(members);
    }
    outcomes
}
