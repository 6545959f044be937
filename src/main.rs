//! The command line of driftledger.

fn main() {}
