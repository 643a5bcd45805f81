//! The agent that durable commands are measured with: one event, an indexed view row and a timer each.

use contracts::events;
use kernel::{Refusal, Timestamp, id_type};
use runtime::{Agent, Context, TimerOp};
use serde::{Deserialize, Serialize};
use std::time::Duration;

id_type!(ParcelId, "pcl", "A parcel of the measurement.");

/// It was posted.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Posted {
    /// By whom.
    pub sender: String,
    /// How heavy.
    pub weight_kg: i64,
    /// What is inside; makes the payload as long as a shipment's.
    pub contents: String,
}

/// Its window closed.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Closed {}

events! {
    /// What happens to a parcel.
    pub enum ParcelEvent(schema 1) {
        /// It was posted.
        "parcel.posted" => Posted(Posted),
        /// Its window closed.
        "parcel.closed" => Closed(Closed),
    }
}

/// The state.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Parcel {
    posted: bool,
    closed: bool,
    weight_kg: i64,
    sender: String,
}

/// What it can be asked.
pub enum ParcelCommand {
    /// Exist.
    Post(Posted),
    /// End.
    Close,
}

impl Agent for Parcel {
    type Id = ParcelId;
    type Command = ParcelCommand;
    type Event = ParcelEvent;
    const KIND: &'static str = "parcel";
    const SNAPSHOT: u32 = 1;

    fn decide(&self, command: &ParcelCommand, _now: Timestamp) -> Result<Vec<ParcelEvent>, Refusal> {
        match command {
            ParcelCommand::Post(_) if self.closed => {
                Err(Refusal::conflict("parcel.closed", "the parcel's window is closed"))
            }
            ParcelCommand::Post(posted) => Ok(vec![posted.clone().into()]),
            ParcelCommand::Close if self.closed => Ok(Vec::new()),
            ParcelCommand::Close => Ok(vec![Closed {}.into()]),
        }
    }

    fn evolve(&mut self, event: &ParcelEvent, _at: Timestamp) {
        match event {
            ParcelEvent::Posted(posted) => {
                self.posted = true;
                self.weight_kg = posted.weight_kg;
                self.sender.clone_from(&posted.sender);
            }
            ParcelEvent::Closed(_) => self.closed = true,
        }
    }

    fn timers(&self, event: &ParcelEvent, at: Timestamp) -> Vec<TimerOp> {
        match event {
            ParcelEvent::Posted(_) => vec![TimerOp::after("window", at, Duration::from_secs(3600))],
            ParcelEvent::Closed(_) => Vec::new(),
        }
    }

    fn on_timer(name: &str, _key: &str) -> Option<ParcelCommand> {
        (name == "window").then_some(ParcelCommand::Close)
    }

    fn state_name(&self) -> &'static str {
        if self.closed { "closed" } else { "open" }
    }
}

/// The context of the measurement.
pub fn context() -> Context {
    Context::new().agent::<Parcel>().view(crate::views::measured_parcels::PARCELS)
}
