//! A truck breaks down in the middle of a day of 1,000 stops: how long until a plan stands that leaves nothing out.
//!
//! `cargo bench -p planner --bench breakdown`

#![expect(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "a measuring program; it may fail loudly"
)]

#[path = "../tests/whole/day.rs"]
mod day;

use kernel::{Clock, Timestamp};
use planner::{Budget, Control, Load, Nobody, Problem, Solved, solve};
use std::{
    sync::atomic::AtomicBool,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

struct WallClock;

impl Clock for WallClock {
    fn now(&self) -> Timestamp {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
        Timestamp::from_micros(i64::try_from(since.as_micros()).unwrap())
    }
}

fn solved(problem: &Problem, time: Duration) -> Solved {
    let control = Control {
        seed: 1,
        budget: Budget { time: Some(time), iterations: None },
        clock: &WallClock,
        stop: &AtomicBool::new(false),
        watcher: &mut Nobody,
    };
    solve(problem, control).unwrap()
}

fn main() {
    let mut problem = day::day(500, 160);
    let before = solved(&problem, Duration::from_secs(5));
    println!(
        "the day: {} stops, {} trucks used, instant answer {:.1} ms, {} left out",
        problem.stops.len(),
        before.plan.routes.len(),
        before.instant.as_secs_f64() * 1e3,
        before.plan.left_out.len()
    );
    for route in &before.plan.routes {
        let vehicle = &mut problem.vehicles[route.vehicle];
        let (done, ahead) = route.stops.split_at(route.stops.len() / 3);
        (vehicle.frozen, vehicle.planned) = (done.to_vec(), ahead.to_vec());
    }
    let busiest = before.plan.routes.iter().max_by_key(|route| route.stops.len()).unwrap();
    let broken = &mut problem.vehicles[busiest.vehicle];
    (broken.frozen, broken.planned, broken.capacity) = (vec![], vec![], Load::default());
    for (name, keep) in [("earlier plan given", true), ("only what is frozen", false)] {
        let mut again = problem.clone();
        if !keep {
            again.vehicles.iter_mut().for_each(|vehicle| vehicle.planned.clear());
        }
        let mut times: Vec<f64> = (0..5)
            .map(|_| {
                let after = solved(&again, Duration::from_secs(1));
                after.first_feasible.map_or(f64::INFINITY, |time| time.as_secs_f64() * 1e3)
            })
            .collect();
        times.sort_by(f64::total_cmp);
        println!(
            "re-plan, {name}: feasible after {:.1} ms (median of 5; worst {:.1} ms)",
            times[2], times[4]
        );
    }
}
