//! Applied: what was last deployed from a declaration, the base of the three-way comparison.

pub mod last_applied;
pub mod merge_base;
pub mod source;
pub mod stack;
#[cfg(feature = "aws")]
pub mod stack_fetch;
pub mod stack_tags;
pub mod state_fetch;
pub mod state_location;
pub mod terraform_state;

use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::model::{Applied, AttributePath, Bindings, Declaration, Problem};
use crate::schema;

/// A CloudFormation stack as the service has it deployed.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct DeployedStack {
    /// The stack's name.
    pub name: String,
    /// Its ARN.
    pub id: String,
    /// Its status, such as `UPDATE_COMPLETE`.
    pub status: String,
    /// When it was last updated, or made; changes with every deployment.
    pub updated_at: Option<String>,
    /// The stack's own tags, which the service puts on every resource that takes tags.
    pub tags: BTreeMap<String, String>,
    /// The deployed template, after transforms, as the service returns it.
    pub template: String,
    /// The deployed parameters by name; a `NoEcho` parameter is masked with asterisks by the service.
    pub parameters: BTreeMap<String, String>,
    /// What parameters that name others of the parameter store were resolved to.
    pub resolved: BTreeMap<String, String>,
    /// Its outputs by name.
    pub outputs: BTreeMap<String, String>,
    /// Its nested stacks by logical id.
    pub nested: BTreeMap<String, DeployedStack>,
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

/// What was last deployed from the declarations of one stack, whatever deployed it.
#[derive(Clone, Debug, Default)]
pub struct AppliedSide {
    /// The deployed resources by address.
    pub resources: BTreeMap<String, Applied>,
    /// What declarations refer to by name.
    pub bindings: Bindings,
    /// Whether everything that was deployed is in here: then what is not, never was.
    pub is_complete: bool,
    /// Why what was deployed could not be read, as a whole or in part: what is not in here may have been deployed.
    pub unread: Option<String>,
    /// Whether its values are what was declared, or may have swallowed manual changes.
    pub trust: Trust,
    /// Changes whenever the stack is deployed. Terraform writes its state after a refresh as well, if the refresh found
    /// something; so a change that somebody took back by hand just before such a refresh counts as overwritten.
    pub deployment: Option<String>,
    /// What the objects of a cluster tell of their last deployment, by address.
    pub objects: BTreeMap<String, Written>,
    /// Tags that deploying puts on every resource that takes tags.
    pub stack_tags: BTreeMap<String, String>,
    /// Why the stack is about to change by itself.
    pub in_flight: Option<String>,
    /// Why nothing of it is deployed though there is a stack.
    pub nothing_deployed: Option<String>,
    /// What could not be read.
    pub problems: Vec<Problem>,
}

/// Who last wrote to an object of a cluster.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Written {
    /// When the client that deploys last wrote to it, where the object tells.
    pub deployed_at: Option<Timestamp>,
    /// What of it is as declared because somebody by hand wrote it so.
    pub by_hand: Vec<AttributePath>,
}

/// How far values of the applied side are what a declaration said.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Trust {
    /// They are what was deployed: a stack's template and parameters.
    Deployed,
    /// They may hold manual changes: a Terraform state takes live values over at every refresh, and whoever runs `kubectl
    /// apply` by hand leaves a note as a pipeline does.
    #[default]
    Refreshed,
}

impl AppliedSide {
    /// Brings everything that was deployed at an address from which it was moved since to the new address.
    pub fn follow(&mut self, moved: &BTreeMap<String, String>) {
        for (from, to) in moved {
            self.bindings.rename(from, to);
            if !self.resources.contains_key(to)
                && let Some(applied) = self.resources.remove(from)
            {
                self.resources.insert(to.clone(), Applied { address: to.clone(), ..applied });
            }
        }
    }

    /// The name under which a declaration's live counterpart is looked for: the physical id, else its natural name.
    pub fn key_of(&self, declaration: &Declaration) -> Option<String> {
        let applied = self.resources.get(&declaration.address).and_then(|applied| applied.identifier.clone());
        applied
            .or_else(|| declaration.identifier.clone())
            .or_else(|| schema::natural_key(&declaration.resource_type, &declaration.attributes))
    }
}
