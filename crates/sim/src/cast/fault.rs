//! What goes wrong on the road when it is asked for: a breakdown, a way of the driver's own, a device that falls silent.

use crate::dice::Dice;
use kernel::{DriverId, Position, ShipmentId, Timestamp};
use std::time::Duration;

/// A driver who leaves the route is this far from it at most, in degrees of latitude: 22 km.
const ASTRAY_DEGREES: f64 = 0.2;
/// It takes so long to get there, and back.
const ASTRAY_RAMP: Duration = Duration::from_secs(25 * 60);

/// What goes wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum FaultKind {
    /// The truck stands until it is mended.
    Breakdown,
    /// The driver takes a way of its own.
    OffRoute,
    /// The device says nothing.
    Silence,
}

impl FaultKind {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Breakdown, Self::OffRoute, Self::Silence];

    /// Its name in the report.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Breakdown => "breakdown",
            Self::OffRoute => "off_route",
            Self::Silence => "silence",
        }
    }
}

/// A fault on a loaded drive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fault {
    /// Whose.
    pub driver: DriverId,
    /// On which trip.
    pub shipment: ShipmentId,
    /// What.
    pub kind: FaultKind,
    /// From when.
    pub from: Timestamp,
    /// Until when.
    pub until: Timestamp,
}

impl Fault {
    /// Draws what goes wrong on a drive of so long that begins now: somewhere in its middle, for one to three hours.
    #[must_use]
    pub fn draw(
        driver: DriverId,
        shipment: ShipmentId,
        drive: Duration,
        now: Timestamp,
        dice: &Dice,
    ) -> Self {
        let kind = match dice.between(0.0, 3.0) {
            share if share < 1.0 => FaultKind::Breakdown,
            share if share < 2.0 => FaultKind::OffRoute,
            _ => FaultKind::Silence,
        };
        let from = now.after(drive.mul_f64(dice.between(0.2, 0.6)));
        Self { driver, shipment, kind, from, until: from.after(dice.seconds(3600, 3 * 3600)) }
    }

    /// Whether its device says nothing at an instant.
    #[must_use]
    pub fn silences(&self, now: Timestamp) -> bool {
        self.kind == FaultKind::Silence && self.from <= now && now < self.until
    }

    /// Where a truck is that should be somewhere: beside its way, which leads in a direction (degrees from north).
    #[must_use]
    pub fn astray(&self, place: Position, direction: f64, now: Timestamp) -> Position {
        if self.kind != FaultKind::OffRoute || now < self.from || now >= self.until {
            return place;
        }
        let ramp = |span: Duration| (span.as_secs_f64() / ASTRAY_RAMP.as_secs_f64()).min(1.0);
        let share = ramp(now.since(self.from)).min(ramp(self.until.since(now)));
        let (north, east) = (-direction.to_radians().sin(), direction.to_radians().cos());
        Position {
            latitude: place.latitude + ASTRAY_DEGREES * share * north,
            longitude: place.longitude + ASTRAY_DEGREES * share * east / place.latitude.to_radians().cos(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use kernel::{TypedId, Uuid};

    #[test]
    fn who_goes_astray_comes_back_at_a_trucks_speed() {
        let at = |minutes: u64| Timestamp::from_millis(0).after(Duration::from_secs(minutes * 60));
        let (driver, shipment) = (DriverId::from_uuid(Uuid::nil()), ShipmentId::from_uuid(Uuid::nil()));
        let fault = Fault { driver, shipment, kind: FaultKind::OffRoute, from: at(10), until: at(130) };
        let place = Position { latitude: 45.0, longitude: 9.0 };
        let west = |minutes| fault.astray(place, 270.0, at(minutes));
        assert_eq!((west(9), west(130)), (place, place));
        assert!((west(70).latitude - 45.2).abs() < 1e-9 && (west(70).longitude - 9.0).abs() < 1e-9);
        let step = west(15).distance_km(west(16));
        assert!(step < 1.0, "{step} km a minute");
        assert!(!fault.silences(at(20)));
        assert!(Fault { kind: FaultKind::Silence, ..fault }.silences(at(20)));
    }
}
