//! The whole way on the wire: the binary, run as a person or a pipeline runs it, on a repository with a Terraform root, a
//! CloudFormation stack and change records, and on an account that people changed by hand.

mod company;
mod failures;
mod incident;
mod moved;
mod proxy;
mod resolution;
mod rollbacks;
mod secrets;
mod serve;
mod trail;
