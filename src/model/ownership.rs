//! Who owns the fields of a Kubernetes object, as its `managedFields` say.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::AttributePath;

/// One owner of one field. The manager is a tool's name, chosen by the client: it tells programs apart, not people
/// (<https://kubernetes.io/docs/reference/using-api/server-side-apply/#managers>).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct FieldOwner {
    /// The field: a leaf, a list or map that is owned as a whole, or an item.
    pub path: AttributePath,
    /// The manager's name: `kubectl-edit`.
    pub manager: String,
    /// What kind of manager it is taken for.
    pub class: ManagerClass,
    /// How it set the field.
    pub operation: FieldOperation,
    /// The part of the API that it used, such as `scale`, where that is not the object itself.
    pub subresource: Option<String>,
    /// When the manager last added or changed any field it owns: no earlier than it set this one. `kubectl scale` and
    /// others of the `scale` subresource leave no time.
    pub at: Option<Timestamp>,
    /// What it noted to have applied there, in JSON, where it notes that (`kubectl apply`) and something else is live. Had
    /// another client changed the field, it would not own it any more.
    pub sent: Option<String>,
}

/// What kind of client a manager is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ManagerClass {
    /// What deploys the declarations.
    Deployer,
    /// A control loop: of the cluster, or an operator.
    Controller,
    /// A tool that people use.
    Human,
    /// None of those known. Counts as a person, because nothing says that it is none.
    Unknown,
}

impl ManagerClass {
    /// Whether what it sets counts as changed by hand.
    pub fn is_by_hand(self) -> bool {
        matches!(self, Self::Human | Self::Unknown)
    }
}

/// How a manager set a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum FieldOperation {
    /// With server-side apply.
    Apply,
    /// With any other write.
    Update,
}
