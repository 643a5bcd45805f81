//! The public instances and their best known solutions (`../shared/data/vrp`; skipped aloud when it is absent).

use crate::samples::solved;
use planner::{Problem, read};
use std::{fs, path::PathBuf};

fn folder() -> Option<PathBuf> {
    let folder = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/data/vrp"));
    if folder.is_dir() {
        return Some(folder);
    }
    eprintln!("{} is absent: the public instances are not tried", folder.display());
    None
}

/// An instance with its published solution: vehicles, distance and routes of customer numbers.
type Published = (String, Problem, usize, f64, Vec<Vec<usize>>);

/// All Li and Lim instances.
fn published() -> Vec<Published> {
    let Some(folder) = folder() else { return Vec::new() };
    let mut all = Vec::new();
    for entry in fs::read_dir(folder.join("lilim100/solutions")).unwrap() {
        let path = entry.unwrap().path();
        let file = path.file_name().unwrap().to_str().unwrap().trim_end_matches(".txt").to_owned();
        let (name, cost) = file.split_once('.').unwrap();
        let (vehicles, distance) = cost.split_once('_').unwrap();
        let text = fs::read_to_string(&path).unwrap();
        let routes = text
            .lines()
            .filter(|line| line.starts_with("Route"))
            .map(|line| {
                let (_, stops) = line.split_once(':').unwrap();
                stops.split_whitespace().map(|stop| stop.parse().unwrap()).collect()
            })
            .collect();
        let instance = fs::read_to_string(folder.join(format!("lilim100/instances/{name}.txt"))).unwrap();
        let problem = read::lilim(&instance).unwrap();
        all.push((name.to_owned(), problem, vehicles.parse().unwrap(), distance.parse().unwrap(), routes));
    }
    assert_eq!(all.len(), 56);
    all
}

#[test]
fn the_published_solutions_are_possible_at_their_published_distance() {
    for (name, mut problem, vehicles, distance, routes) in published() {
        for (vehicle, route) in problem.vehicles.iter_mut().zip(routes) {
            vehicle.planned = route.iter().map(|customer| customer - 1).collect();
        }
        let plan = solved(&problem, 0, 1).plan;
        assert_eq!(plan.routes.len(), vehicles, "{name}");
        assert!(plan.left_out.is_empty(), "{name}");
        assert!((plan.distance - distance).abs() < 0.001, "{name}: {} instead of {distance}", plan.distance);
    }
}

#[test]
fn a_search_of_a_few_thousand_steps_comes_near_the_published_solutions() {
    let (mut vehicles_sum, mut known_sum, mut count, mut gaps) = (0, 0, 0, Vec::new());
    for (name, problem, vehicles, distance, _) in published() {
        let plan = solved(&problem, 3_000, 1).plan;
        assert!(plan.left_out.is_empty(), "{name}");
        assert!(plan.routes.len() <= vehicles + 2, "{name}: {} vehicles of {vehicles}", plan.routes.len());
        if plan.routes.len() == vehicles {
            gaps.push(plan.distance / distance - 1.0);
            assert!(plan.distance > distance - 0.001, "{name}: better than best known: {}", plan.distance);
        }
        vehicles_sum += plan.routes.len();
        known_sum += vehicles;
        count += 1;
    }
    assert!(
        vehicles_sum <= known_sum + 12,
        "{vehicles_sum} vehicles instead of {known_sum} on {count} instances"
    );
}

#[test]
fn the_instant_answer_leaves_nothing_out() {
    for (name, problem, ..) in published() {
        let solved = solved(&problem, 0, 1);
        assert!(solved.plan.left_out.is_empty(), "{name}");
        assert_eq!(solved.iterations, 0, "{name}");
    }
}

#[test]
fn solomons_instances_are_read_and_solved() {
    let Some(folder) = folder() else { return };
    for (name, vehicles, distance) in [("C101", 10, 828.94), ("C201", 3, 591.56), ("R101", 19, 1650.80)] {
        let text = fs::read_to_string(folder.join(format!("solomon/{name}.txt"))).unwrap();
        let problem = read::solomon(&text).unwrap();
        assert_eq!(problem.jobs.len(), 100);
        let plan = solved(&problem, 6_000, 1).plan;
        assert!(plan.left_out.is_empty(), "{name}");
        assert_eq!(plan.routes.len(), vehicles, "{name}");
        assert!(plan.distance < distance * 1.02, "{name}: {}", plan.distance);
    }
}

#[test]
fn the_same_seed_and_steps_give_the_same_plan() {
    for (name, problem, ..) in published().into_iter().step_by(11) {
        let (once, again) = (solved(&problem, 1_500, 7).plan, solved(&problem, 1_500, 7).plan);
        assert_eq!(once, again, "{name}");
    }
}
