//! Single objects by their names, with no more rights than `get` on each.

use std::collections::BTreeSet;
use std::sync::Arc;

use futures_util::StreamExt as _;

use super::list::segment;
use super::{Cluster, Failure};
use crate::live::Wanted;
use crate::live::objects::{Answer, Gap, Keep};
use crate::schema::kubernetes::kind_of;

/// Reads objects one by one. What the cluster does not have, or not even the kind of, was answered for.
pub async fn read_singly<T: Send + 'static>(
    cluster: &Cluster,
    wanted: &BTreeSet<Wanted>,
    keep: Arc<Keep<T>>,
) -> Answer<T> {
    let reads = wanted.iter().map(|wanted| read_one(cluster, wanted, Arc::clone(&keep)));
    let answers: Vec<Answer<T>> = futures_util::stream::iter(reads).buffered(cluster.max_concurrency).collect().await;
    answers.into_iter().fold(Answer::default(), Answer::and)
}

async fn read_one<T: Send + 'static>(cluster: &Cluster, wanted: &Wanted, keep: Arc<Keep<T>>) -> Answer<T> {
    let only = BTreeSet::from([wanted.clone()]);
    match object(cluster, wanted).await {
        Ok(object) => {
            let kept = object.map(|object| keep(wanted, object)).unwrap_or_default();
            Answer { kept, answered: only, ..Answer::default() }
        }
        Err(failure) => {
            let namespace = wanted.key.split_once('/').map(|(namespace, _)| namespace.to_owned());
            let problem = failure.problem(cluster.scope(namespace.as_deref(), wanted.resource_type.as_str()));
            Answer { gaps: vec![Gap { problem, unread: only, namespace }], ..Answer::default() }
        }
    }
}

async fn object(cluster: &Cluster, wanted: &Wanted) -> Result<Option<serde_json::Value>, Failure> {
    let Some((api_version, kind)) = kind_of(&wanted.resource_type) else { return Ok(None) };
    let Some(served) = cluster.served(api_version, kind).await? else { return Ok(None) };
    let (namespace, name) = match wanted.key.split_once('/') {
        Some((namespace, name)) => (Some(segment(namespace)), name),
        None => (None, wanted.key.as_str()),
    };
    let path = format!("{}/{}", served.list_path(namespace.as_deref()), segment(name));
    match cluster.get("get", &path).await {
        Ok(text) => serde_json::from_str(&text).map(Some).map_err(|error| Failure::unreadable(&error)),
        Err(failure) if failure.is_not_found() => Ok(None),
        Err(failure) => Err(failure),
    }
}
