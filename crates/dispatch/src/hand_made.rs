//! A plan that somebody changed by hand: the same problem with its tours given, played through and priced.

use planner::{
    Activity, Budget, Control, Fault, Nobody, PlanError, Problem,
    wire::{PlanDocument, ProblemDocument, StopName},
};
use std::{collections::BTreeSet, sync::atomic::AtomicBool};

/// A tour as somebody wants it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Tour {
    /// The vehicle.
    pub(crate) vehicle: String,
    /// Its stops in order, as `JOB/pickup` and `JOB/delivery`.
    pub(crate) stops: Vec<String>,
}

/// A stop whose window closes before the truck is there.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Late {
    /// The stop.
    pub(crate) stop: String,
    /// By how many seconds.
    pub(crate) by_s: f64,
}

/// What the tours come to.
#[derive(Debug)]
pub(crate) struct Priced {
    /// The tours with their timetables.
    pub(crate) plan: PlanDocument,
    /// Windows that they miss.
    pub(crate) late: Vec<Late>,
    /// Jobs that no tour has.
    pub(crate) unplanned: Vec<String>,
}

/// Plays tours through. They are driven as they are, late for windows if need be; a tour that cannot be driven at all
/// (overloaded, a delivery before its pickup, beyond its shift) is refused.
///
/// # Errors
/// What is wrong, by field of the problem.
pub(crate) fn price(
    document: &ProblemDocument,
    tours: &[Tour],
    seed: u64,
    clock: &dyn kernel::Clock,
) -> Result<Priced, Vec<Fault>> {
    let (driven, unplanned) = driven_document(document, tours)?;
    if driven.jobs.is_empty() {
        return Err(vec![Fault::new("routes", "no tour has a stop")]);
    }
    let problem = driven.resolve()?;
    let stop = AtomicBool::new(false);
    let mut nobody = Nobody;
    let control = Control { seed, budget: Budget::default(), clock, stop: &stop, watcher: &mut nobody };
    let solved = planner::solve(&problem, control).map_err(|error| match error {
        PlanError::Faulty(faults) => faults,
        PlanError::Rejected(_) => vec![Fault::new("routes", error.to_string())],
    })?;
    let late = late_stops(&problem, &solved.plan);
    Ok(Priced { plan: PlanDocument::new(&problem, &solved, seed), late, unplanned })
}

/// The problem with all stops fixed, without the jobs that no tour has.
fn driven_document(
    document: &ProblemDocument,
    tours: &[Tour],
) -> Result<(ProblemDocument, Vec<String>), Vec<Fault>> {
    let mut driven = document.clone();
    for vehicle in &mut driven.vehicles {
        vehicle.frozen.clear();
        vehicle.planned.clear();
    }
    let mut faults = Vec::new();
    let mut named = BTreeSet::new();
    for (index, tour) in tours.iter().enumerate() {
        let field = |name: &str| format!("routes[{index}].{name}");
        match driven.vehicles.iter_mut().find(|vehicle| vehicle.id == tour.vehicle) {
            None => faults.push(Fault::new(field("vehicle"), "the plan has no such vehicle")),
            Some(vehicle) if !vehicle.frozen.is_empty() => {
                faults.push(Fault::new(field("vehicle"), "it has another tour already"));
            }
            Some(vehicle) => vehicle.frozen.clone_from(&tour.stops),
        }
        for (position, stop) in tour.stops.iter().enumerate() {
            if !named.insert(stop.as_str()) {
                faults.push(Fault::new(format!("routes[{index}].stops[{position}]"), "it is driven twice"));
            }
        }
    }
    let stops_of = |id: &str, job: &planner::wire::JobDocument| {
        let halves = [("pickup", job.pickup.is_some()), ("delivery", job.delivery.is_some())];
        halves
            .into_iter()
            .filter(|(_, there)| *there)
            .map(move |(half, _)| format!("{id}/{half}"))
            .collect::<Vec<_>>()
    };
    let known: BTreeSet<String> = driven.jobs.iter().flat_map(|job| stops_of(&job.id, job)).collect();
    for stop in named.iter().filter(|stop| !known.contains(**stop)) {
        faults.push(Fault::new(
            "routes",
            format!("the plan has no stop `{}`", stop.chars().take(120).collect::<String>()),
        ));
    }
    let mut unplanned = Vec::new();
    for job in &driven.jobs {
        let stops = stops_of(&job.id, job);
        let there = stops.iter().filter(|stop| named.contains(stop.as_str())).count();
        if there == 0 {
            unplanned.push(job.id.clone());
        } else if there < stops.len() {
            faults.push(Fault::new("routes", format!("{} needs both of its stops", job.id)));
        }
    }
    if !faults.is_empty() {
        return Err(faults);
    }
    driven.jobs.retain(|job| !unplanned.contains(&job.id));
    Ok((driven, unplanned))
}

fn late_stops(problem: &Problem, plan: &planner::Plan) -> Vec<Late> {
    let spans = plan.routes.iter().flat_map(|route| &route.timetable);
    let served = spans.filter_map(|span| match span.activity {
        Activity::Serve(stop) => Some((&problem.stops[stop], span.from)),
        _ => None,
    });
    let late = served.filter(|(stop, from)| *from > stop.window.to);
    late.map(|(stop, from)| Late { stop: stop.name.clone(), by_s: from - stop.window.to }).collect()
}

/// A stop's name as text.
pub(crate) fn text_of(name: &StopName) -> String {
    match name {
        StopName::Number(number) => number.to_string(),
        StopName::Name(name) => name.clone(),
    }
}
