//! Connections: accepted until the process is asked to end, then let finish, for so long and no longer.
//!
//! Beside what `axum::serve` does there is a limit on the time that a client may take over its headers, and one on the
//! time that the end may take.

use std::{convert::Infallible, future::Future, net::SocketAddr, time::Duration};

use axum::{Router, body::Body, extract::ConnectInfo, http::Request};
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    server::graceful::GracefulShutdown,
};
use tokio::{
    net::{TcpListener, TcpStream},
    task::JoinSet,
};
use tower::ServiceExt as _;

/// How long a connection may be without a whole head of a request: slow ones hold nothing for ever. The same clock runs
/// between requests, so it must be longer than a load balancer keeps an idle connection (60 s for those of AWS), or that
/// would send a request into a closing one.
const HEAD: Duration = Duration::from_secs(75);

/// After a refusal to accept for want of file descriptors and the like.
const BREATH: Duration = Duration::from_millis(500);

/// Serves until `end` completes, then takes no new connection and gives the open ones at most `drain`.
pub async fn serve(listener: TcpListener, app: Router, end: impl Future<Output = ()>, drain: Duration) {
    let graceful = GracefulShutdown::new();
    let mut connections = JoinSet::new();
    tokio::pin!(end);
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = &mut end => break,
        };
        match accepted {
            Ok((stream, peer)) => {
                connections.spawn(connection(stream, peer, app.clone(), &graceful));
            }
            Err(error) if is_the_clients(&error) => {}
            Err(error) => {
                tracing::error!(%error, "no connection can be accepted");
                tokio::time::sleep(BREATH).await;
            }
        }
        while connections.try_join_next().is_some() {}
    }
    drop(listener);
    if tokio::time::timeout(drain, graceful.shutdown()).await.is_err() {
        tracing::warn!(connections = connections.len(), drain.seconds = drain.as_secs(), "requests were cut off");
    }
    connections.shutdown().await;
}

fn connection(
    stream: TcpStream,
    peer: SocketAddr,
    app: Router,
    graceful: &GracefulShutdown,
) -> impl Future<Output = ()> + use<> {
    // Events are small and should leave at once; where that cannot be had, they leave a little later.
    let _ = stream.set_nodelay(true);
    let answer = service_fn(move |request: Request<Incoming>| {
        let mut request = request.map(Body::new);
        request.extensions_mut().insert(ConnectInfo(peer));
        let answer = app.clone().oneshot(request);
        async move { Ok::<_, Infallible>(answer.await.unwrap_or_else(|never| match never {})) }
    });
    let served = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD)
        .serve_connection(TokioIo::new(stream), answer);
    let served = graceful.watch(served);
    async move {
        if let Err(error) = served.await {
            // Clients go away in the middle of things.
            tracing::debug!(%error, "a connection broke");
        }
    }
}

/// Gone before it was accepted.
fn is_the_clients(error: &std::io::Error) -> bool {
    use std::io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    matches!(error.kind(), ConnectionRefused | ConnectionAborted | ConnectionReset)
}
