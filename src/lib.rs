//! driftledger compares what a repository declares with what really runs, and matches every difference to a logged
//! manual change. What no record accounts for is *unexplained*, and that is the number it exports.
//!
//! Data flows one way; each arrow is a module:
//!
//! ```text
//! repo at a commit ──► declared ─┐
//! state, stack ──────► applied ──┼─► compare ─► matching ─► store ─┬─► metrics
//! AWS APIs ──────────► live ─────┘      ▲  (drifts)   ▲            ├─► web (API + page)
//!                             schema ───┘   ledger ───┤            ├─► report (CLI formats)
//!                                           evidence ─┘            └─► gate
//! ```
//!
//! The modules in the middle (`compare`, `matching`, `gate`) do no I/O: they take values and return results and
//! [`model::Problem`]s.

pub mod app;
pub mod applied;
pub mod cli;
pub mod clock;
pub mod codify;
pub mod compare;
pub mod config;
pub mod declared;
pub mod evidence;
pub mod gate;
pub mod ledger;
pub mod live;
pub mod matching;
pub mod metrics;
pub mod model;
pub mod parallel;
pub mod rbac;
pub mod repo;
pub mod report;
pub mod rollback;
pub mod scan;
pub mod schedule;
pub mod schema;
pub mod store;
pub mod web;
pub mod yaml;
