//! A server in front of a fake service: it checks who asks, fails on demand, and remembers what was asked.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard};

use axum::Router;
use axum::body::Bytes;
use axum::http::{HeaderMap, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Value as Json, json};

use super::{Fake, TOKEN};

/// A request, as far as services look at it.
#[derive(Clone, Debug)]
pub struct Asked {
    pub path: String,
    pub query: BTreeMap<String, String>,
    /// Where the server is, for links to itself.
    pub url: String,
}

impl Asked {
    pub fn get(&self, name: &str) -> &str {
        self.query.get(name).map_or("", String::as_str)
    }

    pub fn number(&self, name: &str, otherwise: usize) -> usize {
        self.query.get(name).and_then(|text| text.parse().ok()).unwrap_or(otherwise)
    }
}

/// An answer: status, the header `Link`, body.
#[derive(Clone, Debug)]
pub struct Answer {
    pub status: u16,
    pub link: Option<String>,
    pub body: Json,
    /// Whether it is a page of records, which tests count.
    pub is_page: bool,
}

impl Answer {
    pub fn ok(body: Json) -> Self {
        Self { status: 200, link: None, body, is_page: false }
    }

    pub fn page(body: Json) -> Self {
        Self { is_page: true, ..Self::ok(body) }
    }

    pub fn error(status: u16, body: Json) -> Self {
        Self { status, ..Self::ok(body) }
    }
}

/// What goes wrong.
#[derive(Clone, Debug)]
pub enum Fault {
    None,
    /// 429 so many times, each with the header `Retry-After`.
    Throttled {
        times: usize,
        after: &'static str,
    },
    /// 503 so many times.
    Busy {
        times: usize,
    },
    /// This status, with everything in the message that was sent along.
    Refuses(u16),
    /// A page for people.
    NoJson,
    /// A redirect to another server.
    LeadsAway,
    /// Refuses once so many pages were answered.
    AfterPages(usize),
}

struct State {
    fake: Box<dyn Fake>,
    fault: Fault,
    requests: Vec<Asked>,
    strangers: usize,
}

/// A running service.
pub struct Server {
    pub url: String,
    state: Arc<Mutex<State>>,
}

impl Server {
    pub async fn start(fake: Box<dyn Fake>) -> Self {
        let state = State { fake, fault: Fault::None, requests: Vec::new(), strangers: 0 };
        let state = Arc::new(Mutex::new(state));
        let elsewhere = listen({
            let state = Arc::clone(&state);
            move |_: Method, _: Uri, headers: HeaderMap| {
                let told = headers.contains_key(header::AUTHORIZATION);
                state.lock().unwrap().strangers += usize::from(told);
                StatusCode::OK.into_response()
            }
        })
        .await;
        let answering = Arc::clone(&state);
        let url = listen(move |method: Method, uri: Uri, headers: HeaderMap| {
            answer(&mut answering.lock().unwrap(), &method, &uri, &headers, &elsewhere)
        })
        .await;
        Self { url, state }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    pub fn with<T>(&self, change: impl FnOnce(&mut dyn Fake) -> T) -> T {
        change(self.state().fake.as_mut())
    }

    pub fn fail(&self, fault: Fault) {
        self.state().fault = fault;
    }

    pub fn requests(&self) -> Vec<Asked> {
        self.state().requests.clone()
    }

    pub fn forget_requests(&self) {
        self.state().requests.clear();
    }

    /// How often another server was sent credentials.
    pub fn strangers(&self) -> usize {
        self.state().strangers
    }
}

async fn listen(respond: impl Fn(Method, Uri, HeaderMap) -> Response + Clone + Send + Sync + 'static) -> String {
    let app = Router::new().fallback(move |method: Method, uri: Uri, headers: HeaderMap, _: Bytes| {
        let respond = respond.clone();
        async move { respond(method, uri, headers) }
    });
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, app).await });
    format!("http://{address}")
}

fn answer(state: &mut State, method: &Method, uri: &Uri, headers: &HeaderMap, elsewhere: &str) -> Response {
    assert_eq!(method, Method::GET, "nothing is ever written: {uri}");
    let text = |name: header::HeaderName| headers.get(name).map(|value| value.to_str().unwrap().to_owned());
    let authorization = text(header::AUTHORIZATION).unwrap_or_default();
    assert!(authorization.contains(TOKEN), "{uri} was asked without the token: {authorization}");
    if let Some(response) = failure(&mut state.fault, &authorization, elsewhere) {
        return response;
    }
    let query = uri.query().unwrap_or_default();
    let pairs = url_pairs(query);
    let asked =
        Asked { path: uri.path().to_owned(), query: pairs, url: format!("http://{}", text(header::HOST).unwrap()) };
    state.requests.push(asked.clone());
    let answer = state.fake.answer(&asked);
    if answer.is_page
        && let Fault::AfterPages(left) = &mut state.fault
    {
        if *left == 0 {
            return error(401, "enough");
        }
        *left -= 1;
    }
    let status = StatusCode::from_u16(answer.status).unwrap();
    let mut response = (status, [(header::CONTENT_TYPE, "application/json")], answer.body.to_string()).into_response();
    if let Some(link) = answer.link {
        response.headers_mut().insert(header::LINK, link.parse().unwrap());
    }
    response
}

fn error(status: u16, message: &str) -> Response {
    let body = json!({"message": message, "errorMessages": [message], "error": {"message": message}});
    (StatusCode::from_u16(status).unwrap(), body.to_string()).into_response()
}

fn failure(fault: &mut Fault, authorization: &str, elsewhere: &str) -> Option<Response> {
    match fault {
        Fault::Throttled { times, after } if *times > 0 => {
            *times -= 1;
            let mut response = error(429, "slow down");
            response.headers_mut().insert(header::RETRY_AFTER, after.parse().unwrap());
            Some(response)
        }
        Fault::Busy { times } if *times > 0 => {
            *times -= 1;
            Some(error(503, "busy"))
        }
        Fault::Refuses(status) => Some(error(*status, &format!("you sent {authorization}"))),
        Fault::NoJson => Some((StatusCode::OK, "<html>Please log in</html>").into_response()),
        Fault::LeadsAway => Some(axum::response::Redirect::temporary(elsewhere).into_response()),
        _ => None,
    }
}

fn url_pairs(query: &str) -> BTreeMap<String, String> {
    let decode =
        |text: &str| percent_encoding::percent_decode_str(&text.replace('+', " ")).decode_utf8().unwrap().into_owned();
    let pairs = query.split('&').filter(|pair| !pair.is_empty());
    pairs
        .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
        .map(|(name, value)| (decode(name), decode(value)))
        .collect()
}
