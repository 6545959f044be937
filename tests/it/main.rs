//! The only integration-test binary: one file an area, because each further binary would link the whole SDK again.
//!
//! Each module stands under a plain `cfg(test)`, which is how clippy knows that it may unwrap.

#[cfg(test)]
mod cli;

#[cfg(test)]
mod corpus;

#[cfg(test)]
mod dashboards;

#[cfg(test)]
mod iam_policy;

#[cfg(test)]
mod kubernetes_manifests;

#[cfg(test)]
mod readme;

#[cfg(test)]
#[cfg(feature = "http")]
mod record_sources;

#[cfg(test)]
mod shipped;

#[cfg(test)]
mod terraform_real;

#[cfg(test)]
#[cfg(all(feature = "kubernetes", feature = "cluster"))]
mod cluster;

#[cfg(test)]
#[cfg(all(feature = "kubernetes", feature = "cluster"))]
mod dry_run_oracle;

#[cfg(test)]
#[cfg(all(feature = "kubernetes", feature = "cluster"))]
mod faults;

#[cfg(test)]
#[cfg(all(feature = "kubernetes", feature = "cluster"))]
mod live_kubernetes;

#[cfg(test)]
#[cfg(all(feature = "kubernetes", feature = "cluster"))]
mod objects;

#[cfg(test)]
#[cfg(all(feature = "kubernetes", feature = "cluster"))]
mod proxy;

#[cfg(test)]
#[cfg(all(feature = "kubernetes", feature = "cluster"))]
mod rollback_histories;

#[cfg(test)]
#[cfg(all(feature = "kubernetes", feature = "cluster"))]
mod scan_kubernetes;

#[cfg(test)]
#[cfg(feature = "aws")]
mod fake_aws;

#[cfg(test)]
#[cfg(all(feature = "aws", feature = "emulators"))]
mod emulators;

#[cfg(test)]
#[cfg(all(feature = "aws", feature = "emulators"))]
mod live_aws;

#[cfg(test)]
#[cfg(all(feature = "aws", feature = "emulators"))]
mod standings;

#[cfg(test)]
#[cfg(all(feature = "aws", feature = "emulators", feature = "kubernetes", feature = "cluster"))]
mod audit_log_group;
