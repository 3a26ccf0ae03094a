//! Signs in to the accounts of environments and keeps one connection for each.

use std::{
    collections::{BTreeMap, HashMap},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use async_trait::async_trait;
use aws_config::{
    BehaviorVersion, Region, SdkConfig, retry::RetryConfig, sts::AssumeRoleProvider, timeout::TimeoutConfig,
};
use aws_credential_types::{Credentials, provider::SharedCredentialsProvider};
use aws_smithy_http_client::{
    Builder as HttpClientBuilder,
    tls::{Provider, rustls_provider::CryptoMode},
};
use aws_smithy_runtime_api::{
    box_error::BoxError,
    client::{
        http::SharedHttpClient,
        interceptors::{Intercept, context::BeforeDeserializationInterceptorContextRef},
        runtime_components::RuntimeComponents,
    },
};
use aws_smithy_types::config_bag::ConfigBag;
use chrono::{DateTime, Utc};
use domain::environment::Environment;
use provisioner::cloud::{Class, Cloud, CloudError, Clouds};

use crate::{
    cloud::AwsCloud,
    error::refusal,
    kinds::{SERVICES_AT_ONCE, TASKS_AT_ONCE},
    pace::Pace,
    session::{Clients, Session},
    together::Together,
};

/// How to reach AWS. The default is what the process's surroundings say (`AWS_ENDPOINT_URL`, `AWS_ACCESS_KEY_ID`,
/// profiles, the task's or instance's role).
#[derive(Clone, Debug)]
pub struct AwsOptions {
    /// Another address than AWS's own.
    pub endpoint: Option<String>,
    /// Other credentials than those that are found.
    pub credentials: Option<Credentials>,
    /// Another HTTP client.
    pub http: Option<SharedHttpClient>,
    /// How long one call may take, connecting included. A run's lease must outlive it.
    pub call_timeout: Duration,
    /// How much of the request rates that AWS publishes is used: 1 is all of it.
    pub rate: f64,
}

impl Default for AwsOptions {
    fn default() -> Self {
        Self { endpoint: None, credentials: None, http: None, call_timeout: Duration::from_secs(30), rate: 1.0 }
    }
}

/// The real [`Clouds`].
#[derive(Debug)]
pub struct AwsClouds {
    options: AwsOptions,
    http: SharedHttpClient,
    open: Mutex<Open>,
    paces: Mutex<HashMap<(String, String), Arc<Pace>>>,
}

/// By environment, and by its version: a changed environment signs in anew, while runs go on in it as it was.
type Open = HashMap<String, BTreeMap<i64, Arc<AwsCloud>>>;

/// How many versions of an environment stay open.
const VERSIONS: usize = 2;

impl AwsClouds {
    /// Opens nothing yet.
    pub fn new(options: AwsOptions) -> Self {
        let http = options
            .http
            .clone()
            .unwrap_or_else(|| HttpClientBuilder::new().tls_provider(Provider::Rustls(CryptoMode::Ring)).build_https());
        Self { options, http, open: Mutex::default(), paces: Mutex::default() }
    }

    /// The environment's connection in the SDK's terms; one per environment and version.
    pub async fn open(&self, environment: &Environment) -> Result<Arc<AwsCloud>, CloudError> {
        let (id, version) = (environment.id.as_str(), environment.version);
        if let Some(cloud) = self.lock().get(id).and_then(|versions| versions.get(&version)) {
            return Ok(Arc::clone(cloud));
        }
        // Not under the lock: an account that does not answer holds up no other. Two at once may both sign in.
        let cloud = self.open_anew(environment).await?;
        let mut open = self.lock();
        let versions = open.entry(id.to_owned()).or_default();
        versions.insert(version, Arc::clone(&cloud));
        while versions.len() > VERSIONS {
            versions.pop_first();
        }
        Ok(cloud)
    }

    /// Who the process is in AWS by itself, and what time it is there.
    pub async fn greet(&self, region: &str) -> Greeting {
        let config = self.own(region).await;
        let date = DateOfReply::default();
        let sts = aws_sdk_sts::Client::new(&config);
        let call = sts.get_caller_identity().customize().interceptor(date.clone()).send();
        let clients = clients(&config, Arc::new(Pace::new(self.options.rate)));
        let identity = Session::new(&clients).send("sts", "GetCallerIdentity", call).await;
        let identity = identity.map(|reply| Identity {
            account: reply.account().unwrap_or_default().to_owned(),
            arn: reply.arn().unwrap_or_default().to_owned(),
        });
        Greeting { identity, time: date.read() }
    }

    async fn open_anew(&self, environment: &Environment) -> Result<Arc<AwsCloud>, CloudError> {
        let config = self.sign_in(environment).await;
        let clients = clients(&config, self.pace(environment));
        check_account(&config, &clients, environment).await?;
        Ok(Arc::new(AwsCloud::new(clients)))
    }

    /// One for all environments of an account and region: AWS counts them together.
    fn pace(&self, environment: &Environment) -> Arc<Pace> {
        let place = (environment.account.clone(), environment.region.clone());
        let mut paces = self.paces.lock().unwrap_or_else(PoisonError::into_inner);
        paces.entry(place).or_insert_with(|| Arc::new(Pace::new(self.options.rate))).clone()
    }

    fn lock(&self) -> MutexGuard<'_, Open> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The process's own credentials.
    async fn own(&self, region: &str) -> SdkConfig {
        let timeouts = TimeoutConfig::builder()
            .connect_timeout(Duration::from_secs(5).min(self.options.call_timeout))
            .operation_attempt_timeout(self.options.call_timeout)
            .operation_timeout(self.options.call_timeout)
            .build();
        let mut loader = aws_config::defaults(BehaviorVersion::latest())
            .region(Region::new(region.to_owned()))
            .http_client(self.http.clone())
            .retry_config(RetryConfig::disabled())
            .timeout_config(timeouts);
        if let Some(endpoint) = &self.options.endpoint {
            loader = loader.endpoint_url(endpoint);
        }
        if let Some(credentials) = &self.options.credentials {
            loader = loader.credentials_provider(SharedCredentialsProvider::new(credentials.clone()));
        }
        loader.load().await
    }

    async fn sign_in(&self, environment: &Environment) -> SdkConfig {
        let own = self.own(&environment.region).await;
        let Some(role) = &environment.launch_role else { return own };
        let mut provider =
            AssumeRoleProvider::builder(&role.arn).configure(&own).session_name(format!("gantry-{}", environment.name));
        if let Some(external_id) = &role.external_id {
            provider = provider.external_id(external_id);
        }
        let provider = provider.build().await;
        own.into_builder().credentials_provider(SharedCredentialsProvider::new(provider)).build()
    }
}

/// Somebody in AWS.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// Twelve digits.
    pub account: String,
    /// The user or role.
    pub arn: String,
}

/// The answer to the first call.
#[derive(Debug)]
pub struct Greeting {
    /// Who the process is.
    pub identity: Result<Identity, CloudError>,
    /// AWS's clock, to a second; refusals bear it, too.
    pub time: Option<DateTime<Utc>>,
}

/// Keeps the `Date` of a reply.
#[derive(Clone, Debug, Default)]
struct DateOfReply(Arc<Mutex<Option<String>>>);

impl DateOfReply {
    fn read(&self) -> Option<DateTime<Utc>> {
        let date = self.0.lock().unwrap_or_else(PoisonError::into_inner).take()?;
        Some(DateTime::parse_from_rfc2822(&date).ok()?.to_utc())
    }
}

impl Intercept for DateOfReply {
    fn name(&self) -> &'static str {
        "date of reply"
    }

    fn read_before_deserialization(
        &self,
        context: &BeforeDeserializationInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let date = context.response().headers().get("date").map(str::to_owned);
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = date;
        Ok(())
    }
}

/// Refuses credentials that belong to another account than the environment's.
async fn check_account(config: &SdkConfig, clients: &Clients, environment: &Environment) -> Result<(), CloudError> {
    let sts = aws_sdk_sts::Client::new(config);
    let session = Session::new(clients);
    let identity = session.send("sts", "GetCallerIdentity", sts.get_caller_identity().send()).await?;
    let account = identity.account().unwrap_or_default();
    if account == environment.account {
        return Ok(());
    }
    Err(refusal(
        Class::Refused,
        "connect",
        "wrong-account",
        format!(
            "The credentials belong to account {account}; the environment `{}` is account {}.",
            environment.name, environment.account
        ),
        "Correct the environment's account or its launch role.",
    ))
}

pub(crate) fn clients(config: &SdkConfig, pace: Arc<Pace>) -> Clients {
    Clients {
        acm: aws_sdk_acm::Client::new(config),
        route53: aws_sdk_route53::Client::new(config),
        ec2: aws_sdk_ec2::Client::new(config),
        ecs: aws_sdk_ecs::Client::new(config),
        elb: aws_sdk_elasticloadbalancingv2::Client::new(config),
        iam: aws_sdk_iam::Client::new(config),
        logs: aws_sdk_cloudwatchlogs::Client::new(config),
        scaling: aws_sdk_applicationautoscaling::Client::new(config),
        ssm: aws_sdk_ssm::Client::new(config),
        pace,
        services: Together::new(SERVICES_AT_ONCE),
        tasks: Together::new(TASKS_AT_ONCE),
        health: Together::new(usize::MAX),
    }
}

#[async_trait]
impl Clouds for AwsClouds {
    async fn connect(&self, environment: &Environment) -> Result<Arc<dyn Cloud>, CloudError> {
        Ok(self.open(environment).await?)
    }

    async fn try_out(&self, environment: &Environment) -> Result<Arc<dyn Cloud>, CloudError> {
        Ok(self.open_anew(environment).await?)
    }
}

#[cfg(test)]
mod tests {
    use domain::template::check::sample_environment;

    use super::*;

    #[test]
    fn environments_of_one_account_and_region_share_its_limits() {
        let clouds = AwsClouds::new(AwsOptions::default());
        let (one, mut other) = (sample_environment(), sample_environment());
        other.id = "env-OTHER".parse().unwrap();
        assert!(Arc::ptr_eq(&clouds.pace(&one), &clouds.pace(&other)));
        other.region = "eu-west-1".to_owned();
        assert!(!Arc::ptr_eq(&clouds.pace(&one), &clouds.pace(&other)));
        other = Environment { account: "999999999999".to_owned(), ..sample_environment() };
        assert!(!Arc::ptr_eq(&clouds.pace(&one), &clouds.pace(&other)));
    }
}
