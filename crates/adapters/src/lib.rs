//! Light vendors, one module each, behind the ports of `contracts` (design, section 6).

pub mod objects;
pub mod payments;
pub mod routing;
