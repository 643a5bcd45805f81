//! Accepts the TCP connections of trackers.

use super::{Trackers, connection::Connection, places::Places};
use devices::Protocol;
use std::time::Duration;
use tokio::{net::TcpListener, sync::watch, task::JoinSet};

/// How long to wait after the system had no file descriptor left for a connection.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// Serves a protocol on a listener until `stop` turns true or its sender is gone; then the connections are cut: a device
/// sends again what was not acknowledged.
pub async fn serve_connections(
    listener: TcpListener,
    protocol: Protocol,
    trackers: Trackers,
    mut stop: watch::Receiver<bool>,
) {
    let places = Places::new();
    let mut connections = JoinSet::new();
    let stopped = async move { drop(stop.wait_for(|stop| *stop).await) };
    tokio::pin!(stopped);
    loop {
        let Some(room) = places.room().await else { return };
        let accepted = tokio::select! {
            () = &mut stopped => return,
            accepted = listener.accept() => accepted,
        };
        while connections.try_join_next().is_some() {}
        match accepted {
            Ok((stream, peer)) => {
                let Some(place) = places.give(room, peer.ip()) else {
                    trackers.meter().refused(protocol, "address.full");
                    continue;
                };
                let connection = Connection::new(stream, protocol, trackers.clone());
                let connected = trackers.meter().connected(protocol);
                connections.spawn(async move {
                    let ended = connection.run().await;
                    tracing::debug!(%peer, protocol = protocol.name(), %ended, "a tracker's connection ended");
                    drop((place, connected));
                });
            }
            Err(error) => {
                tracing::warn!(%error, protocol = protocol.name(), "a tracker's connection cannot be accepted");
                tokio::time::sleep(ACCEPT_PAUSE).await;
            }
        }
    }
}
