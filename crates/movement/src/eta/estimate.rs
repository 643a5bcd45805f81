//! The estimate and its interval.
//!
//! Speed: the planned one, slowed or sped up as the tenant's trips before were, counts like half an hour of driving; what
//! this truck has driven on this way counts by its time. Interval: eight of ten trips should arrive in it. The spread of
//! the history shrinks with the root of the time observed, to no less than 4 %, and is taken on the time at the wheel;
//! pauses by the rules on driving times are added to both ends, and five minutes for what positions cannot resolve.

use super::{Spread, Wheel};
use kernel::Timestamp;
use std::time::Duration;

/// What was planned counts like so much driving.
const PLAN_COUNTS_H: f64 = 0.5;
/// Of the standard normal distribution: 80 % lie within.
const EIGHT_OF_TEN: f64 = 1.2816;
const SIGMA_MIN: f64 = 0.04;
const RESOLUTION: Duration = Duration::from_secs(300);
/// No plan and no truck is outside.
const KMH: std::ops::RangeInclusive<f64> = 5.0..=120.0;

/// What an estimate is made of.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Basis {
    /// Km to go.
    pub left_km: f64,
    /// The planned average in km/h.
    pub planned_kmh: f64,
    /// Km driven on this way so far.
    pub driven_km: f64,
    /// Time at the wheel on this way so far.
    pub driven: Duration,
    /// How long it has been standing.
    pub stood: Duration,
    /// The driver's hours.
    pub wheel: Wheel,
    /// How trips went before.
    pub spread: Spread,
}

/// When it will be there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Eta {
    /// The estimate.
    pub at: Timestamp,
    /// One of ten comes before.
    pub earliest: Timestamp,
    /// One of ten comes after.
    pub latest: Timestamp,
}

impl Eta {
    /// It is there.
    #[must_use]
    pub const fn exactly(at: Timestamp) -> Self {
        Self { at, earliest: at, latest: at }
    }
}

/// Estimates from an instant on. Whatever the figures, the three instants are in order and not before `from`.
#[must_use]
pub fn estimate(basis: &Basis, from: Timestamp) -> Eta {
    let observed_h = basis.driven.as_secs_f64() / 3600.0;
    let planned_kmh = within_kmh(basis.planned_kmh / basis.spread.factor);
    let kmh = within_kmh(
        planned_kmh.mul_add(PLAN_COUNTS_H, basis.driven_km.max(0.0)) / (PLAN_COUNTS_H + observed_h),
    );
    let hours = (basis.left_km.max(0.0) / kmh).min(1000.0);
    let sigma = (basis.spread.sigma * (PLAN_COUNTS_H / (PLAN_COUNTS_H + observed_h)).sqrt()).max(SIGMA_MIN);
    let arrival = |factor: f64| {
        let drive = Duration::try_from_secs_f64(hours * factor * 3600.0).unwrap_or_default();
        from.after(drive + basis.wheel.pauses(drive, basis.stood))
    };
    let width = (EIGHT_OF_TEN * sigma).exp();
    Eta {
        at: arrival(1.0),
        earliest: arrival(1.0 / width).before(RESOLUTION).max(from),
        latest: arrival(width).after(RESOLUTION),
    }
}

/// Not a number is the slowest.
fn within_kmh(kmh: f64) -> f64 {
    kmh.max(*KMH.start()).min(*KMH.end())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::eta::History;
    use proptest::prelude::*;

    const NOW: Timestamp = Timestamp::from_millis(1_772_352_000_000);

    fn basis() -> Basis {
        Basis {
            left_km: 70.0,
            planned_kmh: 70.0,
            driven_km: 0.0,
            driven: Duration::ZERO,
            stood: Duration::ZERO,
            wheel: Wheel::default(),
            spread: History::default().spread(),
        }
    }

    fn minutes(eta: Timestamp) -> f64 {
        eta.since(NOW).as_secs_f64() / 60.0
    }

    #[test]
    fn before_it_drives_the_plan_counts_and_then_what_it_does() {
        assert!((minutes(estimate(&basis(), NOW).at) - 60.0).abs() < 0.1);
        let slow = Basis { driven_km: 50.0, driven: Duration::from_secs(3600), ..basis() };
        let eta = estimate(&slow, NOW);
        assert!((minutes(eta.at) - 70.0 / (85.0 / 1.5) * 60.0).abs() < 0.1);
    }

    #[test]
    fn the_interval_narrows_as_the_truck_is_observed() {
        let width = |basis: &Basis| {
            let eta = estimate(basis, NOW);
            eta.latest.since(eta.earliest)
        };
        let seen = Basis { driven_km: 140.0, driven: Duration::from_secs(7200), ..basis() };
        assert!(width(&seen) < width(&basis()));
    }

    #[test]
    fn a_break_that_is_due_is_part_of_the_estimate() {
        let mut wheel = Wheel::default();
        wheel.drove(Duration::from_secs(4 * 3600));
        assert!((minutes(estimate(&Basis { wheel, ..basis() }, NOW).at) - 105.0).abs() < 0.1);
    }

    proptest! {
        #[test]
        fn whatever_the_figures_the_instants_are_in_order(
            left_km in prop::num::f64::ANY, planned_kmh in prop::num::f64::ANY, driven_km in prop::num::f64::ANY,
            driven_s in 0_u64..10_000_000, stood_s in 0_u64..10_000_000,
        ) {
            let basis = Basis {
                left_km, planned_kmh, driven_km,
                driven: Duration::from_secs(driven_s), stood: Duration::from_secs(stood_s),
                wheel: Wheel::default(), spread: History::default().spread(),
            };
            let eta = estimate(&basis, NOW);
            prop_assert!(NOW <= eta.earliest && eta.earliest <= eta.at && eta.at <= eta.latest);
        }
    }
}
