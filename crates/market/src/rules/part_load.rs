//! Part loads: what a driver under way can carry along with what it has, where its stops are inserted among those that it
//! has ahead, and what that costs it beyond driving them alone.

use super::{
    economics::{CURRENCY, detour_cost},
    eligibility::{HAZMAT, REFRIGERATED, has_room},
    estimates::{APPROACH_KM_PER_HOUR, Estimate, LOADING, TRIP_KM_PER_HOUR, driving_time},
    return_load::with_rests,
};
use contracts::{
    driver::PartOffer,
    shipment::{Requested, ServiceLevel, ShipmentStatus, Stop},
    tracking::{StopKind, TripStop},
};
use kernel::{Money, Position, ShipmentId, Timestamp};
use std::time::Duration;

/// What is carried along lies on the way: at most this share of its own way comes on top of the present one.
const DETOUR_SHARE_MAX: f64 = 0.5;

/// A shipment of a trip, as far as what is carried along with it is concerned.
#[derive(Debug, Clone, Copy)]
pub struct Carried<'a> {
    /// Which.
    pub shipment: ShipmentId,
    /// What was asked for it.
    pub request: &'a Requested,
    /// Where it stands.
    pub status: ShipmentStatus,
}

impl Carried<'_> {
    const fn is_aboard(&self) -> bool {
        matches!(self.status, ShipmentStatus::InTransit | ShipmentStatus::Unloading)
    }

    /// Whether its truck stands at a stop of it.
    const fn is_served(&self) -> bool {
        matches!(self.status, ShipmentStatus::Loading | ShipmentStatus::Unloading)
    }
}

/// A trip under way.
#[derive(Debug, Clone)]
pub struct SharedTrip<'a> {
    /// What it carries or is to load, the driver's commitment first.
    pub carried: Vec<Carried<'a>>,
    /// Its stops in their order, with some that may be done; empty for one shipment alone.
    pub stops: &'a [TripStop],
    /// Where the truck is, when that is known.
    pub place: Option<Position>,
    /// Payload in kg.
    pub capacity_kg: f64,
    /// Space in m3.
    pub capacity_m3: f64,
}

/// What carrying a load along means.
#[derive(Debug, Clone, PartialEq)]
pub struct PartLoad {
    /// The shipment that the driver is committed to.
    pub along: ShipmentId,
    /// The stops ahead, in order.
    pub stops: Vec<TripStop>,
    /// Where the last of them is.
    pub ends_at: Position,
    /// Km to the pickup, by the stops before it.
    pub approach_km: f64,
    /// When it could load and deliver.
    pub estimate: Estimate,
    /// Road km more than without it.
    pub extra_km: f64,
    /// By how much later the last stop is left.
    pub extra_time: Duration,
    /// What these km, and loading and unloading, cost.
    pub extra_cost: Money,
}

impl PartLoad {
    /// What the driver is told.
    #[must_use]
    pub fn offer(&self) -> PartOffer {
        PartOffer {
            along: self.along,
            extra_km: self.extra_km,
            extra_minutes: u32::try_from(self.extra_time.as_secs() / 60).unwrap_or(u32::MAX),
            extra_cost: self.extra_cost,
        }
    }
}

/// Whether two shipments may share a truck: none that has it for itself, no dangerous goods, and what is cooled with what
/// is cooled.
#[must_use]
pub fn may_share(one: &Requested, other: &Requested) -> bool {
    let shares = |of: &Requested| of.service_level != ServiceLevel::Dedicated && of.cargo.kind != HAZMAT;
    let is_cooled = |of: &Requested| of.cargo.kind == REFRIGERATED;
    shares(one) && shares(other) && is_cooled(one) == is_cooled(other)
}

/// A stop ahead with whose it is.
#[derive(Clone, Copy)]
struct Call<'a> {
    stop: TripStop,
    request: &'a Requested,
}

impl Call<'_> {
    const fn place(&self) -> &Stop {
        match self.stop.stop {
            StopKind::Pickup => &self.request.pickup,
            StopKind::Delivery => &self.request.delivery,
        }
    }
}

/// A truck before the stops that it has ahead.
#[derive(Clone, Copy)]
struct Start {
    place: Position,
    at: Timestamp,
    /// Whether the first stop is being served.
    is_at_stop: bool,
    /// At the wheel since it rested.
    driven: Duration,
    weight_kg: f64,
    volume_m3: f64,
}

/// Stops played through.
struct Walk {
    km: f64,
    ends: Timestamp,
    /// When each stop begins to be served, and by how many km it is reached.
    calls: Vec<(Timestamp, f64)>,
}

impl SharedTrip<'_> {
    /// Where a further load's stops cost the fewest km more; `None` when it has no room at some point, a window would be
    /// missed, the detour is longer than `detour_km_max` or half of the load's own way, it would only follow the last stop,
    /// or what is carried may not share its truck. Its driver is taken to have rested before the present trip.
    #[must_use]
    pub fn with(
        &self,
        shipment: ShipmentId,
        next: &Requested,
        detour_km_max: f64,
        now: Timestamp,
    ) -> Option<PartLoad> {
        if self.carried.iter().any(|carried| !may_share(carried.request, next)) {
            return None;
        }
        let ahead = self.ahead();
        let start = self.start(&ahead, now)?;
        let without = self.walk(&start, &ahead)?;
        let pickup = Call { stop: TripStop { shipment, stop: StopKind::Pickup }, request: next };
        let delivery = Call { stop: TripStop { shipment, stop: StopKind::Delivery }, request: next };
        let mut best: Option<(Walk, Vec<Call<'_>>, usize, usize)> = None;
        for load_at in usize::from(start.is_at_stop)..ahead.len() {
            for unload_at in load_at + 1..=ahead.len() + 1 {
                let mut calls = ahead.clone();
                calls.insert(load_at, pickup);
                calls.insert(unload_at, delivery);
                let Some(walk) = self.walk(&start, &calls) else { continue };
                if best.as_ref().is_none_or(|(known, ..)| walk.km < known.km) {
                    best = Some((walk, calls, load_at, unload_at));
                }
            }
        }
        let (walk, calls, load_at, unload_at) = best?;
        let extra_km = walk.km - without.km;
        if extra_km > detour_km_max.min(next.road_km * DETOUR_SHARE_MAX) {
            return None;
        }
        let (pickup_at, approach_km) = walk.calls[load_at];
        Some(PartLoad {
            along: self.carried.first()?.shipment,
            ends_at: calls.last()?.place().position,
            stops: calls.iter().map(|call| call.stop).collect(),
            approach_km,
            estimate: Estimate { pickup_at, delivery_at: walk.calls[unload_at].0 },
            extra_km,
            extra_time: walk.ends.since(without.ends),
            extra_cost: detour_cost(extra_km).unwrap_or(Money::new(0, CURRENCY)),
        })
    }

    /// The stops that are not done, in order.
    fn ahead(&self) -> Vec<Call<'_>> {
        let both =
            |carried: &Carried<'_>| StopKind::ALL.map(|stop| TripStop { shipment: carried.shipment, stop });
        let own: Vec<TripStop> = self.carried.iter().flat_map(both).collect();
        let stops = if self.stops.is_empty() { &own } else { self.stops };
        let call = |stop: &TripStop| {
            let carried = self.carried.iter().find(|carried| carried.shipment == stop.shipment)?;
            let is_done = stop.stop == StopKind::Pickup && carried.is_aboard();
            (!is_done).then_some(Call { stop: *stop, request: carried.request })
        };
        stops.iter().filter_map(call).collect()
    }

    /// `None` when nobody knows where the truck is.
    fn start(&self, ahead: &[Call<'_>], now: Timestamp) -> Option<Start> {
        let first = ahead.first()?;
        let is_at_stop =
            self.carried.iter().any(|carried| carried.shipment == first.stop.shipment && carried.is_served());
        let place = if is_at_stop { first.place().position } else { self.place? };
        let aboard = || self.carried.iter().filter(|carried| carried.is_aboard());
        let driven = |carried: &Carried<'_>| {
            let left_km = place.assumed_road_km(carried.request.delivery.position);
            driving_time(carried.request.road_km - left_km, TRIP_KM_PER_HOUR)
        };
        Some(Start {
            place,
            at: now,
            is_at_stop,
            driven: aboard().map(driven).max().unwrap_or_default(),
            weight_kg: aboard().map(|carried| carried.request.cargo.weight_kg).sum(),
            volume_m3: aboard().map(|carried| carried.request.cargo.volume_m3).sum(),
        })
    }

    /// `None` when a window is missed, or there is no room for what is loaded.
    fn walk(&self, start: &Start, calls: &[Call<'_>]) -> Option<Walk> {
        let Start { mut place, mut at, mut driven, mut weight_kg, mut volume_m3, .. } = *start;
        let mut walk = Walk { km: 0.0, ends: at, calls: Vec::with_capacity(calls.len()) };
        for (number, call) in calls.iter().enumerate() {
            let Stop { position, window } = *call.place();
            let km = place.assumed_road_km(position);
            let speed = if weight_kg > 0.0 { TRIP_KM_PER_HOUR } else { APPROACH_KM_PER_HOUR };
            let drive = driving_time(km, speed);
            let is_served = start.is_at_stop && number == 0;
            let begins = if is_served { at } else { at.after(with_rests(driven, drive)).max(window.from) };
            if begins > window.to && !is_served {
                return None;
            }
            let cargo = &call.request.cargo;
            let sign: f64 = if call.stop.stop == StopKind::Pickup { 1.0 } else { -1.0 };
            weight_kg = sign.mul_add(cargo.weight_kg, weight_kg);
            volume_m3 = sign.mul_add(cargo.volume_m3, volume_m3);
            if !has_room(self.capacity_kg, self.capacity_m3, weight_kg, volume_m3) {
                return None;
            }
            (place, driven, at) = (position, driven + drive, begins.after(LOADING));
            walk.km += km;
            walk.calls.push((begins, walk.km));
        }
        walk.ends = at;
        Some(walk)
    }
}

#[cfg(test)]
mod tests;
