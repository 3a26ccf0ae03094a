//! Puts the parts together and runs them until the process is asked to end.

use std::{future::Future, net::SocketAddr, sync::Arc, time::Duration};

use anyhow::Context as _;
use aws::{AwsClouds, AwsOptions};
use domain::{Clock, Entropy};
use provisioner::{
    cloud::Clouds,
    runner::{Runner, Timing},
    wake::{Changes, Wake},
};
use service::{Memory, Portal, Vault, catalogue};
use tokio::{net::TcpListener, sync::watch, task::JoinHandle};
use tower_sessions::{
    ExpiredDeletion, Expiry, SessionManagerLayer,
    cookie::{SameSite, time},
};

use crate::{
    config::Config,
    database::{Database, Sessions},
    listen, metrics,
    neighbours::Neighbours,
    routes,
    sources::{SystemClock, SystemEntropy},
    state::Portals,
};

/// A session that nobody uses ends after this many hours.
const IDLE_HOURS: i64 = 8;
/// How often sessions that have ended are deleted, requests that waited for too long ended, old drafts forgotten, and
/// secrets that nobody needs any more erased.
const SWEEP: Duration = Duration::from_secs(600);
/// How many runs one process carries out at once. Most of a run is waiting, and what all of them ask of AWS is held back
/// where AWS draws the line: so many that nobody's request waits for those of others to be ready.
const RUNS_AT_ONCE: usize = 500;
/// No call to AWS takes longer, however long a lease lasts.
const LONGEST_CALL: Duration = Duration::from_secs(30);

/// The use cases on the configured database and key.
pub async fn portal(config: &Config) -> anyhow::Result<(Arc<Portal>, Database)> {
    let database = Database::open(config).await?;
    let portal = assemble(config, &database, Arc::new(clouds(config)), Arc::new(SystemClock), Arc::new(SystemEntropy))?;
    portal.publish_builtin().await.context("the built-in templates could not be published")?;
    Ok((portal, database))
}

/// The way to AWS.
pub fn clouds(config: &Config) -> AwsClouds {
    AwsClouds::new(AwsOptions {
        endpoint: config.aws_endpoint.clone(),
        rate: f64::from(config.aws_rate_percent) / 100.0,
        // A lease is renewed when a quarter of it is over: whoever holds it has more than half of it left.
        call_timeout: LONGEST_CALL.min(config.lease / 2),
        ..AwsOptions::default()
    })
}

/// The use cases on given parts; tests bring their own.
pub fn assemble(
    config: &Config,
    database: &Database,
    clouds: Arc<dyn Clouds>,
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
) -> anyhow::Result<Arc<Portal>> {
    let storage = database.storage();
    let vault = Vault::open(config.key.clone(), Arc::clone(&storage), Arc::clone(&entropy))?;
    let prices = catalogue::builtin_prices().map_err(|problem| anyhow::anyhow!("the price table: {problem}"))?;
    Ok(Arc::new(Portal {
        storage,
        clouds,
        clock,
        entropy,
        vault: Arc::new(vault),
        prices,
        installation: config.installation.clone(),
        wake: Arc::new(Wake::default()),
        changes: Arc::new(Changes::default()),
        request_days: config.request_days,
        shelf: catalogue::Shelf::default(),
        memory: Memory::default(),
    }))
}

/// The runner over the same parts.
pub fn runner(portal: &Portal, timing: Timing) -> Runner {
    Runner {
        storage: Arc::clone(&portal.storage),
        clouds: Arc::clone(&portal.clouds),
        secrets: Arc::<Vault>::clone(&portal.vault),
        clock: Arc::clone(&portal.clock),
        entropy: Arc::clone(&portal.entropy),
        wake: Arc::clone(&portal.wake),
        changes: Arc::clone(&portal.changes),
        journal: Arc::default(),
        installation: portal.installation.clone(),
        holder: format!("{}-{}", std::process::id(), domain::ids::readable(&*portal.entropy, 8)),
        timing,
        at_once: RUNS_AT_ONCE,
    }
}

/// The way to other processes on the same database.
pub fn neighbours(portal: &Portal) -> Neighbours {
    Neighbours {
        storage: Arc::clone(&portal.storage),
        changes: Arc::clone(&portal.changes),
        wake: Arc::clone(&portal.wake),
        name: domain::ids::readable(&*portal.entropy, 16),
    }
}

/// The router with its sessions.
pub fn router(state: Portals, sessions: Sessions) -> axum::Router {
    let secure = state.config.is_secure();
    let sessions = SessionManagerLayer::new(sessions)
        .with_name(if secure { "__Host-gantry" } else { "gantry" })
        .with_secure(secure)
        .with_http_only(true)
        .with_same_site(SameSite::Lax)
        .with_path("/")
        .with_expiry(Expiry::OnInactivity(time::Duration::hours(IDLE_HOURS)));
    routes::router(state, sessions)
}

async fn sweep_sessions(sessions: Sessions) {
    loop {
        if let Err(error) = sessions.delete_expired().await {
            tracing::warn!(%error, "sessions that have ended were not deleted; trying again later");
        }
        tokio::time::sleep(SWEEP).await;
    }
}

async fn sweep(portal: Arc<Portal>) {
    loop {
        match portal.expire_requests().await {
            Ok(0) => {}
            Ok(ended) => tracing::info!(ended, "ended requests that had waited for too long"),
            Err(error) => tracing::warn!(error = %error, "old requests were not ended; trying again later"),
        }
        match portal.sweep_drafts().await {
            Ok(0) => {}
            Ok(forgotten) => tracing::info!(forgotten, "forgot drafts that nobody went on with"),
            Err(error) => tracing::warn!(error = %error, "drafts were not swept; trying again later"),
        }
        match portal.sweep_secrets().await {
            Ok(0) => {}
            Ok(erased) => tracing::info!(erased, "erased secrets that nobody needs any more"),
            Err(error) => tracing::warn!(error = %error, "secrets were not swept; trying again later"),
        }
        tokio::time::sleep(SWEEP).await;
    }
}

/// With another key than the database's, secrets could be neither read nor told from broken ones.
async fn check_key(portal: &Portal) -> anyhow::Result<()> {
    match portal.vault.fits(portal.clock.now()).await {
        Ok(Some(false)) => anyhow::bail!(
            "GANTRY_KEY: the key is not the one that the secrets in the database were sealed with; put the copy back that belongs to this database"
        ),
        Ok(_) => Ok(()),
        Err(error) => Err(error).context("the secrets in the database cannot be read"),
    }
}

async fn sweep_answers(portal: Arc<Portal>) {
    loop {
        if let Err(error) = portal.sweep_answers().await {
            tracing::warn!(error = %error, "old answers of the API were not forgotten; trying again later");
        }
        tokio::time::sleep(SWEEP).await;
    }
}

/// Serves until what `listen_for_the_end` returns completes; then closes streams, finishes requests and hands runs over.
pub async fn serve<End: Future<Output = ()>>(
    config: Config,
    listen_for_the_end: impl FnOnce() -> std::io::Result<End>,
) -> anyhow::Result<()> {
    let (portal, database) = portal(&config).await?;
    check_key(&portal).await?;
    let listener = bind("GANTRY_LISTEN", config.listen).await?;
    if let Some(token) = portal.set_up_token().await? {
        println!("No account yet. Make the first one within the hour:\n  {}/set-up?token={token}", config.public_url);
    }
    let (stop, stopped) = watch::channel(false);
    // Before the runner: what it takes up at once counts.
    let counted = config.metrics_listen.map(|_| metrics::start()).transpose()?;
    let timing = Timing { lease: config.lease, ..Timing::default() };
    let runs = tokio::spawn(runner(&portal, timing).run(stopped.clone()));
    let mut beside = vec![
        tokio::spawn(sweep_sessions(database.sessions())),
        tokio::spawn(sweep_answers(Arc::clone(&portal))),
        tokio::spawn(sweep(Arc::clone(&portal))),
        tokio::spawn(neighbours(&portal).talk()),
    ];
    let (url, drain, metrics_listen) = (config.public_url.clone(), config.drain, config.metrics_listen);
    let state = Portals::new(portal, config, stopped).with_runner(runs.abort_handle());
    state.begin_to_check();
    if let (Some(address), Some(handle)) = (metrics_listen, counted) {
        let listener = bind("GANTRY_METRICS_LISTEN", address).await?;
        tracing::info!(listen.address = %listener.local_addr()?, "metrics are served");
        let app = metrics::router(state.clone(), handle.clone());
        beside.push(tokio::spawn(metrics::keep_small(handle)));
        beside.push(tokio::spawn(listen::serve(listener, app, std::future::pending(), Duration::ZERO)));
    }
    // Whoever reads that it is ready may ask it to end at once.
    let end = listen_for_the_end().context("the process cannot listen for signals")?;
    tracing::info!(url, listen.address = %listener.local_addr()?, "gantry is ready");
    let end = async move {
        end.await;
        tracing::info!("ending: streams are closed, runs handed over");
        // Nobody listening is no error.
        let _ = stop.send(true);
    };
    listen::serve(listener, router(state, database.sessions()), end, drain).await;
    runs.await.context("the runner ended unexpectedly")?;
    beside.iter().for_each(JoinHandle::abort);
    database.close().await;
    tracing::info!("ended");
    Ok(())
}

async fn bind(setting: &str, address: SocketAddr) -> anyhow::Result<TcpListener> {
    TcpListener::bind(address).await.with_context(|| {
        format!("{setting}: {address} cannot be listened on; end what listens there, or set another address")
    })
}
