//! A truck breaks down: its loads go to others, and nobody's trip under way is turned round.

use crate::{day::day, samples::solved};
use planner::{Load, check};

#[test]
fn the_loads_of_a_broken_truck_go_to_others_and_trips_under_way_stay() {
    let mut problem = day(100, 40);
    let before = solved(&problem, 200, 1).plan;
    assert!(before.left_out.is_empty());
    for route in &before.routes {
        let vehicle = &mut problem.vehicles[route.vehicle];
        let (done, ahead) = route.stops.split_at(route.stops.len() / 3);
        (vehicle.frozen, vehicle.planned) = (done.to_vec(), ahead.to_vec());
    }
    let broken = before.routes.iter().find(|route| route.stops.len() >= 6).unwrap();
    let vehicle = &mut problem.vehicles[broken.vehicle];
    let fetched: Vec<usize> = vehicle.frozen.drain(..).collect();
    vehicle.planned.clear();
    vehicle.capacity = Load::default();
    // What it had loaded waits beside the road; the frozen stops of the others are as they were.
    let roadside = problem.stops[*fetched.last().unwrap()].place;
    for stop in fetched.iter().filter(|stop| **stop % 2 == 0) {
        problem.stops[*stop].place = roadside;
    }
    let after = solved(&problem, 0, 1).plan;
    assert!(after.left_out.is_empty(), "{:?}", after.left_out);
    assert!(after.routes.iter().all(|route| route.vehicle != broken.vehicle));
    assert_eq!(check(&problem, &after), []);
    for route in &after.routes {
        assert!(route.stops.starts_with(&problem.vehicles[route.vehicle].frozen));
    }
}
