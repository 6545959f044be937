//! Facts about Kubernetes kinds, and how an object of one is named and cut to what is compared.
//!
//! Knows no client and no server: what a server says of its own kinds is brought here as data.

mod kinds;
mod object;

pub use kinds::{BuiltInKind, Reach, built_in, built_in_plural, is_built_in_group};
pub use object::{ObjectName, attributes, kind_of};
