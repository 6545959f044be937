//! Reading live clusters: lists of what is declared, page by page, and nothing else.
//!
//! The readers are given kinds and names and hand each object on as the server sent it; what of it is kept is the
//! caller's, so that memory follows the declarations and not the cluster. Knows no declaration, and never writes: `request`
//! holds everything that can be sent, and none of it changes anything. What could not be read is a problem with a scope, never a missing object.

mod access;
mod cluster;
mod dry_run;
mod failure;
mod list;
mod openapi;

mod page;
mod place;
mod request;
mod served;
mod single;
mod watch;

pub use cluster::{Calls, Cluster, connect};
pub use failure::Failure;
pub use list::{read, read_everything};
pub use single::read_singly;
