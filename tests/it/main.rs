//! The integration tests, in one binary.
#![expect(clippy::unwrap_used, reason = "a test that cannot read its own fixture has failed")]

mod corpus;
