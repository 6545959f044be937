//! Connections to the services, kept from scan to scan: one a scope.

mod cluster;

use std::path::Path;
use std::sync::Arc;

use super::{AwsScope, KubernetesScope};
use crate::metrics::ApiCallCount;
use crate::model::Problem;

#[cfg(feature = "aws")]
mod open {
    use std::collections::BTreeMap;
    use std::sync::Arc;

    use tokio::sync::Mutex;

    use crate::live::AwsScope;
    use crate::live::aws::{ApiCalls, Aws, connect};
    use crate::metrics::ApiCallCount;
    use crate::model::Problem;

    /// A connection to one scope.
    pub type Connection = Arc<Aws>;

    #[derive(Debug, Default)]
    pub(super) struct Open {
        calls: Arc<ApiCalls>,
        connections: Mutex<BTreeMap<AwsScope, Connection>>,
    }

    impl Open {
        pub(super) async fn aws(&self, scope: &AwsScope) -> Result<Connection, Problem> {
            let known = self.connections.lock().await.get(scope).cloned();
            let connection = match known {
                Some(connection) => connection,
                None => Arc::new(connect(scope, &self.calls).await),
            };
            // Asked at every scan: credentials expire, and one answer saves a problem for each type.
            connection.account().await?;
            self.connections.lock().await.insert(scope.clone(), Arc::clone(&connection));
            Ok(connection)
        }

        pub(super) fn calls(&self) -> Vec<ApiCallCount> {
            let count = |(call, calls): (crate::live::aws::ApiCall, u64)| ApiCallCount {
                service: call.service,
                operation: call.operation,
                outcome: call.outcome.as_str().to_owned(),
                calls,
            };
            self.calls.snapshot().into_iter().map(count).collect()
        }
    }
}

#[cfg(not(feature = "aws"))]
mod open {
    use crate::live::AwsScope;
    use crate::metrics::ApiCallCount;
    use crate::model::{Problem, ProblemKind};

    /// There are none in this build.
    #[derive(Clone, Debug)]
    pub enum Connection {}

    #[derive(Debug, Default)]
    pub(super) struct Open;

    impl Open {
        pub(super) async fn aws(&self, scope: &AwsScope) -> Result<Connection, Problem> {
            let problem =
                Problem::new(ProblemKind::NotSupported, format!("aws {}", scope.region), "AWS is not built in");
            Err(problem.remedy("use a driftledger that was built with the feature `aws`"))
        }

        pub(super) fn calls(&self) -> Vec<ApiCallCount> {
            Vec::new()
        }
    }
}

pub use cluster::{ClusterConnection, everything, objects, refusals, schemas, singly, try_out, watch};
pub use open::Connection;

/// Connections to the services, made when they are first wanted.
#[derive(Clone, Debug, Default)]
pub struct Connections {
    aws: Arc<open::Open>,
    clusters: Arc<cluster::Clusters>,
}

impl Connections {
    /// The connection to a scope of AWS, after its identity was asked for.
    ///
    /// # Errors
    /// The one problem that stands for the whole scope: no credentials, wrong account, no answer.
    pub async fn aws(&self, scope: &AwsScope) -> Result<Connection, Problem> {
        self.aws.aws(scope).await
    }

    /// The connection to a cluster, after it answered. A relative path of a kubeconfig begins at `folder`.
    ///
    /// # Errors
    /// The one problem that stands for the whole cluster: no kubeconfig, no credentials, no answer.
    pub async fn cluster(&self, scope: &KubernetesScope, folder: &Path) -> Result<ClusterConnection, Problem> {
        self.clusters.open(scope, folder).await
    }

    /// Every call made so far.
    pub fn calls(&self) -> Vec<ApiCallCount> {
        let mut calls = self.aws.calls();
        calls.extend(self.clusters.calls());
        calls
    }
}

#[cfg(feature = "aws")]
mod calls {
    use std::collections::BTreeMap;

    use super::Connection;
    use crate::evidence::cloudtrail::Span;
    use crate::live::log::{Asked, Page};
    use crate::live::{Collection, Wanted, aws};
    use crate::model::{AvailabilityZone, Fingerprinter, Problem};
    use crate::rollback::ecs::ServiceDeployment;

    /// The account that a connection reads.
    pub async fn account(connection: &Connection) -> Option<String> {
        connection.account().await.ok().map(str::to_owned)
    }

    /// Reads what is wanted.
    pub async fn read(connection: &Connection, wanted: &[Wanted], fingerprints: &Fingerprinter) -> Collection {
        aws::read(connection, wanted, fingerprints).await
    }

    /// What the stacks of the account and region export, by name.
    ///
    /// # Errors
    /// The problem of the whole list.
    pub async fn exports(connection: &Connection) -> Result<BTreeMap<String, String>, Problem> {
        aws::account::exports(connection).await
    }

    /// One page of a log group.
    ///
    /// # Errors
    /// Why it cannot be read, as a problem that hides no resource.
    pub async fn log_page(connection: &Connection, asked: &Asked<'_>) -> Result<Page, Problem> {
        aws::logs::page(connection, asked).await
    }

    /// One page of the events of CloudTrail.
    ///
    /// # Errors
    /// Why it cannot be read, as a problem that hides no resource.
    pub async fn trail_page(connection: &Connection, span: Span, token: Option<&str>) -> Result<Page, Problem> {
        aws::cloudtrail::page(connection, span, token).await
    }

    /// The content of an object of S3, of at most so many bytes.
    ///
    /// # Errors
    /// Why it cannot be read.
    pub async fn object(connection: &Connection, bucket: &str, key: &str, most: u64) -> Result<Vec<u8>, Problem> {
        aws::objects::object(connection, bucket, key, most).await
    }

    /// The availability zones of the region, as `Fn::GetAZs` lists them.
    ///
    /// # Errors
    /// The problem of the whole list.
    pub async fn zones(connection: &Connection) -> Result<Vec<String>, Problem> {
        aws::account::zones(connection).await
    }

    /// The availability zones of the region that the account can use.
    ///
    /// # Errors
    /// The problem of the whole list.
    pub async fn available_zones(connection: &Connection) -> Result<Vec<AvailabilityZone>, Problem> {
        aws::account::available_zones(connection).await
    }

    /// The deployments of the ECS services among what is wanted. What cannot be read here could not be read as live
    /// either, and is told there.
    pub async fn ecs_deployments(connection: &Connection, wanted: &[Wanted]) -> Vec<ServiceDeployment> {
        let services = wanted.iter().filter(|wanted| wanted.resource_type.as_str() == "AWS::ECS::Service");
        let keys: Vec<_> = services.map(|wanted| wanted.key.clone()).collect();
        if keys.is_empty() {
            return Vec::new();
        }
        let (services, _) = aws::ecs::deployments(connection, &keys).await;
        let of_service = |service: aws::ecs::ServiceDeployments| {
            let name = service.service;
            service.deployments.into_iter().map(move |deployment| ServiceDeployment {
                id: deployment.id,
                service: name.clone(),
                rollout_state: deployment.rollout_state.unwrap_or_default(),
                rollout_reason: deployment.rollout_state_reason.unwrap_or_default(),
                created_at: deployment.created_at,
                updated_at: deployment.updated_at,
            })
        };
        services.into_iter().flat_map(of_service).collect()
    }
}

#[cfg(not(feature = "aws"))]
mod calls {
    use std::collections::BTreeMap;

    use super::Connection;
    use crate::evidence::cloudtrail::Span;
    use crate::live::log::{Asked, Page};
    use crate::live::{Collection, Wanted};
    use crate::model::{AvailabilityZone, Fingerprinter, Problem};
    use crate::rollback::ecs::ServiceDeployment;

    /// The account that a connection reads.
    pub async fn account(connection: &Connection) -> Option<String> {
        match *connection {}
    }

    /// Reads what is wanted.
    pub async fn read(connection: &Connection, _: &[Wanted], _: &Fingerprinter) -> Collection {
        match *connection {}
    }

    /// What the stacks of the account and region export, by name.
    ///
    /// # Errors
    /// None in this build.
    pub async fn exports(connection: &Connection) -> Result<BTreeMap<String, String>, Problem> {
        match *connection {}
    }

    /// One page of a log group.
    ///
    /// # Errors
    /// None in this build.
    pub async fn log_page(connection: &Connection, _: &Asked<'_>) -> Result<Page, Problem> {
        match *connection {}
    }

    /// One page of the events of CloudTrail.
    ///
    /// # Errors
    /// None in this build.
    pub async fn trail_page(connection: &Connection, _: Span, _: Option<&str>) -> Result<Page, Problem> {
        match *connection {}
    }

    /// The content of an object of S3.
    ///
    /// # Errors
    /// None in this build.
    pub async fn object(connection: &Connection, _: &str, _: &str, _: u64) -> Result<Vec<u8>, Problem> {
        match *connection {}
    }

    /// The availability zones of the region.
    ///
    /// # Errors
    /// None in this build.
    pub async fn zones(connection: &Connection) -> Result<Vec<String>, Problem> {
        match *connection {}
    }

    /// The availability zones of the region that the account can use.
    ///
    /// # Errors
    /// None in this build.
    pub async fn available_zones(connection: &Connection) -> Result<Vec<AvailabilityZone>, Problem> {
        match *connection {}
    }

    /// The deployments of the ECS services among what is wanted.
    pub async fn ecs_deployments(connection: &Connection, _: &[Wanted]) -> Vec<ServiceDeployment> {
        match *connection {}
    }
}

pub use calls::{account, available_zones, ecs_deployments, exports, log_page, object, read, trail_page, zones};
