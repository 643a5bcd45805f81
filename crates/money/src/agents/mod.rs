//! The state machines of money.

pub mod payment;
