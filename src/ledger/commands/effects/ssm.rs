//! AWS Systems Manager parameters. Source: SSM API reference; property names of `AWS::SSM::Parameter`.

use super::shape::Shape::Text;
use super::{Change, Operation, Select};

const PARAMETER: &[Select] = &[Select::Flag("name")];

pub(super) const OPERATIONS: &[Operation] = &[
    Operation {
        service: "ssm",
        name: "put-parameter",
        resource_type: "AWS::SSM::Parameter",
        select: PARAMETER,
        changes: &[
            Change::Set("value", "Value", Text),
            Change::Set("type", "Type", Text),
            Change::Set("description", "Description", Text),
            Change::Set("tier", "Tier", Text),
            Change::Set("allowed-pattern", "AllowedPattern", Text),
            Change::Set("data-type", "DataType", Text),
        ],
    },
    Operation {
        service: "ssm",
        name: "delete-parameter",
        resource_type: "AWS::SSM::Parameter",
        select: PARAMETER,
        changes: &[Change::Gone],
    },
    Operation {
        service: "ssm",
        name: "delete-parameters",
        resource_type: "AWS::SSM::Parameter",
        select: &[Select::Each("names")],
        changes: &[Change::Gone],
    },
];
