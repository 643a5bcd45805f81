//! The published language: public events, and the ports with their light fakes.
//!
//! Contexts never import one another; what one may rely on of another is defined here (design, section 3).

pub mod document;
pub mod driver;
mod event;
pub mod facility;
pub mod gazetteer;
pub mod ledger;
pub mod payment;
pub mod ports;
pub mod profile;
pub mod shipment;
pub mod tracking;

#[doc(hidden)]
pub use serde_json;

pub use event::{DecodeError, Event};
