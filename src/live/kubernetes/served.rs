//! Which kinds a cluster serves, and under which addresses.
//!
//! Only the groups that are declared are asked for: another group whose server is down is nobody's problem here.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use serde::Deserialize;

use super::{Cluster, Failure};
use crate::schema::kubernetes::Reach;

/// A kind as the server serves it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct ServedKind {
    /// The version it is read in: the declared one where the server still has it.
    pub api_version: String,
    /// Its name in addresses.
    pub plural: String,
    /// Where its objects live.
    pub reach: Reach,
}

impl ServedKind {
    /// The address of its list: in a namespace, or of the whole cluster.
    pub(super) fn list_path(&self, namespace: Option<&str>) -> String {
        let root = root_of(&self.api_version);
        match namespace {
            Some(namespace) => format!("{root}/namespaces/{namespace}/{}", self.plural),
            None => format!("{root}/{}", self.plural),
        }
    }
}

fn root_of(api_version: &str) -> String {
    match api_version.contains('/') {
        true => format!("/apis/{api_version}"),
        false => format!("/api/{api_version}"),
    }
}

/// The kinds of each API version that was asked for, as long as the connection lasts. What was not served is asked for
/// again.
#[derive(Debug, Default)]
pub(super) struct Served(Mutex<BTreeMap<String, Arc<Vec<Resource>>>>);

/// An entry of `APIResourceList`
/// (<https://kubernetes.io/docs/reference/generated/kubernetes-api/v1.33/#apiresource-v1-meta>).
#[derive(Debug, Deserialize)]
pub(super) struct Resource {
    name: String,
    kind: String,
    namespaced: bool,
}

#[derive(Deserialize)]
struct ResourceList {
    #[serde(default)]
    resources: Vec<Resource>,
}

#[derive(Deserialize)]
struct Group {
    #[serde(default)]
    versions: Vec<GroupVersion>,
    #[serde(rename = "preferredVersion")]
    preferred: Option<GroupVersion>,
}

#[derive(Deserialize)]
struct GroupVersion {
    #[serde(rename = "groupVersion")]
    group_version: String,
}

impl Cluster {
    /// How the cluster serves a kind: in the given version, else in the one that it prefers; `None` where it has no such
    /// kind.
    pub(super) async fn served(&self, api_version: &str, kind: &str) -> Result<Option<ServedKind>, Failure> {
        if let Some(found) = self.served_in(api_version, kind).await? {
            return Ok(Some(found));
        }
        let Some((group, _)) = api_version.split_once('/') else { return Ok(None) };
        let group: Group = match self.get("discovery", &format!("/apis/{group}")).await {
            Ok(text) => serde_json::from_str(&text).map_err(|error| Failure::unreadable(&error))?,
            Err(failure) if failure.is_not_found() => return Ok(None),
            Err(failure) => return Err(failure),
        };
        for version in group.preferred.into_iter().chain(group.versions) {
            if let Some(found) = self.served_in(&version.group_version, kind).await? {
                return Ok(Some(found));
            }
        }
        Ok(None)
    }

    async fn served_in(&self, api_version: &str, kind: &str) -> Result<Option<ServedKind>, Failure> {
        let known = self.served.0.lock().unwrap_or_else(PoisonError::into_inner).get(api_version).cloned();
        let resources = match known {
            // A kind that was not there when the list was read may have been added since.
            Some(resources) if resources.iter().any(|resource| resource.kind == kind) => resources,
            _ => match self.get("discovery", &root_of(api_version)).await {
                Ok(text) => {
                    let list: ResourceList =
                        serde_json::from_str(&text).map_err(|error| Failure::unreadable(&error))?;
                    let resources = Arc::new(list.resources);
                    let mut known = self.served.0.lock().unwrap_or_else(PoisonError::into_inner);
                    known.insert(api_version.to_owned(), Arc::clone(&resources));
                    resources
                }
                Err(failure) if failure.is_not_found() => return Ok(None),
                Err(failure) => return Err(failure),
            },
        };
        // `deployments/scale` is a part of deployments.
        let found = resources.iter().find(|resource| resource.kind == kind && !resource.name.contains('/'));
        Ok(found.map(|resource| ServedKind {
            api_version: api_version.to_owned(),
            plural: resource.name.clone(),
            reach: if resource.namespaced { Reach::Namespace } else { Reach::Cluster },
        }))
    }
}
