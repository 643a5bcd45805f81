//! What all routes share: sessions, bodies, answers, problems, paging, shared wire types (design, section 7).
//!
//! A route file reads like this: take a [`Session`], a [`Body`] or a [`PathId`], authorise, submit one order or run
//! one view query, answer.

mod answer;
mod extract;
mod fields;
mod platform;
mod problem;
pub mod wire;

pub use answer::{Answer, Paged, Pagination};
pub use extract::{Body, Page, PathId, Search, Session};
pub use fields::Fields;
pub use platform::Platform;
pub use problem::Problem;
