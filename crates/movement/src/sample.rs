//! One reported position and its limits, the same for frames and for JSON.

use contracts::driver::LivePosition;
use kernel::{DriverId, InvalidPosition, Position, Refusal, TenantId, Timestamp};
use std::time::Duration;
use store::PositionRow;

/// A device's clock may be ahead of ours by so much.
pub const AHEAD_MAX: Duration = Duration::from_secs(5 * 60);
/// A device may have been without a network for so long.
pub const AGE_MAX: Duration = Duration::from_secs(7 * 24 * 3600);
/// No truck is faster; a larger value is a broken receiver's.
pub const SPEED_KMH_MAX: f64 = 1000.0;
/// So near to 0/0, in degrees (11 cm), is nobody: it is where receivers without a fix are.
const NO_FIX_DEGREES: f64 = 1e-6;

/// Where a driver was.
#[derive(Debug, Clone, PartialEq)]
pub struct Sample {
    /// Where.
    pub position: Position,
    /// When.
    pub at: Timestamp,
    /// km/h, when known.
    pub speed_kmh: Option<f64>,
    /// Degrees from north, 0 to below 360, when known.
    pub heading: Option<f64>,
    /// Whether its device says that it makes the position up; absent when the device cannot tell. It is judged when it
    /// comes, and not kept in the history.
    pub mocked: Option<bool>,
}

/// Why a position cannot be accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SampleError {
    /// Off the globe.
    #[error("latitude must be between -90 and 90")]
    Latitude,
    /// Off the globe.
    #[error("longitude must be between -180 and 180")]
    Longitude,
    /// Where receivers without a fix are.
    #[error("0/0 is where a receiver without a fix is")]
    NoFix,
    /// Not a direction.
    #[error("heading must be from 0 to below 360 degrees")]
    Heading,
    /// Not a truck's.
    #[error("speed must be between 0 and 1000 km/h")]
    Speed,
    /// Ahead of the clock.
    #[error("the time is more than 5 minutes in the future")]
    Future,
    /// Too long ago.
    #[error("the time is more than 7 days ago")]
    Old,
}

impl From<InvalidPosition> for SampleError {
    fn from(error: InvalidPosition) -> Self {
        match error {
            InvalidPosition::Latitude => Self::Latitude,
            InvalidPosition::Longitude => Self::Longitude,
        }
    }
}

impl SampleError {
    /// A stable code for programs.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Latitude => "position.latitude",
            Self::Longitude => "position.longitude",
            Self::NoFix => "position.no_fix",
            Self::Heading => "position.heading",
            Self::Speed => "position.speed",
            Self::Future => "position.future",
            Self::Old => "position.old",
        }
    }

    /// The JSON route's field.
    #[must_use]
    pub const fn field(self) -> &'static str {
        match self {
            Self::Latitude | Self::NoFix => "latitude",
            Self::Longitude => "longitude",
            Self::Heading => "heading",
            Self::Speed => "speed_kmh",
            Self::Future | Self::Old => "at",
        }
    }
}

impl From<SampleError> for Refusal {
    fn from(error: SampleError) -> Self {
        Self::field(error.field(), "out_of_range", error.to_string())
    }
}

impl Sample {
    /// Checks everything but that the place is on the globe, which [`Position::new`] has checked.
    ///
    /// # Errors
    /// [`SampleError`] names the first bad value.
    pub fn check(&self, now: Timestamp) -> Result<(), SampleError> {
        let Position { latitude, longitude } = self.position;
        if latitude.abs() < NO_FIX_DEGREES && longitude.abs() < NO_FIX_DEGREES {
            return Err(SampleError::NoFix);
        }
        if self.heading.is_some_and(|heading| !(0.0..360.0).contains(&heading)) {
            return Err(SampleError::Heading);
        }
        if self.speed_kmh.is_some_and(|speed| !(0.0..=SPEED_KMH_MAX).contains(&speed)) {
            return Err(SampleError::Speed);
        }
        if self.at > now.after(AHEAD_MAX) {
            return Err(SampleError::Future);
        }
        if self.at < now.before(AGE_MAX) {
            return Err(SampleError::Old);
        }
        Ok(())
    }

    pub(crate) const fn row(&self, tenant: TenantId, driver: DriverId) -> PositionRow {
        PositionRow {
            tenant,
            driver,
            at: self.at,
            position: self.position,
            speed_kmh: self.speed_kmh,
            heading: self.heading,
        }
    }

    pub(crate) const fn live(&self, driver: DriverId) -> LivePosition {
        LivePosition { driver, position: self.position, at: self.at }
    }
}
