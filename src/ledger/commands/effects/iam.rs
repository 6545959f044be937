//! AWS IAM roles. Source: IAM API reference; property names of `AWS::IAM::Role`.

use super::shape::Shape::{Document, Text};
use super::{Change, Operation, Prediction, Select, path};
use crate::ledger::commands::aws_cli::Invocation;
use crate::model::{AttributePath, Kind, Step, Value};

const ROLE: &[Select] = &[Select::Flag("role-name")];

pub(super) const OPERATIONS: &[Operation] = &[
    Operation {
        service: "iam",
        name: "attach-role-policy",
        resource_type: "AWS::IAM::Role",
        select: ROLE,
        changes: &[Change::Add("policy-arn", "ManagedPolicyArns")],
    },
    Operation {
        service: "iam",
        name: "detach-role-policy",
        resource_type: "AWS::IAM::Role",
        select: ROLE,
        changes: &[Change::Remove("policy-arn", "ManagedPolicyArns")],
    },
    Operation {
        service: "iam",
        name: "put-role-policy",
        resource_type: "AWS::IAM::Role",
        select: ROLE,
        changes: &[Change::Computed(put_policy)],
    },
    Operation {
        service: "iam",
        name: "delete-role-policy",
        resource_type: "AWS::IAM::Role",
        select: ROLE,
        changes: &[Change::Computed(delete_policy)],
    },
    Operation {
        service: "iam",
        name: "update-assume-role-policy",
        resource_type: "AWS::IAM::Role",
        select: ROLE,
        changes: &[Change::Set("policy-document", "AssumeRolePolicyDocument", Document)],
    },
    Operation {
        service: "iam",
        name: "update-role",
        resource_type: "AWS::IAM::Role",
        select: ROLE,
        changes: &[
            Change::Set("description", "Description", Text),
            Change::Set("max-session-duration", "MaxSessionDuration", Text),
        ],
    },
    Operation {
        service: "iam",
        name: "put-role-permissions-boundary",
        resource_type: "AWS::IAM::Role",
        select: ROLE,
        changes: &[Change::Set("permissions-boundary", "PermissionsBoundary", Text)],
    },
    Operation {
        service: "iam",
        name: "delete-role-permissions-boundary",
        resource_type: "AWS::IAM::Role",
        select: ROLE,
        changes: &[Change::Clears("PermissionsBoundary")],
    },
    Operation {
        service: "iam",
        name: "delete-role",
        resource_type: "AWS::IAM::Role",
        select: ROLE,
        changes: &[Change::Gone],
    },
];

/// The inline policy that the command names; `None` if its name is a variable.
fn policy(invocation: &Invocation) -> Option<String> {
    Text.read(invocation.parameters.get("policy-name")?).as_scalar_text()
}

fn at_policy(name: &str) -> AttributePath {
    path("Policies").then(Step::Item { by: "PolicyName".to_owned(), value: name.to_owned() })
}

fn put_policy(invocation: &Invocation) -> Vec<(AttributePath, Prediction)> {
    let document = invocation.parameters.get("policy-document").map(|argument| Document.read(argument));
    let (Some(name), Some(document)) = (policy(invocation), document) else {
        return vec![(path("Policies"), Prediction::Unspecified)];
    };
    let item = [("PolicyName", Value::from(name.clone())), ("PolicyDocument", document)];
    vec![(at_policy(&name), Prediction::Is(Value::object(item)))]
}

fn delete_policy(invocation: &Invocation) -> Vec<(AttributePath, Prediction)> {
    match policy(invocation) {
        Some(name) => vec![(at_policy(&name), Prediction::Is(Value::new(Kind::Null)))],
        None => vec![(path("Policies"), Prediction::Unspecified)],
    }
}
