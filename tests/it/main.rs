//! The integration tests, in one binary.

mod dashboards;
mod iam_policy;
