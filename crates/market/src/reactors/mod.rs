//! The market's reactors (design, section 2: the specification's system agents).

mod bidder;
mod bookkeeping;
mod platform;

use crate::agents::{Driver, Shipment};
use runtime::World;
use std::sync::Arc;
use store::StoreError;

/// The shipments of a driver's trip, in the order of [`Driver::carried`].
fn carried(driver: &Driver, world: &mut World<'_>) -> Result<Vec<Arc<Shipment>>, StoreError> {
    let mut states = Vec::new();
    for shipment in driver.carried() {
        states.extend(world.state::<Shipment>(shipment)?);
    }
    Ok(states)
}

pub use bidder::Bidder;
pub use bookkeeping::Bookkeeping;
pub use platform::PlatformAgent;
