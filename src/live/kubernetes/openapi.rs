//! The schemas that a cluster publishes of its kinds, fetched again only when they change.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};

use serde::Deserialize;
use serde_json::Value as Json;

use super::{Cluster, Failure};
use crate::model::{Problem, ProblemKind, ResourceType};
use crate::schema::kubernetes::{Schemas, kind_of};

/// The schemas that were last put together, and the addresses of the documents they are from: an address carries the
/// hash of its document.
#[derive(Debug, Default)]
pub(super) struct Published(Mutex<Option<(BTreeSet<String>, Arc<Schemas>)>>);

#[derive(Deserialize)]
struct Index {
    #[serde(default)]
    paths: BTreeMap<String, Document>,
}

#[derive(Deserialize)]
struct Document {
    #[serde(rename = "serverRelativeURL")]
    address: String,
}

/// Where version 2 has the schemas of all kinds in one document, without a hash.
const V2: &str = "/openapi/v2";

impl Cluster {
    /// The schemas of kinds: as the cluster publishes them, over those that every cluster has. Where it does not say,
    /// the problem tells what that means.
    pub async fn schemas(&self, types: &BTreeSet<ResourceType>) -> (Arc<Schemas>, Option<Problem>) {
        match self.published(types).await {
            Ok(schemas) => (schemas, None),
            Err(failure) => {
                let message = "its schemas cannot be read; lists of kinds that are not Kubernetes' own are compared \
                               in their order";
                let mut problem = failure.problem(self.scope(None, "openapi"));
                problem.message = format!("{message}: {}", problem.message);
                // Objects are seen all the same.
                problem.kind = ProblemKind::Unevaluated;
                (Arc::new(Schemas::built_in()), Some(problem))
            }
        }
    }

    async fn published(&self, types: &BTreeSet<ResourceType>) -> Result<Arc<Schemas>, Failure> {
        let addresses = match self.get("openapi", "/openapi/v3").await {
            Ok(text) => documents_of(&text, types)?,
            Err(failure) if failure.is_not_found() => [V2.to_owned()].into(),
            Err(failure) => return Err(failure),
        };
        let known = self.published.0.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some((_, schemas)) = known.filter(|(known, _)| *known == addresses) {
            return Ok(schemas);
        }
        let mut schemas = Schemas::built_in();
        for address in &addresses {
            let text = self.get("openapi", address).await?;
            let document: Json = serde_json::from_str(&text).map_err(|error| Failure::unreadable(&error))?;
            schemas = match address.as_str() {
                V2 => Schemas::from_openapi_v2(&document, &schemas),
                _ => Schemas::from_openapi_v3(&document, &schemas),
            };
        }
        let schemas = Arc::new(schemas);
        *self.published.0.lock().unwrap_or_else(PoisonError::into_inner) = Some((addresses, Arc::clone(&schemas)));
        Ok(schemas)
    }
}

/// The addresses of the documents that tell of the wanted kinds.
fn documents_of(index: &str, types: &BTreeSet<ResourceType>) -> Result<BTreeSet<String>, Failure> {
    let index: Index = serde_json::from_str(index).map_err(|error| Failure::unreadable(&error))?;
    let versions = types.iter().filter_map(|resource_type| Some(kind_of(resource_type)?.0));
    let path_of = |version: &str| match version.contains('/') {
        true => format!("apis/{version}"),
        false => format!("api/{version}"),
    };
    let documents = versions.filter_map(|version| index.paths.get(&path_of(version)));
    let addresses = documents.map(|document| document.address.clone());
    Ok(addresses.filter(|address| address.starts_with("/openapi/v3/")).collect())
}
