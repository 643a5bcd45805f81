//! Chooses which jobs are taken off their vehicles.

use super::{
    chance::Chance,
    model::{Model, NONE},
    solution::Solution,
};

/// The average number of stops that are taken out at once.
const REMOVED_MEAN: f64 = 10.0;
/// How often much more is taken out (not by strings), how large a part at most, and how many jobs at most: what frees a
/// search whose few long routes have the wrong jobs.
const LARGE_SHARE: f64 = 0.3;
const LARGE_PART: f64 = 0.5;
const LARGE_MAX: usize = 60;
/// The longest string of stops that is taken out of one route.
const STRING_MAX: f64 = 10.0;
/// Stops that are looked at around another.
const NEIGHBOURS_MAX: usize = 100;

/// How jobs are chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// Strings of neighbouring routes around one stop (slack induction by string removals).
    Strings,
    /// Jobs alike in place, time and size (Shaw's relatedness).
    Related,
    /// Anything.
    Random,
    /// Jobs whose detour is largest.
    Worst,
}

/// The stops nearest to each stop, found when first asked for.
pub struct Neighbours(Vec<Option<Box<[u32]>>>);

impl Neighbours {
    pub fn new(model: &Model) -> Self {
        Self(vec![None; model.stops.len()])
    }

    pub fn of(&mut self, model: &Model, stop: u32) -> &[u32] {
        let slot = &mut self.0[stop as usize];
        slot.get_or_insert_with(|| nearest(model, stop))
    }
}

fn nearest(model: &Model, stop: u32) -> Box<[u32]> {
    let place = model.stops[stop as usize].place;
    let mut others: Vec<(f64, u32)> = (0..model.stops.len() as u32)
        .map(|other| (model.leg(place, model.stops[other as usize].place).distance, other))
        .collect();
    let count = NEIGHBOURS_MAX.min(others.len());
    let by_distance = |a: &(f64, u32), b: &(f64, u32)| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1));
    if count < others.len() {
        others.select_nth_unstable_by(count, by_distance);
        others.truncate(count);
    }
    others.sort_by(by_distance);
    others.into_iter().map(|(_, other)| other).collect()
}

/// The jobs to take out, each once.
pub fn choose(
    model: &Model,
    solution: &Solution,
    way: Way,
    neighbours: &mut Neighbours,
    chance: &mut Chance,
) -> Vec<u32> {
    if model.movable.is_empty() {
        return Vec::new();
    }
    let most = if chance.happens(LARGE_SHARE) {
        (model.movable.len() as f64 * LARGE_PART) as usize
    } else {
        (REMOVED_MEAN as usize).min(model.movable.len())
    };
    let count = 1 + chance.below(most.min(LARGE_MAX));
    match way {
        Way::Strings => strings(model, solution, neighbours, chance),
        Way::Related => related(model, solution, count, chance),
        Way::Random => random(model, solution, count, chance),
        Way::Worst => worst(model, solution, count, chance),
    }
}

fn strings(model: &Model, solution: &Solution, neighbours: &mut Neighbours, chance: &mut Chance) -> Vec<u32> {
    let used = solution.used().max(1);
    let stops_mean = (model.movable.len() as f64 * 2.0 / used as f64).max(1.0);
    let longest = STRING_MAX.min(stops_mean);
    let strings_max = 4.0 * REMOVED_MEAN / (1.0 + longest) - 1.0;
    let strings = (chance.unit() * strings_max + 1.0).floor() as usize;
    let seed = model.jobs[model.movable[chance.below(model.movable.len())] as usize].clone();
    let seed = if seed.second != NONE && chance.happens(0.5) { seed.second } else { seed.first };
    let mut ruined: Vec<u32> = Vec::with_capacity(strings);
    let mut jobs = Vec::new();
    for stop in neighbours.of(model, seed) {
        if ruined.len() >= strings {
            break;
        }
        let job = model.stops[*stop as usize].job;
        let vehicle = solution.vehicle_of[job as usize];
        if vehicle == NONE || model.jobs[job as usize].fixed || ruined.contains(&vehicle) {
            continue;
        }
        let route = &solution.routes[vehicle as usize];
        let movable: Vec<u32> = route.movable_stops().collect();
        let Some(at) = movable.iter().position(|other| other == stop) else { continue };
        let most = longest.min(movable.len() as f64);
        let length = (chance.unit() * most + 1.0).floor().min(most) as usize;
        ruined.push(vehicle);
        take_string(model, &movable, at, length.max(1), chance, &mut jobs);
    }
    jobs
}

/// Takes a string of `length` stops around `at`, at times with a gap that stays.
fn take_string(
    model: &Model,
    stops: &[u32],
    at: usize,
    length: usize,
    chance: &mut Chance,
    jobs: &mut Vec<u32>,
) {
    let mut gap = 0;
    if length > 1 && length < stops.len() && chance.happens(0.5) {
        gap = 1;
        while length + gap < stops.len() && chance.happens(0.99) && gap < length {
            gap += 1;
        }
        gap = 1 + chance.below(gap);
    }
    let whole = length + gap;
    let earliest = (at + 1).saturating_sub(whole);
    let latest = at.min(stops.len() - whole.min(stops.len()));
    let begin = earliest + chance.below(latest.saturating_sub(earliest) + 1);
    let gap_begin = begin + if length > 1 { 1 + chance.below(length - 1) } else { 0 };
    for (index, stop) in stops.iter().enumerate().skip(begin).take(whole) {
        if gap > 0 && (gap_begin..gap_begin + gap).contains(&index) {
            continue;
        }
        take(model, *stop, jobs);
    }
}

fn take(model: &Model, stop: u32, jobs: &mut Vec<u32>) {
    let job = model.stops[stop as usize].job;
    if !model.jobs[job as usize].fixed && !jobs.contains(&job) {
        jobs.push(job);
    }
}

fn placed<'a>(model: &'a Model, solution: &'a Solution) -> impl Iterator<Item = u32> + 'a {
    model.movable.iter().copied().filter(|job| solution.vehicle_of[*job as usize] != NONE)
}

fn random(model: &Model, solution: &Solution, count: usize, chance: &mut Chance) -> Vec<u32> {
    let mut jobs: Vec<u32> = placed(model, solution).collect();
    chance.shuffle(&mut jobs);
    jobs.truncate(count);
    jobs
}

/// Shaw's relatedness: near in both stops, alike in time; ranks drawn with a preference for the first.
fn related(model: &Model, solution: &Solution, count: usize, chance: &mut Chance) -> Vec<u32> {
    let candidates: Vec<u32> = placed(model, solution).collect();
    if candidates.is_empty() {
        return candidates;
    }
    let seed = candidates[chance.below(candidates.len())];
    let stops = |job: u32| {
        let job = &model.jobs[job as usize];
        let second = if job.second == NONE { job.first } else { job.second };
        (model.stops[job.first as usize], model.stops[second as usize])
    };
    let (first, second) = stops(seed);
    let apart = |job: u32| {
        let (other_first, other_second) = stops(job);
        let way = |a: u32, b: u32| model.leg(a, b).distance;
        way(first.place, other_first.place)
            + way(second.place, other_second.place)
            + 0.2 * ((first.open - other_first.open).abs() + (second.open - other_second.open).abs())
    };
    let mut ranked: Vec<(f64, u32)> = candidates.iter().map(|job| (apart(*job), *job)).collect();
    ranked.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
    draw_ranked(ranked, count, 4, chance)
}

/// Jobs whose removal saves most, with some chance.
fn worst(model: &Model, solution: &Solution, count: usize, chance: &mut Chance) -> Vec<u32> {
    let mut ranked: Vec<(f64, u32)> = Vec::new();
    for vehicle in solution.used_vehicles() {
        let route = &solution.routes[vehicle as usize];
        for cells in route.cells.windows(3) {
            let Some(stop) = model.stops.get(cells[1].stop as usize) else { continue };
            let way = |a: u32, b: u32| model.leg(a, b).distance;
            let saved = way(cells[0].place, stop.place) + way(stop.place, cells[2].place)
                - way(cells[0].place, cells[2].place);
            if !model.jobs[stop.job as usize].fixed {
                ranked.push((-saved, stop.job));
            }
        }
    }
    ranked.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
    draw_ranked(ranked, count, 3, chance)
}

fn draw_ranked(mut ranked: Vec<(f64, u32)>, count: usize, bias: i32, chance: &mut Chance) -> Vec<u32> {
    let mut jobs = Vec::with_capacity(count);
    while jobs.len() < count && !ranked.is_empty() {
        let index = (chance.unit().powi(bias) * ranked.len() as f64) as usize;
        let (_, job) = ranked.remove(index);
        if !jobs.contains(&job) {
            jobs.push(job);
        }
    }
    jobs
}
