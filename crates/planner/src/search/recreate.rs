//! Puts absent jobs back: greedily in some order with the odd oversight, or by regret.

use super::{
    chance::Chance,
    insertion::{Offer, cheapest},
    model::{Model, NONE},
    route::Route,
    solution::{Solution, Trail},
};

/// The odds that a vehicle is overlooked when a job looks for its place.
const BLINK: f64 = 0.01;
/// At most so many absent jobs are tried in one step.
const ABSENT_TRIED_MAX: usize = 100;
/// The best places of (route, job) pairs that were asked for lately.
const MEMORY_SLOTS: usize = 1 << 16;

/// Remembers the cheapest place of a job in a route by the route's content, for most routes do not change from one
/// step to the next.
pub struct Memory(Vec<(u64, Option<Offer>)>);

impl Memory {
    pub fn new() -> Self {
        Self(vec![(0, None); MEMORY_SLOTS])
    }

    pub fn cheapest(&mut self, model: &Model, route: &Route, job: u32) -> Option<Offer> {
        let key = route.hash ^ model.jobs[job as usize].key;
        let slot = &mut self.0[(key >> 7) as usize % MEMORY_SLOTS];
        if slot.0 != key {
            *slot = (key, cheapest(model, route, job));
        }
        slot.1
    }
}

/// In which order jobs are put back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    Random,
    LargestFirst,
    FarthestFirst,
    NearestFirst,
    NarrowestFirst,
    EarliestFirst,
    LatestFirst,
    /// The job first that would lose most by not getting its best vehicle, compared over so many vehicles.
    Regret(usize),
}

/// Puts back as many absent jobs as fit. An optional job stays out when every place costs more than its penalty.
pub fn run(
    model: &Model,
    solution: &mut Solution,
    order: Order,
    memory: &mut Memory,
    chance: &mut Chance,
    trail: &mut Trail,
) {
    if let Order::Regret(depth) = order {
        return by_regret(model, solution, depth, memory, chance, trail);
    }
    let mut jobs = candidates(solution, chance);
    sort(model, &mut jobs, order, chance);
    for job in jobs {
        let mut best: Option<(u32, Offer)> = None;
        for vehicle in solution.open() {
            if chance.happens(BLINK) {
                continue;
            }
            if let Some(offer) = memory.cheapest(model, &solution.routes[*vehicle as usize], job)
                && best.is_none_or(|(_, best)| offer.cost < best.cost)
            {
                best = Some((*vehicle, offer));
            }
        }
        if let Some((vehicle, offer)) = best.filter(|(_, offer)| offer.cost < model.worth(job)) {
            solution.insert(model, vehicle, job, offer.spot, trail);
        }
    }
}

/// The jobs to put back: all of them, or, where many have no room, those that were just taken out and some others.
fn candidates(solution: &Solution, chance: &mut Chance) -> Vec<u32> {
    let mut jobs = solution.absent.clone();
    if jobs.len() > ABSENT_TRIED_MAX {
        let just_removed = jobs.split_off(jobs.len() - ABSENT_TRIED_MAX / 2);
        chance.shuffle(&mut jobs);
        jobs.truncate(ABSENT_TRIED_MAX / 2);
        jobs.extend(just_removed);
    }
    jobs
}

fn sort(model: &Model, jobs: &mut [u32], order: Order, chance: &mut Chance) {
    chance.shuffle(jobs);
    let stop = |job: &u32| model.jobs[*job as usize].first as usize;
    let width = |job: &u32| {
        let job = &model.jobs[*job as usize];
        [job.first, job.second]
            .into_iter()
            .filter(|stop| *stop != NONE)
            .map(|stop| model.stops[stop as usize].close - model.stops[stop as usize].open)
            .fold(f64::INFINITY, f64::min)
    };
    let start = model.trucks.first().map_or(0, |truck| truck.start);
    let way = |job: &u32| model.leg(start, model.stops[stop(job)].place).distance;
    let size =
        |job: &u32| model.jobs[*job as usize].load.0.iter().map(|amount| i64::from(*amount)).sum::<i64>();
    match order {
        Order::Random | Order::Regret(_) => {}
        Order::LargestFirst => jobs.sort_by_key(|job| -size(job)),
        Order::FarthestFirst => jobs.sort_by(|a, b| way(b).total_cmp(&way(a))),
        Order::NearestFirst => jobs.sort_by(|a, b| way(a).total_cmp(&way(b))),
        Order::NarrowestFirst => jobs.sort_by(|a, b| width(a).total_cmp(&width(b))),
        Order::EarliestFirst => {
            jobs.sort_by(|a, b| model.stops[stop(a)].open.total_cmp(&model.stops[stop(b)].open));
        }
        Order::LatestFirst => {
            jobs.sort_by(|a, b| model.stops[stop(b)].close.total_cmp(&model.stops[stop(a)].close));
        }
    }
}

/// The offers of all open vehicles to one job.
struct Offers {
    job: u32,
    by_vehicle: Vec<(u32, Offer)>,
}

impl Offers {
    fn collect(model: &Model, solution: &Solution, job: u32, memory: &mut Memory) -> Self {
        let mut offers = Self { job, by_vehicle: Vec::new() };
        for vehicle in solution.open() {
            offers.ask(model, solution, *vehicle, memory);
        }
        offers
    }

    fn ask(&mut self, model: &Model, solution: &Solution, vehicle: u32, memory: &mut Memory) {
        let offer = memory.cheapest(model, &solution.routes[vehicle as usize], self.job);
        if let Some(offer) = offer.filter(|offer| offer.cost < model.worth(self.job)) {
            self.by_vehicle.push((vehicle, offer));
        }
    }

    fn best(&self) -> Option<(u32, Offer)> {
        self.by_vehicle.iter().copied().min_by(|a, b| a.1.cost.total_cmp(&b.1.cost))
    }

    /// What the job loses over its first `depth` vehicles if it does not get the best one. A vehicle that has no place
    /// counts as the price of staying out, so that jobs with few possibilities come first.
    fn regret(&self, depth: usize, absence_price: f64) -> f64 {
        let mut cheapest = [absence_price; REGRET_MAX];
        for (_, offer) in &self.by_vehicle {
            let mut cost = offer.cost;
            for slot in &mut cheapest[..depth] {
                if cost < *slot {
                    std::mem::swap(&mut cost, slot);
                }
            }
        }
        cheapest[1..depth].iter().map(|cost| cost - cheapest[0]).sum()
    }
}

const REGRET_MAX: usize = 4;

fn by_regret(
    model: &Model,
    solution: &mut Solution,
    depth: usize,
    memory: &mut Memory,
    chance: &mut Chance,
    trail: &mut Trail,
) {
    let depth = depth.clamp(2, REGRET_MAX);
    let mut waiting: Vec<Offers> = candidates(solution, chance)
        .iter()
        .map(|job| Offers::collect(model, solution, *job, memory))
        .collect();
    loop {
        let worth = |offers: &Offers| {
            let price = model.jobs[offers.job as usize].absence_price;
            offers.regret(depth, price)
        };
        let noise = 0.9 + 0.2 * chance.unit();
        let next = waiting
            .iter()
            .enumerate()
            .filter(|(_, offers)| !offers.by_vehicle.is_empty())
            .map(|(index, offers)| (index, worth(offers) * if index % 2 == 0 { noise } else { 1.0 }))
            .max_by(|a, b| a.1.total_cmp(&b.1));
        let Some((index, _)) = next else { return };
        let offers = waiting.swap_remove(index);
        let Some((vehicle, offer)) = offers.best() else { return };
        let opened = solution.routes[vehicle as usize].is_empty();
        solution.insert(model, vehicle, offers.job, offer.spot, trail);
        for offers in &mut waiting {
            if opened {
                *offers = Offers::collect(model, solution, offers.job, memory);
            } else {
                offers.by_vehicle.retain(|(of, _)| *of != vehicle);
                offers.ask(model, solution, vehicle, memory);
            }
        }
    }
}
