//! Fetches the text of a Terraform state from where it is kept. Knows nothing of what a state holds.

use std::path::Path;

use super::state_location::{StateLocation, StateObject};
use crate::live::AwsScope;
use crate::live::connection::{self, Connections};
use crate::model::{Problem, ProblemKind};
use crate::repo::Tree;

/// The most that is read of a state, which grows with what is deployed as no declaration does.
const MAX_STATE_BYTES: u64 = 256 * 1024 * 1024;

/// What a state is read with.
#[derive(Clone, Copy, Debug)]
pub struct Access<'a> {
    /// The repository's folder, which files are relative to.
    pub folder: &'a Path,
    /// The connections to AWS.
    pub connections: &'a Connections,
    /// The scope of the stack.
    pub scope: &'a AwsScope,
}

/// The text of a state.
///
/// # Errors
/// Why it cannot be read, as the problem of its location.
pub async fn text(location: &StateLocation, access: Access<'_>) -> Result<String, Problem> {
    match location {
        StateLocation::File(path) => of_file(access.folder, path),
        StateLocation::S3(object) => of_object(location, object, access).await,
        StateLocation::Http(address) => http::get(location, address).await,
    }
}

fn unreadable(location: &StateLocation, message: &str) -> Problem {
    let message = format!("the Terraform state cannot be read: {message}");
    Problem::new(ProblemKind::Unreadable, location.to_string(), message)
}

pub(super) fn of_file(folder: &Path, path: &str) -> Result<String, Problem> {
    // Only an absolute path, which is plain to see in the configuration, leads out of the repository.
    let (root, inside) = match Path::new(path).strip_prefix("/") {
        Ok(inside) => (Path::new("/"), inside.to_str().unwrap_or(path)),
        Err(_) => (folder, path),
    };
    let tree = Tree::work_tree(root).map_err(|error| error.to_string());
    let text = tree.and_then(|tree| tree.read_text_up_to(inside, MAX_STATE_BYTES).map_err(|error| error.to_string()));
    text.map_err(|error| {
        unreadable(&StateLocation::File(path.to_owned()), &error)
            .remedy("without the state no physical id is known; check `applied.path`, relative to the repository")
    })
}

async fn of_object(location: &StateLocation, object: &StateObject, access: Access<'_>) -> Result<String, Problem> {
    let connection = access.connections.aws(&object.scope(access.scope)).await?;
    let bytes = connection::object(&connection, &object.bucket, &object.key, MAX_STATE_BYTES).await;
    let bytes = bytes.map_err(|problem| Problem { scope: location.to_string(), ..problem })?;
    text_of(location, bytes)
}

fn text_of(location: &StateLocation, bytes: Vec<u8>) -> Result<String, Problem> {
    String::from_utf8(bytes).map_err(|_| {
        unreadable(location, "it is not text").remedy("a compressed or encrypted state has to be decoded first")
    })
}

#[cfg(not(feature = "http"))]
mod http {
    use super::{StateLocation, unreadable};
    use crate::model::{Problem, ProblemKind};

    pub(super) async fn get(location: &StateLocation, _: &str) -> Result<String, Problem> {
        let problem = Problem { kind: ProblemKind::NotSupported, ..unreadable(location, "HTTP is not built in") };
        Err(problem.remedy("use a driftledger that was built with the feature `http`"))
    }
}

#[cfg(feature = "http")]
mod http {
    use std::time::Duration;

    use reqwest::{Client, RequestBuilder, Response, StatusCode, Url, redirect};

    use super::{MAX_STATE_BYTES, StateLocation, text_of, unreadable};
    use crate::model::{Problem, ProblemKind};

    const CONNECT_TIMEOUT: Duration = Duration::from_secs(6);
    const TIMEOUT: Duration = Duration::from_secs(60);
    /// Services hand out states from an object store behind them.
    const MAX_REDIRECTS: usize = 3;

    /// The names that Terraform itself reads its credentials under (Terraform: "Backend Type: http").
    const USERNAME: &str = "TF_HTTP_USERNAME";
    const PASSWORD: &str = "TF_HTTP_PASSWORD";

    /// The state at an address.
    pub(super) async fn get(location: &StateLocation, address: &str) -> Result<String, Problem> {
        let url: Url = address.parse().map_err(|_| {
            unreadable(location, "this is no address").remedy("write it as https://HOST/PATH in `applied.path`")
        })?;
        let client = Client::builder()
            .user_agent(concat!("driftledger/", env!("CARGO_PKG_VERSION")))
            .connect_timeout(CONNECT_TIMEOUT)
            .timeout(TIMEOUT)
            .redirect(redirect::Policy::limited(MAX_REDIRECTS))
            .build()
            .map_err(|_| of_kind(location, ProblemKind::Service, "no TLS could be set up"))?;
        let request = with_credentials(location, client.get(url.clone()), &url)?;
        let response = request.send().await.map_err(|error| unanswered(location, &error))?;
        check_status(location, response.status())?;
        text_of(location, body(location, response).await?)
    }

    fn of_kind(location: &StateLocation, kind: ProblemKind, message: &str) -> Problem {
        Problem { kind, ..unreadable(location, message) }
    }

    /// The request with the credentials of the environment. They are not sent over a network in the clear.
    fn with_credentials(
        location: &StateLocation,
        request: RequestBuilder,
        url: &Url,
    ) -> Result<RequestBuilder, Problem> {
        let Ok(username) = std::env::var(USERNAME) else { return Ok(request) };
        if url.scheme() != "https" && !is_loopback(url) {
            let problem = of_kind(location, ProblemKind::Credentials, "credentials are not sent over plain HTTP");
            return Err(problem.remedy("write an https:// address"));
        }
        Ok(request.basic_auth(username, std::env::var(PASSWORD).ok()))
    }

    fn is_loopback(url: &Url) -> bool {
        let host = url.host_str().unwrap_or_default().trim_matches(['[', ']']);
        host == "localhost" || host.parse().is_ok_and(|address: std::net::IpAddr| address.is_loopback())
    }

    /// Without the library's text, which repeats the address and with it what may be a token.
    fn unanswered(location: &StateLocation, error: &reqwest::Error) -> Problem {
        let message = match () {
            () if error.is_timeout() => "no answer in time",
            () if error.is_redirect() => "it leads from one address to the next",
            () => "no connection",
        };
        of_kind(location, ProblemKind::Unreachable, message)
            .remedy("check the address in `applied.path`, and the network")
    }

    fn check_status(location: &StateLocation, status: StatusCode) -> Result<(), Problem> {
        let message = format!("the address answers {status}");
        match status {
            StatusCode::OK => Ok(()),
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => {
                let problem = of_kind(location, ProblemKind::AccessDenied, &message);
                Err(problem.remedy(format!("set {USERNAME} and {PASSWORD} in the environment")))
            }
            StatusCode::NO_CONTENT | StatusCode::NOT_FOUND => {
                let problem = of_kind(location, ProblemKind::Unreadable, "there is none at the address");
                Err(problem.remedy("before the first apply there is none; else check `applied.path`"))
            }
            StatusCode::TOO_MANY_REQUESTS => Err(of_kind(location, ProblemKind::Throttled, &message)),
            _ => Err(of_kind(location, ProblemKind::Service, &message)),
        }
    }

    async fn body(location: &StateLocation, mut response: Response) -> Result<Vec<u8>, Problem> {
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(|error| unanswered(location, &error))? {
            body.extend_from_slice(&chunk);
            if body.len() as u64 > MAX_STATE_BYTES {
                return Err(unreadable(location, "it is larger than 256 MiB"));
            }
        }
        Ok(body)
    }

    #[cfg(test)]
    mod tests {
        use super::*;

        /// A server that answers every path with its own status and text.
        async fn server() -> String {
            use axum::http::StatusCode;
            use axum::routing::get;
            let app = axum::Router::new()
                .route("/state", get(|| async { r#"{"version": 4}"# }))
                .route("/moved", get(|| async { axum::response::Redirect::temporary("/state") }))
                .route("/none", get(|| async { StatusCode::NO_CONTENT }))
                .route("/closed", get(|| async { (StatusCode::FORBIDDEN, "secret") }))
                .route("/busy", get(|| async { StatusCode::TOO_MANY_REQUESTS }))
                .route("/circle", get(|| async { axum::response::Redirect::temporary("/circle") }))
                .route("/binary", get(|| async { [0xff_u8, 0xfe].to_vec() }));
            let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
            let address = listener.local_addr().unwrap();
            tokio::spawn(async move { axum::serve(listener, app).await });
            format!("http://{address}")
        }

        #[tokio::test]
        async fn an_answer_is_a_state_or_a_problem_with_its_kind() {
            let server = server().await;
            let check = async |path: &str, expect: Result<&str, ProblemKind>| {
                let address = format!("{server}{path}?token=hunter2");
                let found = get(&StateLocation::Http(address.clone()), &address).await;
                let shown = format!("{found:?}");
                assert_eq!(found.as_deref().map_err(|problem| problem.kind), expect, "{path}");
                assert!(!shown.contains("hunter2") && !shown.contains("secret"), "{shown}");
            };
            check("/state", Ok(r#"{"version": 4}"#)).await;
            check("/moved", Ok(r#"{"version": 4}"#)).await;
            check("/none", Err(ProblemKind::Unreadable)).await;
            check("/gone", Err(ProblemKind::Unreadable)).await;
            check("/closed", Err(ProblemKind::AccessDenied)).await;
            check("/busy", Err(ProblemKind::Throttled)).await;
            check("/circle", Err(ProblemKind::Unreachable)).await;
            check("/binary", Err(ProblemKind::Unreadable)).await;
            let nobody = "http://127.0.0.1:1/state";
            let found = get(&StateLocation::Http(nobody.to_owned()), nobody).await;
            assert_eq!(found.unwrap_err().kind, ProblemKind::Unreachable);
        }

        #[test]
        fn credentials_go_over_tls_or_stay_on_the_machine() {
            let check = |url: &str, expect: bool| assert_eq!(is_loopback(&url.parse().unwrap()), expect, "{url}");
            check("http://127.0.0.1:8080/state", true);
            check("http://[::1]/state", true);
            check("http://localhost/state", true);
            check("http://localhost.example.com/state", false);
            check("http://10.0.0.1/state", false);
        }
    }
}
