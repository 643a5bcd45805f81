//! The way to a stop: a planned line, or a guess where nobody plans routes.

use crate::{Sample, trips::simplify};
use contracts::{
    ports::{Incident, RouteAnswer, RouteSource, RouteStep},
    tracking::WayMeasure,
};
use kernel::{Position, Timestamp};

/// A line is thinned out to this tolerance, which is small beside what the detectors look for ...
const TOLERANCE_M: f64 = 150.0;
/// ... and more, until it has at most so many points: all are looked at for every position.
const POINTS_MAX: usize = 400;
/// Roads are that much longer than the great circle (design, section 6): on the truck network of freight-eu half of all
/// ways are, in Germany nine of ten less than 1.46, in mountains and around gulfs one of ten more than 2
/// (docs/decisions/0121). An estimate cannot allow less without calling every tenth truck lost ...
const DETOUR: f64 = 1.3;
/// ... and a few km more where they begin and end.
const DETOUR_KM: f64 = 10.0;

/// A way from a place to a stop.
#[derive(Debug, Clone, PartialEq)]
pub struct Way {
    /// Its planned length in km.
    pub km: f64,
    /// Its planned time at the wheel in seconds.
    pub duration_s: f64,
    course: Line,
    /// Km and seconds from its beginning to the end of each of its steps; empty when nobody knows.
    clock: Vec<(f64, f64)>,
    /// Whether somebody else planned it, with traffic of its own.
    foreign: bool,
    /// Of when it is, when its planner is away and this is what it said last.
    pub as_of: Option<Timestamp>,
}

#[derive(Debug, Clone, PartialEq)]
enum Line {
    /// Along roads: each point with the km from the beginning to it.
    Road(Vec<(Position, f64)>),
    /// Somewhere between two places.
    Guess { from: Position, to: Position },
}

/// Where a truck is on its way.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct OnWay {
    /// Km from it.
    pub off_km: f64,
    /// Km of it that are done.
    pub done_km: f64,
    /// Km further from its end than its beginning is, for who has not come past the beginning.
    pub away_km: f64,
}

impl Way {
    /// The best route of an answer; `None` when there is none.
    #[must_use]
    pub fn of(answer: &RouteAnswer) -> Option<Self> {
        let route = answer.routes.as_ref().ok()?.first()?;
        let (from, to) = (*route.geometry.first()?, *route.geometry.last()?);
        let km = route.distance_m / 1000.0;
        let sound = km.is_finite() && km > 0.0 && route.duration_s.is_finite() && route.duration_s > 0.0;
        let course = match answer.source {
            RouteSource::Roads { .. } | RouteSource::Vendor { .. } => {
                Line::Road(measured(&thinned(&route.geometry), km))
            }
            RouteSource::GreatCircle => Line::Guess { from, to },
        };
        let (foreign, as_of) = match answer.source {
            RouteSource::Vendor { as_of, .. } => (true, as_of),
            RouteSource::Roads { .. } | RouteSource::GreatCircle => (false, None),
        };
        let clock = clock(&route.steps, km, route.duration_s);
        sound.then_some(Self { km, duration_s: route.duration_s, course, clock, foreign, as_of })
    }

    /// The planned average in km/h.
    #[must_use]
    pub fn kmh(&self) -> f64 {
        self.km / self.duration_s * 3600.0
    }

    /// The planned average in km/h of what is done at a distance from its beginning, and of what is left.
    #[must_use]
    pub fn kmh_before_and_after(&self, done_km: f64) -> (f64, f64) {
        let done_s = self.seconds_to(done_km);
        let kmh = |km: f64, seconds: f64| {
            if km > 1.0 && seconds > 1.0 { km / seconds * 3600.0 } else { self.kmh() }
        };
        (kmh(done_km, done_s), kmh(self.km - done_km, self.duration_s - done_s))
    }

    /// What is left of it at a distance from its beginning.
    #[must_use]
    pub fn left(&self, done_km: f64) -> WayMeasure {
        let (km, seconds) = (self.km - done_km, self.duration_s - self.seconds_to(done_km));
        WayMeasure::of(km.max(0.0) * 1000.0, seconds.max(0.0))
    }

    /// The planned time to a distance from its beginning.
    fn seconds_to(&self, done_km: f64) -> f64 {
        let next = self.clock.partition_point(|(km, _)| *km <= done_km);
        let (from_km, from_s) = next.checked_sub(1).map_or((0.0, 0.0), |last| self.clock[last]);
        let (to_km, to_s) = self.clock.get(next).copied().unwrap_or((self.km, self.duration_s));
        let share =
            if to_km > from_km { ((done_km - from_km) / (to_km - from_km)).clamp(0.0, 1.0) } else { 1.0 };
        from_s + share * (to_s - from_s)
    }

    /// Whether an incident may be on it.
    #[must_use]
    pub fn may_meet(&self, incident: &Incident) -> bool {
        let Line::Road(points) = &self.course else { return false };
        let line: Vec<Position> = points.iter().map(|(place, _)| *place).collect();
        incident.place.is_near(&line, TOLERANCE_M * 2.0)
    }

    /// Whether its planner has traffic of its own.
    #[must_use]
    pub const fn is_foreign(&self) -> bool {
        self.foreign
    }

    /// Where a place is on it: the nearest point of its line.
    #[must_use]
    pub fn locate(&self, place: Position) -> OnWay {
        match &self.course {
            Line::Road(points) => nearest(points, place),
            Line::Guess { from, to } => {
                let (straight_km, gone_km, left_km) =
                    (from.distance_km(*to), from.distance_km(place), place.distance_km(*to));
                // Within an ellipse around both ends any road may lead.
                let allowed_km = straight_km.mul_add(DETOUR, DETOUR_KM);
                let off_km = ((gone_km + left_km - allowed_km) / 2.0).max(0.0);
                let share = if straight_km > 0.0 { (1.0 - left_km / straight_km).max(0.0) } else { 1.0 };
                OnWay { off_km, done_km: share * self.km, away_km: (left_km - straight_km).max(0.0) }
            }
        }
    }

    /// Whether it is a line of roads.
    #[must_use]
    pub const fn is_road(&self) -> bool {
        matches!(self.course, Line::Road(_))
    }
}

/// The steps' ends on the scale of the whole way.
fn clock(steps: &[RouteStep], km: f64, duration_s: f64) -> Vec<(f64, f64)> {
    let (all_m, all_s) =
        steps.iter().fold((0.0, 0.0), |(m, s), step| (m + step.distance_m, s + step.duration_s));
    if !(all_m > 0.0 && all_s > 0.0) {
        return Vec::new();
    }
    let (mut done_km, mut done_s) = (0.0, 0.0);
    let end = |step: &RouteStep| {
        done_km += step.distance_m / all_m * km;
        done_s += step.duration_s / all_s * duration_s;
        (done_km, done_s)
    };
    steps.iter().map(end).collect()
}

fn thinned(geometry: &[Position]) -> Vec<Position> {
    let at = Timestamp::from_micros(0);
    let mut samples: Vec<Sample> = geometry
        .iter()
        .map(|position| Sample { position: *position, at, speed_kmh: None, heading: None, mocked: None })
        .collect();
    let mut tolerance_m = TOLERANCE_M;
    loop {
        samples = simplify(&samples, tolerance_m);
        if samples.len() <= POINTS_MAX || tolerance_m > 5_000.0 {
            return samples.iter().map(|sample| sample.position).collect();
        }
        tolerance_m *= 2.0;
    }
}

/// The thinned line is a little shorter than the road: its km are stretched to those of the road.
fn measured(points: &[Position], km: f64) -> Vec<(Position, f64)> {
    let mut sum = 0.0;
    let mut last = points.first().copied();
    let mut measured = Vec::with_capacity(points.len());
    for point in points {
        sum += last.map_or(0.0, |last| last.distance_km(*point));
        last = Some(*point);
        measured.push((*point, sum));
    }
    let stretch = if sum > 0.0 { km / sum } else { 1.0 };
    measured.iter_mut().for_each(|(_, at_km)| *at_km *= stretch);
    measured
}

fn nearest(points: &[(Position, f64)], place: Position) -> OnWay {
    let mut best = OnWay { off_km: f64::MAX, done_km: 0.0, away_km: 0.0 };
    for pair in points.windows(2) {
        let [(a, a_km), (b, b_km)] = pair else { continue };
        let (off_km, along) = place.to_segment(*a, *b);
        if off_km < best.off_km {
            best = OnWay { off_km, done_km: a_km + (b_km - a_km) * along, away_km: 0.0 };
        }
    }
    let ends = points.first().zip(points.last()).filter(|_| best.done_km <= 0.0);
    if let Some(((from, _), (to, _))) = ends {
        best.away_km = (place.distance_km(*to) - from.distance_km(*to)).max(0.0);
    }
    best
}

#[cfg(test)]
mod tests {
    use super::*;
    use contracts::ports::PlannedRoute;

    fn at(latitude: f64, longitude: f64) -> Position {
        Position { latitude, longitude }
    }

    fn answer(source: RouteSource, geometry: Vec<Position>, distance_m: f64) -> RouteAnswer {
        let route = PlannedRoute {
            distance_m,
            duration_s: 3600.0,
            toll_m: 0.0,
            cost: None,
            geometry,
            steps: Vec::new(),
            slowed_by: Vec::new(),
        };
        RouteAnswer { routes: Ok(vec![route]), source }
    }

    fn roads() -> RouteSource {
        RouteSource::Roads { attribution: String::new() }
    }

    #[test]
    fn a_truck_is_found_on_its_road() {
        let line = vec![at(45.0, 9.0), at(45.5, 9.0), at(45.5, 10.0)];
        let km: f64 = line.windows(2).map(|pair| pair[0].distance_km(pair[1])).sum();
        let way = Way::of(&answer(roads(), line, km * 1100.0)).unwrap();
        let corner = way.locate(at(45.5, 8.99));
        assert!(
            (corner.off_km - 0.78).abs() < 0.05 && (corner.done_km - 55.6 * 1.1).abs() < 0.5,
            "{corner:?}"
        );
        assert!(way.is_road() && (way.kmh() - km * 1.1).abs() < 0.1);
        let end = way.locate(at(45.5, 10.0));
        assert!((end.done_km - way.km).abs() < 1e-6);
    }

    #[test]
    fn a_way_says_that_its_planner_is_away() {
        let line = vec![at(45.0, 9.0), at(46.0, 9.0)];
        let then = Timestamp::from_millis(1_000_000);
        let vendor = |as_of| RouteSource::Vendor { name: "osrm", attribution: String::new(), as_of };
        let way = |source| Way::of(&answer(source, line.clone(), 110_000.0)).unwrap();
        assert_eq!((way(vendor(Some(then))).as_of, way(vendor(None)).as_of), (Some(then), None));
        assert!(way(vendor(None)).is_foreign() && !way(roads()).is_foreign());
    }

    #[test]
    fn a_way_knows_where_it_is_slow() {
        let step = |distance_m, duration_s| RouteStep {
            manoeuvre: "continue",
            text: String::new(),
            road: String::new(),
            at: at(45.0, 9.0),
            distance_m,
            duration_s,
        };
        let mut answer = answer(roads(), vec![at(45.0, 9.0), at(46.0, 9.0)], 110_000.0);
        if let Ok(routes) = &mut answer.routes {
            // A motorway, then a town: 100 km in 50 min, 10 km in 10 min.
            routes[0].steps = vec![step(100_000.0, 3_000.0), step(10_000.0, 600.0), step(0.0, 0.0)];
        }
        let way = Way::of(&answer).unwrap();
        assert_eq!(way.left(50.0), WayMeasure { distance_m: 60_000, duration_s: 2_100 });
        assert_eq!(way.left(105.0), WayMeasure { distance_m: 5_000, duration_s: 300 });
        assert_eq!(way.left(111.0), WayMeasure { distance_m: 0, duration_s: 0 });
        let (before, after) = way.kmh_before_and_after(100.0);
        assert!((before - 120.0).abs() < 1e-6 && (after - 60.0).abs() < 1e-6, "{before} {after}");
        let plain = Way::of(&self::answer(roads(), vec![at(45.0, 9.0), at(46.0, 9.0)], 110_000.0)).unwrap();
        assert_eq!(plain.left(55.0), WayMeasure { distance_m: 55_000, duration_s: 1_800 });
    }

    #[test]
    fn a_guess_lets_any_road_lead_there_but_not_any_field() {
        let (from, to) = (at(45.0, 9.0), at(45.0, 10.0));
        let straight = from.distance_km(to);
        let way = Way::of(&answer(RouteSource::GreatCircle, vec![from, to], straight * 1300.0)).unwrap();
        assert!(way.locate(at(45.2, 9.5)).off_km < 1e-9 && !way.is_road());
        assert!(way.locate(at(46.0, 9.5)).off_km > 5.0);
        assert!((way.locate(at(45.0, 9.5)).done_km - way.km / 2.0).abs() < 0.1);
    }

    #[test]
    fn who_drives_away_from_the_beginning_is_further_from_the_end_by_so_much() {
        let (from, to) = (at(45.0, 9.0), at(46.0, 9.0));
        for source in [roads(), RouteSource::GreatCircle] {
            let way = Way::of(&answer(source, vec![from, to], 120_000.0)).unwrap();
            let away = |latitude, longitude| way.locate(at(latitude, longitude)).away_km;
            assert!((away(44.9, 9.0) - 11.1).abs() < 0.1, "behind it: {}", away(44.9, 9.0));
            assert!(away(45.0, 9.1) < 0.5, "beside it: {}", away(45.0, 9.1));
            assert!(away(45.1, 9.0) <= 0.0, "on it: {}", away(45.1, 9.0));
        }
    }

    #[test]
    fn a_long_line_is_thinned_and_a_bad_one_refused() {
        let line: Vec<Position> = (0..20_000)
            .map(|step| at(45.0 + f64::from(step) * 1e-4, 9.0 + f64::from(step % 7) * 1e-4))
            .collect();
        let way = Way::of(&answer(roads(), line, 250_000.0)).unwrap();
        let Line::Road(points) = &way.course else { panic!() };
        assert!(points.len() <= POINTS_MAX);
        assert_eq!(Way::of(&answer(roads(), vec![at(0.0, 0.0)], 0.0)), None);
        assert_eq!(Way::of(&answer(roads(), Vec::new(), 10.0)), None);
        assert_eq!(Way::of(&answer(roads(), vec![at(0.0, 0.0), at(0.0, 1.0)], f64::NAN)), None);
    }
}
