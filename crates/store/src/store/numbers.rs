//! Sequences in blocks: a block is reserved durably, its numbers are handed out from memory.

use crate::StoreError;
use std::collections::HashMap;
use tokio::sync::Mutex;

/// The first block that a process takes of a sequence. Each following one is twice as large, so that a quiet sequence
/// loses few numbers at a restart and a busy one waits seldom for the disk.
const FIRST_BLOCK: i64 = 64;
/// No block is larger: so many numbers of a sequence are lost at most when the process ends.
const LARGEST_BLOCK: i64 = 1024;

/// Numbers that are reserved and not yet given.
struct Block {
    next: i64,
    /// Excluded.
    end: i64,
    size: i64,
}

/// The blocks of this process, by sequence.
#[derive(Default)]
pub struct Numbers(Mutex<HashMap<String, Block>>);

impl Numbers {
    /// The next number. `reserve` moves the sequence on durably by so many and answers where it then stands.
    pub async fn next<F>(&self, sequence: &str, reserve: impl FnOnce(i64) -> F) -> Result<i64, StoreError>
    where
        F: Future<Output = Result<i64, StoreError>>,
    {
        let mut blocks = self.0.lock().await;
        let used_up = match blocks.get_mut(sequence) {
            Some(block) if block.next < block.end => {
                block.next += 1;
                return Ok(block.next - 1);
            }
            Some(block) => Some(block.size),
            None => None,
        };
        let size = used_up.map_or(FIRST_BLOCK, |size| (2 * size).min(LARGEST_BLOCK));
        let end = reserve(size).await?;
        let first = end - size;
        blocks.insert(sequence.to_owned(), Block { next: first + 1, end, size });
        Ok(first)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::RefCell;

    #[tokio::test]
    async fn blocks_grow_up_to_a_limit_and_no_number_is_left_out() {
        let (numbers, stands, sizes) = (Numbers::default(), RefCell::new(1), RefCell::new(Vec::new()));
        for expected in 1..6000 {
            let reserve = |size: i64| {
                sizes.borrow_mut().push(size);
                *stands.borrow_mut() += size;
                std::future::ready(Ok(*stands.borrow()))
            };
            assert_eq!(numbers.next("SHM", reserve).await.unwrap(), expected);
        }
        assert_eq!(*sizes.borrow(), [64, 128, 256, 512, 1024, 1024, 1024, 1024, 1024]);
    }

    #[tokio::test]
    async fn a_reservation_that_fails_is_tried_again_for_the_next_one() {
        let numbers = Numbers::default();
        let fails = |_| std::future::ready(Err(StoreError::Defect("no disk".to_owned())));
        assert!(numbers.next("SHM", fails).await.is_err());
        let first = numbers.next("SHM", |size| std::future::ready(Ok(1 + size))).await.unwrap();
        assert_eq!(first, 1);
    }
}
