//! The runtime's guarantees (design, section 4), on every store.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

#[path = "conformance/backlog.rs"]
mod backlog;
#[path = "conformance/lamps.rs"]
mod lamps;
#[path = "conformance/listeners.rs"]
mod listeners;
#[path = "conformance/live.rs"]
mod live;
#[path = "conformance/losses.rs"]
mod losses;
#[path = "conformance/places.rs"]
mod places;
#[path = "conformance/processes.rs"]
mod processes;
#[path = "conformance/turned.rs"]
mod turned;
