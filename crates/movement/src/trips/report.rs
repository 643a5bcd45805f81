//! The report of a trip: how far, how long it drove, where it stood, when nothing was heard of it.

use crate::Sample;
use kernel::{Position, Timestamp};
use std::time::Duration;

/// Who stays within so much of a place ...
const STAY_KM: f64 = 0.08;
/// ... for so long has stopped. A red light is shorter.
const STOP_MIN: Duration = Duration::from_secs(5 * 60);
/// Without a position for longer, nothing is known: the truck may have driven anywhere.
const GAP_MIN: Duration = Duration::from_secs(30 * 60);
/// A faster way from one position to the next is a receiver's jump.
const JUMP_KMH: f64 = 200.0;
/// So many jumps in a row are a place: then the position before them was the wrong one.
const JUMPS_MAX: usize = 3;

/// A whole trip.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Report {
    /// Its parts in order; each begins where the one before ends.
    pub legs: Vec<Leg>,
    /// Positions that were looked at.
    pub positions: usize,
    /// Positions that were left out as jumps of the receiver.
    pub jumps: usize,
    /// The fastest that the device said, km/h, jumps left out.
    pub speed_kmh_max: Option<f64>,
}

/// A part of a trip.
#[derive(Debug, Clone, PartialEq)]
pub struct Leg {
    /// What it did.
    pub kind: LegKind,
    /// From when.
    pub from: Timestamp,
    /// Until when.
    pub to: Timestamp,
    /// How far it drove; 0 for a stop, the straight line over a gap.
    pub distance_km: f64,
    /// Where it ended; where it stood, for a stop.
    pub place: Position,
}

/// What a vehicle did in a part of its trip.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LegKind {
    /// It drove, or stood for less than five minutes.
    Drive,
    /// It stood for five minutes or more.
    Stop,
    /// Nothing was heard of it for more than thirty minutes, or it was where it cannot have driven to.
    Gap,
}

impl LegKind {
    /// Its name on the wire.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Drive => "drive",
            Self::Stop => "stop",
            Self::Gap => "gap",
        }
    }
}

impl Leg {
    /// How long it took.
    #[must_use]
    pub fn duration(&self) -> Duration {
        self.to.since(self.from)
    }
}

impl Report {
    /// How long it did this in all.
    #[must_use]
    pub fn time_in(&self, kind: LegKind) -> Duration {
        self.legs.iter().filter(|leg| leg.kind == kind).map(Leg::duration).sum()
    }

    /// How far it drove, gaps left out.
    #[must_use]
    pub fn distance_km(&self) -> f64 {
        self.km_in(LegKind::Drive)
    }

    /// How far it came while it did this.
    #[must_use]
    pub fn km_in(&self, kind: LegKind) -> f64 {
        // A sum over nothing is -0.0.
        self.legs.iter().filter(|leg| leg.kind == kind).map(|leg| leg.distance_km).fold(0.0, |a, b| a + b)
    }
}

/// Reports on a track, oldest first.
#[must_use]
pub fn report(samples: &[Sample]) -> Report {
    let mut reporter = Reporter::default();
    samples.iter().for_each(|sample| reporter.take(sample.clone()));
    reporter.finish()
}

/// Makes a report while the track is read; it holds no more than a few minutes of it.
#[derive(Debug, Default)]
pub struct Reporter {
    report: Report,
    /// Where and when it came to the stop that it is at.
    stop: Option<Sample>,
    /// At a stop the last position of it, else those that may yet turn out to be one; oldest first.
    open: Vec<Sample>,
    jumps_in_a_row: usize,
}

impl Reporter {
    /// Takes the next position.
    pub fn take(&mut self, sample: Sample) {
        self.report.positions += 1;
        let jumped = self.open.last().is_some_and(|known| is_jump(known, &sample));
        if jumped && self.jumps_in_a_row < JUMPS_MAX {
            self.jumps_in_a_row += 1;
            self.report.jumps += 1;
            return;
        }
        self.jumps_in_a_row = 0;
        self.report.speed_kmh_max = match (self.report.speed_kmh_max, sample.speed_kmh) {
            (Some(known), Some(speed)) => Some(known.max(speed)),
            (known, speed) => known.or(speed),
        };
        if jumped {
            self.begin_elsewhere(sample);
        } else {
            self.open.push(sample);
            self.close_legs(false);
        }
    }

    /// The report of what was taken.
    #[must_use]
    pub fn finish(mut self) -> Report {
        self.close_legs(true);
        self.report
    }

    /// It is where it cannot have driven to: how it came there is not known.
    fn begin_elsewhere(&mut self, sample: Sample) {
        self.close_legs(true);
        if let Some(known) = self.open.pop() {
            self.report.legs.push(Leg {
                kind: LegKind::Gap,
                from: known.at,
                to: sample.at,
                distance_km: known.position.distance_km(sample.position),
                place: sample.position,
            });
        }
        self.open = vec![sample];
    }

    /// Adds the legs that are certain, at the end of the track all; what is left open begins where the last one ended.
    fn close_legs(&mut self, is_end: bool) {
        self.close_stop(is_end);
        while self.stop.is_none() {
            let (Some(here), last) = (self.open.first(), stay(&self.open)) else { return };
            let span = self.open.get(last).map_or(Duration::ZERO, |stayed| stayed.at.since(here.at));
            if span >= STOP_MIN {
                self.stop = Some(here.clone());
                self.open.drain(..last);
                self.close_stop(is_end);
            } else if last + 1 < self.open.len() || is_end {
                let Some(next) = self.open.get(1) else { return };
                go(&mut self.report.legs, here, next);
                self.open.remove(0);
            } else {
                return;
            }
        }
    }

    /// Ends the stop that it is at, if it has left it.
    fn close_stop(&mut self, is_end: bool) {
        let (Some(came), Some(known)) = (&self.stop, self.open.first()) else { return };
        let next = self.open.get(1);
        if next.is_some_and(|next| stays(came, known, next)) {
            self.open.remove(0);
        } else if next.is_some() || is_end {
            let (from, to, place) = (came.at, known.at, came.position);
            self.report.legs.push(Leg { kind: LegKind::Stop, from, to, distance_km: 0.0, place });
            if let Some(next) = next {
                go(&mut self.report.legs, known, next);
                self.open.remove(0);
            }
            self.stop = None;
        }
    }
}

/// Adds the way between two positions to the last leg, or begins another.
fn go(legs: &mut Vec<Leg>, here: &Sample, next: &Sample) {
    let kind = if next.at.since(here.at) > GAP_MIN { LegKind::Gap } else { LegKind::Drive };
    let distance_km = here.position.distance_km(next.position);
    match legs.last_mut() {
        Some(leg) if leg.kind == LegKind::Drive && kind == LegKind::Drive => {
            leg.to = next.at;
            leg.distance_km += distance_km;
            leg.place = next.position;
        }
        _ => legs.push(Leg { kind, from: here.at, to: next.at, distance_km, place: next.position }),
    }
}

/// The last position that is still where the first one is, with no gap on the way.
fn stay(samples: &[Sample]) -> usize {
    let Some(here) = samples.first() else { return 0 };
    let pairs = samples.iter().zip(samples.iter().skip(1));
    pairs.take_while(|(known, next)| stays(here, known, next)).count()
}

/// Whether it is still where it was, with no gap since it was seen last.
fn stays(here: &Sample, known: &Sample, next: &Sample) -> bool {
    next.position.distance_km(here.position) <= STAY_KM && next.at.since(known.at) <= GAP_MIN
}

fn is_jump(known: &Sample, next: &Sample) -> bool {
    let distance_km = known.position.distance_km(next.position);
    let hours = next.at.since(known.at).as_secs_f64() / 3600.0;
    // A receiver's noise within a second is no speed.
    distance_km > STAY_KM && distance_km > JUMP_KMH * hours
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::{collection::vec, prelude::*};

    const START: Timestamp = Timestamp::from_millis(1_772_352_000_000);

    /// `seconds` after the start, `metres` north of 45/9.
    fn sample(seconds: u64, metres: f64) -> Sample {
        let position = Position { latitude: 45.0 + metres / 111_195.0, longitude: 9.0 };
        Sample {
            position,
            at: START.after(Duration::from_secs(seconds)),
            speed_kmh: Some(72.0),
            heading: None,
            mocked: None,
        }
    }

    fn drive(from: u64, to: u64, start_m: f64) -> Vec<Sample> {
        (from..=to)
            .step_by(10)
            .map(|second| sample(second, start_m + 20.0 * (second - from) as f64))
            .collect()
    }

    fn kinds(report: &Report) -> Vec<LegKind> {
        report.legs.iter().map(|leg| leg.kind).collect()
    }

    #[test]
    fn a_trip_is_drives_and_stops() {
        let mut track = drive(0, 600, 0.0);
        // Ten minutes at the ramp, with a receiver that wanders by 10 m.
        track.extend(
            (61..120).map(|tens| sample(tens * 10, 12_000.0 + f64::from(u32::from(tens % 2 == 0)) * 10.0)),
        );
        track.extend(drive(1_200, 1_800, 12_000.0));
        let report = report(&track);
        assert_eq!(kinds(&report), [LegKind::Drive, LegKind::Stop, LegKind::Drive]);
        assert!((report.distance_km() - 24.0).abs() < 0.2, "{}", report.distance_km());
        let stopped = report.time_in(LegKind::Stop).as_secs();
        assert!((590..=620).contains(&stopped), "{stopped}");
        assert_eq!(report.speed_kmh_max, Some(72.0));
    }

    #[test]
    fn a_red_light_is_part_of_the_drive() {
        let mut track = drive(0, 300, 0.0);
        track.extend((31..50).map(|tens| sample(tens * 10, 6_000.0)));
        track.extend(drive(500, 800, 6_000.0));
        assert_eq!(kinds(&report(&track)), [LegKind::Drive]);
    }

    #[test]
    fn silence_is_a_gap_and_no_distance() {
        let mut track = drive(0, 600, 0.0);
        track.extend(drive(6_000, 6_600, 90_000.0));
        let report = report(&track);
        assert_eq!(kinds(&report), [LegKind::Drive, LegKind::Gap, LegKind::Drive]);
        assert!((report.distance_km() - 24.0).abs() < 0.1);
        assert_eq!(report.time_in(LegKind::Gap), Duration::from_secs(5_400));
    }

    #[test]
    fn a_jump_of_the_receiver_is_left_out() {
        let mut track = drive(0, 600, 0.0);
        track[30].position.latitude = 46.0;
        let report = report(&track);
        assert_eq!((report.jumps, kinds(&report)), (1, vec![LegKind::Drive]));
        assert!((report.distance_km() - 12.0).abs() < 0.1);
    }

    #[test]
    fn a_wrong_beginning_does_not_hide_the_trip() {
        let mut track = drive(0, 600, 0.0);
        track[0].position.latitude = -45.0;
        let report = report(&track);
        assert_eq!(report.jumps, 3);
        assert!(report.distance_km() > 11.0);
        assert!(report.distance_km() < 12.0, "the jump itself was not driven: {} km", report.distance_km());
        assert_eq!(kinds(&report), [LegKind::Gap, LegKind::Drive]);
    }

    #[test]
    fn a_place_that_is_believed_after_a_jump_was_not_driven_to() {
        let mut track = drive(0, 600, 0.0);
        track.extend(drive(610, 1_200, 500_000.0));
        let report = report(&track);
        assert_eq!((report.jumps, kinds(&report)), (3, vec![LegKind::Drive, LegKind::Gap, LegKind::Drive]));
        assert!((report.distance_km() - (12.0 + 11.8 - 0.6)).abs() < 0.1, "{}", report.distance_km());
    }

    #[test]
    fn a_month_of_positions_is_reported_with_a_few_of_them_at_hand() {
        let mut reporter = Reporter::default();
        let mut most = 0;
        for day in 0..31 {
            // Driving for an hour, standing for the rest of the day.
            for second in (0..86_400_u64).step_by(10) {
                reporter.take(sample(
                    day * 86_400 + second,
                    20.0 * second.min(3_600) as f64 + 72_000.0 * day as f64,
                ));
                most = most.max(reporter.open.len());
            }
        }
        assert!(most < 100, "{most}");
        let report = reporter.finish();
        assert_eq!(report.legs.len(), 62);
        assert!((report.distance_km() - 31.0 * 72.0).abs() < 1.0, "{}", report.distance_km());
    }

    #[test]
    fn nothing_and_one_position_are_no_trip() {
        assert_eq!(report(&[]), Report::default());
        assert_eq!(report(&drive(0, 0, 0.0)).legs, []);
    }

    proptest! {
        #[test]
        fn the_legs_cover_the_whole_time(steps in vec((1_u64..4_000, -300.0..300.0), 1..80)) {
            let (mut seconds, mut metres) = (0, 0.0);
            let mut track = vec![sample(0, 0.0)];
            for (wait, way) in steps {
                seconds += wait;
                metres += way;
                track.push(sample(seconds, metres));
            }
            let report = report(&track);
            let believed = report.positions - report.jumps;
            let total: Duration = report.legs.iter().map(Leg::duration).sum();
            for pair in report.legs.windows(2) {
                prop_assert_eq!(pair[0].to, pair[1].from);
            }
            if report.jumps == 0 {
                prop_assert_eq!(total, Duration::from_secs(seconds));
            }
            prop_assert!(believed > 0 && total <= Duration::from_secs(seconds));
        }
    }
}
