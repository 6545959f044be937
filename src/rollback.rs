//! Rollbacks: deployments and recorded changes that were taken back. One file a mechanism.
//!
//! Pure: each detector turns what somebody else read into events under the ids that the platform gave them. What is
//! counted: a forward deployment that failed or was taken back, once. What is not: a manual change that somebody put
//! back (that is a resolved drift), or a deployment that overwrote one.

pub mod ecs;
pub mod kubernetes;
pub mod records;

use crate::store::{DeploymentEvent, RollbackEvent};

/// What a detector saw.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Detected {
    /// Settled deployments.
    pub deployments: Vec<DeploymentEvent>,
    /// Rollbacks.
    pub rollbacks: Vec<RollbackEvent>,
}
