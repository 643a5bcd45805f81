//! What a yard hears of its facility.

mod establishing;

pub use establishing::Establishing;
