//! The shape of a geofence: a circle, a polygon or a corridor. Pure.

use kernel::Position;
use serde::{Deserialize, Serialize};

/// A polygon or a corridor has at most so many points.
pub const POINTS_MAX: usize = 200;
/// Radius and width, in metres.
const METRES: std::ops::RangeInclusive<f64> = 50.0..=100_000.0;
/// A fence is a place, not a continent: its points lie so near its first one, in km.
const SPAN_KM: f64 = 1000.0;
/// A polygon is at least so wide on the average, in km: what is less holds no truck.
const WIDTH_KM: f64 = 0.001;

/// A part of the globe.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Shape {
    /// All within a distance of a point.
    Circle {
        /// The middle.
        centre: Position,
        /// In metres.
        radius_m: f64,
    },
    /// All within a closed line, which need not repeat its first point.
    Polygon {
        /// At least three.
        points: Vec<Position>,
    },
    /// All within a distance of a line.
    Corridor {
        /// At least two.
        points: Vec<Position>,
        /// From the line to each side, in metres.
        width_m: f64,
    },
}

/// Why a shape is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidShape {
    /// Radius or width.
    #[error("must be between 50 and 100000 metres")]
    Metres,
    /// Too few or too many points.
    #[error("must have {0} to 200 points")]
    Points(usize),
    /// Too large.
    #[error("must lie within 1000 km of its first point")]
    Span,
    /// Nobody can be in it.
    #[error("must not lie on a line or in one point")]
    Flat,
    /// Its line crosses itself.
    #[error("its sides must not cross one another")]
    Crossing,
}

impl Shape {
    /// Looks whether it is a shape. Positions are checked where they are made.
    ///
    /// # Errors
    /// [`InvalidShape`].
    pub fn check(&self) -> Result<(), InvalidShape> {
        let metres = |value: &f64| if METRES.contains(value) { Ok(()) } else { Err(InvalidShape::Metres) };
        match self {
            Self::Circle { radius_m, .. } => metres(radius_m),
            Self::Polygon { points } => {
                check_points(points, 3)?;
                if crosses_itself(points) {
                    Err(InvalidShape::Crossing)
                } else if is_flat(points) {
                    Err(InvalidShape::Flat)
                } else {
                    Ok(())
                }
            }
            Self::Corridor { points, width_m } => {
                metres(width_m)?;
                check_points(points, 2)
            }
        }
    }

    /// Metres from a place to the shape; 0 within it.
    #[must_use]
    pub fn distance_m(&self, place: Position) -> f64 {
        let beyond_km = self.anchor().map_or(0.0, |anchor| anchor.distance_km(place)) - self.reach_km();
        if beyond_km > SPAN_KM {
            // A plane does not reach around the globe.
            return beyond_km * 1000.0;
        }
        match self {
            Self::Circle { centre, radius_m } => (centre.distance_km(place) * 1000.0 - radius_m).max(0.0),
            Self::Corridor { points, width_m } => (to_line_m(points, place) - width_m).max(0.0),
            Self::Polygon { points } if is_within(points, place) => 0.0,
            Self::Polygon { points } => {
                let closing: Vec<Position> =
                    points.last().into_iter().chain(points.first()).copied().collect();
                to_line_m(points, place).min(to_line_m(&closing, place))
            }
        }
    }

    /// A point of it, from which nothing of it is further than [`Shape::reach_km`].
    pub(super) fn anchor(&self) -> Option<Position> {
        match self {
            Self::Circle { centre, .. } => Some(*centre),
            Self::Polygon { points } | Self::Corridor { points, .. } => points.first().copied(),
        }
    }

    pub(super) fn reach_km(&self) -> f64 {
        let (points, beyond_m): (&[Position], f64) = match self {
            Self::Circle { radius_m, .. } => (&[], *radius_m),
            Self::Polygon { points } => (points, 0.0),
            Self::Corridor { points, width_m } => (points, *width_m),
        };
        let anchor = points.first();
        let furthest =
            points.iter().filter_map(|point| Some(anchor?.distance_km(*point))).fold(0.0, f64::max);
        // The inside of a polygon is no further than its corners; the margin is for the globe's curve.
        (furthest + beyond_m / 1000.0) * 1.01 + 0.5
    }
}

fn check_points(points: &[Position], least: usize) -> Result<(), InvalidShape> {
    if !(least..=POINTS_MAX).contains(&points.len()) {
        return Err(InvalidShape::Points(least));
    }
    let near = |first: &Position| points.iter().all(|point| first.distance_km(*point) <= SPAN_KM);
    if points.first().is_some_and(near) { Ok(()) } else { Err(InvalidShape::Span) }
}

/// Metres from a place to a line of at least one point.
fn to_line_m(points: &[Position], place: Position) -> f64 {
    let single = points.first().map_or(f64::MAX, |point| point.distance_km(place) * 1000.0);
    points.windows(2).fold(single, |nearest, pair| match pair {
        [a, b] => nearest.min(place.to_segment(*a, *b).0 * 1000.0),
        _ => nearest,
    })
}

/// Whether a ray to the east crosses the sides an odd number of times.
fn is_within(points: &[Position], place: Position) -> bool {
    let around = points.iter().zip(points.iter().skip(1).chain(points.first()));
    around.fold(false, |within, (a, b)| {
        let ((ax, ay), (bx, by)) = (place.flat_km(*a), place.flat_km(*b));
        let spans = (ay > 0.0) != (by > 0.0);
        within != (spans && ax + (bx - ax) * (-ay) / (by - ay) > 0.0)
    })
}

/// Whether its area is none beside its length.
fn is_flat(points: &[Position]) -> bool {
    let Some(origin) = points.first() else { return true };
    let corners = points.iter().map(|point| origin.flat_km(*point));
    let next = corners.clone().skip(1).chain([(0.0, 0.0)]);
    let (double_area, around) = corners.zip(next).fold((0.0, 0.0), |(area, around), ((ax, ay), (bx, by))| {
        (area + ax * by - bx * ay, around + (bx - ax).hypot(by - ay))
    });
    // Twice the area by twice the length.
    double_area.abs() <= around * WIDTH_KM
}

fn crosses_itself(points: &[Position]) -> bool {
    let Some(origin) = points.first() else { return false };
    let corners: Vec<(f64, f64)> = points.iter().map(|point| origin.flat_km(*point)).collect();
    let sides: Vec<_> =
        corners.iter().zip(corners.iter().skip(1).chain(corners.first())).map(|(a, b)| (*a, *b)).collect();
    let last = sides.len().saturating_sub(1);
    sides.iter().enumerate().any(|(i, (a, b))| {
        // Neighbours share a corner, the first and the last too.
        let others = sides.iter().enumerate().skip(i + 2).filter(|(j, _)| !(i == 0 && *j == last));
        others.into_iter().any(|(_, (c, d))| cross(*a, *b, *c, *d))
    })
}

fn cross(a: (f64, f64), b: (f64, f64), c: (f64, f64), d: (f64, f64)) -> bool {
    let side =
        |p: (f64, f64), q: (f64, f64), r: (f64, f64)| (q.0 - p.0) * (r.1 - p.1) - (q.1 - p.1) * (r.0 - p.0);
    side(a, b, c) * side(a, b, d) < 0.0 && side(c, d, a) * side(c, d, b) < 0.0
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::{collection::vec, prelude::*};

    fn at(latitude: f64, longitude: f64) -> Position {
        Position { latitude, longitude }
    }

    fn square() -> Shape {
        Shape::Polygon { points: vec![at(45.0, 9.0), at(45.0, 9.1), at(45.1, 9.1), at(45.1, 9.0)] }
    }

    #[test]
    fn distances_are_those_of_the_globe() {
        let circle = Shape::Circle { centre: at(45.0, 9.0), radius_m: 500.0 };
        assert!(circle.distance_m(at(45.004, 9.0)).abs() < 1e-9);
        assert!((circle.distance_m(at(45.01, 9.0)) - 612.0).abs() < 2.0);
        let corridor = Shape::Corridor { points: vec![at(45.0, 9.0), at(45.0, 10.0)], width_m: 1000.0 };
        assert!(corridor.distance_m(at(45.005, 9.5)).abs() < 1e-9);
        assert!((corridor.distance_m(at(45.02, 9.5)) - 1224.0).abs() < 10.0);
        assert!(square().distance_m(at(45.05, 9.05)).abs() < 1e-9);
        assert!((square().distance_m(at(45.05, 8.9)) - 7857.0).abs() < 20.0);
    }

    #[test]
    fn the_date_line_is_no_obstacle() {
        let points = vec![at(-1.0, 179.5), at(-1.0, -179.5), at(1.0, -179.5), at(1.0, 179.5)];
        let fence = Shape::Polygon { points };
        assert_eq!(fence.check(), Ok(()));
        assert!(
            fence.distance_m(at(0.0, 180.0)).abs() < 1e-9 && fence.distance_m(at(0.0, -179.9)).abs() < 1e-9
        );
        assert!(fence.distance_m(at(0.0, 0.0)) > 1e6);
    }

    #[test]
    fn what_is_no_shape_is_refused() {
        let polygon = |points: Vec<Position>| Shape::Polygon { points }.check();
        assert_eq!(polygon(vec![at(0.0, 0.0), at(1.0, 0.0)]), Err(InvalidShape::Points(3)));
        assert_eq!(polygon(vec![at(0.0, 0.0); 201]), Err(InvalidShape::Points(3)));
        let bow = vec![at(0.0, 0.0), at(1.0, 1.0), at(1.0, 0.0), at(0.0, 1.0)];
        assert_eq!(polygon(bow), Err(InvalidShape::Crossing));
        assert_eq!(polygon(vec![at(0.0, 0.0), at(0.0, 50.0), at(1.0, 0.0)]), Err(InvalidShape::Span));
        for radius_m in [49.0, 100_001.0, f64::NAN] {
            let circle = Shape::Circle { centre: at(0.0, 0.0), radius_m };
            assert_eq!(circle.check(), Err(InvalidShape::Metres));
        }
        assert_eq!(square().check(), Ok(()));
        assert_eq!(polygon(vec![at(45.0, 9.0); 4]), Err(InvalidShape::Flat));
        assert_eq!(polygon(vec![at(45.0, 9.0), at(45.5, 9.5), at(46.0, 10.0)]), Err(InvalidShape::Flat));
        assert_eq!(polygon(vec![at(45.0, 9.0), at(45.0, 9.1), at(45.0, 9.0)]), Err(InvalidShape::Flat));
        let yard = vec![at(45.0, 9.0), at(45.0, 9.0002), at(45.0002, 9.0002)];
        assert_eq!(polygon(yard), Ok(()), "15 m by 22 m");
    }

    proptest! {
        #[test]
        fn what_is_near_is_within_reach(corners in vec((44.0..46.0, 8.0..10.0), 3..8), lat in 43.0..47.0, lon in 7.0..11.0) {
            let points: Vec<Position> = corners.into_iter().map(|(lat, lon)| at(lat, lon)).collect();
            for shape in [Shape::Polygon { points: points.clone() }, Shape::Corridor { points, width_m: 2000.0 }] {
                let place = at(lat, lon);
                if shape.distance_m(place) <= 0.0 {
                    prop_assert!(shape.anchor().unwrap().distance_km(place) <= shape.reach_km());
                }
            }
        }
    }
}
