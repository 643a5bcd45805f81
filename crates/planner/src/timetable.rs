//! Plays a route through: driving, breaks, rests, waiting, service, and what it costs.
//!
//! Breaks and rests are taken as late as the rules allow; waiting counts as a break or a rest when it is long enough.
//! That is always legal, though not always the shortest schedule.

use crate::{
    hours::Hours,
    plan::{Activity, Span},
    problem::{Problem, Vehicle},
};

/// Slack in comparisons of times, far below what the checker tolerates.
const EPSILON: f64 = 1e-9;
/// A route that needs more breaks and rests than this is not a plan any more.
const PAUSES_MAX: usize = 2_000;

/// A route played through.
#[derive(Debug)]
pub struct Timetable {
    pub spans: Vec<Span>,
    pub distance: f64,
    pub cost: f64,
}

/// The cost of a route, or `None` when a window, the shift or the hours cannot be kept.
pub fn price(problem: &Problem, vehicle: usize, stops: impl Iterator<Item = usize> + Clone) -> Option<f64> {
    let depart = departure(problem, &problem.vehicles[vehicle], stops.clone().next());
    Player::new(problem, vehicle, depart, false).play(stops)
}

/// Whether a route would be possible if the driver's hours did not bind.
pub fn is_possible_without_hours(problem: &Problem, vehicle: usize, stops: &[usize]) -> bool {
    let depart = departure(problem, &problem.vehicles[vehicle], stops.first().copied());
    let mut player = Player::new(problem, vehicle, depart, false);
    player.hours = None;
    player.play(stops.iter().copied()).is_some()
}

/// The timetable of a route that departs at a given moment, or `None` as for [`price`].
pub fn build(problem: &Problem, vehicle: usize, stops: &[usize], depart: f64) -> Option<Timetable> {
    let mut player = Player::new(problem, vehicle, depart, true);
    let cost = player.play(stops.iter().copied())?;
    Some(Timetable { spans: player.spans, distance: player.distance, cost })
}

/// When to depart in order not to wait at the first stop.
pub fn departure(problem: &Problem, vehicle: &Vehicle, first: Option<usize>) -> f64 {
    let Some(stop) = first.map(|stop| &problem.stops[stop]).filter(|_| vehicle.frozen.is_empty()) else {
        return vehicle.shift.from;
    };
    let way = vehicle.start.map_or(0.0, |start| problem.travel.leg(start, stop.place).time);
    (stop.window.from - way).clamp(vehicle.shift.from, vehicle.shift.to)
}

struct Player<'a> {
    problem: &'a Problem,
    vehicle: &'a Vehicle,
    hours: Option<Hours>,
    now: f64,
    depart: f64,
    distance: f64,
    missed: f64,
    since_break: f64,
    today: f64,
    day_began: f64,
    idle_since: Option<f64>,
    pauses: usize,
    keep: bool,
    spans: Vec<Span>,
}

impl<'a> Player<'a> {
    fn new(problem: &'a Problem, vehicle: usize, depart: f64, keep: bool) -> Self {
        let vehicle = &problem.vehicles[vehicle];
        let hours = vehicle.hours;
        Self {
            problem,
            vehicle,
            hours,
            now: depart,
            depart,
            distance: 0.0,
            missed: 0.0,
            since_break: hours.map_or(0.0, |hours| hours.driven_since_break),
            today: hours.map_or(0.0, |hours| hours.driven_today),
            day_began: vehicle.shift.from - hours.map_or(0.0, |hours| hours.on_duty),
            idle_since: None,
            pauses: 0,
            keep,
            spans: Vec::new(),
        }
    }

    fn play(&mut self, stops: impl Iterator<Item = usize>) -> Option<f64> {
        let fresh = self.hours.is_none_or(|hours| hours.on_duty <= 0.0 && hours.driven_today <= 0.0);
        if fresh {
            self.day_began = self.depart;
        }
        let mut place = self.vehicle.start;
        for (position, id) in stops.enumerate() {
            let stop = &self.problem.stops[id];
            self.travel(place, Some(stop.place))?;
            place = Some(stop.place);
            self.serve(id, position < self.vehicle.frozen.len())?;
        }
        self.travel(place, self.vehicle.end)?;
        let in_time = self.now <= self.vehicle.shift.to + EPSILON;
        in_time.then_some(
            self.vehicle.fixed_cost
                + self.distance * self.vehicle.distance_cost
                + (self.now - self.depart) * self.vehicle.time_cost
                + self.missed,
        )
    }

    fn travel(&mut self, from: Option<usize>, to: Option<usize>) -> Option<()> {
        let (Some(from), Some(to)) = (from, to) else { return Some(()) };
        let leg = self.problem.travel.leg(from, to);
        self.distance += leg.distance;
        match self.hours {
            None => self.spend(Activity::Drive, leg.time),
            Some(hours) => self.drive(leg.time, &hours)?,
        }
        Some(())
    }

    /// Drives for `remaining`, with the breaks and rests that fall due on the way.
    fn drive(&mut self, mut remaining: f64, hours: &Hours) -> Option<()> {
        while remaining > EPSILON {
            let left_today =
                (hours.drive_a_day_max - self.today).min(self.day_began + hours.day_max - self.now);
            let left_before_break = hours.drive_between_breaks_max - self.since_break;
            if left_today <= EPSILON {
                self.rest(hours)?;
            } else if left_before_break <= EPSILON {
                let break_fits = self.now + hours.break_min < self.day_began + hours.day_max - EPSILON;
                if break_fits { self.pause(hours)? } else { self.rest(hours)? }
            } else {
                let step = remaining.min(left_today).min(left_before_break);
                self.spend(Activity::Drive, step);
                self.since_break += step;
                self.today += step;
                remaining -= step;
            }
        }
        Some(())
    }

    fn serve(&mut self, id: usize, frozen: bool) -> Option<()> {
        let stop = &self.problem.stops[id];
        self.wait_until(stop.window.from);
        if let Some(hours) = self.hours
            && self.now + stop.service > self.day_began + hours.day_max + EPSILON
            && self.now > self.day_began + EPSILON
        {
            if stop.service > hours.day_max {
                return None;
            }
            self.rest(&hours)?;
        }
        if !frozen && self.now > stop.window.to + EPSILON {
            return None;
        }
        if let Some(preference) = stop.preference {
            let early = (preference.window.from - self.now).max(0.0);
            let late = (self.now - preference.window.to).max(0.0);
            self.missed += preference.price * (early + late);
        }
        self.spend(Activity::Serve(id), stop.service);
        Some(())
    }

    fn wait_until(&mut self, open: f64) {
        let wait = open - self.now;
        if wait <= 0.0 {
            return;
        }
        self.spend(Activity::Wait, wait);
        if let (Some(hours), Some(since)) = (self.hours, self.idle_since) {
            let idle = self.now - since;
            if idle >= hours.break_min {
                self.since_break = 0.0;
            }
            if idle >= hours.rest_min {
                self.today = 0.0;
                self.day_began = self.now;
            }
        }
    }

    fn pause(&mut self, hours: &Hours) -> Option<()> {
        self.spend(Activity::Break, hours.break_min);
        self.since_break = 0.0;
        self.count_pause()
    }

    fn rest(&mut self, hours: &Hours) -> Option<()> {
        self.spend(Activity::Rest, hours.rest_min);
        self.since_break = 0.0;
        self.today = 0.0;
        self.day_began = self.now;
        self.count_pause()
    }

    fn count_pause(&mut self) -> Option<()> {
        self.pauses += 1;
        (self.pauses <= PAUSES_MAX && self.now <= self.vehicle.shift.to + EPSILON).then_some(())
    }

    fn spend(&mut self, activity: Activity, time: f64) {
        let idle = matches!(activity, Activity::Wait | Activity::Break | Activity::Rest);
        self.idle_since = if idle { self.idle_since.or(Some(self.now)) } else { None };
        let from = self.now;
        self.now += time;
        let is_visit = matches!(activity, Activity::Serve(_));
        if self.keep && (time > 0.0 || is_visit) {
            self.spans.push(Span { activity, from, to: self.now });
        }
    }
}
