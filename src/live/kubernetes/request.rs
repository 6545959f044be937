//! The requests that a scan may send. There is no other way to a cluster than through one of these, and none of them
//! changes anything: a list or an object is read, a review of one's own access is asked for, and an apply is tried out.

use serde_json::Value as Json;

use super::list::segment;

/// Where a client asks what it may do
/// (<https://kubernetes.io/docs/reference/kubernetes-api/authorization-resources/self-subject-access-review-v1/>).
const REVIEWS: &str = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews";

/// A request.
#[derive(Clone, Copy, Debug)]
pub(super) enum Request<'r> {
    /// Reads what is at a path.
    Get(&'r str),
    /// Asks what one may do.
    Review(&'r Json),
    /// Asks what a server-side apply by a manager would make of the object at a path, taking over what others own. The
    /// server carries nothing out (<https://kubernetes.io/docs/reference/using-api/api-concepts/#dry-run>).
    TryOut {
        /// The object's address in the API.
        path: &'r str,
        /// The field manager that deploys it.
        manager: &'r str,
        /// What is declared of it.
        object: &'r Json,
    },
}

impl Request<'_> {
    /// The request as it is sent.
    pub(super) fn http(self) -> http::Result<http::Request<Vec<u8>>> {
        let content = http::header::CONTENT_TYPE;
        match self {
            Self::Get(path) => http::Request::get(path).body(Vec::new()),
            Self::Review(question) => {
                http::Request::post(REVIEWS).header(content, "application/json").body(question.to_string().into_bytes())
            }
            Self::TryOut { path, manager, object } => {
                let query = format!("dryRun=All&force=true&fieldManager={}", segment(manager));
                // A path has no query of its own, and one in it would stand before this one.
                let path = path.replace(['?', '#'], "-");
                http::Request::patch(format!("{path}?{query}"))
                    .header(content, "application/apply-patch+yaml")
                    .body(object.to_string().into_bytes())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn nothing_that_can_be_sent_changes_anything() {
        let object = json!({"kind": "ConfigMap"});
        let try_out = |path, manager| Request::TryOut { path, manager, object: &object };
        let requests = [
            Request::Get("/api/v1/namespaces/shop/configmaps?limit=500"),
            Request::Review(&object),
            try_out("/api/v1/namespaces/shop/configmaps/web", "ci"),
            try_out("/api/v1/namespaces/shop/configmaps/web", "ci&dryRun=None"),
            try_out("/api/v1/namespaces/shop/configmaps/web?dryRun=None", "ci"),
            try_out("/api/v1/namespaces/shop/configmaps/web#x", "ci#&?"),
        ];
        for request in requests {
            let sent = request.http().unwrap();
            let query = sent.uri().query().unwrap_or_default();
            let dry = query.split('&').filter(|part| part.starts_with("dryRun")).collect::<Vec<_>>();
            match sent.method().as_str() {
                "GET" => assert!(sent.body().is_empty()),
                "POST" => assert_eq!(sent.uri(), REVIEWS),
                "PATCH" => assert_eq!((dry, query.contains("#")), (vec!["dryRun=All"], false), "{}", sent.uri()),
                other => panic!("{other}"),
            }
        }
    }
}
