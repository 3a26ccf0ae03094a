//! What is counted and measured, for Prometheus. `/metrics` has a listener of its own (`GANTRY_METRICS_LISTEN`), so that
//! no rule of a proxy decides who may read it. Labels only have values from closed sets: never an id or a name.

use std::{fmt::Write as _, sync::OnceLock, time::Duration};

use axum::{
    Router,
    extract::State,
    http::{Method, StatusCode, header},
    response::{IntoResponse, Response},
    routing::get,
};
use domain::{DateTime, Utc, request::RequestStatus, run::RunStatus};
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

/// What a metric is to Prometheus.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sort {
    /// Only grows while the process lives.
    Counter,
    /// As it is now.
    Gauge,
    /// Seconds, in buckets.
    Histogram,
}

/// One metric.
#[derive(Debug)]
pub struct Metric {
    /// Its name.
    pub name: &'static str,
    /// What it is to Prometheus.
    pub sort: Sort,
    /// The names of its labels.
    pub labels: &'static [&'static str],
    /// What it counts or measures.
    pub meaning: &'static str,
    /// When somebody should look.
    pub alarm: &'static str,
}

const fn metric(
    name: &'static str,
    sort: Sort,
    labels: &'static [&'static str],
    meaning: &'static str,
    alarm: &'static str,
) -> Metric {
    Metric { name, sort, labels, meaning, alarm }
}

/// All of them: the table in `docs/deploy.md` is this one.
pub const METRICS: &[Metric] = &[
    metric(
        "gantry_http_requests_total",
        Sort::Counter,
        &["method", "route", "status"],
        "requests answered",
        "5xx of more than 1 %",
    ),
    metric(
        "gantry_http_request_seconds",
        Sort::Histogram,
        &["method", "route"],
        "time until the head of an answer",
        "",
    ),
    metric("gantry_event_streams", Sort::Gauge, &[], "event streams that are open", ""),
    metric("gantry_requests", Sort::Gauge, &["status"], "requests that wait for somebody", ""),
    metric(
        "gantry_runs",
        Sort::Gauge,
        &["status"],
        "runs that are not over; `queued` is the length of the queue",
        "`needs_attention` above 0; `queued` that does not fall",
    ),
    metric(
        "gantry_oldest_queued_run_seconds",
        Sort::Gauge,
        &[],
        "how long the oldest queued run has waited; 0 without one",
        "more than the longest run of a stack takes",
    ),
    metric("gantry_runs_total", Sort::Counter, &["status"], "runs that a runner left, by the state they are in", ""),
    metric("gantry_steps_total", Sort::Counter, &["kind", "act", "verb", "outcome"], "steps that ended", ""),
    metric("gantry_step_seconds", Sort::Histogram, &["kind", "act", "verb"], "time that a step took", ""),
    metric(
        "gantry_aws_calls_total",
        Sort::Counter,
        &["service", "operation", "outcome"],
        "calls to AWS",
        "`throttled`, `denied`",
    ),
    metric("gantry_aws_call_seconds", Sort::Histogram, &["service"], "time that a call to AWS took", ""),
    metric(
        "gantry_aws_turn_seconds",
        Sort::Histogram,
        &["bucket"],
        "time that a call waited for its turn, so that AWS does not throttle",
        "waits of minutes: AWS's limits are the bottleneck",
    ),
    metric(
        "gantry_aws_retries_total",
        Sort::Counter,
        &["class"],
        "refusals of AWS after which it was tried again",
        "`throttled`, `unavailable`; `busy` and `propagating` are everyday",
    ),
    metric(
        "gantry_lease_takeovers_total",
        Sort::Counter,
        &[],
        "runs taken up from a process that ended or died",
        "more than restarts explain",
    ),
    metric(
        "gantry_database_connections",
        Sort::Gauge,
        &["pool", "state"],
        "connections to the database",
        "no `idle` writer for minutes",
    ),
    metric("gantry_build_info", Sort::Gauge, &["version"], "the version that runs", ""),
];

fn describe() {
    for Metric { name, sort, meaning, .. } in METRICS {
        match sort {
            Sort::Counter => describe_counter!(*name, *meaning),
            Sort::Gauge => describe_gauge!(*name, *meaning),
            Sort::Histogram => describe_histogram!(*name, Unit::Seconds, *meaning),
        }
    }
    // What has not happened yet is told as such.
    counter!("gantry_lease_takeovers_total").increment(0);
    gauge!("gantry_event_streams").set(0.0);
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
    if let Err(error) = waiting(storage, state.portal.clock.now()).await {
        error::log(&error.into());
        return StatusCode::SERVICE_UNAVAILABLE.into_response();
    }
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], handle.render()).into_response()
}

async fn waiting(storage: &dyn Storage, now: DateTime<Utc>) -> storage::Result<()> {
    let mut tx = storage.begin_read().await?;
    for status in RequestStatus::ALL.iter().filter(|status| !status.is_final()) {
        let filter = RequestFilter { statuses: vec![*status], ..RequestFilter::default() };
        let count = tx.count_requests(&filter).await?;
        #[expect(clippy::cast_precision_loss, reason = "nobody has 2^52 requests")]
        gauge!("gantry_requests", "status" => status.as_str()).set(count as f64);
    }
    for status in RunStatus::ALL.iter().filter(|status| !status.is_final()) {
        let runs = tx.list_runs_by_status(&[*status], None, MANY).await?;
        #[expect(clippy::cast_precision_loss, reason = "at most MANY")]
        gauge!("gantry_runs", "status" => status.as_str()).set(runs.len() as f64);
        if *status == RunStatus::Queued {
            let since = runs.iter().map(|run| run.created_at).min();
            let waited = since.and_then(|since| (now - since).to_std().ok()).unwrap_or_default();
            gauge!("gantry_oldest_queued_run_seconds").set(waited.as_secs_f64());
        }
    }
    Ok(())
}

/// The table in `docs/deploy.md`.
pub fn table() -> String {
    let mut table = String::from("| metric | labels | is | worth an alarm |\n| --- | --- | --- | --- |\n");
    for Metric { name, labels, meaning, alarm, .. } in METRICS {
        let labels = labels.iter().map(|label| format!("`{label}`")).collect::<Vec<_>>().join(", ");
        // Writing to a string cannot fail.
        let _ = writeln!(table, "| `{name}` | {labels} | {meaning} | {alarm} |");
    }
    table
}

#[cfg(test)]
mod tests {
    use std::{collections::BTreeSet, fs, path::Path};

    use super::*;

    const DEPLOY: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/deploy.md");
    const BEGIN: &str = "<!-- metrics: written by the tests of gantry-server -->\n";
    const END: &str = "<!-- metrics end -->";

    /// `GANTRY_WRITE_DOCS=1 cargo test -p gantry-server --lib metrics` writes it.
    #[test]
    fn the_document_has_the_table_of_the_code() {
        let document = fs::read_to_string(DEPLOY).unwrap();
        let (before, rest) = document.split_once(BEGIN).unwrap();
        let (written, after) = rest.split_once(END).unwrap();
        if std::env::var_os("GANTRY_WRITE_DOCS").is_some() {
            fs::write(DEPLOY, [before, BEGIN, &table(), END, after].concat()).unwrap();
            return;
        }
        assert_eq!(written, table(), "the table in docs/deploy.md is out of date; see the comment on this test");
    }

    /// The names that any of the sources counts or measures under.
    fn used(folder: &Path, names: &mut BTreeSet<String>) {
        for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
            let path = entry.path();
            if path.is_dir() {
                used(&path, names);
            } else if path.extension().is_some_and(|kind| kind == "rs") {
                let text = fs::read_to_string(&path).unwrap();
                for sort in ["counter!(", "gauge!(", "histogram!("] {
                    let named = text.split(sort).skip(1).filter_map(|rest| rest.trim_start().strip_prefix('"'));
                    let named = named.filter_map(|rest| rest.split('"').next());
                    names.extend(named.filter(|name| name.starts_with("gantry_")).map(str::to_owned));
                }
            }
        }
    }

    #[test]
    fn every_metric_of_the_sources_is_in_the_table() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        let mut names = BTreeSet::new();
        for folder in ["server/src", "crates/aws/src", "crates/provisioner/src", "crates/service/src"] {
            used(&root.join(folder), &mut names);
        }
        let known: BTreeSet<_> = METRICS.iter().map(|metric| metric.name.to_owned()).collect();
        assert_eq!(names, known);
    }
}
