//! ledger

pub mod commands;
pub mod policy;
