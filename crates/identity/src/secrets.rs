//! The opaque secrets that leave the house: refresh tokens and API keys. Only their SHA-256 stays.
//!
//! A refresh token is `abr_` and base64url of the session's id (16 bytes), 32 random bytes and a seal (16 bytes of
//! HMAC-SHA-256 under a key that never leaves). The seal tells a forged token from one that was good once: only the
//! latter ends the session, so nobody can end another's session by knowing its id.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use hmac::{Hmac, KeyInit, Mac};
use kernel::{ApiKeyId, Entropy, SessionId, TypedId, Uuid};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

const REFRESH_PREFIX: &str = "abr_";
const KEY_PREFIX: &str = "abk_";
const ID: usize = 16;
const RANDOM: usize = 32;
const SEAL: usize = 16;

/// A secret as it is handed out, with what is kept of it.
pub(crate) struct Minted {
    /// What the client gets.
    pub(crate) text: String,
    /// What is kept: SHA-256, hex.
    pub(crate) hash: String,
}

/// Hex of SHA-256.
pub(crate) fn hash_of(text: &str) -> String {
    Sha256::digest(text.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Whether a secret has this hash; takes the same time for every wrong one.
pub(crate) fn has_hash(text: &str, hash: &str) -> bool {
    hash_of(text).as_bytes().ct_eq(hash.as_bytes()).into()
}

/// Seals and reads refresh tokens.
pub(crate) struct RefreshTokens {
    key: [u8; 32],
}

impl RefreshTokens {
    /// The sealing key is derived from the signing key of the access tokens.
    pub(crate) fn new(signing_key: &[u8; 32]) -> Self {
        Self { key: Sha256::new().chain_update(b"refresh").chain_update(signing_key).finalize().into() }
    }

    fn seal(&self, body: &[u8]) -> Option<[u8; SEAL]> {
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.key).ok()?;
        mac.update(body);
        mac.finalize().into_bytes().get(..SEAL)?.try_into().ok()
    }

    /// A fresh token of a session; `None` never happens with a 32-byte key.
    pub(crate) fn mint(&self, session: SessionId, entropy: &dyn Entropy) -> Option<Minted> {
        let mut random = [0; RANDOM];
        entropy.fill(&mut random);
        self.sealed(session, random)
    }

    /// The token that follows `shown` in a cookie: always the same one, so that tabs which exchange the same token get
    /// the same next one. Nobody can tell it without the key. `None` never happens.
    pub(crate) fn mint_after(&self, session: SessionId, shown: &str) -> Option<Minted> {
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.key).ok()?;
        mac.update(b"next ");
        mac.update(shown.as_bytes());
        self.sealed(session, mac.finalize().into_bytes().into())
    }

    fn sealed(&self, session: SessionId, random: [u8; RANDOM]) -> Option<Minted> {
        let mut bytes = [0; ID + RANDOM + SEAL];
        let (body, seal) = bytes.split_at_mut(ID + RANDOM);
        body[..ID].copy_from_slice(session.uuid().as_bytes());
        body[ID..].copy_from_slice(&random);
        seal.copy_from_slice(&self.seal(body)?);
        let text = format!("{REFRESH_PREFIX}{}", URL_SAFE_NO_PAD.encode(bytes));
        Some(Minted { hash: hash_of(&text), text })
    }

    /// The session of a token that we made, whether it is still good or not.
    pub(crate) fn session_of(&self, text: &str) -> Option<SessionId> {
        let mut bytes = [0; ID + RANDOM + SEAL];
        let encoded = text.strip_prefix(REFRESH_PREFIX)?;
        let length = URL_SAFE_NO_PAD.decode_slice(encoded, &mut bytes).ok()?;
        let (body, seal) = bytes.split_at(ID + RANDOM);
        let genuine: bool = self.seal(body)?.ct_eq(seal).into();
        if length != bytes.len() || !genuine {
            return None;
        }
        Some(SessionId::from_uuid(Uuid::from_slice(&body[..ID]).ok()?))
    }
}

/// Derives what must be the same when a request is repeated, without being kept.
pub(crate) struct Derivation {
    key: [u8; 32],
}

impl Derivation {
    /// The key is derived from the signing key of the access tokens.
    pub(crate) fn new(signing_key: &[u8; 32]) -> Self {
        Self { key: Sha256::new().chain_update(b"derive").chain_update(signing_key).finalize().into() }
    }

    fn of(&self, purpose: &[u8], bytes: &[u8]) -> Option<[u8; 32]> {
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.key).ok()?;
        mac.update(purpose);
        mac.update(bytes);
        Some(mac.finalize().into_bytes().into())
    }

    /// An API key's text: `abk_<id>_<secret>`. The secret follows from the id under a key that never leaves, so that a
    /// repeated request can be answered again although only the hash was kept.
    pub(crate) fn api_key(&self, id: ApiKeyId) -> Option<Minted> {
        let secret = self.of(b"api_key", id.uuid().as_bytes())?;
        let text = format!("{KEY_PREFIX}{}_{}", id.uuid().simple(), URL_SAFE_NO_PAD.encode(secret));
        Some(Minted { hash: hash_of(&text), text })
    }
}

/// The id inside an API key's text; says nothing about whether the key is good.
pub(crate) fn api_key_id(text: &str) -> Option<ApiKeyId> {
    let (id, secret) = text.strip_prefix(KEY_PREFIX)?.split_once('_')?;
    let shape = id.len() == 32
        && secret.len() == 43
        && id.bytes().all(|b| b.is_ascii_digit() || b.is_ascii_lowercase());
    shape.then(|| Uuid::try_parse(id).ok()).flatten().map(ApiKeyId::from_uuid)
}

#[cfg(test)]
mod tests {
    use super::*;
    use kernel::{SeededEntropy, Timestamp};
    use proptest::prelude::*;

    #[test]
    fn a_refresh_token_names_its_session_to_its_maker_alone() {
        let entropy = SeededEntropy::new(1);
        let session = SessionId::generate(Timestamp::from_millis(1), &entropy);
        let tokens = RefreshTokens::new(&[7; 32]);
        let minted = tokens.mint(session, &entropy).unwrap();
        assert_eq!(tokens.session_of(&minted.text), Some(session));
        assert_eq!(minted.hash, hash_of(&minted.text));
        assert_eq!(RefreshTokens::new(&[8; 32]).session_of(&minted.text), None);
        assert_ne!(tokens.mint(session, &entropy).unwrap().text, minted.text);
        let next = tokens.mint_after(session, &minted.text).unwrap();
        assert_eq!(tokens.mint_after(session, &minted.text).unwrap().text, next.text);
        assert_eq!(tokens.session_of(&next.text), Some(session));
        assert_ne!(RefreshTokens::new(&[8; 32]).mint_after(session, &minted.text).unwrap().text, next.text);
    }

    #[test]
    fn an_api_key_carries_its_id() {
        let entropy = SeededEntropy::new(1);
        let id = ApiKeyId::generate(Timestamp::from_millis(1), &entropy);
        let derivation = Derivation::new(&[7; 32]);
        let minted = derivation.api_key(id).unwrap();
        assert_eq!(derivation.api_key(id).unwrap().text, minted.text);
        assert_ne!(Derivation::new(&[8; 32]).api_key(id).unwrap().text, minted.text);
        assert_eq!(api_key_id(&minted.text), Some(id));
        assert!(has_hash(&minted.text, &minted.hash));
        assert!(!has_hash(&format!("{}x", minted.text), &minted.hash));
        for text in ["", "abk_", "abk_1_2", &minted.text.to_uppercase(), &minted.text[1..]] {
            assert_eq!(api_key_id(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn a_changed_refresh_token_is_forged(place in 0_usize..10_000, to in "[A-Za-z0-9_-]") {
            let entropy = SeededEntropy::new(1);
            let tokens = RefreshTokens::new(&[7; 32]);
            let session = SessionId::generate(Timestamp::from_millis(1), &entropy);
            let text = tokens.mint(session, &entropy).unwrap().text;
            let place = place % text.len();
            let mut changed = text.clone();
            changed.replace_range(place..=place, &to);
            prop_assume!(changed != text);
            prop_assert_eq!(tokens.session_of(&changed), None);
        }

        #[test]
        fn other_text_is_no_token(text in ".{0,200}") {
            prop_assert_eq!(RefreshTokens::new(&[7; 32]).session_of(&text), None);
            prop_assert_eq!(api_key_id(&text), None);
        }
    }
}
