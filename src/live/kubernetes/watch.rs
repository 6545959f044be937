//! Watching the metadata of what is declared, so that a change is seen that somebody or something takes back before the
//! next scan.

use std::collections::BTreeSet;

use futures_util::{StreamExt, stream};
use kube::Api;
use kube::core::{ApiResource, DynamicObject, PartialObjectMeta};
use kube::runtime::watcher::{self, Event};
use kube::runtime::{WatchStreamExt as _, watcher as watch_api};
use tokio::sync::mpsc;

use super::place::by_place;
use super::served::ServedKind;
use super::{Cluster, Failure};
use crate::live::Wanted;
use crate::live::objects::{Happening, Seen};
use crate::model::ResourceType;
use crate::schema::kubernetes::{Reach, kind_of};

impl Cluster {
    /// Watches what is wanted and tells of it until nobody listens any more. Interrupted watches are taken up again, with
    /// growing waits; what happens in a gap is seen by the next scan, if it lasts.
    pub async fn watch(&self, wanted: &BTreeSet<Wanted>, tell: mpsc::Sender<Seen>) {
        let mut streams = Vec::new();
        for ((resource_type, namespace), names) in by_place(wanted) {
            match self.changes(&resource_type, namespace.as_deref()).await {
                Ok(Some(changes)) => streams.push(changes.filter_map(move |event| {
                    std::future::ready(
                        happening(event)
                            .and_then(|(name, what)| Some(Seen { wanted: names.get(&name)?.clone(), what })),
                    )
                })),
                Ok(None) => {}
                Err(failure) => {
                    let scope = self.scope(namespace.as_deref(), resource_type.as_str());
                    tracing::warn!(problem = %failure.problem(scope), "cannot watch");
                }
            }
        }
        let mut all = stream::select_all(streams.into_iter().map(StreamExt::boxed));
        while let Some(seen) = all.next().await {
            if tell.send(seen).await.is_err() {
                return;
            }
        }
    }

    async fn changes(
        &self,
        resource_type: &ResourceType,
        namespace: Option<&str>,
    ) -> Result<Option<impl futures_util::Stream<Item = Event<PartialObjectMeta<DynamicObject>>> + Send + use<>>, Failure>
    {
        let Some((api_version, kind)) = kind_of(resource_type) else { return Ok(None) };
        let Some(served) = self.served(api_version, kind).await? else { return Ok(None) };
        let resource = api_resource(&served, kind);
        let client = self.client.clone();
        let api: Api<PartialObjectMeta<DynamicObject>> = match (served.reach, namespace) {
            (Reach::Namespace, Some(namespace)) => Api::namespaced_with(client, namespace, &resource),
            _ => Api::all_with(client, &resource),
        };
        let events = watch_api(api, watcher::Config::default()).default_backoff();
        let told = resource_type.clone();
        Ok(Some(events.filter_map(move |event| {
            std::future::ready(
                event.inspect_err(|error| tracing::debug!(%told, %error, "a watch was interrupted")).ok(),
            )
        })))
    }
}

fn api_resource(served: &ServedKind, kind: &str) -> ApiResource {
    let (group, version) = served.api_version.split_once('/').unwrap_or(("", &served.api_version));
    ApiResource {
        group: group.to_owned(),
        version: version.to_owned(),
        api_version: served.api_version.clone(),
        kind: kind.to_owned(),
        plural: served.plural.clone(),
    }
}

fn happening(event: Event<PartialObjectMeta<DynamicObject>>) -> Option<(String, Happening)> {
    let object = |object: PartialObjectMeta<DynamicObject>| {
        let name = object.metadata.name.clone()?;
        Some((name, serde_json::json!({"metadata": object.metadata})))
    };
    match event {
        Event::InitApply(known) => object(known).map(|(name, known)| (name, Happening::Known(known))),
        Event::Apply(changed) => object(changed).map(|(name, changed)| (name, Happening::Changed(changed))),
        Event::Delete(gone) => object(gone).map(|(name, _)| (name, Happening::Deleted)),
        Event::Init | Event::InitDone => None,
    }
}
