//! What may be wrong with a running trip: nine detectors, each a pure function of the same scene.
//!
//! A detector answers [`Opinion::Wrong`], [`Opinion::Right`] or, in the band between them, [`Opinion::Unsure`]: then an
//! alert that is raised stays, and one that is not is not raised. That is all their hysteresis.

mod route;
mod silence;
mod speed;
mod stop;
mod trust;

pub use speed::SpeedLimit;

use contracts::tracking::AlertKind;
use kernel::{Position, Timestamp};
use std::time::Duration;

/// What a detector says.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Opinion {
    /// Something is wrong.
    Wrong {
        /// Since when.
        since: Timestamp,
        /// How much: minutes, km or km/h.
        figure: f64,
    },
    /// Neither clearly wrong nor clearly right.
    Unsure,
    /// It is right.
    Right,
}

/// What every detector looks at: a running trip at one instant. Spans end at the newest believed position, so nothing is
/// concluded from what nobody has seen; only silence is measured against the clock.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Scene {
    /// The present instant.
    pub now: Timestamp,
    /// When the newest believed position was taken.
    pub at: Timestamp,
    /// Where it was.
    pub place: Position,
    /// When a position came from its device that is believed.
    pub heard_at: Timestamp,
    /// Whether it is between its stops: under way to one and at neither.
    pub on_the_road: bool,
    /// How long it has not moved by more than a yard's length.
    pub stood_for: Duration,
    /// How long it has not moved by more than a kilometre.
    pub stayed_for: Duration,
    /// How long it may pause now by the rules on driving times; zero when no pause is due.
    pub pause: Duration,
    /// Km off its route; absent when no route is known.
    pub off_km: Option<f64>,
    /// How long it has been off its route.
    pub off_for: Duration,
    /// Km that it has come back from the furthest point of its way, or gone away from its beginning.
    pub back_km: f64,
    /// Km/h, as its device says.
    pub speed_kmh: f64,
    /// Km/h that it has kept up, by its device or by its positions.
    pub fast_kmh: f64,
    /// How long it has been too fast.
    pub fast_for: Duration,
    /// How fast it may be.
    pub limit: SpeedLimit,
    /// Disbelieved positions lately, and the longest of their jumps in km.
    pub jumps: (u32, f64),
    /// Km of the last stretch by its device's speeds, and by its positions.
    pub claimed_km: f64,
    /// See [`Scene::claimed_km`].
    pub moved_km: f64,
    /// Whether its device itself says that its positions are made up.
    pub mocked: bool,
    /// How late it will be at its next stop; zero when it will not.
    pub late_by: Duration,
}

/// A detector.
#[derive(Debug, Clone, Copy)]
pub struct Detector {
    /// What it looks for.
    pub kind: AlertKind,
    /// How.
    pub judge: fn(&Scene) -> Opinion,
}

/// All detectors.
pub const DETECTORS: [Detector; 9] = [
    Detector { kind: AlertKind::LongStop, judge: stop::long_stop },
    Detector { kind: AlertKind::Stuck, judge: stop::stuck },
    Detector { kind: AlertKind::OffRoute, judge: route::off_route },
    Detector { kind: AlertKind::OppositeDirection, judge: route::opposite_direction },
    Detector { kind: AlertKind::Overspeed, judge: speed::overspeed },
    Detector { kind: AlertKind::EtaSlip, judge: speed::eta_slip },
    Detector { kind: AlertKind::Silence, judge: silence::silence },
    Detector { kind: AlertKind::ImpossibleJump, judge: trust::impossible_jump },
    Detector { kind: AlertKind::MockedPosition, judge: trust::mocked_position },
];

/// Wrong above one bound, right below another.
fn beyond(value: f64, wrong: f64, right: f64, since: Timestamp) -> Opinion {
    if value > wrong {
        Opinion::Wrong { since, figure: value }
    } else if value < right {
        Opinion::Right
    } else {
        Opinion::Unsure
    }
}

fn minutes(span: Duration) -> f64 {
    span.as_secs_f64() / 60.0
}

/// A trip that runs as it should.
#[cfg(test)]
fn calm() -> Scene {
    let now = Timestamp::from_millis(1_772_352_000_000);
    Scene {
        now,
        at: now,
        place: Position { latitude: 45.0, longitude: 9.0 },
        heard_at: now,
        on_the_road: true,
        stood_for: Duration::ZERO,
        stayed_for: Duration::ZERO,
        pause: Duration::ZERO,
        off_km: Some(0.1),
        off_for: Duration::ZERO,
        back_km: 0.0,
        speed_kmh: 80.0,
        fast_kmh: 80.0,
        fast_for: Duration::ZERO,
        limit: SpeedLimit::default(),
        jumps: (0, 0.0),
        claimed_km: 6.7,
        moved_km: 6.7,
        mocked: false,
        late_by: Duration::ZERO,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_objects_to_a_calm_trip() {
        for detector in DETECTORS {
            assert_eq!((detector.judge)(&calm()), Opinion::Right, "{}", detector.kind.name());
        }
    }

    #[test]
    fn every_kind_has_its_detector() {
        assert_eq!(DETECTORS.map(|detector| detector.kind), AlertKind::ALL);
    }
}
