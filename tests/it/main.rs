//! The only integration-test binary: one file an area, so that the crate is linked once.
//!
//! Each module stands under a plain `cfg(test)`, which is how clippy knows that it may unwrap.

#[cfg(test)]
#[cfg(feature = "aws")]
mod fake_aws;

#[cfg(test)]
#[cfg(all(feature = "aws", feature = "emulators"))]
mod emulators;

#[cfg(test)]
#[cfg(all(feature = "aws", feature = "emulators"))]
mod live_aws;
