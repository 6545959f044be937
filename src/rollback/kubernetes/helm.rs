//! Helm: each version of a release is a Secret `sh.helm.release.v1.NAME.vN` whose payload is base64 of gzip of JSON, in
//! base64 once more as Secrets have it. A rollback is a new version with the manifest of an old one.
//!
//! The payload holds every value that the release was made with, and Secrets in its manifest. Nothing of either but a digest
//! leaves this file.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::Value;
use sha2::{Digest as _, Sha256};
use std::collections::{BTreeMap, BTreeSet};
use zlib_rs::{InflateConfig, ReturnCode, decompress_slice};

use super::object::{self, text};
use super::{ClusterHistory, Deployment, Mechanism, Signal, Traces};
use crate::store::{DeploymentKind, DeploymentOutcome, RollbackTrigger};

/// A Secret holds at most 1 MiB; what it unpacks to is a chart with its manifest.
const MAX_UNPACKED: usize = 32 << 20;

/// What the deployments of a release are known under.
pub(super) fn unit(namespace: &str, name: &str) -> String {
    format!("helm:{namespace}/{name}")
}

pub(super) fn detect(history: &ClusterHistory<'_>, traces: &mut Traces) {
    let mut releases: BTreeMap<&str, Vec<&HelmVersion>> = BTreeMap::new();
    for version in history.helm_releases {
        releases.entry(&version.unit).or_default().push(version);
    }
    for (unit, mut versions) in releases {
        versions.sort_by_key(|version| version.number);
        trace(unit, &versions, traces);
    }
}

/// One version of a release: what is looked at of it, without its values and its manifest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HelmVersion {
    /// What the deployments of the release are known under.
    unit: String,
    /// The Secret's uid: a release that is removed and installed again begins with version 1 again.
    key: String,
    number: i64,
    status: String,
    /// Whether Helm itself says so: `Rollback to 3`, and `Rollback "web" failed: …`.
    is_said_to_be_a_rollback: bool,
    at: Timestamp,
    manifest: [u8; 32],
}

impl HelmVersion {
    /// Reads a Secret of Helm (`owner=helm`); `None` for any other.
    pub fn of_secret(secret: &Value) -> Option<Self> {
        if text(secret, "/type") != Some("helm.sh/release.v1") {
            return None;
        }
        let payload = unpack(text(secret, "/data/release")?)?;
        Some(Self {
            unit: unit(text(secret, "/metadata/namespace")?, object::label(secret, "name")?),
            key: format!("helm:{}", object::uid(secret)?),
            number: object::label(secret, "version")?.parse().ok()?,
            status: payload.info.status,
            is_said_to_be_a_rollback: payload.info.description.starts_with("Rollback "),
            at: payload.info.last_deployed,
            manifest: Sha256::digest(payload.manifest.as_bytes()).into(),
        })
    }

    fn outcome(&self) -> Option<DeploymentOutcome> {
        match self.status.as_str() {
            "failed" => Some(DeploymentOutcome::Failed),
            status if status.starts_with("pending") => None,
            _ => Some(DeploymentOutcome::Succeeded),
        }
    }
}

/// The parts of a payload that are used.
#[derive(Deserialize)]
struct Payload {
    info: Info,
    #[serde(default)]
    manifest: String,
}

#[derive(Deserialize)]
struct Info {
    #[serde(default)]
    description: String,
    #[serde(default)]
    status: String,
    last_deployed: Timestamp,
}

fn unpack(release: &str) -> Option<Payload> {
    let packed = STANDARD.decode(STANDARD.decode(release).ok()?).ok()?;
    // Gzip ends with the length of what it holds.
    let length = packed.last_chunk::<4>().map(|bytes| u32::from_le_bytes(*bytes))?;
    let length = usize::try_from(length).ok().filter(|length| *length <= MAX_UNPACKED)?;
    let mut unpacked = vec![0; length];
    // 15 bits of window, and 16 for gzip's frame.
    let (unpacked, code) = decompress_slice(&mut unpacked, &packed, InflateConfig { window_bits: 15 + 16 });
    if code != ReturnCode::Ok {
        return None;
    }
    serde_json::from_slice(unpacked).ok()
}

fn trace(unit: &str, versions: &[&HelmVersion], traces: &mut Traces) {
    let units = BTreeSet::from([unit.to_owned()]);
    for (index, version) in versions.iter().enumerate() {
        let (earlier, _) = versions.split_at(index);
        let is_older = || earlier.iter().any(|other| other.manifest == version.manifest);
        let before = earlier.last();
        let kind = match before {
            _ if version.is_said_to_be_a_rollback => DeploymentKind::Rollback,
            Some(before) if before.manifest == version.manifest => DeploymentKind::Redeploy,
            Some(_) if is_older() => DeploymentKind::Rollback,
            _ => DeploymentKind::Forward,
        };
        if kind == DeploymentKind::Rollback {
            traces.signals.push(Signal {
                key: version.key.clone(),
                mechanism: Mechanism::Helm,
                trigger: match before {
                    Some(before) if before.outcome() == Some(DeploymentOutcome::Failed) => {
                        RollbackTrigger::DeploymentFailure
                    }
                    _ if version.is_said_to_be_a_rollback => RollbackTrigger::Manual,
                    _ => RollbackTrigger::Redeployment,
                },
                service: unit.to_owned(),
                units: units.clone(),
                from: before.map(|before| before.key.clone()),
                from_at: before.map(|before| before.at),
                at: version.at,
                ended_at: None,
            });
        }
        let Some(outcome) = version.outcome() else { continue };
        traces.deployments.push(Deployment {
            key: version.key.clone(),
            mechanism: Mechanism::Helm,
            service: unit.to_owned(),
            units: units.clone(),
            kind,
            outcome,
            started_at: version.at,
        });
    }
}
