//! Facts about resource types: how they are identified, which of their lists are sets, which values are secrets.
//!
//! Tables, one file a service, and the few functions that look things up in them. Knows no client, and of values only
//! what it takes to find a name or a secret in them. A fact that makes two values equal is a row here, tied to types
//! and paths; how it is applied stands in [`crate::compare`].

mod analytics;
mod compute;
mod database;
mod delivery;
mod documents;
mod ec2;
mod ecs;
mod edge;
mod fact;
mod iam;
mod identity;
pub mod kubernetes;
mod lambda;
mod messaging;
mod operations;
mod reads;
mod resource_facts;
mod scaling;
mod secrets;
mod storage;
mod switches;
pub mod terraform;
mod undeclared;
mod write_only;

pub(crate) use ec2::RULE_TUPLE;
#[cfg(test)]
pub(crate) use fact::every_fact;
pub use fact::{
    Appended, Brought, Controller, Fact, Facts, Filler, Limit, Order, Says, Spelling, When, pattern_covers,
    pattern_matches,
};
pub use identity::{identity, natural_key};
pub(crate) use resource_facts::inflate;
pub use resource_facts::{ArrayKind, ResourceFacts, Source, resource_facts, resource_types, source};
pub use scaling::{SCALABLE_TARGET, Scaled, is_scalable, namespace_of_targets, scaled, scaled_attributes};
pub use secrets::hide_secrets;
pub use undeclared::{is_default, is_volatile};
