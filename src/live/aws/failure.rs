//! Why a call did not bring an answer, told from the error code and HTTP status alone: each protocol of AWS has its own
//! shape of errors, emulators and proxies have others, and the codes are what they share.

use std::error::Error;

use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;

use super::calls::ApiOutcome;
use crate::model::{Problem, ProblemKind};

/// A call that brought no answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{action}: {message}")]
pub struct Failure {
    /// What it comes to.
    pub kind: ProblemKind,
    /// The IAM action of the call: `ecs:DescribeServices`.
    pub action: &'static str,
    /// The service's error code, if it gave one.
    pub code: Option<String>,
    /// What happened; no secret and nothing of the request.
    pub message: String,
}

/// Error codes of services and what they come to. Codes differ by protocol and service; a trailing `Exception` does
/// not count. From the "Common errors" page of each service's API reference.
const CODES: [(&str, ProblemKind); 39] = [
    ("AccessDenied", ProblemKind::AccessDenied),
    ("AuthorizationError", ProblemKind::AccessDenied),
    ("Forbidden", ProblemKind::AccessDenied),
    ("NotAuthorized", ProblemKind::AccessDenied),
    ("UnauthorizedOperation", ProblemKind::AccessDenied),
    ("AuthFailure", ProblemKind::Credentials),
    ("ExpiredToken", ProblemKind::Credentials),
    ("IncompleteSignature", ProblemKind::Credentials),
    ("InvalidAccessKeyId", ProblemKind::Credentials),
    ("InvalidClientTokenId", ProblemKind::Credentials),
    ("InvalidSignature", ProblemKind::Credentials),
    ("InvalidToken", ProblemKind::Credentials),
    ("MissingAuthenticationToken", ProblemKind::Credentials),
    ("NotSignedUp", ProblemKind::Credentials),
    ("OptInRequired", ProblemKind::Credentials),
    ("RequestExpired", ProblemKind::Credentials),
    ("SignatureDoesNotMatch", ProblemKind::Credentials),
    ("TokenRefreshRequired", ProblemKind::Credentials),
    ("UnrecognizedClient", ProblemKind::Credentials),
    ("BandwidthLimitExceeded", ProblemKind::Throttled),
    ("EC2Throttled", ProblemKind::Throttled),
    ("PriorRequestNotComplete", ProblemKind::Throttled),
    ("ProvisionedThroughputExceeded", ProblemKind::Throttled),
    ("RequestLimitExceeded", ProblemKind::Throttled),
    ("RequestThrottled", ProblemKind::Throttled),
    ("SlowDown", ProblemKind::Throttled),
    ("Throttled", ProblemKind::Throttled),
    ("Throttling", ProblemKind::Throttled),
    ("ThrottlingException.Rate", ProblemKind::Throttled),
    ("TooManyRequests", ProblemKind::Throttled),
    ("TransactionInProgress", ProblemKind::Throttled),
    ("InvalidAction", ProblemKind::NotSupported),
    ("NotImplemented", ProblemKind::NotSupported),
    ("UnknownOperation", ProblemKind::NotSupported),
    ("UnsupportedOperation", ProblemKind::NotSupported),
    ("Unsupported", ProblemKind::NotSupported),
    ("UnsupportedService", ProblemKind::NotSupported),
    ("UnknownService", ProblemKind::NotSupported),
    ("RequestTimeout", ProblemKind::Unreachable),
];

/// Longest text of a service that is repeated.
const LONGEST_MESSAGE: usize = 300;

impl Failure {
    /// A failure that is not an error of the SDK.
    pub(crate) fn new(kind: ProblemKind, action: &'static str, message: impl Into<String>) -> Self {
        Self { kind, action, code: None, message: message.into() }
    }

    /// What an error of the SDK comes to.
    pub(crate) fn of_sdk<E>(action: &'static str, error: &SdkError<E, HttpResponse>) -> Self
    where
        E: ProvideErrorMetadata + Error + 'static,
    {
        match error {
            SdkError::ConstructionFailure(_) => Self::new(ProblemKind::Service, action, "the request cannot be built"),
            SdkError::TimeoutError(_) => Self::new(ProblemKind::Unreachable, action, "no answer in time"),
            SdkError::DispatchFailure(failure) => match failure.as_connector_error() {
                Some(cause) if names_credentials(cause) => {
                    Self::new(ProblemKind::Credentials, action, "no usable credentials")
                }
                _ if failure.is_timeout() => Self::new(ProblemKind::Unreachable, action, "no connection in time"),
                _ => Self::new(ProblemKind::Unreachable, action, "no connection"),
            },
            SdkError::ResponseError(context) => Self::unreadable(action, context.raw()),
            SdkError::ServiceError(context) => match context.err().code() {
                Some(code) => Self::of_code(action, context.raw().status().as_u16(), code, context.err().message()),
                None => Self::unreadable(action, context.raw()),
            },
            _ => Self::new(ProblemKind::Service, action, "the call failed"),
        }
    }

    /// What credentials that could not be had come to.
    pub(super) fn of_credentials(error: &(dyn Error + 'static)) -> Self {
        use aws_sdk_sts::operation::assume_role::AssumeRoleError;
        let mut cause = Some(error);
        while let Some(this) = cause {
            if let Some(refused) = this.downcast_ref::<SdkError<AssumeRoleError, HttpResponse>>() {
                return Self::of_sdk("sts:AssumeRole", refused);
            }
            cause = this.source();
        }
        // Only the outermost text: deeper ones may repeat what a credential process printed.
        let message = format!("no usable credentials: {}", cut(&error.to_string()));
        Self::new(ProblemKind::Credentials, "sts:GetCallerIdentity", message)
    }

    fn of_code(action: &'static str, status: u16, code: &str, message: Option<&str>) -> Self {
        let kind = kind_of_code(code).or_else(|| kind_of_status(status)).unwrap_or(ProblemKind::Service);
        let message = match (kind, message) {
            // Messages about signatures repeat the request with its session token.
            (ProblemKind::Credentials, _) | (_, None) => format!("answered {code}"),
            (_, Some(text)) => format!("answered {code}: {}", cut(text)),
        };
        Self { kind, action, code: Some(code.to_owned()), message }
    }

    /// An answer that is not in the service's protocol, such as a proxy's HTML page.
    fn unreadable(action: &'static str, answer: &HttpResponse) -> Self {
        let status = answer.status().as_u16();
        let body = String::from_utf8_lossy(answer.body().bytes().unwrap_or_default());
        // A 404 without an error code, or these words (ministack's), come from an endpoint without the service.
        let absent = matches!(status, 404 | 405 | 501) || body.contains("Unsupported service");
        let kind = if absent { Some(ProblemKind::NotSupported) } else { kind_of_status(status) };
        let message = format!("unreadable answer, HTTP status {status}");
        Self::new(kind.unwrap_or(ProblemKind::Service), action, message)
    }

    /// Whether the service said that one of these is not there.
    pub(super) fn is_code(&self, codes: &[&str]) -> bool {
        self.code.as_deref().is_some_and(|code| codes.contains(&code))
    }

    /// The problem that this is for a scope, with its cure.
    pub fn into_problem(self, scope: impl Into<String>) -> Problem {
        let remedy = match self.kind {
            ProblemKind::AccessDenied => {
                Some(format!("allow {} to this identity; see the shipped IAM policy", self.action))
            }
            ProblemKind::Credentials => Some(
                "check the scope's profile, role_arn and account, and that the credentials have not expired".to_owned(),
            ),
            ProblemKind::Throttled => Some("lower max_concurrency of the scope, or scan less often".to_owned()),
            ProblemKind::Unreachable => Some("check the scope's region and endpoint_url, and the network".to_owned()),
            ProblemKind::NotSupported => Some("this endpoint does not serve the operation".to_owned()),
            _ => None,
        };
        let problem = Problem::new(self.kind, scope, self.to_string());
        match remedy {
            Some(remedy) => problem.remedy(remedy),
            None => problem,
        }
    }
}

/// How an attempt ended that was answered with something else than its result.
pub(super) fn outcome_of_answer(status: u16, body: Option<&[u8]>) -> ApiOutcome {
    let text = String::from_utf8_lossy(body.unwrap_or_default());
    // The code stands between delimiters in every protocol: `>Code<`, `"Code"`, `#Code"`; CBOR has it bare.
    let mut words = text.split(|c: char| !c.is_ascii_alphanumeric() && c != '.');
    let kind = words.find_map(kind_of_code).or_else(|| kind_of_status(status));
    match kind {
        Some(ProblemKind::Throttled) => ApiOutcome::Throttled,
        Some(ProblemKind::AccessDenied | ProblemKind::Credentials) => ApiOutcome::Denied,
        _ => ApiOutcome::Error,
    }
}

fn kind_of_code(code: &str) -> Option<ProblemKind> {
    let plain = |code: &str| code.strip_suffix("Exception").unwrap_or(code).to_owned();
    let wanted = plain(code);
    CODES.iter().find(|(known, _)| plain(known) == wanted).map(|(_, kind)| *kind)
}

/// For answers without a known code.
fn kind_of_status(status: u16) -> Option<ProblemKind> {
    match status {
        401 | 403 => Some(ProblemKind::AccessDenied),
        408 | 502 | 504 => Some(ProblemKind::Unreachable),
        429 => Some(ProblemKind::Throttled),
        _ => None,
    }
}

/// Whether a failed dispatch comes from the credentials provider. Its error type is not public through the clients.
fn names_credentials(error: &(dyn Error + 'static)) -> bool {
    let mut cause = Some(error);
    while let Some(this) = cause {
        if this.to_string().contains("credential") {
            return true;
        }
        cause = this.source();
    }
    false
}

/// The first line of a service's message, without the encoded part that EC2 appends to refusals.
fn cut(text: &str) -> String {
    let line = text.lines().next().unwrap_or_default();
    let (plain, _) = line.split_once(" Encoded authorization failure message").unwrap_or((line, ""));
    plain.trim_end_matches('.').chars().take(LONGEST_MESSAGE).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_known_with_and_without_its_suffix() {
        let check = |code, kind| assert_eq!(kind_of_code(code), kind, "{code}");
        check("AccessDenied", Some(ProblemKind::AccessDenied));
        check("AccessDeniedException", Some(ProblemKind::AccessDenied));
        check("ThrottlingException", Some(ProblemKind::Throttled));
        check("TooManyRequestsException", Some(ProblemKind::Throttled));
        check("ExpiredToken", Some(ProblemKind::Credentials));
        check("UnknownOperationException", Some(ProblemKind::NotSupported));
        check("ValidationError", None);
        check("Denied", None);
    }

    #[test]
    fn an_attempt_is_counted_by_its_code_whatever_the_status() {
        let check = |status, body: &str, outcome| {
            assert_eq!(outcome_of_answer(status, Some(body.as_bytes())), outcome, "{status} {body}");
        };
        check(400, r#"{"__type":"com.amazonaws.ecs#ThrottlingException"}"#, ApiOutcome::Throttled);
        check(503, "<Error><Code>RequestLimitExceeded</Code></Error>", ApiOutcome::Throttled);
        check(403, "<Error><Code>UnauthorizedOperation</Code></Error>", ApiOutcome::Denied);
        check(429, "", ApiOutcome::Throttled);
        check(400, r#"{"__type":"InvalidParameterException"}"#, ApiOutcome::Error);
        check(500, "<html>", ApiOutcome::Error);
    }

    #[test]
    fn a_message_is_one_line_without_its_encoded_part() {
        let refusal = "You are not authorized. Encoded authorization failure message: AbC123\nsecond line";
        assert_eq!(cut(refusal), "You are not authorized");
        assert_eq!(cut(&"x".repeat(1000)).len(), LONGEST_MESSAGE);
    }

    #[test]
    fn a_refused_signature_repeats_nothing_of_the_request() {
        let text = "The canonical string should have been 'GET / x-amz-security-token:abc'";
        let failure = Failure::of_code("ecs:DescribeServices", 403, "SignatureDoesNotMatch", Some(text));
        assert_eq!(
            (failure.kind, failure.message.as_str()),
            (ProblemKind::Credentials, "answered SignatureDoesNotMatch")
        );
    }
}
