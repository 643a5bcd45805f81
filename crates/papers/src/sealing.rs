//! The bytes of a document, sealed by AES-256-GCM with a key of its own.
//!
//! A key seals one document only, so its nonce may be fixed; the document's id is bound to the seal, so that bytes that
//! were moved elsewhere do not open.

use aes_gcm::{
    Aes256Gcm, KeyInit as _, Nonce,
    aead::{Aead as _, Payload},
};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use kernel::{DocumentId, Entropy};
use zeroize::Zeroizing;

/// The vault's field that holds the key.
pub(crate) const KEY_FIELD: &str = "document_key";

/// The key of one document.
pub(crate) struct DocumentKey(Zeroizing<[u8; 32]>);

impl DocumentKey {
    /// A fresh one.
    pub(crate) fn generate(entropy: &dyn Entropy) -> Self {
        let mut key = Zeroizing::new([0; 32]);
        entropy.fill(key.as_mut());
        Self(key)
    }

    /// As the vault keeps it.
    pub(crate) fn to_text(&self) -> Zeroizing<String> {
        Zeroizing::new(URL_SAFE_NO_PAD.encode(self.0.as_slice()))
    }

    /// From the vault.
    pub(crate) fn of_text(text: &str) -> Option<Self> {
        let mut key = Zeroizing::new([0; 32]);
        let length = URL_SAFE_NO_PAD.decode_slice(text, key.as_mut()).ok()?;
        (length == key.len()).then_some(Self(key))
    }

    /// Seals a document's bytes; `None` only beyond 64 GiB.
    pub(crate) fn seal(&self, document: DocumentId, plain: &[u8]) -> Option<Vec<u8>> {
        let context = document.to_string();
        let payload = Payload { msg: plain, aad: context.as_bytes() };
        self.cipher().encrypt(&Nonce::from([0; 12]), payload).ok()
    }

    /// Opens them; `None` when they were changed, moved, or sealed with another key.
    pub(crate) fn open(&self, document: DocumentId, sealed: &[u8]) -> Option<Vec<u8>> {
        let context = document.to_string();
        let payload = Payload { msg: sealed, aad: context.as_bytes() };
        self.cipher().decrypt(&Nonce::from([0; 12]), payload).ok()
    }

    fn cipher(&self) -> Aes256Gcm {
        let key: &[u8; 32] = &self.0;
        Aes256Gcm::new(key.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use kernel::{SeededEntropy, TypedId as _, Uuid};

    #[test]
    fn only_the_same_key_and_document_open_it() {
        let (first, second) =
            (DocumentId::from_uuid(Uuid::from_u128(1)), DocumentId::from_uuid(Uuid::from_u128(2)));
        let entropy = SeededEntropy::new(1);
        let key = DocumentKey::generate(&entropy);
        let sealed = key.seal(first, b"a signature").unwrap();
        assert!(!sealed.windows(4).any(|part| part == b"sign"));
        let kept = DocumentKey::of_text(&key.to_text()).unwrap();
        assert_eq!(kept.open(first, &sealed).as_deref(), Some(&b"a signature"[..]));
        assert_eq!(kept.open(second, &sealed), None);
        assert_eq!(DocumentKey::generate(&entropy).open(first, &sealed), None);
        assert!(DocumentKey::of_text("short").is_none());
    }
}
