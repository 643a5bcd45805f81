//! Papers: the documents of shipments, such as photos, signatures and proofs of delivery (design, section 3; issue 3).
//!
//! Bytes lie sealed behind the objects port, their keys in the vault, and the log knows only that there is a document:
//! deleting the key erases it (docs/decisions/0011).

pub mod agents;
mod consignments;
mod content_type;
mod papers;
mod routes;
mod sealing;
pub mod views;
mod wire;

pub use consignments::Consignments;
pub use content_type::ContentType;
pub use papers::Papers;
pub use routes::{LARGE_BODY, routes};

use runtime::Context;

/// What papers bring to the house.
#[must_use]
pub fn context() -> Context {
    Context::new().agent::<agents::Document>().view(views::DOCUMENTS)
}
