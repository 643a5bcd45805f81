//! A course with several trips: a truck that carries part loads drives to their stops in the order that was booked, and its
//! track belongs to the trip whose stop is next.

use super::{ASSUMED_KMH, Course, Leg, Outlook, Running};
use crate::{eta::Eta, eta::Spread, watch::track::Fix};
use contracts::tracking::{StopKind, TripStop};
use kernel::{ShipmentId, Timestamp, TripId};
use std::time::Duration;

/// Loading or unloading at a stop before.
const SERVED_FOR: Duration = Duration::from_secs(3600);

/// What is expected of a trip whose turn comes later.
pub(super) struct Later<'a> {
    pub(super) trip: &'a Running,
    pub(super) stop: StopKind,
    pub(super) eta: Eta,
    left_km: f64,
}

impl Course {
    /// The trip whose stop is next, and the others.
    pub(super) fn trips(&self) -> impl Iterator<Item = &Running> {
        self.trip.iter().chain(&self.others)
    }

    pub(super) fn trips_mut(&mut self) -> impl Iterator<Item = &mut Running> {
        self.trip.iter_mut().chain(&mut self.others)
    }

    /// Whether it drives to a stop: somebody has set out for it, or something is aboard already.
    pub(super) fn is_under_way(&self) -> bool {
        self.trip.as_ref().is_some_and(Running::is_under_way) || self.others.iter().any(Running::is_aboard)
    }

    /// A further trip, and the order of all stops with it. What has no stop among them is over.
    pub(super) fn carry_along(&mut self, running: Running, stops: Vec<TripStop>) {
        let has_stop = |trip: &Running| stops.iter().any(|stop| Some(stop.shipment) == trip.shipment());
        self.trip = self.trip.take().filter(has_stop);
        self.others.retain(has_stop);
        self.others.push(running);
        self.order = stops;
        self.go_to_next();
    }

    /// A trip that ran before the start, in any order of them: the longest order is the latest.
    pub(super) fn take_back(&mut self, running: Running) {
        let stops = running.log.terms.as_ref().map(|terms| terms.stops.clone()).unwrap_or_default();
        if stops.len() > self.order.len() {
            self.order = stops;
        }
        self.others.push(running);
        self.go_to_next();
    }

    /// A trip has ended.
    pub(super) fn leave(&mut self, id: TripId) {
        self.trip = self.trip.take().filter(|trip| trip.id() != id);
        self.others.retain(|trip| trip.id() != id);
        if self.trip.is_none() && self.others.is_empty() {
            self.fences.clear();
        }
        self.go_to_next();
    }

    /// The stops that are not done, in order, with their trips.
    fn ahead(&self) -> impl Iterator<Item = (&Running, StopKind)> {
        self.order.iter().filter_map(|at| {
            let trip = self.trips().find(|trip| trip.shipment() == Some(at.shipment))?;
            let is_done = at.stop == StopKind::Pickup && trip.is_aboard();
            (!is_done).then_some((trip, at.stop))
        })
    }

    /// The trip of the first stop that is not done has its turn; what was driven before belongs to the one before.
    pub(super) fn go_to_next(&mut self) {
        let next = self.ahead().next().map(|(trip, _)| trip.id());
        let next = next.or_else(|| self.trips().next().map(Running::id));
        let place = self.others.iter().position(|trip| Some(trip.id()) == next);
        if let Some(mut trip) = place.map(|place| self.others.remove(place)) {
            trip.leg = Leg::default();
            self.track.begin_way();
            self.others.extend(self.trip.replace(trip));
        }
        if self.others.is_empty() {
            self.order.clear();
        }
    }

    /// What is expected of the trips whose turn comes later, each at its next stop: every stop before is waited for until it
    /// opens and served for an hour, and the ways between are assumed.
    pub(super) fn later(&self, now: Timestamp, spread: Spread) -> Vec<Later<'_>> {
        let (Some(present), Some(fix)) = (&self.trip, self.track.last()) else { return Vec::new() };
        let mut ahead = self.ahead();
        let Some((_, first)) = ahead.next() else { return Vec::new() };
        let is_there = present.log.stop(first).is_there() || present.target().is_none();
        let base = if is_there { Some(Eta::exactly(fix.at)) } else { self.eta(present, &fix, now, spread) };
        let Some((base, planned)) = base.zip(present.log.planned(first)) else { return Vec::new() };
        let left_km = self.left_km(present, first, &fix).map_or(0.0, |(km, _)| km);
        let (mut place, mut opens, mut at, mut km) =
            (planned.position, planned.window.from, base.at, left_km);
        let mut later: Vec<Later<'_>> = Vec::new();
        for (trip, stop) in ahead {
            let Some(planned) = trip.log.planned(stop) else { continue };
            let way_km = place.assumed_road_km(planned.position);
            let drive = Duration::try_from_secs_f64(way_km / ASSUMED_KMH * 3600.0).unwrap_or_default();
            at = at.max(self.time.of_ours(opens)).after(SERVED_FOR).after(drive);
            (place, opens, km) = (planned.position, planned.window.from, km + way_km);
            let is_next = trip.id() != present.id() && later.iter().all(|known| known.trip.id() != trip.id());
            if is_next {
                let shift = at.since(base.at);
                let eta = Eta { at, earliest: base.earliest.after(shift), latest: base.latest.after(shift) };
                later.push(Later { trip, stop, eta, left_km: km });
            }
        }
        later
    }

    /// What is expected of a shipment whose turn comes later.
    pub(super) fn later_outlook(&self, shipment: ShipmentId, fix: &Fix, spread: Spread) -> Option<Outlook> {
        let later = self.later(fix.at, spread);
        let Later { trip, stop, eta, left_km } =
            later.into_iter().find(|later| later.trip.shipment() == Some(shipment))?;
        Some(Outlook {
            stop,
            eta: self.time.estimate(eta),
            planned_at: trip.log.planned(stop)?.planned_at,
            left_km,
            by_road: false,
            seen_at: self.time.of_theirs(fix.at),
            as_of: None,
        })
    }
}

#[cfg(test)]
mod tests {
    use crate::{
        Sample,
        agents::Finding,
        watch::{Noted, Watch},
    };
    use contracts::{
        ports::RouteVehicle,
        shipment::{ShipmentStatus, Window},
        tracking::{PlannedStop, StopKind, TripBegun, TripEnd, TripEnded, TripEvent, TripStop},
    };
    use kernel::{DriverId, Position, ShipmentId, TenantId, Timestamp, TripId, TypedId, Uuid};
    use std::time::Duration;

    const START: Timestamp = Timestamp::from_millis(1_772_352_000_000);

    fn id<T: TypedId>(number: u128) -> T {
        T::from_uuid(Uuid::from_u128(number))
    }

    fn minutes(minutes: u64) -> Timestamp {
        START.after(Duration::from_secs(minutes * 60))
    }

    /// So many km to the north.
    fn place(km: f64) -> Position {
        Position { latitude: 45.0 + km / 111.195, longitude: 9.0 }
    }

    fn begun(shipment: u128, from_km: f64, to_km: f64, stops: Vec<TripStop>) -> TripEvent {
        let stop = |km| PlannedStop {
            position: place(km),
            window: Window { from: START, to: minutes(600) },
            planned_at: minutes(300),
        };
        let vehicle = (!stops.is_empty()).then_some(RouteVehicle::Van);
        let terms = TripBegun {
            shipment: id(shipment),
            driver: id(2),
            carrier: id(3),
            shipper: id(4),
            pickup: stop(from_km),
            delivery: stop(to_km),
            stops,
            vehicle,
        };
        TripEvent::Begun(terms)
    }

    fn at(km: f64, minute: u64) -> Sample {
        let (position, at) = (place(km), minutes(minute));
        Sample { position, at, speed_kmh: Some(60.0), heading: None, mocked: None }
    }

    fn moved(watch: &Watch, shipment: u128, to: ShipmentStatus) {
        watch.courses.get_mut(&id::<DriverId>(2)).unwrap().moved_on(id::<ShipmentId>(shipment), to);
    }

    fn wanted(watch: &Watch) -> (TripId, StopKind, RouteVehicle) {
        let [wanted] = watch.wanted_ways(9)[..] else { panic!("{:?}", watch.wanted_ways(9)) };
        (wanted.trip, wanted.stop, wanted.vehicle)
    }

    fn aboard(watch: &Watch, shipment: u128) {
        for to in [ShipmentStatus::EnRoutePickup, ShipmentStatus::Loading, ShipmentStatus::InTransit] {
            moved(watch, shipment, to);
        }
    }

    fn arrivals(noted: &[Noted]) -> Vec<(TripId, StopKind)> {
        let arrived = |noted: &Noted| match noted.finding {
            Finding::Arrived { stop, .. } => Some((noted.trip, stop)),
            _ => None,
        };
        noted.iter().filter_map(arrived).collect()
    }

    /// With freight aboard for 200 km, and more from km 50 to km 100.
    fn shared() -> Watch {
        let watch = Watch::default();
        let tenant: TenantId = id(7);
        watch.trip_event(tenant, id(8), &begun(1, 0.0, 200.0, Vec::new()), START);
        let _nothing = watch.seen(id(2), &[at(-2.0, 0)], START);
        aboard(&watch, 1);
        let stop = |shipment, stop| TripStop { shipment: id(shipment), stop };
        let order = vec![stop(5, StopKind::Pickup), stop(5, StopKind::Delivery), stop(1, StopKind::Delivery)];
        watch.trip_event(tenant, id(9), &begun(5, 50.0, 100.0, order), START);
        watch
    }

    #[test]
    fn the_stops_are_driven_to_in_their_order() {
        let watch = shared();
        assert_eq!(
            wanted(&watch),
            (id(9), StopKind::Pickup, RouteVehicle::Van),
            "before anybody set out for it"
        );
        let noted = watch.seen(id(2), &[at(25.0, 25), at(50.0, 50)], minutes(50));
        assert_eq!(arrivals(&noted), [(id(9), StopKind::Pickup)]);
        aboard(&watch, 5);
        assert_eq!(wanted(&watch).1, StopKind::Delivery);
        let noted = watch.seen(id(2), &[at(75.0, 110), at(100.0, 135)], minutes(135));
        let again = "the log has not taken the first one";
        assert_eq!(arrivals(&noted), [(id(9), StopKind::Pickup), (id(9), StopKind::Delivery)], "{again}");
        moved(&watch, 5, ShipmentStatus::Unloading);
        let ended = TripEvent::Ended(TripEnded { shipment: id(5), end: TripEnd::Delivered, detention: None });
        watch.trip_event(id(7), id(9), &ended, minutes(150));
        assert_eq!(wanted(&watch), (id(8), StopKind::Delivery, RouteVehicle::Truck40));
        assert_eq!(watch.trips(), 1);
        let noted = watch.seen(id(2), &[at(150.0, 200), at(200.0, 250)], minutes(250));
        assert_eq!(arrivals(&noted), [(id(8), StopKind::Delivery)]);
    }

    #[test]
    fn what_comes_later_is_expected_after_the_stops_before_it() {
        let watch = shared();
        let _nothing = watch.seen(id(2), &[at(10.0, 10)], minutes(10));
        let (first, later) = (watch.outlook(id(2), id(5)).unwrap(), watch.outlook(id(2), id(1)).unwrap());
        assert_eq!((first.stop, later.stop), (StopKind::Pickup, StopKind::Delivery));
        // Two hours at two stops, and 150 km on roads that are assumed 1.3 times as long, at 60 km/h.
        let apart = later.eta.at.since(first.eta.at).as_secs_f64() / 3600.0;
        assert!((apart - (2.0 + 150.0 * 1.3 / 60.0)).abs() < 0.01, "{apart} h");
        assert!(later.left_km > first.left_km + 190.0 && !later.by_road, "{later:?}");
        assert!(later.eta.earliest < later.eta.at && later.eta.at < later.eta.latest);
        assert_eq!(watch.outlook(id(2), id(6)), None);
    }

    #[test]
    fn trips_that_ran_before_a_restart_are_taken_back_in_any_order() {
        let before = shared();
        let course = before.courses.get(&id::<DriverId>(2)).unwrap();
        let mut running: Vec<_> = course.trips().cloned().collect();
        drop(course);
        for _ in 0..2 {
            running.reverse();
            let after = Watch::default();
            let _nothing = after.seen(id(2), &[at(0.0, 0)], START);
            for trip in &running {
                after.resume(id(7), trip.id(), trip.log.clone(), trip.status());
            }
            assert_eq!(wanted(&after), (id(9), StopKind::Pickup, RouteVehicle::Van));
        }
    }
}
