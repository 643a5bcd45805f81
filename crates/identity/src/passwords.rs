//! Passwords: Argon2id with OWASP's parameters, off the async threads, a bounded number at once.

use argon2::{
    Algorithm, Argon2, Params, PasswordHasher, PasswordVerifier, Version, password_hash::phc::PasswordHash,
};
use kernel::Entropy;
use std::sync::Arc;
use tokio::sync::Semaphore;
use zeroize::Zeroizing;

/// OWASP: 19 MiB, two passes, one lane.
const MEMORY_KIB: u32 = 19 * 1024;
const PASSES: u32 = 2;
const LANES: u32 = 1;
/// So many are computed at once.
const AT_ONCE: usize = 2;
/// So many may wait; more are turned away at once, before they pile up.
const QUEUE_MAX: usize = 64;

/// Characters of a password.
pub(crate) const PASSWORD_CHARS: std::ops::RangeInclusive<usize> = 10..=256;

/// A hash that no password has. An unknown account is checked against it, so that it takes the time of a known one.
const NOBODY: &str =
    "$argon2id$v=19$m=19456,t=2,p=1$AAECAwQFBgcICQoLDA0ODw$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

/// A password's hash was not computed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum PasswordError {
    /// Too many wait already.
    #[error("too many logins at once")]
    Busy,
    /// The computation ended early.
    #[error("the password cannot be checked")]
    Failed,
}

/// Computes and checks password hashes.
pub(crate) struct Passwords {
    running: Arc<Semaphore>,
    waiting: Arc<Semaphore>,
}

impl Passwords {
    pub(crate) fn new() -> Self {
        Self {
            running: Arc::new(Semaphore::new(AT_ONCE)),
            waiting: Arc::new(Semaphore::new(AT_ONCE + QUEUE_MAX)),
        }
    }

    /// The PHC string of a new password.
    ///
    /// # Errors
    /// [`PasswordError`].
    pub(crate) async fn hash(
        &self,
        password: Zeroizing<String>,
        entropy: &dyn Entropy,
    ) -> Result<Zeroizing<String>, PasswordError> {
        let mut salt = [0; 16];
        entropy.fill(&mut salt);
        self.compute(move || {
            let hash = argon2()?.hash_password_with_salt(password.as_bytes(), &salt).ok()?;
            Some(Zeroizing::new(hash.to_string()))
        })
        .await
    }

    /// Whether a password fits a PHC string; without one it takes as long and does not fit.
    ///
    /// # Errors
    /// [`PasswordError`].
    pub(crate) async fn fits(
        &self,
        password: Zeroizing<String>,
        phc: Option<Zeroizing<String>>,
    ) -> Result<bool, PasswordError> {
        self.compute(move || {
            let text = phc.as_ref().map_or(NOBODY, |phc| phc.as_str());
            let hash = PasswordHash::new(text).ok()?;
            let fits = argon2()?.verify_password(password.as_bytes(), &hash).is_ok();
            Some(fits && phc.is_some())
        })
        .await
    }

    async fn compute<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> Option<T> + Send + 'static,
    ) -> Result<T, PasswordError> {
        let _place = self.waiting.try_acquire().map_err(|_| PasswordError::Busy)?;
        let turn = Arc::clone(&self.running).acquire_owned().await.map_err(|_| PasswordError::Failed)?;
        // The turn goes with the work: a client that hangs up does not free it before the work is done.
        let done = tokio::task::spawn_blocking(move || {
            let result = work();
            drop(turn);
            result
        });
        done.await.ok().flatten().ok_or(PasswordError::Failed)
    }
}

fn argon2() -> Option<Argon2<'static>> {
    let params = Params::new(MEMORY_KIB, PASSES, LANES, None).ok()?;
    Some(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
}

#[cfg(test)]
mod tests {
    use super::*;
    use kernel::SeededEntropy;

    fn text(text: &str) -> Zeroizing<String> {
        Zeroizing::new(text.to_owned())
    }

    #[tokio::test]
    async fn a_password_fits_its_hash_alone() {
        let passwords = Passwords::new();
        let entropy = SeededEntropy::new(1);
        let phc = passwords.hash(text("correct horse battery"), &entropy).await.unwrap();
        assert!(phc.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"));
        assert_ne!(phc, passwords.hash(text("correct horse battery"), &entropy).await.unwrap());
        assert!(passwords.fits(text("correct horse battery"), Some(phc.clone())).await.unwrap());
        assert!(!passwords.fits(text("correct horse batterz"), Some(phc)).await.unwrap());
    }

    #[tokio::test]
    async fn nobody_has_a_password_and_is_checked_with_the_same_parameters() {
        let hash = PasswordHash::new(NOBODY).unwrap();
        let params = Params::try_from(&hash).unwrap();
        assert_eq!((params.m_cost(), params.t_cost(), params.p_cost()), (MEMORY_KIB, PASSES, LANES));
        assert!(!Passwords::new().fits(text("anything at all"), None).await.unwrap());
    }

    #[tokio::test]
    async fn a_crowd_is_turned_away_at_once() {
        let passwords = Passwords::new();
        let _full = passwords.waiting.try_acquire_many(u32::try_from(AT_ONCE + QUEUE_MAX).unwrap()).unwrap();
        assert_eq!(passwords.fits(text("anything at all"), None).await, Err(PasswordError::Busy));
    }
}
