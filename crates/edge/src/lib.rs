//! What all routes share: sessions, bodies, answers, problems, paging, shared wire types, and everything that happens
//! to a request before and after its handler (design, section 7).
//!
//! A route file reads like this: take a [`Session`], a [`Body`] or a [`PathId`], authorise, submit one order or run
//! one view query, answer. The binary joins the contexts' routers with [`serve_api`].

mod answer;
mod api;
pub mod csv;
mod docs;
mod extract;
mod fields;
mod front;
mod health;
mod idempotency;
mod kept_answers;
mod metrics;
mod openapi;
mod platform;
mod platform_metrics;
mod problem;
mod rate;
mod scope;
#[cfg(test)]
mod test_world;
pub mod wire;
pub mod ws;

pub use answer::{Answer, Enveloped, Meta, Paged, Pagination};
pub use api::{ApiOptions, LargeBody, serve_api};
pub use extract::{Body, NoBody, Page, PathId, Search, Session, given};
pub use fields::Fields;
pub use kept_answers::answer_secret;
pub use metrics::Metrics;
pub use openapi::ApiDocument;
pub use platform::Platform;
pub use problem::Problem;
pub use rate::RateLimits;
pub use scope::request_id;
