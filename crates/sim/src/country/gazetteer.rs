//! A country without flow data: the cities of the built-in gazetteer.

use super::{Country, FlowsError, Lane, Place, RoadGraph};
use contracts::gazetteer::{CITIES, City};

/// Freight between two cities falls to 1/e at this distance: the mean haul of national road freight is near it.
const HAUL_KM: f64 = 200.0;

/// All cities together.
const EUROPE: &str = "EU";

pub(super) fn country(code: &str) -> Result<Country, FlowsError> {
    let cities: Vec<&City> = CITIES.iter().filter(|city| code == EUROPE || city.country == code).collect();
    let places =
        cities.iter().map(|city| Place { name: city.name.to_owned(), position: city.position() }).collect();
    let roads = RoadGraph::without_edges(cities.iter().map(|city| city.position()));
    Country::assemble(places, lanes(&cities), roads)
        .ok_or_else(|| FlowsError::Country { country: code.to_owned(), known: countries() })
}

fn lanes(cities: &[&City]) -> Vec<Lane> {
    let mut lanes = Vec::new();
    for (origin, from) in cities.iter().enumerate() {
        for (destination, to) in cities.iter().enumerate() {
            if origin != destination {
                let km = from.position().assumed_road_km(to.position());
                lanes.push(Lane { origin, destination, trucks_per_year: (-km / HAUL_KM).exp() });
            }
        }
    }
    lanes
}

/// Countries with at least two cities.
fn countries() -> String {
    let mut codes: Vec<&str> = CITIES.iter().map(|city| city.country).collect();
    codes.sort_unstable();
    let mut known: Vec<&str> =
        codes.chunk_by(|a, b| a == b).filter(|same| same.len() > 1).map(|same| same[0]).collect();
    known.push(EUROPE);
    known.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dice::Dice;

    #[test]
    fn italy_has_lanes_between_different_cities() {
        let italy = country("IT").unwrap();
        let dice = Dice::new(1, 1);
        for _ in 0..1000 {
            let (from, to) = italy.draw_lane(&dice);
            assert_ne!(from.name, to.name);
        }
    }

    #[test]
    fn a_country_without_two_cities_is_refused_by_the_options_name() {
        let message = country("IE").err().unwrap().to_string();
        assert!(
            message.contains("--country IE") && message.contains("IT") && message.contains("EU"),
            "{message}"
        );
        assert!(country("EU").is_ok());
    }
}
