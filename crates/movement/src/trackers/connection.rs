//! One TCP connection of a tracker: frames out of whatever segments come, each answered when its positions are durable.

use super::{Rejected, Trackers, pace::Pace};
use crate::views::DeviceRow;
use devices::{DecodeError, Message, Protocol};
use parking_lot::Mutex;
use std::{io, sync::Arc, time::Duration};
use tokio::{
    io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _},
    time::timeout,
};

/// How long a device is waited for. A network that goes away says nothing: the other half of the connection stays open.
#[derive(Debug, Clone, Copy)]
struct Patience {
    /// Until it has said who it is.
    login: Duration,
    /// Afterwards; trackers send a heartbeat every few minutes.
    idle: Duration,
    /// Until it reads its answers.
    write: Duration,
}

const PATIENCE: Patience = Patience {
    login: Duration::from_secs(30),
    idle: Duration::from_secs(15 * 60),
    write: Duration::from_secs(10),
};

/// Bad frames of one connection. One can be the network's fault; more are the device's.
const BAD_FRAMES_MAX: u32 = 10;
/// Frames that share one commit.
const FRAMES_AT_ONCE: usize = 32;
/// What one read takes.
const READ_BYTES: usize = 1024;

/// Why a connection ends.
#[derive(Debug, thiserror::Error)]
pub(super) enum Ended {
    #[error("the device said goodbye")]
    Closed,
    #[error("nothing came in time")]
    Idle,
    #[error(transparent)]
    Io(#[from] io::Error),
    #[error("the stream is not of the protocol: {0}")]
    Frame(#[from] DecodeError),
    #[error(transparent)]
    Rejected(#[from] Rejected),
}

pub(super) struct Connection<S> {
    stream: S,
    protocol: Protocol,
    trackers: Trackers,
    received: Vec<u8>,
    device: Option<Arc<DeviceRow>>,
    /// Its own until the device is known, then the device's.
    pace: Arc<Mutex<Pace>>,
    bad_frames: u32,
    patience: Patience,
}

impl<S: AsyncRead + AsyncWrite + Unpin> Connection<S> {
    pub(super) fn new(stream: S, protocol: Protocol, trackers: Trackers) -> Self {
        Self {
            stream,
            protocol,
            trackers,
            received: Vec::new(),
            device: None,
            pace: Arc::default(),
            bad_frames: 0,
            patience: PATIENCE,
        }
    }

    /// Serves it to its end.
    pub(super) async fn run(mut self) -> Ended {
        loop {
            if let Err(ended) = self.step().await {
                match &ended {
                    Ended::Frame(error) => self.trackers.meter().refused(self.protocol, error.code()),
                    Ended::Rejected(rejected) => {
                        self.trackers.meter().refused(self.protocol, rejected.code())
                    }
                    Ended::Closed | Ended::Idle | Ended::Io(_) => {}
                }
                return ended;
            }
        }
    }

    async fn step(&mut self) -> Result<(), Ended> {
        let patience = if self.device.is_some() { self.patience.idle } else { self.patience.login };
        let length = timeout(patience, self.next_frame()).await.map_err(|_| Ended::Idle)??;
        while let Err(wait) = self.admit() {
            // Not read, a flood waits in the device's own queue.
            tokio::time::sleep(wait).await;
        }
        match self.decode(length) {
            None => self.consume(length),
            Some(Ok(message)) => {
                self.consume(length);
                let mut messages = vec![message];
                self.gather(&mut messages);
                self.take(&messages).await?;
            }
            Some(Err(error)) => {
                self.consume(length);
                self.bad_frames += 1;
                if self.bad_frames >= BAD_FRAMES_MAX {
                    return Err(error.into());
                }
                self.trackers.meter().refused(self.protocol, error.code());
            }
        }
        Ok(())
    }

    fn admit(&self) -> Result<(), Duration> {
        self.pace.lock().admit(self.trackers.now())
    }

    /// Adds the frames of the same device that have come behind the first and are good: they share its commit.
    fn gather(&mut self, messages: &mut Vec<Message>) {
        if self.device.is_none() {
            // What its clock shows is known when it is.
            return;
        }
        while messages.len() < FRAMES_AT_ONCE {
            let Ok(Some(length)) = self.protocol.frame_length(&self.received) else { return };
            if length > self.received.len() {
                return;
            }
            match self.decode(length) {
                None => self.consume(length),
                Some(Ok(message)) => {
                    let first = messages.first().and_then(|message| message.device.as_ref());
                    let is_another = message.device.is_some() && message.device.as_ref() != first;
                    if is_another || self.admit().is_err() {
                        return;
                    }
                    self.consume(length);
                    messages.push(message);
                }
                // It is dealt with when it is the first.
                Some(Err(_)) => return,
            }
        }
    }

    /// The first frame's message; none for the blank lines between H02's sentences.
    fn decode(&self, length: usize) -> Option<Result<Message, DecodeError>> {
        let frame = self.received.get(..length).unwrap_or_default();
        let is_blank = self.protocol == Protocol::H02 && frame.trim_ascii().is_empty();
        (!is_blank).then(|| self.protocol.decode(frame, self.trackers.time_of(self.device.as_deref())))
    }

    fn consume(&mut self, length: usize) {
        self.trackers.meter().frame(self.protocol);
        self.received.drain(..length.min(self.received.len()));
        if self.received.is_empty() {
            // Thousands of devices wait for minutes between two frames.
            self.received = Vec::new();
        }
    }

    /// How long the first frame is, once all of it has come.
    async fn next_frame(&mut self) -> Result<usize, Ended> {
        loop {
            if let Some(length) = self.protocol.frame_length(&self.received)?
                && length <= self.received.len()
            {
                return Ok(length);
            }
            self.received.reserve(READ_BYTES);
            if (&mut self.stream).take(READ_BYTES as u64).read_buf(&mut self.received).await? == 0 {
                return Err(Ended::Closed);
            }
        }
    }

    /// Keeps what one device has said, then answers it.
    async fn take(&mut self, messages: &[Message]) -> Result<(), Ended> {
        let Some(first) = messages.first() else { return Ok(()) };
        let device = match self.trackers.identify(self.protocol, first, self.device.as_ref(), None).await {
            Ok(device) => device,
            Err(rejected) => {
                if self.protocol == Protocol::Teltonika && first.kind == "login" {
                    self.answer(&devices::teltonika::login_reply(false)).await?;
                }
                return Err(rejected.into());
            }
        };
        let kept = self.trackers.keep(self.protocol, &device, messages).await;
        kept.map_err(Rejected::from)?;
        if self.device.as_ref().is_none_or(|known| known.id != device.id) {
            self.pace = self.trackers.pace_of(self.protocol, &device.identifier);
        }
        self.device = Some(device);
        let replies: Vec<u8> =
            messages.iter().filter_map(|message| message.reply.as_deref()).flatten().copied().collect();
        if replies.is_empty() { Ok(()) } else { self.answer(&replies).await }
    }

    async fn answer(&mut self, bytes: &[u8]) -> Result<(), Ended> {
        timeout(self.patience.write, self.stream.write_all(bytes)).await.map_err(|_| Ended::Idle)??;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        test_bench::{NOW, StoppedClock, bench, driver, tenant},
        trackers::{Registry, TrackerMeter},
    };
    use kernel::{DeviceId, OrganisationId, TypedId, Uuid};
    use store::{Store, StoreUrl};
    use tokio::io::{DuplexStream, duplex};

    const NEVER: Duration = Duration::from_secs(3600);
    const SOON: Duration = Duration::from_millis(20);

    /// A connection with a network that takes 64 bytes, and the device's end of it.
    async fn connection(patience: Patience) -> (Connection<DuplexStream>, DuplexStream) {
        let registry = Registry::new(Store::open(&StoreUrl::Memory).await.unwrap());
        let (positions, clock) = (bench().await.positions, Arc::new(StoppedClock(NOW)));
        let trackers = Trackers::new(registry, positions, clock, TrackerMeter::default());
        let (ours, theirs) = duplex(64);
        (Connection { patience, ..Connection::new(ours, Protocol::Gt06, trackers) }, theirs)
    }

    fn device() -> Arc<DeviceRow> {
        Arc::new(DeviceRow {
            id: DeviceId::from_uuid(Uuid::from_u128(1)),
            tenant: tenant(),
            carrier: OrganisationId::from_uuid(Uuid::from_u128(9)),
            driver: driver(),
            protocol: Protocol::Gt06.name().to_owned(),
            identifier: "353376110023196".to_owned(),
            secret_hash: None,
            bound_at: NOW,
            utc_offset_minutes: None,
        })
    }

    #[tokio::test]
    async fn who_connects_and_says_nothing_is_let_go() {
        let (connection, _silent) = connection(Patience { login: SOON, idle: NEVER, write: NEVER }).await;
        assert!(matches!(connection.run().await, Ended::Idle));
    }

    #[tokio::test]
    async fn a_device_whose_network_is_gone_in_the_middle_of_a_frame_is_let_go() {
        let (mut connection, mut gone) =
            connection(Patience { login: NEVER, idle: SOON, write: NEVER }).await;
        connection.device = Some(device());
        gone.write_all(&[0x78, 0x78, 0x0d]).await.unwrap();
        assert!(matches!(connection.run().await, Ended::Idle));
    }

    #[tokio::test]
    async fn a_device_that_does_not_read_its_answers_is_let_go() {
        let (mut connection, _deaf) = connection(Patience { login: NEVER, idle: NEVER, write: SOON }).await;
        connection.answer(&[0; 64]).await.unwrap();
        assert!(matches!(connection.answer(&[0]).await, Err(Ended::Idle)));
    }
}
