//! Sends dead letters again.

use kernel::Timestamp;
use store::{EffectChange, Store, StoreError, Unit};

/// At most so many are looked through; the list is for people, and a longer one is a fire of its own.
pub const DEAD_LETTERS_MAX: u32 = 1000;

/// Puts a dead letter back among the calls that are due. Whoever runs the effects makes the call; one that is no longer
/// dead is left alone.
///
/// # Errors
/// [`StoreError`].
pub async fn replay(store: &Store, id: &str, now: Timestamp) -> Result<(), StoreError> {
    let change = EffectChange::Replay { id: id.to_owned(), due: now };
    store.commit(&[Unit { effects: vec![change], ..Unit::default() }]).await?;
    Ok(())
}
