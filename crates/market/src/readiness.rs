//! What a driver could do with a load: from where it stands now, from where the trip ends that it is on, or on that trip.

use crate::{
    agents::{Driver, Shipment, Turn},
    market::OnTheWay,
    rules::{eligibility::Truck, estimates::Estimate, part_load::PartLoad, return_load::ReturnLoad},
};
use contracts::shipment::Requested;
use kernel::{Position, ShipmentId, Timestamp};
use std::sync::Arc;

/// How a load goes with what its driver does.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Way {
    /// From where it stands now.
    Now,
    /// After the trip that it is on.
    After(ReturnLoad),
    /// On the trip that it is on.
    Along(PartLoad),
}

impl Way {
    /// When the driver takes the job.
    pub(crate) fn turn(&self) -> Turn {
        match self {
            Self::Now => Turn::Now,
            Self::After(load) => Turn::After(load.after),
            Self::Along(load) => Turn::Along { stops: load.stops.clone(), ends_at: load.ends_at },
        }
    }
}

/// A driver before a load.
#[derive(Debug, Clone)]
pub(crate) struct Readiness<'a> {
    /// As eligibility sees it, where and when it would set out for the load.
    pub(crate) truck: Truck<'a>,
    /// Road km to the pickup.
    pub(crate) approach_km: f64,
    /// When it could load and deliver.
    pub(crate) estimate: Estimate,
    /// How the load goes with the trip that the driver is on.
    pub(crate) way: Way,
}

/// What is known of a driver at an instant.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Known<'d, 'p> {
    /// The driver.
    pub(crate) driver: &'d Driver,
    /// The shipments of its trip, in the order of [`Driver::carried`].
    pub(crate) carried: &'p [Arc<Shipment>],
    /// Where it is, while that is known.
    pub(crate) live: Option<Position>,
    /// The present instant.
    pub(crate) now: Timestamp,
}

impl<'d> Known<'d, '_> {
    /// How it stands to a load; `None` for a driver that is not registered. One that can only take it after its trip sets
    /// out from there, and one that can carry it along comes by; one that cannot even then is busy.
    pub(crate) fn readiness(
        &self,
        shipment: ShipmentId,
        request: &Requested,
        options: OnTheWay,
    ) -> Option<Readiness<'d>> {
        let truck = self.driver.truck(self.live)?;
        if let Some(load) = self.return_load(request, options) {
            return Some(Readiness {
                truck: Truck { position: load.from, busy: false, ..truck },
                approach_km: load.approach_km,
                estimate: load.estimate,
                way: Way::After(load),
            });
        }
        if let Some(load) = self.part_load(shipment, request, options) {
            return Some(Readiness {
                // How far the pickup may lie off its way is bounded by the detour, not by the radius.
                truck: Truck { position: request.pickup.position, busy: false, ..truck },
                approach_km: load.approach_km,
                estimate: load.estimate,
                way: Way::Along(load),
            });
        }
        let approach_km = truck.position.assumed_road_km(request.pickup.position);
        let estimate = Estimate::of(request, approach_km, self.now);
        Some(Readiness { truck, approach_km, estimate, way: Way::Now })
    }

    /// How a load would follow the trip that the driver is on, if it can.
    pub(crate) fn return_load(&self, request: &Requested, options: OnTheWay) -> Option<ReturnLoad> {
        let options = options.return_loads;
        let trip = self.driver.under_way(self.carried.first()?, self.live)?;
        let is_on = options.offers_per_round > 0;
        trip.then(request, f64::from(options.within_km), self.now).filter(|_| is_on)
    }

    /// How a load would be carried along on the trip that the driver is on, if it can.
    pub(crate) fn part_load(
        &self,
        shipment: ShipmentId,
        request: &Requested,
        options: OnTheWay,
    ) -> Option<PartLoad> {
        let options = options.part_loads;
        if options.offers_per_round == 0 {
            return None;
        }
        let trip = self.driver.shared_trip(self.carried, self.live)?;
        trip.with(shipment, request, f64::from(options.detour_km), self.now)
    }
}
