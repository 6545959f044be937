//! What an apply of an object would make of it: the server tries it out and carries nothing out.

use serde_json::Value as Json;

use super::list::segment;
use super::request::Request;
use super::{Cluster, Failure};
use crate::live::Wanted;
use crate::live::objects::TriedOut;
use crate::schema::kubernetes::{Reach, kind_of};

/// How often an object is tried out again that changed while it was.
const TRIES: usize = 3;

impl Cluster {
    /// Has the server try out a server-side apply of an object by a manager, in the place of whoever else owns its fields.
    /// `None`: it is not there, or it changed each time.
    ///
    /// # Errors
    /// When the server refuses, or does not serve the declared version.
    pub async fn try_out(&self, wanted: &Wanted, object: &Json, manager: &str) -> Result<Option<TriedOut>, Failure> {
        let Some((api_version, kind)) = kind_of(&wanted.resource_type) else { return Ok(None) };
        let served = self.served(api_version, kind).await?;
        // Another version may call its fields otherwise.
        let Some(served) = served.filter(|served| served.api_version == api_version) else {
            return Err(Failure::not_served(api_version));
        };
        let (namespace, name) = match wanted.key.split_once('/') {
            Some((namespace, name)) => (Some(segment(namespace)), name),
            None => (None, wanted.key.as_str()),
        };
        let namespace = namespace.filter(|_| served.reach == Reach::Namespace);
        let path = format!("{}/{}", served.list_path(namespace.as_deref()), segment(name));
        for _ in 0..TRIES {
            let before = match self.get("get", &path).await {
                Ok(text) => parsed(&text)?,
                Err(failure) if failure.is_not_found() => return Ok(None),
                Err(failure) => return Err(failure),
            };
            let after = parsed(&self.send("dry_run", Request::TryOut { path: &path, manager, object }).await?)?;
            let is_same = |pointer: &str| before.pointer(pointer) == after.pointer(pointer);
            if is_same("/metadata/uid") && is_same("/metadata/resourceVersion") {
                return Ok(Some(TriedOut { before, after }));
            }
        }
        Ok(None)
    }
}

fn parsed(text: &str) -> Result<Json, Failure> {
    serde_json::from_str(text).map_err(|error| Failure::unreadable(&error))
}
