//! The way to a stop: a planned line, or a guess where nobody plans routes.

use crate::{Sample, geofences::to_segment, trips::simplify};
use contracts::ports::{RouteAnswer, RouteSource};
use kernel::{Position, Timestamp};

/// A line is thinned out to this tolerance, which is small beside what the detectors look for ...
const TOLERANCE_M: f64 = 150.0;
/// ... and more, until it has at most so many points: all are looked at for every position.
const POINTS_MAX: usize = 400;
/// Roads are that much longer than the great circle (design, section 6) ...
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
        sound.then_some(Self { km, duration_s: route.duration_s, course })
    }

    /// The planned average in km/h.
    #[must_use]
    pub fn kmh(&self) -> f64 {
        self.km / self.duration_s * 3600.0
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
                OnWay { off_km, done_km: share * self.km }
            }
        }
    }

    /// Whether it is a line of roads.
    #[must_use]
    pub const fn is_road(&self) -> bool {
        matches!(self.course, Line::Road(_))
    }
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
    let mut best = OnWay { off_km: f64::MAX, done_km: 0.0 };
    for pair in points.windows(2) {
        let [(a, a_km), (b, b_km)] = pair else { continue };
        let (off_km, along) = to_segment(place, *a, *b);
        if off_km < best.off_km {
            best = OnWay { off_km, done_km: a_km + (b_km - a_km) * along };
        }
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
    fn a_guess_lets_any_road_lead_there_but_not_any_field() {
        let (from, to) = (at(45.0, 9.0), at(45.0, 10.0));
        let straight = from.distance_km(to);
        let way = Way::of(&answer(RouteSource::GreatCircle, vec![from, to], straight * 1300.0)).unwrap();
        assert!(way.locate(at(45.2, 9.5)).off_km < 1e-9 && !way.is_road());
        assert!(way.locate(at(46.0, 9.5)).off_km > 5.0);
        assert!((way.locate(at(45.0, 9.5)).done_km - way.km / 2.0).abs() < 0.1);
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
