//! Personal data: encrypted per person, outside the log (design, section 4).

use crate::{Store, StoreError, Write};
use kernel::{Entropy, Personal, PersonId, TenantId};
use std::sync::Arc;

/// Seals and opens personal data; clones share it. Each person has a data key, kept wrapped by the master key; erasing
/// a person deletes its key and rows.
#[derive(Clone)]
pub struct Vault {}

#[allow(clippy::todo, unused_variables, clippy::unused_async, reason = "the body follows")]
impl Vault {
    /// A vault over the store, with a 32-byte master key.
    #[must_use]
    pub fn new(store: Store, master_key: [u8; 32], entropy: Arc<dyn Entropy>) -> Self { todo!() }
    /// The writes that keep the fields of a new person; they belong into the unit of the command that needs them.
    #[must_use]
    pub fn seal_new(&self, tenant: TenantId, person: PersonId, fields: &[(&'static str, &str)]) -> Vec<Write> { todo!() }
    /// The writes that add or replace fields of a known person.
    ///
    /// # Errors
    /// [`StoreError`]; a person who was erased is [`StoreError::Defect`].
    pub async fn seal(&self, tenant: TenantId, person: PersonId, fields: &[(&'static str, &str)]) -> Result<Vec<Write>, StoreError> { todo!() }
    /// All fields of a person, by name; empty when unknown or erased.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn open(&self, person: PersonId) -> Result<Vec<(String, Personal<String>)>, StoreError> { todo!() }
    /// The fields of several persons at once, in the order asked.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn open_many(&self, persons: &[PersonId]) -> Result<Vec<Vec<(String, Personal<String>)>>, StoreError> { todo!() }
    /// The writes that erase a person.
    #[must_use]
    pub fn erase(&self, person: PersonId) -> Vec<Write> { todo!() }
    /// A keyed blind index (HMAC-SHA-256 under a key derived from the master key), hex: the same text gives the same
    /// index only here.
    #[must_use]
    pub fn blind_index(&self, purpose: &str, text: &str) -> String { todo!() }
}
