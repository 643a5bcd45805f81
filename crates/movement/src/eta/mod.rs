//! When a truck will be at its next stop: from the distance left, the speed observed, and how trips went before. Pure.

mod estimate;
mod history;
mod wheel;

pub use estimate::{Basis, Eta, estimate};
pub use history::{History, Spread, sample};
pub use wheel::Wheel;
