//! The only integration-test binary: one file an area, so that the crate is linked once.

#[cfg(feature = "aws")]
mod fake_aws;

#[cfg(all(feature = "aws", feature = "emulators"))]
mod emulators;

#[cfg(all(feature = "aws", feature = "emulators"))]
mod live_aws;
