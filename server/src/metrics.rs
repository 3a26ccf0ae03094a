//! What is counted and measured, for Prometheus. `/metrics` has a listener of its own (`GANTRY_METRICS_LISTEN`), so that
//! no rule of a proxy decides who may read it. Labels only have values from closed sets: never an id or a name.

use std::{sync::OnceLock, time::Duration};

use axum::{
    Router,
    extract::State,
    http::{Method, StatusCode, header},
    response::{IntoResponse, Response},
    routing::get,
};
use domain::{request::RequestStatus, run::RunStatus};
use metrics::{Unit, counter, describe_counter, describe_gauge, describe_histogram, gauge, histogram};
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};
use storage::{RequestFilter, Storage};

use crate::{error, state::Portals};

/// What is measured in these is drained at least this often, so that it takes no room when nobody asks.
const UPKEEP: Duration = Duration::from_secs(5);

const SECONDS: [f64; 12] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0, 30.0];
/// Steps wait for AWS.
const STEP_SECONDS: [f64; 9] = [0.5, 1.0, 5.0, 15.0, 30.0, 60.0, 180.0, 600.0, 1800.0];

/// At most so many runs of a state are counted one by one.
const MANY: u32 = 1000;

/// Begins to count, once per process.
pub fn start() -> anyhow::Result<PrometheusHandle> {
    static HANDLE: OnceLock<PrometheusHandle> = OnceLock::new();
    if let Some(handle) = HANDLE.get() {
        return Ok(handle.clone());
    }
    let handle = PrometheusBuilder::new()
        .set_buckets(&SECONDS)?
        .set_buckets_for_metric(Matcher::Full("gantry_step_seconds".to_owned()), &STEP_SECONDS)?
        .install_recorder()?;
    describe();
    gauge!("gantry_build_info", "version" => env!("CARGO_PKG_VERSION")).set(1.0);
    Ok(HANDLE.get_or_init(|| handle).clone())
}

fn describe() {
    describe_counter!("gantry_http_requests_total", "Requests answered, by route and status");
    describe_histogram!("gantry_http_request_seconds", Unit::Seconds, "Time until the head of an answer, by route");
    describe_gauge!("gantry_event_streams", "Event streams that are open");
    describe_counter!("gantry_runs_total", "Runs that a runner left, by the state they are in");
    describe_counter!("gantry_steps_total", "Steps that ended, by kind, act and outcome");
    describe_histogram!("gantry_step_seconds", Unit::Seconds, "Time that a step took, by kind and act");
    describe_counter!("gantry_aws_calls_total", "Calls to AWS, by service, operation and outcome");
    describe_histogram!("gantry_aws_call_seconds", Unit::Seconds, "Time that a call to AWS took, by service");
    describe_histogram!("gantry_aws_turn_seconds", Unit::Seconds, "Time that a call waited for its turn, by bucket");
    describe_counter!("gantry_aws_retries_total", "Refusals of AWS after which it was tried again, by class");
    describe_counter!(
        "gantry_lease_takeovers_total",
        "Runs taken up with steps under way, from a process that ended or died"
    );
    describe_gauge!("gantry_requests", "Requests that wait for somebody, by state");
    describe_gauge!("gantry_runs", "Runs that are not over, by state");
    describe_gauge!("gantry_database_connections", "Connections to the database, by pool and whether they are busy");
    describe_gauge!("gantry_build_info", "The version that runs");
}

/// A request was answered.
pub fn answered(method: &Method, route: &str, status: u16, taken: Duration) {
    let method = match method.as_str() {
        known @ ("GET" | "HEAD" | "POST" | "PUT" | "PATCH" | "DELETE" | "OPTIONS") => known.to_owned(),
        _ => "other".to_owned(),
    };
    let route = route.to_owned();
    histogram!("gantry_http_request_seconds", "method" => method.clone(), "route" => route.clone()).record(taken);
    counter!("gantry_http_requests_total", "method" => method, "route" => route, "status" => status.to_string())
        .increment(1);
}

/// An open event stream; dropped with it.
pub struct StreamOpen(());

impl StreamOpen {
    /// One more.
    #[expect(clippy::new_without_default, reason = "it counts: nobody should get one by default")]
    pub fn new() -> Self {
        gauge!("gantry_event_streams").increment(1.0);
        Self(())
    }
}

impl Drop for StreamOpen {
    fn drop(&mut self) {
        gauge!("gantry_event_streams").decrement(1.0);
    }
}

/// `GET /metrics` and nothing else.
pub fn router(state: Portals, handle: PrometheusHandle) -> Router {
    Router::new().route("/metrics", get(show)).with_state((state, handle))
}

/// Keeps what is measured small while nobody asks for it.
pub async fn keep_small(handle: PrometheusHandle) {
    let mut interval = tokio::time::interval(UPKEEP);
    loop {
        interval.tick().await;
        handle.run_upkeep();
    }
}

async fn show(State((state, handle)): State<(Portals, PrometheusHandle)>) -> Response {
    let storage = &*state.portal.storage;
    for pool in storage.pools() {
        let connections = |state, number: u32| {
            gauge!("gantry_database_connections", "pool" => pool.name, "state" => state).set(f64::from(number));
        };
        connections("idle", pool.idle);
        connections("busy", pool.open.saturating_sub(pool.idle));
    }
    // What waits is read now: other processes change it, too.
    if let Err(error) = waiting(storage).await {
        error::log(&error.into());
        return StatusCode::SERVICE_UNAVAILABLE.into_response();
    }
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], handle.render()).into_response()
}

async fn waiting(storage: &dyn Storage) -> storage::Result<()> {
    let mut tx = storage.begin_read().await?;
    for status in RequestStatus::ALL.iter().filter(|status| !status.is_final()) {
        let filter = RequestFilter { statuses: vec![*status], ..RequestFilter::default() };
        let count = tx.count_requests(&filter).await?;
        #[expect(clippy::cast_precision_loss, reason = "nobody has 2^52 requests")]
        gauge!("gantry_requests", "status" => status.as_str()).set(count as f64);
    }
    for status in RunStatus::ALL.iter().filter(|status| !status.is_final()) {
        let count = tx.list_runs_by_status(&[*status], None, MANY).await?.len();
        #[expect(clippy::cast_precision_loss, reason = "at most MANY")]
        gauge!("gantry_runs", "status" => status.as_str()).set(count as f64);
    }
    Ok(())
}
