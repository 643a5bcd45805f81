//! The agents of papers.

mod document;
#[cfg(test)]
mod recorded;

pub use document::{Document, DocumentCommand};
