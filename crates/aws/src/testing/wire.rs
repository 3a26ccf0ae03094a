//! The client between the SDK and whatever answers as AWS: a record of every call, and faults.

use std::{
    mem,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use aws_smithy_http_client::Builder as HttpClientBuilder;
use aws_smithy_runtime_api::{
    client::{
        http::{
            HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient,
            SharedHttpConnector,
        },
        orchestrator::{HttpRequest, HttpResponse},
        result::ConnectorError,
        runtime_components::RuntimeComponents,
    },
    http::StatusCode,
    shared::IntoShared,
};
use aws_smithy_types::{body::SdkBody, byte_stream::ByteStream};
use serde_json::Value as Json;

use super::{
    fault::{Fault, Rule, Told},
    read,
};
use crate::{
    authorise::{self, Call},
    ownership::INSTALLATION,
    policy,
    session::mutates,
};

/// One call as it went over the wire. It is on record before it is sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WireCall {
    /// The service in its signature, for example `ecs`.
    pub service: String,
    /// The operation, for example `CreateService`.
    pub operation: String,
    /// What it asks for, in one form for all protocols; secrets are struck out.
    pub parameters: Json,
    /// Which request of a person it was made for: [`Wire::turn_page`].
    pub page: usize,
    /// How long after the beginning of the record it began.
    pub at: Duration,
    /// When it began, on a clock that ticks once for each beginning and each end of a call.
    pub begun: usize,
    /// When the caller had an answer, on the same clock; none where it waits, or went away.
    pub ended: Option<usize>,
    /// What AWS answered, whether the caller came to know or not; none where AWS was not asked, or did not answer.
    pub reply: Option<Reply>,
    /// The HTTP status that the caller got; none where it got no reply.
    pub status: Option<u16>,
    /// The fault that was injected.
    pub fault: Option<Fault>,
}

/// What AWS answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reply {
    /// The HTTP status.
    pub status: u16,
    /// The body, in one form for all protocols; secrets are struck out.
    pub body: Json,
}

impl WireCall {
    /// Whether it changes something.
    pub fn mutates(&self) -> bool {
        mutates(&self.operation)
    }

    /// Whether the request bears the tag of an installation.
    fn is_tagged(&self) -> bool {
        self.parameters.to_string().contains(INSTALLATION)
    }
}

#[derive(Debug, Default)]
struct State {
    calls: Vec<WireCall>,
    /// How many of them were handed out.
    taken: usize,
    clock: usize,
    page: usize,
    rules: Vec<Rule>,
}

impl State {
    fn tick(&mut self) -> usize {
        self.clock += 1;
        self.clock
    }
}

/// The client. Clones share what they write down.
#[derive(Clone, Debug)]
pub struct Wire {
    inner: SharedHttpClient,
    since: Instant,
    state: Arc<Mutex<State>>,
}

impl Default for Wire {
    fn default() -> Self {
        Self::over(HttpClientBuilder::new().build_http())
    }
}

impl Wire {
    /// Around another client.
    pub fn over(inner: SharedHttpClient) -> Self {
        Self { inner, since: Instant::now(), state: Arc::default() }
    }

    /// For [`crate::AwsOptions`].
    pub fn client(&self) -> SharedHttpClient {
        self.clone().into_shared()
    }

    /// Lets calls fail from now on.
    pub fn inject(&self, rule: Rule) {
        self.with(|state| state.rules.push(rule));
    }

    /// Takes every rule back; those that did not fire as often as they should.
    pub fn heal(&self) -> Vec<Rule> {
        let rules = self.with(|state| mem::take(&mut state.rules));
        rules.into_iter().filter(|rule| rule.times > 0).collect()
    }

    /// What follows is done for another request of a person: a step of it is no retry of an earlier one.
    pub fn turn_page(&self) {
        self.with(|state| state.page += 1);
    }

    /// Every call from the first on, in the order in which they began.
    pub fn record(&self) -> Vec<WireCall> {
        self.with(|state| state.calls.clone())
    }

    /// The calls that began since the last time, in order. The policy of the launch role allows each.
    pub fn take_calls(&self) -> Vec<WireCall> {
        let calls = self.with(|state| {
            let taken = mem::replace(&mut state.taken, state.calls.len());
            state.calls[taken..].to_vec()
        });
        let (installation, policy) = (Some("gantry"), policy::launch_role("gantry", None));
        for call in &calls {
            let (service, operation) = (call.service.as_str(), call.operation.as_str());
            if policy::NEEDS_NOTHING.contains(&(service, operation)) {
                continue;
            }
            let tag = installation.filter(|_| call.is_tagged());
            let refused = authorise::refusal(&policy, Call { service, operation, tag, owner: installation });
            assert_eq!(refused, None, "the launch role may not call {service}:{operation}");
        }
        calls
    }

    /// The same, but only the operations of those that change something.
    pub fn take_mutations(&self) -> Vec<String> {
        self.take_calls().into_iter().filter(WireCall::mutates).map(|call| call.operation).collect()
    }

    /// How many calls that change something began so far.
    pub fn mutations(&self) -> usize {
        self.with(|state| state.calls.iter().filter(|call| call.mutates()).count())
    }

    fn with<T>(&self, f: impl FnOnce(&mut State) -> T) -> T {
        f(&mut self.state.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Writes a call down that is about to be sent: its place in the record, and what is to go wrong with it.
    fn begin(&self, service: &str, operation: &str, parameters: Json) -> (usize, Option<Fault>) {
        self.with(|state| {
            let mut fault = None;
            for rule in state.rules.iter_mut().filter(|rule| rule.fits(operation)) {
                if rule.after > 0 {
                    rule.after -= 1;
                } else if rule.times > 0 && fault.is_none() {
                    rule.times -= 1;
                    fault = Some(rule.fault);
                }
            }
            let begun = state.tick();
            state.calls.push(WireCall {
                service: service.to_owned(),
                operation: operation.to_owned(),
                parameters,
                page: state.page,
                at: self.since.elapsed(),
                begun,
                ended: None,
                reply: None,
                status: None,
                fault,
            });
            (state.calls.len() - 1, fault)
        })
    }

    fn answered(&self, place: usize, reply: Reply) {
        self.with(|state| state.calls[place].reply = Some(reply));
    }

    fn end(&self, place: usize, status: Option<u16>) {
        self.with(|state| {
            let ended = state.tick();
            let call = &mut state.calls[place];
            (call.ended, call.status) = (Some(ended), status);
        });
    }
}

/// The service and the operation of a signed request.
fn name_of(request: &HttpRequest) -> (String, String) {
    let header = |name| request.headers().get(name).unwrap_or_default();
    let service = header("authorization")
        .split_once("Credential=")
        .and_then(|(_, rest)| rest.split('/').nth(3))
        .unwrap_or_default()
        .to_owned();
    let operation = match header("x-amz-target").rsplit_once('.') {
        Some((_, operation)) => operation.to_owned(),
        // The one call of the one service that names no operation but a path.
        None if request.uri().contains("/hostedzone") => "ListHostedZones".to_owned(),
        None => request
            .body()
            .bytes()
            .and_then(|body| std::str::from_utf8(body).ok())
            .and_then(|body| body.split('&').find_map(|pair| pair.strip_prefix("Action=")))
            .unwrap_or_default()
            .to_owned(),
    };
    (service, operation)
}

/// A refusal in the service's own protocol.
fn refusal(service: &str, status: u16, code: &str, message: &str) -> HttpResponse {
    let body = match service {
        "ec2" => format!(
            "<Response><Errors><Error><Code>{code}</Code><Message>{message}</Message></Error></Errors><RequestID>injected</RequestID></Response>"
        ),
        "iam" | "sts" | "elasticloadbalancing" => format!(
            "<ErrorResponse><Error><Type>Sender</Type><Code>{code}</Code><Message>{message}</Message></Error><RequestId>injected</RequestId></ErrorResponse>"
        ),
        _ => format!(r#"{{"__type":"{code}","message":"{message}"}}"#),
    };
    let status = StatusCode::try_from(status).expect("a status between 100 and 999");
    HttpResponse::new(status, SdkBody::from(body))
}

/// What the caller is told, whatever AWS answered.
fn told(fault: Fault, service: &str) -> Option<Result<HttpResponse, ConnectorError>> {
    let refused = |status, code, message| Some(Ok(refusal(service, status, code, message)));
    match fault.told {
        Told::Truth => None,
        Told::Refused(code, message) => refused(400, code, message),
        Told::Throttled => match service {
            "ec2" => refused(503, "RequestLimitExceeded", "Request limit exceeded."),
            "iam" | "elasticloadbalancing" => refused(400, "Throttling", "Rate exceeded"),
            _ => refused(400, "ThrottlingException", "Rate exceeded"),
        },
        Told::ServerError => refused(500, "InternalFailure", "An internal error occurred."),
        Told::TimedOut => Some(Err(ConnectorError::timeout("no reply in time".into()))),
        Told::Reset => Some(Err(ConnectorError::io("the connection was reset before the reply came".into()))),
    }
}

/// A reply with its whole body in memory, and what it says.
async fn held(mut reply: HttpResponse, secret: Option<&str>) -> Result<(HttpResponse, Reply), ConnectorError> {
    let body = ByteStream::new(reply.take_body()).collect().await;
    let body = body.map_err(|error| ConnectorError::io(error.into()))?.into_bytes();
    let read = Reply { status: reply.status().as_u16(), body: read::body(&body, secret) };
    *reply.body_mut() = SdkBody::from(body);
    Ok((reply, read))
}

#[derive(Debug)]
struct WireConnector {
    inner: SharedHttpConnector,
    wire: Wire,
}

impl HttpConnector for WireConnector {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let (service, operation) = name_of(&request);
        let body = request.body().bytes().unwrap_or_default();
        let secret = read::secret(body);
        let parameters = read::parameters(request.uri(), body, secret.as_deref());
        let (place, fault) = self.wire.begin(&service, &operation, parameters);
        let (inner, wire) = (self.inner.clone(), self.wire.clone());
        HttpConnectorFuture::new(async move {
            let mut answer = Err(ConnectorError::other("AWS was not asked".into(), None));
            if fault.is_none_or(|fault| fault.applied) {
                answer = match inner.call(request).await {
                    Ok(reply) => held(reply, secret.as_deref()).await.map(|(reply, read)| {
                        wire.answered(place, read);
                        reply
                    }),
                    Err(error) => Err(error),
                };
            }
            if let Some(fault) = fault {
                if !fault.late.is_zero() {
                    tokio::time::sleep(fault.late).await;
                }
                answer = told(fault, &service).unwrap_or(answer);
            }
            wire.end(place, answer.as_ref().ok().map(|reply| reply.status().as_u16()));
            answer
        })
    }
}

impl HttpClient for Wire {
    fn http_connector(&self, settings: &HttpConnectorSettings, components: &RuntimeComponents) -> SharedHttpConnector {
        let inner = self.inner.http_connector(settings, components);
        SharedHttpConnector::new(WireConnector { inner, wire: self.clone() })
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use aws_config::{BehaviorVersion, Region, SdkConfig, retry::RetryConfig, timeout::TimeoutConfig};
    use aws_credential_types::Credentials;
    use aws_sdk_ec2::types::{ResourceType, Tag, TagSpecification};
    use aws_sdk_ssm::types::ParameterType;
    use aws_smithy_runtime_api::client::http::http_client_fn;
    use serde_json::json;

    use super::*;

    /// Says yes to everything and counts, or keeps silent.
    #[derive(Clone, Debug, Default)]
    struct Aws {
        asked: Arc<AtomicUsize>,
        silent: bool,
    }

    impl HttpConnector for Aws {
        fn call(&self, _: HttpRequest) -> HttpConnectorFuture {
            self.asked.fetch_add(1, Ordering::Relaxed);
            let silent = self.silent;
            HttpConnectorFuture::new(async move {
                if silent {
                    std::future::pending::<()>().await;
                }
                let body = r#"{"clusters":[],"note":"hunter2"}"#;
                Ok(HttpResponse::new(StatusCode::try_from(200).unwrap(), SdkBody::from(body)))
            })
        }
    }

    impl Aws {
        fn wire(&self) -> Wire {
            let connector = SharedHttpConnector::new(self.clone());
            Wire::over(http_client_fn(move |_, _| connector.clone()))
        }
    }

    /// The SDK over a wire, waiting so long for a reply.
    async fn sdk(wire: &Wire, patience: Duration) -> SdkConfig {
        aws_config::defaults(BehaviorVersion::latest())
            .region(Region::from_static("eu-central-1"))
            .endpoint_url("http://aws.example.com")
            .credentials_provider(Credentials::new("gantry", "gantry", None, None, "test"))
            .http_client(wire.client())
            .retry_config(RetryConfig::disabled())
            .timeout_config(TimeoutConfig::builder().operation_timeout(patience).build())
            .load()
            .await
    }

    const PATIENCE: Duration = Duration::from_secs(60);

    #[tokio::test]
    async fn what_the_sdk_asks_for_is_read_in_every_protocol() {
        let wire = Aws::default().wire();
        let config = sdk(&wire, PATIENCE).await;
        // Not every reply can be read: what counts here is the request.
        let tag = Tag::builder().key("gantry:stack").value("s & t").build();
        let tags = TagSpecification::builder().resource_type(ResourceType::SecurityGroup).tags(tag).build();
        let ec2 = aws_sdk_ec2::Client::new(&config).create_security_group().group_name("web").description("a+b");
        let _ = ec2.tag_specifications(tags).send().await;
        let tag = aws_sdk_iam::types::Tag::builder().key("gantry:stack").value("s").build().unwrap();
        let iam = aws_sdk_iam::Client::new(&config).create_role().role_name("r").assume_role_policy_document("{}");
        let _ = iam.tags(tag).send().await;
        let elb = aws_sdk_elasticloadbalancingv2::Client::new(&config).create_load_balancer().name("web");
        let _ = elb.subnets("subnet-1").subnets("subnet-2").send().await;
        let _ = aws_sdk_ecs::Client::new(&config).create_cluster().cluster_name("c").send().await;
        let ssm = aws_sdk_ssm::Client::new(&config).put_parameter().name("/p").value("hunter2");
        let _ = ssm.r#type(ParameterType::SecureString).send().await;
        let _ = aws_sdk_route53::Client::new(&config).list_hosted_zones().max_items(7).send().await;

        let calls = wire.record();
        let read: Vec<_> = calls
            .iter()
            .map(|call| (call.service.as_str(), call.operation.as_str(), call.parameters.clone()))
            .collect();
        let group = json!({"GroupName": "web", "GroupDescription": "a+b", "TagSpecification":
            [{"ResourceType": "security-group", "Tag": [{"Key": "gantry:stack", "Value": "s & t"}]}]});
        let role = json!({"RoleName": "r", "AssumeRolePolicyDocument": "{}",
            "Tags": [{"Key": "gantry:stack", "Value": "s"}]});
        let balancer = json!({"Name": "web", "Subnets": ["subnet-1", "subnet-2"]});
        assert_eq!(
            read,
            [
                ("ec2", "CreateSecurityGroup", group),
                ("iam", "CreateRole", role),
                ("elasticloadbalancing", "CreateLoadBalancer", balancer),
                ("ecs", "CreateCluster", json!({"clusterName": "c"})),
                ("ssm", "PutParameter", json!({"Name": "/p", "Type": "SecureString", "Value": "…"})),
                ("route53", "ListHostedZones", json!({"maxitems": "7"})),
            ]
        );
        assert_eq!(calls[4].reply, Some(Reply { status: 200, body: json!({"clusters": [], "note": "…"}) }));
        assert!(!format!("{:?}", calls[4]).contains("hunter2"));
        let clock: Vec<_> = calls.iter().flat_map(|call| [Some(call.begun), call.ended]).collect();
        assert_eq!(clock, (1..=12).map(Some).collect::<Vec<_>>());
    }

    #[tokio::test]
    async fn a_call_is_on_record_before_it_is_answered() {
        let aws = Aws { silent: true, ..Aws::default() };
        let wire = aws.wire();
        let ecs = aws_sdk_ecs::Client::new(&sdk(&wire, PATIENCE).await);
        let call = tokio::spawn(async move { ecs.list_clusters().send().await.map(drop) });
        while aws.asked.load(Ordering::Relaxed) == 0 {
            tokio::task::yield_now().await;
        }
        call.abort();
        assert!(call.await.unwrap_err().is_cancelled());
        let calls = wire.record();
        let [call] = calls.as_slice() else { panic!("{calls:?}") };
        assert_eq!((call.operation.as_str(), call.ended, &call.reply), ("ListClusters", None, &None));
    }

    #[tokio::test]
    async fn a_fault_says_what_is_told_and_whether_aws_does_it() {
        let slow = Fault::slow(Duration::from_millis(1));
        for (fault, status, asked) in [
            (Fault::REFUSED, Some(400), 0),
            (Fault::says("ServerException", "no"), Some(400), 0),
            (Fault::THROTTLED, Some(400), 0),
            (Fault::SERVER_ERROR, Some(500), 0),
            (Fault::TIMED_OUT, None, 0),
            (Fault::RESET, None, 0),
            (Fault::REPLY_LOST, None, 1),
            (Fault::REFUSED.applied(), Some(400), 1),
            (Fault::SERVER_ERROR.applied(), Some(500), 1),
            (Fault::TIMED_OUT.applied(), None, 1),
            (slow, Some(200), 1),
        ] {
            let aws = Aws::default();
            let wire = aws.wire();
            let ecs = aws_sdk_ecs::Client::new(&sdk(&wire, PATIENCE).await);
            wire.inject(Rule::on("ListClusters", fault).times(2));
            for _ in 0..2 {
                assert_eq!(ecs.list_clusters().send().await.is_ok(), status == Some(200), "{fault:?}");
            }
            assert_eq!(aws.asked.load(Ordering::Relaxed), asked * 2, "{fault:?}");
            assert_eq!(wire.heal(), [], "{fault:?} has fired twice");
            ecs.list_clusters().send().await.unwrap();
            let told: Vec<_> = wire.take_calls().iter().map(|call| (call.status, call.fault)).collect();
            assert_eq!(told, [(status, Some(fault)), (status, Some(fault)), (Some(200), None)]);
            let answered = wire.record().iter().filter(|call| call.reply.is_some()).count();
            assert_eq!(answered, asked * 2 + 1, "{fault:?}");
        }
    }

    #[tokio::test]
    async fn a_reply_can_come_too_late() {
        let aws = Aws::default();
        let wire = aws.wire();
        let ecs = aws_sdk_ecs::Client::new(&sdk(&wire, Duration::from_millis(20)).await);
        wire.inject(Rule::on("ListClusters", Fault::slow(PATIENCE)));
        let error = ecs.list_clusters().send().await.unwrap_err();
        assert!(matches!(error, aws_sdk_ecs::error::SdkError::TimeoutError(_)), "{error:?}");
        let calls = wire.record();
        assert_eq!(calls[0].reply.as_ref().map(|reply| reply.status), Some(200), "AWS has done it");
        assert_eq!((calls[0].status, calls[0].ended), (None, None), "and its caller does not know");
    }

    #[tokio::test]
    async fn what_did_not_fire_is_told() {
        let wire = Aws::default().wire();
        let ecs = aws_sdk_ecs::Client::new(&sdk(&wire, PATIENCE).await);
        let second = Rule::nth(1, Fault::REFUSED);
        wire.inject(second.clone());
        wire.turn_page();
        ecs.list_clusters().send().await.unwrap();
        ecs.delete_cluster().cluster("c").send().await.unwrap();
        assert_eq!(wire.heal(), [Rule { after: 0, ..second }]);
        assert_eq!(wire.take_mutations(), ["DeleteCluster"]);
        assert_eq!(wire.take_mutations(), Vec::<String>::new());
        let pages: Vec<_> = wire.record().iter().map(|call| call.page).collect();
        assert_eq!(pages, [1, 1], "the record keeps what was taken");
    }
}
