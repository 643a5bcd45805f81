//! Personal data: encrypted per person, outside the log (design, section 4).
//!
//! Each person has a random 256-bit data key. Fields are sealed with it by AES-256-GCM under a random nonce, bound to the
//! person and the field's name, so that a row that was moved elsewhere does not open. The data key is kept sealed by a
//! key that is derived from the master key, bound to the person and the tenant. Erasure deletes the data key.
//!
//! A sealed text is: format (1 byte), nonce (12 bytes), ciphertext with its tag (16 bytes more than the text).

use crate::{Row, Store, StoreError, Unit, Value, Write, id_text::IdText, store::Reach, tables};
use aes_gcm::{
    Aes256Gcm, KeyInit, Nonce,
    aead::{Aead, Payload},
};
use hmac::{Hmac, Mac};
use kernel::{Entropy, PersonId, Personal, TenantId, TypedId, Uuid};
use parking_lot::Mutex;
use sha2::Sha256;
use std::{collections::HashMap, sync::Arc};
use zeroize::Zeroizing;

const FORMAT: u8 = 1;
const NONCE_LENGTH: usize = 12;

/// Data keys kept open; about 1 MB.
const KEYS_CACHED: usize = 4096;

/// Persons read in one statement, as many as `tables::FIELDS` has parameters.
const PERSONS_AT_ONCE: usize = 10;

type Key = Zeroizing<[u8; 32]>;

/// Seals and opens personal data; clones share it. Each person has a data key, kept wrapped by the master key; erasing
/// a person deletes its key and rows.
#[derive(Clone)]
pub struct Vault {
    inner: Arc<Inner>,
}

struct Inner {
    store: Store,
    entropy: Arc<dyn Entropy>,
    wrapping: Key,
    indexing: Key,
    keys: Mutex<HashMap<PersonId, OpenKey>>,
}

/// An unwrapped key beside the stored form that it came from: it only counts while that very row stands.
struct OpenKey {
    wrapped: Vec<u8>,
    key: Arc<Key>,
}

impl Vault {
    /// A vault over the store, with a 32-byte master key.
    #[must_use]
    pub fn new(store: Store, master_key: [u8; 32], entropy: Arc<dyn Entropy>) -> Self {
        let master = Zeroizing::new(master_key);
        let wrapping = derive(&master, "wrap data keys");
        let indexing = derive(&master, "blind indexes");
        let keys = Mutex::new(HashMap::new());
        Self { inner: Arc::new(Inner { store, entropy, wrapping, indexing, keys }) }
    }

    /// Whether the master key is the one that this store belongs to. An empty vault takes the key that asks first, also
    /// among several at once: a sealed data key of nobody's stands in it from then on.
    ///
    /// # Errors
    /// [`StoreError`]; [`StoreError::ReadOnly`] when an empty vault cannot be written.
    pub async fn opens(&self) -> Result<bool, StoreError> {
        if let Some(opens) = self.opens_any().await? {
            return Ok(opens);
        }
        let writes = self.seal_new(TenantId::from_uuid(Uuid::nil()), PersonId::from_uuid(Uuid::nil()), &[]);
        let _ = self.inner.store.commit(&[Unit { writes, ..Unit::default() }]).await?;
        // Nobody's row sorts before all others, so that all who came at once are judged by the same one.
        Ok(self.opens_any().await? == Some(true))
    }

    /// Whether the first data key opens; `None` when there is none.
    async fn opens_any(&self) -> Result<Option<bool>, StoreError> {
        let rows = self.inner.store.query(&tables::ANY_KEY, Vec::new(), Reach::Point).await?;
        let Some(row) = rows.first() else { return Ok(None) };
        let person = crate::id_text::parse_id(row.text(0)?)?;
        let tenant = crate::id_text::parse_id(row.text(1)?)?;
        Ok(Some(open_bytes(&self.inner.wrapping, row.bytes(2)?, &wrap_context(tenant, person)).is_ok()))
    }

    /// The writes that keep the fields of a new person; they belong into the unit of the command that needs them.
    #[must_use]
    pub fn seal_new(
        &self,
        tenant: TenantId,
        person: PersonId,
        fields: &[(&'static str, &str)],
    ) -> Vec<Write> {
        let mut key: Key = Zeroizing::new([0; 32]);
        self.inner.entropy.fill(key.as_mut());
        let wrapped = self.seal_bytes(&self.inner.wrapping, key.as_slice(), &wrap_context(tenant, person));
        let params = vec![text_of(person), text_of(tenant), Value::Bytes(wrapped)];
        let mut writes = vec![Write::new(&tables::KEEP_KEY, params)];
        writes.extend(self.seal_fields(&key, person, fields));
        writes
    }

    /// The writes that add or replace fields of a known person.
    ///
    /// # Errors
    /// [`StoreError`]; a person who was erased is [`StoreError::Defect`].
    pub async fn seal(
        &self,
        tenant: TenantId,
        person: PersonId,
        fields: &[(&'static str, &str)],
    ) -> Result<Vec<Write>, StoreError> {
        let rows = self.inner.store.query(&tables::KEY, vec![text_of(person)], Reach::Point).await?;
        let row = rows.first().ok_or_else(|| StoreError::Defect(format!("{person} is unknown or erased")))?;
        if row.text(0)? != IdText::new(tenant.stream()).as_str() {
            return Err(StoreError::Defect(format!("{person} belongs to another tenant")));
        }
        let key = self.unwrap_key(person, tenant, row.bytes(1)?)?;
        Ok(self.seal_fields(&key, person, fields).collect())
    }

    /// All fields of a person, by name; empty when unknown or erased.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn open(&self, person: PersonId) -> Result<Vec<(String, Personal<String>)>, StoreError> {
        Ok(self.open_many(&[person]).await?.pop().unwrap_or_default())
    }

    /// The fields of several persons at once, in the order asked.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn open_many(
        &self,
        persons: &[PersonId],
    ) -> Result<Vec<Vec<(String, Personal<String>)>>, StoreError> {
        let mut opened: HashMap<PersonId, Vec<(String, Personal<String>)>> = HashMap::new();
        let mut wanted = persons.to_vec();
        wanted.sort_unstable();
        wanted.dedup();
        for chunk in wanted.chunks(PERSONS_AT_ONCE) {
            // The last one fills the parameters that are left over.
            let params = (0..PERSONS_AT_ONCE)
                .map(|n| chunk.get(n).or(chunk.last()).map_or(Value::Null, |p| text_of(*p)));
            for row in self.inner.store.query(&tables::FIELDS, params.collect(), Reach::Point).await? {
                let (person, field, value) = self.open_field(&row)?;
                opened.entry(person).or_default().push((field, value));
            }
        }
        Ok(persons.iter().map(|person| opened.get(person).cloned().unwrap_or_default()).collect())
    }

    /// The writes that erase a person.
    #[must_use]
    pub fn erase(&self, person: PersonId) -> Vec<Write> {
        self.inner.keys.lock().remove(&person);
        vec![
            Write::new(&tables::ERASE_KEY, vec![text_of(person)]),
            Write::new(&tables::ERASE_FIELDS, vec![text_of(person)]),
        ]
    }

    /// A keyed blind index (HMAC-SHA-256 under a key derived from the master key), hex: the same text gives the same
    /// index only here.
    #[must_use]
    pub fn blind_index(&self, purpose: &str, text: &str) -> String {
        let key = derive(&self.inner.indexing, purpose);
        derive(&key, text).iter().map(|byte| format!("{byte:02x}")).collect()
    }

    fn seal_fields<'a>(
        &'a self,
        key: &Key,
        person: PersonId,
        fields: &'a [(&'static str, &str)],
    ) -> impl Iterator<Item = Write> + 'a {
        let key = key.clone();
        fields.iter().map(move |(field, value)| {
            let sealed = self.seal_bytes(&key, value.as_bytes(), &field_context(person, field));
            Write::new(&tables::KEEP_FIELD, vec![text_of(person), Value::from(*field), Value::Bytes(sealed)])
        })
    }

    fn open_field(&self, row: &Row) -> Result<(PersonId, String, Personal<String>), StoreError> {
        let person = crate::id_text::parse_id(row.text(0)?)?;
        let tenant = crate::id_text::parse_id(row.text(1)?)?;
        let field = row.text(3)?;
        let key = self.unwrap_key(person, tenant, row.bytes(2)?)?;
        let bytes = open_bytes(&key, row.bytes(4)?, &field_context(person, field))?;
        let text = std::str::from_utf8(&bytes).map_err(|_| does_not_open())?;
        Ok((person, field.to_owned(), Personal::new(text.to_owned())))
    }

    fn unwrap_key(&self, person: PersonId, tenant: TenantId, wrapped: &[u8]) -> Result<Arc<Key>, StoreError> {
        let mut keys = self.inner.keys.lock();
        if let Some(known) = keys.get(&person)
            && known.wrapped == wrapped
        {
            return Ok(Arc::clone(&known.key));
        }
        let bytes = open_bytes(&self.inner.wrapping, wrapped, &wrap_context(tenant, person))?;
        let mut key: Key = Zeroizing::new([0; 32]);
        if bytes.len() != key.len() {
            return Err(does_not_open());
        }
        key.copy_from_slice(&bytes);
        let key = Arc::new(key);
        if keys.len() >= KEYS_CACHED {
            keys.clear();
        }
        keys.insert(person, OpenKey { wrapped: wrapped.to_vec(), key: Arc::clone(&key) });
        Ok(key)
    }

    fn seal_bytes(&self, key: &Key, plain: &[u8], context: &[u8]) -> Vec<u8> {
        let mut nonce = [0; NONCE_LENGTH];
        self.inner.entropy.fill(&mut nonce);
        // It refuses only texts beyond 64 GiB. Were it ever to refuse one, an empty text stands there, which does not
        // open: nothing is ever kept in the clear.
        let sealed = cipher(key)
            .encrypt(&Nonce::from(nonce), Payload { msg: plain, aad: context })
            .unwrap_or_default();
        [&[FORMAT], nonce.as_slice(), &sealed].concat()
    }
}

fn open_bytes(key: &Key, sealed: &[u8], context: &[u8]) -> Result<Zeroizing<Vec<u8>>, StoreError> {
    let rest = sealed.strip_prefix(&[FORMAT]).ok_or_else(does_not_open)?;
    let (nonce, text) = rest.split_first_chunk::<NONCE_LENGTH>().ok_or_else(does_not_open)?;
    let opened = cipher(key).decrypt(&Nonce::from(*nonce), Payload { msg: text, aad: context });
    opened.map(Zeroizing::new).map_err(|_| does_not_open())
}

fn does_not_open() -> StoreError {
    StoreError::Defect(
        "a personal field does not open: it was changed, moved, or sealed by another master key".to_owned(),
    )
}

fn cipher(key: &Key) -> Aes256Gcm {
    let key: &[u8; 32] = key;
    Aes256Gcm::new(key.into())
}

/// HMAC-SHA-256 of a label: one step of HKDF's expansion, so that keys of different labels tell nothing of each other.
fn derive(key: &Key, label: &str) -> Key {
    // HMAC fills a shorter key up to its block of 64 bytes with zeros; doing it here leaves no length to be wrong.
    let mut block: Zeroizing<[u8; 64]> = Zeroizing::new([0; 64]);
    block[..32].copy_from_slice(key.as_slice());
    let block: &[u8; 64] = &block;
    let mut mac = <Hmac<Sha256> as hmac::KeyInit>::new(block.into());
    mac.update(label.as_bytes());
    Zeroizing::new(mac.finalize().into_bytes().into())
}

/// Both ids have one length, so the parts cannot be told apart wrongly.
fn wrap_context(tenant: TenantId, person: PersonId) -> Vec<u8> {
    format!("data key {tenant} {person}").into_bytes()
}

fn field_context(person: PersonId, field: &str) -> Vec<u8> {
    format!("field {person} {field}").into_bytes()
}

fn text_of(id: impl TypedId) -> Value {
    Value::from(IdText::new(id.stream()).as_str())
}
