//! Connections to clusters, kept from scan to scan.

#[cfg(feature = "kubernetes")]
mod open {
    use std::collections::{BTreeMap, BTreeSet};
    use std::path::Path;
    use std::sync::Arc;

    use serde_json::Value as Json;
    use tokio::sync::{Mutex, mpsc};

    use crate::live::kubernetes::{self, Calls, Cluster, connect};
    use crate::live::objects::{Answer, Everything, Keep, Seen, TriedOut};
    use crate::live::{KubernetesScope, Wanted};
    use crate::metrics::ApiCallCount;
    use crate::model::{Problem, ResourceType};
    use crate::schema::kubernetes::Schemas;

    /// A connection to one cluster.
    pub type ClusterConnection = Arc<Cluster>;

    #[derive(Debug, Default)]
    pub(in crate::live) struct Clusters {
        calls: Arc<Calls>,
        connections: Mutex<BTreeMap<KubernetesScope, ClusterConnection>>,
    }

    impl Clusters {
        pub(in crate::live) async fn open(
            &self,
            scope: &KubernetesScope,
            folder: &Path,
        ) -> Result<ClusterConnection, Problem> {
            let known = self.connections.lock().await.get(scope).cloned();
            let connection = match known {
                Some(connection) => connection,
                None => Arc::new(connect(scope, folder, &self.calls).await?),
            };
            // Asked at every scan: one answer saves a problem for each kind.
            connection.greet().await?;
            self.connections.lock().await.insert(scope.clone(), Arc::clone(&connection));
            Ok(connection)
        }

        pub(in crate::live) fn calls(&self) -> Vec<ApiCallCount> {
            self.calls.snapshot()
        }
    }

    /// The schemas of kinds, and what it means where the cluster does not tell them.
    pub async fn schemas(
        connection: &ClusterConnection,
        types: &BTreeSet<ResourceType>,
    ) -> (Arc<Schemas>, Option<Problem>) {
        connection.schemas(types).await
    }

    /// Reads what is wanted.
    pub async fn objects<T: Send + 'static>(
        connection: &ClusterConnection,
        wanted: &BTreeSet<Wanted>,
        keep: Arc<Keep<T>>,
    ) -> Answer<T> {
        kubernetes::read(connection, wanted, keep).await
    }

    /// Reads everything that is in some places.
    pub async fn everything<T: Send + 'static>(
        connection: &ClusterConnection,
        places: &BTreeSet<Everything>,
        keep: Arc<Keep<T>>,
    ) -> Answer<T> {
        kubernetes::read_everything(connection, places, keep).await
    }

    /// Reads objects one by one, by their names.
    pub async fn singly<T: Send + 'static>(
        connection: &ClusterConnection,
        wanted: &BTreeSet<Wanted>,
        keep: Arc<Keep<T>>,
    ) -> Answer<T> {
        kubernetes::read_singly(connection, wanted, keep).await
    }

    /// Watches what is wanted and tells of it until nobody listens any more.
    pub async fn watch(connection: &ClusterConnection, wanted: &BTreeSet<Wanted>, tell: mpsc::Sender<Seen>) {
        connection.watch(wanted, tell).await;
    }

    /// What an apply of an object by a manager would make of it; `None`: it is not there.
    ///
    /// # Errors
    /// Why the server did not try it out.
    pub async fn try_out(
        connection: &ClusterConnection,
        wanted: &Wanted,
        object: &Json,
        manager: &str,
    ) -> Result<Option<TriedOut>, Problem> {
        connection.try_out(wanted, object, manager).await.map_err(|failure| failure.problem(connection.name()))
    }

    /// Says what of all that is wanted the credentials do not allow to read.
    pub async fn refusals(connection: &ClusterConnection, wanted: &BTreeSet<Wanted>) -> Vec<Problem> {
        connection.refusals(wanted).await
    }
}

#[cfg(not(feature = "kubernetes"))]
mod open {
    use std::collections::BTreeSet;
    use std::path::Path;
    use std::sync::Arc;

    use serde_json::Value as Json;
    use tokio::sync::mpsc;

    use crate::live::objects::{Answer, Everything, Keep, Seen, TriedOut};
    use crate::live::{KubernetesScope, Wanted};
    use crate::metrics::ApiCallCount;
    use crate::model::{Problem, ProblemKind, ResourceType};
    use crate::schema::kubernetes::Schemas;

    /// There are none in this build.
    #[derive(Clone, Debug)]
    pub enum ClusterConnection {}

    #[derive(Debug, Default)]
    pub(in crate::live) struct Clusters;

    impl Clusters {
        pub(in crate::live) async fn open(
            &self,
            scope: &KubernetesScope,
            _: &Path,
        ) -> Result<ClusterConnection, Problem> {
            let scope = format!("kubernetes {}", scope.name());
            let problem = Problem::new(ProblemKind::NotSupported, scope, "Kubernetes is not built in");
            Err(problem.remedy("use a driftledger that was built with the feature `kubernetes`"))
        }

        pub(in crate::live) fn calls(&self) -> Vec<ApiCallCount> {
            Vec::new()
        }
    }

    /// The schemas of kinds.
    pub async fn schemas(
        connection: &ClusterConnection,
        _: &BTreeSet<ResourceType>,
    ) -> (Arc<Schemas>, Option<Problem>) {
        match *connection {}
    }

    /// Reads what is wanted.
    pub async fn objects<T: Send + 'static>(
        connection: &ClusterConnection,
        _: &BTreeSet<Wanted>,
        _: Arc<Keep<T>>,
    ) -> Answer<T> {
        match *connection {}
    }

    /// Reads everything that is in some places.
    pub async fn everything<T: Send + 'static>(
        connection: &ClusterConnection,
        _: &BTreeSet<Everything>,
        _: Arc<Keep<T>>,
    ) -> Answer<T> {
        match *connection {}
    }

    /// Reads objects one by one, by their names.
    pub async fn singly<T: Send + 'static>(
        connection: &ClusterConnection,
        _: &BTreeSet<Wanted>,
        _: Arc<Keep<T>>,
    ) -> Answer<T> {
        match *connection {}
    }

    /// Watches what is wanted.
    pub async fn watch(connection: &ClusterConnection, _: &BTreeSet<Wanted>, _: mpsc::Sender<Seen>) {
        match *connection {}
    }

    /// What an apply of an object by a manager would make of it.
    ///
    /// # Errors
    /// None in this build.
    pub async fn try_out(
        connection: &ClusterConnection,
        _: &Wanted,
        _: &Json,
        _: &str,
    ) -> Result<Option<TriedOut>, Problem> {
        match *connection {}
    }

    /// Says what of all that is wanted the credentials do not allow to read.
    pub async fn refusals(connection: &ClusterConnection, _: &BTreeSet<Wanted>) -> Vec<Problem> {
        match *connection {}
    }
}

pub(super) use open::Clusters;
pub use open::{ClusterConnection, everything, objects, refusals, schemas, singly, try_out, watch};
