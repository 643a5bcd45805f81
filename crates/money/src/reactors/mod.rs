//! What answers a payment's events.

mod gateway_calls;

pub use gateway_calls::{GatewayCalls, call_for};
