//! One client a service for one scope, from one shared configuration. The only place that knows how credentials are
//! found, how calls are retried and how many are under way.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use aws_config::default_provider::credentials::DefaultCredentialsChain;
use aws_config::sts::AssumeRoleProvider;
use aws_config::{AppName, BehaviorVersion, Region, SdkConfig};
use aws_sdk_sts::config::retry::{ClientRateLimiter, RetryConfig, RetryPartition};
use aws_sdk_sts::config::timeout::TimeoutConfig;
use aws_sdk_sts::config::{ProvideCredentials, SharedCredentialsProvider};
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use tokio::sync::{OnceCell, Semaphore};

use super::calls::Counter;
use super::{ApiCalls, AwsScope, Failure};
use crate::model::{Problem, ProblemKind};

/// The name under which calls appear in CloudTrail, in the user agent and as the session of an assumed role.
const APP_NAME: &str = "driftledger";

/// The instance metadata service answers within milliseconds where there is one. Elsewhere (a laptop, a CI runner) the
/// SDK's own patience of several attempts of a second each would be waiting for nothing.
const METADATA_PATIENCE: Duration = Duration::from_millis(700);

/// Calls a second that a client is taken to make before it has measured its rate. After a throttled call the SDK goes
/// on with a share of the measured rate, and from nothing measured it would wait for twenty seconds. Its first
/// measurement leaves a fifth of this.
const ASSUMED_RATE: f64 = 50.0;

/// The clients of one scope. Cheap to clone.
#[derive(Clone)]
pub struct Aws {
    pub(super) application_autoscaling: aws_sdk_applicationautoscaling::Client,
    pub(super) cloudtrail: aws_sdk_cloudtrail::Client,
    pub(super) cloudwatch: aws_sdk_cloudwatch::Client,
    pub(crate) cloudformation: aws_sdk_cloudformation::Client,
    pub(super) ec2: aws_sdk_ec2::Client,
    pub(super) ecs: aws_sdk_ecs::Client,
    pub(super) iam: aws_sdk_iam::Client,
    pub(super) lambda: aws_sdk_lambda::Client,
    pub(super) logs: aws_sdk_cloudwatchlogs::Client,
    pub(super) s3: aws_sdk_s3::Client,
    pub(super) ssm: aws_sdk_ssm::Client,
    sts: aws_sdk_sts::Client,
    shared: Arc<Shared>,
}

struct Shared {
    scope: AwsScope,
    credentials: SharedCredentialsProvider,
    /// One permit a call that is under way, see [`AwsScope::max_concurrency`].
    permits: Semaphore,
    account: OnceCell<String>,
}

/// The clients of a scope, with the credentials of the environment, the profile or the role that it names.
///
/// Makes no call: whether the credentials are good is asked by [`Aws::account`]. Calls are counted in `calls`.
pub async fn connect(scope: &AwsScope, calls: &Arc<ApiCalls>) -> Aws {
    let metadata = aws_config::imds::Client::builder()
        .max_attempts(1)
        .connect_timeout(METADATA_PATIENCE)
        .read_timeout(METADATA_PATIENCE)
        .build();
    let mut chain = DefaultCredentialsChain::builder().region(Region::new(scope.region.clone())).imds_client(metadata);
    if let Some(profile) = &scope.profile {
        chain = chain.profile_name(profile);
    }
    connect_with(scope, SharedCredentialsProvider::new(chain.build().await), calls).await
}

/// As [`connect`], with credentials that the caller has; the scope's role is assumed with them.
pub async fn connect_with(scope: &AwsScope, credentials: SharedCredentialsProvider, calls: &Arc<ApiCalls>) -> Aws {
    let mut config = base_config(scope, credentials).await;
    if let Some(role) = &scope.role_arn {
        let mut assume = AssumeRoleProvider::builder(role).session_name(APP_NAME).configure(&config);
        if let Some(external_id) = &scope.external_id {
            assume = assume.external_id(external_id);
        }
        let provider = SharedCredentialsProvider::new(assume.build().await);
        config = config.into_builder().credentials_provider(provider).build();
    }
    clients(scope, &config, calls)
}

async fn base_config(scope: &AwsScope, credentials: SharedCredentialsProvider) -> SdkConfig {
    let seconds = |seconds: u32| Duration::from_secs(seconds.into());
    let timeouts = TimeoutConfig::builder()
        .connect_timeout(seconds(scope.connect_timeout_seconds))
        .operation_attempt_timeout(seconds(scope.attempt_timeout_seconds))
        .build();
    let mut loader = aws_config::defaults(BehaviorVersion::v2026_01_12())
        .region(Region::new(scope.region.clone()))
        .credentials_provider(credentials)
        .retry_config(RetryConfig::adaptive().with_max_attempts(scope.attempts.max(1)))
        .timeout_config(timeouts);
    if let Ok(name) = AppName::new(APP_NAME) {
        loader = loader.app_name(name);
    }
    if let Some(profile) = &scope.profile {
        loader = loader.profile_name(profile);
    }
    if let Some(url) = &scope.endpoint_url {
        loader = loader.endpoint_url(url);
    }
    loader.load().await
}

fn clients(scope: &AwsScope, config: &SdkConfig, calls: &Arc<ApiCalls>) -> Aws {
    let counter = Counter(Arc::clone(calls));
    let limiter = || ClientRateLimiter::builder().tokens_retrieved_per_second(ASSUMED_RATE).build();
    // A rate limiter of its own for each client. The SDK's default is one a service for the whole process, with which
    // one throttled account would slow all others down.
    macro_rules! client {
        ($service:ident $(, $setting:ident($value:expr))?) => {
            $service::Client::from_conf(
                $service::config::Builder::from(config)
                    .interceptor(counter.clone())
                    .retry_partition(
                        RetryPartition::custom(stringify!($service)).client_rate_limiter(limiter()).build(),
                    )
                    $(.$setting($value))?
                    .build(),
            )
        };
    }
    let nobody = || SharedCredentialsProvider::new(aws_sdk_sts::config::Credentials::new("", "", None, None, "none"));
    Aws {
        application_autoscaling: client!(aws_sdk_applicationautoscaling),
        cloudtrail: client!(aws_sdk_cloudtrail),
        cloudwatch: client!(aws_sdk_cloudwatch),
        cloudformation: client!(aws_sdk_cloudformation),
        ec2: client!(aws_sdk_ec2),
        ecs: client!(aws_sdk_ecs),
        iam: client!(aws_sdk_iam),
        lambda: client!(aws_sdk_lambda),
        logs: client!(aws_sdk_cloudwatchlogs),
        // Another endpoint has no host name for each bucket.
        s3: client!(aws_sdk_s3, force_path_style(scope.endpoint_url.is_some())),
        ssm: client!(aws_sdk_ssm),
        sts: client!(aws_sdk_sts),
        shared: Arc::new(Shared {
            scope: scope.clone(),
            credentials: config.credentials_provider().unwrap_or_else(nobody),
            permits: Semaphore::new(scope.max_concurrency.clamp(1, Semaphore::MAX_PERMITS)),
            account: OnceCell::new(),
        }),
    }
}

impl fmt::Debug for Aws {
    /// The scope alone: the clients hold credentials.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.scope_text(""))
    }
}

impl Aws {
    /// The account that the credentials belong to, asked for once. Tells early, and as one problem of the whole scope,
    /// that there are no credentials, that they are not accepted, that they belong to another account than the scope
    /// says, or that the endpoint does not answer. A failure is not kept: the next scan asks again.
    ///
    /// # Errors
    /// The problem of the scope.
    pub async fn account(&self) -> Result<&str, Problem> {
        let account = self.shared.account.get_or_try_init(|| self.ask_account()).await;
        account.map(String::as_str).map_err(|failure| failure.into_problem(self.scope_text("")))
    }

    async fn ask_account(&self) -> Result<String, Failure> {
        const ACTION: &str = "sts:GetCallerIdentity";
        if let Err(error) = self.shared.credentials.provide_credentials().await {
            return Err(Failure::of_credentials(&error));
        }
        let identity = self.call(ACTION, self.sts.get_caller_identity().send()).await?;
        let account = identity.account.filter(|account| !account.is_empty());
        let account =
            account.ok_or_else(|| Failure::new(ProblemKind::Service, ACTION, "the answer names no account"))?;
        match &self.shared.scope.account {
            Some(wanted) if *wanted != account => {
                let message = format!("the credentials belong to account {account}, not to {wanted}");
                Err(Failure::new(ProblemKind::Credentials, ACTION, message))
            }
            _ => Ok(account),
        }
    }

    /// The account, if it was asked for already.
    pub(super) fn known_account(&self) -> Option<String> {
        self.shared.account.get().cloned()
    }

    /// The region that is read.
    pub fn region(&self) -> &str {
        &self.shared.scope.region
    }

    /// The partition of the region, as ARNs begin with it.
    pub(super) fn partition(&self) -> &'static str {
        match self.region() {
            region if region.starts_with("cn-") => "aws-cn",
            region if region.starts_with("us-gov-") => "aws-us-gov",
            _ => "aws",
        }
    }

    /// Whether a key is an ARN of another account or region. IAM's ARNs name no region; those of AWS's own policies
    /// name no account of anybody.
    pub(super) fn is_elsewhere(&self, key: &str) -> bool {
        let mut parts = key.splitn(6, ':');
        let (Some("arn"), Some(region), Some(account)) = (parts.next(), parts.nth(2), parts.next()) else {
            return false;
        };
        let is_mine = |part: &str, mine: Option<&str>| part.is_empty() || mine.is_none_or(|mine| mine == part);
        !is_mine(region, Some(self.region())) || !is_mine(account, self.shared.account.get().map(String::as_str))
    }

    /// A problem's scope: `aws 123456789012 eu-west-1 AWS::IAM::Role`.
    pub(crate) fn scope_text(&self, what: &str) -> String {
        let account = self.shared.account.get().or(self.shared.scope.account.as_ref());
        let words = ["aws", account.map_or("", String::as_str), self.region(), what];
        words.into_iter().filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")
    }

    /// Makes one call, when fewer than [`AwsScope::max_concurrency`] are under way.
    pub(crate) async fn call<T, E>(
        &self,
        action: &'static str,
        send: impl Future<Output = Result<T, SdkError<E, HttpResponse>>>,
    ) -> Result<T, Failure>
    where
        E: ProvideErrorMetadata + std::error::Error + 'static,
    {
        // The semaphore is never closed; without a permit the call is made all the same.
        let _permit = self.shared.permits.acquire().await.ok();
        send.await.map_err(|error| Failure::of_sdk(action, &error))
    }
}
