//! The Ramer-Douglas-Peucker algorithm, without recursion: a line with fewer points, none of the others further from it
//! than the tolerance.

use crate::Sample;
use kernel::{EARTH_RADIUS_KM, Position};

/// The algorithm looks at every point of a span for each point that it keeps. Spans of at most so many points bound that;
/// their ends stay.
const SPAN_MAX: usize = 1000;

/// A line that is thinned while it is read.
#[derive(Debug)]
pub struct Thinned {
    /// What is left of it.
    pub samples: Vec<Sample>,
    tolerance_m: f64,
    most: usize,
}

impl Thinned {
    /// With a tolerance that doubles whenever the line gets more than so many points; nothing is further from it than twice
    /// the last one.
    #[must_use]
    pub const fn new(tolerance_m: f64, most: usize) -> Self {
        Self { samples: Vec::new(), tolerance_m, most }
    }

    /// Takes the next part of the line.
    pub fn take(&mut self, part: &[Sample]) {
        self.samples.extend(simplify(part, self.tolerance_m));
        // Even of a line without a straight part the ends of the spans alone are left some time.
        while self.samples.len() > self.most.max(SPAN_MAX) {
            self.tolerance_m *= 2.0;
            self.samples = simplify(&self.samples, self.tolerance_m);
        }
    }
}

/// The samples that keep the line within `tolerance_m` metres of all of them, in their order; first and last always stay.
#[must_use]
pub fn simplify(samples: &[Sample], tolerance_m: f64) -> Vec<Sample> {
    let mut kept = vec![false; samples.len()];
    let last = samples.len().saturating_sub(1);
    let starts = (0..last).step_by(SPAN_MAX);
    let mut spans: Vec<(usize, usize)> = starts.map(|first| (first, last.min(first + SPAN_MAX))).collect();
    for end in spans.iter().flat_map(|(first, last)| [*first, *last]).chain([last]) {
        if let Some(kept) = kept.get_mut(end) {
            *kept = true;
        }
    }
    while let Some((first, last)) = spans.pop() {
        let Some((at, distance_m)) = furthest(samples, first, last) else { continue };
        if distance_m > tolerance_m {
            if let Some(kept) = kept.get_mut(at) {
                *kept = true;
            }
            spans.extend([(first, at), (at, last)]);
        }
    }
    let chosen = samples.iter().zip(kept).filter(|(_, kept)| *kept);
    chosen.map(|(sample, _)| sample.clone()).collect()
}

/// The sample between two others that is furthest from the line between them, and how many metres.
fn furthest(samples: &[Sample], first: usize, last: usize) -> Option<(usize, f64)> {
    let (a, b) = (samples.get(first)?.position, samples.get(last)?.position);
    let between = samples.get(first + 1..last)?.iter().enumerate();
    between
        .map(|(index, sample)| (first + 1 + index, distance_m(sample.position, a, b)))
        .max_by(|(_, one), (_, other)| one.total_cmp(other))
}

/// From a point to the line between two others, on a plane that touches the globe at the first: good to a thousandth over
/// the few hundred kilometres of a day's drive.
pub(super) fn distance_m(point: Position, a: Position, b: Position) -> f64 {
    let metres_per_degree = EARTH_RADIUS_KM * 1000.0 * std::f64::consts::PI / 180.0;
    let shrink = a.latitude.to_radians().cos();
    let flat = |place: Position| {
        // The shorter way around the globe.
        let east = (place.longitude - a.longitude + 540.0).rem_euclid(360.0) - 180.0;
        (east * shrink * metres_per_degree, (place.latitude - a.latitude) * metres_per_degree)
    };
    let ((px, py), (bx, by)) = (flat(point), flat(b));
    let length_squared = bx * bx + by * by;
    let along =
        if length_squared > 0.0 { ((px * bx + py * by) / length_squared).clamp(0.0, 1.0) } else { 0.0 };
    (px - along * bx).hypot(py - along * by)
}

#[cfg(test)]
mod tests {
    use super::*;
    use kernel::Timestamp;
    use proptest::{collection::vec, prelude::*};

    fn sample(latitude: f64, longitude: f64) -> Sample {
        let position = Position { latitude, longitude };
        Sample { position, at: Timestamp::from_micros(0), speed_kmh: None, heading: None, mocked: None }
    }

    #[test]
    fn a_straight_road_is_two_points_and_a_bend_three() {
        let straight: Vec<Sample> =
            (0..100).map(|step| sample(45.0, 9.0 + f64::from(step) * 0.001)).collect();
        assert_eq!(simplify(&straight, 5.0).len(), 2);
        let mut bend = straight;
        bend.extend((1..100).map(|step| sample(45.0 + f64::from(step) * 0.001, 9.099)));
        assert_eq!(simplify(&bend, 5.0).len(), 3);
        assert_eq!(simplify(&[], 5.0).len(), 0);
        assert_eq!(simplify(&bend[..1], 5.0).len(), 1);
    }

    #[test]
    fn the_date_line_is_no_obstacle() {
        let line = [sample(0.0, 179.999), sample(0.0001, -180.0), sample(0.0, -179.999)];
        assert_eq!(simplify(&line, 20.0).len(), 2);
        assert_eq!(simplify(&line, 5.0).len(), 3);
    }

    #[test]
    fn a_line_of_any_length_is_thinned_while_it_is_read() {
        // A million positions, to and fro by a kilometre.
        let part = |from: u32| -> Vec<Sample> {
            let zigzag =
                |step: u32| sample(45.0 + f64::from(step % 2) * 0.01, 9.0 + f64::from(from + step) * 1e-5);
            (0..20_000).map(zigzag).collect()
        };
        let mut line = Thinned::new(20.0, 5_000);
        (0..50).for_each(|index| line.take(&part(index * 20_000)));
        assert!((2..=5_000).contains(&line.samples.len()), "{}", line.samples.len());
        assert_eq!(line.samples.first(), part(0).first());
        assert_eq!(line.samples.last(), part(49 * 20_000).last());
        assert!(line.samples.windows(2).all(|pair| pair[0].position.longitude < pair[1].position.longitude));
        let mut short = Thinned::new(20.0, 5_000);
        short.take(&part(0)[..100]);
        assert_eq!(short.samples, simplify(&part(0)[..100], 20.0));
    }

    proptest! {
        #[test]
        fn no_point_is_further_from_the_line_than_the_tolerance(
            places in vec((45.0..45.2, 9.0..9.2), 2..60), tolerance in 1.0..2000.0,
        ) {
            let samples: Vec<Sample> = places.iter().map(|(north, east)| sample(*north, *east)).collect();
            let line = simplify(&samples, tolerance);
            prop_assert_eq!(line.first(), samples.first());
            prop_assert_eq!(line.last(), samples.last());
            for sample in &samples {
                let nearest = line.windows(2).map(|pair| distance_m(sample.position, pair[0].position, pair[1].position));
                // The planes touch at different points.
                prop_assert!(nearest.fold(f64::MAX, f64::min) <= tolerance * 1.01 + 1.0);
            }
        }
    }
}
