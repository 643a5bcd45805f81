//! The market: shipments, tenders, bids, ranking, bookings; drivers, shippers, carriers and their records (design,
//! section 8; spec 4).
//!
//! [`agents`] decide, [`rules`] are what they decide by, [`reactors`] connect them, [`live_drivers`] knows who is near,
//! [`views`] answer lists.

mod access;
pub mod agents;
#[cfg(test)]
mod fixtures;
mod full_discounts;
pub mod live_drivers;
mod market;
#[cfg(test)]
mod market_tests;
pub mod reactors;
mod readiness;
mod routes;
pub mod rules;
mod topics;
pub mod views;
pub mod wire;

pub use access::{MarketAccess, claim_of_driver};
pub use market::{Market, MarketOptions, OnTheWay, PartLoads, ReturnLoads, context};
pub use routes::routes;
pub use topics::{FOLLOWERS, topics};
