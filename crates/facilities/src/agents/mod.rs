//! The agents of facilities: one a facility, its yard.

#[cfg(test)]
mod recorded;
pub mod yard;

pub use yard::{Appointment, How, Stage, Yard, YardCommand};
