//! Where the audit webhook of a Kubernetes API server posts its events. Off unless somebody gives it a token; the only
//! route that takes anything in, and it only keeps events until a scan takes them.

use std::collections::VecDeque;
use std::fmt;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use axum::Router;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::routing::post;
use sha2::{Digest as _, Sha256};

use crate::evidence::audit_log::{self, Event};
use crate::model::{Problem, ProblemKind};

/// API servers post batches of at most 10 MiB where they truncate, and of 400 events otherwise.
const MAX_BODY: usize = 32 << 20;

/// Events that are kept for the next scan; a busy cluster writes some thousand between two.
const MAX_EVENTS: usize = 50_000;

/// A shorter token can be guessed.
const SHORTEST_TOKEN: usize = 16;

/// Events that wait for a scan.
#[derive(Debug, Default)]
pub struct Inbox {
    waiting: Mutex<Waiting>,
}

/// What an [`Inbox`] held.
#[derive(Debug, Default)]
pub struct Waiting {
    /// The events, in the order in which they came.
    pub events: VecDeque<Event>,
    /// How many older ones had to go because nobody took them.
    pub dropped: usize,
}

impl Inbox {
    /// Everything that came since the last time.
    pub fn take(&self) -> Waiting {
        std::mem::take(&mut *self.waiting.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn put(&self, events: Vec<Event>, most: usize) {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        waiting.events.extend(events);
        let excess = waiting.events.len().saturating_sub(most);
        waiting.events.drain(..excess);
        waiting.dropped += excess;
    }
}

/// What the API server proves itself with (`users[].user.token` of its webhook configuration). Only a digest is kept.
#[derive(Clone)]
pub struct Token([u8; 32]);

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token")
    }
}

impl Token {
    /// The token in a file, without the white space around it.
    ///
    /// # Errors
    /// A problem, when there is none, or one that can be guessed.
    pub fn read(path: &Path) -> Result<Self, Problem> {
        let problem = |message: String| {
            Problem::new(ProblemKind::Settings, path.display().to_string(), message)
                .remedy("write a long random token into the file: openssl rand -hex 32")
        };
        let text = std::fs::read_to_string(path).map_err(|error| problem(error.to_string()))?;
        let token = text.trim();
        if token.len() < SHORTEST_TOKEN {
            return Err(problem(format!("the token has less than {SHORTEST_TOKEN} characters")));
        }
        Ok(Self(Sha256::digest(token).into()))
    }

    /// Digests are compared, so that the time it takes says nothing of the token.
    fn is_in(&self, headers: &HeaderMap) -> bool {
        let value = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
        let given = value.and_then(|value| value.strip_prefix("Bearer "));
        given.is_some_and(|given| <[u8; 32]>::from(Sha256::digest(given.trim())) == self.0)
    }
}

/// `POST /audit/v1/events`: an `audit.k8s.io/v1` `EventList`.
pub fn routes(inbox: Arc<Inbox>, token: Token) -> Router {
    Router::new()
        .route("/audit/v1/events", post(receive))
        .layer(DefaultBodyLimit::max(MAX_BODY))
        .with_state((inbox, token))
}

async fn receive(
    State((inbox, token)): State<(Arc<Inbox>, Token)>,
    headers: HeaderMap,
    body: Bytes,
) -> (StatusCode, &'static str) {
    if !token.is_in(&headers) {
        return (StatusCode::UNAUTHORIZED, "a bearer token is needed\n");
    }
    match std::str::from_utf8(&body).map(audit_log::parse) {
        Ok((events, 0)) => {
            inbox.put(events, MAX_EVENTS);
            (StatusCode::OK, "")
        }
        _ => (StatusCode::BAD_REQUEST, "not a list of audit.k8s.io/v1 events\n"),
    }
}

#[cfg(test)]
mod tests {
    use std::io::{Read as _, Write as _};
    use std::net::{SocketAddr, TcpStream};

    use serde_json::json;

    use super::*;

    const SECRET: &str = "0123456789abcdef0123";

    fn token() -> Token {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), format!("{SECRET}\n")).unwrap();
        Token::read(file.path()).unwrap()
    }

    fn event(user: &str) -> serde_json::Value {
        json!({"stage": "ResponseComplete", "verb": "patch", "user": {"username": user}, "stageTimestamp": "2026-03-01T12:00:00Z"})
    }

    fn post_to(address: SocketAddr, token: &str, body: &str) -> String {
        let mut stream = TcpStream::connect(address).unwrap();
        let head = format!(
            "POST /audit/v1/events HTTP/1.1\r\nHost: test\r\nConnection: close\r\nAuthorization: Bearer {token}\r\nContent-Length: {}\r\n\r\n",
            body.len()
        );
        // A server that refuses a body may stop reading it.
        let sent = stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(body.as_bytes()));
        let mut answer = String::new();
        let received = stream.read_to_string(&mut answer);
        assert!(sent.is_ok() || received.is_ok());
        answer.lines().next().unwrap_or_default().to_owned()
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_server_with_the_token_posts_lists_of_events() {
        let inbox = Arc::new(Inbox::default());
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(axum::serve(listener, routes(inbox.clone(), token())).into_future());
        let list = json!({"kind": "EventList", "items": [event("alice"), event("bob")]}).to_string();
        let asked = tokio::task::spawn_blocking(move || {
            [
                post_to(address, "wrong", &list),
                post_to(address, SECRET, "nonsense"),
                post_to(address, SECRET, &list),
                post_to(address, SECRET, &" ".repeat(MAX_BODY + 1)),
            ]
        });
        let answers = asked.await.unwrap();
        let status: Vec<_> = answers.iter().map(|answer| answer.split(' ').nth(1).unwrap_or_default()).collect();
        assert_eq!(status[..3], ["401", "400", "200"]);
        assert!(["413", ""].contains(&status[3]), "{answers:?}");
        assert_eq!(inbox.take().events.len(), 2);
        assert!(inbox.take().events.is_empty());
    }

    #[test]
    fn an_inbox_that_nobody_empties_keeps_the_newest() {
        let inbox = Inbox::default();
        let events: Vec<Event> =
            ["a", "b", "c"].iter().map(|user| serde_json::from_value(event(user)).unwrap()).collect();
        inbox.put(events, 2);
        let waiting = inbox.take();
        assert_eq!(
            (format!("{:?}", waiting.events), waiting.dropped),
            ("[Event(b patch ), Event(c patch )]".to_owned(), 1)
        );
    }

    #[test]
    fn a_token_that_can_be_guessed_is_refused() {
        let file = tempfile::NamedTempFile::new().unwrap();
        for text in ["", "short\n"] {
            std::fs::write(file.path(), text).unwrap();
            assert!(Token::read(file.path()).unwrap_err().message.contains("less than 16"));
        }
        assert!(!format!("{:?}", token()).contains(SECRET));
    }
}
