//! Distances without trigonometry in the middle: points on the unit sphere, whose squared chord grows with the
//! great-circle distance.

use kernel::{EARTH_RADIUS_KM, Position};

/// A position on the unit sphere.
#[must_use]
pub fn unit_vector(position: Position) -> [f64; 3] {
    let (sin_lat, cos_lat) = position.latitude.to_radians().sin_cos();
    let (sin_lon, cos_lon) = position.longitude.to_radians().sin_cos();
    [cos_lat * cos_lon, cos_lat * sin_lon, sin_lat]
}

/// The squared chord between two points on the unit sphere.
#[must_use]
pub fn chord2(one: [f64; 3], other: [f64; 3]) -> f64 {
    let [a, b, c] = [0, 1, 2].map(|axis| one[axis] - other[axis]);
    a * a + b * b + c * c
}

/// The great-circle distance in km of a squared chord.
#[must_use]
pub fn km_of_chord2(chord2: f64) -> f64 {
    2.0 * EARTH_RADIUS_KM * (chord2.sqrt() / 2.0).min(1.0).asin()
}

/// The squared chord of a great-circle distance in km; the largest one for half the globe and more.
#[must_use]
pub fn chord2_of_km(km: f64) -> f64 {
    let half_angle = (km / (2.0 * EARTH_RADIUS_KM)).min(std::f64::consts::FRAC_PI_2);
    let chord = 2.0 * half_angle.sin();
    chord * chord
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn chords_measure_what_the_haversine_measures(
            a in -90.0..=90.0_f64, b in -180.0..=180.0_f64, c in -90.0..=90.0_f64, d in -180.0..=180.0_f64,
        ) {
            let (one, other) = (Position::new(a, b).unwrap(), Position::new(c, d).unwrap());
            let chord2 = chord2(unit_vector(one), unit_vector(other));
            // Near the antipode both formulas lose digits; a metre is far below what any rule asks.
            prop_assert!((km_of_chord2(chord2) - one.distance_km(other)).abs() < 1e-3 + 1e-6 * one.distance_km(other));
        }

        #[test]
        fn a_distance_survives_its_chord(km in 0.0..20_000.0_f64) {
            prop_assert!((km_of_chord2(chord2_of_km(km)) - km).abs() < 1e-3 + 1e-6 * km);
        }
    }
}
