//! Applied: what was last deployed from a declaration, the base of the three-way comparison.

use std::collections::BTreeMap;

use crate::model::Problem;

pub mod terraform_state;

/// A CloudFormation stack as the service has it deployed.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct DeployedStack {
    /// The stack's name.
    pub name: String,
    /// Its ARN.
    pub id: String,
    /// Its status, such as `UPDATE_COMPLETE`.
    pub status: String,
    /// The deployed template, after transforms, as the service returns it.
    pub template: String,
    /// The deployed parameters by name; a `NoEcho` parameter is masked with asterisks by the service.
    pub parameters: BTreeMap<String, String>,
    /// Logical id → type, physical id and status.
    pub resources: BTreeMap<String, StackResource>,
    /// What of it could not be read.
    pub problems: Vec<Problem>,
}

/// One resource of a deployed stack.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StackResource {
    /// The canonical type.
    pub resource_type: String,
    /// What `Ref` returns; absent while the resource is being made.
    pub physical_id: Option<String>,
    /// Its status.
    pub status: String,
}
