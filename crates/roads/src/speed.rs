//! How fast a vehicle drives on a road: signs, then the law of the country, then experience.

use crate::{
    import::NO_SPEED_LIMIT,
    road::{Class, Kind, Road},
    vehicle::Vehicle,
};

/// A country's general limits in km/h: motorway, rural road, town; then for trucks above 12 t: motorway, rural road.
/// (Limits in force in 2025; where weights differ, those of articulated vehicles.)
const LIMITS: &[([u8; 2], [u8; 5])] = &[
    (*b"AD", [90, 90, 50, 80, 70]),
    (*b"AT", [130, 100, 50, 80, 70]),
    (*b"BE", [120, 80, 50, 90, 60]),
    (*b"BG", [140, 90, 50, 100, 80]),
    (*b"CH", [120, 80, 50, 80, 80]),
    (*b"CZ", [130, 90, 50, 80, 80]),
    (*b"DE", [130, 100, 50, 80, 60]),
    (*b"DK", [130, 80, 50, 80, 80]),
    (*b"EE", [110, 90, 50, 90, 90]),
    (*b"ES", [120, 90, 50, 90, 80]),
    (*b"FI", [120, 80, 50, 80, 80]),
    (*b"FR", [130, 80, 50, 90, 80]),
    (*b"GB", [112, 96, 48, 96, 80]),
    (*b"GR", [130, 90, 50, 85, 80]),
    (*b"HR", [130, 90, 50, 90, 80]),
    (*b"HU", [130, 90, 50, 80, 70]),
    (*b"IE", [120, 80, 50, 90, 80]),
    (*b"IT", [130, 90, 50, 80, 70]),
    (*b"LT", [130, 90, 50, 90, 80]),
    (*b"LU", [130, 90, 50, 90, 75]),
    (*b"LV", [130, 90, 50, 90, 80]),
    (*b"MC", [50, 50, 50, 50, 50]),
    (*b"NL", [100, 80, 50, 80, 80]),
    (*b"NO", [110, 80, 50, 80, 80]),
    (*b"PL", [140, 90, 50, 80, 70]),
    (*b"PT", [120, 90, 50, 80, 70]),
    (*b"RO", [130, 90, 50, 110, 80]),
    (*b"RS", [130, 80, 50, 90, 80]),
    (*b"SE", [110, 70, 50, 80, 80]),
    (*b"SI", [130, 90, 50, 80, 80]),
    (*b"SK", [130, 90, 50, 90, 90]),
];
const ELSEWHERE: [u8; 5] = [120, 90, 50, 80, 70];

/// A country's general limits; those of an average country where it is unknown.
fn limits(country: [u8; 2]) -> [u8; 5] {
    LIMITS.binary_search_by(|(known, _)| known.cmp(&country)).map_or(ELSEWHERE, |at| LIMITS[at].1)
}

/// The limit a sign such as `IT:rural` stands for, in km/h.
#[must_use]
pub fn zone_limit(country: [u8; 2], zone: &str) -> Option<u8> {
    let [motorway, rural, urban, ..] = limits(country);
    match zone {
        "motorway" => Some(motorway),
        "rural" | "trunk" => Some(rural),
        "urban" => Some(urban),
        "living_street" => Some(10),
        _ => zone.strip_prefix("zone").and_then(|speed| speed.trim_start_matches([':', '_']).parse().ok()),
    }
}

/// What a class of road lets one drive in practice outside towns, km/h, whatever the signs.
const fn practice(class: Class, link: bool) -> u8 {
    match (class, link) {
        (Class::Motorway, false) => 130,
        (Class::Trunk, false) => 100,
        (Class::Motorway | Class::Trunk, true) => 60,
        (Class::Primary, false) => 80,
        (Class::Secondary, false) => 70,
        (Class::Primary | Class::Secondary, true) => 45,
        (Class::Tertiary, false) => 60,
        (Class::Tertiary, true) | (Class::Unclassified, _) => 45,
        (Class::Residential, _) => 30,
        (Class::Service | Class::Road, _) => 20,
        (Class::Track, _) => 12,
        (Class::LivingStreet, _) => 8,
        (Class::Ferry, _) => 15,
    }
}

/// The speed in m/h that a vehicle keeps on a road in a direction (0 along, 1 against). Never 0.
#[must_use]
pub fn metres_per_hour(road: &Road, direction: usize, vehicle: &Vehicle) -> u32 {
    if road.class == Class::Ferry {
        return if road.ferry_m_per_h > 0 { road.ferry_m_per_h } else { 15_000 };
    }
    let [motorway, rural, town, truck_motorway, truck_rural] = limits(road.country);
    let truck = vehicle.kind == Kind::Truck;
    let signed = match road.speed_kmh[direction] {
        0 => None,
        NO_SPEED_LIMIT => Some(motorway),
        speed => Some(speed),
    };
    let general = match road.class {
        Class::Motorway => motorway,
        _ if road.urban => town,
        _ => rural,
    };
    // A sign says more than the class; without one the class says what is usual.
    let mut speed = match signed {
        Some(sign) => sign.min(practice(road.class, road.link).saturating_mul(2)),
        None => general.min(practice(road.class, road.link)),
    };
    if truck {
        speed = speed.min(if road.class == Class::Motorway { truck_motorway } else { truck_rural });
        if road.truck_speed_kmh[direction] > 0 {
            speed = speed.min(road.truck_speed_kmh[direction]);
        }
    }
    // Nobody drives at the limit all the time.
    u32::from(speed.min(vehicle.top_kmh).max(5)) * 900
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::road::{Access, Limits};

    fn road(class: Class, country: [u8; 2]) -> Road {
        Road {
            class,
            link: false,
            roundabout: false,
            urban: false,
            no_hazmat: false,
            toll: 0,
            access: [Access::default(); 2],
            speed_kmh: [0; 2],
            truck_speed_kmh: [0; 2],
            ferry_m_per_h: 0,
            limits: Limits::default(),
            country,
            name: 0,
            number: 0,
        }
    }

    #[test]
    fn countries_are_in_order() {
        assert!(LIMITS.is_sorted_by_key(|(country, _)| *country));
    }

    #[test]
    fn trucks_obey_the_country() {
        let speed = |country| metres_per_hour(&road(Class::Motorway, country), 0, &Vehicle::TRUCK_40T);
        assert_eq!(speed(*b"DE"), 72_000);
        assert_eq!(speed(*b"FR"), 80_100);
        assert!(metres_per_hour(&road(Class::Motorway, *b"DE"), 0, &Vehicle::CAR) > speed(*b"DE"));
    }

    #[test]
    fn a_sign_beats_the_class() {
        let mut slow = road(Class::Primary, *b"IT");
        slow.speed_kmh = [30, 70];
        assert_eq!(metres_per_hour(&slow, 0, &Vehicle::CAR), 27_000);
        assert_eq!(metres_per_hour(&slow, 1, &Vehicle::CAR), 63_000);
        slow.truck_speed_kmh = [20, 0];
        assert_eq!(metres_per_hour(&slow, 0, &Vehicle::TRUCK_12T), 18_000);
    }
}
