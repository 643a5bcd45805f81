//! How far and how long it is from place to place.

/// Above so many places no matrix is kept: legs are worked out each time, so that memory stays bounded.
const MATRIX_PLACES_MAX: usize = 2_500;

/// A way between two places.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Leg {
    /// In the problem's unit of length (metres; plain units in the benchmarks).
    pub distance: f64,
    /// In the problem's unit of time (seconds; plain units in the benchmarks).
    pub time: f64,
}

/// Ways between all places of a problem, which are numbered from 0.
#[derive(Debug, Clone)]
pub struct Travel {
    places: usize,
    legs: Vec<Leg>,
    rule: Rule,
}

#[derive(Debug, Clone)]
enum Rule {
    Given,
    Plane(Vec<(f64, f64)>),
    Sphere { points: Vec<(f64, f64)>, detour: f64, metres_per_second: f64 },
}

impl Travel {
    /// Straight lines in a plane, in double precision without rounding; one unit of length takes one of time.
    /// That is the convention of the tables of best known solutions for Solomon's and Li and Lim's instances.
    #[must_use]
    pub fn plane(points: Vec<(f64, f64)>) -> Self {
        Self::tabulated(points.len(), Rule::Plane(points))
    }

    /// Great circles between (latitude, longitude) in degrees, lengthened by `detour`, at one speed.
    #[must_use]
    pub fn sphere(points: Vec<(f64, f64)>, detour: f64, metres_per_second: f64) -> Self {
        Self::tabulated(points.len(), Rule::Sphere { points, detour, metres_per_second })
    }

    /// Legs given row by row: `legs[from * places + to]`; `None` when their number is not the square of `places`.
    #[must_use]
    pub fn given(places: usize, legs: Vec<Leg>) -> Option<Self> {
        (places.checked_mul(places) == Some(legs.len())).then_some(Self { places, legs, rule: Rule::Given })
    }

    fn tabulated(places: usize, rule: Rule) -> Self {
        let mut travel = Self { places, legs: Vec::new(), rule };
        if places <= MATRIX_PLACES_MAX {
            travel.legs =
                (0..places * places).map(|index| travel.work_out(index / places, index % places)).collect();
        }
        travel
    }

    /// The number of places.
    #[must_use]
    pub const fn places(&self) -> usize {
        self.places
    }

    /// The way from one place to another. Both must be below [`Travel::places`].
    #[must_use]
    pub fn leg(&self, from: usize, to: usize) -> Leg {
        match self.legs.get(from * self.places + to) {
            Some(leg) => *leg,
            None => self.work_out(from, to),
        }
    }

    /// Whether every leg is finite and not negative.
    #[must_use]
    pub fn is_sound(&self) -> bool {
        let sound = |value: f64| value.is_finite() && value >= 0.0;
        let points = match &self.rule {
            Rule::Given => &[][..],
            Rule::Plane(points) | Rule::Sphere { points, .. } => points,
        };
        self.legs.iter().all(|leg| sound(leg.distance) && sound(leg.time))
            && points.iter().all(|(a, b)| a.is_finite() && b.is_finite())
    }

    fn work_out(&self, from: usize, to: usize) -> Leg {
        match &self.rule {
            Rule::Given => Leg::default(),
            Rule::Plane(points) => {
                let (a, b) = (points[from], points[to]);
                let distance = ((a.0 - b.0) * (a.0 - b.0) + (a.1 - b.1) * (a.1 - b.1)).sqrt();
                Leg { distance, time: distance }
            }
            Rule::Sphere { points, detour, metres_per_second } => {
                let distance = (great_circle_m(points[from], points[to]) * detour).round();
                Leg { distance, time: (distance / metres_per_second).round() }
            }
        }
    }
}

/// Metres between two points given as (latitude, longitude) in degrees.
fn great_circle_m(a: (f64, f64), b: (f64, f64)) -> f64 {
    let (from, to) = (a.0.to_radians(), b.0.to_radians());
    let across = ((b.1 - a.1).to_radians() / 2.0).sin();
    let along = ((to - from) / 2.0).sin();
    let half = along * along + from.cos() * to.cos() * across * across;
    2.0 * kernel::EARTH_RADIUS_KM * 1000.0 * half.min(1.0).sqrt().asin()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_not_rounded_and_circles_are_whole_metres() {
        let plane = Travel::plane(vec![(0.0, 0.0), (1.0, 1.0)]);
        assert!((plane.leg(0, 1).distance - 2_f64.sqrt()).abs() < 1e-15);
        let milan_rome = Travel::sphere(vec![(45.4642, 9.19), (41.9028, 12.4964)], 1.0, 20.0);
        let leg = milan_rome.leg(0, 1);
        assert!((leg.distance - 477_000.0).abs() < 1_500.0, "{}", leg.distance);
        assert!((leg.time - (leg.distance / 20.0).round()).abs() < 1e-9);
    }

    #[test]
    fn a_large_problem_keeps_no_table_and_answers_alike() {
        let points: Vec<(f64, f64)> = (0..2_600).map(|n| (f64::from(n % 71), f64::from(n % 97))).collect();
        let (large, small) = (Travel::plane(points.clone()), Travel::plane(points[..100].to_vec()));
        assert!(large.legs.is_empty());
        assert_eq!(large.leg(3, 99), small.leg(3, 99));
    }

    #[test]
    fn a_table_of_the_wrong_size_is_refused() {
        assert!(Travel::given(2, vec![Leg::default(); 3]).is_none());
        assert!(Travel::given(usize::MAX, vec![]).is_none());
    }
}
