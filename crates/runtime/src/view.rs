//! The fourth shape: tables that answer questions.

use crate::Recorded;
use store::{Statement, ViewSchema, Write};

/// A view as data: its tables, its statements and a pure projection.
#[derive(Debug, Clone, Copy)]
pub struct View {
    /// The tables and the projection's version.
    pub schema: ViewSchema,
    /// Every statement that writes or reads it, for the test that prepares them all.
    pub statements: &'static [&'static Statement],
    /// Maps an event to its writes. Called for every event; ignores those it does not know. Pure.
    pub project: fn(&Recorded, &mut Vec<Write>),
}
