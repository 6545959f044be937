//! Facts about Kubernetes kinds, and how an object of one is named and cut to what is compared.
//!
//! Knows no client and no server: what a server says of its own kinds is brought here as data.

mod built_in;
mod facts;
mod keeps;
mod kinds;
pub mod managers;
mod object;
mod openapi;
mod secrets;
mod types;

pub(crate) use facts::{Said, assigned_at, is_duration, moves_with_every_change, takes_any_order};
pub(crate) use keeps::kept_by;
pub use kinds::{BuiltInKind, Reach, built_in, built_in_kinds, built_in_plural, is_built_in_group, is_made_by_cluster};
pub(crate) use object::{CHANGE_CAUSE, DELETION, LAST_APPLIED, OF_THE_SERVER};
pub use object::{ObjectName, attributes, kind_of};
pub(crate) use secrets::hide_secrets;
pub use types::{Holds, Leaf, ListKind, Member, Place, Schemas, TypeSchema};
