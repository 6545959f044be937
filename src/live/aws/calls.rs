//! Counts the calls that the SDK's clients make, every attempt and every page. Knows no metric library.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::interceptors::Intercept;
use aws_smithy_runtime_api::client::interceptors::context::FinalizerInterceptorContextRef;
use aws_smithy_runtime_api::client::orchestrator::Metadata;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::config_bag::ConfigBag;

use super::failure;

/// What is counted together: the labels of `driftledger_api_calls_total`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ApiCall {
    /// The service, by the SDK's id for it: `ECS`, `EC2`, `Lambda`.
    pub service: String,
    /// The operation: `DescribeServices`.
    pub operation: String,
    /// How it ended.
    pub outcome: ApiOutcome,
}

/// How one attempt of a call ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ApiOutcome {
    /// The service answered.
    Ok,
    /// It asked to slow down.
    Throttled,
    /// It refused the identity.
    Denied,
    /// It answered with another error.
    Error,
    /// It did not answer, or not in time.
    NoAnswer,
}

impl ApiOutcome {
    /// The name in metrics.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Throttled => "throttled",
            Self::Denied => "denied",
            Self::Error => "error",
            Self::NoAnswer => "no_answer",
        }
    }
}

/// The count of all calls, to be shared by every client of the process.
#[derive(Debug, Default)]
pub struct ApiCalls(Mutex<BTreeMap<ApiCall, u64>>);

impl ApiCalls {
    /// What was counted so far.
    pub fn snapshot(&self) -> BTreeMap<ApiCall, u64> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn count(&self, call: ApiCall) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner).entry(call).or_default() += 1;
    }
}

/// The part of [`ApiCalls`] that sits in each client.
#[derive(Clone, Debug)]
pub(super) struct Counter(pub(super) Arc<ApiCalls>);

impl Intercept for Counter {
    fn name(&self) -> &'static str {
        "ApiCallCounter"
    }

    fn read_after_attempt(
        &self,
        context: &FinalizerInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        bag: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        if let Some(metadata) = bag.load::<Metadata>() {
            let (service, operation) = (metadata.service().to_owned(), metadata.name().to_owned());
            self.0.count(ApiCall { service, operation, outcome: outcome(context) });
        }
        Ok(())
    }
}

fn outcome(context: &FinalizerInterceptorContextRef<'_>) -> ApiOutcome {
    match (context.response(), context.output_or_error()) {
        (_, Some(Ok(_))) => ApiOutcome::Ok,
        (None, _) => ApiOutcome::NoAnswer,
        // The error is type-erased here, and each protocol has its own place for the code: the body tells.
        (Some(response), _) => failure::outcome_of_answer(response.status().as_u16(), response.body().bytes()),
    }
}
