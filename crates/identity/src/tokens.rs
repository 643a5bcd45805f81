//! Access tokens: JWT, HS256, 15 minutes. Verifying one touches neither disk nor network.

use contracts::ports::{AuthenticationError, Caller, Role};
use jsonwebtoken::{
    Algorithm, DecodingKey, EncodingKey, Header, Validation, decode, encode, errors::ErrorKind,
};
use kernel::{Actor, OrganisationId, SessionId, TenantId, Timestamp, UserId};
use moka::sync::Cache;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::time::Duration;

/// How long an access token is good (design, section 7).
pub(crate) const ACCESS_LIFE: Duration = Duration::from_secs(15 * 60);
/// Longer texts are not tokens of ours and are not even looked at.
const TOKEN_BYTES_MAX: usize = 2048;
/// So many tokens are remembered as genuine, by their hash: reading and checking one costs ten times as much as finding it.
const REMEMBERED: u64 = 10_000;

/// What an access token says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Claims {
    /// The user.
    pub(crate) sub: UserId,
    /// Its tenant.
    pub(crate) ten: TenantId,
    /// Its organisation.
    pub(crate) org: OrganisationId,
    /// Its role.
    pub(crate) role: Role,
    /// The session.
    pub(crate) sid: SessionId,
    /// When it was made, in Unix seconds.
    pub(crate) iat: i64,
    /// Until when it is good, in Unix seconds.
    pub(crate) exp: i64,
}

impl Claims {
    /// The caller that it stands for.
    pub(crate) const fn caller(&self) -> Caller {
        Caller {
            actor: Actor::User(self.sub),
            user: self.sub,
            tenant: self.ten,
            organisation: self.org,
            role: self.role,
        }
    }
}

/// Makes and verifies access tokens.
pub(crate) struct AccessTokens {
    header: Header,
    signing: EncodingKey,
    verifying: DecodingKey,
    validation: Validation,
    genuine: Cache<[u8; 32], Claims>,
}

impl AccessTokens {
    /// With a 32-byte key; its hash names it in the token (`kid`).
    pub(crate) fn new(key: &[u8; 32]) -> Self {
        let mut validation = Validation::new(Algorithm::HS256);
        // The time of expiry is compared with the clock that is given, not with the system's.
        validation.validate_exp = false;
        let digest = Sha256::new().chain_update(b"kid").chain_update(key).finalize();
        let kid: String = digest.iter().take(4).map(|byte| format!("{byte:02x}")).collect();
        Self {
            header: Header { kid: Some(kid), ..Header::new(Algorithm::HS256) },
            signing: EncodingKey::from_secret(key),
            verifying: DecodingKey::from_secret(key),
            validation,
            genuine: Cache::new(REMEMBERED),
        }
    }

    /// Signs what a caller may show for the next 15 minutes.
    ///
    /// # Errors
    /// The claims cannot be written as JSON; there are none such.
    pub(crate) fn sign(&self, claims: &Claims) -> Result<String, jsonwebtoken::errors::Error> {
        encode(&self.header, claims, &self.signing)
    }

    /// Checks signature, key, algorithm and time.
    ///
    /// # Errors
    /// [`AuthenticationError::Invalid`] or [`AuthenticationError::Expired`].
    pub(crate) fn verify(&self, token: &str, now: Timestamp) -> Result<Claims, AuthenticationError> {
        if token.len() > TOKEN_BYTES_MAX {
            return Err(AuthenticationError::Invalid);
        }
        let digest: [u8; 32] = Sha256::digest(token).into();
        let claims = match self.genuine.get(&digest) {
            Some(claims) => claims,
            None => {
                let claims = self.read(token)?;
                self.genuine.insert(digest, claims.clone());
                claims
            }
        };
        let seconds = now.millis().div_euclid(1000);
        if seconds >= claims.exp { Err(AuthenticationError::Expired) } else { Ok(claims) }
    }

    /// What a token says that was signed with our key, whatever the time.
    fn read(&self, token: &str) -> Result<Claims, AuthenticationError> {
        let decoded = decode::<Claims>(token, &self.verifying, &self.validation).map_err(|error| {
            if !matches!(
                error.kind(),
                ErrorKind::InvalidSignature | ErrorKind::InvalidToken | ErrorKind::InvalidAlgorithm
            ) {
                tracing::debug!(%error, "a token that is not one of ours");
            }
            AuthenticationError::Invalid
        })?;
        if decoded.header.kid != self.header.kid {
            return Err(AuthenticationError::Invalid);
        }
        Ok(decoded.claims)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
    use kernel::{TypedId, Uuid};
    use proptest::prelude::*;

    fn second(seconds: i64) -> Timestamp {
        Timestamp::from_millis(seconds * 1000)
    }

    fn claims() -> Claims {
        Claims {
            sub: UserId::from_uuid(Uuid::from_u128(1)),
            ten: TenantId::from_uuid(Uuid::from_u128(2)),
            org: OrganisationId::from_uuid(Uuid::from_u128(3)),
            role: Role::Shipper,
            sid: SessionId::from_uuid(Uuid::from_u128(4)),
            iat: 1000,
            exp: 1900,
        }
    }

    #[test]
    fn a_token_is_good_for_its_time_and_no_longer() {
        let tokens = AccessTokens::new(&[7; 32]);
        let token = tokens.sign(&claims()).unwrap();
        assert_eq!(tokens.verify(&token, second(1000)), Ok(claims()));
        assert_eq!(tokens.verify(&token, second(1899)), Ok(claims()));
        assert_eq!(tokens.verify(&token, second(1900)), Err(AuthenticationError::Expired));
    }

    #[test]
    fn another_key_signs_for_somebody_else() {
        let token = AccessTokens::new(&[8; 32]).sign(&claims()).unwrap();
        assert_eq!(
            AccessTokens::new(&[7; 32]).verify(&token, second(1000)),
            Err(AuthenticationError::Invalid)
        );
    }

    #[test]
    fn a_token_without_our_key_id_is_refused() {
        let tokens = AccessTokens::new(&[7; 32]);
        for kid in [None, Some("00000000".to_owned())] {
            let header = Header { kid, ..Header::new(Algorithm::HS256) };
            let token = encode(&header, &claims(), &tokens.signing).unwrap();
            assert_eq!(tokens.verify(&token, second(1000)), Err(AuthenticationError::Invalid));
        }
    }

    #[test]
    fn no_algorithm_but_hs256_is_believed() {
        let tokens = AccessTokens::new(&[7; 32]);
        let body = URL_SAFE_NO_PAD.encode(serde_json::to_string(&claims()).unwrap());
        let kid = tokens.header.kid.clone().unwrap();
        for algorithm in ["none", "None", "HS1", "RS256"] {
            let head = format!(r#"{{"alg":"{algorithm}","typ":"JWT","kid":"{kid}"}}"#);
            for signature in ["", "AAAA"] {
                let token = format!("{}.{body}.{signature}", URL_SAFE_NO_PAD.encode(&head));
                assert_eq!(
                    tokens.verify(&token, second(1000)),
                    Err(AuthenticationError::Invalid),
                    "{algorithm}"
                );
            }
        }
        let header = Header { kid: Some(kid), ..Header::new(Algorithm::HS512) };
        let longer = encode(&header, &claims(), &tokens.signing).unwrap();
        assert_eq!(tokens.verify(&longer, second(1000)), Err(AuthenticationError::Invalid));
    }

    proptest! {
        #[test]
        fn a_changed_token_is_refused(place in 0_usize..10_000, to in "[A-Za-z0-9_.-]") {
            let tokens = AccessTokens::new(&[7; 32]);
            let token = tokens.sign(&claims()).unwrap();
            let place = place % token.len();
            let mut changed = token.clone();
            changed.replace_range(place..=place, &to);
            prop_assume!(changed != token);
            prop_assert_eq!(tokens.verify(&changed, second(1000)), Err(AuthenticationError::Invalid));
        }

        #[test]
        fn any_other_text_is_refused(text in ".{0,300}") {
            prop_assert_eq!(AccessTokens::new(&[7; 32]).verify(&text, second(1000)), Err(AuthenticationError::Invalid));
        }
    }
}
