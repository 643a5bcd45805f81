//! The UDP datagrams of trackers. A datagram's source can be forged: what is believed of one is no more than what its
//! protocol lets a device say over TCP without a secret.

use super::{Rejected, Trackers};
use crate::views::DeviceRow;
use devices::{Message, Protocol};
use moka::sync::Cache;
use std::{net::SocketAddr, sync::Arc, time::Duration};
use tokio::{
    net::UdpSocket,
    sync::{Semaphore, watch},
    task::JoinSet,
};

/// The largest datagram that any of the protocols sends.
const DATAGRAM_BYTES_MAX: usize = 4096;
/// Datagrams that are worked on at the same time; one that comes beyond is dropped, and its device sends it again.
const UNDER_WAY_MAX: usize = 1024;
/// Devices that said who they are in an earlier datagram.
const PEERS_MAX: u64 = 100_000;
const PEERS_FOR: Duration = Duration::from_secs(15 * 60);

/// Serves a protocol on a socket until `stop` turns true or its sender is gone.
pub async fn serve_datagrams(
    socket: UdpSocket,
    protocol: Protocol,
    trackers: Trackers,
    mut stop: watch::Receiver<bool>,
) {
    let peers = Peers::new(protocol, trackers);
    let socket = Arc::new(socket);
    let places = Arc::new(Semaphore::new(UNDER_WAY_MAX));
    let mut under_way = JoinSet::new();
    let stopped = async move { drop(stop.wait_for(|stop| *stop).await) };
    tokio::pin!(stopped);
    let mut buffer = vec![0; DATAGRAM_BYTES_MAX];
    loop {
        let received = tokio::select! {
            () = &mut stopped => return,
            received = socket.recv_from(&mut buffer) => received,
        };
        while under_way.try_join_next().is_some() {}
        // Another datagram's rejection by its receiver is reported here; this socket is well.
        let Ok((length, peer)) = received else { continue };
        let Ok(place) = Arc::clone(&places).try_acquire_owned() else {
            peers.trackers.meter().refused(protocol, "overload");
            continue;
        };
        let datagram = buffer.get(..length).unwrap_or_default().to_vec();
        let (peers, socket) = (peers.clone(), Arc::clone(&socket));
        under_way.spawn(async move {
            if let Some(reply) = peers.answer(&datagram, peer).await
                && let Err(error) = socket.send_to(&reply, peer).await
            {
                tracing::debug!(%peer, %error, "a tracker cannot be answered");
            }
            drop(place);
        });
    }
}

/// What is remembered of the senders; clones share it.
#[derive(Clone)]
struct Peers {
    protocol: Protocol,
    trackers: Trackers,
    devices: Cache<SocketAddr, Arc<DeviceRow>>,
}

impl Peers {
    fn new(protocol: Protocol, trackers: Trackers) -> Self {
        let devices = Cache::builder().max_capacity(PEERS_MAX).time_to_idle(PEERS_FOR).build();
        Self { protocol, trackers, devices }
    }

    /// The answer to a datagram; none when nothing of it is kept.
    async fn answer(&self, datagram: &[u8], peer: SocketAddr) -> Option<Vec<u8>> {
        let meter = self.trackers.meter();
        meter.frame(self.protocol);
        let known = self.devices.get(&peer);
        let time = self.trackers.time_of(known.as_deref());
        let message = match self.protocol.decode(datagram, time) {
            Ok(message) => message,
            Err(error) => {
                meter.refused(self.protocol, error.code());
                return None;
            }
        };
        match self.take(&message, peer, known.as_ref()).await {
            Ok(()) => message.reply,
            Err(rejected) => {
                meter.refused(self.protocol, rejected.code());
                None
            }
        }
    }

    async fn take(
        &self,
        message: &Message,
        peer: SocketAddr,
        known: Option<&Arc<DeviceRow>>,
    ) -> Result<(), Rejected> {
        let device = self.trackers.identify(self.protocol, message, known, None).await?;
        self.trackers.admit(self.protocol, &device)?;
        self.trackers.keep(self.protocol, &device, std::slice::from_ref(message)).await?;
        self.devices.insert(peer, device);
        Ok(())
    }
}
