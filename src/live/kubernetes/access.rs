//! What the credentials allow, asked before anything is read.

use std::collections::BTreeSet;

use serde_json::{Value as Json, json};

use super::place::by_place;
use super::request::Request;
use super::{Cluster, Failure};
use crate::live::Wanted;
use crate::model::{Problem, ProblemKind, ResourceType};
use crate::schema::kubernetes::{Reach, kind_of};

/// What is done to every kind that is read.
const VERBS: [&str; 3] = ["get", "list", "watch"];

impl Cluster {
    /// Asks the cluster whether everything that is wanted may be read: one question for each kind, namespace and verb.
    /// A review of one's own access is asked with a `POST` and changes nothing
    /// (<https://kubernetes.io/docs/reference/kubernetes-api/authorization-resources/self-subject-access-review-v1/>).
    pub async fn refusals(&self, wanted: &BTreeSet<Wanted>) -> Vec<Problem> {
        let mut problems = Vec::new();
        for (resource_type, namespace) in by_place(wanted).into_keys() {
            problems.extend(self.refusal(&resource_type, namespace.as_deref()).await);
        }
        problems
    }

    async fn refusal(&self, resource_type: &ResourceType, namespace: Option<&str>) -> Option<Problem> {
        let (api_version, kind) = kind_of(resource_type)?;
        let scope = self.scope(namespace, resource_type.as_str());
        let served = match self.served(api_version, kind).await {
            Ok(served) => served?,
            Err(failure) => return Some(failure.problem(scope)),
        };
        let group = served.api_version.split_once('/').map_or("", |(group, _)| group);
        let namespace = namespace.filter(|_| served.reach == Reach::Namespace);
        let mut refused = Vec::new();
        for verb in VERBS {
            match self.may(verb, group, &served.plural, namespace).await {
                Ok(true) => {}
                Ok(false) => refused.push(verb),
                Err(failure) => return Some(failure.problem(scope)),
            }
        }
        (!refused.is_empty()).then(|| {
            let message = format!("may not {} {}", refused.join(", "), served.plural);
            Problem::new(ProblemKind::AccessDenied, scope, message)
                .remedy("`driftledger config rbac` prints the rights that the configured stacks need")
        })
    }

    async fn may(&self, verb: &str, group: &str, plural: &str, namespace: Option<&str>) -> Result<bool, Failure> {
        let review = json!({
            "apiVersion": "authorization.k8s.io/v1",
            "kind": "SelfSubjectAccessReview",
            "spec": {"resourceAttributes": {"verb": verb, "group": group, "resource": plural, "namespace": namespace}},
        });
        let answer = self.send("access_review", Request::Review(&review)).await?;
        let answer: Json = serde_json::from_str(&answer).map_err(|error| Failure::unreadable(&error))?;
        Ok(answer.pointer("/status/allowed").and_then(Json::as_bool) == Some(true))
    }
}
