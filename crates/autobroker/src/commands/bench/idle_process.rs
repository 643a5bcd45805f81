//! What a server costs that nobody asks anything: start, memory, processor, and a thousand silent WebSockets.

use super::{
    child_server::ChildServer,
    figure::{Budget, Figure},
    http_requests::login,
    socket_client::SocketClient,
};
use crate::failure::Failure;
use std::{path::Path, time::Duration};

/// How long idling is watched.
const WATCH: Duration = Duration::from_secs(10);
/// How many WebSockets.
const SOCKETS: u32 = 1000;
/// Ours, which are many in one process too.
const SOCKET_BUFFER_BYTES: usize = 256;

/// The group `process`.
pub async fn measure(binary: &Path, folder: &Path) -> Result<Vec<Figure>, Failure> {
    let server = ChildServer::start(binary, &folder.join("idle")).await?;
    let started = server.started_in.as_secs_f64() * 1000.0;
    let mut figures =
        vec![Figure::new("cold start to ready, empty store", started, "ms", Budget::AtMost(500.0))];
    let before = server.cpu();
    tokio::time::sleep(WATCH).await;
    if let Some((after, before)) = server.cpu().zip(before) {
        let share = after.saturating_sub(before).as_secs_f64() / WATCH.as_secs_f64() * 100.0;
        figures.push(Figure::new("idle CPU", share, "%", Budget::AtMost(1.0)));
    }
    figures.extend(server.memory_mb().map(|mb| Figure::new("idle memory", mb, "MB", Budget::AtMost(80.0))));
    server.stop().await?;
    Ok(figures)
}

/// The group `sockets`.
pub async fn measure_sockets(binary: &Path, folder: &Path) -> Result<Vec<Figure>, Failure> {
    let grown = memory_of_sockets(binary, &folder.join("sockets"), SOCKETS).await?;
    let name = format!("{SOCKETS} idle WebSockets, memory");
    Ok(grown.into_iter().map(|mb| Figure::new(name.clone(), mb, "MB", Budget::AtMost(20.0))).collect())
}

/// The group `tracking.sockets`.
pub async fn measure_many_sockets(
    binary: &Path,
    folder: &Path,
    sockets: u32,
) -> Result<Vec<Figure>, Failure> {
    let grown = memory_of_sockets(binary, &folder.join("many-sockets"), sockets).await?;
    let name = format!("each of {sockets} idle WebSockets, memory");
    let kibibytes = |mb: f64| mb * 1e6 / 1024.0 / f64::from(sockets);
    let figure = |mb| Figure::new(name.clone(), kibibytes(mb), "KiB", Budget::AtMost(8.0));
    Ok(grown.into_iter().map(figure).collect())
}

/// What a process grows by for so many sockets, in MB; `None` where the system does not tell. Reckoned from what the last
/// three quarters of them add: what the start has left behind is given back meanwhile, and would flatter.
async fn memory_of_sockets(binary: &Path, folder: &Path, sockets: u32) -> Result<Option<f64>, Failure> {
    let connections = (sockets + 100).to_string();
    let server = ChildServer::start_with(binary, folder, &["--connections", &connections]).await?;
    let token = login(&server.authority).await?;
    let few = sockets / 4;
    let mut before = None;
    let mut open = Vec::new();
    for number in 1..=sockets {
        if number == few + 1 {
            before = server.memory_mb();
        }
        open.push(
            SocketClient::open(&server.authority, &token, SOCKET_BUFFER_BYTES)
                .await
                .map_err(|error| Failure::Network(format!("WebSocket {number} of {sockets}: {error}")))?,
        );
    }
    let grown = server.memory_mb().zip(before).map(|(after, before)| after - before);
    drop(open);
    server.stop().await?;
    Ok(grown.map(|mb| mb * f64::from(sockets) / f64::from(sockets - few)))
}
