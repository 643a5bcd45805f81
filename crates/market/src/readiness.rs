//! What a driver could do with a load: from where it stands now, or from where the trip ends that it is on.

use crate::{
    agents::{Driver, Shipment},
    market::ReturnLoads,
    rules::{eligibility::Truck, estimates::Estimate, return_load::ReturnLoad},
};
use contracts::shipment::Requested;
use kernel::{Position, Timestamp};

/// A driver before a load.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Readiness<'a> {
    /// As eligibility sees it, where and when it would set out for the load.
    pub(crate) truck: Truck<'a>,
    /// Road km without freight to the pickup.
    pub(crate) approach_km: f64,
    /// When it could load and deliver.
    pub(crate) estimate: Estimate,
    /// How the load follows the trip that the driver is on.
    pub(crate) return_load: Option<ReturnLoad>,
}

/// What is known of a driver at an instant.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Known<'d, 'p> {
    /// The driver.
    pub(crate) driver: &'d Driver,
    /// The shipment that it is committed to.
    pub(crate) present: Option<&'p Shipment>,
    /// Where it is, while that is known.
    pub(crate) live: Option<Position>,
    /// The present instant.
    pub(crate) now: Timestamp,
}

impl<'d> Known<'d, '_> {
    /// How it stands to a load; `None` for a driver that is not registered. One that can only take it after its trip sets
    /// out from there; one that cannot even then is busy.
    pub(crate) fn readiness(&self, request: &Requested, options: ReturnLoads) -> Option<Readiness<'d>> {
        let truck = self.driver.truck(self.live)?;
        if let Some(load) = self.return_load(request, options) {
            return Some(Readiness {
                truck: Truck { position: load.from, busy: false, ..truck },
                approach_km: load.approach_km,
                estimate: load.estimate,
                return_load: Some(load),
            });
        }
        let approach_km = truck.position.assumed_road_km(request.pickup.position);
        let estimate = Estimate::of(request, approach_km, self.now);
        Some(Readiness { truck, approach_km, estimate, return_load: None })
    }

    /// How a load would follow the trip that the driver is on, if it can.
    pub(crate) fn return_load(&self, request: &Requested, options: ReturnLoads) -> Option<ReturnLoad> {
        let trip = self.driver.under_way(self.present?, self.live)?;
        let is_on = options.offers_per_round > 0;
        trip.then(request, f64::from(options.within_km), self.now).filter(|_| is_on)
    }
}
