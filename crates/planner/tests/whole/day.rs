//! A day of freight, drawn from a fixed sequence.

use planner::{Importance, Job, Load, Objective, Problem, Stop, Task, Travel, Vehicle, Window};

/// A day of loads in a square of 200 by 200 km at 60 km/h, for trucks that are spread over it.
pub fn day(jobs: usize, trucks: usize) -> Problem {
    let mut state: u64 = 0x1234_5678;
    let mut below = |bound: u64| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) % bound
    };
    let mut points: Vec<(f64, f64)> = Vec::new();
    let mut stops = Vec::new();
    for number in 0..jobs {
        let opens = below(6 * 3600) as f64;
        for (half, delay) in [("pickup", 0.0), ("delivery", 3.0 * 3600.0)] {
            points.push((below(12_000) as f64, below(12_000) as f64));
            stops.push(Stop {
                name: format!("{number}/{half}"),
                place: points.len() - 1,
                window: Window { from: opens + delay, to: opens + delay + 5.0 * 3600.0 },
                service: 300.0,
                preference: None,
            });
        }
    }
    let vehicles = (0..trucks).map(|number| {
        points.push((below(12_000) as f64, below(12_000) as f64));
        Vehicle {
            name: format!("truck {number}"),
            start: Some(points.len() - 1),
            end: None,
            shift: Window { from: 0.0, to: 16.0 * 3600.0 },
            capacity: Load([24_000, 33, 0, 0]),
            skills: 0,
            fixed_cost: 1_000.0,
            distance_cost: 1.0,
            time_cost: 0.1,
            frozen: vec![],
            planned: vec![],
            hours: None,
        }
    });
    let vehicles = vehicles.collect();
    let job = |number: usize| Job {
        name: number.to_string(),
        task: Task::Carry { pickup: 2 * number, delivery: 2 * number + 1 },
        load: Load([4_000, 6, 0, 0]),
        skills: 0,
        importance: Importance::Mandatory(1),
        vehicle: None,
    };
    Problem {
        objective: Objective::Cheapest,
        travel: Travel::plane(points),
        stops,
        jobs: (0..jobs).map(job).collect(),
        vehicles,
    }
}
