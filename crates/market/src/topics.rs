//! What the market says over the WebSocket: `shipment:shp_...` for those who follow a shipment, `driver:drv_...` for a
//! driver's offers and jobs (issue 2, the API).

mod driver;
mod shipment;

use crate::{market::Market, routes::MarketState};
use edge::{
    Platform,
    ws::{Audience, TopicSource},
};
use runtime::Recorded;
use std::sync::Arc;

/// The ids of those whose topics are told of an event that is not their own.
pub fn mentioned(event: &Recorded) -> impl Iterator<Item = String> {
    let shipment = shipment::told(event).map(|id| id.to_string());
    shipment.into_iter().chain(driver::told(event).map(|id| id.to_string()))
}

#[cfg(test)]
mod tests;

/// The shipper and the tenant's staff.
pub const OWNER: Audience = Audience(1);
/// The booked carrier.
pub const BOOKED: Audience = Audience(2);
/// Carriers that were asked or bid while nobody is booked.
pub const INVITED: Audience = Audience(4);

/// Who follows the truck of a booked shipment.
pub const FOLLOWERS: Audience = Audience(OWNER.0 | BOOKED.0);

/// The families of topics, to be attached to the hub.
#[must_use]
pub fn topics(platform: Platform, market: Market) -> Vec<Arc<dyn TopicSource>> {
    let state = MarketState::new(platform, market);
    vec![Arc::new(shipment::ShipmentTopics::new(state.clone())), Arc::new(driver::DriverTopics::new(state))]
}
