//! Sequences in blocks: a block is reserved durably, its numbers are handed out from memory.

use crate::StoreError;
use std::collections::HashMap;
use tokio::sync::Mutex;

/// Numbers reserved at once.
pub const BLOCK: i64 = 64;

/// The numbers that are reserved and not yet given: the next one and the end of the block (excluded).
#[derive(Default)]
pub struct Numbers(Mutex<HashMap<String, (i64, i64)>>);

impl Numbers {
    /// The next number. `reserve`, when it is awaited, moves the sequence on by [`BLOCK`] durably and answers where it
    /// then stands.
    pub async fn next(
        &self,
        sequence: &str,
        reserve: impl Future<Output = Result<i64, StoreError>>,
    ) -> Result<i64, StoreError> {
        let mut blocks = self.0.lock().await;
        if let Some((next, end)) = blocks.get_mut(sequence)
            && *next < *end
        {
            *next += 1;
            return Ok(*next - 1);
        }
        let end = reserve.await?;
        let first = end - BLOCK;
        blocks.insert(sequence.to_owned(), (first + 1, end));
        Ok(first)
    }
}
