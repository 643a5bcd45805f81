//! The rules of a yard, pure: when it is open, which truck fits which dock, which slot is free, who is called next.

pub mod calendar;
pub mod call_order;
pub mod fit;
pub mod hours;
