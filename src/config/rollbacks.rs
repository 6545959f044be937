//! Where else rollbacks are seen.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::rollback::kubernetes::Deliverer;

/// What is read to see the rollbacks of a Kubernetes stack, besides its objects and their revisions.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Rollbacks {
    /// Whether the releases of Helm in the namespaces of the stack are read. They are Secrets, and a role cannot tell
    /// Secrets apart: whoever may read these may read all Secrets of the namespaces. Of a release only its version, status
    /// and time are looked at, whether Helm calls it a rollback, and whether its manifest is that of an older one. Default:
    /// `false`.
    pub helm_releases: bool,
    /// The objects of Argo CD and Flux that deploy the stack. What notes its name on the stack's objects (`tracking-id` of
    /// Argo CD, labels of Flux) is read without being named; `driftledger config rbac` prints the rights for those that
    /// are named here.
    pub deployed_by: Vec<Deliverer>,
}

impl Rollbacks {
    /// Whether nothing is asked for.
    pub fn is_default(&self) -> bool {
        *self == Self::default()
    }
}
