//! What a vehicle did in a period: how far, how long, and which part of it empty. Pure.

use super::{Leg, LegKind, Report};
use kernel::Timestamp;
use std::time::Duration;

/// What a vehicle did.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Utilisation {
    /// Km driven, gaps left out.
    pub distance_km: f64,
    /// Of them, with freight aboard.
    pub loaded_km: f64,
    /// Driving, short halts included.
    pub moving: Duration,
    /// Standing for five minutes or more.
    pub stopped: Duration,
    /// How often it stood.
    pub stops: usize,
}

impl Utilisation {
    /// Of a report, with the spans of time in which freight was aboard. A drive that freight was aboard in part of counts
    /// by its share of time.
    #[must_use]
    pub fn of(report: &Report, loaded: &[(Timestamp, Timestamp)]) -> Self {
        let drives = report.legs.iter().filter(|leg| leg.kind == LegKind::Drive);
        Self {
            distance_km: report.distance_km(),
            loaded_km: drives.map(|leg| leg.distance_km * loaded_share(leg, loaded)).fold(0.0, |a, b| a + b),
            moving: report.time_in(LegKind::Drive),
            stopped: report.time_in(LegKind::Stop),
            stops: report.legs.iter().filter(|leg| leg.kind == LegKind::Stop).count(),
        }
    }

    /// Km without freight by all km, 0 to 1; nothing for a vehicle that did not drive.
    #[must_use]
    pub fn empty_share(&self) -> Option<f64> {
        (self.distance_km > 0.0).then(|| (1.0 - self.loaded_km / self.distance_km).clamp(0.0, 1.0))
    }
}

fn loaded_share(leg: &Leg, loaded: &[(Timestamp, Timestamp)]) -> f64 {
    let aboard: Duration = loaded.iter().map(|(from, to)| leg.to.min(*to).since(leg.from.max(*from))).sum();
    let whole = leg.duration().as_secs_f64();
    if whole > 0.0 { (aboard.as_secs_f64() / whole).min(1.0) } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use kernel::Position;

    fn at(minutes: u64) -> Timestamp {
        Timestamp::from_millis(0).after(Duration::from_secs(minutes * 60))
    }

    fn leg(kind: LegKind, from: u64, to: u64, distance_km: f64) -> Leg {
        let place = Position { latitude: 45.0, longitude: 9.0 };
        Leg { kind, from: at(from), to: at(to), distance_km, place }
    }

    #[test]
    fn km_are_empty_where_nothing_was_aboard() {
        let legs = vec![
            leg(LegKind::Drive, 0, 60, 60.0),
            leg(LegKind::Stop, 60, 90, 0.0),
            leg(LegKind::Drive, 90, 150, 60.0),
        ];
        let report = Report { legs, ..Report::default() };
        let used = Utilisation::of(&report, &[(at(60), at(120))]);
        assert_eq!(
            (used.stops, used.moving, used.stopped),
            (1, Duration::from_secs(7200), Duration::from_secs(1800))
        );
        assert!((used.loaded_km - 30.0).abs() < 1e-9 && (used.empty_share().unwrap() - 0.75).abs() < 1e-9);
        assert_eq!(Utilisation::of(&Report::default(), &[]).empty_share(), None);
    }
}
