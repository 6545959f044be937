//! Facts about resource types: how they are identified, which of their lists are sets, which values are secrets.
//!
//! Tables, one file a service, and the few functions that look things up in them. Knows no client and no values.

pub mod terraform;
