//! Asking a service over HTTP: with a deadline, a bound on what is read, and patience where the service asks for it.
//!
//! Reads only. A secret never reaches a message: what a service answers is told only where it does not repeat it.

use std::path::Path;
use std::time::Duration;

use jiff::Timestamp;
use jiff::fmt::rfc2822;
use reqwest::header::{AUTHORIZATION, DATE, HeaderMap, HeaderName, HeaderValue, LINK, RETRY_AFTER};
use reqwest::{Client, Response, StatusCode, Url, redirect};
use serde_json::Value as Json;
use tokio::time::Instant;

use super::Service;
use crate::config::{SecretSource, SecretVariable};
use crate::model::{Problem, ProblemKind};

/// The most that is read of one answer.
const MAX_ANSWER_BYTES: usize = 32 * 1024 * 1024;
/// The most that is read of a file with a secret.
const MAX_SECRET_BYTES: u64 = 64 * 1024;
const CONNECT_TIMEOUT: Duration = Duration::from_secs(6);
/// Redirects within one host: GitHub's of a renamed repository.
const MAX_REDIRECTS: usize = 3;
/// One more than the waits between them.
const MAX_ATTEMPTS: u32 = 5;
/// The wait after the first failure, where the service names none; it doubles.
const FIRST_WAIT: Duration = Duration::from_millis(500);
/// The most characters of a service's own message that are told.
const MAX_MESSAGE_CHARS: usize = 200;

/// A service, and the right to ask it.
pub struct Http {
    client: Client,
    base: Url,
    /// Parts of what is secret, which no message repeats.
    secrets: Vec<String>,
    /// When patience ends.
    ends: Instant,
}

/// What was answered.
#[derive(Clone, Debug, PartialEq)]
pub struct Answered {
    /// The JSON of the answer.
    pub body: Json,
    /// The path and query of the next page, by the header `Link` (RFC 8288).
    pub next: Option<String>,
}

/// Why there is no answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Failure {
    /// The service refused, with this status, and said this.
    Refused(u16, Option<String>),
    /// The service asks to wait longer than a scan does.
    Throttled,
    /// Patience ended before everything was read.
    TimeUp,
    /// No connection, or no answer in time.
    Unreachable(&'static str),
    /// An answer that cannot be read.
    Unreadable(&'static str),
    /// What was answered is not what was asked for.
    Unexpected(String),
}

impl Failure {
    /// The problem of a source.
    pub fn problem(&self, scope: &str) -> Problem {
        let (kind, message, remedy) = match self {
            Self::Refused(status @ (401 | 403), said) => (
                ProblemKind::AccessDenied,
                format!("the service answers {status}{}", told(said.as_ref())),
                "check the token, whether it has expired, and what its user may read",
            ),
            Self::Refused(status, said) => (
                ProblemKind::Service,
                format!("the service answers {status}{}", told(said.as_ref())),
                "check the address and what is asked for in the configuration",
            ),
            Self::Throttled => (
                ProblemKind::Throttled,
                "the service asks to wait for longer than a scan does".to_owned(),
                "the next scan goes on where this one stopped; scan less often if it lasts",
            ),
            Self::TimeUp => (
                ProblemKind::Throttled,
                "not everything was read in the time that a scan waits".to_owned(),
                "the next scan goes on where this one stopped; `patience_seconds` sets the time",
            ),
            Self::Unreachable(how) => {
                (ProblemKind::Unreachable, (*how).to_owned(), "check the address, the network and the service")
            }
            Self::Unreadable(how) => (ProblemKind::Service, (*how).to_owned(), "check that the address is the API's"),
            Self::Unexpected(how) => {
                (ProblemKind::Service, how.clone(), "check what is asked for in the configuration")
            }
        };
        Problem::new(kind, scope, format!("{message}; its records are those of the last time")).remedy(remedy)
    }
}

impl std::fmt::Debug for Http {
    /// Only the address: the rest is secret.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Http({})", self.base)
    }
}

/// Whether asking again may help.
enum Again {
    Never,
    Soon,
    /// After a wait that the service asks for.
    After(Duration),
}

fn told(said: Option<&String>) -> String {
    said.map(|said| format!(": {said}")).unwrap_or_default()
}

impl Http {
    /// Makes ready to ask a service. Secrets in files are looked for in `folder`.
    ///
    /// # Errors
    /// When the address will not do or the secret is not there.
    pub fn new(service: &dyn Service, folder: &Path) -> Result<Self, Problem> {
        let api = service.api();
        let fault = |kind, message: &str, remedy: &str| {
            Problem::new(kind, service.scope(), message.to_owned()).remedy(remedy.to_owned())
        };
        let base: Url = format!("{}/", service.url())
            .parse()
            .map_err(|_| fault(ProblemKind::Invalid, "this is no address", "write it as https://HOST"))?;
        if base.scheme() != "https" && !(base.scheme() == "http" && api.plain_http) {
            let remedy = "write an https:// address, or set `plain_http` if nobody else can listen";
            return Err(fault(ProblemKind::Credentials, "the token is not sent over plain HTTP", remedy));
        }
        let token = secret(&api.token, folder).map_err(|message| {
            fault(ProblemKind::Credentials, &message, "set it to where the token is, with nothing else in there")
        })?;
        let authorization = service.authorization(api.user.as_deref(), &token);
        let no_header = || fault(ProblemKind::Credentials, "the token has characters that no token has", "set it anew");
        let mut value = HeaderValue::from_str(&authorization).map_err(|_| no_header())?;
        value.set_sensitive(true);
        let mut headers = HeaderMap::from_iter([(AUTHORIZATION, value)]);
        for (name, value) in service.headers() {
            headers.insert(HeaderName::from_static(name), HeaderValue::from_static(value));
        }
        let encoded = authorization.rsplit(' ').next().unwrap_or_default().to_owned();
        let client = Client::builder()
            .user_agent(concat!("driftledger/", env!("CARGO_PKG_VERSION")))
            .connect_timeout(CONNECT_TIMEOUT)
            .timeout(Duration::from_secs(api.timeout_seconds))
            .default_headers(headers)
            .redirect(redirect::Policy::custom(same_origin))
            .build()
            .map_err(|_| fault(ProblemKind::Service, "no TLS could be set up", "see what the system trusts"))?;
        let ends = Instant::now() + Duration::from_secs(api.patience_seconds);
        Ok(Self { client, base, secrets: vec![token, encoded], ends })
    }

    /// Asks for a path of the service, with a query.
    ///
    /// # Errors
    /// See [`Failure`].
    pub async fn get(&self, path: &str, query: &[(&str, &str)]) -> Result<Answered, Failure> {
        let mut url = self.address(path)?;
        if !query.is_empty() {
            url.query_pairs_mut().extend_pairs(query);
        }
        let mut wait = FIRST_WAIT;
        for _ in 1..MAX_ATTEMPTS {
            let (failure, again) = match self.once(&url).await {
                Ok(answer) => return Ok(answer),
                Err(missed) => missed,
            };
            let (pause, late) = match again {
                Again::Never => return Err(failure),
                Again::Soon => (wait, failure),
                Again::After(asked) => (asked, Failure::Throttled),
            };
            if Instant::now() + pause >= self.ends {
                return Err(late);
            }
            tokio::time::sleep(pause).await;
            wait *= 2;
        }
        self.once(&url).await.map_err(|(failure, _)| failure)
    }

    /// Whether there is no time left for another page.
    pub fn is_late(&self) -> bool {
        Instant::now() >= self.ends
    }

    /// An address below the service's own. A path that a service answered leads nowhere else.
    fn address(&self, path: &str) -> Result<Url, Failure> {
        let url = self.base.join(path.trim_start_matches('/')).ok();
        url.filter(|url| url.origin() == self.base.origin())
            .ok_or(Failure::Unreadable("the service names an address that is not its own"))
    }

    /// One attempt.
    async fn once(&self, url: &Url) -> Result<Answered, (Failure, Again)> {
        let sent = self.client.get(url.clone()).send().await;
        let response = sent.map_err(|error| (unanswered(&error), Again::Soon))?;
        let (status, headers) = (response.status(), response.headers().clone());
        if status.is_redirection() {
            return Err((Failure::Unreachable("it leads to another host, which is not followed"), Again::Never));
        }
        let asked = wait_asked(&headers).map_or(Again::Soon, Again::After);
        if is_throttled(status, &headers) {
            return Err((Failure::Throttled, asked));
        }
        let body = body(response).await?;
        if status.is_server_error() {
            return Err((Failure::Unreachable("the service answers that it cannot now"), asked));
        }
        let json = serde_json::from_slice(&body);
        if !status.is_success() {
            let said = json.ok().as_ref().and_then(message).and_then(|message| self.tellable(&message));
            return Err((Failure::Refused(status.as_u16(), said), Again::Never));
        }
        let body = json.map_err(|_| (Failure::Unreadable("the answer is no JSON"), Again::Never))?;
        Ok(Answered { body, next: self.next(&headers) })
    }

    /// The path and query of the next page. One on another host is none.
    fn next(&self, headers: &HeaderMap) -> Option<String> {
        let links = headers.get_all(LINK).iter().filter_map(|value| value.to_str().ok()).flat_map(|all| all.split(','));
        let next = links.map(str::trim).find(|link| link.contains("rel=\"next\"") || link.contains("rel=next"))?;
        let (address, _) = next.strip_prefix('<')?.split_once('>')?;
        let url = self.base.join(address).ok().filter(|url| url.origin() == self.base.origin())?;
        let path = url.as_str().strip_prefix(self.base.as_str())?;
        Some(path.to_owned())
    }

    /// A message of the service, if it is fit to be told: short, in one line, and without what is secret.
    fn tellable(&self, message: &str) -> Option<String> {
        let repeats = self.secrets.iter().any(|secret| message.contains(secret.as_str()));
        let line: String = message.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
        let line: String = line.trim().chars().take(MAX_MESSAGE_CHARS).collect();
        (!repeats && !line.is_empty()).then_some(line)
    }
}

fn same_origin(attempt: redirect::Attempt<'_>) -> redirect::Action {
    let is_own = attempt.previous().first().is_some_and(|first| first.origin() == attempt.url().origin());
    if is_own && attempt.previous().len() <= MAX_REDIRECTS { attempt.follow() } else { attempt.stop() }
}

fn secret(source: &SecretSource, folder: &Path) -> Result<String, String> {
    let text = match source {
        SecretSource::Env(SecretVariable { env }) => {
            std::env::var(env).map_err(|_| format!("the variable {env} with the token is not set"))?
        }
        SecretSource::File(named) => {
            use std::io::Read as _;
            let mut text = String::new();
            let read = std::fs::File::open(folder.join(&named.file))
                .and_then(|file| file.take(MAX_SECRET_BYTES).read_to_string(&mut text));
            read.map_err(|error| format!("the file {} with the token cannot be read: {}", named.file, error.kind()))?;
            text
        }
    };
    let text = text.trim();
    if text.is_empty() { Err("the token is empty".to_owned()) } else { Ok(text.to_owned()) }
}

/// Without the library's text, which repeats the address.
fn unanswered(error: &reqwest::Error) -> Failure {
    Failure::Unreachable(if error.is_timeout() { "no answer in time" } else { "no connection" })
}

async fn body(mut response: Response) -> Result<Vec<u8>, (Failure, Again)> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|error| (unanswered(&error), Again::Soon))? {
        body.extend_from_slice(&chunk);
        if body.len() > MAX_ANSWER_BYTES {
            return Err((Failure::Unreadable("the answer is larger than 32 MiB"), Again::Never));
        }
    }
    Ok(body)
}

/// 429, and what services say instead: 503 with a time to wait (Atlassian: "Rate limiting"), and 403 with nothing left
/// of the limit or a time to wait (GitHub: "Rate limits for the REST API").
fn is_throttled(status: StatusCode, headers: &HeaderMap) -> bool {
    let has = |name: &str| headers.contains_key(name);
    let is_spent = headers.get("x-ratelimit-remaining").is_some_and(|left| left == "0");
    match status {
        StatusCode::TOO_MANY_REQUESTS => true,
        StatusCode::SERVICE_UNAVAILABLE => has("retry-after"),
        StatusCode::FORBIDDEN => is_spent || has("retry-after"),
        _ => false,
    }
}

/// How long the service asks to wait: `Retry-After` in seconds or as a date, else the time at which its limit is set
/// back. Times are held against the service's own clock.
fn wait_asked(headers: &HeaderMap) -> Option<Duration> {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).map(str::trim);
    let date = |text: &str| rfc2822::parse(text).ok().map(|at| at.timestamp());
    let now = text(DATE.as_str()).and_then(date);
    let until = |at: Timestamp| {
        let wait = at.duration_since(now?);
        Some(Duration::try_from(wait).unwrap_or_default())
    };
    if let Some(after) = text(RETRY_AFTER.as_str()) {
        return after.parse().ok().map(Duration::from_secs).or_else(|| until(date(after)?));
    }
    let reset = text("x-ratelimit-reset")?;
    let at = reset.parse().ok().and_then(|seconds: i64| Timestamp::from_second(seconds).ok());
    until(at.or_else(|| reset.parse().ok())?)
}

/// The message in an answer that refuses, in the shapes that services have for it.
fn message(body: &Json) -> Option<String> {
    let own = |value: &Json| value.as_str().filter(|text| !text.is_empty()).map(str::to_owned);
    let first = |value: &Json| value.as_array().and_then(|all| all.first()).and_then(own);
    let named = body.get("errors").and_then(Json::as_object).and_then(|fields| fields.iter().next());
    body.get("errorMessages")
        .and_then(first)
        .or_else(|| named.and_then(|(field, said)| Some(format!("{field}: {}", said.as_str()?))))
        .or_else(|| {
            ["/error/message", "/message", "/errors/0/message", "/error"]
                .iter()
                .find_map(|path| own(body.pointer(path)?))
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        pairs.iter().map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value))).collect()
    }

    #[test]
    fn a_wait_is_told_in_several_ways() {
        let date = ("date", "Sun, 01 Mar 2026 12:00:00 GMT");
        let check = |pairs: &[(&'static str, &'static str)], expect: Option<u64>| {
            assert_eq!(wait_asked(&headers(pairs)), expect.map(Duration::from_secs), "{pairs:?}");
        };
        check(&[("retry-after", "7")], Some(7));
        check(&[date, ("retry-after", "Sun, 01 Mar 2026 12:00:30 GMT")], Some(30));
        check(&[date, ("x-ratelimit-reset", "1772366460")], Some(60));
        check(&[date, ("x-ratelimit-reset", "2026-03-01T12:05:00Z")], Some(300));
        // It was set back already.
        check(&[date, ("x-ratelimit-reset", "1772366300")], Some(0));
        check(&[("x-ratelimit-reset", "1772366460")], None);
        check(&[("retry-after", "soon")], None);
        check(&[], None);
    }

    #[test]
    fn a_service_slows_down_in_several_ways() {
        let check = |status: u16, pairs: &[(&'static str, &'static str)], expect: bool| {
            assert_eq!(
                is_throttled(StatusCode::from_u16(status).unwrap(), &headers(pairs)),
                expect,
                "{status} {pairs:?}"
            );
        };
        check(429, &[], true);
        check(503, &[("retry-after", "1")], true);
        check(503, &[], false);
        check(403, &[("x-ratelimit-remaining", "0")], true);
        check(403, &[("x-ratelimit-remaining", "12")], false);
        check(401, &[("retry-after", "1")], false);
    }

    #[test]
    fn a_refusal_is_told_in_the_words_of_the_service() {
        let check = |body: &str, expect: Option<&str>| {
            assert_eq!(message(&serde_json::from_str(body).unwrap()).as_deref(), expect, "{body}");
        };
        check(r#"{"errorMessages": ["no such field"], "errors": {}}"#, Some("no such field"));
        check(r#"{"errorMessages": [], "errors": {"jql": "cannot be read"}}"#, Some("jql: cannot be read"));
        check(r#"{"error": {"message": "User Not Authenticated", "detail": "x"}}"#, Some("User Not Authenticated"));
        check(r#"{"message": "Not Found"}"#, Some("Not Found"));
        check(r#"{"errors": [{"message": "range too long"}]}"#, Some("range too long"));
        check("[]", None);
    }
}
