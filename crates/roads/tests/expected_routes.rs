//! Routes over the extracts of `../shared/data/osm` beside the distances that another router's own tests expect there.

#![expect(clippy::unwrap_used, reason = "a test may fail at any step")]

use roads::{Objective, Router, Vehicle, Wish, geometry::Point, import};
use serde_json::Value;
use std::path::PathBuf;

fn data() -> Option<PathBuf> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/osm");
    let there = folder.join("expected_car_routes.json").exists();
    if !there {
        println!("skipped: {} is not there", folder.display());
    }
    there.then_some(folder)
}

fn router(folder: &std::path::Path, file: &str) -> Router {
    let imported = import(&folder.join(file), None, &mut |_| {}).unwrap();
    Router::contracted(imported.graph).unwrap()
}

fn point(value: &Value) -> Point {
    Point::from_degrees(value[0].as_f64().unwrap(), value[1].as_f64().unwrap()).unwrap()
}

/// The sets whose routes are the shortest legal ones must agree within 10 m or 1 %; the sets that minimise another
/// router's idea of time are printed beside.
#[test]
fn distance_biased_routes_agree() {
    let Some(folder) = data() else { return };
    let text = std::fs::read_to_string(folder.join("expected_car_routes.json")).unwrap();
    let expected: Value = serde_json::from_str(&text).unwrap();
    let mut wrong = Vec::new();
    for set in expected["sets"].as_array().unwrap() {
        let name = set["name"].as_str().unwrap();
        let router = router(&folder, set["osm_file"].as_str().unwrap());
        let must = set["objective"].as_str().unwrap().starts_with("distance_biased");
        let objective = if must { Objective::Shortest } else { Objective::Fastest };
        let wish = Wish { vehicle: Vehicle::CAR, objective, turns: true };
        let mut agree = 0;
        let queries = queries(set);
        for (from, to, metres) in &queries {
            let route = router.route(wish, *from, *to).unwrap();
            let found = route.effort.length_mm as f64 / 1000.0;
            let fine = (found - metres).abs() <= f64::max(10.0, metres / 100.0);
            agree += usize::from(fine);
            if !fine {
                println!("{name}: {from:?} to {to:?}: {found:.1} m, expected {metres} m");
            }
            if must && !fine {
                wrong.push(format!("{name}: {found:.1} m instead of {metres} m"));
            }
        }
        println!("{name}: {agree} of {} agree", queries.len());
    }
    assert_eq!(wrong, Vec::<String>::new());
}

fn queries(set: &Value) -> Vec<(Point, Point, f64)> {
    if let Some(via) = set["via"].as_array() {
        let legs = set["leg_distance_m"].as_array().unwrap();
        let pairs = via.windows(2).zip(legs);
        return pairs.map(|(pair, leg)| (point(&pair[0]), point(&pair[1]), leg.as_f64().unwrap())).collect();
    }
    let queries = set["queries"].as_array().unwrap().iter();
    queries.map(|q| (point(&q["from"]), point(&q["to"]), q["distance_m"].as_f64().unwrap())).collect()
}
