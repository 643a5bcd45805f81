//! Filling the index at the start, from the drivers' view.

use super::{Index, LiveDrivers, rows::Row};
use contracts::driver::Registered;
use kernel::{DriverId, OrganisationId, Position, ShipmentId, Timestamp};

/// A driver as its view knows it.
#[derive(Debug, Clone)]
pub struct WarmDriver {
    /// Who.
    pub driver: DriverId,
    /// The version of its stream that this holds.
    pub version: i64,
    /// Who it belongs to and what it declares.
    pub registered: Registered,
    /// Whether it takes offers.
    pub online: bool,
    /// The shipment it drives.
    pub on: Option<ShipmentId>,
    /// Where that ends.
    pub ends_at: Option<Position>,
    /// Whether that is aboard.
    pub loaded: bool,
    /// Whether it may not bid.
    pub suspended: bool,
}

impl LiveDrivers {
    /// Takes what the views know. Events that were committed meanwhile stay: each row says which version it holds.
    pub fn warm(&self, drivers: Vec<WarmDriver>, papers: Vec<(OrganisationId, Timestamp)>) {
        let mut index = self.index.write();
        for (carrier, until) in papers {
            index.carrier_papers.entry(carrier).or_insert(until);
        }
        for driver in drivers {
            index.warm(driver);
        }
        index.warmed = true;
        for (driver, version, event) in std::mem::take(&mut index.early) {
            index.apply(driver, version, &event);
        }
    }
}

impl Index {
    fn warm(&mut self, known: WarmDriver) {
        if self.by_id.contains_key(&known.driver) {
            return;
        }
        let mut row = Row::new(known.driver, &known.registered, &mut self.features);
        row.online = known.online;
        (row.on, row.ends_at, row.loaded) = (known.on, known.ends_at, known.loaded);
        row.suspended = known.suspended;
        self.insert(row, known.version);
    }
}
