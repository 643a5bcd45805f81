//! The short references that people use: `SHM-MIL-000123` is a shipment from around Milan (design, section 5; annex,
//! section 1).

use contracts::{gazetteer, profile::FacilityType};
use kernel::Position;

/// The three letters of the city that is nearest to a place.
#[must_use]
pub fn place_code(place: Position) -> &'static str {
    gazetteer::nearest(place).code
}

/// The sequence that numbers the references of a kind around a city.
#[must_use]
pub fn sequence(prefix: &str, place_code: &str) -> String {
    format!("{prefix}-{place_code}")
}

/// The reference of a kind, around a city, with a number.
#[must_use]
pub fn of(prefix: &str, place_code: &str, number: i64) -> String {
    format!("{prefix}-{place_code}-{number:06}")
}

/// A facility's reference, which also says its kind: `FAC-MIL-W000004`.
#[must_use]
pub fn facility(kind: FacilityType, place_code: &str, number: i64) -> String {
    let letter = match kind {
        FacilityType::Warehouse => 'W',
        FacilityType::Depot => 'D',
        FacilityType::Terminal => 'T',
        FacilityType::CrossDock => 'X',
    };
    format!("FAC-{place_code}-{letter}{number:06}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reference_names_the_nearest_city() {
        let monza = Position { latitude: 45.5845, longitude: 9.2744 };
        let code = place_code(monza);
        assert_eq!(of("SHM", code, 123), "SHM-MIL-000123");
        assert_eq!(of("SHM", code, 1_234_567), "SHM-MIL-1234567");
        assert_eq!(sequence("DRV", code), "DRV-MIL");
        assert_eq!(facility(FacilityType::CrossDock, code, 4), "FAC-MIL-X000004");
    }
}
