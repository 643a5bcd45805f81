//! A truck on the road: where it is, when it arrives, what it has driven.

use super::fault::{Fault, FaultKind};
use crate::{
    country::Route,
    dice::Dice,
    driving::{Drive, DrivingHours},
    load::{ROAD_KMH, hours},
    pace::Pace,
    people::Trucker,
};
use contracts::tracking::{StopKind, TripStop};
use kernel::{Position, ShipmentId, Timestamp};
use std::time::Duration;

/// How far along its trip a truck is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// Booked, not yet under way.
    Booked,
    /// On the way to the pickup, or waiting there for its window.
    ToPickup,
    /// Being loaded.
    Loading,
    /// On the way to the delivery, or waiting there for its window.
    ToDelivery,
    /// Being unloaded.
    Unloading,
}

impl Stage {
    /// Whether the freight is aboard.
    #[must_use]
    pub const fn is_aboard(self) -> bool {
        matches!(self, Self::ToDelivery | Self::Unloading)
    }

    /// Whether it stands at one of its stops and is served.
    #[must_use]
    pub const fn is_served(self) -> bool {
        matches!(self, Self::Loading | Self::Unloading)
    }
}

/// The shipment that a truck is booked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Trip {
    /// Which.
    pub shipment: ShipmentId,
    /// How far.
    pub stage: Stage,
}

/// Km driven, by whether freight was aboard.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Odometer {
    /// Without freight.
    pub empty_km: f64,
    /// With freight.
    pub loaded_km: f64,
    /// What it carried, each kg by its km.
    pub carried_kg_km: f64,
    /// What it could have carried on all of them.
    pub capacity_kg_km: f64,
}

/// A drive along a route.
#[derive(Debug, Clone)]
struct Journey {
    route: Route,
    drive: Drive,
    kmh: f64,
    /// What is aboard.
    freight_kg: f64,
    /// The driver's hours before it.
    before: DrivingHours,
}

impl Journey {
    /// Km from its start at an instant. The end is exact, whatever the rounding of times.
    fn km_at(&self, now: Timestamp, pace: Pace) -> f64 {
        if now >= self.drive.end() {
            return self.route.km();
        }
        (self.drive.driven_at(now).as_secs_f64() / 3600.0 * pace.kmh(self.kmh)).min(self.route.km())
    }
}

/// A truck with its driver.
#[derive(Debug, Clone)]
pub struct Truck {
    /// Who drives it.
    pub trucker: Trucker,
    /// Its booking.
    pub trip: Option<Trip>,
    /// What it carries or is to load besides.
    pub others: Vec<Trip>,
    /// The stops of all of them in order, while there are several.
    pub stops: Vec<TripStop>,
    /// When the next step of the trip is due; one that was planned before the order changed is not.
    pub step_at: Timestamp,
    /// The shipment that it is booked for after that.
    pub next: Option<ShipmentId>,
    /// Whether the driver works now.
    pub on_duty: bool,
    /// When its device last reported.
    pub sighted_at: Timestamp,
    pace: Pace,
    place: Position,
    journey: Option<Journey>,
    hours: DrivingHours,
    odometer: Odometer,
    fault: Option<Fault>,
}

impl Truck {
    /// A truck that stands at its base with a rested driver, off duty.
    #[must_use]
    pub fn at_base(trucker: Trucker, pace: Pace, now: Timestamp) -> Self {
        let place = trucker.profile.base;
        let hours = DrivingHours::rested(pace, now);
        Self {
            trucker,
            trip: None,
            others: Vec::new(),
            stops: Vec::new(),
            step_at: now,
            next: None,
            on_duty: false,
            sighted_at: now,
            pace,
            place,
            journey: None,
            hours,
            odometer: Odometer::default(),
            fault: None,
        }
    }

    /// Where it is.
    #[must_use]
    pub fn position(&self, now: Timestamp) -> Position {
        let place = self
            .journey
            .as_ref()
            .map_or(self.place, |journey| journey.route.at(journey.km_at(now, self.pace)));
        let (Some(fault), Some(journey)) = (&self.fault, &self.journey) else { return place };
        let direction = bearing(journey.route.at(0.0), journey.route.at(journey.route.km()));
        fault.astray(place, direction.unwrap_or_default(), now)
    }

    /// Every trip that it is on, the one to whose stop it drives first.
    pub fn trips(&self) -> impl Iterator<Item = &Trip> {
        self.trip.iter().chain(&self.others)
    }

    /// The first stop that is not done of a truck with several shipments.
    #[must_use]
    pub fn next_stop(&self) -> Option<TripStop> {
        let is_ahead = |at: &TripStop| {
            let trip = self.trips().find(|trip| trip.shipment == at.shipment);
            trip.is_some_and(|trip| at.stop == StopKind::Delivery || !trip.stage.is_aboard())
        };
        self.stops.iter().copied().find(is_ahead)
    }

    /// Whether it rolls at this instant.
    #[must_use]
    pub fn rolls(&self, now: Timestamp) -> bool {
        self.journey.as_ref().is_some_and(|journey| journey.drive.moves_at(now))
    }

    /// Its speed in the simulated world in km/h.
    #[must_use]
    pub fn speed_kmh(&self, now: Timestamp) -> f64 {
        self.journey.as_ref().filter(|journey| journey.drive.moves_at(now)).map_or(0.0, |journey| journey.kmh)
    }

    /// Degrees from north, while it rolls.
    #[must_use]
    pub fn heading(&self, now: Timestamp) -> Option<f64> {
        let journey = self.journey.as_ref().filter(|journey| journey.drive.moves_at(now))?;
        let km = journey.km_at(now, self.pace);
        bearing(journey.route.at(km), journey.route.at(km + 0.5))
    }

    /// Drives off along a route with so much aboard; when it arrives, pauses included.
    pub fn set_off(&mut self, route: Route, freight_kg: f64, now: Timestamp, dice: &Dice) -> Timestamp {
        self.halt(now);
        // Traffic, weather and hills: no two drives are equally fast.
        let kmh = ROAD_KMH * dice.between(0.85, 1.05);
        let before = self.hours.clone();
        let drive = self.hours.drive(now, hours(route.km() / self.pace.kmh(kmh)));
        let arrival = drive.end();
        self.journey = Some(Journey { route, drive, kmh, freight_kg, before });
        arrival
    }

    /// Something will go wrong on its drive; when it arrives then.
    pub fn suffer(&mut self, fault: Fault) -> Option<Timestamp> {
        let journey = self.journey.as_mut()?;
        if fault.kind == FaultKind::Breakdown {
            journey.drive.pause_at(fault.from, fault.until.since(fault.from));
            self.hours = journey.before.clone().after(&journey.drive);
        }
        self.fault = Some(fault);
        Some(journey.drive.end())
    }

    /// Whether its device says nothing.
    #[must_use]
    pub fn is_silent(&self, now: Timestamp) -> bool {
        self.fault.is_some_and(|fault| fault.silences(now))
    }

    /// Stops where it is.
    pub fn halt(&mut self, now: Timestamp) {
        if let Some(journey) = self.journey.take() {
            let km = journey.km_at(now, self.pace);
            self.place = journey.route.at(km);
            if now < journey.drive.end() {
                // What it does not drive any more takes none of its hours.
                self.hours = journey.before;
                let _driven = self.hours.drive(journey.drive.start(), journey.drive.driven_at(now));
            }
            let loaded = journey.freight_kg > 0.0;
            let driven = if loaded { &mut self.odometer.loaded_km } else { &mut self.odometer.empty_km };
            *driven += km;
            self.odometer.carried_kg_km += journey.freight_kg * km;
            self.odometer.capacity_kg_km += self.trucker.profile.vehicle.capacity_kg * km;
        }
    }

    /// Puts it somewhere, standing.
    pub fn stand_at(&mut self, place: Position) {
        self.journey = None;
        self.place = place;
    }

    /// How long it may still drive before the daily rest.
    #[must_use]
    pub fn hours_left(&self, now: Timestamp) -> Duration {
        self.hours.left(now)
    }

    /// What it has driven up to its last stop.
    #[must_use]
    pub const fn odometer(&self) -> Odometer {
        self.odometer
    }
}

/// The initial great-circle bearing in degrees from north, 0 to below 360; `None` between equal points.
fn bearing(from: Position, to: Position) -> Option<f64> {
    let (a, b) = (from.latitude.to_radians(), to.latitude.to_radians());
    let east = (to.longitude - from.longitude).to_radians();
    let (y, x) = (east.sin() * b.cos(), a.cos() * b.sin() - a.sin() * b.cos() * east.cos());
    let degrees = y.atan2(x).to_degrees().rem_euclid(360.0);
    // A tiny negative angle rounds up to 360 itself.
    (x.abs() + y.abs() > 1e-12).then_some(if degrees < 360.0 { degrees } else { 0.0 })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::people::fixtures::trucker;

    const START: Timestamp = Timestamp::from_millis(1_772_352_000_000);

    fn at(latitude: f64, longitude: f64) -> Position {
        Position { latitude, longitude }
    }

    #[test]
    fn a_truck_arrives_and_has_driven_the_whole_route() {
        let base = at(45.0, 9.0);
        let mut truck = Truck::at_base(trucker(base), Pace::REAL, START);
        let route = Route::straight(base, at(45.0, 10.0));
        let km = route.km();
        let arrival = truck.set_off(route, 1000.0, START, &Dice::new(1, 1));
        let hours = arrival.since(START).as_secs_f64() / 3600.0;
        assert!((km / (ROAD_KMH * 1.05)..=km / (ROAD_KMH * 0.85)).contains(&hours), "{km} km in {hours} h");
        let half = START.after(arrival.since(START) / 2);
        assert!((truck.position(half).longitude - 9.5).abs() < 1e-6 && truck.rolls(half));
        assert!((truck.heading(half).unwrap() - 90.0).abs() < 1.0);
        truck.halt(arrival);
        assert_eq!(truck.position(arrival), at(45.0, 10.0));
        assert!((truck.odometer().loaded_km - km).abs() < 1e-9 && truck.odometer().empty_km < 1e-9);
        assert!(!truck.rolls(arrival) && truck.speed_kmh(arrival) < 1e-9);
    }

    #[test]
    fn a_truck_that_is_called_back_stands_on_its_way() {
        let base = at(45.0, 9.0);
        let mut truck = Truck::at_base(trucker(base), Pace::REAL, START);
        let arrival = truck.set_off(Route::straight(base, at(45.0, 10.0)), 0.0, START, &Dice::new(1, 1));
        let half = START.after(arrival.since(START) / 2);
        truck.halt(half);
        assert!(truck.hours_left(half) + half.since(START) == Duration::from_secs(9 * 3600));
        assert!((truck.position(arrival).longitude - 9.5).abs() < 1e-6);
    }

    #[test]
    fn bearings_are_those_of_the_compass() {
        let middle = at(45.0, 9.0);
        for (to, degrees) in [(at(46.0, 9.0), 0.0), (at(44.0, 9.0), 180.0)] {
            assert!((bearing(middle, to).unwrap() - degrees).abs() < 1e-9);
        }
        assert_eq!(bearing(middle, middle), None);
    }
}
