//! What a driver's positions add up to, whether it is on a trip or not: which of them are believed, since when it stands,
//! how long it has been at the wheel. It holds no track: a handful of positions and sums.

use super::speed::Speed;
use crate::{Sample, detectors::SpeedLimit, eta::Wheel, sample::AHEAD_MAX};
use kernel::{Position, Timestamp};
use std::time::Duration;

/// Who stays within so much of a place stands: more than a receiver's noise, less than a village.
const STAND_KM: f64 = 0.15;
/// Who stays within so much makes no way.
const STAY_KM: f64 = 1.0;
/// No truck covers more between two positions ...
const JUMP_KMH: f64 = 200.0;
/// ... except within a receiver's noise.
const JUMP_KM: f64 = 1.0;
/// So many jumps to the same place are a place: the position before them was the wrong one.
const JUMPS_IN_A_ROW: u32 = 3;
/// Jumps count for so long.
const JUMPS_FOR: Duration = Duration::from_secs(20 * 60);
/// A halt of so long is part of the drive, and so is the time between two positions that are near each other.
const HALT: Duration = Duration::from_secs(3 * 60);
/// Between positions further apart in time nobody knows how long it drove: as far as it came, at this speed.
const GAP: Duration = Duration::from_secs(15 * 60);
const GAP_KMH: f64 = 70.0;
/// Who says that it is slower than this stands; who is faster than the second drives along.
const STANDING_KMH: f64 = 5.0;
const DRIVING_KMH: f64 = 30.0;
/// Where a receiver without a fix says that it is: off Africa, where no truck drives.
const NOWHERE_DEGREES: f64 = 0.05;
/// Speed and distance are compared over so much time.
const STRETCH: Duration = Duration::from_secs(10 * 60);

/// What comes of a position.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Taken {
    /// It is the newest believed position now.
    Believed,
    /// It means nothing: old, repeated, from the future, from nowhere, or where no truck can be.
    Ignored,
    /// It is the last of several jumps to one place, which is believed now: nothing is known of how it came there.
    Elsewhere,
}

/// A believed position.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Fix {
    /// Where.
    pub place: Position,
    /// When, by the device's clock.
    pub at: Timestamp,
    /// Km/h.
    pub speed_kmh: f64,
}

/// What a driver's positions add up to.
#[derive(Debug, Clone, Default)]
pub struct Track {
    last: Option<Fix>,
    heard_at: Option<Timestamp>,
    stands: Option<Fix>,
    /// Since when it has not moved, whichever way it was on.
    halted: Option<Halt>,
    stays: Option<Fix>,
    speed: Speed,
    suspect: Option<Fix>,
    in_a_row: u32,
    jumps: u32,
    jump_km: f64,
    jumped_at: Option<Timestamp>,
    stretch: Stretch,
    wheel: Wheel,
    /// Km and time at the wheel since the trip's present way began.
    driven_km: f64,
    driven: Duration,
}

/// A standstill, or the one position of a place that it rolls through.
#[derive(Debug, Clone, Copy)]
struct Halt {
    /// When it was first seen there.
    seen_at: Timestamp,
    /// When it came, which may be a little before that.
    since: Timestamp,
}

#[derive(Debug, Clone, Copy, Default)]
struct Stretch {
    since: Option<Timestamp>,
    claimed_km: f64,
    moved_km: f64,
    /// The stretch before, which is what is judged.
    judged: (f64, f64),
}

impl Track {
    /// Takes a position that was received at `now`.
    pub fn take(&mut self, sample: &Sample, now: Timestamp) -> Taken {
        let Some(fix) = usable(sample, now) else { return Taken::Ignored };
        let Some(last) = self.last else {
            self.hear(now);
            self.settle(fix);
            return Taken::Believed;
        };
        if fix.at <= last.at {
            return Taken::Ignored;
        }
        if self.is_jump(&last, &fix) {
            return if self.last == Some(fix) { Taken::Elsewhere } else { Taken::Ignored };
        }
        self.hear(now);
        let km = last.place.distance_km(fix.place);
        self.measure(&last, &fix, km);
        self.move_on(&last, fix, km);
        Taken::Believed
    }

    /// Only what is believed is word of a truck: a device whose clock went back says where it is and is not understood, which
    /// is as good as silence.
    fn hear(&mut self, now: Timestamp) {
        self.heard_at = Some(self.heard_at.map_or(now, |heard| heard.max(now)));
    }

    /// Whether a position is where it cannot have driven to. The third in a row that is in one place is believed.
    fn is_jump(&mut self, last: &Fix, fix: &Fix) -> bool {
        if !beyond_reach(last, fix) {
            self.in_a_row = 0;
            self.suspect = None;
            return false;
        }
        let agrees = self.suspect.is_some_and(|suspect| !beyond_reach(&suspect, fix));
        self.in_a_row = if agrees { self.in_a_row + 1 } else { 1 };
        self.suspect = Some(*fix);
        self.jumps = self.jumps.saturating_add(1);
        self.jump_km = self.jump_km.max(last.place.distance_km(fix.place));
        self.jumped_at = Some(fix.at);
        if self.in_a_row >= JUMPS_IN_A_ROW {
            self.in_a_row = 0;
            self.suspect = None;
            self.settle(*fix);
        }
        true
    }

    /// Begins anew at a place: nothing is known of how it came there.
    fn settle(&mut self, fix: Fix) {
        self.last = Some(fix);
        self.stands = Some(fix);
        self.stays = Some(fix);
        self.halted = Some(Halt::at(&fix));
        self.speed.forget();
        self.stretch = Stretch::default();
    }

    fn measure(&mut self, last: &Fix, fix: &Fix, km: f64) {
        let span = fix.at.since(last.at);
        if span <= GAP {
            let stretch = &mut self.stretch;
            let since = *stretch.since.get_or_insert(last.at);
            // What is claimed is the lower of both ends: who brakes or sets off claims nothing.
            stretch.claimed_km += last.speed_kmh.min(fix.speed_kmh) * span.as_secs_f64() / 3600.0;
            stretch.moved_km += km;
            if fix.at.since(since) >= STRETCH {
                *stretch = Stretch { judged: (stretch.claimed_km, stretch.moved_km), ..Stretch::default() };
            }
        } else {
            self.stretch = Stretch::default();
        }
        self.speed.went(last, fix);
    }

    fn move_on(&mut self, last: &Fix, fix: Fix, km: f64) {
        let still = self.stands.is_some_and(|stands| stands.place.distance_km(fix.place) <= STAND_KM);
        if !still {
            let before = self.halted.unwrap_or_else(|| Halt::at(last));
            let way_km = self.stands.map_or(km, |stands| stands.place.distance_km(fix.place));
            let halt = Halt::after(last, &fix, km);
            let (span, stood) = (halt.since.since(before.since), last.at > before.seen_at);
            // After a stop it set off somewhere between the two positions: as late as the distance allows.
            let drive = drive_time(way_km, fix.speed_kmh);
            let rolled = span <= HALT || (!stood && span <= GAP);
            let at_the_wheel = if rolled { span } else { drive.min(span) };
            if self.wheel.pause_due() > Duration::ZERO && stood {
                // It paused as it should: that it made no way meanwhile counts for nothing.
                self.stays = Some(fix);
            }
            self.wheel.stood(span.saturating_sub(at_the_wheel));
            self.wheel.drove(at_the_wheel);
            self.driven += at_the_wheel;
            self.driven_km += way_km;
            self.stands = Some(fix);
            self.halted = Some(halt);
        }
        if !self.stays.is_some_and(|stays| stays.place.distance_km(fix.place) <= STAY_KM) {
            self.stays = Some(fix);
        }
        if self.jumped_at.is_some_and(|jumped| fix.at.since(jumped) > JUMPS_FOR) {
            self.jumps = 0;
            self.jump_km = 0.0;
            self.jumped_at = None;
        }
        self.last = Some(fix);
    }

    /// The newest believed position.
    #[must_use]
    pub const fn last(&self) -> Option<Fix> {
        self.last
    }

    /// When a position came that is believed.
    #[must_use]
    pub const fn heard_at(&self) -> Option<Timestamp> {
        self.heard_at
    }

    fn since(&self, place: Option<Fix>) -> Duration {
        match (self.last, place) {
            (Some(last), Some(place)) => last.at.since(place.at),
            _ => Duration::ZERO,
        }
    }

    /// How long it has stood, up to the newest believed position.
    #[must_use]
    pub fn stood_for(&self) -> Duration {
        self.since(self.stands)
    }

    /// How long it has made no way, up to the newest believed position.
    #[must_use]
    pub fn stayed_for(&self) -> Duration {
        self.since(self.stays)
    }

    /// How fast its vehicle may be from now on.
    pub const fn keep_to(&mut self, limit: SpeedLimit) {
        self.speed.keep_to(limit);
    }

    /// Km/h that it keeps up, and since when that is too fast.
    #[must_use]
    pub const fn fast(&self) -> (f64, Option<Timestamp>) {
        self.speed.kept_up()
    }

    /// Jumps lately, and the longest.
    #[must_use]
    pub const fn jumps(&self) -> (u32, f64) {
        (self.jumps, self.jump_km)
    }

    /// Km of the last whole stretch: by the device's speeds, and by its positions.
    #[must_use]
    pub const fn claimed_and_moved(&self) -> (f64, f64) {
        self.stretch.judged
    }

    /// The driver's hours.
    #[must_use]
    pub const fn wheel(&self) -> Wheel {
        self.wheel
    }

    /// Km and time at the wheel since [`Track::begin_way`].
    #[must_use]
    pub const fn driven(&self) -> (f64, Duration) {
        (self.driven_km, self.driven)
    }

    /// Another way is measured from here, whatever it does at the moment.
    pub fn forget_driven(&mut self) {
        self.driven_km = 0.0;
        self.driven = Duration::ZERO;
    }

    /// Another way begins: it has not stood on it yet.
    pub fn begin_way(&mut self) {
        self.forget_driven();
        self.stands = self.last;
        self.stays = self.last;
    }
}

impl Halt {
    const fn at(fix: &Fix) -> Self {
        Self { seen_at: fix.at, since: fix.at }
    }

    /// Of a truck that was elsewhere before: who was seen to roll and stands now came as soon as the distance allows.
    fn after(last: &Fix, fix: &Fix, km: f64) -> Self {
        if fix.speed_kmh < STANDING_KMH && last.speed_kmh >= DRIVING_KMH {
            let since = last.at.after(drive_time(km, last.speed_kmh)).min(fix.at);
            Self { seen_at: fix.at, since }
        } else {
            Self::at(fix)
        }
    }
}

/// How long so many km take at the speed that was seen at one end of them; who was seen manoeuvring drove on faster.
fn drive_time(km: f64, kmh: f64) -> Duration {
    let kmh = if kmh >= DRIVING_KMH { kmh } else { GAP_KMH };
    Duration::try_from_secs_f64(km / kmh * 3600.0).unwrap_or_default()
}

fn beyond_reach(last: &Fix, fix: &Fix) -> bool {
    let km = last.place.distance_km(fix.place);
    // The gap between two clocks' ticks is no time to drive in, but none to jump in either.
    let hours = fix.at.since(last.at).max(Duration::from_secs(1)).as_secs_f64() / 3600.0;
    km > JUMP_KM && km > JUMP_KMH * hours
}

/// A position that may be true: on the globe, not from nowhere, not from the future. A speed that no truck has is none.
fn usable(sample: &Sample, now: Timestamp) -> Option<Fix> {
    let place = Position::new(sample.position.latitude, sample.position.longitude).ok()?;
    let nowhere = place.latitude.abs() < NOWHERE_DEGREES && place.longitude.abs() < NOWHERE_DEGREES;
    let speed = sample.speed_kmh.filter(|speed| (0.0..=JUMP_KMH).contains(speed));
    let fix = Fix { place, at: sample.at.min(now), speed_kmh: speed.unwrap_or(0.0) };
    (!nowhere && sample.at <= now.after(AHEAD_MAX)).then_some(fix)
}
