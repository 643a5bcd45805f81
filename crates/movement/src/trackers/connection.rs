//! One TCP connection of a tracker: frames out of whatever segments come, each answered when its positions are durable.

use super::{Rejected, Trackers, pace::Pace};
use crate::views::DeviceRow;
use devices::{DecodeError, Message, Protocol};
use std::{io, sync::Arc, time::Duration};
use tokio::{
    io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _},
    time::timeout,
};

/// Until a device has said who it is.
const LOGIN_TIMEOUT: Duration = Duration::from_secs(30);
/// Afterwards; trackers send a heartbeat every few minutes.
const IDLE_TIMEOUT: Duration = Duration::from_secs(15 * 60);
/// A device that does not read its answers.
const WRITE_TIMEOUT: Duration = Duration::from_secs(10);
/// Bad frames of one connection. One can be the network's fault; more are the device's.
const BAD_FRAMES_MAX: u32 = 10;
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
    pace: Pace,
    bad_frames: u32,
}

impl<S: AsyncRead + AsyncWrite + Unpin> Connection<S> {
    pub(super) const fn new(stream: S, protocol: Protocol, trackers: Trackers) -> Self {
        Self {
            stream,
            protocol,
            trackers,
            received: Vec::new(),
            device: None,
            pace: Pace::new(),
            bad_frames: 0,
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
        let patience = if self.device.is_some() { IDLE_TIMEOUT } else { LOGIN_TIMEOUT };
        let length = timeout(patience, self.next_frame()).await.map_err(|_| Ended::Idle)??;
        let frame: Vec<u8> = self.received.drain(..length).collect();
        if self.received.is_empty() {
            // Thousands of devices wait for minutes between two frames.
            self.received = Vec::new();
        }
        if frame.trim_ascii().is_empty() && self.protocol == Protocol::H02 {
            return Ok(());
        }
        self.trackers.meter().frame(self.protocol);
        while let Err(wait) = self.pace.admit(self.trackers.now()) {
            // Not read, a flood waits in the device's own queue.
            tokio::time::sleep(wait).await;
        }
        match self.protocol.decode(&frame, self.trackers.now()) {
            Ok(message) => self.take(message).await,
            Err(error) => {
                self.bad_frames += 1;
                if self.bad_frames >= BAD_FRAMES_MAX {
                    return Err(error.into());
                }
                self.trackers.meter().refused(self.protocol, error.code());
                Ok(())
            }
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

    async fn take(&mut self, message: Message) -> Result<(), Ended> {
        let device = match self.trackers.identify(self.protocol, &message, self.device.as_ref(), None).await {
            Ok(device) => device,
            Err(rejected) => {
                if self.protocol == Protocol::Teltonika && message.kind == "login" {
                    self.answer(&devices::teltonika::login_reply(false)).await?;
                }
                return Err(rejected.into());
            }
        };
        let kept = self.trackers.keep(self.protocol, &device, &message).await;
        kept.map_err(Rejected::from)?;
        self.device = Some(device);
        match message.reply {
            Some(reply) => self.answer(&reply).await,
            None => Ok(()),
        }
    }

    async fn answer(&mut self, bytes: &[u8]) -> Result<(), Ended> {
        timeout(WRITE_TIMEOUT, self.stream.write_all(bytes)).await.map_err(|_| Ended::Idle)??;
        Ok(())
    }
}
