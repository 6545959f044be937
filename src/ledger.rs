//! The ledger: every change record there is, whatever wrote it down. Knows no drift.

pub mod commands;
pub mod files;
pub mod lint;
pub mod policy;
pub mod prose;
