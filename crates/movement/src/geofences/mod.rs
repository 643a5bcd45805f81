//! Places that mean something: shapes, the fences of all tenants in memory, and what waiting at a stop costs.

mod detention;
mod fences;
mod shape;

pub use detention::{DAY_PAID_MINUTES, FREE_MINUTES, STOP_PAID_MINUTES, detention};
pub use fences::{Fence, Fences};
pub use shape::{InvalidShape, POINTS_MAX, Shape};
