//! Which roads a track of positions was driven on: a hidden Markov model whose states are places on roads near each
//! position (Newson, Krumm: "Hidden Markov Map Matching Through Noise and Sparseness", 2009).

use crate::{
    geometry::Point,
    index::Place,
    metric::Wish,
    route::Route,
    router::Router,
    vehicle::{Objective, Vehicle},
};

/// The usual error of a position in metres.
const NOISE_M: f64 = 12.0;
/// How much longer than straight the way between two positions usually is, in metres.
const DETOUR_M: f64 = 30.0;
/// Roads further away than this are not considered.
const AWAY_M_MAX: f64 = 60.0;
/// How many places on roads a position may have.
const PLACES_MAX: usize = 6;
/// A way longer than the straight line by this much is a gap in the track, not a way.
const EXCESS_M_MAX: f64 = 2_000.0;

/// A track laid on roads.
#[derive(Debug, Clone, PartialEq)]
pub struct Matched {
    /// For each position its place on a road; none where no road fits.
    pub places: Vec<Option<Place>>,
    /// The ways between positions that follow each other, with the number of the earlier one. Where the track has a gap
    /// there is none.
    pub ways: Vec<(usize, Route)>,
}

/// A place a position may be, with the cost of the best way there through all positions before.
#[derive(Debug, Clone, Copy)]
struct Candidate {
    place: Place,
    cost: f64,
    /// Which candidate of the position before.
    before: Option<usize>,
}

/// Lays a track, in the order of time, on the roads a vehicle can use.
#[must_use]
pub fn match_track(router: &Router, vehicle: Vehicle, track: &[Point]) -> Matched {
    let wish = Wish { vehicle, objective: Objective::Shortest, turns: true };
    let mut layers: Vec<Vec<Candidate>> = Vec::with_capacity(track.len());
    let ready = router.ready(wish);
    for (index, point) in track.iter().enumerate() {
        let near = router.places(&ready.metric, *point).take(PLACES_MAX);
        let near: Vec<Place> = near.take_while(|place| place.away_m <= AWAY_M_MAX).collect();
        let before = index.checked_sub(1).map(|before| (layers[before].as_slice(), track[before]));
        layers.push(layer(router, wish, before, *point, near));
    }
    let places = walk_back(&layers);
    let pairs = places.windows(2).enumerate().filter(|(index, _)| continues(&layers[index + 1]));
    let ways = pairs.filter_map(|(index, pair)| {
        let (from, to) = (pair[0]?, pair[1]?);
        router.route_between(wish, from, to).map(|route| (index, route))
    });
    Matched { ways: ways.collect(), places }
}

/// The candidates of a position after those of the position before.
fn layer(
    router: &Router,
    wish: Wish,
    before: Option<(&[Candidate], Point)>,
    point: Point,
    near: Vec<Place>,
) -> Vec<Candidate> {
    let emission = |place: &Place| (place.away_m / NOISE_M).powi(2) / 2.0;
    let fresh = |place: Place| Candidate { place, cost: emission(&place), before: None };
    let Some((last, origin)) = before.filter(|(last, _)| !last.is_empty() && !near.is_empty()) else {
        return near.into_iter().map(fresh).collect();
    };
    let starts: Vec<Place> = last.iter().map(|candidate| candidate.place).collect();
    let centimetres = router.matrix_between(wish, &starts, &near);
    let straight = origin.distance_m(point);
    let candidates = near.iter().enumerate().map(|(column, place)| {
        let ways = last.iter().zip(&centimetres).enumerate().filter_map(|(row, (candidate, weights))| {
            let excess = (f64::from(weights[column]?) / 100.0 - straight).abs();
            (excess <= EXCESS_M_MAX).then(|| (candidate.cost + excess / DETOUR_M, row))
        });
        let best = ways.min_by(|a, b| a.0.total_cmp(&b.0));
        best.map(|(cost, row)| Candidate { place: *place, cost: cost + emission(place), before: Some(row) })
    });
    let reached: Vec<Candidate> = candidates.flatten().collect();
    // Nothing follows from before: the track has a gap, and begins anew.
    if reached.is_empty() { near.into_iter().map(fresh).collect() } else { reached }
}

fn continues(layer: &[Candidate]) -> bool {
    layer.iter().any(|candidate| candidate.before.is_some())
}

/// The best candidate of each position, from the last to the first.
fn walk_back(layers: &[Vec<Candidate>]) -> Vec<Option<Place>> {
    let mut places = vec![None; layers.len()];
    let mut chosen: Option<usize> = None;
    for (index, layer) in layers.iter().enumerate().rev() {
        let cheapest = || {
            let costs = layer.iter().enumerate().map(|(at, candidate)| (candidate.cost, at));
            costs.min_by(|a, b| a.0.total_cmp(&b.0)).map(|(_, at)| at)
        };
        let candidate = chosen.or_else(cheapest).map(|at| layer[at]);
        places[index] = candidate.map(|candidate| candidate.place);
        chosen = candidate.and_then(|candidate| candidate.before);
    }
    places
}
