//! For tests over HTTP: a client that writes down every call in order and lets chosen ones fail, between the SDK and
//! whatever answers as AWS.

use std::sync::{Arc, Mutex, PoisonError};

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
use aws_smithy_types::body::SdkBody;

use crate::{
    authorise::{self, Call},
    ownership::INSTALLATION,
    policy,
    session::mutates,
};

/// One call as it went over the wire.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WireCall {
    /// The service in its signature, for example `ecs`.
    pub service: String,
    /// The operation, for example `CreateService`.
    pub operation: String,
    /// Whether it changes something.
    pub mutates: bool,
    /// Whether the request bears the tag of an installation.
    pub tagged: bool,
    /// The HTTP status of the reply; none where none came.
    pub status: Option<u16>,
    /// The fault that was injected.
    pub fault: Option<Fault>,
}

/// What goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Fault {
    /// AWS refuses for good; nothing happened.
    Refused,
    /// Rate exceeded; nothing happened.
    Throttled,
    /// AWS answers 500; nothing happened.
    ServerError,
    /// It was done, but the connection broke before the reply came.
    ReplyLost,
    /// It was not done, and no reply came in time.
    TimedOut,
    /// AWS refuses with this code and message; nothing happened.
    Says(&'static str, &'static str),
}

impl Fault {
    /// Every one that any call can meet.
    pub const ALL: &[Self] = &[Self::Refused, Self::Throttled, Self::ServerError, Self::ReplyLost, Self::TimedOut];
}

/// Which calls go wrong; each rule counts for itself.
#[derive(Clone, Debug)]
pub struct Rule {
    /// What goes wrong.
    pub fault: Fault,
    /// Only this operation; every mutating one where none is given.
    pub operation: Option<String>,
    /// How many that fit go well first.
    pub after: usize,
    /// How many then go wrong.
    pub times: usize,
}

impl Rule {
    /// The `n`th mutating call (counted from 0), once.
    pub fn nth(n: usize, fault: Fault) -> Self {
        Self { fault, operation: None, after: n, times: 1 }
    }

    /// The next call of an operation, once.
    pub fn on(operation: &str, fault: Fault) -> Self {
        Self { fault, operation: Some(operation.to_owned()), after: 0, times: 1 }
    }

    fn fits(&self, operation: &str) -> bool {
        match &self.operation {
            Some(wanted) => wanted == operation,
            None => mutates(operation),
        }
    }
}

#[derive(Debug, Default)]
struct State {
    calls: Vec<WireCall>,
    rules: Vec<Rule>,
}

/// The client. Clones share what they write down.
#[derive(Clone, Debug)]
pub struct Wire {
    inner: SharedHttpClient,
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
        Self { inner, state: Arc::default() }
    }

    /// For [`crate::AwsOptions`].
    pub fn client(&self) -> SharedHttpClient {
        self.clone().into_shared()
    }

    /// Lets calls fail from now on.
    pub fn inject(&self, rule: Rule) {
        self.with(|state| state.rules.push(rule));
    }

    /// Takes every rule back.
    pub fn heal(&self) {
        self.with(|state| state.rules.clear());
    }

    /// Every call so far, in order of completion, and forgets them. The policy of the launch role allows each.
    pub fn take_calls(&self) -> Vec<WireCall> {
        let calls = self.with(|state| std::mem::take(&mut state.calls));
        let (installation, policy) = (Some("gantry"), policy::launch_role("gantry", None));
        for WireCall { service, operation, tagged, .. } in &calls {
            if policy::NEEDS_NOTHING.contains(&(service, operation)) {
                continue;
            }
            let call = Call { service, operation, tag: installation.filter(|_| *tagged), owner: installation };
            let refused = authorise::refusal(&policy, call);
            assert_eq!(refused, None, "the launch role may not call {service}:{operation}");
        }
        calls
    }

    /// The mutating operations so far, in order of completion, and forgets all calls.
    pub fn take_mutations(&self) -> Vec<String> {
        self.take_calls().into_iter().filter(|call| call.mutates).map(|call| call.operation).collect()
    }

    fn with<T>(&self, f: impl FnOnce(&mut State) -> T) -> T {
        f(&mut self.state.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn next_fault(&self, operation: &str) -> Option<Fault> {
        self.with(|state| {
            let mut chosen = None;
            for rule in state.rules.iter_mut().filter(|rule| rule.fits(operation)) {
                if rule.after > 0 {
                    rule.after -= 1;
                } else if rule.times > 0 && chosen.is_none() {
                    rule.times -= 1;
                    chosen = Some(rule.fault);
                }
            }
            chosen
        })
    }
}

/// The service and the operation of a signed request.
fn read(request: &HttpRequest) -> (String, String) {
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

/// Whether a request bears the tag of an installation, as JSON or as a form.
fn is_tagged(request: &HttpRequest) -> bool {
    let body = String::from_utf8_lossy(request.body().bytes().unwrap_or_default());
    body.contains(INSTALLATION) || body.contains(&INSTALLATION.replace(':', "%3A"))
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

#[derive(Debug)]
struct WireConnector {
    inner: SharedHttpConnector,
    wire: Wire,
}

impl HttpConnector for WireConnector {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let (service, operation) = read(&request);
        let tagged = is_tagged(&request);
        let fault = self.wire.next_fault(&operation);
        let (inner, wire) = (self.inner.clone(), self.wire.clone());
        HttpConnectorFuture::new(async move {
            let reply = match fault {
                None => inner.call(request).await,
                Some(Fault::Refused) => Ok(refusal(&service, 400, "InjectedRefusal", "This call was made to fail.")),
                Some(Fault::Throttled) if service == "ec2" => {
                    Ok(refusal(&service, 503, "RequestLimitExceeded", "Request limit exceeded."))
                }
                Some(Fault::Throttled) if matches!(service.as_str(), "iam" | "elasticloadbalancing") => {
                    Ok(refusal(&service, 400, "Throttling", "Rate exceeded"))
                }
                Some(Fault::Throttled) => Ok(refusal(&service, 400, "ThrottlingException", "Rate exceeded")),
                Some(Fault::ServerError) => {
                    Ok(refusal(&service, 500, "InternalFailure", "An internal error occurred."))
                }
                Some(Fault::ReplyLost) => {
                    inner.call(request).await?;
                    Err(ConnectorError::io("the connection was closed before the reply came".into()))
                }
                Some(Fault::Says(code, message)) => Ok(refusal(&service, 400, code, message)),
                Some(Fault::TimedOut) => Err(ConnectorError::timeout("no reply in time".into())),
            };
            wire.with(|state| {
                state.calls.push(WireCall {
                    mutates: mutates(&operation),
                    service,
                    operation,
                    tagged,
                    status: reply.as_ref().ok().map(|reply| reply.status().as_u16()),
                    fault,
                });
            });
            reply
        })
    }
}

impl HttpClient for Wire {
    fn http_connector(&self, settings: &HttpConnectorSettings, components: &RuntimeComponents) -> SharedHttpConnector {
        let inner = self.inner.http_connector(settings, components);
        SharedHttpConnector::new(WireConnector { inner, wire: self.clone() })
    }
}
