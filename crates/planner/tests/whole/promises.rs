//! Whatever the problem: the plan keeps its rules (the search's own checker says so before it answers), and the search
//! ends when it is told to.

use crate::samples::{Still, solved};
use planner::{
    Budget, Control, Hours, Importance, Job, Leg, Load, Objective, Plan, PlanError, Preference, Problem,
    Progress, Stop, Task, Travel, Vehicle, Watcher, Window, check, solve,
};
use proptest::{collection::vec, option, prelude::*};
use std::sync::atomic::{AtomicBool, Ordering};

const PLACES: usize = 7;

fn window() -> impl Strategy<Value = Window> {
    (0..40_i32, 0..60_i32).prop_map(|(from, width)| Window {
        from: f64::from(from) * 1000.0,
        to: f64::from(from + width) * 1000.0,
    })
}

fn stop() -> impl Strategy<Value = Stop> {
    let preference = option::weighted(0.2, (window(), 0..5_i32))
        .prop_map(|given| given.map(|(window, price)| Preference { window, price: f64::from(price) * 0.01 }));
    (0..PLACES, window(), 0..3_i32, preference).prop_map(|(place, window, service, preference)| Stop {
        name: String::new(),
        place,
        window,
        service: f64::from(service) * 300.0,
        preference,
    })
}

/// What a job is like before its stops are numbered.
#[derive(Debug, Clone)]
struct Draft {
    kind: u8,
    stops: (Stop, Stop),
    load: [i32; 2],
    skills: u64,
    optional: Option<i32>,
    vehicle: Option<usize>,
}

fn draft() -> impl Strategy<Value = Draft> {
    let vehicle = option::weighted(0.15, 0..3_usize);
    (0..5_u8, (stop(), stop()), [0..8_i32, 0..5_i32], 0..4_u64, option::weighted(0.3, 0..20_000), vehicle)
        .prop_map(|(kind, stops, load, skills, optional, vehicle)| Draft {
            kind,
            stops,
            load,
            skills,
            optional,
            vehicle,
        })
}

fn vehicle() -> impl Strategy<Value = Vehicle> {
    let ends = (option::of(0..PLACES), option::of(0..PLACES));
    let limits = ([0..20_i32, 0..12_i32], 0..4_u64, window());
    let costs = (0..3_i32, 0..3_i32, 0..3_i32);
    (ends, limits, costs, option::weighted(0.4, (0..16_000_i32, 0..16_000_i32))).prop_map(
        |((start, end), (capacity, skills, shift), (fixed, by_distance, by_time), hours)| Vehicle {
            name: String::new(),
            start,
            end,
            shift: Window { from: shift.from, to: shift.to + 60_000.0 },
            capacity: Load([capacity[0], capacity[1], 0, 0]),
            skills,
            fixed_cost: f64::from(fixed) * 500.0,
            distance_cost: f64::from(by_distance) * 0.5,
            time_cost: f64::from(by_time) * 0.25,
            frozen: vec![],
            planned: vec![],
            hours: hours.map(|(driven, on_duty)| Hours {
                driven_since_break: f64::from(driven),
                driven_today: f64::from(driven),
                on_duty: f64::from(driven + on_duty),
                ..Hours::eu561()
            }),
        },
    )
}

/// Distances that need not be symmetric nor obey the triangle inequality.
fn travel() -> impl Strategy<Value = Travel> {
    vec((0..9_000_i32, 0..9_000_i32), PLACES * PLACES).prop_map(|legs| {
        let leg = |(distance, time): (i32, i32)| Leg { distance: f64::from(distance), time: f64::from(time) };
        Travel::given(PLACES, legs.into_iter().map(leg).collect()).unwrap()
    })
}

fn problem() -> impl Strategy<Value = Problem> {
    let objective = prop_oneof![Just(Objective::Cheapest), Just(Objective::FewestVehicles)];
    (objective, travel(), vec(draft(), 1..14), vec(vehicle(), 3..5)).prop_map(assemble)
}

fn assemble((objective, travel, drafts, vehicles): (Objective, Travel, Vec<Draft>, Vec<Vehicle>)) -> Problem {
    let mut problem = Problem { objective, travel, stops: vec![], jobs: vec![], vehicles };
    for (number, draft) in drafts.into_iter().enumerate() {
        let first = problem.stops.len();
        problem.stops.push(Stop { name: format!("{number}/first"), ..draft.stops.0 });
        let mut vehicle = draft.vehicle;
        let task = match draft.kind {
            0 => Task::Deliver(first),
            1 => Task::Collect(first),
            2 => {
                let on = *vehicle.get_or_insert(number % 3);
                problem.vehicles[on].capacity += Load([draft.load[0], draft.load[1], 0, 0]);
                Task::Unload(first)
            }
            _ => {
                problem.stops.push(Stop { name: format!("{number}/second"), ..draft.stops.1 });
                Task::Carry { pickup: first, delivery: first + 1 }
            }
        };
        let importance = match (objective, draft.optional) {
            (Objective::Cheapest, Some(penalty)) => Importance::Optional(f64::from(penalty)),
            _ => Importance::Mandatory(1 + (number % 10) as u8),
        };
        let load = Load([draft.load[0], draft.load[1], 0, 0]);
        problem.jobs.push(Job {
            name: number.to_string(),
            task,
            load,
            skills: draft.skills,
            importance,
            vehicle,
        });
    }
    problem
}

/// Turns the beginning of each route of a plan into a trip under way.
fn under_way(problem: &Problem, plan: &Plan) -> Problem {
    let mut later = problem.clone();
    for route in &plan.routes {
        let (done, ahead) = route.stops.split_at(route.stops.len() / 2);
        later.vehicles[route.vehicle].frozen = done.to_vec();
        later.vehicles[route.vehicle].planned = ahead.to_vec();
    }
    later
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn every_plan_keeps_the_rules(problem in problem(), seed in 0..1000_u64) {
        prop_assume!(problem.faults().is_empty());
        let plan = solved(&problem, 60, seed).plan;
        prop_assert_eq!(check(&problem, &plan), []);
    }

    #[test]
    fn every_plan_after_a_start_keeps_the_rules(problem in problem(), seed in 0..1000_u64) {
        prop_assume!(problem.faults().is_empty());
        let later = under_way(&problem, &solved(&problem, 30, seed).plan);
        // A driver who has to leave earlier because the trip is under way may not end in time: a fault, not a plan.
        prop_assume!(later.faults().is_empty());
        let plan = solved(&later, 60, seed).plan;
        prop_assert_eq!(check(&later, &plan), []);
    }

    #[test]
    fn more_steps_never_give_a_worse_plan_of_what_must_be_served(problem in problem()) {
        prop_assume!(problem.faults().is_empty());
        let missing = |plan: &Plan| -> u32 {
            let weight = |job: usize| match problem.jobs[job].importance {
                Importance::Mandatory(priority) => u32::from(priority),
                Importance::Optional(_) => 0,
            };
            plan.left_out.iter().map(|out| weight(out.job)).sum()
        };
        let (instant, searched) = (solved(&problem, 0, 1).plan, solved(&problem, 100, 1).plan);
        prop_assert!(missing(&searched) <= missing(&instant));
        if missing(&searched) == missing(&instant) && problem.objective == Objective::Cheapest {
            prop_assert!(searched.cost <= instant.cost * (1.0 + 1e-9) + 1e-6);
        }
    }
}

/// Stops the search at its third better plan.
struct Impatient<'a> {
    stop: &'a AtomicBool,
    costs: Vec<f64>,
}

impl Watcher for Impatient<'_> {
    fn improved(&mut self, progress: &Progress, plan: &dyn Fn() -> Plan) {
        assert!((plan().cost - progress.cost).abs() < 1e-6 * progress.cost.max(1.0));
        self.costs.push(progress.cost);
        if self.costs.len() == 3 {
            self.stop.store(true, Ordering::Relaxed);
        }
    }
}

#[test]
fn a_search_can_be_stopped_and_answers_with_the_best_so_far() {
    let problem = crate::day::day(60, 30);
    let stop = AtomicBool::new(false);
    let mut watcher = Impatient { stop: &stop, costs: vec![] };
    let budget = Budget { time: None, iterations: Some(u64::MAX) };
    let control = Control { seed: 1, budget, clock: &Still, stop: &stop, watcher: &mut watcher };
    let solved = solve(&problem, control).unwrap();
    assert_eq!(solved.ending, planner::Ending::Stopped);
    assert_eq!(watcher.costs.len(), 3);
    assert!(watcher.costs.is_sorted_by(|a, b| a > b), "{:?}", watcher.costs);
    assert!((solved.plan.cost - watcher.costs[2]).abs() < 1e-6 * watcher.costs[2]);
}

#[test]
fn ten_thousand_stops_are_planned_in_bounded_memory() {
    let problem = crate::day::day(5_000, 900);
    assert_eq!(problem.stops.len(), planner::STOPS_MAX);
    let before = resident_mb("VmRSS:");
    let budget = Budget { time: None, iterations: Some(20) };
    let stop = AtomicBool::new(false);
    let control = Control { seed: 1, budget, clock: &Still, stop: &stop, watcher: &mut planner::Nobody };
    let solved = solve(&problem, control).unwrap();
    assert_eq!(planner::check(&problem, &solved.plan), []);
    assert!(solved.plan.left_out.len() < 500, "{} of 5000 jobs are left out", solved.plan.left_out.len());
    let grown = resident_mb("VmHWM:").saturating_sub(before);
    println!("10,000 stops: {} routes, at most {grown} MB more", solved.plan.routes.len());
    // No matrix of all pairs is kept: it alone would be 1.6 GB.
    assert!(grown < 600, "{grown} MB");
}

/// Of this process, as the system counts; 0 where it does not.
fn resident_mb(field: &str) -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix(field));
    line.and_then(|line| line.trim().trim_end_matches(" kB").parse::<u64>().ok()).unwrap_or(0) / 1024
}

#[test]
fn a_faulty_problem_is_refused_with_all_its_faults() {
    let mut problem = crate::day::day(3, 2);
    problem.stops[0].service = -1.0;
    problem.stops[3].window.to = f64::NAN;
    problem.vehicles[0].capacity = Load::one(-1);
    let control = Control {
        seed: 1,
        budget: Budget::default(),
        clock: &Still,
        stop: &AtomicBool::new(false),
        watcher: &mut planner::Nobody,
    };
    let Err(PlanError::Faulty(faults)) = solve(&problem, control) else { unreachable!("it has faults") };
    let fields: Vec<&str> = faults.iter().map(|fault| fault.field.as_str()).collect();
    assert!(fields.contains(&"stop 0/pickup") && fields.contains(&"stop 1/delivery"), "{fields:?}");
    assert!(fields.contains(&"vehicle truck 0"), "{fields:?}");
}
