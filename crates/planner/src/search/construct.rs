//! The instant answer: earlier plan if there is one, nearest neighbour, 2-opt.

use super::{
    insertion::cheapest,
    model::{Kind, Model, NONE},
    recreate::Memory,
    route::{Route, Spot},
    solution::{Solution, Trail},
};

/// Routes longer than this are not 2-opted: the answer must stay instant.
const TWO_OPT_STOPS_MAX: usize = 200;
/// Candidates that are looked at when the nearest ones do not fit.
const NEAREST_TRIED_MAX: usize = 60;

/// Builds the first solution.
pub fn build(model: &Model, memory: &mut Memory) -> Solution {
    let mut solution = Solution::new(model);
    let mut trail = Trail::default();
    follow_earlier_plan(model, &mut solution, &mut trail);
    insert_bound(model, &mut solution, memory, &mut trail);
    let resumed = solution.used() > 0;
    if !resumed {
        nearest_neighbour(model, &mut solution, &mut trail);
    }
    insert_rest(model, &mut solution, memory, &mut trail);
    for vehicle in solution.used_vehicles().collect::<Vec<_>>() {
        two_opt(model, &mut solution, vehicle);
    }
    solution
}

/// Puts the planned stops of each vehicle after its frozen ones, job by job, leaving out what does not fit any more.
fn follow_earlier_plan(model: &Model, solution: &mut Solution, trail: &mut Trail) {
    for (index, vehicle) in model.problem.vehicles.iter().enumerate() {
        let mut stops: Vec<u32> = model.trucks[index].frozen.clone();
        let frozen = stops.len();
        stops.extend(
            vehicle.planned.iter().map(|stop| *stop as u32).filter(|stop| complete(model, index, *stop)),
        );
        if stops.len() == frozen {
            continue;
        }
        let mut route = Route::new(model, index as u32);
        let jobs: Vec<u32> = stops[frozen..].iter().map(|stop| model.stops[*stop as usize].job).collect();
        if route.rebuild(model, &stops) {
            solution.adopt(model, route, &jobs);
        } else {
            insert_in_turn(model, solution, index as u32, &jobs, trail);
        }
    }
}

/// Whether all movable stops of the stop's job are planned for this vehicle, in order, and it may do the job.
fn complete(model: &Model, vehicle: usize, stop: u32) -> bool {
    let id = model.stops[stop as usize].job;
    let job = &model.jobs[id as usize];
    let planned = &model.problem.vehicles[vehicle].planned;
    let position = |stop: u32| planned.iter().position(|other| *other == stop as usize);
    let in_order = job.second == NONE
        || matches!((position(job.first), position(job.second)), (Some(first), Some(second)) if first < second);
    !job.fixed && in_order && position(job.first).is_some() && model.may(id, vehicle as u32)
}

fn insert_in_turn(model: &Model, solution: &mut Solution, vehicle: u32, jobs: &[u32], trail: &mut Trail) {
    for job in jobs {
        if solution.vehicle_of[*job as usize] == NONE
            && let Some(offer) = cheapest(model, &solution.routes[vehicle as usize], *job)
        {
            solution.insert(model, vehicle, *job, offer.spot, trail);
        }
    }
}

/// What is on board of a vehicle has only that one.
fn insert_bound(model: &Model, solution: &mut Solution, memory: &mut Memory, trail: &mut Trail) {
    let mut bound: Vec<u32> =
        solution.absent.iter().copied().filter(|job| model.jobs[*job as usize].vehicle != NONE).collect();
    bound.sort_by(|a, b| {
        let close = |job: &u32| model.stops[model.jobs[*job as usize].first as usize].close;
        close(a).total_cmp(&close(b)).then(a.cmp(b))
    });
    for job in bound {
        let vehicle = model.jobs[job as usize].vehicle;
        if let Some(offer) = memory.cheapest(model, &solution.routes[vehicle as usize], job) {
            solution.insert(model, vehicle, job, offer.spot, trail);
        }
    }
}

/// Fills one vehicle after the other: always the job whose first stop is nearest to where the vehicle stands.
fn nearest_neighbour(model: &Model, solution: &mut Solution, trail: &mut Trail) {
    let mut useless = vec![false; model.trucks.len()];
    loop {
        let fresh = |vehicle: &u32| {
            let class = model.trucks[*vehicle as usize].class as usize;
            solution.routes[*vehicle as usize].is_empty() && !useless[class]
        };
        let Some(vehicle) = solution.open().iter().copied().find(fresh) else { return };
        while let Some((job, spot)) = nearest_that_fits(model, solution, vehicle) {
            solution.insert(model, vehicle, job, spot, trail);
        }
        if solution.routes[vehicle as usize].is_empty() {
            useless[model.trucks[vehicle as usize].class as usize] = true;
        }
    }
}

fn nearest_that_fits(model: &Model, solution: &Solution, vehicle: u32) -> Option<(u32, Spot)> {
    let route = &solution.routes[vehicle as usize];
    let last = route.cells[route.cells.len() - 2];
    let from_place = if route.is_empty() { model.trucks[vehicle as usize].start } else { last.place };
    let mut near: Vec<(f64, u32)> = solution
        .absent
        .iter()
        .filter(|job| model.may(**job, vehicle))
        .map(|job| {
            let stop = &model.stops[model.jobs[*job as usize].first as usize];
            let way = model.leg(from_place, stop.place).time;
            ((last.depart + way).max(stop.open) - last.depart, *job)
        })
        .collect();
    let order = |a: &(f64, u32), b: &(f64, u32)| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1));
    if near.len() > NEAREST_TRIED_MAX {
        near.select_nth_unstable_by(NEAREST_TRIED_MAX, order);
        near.truncate(NEAREST_TRIED_MAX);
    }
    near.sort_by(order);
    near.into_iter().find_map(|(_, job)| {
        let offer = cheapest(model, route, job)?;
        let at_the_end = offer.spot.first as usize + 1 >= route.cells.len() - 1
            || model.jobs[job as usize].kind == Kind::Carry;
        (offer.cost < model.worth(job) && at_the_end).then_some((job, offer.spot))
    })
}

/// Puts what is left wherever it is cheapest.
fn insert_rest(model: &Model, solution: &mut Solution, memory: &mut Memory, trail: &mut Trail) {
    let mut jobs = solution.absent.clone();
    jobs.sort_by(|a, b| {
        let price = |job: &u32| model.jobs[*job as usize].absence_price;
        let close = |job: &u32| model.stops[model.jobs[*job as usize].first as usize].close;
        price(b).total_cmp(&price(a)).then(close(a).total_cmp(&close(b))).then(a.cmp(b))
    });
    for job in jobs {
        let offers = solution.open().iter().filter_map(|vehicle| {
            let offer = memory.cheapest(model, &solution.routes[*vehicle as usize], job)?;
            Some((*vehicle, offer))
        });
        let best = offers.min_by(|a, b| a.1.cost.total_cmp(&b.1.cost));
        if let Some((vehicle, offer)) = best.filter(|(_, o)| o.cost < model.worth(job)) {
            solution.insert(model, vehicle, job, offer.spot, trail);
        }
    }
}

/// Turns stretches of a route round while that shortens it and it stays possible.
pub fn two_opt(model: &Model, solution: &mut Solution, vehicle: u32) {
    let fixed = solution.routes[vehicle as usize].fixed - 1;
    let mut stops: Vec<u32> = solution.routes[vehicle as usize].stops().collect();
    if stops.len() > TWO_OPT_STOPS_MAX {
        return;
    }
    let mut improved = true;
    while improved {
        improved = false;
        for from in fixed..stops.len() {
            for to in from + 1..stops.len() {
                if turns_out_shorter(model, &solution.routes[vehicle as usize], from, to)
                    && keeps_order(model, &stops[from..=to])
                {
                    let before = solution.routes[vehicle as usize].cost;
                    let mut turned = stops.clone();
                    turned[from..=to].reverse();
                    if solution.reorder(model, vehicle, &turned) {
                        if solution.routes[vehicle as usize].cost < before - 1e-9 {
                            stops = turned;
                            improved = true;
                        } else {
                            solution.reorder(model, vehicle, &stops);
                        }
                    }
                }
            }
        }
    }
}

/// Compares only the two legs that change, as if ways were as long in both directions: a filter.
fn turns_out_shorter(model: &Model, route: &Route, from: usize, to: usize) -> bool {
    let place = |index: usize| route.cells[index].place;
    let way = |a: u32, b: u32| model.leg(a, b).distance;
    let (before, first, last, after) = (place(from), place(from + 1), place(to + 1), place(to + 2));
    way(before, last) + way(first, after) < way(before, first) + way(last, after) - 1e-9
}

fn keeps_order(model: &Model, stops: &[u32]) -> bool {
    stops.iter().enumerate().all(|(index, stop)| {
        let job = &model.jobs[model.stops[*stop as usize].job as usize];
        job.second == NONE || job.first != *stop || !stops[index..].contains(&job.second)
    })
}
