//! AWS Systems Manager. Source: SSM API reference; property names of `AWS::SSM::Parameter`.

use super::change::Change::{Gone, Same};
use super::{Row, Select, row};

const PARAMETER: &str = "AWS::SSM::Parameter";

pub(super) const ROWS: &[Row] = &[
    row(
        "ssm put-parameter",
        PARAMETER,
        &[Select::Is("Name")],
        &[Same(&["Value", "Type", "Description", "Tier", "AllowedPattern", "DataType", "Policies"])],
    ),
    row("ssm delete-parameter", PARAMETER, &[Select::Is("Name")], &[Gone]),
    row("ssm delete-parameters", PARAMETER, &[Select::Each("Names")], &[Gone]),
    row(
        "ssm update-maintenance-window",
        "AWS::SSM::MaintenanceWindow",
        &[Select::Is("WindowId")],
        &[
            Same(&["Name", "Description", "StartDate", "EndDate", "Schedule", "ScheduleTimezone", "ScheduleOffset"]),
            Same(&["Duration", "Cutoff", "AllowUnassociatedTargets"]),
        ],
    ),
];
