//! Where the first answers of idempotency keys are kept, and how: nothing personal in the clear.
//!
//! An answer that shows personal data says whose ([`Answer::about`](crate::Answer::about)), and one that shows a secret
//! says so ([`Answer::secret`](crate::Answer::secret)). Both are sealed by AES-256-GCM under a key of this installation and
//! of a random secret of each of these persons, which lies in the vault beside their fields ([`answer_secret`]). So the
//! erasure of one of them makes the answer unreadable; the handler then finds the repetition by itself and answers from
//! the present state. Hashes of requests are keyed, because a request may hold a password, or an address that can be
//! guessed.

use aes_gcm::{
    Aes256Gcm, KeyInit as _, Nonce,
    aead::{Aead as _, Payload},
};
use contracts::ports::PortFuture;
use kernel::{Clock, Entropy, PersonId, StreamRef};
use runtime::IdempotencyKey;
use sha2::{Digest as _, Sha256};
use std::{fmt::Write as _, sync::Arc};
use store::{Claim, IdempotencyRecord, KeptAnswer, Store, StoreError, Unit, Vault};

/// The vault's field with a person's secret for kept answers.
const SECRET: &str = "answer_secret";
/// What every sealed answer begins with; one in the clear begins with a brace.
const SEALED: &str = "sealed:";
/// What the sealed ones of today begin with. Earlier ones do not open: their requests are answered from the present state.
const SEALED_NOW: &str = "sealed:2:";
const NONCE_BYTES: usize = 12;

/// A new person's secret for kept answers, as a field of the vault. Whoever seals personal data that answers show seals
/// this beside it; an answer about a person without one is not kept.
#[must_use]
pub fn answer_secret(entropy: &dyn Entropy) -> (&'static str, String) {
    let mut secret = [0; 32];
    entropy.fill(&mut secret);
    (SECRET, hex(&secret))
}

/// What an answer says about its being kept.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Keeping {
    /// Whose personal data it shows.
    pub(crate) about: Vec<PersonId>,
    /// Whether it shows a secret, such as a token.
    pub(crate) secret: bool,
}

/// Where first answers are kept.
pub(crate) trait KeptAnswers: Send + Sync {
    /// What is kept of a key.
    fn find<'a>(&'a self, key: &'a str) -> PortFuture<'a, Result<Option<IdempotencyRecord>, StoreError>>;
    /// Keeps the answer of a key that was taken, unless one is kept already.
    fn keep<'a>(
        &'a self,
        key: &'a IdempotencyKey,
        answer: &'a KeptAnswer,
        how: &'a Keeping,
    ) -> PortFuture<'a, Result<(), StoreError>>;
    /// Takes the key of a request that made no unit of its own, unless another process was first.
    fn take<'a>(&'a self, key: &'a IdempotencyKey, by: StreamRef) -> PortFuture<'a, Result<(), StoreError>>;
    /// The request's hash as it is kept.
    fn keyed(&self, hash: [u8; 32]) -> [u8; 32];
}

/// Answers in the store, sealed by the vault.
pub(crate) struct SealedAnswers {
    pub(crate) store: Store,
    pub(crate) vault: Vault,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) entropy: Arc<dyn Entropy>,
}

impl SealedAnswers {
    /// The body as it may lie on a disk; `None` when it may not.
    async fn seal(&self, key: &str, body: &str, how: &Keeping) -> Result<Option<String>, StoreError> {
        if how.about.is_empty() && !how.secret {
            return Ok(Some(body.to_owned()));
        }
        let Some(sealing) = self.sealing_key(key, &how.about).await? else { return Ok(None) };
        let mut nonce = [0; NONCE_BYTES];
        self.entropy.fill(&mut nonce);
        let text = Payload { msg: body.as_bytes(), aad: key.as_bytes() };
        let Ok(sealed) = Aes256Gcm::new(&sealing.into()).encrypt(&Nonce::from(nonce), text) else {
            return Ok(None);
        };
        let persons: Vec<String> = how.about.iter().map(ToString::to_string).collect();
        Ok(Some(format!("{SEALED_NOW}{}:{}{}", persons.join(","), hex(&nonce), hex(&sealed))))
    }

    /// The body as it was answered; `None` when a person was erased.
    async fn open(&self, key: &str, kept: String) -> Result<Option<String>, StoreError> {
        if !kept.starts_with(SEALED) {
            return Ok(Some(kept));
        }
        let sealed = kept.strip_prefix(SEALED_NOW).and_then(|rest| rest.split_once(':'));
        let Some((persons, sealed)) = sealed else { return Ok(None) };
        let persons = persons.split(',').filter(|person| !person.is_empty()).map(str::parse);
        let persons: Result<Vec<PersonId>, _> = persons.collect();
        let (Ok(persons), Some(bytes)) = (persons, unhex(sealed)) else { return Ok(None) };
        let Some((nonce, sealed)) = bytes.split_first_chunk::<NONCE_BYTES>() else { return Ok(None) };
        let Some(sealing) = self.sealing_key(key, &persons).await? else { return Ok(None) };
        let text = Payload { msg: sealed, aad: key.as_bytes() };
        let opened = Aes256Gcm::new(&sealing.into()).decrypt(&Nonce::from(*nonce), text).ok();
        Ok(opened.and_then(|bytes| String::from_utf8(bytes).ok()))
    }

    /// Made of the installation, the idempotency key and the persons; `None` when one of them has no secret for it.
    async fn sealing_key(&self, key: &str, about: &[PersonId]) -> Result<Option<[u8; 32]>, StoreError> {
        let mut hash = Sha256::new();
        hash.update(self.vault.blind_index("kept answers", key));
        for fields in self.vault.open_many(about).await? {
            let secret = fields.iter().find(|(name, _)| name == SECRET);
            match secret {
                Some((_, secret)) => hash.update(secret.reveal()),
                // Nothing is known of the person, so nothing is shown of it.
                None if fields.is_empty() => {}
                None => return Ok(None),
            }
        }
        Ok(Some(hash.finalize().into()))
    }
}

impl KeptAnswers for SealedAnswers {
    fn find<'a>(&'a self, key: &'a str) -> PortFuture<'a, Result<Option<IdempotencyRecord>, StoreError>> {
        Box::pin(async move {
            let Some(record) = self.store.idempotency(key).await? else { return Ok(None) };
            let response = match record.response {
                Some(KeptAnswer { status, body, rights }) => {
                    self.open(key, body).await?.map(|body| KeptAnswer { status, body, rights })
                }
                None => None,
            };
            Ok(Some(IdempotencyRecord { response, ..record }))
        })
    }

    fn keep<'a>(
        &'a self,
        key: &'a IdempotencyKey,
        answer: &'a KeptAnswer,
        how: &'a Keeping,
    ) -> PortFuture<'a, Result<(), StoreError>> {
        Box::pin(async move {
            match self.seal(&key.key, &answer.body, how).await? {
                Some(body) => {
                    self.store.keep_response(&key.key, &KeptAnswer { body, ..answer.clone() }).await
                }
                None => Ok(()),
            }
        })
    }

    fn take<'a>(&'a self, key: &'a IdempotencyKey, by: StreamRef) -> PortFuture<'a, Result<(), StoreError>> {
        Box::pin(async move {
            let (key, body_hash) = (key.key.clone(), key.body_hash);
            let claim = Claim::Idempotency { key, body_hash, stream: by, at: self.clock.now() };
            // Another process may have got there first: then its answer is the first one.
            self.store.commit(&[Unit { claims: vec![claim], ..Unit::default() }]).await.map(drop)
        })
    }

    fn keyed(&self, hash: [u8; 32]) -> [u8; 32] {
        keyed(&self.vault, hash)
    }
}

/// A request's hash under a key of this installation: what was asked cannot be guessed from it.
pub(crate) fn keyed(vault: &Vault, hash: [u8; 32]) -> [u8; 32] {
    let index = vault.blind_index("idempotency", &hex(&hash));
    unhex(&index).and_then(|bytes| bytes.try_into().ok()).unwrap_or(hash)
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

fn unhex(text: &str) -> Option<Vec<u8>> {
    let (pairs, []) = text.as_bytes().as_chunks::<2>() else { return None };
    let byte = |pair: &[u8; 2]| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok();
    pairs.iter().map(byte).collect()
}
