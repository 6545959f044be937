//! The ledger: every change record there is, whatever wrote it down. Knows no drift.

pub mod commands;
pub mod confluence;
pub mod files;
pub mod github;
pub mod incident_io;
pub mod jira;
pub mod links;
pub mod lint;
pub mod pagerduty;
pub mod policy;
pub mod prose;
pub mod servicenow;
pub mod source;
