//! Evidence: who changed something and when, from sources that the changer does not write by hand. Knows no records
//! beyond their ids.

pub mod audit_log;
pub mod cloudtrail;
pub mod git;
pub mod managed_fields;
pub mod record_id;
