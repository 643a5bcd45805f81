//! `roads eta`: how well times of arrival are foretold, with and without what was learned, on simulated days that were held
//! back from the learning (issue 5: within 10 min on 80 %).
//!
//! The simulated land: on weekdays, main roads take 1.7 times as long from 6 to 8 and 1.6 times from 15 to 18 UTC, other
//! roads 1.25 times; of three edges one is up to half slower than its signs say, always; each day is up to a tenth better
//! or worse than the next, each drive over an edge too. Nothing of this is told to the learning: it sees positions, one a
//! minute, with an error of 8 m.

use super::{EtaArgs, failure};
use crate::{failure::Failure, output::say};
use kernel::Timestamp;
use roads::{
    Edge, Live, Objective, Route, Router, Vehicle, Wish,
    geometry::{Point, between},
    learned::{Speeds, learn_track},
    road::Class,
    synthetic::Dice,
};
use serde_json::{Value, json};
use std::time::Duration;

pub(super) const WISH: Wish =
    Wish { vehicle: Vehicle::TRUCK_40T, objective: Objective::Fastest, turns: true };
/// Monday, 2 March 2026, 00:00 UTC.
pub(super) const FIRST_DAY: Timestamp = Timestamp::from_millis(1_772_409_600_000);
const DAY: Duration = Duration::from_secs(24 * 3600);
const BETWEEN_POSITIONS_MS: u64 = 60_000;
/// Of an error of 8 m, in 1e-7 degrees.
const NOISE_E7: u32 = 720;
/// Shorter drives are easy.
const SHORTEST_S: u64 = 900;
const WITHIN: Duration = Duration::from_secs(600);

/// A drive as it came about.
pub(super) struct Drive {
    pub(super) route: Route,
    pub(super) began: Timestamp,
    pub(super) took: Duration,
    pub(super) track: Vec<(Point, Timestamp)>,
}

/// Errors of one way to foretell.
#[derive(Default)]
pub(super) struct Errors(Vec<Duration>);

impl Errors {
    pub(super) fn add(&mut self, foretold_ms: u64, took: Duration) {
        self.0.push(Duration::from_millis(foretold_ms).abs_diff(took));
    }

    pub(super) fn summary(&mut self) -> Value {
        self.0.sort_unstable();
        let count = self.0.len().max(1);
        let within = self.0.iter().filter(|error| **error <= WITHIN).count();
        let minutes = |share: f64| {
            let rank = (self.0.len() as f64 * share).ceil() as usize;
            self.0.get(rank.saturating_sub(1)).map_or(0.0, |error| error.as_secs_f64() / 60.0)
        };
        json!({
            "within_10_min_share": within as f64 / count as f64,
            "error_p50_minutes": minutes(0.5), "error_p80_minutes": minutes(0.8), "error_p90_minutes": minutes(0.9),
        })
    }
}

/// Runs the command.
pub fn run(args: &EtaArgs) -> Result<(), Failure> {
    let router = roads::file::open(&args.graph).map_err(failure)?;
    let mut dice = Dice::new(args.seed);
    let mut speeds = Speeds::default();
    let (mut usual, mut learned, mut driven) = (Errors::default(), Errors::default(), Duration::ZERO);
    for day in 0..args.days + args.held_back {
        let better = 0.95 + f64::from(dice.below(100)) / 1000.0;
        for _ in 0..args.drives {
            let Some(drive) = drive(&router, &mut dice, day, better) else { continue };
            if day < args.days {
                learn_track(&router, WISH.vehicle, &drive.track, &mut speeds);
                continue;
            }
            let Drive { route, began, took, .. } = drive;
            usual.add(route.effort.time_ms, took);
            let timed = speeds.timed(router.graph(), &WISH.vehicle, &Live::default(), began, &route);
            learned.add(timed.effort.time_ms, took);
            driven += took;
        }
    }
    let count = usual.0.len();
    if count == 0 {
        return Err(Failure::Refused("the graph is too small: no drive on it takes 15 minutes".to_owned()));
    }
    let minutes = driven.as_secs_f64() / 60.0 / count as f64;
    let figures = json!({
        "days_learned": args.days, "days_held_back": args.held_back, "drives": count, "drive_mean_minutes": minutes,
        "edges_and_hours_learned": speeds.len(), "usual_speeds": usual.summary(), "learned_speeds": learned.summary(),
    });
    if args.json { say(figures) } else { tell(&figures) }
}

fn tell(figures: &Value) -> Result<(), Failure> {
    say(format_args!(
        "{} drives of {:.0} min on {} days held back; learned on {} days: {} edges and hours",
        figures["drives"],
        figures["drive_mean_minutes"].as_f64().unwrap_or(0.0),
        figures["days_held_back"],
        figures["days_learned"],
        figures["edges_and_hours_learned"]
    ))?;
    for name in ["usual_speeds", "learned_speeds"] {
        let of = |figure: &str| figures[name][figure].as_f64().unwrap_or(0.0);
        say(format_args!(
            "{name:<15} {:5.1} % within 10 min; half off by at most {:.1} min, nine of ten by at most {:.1} min",
            of("within_10_min_share") * 100.0,
            of("error_p50_minutes"),
            of("error_p90_minutes")
        ))?;
    }
    Ok(())
}

/// A drive between two places drawn at random; none when they are near each other or not joined.
pub(super) fn drive(router: &Router, dice: &mut Dice, day: u32, better: f64) -> Option<Drive> {
    let mut somewhere = || router.graph().point(dice.below(router.graph().node_count() as u32));
    let route = router.route(WISH, somewhere(), somewhere()).ok()?;
    if route.duration_s() < SHORTEST_S {
        return None;
    }
    let began = FIRST_DAY.after(DAY * day + Duration::from_secs(u64::from(4 * 3600 + dice.below(15 * 3600))));
    let (mut clock, mut next) = (began, began);
    let mut track = Vec::new();
    for index in 0..route.edges.len() {
        let luck = 0.9 + f64::from(dice.below(200)) / 1000.0;
        let slow = truth(router, route.edges[index], clock) * better * luck;
        let took = Duration::from_millis((route.times_ms[index] as f64 * slow) as u64);
        let ended = clock.after(took);
        let line = route.piece(router.graph(), index);
        while next < ended {
            let share = next.since(clock).as_secs_f64() / took.as_secs_f64();
            track.push((noisy(along(&line, share), dice), next));
            next = next.after(Duration::from_millis(BETWEEN_POSITIONS_MS));
        }
        clock = ended;
    }
    Some(Drive { took: clock.since(began), route, began, track })
}

/// How many times as long as usual an edge really takes.
fn truth(router: &Router, edge: Edge, at: Timestamp) -> f64 {
    let hours = at.since(FIRST_DAY).as_secs() / 3600;
    let (weekday, hour) = (hours / 24 % 7 < 5, hours % 24);
    let main = matches!(router.graph().road(edge).class, Class::Motorway | Class::Trunk | Class::Primary);
    let rush = match (weekday, hour, main) {
        (true, 6..8, true) => 1.7,
        (true, 15..18, true) => 1.6,
        (true, 6..8 | 15..18, false) => 1.25,
        _ => 1.0,
    };
    let mut own = Dice::new(u64::from(edge.0));
    let slower = if own.below(3) == 0 { 1.0 + f64::from(own.below(50)) / 100.0 } else { 1.0 };
    rush * slower
}

fn along(line: &[Point], share: f64) -> Point {
    let whole: f64 = line.windows(2).map(|pair| pair[0].distance_m(pair[1])).sum();
    let mut left = whole * share;
    for pair in line.windows(2) {
        let length = pair[0].distance_m(pair[1]);
        if left <= length && length > 0.0 {
            return between(pair[0], pair[1], left / length);
        }
        left -= length;
    }
    line[line.len() - 1]
}

fn noisy(point: Point, dice: &mut Dice) -> Point {
    let mut error = || dice.below(2 * NOISE_E7) as i32 - NOISE_E7 as i32;
    let (lat_e7, lon_e7) = (point.lat_e7 + error(), point.lon_e7 + error());
    Point::new(lat_e7, lon_e7).unwrap_or(point)
}
