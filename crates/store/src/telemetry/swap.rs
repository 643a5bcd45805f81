//! One step of the upkeep: some chunks and rows go, the same positions come back in other chunks, in one transaction.

use super::records::{Chunk, ChunkHead};
use kernel::{DriverId, Timestamp};

/// What goes and what comes. It happens as a whole, and only if what goes is still exactly what was read: a late row, or
/// another process that did the same work first, makes it happen not at all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Swap {
    /// Rows that go.
    pub rows: Option<RowSpan>,
    /// Chunks that go.
    pub old: Vec<ChunkHead>,
    /// Chunks that come.
    pub new: Vec<Chunk>,
}

/// All rows of a driver from one instant to another, both included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RowSpan {
    pub driver: DriverId,
    pub from: Timestamp,
    pub until: Timestamp,
    /// So many there were.
    pub count: usize,
}
