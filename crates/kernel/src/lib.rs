//! The vocabulary of Auto-Broker: ids, money, places, time, units and refusals.
//!
//! Nothing here does I/O, reads a clock or draws randomness; whoever needs either is handed a [`Clock`] or an
//! [`Entropy`] (design, section 3).

mod entropy;
mod geo;
mod ids;
mod money;
mod personal;
mod refusal;
mod time;

pub use entropy::{Entropy, SeededEntropy};
pub use geo::{EARTH_RADIUS_KM, InvalidPosition, Position, ROAD_FACTOR};
pub use ids::*;
pub use money::{Currency, Money, MoneyError, Rate};
pub use personal::Personal;
pub use refusal::{FieldError, Refusal, RefusalKind};
pub use time::{Clock, InvalidTimestamp, Timestamp};
