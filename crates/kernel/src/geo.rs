//! Places: WGS 84, latitude before longitude, named so in every type (design, section 5).

use serde::{Deserialize, Serialize};

/// The mean Earth radius of the IUGG in km, for great-circle distances.
pub const EARTH_RADIUS_KM: f64 = 6371.0088;

/// Roads are that much longer than the great circle (design, section 6).
pub const ROAD_FACTOR: f64 = 1.3;

/// A coordinate off the globe or not a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidPosition {
    /// The latitude is not within -90..=90 degrees.
    #[error("latitude must be between -90 and 90")]
    Latitude,
    /// The longitude is not within -180..=180 degrees.
    #[error("longitude must be between -180 and 180")]
    Longitude,
}

/// A point on the globe in degrees.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Position {
    /// Degrees north, -90 to 90.
    pub latitude: f64,
    /// Degrees east, -180 to 180.
    pub longitude: f64,
}

impl Position {
    /// Checks both coordinates.
    ///
    /// # Errors
    /// [`InvalidPosition`] names the coordinate that is off the globe.
    pub fn new(latitude: f64, longitude: f64) -> Result<Self, InvalidPosition> {
        if !(-90.0..=90.0).contains(&latitude) {
            return Err(InvalidPosition::Latitude);
        }
        if !(-180.0..=180.0).contains(&longitude) {
            return Err(InvalidPosition::Longitude);
        }
        Ok(Self { latitude, longitude })
    }

    /// Great-circle distance in km (haversine formula).
    #[must_use]
    pub fn distance_km(self, other: Self) -> f64 {
        let (a, b) = (self.latitude.to_radians(), other.latitude.to_radians());
        let half_lat = (b - a) / 2.0;
        let half_lon = (other.longitude - self.longitude).to_radians() / 2.0;
        let h = half_lat.sin().powi(2) + a.cos() * b.cos() * half_lon.sin().powi(2);
        2.0 * EARTH_RADIUS_KM * h.sqrt().min(1.0).asin()
    }

    /// A distance in km that the great-circle distance is never below, at next to no cost: that of the two latitudes.
    #[must_use]
    pub fn at_least_km(self, other: Self) -> f64 {
        (other.latitude - self.latitude).abs() * EARTH_RADIUS_KM.to_radians()
    }

    /// Another place on the plane that touches the globe here: km to the east and to the north, the shorter way around
    /// the globe. Right for some hundred km.
    #[must_use]
    pub fn flat_km(self, other: Self) -> (f64, f64) {
        let km_per_degree = EARTH_RADIUS_KM.to_radians();
        let east = (other.longitude - self.longitude + 540.0).rem_euclid(360.0) - 180.0;
        let shrink = self.latitude.to_radians().cos();
        (east * shrink * km_per_degree, (other.latitude - self.latitude) * km_per_degree)
    }

    /// The place so many km to the east and to the north on that plane; what would be beyond a pole is at it.
    #[must_use]
    pub fn moved_km(self, east_km: f64, north_km: f64) -> Self {
        let km_per_degree = EARTH_RADIUS_KM.to_radians();
        let shrink = self.latitude.to_radians().cos().max(1e-3);
        let longitude = self.longitude + east_km / (shrink * km_per_degree);
        Self {
            latitude: (self.latitude + north_km / km_per_degree).clamp(-90.0, 90.0),
            longitude: (longitude + 540.0).rem_euclid(360.0) - 180.0,
        }
    }

    /// Km to the straight piece between two places, and where on it the nearest point is, 0 to 1.
    #[must_use]
    pub fn to_segment(self, a: Self, b: Self) -> (f64, f64) {
        let ((ax, ay), (bx, by)) = (self.flat_km(a), self.flat_km(b));
        let (dx, dy) = (bx - ax, by - ay);
        let length_squared = dx * dx + dy * dy;
        let along =
            if length_squared > 0.0 { (-(ax * dx + ay * dy) / length_squared).clamp(0.0, 1.0) } else { 0.0 };
        ((ax + along * dx).hypot(ay + along * dy), along)
    }

    /// The road distance in km that is assumed where no road network is known: great circle x 1.3 (design, section 6).
    #[must_use]
    pub fn assumed_road_km(self, other: Self) -> f64 {
        self.distance_km(other) * ROAD_FACTOR
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_place_that_is_moved_is_as_far_away() {
        let milan = Position::new(45.4642, 9.19).unwrap();
        for (east_km, north_km) in [(30.0, 0.0), (0.0, -30.0), (-18.0, 24.0)] {
            let moved = milan.moved_km(east_km, north_km);
            assert!((milan.distance_km(moved) - 30.0).abs() < 0.2, "{moved:?}");
            let (east, north) = milan.flat_km(moved);
            assert!((east - east_km).abs() < 1e-6 && (north - north_km).abs() < 1e-6);
        }
        let east = Position::new(0.0, 179.9).unwrap().moved_km(100.0, 0.0);
        assert!((-180.0..-179.0).contains(&east.longitude), "{east:?}");
        let (km, along) = milan.to_segment(milan.moved_km(-5.0, 3.0), milan.moved_km(15.0, 3.0));
        assert!((km - 3.0).abs() < 1e-6 && (along - 0.25).abs() < 1e-6, "{km} {along}");
    }

    #[test]
    fn milan_to_rome_is_477_km() {
        let milan = Position::new(45.4642, 9.19).unwrap();
        let rome = Position::new(41.9028, 12.4964).unwrap();
        assert!((milan.distance_km(rome) - 477.0).abs() < 1.0);
    }

    #[test]
    fn points_off_the_globe_are_refused() {
        assert_eq!(Position::new(90.1, 0.0), Err(InvalidPosition::Latitude));
        assert_eq!(Position::new(f64::NAN, 0.0), Err(InvalidPosition::Latitude));
        assert_eq!(Position::new(0.0, -180.5), Err(InvalidPosition::Longitude));
        assert_eq!(Position::new(0.0, f64::INFINITY), Err(InvalidPosition::Longitude));
    }

    proptest! {
        #[test]
        fn distance_is_symmetric_and_bounded(a in -90.0..=90.0, b in -180.0..=180.0, c in -90.0..=90.0, d in -180.0..=180.0) {
            let (p, q) = (Position::new(a, b).unwrap(), Position::new(c, d).unwrap());
            prop_assert!((p.distance_km(q) - q.distance_km(p)).abs() < 1e-9);
            prop_assert!(p.distance_km(q) <= std::f64::consts::PI * EARTH_RADIUS_KM + 1e-6);
        }
    }
}
