//! Places that mean something: shapes, the fences of all tenants in memory, and what waiting at a stop costs.

mod detention;
mod fences;
mod shape;

pub use detention::{FREE_MINUTES, detention};
pub use fences::{Fence, Fences};
pub use shape::{InvalidShape, POINTS_MAX, Shape};
